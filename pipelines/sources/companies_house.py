"""Companies House, the register of the United Kingdom: its monthly list of companies, and insolvency cases.

Belongs here: the two layouts, and what a British procedure is in the words of our tables. Does not belong here: what
it means for a claim (the warehouse).

Sources of the layouts: "Free Company Data Product" (`BasicCompanyData…`, CSV, some headers begin with a blank, days
written 31/12/2024; living companies alone), and the public data API, `/company/{number}/insolvency` (one answer a
line, each with its `company_number`; enumerations of companieshouse/api-enumerations).

A case tells the days of its steps and not the day on which the register showed them: a step's own day stands for its
publication, which is the soonest that anybody could know. A company's number has eight characters and no check digit:
a shorter number of digits alone has lost its zeros.

| case | step | kind |
|---|---|---|
| compulsory or creditors' voluntary liquidation | wound up, ordered to wind up | opening_liquidation |
| administration | started | opening_receivership (a trader kept alive under an officer) |
| administrative receiver, receivership | instrument | opening_receivership |
| moratorium | started | opening_safeguard (claims wait, the directors stay) |
| voluntary arrangement | started | plan |
| any of them | concluded, ended, discharged | closure |
| any | dissolved | struck_off |
| members' voluntary liquidation (solvent: creditors are paid), receiver of one charge, foreign | any | other |
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import DataError
from pipelines.lake import canonical_json, write_table
from pipelines.sources.companies import TABLES, Wanted
from pipelines.sources.open_data import LandedFile, Landing, Reject, container, json_form, quoted
from pipelines.sources.stock_files import Stock, looked_for, opened, session, sift

FILE = "Companies House's BasicCompanyData"
CASES_FILE = "answers of Companies House on insolvency (one a line, each with its company_number)"
REQUIRED = ("CompanyNumber", "CompanyName", "CompanyStatus", "IncorporationDate", "RegAddress.PostCode")
_PREVIOUS = tuple(f"PreviousName_{n}.CompanyName" for n in range(1, 11))
_SECTORS = tuple(f"SICCode.SicText_{n}" for n in range(1, 5))
_OTHERS = ("CompanyCategory", "DissolutionDate", "RegAddress.PostTown", *_SECTORS, *_PREVIOUS)
_VERSION = 1
_CEASED = ("dissolved", "converted/closed", "closed", "removed")
FAMILY = "insolvency"

_LIQUIDATIONS = ("compulsory-liquidation", "creditors-voluntary-liquidation")
_ADMINISTRATIONS = ("in-administration", "administration-order")
_RECEIVERS = ("administrative-receiver", "receivership")
_ARRANGEMENTS = ("corporate-voluntary-arrangement",)
_MORATORIA = ("moratorium", "corporate-voluntary-arrangement-moratorium")
_STEPS = {
    **{
        (case, step): "opening_liquidation"
        for case in _LIQUIDATIONS
        for step in ("wound-up-on", "ordered-to-wind-up-on")
    },
    **{(case, "administration-started-on"): "opening_receivership" for case in _ADMINISTRATIONS},
    **{(case, "instrumented-on"): "opening_receivership" for case in _RECEIVERS},
    **{(case, "voluntary-arrangement-started-on"): "plan" for case in (*_ARRANGEMENTS, *_MORATORIA)},
    **{(case, "moratorium-started-on"): "opening_safeguard" for case in _MORATORIA},
}
_ENDS = (
    "concluded-winding-up-on",
    "administration-ended-on",
    "administration-discharged-on",
    "voluntary-arrangement-ended-on",
    "moratorium-ended-on",
    "case-end-on",
)
_INSOLVENT = (*_LIQUIDATIONS, *_ADMINISTRATIONS, *_RECEIVERS, *_ARRANGEMENTS, *_MORATORIA)


def land_companies_house(
    path: Path, raw_dir: Path, quarantine_dir: Path, wanted: Wanted | None = None
) -> LandedFile:
    """Land a list of companies as `units`, or answers on insolvency as `notices`; told apart by content.

    Args:
        path: the list (CSV or Parquet; zip or gzip of one), or the answers (JSON lines, a JSON list).
        raw_dir: where the Parquet file and its statistics go (`raw/companies_house`).
        quarantine_dir: where refused rows go.
        wanted: the companies to keep (`GB-` and the number), and the keys of names looked for; None keeps all.

    Raises:
        DataError: empty or broken file, a column missing, another data set, a file that was cut short.
    """
    landing = Landing("companies_house", path, raw_dir, quarantine_dir, wanted, _VERSION)
    if (known := landing.known()) is not None:
        return known
    wanted = wanted or Wanted()
    try:
        if container(path) == "text" and json_form(path, path) != "csv":
            return _land_cases(landing, wanted.ids)
        with session(landing) as connection, opened(path, raw_dir, FILE) as stock:
            return _land_companies(connection, landing, stock, wanted)
    except duckdb.Error as error:
        sentence = str(error).strip().splitlines()[0]
        raise DataError(f"{path}: {FILE} cannot be read to its end ({sentence}).") from error
    finally:
        landing.drop_parts()


def _land_companies(
    connection: duckdb.DuckDBPyConnection, landing: Landing, stock: Stock, wanted: Wanted
) -> LandedFile:
    stock.check_columns(REQUIRED, FILE)
    found = sift(
        connection,
        stock,
        key="CompanyNumber",
        columns=(*REQUIRED[1:], *_OTHERS),
        looked_at=("CompanyName",),
        computed={
            "id": "'GB-' || case when regexp_full_match(as_written, '[0-9]+') then lpad(as_written, 8, '0') "
            "else upper(as_written) end"
        },
        fault="case when not regexp_full_match(id, 'GB-[A-Z0-9]{2}[A-Z0-9]{6}') "
        "then 'the company number has not eight characters' end",
        repaired="length(as_written) < 8",
        wanted=looked_for(connection, wanted, "id", ("CompanyName",)),
        file=FILE,
    )
    target = landing.part_of("units")
    _, columns, _ = TABLES["units"]
    cast = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())
    connection.execute(
        f"copy (select {cast} from ({_UNITS}) order by legal_unit_id) to {quoted(target)} "
        "(format parquet, compression zstd)"
    )
    accepted = connection.execute(f"select count(*) from read_parquet({quoted(target)})").fetchall()[0][0]
    states = connection.execute(
        """select CompanyStatus, sum(rows)::bigint from kept
        where not starts_with(lower(CompanyStatus), 'active') group by 1 order by 1"""
    ).fetchall()
    repeated = found.kept - accepted
    told = (
        (found.others, "{} rows are about companies that are no known customer; they were left out."),
        (found.repaired, "{} rows had lost the leading zeros of a company number; they were given back."),
        (repeated, "{} rows repeat a company number; one of them is kept."),
    )
    return landing.finish(
        found.rejects,
        ("units",),
        encoding=stock.encoding,
        separator=stock.separator,
        date_format="%d/%m/%Y",
        rows_read=found.read,
        rows_accepted=accepted,
        rows_out_of_scope=found.others + repeated,
        warnings=[
            *stock.warnings,
            *(text.format(count) for count, text in told if count),
            *(
                f"{count} companies are told as '{state}', without a day: their insolvency cases tell it."
                for state, count in states
                if state.casefold() not in _CEASED
            ),
        ],
    )


def _joined(names: tuple[str, ...], separator: str) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f"nullif(array_to_string(list_filter([{listed}], lambda n: n is not null), '{separator}'), '')"


_UNITS = f"""
select
    id as legal_unit_id,
    CompanyName as legal_name,
    {_joined(_PREVIOUS, "|")} as other_names,
    false as is_sole_trader,
    CompanyCategory as legal_category,
    try_strptime(IncorporationDate, '%d/%m/%Y')::date as creation_date,
    null as naf_code,
    null as naf25_code,
    {_joined(_SECTORS, "; ")} as sector_text,
    null as headcount_band,
    null as size_category,
    case when lower(CompanyStatus) in {_CEASED} or DissolutionDate is not null then 'C' else 'A' end
        as administrative_state,
    try_strptime(DissolutionDate, '%d/%m/%Y')::date as state_since,
    true as is_diffusible,
    null as head_establishment_id,
    "RegAddress.PostCode" as postcode,
    "RegAddress.PostTown" as city,
    'GB' as country_code,
    null as updated_on
