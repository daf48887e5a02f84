"""The section `risk` of encours.yml: the fields of RiskSettings, and the file of actions' rules."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from ml.actions.rules import OWN_RULES, load_rules
from ml.settings import RiskSettings
from pipelines.config import load_settings
from pipelines.config_risk import RiskSection
from pipelines.errors import UsageError
from pipelines.template import write_template

BASE = "company: {name: Exemple SAS, siren: '732829320'}\nledgers:\n  - {kind: fec, path: ledgers/*.txt}\n"


def load(folder: Path, section: str) -> RiskSettings:
    path = folder / "encours.yml"
    path.write_text(BASE + section, encoding="utf-8")
    return load_settings(path).risk


def test_every_setting_is_a_key_and_nothing_else_is() -> None:
    names = {field.name for field in dataclasses.fields(RiskSettings)}
    assert set(RiskSection.model_fields) == names - {"action_rules"} | {"actions"}


def test_what_is_not_set_keeps_its_default(tmp_path: Path) -> None:
    default = RiskSettings()
    assert load(tmp_path, "") == default
    set_here = load(
        tmp_path, "risk: {lgd_prior: 0.4, effects: {call: 2}, what_if_terms: [comptant, 30 FDM, '0']}\n"
    )
    assert set_here == dataclasses.replace(
        default, lgd_prior=0.4, effects={**default.effects, "call": 2.0}, what_if_terms=("0", "30 EOM")
    )


def test_the_template_shows_every_key_with_its_default(tmp_path: Path) -> None:
    text = write_template(tmp_path / "new").read_text(encoding="utf-8")
    section = re.search(r"(?m)^# risk:\n(#   .*\n)+", text)
    assert section is not None
    plain = re.sub(r"(?m)^# ", "", section[0])
    assert set(re.findall(r"(?m)^  ([a-z_]+):", plain)) == set(RiskSection.model_fields)
    (tmp_path / "actions.yml").write_text(OWN_RULES.read_text(encoding="utf-8"), encoding="utf-8")
    shown = load(tmp_path, plain)
    assert load_rules(shown.action_rules) == load_rules()
    assert dataclasses.replace(shown, action_rules=None) == RiskSettings()


def test_a_table_of_one_s_own_is_read_with_the_file_and_its_actions_may_have_effects(tmp_path: Path) -> None:
    rules = "- {action: hold_orders, en: Hold, fr: Retenir, when: [overdue > 0]}\n"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "rules.yml").write_text(rules, encoding="utf-8")
    found = load(tmp_path, "risk: {actions: mine/rules.yml, effects: {hold_orders: 1.3}}\n")
    assert found.action_rules == rules and found.effects["hold_orders"] == 1.3


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("{lgd_prio: 0.4}", "key risk.lgd_prio: unknown key 'lgd_prio'; did you mean 'lgd_prior'?"),
        ("{action_rules: x}", "did you mean 'actions'?"),
        ("{lgd_prior: 40}", "key risk.lgd_prior: Input should be less than or equal to 1, found '40'"),
        ("{lgd_prior: soon}", "key risk.lgd_prior: expected a number, with a decimal point, found 'soon'"),
        ("{lgd_prior: nan}", "key risk.lgd_prior"),
        ("{effect_days: 1.5}", "key risk.effect_days: expected a whole number, found '1.5'"),
        ("{retrain: daily}", "'daily' is not accepted; write monthly, quarterly or never"),
        ("{effects: {call: 0.5}}", "key risk.effects.call: Input should be greater than or equal to 1"),
        ("{effects: {cal: 2}}", "key risk.effects.cal: 'cal' is no action; did you mean 'call'?"),
        ("{effects: 2}", "key risk.effects: expected keys and values"),
        ("{what_if_terms: '30'}", "key risk.what_if_terms: expected a list"),
        ("{what_if_terms: [someday]}", "key risk.what_if_terms: 'someday' is not a payment term"),
        ("{what_if_terms: []}", "key risk.what_if_terms: no terms to compare"),
        (
            "{actions: missing.yml}",
            "key risk.actions: missing.yml cannot be read (No such file or directory)",
        ),
        ("{actions: latin.yml}", "key risk.actions: latin.yml is not UTF-8 text"),
        ("{actions: wrong.yml}", "wrong.yml, rule 1 (remind): 'overdu' is no fact; did you mean 'overdue'?"),
    ],
)
def test_a_wrong_key_value_or_table_is_refused_in_one_sentence(
    tmp_path: Path, section: str, told: str
) -> None:
    (tmp_path / "latin.yml").write_bytes(b"- {action: remind, fr: Relanc\xe9}\n")
    (tmp_path / "wrong.yml").write_text("- {action: remind, when: [overdu > 0]}\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load(tmp_path, f"risk: {section}\n")
    sentence = str(refused.value)
    assert told in sentence and sentence.startswith("encours.yml, line 4") and "\n" not in sentence
