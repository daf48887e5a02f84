"""The `encours` command.

What belongs here: arguments, exit codes, what is printed. What does not: any work; heavy imports happen inside the
commands, so that `--help` answers at once.

Exit codes: 0 done; 1 the data or a quality gate refused (nothing published is replaced); 2 the command or the
configuration is wrong.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from pipelines.errors import EncoursError, UsageError

if TYPE_CHECKING:
    from pipelines.config import Settings
    from pipelines.mapping import Proposal
    from pipelines.run import CompanySummary

DEFAULT_DEMO = Path("demo")
CONTEXT = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="encours",
    help="Receivables from your ledger: DSO, ageing and risk reports, tied to the accounts to the cent.",
    no_args_is_help=True,
    add_completion=False,
    context_settings=CONTEXT,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="Configuration file.  [default: $ENCOURS_CONFIG, else encours.yml here]"
    ),
]
DebugOption = Annotated[
    bool, typer.Option("--debug", help="Show the engines' logs and, on failure, the traceback.")
]


def main() -> NoReturn:
    """Run the command; a refusal is one sentence on stderr and an exit code, a traceback comes with `--debug` only."""
    debug = "--debug" in sys.argv[1:]
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except EncoursError as error:
        if debug:
            raise
        print(f"encours: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("encours: stopped; nothing published was replaced.", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        # A wrong command or option, as typer words it.
        told = getattr(error, "format_message", None)
        if told is not None:
            print(f"encours: {told().rstrip('.')}; see `encours --help`.", file=sys.stderr)
            sys.exit(2)
        if type(error).__name__ == "Abort":
            sys.exit(130)
        if debug:
            raise
        detail = " ".join(str(error).split())[:300] or "no detail"
        print(
            f"encours: unexpected failure ({type(error).__name__}: {detail}), nothing published was replaced; "
            "the same command with --debug shows where.",
            file=sys.stderr,
        )
        sys.exit(1)


def _settings(config: Path | None, as_of: str | None = None) -> Settings:
    """The configuration, with the command line's as-of date over the file's."""
    from dataclasses import replace

    from pipelines.config import find_config, load_settings

    settings = load_settings(find_config(config))
    return replace(settings, as_of=_date(as_of)) if as_of else settings


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of: '{text}' is not a date; write it YYYY-MM-DD, as 2024-12-31.") from error


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to create.")],
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Your ERP: odoo, dolibarr, erpnext, sage, sap, quickbooks or xero."
        ),
    ] = None,
) -> None:
    """Write a commented encours.yml and folders to drop files into."""
    from pipelines.template import write_template

    written = write_template(folder, preset)
    put = f"your exports in {folder / 'erp'}" if preset else f"your FEC in {folder / 'ledgers'}"
    print(f"{written} is written. Put {put}, complete the file, then:")
    print(f"  encours check --config {written}\n  encours run --config {written}")


@app.command(name="map")
def map_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Excel or Parquet.")],
    table: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="invoices, payments, disputes…  [default: told from the headers]"),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="The system it was exported from.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="OURS=HEADER", help="Decide on a column (repeat it).")
    ] = None,
    date_format: Annotated[str | None, typer.Option(metavar="FORMAT", help="As %d/%m/%Y.")] = None,
    decimal: Annotated[str | None, typer.Option(metavar="MARK", help="Decimal point or comma.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Sheet of a workbook.")] = None,
    header_row: Annotated[int | None, typer.Option(min=1, help="Line of the headers.")] = None,
    config: ConfigOption = None,
    write: Annotated[bool, typer.Option("--write", help="Add the section to the configuration.")] = False,
    debug: DebugOption = False,
) -> None:
    """Propose what the columns of an unknown file are, and show five rows through it."""
    import tempfile

    from pipelines.mapping import propose

    decided = dict(_decided(one) for one in column or [])
    with tempfile.TemporaryDirectory(prefix="encours-map-") as folder:
        proposal = propose(
            file, Path(folder), table, preset, decided, date_format, decimal, sheet, header_row
        )
        _print_proposal(proposal, config, write)
    if not proposal.is_complete:
        raise typer.Exit(1)


def _decided(text: str) -> tuple[str, str]:
    column, mark, header = text.partition("=")
    if not mark or not column.strip() or not header.strip():
        raise UsageError(f"--column: '{text}' is no column and header; write --column due_date='Échéance'.")
    return column.strip(), header.strip()


def _print_proposal(proposal: Proposal, config: Path | None, write: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipelines.config import CONFIG_NAME, find_config
    from pipelines.mapping import as_table, as_yaml, remarks, section

    path = find_config(config) if write or config is not None else Path(CONFIG_NAME).resolve()
    print(f"{proposal.path.name}: {proposal.table}")
    header, lines = as_table(proposal)
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for at, title in enumerate(header):
        shown.add_column(title, overflow="fold", no_wrap=at == 0)
    for line in lines:
        shown.add_row(*(Text(cell) for cell in line))
    console = Console(highlight=False)
    console.width = max(console.width, 110)
    console.print(shown)
    print()
    for sentence in remarks(proposal):
        print(f"  {sentence}")
    print()
    given = section(proposal, path.parent)
    print(as_yaml(given), end="")
    if not write:
        return
    if not proposal.is_complete:
        raise UsageError("nothing was written: complete the mapping first, as said above.")
    from pipelines.config_edit import add_section

    backup = add_section(path, given)
    print(f"\n{path} has it now; as it was before: {backup.name}.")


@app.command()
def check(config: ConfigOption = None, debug: DebugOption = False) -> None:
    """Read every input and write nothing: rows read, accepted, rejected, control totals of each file."""
    from pipelines.check import check_inputs, exit_code
    from pipelines.progress import for_this_terminal

    report = check_inputs(_settings(config), for_this_terminal())
    for line in report.lines():
        print(line)
    raise typer.Exit(exit_code(report.refusals))


@app.command()
def run(
    config: ConfigOption = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="Cut the ledger at that day (YYYY-MM-DD).")
    ] = None,
    train: Annotated[
        bool, typer.Option("--train", help="Train the models anew, whatever the calendar says.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Run the whole pipeline and publish its reports."""
    _run(_settings(config, as_of), debug, train=train)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where its files go.")] = DEFAULT_DEMO,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another company.")] = 7,
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 400,
    invoices: Annotated[int, typer.Option(min=1, help="About how many invoices.")] = 25_000,
    subledger: Annotated[
        bool, typer.Option("--subledger", help="With its ERP's invoices, payments and allocations too.")
    ] = False,
    variant: Annotated[
        Literal["habits", "cash"],
        typer.Option(help="Why customers pay late: by their habits, or when they have the cash."),
    ] = "habits",
    files_only: Annotated[bool, typer.Option("--files-only", help="Write the files, run nothing.")] = False,
    debug: DebugOption = False,
) -> None:
    """Write a demo company's files in their true formats and run everything on them."""
    from pipelines.config import load_settings
    from pipelines.demo import write_demo
    from pipelines.progress import for_this_terminal

    progress = for_this_terminal()
    with progress.step("Writing the demo company") as step:
        written = write_demo(
            folder,
            seed=seed,
            customers=customers,
            invoices=invoices,
            with_subledger=subledger,
            variant=variant,
        )
        step.say(str(folder))
    if files_only:
        print(f"Files of the demo company: {folder.resolve()}")
        return
    _run(load_settings(written.config), debug, progress)


