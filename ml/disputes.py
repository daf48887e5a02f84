"""P(a dispute is opened within 90 days) of each open document, where disputes are recorded.

Cases are documents at month ends: open, never disputed so far. What is known of each then: its age, its size beside
the customer's usual document, and how often the customer disputed before. Three candidates: `prior` (the company's
rate at that age), `empirical_bayes` (that rate times the customer's own, shrunk to the company's) and `logistic`
(both, with size, activity and open disputes). The one with the least log-loss over the rolling month ends serves.
Where no dispute is recorded, or too few, there is no score.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import betaln, expit, logit  # type: ignore[import-untyped]

from ml.default.ratings import jeffreys
from ml.evaluate import METRICS, Comparison, compare, like_scores
from ml.features import Feature
from ml.marts import date_of
from ml.reasons import REASONS_PER_SCORE, SMALLEST_TOLD, feature_reason, to_json
from ml.tables import BACKTEST, RELIABILITY

if TYPE_CHECKING:
    from ml.life.registry import Package

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TASK = "dispute"
TARGET = "dispute_90"
#: Days ahead in which a dispute counts.
HORIZON = 90
#: Candidates, the plainest first, each with what it is compared with.
CANDIDATES: Mapping[str, str | None] = {
    "prior": None,
    "empirical_bayes": "prior",
    "logistic": "empirical_bayes",
}
NAMES: Mapping[str, tuple[str, str]] = {
    "prior": ("the company’s rate", "le taux de la société"),
    "empirical_bayes": ("the customer’s smoothed rate", "le taux lissé du client"),
    "logistic": ("a logistic regression", "une régression logistique"),
}
#: Days since issue that divide documents; disputes come early.
AGE_BANDS = np.array([15, 30, 60, 90, 180])
#: Cases of the company's overall rate mixed into the rate of each age band.
BAND_STRENGTH = 50.0
#: Strengths tried for the customer's rate: documents that the company's rate is worth.
STRENGTHS = np.array([1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
#: Fewer disputes than this among the cases to learn from: no score.
MIN_DISPUTES = 20
#: Held-out month ends at the end, never used to choose.
FINAL_ORIGINS = 3
#: Documents that are learnt from, the same ones in every run.
MOST_DOCUMENTS = 60_000
#: A dispute this likely is given its reasons.
TOLD_FROM = 0.05
#: Inverse strength of the logistic model's penalty.
PENALTY_C = 0.3

#: Inputs of the logistic model, none of them constrained. The first two are the other candidates'.
INPUTS: tuple[Feature, ...] = (
    Feature("rate_at_age", "portfolio", 0, "days", "issued {value} ago", "émise il y a {value}"),
    Feature(
        "customer_rate",
        "disputes",
        0,
        "share",
        "the customer disputes {value} of its documents (smoothed)",
        "le client conteste {value} de ses pièces (lissé)",
    ),
    Feature(
        "customer_documents",
        "activity",
        0,
        "count",
        "documents of the customer: {value}",
        "pièces du client : {value}",
    ),
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
        "past_due", "invoice", 0, "flag", "past its due date | not yet due", "échéance dépassée | non échue"
    ),
    Feature(
        "open_disputes",
        "disputes",
        0,
        "count",
        "other documents in dispute: {value}",
        "autres pièces en litige : {value}",
    ),
    Feature(
        "disputes_12m",
        "disputes",
        0,
        "count",
        "documents disputed over 12 months: {value}",
        "pièces contestées sur 12 mois : {value}",
    ),
    Feature(
        "credit_note_share",
        "activity",
        0,
        "share",
        "credit notes over 12 months: {value} of the invoices",
        "avoirs sur 12 mois : {value} des factures",
    ),
)
AS_OF_SOURCE: Mapping[str, tuple[str, str]] = {
    "portfolio": ("outcomes that were over at the cut-off", "issues closes à la date de coupure"),
    "disputes": ("disputes opened up to the month end", "litiges ouverts au plus tard ce jour-là"),
    "activity": ("documents entered up to the month end", "pièces saisies au plus tard ce jour-là"),
    "invoice": ("the document as entered", "la pièce telle que saisie"),
}

SCORES = pa.schema(
    [
        ("company_id", pa.string()),
        ("invoice_id", pa.string()),
        ("p_dispute", pa.float64()),
        ("reasons_dispute", pa.string()),
    ]
)


@dataclass(frozen=True)
class Cases:
    """n documents at origins. `known`: name → (n,), see `_cases_sql`. `outcome`: 1 a dispute came within the
    horizon, 0 none did, NaN not known yet at the as-of day."""

    company: npt.NDArray[np.object_]
    document: npt.NDArray[np.object_]
    customer: npt.NDArray[np.object_]
    origin: Ints
    outcome: Floats
    known: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, which: Bools) -> Cases:
        """The chosen cases."""
        return Cases(
            self.company[which],
            self.document[which],
            self.customer[which],
            self.origin[which],
            self.outcome[which],
            {name: values[which] for name, values in self.known.items()},
        )


@dataclass(frozen=True)
class Rates:
    """What one company's disputes tell at a cut-off: rate of all cases and by age band, customers' mean rate and its
    strength, and the logistic model over the standardised `INPUTS`."""

    overall: float
    by_age: Floats
    mean: float
    strength: float
    centre: Floats
    scale: Floats
    weights: Floats
    intercept: float

    def prior(self, cases: Cases) -> Floats:
        """The company's rate at the document's age."""
        return self.by_age[np.searchsorted(AGE_BANDS, cases.known["age_days"], side="left")]

    def customer_rate(self, cases: Cases) -> Floats:
        """Share of the customer's documents that were disputed, shrunk to the company's."""
        known = cases.known
        out: Floats = (known["disputed"] + self.strength * self.mean) / (known["documents"] + self.strength)
        return out

    def empirical_bayes(self, cases: Cases) -> Floats:
        """The rate at the document's age, its odds times the customer's odds beside the company's."""
        own = logit(self.customer_rate(cases)) - logit(self.mean)
        return np.asarray(expit(logit(self.prior(cases)) + own), dtype=np.float64)

    def inputs(self, cases: Cases) -> Floats:
        """The columns of `INPUTS`, shape (n, len(INPUTS))."""
        known = cases.known
        return np.column_stack(
            [
                logit(self.prior(cases)),
                logit(self.customer_rate(cases)),
                np.log1p(known["documents"]),
                known["log_amount"],
                known["log_amount"] - np.where(np.isnan(known["usual"]), known["log_amount"], known["usual"]),
                (known["days_past_due"] > 0).astype(np.float64),
                np.log1p(known["open_disputes"]),
                np.log1p(known["disputes_12m"]),
                np.nan_to_num(known["credit_note_share"]),
            ]
        )

    def logistic(self, cases: Cases) -> Floats:
        """The logistic model."""
        return np.asarray(expit(self.contributions("logistic", cases).sum(axis=1) + self.intercept))

    def contributions(self, candidate: str, cases: Cases) -> Floats:
        """What each of `INPUTS` adds to the log-odds, shape (n, len(INPUTS)): with the base, exactly the score."""
        if candidate == "logistic":
            return np.asarray((self.inputs(cases) - self.centre) / self.scale * self.weights)
        added = np.zeros((len(cases), len(INPUTS)))
        added[:, 0] = logit(self.prior(cases)) - logit(self.overall)
        if candidate == "empirical_bayes":
            added[:, 1] = logit(self.customer_rate(cases)) - logit(self.mean)
        return added

    def base(self, candidate: str) -> float:
        """The log-odds that `contributions` start from."""
        return self.intercept if candidate == "logistic" else float(logit(self.overall))

    def probability(self, candidate: str, cases: Cases) -> Floats:
        """P(dispute) by one of `CANDIDATES`, shape (n,)."""
        out: Floats = getattr(self, candidate)(cases)
        return out


