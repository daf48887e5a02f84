"""`encours.yml` → typed settings.

What belongs here: reading the configuration file, refusing what it should not hold, resolving paths, globs and
`${NAME}` variables. What does not: the keys of one table (`pipelines.config_tables`), opening the files that the
configuration names (readers do), and the workspace's layout (`pipelines.lake`).

Every refusal is a `UsageError`: one sentence with the file, the line, the key and what to write instead.
Importing this module stays quick: the command line reads it before anything is shown.
"""

from __future__ import annotations

import csv
import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from ml.settings import RiskSettings
from pipelines.config_risk import RiskSection, risk_settings
from pipelines.config_section import Location, Section, codes, dotted, problem, suggest
from pipelines.config_tables import (
    EventsSection,
    LedgerSection,
    TableSection,
    events,
    refuse_written_secret,
    subledger,
    table_input,
    year_end,
)
from pipelines.errors import UsageError
from pipelines.sources.canonical import SUBLEDGER, Contains, Subledger, TableInput

CONFIG_NAME = "encours.yml"
CONFIG_VARIABLE = "ENCOURS_CONFIG"
DEFAULT_AGEING_BUCKETS = (30, 60, 90, 120)
COMPANY_SOURCES = ("sirene", "companies_house", "gleif", "bodacc", "accounts")
"""Keys of `external` that name a source of public data."""
DEFAULT_OPENING_JOURNALS = (
    "AN", "RAN", "ANO", "ANOUV", "OUV", "ANOUVEAU", "A_NOUVEAU", "RN", "REPORT", "BIL",
)  # fmt: skip


# --- the file as written -------------------------------------------------------------------------------------------


class TermsSection(Section):
    """The company's default payment terms."""

    default: str

    @field_validator("default")
    @classmethod
    def _terms_are_readable(cls, value: str) -> str:
        from pipelines.terms import parse_terms

        try:
            parse_terms(value)
        except UsageError as error:
            raise problem(str(error).rstrip(".")) from error
        return value


def _seed(name: str) -> list[dict[str, str]]:
    """The rows of a table that the dbt project holds as data."""
    path = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rates(value: dict[str, str] | None, source: str) -> dict[str, str]:
    """Rates by semester: 1 January or 1 July, percent a year."""
    for day, rate in (value or {}).items():
        if not re.fullmatch(r"[12]\d{3}-(01|07)-01", day):
            raise problem(
                f"'{day}' is not the start of a semester; write 1 January or 1 July, as '2026-01-01' or '2026-07-01'"
            )
        if not re.fullmatch(r"\d{1,2}(\.\d{1,4})?", rate):
            raise problem(
                f"'{rate}' is not a rate in percent; write {source} of {day} with a decimal point, as 2.15"
            )
    return value or {}


class StatutorySection(Section):
    """What the law leaves to the company: the tax basis of its tables, the ceilings of its customers' sectors."""

    tax_basis: Literal["excluding_vat", "including_vat"] = "excluding_vat"
    sector_ceilings: dict[str, str] = Field(default={})

    @field_validator("sector_ceilings")
    @classmethod
    def _ceilings_are_days(cls, value: dict[str, str]) -> dict[str, str]:
        for sector, days in value.items():
            if not re.fullmatch(r"\d{2}(\.?\d{1,2}[A-Za-z]?)?", sector):
                raise problem(
                    f"'{sector}' is not the start of a NAF code; write it in quotes, as '01' or '49.41A'"
                )
            if not re.fullmatch(r"\d{1,3}", days) or not 1 <= int(days) <= 365:
                raise problem(f"'{days}' is not a number of days; write 1 to 365 for sector {sector}")
        return value


