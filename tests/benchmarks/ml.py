"""How the scores do on books that others published, and what they cost on a large one.

    python -m tests.benchmarks.ml [--only BOOK …] [--reuse] [--truth-only | --scale-only] [--documents N]

`ml_books` writes each book as an ERP exports it and builds its marts with the product's own readers and dbt;
`ml_protocol` says how it is judged; `ml_product` asks the product's model; `ml_truth` and `ml_default` tell how far
demo companies' scores are from the best possible ones; `ml_scale` measures time and memory against a floor of the same
run. Results go to `ml_results.json` and `ML.md` beside this file; nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.demo import VARIANTS
from tests.benchmarks import ml_books, ml_default, ml_scale, ml_truth
from tests.benchmarks.bench import WORK
from tests.benchmarks.ml_protocol import QUANTILES, baselines, figures, read_book
from tests.real_data import REAL_DATA

HERE = Path(__file__).resolve().parent
FOLDER = WORK / "ml"
#: The demo company with the other mechanism, by another seed than any that tests or tuning use.
UNSEEN_SEED = 4242
#: The demo company as `encours demo` writes it, and larger ones, where models can be told apart by their defaults.
DEMO = {"seed": 7, "customers": 400, "invoices": 25_000}
LARGER = (
    {"seed": 11, "customers": 1_200, "invoices": 72_000},
    {"seed": 77, "customers": 5_000, "invoices": 300_000},
)


def unseen() -> list[ml_books.Invoice]:
    """The invoices of a demo company whose customers pay when they have the cash, as an accounts receivable file."""
    from pipelines.demo import write_demo

    written = write_demo(FOLDER / "demo", seed=UNSEEN_SEED, variant="cash")
    with duckdb.connect() as connection:
        rows = connection.execute(f"""
            select document_number, customer_id, issue_date, due_date, cast(amount as varchar), paid_on
            from read_parquet('{written.truth}/documents.parquet')
            where kind = 'invoice' and not is_before_books order by document_number
        """).fetchall()
    return [ml_books.Invoice(*row) for row in rows]


BOOKS = {"highradius": ml_books.highradius, "ibm": ml_books.ibm, "unseen": unseen}
TITLES = {
    "highradius": "ar_highradius",
    "ibm": "ar_ibm",
    "unseen": "An accounts receivable file made by the demo's other mechanism, looked at by nobody before",
}


class Bar:
    """A figure to reach: `naive` as published beside it. `is_floor`: at least, else at most."""

    def __init__(self, part: str, metric: str, naive: float | None, bar: float, is_floor: bool) -> None:
        self.part, self.metric, self.naive, self.bar, self.is_floor = part, metric, naive, bar, is_floor

    def met(self, found: Mapping[str, Any]) -> bool | None:
        """Whether a model's figures reach it; None where it has no such figure."""
        value = found.get(self.part, {}).get(self.metric)
        if value is None:
            return None
        return bool(value >= self.bar) if self.is_floor else bool(value <= self.bar)

    def __str__(self) -> str:
        return f"{LABELS[self.part, self.metric]} {'≥' if self.is_floor else '≤'} {self.bar:g}"


