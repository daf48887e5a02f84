"""What is asked, kept and asked again; what an API that fails leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.clients import (
    Fetched,
    NameQuery,
    Request,
    fetch_accounts,
    fetch_notices,
    fetch_units,
)
from pipelines.clients.http import ATTEMPTS, FAILURES_IN_A_ROW, Http
from pipelines.clients.opendatasoft import ACCOUNTS, NOTICES, OVERLAP
from pipelines.config import Api
from pipelines.errors import DataError
from pipelines.sources import minimised
from pipelines.sources.bodacc import land_bodacc
from pipelines.sources.companies import Wanted
from pipelines.sources.filed_accounts import land_accounts
from pipelines.sources.open_data import LandedFile
from pipelines.sources.sirene import land_sirene
from tests.real_data import needs_real_data
from tests.unit.clients.answers import notice, place, ratios, recorded, recorded_units, siren, unit
from tests.unit.clients.local_api import LocalApi, Waiting, body, cut, serving, slow, status

DAY = date(2026, 11, 22)
A, B, C = siren(44306184), siren(55208131), siren(73282932)
OPENING = "Jugement d'ouverture d'une procédure de redressement judiciaire"
FETCH = {"units": fetch_units, "notices": fetch_notices, "accounts": fetch_accounts}


@pytest.fixture
def api() -> Iterator[LocalApi]:
    with serving(LocalApi()) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "raw/source/snapshots"


def fetch(
    kind: str,
    api: LocalApi,
    folder: Path,
    ids: Sequence[str] = (A,),
    names: Sequence[NameQuery] = (),
    day: date = DAY,
    **more: Any,
) -> Fetched:
    """One run's look."""
    given = {"requests_per_second": 1000.0, "timeout_seconds": 5.0, **more}
    request = Request(Api(url=api.url, **given), tuple(ids), tuple(names), folder, day)
    return FETCH[kind](request, Waiting().clock)


def held(fetched: Fetched) -> list[dict[str, Any]]:
    return [json.loads(line) for path in fetched.files for line in path.read_text("utf-8").splitlines()]


def example(kind: str, owner: str = A) -> dict[str, Any]:
    return {
        "units": unit(owner),
        "notices": notice(f"A{owner}", owner, "2026-10-01", OPENING),
        "accounts": ratios(owner, "2025-12-31"),
    }[kind]


EVERY = pytest.mark.parametrize("kind", ["units", "notices", "accounts"])


@EVERY
def test_what_is_answered_is_kept_as_it_came(api: LocalApi, folder: Path, kind: str) -> None:
    api.records = [example(kind), example(kind, B), example(kind, C)]
    found = fetch(kind, api, folder, [A, B])
    assert (found.problem, found.day, found.asked, found.new_records) == (None, DAY, 2, 2)
    (path,) = found.files
    assert path.name.startswith("2026-11-22-") and path.suffix == ".jsonl"
    # But for what is nobody's business: managers, homes.
    kept = {"units": minimised.unit, "notices": minimised.notice}.get(kind, dict)
    expected = [kept(one) for one in (api.records[0], api.records[1])]
    assert sorted(held(found), key=str) == sorted(expected, key=str)
    assert sorted(path.name for path in folder.iterdir()) == [path.name, "state.json"]


@EVERY
def test_an_answer_that_is_held_makes_no_new_snapshot(api: LocalApi, folder: Path, kind: str) -> None:
    api.records = [example(kind)]
    first = fetch(kind, api, folder)
    again = fetch(kind, api, folder, day=DAY + timedelta(days=7))
    assert again.files == first.files
    assert (again.asked, again.new_records, again.day) == (1, 0, DAY + timedelta(days=7))


@EVERY
def test_nothing_is_asked_again_before_its_time(api: LocalApi, folder: Path, kind: str) -> None:
    api.records = [example(kind)]
    first = fetch(kind, api, folder)
    asked = len(api.asked)
    early = fetch(kind, api, folder, day=DAY + timedelta(days=6))
    assert len(api.asked) == asked
    assert (early.asked, early.day, early.problem, early.files) == (0, DAY, None, first.files)
    # A new legal unit is asked for at once, and alone.
    fetch(kind, api, folder, [A, B], day=DAY + timedelta(days=6))
    assert B in json.dumps(api.asked[asked].params) and A not in json.dumps(api.asked[asked].params)
    assert len(api.asked) == asked + 1


