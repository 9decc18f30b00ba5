"""Connections as clients really use them: many, slow, old, impatient and broken ones."""

import contextlib
import json
import os
import random
import resource
import signal
import socket
import string
import threading
import time
import urllib.parse

import headwater as hw
import pytest

PERSON = b'{"identityMap":{"Email":[{"id":"p@example.org"}]},"person":{"name":{"firstName":"Mira"}}}\n'
LINES = "/v1/profiles"


class Wire:
    """A connection that says exactly the bytes it is told to, and reads whole answers."""

    def __init__(self, server, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout)
        self.heard = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, *parts):
        for part in parts:
            self.socket.sendall(part if isinstance(part, bytes) else part.encode())
        return self

    def hear(self) -> bool:
        try:
            more = self.socket.recv(65_536)
        except ConnectionError:
            more = b""
        self.heard += more
        return bool(more)

    def answer(self, has_body=True):
        """The next answer: status line, headers in lower case, body."""
        while b"\r\n\r\n" not in self.heard:
            assert self.hear(), f"the server hung up after {self.heard!r}"
        head, self.heard = self.heard.split(b"\r\n\r\n", 1)
        first, *rest = head.decode().split("\r\n")
        headers = {}
        for line in rest:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, f"{name} stands twice: {head!r}"
            headers[name.lower()] = value
        status = int(first.split()[1])
        length = int(headers.get("content-length", 0)) if has_body and status not in (100, 204) else 0
        while len(self.heard) < length:
            assert self.hear(), f"the body ended after {self.heard!r}"
        body, self.heard = self.heard[:length], self.heard[length:]
        return first.split()[0], status, headers, body

    def is_closed(self) -> bool:
        """Whether the server hangs up without another word."""
        while self.hear():
            pass
        return self.heard == b""


def head(server, method="POST", path=LINES, *fields, version="1.1", host="Host: localhost"):
    lines = [f"{method} {path} HTTP/{version}", f"Authorization: Bearer {server.token}", host, *fields]
    return "\r\n".join(line for line in lines if line) + "\r\n\r\n"


def cpu_seconds(server) -> float:
    fields = open(f"/proc/{server.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(server, name) -> float:
    text = server.call("GET", "/metrics").body.decode()
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " "))


def limit_descriptors(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4_096:
        pytest.skip(f"this process may open only {hard} descriptors, and 4096 are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4_096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# How many


def test_silent_connections_stop_neither_exports_nor_the_answers(serve, kinesis_local, many_descriptors):
    endpoint = kinesis_local()
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "events", 1)
    server = serve(preexec_fn=limit_descriptors(1_024, 1_024))
    audience = server.audience("M", 'person.name.firstName = "Mira"')
    flow = server.dataflow(endpoint.endpoint, "events", [audience], ["person.name.firstName"])
    with contextlib.ExitStack() as stack:
        # One connection of ours is there before, and lives on all the time.
        ours = stack.enter_context(Wire(server))
        ours.say(head(server, "GET", "/health"))
        assert ours.answer()[1] == 200
        for _ in range(1_124):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30))
        time.sleep(2)  # Those for whom there is no room are told so.
        before = cpu_seconds(server)
        time.sleep(3)
        assert cpu_seconds(server) - before < 0.05 * 3
        ours.say(head(server, "POST", LINES, f"Content-Length: {len(PERSON)}"), PERSON)
        assert json.loads(ours.answer()[3])["accepted"] == 1
        deadline = time.monotonic() + 30
        while not hw.read_stream(kinesis, "events"):
            assert time.monotonic() < deadline, "the export did not go out"
        # Who comes now is told that there is no room.
        refused = hw.request("GET", f"{server.url}/health", timeout=30)
        assert refused.status == 503 and refused.json["errorCode"] == "TOO_MANY_CONNECTIONS", refused
        assert refused.headers["Retry-After"] and refused.headers["Connection"] == "close"
        assert refused.headers["x-request-id"] == refused.json["requestId"]
        log = server.log.read_text()
        assert log.count("Clients are refused") == 1, log[-4_000:]
        assert "connections.max=736" in log and "connections.perAddress.max=184" in log, log[-4_000:]
    server.wait_until(lambda: server.call("GET", "/health").status == 200)
    server.wait_until(lambda: "Clients are let in again" in server.log.read_text())
    assert metric(server, 'headwater_connections_refused_total{bound="address"}') >= 900
    server.wait_until_delivered(flow)


