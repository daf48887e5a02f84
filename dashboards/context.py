"""What the caller tells the reports about the run: companies, run id, hashes.

What belongs here: plain frozen data, importable in no time (no DuckDB, no Plotly). What does not: any
figure of the reports, which all come from the tables (`dashboards.data`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Locale = Literal["fr", "en"]
LOCALES: tuple[Locale, ...] = ("fr", "en")


class ReportError(ValueError):
    """The reports cannot be built: a table, a column or the vendored bundle is not what it must be."""


@dataclass(frozen=True)
class Company:
    """One company of the run.

    Attributes:
        company_id: the key in every table (the SIREN, or the configured id).
        name: as configured; shown in the header of every page.
        as_of: the day the figures are drawn up for; must be a `month_end` of `fct_dso_monthly`.
        locale: `fr` or `en`: the language an index of several companies opens in.
        currency: ISO 4217 code of every amount of the company.
    """

    company_id: str
    name: str
    as_of: date
    locale: Locale = "fr"
    currency: str = "EUR"


@dataclass(frozen=True)
class FileHash:
    """One line of the manifest: a file or table, its SHA-256 and, for tables, its number of rows."""

    name: str
    sha256: str
    rows: int | None = None


@dataclass(frozen=True)
class EarlierRun:
    """The release before this one, of other data: what it already told is not new."""

    warnings: Path
    as_of: date


@dataclass(frozen=True)
class Processing:
    """What the record of processing of a company counts (`dashboards.processing` words it).

    Attributes:
        controller, siren, contact: who answers for the data, and whom persons turn to.
        persons: kind (sole_trader, consumer, undisclosed, restricted) → customers; `customers` counts all.
        rows: kind of data (documents, payments, notes, registers, warnings) → rows about persons.
        sources: name of each configured source, and the host asked for it, empty for files.
        external_months, quarantine_months, releases: what the configuration keeps; None: without limit.
        erased, last_erased: orders to erase on record, and the day of the last one.
        scored, decided: persons with a score, and of these with a decision by a human on record.
    """

    controller: str
    siren: str | None
    contact: str | None
    shows_names: bool
    customers: int
    persons: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, str], ...]
    external_months: int | None
    quarantine_months: int | None
    releases: int
    erased: int
    last_erased: date | None
    scored: int
    decided: int


@dataclass(frozen=True)
class SiteContext:
    """Everything that the tables do not say.

    Attributes:
        companies: at least one; with several, each gets a folder of its own and the root lists them.
        run_id: identifier of the run, printed on the auditor's page.
        release_hash: SHA-256 (hex) over the hashes of the release's data, printed on every page.
        default_locale: the language at the root of the site; the other lies in a folder of its code.
        hashes: the manifest's files and tables, for the auditor's page.
        versions: (name, version) of the software that ran, for the auditor's page.
        previous_hash: hash of the previous manifest, empty for the first run.
        earlier: the release whose early warnings are no longer new; None without any.
        shows_persons: sole traders and consumers are named; else their numbers stand for them.
        processing: company → what its record of processing counts; without it the audit page has none.
    """

    companies: tuple[Company, ...]
    run_id: str
    release_hash: str
    default_locale: Locale = "fr"
    hashes: tuple[FileHash, ...] = field(default=())
    versions: tuple[tuple[str, str], ...] = field(default=())
    previous_hash: str = ""
    earlier: EarlierRun | None = None
    shows_persons: bool = False
    processing: Mapping[str, Processing] = field(default_factory=dict)
