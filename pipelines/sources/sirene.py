"""SIRENE, the register of legal units and establishments: INSEE's stock files, landed for who is looked for.

Belongs here: the layouts of `StockUniteLegale`, `StockEtablissement` and of the one file that was published until
2018. Does not belong here: what a state or a size means for a customer (the warehouse), the answers of the search
API (`company_search`).

Sources of the layouts: INSEE, "Dessin du fichier StockUniteLegale" (33 columns in 2018; societeMission and the NAF
2025 code since), "Dessin du fichier StockEtablissement" (with the coordinates that data.gouv.fr adds in its `_geo`
variant), "Dessin du fichier L" (until 2018: one row per establishment, the legal unit's columns repeated). Columns
are found by name, so order and additions do not matter; which file it is is told by its columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.errors import DataError
from pipelines.sources.companies import TABLES, Wanted
from pipelines.sources.open_data import LandedFile, Landing, container, quoted
from pipelines.sources.stock_files import Sifted, Stock, looked_for, luhn, opened, session, sift

FILE = "INSEE's StockUniteLegale or StockEtablissement"
_VERSION = 3
# A stock of this many rows is the national one. Its numbers go on to 99…: the file is sorted by them, so that one
# that ends before 9 was cut.
_NATIONAL_ROWS = 1_000_000
_NATIONAL_LAST = "9"
LA_POSTE = "356000000"


@dataclass(frozen=True)
class Layout:
    """One layout of a stock.

    Attributes:
        file: how it is called in messages.
        rows: what its rows are, in the plural.
        key: the column that identifies a row (the SIREN, or the SIRET).
        required: columns without which the file does not say what it is needed for.
        optional: further columns that are read.
        tables: table of `companies.TABLES` → SQL of its rows over `kept`, the main one first.
        names: SQL of the names by which a row may be looked for, null where there is none.
        named_by: columns of which they are made.
    """

    file: str
    rows: str
    key: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    tables: Mapping[str, str]
    names: tuple[str, ...]
    named_by: tuple[str, ...]


def _shown(column: str) -> str:
    """A text of which INSEE withholds nothing."""
    return f"nullif({column}, '[ND]')"


def _day(column: str) -> str:
    return f"try_cast(left({column}, 10) as date)"


def _old_day(column: str) -> str:
    return f"try_strptime({column}, '%Y%m%d')::date"


def _naf(code: str, nomenclature: str, revision: str) -> str:
    """A code, where it is of that revision: older companies bear the code of their time."""
    return f"case when upper(coalesce({nomenclature}, '{revision}')) = '{revision}' then {_shown(code)} end"


def _old_naf(code: str) -> str:
    return f"case when length({code}) = 5 then left({code}, 2) || '.' || substr({code}, 3) else {code} end"


def _other_names(*names: str) -> str:
    listed = ", ".join(_shown(name) for name in names)
    return (
        f"nullif(array_to_string(list_sort(list_distinct(list_filter([{listed}], "
        "lambda n: n is not null and n is distinct from legal_name))), '|'), '')"
    )


_PERSON = f"""trim(concat_ws(' ', {_shown("coalesce(prenomUsuelUniteLegale, prenom1UniteLegale)")},
    coalesce(nomUsageUniteLegale, nomUniteLegale)))"""
_UNITS = f"""
with named as (
    select *, coalesce(statutDiffusionUniteLegale, 'O') = 'O' as is_diffusible,
        case when coalesce(statutDiffusionUniteLegale, 'O') in ('P', 'N') then null
            when {_shown("denominationUniteLegale")} is not null then denominationUniteLegale
            when {_shown("coalesce(nomUsageUniteLegale, nomUniteLegale)")} is not null then {_PERSON}
        end as legal_name
    from kept
)
select
    id as legal_unit_id,
    legal_name,
    case when coalesce(statutDiffusionUniteLegale, 'O') not in ('P', 'N') then {
    _other_names(
        "sigleUniteLegale",
        "pseudonymeUniteLegale",
        "denominationUsuelle1UniteLegale",
        "denominationUsuelle2UniteLegale",
        "denominationUsuelle3UniteLegale",
    )
} end as other_names,
    coalesce(left(categorieJuridiqueUniteLegale, 1) = '1', false) as is_sole_trader,
    categorieJuridiqueUniteLegale as legal_category,
    {_day("dateCreationUniteLegale")} as creation_date,
    {
    _naf("activitePrincipaleUniteLegale", "nomenclatureActivitePrincipaleUniteLegale", "NAFREV2")
} as naf_code,
    coalesce({_shown("activitePrincipaleNAF25UniteLegale")},
        case when upper(nomenclatureActivitePrincipaleUniteLegale) in ('NAF25', 'NAF2025')
            then activitePrincipaleUniteLegale end) as naf25_code,
    null as sector_text,
    trancheEffectifsUniteLegale as headcount_band,
    categorieEntreprise as size_category,
    etatAdministratifUniteLegale as administrative_state,
    {_day("dateDebut")} as state_since,
    is_diffusible,
    case when regexp_full_match(nicSiegeUniteLegale, '[0-9]{{1,5}}')
        then id || lpad(nicSiegeUniteLegale, 5, '0') end as head_establishment_id,
    null as postcode,
    null as city,
    'FR' as country_code,
    {_day("dateDernierTraitementUniteLegale")} as updated_on
