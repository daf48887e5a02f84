"""Provisions: small ledgers whose expected losses were computed by hand, and the demo company recomputed in Python."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.demo import write_demo
from pipelines.lake import Workspace
from tests.builds import build, land
from tests.ledgers import Fec

pytestmark = pytest.mark.slow

D = Decimal
Row = dict[str, Any]
MODELS = (
    "rpt_expected_credit_loss", "rpt_expected_credit_loss_history", "rpt_loss_cohorts", "rpt_credit_risk_exposure",
    "rpt_loss_allowance_movements", "rpt_tax_provision", "rpt_tax_provision_summary",
)  # fmt: skip
SELECTED = [f"+{name}" for name in MODELS]
MATRIX = (
    "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_91_120", "overdue_over_120",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def tests_of_built_tables_only() -> Iterator[None]:
    """dbt would also run the tests that a built table shares with one that is not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        yield


# --- small ledgers -------------------------------------------------------------------------------------------------


def published_vector() -> dict[str, Fec]:
    """IFRScommunity: of 100,000 sold in January 2024, 2,000 are never paid; then balances of 528,000 by age."""
    first = Fec()
    for ref, amount in (("F1", 50_000), ("F2", 27_000), ("F3", 15_000), ("F4", 6_000), ("F5", 2_000)):
        first.invoice("2024-01-10", "X", ref, amount)  # due on 9 February
    first.receipt("2024-02-09", "X", 50_000, label="VIR F1").receipt(
        "2024-03-10", "X", 27_000, label="VIR F2"
    )
    first.receipt("2024-03-11", "X", 15_000, label="VIR F3").receipt("2024-05-09", "X", 6_000, label="VIR F4")
    first.entry("OD", "2024-12-20", ("654000", 2_000), ("411000", -2_000), customer="X", ref="F5")
    second = Fec()
    second.invoice("2025-12-15", "A", "G1", 300_000).invoice("2025-11-15", "B", "G2", 140_000)
    second.invoice("2025-10-10", "C", "G3", 60_000).invoice("2025-09-10", "D", "G4", 23_000)
    second.invoice("2025-07-10", "E", "G5", 5_000)
    return {"2024.txt": first, "2025.txt": second}


def loss_with_vat_taken_back() -> dict[str, Fec]:
    """12,000 sold, 1,200 written off with 200 of VAT; half of the loss is taken back and paid: 600 lost, 500 net."""
    first = Fec().invoice("2024-01-10", "X", "F1", 10_800).invoice("2024-01-10", "X", "F2", 1_200)
    first.receipt("2024-02-01", "X", 10_800, label="VIR F1")
    first.entry(
        "OD", "2024-09-30", ("654000", 1_000), ("445710", 200), ("411000", -1_200), customer="X", ref="F2"
    )
    first.entry(
        "OD", "2024-10-15", ("411000", 600), ("654000", -500), ("445710", -100), customer="X", ref="F2"
    )
    first.receipt("2024-10-20", "X", 600, ref="V2", label="VIREMENT")
    return {"2024.txt": first, "2025.txt": Fec().invoice("2025-12-10", "X", "F9", 1_000)}


def items_apart() -> dict[str, Fec]:
    """Every line of the provision once, in a ledger whose previous year is not loaded."""
    fec = Fec()
    fec.entry("AN", "2025-01-01", ("411000", 70), ("890000", -70), customer="OLD", ref="RAN")
    fec.invoice("2025-03-01", "DOUBT", "F1", 600)
    fec.entry(
        "OD", "2025-10-01", ("416000", 600), ("411000", -600), customer="DOUBT", ref="F1", label="Douteux F1"
    )
    fec.invoice("2025-03-02", "LAW", "F2", 1_200).invoice("2025-12-20", "LAW", "F3", 120)
    fec.invoice("2025-11-20", "SAFE", "F4", 240).invoice("2025-11-20", "SISTER", "F5", 360)
    fec.entry(
        "VE", "2025-11-20", ("411000", 950), ("411700", 50), ("706000", "-833.33"), ("445710", "-166.67"),
        customer="WORKS", ref="F6",
    )  # fmt: skip
    fec.invoice("2025-12-01", "NOTE", "N7", -80).receipt("2025-12-02", "EARLY", 30, label="ACOMPTE")
    fec.entry("OD", "2025-12-31", ("681740", 300), ("491000", -300), ref="PROV")
    return {"2025.txt": fec}


