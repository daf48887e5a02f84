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

from ml.labels import THRESHOLD_DAYS
from ml.lateness import Study, prepare
from ml.lateness.model import fit
from ml.lateness.train import TooShort
from ml.marts import open_marts
from tests.demo_truth import Distance, late_at_creation, late_at_month_ends

SEED = 7


def measure(marts: Path, truth: Path) -> Iterator[tuple[str, str, int, Distance]]:
    """Candidate, moment of the score, threshold in days, and the distance; marts of one company.

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
    if served is not None:
        created = study.states.is_creation & (study.states.origin > study.states.per_company(year_ago))
        year = study.states.take(created)
        for name in served.candidates():
            late = served.late(name, year)
            for j, threshold in enumerate(THRESHOLD_DAYS[:2]):
                if name != "due_date":
                    asked = pa.table(
                        {"invoice_id": pa.array(year.document.tolist(), pa.string()), "p": late[:, j]}
                    )
                    yield (
                        name,
                        "year ahead",
                        threshold,
                        late_at_creation(marts, truth, asked, threshold, **KNOWN),
                    )
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
            yield name, "creation", threshold, late_at_creation(marts, truth, new, threshold, **KNOWN)
            held = scores.filter(told & ~states.is_creation)
            yield name, "month end", threshold, late_at_month_ends(marts, truth, held, threshold, **KNOWN)


#: The generator's chance is of its own due date: a document whose due date was assumed is asked another question.
KNOWN = {"only_known_due_dates": True}


def main() -> None:
    for name, moment, threshold, found in measure(Path(sys.argv[1]), Path(sys.argv[2])):
        print(f"{name:16} {moment:10} > {threshold:2}  {found}")


if __name__ == "__main__":
    main()
