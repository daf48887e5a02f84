"""One proposal per customer: the first rule that holds, its words and its reason, the limit, a person's decision.

The rules run as SQL over `customer_facts`; only the sentences are written customer by customer.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from ml.actions import limits
from ml.actions.facts import FACTS
from ml.actions.rules import WORDING, Rule, first_match
from ml.tables import CUSTOMER_SCORES
from ml.words import LOCALES, written

#: What a proposal adds to a customer's row.
PROPOSALS = pa.schema(
    [
        CUSTOMER_SCORES.field(name)
        for name in (
            *("company_id", "customer_id", "not_due", "expected_late_amount", "overdue", "action"),
            *(
                "recommended_action",
                "recommended_limit",
                "limit_reason",
                "override_action",
                "override_reason",
            ),
            *("override_decided_by", "override_decided_on", "override_valid_to"),
        )
    ]
)
_NOTHING = Rule("none", "true", (), *WORDING["none"])


def make_proposals(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> pa.Table:
    """One row per row of `customer_facts`, in `PROPOSALS`.

    `recommended_action`: JSON {code, rule (its position from 1, 0: none held), values, en, fr, reason_en,
    reason_fr}. `limit_reason`: JSON {code, values, en, fr}. The decision in force of `fct_action_overrides`
    stands beside the proposal, never in its place.
    """
    facts = ", ".join(f"f.{name}" for name in sorted({*FACTS, *limits.UNITS}))
    rows = con.execute(f"""
        with decided as (
            select * from fct_action_overrides where customer_id is not null
            qualify row_number() over (
                partition by company_id, customer_id order by decided_on desc, action, reason, decided_by
            ) = 1
        )
        select f.company_id, f.customer_id, {first_match(rules)} as rule, f.limit_reason, {facts},
            d.action as override_action, d.reason as override_reason, d.decided_by as override_decided_by,
            d.decided_on as override_decided_on, d.valid_to as override_valid_to
        from customer_facts as f left join decided as d using (company_id, customer_id)
        order by f.company_id, f.customer_id
    """)
    columns = [column[0] for column in rows.description]
    out: dict[str, list[Any]] = {name: [] for name in PROPOSALS.names}
    while part := rows.fetchmany(10_000):
        for values in part:
            row = dict(zip(columns, values, strict=True))
            rule = rules[row["rule"]] if row["rule"] >= 0 else _NOTHING
            row |= {
                "expected_late_amount": row["expected_late"],
                "action": rule.action,
                "recommended_action": _text(_action(rule, row["rule"] + 1, row)),
                "limit_reason": _text(_limit(row)),
            }
            for name in out:
                out[name].append(row[name])
    return pa.Table.from_pydict(out, schema=PROPOSALS)


def _action(rule: Rule, position: int, row: Mapping[str, Any]) -> dict[str, Any]:
    told = [fact for fact in rule.told if row[fact] is not None]
    separator = {"en": "; ", "fr": "\u202f; "}
    return {
        "code": rule.action,
        "rule": position,
        "values": {fact: _plain(row[fact]) for fact in told},
        **{locale: _words(getattr(rule, locale), row, locale) for locale in LOCALES},
        **{
            f"reason_{locale}": separator[locale].join(_sentence(fact, row[fact], locale) for fact in told)
            for locale in LOCALES
        },
    }


def _limit(row: Mapping[str, Any]) -> dict[str, Any]:
    words = limits.WORDING[row["limit_reason"]]
    values = {name: row[name] for name in limits.UNITS if f"{{{name}}}" in words[0]}
    return {
        "code": row["limit_reason"],
        "values": {name: _plain(value) for name, value in values.items()},
        **{
            locale: text.format(
                **{
                    name: written(_plainly(value), limits.UNITS[name], locale)
                    for name, value in values.items()
                }
            )
            for locale, text in zip(LOCALES, words, strict=True)
        },
    }


def _sentence(fact: str, value: Any, locale: str) -> str:
    text: str = getattr(FACTS[fact], locale)
    if FACTS[fact].unit == "flag":
        return text.split(" | ")[0 if value else 1]
    return text.format(value=written(_plainly(value), FACTS[fact].unit, locale))


def _words(text: str, row: Mapping[str, Any], locale: str) -> str:
    named = {fact: fact for fact in FACTS if f"{{{fact}}}" in text}
    return text.format(
        **{fact: written(_plainly(row[fact]), FACTS[fact].unit, locale) or "?" for fact in named}
    )


def _plainly(value: Any) -> Any:
    """A value as `ml.words.written` takes it: dates as ISO text."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _plain(value: Any) -> Any:
    """A value as JSON holds it: amounts as the text of the exact decimal."""
    return str(value) if isinstance(value, Decimal | dt.date) else value


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
