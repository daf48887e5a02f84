"""The record of processing says what is configured and held, in both languages, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import factory

from dashboards import Processing, build_quality_report
from dashboards.i18n import Fmt
from dashboards.processing import items

TOLD = Processing(
    controller="Exemple & Fils",
    siren="732829320",
    contact=None,
    shows_names=False,
    customers=40,
    persons=(("sole_trader", 3), ("consumer", 1), ("undisclosed", 0), ("restricted", 2)),
    rows=(("documents", 17), ("payments", 12), ("notes", 4), ("registers", 5), ("warnings", 1)),
    sources=(("fec", ""), ("sirene", "recherche-entreprises.api.gouv.fr"), ("bodacc", "")),
    external_months=36,
    quarantine_months=None,
    releases=10,
    erased=2,
    last_erased=date(2026, 1, 5),
    scored=4,
    decided=1,
)


def told(locale: str, processing: Processing = TOLD) -> dict[str, str]:
    return {key: text for key, _, text in items(Fmt("fr" if locale == "fr" else "en"), processing)}


def test_every_item_of_article_30_is_there_with_its_figures() -> None:
    english = told("en")
    assert list(english) == list(told("fr"))
    assert (
        "Sole traders 3, consumers 1, who object to publication 0 and erased on request 2."
        in english["persons"]
    )
    assert "Invoices and credit notes 17" in english["data"]
    assert "recherche-entreprises.api.gouv.fr" in english["sources"] and "BODACC." in english["sources"]
    assert "36 months" in english["retention"] and "last 10" in english["retention"]
    assert "Refused rows: without limit" in english["retention"]
    assert "Erasures on record: 2. The last one is of 5" in english["rights"]
    assert "Persons scored: 4" in english["decisions"] and "about them: 1" in english["decisions"]
    assert "write it into the configuration" in english["contact"]


def test_it_says_what_leaves_the_machine_and_who_sees_names() -> None:
    assert "recherche-entreprises" in told("en")["transfers"]
    files = replace(TOLD, sources=(("fec", ""),), shows_names=True, contact="dpo@exemple.fr")
    assert told("en", files)["transfers"].startswith("None: everything is read from files")
    assert "shows persons’ names" in told("en", files)["recipients"]
    assert told("en", files)["contact"] == "dpo@exemple.fr"
    notices = replace(TOLD, sources=(("bodacc", "bodacc-datadila.opendatasoft.com"),))
    assert "names and postcodes" not in told("en", notices)["transfers"]


def test_the_audit_page_and_the_release_hold_it(tables_of: Callable[[str], Path], tmp_path: Path) -> None:
    plan = factory.PLANS["hostile"]
    context = replace(factory.context_of(plan), processing={plan.company_id: TOLD})
    build_quality_report(tables_of("hostile"), tmp_path, context)
    for page, heading in (
        ("index.html", "Registre des traitements"),
        ("en/index.html", "Record of processing"),
    ):
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert heading in text and "Exemple &amp; Fils" in text
    record = json.loads((tmp_path / "processing.json").read_text(encoding="utf-8"))[plan.company_id]
    assert record["figures"]["persons"]["restricted"] == 2
    assert record["figures"]["sources"][1] == {
        "source": "sirene",
        "host": "recherche-entreprises.api.gouv.fr",
    }
    assert [one["key"] for one in record["fr"]] == [one["key"] for one in record["en"]] == list(told("en"))
