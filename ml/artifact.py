"""A model on disk: LightGBM text and a JSON card, named by their content, never pickle.

`models/<name>/<version>/model.txt` (absent where no trees were learnt) and `card.json`. The
version is the hash of both, so the same data and code give the same version and no clock enters.
Loading verifies the hashes against those the caller holds (its manifest), then against the card.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.baseline import CustomerRate
from ml.calibrate import Platt
from ml.features import SIGNALS, features_with
from ml.marts import RiskError
from ml.train import Model

NAME = "late_payment"


@dataclass(frozen=True)
class Artifact:
    """Where a model lies and the SHA-256 of its files; `model_sha256` is None where it has no trees."""

    name: str
    version: str
    folder: Path
    card_sha256: str
    model_sha256: str | None


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def canonical(card: Mapping[str, Any]) -> bytes:
    """The card's bytes: sorted keys, two spaces, one final newline, no NaN."""
    return (json.dumps(card, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n").encode()


def served(rate: CustomerRate, model: Model | None) -> dict[str, Any]:
    """What scoring needs beside the trees, for the card."""
    found: dict[str, Any] = {"customer_rate": rate.to_dict()}
    if model is not None:
        found["lightgbm"] = {
            "trees": model.trees,
            "customer_rate": model.rate.to_dict(),
            "platt": model.platt.to_dict(),
            "categories": {k: list(v) for k, v in sorted(model.categories.items())},
            "learnt_bands": list(model.learnt_bands),
            "parameters": dict(model.parameters),
        }
    return found


def feature_card(model: Model | None) -> list[dict[str, Any]]:
    """The features as the card lists them, in the model's order."""
    used = features_with(() if model is None else model.signals)
    return [{"name": f.name, "group": f.group, "unit": f.unit, "monotone": f.monotone} for f in used]


def save(models_dir: Path, card: Mapping[str, Any], model: Model | None) -> Artifact:
    """Write the model under its content's name; a version that exists already is left as it is."""
    text = None if model is None else model.text.encode()
    model_sha = None if text is None else sha256(text)
    data = canonical({**card, "name": NAME, "model_sha256": model_sha})
    version = sha256(data)[:16]
    folder = models_dir / NAME / version
    folder.mkdir(parents=True, exist_ok=True)
    if text is not None:
        _write(folder / "model.txt", text)
    _write(folder / "card.json", data)
    return Artifact(NAME, version, folder, sha256(data), model_sha)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def load(artifact: Artifact) -> tuple[dict[str, Any], CustomerRate, Model | None]:
    """The card, the customer rate and the trees; a file whose hash differs raises `RiskError`."""
    data = (artifact.folder / "card.json").read_bytes()
    if sha256(data) != artifact.card_sha256:
        raise RiskError(
            f"{artifact.folder / 'card.json'} is not the card that was recorded: its hash differs."
        )
    card: dict[str, Any] = json.loads(data)
    expected: str | None = artifact.model_sha256
    named: str | None = card["model_sha256"]
    if named != expected:
        raise RiskError(f"{artifact.folder / 'card.json'} names another model than the one recorded.")
    rate = CustomerRate.from_dict(card["served"]["customer_rate"])
    if expected is None:
        return card, rate, None
    text = (artifact.folder / "model.txt").read_bytes()
    if sha256(text) != expected:
        raise RiskError(
            f"{artifact.folder / 'model.txt'} is not the model that was recorded: its hash differs."
        )
    fitted = card["served"]["lightgbm"]
    known = {f.name for f in SIGNALS}
    return (
        card,
        rate,
        Model(
            text=text.decode(),
            trees=fitted["trees"],
            rate=CustomerRate.from_dict(fitted["customer_rate"]),
            platt=Platt.from_dict(fitted["platt"]),
            categories=fitted["categories"],
            learnt_bands=tuple(fitted["learnt_bands"]),
            parameters=fitted["parameters"],
            signals=tuple(f["name"] for f in card["features"] if f["name"] in known),
        ),
    )