def no_loss_and_a_month_stuck() -> dict[str, Fec]:
    """Nothing was ever lost; 10 of January 2024 have been open ever since: closed by age, shown, not lost."""
    first = Fec().invoice("2024-01-10", "X", "F1", 90).invoice("2024-01-10", "X", "F2", 10)
    first.receipt("2024-01-20", "X", 90, label="VIR F1")
    first.entry("OD", "2024-12-31", ("606000", 5), ("512000", -5), ref="FRAIS")
    second = Fec()
    second.entry(
        "AN", "2025-01-01", ("411000", 10), ("890000", -10), customer="X", ref="F2", ref_date="2024-01-10"
    )
    second.invoice("2025-12-10", "X", "F3", 1_000)
    return {"2024.txt": first, "2025.txt": second}


FLOORS = {"not_due": "0.0100", "overdue_over_120": "0.5000"}
SCENARIOS: dict[str, tuple[dict[str, Fec], Row]] = {
    "vector": (published_vector(), {}),
    "overlay": (published_vector(), {"forward_looking_factor": "1.10", "overlay_reason": "Hausse <b>"}),
    "vat": (loss_with_vat_taken_back(), {}),
    "apart": (items_apart(), {"individual_rates": {"in_proceedings": "0.9"}}),
    "stuck": (no_loss_and_a_month_stuck(), {"floors": FLOORS}),
}


