"""What a late-payment score looks at: every feature, declared once.

`STATE_FEATURES` are known of the document and its customer at the state's origin: those marked "sql" come
from `ml.lateness.states`, those marked "derived" are made here from the customer's latest delays, its days
of payment and the shrunk rates. `BAND_FEATURES` are added where a threshold is asked about, `PERIOD_FEATURES`
where a span of days is. A document's own figures and its customer's stand in one list, so that reasons and
model card name the same things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml.features import Feature
from ml.labels import THRESHOLD_DAYS

if TYPE_CHECKING:
    from ml.lateness.rates import Rates
    from ml.lateness.states import States

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]

_INVOICE: tuple[Feature, ...] = (
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
)
_CALENDAR: tuple[Feature, ...] = (
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
    Feature("due_month", "calendar", 0, "month", "falls due in {value}", "échéance en {value}"),
    Feature("issue_weekday", "calendar", 0, "weekday", "issued on a {value}", "émise un {value}"),
    Feature(
        "issue_day", "calendar", 0, "day", "issued on day {value} of the month", "émise le {value} du mois"
    ),
)
_HISTORY: tuple[Feature, ...] = (
    Feature(
        "paid_count",
        "history",
        0,
        "count",
        "{value} documents paid so far",
        "{value} pièces payées à ce jour",
    ),
    Feature(
        "late_mean",
        "history",
        1,
        "days",
        "pays {value} after the due date on average",
        "paie en moyenne {value} après l’échéance",
    ),
    Feature(
        "late_decayed",
        "history",
        1,
        "days",
        "{value} after the due date on average, recent payments counting more",
        "{value} après l’échéance en moyenne, les paiements récents comptant davantage",
    ),
    Feature(
        "days_since_payment",
        "history",
        0,
        "days",
        "last payment {value} ago",
        "dernier paiement il y a {value}",
    ),
)
_DERIVED_HISTORY: tuple[Feature, ...] = (
    Feature(
        "late_last",
        "history",
        1,
        "days",
        "last payment {value} after its due date",
        "dernier paiement {value} après l’échéance",
    ),
    Feature(
        "late_mean_3",
        "history",
        1,
        "days",
        "last 3 payments: {value} after the due date on average",
        "3 derniers paiements : {value} après l’échéance en moyenne",
    ),
    Feature(
        "late_mean_10",
        "history",
        1,
        "days",
        "last 10 payments: {value} after the due date on average",
        "10 derniers paiements : {value} après l’échéance en moyenne",
    ),
    Feature(
        "late_median",
        "history",
        1,
        "days",
        "usually pays {value} after the due date",
        "paie d’ordinaire {value} après l’échéance",
    ),
    Feature(
        "late_p10",
        "history",
        1,
        "days",
        "its promptest payments come {value} after the due date",
        "ses paiements les plus rapides arrivent {value} après l’échéance",
    ),
    Feature(
        "late_p90",
        "history",
        1,
        "days",
        "its slowest payments come {value} after the due date",
        "ses paiements les plus lents arrivent {value} après l’échéance",
    ),
    Feature(
        "late_spread",
        "history",
        0,
        "days",
        "its delays vary by {value}",
        "ses délais varient de {value}",
    ),
    Feature(
        "late_share",
        "history",
        1,
        "share",
        "{value} of its latest payments were late",
        "{value} de ses derniers paiements étaient en retard",
    ),
    Feature(
        "late_share_30",
        "history",
        1,
        "share",
        "{value} of its latest payments came over 30 days late",
        "{value} de ses derniers paiements avaient plus de 30 jours de retard",
    ),
    Feature(
        "late_rate",
        "history",
        1,
        "share",
        "pays late {value} of the time (smoothed)",
        "paie en retard dans {value} des cas (lissé)",
    ),
    Feature(
        "late_rate_30",
        "history",
        1,
        "share",
        "once late, still unpaid after 30 days {value} of the time (smoothed)",
        "une fois en retard, encore impayé à 30 jours dans {value} des cas (lissé)",
    ),
    Feature(
        "late_rate_90",
        "history",
        1,
        "share",
        "once 30 days late, still unpaid after 90 days {value} of the time (smoothed)",
        "une fois à 30 jours de retard, encore impayé à 90 jours dans {value} des cas (lissé)",
    ),
    Feature(
        "late_rate_weekday",
        "history",
        1,
        "share",
        "of its invoices due on the same weekday, {value} were paid late (smoothed)",
        "parmi ses factures échues le même jour de semaine, {value} payées en retard (lissé)",
    ),
    Feature(
        "late_rate_month_part",
        "history",
        1,
        "share",
        "of its invoices due at the same time of the month, {value} were paid late (smoothed)",
        "parmi ses factures échues au même moment du mois, {value} payées en retard (lissé)",
    ),
    Feature(
        "late_rate_amount",
        "history",
        1,
        "share",
        "of its invoices of a like amount, {value} were paid late (smoothed)",
        "parmi ses factures d’un montant proche, {value} payées en retard (lissé)",
    ),
    Feature(
        "late_rate_alike",
        "history",
        1,
        "share",
        "weekday, time of month and amount together: {value} of such invoices paid late (smoothed)",
        "jour, moment du mois et montant réunis : {value} de telles factures payées en retard (lissé)",
    ),
)
_RUNS: tuple[Feature, ...] = (
    Feature(
        "run_on_due_weekday",
        "runs",
        0,
        "share",
        "pays {value} of the time on the weekday of the due date",
        "paie dans {value} des cas le jour de semaine de l’échéance",
    ),
    Feature(
        "run_days_after",
        "runs",
        0,
        "days",
        "from the due date to its usual weekday of payment: {value}",
        "de l’échéance à son jour de semaine habituel de paiement : {value}",
    ),
    Feature(
        "run_days_before",
        "runs",
        0,
        "days",
        "from its usual weekday of payment to the due date: {value}",
        "de son jour de semaine habituel de paiement à l’échéance : {value}",
    ),
    Feature(
        "run_weekday_share",
        "runs",
        0,
        "share",
        "{value} of its days of payment fall on one weekday",
        "{value} de ses jours de paiement tombent le même jour de semaine",
    ),
    Feature(
        "run_gap_before",
        "runs",
        0,
        "days",
        "from its last day of payment to the due date: {value}",
        "de son dernier jour de paiement à l’échéance : {value}",
    ),
    Feature(
        "run_gap_after",
        "runs",
        0,
        "days",
        "from the due date to its next day of payment: {value}",
        "de l’échéance à son prochain jour de paiement : {value}",
    ),
    Feature(
        "run_margin",
        "runs",
        1,
        "days",
        "usually ready to pay {value} after the last day of payment that is in time",
        "d’ordinaire prêt à payer {value} après le dernier jour de paiement à temps",
    ),
    Feature(
        "run_late_rate",
        "runs",
        1,
        "share",
        "by its days of payment, {value} of invoices open like this one come later than that",
        "vu ses jours de paiement, {value} des factures ouvertes comme celle-ci arrivent au-delà",
    ),
    Feature(
        "run_late_rate_sooner",
        "runs",
        1,
        "share",
        "were its day of payment 4 days sooner, {value} of such invoices would be late",
        "son jour de paiement avancé de 4 jours, {value} de telles factures seraient en retard",
    ),
    Feature(
        "run_late_rate_later",
        "runs",
        1,
        "share",
        "were its day of payment 4 days later, {value} of such invoices would be late",
        "son jour de paiement reculé de 4 jours, {value} de telles factures seraient en retard",
    ),
    Feature(
        "run_month_end_share",
        "runs",
        0,
        "share",
        "{value} of its days of payment fall in the month’s last days",
        "{value} de ses jours de paiement tombent en fin de mois",
    ),
)
#: How the document was sent, where a sub-ledger says so: `ml.lateness.delivery`.
_DELIVERY: tuple[Feature, ...] = (
    Feature(
        "delivery_days",
        "delivery",
        1,
        "days",
        "sent as it is, paid {value} later than what it usually pays (negative: sooner)",
        "envoyée ainsi, payée {value} plus tard que ce qu’il paie d’ordinaire (négatif : plus tôt)",
    ),
    Feature(
        "delivery_days_latest",
        "delivery",
        1,
        "days",
        "sent as it is, paid {value} later than what it paid of late (negative: sooner)",
        "envoyée ainsi, payée {value} plus tard que ce qu’il a payé récemment (négatif : plus tôt)",
    ),
)
_OPEN_BOOK: tuple[Feature, ...] = (
    Feature(
        "overdue_share",
        "open_book",
        1,
        "share",
        "{value} of the customer’s open documents are past due",
        "{value} des pièces ouvertes du client sont échues",
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
        "overdue_mean_days",
        "open_book",
        1,
        "days",
        "documents past due for {value} on average",
        "pièces échues depuis {value} en moyenne",
    ),
    Feature(
        "oldest_overdue_days",
        "open_book",
        1,
        "days",
        "oldest unpaid document {value} past due at the last month end",
        "plus ancien impayé échu depuis {value} à la dernière fin de mois",
    ),
    Feature("open_documents", "open_book", 0, "count", "{value} open documents", "{value} pièces ouvertes"),
    Feature(
        "open_balance", "open_book", 0, "money", "open documents of {value}", "pièces ouvertes : {value}"
    ),
    Feature(
        "unallocated_share",
        "open_book",
        0,
        "share",
        "payments on account worth {value} of the balance",
        "acomptes non affectés : {value} de l’encours",
    ),
)
_ACTIVITY: tuple[Feature, ...] = (
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
        "days_since_first_invoice",
        "activity",
        0,
        "days",
        "first invoice {value} ago",
        "première facture il y a {value}",
    ),
    Feature(
        "credit_notes_12m",
        "activity",
        0,
        "count",
        "{value} credit notes over 12 months",
        "{value} avoirs sur 12 mois",
    ),
)
_EVENTS: tuple[Feature, ...] = (
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
)
_CUSTOMER: tuple[Feature, ...] = (
    Feature(
        "is_sole_trader", "customer", 0, "flag", "sole trader | company", "entrepreneur individuel | société"
    ),
    Feature("sector", "customer", 0, "category", "sector {value}", "secteur {value}"),
)
_PORTFOLIO: tuple[Feature, ...] = (
    Feature(
        "portfolio_late_60d",
        "portfolio",
        0,
        "share",
        "{value} of the company’s invoices due in the last 60 days were late",
        "{value} des factures échues depuis 60 jours ont été payées en retard",
    ),
    Feature(
        "portfolio_delay_60d",
        "portfolio",
        0,
        "days",
        "all customers’ payments of the last 60 days came {value} after the due date on average",
        "les paiements de tous les clients depuis 60 jours sont arrivés {value} après l’échéance en moyenne",
    ),
)
#: What dated events tell; NaN where the source is absent or has not begun. Taken in only where training
#: states know it (`told`): without events it is the same model.
_SIGNALS: tuple[Feature, ...] = (
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
    Feature(
        "is_group_in_proceedings",
        "events",
        1,
        "flag",
        "a company of its group is in collective proceedings | no proceedings known in its group",
        "une société de son groupe est en procédure collective | aucune procédure connue dans son groupe",
    ),
    Feature(
        "company_age_months",
        "company",
        0,
        "months",
        "company created {value} ago",
        "société créée il y a {value}",
    ),
)

#: Features whose values `ml.lateness.states` reads.
SQL_FEATURES: tuple[Feature, ...] = (
    _INVOICE + _CALENDAR + _HISTORY + _OPEN_BOOK + _ACTIVITY + _EVENTS + _CUSTOMER + _PORTFOLIO + _SIGNALS
)
#: Every feature of a state, in the order of the model's columns.
STATE_FEATURES: tuple[Feature, ...] = (
    _INVOICE
    + _CALENDAR
    + _HISTORY
    + _DERIVED_HISTORY
    + _RUNS
    + _DELIVERY
    + _OPEN_BOOK
    + _ACTIVITY
    + _EVENTS
    + _CUSTOMER
    + _PORTFOLIO
    + _SIGNALS
)
#: The question asked of a state by a band row.
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
        "band_rate",
        "history",
        1,
        "share",
        "customer’s rate for this delay (smoothed): {value}",
        "taux du client pour ce retard (lissé) : {value}",
    ),
    Feature(
        "band_run_rate",
        "runs",
        1,
        "share",
        "by its days of payment, {value} of such invoices come later than this",
        "vu ses jours de paiement, {value} de telles factures sont payées au-delà",
    ),
    Feature(
        "band_count",
        "history",
        0,
        "count",
        "{value} past invoices behind that rate",
        "{value} factures passées pour ce taux",
    ),
)
#: The span of days asked about by a period row. Directions are those of lateness, as everywhere.
PERIOD_FEATURES: tuple[Feature, ...] = (
    Feature("period_start", "question", 0, "days", "from day {value}", "à partir du jour {value}"),
    Feature("period_end", "question", 0, "days", "to day {value}", "jusqu’au jour {value}"),
    Feature("period_days", "question", 0, "days", "a span of {value}", "une durée de {value}"),
    Feature("period_end_weekday", "calendar", 0, "weekday", "ending on a {value}", "finissant un {value}"),
    Feature(
        "period_end_day",
        "calendar",
        0,
        "day",
        "ending on day {value} of the month",
        "finissant le {value} du mois",
    ),
    Feature("period_workdays", "calendar", 0, "days", "{value} of work in it", "{value} ouvrés"),
    Feature(
        "period_runs",
        "runs",
        0,
        "ratio",
        "its usual days of payment in the span weigh {value}",
        "poids de ses jours habituels de paiement dans l’intervalle : {value}",
    ),
    Feature(
        "period_runs_best",
        "runs",
        0,
        "ratio",
        "its most usual day of payment in the span weighs {value}",
        "poids de son jour de paiement le plus habituel dans l’intervalle : {value}",
    ),
    Feature(
        "period_weekdays",
        "calendar",
        0,
        "ratio",
        "all customers’ usual weekdays of payment in the span weigh {value}",
        "poids des jours de paiement habituels de tous les clients : {value}",
    ),
    Feature(
        "period_after_median",
        "history",
        0,
        "days",
        "{value} after the day on which it usually pays",
        "{value} après le jour où il paie d’ordinaire",
    ),
    Feature(
        "period_after_mean",
        "history",
        0,
        "days",
        "{value} after its mean day of payment",
        "{value} après son jour moyen de paiement",
    ),
    Feature(
        "period_after_last",
        "history",
        0,
        "days",
        "{value} after the delay of its last payment",
        "{value} après le retard de son dernier paiement",
    ),
    Feature(
        "period_paid",
        "history",
        0,
        "count",
        "{value} of its latest payments came in this span",
        "{value} de ses derniers paiements sont arrivés dans cet intervalle",
    ),
    Feature(
        "period_later",
        "history",
        0,
        "count",
        "{value} of its latest payments came no earlier",
        "{value} de ses derniers paiements ne sont pas arrivés plus tôt",
    ),
    Feature(
        "period_rate",
        "history",
        0,
        "share",
        "of its latest payments still open then, {value} came in this span (smoothed)",
        "de ses derniers paiements encore ouverts alors, {value} sont arrivés dans cet intervalle (lissé)",
    ),
    Feature(
        "period_run_rate",
        "runs",
        0,
        "share",
        "by its days of payment, {value} of what is open then comes in this span",
        "vu ses jours de paiement, {value} de ce qui est alors ouvert arrive dans cet intervalle",
    ),
    Feature(
        "portfolio_hazard",
        "portfolio",
        0,
        "share",
        "all customers: {value} of what is still open is paid in this span",
        "tous clients : {value} de ce qui reste ouvert est payé dans cet intervalle",
    ),
)

CATEGORICAL: tuple[str, ...] = tuple(f.name for f in STATE_FEATURES if f.unit == "category")
SIGNALS: tuple[str, ...] = tuple(f.name for f in _SIGNALS)
BY_NAME: Mapping[str, Feature] = {f.name: f for f in STATE_FEATURES + BAND_FEATURES + PERIOD_FEATURES}
#: Known of fewer training states than this, a feature cannot be learnt from.
MIN_KNOWN_STATES = 200
#: Days of payment of all customers mixed into each customer's weekdays and days of the month.
RUN_STRENGTH = 4.0
#: A customer's next day of payment is looked for within so many days; its last one is moved by so many to tell how
#: much hangs on it.
RUN_WINDOW = 31
RUN_SHIFT = 4
#: Of documents hardly anybody keeps open so long, all are open as likely as not.
UNSURE = 0.002
#: Of a span, so many first days are looked at one by one.
LOOKED_AT_DAYS = 15


@dataclass(frozen=True)
class Encoder:
    """What turns states into columns: categories seen in training, features that tell something, the shrunk
    rates, and how all customers' days of payment spread over weekdays and days of the month."""

    names: tuple[str, ...]
    categories: Mapping[str, Sequence[str]]
    rates: Rates
    weekdays: tuple[float, ...]
    month_days: tuple[float, ...]

    def features(self) -> tuple[Feature, ...]:
        """The state features used, in the order of the columns."""
        return tuple(BY_NAME[name] for name in self.names)

    def columns(self, states: States) -> Floats:
        """The matrix of state features, shape (n, names), NaN where unknown or never seen in training."""
        found = self.values(states)
        out = np.empty((len(states), len(self.names)))
        for i, name in enumerate(self.names):
            out[:, i] = (
                encode(states.text[name], self.categories[name]) if name in CATEGORICAL else found[name]
            )
        return out

    def values(self, states: States) -> dict[str, npt.NDArray[Any]]:
        """Every numeric feature of the states by name, NaN where unknown."""
        found: dict[str, npt.NDArray[Any]] = dict(states.values)
        found |= states.history
        posterior = self.rates.posterior(states)
        found |= {
            "late_rate": posterior[:, 0],
            "late_rate_30": posterior[:, 1],
            "late_rate_90": posterior[:, 2],
        }
        alike = self.rates.alike(states)
        own = _log_odds(posterior[:, :1])
        together = own[:, 0] + (_log_odds(alike) - own).sum(axis=1)
        found |= {
            "late_rate_weekday": alike[:, 0],
            "late_rate_month_part": alike[:, 1],
            "late_rate_amount": alike[:, 2],
            "late_rate_alike": np.round(1 / (1 + np.exp(-together)), 4),
        }
        weekday, _ = self.profiles(states)
        due = (states.due + 3) % 7
        row = np.arange(len(states))
        ahead = (due[:, None] + np.arange(7)) % 7
        behind = (due[:, None] - np.arange(7)) % 7
        days = states.run_day.sum(axis=1)
        found["run_on_due_weekday"] = np.round(weekday[row, due], 4)
        found["run_days_after"] = np.round((weekday[row[:, None], ahead] * np.arange(7)).sum(axis=1), 3)
        found["run_days_before"] = np.round((weekday[row[:, None], behind] * np.arange(7)).sum(axis=1), 3)
        found["run_weekday_share"] = np.round(weekday.max(axis=1), 4)
        found |= states.runs
        found["run_month_end_share"] = np.round(
            np.where(days > 0, states.run_day[:, 27:].sum(axis=1) / np.maximum(days, 1), np.nan), 4
        )
        return found

    def profiles(self, states: States) -> tuple[Floats, Floats]:
        """Each customer's days of payment, shrunk to all customers': shares by weekday (n, 7), and weights by
        day of the month (n, 31) relative to all customers', about 1."""
        total = states.run_weekday.sum(axis=1)[:, None]
        everyone = np.asarray(self.weekdays)
        weekday = (states.run_weekday + RUN_STRENGTH * everyone) / (total + RUN_STRENGTH)
        usual = np.asarray(self.month_days)
        day = (states.run_day + 2.5 * RUN_STRENGTH * usual) / (total + 2.5 * RUN_STRENGTH)
        return weekday, day / usual


