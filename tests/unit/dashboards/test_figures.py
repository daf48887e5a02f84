"""Tiles, titles, charts and tables show the same figures, and those are the marts'."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import factory
import pytest

from dashboards import Company, ReportError, ageing, audit, dictionary, dso, overview, provisions, risk
from dashboards.common import document_name, footer
from dashboards.data import Tables, window_days, window_start
from dashboards.facts import Facts, month_before
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Chart, Page, Table

FR, EN = Fmt("fr"), Fmt("en")
Get = Callable[[str], Facts]


def chart_of(page: Page, chart_id: str) -> Chart:
    return next(chart for chart in page.charts if chart.id == chart_id)


def text(cell: str | Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def cents(written: str) -> int:
    """An amount as written, back to cents."""
    digits = re.sub(r"[^\d−]", "", written).replace("−", "-")
    return int(digits) if digits not in ("", "-") else 0


def column(table: Table, index: int) -> list[str]:
    return [text(row[index]) for row in table.rows]


@pytest.mark.parametrize("f", [FR, EN], ids=["fr", "en"])
def test_tiles_tables_and_charts_agree(facts_of: Get, f: Fmt) -> None:
    facts = facts_of("demo")
    page = overview.build(f, facts)
    tiles = {tile.label: tile for tile in page.tiles}
    now = facts.now
    assert tiles[f.t("tile.receivables")].figure == f.money(now.receivables)
    assert tiles[f.t("tile.dso")].figure == f.days(now.dso_3m)
    assert tiles[f.t("tile.delay")].figure == f.days(now.average_days_delinquent_3m)
    split = chart_of(page, "overview-dso")
    assert [text(c) for c in split.table.rows[-1][1:]] == [
        f.number(now.best_possible_dso_3m, 1),
        f.number(now.average_days_delinquent_3m, 1),
        f.number(now.dso_3m, 1),
    ]
    best, delay = split.wide["data"]
    assert best["y"][-1] + delay["y"][-1] == pytest.approx(now.dso_3m, abs=1e-3)
    assert split.wide["layout"]["annotations"][-3]["text"].strip("<b>/") == f.number(now.dso_3m, 1)
    assert [b["y"][-13:] for b in split.wide["data"]] == [b["y"] for b in split.narrow["data"]]


def test_the_ageing_adds_up_to_the_ledger_balance(facts_of: Get) -> None:
    facts = facts_of("demo")
    now = facts.ageing
    assert now.balance == facts.now.receivables
    assert now.overdue == facts.now.overdue and now.not_due == facts.now.not_due
    assert now.documents - now.unallocated == now.balance
    assert sum((c.balance for c in facts.customers), Decimal(0)) == now.balance
    table = ageing.customers_table(FR, facts)
    balances = [cents(value) for value in column(table, 1)]
    assert sum(balances) == int(now.balance * 100) == cents(text(table.foot[-1][1]))
    assert facts.tie[:2] == (now.balance, Decimal("0.00"))
    page = overview.build(FR, facts)
    shown = chart_of(page, "overview-ageing")
    assert sum(shown.wide["data"][0]["x"]) == pytest.approx(float(now.documents - now.unallocated), abs=400)
    assert FR.percent(now.share_overdue, 0) in shown.title


def test_the_rest_and_the_first_fifty_make_the_total(tmp_path: Path) -> None:
    plan = factory.Plan(customers=70, months=4)
    tables = Tables(factory.make_tables(tmp_path, plan))
    facts = Facts.read(tables, factory.context_of(plan).companies[0])
    tables.close()
    table = ageing.customers_table(FR, facts)
    assert len(table.rows) == 50 and len(table.foot) == 2
    for index in range(1, 10):
        shown = sum(cents(value) for value in column(table, index))
        assert shown + cents(text(table.foot[0][index])) == cents(text(table.foot[1][index]))
    shard = ageing.customers_shard(facts)
    assert len(shard) == len(facts.customers)
    assert sum(row[1] for row in shard) == int(facts.ageing.balance * 100)


def test_contributions_of_customers_sum_to_the_change(facts_of: Get) -> None:
    facts = facts_of("demo")
    assert facts.dso_change is not None and facts.delay_change is not None
    assert sum(c.change for c in facts.dso_contributions) == pytest.approx(facts.dso_change, abs=1e-3)
    assert sum(c.change for c in facts.delay_contributions) == pytest.approx(facts.delay_change, abs=1e-3)
    movers = chart_of(overview.build(FR, facts), "overview-movers")
    assert sum(movers.wide["data"][0]["x"]) == pytest.approx(facts.delay_change, abs=1e-3)


@pytest.mark.parametrize("name", ["demo", "hostile", "year"])
def test_who_moved_it_is_the_same_in_the_headline_and_the_chart(facts_of: Get, name: str) -> None:
    facts = facts_of(name)
    movers = chart_of(overview.build(FR, facts), "overview-movers")
    shown = [text(row[0]) for row in movers.table.rows]
    assert all(driver.name in shown for driver in facts.drivers)
    total = facts.delay_change if facts.is_delay else facts.dso_change
    assert text(movers.table.foot[0][3]) == FR.number(total, 1, sign=True)


def test_probabilities_of_the_reference_are_labelled(facts_of: Get) -> None:
    for name, words in (
        ("demo", "Probabilités\u00a0: Modèle de durée ·"),
        ("short", "Taux par client (la référence) ·"),
    ):
        page = overview.build(FR, facts_of(name))
        assert words in chart_of(page, "overview-late").basis


def test_the_headline_says_what_moved_by_how_much_and_who(facts_of: Get) -> None:
    facts = facts_of("demo")
    assert facts.dso_change is not None
    for f, verb in ((FR, "s’allonge de"), (EN, "lengthens by")):
        title = overview.headline(f, facts)
        assert verb in title and f.days_long(facts.dso_change) in title
        assert facts.drivers and facts.drivers[0].name in title
    shares = sum(d.change for d in facts.drivers) / facts.dso_change
    assert shares > 0.5
    without = facts.dso_without_drivers
    assert without is not None and without < (facts.now.dso_3m or 0)
    assert FR.days_long(without) in overview.lead(FR, facts)


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        (50.2, 50.0, "Le DSO est stable en un an, à 50,2\u00a0jours."),
        (45.0, 50.0, "Le DSO se raccourcit de 5,0\u00a0jours en un an"),
        (58.6, 50.0, "Le DSO s’allonge de 8,6\u00a0jours en un an"),
    ],
)
def test_the_headline_knows_the_direction(facts_of: Get, now: float, then: float, expected: str) -> None:
    facts = facts_of("demo")
    assert facts.year_ago is not None
    rows = tuple(
        replace(
            row, dso_3m=now if row.month_end == facts.as_of else then if row == facts.year_ago else row.dso_3m
        )
        for row in facts.data.dso
    )
    other = Facts(
        facts.company,
        replace(facts.data, dso=rows),
        facts.statutory,
        facts.provisions,
        facts.cash,
        facts.models,
        facts.actions,
    )
    assert overview.headline(FR, other).startswith(expected)


def test_a_ledger_of_one_year_is_compared_with_its_first_dso(facts_of: Get) -> None:
    facts = facts_of("year")
    assert facts.base is not None and not facts.is_year
    assert facts.base.month_end == date(2025, 3, 31)
    title = overview.headline(FR, facts)
    assert "depuis fin mars 2025" in title
    tile = overview.tiles(FR, facts)[2]
    assert [c.period for c in tile.changes] == ["sur un mois", "depuis mars\u00a025"]


def test_a_window_too_short_says_why(facts_of: Get) -> None:
    facts = facts_of("short")
    page = overview.build(FR, facts)
    tile = page.tiles[2]
    assert tile.figure == "–" and tile.reason == "moins de trois mois de facturation"
    assert "ne couvre pas trois mois" in page.blocks[0].note
    assert all(chart.id != "overview-dso" for chart in page.charts)
    assert page.title == f"L’encours clients est de {FR.money(facts.now.receivables)}."


def test_till_sales_are_said_in_one_sentence_and_nothing_is_drawn(facts_of: Get) -> None:
    facts = facts_of("till")
    for f, words in ((FR, "presque aucune créance client"), (EN, "almost no receivables")):
        for page in (
            overview.build(f, facts),
            dso.build(f, facts),
            ageing.build(f, facts),
            risk.build(f, facts),
        ):
            assert words in page.title and f.cents(Decimal("128200.50")) in page.title
            assert not page.charts and not page.tiles


def test_assumed_due_dates_are_said_before_the_lateness(facts_of: Get) -> None:
    assert overview.build(FR, facts_of("demo")).notices == []
    for build in (overview.build, dso.build, ageing.build, risk.build):
        page = build(FR, facts_of("hostile"))
        assert page.notices[0].startswith("100\u00a0% du montant facturé")


def test_the_share_settled_by_fifo_stands_beside_every_lateness_figure(facts_of: Get) -> None:
    facts = facts_of("demo")
    share = FR.percent(facts.share_fifo, 1)
    lateness = {
        "overview-dso", "overview-movers", "overview-ageing", "overview-late", "overview-risk", "dso-split",
        "dso-delay", "ageing-stack", "ageing-now", "ageing-debtors", "risk-late", "risk-exposure",
    }  # fmt: skip
    seen = set()
    for build in (overview.build, dso.build, ageing.build, risk.build):
        for chart in build(FR, facts).charts:
            if chart.id in lateness:
                assert share in chart.basis, chart.id
                seen.add(chart.id)
    assert seen == lateness


def test_a_customer_in_default_is_apart_and_has_no_probability(facts_of: Get) -> None:
    facts = facts_of("demo")
    assert {d.event.customer_id for d in facts.in_default} == {"C0000", "C0002"}
    assert not {p.customer_id for p in facts.risks} & facts.default_ids
    assert not {i.customer_id for i in facts.due_later} & facts.default_ids
    table = chart_of(overview.build(FR, facts), "overview-risk").table
    defaulted = [row for row in table.rows if isinstance(row[2], Cell) and row[2].mark == "default"]
    assert len(defaulted) == 2
    assert all(text(cell) == "–" for row in defaulted for cell in row[3:])
    scatter = chart_of(overview.build(FR, facts), "overview-risk").wide["data"][2]
    assert len(scatter["x"]) == 2 and min(scatter["x"]) > 1


def test_expected_late_is_the_same_on_every_page(facts_of: Get) -> None:
    facts = facts_of("demo")
    by_week = sum((week.late for week in facts.weeks), Decimal(0))
    by_customer = sum((point.late for point in facts.risks), Decimal(0))
    assert by_week == by_customer == facts.expected_late
    written = FR.money(facts.expected_late)
    assert written in risk.headline(FR, facts)
    assert written in chart_of(overview.build(FR, facts), "overview-late").title
    assert text(risk.customers_table(FR, facts).foot[-1][4]) == FR.units(facts.expected_late)


def test_the_model_stands_beside_its_reference(facts_of: Get) -> None:
    facts = facts_of("demo")
    lines = [line for line, _ in footer(FR, facts, factory.context_of(factory.PLANS["demo"]))]
    assert "Modèle de durée\u00a0: AUC hors période 0,840, référence 0,780" in lines
    assert "écart +0,060" in risk.served_sentence(FR, facts)
    short = facts_of("short")
    assert risk.served_sentence(FR, short) == "Historique trop court pour un modèle."


def test_the_auditor_sees_rows_cents_and_differences(facts_of: Get) -> None:
    facts = facts_of("hostile")
    page = audit.build(FR, facts, factory.context_of(factory.PLANS["hostile"]))
    assert page.title.startswith("2 écarts avec le grand livre")
    blocks = {block.id: block for block in page.blocks}
    assert "2 rejetées" in blocks["sources"].lead
    assert blocks["rejected"].table is not None and len(blocks["rejected"].table.rows) == 2
    assert len(blocks["tie-out"].more[0].rows) == 2
    assert blocks["unbalanced"].table is not None
    footer_lines = dict(footer(FR, facts, factory.context_of(factory.PLANS["hostile"])))
    assert list(footer_lines.values())[:2] == [False, False]


def test_the_auditor_sees_what_history_owes_to_later_lines(facts_of: Get) -> None:
    """The last closing before the as-of day is told; the as-of day itself owes nothing and is not listed."""
    facts = facts_of("hostile")
    block = audit.restated_block(EN, facts)
    past = [r for r in facts.data.restatements if r.month_end < facts.as_of]
    told = next((r for r in past if r.is_fiscal_year_end), past[0])
    assert f"At {EN.day(told.month_end)}, {EN.cents(told.set_apart)} of open documents" in block.lead
    assert block.table is not None and len(block.table.rows) == len(past)
    nothing = copy(facts)
    nothing.data = replace(facts.data, restatements=())
    assert audit.restated_block(FR, nothing).table is None


def test_the_auditor_sees_what_sub_ledger_and_ledger_do_not_have_alike(facts_of: Get) -> None:
    """By kind and one by one, with their sum; and the page names the sub-ledger where it named the ledger."""
    facts = facts_of("subledger")
    english, french = facts.formatter("en"), facts.formatter("fr")
    (block,) = audit.differences_block(english, facts)
    assert "2 differences lie between the sub-ledger and the ledger: +€7.00" in block.lead
    assert block.table is not None and [text(row[1]) for row in block.table.rows] == ["1", "1"]
    assert [text(row[1]) for row in block.more[0].rows] == ["<b>", "F1"]
    page = audit.build(french, facts, factory.context_of(factory.PLANS["subledger"]))
    assert page.title.startswith("Les postes ouverts sont égaux au solde de la comptabilité auxiliaire")
    assert audit.differences_block(EN, facts_of("year")) == []
    sources = audit.sources_block(english, facts)
    assert "35 left out by the configuration. 21 accepted rows count no longer" in sources.lead
    assert sources.table is not None and len(sources.table.rows) == 1 + audit.LANDINGS_SHOWN
    assert len(sources.more[0].rows) == 2
    nothing = copy(facts)
    nothing.data = replace(facts.data, ledger_differences=(), ledger_difference_kinds=())
    assert audit.differences_block(english, nothing)[0].table is None


def test_a_document_billed_in_another_currency_shows_it(facts_of: Get) -> None:
    invoice = facts_of("hostile").data.open_invoices[0]
    assert invoice.foreign_currency == "USD"
    shown = document_name(EN, replace(invoice, document_number="F1", foreign_amount=Decimal("1000.00")))
    assert shown == "F1 (1,000.00\u00a0USD)"
    assert document_name(FR, replace(invoice, document_number="F1", foreign_currency=None)) == "F1"


def test_windows_are_those_of_the_definition() -> None:
    assert window_start(date(2025, 3, 31), 3) == date(2025, 1, 1)
    assert window_days(date(2025, 3, 31), 3) == 90
    assert window_days(date(2025, 12, 15), 3) == 76
    assert window_days(date(2024, 2, 29), 12) == 366
    assert month_before(date(2025, 3, 31), 1) == date(2025, 2, 28)
    assert month_before(date(2025, 1, 15), 12) == date(2024, 1, 31)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    factory.make_tables(tmp_path, factory.Plan(months=2, customers=2))
    (tmp_path / "ml" / "backtest.parquet").unlink()
    factory.write(tmp_path / "quality" / "sources.parquet", [("company_id", factory.pa.string())], [])
    with pytest.raises(ReportError, match=r"ml/backtest\.parquet.*quality/sources\.file_name"):
        Tables(tmp_path)


def test_an_as_of_day_without_figures_is_refused(tables_of: Callable[[str], Path]) -> None:
    tables = Tables(tables_of("short"))
    with pytest.raises(ReportError, match="732829320 at 2019-01-31"):
        Facts.read(tables, Company("732829320", "X", date(2019, 1, 31)))
    tables.close()


def block_of(page: Page, block_id: str) -> Block | None:
    return next((block for block in page.blocks if block.id == block_id), None)


def test_assumed_terms_are_shown_before_any_lateness_and_only_where_they_matter(facts_of: Get) -> None:
    page = dso.build(FR, facts_of("hostile"))
    assert page.blocks[0].id == "terms"
    table = page.blocks[0].table
    assert table is not None
    assert column(table, 0) == [
        "30 FDM le 10 (retenues)", "30 jours", "45 jours fin de mois", "60 jours",
    ]  # fmt: skip
    now = facts_of("hostile").now
    assert column(table, 1) == [FR.number(now.dso_12m, 1)] * 4
    assert column(table, 5) == [FR.percent(0.25, 1)] * 4
    assert "supposée" in page.lead.split(FR.number(now.days_late_3m, 1))[0]
    assert block_of(dso.build(FR, facts_of("demo")), "terms") is None


def test_scopes_that_divide_nothing_are_left_out(facts_of: Get) -> None:
    facts = facts_of("demo")
    block = block_of(dso.build(EN, facts), "scopes")
    assert block is not None
    assert [table.caption for table in block.more] == ["Sector", "Size", "<i>seg</i>"]
    for table in block.more:
        assert sum(cents(cell) for cell in column(table, 1)) == pytest.approx(
            int(facts.now.receivables), abs=1
        )
    assert column(block.more[0], 0)[-1] == "unknown"


def test_own_buckets_add_up_to_the_balance_and_usual_ones_are_not_repeated(facts_of: Get) -> None:
    facts = facts_of("hostile")
    block = block_of(ageing.build(FR, facts), "buckets")
    assert block is not None and block.table is not None
    names = [FR.t("bucket.not_due"), FR.t("bucket.between", first=1, last=60), FR.t("bucket.over", days=60)]
    assert column(block.table, 0)[:3] == names
    for index in range(1, len(block.table.columns)):
        foot = cents(text(block.table.foot[0][index]))
        assert sum(cents(cell) for cell in column(block.table, index)) == foot
    assert cents(text(block.table.foot[0][-1])) == int(facts.ageing.balance * 100)
    assert block_of(ageing.build(FR, facts_of("demo")), "buckets") is None


@pytest.mark.parametrize("f", [FR, EN], ids=["fr", "en"])
def test_the_dictionary_shows_every_metric_once(facts_of: Get, f: Fmt) -> None:
    facts = facts_of("demo")
    page = dictionary.build(f, facts)
    shown = [(block.id, text(row[4])) for block in page.blocks if block.table for row in block.table.rows]
    assert len(set(shown)) == len(shown) == len(facts.data.dictionary) > 50
    assert ("fct_dso_monthly", "dso_countback") in shown
    assert str(len(shown)) in page.title
    assert all(
        all(text(cell) for cell in row) for block in page.blocks if block.table for row in block.table.rows
    )


@pytest.mark.parametrize("f", [FR, EN], ids=["fr", "en"])
@pytest.mark.parametrize("plan", ["demo", "hostile", "till", "short"])
def test_provision_lines_add_up_to_the_receivables_on_the_page(facts_of: Get, plan: str, f: Fmt) -> None:
    facts = facts_of(plan)
    page = provisions.build(f, facts)
    blocks = {block.id: block for block in page.blocks}
    matrix, apart = blocks["matrix"].table, blocks["apart"].table
    assert matrix is not None and apart is not None
    shown = cents(text(matrix.foot[0][1])) + cents(text(apart.foot[0][1]))
    assert shown == int(facts.now.receivables * 100)
    assert sum(map(cents, column(matrix, 1))) == cents(text(matrix.foot[0][1]))
    loss = cents(text(matrix.foot[0][10])) + cents(text(apart.foot[0][5]))
    assert loss == int(facts.provisions.expected_loss * 100)
    assert f.cents(facts.provisions.expected_loss) in page.title
    assert f.cents(facts.provisions.gross) in page.title
    tie = blocks["apart"].more[0].rows[-1][1]
    assert isinstance(tie, Cell) and tie.mark == "ok"
    assert f.cents(facts.provisions.gross) in blocks["apart"].note and f.cents(0) in blocks["apart"].note


@pytest.mark.parametrize("f", [FR, EN], ids=["fr", "en"])
def test_overlay_floors_and_horizon_are_said(facts_of: Get, f: Fmt) -> None:
    plain, raised = (provisions.build(f, facts_of(plan)) for plan in ("demo", "hostile"))
    assert f.t("provisions.factor.none", factor=f.number(1, 2)) in plain.blocks[1].lead
    lead = raised.blocks[1].lead
    assert f.number(1.1, 2) in lead and factory.HOSTILE[0] in lead
    assert f.cents(facts_of("hostile").provisions.overlay) in raised.title
    table = raised.blocks[1].table
    assert table is not None
    assert {text(row[6]) for row in table.rows} == {f.t("provisions.source.floor")}
    assert f.t("provisions.line.overdue_91_120") in raised.blocks[1].note
    for plan, page in (("demo", plain), ("hostile", raised)):
        facts = facts_of(plan)
        loss = facts.provisions.loss_12m
        assert loss is not None and f.cents(loss) in page.lead
        unscored = replace(facts.provisions, loss_12m=None)
        alone = provisions.build(
            f,
            Facts(
                facts.company, facts.data, facts.statutory, unscored, facts.cash, facts.models, facts.actions
            ),
        )
        assert f.t("provisions.horizon.alone") in alone.lead
        assert [tile.figure for tile in alone.tiles][4] == "–"


def test_the_12_month_loss_stands_beside_and_is_never_added(facts_of: Get) -> None:
    facts = facts_of("demo")
    beside = replace(facts.provisions, loss_12m=Decimal("123456.78"))
    page = provisions.build(
        EN, Facts(facts.company, facts.data, facts.statutory, beside, facts.cash, facts.models, facts.actions)
    )
    assert "€123,456.78" in page.lead
    assert page.title == provisions.build(EN, facts).title


def test_the_tax_schedule_names_event_and_source_and_says_an_unknown_vat(facts_of: Get) -> None:
    known, unknown = (provisions.build(FR, facts_of(plan)).blocks[-1] for plan in ("demo", "hostile"))
    for block in (known, unknown):
        (row,) = block.more[0].rows
        assert text(row[2]).startswith("jugement du 01/02/2023, publié le 09/02/2023")
        assert text(row[3]) == "BODACC A2023 <Lyon>"
        assert cents(text(row[7])) == cents(text(block.table.rows[0][3])) if block.table else False
    assert "TVA inconnue" in text(unknown.more[0].rows[0][5])
    assert text(unknown.more[0].rows[0][2]).endswith(", société du groupe, client assuré")
    assert "TVA inconnue" not in text(known.more[0].rows[0][5])
    assert FR.t("provisions.tax.none") == provisions.build(FR, facts_of("till")).blocks[-1].lead
