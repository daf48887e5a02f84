"""The protocol by which late-payment models are compared on published receivables, and its measures.

Invoices in the order of their issue date; the first 70 % train, with labels as visible at the split; each of the
others is scored when it was issued, from payments cleared strictly before; the cash of the open book is forecast by
week from eight days a week apart. The measures are scikit-learn's or written here: nothing of `ml.evaluate` is used.

Belongs here: the split, what is measured, the baselines that need no model. Does not belong here: the models
(`ml_product`), how books become marts (`ml_books`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln  # type: ignore[import-untyped]
from scipy.stats import norm  # type: ignore[import-untyped]
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    mean_pinball_loss,
    roc_auc_score,
)

from pipelines.lake import quoted

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TRAINING_SHARE = 0.7
THRESHOLDS = (0, 30)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
WEEKS = 4
ORIGINS = 8
EPOCH = dt.date(1970, 1, 1)
NAIVE = ("due date", "customer median", "customer rate")
REPEATS = 200  # of the bootstrap over customers
#: Past the last day of any book: what was never paid.
NEVER = 10**6


@dataclass(frozen=True)
class Book:
    """Invoices by issue date, then id. Days since 1970; `paid`: the day it was settled, NEVER where it was not.

    `split`: the day on which testing begins; `customer`: position among the customers' ids in order.
    """

    invoice_id: npt.NDArray[Any]
    customer: Ints
    issue: Ints
    due: Ints
    amount: Floats
    paid: Ints
    split: int

    @property
    def test(self) -> Ints:
        """The invoices to be scored."""
        return np.flatnonzero(self.issue >= self.split)

    @property
    def late(self) -> Ints:
        """Days late, negative where early."""
        return self.paid - self.due

    @property
    def split_date(self) -> dt.date:
        """The split as a date."""
        return EPOCH + dt.timedelta(days=self.split)


@dataclass(frozen=True)
class Forecast:
    """What was said of the tested invoices when they were issued; None: the model says nothing of it.

    late: threshold → P(late > threshold); days: (n, QUANTILES) days late, NaN where beyond what is known.
    """

    late: Mapping[int, Floats]
    days: Floats | None = None


#: Origin → (positions of the open invoices, (n, WEEKS) shares of each expected in each week after it).
CashForecast = Callable[[int, Ints], Floats]


def read_book(marts: Path) -> Book:
    """The invoices of marts, with what became of them in the end."""
    with duckdb.connect() as connection:
        found = connection.execute(f"""
            select invoice_id, customer_id, datediff('day', date '1970-01-01', issue_date) as issue,
                datediff('day', date '1970-01-01', due_date) as due, cast(amount as double) as amount,
                coalesce(datediff('day', date '1970-01-01', settled_on), {NEVER}) as paid
            from read_parquet({quoted(marts / "fct_invoices.parquet")})
            where document_type = 'invoice' order by issue_date, invoice_id
        """)
        rows: dict[str, Any] = found.fetchnumpy()
    issue = rows["issue"].astype(np.int64)
    _, customer = np.unique(rows["customer_id"].astype(str), return_inverse=True)
    return Book(
        rows["invoice_id"],
        customer.astype(np.int64),
        issue,
        rows["due"].astype(np.int64),
        rows["amount"].astype(np.float64),
        rows["paid"].astype(np.int64),
        int(issue[int(TRAINING_SHARE * len(issue))]),
    )


# --- measures --------------------------------------------------------------------------------------------------------


def calibration_error(outcome: Bools, p: Floats, groups: int = 10) -> float:
    """Mean distance of predicted and observed shares over ten equal bands of the prediction, weighted by cases."""
    band = np.minimum((p * groups).astype(int), groups - 1)
    distances = [abs(outcome[band == g].mean() - p[band == g].mean()) for g in np.unique(band)]
    return float(np.average(distances, weights=np.unique(band, return_counts=True)[1]))


def measure_late(outcome: Bools, p: Floats) -> dict[str, float]:
    """AUC, average precision, Brier score, log-loss, calibration error; nothing where only one outcome occurred."""
    if outcome.all() or not outcome.any():
        return {}
    return {
        "auc": float(roc_auc_score(outcome, p)),
        "ap": float(average_precision_score(outcome, p)),
        "brier": float(brier_score_loss(outcome, p)),
        "log_loss": float(log_loss(outcome, np.clip(p, 1e-6, 1 - 1e-6))),
        "ece": calibration_error(outcome, p),
    }


def auc_gain(outcome: Bools, p: Floats, baseline: Floats, customer: Ints) -> tuple[float, float, float]:
    """AUC less the baseline's, with a 90 % interval by drawing customers again."""
    rng = np.random.default_rng(0)
    who, position = np.unique(customer, return_inverse=True)
    gains = []
    for _ in range(REPEATS):
        weight = np.bincount(rng.integers(0, len(who), len(who)), minlength=len(who))[position]
        if outcome[weight > 0].any() and not outcome[weight > 0].all():
            gains.append(
                roc_auc_score(outcome, p, sample_weight=weight)
                - roc_auc_score(outcome, baseline, sample_weight=weight)
            )
    low, high = np.quantile(gains, (0.05, 0.95))
    return (
        float(roc_auc_score(outcome, p) - roc_auc_score(outcome, baseline)),
        float(low),
        float(high),
    )


