"""Companies as public registers tell of them: the tables that every source lands, and what a source is.

What belongs here: the columns, what they mean, what is looked for. What does not: a format (`sirene`, `bodacc`,
`filed_accounts`, `companies_house`, `gleif`), a client (`pipelines.clients`), who is which customer
(`pipelines.identities`).

Adding a source: write `land_<name>(path, raw_dir, quarantine_dir, wanted) -> LandedFile`, which reads one published
file and lands one or more of `TABLES` (`LandedFile.tables`: table → Parquet of exactly its columns, sorted by its
key), keeping only what is wanted; where the source has an API, a function that writes what it answers as such a file
(`pipelines.clients`); then name both in `pipelines.company_sources.SOURCES` and the source in `config.ExternalSection`.
Everything after that is the same for all: versions by day, identities, proceedings, early warnings.

Of persons no more is landed than is used: no street, no date of birth, no manager (`sources.minimised`).

A legal unit is named `legal_unit_id`: in France its SIREN (nine digits); elsewhere the country's code, a hyphen and
the number of its register (`GB-01234567`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNITS: Mapping[str, str] = {
    "legal_unit_id": "VARCHAR",
    "legal_name": "VARCHAR",  # null where withheld (partial diffusion)
    "other_names": "VARCHAR",  # acronym, usual and trade names, separated by |; null without
    "is_sole_trader": "BOOLEAN",
    "legal_category": "VARCHAR",  # code of the country's own classification
    "creation_date": "DATE",
    "naf_code": "VARCHAR",  # NAF revision 2, as 62.02A; null abroad
    "naf25_code": "VARCHAR",  # NAF 2025; null before files bear it
    "sector_text": "VARCHAR",  # what the register says where there is no NAF code
    "headcount_band": "VARCHAR",
    "size_category": "VARCHAR",  # PME, ETI, GE
    "administrative_state": "VARCHAR",  # A active, C ceased
    "state_since": "DATE",
    "is_diffusible": "BOOLEAN",
    "head_establishment_id": "VARCHAR",  # SIRET of the head office
    "postcode": "VARCHAR",  # of the head office, where the file tells it
    "city": "VARCHAR",
    "country_code": "VARCHAR",
    "updated_on": "DATE",  # day of the register's last change of the row
}
ESTABLISHMENTS: Mapping[str, str] = {
    "establishment_id": "VARCHAR",  # SIRET
    "legal_unit_id": "VARCHAR",
    "is_head_office": "BOOLEAN",
    "trade_name": "VARCHAR",
    "naf_code": "VARCHAR",
    "administrative_state": "VARCHAR",  # A open, F closed
    "state_since": "DATE",
    "creation_date": "DATE",
    "postcode": "VARCHAR",
    "city": "VARCHAR",
    "is_diffusible": "BOOLEAN",
    "updated_on": "DATE",
}
NOTICES: Mapping[str, str] = {
    "notice_id": "VARCHAR",
    "legal_unit_id": "VARCHAR",
    "publication_date": "DATE",
    "family": "VARCHAR",  # as published: collective, radiation, dpc, vente, modification, creation…
    "judgment_date": "DATE",
    "judgment_nature": "VARCHAR",  # as written
    "judgment_kind": "VARCHAR",  # what it does to proceedings; `other` where nothing
    # sale, accounts_filed, address, managers, capital, name, creation, other; null: a judgment
    "change_kind": "VARCHAR",
    "court": "VARCHAR",
    "court_department": "VARCHAR",  # 75, 2A, 974
    "notice_type": "VARCHAR",  # annonce, rectificatif, annulation
    "parent_notice_id": "VARCHAR",
    "accounts_closing_date": "DATE",  # of the accounts a notice says were filed
    "is_confidential": "BOOLEAN",  # whether they were filed with a declaration of confidentiality
    "raw": "VARCHAR",  # the record as published but for persons (`sources.minimised`), canonical JSON
}
ACCOUNTS: Mapping[str, str] = {
    "legal_unit_id": "VARCHAR",
    "closing_date": "DATE",
    "accounts_kind": "VARCHAR",  # complete, simplified, consolidated, other
    "confidentiality": "VARCHAR",  # public, partial, confidential
    "filing_date": "DATE",  # null where the source does not tell it
    "recorded_on": "DATE",  # day the source wrote the row, where it tells it: known by then
    "turnover": "DECIMAL(18,2)",  # EUR; amounts and ratios are null where confidential or absent, never 0
    "gross_margin": "DECIMAL(18,2)",
    "ebitda": "DECIMAL(18,2)",
    "ebit": "DECIMAL(18,2)",
    "net_income": "DECIMAL(18,2)",
    "equity_ratio_pct": "DECIMAL(18,3)",  # autonomie financière
    "debt_ratio_pct": "DECIMAL(18,3)",
    "liquidity_ratio_pct": "DECIMAL(18,3)",
    "interest_burden_pct": "DECIMAL(18,3)",  # couverture des intérêts: interest / EBITDA
    "ebitda_margin_pct": "DECIMAL(18,3)",
    "customer_credit_days": "DECIMAL(18,3)",
    "supplier_credit_days": "DECIMAL(18,3)",
}
LINKS: Mapping[str, str] = {
    "legal_unit_id": "VARCHAR",
    "parent_id": "VARCHAR",  # a legal_unit_id, or `LEI-…` where its register is not known
    "parent_name": "VARCHAR",
    "link_kind": "VARCHAR",  # direct, ultimate
    "valid_from": "DATE",
    "valid_to": "DATE",  # first day on which it no longer holds
    "recorded_on": "DATE",
}
TABLES: Mapping[str, tuple[str, Mapping[str, str], tuple[str, ...]]] = {
    "units": ("One legal unit of a register.", UNITS, ("legal_unit_id",)),
    "establishments": ("One establishment of a legal unit.", ESTABLISHMENTS, ("establishment_id",)),
    "notices": ("One notice and legal unit it speaks of.", NOTICES, ("notice_id", "legal_unit_id")),
    "accounts": (
        "One set of filed accounts.",
        ACCOUNTS,
        ("legal_unit_id", "closing_date", "accounts_kind"),
    ),
    "links": (
        "One parent of a legal unit.",
        LINKS,
        ("legal_unit_id", "parent_id", "link_kind", "valid_from"),
    ),
}
"""Table → (what a row is, columns with DuckDB types, key)."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for in files that cover a whole country.

    Attributes:
        ids: legal units to keep; None keeps every row (extracts).
        blocks: keys of names that are looked for (`identities.blocks` of a name): units that bear one are kept too,
            as candidates.
    """

    ids: frozenset[str] | None = None
    blocks: frozenset[str] = frozenset()


__all__ = ["ACCOUNTS", "ESTABLISHMENTS", "LINKS", "NOTICES", "TABLES", "UNITS", "Wanted"]
