"""What the pages say of early warnings, registers, groups and identities."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboards import audit, risk
from dashboards.companies import events_block, groups_block, identities_block, sign_text, warnings_block
from dashboards.context import EarlierRun
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Cell
from tests.unit.dashboards import factory

FR, EN = Fmt("fr"), Fmt("en")
PLAN = factory.PLANS["demo"]


def facts_of(folder: Path, plan: factory.Plan, told: tuple[str, ...] | None = None) -> Facts:
    """Facts of a plan; with the kinds of warnings that a release before it told already."""
    place = factory.make_tables(folder / "tables", plan)
    earlier = None
    if told is not None:
        earlier = EarlierRun(folder / "earlier.parquet", date(2025, 5, 31))
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select * from read_parquet('{place}/marts/fct_early_warnings.parquet') "
                f"where warning_kind in (select unnest(?))) to '{earlier.warnings}' (format parquet)",
                [list(told)],
            )
    return Facts.read(Tables(place, earlier), factory.context_of(plan).companies[0])


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    told = tuple(kind for kind in factory.WARNING_KINDS if kind != "growing_delays")
    return facts_of(tmp_path_factory.mktemp("companies"), PLAN, told)


def text(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else cell


def test_new_signs_come_first_and_those_seen_long_ago_not_at_all(facts: Facts) -> None:
    companies = facts.data.companies
    assert next(w.kind for w in companies.warnings) == "growing_delays"
    assert [w.is_new for w in companies.warnings] == [True, *[False] * (companies.warning_count - 2)]
    rest = [w.strength * float(w.balance) for w in companies.warnings[1:]]
    assert rest == sorted(rest, reverse=True)
    assert not {"address_changed", "managers_changed"} & {w.kind for w in companies.warnings}
    lead = warnings_block(EN, facts).lead
    assert lead.startswith(f"{companies.warning_count} signs over the last three months")
    assert "1 is new since the release of 31\u00a0May 2025." in lead


def test_what_the_signs_were_worth_stands_beside_any_month(facts: Facts) -> None:
    table = warnings_block(EN, facts).more[0]
    assert [[text(cell) for cell in row] for row in table.rows] == [
        ["broken promise", "20", "3", "15.0%"],
        ["falling orders", "30", "1", "3.3%"],
        ["any month in which a customer owed", "900", "45", "5.0%"],
    ]


def test_a_sign_that_comes_again_is_one_line_with_its_last_day(facts: Facts) -> None:
    (promise,) = [w for w in facts.data.companies.warnings if w.kind == "broken_promise"]
    assert (promise.times, promise.source_key) == (2, "K5")
    assert sign_text(EN, promise) == "promise to pay broken (2 times, the last one)"


def test_a_first_release_calls_nothing_new(tmp_path: Path) -> None:
    first = facts_of(tmp_path, PLAN)
    assert not any(w.is_new for w in first.data.companies.warnings)
    assert "First release" in warnings_block(EN, first).lead


def test_a_customer_that_owes_nothing_warns_no_more(facts: Facts) -> None:
    assert all(w.balance > 0 for w in facts.data.companies.warnings)


@pytest.mark.parametrize("f", (FR, EN), ids=("fr", "en"))
def test_each_sign_says_what_was_measured_in_words(f: Fmt, facts: Facts) -> None:
    signs = {w.kind: sign_text(f, w) for w in facts.data.companies.warnings}
    assert "15" in signs["growing_delays"] and "62" in signs.get("falling_billing", "62")
    assert all("_" not in sign and "{" not in sign for sign in signs.values())
    table = warnings_block(f, facts).table
    assert table is not None
    assert {text(row[5]) for row in table.rows} <= {f"fct_x K{n}" for n in range(12)}


def test_registers_tell_what_moves_something_with_the_money_of_its_day(facts: Facts) -> None:
    block = events_block(EN, facts)
    assert block is not None and block.table is not None
    kinds = {text(row[1]) for row in block.table.rows}
    assert {"receivership opened", "business sold or transferred", "ceased"} <= kinds
    assert len(kinds) == len(factory.EVENT_KINDS) - 3
    first = block.table.rows[0]
    assert (text(first[1]), text(first[4])) == ("safeguard opened", EN.cents(1000))


def test_groups_add_up_what_their_members_owe(facts: Facts) -> None:
    (group,) = facts.data.companies.groups
    owed = sum(c.balance for c in facts.customers if c.customer_id in ("C0000", "C0001", "C0002"))
    assert group.customers == 3 and group.balance == owed
    assert groups_block(EN, facts) is not None


def test_the_auditor_sees_how_companies_are_known_and_how_many_are_not(facts: Facts) -> None:
    block = identities_block(EN, facts)
    everybody = sum(one.customers for one in facts.data.companies.identified)
    assert block.lead.startswith(f"4 of {everybody} customers are tied to a company")
    assert "wait for a decision" in block.lead or "waits for a decision" in block.lead
    assert (
        "Latest accounts of these companies: 1 public, 1 confidential and 2 with no known filing."
        in block.lead
    )
    assert block.table is not None
    assert "name and place" in {text(row[0]) for row in block.table.rows}
    assert any(b.id == "identities" for b in audit.build(EN, facts, factory.context_of(PLAN)).blocks)


def test_without_any_sign_the_page_says_so(tmp_path: Path) -> None:
    quiet = facts_of(tmp_path, factory.PLANS["year"])
    assert "No early warning" in warnings_block(EN, quiet).lead
    assert events_block(EN, quiet) is None
    assert any(b.id == "warnings" for b in risk.build(EN, quiet).blocks)
