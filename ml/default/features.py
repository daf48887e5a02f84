"""What a probability of default looks at: every feature declared once, with its SQL.

Two sets: what the ledger and dated events tell of a customer's behaviour, and what registers tell of its
company. Each value is a function of the month end: the behaviour mart's columns already are (notices by
publication, accounts by filing date), the rest is summed here from rows dated up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml.features import Feature


@dataclass(frozen=True)
class DefaultFeature(Feature):
    """A feature of a customer-month. `monotone`: +1 where more of it can only make default more likely.

    `sql`: its value over `b`, a row of the behaviour mart, and the tables of `ml.default.months`. `low`, `high`:
    values beyond are cut. `is_log`: the model sees log(1 + value), `is_chance`: the log-odds of the value; a report
    shows the value.
    """

    sql: str = ""
    low: float = 0.0
    high: float = 1.0
    is_log: bool = False
    is_chance: bool = False


def _days(
    name: str, sql: str, en: str, fr: str, low: float, high: float, group: str = "history"
) -> DefaultFeature:
    return DefaultFeature(name, group, 1, "days", en, fr, sql, low, high)


#: The least number of employees of each band of INSEE's (tranche d'effectifs): code → employees.
HEADCOUNT_BANDS: Mapping[str, int] = {
    "NN": 0, "00": 0, "01": 1, "02": 3, "03": 6, "11": 10, "12": 20, "21": 50, "22": 100, "31": 200, "32": 250,
    "41": 500, "42": 1000, "51": 2000, "52": 5000, "53": 10000,
}  # fmt: skip
HEADCOUNT = (
    "case b.headcount_band_known "
    + " ".join(f"when '{code}' then {employees}" for code, employees in HEADCOUNT_BANDS.items())
    + " end"
)
#: A document unpaid for longer is a dispute or an oversight, or its customer is in default already: it tells nothing.
STALE_DAYS = 180
#: A document unpaid for so long may soon be one of those that make a default.
AGED_DAYS = 60
#: What counts as a default where nothing else is configured: an amount, or a share of a year's billing where that is
#: more. Here it is a scale alone.
DEFAULT_AMOUNT, DEFAULT_SHARE = 500, 0.01
#: An average balance below this is no measure of growth.
SMALL_BALANCE = 100
_OLDEST = "coalesce(b.oldest_overdue_days, 0)"

BEHAVIOUR: tuple[DefaultFeature, ...] = (
    _days(
        "drift_days",
        "d.drift_days",
        "delay of the last 75 days against its habit: {value}",
        "retard des 75 derniers jours comparé à son habitude : {value}",
        -30,
        60,
    ),
    DefaultFeature(
        "slowing_chance",
        "history",
        1,
        "share",
        "chance that it pays slower than it used to: {value}",
        "probabilité qu’il paie plus lentement que d’habitude : {value}",
        "q.slowing_chance",
        is_chance=True,
    ),
    _days(
        "late_change_days",
        "cast(b.days_late_3m - b.days_late_12m as double)",
        "change of its delay, 3 months against 12: {value}",
        "évolution du retard, 3 mois contre 12 : {value}",
        -40,
        60,
    ),
    _days(
        "days_late_12m",
        "cast(b.days_late_12m as double)",
        "{value} late on average over 12 months",
        "{value} de retard en moyenne sur 12 mois",
        0,
        120,
    ),
    DefaultFeature(
        "std_days_late_12m",
        "history",
        0,
        "days",
        "delays vary by {value} over 12 months",
        "dispersion des retards sur 12 mois : {value}",
        "cast(b.std_days_late_12m as double)",
        0,
        120,
        True,
    ),
    DefaultFeature(
        "past_defaults",
        "history",
        1,
        "count",
        "earlier defaults, since cured: {value}",
        "défauts antérieurs, régularisés depuis : {value}",
        "case when b.has_year then coalesce(e.past_defaults, 0) end",
        0,
        2,
    ),
    DefaultFeature(
        "overdue_share",
        "open_book",
        1,
        "share",
        "{value} of what is open is past due",
        "{value} de l’encours est échu",
        "cast(b.overdue as double) / nullif(cast(b.balance + b.unallocated as double), 0)",
    ),
    DefaultFeature(
        "overdue_documents",
        "open_book",
        1,
        "count",
        "documents past due: {value}",
        "pièces échues impayées : {value}",
        "b.overdue_documents",
        0,
        50,
        True,
    ),
    DefaultFeature(
        "oldest_overdue_days",
        "open_book",
        1,
        "days",
        "oldest unpaid document {value} past due",
        "plus ancien impayé échu depuis {value}",
        f"case when {_OLDEST} <= {STALE_DAYS} then {_OLDEST} end",
        0,
        120,
    ),
    DefaultFeature(
        "overdue_beyond_days",
        "open_book",
        1,
        "days",
        "oldest unpaid document {value} beyond its usual delay",
        "plus ancien impayé : {value} au-delà de son retard habituel",
        f"case when {_OLDEST} <= {STALE_DAYS}"
        f" then greatest({_OLDEST} - coalesce(cast(b.days_late_12m as double), 0), 0) end",
        0,
        120,
    ),
    DefaultFeature(
        "overdue_months",
        "open_book",
        1,
        "ratio",
        "past due: {value} months of its billing",
        "échu : {value} mois de sa facturation",
        "12 * cast(b.overdue as double) / nullif(cast(greatest(b.billed_12m, 0) as double), 0)",
        0,
        6,
    ),
    DefaultFeature(
        "aged_over_threshold",
        "open_book",
        1,
        "ratio",
        f"unpaid for more than {AGED_DAYS} days: {{value}} times what counts as a default",
        f"impayé depuis plus de {AGED_DAYS} jours : {{value}} fois ce qui compte comme un défaut",
        f"coalesce(g.aged_amount, 0) / greatest({DEFAULT_AMOUNT},"
        f" {DEFAULT_SHARE} * coalesce(cast(b.billed_12m as double), 0))",
        0,
        20,
        True,
    ),
    DefaultFeature(
        "open_beyond_90",
        "open_book",
        1,
        "share",
        "chance that an open document worth a default passes 90 days: {value}",
        "chance qu’une pièce ouverte, à elle seule un défaut, dépasse 90 jours : {value}",
        "q.open_beyond_90",
        is_chance=True,
    ),
    DefaultFeature(
        "expected_beyond_90",
        "open_book",
        1,
        "ratio",
        "expected to pass 90 days: {value} times what counts as a default",
        "attendu au-delà de 90 jours : {value} fois ce qui compte comme un défaut",
        "q.expected_beyond_90",
        0,
        30,
        True,
    ),
    DefaultFeature(
        "beyond_90",
        "history",
        1,
        "share",
        "at its pace, chance that a document of a year worth a default passes 90 days: {value}",
        "à son rythme, chance qu’une pièce de l’année, à elle seule un défaut, dépasse 90 jours : {value}",
        "q.beyond_90",
        is_chance=True,
    ),
    DefaultFeature(
        "exposure_growth",
        "open_book",
        0,
        "ratio",
        "outstanding at {value} times its average over 12 months",
        "encours à {value} fois sa moyenne sur 12 mois",
        f"case when b.usual_balance is not null"
        f" then cast(b.balance as double) / greatest(b.usual_balance, {SMALL_BALANCE}) end",
        0,
        5,
        True,
    ),
    DefaultFeature(
        "unallocated_share",
        "open_book",
        0,
        "share",
        "on account: {value} of the year’s billing",
        "acomptes et avoirs non affectés : {value} de la facturation annuelle",
        "cast(b.unallocated as double) / nullif(cast(greatest(b.billed_12m, 0) as double), 0)",
    ),
    DefaultFeature(
        "months_since_last_payment",
        "activity",
        1,
        "months",
        "last payment {value} ago",
        "dernier paiement il y a {value}",
        "b.months_since_last_payment",
        0,
        12,
    ),
    DefaultFeature(
        "billing_trend",
        "activity",
        -1,
        "ratio",
        "billing of the last 3 months at {value} of its yearly pace",
        "facturation des 3 derniers mois à {value} du rythme annuel",
        "4 * cast(b.billed_3m as double) / nullif(cast(greatest(b.billed_12m, 0) as double), 0)",
        0,
        4,
    ),
    DefaultFeature(
        "orders_trend",
        "activity",
        -1,
        "ratio",
        "orders of the last 3 months at {value} of their yearly pace",
        "commandes des 3 derniers mois à {value} du rythme annuel",
        "cast(b.orders_trend as double)",
        0,
        4,
    ),
    DefaultFeature(
        "billed_12m",
        "activity",
        0,
        "money",
        "billed over 12 months: {value}",
        "facturé sur 12 mois : {value}",
        "cast(greatest(b.billed_12m, 0) as double)",
        0,
        1e9,
        True,
    ),
    DefaultFeature(
        "months_since_first_invoice",
        "activity",
        -1,
        "months",
        "customer for {value}",
        "client depuis {value}",
        "b.months_since_first_invoice",
        0,
        36,
        True,
    ),
    DefaultFeature(
        "has_rejection_12m",
        "events",
        1,
        "flag",
        "a payment was rejected in the last 12 months | no rejected payment in 12 months",
        "un paiement rejeté dans les 12 derniers mois | aucun paiement rejeté en 12 mois",
        "b.has_rejection_12m",
    ),
    DefaultFeature(
        "promises_broken_share",
        "collection",
        1,
        "share",
        "{value} of promises to pay broken over 12 months",
        "{value} des promesses de règlement non tenues sur 12 mois",
        "cast(b.promises_broken_12m as double) / nullif(b.promises_broken_12m + b.promises_kept_12m, 0)",
    ),
    DefaultFeature(
        "last_reminder_level",
        "collection",
        0,
        "count",
        "level of the last reminder: {value}",
        "niveau de la dernière relance : {value}",
        "b.last_reminder_level",
        0,
        5,
    ),
    DefaultFeature(
        "instalment_arrears",
        "collection",
        1,
        "money",
        "instalments past due: {value}",
        "échéances d’étalement impayées : {value}",
        "cast(b.instalment_arrears as double)",
        0,
        1e9,
        True,
    ),
    DefaultFeature(
        "disputes_opened_12m",
        "disputes",
        0,
        "count",
        "disputes opened over 12 months: {value}",
        "litiges ouverts sur 12 mois : {value}",
        "b.disputes_opened_12m",
        0,
        4,
    ),
)

COMPANY: tuple[DefaultFeature, ...] = (
    DefaultFeature(
        "company_age_months",
        "company",
        -1,
        "months",
        "company created {value} ago",
        "société créée il y a {value}",
        "b.company_age_months",
        0,
        600,
        True,
    ),
    DefaultFeature(
        "legal_status",
        "company",
        0,
        "category",
        "legal status: {value}",
        "situation juridique : {value}",
        "b.legal_status_known",
    ),
    DefaultFeature(
        "naf_division",
        "company",
        0,
        "category",
        "activity: NAF division {value}",
        "activité : division NAF {value}",
        "left(coalesce(b.naf_code_known, c.sector_code), 2)",
    ),
    DefaultFeature(
        "size_category",
        "company",
        0,
        "category",
        "company size: {value}",
        "taille de la société : {value}",
        "b.size_category_known",
    ),
    DefaultFeature(
        "headcount",
        "company",
        0,
        "count",
        "at least {value} employees",
        "au moins {value} salariés",
        HEADCOUNT,
        0,
        10_000,
        True,
    ),
    DefaultFeature(
        "address_changes_12m",
        "company",
        1,
        "count",
        "changes of address published over 12 months: {value}",
        "changements d’adresse publiés sur 12 mois : {value}",
        "b.address_changes_12m",
        0,
        2,
    ),
    DefaultFeature(
        "manager_changes_12m",
        "company",
        1,
        "count",
        "changes of managers published over 12 months: {value}",
        "changements de dirigeants publiés sur 12 mois : {value}",
        "b.manager_changes_12m",
        0,
        2,
    ),
    DefaultFeature(
        "is_group_in_proceedings",
        "company",
        1,
        "flag",
        "another company of its group is in proceedings | no company of its group in proceedings",
        "une autre société de son groupe en procédure | aucune société de son groupe en procédure",
        "b.is_group_in_proceedings",
    ),
    DefaultFeature(
        "are_accounts_missing",
        "accounts",
        1,
        "flag",
        "no accounts filed | accounts filed",
        "aucun compte déposé | comptes déposés",
        "case when b.naf_code_known is not null then b.accounts_confidentiality is null end",
    ),
    DefaultFeature(
        "accounts_age_months",
        "accounts",
        1,
        "months",
        "latest accounts closed {value} ago",
        "derniers comptes clos il y a {value}",
        "b.accounts_age_months",
        0,
        48,
    ),
    DefaultFeature(
        "accounts_equity_ratio",
        "accounts",
        -1,
        "share",
        "equity at {value} of the balance sheet",
        "capitaux propres : {value} du bilan",
        "cast(b.accounts_equity_ratio_pct as double) / 100",
        -0.5,
        0.8,
    ),
    DefaultFeature(
        "accounts_liquidity_ratio",
        "accounts",
        -1,
        "share",
        "current assets at {value} of current liabilities",
        "actif circulant : {value} du passif court terme",
        "cast(b.accounts_liquidity_ratio_pct as double) / 100",
        0,
        3,
    ),
    DefaultFeature(
        "accounts_net_margin",
        "accounts",
        -1,
        "share",
        "net margin of {value}",
        "marge nette de {value}",
        "cast(b.accounts_net_margin as double)",
        -0.3,
        0.3,
    ),
    DefaultFeature(
        "accounts_filed_after_days",
        "accounts",
        1,
        "days",
        "latest accounts filed {value} after their closing",
        "derniers comptes déposés {value} après leur clôture",
        "b.accounts_filed_after_days",
        0,
        500,
    ),
    DefaultFeature(
        "accounts_equity_change",
        "accounts",
        -1,
        "share",
        "equity changed by {value} of the balance sheet in a year",
        "capitaux propres : évolution de {value} du bilan en un an",
        "cast(b.accounts_equity_change_pct as double) / 100",
        -0.4,
        0.4,
    ),
    DefaultFeature(
        "accounts_debt_ratio",
        "accounts",
        1,
        "share",
        "financial debt at {value} of equity",
        "dette financière : {value} des capitaux propres",
        "cast(b.accounts_debt_ratio_pct as double) / 100",
        0,
        4,
        True,
    ),
    DefaultFeature(
        "accounts_interest_burden",
        "accounts",
        1,
        "share",
        "interest takes {value} of EBITDA",
        "intérêts : {value} de l’EBE",
        "cast(b.accounts_interest_burden_pct as double) / 100",
        0,
        0.6,
    ),
    DefaultFeature(
        "accounts_ebitda_margin",
        "accounts",
        -1,
        "share",
        "EBITDA margin of {value}",
        "marge d’EBE de {value}",
        "cast(b.accounts_ebitda_margin_pct as double) / 100",
        -0.3,
        0.4,
    ),
    _days(
        "accounts_supplier_days",
        "cast(b.accounts_supplier_days as double)",
        "owes its suppliers {value} of purchases",
        "doit à ses fournisseurs {value} d’achats",
        0,
        180,
        "accounts",
    ),
    _days(
        "accounts_supplier_days_change",
        "cast(b.accounts_supplier_days_change as double)",
        "what it owes its suppliers changed by {value} of purchases in a year",
        "dettes fournisseurs : évolution de {value} d’achats en un an",
        -60,
        60,
        "accounts",
    ),
    DefaultFeature(
        "accounts_turnover",
        "accounts",
        0,
        "euros",
        "turnover in its accounts: {value}",
        "chiffre d’affaires de ses comptes : {value}",
        "cast(b.accounts_turnover as double)",
        0,
        1e11,
        True,
    ),
)

BY_NAME: Mapping[str, DefaultFeature] = {f.name: f for f in BEHAVIOUR + COMPANY}
#: Feature sets by name; a prospect has no behaviour yet.
SETS: Mapping[str, tuple[DefaultFeature, ...]] = {
    "behaviour": BEHAVIOUR,
    "company": BEHAVIOUR + COMPANY,
    "prospect": COMPANY,
}
#: Where each group's values come from and by which day they are known, for the model card: English, French.
AS_OF_SOURCE: Mapping[str, tuple[str, str]] = {
    "history": (
        "payments, documents and defaults dated up to the month end",
        "paiements, pièces et défauts datés au plus de la fin de mois",
    ),
    "open_book": ("documents open on the month end", "pièces ouvertes en fin de mois"),
    "activity": (
        "documents, payments and orders dated up to the month end",
        "pièces, paiements et commandes datés au plus de la fin de mois",
    ),
    "events": ("payments rejected up to the month end", "paiements rejetés jusqu’à la fin de mois"),
    "collection": (
        "promises, reminders and instalments dated up to the month end",
        "promesses, relances et échéanciers datés au plus de la fin de mois",
    ),
    "disputes": ("disputes opened up to the month end", "litiges ouverts jusqu’à la fin de mois"),
    "company": (
        "register versions and notices published up to the month end",
        "versions du registre et annonces publiées jusqu’à la fin de mois",
    ),
    "accounts": ("accounts filed up to the month end", "comptes déposés jusqu’à la fin de mois"),
}


def declared() -> list[dict[str, object]]:
    """Every feature that the code offers, as a card names it."""
    return [
        {"name": f.name, "group": f.group, "unit": f.unit, "monotone": f.monotone} for f in BY_NAME.values()
    ]
