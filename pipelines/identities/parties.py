"""Who owes, as the books name it: one row per customer and spelling, with whatever tells which company it is.

What belongs here: gathering the parties of the customers' files, the sub-ledgers and the FEC, and the numbers that
stand in their keys and names. What does not: which company a party is (`matching`), what the user decided
(`decisions`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.config import Settings
from pipelines.identities.decisions import Decision, read_decisions
from pipelines.lake import Workspace, last_landing, quoted, read_json, sha256_file
from pipelines.privacy import restricted_parties

if TYPE_CHECKING:
    import duckdb

PARTIES: Mapping[str, str] = {
    "company_id": "VARCHAR",
    "party_key": "VARCHAR",  # as written
    "customer_key": "VARCHAR",  # without what is mere spelling: case, blanks, leading zeros, the root of an account
    "name": "VARCHAR",  # the customers' file's, else the latest spelling
    "country_code": "VARCHAR",
    "declared_id": "VARCHAR",  # SIREN that customers.csv gives as such
    "siret": "VARCHAR",
    "vat_id": "VARCHAR",  # SIREN that only its VAT number tells
    "postcode": "VARCHAR",
    "city": "VARCHAR",
    "parent_id": "VARCHAR",  # SIREN of the parent, as customers.csv tells
    "is_consumer": "BOOLEAN",  # a private person: never looked for in registers
    "first_invoice_date": "DATE",
    "ledger_ids": "VARCHAR[]",  # SIREN, SIRET and French VAT numbers in key or name whose checksum holds
    "decided_id": "VARCHAR",  # legal unit that the user decided on
}
"""Columns of the parties: one row per company and party_key, sorted."""

_NUMBER = r"(?:^|[^0-9])([0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{3}(?:[ .]?[0-9]{5})?)(?:[^0-9]|$)"
_VAT = r"(?:^|[^A-Z])(FR ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3})(?:[^0-9]|$)"
# A tenth of any nine digits pass the checksum: numbers of a ledger's own that many of them fail are no SIRENs.
_SHARE_OF_SIRENS = 0.9


def write_parties(settings: Settings, workspace: Workspace) -> Path:
    """Gather the parties of every company from what was landed.

    Returns:
        Parquet of `PARTIES`, under `states/parties` by its content.

    Raises:
        DataError: a decision of the matches file cannot be read.
    """
    import duckdb

    folder = workspace.states / "parties"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / ".parties.part"
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        schema = "company_id VARCHAR, party_key VARCHAR, name VARCHAR, origin INTEGER, seen_on DATE, "
        schema += "first_invoice_date DATE, account VARCHAR"
        connection.execute(f"create table named ({schema})")
        declared = ", ".join(
            f"{name} {kind}"
            for name, kind in PARTIES.items()
            if name not in ("customer_key", "first_invoice_date", "ledger_ids", "decided_id")
        )
        connection.execute(f"create table declared ({declared}, valid_from DATE, ledger_customer_id VARCHAR)")
        _customers(connection, settings, workspace)
        _subledgers(connection, workspace)
        _ledgers(connection, settings, workspace)
        _numbers(connection)
        _decided(connection, read_decisions(settings.matches))
        connection.execute(
            "create table restricted as select unnest(?::varchar[]) as party", [restricted_parties(workspace)]
        )
        connection.execute(f"copy ({_UNRESTRICTED}) to {quoted(part)} (format parquet, compression zstd)")
    target = folder / f"{sha256_file(part)[:16]}.parquet"
    part.replace(target)
    for old in folder.glob("*.parquet"):
        if old != target:
            old.unlink()
    return target


def customer_key(column: str) -> str:
    """SQL: a customer's number without what is mere spelling, as the warehouse reads it."""
    compact = f"regexp_replace(upper({column}), '\\s', '', 'g')"
    return f"coalesce(nullif(ltrim({compact}, '0'), ''), '0')"


