"""Bytes of a text file: what it is, how it is encoded, and its lines as Arrow batches in bounded memory.

What belongs here: everything below the meaning of a line, shared by the readers of delimited text. What does
not: separators' and columns' meaning (`fec_layout`, `customers`).

A file is decoded strictly: a byte that the encoding does not know stops the reading with its line and column;
none is replaced or dropped. UTF-8 is recognised by validity over the whole file, not over a sample.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.errors import DataError, UsageError

CHUNK_BYTES = 1 << 20
# Small enough to stay in the processor's cache while a block is looked at several times.
SCAN_BYTES = 1 << 17
MAX_LINE_BYTES = 1 << 20
LINE_SCHEMA = pa.schema([("line_number", pa.int64()), ("line", pa.string())])

# Signatures of what users hand over instead of a text export, with the remedy of each.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (
        b"PK\x03\x04",
        "a zip archive or a spreadsheet (xlsx, ods)",
        "unpack it, or export the text file itself",
    ),
    (b"PK\x05\x06", "an empty zip archive", "export the text file itself"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (xls, doc)", "export the text file itself"),
    (b"%PDF", "a PDF document", "export the text file itself"),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (b"7z\xbc\xaf", "a 7-zip archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"BZh", "a bzip2 archive", "unpack it"),
    (b"PAR1", "a Parquet file", "export the text file itself"),
    (b"SQLite format 3", "an SQLite database", "export the text file itself"),
)
# No-break, narrow no-break and thin space in UTF-8; last, the no-break space of the one-byte encodings.
_HARD_BLANKS = (b"\xc2\xa0", b"\xe2\x80\xaf", b"\xe2\x80\x89", b"\xa0")
# Bytes between two letters that mean an accented letter in DOS code page 850 (é à è ç ê) and never in French
# text of ISO-8859-15 or CP1252.
_DOS_LETTERS = np.array([0x82, 0x85, 0x87, 0x88, 0x8A], dtype=np.uint8)
_UNDEFINED_IN_CP1252 = [0x81, 0x8D, 0x8F, 0x90, 0x9D]


class UndecodableByteError(DataError):
    """A byte that the encoding does not know.

    Attributes:
        line_number: physical line, the first is 1.
        character: position in the line in characters, the first is 1.
        line_prefix: the bytes of the line before it.
    """

    def __init__(self, sentence: str, line_number: int, character: int, line_prefix: bytes) -> None:
        super().__init__(sentence)
        self.line_number = line_number
        self.character = character
        self.line_prefix = line_prefix


@dataclass(frozen=True, slots=True)
class TextFile:
    """What one pass over the bytes of a file tells.

    Attributes:
        path: where it lies.
        sha256: of its content, hexadecimal.
        size: in bytes; `modified_ns` beside it tells a file that changes while it is read.
        encoding: `utf-8`, `utf-8-sig` (with its mark), `utf-16-le`, `utf-16-be`, `iso-8859-15` or `cp1252`.
        line_end: `LF`, `CRLF`, `CRCRLF`, `CR`, or `none` (one line only).
        has_final_line_end: whether the last line is ended.
        is_padded: whether a blank stands beside a separator or a line end anywhere.
        has_hard_padding: whether a no-break blank stands beside a separator, a line end or another blank.
    """

    path: Path
    sha256: str
    size: int
    modified_ns: int
    encoding: str
    line_end: str
    has_final_line_end: bool
    is_padded: bool
    has_hard_padding: bool


def read_head(path: Path, size: int = 1 << 18) -> bytes:
    """The first bytes of a file.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        DataError: it is empty, or an archive, spreadsheet or other binary file.
    """
    try:
        with path.open("rb") as handle:
            head = handle.read(size)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file.") from None
    except IsADirectoryError:
        raise UsageError(
            f"{path} is a folder: name the file, or use a pattern such as {path.name}/*.txt."
        ) from None
    except PermissionError:
        raise UsageError(f"{path} cannot be read: its permissions forbid it.") from None
    if not head.strip(b" \t\r\n\x1a\xef\xbb\xbf\xff\xfe"):
        raise DataError(f"{path.name} is empty: export it again.")
    for signature, what, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise DataError(f"{path.name} is {what}, not a text file: {remedy}.")
    if guess_utf16(head) is None and (at := head.find(b"\0")) >= 0:
        raise _binary(path, head.count(b"\n", 0, at) + 1)
    return head


def guess_utf16(head: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` by its mark, or by NUL as every other byte; None for anything else."""
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    start = head[:400]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if half >= 8 and odd > 0.9 * half and even == 0:
        return "utf-16-le"
    if half >= 8 and even > 0.9 * half and odd == 0:
        return "utf-16-be"
    return None