def test_the_soft_limit_is_raised_to_the_hard_one(serve):
    server = serve(preexec_fn=limit_descriptors(200, 1_024))
    limits = open(f"/proc/{server.process.pid}/limits").read()
    assert next(line for line in limits.splitlines() if "open files" in line).split()[3] == "1024"
    log = server.log.read_text()
    assert "descriptors.inherited=200" in log and "descriptors.max=1024" in log


def test_too_few_descriptors_are_refused_with_the_cure(serve):
    with pytest.raises(AssertionError, match="ulimit -n"):
        serve(preexec_fn=limit_descriptors(100, 100))


def test_a_process_without_descriptors_rests_and_goes_on(serve):
    server = serve()
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 1, before[1]))
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server)) for _ in range(40)]
        server.wait_until(lambda: "A connection cannot be accepted" in server.log.read_text())
        spent = cpu_seconds(server)
        time.sleep(4)
        assert cpu_seconds(server) - spent < 0.05 * 4
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for wire in wires:
            assert wire.say(head(server, "GET", "/health")).answer()[1] == 200


def test_connections_per_address_can_be_set(serve):
    server = serve("--connections-per-address", "3")
    with contextlib.ExitStack() as stack:

        def served():
            wire = stack.enter_context(Wire(server))
            if wire.say(head(server, "GET", "/health")).answer()[1] == 200:
                return True
            wire.socket.close()
            return False

        for _ in range(3):
            server.wait_until(served)  # Those who asked before may not have gone yet.
        assert not served()


def test_a_silent_and_a_dripping_connection_are_ended(serve):
    server = serve()
    with Wire(server) as silent, Wire(server) as dripping:
        dripping.say("GET /health HT")
        version, status, headers, body = dripping.answer()
        assert (status, headers["connection"]) == (408, "close"), body
        assert silent.is_closed()


# Slow bodies


def test_dripping_uploads_leave_room_for_others(serve):
    server = serve()
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server)) for _ in range(64)]
        for wire in wires:
            wire.say(head(server, "POST", LINES, "Content-Length: 1000000"), PERSON[:30])

        def drip():
            while not stop.wait(0.1):
                for wire in wires:
                    with contextlib.suppress(OSError):
                        wire.say(b"x")

        dripper = threading.Thread(target=drip)
        dripper.start()
        try:
            for _ in range(5):
                begin = time.monotonic()
                answer = hw.request(
                    "POST", server.url + LINES, PERSON, {"Authorization": f"Bearer {server.token}"}
                )
                took = time.monotonic() - begin
                assert answer.status == 200 and answer.json["accepted"] == 1, answer
                assert took < 1, f"{took} s"
        finally:
            stop.set()
            dripper.join()


def test_lines_of_an_open_upload_are_stored_when_the_sender_is_quiet(serve):
    server = serve()
    with Wire(server) as wire:
        wire.say(head(server, "POST", LINES, "Transfer-Encoding: chunked"))
        for count in range(1, 4):
            line = PERSON.replace(b"Mira", b"Mira%d" % count)
            wire.say(b"%x\r\n%s\r\n" % (len(line), line))

            def is_stored():
                query = urllib.parse.urlencode(
                    {"schema.name": "_xdm.context.profile", "entityId": "p@example.org", "entityIdNS": "Email"}
                )
                answer = server.call("GET", f"/data/core/ups/access/entities?{query}")
                return f"Mira{count}".encode() in answer.body

            server.wait_until(is_stored, seconds=20)
        wire.say("0\r\n\r\n")
        _, status, _, body = wire.answer()
        assert status == 200 and json.loads(body)["accepted"] == 3


