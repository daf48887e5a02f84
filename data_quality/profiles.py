"""Profiles: small frames that say what the incoming data is, computed by DuckDB over the run's Parquet files.

What belongs here: counts, totals and the place of the first offending line, one row per file, fiscal year or
company. What does not: what is acceptable (`suites/`), who decides (`gate`).

A ledger of millions of lines becomes a few rows here, so Great Expectations judges figures and never sees the lines.
Money is integer cents in every profile. A value that does not apply (the openings of the first year) is null, and
no rule is judged on it; any other null is an error of ours and raises when judged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_quality.declared import COMPANIES, EMPTY_TYPES, INPUTS, LANDING, SOURCE_OF_TABLE, family
from data_quality.errors import ProfileError
from data_quality.table_profiles import EVENTS as _EVENTS
from data_quality.table_profiles import SUBLEDGER as _SUBLEDGER

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

REGISTERS = ("sirene", "companies_house", "gleif", "bodacc", "accounts")
SOURCES = ("fec", "subledger", "events", "customers", *REGISTERS)

# One offending line of a ledger each: name → what is wrong with the line, in the terms of `ledger`.
LINE_FAULTS: dict[str, str] = {
    "null_journals": "JournalCode is null",
    "null_entry_numbers": "EcritureNum is null",
    "null_entry_dates": "EcritureDate is null",
    "null_accounts": "coalesce(trim(CompteNum), '') = ''",
    "null_amounts": "Debit is null or Credit is null",
    "dates_outside": "EcritureDate < fiscal_year_start or EcritureDate > fiscal_year_end",
    "unknown_classes": "coalesce(trim(CompteNum), '') <> '' and left(CompteNum, 1) not between '1' and '8'",
    "negative_amounts": "Debit < 0 or Credit < 0",
    "zero_lines": "Debit = 0 and Credit = 0",
    "two_sided_lines": "Debit <> 0 and Credit <> 0",
    "draft_lines": "ValidDate is null",
    "late_documents": "is_receivable and PieceDate > EcritureDate + 31",
}

JUDGMENT_KINDS = (
    "opening_safeguard",
    "opening_receivership",
    "opening_liquidation",
    "conversion_receivership",
    "conversion_liquidation",
    "plan",
    "closure",
    "annulment",
    "struck_off",
    "other",
)

# The nine digits of a SIREN obey Luhn's rule (La Poste included: its exception is for establishments).
_SIREN_IS_VALID = """(
    regexp_full_match({0}, '[0-9]{{9}}') and list_sum([
        case when i % 2 = 0 and 2 * try_cast({0}[i] as integer) > 9 then 2 * try_cast({0}[i] as integer) - 9
             when i % 2 = 0 then 2 * try_cast({0}[i] as integer)
             else try_cast({0}[i] as integer) end
        for i in range(1, 10)
    ]) % 10 = 0
)"""

# DOMAIN §1, customer id: the auxiliary account, else what follows the root of an account longer than a chart account.
_CUSTOMER_ID = """case
    when coalesce(trim(CompAuxNum), '') <> '' then trim(CompAuxNum)
    when length(rtrim(CompteNum, '0')) <= 4 then null
    when regexp_matches(rtrim(CompteNum, '0'), '^(4111|4117|4161)[^0-9]') then substr(rtrim(CompteNum, '0'), 5)
    else substr(rtrim(CompteNum, '0'), 4)
end"""


def profile_inputs(
    inputs_dir: Path | str, quality_dir: Path | str, *, threads: int = 2, memory_limit: str = "2GB"
) -> dict[str, pd.DataFrame]:
    """Profile what a run is about to build on.

    Args:
        inputs_dir: the run's `inputs/`: companies, fec_files, fec_lines/*, customers and
            company_* as Parquet.
        quality_dir: the run's `quality/`: what landing recorded in sources, rejected_rows, unbalanced_entries.
        threads: DuckDB threads.
        memory_limit: DuckDB's memory; beyond it the entry totals spill to a temporary folder.

    Returns:
        Profile name → frame, a frame per suite part: `<source>_columns` (company × declared column),
        `<source>_files` (company × file read), `fec_years` (company × fiscal year), `subledger` (company ×
        sub-ledger), `events` (company × table of events), `fec_company`, `customers`, and each register
        (company each). A source that is not configured has empty frames.

    Raises:
        ProfileError: companies.parquet is missing or lacks a column, so there is nobody to judge.
    """
    with _connected(threads, memory_limit) as connection:
        connection.execute(
            "create macro cents(amount) as cast(cast(amount as decimal(38, 2)) * 100 as bigint)"
        )
        columns = _open_tables(connection, Path(inputs_dir), Path(quality_dir))
        _prepare_ledger(connection)
        frames = {
            f"{source}_columns": _frame(connection, _columns_sql(columns, source))
            for source in dict.fromkeys(SOURCE_OF_TABLE.values())
        }
        frames["fec_files"] = _frame(connection, _fec_files_sql())
        frames["fec_years"] = _frame(connection, _FEC_YEARS)
        frames["fec_company"] = _frame(connection, _FEC_COMPANY)
        for source in ("subledger", "events", "customers", *REGISTERS):
            frames[f"{source}_files"] = _frame(connection, _files_sql(source))
        frames["subledger"] = _frame(connection, _SUBLEDGER)
        frames["events"] = _frame(connection, _EVENTS)
        frames["customers"] = _frame(connection, _CUSTOMERS)
        frames["sirene"] = _frame(connection, _SIRENE)
        frames["bodacc"] = _frame(connection, _BODACC)
        for source, (table, counts) in _COUNTED.items():
            frames[source] = _frame(connection, _register_sql(source, table, counts))
    return frames


@contextmanager
def _connected(threads: int, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with (
        tempfile.TemporaryDirectory(prefix="encours-quality-") as spill,
        duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": memory_limit,
                "temp_directory": spill,
                "preserve_insertion_order": False,
            }
        ) as connection,
    ):
        yield connection


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _open_tables(
    connection: duckdb.DuckDBPyConnection, inputs_dir: Path, quality_dir: Path
) -> list[tuple[str, str, str, str]]:
    """Make a view per table; return (table, column, declared family, family found or 'missing')."""
    companies = inputs_dir / "companies.parquet"
    found = _describe(connection, companies)
    wrong = [name for name, kind in COMPANIES.items() if found.get(name) != kind]
    if wrong:
        raise ProfileError(
            f"{companies}: the table of companies is missing, or its columns {', '.join(wrong)} are missing or not "
            "of their type; write the run's inputs again."
        )
    connection.execute(f"create view companies as select * from read_parquet({_quoted(str(companies))})")
    report = []
    for folder, tables in ((inputs_dir, INPUTS), (quality_dir, LANDING)):
        for table, declared in tables.items():
            path = folder / table / "*.parquet" if table == "fec_lines" else folder / f"{table}.parquet"
            found = _describe(connection, path)
            parts = []
            for name, kind in declared.items():
                actual = found.get(name, "missing")
                report.append((table, name, kind, actual))
                if actual == "missing":
                    parts.append(f'cast(null as {EMPTY_TYPES[kind]}) as "{name}"')
                elif actual == kind:
                    parts.append(f'"{name}"')
                else:
                    parts.append(f'try_cast("{name}" as {EMPTY_TYPES[kind]}) as "{name}"')
            # A missing table reads as an empty one: its columns are reported missing, each of them an error.
            rows = (
                f"from read_parquet({_quoted(str(path))}, union_by_name = true)" if found else "where false"
            )
            connection.execute(f"create view {table} as select {', '.join(parts)} {rows}")
    return report


def _describe(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Column → family of a Parquet file or glob; empty when there is no file."""
    if not any(path.parent.glob(path.name)):
        return {}
    rows = connection.execute(
        f"describe select * from read_parquet({_quoted(str(path))}, union_by_name = true)"
    ).fetchall()
    return {name: family(kind) for name, kind, *_ in rows}


