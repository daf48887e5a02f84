"""Who is who: which legal unit each customer is.

What belongs here: what the landing asks for, in its order: the parties and what of them to look for in registers,
then who they are, then the units found. What does not: reading a register (`pipelines.sources`).

In order of trust: the user's decision, customers.csv (SIREN, SIRET, VAT number), numbers in the ledger, name and place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.config import Settings
from pipelines.identities.names import blocks
from pipelines.identities.parties import write_parties
from pipelines.lake import Workspace, connected, last_landing, quoted, sha256_file, sha256_text
from pipelines.sources.companies import Wanted

if TYPE_CHECKING:
    from pipelines.clients import NameQuery

REGISTERS = ("gleif", "companies_house", "sirene")
"""Sources that name legal units; of one that several know the last one's word counts, a country's own register."""
_VERSION = 1

# A customer whose number is written needs no search; a private person is not looked for.
_UNNAMED = """name is not null and not is_consumer and declared_id is null and siret is null and vat_id is null
    and decided_id is null"""


def wanted(parties: Path) -> Wanted:
    """What to keep of registers: the units that parties name by number, and those whose names are like theirs."""
    with connected() as connection:
        connection.execute(f"create temp view parties as select * from read_parquet({quoted(parties)})")
        ids = connection.execute(
            """select distinct id from (
                select unnest([decided_id, declared_id, left(siret, 9), vat_id, parent_id]) as id from parties
                union all
                select case when starts_with(id, 'FR') then substr(id, 5) else left(id, 9) end
                from (select unnest(ledger_ids) as id from parties)
            ) where id is not null"""
        ).fetchall()
    return Wanted(frozenset(str(one) for (one,) in ids), wanted_blocks(parties))


def wanted_blocks(parties: Path) -> frozenset[str]:
    """The keys (`names.blocks`) of the parties that only their name tells.

    Words that thousands of companies bear are no keys by themselves: one would keep half the register.
    """
    from pipelines.identities import names

    with connected() as connection:
        rows = connection.execute(
            f"""with named as (
                select name, {names.core("name")} as core_name, nullif({names.place("city")}, '') as city
                from read_parquet({quoted(parties)})
                where {_UNNAMED}
            ),
            common as (
                select distinct key from (
                    select unnest({blocks("word")}) as key from (select unnest(?) as word)
                ) where starts_with(key, 't')
            )
            select distinct key from (
                select unnest({blocks("name")}) as key from named
                union all select unnest({blocks("name || ' ' || city")}) from named where city is not null
                union all select unnest({blocks(names.without_town("core_name", "city"))}) from named
                where city is not null
            ) anti join common using (key) where key is not null""",
            [sorted(names.common_words())],
        ).fetchall()
    return frozenset(str(key) for (key,) in rows)


def name_queries(parties: Path) -> tuple[NameQuery, ...]:
    """The names to ask a register's API for, each once, sorted."""
    from pipelines.clients import NameQuery

    with connected() as connection:
        rows = connection.execute(
            f"""select distinct name, postcode, city from read_parquet({quoted(parties)})
            where {_UNNAMED} and len(ledger_ids) = 0 and coalesce(country_code, 'FR') = 'FR' order by all"""
        ).fetchall()
    return tuple(NameQuery(*row) for row in rows)