from kept
qualify row_number() over (partition by id order by CompanyName, CompanyStatus, IncorporationDate) = 1
"""


# --- insolvency cases ------------------------------------------------------------------------------------------------


def _land_cases(landing: Landing, wanted: frozenset[str] | None) -> LandedFile:
    rejects: list[Reject] = []
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    counts = dict.fromkeys(("read", "accepted", "out", "repeated"), 0)
    seen: set[str] = set()
    for line, record in _answers(landing.path):
        counts["read"] += 1
        try:
            number = _number(record)
            notices = list(_notices(number, record))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = (
                str(error)
                if type(error) is ValueError
                else "the answer has not the form of one on insolvency"
            )
            rejects.append(Reject(line, "company_number", reason, canonical_json(record)))
            continue
        if wanted is not None and number not in wanted:
            counts["out"] += 1
        elif number in seen:
            counts["repeated"] += 1
        else:
            seen.add(number)
            counts["accepted"] += 1
            rows.update({(one["notice_id"], number): one for one in notices})
    if not counts["read"] or len(rejects) == counts["read"]:
        why = f" ({rejects[0].reason})" if rejects else ""
        raise DataError(f"{landing.path}: none of its lines is an answer{why}; give {CASES_FILE}.")
    ordered = [rows[key] for key in sorted(rows)]
    write_table(landing.part_of("notices"), TABLES["notices"][1], ordered)
    days = [one["publication_date"].isoformat() for one in ordered]
    told = (
        (counts["out"], "{} answers are about companies that are no known customer; they were left out."),
        (counts["repeated"], "{} answers repeat a company; the first is kept."),
    )
    return landing.finish(
        rejects,
        ("notices",),
        encoding="utf-8",
        date_format="%Y-%m-%d",
        rows_read=counts["read"],
        rows_accepted=counts["accepted"],
        rows_out_of_scope=counts["out"] + counts["repeated"],
        first_date=min(days, default=None),
        last_date=max(days, default=None),
        warnings=[text.format(count) for count, text in told if count],
    )


def _answers(path: Path) -> Iterator[tuple[int | None, Any]]:
    """Every answer with its line (None in a list)."""
    try:
        if json_form(path, path) == "lines":
            with path.open(encoding="utf-8-sig") as handle:
                for line, text in enumerate(handle, 1):
                    if text.strip():
                        yield line, json.loads(text)
        else:
            whole = json.loads(path.read_text(encoding="utf-8-sig"))
            yield from ((None, one) for one in (whole if isinstance(whole, list) else [whole]))
    except ValueError as error:
        sentence = str(error).splitlines()[0]
        raise DataError(
            f"{path}: the JSON breaks off or is malformed ({sentence}); fetch it again."
        ) from error


def _number(record: dict[str, Any]) -> str:
    written = str(record.get("company_number") or "").replace(" ", "").upper()
    number = written.zfill(8) if written.isdigit() else written
    if len(number) != 8 or not number.isalnum():
        raise ValueError(f"the company number '{written}' has not eight characters")
    return f"GB-{number}"


def _notices(number: str, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One notice per step of a case. Of a winding-up ordered and begun the order opens it; both days are kept."""
    for case in record["cases"]:
        steps = {str(one["type"]): date.fromisoformat(one["date"][:10]) for one in case["dates"]}
        for step, day in sorted(steps.items()):
            kind = _kind(str(case["type"]), step)
            if step == "wound-up-on" and "ordered-to-wind-up-on" in steps:
                kind = "other"
            told = {
                "notice_id": f"{number}/{case.get('number', '')}/{case['type']}/{step}",
                "legal_unit_id": number,
                "publication_date": day,
                "family": FAMILY,
                "judgment_date": day,
                "judgment_nature": f"{case['type']}: {step}",
                "judgment_kind": kind,
                "notice_type": "annonce",
                "raw": canonical_json(case),
            }
            yield {name: told.get(name) for name in TABLES["notices"][1]}


def _kind(case: str, step: str) -> str:
    if step == "dissolved-on":
        return "struck_off"
    if step in _ENDS and case in _INSOLVENT:
        return "closure"
    return _STEPS.get((case, step), "other")


__all__ = ["land_companies_house"]
