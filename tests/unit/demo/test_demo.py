"""The demo company is a whole: balanced books, a truth that ties to them, credible figures, bytes that repeat."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from pipelines.demo import DemoFiles, write_demo
from pipelines.demo.calendar import TERMS, calendar, day, due_dates, french_holidays
from pipelines.demo.files import FEC_COLUMNS, FEC_ENCODINGS
from pipelines.demo.ledger import lettering_code
from pipelines.terms import parse_terms

RECEIVABLES = ("411", "413", "416")
AS_OF = "20251231"


@dataclass
class Demo:
    """A demo company with its ledgers read back by the plainest means, and its truth through DuckDB."""

    files: DemoFiles

    @cached_property
    def ledgers(self) -> dict[int, list[dict[str, str]]]:
        return {
            year: read_fec(path, FEC_ENCODINGS[year])
            for year, path in zip((2023, 2024, 2025), self.files.ledgers, strict=True)
        }

    @cached_property
    def lines(self) -> list[dict[str, str]]:
        return [line for lines in self.ledgers.values() for line in lines]

    def receivable_balance(self, year: int) -> dict[str, int]:
        out: dict[str, int] = defaultdict(int)
        for line in self.ledgers[year]:
            if line["CompteNum"].startswith(RECEIVABLES):
                out[line["CompAuxNum"]] += cents(line["Debit"]) - cents(line["Credit"])
        return dict(out)

    def truth(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            for name in ("documents", "settlements", "customers", "customer_months"):
                connection.execute(
                    f"create view {name} as select * from read_parquet('{self.files.truth}/{name}.parquet')"
                )
            return connection.execute(sql).fetchall()


def cents(text: str) -> int:
    return int(text.replace(",", ""))


def read_fec(path: Path, encoding: str) -> list[dict[str, str]]:
    text = path.read_bytes().decode(encoding)
    header, *rows = text.removesuffix("\r\n").split("\r\n")
    assert tuple(header.split("\t")) == FEC_COLUMNS
    return [dict(zip(FEC_COLUMNS, row.split("\t"), strict=True)) for row in rows]


def tree_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo company at its default size."""
    return Demo(write_demo(tmp_path_factory.mktemp("demo")))