@EVERY
def test_a_change_and_its_way_back_are_both_kept(api: LocalApi, folder: Path, kind: str) -> None:
    """The state of each day can be rebuilt: the last snapshot that speaks of a record is right."""
    field = {"units": "categorie_entreprise", "notices": "tribunal", "accounts": "resultat_net"}[kind]
    original = example(kind)
    for weeks, value in enumerate([original[field], "other", original[field], original[field]]):
        api.records = [{**original, field: value}]
        found = fetch(kind, api, folder, day=DAY + timedelta(weeks=weeks))
    assert [one[field] for one in held(found)] == [original[field], "other", original[field]]


@EVERY
def test_the_states_of_one_day_are_kept_in_their_order(api: LocalApi, folder: Path, kind: str) -> None:
    field = {"units": "categorie_entreprise", "notices": "tribunal", "accounts": "resultat_net"}[kind]
    news = []
    for value in ["first", "second", "third", "first", "first"]:
        api.records = [{**example(kind), field: value}]
        found = fetch(kind, api, folder, refresh_days=0)
        news.append(found.new_records)
    assert [one[field] for one in held(found)] == ["second", "third", "first"]
    assert news == [1, 1, 1, 1, 0]


@EVERY
def test_an_empty_answer_is_an_answer(api: LocalApi, folder: Path, kind: str) -> None:
    found = fetch(kind, api, folder)
    assert (found.files, found.problem, found.day, found.asked) == ((), None, DAY, 1)
    asked = len(api.asked)
    fetch(kind, api, folder)
    assert len(api.asked) == asked, "who has no record is not asked for every day"


@EVERY
def test_foreign_companies_are_left_to_their_registers(api: LocalApi, folder: Path, kind: str) -> None:
    found = fetch(kind, api, folder, ["GB-01234567", 'x" or siren="1'])
    assert (found.asked, found.problem, found.day, api.asked) == (0, None, None, [])


# --- faults --------------------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (status(500), "answers HTTP 500"),
        (status(429), "answers HTTP 429"),
        (cut, "breaks off in the middle of its answer"),
        (body(b"{"), "answers what is no JSON"),
    ],
)
def test_an_api_that_is_down_leaves_the_earlier_snapshots(
    api: LocalApi, folder: Path, kind: str, fault: Any, told: str
) -> None:
    api.records = [example(kind)]
    before = fetch(kind, api, folder)
    content = [path.read_bytes() for path in before.files]
    asked = len(api.asked)
    api.always = fault
    ids = [siren(number) for number in range(1, 1000)]
    found = fetch(kind, api, folder, [A, *ids], day=DAY + timedelta(days=30))
    assert found.problem is not None and told in found.problem
    assert found.problem.startswith("127.0.0.1:") and "1000 of 1000 questions are left" in found.problem
    assert (found.files, found.day, found.asked, found.new_records) == (before.files, DAY, 0, 0)
    assert [path.read_bytes() for path in found.files] == content
    assert len(api.asked) - asked == ATTEMPTS * FAILURES_IN_A_ROW, "a thousand questions, few requests"
    assert not list(folder.glob(".*"))


@EVERY
def test_what_fails_once_is_asked_again(api: LocalApi, folder: Path, kind: str) -> None:
    api.records = [example(kind)]
    api.fail(status(500), cut, status(429, Retry_After="3"))
    found = fetch(kind, api, folder)
    assert (found.problem, found.asked, len(held(found))) == (None, 1, 1)


@EVERY
def test_a_slow_api_is_given_up(api: LocalApi, folder: Path, kind: str) -> None:
    api.fail(*[slow(5)] * ATTEMPTS)
    found = fetch(kind, api, folder, timeout_seconds=0.05)
    assert found.problem is not None and "gives no answer within 0.05 seconds" in found.problem