def measure_days(late: Ints, days: Floats) -> dict[str, float]:
    """Of quantiles of days late: error of the median, share within three days, pinball loss, 80 % interval.

    A model without a distribution gives the same day five times; its interval says nothing then.
    """
    median = days[:, QUANTILES.index(0.5)]
    low, high = days[:, 0], days[:, -1]
    return {
        "mae": float(np.abs(late - median).mean()),
        "within_3": float((np.abs(late - median) <= 3).mean()),
        "pinball": float(
            np.mean([mean_pinball_loss(late, days[:, k], alpha=q) for k, q in enumerate(QUANTILES)])
        ),
        "cover_80": float(((late >= low) & (late <= high)).mean()),
        "width_80": float((high - low).mean()),
    }


def origins(book: Book, every_day: bool = False) -> list[int]:
    """Eight days, a week apart from the eve of the split; or all days of these eight weeks."""
    first = book.split - 1
    return list(range(first, first + 7 * ORIGINS, 1 if every_day else 7))


def cash_error(book: Book, forecast: CashForecast, days: Sequence[int]) -> float:
    """WAPE of weekly cash: the sum of absolute errors over all origins and weeks 1 to 4 / what was paid in them.

    The open book alone: what was issued by the end of the origin and not paid by then. The first week begins on the
    day after the origin.
    """
    missed = paid = 0.0
    for origin in days:
        at = np.flatnonzero((book.issue <= origin) & (book.paid > origin))
        week = (book.paid[at] - origin - 1) // 7
        came = np.array([book.amount[at][week == w].sum() for w in range(WEEKS)])
        said = book.amount[at] @ forecast(origin, at)
        missed += float(np.abs(came - said).sum())
        paid += float(came.sum())
    return missed / paid


# --- what needs no model ---------------------------------------------------------------------------------------------


def weeks_of(origin: int, day: Ints) -> Floats:
    """(n, WEEKS) shares of a payment that is expected whole on a day; a day that is past means tomorrow."""
    week = (np.maximum(day, origin + 1) - origin - 1) // 7
    shares: Floats = (week[:, None] == np.arange(WEEKS)).astype(np.float64)
    return shares


def due_date(book: Book) -> tuple[Forecast, CashForecast]:
    """Everybody pays on the due date."""
    days = np.zeros((len(book.test), len(QUANTILES)))
    return Forecast({}, days), lambda origin, at: weeks_of(origin, book.due[at])


