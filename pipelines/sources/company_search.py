"""Answers of the French state's company search, landed as legal units and establishments.

Belongs here: the layout of a result. Does not belong here: asking for it (`pipelines.clients.company_search`), INSEE's
stock files (`sirene`).

Source of the layout: recherche-entreprises.api.gouv.fr, `/search`. A file holds a result per line, a list of them, or
whole answers (`{"results": […]}`, also inside `result`). What is in such a file was asked for, by number or by name,
so that all of it is kept: the candidates of a name share no spelling that could tell them from others. A company that
opposes diffusion is told by its number, state and sector alone: its name and address are left out even where they are
given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from stdnum import luhn
from stdnum.fr import siret as siret_number

from pipelines.errors import DataError
from pipelines.sources.companies import TABLES, Wanted
from pipelines.sources.open_data import LandedFile, Landing, Reject

FILE = "answers of the company search (recherche-entreprises.api.gouv.fr)"
UNIT_FIELDS = (
    "siren",
    "nom_complet",
    "nom_raison_sociale",
    "etat_administratif",
    "nature_juridique",
    "activite_principale",
    "date_creation",
    "statut_diffusion",
    "siege",
    "matching_etablissements",
)
"""Fields that every result has, null where empty."""
ESTABLISHMENT_FIELDS = (
    "siret",
    "est_siege",
    "etat_administratif",
    "code_postal",
    "libelle_commune",
    "statut_diffusion_etablissement",
)
"""Fields that every establishment of a result has."""
_VERSION = 2
_TYPES = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_()}
_OPPOSED = ("P", "N")
_ADDED_NAMES = re.compile(r"(\s*\([^()]*\))+$")
_Row = dict[str, Any]


def land_company_search(path: Path, raw_dir: Path, quarantine_dir: Path, wanted: Wanted) -> LandedFile:
    """Land answers as `units` and `establishments` (`companies.TABLES`).

    Args:
        wanted: kept for the form that all readers share; every result of such a file is kept.

    Returns:
        the landed file. A result whose SIREN fails its checksum is a refused row. Of results that repeat a SIREN the
        one the register changed last counts. `rows_accepted` counts legal units.

    Raises:
        DataError: a file cut short, or results without a field that every result has.
    """
    landing = Landing("sirene", path, raw_dir, quarantine_dir, None, _VERSION)
    if (known := landing.known()) is not None:
        return known
    units: dict[str, tuple[tuple[str, str], _Row]] = {}
    places: dict[str, tuple[tuple[str, str, str], _Row]] = {}
    rejects: list[Reject] = []
    counts = dict.fromkeys(("read", "kept", "dates", "hidden", "sirets"), 0)
    for line, result in _results(path):
        counts["read"] += 1
        _check(path, line, result)
        siren = _text(result["siren"]) or ""
        if not (len(siren) == 9 and luhn.is_valid(siren) and int(siren)):
            text = json.dumps(result, ensure_ascii=False, sort_keys=True)
            rejects.append(Reject(line, "siren", "the SIREN fails its checksum", text))
            continue
        counts["kept"] += 1
        # Of two answers the later one of the register, then one and the same whatever their order in the file.
        rank = (_text(result.get("date_mise_a_jour_insee")) or "", json.dumps(result, sort_keys=True))
        unit = _unit(result, counts)
        if siren not in units or units[siren][0] < rank:
            units[siren] = (rank, unit)
        # The head office tells more of itself than the same place among the matching ones.
        for own, given in [
            (1, result["siege"]),
            *((0, one) for one in result["matching_etablissements"] or []),
        ]:
            place = _establishment(siren, given, unit, counts) if given else None
            if place is None:
                continue
            order = (rank[0], str(own), rank[1])
            if place["establishment_id"] not in places or places[place["establishment_id"]][0] < order:
                places[place["establishment_id"]] = (order, place)
    try:
        _write(landing, "units", [row for _, row in units.values()])
        _write(landing, "establishments", [row for _, row in places.values()])
        days = sorted(row["updated_on"] for _, row in units.values() if row["updated_on"])
        repeated = counts["kept"] - len(units)
        sentences = (
            (repeated, "{} results repeat a SIREN; the one the register changed last is kept."),
            (counts["dates"], "{} dates are none; they are left blank."),
            (
                counts["sirets"],
                "{} establishments have no SIRET of their company whose checksum holds; they are left out.",
            ),
            (counts["hidden"], "{} legal units oppose diffusion: their names and addresses are withheld."),
        )
        return landing.finish(
            rejects,
            ("units", "establishments"),
            encoding="utf-8",
            date_format="%Y-%m-%d",
            rows_read=counts["read"],
            rows_accepted=len(units),
            rows_out_of_scope=repeated,
            first_date=days[0].isoformat() if days else None,
            last_date=days[-1].isoformat() if days else None,
            warnings=[text.format(count) for count, text in sentences if count],
        )
    finally:
        landing.drop_parts()


def _results(path: Path) -> Iterator[tuple[int | None, Any]]:
    """Every result, with its line where the file has one per line."""
    number = 1
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            first = lines.readline()
            try:
                value = json.loads(first)
            except json.JSONDecodeError:
                # One answer over several lines.
                yield from ((None, one) for one in _inside(path, json.loads(first + lines.read())))
                return
            yield from ((number, one) for one in _inside(path, value))
            for line in lines:
                number += 1
                if line.strip():
                    yield from ((number, one) for one in _inside(path, json.loads(line)))
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: byte {error.start} is not UTF-8; give {FILE} as received.") from error
    except json.JSONDecodeError as error:
        at = number + error.lineno - 1
        raise DataError(
            f"{path}, line {at}: the JSON breaks off or is malformed ({error.msg}); give {FILE} as received."
        ) from error


def _inside(path: Path, value: Any) -> list[Any]:
    """The results in a whole answer, in a list, or the one result."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        holder = value["result"] if isinstance(value.get("result"), dict) else value
        if isinstance(holder.get("results"), list):
            found: list[Any] = holder["results"]
            return found
        if "siren" in value:
            return [value]
    raise DataError(f"{path}: neither the field results nor siren is there; give {FILE} as received.")


