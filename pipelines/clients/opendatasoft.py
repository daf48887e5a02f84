"""BODACC notices and ratios of filed accounts, from the Opendatasoft platforms that publish them.

What belongs here: the questions to the Explore API and its paging. What does not: the meaning of a notice or a ratio
(`pipelines.sources.bodacc`, `pipelines.sources.filed_accounts`).

Source of the format: Opendatasoft, "Explore API v2.1". `/records` is asked, not `/exports/jsonl`: every page tells
`total_count`, so that a short answer is seen, and a fault has an HTTP status, where an export that breaks off says so
in the middle of its lines under status 200. Its limit, 10,000 records a question, is far above what a batch of legal
units has; a batch that reaches it is asked in halves. Version 1 (`/api/records/1.0/search`) leaves empty fields out,
so that a field that is gone could not be told from one that is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.clients import Fetched, Request
from pipelines.clients.http import Clock, Http, RefusedError
from pipelines.clients.snapshots import ChangedError, Question, Record, Shelf, look
from pipelines.sources import filed_accounts, minimised

PAGE = 100
MOST_RECORDS = 10_000
"""What the API gives of one question: `offset + limit` may not pass it."""
PER_SECOND = 5.0
OVERLAP = timedelta(days=30)
"""How far before the last known notice is asked again: notices reach the platform out of order."""
_FIRST_DAY = date(2008, 1, 1)  # the data set begins with the gazette of 2008


@dataclass(frozen=True)
class _DataSet:
    """A data set. `fields`: what its reader needs; every record has them all, null where empty."""

    name: str
    url: str
    id_field: str
    order_by: str
    date_field: str | None
    batch: int
    fields: tuple[str, ...]


NOTICES = _DataSet(
    "annonces-commerciales",
    "https://bodacc-datadila.opendatasoft.com",
    "registre",
    "dateparution, id",
    "dateparution",
    20,
    (
        "id",
        "dateparution",
        "familleavis",
        "typeavis",
        "registre",
        "listepersonnes",
        "jugement",
        "depot",
        "modificationsgenerales",
        "tribunal",
        "numerodepartement",
        "parutionavisprecedent",
    ),
)
ACCOUNTS = _DataSet(
    "ratios_inpi_bce",
    "https://data.economie.gouv.fr",
    "siren",
    "siren, date_cloture_exercice, type_bilan",
    None,
    40,
    (*filed_accounts.REQUIRED, *filed_accounts.AMOUNTS.values(), *filed_accounts.RATIOS.values()),
)


def fetch_notices(request: Request, clock: Clock | None = None) -> Fetched:
    """As `pipelines.clients.fetch_notices`."""
    source = _Source(Http(request.api, NOTICES.url, PER_SECOND, clock), NOTICES, request.today)
    shelf = Shelf(request, group=lambda record: str(record["id"]))

    def answer(question: Question) -> tuple[Sequence[Record], Mapping[str, str]]:
        records = [minimised.notice(one) for one in source.records(question.keys, question.since)]
        owners = {written: siren for siren in question.keys for written in _spellings(siren)}
        last: dict[str, str] = {}
        for record in records:
            if (day := _published(record, request.today)) is None:
                continue
            for siren in {owners[one] for one in _listed(record["registre"]) if one in owners}:
                last[siren] = max(last.get(siren, day), day)
        return records, last

    # Neighbours in time share a question, so that few notices are asked for twice.
    due = shelf.due(_sirens(request.ids))
    known = sorted((last, siren) for siren in due if (last := shelf.last(siren)) is not None)
    unknown = [siren for siren in due if shelf.last(siren) is None]
    questions = [
        Question(tuple(unknown[at : at + NOTICES.batch])) for at in range(0, len(unknown), NOTICES.batch)
    ] + [
        Question(tuple(siren for _, siren in known[at : at + NOTICES.batch]), known[at][0] - OVERLAP)
        for at in range(0, len(known), NOTICES.batch)
    ]
    return look(shelf, source.http.host, questions, answer)


def fetch_accounts(request: Request, clock: Clock | None = None) -> Fetched:
    """As `pipelines.clients.fetch_accounts`."""
    source = _Source(Http(request.api, ACCOUNTS.url, PER_SECOND, clock), ACCOUNTS, request.today)
    shelf = Shelf(request, group=lambda record: str(record["siren"]))
    due = shelf.due(_sirens(request.ids))
    questions = [Question(tuple(due[at : at + ACCOUNTS.batch])) for at in range(0, len(due), ACCOUNTS.batch)]
    return look(shelf, source.http.host, questions, lambda question: (source.records(question.keys), {}))


def _published(record: Record, today: date) -> str | None:
    """The day of a notice. One of tomorrow is an error: asked since then, nothing would ever come."""
    try:
        return min(date.fromisoformat(str(record["dateparution"])[:10]), today).isoformat()
    except ValueError:
        return None


def _sirens(ids: Sequence[str]) -> list[str]:
    return [one for one in ids if re.fullmatch(r"\d{9}", one)]


def _spellings(siren: str) -> list[str]:
    """How a register number is written: whole, and without the leading zeros that some notices have lost."""
    return [siren, siren.lstrip("0")] if siren.startswith("0") else [siren]


def _listed(registre: object) -> list[str]:
    """The numbers of a notice: a list, or a text separated by commas."""
    parts = registre if isinstance(registre, list) else str(registre or "").split(",")
    return [str(part).replace(" ", "") for part in parts]


@dataclass(frozen=True)
class _Source:
    http: Http
    data_set: _DataSet
    today: date

    def records(
        self, sirens: Sequence[str], since: date | None = None, before: date | None = None
    ) -> list[Record]:
        """Every record about these legal units, from a day on and before another."""
        found: list[Record] = []
        while True:
            answer = self.http.get(
                f"/api/explore/v2.1/catalog/datasets/{self.data_set.name}/records",
                {
                    "where": self._where(sirens, since, before),
                    "order_by": self.data_set.order_by,
                    "limit": PAGE,
                    "offset": len(found),
                },
            )
            total, page = _checked(answer, self.data_set.fields)
            if total > MOST_RECORDS:
                return self._in_halves(sirens, since, before, total)
            found += page
            if not page or len(found) >= total:
                break
        if len(found) != total:
            raise RefusedError(f"counts {total} records and gives {len(found)}")
        return found

    def _where(self, sirens: Sequence[str], since: date | None, before: date | None) -> str:
        numbers = (f'{self.data_set.id_field}="{one}"' for siren in sirens for one in _spellings(siren))
        terms = [f"({' or '.join(numbers)})"]
        if since is not None:
            terms.append(f"{self.data_set.date_field}>=date'{since.isoformat()}'")
        if before is not None:
            terms.append(f"{self.data_set.date_field}<date'{before.isoformat()}'")
        return " and ".join(terms)

    def _in_halves(
        self, sirens: Sequence[str], since: date | None, before: date | None, total: int
    ) -> list[Record]:
        """More than one question may give: by legal units, then by time."""
        if len(sirens) > 1:
            half = len(sirens) // 2
            return self.records(sirens[:half], since, before) + self.records(sirens[half:], since, before)
        first = since or _FIRST_DAY
        middle = first + ((before or self.today) - first) // 2
        if self.data_set.date_field is None or middle <= first:
            raise RefusedError(f"counts {total} records about {sirens[0]}, more than it gives")
        return self.records(sirens, since, middle) + self.records(sirens, middle, before)


def _checked(answer: Record, fields: tuple[str, ...]) -> tuple[int, list[Record]]:
    """The number of records there are, and those of this page; every one has every field.

    Raises:
        ChangedError: one has not.
    """
    for name, kind in (("total_count", int), ("results", list)):
        if not isinstance(answer.get(name), kind):
            raise ChangedError(name)
    page: list[Record] = answer["results"]
    for record in page:
        for name in fields:
            if not isinstance(record, dict) or name not in record:
                raise ChangedError(name)
    return answer["total_count"], page


__all__ = ["fetch_accounts", "fetch_notices"]
