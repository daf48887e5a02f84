"""Late payment on a demo company, out of time, beside the generator's own chances: the distance to the best score.

`python -m tests.benchmarks.ml_truth MARTS TRUTH` judges every candidate as a training does (models learnt at monthly
origins, the month that follows and the three untouched ones) on documents whose due date is known, at their creation
and at month ends; and once more a model as it is served, learnt a year before the as-of day, on all documents created
in that year.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.labels import THRESHOLD_DAYS
from ml.lateness import Study, prepare
from ml.lateness.model import fit
from ml.lateness.train import TooShort
from ml.marts import open_marts
from pipelines.demo import Drawn
from pipelines.demo.habits import Habits
from tests.benchmarks import ml_observer
from tests.demo_truth import Distance, late_at_creation, late_at_month_ends

SEED = 7


def measure(marts: Path, truth: Path, drawn: Drawn | None = None) -> Iterator[tuple[str, str, int, Distance]]:
    """Candidate, moment of the score, threshold in days, and the distance; marts of one company.

    `drawn`: the company as its generator drew it; each is then also put beside what Bayes' rule makes of the payments
    (`ml_observer`), for customers that pay by habit.

    Raises:
        SystemExit: the ledger is too short to be judged.
    """
    con = open_marts(marts)
    try:
        prepare(con)
        study = Study(con, SEED)
        judged, *_ = study.judged
        if isinstance(judged, TooShort):
            raise SystemExit(judged.en)
        states = study.states.take(judged.index)
        year_ago = {company: day - 365 for company, day in study.as_of.items()}
        served = fit(con, study.states, year_ago, SEED)
    finally:
        con.close()
    created, at_ends = _seen(truth, drawn)
    if served is not None:
        recent = study.states.is_creation & (study.states.origin > study.states.per_company(year_ago))
        year = study.states.take(recent)
        for name in served.candidates():
            late = served.late(name, year)
            for j, threshold in enumerate(THRESHOLD_DAYS[:2]):
                if name != "due_date":
                    asked = pa.table(
                        {"invoice_id": pa.array(year.document.tolist(), pa.string()), "p": late[:, j]}
                    )
                    for who, best in _bests(name, created, j):
                        found = late_at_creation(marts, truth, asked, threshold, best=best, **KNOWN)
                        yield who, "year ahead", threshold, found
    days = states.origin.astype("datetime64[D]").astype(dt.date)
    for name in judged.names():
        if name == "due_date":
            continue
        for j, threshold in enumerate(THRESHOLD_DAYS[:2]):
            told = ~np.isnan(judged.late[name][:, j])
            scores = pa.table(
                {
                    "invoice_id": pa.array(states.document.tolist(), pa.string()),
                    "month_end": pa.array(days.tolist(), pa.date32()),
                    "p": judged.late[name][:, j],
                }
            )
            new = scores.filter(told & states.is_creation).drop_columns(["month_end"])
            held = scores.filter(told & ~states.is_creation)
            for who, best in _bests(name, created, j):
                found = late_at_creation(marts, truth, new, threshold, best=best, **KNOWN)
                yield who, "creation", threshold, found
            for who, best in _bests(name, at_ends, j):
                found = late_at_month_ends(marts, truth, held, threshold, best=best, **KNOWN)
                yield who, "month end", threshold, found


def _seen(truth: Path, drawn: Drawn | None) -> tuple[list[pa.Table], list[pa.Table]]:
    """What Bayes' rule makes of the payments, by threshold; nothing where nobody's health can be told."""
    if drawn is None or not isinstance(drawn.mechanism, Habits):
        return [], []
    numbers = pq.read_table(truth / "documents.parquet", columns=["document_number"]).column(0)
    return ml_observer.late(drawn, numbers.to_numpy(zero_copy_only=False))


def _bests(name: str, seen: list[pa.Table], j: int) -> list[tuple[str, pa.Table | None]]:
    """A candidate beside the generator's chance, and beside Bayes' rule where there is one."""
    return [(name, None), *([(f"{name}, Bayes", seen[j])] if seen else [])]


#: The generator's chance is of its own due date: a document whose due date was assumed is asked another question.
KNOWN = {"only_known_due_dates": True}


def main() -> None:
    for name, moment, threshold, found in measure(Path(sys.argv[1]), Path(sys.argv[2])):
        print(f"{name:24} {moment:10} > {threshold:2}  {found}")


if __name__ == "__main__":
    main()
