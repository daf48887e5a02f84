"""What counts of a table that arrives again and again: by content, by day, by key."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import feeds, lake, landing
from pipelines.config import load_settings
from pipelines.errors import DataError, EncoursError, UsageError
from pipelines.lake import Workspace, read_json

HEADER = "invoice_id,customer_id,issue_date,due_date,amount"


@dataclass
class Desk:
    """A folder of exports and the workspace they are landed in, one day after another."""

    folder: Path
    keys: str = ""
    day: dt.date = dt.date(2025, 3, 1)
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder / "var")

    def put(self, name: str, *rows: str, header: str = HEADER) -> None:
        """Write one export."""
        path = self.folder / "erp" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def take_away(self, name: str) -> None:
        (self.folder / "erp" / name).unlink()

    def land(self, day: str | None = None) -> list[EncoursError]:
        """Land the invoices as on a day, the next one unless given; the refusals."""
        self.day = dt.date.fromisoformat(day) if day else self.day + dt.timedelta(days=1)
        config = self.folder / "encours.yml"
        config.write_text(
            "company: {name: Exemple SAS, siren: '732829320'}\n"
            f"ledgers: [{{kind: subledger, invoices: {{path: erp/*.csv{self.keys}}}}}]\n",
            encoding="utf-8",
        )
        settings = load_settings(config)
        (feed,) = feeds.feeds_of(settings, "subledger")
        self.records, refusals = feeds.land_feed(feed, settings, self.workspace, self.day)
        return refusals

    @property
    def book(self) -> dict[str, Any]:
        return dict(read_json(self.workspace.root / self.records[-1]["book"]))

    def rows(self, columns: str = "invoice_id, amount, known_on") -> list[tuple[Any, ...]]:
        """The rows that count."""
        state = self.workspace.root / self.book["state"]
        return self.ask(
            f"select {columns} from '{state}' where not is_gone and is_cancelled is not true order by 1"
        )

    def series(self) -> list[tuple[Any, ...]]:
        """What was told open, day by day."""
        files = [str(self.workspace.root / place) for place in self.book["open_amounts"]]
        return self.ask(
            f"select invoice_id, known_on, open_amount from read_parquet({files}) order by 1, 2, step"
        )

    def corrected(self) -> list[tuple[Any, ...]]:
        """What was corrected: key, column, old, new, known on, replaced on."""
        files = [str(self.workspace.root / place) for place in self.book["corrections"]]
        return self.ask(
            "select row_key, column_name, old_value, new_value, known_on, replaced_on "
            f"from read_parquet({files}) order by all"
        )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows as texts."""
        with duckdb.connect() as connection:
            rows = connection.execute(query).fetchall()
        return [tuple(str(value) for value in row) for row in rows]

    def arrivals(self) -> int:
        return len(list((self.workspace.raw / "register").rglob("*.json")))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- everything ----------------------------------------------------------------------------------------------------


def test_a_full_export_replaces_the_one_before_and_both_are_kept(desk: Desk) -> None:
    desk.put("invoices.csv", "A,X,2025-01-10,2025-02-09,100", "B,X,2025-01-11,2025-02-10,200")
    assert not desk.land("2025-03-01")
    desk.put("invoices.csv", "A,X,2025-01-10,2025-02-28,110", "C,Y,2025-03-01,2025-03-31,300")
    assert not desk.land("2025-03-02")
    assert desk.rows() == [("A", "110.00", "2025-03-02"), ("C", "300.00", "2025-03-02")]
    assert desk.corrected() == [
        ("A", "amount", "100.00", "110.00", "2025-03-01", "2025-03-02"),
        ("A", "due_date", "2025-02-09", "2025-02-28", "2025-03-01", "2025-03-02"),
        ("B", "is_cancelled", "false", "true", "2025-03-01", "2025-03-02"),
    ]
    assert [(one["snapshot_date"], one["rows_superseded"]) for one in desk.records] == [("2025-03-02", 0)]
    assert len(list((desk.workspace.raw / "subledger").rglob("texts/*.parquet"))) == 2


