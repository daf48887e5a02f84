"""The record of processing (art. 30 GDPR) as a block of the auditor's page and as JSON of the release.

What belongs here: its items and their sentences. What does not: counting (the caller gives `Processing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dashboards.context import LOCALES, Processing
from dashboards.i18n import Fmt
from dashboards.model import Block, Column, Table


def processing_block(f: Fmt, told: Processing) -> Block:
    """Every item of the record with what is really configured and held."""
    return Block(
        heading=f.t("processing"),
        lead=f.n("processing.lead", sum(n for _, n in told.persons), customers=f.integer(told.customers)),
        id="processing",
        table=Table(
            caption=f.t("processing.caption"),
            columns=[Column(f.t("processing.col.item")), Column(f.t("processing.col.told"))],
            rows=[[item, text] for _, item, text in items(f, told)],
        ),
    )


def items(f: Fmt, told: Processing) -> list[tuple[str, str, str]]:
    """(key, item, what is said of it), in the order of art. 30."""
    asked = {name: host for name, host in told.sources if host}
    if not asked:
        transfers = f.t("processing.transfers.none")
    elif "sirene" in asked:
        transfers = f.t(
            "processing.transfers.asked", host=asked["sirene"], hosts=f.names(sorted(set(asked.values())))
        )
    else:
        transfers = f.t("processing.transfers.numbers", hosts=f.names(sorted(set(asked.values()))))
    sources = [
        f.t("processing.source.asked", name=f.t(f"processing.source.{name}"), host=host)
        if host
        else f.t(f"processing.source.{name}")
        for name, host in told.sources
    ]
    rights = f.t("processing.rights.told", n=f.integer(told.erased))
    if told.last_erased is not None:
        rights += " " + f.t("processing.rights.last", day=f.day(told.last_erased))
    said = {
        "controller": f.t("processing.controller.told", name=told.controller, siren=told.siren)
        if told.siren
        else f.t("processing.controller.no_siren", name=told.controller),
        "contact": told.contact or f.t("processing.contact.none"),
        "purposes": f.t("processing.purposes.told"),
        "persons": _counted(f, "processing.kind", told.persons) + f.t("processing.persons.limits"),
        "data": _counted(f, "processing.row", told.rows) + f.t("processing.data.limits"),
        "sources": f.sentence(f.names(sources)) + ".",
        "recipients": f.t(f"processing.recipients.{'shown' if told.shows_names else 'withheld'}"),
        "transfers": transfers,
        "retention": " ".join(
            [
                f.t("processing.retention.books"),
                _months(f, "external", told.external_months),
                _months(f, "quarantine", told.quarantine_months),
                f.t("processing.retention.releases", n=f.integer(told.releases)),
            ]
        ),
        "rights": rights,
        "decisions": f.t(
            "processing.decisions.told", scored=f.integer(told.scored), decided=f.integer(told.decided)
        ),
        "security": f.t("processing.security.told"),
    }
    return [(key, f.t(f"processing.{key}"), text) for key, text in said.items()]


def _counted(f: Fmt, key: str, counts: tuple[tuple[str, int], ...]) -> str:
    told = f.names([f.t(f"{key}.{name}", n=f.integer(n)) for name, n in counts])
    return f"{f.sentence(told)}. "


def _months(f: Fmt, key: str, months: int | None) -> str:
    if months is None:
        return f.t(f"processing.retention.{key}.none")
    return f.t(f"processing.retention.{key}", n=f.integer(months))


def record(companies: Mapping[str, Processing]) -> dict[str, Any]:
    """The whole record as JSON values: the figures, and the words in both languages, by company."""
    formats = {locale: Fmt(locale) for locale in LOCALES}
    return {
        company_id: {
            "figures": {
                **asdict(told),
                "persons": dict(told.persons),
                "rows": dict(told.rows),
                "sources": [{"source": name, "host": host or None} for name, host in told.sources],
                "last_erased": told.last_erased.isoformat() if told.last_erased else None,
            },
            **{
                locale: [{"key": key, "item": item, "told": text} for key, item, text in items(f, told)]
                for locale, f in formats.items()
            },
        }
        for company_id, told in companies.items()
    }


__all__ = ["items", "processing_block", "record"]
