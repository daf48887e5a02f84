"""Out of time: what is learnt before a month end, what is judged after it.

Origins are month ends. The last months whose labels are mature at the as-of day are held out; the
cut-off is the first of them. Training sees only outcomes visible at the cut-off, so the months
between (the usual term plus the threshold) form the embargo: their labels belong to the future.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.labels import THRESHOLD_DAYS, BandRows, band_rows, is_certain, is_mature
from ml.marts import date_of, day_number
from ml.states import States

Bools = npt.NDArray[np.bool_]

#: Months held out at the end for the longest threshold that the ledger can bear.
HELD_OUT_MONTHS = 3
#: Fewer training rows, rows of either outcome, or months: the ledger is too short for a model.
MIN_TRAINING_ROWS = 300
MIN_OF_EACH = 40
MIN_TRAINING_MONTHS = 6
#: Fewer held-out states, or states of either outcome: no champion can be chosen.
MIN_HELD_OUT = 100
MIN_HELD_OUT_OF_EACH = 20


@dataclass(frozen=True)
class Split:
    """One cut: training rows, and for each target the held-out states it is judged on.

    `cut_off`: day number per company. `held_out`: one mask over the states per target, possibly
    empty. `embargo_days`: per company, usual term + the threshold of each target.
    """

    cut_off: dict[str, int]
    training: BandRows
    held_out: tuple[Bools, ...]
    embargo_days: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class TooShort:
    """Why no model can be trained and judged: a code, its figures, one sentence in each language."""

    code: str
    values: dict[str, int]
    en: str
    fr: str


def months_before(day: int, months: int) -> int:
    """The month end `months` months before the month of `day`, as a day number."""
    date = date_of(day)
    position = date.year * 12 + date.month - 1 - months
    year, month = divmod(position, 12)
    return day_number(dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1]))


def last_mature_origin(cut_off: int, term_days: int, band: int) -> int:
    """The last month end whose cohort has its labels at `cut_off`."""
    return months_before(cut_off - term_days - THRESHOLD_DAYS[band] + 1, 1)


def at_cut_off(
    states: States,
    cut_off: Mapping[str, int],
    as_of: Mapping[str, int],
    term_days: Mapping[str, int],
) -> Split:
    """Training rows visible at the cut-off, and held-out states from the cut-off on, mature at the as-of day."""
    after = states.origin >= states.per_company(cut_off)
    held_out = tuple(
        after
        & ~is_certain(states, j)
        & ~np.isnan(states.late[:, j])
        & states.is_trainable
        & is_mature(states, j, as_of, term_days)
        for j in range(len(THRESHOLD_DAYS))
    )
    return Split(
        cut_off=dict(cut_off),
        training=band_rows(states, cut_off, term_days),
        held_out=held_out,
        embargo_days={c: tuple(term_days[c] + k for k in THRESHOLD_DAYS) for c in sorted(cut_off)},
    )


def choose_split(states: States, as_of: Mapping[str, int], term_days: Mapping[str, int]) -> Split | TooShort:
    """The earliest cut that leaves enough behind it: three mature months for late > 90 if the ledger
    is long enough, else for late > 30, else for late > 0; otherwise why not."""
    split: Split | None = None
    for band in reversed(range(len(THRESHOLD_DAYS))):
        cut_off = {
            company: months_before(last_mature_origin(day, term_days[company], band), HELD_OUT_MONTHS - 1)
            for company, day in as_of.items()
            if company in term_days
        }
        split = at_cut_off(states, cut_off, as_of, term_days)
        if shortage(states, split) is None:
            return split
    assert split is not None
    short = shortage(states, split)
    assert short is not None
    return short


def shortage(states: States, split: Split) -> TooShort | None:
    """What is missing to train and to judge a model on late > 0; None where nothing is."""
    rows = split.training.where(split.training.band == 0)
    months = len(np.unique(states.origin[rows.index]))
    late = int(rows.outcome.sum())
    on_time = len(rows) - late
    if months < MIN_TRAINING_MONTHS:
        return TooShort(
            "too_few_months",
            {"months": months, "needed": MIN_TRAINING_MONTHS},
            f"{months} months with known outcomes before the held-out months; a model needs {MIN_TRAINING_MONTHS}.",
            f"{months} mois aux issues connues avant les mois de contrôle ; un modèle en veut {MIN_TRAINING_MONTHS}.",
        )
    if len(rows) < MIN_TRAINING_ROWS or min(late, on_time) < MIN_OF_EACH:
        return TooShort(
            "too_few_labels",
            {
                "rows": len(rows),
                "late": late,
                "on_time": on_time,
                "needed": MIN_TRAINING_ROWS,
                "needed_of_each": MIN_OF_EACH,
            },
            f"{late} late and {on_time} on-time outcomes to learn from; a model needs {MIN_TRAINING_ROWS} in all"
            f" and {MIN_OF_EACH} of each.",
            f"{late} issues en retard et {on_time} à l’heure pour apprendre ; un modèle en demande"
            f" {MIN_TRAINING_ROWS} en tout et {MIN_OF_EACH} de chaque.",
        )
    held = states.late[split.held_out[0], 0]
    late, on_time = int(held.sum()), int(len(held) - held.sum())
    if len(held) < MIN_HELD_OUT or min(late, on_time) < MIN_HELD_OUT_OF_EACH:
        return TooShort(
            "too_few_held_out",
            {
                "rows": len(held),
                "late": late,
                "on_time": on_time,
                "needed": MIN_HELD_OUT,
                "needed_of_each": MIN_HELD_OUT_OF_EACH,
            },
            f"{late} late and {on_time} on-time outcomes in the held-out months; choosing a model needs"
            f" {MIN_HELD_OUT} in all and {MIN_HELD_OUT_OF_EACH} of each.",
            f"{late} issues en retard et {on_time} à l’heure dans les mois de contrôle ; choisir un modèle en"
            f" demande {MIN_HELD_OUT} en tout et {MIN_HELD_OUT_OF_EACH} de chaque.",
        )
    return None
