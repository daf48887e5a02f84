"""Plotly figures, built by pure functions: numbers and ready-made labels in, JSON out.

What belongs here: the drawings, each in a wide and a narrow version (a narrow one is drawn anew, with fewer
labels, not shrunk). What does not: figures, titles, tables (pages), colours (tokens, resolved when drawn).

One notation: actual solid, the current period saturated and the past paler, previous grey, expected hatched,
late always at a fixed place and named, never by colour alone. No text under 11 px.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

FONT = '"Source Sans 3","Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif'
SMALL = 11.5
Json = dict[str, Any]


def label(text: str) -> str:
    """Text for Plotly, which reads a little HTML: a customer called `<b>` stays one."""
    return html.escape(text, quote=False)


def shorten(text: str, longest: int) -> str:
    """The text, cut at `longest` characters with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def text_width(text: str) -> int:
    """Rough width in pixels of a text at 12 px, on the wide side: margins must never cut a name."""
    return round(sum(8.6 if c.isupper() else 4.2 if c in "iljt.,:;|'’ \u202f\u00a0" else 7.1 for c in text))


def to_json(figure: go.Figure) -> Json:
    """The figure as plain JSON: no template, finite numbers only, floats rounded to 6 digits."""
    spec = figure.to_plotly_json()
    spec["layout"].pop("template", None)

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if isinstance(value, float):
            return round(value, 6) if math.isfinite(value) else None
        return value

    result: Json = plain({"data": spec["data"], "layout": spec["layout"]})
    return result


def script_json(value: Any) -> str:
    """JSON that may stand in a script: sorted keys, and no `<` that could close or open anything."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _figure(
    traces: Sequence[Any], *, height: int, margin: tuple[int, int, int, int], **layout: Any
) -> go.Figure:
    """A figure in house style. `margin` is top, right, bottom, left in pixels."""
    top, right, bottom, left = margin
    axis = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "automargin": False,
        "tickangle": 0,
        "color": "var(--mute)",
        "tickfont": {"size": SMALL, "color": "var(--mute)"},
    }
    merged = {
        "height": height,
        "margin": {"t": top, "r": right, "b": bottom, "l": left, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": "var(--mute)"},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": "var(--card)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)", "size": 12.5, "family": FONT},
            "align": "left",
        },
        **layout,
        "xaxis": {**axis, **layout.get("xaxis", {})},
        "yaxis": {**axis, **layout.get("yaxis", {})},
    }
    if "barcornerradius" not in merged:
        merged["barcornerradius"] = 0
    return go.Figure(data=list(traces), layout=go.Layout(template=None, **merged))


def _note(x: Any, y: Any, text: str, **more: Any) -> Json:
    """An annotation without arrow, its text escaped."""
    color = more.pop("color", "var(--mute)")
    size = more.pop("size", 12)
    shown = label(text)
    if more.pop("bold", False):
        shown = f"<b>{shown}</b>"
    return {"x": x, "y": y, "text": shown, "showarrow": False, "font": {"size": size, "color": color}, **more}


def _ticks(count: int, narrow: bool) -> list[int]:
    """Which of `count` points get a date: the last always, the others evenly, the first if it fits."""
    if count <= 1:
        return list(range(count))
    step = max(1, math.ceil((count - 1) / (3 if narrow else 7)))
    return sorted(range(count - 1, -1, -step))


def _spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions nearest to `values` that keep `gap` between neighbours, inside `low`..`high`."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    placed = [0.0] * len(values)
    floor = low
    for i in order:
        placed[i] = max(values[i], floor)
        floor = placed[i] + gap
    ceiling = high
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


# --- DSO: best possible below, delay above -------------------------------------------------------------


@dataclass(frozen=True)
class SplitBar:
    """A month: axis label, the two parts in days, their sum and its label, the text shown on hover."""

    axis: str
    lower: float
    upper: float
    total: str
    hover: str


def split_bars(
    bars: Sequence[SplitBar],
    *,
    lower_name: str,
    upper_name: str,
    lower_value: str,
    upper_value: str,
    narrow: bool,
) -> go.Figure:
    """Stacked bars by month, the last saturated; the parts are named at the last bar."""
    bars = bars[-13:] if narrow else bars
    last = len(bars) - 1
    x = list(range(len(bars)))
    tops = [b.lower + max(b.upper, 0.0) for b in bars]
    highest = max([*tops, 1.0])
    lowest = min([0.0, *(b.upper for b in bars)])
    shown = _ticks(len(bars), narrow)
    dense = narrow or len(bars) > 16
    notes = []
    for i, bar in enumerate(bars):
        if i in (0, last) or not dense or i in shown:
            notes.append(
                _note(
                    i,
                    tops[i],
                    bar.total,
                    yshift=9,
                    bold=i == last,
                    color="var(--ink)" if i == last else "var(--mute)",
                    size=12.5 if i == last else SMALL,
                )
            )
    if bars:
        middle = [bars[last].lower / 2, bars[last].lower + bars[last].upper / 2]
        places = _spread(middle, highest * 0.17, 0, highest)
        for place, name, value, color in (
            (places[0], lower_name, lower_value, "var(--accent)"),
            (places[1], upper_name, upper_value, "var(--warn)"),
        ):
            notes.append(
                {
                    **_note(1, place, "", xref="paper", xanchor="left", xshift=6, align="left", color=color),
                    "text": f"{label(name)}<br><b>{label(value)}</b>",
                }
            )

    def bar_of(values: list[float], strong: str, pale: str) -> go.Bar:
        return go.Bar(
            x=x,
            y=values,
            width=0.76,
            marker={
                "color": [f"var(--{strong if i == last else pale})" for i in x],
                "line": {"color": "var(--paper)", "width": 1},
            },
            hovertext=[label(b.hover) for b in bars],
            hoverinfo="text",
            textposition="none",
        )

    return _figure(
        [
            bar_of([b.lower for b in bars], "accent", "past"),
            bar_of([b.upper for b in bars], "warn", "pastwarn"),
        ],
        height=250 if narrow else 270,
        margin=(22, 14 + max(map(text_width, (lower_name, upper_name, lower_value, upper_value))), 26, 4),
        barmode="relative",
        annotations=notes,
        xaxis={
            "range": [-0.6, last + 0.6],
            "tickvals": shown,
            "ticktext": [label(bars[i].axis) for i in shown],
        },
        yaxis={"range": [lowest * 1.1, highest * 1.04], "visible": False, "zeroline": True},
        shapes=[_baseline()],
    )


def _baseline(axis: str = "y") -> Json:
    line = {"color": "var(--ink)", "width": 1}
    if axis == "y":
        return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0, "line": line}


# --- horizontal bars --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A bar: its name, value, label, token, and what it was before (drawn thin and grey below it)."""

    name: str
    value: float
    text: str
    tone: str
    before: float | None = None
    delta: str = ""
    hover: str = ""


