"""A small ledger's tables, in the shape that the reports read, made from one seed.

The figures are computed from invoices and payments by DOMAIN §3, so that they agree with each other as
real marts do: that is what the tests of the pages lean on. `Plan` says what kind of ledger it is.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dashboards import Company, FileHash, SiteContext
from dashboards.data import window_days, window_start
from ml.tables import BACKTEST, DRIFT, MODEL_CARDS, RELIABILITY

MONEY = pa.decimal128(18, 2)
RATE = pa.decimal128(28, 4)
CENT = Decimal("0.01")
ZERO = Decimal(0)

HOSTILE = (
    "<script>alert('x')</script>",
    "=cmd|' /C calc'!A0",
    '"><img src=x onerror=alert(1)>',
    "</script><b>gras & « co » ; 100 % : {n}",
    "Société d’Exploitation des Établissements Vandenbroucke-Lemercier et Associés du Grand Est",
)

NAMES = (
    *("Bâti-Ouest", "Texalis", "SARL Lemoine", "Cartonnerie du Lez"),
    *("Garage Vasseur", "Imprimerie Solune", "Menuiserie Kerdoncuff", "Transports Aubrac"),
    *("Hôtel du Cap", "Biscuiterie Marcillac", "Atelier Roncevaux", "Clinique des Tilleuls"),
    *("Pépinières Joly", "Charpentes Morvan", "Verrerie de l’Ill", "Laiterie des Monts"),
    *("Papeterie Cassagne", "Chaudronnerie Faure", "Nautic Services", "Vignobles Peyrat"),
    *("Électricité Gaudin", "Maçonnerie Bastide", "Studio Parallèle", "Serres de Provence"),
    *("Groupe Ardent"),
)


@dataclass(frozen=True)
class Plan:
    """What to make: `months` of a ledger ending at `as_of`, by `customers` customers."""

    months: int = 30
    customers: int = 40
    as_of: date = date(2025, 12, 31)
    company_id: str = "732829320"
    seed: int = 7
    names: tuple[str, ...] = ()
    is_assumed: bool = False
    is_till: bool = False
    has_model: bool = True
    has_rejects: bool = False
    has_own_buckets: bool = False
    has_subledger: bool = False
    has_events: bool = False
    fails: tuple[str, ...] = field(default=())


PLANS = {
    "demo": Plan(has_events=True),
    "hostile": Plan(
        has_events=True,
        names=HOSTILE,
        months=14,
        customers=12,
        is_assumed=True,
        has_rejects=True,
        has_own_buckets=True,
        fails=("tie",),
    ),
    "till": Plan(is_till=True, months=13),
    "short": Plan(months=2, customers=12, has_model=False),
    "year": Plan(months=12, customers=12),
    "subledger": Plan(months=14, customers=12, has_subledger=True),
}


@dataclass
class Invoice:
    invoice_id: str
    customer_id: str
    issue: date
    due: date | None
    amount: Decimal
    paid: date | None
    method: str
    kind: str = "invoice"


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def month_ends(plan: Plan) -> list[date]:
    index = plan.as_of.year * 12 + plan.as_of.month - 1
    ends = [month_end(date((index - k) // 12, (index - k) % 12 + 1, 1)) for k in range(plan.months)]
    return [min(end, plan.as_of) for end in reversed(ends)]


def ledger(plan: Plan) -> tuple[dict[str, str], list[Invoice]]:
    """Customers by id and their invoices; the first customers drift, the first one stops paying."""
    chance = random.Random(plan.seed)
    ends = month_ends(plan)
    pool = [*plan.names, *NAMES]
    names = {
        f"C{k:04d}": pool[k] if k < len(pool) else f"{NAMES[k % len(NAMES)]} {k // len(NAMES) + 1}"
        for k in range(plan.customers)
    }
    invoices: list[Invoice] = []
    if plan.is_till:
        first = ends[0].replace(day=1)
        for k, amount in enumerate(("90000.00", "38200.50", "-12.00", "12.00")):
            invoices.append(
                Invoice(f"I{k}", "UNIDENTIFIED", first, None, Decimal(amount), None, "fifo", "other")
            )
        return {"UNIDENTIFIED": "UNIDENTIFIED"}, invoices
    for position, customer in enumerate(names):
        size = 40_000 / (1 + position) ** 0.7
        slow = chance.choice((-3, 0, 2, 6, 12))
        for step, end in enumerate(ends):
            first = end.replace(day=1)
            for _ in range(chance.choice((1, 1, 2))):
                issue = first + timedelta(days=chance.randrange(0, (end - first).days + 1))
                season = 0.7 if issue.month == 8 else 1.0
                amount = Decimal(str(round(size * season * (0.5 + chance.random()), 2))).quantize(CENT)
                due = issue + timedelta(days=30 if position % 3 else 45)
                drift = max(0, step - plan.months + 8) * 7 if position < 3 else 0
                delay = slow + drift + chance.choice((-2, 0, 0, 1, 4, 9, 20))
                paid: date | None = max(issue, due + timedelta(days=delay))
                if position == 0 and step > plan.months - 7:
                    paid = None
                if paid is not None and paid > plan.as_of:
                    paid = None
                method = chance.choices(("ledger", "reference", "exact_amount", "fifo"), (60, 20, 10, 10))[0]
                number = len(invoices)
                invoices.append(Invoice(f"I{number:06d}", customer, issue, due, amount, paid, method))
        if position == 5:
            number = len(invoices)
            invoices.append(
                Invoice(
                    f"I{number:06d}",
                    customer,
                    ends[-1].replace(day=1),
                    None,
                    Decimal("-312.40"),
                    None,
                    "ledger",
                    "credit_note",
                )
            )
    return names, invoices


def write(path: Path, schema: list[tuple[str, Any]], rows: Iterable[dict[str, Any]]) -> None:
    """One Parquet file; a key that a row lacks is null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=pa.schema(schema)), path)


def _ratio(top: Decimal | float, bottom: Decimal | float) -> float | None:
    return round(float(top) / float(bottom), 4) if bottom and bottom > 0 else None


def make_tables(folder: Path, plan: Plan | None = None) -> Path:
    """Write `marts/`, `ml/`, `quality/` of one plan under `folder`."""
    return make_companies(folder, [plan or Plan()])


def make_companies(folder: Path, plans: list[Plan]) -> Path:
    """Write the tables of several companies under `folder`."""
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for plan in plans:
        for name, rows in company_tables(plan).items():
            tables[name].extend(rows)
    if any(plan.has_model for plan in plans):
        tables["ml/model_cards"] = model_cards(plans[0])
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ratio = {
                "sql_text": row["sql_text"] or "numerator / denominator",
                "position": int(row["position"]),
            }
            tables["marts/metric_dictionary"].append(row | ratio)
    for name, schema in SCHEMAS.items():
        write(folder / f"{name}.parquet", schema, tables[name])
    return folder


