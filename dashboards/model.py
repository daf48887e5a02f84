"""The parts of a page, as plain data: what the page modules return and the template draws.

Text is text: nothing here holds markup except `Tile.spark` and bars, which the template makes safe itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "number", "centre", "action", "code"]


@dataclass(frozen=True)
class Column:
    """A column: its heading and whether its cells are words, figures, marks or proposals."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Cell:
    """A cell; `mark` sets it in a small frame (`late`, `ok`, `plain`, `default`), `share` draws a bar."""

    text: str
    mark: str = ""
    share: float | None = None


@dataclass(frozen=True)
class Table:
    """A table: first column = row heading; `foot` = total rows; `lang` where it is not the page's.

    A row shorter than the columns has its last cell run to their end; a row of one cell opens a part of the table.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Cell]]
    foot: Sequence[Sequence[str | Cell]] = ()
    id: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Chart:
    """A figure with its finding as title; `wide` and `narrow` are Plotly JSON, two drawings of the same."""

    id: str
    title: str
    subtitle: str
    summary: str
    wide: dict[str, Any]
    narrow: dict[str, Any]
    table: Table
    basis: str = ""


@dataclass(frozen=True)
class Change:
    text: str
    period: str
    is_worse: bool = False


@dataclass(frozen=True)
class Tile:
    """An indicator: figure, history for the sparkline, two changes; `reason` where there is no figure."""

    label: str
    figure: str
    history: Sequence[float | None]
    changes: Sequence[Change]
    reason: str = ""
    title: str = ""


@dataclass(frozen=True)
class Choice:
    """A list to choose from: its label, the chart that follows it, (value, text) of each option."""

    label: str
    chart: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Block:
    """A part of a page: charts side by side, a table with a heading, or sentences.

    `choices`: what the reader may change; the chart they name takes `Page.data["choices"][chart]["a|b"]`.
    """

    heading: str = ""
    lead: str = ""
    charts: Sequence[Chart] = ()
    table: Table | None = None
    more: Sequence[Table] = ()
    note: str = ""
    id: str = ""
    is_searchable: bool = False
    choices: Sequence[Choice] = ()
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Page:
    """One page in one language; `workbooks` are those of `dashboards.exports` that hold its figures,
    `downloads` other files by their path under the site's root and their label, `data` is what its script finds
    beside the charts."""

    slug: str
    name: str
    title: str
    lead: str
    notices: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    blocks: Sequence[Block] = ()
    shards: Sequence[str] = field(default=())
    workbooks: Sequence[str] = ()
    downloads: Sequence[tuple[str, str]] = ()
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def charts(self) -> list[Chart]:
        return [chart for block in self.blocks for chart in block.charts]
