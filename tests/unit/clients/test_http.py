"""An API that fails is asked again as long as it may help and no longer, and the key is never seen."""

from __future__ import annotations

import gzip
import json
import logging
import shutil
import ssl
import subprocess
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.clients.http import (
    ATTEMPTS,
    FAILURES_IN_A_ROW,
    PATIENCE_SECONDS,
    ApiError,
    ClosedError,
    Http,
    PassingError,
    RefusedError,
    as_line,
)
from pipelines.config import Api
from pipelines.errors import UsageError
from tests.unit.clients.local_api import (
    LocalApi,
    Waiting,
    body,
    cut,
    cut_chunks,
    hang_up,
    redirect,
    serving,
    slow,
    status,
    trickle,
)

KEY = "s3cr3t-0f-the-user"
GOOD = b'{"total_count": 0, "results": []}'


@pytest.fixture
def api() -> Iterator[LocalApi]:
    with serving(LocalApi(always=body(GOOD))) as served:
        yield served


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def http(api: LocalApi, waiting: Waiting, **more: Any) -> Http:
    return Http(
        Api(url=api.url, **{"timeout_seconds": 5.0, **more}), "https://unused.example", 1000, waiting.clock
    )


def ask(client: Http) -> dict[str, Any]:
    return client.get("/somewhere", {"q": "a b&c"})


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(502),
        status(503),
        status(504),
        status(429),
        status(408),
        cut,
        cut_chunks,
        hang_up,
        body(b'{"total_count": 1, "results": ['),
        body(b"<html>maintenance</html>"),
        body(b""),
        body(b'{"a": NaN}'),
        body(b'{"a": "\xff"}'),
        body(b"no gzip", Content_Encoding="gzip"),
        body(gzip.compress(GOOD)[:-12], Content_Encoding="gzip"),
    ],
)
def test_what_may_pass_is_asked_again(api: LocalApi, waiting: Waiting, fault: Any) -> None:
    api.fail(fault, fault)
    assert ask(http(api, waiting)) == json.loads(GOOD)
    assert len(api.asked) == 3
    first, second = waiting.long_waits
    # Half a second, then a whole one, each with up to half a second of chance.
    assert 0.5 <= first <= 1.0 <= second <= 1.5
    assert api.asked[0].params == {"q": "a b&c"}


def test_waits_are_not_the_same_for_all_clients(api: LocalApi) -> None:
    seen = set()
    for _ in range(5):
        waiting = Waiting()
        api.fail(status(503))
        ask(http(api, waiting))
        seen.add(waiting.long_waits[0])
    assert len(seen) > 1


@pytest.mark.parametrize("code", [429, 503])
def test_what_the_api_asks_to_wait_is_waited(api: LocalApi, waiting: Waiting, code: int) -> None:
    api.fail(status(code, Retry_After="7"))
    ask(http(api, waiting))
    assert waiting.long_waits == [7.0]


def test_a_retry_after_that_is_a_date_counts_from_the_servers_own_clock(
    api: LocalApi, waiting: Waiting
) -> None:
    """A machine whose clock is wrong would wait for ever, or not at all."""
    servers_now = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)

    def busy(handler: Any) -> None:
        handler.send_response_only(503)
        handler.send_header("Date", format_datetime(servers_now, usegmt=True))
        handler.send_header("Retry-After", format_datetime(servers_now + timedelta(seconds=11), usegmt=True))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    api.fail(busy)
    ask(http(api, waiting))
    assert waiting.long_waits == [11.0]


@pytest.mark.parametrize("written", ["soon", "-5", "Mon, 99 Foo 2026", "1.5"])
def test_a_retry_after_that_is_neither_is_left_aside(api: LocalApi, waiting: Waiting, written: str) -> None:
    api.fail(status(503, Retry_After=written))
    ask(http(api, waiting))
    assert 0.5 <= waiting.long_waits[0] <= 1.0


def test_a_wait_that_is_too_long_ends_the_asking(api: LocalApi, waiting: Waiting) -> None:
    api.fail(status(429, Retry_After="3600"))
    client = http(api, waiting)
    with pytest.raises(ClosedError, match="answers HTTP 429 and asks to wait 3600 seconds"):
        ask(client)
    with pytest.raises(ClosedError, match="3600"):
        ask(client)
    assert len(api.asked) == 1
    assert waiting.long_waits == []


def test_an_api_that_is_down_is_left_alone_after_some_questions(api: LocalApi, waiting: Waiting) -> None:
    api.always = status(500)
    client = http(api, waiting)
    for _ in range(FAILURES_IN_A_ROW - 1):
        with pytest.raises(PassingError, match="answers HTTP 500"):
            ask(client)
    for _ in range(3):
        with pytest.raises(ClosedError, match="answers HTTP 500"):
            ask(client)
    assert len(api.asked) == ATTEMPTS * FAILURES_IN_A_ROW
    assert sum(waiting.waits) < PATIENCE_SECONDS


