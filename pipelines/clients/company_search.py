"""The French state's company search: legal units and their establishments, by SIREN or by name and place.

What belongs here: the questions and their paging. What does not: the meaning of an answer
(`pipelines.sources.company_search`), which candidate a name is (`pipelines.identities`).

Source of the format: recherche-entreprises.api.gouv.fr, `/search`: no key, seven requests a second, 25 results a page.
Only what is needed is asked for (`minimal`, `include`): the managers, persons with dates of birth, stay out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pipelines.clients import Fetched, NameQuery, Request
from pipelines.clients.http import Clock, Http, RefusedError
from pipelines.clients.snapshots import ChangedError, Question, Record, Shelf, look
from pipelines.lake import sha256_text
from pipelines.sources import minimised
from pipelines.sources.company_search import ESTABLISHMENT_FIELDS, UNIT_FIELDS

URL = "https://recherche-entreprises.api.gouv.fr"
PER_SECOND = 7.0
PAGE = 25
PAGES = 2
"""Pages of candidates that are read: results come by relevance."""
SHORTEST_NAME = 3
"""Letters below which the API refuses a name."""
# When the search engine's index was built: it changes with every build, whatever the register says.
_IGNORED = frozenset({"date_mise_a_jour"})


def fetch(request: Request, clock: Clock | None = None) -> Fetched:
    """As `pipelines.clients.fetch_units`. The answer to a SIREN wins over what a name found of the same unit."""
    http = Http(request.api, URL, PER_SECOND, clock)
    shelf = Shelf(request, group=lambda record: str(record["siren"]), ignored=_IGNORED)
    wanted = {one for one in request.ids if re.fullmatch(r"\d{9}", one)}
    names = {_key(one): one for one in request.names if _letters(one.name) >= SHORTEST_NAME}

    def answer(question: Question) -> tuple[Sequence[Record], Mapping[str, str]]:
        (key,) = question.keys
        if key in names:
            found = _named(http, names[key])
            return [record for record in found if record["siren"] not in wanted], {}
        return [record for record in _results(http, {"q": key}) if record["siren"] == key], {}

    questions = [Question((key,)) for key in [*shelf.due(wanted), *shelf.due(names)]]
    return look(shelf, http.host, questions, answer)


def _letters(name: str) -> int:
    return sum(character.isalnum() for character in name)


def _key(query: NameQuery) -> str:
    """What `state.json` remembers of a name: not the name."""
    return "name-" + sha256_text(f"{query.name}\n{query.postcode or ''}")[:16]


def _named(http: Http, query: NameQuery) -> list[Record]:
    """Candidates of a name: at its place, or anywhere where the ledger's place has none."""
    if query.postcode and re.fullmatch(r"\d{5}", query.postcode):
        found = _results(http, {"q": query.name, "code_postal": query.postcode})
        if found:
            return found
    return _results(http, {"q": query.name})


def _results(http: Http, question: Mapping[str, str]) -> list[Record]:
    found: list[Record] = []
    for number in range(1, PAGES + 1):
        answer = http.get(
            "/search",
            {
                **question,
                "minimal": "true",
                "include": "siege,matching_etablissements",
                "limite_matching_etablissements": 100,
                "page": number,
                "per_page": PAGE,
            },
        )
        total, page = _checked(answer)
        found += [minimised.unit(one) for one in page]
        if len(found) >= total:
            return found
        if len(page) < PAGE:
            raise RefusedError(f"counts {total} results and gives {len(found)}")
    return found


def _checked(answer: Record) -> tuple[int, list[Record]]:
    """The number of results there are, and those of this page, with the fields their reader needs.

    Raises:
        ChangedError: one is missing.
    """
    for name, kind in (("total_results", int), ("results", list)):
        if not isinstance(answer.get(name), kind):
            raise ChangedError(name)
    page: list[Record] = answer["results"]
    for record in page:
        for name in UNIT_FIELDS:
            if not isinstance(record, dict) or name not in record:
                raise ChangedError(name)
        if not isinstance(record["siren"], str):
            raise ChangedError("siren as a text")
        for place in [record["siege"] or {}, *(record["matching_etablissements"] or [])]:
            for name in ESTABLISHMENT_FIELDS if place else ():
                if not isinstance(place, dict) or name not in place:
                    raise ChangedError(f"{name} of an establishment")
    return answer["total_results"], page


__all__ = ["fetch"]
