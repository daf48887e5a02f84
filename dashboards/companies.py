"""What registers and behaviour tell of the customers, as parts of pages: early warnings, events, identities, groups.

What belongs here: the blocks of the risk page and of the auditor's page. What does not: queries
(`dashboards.companies_data`).
"""

from __future__ import annotations

from decimal import Decimal

from dashboards.companies_data import Companies, Warning
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Block, Cell, Column, Table

METHODS = ("decision", "declared", "siret", "vat_number", "ledger_id", "name")
CONFIDENTIALITIES = ("public", "partial", "confidential", "unknown", "none")
_DAYS = ("growing_delays",)
_SHARES = ("falling_billing", "falling_orders", "first_partial_payment")


def warnings_block(f: Fmt, facts: Facts) -> Block:
    """Signs of trouble seen lately: new ones first, each with its day, strength and the row it rests on."""
    companies = facts.data.companies
    if not companies.warning_count:
        return Block(heading=f.t("warnings"), lead=f.t("warnings.none"), id="warnings")
    told = [f.n("warnings.count", companies.warning_count)]
    if companies.compared_with is not None:
        told.append(f.n("warnings.new", companies.new_count, day=f.day(companies.compared_with)))
    else:
        told.append(f.t("warnings.first"))
    told.append(f.t("warnings.lead"))
    evidence = evidence_table(f, companies)
    return Block(
        heading=f.t("warnings"),
        lead=" ".join(told),
        table=warnings_table(f, companies),
        more=() if evidence is None else (evidence,),
        id="warnings",
    )


def warnings_table(f: Fmt, companies: Companies) -> Table:
    """One row per sign."""
    return Table(
        caption=f.n(
            "warnings.caption",
            companies.warning_count,
            shown=f.integer(sum(warning.times for warning in companies.warnings)),
        ),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.sign")),
            Column(f.t("col.seen_on"), "number"),
            Column(f.t("col.strength"), "number"),
            Column(f.t("col.balance"), "number"),
            Column(f.t("col.source_row")),
        ],
        rows=[
            [
                w.name,
                Cell(sign_text(f, w), "late") if w.is_new else sign_text(f, w),
                f.day_short(w.warning_date),
                Cell(f.percent(w.strength, 0), share=w.strength),
                f.cents(w.balance),
                f"{w.source_table} {w.source_key}",
            ]
            for w in companies.warnings
        ],
    )


def evidence_table(f: Fmt, companies: Companies) -> Table | None:
    """What each sign was worth in these very books, beside any month; None while no year has passed."""
    base = companies.base
    if base is None or not companies.evidence:
        return None
    rows = [*companies.evidence, base]
    return Table(
        caption=f.t("warnings.evidence"),
        columns=[
            Column(f.t("col.sign")),
            Column(f.t("col.signs"), "number"),
            Column(f.t("col.followed"), "number"),
            Column(f.t("col.default_rate"), "number"),
        ],
        rows=[
            [
                f.t(f"sign.{one.kind}"),
                f.integer(one.observations),
                f.integer(one.followed_by_default),
                Cell(f.percent(one.default_rate, 1), share=one.default_rate),
            ]
            for one in rows
        ],
    )


def sign_text(f: Fmt, warning: Warning) -> str:
    """A sign in words, with what was measured; marked where it is new."""
    measure = warning.measure
    if measure is None:
        text = f.t(f"warning.{warning.kind}")
    elif warning.kind in _DAYS:
        text = f.t(f"warning.{warning.kind}", days=f.number(measure, 0))
    elif warning.kind in _SHARES:
        # More than all of it: credit notes outweighed what was billed.
        text = f.t(f"warning.{warning.kind}", share=f.percent(min(measure, 1.0), 0))
    else:
        text = f.t(f"warning.{warning.kind}", share=f.percent(measure / 100, 0))
    if warning.times > 1:
        text = f.t("warnings.times", text=text, times=f.integer(warning.times))
    return f"{f.t('warnings.mark')} {text}" if warning.is_new else text


def events_block(f: Fmt, facts: Facts) -> Block | None:
    """What bulletins and registers told lately, with the money exposed to each; None where nothing."""
    events = facts.data.companies.events
    if not events:
        return None
    return Block(
        heading=f.t("register_events"),
        lead=f.t("register_events.lead"),
        id="register-events",
        table=Table(
            caption=f.t("register_events.caption", day=f.day(facts.as_of)),
            columns=[
                Column(f.t("col.customer")),
                Column(f.t("col.event")),
                Column(f.t("col.event_date"), "number"),
                Column(f.t("col.publication"), "number"),
                Column(f.t("col.owed_then"), "number"),
                Column(f.t("col.open"), "number"),
            ],
            rows=[
                [
                    e.name,
                    f.t(f"register_event.{e.event_kind}"),
                    f.day_short(e.event_date),
                    f.day_short(e.known_on),
                    f.cents(e.exposure_at_event),
                    f.cents(e.open_amount),
                ]
                for e in events
            ],
        ),
    )


def groups_block(f: Fmt, facts: Facts) -> Block | None:
    """Customers of one group, owed together; None where no group is known."""
    groups = facts.data.companies.groups
    if not groups:
        return None
    return Block(
        heading=f.t("groups"),
        lead=f.t("groups.lead"),
        id="groups",
        table=Table(
            caption=f.t("groups.caption"),
            columns=[
                Column(f.t("col.group_head")),
                Column(f.t("col.customers"), "number"),
                Column(f.t("col.balance"), "number"),
            ],
            rows=[[g.name, f.integer(g.customers), f.cents(g.balance)] for g in groups],
        ),
    )


def identities_block(f: Fmt, facts: Facts) -> Block:
    """How the customers' companies are known, how many are not, and what of them is owed."""
    companies = facts.data.companies
    known = [one for one in companies.identified if one.status == "accepted"]
    customers = sum(one.customers for one in companies.identified)
    balance = sum((one.balance for one in companies.identified), Decimal(0))
    owed = sum((one.balance for one in known), Decimal(0))
    told = [
        f.n(
            "identities.known",
            sum(one.customers for one in known),
            all=f.integer(customers),
            share=f.percent(float(owed / balance)) if balance > 0 else "–",
        )
    ]
    if companies.doubtful:
        told.append(f.n("identities.doubtful", companies.doubtful))
    if companies.accounts:
        told.append(
            f.t(
                "identities.accounts",
                names=f.names(
                    [
                        f.n(f"identities.accounts.{name}", companies.accounts[name])
                        for name in CONFIDENTIALITIES
                        if companies.accounts.get(name)
                    ]
                ),
            )
        )
    return Block(
        heading=f.t("identities"),
        lead=" ".join(told),
        id="identities",
        table=Table(
            caption=f.t("identities.caption"),
            columns=[
                Column(f.t("col.identity")),
                Column(f.t("col.customers"), "number"),
                Column(f.t("col.balance"), "number"),
            ],
            rows=[
                [
                    f.t(f"identity.{one.method or one.status}"),
                    f.integer(one.customers),
                    f.cents(one.balance),
                ]
                for one in companies.identified
            ],
            foot=[[f.t("col.total"), f.integer(customers), f.cents(balance)]],
        ),
    )