from named
qualify row_number() over (
    partition by id
    order by state_since desc nulls last, updated_on desc nulls last, etatAdministratifUniteLegale,
        denominationUniteLegale nulls last, nomUniteLegale nulls last, activitePrincipaleUniteLegale nulls last
) = 1
"""
_HIDDEN = "coalesce(statutDiffusionEtablissement, 'O') in ('P', 'N')"
_ESTABLISHMENTS = f"""
select
    id as establishment_id,
    left(id, 9) as legal_unit_id,
    coalesce(lower(etablissementSiege) in ('true', '1', 'oui'), false) as is_head_office,
    case when not {_HIDDEN} then coalesce({
    ", ".join(
        _shown(f"{name}Etablissement")
        for name in ("enseigne1", "denominationUsuelle", "enseigne2", "enseigne3")
    )
}) end as trade_name,
    {
    _naf("activitePrincipaleEtablissement", "nomenclatureActivitePrincipaleEtablissement", "NAFREV2")
} as naf_code,
    etatAdministratifEtablissement as administrative_state,
    {_day("dateDebut")} as state_since,
    {_day("dateCreationEtablissement")} as creation_date,
    case when not {_HIDDEN} then {_shown("codePostalEtablissement")} end as postcode,
    case when not {_HIDDEN} then coalesce({_shown("libelleCommuneEtablissement")},
        {_shown("libelleCommuneEtrangerEtablissement")}) end as city,
    coalesce(statutDiffusionEtablissement, 'O') = 'O' as is_diffusible,
    {_day("dateDernierTraitementEtablissement")} as updated_on
from kept
qualify row_number() over (
    partition by id
    order by state_since desc nulls last, updated_on desc nulls last, etatAdministratifEtablissement,
        codePostalEtablissement nulls last, libelleVoieEtablissement nulls last
) = 1
"""
# Until 2018 those who had opposed diffusion were left out of the file, and so were the ceased.
_OLD_UNITS = f"""
with named as (
    select *, left(id, 9) as siren,
        case when left(NJ, 1) = '1' and NOM is not null then trim(concat_ws(' ', PRENOM, NOM))
            else NOMEN_LONG end as legal_name
    from kept
)
select
    siren as legal_unit_id,
    legal_name,
    {_other_names("SIGLE", "NOMEN_LONG")} as other_names,
    coalesce(left(NJ, 1) = '1', false) as is_sole_trader,
    NJ as legal_category,
    {_old_day("DCREN")} as creation_date,
    {_old_naf("APEN700")} as naf_code,
    null as naf25_code,
    null as sector_text,
    TEFEN as headcount_band,
    CATEGORIE as size_category,
    'A' as administrative_state,
    null as state_since,
    true as is_diffusible,
    siren || lpad(coalesce(NICSIEGE, case when SIEGE = '1' then NIC end), 5, '0') as head_establishment_id,
    case when SIEGE = '1' then CODPOS end as postcode,
    case when SIEGE = '1' then LIBCOM end as city,
    'FR' as country_code,
    {_day("DATEMAJ")} as updated_on
