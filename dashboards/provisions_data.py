"""The queries of the provisions page and its workbooks: expected credit losses, their cohorts, the tax schedule.

What belongs here: reading `rpt_expected_credit_loss*`, `rpt_credit_risk_exposure`, `rpt_loss_*` and
`rpt_tax_provision*` into small frozen records. What does not: sentences and layouts (`dashboards.provisions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dashboards.data import Tables

DETAIL_LIMIT = 100_000
"""Most receivables of a workbook's tax schedule; the table holds them all, and the workbook says what it leaves out."""
TAX_SHOWN = 50
"""Receivables of the tax schedule written in the page, the largest first."""

SECTIONS = ("matrix", "individual", "apart", "credit")
"""The parts of the provision, in reading order."""


@dataclass(frozen=True)
class LossLine:
    """One line of the provision at one closing; rates are fractions 0 to 1, the loss is over the lifetime."""

    closing_date: date
    is_as_of: bool
    section: str
    bucket: str
    gross_amount: Decimal
    items: int
    closed_cohorts: int | None
    first_cohort_month: date | None
    last_cohort_month: date | None
    cohort_reached: Decimal | None
    cohort_lost: Decimal | None
    cohort_lost_excluding_vat: Decimal | None
    cohort_open_amount: Decimal | None
    loss_rate_if_open_lost: Decimal | None
    rate_source: str
    is_floor_configured: bool
    loss_rate: Decimal | None
    is_rate_below_younger_bucket: bool
    forward_looking_factor: Decimal
    overlay_reason: str | None
    applied_loss_rate: Decimal | None
    expected_loss_before_overlay: Decimal
    overlay_amount: Decimal
    expected_loss: Decimal
    expected_loss_excluding_vat: Decimal


@dataclass(frozen=True)
class Exposure:
    """One row of the IFRS 7 35M/35N table: gross amount and allowance by days past due."""

    closing_date: date
    bucket: str
    matrix_gross_amount: Decimal
    matrix_loss_allowance: Decimal
    individual_gross_amount: Decimal
    individual_loss_allowance: Decimal
    apart_gross_amount: Decimal
    gross_amount: Decimal
    loss_allowance: Decimal
    matrix_loss_rate: Decimal | None
    loss_rate: Decimal | None


@dataclass(frozen=True)
class Movement:
    """The allowance from one closing to the next (IFRS 7 35H)."""

    opening_date: date
    closing_date: date
    opening_loss_allowance: Decimal
    originated: Decimal
    collected: Decimal
    written_off: Decimal
    aged: Decimal
    remeasured: Decimal
    rounding: Decimal
    closing_loss_allowance: Decimal
    receivables_written_off: Decimal
    impairment_loss: Decimal


@dataclass(frozen=True)
class Cohort:
    """A month of billing on the as-of day."""

    cohort_month: date
    state: str
    billed: Decimal
    credited: Decimal
    assigned: Decimal
    settled: Decimal
    lost: Decimal
    lost_excluding_vat: Decimal
    open_amount: Decimal


@dataclass(frozen=True)
class TaxItem:
    """A receivable of the tax schedule at one closing."""

    closing_date: date
    customer_id: str
    name: str
    document_number: str | None
    issue_date: date | None
    due_date: date | None
    event: str
    event_date: date
    event_known_on: date
    event_source: str
    is_group: bool
    is_insured: bool
    open_amount: Decimal
    vat_amount: Decimal
    is_vat_known: bool
    base_amount: Decimal
    rate: Decimal
    rate_source: str
    proposed_provision: Decimal


@dataclass(frozen=True)
class TaxSummary:
    """The tax schedule of one closing beside the ledger's own 491, 68 and 78."""

    closing_date: date
    is_as_of: bool
    receivables: int
    open_amount: Decimal
    base_amount: Decimal
    vat_unknown_amount: Decimal
    proposed_provision: Decimal
    ledger_provision: Decimal
    ledger_charge: Decimal
    ledger_reversal: Decimal
    difference: Decimal


