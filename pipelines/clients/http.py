"""One public API over HTTP: patient with what passes, brief with what does not, silent about the key.

What belongs here: retries, waiting, the rate, what is an answer at all. What does not: what is asked (`company_search`,
`opendatasoft`).

The key goes out in a header alone, never in an address: addresses are what logs and messages show. A redirect to
another host does not carry it (requests sees to that). Proxies and certificates are those of the environment.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from pipelines.config import Api
from pipelines.errors import UsageError

ATTEMPTS = 4
"""How often one question is asked before it counts as unanswered."""
FAILURES_IN_A_ROW = 3
"""Unanswered questions after which nothing more is asked."""
PATIENCE_SECONDS = 120.0
"""What may be lost to failures and waiting before nothing more is asked; a good answer gives back a second of it."""
LONGEST_WAIT_SECONDS = 60.0
"""The longest `Retry-After` that is waited for."""
LARGEST_ANSWER = 64 << 20
_ANSWER_TIMEOUTS = 3  # an answer that trickles in may take so many timeouts
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_BACKOFF = wait_exponential_jitter(initial=0.5, max=10, exp_base=2, jitter=0.5)
# Numbers that are no integers stay as they were written: they are money, and float would round them.
_NUMBER = re.compile('"\ue000([-+0-9.eE]+)\ue001"')


class ApiError(Exception):
    """Why a question was not answered: the end of a sentence that begins with the host. It never holds a key."""


class PassingError(ApiError):
    """A fault that may pass. `retry_after`: seconds that the API asks to wait."""

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class RefusedError(ApiError):
    """This question is refused; another may not be."""


class ClosedError(ApiError):
    """Nothing more is to be asked in this run."""


@dataclass(frozen=True)
class Clock:
    """Time and waiting, which tests replace."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