from named
qualify row_number() over (
    partition by siren order by SIEGE = '1' desc nulls last, updated_on desc nulls last, id, NOMEN_LONG nulls last
) = 1
"""
_OLD_ESTABLISHMENTS = f"""
select
    id as establishment_id,
    left(id, 9) as legal_unit_id,
    coalesce(SIEGE = '1', false) as is_head_office,
    ENSEIGNE as trade_name,
    {_old_naf("APET700")} as naf_code,
    'A' as administrative_state,
    null as state_since,
    {_old_day("DCRET")} as creation_date,
    CODPOS as postcode,
    LIBCOM as city,
    true as is_diffusible,
    {_day("DATEMAJ")} as updated_on
from kept
qualify row_number() over (partition by id order by updated_on desc nulls last, L4_NORMALISEE nulls last) = 1
"""

UNITS_LAYOUT = Layout(
    file="INSEE's StockUniteLegale",
    rows="legal units",
    key="siren",
    required=(
        "siren",
        "etatAdministratifUniteLegale",
        "categorieJuridiqueUniteLegale",
        "activitePrincipaleUniteLegale",
        "dateCreationUniteLegale",
        "denominationUniteLegale",
    ),
    optional=(
        "statutDiffusionUniteLegale",
        "dateDebut",
        "trancheEffectifsUniteLegale",
        "categorieEntreprise",
        "nomUniteLegale",
        "nomUsageUniteLegale",
        "prenomUsuelUniteLegale",
        "prenom1UniteLegale",
        "pseudonymeUniteLegale",
        "sigleUniteLegale",
        "denominationUsuelle1UniteLegale",
        "denominationUsuelle2UniteLegale",
        "denominationUsuelle3UniteLegale",
        "nomenclatureActivitePrincipaleUniteLegale",
        "activitePrincipaleNAF25UniteLegale",
        "nicSiegeUniteLegale",
        "dateDernierTraitementUniteLegale",
    ),
    tables={"units": _UNITS},
    names=(
        f"coalesce(denominationUniteLegale, nullif({_PERSON}, ''))",
        "sigleUniteLegale",
        "denominationUsuelle1UniteLegale",
    ),
    named_by=(
        "denominationUniteLegale",
        "nomUniteLegale",
        "nomUsageUniteLegale",
        "prenomUsuelUniteLegale",
        "prenom1UniteLegale",
        "sigleUniteLegale",
        "denominationUsuelle1UniteLegale",
    ),
)
ESTABLISHMENTS_LAYOUT = Layout(
    file="INSEE's StockEtablissement",
    rows="establishments",
    key="siret",
    required=(
        "siret",
        "etatAdministratifEtablissement",
        "etablissementSiege",
        "codePostalEtablissement",
        "libelleCommuneEtablissement",
    ),
    optional=(
        "statutDiffusionEtablissement",
        "dateCreationEtablissement",
        "dateDernierTraitementEtablissement",
        "dateDebut",
        "numeroVoieEtablissement",
        "indiceRepetitionEtablissement",
        "typeVoieEtablissement",
        "libelleVoieEtablissement",
        "libelleCommuneEtrangerEtablissement",
        "enseigne1Etablissement",
        "enseigne2Etablissement",
        "enseigne3Etablissement",
        "denominationUsuelleEtablissement",
        "activitePrincipaleEtablissement",
        "nomenclatureActivitePrincipaleEtablissement",
    ),
    tables={"establishments": _ESTABLISHMENTS},
    names=("enseigne1Etablissement", "denominationUsuelleEtablissement"),
    named_by=("enseigne1Etablissement", "denominationUsuelleEtablissement"),
)
OLD_LAYOUT = Layout(
    file="the stock of establishments as published until 2018",
    rows="establishments",
    key="SIREN",
    required=("SIREN", "NIC", "NOMEN_LONG", "NJ", "APEN700", "DCREN", "SIEGE", "CODPOS", "LIBCOM"),
    optional=(
        "L4_NORMALISEE",
        "ENSEIGNE",
        "APET700",
        "DCRET",
        "SIGLE",
        "NOM",
        "PRENOM",
        "NICSIEGE",
        "TEFEN",
        "CATEGORIE",
        "DATEMAJ",
        "VMAJ",
    ),
    tables={"units": _OLD_UNITS, "establishments": _OLD_ESTABLISHMENTS},
    names=("NOMEN_LONG", "SIGLE", "ENSEIGNE"),
    named_by=("NOMEN_LONG", "SIGLE", "ENSEIGNE"),
)


def land_sirene(path: Path, raw_dir: Path, quarantine_dir: Path, wanted: Wanted | None = None) -> LandedFile:
    """Land a stock as `units`, `establishments` or both (`companies.TABLES`), told apart by its columns.

    Args:
        path: the file as published (CSV, zip, gzip, Parquet), an extract of it with the same column names, or
            answers of the company search API.
        raw_dir: where the Parquet files and their statistics go (`raw/sirene`), named by content and by what is kept.
        quarantine_dir: where refused rows go.
        wanted: the SIRENs to keep, and the blocks of names whose bearers are kept as candidates; None keeps every row.

    Returns:
        the landed file. A date that is none is left blank and names that INSEE withholds are null; both are told in
        `warnings`, as are SIRENs whose leading zeros were lost: they are repaired where the checksum then holds.
        A SIREN or SIRET that fails its checksum is a refused row.

    Raises:
        DataError: empty file, another file, a column missing, a damaged archive, a file that was cut short.
    """
    landing = Landing("sirene", path, raw_dir, quarantine_dir, wanted, _VERSION)
    if container(path) == "text" and _is_json(path):
        from pipelines.sources.company_search import land_company_search

        return land_company_search(path, raw_dir, quarantine_dir, wanted or Wanted())
    if (known := landing.known()) is not None:
        return known
    with session(landing) as connection, opened(path, raw_dir, FILE, latin_1_with="NOMEN_LONG") as stock:
        try:
            return _land(connection, landing, stock, wanted or Wanted())
        except duckdb.Error as error:
            sentence = str(error).strip().splitlines()[0]
            raise DataError(f"{path}: {FILE} cannot be read to its end ({sentence}).") from error
        finally:
            landing.drop_parts()


def tables_of(path: Path, folder: Path) -> tuple[str, ...]:
    """The tables that a stock gives, by its header alone: who wants names looked for lands those with units first.

    Args:
        folder: where a zip is unpacked for the look.
    """
    if container(path) == "text" and _is_json(path):
        return ("units", "establishments")
    with opened(path, folder, FILE) as stock:
        return tuple(_layout(stock).tables)


def _is_json(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[")


def _layout(stock: Stock) -> Layout:
    names = {name.strip().casefold() for name in stock.names}
    if "siret" in names:
        layout = ESTABLISHMENTS_LAYOUT
    elif {"siren", "nic"} <= names and not any(name.endswith("unitelegale") for name in names):
        layout = OLD_LAYOUT
    else:
        layout = UNITS_LAYOUT
    stock.check_columns(layout.required, layout.file)
    return layout


def _checked(layout: Layout) -> tuple[str, str, str]:
    """SQL of the identifier, its lost zeros given back; of why it is refused (null where it is not); of the repair."""
    named, length = ("SIRET", 14) if layout is ESTABLISHMENTS_LAYOUT else ("SIREN", 9)
    whole = 9 if layout is UNITS_LAYOUT else 14
    identifier = f"lpad(as_written, {length}, '0')"
    if layout is OLD_LAYOUT:
        identifier += " || lpad(coalesce(NIC, ''), 5, '0')"
    in_words = "nine" if length == 9 else "fourteen"
    holds = luhn("left(id, 9)", 9)
    if whole == 14:
        # La Poste has more establishments than its SIREN leaves check digits for: its digits add up to a multiple
        # of five.
        digits = " + ".join(f"substr(id, {at}, 1)::integer" for at in range(1, 15))
        post = f"left(id, 9) = '{LA_POSTE}' and ({digits}) % 5 = 0"
        holds = f"({holds} and ({luhn('id', 14)} or {post}))"
    lost = f"the {named} has lost digits and fails its checksum with zeros before it"
    fault = f"""case
        when not regexp_full_match(as_written, '[0-9]{{1,{length}}}') or not regexp_full_match(id, '[0-9]{{{whole}}}')
            then 'the {named} is no {in_words}-digit number'
        when not {holds}
            then if(length(as_written) < {length}, '{lost}', 'the {named} fails its checksum')
    end"""
    return identifier, fault, f"length(as_written) < {length}"


def _land(
    connection: duckdb.DuckDBPyConnection, landing: Landing, stock: Stock, wanted: Wanted
) -> LandedFile:
    layout = _layout(stock)
    identifier, fault, repaired = _checked(layout)
    found = sift(
        connection,
        stock,
        key=layout.key,
        columns=tuple(name for name in (*layout.required, *layout.optional) if name != layout.key),
        looked_at=(
            *(("NIC",) if layout is OLD_LAYOUT else ()),
            *(layout.named_by if wanted.blocks else ()),
        ),
        computed={"id": identifier},
        fault=fault,
        repaired=repaired,
        wanted=looked_for(connection, wanted, "left(id, 9)", layout.names),
        file=layout.file,
    )
    if found.read >= _NATIONAL_ROWS and (found.last_id or "") < _NATIONAL_LAST:
        raise DataError(
            f"{landing.path}: the file was cut short (it is the national stock, and ends at {found.last_id} where "
            f"the numbers go on to 99…); download {layout.file} again."
        )
    warnings = [*stock.warnings, *_warnings(connection, layout, found)]
    for table, rows in layout.tables.items():
        _, columns, key = TABLES[table]
        cast = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())
        connection.execute(
            f"copy (select {cast} from ({rows}) order by {', '.join(key)}) to {quoted(landing.part_of(table))} "
            "(format parquet, compression zstd)"
        )
    # A row of a stock is one of the last table: of the old file, an establishment.
    counted = landing.part_of(list(layout.tables)[-1])
    first, last, accepted = connection.execute(
        f"select min(updated_on), max(updated_on), count(*) from read_parquet({quoted(counted)})"
    ).fetchall()[0]
    repeated = found.kept - accepted
    if repeated:
        warnings.append(f"{repeated} rows repeat an identifier; the one whose state began last is kept.")
    return landing.finish(
        found.rejects,
        tuple(layout.tables),
        encoding=stock.encoding,
        separator=stock.separator,
        date_format="%Y-%m-%d",
        rows_read=found.read,
        rows_accepted=accepted,
        rows_out_of_scope=found.others + repeated,
        first_date=None if first is None else first.isoformat(),
        last_date=None if last is None else last.isoformat(),
        warnings=warnings,
    )


def _warnings(connection: duckdb.DuckDBPyConnection, layout: Layout, found: Sifted) -> list[str]:
    """Sentences on what is odd but not refused."""
    here = {str(row[0]) for row in connection.execute("describe kept").fetchall()}
    days = [
        one
        for one in (
            "dateCreationUniteLegale",
            "dateCreationEtablissement",
            "dateDebut",
            "DCREN",
            "DCRET",
        )
        if one in here
    ]
    bad = " or ".join(
        f"({one} is not null and {_old_day(one) if one.isupper() else _day(one)} is null)" for one in days
    )
    told: list[tuple[int, str]] = [
        (
            found.others,
            f"{found.others} rows are about {layout.rows} of no known customer; they were left out.",
        ),
        (
            found.repaired,
            f"{found.repaired} rows had lost the leading zeros of their number; given back, the checksum holds.",
        ),
        (_count(connection, bad), "{} rows hold a date that is none; it is left blank."),
    ]
    for state, values in (("etatAdministratifUniteLegale", "AC"), ("etatAdministratifEtablissement", "AF")):
        if state in here:
            odd = _count(connection, f"coalesce({state}, '') not in ('{values[0]}', '{values[1]}')")
            told.append(
                (odd, f"{{}} rows have an administrative state other than {values[0]} or {values[1]}.")
            )
    for status in ("statutDiffusionUniteLegale", "statutDiffusionEtablissement"):
        if status in here:
            hidden = _count(connection, f"coalesce({status}, 'O') <> 'O'")
            told.append(
                (
                    hidden,
                    f"{{}} {layout.rows} are not, or not wholly, open to diffusion: "
                    "their names and addresses are withheld.",
                )
            )
    if "VMAJ" in here and (updates := _count(connection, "VMAJ is not null")):
        told.append((updates, "{} rows are updates (VMAJ) and not of a stock; they are read as they stand."))
    return [text.format(count) for count, text in told if count]


def _count(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    return int(
        connection.execute(f"select coalesce(sum(rows), 0) from kept where {condition}").fetchall()[0][0]
    )


__all__ = ["land_sirene", "tables_of"]
