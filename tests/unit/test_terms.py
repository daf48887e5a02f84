"""Payment terms: every spelling a French or English customer file carries gives the same four numbers."""

from __future__ import annotations

import pytest

from pipelines.errors import UsageError
from pipelines.terms import LEGAL_DEFAULT, parse_terms


@pytest.mark.parametrize(
    ("texts", "numbers", "canonical"),
    [
        (
            [
                "30",
                30,
                " 30 ",
                "30 jours",
                "30 JOURS NET",
                "30 jours nets",
                "30j",
                "net 30",
                "30 days",
                "30\u00a0jours",
                "Net 30 days",
                "30 jours date de facture",
                "à 30 jours",
                "30 jours.",
            ],
            (30, False, 0, None),
            "30",
        ),
        (
            [
                "30 EOM",
                "30 FDM",
                "30 fdm",
                "30 jours fin de mois",
                "30 Jours Fin De Mois",
                "30J FDM",
                "30 days end of month",
                "30 jours, fin de mois",
                "30 jours fin du mois",
                "30eom",
                "30 jours net fin de mois",
            ],
            (30, True, 0, None),
            "30 EOM",
        ),
        (["45 jours fin de mois", "45 EOM", "45\u202fjours fin de mois"], (45, True, 0, None), "45 EOM"),
        (
            [
                "EOM 45",
                "FDM 45",
                "fdm+45",
                "Fin de mois 45 jours",
                "fin de mois + 45 jours",
                "EOM + 45 days",
                "45 days after end of month",
                "45 jours après la fin de mois",
            ],
            (0, True, 45, None),
            "EOM 45",
        ),
        (
            [
                "60 EOM 10",
                "60 FDM 10",
                "60 jours fin de mois le 10",
                "60 JOURS FIN DE MOIS LE 10 du mois suivant",
                "60 days end of month on the 10th",
            ],
            (60, True, 0, 10),
            "60 EOM 10",
        ),
        (["30 jours fin de mois le 10"], (30, True, 0, 10), "30 EOM 10"),
        (["30 jours fin de mois le 1er"], (30, True, 0, 1), "30 EOM 1"),
        (["fin de mois", "EOM", "0 EOM"], (0, True, 0, None), "0 EOM"),
        (["fin de mois le 15"], (0, True, 0, 15), "0 EOM 15"),
        (
            [
                "0",
                0,
                "à réception",
                "A RECEPTION",
                "comptant",
                "Au comptant",
                "paiement comptant",
                "à réception de facture",
                "due on receipt",
                "0 jour",
            ],
            (0, False, 0, None),
            "0",
        ),
    ],
)
def test_every_spelling_of_a_term_gives_the_same_numbers(
    texts: list[str | int], numbers: tuple[int, bool, int, int | None], canonical: str
) -> None:
    for text in texts:
        terms = parse_terms(text)
        assert (terms.net_days, terms.is_end_of_month, terms.days_after, terms.day_of_month) == numbers, text
        assert terms.text == canonical
        assert parse_terms(terms.text) == terms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "thirty",
        "30 EOM 45 10",
        "60 EOM 32",
        "60 EOM 0",
        "366",
        "EOM 400",
        "-30",
        "30-60",
        "3.5",
        "30 45",
        "2/10 net 30",
    ],
)
def test_a_text_that_is_no_term_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_terms(text)
    sentence = str(caught.value)
    assert f"'{text}'" in sentence
    assert "`60 EOM 10`" in sentence
    assert caught.value.exit_code == 2


def test_the_legal_default_is_what_the_grammar_reads() -> None:
    assert parse_terms("30") == LEGAL_DEFAULT
