"""The models page: what serves, what it was worth on months it had not seen, whether it still is, what it is made of.

One card per task, as the release holds it in JSON beside the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from dashboards import charts
from dashboards.common import metric_name, model_name, notices, spoken, terms_name
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.messages import MESSAGES
from dashboards.model import Block, Cell, Chart, Column, Page, Table
from dashboards.model_data import LATE, Drift, Figure, Group, ModelCard

TASKS = ("late_payment", "default", "dispute", "cash")
"""Order of the tasks on the page."""
WORDS = (
    *(
        "out_of_time",
        "reference",
        "auc",
        "log_loss",
        "calibration",
        "pinball",
        "wape",
        "hazard",
        "classifier",
    ),
    *("psi", "canary"),
)
"""Terms explained at the foot of the page."""
FOLDER = "model_cards"
"""Where the cards lie as JSON, under the site's root."""
FEATURES_SHOWN = 12
"""Most moved features shown; the JSON and the table of drift hold all."""
SHARES = ("cover_80", "within_3_days")
"""Metrics that are shares, written as percentages."""
RELIABILITY_TICKS = 4
CASES_DRAWN = 30
"""A group of fewer held-out cases stands in the table alone: its interval would hide the others."""

_MARKS = {"ok": "ok", "warn": "plain", "act": "late", "unknown": ""}


def build(f: Fmt, facts: Facts) -> Page:
    """The models page of one company in one language."""
    return Page(
        slug="models",
        name=f.t("page.models"),
        title=headline(f, facts),
        lead=f.t("models.lead"),
        notices=notices(f, facts),
        downloads=[
            (f"{FOLDER}/{card.task}.json", f.t("models.card", task=task_name(f, card.task)))
            for card in _cards(facts)
        ],
        blocks=[
            served_block(f, facts),
            proof_block(f, facts),
            terms_block(f, facts),
            restated_block(f, facts),
            drift_block(f, facts),
            made_block(f, facts),
            *history_blocks(f, facts),
            limits_block(f),
            words_block(f),
        ],
    )


def headline(f: Fmt, facts: Facts) -> str:
    """The serving model's figure for any lateness, beside its reference's."""
    served = facts.served
    if served is None:
        return f.t("models.title.none")
    values = {
        "model": model_name(f, served.model),
        "metric": metric_name(f, served.metric),
        "value": f.number(served.value, 3),
    }
    if served.baseline_value is None:
        return f.t("models.title.alone", **values)
    return f.t(
        "models.title",
        **values,
        baseline=model_name(f, served.baseline),
        baseline_value=f.number(served.baseline_value, 3),
    )


def _cards(facts: Facts) -> list[ModelCard]:
    return sorted(facts.models.cards, key=lambda c: (_rank(c.task), c.task))


def _rank(task: str) -> int:
    return TASKS.index(task) if task in TASKS else len(TASKS)


def _word(f: Fmt, prefix: str, name: str) -> str:
    """A name from the tables in words; one that no message knows as the table writes it."""
    return f.t(f"{prefix}.{name}") if f"{prefix}.{name}" in MESSAGES else name


def task_name(f: Fmt, task: str) -> str:
    """A task in words."""
    return _word(f, "models.task", task)


def target_name(f: Fmt, target: str) -> str:
    """What is predicted, in words, with a capital."""
    return f.sentence(_word(f, "target", target))


def slice_name(f: Fmt, part: str) -> str:
    """A slice `name=value` in words."""
    name, mark, value = part.partition("=")
    words = f.sentence(_word(f, "models.slice", name))
    return f.t("models.slice", name=words, value=_word(f, "models.value", value)) if mark else words


def _value(f: Fmt, metric: str, value: float | None) -> str:
    return f.percent(value, 1) if metric in SHARES else f.number(value, 3)


# --- what serves ------------------------------------------------------------------------------------------


