"""From what was landed to who is who: parties of every book, what is wanted of registers, the matches file renewed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import identities
from pipelines.config import Settings, load_settings
from pipelines.identities import names
from pipelines.lake import Workspace, quoted, write_json, write_table
from pipelines.sources.companies import ESTABLISHMENTS, UNITS
from pipelines.sources.customers import land_customers

SIREN, OTHER, THIRD = "732829320", "552032534", "400461356"
LINES = {
    "CompteNum": "VARCHAR", "CompteLib": "VARCHAR", "CompAuxNum": "VARCHAR", "CompAuxLib": "VARCHAR",
    "EcritureDate": "DATE", "JournalCode": "VARCHAR", "Debit": "DECIMAL(18,2)", "Credit": "DECIMAL(18,2)",
}  # fmt: skip


def line(
    account: str, auxiliary: str | None, name: str, day: str, journal: str = "VE", debit: int = 100
) -> dict[str, Any]:
    return {
        "CompteNum": account, "CompteLib": name, "CompAuxNum": auxiliary, "CompAuxLib": auxiliary and name,
        "EcritureDate": date.fromisoformat(day), "JournalCode": journal, "Debit": debit, "Credit": 0,
    }  # fmt: skip


class Books:
    """A workspace in which ledgers, customers and a register were landed."""

    def __init__(self, folder: Path, companies: int = 1) -> None:
        self.folder = folder
        given = [
            f"{{name: C{n}, id: '{n}', ledgers: [{{kind: fec, path: l{n}.txt}}]}}"
            for n in range(1, companies + 1)
        ]
        (folder / "encours.yml").write_text(
            f"companies: [{', '.join(given)}]\nexternal: {{sirene: stock.csv}}\n", encoding="utf-8"
        )
        self.settings: Settings = load_settings(folder / "encours.yml")
        self.workspace = Workspace(self.settings.workspace)
        self.said: list[str] = []

    def state(self, source: str, records: list[dict[str, Any]]) -> None:
        write_json(self.workspace.landing_state / f"{source}.json", records)

    def ledger(self, *rows: dict[str, Any], company: str = "1") -> None:
        path = self.workspace.raw / f"fec{company}.parquet"
        write_table(path, LINES, rows)
        place = path.relative_to(self.workspace.root).as_posix()
        known = self.workspace.landing_state / "fec.json"
        before = json.loads(known.read_text()) if known.exists() else []
        self.state("fec", [*before, {"company_id": company, "status": "used", "parquet": place}])

    def customers(self, text: str) -> None:
        (self.folder / "customers.csv").write_text(text, encoding="utf-8")
        landed = land_customers(self.folder / "customers.csv", self.workspace.raw, self.workspace.quarantine)
        place = landed.parquet.relative_to(self.workspace.root).as_posix()
        self.state("customers", [{"company_id": None, "history": place}])

    def register(self, *units: dict[str, Any]) -> None:
        blank: dict[str, Any] = dict.fromkeys(UNITS)
        rows = [blank | {"administrative_state": "A", **one} for one in units]
        write_table(self.workspace.raw / "units.parquet", UNITS, rows)
        write_table(self.workspace.raw / "establishments.parquet", ESTABLISHMENTS, [])
        tables = {"units": "raw/units.parquet", "establishments": "raw/establishments.parquet"}
        self.state("sirene", [{"tables": tables}])

    def parties(self) -> dict[str, dict[str, Any]]:
        path = identities.write_parties(self.settings, self.workspace)
        return {f"{row['company_id']}/{row['party_key']}": row for row in pq.read_table(path).to_pylist()}

    def land(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        (record,) = identities.land_identities(self.settings, self.workspace, self.said.append)
        self.state("identities", [record])
        rows = pq.read_table(self.workspace.root / record["identities"]).to_pylist()
        return record, {f"{row['company_id']}/{row['party_key']}": row for row in rows}


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def test_the_parties_of_a_ledger(books: Books) -> None:
    books.ledger(
        line("411000", "C1", "OLD NAME", "2024-01-01", "AN"),
        line("411000", "C1", "Garage Martin", "2024-05-02"),
        line("411000", "C1", "Garage Martin", "2024-06-02", debit=0),
        line("411DUPONT", None, "Dupont", "2024-03-01"),
        line("416DUPONT00", None, "Dupont douteux", "2024-02-01"),
        line("411000", None, "Clients", "2024-03-01"),
        line("701000", "C9", "Ventes", "2024-03-01"),
    )
    parties = books.parties()
    assert set(parties) == {"1/C1", "1/411DUPONT", "1/416DUPONT00"}
    assert (parties["1/C1"]["name"], parties["1/C1"]["first_invoice_date"]) == (
        "Garage Martin",
        date(2024, 5, 2),
    )
    assert {parties[key]["customer_key"] for key in ("1/411DUPONT", "1/416DUPONT00")} == {"DUPONT"}
    assert parties["1/416DUPONT00"]["name"] == "Dupont"


def test_customers_csv_tells_more_of_the_ledgers_customers(books: Books) -> None:
    books.ledger(
        line("411000", "0012", "GAR. MARTIN", "2024-01-05"), line("411000", "X", "Autre", "2024-01-05")
    )
    books.customers(
        "customer_id;name;siren;siret;tva;cp;ville;parent_siren;particulier\n"
        f"12;Garage Martin;{SIREN};;;69003;Lyon;{OTHER};\n13;B;;{SIREN}00074;;1000;Bourg;;\n"
        f"14;C;;;FR44{SIREN};;;;\n15;D;;;GB980780684;;;;\n16;E;;;;;;;oui\n"
    )
    parties = books.parties()
    assert set(parties) == {f"1/{key}" for key in ("0012", "X", "12", "13", "14", "15", "16")}
    for key in ("1/0012", "1/12"):
        known = parties[key]
        assert (known["name"], known["declared_id"], known["postcode"], known["city"], known["parent_id"]) == (
            "Garage Martin", SIREN, "69003", "Lyon", OTHER,
        )  # fmt: skip
    assert (parties["1/13"]["declared_id"], parties["1/13"]["siret"]) == (None, f"{SIREN}00074")
    assert (parties["1/14"]["vat_id"], parties["1/14"]["country_code"]) == (SIREN, "FR")
    assert (parties["1/15"]["vat_id"], parties["1/15"]["country_code"]) == (None, "GB")
    assert parties["1/16"]["is_consumer"]
    wanted = identities.wanted(identities.write_parties(books.settings, books.workspace))
    assert wanted.ids == frozenset({SIREN, OTHER})
    queries = identities.name_queries(identities.write_parties(books.settings, books.workspace))
    assert [query.name for query in queries] == ["Autre"]


@pytest.mark.parametrize(
    ("key", "name", "found"),
    [
        (SIREN, "Martin", [SIREN]),
        (f"C{SIREN}", "Martin", [SIREN]),
        ("C1", "Martin SIREN 732 829 320", [SIREN]),
        ("C1", "Martin 732.829.320.00074", [f"{SIREN}00074"]),
        ("C1", f"Martin FR44{SIREN}", [f"FR44{SIREN}"]),
        ("C1", "Martin 732829321", []),
        ("C1", "Tel 0732829320", []),
        ("C1", "Martin 2024", []),
    ],
)
def test_numbers_in_keys_and_names(books: Books, key: str, name: str, found: list[str]) -> None:
    books.ledger(line("411000", key, name, "2024-01-05"))
    assert sorted(books.parties()[f"1/{key}"]["ledger_ids"]) == found


def test_numbers_of_a_ledgers_own_are_no_sirens(books: Books) -> None:
    numbers = [f"{100000000 + n}" for n in range(30)]
    books.ledger(*(line("411000", number, "Martin", "2024-01-05") for number in numbers))
    assert all(party["ledger_ids"] == [] for party in books.parties().values())


def test_a_doubtful_customer_is_listed_decided_and_obeyed(books: Books) -> None:
    books.ledger(
        line("411000", "C1", "Garage Martin", "2024-01-05"), line("411000", "C2", "Inconnu", "2024-01-05")
    )
    books.register(
        {"legal_unit_id": SIREN, "legal_name": "GARAGE MARTIN"},
        {"legal_unit_id": OTHER, "legal_name": "GARAGE MARTIN"},
    )
    record, rows = books.land()
    assert (rows["1/C1"]["status"], rows["1/C2"]["status"]) == ("doubtful", "unmatched")
    assert (record["rows_read"], record["rows_accepted"], record["rows_out_of_scope"], record["status"]) == (
        1, 0, 1, "used",
    )  # fmt: skip
    assert "1 customers may be a company" in record["warnings"]
    assert identities.identified_ids(books.workspace) == frozenset()
    matches = books.settings.matches
    text = matches.read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].split(";")[:3] == ["1", "C1", "Garage Martin"]

    matches.write_text(text.rstrip() + OTHER + "\n", encoding="utf-8-sig")
    decided = matches.read_text(encoding="utf-8-sig")
    wanted = identities.wanted(identities.write_parties(books.settings, books.workspace)).ids
    assert wanted is not None
    assert OTHER in wanted
    record, rows = books.land()
    assert (rows["1/C1"]["method"], rows["1/C1"]["legal_unit_id"]) == ("decision", OTHER)
    assert record["rows_accepted"] == 1
    assert identities.identified_ids(books.workspace) == {OTHER}
    # The customer is gone, the decision stays.
    books.state("fec", [])
    books.ledger(line("411000", "C2", "Inconnu", "2024-01-05"))
    _, rows = books.land()
    assert set(rows) == {"1/C2"}
    assert matches.read_text(encoding="utf-8-sig").split() == decided.split()


def test_undecided_rows_are_renewed_and_the_same_run_writes_the_same(books: Books) -> None:
    books.ledger(line("411000", "C1", "Garage Martin", "2024-01-05"))
    twins = [{"legal_unit_id": number, "legal_name": "GARAGE MARTIN"} for number in (SIREN, OTHER)]
    books.register(*twins)
    first, _ = books.land()
    before = books.settings.matches.read_bytes()
    second, _ = books.land()
    assert (first, before) == (second, books.settings.matches.read_bytes())
    books.register({"legal_unit_id": SIREN, "legal_name": "KERVADEC"})
    books.land()
    assert len(books.settings.matches.read_text(encoding="utf-8-sig").splitlines()) == 1


def test_a_trial_in_another_folder_leaves_the_file_alone(books: Books, tmp_path: Path) -> None:
    books.ledger(line("411000", "C1", "Garage Martin", "2024-01-05"))
    books.register(*({"legal_unit_id": number, "legal_name": "GARAGE MARTIN"} for number in (SIREN, OTHER)))
    books.workspace.root.rename(tmp_path / "trial")
    books.workspace = Workspace(tmp_path / "trial")
    record, rows = books.land()
    assert (rows["1/C1"]["status"], record["rows_read"]) == ("doubtful", 1)
    assert not books.settings.matches.exists()


def test_two_companies_decide_each_for_itself(tmp_path: Path) -> None:
    books = Books(tmp_path, companies=2)
    for company in ("1", "2"):
        books.ledger(line("411000", "C1", "Garage Martin", "2024-01-05"), company=company)
    books.register(
        {"legal_unit_id": SIREN, "legal_name": "GARAGE MARTIN"},
        {"legal_unit_id": OTHER, "legal_name": "GARAGE MARTIN"},
    )
    record, _ = books.land()
    assert record["company_id"] is None
    text = books.settings.matches.read_text(encoding="utf-8-sig").splitlines()
    books.settings.matches.write_text("\n".join([text[0], text[1] + "no", text[2] + SIREN]), encoding="utf-8")
    _, rows = books.land()
    assert {key: (row["status"], row["legal_unit_id"]) for key, row in rows.items()} == {
        "1/C1": ("refused", None), "2/C1": ("accepted", SIREN),
    }  # fmt: skip


def test_without_a_register_what_is_written_still_counts(books: Books) -> None:
    books.ledger(line("411000", "C1", "Garage Martin", "2024-01-05"))
    books.customers(f"customer_id;siren\nC1;{SIREN}\n")
    record, rows = books.land()
    assert (rows["1/C1"]["legal_unit_id"], rows["1/C1"]["matched_name"]) == (SIREN, None)
    assert (record["status"], books.settings.matches.exists()) == ("unavailable", False)
    assert books.said == ["1 of 1 customers known, 0 to decide"]


def test_a_file_that_cannot_be_written_stops_no_run(books: Books) -> None:
    books.ledger(line("411000", "C1", "Garage Martin", "2024-01-05"))
    books.register(*({"legal_unit_id": number, "legal_name": "GARAGE MARTIN"} for number in (SIREN, OTHER)))
    books.settings.matches.mkdir()
    record, rows = books.land()
    assert rows["1/C1"]["status"] == "doubtful"
    (problem, _) = json.loads(record["warnings"])
    assert "cannot be written" in problem


@pytest.mark.parametrize(
    ("ledger", "register"),
    [
        ("SARL Garage Kervadec", "GARAGE KERVADEC"), ("Kervadec Garage", "GARAGE KERVADEC"),
        ("Garage Kervadec Quimper", "GARAGE KERVADEC"), ("GarageKervadec", "GARAGE KERVADEC"),
        ("Garrage Kervadec", "GARAGE KERVADEC"), ("Garage Kervadc", "GARAGE KERVADEC"),
        ("Ets KERVADEC & Cie", "KERVADEC"), ("L'Œuvre façonnée", "L OEUVRE FACONNEE"), ("S.N.C.F.", "SNCF"),
        ("TRANSPORTS KERVADEC INTERNA", "TRANSPORTS KERVADEC INTERNATIONAL"), ("EDF", "EDF"),
    ],
)  # fmt: skip
def test_spoilt_names_share_a_key_with_the_registers(ledger: str, register: str) -> None:
    with duckdb.connect() as connection:
        one, other = (
            set(connection.execute(f"select {names.blocks(quoted(name))}").fetchall()[0][0]) - {None}
            for name in (ledger, register)
        )
    assert one & other
