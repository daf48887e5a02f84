"""What training and scoring cost on a large open book: ratios to a floor measured in the same run.

    python -m tests.benchmarks.ml_scale JOB FOLDER

Marts of so many open documents and half as many paid ones are made in DuckDB (`tests.unit.ml.factory` derives the
rest). Floors: for training, one LightGBM of the hazard's shape on as many random rows; for scoring, one DuckDB pass
that adds up what is open of each document, and one LightGBM prediction for each open document. Each job is a process
of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.lake import quoted
from tests.benchmarks.bench import measure

AS_OF = "2023-06-30"
COMPANY = "732829320"
LEARNT = 6_000  # open documents of the small book that the scoring model learns from
FEATURES = 60  # about as many as the hazard has


def script(documents: int) -> str:
    """SQL for `factory.write_sql`: documents paid over eighteen months, and `documents` open ones.

    Every number is a hash of the row's, so that the same size gives the same book.
    """
    customers = max(documents // 25, 20)
    paid = documents // 2

    def chance(name: str) -> str:
        return f"((hash(i, '{name}') % 1000003) / 1000003.0)"

    return f"""
        insert into horizon values ('{COMPANY}', date '{AS_OF}');
        insert into cust (company_id, customer_id, sector_code, is_sole_trader, country_code)
        select '{COMPANY}', printf('C%07d', i), (['4120A', '4711D', '6201Z'])[1 + i % 3], i % 5 = 0, 'FR'
        from range({customers}) as t(i);
        create table drawn as
        with row as (
            select i, i >= {paid} as is_open,
                cast(floor({customers} * pow({chance("customer")}, 2)) as integer) as c
            from range({paid + documents}) as t(i)
        ), dated as (
            select i, is_open, c, (hash(c, 'term') % 3) * 15 + 30 as term,
                cast(round(ln(1.0001 / (1.0001 - {chance("late")})) * (4 + hash(c, 'habit') % 20)) as integer)
                    - 6 as late,
                round(exp(5 + 3 * {chance("amount")}), 2) as amount,
                case when is_open then date '{AS_OF}' - cast(floor(55 * {chance("issue")}) as integer)
                    else date '2022-01-03' + cast(floor(440 * {chance("issue")}) as integer) end as issue_date
            from row
        )
        select printf('F%09d', i) as invoice_id, printf('C%07d', c) as customer_id, issue_date,
            issue_date + cast(term as integer) as due_date, cast(amount as decimal(18, 2)) as amount, is_open,
            greatest(issue_date + 1, issue_date + cast(term as integer) + late) as paid_on
        from dated;
        insert into inv select '{COMPANY}', invoice_id, customer_id, 'invoice', issue_date, issue_date, due_date,
            'customer_terms', false, amount from drawn;
        insert into pay select '{COMPANY}', 'P' || invoice_id, customer_id, 'receipt', paid_on, amount
        from drawn where not is_open and paid_on <= date '{AS_OF}';
        insert into alloc select '{COMPANY}', 'A' || invoice_id, customer_id, invoice_id, 'P' || invoice_id, null,
            'payment', paid_on, amount, 'ledger', 1.0
        from drawn where not is_open and paid_on <= date '{AS_OF}';
        drop table drawn;
    """


class Clock:
    """Seconds since it was made, on the wall and of this process's threads on any core."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def told(self) -> dict[str, float]:
        """`seconds` and `cpu_seconds`."""
        return {
            "seconds": time.perf_counter() - self._wall,
            "cpu_seconds": time.process_time() - self._cpu,
        }


# --- jobs ------------------------------------------------------------------------------------------------------------


def make(folder: Path) -> dict[str, Any]:
    """The marts: FOLDER ends with the number of open documents."""
    from tests.unit.ml.factory import write_sql

    documents = int(folder.name)
    write_sql(folder, script(documents))
    return {"documents": documents}


def one_pass(folder: Path) -> dict[str, Any]:
    """What is open of every document, the least that scoring must know."""
    import duckdb

    clock = Clock()
    with duckdb.connect(config={"threads": 2}) as connection:
        invoices, allocations = (
            f"read_parquet({quoted(folder / f'{name}.parquet')})"
            for name in ("fct_invoices", "fct_allocations")
        )
        rows = connection.execute(f"""
            select count(*) from (
                select i.invoice_id from {invoices} as i left join {allocations} as a using (company_id, invoice_id)
                group by i.company_id, i.invoice_id having any_value(i.amount) > coalesce(sum(a.amount), 0)
            )
        """).fetchall()[0][0]
    return {**clock.told(), "rows": rows}


def _booster(rows: int) -> tuple[Any, dict[str, float]]:
    """A LightGBM with the hazard's parameters but for the directions, on random rows; its time."""
    from ml.lateness.hazard import PARAMETERS, TREES
    from ml.trees import lightgbm

    lgb, rng = lightgbm(), np.random.default_rng(0)
    matrix = rng.normal(0, 1, (rows, FEATURES))
    outcome = rng.random(rows) < 1 / (1 + np.exp(-matrix[:, :5].sum(axis=1)))
    clock = Clock()
    parameters = {k: v for k, v in PARAMETERS.items() if not k.startswith("monotone")}
    booster = lgb.train({**parameters, "seed": 1}, lgb.Dataset(matrix, label=outcome), num_boost_round=TREES)
    return booster, clock.told()


def one_fit(folder: Path) -> dict[str, Any]:
    """One LightGBM on as many rows as the hazard learns from at most."""
    from ml.lateness.model import MAX_ROWS

    return {**_booster(MAX_ROWS)[1], "rows": MAX_ROWS}


