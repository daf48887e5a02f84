"""No rule is vacuous: for each there is data that breaks it, and the data of `good_run` breaks none.

One spoiling per rule, at the level of the landed tables: the profile must count it, Great Expectations must judge it,
and the sentence must name the file (or year, or company) it is about. Each spoiling that can has a company of its own
in one run of many companies, all with the same file names and hashes: what is wrong with one must not show in another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stdnum.fr import siren

from data_quality import ExpectationResult, expectation_names, judge, profile_inputs
from data_quality.suites import RULES, rules_by_profile
from tests.unit.data_quality.landed import SIRENS, Run, good_run, merged, sha

FIRST = "732829320FEC20231231.txt"
SECOND = "732829320FEC20241231.txt"
SPOILINGS: dict[str, tuple[Callable[[Run], Any], str, int, str]] = {}
"""Rule → (how to spoil a good run, what its sentence names, how many offences it counts, which run it is in)."""


def breaks(
    rule: str, names: str, count: int = 1, among: str = "companies"
) -> Callable[[Callable[[Run], Any]], Callable[[Run], Any]]:
    """Register a spoiling, among the companies of one run or among those that spoil what companies share."""

    def register(spoil: Callable[[Run], Any]) -> Callable[[Run], Any]:
        assert rule not in SPOILINGS
        SPOILINGS[rule] = (spoil, names, count, among)
        return spoil

    return register


def source(run: Run, name: str) -> dict[str, Any]:
    """The account of a file."""
    return next(row for row in run["sources"] if row["file_name"] == name)


def drop_column(run: Run, table: str, column: str) -> None:
    del run.types[table][column]


# --- columns and files, the same for every source --------------------------------------------------------------------

for table, column, prefix in (
    ("fec_lines", "PieceDate", "fec"),
    ("subledger_payments", "matching_number", "subledger"),
    ("events_reminders", "channel", "events"),
    ("customers", "payment_terms", "customers"),
    ("company_units", "state_since", "sirene"),
    ("company_notices", "judgment_date", "bodacc"),
    ("company_accounts", "closing_date", "accounts"),
    ("company_links", "valid_to", "gleif"),
):
    breaks(f"{prefix}_columns_are_as_declared", f"{table}.{column}", among="columns")(
        lambda run, table=table, column=column: drop_column(run, table, column)
    )

FILES = {
    "fec": FIRST,
    "subledger": "factures.csv",
    "events": "litiges.csv",
    "customers": "clients.csv",
    "sirene": "StockUniteLegale.csv",
    "companies_house": "BasicCompanyData.csv",
    "gleif": "rr.csv",
    "bodacc": "annonces.json",
    "accounts": "ratios.csv",
}
IDS = {name: name for name in FILES} | {"fec": "aaaa"}

for prefix, name in FILES.items():

    def lose_rows(run: Run, name: str = name) -> None:
        source(run, name)["rows_read"] += 3

    def refuse_unlisted(run: Run, name: str = name) -> None:
        account = source(run, name)
        account["rows_rejected"] += 1
        account["rows_read"] += 1

    def refuse_few(run: Run, prefix: str = prefix, name: str = name) -> None:
        run.reject(prefix, IDS[prefix], 90_001, "EcritureDate")
        run.reject(prefix, IDS[prefix], 90_002, "Debit")
        run.account()
        source(run, name)["rows_read"] += 100_000
        source(run, name)["rows_accepted"] += 100_000

    def refuse_many(run: Run, prefix: str = prefix) -> None:
        run.reject(prefix, IDS[prefix], 90_001, "EcritureDate")
        run.account()

    def forget_status(run: Run, name: str = name) -> None:
        source(run, name)["status"] = "maybe"

    def repeat_file(run: Run, prefix: str = prefix, name: str = name) -> None:
        again = {**source(run, name), "file_name": f"copy of {name}", "status": "duplicate"}
        run["sources"].append(again)

    def remark(run: Run, name: str = name) -> None:
        source(run, name)["warnings"] = '["the SIREN of the name is not the content\'s", "13 months"]'

    breaks(f"{prefix}_rows_are_accounted", name)(lose_rows)
    breaks(f"{prefix}_rejected_rows_are_listed", name)(refuse_unlisted)
    breaks(f"{prefix}_rows_are_accepted", name, 2)(refuse_few)
    breaks(f"{prefix}_rejected_rows_are_few", name)(refuse_many)
    breaks(f"{prefix}_status_is_known", name)(forget_status)
    breaks(f"{prefix}_files_are_read_once", name)(repeat_file)
    breaks(f"{prefix}_reader_has_no_remark", name, 2)(remark)


def land_fewer(table: str) -> Callable[[Run], Any]:
    """Lose a row between landing and the table."""
    return lambda run: run[table].pop()


breaks("customers_accepted_rows_are_landed", "clients.csv")(land_fewer("customers"))
breaks("sirene_accepted_rows_are_landed", "StockUniteLegale.csv", among="lost")(
    lambda run: run["company_units"].pop(0)
)
breaks("bodacc_accepted_rows_are_landed", "annonces.json", among="lost")(land_fewer("company_notices"))

breaks("subledger_accepted_rows_are_landed", "erp")(land_fewer("subledger_payments"))
breaks("events_accepted_rows_are_landed", "disputes")(land_fewer("events_disputes"))

# --- the ledger: what landing says against what it left ---------------------------------------------------------------


@breaks("fec_files_are_registered", FIRST)
def _(run: Run) -> None:
    run["fec_files"].pop(0)


@breaks("fec_accepted_rows_are_landed", SECOND, 2)
def _(run: Run) -> None:
    del run["fec_lines"][-2:]


@breaks("fec_debits_are_landed", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][0]["Debit"] += Decimal("0.01")


@breaks("fec_credits_are_landed", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][1]["Credit"] -= Decimal("0.01")


@breaks("fec_rejected_cents_are_listed", FIRST)
def _(run: Run) -> None:
    run.reject("fec", "aaaa", 90_001, "EcritureDate", debit="10.00")
    run.account()
    source(run, FIRST)["debit_rejected"] = Decimal("12.00")


@breaks("fec_file_has_lines", "empty.txt")
def _(run: Run) -> None:
    run.file("cccc", "empty.txt", 2024)
    run.account()


@breaks("fec_line_numbers_are_unique", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][1]["line_number"] = run["fec_lines"][0]["line_number"]


# --- the ledger: its lines -------------------------------------------------------------------------------------------


def set_line(column: str, value: Any, *positions: int) -> Callable[[Run], None]:
    """Set a column of some lines of the first file, then account for them as landing would."""

    def spoil(run: Run) -> None:
        for position in positions:
            run["fec_lines"][position][column] = value
        run.account()

    return spoil


breaks("fec_accounts_are_given", FIRST, 2)(set_line("CompteNum", None, 1, 4))
breaks("fec_entry_dates_are_given", FIRST)(set_line("EcritureDate", None, 1))
breaks("fec_amounts_are_given", FIRST)(set_line("Credit", None, 0))
breaks("fec_journals_are_given", FIRST, 3)(set_line("JournalCode", None, 0, 1, 2))
breaks("fec_entry_numbers_are_given", FIRST, 3)(set_line("EcritureNum", None, 0, 1, 2))
breaks("fec_dates_are_in_fiscal_year", FIRST, 3)(set_line("EcritureDate", date(2022, 12, 31), 0, 1, 2))
breaks("fec_accounts_are_of_a_known_class", FIRST)(set_line("CompteNum", "9120", 1))
breaks("fec_lines_are_validated", FIRST, 3)(set_line("ValidDate", None, 0, 1, 2))
breaks("fec_document_dates_are_plausible", FIRST)(set_line("PieceDate", date(2023, 3, 14), 0))


@breaks("fec_amounts_are_not_negative", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][1].update(Debit=Decimal("-1000.00"), Credit=Decimal("0.00"))
    run.account()


@breaks("fec_lines_carry_an_amount", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][1].update(Credit=Decimal("0.00"))
    run["fec_lines"][2].update(Credit=Decimal("1200.00"))
    run.account()


@breaks("fec_lines_have_one_side", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][0].update(Debit=Decimal("1300.00"), Credit=Decimal("100.00"))
    run.account()


# --- the ledger: its entries -----------------------------------------------------------------------------------------


@breaks("fec_file_balances", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][0]["Debit"] += Decimal("10.00")
    run.account()


@breaks("fec_entries_balance", FIRST, 2)
def _(run: Run) -> None:
    run["fec_lines"][0]["Debit"] += Decimal("10.00")
    run["fec_lines"][3]["Debit"] -= Decimal("10.00")
    run.account()


@breaks("fec_unbalanced_entries_are_few", SECOND)
def _(run: Run) -> None:
    run["fec_lines"][-1]["Credit"] += Decimal("0.01")
    run.account()


@breaks("fec_unbalanced_entries_are_listed", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][0]["Debit"] += Decimal("10.00")
    run.account()
    run["unbalanced_entries"].clear()


@breaks("fec_entries_have_one_date", FIRST)
def _(run: Run) -> None:
    run["fec_lines"][1]["EcritureDate"] = date(2023, 2, 11)


@breaks("fec_entry_numbers_identify_entries", FIRST)
def _(run: Run) -> None:
    run["fec_files"][0]["entry_key"] = "journal_number_date_piece"


# --- the ledger: its years -------------------------------------------------------------------------------------------


@breaks("fec_no_year_is_missing", "2022", 365)
def _(run: Run) -> None:
    run["fec_files"][0].update(
        fiscal_year=2022, fiscal_year_start=date(2022, 1, 1), fiscal_year_end=date(2022, 12, 31)
    )


@breaks("fec_years_do_not_overlap", "2024-01-01", 31)
def _(run: Run) -> None:
    run["fec_files"][0]["fiscal_year_end"] = date(2024, 1, 31)


@breaks("fec_has_receivables", FIRST)
def _(run: Run) -> None:
    for row in run["fec_lines"]:
        if row["source_id"] == "aaaa" and row["CompteNum"].startswith("411"):
            row["CompteNum"] = "467000"


@breaks("fec_sales_go_through_customers", SECOND)
def _(run: Run) -> None:
    run.entry("bbbb", "9", date(2024, 6, 1), ("530000", "99000.00", "0.00"), ("707000", "0.00", "99000.00"))
    run.account()


@breaks("fec_receivables_move_regularly", FIRST, 3)
def _(run: Run) -> None:
    """One month with customers, five with till sales alone."""
    for row in run["fec_lines"]:
        if row["source_id"] == "aaaa":
            row["EcritureDate"] = date(2023, 2, 10)
    for month in (1, 3, 4, 5, 6):
        lines = ("530000", "10.00", "0.00"), ("707000", "0.00", "10.00")
        run.entry("aaaa", f"C{month}", date(2023, month, 28), *lines)
    run.account()


@breaks("fec_receivables_name_a_customer", FIRST, 1)
def _(run: Run) -> None:
    run["fec_lines"][0]["CompAuxNum"] = None


@breaks("fec_receivables_are_lettered", FIRST)
def _(run: Run) -> None:
    for row in run["fec_lines"]:
        if row["source_id"] == "aaaa":
            row["EcritureLet"] = None


@breaks("fec_lettering_follows_documents", FIRST, 1)
def _(run: Run) -> None:
    for row in run["fec_lines"]:
        if row["source_id"] == "aaaa" and row["EcritureLet"] and row["Credit"]:
            row["EcritureDate"] = date(2023, 1, 2)


@breaks("fec_document_dates_are_given", FIRST, 1)
def _(run: Run) -> None:
    run["fec_lines"][0]["PieceDate"] = None


@breaks("fec_openings_are_present", SECOND)
def _(run: Run) -> None:
    run.tables["fec_lines"] = [row for row in run["fec_lines"] if row["JournalCode"] != "AN"]
    run.account()


@breaks("fec_openings_continue_closings", SECOND)
def _(run: Run) -> None:
    for row in run["fec_lines"]:
        if row["JournalCode"] == "AN":
            row.update(Debit=row["Debit"] and Decimal("599.99"), Credit=row["Credit"] and Decimal("599.99"))
    run.account()


# --- the company -----------------------------------------------------------------------------------------------------


@breaks("fec_lines_belong_to_a_used_file", "Ateliers Démo", 3)
def _(run: Run) -> None:
    for row in run["fec_lines"][:3]:
        row["source_id"] = "zzzz"


@breaks("fec_has_lines_by_as_of", "Ateliers Démo")
def _(run: Run) -> None:
    run["companies"][0]["as_of"] = date(2022, 12, 31)


# --- sub-ledgers -----------------------------------------------------------------------------------------------------


def add_like(table: str, position: int = 0, **changes: Any) -> Callable[[Run], Any]:
    """Add a row like one that is there, with these changes."""
    return lambda run: run[table].append({**run[table][position], **changes})


def set_row(table: str, position: int = 0, **changes: Any) -> Callable[[Run], Any]:
    """Change a row."""
    return lambda run: run[table][position].update(changes)


breaks("subledger_amounts_can_be_valued", "GBP")(
    add_like("subledger_invoices", 1, invoice_id="S9", currency="gbp")
)
breaks("subledger_payments_name_known_documents", "S8 (900.00")(
    add_like("subledger_payments", payment_id="P9", invoice_id="S8")
)
breaks("subledger_allocations_name_known_rows", "P8", 2)(
    lambda run: (
        add_like("subledger_allocations", payment_id="P8")(run),
        add_like("subledger_allocations", invoice_id="S8")(run),
    )
)
breaks("subledger_documents_are_paid_once", "S1; 700.00")(add_like("subledger_allocations"))
breaks("subledger_payments_are_spent_once", "P1, by 0.01")(
    set_row("subledger_allocations", amount=Decimal("900.01"))
)
breaks("subledger_open_amounts_agree", "S1 (0.01")(
    set_row("subledger_invoices", open_amount=Decimal("200.01"))
)
breaks("subledger_customers_are_listed", "NOBODY")(
    add_like("subledger_payments", payment_id="P9", customer_id="NOBODY", invoice_id=None)
)
breaks("subledger_dates_are_plausible", "2031-01-01", 3)(
    lambda run: (
        set_row("subledger_invoices", issue_date=date(2026, 1, 2))(run),
        set_row("subledger_invoices", 1, due_date=date(2031, 1, 1))(run),
        add_like("subledger_payments", payment_id="P9", payment_date=date(2026, 1, 2))(run),
    )
)
breaks("subledger_tables_are_of_one_time", "2024-10-16, 46 days")(
    set_row("subledger_payments", payment_date=date(2024, 10, 16))
)

# --- events ----------------------------------------------------------------------------------------------------------

breaks("events_documents_are_known", "S8")(add_like("events_disputes", dispute_id="D9", invoice_id="S8"))
breaks("events_customers_are_known", "NOBODY")(add_like("events_disputes", customer_id="NOBODY"))
breaks("events_are_past", "D9")(
    add_like("events_disputes", dispute_id="D9", opened_on=date(2025, 1, 1), closed_on=None)
)
breaks("events_end_after_they_begin", "D9")(
    add_like("events_disputes", dispute_id="D9", closed_on=date(2024, 12, 9))
)
breaks("events_amounts_are_plausible", "D9")(
    add_like("events_disputes", dispute_id="D9", amount=Decimal("0.00"))
)

# --- customers -------------------------------------------------------------------------------------------------------


@breaks("customers_ids_are_given", "clients.csv")
def _(run: Run) -> None:
    run["customers"][0]["customer_id"] = None


@breaks("customers_ids_are_unique", "clients.csv")
def _(run: Run) -> None:
    run["customers"].append(dict(run["customers"][0]))


@breaks("customers_belong_to_a_company", "clients.csv", among="columns")
def _(run: Run) -> None:
    run["customers"].append({**run["customers"][0], "company_id": "999999998"})


@breaks("customers_sirens_are_valid", "clients.csv")
def _(run: Run) -> None:
    run["customers"][0]["siren"] = "732829321"


@breaks("customers_sirens_are_given", "clients.csv", 2)
def _(run: Run) -> None:
    for row in run["customers"]:
        row["siren"] = None


@breaks("customers_terms_are_understood", "clients.csv")
def _(run: Run) -> None:
    run["customers"][0].update(payment_terms="when we can", terms_net_days=None)


@breaks("customers_credit_limits_are_not_negative", "clients.csv")
def _(run: Run) -> None:
    run["customers"][0]["credit_limit"] = Decimal("-1.00")


@breaks("customers_cover_the_ledger", "clients.csv")
def _(run: Run) -> None:
    run["customers"].pop()


# --- SIRENE ----------------------------------------------------------------------------------------------------------


def breaks_sirene(rule: str, count: int = 1) -> Callable[[Callable[[Run], Any]], Callable[[Run], Any]]:
    return breaks(rule, "StockUniteLegale.csv", count, among="registers")


@breaks_sirene("sirene_sirens_are_given")
def _(run: Run) -> None:
    run.add("company_units", source="sirene", administrative_state="A")


@breaks_sirene("sirene_sirens_are_unique")
def _(run: Run) -> None:
    run["company_units"].append(run["company_units"][0] | {"administrative_state": "C"})


@breaks_sirene("sirene_sirens_are_valid", 2)
def _(run: Run) -> None:
    run.add("company_units", source="sirene", legal_unit_id="123456789", administrative_state="A")
    run.add("company_units", source="sirene", legal_unit_id="6880506", administrative_state="A")


@breaks_sirene("sirene_states_are_known", 2)
def _(run: Run) -> None:
    run.add("company_units", source="sirene", legal_unit_id="380129866", administrative_state="F")
    run.add("company_units", source="sirene", legal_unit_id="542065479")


@breaks_sirene("sirene_dates_are_past", 2)
def _(run: Run) -> None:
    run.add(
        "company_units",
        source="sirene",
        legal_unit_id="652014051",
        administrative_state="C",
        state_since=date(2025, 1, 1),
    )
    run.add(
        "company_units",
        source="sirene",
        legal_unit_id="662042449",
        administrative_state="A",
        creation_date=date(2025, 1, 1),
    )


@breaks_sirene("sirene_covers_the_customers")
def _(run: Run) -> None:
    run.tables["company_units"] = [
        row for row in run["company_units"] if row["legal_unit_id"] != SIRENS["MARTIN"]
    ]


# --- BODACC ----------------------------------------------------------------------------------------------------------


def breaks_bodacc(rule: str, count: int = 1) -> Callable[[Callable[[Run], Any]], Callable[[Run], Any]]:
    return breaks(rule, "annonces.json", count, among="registers")


def notice(**changes: Any) -> Callable[[Run], None]:
    """Add a notice like the good one, with these changes."""
    return lambda run: run["company_notices"].append(
        {**run["company_notices"][0], "notice_id": "A9", **changes}
    )


breaks_bodacc("bodacc_keys_are_given", 2)(
    lambda run: (notice(legal_unit_id=None)(run), notice(notice_id=None)(run)),
)
breaks_bodacc("bodacc_notices_are_unique", 2)(
    lambda run: [notice(notice_id="A202400010001", judgment_kind=kind)(run) for kind in ("plan", "closure")],
)
breaks_bodacc("bodacc_publication_dates_are_given")(notice(notice_id="A2", publication_date=None))
breaks_bodacc("bodacc_notices_are_past")(notice(notice_id="A3", publication_date=date(2025, 1, 1)))
breaks_bodacc("bodacc_judgments_precede_publication")(notice(notice_id="A4", judgment_date=date(2024, 6, 13)))
breaks_bodacc("bodacc_kinds_are_known")(notice(notice_id="A5", judgment_kind="bankruptcy"))
breaks_bodacc("bodacc_openings_are_dated")(notice(notice_id="A6", judgment_date=None))


@breaks("bodacc_concerns_customers", "annonces.json", among="columns")
def _(run: Run) -> None:
    run["company_notices"][0]["legal_unit_id"] = "356000000"


# --- Companies House, GLEIF, filed accounts --------------------------------------------------------------------------


def adds(table: str, told_by: str, **changes: Any) -> Callable[[Run], None]:
    """Add a row like the register's good one, with these changes."""
    return lambda run: run[table].append(
        next(row for row in run[table] if row["source"] == told_by) | changes
    )


