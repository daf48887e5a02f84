"""The tables of evaluation, shared by every model: one row per figure, so that pages and users read one form."""

from __future__ import annotations

import pyarrow as pa

#: What was predicted: invoices paid late, customers in default, cash by week, invoices disputed.
TASKS: tuple[str, ...] = ("late_payment", "default", "cash", "dispute")

#: One row per company × task × target × model × window × cut-off × slice × metric.
#: `window`: `rolling` (one monthly origin), `pooled` (all rolling origins), `final` (the untouched last months).
#: `slice`: `all`, or `name=value` (paid_before=0, amount=large, age=31-60, due_date=assumed…).
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
