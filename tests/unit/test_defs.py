"""The Dagster graph: what it is made of, what its failures say, when it starts by itself."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.resources import markdown_table
from pipelines.defs.schedules import ledger_arrival, whole_run
from pipelines.defs.transform import Translator, failure_sentence
from pipelines.errors import DataError
from pipelines.run import cause_of
from tests.builds import share_parse
from tests.projects import new_project


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    from pipelines.definitions import build_definitions

    project = new_project(tmp_path_factory.mktemp("graph"))
    share_parse(project.workspace)
    return build_definitions(project.config)


@pytest.mark.slow
def test_every_asset_is_named_by_its_stage_described_and_owned(graph: dg.Definitions) -> None:
    assets = graph.resolve_asset_graph()
    stages = {
        "raw",
        "inputs",
        "quality",
        "seeds",
        "staging",
        "intermediate",
        "marts",
        "ml",
        "reports",
        "published",
    }
    for key in assets.get_all_asset_keys():
        node = assets.get(key)
        assert len(key.path) == 2, key
        assert key.path[0] in stages, key
        assert node.is_materializable, f"{key} is read but nothing here writes it"
        assert node.group_name == key.path[0], key
        assert node.description, key
        assert node.owners, key


def test_scores_wait_for_every_table_they_read() -> None:
    from ml.marts import REQUIRED_COLUMNS
    from pipelines.defs.risk import READ

    assert set(READ) == set(REQUIRED_COLUMNS)


@pytest.mark.slow
def test_nothing_of_the_warehouse_starts_before_the_gate(graph: dg.Definitions) -> None:
    from data_quality import expectation_names

    checks = graph.resolve_asset_graph().asset_check_keys
    gate = [key for key in checks if key.name in expectation_names()]
    assert len(gate) == len(expectation_names())
    for key in gate:
        assert graph.resolve_asset_graph().get(key).blocking, key


@pytest.mark.slow
def test_the_job_holds_every_asset_and_check(graph: dg.Definitions) -> None:
    job = graph.resolve_job_def("receivables")
    assert job.asset_layer.executable_asset_keys == set(graph.resolve_asset_graph().executable_asset_keys)
    assert [schedule.name for schedule in graph.schedules or []] == ["every_morning", "monthly_training"]
    assert [sensor.name for sensor in graph.sensors or []] == ["ledger_arrival"]


def test_a_ledger_that_arrives_starts_one_run_once_it_is_whole(tmp_path: Path) -> None:
    """A file is left alone until two looks see it unchanged; then it starts one run, not one a minute."""
    project = new_project(tmp_path)
    sensor = ledger_arrival(project.config, whole_run())
    cursor: str | None = None

    def look() -> int:
        nonlocal cursor
        context = dg.build_sensor_context(cursor=cursor)
        requests = [one for one in sensor(context) if isinstance(one, dg.RunRequest)]
        cursor = context.cursor
        return len(requests)

    assert [look(), look(), look()] == [0, 1, 0]
    with project.ledger.open("a", encoding="utf-8") as handle:
        handle.write("\n")
    assert [look(), look(), look()] == [0, 1, 0]
    project.ledger.unlink()
    assert [look(), look()] == [0, 0]


def test_a_sensor_without_configuration_says_so() -> None:
    (reason,) = ledger_arrival(None, whole_run())(dg.build_sensor_context())
    assert isinstance(reason, dg.SkipReason)
    assert "ENCOURS_CONFIG" in str(reason.skip_message)


@pytest.mark.parametrize(
    ("kind", "fqn", "key"),
    [
        ("source", ["encours", "staging", "fec", "fec", "fec_lines"], ["inputs", "fec_lines"]),
        ("seed", ["encours", "counterpart_accounts"], ["seeds", "fec_lines"]),
        ("model", ["encours", "staging", "fec", "stg_fec__lines"], ["staging", "fec_lines"]),
        ("model", ["encours", "marts", "metrics", "fct_dso_monthly"], ["marts", "fec_lines"]),
    ],
)
def test_dbt_nodes_are_named_by_their_folder(kind: str, fqn: list[str], key: list[str]) -> None:
    props = {"resource_type": kind, "fqn": fqn, "name": "fec_lines"}
    assert Translator().get_asset_key(props).path == key


def test_a_failed_dbt_test_is_named_with_its_rows() -> None:
    manifest = {"nodes": {"test.a": {"name": "assert_ties"}, "model.b": {"name": "fct_b"}}}
    failed = {
        "results": [{"unique_id": "test.a", "status": "fail", "failures": 2, "message": "Got 2 results"}]
    }
    assert failure_sentence(failed, manifest) == (
        "The warehouse failed its tests, nothing was published: assert_ties (2 rows)."
    )
    broken = {"results": [{"unique_id": "model.b", "status": "error", "message": "Out of\n memory"}]}
    assert failure_sentence(broken, manifest) == (
        "The warehouse could not be built, nothing was published: fct_b: Out of memory."
    )


def test_the_sentence_of_a_refusal_is_found_inside_any_wrapping() -> None:
    refusal = DataError("the ledger is empty.")
    try:
        try:
            raise dg.Failure("wrapped") from refusal
        except dg.Failure as error:
            raise dg.DagsterError("outer") from error
    except dg.DagsterError as error:
        assert cause_of(error) is refusal
    bug = ValueError("a bug")
    assert cause_of(bug) is bug


def test_previews_cannot_break_out_of_their_table() -> None:
    table = markdown_table(["name"], [("a|b\n<script>",), (None,), ("x" * 60,)])
    assert table.splitlines()[2] == "| a\\|b &lt;script> |"
    assert len(table.splitlines()) == 5
    assert table.splitlines()[4] == f"| {'x' * 39}… |"
