"""The files of the site: pages, assets, data as script files; the same tables give the same bytes.

What belongs here: folders, templates, escaping, the vendored bundle and its hash. No clock, no network.

Layout of one company: `index.html dso.html ageing.html cash.html risk.html models.html provisions.html
statutory.html dictionary.html audit.html` in the default language, the other language in a folder of its code,
`data/` with the charts' JSON, `assets/` and `model_cards/` once for the whole site.
With several companies: one such folder per company id, and an index that lists them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards import (
    ageing,
    audit,
    cash,
    dictionary,
    dso,
    model_card,
    overview,
    processing,
    provisions,
    risk,
    statutory,
)
from dashboards.charts import script_json
from dashboards.common import footer
from dashboards.context import LOCALES, Company, Locale, ReportError, SiteContext
from dashboards.data import Tables
from dashboards.exports import company_folder
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.model import Page
from dashboards.model_data import read_cards
from dashboards.theme import css_variables, mark_of

_HERE = Path(__file__).parent
_NAMES: dict[str, tuple[str, str]] = {
    "EUR": ("euros", "euros"),
    "USD": ("dollars", "US dollars"),
    "GBP": ("livres", "pounds"),
    "CHF": ("francs suisses", "Swiss francs"),
}

PAGES: tuple[tuple[str, Callable[[Fmt, Facts], Page]], ...] = (
    ("overview", overview.build),
    ("dso", dso.build),
    ("ageing", ageing.build),
    ("cash", cash.build),
    ("risk", risk.build),
    ("models", model_card.build),
    ("provisions", provisions.build),
    ("statutory", statutory.build),
    ("dictionary", dictionary.build),
)


@dataclass(frozen=True)
class Folder:
    """Where the pages of one company and language go, and how to reach the rest from there."""

    path: Path
    root: str
    up: str


def vendored(folder: Path = _HERE / "vendor") -> dict[str, bytes]:
    """The Plotly bundle and its licence, after checking the bundle against its recorded hash.

    Raises:
        ReportError: the file is not the one whose SHA-256 `vendor.json` records.
    """
    record = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    bundle = (folder / record["file"]).read_bytes()
    found = hashlib.sha256(bundle).hexdigest()
    if found != record["sha256"]:
        raise ReportError(
            f"{folder / record['file']} has SHA-256 {found}, vendor.json records {record['sha256']} for "
            f"{record['package']} {record['version']}"
        )
    return {record["file"]: bundle, record["licence_file"]: (folder / record["licence_file"]).read_bytes()}


def sparkline(values: Sequence[float | None]) -> Markup:
    """The history as inline SVG, 150 × 30, hidden from assistive technology (the figures are written)."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return Markup('<svg class="spark" viewBox="0 0 150 30" aria-hidden="true"></svg>')
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    parts: list[str] = []
    is_open = False
    last = (0.0, 0.0)
    for i, value in enumerate(values):
        if value is None:
            is_open = False
            continue
        x = 2 + 142 * i / (len(values) - 1)
        y = 15.0 if high == low else 25 - 20 * (value - low) / span
        parts.append(f"{'L' if is_open else 'M'}{x:.1f},{y:.1f}")
        is_open, last = True, (x, y)
    return Markup(  # noqa: S704 (numbers of our own, no text)
        '<svg class="spark" viewBox="0 0 150 30" preserveAspectRatio="xMinYMid meet" aria-hidden="true">'
        f'<path d="{" ".join(parts)}"/><circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3"/></svg>'
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["sparkline"] = sparkline
    return environment


class _Writer:
    """Writes files and remembers them."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    def write(self, path: Path, content: str | bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        self.files.append(path)


def _assets(writer: _Writer, folder: Path, with_charts: bool) -> None:
    css = css_variables() + (_HERE / "assets" / "encours.css").read_text(encoding="utf-8")
    writer.write(folder / "encours.css", css)
    for name in ("boot.js", "encours.js"):
        writer.write(folder / name, (_HERE / "assets" / name).read_bytes())
    if with_charts:
        for name, content in vendored().items():
            writer.write(folder / name, content)


def _format_of(f: Fmt) -> dict[str, str]:
    """How the browser writes an amount: taken from the formatter, so that both write alike."""
    sample = f.cents(1234.5)
    match = re.fullmatch(r"(\D*)1(\D+)234(\D)50(\D*)", sample)
    if match is None:
        raise ReportError(
            f"amounts of currency {f.currency} are written {sample!r}, which the search cannot follow"
        )
    return dict(zip(("before", "group", "decimal", "after"), match.groups(), strict=True))


def _company_pages(
    writer: _Writer,
    environment: Environment,
    told: Mapping[Locale, Facts],
    context: SiteContext,
    folders: dict[Locale, Folder],
    data: Path,
    home: dict[Locale, str],
) -> dict[Locale, Page]:
    """All pages of one company in both languages; returns the overviews."""
    company = told["fr"].company
    template = environment.get_template("page.html.j2")
    overviews: dict[Locale, Page] = {}
    has_search = len(told["fr"].customers) > 10 and not told["fr"].is_nearly_empty
    for locale, facts in told.items():
        f = facts.formatter(locale)
        # Persons are named by their number, in words of the language.
        customers = "customers.js" if told["fr"] is told["en"] else f"customers.{locale}.js"
        if has_search:
            shard = "window.ENCOURS=window.ENCOURS||{};window.ENCOURS.customers="
            writer.write(data / customers, shard + script_json(ageing.customers_shard(facts)) + ";\n")
        pages = [build(f, facts) for _, build in PAGES] + [audit.build(f, facts, context)]
        overviews[locale] = pages[0]
        folder = folders[locale]
        other: Locale = "en" if locale == "fr" else "fr"
        for page in pages:
            shards: list[str] = []
            searchable = has_search and page.slug == "ageing"
            if page.charts or searchable:
                content: dict[str, object] = {
                    "charts": {c.id: {"wide": c.wide, "narrow": c.narrow} for c in page.charts},
                    **page.data,
                }
                if searchable:
                    content["format"] = _format_of(f)
                name = f"{'overview' if page.slug == 'index' else page.slug}.{locale}.js"
                writer.write(
                    data / name,
                    "window.ENCOURS=window.ENCOURS||{};Object.assign(window.ENCOURS,"
                    + script_json(content)
                    + ");\n",
                )
                shards.append(f"{folder.up}data/{name}")
            if searchable:
                shards.append(f"{folder.up}data/{customers}")
            writer.write(
                folder.path / f"{page.slug}.html",
                template.render(
                    f=f,
                    page=page,
                    pages=pages,
                    company=company,
                    currency=_currency_name(company, locale),
                    root=folder.root,
                    exports=f"{folder.root}../exports/{company_folder(context, company.company_id)}",
                    shards=shards,
                    home=home.get(locale, ""),
                    other_page=_link(folder, folders[other], f"{page.slug}.html"),
                    other_locale=other,
                    footer=footer(f, facts, context),
                ),
            )
    return overviews


def _currency_name(company: Company, locale: Locale) -> str:
    names = _NAMES.get(company.currency)
    return names[0 if locale == "fr" else 1] if names else company.currency


def _link(here: Folder, there: Folder, name: str) -> str:
    """Relative link between the two languages of one company: one of them lies one folder below."""
    if len(there.path.parts) > len(here.path.parts):
        return f"{there.path.name}/{name}"
    return f"../{name}"


def _folders(base: Path, root: str, default: Locale) -> dict[Locale, Folder]:
    other: Locale = "en" if default == "fr" else "fr"
    return {
        default: Folder(base, root, ""),
        other: Folder(base / other, root + "../", "../"),
    }


def _check(context: SiteContext) -> None:
    if not context.companies:
        raise ReportError("a site needs at least one company")
    ids = [company.company_id for company in context.companies]
    if len(set(ids)) != len(ids):
        raise ReportError(f"company ids are not unique: {', '.join(sorted(ids))}")
    for company_id in ids:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", company_id):
            raise ReportError(f"company id {company_id!r} cannot name a folder: use letters, digits, - _ .")


def build_site(tables_dir: Path, out_dir: Path, context: SiteContext) -> list[Path]:
    """Write the whole site.

    Args:
        tables_dir: folder with `marts/`, `ml/`, `quality/` (see `dashboards.data.REQUIRED`).
        out_dir: where the site goes; created, files in it replaced, nothing deleted.
        context: companies, run id, hashes.

    Returns:
        Every file written, in order of writing.

    Raises:
        ReportError: a table, column or month end is missing, or the vendored bundle is not the recorded one.
    """
    _check(context)
    writer = _Writer()
    environment = _environment()
    _assets(writer, out_dir / "assets", with_charts=True)
    tables = Tables(tables_dir, context.earlier, context.shows_persons)
    try:
        if len(context.companies) == 1:
            told = Facts.in_languages(tables, context.companies[0])
            folders = _folders(out_dir, "", context.default_locale)
            _company_pages(writer, environment, told, context, folders, out_dir / "data", {})
        else:
            _companies(writer, environment, tables, out_dir, context)
        for card in read_cards(tables):
            writer.write(out_dir / model_card.FOLDER / f"{card.task}.json", card.text)
    finally:
        tables.close()
    return writer.files


def _companies(
    writer: _Writer, environment: Environment, tables: Tables, out_dir: Path, context: SiteContext
) -> None:
    default = context.default_locale
    other: Locale = "en" if default == "fr" else "fr"
    rows: dict[Locale, list[dict[str, str]]] = {"fr": [], "en": []}
    for company in context.companies:
        told = Facts.in_languages(tables, company)
        base = out_dir / company.company_id
        folders = _folders(base, "../", default)
        home: dict[Locale, str] = {default: "../index.html", other: f"../../{other}/index.html"}
        pages = _company_pages(writer, environment, told, context, folders, base / "data", home)
        for locale, facts in told.items():
            f = facts.formatter(locale)
            below = "" if locale == default else f"{other}/"
            rows[locale].append(
                {
                    "name": company.name,
                    "href": f"{'' if locale == default else '../'}{company.company_id}/{below}index.html",
                    "receivables": f.cents(facts.now.receivables),
                    "dso": f.days(facts.now.dso_3m),
                    "title": pages[locale].title,
                }
            )
    for locale in LOCALES:
        at_root = locale == default
        writer.write(
            (out_dir if at_root else out_dir / other) / "index.html",
            environment.get_template("companies.html.j2").render(
                f=Fmt(locale),
                rows=rows[locale],
                root="" if at_root else "../",
                other_page=f"{other}/index.html" if at_root else "../index.html",
                other_locale=other if at_root else default,
                hash=mark_of(context.release_hash),
            ),
        )


def build_quality_report(tables_dir: Path, out_dir: Path, context: SiteContext) -> list[Path]:
    """Write the auditor's page alone, with its own assets: it opens where the site is not.

    Args:
        tables_dir: as for `build_site`.
        out_dir: the folder; `index.html` in the default language, the other in a folder of its code. With
            several companies, `<company_id>/` holds these and `index.html` is the first company's.
        context: companies, run id, hashes.

    Returns:
        Every file written.
    """
    _check(context)
    writer = _Writer()
    environment = _environment()
    template = environment.get_template("page.html.j2")
    _assets(writer, out_dir / "assets", with_charts=False)
    if context.processing:
        record = json.dumps(
            processing.record(context.processing), ensure_ascii=False, indent=2, sort_keys=True
        )
        writer.write(out_dir / "processing.json", record + "\n")
    tables = Tables(tables_dir, context.earlier, context.shows_persons)
    try:
        for position, company in enumerate(context.companies):
            told = Facts.in_languages(tables, company)
            places = [(out_dir, "")] if position == 0 else []
            if len(context.companies) > 1:
                places.append((out_dir / company.company_id, "../"))
            for base, root in places:
                folders = _folders(base, root, context.default_locale)
                for locale, facts in told.items():
                    f = facts.formatter(locale)
                    page = audit.build(f, facts, context)
                    folder = folders[locale]
                    other: Locale = "en" if locale == "fr" else "fr"
                    writer.write(
                        folder.path / "index.html",
                        template.render(
                            f=f,
                            page=page,
                            pages=[page],
                            company=company,
                            currency=_currency_name(company, locale),
                            root=folder.root,
                            exports="",
                            shards=[],
                            home="",
                            other_page=_link(folder, folders[other], "index.html"),
                            other_locale=other,
                            footer=footer(f, facts, context),
                        ),
                    )
    finally:
        tables.close()
    return writer.files