BARS: Mapping[str, Sequence[Bar]] = {
    "highradius": (
        Bar("late_0", "auc", 0.785, 0.858, True),
        Bar("late_0", "brier", 0.180, 0.143, False),
        Bar("late_0", "ece", 0.037, 0.02, False),
        Bar("late_0", "gain_low", None, 0.0, True),
        Bar("late_30", "ap", 0.766, 0.83, True),
        Bar("late_30", "brier", 0.0095, 0.0095, False),
        Bar("days", "mae", 2.68, 2.50, False),
        Bar("days", "pinball", 1.289, 1.01, False),
        Bar("days", "cover_80", None, 0.78, True),
        Bar("days", "cover_80", None, 0.86, False),
        Bar("cash", "wape", 0.105, 0.060, False),
    ),
    "ibm": (
        Bar("late_0", "auc", 0.874, 0.884, True),
        Bar("late_0", "ap", 0.685, 0.757, True),
        Bar("days", "mae", 6.22, 5.92, False),
        Bar("cash", "wape", 0.211, 0.142, False),
    ),
}
LABELS = {
    ("late_0", "auc"): "AUC",
    ("late_0", "ap"): "AP",
    ("late_0", "brier"): "Brier",
    ("late_0", "log_loss"): "log-loss",
    ("late_0", "ece"): "ECE",
    ("late_0", "gain"): "AUC over the rate",
    ("late_0", "gain_low"): "its lower end",
    ("late_0", "gain_high"): "its upper end",
    ("late_30", "auc"): "> 30: AUC",
    ("late_30", "ap"): "> 30: AP",
    ("late_30", "brier"): "> 30: Brier",
    ("days", "mae"): "MAE, days",
    ("days", "within_3"): "± 3 days",
    ("days", "pinball"): "pinball",
    ("days", "cover_80"): "80 % cover",
    ("days", "width_80"): "width, days",
    ("cash", "wape"): "weekly cash, WAPE",
    ("cash", "wape_every_day"): "… of every day",
}
DIGITS = {"mae": 2, "width_80": 1, "brier": 4}


def judge(name: str, is_kept: bool) -> dict[str, Any]:
    """A book from its file to its figures; marts that are there already are used if `is_kept`."""
    from tests.benchmarks import ml_product

    folder = FOLDER / name
    marts = folder / "marts"
    if not (is_kept and marts.is_dir()):
        say(f"{name}: from the file to marts")
        marts = ml_books.marts_of(ml_books.write_book(folder, name, BOOKS[name]()))
    book = read_book(marts)
    say(f"{name}: {len(book.issue):,} invoices, {len(book.test):,} tested from {book.split_date}")
    models = {**baselines(book), **ml_product.forecasts(marts, book, name)}
    found = figures(book, models)
    late = book.late[book.test]
    return {
        "invoices": len(book.issue),
        "customers": int(book.customer.max()) + 1,
        "split": str(book.split_date),
        "tested": len(book.test),
        "base": {str(k): float((late > k).mean()) for k in (0, 30)},
        "models": found,
        "bars": [
            {
                "bar": str(bar),
                "published_naive": bar.naive,
                "met_by": [model for model, one in found.items() if bar.met(one)],
            }
            for bar in BARS.get(name, ())
        ],
    }


def book_table(name: str, found: Mapping[str, Any]) -> str:
    """A book's figures as Markdown: what is measured down, models across, what is asked for last."""
    models = list(found["models"])
    lines = [
        f"## {TITLES[name]}",
        "",
        f"{found['invoices']:,} invoices of {found['customers']:,} customers; {found['tested']:,} issued from "
        f"{found['split']} on are tested, {found['base']['0']:.1%} of them paid late, {found['base']['30']:.1%} more "
        "than 30 days.",
        "",
        "| | " + " | ".join(models) + " | asked for |",
        "|---|" + "---:|" * len(models) + "---|",
    ]
    for (part, metric), label in LABELS.items():
        values = [found["models"][model].get(part, {}).get(metric) for model in models]
        if all(value is None for value in values):
            continue
        bars = [bar for bar in BARS.get(name, ()) if (bar.part, bar.metric) == (part, metric)]
        asked = " ".join(
            f"{'≥' if bar.is_floor else '≤'} {bar.bar:g}" + (f" (naive {bar.naive:g})" if bar.naive else "")
            for bar in bars
        )
        cells = []
        for model, value in zip(models, values, strict=True):
            is_met = bool(bars) and all(bar.met(found["models"][model]) for bar in bars)
            text = "" if value is None else f"{value:.{DIGITS.get(metric, 3)}f}"
            cells.append(f"**{text}**" if is_met else text)
        lines.append(f"| {label} | " + " | ".join(cells) + f" | {asked} |")
    return "\n".join(lines) + "\n"


def truth(variant: str, reuse: bool) -> dict[str, list[str]]:
    """The scores of a demo company out of time, beside its generator's own chances."""
    from pipelines.demo import draw, write_demo

    folder = FOLDER / f"truth_{variant}"
    written = write_demo(folder, **DEMO, variant=variant)
    marts = folder / "marts"
    if not (reuse and marts.is_dir()):
        marts = ml_books.marts_of(written.config)
    _, drawn = draw(**DEMO, variant=variant)
    late = [
        f"{name:24} {moment:10} > {threshold:2}  {found}"
        for name, moment, threshold, found in ml_truth.measure(marts, written.truth, drawn)
    ]
    return {"late payment": late, "default": ml_default.measure(marts, written.truth, drawn)}


