"""A ledger with a known truth, and the curves that know it: what the forecast of cash is tested on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest

from ml.cash import Claims
from ml.curves import HORIZON_DAYS, Curves
from ml.marts import date_of, open_marts

COMPANY = "732829320"
Told = Callable[[duckdb.DuckDBPyConnection, int], Claims]


def open_documents(con: duckdb.DuckDBPyConnection, day: int) -> list[tuple[str, int]]:
    """Id and due day of every document open on `day`."""
    rows = con.execute(
        """
        select d.invoice_id, datediff('day', date '1970-01-01', d.due_date)
        from document as d
        where d.entry_date <= $day and d.amount > coalesce((
            select sum(m.cleared) from movement as m
            where m.company_id = d.company_id and m.invoice_id = d.invoice_id and m.moved_on <= $day), 0)
        order by 1
        """,
        {"day": date_of(day)},
    ).fetchall()
    return [(invoice, int(due)) for invoice, due in rows]


@pytest.fixture(scope="session")
def steady(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 customers over three years; their delays differ and do not drift."""
    folder = tmp_path_factory.mktemp("steady")
    factory.write_marts(folder, factory.Ledger(customers=120, months=36, invoices=5000, drift_share=0.0))
    return folder


@pytest.fixture(scope="session")
def true_claims(factory: ModuleType, steady: Path) -> Told:
    """Documents open on a day with the curves of the generator itself."""
    from scipy.stats import norm  # type: ignore[import-untyped]

    truth = factory.truth_of(steady)[COMPANY]

    def told(con: duckdb.DuckDBPyConnection, day: int) -> Claims:
        rows = open_documents(con, day)
        due = np.array([d for _, d in rows], dtype=np.int64)
        mean = np.array([truth.mean[i] for i, _ in rows])
        age = day - due[:, None] + np.arange(HORIZON_DAYS + 1)[None, :]
        beyond = norm.sf((age + 1 - mean[:, None]) / truth.noise)
        survival = beyond / np.maximum(beyond[:, :1], 1e-300)
        n = len(rows)
        return Claims(
            np.full(n, COMPANY, dtype=object),
            np.array([i for i, _ in rows], dtype=object),
            Curves(np.full(n, day, dtype=np.int64), due, np.clip(survival, 0, 1)),
        )

    return told


@pytest.fixture
def steady_con(steady: Path) -> duckdb.DuckDBPyConnection:
    return open_marts(steady)
