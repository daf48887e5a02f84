"""What to do about a customer next: one code with the facts it rests on, never an estimate alone.

The first rule that applies wins. Amounts are text of the exact decimal, dates ISO. The words name
no amount, so that a page can write the amounts its own way.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml.words import written_date

#: Code → (English, French).
WORDING: Mapping[str, tuple[str, str]] = {
    "declare_claim": ("Declare the claim by {deadline}", "Déclarer la créance avant le {deadline}"),
    "request_relief": (
        "Claim deadline passed: if it was not declared, ask for relief from foreclosure by {deadline}",
        "Délai de déclaration passé : sans déclaration, demander le relevé de forclusion avant le {deadline}",
    ),
    "follow_proceedings": ("Follow the proceedings", "Suivre la procédure"),
    "formal_notice": ("In default: send formal notice", "En défaut : mettre en demeure"),
    "call": (
        "Call: oldest unpaid document {days} days past due",
        "Appeler : plus ancien impayé échu depuis {days} jours",
    ),
    "remind": ("Send a reminder: {documents} documents past due", "Relancer : {documents} pièces échues"),
    "watch": (
        "Watch: part of what falls due is likely to be late",
        "Surveiller : une partie de l’encours risque un retard",
    ),
    "none": ("Nothing to do", "Rien à faire"),
}
#: Documents older than this past due call for a call rather than a reminder.
CALL_AFTER_DAYS = 30
#: Watch from this share of the amount not yet due expected late.
WATCH_SHARE = Decimal("0.5")


@dataclass(frozen=True)
class Facts:
    """What is known of a customer at the as-of day. Money in the company's currency."""

    as_of: dt.date
    overdue: Decimal
    overdue_documents: int
    oldest_overdue_days: int
    not_due: Decimal
    expected_late: Decimal | None
    is_in_default: bool
    default_date: dt.date | None
    default_reason: str | None
    judgment_date: dt.date | None
    judgment_kind: str | None
    claim_amount: Decimal | None
    claim_deadline: dt.date | None
    relief_deadline: dt.date | None


def recommend(facts: Facts) -> str:
    """The action as JSON text: {code, values, en, fr}."""
    code, values = _rule(facts)
    english, french = WORDING[code]
    words = {k: v for k, v in values.items() if k in ("days", "documents")}
    action = {
        "code": code,
        "values": values,
        "en": english.format(deadline=written_date(values.get("deadline"), "en"), **_blank(words)),
        "fr": french.format(deadline=written_date(values.get("deadline"), "fr"), **_blank(words)),
    }
    return json.dumps(action, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _blank(words: dict[str, Any]) -> dict[str, Any]:
    return {"days": "", "documents": ""} | words


def _rule(facts: Facts) -> tuple[str, dict[str, Any]]:
    if facts.judgment_date is not None:
        claim: dict[str, Any] = {
            "judgment_date": facts.judgment_date.isoformat(),
            "kind": facts.judgment_kind,
        }
        if facts.claim_amount is not None:
            claim["amount"] = str(facts.claim_amount)
        owed = facts.claim_amount is None or facts.claim_amount > 0
        if owed and facts.claim_deadline is not None and facts.as_of <= facts.claim_deadline:
            return "declare_claim", claim | {"deadline": facts.claim_deadline.isoformat()}
        if owed and facts.relief_deadline is not None and facts.as_of <= facts.relief_deadline:
            return "request_relief", claim | {"deadline": facts.relief_deadline.isoformat()}
        return "follow_proceedings", claim
    late: dict[str, Any] = {
        "amount": str(facts.overdue),
        "documents": facts.overdue_documents,
        "days": facts.oldest_overdue_days,
    }
    if facts.is_in_default:
        since = facts.default_date.isoformat() if facts.default_date else None
        return "formal_notice", late | {"since": since, "reason": facts.default_reason}
    if facts.overdue_documents and facts.oldest_overdue_days > CALL_AFTER_DAYS:
        return "call", late
    if facts.overdue_documents:
        return "remind", late
    if (
        facts.expected_late is not None
        and facts.not_due > 0
        and facts.expected_late >= WATCH_SHARE * facts.not_due
    ):
        return "watch", {"amount": str(facts.not_due), "expected_late": str(facts.expected_late)}
    return "none", {}