def _log_odds(rate: Floats) -> Floats:
    held = np.clip(rate, 0.02, 0.98)
    out: Floats = np.log(held / (1 - held))
    return out


def about_runs(states: States) -> dict[str, Floats]:
    """What the customer's days of payment about the due date tell."""
    habits, row, due = states.habits, states.habit, states.due
    last = habits.last_run(row, due)
    # An invoice booked after it cannot have been paid on it, and before the first one none is known.
    gap = np.where(due - last > RUN_WINDOW, np.nan, due - last)
    ahead = np.searchsorted(np.asarray(THRESHOLD_DAYS), states.age, side="right")
    asked = np.flatnonzero(ahead < len(THRESHOLD_DAYS)).astype(np.int64)
    late = np.full(len(due), np.nan)
    late[asked] = still_open(states, asked, states.age[asked], np.asarray(THRESHOLD_DAYS)[ahead[asked]])
    moved = states.moved
    return {
        "run_gap_before": gap,
        "run_gap_after": habits.next_run(row, due, RUN_WINDOW),
        "run_margin": habits.usual(row) + moved + gap,
        "run_late_rate": late,
        "run_late_rate_sooner": np.round(1 - habits.paid_by(row, due, due, moved + RUN_SHIFT), 4),
        "run_late_rate_later": np.round(1 - habits.paid_by(row, due, due, moved - RUN_SHIFT), 4),
    }


