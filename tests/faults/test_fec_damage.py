"""Damaged ledgers: whatever happens to the bytes, a refusal is one sentence and every row is accounted for."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import EncoursError
from tests.unit.sources.fec_files import Layout, encode, landed_rows, read, rejected_rows, sale

ROWS = [row for i in range(12) for row in sale(str(i), f"{i}2,50", CompAuxLib="Éts Bœuf", PieceRef=f"FA{i}")]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file after some cuts, insertions, repetitions and overwritten bytes."""
    layout = Layout(
        draw(st.sampled_from(["\t", "|", ";"])),
        draw(st.sampled_from(["\n", "\r\n", "\r\r\n", "\r"])),
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "iso-8859-15"])),
    )
    content = bytearray(encode(ROWS, layout))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 80))
        match draw(st.sampled_from(["cut", "insert", "overwrite", "repeat", "truncate"])):
            case "cut":
                del content[at : at + length]
            case "insert":
                content[at:at] = draw(st.binary(max_size=12))
            case "overwrite":
                content[at : at + 4] = draw(st.binary(max_size=4))
            case "repeat":
                content[at:at] = content[at : at + length]
            case "truncate" if at > 600:
                del content[at:]
            case _:
                pass
    return bytes(content)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damage_is_refused_in_one_sentence_or_accounted_for(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.txt"
        path.write_bytes(content)
        try:
            landed = read(path, Path(folder))
        except EncoursError as error:
            sentence = str(error)
            assert "f.txt" in sentence
            assert "\n" not in sentence
            assert sentence.endswith(".")
            return
        accepted, refused = landed_rows(landed, "line_number, Debit, Credit"), rejected_rows(landed)
        lines = [row[0] for row in accepted] + [row["line_number"] for row in refused]
        assert len(lines) == len(set(lines)) == landed.rows_read
        assert (len(accepted), len(refused)) == (landed.rows_accepted, landed.rows_rejected)
        assert landed.debit_total == sum((row[1] for row in accepted), Decimal(0))
        assert landed.credit_total == sum((row[2] for row in accepted), Decimal(0))
        assert landed.debit_rejected == sum((row["debit"] or 0 for row in refused), Decimal(0))
        assert all(row["reason"] for row in refused)