class PenaltiesSection(Section):
    """Penalties for late payment: the contracts' own rate, and rates that the user confirms for a semester."""

    rate_pct: str | None = None
    ecb_rates: dict[str, str] = Field(default={})
    legal_rates: dict[str, str] = Field(default={})

    @field_validator("ecb_rates")
    @classmethod
    def _ecb_rates_are_rates(cls, value: dict[str, str]) -> dict[str, str]:
        return _rates(value, "the ECB's main refinancing rate")

    @field_validator("legal_rates")
    @classmethod
    def _legal_rates_are_rates(cls, value: dict[str, str]) -> dict[str, str]:
        return _rates(value, "the legal interest rate")

    @field_validator("rate_pct")
    @classmethod
    def _rate_is_a_rate(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d{1,2}(\.\d{1,4})?", value):
            raise problem(f"'{value}' is not a rate; write percent a year with a decimal point, as 12.5")
        return value

    @model_validator(mode="after")
    def _rate_is_not_under_the_minimum(self) -> PenaltiesSection:
        """A rate under three times the legal rate in force is refused (art. L441-10 II code de commerce)."""
        if self.rate_pct is None:
            return self
        published = {
            row["semester_start"]: row["rate_pct"]
            for row in _seed("reference_rates")
            if row["kind"] == "legal_interest"
        }
        semester, rate = max((published | self.legal_rates).items())
        if Decimal(self.rate_pct) < 3 * Decimal(rate):
            raise problem(
                f"rate_pct {self.rate_pct} is under three times the legal rate of {semester} ({rate} %); write at "
                f"least {3 * Decimal(rate)}, or leave it out for the ECB's rate plus 10 points"
            )
        return self


def _decimal(text: str, what: str, low: str, high: str) -> Decimal:
    """A number within bounds, of at most four decimals: the precision of every ratio."""
    if not re.fullmatch(r"-?\d{1,6}(\.\d{1,4})?", text):
        raise problem(f"'{text}' is not {what}; write at most four decimals after a point, as 0.05")
    value = Decimal(text)
    if not Decimal(low) <= value <= Decimal(high):
        raise problem(f"{text} is not {what}; write a number from {low} to {high}")
    return value


def _rates_by_line(given: dict[str, str], lines: list[str]) -> dict[str, str]:
    for line, rate in given.items():
        if line not in lines:
            raise problem(
                f"'{line}' is no line of the provision that this rate is for; {suggest(line, lines)}"
            )
        _decimal(rate, f"a loss rate of {line}", "0", "1")
    return given


class ProvisionsSection(Section):
    """Expected credit losses: the factor of the matrix and its reason, rates where none was observed, rates set."""

    forward_looking_factor: str = "1"
    overlay_reason: str | None = None
    cohort_age_months: Annotated[int, Field(ge=1, le=120)] = 12
    floors: dict[str, str] = Field(default={})
    individual_rates: dict[str, str] = Field(default={})
    tax_rates: dict[str, str] = Field(default={})

    @field_validator("forward_looking_factor")
    @classmethod
    def _factor_is_a_number(cls, value: str) -> str:
        _decimal(value, "a forward-looking factor", "0.1", "10")
        return value

    @field_validator("floors")
    @classmethod
    def _floors_are_rates(cls, value: dict[str, str]) -> dict[str, str]:
        rows = _seed("expected_credit_loss_lines")
        return _rates_by_line(value, [row["bucket"] for row in rows if row["default_floor_rate"]])

    @field_validator("individual_rates")
    @classmethod
    def _individual_rates_are_rates(cls, value: dict[str, str]) -> dict[str, str]:
        rows = _seed("expected_credit_loss_lines")
        return _rates_by_line(
            value, [row["bucket"] for row in rows if row["section"] in ("individual", "apart")]
        )

    @field_validator("tax_rates")
    @classmethod
    def _tax_rates_are_rates(cls, value: dict[str, str]) -> dict[str, str]:
        rows = _seed("expected_credit_loss_lines")
        return _rates_by_line(value, [row["bucket"] for row in rows if row["default_tax_rate"]])

    def lines(self) -> tuple[ProvisionLine, ...]:
        """Every line of the provision with its rates: those set here, else the project's own."""

        def rate(text: str | None) -> Decimal | None:
            return Decimal(text) if text else None

        return tuple(
            ProvisionLine(
                bucket=row["bucket"],
                floor_rate=rate(self.floors.get(row["bucket"], row["default_floor_rate"])),
                is_floor_configured=row["bucket"] in self.floors,
                individual_rate=rate(self.individual_rates.get(row["bucket"])),
                tax_rate=rate(self.tax_rates.get(row["bucket"], row["default_tax_rate"])),
                is_tax_rate_configured=row["bucket"] in self.tax_rates,
            )
            for row in _seed("expected_credit_loss_lines")
        )


class _CompanyKeys(Section):
    """What may be said once for the whole file, or of one company."""

    ledgers: list[LedgerSection] | None = None
    customers: TableSection | None = None
    events: EventsSection | None = None
    fiscal_year_end: str | None = None
    payment_terms: TermsSection | None = None
    opening_journals: list[str] | None = None
    factor_accounts: list[str] | None = None
    accounts: dict[str, str] | None = None
    line_types: dict[str, dict[str, str]] | None = None
    retention_release_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    statutory: StatutorySection | None = None
    penalties: PenaltiesSection | None = None
    scopes: list[str] | None = None
    ageing_buckets: list[int] | None = None
    provisions: ProvisionsSection | None = None

    _year_end = field_validator("fiscal_year_end")(year_end)
    _split = field_validator("opening_journals", "factor_accounts", "scopes", mode="before")(codes)

    @field_validator("scopes")
    @classmethod
    def _scopes_are_named_once(cls, value: list[str] | None) -> list[str] | None:
        for name in value or []:
            if not name:
                raise problem("a column's name is blank; write one, or leave it out")
            if value is not None and value.count(name) > 1:
                raise problem(f"the column {name} is named twice; keep one")
        return value

    @field_validator("ageing_buckets", mode="before")
    @classmethod
    def _buckets_are_days_that_grow(cls, value: Any) -> Any:
        given = [str(day).strip() for day in codes(value) or []] if isinstance(value, str | list) else []
        days = [int(day) for day in given if re.fullmatch(r"[1-9]\d{0,3}", day)]
        if value is not None and (not days or len(days) < len(given) or days != sorted(set(days))):
            raise problem(
                f"{_shown(value) if not given else '[' + ', '.join(given) + ']'} cannot divide an ageing; write days "
                "past due, whole numbers from 1 to 9999 that grow, as [30, 60, 90, 120]"
            )
        return None if value is None else days

    @field_validator("accounts")
    @classmethod
    def _accounts_have_known_roles(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        roles = sorted({row["role"] for row in _seed("counterpart_accounts")} | {"factor", "other"})
        for account, role in (value or {}).items():
            if not re.fullmatch(r"[1-9][0-9A-Za-z]{0,19}", account):
                raise problem(f"'{account}' is not an account; write the start of its number, in quotes")
            if re.match(r"41[136]", account):
                raise problem(
                    f"{account} is a receivable account; roles are for the other accounts of an entry"
                )
            if role not in roles:
                raise problem(f"'{role}' is no role of an account; {suggest(role, roles)}")
        return value

    @field_validator("line_types")
    @classmethod
    def _line_types_are_known(
        cls, value: dict[str, dict[str, str]] | None
    ) -> dict[str, dict[str, str]] | None:
        rows = _seed("receivable_line_types")
        roles = sorted({row["counterpart_role"] for row in rows})
        for role, sides in (value or {}).items():
            if role not in roles:
                raise problem(f"'{role}' is no role of an account; {suggest(role, roles)}")
            for side, line_type in sides.items():
                # An opening, a transfer and a line that sells are more than a name: only these are free to choose.
                allowed = sorted(
                    {row["line_type"] for row in rows if row["side"] == side} - {"opening_item", "transfer"}
                )
                if side not in ("debit", "credit"):
                    raise problem(f"'{side}' is not a side; write debit or credit")
                if line_type not in allowed:
                    raise problem(f"'{line_type}' cannot be what a {side} is; {suggest(line_type, allowed)}")
        return value


class CompanySection(_CompanyKeys):
    """One company. `id` is what every table carries; it is the SIREN unless given."""

    name: str
    siren: str | None = None
    id: str | None = None
    currency: str = "EUR"
    locale: Literal["fr", "en"] = "fr"
    country: str = "FR"
    department: str | None = None

    @field_validator("country")
    @classmethod
    def _country_has_two_letters(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z]{2}", value):
            raise problem(f"'{value}' is no country; write its two letters, as FR or BE")
        return value.upper()

    @field_validator("department")
    @classmethod
    def _department_has_a_number(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d{2}|2[ABab]|9[78]\d", value):
            raise problem(f"'{value}' is no department; write its number in quotes, as '69', '2A' or '974'")
        return None if value is None else value.upper()

    @field_validator("siren")
    @classmethod
    def _siren_has_nine_digits(cls, value: str | None) -> str | None:
        if value is None:
            return None
        compact = re.sub(r"[\s.]", "", value)
        if not re.fullmatch(r"\d{9}", compact):
            raise problem(f"'{value}' is not a SIREN; write its nine digits in quotes, as '732829320'")
        return compact

    @field_validator("id")
    @classmethod
    def _id_is_a_folder_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value):
            raise problem(f"'{value}' cannot be an id; use letters, digits, '-', '_' and '.' only")
        return value

    @field_validator("currency")
    @classmethod
    def _currency_has_three_letters(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z]{3}", value):
            raise problem(f"'{value}' is not a currency; write its three-letter code, as EUR")
        return value.upper()

    @field_validator("name")
    @classmethod
    def _name_is_not_blank(cls, value: str) -> str:
        if not value:
            raise problem("the name is blank; write the company's name")
        return value

    @model_validator(mode="after")
    def _has_an_identity(self) -> CompanySection:
        if self.siren is None and self.id is None:
            raise problem("the company has no 'siren' (nor an 'id'); add siren: '…', nine digits in quotes")
        return self


class ApiSection(Section):
    """How a public API is asked. `key` only by `${NAME}`; without `url` the source's own address."""

    url: str | None = None
    key: str | None = Field(default=None, repr=False)
    requests_per_second: Annotated[float, Field(gt=0, le=1000)] | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    refresh_days: Annotated[int, Field(ge=0, le=3650)] = 7

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/@]+(/[^\s?#]*)?", value):
            raise problem("it is no address; write https://… without a user, a password or a query")
        return None if value is None else value.rstrip("/")


class SourceSection(Section):
    """One source of public data: published files, or its API."""

    path: str | list[str] | None = None
    api: ApiSection | None = None
    snapshot_date: str | None = None
    max_age_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    ignore: list[str] = Field(default=[])

    @field_validator("ignore")
    @classmethod
    def _are_hashes(cls, value: list[str]) -> list[str]:
        for one in value:
            if not re.fullmatch(r"[0-9a-f]{8,64}", one):
                raise problem(
                    f"'{one}' is no start of a hash; write at least its first 8 characters, in quotes"
                )
        return value

    @model_validator(mode="before")
    @classmethod
    def _a_word_is_a_path(cls, value: Any) -> Any:
        if value == "api":
            return {"api": {}}
        return {"path": value} if isinstance(value, str | list) else value

    @field_validator("api", mode="before")
    @classmethod
    def _yes_is_the_api_as_it_is(cls, value: Any) -> Any:
        return {} if value in ("true", "yes", True) else value

    @field_validator("snapshot_date")
    @classmethod
    def _is_a_format(cls, value: str | None) -> str | None:
        if value is not None and not ("%Y" in value and "%m" in value and "%d" in value):
            raise problem("it is no format of a day; write one as '%Y-%m-%d', as the files' names bear it")
        return value

    @model_validator(mode="after")
    def _is_files_or_api(self) -> SourceSection:
        if (self.path is None) == (self.api is None):
            raise problem("it names no source, or two; write the path of the published file, or api")
        if self.api is not None and self.snapshot_date is not None:
            raise problem("snapshot_date tells the day of files; what an API answers bears its own")
        return self


class ExternalSection(Section):
    """Public data, as published by its sources."""

    sirene: SourceSection | None = None
    bodacc: SourceSection | None = None
    accounts: SourceSection | None = None
    companies_house: SourceSection | None = None
    gleif: SourceSection | None = None
    matches: str = "company_matches.csv"
    match_threshold: Annotated[float, Field(ge=0.5, le=1)] = 0.9

    @field_validator("companies_house", "gleif")
    @classmethod
    def _is_read_from_files(cls, value: SourceSection | None) -> SourceSection | None:
        if value is not None and value.api is not None:
            raise problem("it is read from published files alone; write their path")
        return value


class QualitySection(Section):
    """How the gate judges: severity by expectation."""

    severities: dict[str, Literal["error", "warning"]] = Field(default={})


class RetentionSection(Section):
    """How long what may hold persons' data is kept. Without months: as long as the workspace."""

    external_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    quarantine_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    releases: Annotated[int, Field(ge=1, le=1000)] = 10


class PrivacySection(Section):
    """Persons among the customers: who answers for their data, what pages show, how long it is kept."""

    contact: str | None = None
    show_sole_traders: bool = False
    retention: RetentionSection = RetentionSection()


class ConfigFile(_CompanyKeys):
    """The whole of `encours.yml`."""

    company: CompanySection | None = None
    companies: list[CompanySection] | None = None
    external: ExternalSection = ExternalSection()
    quality: QualitySection = QualitySection()
    privacy: PrivacySection = PrivacySection()
    risk: RiskSection = RiskSection()
    as_of: date | None = None
    workspace: str = "var"

    @field_validator("workspace")
    @classmethod
    def _workspace_is_not_blank(cls, value: str) -> str:
        if not value:
            raise problem("the folder is blank; write workspace: var, or leave the key out")
        return value


# --- the settings everyone else reads ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    """A path or glob of the configuration, with the key it comes from (messages name it)."""

    pattern: str
    key: str
    line: int


@dataclass(frozen=True)
class ProvisionLine:
    """The rates of one line of the provision, each a share from 0 to 1.

    Attributes:
        bucket: the line, as in the seed `expected_credit_loss_lines`.
        floor_rate: where no loss was observed; None on lines that carry no allowance.
        individual_rate: set by the user for a line that is not measured by age, or None.
        tax_rate: of the French tax schedule; None where no event opens it.
    """

    bucket: str
    floor_rate: Decimal | None
    is_floor_configured: bool
    individual_rate: Decimal | None
    tax_rate: Decimal | None
    is_tax_rate_configured: bool


@dataclass(frozen=True)
class Company:
    """One company of the configuration, defaults applied.

    Attributes:
        company_id: the SIREN, or the configured id: the first key of every table.
        country_code: where it is, FR unless given.
        department: its French department, as 69, 2A or 974; None: not given (metropolitan France is then assumed).
        ledgers: its statutory ledgers (FEC); where there are none it has a sub-ledger.
        subledgers: its sub-ledgers, each by a name of its own.
        events: the configured tables of `sources.canonical.EVENTS`; one that is absent has no data.
        fiscal_year_end: `MM-DD`, counted only where no FEC tells the fiscal years; None: not given.
        terms_text: default payment terms as written, or None (the legal default then applies).
        opening_journals: upper-case codes of the journals that carry openings.
        account_roles: (start of an account number, role) that come before the project's own table.
        line_types: (role, side, what a receivable line then is) that come before the project's own table.
        retention_release_days: days from issue to the release of a retention guarantee (4117), or None: a year.
        tax_basis: of the statutory tables, `excluding_vat` or `including_vat`.
        sector_ceilings: (start of a NAF code without point, legal ceiling of payment terms in days).
        penalty_rate_pct: rate of the contracts in percent a year, or None: the law's.
        reference_rates: (`ecb_refinancing` or `legal_interest`, first day of the semester, percent a year), confirmed.
        scopes: columns of the customers' file whose values the metrics are split by; `pattern` is the column.
        ageing_buckets: last day past due of each overdue bucket; what is older is in one more.
        provision_lines: the rates of every line of the provision for expected losses.
        forward_looking_factor: what the rates of its matrix are multiplied by, 1 unless set; `overlay_reason`: why.
        cohort_age_months: age at which a month of billing counts as closed though something of it is open.
        subledgers: its sub-ledgers; `ledgers` (FEC) may be empty beside them.
        events: tables of `canonical.EVENTS`, by name.
        fiscal_year_end: MM-DD, where no FEC tells the fiscal years; None: the calendar's.
    """

    company_id: str
    name: str
    siren: str | None
    currency: str
    locale: Literal["fr", "en"]
    country_code: str
    department: str | None
    ledgers: tuple[Input, ...]
    subledgers: tuple[Subledger, ...]
    events: Mapping[str, TableInput]
    customers: TableInput | None
    fiscal_year_end: str | None
    terms_text: str | None
    opening_journals: tuple[str, ...]
    account_roles: tuple[tuple[str, str], ...]
    line_types: tuple[tuple[str, str, str], ...]
    retention_release_days: int | None
    tax_basis: str
    sector_ceilings: tuple[tuple[str, int], ...]
    penalty_rate_pct: Decimal | None
    reference_rates: tuple[tuple[str, date, Decimal], ...]
    scopes: tuple[Input, ...]
    ageing_buckets: tuple[int, ...]
    provision_lines: tuple[ProvisionLine, ...]
    forward_looking_factor: Decimal
    overlay_reason: str | None
    cohort_age_months: int


@dataclass(frozen=True)
class Api:
    """How a public API is asked.

    Attributes:
        url: where it answers; None: the source's own address.
        key: of the user, where one is needed; never shown.
        requests_per_second: the budget; None: the source's own.
        refresh_days: age from which an answer is asked for again.
    """

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    requests_per_second: float | None = None
    timeout_seconds: float = 20.0
    refresh_days: int = 7


@dataclass(frozen=True)
class ExternalSource:
    """One source of public data: files, or an API.

    Attributes:
        name: its key under `external`.
        inputs: its files; none where it is an API.
        snapshot_format: format of the day that the files' names bear, or None.
        max_age_days: age from which what it says is called old; None: never.
        ignored: starts of hashes of versions that do not count.
    """

    name: str
    inputs: tuple[Input, ...]
    api: Api | None
    snapshot_format: str | None
    max_age_days: int | None
    ignored: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Privacy:
    """What is decided about persons' data (`pipelines.privacy`).

    Attributes:
        contact: whom persons turn to.
        shows_persons: pages and workbooks show persons' names.
        external_months: months for which superseded versions of public data are kept; None: for ever.
        quarantine_months: months for which refused rows are kept that no run counts any more; None: for ever.
        releases: how many releases are kept beside the pinned ones.
    """

    contact: str | None = None
    shows_persons: bool = False
    external_months: int | None = None
    quarantine_months: int | None = None
    releases: int = 10


@dataclass(frozen=True)
class Settings:
    """`encours.yml`, validated, with absolute paths.

    Attributes:
        source: the file these settings come from.
        external: sources of public data, by name (`sirene`, `bodacc`…): the configured ones.
        matches: the file in which doubtful matches of customers with companies are listed, and decided by the user.
        match_threshold: score from which a match by name is accepted, 0.5 to 1.
        workspace: the folder that holds everything the pipeline writes.
        sha256: of the file's text before `${NAME}` is replaced, so that no secret enters a manifest.
        risk: every assumption of the scores, and the rules of actions.
    """

    source: Path
    companies: tuple[Company, ...]
    external: Mapping[str, ExternalSource]
    matches: Path
    match_threshold: float
    as_of: date | None
    workspace: Path
    severities: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    privacy: Privacy = Privacy()
    risk: RiskSettings = field(default_factory=RiskSettings)

    @property
    def root(self) -> Path:
        """The folder that relative paths start from."""
        return self.source.parent

    def files(self, given: Input | TableInput) -> list[Path]:
        """The files a configured path or glob stands for, sorted; refused when there are none."""
        if given.pattern is None:
            return []
        pattern = os.path.expanduser(given.pattern)
        absolute = pattern if os.path.isabs(pattern) else str(self.root / pattern)
        where = f"{self.source.name}, line {given.line}, key {given.key}"
        if glob.has_magic(absolute) and not os.path.exists(absolute):
            found = sorted(Path(p) for p in glob.glob(absolute, recursive=True) if os.path.isfile(p))
            found = [p for p in found if not p.name.startswith(".")]
            if not found:
                raise UsageError(
                    f"{where}: no file found at {given.pattern} (looked in {self.root}); "
                    "put the file there or correct the path."
                )
            return found
        path = Path(absolute)
        if path.is_dir():
            raise UsageError(
                f"{where}: {given.pattern} is a folder; name its files, for instance "
                f"{given.pattern.rstrip('/')}/*.txt."
            )
        if not path.is_file():
            raise UsageError(
                f"{where}: no file found at {given.pattern} (looked in {self.root}); "
                "put the file there or correct the path."
            )
        return [path]

    def ledger_files(self, company: Company) -> list[Path]:
        """Every ledger file of a company, sorted, each once."""
        return sorted({path for ledger in company.ledgers for path in self.files(ledger)})

    def find_files(self, company: Company) -> None:
        """Refuse a company's files that are not there; those may be gone whose versions count for ever."""
        self.ledger_files(company)
        for table in self.tables(company):
            if table.spec.contains is Contains.EVERYTHING:
                self.files(table)

    def tables(self, company: Company) -> list[TableInput]:
        """Every configured table of a company: its sub-ledgers', its events', its customers."""
        own = [table for ledger in company.subledgers for table in ledger.tables.values()]
        customers = [company.customers] if company.customers else []
        return [*own, *company.events.values(), *customers]


# --- reading -------------------------------------------------------------------------------------------------------


def find_config(given: str | os.PathLike[str] | None = None) -> Path:
    """The configuration file: the one given, else `ENCOURS_CONFIG`, else `encours.yml` in the current folder.

    Raises:
        UsageError: there is none.
    """
    chosen = given or os.environ.get(CONFIG_VARIABLE)
    path = Path(chosen) if chosen else Path(CONFIG_NAME)
    if path.is_dir():
        path = path / CONFIG_NAME
    if not path.is_file():
        raise UsageError(
            f"No configuration at {path}: run `encours init DIR` to get a commented {CONFIG_NAME}, "
            "or point to yours with --config."
        )
    return path.resolve()


def load_settings(path: str | os.PathLike[str]) -> Settings:
    """Read and validate a configuration file.

    Raises:
        UsageError: anything in it is wrong; the sentence names file, line, key and remedy.
    """
    source = Path(path).resolve()
    try:
        raw = source.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{source}: cannot be read ({error.strerror}); check the path and its rights."
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source.name}: not UTF-8 text (byte {error.start}); save it as UTF-8.") from error

    data, lines = _parse(text, source.name)
    try:
        config = ConfigFile.model_validate(data)
    except ValidationError as error:
        # The validation's own error repeats the values: secrets would be in its traceback.
        raise UsageError(_without_secrets(_sentence(error, lines, source.name, data), text)) from None
    return _settle(config, source, lines, text, hashlib.sha256(raw).hexdigest())


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _without_secrets(sentence: str, text: str) -> str:
    """A message with the values of the environment variables taken back to their names."""
    values = {os.environ.get(name, ""): name for name in _VARIABLE.findall(text)}
    for value in sorted(filter(None, values), key=len, reverse=True):
        sentence = sentence.replace(f"'{value}'", f"${{{values[value]}}}")
        if len(value) >= 6:
            sentence = sentence.replace(value, f"${{{values[value]}}}")
    return sentence


def _parse(text: str, name: str) -> tuple[dict[str, Any], dict[Location, int]]:
    """YAML text → plain values and the line of every key.

    Scalars stay as written (`siren: 012345678` keeps its zero); only null is read as such. Aliases are resolved;
    tags that build objects are not.
    """
    # Between braces YAML would read `${NAME}` as a mapping: the variables travel through it between two marks.
    masked = _VARIABLE.sub("\ue000\\1\ue001", text)
    try:
        node = yaml.compose(masked, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = (error.problem or "syntax error").rstrip(".")
        raise UsageError(
            f"{name}{line}: not valid YAML ({problem}); check indentation, colons and quotes."
        ) from error
    except yaml.YAMLError as error:
        raise UsageError(f"{name}: not valid YAML ({str(error).splitlines()[0]}); correct it.") from error
    if node is None:
        raise UsageError(f"{name}: the file is empty; `encours init DIR` writes a commented one.")
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(
            f"{name}, line 1: expected keys such as 'company:' and 'ledgers:'; see `encours init DIR`."
        )
    lines: dict[Location, int] = {(): 1}
    return _value(node, (), lines, name), lines


def _value(node: yaml.Node, at: Location, lines: dict[Location, int], name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise UsageError(f"{name}, line {line}: a key must be a word; quote it or indent it.")
            key = key_node.value
            here = (*at, key)
            if key in result:
                raise UsageError(f"{name}, line {line}, key {dotted(here)}: given twice; keep one of them.")
            lines[here] = line
            result[key] = _value(value_node, here, lines, name)
        return result
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            here = (*at, index)
            lines[here] = item.start_mark.line + 1
            items.append(_value(item, here, lines, name))
        return items
    if node.tag == "tag:yaml.org,2002:null":
        return None
    return _substitute(node.value, at, lines, name)


def _substitute(value: str, at: Location, lines: dict[Location, int], name: str) -> str:
    """Replace `${NAME}` by the environment variable, refused when it is not set."""
    where = f"{name}, line {lines.get(at, 1)}, key {dotted(at)}"
    if at[:1] == ("external",) and at[-1:] == ("key",) and not re.fullmatch("\ue000.+\ue001", value):
        raise UsageError(f"{where}: a key is not written here; export it as a variable and write ${{NAME}}.")
    if at[-1:] == ("database",):
        refuse_written_secret(
            re.sub("\ue000(.+?)\ue001", r"${\1}", value), lambda said: UsageError(f"{where}: {said}")
        )

    def replace(match: re.Match[str]) -> str:
        variable = match.group(1)
        if variable not in os.environ:
            raise UsageError(
                f"{where}: the environment variable {variable} is not set; export it"
                + ("." if at[-1:] in (("database",), ("key",)) else " or write the value.")
            )
        return os.environ[variable]

    return re.sub("\ue000(.+?)\ue001", replace, value)


def _model_at(location: Location) -> type[BaseModel] | None:
    """The section that a location lies in: what its known keys are."""
    model: type[BaseModel] = ConfigFile
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        inner = next(_sections(annotation), None)
        if inner is None:
            return None
        model = inner
    return model


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _sections(argument)


_EXPECTED = {
    "string_type": "a text",
    "model_type": "keys and values (an indented block, or {…})",
    "dict_type": "keys and values (an indented block, or {…})",
    "list_type": "a list (lines that start with '-')",
    "tuple_type": "a list (lines that start with '-')",
    "mapping_type": "keys and values (an indented block, or {…})",
    "float_parsing": "a number, with a decimal point",
    "int_parsing": "a whole number",
    "date_from_datetime_parsing": "a date written YYYY-MM-DD",
    "date_parsing": "a date written YYYY-MM-DD",
    "date_type": "a date written YYYY-MM-DD",
    "date_from_datetime_inexact": "a date written YYYY-MM-DD",
}


def _at(data: Any, location: Location) -> Any:
    for part in location:
        # A table given by its path alone has no keys below it.
        if not isinstance(data, dict | list):
            break
        data = data[part]  # type: ignore[index]
    return data


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    return f"'{value}'"


def _sentence(error: ValidationError, lines: dict[Location, int], name: str, data: Any) -> str:
    """The first problem of a validation, unknown keys before the others, as one sentence."""
    problems = sorted(error.errors(), key=lambda p: p["type"] != "extra_forbidden")
    first = problems[0]
    location: Location = tuple(first["loc"])
    line = next((lines[location[:n]] for n in range(len(location), -1, -1) if location[:n] in lines), 1)
    where = f"{name}, line {line}, key {dotted(location)}" if location else f"{name}, line {line}"
    kind = first["type"]
    if kind == "extra_forbidden":
        model = _model_at(location[:-1])
        known = [one.alias or key for key, one in model.model_fields.items()] if model else []
        told = suggest(str(location[-1]), known)
        return f"{where}: unknown key '{location[-1]}'; {told}{'' if told.endswith('?') else '.'}"
    if kind == "missing":
        model = _model_at(location[:-1])
        inside = dotted(location[:-1]) or "the file"
        return f"{name}, line {line}: the key '{location[-1]}' is missing in {inside}; add it."
    if kind == "literal_error":
        expected = str(first["ctx"]["expected"]).replace("'", "")
        return f"{where}: {_shown(first['input'])} is not accepted; write {expected}."
    if kind == "encours":
        return f"{where}: {first['msg']}" + ("" if first["msg"].endswith("?") else ".")
    if kind in _EXPECTED:
        return f"{where}: expected {_EXPECTED[kind]}, found {_shown(_at(data, location))}; correct the value."
    return f"{where}: {first['msg']}, found {_shown(first['input'])}; correct the value."


def _external(
    section: ExternalSection, lines: Mapping[Location, int], refuse: Callable[[Location, str], UsageError]
) -> dict[str, ExternalSource]:
    """The configured sources of public data, by name."""
    found = {}
    for name in COMPANY_SOURCES:
        given: SourceSection | None = getattr(section, name)
        if given is None:
            continue
        at: Location = ("external", name)
        paths = [given.path] if isinstance(given.path, str) else given.path or []
        if any(not path for path in paths) or (given.api is None and not paths):
            raise refuse(at, "the path is blank; write one or leave the key out.")
        line = lines.get(at, 1)
        found[name] = ExternalSource(
            name=name,
            inputs=tuple(Input(path, dotted(at), line) for path in paths),
            api=None if given.api is None else _api(given.api, given.max_age_days),
            snapshot_format=given.snapshot_date,
            max_age_days=given.max_age_days,
            ignored=tuple(given.ignore),
            line=line,
        )
    return found


def _api(section: ApiSection, max_age_days: int | None) -> Api:
    """How an API is asked: an answer that would be called old is asked for again before."""
    days = section.refresh_days if max_age_days is None else min(section.refresh_days, max_age_days)
    return Api(**{**section.model_dump(), "refresh_days": days})


def _below(source: Path, given: str) -> Path:
    """A path of the configuration, from the folder of its file."""
    path = Path(os.path.expanduser(given))
    return (path if path.is_absolute() else source.parent / path).resolve()


def _settle(config: ConfigFile, source: Path, lines: dict[Location, int], text: str, sha256: str) -> Settings:
    """Apply the file's defaults to its companies and check what spans several keys."""
    name = source.name

    def refuse(location: Location, sentence: str) -> UsageError:
        line = next((lines[location[:n]] for n in range(len(location), -1, -1) if location[:n] in lines), 1)
        key = f", key {dotted(location)}" if location else ""
        stop = "" if sentence.endswith((".", "?")) else "."
        return UsageError(_without_secrets(f"{name}, line {line}{key}: {sentence}{stop}", text))

    if config.company and config.companies:
        raise refuse(("companies",), "give 'company' or 'companies', not both; keep one.")
    if not config.company and not config.companies:
        raise refuse((), "the key 'company' is missing; add company: {name: …, siren: '…'}.")
    sections: list[tuple[CompanySection, Location]]
    if config.companies:
        sections = [(section, ("companies", index)) for index, section in enumerate(config.companies)]
    else:
        assert config.company is not None
        sections = [(config.company, ("company",))]

    def given(value: str | None, location: Location) -> Input | None:
        if value is None:
            return None
        if not value:
            raise refuse(location, "the path is blank; write one or leave the key out.")
        return Input(value, dotted(location), lines.get(location, 1))

    companies: list[Company] = []
    for section, at in sections:
        own = section.ledgers is not None
        ledgers_at: Location = (*at, "ledgers") if own else ("ledgers",)
        ledgers = section.ledgers if own else config.ledgers
        if not own and config.ledgers is not None and len(sections) > 1:
            raise refuse(
                ("ledgers",), "with several companies each has its own 'ledgers'; move the key into them."
            )
        if not ledgers:
            raise refuse(
                ledgers_at if ledgers_at in lines else at,
                "no ledger is configured; add ledgers: [{kind: fec, path: ledgers/*.txt}], or a sub-ledger: "
                "[{kind: subledger, invoices: erp/invoices.csv}].",
            )
        company_id = section.id or section.siren or ""
        if any(company.company_id == company_id for company in companies):
            raise refuse(at, f"the company {company_id} is given twice; keep one or give them different ids.")
        paths: list[Input] = []
        subledgers: list[Subledger] = []
        for index, ledger in enumerate(ledgers):
            ledger_at: Location = (*ledgers_at, index)
            if ledger.kind == "subledger":
                one = subledger(ledger, ledger_at, lines, source, refuse)
                if any(one.name.lower() == other.name.lower() for other in subledgers):
                    raise refuse(
                        ledger_at, f"a second sub-ledger named {one.name}; give each a name: of its own."
                    )
                subledgers.append(one)
                continue
            for key in ("name", "preset", *SUBLEDGER):
                if getattr(ledger, key) is not None:
                    raise refuse(
                        (*ledger_at, key), "goes with kind: subledger; write that kind, or leave the key out."
                    )
            path = given(ledger.path, (*ledger_at, "path"))
            if path is None:
                raise refuse(ledger_at, "the key 'path' is missing; add path: ledgers/*.txt.")
            paths.append(path)

        def chosen(key: str, section: CompanySection = section) -> Any:
            """The company's own value, else the file's."""
            own = getattr(section, key)
            return getattr(config, key) if own is None else own

        def location(key: str, section: CompanySection = section, at: Location = at) -> Location:
            """Where the value `chosen` stands."""
            return (key,) if getattr(section, key) is None else (*at, key)

        customers = None
        if (table := chosen("customers")) is not None:
            customers = table_input(table, "customers", None, location("customers"), lines, source, refuse)
        terms = chosen("payment_terms")
        statutory = chosen("statutory") or StatutorySection()
        penalties = chosen("penalties") or PenaltiesSection()
        scopes_at = location("scopes")
        scopes = [
            Input(
                column, dotted((*scopes_at, index)), lines.get((*scopes_at, index), lines.get(scopes_at, 1))
            )
            for index, column in enumerate(chosen("scopes") or [])
        ]
        if scopes and customers is None:
            raise refuse(
                scopes_at, "scopes are columns of the customers' file; add customers: customers.csv."
            )
        provisions = chosen("provisions") or ProvisionsSection()
        roles = dict.fromkeys(chosen("factor_accounts") or [], "factor") | (chosen("accounts") or {})
        companies.append(
            Company(
                company_id=company_id,
                name=section.name,
                siren=section.siren,
                currency=section.currency,
                locale=section.locale,
                country_code=section.country,
                department=section.department,
                ledgers=tuple(paths),
                subledgers=tuple(subledgers),
                events=events(chosen("events"), location("events"), lines, source, refuse),
                customers=customers,
                fiscal_year_end=chosen("fiscal_year_end"),
                terms_text=terms.default if terms else None,
                opening_journals=tuple(
                    code.upper() for code in chosen("opening_journals") or DEFAULT_OPENING_JOURNALS
                ),
                account_roles=tuple(sorted(roles.items())),
                line_types=tuple(
                    (role, side, line_type)
                    for role, sides in sorted((chosen("line_types") or {}).items())
                    for side, line_type in sorted(sides.items())
                ),
                retention_release_days=chosen("retention_release_days"),
                tax_basis=statutory.tax_basis,
                sector_ceilings=tuple(
                    (sector.replace(".", "").upper(), int(days))
                    for sector, days in sorted(statutory.sector_ceilings.items())
                ),
                penalty_rate_pct=None if penalties.rate_pct is None else Decimal(penalties.rate_pct),
                reference_rates=tuple(
                    (kind, date.fromisoformat(day), Decimal(rate))
                    for kind, rates in (
                        ("ecb_refinancing", penalties.ecb_rates),
                        ("legal_interest", penalties.legal_rates),
                    )
                    for day, rate in sorted(rates.items())
                ),
                scopes=tuple(scopes),
                ageing_buckets=tuple(chosen("ageing_buckets") or DEFAULT_AGEING_BUCKETS),
                provision_lines=provisions.lines(),
                forward_looking_factor=Decimal(provisions.forward_looking_factor),
                overlay_reason=provisions.overlay_reason or None,
                cohort_age_months=provisions.cohort_age_months,
            )
        )
    if config.quality.severities:
        from data_quality import PolicyError, check_severities

        for expectation, severity in config.quality.severities.items():
            try:
                check_severities({expectation: severity})
            except PolicyError as error:
                raise refuse(("quality", "severities", expectation), f"{str(error).rstrip('.')}.") from error
    return Settings(
        source=source,
        companies=tuple(companies),
        external=_external(config.external, lines, refuse),
        matches=_below(source, config.external.matches),
        match_threshold=config.external.match_threshold,
        as_of=config.as_of,
        workspace=_below(source, config.workspace),
        severities=dict(config.quality.severities),
        sha256=sha256,
        privacy=Privacy(
            contact=config.privacy.contact or None,
            shows_persons=config.privacy.show_sole_traders,
            external_months=config.privacy.retention.external_months,
            quarantine_months=config.privacy.retention.quarantine_months,
            releases=config.privacy.retention.releases,
        ),
        risk=risk_settings(config.risk, lambda given: _below(source, given), refuse),
    )
