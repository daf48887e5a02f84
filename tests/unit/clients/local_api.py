"""A local server that answers as the public APIs do, and fails as they do.

`LocalApi` holds the records; a fault given to `fail` is what the next question meets. Questions are checked as the
real servers check them: a clause, a page size or an offset that they refuse is refused here.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pipelines.clients.http import Clock

Record = dict[str, Any]
DATA_SETS = {"annonces-commerciales": "registre", "ratios_inpi_bce": "date_cloture_exercice"}
"""Data set → a field that its records alone have."""
Fault = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One question."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        api = self.server.api
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        api.asked.append(Asked(parts.path, params, dict(self.headers.items())))
        if api.faults:
            fault = api.faults.pop(0)
            if fault is not None:
                fault(self)
                return
        if api.always is not None:
            api.always(self)
            return
        status, answer = api.answer(parts.path, params)
        self.send(status, json.dumps(answer, ensure_ascii=False).encode())

    def send(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer; underscores of header names stand for hyphens."""
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in {**given, **{n.replace("_", "-"): v for n, v in headers.items()}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests read `asked`."""


class Server(ThreadingHTTPServer):
    """The server of one `LocalApi`."""

    daemon_threads = True
    api: LocalApi

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is no event."""


@dataclass(frozen=True)
class Asked:
    """A question that arrived."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass
class LocalApi:
    """What the server knows, and what arrived.

    Attributes:
        records: of the data sets and of the company search; each is told by its fields.
        change: applied to every answer before it goes out.
        always: a fault that every question meets.
    """

    records: list[Record] = field(default_factory=list)
    change: Callable[[Record], Record] = lambda answer: answer
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    url: str = ""

    def fail(self, *faults: Fault | None) -> None:
        """What the next questions meet, one after the other; None: a good answer."""
        self.faults += faults

    def answer(self, path: str, params: dict[str, str]) -> tuple[int, Record]:
        """As the real server would."""
        if path == "/search":
            return self._search(params)
        match = re.fullmatch(r"/api/explore/v2\.1/catalog/datasets/([a-z_-]+)/records", path)
        if match and match[1] in DATA_SETS:
            return self._explore(DATA_SETS[match[1]], params)
        return 404, {"error": "not found"}

    def _explore(self, own: str, params: dict[str, str]) -> tuple[int, Record]:
        limit, offset = int(params["limit"]), int(params["offset"])
        if limit > 100 or offset + limit > 10_000:
            return 400, {"error_code": "InvalidRESTParameterError"}
        found = [record for record in self.records if own in record and _meets(record, params["where"])]
        for name in reversed(params["order_by"].split(", ")):
            found.sort(key=lambda record: str(record[name]))
        return 200, self.change({"total_count": len(found), "results": found[offset : offset + limit]})

    def _search(self, params: dict[str, str]) -> tuple[int, Record]:
        page, size = int(params["page"]), int(params["per_page"])
        if size > 25 or len(params["q"]) < 3:
            return 400, {"erreur": "Veuillez indiquer un paramètre `per_page` entre `1` et `25`"}
        words = params["q"].casefold().split()
        found = [
            record
            for record in self.records
            if "nom_complet" in record
            and (
                params["q"] == record["siren"]
                or all(word in (record["nom_complet"] or "").casefold() for word in words)
            )
        ]
        if "code_postal" in params:
            found = [
                record for record in found if record["siege"].get("code_postal") == params["code_postal"]
            ]
        kept = found[(page - 1) * size : page * size]
        if params.get("minimal") == "true":
            secondary = {"complements", "dirigeants", "finances", "siege", "matching_etablissements", "score"}
            left_out = secondary - set(params["include"].split(","))
            kept = [{n: v for n, v in record.items() if n not in left_out} for record in kept]
        pages = -(-len(found) // size)
        return 200, self.change(
            {
                "results": kept,
                "total_results": len(found),
                "page": page,
                "per_page": size,
                "total_pages": pages,
            }
        )


def _meets(record: Record, where: str) -> bool:
    """The part of ODSQL that is used here; anything else is an error of the test."""
    numbers, *others = re.split(r" and (?![^(]*\))", where)
    ids = re.findall(r'(\w+)="([^"]*)"', numbers)
    assert ids and re.fullmatch(r'\((\w+="\d+"( or )?)+\)', numbers), where
    (name,) = {one for one, _ in ids}
    values = record[name] if isinstance(record[name], list) else [record[name]]
    is_met = bool({value for _, value in ids} & set(values))
    for other in others:
        match = re.fullmatch(r"(\w+)(>=|<)date'(\d{4}-\d{2}-\d{2})'", other)
        assert match, where
        day = record[match[1]]
        is_met = is_met and (day >= match[3] if match[2] == ">=" else day < match[3])
    return is_met


@contextmanager
def serving(api: LocalApi, secured: ssl.SSLContext | None = None) -> Iterator[LocalApi]:
    """The server, on a free port of this machine; over https with a certificate for localhost."""
    server = Server(("127.0.0.1", 0), Handler)
    server.api = api
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    if secured is not None:
        server.socket = secured.wrap_socket(server.socket, server_side=True)
        api.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- faults --------------------------------------------------------------------------------------------------------


def status(code: int, body: bytes = b'{"error": "so it is"}', **headers: str) -> Fault:
    """An answer of another status."""
    return lambda handler: handler.send(code, body, **headers)


def body(content: bytes, **headers: str) -> Fault:
    """A good status with this body."""
    return lambda handler: handler.send(200, content, **headers)


def cut(handler: Handler) -> None:
    """A body that ends before its announced length."""
    handler.send(200, b'{"total_count": 1, "resul', Content_Length="5000")
    handler.close_connection = True


def cut_chunks(handler: Handler) -> None:
    """A body in chunks whose last one never comes."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'10\r\n{"total_count": \r\n')
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    """No answer at all."""
    handler.close_connection = True
    handler.connection.close()


def slow(seconds: float) -> Fault:
    """An answer that takes its time."""

    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        handler.send(200, b"{}")

    return answer


def trickle(seconds: float) -> Fault:
    """An answer whose bytes come one by one."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        until = time.monotonic() + seconds
        # Until the client has had enough.
        with suppress(OSError):
            while time.monotonic() < until:
                handler.wfile.write(b" ")
                time.sleep(0.01)
        handler.close_connection = True

    return answer


def redirect(url: str) -> Fault:
    """Somewhere else."""
    return lambda handler: handler.send(302, b"", Location=url)


class Waiting:
    """A clock that does not wait: it goes on by what it is asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.waits)

    @property
    def clock(self) -> Clock:
        return Clock(self.sleep, self.monotonic)

    @property
    def long_waits(self) -> list[float]:
        """Those that are no part of the rate."""
        return [wait for wait in self.waits if wait >= 0.25]