@app.command()
def verify(
    run_id: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A release.  [default: the published one]")
    ] = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Re-check a published run against its manifest: every file's hash, every control total, the manifests' chain."""
    from pipelines.lake import Workspace
    from pipelines.privacy import orders
    from pipelines.release import verify as verify_release

    workspace = Workspace(_settings(config).workspace)
    done = verify_release(workspace, run_id)
    print(
        f"{done.run_id}: {done.files} files and {done.tables} tables are as published; "
        f"{done.chain} {'manifest' if done.chain == 1 else 'manifests'} in the chain."
    )
    for order in orders(workspace):
        print(
            f"  {order.recorded_on}: a person's data were erased ({order.reason}); of the releases up to number "
            f"{order.after_sequence} the manifests alone are left."
        )


person = typer.Typer(
    help="What is held on one customer: handing it out, erasing it.",
    no_args_is_help=True,
    context_settings=CONTEXT,
    rich_markup_mode=None,
)
app.add_typer(person, name="person")

CustomerArgument = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Its number, as the ledger writes it or a page shows it.")
]
CompanyOption = Annotated[
    str | None, typer.Option("--company", metavar="ID", help="Where several companies have the number.")
]


@person.command(name="export")
def export_person(
    customer: CustomerArgument,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Where it goes.  [default: person-CUSTOMER here]"),
    ] = None,
    company: CompanyOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Write everything held on a customer: CSV and JSON, and a table of what, whence, what for, how long."""
    import re

    from pipelines.lake import Workspace
    from pipelines.privacy import holdings

    settings = _settings(config)
    workspace = Workspace(settings.workspace)
    subject = holdings.find(workspace, customer, company)
    folder = to or Path(f"person-{re.sub(r'[^A-Za-z0-9_-]+', '_', subject.customer_id)}")
    told = holdings.export(settings, workspace, subject, folder)
    for area, place, rows in told:
        print(f"  {area.name:<15} {rows:>7,} {'row ' if rows == 1 else 'rows'}  {place}")
    total = sum(rows for _, _, rows in told)
    print(
        f"{subject.customer_id} of {subject.company_id}: {total:,} rows; {folder / 'contents.csv'} says what they are."
    )


