"""The trees: no leak, monotone where promised, contributions that add up, kept by hash."""

from __future__ import annotations

import numpy as np
import pytest

from ml.artifact import load, save
from ml.evaluate import auc
from ml.explain import contributions, first_open_band, model_reasons
from ml.features import FEATURES, NAMES, SIGNALS, design, features_with, told_signals
from ml.labels import BandRows
from ml.marts import RiskError
from ml.score import probabilities
from ml.train import fit_model, load_booster


def test_permuted_labels_teach_nothing(trained) -> None:  # type: ignore[no-untyped-def]
    """A leak would still rank the permuted held-out outcomes; several draws, for one is noisy."""
    states, split = trained.states, trained.split
    rows = split.training
    found = []
    for seed in range(3):
        rng = np.random.Generator(np.random.PCG64(seed))
        outcome = rows.outcome.copy()
        for band in range(3):
            mine = np.flatnonzero(rows.band == band)
            outcome[mine] = outcome[rng.permutation(mine)]
        model = fit_model(
            states, trained.counts, split.cut_off, trained.terms, 7, BandRows(rows.index, rows.band, outcome)
        )
        assert model is not None
        held = np.flatnonzero(split.held_out[0])
        y = rng.permutation(states.late[held, 0])
        found.append(auc(y, probabilities(model, states, held)[:, 0], np.ones((1, len(held))))[0])
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)


def test_the_model_comes_near_the_generator_s_own_probabilities(trained, factory, drifting) -> None:  # type: ignore[no-untyped-def]
    states, split = trained.states, trained.split
    truth = factory.truth_of(drifting)
    held = np.flatnonzero(split.held_out[0])
    best = np.array([
        factory.true_late(truth["732829320"], states.document[i], int(states.origin[i] - states.due[i]), 0)
        for i in held
    ])  # fmt: skip
    y, one = states.late[held, 0], np.ones((1, len(held)))
    ours = auc(y, probabilities(trained.model, states, held)[:, 0], one)[0]
    assert ours > auc(y, best, one)[0] - 0.03


def test_raising_a_monotone_feature_never_lowers_the_score(trained) -> None:  # type: ignore[no-untyped-def]
    rows = trained.split.training
    pick = np.arange(0, len(rows), 7)
    matrix = design(
        trained.states, rows.index[pick], rows.band[pick], trained.model.rate, trained.model.categories
    )
    booster = load_booster(trained.model.text)
    before = booster.predict(matrix, raw_score=True)
    rng = np.random.Generator(np.random.PCG64(2))
    for column, feature in enumerate(FEATURES):
        if not feature.monotone:
            continue
        known = ~np.isnan(matrix[:, column])
        if not known.any():
            continue
        more = matrix.copy()
        spread = np.nanstd(matrix[:, column]) + 1.0
        more[known, column] += feature.monotone * rng.exponential(spread, known.sum())
        change = booster.predict(more, raw_score=True) - before
        assert change.min() >= -1e-9, feature.name


def test_contributions_add_up_to_the_raw_score(trained) -> None:  # type: ignore[no-untyped-def]
    rows = trained.split.training
    index, band = rows.index[:500], rows.band[:500]
    parts = contributions(trained.model, trained.states, index, band)
    assert parts.shape == (500, len(NAMES) + 1)
    assert parts.sum(axis=1) == pytest.approx(trained.model.raw(trained.states, index, band), abs=1e-9)


def test_probabilities_are_ordered_and_certain_once_past(trained) -> None:  # type: ignore[no-untyped-def]
    states = trained.states
    p = probabilities(trained.model, states)
    assert p.min() >= 0 and p.max() <= 1
    assert (p[:, 0] >= p[:, 1]).all() and (p[:, 1] >= p[:, 2]).all()
    age = states.origin - states.due
    assert (p[age >= 0, 0] == 1).all() and (p[age >= 30, 1] == 1).all()
    assert (p[age < 0, 0] < 1).all()