# How clients speak


def test_an_open_quiet_upload_is_told_when_the_server_stops(serve):
    server = serve()
    with Wire(server) as wire:
        wire.say(head(server, "POST", LINES, "Transfer-Encoding: chunked"))
        wire.say(b"%x\r\n%s\r\n" % (len(PERSON), PERSON))
        time.sleep(0.5)
        server.signal(signal.SIGTERM)
        _, status, headers, body = wire.answer()
        assert (status, headers["connection"]) == (503, "close"), body
        assert json.loads(body)["settledThroughLine"] == 1
    assert server.stop() == 0
    log = server.log.read_text()
    assert " error " not in log, log


def test_a_client_that_waits_for_100_gets_it_when_its_body_is_wanted(serve):
    server = serve()
    with Wire(server) as wire:
        for _ in range(2):
            wire.say(head(server, "POST", LINES, "Expect: 100-Continue", f"Content-Length: {len(PERSON)}"))
            assert wire.answer()[1] == 100
            wire.say(PERSON)
            _, status, headers, body = wire.answer()
            assert status == 200 and json.loads(body)["accepted"] == 1
            assert "connection" not in headers


@pytest.mark.parametrize(
    "path, fields, expected",
    [
        (LINES, ["Content-Encoding: br"], 415),
        ("/v1/nothing", [], 404),
        ("/health", [], 405),
        ("/ims/token/v3", ["Content-Length: 20000", "Content-Type: application/json"], 413),
        (f"{hw.FLOW_SERVICE}/flows", [], 403),
    ],
)
def test_a_client_that_waits_for_100_gets_a_refusal_at_once(serve, path, fields, expected):
    server = serve()
    with Wire(server) as wire:
        length = [] if any("Length" in field for field in fields) else ["Content-Length: 5000"]
        wire.say(head(server, "POST", path, "Expect: 100-continue", *length, *fields))
        _, status, headers, _ = wire.answer()
        assert (status, headers["connection"]) == (expected, "close")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.is_closed()


def test_a_refusal_reaches_a_client_that_is_still_sending(serve):
    server = serve()
    answer = hw.request("POST", f"{server.url}/ims/token/v3", b"x" * 5_000_000, {"Content-Type": "application/json"})
    assert answer.status == 413, answer


def test_http_1_0_is_closed_or_kept_as_asked(serve):
    server = serve()
    with Wire(server) as wire:
        version, status, headers, body = wire.say(head(server, "GET", "/health", version="1.0", host="")).answer()
        assert (version, status, headers["connection"]) == ("HTTP/1.0", 200, "close")
        assert "transfer-encoding" not in headers and json.loads(body)["status"] == "alive"
        assert wire.is_closed()
    with Wire(server) as wire:
        for _ in range(3):
            wire.say(head(server, "GET", "/health", "Connection: Keep-Alive", version="1.0"))
            assert wire.answer()[2]["connection"] == "keep-alive"


def test_a_close_that_is_asked_for_in_any_spelling_is_done(serve):
    server = serve()
    for spelling in ["close", "Close", "TE, close"]:
        with Wire(server) as wire:
            wire.say(head(server, "GET", "/health", f"Connection: {spelling}"))
            assert wire.answer()[2]["connection"] == "close"
            assert wire.is_closed()


def test_pipelined_requests_are_answered_in_order_and_garbage_after_them(serve):
    server = serve()
    with Wire(server) as wire:
        wire.say(head(server, "GET", "/health"), head(server, "GET", "/nowhere"), head(server, "HEAD", "/health"), "\0\r\n")
        assert [wire.answer()[1], wire.answer()[1], wire.answer(has_body=False)[1], wire.answer()[1]] == [
            200, 404, 200, 400,
        ]  # fmt: skip
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.is_closed()


