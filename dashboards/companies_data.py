"""The queries about companies: early warnings, what registers tell, identities, filed accounts, groups.

What belongs here: reading `fct_early_warnings`, `fct_company_events`, `fct_filed_accounts`, `customer_identities` and
the groups of `dim_customers` into small frozen records. What does not: sentences and layouts (`dashboards.companies`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboards.data import Tables

SHOWN = 30
"""Most rows of each list in the page."""
RECENT_DAYS = 92
"""Warnings and events older than this are counted, not listed."""
QUIET_KINDS = ("accounts_filed", "creation", "other")
"""What registers tell that moves nothing: in the table, not on the page."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "marts/fct_early_warnings": (
        *("company_id", "customer_id", "warning_kind", "warning_date", "strength", "measure"),
        *("source_table", "source_key"),
    ),
    "marts/rpt_early_warning_evidence": (
        *("company_id", "warning_kind", "observations", "followed_by_default", "default_rate"),
    ),
    "marts/fct_company_events": (
        *("company_id", "customer_id", "event_id", "event_kind", "event_date", "known_on", "source", "court"),
        *("exposure_at_event", "open_amount", "notice_type"),
    ),
    "marts/fct_filed_accounts": ("company_id", "legal_unit_id", "closing_date", "confidentiality"),
    "marts/customer_identities": (
        *("company_id", "customer_id", "status", "legal_unit_id", "method", "score", "matched_name"),
        *("candidates", "balance"),
    ),
}


@dataclass(frozen=True)
class Warning:
    """One kind of sign of trouble of a customer, as last seen; `times`: how often lately.

    Attributes:
        strength: 0 to 1.
        is_new: it was not in the release before this one.
    """

    customer_id: str
    name: str
    kind: str
    warning_date: date
    strength: float
    measure: float | None
    balance: Decimal
    source_table: str
    source_key: str
    is_new: bool
    times: int


@dataclass(frozen=True)
class Evidence:
    """What one kind of sign was worth: of those a year old, the share followed by a default within that year."""

    kind: str
    observations: int
    followed_by_default: int
    default_rate: float


@dataclass(frozen=True)
class CompanyEvent:
    """One thing a register told lately, with what the customer owed on its day and owes now."""

    name: str
    event_kind: str
    event_date: date
    known_on: date
    source: str
    exposure_at_event: Decimal
    open_amount: Decimal


@dataclass(frozen=True)
class Identified:
    """Customers by the way in which their legal unit is known; `method` is None where it is not."""

    status: str
    method: str | None
    customers: int
    balance: Decimal


@dataclass(frozen=True)
class Group:
    """Customers that one company heads, and what they owe together."""

    group_id: str
    name: str
    customers: int
    balance: Decimal


@dataclass(frozen=True)
class Companies:
    """All that the pages say of companies.

    Attributes:
        warnings: of the last three months, those that are new first, then by strength times what is owed.
        warning_count: how many there are of them, `new_count` how many are new.
        evidence: by kind, the likeliest first; `base`: the same over all months in which a customer owed, or None.
        compared_with: day of the release that tells which are new; None where there is none.
        accounts: confidentiality of the latest accounts → customers; `none` where none were filed.
    """

    warnings: tuple[Warning, ...]
    warning_count: int
    new_count: int
    evidence: tuple[Evidence, ...]
    base: Evidence | None
    compared_with: date | None
    events: tuple[CompanyEvent, ...]
    identified: tuple[Identified, ...]
    doubtful: int
    groups: tuple[Group, ...]
    accounts: dict[str, int]


