"""One build for every module of this folder: what a build takes is mostly its number of tables, not their rows."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path

import pytest

from tests.builds import Books, build, lay_out


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest, workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run over the small ledgers (`small_books`) of each module that tests were asked of."""
    modules = {item.module for item in request.session.items if isinstance(item, pytest.Function)}
    asked = sorted((one for one in modules if hasattr(one, "small_books")), key=lambda one: one.__name__)
    folder = tmp_path_factory.mktemp("files")
    books = reduce(or_, (one.small_books(folder) for one in asked), Books())
    return build(lay_out(workspace, books.ledgers, books.as_of, books.own, books.tables)).parent