def breaks_register(rule: str, name: str) -> Callable[[Callable[[Run], Any]], Callable[[Run], Any]]:
    return breaks(rule, name, among="registers")


for rule, table, changes in (
    ("companies_house_numbers_are_well_formed", "company_units", {"legal_unit_id": "GB-123456"}),
    (
        "companies_house_states_are_known",
        "company_units",
        {"legal_unit_id": "GB-SC123456", "administrative_state": "?"},
    ),
    ("gleif_links_have_two_ends", "company_links", {"parent_id": None}),
    ("gleif_nobody_is_their_own_parent", "company_links", {"parent_id": SIRENS["MARTIN"]}),
    ("gleif_periods_are_in_order", "company_links", {"parent_id": "LEI-X", "valid_to": date(2019, 1, 1)}),
    ("accounts_keys_are_given", "company_accounts", {"legal_unit_id": None}),
    (
        "accounts_confidentiality_is_known",
        "company_accounts",
        {"closing_date": date(2022, 12, 31), "confidentiality": "?"},
    ),
    (
        "accounts_confidential_figures_are_withheld",
        "company_accounts",
        {"closing_date": date(2021, 12, 31), "confidentiality": "confidential"},
    ),
    ("accounts_are_past", "company_accounts", {"closing_date": date(2025, 1, 31)}),
):
    of = next(prefix for prefix in FILES if rule.startswith(f"{prefix}_"))
    breaks_register(rule, FILES[of])(adds(table, of, **changes))