@EVERY
def test_what_was_answered_before_the_fault_is_kept(api: LocalApi, folder: Path, kind: str) -> None:
    size = {"units": 1, "notices": NOTICES.batch, "accounts": ACCOUNTS.batch}[kind]
    ids = sorted(siren(number) for number in range(1, 2 * size + 1))
    api.records = [example(kind, one) for one in ids]
    api.fail(None, *[status(500)] * ATTEMPTS)
    found = fetch(kind, api, folder, ids)
    assert found.problem is not None and f"{size} of {2 * size} questions" in found.problem
    assert (found.day, found.asked, found.new_records) == (DAY, size, size)
    then = fetch(kind, api, folder, ids, day=DAY + timedelta(days=1))
    assert (then.problem, then.day, then.asked, then.new_records) == (
        None,
        DAY + timedelta(days=1),
        size,
        size,
    )
    assert sorted(one.get("siren") or one["registre"][0] for one in held(then)) == ids


@EVERY
def test_a_changed_field_is_named_and_nothing_of_its_answer_is_taken(
    api: LocalApi, folder: Path, kind: str
) -> None:
    field = {"units": "etat_administratif", "notices": "jugement", "accounts": "confidentiality"}[kind]
    api.records = [example(kind), example(kind, B)]

    def renamed(answer: dict[str, Any]) -> dict[str, Any]:
        answer = json.loads(json.dumps(answer))
        for one in answer["results"]:
            one["new_" + field] = one.pop(field)
        return answer

    api.change = renamed
    found = fetch(kind, api, folder, [A, B])
    assert (
        found.problem is not None
        and f"answers without the field {field}: its format has changed" in found.problem
    )
    assert (found.files, found.asked, found.day) == ((), 0, None)
    api.change = lambda answer: answer
    assert fetch(kind, api, folder, [A, B]).asked == 2


@EVERY
@pytest.mark.parametrize("field", ["results", "total"])
def test_a_changed_answer_is_named(api: LocalApi, folder: Path, kind: str, field: str) -> None:
    name = {"results": "results", "total": "total_results" if kind == "units" else "total_count"}[field]
    api.change = lambda answer: {n: v for n, v in answer.items() if n != name}
    found = fetch(kind, api, folder)
    assert found.problem is not None and f"without the field {name}:" in found.problem


def test_a_changed_establishment_is_named(api: LocalApi, folder: Path) -> None:
    lost = {name: value for name, value in place(A).items() if name != "code_postal"}
    api.records = [unit(A, matching_etablissements=[lost])]
    found = fetch("units", api, folder)
    assert found.problem is not None and "without the field code_postal of an establishment" in found.problem


@EVERY
def test_an_answer_that_falls_short_of_its_count_is_not_taken(api: LocalApi, folder: Path, kind: str) -> None:
    api.records = [example(kind)]
    name = "total_results" if kind == "units" else "total_count"
    api.change = lambda answer: {**answer, name: answer[name] + 2}
    found = fetch(kind, api, folder)
    assert found.problem is not None and "counts 3" in found.problem and "gives 1" in found.problem
    assert (found.files, found.asked) == ((), 0)


@EVERY
def test_a_state_file_that_is_damaged_is_named(api: LocalApi, folder: Path, kind: str) -> None:
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"asked": ')
    with pytest.raises(DataError, match=r"state\.json: the file is damaged; delete it"):
        fetch(kind, api, folder)


@EVERY
@pytest.mark.parametrize("state", ["[]", '{"files": [], "whole": null, "asked": {"1": "soon"}, "last": {}}'])
def test_a_state_file_of_another_form_is_named(api: LocalApi, folder: Path, kind: str, state: str) -> None:
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(state)
    with pytest.raises(DataError, match=r"state\.json: the file is damaged; delete it"):
        fetch(kind, api, folder)


@EVERY
def test_a_snapshot_that_was_lost_is_asked_for_again(api: LocalApi, folder: Path, kind: str) -> None:
    api.records = [example(kind)]
    first = fetch(kind, api, folder)
    first.files[0].unlink()
    again = fetch(kind, api, folder, day=DAY + timedelta(days=1))
    assert (again.asked, again.new_records, len(held(again))) == (1, 1, 1)


