"""What a user may set about risk: the `risk:` section of encours.yml, with its defaults.

Every assumption that no ledger can tell (prior of the loss given default, price of money, what an action
achieves) stands here and is printed beside the figures that rest on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

#: What a value may be; the configuration refuses the rest.
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=365)]
Effect = Annotated[float, Field(ge=1, le=10)]


@dataclass(frozen=True)
class RiskSettings:
    """Defaults for a company that sets nothing. Shares are fractions 0 to 1; money in the company's currency."""

    #: Loss given default before one's own write-offs say otherwise, net of recoverable VAT.
    lgd_prior: Share = 0.6
    #: Defaults that the prior is worth: with as many own ones, prior and own rate weigh the same.
    lgd_prior_strength: Positive = 10.0
    #: How often the models are trained anew: `monthly`, `quarterly` or `never`, counted in as-of months.
    retrain: Literal["monthly", "quarterly", "never"] = "monthly"

    #: Rules of actions as YAML text (the file named by `actions`); None: ml/actions/rules.yml.
    action_rules: str | None = None
    #: Assumed effect of asking today on the daily rate of payment of what is past due: 1.5 = half as many payments
    #: again per day. Measured where reminders are recorded. An action that is not named presses nobody.
    effects: Mapping[str, Effect] = field(
        default_factory=lambda: {
            "remind": 1.25,
            "call": 1.6,
            "payment_plan": 1.4,
            "formal_notice": 1.5,
            "stop": 1.6,
        }
    )
    #: How sure the assumed effects are: standard error of their logarithm (0.3: within a factor 1.6, nine in ten).
    effect_uncertainty: Positive = 0.3
    #: Days after a reminder in which it is taken to work.
    effect_days: Days = 14
    #: From this level on a recorded reminder is a formal notice.
    notice_level: Annotated[int, Field(ge=1, le=99)] = 3
    #: Days within which the cash gained by asking today is counted.
    collection_days: Days = 30
    #: What one accepts to lose on a customer, a year's expected loss as a share of its billing: bounds its limit.
    limit_loss_share: Share = 0.005
    #: Days beyond the usual term that a recommended limit leaves room for.
    limit_grace_days: Annotated[int, Field(ge=0, le=365)] = 15
    #: Share of customers that default within a year, before one's own defaults say otherwise.
    pd_prior: Share = 0.02
    #: Customer-years that this share is worth.
    pd_prior_strength: Positive = 100.0
    #: Own defaults among held-out months from which a rating counts as validated on them.
    min_own_defaults: Annotated[int, Field(ge=1, le=100_000)] = 20
    #: Price of money per year: what a day of DSO costs.
    financing_rate: Share = 0.05
    #: Terms of payment that the cash page compares today's with, in canonical form (`30`, `45 EOM`, `EOM 45`).
    what_if_terms: tuple[str, ...] = ("0", "30", "45", "60", "30 EOM", "45 EOM")
