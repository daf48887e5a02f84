"""The whole of a run: states, split, baseline, model, choice, scores, tables, artefact.

Pure: reads marts as Parquet, writes Parquet and the model's folder; no clock, no network, and the
same input gives the same bytes whatever the order of rows or the number of threads.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ml import artifact, delays, score
from ml.baseline import CustomerRate, fit_customer_rate
from ml.evaluate import (
    INTERVAL,
    Choice,
    Comparison,
    Group,
    choose,
    compare,
    compare_days,
    reliability,
)
from ml.labels import CASH_KINDS, TARGETS, THRESHOLD_DAYS, band_rows, is_certain
from ml.marts import as_of_days, date_of, day_number, open_marts, usual_term_days
from ml.split import Split, TooShort, choose_split
from ml.states import States, customer_counts, scoring_states, training_states
from ml.train import Model, calibration_cut_off, fit_model

MODEL = "lightgbm"
BASELINE = "customer_rate"
PRIOR = "portfolio_rate"


@dataclass(frozen=True)
class RiskResult:
    """What a run made.

    `champion`: `lightgbm` or `customer_rate`; `code`, `note_en`, `note_fr`: why. `metrics[target][metric]`:
    value, baseline, gain and its interval on all held-out months.
    `baseline_reasons[company]`: why a company gets the baseline,
    or is scored by a model that none of its own months could judge. `sizes`: row counts.
    `artifact_sha256`: file name → hash. `tables`: table name → path.
    """

    champion: str
    model_name: str
    model_version: str
    code: str
    note_en: str
    note_fr: str
    metrics: dict[str, dict[str, dict[str, float | int | None]]]
    baseline_reasons: dict[str, str]
    sizes: dict[str, int]
    artifact_dir: Path
    artifact_sha256: dict[str, str]
    tables: dict[str, Path]


@dataclass
class _Judged:
    """The comparison at the cut-off: pooled, and per company where it has both outcomes."""

    split: Split
    champion: Choice
    model: dict[str, list[Comparison]] = field(default_factory=dict)
    baseline: dict[str, list[Comparison]] = field(default_factory=dict)
    by_company: dict[tuple[str, str, str], list[Comparison]] = field(default_factory=dict)
    groups: dict[tuple[str, str, str], list[Group]] = field(default_factory=dict)


def run(
    marts_dir: Path,
    out_dir: Path,
    as_of: Mapping[str, dt.date] | None,
    models_dir: Path,
    seed: int = 7,
    threads: int = 2,
) -> RiskResult:
    """Score the open documents and the customers of every company in `marts_dir`.

    Writes invoice_scores, customer_scores, backtest and models as Parquet in `out_dir`, and the
    served model under `models_dir`. A missing table or column raises `RiskError`.
    """
    con = open_marts(marts_dir, as_of, threads)
    try:
        return _run(con, out_dir, models_dir, seed)
    finally:
        con.close()


def _run(con: duckdb.DuckDBPyConnection, out_dir: Path, models_dir: Path, seed: int) -> RiskResult:
    days = {c: day_number(d) for c, d in as_of_days(con).items()}
    terms = usual_term_days(con)
    states = training_states(con)
    split = choose_split(states, days, terms) if len(states) else _nothing()
    judged: _Judged | None = None
    if isinstance(split, Split):
        judged = _judge(con, states, split, terms, seed)
    now = {c: days[c] for c in terms}
    rows = band_rows(states, now, terms)
    rate = fit_customer_rate(customer_counts(con, now), states, rows)
    model: Model | None = None
    if judged is not None and judged.champion.is_model:
        model = fit_model(states, _counts(con, now, terms), now, terms, seed)
    code, note_en, note_fr = _note(split, judged)
    card = _card(con, states, split, judged, rate, model, (code, note_en, note_fr), seed, terms, len(rows))
    open_states = scoring_states(con)
    customers = set(zip(open_states.company.tolist(), open_states.customer.tolist(), strict=True))
    curves = delays.fit_delays(con, now, customers)
    card["expected_dates"] = delays.card(curves)
    saved = artifact.save(models_dir, card, model)
    _, rate, model = artifact.load(saved)
    server: CustomerRate | Model = rate if model is None else model
    champion = BASELINE if model is None else MODEL
    label = {"model_name": champion, "model_version": saved.version}
    invoices = score.invoice_scores(con, open_states, server, curves, label)
    customer_table = score.customer_scores(con, invoices, label)
    served = _models_table(days, states, split, judged, label, (code, note_en, note_fr), len(rows))
    tables = {
        "invoice_scores": invoices,
        "customer_scores": customer_table,
        "backtest": _backtest_table(judged),
        "models": served,
    }
    paths = {name: out_dir / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        score.write(table, paths[name])
    hashes = {"card.json": saved.card_sha256}
    if saved.model_sha256 is not None:
        hashes["model.txt"] = saved.model_sha256
    return RiskResult(
        champion=champion,
        model_name=saved.name,
        model_version=saved.version,
        code=code,
        note_en=note_en,
        note_fr=note_fr,
        metrics={t: _figures(found) for t, found in judged.model.items()} if judged else {},
        baseline_reasons={
            r["company_id"]: r["note_en"]
            for r in served.to_pylist()
            if r["code"] not in ("model_better", "baseline_better", "model_worse_later")
        },
        sizes={
            "training_states": len(states),
            "training_rows": len(rows),
            "open_documents": len(open_states),
            "customers": customer_table.num_rows,
            "held_out_states": int(split.held_out[0].sum()) if isinstance(split, Split) else 0,
        },
        artifact_dir=saved.folder,
        artifact_sha256=hashes,
        tables=paths,
    )


def _nothing() -> TooShort:
    return TooShort(
        "no_invoice",
        {},
        "No invoice with a due date to learn from.",
        "Aucune facture avec échéance pour apprendre.",
    )


def _counts(
    con: duckdb.DuckDBPyConnection, cut_off: Mapping[str, int], terms: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "cut_off": customer_counts(con, cut_off),
        "calibration": customer_counts(con, calibration_cut_off(cut_off, terms)),
    }


def _judge(
    con: duckdb.DuckDBPyConnection, states: States, split: Split, terms: Mapping[str, int], seed: int
) -> _Judged | None:
    """Model and customer rate trained at the cut-off, both read on the same held-out states."""
    counts = _counts(con, split.cut_off, terms)
    rate = fit_customer_rate(counts["cut_off"], states, split.training)
    model = fit_model(states, counts, split.cut_off, terms, seed)
    if model is None:
        return None
    asked = np.flatnonzero(np.any(np.stack(split.held_out), axis=0)).astype(np.int64)
    p = np.full((len(states), len(THRESHOLD_DAYS)), np.nan)
    q = p.copy()
    p[asked] = score.probabilities(model, states, asked)
    q[asked] = score.probabilities(rate, states, asked)
    prior = _prior(states, split)
    judged = _Judged(split, Choice(False, "", 0.0, 0.0, 0.0, "", ""))
    companies = np.unique(states.company.astype(str))
    for j, target in enumerate(TARGETS):
        held = np.flatnonzero(
            split.held_out[j] & ~np.isnan(q[:, j]) & ~np.isnan(p[:, j]) & ~np.isnan(prior[:, j])
        )
        if not len(held):
            continue
        y = states.late[held, j]
        who = np.array([f"{c}/{k}" for c, k in zip(states.company[held], states.customer[held], strict=True)])
        judged.model[target] = compare(y, p[held, j], q[held, j], who, seed)
        judged.baseline[target] = compare(y, q[held, j], prior[held, j], who, seed)
        for company in companies:
            own = states.company[held] == company
            if not own.any():
                continue
            part = held[own]
            judged.groups[(company, target, MODEL)] = reliability(y[own], p[part, j])
            judged.groups[(company, target, BASELINE)] = reliability(y[own], q[part, j])
            if own.all():
                judged.by_company[(company, target, MODEL)] = judged.model[target]
                judged.by_company[(company, target, BASELINE)] = judged.baseline[target]
                continue
            judged.by_company[(company, target, MODEL)] = compare(
                y[own], p[part, j], q[part, j], who[own], seed
            )
            judged.by_company[(company, target, BASELINE)] = compare(
                y[own], q[part, j], prior[part, j], who[own], seed
            )
    judged.champion = choose(judged.model)
    _judge_days(con, states, judged, {MODEL: p, BASELINE: q}, seed)
    return judged


def _judge_days(
    con: duckdb.DuckDBPyConnection,
    states: States,
    judged: _Judged,
    late: Mapping[str, npt.NDArray[np.float64]],
    seed: int,
) -> None:
    """Expected dates from curves frozen at the cut-off, on the months mature for the last threshold.

    Beside them a naive date: the due date, or tomorrow for what is past due. Days count to the last
    threshold, since later payments are not known yet of all.
    """
    cap = THRESHOLD_DAYS[-1]
    held = np.flatnonzero(judged.split.held_out[-1]).astype(np.int64)
    customers = states.take(held)
    keys = set(zip(customers.company.tolist(), customers.customer.tolist(), strict=True))
    curves = delays.fit_delays(con, judged.split.cut_off, keys)
    held = held[[c in curves.company for c in customers.company]]
    if not len(held):
        return
    part = states.take(held)
    actual = delays.days_after_due(con, part.company, part.document, cap)
    naive = np.maximum(part.origin - part.due + 1, 0).astype(np.float64)
    for name, p in late.items():
        expected = delays.expect(curves, part.company, part.customer, part.origin, part.due, p[held])
        days = np.minimum(np.nan_to_num(expected.quantile - part.due[:, None], nan=cap), cap)
        for company in np.unique(part.company.astype(str)):
            own = part.company == company
            judged.by_company[(company, "days", name)] = compare_days(
                actual[own], days[own, 0], days[own, 1], days[own, 2], naive[own], part.customer[own], seed
            )


def _prior(states: States, split: Split) -> npt.NDArray[np.float64]:
    """What knowing no customer gives: the company's rates of the training window, passed thresholds certain."""
    prior = np.full((len(states), len(THRESHOLD_DAYS)), np.nan)
    rows = split.training
    for company in np.unique(states.company.astype(str)):
        mine = states.company == company
        reach = np.ones(int(mine.sum()))
        for j in range(len(THRESHOLD_DAYS)):
            outcome = rows.outcome[mine[rows.index] & (rows.band == j)]
            rate = float(outcome.mean()) if len(outcome) else math.nan
            reach = reach * np.where(is_certain(states, j)[mine], 1.0, rate)
            prior[mine, j] = reach
    return prior