def _check(path: Path, line: int | None, result: Any) -> None:
    """A result without a field that every result has is of another layout."""
    where = f"{path}" if line is None else f"{path}, line {line}"
    if not isinstance(result, dict):
        raise DataError(f"{where}: a result is no JSON object; give {FILE} as received.")
    siege, others = result.get("siege") or {}, result.get("matching_etablissements") or []
    missing = [name for name in UNIT_FIELDS if name not in result]
    for place in [siege, *others] if isinstance(others, list) else [siege, others]:
        if not isinstance(place, dict):
            missing.append("siege or matching_etablissements as objects")
        elif place:
            missing += [f"{name} of an establishment" for name in ESTABLISHMENT_FIELDS if name not in place]
    if missing:
        raise DataError(f"{where}: the field {missing[0]} is missing; give {FILE} as received.")


def _unit(result: _Row, counts: dict[str, int]) -> _Row:
    siege: _Row = result["siege"] or {}
    category = _text(result["nature_juridique"])
    is_hidden = result["statut_diffusion"] in _OPPOSED
    counts["hidden"] += is_hidden
    full = _shown(result["nom_complet"])
    name = _shown(result["nom_raison_sociale"]) or (None if full is None else _ADDED_NAMES.sub("", full))
    state = _text(result["etat_administratif"])
    others = {
        other
        for given in (result.get("sigle"), siege.get("nom_commercial"), *(siege.get("liste_enseignes") or ()))
        if (other := _shown(given)) and other != name
    }
    place = _place(siege, is_hidden)
    return {
        "legal_unit_id": _text(result["siren"]),
        "legal_name": None if is_hidden else name,
        "other_names": None if is_hidden else "|".join(sorted(o.replace("|", " ") for o in others)) or None,
        "is_sole_trader": (category or "").startswith("1"),
        "legal_category": category,
        "creation_date": _day(result["date_creation"], counts),
        "naf_code": _naf(result["activite_principale"]),
        "naf25_code": _naf(result.get("activite_principale_naf25")),
        "sector_text": None,
        "headcount_band": _text(result.get("tranche_effectif_salarie")),
        "size_category": _text(result.get("categorie_entreprise")),
        "administrative_state": state,
        # The day a state began is told of the ceased alone.
        "state_since": _day(result.get("date_fermeture"), counts) if state == "C" else None,
        "is_diffusible": (result["statut_diffusion"] or "O") == "O",
        "head_establishment_id": _text(siege.get("siret")),
        "postcode": place["postcode"],
        "city": place["city"],
        "country_code": "FR",
        "updated_on": _day(result.get("date_mise_a_jour_insee"), counts),
    }


def _establishment(siren: str, given: _Row, unit: _Row, counts: dict[str, int]) -> _Row | None:
    siret = _text(given["siret"]) or ""
    if not (len(siret) == 14 and siret.startswith(siren) and siret_number.is_valid(siret)):
        counts["sirets"] += 1
        return None
    is_hidden = given["statut_diffusion_etablissement"] in _OPPOSED or not unit["is_diffusible"]
    signs = (_shown(sign) for sign in (*(given.get("liste_enseignes") or ()), given.get("nom_commercial")))
    return {
        "establishment_id": siret,
        "legal_unit_id": siren,
        "is_head_office": given["est_siege"] is True,
        "trade_name": None if is_hidden else next((sign for sign in signs if sign), None),
        "naf_code": _naf(given.get("activite_principale")),
        "administrative_state": _text(given["etat_administratif"]),
        "state_since": _day(given.get("date_debut_activite"), counts),
        "creation_date": _day(given.get("date_creation"), counts),
        **_place(given, is_hidden),
        "is_diffusible": (given["statut_diffusion_etablissement"] or "O") == "O",
        "updated_on": _day(given.get("date_mise_a_jour_insee"), counts),
    }


def _place(given: _Row, is_hidden: bool) -> _Row:
    """Postcode and city: nothing of those who oppose diffusion."""
    if is_hidden or given.get("statut_diffusion_etablissement") in _OPPOSED:
        return {"postcode": None, "city": None}
    city = _shown(given.get("libelle_commune")) or _shown(given.get("libelle_commune_etranger"))
    return {"postcode": _shown(given.get("code_postal")), "city": city}


def _text(value: Any) -> str | None:
    return (str(value).strip() or None) if value is not None else None


def _shown(value: Any) -> str | None:
    """A text that is not withheld."""
    text = _text(value)
    return None if text is None or text in ("[ND]", "[NON-DIFFUSIBLE]") else text


def _naf(value: Any) -> str | None:
    """A code of NAF revision 2 or 2025; older companies bear the code of their time."""
    text = _text(value) or ""
    return text if re.fullmatch(r"\d\d\.\d\d[A-Z]", text) else None


def _day(value: Any, counts: dict[str, int]) -> date | None:
    text = _text(value)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        counts["dates"] += 1
        return None


def _write(landing: Landing, table: str, rows: list[_Row]) -> None:
    _, columns, key = TABLES[table]
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in columns.items()])
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in key))
    data = pa.table({name: [row[name] for row in ordered] for name in columns}, schema=schema)
    pq.write_table(data, landing.part_of(table), compression="zstd")


__all__ = ["ESTABLISHMENT_FIELDS", "UNIT_FIELDS", "land_company_search"]