@pytest.fixture(
    scope="module",
    params=[(5, 1, "habits"), (20, 300, "habits"), (60, 2500, "habits"), (5, 1, "cash"), (60, 2500, "cash")],
    ids=["one", "tiny", "small", "one of cash", "small of cash"],
)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Other sizes, among them hardly anything, and the other mechanism."""
    customers, invoices, variant = request.param
    folder = tmp_path_factory.mktemp("demo_small")
    return Demo(write_demo(folder, seed=11, customers=customers, invoices=invoices, variant=variant))


# --- the books --------------------------------------------------------------------------------------------------------


def assert_books_balance(company: Demo) -> None:
    for year, lines in company.ledgers.items():
        entries: dict[tuple[str, str], int] = defaultdict(int)
        dates: dict[tuple[str, str], set[str]] = defaultdict(set)
        for line in lines:
            key = (line["JournalCode"], line["EcritureNum"])
            debit, credit = cents(line["Debit"]), cents(line["Credit"])
            assert (debit == 0) != (credit == 0) and debit >= 0 and credit >= 0, line
            entries[key] += debit - credit
            dates[key].add(line["EcritureDate"])
        assert {key for key, total in entries.items() if total} == set(), f"unbalanced entries of {year}"
        assert all(len(found) == 1 for found in dates.values())
        assert all(line["EcritureDate"].startswith(str(year)) for line in lines)


def test_every_file_and_entry_balances_to_the_cent(demo: Demo) -> None:
    assert_books_balance(demo)


def test_books_of_any_size_balance(small: Demo) -> None:
    assert_books_balance(small)


def test_ledgers_hold_about_a_hundred_thousand_lines_of_classes_1_to_7(demo: Demo) -> None:
    assert 95_000 < len(demo.lines) < 140_000
    assert len(demo.lines) == demo.files.ledger_lines
    for year, lines in demo.ledgers.items():
        classes = {line["CompteNum"][0] for line in lines}
        assert classes == {"1", "2", "3", "4", "5", "6", "7"}, year


@pytest.mark.parametrize("year", [2024, 2025])
def test_each_year_opens_where_the_year_before_closed(demo: Demo, year: int) -> None:
    opening: dict[str, int] = defaultdict(int)
    for line in demo.ledgers[year]:
        if line["JournalCode"] == "AN" and line["CompteNum"].startswith(RECEIVABLES):
            opening[line["CompAuxNum"]] += cents(line["Debit"]) - cents(line["Credit"])
    closing = demo.receivable_balance(year - 1)
    assert {k: v for k, v in opening.items() if v} == {k: v for k, v in closing.items() if v}


def test_openings_come_as_open_lines_residuals_and_bare_balances(demo: Demo) -> None:
    lines = [
        line
        for line in demo.ledgers[2024]
        if line["JournalCode"] == "AN" and line["CompteNum"].startswith("411")
    ]
    bare = [line for line in lines if line["PieceRef"] == "AN"]
    detailed = [line for line in lines if line["PieceRef"] != "AN"]
    assert bare and len(detailed) > 5 * len(bare)
    assert all(line["PieceDate"] < "20240101" for line in detailed)
    assert any(cents(line["Credit"]) for line in detailed), "payments and credit notes are carried too"


def test_some_lines_are_identical_so_that_dropping_duplicates_breaks_the_balance(demo: Demo) -> None:
    assert any(count > 1 for count in Counter(tuple(line.values()) for line in demo.lines).values())


def test_every_kind_of_settlement_occurs(demo: Demo) -> None:
    seen: set[tuple[str, str]] = set()
    entries: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for line in demo.lines:
        entries[line["EcritureDate"][:4], line["JournalCode"], line["EcritureNum"]].append(line)
    for (_, journal, _), lines in entries.items():
        if journal == "AN":
            continue
        for line in lines:
            if line["CompteNum"].startswith(RECEIVABLES):
                side = "debit" if cents(line["Debit"]) else "credit"
                seen.update(
                    (f"{line['CompteNum'][:3]} {side}", other["CompteNum"][:4])
                    for other in lines
                    if other is not line
                )
    expected = {
        ("411 debit", "7010"), ("411 debit", "4457"), ("411 credit", "7090"),  # invoices and credit notes
        ("411 credit", "5121"), ("411 credit", "5122"), ("411 debit", "5121"),  # receipts, refunds and rejections
        ("411 credit", "6580"), ("411 credit", "7580"), ("411 credit", "6650"),  # differences and discounts
        ("411 debit", "4191"), ("411 credit", "4191"), ("411 credit", "4710"),  # advances, suspense
        ("411 credit", "4160"), ("416 credit", "6540"), ("411 credit", "6540"), ("416 credit", "4457"),  # losses
        ("411 credit", "4130"), ("413 credit", "5113"), ("411 credit", "4010"),  # bills, set-off
    }  # fmt: skip
    assert expected - seen == set()


# --- lettering --------------------------------------------------------------------------------------------------------


def test_upper_case_groups_balance_and_lower_case_ones_do_not(demo: Demo) -> None:
    for lines in demo.ledgers.values():
        groups: dict[tuple[str, str, str], int] = defaultdict(int)
        for line in lines:
            if line["EcritureLet"]:
                assert line["CompteNum"].startswith(RECEIVABLES)
                assert line["EcritureDate"] <= line["DateLet"] <= "20260331"
                key = (line["CompteNum"], line["CompAuxNum"], line["EcritureLet"])
                groups[key] += cents(line["Debit"]) - cents(line["Credit"])
        assert all((total == 0) == code.isupper() for (_, _, code), total in groups.items())
        assert any(code.islower() for _, _, code in groups)
        restarts = {(account, customer) for account, customer, code in groups if code == "AA"}
        assert len(restarts) > 200, "codes restart for each account and customer"


def test_lettering_is_missing_for_some_customers_and_for_recent_months(demo: Demo) -> None:
    lettered: dict[str, list[bool]] = defaultdict(list)
    recent = []
    for line in demo.lines:
        if line["CompteNum"] == "411000" and cents(line["Credit"]):
            lettered[line["CompAuxNum"]].append(bool(line["EcritureLet"]))
            if line["EcritureDate"] >= "20251201":
                recent.append(bool(line["EcritureLet"]))
    never = sum(not any(found) for found in lettered.values()) / len(lettered)
    overall = np.mean([one for found in lettered.values() for one in found])
    assert 0.07 < never < 0.2
    assert 0.6 < overall < 0.9
    assert 0.05 < np.mean(recent) < 0.6
    assert all(line["DateLet"] <= AS_OF for line in demo.ledgers[2025])


def test_lettering_codes_count_like_columns_of_a_sheet() -> None:
    assert [lettering_code(n) for n in (0, 1, 25, 26, 675, 676)] == ["AA", "AB", "AZ", "BA", "ZZ", "AAA"]


# --- the truth --------------------------------------------------------------------------------------------------------


def assert_truth_ties(company: Demo) -> None:
    told = {
        c: int(v * 100)
        for c, v in company.truth("select customer_id, sum(open_amount) from documents group by 1")
    }
    kept = company.receivable_balance(2025)
    assert {c: v for c, v in told.items() if v} == {c: v for c, v in kept.items() if v}


def test_truth_says_what_is_open_per_customer_and_in_total(demo: Demo) -> None:
    assert_truth_ties(demo)


def test_truth_ties_at_any_size(small: Demo) -> None:
    assert_truth_ties(small)


def test_settlements_add_up_to_what_documents_lost(demo: Demo) -> None:
    wrong = demo.truth("""
        with paid as (
            select document_number, sum(amount) filter (where is_in_ledger) as paid from settlements group by 1
        ),
        noted as (
            select other_document_number as document_number, sum(amount) filter (where is_in_ledger) as used
            from settlements where kind = 'credit_note' group by 1
        )
        select document_number, amount, paid, used, open_amount
        from documents left join paid using (document_number) left join noted using (document_number)
        where kind in ('invoice', 'deposit', 'credit_note') and written_off_on is null
            and entry_date <= date '2025-12-31' and open_amount <> amount - coalesce(paid, 0) + coalesce(used, 0)
    """)
    # A remitted bill has left account 413 before its money arrives; nothing else differs.
    bills = {n for (n,) in demo.truth("select document_number from settlements where kind = 'bill'")}
    assert [row for row in wrong if row[0] not in bills] == []


def test_exactly_the_invoices_asked_for_are_billed(demo: Demo) -> None:
    assert demo.truth("select count(*) from documents where kind = 'invoice' and not is_before_books") == [
        (25_000,)
    ]


def test_true_probabilities_of_late_payment_are_calibrated(demo: Demo) -> None:
    """The generator's own probabilities are the best possible score: observed shares follow them in every decile."""
    for days, column in ((0, "p_late"), (30, "p_late_30"), (90, "p_late_90")):
        rows = demo.truth(f"""
            select avg(p), avg(late) from (
                select {column} as p, ntile(10) over (order by {column}, document_number) as decile,
                    cast(paid_on is null or paid_on > due_date + {days} as integer) as late
                from documents where kind = 'invoice' and not is_before_books
            ) group by decile
        """)
        for told, seen in rows:
            assert abs(told - seen) < 0.03, (column, told, seen)


