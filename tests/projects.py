"""A folder with a configuration and a tiny ledger, ready to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.config import Settings, load_settings
from pipelines.lake import Workspace
from pipelines.progress import Progress
from tests.ledgers import Fec

CONFIG = """\
company: {name: Exemple SAS, siren: '732829320'}
ledgers:
  - {kind: fec, path: ledgers/*.txt}
payment_terms: {default: '30'}
"""

#: A sole trader and a company, as a ledger and a register name them.
SIREN, FIRM = "482309382", "880878145"
NAME, NUMBER = "Zéphirine Quattrocchi", "QUATTRO"


def worked_example() -> Fec:
    """Three invoices, a credit note on the third, a payment of the first, one on account: 2,350.00 stay open."""
    fec = Fec()
    fec.invoice("2025-01-10", "X", "F1", 1200).invoice("2025-02-14", "X", "F2", 600)
    fec.invoice("2025-03-20", "X", "F3", 2400).invoice("2025-03-25", "X", "N1", -400)
    fec.receipt("2025-02-24", "X", 1200, label="VIR F1").receipt("2025-03-31", "X", 250, label="ACOMPTE")
    return fec


@dataclass(frozen=True)
class Project:
    """A project on disk."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "encours.yml"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledgers" / "732829320FEC20251231.txt"

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.settings.workspace)

    @property
    def published(self) -> Path:
        return self.workspace.published.resolve()

    def run(self) -> Path:
        """Run everything in this process; the release's folder."""
        from pipelines.run import execute

        return execute(self.settings, Progress())


def new_project(folder: Path, ledger: Fec | None = None) -> Project:
    """Write the configuration and the ledger (the worked example unless given)."""
    project = Project(folder)
    (ledger or worked_example()).write(project.ledger)
    project.config.write_text(CONFIG, encoding="utf-8")
    return project
