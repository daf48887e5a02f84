"""The distance to the best possible score is nothing for the truth itself, and what is missing for any other."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipelines.demo import VARIANTS, write_demo
from tests.demo_truth import (
    default_at_month_ends,
    distance,
    grades,
    interval,
    late_at_creation,
    late_at_month_ends,
)


@pytest.fixture(scope="module", params=list(VARIANTS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The truth of a small demo company, and marts of its invoices; one in ten has a due date that is assumed."""
    place = tmp_path_factory.mktemp(request.param)
    truth = write_demo(place / "demo", seed=5, customers=80, invoices=4000, variant=request.param).truth
    truth.rename(place / "truth")
    (place / "marts").mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"""
            copy (
                select 'id-' || document_number as invoice_id, document_number, 'invoice' as document_type,
                    due_date + case when hash(document_number) % 10 = 0 then 15 else 0 end as due_date
                from '{place}/truth/documents.parquet' where kind = 'invoice'
            ) to '{place}/marts/fct_invoices.parquet' (format parquet)
        """)
    return place


def table(query: str) -> pa.Table:
    with duckdb.connect() as connection:
        return connection.sql(query).to_arrow_table()


def at_creation(folder: Path, p: str) -> pa.Table:
    return table(
        f"select 'id-' || document_number as invoice_id, {p} as p from '{folder}/truth/documents.parquet'"
        " where kind = 'invoice'"
    )


@pytest.mark.parametrize("threshold", [0, 30])
def test_the_truth_misses_nothing_and_chance_misses_all_but_half(folder: Path, threshold: int) -> None:
    column = "p_late_30" if threshold else "p_late"
    own = late_at_creation(folder / "marts", folder / "truth", at_creation(folder, column), threshold)
    assert own.distance == 0 and own.auc > 0.8 and own.ap == own.best_ap > own.base
    turned = late_at_creation(
        folder / "marts", folder / "truth", at_creation(folder, f"1 - {column}"), threshold
    )
    assert turned.auc == pytest.approx(1 - own.auc) and turned.distance == pytest.approx(2 * own.auc - 1)
    known = late_at_creation(
        folder / "marts", folder / "truth", at_creation(folder, column), threshold, only_known_due_dates=True
    )
    assert 0.85 < known.n / own.n < 0.95


def test_only_documents_of_the_window_and_with_a_score_count(folder: Path) -> None:
    scores = at_creation(folder, "case when document_number like '%7' then null else p_late end")
    own = late_at_creation(folder / "marts", folder / "truth", scores, since="2025-01-01", until="2025-06-30")
    [(n, late)] = duckdb.sql(f"""
        select count(*), sum(cast(paid_on is null or paid_on > due_date as integer))
        from '{folder}/truth/documents.parquet'
        where kind = 'invoice' and entry_date between date '2025-01-01' and date '2025-06-30'
            and document_number not like '%7'
    """).fetchall()
    assert (own.n, own.positives) == (n, late)


def test_month_ends_count_what_is_not_that_late_yet(folder: Path) -> None:
    scores = table(f"""
        select 'id-' || document_number as invoice_id, month_end, p_late_30 as p
        from '{folder}/truth/document_months.parquet'
    """)
    own = late_at_month_ends(folder / "marts", folder / "truth", scores, 30)
    assert own.distance == 0 and own.auc > 0.8
    assert own.n < scores.num_rows


def test_defaults_and_grades_are_those_of_customers_not_in_default(folder: Path) -> None:
    scores = table(f"""
        select customer_id, month_end, p_default_12m as p, if(p_default_12m > 0.05, 'F', 'A') as rating
        from '{folder}/truth/customer_months.parquet'
    """)
    own = default_at_month_ends(folder / "truth", scores)
    assert own.distance == 0 and own.auc > 0.6
    found = grades(folder / "truth", scores, "2023-01-01", "2025-12-31")
    assert [one.name for one in found] == ["A", "F"]
    assert sum(one.n for one in found) == own.n and sum(one.observed for one in found) == own.positives
    assert found[1].observed / found[1].n > found[0].observed / found[0].n


def test_another_best_possible_score_is_joined_by_its_keys(folder: Path) -> None:
    marts, truth = folder / "marts", folder / "truth"
    documents = f"'{truth}/documents.parquet'"
    created = at_creation(folder, "p_late")
    other = table(f"select document_number, p_late as p from {documents} where document_number not like '%3'")
    found = late_at_creation(marts, truth, created, best=other)
    assert found.distance == 0 and found.n < late_at_creation(marts, truth, created).n
    months = f"from '{truth}/document_months.parquet'"
    at_ends = table(f"select 'id-' || document_number as invoice_id, month_end, p_late as p {months}")
    other = table(f"select document_number, month_end, 1 - p_late as p {months}")
    found = late_at_month_ends(marts, truth, at_ends, best=other)
    assert (
        found.best == pytest.approx(1 - found.auc) and found.n == late_at_month_ends(marts, truth, at_ends).n
    )


def test_one_outcome_alone_is_refused_and_an_interval_holds_the_distance() -> None:
    with pytest.raises(ValueError, match="0 of 3 cases are positive"):
        distance([0, 0, 0], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    rng = np.random.default_rng(2)
    best = rng.random(800)
    happened = (rng.random(800) < best).astype(float)
    blurred = best + rng.normal(0, 0.3, 800)
    who = [str(k) for k in rng.integers(0, 60, 800)]
    low, high = interval(happened.tolist(), blurred.tolist(), best.tolist(), who)
    assert 0 < low < distance(happened, blurred, best).distance < high