def test_a_row_that_does_not_change_is_known_since_its_first_day(desk: Desk) -> None:
    desk.put("invoices.csv", "A,X,2025-01-10,2025-02-09,100")
    desk.land("2025-03-01")
    desk.put("invoices.csv", "A,X,2025-01-10,2025-02-09,100", "B,X,2025-01-11,2025-02-10,200")
    desk.land("2025-03-02")
    assert desk.rows() == [("A", "100.00", "2025-03-01"), ("B", "200.00", "2025-03-02")]
    assert desk.corrected() == []


def test_a_row_withdrawn_and_back_again(desk: Desk) -> None:
    for day, rows in enumerate((["A,X,2025-01-10,,100"], ["B,X,2025-01-10,,5"], ["A,X,2025-01-10,,100"]), 1):
        desk.put("invoices.csv", *rows)
        desk.land(f"2025-03-0{day}")
    assert desk.rows() == [("A", "100.00", "2025-03-03")]
    assert [row[:4] for row in desk.corrected()] == [
        ("A", "is_cancelled", "false", "true"),
        ("A", "is_cancelled", "true", "false"),
        ("B", "is_cancelled", "false", "true"),
    ]


@pytest.mark.parametrize(("contains", "fate"), [("everything", "withdrawn"), ("open_items", "settled")])
def test_an_export_that_breaks_off_is_told(desk: Desk, contains: str, fate: str) -> None:
    desk.keys = f", contains: {contains}"
    for rows in (4, 3, 1):
        desk.put("invoices.csv", *(f"K{number},X,2025-01-10,,100" for number in range(rows)))
        desk.land()
        (record,) = desk.records[-1:]
        assert (f"those that are gone count as {fate}" in record["warnings"]) == (rows == 1)
    assert "1 rows stand where 3 stood" in desk.records[-1]["warnings"]


def test_several_files_are_parts_of_one_export(desk: Desk) -> None:
    desk.put("2024.csv", "A,X,2024-01-10,,100")
    desk.put("2025.csv", "B,X,2025-01-10,,200")
    desk.land()
    assert [row[0] for row in desk.rows()] == ["A", "B"]
    desk.take_away("2024.csv")
    desk.land()
    assert [row[0] for row in desk.rows()] == ["B"]


def test_dated_exports_in_one_folder_the_last_day_counts(desk: Desk) -> None:
    desk.keys = ", snapshot_date: '%Y%m%d'"
    desk.put("inv_20250301.csv", "A,X,2025-01-10,,100", "B,X,2025-01-10,,7")
    desk.put("inv_20250302.csv", "A,X,2025-01-10,,120")
    desk.land("2025-03-09")
    assert desk.rows() == [("A", "120.00", "2025-03-02")]
    assert [one["file_name"] for one in desk.records] == ["inv_20250302.csv"]
    # Taken out again: the day before is the last one.
    desk.take_away("inv_20250302.csv")
    desk.land("2025-03-10")
    assert desk.rows() == [("A", "100.00", "2025-03-01"), ("B", "7.00", "2025-03-01")]


def test_two_files_of_one_moment_may_not_say_different_things(desk: Desk) -> None:
    desk.put("one.csv", "A,X,2025-01-10,,100")
    desk.put("two.csv", "A,X,2025-01-10,,100", "B,X,2025-01-10,,5")
    assert not desk.land()
    assert [row[0] for row in desk.rows()] == ["A", "B"]
    desk.put("two.csv", "A,X,2025-01-10,,101", "B,X,2025-01-10,,5")
    (refusal,) = desk.land()
    assert isinstance(refusal, DataError)
    for word in ("one.csv, line 2", "two.csv, line 2", "invoice_id A", "invoices"):
        assert word in str(refusal)