def larger(size: Mapping[str, int]) -> dict[str, list[str]]:
    """Default alone, of a company with more customers: chance tells the less, and there is more to learn from."""
    from pipelines.demo import draw, write_demo

    written = write_demo(FOLDER / f"truth_{size['customers']}", **size)
    _, drawn = draw(**size)
    return {"default": ml_default.measure(ml_books.marts_of(written.config), written.truth, drawn)}


def truth_table(variant: str, found: Mapping[str, Sequence[str]]) -> str:
    """What was found of one demo company."""
    parts = "\n\n".join(f"### {task}\n\n```\n" + "\n".join(lines) + "\n```" for task, lines in found.items())
    return f"## Demo company, `{variant}`: distance to the best possible score\n\n{parts}\n"


def document(results: Mapping[str, Any]) -> str:
    """Everything as Markdown."""
    books = "\n".join(book_table(name, results["books"][name]) for name in BOOKS if name in results["books"])
    distances = "\n".join(truth_table(*one) for one in results.get("truth", {}).items())
    scale = ml_scale.table(results["scale"]) if results.get("scale") else ""
    shares = ", ".join(f"{q:g}" for q in QUANTILES)
    return f"""# Scores: benchmarks

Written by `make bench-ml`; `ml.py` says how. Each book comes in as an ERP's export and goes through the product's own
readers and dbt. Invoices are sorted by issue date: the first 70 % train, with what was visible on the eve of the
split; the others are scored on the eve of their issue. Weekly cash is that of the open book, weeks 1 to 4 after eight
days a week apart (and after every day of those eight weeks for what needs no model). Pinball loss is the mean over
{shares}; intervals of a gain are 90 %, by drawing customers again. Bold: what is asked for is reached. Naive figures
in the last column are those published with the bar; their eight days were others.

Of the demo companies the generator knows the chance of everything, but by the hidden health of each customer on the
day, which no book shows. Lines with "Bayes" put a score beside the best that payments can tell of it
(`ml_observer.py`): Bayes' rule, told every law and every customer's own parameters, but not its health.

{books}
{distances}
{scale}"""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, write both files."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.ml",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=list(BOOKS), help="these books, no cost")
    parser.add_argument("--reuse", action="store_true", help="marts that an earlier run has left")
    parser.add_argument("--truth-only", action="store_true", help="the demo companies alone")
    parser.add_argument("--scale-only", action="store_true", help="time and memory alone")
    parser.add_argument("--documents", type=int, default=1_000_000, help="open documents of the large book")
    given = parser.parse_args(arguments)
    path = HERE / "ml_results.json"
    results: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"books": {}}
    )
    for name in [] if given.scale_only or given.truth_only else given.only or BOOKS:
        if name != "unseen" and not REAL_DATA.is_dir():
            say(f"{name}: not at hand ({REAL_DATA})")
            continue
        results["books"][name] = judge(name, given.reuse)
        say(book_table(name, results["books"][name]))
        write(results, path)
    for variant in [] if given.scale_only or given.only else VARIANTS:
        results.setdefault("truth", {})[variant] = truth(variant, given.reuse)
        say(truth_table(variant, results["truth"][variant]))
        write(results, path)
    for size in [] if given.scale_only or given.only else LARGER:
        title = f"{size['customers']:,} customers"
        results["truth"][title] = larger(size)
        say(truth_table(title, results["truth"][title]))
        write(results, path)
    if not given.only and not given.truth_only:
        results["scale"] = ml_scale.measure_all(FOLDER / "scale", given.documents)
        say(ml_scale.table(results["scale"]))
        write(results, path)


def write(results: Mapping[str, Any], path: Path) -> None:
    """Both files; figures of an earlier run stay where this one has none."""
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "ML.md").write_text(document(results), encoding="utf-8")


if __name__ == "__main__":
    main()
