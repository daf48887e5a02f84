"""The section `privacy` of encours.yml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.config import Privacy, load_settings
from pipelines.errors import UsageError
from pipelines.template import write_template

BASE = "company: {name: Exemple SAS, siren: '732829320'}\nledgers:\n  - {kind: fec, path: ledgers/*.txt}\n"


def load(folder: Path, section: str) -> Privacy:
    path = folder / "encours.yml"
    path.write_text(BASE + section, encoding="utf-8")
    return load_settings(path).privacy


def test_persons_are_not_named_unless_the_configuration_says_so(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Privacy(None, False, None, None, 10)
    written = "privacy: {contact: dpo@e.fr, show_sole_traders: true, retention: {external_months: 36, releases: 3}}\n"
    assert load(tmp_path, written) == Privacy("dpo@e.fr", True, 36, None, 3)


def test_the_template_shows_every_key(tmp_path: Path) -> None:
    written = write_template(tmp_path / "new")
    text = written.read_text(encoding="utf-8")
    section = re.search(r"(?m)^# privacy:\n(#   .*\n)+", text)
    assert section is not None
    plain = re.sub(r"(?m)^# ", "", section[0])
    assert load(tmp_path, plain) == Privacy("donnees@example.fr", True, 36, 12, 10)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("privacy: {show_sole_trader: true}\n", "show_sole_traders"),
        ("privacy: {retention: {releases: 0}}\n", "privacy.retention.releases"),
        ("privacy: {retention: {external_months: soon}}\n", "privacy.retention.external_months"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_its_name(tmp_path: Path, section: str, told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        load(tmp_path, section)