def test_changes_that_contradict_each_other_are_not_registered(desk: Desk) -> None:
    desk.keys = ", contains: changes"
    desk.put("one.csv", "A,X,2025-01-10,,100")
    desk.put("two.csv", "A,X,2025-01-10,,101")
    (refusal,) = desk.land()
    assert "take one of them out" in str(refusal)
    assert desk.arrivals() == 0
    desk.take_away("two.csv")
    assert not desk.land()
    assert [row[1] for row in desk.rows()] == ["100.00"]


# --- changes -------------------------------------------------------------------------------------------------------


def test_changes_are_applied_by_key_and_by_day_however_late_they_come(desk: Desk) -> None:
    desk.keys = ", contains: changes, snapshot_date: '%Y-%m-%d'"
    desk.put("c-2025-03-01.csv", "A,X,2025-01-10,,100", "B,X,2025-01-10,,7")
    desk.land()
    desk.put("c-2025-03-03.csv", "A,X,2025-01-10,,130")
    desk.land()
    assert desk.rows() == [("A", "130.00", "2025-03-03"), ("B", "7.00", "2025-03-01")]
    desk.put("c-2025-03-02.csv", "A,X,2025-01-10,,120", "B,X,2025-01-10,,8")
    desk.land()
    assert desk.rows() == [("A", "130.00", "2025-03-03"), ("B", "8.00", "2025-03-02")]
    assert desk.corrected() == [
        ("A", "amount", "100.00", "120.00", "2025-03-01", "2025-03-02"),
        ("A", "amount", "120.00", "130.00", "2025-03-02", "2025-03-03"),
        ("B", "amount", "7.00", "8.00", "2025-03-01", "2025-03-02"),
    ]
    assert [(one["snapshot_date"], one["rows_superseded"]) for one in desk.records] == [
        ("2025-03-01", 2), ("2025-03-02", 1), ("2025-03-03", 0),
    ]  # fmt: skip


def test_the_order_of_arrival_of_dated_changes_leaves_no_trace(tmp_path: Path) -> None:
    told = []
    for name, order in (("a", (1, 2, 3)), ("b", (3, 1, 2))):
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name, ", contains: changes, snapshot_date: '%Y-%m-%d'")
        for day in order:
            desk.put(f"c-2025-03-0{day}.csv", f"A,X,2025-01-10,,{day}", f"K{day},X,2025-01-10,,1")
            desk.land()
        told.append((desk.rows(), desk.corrected()))
    assert told[0] == told[1]


def test_a_version_updated_earlier_does_not_replace_a_later_one(desk: Desk) -> None:
    header = f"{HEADER},updated_at"
    desk.keys = ", contains: changes"
    desk.put("a.csv", "A,X,2025-01-10,,100,2025-03-01 10:00:00", header=header)
    desk.land()
    desk.put("b.csv", "A,X,2025-01-10,,90,2025-03-01 09:00:00", header=header)
    desk.land()
    assert [row[1] for row in desk.rows()] == ["100.00"]
    desk.put("c.csv", "A,X,2025-01-10,,110,2025-03-01 11:00:00", header=header)
    desk.put("d.csv", "A,X,2025-01-10,,120,2025-03-01 12:00:00", header=header)
    assert not desk.land()
    assert [row[1] for row in desk.rows()] == ["120.00"]


def test_several_versions_of_a_row_in_one_file_of_changes(desk: Desk) -> None:
    header = f"{HEADER},updated_at"
    desk.keys = ", contains: changes"
    desk.put(
        "a.csv",
        "A,X,2025-01-10,,100,2025-03-01 10:00:00",
        "A,X,2025-01-10,,120,2025-03-01 12:00:00",
        "A,X,2025-01-10,,110,2025-03-01 11:00:00",
        header=header,
    )
    assert not desk.land()
    assert [row[1] for row in desk.rows()] == ["120.00"]
    assert [one["rows_superseded"] for one in desk.records] == [2]