def test_one_good_answer_begins_the_count_anew(api: LocalApi, waiting: Waiting) -> None:
    client = http(api, waiting)
    for _ in range(3):
        api.fail(*[status(500)] * ATTEMPTS * (FAILURES_IN_A_ROW - 1))
        for _ in range(FAILURES_IN_A_ROW - 1):
            with pytest.raises(PassingError):
                ask(client)
        ask(client)


def test_patience_is_bounded_whatever_the_api_asks(api: LocalApi, waiting: Waiting) -> None:
    api.always = status(503, Retry_After="50")
    with pytest.raises(ClosedError):
        ask(http(api, waiting))
    assert waiting.long_waits == [50.0, 50.0]
    assert sum(waiting.waits) <= PATIENCE_SECONDS


def test_good_answers_give_patience_back(api: LocalApi, waiting: Waiting) -> None:
    """A long first asking meets many short waits, and must come to its end."""
    client = http(api, waiting)
    for _ in range(5):
        api.fail(*[status(429, Retry_After="20")] * 2, *[None] * 40)
        for _ in range(40):
            ask(client)
    assert sum(waiting.waits) >= 200 > PATIENCE_SECONDS


def test_nobody_there_is_told(waiting: Waiting) -> None:
    with serving(LocalApi()) as gone:
        pass
    client = http(gone, waiting)
    with pytest.raises(PassingError, match="cannot be reached"):
        ask(client)


def test_a_slow_answer_is_given_up(api: LocalApi, waiting: Waiting) -> None:
    api.fail(slow(5))
    assert ask(http(api, waiting, timeout_seconds=0.2)) == json.loads(GOOD)
    api.fail(*[slow(5)] * ATTEMPTS)
    with pytest.raises(PassingError, match=r"gives no answer within 0\.1 seconds"):
        ask(http(api, waiting, timeout_seconds=0.1))