def _frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """A query as a frame, `row` numbering its rows; whole numbers stay whole where values are missing."""
    import pandas as pd

    cursor = connection.execute(sql)
    description = cursor.description or []
    rows = cursor.fetchall()
    data: dict[str, Any] = {"row": pd.Series(range(len(rows)), dtype="int64")}
    for position, (name, kind, *_) in enumerate(description):
        values = [row[position] for row in rows]
        dtype = (
            "Int64" if family(str(kind)) == "integer" else "float64" if str(kind) == "DOUBLE" else "object"
        )
        data[name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(data)


# --- columns -------------------------------------------------------------------------------------------------------


def _columns_sql(report: list[tuple[str, str, str, str]], source: str) -> str:
    rows = ", ".join(
        f"({position}, {_quoted(table)}, {_quoted(column)}, {_quoted(declared)}, {_quoted(actual)})"
        for position, (table, column, declared, actual) in enumerate(report)
        if SOURCE_OF_TABLE[table] == source
    )
    return f"""
        select company_id, currency, table_name, column_name, table_name || '.' || column_name as full_name,
               declared_type, actual_type
        from companies cross join (values {rows}) as t(position, table_name, column_name, declared_type, actual_type)
        order by company_id, position
    """


# --- files ---------------------------------------------------------------------------------------------------------


def _files_sql(source: str) -> str:
    """One row per company and file read of a source: what landing says of it against what it left.

    A file that serves every company (its company_id is null or blank) is judged for each of them. Shares and
    rejects of a file that does not count in the run (`duplicate`, `superseded`) are null: nothing rests on it.
    """
    return f"""
        with listed as (
            select
                sha256,
                coalesce(company_id, '') as company_id,
                line_number,
                min(column_name) as column_name,
                max(coalesce(debit, 0)) as debit,
                max(coalesce(credit, 0)) as credit
            from rejected_rows
            where source = '{source}'
            group by all
        ),
        rejects as (
            select
                company_id,
                sha256,
                count(*) as listed_rows,
                cents(sum(debit)) as listed_debit_cents,
                cents(sum(credit)) as listed_credit_cents,
                cast(to_json(list({{
                    'line_number': line_number, 'column_name': column_name
                }} order by line_number)[1:3]) as varchar) as reject_examples
            from listed
            group by company_id, sha256
        ),
        -- The file that stands for one set aside: landing names it by its hash, its short id or its name.
        kept as (
            select id, coalesce(company_id, '') as company_id, min(file_name) as file_name
            from (
                select sha256 as id, company_id, file_name from sources where source = '{source}' and status = 'used'
                union all
                select source_id, company_id, file_name from sources where source = '{source}' and status = 'used'
            )
            group by all
        )
        select
            companies.company_id,
            companies.currency,
            s.file_name,
            s.sha256,
            s.source_id,
            s.status,
            case s.status
                when 'superseded' then 'remplacé' when 'duplicate' then 'en double' else s.status
            end as status_fr,
            coalesce(kept.file_name, s.superseded_by, '—') as kept_file,
            cast(
                s.status is null or s.status not in ('used', 'duplicate', 'superseded', 'unavailable') as integer
            ) as unknown_status,
            cast(s.status in ('duplicate', 'superseded') as integer) as is_set_aside,
            case when s.status = 'used' then s.rows_read end as used_rows_read,
            s.rows_read,
            s.rows_accepted,
            s.rows_rejected,
            coalesce(s.rows_out_of_scope, 0) as rows_out_of_scope,
            s.rows_read - s.rows_accepted - s.rows_rejected - coalesce(s.rows_out_of_scope, 0) as rows_unaccounted,
            s.rows_rejected - coalesce(rejects.listed_rows, 0) as rejects_unlisted,
            coalesce(rejects.listed_rows, 0) as listed_rows,
            case when s.status = 'used' then s.rows_rejected end as used_rows_rejected,
            judged.rows_rejected as judged_rejected,
            judged.rows_read as judged_rows,
            case
                when s.status <> 'used' then null
                when s.rows_rejected = 0 then 0
                else cast(judged.rows_rejected as double) / greatest(judged.rows_read, 1)
            end as rejected_share,
            cents(coalesce(s.debit_rejected, 0)) as debit_rejected_cents,
            cents(coalesce(s.credit_rejected, 0)) as credit_rejected_cents,
            abs(cents(coalesce(s.debit_rejected, 0)) - coalesce(rejects.listed_debit_cents, 0))
                + abs(cents(coalesce(s.credit_rejected, 0)) - coalesce(rejects.listed_credit_cents, 0))
                as rejected_cents_unlisted,
            coalesce(rejects.reject_examples, '[]') as reject_examples,
            case when s.warnings is null or trim(s.warnings) = '' then '[]' else s.warnings end as remarks,
            case
                when s.warnings is null or trim(s.warnings) = '' then 0
                else cast(json_array_length(s.warnings) as bigint)
            end as remark_count,
            cents(s.debit_total) as debit_cents,
            cents(s.credit_total) as credit_cents
        from companies
        inner join sources as s
            on coalesce(s.company_id, '') in (companies.company_id, '')
        left join kept
            on kept.company_id = coalesce(s.company_id, '')
            and s.status in ('duplicate', 'superseded')
            and kept.id = coalesce(s.superseded_by, s.sha256)
        left join rejects
            on rejects.sha256 = s.sha256 and rejects.company_id = coalesce(s.company_id, '')
        -- A file is judged by itself; a table that arrives in many small ones, by all of them.
        left join lateral (
            select
                cast(sum(o.rows_read) as bigint) as rows_read,
                cast(sum(o.rows_rejected) as bigint) as rows_rejected
            from sources as o
            where
                o.source = s.source
                and o.status = 'used'
                and o.company_id is not distinct from s.company_id
                and o.ledger_name is not distinct from s.ledger_name
                and o.table_name is not distinct from s.table_name
                and (s.table_name is not null or o.sha256 = s.sha256)
        ) as judged on true
        where s.source = '{source}'
        order by companies.company_id, s.file_name, s.sha256, s.status
    """


# --- the ledger ----------------------------------------------------------------------------------------------------


def _prepare_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """The ledger's lines with their file and company, then one row per entry and one per receivable line."""
    connection.execute(
        f"""
        create view ledger as
        select
            l.*,
            f.source_id is null as is_orphan,
            f.fiscal_year_start,
            f.fiscal_year_end,
            f.entry_key,
            c.as_of,
            left(l.CompteNum, 3) in ('411', '413', '416') as is_receivable,
            {_CUSTOMER_ID} as customer_id
        from fec_lines as l
        inner join companies as c on l.company_id = c.company_id
        left join fec_files as f on l.company_id = f.company_id and l.source_id = f.source_id
        """
    )
    # An entry: the lines sharing journal and number in a file; where numbers repeat, date and reference too.
    key = """
            company_id,
            source_id,
            JournalCode as journal_code,
            EcritureNum as entry_number,
            case when entry_key = 'journal_number_date_piece' then EcritureDate end as key_date,
            case when entry_key = 'journal_number_date_piece' then PieceRef end as key_piece"""
    # Counting distinct accounts is dear: it is done for the entries of the year's first day alone.
    connection.execute(
        f"""
        create temp table entries as
        with totals as (
            select
                {key},
                fiscal_year_start,
                min(line_number) as first_line,
                min(EcritureDate) as first_date,
                max(EcritureDate) as last_date,
                sum(coalesce(Debit, 0)) - sum(coalesce(Credit, 0)) as difference,
                coalesce(bool_or(is_receivable), false) as has_receivable,
                sum(case when left(CompteNum, 2) = '70' then coalesce(Credit, 0) - coalesce(Debit, 0) else 0 end)
                    as sales,
                coalesce(bool_or(left(CompteNum, 2) = '89'), false) as has_opening_account,
                coalesce(bool_and(left(CompteNum, 1) between '1' and '5'), false) as is_balance_sheet
            from ledger
            where not is_orphan
            group by all
        ),
        first_days as (
            select
                {key},
                count(distinct CompteNum) as accounts,
                count(distinct left(CompteNum, 1)) as classes
            from ledger
            where not is_orphan and EcritureDate = fiscal_year_start
            group by all
        )
        select
            t.company_id,
            t.source_id,
            t.fiscal_year_start,
            t.journal_code,
            t.entry_number,
            t.key_date,
            t.key_piece,
            t.first_line,
            date_trunc('month', t.first_date) as month,
            cents(t.difference) as difference_cents,
            t.first_date <> t.last_date as has_several_dates,
            t.has_receivable,
            cents(t.sales) as sales_cents,
            coalesce(
                instr(
                    ',' || upper(replace(c.opening_journals, ' ', '')) || ',', ',' || upper(t.journal_code) || ','
                ) > 0,
                false
            )
                or t.has_opening_account
                -- Many balance-sheet accounts at once on the year's first day: an opening in an ordinary journal.
                or (
                    t.is_balance_sheet
                    and t.first_date = t.fiscal_year_start
                    and t.last_date = t.fiscal_year_start
                    and coalesce(d.accounts, 0) >= 5
                    and coalesce(d.classes, 0) >= 3
                ) as is_opening
        from totals as t
        inner join companies as c on t.company_id = c.company_id
        left join first_days as d
            on t.company_id = d.company_id
            and t.source_id = d.source_id
            and t.journal_code is not distinct from d.journal_code
            and t.entry_number is not distinct from d.entry_number
            and t.key_date is not distinct from d.key_date
            and t.key_piece is not distinct from d.key_piece
        """
    )
    connection.execute(
        """
        create temp table receivables as
        select
            r.company_id,
            r.fiscal_year_start,
            r.line_number,
            r.EcritureDate as entry_date,
            r.customer_id,
            r.CompteNum as account_number,
            r.EcritureLet as lettering_code,
            r.PieceDate as document_date,
            cents(coalesce(r.Debit, 0) - coalesce(r.Credit, 0)) as cents,
            e.is_opening
        from ledger as r
        inner join entries as e
            on r.company_id = e.company_id
            and r.source_id = e.source_id
            and r.JournalCode is not distinct from e.journal_code
            and r.EcritureNum is not distinct from e.entry_number
            and (
                r.entry_key <> 'journal_number_date_piece'
                or (
                    r.EcritureDate is not distinct from e.key_date
                    and r.PieceRef is not distinct from e.key_piece
                )
            )
        where r.is_receivable and not r.is_orphan
        """
    )


def _fec_files_sql() -> str:
    faults = ",\n".join(
        f"count(*) filter (where {fault}) as {name}, "
        f"coalesce(min(line_number) filter (where {fault}), 0) as {name}_first_line"
        for name, fault in LINE_FAULTS.items()
    )
    fault_columns = ",\n".join(
        f"case when f.status = 'used' then coalesce(lines.{name}, 0) end as {name}, "
        f"coalesce(lines.{name}_first_line, 0) as {name}_first_line"
        for name in LINE_FAULTS
    )
    return f"""
        with files as ({_files_sql("fec")}),
        lines as (
            select
                company_id,
                source_id,
                count(*) as line_count,
                count(*) - count(distinct line_number) as repeated_line_numbers,
                cents(sum(coalesce(Debit, 0))) as landed_debit_cents,
                cents(sum(coalesce(Credit, 0))) as landed_credit_cents,
                {faults}
            from ledger
            group by company_id, source_id
        ),
        unbalanced as (
            select
                company_id,
                source_id,
                cast(to_json(list({{
                    'journal_code': journal_code,
                    'entry_number': entry_number,
                    'first_line': first_line,
                    'difference_cents': difference_cents
                }} order by first_line)[1:3]) as varchar) as unbalanced_examples
            from entries
            where difference_cents <> 0
            group by company_id, source_id
        ),
        counted as (
            select
                company_id,
                source_id,
                count(*) as entries,
                count(*) filter (where difference_cents <> 0) as unbalanced_entries,
                count(*) filter (where has_several_dates) as entries_of_several_dates,
                coalesce(min(first_line) filter (where has_several_dates), 0) as entries_of_several_dates_first_line
            from entries
            group by company_id, source_id
        ),
        told as (
            select company_id, source_id, count(*) as unbalanced_listed
            from unbalanced_entries
            group by company_id, source_id
        )
        select
            f.*,
            y.fiscal_year_start,
            y.fiscal_year_end,
            cast(f.status = 'used' and y.source_id is null as integer) as is_not_registered,
            case when f.status = 'used' then coalesce(lines.line_count, 0) end as line_count,
            case when f.status = 'used'
                then abs(f.rows_accepted - coalesce(lines.line_count, 0)) end as rows_not_landed,
            coalesce(lines.landed_debit_cents, 0) as landed_debit_cents,
            coalesce(lines.landed_credit_cents, 0) as landed_credit_cents,
            case when f.status = 'used'
                then abs(coalesce(f.debit_cents, 0) - coalesce(lines.landed_debit_cents, 0)) end
                as debit_cents_not_landed,
            case when f.status = 'used'
                then abs(coalesce(f.credit_cents, 0) - coalesce(lines.landed_credit_cents, 0)) end
                as credit_cents_not_landed,
            case when f.status = 'used'
                then coalesce(lines.landed_debit_cents, 0) - coalesce(lines.landed_credit_cents, 0) end
                as difference_cents,
            case when f.status = 'used' then coalesce(lines.repeated_line_numbers, 0) end as repeated_line_numbers,
            {fault_columns},
            case when f.status = 'used' then coalesce(counted.entries, 0) end as entries,
            case when f.status = 'used' then coalesce(counted.unbalanced_entries, 0) end as unbalanced_entries,
            case when f.status = 'used'
                then cast(coalesce(counted.unbalanced_entries, 0) as double) / greatest(counted.entries, 1) end
                as unbalanced_share,
            case when f.status = 'used'
                then abs(coalesce(counted.unbalanced_entries, 0) - coalesce(told.unbalanced_listed, 0)) end
                as unbalanced_unlisted,
            coalesce(told.unbalanced_listed, 0) as unbalanced_listed,
            coalesce(unbalanced.unbalanced_examples, '[]') as unbalanced_examples,
            case when f.status = 'used' then coalesce(counted.entries_of_several_dates, 0) end
                as entries_of_several_dates,
            coalesce(counted.entries_of_several_dates_first_line, 0) as entries_of_several_dates_first_line,
            case when f.status = 'used' then coalesce(y.entry_key, '') end as entry_key
        from files as f
        left join fec_files as y on f.company_id = y.company_id and f.source_id = y.source_id
        left join lines on f.company_id = lines.company_id and f.source_id = lines.source_id
        left join counted on f.company_id = counted.company_id and f.source_id = counted.source_id
        left join unbalanced on f.company_id = unbalanced.company_id and f.source_id = unbalanced.source_id
        left join told on f.company_id = told.company_id and f.source_id = told.source_id
        order by f.company_id, f.file_name, f.sha256, f.status
    """


_FEC_YEARS = """
    with years as (
        select
            company_id,
            fiscal_year_start,
            max(fiscal_year_end) as fiscal_year_end,
            max(fiscal_year) as fiscal_year,
            string_agg(distinct file_name, ', ' order by file_name) as file_names
        from fec_files
        group by company_id, fiscal_year_start
    ),
    movements as (
        select
            company_id,
            fiscal_year_start,
            count(*) as receivable_lines,
            count(*) filter (where customer_id is null) as unidentified_lines,
            coalesce(min(line_number) filter (where customer_id is null), 0) as unidentified_first_line,
            cast(coalesce(sum(abs(cents)) filter (where customer_id is null), 0) as bigint) as unidentified_cents,
            count(*) filter (where document_date is null) as undated_lines,
            coalesce(min(line_number) filter (where document_date is null), 0) as undated_first_line,
            count(distinct (account_number, customer_id, lettering_code)) filter (where lettering_code is not null)
                as lettering_groups,
            count(*) filter (where is_opening) as opening_lines,
            cast(coalesce(sum(cents) filter (where is_opening), 0) as bigint) as opening_cents,
            cast(sum(cents) as bigint) as movement_cents
        from receivables
        group by company_id, fiscal_year_start
    ),
    letterings as (
        select
            company_id,
            fiscal_year_start,
            lettering_code,
            min(line_number) as first_line,
            max(entry_date) filter (where cents < 0) < min(entry_date) filter (where cents > 0) as is_early
        from receivables
        where lettering_code is not null
        group by company_id, fiscal_year_start, account_number, customer_id, lettering_code
    ),
    early as (
        select
            company_id,
            fiscal_year_start,
            count(*) as early_letterings,
            min(first_line) as early_first_line,
            arg_min(lettering_code, first_line) as early_example
        from letterings
        where is_early
        group by company_id, fiscal_year_start
    ),
    sales as (
        select
            company_id,
            fiscal_year_start,
            cast(sum(sales_cents) filter (where not is_opening) as bigint) as sales_cents,
            cast(coalesce(sum(sales_cents) filter (where has_receivable and not is_opening), 0) as bigint)
                as customer_sales_cents,
            count(distinct month) filter (where not is_opening) as active_months,
            count(distinct month) filter (where has_receivable and not is_opening) as customer_months,
            bool_or(is_opening) as has_openings
        from entries
        group by company_id, fiscal_year_start
    ),
    joined as (
        select
            years.*,
            companies.currency,
            coalesce(movements.receivable_lines, 0) as receivable_lines,
            coalesce(movements.unidentified_lines, 0) as unidentified_lines,
            coalesce(movements.unidentified_first_line, 0) as unidentified_first_line,
            coalesce(movements.unidentified_cents, 0) as unidentified_cents,
            coalesce(movements.undated_lines, 0) as undated_lines,
            coalesce(movements.undated_first_line, 0) as undated_first_line,
            coalesce(movements.lettering_groups, 0) as lettering_groups,
            coalesce(early.early_letterings, 0) as early_letterings,
            coalesce(early.early_first_line, 0) as early_first_line,
            coalesce(early.early_example, '') as early_example,
            coalesce(movements.opening_lines, 0) as opening_lines,
            coalesce(movements.opening_cents, 0) as opening_cents,
            coalesce(movements.movement_cents, 0) as movement_cents,
            coalesce(sales.sales_cents, 0) as sales_cents,
            coalesce(sales.customer_sales_cents, 0) as customer_sales_cents,
            coalesce(sales.active_months, 0) as active_months,
            coalesce(sales.customer_months, 0) as customer_months,
            coalesce(sales.has_openings, false) as has_openings,
            lag(years.fiscal_year) over by_year as previous_year,
            lag(years.fiscal_year_end) over by_year as previous_end,
            -- A year is taken to last twelve months: a ledger without a line in its last ones is no hole.
            greatest(
                lag(years.fiscal_year_end) over by_year,
                cast(lag(years.fiscal_year_start) over by_year + interval 12 month - interval 1 day as date)
            ) as covered_until,
            row_number() over by_year = 1 as is_first_year
        from years
        inner join companies on years.company_id = companies.company_id
        left join movements
            on years.company_id = movements.company_id and years.fiscal_year_start = movements.fiscal_year_start
        left join early
            on years.company_id = early.company_id and years.fiscal_year_start = early.fiscal_year_start
        left join sales
            on years.company_id = sales.company_id and years.fiscal_year_start = sales.fiscal_year_start
        window by_year as (partition by years.company_id order by years.fiscal_year_start)
    ),
    -- A year whose openings are not booked yet continues the one before: its closing balance needs both.
    chains as (
        select
            *,
            count(*) filter (where has_openings or is_first_year) over (
                partition by company_id order by fiscal_year_start
            ) as chain
        from joined
    ),
    balanced as (
        select
            *,
            cast(sum(movement_cents) over (
                partition by company_id, chain order by fiscal_year_start
            ) as bigint) as closing_cents
        from chains
    ),
    compared as (
        select
            *,
            lag(closing_cents) over (partition by company_id order by fiscal_year_start) as previous_closing_cents
        from balanced
    )
    select
        company_id,
        currency,
        fiscal_year,
        cast(fiscal_year as varchar) as fiscal_year_name,
        fiscal_year_start,
        fiscal_year_end,
        file_names,
        receivable_lines,
        sales_cents,
        customer_sales_cents,
        case when sales_cents > 0 then greatest(cast(customer_sales_cents as double) / sales_cents, 0) end
            as customer_sales_share,
        active_months,
        customer_months,
        case when receivable_lines > 0 and active_months > 0 then cast(customer_months as double) / active_months end
            as customer_months_share,
        unidentified_lines,
        unidentified_first_line,
        unidentified_cents,
        case when receivable_lines > 0 then cast(unidentified_lines as double) / receivable_lines end
            as unidentified_share,
        undated_lines,
        undated_first_line,
        case when receivable_lines > 0 then cast(undated_lines as double) / receivable_lines end as undated_share,
        case when receivable_lines > 0 then lettering_groups end as lettering_groups,
        case when lettering_groups > 0 then early_letterings end as early_letterings,
        early_first_line,
        early_example,
        -- Only where something was owed at the previous closing is there something to bring forward.
        case when previous_closing_cents <> 0 then opening_lines end as opening_lines,
        opening_cents,
        previous_year,
        previous_end,
        previous_closing_cents,
        case when not is_first_year and opening_lines > 0 then abs(opening_cents - previous_closing_cents) end
            as opening_difference_cents,
        case when not is_first_year then greatest(date_diff('day', covered_until, fiscal_year_start) - 1, 0) end
            as gap_days,
        case when not is_first_year then covered_until + 1 end as gap_start,
        case when not is_first_year then fiscal_year_start - 1 end as gap_end,
        case when not is_first_year then greatest(1 - date_diff('day', previous_end, fiscal_year_start), 0) end
            as overlap_days
    from compared
    order by company_id, fiscal_year_start
"""

_FEC_COMPANY = """
    with lines as (
        select
            company_id,
            count(*) as line_count,
            count(*) filter (where EcritureDate <= as_of) as lines_by_as_of,
            min(EcritureDate) as first_date
        from ledger
        group by company_id
    ),
    orphans as (
        select company_id, count(*) as orphan_lines, min(source_id) as orphan_source
        from ledger
        where is_orphan
        group by company_id
    )
    select
        companies.company_id,
        companies.company_name,
        companies.currency,
        companies.as_of,
        coalesce(lines.first_date, companies.as_of) as first_date,
        coalesce(lines.lines_by_as_of, 0) as lines_by_as_of,
        coalesce(orphans.orphan_lines, 0) as orphan_lines,
        coalesce(orphans.orphan_source, '') as orphan_source
    from companies
    left join lines on companies.company_id = lines.company_id
    left join orphans on companies.company_id = orphans.company_id
    -- A company whose sub-ledger tells everything has no ledger to judge.
    where companies.has_fec
    order by companies.company_id
"""

# --- customers and legal data --------------------------------------------------------------------------------------

# A company has a source when a file of it was read or when it has rows.
_CUSTOMERS = f"""
    with known as (
        select
            c.company_id,
            k.company_id as own_company_id,
            k.customer_id,
            k.valid_from,
            k.name,
            k.siren,
            k.payment_terms,
            k.terms_net_days,
            k.credit_limit
        from companies as c
        inner join customers as k on k.company_id is null or k.company_id = c.company_id
    ),
    counted as (
        select
            company_id,
            count(*) as customers,
            count(distinct (coalesce(own_company_id, ''), customer_id)) as listed_customers,
            count(*) filter (where customer_id is null) as null_ids,
            count(customer_id) - count(distinct (coalesce(own_company_id, ''), customer_id, valid_from))
                filter (where customer_id is not null) as repeated_ids,
            count(*) filter (where siren is null) as without_siren,
            cast(count(*) filter (where siren is null) as double) / count(*) as without_siren_share,
            count(*) filter (where siren is not null and not {_SIREN_IS_VALID.format("siren")}) as invalid_sirens,
            coalesce(min(siren) filter (where siren is not null and not {_SIREN_IS_VALID.format("siren")}), '')
                as invalid_siren_example,
            count(*) filter (where payment_terms is not null and terms_net_days is null) as unread_terms,
            coalesce(min(payment_terms) filter (where payment_terms is not null and terms_net_days is null), '')
                as unread_terms_example,
            coalesce(
                arg_min(customer_id, (payment_terms, customer_id))
                    filter (where payment_terms is not null and terms_net_days is null), ''
            ) as unread_terms_customer,
            count(*) filter (where credit_limit < 0) as negative_limits
        from known
        group by company_id
    ),
    repeated as (
        select company_id, min(customer_id) as repeated_id_example
        from (
            select company_id, own_company_id, customer_id, valid_from
            from known
            where customer_id is not null
            group by all
            having count(*) > 1
        )
        group by company_id
    ),
    in_ledger as (
        select company_id, customer_id, sum(abs(cents)) as cents
        from receivables
        where customer_id is not null
        group by all
    ),
    listed_ids as (
        select distinct company_id, customer_id from known where customer_id is not null
    ),
    covered as (
        select
            l.company_id,
            count(*) as ledger_customers,
            count(*) filter (where listed_ids.customer_id is null) as unlisted_customers,
            coalesce(
                arg_max(l.customer_id, (l.cents, l.customer_id)) filter (where listed_ids.customer_id is null), ''
            ) as unlisted_example
        from in_ledger as l
        left join listed_ids
            on l.company_id = listed_ids.company_id and l.customer_id = listed_ids.customer_id
        group by l.company_id
    ),
    strangers as (
        select count(*) as stranger_rows, coalesce(min(k.company_id), '') as stranger_example
        from customers as k
        where k.company_id is not null and k.company_id not in (select company_id from companies)
    ),
    files as (
        select
            c.company_id,
            string_agg(distinct s.file_name, ', ' order by s.file_name) as file_name,
            -- Several files may tell of the same unit or notice, which is kept once: only one file's rows compare.
            case when count(*) filter (where s.status = 'used') = 1
                then sum(s.rows_accepted) filter (where s.status = 'used') end as rows_accepted,
            -- A file without days holds each customer once; files before it add the days on which terms changed.
            bool_or(s.first_date is not null) as tells_days
        from companies as c
        inner join sources as s on coalesce(s.company_id, '') in (c.company_id, '')
        where s.source = 'customers'
        group by c.company_id
    )
    select
        c.company_id,
        c.currency,
        coalesce(files.file_name, 'customers') as file_name,
        coalesce(counted.customers, 0) as customers,
        cast(files.rows_accepted as bigint) as rows_accepted,
        cast(abs(files.rows_accepted - coalesce(
            case when files.tells_days then counted.customers else counted.listed_customers end, 0
        )) as bigint) as rows_not_landed,
        coalesce(counted.null_ids, 0) as null_ids,
        coalesce(counted.repeated_ids, 0) as repeated_ids,
        coalesce(repeated.repeated_id_example, '') as repeated_id_example,
        coalesce(counted.without_siren, 0) as without_siren,
        coalesce(counted.without_siren_share, 0) as without_siren_share,
        coalesce(counted.invalid_sirens, 0) as invalid_sirens,
        coalesce(counted.invalid_siren_example, '') as invalid_siren_example,
        coalesce(counted.unread_terms, 0) as unread_terms,
        coalesce(counted.unread_terms_example, '') as unread_terms_example,
        coalesce(counted.unread_terms_customer, '') as unread_terms_customer,
        coalesce(counted.negative_limits, 0) as negative_limits,
        strangers.stranger_rows,
        strangers.stranger_example,
        coalesce(covered.ledger_customers, 0) as ledger_customers,
        coalesce(covered.unlisted_customers, 0) as unlisted_customers,
        case when covered.ledger_customers > 0
            then cast(covered.ledger_customers - covered.unlisted_customers as double) / covered.ledger_customers
        end as covered_share,
        coalesce(covered.unlisted_example, '') as unlisted_example
    from companies as c
    cross join strangers
    left join files on c.company_id = files.company_id
    left join counted on c.company_id = counted.company_id
    left join repeated on c.company_id = repeated.company_id
    left join covered on c.company_id = covered.company_id
    where files.company_id is not null or counted.company_id is not null
    order by c.company_id
"""

_LEGAL_FILES = """
    files as (
        select
            c.company_id,
            string_agg(distinct s.file_name, ', ' order by s.file_name) as file_name,
            -- Several files may tell of the same unit or notice, which is kept once: only one file's rows compare.
            case when count(*) filter (where s.status = 'used') = 1
                then sum(s.rows_accepted) filter (where s.status = 'used') end as rows_accepted
        from companies as c
        inner join sources as s on coalesce(s.company_id, '') in (c.company_id, '')
        where s.source = '{source}'
        group by c.company_id
    ),
    wanted as (
        select distinct c.company_id, k.siren
        from companies as c
        inner join customers as k on k.company_id is null or k.company_id = c.company_id
        where {valid}
    )
"""

_SIRENE = f"""
    with {_LEGAL_FILES.format(source="sirene", valid=_SIREN_IS_VALID.format("k.siren"))},
    -- Two answers of one day may both hold a unit: the same row twice says nothing else.
    told as (
        select distinct legal_unit_id as siren, known_on, administrative_state, creation_date, state_since, legal_name
        from company_units
        where source = 'sirene'
    ),
    landed as (
        select
            (select count(*) from company_units where source = 'sirene') as units,
            (select count(*) from company_establishments where source = 'sirene') as establishments
    ),
    counted as (
        select
            c.company_id,
            count(*) as units,
            count(*) filter (where u.siren is null) as null_sirens,
            count(u.siren) - count(distinct (u.siren, u.known_on)) filter (where u.siren is not null)
                as repeated_sirens,
            coalesce(min(u.siren) filter (where not {_SIREN_IS_VALID.format("u.siren")}), '') as invalid_siren_example,
            count(*) filter (where not {_SIREN_IS_VALID.format("u.siren")}) as invalid_sirens,
            count(*) filter (where u.administrative_state is null or u.administrative_state not in ('A', 'C'))
                as unknown_states,
            coalesce(min(u.administrative_state) filter (where u.administrative_state not in ('A', 'C')), '')
                as unknown_state_example,
            count(*) filter (where u.creation_date > c.as_of or u.state_since > c.as_of) as future_units,
            coalesce(min(u.siren) filter (where u.creation_date > c.as_of or u.state_since > c.as_of), '')
                as future_unit_example
        from companies as c
        cross join told as u
        group by c.company_id
    ),
    held as (select distinct siren from told where siren is not null),
    covered as (
        select
            wanted.company_id,
            count(*) as wanted_sirens,
            count(*) filter (where held.siren is null) as absent_sirens,
            coalesce(min(wanted.siren) filter (where held.siren is null), '') as absent_siren_example
        from wanted
        left join held on wanted.siren = held.siren
        group by wanted.company_id
    )
    select
        c.company_id,
        c.as_of,
        coalesce(files.file_name, 'sirene') as file_name,
        coalesce(counted.units, 0) as units,
        cast(files.rows_accepted as bigint) as rows_accepted,
        -- A file tells of units, of establishments, or of both, and counts its rows once.
        cast(least(
            abs(files.rows_accepted - landed.units), abs(files.rows_accepted - landed.establishments)
        ) as bigint) as rows_not_landed,
        coalesce(counted.null_sirens, 0) as null_sirens,
        coalesce(counted.repeated_sirens, 0) as repeated_sirens,
        coalesce(counted.invalid_sirens, 0) as invalid_sirens,
        coalesce(counted.invalid_siren_example, '') as invalid_siren_example,
        coalesce(counted.unknown_states, 0) as unknown_states,
        coalesce(counted.unknown_state_example, '') as unknown_state_example,
        coalesce(counted.future_units, 0) as future_units,
        coalesce(counted.future_unit_example, '') as future_unit_example,
        coalesce(covered.wanted_sirens, 0) as wanted_sirens,
        coalesce(covered.absent_sirens, 0) as absent_sirens,
        coalesce(covered.absent_siren_example, '') as absent_siren_example,
        case when covered.wanted_sirens > 0
            then cast(covered.wanted_sirens - covered.absent_sirens as double) / covered.wanted_sirens
        end as covered_share
    from companies as c
    cross join landed
    left join files on c.company_id = files.company_id
    left join counted on c.company_id = counted.company_id
    left join covered on c.company_id = covered.company_id
    where files.company_id is not null or counted.company_id is not null
    order by c.company_id
"""

_KINDS = ", ".join(_quoted(kind) for kind in JUDGMENT_KINDS)

_BODACC = f"""
    with {_LEGAL_FILES.format(source="bodacc", valid=_SIREN_IS_VALID.format("k.siren"))},
    -- Answers overlap, so that the same row may come twice; a notice that tells two things may not.
    told as (
        select distinct * replace (null as parent_notice_id), legal_unit_id as siren
        from company_notices
        where source = 'bodacc'
    ),
    repeated as (
        select cast(coalesce(sum(copies - 1), 0) as bigint) as repeated_notices,
               coalesce(min(notice_id), '') as repeated_example
        from (
            select notice_id, siren, known_on, count(*) as copies
            from told
            where notice_id is not null and siren is not null
            group by all
            having count(*) > 1
        )
    ),
    counted as (
        select
            c.company_id,
            count(*) as notices,
            count(distinct coalesce(n.notice_id, '')) as distinct_notices,
            count(*) filter (where n.notice_id is null or n.siren is null) as null_keys,
            count(*) filter (where n.publication_date is null) as undated_notices,
            coalesce(min(n.notice_id) filter (where n.publication_date is null), '') as undated_example,
            count(*) filter (where n.publication_date > c.as_of) as future_notices,
            coalesce(min(n.notice_id) filter (where n.publication_date > c.as_of), '') as future_example,
            count(*) filter (where n.judgment_date > n.publication_date) as late_judgments,
            coalesce(min(n.notice_id) filter (where n.judgment_date > n.publication_date), '') as late_judgment_example,
            count(*) filter (where n.judgment_kind is null or n.judgment_kind not in ({_KINDS})) as unknown_kinds,
            coalesce(min(n.judgment_kind) filter (where n.judgment_kind not in ({_KINDS})), '')
                as unknown_kind_example,
            count(*) filter (where n.judgment_kind like 'opening_%' and n.judgment_date is null) as undated_openings,
            coalesce(min(n.notice_id) filter (
                where n.judgment_kind like 'opening_%' and n.judgment_date is null
            ), '') as undated_opening_example,
            count(wanted.siren) as matched_notices
        from companies as c
        cross join told as n
        left join wanted on c.company_id = wanted.company_id and n.siren = wanted.siren
        group by c.company_id
    ),
    wished as (select company_id, count(*) as wanted_sirens from wanted group by company_id)
    select
        c.company_id,
        c.as_of,
        coalesce(files.file_name, 'bodacc') as file_name,
        coalesce(counted.notices, 0) as notices,
        cast(files.rows_accepted as bigint) as rows_accepted,
        cast(abs(files.rows_accepted - coalesce(counted.distinct_notices, 0)) as bigint) as rows_not_landed,
        coalesce(counted.null_keys, 0) as null_keys,
        repeated.repeated_notices,
        repeated.repeated_example,
        coalesce(counted.undated_notices, 0) as undated_notices,
        coalesce(counted.undated_example, '') as undated_example,
        coalesce(counted.future_notices, 0) as future_notices,
        coalesce(counted.future_example, '') as future_example,
        coalesce(counted.late_judgments, 0) as late_judgments,
        coalesce(counted.late_judgment_example, '') as late_judgment_example,
        coalesce(counted.unknown_kinds, 0) as unknown_kinds,
        coalesce(counted.unknown_kind_example, '') as unknown_kind_example,
        coalesce(counted.undated_openings, 0) as undated_openings,
        coalesce(counted.undated_opening_example, '') as undated_opening_example,
        coalesce(wished.wanted_sirens, 0) as wanted_sirens,
        case when wished.wanted_sirens > 0 then coalesce(counted.matched_notices, 0) end as matched_notices
    from companies as c
    cross join repeated
    left join files on c.company_id = files.company_id
    left join counted on c.company_id = counted.company_id
    left join wished on c.company_id = wished.company_id
    where files.company_id is not null or counted.company_id is not null
    order by c.company_id
"""

# Register → its table, and what is counted in it: name → (what is wrong with a row, what shows it).
_COUNTED: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "companies_house": (
        "company_units",
        {
            "odd_numbers": (
                "t.legal_unit_id is null or not regexp_full_match(t.legal_unit_id, 'GB-[A-Z0-9]{8}')",
                "t.legal_unit_id",
            ),
            "unknown_states": (
                "t.administrative_state is null or t.administrative_state not in ('A', 'C')",
                "t.administrative_state",
            ),
            "repeated_rows": ("t.copies > 1", "t.legal_unit_id"),
        },
    ),
    "gleif": (
        "company_links",
        {
            "loops": ("t.legal_unit_id = t.parent_id", "t.legal_unit_id"),
            "loose_links": (
                "t.legal_unit_id is null or t.parent_id is null",
                "coalesce(t.legal_unit_id, t.parent_id)",
            ),
            "odd_periods": ("t.valid_to < t.valid_from", "t.legal_unit_id"),
        },
    ),
    "accounts": (
        "company_accounts",
        {
            "null_keys": ("t.legal_unit_id is null or t.closing_date is null", "t.legal_unit_id"),
            "repeated_rows": ("t.copies > 1", "t.legal_unit_id"),
            "unknown_confidentiality": (
                "t.confidentiality is null or t.confidentiality not in ('public', 'partial', 'confidential')",
                "t.confidentiality",
            ),
            "disclosed": (
                "t.confidentiality = 'confidential' and coalesce(t.turnover, t.net_income) is not null",
                "t.legal_unit_id",
            ),
            "future_accounts": ("t.closing_date > c.as_of", "t.legal_unit_id"),
        },
    ),
}
_KEYS = {
    "company_units": "legal_unit_id, known_on",
    "company_links": "legal_unit_id, parent_id, link_kind, valid_from, known_on",
    "company_accounts": "legal_unit_id, closing_date, accounts_kind, known_on",
}


def _register_sql(source: str, table: str, counts: dict[str, tuple[str, str]]) -> str:
    """One row per company: what is wrong with the rows of a register, which serves every company, and an example."""
    counted = ", ".join(
        f"count(*) filter (where {wrong}) as {name}, "
        f"coalesce(min({example}) filter (where {wrong}), '') as {name}_example"
        for name, (wrong, example) in counts.items()
    )
    shown = ", ".join(
        f"coalesce(counted.{name}, 0) as {name}, coalesce(counted.{name}_example, '') as {name}_example"
        for name in counts
    )
    return f"""
        with {_LEGAL_FILES.format(source=source, valid=_SIREN_IS_VALID.format("k.siren"))},
        told as (
            select *, count(*) over (partition by {_KEYS[table]}) as copies
            from (select distinct * from {table} where source = '{source}')
        ),
        counted as (
            select c.company_id, {counted}
            from companies as c
            cross join told as t
            group by c.company_id
        )
        select c.company_id, c.as_of, coalesce(files.file_name, '{source}') as file_name, {shown}
        from companies as c
        left join files on c.company_id = files.company_id
        left join counted on c.company_id = counted.company_id
        where files.company_id is not null or counted.company_id is not null
        order by c.company_id
    """
