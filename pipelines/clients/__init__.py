"""Public APIs of company data, asked for the legal units and names that the ledgers need.

What belongs here: what an API is asked and how (`http`), what its answers are kept as (`snapshots`), one module per
API (`company_search`, `opendatasoft`). What does not: the meaning of an answer (`pipelines.sources`), which day a
snapshot counts from (`pipelines.company_sources`).

Each function asks for what is due, keeps what is new as a snapshot and names every snapshot there is. An API that is
down, slow or changed stops no run: `Fetched.problem` says so in one sentence, and the snapshots of earlier days serve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.config import Api

if TYPE_CHECKING:
    from pipelines.clients.http import Clock


@dataclass(frozen=True)
class NameQuery:
    """A name whose legal unit is looked for; the place as far as the ledgers tell it."""

    name: str
    postcode: str | None = None
    city: str | None = None


@dataclass(frozen=True)
class Request:
    """What is asked of an API.

    Attributes:
        ids: legal units, sorted; those that are no SIREN are left to other registers.
        names: names to look for (company search only).
        folder: where the snapshots and `state.json` are (`raw/<source>/snapshots`).
        today: the day that what is received now bears.
        say: told how far the asking is: the first one may take minutes.
    """

    api: Api
    ids: tuple[str, ...]
    names: tuple[NameQuery, ...]
    folder: Path
    today: date
    say: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)


@dataclass(frozen=True)
class Fetched:
    """What an API has given, now and before.

    Attributes:
        files: every snapshot, old and new (`YYYY-MM-DD-<hash>.jsonl`), a record per line as the API
            gave it, but for what is nobody's business (`sources.minimised`).
        day: day of the last look at which every question was answered; before any, of the last answer, or None.
        problem: why this run got nothing or not all: one sentence, without a key; None when all is well.
        asked: legal units and names that were answered about now.
        new_records: records that were not held before.
    """

    files: tuple[Path, ...]
    day: date | None
    problem: str | None
    asked: int
    new_records: int


def fetch_units(request: Request, clock: Clock | None = None) -> Fetched:
    """Ask the company-search API for legal units and establishments, by SIREN and by name.

    Args:
        clock: time and waiting; None: the real ones.

    Raises:
        UsageError: a key that no header can hold, or that would go unprotected.
        DataError: `state.json` is damaged.
    """
    from pipelines.clients import company_search

    return company_search.fetch(request, clock)


def fetch_notices(request: Request, clock: Clock | None = None) -> Fetched:
    """Ask for the BODACC notices of legal units: all of them the first time, then those since the last one.

    As `fetch_units` for the rest.
    """
    from pipelines.clients import opendatasoft

    return opendatasoft.fetch_notices(request, clock)


def fetch_accounts(request: Request, clock: Clock | None = None) -> Fetched:
    """Ask for the ratios of filed accounts (INPI, BCE) of legal units. As `fetch_units` for the rest."""
    from pipelines.clients import opendatasoft

    return opendatasoft.fetch_accounts(request, clock)


__all__ = ["Fetched", "NameQuery", "Request", "fetch_accounts", "fetch_notices", "fetch_units"]
