"""A served model of default: one of the candidates with its calibration, as plain values on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from ml.default import features
from ml.default.calibrate import Calibration
from ml.default.design import Design
from ml.default.hazard import Hazard
from ml.default.loss import Lgd
from ml.default.months import CustomerMonths, Floats
from ml.default.rates import SegmentRate

if TYPE_CHECKING:
    from ml.life.registry import Package

TASK = "default"
TARGET = "default_12m"
#: Candidates: name → (form, feature set). `sector_rate` is the baseline, `overdue_rate` serves where none can be.
CANDIDATES: Mapping[str, tuple[str, str]] = {
    "logistic_behaviour": ("linear", "behaviour"),
    "logistic_company": ("linear", "company"),
    "trees_behaviour": ("trees", "behaviour"),
    "trees_company": ("trees", "company"),
    "ensemble_behaviour": ("ensemble", "behaviour"),
    "ensemble_company": ("ensemble", "company"),
}
BASELINE = "sector_rate"
FALLBACK = "overdue_rate"
#: Serves customers without a document yet: company data alone.
PROSPECT = "logistic_prospect"

#: Whether a company's own defaults confirm its probabilities: code → (English, French).
VALIDATION: Mapping[str, tuple[str, str]] = {
    "validated": (
        "Validated out of time on {count} customers of your own ledger that defaulted.",
        "Validé hors période sur {count} clients défaillants de votre propre comptabilité.",
    ),
    "not_validated": (
        "Not validated on your defaults: {count} customers defaulted in the held-out months, {needed} are needed.",
        "Non validé sur vos défauts : {count} clients défaillants dans les mois de contrôle, il en faut {needed}.",
    ),
    "assumed": (
        "Not validated on your defaults: too few to learn from ({count} known). The probability is an assumed"
        " yearly rate, corrected by what your ledger shows.",
        "Non validé sur vos défauts : trop peu pour apprendre ({count} connus). La probabilité est un taux annuel"
        " supposé, corrigé par ce que montre votre comptabilité.",
    ),
    "prospect": (
        "Before the first invoice: from company data alone, not validated on your defaults.",
        "Avant la première facture : d’après les seules données de l’entreprise, non validé sur vos défauts.",
    ),
}


@dataclass(frozen=True)
class Validation:
    """One company's standing. `count`: customers that defaulted among its held-out months (or at all: `assumed`)."""

    code: str
    count: int
    needed: int

    @property
    def sentences(self) -> tuple[str, str]:
        """English, French."""
        english, french = VALIDATION[self.code]
        return (
            english.format(count=self.count, needed=self.needed),
            french.format(count=self.count, needed=self.needed),
        )


@dataclass(frozen=True)
class DefaultModel:
    """`hazard` is None where a rate serves. `prospect`: company data alone, for whom no invoice exists yet.
    `lgd`, `validation`: per company."""

    name: str
    hazard: Hazard | None
    rate: SegmentRate
    calibration: Calibration
    prospect: Hazard | None
    lgd: Mapping[str, Lgd]
    validation: Mapping[str, Validation]

    def log_odds(self, months: CustomerMonths) -> Floats:
        """Log-odds before calibration, shape (n,)."""
        return log_odds(self.hazard or self.rate, months)

    def probability(self, months: CustomerMonths) -> Floats:
        """P(default within twelve months), shape (n,)."""
        return self.calibration.apply(self.log_odds(months))

    @property
    def rate_name(self) -> str:
        """The name of its rate."""
        return BASELINE if self.rate.by == "sector" else FALLBACK

    def to_package(self, card: Mapping[str, Any]) -> Package:
        """The model as plain values; `card` as `train` made it."""
        from ml.life.registry import Package

        trees: dict[str, str] = {}
        state: dict[str, Any] = {
            "name": self.name,
            "hazard": _hazard_state(self.hazard, "hazard", trees),
            "rate": self.rate.to_dict(),
            "calibration": self.calibration.to_dict(),
            "prospect": _hazard_state(self.prospect, "prospect", trees),
            "lgd": {c: vars(found) for c, found in sorted(self.lgd.items())},
            "validation": {c: vars(found) for c, found in sorted(self.validation.items())},
        }
        return Package(TASK, self.name, state, trees, card)

    @classmethod
    def from_package(cls, package: Package) -> DefaultModel:
        """The model of a package that was checked when it was read."""
        state = package.state
        return cls(
            state["name"],
            _hazard(state["hazard"], package.trees),
            SegmentRate.from_dict(state["rate"]),
            Calibration.from_dict(state["calibration"]),
            _hazard(state["prospect"], package.trees),
            {c: Lgd(**found) for c, found in state["lgd"].items()},
            {c: Validation(**found) for c, found in state["validation"].items()},
        )


def declared() -> dict[str, object]:
    """What a stored model was made with, if the code at hand is to serve it: features, and what a model holds."""
    parts = (DefaultModel, Hazard, Design, SegmentRate, Calibration)
    return {
        "features": features.declared(),
        "model": {part.__name__: [field.name for field in fields(part)] for part in parts},
    }


def log_odds(server: Hazard | SegmentRate, months: CustomerMonths) -> Floats:
    """Log-odds of default within twelve months by a hazard or a rate, before calibration."""
    return server.log_odds(server.index(months)) if isinstance(server, Hazard) else server.log_odds(months)


def feature_values(model: DefaultModel, months: CustomerMonths) -> dict[str, npt.NDArray[Any]]:
    """What the model sees of customer-months, by feature: numbers with NaN, texts with None for unknown."""
    used = model.hazard.design.used if model.hazard else ()
    return {f.name: months.text[f.name] if f.unit == "category" else months.values[f.name] for f in used}


def _hazard_state(hazard: Hazard | None, name: str, trees: dict[str, str]) -> dict[str, Any] | None:
    if hazard is None:
        return None
    if hazard.text is not None:
        trees[name] = hazard.text
    return {
        "design": hazard.design.to_dict(),
        "intercepts": list(hazard.intercepts),
        "coefficients": list(hazard.coefficients),
        "trees": name if hazard.text is not None else None,
        "weights": list(hazard.weights),
    }


def _hazard(state: Mapping[str, Any] | None, trees: Mapping[str, str]) -> Hazard | None:
    if state is None:
        return None
    return Hazard(
        Design.from_dict(state["design"]),
        tuple(state["intercepts"]),
        tuple(state["coefficients"]),
        trees[state["trees"]] if state["trees"] else None,
        (state["weights"][0], state["weights"][1]),
    )
