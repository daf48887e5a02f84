"""What dbt found, as rows of `quality.expectations`.

What belongs here: reading run_results.json with manifest.json and wording each test. What does not: running dbt, and
rules on incoming data (`suites/`).

dbt's tests look at every company at once: their rows stand under `*`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data_quality.errors import ArtifactError
from data_quality.results import ALL_COMPANIES, ExpectationResult, Severity
from data_quality.wording import Language, plain, typeset, whole

_PASSING = {"pass", "success"}
_TESTS = {"test", "unit_test"}
_BUILT = {"model", "seed", "snapshot"}
_LONGEST_TEXT = 300


def dbt_results(run_results: Path | str, manifest: Path | str) -> list[ExpectationResult]:
    """dbt's tests, unit tests and failed models of one invocation.

    Args:
        run_results: run_results.json of `dbt build` or `dbt test`.
        manifest: manifest.json of the same project.

    Returns:
        One row per test and unit test, whatever its outcome, and one per model or seed that was not built; by table,
        then name. A test that did not run is not a pass. Severity is the test's own; unit tests and builds are errors.

    Raises:
        ArtifactError: a file is missing, is not dbt's, or tells of a node that the manifest does not know.
    """
    outcomes = _read(Path(run_results), "results")
    nodes = _read(Path(manifest), "nodes")
    known = {**nodes["nodes"], **nodes.get("unit_tests", {})}
    rows = []
    for outcome in outcomes["results"]:
        unique_id = outcome["unique_id"]
        kind = unique_id.split(".")[0]
        if kind not in _TESTS | _BUILT or (kind in _BUILT and outcome["status"] in _PASSING):
            continue
        if unique_id not in known:
            raise ArtifactError(
                f"{manifest}: it does not know {unique_id}, which {Path(run_results).name} tells of; "
                "take both from the same dbt run."
            )
        rows.append(_row(kind, outcome, known[unique_id]))
    return sorted(rows, key=lambda row: (row.table_name, row.suite, row.expectation))


def _read(path: Path, key: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(f"{path}: the file is missing; run dbt first.") from error
    except ValueError as error:
        raise ArtifactError(f"{path}: this is not readable JSON; run dbt again.") from error
    if not isinstance(content, dict) or key not in content:
        raise ArtifactError(f"{path}: this is not dbt's {path.name}: it has no '{key}'; run dbt again.")
    return content


def _row(kind: str, outcome: Mapping[str, Any], node: Mapping[str, Any]) -> ExpectationResult:
    status = str(outcome["status"])
    passed = status in _PASSING
    table = _table(kind, node)
    failures = int(outcome.get("failures") or 0)
    if passed:
        observed = "0"
    elif status in ("fail", "warn"):
        observed = whole(failures, "en")
    else:
        observed = plain(status)
    return ExpectationResult(
        company_id=ALL_COMPANIES,
        stage="warehouse",
        suite="dbt_unit" if kind == "unit_test" else "dbt",
        expectation=node["name"],
        subject="",
        table_name=table,
        column_name=node.get("column_name"),
        severity=_severity(kind, node),
        passed=passed,
        observed=observed,
        expected="0" if kind in _TESTS else "built",
        unexpected_count=0 if passed else max(failures, 1),
        sentence=_sentence(kind, outcome, node, table, "en"),
        sentence_fr=_sentence(kind, outcome, node, table, "fr"),
    )


def _table(kind: str, node: Mapping[str, Any]) -> str:
    """The model a test is about."""
    if kind == "unit_test":
        return str(node["model"])
    if kind in _BUILT:
        return str(node["name"])
    attached = node.get("attached_node")
    if attached:
        return str(attached).split(".")[-1]
    above = node.get("depends_on", {}).get("nodes", [])
    return str(above[0]).split(".")[-1] if above else ""


def _severity(kind: str, node: Mapping[str, Any]) -> Severity:
    if kind == "test" and str(node.get("config", {}).get("severity", "error")).lower() == "warn":
        return "warning"
    return "error"


def _sentence(
    kind: str, outcome: Mapping[str, Any], node: Mapping[str, Any], table: str, language: Language
) -> str:
    """The rule in words, then how it came out."""
    french = language == "fr"
    status = str(outcome["status"])
    rule = _rule(kind, node, table, language)
    failures = int(outcome.get("failures") or 0)
    if status in _PASSING:
        return typeset(f"{rule}.", language)
    if status in ("fail", "warn") and kind == "test":
        if french:
            noun = "ligne ne le respecte" if failures < 2 else "lignes ne le respectent"
            told = f"{whole(failures, language)} {noun} pas"
            remedy = f"voyez le test dbt {plain(node['name'])}"
        else:
            told = f"{whole(failures, language)} {'row does' if failures == 1 else 'rows do'} not obey"
            remedy = f"look at the dbt test {plain(node['name'])}"
        return typeset(f"{rule} : {told} ; {remedy}." if french else f"{rule}: {told}; {remedy}.", language)
    message = plain(outcome.get("message") or "", _LONGEST_TEXT).rstrip(".")
    said = f" ({message})" if message else ""
    if status == "skipped":
        return typeset(
            f"{rule} : non vérifié, un modèle en amont a échoué{said}."
            if french
            else f"{rule}: not checked, a model before it failed{said}.",
            language,
        )
    if kind == "unit_test":
        return typeset(
            f"{rule} : le modèle ne donne pas le résultat attendu de l'exemple{said}."
            if french
            else f"{rule}: the model does not give the example's expected result{said}.",
            language,
        )
    return typeset(
        f"{rule} : dbt s'est arrêté sur une erreur{said}."
        if french
        else f"{rule}: dbt stopped on an error{said}.",
        language,
    )


def _rule(kind: str, node: Mapping[str, Any], table: str, language: Language) -> str:
    """What a test demands, in words."""
    french = language == "fr"
    if kind in _BUILT:
        return f"{table} est construit" if french else f"{table} is built"
    meta = {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}
    if french and meta.get("sentence_fr"):
        return plain(meta["sentence_fr"], _LONGEST_TEXT).rstrip(".")
    if not french and meta.get("sentence"):
        return plain(meta["sentence"], _LONGEST_TEXT).rstrip(".")
    told = _generic(node, table, french)
    if told:
        return told
    if node.get("description") and not french:
        return plain(node["description"], _LONGEST_TEXT).rstrip(".")
    words = str(node["name"]).removeprefix("assert_").replace("_", " ")
    if french:
        what = "exemple" if kind == "unit_test" else "contrôle"
        return f"{table}, {what} « {words} »"
    return f"{table}: {words}" if kind == "unit_test" else words[:1].upper() + words[1:]


def _generic(node: Mapping[str, Any], table: str, french: bool) -> str | None:
    """dbt's generic tests, and the project's own `unique_key`."""
    metadata = node.get("test_metadata") or {}
    arguments = metadata.get("kwargs") or {}
    column = f"{table}.{node.get('column_name') or arguments.get('column_name') or ''}".rstrip(".")
    match metadata.get("name"):
        case "not_null":
            return f"{column} est toujours renseigné" if french else f"{column} is always given"
        case "unique":
            return f"{column} est unique" if french else f"{column} is unique"
        case "unique_key":
            columns = ", ".join(_items(arguments.get("columns")))
            return f"{table} : une ligne par {columns}" if french else f"{table}: one row per {columns}"
        case "accepted_values":
            values = ", ".join(_items(arguments.get("values")))
            return f"{column} vaut {values}" if french else f"{column} is one of {values}"
        case "relationships":
            parent = str(arguments.get("to", "")).replace('"', "'").removeprefix("ref('").removesuffix("')")
            target = f"{parent}.{arguments.get('field', '')}"
            return f"{column} existe dans {target}" if french else f"{column} exists in {target}"
        case _:
            return None


def _items(value: Any) -> list[str]:
    """A list of dbt arguments; dbt sometimes keeps it as text."""
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return [plain(value)]
    return [plain(item) for item in value or []]