def rows_chart(rows: Sequence[Row], *, before_name: str, narrow: bool, longest: int = 24) -> go.Figure:
    """Horizontal bars from the top down, each labelled at its end; diverging where values are negative.

    On a narrow screen the names stand above their bars, so that the bars keep the width.
    """
    n = len(rows)
    y = [float(n - i) for i in range(n)]
    values = [r.value for r in rows]
    befores = [r.before for r in rows if r.before is not None]
    high = max([0.0, *values, *befores])
    low = min([0.0, *values, *befores])
    span = (high - low) or 1.0
    above = narrow and max((len(r.name) for r in rows), default=0) > 12
    widest = max((text_width(shorten(r.name, longest)) for r in rows), default=0)
    gutter = 4 if above else min(14 + widest, 260)
    # Room for the longest figure in the narrowest drawing, of which `drawn` pixels are left for the bars.
    drawn = (330 if narrow else 480) - gutter
    figure = 1.1 * max((text_width(f"{r.text} {r.delta}") for r in rows), default=0) + 8
    pad = max(0.34 if narrow else 0.26, figure / max(drawn - figure, 1))
    right = high + span * pad if high > 0 else span * 0.02
    left = low - span * pad if low < 0 else 0.0
    has_before = any(r.before is not None for r in rows)
    offset = 0.1 if has_before else 0.0
    notes = []
    for r, at in zip(rows, y, strict=True):
        negative = r.value < 0
        edge = min(r.value, r.before or 0.0) if negative else max(r.value, r.before or 0.0)
        text = f"<b>{label(r.text)}</b>" + (
            f' <span style="color:var(--mute)">{label(r.delta)}</span>' if r.delta else ""
        )
        notes.append(
            {
                **_note(
                    edge,
                    at + (-0.1 if above else 0) + offset,
                    "",
                    xanchor="right" if negative else "left",
                    xshift=-5 if negative else 5,
                    color="var(--ink)",
                ),
                "text": text,
            }
        )
        if above:
            notes.append(
                _note(
                    0,
                    at + 0.36,
                    shorten(r.name, 40),
                    xref="paper",
                    xanchor="left",
                    xshift=0,
                    color="var(--ink)",
                    size=12,
                    bgcolor="var(--paper)",
                )
            )
    traces: list[Any] = [
        go.Bar(
            orientation="h",
            x=values,
            y=[at + (-0.1 if above else 0) + offset for at in y],
            width=0.36 if above else (0.44 if has_before else 0.58),
            marker={"color": [f"var(--{r.tone})" for r in rows]},
            hovertext=[label(r.hover or f"{r.name} : {r.text}") for r in rows],
            hoverinfo="text",
        )
    ]
    if has_before:
        traces.append(
            go.Bar(
                orientation="h",
                x=[r.before for r in rows],
                y=[at - 0.26 + (-0.04 if above else 0) for at in y],
                width=0.16,
                marker={"color": "var(--prev)"},
                hovertext=[label(before_name)] * n,
                hoverinfo="text",
            )
        )
        # The grey bar is named once, where it is longest after the first, instead of in a legend.
        notes.append(
            {
                **_note(
                    1,
                    0,
                    "",
                    xref="paper",
                    yref="paper",
                    xanchor="right",
                    yanchor="top",
                    yshift=-2,
                    size=SMALL,
                ),
                "text": f'<span style="color:var(--prev)">▬</span> {label(before_name)}',
            }
        )
    step = (46 if has_before else 40) if above else (40 if has_before else 34)
    return _figure(
        traces,
        height=n * step + (34 if has_before else 16),
        margin=(6, 6, 26 if has_before else 8, gutter),
        barmode="overlay",
        annotations=notes,
        xaxis={"range": [left, right], "visible": False},
        yaxis={
            "range": [0.4, n + 0.6],
            "tickvals": y,
            "ticktext": ["" if above else label(shorten(r.name, longest)) for r in rows],
            "tickfont": {"size": 12, "color": "var(--ink)"},
            "ticklabelstandoff": 6,
        },
        shapes=[_baseline("x")],
    )