@dataclass(frozen=True)
class Model:
    """What serves, by company: the candidate chosen and its rates; a company without is not scored."""

    champion: Mapping[str, str]
    rates: Mapping[str, Rates]

    def to_state(self) -> dict[str, Any]:
        """JSON values."""
        return {
            company: {
                "champion": self.champion[company],
                "overall": rates.overall,
                "by_age": rates.by_age.tolist(),
                "mean": rates.mean,
                "strength": rates.strength,
                "centre": rates.centre.tolist(),
                "scale": rates.scale.tolist(),
                "weights": rates.weights.tolist(),
                "intercept": rates.intercept,
            }
            for company, rates in sorted(self.rates.items())
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Model:
        """What `to_state` gave."""
        return cls(
            {company: one["champion"] for company, one in state.items()},
            {
                company: Rates(
                    overall=one["overall"],
                    by_age=np.asarray(one["by_age"], dtype=np.float64),
                    mean=one["mean"],
                    strength=one["strength"],
                    centre=np.asarray(one["centre"], dtype=np.float64),
                    scale=np.asarray(one["scale"], dtype=np.float64),
                    weights=np.asarray(one["weights"], dtype=np.float64),
                    intercept=one["intercept"],
                )
                for company, one in state.items()
            },
        )


@dataclass(frozen=True)
class Trained:
    """`model`; `backtest` and `reliability` rows (`ml.tables`); `data`: what each company learnt from;
    `notes`: company → (code, English, French) where it has no score."""

    model: Model
    backtest: pa.Table
    reliability: pa.Table
    data: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def to_package(self) -> Package:
        """The model as plain values, with its card and what it was judged by."""
        from ml.life.registry import Package

        chosen = sorted(set(self.model.champion.values()))
        served = ", ".join(chosen) or "none"
        notes = sorted(set(self.notes.values())) if not self.model.rates else []
        card = {
            "purpose": (
                "Probability that a dispute is opened on an open document within 90 days, for whoever follows it up."
                " An aid to a person's decision."
            ),
            "champion": {
                "name": served,
                "en": " ".join(note[1] for note in notes)
                or f"Least log-loss over the rolling month ends: {', '.join(NAMES[c][0] for c in chosen)}.",
                "fr": " ".join(note[2] for note in notes)
                or f"Plus faible log-loss sur les mois passés : {', '.join(NAMES[c][1] for c in chosen)}.",
            },
            "data": self.data,
            "labels": {
                "event": "first dispute of the document opened after the month end",
                "horizon_days": HORIZON,
                "visible_from": "the month end + 90 days",
                "excluded": "documents disputed before, opening items",
            },
            "features": declared(),
            "candidates": list(CANDIDATES),
            "parameters": {
                "min_disputes": MIN_DISPUTES,
                "penalty_c": PENALTY_C,
                "most_documents": MOST_DOCUMENTS,
                "age_bands": AGE_BANDS.tolist(),
                "band_strength": BAND_STRENGTH,
            },
        }
        tables = {"backtest": self.backtest, "reliability": self.reliability}
        return Package(TASK, served, self.model.to_state(), {}, card, tables)


def declared() -> list[dict[str, Any]]:
    """The features, as the model card lists them."""
    return [
        {
            **asdict(feature),
            "as_of_source": AS_OF_SOURCE[feature.group][0],
            "as_of_source_fr": AS_OF_SOURCE[feature.group][1],
        }
        for feature in INPUTS
    ]


def _cases(con: duckdb.DuckDBPyConnection, origins: str, most: int | None) -> Cases:
    """Open documents that were never disputed, at the origins of a query (company_id, origin).

    Nothing dated after the origin enters but the outcome. `most`: documents looked at; None: all.
    """
    sample = "" if most is None else f"order by draw limit {most}"
    rows = con.execute(f"""
        with origins as ({origins}),
        dossier as (
            select d.company_id, d.customer_id, d.invoice_id, d.entry_date, d.issue_date, d.due_date, d.closed_on,
                d.as_of, d.draw, d.amount, f.first_on,
                cast(round(ln(cast(d.amount as double)), 4) as decimal(18, 4)) as log_amount
            from document as d
            left join (
                select company_id, invoice_id, min(disputed_from) as first_on
                from fct_disputed_documents group by all
            ) as f using (company_id, invoice_id)
            where d.document_type <> 'opening_item'
        ),
        happened as (
            select company_id, customer_id, entry_date as on_day, 1 as document, log_amount, 0 as dispute,
                false as is_asked
            from dossier
            union all
            select company_id, customer_id, first_on, 0, 0, 1, false from dossier where first_on is not null
            union all
            select company_id, customer_id, origin, 0, 0, 0, true
            from (select distinct company_id, customer_id from dossier) join origins using (company_id)
        ),
        history as (
            select company_id, customer_id, on_day as origin, is_asked,
                sum(document) over w as documents, sum(log_amount) over w as log_amounts,
                sum(dispute) over w as disputed
            from happened
            window w as (partition by company_id, customer_id order by on_day)
            qualify is_asked
        ),
        recent as (
            select o.company_id, d.customer_id, o.origin,
                count(distinct d.invoice_id) filter (where f.disputed_from > o.origin - interval 12 month)
                    as disputes_12m,
                count(distinct d.invoice_id) filter (where coalesce(f.disputed_until > o.origin, true))
                    as open_disputes
            from fct_disputed_documents as f
            join dossier as d using (company_id, invoice_id)
            join origins as o on f.company_id = o.company_id and f.disputed_from <= o.origin
            group by all
        ),
        state as (
            select d.*, o.origin
            from (select * from dossier {sample}) as d
            join origins as o on d.company_id = o.company_id and d.entry_date <= o.origin
            where coalesce(d.closed_on > o.origin, true) and coalesce(d.first_on > o.origin, true)
        )
        select s.company_id, s.invoice_id, s.customer_id, datediff('day', date '1970-01-01', s.origin) as origin,
            case when s.origin + {HORIZON} <= s.as_of
                then cast(coalesce(s.first_on <= s.origin + {HORIZON}, false) as integer) end as outcome,
            datediff('day', s.issue_date, s.origin) as age_days,
            datediff('day', s.due_date, s.origin) as days_past_due,
            cast(s.log_amount as double) as log_amount, cast(s.amount as double) as amount,
            cast(h.log_amounts as double) / nullif(h.documents, 0) as usual,
            h.documents, h.disputed,
            coalesce(r.disputes_12m, 0) as disputes_12m, coalesce(r.open_disputes, 0) as open_disputes,
            least(1, cast(b.credit_notes_12m as double) / nullif(b.invoices_12m, 0)) as credit_note_share
        from state as s
        join history as h
            on s.company_id = h.company_id and s.customer_id = h.customer_id and s.origin = h.origin
        left join recent as r
            on s.company_id = r.company_id and s.customer_id = r.customer_id and s.origin = r.origin
        left join fct_customer_behaviour_monthly as b
            on s.company_id = b.company_id and s.customer_id = b.customer_id and s.origin = b.month_end
        order by s.company_id, origin, s.invoice_id
    """).fetchnumpy()
    keys = ("company_id", "invoice_id", "customer_id", "origin", "outcome")
    return Cases(
        np.asarray(rows["company_id"], dtype=object),
        np.asarray(rows["invoice_id"], dtype=object),
        np.asarray(rows["customer_id"], dtype=object),
        np.asarray(rows["origin"], dtype=np.int64),
        _floats(rows["outcome"]),
        {name: _floats(values) for name, values in rows.items() if name not in keys},
    )


def _floats(values: Any) -> Floats:
    """A column as floats, NaN where unknown."""
    return np.asarray(np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan), dtype=np.float64)