def served_block(f: Fmt, facts: Facts) -> Block:
    """One row a task: model, version, how far it has seen, why it serves."""
    cards = _cards(facts)
    if not cards:
        return Block(heading=f.t("models.served"), lead=f.t("models.served.none"), id="models-served")
    return Block(
        heading=f.t("models.served"),
        id="models-served",
        table=Table(
            caption=f.t("models.served.caption"),
            columns=[
                Column(f.t("models.col.task")),
                Column(f.t("col.model")),
                Column(f.t("models.col.version"), "code"),
                Column(f.t("models.col.seen_until"), "number"),
                Column(f.t("models.col.why")),
            ],
            rows=[
                [
                    task_name(f, c.task),
                    model_name(f, c.model),
                    c.version,
                    f.day_short(c.seen_until),
                    " ".join([_told(f, c.en, c.fr), *([f.t("models.pinned")] if c.is_pinned else [])]),
                ]
                for c in cards
            ],
        ),
    )


def _told(f: Fmt, english: str, french: str) -> str:
    return spoken(f, french if f.locale == "fr" else english)


# --- out of time ------------------------------------------------------------------------------------------


def proof_block(f: Fmt, facts: Facts) -> Block:
    """Charts of late payment and default, then the figures of every task, candidate and slice."""
    if not facts.models.figures:
        return Block(heading=f.t("models.proof"), lead=f.t("models.proof.none"), id="models-proof")
    drawn = [
        lateness_chart(f, facts),
        rolling_chart(f, facts),
        reliability_chart(f, facts.models.reliability("late_payment", "late")),
        grades_chart(f, facts.models.reliability("default", "default_12m")),
    ]
    tables = [headline_table(f, facts), candidates_table(f, facts), slices_table(f, facts)]
    return Block(
        heading=f.t("models.proof"),
        lead=f.t("models.proof.lead"),
        charts=[chart for chart in drawn if chart is not None],
        more=[table for table in tables if table is not None],
        id="models-proof",
    )


def lateness_chart(f: Fmt, facts: Facts) -> Chart | None:
    """The headline metric for each lateness predicted: what is served, the reference thin and grey below."""
    served = facts.served
    if served is None or served.baseline_value is None:
        return None
    found = [facts.models.served("late_payment", target, served.metric) for target in LATE]
    shown = [r for r in found if r is not None]
    metric, reference = metric_name(f, served.metric), f.t("name.reference")
    rows = [
        charts.Row(
            name=target_name(f, r.target),
            value=r.value,
            text=f.number(r.value, 3),
            tone="accent",
            before=r.baseline_value,
            delta=f.number(r.value - r.baseline_value, 3, sign=True) if r.baseline_value is not None else "",
        )
        for r in shown
    ]
    title = f.t(
        "risk.target.title",
        model=model_name(f, served.model),
        metric=metric,
        value=f.number(served.value, 3),
        baseline=f.number(served.baseline_value, 3),
    )
    return Chart(
        id="models-late",
        title=title,
        subtitle=f.t("risk.target.subtitle", metric=metric, baseline=model_name(f, served.baseline)),
        summary=title + ".",
        wide=charts.to_json(charts.rows_chart(rows, before_name=reference, narrow=False, longest=34)),
        narrow=charts.to_json(charts.rows_chart(rows, before_name=reference, narrow=True)),
        table=Table(
            caption=f.t("risk.target.caption"),
            columns=[
                Column(f.t("col.target")),
                Column(model_name(f, served.model), "number"),
                Column(reference, "number"),
                Column(f.t("col.sample"), "number"),
            ],
            rows=[
                [
                    target_name(f, r.target),
                    f.number(r.value, 3),
                    f.number(r.baseline_value, 3),
                    f.integer(r.n),
                ]
                for r in shown
            ],
        ),
    )


