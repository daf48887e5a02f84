"""Texts as typed rows: what is told from the values, what is declared, what is refused and why."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import DataError
from pipelines.sources.canonical import DUCKDB_TYPES, SUBLEDGER, TABLES, Condition, Contains
from pipelines.sources.table_parse import mapping_of
from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.sources.tables import land, only, read, rejects, rows, spec

HEADER = "customer_id;issue_date;amount\n"


def days(tmp_path: Path, *texts: str, **given: str) -> list[date | None]:
    lines = "".join(f"C{at};{text};1\n" for at, text in enumerate(texts))
    return [row["issue_date"] for row in rows(land(tmp_path, HEADER + lines, **given))]


def amounts(tmp_path: Path, *texts: str, **given: str) -> list[Decimal]:
    lines = "".join(f"C{at}\t2024-01-31\t{text}\n" for at, text in enumerate(texts))
    landed = land(tmp_path, HEADER.replace(";", "\t") + lines, **given)
    assert rejects(landed) == []
    return [row["amount"] for row in rows(landed)]


def reasons(tmp_path: Path, content: str, **given: object) -> list[tuple[int, str, str]]:
    landed = land(tmp_path, content, **given)
    return [(row["line_number"], row["column_name"], row["reason"]) for row in rejects(landed)]


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-13", "2024/02/13", "2024.02.13", "20240213", "13022024", "13/02/2024", "13.02.2024", "13-02-2024",
        "13/02/24", "13.02.24", "02/13/2024", "2/13/2024", "02-13-2024", "13/2/2024", "13 Feb 2024", "13-FEB-2024",
        "13 February 2024", "Feb 13, 2024", "2024-02-13 10:30", "2024-02-13T10:30:59Z", "13/02/2024 10:30:59",
        "2024-02-13 14:45:34.083 UTC", "2/13/2024 1:05 PM", "2024-02-13 00:00:00+01:00", "20240213.0",
    ],
)  # fmt: skip
def test_a_date_with_one_reading_is_told(tmp_path: Path, text: str) -> None:
    assert days(tmp_path, text) == [date(2024, 2, 13)]


def test_one_date_tells_the_format_of_all_columns(tmp_path: Path) -> None:
    content = "customer_id;issue_date;due_date;amount\nA;03/04/2024;05/06/2024;1\nB;04/05/2024;25/06/2024;1\n"
    landed = land(tmp_path, content)
    assert [row["issue_date"] for row in rows(landed)] == [date(2024, 4, 3), date(2024, 5, 4)]
    assert landed.statistics["date_format"] == "%d/%m/%Y"


def test_a_date_alike_in_both_readings_needs_no_declaration(tmp_path: Path) -> None:
    assert days(tmp_path, "04/04/2025") == [date(2025, 4, 4)]


def test_columns_may_be_written_each_in_its_own_way(tmp_path: Path) -> None:
    content = "customer_id;issue_date;due_date;amount\nA;20240403;2024-05-06;1\n"
    landed = land(tmp_path, content)
    assert (rows(landed)[0]["issue_date"], rows(landed)[0]["due_date"]) == (
        date(2024, 4, 3),
        date(2024, 5, 6),
    )
    assert landed.statistics["notes"][:2] == [
        "Dates are written as %Y%m%d in issue_date.",
        "Dates are written as %Y-%m-%d in due_date.",
    ]


def test_a_declared_format_settles_it_and_refuses_what_does_not_fit(tmp_path: Path) -> None:
    assert days(tmp_path, "03/04/2025", date_format="%m/%d/%Y") == [date(2025, 3, 4)]
    content = HEADER + "A;03/04/2025;1\nB;2025-04-03;2\nC;13/04/2025;3\n"
    assert reasons(tmp_path, content, date_format="%m/%d/%Y") == [
        (3, "issue_date", "issue_date '2025-04-03' is no date"),
        (4, "issue_date", "issue_date '13/04/2025' is no date"),
    ]


def test_a_declared_format_may_tell_the_time_too(tmp_path: Path) -> None:
    assert days(tmp_path, "03/04/2025 10:30", date_format="%d/%m/%Y %H:%M") == [date(2025, 4, 3)]


def test_two_digit_years_are_of_this_century(tmp_path: Path) -> None:
    assert days(tmp_path, "13/02/24", "1/2/30") == [date(2024, 2, 13), date(2030, 2, 1)]


@pytest.mark.parametrize(
    "nothing", ["", "0000-00-00", "00000000", "00.00.0000", "0", "NULL", "NaT", "\\N", " - "]
)
def test_what_systems_write_for_no_date_is_none(tmp_path: Path, nothing: str) -> None:
    content = f"customer_id;issue_date;due_date;paid_date;amount\nA;2024-01-31;2024-03-01;{nothing};1\n"
    landed = land(tmp_path, content)
    assert rejects(landed) == []
    assert rows(landed)[0]["paid_date"] is None


def test_a_day_that_does_not_exist_is_refused_with_its_line(tmp_path: Path) -> None:
    content = HEADER + "A;31/01/2024;1\nB;31/02/2024;1\nC;soon;1\nD;;1\n"
    assert reasons(tmp_path, content) == [
        (3, "issue_date", "issue_date '31/02/2024' is no date"),
        (4, "issue_date", "issue_date 'soon' is no date"),
        (5, "issue_date", "issue_date and due_date are blank"),
    ]


def test_moments_are_in_utc(tmp_path: Path) -> None:
    content = (
        "customer_id;issue_date;amount;updated_at\nA;2024-01-31;1;2024-02-01 10:30:00.5\n"
        "B;2024-01-31;1;2024-02-01T10:30:00+02:00\nC;2024-01-31;1;2024-02-01 01:05 PM\nD;2024-01-31;1;2024-02-01\n"
        "E;2024-01-31;1;2024-02-01 22:00:00 -0530\n"
    )
    assert [row["updated_at"] for row in rows(land(tmp_path, content))] == [
        datetime.fromisoformat("2024-02-01 10:30:00.5"),
        datetime.fromisoformat("2024-02-01 08:30"),
        datetime.fromisoformat("2024-02-01 13:05"),
        datetime.fromisoformat("2024-02-01"),
        datetime.fromisoformat("2024-02-02 03:30"),
    ]


# --- amounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234,5", "1234.50"), ("1 234,50", "1234.50"), ("1\u00a0234,50", "1234.50"), ("1\u202f234,50 €", "1234.50"),
        ("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("1'234.50", "1234.50"), ("12,34,567.00", "1234567.00"),
        ("-1234,50", "-1234.50"), ("1234,50-", "-1234.50"), ("(1234,50)", "-1234.50"), ("($1,234.50)", "-1234.50"),
        ("$-1,234.50", "-1234.50"), ("-EUR 12,5", "-12.50"), ("12.5 USD", "12.50"), ("\u221212,5", "-12.50"),
        ("+12,50", "12.50"), (",5", "0.50"), ("12,", "12.00"), ("1234", "1234.00"), ("1234,5000", "1234.50"),
        ("0,500", "0.50"), ("55.940000000000005", "55.94"), ("-0.30000000000000004", "-0.30"),
        ("1.234.567", "1234567.00"),
        ('="12,50"', "12.50"), ("9999999999999,99", "9999999999999.99"),
    ],
)  # fmt: skip
def test_an_amount_with_one_reading_is_told(tmp_path: Path, text: str, amount: str) -> None:
    assert amounts(tmp_path, text) == [Decimal(amount)]


def test_one_amount_tells_the_decimal_mark_of_all(tmp_path: Path) -> None:
    assert amounts(tmp_path, "1,234", "2.5") == [Decimal("1234.00"), Decimal("2.50")]
    assert amounts(tmp_path, "1.234", "2,5") == [Decimal("1234.00"), Decimal("2.50")]


def test_a_declared_mark_settles_it_and_refuses_what_does_not_fit(tmp_path: Path) -> None:
    assert amounts(tmp_path, "1,234", decimal=".") == [Decimal("1234.00")]
    content = HEADER + "A;2024-01-31;1,50\nB;2024-01-31;2.50\n"
    assert reasons(tmp_path, content, decimal=",") == [(3, "amount", "amount '2.50' is no amount")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,235", "is not in whole cents"),
        ("0,1234567", "is not in whole cents"),
        ("abc", "is no amount"),
        ("1 23,50", "is no amount"),
        ("1,5,0", "is no amount"),
        ("12345678901234,00", "is too large"),
        ("", "is blank"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    landed = land(tmp_path, f"{HEADER}A;2024-01-31;2,5\nB;2024-01-31;{text}\n")
    (refused,) = rejects(landed)
    assert refused["line_number"] == 3
    assert refused["column_name"] == "amount"
    assert refused["reason"].startswith("amount ")
    assert refused["reason"].endswith(reason)
    assert refused["raw_text"] == f"B;2024-01-31;{text}"
    assert refused["debit"] is None


def test_rates_have_more_decimals_and_may_be_the_other_way_round(tmp_path: Path) -> None:
    content = "currency;rate_date;exchange_rate\nUSD;2024-01-31;1.085\nCHF;2024-01-31;0.9\nGBP;2024-01-31;0\n"
    landed = land(tmp_path, content, table="exchange_rates")
    assert [row["exchange_rate"] for row in rows(landed)] == [Decimal("1.085"), Decimal("0.9")]
    assert [row["row_key"] for row in rows(landed)] == ["USD 2024-01-31", "CHF 2024-01-31"]
    assert rejects(landed)[0]["reason"] == "exchange_rate '0' is no rate"
    turned = land(tmp_path, content, table="exchange_rates", rate_is_inverse=True)
    assert [row["exchange_rate"] for row in rows(turned)] == [Decimal("0.92165899"), Decimal("1.11111111")]


def test_documents_without_a_date_of_issue_are_told(tmp_path: Path) -> None:
    landed = land(tmp_path, "customer_id;due_date;amount\nA;2024-01-31;1\n")
    (told,) = landed.statistics["warnings"]
    assert told.startswith("No column holds issue_date")
    assert land(tmp_path, f"{HEADER}A;2024-01-31;2,5\n").statistics["warnings"] == []


def test_an_amount_at_a_rate_the_other_way_round_is_divided_exactly(tmp_path: Path) -> None:
    """2,800 at 0.782301 is 3,579.18; at the inverse of eight decimals it would be 3,579.19."""
    header = "customer_id;issue_date;amount;currency;exchange_rate\n"
    content = f"{header}A;2024-01-31;2800;USD;0.782301\nB;2024-01-31;-0.01;USD;2\n"
    landed = rows(land(tmp_path, content, rate_is_inverse=True))
    assert [row["company_amount"] for row in landed] == [Decimal("3579.18"), Decimal("-0.01")]
    assert [row["company_amount"] for row in rows(land(tmp_path, content))] == [None, None]


# --- other values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("yes", True), ("Oui", True), ("TRUE", True), ("1", True), ("x", True), ("No", False), ("non", False),
        ("0", False), ("", None),
    ],
)  # fmt: skip
def test_flags(tmp_path: Path, text: str, flag: bool | None) -> None:
    content = f"customer_id;issue_date;amount;is_disputed\nA;2024-01-31;1;{text}\n"
    assert rows(land(tmp_path, content))[0]["is_disputed"] is flag


def test_values_that_are_none_of_theirs_are_refused(tmp_path: Path) -> None:
    content = (
        "customer_id;issue_date;amount;is_disputed;currency;terms_days;document_type\n"
        "A;2024-01-31;1;maybe;EUR;30;invoice\nB;2024-01-31;1;;Euros;30;\nC;2024-01-31;1;;€;trente;\n"
        "D;2024-01-31;1;;eur;30.0;Avoir\nE;2024-01-31;1;;;;RV\n"
    )
    assert reasons(tmp_path, content) == [
        (2, "is_disputed", "is_disputed 'maybe' is neither yes nor no"),
        (3, "currency", "currency 'Euros' is no code of three letters"),
        (4, "terms_days", "terms_days 'trente' is no whole number"),
        (
            6,
            "document_type",
            "document_type 'RV' is unknown: say under `values` which of credit_note, deposit, invoice, opening_item, "
            "other it is",
        ),
    ]
    (row,) = rows(land(tmp_path, content))
    assert (row["currency"], row["terms_days"], row["document_type"]) == ("EUR", 30, "credit_note")
    landed = land(tmp_path, content, values={"document_type": {"rv": "invoice"}})
    assert [row["document_type"] for row in rows(landed)] == ["credit_note", "invoice"]


def test_hostile_names_are_names(tmp_path: Path) -> None:
    content = "customer_id;issue_date;amount;customer_name\n=cmd|calc;2024-01-31;1;<script>\n'+33;2024-01-31;1;Null\n"
    first, second = rows(land(tmp_path, content))
    assert (first["customer_id"], first["customer_name"]) == ("=cmd|calc", "<script>")
    assert (second["customer_id"], second["customer_name"]) == ("+33", "Null")


def test_blanks_of_every_kind_around_a_value_are_none_of_it(tmp_path: Path) -> None:
    content = 'customer_id;issue_date;amount\n"\u00a0A 1 \u202f";\t2024-01-31 ; 1 \n"A\nB";2024-01-31;1\n'
    assert [row["customer_id"] for row in rows(land(tmp_path, content))] == ["A 1", "A B"]


# --- signs and scope -----------------------------------------------------------------------------------------------


def test_signs_of_credit_notes(tmp_path: Path) -> None:
    content = (
        "customer_id;issue_date;amount;open_amount;document_type\n"
        "A;2024-01-31;10;4;credit_note\nB;2024-01-31;-10;-4;credit_note\nC;2024-01-31;-10;4;\nD;2024-01-31;10;4;\n"
    )
    assert [
        (row["amount"], row["open_amount"], row["document_type"]) for row in rows(land(tmp_path, content))
    ] == [
        (Decimal(-10), Decimal(-4), "credit_note"),
        (Decimal(-10), Decimal(-4), "credit_note"),
        (Decimal(-10), Decimal(-4), "credit_note"),
        (Decimal(10), Decimal(4), "invoice"),
    ]


def test_a_column_may_bear_the_sign(tmp_path: Path) -> None:
    content = "payment_id;customer_id;payment_date;amount;type\n1;A;2024-01-31;5;inbound\n2;A;2024-01-31;5;Outbound\n"
    landed = land(tmp_path, content, table="payments", negate=only("Type", "outbound"))
    assert [row["amount"] for row in rows(landed)] == [Decimal(5), Decimal(-5)]
    assert (landed.statistics["debit_total"], landed.statistics["credit_total"]) == (Decimal(5), Decimal(5))


def test_rows_out_of_scope_are_counted_and_need_no_reading(tmp_path: Path) -> None:
    content = HEADER.strip() + ";state;kind\nA;2024-01-31;1;Posted;S\nB;bad;bad;draft;S\nC;bad;bad;posted;P\n"
    landed = land(tmp_path, content, only=only("state", "posted"), leave_out=only("kind", "p"))
    assert [row["customer_id"] for row in rows(landed)] == ["A"]
    assert landed.statistics["rows_out_of_scope"] == 2
    assert landed.statistics["rows_rejected"] == 0


def test_a_condition_on_a_column_that_is_not_there(tmp_path: Path) -> None:
    content = HEADER + "A;2024-01-31;1\n"
    with pytest.raises(DataError, match="has no column 'state', which `only` names"):
        land(tmp_path, content, only=only("state", "posted"))
    known = (Condition(("state", "Status"), ("posted",), is_required=False),)
    assert len(rows(land(tmp_path, content, only=known))) == 1


# --- columns -------------------------------------------------------------------------------------------------------


def test_every_canonical_column_lands_with_its_type(tmp_path: Path) -> None:
    import duckdb

    for name, table in TABLES.items():
        if name == "customers":
            continue
        header = ";".join(table.columns)
        landed = land(tmp_path, header + "\n", table=name, contains=Contains.CHANGES)
        described = duckdb.sql(f"describe select * from read_parquet('{landed.parquet}')").fetchall()
        expected = [(column, DUCKDB_TYPES[given.kind]) for column, given in table.columns.items()]
        assert [(column, kind) for column, kind, *_ in described] == [
            ("line_number", "BIGINT"),
            ("row_key", "VARCHAR"),
            *expected,
        ]


def test_headers_are_found_whatever_their_case_and_blanks(tmp_path: Path) -> None:
    content = " Customer_ID ;Date  Facture;AMOUNT\nA;2024-01-31;1\n"
    landed = land(tmp_path, content, columns={"issue_date": "date facture"})
    assert landed.statistics["mapping"] == {
        "customer_id": "Customer_ID",
        "issue_date": "Date Facture",
        "amount": "AMOUNT",
    }


def test_known_columns_are_read_where_they_are_there(tmp_path: Path) -> None:
    known = {"customer_id": ("partner_id/id", "Partner"), "paid_date": ("Paid on",), "issue_date": ("date",)}
    landed = land(tmp_path, "partner;date;amount\nA;2024-01-31;1\n", known_columns=known)
    assert rows(landed)[0]["customer_id"] == "A"
    assert "Columns of the preset that are not there: paid_date." in landed.statistics["notes"]


def test_a_key_of_several_columns(tmp_path: Path) -> None:
    content = "BELNR;GJAHR;customer_id;issue_date;amount\n1;2023;A;2024-01-31;1\n1;2024;A;2024-01-31;2\n"
    landed = land(tmp_path, content, columns={"invoice_id": "BELNR + GJAHR"})
    assert [row["invoice_id"] for row in rows(landed)] == ["1-2023", "1-2024"]
    assert landed.statistics["mapping"]["invoice_id"] == "BELNR + GJAHR"


def test_mapping_alone(tmp_path: Path) -> None:
    text = read(tmp_path, "cust;issue_date;amount\nA;2024-01-31;1\n")
    assert mapping_of(text, spec(columns={"customer_id": "Cust"})) == {
        "customer_id": ("cust",),
        "issue_date": ("issue_date",),
        "amount": ("amount",),
    }


# --- keys ----------------------------------------------------------------------------------------------------------


def test_rows_without_a_key_are_named_by_their_content(tmp_path: Path) -> None:
    lines = ["A;2024-01-31;1;9", "A;2024-01-31;1;1", "B;2024-01-31;1;1"]
    header = "customer_id;issue_date;amount;open_amount\n"
    one = rows(land(tmp_path, header + "\n".join(lines)))
    other = rows(land(tmp_path, header + "\n".join(reversed(lines)), name="other.csv"))
    by_open = {(row["customer_id"], row["open_amount"]): row["row_key"] for row in one}
    assert by_open == {(row["customer_id"], row["open_amount"]): row["row_key"] for row in other}
    assert len(set(by_open.values())) == 3
    assert [row["invoice_id"] for row in one] == [row["row_key"] for row in one]
    # What is open of a document changes from day to day; what names it does not.
    later = rows(land(tmp_path, header + "B;2024-01-31;1;0\n", name="later.csv"))
    assert later[0]["row_key"] == by_open["B", Decimal(1)]


def test_the_same_row_twice_is_refused_once(tmp_path: Path) -> None:
    content = "invoice_id;" + HEADER + "1;A;2024-01-31;1\n2;A;2024-01-31;5\n1;A;2024-01-31;1,00\n"
    landed = land(tmp_path, content)
    assert [row["line_number"] for row in rows(landed)] == [2, 3]
    (refused,) = rejects(landed)
    assert (refused["line_number"], refused["reason"]) == (4, "the same row stands on line 2")
    assert refused["debit"] == Decimal(1)
    assert landed.statistics["debit_rejected"] == Decimal(1)


def test_versions_of_a_row_in_an_export_of_changes(tmp_path: Path) -> None:
    content = (
        f"invoice_id;{HEADER.strip()};updated_at\n1;A;2024-01-31;1;2024-02-01\n1;A;2024-01-31;2;2024-02-02\n"
    )
    assert len(rows(land(tmp_path, content, contains=Contains.CHANGES))) == 2
    with pytest.raises(DataError, match="invoice_id '1' stands on lines 2 and 3 with different values"):
        land(tmp_path, content)


def test_a_row_whose_key_is_blank_is_refused(tmp_path: Path) -> None:
    content = "invoice_id;" + HEADER + ";A;2024-01-31;1\n2;A;2024-01-31;5\n"
    assert reasons(tmp_path, content) == [(2, "invoice_id", "invoice_id is blank")]


# --- landing -------------------------------------------------------------------------------------------------------


def test_the_account_of_a_file(tmp_path: Path) -> None:
    landed = land(tmp_path, HEADER + "A;31/01/2024;1 000,50\nB;15/02/2024;-200\nC;;7,25\nD;1;2;3\n")
    said = landed.statistics
    assert {name: said[name] for name in ("encoding", "separator", "date_format", "decimal_mark")} == {
        "encoding": "utf-8",
        "separator": "semicolon",
        "date_format": "%d/%m/%Y",
        "decimal_mark": ",",
    }
    assert (said["rows_read"], said["rows_accepted"], said["rows_rejected"]) == (4, 2, 2)
    assert (said["debit_total"], said["credit_total"]) == (Decimal("1000.50"), Decimal("200.00"))
    assert (said["debit_rejected"], said["credit_rejected"]) == (Decimal("7.25"), 0)
    assert (said["first_date"], said["last_date"]) == ("2024-01-31", "2024-02-15")


def test_the_same_file_under_the_same_mapping_is_landed_once(tmp_path: Path) -> None:
    content = HEADER + "A;2024-01-31;1\nB;x;1\n"
    first = land(tmp_path, content)
    stamp = first.parquet.stat().st_mtime_ns
    again = land(tmp_path, content, name="renamed.csv")
    assert again.parquet == first.parquet
    assert again.parquet.stat().st_mtime_ns == stamp
    assert again.statistics["file_name"] == "renamed.csv"
    assert str(again.statistics["debit_total"]) == str(first.statistics["debit_total"])
    other = land(tmp_path, content, decimal=".")
    assert other.parquet != first.parquet


def test_a_landing_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        land(tmp_path, HEADER + "A;03/04/2025;1\n")
    assert list((tmp_path / "raw").iterdir()) == []


@needs_real_data
def test_published_receivables_are_read_whole(tmp_path: Path) -> None:
    """IBM's set of late payments: months before days, told from the file."""
    path = REAL_DATA / "ar_ibm_late_payment" / "WA_Fn-UseC_-Accounts-Receivable.csv"
    columns = {
        "invoice_id": "invoiceNumber", "customer_id": "customerID", "issue_date": "InvoiceDate", "due_date": "DueDate",
        "amount": "InvoiceAmount", "is_disputed": "Disputed", "paid_date": "SettledDate",
    }  # fmt: skip
    landed = land(tmp_path, path.read_bytes(), columns=columns)
    assert landed.statistics["rows_accepted"] == 2466
    assert landed.statistics["date_format"] == "%m/%d/%Y"
    assert landed.statistics["debit_total"] == Decimal("147703.18")


@needs_real_data
def test_a_published_xero_export_is_read_whole(tmp_path: Path) -> None:
    """Scrambled seeds of an ERP: suppliers' documents out of scope, moments with their zone."""
    path = REAL_DATA / "erp_xero_seeds" / "integration_tests" / "seeds" / "xero_invoice_data.csv"
    columns = {
        "customer_id": "contact_id",
        "issue_date": "date",
        "amount": "total",
        "updated_at": "updated_date_utc",
    }
    landed = land(tmp_path, path.read_bytes(), columns=columns, only=only("type", "ACCREC"))
    assert landed.statistics["rows_read"] == 601
    assert landed.statistics["rows_accepted"] == 117
    assert landed.statistics["rows_rejected"] == 0


def test_subledger_tables_name_what_their_statistics_need() -> None:
    for table in SUBLEDGER.values():
        assert table.date in table.columns
        assert table.amount is None or table.amount in table.columns
