"""The tables of evaluation, shared by every model: one row per figure, so that pages and users read one form."""

from __future__ import annotations

import pyarrow as pa

#: What was predicted: invoices paid late, customers in default, cash by week, invoices disputed.
TASKS: tuple[str, ...] = ("late_payment", "default", "cash", "dispute")

#: One row per company × task × target × model × window × cut-off × slice × metric.
#: `window`: `rolling` (one monthly origin), `pooled` (all rolling origins), `final` (the untouched last months);
#: not out of time: `as_of` (the open book of the training's day), `published` (the as-of day of an earlier release).
#: `slice`: `all`, or `name=value` (paid_before=0, amount=large, age=31-60, due_date=assumed, terms=45 EOM…).
#: `gain` is positive where the model is better than `baseline`; its interval is a bootstrap over customers.
BACKTEST = pa.schema(
    [
        ("company_id", pa.string()),
        ("task", pa.string()),
        ("target", pa.string()),
        ("model", pa.string()),
        ("window", pa.string()),
        ("cut_off", pa.date32()),
        ("slice", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("baseline", pa.string()),
        ("baseline_value", pa.float64()),
        ("gain", pa.float64()),
        ("gain_low", pa.float64()),
        ("gain_high", pa.float64()),
        ("n", pa.int64()),
        ("positives", pa.int64()),
        ("is_champion", pa.bool_()),
    ]
)

#: Cases of like scores on held-out months: what was predicted and what happened, with a Jeffreys 90 % interval.
#: `group`: position from the lowest score (1…), or the grade (A…F).
RELIABILITY = pa.schema(
    [
        ("company_id", pa.string()),
        ("task", pa.string()),
        ("target", pa.string()),
        ("model", pa.string()),
        ("group", pa.string()),
        ("predicted", pa.float64()),
        ("observed", pa.float64()),
        ("observed_low", pa.float64()),
        ("observed_high", pa.float64()),
        ("n", pa.int64()),
        ("positives", pa.int64()),
        ("is_champion", pa.bool_()),
    ]
)

#: Whether served models still fit: company × task × statistic × subject.
#: `statistic`: `psi` (subject: a feature), `observed_expected`, `ece`, `coverage`, `wape` (subject: a target, on
#: scores whose outcome is known by now), `canary` (subject: what was tried). `threshold`: what the value is held
#: to. `state`: `ok`, `warn`, `act`, or `unknown` where nothing has matured. `n`: cases behind the value.
DRIFT = pa.schema(
    [
        ("company_id", pa.string()),
        ("task", pa.string()),
        ("statistic", pa.string()),
        ("subject", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("state", pa.string()),
        ("n", pa.int64()),
    ]
)

#: What runs said of what was not known yet, kept from release to release until it can be judged: one as-of day a
#: month. One row per company × task × target × as-of day × subject. `subject`: an invoice, a customer, or the
#: Monday of a week. `predicted`: a probability, or days after the due date; `predicted_amount`: cash of a week;
#: `low`, `high` and their amounts: the ends of the 80 % interval, where there is one. The hashes are of the
#: model's card.
SCORE_HISTORY = pa.schema(
    [
        ("company_id", pa.string()),
        ("task", pa.string()),
        ("target", pa.string()),
        ("as_of", pa.date32()),
        ("subject", pa.string()),
        ("customer_id", pa.string()),
        ("predicted", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("predicted_amount", pa.decimal128(18, 2)),
        ("low_amount", pa.decimal128(18, 2)),
        ("high_amount", pa.decimal128(18, 2)),
        ("model_version", pa.string()),
        ("data_hash", pa.string()),
        ("features_hash", pa.string()),
    ]
)

#: What serves each task, for readers: one row per task. `card`: the very bytes of the model's card.json, whose
#: SHA-256 begins with `model_version`; `history`: JSON list of the pointer's changes, the first one first; `action`,
#: `en`, `fr`: how it came to serve (`first`, `refitted`, `promoted`, `recalibrated`, `rolled_back`…) and why.
MODEL_CARDS = pa.schema(
    [
        ("task", pa.string()),
        ("model", pa.string()),
        ("model_version", pa.string()),
        ("card_sha256", pa.string()),
        ("seen_until", pa.date32()),
        ("is_pinned", pa.bool_()),
        ("action", pa.string()),
        ("en", pa.string()),
        ("fr", pa.string()),
        ("card", pa.string()),
        ("history", pa.string()),
    ]
)

MONEY = pa.decimal128(18, 2)

#: One row per open document with a due date. Probabilities are NULL where nothing tells them, dates where no
#: payment is expected within the horizon of the curves. The interval holds 80 % of payments (`ml.lateness`).
INVOICE_SCORES = pa.schema(
    [
        ("company_id", pa.string()),
        ("invoice_id", pa.string()),
        ("customer_id", pa.string()),
        ("p_late", pa.float64()),
        ("p_late_30", pa.float64()),
        ("p_late_90", pa.float64()),
        ("expected_payment_date_p10", pa.date32()),
        ("expected_payment_date_p50", pa.date32()),
        ("expected_payment_date_p90", pa.date32()),
        ("expected_late_days", pa.float64()),
        ("p_dispute", pa.float64()),
        ("reasons", pa.string()),
        ("reasons_dispute", pa.string()),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("as_of", pa.date32()),
    ]
)

#: One row per customer with documents or payments. Loss is over twelve months.
CUSTOMER_SCORES = pa.schema(
    [
        ("company_id", pa.string()),
        ("customer_id", pa.string()),
        ("pd_12m", pa.float64()),
        ("rating", pa.string()),
        ("pd_validation", pa.string()),
        ("exposure", MONEY),
        ("recoverable_vat", MONEY),
        ("insured_amount", MONEY),
        ("lgd", pa.float64()),
        ("expected_loss", MONEY),
        ("not_due", MONEY),
        ("expected_late_amount", MONEY),
        ("overdue", MONEY),
        ("reasons", pa.string()),
        ("action", pa.string()),
        ("recommended_action", pa.string()),
        ("recommended_limit", MONEY),
        ("limit_reason", pa.string()),
        ("override_action", pa.string()),
        ("override_reason", pa.string()),
        ("override_decided_by", pa.string()),
        ("override_decided_on", pa.date32()),
        ("override_valid_to", pa.date32()),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("as_of", pa.date32()),
    ]
)

#: One row per company × task: what serves it and why.
MODELS = pa.schema(
    [
        ("company_id", pa.string()),
        ("task", pa.string()),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("data_hash", pa.string()),
        ("features_hash", pa.string()),
        ("note_en", pa.string()),
        ("note_fr", pa.string()),
        ("as_of", pa.date32()),
    ]
)
