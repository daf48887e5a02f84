"""GLEIF: legal entity identifiers (LEI), and who consolidates whom.

Belongs here: the two published files and how the one resolves the other. Does not belong here: what a parent's
proceedings say of a customer (the warehouse).

Sources of the layouts: GLEIF's golden copies as CSV, LEI-CDF 3.1 (level 1: who an LEI is) and RR-CDF 2.1 (level 2:
relationships). Level 1 says which register an entity is in, by the code of its authority and its number there: that
is what ties an LEI to a legal unit. Level 2 knows LEIs alone.

So level 1 lands, beside its `units`, the small table `leis` (LEI, legal unit, name) of every entity, since nobody
knows beforehand who will be a parent; level 2 is resolved by every `leis` that was landed before it, and keeps the
links whose one end is wanted. Level 1 is to be landed first; a level 2 landed before knows its ends as `LEI-…`, and
is landed again once level 1 is there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

from pipelines.errors import DataError
from pipelines.sources.companies import TABLES, Wanted
from pipelines.sources.open_data import LandedFile, Landing, quoted
from pipelines.sources.stock_files import Sifted, Stock, looked_for, luhn, opened, session, sift

FILE = "GLEIF's golden copy of LEIs (level 1) or of relationships (level 2) as CSV"
ENTITIES = ("LEI", "Entity.LegalName", "Entity.LegalAddress.Country", "Entity.EntityStatus")
_AUTHORITY = "Entity.RegistrationAuthority.RegistrationAuthorityID"
_NUMBER = "Entity.RegistrationAuthority.RegistrationAuthorityEntityID"
_ENTITY_OTHERS = (
    _AUTHORITY,
    _NUMBER,
    "Entity.LegalAddress.City",
    "Entity.LegalAddress.PostalCode",
    "Entity.EntityCategory",
    "Entity.LegalForm.EntityLegalFormCode",
    "Entity.EntityCreationDate",
    "Entity.OtherEntityNames.OtherEntityName.1",
    "Registration.LastUpdateDate",
)
_CHILD, _PARENT = "Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID"
_TYPE = "Relationship.RelationshipType"
RELATIONSHIPS = (_CHILD, _PARENT, _TYPE, "Relationship.RelationshipStatus")
_PERIODS = tuple(
    f"Relationship.Period.{n}.{part}" for n in range(1, 6) for part in ("startDate", "endDate", "periodType")
)
LINK_KINDS = {"IS_DIRECTLY_CONSOLIDATED_BY": "direct", "IS_ULTIMATELY_CONSOLIDATED_BY": "ultimate"}
"""Other relationships (branches, funds) are no group."""
FRENCH_AUTHORITIES = ("RA000189", "RA000192")
"""Registre du commerce et des sociétés, SIRENE: their number is the SIREN."""
BRITISH_AUTHORITIES = ("RA000585", "RA000586", "RA000587")
"""Companies House of England and Wales, Scotland, Northern Ireland."""
_VERSION = 1


def land_gleif(path: Path, raw_dir: Path, quarantine_dir: Path, wanted: Wanted | None = None) -> LandedFile:
    """Land level 1 as `units` (and `leis`), or level 2 as `links`; told apart by their columns.

    Args:
        path: the file as published (CSV; a zip or gzip of it; Parquet).
        raw_dir: where the Parquet files go (`raw/gleif`), and where earlier `leis` are found.
        quarantine_dir: where refused rows go.
        wanted: the legal units to keep, those links that have one of them at an end, and the keys of names looked
            for; None keeps all.

    Raises:
        DataError: empty or broken file, a column missing, another data set, a file that was cut short.
    """
    landing = Landing("gleif", path, raw_dir, quarantine_dir, wanted, _VERSION)
    with session(landing) as connection, opened(path, raw_dir, FILE) as stock:
        is_level_2 = "links" in _tables(stock)
        known_leis = sorted(raw_dir.glob("*-leis.parquet")) if is_level_2 else []
        if known_leis:
            told = hashlib.sha256("\n".join(one.name for one in known_leis).encode()).hexdigest()[:8]
            landing.stem += f"-{told}"
        if (known := landing.known()) is not None:
            return known
        try:
            if is_level_2:
                return _land_links(connection, landing, stock, wanted or Wanted(), known_leis)
            return _land_entities(connection, landing, stock, wanted or Wanted())
        except duckdb.Error as error:
            sentence = str(error).strip().splitlines()[0]
            raise DataError(f"{path}: {FILE} cannot be read to its end ({sentence}).") from error
        finally:
            landing.drop_parts()


def tables_of(path: Path, folder: Path) -> tuple[str, ...]:
    """The tables that a file gives, by its header alone: level 1 (`units`) is landed before level 2 (`links`)."""
    with opened(path, folder, FILE) as stock:
        return _tables(stock)


def _tables(stock: Stock) -> tuple[str, ...]:
    if _CHILD in stock.names:
        stock.check_columns(RELATIONSHIPS, FILE)
        return ("links",)
    stock.check_columns(ENTITIES, FILE)
    return ("units",)


_IS_LEI = "regexp_full_match(as_written, '[A-Z0-9]{18}[0-9]{2}')"
_NO_LEI = f"when not {_IS_LEI} then 'the LEI has not eighteen letters or digits and two digits'"


def _legal_unit() -> str:
    """SQL of the legal unit of an entity: its number in the register that level 1 names, else its LEI."""
    digits = f"""lpad(replace("{_NUMBER}", ' ', ''), 9, '0')"""
    return f"""case
        when "{_AUTHORITY}" in {FRENCH_AUTHORITIES} and regexp_full_match({digits}, '[0-9]{{9}}') and {luhn(digits, 9)}
            then {digits}
        when "{_AUTHORITY}" in {BRITISH_AUTHORITIES} and length("{_NUMBER}") <= 8
            then 'GB-' || lpad(upper("{_NUMBER}"), 8, '0')
        else 'LEI-' || as_written end"""


def _land_entities(
    connection: duckdb.DuckDBPyConnection, landing: Landing, stock: Stock, wanted: Wanted
) -> LandedFile:
    found = sift(
        connection,
        stock,
        key="LEI",
        columns=(*ENTITIES[1:], *_ENTITY_OTHERS),
        looked_at=(_AUTHORITY, _NUMBER, "Entity.LegalName"),
        computed={"id": _legal_unit()},
        fault=f"case {_NO_LEI} end",
        repaired="false",
        wanted=looked_for(connection, wanted, "id", ('"Entity.LegalName"',)),
        file=FILE,
    )
    accepted = _write(connection, landing, "units", _UNITS)
    # Of every entity, and not through memory: the parents of tomorrow are among them.
    connection.execute(
        f"""copy (
            select as_written as lei, {_legal_unit()} as legal_unit_id, name from (
                select {stock.text("LEI")} as as_written, {stock.text("Entity.LegalName")} as name,
                    {stock.text(_AUTHORITY)} as "{_AUTHORITY}", {stock.text(_NUMBER)} as "{_NUMBER}"
                from {stock.relation}
            ) where {_IS_LEI}
            order by lei, name
        ) to {quoted(landing.part_of("leis"))} (format parquet, compression zstd)"""
    )
    return _finish(landing, stock, found, ("units", "leis"), accepted, "entities", ())


_UNITS = """
select
    id as legal_unit_id,
    "Entity.LegalName" as legal_name,
    "Entity.OtherEntityNames.OtherEntityName.1" as other_names,
    coalesce("Entity.EntityCategory" = 'SOLE_PROPRIETOR', false) as is_sole_trader,
    "Entity.LegalForm.EntityLegalFormCode" as legal_category,
    try_cast(left("Entity.EntityCreationDate", 10) as date) as creation_date,
    null as naf_code,
    null as naf25_code,
    null as sector_text,
    null as headcount_band,
    null as size_category,
    case when "Entity.EntityStatus" = 'INACTIVE' then 'C' else 'A' end as administrative_state,
    null as state_since,
    true as is_diffusible,
    null as head_establishment_id,
    "Entity.LegalAddress.PostalCode" as postcode,
    "Entity.LegalAddress.City" as city,
    "Entity.LegalAddress.Country" as country_code,
    try_cast(left("Registration.LastUpdateDate", 10) as date) as updated_on