def decode_head(head: bytes) -> str:
    """The head as text for detection only: whole lines, UTF-8 if valid, else byte by byte."""
    utf16 = guess_utf16(head)
    if utf16 is not None:
        return head[: len(head) & ~1].decode(utf16, "ignore").removeprefix("\ufeff")
    text = head.removeprefix(codecs.BOM_UTF8)
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return text.decode("iso-8859-15")


def decode_bytes(piece: bytes, encoding: str) -> str:
    """A piece of a file as text, for detection only: what is cut at its ends is dropped."""
    return piece.decode(encoding, "ignore").removeprefix("\ufeff")


def scan(path: Path, separator: str = "\t", encoding: str | None = None) -> TextFile:
    """Reads the bytes once: content hash, encoding, line ends, padding.

    Args:
        path: the file; `read_head` has accepted it.
        separator: the character whose neighbours tell padding.
        encoding: a declared one-byte encoding, which is believed; None: told from the bytes. UTF-8 and UTF-16 are
            always told.

    Returns:
        The facts.

    Raises:
        UndecodableByteError: a byte that the file's encoding does not know, with its line and column.
        DataError: NUL bytes (binary), a text in a DOS code page, or a line without end.
    """
    stat = path.stat()
    head = read_head(path, 4096)
    utf16 = guess_utf16(head)
    digest = hashlib.sha256()
    if utf16 is not None:
        with path.open("rb") as handle:
            while block := handle.read(CHUNK_BYTES):
                digest.update(block)
        _check_utf16(path, utf16)
        line_end, has_final = _utf16_line_end(path, utf16)
        facts = (utf16, line_end, has_final, True, True)
        return TextFile(path, digest.hexdigest(), stat.st_size, stat.st_mtime_ns, *facts)
    count = {b"\n": 0, b"\r": 0, b"\r\n": 0, b"\r\r\n": 0}
    is_utf8, is_padded = True, False
    hard_padding = dict.fromkeys(_HARD_BLANKS, False)
    last = b""
    for offset, block in _whole_lines(path):
        digest.update(block)
        if b"\0" in block:
            line, _ = _locate(path, offset + block.find(b"\0"), is_cr=False)
            raise _binary(path, line)
        is_utf8 = is_utf8 and _is_utf8(block)
        octets = np.frombuffer(block, dtype=np.uint8)
        count[b"\n"] += int(np.count_nonzero(octets == 0x0A))
        if b"\r" in block:
            count[b"\r"] += block.count(b"\r")
            count[b"\r\n"] += block.count(b"\r\n")
            count[b"\r\r\n"] += block.count(b"\r\r\n")
        is_padded = is_padded or _has_padding(octets, ord(separator))
        for mark, is_found in hard_padding.items():
            if not is_found and mark[:1] in block and mark in block:
                hard_padding[mark] = _stands_beside(block, mark, separator.encode())
        last = block[-64:]
    line_end = _line_end(count[b"\n"], count[b"\r"], count[b"\r\n"], count[b"\r\r\n"])
    if encoding is None and is_utf8:
        encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    elif encoding is None:
        encoding = _legacy_encoding(path, head.startswith(codecs.BOM_UTF8), is_cr=line_end == "CR")
    marks = _HARD_BLANKS[:-1] if is_utf8 else _HARD_BLANKS[-1:]
    has_hard_padding = any(hard_padding[mark] for mark in marks)
    has_final = last.rstrip(b"\x1a ").endswith((b"\n", b"\r"))
    is_padded = is_padded or last.endswith((b" ", b"\x1a"))
    facts = (encoding, line_end, has_final, is_padded or has_hard_padding, has_hard_padding)
    return TextFile(path, digest.hexdigest(), stat.st_size, stat.st_mtime_ns, *facts)