def still_open(states: States, index: Ints, start: Ints, end: Ints) -> Floats:
    """By the customer's days of payment: of those open `start` days after the due date, the share open after `end`."""
    row, due, moved = states.habit[index], states.due[index], states.moved[index]
    open_then = 1 - states.habits.paid_by(row, due, due + start, moved)
    open_later = 1 - states.habits.paid_by(row, due, due + end, moved)
    out: Floats = np.round((np.minimum(open_later, open_then) + UNSURE / 2) / (open_then + UNSURE), 4)
    return out


def summed_up(recent: Floats) -> dict[str, Floats]:
    """What the customer's latest delays tell; NaN where none is known. `recent`: newest first, NaN behind the last."""
    known = ~np.isnan(recent)
    count = known.sum(axis=1)
    some = count > 0
    row = np.arange(len(recent))
    total = np.cumsum(np.where(known, recent, 0.0), axis=1)

    def mean(latest: int) -> Floats:
        held = np.minimum(count, latest)
        return np.where(some, np.round(total[:, latest - 1] / np.maximum(held, 1), 4), np.nan)

    away = np.where(known, recent - (total[:, -1] / np.maximum(count, 1))[:, None], 0.0)
    spread = np.sqrt((away**2).sum(axis=1) / np.maximum(count, 1))
    late, late_30 = ((recent > days).sum(axis=1) / np.maximum(count, 1) for days in (0, 30))
    return {
        "late_last": recent[row, 0],
        "late_mean_3": mean(3),
        "late_mean_10": mean(10),
        "late_median": median(recent[:, :12]),
        "late_p10": np.round(_quantile(recent, count, 0.1), 4),
        "late_p90": np.round(_quantile(recent, count, 0.9), 4),
        "late_spread": np.where(some, np.round(spread, 4), np.nan),
        "late_share": np.where(some, np.round(late, 4), np.nan),
        "late_share_30": np.where(some, np.round(late_30, 4), np.nan),
    }