# --- lines ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A series: name and last figure as written at its end, its token, dash and width."""

    name: str
    values: Sequence[float | None]
    last: str
    tone: str
    hovers: Sequence[str]
    dash: str = "solid"
    width: float = 2.2
    has_dots: bool = False


def lines(
    axis: Sequence[str],
    series: Sequence[Line],
    *,
    ticks: Sequence[tuple[float, str]],
    narrow: bool,
    low: float | None = None,
) -> go.Figure:
    """Lines by month, each named at its end with its last figure; gaps stay gaps."""
    count = len(axis)
    x = list(range(count))
    values = [v for s in series for v in s.values if v is not None]
    high = max([t[0] for t in ticks] + values) if values else 1.0
    bottom = low if low is not None else min([t[0] for t in ticks] + values + [0.0])
    height = 250 if narrow else 270
    span = (high - bottom) or 1.0
    ends = [next((v for v in reversed(s.values) if v is not None), bottom) for s in series]
    places = _spread(ends, span * 36 / (height - 50), bottom + span * 0.06, high)
    notes = []
    traces = []
    for s, place in zip(series, places, strict=True):
        traces.append(
            go.Scatter(
                x=x,
                y=list(s.values),
                mode="lines+markers" if s.has_dots else "lines",
                line={"color": f"var(--{s.tone})", "width": s.width, "dash": s.dash},
                marker={"size": 5, "color": f"var(--{s.tone})"},
                hovertext=[label(h) for h in s.hovers],
                hoverinfo="text",
                connectgaps=False,
            )
        )
        end = next((i for i in range(count - 1, -1, -1) if s.values[i] is not None), None)
        if end is not None:
            traces.append(
                go.Scatter(
                    x=[end],
                    y=[s.values[end]],
                    mode="markers",
                    marker={"size": 7, "color": f"var(--{s.tone})"},
                    hoverinfo="skip",
                )
            )
        color = f"var(--{s.tone})" if s.tone in ("accent", "warn", "good", "ink") else "var(--mute)"
        notes.append(
            {
                **_note(1, place, "", xref="paper", xanchor="left", xshift=6, align="left", color=color),
                "text": f"{label(s.name)}<br><b>{label(s.last)}</b>",
            }
        )
    shown = _ticks(count, narrow)
    widest = max((max(text_width(s.name), text_width(s.last)) for s in series), default=40)
    return _figure(
        traces,
        height=height,
        margin=(12, min(16 + widest, 160), 26, 40),
        annotations=notes,
        xaxis={
            "range": [-0.3, count - 0.7],
            "tickvals": shown,
            "ticktext": [label(axis[i]) for i in shown],
        },
        yaxis={
            "range": [bottom - span * 0.02, high + span * 0.04],
            "tickvals": [t[0] for t in ticks],
            "ticktext": [label(t[1]) for t in ticks],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
    )


def ticks_for(low: float, high: float, count: int = 4) -> list[float]:
    """Round tick values that span `low`..`high`, both ends included."""
    span = max(high - low, 1e-9)
    raw = span / count
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


# --- ageing over time -------------------------------------------------------------------------------------


def ageing_stack(
    axis: Sequence[str],
    layers: Sequence[tuple[str, str, Sequence[float], Sequence[str]]],
    *,
    totals: Sequence[str],
    narrow: bool,
) -> go.Figure:
    """Stacked bars by month: one layer a bucket (name, token, values, hovers), named at the last bar."""
    if narrow:
        axis, totals = axis[-13:], totals[-13:]
        layers = [(n, t, v[-13:], h[-13:]) for n, t, v, h in layers]
    count = len(axis)
    x = list(range(count))
    heights = [sum(max(layer[2][i], 0) for layer in layers) for i in x]
    highest = max([*heights, 1.0])
    height = 300 if narrow else 330
    shown = _ticks(count, narrow)
    traces = [
        go.Bar(
            x=x,
            y=[max(v, 0) for v in values],
            width=0.8,
            marker={"color": f"var(--{token})", "line": {"color": "var(--paper)", "width": 0.7}},
            hovertext=[label(h) for h in hovers],
            hoverinfo="text",
        )
        for _, token, values, hovers in layers
    ]
    notes = [
        _note(
            i,
            heights[i],
            totals[i],
            yshift=9,
            bold=i == count - 1,
            color="var(--ink)" if i == count - 1 else "var(--mute)",
            size=12.5 if i == count - 1 else SMALL,
        )
        for i in shown
    ]
    middles, base = [], 0.0
    for _, _, values, _ in layers:
        value = max(values[-1], 0) if values else 0.0
        middles.append(base + value / 2)
        base += value
    places = _spread(middles, highest * 15 / (height - 50), highest * 0.03, highest)
    for (name, _, values, _), place in zip(layers, places, strict=True):
        if values and values[-1] > highest * 0.003:
            notes.append(
                _note(1, place, name, xref="paper", xanchor="left", xshift=6, color="var(--ink)", size=SMALL)
            )
    widest = max((text_width(layer[0]) for layer in layers), default=40)
    return _figure(
        traces,
        height=height,
        margin=(22, min(14 + widest, 150), 26, 4),
        barmode="stack",
        annotations=notes,
        xaxis={"range": [-0.6, count - 0.4], "tickvals": shown, "ticktext": [label(axis[i]) for i in shown]},
        yaxis={"range": [0, highest * 1.05], "visible": False},
        shapes=[_baseline()],
    )


# --- billing and collections; what is expected ------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two amounts under one axis label, with their hover texts."""

    axis: str
    one: float
    two: float
    hover_one: str
    hover_two: str
    text: str = ""


def pairs_chart(
    pairs: Sequence[Pair], *, one_name: str, two_name: str, ticks: Sequence[tuple[float, str]], narrow: bool
) -> go.Figure:
    """Bars (first amount) with a stepped mark (second amount) on each, as in a bullet chart."""
    pairs = pairs[-13:] if narrow else pairs
    last = len(pairs) - 1
    x = list(range(len(pairs)))
    shown = _ticks(len(pairs), narrow)
    high = max([t[0] for t in ticks] + [p.one for p in pairs] + [p.two for p in pairs] + [1.0])
    low = min([0.0] + [p.one for p in pairs] + [p.two for p in pairs])
    shapes = [_baseline()] + [
        {
            "type": "line",
            "x0": i - 0.44,
            "x1": i + 0.44,
            "y0": p.two,
            "y1": p.two,
            "line": {"color": "var(--ink)", "width": 2.4},
        }
        for i, p in enumerate(pairs)
    ]
    notes = []
    if pairs:
        places = _spread([pairs[-1].one, pairs[-1].two], (high - low) * 0.15, low, high)
        notes = [
            _note(
                1,
                places[0],
                one_name,
                xref="paper",
                xanchor="left",
                xshift=6,
                color="var(--accent)",
            ),
            _note(1, places[1], two_name, xref="paper", xanchor="left", xshift=6, color="var(--ink)"),
        ]
    traces = [
        go.Bar(
            x=x,
            y=[p.one for p in pairs],
            width=0.7,
            marker={"color": [f"var(--{'accent' if i == last else 'past'})" for i in x]},
            hovertext=[label(p.hover_one) for p in pairs],
            hoverinfo="text",
        ),
        go.Scatter(
            x=x,
            y=[p.two for p in pairs],
            mode="markers",
            marker={"size": 8, "color": "rgba(0,0,0,0)"},
            hovertext=[label(p.hover_two) for p in pairs],
            hoverinfo="text",
        ),
    ]
    widest = max(text_width(one_name), text_width(two_name))
    return _figure(
        traces,
        height=250 if narrow else 270,
        margin=(14, min(14 + widest, 130), 26, 46),
        annotations=notes,
        shapes=shapes,
        xaxis={
            "range": [-0.6, last + 0.6],
            "tickvals": shown,
            "ticktext": [label(pairs[i].axis) for i in shown],
        },
        yaxis={
            "range": [low * 1.05, high * 1.04],
            "tickvals": [t[0] for t in ticks],
            "ticktext": [label(t[1]) for t in ticks],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
    )


def _hatched(values: Sequence[float], token: str, hovers: Sequence[str]) -> go.Bar:
    """Bars of what is expected, not seen: hatched, one a place from 0 on."""
    return go.Bar(
        x=list(range(len(values))),
        y=list(values),
        width=0.76,
        marker={
            "color": f"var(--{token})",
            "line": {"color": f"var(--{token})", "width": 1.2},
            "pattern": {
                "shape": "/",
                "size": 5,
                "solidity": 0.35,
                "fillmode": "replace",
                "fgcolor": f"var(--{token})",
                "bgcolor": "var(--paper)",
            },
        },
        hovertext=[label(h) for h in hovers],
        hoverinfo="text",
    )


def expected_bars(pairs: Sequence[Pair], *, one_name: str, two_name: str, narrow: bool) -> go.Figure:
    """Hatched bars of what is expected: on time below, late above, named at the tallest bar."""
    x = list(range(len(pairs)))
    tops = [p.one + p.two for p in pairs]
    high = max([*tops, 1.0])

    notes = [
        _note(i, tops[i], p.text, yshift=9, color="var(--ink)", size=SMALL)
        for i, p in enumerate(pairs)
        if p.text
    ]
    step = 2 if narrow else 1
    shown = [i for i in x if i % step == 0 or i == len(x) - 1]
    if narrow and len(x) > 2 and len(x) - 2 in shown:
        shown.remove(len(x) - 2)
    if pairs:
        tall = max(pairs, key=lambda p: p.one + p.two)
        places = _spread([tall.one / 2, tall.one + tall.two / 2], high * 0.14, high * 0.05, high)
        for place, name, color in ((places[0], one_name, "accent"), (places[1], two_name, "warn")):
            notes.append(
                _note(1, place, name, xref="paper", xanchor="left", xshift=6, color=f"var(--{color})")
            )
    widest = max(text_width(one_name), text_width(two_name))
    return _figure(
        [
            _hatched([p.one for p in pairs], "accent", [p.hover_one for p in pairs]),
            _hatched([p.two for p in pairs], "warn", [p.hover_two for p in pairs]),
        ],
        height=250 if narrow else 270,
        margin=(22, min(14 + widest, 130), 26, 4),
        barmode="stack",
        annotations=notes,
        xaxis={
            "range": [-0.6, len(x) - 0.4],
            "tickvals": shown,
            "ticktext": [label(pairs[i].axis) for i in shown],
        },
        yaxis={"range": [0, high * 1.06], "visible": False},
        shapes=[_baseline()],
    )


# --- who is at risk ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A customer: expected share late (None = in default), exposure, name (written if `is_named`)."""

    share: float | None
    exposure: float
    name: str
    hover: str
    is_named: bool = False


def exposure_scatter(
    points: Sequence[Point],
    *,
    ticks: Sequence[tuple[float, str]],
    shares: Sequence[tuple[float, str]],
    default_name: str,
    narrow: bool,
) -> go.Figure:
    """One point a customer: exposure on a log scale over the share expected late; defaults in a column apart."""
    column = 1.24 if narrow else 1.16
    scored = [p for p in points if p.share is not None and p.exposure > 0]
    defaults = [p for p in points if p.share is None and p.exposure > 0]
    exposures = [p.exposure for p in (*scored, *defaults)] or [1.0]
    low = math.log10(max(min(exposures), 1.0)) - 0.15
    high = math.log10(max(exposures)) + 0.25
    hot = [p for p in scored if p.is_named]
    rest = [p for p in scored if not p.is_named]
    height = 280 if narrow else 320
    traces = [
        go.Scatter(
            x=[p.share for p in rest],
            y=[p.exposure for p in rest],
            mode="markers",
            marker={"size": 6, "color": "var(--accent)", "opacity": 0.6},
            hovertext=[label(p.hover) for p in rest],
            hoverinfo="text",
        ),
        go.Scatter(
            x=[p.share for p in hot],
            y=[p.exposure for p in hot],
            mode="markers",
            marker={"size": 10, "color": "var(--warn)"},
            hovertext=[label(p.hover) for p in hot],
            hoverinfo="text",
        ),
        go.Scatter(
            x=[column for _ in defaults],
            y=[p.exposure for p in defaults],
            mode="markers",
            marker={
                "size": 10 if len(defaults) <= 12 else 6,
                "symbol": "square",
                "color": "var(--warn)",
                "opacity": 1 if len(defaults) <= 12 else 0.7,
            },
            hovertext=[label(p.hover) for p in defaults],
            hoverinfo="text",
        ),
    ]
    named = [(p.share or 0.0, p) for p in (hot[:2] if narrow else hot)]
    named += [(column, p) for p in defaults[:2]]
    notes = _names_beside(
        [(at, math.log10(p.exposure), shorten(p.name, 18 if narrow else 26)) for at, p in named],
        others=[(at, math.log10(p.exposure)) for at, p in named],
        pixels=((300 if narrow else 470) / (column + 0.1), (height - 40) / (high - low)),
        right_edge=column + 0.07,
        top=high,
    )
    shares = [s for i, s in enumerate(shares) if not narrow or i % 2 == 0]
    return _figure(
        traces,
        height=height,
        margin=(10, 14, 28, 56),
        annotations=notes,
        xaxis={
            "range": [-0.03, column + 0.07],
            "tickvals": [*(s[0] for s in shares), *([column] if defaults else [])],
            "ticktext": [
                *(label(s[1]) for s in shares),
                *([f"<b>{label(default_name)}</b>"] if defaults else []),
            ],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
        yaxis={
            "type": "log",
            "range": [low, high],
            "tickvals": [t[0] for t in ticks],
            "ticktext": [label(t[1]) for t in ticks],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
    )


NAME_AWAY = 9
"""Pixels between a point and its name."""
_LIFTS = (0, *(sign * 15 * k for k in range(1, 8) for sign in (1, -1)))
_PLACES_RIGHT = tuple((lift, to_left) for lift in _LIFTS for to_left in (False, True))
_PLACES = tuple((lift, not to_left) for lift, to_left in _PLACES_RIGHT)


def _names_beside(
    named: Sequence[tuple[float, float, str]],
    *,
    others: Sequence[tuple[float, float]],
    pixels: tuple[float, float],
    right_edge: float,
    top: float,
) -> list[Json]:
    """Names of points, each at the nearest place beside its point where it covers no other name or point; a name away
    from its point has a line to it, one that finds no place is left to the table.

    `named` and `others` in axis units (x, y), `top` the highest y drawn; `pixels` = pixels per unit of x and y, for
    the smallest drawing.
    """
    boxes: list[tuple[float, float, float, float]] = [
        (x * pixels[0] - 6, x * pixels[0] + 6, y * pixels[1] - 6, y * pixels[1] + 6) for x, y in others
    ]
    notes = []
    for x, y, name in sorted(named, key=lambda item: (-item[1], item[2])):
        width, px, py = 1.1 * text_width(name) + 4, x * pixels[0], y * pixels[1]
        for lift, to_left in _PLACES if x > 0.45 else _PLACES_RIGHT:
            low = px - NAME_AWAY - width if to_left else px + NAME_AWAY
            box = (low, low + width, py + lift - 7, py + lift + 7)
            if (
                low >= -4
                and low + width <= right_edge * pixels[0] + 10
                and box[3] <= top * pixels[1]
                and not any(
                    box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in boxes
                )
            ):
                boxes.append(box)
                side = -1 if to_left else 1
                notes.append(
                    {
                        **_note(x, y, name, color="var(--ink)", bold=True),
                        "xanchor": "right" if to_left else "left",
                        **(
                            {
                                "showarrow": True,
                                "arrowhead": 0,
                                "arrowwidth": 0.8,
                                "arrowcolor": "var(--mute)",
                                "standoff": 4,
                                "ax": side * NAME_AWAY,
                                "ay": -lift,
                            }
                            if abs(lift) > 8
                            else {"xshift": side * NAME_AWAY, "yshift": lift}
                        ),
                    }
                )
                break
    return notes


@dataclass(frozen=True)
class Reliable:
    """A group of like scores: predicted and observed share, the interval of the observed, number, hover text."""

    predicted: float
    observed: float
    low: float
    high: float
    count: int
    hover: str


def calibration(
    groups: Sequence[Reliable],
    *,
    ticks: Sequence[tuple[float, str]],
    diagonal: str,
    narrow: bool,
) -> go.Figure:
    """Predicted share (x) against observed share (y) with its interval, one point a group; the diagonal is perfect."""
    biggest = max([g.count for g in groups] or [1])
    top = max([t[0] for t in ticks] + [max(g.predicted, g.high) for g in groups])
    return _figure(
        [
            go.Scatter(
                x=[0, top],
                y=[0, top],
                mode="lines",
                line={"color": "var(--prev)", "width": 1.4},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=[g.predicted for g in groups],
                y=[g.observed for g in groups],
                error_y={
                    "type": "data",
                    "array": [g.high - g.observed for g in groups],
                    "arrayminus": [g.observed - g.low for g in groups],
                    "color": "var(--accent)",
                    "thickness": 1,
                    "width": 0,
                },
                mode="lines+markers",
                line={"color": "var(--accent)", "width": 1.6},
                marker={
                    "size": [6 + 10 * math.sqrt(g.count / biggest) for g in groups],
                    "color": "var(--accent)",
                    "line": {"color": "var(--paper)", "width": 1},
                },
                hovertext=[label(g.hover) for g in groups],
                hoverinfo="text",
            ),
        ],
        height=270 if narrow else 290,
        margin=(10, 14, 28, 48),
        annotations=[
            _note(0.98 * top, 0.66 * top, diagonal, xanchor="right", size=SMALL),
        ],
        xaxis={
            "range": [-0.02 * top, 1.03 * top],
            "tickvals": [t[0] for t in ticks],
            "ticktext": [label(t[1]) for t in ticks],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
        yaxis={
            "range": [-0.02 * top, 1.06 * top],
            "tickvals": [t[0] for t in ticks],
            "ticktext": [label(t[1]) for t in ticks],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
    )


# --- cash by week -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CashBar:
    """A week: axis label, what open documents and coming billing bring, the range of their sum, hover texts."""

    axis: str
    open_items: float
    billing: float
    low: float
    high: float
    hovers: tuple[str, str, str]


def cash_bars(
    bars: Sequence[CashBar],
    *,
    names: tuple[str, str],
    ticks: Sequence[tuple[float, str]],
    narrow: bool,
) -> go.Figure:
    """Hatched bars of expected cash, open documents below and coming billing above; a line from P10 to P90."""
    x = list(range(len(bars)))
    high = max(
        [*(b.high for b in bars), *(b.open_items + b.billing for b in bars), *(t[0] for t in ticks), 1.0]
    )
    step = 3 if narrow else 2
    shown = [i for i in x if i % step == 0]

    notes = []
    if bars:
        tall = max(bars, key=lambda b: b.open_items + b.billing)
        middle = [tall.open_items / 2, tall.open_items + tall.billing / 2]
        for place, name, color in zip(
            _spread(middle, high * 0.14, high * 0.05, high), names, ("accent", "good"), strict=True
        ):
            notes.append(
                _note(1, place, name, xref="paper", xanchor="left", xshift=6, color=f"var(--{color})")
            )
    return _figure(
        [
            _hatched([b.open_items for b in bars], "accent", [b.hovers[0] for b in bars]),
            _hatched([b.billing for b in bars], "good", [b.hovers[1] for b in bars]),
            go.Scatter(
                x=x,
                y=[b.high for b in bars],
                mode="markers",
                marker={"size": 10, "color": "rgba(0,0,0,0)"},
                hovertext=[label(b.hovers[2]) for b in bars],
                hoverinfo="text",
            ),
        ],
        height=260 if narrow else 300,
        margin=(14, min(18 + max(map(text_width, names)), 150), 26, 46),
        barmode="stack",
        annotations=notes,
        xaxis={
            "range": [-0.6, len(x) - 0.4],
            "tickvals": shown,
            "ticktext": [label(bars[i].axis) for i in shown],
        },
        yaxis={
            "range": [0, high * 1.04],
            "tickvals": [t[0] for t in ticks],
            "ticktext": [label(t[1]) for t in ticks],
            "showgrid": True,
            "gridcolor": "var(--line)",
        },
        shapes=[
            _baseline(),
            *(
                {
                    "type": "line",
                    "x0": i,
                    "x1": i,
                    "y0": b.low,
                    "y1": b.high,
                    "line": {"color": "var(--ink)", "width": 1.6},
                }
                for i, b in enumerate(bars)
            ),
        ],
    )


def band(
    axis: Sequence[str],
    low: Sequence[float],
    high: Sequence[float],
    series: Sequence[Line],
    *,
    ticks: Sequence[tuple[float, str]],
    narrow: bool,
) -> go.Figure:
    """`lines` over a band from `low` to `high`."""
    figure = lines(axis, series, ticks=ticks, narrow=narrow)
    x = list(range(len(axis)))
    area = go.Scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(low)],
        mode="lines",
        fill="toself",
        fillcolor="var(--band)",
        line={"width": 0},
        hoverinfo="skip",
    )
    figure.add_trace(area)
    figure.data = (figure.data[-1], *figure.data[:-1])
    return figure


def signed_bars(
    axis: Sequence[str], values: Sequence[float], hovers: Sequence[str], *, narrow: bool
) -> go.Figure:
    """Bars above and below zero; `hovers` say the amounts."""
    x = list(range(len(axis)))
    shown = [i for i in x if i % (3 if narrow else 2) == 0]
    return _figure(
        [
            go.Bar(
                x=x,
                y=list(values),
                width=0.76,
                marker={"color": "var(--accent)"},
                hovertext=[label(h) for h in hovers],
                hoverinfo="text",
            )
        ],
        height=220 if narrow else 240,
        margin=(14, 8, 26, 8),
        xaxis={
            "range": [-0.6, len(x) - 0.4],
            "tickvals": shown,
            "ticktext": [label(axis[i]) for i in shown],
        },
        yaxis={"range": signed_range(values), "visible": False},
        shapes=[_baseline()],
    )


def signed_range(values: Sequence[float]) -> list[float]:
    """From the lowest to the highest with room around, zero always inside."""
    low, high = min([0.0, *values]), max([0.0, *values])
    pad = (high - low or 1.0) * 0.08
    return [low - pad, high + pad]