def company_tables(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table, by `folder/table`."""
    names, invoices = ledger(plan)
    company = plan.company_id
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_customer: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        by_customer[invoice.customer_id].append(invoice)
        is_open = invoice.paid is None
        source = "legal_default" if plan.is_assumed else "customer_terms"
        out["marts/fct_invoices"].append(
            {
                "company_id": company, "invoice_id": invoice.invoice_id, "customer_id": invoice.customer_id,
                "document_type": invoice.kind, "document_number": f"F{invoice.invoice_id[1:]}",
                "entry_date": invoice.issue, "issue_date": invoice.issue, "due_date": invoice.due,
                "due_date_source": source if invoice.due else "unknown",
                "is_due_date_assumed": plan.is_assumed and invoice.due is not None,
                "amount": invoice.amount, "open_amount": invoice.amount if is_open else ZERO,
                "currency": "EUR", "foreign_amount": invoice.amount * 2 if is_open else None,
                "foreign_currency": "USD" if is_open else None,
                "is_disputed": plan.has_events and is_open and invoice.customer_id == "C0001",
            }
        )  # fmt: skip
        if invoice.paid is not None:
            out["marts/fct_payments"].append(
                {
                    "company_id": company, "payment_id": f"P{invoice.invoice_id}", "customer_id": invoice.customer_id,
                    "kind": "receipt", "payment_date": invoice.paid, "amount": invoice.amount,
                }
            )  # fmt: skip
            out["marts/fct_allocations"].append(
                {
                    "company_id": company, "invoice_id": invoice.invoice_id, "payment_id": f"P{invoice.invoice_id}",
                    "kind": "payment", "allocation_date": invoice.paid, "amount": invoice.amount,
                    "method": invoice.method,
                }
            )  # fmt: skip
    for position, (customer, name) in enumerate(names.items()):
        out["marts/dim_customers"].append(
            {
                "company_id": company, "customer_id": customer, "customer_name": name, "siren": None,
                "legal_status": "receivership" if position == 0 and not plan.is_till else "active",
                "credit_limit": Decimal(20000) if position == 1 else None,
                "legal_unit_id": f"90000000{position}" if position < 4 else None,
                # The second and the third have the first for head.
                "group_id": ("900000000" if position in (0, 1, 2) else f"90000000{position}")
                if position < 4 else None,
                "legal_name": name.upper(), "is_sole_trader": False, "is_consumer": False, "is_restricted": False,
                "is_person": False,
            }
        )  # fmt: skip
    billed = {
        end: sum(
            (i.amount for i in invoices if i.kind != "other" and month_end(i.issue) == month_end(end)), ZERO
        )
        for end in month_ends(plan)
    }
    first_day = min(i.issue for i in invoices).replace(day=1)
    previous: Decimal | None = None
    for end in month_ends(plan):
        previous = _month(out, plan, end, by_customer, billed, first_day, previous)
    _metrics(out, plan)
    _events(out, plan, names)
    _followup(out, plan)
    _companies(out, plan, names)
    _statutory(out, plan, invoices)
    _provisions(out, plan, names)
    _scores(out, plan, invoices)
    _models(out, plan)
    _cash(out, plan, invoices)
    _quality(out, plan, invoices)
    return out


def _state(invoices: list[Invoice], end: date) -> dict[str, Decimal]:
    row = dict.fromkeys(AGEING, ZERO)
    for i in invoices:
        if i.issue > end or (i.paid is not None and i.paid <= end):
            continue
        if i.amount < 0:
            row["unallocated"] -= i.amount
            continue
        days = (end - i.due).days if i.due else None
        if days is None:
            key = "due_date_unknown"
        elif days <= 0:
            key = "not_due"
        elif days <= 30:
            key = "overdue_1_30"
        elif days <= 60:
            key = "overdue_31_60"
        elif days <= 90:
            key = "overdue_61_90"
        elif days <= 120:
            key = "overdue_91_120"
        else:
            key = "overdue_over_120"
        row[key] += i.amount
    row["balance"] = sum((v for k, v in row.items() if k != "unallocated"), ZERO) - row["unallocated"]
    return row


def _month(
    out: dict[str, list[dict[str, Any]]],
    plan: Plan,
    end: date,
    by_customer: dict[str, list[Invoice]],
    billed: dict[date, Decimal],
    first_day: date,
    previous: Decimal | None,
) -> Decimal:
    company = plan.company_id
    total = dict.fromkeys((*AGEING, "balance"), ZERO)
    paid = [
        i for rows in by_customer.values() for i in rows
        if i.paid is not None and window_start(end, 3) <= i.paid <= end and i.due
    ]  # fmt: skip
    for customer, invoices in by_customer.items():
        state = _state(invoices, end)
        if any(state.values()):
            out["marts/fct_ageing_monthly"].append(
                {"company_id": company, "customer_id": customer, "month_end": end, **state}
            )
        for key, value in state.items():
            total[key] += value
        mine = [i for i in paid if i.customer_id == customer]
        late = _days(mine, late=True)
        out["marts/fct_customer_behaviour_monthly"].append(
            {
                "company_id": company, "customer_id": customer, "month_end": end,
                "billed_12m": sum((i.amount for i in invoices if i.issue <= end), ZERO), "days_late_12m": late,
                "days_late_3m": late, "oldest_overdue_days": 0, "share_paid_late_12m": 0.3,
                "paid_count_12m": len(mine), "balance": state["balance"],
                "insured_limit": Decimal(1000) if plan.has_events else None,
                "uninsured_exposure": max(state["balance"] - 1000, ZERO) if plan.has_events else None,
            }
        )  # fmt: skip
    receivables, not_due = total["balance"], total["not_due"]
    overdue = sum((total[k] for k in AGEING if k.startswith("overdue")), ZERO)
    row: dict[str, Any] = {
        "company_id": company, "month_end": end, "is_month_end": end == month_end(end), "receivables": receivables,
        "not_due": not_due, "overdue": overdue, "billed": billed[end],
    }  # fmt: skip
    for months in (3, 12):
        start = window_start(end, months)
        window = (
            sum((b for e, b in billed.items() if start <= e <= end), ZERO) if start >= first_day else None
        )
        row[f"billed_{months}m"] = window
        days = window_days(end, months)
        dso = _ratio(receivables * days, window) if window else None
        best = _ratio(not_due * days, window) if window else None
        row[f"dso_{months}m"] = dso
        row[f"best_possible_dso_{months}m"] = best
        row[f"average_days_delinquent_{months}m"] = (
            round(dso - best, 4) if dso is not None and best is not None else None
        )
        row[f"days_to_pay_{months}m"] = _days(paid, late=False)
        row[f"days_late_{months}m"] = _days(paid, late=True)
        row[f"days_late_net_{months}m"] = _days(paid, late=True)
        amount = sum((i.amount for i in paid), ZERO)
        row[f"share_paid_late_amount_{months}m"] = _ratio(
            sum((i.amount for i in paid if i.paid and i.due and i.paid > i.due), ZERO), amount
        )
        row[f"share_paid_late_count_{months}m"] = row[f"share_paid_late_amount_{months}m"]
        row[f"share_fifo_{months}m"] = _ratio(
            sum((i.amount for i in paid if i.method == "fifo"), ZERO), amount
        )
    row["share_billing_due_assumed_12m"] = None if plan.months < 12 else (1.0 if plan.is_assumed else 0.0)
    row["dso_countback"] = round(row["dso_3m"] * 0.93, 4) if row["dso_3m"] is not None else None
    row["countback_unexplained"] = 0.0
    row["true_dso"] = round(row["dso_3m"] * 0.88, 4) if row["dso_3m"] is not None else None
    if previous is not None and previous + billed[end] - not_due > 0:
        row["collection_effectiveness_index"] = _ratio(
            100 * (previous + billed[end] - receivables), previous + billed[end] - not_due
        )
    row["percent_current"] = _ratio(not_due, receivables)
    out["marts/fct_dso_monthly"].append(row)
    return receivables


def _metrics(out: dict[str, list[dict[str, Any]]], plan: Plan) -> None:
    """The other scopes, the configured buckets (one of 45 days and the rest) and the assumed terms."""
    company, total = plan.company_id, out["marts/fct_dso_monthly"][-1]
    half = (total["receivables"] / 2).quantize(CENT)
    for scope, keys in (
        ("sector", ({"sector_code": "41.20A"}, {"sector_code": "unknown"})),
        ("country", ({"country_code": "FR"},)),
        ("size", ({"size_category": "<PME>"}, {"size_category": "unknown"})),
        (
            "attribute",
            tuple({"attribute_name": "<i>seg</i>", "attribute_value": v} for v in ("<b>A</b>", "unknown")),
        ),
    ):
        for number, key in enumerate(keys):
            receivables = (
                total["receivables"] if len(keys) == 1 else (half, total["receivables"] - half)[number]
            )
            out[f"marts/fct_dso_by_{scope}_monthly"].append(
                {**total, **key, "receivables": receivables, "overdue": ZERO, "unallocated": ZERO}
            )
    for row in out["marts/fct_ageing_monthly"]:
        if row["company_id"] != company:
            continue
        first = row["overdue_1_30"] + row["overdue_31_60"]
        last = row["overdue_61_90"] + row["overdue_91_120"] + row["overdue_over_120"]
        for label, low, high, amount in (
            ("not_due", None, 0, row["not_due"]),
            ("overdue_1_60" if plan.has_own_buckets else "overdue_1_30", 1, 60, first),
            ("overdue_over_60" if plan.has_own_buckets else "overdue_over_120", 61, None, last),
            ("due_date_unknown", None, None, row["due_date_unknown"]),
            ("unallocated", None, None, -row["unallocated"]),
        ):
            if amount:
                out["marts/fct_ageing_buckets_monthly"].append(
                    {
                        "company_id": company, "month_end": row["month_end"], "bucket_from_days": low,
                        "bucket_to_days": high, "bucket_label": label, "amount": amount,
                    }
                )  # fmt: skip
    for scenario, terms in (("30", "30"), ("45 EOM", "45 EOM"), ("60", "60"), ("in_force", "30 FDM le 10")):
        out["marts/rpt_terms_sensitivity"].append(
            {
                **total, "scenario": scenario, "assumed_terms": terms, "is_in_force": scenario == "in_force",
                "overdue_share": 0.25,
            }
        )  # fmt: skip


def _days(paid: list[Invoice], *, late: bool) -> float | None:
    amount = sum((i.amount for i in paid), ZERO)
    if not amount:
        return None
    total = ZERO
    for i in paid:
        assert i.paid and i.due
        total += i.amount * (max((i.paid - i.due).days, 0) if late else (i.paid - i.issue).days)
    return round(float(total / amount), 4)


def _events(out: dict[str, list[dict[str, Any]]], plan: Plan, names: dict[str, str]) -> None:
    if plan.is_till or plan.months < 12:
        return
    customers = list(names)
    states = {
        row["customer_id"]: row for row in out["marts/fct_ageing_monthly"] if row["month_end"] == plan.as_of
    }
    published = plan.as_of - timedelta(days=19)
    out["marts/fct_receivables_by_proceeding"].append(
        {
            "company_id": plan.company_id, "customer_id": customers[0],
            "judgment_date": published - timedelta(days=9), "publication_date": published,
            "kind": "opening_receivership",
            "open_amount_at_judgment": states[customers[0]]["balance"], "open_amount": states[customers[0]]["balance"],
            "claim_deadline": published + timedelta(days=62), "relief_deadline": published + timedelta(days=182),
            "state": "open",
        }
    )  # fmt: skip
    for customer, reason, day, cured, is_in in (
        (customers[0], "proceedings", published, None, True),
        (customers[2], "overdue_90", plan.as_of - timedelta(days=40), None, True),
        (
            customers[7],
            "overdue_90",
            plan.as_of - timedelta(days=400),
            plan.as_of - timedelta(days=200),
            False,
        ),
    ):
        out["marts/fct_customer_defaults"].append(
            {
                "company_id": plan.company_id, "customer_id": customer, "default_date": day, "reason": reason,
                "amount": Decimal("5000.00"), "cured_on": cured, "is_in_default": is_in,
            }
        )  # fmt: skip


WARNING_KINDS = (
    "growing_delays", "falling_billing", "falling_orders", "first_partial_payment", "first_dispute",
    "broken_promise", "payment_rejected", "unfiled_accounts", "negative_equity", "group_proceedings",
    "address_changed", "managers_changed",
)  # fmt: skip
EVENT_KINDS = (
    "opening_safeguard", "opening_receivership", "opening_liquidation", "conversion_receivership",
    "conversion_liquidation", "plan", "closure", "annulment", "struck_off", "ceased", "sale", "address", "managers",
    "capital", "name", "accounts_filed", "creation", "other",
)  # fmt: skip
MEASURES = {"growing_delays": 15.4, "falling_billing": 0.62, "falling_orders": 0.5, "first_partial_payment": 0.25,
            "negative_equity": -12.5}  # fmt: skip


def _companies(out: dict[str, list[dict[str, Any]]], plan: Plan, names: dict[str, str]) -> None:
    """Every kind of warning and event of two customers; four customers' companies known, two filed accounts."""
    company, day = plan.company_id, plan.as_of
    customers = list(names)
    for position, customer in enumerate(customers):
        is_known = position < 4
        status = "accepted" if is_known else ("doubtful", "refused", "unmatched")[position % 3]
        out["marts/customer_identities"].append(
            {
                "company_id": company, "customer_id": customer, "status": status,
                "legal_unit_id": f"90000000{position}" if is_known else None,
                "method": ("declared", "siret", "vat_number", "name")[position] if is_known else None,
                "score": 1.0 if is_known else 0.7, "matched_name": names[customer], "candidates": 3,
                "balance": Decimal(100 * (position + 1)),
            }
        )  # fmt: skip
    if not plan.has_events:
        return
    for position, kind in enumerate(WARNING_KINDS):
        out["marts/fct_early_warnings"].append(
            {
                "company_id": company, "customer_id": customers[1 + position % 2], "warning_kind": kind,
                # The last two were seen long ago.
                "warning_date": day - timedelta(days=position if position < 10 else 400),
                "strength": 0.3 + position / 20, "measure": MEASURES.get(kind),
                "source_table": "fct_x", "source_key": f"K{position}",
            }
        )  # fmt: skip
    out["marts/fct_early_warnings"].append(
        {
            "company_id": company, "customer_id": customers[2], "warning_kind": "broken_promise",
            "warning_date": day - timedelta(days=30), "strength": 0.6, "measure": None,
            "source_table": "fct_x", "source_key": "OLD",
        }
    )  # fmt: skip
    for kind, seen, bad in (("broken_promise", 20, 3), ("falling_orders", 30, 1), ("any_month", 900, 45)):
        out["marts/rpt_early_warning_evidence"].append(
            {
                "company_id": company, "warning_kind": kind, "observations": seen, "followed_by_default": bad,
                "default_rate": bad / seen,
            }
        )  # fmt: skip
    for position, kind in enumerate(EVENT_KINDS):
        out["marts/fct_company_events"].append(
            {
                "company_id": company, "customer_id": customers[position % 2], "event_id": f"bodacc:N{position}",
                "event_kind": kind, "event_date": day - timedelta(days=20), "known_on": day - timedelta(days=position),
                "source": "bodacc", "court": "TC", "exposure_at_event": Decimal(1000 + position),
                "open_amount": Decimal(500), "notice_type": "annonce",
            }
        )  # fmt: skip
    for year, confidentiality in ((2022, "public"), (2023, "confidential")):
        for unit in ("900000000", "900000001")[: 2 if year == 2022 else 1]:
            out["marts/fct_filed_accounts"].append(
                {
                    "company_id": company, "legal_unit_id": unit, "closing_date": date(year, 12, 31),
                    "confidentiality": confidentiality,
                }
            )  # fmt: skip


def _followup(out: dict[str, list[dict[str, Any]]], plan: Plan) -> None:
    """Disputes, promises, reminders… of a plan that has them; every table of events as a source, absent or not."""
    company, day = plan.company_id, plan.as_of
    for event in (
        "disputes",
        "promises",
        "reminders",
        "orders",
        "instalments",
        "insured_limits",
        "overrides",
    ):
        told = plan.has_events and event != "orders"
        out["marts/event_sources"].append(
            {
                "company_id": company, "event": event, "is_configured": told, "rows_given": 9 if told else 0,
                "about_documents": 5 if told else 0, "about_customers": 3 if told else 0,
                "unknown_documents": 1 if event == "disputes" and told else 0, "ambiguous_documents": 0,
                "unknown_customers": 0, "rows_after_as_of": 0,
                "first_date": day - timedelta(days=300) if told else None, "last_date": day if told else None,
            }
        )  # fmt: skip
    if not plan.has_events:
        return
    for number, is_open in enumerate((True, False, True)):
        out["marts/fct_disputes"].append(
            {
                "company_id": company, "dispute_id": f"D{number}", "document_reference": None if number else "F7",
                "customer_id": "C0001", "opened_on": day - timedelta(days=40 + number), "reason": "Prix <b>faux</b>",
                "is_open": is_open, "days_open": 40 + number, "documents": 3,
                "disputed_amount": Decimal("120.50") if is_open else ZERO,
                "subject": "document" if number < 2 else "unknown_document",
            }
        )  # fmt: skip
    for number, status in enumerate(("kept", "kept", "broken", "pending", "broken", "nothing_owed")):
        out["marts/fct_promises"].append(
            {
                "company_id": company, "promise_id": f"P{number}", "document_reference": f"F{number}",
                "customer_id": "C0002", "promised_on": day - timedelta(days=30),
                # The fifth was due more than a year ago: neither counted nor listed.
                "due_on": day - timedelta(days=10 if number != 4 else 500) if status != "pending" else day,
                "expected_amount": Decimal(300), "received_amount": Decimal(300 if status == "kept" else 100),
                "status": status,
            }
        )  # fmt: skip
    for number, level in enumerate((1, 2, 3, None)):
        out["marts/fct_reminders"].append(
            {
                "company_id": company,
                "reminder_id": f"R{number}",
                "sent_on": day - timedelta(days=9),
                "level": level,
            }
        )
    out["marts/fct_instalments"].append(
        {
            "company_id": company, "instalment_id": "I0", "amount": Decimal(90), "paid_amount": Decimal(30),
            "status": "late",
        }
    )  # fmt: skip


def _statutory(out: dict[str, list[dict[str, Any]]], plan: Plan, invoices: list[Invoice]) -> None:
    """Calendar years, amounts with 20 % VAT: tables I and II, tie-out, terms and penalties at 12 %."""
    company = plan.company_id
    first = min(i.issue for i in invoices).year
    for year in range(first, plan.as_of.year + 1):
        start, closing = date(year, 1, 1), min(date(year, 12, 31), plan.as_of)
        key = {"company_id": company, "fiscal_year_start": start, "closing_date": closing}
        issued = [i for i in invoices if start <= i.issue <= closing and i.amount > 0 and i.kind == "invoice"]
        for number in ("I", "II"):
            found: dict[str, list[Invoice]] = defaultdict(list)
            for i in invoices:
                is_open = i.issue <= closing and (i.paid is None or i.paid > closing)
                if i.amount <= 0 or (number == "I" and not is_open):
                    continue
                if i.due is None:
                    found["due_date_unknown"].append(i)
                    continue
                last = min(i.paid or closing, closing)
                days = (last - i.due).days
                if number == "II" and (i.due >= closing or last < start or days <= 0):
                    days = 0
                    if i not in issued:
                        continue
                found[_law_bucket(days)].append(i)
                if days > 0:
                    found["total"].append(i)
            reference = sum((_net(i.amount) for i in issued), ZERO)
            for rank, bucket in enumerate(LAW_BUCKETS, start=1):
                rows = found[bucket]
                amount = sum((_net(i.amount) for i in rows), ZERO)
                out["marts/rpt_statutory_late_payments"].append(
                    {
                        **key, "fiscal_year_end": date(year, 12, 31), "is_provisional": closing < date(year, 12, 31),
                        "table_number": number, "bucket": bucket, "bucket_rank": rank, "tax_basis": "excluding_vat",
                        "invoice_count": len(rows), "amount": amount,
                        "amount_including_vat": sum((i.amount for i in rows), ZERO),
                        "share_of_amount": _ratio(amount, reference), "reference_amount": reference,
                        "share_of_count": _ratio(len(rows), len(issued)) if number == "II" else None,
                        "reference_count": len(issued) if number == "II" else None,
                        "contractual_count": 0 if plan.is_assumed else len(rows),
                        "contractual_amount": ZERO if plan.is_assumed else amount,
                        "legal_count": len(rows) if plan.is_assumed else 0,
                        "legal_amount": amount if plan.is_assumed else ZERO, "vat_unknown_count": 0,
                        "vat_unknown_amount": ZERO,
                    }
                )  # fmt: skip
        total = out["marts/rpt_statutory_late_payments"][-11]
        assert (total["table_number"], total["bucket"]) == ("I", "total")
        net, gross = total["amount"], total["amount_including_vat"]
        for rank, (item, amount) in enumerate(
            {
                "ageing_past_due": gross, "other_movements": ZERO, "disputed": ZERO, "vat": net - gross,
                "table_i_total": net, "difference": ZERO,
            }.items(), start=1,
        ):  # fmt: skip
            out["marts/rpt_statutory_tie_out"].append(
                {**key, "item_rank": rank, "item": item, "amount": amount}
            )
    if plan.is_till:
        return
    verdicts = ("compliant", "over", "compliant_only_if_45_then_end_of_month", "compliant")
    for position, customer in enumerate(sorted({i.customer_id for i in invoices})):
        verdict = "not_judged" if plan.is_assumed and position > 2 else verdicts[position % 4]
        out["marts/rpt_payment_terms_compliance"].append(
            {
                "company_id": company, "fiscal_year": plan.as_of.year, "customer_id": customer,
                "due_date_source": "legal_default" if verdict == "not_judged" else "customer_terms",
                "agreed_terms": None if verdict == "not_judged" else "45 EOM", "ceiling_days": 60,
                "longest_term_days": 75, "days_beyond_net": 15, "days_beyond_45_then_end_of_month": 0,
                "days_beyond_end_of_month_then_45": 14, "verdict": verdict, "invoice_count": 3,
                "amount": Decimal("1234.56"), "over_amount": Decimal("1234.56") if verdict == "over" else ZERO,
            }
        )  # fmt: skip
    for i in invoices:
        last = i.paid or plan.as_of
        if i.due is None or i.amount <= 0 or last <= i.due:
            continue
        day, indemnity = i.due + timedelta(days=1), Decimal(40)
        while day <= last:
            start = date(day.year, 1 if day.month < 7 else 7, 1)
            end = min(last, date(day.year, 6, 30) if day.month < 7 else date(day.year, 12, 31))
            days = (end - day).days + 1
            rate = None if plan.is_assumed and start == date(2025, 7, 1) else Decimal(12)
            out["marts/fct_late_payment_penalties"].append(
                {
                    "company_id": company, "customer_id": i.customer_id, "invoice_id": i.invoice_id,
                    "semester_start": start, "document_number": f"F{i.invoice_id[1:]}", "due_date": i.due,
                    "first_day": day, "last_day": end, "days": days, "amount_days": i.amount * days, "rate_pct": rate,
                    "rate_source": "ecb_plus_10", "minimum_rate_pct": Decimal("8.28"),
                    "is_contract_rate_refused": False, "indemnity": indemnity,
                    "interest": None if rate is None else (i.amount * days * 12 / 36500).quantize(CENT),
                }
            )  # fmt: skip
            day, indemnity = end + timedelta(days=1), ZERO


LOSS_BUCKETS = (
    "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_91_120", "overdue_over_120",
    "due_date_unknown",
)  # fmt: skip
LOSS_LINES = (
    *(("matrix", bucket) for bucket in LOSS_BUCKETS),
    *(("individual", bucket) for bucket in ("in_proceedings", "doubtful")),
    *(("apart", bucket) for bucket in ("disputed", "insured", "group", "retention")),
    *(("credit", bucket) for bucket in ("assigned", "credit_note", "unallocated")),
)


def _provisions(out: dict[str, list[dict[str, Any]]], plan: Plan, names: dict[str, str]) -> None:
    """Closings at each 31 December; the first customer in proceedings at 100 %, the others by age.

    Rates 1, 2, 5, 10, 30 and 60 % by age; a hostile plan has a factor of 1.1 and its own floors.
    """
    company, factor = plan.company_id, Decimal("1.1") if plan.names else Decimal(1)
    rates = [Decimal(r) for r in ("0.01", "0.02", "0.05", "0.1", "0.3", "0.6", "0.1")]
    judged = "" if plan.is_till else next(iter(names))
    ends = [end for end in month_ends(plan) if end.month == 12 or end == plan.as_of]
    before: Decimal | None = None
    for closing in ends:
        state = [row for row in out["marts/fct_ageing_monthly"] if row["month_end"] == closing]
        gross: dict[tuple[str, str], Decimal] = dict.fromkeys(LOSS_LINES, ZERO)
        aged = {bucket: [ZERO, ZERO] for bucket in LOSS_BUCKETS}
        for row in state:
            gross["credit", "unallocated"] -= row["unallocated"]
            for bucket in LOSS_BUCKETS:
                is_judged = row["customer_id"] == judged
                gross[("individual", "in_proceedings") if is_judged else ("matrix", bucket)] += row[bucket]
                aged[bucket][is_judged] += row[bucket]
        total = ZERO
        for number, ((section, bucket), amount) in enumerate(gross.items(), start=1):
            rate = rates[number - 1] if section == "matrix" else Decimal(bucket == "in_proceedings")
            has_rate = section in ("matrix", "individual")
            applied = rate * factor if section == "matrix" else rate
            plain, loss = (amount * rate).quantize(CENT), (amount * applied).quantize(CENT)
            total += loss
            is_floor = plan.is_assumed or bucket in ("due_date_unknown", "in_proceedings", "doubtful")
            measured = section == "matrix" and bucket != "due_date_unknown"
            out["marts/rpt_expected_credit_loss_history"].append(
                {
                    "company_id": company, "closing_date": closing, "is_as_of": closing == plan.as_of,
                    "line_number": number, "section": section, "bucket": bucket, "gross_amount": amount,
                    "items": int(amount != 0), "closed_cohorts": 12 if measured else None,
                    "first_cohort_month": date(2024, 1, 1) if measured else None,
                    "last_cohort_month": date(2024, 12, 1) if measured else None,
                    "cohort_reached": Decimal(1000) if measured else None,
                    "cohort_lost": Decimal(10) if measured else None,
                    "cohort_lost_excluding_vat": Decimal(8) if measured else None,
                    "cohort_open_amount": Decimal(5) if measured else None,
                    "loss_rate_if_open_lost": Decimal("0.015") if measured else None,
                    "rate_source": ("floor" if is_floor else "observed") if has_rate else "not_assessed",
                    "is_floor_configured": bool(plan.names), "loss_rate": rate if has_rate else None,
                    "is_rate_below_younger_bucket": bool(plan.names) and bucket == "overdue_91_120",
                    "forward_looking_factor": factor if section == "matrix" else Decimal(1),
                    "overlay_reason": plan.names[0] if plan.names and section == "matrix" else None,
                    "applied_loss_rate": applied if has_rate else None, "expected_loss_before_overlay": plain,
                    "overlay_amount": loss - plain, "expected_loss": loss,
                    "expected_loss_excluding_vat": (loss / Decimal("1.2")).quantize(CENT),
                }
            )  # fmt: skip
        for number, bucket in enumerate((*LOSS_BUCKETS, "unallocated"), start=1):
            own, other = aged.get(bucket, [ZERO, ZERO])
            rate = rates[number - 1] * factor if bucket != "unallocated" else ZERO
            apart = gross["credit", "unallocated"] if bucket == "unallocated" else ZERO
            loss = (own * rate).quantize(CENT)
            out["marts/rpt_credit_risk_exposure"].append(
                {
                    "company_id": company, "closing_date": closing, "line_number": number, "bucket": bucket,
                    "matrix_gross_amount": own, "matrix_loss_allowance": loss, "individual_gross_amount": other,
                    "individual_loss_allowance": other, "apart_gross_amount": apart,
                    "gross_amount": own + other + apart, "loss_allowance": loss + other,
                    "matrix_loss_rate": rate if own else None, "loss_rate": None,
                }
            )  # fmt: skip
        if before is not None:
            out["marts/rpt_loss_allowance_movements"].append(
                {
                    "company_id": company, "opening_date": date(closing.year - 1, 12, 31), "closing_date": closing,
                    "opening_loss_allowance": before, "originated": total - before + 3, "collected": Decimal(-2),
                    "written_off": Decimal(-1), "aged": ZERO, "remeasured": ZERO, "rounding": ZERO,
                    "closing_loss_allowance": total, "receivables_written_off": Decimal(5),
                    "impairment_loss": total - before + 5,
                }
            )  # fmt: skip
        before = total
        due = gross["individual", "in_proceedings"]
        items = int(due > 0)
        base = (due / Decimal("1.2")).quantize(CENT)
        if items:
            out["marts/rpt_tax_provision"].append(
                {
                    "company_id": company, "closing_date": closing, "invoice_id": f"T{closing.year}",
                    "customer_id": judged, "document_number": "=F1", "issue_date": date(2023, 1, 5), "due_date": None,
                    "event": "opening_judgment", "event_date": date(2023, 2, 1), "event_known_on": date(2023, 2, 9),
                    "event_source": "BODACC A2023 <Lyon>", "is_group": bool(plan.names),
                    "is_insured": bool(plan.names), "open_amount": due, "vat_amount": due - base,
                    "is_vat_known": not plan.names, "base_amount": base, "rate": Decimal(1), "rate_source": "default",
                    "proposed_provision": base,
                }
            )  # fmt: skip
        out["marts/rpt_tax_provision_summary"].append(
            {
                "company_id": company, "closing_date": closing, "is_as_of": closing == plan.as_of,
                "receivables": items, "open_amount": due, "base_amount": base if items else ZERO,
                "vat_unknown_amount": base if items and plan.names else ZERO,
                "proposed_provision": base if items else ZERO, "ledger_provision": Decimal(100),
                "ledger_charge": Decimal(60), "ledger_reversal": ZERO,
                "difference": (base if items else ZERO) - 100,
            }
        )  # fmt: skip
    for end in month_ends(plan):
        out["marts/rpt_loss_cohorts"].append(
            {
                "company_id": company, "closing_date": plan.as_of, "cohort_month": end.replace(day=1),
                "state": "settled", "billed": Decimal(100), "credited": Decimal(10), "assigned": ZERO,
                "settled": Decimal(84), "lost": Decimal(6), "lost_excluding_vat": Decimal(5), "open_amount": ZERO,
            }
        )  # fmt: skip


def _net(amount: Decimal) -> Decimal:
    return (amount / Decimal("1.2")).quantize(CENT)


def _law_bucket(days: int) -> str:
    ends = ((0, "0_days"), (30, "1_30"), (60, "31_60"), (90, "61_90"))
    return next((name for end, name in ends if days <= end), "91_or_more")


LAW_BUCKETS = ("0_days", "1_30", "31_60", "61_90", "91_or_more", "total", "disputed", "due_date_unknown")


def _scores(out: dict[str, list[dict[str, Any]]], plan: Plan, invoices: list[Invoice]) -> None:
    company = plan.company_id
    if plan.is_till:
        return
    chance = random.Random(plan.seed + 1)
    seen: set[str] = set()
    reasons = json.dumps(
        [
            {
                "fr": "5 pièces passées du client sur 9 ont dépassé ce retard",
                "en": "5 of 9 past documents passed",
            },
            {"fr": "retard moyen <b>12</b> jours", "en": "average delay <b>12</b> days"},
            {"fr": "troisième raison", "en": "third reason"},
        ],
        ensure_ascii=False,
    )
    for invoice in invoices:
        if invoice.paid is not None or invoice.due is None:
            continue
        out["ml/invoice_scores"].append(
            {
                "company_id": company, "invoice_id": invoice.invoice_id,
                "p_late": 1.0 if invoice.due < plan.as_of else round(chance.random() ** 2, 4),
                "p_dispute": 0.02 + 0.5 * (invoice.customer_id == "C0001") if plan.has_events else None,
                "reasons_dispute": reasons if plan.has_events else None,
                "reasons": reasons, "model_version": "2025-12-31-abcdef",
            }
        )  # fmt: skip
        if invoice.customer_id not in seen:
            seen.add(invoice.customer_id)
            mine = [i for i in invoices if i.customer_id == invoice.customer_id and i.paid is None]
            late = [i for i in mine if i.due is not None and i.due < plan.as_of]
            overdue, exposure = (sum((i.amount for i in those), ZERO) for those in (late, mine))
            code, fr, en = ("remind", "Relancer", "Send a reminder") if late else ("none", "Rien", "Nothing")
            action = {
                "code": code, "values": {}, "rule": 1, "fr": fr, "en": en,
                "reason_fr": f"{overdue} échus ; <i>vu</i>", "reason_en": f"{overdue} past due; <i>seen</i>",
            }  # fmt: skip
            limit = {"code": "need", "values": {}, "fr": "son besoin <u>", "en": "its need <u>"}
            grade = "ABCDEF"[len(seen) % 6] if plan.has_model else None
            if late:
                out["ml/collection"].append(
                    {
                        "company_id": company, "rank": 0, "customer_id": invoice.customer_id, "action": "remind",
                        "documents": len(late), "overdue": overdue,
                        "oldest_overdue_days": max((plan.as_of - (i.due or plan.as_of)).days for i in late),
                        "expected_cash": round(overdue / 2, 2), "cash_if_asked": round(overdue / 2, 2) + len(seen),
                        "cash_gained": Decimal(len(seen)), "effect": 1.25, "horizon_days": 30,
                    }
                )  # fmt: skip
            out["ml/customer_scores"].append(
                {
                    "company_id": company, "customer_id": invoice.customer_id, "reasons": reasons,
                    "recommended_action": json.dumps(action), "model_version": "2025-12-31-abcdef",
                    "pd_12m": 0.01 * len(seen) if grade else None, "rating": grade, "exposure": exposure,
                    "overdue": overdue, "expected_loss": round(exposure / 100, 2) if grade else None,
                    "pd_validation": "not_validated" if grade else None,
                    "recommended_limit": Decimal(2000), "limit_reason": json.dumps(limit),
                    **(
                        {
                            "override_action": "=Attendre <i>", "override_reason": "Plan en cours",
                            "override_decided_by": "M. Lefort",
                            "override_decided_on": plan.as_of - timedelta(days=12), "override_valid_to": None,
                        }
                        if plan.has_events and invoice.customer_id == "C0000"
                        else {}
                    ),
                }
            )  # fmt: skip
    for rank, row in enumerate(sorted(out["ml/collection"], key=lambda r: -r["cash_gained"]), start=1):
        row["rank"] = rank
    for name, assumed, measured in (("call", 1.6, None), ("hold_orders", 1.2, None), ("remind", 1.25, 1.07)):
        beside = (measured, 0.99, 1.15, 900, 800) if measured and plan.has_events else (None,) * 5
        out["ml/action_effects"].append(
            {
                "company_id": company, "action": name, "assumed": assumed, "effect": assumed,
                **dict(zip(("measured", "measured_low", "measured_high", "payments_after", "payments_without"), beside,
                           strict=True)),
            }
        )  # fmt: skip
    out["ml/models"].append(
        {
            "company_id": company, "task": "late_payment",
            "model_name": "hazard" if plan.has_model else "customer_rate",
            "note_fr": "Le modèle est servi." if plan.has_model else "Historique trop court pour un modèle.",
            "note_en": "The model is served." if plan.has_model else "History too short for a model.",
        }
    )  # fmt: skip


def _models(out: dict[str, list[dict[str, Any]]], plan: Plan) -> None:
    """A hazard model a tenth better than the customer's rate on six origins, a default model, a rate for disputes."""
    company = plan.company_id
    if not plan.has_model:
        return
    cut_off = plan.as_of - timedelta(days=184)

    def figure(task: str, target: str, metric: str, value: float, **more: Any) -> None:
        plain = {
            "company_id": company, "task": task, "target": target, "model": "hazard", "window": "pooled",
            "cut_off": cut_off, "slice": "all", "metric": metric, "value": value, "n": 1834, "positives": 500,
            "is_champion": True, "baseline": "customer_rate",
        }  # fmt: skip
        out["ml/backtest"].append(plain | more)

    for target, base in (("late", 0.78), ("late_30", 0.84), ("late_90", 0.88)):
        for metric, value, reference in (
            ("auc", base + 0.06, base), ("average_precision", 0.71, 0.64), ("brier", 0.144, 0.18),
            ("log_loss", 0.45, 0.54), ("ece", 0.018, 0.037),
        ):  # fmt: skip
            beside = {"baseline_value": reference, "gain": round(abs(value - reference), 6)}
            figure("late_payment", target, metric, value, gain_low=0.031, gain_high=0.094, **beside)
    figure(
        "late_payment",
        "late",
        "log_loss",
        0.54,
        model="customer_rate",
        is_champion=False,
        baseline="portfolio_rate",
    )
    figure(
        "late_payment", "late", "log_loss", 0.61, baseline_value=0.6, gain=-0.01, slice="paid_before=0", n=77
    )
    figure("late_payment", "days", "cover_80", 0.803, baseline=None)
    for terms, late, days in (("30", 1.0, 1.0), ("45 EOM", 0.871, 0.935), ("60", 0.794, 0.962)):
        ranked = {"window": "as_of", "slice": f"terms={terms}", "baseline": None, "positives": None, "n": 412}
        figure("late_payment", "late", "rank_stability", late, **ranked)
        figure("late_payment", "days", "rank_stability", days, **ranked)
    for target, now, then in (("late", 0.9058, 0.9041), ("late_90", 0.7752, 0.7786)):
        figure(
            "late_payment", target, "auc", now, window="published", cut_off=date(plan.as_of.year - 1, 6, 30),
            baseline="as_published", baseline_value=then, gain=round(now - then, 6), gain_low=-0.0123,
            gain_high=0.0021, n=944,
        )  # fmt: skip
    for month in range(6):
        figure(
            "late_payment", "late", "log_loss", 0.44 + 0.01 * month, window="rolling", baseline_value=0.47,
            gain=0.03 - 0.01 * month, cut_off=date(plan.as_of.year - 1, month + 1, 28),
        )  # fmt: skip
    figure(
        "default",
        "default_12m",
        "auc",
        0.81,
        model="trees_company",
        baseline="sector_rate",
        baseline_value=0.6,
    )
    groups = [("late_payment", "late", "hazard", str(k), k / 11, k / 11 + 0.01, 180) for k in range(1, 11)]
    groups += [
        ("default", "default_12m", "trees_company", grade, rate, rate * 1.1, 900)
        for grade, rate in zip("ABCDEF", (0.001, 0.004, 0.012, 0.03, 0.08, 0.2), strict=True)
    ]
    for task, target, model, group, predicted, observed, n in groups:
        out["ml/reliability"].append(
            {
                "company_id": company, "task": task, "target": target, "model": model, "group": group,
                "predicted": predicted, "observed": observed, "observed_low": observed * 0.8,
                "observed_high": min(observed * 1.2, 1.0), "n": n, "positives": round(n * observed),
                "is_champion": True,
            }
        )  # fmt: skip
    for statistic, subject, value, threshold, state in (
        ("psi", "amount", 0.31, 0.25, "act"), ("psi", "late_mean_3", 0.02, 0.1, "ok"),
        ("psi", "<b>sector</b>", None, 0.25, "act"), ("observed_expected", "late", 1.06, 1.25, "ok"),
        ("ece", "late", 0.07, 0.05, "warn"), ("coverage", "days", None, None, "unknown"),
        ("canary", "permuted_labels", 0.502, 0.53, "ok"),
    ):  # fmt: skip
        out["ml/drift"].append(
            {
                "company_id": company, "task": "late_payment", "statistic": statistic, "subject": subject,
                "value": value, "threshold": threshold, "state": state, "n": 640,
            }
        )  # fmt: skip


def model_cards(plan: Plan) -> list[dict[str, Any]]:
    """The cards of two tasks: one model in its second version, one pinned."""
    features = [
        {"name": "late_mean_3", "group": "history", "monotone": 1, "unit": "days"},
        {"name": "equity_ratio", "group": "accounts", "monotone": -1, "unit": "share"},
        {
            "name": "<i>odd</i>",
            "group": "odd",
            "monotone": 0,
            "unit": "count",
            "as_of_source": "somewhere & else",
        },
    ]
    rows = []
    for task, model, action in (
        ("default", "trees_company", "first"),
        ("late_payment", "hazard", "refitted"),
    ):
        card = {
            "as_of": {plan.company_id: plan.as_of.isoformat()}, "task": task, "model": model, "features": features,
            "hashes": {part: hashlib.sha256(part.encode()).hexdigest() for part in ("data", "features", "settings")},
        }  # fmt: skip
        if task == "default":
            card["importance"] = {"equity_ratio": 0.6, "late_mean_3": 0.4}
        text = json.dumps(card, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        change = {
            "sha256": digest,
            "challenger": None,
            "en": "Better on 5 of 6.",
            "fr": "Meilleur 5 fois sur 6.",
        }
        history = [
            change | {"action": "first", "version": "0" * 16, "on": "2025-01-31", "en": "", "fr": ""},
            change | {"action": "promoted", "version": digest[:16], "on": plan.as_of.isoformat()},
        ]
        rows.append(
            {
                "task": task, "model": model, "model_version": digest[:16], "card_sha256": digest,
                "seen_until": plan.as_of, "is_pinned": task == "default", "action": action,
                "en": "Trained anew, as due.", "fr": "Réentraîné, comme prévu.", "card": text,
                "history": json.dumps(history, ensure_ascii=False),
            }
        )  # fmt: skip
    return rows


def _cash(out: dict[str, list[dict[str, Any]]], plan: Plan, invoices: list[Invoice]) -> None:
    """Open documents a week after their due date, as much billing to come, a fifth either way; two past month ends."""
    company = plan.company_id
    monday = plan.as_of + timedelta(days=1) - timedelta(days=(plan.as_of + timedelta(days=1)).weekday())
    open_now = [i for i in invoices if i.paid is None and i.due is not None and i.amount > 0]
    owed = [ZERO] * 13
    due = [ZERO] * 13
    for invoice in open_now:
        assert invoice.due is not None
        for days, into in ((7, owed), (0, due)):
            week = max((invoice.due + timedelta(days=days) - monday).days // 7, 0)
            if week < 13:
                into[week] += invoice.amount
    past_due = sum((i.amount for i in open_now if i.due is not None and i.due <= plan.as_of), ZERO)
    coming = [(sum(owed, ZERO) / 26).quantize(CENT)] * 13
    parts = {
        "open_items": owed,
        "expected_billing": coming,
        "total": [a + b for a, b in zip(owed, coming, strict=True)],
    }
    for scenario, weeks in parts.items():
        so_far = ZERO
        for k, amount in enumerate(weeks):
            so_far += amount
            low, high = (amount * 4 / 5).quantize(CENT), (amount * 6 / 5).quantize(CENT)
            start = monday + timedelta(days=7 * k)
            row = {
                "company_id": company, "scenario": scenario, "week_start": start, "week": k + 1,
                "p10": low, "p50": amount, "p90": high, "expected": amount,
            }  # fmt: skip
            out["ml/cash_forecast"].append(
                {
                    **row, "first_day": max(start, plan.as_of + timedelta(days=1)),
                    "last_day": start + timedelta(days=6),
                    "contractual": None if scenario == "expected_billing" else due[k],
                    "past_due": None if scenario == "expected_billing" else past_due if k == 0 else ZERO,
                    "cumulative_p10": (so_far * 4 / 5).quantize(CENT), "cumulative_p50": so_far,
                    "cumulative_p90": (so_far * 6 / 5).quantize(CENT),
                }
            )  # fmt: skip
            for back in (182, 91) if plan.has_model and amount else ():
                out["ml/cash_backtest"].append(
                    {
                        **row, "cut_off": plan.as_of - timedelta(days=back),
                        "week_start": start - timedelta(days=back),
                        "actual": amount * (2 if k == 0 else 1), "naive": amount * 3,
                    }
                )  # fmt: skip
    lines = (sum(owed, ZERO), sum((i.amount for i in open_now), ZERO) - sum(owed, ZERO), ZERO, ZERO, ZERO)
    for line, amount in zip(("within", "later", "frozen", "credits", "undated"), lines, strict=True):
        out["ml/cash_open_book"].append({"company_id": company, "line": line, "amount": amount})
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in open_now:
        billed[invoice.customer_id] += invoice.amount / 91
    for customer in [None, *sorted(billed)[:3]] if billed else []:
        pace = (sum(billed.values(), ZERO) if customer is None else billed[customer]).quantize(CENT)
        for terms, days in (("0", -30), ("60", 30)):
            key = {"company_id": company, "customer_id": customer, "terms": terms}
            out["ml/cash_terms"].append(
                {
                    **key, "is_over_ceiling": False, "billed_per_day": pace, "term_days": 30.0,
                    "term_days_then": 30.0 + days, "dso_days_change": float(days), "financing_change": pace * days,
                    "financing_cost_change": (pace * days / 20).quantize(CENT), "cash_change": -pace * 13 * days,
                }
            )  # fmt: skip
            out["ml/cash_terms_weekly"] += [
                {**key, "week": k + 1, "cash_change": -pace * days} for k in range(13)
            ]


def _quality(out: dict[str, list[dict[str, Any]]], plan: Plan, invoices: list[Invoice]) -> None:
    company, rejected = plan.company_id, 2 if plan.has_rejects else 0
    accepted = len(invoices) * 4
    total = sum((abs(i.amount) for i in invoices), ZERO)
    out["quality/sources"].append(
        {
            "company_id": company, "source": "fec", "file_name": f"{company}FEC20251231.txt", "sha256": "ab" * 32,
            "encoding": "iso8859-15", "separator": "\t", "rows_read": accepted + rejected, "rows_accepted": accepted,
            "rows_rejected": rejected, "debit_total": total, "credit_total": total,
            "debit_rejected": Decimal("10.00") if rejected else ZERO, "credit_rejected": ZERO,
            "first_date": min(i.issue for i in invoices), "last_date": plan.as_of, "entries": accepted // 3,
            "unbalanced_entries": len(plan.fails), "draft_rows": 0, "status": "used",
            "warnings": json.dumps(["Le SIREN du nom <123> n’est pas celui du contenu."]),
            "rows_out_of_scope": 0, "table_name": None, "snapshot_date": None, "rows_superseded": None,
        }
    )  # fmt: skip
    if plan.has_subledger:
        out["quality/sources"] += [
            {
                **out["quality/sources"][-1], "source": "subledger", "file_name": f"invoices-{day}.csv",
                "warnings": "[]", "rows_read": accepted + 5, "rows_accepted": accepted, "rows_rejected": 0,
                "rows_out_of_scope": 5, "table_name": "invoices", "rows_superseded": day,
                "snapshot_date": plan.as_of - timedelta(days=day),
            }
            for day in range(7)
        ]  # fmt: skip
        for number, kind, mine, theirs in (
            ("F1", "amount", "12.00", "10.00"),
            ("<b>", "cut_off", "5.00", "0.00"),
        ):
            out["marts/ledger_differences"].append(
                {
                    "company_id": company, "difference_id": number, "tie_date": plan.as_of, "customer_id": "C1",
                    "kind": kind, "line_type": "invoice", "document_number": number, "ledger_date": plan.as_of,
                    "subledger_date": plan.as_of, "ledger_amount": Decimal(theirs),
                    "subledger_amount": Decimal(mine), "difference": Decimal(mine) - Decimal(theirs),
                }
            )  # fmt: skip
    for line in range(rejected):
        out["quality/rejected_rows"].append(
            {
                "company_id": company, "source": "fec", "file_name": f"{company}FEC20251231.txt",
                "line_number": 42 + line, "column_name": "EcritureDate", "reason": "not a date: 20250231",
                "raw_text": "VE\tVentes\t1\t20250231\t<script>alert(1)</script>\t=1+1", "debit": Decimal("10.00"),
                "credit": None,
            }
        )  # fmt: skip
    for sentence, passed, severity in (
        ("Every entry balances.", not plan.fails, "error"),
        ("Draft rows are few.", True, "warning"),
        ("Dates lie <inside> the year.", not plan.has_rejects, "warning"),
    ):
        out["quality/expectations"].append(
            {
                "company_id": company, "stage": "gate", "suite": "fec", "expectation": "expect_zero",
                "table_name": "fec_lines", "column_name": None, "severity": severity, "passed": passed,
                "observed": "0" if passed else "2", "expected": "0", "unexpected_count": 0 if passed else 2,
                "sentence": sentence, "sentence_fr": f"FR {sentence}",
            }
        )  # fmt: skip
    balances: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for row in out["marts/fct_ageing_monthly"]:
        balances[row["month_end"]] += row["balance"]
    for end in month_ends(plan):
        differs = CENT if "tie" in plan.fails and end == plan.as_of else ZERO
        checks = ["total_tie_out"] + (["published_tie_out"] if end == plan.as_of else [])
        for check in checks:
            out["marts/reconciliation"].append(
                {
                    "company_id": company, "check": check, "month_end": end, "customer_id": None,
                    "expected": balances[end], "actual": balances[end] + differs, "difference": differs,
                    "passed": differs == 0, "detail": "Open items against 411 + 413 + 416",
                }
            )  # fmt: skip
        out["marts/restatements"].append(
            {
                "company_id": company, "month_end": end, "is_fiscal_year_end": end.month == 12,
                "open_documents": balances[end] + CENT, "set_apart": CENT, "set_apart_overdue": ZERO,
                "lettered_later": 2 * CENT, "lettered_later_count": 1, "lettering_undated": ZERO,
                "completed_later": ZERO,
            }
        )  # fmt: skip
    out["marts/settlement"].append(
        {
            "company_id": company, "method": "fifo", "documents": 1, "amount": CENT, "credits_beyond_cap": 3,
        }
    )  # fmt: skip
    for spelling, merged in (("0012", True), ("<script>12", False)):
        out["marts/customer_spellings"].append(
            {
                "company_id": company, "normal_form": "12", "customer_spelling": spelling, "customer_id": "12",
                "is_merged": merged, "first_fiscal_year": 2024, "last_fiscal_year": 2025, "line_count": 7,
            }
        )  # fmt: skip
    for entry in plan.fails:
        out["quality/unbalanced_entries"].append(
            {
                "company_id": company, "file_name": f"{company}FEC20251231.txt", "journal_code": "VE",
                "entry_number": entry, "entry_date": plan.as_of, "first_line": 7, "debit": Decimal("10.00"),
                "credit": Decimal("9.99"), "difference": CENT,
            }
        )  # fmt: skip


def context_of(*plans: Plan, names: dict[str, str] | None = None) -> SiteContext:
    """The site context of these plans."""
    names = names or {}
    return SiteContext(
        companies=tuple(
            Company(plan.company_id, names.get(plan.company_id, "Ateliers Démo SAS"), plan.as_of)
            for plan in plans
        ),
        run_id="20260105T063000-7f3a",
        release_hash="7f3a90c4d2e1b856" * 4,
        hashes=(
            FileHash("marts/fct_invoices.parquet", "cd" * 32, 25_000),
            FileHash("encours.yml", "ef" * 32),
        ),
        versions=(("encours", "0.1.0"), ("duckdb", "2.0.0")),
    )


DEFINITIONS = Path(__file__).parents[3] / "dbt_project" / "seeds" / "metric_definitions.csv"
AGEING = (
    *("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90"),
    *("overdue_91_120", "overdue_over_120", "due_date_unknown", "unallocated"),
)
_S, _D, _F, _I, _B = pa.string(), pa.date32(), pa.float64(), pa.int64(), pa.bool_()


def _schema(text: str) -> list[tuple[str, Any]]:
    kinds = {"s": _S, "d": _D, "f": _F, "i": _I, "b": _B, "m": MONEY, "r": RATE}
    return [(part.split(":")[0], kinds[part.split(":")[1]]) for part in text.split()]


_WINDOW = " ".join(
    f"billed_{n}m:m dso_{n}m:f best_possible_dso_{n}m:f average_days_delinquent_{n}m:f days_to_pay_{n}m:f "
    f"days_late_{n}m:f days_late_net_{n}m:f share_paid_late_amount_{n}m:f share_paid_late_count_{n}m:f "
    f"share_fifo_{n}m:f"
    for n in (3, 12)
)
SCHEMAS: dict[str, list[tuple[str, Any]]] = {
    "marts/dim_customers": _schema(
        "company_id:s customer_id:s customer_name:s siren:s legal_status:s credit_limit:m legal_unit_id:s group_id:s "
        "legal_name:s is_sole_trader:b is_consumer:b is_restricted:b is_person:b"
    ),
    "marts/fct_invoices": _schema(
        "company_id:s invoice_id:s customer_id:s document_type:s document_number:s entry_date:d issue_date:d "
        "due_date:d due_date_source:s is_due_date_assumed:b amount:m open_amount:m currency:s foreign_amount:m "
        "foreign_currency:s is_disputed:b"
    ),
    "marts/fct_payments": _schema("company_id:s payment_id:s customer_id:s kind:s payment_date:d amount:m"),
    "marts/fct_allocations": _schema(
        "company_id:s invoice_id:s payment_id:s kind:s allocation_date:d amount:m method:s"
    ),
    "marts/fct_ageing_monthly": _schema(
        "company_id:s customer_id:s month_end:d balance:m " + " ".join(f"{name}:m" for name in AGEING)
    ),
    "marts/fct_dso_monthly": _schema(
        "company_id:s month_end:d is_month_end:b receivables:m not_due:m overdue:m billed:m " + _WINDOW + " "
        "dso_countback:f countback_unexplained:f true_dso:f collection_effectiveness_index:f percent_current:f "
        "share_billing_due_assumed_12m:f dso_restated_3m:f"
    ),
    **{
        f"marts/fct_dso_by_{scope}_monthly": _schema(
            f"company_id:s {keys} month_end:d billed:m receivables:m overdue:m unallocated:m billed_12m:m dso_12m:f "
            "dso_3m:f dso_countback:f days_late_12m:f days_late_3m:f share_paid_late_amount_12m:f"
        )
        for scope, keys in (
            ("sector", "sector_code:s"),
            ("country", "country_code:s"),
            ("size", "size_category:s"),
            ("attribute", "attribute_name:s attribute_value:s"),
        )
    },
    "marts/fct_ageing_buckets_monthly": _schema(
        "company_id:s month_end:d bucket_from_days:i bucket_to_days:i bucket_label:s amount:m"
    ),
    "marts/rpt_terms_sensitivity": _schema(
        "company_id:s scenario:s assumed_terms:s is_in_force:b dso_12m:f dso_3m:f dso_countback:f "
        "best_possible_dso_12m:f best_possible_dso_3m:f overdue:m overdue_share:f days_late_12m:f days_late_3m:f "
        "share_paid_late_amount_12m:f share_paid_late_amount_3m:f"
    ),
    "marts/metric_dictionary": _schema(
        "metric_id:s table_name:s column_name:s unit:s source:s name_fr:s name_en:s formula_fr:s formula_en:s "
        "sql_text:s position:i"
    ),
    "marts/fct_customer_behaviour_monthly": _schema(
        "company_id:s customer_id:s month_end:d billed_12m:m days_late_12m:f days_late_3m:f oldest_overdue_days:i "
        "share_paid_late_12m:f paid_count_12m:i balance:m insured_limit:m uninsured_exposure:m"
    ),
    "marts/fct_early_warnings": _schema(
        "company_id:s customer_id:s warning_kind:s warning_date:d strength:f measure:f source_table:s source_key:s"
    ),
    "marts/rpt_early_warning_evidence": _schema(
        "company_id:s warning_kind:s observations:i followed_by_default:i default_rate:f"
    ),
    "marts/fct_company_events": _schema(
        "company_id:s customer_id:s event_id:s event_kind:s event_date:d known_on:d source:s court:s "
        "exposure_at_event:m open_amount:m notice_type:s"
    ),
    "marts/fct_filed_accounts": _schema("company_id:s legal_unit_id:s closing_date:d confidentiality:s"),
    "marts/customer_identities": _schema(
        "company_id:s customer_id:s status:s legal_unit_id:s method:s score:f matched_name:s candidates:i balance:m"
    ),
    "marts/fct_disputes": _schema(
        "company_id:s dispute_id:s document_reference:s customer_id:s opened_on:d reason:s is_open:b days_open:i "
        "documents:i disputed_amount:m subject:s"
    ),
    "marts/fct_promises": _schema(
        "company_id:s promise_id:s document_reference:s customer_id:s promised_on:d due_on:d expected_amount:m "
        "received_amount:m status:s"
    ),
    "marts/fct_reminders": _schema("company_id:s reminder_id:s sent_on:d level:i"),
    "marts/fct_instalments": _schema("company_id:s instalment_id:s amount:m paid_amount:m status:s"),
    "marts/event_sources": _schema(
        "company_id:s event:s is_configured:b rows_given:i about_documents:i about_customers:i unknown_documents:i "
        "ambiguous_documents:i unknown_customers:i rows_after_as_of:i first_date:d last_date:d"
    ),
    "marts/fct_receivables_by_proceeding": _schema(
        "company_id:s customer_id:s judgment_date:d publication_date:d kind:s open_amount_at_judgment:m "
        "open_amount:m claim_deadline:d relief_deadline:d state:s"
    ),
    "marts/fct_customer_defaults": _schema(
        "company_id:s customer_id:s default_date:d reason:s amount:m cured_on:d is_in_default:b"
    ),
    "marts/rpt_statutory_late_payments": _schema(
        "company_id:s fiscal_year_start:d fiscal_year_end:d closing_date:d is_provisional:b table_number:s bucket:s "
        "bucket_rank:i tax_basis:s invoice_count:i amount:m amount_including_vat:m share_of_amount:f "
        "share_of_count:f reference_amount:m reference_count:i contractual_count:i contractual_amount:m legal_count:i "
        "legal_amount:m vat_unknown_count:i vat_unknown_amount:m"
    ),
    "marts/rpt_statutory_tie_out": _schema(
        "company_id:s fiscal_year_start:d closing_date:d item_rank:i item:s amount:m"
    ),
    "marts/rpt_payment_terms_compliance": _schema(
        "company_id:s fiscal_year:i customer_id:s due_date_source:s agreed_terms:s ceiling_days:i longest_term_days:i "
        "days_beyond_net:i days_beyond_45_then_end_of_month:i days_beyond_end_of_month_then_45:i verdict:s "
        "invoice_count:i amount:m over_amount:m"
    ),
    "marts/fct_late_payment_penalties": _schema(
        "company_id:s customer_id:s invoice_id:s semester_start:d document_number:s due_date:d first_day:d last_day:d "
        "days:i amount_days:m rate_pct:m rate_source:s minimum_rate_pct:m is_contract_rate_refused:b interest:m "
        "indemnity:m"
    ),
    "marts/rpt_expected_credit_loss_history": _schema(
        "company_id:s closing_date:d is_as_of:b line_number:i section:s bucket:s gross_amount:m items:i "
        "closed_cohorts:i first_cohort_month:d last_cohort_month:d cohort_reached:m cohort_lost:m "
        "cohort_lost_excluding_vat:m cohort_open_amount:m loss_rate_if_open_lost:r rate_source:s is_floor_configured:b "
        "loss_rate:r is_rate_below_younger_bucket:b forward_looking_factor:r overlay_reason:s applied_loss_rate:r "
        "expected_loss_before_overlay:m overlay_amount:m expected_loss:m expected_loss_excluding_vat:m"
    ),
    "marts/rpt_credit_risk_exposure": _schema(
        "company_id:s closing_date:d line_number:i bucket:s matrix_gross_amount:m matrix_loss_allowance:m "
        "individual_gross_amount:m individual_loss_allowance:m apart_gross_amount:m gross_amount:m loss_allowance:m "
        "matrix_loss_rate:r loss_rate:r"
    ),
    "marts/rpt_loss_allowance_movements": _schema(
        "company_id:s opening_date:d closing_date:d opening_loss_allowance:m originated:m collected:m written_off:m "
        "aged:m remeasured:m rounding:m closing_loss_allowance:m receivables_written_off:m impairment_loss:m"
    ),
    "marts/rpt_loss_cohorts": _schema(
        "company_id:s closing_date:d cohort_month:d state:s billed:m credited:m assigned:m settled:m lost:m "
        "lost_excluding_vat:m open_amount:m"
    ),
    "marts/rpt_tax_provision": _schema(
        "company_id:s closing_date:d invoice_id:s customer_id:s document_number:s issue_date:d due_date:d event:s "
        "event_date:d event_known_on:d event_source:s is_group:b is_insured:b open_amount:m vat_amount:m "
        "is_vat_known:b base_amount:m rate:r rate_source:s proposed_provision:m"
    ),
    "marts/rpt_tax_provision_summary": _schema(
        "company_id:s closing_date:d is_as_of:b receivables:i open_amount:m base_amount:m vat_unknown_amount:m "
        "proposed_provision:m ledger_provision:m ledger_charge:m ledger_reversal:m difference:m"
    ),
    "marts/reconciliation": _schema(
        "company_id:s check:s month_end:d customer_id:s expected:m actual:m difference:m passed:b detail:s"
    ),
    "marts/restatements": _schema(
        "company_id:s month_end:d is_fiscal_year_end:b open_documents:m set_apart:m set_apart_overdue:m "
        "lettered_later:m lettered_later_count:i lettering_undated:m completed_later:m"
    ),
    "marts/settlement": _schema("company_id:s method:s documents:i amount:m credits_beyond_cap:i"),
    "marts/ledger_differences": _schema(
        "company_id:s difference_id:s tie_date:d customer_id:s kind:s line_type:s document_number:s ledger_date:d "
        "subledger_date:d ledger_amount:m subledger_amount:m difference:m"
    ),
    "marts/customer_spellings": _schema(
        "company_id:s normal_form:s customer_spelling:s customer_id:s is_merged:b first_fiscal_year:i "
        "last_fiscal_year:i line_count:i"
    ),
    "ml/invoice_scores": _schema(
        "company_id:s invoice_id:s p_late:f p_dispute:f reasons_dispute:s reasons:s model_version:s"
    ),
    "ml/customer_scores": _schema(
        "company_id:s customer_id:s expected_loss:m reasons:s recommended_action:s model_version:s "
        "override_action:s override_reason:s override_decided_by:s override_decided_on:d override_valid_to:d "
        "pd_12m:f rating:s exposure:m overdue:m pd_validation:s recommended_limit:m limit_reason:s"
    ),
    "ml/collection": _schema(
        "company_id:s rank:i customer_id:s action:s documents:i overdue:m oldest_overdue_days:i expected_cash:m "
        "cash_if_asked:m cash_gained:m effect:f horizon_days:i"
    ),
    "ml/action_effects": _schema(
        "company_id:s action:s assumed:f measured:f measured_low:f measured_high:f payments_after:i "
        "payments_without:i effect:f"
    ),
    **{
        f"ml/{name}": [(field.name, field.type) for field in schema]
        for name, schema in (
            ("backtest", BACKTEST),
            ("reliability", RELIABILITY),
            ("drift", DRIFT),
            ("model_cards", MODEL_CARDS),
        )
    },
    "ml/cash_forecast": _schema(
        "company_id:s scenario:s week_start:d week:i first_day:d last_day:d p10:m p50:m p90:m expected:m "
        "contractual:m past_due:m cumulative_p10:m cumulative_p50:m cumulative_p90:m"
    ),
    "ml/cash_open_book": _schema("company_id:s line:s amount:m"),
    "ml/cash_backtest": _schema(
        "company_id:s cut_off:d scenario:s week_start:d week:i p10:m p50:m p90:m expected:m actual:m naive:m"
    ),
    "ml/cash_terms": _schema(
        "company_id:s customer_id:s terms:s is_over_ceiling:b billed_per_day:m term_days:f term_days_then:f "
        "dso_days_change:f financing_change:m financing_cost_change:m cash_change:m"
    ),
    "ml/cash_terms_weekly": _schema("company_id:s customer_id:s terms:s week:i cash_change:m"),
    "ml/models": _schema("company_id:s task:s model_name:s note_fr:s note_en:s"),
    "quality/sources": _schema(
        "company_id:s source:s file_name:s sha256:s encoding:s separator:s rows_read:i rows_accepted:i "
        "rows_rejected:i debit_total:m credit_total:m debit_rejected:m credit_rejected:m first_date:d last_date:d "
        "entries:i unbalanced_entries:i draft_rows:i status:s warnings:s rows_out_of_scope:i table_name:s "
        "snapshot_date:d rows_superseded:i"
    ),
    "quality/rejected_rows": _schema(
        "company_id:s source:s file_name:s line_number:i column_name:s reason:s raw_text:s debit:m credit:m"
    ),
    "quality/expectations": _schema(
        "company_id:s stage:s suite:s expectation:s table_name:s column_name:s severity:s passed:b observed:s "
        "expected:s unexpected_count:i sentence:s sentence_fr:s"
    ),
    "quality/unbalanced_entries": _schema(
        "company_id:s file_name:s journal_code:s entry_number:s entry_date:d first_line:i debit:m credit:m "
        "difference:m"
    ),
}