def fit_rates(cases: Cases) -> Rates:
    """Rates of one company's cases with known outcomes, both kinds among them."""
    from sklearn.linear_model import LogisticRegression

    y = cases.outcome
    band = np.searchsorted(AGE_BANDS, cases.known["age_days"], side="left")
    size = len(AGE_BANDS) + 1
    n, hits = np.bincount(band, minlength=size), np.bincount(band, weights=y, minlength=size)
    by_age: Floats = (hits + BAND_STRENGTH * float(y.mean())) / (n + BAND_STRENGTH)
    # Each customer as it stood last: the mean rate and how much customers differ, by marginal likelihood.
    _, last = np.unique(cases.customer[::-1].astype(str), return_index=True)
    last = len(cases) - 1 - last
    documents, disputed = cases.known["documents"][last], cases.known["disputed"][last]
    mean = float(np.clip(disputed.sum() / max(documents.sum(), 1), 1e-4, 1 - 1e-4))
    fits = [
        betaln(disputed + k * mean, documents - disputed + k * (1 - mean)) - betaln(k * mean, k * (1 - mean))
        for k in STRENGTHS
    ]
    strength = float(STRENGTHS[int(np.argmax([round(float(fit.sum()), 9) for fit in fits]))])
    zero = np.zeros(len(INPUTS))
    overall = round(float(y.mean()), 8)
    rates = Rates(overall, by_age, mean, strength, zero, zero + 1, zero, 0.0)
    inputs = rates.inputs(cases)
    centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(spread > 1e-9, spread, 1.0)
    fitted = LogisticRegression(C=PENALTY_C, max_iter=500).fit((inputs - centre) / scale, y)
    return Rates(
        overall,
        np.round(by_age, 8),
        mean,
        strength,
        np.round(centre, 8),
        np.asarray(np.round(scale, 8), dtype=np.float64),
        np.round(fitted.coef_[0].astype(np.float64), 8),
        round(float(fitted.intercept_[0]), 8),
    )