def line_batches(file: TextFile, end: str = "\n", chunk_bytes: int = CHUNK_BYTES) -> Iterator[pa.RecordBatch]:
    """The physical lines of a file, in order, as batches of (line_number, line).

    Line ends of any kind become the one character `end`, kept at the end of each line: a reader that splits
    on the separator passes the separator, and gets one empty field more instead of a costly trim. The last
    line bears it even where the file does not end it. Memory: a few times `chunk_bytes`, whatever the file.

    Raises:
        DataError: the file changed since it was scanned.
    """
    mark = ord(end)
    line_number = 1
    for text in ended_text(file, chunk_bytes):
        buffer = bytearray(text)
        octets = np.frombuffer(buffer, dtype=np.uint8)
        ends = np.flatnonzero(octets == 0x0A)
        if mark != 0x0A:
            octets[ends] = mark
        offsets = np.empty(len(ends) + 1, dtype=np.int32)
        offsets[0] = 0
        np.add(ends, 1, out=offsets[1:], casting="unsafe")
        lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(buffer))
        numbers = pa.array(np.arange(line_number, line_number + len(ends), dtype=np.int64))
        yield pa.RecordBatch.from_arrays([numbers, lines], schema=LINE_SCHEMA)
        line_number += len(ends)
    stat = file.path.stat()
    if (stat.st_size, stat.st_mtime_ns) != (file.size, file.modified_ns):
        raise DataError(f"{file.path.name} changed while it was read: run again once it is complete.")


def read_text(file: TextFile) -> str:
    """The whole text of a small file (reference data, not ledgers), line ends as LF, without its mark."""
    return b"".join(ended_text(file, CHUNK_BYTES)).decode("utf-8")


