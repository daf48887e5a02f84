"""What the pages say of a company: comparisons, contributions, expectations, each computed once.

What belongs here: figures derived from the records of `dashboards.data` that more than one tile, title,
chart or table shows, so that they agree by construction. What does not: wording and formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from dashboards.actions_data import Actions, read_actions
from dashboards.cash_data import Cash, read_cash
from dashboards.context import LOCALES, Company, Locale, ReportError
from dashboards.data import (
    Ageing,
    CompanyData,
    CustomerAgeing,
    Default,
    DsoMonth,
    OpenInvoice,
    Source,
    Tables,
    read_company,
    read_dso,
    window_days,
)
from dashboards.i18n import Fmt
from dashboards.model_data import Figure, Models, read_models
from dashboards.provisions_data import Provisions, read_provisions
from dashboards.statutory_data import Statutory, read_statutory

FEW_DOCUMENTS = 12
"""Fewer billed documents than this in the whole ledger: nothing can be measured, and the page says so."""

LEDGERS = ("fec", "subledger")
"""Values of `quality.sources.source` that are ledgers; the others are about customers."""

PUBLISHED_CHECK = "published_tie_out"
OPENING_CHECK = "opening_difference"
"""Checks of `quality.reconciliation`: what is published against the ledger; openings against closings."""

ZERO = Decimal(0)


@dataclass(frozen=True)
class Contribution:
    """What one customer adds to a figure in days, now and then; `change` adds up over all customers."""

    customer_id: str
    name: str
    now: float
    then: float

    @property
    def change(self) -> float:
        return self.now - self.then


@dataclass(frozen=True)
class Week:
    """Not-yet-due amounts falling due in the week that starts on `start`; late = Σ p_late × amount."""

    start: date
    amount: Decimal
    late: Decimal


@dataclass(frozen=True)
class RiskPoint:
    """A customer not in default: what is open, what is not yet due and scored, what of it should be late."""

    customer_id: str
    name: str
    exposure: Decimal
    scored: Decimal
    late: Decimal

    @property
    def share(self) -> float:
        return float(self.late / self.scored)


@dataclass(frozen=True)
class DefaultedCustomer:
    """A customer in default: the event, what is open now. It has no probability."""

    event: Default
    exposure: Decimal
    overdue: Decimal


def month_before(day: date, months: int) -> date:
    """The end of the month that lies `months` before the month of `day`."""
    index = day.year * 12 + day.month - months
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)


class Facts:
    """The findings of one company, from its tables. Properties are computed on first use and kept."""

    def __init__(
        self,
        company: Company,
        data: CompanyData,
        statutory: Statutory,
        provisions: Provisions,
        cash: Cash,
        models: Models,
        actions: Actions,
    ) -> None:
        self.company = company
        self.statutory = statutory
        self.provisions = provisions
        self.cash = cash
        self.models = models
        self.actions = actions
        self.as_of = company.as_of
        self.data = data
        rows = {row.month_end: row for row in data.dso}
        self.now: DsoMonth = rows[company.as_of]
        self.month_ago = rows.get(month_before(company.as_of, 1))
        self.year_ago = rows.get(month_before(company.as_of, 12))
        self.base = comparison(data.dso, company.as_of)
        self.is_year = self.base is not None and self.base is self.year_ago
        self._ageing = {row.month_end: row for row in data.ageing}
        self.history: tuple[DsoMonth, ...] = tuple(r for r in data.dso if r.month_end <= company.as_of)[-24:]

    @classmethod
    def read(cls, tables: Tables, company: Company) -> Facts:
        """Read everything of a company.

        Raises:
            ReportError: `fct_dso_monthly` has no row of the company at its as-of date.
        """
        dso = read_dso(tables, company.company_id)
        if company.as_of not in {row.month_end for row in dso}:
            raise ReportError(
                f"fct_dso_monthly has no row of company {company.company_id} at {company.as_of.isoformat()}"
            )
        base = comparison(dso, company.as_of)
        compared = [base.month_end] if base else []
        compared.append(month_before(company.as_of, 3))
        return cls(
            company,
            read_company(tables, company.company_id, company.as_of, compared),
            read_statutory(tables, company.company_id),
            read_provisions(tables, company.company_id),
            read_cash(tables, company.company_id),
            read_models(tables, company.company_id),
            read_actions(tables, company.company_id),
        )

    @classmethod
    def in_languages(cls, tables: Tables, company: Company) -> dict[Locale, Facts]:
        """The findings by language; the same in each, but for what stands for the names of persons."""
        found: dict[Locale, Facts] = {}
        for locale in LOCALES:
            tables.speak(locale)
            is_same = found and not tables.has_persons
            found[locale] = found[LOCALES[0]] if is_same else cls.read(tables, company)
        return found

    # --- the ledger as a whole -----------------------------------------------------------------------
    @property
    def is_nearly_empty(self) -> bool:
        """A ledger with almost no receivables (till sales): a sentence instead of charts."""
        return self.data.billed_documents < FEW_DOCUMENTS

    @cached_property
    def tie(self) -> tuple[Decimal | None, Decimal | None, int]:
        """The ledger balance, its difference from what is published, and the number of differences.

        An opening that differs from the closing before it is itemised, but is no difference of the tie-out:
        the items carry it.
        """
        failed = sum(row.failed for row in self.data.tie_out if row.check != OPENING_CHECK)
        published = next((row for row in self.data.tie_out if row.check == PUBLISHED_CHECK), None)
        if published is None:
            return None, None, failed
        return published.expected, published.difference, failed

    @property
    def has_subledger(self) -> bool:
        """Documents and payments come from a sub-ledger: the ledger, if any, is what it must tie to."""
        return any(source.source == "subledger" for source in self.ledger_files)

    @property
    def has_ledger(self) -> bool:
        """A statutory ledger was read."""
        return any(source.source == "fec" for source in self.ledger_files)

    def formatter(self, locale: Locale) -> Fmt:
        """The company's formatter of a language: its currency, its kind of books."""
        return Fmt(locale, self.company.currency, self.has_subledger)

    @cached_property
    def ledger_files(self) -> tuple[Source, ...]:
        """The ledgers that count in this run: neither duplicates nor superseded, nor external data."""
        return tuple(s for s in self.data.sources if s.source in LEDGERS and s.status in (None, "used"))

    @property
    def rows_read(self) -> int:
        return sum(source.rows_read for source in self.ledger_files)

    @property
    def rows_accepted(self) -> int:
        return sum(source.rows_accepted for source in self.ledger_files)

    @property
    def rows_rejected(self) -> int:
        return sum(source.rows_rejected for source in self.ledger_files)

    @cached_property
    def share_assumed(self) -> float | None:
        """Share of billing whose due date is assumed: over 12 months, else over the whole ledger."""
        if self.now.share_billing_due_assumed_12m is not None:
            return self.now.share_billing_due_assumed_12m
        total = sum((s.amount for s in self.data.due_sources), ZERO)
        assumed = sum(
            (s.amount for s in self.data.due_sources if s.name in ("company_terms", "legal_default")), ZERO
        )
        return float(assumed / total) if total > 0 else None

    @property
    def is_mostly_assumed(self) -> bool:
        return self.share_assumed is not None and self.share_assumed > 0.5

    @cached_property
    def share_fifo(self) -> float | None:
        """Share of paid amounts settled by `fifo`: over 12 months, else over the whole ledger."""
        if self.now.share_fifo_12m is not None:
            return self.now.share_fifo_12m
        total = sum((s.amount for s in self.data.settlement), ZERO)
        fifo = sum((s.amount for s in self.data.settlement if s.name == "fifo"), ZERO)
        return float(fifo / total) if total > 0 else None

    @cached_property
    def one_day(self) -> Decimal | None:
        """What a day of DSO is worth: billing over the three-month window / its days."""
        if self.now.billed_3m is None or self.now.dso_3m is None:
            return None
        return self.now.billed_3m / window_days(self.as_of, 3)

    # --- ageing ----------------------------------------------------------------------------------------
    def ageing_at(self, day: date) -> Ageing:
        """The ageing of a month end; all zero where no customer has a balance then."""
        return self._ageing.get(day) or Ageing(day, *([ZERO] * 9))

    @property
    def ageing(self) -> Ageing:
        return self.ageing_at(self.as_of)

    @property
    def ageing_base(self) -> Ageing | None:
        return self.ageing_at(self.base.month_end) if self.base else None

    @cached_property
    def customers(self) -> tuple[CustomerAgeing, ...]:
        """Customers with something open or on account now, largest balance first."""
        return tuple(c for c in self.data.customers[self.as_of] if c.documents or c.unallocated)

    # --- who moved it ----------------------------------------------------------------------------------
    def _per_customer(self, day: date, row: DsoMonth, delinquent: bool) -> dict[str, tuple[str, float]]:
        billed = row.billed_3m
        if not billed or billed <= 0:
            return {}
        factor = window_days(day, 3) / float(billed)
        return {
            c.customer_id: (c.name, float(c.balance - c.not_due if delinquent else c.balance) * factor)
            for c in self.data.customers.get(day, ())
        }

    def _contributions(self, delinquent: bool) -> tuple[Contribution, ...]:
        if self.base is None or self.now.dso_3m is None or self.base.dso_3m is None:
            return ()
        now = self._per_customer(self.as_of, self.now, delinquent)
        then = self._per_customer(self.base.month_end, self.base, delinquent)
        found = [
            Contribution(
                key,
                (now.get(key) or then[key])[0],
                now.get(key, ("", 0.0))[1],
                then.get(key, ("", 0.0))[1],
            )
            for key in sorted({*now, *then})
        ]
        return tuple(sorted(found, key=lambda c: (-c.change, c.customer_id)))

    @cached_property
    def delay_contributions(self) -> tuple[Contribution, ...]:
        """Per customer, in days: (balance − not due) / Billed × days; sums to the change of the delay."""
        return self._contributions(True)

    @cached_property
    def dso_contributions(self) -> tuple[Contribution, ...]:
        """Per customer, in days: balance / Billed × days; sums to the change of the DSO."""
        return self._contributions(False)

    @cached_property
    def dso_change(self) -> float | None:
        if self.base is None or self.now.dso_3m is None or self.base.dso_3m is None:
            return None
        return self.now.dso_3m - self.base.dso_3m

    @cached_property
    def delay_change(self) -> float | None:
        if self.base is None:
            return None
        now, then = self.now.average_days_delinquent_3m, self.base.average_days_delinquent_3m
        return None if now is None or then is None else now - then

    @property
    def is_delay(self) -> bool:
        """Whether delay makes over half of the change of the DSO: then who moved it is told in delay."""
        change, delay = self.dso_change, self.delay_change
        return change is not None and delay is not None and change != 0 and delay / change > 0.5

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """What the headline and the chart of movers tell: delay where it made the change, else DSO."""
        return self.delay_contributions if self.is_delay else self.dso_contributions

    @cached_property
    def drivers(self) -> tuple[Contribution, ...]:
        """The fewest customers, three at most, that make over half of the change of the DSO; else none."""
        change = self.dso_change
        if change is None or abs(change) < 0.5:
            return ()
        ranked = sorted(
            self.contributions, key=lambda c: (-c.change if change > 0 else c.change, c.customer_id)
        )
        total = 0.0
        for count, contribution in enumerate(ranked[:3], start=1):
            total += contribution.change
            if total / change > 0.5:
                return tuple(ranked[:count])
        return ()

    @cached_property
    def dso_without_drivers(self) -> float | None:
        """The DSO of all other customers: their balance / their billing × days."""
        if not self.drivers or self.now.billed_3m is None:
            return None
        keys = {driver.customer_id for driver in self.drivers}
        balance = sum((c.balance for c in self.data.customers[self.as_of] if c.customer_id in keys), ZERO)
        window = self.data.billed_window[self.as_of]
        billed = self.now.billed_3m - sum((window.get(key, ZERO) for key in keys), ZERO)
        if billed <= 0:
            return None
        return float((self.now.receivables - balance) / billed) * window_days(self.as_of, 3)

    # --- what is expected ------------------------------------------------------------------------------
    @cached_property
    def in_default(self) -> tuple[DefaultedCustomer, ...]:
        """Customers in default now, largest exposure first, each once (its latest event)."""
        states = {c.customer_id: c for c in self.data.customers[self.as_of]}
        found: dict[str, DefaultedCustomer] = {}
        for event in self.data.defaults:
            if event.is_in_default and event.customer_id not in found:
                state = states.get(event.customer_id)
                found[event.customer_id] = DefaultedCustomer(
                    event, state.balance if state else ZERO, state.overdue if state else ZERO
                )
        return tuple(sorted(found.values(), key=lambda d: (-d.exposure, d.event.customer_id)))

    @cached_property
    def default_ids(self) -> frozenset[str]:
        return frozenset(d.event.customer_id for d in self.in_default)

    @property
    def default_exposure(self) -> Decimal:
        return sum((d.exposure for d in self.in_default), ZERO)

    @cached_property
    def due_later(self) -> tuple[OpenInvoice, ...]:
        """Open documents not yet due, scored, of customers not in default: what the late risk is about."""
        return tuple(
            i
            for i in self.data.open_invoices
            if i.due_date is not None
            and i.due_date >= self.as_of
            and i.p_late is not None
            and i.customer_id not in self.default_ids
        )

    @property
    def due_later_amount(self) -> Decimal:
        return sum((i.open_amount for i in self.due_later), ZERO)

    @property
    def expected_late(self) -> Decimal:
        return sum((expected_late(i) for i in self.due_later), ZERO)

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """The not-yet-due by week of due date from the as-of day: eight weeks, the last takes the rest."""
        sums: dict[int, list[Decimal]] = {index: [ZERO, ZERO] for index in range(8)}
        for invoice in self.due_later:
            assert invoice.due_date is not None
            index = min((invoice.due_date - self.as_of).days // 7, 7)
            sums[index][0] += invoice.open_amount
            sums[index][1] += expected_late(invoice)
        return tuple(Week(self.as_of + timedelta(days=7 * k), *v) for k, v in sums.items())

    @cached_property
    def risks(self) -> tuple[RiskPoint, ...]:
        """Customers not in default with scored, not-yet-due documents; largest expected late first."""
        scored: dict[str, list[Decimal]] = {}
        for invoice in self.due_later:
            sums = scored.setdefault(invoice.customer_id, [ZERO, ZERO])
            sums[0] += invoice.open_amount
            sums[1] += expected_late(invoice)
        points = [
            RiskPoint(c.customer_id, c.name, c.balance, *scored[c.customer_id])
            for c in self.customers
            if c.customer_id in scored
        ]
        return tuple(sorted(points, key=lambda p: (-p.late, p.customer_id)))

    # --- the model -------------------------------------------------------------------------------------
    @cached_property
    def served(self) -> Figure | None:
        """The headline figure of what is served: its AUC for any lateness out of time, or none."""
        return self.models.served("late_payment", "late", "auc")


def expected_late(invoice: OpenInvoice) -> Decimal:
    """p_late × open amount, exact: probabilities are published to four decimals."""
    return Decimal(str(invoice.p_late or 0)) * invoice.open_amount


def comparison(rows: Sequence[DsoMonth], as_of: date) -> DsoMonth | None:
    """The row to compare with: a year before, else the first month end with a DSO at least 3 months back."""
    with_dso = {row.month_end: row for row in rows if row.dso_3m is not None}
    if (found := with_dso.get(month_before(as_of, 12))) is not None:
        return found
    earliest = min(with_dso, default=None)
    if earliest is not None and earliest <= month_before(as_of, 3):
        return with_dso[earliest]
    return None