def train(con: duckdb.DuckDBPyConnection, seed: int) -> Trained:
    """Fits and judges every company that records disputes, each by itself.

    `con`: the cut marts (`ml.marts.open_marts`). Each month end is a cut-off: what is learnt are the cases whose
    90 days had passed by then, what is judged are the documents open on it.
    """
    champion: dict[str, str] = {}
    rates: dict[str, Rates] = {}
    rows: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    trained = Trained(Model(champion, rates), BACKTEST.empty_table(), RELIABILITY.empty_table())
    recorded = dict(
        con.execute("select company_id, min(disputed_from) from fct_disputed_documents group by 1").fetchall()
    )
    for (company,) in con.execute("select company_id from as_of_day order by 1").fetchall():
        if company not in recorded:
            trained.notes[company] = _NOTES["no_disputes"]
            continue
        cases = _cases(con, _month_ends(company, recorded[company]), MOST_DOCUMENTS)
        known = cases.take(~np.isnan(cases.outcome))
        if not _is_learnable(known.outcome):
            trained.notes[company] = _NOTES["too_few_disputes"]
            continue
        held = _held_out(known)
        champion[company] = _choice(held)
        rates[company] = fit_rates(known)
        rows += _backtest(company, held, champion[company], seed)
        groups += _reliability(company, held, champion[company])
        trained.data.append(
            {
                "company_id": company,
                "champion": champion[company],
                "cases": len(known),
                "disputed": int(known.outcome.sum()),
                "first_origin": str(date_of(int(known.origin.min()))),
                "last_origin": str(date_of(int(known.origin.max()))),
                "disputes_md5": con.execute(
                    "select md5(string_agg(invoice_id || disputed_from, ',' order by invoice_id, disputed_from))"
                    " from fct_disputed_documents where company_id = ?",
                    [company],
                ).fetchall()[0][0],
            }
        )
    return Trained(
        Model(champion, rates),
        pa.Table.from_pylist(rows, schema=BACKTEST),
        pa.Table.from_pylist(groups, schema=RELIABILITY),
        trained.data,
        trained.notes,
    )


