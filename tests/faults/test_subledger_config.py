"""Tables of sub-ledgers, events and customers in `encours.yml`: what is read, and what is refused in one sentence."""

from __future__ import annotations

import dataclasses
import traceback
from pathlib import Path

import pytest

from pipelines import config_tables
from pipelines.config import Company, load_settings
from pipelines.errors import UsageError
from pipelines.sources.canonical import Condition, Contains, TableInput

HEAD = "company: {name: Ateliers Démo SAS, siren: '732829320'}\n"
LEDGER = HEAD + "ledgers:\n  - kind: subledger\n    invoices: {path: inv.csv}\n"
URL = "postgresql://reader:Tr3s-Secret@db.example/erp"


def company(folder: Path, text: str) -> Company:
    path = folder / "encours.yml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path).companies[0]


def invoices(folder: Path, table: str) -> TableInput:
    text = HEAD + f"ledgers:\n  - kind: subledger\n    invoices: {table}\n"
    return company(folder, text).subledgers[0].tables["invoices"]


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        company(folder, text)
    sentence = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in sentence
    assert sentence.endswith((".", "?")) and not sentence.endswith("..")
    return sentence


@pytest.fixture
def preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One invented preset, `bureau`."""
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "bureau.yml").write_text(
        "title: Bureau\nsource: invented\nnote: export it\ntables:\n"
        "  invoices:\n    file: erp/inv.csv\n"
        "    columns: {invoice_id: [id, Réf], amount: [total], due_date: [due]}\n"
        "    only: [{headers: [state, État], values: [posted]}]\n"
        "    except: [{headers: [kind], values: [X], is_required: true}]\n"
        "    negate: [{headers: [side], values: [C]}]\n"
        "    values: {document_type: {AV: credit_note, FA: invoice}}\n"
        "    decimal: ','\n    date_format: '%d/%m/%Y'\n    rate_quote: unit_per_company\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(config_tables, "PRESETS", folder)
    config_tables.load_preset.cache_clear()
    yield
    config_tables.load_preset.cache_clear()


# --- what is read --------------------------------------------------------------------------------------------------


def test_a_path_alone_is_a_table(tmp_path: Path) -> None:
    found = invoices(tmp_path, "erp/inv.csv")
    assert (found.pattern, found.key, found.line) == ("erp/inv.csv", "ledgers[0].invoices", 4)
    assert found.spec.where == "encours.yml, line 4, key ledgers[0].invoices"
    assert found.spec.contains is Contains.EVERYTHING
    assert found.spec.table == "invoices"


def test_every_key_of_a_table_is_read(tmp_path: Path) -> None:
    found = invoices(
        tmp_path,
        "{path: inv.xlsx, sheet: Feuil1, header_row: 3, columns: {invoice_id: 'N° facture'}, only: {state: posted},"
        " except: {type: [X, Y]}, negate: {sens: [C]}, values: {document_type: {AV: credit_note}},"
        " date_format: '%d/%m/%Y', decimal: ',', encoding: Windows-1252, separator: \"\\t\","
        " contains: open_items, snapshot_date: '%Y%m%d', rate_quote: unit_per_company, max_age_days: 2,"
        " ignore: [0123abcd]}",
    )
    assert dict(found.spec.columns) == {"invoice_id": "N° facture"}
    assert found.spec.only == (Condition(("state",), ("posted",)),)
    assert found.spec.leave_out == (Condition(("type",), ("X", "Y")),)
    assert found.spec.negate == (Condition(("sens",), ("C",)),)
    assert found.spec.values == {"document_type": {"AV": "credit_note"}}
    spec = found.spec
    assert (spec.sheet, spec.header_row, spec.date_format, spec.decimal) == ("Feuil1", 3, "%d/%m/%Y", ",")
    assert (spec.encoding, spec.separator, spec.rate_is_inverse) == ("cp1252", "\t", True)
    assert spec.contains is Contains.OPEN_ITEMS
    assert (found.snapshot_format, found.max_age_days, found.ignored) == ("%Y%m%d", 2, ("0123abcd",))


def test_events_and_customers_serve_the_file_unless_a_company_has_its_own(tmp_path: Path) -> None:
    text = (
        "companies:\n"
        "  - {name: A, siren: '732829320', ledgers: [{path: a.txt}], events: {orders: own.csv}}\n"
        "  - {name: B, siren: '552100554', ledgers: [{path: b.txt}], fiscal_year_end: '06-30'}\n"
        "events: {disputes: d.csv, promises: {path: p.csv, decimal: ','}}\n"
        "customers: {path: c.xlsx, columns: {customer_id: Code}}\n"
        "fiscal_year_end: '12-31'\n"
    )
    (tmp_path / "encours.yml").write_text(text, encoding="utf-8")
    settings = load_settings(tmp_path / "encours.yml")
    first, second = settings.companies
    assert {name: one.pattern for name, one in first.events.items()} == {"orders": "own.csv"}
    assert first.events["orders"].key == "companies[0].events.orders"
    assert {name: one.pattern for name, one in second.events.items()} == {
        "disputes": "d.csv",
        "promises": "p.csv",
    }
    assert second.events["promises"].spec.decimal == ","
    assert first.customers == second.customers
    assert second.customers is not None and second.customers.spec.columns == {"customer_id": "Code"}
    assert (first.fiscal_year_end, second.fiscal_year_end) == ("12-31", "06-30")
    assert [one.key for one in settings.tables(first)] == ["companies[0].events.orders", "customers"]


def test_a_ledger_and_a_sub_ledger_stand_side_by_side(tmp_path: Path) -> None:
    text = (
        HEAD
        + "ledgers:\n  - {kind: fec, path: f.txt}\n  - {kind: subledger, invoices: i.csv, payments: p.csv}\n"
    )
    found = company(tmp_path, text)
    assert [one.pattern for one in found.ledgers] == ["f.txt"]
    assert [(one.name, one.preset, list(one.tables)) for one in found.subledgers] == [
        ("subledger", None, ["invoices", "payments"])
    ]


def test_a_query_with_a_cursor_gives_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_URL", URL)
    table = "{database: '${ERP_URL}', query: 'select x::date from i where w > :cursor', cursor: w}"
    found = invoices(tmp_path, table)
    assert (found.database, found.cursor, found.pattern) == (URL, "w", None)
    assert found.spec.contains is Contains.CHANGES


def test_a_sqlite_file_is_relative_to_the_configuration(tmp_path: Path) -> None:
    found = invoices(tmp_path, "{database: 'sqlite:///erp.db?mode=ro', query: select 1}")
    assert found.database == f"sqlite:///{tmp_path}/erp.db?mode=ro"
    assert (
        invoices(tmp_path, "{database: 'sqlite:////var/erp.db', query: q}").database
        == "sqlite:////var/erp.db"
    )


@pytest.mark.usefixtures("preset")
def test_a_preset_gives_what_the_user_does_not_say(tmp_path: Path) -> None:
    found = company(
        tmp_path,
        HEAD + "ledgers:\n  - kind: subledger\n    preset: bureau\n    invoices:\n      path: mine.csv\n"
        "      columns: {due_date: Echeance}\n      only: {société: ['1']}\n      except: {KIND: [Y]}\n"
        "      values: {document_type: {AV: other}}\n      decimal: '.'\n    payments: pay.csv\n",
    ).subledgers[0]
    assert (found.name, found.preset) == ("bureau", "bureau")
    spec = found.tables["invoices"].spec
    assert spec.columns == {"due_date": "Echeance"}
    assert spec.known_columns == {"invoice_id": ("id", "Réf"), "amount": ("total",)}
    assert spec.only == (
        Condition(("société",), ("1",)),
        Condition(("state", "État"), ("posted",), is_required=False),
    )
    assert spec.leave_out == (Condition(("KIND",), ("Y",)),)
    assert spec.negate == (Condition(("side",), ("C",), is_required=False),)
    assert spec.values == {"document_type": {"AV": "other", "FA": "invoice"}}
    assert (spec.decimal, spec.date_format, spec.rate_is_inverse) == (".", "%d/%m/%Y", True)
    assert found.tables["payments"].spec.known_columns == {}


def test_a_preset_knows_the_query_of_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_URL", URL)
    text = HEAD + "ledgers:\n  - kind: subledger\n    preset: odoo\n    invoices: {database: '${ERP_URL}'}\n"
    found = company(tmp_path, text).subledgers[0].tables["invoices"]
    assert found.query is not None and "from account_move" in found.query and found.database == URL
    assert found.spec.contains is Contains.EVERYTHING
    own = (
        company(tmp_path, text.replace("URL}'}", "URL}', query: select 1}")).subledgers[0].tables["invoices"]
    )
    assert own.query == "select 1"


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEDGER.replace("invoices", "invoice"), ["line 4", "ledgers[0].invoice", "'invoices'"]),
        (LEDGER.replace("path", "pth"), ["line 4", "ledgers[0].invoices.pth", "'path'"]),
        (
            LEDGER.replace("path: inv.csv", "path: i.csv, colums: {a: b}"),
            ["colums", "did you mean 'columns'?"],
        ),
        (LEDGER.replace("path: inv.csv", "path: i.csv, exept: {a: b}"), ["exept", "did you mean 'except'?"]),
        (LEDGER + "events: {dispute: d.csv}\n", ["line 5", "events.dispute", "'disputes'"]),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(tmp_path: Path, text: str, said: list[str]) -> None:
    sentence = refusal(tmp_path, text)
    for part in ["encours.yml", "unknown key", *said]:
        assert part in sentence, sentence


def with_keys(keys: str) -> str:
    return LEDGER.replace("path: inv.csv", "path: inv.csv, " + keys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (with_keys("columns: {due_dat: Due}"), ["columns.due_dat", "no column of invoices", "'due_date'"]),
        (with_keys("columns: {due_date: ''}"), ["columns.due_date", "blank"]),
        (with_keys("values: {doc_type: {A: B}}"), ["values.doc_type", "'document_type'"]),
        (with_keys("values: {document_type: {AV: credit}}"), ["document_type.AV", "'credit_note'"]),
        (with_keys("values: {is_disputed: {O: oui}}"), ["is_disputed.O", "true, false"]),
        (with_keys("only: {state: []}"), ["only.state"]),
        (with_keys("date_format: DD/MM/YYYY"), ["date_format", "DD/MM/YYYY", "write %d/%m/%Y"]),
        (with_keys("date_format: '%m/%Y'"), ["date_format", "does not tell a day"]),
        (with_keys("date_format: '%Q/%m/%Y'"), ["%Q"]),
        (with_keys("snapshot_date: day"), ["snapshot_date", "%Y-%m-%d"]),
        (with_keys("decimal: ';'"), ["decimal", "write . or ,"]),
        (with_keys("encoding: latin9000"), ["encoding", "latin9000", "cp1252"]),
        (with_keys("separator: ab"), ["separator", "'ab'", "tab"]),
        (with_keys("header_row: 0"), ["header_row", "0"]),
        (with_keys("contains: all"), ["contains", "everything"]),
        (with_keys("rate_quote: direct"), ["rate_quote", "company_per_unit"]),
        (with_keys("max_age_days: two"), ["max_age_days", "two"]),
        (with_keys("ignore: [xyz]"), ["ignore", "xyz", "SHA-256"]),
        (with_keys("query: select 1"), ["invoices.query", "not both"]),
        (with_keys("cursor: w"), ["invoices.cursor", "goes with a query"]),
        (LEDGER.replace("path: inv.csv", "decimal: ','"), ["line 4", "ledgers[0].invoices", "no data is named"]),
        (LEDGER.replace("inv.csv", "''"), ["invoices.path", "blank"]),
        (LEDGER.replace("{path: inv.csv}", "[inv.csv]"), ["line 4", "ledgers[0].invoices", "a list"]),
        (LEDGER.replace("path: inv.csv", "query: select 1"), ["invoices.query", "${ERP_URL}"]),
        (LEDGER.replace("path: inv.csv", "database: 'sqlite:///e.db'"), ["invoices.database", "needs a query"]),
        (
            LEDGER.replace("path: inv.csv", "database: 'sqlite:///e.db', query: q, sheet: S"),
            ["invoices.sheet", "goes with a file"],
        ),
        (
            LEDGER.replace("path: inv.csv", "database: 'sqlite:///e.db', query: 'w > :cursor'"),
            ["invoices.query", "add cursor:"],
        ),
        (
            LEDGER.replace("path: inv.csv", "database: 'sqlite:///e.db', query: 'x::cursor', cursor: w"),
            ["invoices.cursor", "w > :cursor"],
        ),
        (
            LEDGER.replace(
                "path: inv.csv",
                "database: 'sqlite:///e.db', query: ':cursor', cursor: w, contains: everything",
            ),
            ["invoices.contains", "gives changes"],
        ),
        (LEDGER + "    payments: {path: p.csv, contains: open_items}\n", ["line 5", "payments.contains"]),
        (LEDGER + "    allocations: {path: a.csv, rate_quote: company_per_unit}\n", ["line 5", "rate_quote"]),
        (LEDGER + "    preset: odo\n", ["line 5", "ledgers[0].preset", "'odo' is no preset"]),
        (LEDGER + "    name: a/b\n", ["line 5", "ledgers[0].name", "letters"]),
        (LEDGER + "    path: f.txt\n", ["line 5", "ledgers[0].path", "invoices: …"]),
        (HEAD + "ledgers: [{kind: subledger, payments: p.csv}]\n", ["line 2", "ledgers[0]", "no 'invoices'"]),
        (HEAD + "ledgers: [{kind: fec, path: f.txt, invoices: i.csv}]\n", ["ledgers[0].invoices", "kind: subledger"]),
        (HEAD + "ledgers: [{kind: fec}]\n", ["line 2", "ledgers[0]", "'path' is missing"]),
        (HEAD, ["no ledger is configured", "kind: subledger"]),
        (LEDGER + "  - {kind: subledger, invoices: j.csv}\n", ["line 5, key ledgers[1]", "second sub-ledger named"]),
        (
            LEDGER + "    name: Odoo\n  - {kind: subledger, name: odoo, invoices: j.csv}\n",
            ["line 6", "ledgers[1]", "second sub-ledger"],
        ),
        (LEDGER + "fiscal_year_end: 31/12\n", ["line 5", "fiscal_year_end", "'12-31'"]),
        (LEDGER + "fiscal_year_end: 02-29\n", ["fiscal_year_end", "02-29"]),
        (LEDGER + "fiscal_year_end: 13-01\n", ["fiscal_year_end", "13-01"]),
        (LEDGER + "customers: {path: c.csv, columns: {limit: L}}\n", ["customers.columns.limit", "credit_limit"]),
        (LEDGER + "events: {orders: {path: o.csv, columns: {ordered: d}}}\n", ["columns.ordered", "'ordered_on'"]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_line_key_and_remedy(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    sentence = refusal(tmp_path, text)
    for part in ["encours.yml, line", *said]:
        assert part in sentence, sentence


# --- secrets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "mysql+pymysql://root:${ERP_NAME}pw@db/erp",
        "postgresql://db/erp?user=u&password=Tr3s-Secret",
        "mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3DTr3s-Secret",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ERP_NAME", "name")
    sentence = refusal(tmp_path, LEDGER.replace("path: inv.csv", f"database: '{url}', query: q"))
    assert "line 4, key ledgers[0].invoices.database" in sentence and "${ERP_URL}" in sentence
    assert "Tr3s" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "${ERP_URL}",
        "postgresql://${ERP_USER}:${ERP_PW}@db/erp",
        "postgresql://db/erp",
        "postgresql://u@db/erp",
    ],
)
def test_a_url_whose_secrets_are_variables_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name, value in {"ERP_URL": URL, "ERP_USER": "reader", "ERP_PW": "Tr3s-Secret"}.items():
        monkeypatch.setenv(name, value)
    found = invoices(tmp_path, f"{{database: '{url}', query: q}}")
    assert found.database and found.database.startswith("postgresql://")
    assert "Tr3s" not in repr(found) and "reader" not in repr(found)


@pytest.mark.parametrize(
    "wrong",
    [
        "database: '${ERP_URL}', query: q, decimal: '${ERP_URL}'",
        "database: '${ERP_URL}', query: q, path: x.csv",
        "database: '${ERP_URL}', query: q, values: {document_type: {A: '${ERP_URL}'}}",
        "database: '${ERP_URL}', query: q, header_row: '${ERP_URL}'",
        "database: ['${ERP_URL}'], query: q",
        "database: '${NOT_A_URL}', query: q",
    ],
)
def test_no_refusal_repeats_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("ERP_URL", URL)
    monkeypatch.setenv("NOT_A_URL", "Tr3s-Secret")
    path = tmp_path / "encours.yml"
    path.write_text(LEDGER.replace("path: inv.csv", wrong), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_settings(path)
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value)
    assert "Tr3s" not in told, told


def test_a_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_URL", raising=False)
    sentence = refusal(tmp_path, LEDGER.replace("path: inv.csv", "database: '${ERP_URL}', query: q"))
    assert "ERP_URL is not set; export it." in sentence


def test_settings_show_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_URL", URL)
    path = tmp_path / "encours.yml"
    path.write_text(LEDGER.replace("path: inv.csv", "database: '${ERP_URL}', query: q"), encoding="utf-8")
    settings = load_settings(path)
    assert "Tr3s" not in repr(settings) + str(settings)
    assert "Tr3s" in str(dataclasses.asdict(settings.companies[0].subledgers[0]))
