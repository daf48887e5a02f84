"""The queries of the statutory page and its workbooks: the law's tables, penalties, terms against the ceiling.

What belongs here: reading `rpt_statutory_*`, `fct_late_payment_penalties`, `rpt_payment_terms_compliance` and
`fct_invoice_terms` into small frozen records. What does not: sentences and layouts (`dashboards.statutory`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dashboards.data import ROW_LIMIT, Tables

LATE_BUCKETS = ("1_30", "31_60", "61_90", "91_or_more")
"""The law's columns of lateness, in order, between `0_days` and `total`."""

DETAIL_LIMIT = 100_000
"""Most rows of a workbook's detail; the tables hold them all, and the workbook says what it leaves out."""


@dataclass(frozen=True)
class LatePayments:
    """One bucket of one table of art. D441-6: amounts on the tax basis unless the name says otherwise."""

    fiscal_year_start: date
    fiscal_year_end: date
    closing_date: date
    is_provisional: bool
    table_number: str
    bucket: str
    tax_basis: str
    invoice_count: int
    amount: Decimal
    amount_including_vat: Decimal
    share_of_amount: float | None
    share_of_count: float | None
    reference_amount: Decimal
    reference_count: int | None
    contractual_count: int
    contractual_amount: Decimal
    legal_count: int
    legal_amount: Decimal
    vat_unknown_count: int
    vat_unknown_amount: Decimal


@dataclass(frozen=True)
class LateTable:
    """Table I or II of one fiscal year."""

    buckets: dict[str, LatePayments]

    @property
    def total(self) -> LatePayments:
        return self.buckets["total"]


@dataclass(frozen=True)
class TieItem:
    """A step from the ageing's past due to the total of table I; None where the closing is no month end."""

    fiscal_year_start: date
    closing_date: date
    item: str
    amount: Decimal | None


@dataclass(frozen=True)
class TermsVerdict:
    """How the terms of one fiscal year stand against the ceiling: customers, invoices, amount, tax included."""

    fiscal_year: int
    verdict: str
    customers: int
    invoices: int
    amount: Decimal


@dataclass(frozen=True)
class CustomerTerms:
    """One customer's terms in one fiscal year, with its longest excess in days by each way of counting."""

    fiscal_year: int
    customer_id: str
    name: str
    due_date_source: str
    agreed_terms: str | None
    ceiling_days: int | None
    longest_term_days: int | None
    days_beyond_net: int | None
    days_beyond_45_then_end_of_month: int | None
    days_beyond_end_of_month_then_45: int | None
    verdict: str
    invoice_count: int
    amount: Decimal
    over_amount: Decimal


@dataclass(frozen=True)
class SemesterPenalties:
    """Penalties of one semester and source of rate; interest None where no rate is confirmed."""

    semester_start: date
    rate_source: str
    rate_pct: Decimal | None
    minimum_rate_pct: Decimal | None
    is_contract_rate_refused: bool
    invoices: int
    days: int
    interest: Decimal | None
    indemnity: Decimal | None


@dataclass(frozen=True)
class CustomerPenalties:
    """Penalties of one customer over the whole ledger; `unpriced` = rows whose semester has no rate."""

    customer_id: str
    name: str
    invoices: int
    open_invoices: int
    interest: Decimal
    indemnity: Decimal
    unpriced: int


@dataclass(frozen=True)
class Statutory:
    """Everything of the statutory page of one company. Years and semesters are ordered, the latest first."""

    tables: dict[tuple[date, str], LateTable]
    tie: dict[date, tuple[TieItem, ...]]
    verdicts: tuple[TermsVerdict, ...]
    terms: tuple[CustomerTerms, ...]
    semesters: tuple[SemesterPenalties, ...]
    customers: tuple[CustomerPenalties, ...]
    penalised_customers: int

    @property
    def years(self) -> list[date]:
        """First days of the fiscal years, the latest first."""
        return sorted({start for start, _ in self.tables}, reverse=True)

    @property
    def interest(self) -> Decimal:
        return sum((s.interest or Decimal(0) for s in self.semesters), Decimal(0))

    @property
    def indemnity(self) -> Decimal:
        return sum((s.indemnity or Decimal(0) for s in self.semesters), Decimal(0))

    @property
    def unpriced(self) -> list[SemesterPenalties]:
        """Semesters whose interest waits for a confirmed rate."""
        return [s for s in self.semesters if s.rate_pct is None and s.days > 0]


