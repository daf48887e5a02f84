"""What is known of companies later changes nothing that was known before: two runs of one ledger, byte for byte.

The same books, read with the registers as they stood in mid-2024, and then in the same workspace with everything that
came after: more notices (a conversion, an opening, a change of managers), a later SIRENE in which two units ceased,
accounts filed meanwhile. Every row that speaks of a day up to then must be the same.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.release import FUNCTIONS
from tests.builds import build, land
from tests.ledgers import Fec

pytestmark = pytest.mark.slow

THEN = dt.date(2024, 6, 30)
A, B, D, HEAD = "732829320", "552032534", "542065479", "356000000"
UNITS = ("siren", "etatAdministratifUniteLegale", "categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale",
         "dateCreationUniteLegale", "denominationUniteLegale", "dateDebut", "trancheEffectifsUniteLegale",
         "categorieEntreprise", "statutDiffusionUniteLegale", "dateDernierTraitementUniteLegale")  # fmt: skip


def ledger() -> str:
    """Three customers billed each month of 2023 and 2024, paid some days late; the last one ever later."""
    fec = Fec()
    for month in range(24):
        day = dt.date(2023 + month // 12, month % 12 + 1, 5)
        for position, customer in enumerate(("A", "B", "D")):
            amount, number = 1200 + 12 * month + position, f"F{customer}{month}"
            fec.invoice(day.isoformat(), customer, number, amount)
            paid = day + dt.timedelta(days=35 + (month if customer == "D" else 0))
            if paid <= dt.date(2024, 12, 31):
                fec.receipt(paid.isoformat(), customer, amount, ref=number, label=f"VIR {number}")
    return fec.text()


def notice(number: int, siren: str, published: str, kind: str = "", **more: object) -> dict[str, object]:
    """A notice as the open-data export writes it; with a kind, of collective proceedings."""
    said: dict[str, object] = {
        "id": f"A2024{number:04d}", "dateparution": published, "registre": [siren], "typeavis": "annonce",
        "familleavis": "collective" if kind else "modification", "tribunal": "TC", "numerodepartement": "69",
    }  # fmt: skip
    if kind:
        said["jugement"] = json.dumps({"date": published, "nature": kind})
    return {**said, **more}


EARLY = [
    notice(1, A, "2024-02-10", "Jugement d'ouverture d'une procédure de sauvegarde"),
    notice(
        2, B, "2024-03-10", modificationsgenerales=json.dumps({"descriptif": "Transfert du siège social."})
    ),
    notice(3, B, "2023-08-10", familleavis="dpc", depot=json.dumps({"dateCloture": "2022-12-31"})),
]
LATE = [
    notice(
        4, A, "2024-09-10", "Jugement de conversion en liquidation judiciaire de la procédure de sauvegarde"
    ),
    notice(5, B, "2024-10-10", "Jugement d'ouverture d'une procédure de redressement judiciaire"),
    notice(
        6,
        B,
        "2024-11-10",
        modificationsgenerales=json.dumps({"descriptif": "Modification de l'administration."}),
    ),
    notice(7, B, "2024-08-10", familleavis="dpc", depot=json.dumps({"dateCloture": "2023-12-31"})),
    notice(8, HEAD, "2024-11-20", "Jugement d'ouverture d'une procédure de redressement judiciaire"),
]


def stock(state: Mapping[str, tuple[str, str]]) -> str:
    """A stock of legal units: siren → state and the day since when."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(UNITS)
    for siren, (code, since) in state.items():
        writer.writerow(
            [siren, code, "5710", "62.02A", "2010-01-01", f"SOCIETE {siren}", since, "12", "PME", "O", since]
        )
    return out.getvalue()


ACCOUNTS_HEADER = ("siren", "date_cloture_exercice", "type_bilan", "confidentiality", "chiffre_d_affaires",
                   "resultat_net", "autonomie_financiere", "ratio_de_liquidite")  # fmt: skip