breaks("companies_house_companies_are_unique", "BasicCompanyData.csv", 2, among="columns")(
    adds("company_units", "companies_house", administrative_state="C")
)
breaks("accounts_are_unique", "ratios.csv", 2, among="columns")(
    adds("company_accounts", "accounts", turnover=Decimal("1.00"))
)


# --- the tests -------------------------------------------------------------------------------------------------------

GOOD = "000000000"


def judged(run: Run, folder: Path) -> dict[tuple[str, str], list[ExpectationResult]]:
    """(company, rule) → its verdicts."""
    verdicts: dict[tuple[str, str], list[ExpectationResult]] = {}
    for result in judge(profile_inputs(*run.write(folder))):
        verdicts.setdefault((result.company_id, result.expectation), []).append(result)
    return verdicts


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[ExpectationResult]]:
    """Every spoiling judged: one run of a company per rule and a good one, one run per kind of what they share."""
    runs = [good_run(GOOD)]
    shared: dict[str, list[str]] = {}
    for rule, (spoil, _names, _count, among) in SPOILINGS.items():
        if among == "companies":
            run = good_run(rule)
            spoil(run)
            runs.append(run)
        else:
            shared.setdefault(among, []).append(rule)
    found = judged(merged(*runs), tmp_path_factory.mktemp("companies"))
    for among, rules in shared.items():
        run = good_run()
        for rule in rules:
            SPOILINGS[rule][0](run)
        for (_company, name), results in judged(run, tmp_path_factory.mktemp(among)).items():
            if name in rules:
                found[name, name] = results
    return found


