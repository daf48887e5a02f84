"""Candidates learn what is there to learn, agree with their own curves, and say why."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import logit

from ml.evaluate import auc
from ml.labels import THRESHOLD_DAYS
from ml.lateness import Study, declared, prepare, score
from ml.lateness.bands import is_certain, late
from ml.lateness.evaluate import pinball
from ml.lateness.features import BY_NAME, STATE_FEATURES
from ml.lateness.model import CANDIDATES, Lateness
from ml.lateness.package import from_package, to_package
from ml.lateness.rates import Counts, fit_rates
from ml.lateness.reasons import Explainer, first_open_band, reasons
from ml.lateness.states import States, training_states
from ml.lateness.train import TooShort, calibration, interval_levels, windows
from ml.marts import day_number, months_before, open_marts
from ml.tables import BACKTEST
from ml.trees import Paths, load_booster

COMPANY = "732829320"
Studied = Any


def held_out(studied: Studied) -> States:
    found: States = studied.states.take(
        studied.judged.index[studied.judged.window == len(studied.models) - 1]
    )
    return found


def test_the_champion_ranks_like_the_truth_and_beats_the_customer_rate(
    studied: Studied, factory: ModuleType, drifting: Path
) -> None:
    judged, truth = studied.judged, factory.truth_of(drifting)[COMPANY]
    held = studied.states.take(judged.index)
    ok = ~np.isnan(judged.outcome[:, 0]) & (held.age < 0)
    y = judged.outcome[ok, 0]
    best = np.array(
        [factory.true_late(truth, d, int(a), 0) for d, a in zip(held.document[ok], held.age[ok], strict=True)]
    )
    one = np.ones((1, len(y)))
    champion = studied.package.champion
    ours, theirs, possible = (
        float(auc(y, p, one)[0])
        for p in (judged.late[champion][ok, 0], judged.late["customer_rate"][ok, 0], best)
    )
    assert champion != "customer_rate"
    assert ours > theirs + 0.01
    assert ours > possible - 0.06


def test_every_candidate_gives_ordered_probabilities_that_its_curve_passes_through(studied: Studied) -> None:
    part = held_out(studied)
    model: Lateness = studied.models[-1]
    assert set(model.candidates()) == set(CANDIDATES)
    for name in model.candidates():
        curves = model.curves(name, part)
        p = curves.late(THRESHOLD_DAYS)
        assert ((p >= 0) & (p <= 1)).all()
        assert (np.diff(p, axis=1) <= 1e-12).all()
        assert (p[is_certain(part)] == 1).all()
        asked = model.raw([name], part, model.draw(part))[name]
        assert np.allclose(p, np.minimum.accumulate(asked, axis=1), atol=1e-9)


def test_days_are_nearer_than_the_due_date_and_the_interval_holds_its_share(studied: Studied) -> None:
    judged, name = studied.judged, studied.package.champion
    ok = ~np.isnan(judged.delay) & (judged.window >= 3)
    actual = judged.delay[ok]
    mine, naive = judged.days[name][ok], judged.days["due_date"][ok]
    assert pinball(actual, mine).mean() < 0.7 * pinball(actual, naive).mean()
    inside = (actual >= mine[:, 0]) & (actual <= mine[:, -1])
    assert 0.72 < inside.mean() < 0.92


def test_worse_history_never_lowers_the_probability(studied: Studied) -> None:
    """Every feature with a direction, moved that way in the columns of real states."""
    part = held_out(studied)
    classifier = studied.models[-1].classifier
    index = np.arange(len(part))
    matrix = classifier.matrix(part, index, np.zeros(len(part), dtype=np.int64))
    booster = load_booster(classifier.text)
    before = booster.predict(matrix, raw_score=True)
    names = [*classifier.encoder.names, "band", "days_to_threshold", "band_rate", "band_count"]
    moved = 0
    for i, name in enumerate(names):
        direction = BY_NAME[name].monotone
        if direction:
            worse = matrix.copy()
            worse[:, i] += direction * 3.0
            assert (booster.predict(worse, raw_score=True) >= before - 1e-9).all(), name
            moved += 1
    assert moved > 8


def test_reasons_sum_to_the_score_of_every_candidate(studied: Studied) -> None:
    part = held_out(studied)
    part = part.take(part.age < THRESHOLD_DAYS[-1])
    band = first_open_band(part.age)
    model = replace(
        studied.models[-1],
        platt={n: calibration(studied.judged, n, {COMPANY: 10**6}) for n in CANDIDATES},
    )
    row = np.arange(len(part))
    for name in ("customer_rate", "logistic", "classifier", "hazard", "ensemble"):
        told = Explainer(model, name).contributions(part)
        served = model.curves(name, part).late(THRESHOLD_DAYS)[row, band]
        raw = model.raw([name], part, model.draw(part))[name][row, band]
        clear = (raw > 1e-3) & (raw < 1 - 1e-3)
        assert np.allclose(told.total()[clear], logit(served[clear]), atol=2e-4), name


def test_path_parts_sum_to_the_raw_score_and_rank_as_shapley_values_do(studied: Studied) -> None:
    part = held_out(studied).take(np.arange(120))
    classifier = studied.models[-1].classifier
    matrix = classifier.matrix(part, np.arange(len(part)), np.zeros(len(part), dtype=np.int64))
    paths, booster = Paths(classifier.text), load_booster(classifier.text)
    parts = paths.contributions(matrix)
    assert np.allclose(parts.sum(axis=1) + paths.base, booster.predict(matrix, raw_score=True), atol=1e-9)
    shapley = booster.predict(matrix, pred_contrib=True)[:, :-1]
    agreement = [np.corrcoef(a, b)[0, 1] for a, b in zip(parts, shapley, strict=True)]
    assert np.median(agreement) > 0.8


def test_reasons_push_the_way_the_score_went_and_speak_both_languages(studied: Studied) -> None:
    part = held_out(studied)
    model, name = studied.models[-1], studied.package.champion
    told = reasons(model, name, part)
    explainer = Explainer(model, name)
    open_now = np.flatnonzero(first_open_band(part.age) < 3)
    found = explainer.contributions(part.take(open_now))
    tell = [i for i, n in enumerate(found.names) if BY_NAME[n].group != "question"]
    for row, at in enumerate(open_now.tolist()):
        mine = [r for r in told[at] if r["code"] == "feature"]
        assert len(told[at]) <= 3
        if not mine:
            continue
        up = found.parts[row, tell].sum() > 0
        assert (mine[0]["group_contribution"] > 0) == up
        for reason in mine:
            assert (reason["direction"] == "raises") == (reason["contribution"] > 0)
            assert reason["en"] and reason["fr"] and "{" not in reason["en"] + reason["fr"]
            assert reason["group"] != "question"


def test_a_model_comes_back_from_plain_values_as_it_was(studied: Studied) -> None:
    part = held_out(studied)
    for name in CANDIDATES:
        model = replace(studied.models[-1], levels=(0.07, 0.12, 0.1))
        back, champion = from_package(to_package(model, name, {}))
        assert champion == name
        assert np.array_equal(back.curves(name, part).survival, model.curves(name, part).survival)
        assert reasons(back, name, part.take(np.arange(20))) == reasons(model, name, part.take(np.arange(20)))
    assert not any(
        "C0" in str(value) for value in to_package(studied.models[-1], "ensemble", {}).state.values()
    )


def test_outcomes_dealt_by_chance_teach_nothing(studied: Studied) -> None:
    told = {c["subject"]: c for c in studied.package.card["canaries"]}
    assert told["later_rows"]["value"] == 0 and told["later_rows"]["n"] > 50
    dealt = told["permuted_labels"]
    assert dealt["n"] > 50 and dealt["low"] <= dealt["value"] <= dealt["high"]


def test_calibration_and_levels_use_only_what_was_known_at_the_cut_off(studied: Studied) -> None:
    judged = studied.judged
    first = judged.windows[0].cut_off
    assert calibration(judged, "classifier", first) is None
    assert interval_levels(judged, "classifier", first, (0.1, 0.2, 0.1)) == (0.1, 0.2, 0.1)
    # Outcomes of later windows, turned over, change nothing of an earlier calibration.
    middle = judged.windows[4].cut_off
    before = calibration(judged, "classifier", middle)
    turned = replace(judged, outcome=judged.outcome.copy())
    late_rows = (judged.known_on[:, 0] > middle[COMPANY]) | (judged.window >= 4)
    turned.outcome[late_rows] = 1 - turned.outcome[late_rows]
    assert calibration(turned, "classifier", middle) == before is not None


def test_windows_are_monthly_mature_and_leave_the_last_months_alone() -> None:
    as_of = {COMPANY: day_number(dt.date(2024, 12, 31))}
    first = {COMPANY: day_number(dt.date(2022, 1, 5))}
    plan, cap = windows(as_of, first, {COMPANY: 45})
    assert cap == 90 and len(plan) == 7 and [w.is_final for w in plan] == [False] * 6 + [True]
    for one, after in itertools.pairwise(plan):
        assert one.last == after.cut_off and months_before(after.cut_off[COMPANY], 1) == one.cut_off[COMPANY]
    last = plan[-1]
    assert last.cut_off[COMPANY] == months_before(last.last[COMPANY], 3)
    assert last.last[COMPANY] + 45 + 90 <= as_of[COMPANY]
    short, cap = windows(as_of, {COMPANY: day_number(dt.date(2023, 9, 1))}, {COMPANY: 45})
    assert cap < 90 and short[-1].is_final
    assert windows(as_of, {COMPANY: day_number(dt.date(2024, 6, 1))}, {COMPANY: 45})[0] == []


def test_rates_recover_the_spread_of_customers_and_help_who_is_new() -> None:
    rng = np.random.default_rng(5)
    company, segment, table, of, alike = [], [], [], [], []
    for k in range(60):
        middle = rng.beta(4, 6)
        for _ in range(12):
            n = int(rng.integers(3, 30))
            s = rng.binomial(n, rng.beta(20 * middle, 20 * (1 - middle)))
            # Sets that mean nothing: the same documents dealt into two.
            half = n // 2
            low = int(rng.hypergeometric(s, n - s, half)) if half else 0
            of += [(len(company), 1), (len(company), 1)]
            alike += [(half, low), (n - half, s - low)]
            company.append(COMPANY)
            segment.append(f"S{k}")
            table.append([[n, s], [s, s // 4], [s // 4, 0]])
    rates = fit_rates(counts(company, segment, table, of, alike))
    assert 0.36 < rates.mean[COMPANY][0] < 0.44
    assert 12 < rates.customer_strength[0] < 35
    assert 6 < rates.segment_strength[0] < 16
    assert rates.alike_strength[1] > 100


def test_documents_alike_count_as_much_as_they_differ() -> None:
    rng = np.random.default_rng(6)
    table, of, alike = [], [], []
    for k in range(400):
        usual = rng.beta(4, 6)
        sets = [
            (n := int(rng.integers(5, 25)), rng.binomial(n, rng.beta(6 * usual, 6 * (1 - usual))))
            for _ in range(4)
        ]
        of += [(k, 0)] * 4
        alike += sets
        n, s = np.sum(sets, axis=0)
        table.append([[n, s], [s, 0], [0, 0]])
    rates = fit_rates(counts([COMPANY] * 400, ["S"] * 400, table, of, alike))
    assert 4 < rates.alike_strength[0] < 9


def counts(company: list[str], segment: list[str], table: Any, of: Any, alike: Any) -> Counts:
    return Counts(
        np.array(company),
        np.array(segment),
        np.array(table, dtype=float),
        np.array(of, dtype=np.int64),
        np.array(alike, dtype=float),
    )


def test_a_customer_never_seen_gets_its_segment_and_an_unseen_category_is_unknown(studied: Studied) -> None:
    part = held_out(studied).take(np.arange(3))
    blank = replace(
        part,
        text={"sector": np.array(["99"] * 3, dtype=object)},
        recent=np.full_like(part.recent, np.nan),
        count_n=np.zeros_like(part.count_n),
        count_s=np.zeros_like(part.count_s),
        values={
            n: np.full(3, np.nan) if n in ("paid_count", "late_mean") else v for n, v in part.values.items()
        },
    )
    model = studied.models[-1]
    rates = model.encoder.rates
    assert np.allclose(rates.posterior(blank), rates.prior(blank), atol=1e-6)
    assert np.isnan(model.encoder.columns(blank)[:, model.encoder.names.index("sector")]).all()
    for name in model.candidates():
        assert np.isfinite(model.curves(name, blank).late(THRESHOLD_DAYS)).all()
    missing = replace(part, values={n: np.full(3, np.nan) for n in part.values})
    assert np.isfinite(late(model.classifier, missing)).all()


def ledger(factory: ModuleType, folder: Path, **how: Any) -> Path:
    factory.write_marts(folder, factory.Ledger(**how))
    return folder


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"mean_days": -60.0, "spread_days": 1.0, "noise_days": 1.0, "drift_share": 0.0}, "too_few_labels"),
        ({"mean_days": 40.0, "spread_days": 1.0, "noise_days": 1.0, "drift_share": 0.0}, "too_few_labels"),
        ({"months": 3, "invoices": 300}, "too_few_months"),
        ({"customers": 1, "invoices": 12}, "too_few_labels"),
    ],
)
def test_where_nothing_can_be_judged_the_customer_rate_serves_and_says_why(
    factory: ModuleType, tmp_path: Path, how: dict[str, Any], code: str
) -> None:
    con = open_marts(ledger(factory, tmp_path, **{"customers": 30, "months": 26, "invoices": 500, **how}))
    prepare(con)
    study = Study(con, 7)
    judged, *_ = study.judged
    assert isinstance(judged, TooShort) and judged.code == code
    package = study.train(None)
    assert package.champion == "customer_rate"
    assert judged.en in package.card["champion"]["en"] and judged.fr in package.card["champion"]["fr"]
    scored = score(con, package, "0" * 16)
    con.close()
    p = np.array(scored.invoices.column("p_late").to_pylist(), dtype=float)
    assert ((p >= 0) & (p <= 1)).all()


@pytest.fixture
def one_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged at as few origins as may be: each learns every candidate anew, whatever the ledger's size."""
    monkeypatch.setattr("ml.lateness.train.ROLLING", 1)