def rolling_chart(f: Fmt, facts: Facts) -> Chart | None:
    """The log-loss of any lateness at each cut-off, the serving model beside its reference."""
    rows = sorted(
        (
            r
            for r in facts.models.figures
            if (r.task, r.target, r.metric, r.slice, r.window)
            == ("late_payment", "late", "log_loss", "all", "rolling")
            and r.is_champion
            and r.baseline_value is not None
            and r.cut_off is not None
        ),
        key=lambda r: r.cut_off or date.min,
    )
    if len(rows) < 3:
        return None
    values = [[r.value for r in rows], [r.baseline_value or 0.0 for r in rows]]
    names = [model_name(f, rows[-1].model), model_name(f, rows[-1].baseline)]
    days = [r.cut_off or date.min for r in rows]
    low, high = min(map(min, values)), max(map(max, values))
    margin = (high - low) * 0.15 or 0.01
    ticks = [(t, f.number(t, 2)) for t in charts.ticks_for(max(low - margin, 0.0), high + margin)]
    series = [
        charts.Line(
            name=name,
            values=of,
            last=f.number(of[-1], 3),
            tone=tone,
            hovers=[f"{f.month(day)} : {f.number(v, 3)}" for day, v in zip(days, of, strict=True)],
            dash=dash,
            has_dots=True,
        )
        for name, of, tone, dash in zip(
            (f.t("models.rolling.ours"), f.t("name.reference")),
            values,
            ("accent", "mute"),
            ("solid", "dash"),
            strict=True,
        )
    ]
    metric = metric_name(f, "log_loss")
    axis = [f.month_short(day) for day in days]
    title = f.t(
        "models.rolling.title",
        model=names[0],
        wins=f.integer(sum(mine < theirs for mine, theirs in zip(*values, strict=True))),
        n=f.integer(len(rows)),
    )
    floor = max(low - margin, 0.0)
    return Chart(
        id="models-rolling",
        title=title,
        subtitle=f.t("models.rolling.subtitle", metric=f.sentence(metric), baseline=names[1]),
        summary=title + ".",
        wide=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=False, low=floor)),
        narrow=charts.to_json(charts.lines(axis, series, ticks=ticks, narrow=True, low=floor)),
        table=Table(
            caption=f.t("models.rolling.caption", metric=f.sentence(metric)),
            columns=[
                Column(f.t("models.col.cut_off")),
                Column(names[0], "number"),
                Column(names[1], "number"),
                Column(f.t("col.sample"), "number"),
            ],
            rows=[
                [f.day_short(day), f.number(r.value, 3), f.number(r.baseline_value, 3), f.integer(r.n)]
                for day, r in zip(days, rows, strict=True)
            ],
        ),
    )


def reliability_chart(f: Fmt, groups: Sequence[Group]) -> Chart | None:
    """Predicted against observed share late, by group of like scores."""
    if len(groups) < 3:
        return None
    gap = sum(abs(g.predicted - g.observed) * g.n for g in groups) / max(sum(g.n for g in groups), 1)
    return _reliability(
        f,
        groups,
        "models-reliability",
        f.t("risk.calibration.title", gap=f.points(gap).lstrip("+")),
        f.t("risk.calibration.subtitle"),
        f.t("risk.calibration.caption"),
        [str(k) for k in range(1, len(groups) + 1)],
        f.t("col.group"),
    )


def grades_chart(f: Fmt, groups: Sequence[Group]) -> Chart | None:
    """Predicted against observed defaults, by grade."""
    if len(groups) < 3:
        return None
    title = f.t(
        "models.reliability.default.title",
        observed=f.integer(round(sum(g.observed * g.n for g in groups))),
        predicted=f.integer(round(sum(g.predicted * g.n for g in groups))),
    )
    return _reliability(
        f,
        groups,
        "models-grades",
        title,
        f.t("models.reliability.default.subtitle", n=CASES_DRAWN),
        f.t("models.reliability.default.caption"),
        [g.group for g in groups],
        f.t("models.col.grade"),
    )