@dataclass(frozen=True)
class Provisions:
    """Everything of the provisions page of one company; closings are ordered, the latest first."""

    history: tuple[LossLine, ...]
    exposures: tuple[Exposure, ...]
    movements: tuple[Movement, ...]
    cohorts: tuple[Cohort, ...]
    tax: tuple[TaxItem, ...]
    tax_summaries: tuple[TaxSummary, ...]
    loss_12m: Decimal | None

    @property
    def lines(self) -> list[LossLine]:
        """The lines of the as-of day, in reading order."""
        return [line for line in self.history if line.is_as_of]

    @property
    def closings(self) -> list[date]:
        """The as-of day first, then the closings before it."""
        return sorted({line.closing_date for line in self.history}, reverse=True)

    def at(self, closing: date) -> list[LossLine]:
        """The lines of one closing, in reading order."""
        return [line for line in self.history if line.closing_date == closing]

    @property
    def gross(self) -> Decimal:
        """The receivables of the ledger: all lines together."""
        return sum((line.gross_amount for line in self.lines), Decimal(0))

    @property
    def expected_loss(self) -> Decimal:
        """The expected credit loss over the lifetime, overlay included."""
        return sum((line.expected_loss for line in self.lines), Decimal(0))

    @property
    def overlay(self) -> Decimal:
        """What the forward-looking factor adds or takes."""
        return sum((line.overlay_amount for line in self.lines), Decimal(0))

    @property
    def tax_now(self) -> TaxSummary:
        """The tax schedule of the as-of day."""
        return next(summary for summary in self.tax_summaries if summary.is_as_of)


def read_provisions(tables: Tables, company_id: str) -> Provisions:
    """Read a company's provision tables."""
    loss_12m = tables.dicts(
        "select cast(sum(expected_loss) as decimal(18, 2)) as amount from customer_scores where company_id = ?",
        company_id,
    )[0]["amount"]
    return Provisions(
        history=tables.records(
            LossLine,
            "select closing_date, is_as_of, section, bucket, gross_amount, items, closed_cohorts, first_cohort_month, "
            "last_cohort_month, cohort_reached, cohort_lost, cohort_lost_excluding_vat, cohort_open_amount, "
            "loss_rate_if_open_lost, rate_source, is_floor_configured, loss_rate, is_rate_below_younger_bucket, "
            "forward_looking_factor, overlay_reason, applied_loss_rate, expected_loss_before_overlay, overlay_amount, "
            "expected_loss, expected_loss_excluding_vat from rpt_expected_credit_loss_history where company_id = ? "
            "order by closing_date desc, line_number",
            company_id,
        ),
        exposures=tables.records(
            Exposure,
            "select closing_date, bucket, matrix_gross_amount, matrix_loss_allowance, individual_gross_amount, "
            "individual_loss_allowance, apart_gross_amount, gross_amount, loss_allowance, matrix_loss_rate, loss_rate "
            "from rpt_credit_risk_exposure where company_id = ? order by closing_date desc, line_number",
            company_id,
        ),
        movements=tables.records(
            Movement,
            "select opening_date, closing_date, opening_loss_allowance, originated, collected, written_off, aged, "
            "remeasured, rounding, closing_loss_allowance, receivables_written_off, impairment_loss "
            "from rpt_loss_allowance_movements where company_id = ? order by closing_date desc",
            company_id,
        ),
        cohorts=tables.records(
            Cohort,
            "select cohort_month, state, billed, credited, assigned, settled, lost, lost_excluding_vat, open_amount "
            "from rpt_loss_cohorts where company_id = ? "
            "and closing_date = (select max(closing_date) from rpt_loss_cohorts where company_id = ?) "
            "order by cohort_month desc",
            company_id,
            company_id,
        ),
        tax=tables.records(
            TaxItem,
            f"{_TAX} and t.closing_date = (select max(closing_date) from rpt_tax_provision_summary "
            f"where company_id = ?) {_TAX_ORDER} limit {TAX_SHOWN}",
            company_id,
            company_id,
        ),
        tax_summaries=tables.records(
            TaxSummary,
            "select closing_date, is_as_of, receivables, open_amount, base_amount, vat_unknown_amount, "
            "proposed_provision, ledger_provision, ledger_charge, ledger_reversal, difference "
            "from rpt_tax_provision_summary where company_id = ? order by closing_date desc",
            company_id,
        ),
        loss_12m=loss_12m,
    )


_TAX = """
    select t.closing_date, t.customer_id, coalesce(c.customer_name, t.customer_id) as name, t.document_number,
        t.issue_date, t.due_date, t.event, t.event_date, t.event_known_on, t.event_source, t.is_group, t.is_insured,
        t.open_amount, t.vat_amount, t.is_vat_known, t.base_amount, t.rate, t.rate_source, t.proposed_provision
    from rpt_tax_provision t
    left join dim_customers c on c.company_id = t.company_id and c.customer_id = t.customer_id
    where t.company_id = ?"""
_TAX_ORDER = "order by t.closing_date desc, t.proposed_provision desc, t.invoice_id"


def tax_rows(tables: Tables, company_id: str) -> Iterator[dict[str, Any]]:
    """The tax schedule of every closing, the latest first, up to `DETAIL_LIMIT` receivables."""
    yield from tables.dicts(f"{_TAX} {_TAX_ORDER} limit {DETAIL_LIMIT}", company_id)
