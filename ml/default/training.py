"""Training and out-of-time judgement of the probability of default.

Every third month end before the as-of day is a cut-off: each candidate is fitted on what was visible there and
predicts that month end and the two after it. The twelve months of the label are the embargo: a month end is
judged only once its year is over. The latest three mature month ends are the final window, which chooses
nothing; the nine before choose the champion; calibration at a cut-off uses only predictions that had come true
or not by then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from ml.default.calibrate import Calibration, fit_calibration
from ml.default.design import MIN_CATEGORY_CUSTOMERS
from ml.default.features import AS_OF_SOURCE, BY_NAME, SETS
from ml.default.hazard import (
    FOLDS,
    PARAMETERS,
    QUARTERS,
    RIDGE,
    TREES,
    WEIGHT_PRECISION,
    Hazard,
    Part,
    QuarterRows,
    anchored,
    fit_part,
    quarter_rows,
    weighed,
)
from ml.default.loss import fit_lgd
from ml.default.model import (
    BASELINE,
    CANDIDATES,
    FALLBACK,
    TARGET,
    TASK,
    DefaultModel,
    Validation,
    feature_values,
    log_odds,
)
from ml.default.months import HORIZON_DAYS, Bools, CustomerMonths, Floats, Ints, customer_months
from ml.default.rates import fit_rates
from ml.default.ratings import BANDS, by_grade, rating
from ml.evaluate import METRICS, Comparison, compare
from ml.life.drift import profiles
from ml.marts import date_of, months_before
from ml.settings import RiskSettings

#: Months predicted by one fit; the final window is the first of these blocks.
BLOCK_MONTHS = 3
ROLLING_BLOCKS = 4
#: Blocks further back serve calibration alone: a year of predictions whose year was over.
ALL_BLOCKS = 12
#: Customers that defaulted, and month ends, from which a model is fitted at all.
MIN_DEFAULTED = 8
MIN_MONTHS = 6
#: Serves a ledger that can be learnt from but has no past to be judged on: of all candidates the one pulled hardest
#: towards the average; what registers do not know has no column, so that without them it is behaviour alone.
UNJUDGED = "logistic_company"
#: What chance moves least serves where it is as good as the best.
MEANS = tuple(name for name, (form, _) in CANDIDATES.items() if form == "ensemble")
#: Held-out customers that defaulted from which candidates can be told apart.
MIN_HELD_OUT = 5
#: Beyond this many cases the interval is left out: it is narrow, and drawing customers again takes minutes.
MAX_BOOTSTRAP_ROWS = 100_000
#: Months of calibration: the latest whose year is over.
CALIBRATION_MONTHS = 12

Row = dict[str, Any]


@dataclass(frozen=True)
class Trained:
    """`backtest`, `reliability`: rows of `ml.tables`. `card`: what a reader needs, JSON values."""

    model: DefaultModel
    backtest: list[Row]
    reliability: list[Row]
    card: Mapping[str, Any]


@dataclass
class _Judged:
    """Out-of-time predictions by candidate, NaN where none: `p`, calibrated; `log_odds`, as the model told them.

    `back`: months from the last month end whose year is over; negative where it is not, or in default.
    """

    p: dict[str, Floats]
    log_odds: dict[str, Floats]
    outcome: Floats
    back: Ints
    champion: str = FALLBACK
    code: str = "assumed"
    note: tuple[str, str] = ("", "")

    def rows(self, name: str, first: int, last: int) -> Bools:
        """Rows judged by `name` in blocks `first` to `last`."""
        block = self.back // BLOCK_MONTHS
        out: Bools = (self.back >= 0) & (block >= first) & (block <= last) & ~np.isnan(self.p[name])
        return out


def train(con: duckdb.DuckDBPyConnection, settings: RiskSettings, seed: int) -> Trained:
    """The champion on everything visible at the as-of day, judged on past month ends. Deterministic."""
    months = customer_months(con)
    days = {c: int(d) for c, d in zip(months.company, months.seen_until, strict=True)}
    judged = _judge(months, days, settings, seed)
    _choose(months, judged, _is_learnable(months, quarter_rows(months, days, seed)))
    name = judged.champion
    rate = fit_rates(months, days, settings, "overdue" if name == FALLBACK else "sector")
    hazard = _fit(months, days, name, seed) if name in CANDIDATES else None
    calibration = Calibration()
    if hazard is not None:
        calibration = _calibrated(months, judged, name, days)
    prospect = _fit(months, days, "prospect", seed)
    validation = _validation(months, judged, days, settings)
    model = DefaultModel(name, hazard, rate, calibration, prospect, fit_lgd(con, settings), validation)
    backtest = _backtest(months, judged, seed)
    return Trained(
        model, backtest, _reliability(months, judged), _card(con, months, judged, model, settings, seed)
    )


def out_of_time(con: duckdb.DuckDBPyConnection, settings: RiskSettings, seed: int) -> pa.Table:
    """What each candidate said of past month ends before it knew, of those whose year is over by now.

    company_id, customer_id, month_end, model, is_champion, p, rating, in the order of the first four columns.
    """
    months = customer_months(con)
    days = {c: int(d) for c, d in zip(months.company, months.seen_until, strict=True)}
    judged = _judge(months, days, settings, seed)
    _choose(months, judged, True)
    rows: list[Row] = []
    for name in sorted(judged.p):
        for i in np.flatnonzero(judged.rows(name, 0, ROLLING_BLOCKS - 1)):
            rows.append(
                {
                    "company_id": months.company[i],
                    "customer_id": months.customer[i],
                    "month_end": date_of(int(months.origin[i])),
                    "model": name,
                    "is_champion": name == judged.champion,
                    "p": float(judged.p[name][i]),
                    "rating": rating(float(judged.p[name][i])),
                }
            )
    keys = ("company_id", "customer_id", "month_end", "model")
    return pa.Table.from_pylist(sorted(rows, key=lambda row: tuple(row[k] for k in keys)))


def _back(months: CustomerMonths, days: Mapping[str, int]) -> Ints:
    """Months from each month end to the last one whose year is over; negative where it is not over yet."""
    latest = {c: _position(months_before(day - HORIZON_DAYS + 1, 1)) for c, day in days.items()}
    position = {int(o): _position(int(o)) for o in np.unique(months.origin)}
    back = np.array(
        [latest[c] - position[int(o)] for c, o in zip(months.company, months.origin, strict=True)],
        dtype=np.int64,
    )
    is_month_end = np.array([o == months_before(int(o), 0) for o in months.origin])
    back[~is_month_end] = -1
    return back


def _position(day: int) -> int:
    date = date_of(day)
    return date.year * 12 + date.month


def _cut_offs(days: Mapping[str, int], block: int) -> dict[str, int]:
    """The earliest month end of a block, per company."""
    return {
        c: months_before(months_before(day - HORIZON_DAYS + 1, 1), BLOCK_MONTHS * block + BLOCK_MONTHS - 1)
        for c, day in days.items()
    }


def _fit(
    months: CustomerMonths,
    cut: Mapping[str, int],
    name: str,
    seed: int,
    made: dict[tuple[str, str], Part] | None = None,
) -> Hazard | None:
    """A candidate (or `prospect`) fitted on what was visible at the cut-off; None where that is too little.

    Its level is that of the quarters that ended in the twelve months before the cut-off. `made`: by form and feature
    set what was fitted at this cut-off already.
    """
    rows = quarter_rows(months, cut, seed)
    if not _is_learnable(months, rows):
        return None
    form, features = CANDIDATES.get(name, ("linear", "prospect"))
    forms = ("linear", "trees") if form == "ensemble" else (form,)
    made = {} if made is None else made
    for one in forms:
        if (one, features) not in made:
            made[one, features] = fit_part(months, rows, one, features, seed)
    hazard = weighed([made[one, features] for one in forms], rows)
    since = np.array([cut[c] - HORIZON_DAYS for c in months.company], dtype=np.int64)
    return anchored(hazard, months, rows, since)


def _is_learnable(months: CustomerMonths, rows: QuarterRows) -> bool:
    """Whether the rows hold enough customers that defaulted, and month ends."""
    hit = rows.index[rows.outcome == 1]
    customers = {(months.company[i], months.customer[i]) for i in hit}
    return len(customers) >= MIN_DEFAULTED and len(np.unique(months.origin[rows.index])) >= MIN_MONTHS


def _judge(months: CustomerMonths, days: Mapping[str, int], settings: RiskSettings, seed: int) -> _Judged:
    """Predictions of every candidate and of the baseline at every month end, by fits that had not seen it."""
    names = [*CANDIDATES, BASELINE]
    judged = _Judged(
        {n: np.full(len(months), np.nan) for n in names},
        {n: np.full(len(months), np.nan) for n in names},
        months.defaulted(1, HORIZON_DAYS),
        np.where(months.is_in_default, -1, _back(months, days)),
    )
    for block in reversed(range(ALL_BLOCKS)):
        held = judged.back // BLOCK_MONTHS == block
        if not held.any():
            continue
        cut, part = _cut_offs(days, block), months.take(held)
        told = fit_rates(months, cut, settings, "sector").log_odds(part)
        judged.log_odds[BASELINE][held] = told
        judged.p[BASELINE][held] = Calibration().apply(told)
        made: dict[tuple[str, str], Part] = {}
        for name in CANDIDATES:
            hazard = _fit(months, cut, name, seed, made)
            if hazard is None:
                break
            told = log_odds(hazard, part)
            judged.log_odds[name][held] = told
            if block < ROLLING_BLOCKS:
                judged.p[name][held] = _calibrated(months, judged, name, cut).apply(told)
    return judged


def _calibrated(months: CustomerMonths, judged: _Judged, name: str, cut: Mapping[str, int]) -> Calibration:
    """The curve of the latest year of out-of-time predictions that was over at the cut-off."""
    past = _mature_year(months, cut) & ~np.isnan(judged.log_odds[name])
    return fit_calibration(judged.log_odds[name][past], judged.outcome[past])


def _mature_year(months: CustomerMonths, cut: Mapping[str, int]) -> Bools:
    """The twelve latest month ends whose own year was over at the cut-off, those in default left out."""
    first = {c: months_before(day, CALIBRATION_MONTHS + 12) for c, day in cut.items()}
    at = np.array([cut[c] for c in months.company], dtype=np.int64)
    since = np.array([first[c] for c in months.company], dtype=np.int64)
    out: Bools = ~months.is_in_default & months.is_mature(at) & (months.origin > since)
    return out


def _choose(months: CustomerMonths, judged: _Judged, is_learnable: bool) -> None:
    """The candidate, baseline included, with the lowest log-loss on the rolling months; but a mean of two, which
    chance moves least, where its loss is within one standard error of the lowest (Breiman et al. 1984).

    A ledger too young for any (`is_learnable`: it holds enough defaults to fit) is served by the shrunk
    logistic, unjudged; one without enough defaults by a rate.
    """
    held = judged.rows(UNJUDGED, 1, ROLLING_BLOCKS - 1)
    y = judged.outcome[held]
    hit = {(months.company[i], months.customer[i]) for i in np.flatnonzero(held)[y == 1]}
    if len(hit) >= MIN_HELD_OUT:
        losses = {n: _log_loss(y, judged.p[n][held]) for n in [BASELINE, *CANDIDATES]}
        best = min(losses, key=lambda n: (losses[n], n != BASELINE, n))
        near = [
            name
            for name in MEANS
            if losses[name] - losses[best] <= _standard_error(months, judged, held, name, best)
        ]
        judged.champion = min(near, key=lambda n: (losses[n], n)) if near and best != BASELINE else best
        judged.code = "chosen"
        ours, theirs, lowest = (f"{losses[name]:.3f}" for name in (judged.champion, BASELINE, best))
        french = [text.replace(".", ",") for text in (ours, theirs, lowest)]
        if judged.champion == best:
            judged.note = (
                f"`{best}` has the lowest log-loss on past months: {ours}, against {theirs} for `{BASELINE}`.",
                f"`{best}` a la plus faible perte logarithmique sur les mois passés : {french[0]},"
                f" contre {french[1]} pour `{BASELINE}`.",
            )
        else:
            judged.note = (
                f"`{judged.champion}`, a weighted mean of two models, loses no more than chance may explain on past"
                f" months: log-loss {ours}, the lowest being {lowest} (`{best}`), against {theirs} for `{BASELINE}`.",
                f"`{judged.champion}`, moyenne pondérée de deux modèles, ne perd pas plus que ce que le hasard explique"
                f" sur les mois passés : perte logarithmique {french[0]}, la plus faible étant {french[2]} (`{best}`),"
                f" contre {french[1]} pour `{BASELINE}`.",
            )
    elif is_learnable:
        judged.champion, judged.code = UNJUDGED, "unjudged"
        judged.note = (
            f"{UNJUDGED} serves, not judged yet: past months whose year is over hold {len(hit)} customers that"
            f" defaulted, {MIN_HELD_OUT} are needed.",
            f"{UNJUDGED} est servi sans avoir été jugé : les mois dont l’année est écoulée comptent {len(hit)} clients"
            f" défaillants, il en faut {MIN_HELD_OUT}.",
        )
    else:
        judged.note = (
            f"Too few defaults to learn from (fewer than {MIN_DEFAULTED} customers, or than {MIN_MONTHS} months): the"
            " probability is a yearly rate, assumed and corrected by your ledger.",
            f"Trop peu de défauts pour apprendre (moins de {MIN_DEFAULTED} clients, ou de {MIN_MONTHS} mois) : la"
            " probabilité est un taux annuel supposé, corrigé par votre comptabilité.",
        )


def _log_loss(y: Floats, p: Floats) -> float:
    return float(np.mean(_losses(y, p)))


def _losses(y: Floats, p: Floats) -> Floats:
    out: Floats = -(y * np.log(p) + (1 - y) * np.log1p(-p))
    return out


def _standard_error(months: CustomerMonths, judged: _Judged, held: Bools, name: str, other: str) -> float:
    """Of the difference of two candidates' mean losses; the months of a customer are one case."""
    y = judged.outcome[held]
    gap = _losses(y, judged.p[name][held]) - _losses(y, judged.p[other][held])
    keys = np.char.add(
        np.char.add(months.company[held].astype(str), "\x1f"), months.customer[held].astype(str)
    )
    _, customer = np.unique(keys, return_inverse=True)
    total = np.bincount(customer, gap - gap.mean())
    return float(np.sqrt((total**2).sum()) / len(gap))