def test_a_cancelled_row_counts_no_longer(desk: Desk) -> None:
    header = f"{HEADER},is_cancelled"
    desk.keys = ", contains: changes"
    desk.put("a.csv", "A,X,2025-01-10,,100,false", "B,X,2025-01-10,,7,false", header=header)
    desk.land("2025-03-01")
    desk.put("b.csv", "A,X,2025-01-10,,100,true", header=header)
    desk.land("2025-03-02")
    assert [row[0] for row in desk.rows()] == ["B"]
    assert desk.corrected() == [("A", "is_cancelled", "false", "true", "2025-03-01", "2025-03-02")]
    assert [one["rows_superseded"] for one in desk.records] == [1, 1]


def test_changes_count_though_their_files_are_put_away(desk: Desk) -> None:
    desk.keys = ", contains: changes"
    desk.put("a.csv", "A,X,2025-01-10,,100")
    desk.land()
    desk.take_away("a.csv")
    assert not desk.land()
    desk.put("b.csv", "B,X,2025-01-10,,7")
    desk.land()
    assert [row[0] for row in desk.rows()] == ["A", "B"]


def test_the_same_changes_under_another_name_are_not_new_but_a_return_is(desk: Desk) -> None:
    desk.keys = ", contains: changes"
    for amount in (100, 110, 100):
        desk.put("changes.csv", f"A,X,2025-01-10,,{amount}")
        desk.land()
    assert [row[1] for row in desk.rows()] == ["100.00"]
    assert desk.arrivals() == 3
    desk.put("changes.csv", "A,X,2025-01-10,,120")
    desk.land()
    desk.put("copy.csv", "A,X,2025-01-10,,110")
    desk.land()
    assert [row[1] for row in desk.rows()] == ["120.00"]
    assert desk.arrivals() == 4


# --- open items ----------------------------------------------------------------------------------------------------


def test_a_document_gone_from_the_open_items_is_settled_that_day(desk: Desk) -> None:
    desk.keys = ", contains: open_items, snapshot_date: '%Y-%m-%d'"
    header = "invoice_id,customer_id,issue_date,amount,open_amount"
    desk.put("o-2025-03-01.csv", "A,X,2025-01-10,100,100", "B,X,2025-01-11,200,200", header=header)
    desk.put("o-2025-03-03.csv", "B,X,2025-01-11,200,150", header=header)
    desk.land()
    desk.put("o-2025-03-04.csv", "B,X,2025-01-11,200,150", "C,X,2025-03-04,9,9", header=header)
    desk.land()
    assert desk.rows("invoice_id, open_amount") == [("A", "0.00"), ("B", "150.00"), ("C", "9.00")]
    assert desk.series() == [
        ("A", "2025-03-01", "100.00"), ("A", "2025-03-03", "0.00"),
        ("B", "2025-03-01", "200.00"), ("B", "2025-03-03", "150.00"),
        ("C", "2025-03-04", "9.00"),
    ]  # fmt: skip
    # The export of the 2nd comes late: A was still open that day, B had been reduced already.
    desk.put("o-2025-03-02.csv", "A,X,2025-01-10,100,100", "B,X,2025-01-11,200,150", header=header)
    desk.land()
    assert desk.series()[2:4] == [("B", "2025-03-01", "200.00"), ("B", "2025-03-02", "150.00")]
    assert desk.book["days"] == ["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"]


def test_open_items_overwritten_every_day_are_a_series_by_landing_day(desk: Desk) -> None:
    desk.keys = ", contains: open_items"
    desk.put("open.csv", "A,X,2025-01-10,,100")
    desk.land("2025-03-01")
    desk.put("open.csv", "B,X,2025-01-10,,7")
    desk.land("2025-03-02")
    desk.put("open.csv", "A,X,2025-01-10,,100")
    desk.land("2025-03-03")
    assert desk.series() == [
        ("A", "2025-03-01", "100.00"), ("A", "2025-03-02", "0.00"), ("A", "2025-03-03", "100.00"),
        ("B", "2025-03-02", "7.00"), ("B", "2025-03-03", "0.00"),
    ]  # fmt: skip
    desk.put("open2.csv", "C,X,2025-01-10,,100")
    (refusal,) = desk.land()
    assert isinstance(refusal, UsageError)
    assert "snapshot_date" in str(refusal)