def test_a_character_that_a_url_has_not_is_named(serve):
    server = serve()
    with Wire(server) as wire:
        _, status, _, body = wire.say(head(server, "GET", "/health?name=jörg")).answer()
        assert status == 400 and "%XX" in json.loads(body)["detail"], body


def test_all_that_is_sent_ahead_of_the_end_is_answered(serve):
    server = serve()
    with Wire(server) as wire:
        wire.say(head(server, "GET", "/health") * 500)
        wire.socket.shutdown(socket.SHUT_WR)
        assert [wire.answer()[1] for _ in range(500)] == [200] * 500
        assert wire.is_closed()


def test_a_client_that_says_no_more_is_still_answered(serve):
    server = serve()
    with Wire(server) as wire:
        wire.say(head(server, "GET", "/health"))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer()[1] == 200
        assert wire.is_closed()


def test_a_client_that_offers_http_2_can_go_on_in_http_1(serve):
    server = serve()
    with Wire(server) as wire:
        upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"]
        wire.say(head(server, "POST", LINES, *upgrade, f"Content-Length: {len(PERSON)}"), PERSON)
        _, status, headers, _ = wire.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert wire.is_closed()


@pytest.mark.parametrize("path", ["/health", "/metrics", "/openapi.json", f"{hw.FLOW_SERVICE}/flows", "/nowhere"])
def test_head_is_get_without_a_body(serve, path):
    server = serve()
    with Wire(server) as wire:
        fields = [f"{name}: {value}" for name, value in server.headers().items() if name != "Authorization"]
        _, got, with_body, body = wire.say(head(server, "GET", path, *fields)).answer()
        _, status, headers, _ = wire.say(head(server, "HEAD", path, *fields)).answer(has_body=False)
        assert status == got
        # What is measured is another text each time.
        own = ("date", "x-request-id") + (("content-length",) if path == "/metrics" else ())
        assert {n: v for n, v in headers.items() if n not in own} == {n: v for n, v in with_body.items() if n not in own}
        assert int(with_body["content-length"]) == len(body) and int(headers["content-length"]) > 0
        assert wire.say(head(server, "GET", "/health")).answer()[1] == 200


def test_a_known_path_says_its_methods(serve):
    server = serve()
    with Wire(server) as wire:

        def methods(method, path):
            _, status, headers, body = wire.say(head(server, method, path)).answer()
            return status, headers.get("allow"), body

        assert methods("DELETE", "/health")[:2] == (405, "GET, HEAD, OPTIONS")
        assert methods("PROPFIND", "/health")[:2] == (405, "GET, HEAD, OPTIONS")
        assert methods("GET", LINES)[:2] == (405, "OPTIONS, POST")
        assert json.loads(methods("GET", LINES)[2])["errorCode"] == "METHOD_NOT_ALLOWED"
        assert methods("PUT", "/collection/some-id")[:2] == (405, "OPTIONS, POST")
        assert methods("OPTIONS", "/health") == (204, "GET, HEAD, OPTIONS", b"")
        assert methods("OPTIONS", "/nowhere")[:2] == (404, None)
        assert methods("OPTIONS", "*")[0] == 204
        assert set(methods("OPTIONS", "*")[1].split(", ")) >= {"GET", "HEAD", "OPTIONS", "PATCH", "POST"}


def test_targets_in_absolute_form_are_paths(serve):
    server = serve()
    with Wire(server) as wire:
        assert wire.say(head(server, "GET", "http://proxy.example/health?a=b")).answer()[1] == 200
        assert wire.say(head(server, "GET", "HTTP://proxy.example")).answer()[1] == 404
        assert wire.say(head(server, "GET", "/health")).answer()[1] == 200