def _note(split: Split | TooShort, judged: _Judged | None) -> tuple[str, str, str]:
    if isinstance(split, TooShort):
        return (
            split.code,
            f"The customer rate serves: {_lower(split.en)}",
            f"Le taux client est retenu : {_lower(split.fr)}",
        )
    if judged is None:
        return (
            "too_few_labels",
            "The customer rate serves: too few outcomes of either kind to learn from.",
            "Le taux client est retenu : trop peu d’issues de chaque sorte pour apprendre.",
        )
    return judged.champion.code, judged.champion.en, judged.champion.fr


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _rounded(value: float) -> float | None:
    return None if not math.isfinite(value) else round(value, 6)


def _card(
    con: duckdb.DuckDBPyConnection,
    states: States,
    split: Split | TooShort,
    judged: _Judged | None,
    rate: CustomerRate,
    model: Model | None,
    note: tuple[str, str, str],
    seed: int,
    terms: Mapping[str, int],
    training_rows: int,
) -> dict[str, Any]:
    """Everything a reader needs to judge the model, and everything scoring needs beside the trees."""
    window = con.execute("""
        select company_id, count(*), min(entry_date), max(entry_date), any_value(as_of),
            md5(string_agg(draw || due_date || amount, ',' order by draw))
        from document group by 1 order by 1
    """).fetchall()
    return {
        "purpose": (
            "Probability that an open customer document is paid after its due date, for credit control. Not a"
            " probability of default; no decision about a person rests on it alone (GDPR art. 22)."
        ),
        "champion": {
            "name": BASELINE if model is None else MODEL,
            "code": note[0],
            "en": note[1],
            "fr": note[2],
        },
        "data": [
            {
                "company_id": c,
                "documents": n,
                "first_entry": str(lo),
                "last_entry": str(hi),
                "as_of": str(a),
                "documents_md5": h,
                "usual_term_days": terms[c],
            }
            for c, n, lo, hi, a, h in window
        ],
        "labels": {
            "thresholds_days": list(THRESHOLD_DAYS),
            "cash_kinds": list(CASH_KINDS),
            "visible_from": "due date + threshold",
            "immature_cohorts": "dropped",
            "cleared_without_cash": "no label",
            "written_off": "late",
            "opening_items": "scored, not learnt from",
        },
        "features": artifact.feature_card(model),
        "training": {"states": len(states), "rows": training_rows, "seed": seed},
        "split": None
        if isinstance(split, TooShort)
        else {
            "cut_off": {c: str(date_of(d)) for c, d in sorted(split.cut_off.items())},
            "embargo_days": {c: list(e) for c, e in split.embargo_days.items()},
            "held_out_states": [int(h.sum()) for h in split.held_out],
        },
        "shortage": split.values if isinstance(split, TooShort) else None,
        "metrics": None
        if judged is None
        else {
            "interval": INTERVAL,
            "champion_margin": {
                "metric": "log_loss of late",
                "gain": _rounded(judged.champion.gain),
                "low": _rounded(judged.champion.gain_low),
                "high": _rounded(judged.champion.gain_high),
            },
            **{
                f"{name}_against_{against}": {target: _figures(found) for target, found in compared.items()}
                for name, against, compared in (
                    (MODEL, BASELINE, judged.model),
                    (BASELINE, PRIOR, judged.baseline),
                )
            },
        },
        "served": artifact.served(rate, model),
    }