def _validation(
    months: CustomerMonths, judged: _Judged, days: Mapping[str, int], settings: RiskSettings
) -> dict[str, Validation]:
    """Per company: how many of its own customers defaulted among the months the champion was judged on."""
    is_model = judged.champion != FALLBACK
    held = judged.rows(judged.champion, 0, ROLLING_BLOCKS - 1) if is_model else ~months.is_in_default
    counted = judged.outcome if is_model else months.defaulted(1, np.iinfo(np.int64).max)
    found = {}
    for company in sorted(days):
        own = held & (months.company == company) & (counted == 1)
        count = len(set(months.customer[own]))
        code = "validated" if count >= settings.min_own_defaults else "not_validated"
        found[company] = Validation(code if is_model else "assumed", count, settings.min_own_defaults)
    return found


def _backtest(months: CustomerMonths, judged: _Judged, seed: int) -> list[Row]:
    """Every candidate beside the sector rate, per month end, pooled and on the final window; by slice where pooled.

    The model with company data also stands beside the same form without: that is the ablation.
    """
    rows: list[Row] = []
    for company in sorted(set(months.company.tolist())):
        own = months.company == company
        for name in [*CANDIDATES, BASELINE]:
            if name not in judged.p or np.isnan(judged.p[name][own]).all():
                continue
            rolling = own & judged.rows(name, 1, ROLLING_BLOCKS - 1)
            final = own & judged.rows(name, 0, 0)
            for window, held in (("pooled", rolling), ("final", final)):
                rows += _compared(months, judged, company, name, BASELINE, window, held, "all", seed)
                form, features = CANDIDATES.get(name, ("", ""))
                if features == "company":
                    without = next(n for n, c in CANDIDATES.items() if c == (form, "behaviour"))
                    rows += _compared(months, judged, company, name, without, window, held, "all", seed)
            for origin in sorted(set(months.origin[rolling].tolist())):
                held = rolling & (months.origin == origin)
                rows += _compared(months, judged, company, name, BASELINE, "rolling", held, "all", seed)
            if name in (judged.champion, BASELINE):
                for label, part in _slices(months).items():
                    rows += _compared(
                        months, judged, company, name, BASELINE, "pooled", rolling & part, label, seed
                    )
    return rows


