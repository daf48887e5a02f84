"""What a run shows while it goes: one line a step, with its time; a spinner where there is a terminal.

What belongs here: showing. What does not: deciding what a step is (assets do).
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """Shows nothing; what Dagster's own processes use (they have the event log).

    Attributes:
        seconds: time of each finished step, by title.
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show a step while it lasts."""
        step = Step(title)
        started = time.perf_counter()
        self._begin(step)
        done = False
        try:
            yield step
            done = True
        finally:
            elapsed = time.perf_counter() - started
            self.seconds[title] = self.seconds.get(title, 0.0) + elapsed
            self._end(step, elapsed, done)

    def _begin(self, step: Step) -> None:
        pass

    def _end(self, step: Step, elapsed: float, done: bool) -> None:
        pass


@dataclass
class Step:
    """One step: `say` changes the detail beside its title."""

    title: str
    detail: str = ""
    on_change: Any = None

    def say(self, detail: str) -> None:
        """Show where the step is, and keep the last word for its final line."""
        self.detail = detail
        if self.on_change is not None:
            self.on_change()


class PlainProgress(Progress):
    """A line when a step ends; for files and pipes."""

    def _end(self, step: Step, elapsed: float, done: bool) -> None:
        mark = "done  " if done else "failed"
        print(
            f"  {mark} {step.title:<28} {elapsed:6.1f} s  {step.detail}".rstrip(), file=sys.stderr, flush=True
        )


class TerminalProgress(Progress):
    """A spinner while a step lasts, then a line."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._status: Any = None

    def _begin(self, step: Step) -> None:
        from rich.markup import escape

        self._status = self._console.status(escape(step.title))
        self._status.start()

        def show() -> None:
            self._status.update(f"{escape(step.title)}  [dim]{escape(step.detail)}[/dim]")

        step.on_change = show

    def _end(self, step: Step, elapsed: float, done: bool) -> None:
        from rich.markup import escape

        self._status.stop()
        mark = "[green]✓[/green]" if done else "[red]✗[/red]"
        detail = f"[dim]{escape(step.detail)}[/dim]"
        self._console.print(f"  {mark} {escape(step.title):<28} {elapsed:6.1f} s  {detail}")


def for_this_terminal() -> Progress:
    """A spinner where someone watches, lines otherwise."""
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()