def accounts(rows: list[tuple[str, str, int]]) -> str:
    lines = [";".join(ACCOUNTS_HEADER)]
    lines += [f"{siren};{closing};C;Public;1000000;{income};-5;90" for siren, closing, income in rows]
    return "\n".join(lines) + "\n"


def write(folder: Path, early_only: bool) -> Path:
    """The configuration and files of one state of knowledge."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ledger.txt").write_text(ledger(), encoding="utf-8", newline="")
    (folder / "customers.csv").write_text(
        f"customer_id;siren;parent_siren\nA;{A};\nB;{B};\nD;{D};{HEAD}\n", encoding="utf-8"
    )
    notices = EARLY if early_only else EARLY + LATE
    (folder / "notices.json").write_text(json.dumps(notices), encoding="utf-8")
    states = {A: ("A", "2010-01-01"), B: ("A", "2010-01-01"), D: ("A", "2010-01-01")}
    (folder / "stock-2024-01-15.csv").write_text(stock(states), encoding="utf-8")
    known = [(B, "2022-12-31", 5)]
    if not early_only:
        later = {**states, D: ("C", "2024-12-01"), B: ("C", "2024-05-31")}
        (folder / "stock-2024-12-15.csv").write_text(stock(later), encoding="utf-8")
        known.append((B, "2023-12-31", -9))
    (folder / "ratios.csv").write_text(accounts(known), encoding="utf-8")
    config = {
        "company": {"name": "C", "id": "C"},
        "ledgers": [{"kind": "fec", "path": "ledger.txt"}],
        "customers": "customers.csv",
        "external": {
            "sirene": {"path": "stock-*.csv", "snapshot_date": "%Y-%m-%d"},
            "bodacc": "notices.json",
            "accounts": "ratios.csv",
        },
        "workspace": "var",
    }
    path = folder / "encours.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path, Path]]:
    """The marts of the run that knows little, and of the one that knows everything."""
    folder = tmp_path_factory.mktemp("knowledge")
    more = ("dim_legal_units", "fct_legal_status", "fct_receivables_by_proceeding")
    models = [f"+{table}" for table in (*DATED, *more)]
    for name in ("early", "everything"):
        marts = build(land(write(folder, name == "early")), with_tests=False, select=models)
        shutil.copytree(marts, folder / name)
    with duckdb.connect() as connection:
        yield connection, folder / "early", folder / "everything"


DATED = {
    "fct_customer_behaviour_monthly": "month_end",
    "fct_early_warnings": "warning_date",
    "fct_company_events": "known_on",
    "fct_filed_accounts": "known_from",
    "fct_customer_defaults": "default_date",
}
"""Table → the day that each of its rows was known on."""
OF_TODAY = {"fct_company_events": ("open_amount",), "fct_customer_defaults": ("cured_on", "is_in_default")}
"""Columns that speak of the as-of day, whatever the row's own."""


def rows(connection: duckdb.DuckDBPyConnection, place: Path, table: str) -> list[tuple[Any, ...]]:
    left_out = ", ".join(OF_TODAY.get(table, ()))
    exclude = f"exclude ({left_out})" if left_out else ""
    return connection.execute(
        f"select * {exclude} from read_parquet('{place}/{table}.parquet') where {DATED[table]} <= ? order by all",
        [THEN],
    ).fetchall()


@pytest.mark.parametrize("table", DATED)
def test_what_came_later_changes_no_row_of_before(
    runs: tuple[duckdb.DuckDBPyConnection, Path, Path], table: str
) -> None:
    connection, early, everything = runs
    assert rows(connection, early, table) == rows(connection, everything, table)
    assert rows(connection, early, table), "nothing compared"


