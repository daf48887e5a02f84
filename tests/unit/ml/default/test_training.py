"""Judged out of time on a world with a known truth: who is told apart, what comes true, who serves."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ml.default import training
from ml.default.hazard import quarter_rows
from ml.default.model import BASELINE, CANDIDATES, FALLBACK
from ml.default.months import HORIZON_DAYS
from ml.default.rates import fit_rates
from ml.default.ratings import by_grade
from ml.evaluate import auc, average_precision
from ml.marts import date_of, months_before
from ml.settings import RiskSettings

SETTINGS = RiskSettings()


@pytest.fixture(scope="module")
def clear(worlds: ModuleType) -> Any:
    return worlds.world()


@pytest.fixture(scope="module")
def judged(clear: Any) -> Any:
    found = training._judge(clear.months, clear.days, SETTINGS, 7)
    training._choose(clear.months, found, True)
    return found


def _auc(y: Any, p: Any) -> float:
    return float(auc(y, p, np.ones((1, len(y))))[0])


def test_scores_are_within_two_points_of_the_best_possible_ones(clear: Any, judged: Any) -> None:
    held = judged.rows(judged.champion, 0, 3)
    y, p, truth = judged.outcome[held], judged.p[judged.champion][held], clear.truth[held]
    assert len(np.unique(clear.months.origin[held])) == 12 and y.sum() > 300
    assert _auc(y, p) > _auc(y, truth) - 0.02
    assert _auc(y, p) > _auc(y, judged.p[BASELINE][held]) + 0.2
    assert float(average_precision(y, p, np.ones((1, len(y))))[0]) > 4 * y.mean()


def test_company_data_add_what_behaviour_cannot_tell(judged: Any) -> None:
    held = judged.rows("logistic_company", 0, 3)
    y = judged.outcome[held]
    assert _auc(y, judged.p["logistic_company"][held]) > _auc(y, judged.p["logistic_behaviour"][held]) + 0.03


def test_what_is_announced_comes_true_in_every_grade(clear: Any, judged: Any) -> None:
    held = judged.rows(judged.champion, 0, 3)
    grades = by_grade(judged.p[judged.champion][held], judged.outcome[held], 12.0)
    enough = [g for g in grades if g.n / 12 * g.predicted >= 5]
    assert len(enough) >= 4
    for grade in enough:
        inside = grade.observed_low <= grade.predicted <= grade.observed_high
        assert 0.8 <= grade.observed / grade.predicted <= 1.25 or inside, grade
    p = judged.p[judged.champion][held]
    assert judged.outcome[held].sum() / p.sum() == pytest.approx(1.0, abs=0.15)
    assert clear.truth[held].sum() / p.sum() == pytest.approx(1.0, abs=0.25)


def test_months_are_judged_only_once_their_year_is_over(clear: Any, judged: Any) -> None:
    end = clear.days["732829320"]
    held = judged.rows(judged.champion, 0, 3)
    assert clear.months.origin[held].max() == months_before(end - HORIZON_DAYS + 1, 1)
    assert date_of(int(clear.months.origin[held].max())).isoformat() == "2024-12-31"
    assert not clear.months.is_in_default[held].any()


def test_nothing_after_the_cut_off_teaches(clear: Any) -> None:
    """What happened later can be changed at will: the fit at the cut-off stays the same."""
    cut = training._cut_offs(clear.days, 1)
    rng = np.random.default_rng(3)
    after = clear.months.origin > cut["732829320"]
    known = clear.months.next_default <= cut["732829320"]
    values = {n: np.where(after, rng.normal(0, 9, len(after)), v) for n, v in clear.months.values.items()}
    changed = replace(
        clear.months,
        next_default=np.where(known, clear.months.next_default, np.nan),
        values=values,
    )
    for name in CANDIDATES:
        assert training._fit(changed, cut, name, 7) == training._fit(clear.months, cut, name, 7)


def test_permuted_defaults_teach_nothing(clear: Any) -> None:
    """Whole customers swap their fates: no score may find them again."""
    rng = np.random.default_rng(5)
    customers = len(np.unique(clear.months.customer))
    order = rng.permutation(customers)
    size = len(clear.months) // customers
    at = (order[:, None] * size + np.arange(size)).ravel()
    swapped = replace(
        clear.months,
        next_default=clear.months.next_default[at],
        is_in_default=clear.months.is_in_default[at],
    )
    hazard = training._fit(swapped, training._cut_offs(clear.days, 0), "logistic_company", 7)
    assert hazard is not None
    late = swapped.origin > training._cut_offs(clear.days, 0)["732829320"] - 1
    held = swapped.take(late & swapped.is_mature(clear.days["732829320"]) & ~swapped.is_in_default)
    found = _auc(held.defaulted(1, HORIZON_DAYS), hazard.index(held))
    assert 0.4 < found < 0.6


def test_the_lowest_loss_serves_or_a_mean_that_chance_cannot_tell_from_it(judged: Any, clear: Any) -> None:
    held = judged.rows("logistic_company", 1, 3)
    losses = {n: training._log_loss(judged.outcome[held], judged.p[n][held]) for n in [BASELINE, *CANDIDATES]}
    best = min(losses, key=lambda n: losses[n])
    error = training._standard_error(clear.months, judged, held, "ensemble_company", best)
    is_near = losses["ensemble_company"] - losses[best] <= error
    assert judged.champion == ("ensemble_company" if is_near else best)
    for note in judged.note:
        assert judged.champion in note and f"`{BASELINE}`" in note and (not is_near or best in note)
    # What is clearly worse never serves, mean or not.
    spoilt = replace(judged, p={**judged.p, **{n: 1 - judged.p[n] for n in training.MEANS}})
    training._choose(clear.months, spoilt, True)
    assert spoilt.champion == min((n for n in losses if n not in training.MEANS), key=lambda n: losses[n])
    # And a mean as good as the best does.
    equal = replace(judged, p={**judged.p, "ensemble_company": judged.p[best] * 0.999})
    training._choose(clear.months, equal, True)
    assert equal.champion == "ensemble_company"


def test_the_error_of_a_difference_counts_customers_not_months(judged: Any, clear: Any) -> None:
    held = judged.rows("logistic_company", 1, 3)
    names = ("logistic_company", "trees_company")
    y = judged.outcome[held]
    gap = np.subtract(*(training._losses(y, judged.p[n][held]) for n in names))
    customers = clear.months.customer[held]
    drawn = np.random.default_rng(1)
    who = np.unique(customers)
    rows = {c: np.flatnonzero(customers == c) for c in who}
    means = [gap[np.concatenate([rows[c] for c in drawn.choice(who, len(who))])].mean() for _ in range(300)]
    assert training._standard_error(clear.months, judged, held, *names) == pytest.approx(
        np.std(means), rel=0.2
    )
    assert training._standard_error(clear.months, judged, held, names[0], names[0]) == 0


@pytest.mark.parametrize(
    ("customers", "months", "level"),
    [(1, 36, -6.2), (400, 3, -5.0), (300, 36, -40.0)],
    ids=["one customer", "three months", "no default"],
)
def test_too_little_to_learn_from_gives_an_assumed_rate(
    worlds: ModuleType, customers: int, months: int, level: float
) -> None:
    short = worlds.world(customers=customers, months=months, level=level, seed=2)
    found = training._judge(short.months, short.days, SETTINGS, 7)
    is_learnable = training._fit(short.months, short.days, training.UNJUDGED, 7) is not None
    training._choose(short.months, found, is_learnable)
    assert found.champion == FALLBACK and found.code == "assumed" and "assumed" in found.note[0]
    rate = fit_rates(short.months, short.days, SETTINGS, "overdue")
    p = 1 / (1 + np.exp(-rate.log_odds(short.months)))
    assert ((p > 0) & (p < 0.5)).all()
    (standing,) = training._validation(short.months, found, short.days, SETTINGS).values()
    assert standing.code == "assumed" and "Non validé sur vos défauts" in standing.sentences[1]


def test_a_young_ledger_is_learnt_from_though_not_judged_yet(worlds: ModuleType) -> None:
    young = worlds.world(customers=800, months=16, level=-5.0)
    found = training._judge(young.months, young.days, SETTINGS, 7)
    training._choose(young.months, found, True)
    assert (found.champion, found.code) == ("logistic_company", "unjudged")
    assert "not judged yet" in found.note[0] and "sans avoir été jugé" in found.note[1]
    (standing,) = training._validation(young.months, found, young.days, SETTINGS).values()
    assert (standing.code, standing.count) == ("not_validated", 0)
    hazard = training._fit(young.months, young.days, found.champion, 7)
    assert hazard is not None
    now = young.months.take(young.months.is_latest & ~young.months.is_in_default)
    truth = young.truth[young.months.is_latest & ~young.months.is_in_default]
    assert np.corrcoef(hazard.index(now), np.log(truth))[0, 1] > 0.6


def test_the_assumed_rate_is_corrected_by_the_ledger(worlds: ModuleType) -> None:
    """No default in 300 customers over three years says less than the assumption; many say more."""
    none = worlds.world(customers=300, level=-40.0)
    many = worlds.world(customers=300, level=-4.5)
    rates = [fit_rates(w.months, w.days, SETTINGS, "sector").pooled for w in (none, many)]
    assert rates[0] < SETTINGS.pd_prior / 5 < SETTINGS.pd_prior < rates[1]
    exposed = (~none.months.is_in_default & (none.months.origin + 31 <= none.days["732829320"])).sum() / 12
    yearly = 1 - (1 - 100 * 0.02 / 12 / (exposed + 100)) ** 12
    assert rates[0] == pytest.approx(yearly, rel=1e-3)


def test_two_companies_with_other_as_of_days_are_cut_apart(worlds: ModuleType) -> None:
    one, other = worlds.world(customers=200), worlds.world(customers=200, seed=9, company="552100554")
    earlier = months_before(other.days["552100554"], 6)
    joined = {"732829320": one.days["732829320"], "552100554": earlier}
    months = other.months
    kept = months.take(months.origin <= earlier)
    known = np.where(kept.next_default <= earlier, kept.next_default, np.nan)
    kept = replace(kept, seen_until=np.full(len(kept), earlier), next_default=known)
    rows = quarter_rows(kept, joined, 7)
    assert (kept.origin[rows.index] + 91 <= earlier).all()
    assert training._cut_offs(joined, 0)["552100554"] == months_before(
        joined["552100554"] - HORIZON_DAYS + 1, 3
    )
    back = training._back(kept, joined)
    assert back.max() == 36 - 6 - 1 - 12
