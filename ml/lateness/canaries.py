"""Leak canaries: what must come out as nothing, tried at every training.

`later_rows`: the same states made from marts cut at an earlier day must be the same, byte for byte: rows dated
after an origin may change nothing of it. `permuted_labels`: with outcomes dealt out to documents by chance, the
very same training and judging must rank no better than chance: else a document, or its label, sits on both
sides of the split.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from ml.evaluate import auc
from ml.lateness.bands import BandRows, band_rows, fit_classifier, fit_customer_rate, late
from ml.lateness.model import Lateness
from ml.lateness.readiness import Habits
from ml.lateness.states import States, open_book, prepare
from ml.lateness.train import JUDGED_ROWS, Judged, Window
from ml.marts import date_of, recut

Ints = npt.NDArray[np.int64]

#: Permuted labels must rank within so much of one half, or within three standard errors where those are wider.
TOLERANCE = 0.03
#: What a state holds of what came later, to be learnt from.
FATE = {"first_closed", "reopened", "last_closed", "is_cash", "is_lost"}


def later_rows(con: duckdb.DuckDBPyConnection, window: Window) -> dict[str, dict[str, float]]:
    """Per company, how many figures of the open book of the window's origin change once later rows are gone."""
    full = open_book(con, window.cut_off)
    with recut(con, {c: date_of(d) for c, d in window.cut_off.items()}) as earlier:
        prepare(earlier)
        cut = open_book(earlier, window.cut_off)
    changed = _differences(full, cut)
    return {
        company: {
            "value": float(changed[full.company == company].sum()),
            "n": int((full.company == company).sum()),
        }
        for company in sorted(window.cut_off)
    }


def _differences(full: States, cut: States) -> Ints:
    """Per state of `full`, how many of its figures differ; a state that is missing in one differs wholly."""
    same = len(full) == len(cut) and bool(np.all(full.document == cut.document))
    if not same:
        missing = ~np.isin(full.document.astype(str), cut.document.astype(str))
        return missing.astype(np.int64) + (0 if missing.any() else 1)
    count = np.zeros(len(full), dtype=np.int64)
    for a, b in zip(_figures(full), _figures(cut), strict=True):
        # What is unknown, and so not even equal to itself, is the same where it is unknown in both.
        same = (a == b) | ((a != a) & (b != b))
        count += ~(same if same.ndim == 1 else same.all(axis=1))
    return count


def _figures(states: States) -> Iterator[npt.NDArray[Any]]:
    """Every column of the states but their fate, those of their habits spread over them."""
    for name in (field.name for field in fields(states)):
        held = getattr(states, name)
        if isinstance(held, dict):
            yield from held.values()
        elif isinstance(held, Habits):
            yield held.kinds[states.habit]
            yield held.ready[states.habit]
        elif held is not None and name not in FATE | {"habit"}:
            yield held


def permuted_labels(states: States, judged: Judged, model: Lateness, seed: int) -> tuple[float, float, int]:
    """AUC on the final window of a classifier taught and judged on outcomes dealt to documents by chance; the
    tolerance; and the cases."""
    window = judged.windows[-1]
    keys = np.char.add(np.char.add(states.company.astype(str), "\x1f"), states.document.astype(str))
    _, code = np.unique(keys, return_inverse=True)
    dealt = np.random.Generator(np.random.PCG64(seed)).random(int(code.max()) + 1) < 0.5
    cut = states.per_company(window.cut_off, -(10**6))
    index = np.flatnonzero((states.origin <= cut) & states.is_trainable).astype(np.int64)
    rows = band_rows(states, index, window.cut_off)
    rows = rows.where(rows.band == 0)
    rows = BandRows(rows.index, rows.band, dealt[code[rows.index]].astype(np.float64))
    rate = fit_customer_rate(states, rows, model.encoder.rates)
    fitted = fit_classifier(states, rows, model.encoder, rate, seed, JUDGED_ROWS // 2)
    held = judged.index[judged.window == len(judged.windows) - 1]
    part = states.take(held)
    asked = part.age < 0
    if fitted is None or not asked.any():
        return 0.5, TOLERANCE, 0
    part = part.take(asked)
    y = dealt[code[held[asked]]].astype(np.float64)
    # Several states of a document are one case.
    first = np.unique(part.document.astype(str), return_index=True)[1]
    y, p = y[first], late(fitted, part.take(first))[:, 0]
    found = float(auc(y, p, np.ones((1, len(y))))[0])
    error = float(np.sqrt(1 / (12 * max(min(y.sum(), len(y) - y.sum()), 1))))
    return found, max(TOLERANCE, 3 * error), len(y)


def rows(
    con: duckdb.DuckDBPyConnection, states: States, judged: Judged, models: list[Lateness], seed: int
) -> list[dict[str, Any]]:
    """The arguments of `ml.life.drift.canary_row`, per company."""
    found = []
    for company, told in later_rows(con, judged.windows[-1]).items():
        found.append(
            {
                "company_id": company,
                "task": "late_payment",
                "subject": "later_rows",
                "value": told["value"],
                "low": 0.0,
                "high": 0.0,
                "n": int(told["n"]),
            }
        )
    value, tolerance, n = permuted_labels(states, judged, models[-1], seed)
    for company in sorted(judged.windows[-1].cut_off):
        found.append(
            {
                "company_id": company,
                "task": "late_payment",
                "subject": "permuted_labels",
                "value": round(value, 4),
                "low": round(0.5 - tolerance, 4),
                "high": round(0.5 + tolerance, 4),
                "n": n,
            }
        )
    return found


__all__ = ["later_rows", "permuted_labels", "rows"]