class _Key(AuthBase):
    """The header of Opendatasoft's platform. Given as `auth`, so that no .netrc replaces it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Apikey {self._key}"
        return prepared


class Http:
    """The questions of one run to one API.

    Args:
        api: the configuration; its `url` and `requests_per_second` win over the source's own.
        url: where the source answers.
        per_second: questions a second that the source allows.
        clock: time and waiting; None: the real ones.

    Raises:
        UsageError: a key that no header can hold, or one that would be sent unprotected.
    """

    def __init__(self, api: Api, url: str, per_second: float, clock: Clock | None = None) -> None:
        self._url = (api.url or url).rstrip("/")
        parts = urlsplit(self._url)
        self.host = parts.netloc
        self._auth = None
        if api.key is not None:
            if not re.fullmatch(r"[\x21-\x7e]+", api.key):
                raise UsageError(
                    f"{self.host}: the key holds a blank or a character that no header may hold; export it again."
                )
            if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
                raise UsageError(
                    f"{self.host}: a key is not sent over http, where all may read it; write https://…"
                )
            self._auth = _Key(api.key)
        self._timeout = api.timeout_seconds
        self._gap = 1 / (api.requests_per_second or per_second)
        self._clock = clock or Clock()
        self._next = self._clock.monotonic()
        self._lost = 0.0
        self._failures = 0
        self._closed: str | None = None
        self._session = requests.Session()
        self._session.max_redirects = 3
        self._session.headers.update(
            {"Accept": "application/json", "User-Agent": "encours (receivables pipeline)"}
        )

    def get(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        """Ask, again where the fault may pass; the answer's JSON object.

        Numbers that are no integers are marked texts, which `as_line` writes as they came.

        Raises:
            PassingError: still no answer after `ATTEMPTS`.
            RefusedError: the question is refused.
            ClosedError: nothing more is to be asked: the key is refused, or too much was lost.
        """
        if self._closed is not None:
            raise ClosedError(self._closed)
        retrying = Retrying(
            retry=retry_if_exception_type(PassingError),
            wait=self._wait,
            stop=self._stop,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer = retrying(self._once, path, params)
        except ClosedError as error:
            self._closed = str(error)
            raise
        except ApiError as error:
            self._failures += 1
            if self._closed is None and self._failures >= FAILURES_IN_A_ROW:
                self._closed = str(error)
            if self._closed is not None:
                raise ClosedError(self._closed) from None
            raise
        self._failures = 0
        self._lost = max(0.0, self._lost - 1.0)
        return answer

    def _once(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        pause = self._next - self._clock.monotonic()
        if pause > 0:
            self._clock.sleep(pause)
        started = self._clock.monotonic()
        self._next = max(self._next, started) + self._gap
        try:
            return self._answer(path, params)
        except PassingError:
            self._lost += self._clock.monotonic() - started
            raise

    def _answer(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        # What the libraries' exceptions say is not passed on: it is long, and it may hold a proxy's password.
        try:
            with self._session.get(
                self._url + path,
                params=dict(params),
                auth=self._auth,
                timeout=(min(self._timeout, 10.0), self._timeout),
                stream=True,
            ) as response:
                self._check_status(response)
                body = self._body(response)
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise PassingError(f"gives no answer within {self._timeout:g} seconds") from None
        except requests.TooManyRedirects:
            raise ClosedError("redirects in a circle; correct its address") from None
        except requests.exceptions.SSLError:
            raise ClosedError("shows a certificate that cannot be verified; see REQUESTS_CA_BUNDLE") from None
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError):
            raise PassingError("breaks off in the middle of its answer") from None
        except requests.ConnectionError:
            raise PassingError("cannot be reached") from None
        except requests.RequestException:
            raise ClosedError("has an address that cannot be asked; correct it") from None
        try:
            answer = json.loads(body.decode("utf-8-sig"), parse_float=_marked, parse_constant=_no_number)
        except ValueError:
            raise PassingError("answers what is no JSON") from None
        if not isinstance(answer, dict):
            raise ClosedError("answers what is no JSON object: its format has changed")
        return answer

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        what = f"answers HTTP {status}"
        if status in _PASSING:
            raise PassingError(what, _retry_after(response.headers))
        if status in (401, 403):
            raise ClosedError(
                f"{what}: " + ("it wants a key" if self._auth is None else "it refuses the key")
            )
        if status == 400:
            raise RefusedError(f"{what}: it refuses the question")
        raise ClosedError(f"{what}: what is asked for is not there; correct its address")

    def _body(self, response: requests.Response) -> bytes:
        """The whole body, unpacked. A timeout guards each part alone, so the whole has an end of its own."""
        until = self._clock.monotonic() + _ANSWER_TIMEOUTS * self._timeout
        parts = []
        size = 0
        while part := response.raw.read1(1 << 16, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                raise ClosedError(
                    f"answers more than {LARGEST_ANSWER >> 20} MB at once: its format has changed"
                )
            if self._clock.monotonic() > until:
                raise PassingError(
                    f"has not ended its answer within {_ANSWER_TIMEOUTS * self._timeout:g} seconds"
                )
        return b"".join(parts)

    def _wait(self, state: RetryCallState) -> float:
        """Exponential with jitter, or what the API asks for where that is longer."""
        fault = _fault(state)
        return max(_BACKOFF(state), fault.retry_after or 0.0)

    def _stop(self, state: RetryCallState) -> bool:
        """Whether the question is given up; where patience is at an end, so is the run."""
        asked = _fault(state).retry_after
        if asked is not None and asked > LONGEST_WAIT_SECONDS:
            self._closed = f"{_fault(state)} and asks to wait {asked:.0f} seconds"
            return True
        if self._lost + state.upcoming_sleep > PATIENCE_SECONDS:
            self._closed = str(_fault(state))
            return True
        if state.attempt_number >= ATTEMPTS:
            return True
        self._lost += state.upcoming_sleep
        return False


def _fault(state: RetryCallState) -> PassingError:
    assert state.outcome is not None
    fault = state.outcome.exception()
    assert isinstance(fault, PassingError)
    return fault


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `Retry-After`: a number, or an HTTP date against the server's own clock (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (_http_date(headers.get("Date", "")) or datetime.now(UTC))).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _marked(text: str) -> str:
    return f"\ue000{text}\ue001"


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def as_line(record: Any) -> str:
    """A record of an answer as one line of JSON: as it came, numbers to the letter."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate is no text that a file can hold.
    return _NUMBER.sub(r"\1", text).encode("utf-8", "replace").decode("utf-8")


__all__ = ["ApiError", "Clock", "ClosedError", "Http", "PassingError", "RefusedError", "as_line"]
