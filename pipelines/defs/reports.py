"""Reports: the static site, the auditor's page and the workbooks, built from the run's tables.

What belongs here: handing `dashboards` the run's tables and its identity. What does not: any figure or page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from dashboards.data import REQUIRED
from pipelines import release
from pipelines.config import Settings
from pipelines.dbt_manifest import DBT_PROJECT
from pipelines.defs.resources import OWNERS, RUN_FILE, RunContext
from pipelines.lake import Workspace, read_json, sha256_file, write_json
from pipelines.privacy.processing import processing

if TYPE_CHECKING:
    from dashboards import SiteContext

QUALITY_MODELS = {path.stem for path in (DBT_PROJECT / "models" / "quality").glob("*.sql")}
READ = tuple(
    # dbt exports its quality tables with the marts; their schema, and so their asset, is quality.
    ["quality" if table in QUALITY_MODELS else schema, table]
    for schema, table in (name.split("/") for name in REQUIRED)
)


def report_assets() -> list[dg.AssetsDefinition]:
    """`[reports, site]`, `[reports, quality]` and `[reports, exports]`, built together: they show the same run."""
    deps = [dg.AssetKey(key) for key in READ]

    @dg.multi_asset(
        name="reports",
        specs=[
            dg.AssetSpec(
                ["reports", "site"],
                group_name="reports",
                description="Static pages, French and English, that work from file:// and ask nothing of the network.",
                owners=OWNERS,
                kinds={"html", "plotly"},
                deps=deps,
            ),
            dg.AssetSpec(
                ["reports", "quality"],
                group_name="reports",
                description="The auditor's page: sources, rows and cents, expectations, tie-out, assumed due dates.",
                owners=OWNERS,
                kinds={"html"},
                deps=deps,
            ),
            dg.AssetSpec(
                ["reports", "exports"],
                group_name="reports",
                description="Excel workbooks, French and English: the statutory tables, penalties, provisions.",
                owners=OWNERS,
                kinds={"excel"},
                deps=deps,
            ),
        ],
    )
    def reports(encours: dg.ResourceParam[RunContext]) -> Iterator[Any]:
        import dashboards

        workspace = encours.workspace
        run = workspace.current_run()
        told = read_json(run / RUN_FILE)
        told["run_id"] = release.unused_run_id(workspace, told["base_id"])
        write_json(run / RUN_FILE, told)
        with encours.step("Drawing the reports") as step:
            earlier = release.earlier_release(workspace, told["base_id"])
            context = site_context(
                run, told, release.last_manifest(workspace), earlier, encours.settings, workspace
            )
            pages = dashboards.build_site(run, run / "site", context)
            audit = dashboards.build_quality_report(run, run / "quality_report", context)
            workbooks = dashboards.build_exports(run, run / "exports", context)
            step.say(f"{sum(page.suffix == '.html' for page in pages)} pages")
        yield dg.MaterializeResult(asset_key=["reports", "site"], metadata={"files": len(pages)})
        yield dg.MaterializeResult(asset_key=["reports", "quality"], metadata={"files": len(audit)})
        yield dg.MaterializeResult(asset_key=["reports", "exports"], metadata={"files": len(workbooks)})

    return [reports]


def site_context(
    run: Path,
    told: dict[str, Any],
    previous: dict[str, Any] | None,
    earlier: Path | None = None,
    settings: Settings | None = None,
    workspace: Workspace | None = None,
) -> SiteContext:
    """What the pages say of the run itself: companies, ids, hashes of its tables, the release before it."""
    from dashboards import Company, EarlierRun, FileHash, SiteContext

    tables = release.table_files(run)
    hashes = tuple(
        FileHash(f"{schema}/{path.name}", sha256_file(path), rows=_rows(path)) for schema, path in tables
    )
    digest = hashlib.sha256("\n".join(f"{one.name} {one.sha256}" for one in hashes).encode()).hexdigest()
    companies = tuple(
        Company(
            company_id=company["company_id"],
            name=company["name"],
            as_of=date.fromisoformat(told["as_of"][company["company_id"]]),
            locale=company["locale"],
            currency=company["currency"],
        )
        for company in told["companies"]
    )
    return SiteContext(
        companies=companies,
        run_id=told["run_id"],
        release_hash=digest,
        default_locale=companies[0].locale,
        hashes=hashes,
        versions=tuple(sorted(release.versions().items())),
        previous_hash=previous["sha256"] if previous else "",
        earlier=EarlierRun(warnings, date.fromisoformat(earlier.name[:10]))
        if earlier and (warnings := earlier / "marts" / "fct_early_warnings.parquet").is_file()
        else None,
        shows_persons=bool(settings and settings.privacy.shows_persons),
        processing=processing(settings, workspace, run) if settings and workspace else {},
    )


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)