def test_true_probabilities_of_default_are_calibrated(demo: Demo) -> None:
    ((told, seen, rows),) = demo.truth("""
        select avg(p_default_12m), avg(cast(defaults_within_12m as integer)), count(*)
        from customer_months where not is_in_default
    """)
    assert 0.75 < seen / told < 1.3 and rows > 10_000
    low, high = demo.truth("""
        select avg(cast(defaults_within_12m as integer)) from customer_months where not is_in_default
        group by p_default_12m > 0.2 order by p_default_12m > 0.2
    """)
    assert high[0] > 20 * low[0], "drifting customers stand out"


def test_customers_drift_before_they_collapse(demo: Demo) -> None:
    ((before, usual),) = demo.truth("""
        with paid as (
            select d.paid_on - d.due_date as days_late, c.collapse_date - d.due_date as lead
            from documents as d inner join customers as c using (customer_id)
            where d.paid_on is not null and c.collapse_date is not null
        )
        select avg(days_late) filter (where lead between 60 and 150), avg(days_late) filter (where lead > 540) from paid
    """)
    assert before > usual + 10


def test_notices_and_unpaid_invoices_follow_a_collapse(demo: Demo) -> None:
    rows = demo.truth("""
        select c.default_reason, count(distinct c.customer_id), count(*) filter (where d.paid_on is null)
        from customers as c inner join documents as d using (customer_id)
        where c.default_date between date '2023-01-01' and date '2025-12-31' and d.kind = 'invoice'
            and d.due_date between c.collapse_date - 30 and c.collapse_date + 30
        group by 1
    """)
    assert {reason for reason, _, _ in rows} == {"proceedings", "overdue_90"}
    assert sum(unpaid for _, _, unpaid in rows) > 40