from kept
qualify row_number() over (
    partition by id order by "Entity.EntityStatus", "Registration.LastUpdateDate" desc nulls last, "Entity.LegalName"
) = 1
"""


def _land_links(
    connection: duckdb.DuckDBPyConnection,
    landing: Landing,
    stock: Stock,
    wanted: Wanted,
    known_leis: list[Path],
) -> LandedFile:
    listed = ", ".join(quoted(one) for one in known_leis)
    leis = f"from read_parquet([{listed}])" if known_leis else "where false"
    columns = "lei, legal_unit_id, name" if known_leis else "'' as lei, '' as legal_unit_id, '' as name"
    connection.execute(
        f"""create table leis as
        select lei, min(legal_unit_id) as legal_unit_id, min(name) as name from (select {columns} {leis})
        group by lei"""
    )
    kinds = ", ".join(quoted(kind) for kind in LINK_KINDS)
    is_wanted = "true"
    if wanted.ids is not None:
        connection.execute("create table wanted_leis (lei varchar primary key)")
        connection.execute(
            """insert into wanted_leis select distinct * from (
                select lei from leis where legal_unit_id in (select unnest(?::varchar[]))
                union all select substr(id, 5) from (select unnest(?::varchar[]) as id) where starts_with(id, 'LEI-')
            )""",
            [sorted(wanted.ids), sorted(wanted.ids)],
        )
        is_wanted = f'(id in (select lei from wanted_leis) or "{_PARENT}" in (select lei from wanted_leis))'
    found = sift(
        connection,
        stock,
        key=_CHILD,
        columns=(
            *RELATIONSHIPS[1:],
            *_PERIODS,
            "Registration.LastUpdateDate",
            "Registration.RegistrationStatus",
        ),
        looked_at=(_PARENT, _TYPE),
        computed={"id": "as_written"},
        fault=f"""case {_NO_LEI} when "{_PARENT}" is null then '{_PARENT}|the parent is not told' end""",
        repaired="false",
        wanted=({}, f'"{_TYPE}" in ({kinds}) and {is_wanted}'),
        file=FILE,
        told_by=(_PARENT, _TYPE),
    )
    accepted = _write(connection, landing, "links", _links())
    unresolved = connection.execute(
        f"select count(*) from read_parquet({quoted(landing.part_of('links'))}) where starts_with(parent_id, 'LEI-')"
    ).fetchall()[0][0]
    told = (f"{unresolved} parents are in no register that is read here; they are named by their LEI.",)
    return _finish(landing, stock, found, ("links",), accepted, "relationships", told if unresolved else ())


def _links() -> str:
    """SQL of the links over `kept`. Periods come in any place: that of the relationship counts, not of the accounts."""

    def period(part: str) -> str:
        cases = " ".join(
            f"""when "Relationship.Period.{n}.periodType" = 'RELATIONSHIP_PERIOD'
                then "Relationship.Period.{n}.{part}" """
            for n in range(1, 6)
        )
        return f"try_cast(left(case {cases} end, 10) as date)"

    kinds = " ".join(f"when '{theirs}' then '{ours}'" for theirs, ours in LINK_KINDS.items())
    return f"""
        with resolved as (
        select
            coalesce(child.legal_unit_id, 'LEI-' || kept.id) as legal_unit_id,
            coalesce(parent.legal_unit_id, 'LEI-' || kept."{_PARENT}") as parent_id,
            parent.name as parent_name,
            case kept."{_TYPE}" {kinds} end as link_kind,
            {period("startDate")} as valid_from,
            {period("endDate")} as valid_to,
            try_cast(left(kept."Registration.LastUpdateDate", 10) as date) as recorded_on
        from kept
        left join leis as child on kept.id = child.lei
        left join leis as parent on kept."{_PARENT}" = parent.lei
        where coalesce(kept."Registration.RegistrationStatus", '') not in ('ANNULLED', 'DUPLICATE')
        )
        select * from resolved
        qualify row_number() over (
            partition by legal_unit_id, parent_id, link_kind, valid_from
            order by recorded_on desc nulls last, valid_to desc nulls last, parent_name
        ) = 1"""


def _write(connection: duckdb.DuckDBPyConnection, landing: Landing, table: str, rows: str) -> int:
    _, columns, key = TABLES[table]
    cast = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())
    target = quoted(landing.part_of(table))
    connection.execute(
        f"copy (select {cast} from ({rows}) order by {', '.join(key)}) to {target} (format parquet, compression zstd)"
    )
    return int(connection.execute(f"select count(*) from read_parquet({target})").fetchall()[0][0])


def _finish(
    landing: Landing,
    stock: Stock,
    found: Sifted,
    tables: tuple[str, ...],
    accepted: int,
    rows: str,
    told: tuple[str, ...],
) -> LandedFile:
    others = found.others
    repeated = found.kept - accepted
    sentences = (
        (others, f"{others} {rows} are about nobody known; they were left out."),
        (repeated, f"{repeated} {rows} were annulled or repeat another; they were left out."),
    )
    return landing.finish(
        found.rejects,
        tables,
        encoding=stock.encoding,
        separator=stock.separator,
        date_format="%Y-%m-%d",
        rows_read=found.read,
        rows_accepted=accepted,
        rows_out_of_scope=others + repeated,
        warnings=[*stock.warnings, *(text for count, text in sentences if count), *told],
    )


__all__ = ["land_gleif", "tables_of"]