def _slices(months: CustomerMonths) -> dict[str, Bools]:
    """Customers told apart: new ones, large ones, those with something overdue, those a register knows."""
    value = months.values
    with np.errstate(invalid="ignore"):
        billed = value["billed_12m"]
        large = billed >= (np.nanquantile(billed, 0.9) if len(billed) else 0.0)
        return {
            "customer=new": value["months_since_first_invoice"] < 12,
            "amount=large": large,
            "overdue=yes": value["overdue_documents"] > 0,
            "overdue=no": value["overdue_documents"] == 0,
            "company_data=yes": ~np.isnan(value["address_changes_12m"]),
            "company_data=no": np.isnan(value["address_changes_12m"]),
        }


def _compared(
    months: CustomerMonths,
    judged: _Judged,
    company: str,
    name: str,
    baseline: str,
    window: str,
    held: Bools,
    part: str,
    seed: int,
) -> list[Row]:
    if not held.any():
        return []
    y, p, q = judged.outcome[held], judged.p[name][held], judged.p[baseline][held]
    n, positives, nan = len(y), int(y.sum()), math.nan
    if window == "rolling" or n > MAX_BOOTSTRAP_ROWS:
        found = [_at_once(metric, y, p, q) for metric in METRICS]
    else:
        found = compare(y, p, q, months.customer[held], seed)
    for metric, function in (("observed_expected", _observed_expected), ("lift_10", _lift)):
        found.append(Comparison(metric, function(y, p), function(y, q), nan, nan, nan, n, positives))
    is_itself = name == baseline
    return [
        {
            "company_id": company,
            "task": TASK,
            "target": TARGET,
            "model": name,
            "window": window,
            "cut_off": date_of(int(months.origin[held].min())),
            "slice": part,
            "metric": c.metric,
            "value": _known(c.value),
            "baseline": None if is_itself else baseline,
            "baseline_value": None if is_itself else _known(c.baseline_value),
            "gain": None if is_itself else _known(c.gain),
            "gain_low": None if is_itself else _known(c.gain_low),
            "gain_high": None if is_itself else _known(c.gain_high),
            "n": n,
            "positives": positives,
            "is_champion": name == judged.champion,
        }
        for c in found
        if math.isfinite(c.value)
    ]


