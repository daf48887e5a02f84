"""Static reports from the published tables: French and English, from `file://`, no request leaves.

A pure package: Parquet in, files out; it imports neither dagster nor the other packages and reads no
clock. `theme` holds the tokens, `messages` and `i18n` the words and the typography, `data` every query,
`facts` what the pages say, `charts` the Plotly figures, one module a page, `build` the files.
"""

from __future__ import annotations

from pathlib import Path

from dashboards.context import (
    LOCALES,
    Company,
    EarlierRun,
    FileHash,
    Locale,
    Processing,
    ReportError,
    SiteContext,
)

__all__ = [
    "LOCALES",
    "Company",
    "EarlierRun",
    "FileHash",
    "Locale",
    "Processing",
    "ReportError",
    "SiteContext",
    "build_exports",
    "build_quality_report",
    "build_site",
]


def build_site(tables_dir: Path, out_dir: Path, context: SiteContext) -> list[Path]:
    """Write the site of all pages, in both languages, into `out_dir`; see `dashboards.build.build_site`."""
    from dashboards.build import build_site as build

    return build(tables_dir, out_dir, context)


def build_exports(tables_dir: Path, out_dir: Path, context: SiteContext) -> list[Path]:
    """Write the Excel workbooks that the pages link to into `out_dir`; see `dashboards.exports`."""
    from dashboards.exports import build_exports as build

    return build(tables_dir, out_dir, context)


def build_quality_report(tables_dir: Path, out_dir: Path, context: SiteContext) -> list[Path]:
    """Write the auditor's page alone, self-contained, into `out_dir`; see `dashboards.build`."""
    from dashboards.build import build_quality_report as build

    return build(tables_dir, out_dir, context)