@person.command(name="erase")
def erase_person(
    customer: CustomerArgument,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Kept with the order; it must name nobody.")
    ] = "request of the person",
    is_person: Annotated[
        bool, typer.Option("--is-person", help="It is a natural person, though nothing read says so.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without, only what would be done is shown.")
    ] = False,
    company: CompanyOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Erase what the law lets a person have erased, restrict the rest, and publish anew without it."""
    from dataclasses import replace

    from pipelines.lake import Workspace, run_lock
    from pipelines.landing import today
    from pipelines.privacy import erasure, holdings

    settings = _settings(config)
    workspace = Workspace(settings.workspace)
    with run_lock(workspace):
        subject = holdings.find(workspace, customer, company)
        if is_person and not subject.is_person:
            subject = replace(subject, kind="undisclosed")
        steps = erasure.plan(settings, workspace, subject)
        print(f"{subject.customer_id} of {subject.company_id}: {subject.name}")
        for step in steps:
            print(f"  {step.what:<13} {step.count:>6,}  {step.place}")
        for sentence in erasure.WHAT_STAYS:
            print(f"  {sentence}")
        if not yes:
            print("Nothing was done; the same command with --yes does it, then publishes anew.")
            return
        erasure.erase(settings, workspace, subject, steps, reason, today())
        try:
            _run(settings, debug)
        except EncoursError:
            print(
                "encours: the data are erased and the order is recorded; releases published before hold them "
                "until a run succeeds. What stopped this one:",
                file=sys.stderr,
            )
            raise
    print("The data were erased; the order is recorded, and every later run obeys it.")


models = typer.Typer(
    help="The models that score: which one serves, going back to the one before.",
    no_args_is_help=True,
    context_settings=CONTEXT,
    rich_markup_mode=None,
)
app.add_typer(models, name="models")

TaskArgument = Annotated[
    str, typer.Argument(metavar="TASK", help="As `encours models list` names it: late_payment, default…")
]


@models.command(name="list")
def list_models(config: ConfigOption = None, debug: DebugOption = False) -> None:
    """List every trained version, and mark the one that serves."""
    from pipelines.lake import Workspace
    from pipelines.models import listed

    for one in listed(Workspace(_settings(config).workspace)):
        marks = [
            word
            for word, is_so in (
                ("serving", one["is_serving"]),
                ("pinned", one["is_pinned"]),
                ("rolled back from", one["is_withdrawn"]),
            )
            if is_so
        ]
        line = f"{one['task']:<13} {one['version']}  {one['as_of']}  {one['champion']:<16} {', '.join(marks)}"
        print(line.rstrip())


@models.command(name="show")
def show_model(
    task: TaskArgument,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="A version.  [default: the serving one]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole card.")] = False,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Verify a version's files and show its card and the history of the task."""
    import json

    from pipelines.lake import Workspace
    from pipelines.models import shown

    card, pointer = shown(Workspace(_settings(config).workspace), task, version)
    if as_json:
        print(json.dumps(card, ensure_ascii=False, indent=2, sort_keys=True))
        return
    print(f"{task} {version or pointer.version}: {card['model']}, {len(card['files'])} files as recorded")
    for company, day in sorted(card["as_of"].items()):
        print(f"  {company} seen up to {day}")
    for part, digest in sorted(card["hashes"].items()):
        print(f"  {part:<9} {digest}")
    print("history:")
    for change in pointer.history:
        print(f"  {change.on}  {change.action:<12} {change.version}  {change.en}".rstrip())


