"""The files of the site: escaped, reproducible, self-contained, with the recorded bundle."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import factory
import plotly
import pytest

from dashboards import ReportError, build_exports, build_quality_report, build_site
from dashboards.build import sparkline, vendored
from dashboards.charts import label, script_json
from dashboards.theme import DARK, GRAPHIC_TOKENS, LIGHT, TEXT_TOKENS, contrast

Make = Callable[[str], Path]
VENDOR = Path(__file__).parents[3] / "dashboards" / "vendor"


@pytest.fixture(scope="module")
def hostile(tables_of: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "site"
    build_site(tables_of("hostile"), out, factory.context_of(factory.PLANS["hostile"]))
    build_exports(tables_of("hostile"), out.parent / "exports", factory.context_of(factory.PLANS["hostile"]))
    return out


class Reader(HTMLParser):
    """Tags, references and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def test_the_site_has_its_pages_in_both_languages(hostile: Path) -> None:
    for name in ("index", "dso", "ageing", "cash", "risk", "provisions", "statutory", "dictionary", "audit"):
        assert 'lang="fr"' in (hostile / f"{name}.html").read_text(encoding="utf-8")
        assert 'lang="en"' in (hostile / "en" / f"{name}.html").read_text(encoding="utf-8")


def test_every_reference_is_a_file_of_the_site(hostile: Path) -> None:
    for page in hostile.rglob("*.html"):
        for tag, attributes in read(page).tags:
            target = attributes.get("src") or (attributes.get("href") if tag in ("a", "link") else None)
            if not target or target.startswith(("#", "data:")):
                continue
            assert not re.match(r"[a-z]+:|//", target), f"{page.name}: {target}"
            assert (page.parent / target).resolve().is_file(), f"{page.name}: {target}"


def test_a_hostile_name_is_just_a_customer(hostile: Path) -> None:
    for page in hostile.rglob("*.html"):
        raw = page.read_text(encoding="utf-8")
        reader = read(page)
        assert "alert('x')</script>" not in raw
        assert not [tag for tag, _ in reader.tags if tag in ("img", "b")]
        # Scripts are files: a page holds none of its own, so that the policy can forbid them.
        assert all(attributes.get("src") for tag, attributes in reader.tags if tag == "script")
    shown = "".join(read(hostile / "ageing.html").text)
    for name in factory.HOSTILE:
        assert name in shown


def test_script_files_hold_no_markup(hostile: Path) -> None:
    for path in (hostile / "data").glob("*.js"):
        assert "<" not in path.read_text(encoding="utf-8"), path.name
    assert script_json({"a": "</script><!--\u2028"}) == '{"a":"\\u003c/script>\\u003c!--\\u2028"}'
    assert json.loads(script_json(["</b>", "\u2029"])) == ["</b>", "\u2029"]
    assert label("<b>A & B</b>") == "&lt;b&gt;A &amp; B&lt;/b&gt;"


def test_a_name_on_a_chart_is_escaped_for_plotly(hostile: Path) -> None:
    content = (hostile / "data" / "overview.fr.js").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in content and "&lt;img src=x" in content


def test_the_same_tables_give_the_same_bytes(tables_of: Make, hostile: Path, tmp_path: Path) -> None:
    build_site(tables_of("hostile"), tmp_path, factory.context_of(factory.PLANS["hostile"]))
    first = {p.relative_to(hostile): p.read_bytes() for p in hostile.rglob("*") if p.is_file()}
    second = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert first == second


def test_the_bundle_is_the_recorded_one_and_matches_plotly_py(tmp_path: Path) -> None:
    record = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    bundle = vendored()[record["file"]]
    assert hashlib.sha256(bundle).hexdigest() == record["sha256"]
    assert f"v{record['version']}".encode() in bundle[:200]
    inside = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    assert f"v{record['version']}" in inside.read_text(encoding="utf-8")[:200]
    shutil.copytree(VENDOR, tmp_path / "vendor")
    (tmp_path / "vendor" / record["file"]).write_bytes(bundle + b" ")
    with pytest.raises(ReportError, match="SHA-256"):
        vendored(tmp_path / "vendor")


