"""The metric dictionary: what each figure is called, how it is defined, where it stands and what computes it."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.data import Definition
from dashboards.facts import Facts
from dashboards.i18n import Fmt, typography
from dashboards.model import Block, Column, Page, Table


def build(f: Fmt, facts: Facts) -> Page:
    """The dictionary in one language, a part per table: the same for every company."""
    tables: dict[str, list[Definition]] = {}
    for row in facts.data.dictionary:
        tables.setdefault(row.table_name, []).append(row)
    return Page(
        slug="dictionary",
        name=f.t("page.dictionary"),
        title=f.n("dictionary.title", len(facts.data.dictionary)),
        lead=f.t("dictionary.lead"),
        blocks=[
            Block(
                heading=f.t(f"dictionary.{name}"),
                lead=f.t("dictionary.scopes") if name == "fct_dso_monthly" else "",
                table=definitions(f, name, rows),
                id=name,
            )
            for name, rows in tables.items()
        ],
    )


def definitions(f: Fmt, table: str, rows: Sequence[Definition]) -> Table:
    """One row a metric of one table."""
    french = f.locale == "fr"
    return Table(
        caption=f.t("dictionary.caption", table=f"marts.{table}"),
        columns=[
            Column(f.t("dictionary.col.name")),
            Column(f.t("dictionary.col.formula")),
            Column(f.t("dictionary.col.unit")),
            Column(f.t("dictionary.col.source")),
            Column(f.t("dictionary.col.column"), "code"),
            Column(f.t("dictionary.col.sql"), "code"),
        ],
        rows=[
            [
                typography(row.name_fr if french else row.name_en, f.locale),
                typography(row.formula_fr if french else row.formula_en, f.locale),
                f.t(f"dictionary.unit.{row.unit}"),
                row.source,
                row.column_name,
                row.sql_text,
            ]
            for row in rows
        ],
    )