def _reliability(
    f: Fmt,
    groups: Sequence[Group],  # all in the table; drawn are those of `CASES_DRAWN` cases
    chart_id: str,
    title: str,
    subtitle: str,
    caption: str,
    names: Sequence[str],
    heading: str,
) -> Chart:
    drawn = [g for g in groups if g.n >= CASES_DRAWN] or groups
    top = max(max(g.predicted, g.observed_high) for g in drawn)
    ticks = [
        (t, f.percent(t, 0 if top > 0.1 else 1))
        for t in charts.ticks_for(0.0, top, RELIABILITY_TICKS)
        if t <= 1
    ]
    points = [
        charts.Reliable(
            g.predicted,
            g.observed,
            g.observed_low,
            g.observed_high,
            g.n,
            f.t(
                "risk.calibration.hover",
                predicted=f.percent(g.predicted, 1),
                observed=f.percent(g.observed, 1),
                n=f.integer(g.n),
            ),
        )
        for g in drawn
    ]
    diagonal = f.t("risk.calibration.diagonal")
    return Chart(
        id=chart_id,
        title=title,
        subtitle=subtitle,
        summary=title + ".",
        wide=charts.to_json(charts.calibration(points, ticks=ticks, diagonal=diagonal, narrow=False)),
        narrow=charts.to_json(charts.calibration(points, ticks=ticks, diagonal=diagonal, narrow=True)),
        table=Table(
            caption=caption,
            columns=[
                Column(heading),
                Column(f.t("col.predicted"), "number"),
                Column(f.t("col.observed"), "number"),
                Column(f.t("models.col.interval"), "number"),
                Column(f.t("col.sample"), "number"),
            ],
            rows=[
                [
                    name,
                    f.percent(g.predicted, 1),
                    f.percent(g.observed, 1),
                    f"{f.percent(g.observed_low, 1)} – {f.percent(g.observed_high, 1)}",
                    f.integer(g.n),
                ]
                for name, g in zip(names, groups, strict=True)
            ],
        ),
    )


def _columns(f: Fmt, first: str) -> list[Column]:
    return [
        Column(first),
        Column(f.t("col.metric")),
        Column(f.t("models.col.window")),
        Column(f.t("col.value"), "number"),
        Column(f.t("name.reference"), "number"),
        Column(f.t("models.col.gain"), "number"),
        Column(f.t("models.col.interval"), "number"),
        Column(f.t("col.sample"), "number"),
    ]


def _cells(f: Fmt, first: str, r: Figure) -> list[str | Cell]:
    has_interval = r.gain_low is not None and r.gain_high is not None
    return [
        first,
        metric_name(f, r.metric),
        f.t(f"models.window.{r.window}"),
        _value(f, r.metric, r.value),
        _value(f, r.metric, r.baseline_value),
        f.number(r.gain, 3, sign=True),
        f"{f.number(r.gain_low, 3, sign=True)} – {f.number(r.gain_high, 3, sign=True)}"
        if has_interval
        else "–",
        f.integer(r.n),
    ]


def _by_task(rows: Sequence[Figure]) -> list[Figure]:
    return sorted(
        rows, key=lambda r: (_rank(r.task), r.task, _target_rank(r.target), r.metric, r.slice, r.model)
    )


def _target_rank(target: str) -> tuple[int, str]:
    return (LATE.index(target) if target in LATE else len(LATE)), target


def headline_table(f: Fmt, facts: Facts) -> Table | None:
    """Every metric of what serves, on the months that speak first, a part per task."""
    models = facts.models
    keys = {(r.task, r.target, r.metric) for r in models.figures if r.is_champion and r.slice == "all"}
    found = [models.served(*key) for key in keys]
    return _parts(
        f,
        f.t("models.headline.caption"),
        f.t("col.target"),
        [r for r in found if r is not None],
        lambda r: target_name(f, r.target),
    )


def slices_table(f: Fmt, facts: Facts) -> Table | None:
    """The loss of what serves in each slice, on the months that speak first, a part per task."""
    models = facts.models
    keys = {
        (r.task, r.target, r.metric, r.slice)
        for r in models.figures
        if r.is_champion and r.slice != "all" and r.metric in ("log_loss", "auc", "pinball", "wape")
    }
    found = [models.served(*key) for key in keys]
    return _parts(
        f,
        f.t("models.slices.caption"),
        f.t("models.col.slice"),
        [r for r in found if r is not None],
        lambda r: f"{slice_name(f, r.slice)} ({_word(f, 'target', r.target)})",
    )