def test_what_came_later_is_there_from_its_day_on(
    runs: tuple[duckdb.DuckDBPyConnection, Path, Path],
) -> None:
    connection, early, everything = runs

    def months(place: Path, customer: str, column: str) -> dict[dt.date, Any]:
        found = connection.execute(
            f"select month_end, {column} from read_parquet('{place}/fct_customer_behaviour_monthly.parquet') "
            "where customer_id = ?",
            [customer],
        ).fetchall()
        return dict(found)

    status = months(everything, "A", "legal_status_known")
    assert status[dt.date(2024, 1, 31)] == "active"
    assert status[dt.date(2024, 2, 29)] == status[dt.date(2024, 8, 31)] == "safeguard"
    assert status[dt.date(2024, 9, 30)] == "liquidation"
    # It ceased in May, which nobody could know before the stock of December: until then, in receivership.
    status = months(everything, "B", "legal_status_known")
    assert status[dt.date(2024, 5, 31)] == status[dt.date(2024, 9, 30)] == "active"
    assert status[dt.date(2024, 10, 31)] == "receivership"
    ratio = months(everything, "B", "accounts_closing_date")
    assert ratio[dt.date(2023, 7, 31)] is None
    assert ratio[dt.date(2023, 8, 31)] == ratio[dt.date(2024, 7, 31)] == dt.date(2022, 12, 31)
    assert ratio[dt.date(2024, 8, 31)] == dt.date(2023, 12, 31)
    assert months(everything, "B", "address_changes_12m")[dt.date(2024, 3, 31)] == 1
    assert months(everything, "B", "address_changes_12m")[dt.date(2024, 2, 29)] == 0
    group = months(everything, "D", "is_group_in_proceedings")
    assert (group[dt.date(2024, 10, 31)], group[dt.date(2024, 11, 30)]) == (False, True)
    assert months(early, "D", "is_group_in_proceedings")[dt.date(2024, 11, 30)] is False


def test_a_unit_has_a_version_for_each_time_that_its_register_changed(
    runs: tuple[duckdb.DuckDBPyConnection, Path, Path],
) -> None:
    connection, _, everything = runs
    found = connection.execute(
        f"select known_from, known_to, administrative_state from read_parquet('{everything}/dim_legal_units.parquet') "
        "where legal_unit_id = ? order by known_from",
        [D],
    ).fetchall()
    first, changed = dt.date(1900, 1, 1), dt.date(2024, 12, 15)
    assert found == [(first, changed, "A"), (changed, None, "C")]


def test_the_warehouse_tells_what_was_known_on_any_day(
    runs: tuple[duckdb.DuckDBPyConnection, Path, Path],
) -> None:
    connection, _, everything = runs
    connection.execute("create schema marts")
    for table in ("fct_legal_status", "dim_legal_units"):
        connection.execute(
            f"create view marts.{table} as select * from read_parquet('{everything}/{table}.parquet')"
        )
    macros = FUNCTIONS.read_text(encoding="utf-8")
    connection.execute(macros[macros.index("create macro companies_at") :])

    def known(day: str) -> dict[str, tuple[str, str]]:
        found = connection.execute(
            f"select customer_id, legal_status, administrative_state from companies_at(date '{day}')"
        ).fetchall()
        return {customer: (status, state) for customer, status, state in found}

    assert known("2024-06-30") == {"A": ("safeguard", "A"), "B": ("active", "A"), "D": ("active", "A")}
    assert known("2024-12-31") == {
        "A": ("liquidation", "A"),
        "B": ("ceased", "C"),
        "D": ("ceased", "C"),
    }


def test_the_proceedings_tell_their_deadlines_and_what_was_owed(
    runs: tuple[duckdb.DuckDBPyConnection, Path, Path],
) -> None:
    connection, _, everything = runs
    found = connection.execute(
        f"""select customer_id, kind, judgment_date, claim_deadline, state, open_amount_at_judgment
        from read_parquet('{everything}/fct_receivables_by_proceeding.parquet') order by customer_id"""
    ).fetchall()
    # On 10 February the invoice of January, paid on 9 February, is settled; that of the 5th is open.
    safeguard, receivership = found
    assert safeguard[:5] == ("A", "safeguard", dt.date(2024, 2, 10), dt.date(2024, 4, 10), "liquidation")
    assert receivership[:5] == (
        "B",
        "receivership",
        dt.date(2024, 10, 10),
        dt.date(2024, 12, 10),
        "receivership",
    )
    assert safeguard[5] == 1200 + 12 * 13