@pytest.mark.parametrize(
    "said, expected",
    [
        ("GET /health HTTP/1.1\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET /health HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417),
        ("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /health HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("GET health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("NONSENSE / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        ("GET /" + "x" * 40_000 + " HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\nx: " + "x" * 40_000 + "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + "x: y\r\n" * 200 + "\r\n", 431),
    ],
)
def test_what_is_not_a_request_is_refused_in_words(serve, said, expected):
    server = serve()
    with Wire(server) as wire:
        version, status, headers, body = wire.say(said.encode("latin-1")).answer()
        assert (status, headers["connection"]) == (expected, "close"), body
        problem = json.loads(body)
        assert problem["status"] == expected and problem["requestId"] == headers["x-request-id"]
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.is_closed()
    assert server.call("GET", "/health").status == 200


def test_a_body_that_breaks_in_the_middle_is_told_and_what_came_before_is_kept(serve):
    server = serve()
    with Wire(server) as wire:
        wire.say(head(server, "POST", LINES, "Transfer-Encoding: chunked"))
        wire.say(b"%x\r\n%s\r\n" % (len(PERSON), PERSON))
        assert metric(server, "headwater_connections_open") >= 1
        time.sleep(0.5)
        wire.say("nonsense\r\n")
        _, status, headers, body = wire.answer()
        assert (status, headers["connection"]) == (400, "close"), body
        assert json.loads(body)["settledThroughLine"] == 1
        assert json.loads(body)["errorCode"] == "BODY_MALFORMED"


def test_packed_bodies_are_refused_where_they_are_not_read(serve):
    server = serve()
    headers = server.headers(**{"Content-Encoding": "gzip"})
    answer = hw.request("POST", f"{server.url}{hw.FLOW_SERVICE}/connections", b"x", headers)
    assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "identity"), answer
    answer = hw.request("POST", server.url + LINES, b"x", {**headers, "Content-Encoding": "zstd"})
    assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "gzip"), answer


def test_only_listed_pages_may_send_to_inlets(serve):
    server = serve("--cors-origin", "https://shop.example", "--cors-origin", "http://localhost:3000")
    inlet = f"/collection/{server.admin['inlet_id'] if 'inlet_id' in server.admin else 'x'}"

    def preflight(origin, path=inlet):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = hw.request("OPTIONS", server.url + path, None, headers)
        return answer.status, answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]

    assert preflight("https://shop.example") == (204, "https://shop.example", "Origin")
    assert preflight("http://localhost:3000") == (204, "http://localhost:3000", "Origin")
    assert preflight("https://evil.example") == (204, None, "Origin")
    assert preflight("https://shop.example", "/v1/profiles") == (204, None, None)
    # What the router takes for the same path has the same answer, and nothing else has it.
    for path in ("/" + inlet, inlet.replace("/", "///"), inlet + "/", inlet + "?a=//b"):
        assert preflight("https://shop.example", path) == (204, "https://shop.example", "Origin"), path
    for path in ("/%63ollection/x", "/collection%2Fx", "/./collection/x", "/v1/../collection/x"):
        assert preflight("https://shop.example", path) == (404, None, None), path
    for path in ("//v1//profiles", "//data//foundation//flowservice/flows", "/health//../v1/profiles"):
        assert hw.request("POST", server.url + path, b"{}").status in (403, 404, 405), path
    answer = hw.request("POST", server.url + inlet, b"{}", {"Origin": "https://shop.example"})
    assert answer.status >= 400 and answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"]


def test_without_a_list_no_page_may(serve):
    server = serve()
    answer = hw.request("OPTIONS", f"{server.url}/collection/x", None, {"Origin": "https://shop.example"})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, None)


def test_what_a_page_sends_without_asking_is_refused_unless_it_is_listed(serve):
    server = serve("--cors-origin", "https://shop.example")

    def send(origin, content="text/plain"):
        headers = {"Content-Type": content, **({"Origin": origin} if origin else {})}
        answer = hw.request("POST", f"{server.url}/collection/x", b"{}", headers)
        return answer.status, json.loads(answer.body)["errorCode"], answer.headers["Vary"]

    for origin in ("https://evil.example", "null", server.url + ".evil.example"):
        for content in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
            assert send(origin, content) == (403, "INLET_ORIGIN", "Origin")
    for origin in ("https://shop.example", server.url, f"http://127.0.0.1:{server.port}", None):
        assert send(origin) == (404, "INLET_UNKNOWN", "Origin")