# --- credible figures (DOMAIN §8) -------------------------------------------------------------------------------------


def test_dso_delay_and_overdue_share_are_those_of_a_french_company(demo: Demo) -> None:
    billed = sum(
        cents(line["Debit"]) - cents(line["Credit"])
        for line in demo.ledgers[2025]
        if line["JournalCode"] == "VE" and line["CompteNum"] == "411000"
    )
    receivables = sum(demo.receivable_balance(2025).values())
    assert 50 < receivables / billed * 365 < 65
    ((late, net, share_late),) = demo.truth("""
        select sum(s.amount * greatest(0, s.settled_on - d.due_date)) / sum(s.amount),
            sum(s.amount * (s.settled_on - d.due_date)) / sum(s.amount),
            sum(s.amount) filter (where s.settled_on > d.due_date) / sum(s.amount)
        from settlements as s inner join documents as d using (document_number)
        where s.kind in ('transfer', 'direct_debit', 'bill', 'suspense') and s.is_in_ledger
            and s.settled_on >= date '2023-01-01'
    """)
    assert 11.5 < float(late) < 15.5 and 10 < float(net) < 14
    assert 0.5 < float(share_late) < 0.75
    ((overdue,),) = demo.truth("""
        select sum(open_amount) filter (where due_date < date '2025-12-31') / sum(open_amount)
        from documents where open_amount > 0
    """)
    assert 0.15 < float(overdue) < 0.35


def test_the_largest_pay_latest(demo: Demo) -> None:
    late = dict(
        demo.truth("""
        select size, sum(s.amount * (s.settled_on - d.due_date)) / sum(s.amount)
        from settlements as s inner join documents as d using (document_number)
        inner join customers as c on c.customer_id = d.customer_id
        where s.kind in ('transfer', 'direct_debit', 'bill') and s.is_in_ledger group by 1
    """)
    )
    assert late["TPE"] < late["PME"] < min(late["ETI"], late["GE"])


def test_a_few_percent_of_customers_default_each_year(demo: Demo) -> None:
    counts = dict(
        demo.truth("""
        select extract(year from default_date), count(*) from customers
        where default_date between date '2023-01-01' and date '2025-12-31' group by 1
    """)
    )
    assert set(counts) == {2023, 2024, 2025} and all(4 <= n <= 25 for n in counts.values())


def test_payments_name_documents_group_them_or_say_nothing(demo: Demo) -> None:
    labels = [
        line["EcritureLib"]
        for line in demo.lines
        if line["CompteNum"] == "411000" and line["JournalCode"] in ("BQ", "CE") and cents(line["Credit"])
    ]
    named = [label.count(" F202") for label in labels]
    assert 0.25 < np.mean([n == 0 for n in named]) < 0.65
    assert np.mean([n > 1 for n in named]) > 0.1


def test_sales_follow_seasons_and_grow(demo: Demo) -> None:
    months = dict(
        demo.truth("""
        select strftime(entry_date, '%Y-%m'), count(*) from documents
        where kind = 'invoice' and not is_before_books group by 1
    """)
    )
    assert len(months) == 36
    for year in (2023, 2024, 2025):
        assert months[f"{year}-08"] < 0.8 * months[f"{year}-06"]
    totals = [sum(n for m, n in months.items() if m.startswith(str(y))) for y in (2023, 2024, 2025)]
    assert totals[0] < totals[1] < totals[2] < 1.5 * totals[0]


# --- the other files --------------------------------------------------------------------------------------------------


def customers_of(company: Demo) -> list[dict[str, str]]:
    with company.files.customers.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_customers_have_valid_numbers_and_terms_that_the_grammar_reads(demo: Demo) -> None:
    rows = customers_of(demo)
    assert len(rows) == 400 == len({row["customer_id"] for row in rows}) == len({row["name"] for row in rows})
    sirens = [row["siren"] for row in rows if row["siren"]]
    assert len(sirens) == len(set(sirens)) > 350 and all(siren_number.is_valid(s) for s in sirens)
    numbers = [row["vat_number"] for row in rows if row["vat_number"]]
    assert {number[:2] for number in numbers} == {"FR", "BE", "DE", "ES", "IT"}
    assert [number for number in numbers if not eu_vat.is_valid(number)] == []
    written = Counter(row["payment_terms"] for row in rows)
    assert 0.1 < written[""] / len(rows) < 0.3
    by_text = {terms.text: terms for terms in TERMS}
    for text in written:
        if text:
            read, meant = parse_terms(text), by_text[text]
            assert (read.net_days, read.is_end_of_month, read.days_after, read.day_of_month or 0) == (
                meant.net_days, meant.is_end_of_month, meant.days_after, meant.day_of_month,
            )  # fmt: skip