def median(recent: Floats) -> Floats:
    """Median of each row's known values; NaN where it has none."""
    count = (~np.isnan(recent)).sum(axis=1)
    ordered = np.sort(recent, axis=1)  # NaN last
    row = np.arange(len(recent))
    low, high = (
        ordered[row, np.maximum(count - 1, 0) // 2],
        ordered[row, np.minimum(count // 2, recent.shape[1] - 1)],
    )
    out: Floats = np.where(count > 0, (low + high) / 2, np.nan)
    return out


def _quantile(recent: Floats, count: Ints, share: float) -> Floats:
    """Linear quantile of each row's known values, as numpy's, without its loop over rows with gaps."""
    ordered = np.sort(recent, axis=1)  # NaN last
    at = share * np.maximum(count - 1, 0)
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    row = np.arange(len(recent))
    out: Floats = ordered[row, low] + (at - low) * (ordered[row, high] - ordered[row, low])
    return out


def fit_encoder(states: States, index: Ints, rates: Rates) -> Encoder:
    """The encoder learnt from the states in `index`."""
    part = states.take(index)
    categories = {
        name: sorted(
            value
            for value, n in zip(*np.unique(known(part.text[name]), return_counts=True), strict=True)
            if n >= MIN_KNOWN_STATES // 4
        )
        for name in CATEGORICAL
    }
    weekday = part.run_weekday.sum(axis=0) + 1.0
    day = part.run_day.sum(axis=0) + 1.0
    draft = Encoder(
        tuple(f.name for f in STATE_FEATURES),
        categories,
        rates,
        tuple(np.round(weekday / weekday.sum(), 6).tolist()),
        tuple(np.round(day / day.sum(), 6).tolist()),
    )
    columns = draft.columns(part)
    names = []
    for i, name in enumerate(draft.names):
        told = columns[~np.isnan(columns[:, i]), i]
        if len(told) >= min(MIN_KNOWN_STATES, len(part) // 2) and len(told) and told.min() < told.max():
            names.append(name)
    return Encoder(tuple(names), categories, rates, draft.weekdays, draft.month_days)


def known(values: Objects) -> Objects:
    """The values that are not None."""
    return np.array([v for v in values if v is not None], dtype=object).astype(str)


def encode(values: Objects, categories: Sequence[str]) -> Floats:
    """Position of each text in `categories`; NaN for None and for what training did not see."""
    code = {name: float(i) for i, name in enumerate(categories)}
    return np.array([code.get(v, np.nan) if v is not None else np.nan for v in values], dtype=np.float64)


def band_columns(encoder: Encoder, states: States, columns: Floats, index: Ints, band: Ints) -> Floats:
    """The matrix of band rows: state columns of `index`, then `BAND_FEATURES`."""
    threshold = np.asarray(THRESHOLD_DAYS, dtype=np.int64)[band]
    before = np.asarray((-(10**4), *THRESHOLD_DAYS[:-1]), dtype=np.int64)[band]
    posterior = encoder.rates.posterior(states)
    extra = np.column_stack(
        [
            band.astype(np.float64),
            (threshold - states.age[index]).astype(np.float64),
            posterior[index, band],
            still_open(states, index, np.maximum(before, states.age[index]), threshold),
            states.count_n[index, band],
        ]
    )
    return np.ascontiguousarray(np.hstack([columns[index], extra]))


def weights_by_day(profiles: tuple[Floats, Floats], row: Ints, day: Ints) -> Floats:
    """How usual a day (number) is as a day of payment for the customers of `row`: about 1 on average."""
    weekday, month_day = profiles
    out: Floats = 7 * weekday[row, (day + 3) % 7] * month_day[row, day_of_month(day) - 1]
    return out


def day_of_month(day: Ints) -> Ints:
    """1 to 31 of a day number."""
    table = _days_of_month()
    if len(day) and day.min() >= 0 and day.max() < len(table):
        looked_up: Ints = table[day]
        return looked_up
    return _day_of_month(day)


@lru_cache(maxsize=1)
def _days_of_month() -> Ints:
    """Of the days of 1970 to 2099: dates are slow to take apart, and asked for by the million."""
    return _day_of_month(np.arange(int(np.datetime64("2100-01-01", "D").astype(np.int64)), dtype=np.int64))


def _day_of_month(day: Ints) -> Ints:
    date = day.astype("datetime64[D]")
    out: Ints = (date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    return out


def period_columns(
    encoder: Encoder,
    states: States,
    columns: Floats,
    index: Ints,
    start: Ints,
    end: Ints,
    hazard: Floats,
) -> Floats:
    """The matrix of period rows: state columns of `index`, then `PERIOD_FEATURES`.

    `start`, `end`: the day before the row begins and its last day, counted from the due date; `hazard`:
    all customers' share paid in such a period, per row.
    """
    due = states.due[index]
    width = np.minimum(end - start, 365)
    profiles = encoder.profiles(states)
    everyone = 7 * np.asarray(encoder.weekdays)
    weight, best, usual, workdays = (np.zeros(len(index)) for _ in range(4))
    for step in range(1, LOOKED_AT_DAYS + 1):
        inside = step <= width
        day = due + end - width + step
        own = weights_by_day(profiles, index, day)
        weight += np.where(inside, own, 0.0)
        best = np.where(inside, np.maximum(best, own), best)
        usual += np.where(inside, everyone[(day + 3) % 7], 0.0)
        workdays += inside & ((day + 3) % 7 < 5)
    recent = states.delays[index]
    later = (recent > start[:, None]).sum(axis=1)
    paid = later - (recent > end[:, None]).sum(axis=1)
    history, moved = states.history, states.moved[index]
    last = due + np.minimum(end, 400)
    extra = np.column_stack(
        [
            np.maximum(start, -400),
            end,
            width,
            (last + 3) % 7 + 1,
            day_of_month(last),
            workdays,
            np.round(weight, 3),
            np.round(best, 3),
            np.round(usual, 3),
            end - history["late_median"][index] - moved,
            end - history["late_mean_10"][index] - moved,
            end - history["late_last"][index] - moved,
            paid,
            later,
            np.round((paid + 3 * hazard) / (later + 3), 4),
            np.round(1 - still_open(states, index, np.maximum(start, -400), np.minimum(end, 400)), 4),
            hazard,
        ]
    )
    return np.ascontiguousarray(np.hstack([columns[index], extra]))
