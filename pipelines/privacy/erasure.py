"""Erasing what the law lets a person have erased (art. 17 GDPR), and what becomes of the rest.

What belongs here: the plan of an erasure and its execution in the workspace. What does not: which rows are about whom
(`holdings`), what later runs do (`pipelines.privacy`), removing releases (`pipelines.release.prune`).

Ledger lines, invoices and payments stay: a legal obligation (art. 17 (3) b GDPR, art. L123-22 code de commerce). They
are restricted. What came from public sources, what was inferred from it, and what was noted about the person goes.
Files outside of the workspace are the user's own; the plan names them.

The order is written first: an erasure that is interrupted is taken up by the same command, or by the next run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.company_sources import SOURCES
from pipelines.config import Settings
from pipelines.errors import UsageError
from pipelines.identities.decisions import normal, read_decisions, write_matches
from pipelines.identities.parties import customer_key
from pipelines.lake import Workspace, quoted, read_json, write_json, write_text
from pipelines.privacy import Order, drop_units, hash_of, orders, record_order
from pipelines.privacy.holdings import AREAS, Subject, files, is_about, rows_about
from pipelines.release import MANIFEST, last_manifest
from pipelines.sources.open_data import LandedFile

if TYPE_CHECKING:
    import duckdb

_NOTES = ("reason",)
"""Columns of events that hold words about a person."""


WHAT_STAYS = (
    "Ledger lines, invoices, payments and the rows of events stay, restricted: ten years by art. L123-22 code de "
    "commerce.",
    "Files outside of the workspace are yours: customers.csv, exports of the ERP, published registers.",
    "Releases go once a new one stands; their manifests stay, and name nobody.",
)
"""What is told before an erasure."""


@dataclass(frozen=True)
class Step:
    """One thing that an erasure does: `count` of rows (or files) at a place; `do` does it."""

    what: str
    place: str
    count: int
    do: Callable[[], object]


def plan(settings: Settings, workspace: Workspace, subject: Subject) -> list[Step]:
    """What erasing a customer's data comes to, before anything is done.

    Raises:
        UsageError: the customer is a company.
    """
    import duckdb

    if not subject.is_person:
        raise UsageError(
            f"{subject.customer_id}: {subject.name} is a company, and no person; where it is a person that no register "
            "tells of, write is_consumer in customers.csv, or add --is-person."
        )
    steps: list[Step] = []
    with duckdb.connect() as connection:
        for area in AREAS:
            if area.name in ("registers", "identities"):
                found = _parquet_steps(connection, workspace, files(workspace, area), subject, area.name)
                # Registers are taken in hand with their account, by what the order says (`_obey`).
                steps += [replace(one, do=_nothing) for one in found] if area.name == "registers" else found
            elif area.name == "refused_rows":
                public = [
                    path
                    for path in files(workspace, area)
                    if path.relative_to(workspace.quarantine).parts[0] in SOURCES
                ]
                steps += _parquet_steps(connection, workspace, public, subject, area.name)
            elif area.name == "events":
                steps += _note_steps(connection, workspace, subject)
            elif area.name == "snapshots":
                steps += _snapshot_steps(workspace, files(workspace, area), subject)
    if settings.matches.is_file():
        steps.append(
            Step("matches", settings.matches.name, 1, partial(_drop_matches, settings.matches, subject))
        )
    history = [workspace.dagster_home / name for name in ("history", "storage")]
    if any(folder.exists() for folder in history):
        steps.append(
            Step("previews", "dagster/history", sum(f.exists() for f in history), partial(_remove, history))
        )
    if held := _releases(workspace):
        steps.append(
            Step("releases", ", ".join(held), len(held), _nothing),
        )
    return steps


def erase(
    settings: Settings, workspace: Workspace, subject: Subject, steps: list[Step], reason: str, today: date
) -> Order:
    """Record the order, then do every step but the releases, which the next publication removes.

    Raises:
        UsageError: the reason names the person.
    """
    words = [word.casefold() for word in subject.name.split() if len(word) > 2]
    if any(word in reason.casefold() for word in words) or any(unit in reason for unit in subject.units):
        raise UsageError("--reason: it names the person; the order is kept for ever and must name nobody.")
    earlier = next(
        (
            one
            for one in orders(workspace)
            if hash_of(subject.company_id, subject.customer_id) in one.customers
        ),
        None,
    )
    last = last_manifest(workspace)
    order = Order(
        customers=(hash_of(subject.company_id, subject.customer_id),),
        parties=tuple(sorted({hash_of(subject.company_id, key) for key in _normal_keys(subject)})),
        # Once erased the units are not known any more: the earlier order tells their hashes.
        units=tuple(
            sorted({*(hash_of(unit) for unit in subject.units), *(earlier.units if earlier else ())})
        ),
        recorded_on=earlier.recorded_on if earlier else today.isoformat(),
        reason=reason,
        after_sequence=last["manifest"]["sequence"] if last else 0,
    )
    record_order(workspace, order)
    for step in steps:
        step.do()
    for source in SOURCES:
        _obey(workspace, source)
    return order


def _normal_keys(subject: Subject) -> set[str]:
    """The customer's numbers as parties are compared (`parties.customer_key`)."""
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select distinct {customer_key('one')} from (select unnest(?) as one)", [sorted(subject.keys)]
        ).fetchall()
    return {str(row[0]) for row in rows}