def read_companies(tables: Tables, company_id: str, as_of: date) -> Companies:
    """Everything of one company."""
    since = as_of - timedelta(days=RECENT_DAYS)
    compared = tables.compared_with
    is_new = (
        "not exists (select 1 from previous_warnings p where p.company_id = w.company_id "
        "and p.customer_id = w.customer_id and p.warning_kind = w.warning_kind "
        "and p.warning_date = w.warning_date and p.source_key = w.source_key)"
        if compared is not None
        else "false"
    )
    warnings = f"""
        select w.customer_id, coalesce(c.customer_name, w.customer_id) as name, w.warning_kind as kind,
            w.warning_date, cast(w.strength as double) as strength, cast(w.measure as double) as measure,
            cast(coalesce(a.balance, 0) as decimal(38, 2)) as balance, w.source_table, w.source_key,
            {is_new} as is_new
        from fct_early_warnings w
        left join dim_customers c on c.company_id = w.company_id and c.customer_id = w.customer_id
        left join fct_ageing_monthly a
            on a.company_id = w.company_id and a.customer_id = w.customer_id and a.month_end = ?
        where w.company_id = ? and w.warning_date > ? and coalesce(a.balance, 0) > 0
    """
    # A customer that breaks promise upon promise is one line: the last one, and how many there were.
    latest = f"""
        select * replace (bool_or(is_new) over of_kind as is_new), count(*) over of_kind as times
        from ({warnings})
        window of_kind as (partition by customer_id, kind)
        qualify row_number() over (
            partition by customer_id, kind order by warning_date desc, strength desc, source_key
        ) = 1
    """
    counts = tables.dicts(
        f"select count(*) as n, count(*) filter (is_new) as new from ({warnings})", as_of, company_id, since
    )[0]
    evidence = tables.records(
        Evidence,
        "select warning_kind as kind, observations, followed_by_default, cast(default_rate as double) as default_rate "
        "from rpt_early_warning_evidence where company_id = ? order by default_rate desc, observations desc, kind",
        company_id,
    )
    return Companies(
        evidence=tuple(one for one in evidence if one.kind != "any_month"),
        base=next((one for one in evidence if one.kind == "any_month"), None),
        warnings=tables.records(
            Warning,
            f"select * from ({latest}) order by is_new desc, strength * cast(balance as double) desc, "
            f"warning_date desc, customer_id, kind, source_key limit {SHOWN}",
            as_of,
            company_id,
            since,
        ),
        warning_count=counts["n"],
        new_count=counts["new"],
        compared_with=compared,
        events=tables.records(
            CompanyEvent,
            "select coalesce(c.customer_name, e.customer_id) as name, e.event_kind, e.event_date, e.known_on, "
            "e.source, cast(e.exposure_at_event as decimal(38, 2)) as exposure_at_event, "
            "cast(e.open_amount as decimal(38, 2)) as open_amount from fct_company_events e "
            "left join dim_customers c on c.company_id = e.company_id and c.customer_id = e.customer_id "
            "where e.company_id = ? and e.known_on > ? and e.notice_type = 'annonce' "
            f"and e.event_kind not in ({', '.join('?' for _ in QUIET_KINDS)}) "
            f"order by e.known_on desc, e.exposure_at_event desc, e.customer_id, e.event_id limit {SHOWN}",
            company_id,
            since,
            *QUIET_KINDS,
        ),
        identified=tables.records(
            Identified,
            "select status, case when status = 'accepted' then method end as method, count(*) as customers, "
            "cast(sum(balance) as decimal(38, 2)) as balance from customer_identities where company_id = ? "
            "group by all order by customers desc, status, method",
            company_id,
        ),
        doubtful=tables.dicts(
            "select count(*) as n from customer_identities where company_id = ? and status = 'doubtful'",
            company_id,
        )[0]["n"],
        groups=tables.records(
            Group,
            """
            select c.group_id, coalesce(max(h.customer_name), c.group_id) as name,
                count(distinct c.customer_id) as customers,
                cast(sum(coalesce(a.balance, 0)) as decimal(38, 2)) as balance
            from dim_customers c
            left join dim_customers h on h.company_id = c.company_id and h.legal_unit_id = c.group_id
            left join fct_ageing_monthly a
                on a.company_id = c.company_id and a.customer_id = c.customer_id and a.month_end = ?
            where c.company_id = ? and c.group_id is not null
            group by c.group_id
            having count(distinct c.customer_id) > 1 and sum(coalesce(a.balance, 0)) > 0
            order by balance desc, c.group_id limit 10
            """,
            as_of,
            company_id,
        ),
        accounts={
            row["confidentiality"]: row["customers"]
            for row in tables.dicts(
                """
                select coalesce(f.confidentiality, 'none') as confidentiality, count(*) as customers
                from customer_identities i
                left join (
                    select company_id, legal_unit_id, max_by(confidentiality, closing_date) as confidentiality
                    from fct_filed_accounts group by company_id, legal_unit_id
                ) f on f.company_id = i.company_id and f.legal_unit_id = i.legal_unit_id
                where i.company_id = ? and i.legal_unit_id is not null
                group by 1 order by 1
                """,
                company_id,
            )
        },
    )