@pytest.fixture(scope="module")
def marts(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("provisions")
    companies = []
    for name, (ledger, provisions) in SCENARIOS.items():
        for file, fec in ledger.items():
            fec.write(folder / name / file)
        ledgers = [{"kind": "fec", "path": f"{name}/*.txt"}]
        companies.append({"name": name, "id": name, "ledgers": ledgers, "provisions": provisions})
    (folder / "customers.csv").write_text(
        "customer_id,siren,is_group,assuré\nLAW,732829320,,\nSAFE,,,oui\nSISTER,,oui,\n", encoding="utf-8"
    )
    judgment = {
        "nature": "Jugement d'ouverture d'une procédure de redressement judiciaire",
        "date": "2025-11-03",
    }
    notice = {
        "id": "A20250001", "dateparution": "2025-11-12", "typeavis": "annonce", "familleavis": "collective",
        "tribunal": "Greffe du Tribunal de Commerce de Lyon", "registre": ["732 829 320", "732829320"],
        "listepersonnes": None, "jugement": json.dumps(judgment), "parutionavisprecedent": None,
    }  # fmt: skip
    (folder / "bodacc.json").write_text(json.dumps([notice]), encoding="utf-8")
    config = {
        "companies": companies, "customers": "customers.csv", "external": {"bodacc": "bodacc.json"},
        "payment_terms": {"default": "30"}, "workspace": str(workspace),
    }  # fmt: skip
    (folder / "encours.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return build(land(folder / "encours.yml"), select=SELECTED)


def rows(marts: Path, sql: str) -> list[Row]:
    """Rows of a query in which `{table}` names a table of the run."""
    with duckdb.connect() as connection:
        for path in marts.glob("*.parquet"):
            connection.execute(f"create view {path.stem} as from read_parquet('{path}')")
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def lines(marts: Path, company: str) -> dict[str, Row]:
    found = rows(marts, f"from rpt_expected_credit_loss where company_id = '{company}'")
    return {row["bucket"]: row for row in found}


def test_the_published_vector_to_the_cent(marts: Path) -> None:
    found = lines(marts, "vector")
    matrix = [found[bucket] for bucket in MATRIX]
    assert [row["cohort_reached"] for row in matrix] == [100_000, 50_000, 23_000, 8_000, 2_000, 2_000]
    assert {row["cohort_lost"] for row in matrix} == {D(2000)}
    assert [row["loss_rate"] for row in matrix] == [D("0.02"), D("0.04"), D("0.087"), D("0.25"), 1, 1]
    assert [row["gross_amount"] for row in matrix] == [300_000, 140_000, 60_000, 23_000, 0, 5_000]
    assert sum(row["expected_loss"] for row in found.values()) == D("27567.39")
    assert {row["horizon"] for row in found.values()} == {"lifetime"}
    assert {row["rate_source"] for row in matrix} == {"observed"}


def test_the_factor_is_a_column_of_its_own_and_takes_no_rate_above_one(marts: Path) -> None:
    found = lines(marts, "overlay")
    assert sum(row["expected_loss_before_overlay"] for row in found.values()) == D("27567.39")
    losses = [found[bucket]["expected_loss"] for bucket in MATRIX]
    assert losses == [6600, 6160, D("5739.13"), 6325, 0, 5000]
    assert sum(row["overlay_amount"] for row in found.values()) == D("29824.13") - D("27567.39")
    assert found["overdue_over_120"]["applied_loss_rate"] == 1
    assert {found[bucket]["overlay_reason"] for bucket in MATRIX} == {"Hausse <b>"}
    assert found["doubtful"]["forward_looking_factor"] == 1


def test_a_loss_is_net_of_what_was_taken_back_and_shown_without_its_vat(marts: Path) -> None:
    found = lines(marts, "vat")["not_due"]
    assert (found["cohort_reached"], found["cohort_lost"]) == (12_000, 600)
    assert found["cohort_lost_excluding_vat"] == 500
    assert (found["gross_amount"], found["gross_amount_excluding_vat"]) == (1_000, D("833.33"))
    assert (found["expected_loss"], found["expected_loss_excluding_vat"]) == (50, D("41.67"))
    (cohort,) = rows(
        marts,
        "from rpt_loss_cohorts where company_id = 'vat' and cohort_month = '2024-01-01' "
        "and closing_date = '2025-12-31'",
    )
    assert (cohort["billed"], cohort["settled"], cohort["lost"], cohort["state"]) == (
        12_000,
        11_400,
        600,
        "settled",
    )


def test_each_item_stands_apart_for_one_reason_and_all_add_up(marts: Path) -> None:
    found = lines(marts, "apart")
    gross = {name: row["gross_amount"] for name, row in found.items() if row["gross_amount"]}
    # F6 is due on 20 December: eleven days late on the as-of day; its retention, a year later.
    assert gross == {
        "overdue_1_30": 950,
        "due_date_unknown": 70,
        "in_proceedings": 1_320,
        "doubtful": 600,
        "insured": 240,
        "group": 360,
        "retention": 50,
        "credit_note": -80,
        "unallocated": -30,
    }
    assert (found["in_proceedings"]["rate_source"], found["in_proceedings"]["expected_loss"]) == (
        "configured",
        1_188,
    )
    assert (found["doubtful"]["rate_source"], found["doubtful"]["expected_loss"]) == ("floor", 300)
    assert found["group"]["rate_source"] == "not_assessed" and found["group"]["expected_loss"] == 0


def test_the_tax_schedule_is_per_receivable_excluding_vat_for_events_that_existed(marts: Path) -> None:
    found = {
        row["document_number"]: row
        for row in rows(marts, "from rpt_tax_provision where company_id = 'apart'")
    }
    # F3 was issued after the judgment: nothing but the judgment makes it doubtful.
    assert set(found) == {"F1", "F2"}
    assert (found["F1"]["event"], found["F1"]["event_date"]) == ("doubtful_transfer", dt.date(2025, 10, 1))
    assert found["F1"]["event_source"] == "2025.txt:7"
    assert (found["F1"]["base_amount"], found["F1"]["proposed_provision"]) == (500, 250)
    assert (found["F2"]["event"], found["F2"]["event_date"], found["F2"]["event_known_on"]) == (
        "opening_judgment",
        dt.date(2025, 11, 3),
        dt.date(2025, 11, 12),
    )
    assert found["F2"]["event_source"] == "BODACC A20250001, Greffe du Tribunal de Commerce de Lyon"
    # The rate of IFRS 9 is configured at 0.9: the schedule keeps its own.
    assert (found["F2"]["base_amount"], found["F2"]["proposed_provision"]) == (1_000, 1_000)
    (summary,) = rows(marts, "from rpt_tax_provision_summary where company_id = 'apart'")
    assert (summary["proposed_provision"], summary["ledger_provision"], summary["difference"]) == (
        1_250,
        300,
        950,
    )
    assert (summary["ledger_charge"], summary["receivables"]) == (300, 2)


def test_without_a_loss_the_floor_is_used_and_what_stays_open_is_shown(marts: Path) -> None:
    found = lines(marts, "stuck")
    young, old = found["not_due"], found["overdue_over_120"]
    assert (young["rate_source"], young["is_floor_configured"], young["loss_rate"]) == (
        "floor",
        True,
        D("0.01"),
    )
    assert (young["cohort_reached"], old["cohort_reached"]) == (100, 10)
    assert (young["cohort_open_amount"], young["loss_rate_if_open_lost"]) == (10, D("0.1"))
    assert (young["expected_loss"], old["expected_loss"]) == (10, 5)
    assert found["overdue_31_60"]["is_floor_configured"] is False


def test_history_uses_only_what_each_closing_knew(marts: Path) -> None:
    """A month that is closed by age at the end of 2025 was still running a year before."""
    history = rows(
        marts,
        "from rpt_expected_credit_loss_history where company_id = 'stuck' and bucket = 'overdue_over_120' "
        "order by closing_date",
    )
    assert [(row["closing_date"], row["gross_amount"]) for row in history] == [
        (dt.date(2024, 12, 31), 10),
        (dt.date(2025, 12, 31), 10),
    ]
    # January 2024 was eleven months old then: running, so no month was closed.
    assert [row["closed_cohorts"] for row in history] == [None, 1]
    (moved,) = rows(marts, "from rpt_loss_allowance_movements where company_id = 'stuck'")
    assert (moved["opening_loss_allowance"], moved["originated"], moved["closing_loss_allowance"]) == (
        5,
        10,
        15,
    )
    assert (moved["aged"], moved["remeasured"], moved["rounding"], moved["impairment_loss"]) == (0, 0, 0, 10)


# --- the demo company, recomputed ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """What became of a part of a document: how late, known from when, lost or settled."""

    invoice_id: str
    outcome: str
    settled: dt.date
    known: dt.date
    amount: Decimal


@dataclass(frozen=True)
class Demo:
    """The facts of a demo run, and what the models made of them."""

    invoices: dict[str, Row]
    payments: dict[str, Row]
    allocations: list[Row]
    reopened: list[Row]
    apart: set[str]
    proceedings: dict[str, list[tuple[dt.date, dt.date]]]
    disputes: dict[str, list[tuple[dt.date, dt.date]]]
    history: list[Row]
    cohorts: list[Row]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, customers=80, invoices=3000)
    lake = land(folder / "encours.yml")
    marts = build(lake, select=SELECTED)
    database = database_of(lake)
    with duckdb.connect(str(database), read_only=True) as connection:

        def read(sql: str) -> list[Row]:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        sirens = read(
            "select customer_id, siren, is_group or is_insured as apart from staging.stg_config__customers"
        )
        periods = defaultdict(list)
        for row in read("from intermediate.int_legal__status_periods where is_in_proceedings"):
            periods[row["legal_unit_id"]].append((row["valid_from"], row["valid_to"] or dt.date.max))
        disputes = defaultdict(list)
        for row in read("from intermediate.int_events__dispute_documents"):
            disputes[row["invoice_id"]].append((row["disputed_from"], row["disputed_until"] or dt.date.max))
        return Demo(
            invoices={row["invoice_id"]: row for row in read("from marts.fct_invoices")},
            payments={row["payment_id"]: row for row in read("from marts.fct_payments")},
            allocations=read("from marts.fct_allocations"),
            reopened=read("from intermediate.int_settlement__reopened"),
            apart={row["customer_id"] for row in sirens if row["apart"]},
            proceedings={row["customer_id"]: periods[row["siren"]] for row in sirens if row["siren"]},
            disputes=disputes,
            history=rows(marts, "from rpt_expected_credit_loss_history"),
            cohorts=rows(marts, "from rpt_loss_cohorts"),
        )


def database_of(lake: Workspace) -> Path:
    from pipelines.dbt_manifest import dbt_environment

    return Path(dbt_environment(lake)["ENCOURS_BUILD"])


def pieces(demo: Demo) -> list[Piece]:
    """Every settlement, document by document; money that came back is undone from its own day."""
    found = []
    for row in demo.allocations:
        if row["amount"] <= 0:
            continue
        kind = {"write_off": "lost", "credit_note": "credited", "assignment": "assigned"}.get(
            row["kind"], "settled"
        )
        paid = (
            demo.payments[row["payment_id"]]["payment_date"] if row["payment_id"] else row["allocation_date"]
        )
        settled = max(paid, row["allocation_date"])
        found.append(Piece(row["invoice_id"], kind, settled, row["allocation_date"], row["amount"]))
    for row in demo.reopened:
        found.append(
            Piece(row["document_id"], "settled", row["receipt_date"], row["return_date"], -row["amount"])
        )
    return found


def bucket_of(due: dt.date, day: dt.date) -> int:
    """Place in `MATRIX`."""
    late = (day - due).days
    return sum(late >= first for first in (1, 31, 61, 91, 121))


def in_cohort(demo: Demo, invoice: Row) -> bool:
    return (
        invoice["document_type"] in ("invoice", "deposit")
        and invoice["amount"] > 0
        and invoice["due_date_source"] != "unknown"
        and not invoice["is_retention"]
        and invoice["customer_id"] not in demo.apart
    )


def cents(value: Decimal) -> Decimal:
    return value.quantize(D("0.01"), rounding=ROUND_HALF_UP)


def test_rates_of_the_demo_follow_from_its_documents(demo: Demo) -> None:
    """Document by document: what each bucket was reached by and lost, at every closing."""
    own = {key: row for key, row in demo.invoices.items() if in_cohort(demo, row)}
    by_document: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces(demo):
        by_document[piece.invoice_id].append(piece)
    assert not any(row["line_type"] == "write_off" and row["amount"] > 0 for row in demo.invoices.values())
    for closing in sorted({row["closing_date"] for row in demo.history}):
        months: dict[dt.date, list[Decimal]] = defaultdict(lambda: [D(0)] * 9)
        for key, invoice in own.items():
            if invoice["entry_date"] > closing:
                continue
            known = [piece for piece in by_document[key] if piece.known <= closing]
            sums = months[invoice["entry_date"].replace(day=1)]
            sold = invoice["amount"] - sum(p.amount for p in known if p.outcome in ("credited", "assigned"))
            lost = sum((p.amount for p in known if p.outcome == "lost"), D(0))
            left = sold - lost - sum(p.amount for p in known if p.outcome == "settled")
            sums[6] += lost
            sums[7] += left
            for place in range(6):
                reached = lost + (left if bucket_of(invoice["due_date"], closing) >= place else D(0))
                for piece in known:
                    if piece.outcome == "settled" and bucket_of(invoice["due_date"], piece.settled) >= place:
                        reached += piece.amount
                sums[place] += reached
        closed = []
        for month, sums in months.items():
            end = (month + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
            aged = end.replace(year=end.year + 1, day=min(end.day, 28)) <= closing
            if end <= closing and (sums[7] == 0 or aged):
                closed.append(sums)
        shown = {row["bucket"]: row for row in demo.history if row["closing_date"] == closing}
        for place, bucket in enumerate(MATRIX):
            row = shown[bucket]
            assert (row["closed_cohorts"] or 0) == len(closed)
            assert row["cohort_reached"] == sum((s[place] for s in closed), D(0)), (closing, bucket)
            assert row["cohort_lost"] == sum((s[6] for s in closed), D(0))
            assert row["cohort_open_amount"] == sum((s[7] for s in closed), D(0))
            assert row["rate_source"] == ("observed" if row["cohort_lost"] > 0 else "floor")
            rate = row["cohort_lost"] / row["cohort_reached"] if row["cohort_lost"] > 0 else row["floor_rate"]
            assert row["expected_loss"] == cents(row["gross_amount"] * rate)


def test_lines_of_the_demo_follow_from_its_documents(demo: Demo) -> None:
    """What is open at each closing, item by item, on the line of its first reason."""
    changes: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
    for key, invoice in demo.invoices.items():
        changes[key].append((invoice["entry_date"], invoice["amount"]))
    for key, payment in demo.payments.items():
        changes[key].append((payment["entry_date"], -payment["amount"]))
    for row in demo.allocations:
        changes[row["invoice_id"]].append((row["allocation_date"], -row["amount"]))
        other = row["payment_id"] or row["credit_invoice_id"]
        changes[other].append((row["allocation_date"], row["amount"]))
    for closing in sorted({row["closing_date"] for row in demo.history}):
        expected: dict[str, Decimal] = defaultdict(lambda: D(0))
        for key, events in changes.items():
            left = sum((amount for day, amount in events if day <= closing), D(0))
            if left:
                expected[line_of(demo, key, left, closing)] += left
        shown = {row["bucket"]: row["gross_amount"] for row in demo.history if row["closing_date"] == closing}
        assert {name: amount for name, amount in shown.items() if amount} == dict(expected)


def line_of(demo: Demo, key: str, left: Decimal, closing: dt.date) -> str:
    """The line of an open item."""
    if key in demo.payments:
        return "unallocated"
    invoice = demo.invoices[key]
    if invoice["line_type"] == "assignment":
        return "assigned"
    if left < 0:
        return "credit_note" if invoice["document_type"] == "credit_note" else "unallocated"
    customer = invoice["customer_id"]
    if any(first <= closing < last for first, last in demo.proceedings.get(customer, [])):
        return "in_proceedings"
    if invoice["doubtful_since"] and invoice["doubtful_since"] <= closing:
        return "doubtful"
    if any(first <= closing < last for first, last in demo.disputes.get(key, [])):
        return "disputed"
    if customer in demo.apart:
        return "group"
    if invoice["is_retention"]:
        return "retention"
    if invoice["due_date_source"] == "unknown":
        return "due_date_unknown"
    return MATRIX[bucket_of(invoice["due_date"], closing)]


def test_months_of_the_demo_are_accounted_for(demo: Demo) -> None:
    assert demo.cohorts
    for row in demo.cohorts:
        parts = ("credited", "assigned", "settled", "lost", "open_amount")
        assert row["billed"] == sum(row[part] for part in parts)
