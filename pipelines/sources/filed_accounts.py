"""Filed accounts: the ratios that INPI and the ministries publish of accounts filed at the commercial courts.

Belongs here: the layout of the data set, what its zeros and its confidentiality mean. Does not belong here: what
unfiled accounts say of a customer (the warehouse).

Source of the layout: data set `ratios_inpi_bce` (data.economie.gouv.fr), computed from the accounts that INPI
receives: one row per company, closing date and kind of accounts. It comes as CSV with `;`, as a JSON list, as JSON
lines or Parquet, or as an answer of the API. Amounts are whole euros, ratios percent, credits days. It tells no date
of filing; an answer of version 1 of the API tells when the row was written.

Absence is a fact, never a zero, but the set computes with zero where a line of the accounts is empty, and so writes
zeros that are none. What the rows show, and what is therefore made of them:

- Partly confidential accounts (no income statement) give turnover, margin, EBITDA and EBIT as 0 beside a result of
  -715 690, and leave out the ratios over turnover; consolidated accounts give an EBIT or a result of 0 for lines that
  their form does not have. An amount of 0 is null: a company that really sold nothing cannot be told from one that
  withheld it.
- Consolidated accounts with EBITDA = margin = turnover have none of the charges: EBITDA, margin and the ratios over
  them are null.
- A liquidity of 0 would be a company without any current asset, and customers' credit is given as 167 days in one
  year and as 0 in the three next: credits, liquidity and equity of 0 are null.
- Debt and interest of 0 are what most companies without a loan have: kept, but for consolidated accounts, and
  interest where there is no EBITDA to divide it by.
- Confidential accounts have nothing but their being filed: every figure is null.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.errors import DataError
from pipelines.sources.companies import ACCOUNTS, TABLES, Wanted
from pipelines.sources.open_data import LandedFile, Landing, quoted
from pipelines.sources.stock_files import Stock, looked_for, luhn, opened, session, sift

FILE = "the open-data export of ratios_inpi_bce (with its field names, not their labels)"
REQUIRED = ("siren", "date_cloture_exercice", "confidentiality", "type_bilan")
_VERSION = 1

AMOUNTS = {
    "turnover": "chiffre_d_affaires",
    "gross_margin": "marge_brute",
    "ebitda": "ebe",
    "ebit": "ebit",
    "net_income": "resultat_net",
}
RATIOS = {
    "equity_ratio_pct": "autonomie_financiere",
    "debt_ratio_pct": "taux_d_endettement",
    "liquidity_ratio_pct": "ratio_de_liquidite",
    "interest_burden_pct": "couverture_des_interets",
    "ebitda_margin_pct": "marge_ebe",
    "customer_credit_days": "credit_clients_jours",
    "supplier_credit_days": "credit_fournisseurs_jours",
}
"""Column → field of the data set."""

_DATES = {"filing_date": "date_depot", "recorded_on": "record_timestamp"}
_KINDS = {"C": "complete", "S": "simplified", "K": "consolidated"}
_CONFIDENTIALITY = {
    "public": "public",
    "partiellement confidentiel": "partial",
    "confidentiel": "confidential",
}


def land_accounts(
    path: Path, raw_dir: Path, quarantine_dir: Path, wanted: Wanted | None = None
) -> LandedFile:
    """Land filed accounts as `accounts` rows (`companies.ACCOUNTS`), one per legal unit, closing date and kind.

    Args:
        path: the export (CSV, JSON list, JSON lines, Parquet), an answer of the API; a zip or gzip of one.
        raw_dir: where the Parquet file and its statistics go (`raw/accounts`), named by content and kept SIRENs.
        quarantine_dir: where refused rows go.
        wanted: the SIRENs to keep; None keeps every row.

    Returns:
        the landed file. Amounts in euros. Of two rows of one key the one written last counts, the other is told.

    Raises:
        DataError: empty or broken file, a column missing, another data set, a file that was cut short.
    """
    landing = Landing("accounts", path, raw_dir, quarantine_dir, wanted, _VERSION)
    if (known := landing.known()) is not None:
        return known
    with session(landing) as connection, opened(path, raw_dir, FILE) as stock:
        try:
            return _land(connection, landing, stock, (wanted or Wanted()).ids)
        except duckdb.Error as error:
            sentence = str(error).strip().splitlines()[0]
            raise DataError(f"{path}: {FILE} cannot be read to its end ({sentence}).") from error
        finally:
            landing.drop_parts()


def _land(
    connection: duckdb.DuckDBPyConnection, landing: Landing, stock: Stock, ids: frozenset[str] | None
) -> LandedFile:
    # JSON leaves empty fields out: a file of confidential accounts alone has no amounts.
    stock.check_columns(REQUIRED if stock.json else (*REQUIRED, AMOUNTS["turnover"]), FILE)
    closing = "date_cloture_exercice"
    fault = f"""case
        when not regexp_full_match(as_written, '[0-9]{{1,9}}') then 'the SIREN is no nine-digit number'
        when not {luhn("id", 9)} then 'the SIREN fails its checksum'
        when try_cast(left({closing}, 10) as date) is null then '{closing}|the closing date is no date'
        when {_known("confidentiality", _CONFIDENTIALITY)} is null
            then 'confidentiality|neither public nor confidential, in whole or in part'
        {_bad_numbers()}
    end"""
    columns_read = (*REQUIRED[1:], *AMOUNTS.values(), *RATIOS.values(), *_DATES.values())
    found = sift(
        connection,
        stock,
        key="siren",
        columns=columns_read,
        looked_at=columns_read,
        computed={"id": "lpad(as_written, 9, '0')"},
        fault=fault,
        repaired="length(as_written) < 9",
        wanted=looked_for(connection, Wanted(ids), "id", ()),
        file=FILE,
        told_by=(closing, "type_bilan", "confidentiality", *_present(stock)),
    )
    target = landing.part_of("accounts")
    _, columns, key = TABLES["accounts"]
    cast = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())
    connection.execute(
        f"copy (select {cast} from ({_rows()}) order by {', '.join(key)}) to {quoted(target)} "
        "(format parquet, compression zstd)"
    )
    first, last, accepted = connection.execute(
        f"select min(closing_date), max(closing_date), count(*) from read_parquet({quoted(target)})"
    ).fetchall()[0]
    repeated = found.kept - accepted
    told = (
        (found.others, "{} rows are about companies that are no known customer; they were left out."),
        (found.repaired, "{} rows had lost the leading zeros of a SIREN; given back, the checksum holds."),
        (
            repeated,
            "{} rows repeat the accounts of one company and closing date; the one written last is kept.",
        ),
    )
    return landing.finish(
        found.rejects,
        ("accounts",),
        encoding=stock.encoding,
        separator=stock.separator,
        date_format="%Y-%m-%d",
        decimal_mark=".",
        rows_read=found.read,
        rows_accepted=accepted,
        rows_out_of_scope=found.others + repeated,
        first_date=None if first is None else first.isoformat(),
        last_date=None if last is None else last.isoformat(),
        warnings=[*stock.warnings, *(text.format(count) for count, text in told if count)],
    )


def _known(column: str, values: dict[str, str]) -> str:
    """SQL: a word of the set in ours, null where it is none."""
    cases = " ".join(f"when '{word}' then '{ours}'" for word, ours in values.items())
    return f"case lower({column}) {cases} end"


def _present(stock: Stock) -> tuple[str, ...]:
    """Amounts and ratios that a text has: they tell a refused row from another of its company and year."""
    here = {name.strip().casefold() for name in stock.names}
    return tuple(name for name in (*AMOUNTS.values(), *RATIOS.values()) if name in here)


def _bad_numbers() -> str:
    """Cases of a refusal: a figure that is no number, or too large for one."""
    return "\n        ".join(
        f"when {field} is not null and try_cast({field} as {ACCOUNTS[name]}) is null "
        f"then '{field}|the figure is no number'"
        for name, field in (AMOUNTS | RATIOS).items()
    )


def _rows() -> str:
    """SQL of the table's rows over `kept`."""
    figures = ", ".join(
        f"try_cast({field} as {ACCOUNTS[name]}) as {name}" for name, field in (AMOUNTS | RATIOS).items()
    )
    days = ", ".join(f"try_cast(left({field}, 10) as date) as {name}" for name, field in _DATES.items())
    # Zeros that are none, in the order of the module's account of them.
    bare = "(accounts_kind = 'consolidated' and ebitda = turnover and gross_margin = turnover)"
    meant = {
        **{name: f"nullif({name}, 0)" for name in AMOUNTS},
        "gross_margin": f"case when not {bare} then nullif(gross_margin, 0) end",
        "ebitda": f"case when not {bare} then nullif(ebitda, 0) end",
        **{
            name: f"nullif({name}, 0)"
            for name in (
                "equity_ratio_pct",
                "liquidity_ratio_pct",
                "customer_credit_days",
                "supplier_credit_days",
            )
        },
        "debt_ratio_pct": "case when accounts_kind <> 'consolidated' or debt_ratio_pct <> 0 then debt_ratio_pct end",
        "interest_burden_pct": f"""case when not {bare} and ebitda <> 0
            and (accounts_kind <> 'consolidated' or interest_burden_pct <> 0) then interest_burden_pct end""",
        "ebitda_margin_pct": f"case when not {bare} and ebitda <> 0 then ebitda_margin_pct end",
    }
    shown = ", ".join(
        f"case when confidentiality <> 'confidential' then {sql} end as {name}" for name, sql in meant.items()
    )
    return f"""
        with read as (
            select id as legal_unit_id, try_cast(left(date_cloture_exercice, 10) as date) as closing_date,
                coalesce({_known("type_bilan", {k.lower(): v for k, v in _KINDS.items()})}, 'other') as accounts_kind,
                {_known("confidentiality", _CONFIDENTIALITY)} as confidentiality,
                {days}, {figures}
            from kept
        )
        select * replace ({shown}) from read
        qualify row_number() over (
            partition by legal_unit_id, closing_date, accounts_kind
            order by recorded_on desc nulls last, filing_date desc nulls last, confidentiality desc,
                {", ".join(f"{name} desc nulls last" for name in AMOUNTS | RATIOS)}
        ) = 1"""


__all__ = ["AMOUNTS", "FILE", "RATIOS", "land_accounts"]