def test_every_page_forbids_what_it_does_not_need(hostile: Path) -> None:
    for page in hostile.rglob("*.html"):
        tags = read(page).tags
        policy = next(a["content"] or "" for t, a in tags if t == "meta" and a.get("http-equiv"))
        assert "default-src 'none'" in policy and "script-src 'self'" in policy
        assert "unsafe-inline' " not in policy.split("style-src")[0]
        ids = [a["id"] for _, a in tags if a.get("id")]
        assert len(ids) == len(set(ids)), page.name


def test_charts_are_finite_and_have_no_text_under_eleven_pixels(hostile: Path) -> None:
    for path in (hostile / "data").glob("*.*.js"):
        text = path.read_text(encoding="utf-8")
        sizes = [float(s) for s in re.findall(r'"size":([\d.]+),?[^{}]*?\}', text)]
        fonts = [float(s) for s in re.findall(r'"(?:tick)?font":\{[^{}]*?"size":([\d.]+)', text)]
        assert sizes and fonts and min(fonts) >= 11, path.name
        assert "NaN" not in text and "Infinity" not in text and "bdata" not in text
        colours = re.findall(r'"color":"([^"]+)"', text)
        assert all(c.startswith(("var(--", "rgba(0,0,0,0)")) for c in colours), path.name


def test_several_companies_have_a_folder_each_and_an_index(tmp_path: Path) -> None:
    plans = (
        factory.Plan(months=4, customers=3),
        factory.Plan(months=4, customers=3, company_id="B2", seed=3),
    )
    factory.make_companies(tmp_path / "t", list(plans))
    context = factory.context_of(*plans, names={"B2": "<b>Seconde</b>"})
    build_site(tmp_path / "t", tmp_path / "s", context)
    build_exports(tmp_path / "t", tmp_path / "exports", context)
    index = read(tmp_path / "s" / "index.html")
    links = [a["href"] for t, a in index.tags if t == "a"]
    assert "732829320/index.html" in links and "B2/index.html" in links
    assert "<b>Seconde</b>" in "".join(index.text)
    for page in (tmp_path / "s").rglob("*.html"):
        for tag, a in read(page).tags:
            target = a.get("src") or (a.get("href") if tag in ("a", "link") else None)
            if target and not target.startswith(("#", "data:")):
                assert (page.parent / target).resolve().is_file(), f"{page}: {target}"
    with pytest.raises(ReportError, match="cannot name a folder"):
        build_site(tmp_path / "t", tmp_path / "x", factory.context_of(factory.Plan(company_id="../up")))


def test_the_quality_report_stands_alone(tables_of: Make, tmp_path: Path) -> None:
    files = build_quality_report(tables_of("hostile"), tmp_path, factory.context_of(factory.PLANS["hostile"]))
    assert tmp_path / "index.html" in files and tmp_path / "en" / "index.html" in files
    for page in tmp_path.rglob("*.html"):
        for tag, a in read(page).tags:
            target = a.get("src") or (a.get("href") if tag in ("a", "link") else None)
            if target and not target.startswith(("#", "data:")):
                assert (page.parent / target).resolve().is_file(), f"{page}: {target}"
    assert not list(tmp_path.rglob("plotly*"))


def test_tokens_have_the_contrast_they_promise() -> None:
    for tokens in (LIGHT, DARK):
        for ground in ("paper", "card"):
            assert all(contrast(tokens[t], tokens[ground]) >= 4.5 for t in TEXT_TOKENS)
        assert all(contrast(tokens[t], tokens["paper"]) >= 3 for t in GRAPHIC_TOKENS)
        ramp = [contrast(tokens[f"b{k}"], tokens["paper"]) for k in range(1, 6)]
        assert ramp == sorted(ramp), "the ageing ramp is ordered"
    assert set(LIGHT) == set(DARK)


def test_sparklines_leave_gaps_and_stay_flat_when_nothing_moves() -> None:
    assert sparkline([None, 1.0]) == '<svg class="spark" viewBox="0 0 150 30" aria-hidden="true"></svg>'
    assert 'd="M2.0,25.0 M96.7,15.0 L144.0,5.0"' in sparkline([1.0, None, 2.0, 3.0])
    assert ",15.0" in sparkline([2.0, 2.0])
