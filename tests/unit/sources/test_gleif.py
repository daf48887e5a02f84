"""GLEIF: level 1 ties an LEI to its register's number, level 2 then says who consolidates whom."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import DataError
from pipelines.sources.companies import LINKS, UNITS, Wanted
from pipelines.sources.gleif import ENTITIES, RELATIONSHIPS, land_gleif, tables_of
from pipelines.sources.open_data import LandedFile

AUTHORITY = "Entity.RegistrationAuthority.RegistrationAuthorityID"
NUMBER = "Entity.RegistrationAuthority.RegistrationAuthorityEntityID"
DANONE, BRITISH, AMERICAN, CHILD = (f"{n:018d}{n:02d}" for n in (1, 2, 3, 4))


def entity(lei: str, authority: str, number: str, name: str = "DANONE", **fields: str) -> dict[str, str]:
    return {
        "LEI": lei,
        "Entity.LegalName": name,
        "Entity.LegalAddress.Country": "FR",
        "Entity.LegalAddress.City": "PARIS",
        "Entity.LegalAddress.PostalCode": "75009",
        "Entity.EntityStatus": "ACTIVE",
        "Entity.EntityCreationDate": "1955-01-01T00:00:00+01:00",
        "Registration.LastUpdateDate": "2024-05-06T07:08:09Z",
        AUTHORITY: authority,
        NUMBER: number,
        **fields,
    }


ENTITIES_ROWS = [
    entity(DANONE, "RA000189", "552 032 534"),
    entity(CHILD, "RA000192", "482309382", "CHILD"),
    entity(BRITISH, "RA000585", "1234567", "ALBION"),
    entity(AMERICAN, "RA000665", "S000005113", "ACME INC"),
]


def relation(
    child: str, parent: str, kind: str = "IS_DIRECTLY_CONSOLIDATED_BY", **fields: str
) -> dict[str, str]:
    return {
        "Relationship.StartNode.NodeID": child,
        "Relationship.EndNode.NodeID": parent,
        "Relationship.RelationshipType": kind,
        "Relationship.RelationshipStatus": "ACTIVE",
        # The accounts' period comes first in many rows, and is not that of the relationship.
        "Relationship.Period.1.startDate": "2023-01-01T00:00:00Z",
        "Relationship.Period.1.endDate": "2023-12-31T00:00:00Z",
        "Relationship.Period.1.periodType": "ACCOUNTING_PERIOD",
        "Relationship.Period.2.startDate": "2017-12-06T01:00:00+01:00",
        "Relationship.Period.2.endDate": "",
        "Relationship.Period.2.periodType": "RELATIONSHIP_PERIOD",
        "Registration.LastUpdateDate": "2024-05-06T07:08:09Z",
        "Registration.RegistrationStatus": "PUBLISHED",
        **fields,
    }


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    sheet = csv.DictWriter(out, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue()


def land(tmp_path: Path, rows: list[dict[str, str]] | str, ids: set[str] | None = None) -> LandedFile:
    path = tmp_path / "given.csv"
    path.write_text(rows if isinstance(rows, str) else as_csv(rows))
    wanted = None if ids is None else Wanted(frozenset(ids))
    return land_gleif(path, tmp_path / "raw", tmp_path / "quarantine", wanted)


def rows_of(path: Path) -> list[dict[str, Any]]:
    relation = duckdb.sql(f"from read_parquet('{path}')")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def types_of(path: Path) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in duckdb.sql(f"describe from '{path}'").fetchall()]


def assert_every_row_is_accounted_for(landed: LandedFile) -> None:
    told = landed.statistics
    assert told["rows_read"] == told["rows_accepted"] + told["rows_rejected"] + told["rows_out_of_scope"]


def test_an_entity_is_the_legal_unit_of_its_register(tmp_path: Path) -> None:
    landed = land(tmp_path, ENTITIES_ROWS)
    units = rows_of(landed.tables["units"])
    assert types_of(landed.tables["units"]) == list(UNITS.items())
    assert [one["legal_unit_id"] for one in units] == [
        "482309382", "552032534", "GB-01234567", f"LEI-{AMERICAN}",
    ]  # fmt: skip
    assert units[1]["creation_date"] == date(1955, 1, 1) and units[1]["updated_on"] == date(2024, 5, 6)
    assert (units[1]["postcode"], units[1]["city"], units[1]["administrative_state"]) == (
        "75009",
        "PARIS",
        "A",
    )
    assert_every_row_is_accounted_for(landed)


@pytest.mark.parametrize("number", ["552032535", "55203253", "ABC", ""])
def test_a_number_that_is_no_siren_leaves_the_lei(tmp_path: Path, number: str) -> None:
    landed = land(tmp_path, [entity(DANONE, "RA000189", number)])
    assert [one["legal_unit_id"] for one in rows_of(landed.parquet)] == [f"LEI-{DANONE}"]


def test_only_wanted_units_are_kept_but_every_lei_is_known(tmp_path: Path) -> None:
    landed = land(tmp_path, ENTITIES_ROWS, {"482309382"})
    assert [one["legal_unit_id"] for one in rows_of(landed.tables["units"])] == ["482309382"]
    assert len(rows_of(landed.tables["leis"])) == 4
    assert landed.statistics["rows_out_of_scope"] == 3
    assert_every_row_is_accounted_for(landed)


def test_links_name_legal_units_and_the_period_of_the_relationship(tmp_path: Path) -> None:
    land(tmp_path, ENTITIES_ROWS, {"482309382"})
    ended = {"Relationship.Period.2.endDate": "2022-06-30T00:00:00Z"}
    rows = [
        relation(CHILD, DANONE),
        relation(CHILD, AMERICAN, "IS_ULTIMATELY_CONSOLIDATED_BY", **ended),
        relation(CHILD, BRITISH, "IS_INTERNATIONAL_BRANCH_OF"),
        relation(CHILD, BRITISH, **{"Registration.RegistrationStatus": "ANNULLED"}),
        relation(BRITISH, AMERICAN),
    ]
    landed = land(tmp_path, rows, {"482309382"})
    assert types_of(landed.parquet) == list(LINKS.items()) and list(landed.tables) == ["links"]
    direct, ultimate = rows_of(landed.parquet)
    assert (direct["legal_unit_id"], direct["parent_id"], direct["parent_name"]) == (
        "482309382", "552032534", "DANONE",
    )  # fmt: skip
    assert (direct["link_kind"], direct["valid_from"], direct["valid_to"]) == (
        "direct",
        date(2017, 12, 6),
        None,
    )
    assert (ultimate["link_kind"], ultimate["parent_id"]) == ("ultimate", f"LEI-{AMERICAN}")
    assert ultimate["valid_to"] == date(2022, 6, 30) and ultimate["recorded_on"] == date(2024, 5, 6)
    assert landed.statistics["rows_out_of_scope"] == 3
    assert "1 parents are in no register" in landed.statistics["warnings"][-1]
    assert_every_row_is_accounted_for(landed)


def test_a_parent_that_is_wanted_keeps_its_children(tmp_path: Path) -> None:
    land(tmp_path, ENTITIES_ROWS, set())
    landed = land(tmp_path, [relation(CHILD, DANONE), relation(CHILD, BRITISH)], {"552032534"})
    assert [one["legal_unit_id"] for one in rows_of(landed.parquet)] == ["482309382"]


def test_relationships_are_landed_again_once_level_1_is_there(tmp_path: Path) -> None:
    rows = [relation(CHILD, DANONE)]
    (before,) = rows_of(land(tmp_path, rows).parquet)
    assert (before["legal_unit_id"], before["parent_id"]) == (f"LEI-{CHILD}", f"LEI-{DANONE}")
    land(tmp_path, ENTITIES_ROWS)
    after = land(tmp_path, rows)
    assert [one["parent_id"] for one in rows_of(after.parquet)] == ["552032534"]
    assert land(tmp_path, rows).parquet == after.parquet


def test_bad_rows_are_refused_with_line_and_column(tmp_path: Path) -> None:
    landed = land(tmp_path, [relation(CHILD, DANONE), relation("X", DANONE), relation(CHILD, "")])
    assert landed.rejects is not None
    told = duckdb.sql(f"select line_number, column_name from '{landed.rejects}' order by 1").fetchall()
    assert told == [(3, "Relationship.StartNode.NodeID"), (4, "Relationship.EndNode.NodeID")]
    assert_every_row_is_accounted_for(landed)


def test_a_header_tells_which_level_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(as_csv(ENTITIES_ROWS))
    assert tables_of(path, tmp_path) == ("units",)
    path.write_text(as_csv([relation(CHILD, DANONE)]))
    assert tables_of(path, tmp_path) == ("links",)


@pytest.mark.parametrize("column", [*ENTITIES, *RELATIONSHIPS[1:]])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    rows = [dict(ENTITIES_ROWS[0])] if column in ENTITIES else [relation(CHILD, DANONE)]
    del rows[0][column]
    with pytest.raises(DataError, match=f"column {column} is missing"):
        land(tmp_path, rows)


def test_a_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="was cut short"):
        land(tmp_path, as_csv(ENTITIES_ROWS)[:-80])