def one_prediction(folder: Path) -> dict[str, Any]:
    """One LightGBM prediction for each open document."""
    booster, _ = _booster(20_000)
    matrix = np.random.default_rng(1).normal(0, 1, (int(folder.name), FEATURES))
    clock = Clock()
    booster.predict(matrix, num_threads=1)
    return {**clock.told(), "rows": len(matrix)}


def train(folder: Path) -> dict[str, Any]:
    """The marts opened, states made, every candidate learnt at one cut-off."""
    from ml.lateness.model import fit
    from ml.lateness.states import prepare, training_states
    from ml.marts import as_of_days, day_number, open_marts

    clock = Clock()
    with open_marts(folder) as con:
        prepare(con)
        states = training_states(con)
        model = fit(con, states, {c: day_number(d) for c, d in as_of_days(con).items()}, 1)
    if model is None:
        raise SystemExit("Nothing was learnt.")
    return {**clock.told(), "rows": len(states), "candidates": list(model.candidates())}


def score(folder: Path) -> dict[str, Any]:
    """Every open document as the product scores it: curves, chances of lateness, dates, reasons; then cash by week.

    The model is learnt from the small book before the clock starts; its memory counts.
    """
    from ml.lateness import score as score_documents
    from ml.lateness.model import fit
    from ml.lateness.package import to_package
    from ml.lateness.states import prepare, training_states
    from ml.marts import as_of_days, day_number, open_marts

    with open_marts(folder.parent / str(LEARNT)) as con:
        prepare(con)
        days = {c: day_number(d) for c, d in as_of_days(con).items()}
        model = fit(con, training_states(con), days, 1)
    if model is None:
        raise SystemExit("Nothing was learnt.")
    name = model.candidates()[-1]
    package = to_package(model, name, {})
    clock = Clock()
    with open_marts(folder) as con:
        prepare(con)
        opened = clock.told()
        scored = score_documents(con, package, "")
    cash = 0.0
    for _, curves in scored.drawn:
        for week in range(4):
            first = curves.origin + 1 + 7 * week
            cash += float(curves.paid_between(first, first + 6).sum())
    return {
        **clock.told(),
        "opening_seconds": opened["seconds"],
        "rows": scored.invoices.num_rows,
        "candidate": name,
        "checksum": round(cash, 3),
    }


JOBS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "make": make,
    "one_pass": one_pass,
    "one_prediction": one_prediction,
    "one_fit": one_fit,
    "train": train,
    "score": score,
}


# --- all of it -------------------------------------------------------------------------------------------------------


def measure_all(folder: Path, documents: int) -> dict[str, Any]:
    """Every job in a process of its own, as JSON; `over`: its seconds of CPU over those of its floor.

    Of CPU, since other work on the machine slows the clock of one job more than that of another.

    Raises:
        SystemExit: a job failed, or scoring met another number of documents than the pass that counts them.
    """
    large = folder / str(documents)
    for place in (folder / str(LEARNT), large):
        _job("make", place)
    found = {name: _job(name, large) for name in JOBS if name != "make"}
    if found["score"]["rows"] != found["one_pass"]["rows"]:
        raise SystemExit(
            f"{found['score']['rows']:,} documents were scored, {found['one_pass']['rows']:,} are open."
        )
    for name, floor in (("train", "one_fit"), ("score", "one_prediction")):
        found[name]["over"] = found[name]["cpu_seconds"] / found[floor]["cpu_seconds"]
    found["score"]["over_pass"] = found["score"]["cpu_seconds"] / found["one_pass"]["cpu_seconds"]
    return {"documents": documents, **found}


def _job(name: str, folder: Path) -> dict[str, Any]:
    one = measure([sys.executable, "-m", "tests.benchmarks.ml_scale", name, str(folder)])
    told: dict[str, Any] = json.loads(one.output.splitlines()[-1])
    return {**told, "peak_mb": round(one.peak_mb), "process_seconds": round(one.seconds, 1)}


def table(found: Mapping[str, Any]) -> str:
    """The measures as Markdown."""
    rows = [
        ("Floor: one LightGBM of the hazard's shape", "one_fit", 1.0),
        ("Training: marts opened, states, every candidate learnt", "train", found["train"]["over"]),
        ("Floor: one DuckDB pass over documents and allocations", "one_pass", None),
        ("Floor: one LightGBM prediction for each open document", "one_prediction", 1.0),
        (
            "Scoring: marts opened, states, curves, dates, three reasons, cash by week",
            "score",
            found["score"]["over"],
        ),
    ]
    body = "\n".join(
        f"| {title} | {found[job]['rows']:,} | {found[job]['seconds']:.1f} | {found[job]['cpu_seconds']:.1f} |"
        f" {'' if over is None else f'{over:.2f}'} | {found[job]['peak_mb']:,} |"
        for title, job, over in rows
    )
    return f"""## Cost at {found["documents"]:,} open documents

| | rows | seconds | seconds of CPU | ÷ floor | peak memory, MB |
|---|---:|---:|---:|---:|---:|
{body}

Scoring takes {found["score"]["over_pass"]:.1f} × the pass; {found["score"]["opening_seconds"]:.1f} s of it go before
the first state is made. Training keeps to one thread, so that the same rows give the same trees; prediction may use
two. Seconds depend on the machine and on what else runs there: compare the ratios, which are of CPU.
"""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(JOBS[sys.argv[1]](Path(sys.argv[2]))) + "\n")
