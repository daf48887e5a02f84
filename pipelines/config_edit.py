"""Adding a table to `encours.yml` as the user wrote it: comments, order and quotes stay.

What belongs here: finding the place in the text. What does not: what is added (`mapping`), reading (`config`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipelines.config import load_settings
from pipelines.errors import UsageError


def add_section(path: Path, section: Mapping[str, Any]) -> Path:
    """Add the tables of a section to a configuration that does not have them; the file before is kept beside it.

    Args:
        section: `{'ledgers': [{'kind': 'subledger', …}]}`, `{'events': {…}}` or `{'customers': {…}}`.

    Returns:
        the copy of the file before, `encours.yml.bak`.

    Raises:
        UsageError: the place is taken or cannot be told, or the file would not be accepted with it; it is unchanged.
    """
    text = path.read_bytes().decode("utf-8-sig")
    node = yaml.compose(text, Loader=yaml.BaseLoader)
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{path.name}: expected keys such as 'company:'; see `encours init DIR`.")
    (key, value) = next(iter(section.items()))
    if "companies" in _keys(node):
        raise UsageError(
            f"{path.name} holds several companies: paste the section under the one it is for, without --write."
        )
    edited = _edited(path.name, text, node, key, value)
    _check(path, edited)
    backup = path.with_name(path.name + ".bak")
    shutil.copyfile(path, backup)
    _replace(path, edited)
    return backup


def _edited(name: str, text: str, node: yaml.MappingNode, key: str, value: Any) -> str:
    """The text with the section in its place."""
    here = _keys(node).get(key)
    if here is None:
        return _inserted(text, len(text.splitlines()), _lines({key: value}, 0))
    if not isinstance(value, list):
        if key != "events":
            raise _taken(name, key, here)
        return _into_mapping(name, text, here, value, key)
    (ledger,) = value
    if not isinstance(here, yaml.SequenceNode):
        raise _unclear(name, key, here)
    alike = [
        item
        for item in here.value
        if isinstance(item, yaml.MappingNode)
        and _scalar(item, "kind") == "subledger"
        and ("preset" not in ledger or _scalar(item, "preset") == ledger["preset"])
    ]
    tables = {name: one for name, one in ledger.items() if name not in ("kind", "preset")}
    if len(alike) > 1:
        raise UsageError(
            f"{name}, line {here.start_mark.line + 1}, key {key}: several sub-ledgers may be meant; paste the table "
            "under one of them, without --write."
        )
    if alike:
        return _into_mapping(name, text, alike[0], tables, key)
    if "invoices" not in tables:
        raise UsageError(
            f"{name}: there is no sub-ledger to add {next(iter(tables))} to; map its invoices first."
        )
    if here.flow_style or not here.value:
        raise _unclear(name, key, here)
    item = here.value[0].start_mark
    # The dash stands before its item, on the same line.
    dash = text.splitlines()[item.line].index("-") if item.line < len(text.splitlines()) else 0
    return _inserted(text, _last_line(here) + 1, _lines([ledger], dash))


def _into_mapping(name: str, text: str, node: yaml.Node, value: Mapping[str, Any], key: str) -> str:
    """New keys at the end of a block of keys."""
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise _unclear(name, key, node)
    for its in value:
        if (there := _keys(node).get(its)) is not None:
            raise _taken(name, its, there)
    return _inserted(text, _last_line(node) + 1, _lines(value, node.start_mark.column))


def _keys(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _scalar(node: yaml.MappingNode, key: str) -> str | None:
    value = _keys(node).get(key)
    return value.value if isinstance(value, yaml.ScalarNode) else None


def _last_line(node: yaml.Node) -> int:
    """The line of a node's last sign; a block's own end lies behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    # A text in several lines (`|`) ends where the next one begins.
    return end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line


def _lines(value: Any, indent: int) -> list[str]:
    from pipelines.mapping import as_yaml

    return [" " * indent + line for line in as_yaml(value).splitlines()]


def _inserted(text: str, at: int, lines: list[str]) -> str:
    """The text with lines before its line `at`, under its own line ends."""
    end = "\r\n" if "\r\n" in text else "\n"
    old = text.splitlines(keepends=True)
    if at >= len(old) and old and not old[-1].endswith("\n"):
        old[-1] += end
    return "".join([*old[:at], *(line + end for line in lines), *old[at:]])


def _taken(name: str, key: str, node: yaml.Node) -> UsageError:
    return UsageError(
        f"{name}, line {node.start_mark.line + 1}: {key} is mapped there already; take it out or edit it, nothing "
        "was written."
    )


def _unclear(name: str, key: str, node: yaml.Node) -> UsageError:
    return UsageError(
        f"{name}, line {node.start_mark.line + 1}, key {key}: it is written between brackets, where nothing can be "
        "added line by line; write it as a block (one key a line), or paste the section without --write."
    )


def _check(path: Path, text: str) -> None:
    """Refuse a text that would not be accepted."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        Path(name).write_bytes(text.encode("utf-8"))
        load_settings(name)
    except UsageError as error:
        told = str(error).replace(Path(name).name, path.name)
        raise UsageError(f"nothing was written, {path.name} would not be accepted: {told}") from None
    finally:
        os.unlink(name)


def _replace(path: Path, text: str) -> None:
    """The new text in place of the old one, whole or not at all."""
    mark = "\ufeff" if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write((mark + text).encode("utf-8"))
    shutil.copymode(path, name)
    os.replace(name, path)