@pytest.mark.usefixtures("one_origin")
def test_one_customer_with_many_invoices_is_scored(factory: ModuleType, tmp_path: Path) -> None:
    con = open_marts(ledger(factory, tmp_path, customers=1, invoices=400, months=18))
    prepare(con)
    package = Study(con, 7).train(None)
    scored = score(con, package, "0" * 16)
    con.close()
    assert scored.invoices.num_rows and scored.invoices.column("p_late").null_count == 0


@pytest.mark.usefixtures("one_origin")
def test_a_ledger_that_stopped_a_year_before_the_as_of_day_is_scored_with_what_it_told(
    factory: ModuleType, tmp_path: Path
) -> None:
    marts = ledger(factory, tmp_path, customers=12, months=15, invoices=300)
    con = open_marts(marts, {COMPANY: dt.date(2024, 10, 31)})
    prepare(con)
    package = Study(con, 7).train(None)
    scored = score(con, package, "0" * 16)
    con.close()
    ages = [(d - dt.date(1970, 1, 1)).days for d in scored.invoices.column("as_of").to_pylist()]
    assert set(ages) == {day_number(dt.date(2024, 10, 31))}
    assert scored.invoices.column("p_late").to_pylist() == [1.0] * scored.invoices.num_rows


def test_a_ledger_of_which_nothing_is_known_has_no_probability(factory: ModuleType, tmp_path: Path) -> None:
    day = dt.date(2024, 1, 31)
    factory.write_rows(
        tmp_path,
        day,
        [("F1", "<script>alert(1)</script>", "invoice", dt.date(2024, 1, 5), dt.date(2024, 3, 5), 100)],
    )
    con = open_marts(tmp_path)
    prepare(con)
    scored = score(con, Study(con, 7).train(None), "0" * 16)
    states = training_states(con)
    con.close()
    row = scored.invoices.to_pylist()[0]
    assert row["p_late"] is None and row["expected_payment_date_p50"] is None
    assert row["customer_id"] == "<script>alert(1)</script>" and len(states) == 2


