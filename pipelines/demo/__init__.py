"""A seeded demo company, Ateliers Démo SAS, written in the true input formats.

Belongs here: `write_demo`, which draws the company (`population`, `behaviour`), keeps its books (`ledger`) and
writes its files (`files`). Does not belong here: anything the pipeline uses on real data. Everything is invented:
a SIREN that exists is a coincidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.demo import behaviour, company_life, events, files, ledger, population, subledger
from pipelines.demo.cash import Cash
from pipelines.demo.habits import Habits

#: Why customers pay late and fail, by name.
VARIANTS: dict[str, Callable[[np.random.Generator, population.Customers], behaviour.Mechanism]] = {
    "habits": Habits.draw,
    "cash": Cash.draw,
}


@dataclass(frozen=True)
class Drawn:
    """Customers, why they pay when they do, their documents, and every settlement of these."""

    who: population.Customers
    mechanism: behaviour.Mechanism
    docs: behaviour.Documents
    moves: behaviour.Moves


@dataclass(frozen=True)
class DemoFiles:
    """Where the demo company's files are. `truth` is read by tests only."""

    directory: Path
    config: Path
    ledgers: tuple[Path, ...]
    customers: Path
    sirene: Path
    establishments: Path
    bodacc: Path
    accounts: Path
    truth: Path
    ledger_lines: int


def write_demo(
    directory: Path,
    seed: int = 7,
    customers: int = 400,
    invoices: int = 25000,
    with_subledger: bool = False,
    variant: str = "habits",
) -> DemoFiles:
    """Write the demo company into `directory` and return its files.

    Args:
        directory: created if missing; files of an earlier demo are replaced, others are left alone.
        seed: the same seed, customers and invoices give the same bytes.
        customers: customers of the file, at least 5.
        invoices: invoices of the three fiscal years 2023 to 2025 (credit notes, deposits and what is open on
            1 January 2023 come on top); the ledgers have about five lines for each.
        with_subledger: write the sub-ledger of the same books too, as an ERP exports it, and configure it.
        variant: why customers pay late, one of `VARIANTS`.

    Raises:
        ValueError: too few customers or invoices; no such variant.
        OSError: the directory cannot be written.
    """
    streams, drawn = draw(seed, customers, invoices, variant)
    who, mechanism, docs, moves = drawn.who, drawn.mechanism, drawn.docs, drawn.moves
    health = mechanism.health
    books = ledger.write_books(streams[4], who, health, docs, moves)

    external, ledgers = directory / "external", directory / "ledgers"
    for folder in (directory, external, ledgers):
        folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(files.write_fec(ledgers, year, lines, who) for year, lines in books.years.items())
    files.write_customers(directory / "customers.csv", who)
    units = external / "StockUniteLegale_utf8.csv"
    establishments, accounts = external / "StockEtablissement_utf8.csv", external / "ratios_inpi_bce.csv"
    files.write_sirene(streams[5], units, who, health)
    company_life.write_establishments(establishments, units, who)
    life = company_life.draw_life(streams[14], who, health)
    files.write_bodacc(streams[6], external / "annonces-commerciales.json", who, health, life)
    company_life.write_accounts(accounts, life)
    files.write_truth(directory / ".truth", who, mechanism, docs, moves, books)
    events.write_events(
        streams[7:14], directory / "events", directory / ".truth", who, health, docs, moves, books
    )
    config = files.CONFIG
    if with_subledger:
        subledger.write_subledger(directory / "erp", who, docs, moves, books)
        config = config.replace(files.FEC_LEDGER, files.FEC_LEDGER + subledger.CONFIG)
    (directory / "encours.yml").write_text(config, encoding="utf-8")
    return DemoFiles(
        directory=directory,
        config=directory / "encours.yml",
        ledgers=paths,
        customers=directory / "customers.csv",
        sirene=units,
        establishments=establishments,
        accounts=accounts,
        bodacc=external / "annonces-commerciales.json",
        truth=directory / ".truth",
        ledger_lines=sum(len(lines) for lines in books.years.values()),
    )


def draw(
    seed: int, customers: int, invoices: int, variant: str = "habits"
) -> tuple[list[np.random.Generator], Drawn]:
    """The company that `write_demo` writes for these, and the streams of chance that the rest of it comes from.

    Raises:
        ValueError: as `write_demo`.
    """
    if invoices < 1:
        raise ValueError(f"The demo company needs at least 1 invoice, {invoices} asked.")
    if variant not in VARIANTS:
        raise ValueError(f"No variant of the demo company is called {variant}: {' or '.join(VARIANTS)}.")
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(15)]
    who = population.draw_customers(streams[0], customers)
    mechanism = VARIANTS[variant](streams[1], who)
    drawn = behaviour.draw_documents(streams[2], who, mechanism.health, invoices)
    docs, moves = behaviour.settle(streams[3], who, mechanism, drawn)
    return streams, Drawn(who, mechanism, docs, moves)


__all__ = ["VARIANTS", "DemoFiles", "Drawn", "draw", "write_demo"]
