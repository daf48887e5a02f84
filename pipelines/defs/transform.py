"""The dbt project as assets: staging → intermediate → marts, and dbt's tests as asset checks.

What belongs here: running dbt in a process of its own and naming its nodes. What does not: any SQL.

dbt runs as a subprocess because the in-process runner keeps the DuckDB file locked.
"""

# No `from __future__ import annotations` here: Dagster reads the type of `context` itself and must not find a text.

import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from packaging.version import Version

from pipelines.dbt_manifest import DBT, DBT_PROJECT, dbt_environment
from pipelines.defs.resources import OWNERS, RunContext, loading_ahead, table_metadata
from pipelines.errors import DataError, EncoursError
from pipelines.lake import link, read_json


class Translator(DagsterDbtTranslator):
    """dbt nodes as `[stage, table]`: the stage is the folder under models/, and the group."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`[inputs, table]` for sources, `[seeds, table]`, else `[staging | intermediate | marts | quality, table]`."""
        return dg.AssetKey([self.stage(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The stage."""
        return self.stage(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Who answers for the table."""
        return OWNERS

    @staticmethod
    def stage(props: Mapping[str, Any]) -> str:
        """Where a node stands in the flow."""
        kind = props["resource_type"]
        if kind == "source":
            return "inputs"
        if kind == "seed":
            return "seeds"
        return str(props["fqn"][1])


class QuietDbt(DbtCliResource):
    """dagster-dbt's subprocess runner, without what it adds around it.

    It asks `dbt --version`, which asks the package index, and loads a dbt adapter into this process for row counts
    that we read from the exported Parquet instead.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> Any:
        return None


def dbt_resource() -> QuietDbt:
    """The runner, on the project and the executable of this very environment."""
    return QuietDbt(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(DBT))


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the subprocesses started inside."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def failure_sentence(run_results: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """What of a dbt build failed, as one sentence."""
    failed, broken = [], []
    for result in run_results["results"]:
        node = manifest["nodes"].get(result["unique_id"], {})
        name = node.get("name", result["unique_id"])
        if result["status"] == "fail":
            count = result.get("failures") or 0
            failed.append(f"{name} ({count} {'row' if count == 1 else 'rows'})")
        elif result["status"] == "error":
            message = " ".join(str(result.get("message") or "").split())
            broken.append(f"{name}: {message[:300]}")
    if broken:
        return f"The warehouse could not be built, nothing was published: {'; '.join(broken[:3])}."
    shown = ", ".join(failed[:5]) + (f" and {len(failed) - 5} more" if len(failed) > 5 else "")
    return f"The warehouse failed its tests, nothing was published: {shown}."


def transform_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """All dbt nodes as one set of assets, built by one dbt process."""
    manifest = read_json(manifest_path)
    models = {node["alias"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Translator(), name="dbt")
    def dbt(
        context: AssetExecutionContext, encours: dg.ResourceParam[RunContext], dbt_cli: QuietDbt
    ) -> Iterator[Any]:
        run = encours.workspace.current_run()
        target = run / "dbt"
        with encours.step("Building the warehouse") as step:
            values = {**dbt_environment(encours.workspace), "DBT_TARGET_PATH": str(manifest_path.parent)}
            with environment(values), loading_ahead("ml.workflow", "dashboards.build"):
                invocation = dbt_cli.cli(
                    # Unit tests hold invented rows: they belong to the test suite, not to a run on real data.
                    ["build", "--exclude-resource-type", "unit_test"],
                    context=context,
                    target_path=target,
                    raise_on_error=False,
                )
                built = 0
                for event in invocation.stream():
                    if isinstance(event, dg.Output | dg.AssetMaterialization):
                        built += 1
                        key = (
                            context.asset_key_for_output(event.output_name)
                            if isinstance(event, dg.Output)
                            else event.asset_key
                        )
                        exported = run / "marts" / f"{key.path[-1]}.parquet"
                        if isinstance(event, dg.Output) and exported.exists():
                            context.add_output_metadata(
                                table_metadata(exported), output_name=event.output_name
                            )
                        step.say(f"{built} tables, {key.path[-1]}")
                    yield event
            results_path = target / "run_results.json"
            if not invocation.is_successful():
                if not results_path.exists():
                    raise EncoursError(
                        f"dbt stopped before building anything; its log is {target / 'dbt.log'}."
                    )
                raise DataError(failure_sentence(read_json(results_path), manifest))
            for name, node in models.items():
                exported = run / "marts" / f"{name}.parquet"
                if node["schema"] == "quality" and exported.exists():
                    link(exported, run / "quality" / exported.name)
            tests = sum(r["unique_id"].startswith("test.") for r in read_json(results_path)["results"])
            step.say(f"{built} tables, {tests} tests")

    return dbt