def score(con: duckdb.DuckDBPyConnection, model: Model) -> pa.Table:
    """P(a dispute is opened within 90 days) of the open documents that had none, in `SCORES`, to four decimals.

    Companies that the model does not know have no row. Reasons (`ml.reasons`, as JSON) are given from `TOLD_FROM`.
    """
    cases = _cases(con, "select company_id, as_of as origin from as_of_day", None)
    parts = []
    for company in sorted(model.rates):
        own = cases.take(cases.company == company)
        rates, candidate = model.rates[company], model.champion[company]
        p = np.round(rates.probability(candidate, own), 4)
        reasons = np.full(len(own), None, dtype=object)
        likely = p >= TOLD_FROM
        reasons[likely] = _reasons(rates, candidate, own.take(likely))
        parts.append(
            pa.table([own.company.tolist(), own.document.tolist(), p, reasons.tolist()], schema=SCORES)
        )
    return pa.concat_tables(parts) if parts else SCORES.empty_table()


def _reasons(rates: Rates, candidate: str, cases: Cases) -> npt.NDArray[np.object_]:
    """Up to three reasons of each case as JSON text, the strongest first; shape (n,)."""
    known = cases.known
    usual = np.where(np.isnan(known["usual"]), known["log_amount"], known["usual"])
    values = np.column_stack(
        [
            known["age_days"],
            rates.customer_rate(cases),
            known["documents"],
            known["amount"],
            np.exp(known["log_amount"] - usual),
            known["days_past_due"] > 0,
            known["open_disputes"],
            known["disputes_12m"],
            known["credit_note_share"],
        ]
    )
    added = rates.contributions(candidate, cases)
    ranked = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :REASONS_PER_SCORE]
    out = np.full(len(cases), None, dtype=object)
    for i in range(len(cases)):
        out[i] = to_json(
            [
                feature_reason(INPUTS[k], float(values[i, k]), added[i, k], added[i, k], TARGET)
                for k in ranked[i].tolist()
                if abs(added[i, k]) >= SMALLEST_TOLD
            ]
        )
    return out


