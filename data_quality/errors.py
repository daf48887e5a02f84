"""What this package raises: `ValueError`s whose message says which table, rule or file is wrong."""

from __future__ import annotations


class ProfileError(ValueError):
    """The tables to profile are not where, or not what, they must be."""


class PolicyError(ValueError):
    """A severity or a threshold names something that does not exist, or has no possible value."""


class JudgementError(ValueError):
    """Great Expectations could not judge a rule: the gate has no answer, which is not a pass."""


class ArtifactError(ValueError):
    """A dbt artifact (run_results.json, manifest.json) is missing or not readable."""
