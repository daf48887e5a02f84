"""How often a name leads to its company: spoilt names matched against a register, counted by kind of damage."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import identities
from pipelines.identities import matching, names
from pipelines.identities.parties import PARTIES
from pipelines.lake import quoted, write_table
from pipelines.sources.companies import ESTABLISHMENTS, UNITS
from tests.real_data import REAL_DATA
from tests.registers import FORMS, KINDS, Unit, spoil


@dataclass(frozen=True)
class Accuracy:
    """Of spoilt names: how many were asked, accepted, accepted rightly, listed, listed with the right proposal."""

    asked: int
    accepted: int
    right: int
    doubtful: int
    proposed: int

    @property
    def precision(self) -> float:
        """Accepted ones that are right; 1 where none is accepted."""
        return self.right / self.accepted if self.accepted else 1.0

    @property
    def recall(self) -> float:
        """Asked ones that were accepted rightly."""
        return self.right / self.asked if self.asked else 1.0


def write_units(path: Path, units: Sequence[Unit]) -> Path:
    """The units as a register is landed."""
    rows = [
        dict.fromkeys(UNITS)
        | {
            "legal_unit_id": one.legal_unit_id,
            "legal_name": one.name,
            "other_names": one.other_names,
            "legal_category": one.legal_category,
            "administrative_state": "C" if one.ceased_on else "A",
            "state_since": date.fromisoformat(one.ceased_on) if one.ceased_on else None,
            "postcode": one.postcode or None,
            "city": one.city or None,
        }
        for one in units
    ]
    write_rows(path, UNITS, rows)
    return path


def write_rows(path: Path, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """As `lake.write_table`, for many rows."""
    kinds = {
        "VARCHAR": pa.string(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "VARCHAR[]": pa.list_(pa.string()),
    }
    pq.write_table(
        pa.table(
            {name: pa.array([row[name] for row in rows], kinds[kind]) for name, kind in columns.items()}
        ),
        path,
    )


def demo_units(seed: int, customers: int) -> list[Unit]:
    """The demo company's French customers that have a SIREN, as a register knows them."""
    from pipelines.demo import population

    who = population.draw_customers(np.random.default_rng(seed), customers)
    towns = population._TOWNS
    return [
        Unit(
            str(siren), str(name).upper(), FORMS.get(str(name).split()[-1], "5710"),
            towns[town][1], towns[town][0].upper(),
        )
        for name, siren, country, town in zip(who.name, who.siren, who.country, who.town, strict=True)
        if siren and country == "FR" and len(name) < 60 and "<" not in name
    ]  # fmt: skip


def real_units() -> list[Unit]:
    """The companies of the recorded company searches and of the samples of SIRENE, each once."""
    found: dict[str, Unit] = {}

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            name = value.get("nom_complet") or value.get("nomComplet")
            seat = value.get("siege")
            if isinstance(name, str) and isinstance(seat, dict) and value.get("siren") not in found:
                found[value["siren"]] = Unit(
                    value["siren"], name, str(value.get("nature_juridique") or value.get("natureJuridique") or ""),
                    seat.get("code_postal") or seat.get("codePostal") or "",
                    seat.get("libelle_commune") or seat.get("commune") or "",
                )  # fmt: skip
            for one in value.values():
                walk(one)

    for path in sorted((REAL_DATA / "fr_api_fixtures" / "src").rglob("*echerche*/**/*.json")):
        walk(json.loads(path.read_text(encoding="utf-8")))
    with (REAL_DATA / "fr_sirene_samples" / "StockUniteLegale_utf8.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            person = " ".join(filter(None, (row["prenomUsuelUniteLegale"], row["nomUniteLegale"])))
            found.setdefault(
                row["siren"],
                Unit(
                    row["siren"],
                    row["denominationUniteLegale"] or person,
                    row["categorieJuridiqueUniteLegale"],
                    "",
                    "",
                ),
            )
    return [one for one in found.values() if one.name]


def measure(
    folder: Path, known: Sequence[Unit], register: Path, seed: int, with_place: bool, threshold: float = 0.9,
    is_in_register: bool = True,
) -> dict[str, Accuracy]:  # fmt: skip
    """Spoil the names of known units in every way, match them, and count by kind.

    Args:
        register: Parquet of units; only those that a reader would keep for these names are matched against.
        with_place: the customers' postcode and town are known.
        is_in_register: False: no unit of the register is right.
    """
    rng = random.Random(seed)
    rows, truth = [], {}
    for kind in KINDS:
        for at, one in enumerate(known):
            key = f"{kind}/{at:05d}"
            truth[key] = one.legal_unit_id
            rows.append(
                dict.fromkeys(PARTIES)
                | {
                    "company_id": "1", "party_key": key, "customer_key": key,
                    "name": spoil(one.name, kind, rng, one.city or "LYON"), "is_consumer": False, "ledger_ids": [],
                    "first_invoice_date": date(2023, 1, 31),
                    "postcode": one.postcode or None if with_place else None,
                    "city": one.city or None if with_place else None,
                }
            )  # fmt: skip
    parties = folder / "parties.parquet"
    write_rows(parties, PARTIES, rows)
    kept = folder / "kept.parquet"
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.register("wanted", pa.table({"key": sorted(identities.wanted_blocks(parties))}))
        connection.execute(f"create view register as select * from read_parquet({quoted(register)})")
        connection.execute(
            f"""copy (select * from register where legal_unit_id in (
                select legal_unit_id from (
                    select legal_unit_id, unnest({names.blocks("legal_name")}) as key from register
                    union all select legal_unit_id, unnest({names.blocks("other_names")}) from register
                ) where key in (select key from wanted)
            )) to {quoted(kept)} (format parquet)"""
        )
    none = folder / "none.parquet"
    write_table(none, ESTABLISHMENTS, [])
    target = folder / "identities.parquet"
    found = matching.match(parties, matching.Registers([kept], [none]), {}, threshold, target)
    proposed = {row["customer"]: row["proposed_id"] for row in found.doubtful}
    counts: dict[str, list[int]] = {kind: [0] * 5 for kind in KINDS}
    for row in pq.read_table(target).to_pylist():
        kind = row["party_key"].split("/")[0]
        right = is_in_register and row["legal_unit_id"] == truth[row["party_key"]]
        for at, value in enumerate(
            (
                True,
                row["status"] == "accepted",
                row["status"] == "accepted" and right,
                row["status"] == "doubtful",
                proposed.get(row["party_key"]) == truth[row["party_key"]],
            )
        ):
            counts[kind][at] += value
    return {kind: Accuracy(*values) for kind, values in counts.items()}


def total(results: Mapping[str, Accuracy]) -> Accuracy:
    """All kinds of damage together."""
    return Accuracy(
        *(sum(counts) for counts in zip(*(astuple(one) for one in results.values()), strict=True))
    )


def table(results: Mapping[str, Accuracy]) -> str:
    """The results as lines of text."""
    head = f"{'damage':18} {'asked':>6} {'accepted':>8} {'precision':>9} {'recall':>7} {'doubtful':>8} {'right':>7}"
    lines = [
        f"{kind:18} {one.asked:6} {one.accepted:8} {one.precision:9.4f} {one.recall:7.4f} "
        f"{one.doubtful / one.asked:8.4f} {one.proposed / max(1, one.doubtful):7.4f}"
        for kind, one in {**results, "all": total(results)}.items()
    ]
    return "\n".join([head, *lines])