def test_open_items_that_nothing_names_are_followed_by_what_does_not_change(desk: Desk) -> None:
    desk.keys = ", contains: open_items"
    header = "customer_id,issue_date,amount,open_amount"
    desk.put("open.csv", "X,2025-01-10,100,100", "Y,2025-01-10,7,7", header=header)
    desk.land("2025-03-01")
    desk.put("open.csv", "X,2025-01-10,100,60", header=header)
    desk.land("2025-03-02")
    assert sorted(row[1:] for row in desk.series()) == [
        ("2025-03-01", "100.00"), ("2025-03-01", "7.00"), ("2025-03-02", "0.00"), ("2025-03-02", "60.00"),
    ]  # fmt: skip


def test_rows_that_bear_their_day_are_a_series_in_one_file(desk: Desk) -> None:
    desk.keys = ", contains: open_items"
    header = f"{HEADER},snapshot_date"
    desk.put(
        "all.csv",
        "A,X,2025-01-10,,100,2025-03-01",
        "A,X,2025-01-10,,100,2025-03-02",
        "B,X,2025-01-10,,7,2025-03-02",
        "B,X,2025-01-10,,7,2025-03-04",
        header=header,
    )
    assert not desk.land("2025-06-01")
    assert desk.series() == [
        ("A", "2025-03-01", "100.00"), ("A", "2025-03-04", "0.00"), ("B", "2025-03-02", "7.00"),
    ]  # fmt: skip


# --- landing once --------------------------------------------------------------------------------------------------


def test_an_unchanged_file_is_neither_hashed_nor_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.sources import table_files

    reads: list[str] = []
    hashes: list[str] = []
    real_read, real_hash = table_files.read_table_file, lake.sha256_file

    def read(path: Path, *rest: Any) -> Any:
        reads.append(path.name)
        return real_read(path, *rest)

    def digest(path: Path) -> str:
        hashes.append(path.name)
        return real_hash(path)

    monkeypatch.setattr(table_files, "read_table_file", read)
    monkeypatch.setattr(feeds, "sha256_file", digest)
    desk.keys = ", contains: changes"
    for number in range(3):
        desk.put(f"{number}.csv", f"K{number},X,2025-01-10,,100")
        desk.land()
    assert reads == ["0.csv", "1.csv", "2.csv"] == hashes
    # Touched, but the same: hashed, not read.
    os.utime(desk.folder / "erp" / "1.csv")
    desk.land()
    assert (reads[3:], hashes[3:]) == ([], ["1.csv"])


def test_another_mapping_reads_the_versions_of_the_past_again(desk: Desk) -> None:
    header = "invoice_id,customer_id,issue_date,net,gross"
    desk.keys = ", contains: changes, columns: {amount: net}"
    desk.put("a.csv", "A,X,2025-01-10,100,120", header=header)
    desk.land()
    desk.take_away("a.csv")
    desk.put("b.csv", "B,X,2025-01-10,10,12", header=header)
    desk.land()
    assert [row[1] for row in desk.rows()] == ["100.00", "10.00"]
    desk.keys = ", contains: changes, columns: {amount: gross}"
    assert not desk.land()
    assert [row[1] for row in desk.rows()] == ["120.00", "12.00"]
    assert desk.arrivals() == 2


