"""The rule table: what may be written in it, that the first rule wins, and what it proposes on hand-made books."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.actions import Actions, propose
from ml.actions.facts import FACTS
from ml.actions.proposals import PROPOSALS
from ml.actions.rules import OWN_RULES, WORDING, RuleError, first_match, load_rules
from ml.curves import HORIZON_DAYS, Curves
from ml.marts import day_number, open_marts
from ml.settings import RiskSettings

COMPANY = "732829320"
AS_OF = dt.date(2024, 6, 30)


def test_the_project_s_own_rules_name_every_action_that_has_words() -> None:
    rules = load_rules()
    assert {rule.action for rule in rules} == set(WORDING) - {"none"}
    assert load_rules(OWN_RULES.read_text(encoding="utf-8")) == rules
    for rule in rules:
        assert rule.told and set(rule.told) <= set(FACTS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a list of rules"),
        ("remind", "expected a list of rules"),
        ("- [", "not valid YAML"),
        ("- remind", "rule 1: expected 'action: …' and 'when: […]', found 'remind'"),
        ("- {action: remind, when: [overdue > 0], wen: []}", "unknown key 'wen'; did you mean 'when'?"),
        ("- {when: [overdue > 0]}", "nothing is no action"),
        ("- {action: Remind Me, when: []}", "'Remind Me' is no action"),
        ("- {action: remnd, when: []}", "needs its words: en: … and fr: …; or did you mean 'remind'?"),
        ("- {action: hold, en: Hold, when: []}", "needs its words"),
        ("- {action: hold, en: Hold, fr: '', when: []}", "the words of the action are blank"),
        ("- {action: remind, en: 'Pay {overdu}'}", "'{overdu}' is no fact; did you mean 'overdue'?"),
        ("- {action: remind, en: 'Pay {overdue!r}'}", "'{overdue!r}' is no fact"),
        ("- {action: remind, fr: 'Payez {'}", "a brace stands alone"),
        ("- {action: remind, when: overdue > 0}", "'when' is a list"),
        ("- {action: remind, when: [yes]}", "'when' is a list"),
        ("- {action: remind, when: [overdue]}", "overdue alone says nothing; compare it"),
        ("- {action: remind, when: [overdu > 0]}", "rule 1 (remind): 'overdu' is no fact; did you mean 'overdue'?"),
        ("- {action: remind, when: [overdue > a]}", "'a' cannot be compared with overdue; write a number"),
        ("- {action: remind, when: [overdue > 1e9]}", "'1e9' cannot be compared with overdue; write a number"),
        ("- {action: remind, when: [rating > C]}", "rating has no order"),
        ("- {action: remind, when: [is_in_default = 1]}", "cannot be compared with is_in_default; write true or false"),
        ("- {action: remind, when: [promised_for > 2024-02-30]}", "cannot be compared with promised_for; write a date"),
        ("- {action: remind, when: [overdue > 0; drop table document]}", "is no condition"),
        ("- {action: remind, when: [\"rating = A'\"]}", "cannot be compared with rating; write a word"),
        ("- {action: remind, when: [overdue > 0], tell: [overdu]}", "'overdu' is no fact; did you mean 'overdue'?"),
        ("- {action: remind, when: [overdue > 0], tell: overdue}", "'tell' is a list of facts"),
    ],
)  # fmt: skip
def test_a_faulty_table_is_refused_in_one_sentence_that_names_the_rule(text: str, told: str) -> None:
    with pytest.raises(RuleError) as refused:
        load_rules(text, "own.yml")
    sentence = str(refused.value)
    assert told in sentence and sentence.startswith("own.yml") and "\n" not in sentence


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

_NUMBERS = st.integers(-3, 3)


@st.composite
def _condition(draw: st.DrawFn) -> tuple[str, Any]:
    """A condition as written, and what it means, worked out apart."""
    test: Callable[[Any], bool] | None
    kind = draw(st.sampled_from(("number", "known", "word", "words", "flag")))
    may_be_unknown = kind != "known" and draw(st.booleans())
    negated = draw(st.booleans())
    if kind == "number":
        fact, operator, bound = "overdue_months", draw(st.sampled_from(sorted(_OPERATORS))), draw(_NUMBERS)
        text, test = f"{fact} {operator} {bound}", lambda v: _OPERATORS[operator](v, bound)
    elif kind == "known":
        fact, word = "overdue_months", draw(st.sampled_from(("known", "unknown")))
        text, test = f"{fact} {word}", None
    elif kind == "word":
        fact, letter = "rating", draw(st.sampled_from("ABC"))
        text, test = f"rating = {letter}", lambda v: v == letter
    elif kind == "words":
        fact, letters = "rating", draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=3))
        text, test = f"rating in {' '.join(letters)}", lambda v: v in letters
    else:
        fact, text, test = "is_in_default", "is_in_default", lambda v: v
    text = ("not " if negated else "") + text + (" or unknown" if may_be_unknown else "")

    def holds(row: dict[str, Any]) -> bool:
        value = row[fact]
        if test is None:
            return ((value is not None) == (word == "known")) != negated
        return may_be_unknown if value is None else bool(test(value)) != negated

    return text, holds


@settings(deadline=None, max_examples=60)
@given(
    tables=st.lists(st.lists(_condition(), max_size=3), min_size=1, max_size=4),
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "overdue_months": st.none() | _NUMBERS.map(float),
                "rating": st.none() | st.sampled_from("ABCD"),
                "is_in_default": st.none() | st.booleans(),
            }
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_the_first_rule_that_holds_wins(
    tables: list[list[tuple[str, Any]]], rows: list[dict[str, Any]]
) -> None:
    text = json.dumps([{"action": "remind", "when": [written for written, _ in rule]} for rule in tables])
    expected = [
        next((k for k, rule in enumerate(tables) if all(holds(row) for _, holds in rule)), -1) for row in rows
    ]
    schema = pa.schema(
        [("overdue_months", pa.float64()), ("rating", pa.string()), ("is_in_default", pa.bool_())]
    )
    with duckdb.connect() as con:
        con.register("facts", pa.Table.from_pylist(rows, schema=schema))
        found = con.execute(f"select {first_match(load_rules(text))} from facts").fetchall()
    assert [row[0] for row in found] == expected


# --- on books written by hand ---------------------------------------------------------------------------------------


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def proposed(
    factory: ModuleType,
    folder: Path,
    invoices: Sequence[tuple[object, ...]],
    more: str = "",
    scores: dict[str, tuple[float, str]] | None = None,
    risk: RiskSettings | None = None,
    payments: Sequence[tuple[object, ...]] = (),
    still_open: float = 0.5,
) -> Actions:
    """The proposals on a book by hand: each open document is still open after a day with the same chance."""
    factory.write_rows(folder, AS_OF, list(invoices), list(payments), [], more)
    con = open_marts(folder, {COMPANY: AS_OF})
    rows = con.execute(
        "select company_id, invoice_id, due_date from document where open_amount > 0 order by all"
    ).fetchall()
    survival = np.full((len(rows), HORIZON_DAYS + 1), still_open)
    survival[:, 0] = 1.0
    curves = Curves(
        np.full(len(rows), day_number(AS_OF)),
        np.array([day_number(r[2]) for r in rows], dtype=np.int64),
        survival,
    )
    open_documents = pa.table(
        {"company_id": [r[0] for r in rows], "invoice_id": [r[1] for r in rows], "p_late": [0.2] * len(rows)}
    )
    customers = None
    if scores is not None:
        customers = pa.table(
            {
                "company_id": [COMPANY] * len(scores),
                "customer_id": list(scores),
                "pd_12m": [pd for pd, _ in scores.values()],
                "rating": [grade for _, grade in scores.values()],
                "lgd": [0.6] * len(scores),
                "expected_loss": pa.array([None] * len(scores), pa.decimal128(18, 2)),
            }
        )
    try:
        return propose(con, open_documents, curves, customers, risk or RiskSettings())
    finally:
        con.close()


def actions_of(made: Actions) -> dict[str, str]:
    return {row["customer_id"]: row["action"] for row in made.customers.to_pylist()}


def behaviour(customer: str, **columns: object) -> str:
    assigned = ", ".join(f"{name} = {value!r}" for name, value in columns.items())
    return f"update behaviour set {assigned} where customer_id = '{customer}';"


def test_each_customer_gets_what_its_facts_call_for(factory: ModuleType, tmp_path: Path) -> None:
    late, later, young = day("2024-06-20"), day("2024-05-15"), day("2024-07-20")
    old = day("2024-03-01")
    made = proposed(
        factory,
        tmp_path,
        [
            ("R1", "remind", "invoice", old, late, 100),
            ("C1", "call", "invoice", old, later, 100),
            ("C2", "call", "invoice", day("2024-04-01"), young, 900),
            ("B1", "bounced", "invoice", old, late, 100),
            ("P1", "plan", "invoice", old, day("2024-05-01"), 900),
            ("W1", "promised", "invoice", old, later, 100),
            ("W2", "promised twice", "invoice", old, later, 900),
            ("W3", "promised twice", "invoice", day("2024-05-01"), young, 9000),
            ("W4", "just reminded", "invoice", old, late, 100),
            ("S1", "breaks promises", "invoice", old, later, 100),
            ("D1", "disputes", "invoice", old, later, 100),
            ("F1", "worst", "invoice", old, later, 100),
            ("F2", "worst, nothing due", "invoice", old, young, 100),
            ("E1", "risky", "invoice", old, young, 90_000),
            ("G1", "best", "invoice", old, young, 100),
            ("N1", "nothing known", "invoice", old, young, 100),
        ],
        f"""
            insert into promises values ('{COMPANY}', 'promised', date '2024-06-25', date '2024-07-05', 100),
                ('{COMPANY}', 'promised twice', date '2024-06-25', date '2024-07-05', 100);
            insert into disputed values ('{COMPANY}', 'L1', 'D1', date '2024-06-01', null);
            {behaviour("promised twice", promises_broken_12m=2)}
            {behaviour("bounced", has_rejection_12m=True)}
            {behaviour("just reminded", days_since_last_reminder=3, last_reminder_level=1)}
            {behaviour("breaks promises", promises_broken_12m=3)}
            {behaviour("best", paid_count_12m=20, share_paid_late_12m=0.05, months_since_first_invoice=30)}
        """,
        {
            "worst": (0.4, "F"), "worst, nothing due": (0.4, "F"), "risky": (0.12, "E"), "best": (0.002, "A"),
            "remind": (0.01, "B"),
        },
    )  # fmt: skip
    assert actions_of(made) == {
        "remind": "remind", "call": "call", "bounced": "call", "plan": "payment_plan", "promised": "wait",
        "promised twice": "call", "just reminded": "wait", "breaks promises": "stop", "disputes": "settle_dispute",
        "worst": "stop", "worst, nothing due": "deposit", "risky": "insure_or_factor", "best": "better_terms",
        "nothing known": "none",
    }  # fmt: skip
    told = {row["customer_id"]: json.loads(row["recommended_action"]) for row in made.customers.to_pylist()}
    assert told["call"]["reason_en"] == (
        "oldest unpaid document 46 days past due; ¤100 past due; documents past due: 1"
    )
    assert told["call"]["reason_fr"] == (
        "plus ancien impayé échu depuis 46 jours\u202f; 100\u00a0¤ échus impayés\u202f; pièces échues : 1"
    )
    assert told["call"]["values"] == {
        "oldest_overdue_days": 46, "overdue": "100.00", "overdue_documents": 1,
    }  # fmt: skip
    assert told["promised"]["reason_en"] == "¤100 promised; payment promised for 5 July 2024"
    assert told["nothing known"] == {
        "code": "none", "rule": 0, "values": {}, "en": "Nothing to do", "fr": "Rien à faire", "reason_en": "",
        "reason_fr": "",
    }  # fmt: skip


def test_one_s_own_table_replaces_ours_and_may_propose_what_we_never_heard_of(
    factory: ModuleType, tmp_path: Path
) -> None:
    rules = """
        - {action: hold_orders, en: 'Hold {overdue} <b>', fr: 'Retenir {overdue} <b>', when: [overdue >= 100]}
    """
    made = proposed(
        factory,
        tmp_path,
        [
            ("1", "<script>alert(1)</script>", "invoice", day("2024-01-01"), day("2024-02-01"), 1234),
            ("2", "=cmd|' /C calc'!A0", "invoice", day("2024-01-01"), day("2024-02-01"), 99),
        ],
        risk=RiskSettings(action_rules=rules, effects={"hold_orders": 2.0}),
    )
    assert actions_of(made) == {"<script>alert(1)</script>": "hold_orders", "=cmd|' /C calc'!A0": "none"}
    first = next(r for r in made.customers.to_pylist() if r["action"] == "hold_orders")
    told = json.loads(first["recommended_action"])
    assert (told["en"], told["fr"]) == ("Hold ¤1,234 <b>", "Retenir 1\u202f234\u00a0¤ <b>")
    assert made.collection.column("customer_id").to_pylist() == ["<script>alert(1)</script>"]


def test_a_decision_in_force_is_recorded_beside_the_proposal_never_in_its_place(
    factory: ModuleType, tmp_path: Path
) -> None:
    invoices = [("1", "C", "invoice", day("2024-01-01"), day("2024-02-01"), 100)]
    more = f"insert into overrides values ('{COMPANY}', 'C', date '2024-06-30', null, '=wait', 'Plan <b>', 'Me');"
    plain = proposed(factory, tmp_path / "a", invoices).customers.to_pylist()
    decided = proposed(factory, tmp_path / "b", invoices, more).customers.to_pylist()
    beside = {
        "override_action": "=wait", "override_reason": "Plan <b>", "override_decided_by": "Me",
        "override_decided_on": AS_OF, "override_valid_to": None,
    }  # fmt: skip
    assert decided == [{**plain[0], **beside}]
    assert plain[0]["override_action"] is None


def test_without_scores_of_default_nothing_rests_on_them(factory: ModuleType, tmp_path: Path) -> None:
    made = proposed(
        factory, tmp_path, [("1", "C", "invoice", day("2024-05-01"), day("2024-07-20"), 100)], still_open=0.9
    )
    (row,) = made.customers.to_pylist()
    assert row["action"] == "none"
    assert json.loads(row["limit_reason"])["code"] == "need_without_pd"
    assert made.customers.schema == PROPOSALS
    assert made.collection.num_rows == 0
    assert row["overdue"] == Decimal("0.00") and row["not_due"] == Decimal("100.00")


def test_nothing_open_one_customer_or_a_silent_year_are_no_trouble(
    factory: ModuleType, tmp_path: Path
) -> None:
    """All paid; one customer with a payment on account alone; a ledger that stopped a year before the day."""
    paid = proposed(factory, tmp_path / "paid", [("C", "C", "credit_note", AS_OF, AS_OF, -50)])
    assert actions_of(paid) == {"C": "none"} and paid.collection.num_rows == 0
    assert paid.customers.to_pylist()[0]["recommended_limit"] == Decimal("0.00")
    alone = proposed(
        factory,
        tmp_path / "alone",
        [("1", "C", "invoice", day("2024-05-01"), day("2024-05-31"), 100)],
        payments=[("P", "C", day("2024-06-01"), 500)],
    )
    assert actions_of(alone) == {"C": "remind"}
    assert alone.collection.column("cash_gained").to_pylist() == [
        Decimal("0.00")
    ]  # it has paid more than it owes
    silent = proposed(
        factory, tmp_path / "silent", [("1", "C", "invoice", day("2023-03-01"), day("2023-04-01"), 100)]
    )
    (row,) = silent.customers.to_pylist()
    assert row["action"] == "call" and json.loads(row["limit_reason"])["code"] == "no_billing"


def test_threads_and_the_order_of_rows_change_no_byte(
    factory: ModuleType, drifting: Path, tmp_path: Path
) -> None:
    shuffle = "select * from t order by md5(t::varchar)"
    shuffled = factory.altered(drifting, tmp_path, fct_invoices=shuffle, fct_payments=shuffle)
    made = []
    for folder, threads, order in ((drifting, 1, 1), (shuffled, 2, -1)):
        con = open_marts(folder, threads=threads)
        rows = con.execute(
            "select company_id, invoice_id, due_date, as_of from document where open_amount > 0 order by all"
        ).fetchall()[::order]
        origin = np.array([day_number(r[3]) for r in rows], dtype=np.int64)
        due = np.array([day_number(r[2]) for r in rows], dtype=np.int64)
        survival = 0.97 ** np.arange(HORIZON_DAYS + 1)[None, :] * np.ones((len(rows), 1))
        documents = pa.table(
            {
                "company_id": [r[0] for r in rows],
                "invoice_id": [r[1] for r in rows],
                "p_late": [0.3] * len(rows),
            }
        )
        made.append(propose(con, documents, Curves(origin, due, survival), None, RiskSettings()))
        con.close()
    assert made[0].customers.num_rows > 70 and made[0].collection.num_rows > 10
    assert made[0] == made[1]
