"""What a late-payment score looks at: every feature, declared once.

One row of `FEATURES` gives the name, the group it belongs to (the same groups are used in the
explanations), the direction a trained model may not contradict, the unit and the words that a
report shows. The values of the base features come from `ml.states`; the band features are added
here, since they depend on the band (see `ml.labels`) and on the fitted customer rates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml.labels import THRESHOLD_DAYS

if TYPE_CHECKING:
    from ml.baseline import CustomerRate
    from ml.states import States

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Feature:
    """One input of the model.

    `monotone`: +1 where more of it can only make lateness more likely, -1 the reverse, 0 free.
    `unit`: days, months, count, share, money, weekday, day, flag, category or band: how a value is
    written. `en` and `fr` hold `{value}`; a flag has one sentence for true and one for false,
    separated by ` | `.
    """

    name: str
    group: str
    monotone: int
    unit: str
    en: str
    fr: str


#: Known of the invoice and of its customer at the state's date; `ml.states` computes each.
BASE_FEATURES: tuple[Feature, ...] = (
    Feature(
        "age_days",
        "invoice",
        1,
        "days",
        "{value} from the due date (negative: not yet due)",
        "{value} par rapport à l’échéance (négatif : non échue)",
    ),
    Feature("term_days", "invoice", 0, "days", "payment term of {value}", "délai de paiement de {value}"),
    Feature("amount", "invoice", 0, "money", "invoice amount {value}", "montant de la facture {value}"),
    Feature(
        "amount_ratio",
        "invoice",
        0,
        "ratio",
        "amount {value} times the customer’s usual invoice",
        "montant de {value} fois la facture habituelle du client",
    ),
    Feature(
        "paid_share",
        "invoice",
        0,
        "share",
        "{value} of the invoice already settled",
        "{value} de la facture déjà réglés",
    ),
    Feature(
        "is_due_date_assumed",
        "invoice",
        0,
        "flag",
        "due date assumed | due date known",
        "échéance présumée | échéance connue",
    ),
    Feature("due_weekday", "calendar", 0, "weekday", "falls due on a {value}", "échéance un {value}"),
    Feature(
        "due_day",
        "calendar",
        0,
        "day",
        "falls due on day {value} of the month",
        "échéance le {value} du mois",
    ),
    Feature(
        "due_days_to_month_end",
        "calendar",
        0,
        "days",
        "falls due {value} before the month’s end",
        "échéance {value} avant la fin du mois",
    ),
    Feature(
        "late_mean_3",
        "history",
        1,
        "days",
        "last 3 payments: {value} late on average",
        "3 derniers paiements : {value} de retard en moyenne",
    ),
    Feature(
        "late_mean_10",
        "history",
        1,
        "days",
        "last 10 payments: {value} late on average",
        "10 derniers paiements : {value} de retard en moyenne",
    ),
    Feature(
        "days_late_3m",
        "history",
        1,
        "days",
        "{value} late on average over 3 months",
        "{value} de retard en moyenne sur 3 mois",
    ),
    Feature(
        "days_late_12m",
        "history",
        1,
        "days",
        "{value} late on average over 12 months",
        "{value} de retard en moyenne sur 12 mois",
    ),
    Feature(
        "last_days_late",
        "history",
        0,
        "days",
        "last payment {value} after its due date",
        "dernier paiement {value} après l’échéance",
    ),
    Feature(
        "share_paid_late_12m",
        "history",
        1,
        "share",
        "{value} of payments late over 12 months",
        "{value} des paiements en retard sur 12 mois",
    ),
    Feature(
        "max_days_late_12m",
        "history",
        0,
        "days",
        "longest delay over 12 months: {value}",
        "plus long retard sur 12 mois : {value}",
    ),
    Feature(
        "std_days_late_12m",
        "history",
        0,
        "days",
        "delays vary by {value} over 12 months",
        "dispersion des retards sur 12 mois : {value}",
    ),
    Feature(
        "paid_count_12m",
        "history",
        0,
        "count",
        "{value} documents paid over 12 months",
        "{value} pièces payées sur 12 mois",
    ),
    Feature(
        "days_to_pay_12m",
        "history",
        0,
        "days",
        "pays {value} after issue over 12 months",
        "paie {value} après l’émission sur 12 mois",
    ),
    Feature(
        "overdue_share",
        "open_book",
        1,
        "share",
        "{value} of the customer’s balance is past due",
        "{value} de l’encours du client est échu",
    ),
    Feature(
        "overdue_documents",
        "open_book",
        1,
        "count",
        "{value} documents past due",
        "{value} pièces échues impayées",
    ),
    Feature(
        "oldest_overdue_days",
        "open_book",
        1,
        "days",
        "oldest unpaid document {value} past due",
        "plus ancien impayé échu depuis {value}",
    ),
    Feature("balance", "open_book", 0, "money", "balance of {value}", "encours de {value}"),
    Feature("open_documents", "open_book", 0, "count", "{value} open documents", "{value} pièces ouvertes"),
    Feature(
        "unallocated_share",
        "open_book",
        0,
        "share",
        "payments on account worth {value} of the balance",
        "acomptes non affectés : {value} de l’encours",
    ),
    Feature(
        "billed_12m",
        "activity",
        0,
        "money",
        "billed over 12 months: {value}",
        "facturé sur 12 mois : {value}",
    ),
    Feature(
        "billing_trend",
        "activity",
        0,
        "ratio",
        "billing of the last 3 months at {value} of its yearly pace",
        "facturation des 3 derniers mois à {value} du rythme annuel",
    ),
    Feature(
        "invoices_12m",
        "activity",
        0,
        "count",
        "{value} invoices over 12 months",
        "{value} factures sur 12 mois",
    ),
    Feature(
        "months_since_first_invoice", "activity", 0, "months", "customer for {value}", "client depuis {value}"
    ),
    Feature(
        "months_since_last_payment",
        "activity",
        1,
        "months",
        "last payment {value} ago",
        "dernier paiement il y a {value}",
    ),
    Feature(
        "credit_notes_12m",
        "activity",
        0,
        "count",
        "{value} credit notes over 12 months",
        "{value} avoirs sur 12 mois",
    ),
    Feature(
        "has_rejection_12m",
        "events",
        1,
        "flag",
        "a payment was rejected in the last 12 months | no rejected payment in 12 months",
        "un paiement rejeté dans les 12 derniers mois | aucun paiement rejeté en 12 mois",
    ),
    Feature(
        "is_in_proceedings",
        "events",
        1,
        "flag",
        "in collective proceedings | no collective proceedings known",
        "en procédure collective | aucune procédure collective connue",
    ),
    Feature(
        "is_in_default",
        "events",
        1,
        "flag",
        "customer in default | customer not in default",
        "client en défaut | client non défaillant",
    ),
    Feature(
        "is_sole_trader", "customer", 0, "flag", "sole trader | company", "entrepreneur individuel | société"
    ),
    Feature("sector", "customer", 0, "category", "sector {value}", "secteur {value}"),
    Feature(
        "portfolio_late_60d",
        "portfolio",
        0,
        "share",
        "{value} of the company’s invoices due in the last 60 days were late",
        "{value} des factures échues depuis 60 jours ont été payées en retard",
    ),
)

#: Added per band: the question asked, and the customer's rate for that very question.
BAND_FEATURES: tuple[Feature, ...] = (
    Feature("band", "question", 0, "band", "delay asked about", "retard considéré"),
    Feature(
        "days_to_threshold",
        "question",
        0,
        "days",
        "{value} left before the threshold",
        "{value} avant le seuil",
    ),
    Feature(
        "customer_rate",
        "history",
        1,
        "share",
        "customer’s rate for this delay (smoothed): {value}",
        "taux du client pour ce retard (lissé) : {value}",
    ),
    Feature(
        "customer_rate_count",
        "history",
        0,
        "count",
        "{value} past invoices behind that rate",
        "{value} factures passées pour ce taux",
    ),
    Feature(
        "customer_late_rate",
        "history",
        1,
        "share",
        "pays late {value} of the time (smoothed)",
        "paie en retard dans {value} des cas (lissé)",
    ),
)

#: What dated events tell at the state's date; NaN where the source is absent or has not begun. A model
#: takes in those that its training states know (`told_signals`): without events it is the same model.
SIGNALS: tuple[Feature, ...] = (
    Feature(
        "is_in_dispute",
        "disputes",
        0,
        "flag",
        "the document is in dispute | the document is not in dispute",
        "pièce en litige | pièce sans litige",
    ),
    Feature(
        "disputed_share",
        "disputes",
        0,
        "share",
        "{value} of the customer’s open documents in dispute",
        "{value} des pièces ouvertes du client en litige",
    ),
    Feature(
        "disputes_opened_12m",
        "disputes",
        0,
        "count",
        "{value} disputes opened over 12 months",
        "{value} litiges ouverts sur 12 mois",
    ),
    Feature(
        "promises_broken_12m",
        "collection",
        1,
        "count",
        "{value} promises to pay broken over 12 months",
        "{value} promesses de règlement non tenues sur 12 mois",
    ),
    Feature(
        "promises_kept_share",
        "collection",
        -1,
        "share",
        "{value} of promises to pay kept over 12 months",
        "{value} des promesses de règlement tenues sur 12 mois",
    ),
    Feature(
        "last_reminder_level",
        "collection",
        0,
        "count",
        "level of the last reminder: {value}",
        "niveau de la dernière relance : {value}",
    ),
    Feature(
        "days_since_last_reminder",
        "collection",
        0,
        "days",
        "last reminder {value} ago",
        "dernière relance il y a {value}",
    ),
    Feature(
        "instalment_arrears",
        "collection",
        1,
        "money",
        "instalments past due: {value}",
        "échéances d’étalement impayées : {value}",
    ),
    Feature(
        "orders_trend",
        "activity",
        0,
        "ratio",
        "orders of the last 3 months at {value} of their yearly pace",
        "commandes des 3 derniers mois à {value} du rythme annuel",
    ),
    Feature(
        "uninsured_share",
        "insurance",
        0,
        "share",
        "{value} of the balance beyond the insured limit",
        "{value} de l’encours au-delà de la garantie",
    ),
)

FEATURES: tuple[Feature, ...] = BASE_FEATURES + BAND_FEATURES
NAMES: tuple[str, ...] = tuple(f.name for f in FEATURES)
CATEGORICAL: tuple[str, ...] = tuple(f.name for f in FEATURES if f.unit == "category")
BY_NAME: Mapping[str, Feature] = {f.name: f for f in FEATURES + SIGNALS}
#: Known of fewer training states than this, a signal cannot be learnt from.
MIN_KNOWN_STATES = 200


def design(
    states: States,
    index: Ints,
    band: Ints,
    rate: CustomerRate,
    categories: Mapping[str, Sequence[str]],
    signals: Sequence[str] = (),
) -> Floats:
    """Matrix of the model: one row per (state, band) asked.

    `index` and `band` have shape (n,); the result has shape (n, len(FEATURES) + len(signals)), NaN where
    unknown. `categories` is what training stored; a value it has not seen is NaN, never a new code.
    """
    base = (
        np.column_stack(
            [
                encode(states.text[f.name], categories[f.name])[index]
                if f.unit == "category"
                else states.values[f.name][index]
                for f in BASE_FEATURES
            ]
        )
        if len(index)
        else np.empty((0, len(BASE_FEATURES)))
    )
    threshold = np.asarray(THRESHOLD_DAYS, dtype=np.int64)[band]
    age = states.origin[index] - states.due[index]
    everyone = np.zeros_like(band)
    extra = np.column_stack(
        [
            band.astype(np.float64),
            (threshold - age).astype(np.float64),
            rate.posterior(states, index, band),
            states.count_n[index, band],
            rate.posterior(states, index, everyone),
            *(states.values[name][index] for name in signals),
        ]
    )
    return np.ascontiguousarray(np.hstack([base, extra]), dtype=np.float64)


def features_with(signals: Sequence[str]) -> tuple[Feature, ...]:
    """The columns of `design`, in its order."""
    return FEATURES + tuple(BY_NAME[name] for name in signals)


def told_signals(states: States, index: Ints) -> tuple[str, ...]:
    """The signals that enough of the states in `index` know, and know to differ."""
    told = []
    for feature in SIGNALS:
        values = states.values[feature.name][index]
        known = values[~np.isnan(values)]
        if len(known) >= MIN_KNOWN_STATES and known.min() < known.max():
            told.append(feature.name)
    return tuple(told)


def encode(values: npt.NDArray[np.object_], categories: Sequence[str]) -> Floats:
    """Position of each text in `categories`; NaN for None and for what training did not see."""
    code = {name: float(i) for i, name in enumerate(categories)}
    return np.array([code.get(v, np.nan) if v is not None else np.nan for v in values], dtype=np.float64)


def fit_categories(states: States, index: Ints, minimum: int = 50) -> dict[str, list[str]]:
    """Categories worth a code: at least `minimum` training states, in alphabetical order."""
    fitted: dict[str, list[str]] = {}
    for name in CATEGORICAL:
        seen: dict[str, int] = {}
        for value in states.text[name][index]:
            if value is not None:
                seen[value] = seen.get(value, 0) + 1
        fitted[name] = sorted(v for v, n in seen.items() if n >= minimum)
    return fitted
