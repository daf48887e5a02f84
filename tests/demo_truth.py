"""How far scores are from the best possible ones: those of the demo company's generator, which knows what is hidden.

Scores come as tables keyed like the marts; the truth of `pipelines.demo` is joined by document number or customer.
What happened is the truth's too, so that a debatable settlement is held against neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.metrics import average_precision_score, roc_auc_score


@dataclass(frozen=True)
class Distance:
    """Two scores of the same cases. `best`, `best_ap`: the generator's own probability; `ap`: average precision;
    `between`: a 90 % interval of the distance, by drawing customers again, where it was asked for."""

    n: int
    positives: int
    auc: float
    best: float
    ap: float
    best_ap: float
    between: tuple[float, float] | None = None

    @property
    def distance(self) -> float:
        """What of the AUC is missing; negative where chance favoured the score."""
        return self.best - self.auc

    @property
    def base(self) -> float:
        """The share of positives."""
        return self.positives / self.n

    def __str__(self) -> str:
        between = "" if self.between is None else " [{:+.3f}, {:+.3f}]".format(*self.between)
        return (
            f"{self.n:,} cases, {self.positives:,} positive: AUC {self.auc:.4f}, best possible {self.best:.4f},"
            f" {self.distance:+.4f}{between} missing; AP {self.ap:.3f}, best {self.best_ap:.3f}"
        )


def late_at_creation(
    marts: Path,
    truth: Path,
    scores: pa.Table,
    threshold: int = 0,
    since: str = "2023-01-01",
    until: str = "2025-12-31",
    only_known_due_dates: bool = False,
    best: pa.Table | None = None,
) -> Distance:
    """Of invoices entered from `since` to `until`, scored when they were.

    Args:
        scores: invoice_id, p: the probability of being paid more than `threshold` days late.
        only_known_due_dates: leave those out whose due date in the marts is not the true one.
        best: document_number, p: another best possible score than the generator's.
    """
    possible, others = _instead(best, "document_number") or (_chance("t", threshold), "")
    return _distance(f"""
        select s.p, {possible} as best, {_was_late(threshold)} as outcome
        from scores as s
        inner join {_read(marts, "fct_invoices")} as i using (invoice_id)
        inner join {_read(truth, "documents")} as t using (document_number)
        {others}
        where i.document_type = 'invoice' and t.kind = 'invoice' and not t.is_before_books
            and t.entry_date between date '{since}' and date '{until}'
            and {"i.due_date = t.due_date" if only_known_due_dates else "true"}
        order by invoice_id
    """, scores, best)  # fmt: skip


def late_at_month_ends(
    marts: Path,
    truth: Path,
    scores: pa.Table,
    threshold: int = 0,
    since: str = "2023-01-01",
    until: str = "2025-12-31",
    only_known_due_dates: bool = False,
    best: pa.Table | None = None,
) -> Distance:
    """Of invoices open at month ends, not that late yet.

    Args:
        scores: invoice_id, month_end, p; the rest as for `late_at_creation`.
        best: document_number, month_end, p.
    """
    possible, others = _instead(best, "document_number", "month_end") or (_chance("m", threshold), "")
    return _distance(f"""
        select s.p, {possible} as best, {_was_late(threshold)} as outcome
        from scores as s
        inner join {_read(marts, "fct_invoices")} as i using (invoice_id)
        inner join {_read(truth, "documents")} as t using (document_number)
        inner join {_read(truth, "document_months")} as m
            on m.document_number = t.document_number and m.month_end = s.month_end
        {others}
        where i.document_type = 'invoice' and t.kind = 'invoice'
            and s.month_end between date '{since}' and date '{until}'
            and s.month_end < t.due_date + {threshold} and s.month_end < i.due_date + {threshold}
            and {"i.due_date = t.due_date" if only_known_due_dates else "true"}
        order by invoice_id, s.month_end
    """, scores, best)  # fmt: skip


def default_at_month_ends(
    truth: Path,
    scores: pa.Table,
    since: str = "2023-01-01",
    until: str = "2025-12-31",
    marts: Path | None = None,
    best: pa.Table | None = None,
) -> Distance:
    """Of customers at month ends, not in default then.

    Args:
        scores: customer_id, month_end, p: the probability of a default within twelve months.
        marts: judge by the defaults of the marts (DOMAIN §4), which are not collapses alone: a customer that lives on
            may owe enough for more than 90 days. The best possible score is then the chance of either, nearly; month
            ends less than twelve months before the last one are left out. Without: by the generator's collapses.
        best: customer_id, month_end, p: another best possible score than the generator's, of the defaults of `marts`.
    """
    months = _read(truth, "customer_months")
    if marts is None:
        return _distance(f"""
            select s.p, m.p_default_12m as best, cast(m.defaults_within_12m as integer) as outcome
            from scores as s inner join {months} as m using (customer_id, month_end)
            where not m.is_in_default and s.month_end between date '{since}' and date '{until}'
            order by customer_id, month_end
        """, scores)  # fmt: skip
    behaviour = _read(marts, "fct_customer_behaviour_monthly")
    generators = "1 - (1 - m.p_default_12m) * (1 - m.p_overdue_12m)"
    possible, others = _instead(best, "customer_id", "month_end") or (generators, "")
    return _distance(f"""
        select s.p, customer_id as who, {possible} as best,
            cast(exists (
                select 1 from {_read(marts, "fct_customer_defaults")} as d
                where d.customer_id = s.customer_id
                    and d.default_date > s.month_end and d.default_date <= s.month_end + 365
            ) as integer) as outcome
        from scores as s
        inner join {months} as m using (customer_id, month_end)
        inner join {behaviour} as b using (customer_id, month_end)
        {others}
        where not b.is_in_default and s.month_end between date '{since}' and date '{until}'
            and s.month_end + 365 <= (select max(month_end) from {behaviour})
        order by customer_id, month_end
    """, scores, best)  # fmt: skip


@dataclass(frozen=True)
class Grade:
    """A group of cases: expected and observed number of events."""

    name: str
    n: int
    expected: float
    observed: int

    @property
    def ratio(self) -> float:
        """Observed / expected."""
        return self.observed / self.expected


def grades(truth: Path, scores: pa.Table, since: str, until: str) -> list[Grade]:
    """Observed and expected defaults per grade, of what happened according to the truth.

    Args:
        scores: customer_id, month_end, p, rating.
    """
    with duckdb.connect() as connection:
        connection.register("scores", scores)
        rows: list[tuple[str, int, float, int]] = connection.execute(f"""
            select s.rating, count(*), sum(s.p), sum(cast(m.defaults_within_12m as integer))
            from scores as s inner join {_read(truth, "customer_months")} as m using (customer_id, month_end)
            where not m.is_in_default and s.p is not null
                and s.month_end between date '{since}' and date '{until}'
            group by 1 order by 1
        """).fetchall()
    return [Grade(*row) for row in rows]


def _instead(best: pa.Table | None, *keys: str) -> tuple[str, str] | None:
    """The chance and the join of another best possible score, where there is one."""
    if best is None:
        return None
    # Scores know documents by their id alone.
    given = {key: "t" if key == "document_number" else "s" for key in keys}
    return "o.p", "inner join others as o on " + " and ".join(
        f"o.{key} = {of}.{key}" for key, of in given.items()
    )


def _distance(query: str, scores: pa.Table, others: pa.Table | None = None) -> Distance:
    with duckdb.connect() as connection:
        connection.register("scores", scores)
        if others is not None:
            connection.register("others", others)
        found = connection.execute(f"select * from ({query}) where p is not null").fetchnumpy()
    cases = found["outcome"], found["p"], found["best"]
    return replace(distance(*cases), between=interval(*cases, found["who"]) if "who" in found else None)


def distance(outcome: npt.ArrayLike, score: npt.ArrayLike, best: npt.ArrayLike) -> Distance:
    """Of cases as arrays.

    Raises:
        ValueError: no case, or one outcome only: there is nothing to tell apart.
    """
    happened, p, chance = (np.asarray(one, dtype=np.float64) for one in (outcome, score, best))
    positives = int(happened.sum())
    if not 0 < positives < len(happened):
        raise ValueError(f"{positives} of {len(happened)} cases are positive: no two outcomes to tell apart.")
    return Distance(
        len(happened),
        positives,
        float(roc_auc_score(happened, p)),
        float(roc_auc_score(happened, chance)),
        float(average_precision_score(happened, p)),
        float(average_precision_score(happened, chance)),
    )


def interval(
    outcome: npt.ArrayLike, score: npt.ArrayLike, best: npt.ArrayLike, who: npt.ArrayLike
) -> tuple[float, float]:
    """A 90 % interval of the distance, by drawing customers again."""
    happened, p, chance = (np.asarray(one, dtype=np.float64) for one in (outcome, score, best))
    names, position = np.unique(np.asarray(who, dtype=str), return_inverse=True)
    rng = np.random.default_rng(0)
    found = []
    for _ in range(200):
        weight = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))[position]
        if 0 < (happened * weight).sum() < weight.sum():
            found.append(
                roc_auc_score(happened, chance, sample_weight=weight)
                - roc_auc_score(happened, p, sample_weight=weight)
            )
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)


def _chance(table: str, threshold: int) -> str:
    return f"{table}.p_late_{threshold}" if threshold else f"{table}.p_late"


def _was_late(threshold: int) -> str:
    return f"cast(t.paid_on is null or t.paid_on > t.due_date + {threshold} as integer)"


def _read(folder: Path, table: str) -> str:
    return f"read_parquet('{folder / table}.parquet')"