# Whatever comes


def damaged(rng, text: bytes) -> bytes:
    data = bytearray(text)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(data) + 1)
        choice = rng.randrange(4)
        if choice == 0 and data:
            del data[at : at + rng.randrange(1, 9)]
        elif choice == 1:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 5)))
        elif choice == 2:
            data[at:at] = rng.choice([b"\r\n", b"\n", b"\0", b"{", b"}", b"[" * 90, b'"', b"\\u0000", b"1e999", b"%"])
        else:
            data[at:at] = data[: rng.randrange(len(data) + 1)]
    return bytes(data)


def lines_of(body: bytes) -> int:
    """How many lines say something: the end of a line is LF or CRLF, and blank lines are skipped."""
    return sum(1 for line in body.split(b"\n") if line.removesuffix(b"\r").strip(b" \t"))


def test_no_input_breaks_the_server(serve, kinesis_local):
    """Lines, queries and heads are damaged at random: no answer is 500 or more, and no line and no export is lost."""
    rounds = int(os.environ.get("HEADWATER_FUZZ", "600"))
    seed = int(os.environ.get("HEADWATER_SEED", random.randrange(2**32)))
    print(f"HEADWATER_SEED={seed}")
    rng = random.Random(seed)
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "events", 1)
    server = serve()
    audience = server.audience("M", 'person.name.firstName = "Mira"')
    flow = server.dataflow(endpoint.endpoint, "events", [audience], ["person.name.firstName"])
    accepted = 0
    wire = Wire(server)
    for _ in range(rounds):
        kind = rng.randrange(3)
        if kind == 0:
            body = b"".join(
                PERSON if rng.random() < 0.3 else damaged(rng, PERSON.replace(b"p@", b"%d@" % rng.randrange(9)))
                for _ in range(rng.randrange(1, 8))
            )
            said = head(server, "POST", LINES, f"Content-Length: {len(body)}").encode() + body
        elif kind == 1:
            names = ["dataset", "limit", "count", "property", "orderby", "continuationToken", "entityId", "x"]
            value = lambda: "".join(rng.choice(string.printable[:94] + "%+&=;") for _ in range(rng.randrange(12)))  # noqa: E731
            query = "&".join(f"{rng.choice(names)}={value()}" for _ in range(rng.randrange(1, 5)))
            path = rng.choice([f"{hw.FLOW_SERVICE}/flows", "/data/core/ups/access/entities", "/v1/profiles"])
            query = query.replace("#", "")
            fields = [f"{name}: {text}" for name, text in server.headers().items() if name != "Authorization"]
            method = "POST" if path == LINES else "GET"
            said = head(server, method, f"{path}?{query}", *fields, "Content-Length: 0").encode()
        else:
            said = damaged(rng, head(server, "GET", "/health").encode()) + b"\r\n\r\n"
        try:
            wire.say(said)
            if kind == 2:
                wire.socket.shutdown(socket.SHUT_WR)
                while wire.heard or wire.hear():
                    assert wire.answer(has_body=b"HEAD" not in said)[1] < 500, (seed, said)
                wire.socket.close()
                wire = Wire(server)
                continue
            _, status, headers, answered = wire.answer()
        except (AssertionError, OSError) as error:
            raise AssertionError(f"seed {seed}: {error}: {said!r}") from error
        assert status < 500, (seed, said, answered)
        if kind == 0:
            assert status == 200, (seed, said, answered)
            report = json.loads(answered)
            accepted += report["accepted"]
            assert report["accepted"] + report["failed"] == lines_of(body), (seed, said, report)
        if headers.get("connection") == "close":
            wire.socket.close()
            wire = Wire(server)
    assert server.call("GET", "/ready").status == 200
    assert accepted > 0
    assert server.wait_until_delivered(flow)["delivered"] > 0