# --- what goes -----------------------------------------------------------------------------------------------------


def _obey(workspace: Workspace, source: str) -> None:
    """Take what the orders name out of every landed version of a source, and out of its account."""
    place = workspace.raw / "register" / "external" / f"{source}.json"
    if not place.exists():
        return
    known = read_json(place)
    for version in known["versions"]:
        record = version["record"]
        tables = {name: workspace.root / path for name, path in record["tables"].items()}
        if not all(path.exists() for path in tables.values()):
            continue
        statistics = {**record, "warnings": json.loads(record["warnings"])}
        told = drop_units(workspace, LandedFile(workspace.root / record["parquet"], None, statistics, tables))
        record |= {name: told.statistics[name] for name in ("rows_accepted", "rows_out_of_scope")}
        record["warnings"] = json.dumps(told.statistics["warnings"], ensure_ascii=False)
    write_json(place, known)


def _parquet_steps(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    paths: list[Path],
    subject: Subject,
    what: str,
) -> list[Step]:
    steps = []
    for path in paths:
        relation = f"read_parquet({quoted(path)})"
        found = rows_about(connection, relation, subject)
        if found is None:
            continue
        where, given = found
        (count,) = connection.execute(f"select count(*) from {relation} where {where}", given).fetchone() or (
            0,
        )
        if count:
            steps.append(
                Step(
                    what,
                    path.relative_to(workspace.root).as_posix(),
                    int(count),
                    partial(_drop, path, where, given),
                )
            )
    return steps


def _drop(path: Path, where: str, given: dict[str, object]) -> None:
    import duckdb

    part = path.with_name(f".{path.name}.part")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from read_parquet({quoted(path)}) where not coalesce({where}, false)) to {quoted(part)} "
            "(format parquet, compression zstd)",
            given,
        )
    part.replace(path)


def _note_steps(connection: duckdb.DuckDBPyConnection, workspace: Workspace, subject: Subject) -> list[Step]:
    """Words noted about the person, in the events as read and as written; the rows stay, and every count with them."""
    steps = []
    area = next(area for area in AREAS if area.name == "events")
    for path in files(workspace, area):
        relation = f"read_parquet({quoted(path)})"
        columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
        found = rows_about(connection, relation, subject)
        if found is None or path.relative_to(workspace.root).parts[2] != subject.company_id:
            continue
        for column in (name for name in _NOTES if name in columns):
            where, given = found
            lines = connection.execute(
                f"select line_number, {column} from {relation} where {where} and {column} is not null order by all",
                given,
            ).fetchall()
            if lines:
                steps.append(
                    Step(
                        "notes",
                        path.relative_to(workspace.root).as_posix(),
                        len(lines),
                        partial(_blank, workspace, path, column, lines),
                    )
                )
    return steps


def _blank(workspace: Workspace, path: Path, column: str, lines: list[tuple[int, str]]) -> None:
    """Blank a column of some lines, in the table and in its texts; what they add up to is made again."""
    texts = path.parent.glob(f"texts/{path.name.split('-')[0]}-*.parquet")
    for one in (path, *texts):
        _blank_in(one, column, lines)
    states = workspace.states / path.relative_to(workspace.raw).parent
    for state in states.glob("*.parquet"):
        state.unlink()


