"""dbt knows every page of the site, and every exposure names models that exist."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from dashboards.build import PAGES

PROJECT = Path(__file__).parents[3] / "dbt_project"
EXPOSURES = yaml.safe_load((PROJECT / "models" / "exposures.yml").read_text(encoding="utf-8"))["exposures"]


def test_each_page_is_an_exposure_under_its_own_address() -> None:
    urls = {one["name"]: one["url"] for one in EXPOSURES if one["type"] == "dashboard"}
    expected = {name: f"site/{'index' if name == 'overview' else name}.html" for name, _ in PAGES}
    assert urls == {**expected, "audit": "quality/index.html"}


def test_each_exposure_rests_on_models_that_exist() -> None:
    models = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    for one in EXPOSURES:
        refs = [re.fullmatch(r"ref\('(\w+)'\)", text) for text in one["depends_on"]]
        assert all(refs), one["name"]
        assert {found[1] for found in refs if found} <= models, one["name"]