def read_statutory(tables: Tables, company_id: str) -> Statutory:
    """Read a company's statutory tables."""
    cells = tables.records(
        LatePayments,
        "select fiscal_year_start, fiscal_year_end, closing_date, is_provisional, table_number, bucket, tax_basis, "
        "invoice_count, amount, amount_including_vat, cast(share_of_amount as double) as share_of_amount, "
        "cast(share_of_count as double) as share_of_count, reference_amount, reference_count, contractual_count, "
        "contractual_amount, legal_count, legal_amount, vat_unknown_count, vat_unknown_amount "
        "from rpt_statutory_late_payments where company_id = ? "
        "order by fiscal_year_start desc, table_number, bucket_rank",
        company_id,
    )
    grouped: dict[tuple[date, str], dict[str, LatePayments]] = {}
    for cell in cells:
        grouped.setdefault((cell.fiscal_year_start, cell.table_number), {})[cell.bucket] = cell
    tie: dict[date, tuple[TieItem, ...]] = {}
    for item in tables.records(
        TieItem,
        "select fiscal_year_start, closing_date, item, amount from rpt_statutory_tie_out where company_id = ? "
        "order by fiscal_year_start desc, item_rank",
        company_id,
    ):
        tie[item.fiscal_year_start] = (*tie.get(item.fiscal_year_start, ()), item)
    semesters = tables.records(
        SemesterPenalties,
        "select semester_start, rate_source, rate_pct, minimum_rate_pct, "
        "bool_or(is_contract_rate_refused) as is_contract_rate_refused, count(*) as invoices, "
        "cast(sum(days) as bigint) as days, cast(sum(interest) as decimal(18, 2)) as interest, "
        "cast(sum(indemnity) as decimal(18, 2)) as indemnity "
        "from fct_late_payment_penalties where company_id = ? "
        "group by semester_start, rate_source, rate_pct, minimum_rate_pct "
        "order by semester_start desc, rate_source",
        company_id,
    )
    return Statutory(
        tables={key: LateTable(buckets) for key, buckets in grouped.items()},
        tie=tie,
        verdicts=tables.records(
            TermsVerdict,
            "select fiscal_year, verdict, count(distinct customer_id) as customers, "
            "cast(sum(invoice_count) as bigint) as invoices, cast(sum(amount) as decimal(18, 2)) as amount "
            "from rpt_payment_terms_compliance where company_id = ? group by fiscal_year, verdict "
            "order by fiscal_year desc, verdict",
            company_id,
        ),
        terms=tables.records(
            CustomerTerms, f"{_TERMS} and t.verdict <> 'compliant' and t.verdict <> 'not_judged' "
            f"and t.fiscal_year = (select max(fiscal_year) from rpt_payment_terms_compliance where company_id = ?) "
            f"{_TERMS_ORDER} limit {ROW_LIMIT}",
            company_id,
            company_id,
        ),
        semesters=semesters,
        customers=tables.records(
            CustomerPenalties, f"{_CUSTOMERS} limit {ROW_LIMIT}", company_id
        ),
        penalised_customers=int(
            tables.dicts(
                "select count(distinct customer_id) as n from fct_late_payment_penalties where company_id = ?",
                company_id,
            )[0]["n"]
        ),
    )  # fmt: skip


_TERMS = """
    select t.fiscal_year, t.customer_id, coalesce(c.customer_name, t.customer_id) as name, t.due_date_source,
        t.agreed_terms, t.ceiling_days, t.longest_term_days, t.days_beyond_net, t.days_beyond_45_then_end_of_month,
        t.days_beyond_end_of_month_then_45, t.verdict, t.invoice_count, t.amount, t.over_amount
    from rpt_payment_terms_compliance t
    left join dim_customers c on c.company_id = t.company_id and c.customer_id = t.customer_id
    where t.company_id = ?"""
_TERMS_ORDER = (
    "order by t.fiscal_year desc, t.over_amount desc, t.amount desc, t.customer_id, t.due_date_source"
)

_CUSTOMERS = """
    select p.customer_id, coalesce(any_value(c.customer_name), p.customer_id) as name,
        count(distinct p.invoice_id) as invoices,
        count(distinct p.invoice_id) filter (where i.open_amount > 0) as open_invoices,
        cast(coalesce(sum(p.interest), 0) as decimal(18, 2)) as interest,
        cast(coalesce(sum(p.indemnity), 0) as decimal(18, 2)) as indemnity,
        count(*) filter (where p.rate_pct is null and p.days > 0) as unpriced
    from fct_late_payment_penalties p
    left join dim_customers c on c.company_id = p.company_id and c.customer_id = p.customer_id
    left join fct_invoices i on i.company_id = p.company_id and i.invoice_id = p.invoice_id
    where p.company_id = ?
    group by p.customer_id
    order by coalesce(sum(p.interest), 0) + coalesce(sum(p.indemnity), 0) desc, p.customer_id"""


def all_terms(tables: Tables, company_id: str) -> tuple[CustomerTerms, ...]:
    """Terms of every customer and fiscal year, up to `DETAIL_LIMIT` rows: the latest year and largest excess first."""
    return tables.records(CustomerTerms, f"{_TERMS} {_TERMS_ORDER} limit {DETAIL_LIMIT}", company_id)


def all_customers(tables: Tables, company_id: str) -> tuple[CustomerPenalties, ...]:
    """Penalties of every customer, up to `DETAIL_LIMIT`, the largest first."""
    return tables.records(CustomerPenalties, f"{_CUSTOMERS} limit {DETAIL_LIMIT}", company_id)


def penalty_rows(tables: Tables, company_id: str) -> Iterator[dict[str, Any]]:
    """Invoice x semester, the largest claim first, up to `DETAIL_LIMIT` rows."""
    yield from tables.dicts(
        f"""
        select coalesce(c.customer_name, p.customer_id) as name, p.customer_id, p.document_number, p.due_date,
            p.semester_start, p.first_day, p.last_day, p.days, p.amount_days, p.rate_pct, p.rate_source, p.interest,
            p.indemnity
        from fct_late_payment_penalties p
        left join dim_customers c on c.company_id = p.company_id and c.customer_id = p.customer_id
        where p.company_id = ?
        order by coalesce(p.interest, 0) + coalesce(p.indemnity, 0) desc, p.invoice_id, p.semester_start
        limit {DETAIL_LIMIT}
        """,
        company_id,
    )


def count_rows(tables: Tables, table: str, company_id: str) -> int:
    """Rows of one of the tables above."""
    return int(tables.dicts(f"select count(*) as n from {table} where company_id = ?", company_id)[0]["n"])
