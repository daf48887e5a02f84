"""Which ledger files count, and to which fiscal year they belong.

What belongs here: the rule for several files of one company and year, over landed lines. What does not: reading
files (`fec`), laying out a run's tables.

Two files of one year: the same content is one file; a superset of entries supersedes; disjoint entries unite;
entries that both hold alike are taken once; an entry that both hold with different lines is a conflict, refused
with both files named. Entries are compared by what is accounted (date, account, customer, reference, amounts):
lettering, validation and labels move on between two exports of one year, and the later export's are kept.
Nothing depends on the order or the names of the files.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import DataError
from pipelines.sources.fec import LandedFec
from pipelines.sources.fec_parse import text_literal
from pipelines.sources.fec_period import end_of_month, month_index

DEFAULT_OPENING_JOURNALS = (
    "AN",
    "RAN",
    "ANO",
    "ANOUV",
    "OUV",
    "ANOUVEAU",
    "A_NOUVEAU",
    "RN",
    "REPORT",
    "BIL",
)
# An opening entry stands on the first days of its file.
OPENING_DAYS = 5
# A hole of as many months beyond an ordinary year means that a whole fiscal year is missing.
MISSING_YEAR_MONTHS = 6

_ACCOUNTED = ("EcritureDate", "CompteNum", "CompAuxNum", "PieceRef", "PieceDate", "Debit", "Credit")


@dataclass(frozen=True, slots=True)
class FiscalYearFile:
    """A file that counts: a row of `inputs/fec_files.parquet`, and where its lines are.

    Attributes:
        fiscal_year: calendar year of `fiscal_year_end`; start and end are whole months of the united year.
        entry_key: one key for all files of the year.
        parquet_path: the landed lines, or those of them that no other file of the year holds.
    """

    company_id: str
    source_id: str
    file_name: str
    sha256: str
    fiscal_year: int
    fiscal_year_start: date
    fiscal_year_end: date
    entry_key: str
    parquet_path: Path

    def row(self) -> dict[str, Any]:
        """The columns of `inputs/fec_files.parquet`."""
        return {
            "company_id": self.company_id,
            "source_id": self.source_id,
            "file_name": self.file_name,
            "sha256": self.sha256,
            "fiscal_year": self.fiscal_year,
            "fiscal_year_start": self.fiscal_year_start,
            "fiscal_year_end": self.fiscal_year_end,
            "entry_key": self.entry_key,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """Months without a file between two consecutive fiscal years of a company.

    Attributes:
        is_whole_year: a whole fiscal year is missing, so that openings and closings cannot be tied (refuse);
            else the earlier year merely ends early (warn).
    """

    company_id: str
    after: date
    before: date
    file_before: str
    file_after: str
    is_whole_year: bool

    @property
    def sentence(self) -> str:
        if self.is_whole_year:
            return (
                f"A fiscal year is missing between {self.file_before} (ends {self.after}) and {self.file_after} "
                f"(starts {self.before}): add the FEC of that year, or take the earlier files out."
            )
        ends, starts = f"{self.file_before} (ends {self.after})", f"{self.file_after} (starts {self.before})"
        return f"No entries between {ends} and {starts}."


@dataclass(frozen=True, slots=True)
class FiscalYears:
    """What counts in a run.

    Attributes:
        files: files that count, by company and date.
        statuses: sha256 and position in the given list → (`used` | `superseded` | `duplicate`, source_id of
            the file that counts instead or None), in the order of the files given.
        warnings: sentences by sha256.
    """

    files: tuple[FiscalYearFile, ...]
    statuses: tuple[tuple[str, str | None], ...]
    warnings: dict[str, tuple[str, ...]]

    def source_rows(self, landed: Sequence[LandedFec]) -> list[dict[str, Any]]:
        """The rows of `quality.sources` of the files given to `fiscal_years`, in that order."""
        return [
            replace(file, warnings=(*file.warnings, *self.warnings.get(file.sha256, ()))).source_row(*status)
            for file, status in zip(landed, self.statuses, strict=True)
        ]


@dataclass
class _Year:
    """Files of one fiscal year under construction."""

    members: list[LandedFec]
    first: date
    last: date
    has_opening: bool

    @classmethod
    def of(cls, file: LandedFec, has_opening: bool) -> _Year:
        return cls([file], file.period_first, file.period_last, has_opening)

    def unite(self, other: _Year) -> None:
        self.members += other.members
        self.has_opening = self.has_opening if self.first <= other.first else other.has_opening
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)

    @property
    def months(self) -> int:
        return month_index(self.last) - month_index(self.first) + 1


def fiscal_years(
    landed: Sequence[LandedFec],
    *,
    opening_journals: Collection[str] = DEFAULT_OPENING_JOURNALS,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> FiscalYears:
    """Groups files into fiscal years and decides which count.

    Args:
        landed: files of one or several companies, in any order.
        opening_journals: journal codes of opening entries, any case.

    Returns:
        The files that count, with their years; the status of each file given.

    Raises:
        DataError: two files hold the same entry with different lines; both files and the entry are named.
    """
    statuses: dict[int, tuple[str, str | None]] = {}
    warnings: dict[str, list[str]] = {}
    counted: list[FiscalYearFile] = []
    with _Entries(opening_journals, threads, memory_limit) as entries:
        for company_id in sorted({file.company_id for file in landed}):
            unique: dict[str, LandedFec] = {}
            for at, file in sorted(enumerate(landed), key=lambda pair: (pair[1].sha256, pair[1].file_name)):
                if file.company_id != company_id:
                    continue
                if file.sha256 in unique:
                    statuses[at] = ("duplicate", file.source_id)
                else:
                    unique[file.sha256] = file
            superseded: dict[str, str] = {}
            for year in _group(list(unique.values()), entries, warnings):
                counted += _settle_year(year, entries, superseded, warnings)
            for at, file in enumerate(landed):
                if file.company_id == company_id and at not in statuses:
                    by = superseded.get(file.sha256)
                    statuses[at] = ("superseded", by) if by else ("used", None)
    counted.sort(key=lambda file: (file.company_id, file.fiscal_year_start, file.sha256))
    return FiscalYears(
        tuple(counted),
        tuple(statuses[at] for at in range(len(landed))),
        {sha: tuple(said) for sha, said in warnings.items()},
    )


def missing_years(files: Sequence[FiscalYearFile]) -> list[Gap]:
    """The holes between consecutive fiscal years of each company; the gate decides what they mean.

    A year whose lines span less than twelve months is taken to last twelve: a ledger without a line in its last
    month is no hole. From `MISSING_YEAR_MONTHS` beyond that on, a whole year is missing.
    """
    gaps = []
    for company_id in sorted({file.company_id for file in files}):
        ends: dict[date, tuple[date, str]] = {}
        for file in sorted(files, key=lambda f: f.sha256):
            if file.company_id == company_id:
                ends.setdefault(file.fiscal_year_start, (file.fiscal_year_end, file.file_name))
        starts = sorted(ends)
        for earlier, later in pairwise(starts):
            end, name = ends[earlier]
            hole = month_index(later) - month_index(end) - 1
            beyond = month_index(later) - max(month_index(end) + 1, month_index(earlier) + 12)
            if hole > 0:
                is_whole_year = beyond >= MISSING_YEAR_MONTHS
                gaps.append(Gap(company_id, end, later, name, ends[later][1], is_whole_year))
    return gaps


def refuse_missing_years(files: Sequence[FiscalYearFile]) -> None:
    """Raises DataError naming the first whole year that is missing between two."""
    for gap in missing_years(files):
        if gap.is_whole_year:
            raise DataError(gap.sentence)


def _group(files: list[LandedFec], entries: _Entries, warnings: dict[str, list[str]]) -> list[_Year]:
    """Files of one company as fiscal years, in order of time.

    Of files that begin in one month the one with the opening comes first: it begins the year that the others share.
    """
    parts = sorted(
        (_Year.of(file, entries.has_opening(file)) for file in files),
        key=lambda y: (month_index(y.first), not y.has_opening, y.first, y.last, y.members[0].sha256),
    )
    years: list[_Year] = []
    for part in parts:
        year = years[-1] if years else None
        if year is None:
            years.append(part)
        elif part.first <= year.last:
            if _begins_new_year(year, part, entries):
                _trim(year, part, warnings)
                years.append(part)
            else:
                year.unite(part)
        elif not part.has_opening and month_index(part.last) - month_index(year.first) < 12:
            if month_index(part.first) - month_index(year.last) > 1:
                warnings.setdefault(part.members[0].sha256, []).append(
                    f"No entries between {year.last} and {part.first} in this fiscal year: a file may be missing."
                )
            year.unite(part)
        else:
            years.append(part)
    return years


def _begins_new_year(year: _Year, part: _Year, entries: _Entries) -> bool:
    """Whether a file that starts inside a year opens the next one: it has its own opening, later than the year's.

    A few lines dated past the closing day make periods overlap; shared entries prove one and the same year.
    """
    if month_index(part.first) <= month_index(year.first) or not part.has_opening:
        return False
    return not any(entries.compare(a, b)[0] for a in year.members for b in part.members)


def _trim(year: _Year, following: _Year, warnings: dict[str, list[str]]) -> None:
    """The earlier year ends before the following one starts; its lines beyond are outside its period."""
    year.last = following.first.replace(day=1) - timedelta(days=1)
    for file in year.members:
        if file.period_last > year.last:
            warnings.setdefault(file.sha256, []).append(
                f"Entries up to {file.period_last} reach into the year that {following.members[0].file_name} opens."
            )


def _settle_year(
    year: _Year, entries: _Entries, superseded: dict[str, str], warnings: dict[str, list[str]]
) -> list[FiscalYearFile]:
    """Which files of a year count, and which of their lines."""
    # The latest export first: its lettering is kept for what several files hold.
    members = sorted(
        year.members,
        key=lambda f: (
            (-f.last_date.toordinal(), -f.rows_accepted, -entries.lettered(f), f.sha256)
            if len(year.members) > 1
            else (0, 0, 0, f.sha256)
        ),
    )
    entry_key = "journal_number"
    if any(file.entry_key != entry_key for file in members):
        entry_key = "journal_number_date_piece"
    kept: list[tuple[LandedFec, Path]] = []
    for file in members:
        shared_with = []
        for other, _ in kept:
            same, clash = entries.compare(other, file)
            if clash is not None:
                if file.period_first <= other.period_last and other.period_first <= file.period_last:
                    raise DataError(clash)
                # Files of different months: equal numbers are different entries.
                entry_key = "journal_number_date_piece"
                warnings.setdefault(file.sha256, []).append(
                    f"Entry numbers start again ({other.file_name} has them too): "
                    "entries are told by journal, date and PieceRef as well."
                )
            elif same:
                shared_with.append(other)
        if not shared_with:
            kept.append((file, file.parquet_path))
            continue
        path = entries.remainder(file, shared_with)
        if path is None:
            superseded[file.sha256] = max(
                shared_with, key=lambda other: (entries.compare(other, file)[0], other.sha256)
            ).source_id
        else:
            warnings.setdefault(file.sha256, []).append(
                f"Entries that {', '.join(sorted(other.file_name for other in shared_with))} holds too are taken once."
            )
            kept.append((file, path))
    start, end = year.first.replace(day=1), end_of_month(year.last)
    return [
        FiscalYearFile(
            file.company_id,
            file.source_id,
            file.file_name,
            file.sha256,
            end.year,
            start,
            end,
            entry_key,
            path,
        )
        for file, path in kept
    ]


class _Entries:
    """Entries of landed files, compared by SQL over their Parquet."""

    def __init__(self, opening_journals: Collection[str], threads: int, memory_limit: str) -> None:
        self.opening_journals = sorted({code.upper() for code in opening_journals})
        self.settings: dict[str, Any] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "preserve_insertion_order": False,
        }
        self.tables: dict[str, str] = {}
        self.compared: dict[tuple[str, str], tuple[int, str | None]] = {}

    def __enter__(self) -> _Entries:
        self.spill = tempfile.TemporaryDirectory(prefix="encours-years-")
        self.connection = duckdb.connect(
            ":memory:", config={**self.settings, "temp_directory": self.spill.name}
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.spill.cleanup()

    def _query(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def has_opening(self, file: LandedFec) -> bool:
        """Whether the first days hold an opening: its journal, account 89, or an entry of balance-sheet accounts.

        Such an entry holds capital (class 1) and at least four other accounts, none of class 6 or 7, on the
        first day of a month.
        """
        journals = ", ".join(text_literal(code) for code in self.opening_journals) or "''"
        return bool(
            self._query(
                f"""with first_days as (
                    select * from read_parquet({text_literal(str(file.parquet_path))})
                    where EcritureDate >= date '{file.period_first}'
                        and EcritureDate < date '{file.period_first}' + {OPENING_DAYS}
                )
                select 1 from first_days
                where upper(JournalCode) in ({journals}) or CompteNum like '89%'
                union all
                select 1 from first_days
                where day(EcritureDate) = 1
                group by JournalCode, EcritureNum, EcritureDate
                having bool_or(CompteNum like '1%') and count(distinct CompteNum) >= 5
                    and not bool_or(CompteNum like '6%' or CompteNum like '7%')
                limit 1"""
            )
        )

    def lettered(self, file: LandedFec) -> int:
        (count,) = self._query(
            f"select count(EcritureLet) from read_parquet({text_literal(str(file.parquet_path))})"
        )[0]
        return int(count)

    def _table(self, file: LandedFec, has_plain_numbers: bool) -> str:
        """One row per entry of a file: its key, and a fingerprint of its lines whatever their order."""
        name = f"entries_{file.source_id}_{'number' if has_plain_numbers else 'dated'}"
        if name not in self.tables:
            detail = "EcritureNum is null" if has_plain_numbers else "true"
            self._query(
                f"""create temp table {name} as
                select
                    JournalCode as journal, EcritureNum as number,
                    case when {detail} then EcritureDate end as day,
                    case when {detail} then PieceRef end as piece,
                    count(*) as lines, min(line_number) as first_line,
                    sum(hash({", ".join(_ACCOUNTED)})::HUGEINT) as fingerprint
                from read_parquet({text_literal(str(file.parquet_path))})
                group by all"""
            )
            self.tables[name] = name
        return name

    def _key(self, a: LandedFec, b: LandedFec) -> bool:
        return a.entry_key == b.entry_key == "journal_number"

    def compare(self, a: LandedFec, b: LandedFec) -> tuple[int, str | None]:
        """How many entries both files hold alike, and a sentence if they hold one with different lines."""
        pair = (a.sha256, b.sha256)
        if pair not in self.compared:
            first, second = (self._table(file, self._key(a, b)) for file in (a, b))
            joined = (
                f"from {first} as a inner join {second} as b on a.journal is not distinct from b.journal "
                "and a.number is not distinct from b.number and a.day is not distinct from b.day "
                "and a.piece is not distinct from b.piece"
            )
            is_same = "a.lines = b.lines and a.fingerprint = b.fingerprint"
            (same,) = self._query(f"select count(*) {joined} where {is_same}")[0]
            clash = self._query(
                f"select b.journal, b.number, coalesce(b.day::varchar, ''), a.first_line, b.first_line {joined} "
                f"where not ({is_same}) order by a.first_line, b.first_line limit 1"
            )
            sentence = None
            if clash:
                journal, number, day, line_a, line_b = clash[0]
                entry = " ".join(text for text in (journal, number, day) if text)
                sentence = (
                    f"{a.file_name} (line {line_a}) and {b.file_name} (line {line_b}) both hold the entry {entry}, "
                    "with different lines: keep the file that is right."
                )
            self.compared[pair] = (int(same), sentence)
            self.compared[pair[::-1]] = (int(same), sentence)
        return self.compared[pair]

    def remainder(self, file: LandedFec, others: list[LandedFec]) -> Path | None:
        """Lands the lines of the entries that no other file holds, by content; None if there are none."""
        has_plain_numbers = all(self._key(file, other) for other in others)
        own = self._table(file, has_plain_numbers)
        left = f"select a.* from {own} as a"
        for i, other in enumerate(others):
            left += (
                f" anti join {self._table(other, has_plain_numbers)} as o{i} on a.journal is not distinct from "
                f"o{i}.journal and a.number is not distinct from o{i}.number and a.day is not distinct from "
                f"o{i}.day and a.piece is not distinct from o{i}.piece"
            )
        if not self._query(f"select 1 from ({left}) limit 1"):
            return None
        detail = "EcritureNum is null" if has_plain_numbers else "true"
        held = "-".join(sorted(other.sha256 for other in others))
        mark = hashlib.sha256(f"{file.sha256}-{held}".encode()).hexdigest()[:16]
        target = file.parquet_path.with_name(f"{file.source_id}.rest-{mark}.parquet")
        if not target.exists():
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            self._query(
                f"""copy (
                    select l.* from read_parquet({text_literal(str(file.parquet_path))}) as l
                    semi join ({left}) as e on l.JournalCode is not distinct from e.journal
                        and l.EcritureNum is not distinct from e.number
                        and case when {detail} then l.EcritureDate end is not distinct from e.day
                        and case when {detail} then l.PieceRef end is not distinct from e.piece
                ) to {text_literal(str(beside))} (format parquet, compression zstd)"""
            )
            os.replace(beside, target)
        return target