def test_every_rule_has_a_spoiling() -> None:
    assert sorted(SPOILINGS) == sorted(expectation_names())


def test_rule_names_are_unique_and_every_profile_is_judged() -> None:
    assert len(set(expectation_names())) == len(RULES)
    assert all(rule.name.startswith(f"{rule.source}_") for rule in RULES)
    assert sum(len(rules) for rules in rules_by_profile().values()) == len(RULES)


def test_a_good_company_passes_every_rule_beside_the_spoiled_ones(
    verdicts: dict[tuple[str, str], list[ExpectationResult]],
) -> None:
    good = {rule: results for (company, rule), results in verdicts.items() if company == GOOD}
    assert [result.sentence for results in good.values() for result in results if not result.passed] == []
    assert set(good) == set(expectation_names())


@pytest.mark.parametrize("rule", expectation_names())
def test_the_rule_fails_on_data_that_breaks_it(
    rule: str, verdicts: dict[tuple[str, str], list[ExpectationResult]]
) -> None:
    _spoil, names, count, _among = SPOILINGS[rule]
    failed = [result for result in verdicts[rule, rule] if not result.passed]
    assert len(failed) == 1
    verdict = failed[0]
    assert verdict.unexpected_count == count
    assert names in verdict.sentence
    for sentence in (verdict.sentence, verdict.sentence_fr):
        assert sentence.endswith(".") and "{" not in sentence and "\n" not in sentence
    declared = next(candidate for candidate in RULES if candidate.name == rule)
    assert (verdict.severity, verdict.stage, verdict.suite) == (declared.severity, "gate", declared.source)


def test_the_sirens_of_the_fixtures_are_valid() -> None:
    assert all(siren.is_valid(number) for number in SIRENS.values())
    assert sha("aaaa").startswith("aaaa")