def test_an_answer_that_trickles_in_is_given_up(
    api: LocalApi, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte is in time, so that a limit between bytes would wait for days."""
    monkeypatch.setattr("pipelines.clients.http.ATTEMPTS", 1)
    api.fail(trickle(5))
    with pytest.raises(PassingError, match=r"has not ended its answer within 0\.9 seconds"):
        ask(http(api, waiting, timeout_seconds=0.3))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (status(401), "answers HTTP 401: it wants a key"),
        (status(403), "answers HTTP 403: it wants a key"),
        (status(404), "answers HTTP 404: what is asked for is not there; correct its address"),
        (status(204, b""), "answers HTTP 204"),
        (body(b"[]"), "answers what is no JSON object"),
    ],
)
def test_what_does_not_pass_is_not_asked_again(
    api: LocalApi, waiting: Waiting, fault: Any, told: str
) -> None:
    api.fail(fault)
    client = http(api, waiting)
    for _ in range(2):
        with pytest.raises(ClosedError, match=told):
            ask(client)
    assert len(api.asked) == 1


def test_a_refused_question_leaves_the_others(api: LocalApi, waiting: Waiting) -> None:
    api.fail(status(400))
    client = http(api, waiting)
    with pytest.raises(RefusedError, match="answers HTTP 400: it refuses the question"):
        ask(client)
    assert ask(client) == json.loads(GOOD)


def test_a_refused_key_is_told_as_such(api: LocalApi, waiting: Waiting) -> None:
    api.fail(status(401))
    with pytest.raises(ClosedError, match="it refuses the key"):
        ask(http(api, waiting, key=KEY))


def test_the_rate_is_kept_over_all_questions_and_repetitions(api: LocalApi, waiting: Waiting) -> None:
    client = http(api, waiting, requests_per_second=4.0)
    api.fail(None, None, status(500), None)
    started = waiting.monotonic()
    for _ in range(8):
        ask(client)
    assert len(api.asked) == 9
    # Nine requests are eight gaps of a quarter of a second.
    assert waiting.monotonic() - started >= 2.0


# --- the key -------------------------------------------------------------------------------------------------------


def test_the_key_goes_out_in_the_header_alone(
    api: LocalApi, waiting: Waiting, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = http(api, waiting, key=KEY)
    api.fail(None, *[status(500)] * ATTEMPTS, status(401))
    ask(client)
    seen = []
    for _ in range(2):
        try:
            ask(client)
        except ApiError as error:
            seen.append("".join(traceback.format_exception(error)) + repr(error) + str(error))
    assert len(seen) == 2
    assert all(asked.headers["Authorization"] == f"Apikey {KEY}" for asked in api.asked)
    assert all(KEY not in json.dumps([asked.path, asked.params]) for asked in api.asked)
    logged = [record.getMessage() + repr(record.__dict__) for record in caplog.records]
    assert any("urllib3" in text for text in logged)
    for text in [*logged, *seen, repr(client), str(vars(client)), repr(Api(key=KEY))]:
        assert KEY not in text


def test_another_host_is_not_given_the_key(api: LocalApi, waiting: Waiting) -> None:
    with serving(LocalApi(always=body(GOOD))) as other:
        api.fail(redirect(other.url.replace("127.0.0.1", "localhost") + "/elsewhere"))
        assert ask(http(api, waiting, key=KEY)) == json.loads(GOOD)
    assert "Authorization" in api.asked[0].headers
    assert "Authorization" not in other.asked[0].headers


def test_the_same_host_elsewhere_is_given_the_key(api: LocalApi, waiting: Waiting) -> None:
    api.fail(redirect("/elsewhere"))
    ask(http(api, waiting, key=KEY))
    assert [asked.path for asked in api.asked] == ["/somewhere", "/elsewhere"]
    assert api.asked[1].headers["Authorization"] == f"Apikey {KEY}"


def test_redirects_in_a_circle_end(api: LocalApi, waiting: Waiting) -> None:
    api.always = redirect("/somewhere")
    with pytest.raises(ClosedError, match="redirects in a circle"):
        ask(http(api, waiting))
    assert len(api.asked) < 10


def test_the_environments_passwords_do_not_replace_the_key(
    api: LocalApi, waiting: Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ask(http(api, waiting, key=KEY))
    assert api.asked[0].headers["Authorization"] == f"Apikey {KEY}"


def test_the_environments_proxy_is_used(
    api: LocalApi, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", api.url)
    monkeypatch.setenv("no_proxy", "")
    client = Http(Api(url="http://data.example"), "https://unused.example", 1000, waiting.clock)
    assert ask(client) == json.loads(GOOD)
    assert api.asked[0].headers["Host"] == "data.example"


def test_a_proxys_password_is_not_told(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:pr0xy-secret@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    client = Http(Api(url="http://data.example"), "https://unused.example", 1000, waiting.clock)
    with pytest.raises(PassingError, match="cannot be reached") as caught:
        ask(client)
    assert "pr0xy-secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("key", ["two words", "line\nend", "clé", ""])
def test_a_key_that_no_header_can_hold_is_refused_unseen(waiting: Waiting, key: str) -> None:
    with pytest.raises(UsageError, match=r"^data\.example: the key holds") as caught:
        Http(Api(url="https://data.example", key=key), "https://unused.example", 1, waiting.clock)
    assert not key or key not in str(caught.value)


def test_a_key_is_not_sent_where_all_may_read_it(waiting: Waiting) -> None:
    with pytest.raises(UsageError, match="a key is not sent over http"):
        Http(Api(url="http://data.example", key=KEY), "https://unused.example", 1, waiting.clock)


# --- the answer ----------------------------------------------------------------------------------------------------


def test_numbers_and_texts_stay_as_they_were_written(api: LocalApi, waiting: Waiting) -> None:
    """Money: 12345678901234567.89 is no float, and 1.10 has its zero."""
    text = '{"a":12345678901234567.89,"b":[1.10,-0.5,1E3,7],"c":"é <script> =1+1 1.5","d":null,"e":true}'
    api.fail(body(text.encode()))
    assert as_line(ask(http(api, waiting))) == text


def test_a_text_that_no_file_can_hold_is_mended(api: LocalApi, waiting: Waiting) -> None:
    api.fail(body(b'{"a":"\\ud800x"}'))
    assert as_line(ask(http(api, waiting))) == '{"a":"?x"}'


# --- certificates --------------------------------------------------------------------------------------------------


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[LocalApi, Path]]:
    """The API over https, with a certificate that no authority signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [openssl, *asked.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(LocalApi(always=body(GOOD)), context) as served:
        yield served, certificate


def test_a_certificate_that_nobody_signed_is_refused_at_once(
    secured: tuple[LocalApi, Path], waiting: Waiting
) -> None:
    api, _ = secured
    client = http(api, waiting, key=KEY)
    for _ in range(2):
        with pytest.raises(ClosedError, match="shows a certificate that cannot be verified"):
            ask(client)
    assert api.asked == [] and waiting.long_waits == []


def test_the_environments_certificates_are_used(
    secured: tuple[LocalApi, Path], waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, certificate = secured
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert ask(http(api, waiting, key=KEY)) == json.loads(GOOD)
    assert api.asked[0].headers["Authorization"] == f"Apikey {KEY}"


def test_a_redirect_from_https_to_http_does_not_carry_the_key(
    secured: tuple[LocalApi, Path], waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, certificate = secured
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(LocalApi(always=body(GOOD))) as plain:
        api.fail(redirect(plain.url.replace("127.0.0.1", "localhost") + "/somewhere"))
        ask(http(api, waiting, key=KEY))
    assert "Authorization" not in plain.asked[0].headers
