"""Charts: names beside their points, figures at the end of their bars."""

from __future__ import annotations

import math

import pytest

from dashboards import charts


def boxes(figure: dict[str, object], width: float, height: float) -> list[tuple[float, float, float, float]]:
    """Where the names stand, in pixels of a drawing of that size inside its margins."""
    layout = figure["layout"]
    assert isinstance(layout, dict)
    (left, right), (low, high) = layout["xaxis"]["range"], layout["yaxis"]["range"]
    found = []
    for note in layout["annotations"]:
        x = (note["x"] - left) / (right - left) * width + note.get("ax", note.get("xshift", 0))
        y = (note["y"] - low) / (high - low) * height + note.get("yshift", -note.get("ay", 0))
        wide = charts.text_width(note["text"].removeprefix("<b>").removesuffix("</b>"))
        found.append(
            (x - wide, x, y - 6, y + 6) if note["xanchor"] == "right" else (x, x + wide, y - 6, y + 6)
        )
    return found


@pytest.mark.parametrize("narrow", [False, True])
def test_names_of_customers_that_stand_together_cover_neither_each_other_nor_the_edge(narrow: bool) -> None:
    points = [
        charts.Point(
            share=0.97 + k / 200,
            exposure=60_000.0 + 9_000 * k,
            name=f"Mécanique Générale {k} SAS",
            hover="",
            is_named=True,
        )
        for k in range(4)
    ] + [
        charts.Point(share=None, exposure=20_000.0 + 7_000 * k, name=f"Chauffage Central {k} SA", hover="")
        for k in range(4)
    ]
    figure = charts.to_json(
        charts.exposure_scatter(
            points,
            ticks=[(10.0**k, "") for k in range(3, 6)],
            shares=[(0, "0"), (1, "1")],
            default_name="d",
            narrow=narrow,
        )
    )
    width, height = (300, 240) if narrow else (490, 282)
    drawn = boxes(figure, width, height)
    assert len(drawn) >= (2 if narrow else 4)
    for k, one in enumerate(drawn):
        assert one[0] >= -40 and one[3] <= height + 2
        assert not any(
            one[0] < b[1] and b[0] < one[1] and one[2] < b[3] and b[2] < one[3] for b in drawn[k + 1 :]
        )


def test_the_figure_at_the_end_of_a_bar_is_inside_the_drawing() -> None:
    rows = [
        charts.Row(
            name="Late by more than 30 days",
            value=0.911,
            text="0.911",
            tone="accent",
            before=0.88,
            delta="+0.029 and more",
        )
    ]
    spec = charts.to_json(charts.rows_chart(rows, before_name="reference", narrow=False, longest=34))
    gutter = spec["layout"]["margin"]["l"]
    low, high = spec["layout"]["xaxis"]["range"]
    end = (0.911 - low) / (high - low) * (480 - gutter)
    assert end + charts.text_width("0.911 +0.029 and more") <= 480 - gutter
    assert math.isclose(low, 0)
