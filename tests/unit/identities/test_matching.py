"""Which company a customer is: the order of what is believed, thresholds, namesakes, the user's decisions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.identities import matching
from pipelines.identities.decisions import Decision
from pipelines.identities.parties import PARTIES
from pipelines.lake import write_table
from pipelines.sources.companies import ESTABLISHMENTS, UNITS

SIREN, OTHER = "732829320", "552032534"


def party(key: str, name: str | None, company: str = "1", **given: Any) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(PARTIES)
    return blank | {
        "company_id": company, "party_key": key, "customer_key": key, "name": name, "is_consumer": False,
        "ledger_ids": [], **given,
    }  # fmt: skip


def unit(number: str, name: str | None, **given: Any) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(UNITS)
    return blank | {"legal_unit_id": number, "legal_name": name, "administrative_state": "A", **given}


def establishment(siret: str, **given: Any) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(ESTABLISHMENTS)
    return blank | {"establishment_id": siret, "legal_unit_id": siret[:9], **given}


def match(
    folder: Path,
    parties: Sequence[dict[str, Any]],
    units: Sequence[dict[str, Any]],
    establishments: Sequence[dict[str, Any]] = (),
    decisions: Mapping[tuple[str, str], Decision] | None = None,
    threshold: float = 0.9,
) -> tuple[dict[str, dict[str, Any]], matching.Matched]:
    write_table(folder / "parties.parquet", PARTIES, parties)
    write_table(folder / "units.parquet", UNITS, units)
    write_table(folder / "establishments.parquet", ESTABLISHMENTS, establishments)
    registers = matching.Registers([folder / "units.parquet"], [folder / "establishments.parquet"])
    found = matching.match(
        folder / "parties.parquet", registers, decisions or {}, threshold, folder / "identities.parquet"
    )
    table = pq.read_table(folder / "identities.parquet")
    assert table.column_names == list(matching.IDENTITIES)
    rows = table.to_pylist()
    assert len(rows) == len(parties)
    return {f"{row['company_id']}/{row['party_key']}": row for row in rows}, found


def decided(unit_id: str | None, refused: str | None = None) -> Decision:
    return Decision(unit_id, refused, {}, 2)


def test_what_is_written_counts_in_the_order_of_its_trust(tmp_path: Path) -> None:
    everything: dict[str, Any] = {
        "declared_id": "100000001", "siret": "20000000200012", "vat_id": "300000003",
        "ledger_ids": ["400000004"],
    }  # fmt: skip
    order: list[tuple[str, str, dict[str, Any]]] = [
        ("decision", "500000005", everything),
        ("declared", "100000001", everything),
        ("siret", "200000002", {**everything, "declared_id": None}),
        ("vat_number", "300000003", {**everything, "declared_id": None, "siret": None}),
        ("ledger_id", "400000004", {"ledger_ids": ["400000004"]}),
        ("name", "600000006", {}),
    ]
    parties = [party(method, "VERMEERSCH TRANSPORTS", **numbers) for method, _, numbers in order]
    units = [unit("600000006", "TRANSPORTS VERMEERSCH")]
    rows, _ = match(tmp_path, parties, units, decisions={("1", "decision"): decided("500000005")})
    for method, number, _ in order:
        row = rows[f"1/{method}"]
        assert (row["method"], row["legal_unit_id"], row["status"]) == (method, number, "accepted")
    assert rows["1/siret"]["establishment_id"] == "20000000200012"
    assert rows["1/declared"]["establishment_id"] is None


def test_a_number_in_the_ledger_is_believed_where_the_names_are_alike(tmp_path: Path) -> None:
    parties = [
        party("ALIKE", "Ets Vermeersch", ledger_ids=[SIREN]),
        party("OTHER", "Boulangerie Dupont", ledger_ids=[SIREN]),
        party("TWO", "Vermeersch SAS", ledger_ids=[SIREN, OTHER]),
        party("UNKNOWN", "Nobody", ledger_ids=["400461356"]),
    ]
    rows, found = match(tmp_path, parties, [unit(SIREN, "VERMEERSCH"), unit(OTHER, "RENAULT")])
    assert (rows["1/ALIKE"]["legal_unit_id"], rows["1/ALIKE"]["method"]) == (SIREN, "ledger_id")
    assert (rows["1/OTHER"]["legal_unit_id"], rows["1/OTHER"]["status"]) == (None, "doubtful")
    assert rows["1/TWO"]["legal_unit_id"] == SIREN
    assert rows["1/UNKNOWN"]["legal_unit_id"] == "400461356"
    assert [(row["customer"], row["proposed_id"]) for row in found.doubtful] == [("OTHER", SIREN)]


@pytest.mark.parametrize(
    "name",
    [
        "SARL Transports Vermeersch", "TRANSPORTS VERMEERSCH S.A.R.L.", "Vermeersch Transports", "Transp. Vermeersch",
        "TRPTS VERMEERSCH", "TransportsVermeersch", "TRANSPORTS VERMERSCH", "Ets. Transports Vermeersch & Cie",
        "TRANSPORTS VERMEERSCH LILLE", "transports vermeersch - lille", "Société des Transports Vermeersch",
    ],
)  # fmt: skip
def test_a_rare_name_is_found_however_the_ledger_writes_it(tmp_path: Path, name: str) -> None:
    units = [
        unit(SIREN, "TRANSPORTS VERMEERSCH", legal_category="5499", postcode="59000", city="LILLE"),
        unit("200000002", "GARAGE DUPONT", postcode="59000", city="LILLE"),
        unit("300000003", "TRANSPORTS DUBOIS", postcode="59000", city="LILLE"),
    ]
    rows, _ = match(tmp_path, [party("A", name, postcode="59000", city="Lille")], units)
    assert (rows["1/A"]["legal_unit_id"], rows["1/A"]["matched_name"]) == (SIREN, "TRANSPORTS VERMEERSCH")


@pytest.mark.parametrize(
    "name",
    [
        "Garage Dumont",
        "Boulangerie Vermeersch",
        "Vermeersch Holding",
        "Garage",
        "Dupont",
        "SARL",
        "12",
        "'",
        "S A",
    ],
)
def test_another_name_is_never_accepted(tmp_path: Path, name: str) -> None:
    units = [
        unit(SIREN, "TRANSPORTS VERMEERSCH", postcode="59000", city="LILLE"),
        unit("200000002", "GARAGE DUPONT", postcode="59000", city="LILLE"),
        *(unit(f"30000000{at}", f"{first} DUMONT") for at, first in enumerate(("ALAIN", "LUC", "GUY"))),
    ]
    rows, _ = match(tmp_path, [party("A", name, postcode="59000", city="Lille")], units)
    assert rows["1/A"]["status"] != "accepted"
    assert rows["1/A"]["legal_unit_id"] is None
    assert rows["1/A"]["matched_name"] is None


def test_namesakes_are_told_apart_by_their_place_and_by_nothing_else(tmp_path: Path) -> None:
    units = [
        unit("100000001", "GARAGE MARTIN", postcode="69003", city="LYON 3EME"),
        unit("200000002", "GARAGE MARTIN", postcode="13001", city="MARSEILLE"),
        unit("300000003", "GARAGE MARTIN", postcode="69100", city="VILLEURBANNE"),
    ]
    parties = [
        party("TOWN", "Garage Martin", city="Lyon"),
        party("POSTCODE", "Garage Martin", postcode="13001"),
        party("NOWHERE", "Garage Martin"),
        party("ELSEWHERE", "Garage Martin", postcode="35000", city="Rennes"),
    ]
    rows, found = match(tmp_path, parties, units)
    assert rows["1/TOWN"]["legal_unit_id"] == "100000001"
    assert rows["1/POSTCODE"]["legal_unit_id"] == "200000002"
    assert {rows[f"1/{key}"]["status"] for key in ("NOWHERE", "ELSEWHERE")} == {"doubtful"}
    assert {row["customer"] for row in found.doubtful} == {"NOWHERE", "ELSEWHERE"}


def test_among_many_namesakes_the_one_of_the_place_is_found(tmp_path: Path) -> None:
    units = [unit(f"{at:09d}", "GARAGE MARTIN", postcode=f"{at % 90 + 1:02d}100") for at in range(300)]
    units.append(unit(SIREN, "GARAGE MARTIN", postcode="97400"))
    parties = [party("A", "Garage Martin", postcode="97400"), party("B", "Garage Martin")]
    rows, found = match(tmp_path, parties, units)
    assert rows["1/A"]["legal_unit_id"] == SIREN
    assert rows["1/B"]["status"] == "doubtful"
    assert found.cut == 1


def test_a_branch_is_a_place_of_its_company(tmp_path: Path) -> None:
    units = [
        unit(SIREN, "GARAGE MARTIN", postcode="75008", city="PARIS"),
        unit("200000002", "GARAGE MARTIN", postcode="33000", city="BORDEAUX"),
    ]
    branches = [
        establishment(f"{SIREN}00074", postcode="35000", city="RENNES", trade_name="AUTO SERVICE BREIZH")
    ]
    parties = [party("PLACE", "Garage Martin", postcode="35000"), party("TRADE", "Auto Service Breizh")]
    rows, _ = match(tmp_path, parties, units, branches)
    assert rows["1/PLACE"]["legal_unit_id"] == SIREN
    assert (rows["1/TRADE"]["legal_unit_id"], rows["1/TRADE"]["matched_name"]) == (SIREN, "GARAGE MARTIN")


def test_a_ceased_company_loses_to_a_living_namesake_and_is_none_after_its_end(tmp_path: Path) -> None:
    ceased = {"administrative_state": "C", "state_since": date(2020, 6, 30)}
    both = [
        unit("100000001", "TRANSPORTS VERMEERSCH", **ceased),
        unit("200000002", "TRANSPORTS VERMEERSCH"),
    ]
    since = party("A", "Transports Vermeersch", first_invoice_date=date(2019, 1, 1))
    after = party("A", "Transports Vermeersch", first_invoice_date=date(2021, 1, 1))
    rows, _ = match(tmp_path, [since], both)
    assert rows["1/A"]["legal_unit_id"] == "200000002"
    rows, _ = match(tmp_path, [since], both[:1])
    assert rows["1/A"]["legal_unit_id"] == "100000001"
    rows, _ = match(tmp_path, [after], both[:1])
    assert rows["1/A"]["status"] == "unmatched"


def test_the_threshold_decides_and_the_rest_is_listed(tmp_path: Path) -> None:
    units = [unit(SIREN, "MENUISERIE KERVADEC", postcode="29000", city="QUIMPER")]
    parties = [party("A", "Menuiserie Kervadec", postcode="35000", city="Rennes")]
    rows, found = match(tmp_path, parties, units)
    assert rows["1/A"]["status"] == "doubtful"
    assert rows["1/A"]["score"] == Decimal("0.8800")
    assert rows["1/A"]["legal_unit_id"] is None
    (row,) = found.doubtful
    assert (row["proposed_id"], row["proposed_name"]) == (SIREN, "MENUISERIE KERVADEC")
    assert (row["place"], row["proposed_place"], row["score"]) == ("35000 Rennes", "29000 QUIMPER", "0.8800")
    rows, found = match(tmp_path, parties, units, threshold=0.85)
    assert (rows["1/A"]["status"], rows["1/A"]["legal_unit_id"], found.doubtful) == ("accepted", SIREN, [])


def test_the_user_decides(tmp_path: Path) -> None:
    units = [unit(SIREN, "TRANSPORTS VERMEERSCH")]
    parties = [party(key, "Transports Vermeersch") for key in ("YES", "NO", "OTHER", "OPEN")]
    rows, _ = match(
        tmp_path,
        parties,
        units,
        decisions={
            ("1", "YES"): decided(SIREN),
            ("1", "NO"): decided(None, SIREN),
            ("1", "OTHER"): decided("GB-01234567"),
            ("1", "GONE"): decided(SIREN),
        },
    )
    told = {
        key: (rows[f"1/{key}"]["status"], rows[f"1/{key}"]["legal_unit_id"])
        for key in ("YES", "NO", "OTHER", "OPEN")
    }
    assert told == {
        "YES": ("accepted", SIREN), "NO": ("refused", None), "OTHER": ("accepted", "GB-01234567"),
        "OPEN": ("accepted", SIREN),
    }  # fmt: skip
    assert rows["1/NO"]["method"] == "decision"


def test_a_decision_is_of_one_company_only(tmp_path: Path) -> None:
    parties = [party("A", "Transports Vermeersch", company=company) for company in ("1", "2")]
    rows, _ = match(
        tmp_path,
        parties,
        [unit(SIREN, "TRANSPORTS VERMEERSCH")],
        decisions={("1", "A"): decided(None, SIREN)},
    )
    assert (rows["1/A"]["status"], rows["2/A"]["status"]) == ("refused", "accepted")


def test_spellings_of_one_customer_are_one_company(tmp_path: Path) -> None:
    parties = [
        party("0012", "Transports Vermeersch", customer_key="12"),
        party("12", "Transports Vermeersch", customer_key="12"),
    ]
    rows, found = match(tmp_path, parties, [unit(SIREN, "TRANSPORTS VERMEERSCH")])
    assert {row["legal_unit_id"] for row in rows.values()} == {SIREN}
    assert found.counts == {"accepted": 1}


def test_a_private_person_is_looked_for_nowhere(tmp_path: Path) -> None:
    from pipelines.identities import name_queries, wanted

    parties = [party("A", "Jeanne Vermeersch", is_consumer=True)]
    rows, _ = match(tmp_path, parties, [unit(SIREN, "JEANNE VERMEERSCH", is_sole_trader=True)])
    assert (rows["1/A"]["status"], rows["1/A"]["candidates"]) == ("unmatched", 0)
    assert name_queries(tmp_path / "parties.parquet") == ()
    assert wanted(tmp_path / "parties.parquet").blocks == frozenset()


def test_a_foreign_customer_is_no_french_company(tmp_path: Path) -> None:
    units = [
        unit(SIREN, "VERMEERSCH LOGISTICS", country_code="FR"),
        unit("GB-01234567", "VERMEERSCH LOGISTICS LTD", country_code="GB"),
    ]
    parties = [
        party("GB", "Vermeersch Logistics Limited", country_code="GB"),
        party("BE", "Vermeersch Logistics", country_code="BE"),
    ]
    rows, _ = match(tmp_path, parties, units)
    assert rows["1/GB"]["legal_unit_id"] == "GB-01234567"
    assert rows["1/BE"]["status"] == "unmatched"


def test_nothing_of_a_candidate_is_kept_but_of_the_accepted_one(tmp_path: Path) -> None:
    units = [unit("100000001", "GARAGE MARTIN"), unit("200000002", "GARAGE MARTIN")]
    rows, _ = match(tmp_path, [party("A", "Garage Martin")], units)
    assert {name for name, value in rows["1/A"].items() if value is not None} == {
        "company_id", "party_key", "method", "score", "status", "candidates", "runner_up_score",
    }  # fmt: skip


def test_hidden_names_and_blank_ones_are_nobody(tmp_path: Path) -> None:
    rows, _ = match(
        tmp_path, [party("A", None), party("B", " "), party("C", "…")], [unit(SIREN, None), unit(OTHER, "")]
    )
    assert {row["status"] for row in rows.values()} == {"unmatched"}


NAMES = [
    "Garage Martin",
    "Transports Vermeersch",
    "Sté Kervadec",
    "Dupont & fils",
    "=cmd|'/C calc'!A0",
    "<script>",
]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(tmp_path: Path, seed: int) -> None:
    parties = [party(f"{at}", name, postcode="69003") for at, name in enumerate(NAMES)]
    units = [
        unit(f"{at:09d}", f"{name.upper()} {town}", city=town)
        for at, name in enumerate(NAMES)
        for town in ("", "LYON")
    ]
    units += [unit(f"{at + 100:09d}", name.upper(), postcode="69003") for at, name in enumerate(NAMES)]
    units = list({one["legal_unit_id"]: one for one in units}.values())
    before, first = match(tmp_path, parties, units)
    chance = random.Random(seed)
    chance.shuffle(parties)
    chance.shuffle(units)
    after, second = match(tmp_path, parties, units)
    assert before == after
    assert first == second
