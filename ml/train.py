"""LightGBM on the band rows: one binary model for all bands, repeatable to the byte.

The last mature months before the cut-off choose the number of trees and calibrate; then the model
is refitted on every row visible at the cut-off. Nothing is fitted on what lies beyond it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit  # type: ignore[import-untyped]

from ml.baseline import CustomerRate, fit_customer_rate
from ml.calibrate import Platt, fit_platt, identity
from ml.features import CATEGORICAL, design, features_with, fit_categories, told_signals
from ml.labels import THRESHOLD_DAYS, BandRows, band_rows, is_certain
from ml.split import last_mature_origin, months_before
from ml.states import States

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: A band is learnt by trees from this many rows, and this many of either outcome; else the customer rate serves it.
MIN_BAND_ROWS = 200
MIN_BAND_OF_EACH = 20
#: Months before the cut-off that choose the number of trees and calibrate.
CALIBRATION_MONTHS = 6
MAX_TREES = 250
#: Without a calibration slice, this many trees.
DEFAULT_TREES = 60

PARAMETERS: Mapping[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 63,
    "min_data_per_group": 100,
    "monotone_constraints_method": "intermediate",
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Model:
    """What serves: trees as LightGBM text, and everything fitted beside them. `signals`: the events it uses."""

    text: str
    trees: int
    rate: CustomerRate
    platt: Platt
    categories: Mapping[str, Sequence[str]]
    learnt_bands: tuple[bool, ...]
    parameters: Mapping[str, Any]
    signals: tuple[str, ...] = ()

    def raw(self, states: States, index: Ints, band: Ints) -> Floats:
        """Raw log-odds of the trees, before calibration."""
        booster = load_booster(self.text)
        matrix = design(states, index, band, self.rate, self.categories, self.signals)
        if not len(matrix):
            return np.empty(0)
        out: Floats = np.asarray(booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)
        return out

    def stay_open(self, states: States, index: Ints, band: Ints) -> Floats:
        """Probability of staying open to the end of the band; 1 where certain, the customer rate where not learnt."""
        p = np.ones(len(index))
        certain = np.zeros(len(index), dtype=bool)
        for j in range(len(THRESHOLD_DAYS)):
            certain |= (band == j) & is_certain(states, j)[index]
        learnt = np.asarray(self.learnt_bands)[band]
        trees, rate = ~certain & learnt, ~certain & ~learnt
        p[trees] = expit(self.platt.apply(self.raw(states, index[trees], band[trees]), band[trees]))
        p[rate] = self.rate.stay_open(states, index[rate], band[rate])
        return p


def lightgbm() -> Any:
    """LightGBM, imported when first needed; waiting threads sleep instead of spinning on shared cores."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm as module

    return module


def load_booster(text: str) -> Any:
    """The trees of a model text."""
    return lightgbm().Booster(model_str=text)


def fit_model(
    states: States,
    counts: Mapping[str, Mapping[str, Floats]],
    cut_off: Mapping[str, int],
    term_days: Mapping[str, int],
    seed: int,
    rows: BandRows | None = None,
) -> Model | None:
    """The whole recipe at one cut-off; None where no band has enough rows.

    `counts`: customer counts under "cut_off" and "calibration", see `calibration_cut_off`. `rows`
    replaces the rows visible at the cut-off (a test permutes their outcomes); they must be a subset.
    """
    rows = band_rows(states, cut_off, term_days) if rows is None else rows
    learnt = tuple(_is_learnable(rows.outcome[rows.band == j]) for j in range(len(THRESHOLD_DAYS)))
    if not learnt[0]:
        return None
    rows = rows.where(np.asarray(learnt)[rows.band])
    signals = told_signals(states, np.unique(rows.index))
    trees, platt = DEFAULT_TREES, identity(len(THRESHOLD_DAYS))
    early_cut = calibration_cut_off(cut_off, term_days)
    visible = _is_visible(states, rows, early_cut, term_days)
    later = states.origin[rows.index] >= states.per_company(early_cut)[rows.index]
    early, recent = rows.where(visible), rows.where(later & ~visible)
    if _is_learnable(early.outcome) and _is_learnable(recent.outcome):
        rate = fit_customer_rate(counts["calibration"], states, early)
        categories = fit_categories(states, np.unique(early.index))
        booster = _boost(states, early, rate, categories, signals, seed, MAX_TREES, recent)
        trees = max(int(booster.best_iteration), 10)
        matrix = design(states, recent.index, recent.band, rate, categories, signals)
        log_odds = np.asarray(booster.predict(matrix, raw_score=True, num_iteration=trees, num_threads=1))
        platt = fit_platt(log_odds, recent.outcome, recent.band, len(THRESHOLD_DAYS))
    rate = fit_customer_rate(counts["cut_off"], states, rows)
    categories = fit_categories(states, np.unique(rows.index))
    booster = _boost(states, rows, rate, categories, signals, seed, trees, None)
    return Model(
        text=booster.model_to_string(),
        trees=trees,
        rate=rate,
        platt=platt,
        categories=categories,
        learnt_bands=learnt,
        parameters={**PARAMETERS, "seed": seed},
        signals=signals,
    )


def calibration_cut_off(cut_off: Mapping[str, int], term_days: Mapping[str, int]) -> dict[str, int]:
    """The earlier cut-off inside the training window: the first of the last months mature for late > 30."""
    return {
        company: months_before(last_mature_origin(day, term_days.get(company, 0), 1), CALIBRATION_MONTHS - 1)
        for company, day in cut_off.items()
    }


def _is_visible(
    states: States, rows: BandRows, cut_off: Mapping[str, int], term_days: Mapping[str, int]
) -> npt.NDArray[np.bool_]:
    """Rows that would also have been training rows at the earlier cut-off."""
    early = band_rows(states, cut_off, term_days)
    bands = len(THRESHOLD_DAYS)
    visible: npt.NDArray[np.bool_] = np.isin(rows.index * bands + rows.band, early.index * bands + early.band)
    return visible


def _is_learnable(outcome: Floats) -> bool:
    stayed = float(outcome.sum())
    return len(outcome) >= MIN_BAND_ROWS and min(stayed, len(outcome) - stayed) >= MIN_BAND_OF_EACH


def _boost(
    states: States,
    rows: BandRows,
    rate: CustomerRate,
    categories: Mapping[str, Sequence[str]],
    signals: tuple[str, ...],
    seed: int,
    trees: int,
    validation: BandRows | None,
) -> Any:
    lgb = lightgbm()
    features = features_with(signals)
    parameters = {
        **PARAMETERS,
        "seed": seed,
        "monotone_constraints": [f.monotone for f in features],
    }

    def dataset(part: BandRows, reference: Any = None) -> Any:
        return lgb.Dataset(
            design(states, part.index, part.band, rate, categories, signals),
            label=part.outcome,
            feature_name=[f.name for f in features],
            categorical_feature=list(CATEGORICAL),
            reference=reference,
            free_raw_data=True,
        )

    training = dataset(rows)
    if validation is None:
        return lgb.train(parameters, training, num_boost_round=trees)
    return lgb.train(
        parameters,
        training,
        num_boost_round=trees,
        valid_sets=[dataset(validation, training)],
        callbacks=[lgb.early_stopping(30, verbose=False)],
    )