def test_names_that_break_careless_software_are_in_every_file(demo: Demo) -> None:
    names = {row["name"] for row in customers_of(demo)}
    ledger_names = {line["CompAuxLib"] for line in demo.lines}
    for part in ("<script>", "=cmd|", "L'Œuvre façonnée", "Noël & Frères"):
        assert any(part in name for name in names), part
        assert any(part in name for name in ledger_names), part


def test_ledgers_name_only_customers_of_the_file(demo: Demo) -> None:
    known = {row["customer_id"] for row in customers_of(demo)}
    used = {line["CompAuxNum"] for line in demo.lines if line["CompteNum"].startswith("411")}
    assert used <= known and len(used) > 380


def test_configuration_names_the_files_it_was_written_with(demo: Demo) -> None:
    text = demo.files.config.read_text(encoding="utf-8")
    events = sorted((demo.files.directory / "events").iterdir())
    assert len(events) == 7
    external = (demo.files.sirene, demo.files.establishments, demo.files.bodacc, demo.files.accounts)
    for path in (demo.files.customers, *external, *events):
        assert path.relative_to(demo.files.directory).as_posix() in text
    assert all(
        path.parent.name == "ledgers" and path.name.startswith("732829320FEC") for path in demo.files.ledgers
    )
    assert siren_number.is_valid("732829320")


# --- registers --------------------------------------------------------------------------------------------------------


def notices_of(demo: Demo, family: str) -> list[dict[str, Any]]:
    return [
        one
        for one in json.loads(demo.files.bodacc.read_text(encoding="utf-8"))
        if one["familleavis"] == family
    ]


def siren_of(notice: dict[str, Any]) -> str:
    person = json.loads(notice["listepersonnes"])["personne"]
    return str(person["numeroImmatriculation"]["numeroIdentification"]).replace(" ", "")


def test_every_set_of_accounts_was_published_as_filed_with_its_confidentiality(demo: Demo) -> None:
    with demo.files.accounts.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    filed = {
        (row["siren"], row["date_cloture_exercice"]): row["confidentiality"] == "Confidentiel" for row in rows
    }
    assert len(filed) == len(rows) > 500
    told = {}
    for notice in notices_of(demo, "dpc"):
        deposit = json.loads(notice["depot"])
        assert notice["dateparution"] > deposit["dateCloture"]
        told[siren_of(notice), deposit["dateCloture"]] = "confidentialité" in deposit.get("descriptif", "")
    assert told == filed
    assert 0.2 < sum(filed.values()) / len(filed) < 0.5
    assert all(not row["chiffre_d_affaires"] for row in rows if row["confidentiality"] == "Confidentiel")


def test_customers_on_their_way_down_file_less_and_change_more(demo: Demo) -> None:
    collapsed = dict(
        demo.truth("select customer_id, collapse_date from customers where collapse_date is not null")
    )
    siren = {row["customer_id"]: row["siren"] for row in customers_of(demo) if row["siren"]}
    fallen = {siren[customer]: day for customer, day in collapsed.items() if customer in siren}
    assert all(
        date.fromisoformat(notice["dateparution"]) < fallen.get(siren_of(notice), date.max)
        for family in ("dpc", "modification")
        for notice in notices_of(demo, family)
    )
    filed_2024 = {
        siren_of(one)
        for one in notices_of(demo, "dpc")
        if "2024-12-31" in json.loads(one["depot"])["dateCloture"]
    }
    late = [number for number, day in fallen.items() if date(2025, 10, 1) < day < date(2026, 6, 1)]
    assert len(filed_2024) / len(siren) > 0.5
    assert not late or len(filed_2024 & set(late)) / len(late) < len(filed_2024) / len(siren)


