"""The workbooks of a release: which there are, in both languages, one folder a company where there are several.

What belongs here: names and folders. What does not: sheets (the page modules make them), Excel itself
(`dashboards.workbook`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dashboards import actions, cash, provisions, statutory
from dashboards.context import SiteContext
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt
from dashboards.workbook import Sheet, write_workbook

WORKBOOKS: dict[str, Callable[[Fmt, Facts, Tables], Sequence[Sheet]]] = {
    "statutory": statutory.sheets,
    "penalties": statutory.penalty_sheets,
    "provisions": provisions.sheets,
    "cash": cash.sheets,
    "actions": actions.sheets,
}
"""Each workbook by its name; `Page.workbooks` names those a page links to, `shell.workbook.<name>` is its label."""


def company_folder(context: SiteContext, company_id: str) -> str:
    """`""`, or `<company_id>/` where the release holds several companies."""
    return f"{company_id}/" if len(context.companies) > 1 else ""


def build_exports(tables_dir: Path, out_dir: Path, context: SiteContext) -> list[Path]:
    """Write every workbook of every company, `<name>-<language>.xlsx`.

    Args:
        tables_dir: folder with `marts/`, `ml/`, `quality/`.
        out_dir: where they go; beside the site's folder, so that its pages find them.
        context: companies, run id, hashes.

    Returns:
        Every file written.

    Raises:
        ReportError: a table or column is missing, or a value that a sheet cannot hold.
    """
    written = []
    tables = Tables(tables_dir, context.earlier, context.shows_persons)
    try:
        for company in context.companies:
            folder = out_dir / company_folder(context, company.company_id)
            for locale, facts in Facts.in_languages(tables, company).items():
                tables.speak(locale)
                f = facts.formatter(locale)
                for name, make in WORKBOOKS.items():
                    title = f"{f.t(f'shell.workbook.{name}')} – {company.name}"
                    path = folder / f"{name}-{locale}.xlsx"
                    written.append(write_workbook(path, title, make(f, facts, tables)))
    finally:
        tables.close()
    return written