def test_reasons_are_distinct_groups_about_the_open_question(trained) -> None:  # type: ignore[no-untyped-def]
    states = trained.states
    reasons = model_reasons(trained.model, states)
    band = first_open_band(states.origin - states.due)
    assert all(1 <= len(r) <= 3 for r in reasons)
    for i in range(0, len(states), 97):
        told = [r for r in reasons[i] if r["target"] != "known"]
        assert len({r["group"] for r in told}) == len(told)
        assert {r["target"] for r in told} <= {("late", "late_30", "late_90")[band[i]]}
        assert all((r["contribution"] > 0) == (r["direction"] == "raises") for r in told)
        assert all(r["en"] and r["fr"] and "{" not in r["en"] + r["fr"] for r in reasons[i])
        if states.origin[i] > states.due[i]:
            assert reasons[i][0]["code"] == "past_due"


def test_a_model_whose_bytes_changed_is_not_loaded(trained, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from ml.artifact import feature_card, served

    card = {"features": feature_card(trained.model), "served": served(trained.model.rate, trained.model)}
    saved = save(tmp_path, card, trained.model)
    assert save(tmp_path, card, trained.model) == saved
    _, rate, model = load(saved)
    assert rate == trained.model.rate and model is not None
    states, some = trained.states, np.arange(200, dtype=np.int64)
    assert (probabilities(model, states, some) == probabilities(trained.model, states, some)).all()
    text = saved.folder / "model.txt"
    text.write_text(text.read_text() + " ")
    with pytest.raises(RiskError, match="hash differs"):
        load(saved)
    card_file = saved.folder / "card.json"
    card_file.write_text(card_file.read_text().replace("lightgbm", "lightgbn"))
    with pytest.raises(RiskError, match="card"):
        load(saved)


def test_without_events_the_model_looks_at_what_it_always_did(trained) -> None:  # type: ignore[no-untyped-def]
    assert trained.model.signals == ()
    assert told_signals(trained.states, np.arange(len(trained.states))) == ()
    assert load_booster(trained.model.text).feature_name() == list(NAMES)


def test_a_signal_that_tells_something_is_learnt_explained_and_kept(trained, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Broken promises drawn after the outcome: the trees must find them; a signal known of few states is left out."""
    from dataclasses import replace

    from ml.artifact import feature_card, served

    states = trained.states
    rng = np.random.Generator(np.random.PCG64(3))
    values = dict(states.values)
    values["promises_broken_12m"] = np.where(states.late[:, 0] == 1, 2.0, 0.0) + rng.integers(
        0, 2, len(states)
    )
    values["orders_trend"] = np.full(len(states), np.nan)
    values["orders_trend"][:50] = rng.random(50)
    told = replace(states, values=values)
    model = fit_model(told, trained.counts, trained.split.cut_off, trained.terms, 7)
    assert model is not None and model.signals == ("promises_broken_12m",)
    held = np.flatnonzero(trained.split.held_out[0])
    y, one = states.late[held, 0], np.ones((1, len(held)))
    with_signal = auc(y, probabilities(model, told, held)[:, 0], one)[0]
    assert with_signal > auc(y, probabilities(trained.model, states, held)[:, 0], one)[0] + 0.02
    reasons = [reason for one_state in model_reasons(model, told) for reason in one_state]
    found = next(r for r in reasons if r["feature"] == "promises_broken_12m")
    assert "broken" in found["en"] and "non tenues" in found["fr"]
    card = {"features": feature_card(model), "served": served(model.rate, model)}
    _, _, loaded = load(save(tmp_path, card, model))
    assert loaded is not None and loaded.signals == model.signals
    assert (probabilities(loaded, told, held) == probabilities(model, told, held)).all()


def test_every_signal_has_words_in_both_languages() -> None:
    for feature in features_with([f.name for f in SIGNALS])[len(FEATURES) :]:
        assert feature.en and feature.fr and feature.en != feature.fr
        assert ("{value}" in feature.en) == ("{value}" in feature.fr) == (feature.unit != "flag")
