"""A destination that is dead holds nobody: configuration, shutdown and the truth about it go on."""

import collections
import json
import signal
import time

import headwater as hw
import pytest

PEOPLE = 10_000  # More than a relay takes in hand.


def people(step, count=PEOPLE):
    return [{"identityMap": {"Phone": [{"id": f"p{number}"}]}, "step": step} for number in range(count)]


def timed(call):
    begun = time.monotonic()
    answer = call()
    return answer, time.monotonic() - begun


def steps_in(kinesis, stream):
    arrived = collections.defaultdict(list)
    for record in hw.read_stream(kinesis, stream):
        payload = json.loads(record["Data"])
        arrived[payload["identityMap"]["phone"][0]["id"]].append(payload["step"])
    return arrived


@pytest.fixture
def two_flows(serve, kinesis_local):
    """A server with a dataflow that will be deleted and one that stays, both to an endpoint that can die."""
    endpoint = kinesis_local("--shards", "4", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    for stream in ("gone", "kept"):
        hw.create_stream(kinesis, stream, 4)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flows = [server.dataflow(endpoint.endpoint, stream, [everyone], ["step"]) for stream in ("gone", "kept")]
    assert server.ingest("profiles", people(0, 10))["accepted"] == 10
    for flow in flows:
        server.wait_until_delivered(flow)
    return server, endpoint, kinesis, flows


def test_a_dead_destination_holds_no_configuration_and_no_shutdown(two_flows):
    server, endpoint, kinesis, (gone, kept) = two_flows
    endpoint.signal(signal.SIGSTOP)
    begun = time.monotonic()
    assert server.ingest("profiles", people(1, 10))["accepted"] == 10
    while server.stats(kept)["headwaterState"]["state"] != "retrying":
        assert time.monotonic() - begun < 5, server.stats(kept)
        time.sleep(0.02)
    noticed = time.monotonic() - begun
    print(f"noticed after {noticed:.2f} s")
    assert noticed < 1.5

    state = server.flow(kept)["headwaterState"]
    assert state["state"] == "retrying" and state["code"] and state["message"] and state["since"], state
    # No request has failed yet: none was answered.
    assert state["attempts"] >= 0 and state["oldestPendingAt"], state
    listed = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/flows")["items"]
    assert {flow["id"]: flow["headwaterState"]["state"] for flow in listed} == {gone: "retrying", kept: "retrying"}
    assert server.stats(kept)["state"] == "retrying"
    log = server.log.read_text()
    assert state["code"] in log, log[-2000:]

    assert server.ingest("profiles", people(2))["accepted"] == PEOPLE
    slowest = 0
    for call in (
        lambda: server.patch_flow(kept, [{"op": "replace", "path": "/name", "value": "renamed"}], timeout=10),
        lambda: server.call("POST", f"{hw.FLOW_SERVICE}/connections", server.connection(endpoint.endpoint), timeout=10),
        lambda: server.call("DELETE", f"{hw.FLOW_SERVICE}/flows/{gone}", timeout=10),
        lambda: server.patch_flow(kept, [{"op": "replace", "path": "/description", "value": "d"}], timeout=10),
        lambda: server.call("POST", "/data/foundation/catalog/dataSets", {"name": "late"}, timeout=10),
    ):
        answer, seconds = timed(call)
        assert seconds < 2, (answer, seconds)
        slowest = max(slowest, seconds)
    print(f"slowest write {slowest:.2f} s")
    # The key cannot be tried at a dead endpoint, which is said; everything else went in.
    assert server.audience("Other", "step > 1")
    assert server.call("GET", f"{hw.FLOW_SERVICE}/flows/{gone}").status == 404

    code, seconds = timed(lambda: server.stop(30))
    print(f"stopped after {seconds:.1f} s")
    assert code == 0 and seconds < 20.5
    server.start()
    endpoint.signal(signal.SIGCONT)
    server.wait_until_delivered(kept, seconds=120)

    arrived = steps_in(kinesis, "kept")
    assert len(arrived) == PEOPLE
    for person, steps in arrived.items():
        assert steps[-1] == 2 and set(steps) >= ({0, 1, 2} if int(person[1:]) < 10 else {2}), (person, steps)
    assert server.flow(kept)["headwaterState"] == {"state": "running"}
    assert server.stop() == 0


def test_an_endpoint_that_is_not_there_is_told_at_its_beginning_and_its_end(two_flows, tmp_path, processes):
    server, endpoint, _, (_, kept) = two_flows
    endpoint.kill()
    assert server.ingest("profiles", people(1, 10))["accepted"] == 10
    deadline = time.monotonic() + 10
    while server.stats(kept)["headwaterState"]["state"] != "retrying":
        assert time.monotonic() < deadline, server.stats(kept)
        time.sleep(0.05)
    first = server.stats(kept)["headwaterState"]
    time.sleep(2)
    later = server.stats(kept)["headwaterState"]
    assert later["since"] == first["since"] and later["attempts"] >= first["attempts"], (first, later)
    told = [line for line in server.log.read_text().splitlines() if first["code"] in line]
    assert 1 <= len(told) <= 4, told

    _, seconds = timed(lambda: server.call("DELETE", f"{hw.FLOW_SERVICE}/flows/{kept}", timeout=10))
    assert seconds < 2
    code, seconds = timed(lambda: server.stop(30))
    assert code == 0 and seconds < 20.5, seconds
    # What was begun is finished by the next start.
    server.start()
    assert server.call("GET", f"{hw.FLOW_SERVICE}/flows/{kept}").status == 404
