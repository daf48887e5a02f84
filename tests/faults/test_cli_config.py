"""A wrong configuration is refused in one sentence that names file, line and key and says what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.config import find_config, load_settings
from pipelines.defs.ingest import CUSTOMER_ATTRIBUTES, attribute_parts, copy_union
from pipelines.errors import UsageError
from pipelines.lake import Workspace
from pipelines.landing import land

GOOD = """\
company: {name: Ateliers Démo SAS, siren: '732829320'}
ledgers:
  - {kind: fec, path: ledgers/*.txt}
payment_terms: {default: '30'}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "encours.yml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        load_settings(write(folder, text))
    sentence = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "workspce: var\n", ["line 5", "workspce", "workspace"]),
        (GOOD.replace("siren:", "sirene:"), ["line 1", "company.sirene", "'siren'"]),
        (GOOD.replace("path:", "paths:"), ["line 3", "ledgers[0].paths", "'path'"]),
        (GOOD.replace("default:", "defaut:"), ["line 4", "payment_terms.defaut", "'default'"]),
        (GOOD + "external: {siren: x.csv}\n", ["line 5", "external.siren", "'sirene'"]),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_name_and_its_line(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    sentence = refusal(tmp_path, text)
    for part in ["encours.yml", "unknown key", *said]:
        assert part in sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("'732829320'", "'7328'"), ["line 1", "company.siren", "nine digits"]),
        (GOOD.replace("kind: fec", "kind: ledger"), ["line 3", "ledgers[0].kind", "subledger", "fec"]),
        (GOOD.replace("'30'", "sometime"), ["line 4", "payment_terms.default", "sometime", "30 EOM"]),
        (GOOD.replace("{default: '30'}", "'30'"), ["line 4", "payment_terms", "keys and values"]),
        (GOOD + "as_of: 31/12/2024\n", ["line 5", "as_of", "YYYY-MM-DD", "31/12/2024"]),
        (GOOD + "as_of: 2024-02-31\n", ["line 5", "as_of", "YYYY-MM-DD"]),
        (GOOD + "customers: [a.csv]\n", ["line 5", "customers", "a text", "a list"]),
        (
            GOOD.replace("siren: '732829320'", "siren: '732829320', locale: de"),
            ["line 1", "locale", "fr", "en"],
        ),
        (GOOD.replace("siren: '732829320'", "siren: '732829320', currency: euros"), ["currency", "EUR"]),
        (GOOD + "external: {gleif: api}\n", ["line 5", "external.gleif", "published files"]),
        (GOOD + "external: {sirene: {path: a.csv, api: {}}}\n", ["line 5", "external.sirene", "or two"]),
        (GOOD + "external: {sirene: []}\n", ["line 5", "external.sirene", "blank"]),
        (GOOD + "external: {bodacc: {api: {key: s3cret}}}\n", ["line 5", "api.key", "${NAME}"]),
        (GOOD + "external: {bodacc: {api: {url: 'https://me:pw@x.fr'}}}\n", ["api.url", "without a user"]),
        (GOOD + "external: {bodacc: {api: {}, snapshot_date: '%Y-%m-%d'}}\n", ["bodacc", "its own"]),
        (GOOD + "external: {sirene: {path: a.csv, snapshot_date: day}}\n", ["snapshot_date", "%Y-%m-%d"]),
        (GOOD + "external: {sirene: {path: a.csv, ignore: [zz]}}\n", ["ignore", "hash"]),
        (GOOD + "external: {match_threshold: 2}\n", ["line 5", "match_threshold"]),
        (GOOD.replace("siren: '732829320'", "siren: '732829320', country: Fra"), ["country", "BE"]),
        (GOOD.replace("siren: '732829320'", "siren: '732829320', department: '9'"), ["department", "974"]),
        (GOOD + "quality: {severities: {fec_entries_balance: fatal}}\n", ["line 5", "severities", "error"]),
        (GOOD + "accounts: {'6788': writeoff}\n", ["line 5", "key accounts", "did you mean 'write_off'?"]),
        (GOOD + "accounts: {'4117': other}\n", ["line 5", "4117", "receivable account"]),
        (GOOD + "accounts: {bank: cash}\n", ["line 5", "'bank' is not an account"]),
        (GOOD + "line_types: {cach: {debit: refund}}\n", ["line 5", "did you mean 'cash'?"]),
        (GOOD + "line_types: {cash: {left: refund}}\n", ["line 5", "write debit or credit"]),
        (
            GOOD + "line_types: {cash: {credit: transfer}}\n",
            ["line 5", "'transfer' cannot be what a credit is"],
        ),
        (GOOD + "retention_release_days: -1\n", ["line 5", "retention_release_days", "-1"]),
        (GOOD + "ledgers: []\n", ["line 5", "ledgers", "twice"]),
        ("company: {name: A, siren: '732829320'}\n", ["ledger", "{kind: fec, path: ledgers/*.txt}"]),
        ("ledgers: [{kind: fec, path: a.txt}]\n", ["company", "missing"]),
        ("company: {name: A}\nledgers: [{path: a.txt}]\n", ["line 1", "siren"]),
        ("company: A\nledgers: [{path: a.txt}]\n", ["line 1", "company", "keys and values"]),
        ("", ["empty"]),
        ("- a\n", ["company:"]),
        ("company: {name: A\n", ["line", "YAML"]),
        ("company:\n\tname: A\n", ["line 2", "YAML"]),
    ],
)
def test_a_wrong_value_is_refused_with_file_line_key_and_remedy(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    sentence = refusal(tmp_path, text)
    for part in ["encours.yml", *said]:
        assert part in sentence, sentence


def test_a_missing_environment_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEDGERS_HOME", raising=False)
    text = GOOD.replace("ledgers/*.txt", "${LEDGERS_HOME}/*.txt")
    assert "LEDGERS_HOME" in refusal(tmp_path, text)
    monkeypatch.setenv("LEDGERS_HOME", "elsewhere")
    settings = load_settings(write(tmp_path, text))
    assert settings.companies[0].ledgers[0].pattern == "elsewhere/*.txt"


def test_the_files_hash_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = GOOD.replace("ledgers/*.txt", "${LEDGERS_HOME}/*.txt")
    monkeypatch.setenv("LEDGERS_HOME", "one")
    first = load_settings(write(tmp_path, text)).sha256
    monkeypatch.setenv("LEDGERS_HOME", "two")
    assert load_settings(write(tmp_path, text)).sha256 == first


def test_a_path_without_a_file_names_the_key_and_the_folder(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD))
    with pytest.raises(UsageError, match=r"line 3, key ledgers\[0\]\.path: no file found at ledgers/\*\.txt"):
        settings.ledger_files(settings.companies[0])


def test_a_folder_instead_of_a_file_is_refused_with_the_glob_to_write(tmp_path: Path) -> None:
    (tmp_path / "ledgers").mkdir()
    settings = load_settings(write(tmp_path, GOOD.replace("ledgers/*.txt", "ledgers")))
    with pytest.raises(UsageError, match=r"ledgers/\*\.txt"):
        settings.ledger_files(settings.companies[0])


def test_numbers_written_without_quotes_keep_their_zeros(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD.replace("'732829320'", "012345674").replace("'30'", "30")))
    assert settings.companies[0].company_id == "012345674"
    assert settings.companies[0].terms_text == "30"


def test_several_companies_each_have_their_ledgers(tmp_path: Path) -> None:
    text = """\
companies:
  - {name: A, siren: '732829320', ledgers: [{kind: fec, path: a.txt}], payment_terms: {default: 60 EOM}}
  - {name: B, id: b-test, locale: en, ledgers: [{kind: fec, path: b.txt}]}
payment_terms: {default: '30'}
"""
    first, second = load_settings(write(tmp_path, text)).companies
    assert (first.company_id, first.terms_text) == ("732829320", "60 EOM")
    assert (second.company_id, second.terms_text, second.locale) == ("b-test", "30", "en")


def test_the_same_company_twice_is_refused(tmp_path: Path) -> None:
    text = """\
companies:
  - {name: A, siren: '732829320', ledgers: [{path: a.txt}]}
  - {name: B, siren: '732829320', ledgers: [{path: b.txt}]}
"""
    assert "twice" in refusal(tmp_path, text)


def test_no_configuration_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENCOURS_CONFIG", raising=False)
    with pytest.raises(UsageError, match="encours init"):
        find_config()


@pytest.mark.parametrize(
    "buckets", ["[30, 20]", "[30, 30]", "[0, 30]", "[-30]", "[thirty]", "[30.5]", "[]", "30, 20", "{30: 60}"]
)
def test_ageing_buckets_that_do_not_grow_are_refused(tmp_path: Path, buckets: str) -> None:
    sentence = refusal(tmp_path, GOOD + f"ageing_buckets: {buckets}\n")
    for part in ["encours.yml, line 5", "ageing_buckets", "[30, 60, 90, 120]"]:
        assert part in sentence


def test_ageing_buckets_are_a_companys_own_or_the_files(tmp_path: Path) -> None:
    text = GOOD.replace("siren: '732829320'", "siren: '732829320', ageing_buckets: [7, 14]")
    assert load_settings(write(tmp_path, text)).companies[0].ageing_buckets == (7, 14)
    assert load_settings(write(tmp_path, GOOD + "ageing_buckets: 15, 45\n")).companies[0].ageing_buckets == (
        15,
        45,
    )
    assert load_settings(write(tmp_path, GOOD)).companies[0].ageing_buckets == (30, 60, 90, 120)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "scopes: [segment]\n", ["line 5, key scopes", "customers.csv"]),
        (GOOD + "customers: c.csv\nscopes: [a, b, a]\n", ["line 6", "the column a is named twice"]),
        (GOOD + "customers: c.csv\nscopes: [a, '']\n", ["line 6", "blank"]),
    ],
)
def test_scopes_need_a_customers_file_and_are_named_once(tmp_path: Path, text: str, said: list[str]) -> None:
    sentence = refusal(tmp_path, text)
    for part in said:
        assert part in sentence


def test_a_scope_that_is_no_column_of_the_customers_file_is_refused_with_its_columns(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("Code client;Nom;Segment;Région\nC1;Dupont;;Sud\n", encoding="utf-8")
    text = GOOD + "customers: c.csv\nscopes:\n  - SEGMENT\n  - nom\n  - secteur\n"
    settings = load_settings(write(tmp_path, text))
    with pytest.raises(UsageError) as caught:
        land("customers", settings, Workspace(tmp_path / "var"), lambda text: None)
    assert str(caught.value) == (
        "encours.yml, line 9, key scopes[2]: c.csv has no column 'secteur'; its columns are: "
        "customer_id, name, Segment, Région."
    )


def test_a_scope_takes_the_values_of_its_column_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "Code client;Pays;it's a/b \"~\" column;Segment\nC1;France;x;\nC2;;'y';grand compte\n",
        encoding="utf-8",
    )
    text = GOOD + "customers: c.csv\nscopes: [country, pays, 'it''s a/b \"~\" column', segment]\n"
    settings, workspace = load_settings(write(tmp_path, text)), Workspace(tmp_path / "var")
    landed = land("customers", settings, workspace, lambda text: None)
    target = tmp_path / "attributes.parquet"
    copy_union(target, CUSTOMER_ATTRIBUTES, attribute_parts(settings, workspace, landed))
    with duckdb.connect() as connection:
        rows = connection.execute(f"select * exclude (company_id) from '{target}' order by all").fetchall()
    assert rows == [
        ("C1", "country", "FR"),
        ("C1", 'it\'s a/b "~" column', "x"),
        ("C1", "pays", "FR"),
        ("C1", "segment", None),
        ("C2", "country", None),
        ("C2", 'it\'s a/b "~" column', "'y'"),
        ("C2", "pays", None),
        ("C2", "segment", "grand compte"),
    ]


@pytest.mark.parametrize(
    ("provisions", "said"),
    [
        ("{floors: {not_due: 1.2}}", ["provisions.floors", "1.2", "not_due", "from 0 to 1"]),
        ("{floors: {not_due: -0.1}}", ["provisions.floors", "-0.1", "from 0 to 1"]),
        ("{floors: {not_due: 5 %}}", ["provisions.floors", "'5 %'", "0.05"]),
        ("{floors: {not_due: 0.00001}}", ["four decimals"]),
        ("{floors: {overdue_1-30: 0.1}}", ["'overdue_1-30'", "did you mean 'overdue_1_30'?"]),
        ("{floors: {group: 0.1}}", ["'group'", "not_due", "doubtful"]),
        ("{individual_rates: {not_due: 0.1}}", ["provisions.individual_rates", "in_proceedings"]),
        ("{tax_rates: {insured: 0.1}}", ["provisions.tax_rates", "doubtful"]),
        ("{forward_looking_factor: 0}", ["provisions.forward_looking_factor", "0.1 to 10"]),
        ("{forward_looking_factor: '1,1'}", ["provisions.forward_looking_factor", "'1,1'", "after a point"]),
        ("{cohort_age_months: 0}", ["provisions.cohort_age_months"]),
        ("{floor: {not_due: 0.1}}", ["provisions.floor", "did you mean 'floors'?"]),
    ],
)
def test_a_wrong_rate_of_the_provision_is_refused(tmp_path: Path, provisions: str, said: list[str]) -> None:
    sentence = refusal(tmp_path, f"{GOOD}provisions: {provisions}\n")
    for part in ["encours.yml, line 5", *said]:
        assert part in sentence, sentence


def test_rates_of_the_provision_are_the_users_own_or_the_projects(tmp_path: Path) -> None:
    """A company's own section stands for itself; a line that carries no allowance has no floor."""
    text = """\
companies:
  - name: A
    id: a
    ledgers: [{path: a.txt}]
    provisions: {forward_looking_factor: 1.10, overlay_reason: Hausse, floors: {not_due: 0.01}}
  - {name: B, id: b, ledgers: [{path: b.txt}]}
provisions: {individual_rates: {in_proceedings: 0.9}, cohort_age_months: 18}
"""
    first, second = load_settings(write(tmp_path, text)).companies
    own = {line.bucket: line for line in first.provision_lines}
    file = {line.bucket: line for line in second.provision_lines}
    assert (first.forward_looking_factor, first.overlay_reason, first.cohort_age_months) == (
        Decimal("1.10"),
        "Hausse",
        12,
    )
    assert (second.forward_looking_factor, second.overlay_reason, second.cohort_age_months) == (1, None, 18)
    assert (own["not_due"].floor_rate, own["not_due"].is_floor_configured) == (Decimal("0.01"), True)
    assert (file["not_due"].floor_rate, file["not_due"].is_floor_configured) == (Decimal("0.003"), False)
    assert (own["in_proceedings"].individual_rate, file["in_proceedings"].individual_rate) == (
        None,
        Decimal("0.9"),
    )
    assert file["group"].floor_rate is None and file["group"].tax_rate is None
    assert len(file) == 16


def test_a_company_reads_accounts_its_own_way_or_the_files(tmp_path: Path) -> None:
    text = """\
companies:
  - {name: A, id: a, ledgers: [{path: a.txt}], accounts: {'6788': write_off}}
  - {name: B, id: b, ledgers: [{path: b.txt}], factor_accounts: '4671, 4672'}
accounts: {'627': other}
line_types: {suspense: {credit: set_off}}
retention_release_days: 180
"""
    first, second = load_settings(write(tmp_path, text)).companies
    assert first.account_roles == (("6788", "write_off"),)
    assert second.account_roles == (("4671", "factor"), ("4672", "factor"), ("627", "other"))
    assert first.line_types == second.line_types == (("suspense", "credit", "set_off"),)
    assert first.retention_release_days == 180
