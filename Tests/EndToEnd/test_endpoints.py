"""Endpoints of every kind behind a destination: IPv6, other servers, TLS that fails, names that lead elsewhere."""

import http.server
import socket
import ssl
import subprocess
import threading

import pytest

import headwater as hw

CONNECTIONS = f"{hw.FLOW_SERVICE}/connections"


@pytest.fixture
def web():
    """Starts web servers that give one answer to everything, by TLS if there is a certificate."""
    servers = []

    def start(status, headers, body, certificate=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.server.seen.append(dict(self.headers))
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.seen = []
        server.handle_error = lambda *_: None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def strict(tmp_path, processes):
    """A server without --allow-insecure-endpoints."""
    server = hw.Headwater(tmp_path)
    processes.append(server)
    return server


def refused(server, url):
    answer = server.call("POST", CONNECTIONS, server.connection(url))
    assert answer.status == 400, answer
    assert "example-secret" not in answer.body.decode()
    return answer.json["errorCode"], answer.json["step"], answer.json["detail"]


def test_records_reach_an_endpoint_on_ipv6_whose_signatures_are_checked(strict, kinesis_local):
    keys = ("--access-key", "AKIAEXAMPLE0000000001", "--secret-key", "example-secret")
    endpoint = kinesis_local("--stream", "events", *keys, host="::1")
    audience = strict.audience("A", "a = 1")
    flow = strict.dataflow(endpoint.endpoint, "events", [audience], ["a"])
    person = {"identityMap": {"Email": [{"id": "a@example.org"}]}, "a": 1}
    assert strict.ingest("profiles", [person])["accepted"] == 1
    assert strict.wait_until_delivered(flow)["delivered"] == 1
    # Read back by a signer that is not ours.
    assert len(hw.read_stream(hw.boto(endpoint.endpoint), "events")) == 1
    code, step, _ = refused(strict, endpoint.endpoint.replace("[::1]", "[::1%25lo]"))
    assert (code, step) == ("CFG-001", "fields")


@pytest.mark.parametrize(
    "status, headers, body, text",
    [
        (403, {"Content-Type": "text/html"}, "<html>Blocked by the firewall</html>", "web page"),
        (404, {"Content-Type": "text/plain"}, "404 page not found", "nothing that Kinesis would say"),
        (200, {"Content-Type": "text/html"}, "<!DOCTYPE html><p>It works!", "web page"),
        (403, {"Content-Type": "application/xml"}, "<Error><Code>AccessDenied</Code></Error>", "Amazon S3"),
        (302, {"Location": "https://login.example/?to=x"}, "", "redirects (HTTP 302 to https://login.example)"),
        (401, {"Content-Type": "application/json"}, '{"message":"Unauthorized"}', "JSON that is none of Kinesis"),
        (
            403,
            {"Content-Type": "application/json", "x-amzn-ErrorType": "MissingAuthenticationTokenException"},
            '{"message":"Missing Authentication Token"}',
            "API gateway",
        ),
    ],
)
def test_another_server_is_told_as_such_and_not_as_a_bad_key(strict, web, status, headers, body, text):
    other = web(status, headers, body)
    code, step, detail = refused(strict, f"http://127.0.0.1:{other.server_port}")
    assert (code, step) == ("NET-001", "answer")
    assert text in detail
    assert "Blocked" not in detail


def test_tls_that_does_not_come_about_says_why(strict, web, tmp_path):
    certificate = tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=kinesis.example", "-addext", "subjectAltName=DNS:kinesis.example"]
        + ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "chain.pem"],
        check=True,
        capture_output=True,
    )
    certificate.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "chain.pem").read_bytes())
    secure = web(200, {}, "", certificate=certificate)
    plain = web(200, {}, "")
    code, step, detail = refused(strict, f"https://127.0.0.1:{secure.server_port}")
    assert (code, step) == ("NET-001", "TLS") and "certificate" in detail
    code, step, detail = refused(strict, f"https://127.0.0.1:{plain.server_port}")
    assert (code, step) == ("NET-001", "TLS") and "write http://" in detail
    code, _, detail = refused(strict, f"http://127.0.0.1:{secure.server_port}")
    assert code == "NET-001" and "https://" in detail
    assert not secure.seen and not plain.seen


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001:0:a9fe:a9fe::]",
    ],
)
def test_addresses_of_metadata_and_detours_are_refused_even_when_insecure_endpoints_are_allowed(serve, host):
    code, step, _ = refused(serve(), f"https://{host}")
    assert (code, step) == ("CFG-001", "endpoint")


def test_a_name_that_leads_to_this_machine_is_refused_before_anything_connects(strict):
    name = socket.gethostname()
    try:
        addresses = {entry[4][0] for entry in socket.getaddrinfo(name, None)}
    except OSError:
        addresses = set()
    if not addresses or not all(address.startswith("127.") or address == "::1" for address in addresses):
        pytest.skip("this machine's own name does not lead to loopback")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        code, step, detail = refused(strict, f"https://{name.lower()}:{listener.getsockname()[1]}")
        assert (code, step) == ("CFG-001", "resolve")
        assert "this machine" in detail
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_name_that_nobody_knows_is_told(strict):
    code, step, detail = refused(strict, "https://no-such-host.invalid")
    assert (code, step) == ("NET-001", "resolve") and "no-such-host.invalid" in detail
