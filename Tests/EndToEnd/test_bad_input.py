"""Bad input of every kind gets a clear answer, loses nothing and never ends the server."""

import gzip
import json
import resource
import socket

import headwater as hw
import pytest

PERSON = {"identityMap": {"Email": [{"id": "p@example.org"}]}}


def ndjson(server, kind, body, **headers):
    return hw.request(
        "POST",
        f"{server.url}/v1/{kind}",
        body,
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson", **headers},
    )


def test_bad_lines_are_named_and_good_ones_stored(serve):
    server = serve()
    good = json.dumps(PERSON).encode()
    lines = [
        good,
        b'{"identityMap":',
        b"[" * 100 + b"]" * 100,
        b'{"identityMap":{"Email":[{"id":"\xff\xfe"}]}}',
        b"7",
        b'{"identityMap":{"Email":[{"id":7}]}}',
        b'{"a":1,"a":2}',
        json.dumps({**PERSON, "a": "x" * 110_000}).encode(),
        good,
    ]
    answer = ndjson(server, "profiles", b"\r\n".join(lines)).json
    assert answer["accepted"] == 2
    assert answer["failed"] == 7
    assert [error["line"] for error in answer["errors"]] == [2, 3, 4, 5, 6, 7, 8]
    assert all(error["code"] and error["message"] for error in answer["errors"])
    assert not answer["errorsTruncated"]