@dataclass(frozen=True)
class _Held:
    """Held-out cases with what each candidate said of them; `is_final`: in the last month ends."""

    cases: Cases
    said: Mapping[str, Floats]
    is_final: Bools


def _month_ends(company: str, first: dt.date) -> str:
    """SQL: the month ends of one company from the first recorded dispute on."""
    name = company.replace("'", "''")
    return f"""
        select a.company_id, cast(last_day(m) as date) as origin
        from as_of_day as a, unnest(generate_series(date '{first.replace(day=1)}', a.as_of, interval 1 month)) as u(m)
        where a.company_id = '{name}' and last_day(m) <= a.as_of
    """


def _is_learnable(outcome: Floats) -> bool:
    return bool(MIN_DISPUTES <= outcome.sum() <= len(outcome) - MIN_DISPUTES)


def _held_out(known: Cases) -> _Held | None:
    """Every month end judged by rates learnt from cases that were over by then; None where there is none."""
    parts: list[Cases] = []
    said: dict[str, list[Floats]] = {name: [] for name in CANDIDATES}
    origins = np.unique(known.origin)
    for cut_off in origins.tolist():
        before = known.take(known.origin + HORIZON <= cut_off)
        if not _is_learnable(before.outcome):
            continue
        rates, asked = fit_rates(before), known.take(known.origin == cut_off)
        parts.append(asked)
        for name in CANDIDATES:
            said[name].append(rates.probability(name, asked))
    if not parts:
        return None
    cases = _together(parts)
    final = np.unique(cases.origin)[-FINAL_ORIGINS:]
    return _Held(
        cases, {name: np.concatenate(one) for name, one in said.items()}, np.isin(cases.origin, final)
    )


def _together(parts: list[Cases]) -> Cases:
    return Cases(
        np.concatenate([part.company for part in parts]),
        np.concatenate([part.document for part in parts]),
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.origin for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        {name: np.concatenate([part.known[name] for part in parts]) for name in parts[0].known},
    )


