"""Metrics against scikit-learn's, and the bootstrap by customer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from ml import evaluate
from ml.evaluate import compare


@pytest.fixture(scope="module")
def case() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.Generator(np.random.PCG64(3))
    p = np.round(rng.random(400), 2)
    y = (rng.random(400) < p).astype(float)
    w = rng.integers(0, 4, 400).astype(float)
    return y, p, w


def _clipped_log_loss(y: np.ndarray, p: np.ndarray, sample_weight: np.ndarray) -> float:
    return float(log_loss(y, np.clip(p, 1e-6, 1 - 1e-6), sample_weight=sample_weight))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (evaluate.auc, roc_auc_score),
        (evaluate.average_precision, average_precision_score),
        (evaluate.brier, brier_score_loss),
        (evaluate.log_loss, _clipped_log_loss),
    ],
)  # fmt: skip
def test_weighted_metrics_equal_scikit_learn(ours, theirs, case) -> None:  # type: ignore[no-untyped-def]
    y, p, w = case
    assert ours(y, p, w[None, :])[0] == pytest.approx(theirs(y, p, sample_weight=w), abs=1e-9)


def test_calibration_error_of_a_shifted_probability_is_the_shift() -> None:
    y = np.tile([0.0, 1.0], 500)
    assert evaluate.ece(y, np.full(1000, 0.6), np.ones((1, 1000)))[0] == pytest.approx(0.1, abs=0.02)


def test_equal_scores_are_one_group_whatever_their_order() -> None:
    """Six late of ten, said 60 %: no error, though all that were late stand first."""
    y, p = np.repeat([1.0, 0.0], [600, 400]), np.full(1000, 0.6)
    ones = np.ones((1, 1000))
    assert evaluate.ece(y, p, ones)[0] == pytest.approx(0.0, abs=1e-12)
    assert [g.n for g in evaluate.reliability(y, p)] == [1000]
    mixed = np.round(np.random.Generator(np.random.PCG64(1)).random(1000), 1)
    turned = np.argsort(-y, kind="stable")[::-1]
    assert evaluate.ece(y, mixed, ones)[0] == pytest.approx(evaluate.ece(y[turned], mixed[turned], ones)[0])
    distinct = np.arange(1000) / 1000
    assert [len(part) for part in evaluate.like_scores(distinct)] == [100] * 10


def test_one_class_has_no_rank() -> None:
    ones = np.ones((1, 5))
    assert np.isnan(evaluate.auc(np.zeros(5), np.linspace(0, 1, 5), ones)[0])
    assert np.isnan(evaluate.average_precision(np.zeros(5), np.linspace(0, 1, 5), ones)[0])


def test_twins_of_one_customer_widen_the_interval(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, _ = case
    q = np.clip(p * 0.6 + 0.2, 0, 1)
    alone = np.array([f"C{i}" for i in range(len(y))], dtype=object)
    few = np.array([f"C{i % 4}" for i in np.argsort(np.argsort(p, kind="stable")) // 100], dtype=object)
    width = [
        next(c.gain_high - c.gain_low for c in compare(y, p, q, who, seed=7) if c.metric == "log_loss")
        for who in (alone, few)
    ]
    assert width[1] > width[0]
    assert compare(y, p, q, alone, seed=7) == compare(y, p, q, alone, seed=7)