def test_gzip_is_read_and_broken_gzip_refused(serve):
    server = serve()
    body = gzip.compress(b"\n".join([json.dumps(PERSON).encode()] * 3))
    assert ndjson(server, "profiles", body, **{"Content-Encoding": "gzip"}).json["accepted"] == 3
    broken = ndjson(server, "profiles", body[: len(body) // 2], **{"Content-Encoding": "gzip"})
    assert broken.status == 400, broken
    assert ndjson(server, "profiles", b"not gzip", **{"Content-Encoding": "gzip"}).status == 400


def test_gateway_refuses_by_its_codes(serve):
    server = serve()
    path = f"{hw.FLOW_SERVICE}/flows"

    def refused(drop=None, **change):
        headers = {**server.headers(), **change}
        headers.pop(drop, None)
        answer = hw.request("GET", server.url + path, None, headers)
        return answer.status, answer.json.get("error_code")

    assert refused(drop="Authorization") == (403, "403010")
    assert refused(Authorization="Bearer nonsense") == (401, "401013")
    assert refused(drop="x-api-key") == (403, "403000")
    assert refused(**{"x-api-key": "nobody"}) == (403, "403003")
    assert refused(drop="x-gw-ims-org-id") == (400, "400003")
    assert refused(**{"x-gw-ims-org-id": "OTHER@Org"}) == (403, "403025")
    tampered = server.token[:-4] + ("AAAA" if not server.token.endswith("AAAA") else "BBBB")
    assert refused(Authorization=f"Bearer {tampered}") == (401, "401013")


def test_unknown_routes_and_wrong_etags(serve, kinesis_local):
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "events", 1)
    server = serve()
    assert server.call("GET", "/nowhere").status == 404
    assert server.call("GET", f"{hw.FLOW_SERVICE}/flows/nobody").status == 404
    audience = server.audience("A", "a = 1")
    flow = server.dataflow(endpoint.endpoint, "events", [audience], ["a"])
    patch = [{"op": "replace", "path": "/name", "value": "other"}]
    missing = server.call("PATCH", f"{hw.FLOW_SERVICE}/flows/{flow}", patch)
    assert (missing.status, missing.json["errorCode"]) == (400, "1403-400")
    stale = server.call("PATCH", f"{hw.FLOW_SERVICE}/flows/{flow}", patch, **{"If-Match": '"old"'})
    assert (stale.status, stale.json["errorCode"]) == (412, "1404-412")
    used = server.call("DELETE", f"/data/core/ups/segment/definitions/{audience}")
    assert used.status == 409, used


def test_wrong_key_and_missing_stream_say_which_step_failed(serve, kinesis_local):
    endpoint = kinesis_local("--access-key", "AKIAEXAMPLE0000000001", "--secret-key", "example-secret")
    server = serve()
    wrong = server.call(
        "POST", f"{hw.FLOW_SERVICE}/connections", server.connection(endpoint.endpoint, secret="wrong-secret")
    )
    assert wrong.status == 400 and wrong.json["errorCode"] == "AWS-401", wrong
    assert "ListStreams" in wrong.body.decode()
    assert "wrong-secret" not in wrong.body.decode()
    account = server.expect(
        201, "POST", f"{hw.FLOW_SERVICE}/connections", server.connection(endpoint.endpoint)
    )["id"]
    target = server.call(
        "POST",
        f"{hw.FLOW_SERVICE}/targetConnections",
        {
            "name": "t",
            "baseConnectionId": account,
            "connectionSpec": hw.KINESIS_SPEC,
            "params": {"stream": "missing", "region": "us-east-1"},
        },
    )
    assert target.status == 400 and target.json["errorCode"] == "AWS-404", target
    unreachable = server.call(
        "POST", f"{hw.FLOW_SERVICE}/connections", server.connection(f"http://127.0.0.1:{hw.free_port()}")
    )
    assert unreachable.status == 400 and unreachable.json["errorCode"] == "NET-001", unreachable
    data = b"".join(path.read_bytes() for path in (server.directory / "data").rglob("*") if path.is_file())
    log = server.log.read_bytes()
    assert b"example-secret" not in data and b"example-secret" not in log


def test_a_slow_client_and_a_broken_one_harm_nobody(serve):
    server = serve()
    head = (
        f"POST /v1/profiles HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n"
    ).encode()
    slow = socket.create_connection(("127.0.0.1", server.port))
    slow.sendall(head + b'{"identityMap":')
    broken = socket.create_connection(("127.0.0.1", server.port))
    broken.sendall(head + json.dumps(PERSON).encode() + b"\n")
    broken.close()
    assert server.ingest("profiles", [PERSON])["accepted"] == 1
    slow.close()
    assert server.call("GET", "/health").status == 200


def test_streaming_ingestion_is_validated(serve):
    server = serve()
    inlet = server.admin["inletId"]
    dataset = server.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": "crm"})[0].split("/")[-1]

    def message(entity):
        return {
            "header": {"imsOrgId": server.admin["org_id"], "datasetId": dataset},
            "body": {"xdmEntity": entity},
        }

    good = server.call("POST", f"/collection/{inlet}?syncValidation=true", message(PERSON))
    assert good.status == 200 and good.json["syncValidation"]["status"] == "pass", good
    bad = server.call("POST", f"/collection/{inlet}", message({"identityMap": {"Email": [{"id": 1}]}}))
    assert bad.status == 400 and "_streamingValidation" in bad.body.decode(), bad
    both = server.call(
        "POST", f"/collection/batch/{inlet}", {"messages": [message(PERSON), message({"a": 1})]}
    )
    assert both.status == 207 and [part.get("statusCode", 200) for part in both.json["responses"]] == [200, 400]
    large = server.call("POST", f"/collection/batch/{inlet}", {"messages": ["x" * 1_100_000]})
    assert large.status == 413, large
    assert server.call("POST", "/collection/unknown", message(PERSON)).status == 404


def test_a_full_disk_refuses_and_keeps_what_was_acknowledged(serve):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))

    server = serve(preexec_fn=limit)
    acknowledged = 0
    refused = None
    for batch in range(100):
        lines = [
            {"identityMap": {"Phone": [{"id": f"{batch}-{number}"}]}, "note": "x" * 2_000} for number in range(200)
        ]
        body = "\n".join(map(json.dumps, lines)).encode()
        answer = ndjson(server, "profiles", body)
        if answer.status != 200:
            refused = answer
            break
        acknowledged += answer.json["accepted"]
    assert refused is not None and refused.status in (503, 507), refused
    assert server.call("GET", "/health").status == 200
    # With room again everything acknowledged is there.
    server.kill()
    server.preexec_fn = None
    server.start()
    for batch in range(acknowledged // 200):
        for number in (0, 199):
            found = server.call(
                "GET",
                "/data/core/ups/access/entities?schema.name=_xdm.context.profile"
                f"&entityId={batch}-{number}&entityIdNS=Phone",
            )
            assert found.status == 200, (batch, number)
    assert server.ingest("profiles", [PERSON])["accepted"] == 1


def test_a_second_process_on_the_directory_is_refused(serve, tmp_path):
    server = serve()
    second = hw.Process(
        [hw.BINARY, "serve", "--data", server.directory / "data", "--port", hw.free_port()], tmp_path / "second.log"
    )
    assert second.process.wait(30) != 0
    text = second.log.read_text()
    assert "data" in text and ("lock" in text or "process" in text), text
    second.stream.close()


@pytest.mark.parametrize("expression", ["a = ", "a = 'x'", "unknownFn(a)", "a = null", "(" * 100])
def test_a_wrong_expression_names_line_and_column(serve, expression):
    server = serve()
    answer = server.call(
        "POST",
        "/data/core/ups/segment/definitions",
        {
            "name": "wrong",
            "schema": {"name": "_xdm.context.profile"},
            "expression": {"type": "PQL", "format": "pql/text", "value": expression},
        },
    )
    assert answer.status == 400, answer
    assert "column" in answer.body.decode() and "line" in answer.body.decode()