def _parts(
    f: Fmt, caption: str, first: str, rows: Sequence[Figure], name: Callable[[Figure], str]
) -> Table | None:
    if not rows:
        return None
    lines: list[list[str | Cell]] = []
    task = ""
    for r in _by_task(rows):
        if r.task != task:
            task = r.task
            lines.append([task_name(f, task)])
        lines.append(_cells(f, name(r), r))
    return Table(caption=caption, columns=_columns(f, first), rows=lines)


def candidates_table(f: Fmt, facts: Facts) -> Table | None:
    """Every candidate over all cut-offs, the serving one marked: what it was chosen among."""
    rows = [
        r
        for r in facts.models.figures
        if r.window == "pooled" and r.slice == "all" and r.metric in ("log_loss", "auc", "pinball", "wape")
    ]
    if len({(r.task, r.model) for r in rows}) < 2:
        return None
    lines: list[list[str | Cell]] = []
    task = ""
    for r in sorted(_by_task(rows), key=lambda r: (_rank(r.task), r.task)):
        if r.task != task:
            task = r.task
            lines.append([task_name(f, task)])
        lines.append(
            [
                model_name(f, r.model),
                target_name(f, r.target),
                metric_name(f, r.metric),
                _value(f, r.metric, r.value),
                Cell(f.t("models.serves"), "ok") if r.is_champion else Cell("–"),
                f.integer(r.n),
            ]
        )
    return Table(
        caption=f.t("models.candidates.caption"),
        columns=[
            Column(f.t("col.model")),
            Column(f.t("col.target")),
            Column(f.t("col.metric")),
            Column(f.t("col.value"), "number"),
            Column(f.t("col.state"), "centre"),
            Column(f.t("col.sample"), "number"),
        ],
        rows=lines,
    )


# --- what scores lean on ----------------------------------------------------------------------------------


def terms_block(f: Fmt, facts: Facts) -> Block:
    """How far ranks hold where due dates are assumed, under other assumed terms; or why that is not asked."""
    rows = [r for r in facts.models.figures if r.metric == "rank_stability"]
    heading = f.t("models.terms")
    if not rows:
        card = next((c.card for c in facts.models.cards if c.task == "late_payment"), {})
        told = card.get("assumed_due_dates", {})
        n = told.get("open_documents", {}).get(facts.company.company_id, 0)
        lead = f.n("models.terms.few", n, least=f.integer(told["least"])) if n else f.t("models.terms.none")
        return Block(heading=heading, lead=lead, id="models-terms")
    terms = sorted({r.slice.partition("=")[2] for r in rows})
    values = {(r.slice.partition("=")[2], r.target): r.value for r in rows}
    return Block(
        heading=heading,
        lead=f.n("models.terms.lead", max(r.n for r in rows)),
        table=Table(
            caption=f.t("models.terms.caption"),
            columns=[
                Column(f.t("dso.terms.col.terms")),
                Column(f.t("models.terms.late"), "number"),
                Column(f.t("models.terms.days"), "number"),
            ],
            rows=[
                [terms_name(f, one), *(f.number(values.get((one, target)), 3) for target in ("late", "days"))]
                for one in terms
            ],
        ),
        id="models-terms",
    )


def restated_block(f: Fmt, facts: Facts) -> Block:
    """What later entries changed of past scores: those published then beside those of the month as it stands now."""
    rows = [r for r in facts.models.figures if r.window == "published"]
    heading = f.t("models.restated")
    if not rows:
        return Block(heading=heading, lead=f.t("models.restated.none"), id="models-restated")
    rows.sort(key=lambda r: _target_rank(r.target))
    rows.sort(key=lambda r: r.cut_off or date.min, reverse=True)
    return Block(
        heading=heading,
        lead=f.t("models.restated.lead"),
        table=Table(
            caption=f.t("models.restated.caption"),
            columns=[
                Column(f.t("models.restated.day")),
                Column(f.t("col.model")),
                Column(f.t("col.target")),
                Column(f.t("models.restated.then"), "number"),
                Column(f.t("models.restated.now"), "number"),
                Column(f.t("models.restated.difference"), "number"),
                Column(f.t("models.col.interval"), "number"),
                Column(f.t("col.sample"), "number"),
            ],
            rows=[
                [
                    f.day_short(r.cut_off or date.min),
                    model_name(f, r.model),
                    target_name(f, r.target),
                    f.number(r.baseline_value, 4),
                    f.number(r.value, 4),
                    f.number(r.gain, 4, sign=True),
                    f"{f.number(r.gain_low, 4, sign=True)} – {f.number(r.gain_high, 4, sign=True)}",
                    f.integer(r.n),
                ]
                for r in rows
            ],
        ),
        id="models-restated",
    )


