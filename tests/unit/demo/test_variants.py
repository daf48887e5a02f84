"""Either mechanism of the demo company: its truth is what happens, and one is not the other's form."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from pipelines.demo import VARIANTS, write_demo
from pipelines.demo.behaviour import NEVER, THRESHOLDS
from pipelines.demo.cash import LEVELS, RUIN, STEPS, Cash, kernel
from pipelines.demo.population import SECTORS, draw_customers

TABLES = ("documents", "document_months", "settlements", "customers", "customer_months")


class Truth:
    """The truth of a demo company, through DuckDB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect()
        for table in TABLES:
            self.connection.execute(f"create view {table} as from '{folder}/{table}.parquet'")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def truths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Truth]:
    return {
        name: Truth(write_demo(tmp_path_factory.mktemp(name), seed=7, variant=name).truth)
        for name in VARIANTS
    }


@pytest.fixture(params=list(VARIANTS))
def truth(request: pytest.FixtureRequest, truths: dict[str, Truth]) -> Truth:
    return truths[request.param]


@pytest.fixture
def cash(truths: dict[str, Truth]) -> Truth:
    return truths["cash"]


def column(threshold: int) -> str:
    return f"p_late_{threshold}" if threshold else "p_late"


def was_late(threshold: int) -> str:
    return f"cast(d.paid_on is null or d.paid_on > d.due_date + {threshold} as integer)"


# --- the chances are what happens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_chances_at_issue_are_what_happens_in_every_decile(truth: Truth, threshold: int) -> None:
    """Deciles of 2,500 invoices, many of the same customers: hence the tolerance."""
    for told, seen in truth.rows(f"""
        select avg(p), avg(late) from (
            select {column(threshold)} as p, {was_late(threshold)} as late,
                ntile(10) over (order by {column(threshold)}, document_number) as decile
            from documents as d where kind = 'invoice' and not is_before_books
        ) group by decile
    """):
        assert abs(told - seen) < 0.05, (told, seen)


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("moment", ["m.month_end < d.due_date", "m.month_end >= d.due_date"])
def test_chances_of_what_is_open_at_month_ends_are_what_happens(
    truth: Truth, threshold: int, moment: str
) -> None:
    """Before the due date and after it, where what is open still is a selection of slow payers."""
    rows = truth.rows(f"""
        select avg(p), avg(late), count(*) from (
            select m.{column(threshold)} as p, {was_late(threshold)} as late,
                ntile(8) over (order by m.{column(threshold)}, document_number, month_end) as part
            from document_months as m inner join documents as d using (document_number)
            where m.month_end < d.due_date + {threshold} and {moment}
        ) group by part
    """)
    assert bool(rows) == (threshold > 0 or "<" in moment)
    for told, seen, _ in rows:
        assert abs(told - seen) < 0.07, (told, seen)
    if rows:
        n = sum(count for *_, count in rows)
        told, seen = (sum(row[k] * row[2] for row in rows) / n for k in (0, 1))
        assert abs(told - seen) < 0.02


def test_what_is_late_already_is_late_for_certain(truth: Truth) -> None:
    for threshold in THRESHOLDS:
        [(least, count)] = truth.rows(f"""
            select min(m.{column(threshold)}), count(*)
            from document_months as m inner join documents as d using (document_number)
            where m.month_end >= d.due_date + {threshold}
        """)
        assert least == 1.0 and count > 100


def test_chances_fall_with_the_delay_and_are_chances(truth: Truth) -> None:
    for table in ("documents", "document_months"):
        [(wrong, count)] = truth.rows(f"""
            select count(*) filter (where not (p_late <= 1 and p_late_30 <= p_late
                and p_late_90 <= p_late_30 and p_late_90 >= 0)), count(p_late) from {table}
            where p_late is not null
        """)
        assert wrong == 0 and count > 10_000


def test_months_hold_each_invoice_that_was_open_then_once(truth: Truth) -> None:
    """Recounted from the settlements, for the documents that nothing but money and credit notes closed."""
    [(twice,)] = truth.rows(
        "select count(*) - count(distinct (document_number, month_end)) from document_months"
    )
    assert twice == 0
    wrong = truth.rows("""
        with moved as (
            select document_number, settled_on, amount from settlements
        ), ends as (select distinct month_end from document_months), open_then as (
            select d.document_number, e.month_end
            from documents as d cross join ends as e
            left join moved as m on m.document_number = d.document_number and m.settled_on <= e.month_end
            where d.kind = 'invoice' and d.entry_date <= e.month_end and d.written_off_on is null
            group by all having any_value(d.amount) - coalesce(sum(m.amount), 0) > 0
        )
        select count(*) from open_then as o
        full join (
            select m.* from document_months as m inner join documents as d using (document_number)
            where d.written_off_on is null
        ) as m using (document_number, month_end)
        where (o.month_end is null or m.month_end is null) and document_number not in (
            select document_number from settlements where kind = 'bill'
        )
    """)
    assert wrong == [(0,)]


def test_chances_of_default_are_what_happens(truth: Truth) -> None:
    """Some thirty defaults: their number is as uncertain as that."""
    [(told, seen)] = truth.rows("""
        select avg(p_default_12m), avg(cast(defaults_within_12m as integer))
        from customer_months where not is_in_default
    """)
    assert 0.6 < seen / told < 1.6
    low, high = truth.rows("""
        select avg(cast(defaults_within_12m as integer)) from customer_months where not is_in_default
        group by p_default_12m > 0.1 order by p_default_12m > 0.1
    """)
    assert high[0] > 8 * low[0]