def _figures(found: list[Comparison]) -> dict[str, dict[str, float | int | None]]:
    """Comparisons as plain values, None where not defined."""
    return {
        c.metric: {
            "value": _rounded(c.value),
            "baseline": _rounded(c.baseline_value),
            "gain": _rounded(c.gain),
            "low": _rounded(c.gain_low),
            "high": _rounded(c.gain_high),
            "n": c.n,
            "positives": c.positives,
        }
        for c in found
    }


def _backtest_table(judged: _Judged | None) -> pa.Table:
    """Company × model × cut-off × metric.

    Metrics are named target_metric (late_auc, late_30_brier), days_mae and days_cover_80 for the
    expected dates, and late_calibration_3_predicted / _observed for the third of ten groups of scores.
    """
    rows: list[dict[str, Any]] = []
    if judged is None:
        return pa.Table.from_pylist(rows, schema=score.BACKTEST)
    references = {MODEL: BASELINE, BASELINE: PRIOR}

    def row(company: str, name: str, metric: str, value: float, n: int) -> dict[str, Any]:
        return {
            "company_id": company,
            "model": name,
            "cut_off": date_of(judged.split.cut_off[company]),
            "metric": metric,
            "value": _rounded(value),
            "n": n,
            "is_champion": (name == MODEL) == judged.champion.is_model,
        }

    for (company, target, name), found in judged.by_company.items():
        for c in found:
            if math.isfinite(c.value):
                one = row(company, name, f"{target}_{c.metric}", c.value, c.n)
                has_baseline = math.isfinite(c.baseline_value)
                rows.append(
                    one
                    | {
                        "baseline_value": _rounded(c.baseline_value),
                        "baseline": ("due_date" if target == "days" else references[name])
                        if has_baseline
                        else None,
                        "gain": _rounded(c.gain),
                        "gain_low": _rounded(c.gain_low),
                        "gain_high": _rounded(c.gain_high),
                        "positives": c.positives,
                    }
                )
    for (company, target, name), groups in judged.groups.items():
        for k, group in enumerate(groups, start=1):
            prefix = f"{target}_calibration_{k}"
            rows.append(row(company, name, f"{prefix}_predicted", group.predicted, group.n))
            rows.append(row(company, name, f"{prefix}_observed", group.observed, group.n))
    rows.sort(key=lambda r: (r["company_id"], r["model"], r["metric"]))
    return pa.Table.from_pylist(rows, schema=score.BACKTEST)


