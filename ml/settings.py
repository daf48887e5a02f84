"""What a user may set about risk: the `risk:` section of encours.yml, with its defaults.

Every assumption that no ledger can tell (prior of the loss given default, price of money, what an action
achieves) stands here and is printed beside the figures that rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RiskSettings:
    """Defaults for a company that sets nothing. Shares are fractions 0 to 1; money in the company's currency."""

    #: Loss given default before one's own write-offs say otherwise, net of recoverable VAT.
    lgd_prior: float = 0.6
    #: Defaults that the prior is worth: with as many own ones, prior and own rate weigh the same.
    lgd_prior_strength: float = 10.0
    #: How often the models are trained anew: `monthly`, `quarterly` or `never`, counted in as-of months.
    retrain: str = "monthly"
