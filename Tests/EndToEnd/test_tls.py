"""Records leave by TLS for an endpoint whose authority nobody else knows."""

import socket
import ssl
import subprocess
import time

import boto3
import headwater as hw
import pytest

PROFILE = {"identityMap": {"Email": [{"id": "p@example.org"}]}, "loyalty": {"tier": "gold"}}


@pytest.fixture
def secure(tmp_path, processes):
    """An endpoint with a made certificate, and the file of its authority."""
    endpoint = hw.SecureKinesisLocal(tmp_path)
    processes.append(endpoint)
    return endpoint


def run(*arguments, environment=None):
    return subprocess.run(
        [str(part) for part in (hw.BINARY, *arguments)], capture_output=True, text=True, timeout=120, env=environment
    )


def boto(secure):
    return boto3.client(
        "kinesis", endpoint_url=secure.endpoint, region_name="us-east-1", aws_access_key_id="any",
        aws_secret_access_key="any", verify=str(secure.authority))


def test_records_leave_by_tls_once_the_authority_is_trusted(serve, secure):
    kinesis = boto(secure)
    hw.create_stream(kinesis, "out", 2)
    distrusting = serve()
    answer = distrusting.call("POST", f"{hw.FLOW_SERVICE}/connections", distrusting.connection(secure.endpoint))
    assert answer.status == 400 and "certificate" in answer.body.decode(), answer
    assert distrusting.stop() == 0

    server = serve("--ca-bundle", secure.authority)
    gold = server.audience("Gold", 'loyalty.tier = "gold"')
    flow = server.dataflow(secure.endpoint, "out", [gold], ["loyalty.tier"])
    assert server.ingest("profiles", [PROFILE])["accepted"] == 1
    assert server.wait_until_delivered(flow)["delivered"] == 1

    assert len(hw.read_stream(kinesis, "out")) == 1


def test_the_producer_is_measured_by_tls(secure):
    hw.create_stream(boto(secure), "bench", 2)
    bench = ["bench", "producer", "--endpoint", secure.endpoint, "--records", 2000, "--json"]

    trusting = run(*bench, "--ca-bundle", secure.authority)
    by_variable = run(*bench, environment={"PATH": "/usr/bin", "AWS_CA_BUNDLE": str(secure.authority)})

    for outcome in (trusting, by_variable):
        assert outcome.returncode == 0 and '"delivered":2000' in outcome.stdout.replace(" ", ""), outcome


def test_curl_is_answered_in_both_protocols(secure):
    for protocol, version in (("--http2", "2"), ("--http1.1", "1.1")):
        outcome = subprocess.run(
            ["curl", "-sS", protocol, "--cacert", secure.authority, "-w", "%{http_version}", "-o", "/dev/null",
             f"{secure.endpoint}/_stats"],
            capture_output=True, text=True, timeout=60)
        assert (outcome.returncode, outcome.stdout) == (0, version), outcome


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
@pytest.mark.parametrize(
    "command",
    [
        ("serve", "--port", 0, "--data", "DATA", "--ca-bundle", "FILE"),
        ("bench", "producer", "--endpoint", "https://127.0.0.1:9", "--ca-bundle", "FILE"),
        ("kinesis-local", "--port", 0, "--tls-cert", "FILE", "--tls-key", "FILE"),
    ],
)
def test_a_file_that_holds_none_is_refused_by_name(tmp_path, command, content):
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    places = {"FILE": file, "DATA": tmp_path / "data"}

    outcome = run(*(places.get(part, part) for part in command))

    assert outcome.returncode == (66 if content is None else 65), outcome
    assert str(file) in outcome.stderr and not (tmp_path / "data").exists(), outcome


def shaken(port, version, ciphers):
    """The cipher that a handshake of one version comes to, or the error."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, context.wrap_socket(plain) as secure:
            return secure.cipher()[0]
    except OSError:
        return None


def test_the_listener_speaks_modern_tls_alone(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "chain.pem"],
        check=True,
        capture_output=True,
    )
    port = hw.free_port()
    server = subprocess.Popen(
        [hw.BINARY, "serve", "--data", tmp_path / "data", "--port", str(port)]
        + ["--tls-cert", tmp_path / "chain.pem", "--tls-key", tmp_path / "key.pem"],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            if shaken(port, ssl.TLSVersion.TLSv1_3, "ALL"):
                break
            time.sleep(0.1)
        assert shaken(port, ssl.TLSVersion.TLSv1_3, "ALL").startswith("TLS_")
        assert shaken(port, ssl.TLSVersion.TLSv1_2, "ALL").startswith("ECDHE-ECDSA-")
        assert shaken(port, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-GCM-SHA384")
        # Without forward secrecy, or with a separate check of what is deciphered.
        assert shaken(port, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA") is None
        assert shaken(port, ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256") is None
        assert shaken(port, ssl.TLSVersion.TLSv1_1, "ALL") is None
    finally:
        server.terminate()
        assert server.wait(60) == 0