@EVERY
def test_a_run_that_is_broken_off_leaves_nothing_half_written(
    api: LocalApi, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.records = [example(kind)]
    folder.mkdir(parents=True)
    (folder / ".snapshot.of-a-killed-run").write_text("{")
    size = {"units": 1, "notices": NOTICES.batch, "accounts": ACCOUNTS.batch}[kind]
    ids = [A, *(siren(99000000 + number) for number in range(size))]

    asked = []

    def get(self: Http, path: str, params: Any, *, real: Any = Http.get) -> Any:
        asked.append(params)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(self, path, params)

    monkeypatch.setattr(Http, "get", get)
    with pytest.raises(KeyboardInterrupt):
        fetch(kind, api, folder, ids)
    monkeypatch.undo()
    assert len(list(folder.glob("2026-*.jsonl"))) == 1 and not list(folder.glob(".*"))
    then = fetch(kind, api, folder, ids)
    assert (then.problem, then.asked, len(held(then))) == (None, len(ids) - size, 1)


@EVERY
def test_how_far_the_asking_is_is_told(api: LocalApi, folder: Path, kind: str) -> None:
    size = {"units": 1, "notices": NOTICES.batch, "accounts": ACCOUNTS.batch}[kind]
    told: list[str] = []
    ids = tuple(siren(number) for number in range(1, 2 * size + 1))
    FETCH[kind](Request(Api(url=api.url), ids, (), folder, DAY, told.append), Waiting().clock)
    host = api.url.removeprefix("http://")
    assert told == [f"asking {host}: 0 of {2 * size}", f"asking {host}: {size} of {2 * size}"]


@EVERY
def test_no_file_holds_the_key(
    api: LocalApi,
    folder: Path,
    kind: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    api.records = [example(kind)]
    key = "s3cr3t-0f-the-user"
    good = fetch(kind, api, folder, key=key)
    api.always = status(401)
    bad = fetch(kind, api, folder, key=key, day=DAY + timedelta(days=9))
    assert bad.problem is not None and "it refuses the key" in bad.problem
    assert api.asked[0].headers["Authorization"] == f"Apikey {key}"
    written = [path.read_text("utf-8") for path in folder.iterdir()]
    out, err = capfd.readouterr()
    for text in [
        *written,
        repr(good),
        repr(bad),
        caplog.text,
        out,
        err,
        repr(Request(Api(key=key), (), (), folder, DAY)),
    ]:
        assert key not in text


# --- notices -------------------------------------------------------------------------------------------------------


def test_notices_come_page_by_page_with_none_lost(api: LocalApi, folder: Path) -> None:
    api.records = [
        notice(f"A{number:04d}", A, f"20{10 + number % 15}-05-0{1 + number % 9}") for number in range(250)
    ]
    found = fetch("notices", api, folder)
    assert sorted(one["id"] for one in held(found)) == sorted(one["id"] for one in api.records)
    assert [int(asked.params["offset"]) for asked in api.asked] == [0, 100, 200]


def test_several_legal_units_share_a_question(api: LocalApi, folder: Path) -> None:
    ids = sorted(siren(number) for number in range(1, 46))
    api.records = [notice(f"A{one}", one, "2026-01-01") for one in ids]
    found = fetch("notices", api, folder, ids)
    assert (found.asked, found.new_records) == (45, 45)
    assert len(api.asked) == 3


def test_after_the_first_time_notices_are_asked_for_since_the_last_one(api: LocalApi, folder: Path) -> None:
    api.records = [
        notice("A1", A, "2020-01-01"),
        notice("A2", A, "2026-10-01"),
        notice("B1", B, "2026-11-01"),
    ]
    fetch("notices", api, folder, [A, B])
    assert "dateparution" not in api.asked[0].params["where"]
    # One notice since, and one that reached the platform late.
    api.records += [
        notice("A3", A, "2026-11-25"),
        notice("A0", A, "2026-09-20"),
        notice("A9", A, "2019-01-01"),
    ]
    asked = len(api.asked)
    found = fetch("notices", api, folder, [A, B, C], day=DAY + timedelta(days=7))
    unknown, known = (one.params["where"] for one in api.asked[asked:])
    assert unknown == f'(registre="{C}")'
    assert known.endswith(f" and dateparution>=date'{date(2026, 10, 1) - OVERLAP}'")
    assert {one["id"] for one in held(found)} == {"A1", "A2", "B1", "A3", "A0"}
    assert len(found.files) == 2 and found.new_records == 2


@pytest.mark.parametrize("written", [None, "soon", "2026-02-30", "9999-12-31"])
def test_a_notice_without_a_day_hides_no_later_one(api: LocalApi, folder: Path, written: str | None) -> None:
    """Its reader refuses it, or not; what is asked next must not begin there."""
    api.records = [notice("A1", A, "2026-11-01"), notice("A2", A, "2026-11-02", dateparution=written)]
    assert fetch("notices", api, folder).new_records == 2
    api.records = [*api.records[:1], notice("A3", A, "2026-11-27")]
    found = fetch("notices", api, folder, day=DAY + timedelta(days=7))
    assert (found.problem, found.new_records) == (None, 1)


def test_who_had_no_notice_is_asked_for_from_the_beginning(api: LocalApi, folder: Path) -> None:
    fetch("notices", api, folder)
    api.records = [notice("A1", A, "2015-01-01", OPENING)]
    assert fetch("notices", api, folder, day=DAY + timedelta(days=7)).new_records == 1


def test_a_notice_about_two_legal_units_is_kept_once(api: LocalApi, folder: Path) -> None:
    ids = sorted(siren(number) for number in range(1, 22))
    first, last = ids[0], ids[-1]
    api.records = [notice("A1", first, "2026-01-01", registre=[first, last])]
    found = fetch("notices", api, folder, ids)
    assert len(api.asked) == 2 and [one["id"] for one in held(found)] == ["A1"]


def test_a_number_that_lost_its_zeros_is_found(api: LocalApi, folder: Path) -> None:
    owner = siren(552013)
    api.records = [notice("A1", owner, "2026-01-01", registre=[owner.lstrip("0")])]
    assert owner.startswith("00")
    assert fetch("notices", api, folder, [owner]).new_records == 1


def test_more_than_the_api_gives_of_one_question_is_asked_in_parts(
    api: LocalApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.clients.opendatasoft.MOST_RECORDS", 40)
    days = [date(2019, 1, 1) + timedelta(days=number) for number in range(100)]
    api.records = [
        notice(f"{letter}{number:03d}", owner, day.isoformat())
        for letter, owner in (("A", A), ("B", B), ("C", C))
        for number, day in enumerate(days)
    ]
    found = fetch("notices", api, folder, [A, B, C])
    assert found.problem is None
    assert sorted(one["id"] for one in held(found)) == sorted(one["id"] for one in api.records)
    # All on one day cannot be parted.
    api.records = [notice(f"D{number:03d}", A, "2026-11-23") for number in range(41)]
    told = fetch("notices", api, folder, [A], day=DAY + timedelta(days=8)).problem
    assert told is not None and f"counts 41 records about {A}, more than it gives" in told


def test_the_order_of_the_answer_changes_no_snapshot(api: LocalApi, tmp_path: Path) -> None:
    api.records = [notice(f"A{number}", A, "2026-01-01") for number in range(30)]
    one = fetch("notices", api, tmp_path / "one")
    api.records.reverse()
    other = fetch("notices", api, tmp_path / "other")
    assert [path.name for path in one.files] == [path.name for path in other.files]


# --- units ---------------------------------------------------------------------------------------------------------


def test_a_number_that_is_no_text_any_more_is_named(api: LocalApi, folder: Path) -> None:
    """It would match nothing, and the answer would look empty."""
    api.records = [unit(A)]
    api.change = lambda answer: {**answer, "results": [{**one, "siren": int(A)} for one in answer["results"]]}
    found = fetch("units", api, folder)
    assert found.problem is not None and "without the field siren as a text" in found.problem


def test_only_the_legal_unit_that_was_asked_for_is_kept(api: LocalApi, folder: Path) -> None:
    api.records = [unit(A), unit(B, nom_complet=f"HOLDING {A}")]
    found = fetch("units", api, folder)
    assert [one["siren"] for one in held(found)] == [A]


def test_persons_are_not_asked_for(api: LocalApi, folder: Path) -> None:
    api.records = [unit(A)]
    fetched = fetch("units", api, folder)
    assert "DURAND" not in fetched.files[0].read_text("utf-8")
    assert api.asked[0].params["include"] == "siege,matching_etablissements"


def test_an_index_built_anew_is_no_news(api: LocalApi, folder: Path) -> None:
    api.records = [unit(A)]
    fetch("units", api, folder)
    api.records = [unit(A, date_mise_a_jour="2026-11-29T09:00:00")]
    found = fetch("units", api, folder, day=DAY + timedelta(days=7))
    assert (found.new_records, len(found.files)) == (0, 1)


def test_a_name_is_looked_for_at_its_place_then_anywhere(api: LocalApi, folder: Path) -> None:
    api.records = [
        unit(A, "MENUISERIE DUPONT"),
        unit(B, "MENUISERIE DUPONT", siege=place(B, code_postal="69001")),
    ]
    here = fetch("units", api, folder, (), [NameQuery("Menuiserie Dupont", "69001", "LYON")])
    assert [one["siren"] for one in held(here)] == [B]
    elsewhere = fetch("units", api, folder, (), [NameQuery("Menuiserie Dupont", "13001")])
    assert {one["siren"] for one in held(elsewhere)} == {A, B}
    assert [asked.params.get("code_postal") for asked in api.asked] == ["69001", "13001", None]


def test_a_number_wins_over_a_name(api: LocalApi, folder: Path) -> None:
    """A name is asked for alone when it is new: what it shows of a unit known by its number is not taken."""
    api.records = [unit(A, "MENUISERIE DUPONT")]
    fetch("units", api, folder, [A])
    api.records = [unit(A, "MENUISERIE DUPONT", matching_etablissements=[place(A, 2)])]
    found = fetch("units", api, folder, [A], [NameQuery("Menuiserie Dupont")], DAY + timedelta(days=1))
    assert (found.asked, found.new_records) == (1, 0)


def test_what_two_names_find_of_one_unit_is_kept_once(api: LocalApi, folder: Path) -> None:
    """Each name shows other establishments of it: the two must not chase each other run after run."""
    api.records = [unit(A, "MENUISERIE DUPONT")]
    names = [NameQuery("Dupont"), NameQuery("Menuiserie")]

    def shown(answer: dict[str, Any]) -> dict[str, Any]:
        number = 2 + (api.asked[-1].params["q"] == "Dupont")
        return {
            **answer,
            "results": [{**answer["results"][0], "matching_etablissements": [place(A, number)]}],
        }

    api.change = shown
    news = [
        fetch("units", api, folder, (), names, DAY + timedelta(days=days)).new_records
        for days in range(0, 28, 7)
    ]
    assert news == [1, 0, 0, 0]


def test_names_are_read_by_pages_and_no_further_than_candidates_go(api: LocalApi, folder: Path) -> None:
    api.records = [unit(siren(number), "DUPONT") for number in range(1, 200)]
    found = fetch("units", api, folder, (), [NameQuery("DUPONT")])
    assert (found.problem, found.asked, found.new_records) == (None, 1, 50)
    assert [asked.params["page"] for asked in api.asked] == ["1", "2"]


def test_state_remembers_no_name(api: LocalApi, folder: Path) -> None:
    fetch("units", api, folder, (), [NameQuery("Jeanne Martin", "75001")])
    asked = len(api.asked)
    assert "Martin" not in (folder / "state.json").read_text("utf-8")
    fetch("units", api, folder, (), [NameQuery("Jeanne Martin", "75001")])
    assert len(api.asked) == asked


def test_names_are_asked_for_as_they_are(api: LocalApi, folder: Path) -> None:
    for name in ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "A & B ? x=1 # é", "L'Été"):
        assert fetch("units", api, folder, (), [NameQuery(name)]).problem is None
        assert api.asked[-1].params["q"] == name


def test_a_name_too_short_for_the_api_is_not_asked_for(api: LocalApi, folder: Path) -> None:
    found = fetch("units", api, folder, (), [NameQuery("3 M"), NameQuery("..."), NameQuery("")])
    assert (found.asked, found.problem, api.asked) == (0, None, [])


def test_a_refused_name_leaves_the_others(api: LocalApi, folder: Path) -> None:
    api.records = [unit(A, "MENUISERIE DUPONT")]
    api.fail(status(400))
    found = fetch("units", api, folder, [B], [NameQuery("MENUISERIE DUPONT")])
    assert found.problem is not None and "HTTP 400" in found.problem and "1 of 2" in found.problem
    assert found.new_records == 1


# --- what is fetched is what a file gives ---------------------------------------------------------------------------


def tables(landed: LandedFile) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: duckdb.sql(f"from read_parquet('{path}')").fetchall() for name, path in landed.tables.items()
    }


def assert_same_as_file(
    reader: Any, fetched: Fetched, records: list[dict[str, Any]], tmp_path: Path, rows: dict[str, int]
) -> None:
    """The snapshot lands the tables that the same records land as a file."""
    path = tmp_path / "records.json"
    path.write_text(json.dumps(records, ensure_ascii=False, indent=1), "utf-8")
    by_file = reader(path, tmp_path / "raw-file", tmp_path / "quarantine", Wanted())
    (snapshot,) = fetched.files
    by_api = reader(snapshot, tmp_path / "raw-api", tmp_path / "quarantine", Wanted())
    assert {name: len(found) for name, found in tables(by_api).items()} == rows
    assert tables(by_file) == tables(by_api)
    assert by_api.statistics["rows_rejected"] == 0


def test_units_land_as_those_of_a_file(api: LocalApi, folder: Path, tmp_path: Path) -> None:
    api.records = [unit(A, matching_etablissements=[place(A, 2, est_siege=False)]), unit(B)]
    found = fetch("units", api, folder, [A, B])
    assert_same_as_file(land_sirene, found, api.records, tmp_path, {"units": 2, "establishments": 3})


def test_notices_land_as_those_of_a_file(api: LocalApi, folder: Path, tmp_path: Path) -> None:
    api.records = [notice("A1", A, "2026-01-01", OPENING), notice("B1", B, "2026-02-01")]
    found = fetch("notices", api, folder, [A, B])
    assert_same_as_file(land_bodacc, found, api.records, tmp_path, {"notices": 2})


def test_accounts_land_as_those_of_a_file(api: LocalApi, folder: Path, tmp_path: Path) -> None:
    """An amount that no float can hold is the same in the table."""
    api.records = [ratios(A, "2024-12-31", 1234567.89), ratios(A, "2025-12-31"), ratios(B, "2025-06-30", 0.1)]
    found = fetch("accounts", api, folder, [A, B])
    assert_same_as_file(land_accounts, found, api.records, tmp_path, {"accounts": 3})


@needs_real_data
def test_the_real_units_land_as_those_of_a_file(api: LocalApi, folder: Path, tmp_path: Path) -> None:
    api.records = [one for one in recorded_units() if one["siren"] != "123456789"]
    found = fetch("units", api, folder, [one["siren"] for one in api.records])
    assert found.problem is None and found.asked == len(api.records) > 50
    places = {p["siret"] for one in api.records for p in [one["siege"], *one["matching_etablissements"]] if p}
    rows = {"units": len(api.records), "establishments": len(places)}
    assert_same_as_file(land_sirene, found, api.records, tmp_path, rows)


@needs_real_data
@pytest.mark.parametrize(
    ("kind", "name", "owner", "reader", "table"),
    [
        ("notices", "bodacc.json", "880878145", land_bodacc, "notices"),
        ("accounts", "donnees-financieres.json", "552032534", land_accounts, "accounts"),
        ("accounts", "donnees-financieres-confidential.json", "487444697", land_accounts, "accounts"),
    ],
)
def test_the_real_answers_land_as_those_of_a_file(
    api: LocalApi, folder: Path, tmp_path: Path, kind: str, name: str, owner: str, reader: Any, table: str
) -> None:
    api.records = recorded(name)
    found = fetch(kind, api, folder, [owner, A])
    assert found.problem is None
    assert_same_as_file(reader, found, api.records, tmp_path, {table: len(api.records)})
