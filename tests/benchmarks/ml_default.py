"""Default on a demo company, out of time, beside the generator's own chances: bars 6 and 7.

`python -m tests.benchmarks.ml_default MARTS TRUTH` prints, for every candidate, the distance to the best possible
score and how many times the base rate its average precision is; for the served one, observed / expected by grade; for
one, what it would reach were it told what no record shows. The twelve month ends judged are the latest whose year is
over.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.default import design, training
from ml.default.features import SETS, DefaultFeature
from ml.default.months import CustomerMonths, customer_months
from ml.default.ratings import by_grade
from ml.default.training import out_of_time
from ml.marts import open_marts
from ml.settings import RiskSettings
from pipelines.demo import Drawn
from pipelines.demo.habits import Habits
from tests.benchmarks import ml_observer
from tests.demo_truth import default_at_month_ends

#: The candidate that is told what is hidden.
TOLD = "ensemble_company"
#: What the generator alone knows: name → (its value over `m`, the truth of the month end, `b`, of the month before,
#: and `c`, the customer; the least and the largest).
HIDDEN = {
    "stress today": ("cast(m.stage > 0 as double)", 0.0, 1.0),
    "stress a month ago": ("cast(b.stage > 0 as double)", 0.0, 1.0),
    "its own chance of stress": ("ln(greatest(c.monthly_stress_hazard, 1e-6))", -14.0, 0.0),
}
ASKED = (("stress a month ago",), ("stress today",), ("stress today", "its own chance of stress"))


def measure(marts: Path, truth: Path, drawn: Drawn | None = None) -> list[str]:
    """One line per candidate, then one per grade of the served one.

    `drawn`: the company as its generator drew it; the served one is then also put beside what Bayes' rule makes of
    the payments (`ml_observer`), for customers that pay by habit.

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
    if drawn is not None and isinstance(drawn.mechanism, Habits):
        keys = ["customer_id", "month_end"]
        seen = ml_observer.chances(drawn).join(champion.select(keys), keys, join_type="inner")
        lines.append(f"Bayes' rule, told the laws: {default_at_month_ends(truth, seen, marts=marts)}")
        found = default_at_month_ends(truth, champion, marts=marts, best=seen)
        lines.append(f"served, beside Bayes' rule: {found}")
    lines += told_what_is_hidden(marts, truth)
    p = champion.column("p").to_numpy()
    for grade in by_grade(p, _happened(marts, champion), 12.0):
        enough = "" if grade.n * grade.predicted / 12 >= 5 else " (too few)"
        inside = "inside" if grade.observed_low <= grade.predicted <= grade.observed_high else "outside"
        lines.append(
            f"{grade.grade} {grade.n:6,} announced {grade.predicted:.4f} observed {grade.observed:.4f}"
            f" O/E {grade.observed / grade.predicted:.2f}, {inside} the interval of chance{enough}"
        )
    return lines


def told_what_is_hidden(marts: Path, truth: Path) -> list[str]:
    """How far the same model would come if it were told what no record shows; nothing without such a truth.

    What is missing then is the model's; what is missing without is that, and the price of what is hidden.
    """
    customers = pq.read_schema(truth / "customers.parquet").names
    if "monthly_stress_hazard" not in customers:
        return []
    lines = []
    for names in ASKED:
        features = tuple(
            DefaultFeature(name, "history", 1, "share", "", "", "", low, high)
            for name, (_, low, high) in HIDDEN.items()
            if name in names
        )
        sets = {**SETS, "company": (*SETS["company"], *features)}
        con = open_marts(marts)
        try:
            months = _with_hidden(con, customer_months(con), truth, names)
            if any(np.isnan(months.values[name]).all() for name in names):
                continue  # another mechanism hides something else
            with (
                patch.object(design, "SETS", sets),
                patch.object(training, "SETS", sets),
                patch.object(training, "customer_months", lambda _, months=months: months),
            ):
                scores = out_of_time(con, RiskSettings(), 7)
        finally:
            con.close()
        found = default_at_month_ends(
            truth, scores.filter(pc.equal(scores.column("model"), TOLD)), marts=marts
        )
        lines.append(f"{TOLD}, told {' and '.join(names)}: {found}")
    return lines


def _with_hidden(
    con: duckdb.DuckDBPyConnection, months: CustomerMonths, truth: Path, names: tuple[str, ...]
) -> CustomerMonths:
    """The customer-months with columns of the truth."""
    keys = pa.table(
        {"customer_id": months.customer.tolist(), "origin": months.origin, "row": np.arange(len(months))}
    )
    con.register("asked", keys)
    months_of = f"read_parquet('{truth / 'customer_months.parquet'}')"
    columns = ", ".join(f'{HIDDEN[name][0]} as "{name}"' for name in names)
    found = con.execute(f"""
        with asked_on as (
            select *, cast(date '1970-01-01' + cast(origin as integer) as date) as month_end from asked
        )
        select {columns} from asked_on as a
        left join {months_of} as m on m.customer_id = a.customer_id and m.month_end = a.month_end
        left join {months_of} as b
            on b.customer_id = a.customer_id and b.month_end = last_day(a.month_end - interval 1 month)
        left join read_parquet('{truth / "customers.parquet"}') as c on c.customer_id = a.customer_id
        order by a.row
    """).fetchnumpy()
    con.unregister("asked")
    hidden = {
        name: np.ma.filled(np.ma.asarray(found[name], dtype=np.float64), np.nan)  # type: ignore[no-untyped-call]
        for name in names
    }
    return replace(months, values={**months.values, **hidden})


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