def test_backtest_rows_are_of_the_one_form_and_every_gain_has_its_baseline(studied: Studied) -> None:
    table: pa.Table = studied.package.tables["backtest"]
    assert table.schema.equals(BACKTEST)
    rows = table.to_pylist()
    keys = [
        tuple(r[c] for c in ("company_id", "target", "model", "window", "cut_off", "slice", "metric"))
        for r in rows
    ]
    assert len(keys) == len(set(keys))
    assert {r["window"] for r in rows} == {"rolling", "pooled", "final"}
    champion = studied.package.champion
    headline = [r for r in rows if r["model"] == champion and r["window"] == "final" and r["slice"] == "all"]
    told = {(r["target"], r["metric"]): r for r in headline}
    for metric in ("log_loss", "brier", "auc", "average_precision", "ece"):
        row = told[("late", metric)]
        assert row["baseline"] == "customer_rate" and row["gain_low"] <= row["gain"] <= row["gain_high"]
    assert told[("days", "pinball")]["baseline"] == "customer_median"
    assert ("days", "cover_80") in told
    assert {r["slice"] for r in rows if r["window"] == "pooled"} >= {
        "paid_before=10+",
        "amount=large",
        "age=1-30",
    }


def test_every_feature_is_declared_once_with_its_source() -> None:
    names = [f["name"] for f in declared()]
    assert len(names) == len(set(names)) and {f.name for f in STATE_FEATURES} < set(names)
    assert all(f["as_of_source"] and f["as_of_source_fr"] for f in declared())
