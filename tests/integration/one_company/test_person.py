"""A sole trader through whole runs: what of her is published, and what is left of her once her data are erased."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import duckdb
import pytest

from pipelines import identities
from pipelines.release import verify
from tests.projects import FIRM, NAME, NUMBER, SIREN, Project

pytestmark = pytest.mark.slow

MARKS = ("quattro", "zephirin", SIREN)


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))


def texts(folder: Path) -> dict[str, str]:
    """Every published file as plain text, but the tables, which are for those who may read them."""
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if path.is_dir() or place.startswith("marts/") or place == "warehouse.duckdb":
            continue
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found[place] = plain(" ".join(book.read(name).decode() for name in book.namelist()))
        else:
            found[place] = plain(path.read_text(encoding="utf-8"))
    return found


def encours(project: Project, *words: str) -> str:
    command = [str(Path(sys.executable).parent / "encours"), *words, "--config", str(project.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=project.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(project: Project, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(project.published / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_nothing_published_outside_of_the_tables_names_her(project: Project) -> None:
    assert rows(
        project,
        "select customer_name, is_sole_trader, is_person, legal_status from marts.dim_customers where is_person",
    ) == [(NAME, True, True, "receivership")]
    published = texts(project.published)
    assert [(file, mark) for file, text in published.items() for mark in MARKS if mark in text] == []
    assert any("entrepreneur individuel p" in text for text in published.values())
    assert any("briques sarl" in text for text in published.values())
    # Nor does what was landed hold her home.
    for path in project.workspace.raw.rglob("*.parquet"):
        with duckdb.connect() as connection:
            assert "Zurbach" not in str(connection.execute(f"from '{path}'").fetchall()), path


def test_the_record_of_processing_counts_her(project: Project) -> None:
    record = json.loads((project.published / "quality" / "processing.json").read_text(encoding="utf-8"))
    figures = record["732829320"]["figures"]
    assert figures["persons"] == {"sole_trader": 1, "consumer": 0, "undisclosed": 0, "restricted": 0}
    assert figures["contact"] == "dpo@exemple.fr" and figures["rows"]["documents"] == 3
    page = (project.published / "quality" / "index.html").read_text(encoding="utf-8")
    assert "dpo@exemple.fr" in page and "Registre des traitements" in page


def test_what_is_held_is_handed_out_then_erased_and_later_runs_obey(project: Project) -> None:
    told = encours(project, "person", "export", NUMBER, "--to", "out")
    assert "out/contents.csv" in told.replace("\\", "/")
    whole = (project.folder / "out" / "person.json").read_text(encoding="utf-8")
    assert "a crié" in whole and "receivership" in whole and "Briques" not in whole

    first = project.published
    dry = encours(project, "person", "erase", NUMBER)
    assert "Nothing was done" in dry and project.published == first and first.is_dir()
    told = encours(project, "person", "erase", NUMBER, "--yes")
    assert "every later run obeys it" in told

    assert project.published != first and not first.exists()
    assert (project.workspace.manifests / f"{first.name}.json").is_file()
    assert verify(project.workspace).chain == 2
    assert "a person's data were erased (request of the person)" in encours(project, "verify")
    assert rows(
        project,
        "select customer_name, siren, legal_unit_id, is_sole_trader, is_restricted, is_person, legal_status "
        f"from marts.dim_customers where customer_id = '{NUMBER}'",
    ) == [(NAME, None, None, None, True, True, "unknown")]
    # The books tie as before; she is not scored, and what was noted of her is gone though its file holds it still.
    assert rows(project, "select sum(open_amount) from marts.fct_invoices") == [
        (pytest.approx(3 * 1200 + 3 * 600 + 28 * 10 - 1200),)
    ]
    assert rows(project, f"select * from ml.customer_scores where customer_id = '{NUMBER}'") == []
    assert rows(project, "select dispute_id, reason from marts.fct_disputes order by 1") == [
        ("d1", None),
        ("d2", "Casse"),
    ]
    assert rows(project, "select count(*) from marts.fct_receivables_by_proceeding") == [(0,)]
    # No register is asked about her: neither by her number nor by her name.
    (parties,) = (project.workspace.states / "parties").glob("*.parquet")
    wanted = identities.wanted(parties)
    assert wanted.ids == frozenset({FIRM})
    assert not any(NAME.split()[1].upper() in one.name.upper() for one in identities.name_queries(parties))
    published = texts(project.published)
    assert [(file, mark) for file, text in published.items() for mark in MARKS if mark in text] == []
    for path in (
        *project.workspace.raw.glob("sirene/*.parquet"),
        *project.workspace.raw.glob("bodacc/*.parquet"),
    ):
        with duckdb.connect() as connection:
            assert SIREN not in str(connection.execute(f"from '{path}'").fetchall()), path
