"""The queries about models: what they were worth out of time, whether they still are, their cards.

What belongs here: reading `ml.backtest`, `ml.reliability`, `ml.drift` and `ml.model_cards` into small frozen records,
and which of their rows speaks for a model. What does not: sentences and layouts (`dashboards.model_card`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboards.data import Tables

REQUIRED: dict[str, tuple[str, ...]] = {
    "ml/backtest": (
        *("company_id", "task", "target", "model", "window", "cut_off", "slice", "metric", "value", "baseline"),
        *("baseline_value", "gain", "gain_low", "gain_high", "n", "positives", "is_champion"),
    ),
    "ml/reliability": (
        *("company_id", "task", "target", "model", "group", "predicted", "observed", "observed_low"),
        *("observed_high", "n", "positives", "is_champion"),
    ),
    "ml/drift": ("company_id", "task", "statistic", "subject", "value", "threshold", "state", "n"),
    "ml/model_cards": (
        *("task", "model", "model_version", "card_sha256", "seen_until", "is_pinned", "action", "en", "fr", "card"),
        "history",
    ),
}  # fmt: skip

LATE = ("late", "late_30", "late_90")
"""Lateness predicted, the mildest first."""
WINDOWS = ("final", "pooled", "rolling")
"""Held-out months, those that speak first: never touched before, all origins together, one origin."""
BESIDE = ("as_of", "published")
"""What is measured on no held-out month: ranks on the as-of day, scores of earlier releases."""


@dataclass(frozen=True)
class Figure:
    """One figure of a model out of time, beside its baseline; `gain` is positive where the model is better."""

    task: str
    target: str
    model: str
    window: str
    cut_off: date | None
    slice: str
    metric: str
    value: float
    baseline: str | None
    baseline_value: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    n: int
    positives: int | None
    is_champion: bool


@dataclass(frozen=True)
class Group:
    """Cases of like scores on held-out months: mean predicted share, observed share and its interval."""

    task: str
    target: str
    group: str
    predicted: float
    observed: float
    observed_low: float
    observed_high: float
    n: int


@dataclass(frozen=True)
class Drift:
    """Whether a served model still fits, by one statistic."""

    task: str
    statistic: str
    subject: str
    value: float | None
    threshold: float | None
    state: str
    n: int


@dataclass(frozen=True)
class ModelCard:
    """What serves a task. `text`: its card, byte for byte as stored; `history`: changes, the first one first."""

    task: str
    model: str
    version: str
    sha256: str
    seen_until: date
    is_pinned: bool
    action: str
    en: str
    fr: str
    text: str
    history: tuple[dict[str, Any], ...]

    @cached_property
    def card(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.text)
        return told


@dataclass(frozen=True)
class Models:
    """Everything about the models of one company."""

    figures: tuple[Figure, ...]
    groups: tuple[Group, ...]
    drift: tuple[Drift, ...]
    cards: tuple[ModelCard, ...]

    def served(self, task: str, target: str, metric: str, part: str = "all") -> Figure | None:
        """The champion's figure on the held-out months that speak first; the latest of several origins."""
        rows = [
            r
            for r in self.figures
            if (r.task, r.target, r.metric, r.slice) == (task, target, metric, part)
            and r.is_champion
            and r.window in WINDOWS
        ]
        return max(rows, key=lambda r: (-WINDOWS.index(r.window), r.cut_off or date.min), default=None)

    def reliability(self, task: str, target: str) -> tuple[Group, ...]:
        """The champion's groups, the lowest scores first."""
        return tuple(g for g in self.groups if (g.task, g.target) == (task, target))


def read_models(tables: Tables, company_id: str) -> Models:
    """The figures of one company, and the cards, which serve every company of the run."""
    windows = ", ".join(f"'{window}'" for window in (*WINDOWS, *BESIDE))
    return Models(
        figures=tables.records(
            Figure,
            'select task, target, model, "window", cut_off, slice, metric, cast(value as double) as value, baseline, '
            "cast(baseline_value as double) as baseline_value, cast(gain as double) as gain, "
            "cast(gain_low as double) as gain_low, cast(gain_high as double) as gain_high, n, positives, "
            "coalesce(is_champion, false) as is_champion from backtest "
            f'where company_id = ? and value is not null and "window" in ({windows}) '
            'order by task, target, "window", cut_off nulls first, slice, metric, model, baseline nulls first',
            company_id,
        ),
        groups=tables.records(
            Group,
            'select task, target, "group", cast(predicted as double) as predicted, '
            "cast(observed as double) as observed, cast(observed_low as double) as observed_low, "
            "cast(observed_high as double) as observed_high, n "
            "from reliability where company_id = ? and is_champion and predicted is not null and observed is not null "
            'order by task, target, predicted, "group"',
            company_id,
        ),
        drift=tables.records(
            Drift,
            "select task, statistic, subject, cast(value as double) as value, cast(threshold as double) as threshold, "
            "state, n from drift where company_id = ? order by task, statistic, subject",
            company_id,
        ),
        cards=read_cards(tables),
    )


def read_cards(tables: Tables) -> tuple[ModelCard, ...]:
    """The card of every task."""
    return tuple(
        ModelCard(
            **{k: v for k, v in row.items() if k not in ("model_version", "card_sha256", "card", "history")},
            version=row["model_version"],
            sha256=row["card_sha256"],
            text=row["card"],
            history=tuple(json.loads(row["history"])),
        )
        for row in tables.dicts(
            "select task, model, model_version, card_sha256, seen_until, is_pinned, action, en, fr, card, history "
            "from model_cards order by task"
        )
    )