# --- drift ------------------------------------------------------------------------------------------------


def drift_block(f: Fmt, facts: Facts) -> Block:
    """What acts, in a sentence; outcomes and canaries in full, of the features the most moved."""
    rows = facts.models.drift
    if not rows:
        return Block(heading=f.t("models.drift"), lead=f.t("models.drift.none"), id="models-drift")
    acting = sum(r.state == "act" for r in rows)
    told = f.n("models.drift.acts", acting) if acting else f.n("models.drift.quiet", len(rows))
    came = sorted(
        (r for r in rows if r.statistic != "psi"),
        key=lambda r: (_rank(r.task), r.task, r.statistic == "canary", r.statistic, _target_rank(r.subject)),
    )
    moved = sorted(
        (r for r in rows if r.statistic == "psi"),
        key=lambda r: (r.value is not None, -(r.value or 0.0), r.task, r.subject),
    )[:FEATURES_SHOWN]
    tables = [
        _drift_table(f, facts, f.t("models.drift.caption"), came),
        _drift_table(f, facts, f.t("models.psi.caption"), moved),
    ]
    return Block(
        heading=f.t("models.drift"),
        lead=f"{told} {f.t('models.drift.lead')}",
        more=[table for table in tables if table.rows],
        id="models-drift",
    )


def _meaning(f: Fmt, feature: Mapping[str, Any]) -> str:
    """What a feature tells, in words with `…` for its value; empty where its card has none."""
    words = str(feature.get(f.locale, "")).split(" | ")[0]
    return spoken(f, " ".join(words.replace("{value}", "…").split()))


def _drift_table(f: Fmt, facts: Facts, caption: str, rows: Sequence[Drift]) -> Table:
    told = {(c.task, one["name"]): _meaning(f, one) for c in _cards(facts) for one in _features(c)}

    def subject(r: Drift) -> str:
        if r.statistic == "psi":
            return " · ".join(filter(None, (r.subject, told.get((r.task, r.subject)))))
        return _word(f, "models.canary" if r.statistic == "canary" else "target", r.subject)

    return Table(
        caption=caption,
        columns=[
            Column(f.t("models.col.task")),
            Column(f.t("models.col.statistic")),
            Column(f.t("models.col.subject")),
            Column(f.t("col.value"), "number"),
            Column(f.t("models.col.threshold"), "number"),
            Column(f.t("col.sample"), "number"),
            Column(f.t("col.state"), "centre"),
        ],
        rows=[
            [
                task_name(f, r.task),
                f.t(f"models.statistic.{r.statistic}"),
                subject(r),
                f.number(r.value, 3),
                f.number(r.threshold, 3),
                f.integer(r.n),
                Cell(f.t(f"models.state.{r.state}"), _MARKS[r.state]),
            ]
            for r in rows
        ],
    )


# --- what they are made of --------------------------------------------------------------------------------


def made_block(f: Fmt, facts: Facts) -> Block:
    """Per task: the outcome it predicts, the hashes of what it was made with, its features."""
    cards = _cards(facts)
    return Block(
        heading=f.t("models.made"),
        lead=f.t("models.made.lead"),
        table=Table(
            caption=f.t("models.made.caption"),
            columns=[
                Column(f.t("models.col.task")),
                Column(f.t("models.col.outcome")),
                Column(f.t("models.col.data_hash"), "code"),
                Column(f.t("models.col.features_hash"), "code"),
                Column(f.t("models.col.settings_hash"), "code"),
            ],
            rows=[
                [
                    task_name(f, c.task),
                    f.t(f"models.label.{c.task}") if c.task in TASKS else "–",
                    *(str(c.card["hashes"][part])[:16] for part in ("data", "features", "settings")),
                ]
                for c in cards
            ],
        )
        if cards
        else None,
        more=[table for c in cards if (table := features_table(f, c)) is not None],
        id="models-made",
    )


