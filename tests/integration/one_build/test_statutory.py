"""The law's tables, penalties and terms on small ledgers counted by hand, each a company of one build."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.builds import Books
from tests.ledgers import Fec
from tests.statutory_recount import Recount

pytestmark = pytest.mark.slow

D = Decimal
Read = Callable[[str], list[tuple[Any, ...]]]

CUSTOMERS = """\
customer_id,name,payment_terms,sector,acheteur_public,particulier
E,Fin de mois,45 EOM,,non,non
A,Maraîcher,45,01.13Z,non,non
P,Mairie,,,oui,non
K,Particulier,,,non,oui
"""


def two_years() -> dict[str, Fec]:
    """F1 late over the closing; F3 paid in part, credited in part; F4 due on the closing day; F5 eleven days late."""
    first = Fec().invoice("2024-01-02", "Y", "F0", 12).receipt("2024-01-02", "Y", 12, label="VIR F0")
    first.invoice("2024-03-01", "X", "F2", 588).receipt("2024-03-31", "X", 588, label="VIR F2")
    first.invoice("2024-11-01", "X", "F1", 1200).entry("OD", "2024-12-31", ("606000", 1), ("401000", -1))
    second = Fec()
    second.entry(
        "AN", "2025-01-01", ("411000", 1200), ("890000", -1200), customer="X", ref="F1", ref_date="2024-11-01"
    )
    second.receipt("2025-01-15", "X", 1200, label="VIR F1").invoice("2025-06-01", "X", "F3", 2400)
    second.receipt("2025-07-21", "X", 1000, label="VIR F3")
    second.entry(
        "VE", "2025-10-01", ("411000", -60), ("706000", 50), ("445710", 10),
        customer="X", ref="N1", label="Avoir N1 sur F3",
    )  # fmt: skip
    second.invoice("2025-11-20", "Z", "F5", 120).invoice("2025-12-01", "Z", "F4", 360)
    # The VAT is declared and paid: none of it is the turnover's.
    second.entry("OD", "2025-12-20", ("445710", 400), ("445510", -400))
    return {"2024.txt": first, "2025.txt": second}


def thirteen_months() -> dict[str, Fec]:
    """A first year from June to June, then three months of the next."""
    first = Fec().invoice("2024-06-15", "X", "T1", 1200).receipt("2024-07-01", "X", 1200, label="VIR T1")
    first.invoice("2025-06-01", "X", "T2", 240)
    second = Fec()
    second.entry(
        "AN", "2025-07-01", ("411000", 240), ("890000", -240), customer="X", ref="T2", ref_date="2025-06-01"
    )
    second.invoice("2025-09-30", "X", "T3", 120)
    return {"first.txt": first, "second.txt": second}


def carried_forward() -> dict[str, Fec]:
    """The previous year is not loaded: one balance without detail, one invoice in detail; VAT of neither is known."""
    fec = Fec().entry("AN", "2025-01-01", ("411000", 500), ("890000", -500), customer="X", ref="RAN")
    fec.entry(
        "AN", "2025-01-01", ("411000", 150), ("890000", -150), customer="Y", ref="F77", ref_date="2024-11-15"
    )
    fec.invoice("2025-09-01", "Z", "I1", 1200).invoice("2025-12-31", "Z", "I2", 60)
    return {"2025.txt": fec}


def buyers() -> dict[str, Fec]:
    """One invoice each, never paid."""
    fec = Fec().invoice("2025-01-02", "N", "B0", 12)
    for customer in "EAPK":
        fec.invoice("2025-01-15", customer, f"B{customer}", 3650)
    return {"2025.txt": fec.entry("OD", "2025-12-31", ("606000", 1), ("401000", -1))}


AS_OF = {"cut": dt.date(2025, 8, 31)}


def small_books(folder: Path) -> Books:
    (folder / "buyers.csv").write_text(CUSTOMERS, encoding="utf-8")
    companies = {
        "two_years": two_years(),
        "cut": two_years(),
        "long_year": thirteen_months(),
        "carried": carried_forward(),
        "buyers": buyers(),
    }
    own: dict[str, dict[str, object]] = {
        "carried": {"statutory": {"tax_basis": "including_vat"}, "penalties": {"rate_pct": "12"}},
        "buyers": {"customers": str(folder / "buyers.csv"), "statutory": {"sector_ceilings": {"01": "30"}}},
    }
    return Books(
        {name: {file: fec.text() for file, fec in files.items()} for name, files in companies.items()},
        as_of=AS_OF,
        own={name: {"payment_terms": {"default": "30"}, **own.get(name, {})} for name in companies},
    )


@pytest.fixture(scope="module")
def marts(run: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for path in (run / "marts").glob("*.parquet"):
        connection.execute(f"create view marts.{path.stem} as from '{path}'")
    return connection


@pytest.fixture(scope="module")
def read(marts: duckdb.DuckDBPyConnection) -> Read:
    return lambda sql: marts.execute(sql).fetchall()


def table(read: Read, company: str, closing: str, number: str) -> dict[str, tuple[Any, ...]]:
    """Buckets that hold anything: number, amount, share of the amount, share of the number."""
    found = read(
        "select bucket, invoice_count, amount, share_of_amount, share_of_count from marts.rpt_statutory_late_payments "
        f"where company_id = '{company}' and closing_date = date '{closing}' and table_number = '{number}' "
        "and invoice_count > 0 order by bucket_rank"
    )
    return {row[0]: row[1:] for row in found}


def test_table_one_is_what_is_unpaid_at_each_closing(read: Read) -> None:
    assert table(read, "two_years", "2024-12-31", "I") == {
        "1_30": (1, D("1000.00"), D("0.6667"), None),
        "total": (1, D("1000.00"), D("0.6667"), None),
    }
    # F3: 2,400 less 1,000 less 60 = 1,340, of which a sixth is VAT. Turnover 2,000 + 100 + 300 - 50 = 2,350.
    assert table(read, "two_years", "2025-12-31", "I") == {
        "0_days": (1, D("300.00"), D("0.1277"), None),
        "1_30": (1, D("100.00"), D("0.0426"), None),
        "91_or_more": (1, D("1116.67"), D("0.4752"), None),
        "total": (2, D("1216.67"), D("0.5177"), None),
    }


def test_table_two_is_what_was_late_during_the_year(read: Read) -> None:
    assert table(read, "two_years", "2024-12-31", "II") == {
        "0_days": (2, D("500.00"), D("0.3333"), D("0.6667")),
        "1_30": (1, D("1000.00"), D("0.6667"), D("0.3333")),
        "total": (1, D("1000.00"), D("0.6667"), D("0.3333")),
    }
    # F1 was 45 days late when paid in January; issued in 2025: F3, F4, F5 for 2,400.
    assert table(read, "two_years", "2025-12-31", "II") == {
        "0_days": (1, D("300.00"), D("0.1250"), D("0.3333")),
        "1_30": (1, D("100.00"), D("0.0417"), D("0.3333")),
        "31_60": (1, D("1000.00"), D("0.4167"), D("0.3333")),
        "91_or_more": (1, D("2000.00"), D("0.8333"), D("0.3333")),
        "total": (3, D("3100.00"), D("1.2917"), D("1.0000")),
    }


def test_a_year_cut_by_the_as_of_day_is_drawn_up_for_it_and_provisional(read: Read) -> None:
    assert table(read, "cut", "2025-08-31", "I") == {
        "61_90": (1, D("1166.67"), D("0.5833"), None),
        "total": (1, D("1166.67"), D("0.5833"), None),
    }
    provisional = read(
        "select company_id, closing_date, any_value(is_provisional) from marts.rpt_statutory_late_payments "
        "where company_id in ('cut', 'two_years', 'long_year') group by all order by 1, 2"
    )
    assert provisional == [
        ("cut", dt.date(2024, 12, 31), False),
        ("cut", dt.date(2025, 8, 31), True),
        ("long_year", dt.date(2025, 6, 30), False),
        ("long_year", dt.date(2025, 9, 30), True),
        ("two_years", dt.date(2024, 12, 31), False),
        ("two_years", dt.date(2025, 12, 31), False),
    ]


def test_thirteen_months_and_years_that_are_not_calendar_years(read: Read) -> None:
    assert table(read, "long_year", "2025-06-30", "I") == {"0_days": (1, D("200.00"), D("0.1667"), None)}
    # T2 was due on 1 July: 91 days late at the end of September, in a year that has billed 100 so far.
    assert table(read, "long_year", "2025-09-30", "I") == {
        "0_days": (1, D("100.00"), D("1.0000"), None),
        "91_or_more": (1, D("200.00"), D("2.0000"), None),
        "total": (1, D("200.00"), D("2.0000"), None),
    }


def test_tax_included_and_openings_without_a_date_stand_apart(read: Read) -> None:
    assert table(read, "carried", "2025-12-31", "I") == {
        "0_days": (1, D("60.00"), D("0.0476"), None),
        "91_or_more": (2, D("1350.00"), D("1.0714"), None),
        "total": (2, D("1350.00"), D("1.0714"), None),
        "due_date_unknown": (1, D("500.00"), D("0.3968"), None),
    }
    [(count, amount, contractual, legal)] = read(
        "select vat_unknown_count, vat_unknown_amount, contractual_count, legal_count "
        "from marts.rpt_statutory_late_payments "
        "where company_id = 'carried' and table_number = 'I' and bucket = 'total'"
    )
    assert (count, amount, contractual, legal) == (1, D("150.00"), 2, 0)


def test_table_one_ties_to_the_ageing(read: Read) -> None:
    assert read("select distinct amount from marts.rpt_statutory_tie_out where item = 'difference'") == [
        (D("0.00"),)
    ]
    steps = dict(
        read(
            "select item, amount from marts.rpt_statutory_tie_out "
            "where company_id = 'two_years' and closing_date = date '2025-12-31'"
        )
    )
    assert steps["ageing_past_due"] == D("1460.00")
    assert steps["vat"] == D("-243.33")
    assert steps["table_i_total"] == D("1216.67")


def test_penalties_by_hand(read: Read) -> None:
    found = read(
        "select document_number, semester_start, days, rate_pct, rate_source, interest, indemnity "
        "from marts.fct_late_payment_penalties where company_id in ('two_years', 'carried') order by 1, 2"
    )
    h1, h2 = dt.date(2025, 1, 1), dt.date(2025, 7, 1)
    assert found == [
        ("F1", dt.date(2024, 7, 1), 30, D("14.2500"), "ecb_plus_10", D("14.05"), D("40.00")),
        ("F1", h1, 15, D("13.1500"), "ecb_plus_10", D("6.48"), D("0.00")),
        # 20 days on 2,400, 72 on 1,400, 91 on 1,340.
        ("F3", h2, 183, D("12.1500"), "ecb_plus_10", D("90.12"), D("40.00")),
        ("F5", h2, 11, D("12.1500"), "ecb_plus_10", D("0.44"), D("40.00")),
        # Twelve percent is under three times the legal rate of the end of 2024 (4.92 %), and enough in 2025.
        ("F77", dt.date(2024, 7, 1), 16, D("14.2500"), "ecb_plus_10", D("0.94"), D("40.00")),
        ("F77", h1, 181, D("12.0000"), "contract", D("8.93"), D("0.00")),
        ("F77", h2, 184, D("12.0000"), "contract", D("9.07"), D("0.00")),
        ("I1", h2, 91, D("12.0000"), "contract", D("35.90"), D("40.00")),
    ]


def test_public_buyers_consumers_sectors_and_both_ways_of_counting(read: Read) -> None:
    rates = read(
        "select document_number, rate_source, sum(indemnity) from marts.fct_late_payment_penalties "
        "where company_id = 'buyers' and customer_id <> 'N' group by all order by 1"
    )
    assert rates == [
        ("BA", "ecb_plus_10", D(40)),
        ("BE", "ecb_plus_10", D(40)),
        ("BP", "ecb_plus_8", D(40)),
    ]
    verdicts = read(
        "select customer_id, verdict, ceiling_days, days_beyond_net, days_beyond_45_then_end_of_month, "
        "days_beyond_end_of_month_then_45, over_amount from marts.rpt_payment_terms_compliance "
        "where company_id = 'buyers' order by 1"
    )
    assert verdicts == [
        ("A", "over", 30, 15, 0, 0, D("3650.00")),
        ("E", "compliant_only_if_45_then_end_of_month", 60, 15, 0, 14, D("0.00")),
        ("N", "not_judged", None, None, None, None, D("0.00")),
        ("P", "not_judged", None, None, None, None, D("0.00")),
    ]


def test_the_hand_count_and_the_recount_agree(marts: duckdb.DuckDBPyConnection, read: Read) -> None:
    """The second opinion that judges the demo company is itself judged here."""
    recount = Recount(marts, "two_years", dt.date(2025, 12, 31))
    assert recount.table_one(dt.date(2025, 12, 31))["total"] == (2, D("1216.67"))
    assert recount.table_two(dt.date(2025, 1, 1), dt.date(2025, 12, 31))["total"] == (3, D("3100.00"))
    penalties = recount.penalties(lambda *_: D("12.15"), set())
    assert {v for (_, start), v in penalties.items() if start == dt.date(2025, 7, 1)} == {
        (183, D("90.12"), D(40)),
        (11, D("0.44"), D(40)),
    }