def _models_table(
    days: Mapping[str, int],
    states: States,
    split: Split | TooShort,
    judged: _Judged | None,
    label: Mapping[str, str],
    note: tuple[str, str, str],
    training_rows: int,
) -> pa.Table:
    """One row per company: what serves it and why; its own held-out figures where it has any."""
    rows: list[dict[str, Any]] = []
    for company, day in sorted(days.items()):
        mine = states.company == company
        found = judged.by_company.get((company, "late", MODEL)) if judged else None
        own = next((c for c in found or [] if c.metric == "log_loss"), None)
        code, english, french = note
        if judged is not None and own is None:
            code = "judged_elsewhere"
            english += " This company has no held-out months of its own: judged on the other companies."
            french += " Cette société n’a pas de mois de contrôle : jugé sur les autres sociétés."
        origins = states.origin[mine]
        rows.append(
            {
                "company_id": company,
                **label,
                "code": code,
                "note_en": english,
                "note_fr": french,
                "cut_off": date_of(split.cut_off[company])
                if isinstance(split, Split) and company in split.cut_off
                else None,
                "first_origin": date_of(int(origins.min())) if len(origins) else None,
                "last_origin": date_of(int(origins.max())) if len(origins) else None,
                "training_rows": training_rows,
                "held_out_states": own.n if own else 0,
                "log_loss": _rounded(own.value) if own else None,
                "baseline_log_loss": _rounded(own.baseline_value) if own else None,
                "gain": _rounded(own.gain) if own else None,
                "gain_low": _rounded(own.gain_low) if own else None,
                "gain_high": _rounded(own.gain_high) if own else None,
                "as_of": date_of(day),
            }
        )
    return pa.Table.from_pylist(rows, schema=score.MODELS)
