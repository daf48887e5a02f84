"""The facts of the record of processing (art. 30 GDPR), from what is configured and what a run holds.

What belongs here: counting persons, rows, sources. What does not: the words of the record (`dashboards.processing`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.clients import company_search, opendatasoft
from pipelines.config import Company, Settings
from pipelines.lake import Workspace, quoted
from pipelines.privacy import hash_of, orders

if TYPE_CHECKING:
    import duckdb

    from dashboards import Processing

_ADDRESSES = {
    "sirene": company_search.URL,
    "bodacc": opendatasoft.NOTICES.url,
    "accounts": opendatasoft.ACCOUNTS.url,
}
_KINDS = """case when is_restricted then 'restricted' when is_sole_trader then 'sole_trader'
    when is_consumer then 'consumer' else 'undisclosed' end"""
_COUNTED = {
    "documents": ("fct_invoices",),
    "payments": ("fct_payments",),
    "notes": (
        "fct_disputes",
        "fct_promises",
        "fct_reminders",
        "fct_instalments",
        "fct_insured_limits",
        "fct_orders",
    ),
    "registers": ("fct_company_events", "dim_legal_units", "fct_filed_accounts"),
    "warnings": ("fct_early_warnings",),
}
"""Kinds of data → the marts whose rows they are."""


def processing(settings: Settings, workspace: Workspace, run: Path) -> dict[str, Processing]:
    """The facts of each company's record: from the tables of a run, the configuration, and the orders to erase."""
    import duckdb

    with duckdb.connect() as connection:
        return {one.company_id: _of(connection, settings, workspace, run, one) for one in settings.companies}


def _of(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    workspace: Workspace,
    run: Path,
    company: Company,
) -> Processing:
    from dashboards import Processing

    def table(name: str, folder: str = "marts") -> str:
        return f"read_parquet({quoted(run / folder / f'{name}.parquet')})"

    def count(sql: str) -> int:
        (found,) = connection.execute(sql, [company.company_id]).fetchone() or (0,)
        return int(found)

    customers = connection.execute(
        f"select customer_id, legal_unit_id, {_KINDS} from {table('dim_customers')} "
        "where company_id = ? and is_person order by all",
        [company.company_id],
    ).fetchall()
    connection.execute("create or replace table persons (customer_id varchar, legal_unit_id varchar)")
    if customers:
        connection.execute(
            "insert into persons select unnest(?), unnest(?)",
            [[row[0] for row in customers], [row[1] for row in customers]],
        )
    kinds = ("sole_trader", "consumer", "undisclosed", "restricted")
    own = "customer_id in (select customer_id from persons)"
    rows = []
    for what, names in _COUNTED.items():
        found = 0
        for name in names:
            if not (run / "marts" / f"{name}.parquet").exists():
                continue
            described = connection.execute(f"describe select * from {table(name)}").fetchall()
            by_unit = not any(row[0] == "customer_id" for row in described)
            where = "legal_unit_id in (select legal_unit_id from persons)" if by_unit else own
            found += count(f"select count(*) from {table(name)} where company_id = ? and {where}")
        rows.append((what, found))
    scored = count(f"select count(*) from {table('customer_scores', 'ml')} where company_id = ? and {own}")
    decided = count(
        f"select count(*) from {table('customer_scores', 'ml')} where company_id = ? and {own} "
        "and override_action is not null"
    )
    hashes = {hash_of(company.company_id, row[0]) for row in customers}
    erased = [one.recorded_on for one in orders(workspace) if hashes & set(one.customers)]
    return Processing(
        controller=company.name,
        siren=company.siren,
        contact=settings.privacy.contact,
        shows_names=settings.privacy.shows_persons,
        customers=count(f"select count(*) from {table('dim_customers')} where company_id = ?"),
        persons=tuple((kind, sum(row[2] == kind for row in customers)) for kind in kinds),
        rows=tuple(rows),
        sources=tuple(_sources(settings, company)),
        external_months=settings.privacy.external_months,
        quarantine_months=settings.privacy.quarantine_months,
        releases=settings.privacy.releases,
        erased=len(erased),
        last_erased=date.fromisoformat(max(erased)) if erased else None,
        scored=scored,
        decided=decided,
    )


def _sources(settings: Settings, company: Company) -> list[tuple[str, str]]:
    """Every configured source, and the host that is asked for it; empty for files and databases of the company."""
    found = [("fec", "")] if company.ledgers else []
    found += [("subledger", "")] if company.subledgers else []
    found += [("events", "")] if company.events else []
    found += [("customers", "")] if company.customers is not None else []
    for name, given in settings.external.items():
        address = "" if given.api is None else given.api.url or _ADDRESSES[name]
        found.append((name, urlsplit(address).hostname or ""))
    return found


__all__ = ["processing"]
