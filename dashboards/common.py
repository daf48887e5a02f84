"""What several pages share: periods, changes, axis labels, the notices and the footer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from dashboards.context import SiteContext
from dashboards.data import OpenInvoice
from dashboards.facts import Facts
from dashboards.i18n import NBSP, Fmt, Scale, typography
from dashboards.messages import MESSAGES
from dashboards.model import Change
from dashboards.theme import mark_of

BUCKET_KEYS = ("not_due", "1_30", "31_60", "61_90", "91_120", "over_120")


def bucket_names(f: Fmt) -> list[str]:
    """The six buckets as written on the pages."""
    return [f.t(f"bucket.{key}") for key in BUCKET_KEYS]


def months_axis(f: Fmt, days: Sequence[date]) -> list[str]:
    """Axis labels of month ends."""
    return [f.month_short(day) for day in days]


def period(f: Fmt, facts: Facts) -> str:
    """`en un an`, or `depuis fin mars 2024` where the ledger is shorter."""
    if facts.is_year or facts.base is None:
        return f.t("period.year")
    return f.t("period.since", month=f.month(facts.base.month_end))


def then(f: Fmt, facts: Facts) -> str:
    """`il y a un an`, or `fin mars 2024`."""
    if facts.is_year or facts.base is None:
        return f.t("then.year")
    return f.t("then.since", month=f.month(facts.base.month_end))


def changes(
    f: Fmt,
    facts: Facts,
    figure: Callable[[date], float | Decimal | None],
    written: Callable[[float | Decimal], str],
    *,
    is_relative: bool = False,
    rising_is_worse: bool = True,
    has_opinion: bool = True,
    least: float = 0.0,
) -> list[Change]:
    """The two changes of a tile, on the month and on the year (or since the ledger starts).

    Args:
        figure: the figure at a month end.
        written: how a difference (or, `is_relative`, a relative change) is written, sign included.
        rising_is_worse: whether more is worse; ignored without `has_opinion`.
        least: smallest change, in the figure's unit, that is called worse.
    """
    now = figure(facts.as_of)
    found: list[Change] = []
    month = facts.month_ago.month_end if facts.month_ago else None
    rows: list[tuple[date | None, str]] = [(month, f.t("change.month"))]
    if facts.base is not None:
        label = (
            f.t("change.year")
            if facts.is_year
            else f.t("change.since", month=f.month_short(facts.base.month_end))
        )
        rows.append((facts.base.month_end, label))
    for day, label in rows:
        before = figure(day) if day else None
        if now is None or before is None:
            continue
        difference = Decimal(str(now)) - Decimal(str(before))
        if is_relative:
            if before <= 0:
                continue
            text = written(difference / Decimal(str(before)))
        else:
            text = written(difference)
        worse = difference > 0 if rising_is_worse else difference < 0
        found.append(Change(text, label, has_opinion and worse and abs(difference) > Decimal(str(least))))
    return found


def fifo_basis(f: Fmt, facts: Facts) -> str:
    """The share of payments settled by `fifo`: stands beside every lateness figure."""
    if facts.share_fifo is None:
        return f.t("basis.fifo_none")
    return f.t("basis.fifo", share=f.percent(facts.share_fifo, 1))


def score_basis(f: Fmt, facts: Facts) -> str:
    """Whose probabilities these are (a short ledger has the reference's), and the share settled by `fifo`."""
    model = facts.data.model_note[2]
    if not model:
        return fifo_basis(f, facts)
    is_reference = facts.served is None or model == REFERENCE
    key = "basis.model.reference" if is_reference else "basis.model"
    return f"{f.t(key, model=model_name(f, model))} · {fifo_basis(f, facts)}"


def document_name(f: Fmt, invoice: OpenInvoice) -> str:
    """A document's number, with what it was billed in another currency: `F1 (1,000.00 USD)`."""
    name = invoice.document_number or "–"
    if invoice.foreign_currency is None or invoice.foreign_amount is None:
        return name
    return f"{name} ({f.number(invoice.foreign_amount, 2)}\u00a0{invoice.foreign_currency})"


def notices(f: Fmt, facts: Facts) -> list[str]:
    """What a reader must know before the lateness figures."""
    found: list[str] = []
    if facts.is_mostly_assumed and facts.share_assumed is not None:
        found.append(f.t("notice.assumed", share=f.percent(facts.share_assumed, 0)))
    if not facts.now.is_month_end:
        found.append(f.t("notice.partial_month", day=f.day(facts.as_of)))
    return found


def footer(f: Fmt, facts: Facts, context: SiteContext) -> list[tuple[str, bool | None]]:
    """The footer's statements; true = in order, false = not, `None` = neither."""
    expected, difference, failed = facts.tie
    lines: list[tuple[str, bool | None]] = []
    if expected is None or difference is None:
        lines.append((f.t("footer.no_tie"), False))
    elif failed == 0:
        lines.append((f.t("footer.tie", amount=f.cents(expected), difference=f.cents(difference)), True))
    else:
        lines.append((f.n("footer.tie_failed", failed, amount=f.cents(expected)), False))
    rejected = facts.rows_rejected
    lines.append(
        (
            f.n("footer.rows", facts.rows_read) + ", " + f.n("footer.rejected", rejected),
            rejected == 0,
        )
    )
    if facts.share_assumed is not None:
        lines.append((f.t("footer.assumed", share=f.percent(facts.share_assumed, 0)), None))
    if facts.share_fifo is not None:
        lines.append((f.t("footer.fifo", share=f.percent(facts.share_fifo, 1)), None))
    lines.append((model_line(f, facts), None))
    lines.append((f.t("footer.hash", hash=mark_of(context.release_hash)), None))
    return lines


def model_line(f: Fmt, facts: Facts) -> str:
    """The model that is served, its out-of-time figure and the reference's."""
    served = facts.served
    if served is None:
        return f.t("footer.no_model")
    values = {
        "model": model_name(f, served.model),
        "metric": metric_name(f, served.metric),
        "value": f.number(served.value, 3),
    }
    if served.baseline_value is None:
        return f.t("footer.model_alone", **values)
    return f.t("footer.model", **values, baseline=f.number(served.baseline_value, 3))


_CODE = re.compile(r"`([^`]{1,60})`")


def spoken(f: Fmt, text: str) -> str:
    """Words that came with a score as a page says them: names for codes in backticks, the currency for `¤`."""
    symbol = f.symbol + (NBSP if f.locale == "en" and len(f.symbol) > 1 else "")
    named = _CODE.sub(
        lambda found: next(
            (
                f.t(f"{kind}.{found[1]}")
                for kind in ("model", "target", "metric")
                if f"{kind}.{found[1]}" in MESSAGES
            ),
            found[1],
        ),
        text,
    )
    return typography(named.replace("¤", symbol), f.locale)


RAISES, LOWERS = "↑", "↓"


def reasons_text(f: Fmt, reasons: str | None, most: int | None = None) -> str:
    """The reasons of a score in the page's language: a JSON list of {fr, en} or of sentences, or a text.

    An arrow tells whether an estimated reason raises or lowers the score; what is known of the document has none.
    """
    if not reasons:
        return "–"
    try:
        found = json.loads(reasons)
    except json.JSONDecodeError:
        return reasons
    if not isinstance(found, list):
        return str(found)
    words = []
    for reason in found:
        if not isinstance(reason, dict):
            words.append(str(reason))
        elif told := str(reason.get(f.locale) or reason.get("text") or ""):
            arrow = {"raises": RAISES, "lowers": LOWERS}.get(str(reason.get("direction")))
            is_known = reason.get("contribution") is None
            words.append(spoken(f, told) if arrow is None or is_known else f"{arrow}{NBSP}{spoken(f, told)}")
    words = words[:most]
    separator = "\u202f; " if f.locale == "fr" else "; "
    return separator.join(words) if words else "–"


REFERENCE = "customer_rate"
"""The model that every other is compared with, and that serves where none can be judged."""


def metric_name(f: Fmt, metric: str) -> str:
    """A metric's name in words; an unknown one as the table writes it."""
    return f.t(f"metric.{metric}") if f"metric.{metric}" in MESSAGES else metric


def model_name(f: Fmt, model: str | None) -> str:
    """A model's name in words; an unknown one as the table writes it."""
    if model is None:
        return ""
    return f.t(f"model.{model}") if f"model.{model}" in MESSAGES else model


def money_axis(f: Fmt, scale: Scale, ticks: Sequence[float]) -> list[tuple[float, str]]:
    """Ticks of a money axis, in the chart's one unit."""
    return [(tick, f.scaled(tick, scale)) for tick in ticks]


def terms_name(f: Fmt, terms: str) -> str:
    """`30` → `30 jours`, `45 EOM` → `45 jours fin de mois`; other terms as the configuration writes them."""
    if terms == "0":
        return f.t("dso.terms.cash")
    if terms.isdigit():
        return f.t("dso.terms.days", days=terms)
    first, _, rest = terms.partition(" ")
    if first.isdigit() and rest.upper() in ("EOM", "FDM"):
        return f.t("dso.terms.eom", days=first)
    if first.upper() in ("EOM", "FDM") and rest.isdigit():
        return f.t("dso.terms.eom_then", days=rest)
    return terms
