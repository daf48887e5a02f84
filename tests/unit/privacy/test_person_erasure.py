"""Handing out and erasing what is held on one customer, upon a small workspace written by hand."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import privacy, release
from pipelines.config import Settings, load_settings
from pipelines.errors import UsageError
from pipelines.identities.decisions import COLUMNS as MATCHES
from pipelines.lake import Workspace, read_json, sha256_text, switch_link, write_json, write_table
from pipelines.privacy import erasure, holdings, retention
from pipelines.sources.open_data import REJECT_COLUMNS, LandedFile

COMPANY = "732829320"
ZOE, FIRM = "482309382", "880878145"
DAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Given:
    settings: Settings
    workspace: Workspace

    def rows(self, place: str) -> list[dict[str, Any]]:
        with duckdb.connect() as connection:
            cursor = connection.execute(f"select * from '{self.workspace.root / place}' order by all")
            names = [one[0] for one in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def table(path: Path, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """A Parquet file; `name:type` for what is no text."""
    kinds = {one.partition(":")[0]: one.partition(":")[2] or "varchar" for one in columns.split()}
    write_table(path, kinds, [dict(zip(kinds, row, strict=True)) for row in rows])


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """A sole trader (C1) and a company (C2): ledger, events, register, snapshot, notices, refused rows, a release."""
    config = tmp_path / "encours.yml"
    config.write_text(
        "company: {name: Exemple SAS, siren: '732829320'}\nledgers:\n  - {kind: fec, path: ledgers/*.txt}\n"
        "external: {sirene: api, bodacc: api}\nprivacy: {retention: {external_months: 12, quarantine_months: 6}}\n",
        encoding="utf-8",
    )
    settings = load_settings(config)
    lake = Workspace(settings.workspace)
    table(
        lake.raw / "fec" / COMPANY / "2025" / "abc.parquet",
        "company_id line_number:bigint CompteNum CompAuxNum CompAuxLib EcritureLib",
        [
            (COMPANY, 1, "411000", "C1", "Zoé Martin", "Facture F1"),
            (COMPANY, 2, "411000", "C2", "Briques SARL", "Facture F2"),
            (COMPANY, 3, "411C1", None, "Zoé Martin", "à nouveau"),
            (COMPANY, 4, "411C2", None, "Briques SARL", "à nouveau"),
        ],
    )
    events = lake.raw / "events" / COMPANY / "disputes"
    told = [
        (1, "d1", "F1", None, "Elle a crié"),
        (2, "d2", None, "C1", "Refuse"),
        (3, "d3", "F2", None, "Casse"),
    ]
    table(events / "0123-x-v3.parquet", "line_number:bigint dispute_id invoice_id customer_id reason", told)
    table(
        events / "texts" / "0123-y-v1.parquet",
        "line_number:bigint N° Facture Client Motif".replace("N°", "N"),
        [(*row[:4], f" {row[4]} ") for row in told],
    )
    table(lake.states / "events" / COMPANY / "disputes" / "z.state.parquet", "reason", [("Elle a crié",)])
    _register(lake)
    table(
        lake.raw / "identities" / "i.parquet",
        "company_id party_key legal_unit_id",
        [(COMPANY, "C1", ZOE), (COMPANY, "C2", FIRM)],
    )
    write_table(
        lake.quarantine / "sirene" / "q.parquet",
        REJECT_COLUMNS,
        [
            {
                **dict.fromkeys(REJECT_COLUMNS),
                "line_number": 1,
                "reason": "x",
                "raw_text": f"{ZOE};ZOE MARTIN",
            },
            {**dict.fromkeys(REJECT_COLUMNS), "line_number": 2, "reason": "x", "raw_text": f"{FIRM};BRIQUES"},
        ],
    )
    matches = [
        [COMPANY, "C1", "Zoé", "", ZOE, "", "", "", "yes"],
        [COMPANY, "C2", "Br", "", FIRM, "", "", "", "no"],
    ]
    with settings.matches.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, delimiter=";").writerows([MATCHES, *matches])
    (lake.dagster_home / "history").mkdir(parents=True)
    _release(lake, 1)
    _release(lake, 2)
    switch_link(lake.published, lake.releases / "run2")
    return Given(settings, lake)


def _register(lake: Workspace) -> None:
    units = lake.raw / "sirene" / "aaaa-w-v3-units.parquet"
    table(units, "legal_unit_id legal_name", [(ZOE, "ZOE MARTIN"), (FIRM, "BRIQUES")])
    account = {"rows_read": 3, "rows_accepted": 2, "rows_out_of_scope": 1, "rows_rejected": 0}
    write_json(units.with_name("aaaa-w-v3.json"), {**account, "warnings": [], "tables": ["units"]})
    shelf = lake.raw / "sirene" / "snapshots"
    shelf.mkdir(parents=True)
    text = f'{{"siren": "{ZOE}", "nom_complet": "ZOE MARTIN"}}\n{{"siren": "{FIRM}", "nom_complet": "BRIQUES"}}\n'
    name = f"2026-01-05-{sha256_text(text)[:16]}.jsonl"
    (shelf / name).write_text(text, encoding="utf-8")
    state = {
        "files": [name],
        "whole": "2026-01-05",
        "asked": {ZOE: "2026-01-05", FIRM: "2026-01-05"},
        "last": {},
    }
    write_json(shelf / "state.json", state)
    record = {
        **account, "file_name": "StockUniteLegale.csv", "warnings": "[]", "rejects": None,
        "parquet": "raw/sirene/aaaa-w-v3-units.parquet", "tables": {"units": "raw/sirene/aaaa-w-v3-units.parquet"},
    }  # fmt: skip
    table(lake.raw / "sirene" / "bbbb-w-v3-units.parquet", "legal_unit_id legal_name", [(ZOE, "ZOE MARTIN")])
    place = "raw/sirene/bbbb-w-v3-units.parquet"
    answer = {**record, "file_name": name, "parquet": place, "tables": {"units": place}}
    versions = [
        {"key": "aaaa ", "day": "2025-10-01", "number": 1, "record": record},
        {"key": "bbbb 2026-01-05", "day": "2026-01-05", "number": 2, "record": answer},
    ]
    write_json(lake.raw / "register" / "external" / "sirene.json", {"versions": versions, "looked_on": None})


def _release(lake: Workspace, sequence: int) -> None:
    folder = lake.releases / f"run{sequence}"
    marts = folder / "marts"
    people = [
        (COMPANY, "C1", "Zoé Martin", ZOE, ZOE, False, True, False, True),
        (COMPANY, "C2", "Briques SARL", FIRM, FIRM, False, False, False, False),
    ]
    flags = "is_restricted:boolean is_sole_trader:boolean is_consumer:boolean is_person:boolean"
    dim = "company_id customer_id customer_name siren legal_unit_id"
    table(marts / "dim_customers.parquet", f"{dim} {flags}", people)
    table(
        marts / "fct_invoices.parquet",
        "company_id invoice_id customer_id source_invoice_id",
        [(COMPANY, "h1", "C1", "F1"), (COMPANY, "h2", "C2", "F2")],
    )
    table(marts / "fct_payments.parquet", "company_id payment_id customer_id source_payment_id", [])
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for schema in release.SCHEMAS:
            connection.execute(f"create schema {schema}")
        for path in marts.glob("*.parquet"):
            connection.execute(f"create table marts.{path.stem} as from '{path}'")
    write_json(folder / release.MANIFEST, {"sequence": sequence})
    write_json(lake.manifests / f"run{sequence}.json", {"sequence": sequence})


def erase(given: Given, customer: str = "C1", reason: str = "request of the person") -> privacy.Order:
    subject = holdings.find(given.workspace, customer)
    steps = erasure.plan(given.settings, given.workspace, subject)
    return erasure.erase(given.settings, given.workspace, subject, steps, reason, DAY)


# --- who -----------------------------------------------------------------------------------------------------------


def test_a_customer_is_found_as_ledger_spreadsheet_or_page_write_it(given: Given) -> None:
    shown = "P" + hashlib.md5(f"{COMPANY}|C1".encode()).hexdigest()[:8].upper()
    for written in ("C1", "c1", " 00C1", shown):
        assert holdings.find(given.workspace, written).customer_id == "C1"
    assert holdings.find(given.workspace, "C1").kind == "sole_trader"


def test_an_unknown_customer_and_a_company_are_refused(given: Given) -> None:
    with pytest.raises(UsageError, match="C9: no customer of the published run"):
        holdings.find(given.workspace, "C9")
    with pytest.raises(UsageError, match="Briques SARL is a company"):
        erasure.plan(given.settings, given.workspace, holdings.find(given.workspace, "C2"))


def test_an_order_names_nobody(given: Given) -> None:
    with pytest.raises(UsageError, match="must name nobody"):
        erase(given, reason="Madame martin a demandé")
    assert privacy.orders(given.workspace) == []


# --- handing out ---------------------------------------------------------------------------------------------------


def test_everything_about_the_customer_is_handed_out_and_nothing_about_another(
    given: Given, tmp_path: Path
) -> None:
    told = holdings.export(
        given.settings, given.workspace, holdings.find(given.workspace, "C1"), tmp_path / "out"
    )
    counts = {(area.name, Path(place).name): rows for area, place, rows in told}
    snapshot = next((given.workspace.raw / "sirene" / "snapshots").glob("*.jsonl")).name
    assert counts == {
        ("ledger", "abc.parquet"): 2,
        ("events", "0123-x-v3.parquet"): 2,
        ("registers", "aaaa-w-v3-units.parquet"): 1,
        ("registers", "bbbb-w-v3-units.parquet"): 1,
        ("snapshots", snapshot): 1,
        ("identities", "i.parquet"): 1,
        ("refused_rows", "q.parquet"): 1,
        ("releases", "marts.dim_customers"): 1,
        ("releases", "marts.fct_invoices"): 1,
    }
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    whole = (tmp_path / "out" / "person.json").read_text(encoding="utf-8")
    assert "Elle a crié" in whole and "Briques" not in whole and "Casse" not in whole and FIRM not in whole
    with (tmp_path / "out" / "contents.csv").open(encoding="utf-8-sig", newline="") as lines:
        contents = list(csv.DictReader(lines, delimiter=";"))
    assert len(contents) == len(counts) and all(one["purpose"] and one["kept"] for one in contents)
    assert {one["file"] for one in contents} == {p.name for p in (tmp_path / "out").glob("0*.csv")}


def test_a_folder_that_holds_something_is_not_written_into(given: Given, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        holdings.export(
            given.settings, given.workspace, holdings.find(given.workspace, "C1"), tmp_path / "out"
        )


# --- erasing -------------------------------------------------------------------------------------------------------


def test_planning_changes_nothing(given: Given) -> None:
    def content() -> dict[str, bytes]:
        root = given.settings.root
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    before = content()
    steps = erasure.plan(given.settings, given.workspace, holdings.find(given.workspace, "C1"))
    assert content() == before
    assert {step.what for step in steps} == {
        *("registers", "snapshots", "identities", "refused_rows", "notes", "matches", "previews", "releases"),
    }


def test_what_the_law_lets_erase_is_gone_and_the_books_are_whole(given: Given) -> None:
    books = (given.workspace.raw / "fec" / COMPANY / "2025" / "abc.parquet").read_bytes()
    order = erase(given)
    assert (given.workspace.raw / "fec" / COMPANY / "2025" / "abc.parquet").read_bytes() == books
    assert [row["legal_unit_id"] for row in given.rows("raw/sirene/aaaa-w-v3-units.parquet")] == [FIRM]
    assert [row["party_key"] for row in given.rows("raw/identities/i.parquet")] == ["C2"]
    assert [row["line_number"] for row in given.rows("quarantine/sirene/q.parquet")] == [2]
    assert [row["reason"] for row in given.rows(f"raw/events/{COMPANY}/disputes/0123-x-v3.parquet")] == [
        None,
        None,
        "Casse",
    ]
    texts = given.rows(f"raw/events/{COMPANY}/disputes/texts/0123-y-v1.parquet")
    assert [(row["Facture"], row["Motif"]) for row in texts] == [
        ("F1", None),
        (None, None),
        ("F2", " Casse "),
    ]
    assert not list((given.workspace.states / "events").rglob("*.parquet"))
    assert not (given.workspace.dagster_home / "history").exists()
    matches = given.settings.matches.read_text(encoding="utf-8-sig")
    assert ZOE not in matches and FIRM in matches
    assert order.after_sequence == 2
    # Nothing under the workspace but books, user's rows and releases knows her.
    for path in given.workspace.root.rglob("*.json*"):
        assert ZOE not in path.read_text(encoding="utf-8"), path


def test_a_snapshot_is_left_under_the_name_of_its_new_content_on_its_old_day(given: Given) -> None:
    erase(given)
    shelf = given.workspace.raw / "sirene" / "snapshots"
    (path,) = shelf.glob("*.jsonl")
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["siren"] == FIRM
    assert path.name == f"2026-01-05-{sha256_text(text)[:16]}.jsonl"
    state = read_json(shelf / "state.json")
    assert state["files"] == [path.name] and list(state["asked"]) == [FIRM]
    versions = read_json(given.workspace.raw / "register" / "external" / "sirene.json")["versions"]
    # The answer as it was is no version any more: the one that is left lands under its own day.
    assert [one["key"] for one in versions] == ["aaaa "]


def test_a_notice_about_others_too_loses_her_number_alone(given: Given) -> None:
    shelf = given.workspace.raw / "bodacc" / "snapshots"
    shelf.mkdir(parents=True)
    lines = [
        {"id": "A1", "registre": ["482 309 382", "482309382"]},
        {"id": "A2", "registre": ["482 309 382", FIRM]},
        {"id": "A3", "registre": [FIRM]},
    ]
    (shelf / "2026-01-05-0000000000000000.jsonl").write_text(
        "".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8"
    )
    erase(given)
    (path,) = shelf.glob("*.jsonl")
    left = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert left == [{"id": "A2", "registre": ["", FIRM]}, lines[2]]


def test_the_account_of_a_version_still_adds_up(given: Given) -> None:
    erase(given)
    (version,) = read_json(given.workspace.raw / "register" / "external" / "sirene.json")["versions"]
    record, sidecar = version["record"], read_json(given.workspace.raw / "sirene" / "aaaa-w-v3.json")
    for told in (record, sidecar):
        assert (told["rows_accepted"], told["rows_out_of_scope"]) == (1, 2)
        assert "data were erased" in str(told["warnings"])


def test_later_runs_obey(given: Given) -> None:
    erase(given)
    md5 = hashlib.md5(f"{COMPANY}|C1".encode()).hexdigest()
    assert privacy.restricted_customers(given.workspace) == [
        {"customer_hash": md5, "restricted_on": "2026-11-22"}
    ]
    assert privacy.restricted_parties(given.workspace) == [md5]
    # A stock file that comes tomorrow holds her again.
    path = given.workspace.raw / "sirene" / "cccc-w-v3-units.parquet"
    table(path, "legal_unit_id legal_name", [(ZOE, "ZOE MARTIN"), (FIRM, "BRIQUES")])
    account = {"rows_accepted": 2, "rows_out_of_scope": 0, "warnings": []}
    landed = privacy.drop_units(given.workspace, LandedFile(path, None, account, {"units": path}))
    assert [row["legal_unit_id"] for row in given.rows("raw/sirene/cccc-w-v3-units.parquet")] == [FIRM]
    assert (landed.statistics["rows_accepted"], landed.statistics["rows_out_of_scope"]) == (1, 1)


@pytest.mark.parametrize("company", [COMPANY, None])
def test_a_run_reads_no_official_number_of_hers_from_the_customers_file(
    given: Given, company: str | None
) -> None:
    erase(given)
    path = given.workspace.root / "customers.parquet"
    rows = [(company, " c1", ZOE, "FR1", None), (company, "C2", FIRM, "FR2", ZOE)]
    table(path, "company_id customer_id siren vat_number parent_siren", rows)
    privacy.withhold_numbers(given.workspace, path, ["other", COMPANY])
    found = {row["customer_id"]: (row["siren"], row["vat_number"]) for row in given.rows("customers.parquet")}
    assert found == {" c1": (None, None), "C2": (FIRM, "FR2")}


def test_an_erasure_that_is_repeated_keeps_what_it_knew(given: Given) -> None:
    first = erase(given)
    again = erase(given)
    assert (again.units, again.recorded_on) == (first.units, first.recorded_on)
    assert len(privacy.orders(given.workspace)) == 1


def test_releases_that_hold_the_data_go_with_the_next_one_pinned_or_not(given: Given) -> None:
    erase(given)
    release.pin_file(given.workspace, "run1").touch()
    _release(given.workspace, 3)
    switch_link(given.workspace.published, given.workspace.releases / "run3")
    removed = release.prune(given.workspace, 10, privacy.last_erased_sequence(given.workspace))
    assert removed == ["run1", "run2"]
    assert sorted(path.name for path in given.workspace.releases.iterdir()) == ["run3"]
    assert sorted(path.name for path in given.workspace.manifests.iterdir()) == [
        "run1.json",
        "run2.json",
        "run3.json",
    ]


# --- retention -----------------------------------------------------------------------------------------------------


def test_superseded_versions_go_after_their_months_and_it_is_told(given: Given) -> None:
    assert retention.apply(given.settings, given.workspace, date(2026, 10, 1)) == []
    (told,) = retention.apply(given.settings, given.workspace, date(2026, 10, 2))
    assert told.startswith("1 version of sirene of 2025-10-01 to 2025-10-01 removed")
    assert not (given.workspace.raw / "sirene" / "aaaa-w-v3-units.parquet").exists()
    assert not (given.workspace.raw / "sirene" / "aaaa-w-v3.json").exists()
    # The last one stays, however old.
    write_json(given.workspace.landing_state / "sirene.json", [{"rejects": "quarantine/sirene/q.parquet"}])
    assert retention.apply(given.settings, given.workspace, date(2030, 1, 1)) == []
    assert (given.workspace.raw / "sirene" / "bbbb-w-v3-units.parquet").exists()


def test_a_snapshot_goes_once_later_ones_tell_all_it_told(given: Given) -> None:
    shelf = given.workspace.raw / "bodacc" / "snapshots"
    shelf.mkdir(parents=True)
    told = {
        "2024-01-05-a.jsonl": ["A1", "A2"],
        "2024-02-05-b.jsonl": ["A3"],
        "2026-01-05-c.jsonl": ["A1", "A2"],
    }
    versions = []
    for number, (name, ids) in enumerate(told.items(), 1):
        (shelf / name).write_text("".join(json.dumps({"id": one}) + "\n" for one in ids), encoding="utf-8")
        record = {
            "file_name": name,
            "tables": {"notices": f"raw/bodacc/{name[-7]}-notices.parquet"},
            "rejects": None,
        }
        versions.append({"key": name, "day": name[:10], "number": number, "record": record})
    state = {"files": list(told), "whole": "2026-01-05", "asked": {FIRM: "2026-01-05"}, "last": {}}
    write_json(shelf / "state.json", state)
    place = given.workspace.raw / "register" / "external" / "bodacc.json"
    write_json(place, {"versions": versions, "looked_on": "2026-01-05"})
    (sentence,) = retention.apply(given.settings, given.workspace, date(2026, 2, 1))
    # What the second alone told is told by nothing later: it stays, however old.
    assert "version of bodacc of 2024-01-05" in sentence
    assert sorted(path.name for path in shelf.glob("*.jsonl")) == ["2024-02-05-b.jsonl", "2026-01-05-c.jsonl"]
    assert read_json(shelf / "state.json")["files"] == ["2024-02-05-b.jsonl", "2026-01-05-c.jsonl"]
    assert [one["number"] for one in read_json(place)["versions"]] == [2, 3]


def test_refused_rows_that_count_stay_however_old(given: Given) -> None:
    import os

    old = given.workspace.quarantine / "fec" / "old.parquet"
    write_table(old, REJECT_COLUMNS, [])
    used = given.workspace.quarantine / "sirene" / "q.parquet"
    write_json(given.workspace.landing_state / "sirene.json", [{"rejects": "quarantine/sirene/q.parquet"}])
    for path in (old, used):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    told = retention.apply(given.settings, given.workspace, date(2026, 1, 1))
    assert told == ["1 file of refused rows removed that no run counts"]
    assert used.exists() and not old.exists()


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 13, date(2024, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_months_are_counted_back_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert retention.months_before(day, months) == expected
