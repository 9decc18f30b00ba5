"""A trace that a sender names is followed to the requests that carry its records, and to the lines of the log."""

import json
import subprocess

import headwater as hw

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


def person(number, step):
    return {"identityMap": {"Phone": [{"id": f"p{number}"}]}, "step": step}


def send(server, lines, traceparent=None, kind="profiles"):
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
    if traceparent:
        headers["traceparent"] = traceparent
    answer = hw.request("POST", f"{server.url}/v1/{kind}", "\n".join(map(json.dumps, lines)).encode(), headers)
    assert answer.status == 200, answer
    assert answer.json["accepted"] == len(lines)


def traced(local):
    answer = hw.request("GET", f"{local.endpoint}/_traces")
    return [request["traceparent"] for request in answer.json["requests"] if request["operation"] == "PutRecords"]


def lines_of(server, *words):
    return [line for line in server.log.read_text().splitlines() if all(word in line for word in words)]


def world(serve, kinesis_local, **target):
    local = kinesis_local()
    hw.create_stream(hw.boto(local.endpoint), "orders", 1)
    server = serve("--log-level", "debug")
    everyone = server.audience("Everyone", "step >= 0")
    return local, server, server.dataflow(local.endpoint, "orders", [everyone], ["step"], **target)


def test_a_trace_leads_from_the_sender_to_kinesis(serve, kinesis_local):
    local, server, flow = world(serve, kinesis_local)
    send(server, [person(1, 1)])
    server.wait_until_delivered(flow)
    assert traced(local) == []

    send(server, [person(1, 2), person(2, 2)], TRACEPARENT)
    server.wait_until_delivered(flow)

    headers = [value.split("-") for value in traced(local)]
    assert headers and {(version, trace, flags) for version, trace, _, flags in headers} == {("00", TRACE, "01")}
    spans = [span for _, _, span, _ in headers]
    assert PARENT not in spans and len(set(spans)) == len(spans)
    # The step in between: the sender's parent is told with it, and it is told as the parent of what it led to.
    [request] = lines_of(server, "Request is part of a trace", f"trace.id={TRACE}", f"parent.id={PARENT}")
    [step] = [part.removeprefix("span.id=") for part in request.split() if part.startswith("span.id=")]
    for span in spans:
        words = f"trace.id={TRACE}", f"span.id={span}", f"parent.id={step}"
        assert lines_of(server, "PutRecords carries traced records", *words)

    before = len(headers)
    send(server, [person(1, 3)])
    send(server, [person(1, 4)], TRACEPARENT.upper())
    send(server, [person(1, 5)], f"00-{'0' * 32}-{PARENT}-01")
    server.wait_until_delivered(flow)
    assert len(traced(local)) == before


def test_an_inlet_hands_a_trace_on(serve, kinesis_local):
    local, server, flow = world(serve, kinesis_local)
    dataset = server.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": "crm"})[0].split("/")[-1]
    message = {"header": {"datasetId": dataset}, "body": {"xdmEntity": person(1, 1)}}

    answer = server.call("POST", f"/collection/{server.admin['inletId']}", message, traceparent=TRACEPARENT)

    assert answer.status == 200, answer
    server.wait_until_delivered(flow)
    assert [value.split("-")[1] for value in traced(local)] == [TRACE]


def test_the_command_line_hands_a_trace_on(serve, kinesis_local, tmp_path):
    local, server, flow = world(serve, kinesis_local)
    named, inherited = "1" * 32, "2" * 32

    def ingest(step, *options):
        file = tmp_path / f"{step}.ndjson"
        file.write_text(json.dumps(person(1, step)) + "\n")
        environment = {"TRACEPARENT": f"00-{inherited}-{PARENT}-01"}
        command = [hw.BINARY, "ingest", file, "--data", tmp_path / "data", *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    assert ingest(1, "--traceparent", f"00-{named}-{PARENT}-00").returncode == 0
    server.wait_until_delivered(flow)
    assert ingest(2).returncode == 0
    server.wait_until_delivered(flow)
    bad = ingest(3, "--traceparent", TRACEPARENT.upper())

    headers = [value.split("-") for value in traced(local)]
    assert [(trace, flags) for _, trace, _, flags in headers] == [(named, "00"), (inherited, "01")]
    assert bad.returncode == 64 and "--traceparent" in bad.stderr


def test_a_file_is_part_of_the_trace_of_whoever_starts_it(serve, kinesis_local):
    local = kinesis_local()
    hw.create_stream(hw.boto(local.endpoint), "members", 1)
    server = serve()
    external = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
    audience = server.expect(200, "POST", "/data/core/ups/audiences", external)["id"]
    flow = server.dataflow(local.endpoint, "members", [audience], [])
    content = b"email\nmira@example.org\nomar@example.org\n"
    upload = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {"size": len(content)})["id"]
    raw = {"Content-Type": "application/octet-stream"}
    assert server.call("PUT", f"/v1/uploads/{upload}/content", content, **raw).json["received"] == len(content)

    reading = {"identityColumn": "email", "namespace": "Email"}
    server.expect(202, "POST", f"/v1/uploads/{upload}/start", reading, traceparent=TRACEPARENT)

    server.wait_until(lambda: server.stats(flow)["delivered"] == 2)
    assert {value.split("-")[1] for value in traced(local)} == {TRACE}


def test_records_of_several_traces_go_together_and_all_are_told(serve, kinesis_local):
    local, server, flow = world(serve, kinesis_local)
    traces = [f"{number:032x}" for number in (1, 2)]
    # Nothing leaves for a while: what comes in meanwhile waits.
    hw.request("PUT", f"{local.endpoint}/_faults", {"requestUnavailable": 1})
    for number, trace in enumerate(traces):
        send(server, [person(number, 1)], f"00-{trace}-{PARENT}-01")
    server.wait_until(lambda: lines_of(server, "Dataflow retries", "trace.id="))
    server.wait_until(lambda: lines_of(server, "PutRecords failed", "trace.id="))
    hw.request("PUT", f"{local.endpoint}/_faults", {})
    server.wait_until_delivered(flow)

    # Which of them went together is up to chance; every trace was told, and no header stands for more than one.
    told = lines_of(server, "PutRecords carries traced records")
    assert all(any(trace in line for line in told) for trace in traces)
    for line in told:
        assert ("span.id=" in line) == (sum(trace in line for trace in traces) == 1)


def test_a_parked_record_is_told_with_its_trace(serve, kinesis_local):
    local, server, flow = world(serve, kinesis_local, retries=0)
    hw.request("PUT", f"{local.endpoint}/_faults", {"recordFailed": 1})

    send(server, [person(1, 1)], TRACEPARENT)

    server.wait_until(lambda: server.stats(flow)["parked"] == 1)
    server.wait_until(lambda: lines_of(server, "Traced records parked", f"trace.id={TRACE}", "error.code=RETRIES_EXHAUSTED"))