def _features(card: ModelCard) -> list[dict[str, Any]]:
    return [one for one in card.card["features"] if isinstance(one, dict)]


def features_table(f: Fmt, card: ModelCard) -> Table | None:
    """Every feature of a model: its family, the direction it may not contradict, whence it comes, and what it counts
    for where the card says so, those that count most first."""
    features = _features(card)
    if not features:
        return None
    weights: dict[str, float] = card.card.get("importance", {})
    features.sort(key=lambda one: -weights.get(one["name"], 0.0))

    has_words = any(_meaning(f, one) for one in features)

    def direction(sign: int) -> str:
        return f.t(f"models.direction.{'up' if sign > 0 else 'down' if sign < 0 else 'free'}")

    return Table(
        caption=f.t("models.features.caption", task=task_name(f, card.task), n=f.integer(len(features))),
        columns=[
            Column(f.t("models.col.feature"), "code"),
            *([Column(f.t("models.col.meaning"))] if has_words else []),
            Column(f.t("models.col.family")),
            Column(f.t("models.col.direction")),
            Column(f.t("models.col.known_by")),
            *([Column(f.t("models.col.weight"), "number")] if weights else []),
        ],
        rows=[
            [
                str(one["name"]),
                *([_meaning(f, one)] if has_words else []),
                _word(f, "models.family", str(one.get("group", "–"))),
                direction(int(one.get("monotone", 0))),
                f.t(f"models.source.{one['group']}")
                if f"models.source.{one.get('group')}" in MESSAGES
                else str(one.get("as_of_source", "–")),
                *([f.percent(weights.get(one["name"], 0.0), 1)] if weights else []),
            ]
            for one in features
        ],
    )


# --- history and limits -----------------------------------------------------------------------------------


def history_blocks(f: Fmt, facts: Facts) -> list[Block]:
    """Which versions served, the last first; nothing before the first training."""
    lines = [
        (str(change["on"]), _rank(card.task), card, change, position)
        for card in _cards(facts)
        for position, change in enumerate(card.history)
    ]
    if not lines:
        return []
    lines.sort(key=lambda line: (-line[4], line[1]))
    return [
        Block(
            heading=f.t("models.history"),
            id="models-history",
            table=Table(
                caption=f.t("models.history.caption"),
                columns=[
                    Column(f.t("models.col.task")),
                    Column(f.t("models.col.day"), "number"),
                    Column(f.t("models.col.change")),
                    Column(f.t("models.col.version"), "code"),
                    Column(f.t("models.col.why")),
                ],
                rows=[
                    [
                        task_name(f, card.task),
                        f.day_short(date.fromisoformat(on)),
                        f.t(f"models.change.{change['action']}"),
                        str(change["version"]),
                        _told(f, change["en"], change["fr"]) or "–",
                    ]
                    for on, _, card, change, _ in lines
                ],
            ),
        )
    ]


def words_block(f: Fmt) -> Block:
    """What the words of this page mean."""
    return Block(
        heading=f.t("models.words"),
        id="models-words",
        table=Table(
            caption=f.t("models.words.caption"),
            columns=[Column(f.t("models.col.word")), Column(f.t("models.col.meaning"))],
            rows=[[f.t(f"models.words.{name}"), f.t(f"models.words.{name}.told")] for name in WORDS],
        ),
    )


def limits_block(f: Fmt) -> Block:
    """What the models are not for, and the licences of what computes them."""
    return Block(
        heading=f.t("models.limits"),
        id="models-limits",
        table=Table(
            caption=f.t("models.limits.caption"),
            columns=[Column(f.t("models.col.item")), Column(f.t("models.col.told"))],
            rows=[
                [f.t(f"models.limits.{name}"), f.t(f"models.limits.{name}.told")]
                for name in ("decision", "persons", "provisions", "licences")
            ],
        ),
    )
