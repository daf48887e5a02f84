"""What the pages say of disputes, promises, reminders, insured limits and decisions, and of what is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards import audit, overview, risk
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.followup import absent, told
from dashboards.i18n import Fmt
from tests.unit.dashboards import factory

FR, EN = Fmt("fr"), Fmt("en")


def facts_of(folder: Path, plan: factory.Plan) -> Facts:
    tables = Tables(factory.make_tables(folder, plan))
    return Facts.read(tables, factory.context_of(plan).companies[0])


@pytest.fixture(scope="module")
def with_events(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(tmp_path_factory.mktemp("events"), factory.PLANS["demo"])


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(tmp_path_factory.mktemp("none"), factory.PLANS["year"])


def test_each_source_is_told_in_one_sentence(with_events: Facts) -> None:
    events = with_events.data.events
    assert (events.promises_kept, events.promises_broken, events.promises_pending) == (2, 1, 1)
    sentences = told(EN, with_events)
    assert "Of 3 promises judged in twelve months, 2 were kept (67%)." in sentences
    assert "1 promise is pending, for €200." in sentences
    assert "4 reminders sent in twelve months, 1 of level 3 or above." in sentences
    assert "1 instalment is past due, for €60." in sentences
    assert len(sentences) == 6 == len(told(FR, with_events))


def test_what_is_absent_is_named_and_what_follows_from_it(with_events: Facts, without: Facts) -> None:
    assert absent(EN, with_events) == [
        "No source for: orders. Nothing is told of them here, and the scores do not count them."
    ]
    assert told(EN, without) == []
    sentence, undisputed = absent(FR, without)
    for word in ("litiges", "promesses", "relances", "commandes", "échéanciers", "garanties", "décisions"):
        assert word in sentence
    assert "non contestée" in undisputed


def test_lists_hold_what_is_open_pending_or_lately_broken(with_events: Facts) -> None:
    block = next(b for b in risk.build(EN, with_events).blocks if b.id == "followup")
    disputes, promises, uninsured, decisions = [block.table, *block.more]
    assert disputes is not None and len(disputes.rows) == 1  # one closed, one about nothing known
    assert [row[5] for row in disputes.rows] == ["Prix <b>faux</b>"]
    assert [getattr(row[2], "text", "") for row in promises.rows] == ["pending", "broken"]
    assert 0 < len(uninsured.rows) <= 10
    assert decisions.rows[0][1:5] == ["Send a reminder", "=Attendre <i>", "Plan en cours", "M. Lefort"]


def test_a_decision_stands_beside_the_proposal_on_the_overview(with_events: Facts) -> None:
    table = overview.decisions_table(EN, with_events)
    assert table is not None
    proposed = [str(row[5]) for row in table.rows]
    assert sum("Send a reminder · decided on" in text and "=Attendre <i>" in text for text in proposed) == 1


def test_the_auditor_sees_every_source_and_what_could_not_be_tied(with_events: Facts, without: Facts) -> None:
    page = audit.build(EN, with_events, factory.context_of(factory.PLANS["demo"]))
    block = next(b for b in page.blocks if b.id == "events")
    assert block.table is not None and len(block.table.rows) == 7
    assert "1 row names a document or a customer nobody knows" in block.lead
    rows = {str(row[0]): row for row in block.table.rows}
    assert rows["Orders"][1:] == ["no source configured"]
    assert getattr(rows["Disputes"][4], "text", "") == "1"
