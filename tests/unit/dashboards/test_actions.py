"""What the pages say of actions: whom to ask first, proposals, grades, limits, disputes; the workbook."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dashboards import actions, risk
from dashboards.common import reasons_text, spoken
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell
from dashboards.workbook import write_workbook
from tests.unit.dashboards import factory

FR, EN = Fmt("fr"), Fmt("en")
Get = Callable[[str], Facts]


def block(f: Fmt, facts: Facts, name: str) -> Block:
    return next(b for b in risk.build(f, facts).blocks if b.id == name)


def words(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else cell


def test_whom_to_ask_first_is_in_its_order_and_adds_up(facts_of: Get) -> None:
    facts = facts_of("demo")
    asked = facts.actions.asked
    assert [row.rank for row in asked] == list(range(1, len(asked) + 1)) and len(asked) > 5
    found = block(EN, facts, "asked")
    assert found.table is not None
    gained = sum((row.cash_gained for row in asked), Decimal(0))
    assert f"should bring in {EN.money(gained)} within 30 days" in found.lead
    assert found.table.rows[0][0] == asked[0].name
    assert found.table.foot[-1][-1] == EN.units(gained)
    assert len(found.table.rows) == min(len(asked), actions.ASKED_SHOWN)
    assert all(row[0] for row in [*found.table.rows, *found.table.foot])  # each row has its heading


def test_what_is_assumed_and_what_is_measured_is_said(facts_of: Get) -> None:
    measured, assumed = (block(EN, facts_of(name), "asked") for name in ("demo", "year"))
    assert "is measured on your own reminders for: Reminder (a comparison" in measured.lead
    assert "is an assumption (risk.effects in encours.yml)" in assumed.lead
    rows = {words(row[0]): [words(cell) for cell in row[1:]] for row in measured.more[0].rows}
    assert rows["Reminder"] == ["× 1.25", "× 1.07 (0.99 to 1.15)", "900", "800", "× 1.25"]
    assert rows["Call"][1] == "–"
    assert "hold_orders" in rows  # an action of one's own, proposed for nobody today


def test_a_proposal_says_why_and_a_decision_stands_beside_it(facts_of: Get) -> None:
    facts = facts_of("demo")
    shown = {}
    for f in (EN, FR):
        table = block(f, facts, "proposals").table
        assert table is not None
        shown[f.locale] = {words(row[0]): row for row in table.rows}
        assert len(table.rows) == sum(p.code != "none" for p in facts.actions.proposals)
    name = next(p.name for p in facts.actions.proposals if p.customer_id == "C0000")
    assert words(shown["en"][name][4]).startswith("Send a reminder") and "=Attendre <i>" in words(
        shown["en"][name][4]
    )
    assert words(shown["en"][name][5]).endswith("past due; <i>seen</i>")
    assert words(shown["fr"][name][5]).endswith("échus\u202f; <i>vu</i>")


def test_grades_are_said_not_to_be_validated_where_they_are_not(facts_of: Get) -> None:
    facts = facts_of("demo")
    found = block(EN, facts, "grades")
    assert found.lead.startswith("Not validated on your defaults: there are still too few")
    assert block(FR, facts, "grades").lead.startswith("Non validées sur vos défauts")
    assert found.table is not None and [row[0] for row in found.table.rows] == list("ABCDEF")
    rated = [p for p in facts.actions.proposals if p.rating]
    assert sum(int(words(row[1])) for row in found.table.rows) == len(rated)
    assert found.table.foot[0][4] == EN.units(sum((p.expected_loss or Decimal(0) for p in rated), Decimal(0)))
    assert words(found.table.rows[3][6]) == "3.3% (2.6% to 4.0%)"
    short = block(EN, facts_of("short"), "grades")
    assert short.table is None and "nothing to estimate it from" in short.lead


def test_limits_and_likely_disputes(facts_of: Get) -> None:
    facts = facts_of("demo")
    limits = block(EN, facts, "limits").table
    assert limits is not None
    over = [p for p in facts.actions.proposals if p.exposure > 2000]
    assert len(limits.rows) == min(len(over), actions.LIMITS_SHOWN)
    assert (
        limits.rows[0][0] == max(over, key=lambda p: p.exposure).name and limits.rows[0][5] == "its need <u>"
    )
    likely = block(EN, facts, "likely-disputes")
    assert likely.table is not None and {row[1] for row in likely.table.rows} == {
        p.name for p in facts.actions.proposals if p.customer_id == "C0001"
    }
    assert all(b.id != "likely-disputes" for b in risk.build(EN, facts_of("year")).blocks)


def test_the_workbook_holds_every_customer_and_no_formula(
    tables_of: Callable[[str], Path], tmp_path: Path
) -> None:
    tables = Tables(tables_of("hostile"))
    facts = Facts.read(tables, factory.context_of(factory.PLANS["hostile"]).companies[0])
    for f in (EN, FR):
        sheets = actions.sheets(f, facts, tables)
        assert [len(sheet.grids[0].rows) for sheet in sheets] == [
            len(facts.actions.asked), len(facts.actions.proposals), len(facts.actions.effects),
        ]  # fmt: skip
        path = write_workbook(tmp_path / f"{f.locale}.xlsx", "t", sheets)
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/sheet"):
                    root = ElementTree.fromstring(archive.read(name))
                    assert not [e for e in root.iter() if e.tag.endswith("}f")]
    tables.close()


def test_words_of_a_score_bear_the_company_s_currency_and_the_names_of_models() -> None:
    told = "`ensemble` beats `nobody`: ¤1,761 <b>"
    assert spoken(EN, told) == "Hazard model and classifier beats nobody: €1,761 <b>"
    assert spoken(Fmt("en", currency="CHF"), "¤5") == "CHF\u00a05"
    assert spoken(Fmt("fr", currency="CHF"), "5\u00a0¤") == "5\u00a0CHF"


def test_a_reason_says_which_way_it_pushes_and_what_is_known_has_no_arrow() -> None:
    reasons = [
        {"en": "already 3 days past due", "direction": "raises", "contribution": None},
        {"en": "billed: ¤10", "direction": "raises", "contribution": 0.4},
        {"en": "size: large", "direction": "lowers", "contribution": -0.2},
    ]
    assert reasons_text(EN, json.dumps(reasons)) == (
        "already 3 days past due; ↑\u00a0billed: €10; ↓\u00a0size: large"
    )


def test_each_table_says_what_it_leaves_out(facts_of: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = facts_of("demo")
    for name in ("PROPOSALS_SHOWN", "LIMITS_SHOWN", "LOSSES_SHOWN"):
        monkeypatch.setattr(actions, name, 2)
    proposals = block(EN, facts, "proposals").table
    assert proposals is not None
    left = [p for p in facts.actions.proposals if p.code != "none"][2:]
    assert proposals.foot[0][2] == EN.units(sum((p.exposure for p in left), Decimal(0)))
    assert len(proposals.foot[0]) == len(proposals.columns)
    losses = block(EN, facts, "grades").more[0]
    assert len(losses.rows) == 2 and len(losses.foot[0]) == len(losses.columns)
    ranked = sorted(
        (p for p in facts.actions.proposals if p.rating in actions.GRADES),
        key=lambda p: -(p.expected_loss or Decimal(0)),
    )
    assert losses.rows[0][4] == EN.units(ranked[0].expected_loss)
    assert losses.foot[0][4] == EN.units(sum((p.expected_loss or Decimal(0) for p in ranked[2:]), Decimal(0)))
    limits = block(EN, facts, "limits").table
    assert limits is not None and len(limits.rows) == 2
    assert len(limits.foot[0]) == len(limits.columns)