def test_a_version_of_the_past_without_a_column_mapped_since_keeps_its_reading(desk: Desk) -> None:
    desk.keys = ", contains: changes, columns: {amount: net}"
    desk.put("a.csv", "A,X,2025-01-10,100", header="invoice_id,customer_id,issue_date,net")
    desk.land()
    desk.take_away("a.csv")
    desk.keys = ", contains: changes, columns: {amount: total}"
    desk.put("b.csv", "B,X,2025-01-10,10", header="invoice_id,customer_id,issue_date,total")
    assert not desk.land()
    assert [row[1] for row in desk.rows()] == ["100.00", "10.00"]
    assert "total" in desk.records[0]["warnings"]


def test_an_ignored_version_does_not_count(desk: Desk) -> None:
    desk.put("invoices.csv", "A,X,2025-01-10,,100")
    desk.land()
    desk.put("invoices.csv", "A,X,2025-01-10,,999999")
    desk.land()
    desk.keys = f", ignore: [{desk.records[0]['sha256'][:12]}]"
    assert not desk.land()
    assert [row[1] for row in desk.rows()] == ["100.00"]


def test_a_refused_file_leaves_the_register_as_it_was(desk: Desk) -> None:
    desk.keys = ", contains: changes, date_format: '%Y-%m-%d'"
    desk.put("a.csv", "A,X,2025-01-10,,100")
    desk.land()
    desk.put("b.csv", "B,X,2025-01-10,,7")
    desk.put("c.csv", "C", header="nothing")
    (refusal,) = desk.land()
    assert "c.csv" in str(refusal)
    assert desk.arrivals() == 1
    desk.take_away("c.csv")
    assert not desk.land()
    assert [row[0] for row in desk.rows()] == ["A", "B"]


def test_only_the_last_states_are_kept_and_lost_ones_are_made_again(desk: Desk) -> None:
    desk.keys = ", contains: changes, snapshot_date: '%Y-%m-%d'"
    for day in range(1, 13):
        desk.put(f"c-2025-03-{day:02d}.csv", f"A,X,2025-01-10,,{day}", f"K{day},X,2025-01-10,,1")
        desk.land()
    states = desk.workspace.states / "subledger"
    assert len(list(states.rglob("*.state.parquet"))) == 8
    before = desk.rows(), desk.corrected(), desk.book["key"]
    for path in states.rglob("*.parquet"):
        path.unlink()
    desk.land()
    assert (desk.rows(), desk.corrected(), desk.book["key"]) == before


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("inv_20250301.csv", "2025-03-01"),
        ("20250301-v2.csv", "2025-03-01"),
        ("x99999999_20250301.csv", "2025-03-01"),
    ],
)
def test_the_day_in_a_files_name(desk: Desk, name: str, day: str) -> None:
    desk.keys = ", snapshot_date: '%Y%m%d'"
    desk.put(name, "A,X,2025-01-10,,100")
    assert not desk.land()
    assert desk.records[0]["snapshot_date"] == day


def test_a_name_without_its_day_is_refused(desk: Desk) -> None:
    desk.keys = ", snapshot_date: '%Y%m%d'"
    desk.put("inv_2025-13-01.csv", "A,X,2025-01-10,,100")
    (refusal,) = desk.land()
    assert "inv_2025-13-01.csv" in str(refusal)


def test_one_refused_table_leaves_the_others_landed(tmp_path: Path) -> None:
    (tmp_path / "encours.yml").write_text(
        "company: {name: Exemple SAS, siren: '732829320'}\n"
        "ledgers: [{kind: subledger, invoices: invoices.csv, payments: payments.csv}]\n",
        encoding="utf-8",
    )
    (tmp_path / "invoices.csv").write_text(f"{HEADER}\nA,X,2025-01-10,,100\n", encoding="utf-8")
    (tmp_path / "payments.csv").write_text("nothing\n1\n", encoding="utf-8")
    settings = load_settings(tmp_path / "encours.yml")
    records, refusals = landing.land_each("subledger", settings, Workspace(tmp_path / "var"), lambda _: None)
    assert [one["table_name"] for one in records] == ["invoices"]
    assert "payments" in str(refusals[0])