def _choice(held: _Held | None) -> str:
    """The candidate with the least log-loss over the rolling month ends; the plainer one where they are equal."""
    if held is None or held.is_final.all():
        return "prior"
    open_to_choice = ~held.is_final
    loss = METRICS["log_loss"][0]
    y, one = held.cases.outcome[open_to_choice], np.ones((1, int(open_to_choice.sum())))
    losses = {name: round(float(loss(y, held.said[name][open_to_choice], one)[0]), 9) for name in CANDIDATES}
    return min(CANDIDATES, key=lambda name: losses[name])


def _backtest(company: str, held: _Held | None, champion: str, seed: int) -> list[dict[str, Any]]:
    """Rows of `ml.tables.BACKTEST`: each month end, all rolling ones, the final ones."""
    if held is None:
        return []
    cases = held.cases
    windows: list[tuple[str, int, Bools]] = [
        ("rolling", int(origin), cases.origin == origin) for origin in np.unique(cases.origin[~held.is_final])
    ]
    for window, chosen in (("pooled", ~held.is_final), ("final", held.is_final)):
        if chosen.any():
            windows.append((window, int(cases.origin[chosen].min()), chosen))
    rows = []
    for window, cut_off, chosen in windows:
        y, customers = cases.outcome[chosen], cases.customer[chosen]
        for name, baseline in CANDIDATES.items():
            p, q = held.said[name][chosen], held.said[baseline or name][chosen]
            judged = _beside(y, p, q) if window == "rolling" else compare(y, p, q, customers, seed)
            for found in judged:
                told = (found.baseline_value, found.gain, found.gain_low, found.gain_high)
                beside = (None,) * 4 if baseline is None else tuple(_finite(value) for value in told)
                rows.append(
                    {
                        "company_id": company,
                        "task": TASK,
                        "target": TARGET,
                        "model": name,
                        "window": window,
                        "cut_off": date_of(cut_off),
                        "slice": "all",
                        "metric": found.metric,
                        "value": _finite(found.value),
                        "baseline": baseline,
                        **dict(zip(("baseline_value", "gain", "gain_low", "gain_high"), beside, strict=True)),
                        "n": found.n,
                        "positives": found.positives,
                        "is_champion": name == champion,
                    }
                )
    return rows


def _beside(y: Floats, p: Floats, q: Floats) -> list[Comparison]:
    """One month end: its handful of disputes bears no interval."""
    one, nan, found = np.ones((1, len(y))), float("nan"), []
    for name, (function, is_higher_better) in METRICS.items():
        value, other = float(function(y, p, one)[0]), float(function(y, q, one)[0])
        gain = value - other if is_higher_better else other - value
        found.append(Comparison(name, value, other, gain, nan, nan, len(y), int(y.sum())))
    return found


def _finite(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None


def _reliability(company: str, held: _Held | None, champion: str) -> list[dict[str, Any]]:
    """Rows of `ml.tables.RELIABILITY`: groups of like scores over every held-out month end."""
    if held is None:
        return []
    rows = []
    for name in CANDIDATES:
        for position, part in enumerate(like_scores(held.said[name]), start=1):
            n, hits = len(part), float(held.cases.outcome[part].sum())
            low, high = jeffreys(hits, n)
            rows.append(
                {
                    "company_id": company,
                    "task": TASK,
                    "target": TARGET,
                    "model": name,
                    "group": str(position),
                    "predicted": round(float(held.said[name][part].mean()), 6),
                    "observed": round(hits / n, 6),
                    "observed_low": round(low, 6),
                    "observed_high": round(high, 6),
                    "n": n,
                    "positives": int(hits),
                    "is_champion": name == champion,
                }
            )
    return rows


#: Why a company has no score: code → (code, English, French).
_NOTES: Mapping[str, tuple[str, str, str]] = {
    "no_disputes": (
        "no_disputes",
        "No dispute is recorded: none is foreseen.",
        "Aucun litige n’est enregistré : aucun n’est prévu.",
    ),
    "too_few_disputes": (
        "too_few_disputes",
        f"Fewer than {MIN_DISPUTES} recorded disputes to learn from: none is foreseen.",
        f"Moins de {MIN_DISPUTES} litiges enregistrés pour apprendre : aucun n’est prévu.",
    ),
}