@models.command()
def rollback(task: TaskArgument, config: ConfigOption = None, debug: DebugOption = False) -> None:
    """Return to the version that served before; the next run scores with it."""
    _move("rollback", task, config)


@models.command()
def pin(
    task: TaskArgument,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="A version.  [default: the serving one]")
    ] = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Have a version serve until it is unpinned: no training replaces it."""
    _move("pin", task, config, version)


@models.command()
def unpin(task: TaskArgument, config: ConfigOption = None, debug: DebugOption = False) -> None:
    """Let the next training replace the serving version again."""
    _move("unpin", task, config)


def _move(step: str, task: str, config: Path | None, version: str | None = None) -> None:
    from pipelines.lake import Workspace
    from pipelines.landing import today
    from pipelines.models import moved

    pointer = moved(Workspace(_settings(config).workspace), step, task, today(), version)
    until = "until it is unpinned" if pointer.is_pinned else "until the next training"
    print(f"{task}: {pointer.version} serves {until}; `encours run` scores and publishes with it.")


@app.command()
def dev(
    config: ConfigOption = None,
    port: Annotated[int, typer.Option(help="Port on localhost.")] = 3000,
    debug: DebugOption = False,
) -> None:
    """Open Dagster's UI on this configuration, on localhost only."""
    import os

    from pipelines.config import CONFIG_VARIABLE
    from pipelines.lake import Workspace
    from pipelines.run import quiet_environment

    settings = _settings(config)
    quiet_environment()
    Workspace(settings.workspace).prepare_dagster_home()
    os.environ[CONFIG_VARIABLE] = str(settings.source)
    dagster = Path(sys.executable).parent / "dagster"
    print(f"Dagster on http://127.0.0.1:{port} (Ctrl-C stops it); the job 'receivables' runs everything.")
    sys.stdout.flush()
    command = [str(dagster), "dev", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.execv(command[0], command)  # noqa: S606 (no shell is wanted: Dagster takes this process over)


def _run(settings: Settings, debug: bool, progress: Any = None, train: bool = False) -> None:
    """Execute, then print what was read, the tie-out, DSO, overdue and where the report is."""
    from pipelines.lake import read_json
    from pipelines.progress import for_this_terminal
    from pipelines.run import execute, summaries

    for company in settings.companies:
        # Before anything heavy is loaded: a wrong path is the commonest mistake.
        settings.find_files(company)
    release = execute(settings, progress or for_this_terminal(), debug, train)
    manifest = read_json(release / "manifest.json")
    print()
    for summary in summaries(release, manifest):
        _print_summary(summary)
    index = release.parent.parent / "published" / "site" / "index.html"
    print(f"Report: {index}")
    print(f"        {index.as_uri()}")


def _print_summary(one: CompanySummary) -> None:
    from pipelines.run import as_days, as_money

    print(f"{one.name} ({one.company_id}), as of {one.as_of.isoformat()}")
    for read, what in ((one.ledger, "ledger lines"), (one.subledger, "sub-ledger rows")):
        if read.files:
            print(
                f"  read        {read.read:,} {what} in {read.files} {'file' if read.files == 1 else 'files'}: "
                f"{read.accepted:,} accepted, {read.rejected:,} rejected"
                + (f", {read.out_of_scope:,} out of scope" if read.out_of_scope else "")
            )
    if one.ledger_balance is None:
        print("  tie-out     not computed")
    else:
        verdict = (
            "to the cent" if not one.difference else f"differs by {as_money(one.difference, one.currency)}"
        )
        book = "sub-ledger" if one.subledger.files else "ledger"
        print(
            f"  tie-out     open items = {book} balance {as_money(one.ledger_balance, one.currency)}: {verdict}"
        )
    if one.itemised is not None:
        rows, difference = one.itemised
        print(
            f"  ledger      sub-ledger less ledger {as_money(difference, one.currency)}, itemised in {rows:,} "
            f"{'row' if rows == 1 else 'rows'} (quality.ledger_differences)"
        )
    print(f"  receivables {as_money(one.receivables, one.currency)} from {one.customers_owing:,} customers")
    print(f"  overdue     {as_money(one.overdue, one.currency)}{one.overdue_share}")
    print(f"  DSO         {as_days(one.dso_12m)} over 12 months; {as_days(one.dso_countback)} by count-back")
    print()


if __name__ == "__main__":
    main()