def test_chances_of_owing_for_three_months_without_a_collapse_are_what_happens(truth: Truth) -> None:
    """What DOMAIN §4 calls a default besides: recounted from the documents of customers that paid them in the end."""
    cells = truth.rows("""
        with usual as (
            select customer_id, sum(amount) / 3 as billed
            from documents where kind = 'invoice' and not is_before_books group by 1
        ), late as (
            select d.customer_id, d.due_date + 91 as late_on
            from documents as d inner join usual using (customer_id)
            where d.kind = 'invoice' and d.paid_on > d.due_date + 90 and d.amount >= greatest(500, 0.01 * billed)
        ), cell as (
            select m.customer_id, m.month_end, m.p_overdue_12m as p, exists (
                select 1 from late as l where l.customer_id = m.customer_id
                    and l.late_on > m.month_end and l.late_on <= m.month_end + 365
            ) as happened
            from customer_months as m where m.month_end <= date '2025-01-31'
        )
        select avg(p), avg(cast(happened as integer)), p > 0.1 as is_high, count(*) from cell group by is_high
        order by is_high
    """)
    (low_told, low_seen, _, low), (high_told, high_seen, _, high) = cells
    told = (low * low_told + high * high_told) / (low + high)
    seen = (low * low_seen + high * high_seen) / (low + high)
    assert 0.5 < seen / told < 1.6, (told, seen)
    assert high_seen > 4 * low_seen, (low_seen, high_seen)


# --- the ladder -------------------------------------------------------------------------------------------------------


def test_the_ladder_is_a_chain() -> None:
    move = kernel()
    assert move.shape == (2 * LEVELS, 2 * LEVELS) and (move >= 0).all()
    assert np.allclose(move.sum(axis=1), 1.0, atol=1e-12)
    # A squeeze takes liquidity away in the long run.
    law = np.linalg.matrix_power(move, 2000)[0]
    squeezed = law[LEVELS:] / law[LEVELS:].sum()
    assert squeezed @ STEPS[LEVELS:] < (law[:LEVELS] / law[:LEVELS].sum()) @ STEPS[:LEVELS] - 0.5


def test_what_customers_do_follows_the_chain_that_the_truth_uses() -> None:
    """Frequencies of moves on the ladder against its kernel: customers are drawn together, each alone is the chain."""
    who = draw_customers(np.random.default_rng(5), 1500)
    drawn = Cash.draw(np.random.default_rng(6), who)
    calm = np.flatnonzero(drawn.is_squeezed[1:] == 0) + 1
    before, after = drawn.level[:, calm - 1].ravel(), drawn.level[:, calm].ravel()
    move = kernel()[:LEVELS, :LEVELS]
    move = move / move.sum(axis=1, keepdims=True)
    for level in (7, 10, 13):
        seen = np.bincount(after[before == level], minlength=LEVELS) / (before == level).sum()
        assert np.abs(seen - move[level]).max() < 0.02


def test_customers_of_a_sector_share_their_shocks_and_public_ones_never_fail() -> None:
    who = draw_customers(np.random.default_rng(5), 600)
    drawn = Cash.draw(np.random.default_rng(6), who)
    step = np.diff(drawn.level, axis=1).astype(np.float64)
    together = np.corrcoef(step)
    same = who.sector[:, None] == who.sector[None, :]
    other = ~same
    np.fill_diagonal(same, False)
    assert together[same].mean() > 0.25 > 0.1 > abs(together[other].mean())
    public = np.array([s.risk == 0 for s in SECTORS])[who.sector]
    assert public.any() and (drawn.health.collapse[public] == NEVER).all()
    assert (drawn.health.collapse[~public] < NEVER).sum() > 20


def test_only_who_is_at_the_bottom_fails() -> None:
    who = draw_customers(np.random.default_rng(5), 600)
    drawn = Cash.draw(np.random.default_rng(6), who)
    from pipelines.demo.cash import _base, week_of

    fallen = np.flatnonzero(drawn.health.collapse < NEVER)
    week = week_of(drawn.health.collapse[fallen])
    liquidity = (_base(who, drawn.traits) + drawn.level)[fallen, week]
    assert (liquidity <= RUIN).all()


# --- one is not the other ---------------------------------------------------------------------------------------------


def test_small_invoices_of_some_wait_for_the_end_of_a_second_month(cash: Truth) -> None:
    rows = dict(
        cash.rows("""
        with one as (
            select d.*, c.batches_small, avg(d.amount) over (partition by customer_id) as usual
            from documents as d inner join customers as c using (customer_id)
            where kind = 'invoice' and paid_on is not null and not is_disputed
        )
        select amount < 0.4 * usual, avg(paid_on - due_date) from one where batches_small group by all
    """)
    )
    assert rows[True] > rows[False] + 8


def test_some_pay_nothing_while_they_are_closed_in_august(cash: Truth) -> None:
    rows = dict(
        cash.rows("""
        select c.closes_in_august, count(*) filter (where month(settled_on) = 8 and day(settled_on) < 25)
        from settlements as s inner join customers as c using (customer_id)
        where s.kind = 'transfer' and document_number in (
            select document_number from documents where kind = 'invoice'
        ) group by all
    """)
    )
    assert rows[True] == 0 and rows[False] > 100


def test_the_same_seed_gives_the_same_bytes_of_the_other_mechanism(tmp_path: Path) -> None:
    def bytes_of(name: str, seed: int) -> str:
        folder = tmp_path / name
        write_demo(folder, seed=seed, customers=20, invoices=300, variant="cash")
        digest = hashlib.sha256()
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()

    assert bytes_of("one", 3) == bytes_of("again", 3) != bytes_of("other", 4)


def test_a_variant_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="called weather: habits or cash"):
        write_demo(tmp_path, variant="weather")