def _blank_in(path: Path, column: str, lines: list[tuple[int, str]]) -> None:
    import duckdb

    part = path.with_name(f".{path.name}.part")
    with duckdb.connect() as connection:
        described = connection.execute(f"describe select * from read_parquet({quoted(path)})").fetchall()
        texts = [row[0] for row in described if row[1] == "VARCHAR"]
        connection.execute(
            "create table told as select unnest(?) as line_number, unnest(?) as text",
            [[line for line, _ in lines], [text for _, text in lines]],
        )
        own = [column] if column in texts else texts
        # In the texts the column bears the name that the user's file gives it: the words themselves tell it.
        replaced = ", ".join(
            f'case when trim(t."{name}") = trim(told.text) then null else t."{name}" end as "{name}"'
            for name in own
        )
        connection.execute(
            f"copy (select t.* replace ({replaced}) from read_parquet({quoted(path)}) as t "
            f"left join told on told.line_number = t.line_number order by t.line_number) to {quoted(part)} "
            "(format parquet, compression zstd)"
        )
    part.replace(path)


def _snapshot_steps(workspace: Workspace, paths: list[Path], subject: Subject) -> list[Step]:
    steps = []
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            count = sum(is_about(line, subject.units) for line in lines)
        if count:
            steps.append(
                Step(
                    "snapshots",
                    path.relative_to(workspace.root).as_posix(),
                    count,
                    partial(_rewrite_snapshot, workspace, path, subject.units),
                )
            )
    return steps


def _rewrite_snapshot(workspace: Workspace, path: Path, units: frozenset[str]) -> None:
    """A snapshot without a legal unit: under the name of its new content, on its old day, in the client's state too."""
    import hashlib

    source = path.parent.parent.name
    with path.open(encoding="utf-8", newline="\n") as lines:
        kept = "".join(told for line in lines if (told := _without(line, units)))
    digest = hashlib.sha256(kept.encode()).hexdigest()
    name = f"{path.name[:10]}-{digest[:16]}.jsonl"
    if kept:
        write_text(path.with_name(name), kept)
    state = path.with_name("state.json")
    if state.exists():
        known = read_json(state)
        files = [name if one == path.name else one for one in known["files"]]
        asked, last = (
            {key: day for key, day in known[part].items() if key not in units} for part in ("asked", "last")
        )
        write_json(
            state,
            {
                **known,
                "files": [one for one in dict.fromkeys(files) if kept or one != name],
                "asked": asked,
                "last": last,
            },
        )
    place = workspace.raw / "register" / "external" / f"{source}.json"
    if place.exists():
        known = read_json(place)
        gone = [one for one in known["versions"] if one["record"]["file_name"] == path.name]
        for one in gone:
            for table in one["record"]["tables"].values():
                (workspace.root / table).unlink(missing_ok=True)
        write_json(place, {**known, "versions": [one for one in known["versions"] if one not in gone]})
    if path.name != name or not kept:
        path.unlink()


def _drop_matches(path: Path, subject: Subject) -> None:
    """Keep the decisions on everybody else; the undecided rows are renewed by the next run."""
    kept = [dict(one.row) for key, one in read_decisions(path).items() if not _is_subject(key, subject)]
    if problem := write_matches(path, sorted(kept, key=lambda row: (row["company_id"], row["customer"]))):
        raise UsageError(problem)


def _without(line: str, units: frozenset[str]) -> str:
    """A record without legal units: nothing where it is about them alone; of others it loses their numbers."""
    if not is_about(line, units):
        return line
    if json.loads(line).get("siren") in units:
        return ""
    for unit in units:
        spelt = r"[\s.]?".join(unit.lstrip("0"))
        line = re.sub(rf"(?<!\d)0*{spelt}(?!\d)", "", line)
    return (
        line if re.search(r"(?<!\d)\d(?:[\s.]?\d){7,8}(?!\d)", str(json.loads(line).get("registre"))) else ""
    )


def _is_subject(key: tuple[str, str], subject: Subject) -> bool:
    return key[0] == normal(subject.company_id, "")[0] and key[1] in {
        normal("", one)[1] for one in subject.keys
    }


def _remove(folders: list[Path]) -> None:
    import shutil

    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _nothing() -> None:
    """What is done elsewhere: by the order itself, or by the next publication."""


def _releases(workspace: Workspace) -> list[str]:
    """Every release there is: each holds what was computed of the customer."""
    return sorted(path.parent.name for path in workspace.releases.glob(f"[!.]*/{MANIFEST}"))
