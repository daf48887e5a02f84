"""A made-up ledger of any size, written by DuckDB: sales with VAT and payments, balanced, most of them lettered.

Deterministic: every choice is arithmetic on the invoice's number, so a size gives the same bytes everywhere.
"""

from __future__ import annotations

from pathlib import Path

SIREN = "732829320"
FILE_NAME = f"{SIREN}FEC20251231.txt"

# An invoice has three lines; a payment two, unless it falls in the next year. On average 4.7 lines an invoice.
_LINES_PER_INVOICE = 4.698
_CUSTOMERS_PER_INVOICE = 40


def write_ledger(path: Path, lines: int, threads: int = 2, customers: int | None = None) -> int:
    """Write a FEC of about this many lines: tabs, UTF-8, decimal comma, YYYYMMDD, in order of date.

    Args:
        path: the file.
        lines: ledger lines wanted; the file has within 2 % of it.
        customers: how many; without it one for each forty invoices.

    Returns:
        The number of lines written, header not counted.
    """
    import duckdb

    invoices = max(round(lines / _LINES_PER_INVOICE), 1)
    customers = customers or max(invoices // _CUSTOMERS_PER_INVOICE, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": threads}) as connection:
        written = connection.execute(
            f"""
            copy (
                with numbers as (
                    select
                        range as i,
                        -- Well mixed, and without chance.
                        (range * 2654435761) % 4294967296 as a,
                        (range * 2246822519 + 374761393) % 4294967296 as b
                    from range(1, {invoices + 1})
                ),
                invoices as (
                    select
                        i,
                        'C' || lpad(cast(a % {customers} as varchar), 6, '0') as customer,
                        date '2025-01-01' + cast(i * 364 // {invoices} as integer) as day,
                        2000 + b % 400000 as net_cents,
                        cast(round((2000 + b % 400000) * 0.2) as bigint) as vat_cents,
                        -- Thirty days, the customer's habit, the invoice's chance; one in twenty stays open.
                        case when b % 20 > 0 then 20 + a % 25 + b % 16 end as delay
                    from numbers
                ),
                payments as (
                    select *, day + cast(delay as integer) as paid_on from invoices
                    where delay is not null and day + cast(delay as integer) <= date '2025-12-31'
                ),
                lettered as (
                    select invoices.*, case when payments.i is not null and invoices.i % 10 > 0
                        then 'L' || cast(invoices.i as varchar) end as letter
                    from invoices left join payments on invoices.i = payments.i
                ),
                entries as (
                    select 'VE' as journal, 'Ventes' as journal_name, 'V' || cast(i as varchar) as number, day,
                        unnest([
                            {{'rank': 1, 'account': '411000', 'name': 'Clients', 'customer': customer,
                              'debit': net_cents + vat_cents, 'credit': 0, 'letter': letter}},
                            {{'rank': 2, 'account': '707000', 'name': 'Ventes de marchandises', 'customer': null,
                              'debit': 0, 'credit': net_cents, 'letter': null}},
                            {{'rank': 3, 'account': '445710', 'name': 'TVA collectée', 'customer': null,
                              'debit': 0, 'credit': vat_cents, 'letter': null}}
                        ]) as line,
                        'F' || cast(i as varchar) as piece, 'Facture F' || cast(i as varchar) || ' été' as label
                    from lettered
                    union all
                    select 'BQ', 'Banque', 'B' || cast(lettered.i as varchar), payments.paid_on,
                        unnest([
                            {{'rank': 1, 'account': '512000', 'name': 'Banque', 'customer': null,
                              'debit': lettered.net_cents + lettered.vat_cents, 'credit': 0, 'letter': null}},
                            {{'rank': 2, 'account': '411000', 'name': 'Clients', 'customer': lettered.customer,
                              'debit': 0, 'credit': lettered.net_cents + lettered.vat_cents, 'letter': letter}}
                        ]),
                        'VIR' || cast(lettered.i as varchar), 'Virement client'
                    from lettered inner join payments on lettered.i = payments.i
                )
                select
                    journal as "JournalCode",
                    journal_name as "JournalLib",
                    number as "EcritureNum",
                    strftime(day, '%Y%m%d') as "EcritureDate",
                    line.account as "CompteNum",
                    line.name as "CompteLib",
                    coalesce(line.customer, '') as "CompAuxNum",
                    coalesce('Client ' || line.customer, '') as "CompAuxLib",
                    piece as "PieceRef",
                    strftime(day, '%Y%m%d') as "PieceDate",
                    label as "EcritureLib",
                    line.debit // 100 || ',' || lpad(cast(line.debit % 100 as varchar), 2, '0') as "Debit",
                    line.credit // 100 || ',' || lpad(cast(line.credit % 100 as varchar), 2, '0') as "Credit",
                    coalesce(line.letter, '') as "EcritureLet",
                    case when line.letter is null then '' else '20251231' end as "DateLet",
                    '20251231' as "ValidDate",
                    '' as "Montantdevise",
                    '' as "Idevise"
                from entries
                order by day, journal, number, line.rank
            ) to '{str(path).replace("'", "''")}' (format csv, delimiter '\t', header true, quote '', escape '')
            """
        ).fetchall()
    return int(written[0][0])
