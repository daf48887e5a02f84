"""How far scores lean on due dates that nobody wrote down: the same documents ranked under other assumed terms."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.stats import rankdata  # type: ignore[import-untyped]

from ml.cash.terms import due_days
from ml.curves import HORIZON_DAYS
from ml.lateness.model import Lateness, chunks
from ml.lateness.states import Floats, States, open_book, prepare
from ml.marts import as_of_days, day_number, recut

#: Fewer open documents of assumed due dates than this rank nothing; of more than so many a draw is ranked.
MIN_DOCUMENTS = 20
MAX_DOCUMENTS = 5_000
#: What is ranked: P(late), and the expected day of payment, which a due date that moves leaves comparable.
RANKED: tuple[str, ...] = ("late", "days")
_MOVES = "is_due_date_assumed and not is_retention"


def assumed(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Per company, how many open documents have a due date that terms of payment would move."""
    return dict(
        con.execute(f"""
            select a.company_id, count(d.invoice_id)
            from as_of_day as a
            left join document as d
                on d.company_id = a.company_id and d.open_amount > 0 and {_MOVES}
            group by 1 order by 1
        """).fetchall()
    )


def rank_stability(
    con: duckdb.DuckDBPyConnection, model: Lateness, champion: str, counted: dict[str, int]
) -> list[dict[str, Any]]:
    """Rows of `ml.tables.BACKTEST`: per company and terms of `rpt_terms_sensitivity`, Spearman's correlation of the
    ranks of open documents with those under the terms in use; `counted`: see `assumed`.

    Past documents move with their terms too: history is told again, the model stays, and so do the customer's
    columns of the month end. A company of fewer than `MIN_DOCUMENTS` has no row.
    """
    companies = [company for company, n in counted.items() if n >= MIN_DOCUMENTS]
    if not companies:
        return []
    today = as_of_days(con)
    dates = {company: today[company] for company in companies}
    days = {company: day_number(date) for company, date in dates.items()}
    chosen = con.execute(
        f"""
        select company_id, invoice_id from document
        where company_id in (select unnest(?)) and open_amount > 0 and {_MOVES}
        qualify row_number() over (partition by company_id order by draw) <= {MAX_DOCUMENTS}
        """,
        [companies],
    ).fetchall()
    keys = set(chosen)

    def ranked(marts: duckdb.DuckDBPyConnection) -> tuple[States, dict[str, Floats]]:
        book = open_book(marts, days)
        mine = np.array([k in keys for k in zip(book.company, book.document, strict=True)], dtype=bool)
        book = book.take(mine)
        return book, _told(model, champion, book)

    book, before = ranked(con)
    rows = []
    with recut(con, dates) as other:
        for terms in _terms(other):
            _move(other, terms)
            prepare(other)
            after = ranked(other)[1]
            for company in companies:
                own = book.company == company
                for target in RANKED:
                    value = _correlation(before[target][own], after[target][own])
                    if value is not None:
                        rows.append(
                            dict.fromkeys(("baseline", "baseline_value", "gain", "gain_low", "gain_high"))
                            | {
                                "company_id": company,
                                "task": "late_payment",
                                "target": target,
                                "model": champion,
                                "window": "as_of",
                                "cut_off": dates[company],
                                "slice": f"terms={terms}",
                                "metric": "rank_stability",
                                "value": value,
                                "n": int(own.sum()),
                                "positives": None,
                                "is_champion": True,
                            }
                        )
    return rows


def _terms(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The terms that the marts compare with those in force."""
    found = con.execute(
        "select distinct assumed_terms from rpt_terms_sensitivity where not is_in_force order by 1"
    ).fetchall()
    return [terms for (terms,) in found]


def _move(con: duckdb.DuckDBPyConnection, terms: str) -> None:
    """Give every document whose due date is assumed the one of other terms."""
    found = con.sql(f"select distinct issue_date from document where {_MOVES} order by 1").fetchnumpy()
    issue = np.asarray(found["issue_date"], dtype="datetime64[D]")
    due = due_days(terms, issue.astype(np.int64)).astype("datetime64[D]")
    con.register("moved", pa.table({"issue_date": pa.array(issue), "due_date": pa.array(due)}))
    con.execute(f"""
        update document set due_date = moved.due_date from moved
        where document.issue_date = moved.issue_date and {_MOVES}
    """)
    con.unregister("moved")


def _told(model: Lateness, champion: str, states: States) -> dict[str, Floats]:
    late, days = [np.empty(0)], [np.empty(0)]
    for part in chunks(states):
        curves = model.curves(champion, part)
        late.append(curves.late((0,))[:, 0])
        # The mean day of payment; what is open beyond the horizon counts to it.
        days.append(curves.survival[:, :HORIZON_DAYS].sum(axis=1))
    return {"late": np.concatenate(late), "days": np.concatenate(days)}


def _correlation(before: Floats, after: Floats) -> float | None:
    """Spearman's rank correlation; None where either ranks nothing."""
    known = ~(np.isnan(before) | np.isnan(after))
    ranks = [rankdata(np.round(x[known], 9)) for x in (before, after)]
    if known.sum() < MIN_DOCUMENTS or any(np.ptp(r) == 0 for r in ranks):
        return None
    return round(float(np.corrcoef(*ranks)[0, 1]), 6)
