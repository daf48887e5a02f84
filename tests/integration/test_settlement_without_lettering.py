"""What settlement finds in the demo company when its lettering is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.demo import write_demo
from tests.benchmarks.settlement import measure, report

pytestmark = pytest.mark.slow


def test_nine_invoices_in_ten_are_found_without_lettering_and_nearly_all_of_them_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_demo(tmp_path / "demo")
    found, misses = measure({"demo": tmp_path / "demo" / "ledgers" / "*.txt"}, tmp_path)
    with capsys.disabled():
        print(report(found, misses))
    [everything] = [one for one in found if one.how == "all"]
    [matched] = [one for one in found if one.how == "all but fifo"]
    assert everything.invoices > 15_000, "most of the demo company's invoices are lettered"
    assert matched.invoices / everything.invoices >= 0.90
    assert matched.right / matched.invoices >= 0.995
    assert (
        sum(one.invoices for one in misses if "fifo" in one.reason) == everything.invoices - matched.invoices
    )
