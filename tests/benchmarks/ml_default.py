"""Default on a demo company, out of time, beside the generator's own chances: bars 6 and 7.

`python -m tests.benchmarks.ml_default MARTS TRUTH` prints, for every candidate, the distance to the best possible
score and how many times the base rate its average precision is; for the served one, observed / expected by grade.
The twelve month ends judged are the latest whose year is over.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ml.default.ratings import by_grade
from ml.default.training import out_of_time
from ml.marts import open_marts
from ml.settings import RiskSettings
from tests.demo_truth import default_at_month_ends


def measure(marts: Path, truth: Path) -> list[str]:
    """One line per candidate, then one per grade of the served one.

    A grade has enough cases from five customers expected to default in it; twelve month ends see the same one.
    """
    con = open_marts(marts)
    try:
        scores = out_of_time(con, RiskSettings(), 7)
    finally:
        con.close()
    lines = []
    for name in sorted(set(scores.column("model").to_pylist())):
        own = scores.filter(pc.equal(scores.column("model"), name))
        served = "served" if own.column("is_champion")[0].as_py() else ""
        found = default_at_month_ends(truth, own, marts=marts)
        lines.append(f"{name:20} {served:7} {found}; AP {found.ap / found.base:.1f} times the base rate")
    champion = scores.filter(scores.column("is_champion"))
    p = champion.column("p").to_numpy()
    for grade in by_grade(p, _happened(marts, champion), 12.0):
        enough = "" if grade.n * grade.predicted / 12 >= 5 else " (too few)"
        inside = "inside" if grade.observed_low <= grade.predicted <= grade.observed_high else "outside"
        lines.append(
            f"{grade.grade} {grade.n:6,} announced {grade.predicted:.4f} observed {grade.observed:.4f}"
            f" O/E {grade.observed / grade.predicted:.2f}, {inside} the interval of chance{enough}"
        )
    return lines


def _happened(marts: Path, scores: pa.Table) -> npt.NDArray[np.float64]:
    """Whether each customer defaulted within twelve months of the month end, in the order of the scores."""
    with duckdb.connect() as connection:
        connection.register("scores", scores)
        found = connection.execute(f"""
            select cast(exists (
                select 1 from read_parquet('{marts / "fct_customer_defaults.parquet"}') as d
                where d.customer_id = s.customer_id
                    and d.default_date > s.month_end and d.default_date <= s.month_end + 365
            ) as double) as outcome
            from scores as s order by company_id, customer_id, month_end
        """).fetchnumpy()
    return np.asarray(found["outcome"], dtype=np.float64)


if __name__ == "__main__":
    for line in measure(Path(sys.argv[1]), Path(sys.argv[2])):
        print(line)