def customer_median(book: Book) -> tuple[Forecast, CashForecast]:
    """The customer's median days late, of what was cleared strictly before; a normal band of its own spread.

    Customers without any take the median of all, and two cases of the common spread are added to everybody's.
    """
    found: dict[int, tuple[Floats, Floats]] = {}

    def known(day: int) -> tuple[Floats, Floats]:
        if day not in found:
            cleared = np.flatnonzero(book.paid < day)
            late, who = book.late[cleared], book.customer[cleared]
            common, spread = float(np.median(late)), float(late.std())
            count = int(book.customer.max()) + 1
            n = np.bincount(who, minlength=count)
            mean = np.bincount(who, weights=late, minlength=count) / np.maximum(n, 1)
            square = np.bincount(who, weights=(late - mean[who]) ** 2, minlength=count)
            deviation = np.sqrt((square + 2 * spread**2) / (n + 2))
            order = np.lexsort((late, who))
            start = np.concatenate([[0], np.cumsum(n)])[:-1]
            value = late[order]
            low = value[np.minimum(start + np.maximum(n - 1, 0) // 2, len(value) - 1)]
            high = value[np.minimum(start + n // 2, len(value) - 1)]
            found[day] = np.where(n > 0, (low + high) / 2, common), deviation
        return found[day]

    days = np.zeros((len(book.test), len(QUANTILES)))
    for row, at in enumerate(book.test):
        median, deviation = known(int(book.issue[at]))
        who = book.customer[at]
        days[row] = median[who] + norm.ppf(QUANTILES) * deviation[who]
    return Forecast({}, days), lambda origin, at: weeks_of(
        origin, book.due[at] + np.rint(known(origin + 1)[0][book.customer[at]]).astype(np.int64)
    )


def customer_rate(book: Book) -> Forecast:
    """The customer's share of late invoices among those cleared strictly before, shrunk to a Beta prior.

    The prior fits the customers' counts as visible at the split (marginal likelihood).
    """
    late = {}
    test = book.test
    for threshold in THRESHOLDS:
        is_late = book.late > threshold
        seen = book.paid < book.split
        count = int(book.customer.max()) + 1
        n = np.bincount(book.customer[seen], minlength=count)
        s = np.bincount(book.customer[seen], weights=is_late[seen], minlength=count)

        def loss(logs: Floats, n: Any = n, s: Any = s) -> float:
            a, b = np.exp(logs)
            return -float(np.sum(betaln(s + a, n - s + b) - betaln(a, b)))

        a, b = np.exp(minimize(loss, np.zeros(2), bounds=[(-7, 7)] * 2).x)
        rate = np.empty(len(test))
        for who in np.unique(book.customer[test]):
            own = np.flatnonzero(book.customer == who)
            rows = np.flatnonzero(book.customer[test] == who)
            cleared = book.paid[own][None, :] < book.issue[test[rows]][:, None]
            rate[rows] = (a + (cleared & is_late[own]).sum(axis=1)) / (a + b + cleared.sum(axis=1))
        late[threshold] = rate
    return Forecast(late)


# --- all of it -------------------------------------------------------------------------------------------------------


def figures(book: Book, models: Mapping[str, tuple[Forecast | None, CashForecast | None]]) -> dict[str, Any]:
    """Every figure of every model: {model: {`late_0`, `late_30`, `days`, `cash`: {metric: value}}}.

    Where the customer rate is among the models, the others have their gain of AUC over it as `gain`, with its interval.
    Days are those of invoices that were paid; all days as cash origins only for what needs no model.
    """
    test = book.test
    eight, every = origins(book), origins(book, every_day=True)
    found: dict[str, Any] = {}
    reference = models.get("customer rate", (None, None))[0]
    for name, (forecast, cash) in models.items():
        one: dict[str, Any] = {}
        for threshold, p in (forecast.late if forecast else {}).items():
            outcome = book.late[test] > threshold
            one[f"late_{threshold}"] = measure_late(outcome, p)
            if reference and reference is not forecast and one[f"late_{threshold}"]:
                gain = auc_gain(outcome, p, reference.late[threshold], book.customer[test])
                one[f"late_{threshold}"] |= dict(zip(("gain", "gain_low", "gain_high"), gain, strict=True))
        if forecast and forecast.days is not None:
            was_paid = book.paid[test] < NEVER
            one["days"] = measure_days(book.late[test][was_paid], forecast.days[was_paid])
        if cash:
            one["cash"] = {"wape": cash_error(book, cash, eight)}
            if name in NAIVE:
                one["cash"]["wape_every_day"] = cash_error(book, cash, every)
        found[name] = one
    return found


def baselines(book: Book) -> dict[str, tuple[Forecast | None, CashForecast | None]]:
    """What a model must beat."""
    found = (due_date(book), customer_median(book), (customer_rate(book), None))
    return dict(zip(NAIVE, found, strict=True))
