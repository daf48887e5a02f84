"""Persons among the customers: orders to erase their data, and what later runs do about them.

What belongs here: the orders, and how a run obeys them. What does not: what is held on a person (`holdings`), erasing
it (`erasure`), how long what is kept (`retention`), the record of processing (`processing`), how pages name a person
(`dashboards.persons`), who counts as one (`dim_customers.is_person`).

An order names nobody: it holds hashes of numbers, which only someone who knows a number can tell again. From the
order on the ledger's rows are restricted (art. 18 GDPR): kept for the ten years that the law asks for (art. L123-22
code de commerce), counted in every total, and neither shown by name, nor looked up in registers, nor scored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.lake import Workspace, quoted, read_json, write_json

if TYPE_CHECKING:
    from pipelines.sources.open_data import LandedFile


@dataclass(frozen=True)
class Order:
    """One order to erase.

    Attributes:
        customers, parties, units: hashes (`hash_of`) of the customer's number, of its spellings (`customer_key`),
            of the legal units that it is.
        recorded_on: ISO day.
        reason: as given on the command line; it must name nobody.
        after_sequence: number of the last manifest then: releases up to it hold what is erased.
    """

    customers: tuple[str, ...]
    parties: tuple[str, ...]
    units: tuple[str, ...]
    recorded_on: str
    reason: str
    after_sequence: int


def hash_of(*parts: str) -> str:
    """As the warehouse computes it: MD5 of the parts, a bar between them."""
    return hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()


def orders(workspace: Workspace) -> list[Order]:
    """Every order, the oldest first."""
    place = workspace.privacy / "orders.json"
    if not place.exists():
        return []
    hashes = ("customers", "parties", "units")
    return [Order(**{**one, **{name: tuple(one[name]) for name in hashes}}) for one in read_json(place)]


def record_order(workspace: Workspace, order: Order) -> None:
    """Add an order, in place of an earlier one about the same customer."""
    kept = [one for one in orders(workspace) if one.customers != order.customers]
    write_json(workspace.privacy / "orders.json", [asdict(one) for one in [*kept, order]])


def restricted_customers(workspace: Workspace) -> list[dict[str, str]]:
    """Rows of the input `restricted_customers`: the customers whom an order names, and since when."""
    days: dict[str, str] = {}
    for order in orders(workspace):
        for one in order.customers:
            days.setdefault(one, order.recorded_on)
    return [{"customer_hash": one, "restricted_on": day} for one, day in sorted(days.items())]


def restricted_parties(workspace: Workspace) -> list[str]:
    """Hashes of company and `customer_key` of those who are not looked for in any register."""
    return sorted({one for order in orders(workspace) for one in order.parties})


def last_erased_sequence(workspace: Workspace) -> int:
    """Releases up to this number hold what was erased; 0 without any order."""
    return max((order.after_sequence for order in orders(workspace)), default=0)


def drop_units(workspace: Workspace, landed: LandedFile) -> LandedFile:
    """Take the units that orders name out of what a source landed: they count as out of scope."""
    hashes = sorted({one for order in orders(workspace) for one in order.units})
    if not hashes:
        return landed
    about = "md5(legal_unit_id) in (select unnest($values))"
    dropped = {table: drop_rows(path, about, hashes) for table, path in landed.tables.items()}
    main = next((table for table, path in landed.tables.items() if path == landed.parquet), None)
    if main is None or not any(dropped.values()):
        return landed
    count = dropped[main]
    statistics = {
        **landed.statistics,
        "rows_accepted": landed.statistics["rows_accepted"] - count,
        "rows_out_of_scope": landed.statistics["rows_out_of_scope"] + count,
        "warnings": [
            *landed.statistics["warnings"],
            f"{sum(dropped.values())} rows are about persons whose data were erased; they were left out.",
        ],
    }
    write_json(
        landed.parquet.with_name(landed.parquet.name.removesuffix(f"-{main}.parquet") + ".json"), statistics
    )
    return replace(landed, statistics=statistics)


def drop_rows(path: Path, where: str, values: Sequence[str] = ()) -> int:
    """Rewrite a Parquet file without the rows of a condition; the file stays as it is where there are none.

    Args:
        where: may name `$values`.

    Returns:
        rows left out.
    """
    import duckdb

    given = {"values": list(values)} if "$values" in where else {}
    part = path.with_name(f".{path.name}.part")
    rows = f"from read_parquet({quoted(path)})"
    with duckdb.connect() as connection:
        (count,) = connection.execute(f"select count(*) {rows} where {where}", given).fetchone() or (0,)
        if count:
            connection.execute(
                f"copy (select * {rows} where not coalesce({where}, false)) to {quoted(part)} "
                "(format parquet, compression zstd)",
                given,
            )
            part.replace(path)
    return int(count)


def withhold_numbers(workspace: Workspace, customers: Path, company_ids: Sequence[str]) -> None:
    """Have the customers' file of a run tell no official number of those whom orders name."""
    import duckdb

    from pipelines.identities.parties import customer_key

    hashes = restricted_parties(workspace)
    if not hashes:
        return
    part = customers.with_name(f".{customers.name}.part")
    # A file that serves every company tells none.
    named = f"md5(coalesce(t.company_id, c.company_id) || '|' || {customer_key('t.customer_id')})"
    is_named = f"exists (select 1 from companies c where {named} in (select unnest($hashes)))"
    told = ", ".join(
        f"case when not {is_named} then t.{name} end as {name}"
        for name in ("siren", "vat_number", "parent_siren")
    )
    with duckdb.connect() as connection:
        connection.execute("create table companies as select unnest(?) as company_id", [list(company_ids)])
        connection.execute(
            f"copy (select t.* replace ({told}) from read_parquet({quoted(customers)}) t order by all) "
            f"to {quoted(part)} (format parquet, compression zstd)",
            {"hashes": hashes},
        )
    part.replace(customers)


def leave_out_scores(run: Path) -> int:
    """Take restricted customers out of the scores of a run: a score is profiling, to which they objected.

    Returns:
        rows taken out, of every table that tells a customer or a document.
    """
    import pyarrow.parquet as pq

    customers = quoted(run / "marts" / "dim_customers.parquet")
    invoices = quoted(run / "marts" / "fct_invoices.parquet")
    own = f"(select company_id, customer_id from read_parquet({customers}) where is_restricted)"
    theirs = f"where (company_id, customer_id) in {own}"
    documents = f"(select company_id, invoice_id from read_parquet({invoices}) {theirs})"
    count = 0
    for path in sorted((run / "ml").glob("*.parquet")):
        columns = pq.read_schema(path).names
        for key, rows in (("customer_id", own), ("invoice_id", documents)):
            if key in columns:
                count += drop_rows(path, f"(company_id, {key}) in {rows}")
                break
    return count


__all__ = [
    "Order",
    "drop_rows",
    "drop_units",
    "hash_of",
    "last_erased_sequence",
    "leave_out_scores",
    "orders",
    "record_order",
    "restricted_customers",
    "restricted_parties",
    "withhold_numbers",
]