def _customers(connection: duckdb.DuckDBPyConnection, settings: Settings, workspace: Workspace) -> None:
    for company_id, place in sorted(
        {
            (company.company_id, str(one["history"]))
            for one in last_landing(workspace, "customers")
            for company in settings.companies
            if one["company_id"] in (None, company.company_id)
        }
    ):
        connection.execute(
            f"""insert into declared by name
            select {quoted(company_id)} as company_id, customer_id as party_key, name, country as country_code,
                case when siren_source = 'declared' then siren end as declared_id, siret,
                case when siren_source = 'vat_number' then siren end as vat_id, postcode, city,
                parent_siren as parent_id, coalesce(is_consumer, false) as is_consumer, valid_from,
                ledger_customer_id
            from read_parquet({quoted(workspace.root / place)})"""
        )
    connection.execute(
        """insert into named select company_id, party_key, name, 0, valid_from, null, null from declared
        where party_key is not null"""
    )


def _subledgers(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    for one in last_landing(workspace, "subledger"):
        if one["table_name"] != "invoices":
            continue
        state = workspace.root / read_json(workspace.root / one["book"])["state"]
        connection.execute(
            f"""insert into named
            select {quoted(one["company_id"])}, customer_id, customer_name, 1, max(coalesce(issue_date, due_date)),
                min(issue_date), null
            from read_parquet({quoted(state)}) where customer_id is not null group by 2, 3"""
        )


def _ledgers(connection: duckdb.DuckDBPyConnection, settings: Settings, workspace: Workspace) -> None:
    opening = {company.company_id: company.opening_journals for company in settings.companies}
    for one in last_landing(workspace, "fec"):
        if one["status"] != "used":
            continue
        journals = ", ".join(map(quoted, opening.get(one["company_id"], ()))) or "''"
        connection.execute(
            f"""insert into named
            select {quoted(one["company_id"])}, coalesce(CompAuxNum, CompteNum),
                case when CompAuxNum is null then CompteLib else coalesce(CompAuxLib, CompteLib) end, 2,
                max(EcritureDate),
                min(EcritureDate) filter (where Debit > Credit and upper(JournalCode) not in ({journals})),
                case when CompAuxNum is null then CompteNum end
            from read_parquet({quoted(workspace.root / one["parquet"])})
            where regexp_matches(CompteNum, '^41[136]')
                and (CompAuxNum is not null or length(trim(trailing '0' from CompteNum)) > 4)
            group by 2, 3, 7"""
        )


def _numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `numbers`: the official numbers found in the texts of each party, whose checksum holds."""
    from stdnum.fr import siren, siret, tva

    valid = {9: siren.is_valid, 14: siret.is_valid}
    texts = connection.execute(
        f"""with texts as (
            select company_id, party_key, upper(party_key) as text from named
            union select company_id, party_key, upper(substr(account, 4)) from named where account is not null
            union select company_id, party_key, upper(name) from named where name is not null
        )
        select company_id, party_key, regexp_extract_all(text, '{_NUMBER}', 1), regexp_extract_all(text, '{_VAT}', 1)
        from texts where regexp_matches(text, '[0-9]{{3}}.?[0-9]{{3}}.?[0-9]{{3}}') order by all"""
    ).fetchall()
    found: list[tuple[str, str, str]] = []
    sirens: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for company_id, party_key, numbers, vat_numbers in texts:
        for number in (re.sub("[ .]", "", text) for text in numbers):
            if len(number) == 9:
                sirens[company_id].add((party_key, number))
            elif valid[14](number):
                found.append((company_id, party_key, number))
        for number in (text.replace(" ", "") for text in vat_numbers):
            if tva.is_valid(number):
                found.append((company_id, party_key, number))
    for company_id, pairs in sirens.items():
        good = [(party_key, number) for party_key, number in pairs if valid[9](number)]
        if len(good) >= _SHARE_OF_SIRENS * len(pairs):
            found += [(company_id, party_key, number) for party_key, number in good]
    connection.execute("create table numbers (company_id VARCHAR, party_key VARCHAR, number VARCHAR)")
    if found:
        columns = [list(values) for values in zip(*sorted(set(found)), strict=True)]
        connection.execute("insert into numbers select unnest(?), unnest(?), unnest(?)", columns)


def _decided(connection: duckdb.DuckDBPyConnection, decisions: Mapping[tuple[str, str], Decision]) -> None:
    connection.execute("create table decided (company_id VARCHAR, customer_key VARCHAR, decided_id VARCHAR)")
    rows = [
        (company_id, customer, one.legal_unit_id)
        for (company_id, customer), one in sorted(decisions.items())
        if one.legal_unit_id
    ]
    if rows:
        connection.execute(
            "insert into decided select unnest(?), unnest(?), unnest(?)",
            [list(values) for values in zip(*rows, strict=True)],
        )


_SUFFIX = "trim(trailing '0' from account)"
_PARTIES = f"""
with spelt as (
    select *,
        {
    customer_key(
        f'''case when account is null then party_key
            when regexp_matches({_SUFFIX}, '^(4111|4117|4161)[^0-9]') then substr({_SUFFIX}, 5)
            else substr({_SUFFIX}, 4) end'''
    )
} as customer_key
    from named
),
-- customers.csv may number a customer otherwise than the ledger.
told as (
    select company_id, {customer_key("party_key")} as customer_key, * exclude (company_id) from declared
    union all
    select company_id, {customer_key("ledger_customer_id")}, * exclude (company_id) from declared
    where ledger_customer_id is not null
),
known as (
    select company_id, customer_key,
        {
    ", ".join(
        f"arg_max({name}, row(coalesce(valid_from, date '0001-01-01'), party_key)) as {name}"
        for name in ("country_code", "declared_id", "siret", "vat_id", "postcode", "city", "parent_id")
    )
},
        bool_or(is_consumer) as is_consumer
    from told group by all
),
keys as (select distinct company_id, party_key, customer_key from spelt),
names as (
    select company_id, customer_key,
        arg_max(name, row(-origin, coalesce(seen_on, date '0001-01-01'), name)) as name,
        min(first_invoice_date) as first_invoice_date
    from (
        select company_id, customer_key, name, origin, seen_on, first_invoice_date from spelt
        union all
        select company_id, customer_key, name, 0, valid_from, null from told
    )
    group by all
),
found as (
    select company_id, customer_key, list_sort(list(distinct number)) as ledger_ids
    from numbers inner join keys using (company_id, party_key) group by all
)
select keys.company_id, keys.party_key, keys.customer_key, names.name, known.country_code, known.declared_id,
    known.siret, known.vat_id, known.postcode, known.city, known.parent_id,
    coalesce(known.is_consumer, false) as is_consumer, names.first_invoice_date,
    coalesce(found.ledger_ids, []) as ledger_ids, decided.decided_id
from keys
left join known using (company_id, customer_key)
left join names using (company_id, customer_key)
left join found using (company_id, customer_key)
left join decided on decided.company_id = {
    customer_key("keys.company_id")
} and decided.customer_key = keys.customer_key
"""
# Whose data were erased is known by the ledger alone: as a private person whom no register is asked about.
_WITHHELD = ("country_code", "declared_id", "siret", "vat_id", "postcode", "city", "parent_id", "decided_id")
_UNRESTRICTED = f"""
select * exclude (is_restricted) replace (
    {", ".join(f"case when not is_restricted then {name} end as {name}" for name in _WITHHELD)},
    is_consumer or is_restricted as is_consumer,
    case when is_restricted then [] else ledger_ids end as ledger_ids
) from (
    select *, md5(company_id || '|' || customer_key) in (select party from restricted) as is_restricted
    from ({_PARTIES})
)
order by company_id, party_key
"""