def ended_text(file: TextFile, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """UTF-8 text in pieces that each end with LF, whatever the file's encoding and line ends.

    Raises:
        DataError: a byte that a declared encoding does not know.
    """
    is_utf16 = file.encoding.startswith("utf-16")
    needs_decoding = not is_utf16 and not file.encoding.startswith("utf-8")
    utf16 = codecs.getincrementaldecoder(file.encoding)() if is_utf16 else None
    line_end = b"\r" if file.line_end == "CR" else b"\n"
    carry = b""
    with file.path.open("rb") as handle:
        handle.seek(_mark_bytes(file))
        while True:
            block = handle.read(chunk_bytes)
            is_last = not block
            if utf16 is not None:
                block = utf16.decode(block, final=is_last).encode("utf-8")
            text = carry + block
            cut = len(text) if is_last else text.rfind(line_end) + 1
            text, carry = text[:cut], text[cut:]
            if needs_decoding:
                try:
                    text = text.decode(file.encoding).encode("utf-8")
                except UnicodeDecodeError as error:
                    raise DataError(
                        f"{file.path.name}: byte 0x{text[error.start]:02X} is not {file.encoding.upper()}: "
                        "declare the file's true encoding, or export it as UTF-8."
                    ) from None
            if text:
                yield _unix_lines(text, file.line_end)
            if is_last:
                return


def _mark_bytes(file: TextFile) -> int:
    """How many bytes the byte order mark takes at the start of the file."""
    marks = {"utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    mark = marks.get(file.encoding, b"")
    with file.path.open("rb") as handle:
        return len(mark) if mark and handle.read(len(mark)) == mark else 0


def _unix_lines(text: bytes, line_end: str) -> bytes:
    if line_end == "CR":
        text = text.replace(b"\r", b"\n")
    elif b"\r" in text:
        text = text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")
        # A carriage return inside a line is a blank of its text, not a line end.
        text = text.replace(b"\r", b" ") if b"\r" in text else text
    return text if text.endswith(b"\n") else text + b"\n"


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    offsets = np.array([0, len(text)], dtype=np.int32)
    try:
        pa.StringArray.from_buffers(1, pa.py_buffer(offsets), pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _has_padding(octets: npt.NDArray[np.uint8], separator: int) -> bool:
    """Whether a blank stands beside a separator or a line end, or begins or ends the block."""
    if octets[0] == 0x20 or octets[-1] == 0x20:
        return True
    is_blank = octets == 0x20
    is_edge = (octets == separator) | (octets == 0x0A) | (octets == 0x0D)
    return bool((is_blank[:-1] & is_edge[1:]).any() or (is_edge[:-1] & is_blank[1:]).any())


def _stands_beside(block: bytes, mark: bytes, separator: bytes) -> bool:
    """Whether a blank of several kinds stands beside a separator, a line end or another blank, or at either end."""
    edges = (separator, b"\n", b"\r", b" ")
    return (
        block.startswith(mark)
        or block.endswith(mark)
        or any(mark + edge in block or edge + mark in block for edge in edges)
    )


def _line_end(line_feeds: int, carriage_returns: int, pairs: int, triples: int) -> str:
    if not line_feeds:
        return "CR" if carriage_returns else "none"
    if triples and triples * 2 >= line_feeds:
        return "CRCRLF"
    return "CRLF" if pairs * 2 >= line_feeds and pairs else "LF"


def _utf16_line_end(path: Path, encoding: str) -> tuple[str, bool]:
    decoder = codecs.getincrementaldecoder(encoding)()
    counts = [0, 0, 0, 0]
    last = ""
    with path.open("rb") as handle:
        while block := handle.read(CHUNK_BYTES):
            text = decoder.decode(block)
            for i, mark in enumerate(("\n", "\r", "\r\n", "\r\r\n")):
                counts[i] += text.count(mark)
            last = text[-1:] or last
    return _line_end(*counts), last in ("\n", "\r")


def _check_utf16(path: Path, encoding: str) -> None:
    """Decodes the whole file, so that nothing later meets a byte that it cannot decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, prefix = 1, ""
    with path.open("rb") as handle:
        while True:
            block = handle.read(CHUNK_BYTES)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                text = prefix + error.object[: error.start].decode(encoding, "ignore")
                line, prefix = line + text.count("\n"), text.rpartition("\n")[2]
                sentence = (
                    f"{path.name}, line {line}, character {len(prefix) + 1}: "
                    f"cut or damaged {encoding.upper()} text: export the file again."
                )
                raise UndecodableByteError(sentence, line, len(prefix) + 1, prefix.encode()) from None
            if not block:
                return
            text = prefix + text
            line, prefix = line + text.count("\n"), text.rpartition("\n")[2]


def _legacy_encoding(path: Path, has_utf8_mark: bool, is_cr: bool) -> str:
    """`iso-8859-15` or `cp1252` for a file that is not valid UTF-8; refuses damaged UTF-8 and DOS or Mac text.

    Damaged UTF-8 is told by evidence: at least as many valid multi-byte characters as bytes outside any.
    """
    counts = np.zeros(256, dtype=np.int64)
    valid = foreign = dos = 0
    first_dos = -1
    for offset, block in _whole_lines(path):
        octets = np.frombuffer(block, dtype=np.uint8)
        counts += np.bincount(octets, minlength=256)
        is_tail = (octets & 0xC0) == 0x80
        follows = np.append(is_tail[1:], [False])
        follows_twice = np.append(follows[1:], [False])
        two = (octets >= 0xC2) & (octets <= 0xDF) & follows
        three = (octets >= 0xE0) & (octets <= 0xEF) & follows & follows_twice
        valid += int(two.sum()) + int(three.sum())
        foreign += int((octets >= 0x80).sum()) - 2 * int(two.sum()) - 3 * int(three.sum())
        suspects = np.flatnonzero(np.isin(octets, _DOS_LETTERS))
        for at in suspects[:1000]:
            if block[at - 1 : at].isalpha() and block[at + 1 : at + 2].isalpha():
                dos += 1
                first_dos = offset + int(at) if first_dos < 0 else first_dos
    if has_utf8_mark or valid >= foreign:
        raise _damaged_utf8(path, is_cr)
    if dos > int(counts[0xC0:].sum()):
        line, _ = _locate(path, first_dos, is_cr)
        raise DataError(
            f"{path.name}, line {line}: the accents are those of a DOS code page (CP850): "
            "export it as UTF-8 or ISO-8859-15."
        )
    if not counts[0x80:0xA0].sum():
        return "iso-8859-15"
    if counts[_UNDEFINED_IN_CP1252].sum():
        offset, byte = _first_of(path, bytes(_UNDEFINED_IN_CP1252))
        line, prefix = _locate(path, offset, is_cr)
        raise _undecodable(path, line, len(prefix) + 1, byte, prefix, "UTF-8, ISO-8859-15 or CP1252")
    return "cp1252"


def _whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Blocks that end with a line end (the last one aside), each with its offset in the file."""
    carry, offset = b"", 0
    with path.open("rb") as handle:
        while block := handle.read(SCAN_BYTES):
            block = carry + block
            cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
            if cut:
                yield offset, block[:cut]
                offset += cut
            carry = block[cut:]
            if len(carry) > CHUNK_BYTES + MAX_LINE_BYTES:
                raise DataError(
                    f"{path.name} has a line of over {CHUNK_BYTES:,} bytes: it is no table of text: export it again."
                )
    if carry:
        yield offset, carry


def _damaged_utf8(path: Path, is_cr: bool) -> UndecodableByteError:
    for offset, block in _whole_lines(path):
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            line, prefix = _locate(path, offset + error.start, is_cr)
            character = len(prefix.decode("utf-8").removeprefix("\ufeff")) + 1
            if error.reason == "unexpected end of data":
                sentence = (
                    f"{path.name}, line {line}, character {character}: the file ends in the middle of a character, "
                    "so it was cut: export or copy it again."
                )
                return UndecodableByteError(sentence, line, character, prefix)
            return _undecodable(path, line, character, block[error.start], prefix, "UTF-8")
    raise AssertionError(f"{path} is valid UTF-8")


def _locate(path: Path, offset: int, is_cr: bool) -> tuple[int, bytes]:
    """The physical line of a byte, and the bytes of that line before it."""
    mark = b"\r" if is_cr else b"\n"
    line, prefix, left = 1, b"", offset
    with path.open("rb") as handle:
        while left and (block := handle.read(min(left, CHUNK_BYTES))):
            left -= len(block)
            line += block.count(mark)
            prefix = (prefix + block).rpartition(mark)[2]
    return line, prefix


def _first_of(path: Path, wanted: bytes) -> tuple[int, int]:
    for offset, block in _whole_lines(path):
        hits = [(at, byte) for byte in wanted if (at := block.find(byte)) >= 0]
        if hits:
            at, byte = min(hits)
            return offset + at, byte
    raise AssertionError(f"{path} holds none of {wanted!r}")


def _undecodable(
    path: Path, line: int, character: int, byte: int, prefix: bytes, encoding: str
) -> UndecodableByteError:
    sentence = (
        f"{path.name}, line {line}, character {character}: byte 0x{byte:02X} is not {encoding}: "
        "export the file again as UTF-8."
    )
    return UndecodableByteError(sentence, line, character, prefix)


def _binary(path: Path, line: int) -> DataError:
    return DataError(
        f"{path.name} holds NUL bytes (first on line {line}): it is a binary or damaged file, not a text: "
        "export it again as text."
    )