def land_identities(
    settings: Settings, workspace: Workspace, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Decide which unit each party is, from the registers as landed, and renew the matches file.

    Returns:
        one record, of the matches file: a row of `quality.sources`, with `identities`, the place of the identities
        (Parquet of `matching.IDENTITIES`, named by what they were decided from).

    Raises:
        DataError: the matches file cannot be read.
    """
    from pipelines.identities import matching
    from pipelines.identities.decisions import normal, read_decisions, write_matches

    parties = write_parties(settings, workspace)
    decisions = read_decisions(settings.matches)
    records = [one for source in REGISTERS for one in last_landing(workspace, source)]
    registers = matching.Registers(
        *(
            [workspace.root / one["tables"][table] for one in records if one["tables"].get(table)]
            for table in ("units", "establishments")
        )
    )
    told = [
        _VERSION,
        parties.name,
        settings.match_threshold,
        [[path.name for path in paths] for paths in (registers.units, registers.establishments)],
        [[*key, one.legal_unit_id, one.refused_id] for key, one in sorted(decisions.items())],
    ]
    folder = workspace.raw / "identities"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{sha256_text(json.dumps(told))[:16]}.parquet"
    part = target.with_name(f".{target.name}.part")
    found = matching.match(parties, registers, decisions, settings.match_threshold, part)
    # Its name tells what it was decided from: made again it would be the same.
    if target.exists():
        part.unlink()
    else:
        part.replace(target)

    kept = [dict(one.row) for one in decisions.values()]
    open_rows = [
        {**row, "decision": ""}
        for row in found.doubtful
        if normal(row["company_id"], row["customer"]) not in decisions
    ]
    rows = sorted([*kept, *open_rows], key=lambda row: (row["company_id"], row["customer"]))
    warnings = []
    # `encours check` lands into a folder that is thrown away, and writes nothing else.
    is_kept = workspace.root == settings.workspace and (rows or settings.matches.is_file())
    if is_kept and (problem := write_matches(settings.matches, rows)):
        warnings.append(problem)
    if open_rows:
        warnings.append(
            f"{len(open_rows)} customers may be a company of the registers, without certainty: decide in "
            f"{settings.matches.name}, column decision (yes, no, or the company's number)."
        )
    if found.cut:
        warnings.append(
            f"{found.cut} customers that were not found have names like very many companies': the likest were "
            "compared; a postcode in customers.csv, or a SIREN, tells them apart."
        )
    accepted = found.counts.get("accepted", 0)
    say(f"{accepted:,} of {sum(found.counts.values()):,} customers known, {len(open_rows):,} to decide")
    return [_record(settings, workspace, target, rows, len(kept), warnings)]


def _record(
    settings: Settings,
    workspace: Workspace,
    target: Path,
    rows: list[dict[str, str]],
    decided: int,
    warnings: list[str],
) -> dict[str, Any]:
    blank = (
        "encoding", "separator", "amount_layout", "date_format", "decimal_mark", "debit_total", "credit_total",
        "debit_rejected", "credit_rejected", "first_date", "last_date", "fiscal_year", "entries",
        "unbalanced_entries", "draft_rows", "superseded_by", "rejects", "unbalanced", "snapshot_date",
    )  # fmt: skip
    is_there = settings.matches.is_file()
    sha256 = sha256_file(settings.matches) if is_there else ""
    place = target.relative_to(workspace.root).as_posix()
    return {
        **dict.fromkeys(blank),
        "company_id": settings.companies[0].company_id if len(settings.companies) == 1 else None,
        "source": "identities",
        "file_name": settings.matches.name,
        "sha256": sha256,
        "source_id": sha256[:16],
        "rows_read": len(rows),
        "rows_accepted": decided,
        "rows_rejected": 0,
        "rows_out_of_scope": len(rows) - decided,
        "status": "used" if is_there else "unavailable",
        "warnings": json.dumps(warnings, ensure_ascii=False),
        "parquet": place,
        "identities": place,
        "tables": {},
    }


def identified_ids(workspace: Workspace) -> frozenset[str]:
    """The legal units that customers are, and their parents, as the last landing of identities decided."""
    found: set[str] = set()
    with connected() as connection:
        for one in last_landing(workspace, "identities"):
            rows = connection.execute(
                "select distinct unnest([legal_unit_id, parent_id]) from "
                f"read_parquet({quoted(workspace.root / one['identities'])})"
            ).fetchall()
            found.update(str(unit) for (unit,) in rows if unit is not None)
    return frozenset(found)


__all__ = [
    "blocks",
    "identified_ids",
    "land_identities",
    "name_queries",
    "wanted",
    "wanted_blocks",
    "write_parties",
]
