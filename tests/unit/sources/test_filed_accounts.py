"""Filed accounts are read in every published form; a zero that is none is null, and so is what is confidential."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import DataError
from pipelines.sources.companies import ACCOUNTS, Wanted
from pipelines.sources.filed_accounts import AMOUNTS, RATIOS, land_accounts
from pipelines.sources.open_data import LandedFile
from tests.real_data import REAL_DATA, needs_real_data

FIXTURES = REAL_DATA / "fr_api_fixtures/src/e2e-mock/fixtures"
FIELDS = (
    "siren",
    "date_cloture_exercice",
    *AMOUNTS.values(),
    *RATIOS.values(),
    "confidentiality",
    "type_bilan",
)


def accounts(siren: str = "482309382", closing: str = "2022-12-31", **fields: Any) -> dict[str, Any]:
    """A record as published: public complete accounts of a healthy company unless told otherwise."""
    return {
        "siren": siren,
        "date_cloture_exercice": closing,
        "chiffre_d_affaires": 532463,
        "marge_brute": 487417,
        "ebe": 37552,
        "ebit": 3629,
        "resultat_net": 2198,
        "autonomie_financiere": 18.722,
        "taux_d_endettement": 228.905,
        "ratio_de_liquidite": 360.23,
        "couverture_des_interets": 11.736,
        "marge_ebe": 7.053,
        "credit_clients_jours": 225.321,
        "credit_fournisseurs_jours": 52.864,
        "confidentiality": "Public",
        "type_bilan": "C",
        **fields,
    }


def as_csv(records: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    sheet = csv.DictWriter(out, FIELDS, delimiter=";", lineterminator="\r\n")
    sheet.writeheader()
    sheet.writerows(records)
    return out.getvalue()


def land(tmp_path: Path, content: Any, sirens: list[str] | None = None) -> LandedFile:
    path = tmp_path / "ratios"
    if isinstance(content, list):
        content = as_csv(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    wanted = None if sirens is None else Wanted(frozenset(sirens))
    return land_accounts(path, tmp_path / "raw", tmp_path / "quarantine", wanted)


def rows_of(landed: LandedFile) -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{landed.tables['accounts']}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def rejects_of(landed: LandedFile) -> list[tuple[Any, ...]]:
    assert landed.rejects is not None
    return duckdb.sql(
        f"select line_number, column_name, reason from read_parquet('{landed.rejects}') order by all"
    ).fetchall()


def assert_every_row_is_accounted_for(landed: LandedFile) -> None:
    told = landed.statistics
    assert told["rows_read"] == told["rows_accepted"] + told["rows_rejected"] + told["rows_out_of_scope"]
    assert told["rows_accepted"] == len(rows_of(landed))


def test_accounts_are_read_in_euros_and_percent(tmp_path: Path) -> None:
    landed = land(tmp_path, [accounts(chiffre_d_affaires=24812000000)])
    (row,) = rows_of(landed)
    assert row["turnover"] == Decimal("24812000000.00") and row["net_income"] == Decimal("2198.00")
    assert row["equity_ratio_pct"] == Decimal("18.722") and row["supplier_credit_days"] == Decimal("52.864")
    assert (row["accounts_kind"], row["confidentiality"]) == ("complete", "public")
    assert row["filing_date"] is None and row["recorded_on"] is None
    types = {one[0]: one[1] for one in duckdb.sql(f"describe from '{landed.parquet}'").fetchall()}
    assert types == ACCOUNTS and list(types) == list(ACCOUNTS)
    assert_every_row_is_accounted_for(landed)


FORMS = [
    "csv",
    "list",
    "pretty list",
    "lines",
    "v1 lines",
    "v1",
    "v2.0",
    "v2.1",
    "zip",
    "gzip",
    "gzip lines",
    "parquet",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_set_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    records = [accounts(), accounts(closing="2021-12-31", confidentiality="Confidentiel", resultat_net=None)]
    bare = [{k: v for k, v in record.items() if v is not None} for record in records]
    lines = "".join(json.dumps(record) + "\n" for record in bare)
    text = as_csv(records)
    content: Any = {
        "csv": "\ufeff" + text,
        "list": json.dumps(records),
        "pretty list": json.dumps(records, indent=1),
        "lines": lines,
        "v1 lines": "".join(json.dumps({"recordid": "x", "fields": record}) + "\n" for record in bare),
        "v1": json.dumps({"nhits": 2, "records": [{"fields": record} for record in bare]}, indent=1),
        "v2.0": json.dumps({"records": [{"record": {"id": "x", "fields": record}} for record in records]}),
        "v2.1": json.dumps({"total_count": 2, "results": records}),
        "gzip": gzip.compress(text.encode()),
        "gzip lines": gzip.compress(lines.encode()),
    }.get(form)
    if form == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr("ratios_inpi_bce.csv", text)
        content = archive.getvalue()
    if form == "parquet":
        plain, parquet = tmp_path / "plain.csv", tmp_path / "plain.parquet"
        plain.write_text(text)
        duckdb.sql(f"copy (from read_csv('{plain}', delim = ';')) to '{parquet}' (format parquet)")
        content = parquet.read_bytes()
    landed = land(tmp_path, content)
    first, second = rows_of(landed)
    assert (str(first["closing_date"]), first["confidentiality"]) == ("2021-12-31", "confidential")
    assert (str(second["closing_date"]), second["turnover"]) == ("2022-12-31", Decimal("532463.00"))
    assert second["liquidity_ratio_pct"] == Decimal("360.230")
    assert_every_row_is_accounted_for(landed)


def test_confidential_accounts_have_nothing_but_their_being_filed(tmp_path: Path) -> None:
    (row,) = rows_of(land(tmp_path, [accounts(confidentiality="Confidentiel")]))
    assert row["confidentiality"] == "confidential"
    assert {row[name] for name in AMOUNTS | RATIOS} == {None}


@pytest.mark.parametrize("field", [*AMOUNTS.values(), "autonomie_financiere", "ratio_de_liquidite",
                                   "credit_clients_jours", "credit_fournisseurs_jours"])  # fmt: skip
@pytest.mark.parametrize("absent", [0, "0.0", "", None])
def test_a_figure_that_is_absent_is_null_though_the_set_writes_zero(
    tmp_path: Path, field: str, absent: Any
) -> None:
    (row,) = rows_of(land(tmp_path, [accounts(**{field: absent})]))
    ours = {theirs: name for name, theirs in (AMOUNTS | RATIOS).items()}[field]
    assert row[ours] is None


def test_no_debt_is_a_fact_but_in_consolidated_accounts(tmp_path: Path) -> None:
    none = {"taux_d_endettement": 0.0, "couverture_des_interets": 0.0}
    records = [accounts(**none), accounts(closing="2021-12-31", type_bilan="K", **none)]
    records.append(accounts(closing="2020-12-31", ebe=0, marge_ebe=0.0, **none))
    without, consolidated, complete = rows_of(land(tmp_path, records))
    assert (complete["debt_ratio_pct"], complete["interest_burden_pct"]) == (0, 0)
    assert (consolidated["debt_ratio_pct"], consolidated["interest_burden_pct"]) == (None, None)
    assert consolidated["accounts_kind"] == "consolidated"
    assert (without["ebitda_margin_pct"], without["interest_burden_pct"]) == (None, None)


def test_only_wanted_companies_are_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    landed = land(tmp_path, [accounts(), accounts("880878145")], ["880878145"])
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["880878145"]
    assert landed.statistics["warnings"] == [
        "1 rows are about companies that are no known customer; they were left out."
    ]
    assert_every_row_is_accounted_for(landed)


def test_bad_rows_are_refused_with_line_column_and_reason(tmp_path: Path) -> None:
    records = [
        accounts(),
        accounts("482309383"),
        accounts(closing="2022-02-31"),
        accounts(confidentiality="Secret"),
        accounts(ebe="beaucoup"),
        accounts("1807254"),
        accounts("1807255"),
    ]
    landed = land(tmp_path, records)
    assert rejects_of(landed) == [
        (3, "siren", "the SIREN fails its checksum"),
        (4, "date_cloture_exercice", "the closing date is no date"),
        (5, "confidentiality", "neither public nor confidential, in whole or in part"),
        (6, "ebe", "the figure is no number"),
        (8, "siren", "the SIREN fails its checksum"),
    ]
    assert [row["legal_unit_id"] for row in rows_of(landed)] == ["001807254", "482309382"]
    assert "1 rows had lost the leading zeros of a SIREN" in landed.statistics["warnings"][0]
    assert_every_row_is_accounted_for(landed)
    as_lines = land(tmp_path, "".join(json.dumps(record) + "\n" for record in records))
    assert [told[1:] for told in sorted(rejects_of(as_lines))] == sorted(
        told[1:] for told in rejects_of(landed)
    )


def test_of_repeated_accounts_the_one_written_last_counts(tmp_path: Path) -> None:
    wrapped = [
        {"fields": accounts(resultat_net=amount), "record_timestamp": f"{day}T15:25:19Z"}
        for day, amount in (("2024-12-12", 2), ("2023-12-12", 1))
    ]
    landed = land(tmp_path, json.dumps({"records": wrapped}))
    (row,) = rows_of(landed)
    assert row["net_income"] == 2 and str(row["recorded_on"]) == "2024-12-12"
    assert landed.statistics["rows_out_of_scope"] == 1
    assert_every_row_is_accounted_for(landed)


def test_order_of_rows_does_not_change_the_landed_bytes(tmp_path: Path) -> None:
    records = [accounts(closing=f"20{year}-12-31") for year in range(10, 30)]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    one, two = land(tmp_path / "a", records), land(tmp_path / "b", records[::-1])
    assert one.parquet.read_bytes() == two.parquet.read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("siren;date_cloture_exercice\n1;2\n", "column confidentiality is missing"),
        (as_csv([accounts()]).replace("chiffre_d_affaires", "ca"), "column chiffre_d_affaires is missing"),
        (json.dumps([{"a": 1}]), "column siren is missing"),
        (json.dumps([accounts()])[:-30], "breaks off or is"),
        (json.dumps(accounts()) + "\n" + json.dumps(accounts())[:-30], "breaks off or is"),
        (as_csv([accounts()] * 3)[:-40], "was cut short"),
        (gzip.compress(as_csv([accounts()] * 3000).encode())[:-200], "was cut short or is damaged"),
        (b"PAR1xxxx", "breaks off or is damaged"),
    ],
)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        land(tmp_path, content)
    assert "\n" not in str(caught.value) and str(tmp_path / "ratios") in str(caught.value)
    assert not list((tmp_path / "raw").glob("*")) if (tmp_path / "raw").exists() else True


@needs_real_data
def test_recorded_answers_keep_confidentiality_and_no_zero_that_is_none(tmp_path: Path) -> None:
    landed = land_accounts(
        FIXTURES / "donnees-financieres-confidential.json", tmp_path / "raw", tmp_path / "quarantine"
    )
    told = [(row["closing_date"].year, row["confidentiality"], row["turnover"]) for row in rows_of(landed)]
    assert told == [
        (2019, "partial", None), (2020, "public", 532463), (2021, "partial", None), (2022, "partial", 1848367),
    ]  # fmt: skip
    group = land_accounts(FIXTURES / "donnees-financieres.json", tmp_path / "raw", tmp_path / "quarantine")
    rows = rows_of(group)
    assert group.statistics["rows_accepted"] == 10 and not group.statistics["rows_rejected"]
    assert rows[1]["turnover"] == 24812000000 and rows[1]["accounts_kind"] == "consolidated"
    assert rows[1]["ebitda"] is None, "margin and EBITDA of consolidated accounts are their turnover"
    assert all(row[name] != 0 for row in rows for name in AMOUNTS if row[name] is not None)
    assert {str(row["recorded_on"]) for row in rows} == {"2024-12-12"}
