"""The configuration that `encours init` writes.

What belongs here: its text. What does not: reading it (`pipelines.config`).
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from pipelines.config import CONFIG_NAME
from pipelines.config_section import suggest
from pipelines.config_tables import Preset, load_preset, preset_names
from pipelines.errors import UsageError
from pipelines.lake import write_text

HEAD = """\
# encours: what to read and for whom. Paths are relative to this file; * stands for any name.
# `encours check` reads everything and writes nothing; `encours run` publishes under `workspace`.

company:
  name: My company
  siren: '000000000'      # nine digits, in quotes
  currency: EUR
  locale: fr              # fr | en: the language the reports open in

"""

FEC_LEDGERS = """\
# The statutory export (FEC) of each fiscal year, as your accounting software or accountant gives it.
# Drop several years: openings are then matched to the invoices they carry forward.
ledgers:
  - {kind: fec, path: ledgers/*.txt}
  # Beside it or alone, your ERP's receivables: due dates and payments of every day. `encours map FILE` proposes the
  # columns of a file; `encours init DIR --preset odoo` (or dolibarr, erpnext, sage, sap, quickbooks, xero) knows them.
  # - kind: subledger
  #   invoices: {path: erp/invoices.csv, columns: {invoice_id: Numéro, amount: Total TTC}}
  #   payments: erp/payments.csv
"""

TAIL = """
# Optional: the last day of the fiscal year, where no FEC tells it.
# fiscal_year_end: '12-31'

# Optional: one row per customer; only customer_id is required. Several rows of one, each with its valid_from, say
# which terms and limits held when.
# customer_id,name,siren,vat_number,country,payment_terms,credit_limit,valid_from
# customers: customers.csv

# Optional: what happened around the documents, each a file or a query.
# events: {disputes: events/disputes.csv, promises: events/promises.csv, reminders: events/reminders.csv}

# What applies where the customer has no terms: 30 | 30 EOM | EOM 45 | 60 EOM 10 | 0, or in French
# (30 FDM, 30 jours fin de mois). Without it: 30 days, the legal default.
payment_terms: {default: '30'}

# Optional: public data, each as published files (a path, a glob, a list) or, for the first three, `api`.
# external:
#   sirene: external/Stock*.csv                       StockUniteLegale, StockEtablissement: CSV, zip, Parquet
#   bodacc: external/annonces-commerciales.json       the open-data export, JSON or CSV
#   accounts: external/ratios_inpi_bce.csv            filed accounts
#   companies_house: external/BasicCompanyData.csv    United Kingdom
#   gleif: [external/lei2.csv, external/rr.csv]       groups
#   # bodacc: {api: {}, max_age_days: 3}              asked on each run; an old answer is told
#   matches: company_matches.csv                      doubtful matches: write yes, no or a SIREN into `decision`
#   match_threshold: 0.9
# Where the company is, for the deadlines of its claims: company: {…, country: FR, department: '974'}

# Optional: cut the ledger at a day. Default: the end of the month of its last entry.
# as_of: 2024-12-31

# Optional: the accounts and journals of your own plan.
# opening_journals: [AN, RAN]
# factor_accounts: ['467100']
# accounts: {'6788': write_off}                     what an account is beside a receivable line
# line_types: {suspense: {credit: set_off}}         what such a line then is
# retention_release_days: 365                       when a retention guarantee (4117) falls due

# Optional: columns of customers.csv that metrics are split by, beside sector, country and size.
# scopes: [segment, region]

# Optional: last day past due of each bucket of the ageing. Default: 30, 60, 90, 120.
# ageing_buckets: [30, 60, 90, 120]

# Optional: what a failed expectation does, by its name (error stops the run, warning is shown).
# quality: {severities: {fec_entries_balance: error}}

# Optional: expected credit losses. The factor multiplies the rates of the matrix and is shown with its reason; floors
# are the rates used where no loss was observed; individual and tax rates those of items assessed one by one.
# provisions:
#   forward_looking_factor: 1.10
#   overlay_reason: 'Insolvencies expected to rise by a tenth'
#   floors: {not_due: 0.003, overdue_1_30: 0.016, overdue_31_60: 0.036, overdue_61_90: 0.066}
#   individual_rates: {in_proceedings: 0.9, doubtful: 0.5}
#   tax_rates: {in_proceedings: 1, doubtful: 0.5}
#   cohort_age_months: 12      # a month of billing this old counts as closed, its open rest shown

# Optional: the tables of art. D441-6 with or without VAT, and the legal ceilings of payment terms in your customers'
# sectors (art. L441-11), by the start of their NAF code.
# statutory:
#   tax_basis: excluding_vat      # excluding_vat | including_vat
#   sector_ceilings: {'01': 30, '49.41': 30}

# Optional: penalties for late payment. The rate of your contracts (at least three times the legal rate; without it, the
# ECB's plus 10 points), and the rates of semesters that are not published here yet, once you have checked them.
# penalties:
#   rate_pct: 12
#   ecb_rates: {'2026-01-01': 2.15}
#   legal_rates: {'2026-01-01': 2.62}

# Optional: what no ledger can tell of risk; each is printed beside the figures that rest on it. `actions` is your own
# table of what to do about a customer: copy ml/actions/rules.yml, which explains itself.
# risk:
#   actions: actions.yml
#   retrain: monthly            # monthly | quarterly | never: how often the models are trained anew
#   pd_prior: 0.02              # share of customers that default within a year, before your own defaults tell
#   pd_prior_strength: 100      # customer-years that it is worth
#   min_own_defaults: 20        # own defaults from which a rating counts as validated on them
#   lgd_prior: 0.6              # share of a defaulted debt that is lost, before your own write-offs tell
#   lgd_prior_strength: 10      # defaults that it is worth
#   effects: {remind: 1.25, call: 1.6, payment_plan: 1.4, formal_notice: 1.5, stop: 1.6}   # payments a day, times
#   effect_uncertainty: 0.3     # standard error of their logarithm, against what your own reminders tell
#   effect_days: 14             # days in which a reminder works
#   notice_level: 3             # from this level on a reminder is a formal notice
#   collection_days: 30         # days in which cash gained by asking today is counted
#   limit_loss_share: 0.005     # accepted yearly loss on a customer, as a share of its billing: bounds its limit
#   limit_grace_days: 15        # days beyond the usual term that a limit leaves room for
#   financing_rate: 0.05        # price of money a year
#   what_if_terms: ['0', '30', '45', '60', 30 EOM, 45 EOM]    # compared with today's on the cash page

# Optional: persons among the customers (sole traders, consumers, who objected to publication). Pages and workbooks
# show their number in place of the name; show_sole_traders shows it, as staff who call them need. Retention removes
# superseded versions of public data (what a register said before the next version is then no longer known) and
# refused rows that no run counts; without months they are kept. Releases: the last ones, and those you pin.
# privacy:
#   contact: donnees@example.fr      # whom persons turn to; printed in the record of processing
#   show_sole_traders: true
#   retention: {external_months: 36, quarantine_months: 12, releases: 10}

workspace: var
"""


def template(preset: Preset | None = None) -> str:
    """The text: with a FEC to drop in, or the tables of a system whose columns are known."""
    return HEAD + (FEC_LEDGERS if preset is None else _subledger(preset)) + TAIL


def _subledger(preset: Preset) -> str:
    """The ledgers of a system: its tables under their usual file names."""
    lines = [f"# {preset.title}. {preset.note}"]
    lines = textwrap.wrap(lines[0], 118, subsequent_indent="# ")
    lines += ["ledgers:", "  - kind: subledger", f"    preset: {preset.name}"]
    for name, table in preset.tables.items():
        # Documents, and what was paid of them: the rest makes it better, and is not always exported.
        optional = "" if name in ("invoices", "payments") else "# "
        lines.append(f"    {optional}{name}: {table.file}")
    if any(table.keys.query for table in preset.tables.values()):
        lines.append("    # or from its database, by a user who may only read (the variable holds its URL):")
        lines.append("    # invoices: {database: '${ERP_URL}'}")
    lines.append("  # Beside it, the FEC of each fiscal year: the balance that the sub-ledger must tie to.")
    lines.append("  # - {kind: fec, path: ledgers/*.txt}")
    return "\n".join(lines) + "\n"


def write_template(folder: Path, preset: str | None = None) -> Path:
    """Write the file and the folders it names; nothing existing is replaced.

    Raises:
        UsageError: the folder holds a configuration already, or there is no such preset.
    """
    if preset is not None and preset not in preset_names():
        told = suggest(preset, preset_names())
        raise UsageError(f"--preset: '{preset}' is no preset; {told}{'' if told.endswith('?') else '.'}")
    path = folder / CONFIG_NAME
    if path.exists():
        raise UsageError(f"{path} exists already; edit it, or name another folder.")
    for part in ("ledgers", "external", *(["erp"] if preset else [])):
        (folder / part).mkdir(parents=True, exist_ok=True)
    write_text(path, template(load_preset(preset) if preset else None))
    return path
