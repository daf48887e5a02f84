"""Data quality: profiles of the incoming data, expectations on them, the gate that refuses.

What belongs here: what the incoming data must look like and what is said when it does not, and the rows of
`quality.expectations`, dbt's included. What does not: reading files, orchestration, pages.

The way: `profile_inputs` (DuckDB) → `judge` (Great Expectations) → `decide`; after the warehouse, `dbt_results`.
Importing this package imports neither DuckDB nor Great Expectations.
"""

from __future__ import annotations

from data_quality.dbt_results import dbt_results
from data_quality.errors import ArtifactError, JudgementError, PolicyError, ProfileError
from data_quality.gate import Decision, check_severities, decide, expectation_names
from data_quality.profiles import profile_inputs
from data_quality.results import EXPECTATION_COLUMNS, ExpectationResult, expectations_table
from data_quality.rules import Policy
from data_quality.validate import judge

__all__ = [
    "EXPECTATION_COLUMNS",
    "ArtifactError",
    "Decision",
    "ExpectationResult",
    "JudgementError",
    "Policy",
    "PolicyError",
    "ProfileError",
    "check_severities",
    "dbt_results",
    "decide",
    "expectation_names",
    "expectations_table",
    "judge",
    "profile_inputs",
]
