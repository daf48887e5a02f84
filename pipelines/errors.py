"""Errors that reach the user.

What belongs here: the three exceptions whose message is shown as it is, each with the exit code that
CONTRACT gives it. What does not: exceptions of the pure packages (`ml`, `dashboards`, `data_quality`),
which raise `ValueError` subclasses of their own.

A message is one readable sentence that names the file, line or key and says what to do.
"""

from __future__ import annotations


class EncoursError(Exception):
    """An error whose message is shown to the user without a traceback.

    Attributes:
        exit_code: what the `encours` command exits with (0 is success, 1 and 2 are the subclasses').
    """

    exit_code: int = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class DataError(EncoursError):
    """The data, or a quality gate, refused: nothing published is replaced. Exit code 1."""

    exit_code = 1


class UsageError(EncoursError):
    """The command or the configuration is wrong, or no ledger file was found. Exit code 2."""

    exit_code = 2
