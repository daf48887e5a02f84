"""The model cards that a release publishes: what serves each task, on what grounds, since when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from ml.life import registry
from ml.life.registry import CARD, Change, Stored
from ml.life.schedule import Plan
from ml.tables import MODEL_CARDS


def published(models_dir: Path, served: Iterable[tuple[Stored, Plan]]) -> pa.Table:
    """`ml.tables.MODEL_CARDS`: one row per task, from the model that scored and what the run had planned.

    A run that looks back served a model of its own: it has no history, and is not pinned.
    """
    rows = []
    for stored, plan in served:
        found = registry.pointer(models_dir, stored.task)
        is_current = plan.moves_pointer and found.version == stored.version
        # Not what this run did about it: a run that is repeated publishes the same.
        brought = (
            found.stack[-1]
            if is_current
            else Change(plan.code, stored.version, stored.sha256, "", en=plan.en, fr=plan.fr)
        )
        rows.append(
            {
                "task": stored.task,
                "model": stored.champion,
                "model_version": stored.version,
                "card_sha256": stored.sha256,
                "seen_until": stored.seen_until,
                "is_pinned": is_current and found.is_pinned,
                "action": brought.action,
                "en": brought.en,
                "fr": brought.fr,
                "card": (stored.folder / CARD).read_text(encoding="utf-8"),
                "history": json.dumps(
                    [asdict(change) for change in found.history] if is_current else [],
                    ensure_ascii=False,
                    sort_keys=True,
                ),
            }
        )
    return pa.Table.from_pylist(sorted(rows, key=lambda r: str(r["task"])), schema=MODEL_CARDS)
