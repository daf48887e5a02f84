"""Every page of a built site, opened from `file://` in Chromium as a reader would."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium"),
]

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "dashboards"))

import factory  # noqa: E402  (the unit tests' tables)

from dashboards import build_quality_report, build_site  # noqa: E402

PLAN = factory.Plan(
    customers=60, months=15, names=factory.HOSTILE, is_assumed=True, has_rejects=True, fails=("tie",)
)
PAGES = ("index", "dso", "ageing", "cash", "risk", "models", "provisions", "statutory", "dictionary", "audit")
ALL = [f"{folder}{name}.html" for folder in ("", "en/") for name in PAGES]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    factory.make_tables(folder / "tables", PLAN)
    build_site(folder / "tables", folder / "site", factory.context_of(PLAN))
    build_quality_report(folder / "tables", folder / "quality", factory.context_of(PLAN))
    till = factory.Plan(is_till=True, months=13)
    factory.make_tables(folder / "till-tables", till)
    build_site(folder / "till-tables", folder / "till", factory.context_of(till))
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Seen:
    """What a page said and asked for."""

    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def open_page(browser: Any, path: Path, **options: Any) -> tuple[Any, Seen]:
    """A fresh context on one page, listening before it loads."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    page = context.new_page()
    seen = Seen()
    page.on("console", lambda m: seen.messages.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("dialog", lambda dialog: (seen.messages.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.goto(path.as_uri())
    if options.get("java_script_enabled", True):
        page.wait_for_selector("html.ready", state="attached")
    return page, seen


def drawn(page: Any) -> int:
    """Number of charts; fails where one of them has no marks."""
    count = page.evaluate("document.querySelectorAll('.plot').length")
    empty = page.evaluate(
        "[...document.querySelectorAll('.plot')].filter(p => !p.querySelector('.main-svg .trace, .main-svg .point'))"
        ".map(p => p.id)"
    )
    assert empty == []
    return int(count)


@pytest.fixture(scope="module")
def axe() -> str:
    """The accessibility checker's script, run through the debugger: the page's policy stays in force."""
    found = pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    return Path(found.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found: list[str] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], preload: false}).then(r => r.violations.map(v => "
        "v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')))"
    )
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_silent_offline_accessible_and_fits_a_narrow_screen(
    site: Path, browser: Any, axe: str, name: str
) -> None:
    page, seen = open_page(browser, site / "site" / name)
    expected = {"index": 5, "dso": 5, "ageing": 3, "cash": 4, "risk": 2, "models": 4, "provisions": 2}.get(
        Path(name).stem, 0
    )
    assert drawn(page) == expected
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 0
    # The two languages share markup: the checker, which is slow, reads one of each page.
    if (name in ALL[: len(PAGES)]) == (Path(name).stem in ("index", "ageing", "audit")):
        assert violations(page, axe) == []
    page.set_viewport_size({"width": 390, "height": 800})
    if expected:
        page.wait_for_selector(".plot[data-drawn=narrow]")
    assert set(page.evaluate("[...document.querySelectorAll('.plot')].map(p => p.dataset.drawn)")) <= {
        "narrow"
    }
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.evaluate(
        "[...document.querySelectorAll('.plot text')].filter(t => t.textContent.trim())"
        ".map(t => parseFloat(getComputedStyle(t).fontSize))"
    )
    assert not sizes or min(sizes) >= 11
    assert drawn(page) == expected
    assert seen.messages == []
    assert all(url.startswith((site / "site").as_uri()) or url == "data:," for url in seen.requests)
    page.context.close()


def test_dark_mode_repaints_the_charts_and_stays_accessible(site: Path, browser: Any, axe: str) -> None:
    page, _ = open_page(browser, site / "site" / "index.html", viewport={"width": 390, "height": 800})
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_selector("#plot-overview-dso[data-drawn=wide]")
    fill = "getComputedStyle([...document.querySelectorAll('#plot-overview-dso .point path')].pop()).fill"
    light = page.evaluate(fill)
    page.emulate_media(color_scheme="dark")
    for _ in range(100):  # the policy forbids the evaluation that wait_for_function needs
        if page.evaluate(fill) != light:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(fill) != light
    assert violations(page, axe) == []
    page.context.close()


@pytest.mark.parametrize("name", ["index.html", "en/ageing.html"])
def test_without_scripts_tables_and_sentences_stand_open(site: Path, browser: Any, name: str) -> None:
    page, seen = open_page(browser, site / "site" / name, java_script_enabled=False)
    figures = page.locator("figure")
    assert figures.count() >= 3
    for index in range(figures.count()):
        figure = figures.nth(index)
        assert figure.locator("table").is_visible() and figure.locator(".summary").is_visible()
        assert not figure.locator(".plot").is_visible()
    assert not page.locator(".js-only").first.is_visible() if page.locator(".js-only").count() else True
    assert seen.messages == []
    page.context.close()


def test_on_paper_tables_are_open_charts_light_and_the_screen_comes_back(site: Path, browser: Any) -> None:
    page, seen = open_page(browser, site / "site" / "index.html", color_scheme="dark")
    before = page.evaluate("document.querySelector('.plot').dataset.width")
    page.evaluate(
        "addEventListener('beforeprint', () => { window.printed = {"
        "open: document.querySelectorAll('details:not([open])').length, "
        "ink: getComputedStyle(document.documentElement).getPropertyValue('--ink').trim(), "
        "width: document.querySelector('.plot').dataset.width}; })"
    )
    page.pdf(format="A4")
    assert page.evaluate("window.printed") == {"open": 0, "ink": "#1c2733", "width": "680"}
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 0
    assert page.evaluate("document.querySelector('.plot').dataset.width") == before
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden() and page.locator("figure table").first.is_visible()
    assert seen.messages == []
    page.context.close()


def test_the_aged_balance_is_searched_and_sorted_over_the_whole_list(site: Path, browser: Any) -> None:
    page, seen = open_page(browser, site / "site" / "ageing.html")
    rows = page.locator("#aged-balance tbody tr")
    assert rows.count() == 50
    page.get_by_label("Chercher un client").fill("etablissements")
    assert rows.count() == 1 and factory.HOSTILE[4] in rows.first.inner_text()
    page.get_by_label("Chercher un client").fill("<script>")
    assert factory.HOSTILE[0] in rows.first.inner_text()
    page.get_by_label("Chercher un client").fill("")
    assert rows.count() == 50
    first = rows.first.inner_text()
    page.locator("#aged-balance thead button").first.click()
    assert rows.count() > 50
    page.locator("#aged-balance thead button").nth(1).click()
    assert rows.first.inner_text() == first, "a row written by the script reads like the page's own"
    assert seen.messages == []
    page.context.close()


def test_the_keyboard_reaches_content_and_language(site: Path, browser: Any) -> None:
    page, _ = open_page(browser, site / "site" / "index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("link", name="Read this page in English").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("link", name="Risk").click()
    assert page.url.endswith("/en/risk.html")
    page.context.close()


@pytest.mark.parametrize("name", ["till/index.html", "till/en/risk.html", "quality/en/index.html"])
def test_pages_without_charts_open_silently(site: Path, browser: Any, name: str) -> None:
    page, seen = open_page(browser, site / name, viewport={"width": 390, "height": 800})
    assert seen.messages == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".plot").count() == 0
    page.context.close()