def test_establishments_are_those_of_the_units_with_checked_numbers(demo: Demo) -> None:
    def rows_of(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    units, establishments = rows_of(demo.files.sirene), rows_of(demo.files.establishments)
    assert all(siret_number.is_valid(row["siret"]) for row in establishments)
    heads = {row["siret"] for row in establishments if row["etablissementSiege"] == "true"}
    assert heads == {unit["siren"] + unit["nicSiegeUniteLegale"] for unit in units}
    assert len({row["siret"] for row in establishments}) == len(establishments) > len(units)


# --- events -----------------------------------------------------------------------------------------------------------


def test_disputes_are_of_contested_invoices_and_end_with_their_credit_note_or_before_their_payment(
    demo: Demo,
) -> None:
    with (demo.files.directory / "events" / "litiges.csv").open(encoding="cp1252", newline="") as file:
        disputes = list(csv.DictReader(file, delimiter=";"))
    contested = {row[0] for row in demo.truth("select document_number from documents where is_disputed")}
    known = [row for row in disputes if row["Facture"] in contested]
    assert len(known) == len(disputes) - 1 > 50  # one number was keyed in wrongly
    credited = dict(
        demo.truth(
            "select document_number, max(settled_on) from settlements where kind = 'credit_note' group by all"
        )
    )
    closed = [row for row in known if row["Clos le"]]
    assert 0.5 < sum(row["Facture"] in credited for row in closed) / len(closed) < 0.8


def test_two_promises_in_three_are_kept(demo: Demo) -> None:
    with duckdb.connect() as connection:
        [(kept, judged)] = connection.execute(
            f"select count(*) filter (is_kept), count(is_kept) from '{demo.files.truth}/promises.parquet'"
        ).fetchall()
    assert judged > 500 and 0.5 < kept / judged < 0.75


def test_reminders_go_up_level_by_level(demo: Demo) -> None:
    with (demo.files.directory / "events" / "reminders.csv").open(encoding="utf-8", newline="") as file:
        levels = Counter(row["level"] for row in csv.DictReader(file))
    assert levels["1"] > levels["2"] > levels["3"] > 0


# --- bytes ------------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    write_demo(tmp_path / "here", seed=3, customers=20, invoices=300)
    code = (
        "import sys, pathlib; from pipelines.demo import write_demo; "
        "write_demo(pathlib.Path(sys.argv[1]), seed=3, customers=20, invoices=300)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], check=True, env=environment)
    write_demo(tmp_path / "other", seed=4, customers=20, invoices=300)
    assert tree_hash(tmp_path / "here") == tree_hash(tmp_path / "there") != tree_hash(tmp_path / "other")


def test_writing_again_replaces_the_files(tmp_path: Path) -> None:
    write_demo(tmp_path, seed=1, customers=20, invoices=300)
    before = tree_hash(tmp_path)
    write_demo(tmp_path, seed=2, customers=30, invoices=200)
    write_demo(tmp_path, seed=1, customers=20, invoices=300)
    assert tree_hash(tmp_path) == before


@pytest.mark.parametrize(("customers", "invoices"), [(4, 100), (0, 100), (20, 0)])
def test_too_small_a_company_is_refused(tmp_path: Path, customers: int, invoices: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        write_demo(tmp_path, customers=customers, invoices=invoices)


# --- days -------------------------------------------------------------------------------------------------------------


def test_payment_runs_skip_weekends_and_french_holidays() -> None:
    cal = calendar()
    days = np.arange(day(2023, 1, 1), day(2026, 1, 1))
    for run in range(cal.next_run.shape[0]):
        paid = np.unique(cal.run_on_or_after(np.full(len(days), run), days))
        dates = [date(1970, 1, 1) + timedelta(days=int(d)) for d in paid]
        assert all(d.weekday() < 5 for d in dates)
        assert not {int(d) for d in paid} & french_holidays(2024)


def test_french_holidays_of_2024() -> None:
    expected = [
        (1, 1),
        (4, 1),
        (5, 1),
        (5, 8),
        (5, 9),
        (5, 20),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    ]
    assert french_holidays(2024) == {day(2024, m, d) for m, d in expected}


@pytest.mark.parametrize(
    ("text", "issue", "due"),
    [
        ("45 EOM", (2026, 1, 15), (2026, 3, 31)),
        ("EOM 45", (2026, 1, 15), (2026, 3, 17)),
        ("30", (2025, 2, 14), (2025, 3, 16)),
        ("30 jours fin de mois le 10", (2025, 1, 15), (2025, 3, 10)),
        ("0", (2025, 1, 15), (2025, 1, 15)),
    ],
)
def test_due_dates_follow_the_terms(
    text: str, issue: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    index = next(i for i, terms in enumerate(TERMS) if terms.text == text)
    assert due_dates(np.array([day(*issue)]), np.array([index])).tolist() == [day(*due)]