def _at_once(metric: str, y: Floats, p: Floats, q: Floats) -> Comparison:
    """A metric without an interval: one month end has too few defaults for it, a very large book no need."""
    function, is_higher_better = METRICS[metric]
    one = np.ones((1, len(y)))
    value, other = float(function(y, p, one)[0]), float(function(y, q, one)[0])
    gain = value - other if is_higher_better else other - value
    return Comparison(metric, value, other, gain, math.nan, math.nan, len(y), int(y.sum()))


def _observed_expected(y: Floats, p: Floats) -> float:
    """Defaults seen over defaults announced."""
    return float(y.sum() / p.sum())


def _lift(y: Floats, p: Floats) -> float:
    """Default rate of the tenth with the highest scores over that of all; NaN without a default."""
    if not y.sum():
        return math.nan
    top = np.argsort(-p, kind="stable")[: max(1, len(p) // 10)]
    return float(y[top].mean() / y.mean())


def _known(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _reliability(months: CustomerMonths, judged: _Judged) -> list[Row]:
    """What each grade announced and what came, on all months judged."""
    rows: list[Row] = []
    for company in sorted(set(months.company.tolist())):
        for name in [*CANDIDATES, BASELINE]:
            held = (months.company == company) & judged.rows(name, 0, ROLLING_BLOCKS - 1)
            overlap = min(12.0, float(len(np.unique(months.origin[held]))))
            for grade in by_grade(judged.p[name][held], judged.outcome[held], overlap):
                rows.append(
                    {
                        "company_id": company,
                        "task": TASK,
                        "target": TARGET,
                        "model": name,
                        "group": grade.grade,
                        "predicted": round(grade.predicted, 6),
                        "observed": round(grade.observed, 6),
                        "observed_low": round(grade.observed_low, 6),
                        "observed_high": round(grade.observed_high, 6),
                        "n": grade.n,
                        "positives": grade.positives,
                        "is_champion": name == judged.champion,
                    }
                )
    return rows


def _card(
    con: duckdb.DuckDBPyConnection,
    months: CustomerMonths,
    judged: _Judged,
    model: DefaultModel,
    settings: RiskSettings,
    seed: int,
) -> dict[str, Any]:
    """What a reader of the model needs, as JSON values."""
    hashes = con.execute("""
        select company_id, count(*), min(default_date), max(default_date),
            md5(string_agg(customer_id || default_date || reason, ',' order by customer_id, default_date))
        from fct_customer_defaults group by 1
    """).fetchall()
    defaults = {row[0]: row[1:] for row in hashes}
    as_of = dict(con.execute("select company_id, as_of from as_of_day order by 1").fetchall())
    used = set() if model.hazard is None else {f.name for f in model.hazard.design.used}
    return {
        "purpose": (
            "Probability that a customer not in default defaults within twelve months, for credit control. An aid"
            " to a person's decision: no refusal rests on it alone (GDPR art. 22)."
        ),
        "as_of": {c: d.isoformat() for c, d in as_of.items()},
        "champion": {"name": model.name, "code": judged.code, "en": judged.note[0], "fr": judged.note[1]},
        "data": [
            {
                "company_id": c,
                "customer_months": int((months.company == c).sum()),
                "first_month_end": _first(months, c),
                "defaults": defaults.get(c, (0,))[0],
                "defaults_md5": defaults[c][3] if c in defaults else None,
                "as_of": d.isoformat(),
            }
            for c, d in as_of.items()
        ],
        "labels": {
            "event": "first default of fct_customer_defaults after the month end",
            "horizon_days": HORIZON_DAYS,
            "quarters_days": [list(q) for q in QUARTERS],
            "visible_from": "the end of the quarter (training), of the year (calibration, judgement)",
            "excluded": "customer-months in default",
        },
        "features": [
            {
                "name": f.name,
                "group": f.group,
                "monotone": f.monotone,
                "unit": f.unit,
                "en": f.en,
                "fr": f.fr,
                "as_of_source": AS_OF_SOURCE[f.group][0],
                "as_of_source_fr": AS_OF_SOURCE[f.group][1],
            }
            for f in BY_NAME.values()
            if f.name in used
        ],
        "candidates": {name: {"form": form, "features": sets} for name, (form, sets) in CANDIDATES.items()},
        "settings": {
            "pd_prior": settings.pd_prior,
            "pd_prior_strength": settings.pd_prior_strength,
            "lgd_prior": settings.lgd_prior,
            "lgd_prior_strength": settings.lgd_prior_strength,
            "min_own_defaults": settings.min_own_defaults,
        },
        "parameters": {
            "seed": seed,
            "ridge": RIDGE,
            "folds": FOLDS,
            "weight_precision": WEIGHT_PRECISION,
            "trees": TREES,
            "lightgbm": dict(PARAMETERS),
            "min_category_customers": MIN_CATEGORY_CUSTOMERS,
        },
        "weights": list(model.hazard.weights) if model.hazard else None,
        "calibration": model.calibration.to_dict(),
        "profiles": profiles(feature_values(model, _last_year(months)), _last_year(months).customer),
        "importance": _importance(model, _last_year(months)),
        "ratings": [{"grade": grade, "below": min(bound, 1.0)} for grade, bound in BANDS],
        "validation": {
            c: {**vars(v), "en": v.sentences[0], "fr": v.sentences[1]} for c, v in model.validation.items()
        },
        "lgd": {c: vars(found) for c, found in model.lgd.items()},
        "sets": {name: [f.name for f in features] for name, features in SETS.items()},
    }


def _last_year(months: CustomerMonths) -> CustomerMonths:
    """Month ends of the twelve months before the as-of day, those in default left out."""
    recent = months.origin > months.seen_until - HORIZON_DAYS
    return months.take(recent & ~months.is_latest & ~months.is_in_default)


def _importance(model: DefaultModel, months: CustomerMonths) -> dict[str, float]:
    """Each feature's share of what moves the index: mean size of its contribution, the largest first."""
    if model.hazard is None or not len(months):
        return {}
    parts = model.hazard.contributions(months)[:, :-1]
    size = np.abs(parts - parts.mean(axis=0)).mean(axis=0)
    names = [f.name for f in model.hazard.design.used]
    share = {name: round(float(v / size.sum()), 4) for name, v in zip(names, size, strict=True) if v > 0}
    return dict(sorted(share.items(), key=lambda item: (-item[1], item[0])))


def _first(months: CustomerMonths, company: str) -> str | None:
    own = months.origin[months.company == company]
    return date_of(int(own.min())).isoformat() if len(own) else None
