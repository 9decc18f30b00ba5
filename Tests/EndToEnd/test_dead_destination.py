"""A destination that is dead holds nobody: configuration, shutdown and the truth about it go on."""

import collections
import json
import os
import resource
import selectors
import signal
import socket
import threading
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
    assert code == 0 and seconds < 2
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
    assert code == 0 and seconds < 2, seconds
    # What was begun is finished by the next start.
    server.start()
    assert server.call("GET", f"{hw.FLOW_SERVICE}/flows/{kept}").status == 404


class SilentEndpoints:
    """Many endpoints that take connections and answer whatever they are asked, but never a record."""

    def __init__(self, count):
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self.urls = [f"http://127.0.0.1:{server.getsockname()[1]}" for server in self.sockets]
        self.asked = set()
        self.selector = selectors.DefaultSelector()
        for server in self.sockets:
            self.selector.register(server, selectors.EVENT_READ)
        self.is_over = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        received = collections.defaultdict(bytes)
        while not self.is_over:
            for key, _ in self.selector.select(0.2):
                if key.fileobj in self.sockets:
                    self.selector.register(key.fileobj.accept()[0], selectors.EVENT_READ)
                    continue
                data = key.fileobj.recv(65_536)
                received[key.fd] += data
                head, end, body = received[key.fd].partition(b"\r\n\r\n")
                if not data:
                    received.pop(key.fd)
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()
                elif b"PutRecords" in head:
                    self.asked.add(key.fileobj.getsockname()[1])
                    received[key.fd] = head + end
                elif end and body.endswith(b"}"):
                    received.pop(key.fd)
                    summary = {"StreamName": "events", "StreamStatus": "ACTIVE"}
                    answer = {"StreamNames": ["events"], "HasMoreStreams": False, "StreamDescriptionSummary": summary}
                    text = json.dumps(answer).encode()
                    key.fileobj.sendall(
                        b"HTTP/1.1 200 OK\r\nx-amzn-requestid: 1\r\ncontent-type: application/x-amz-json-1.1\r\n"
                        b"content-length: %d\r\n\r\n%s" % (len(text), text)
                    )

    def kill(self):
        self.is_over = True
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def test_many_endpoints_that_never_answer_take_neither_descriptors_nor_the_turn_of_others(
    serve, kinesis_local, processes
):
    endpoint = kinesis_local()
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "events", 1)
    silent = SilentEndpoints(70)
    processes.append(silent)
    server = serve(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)))
    everyone = server.audience("Everyone", "step >= 0")
    for url in silent.urls:
        server.dataflow(url, "events", [everyone], ["step"])
    works = server.dataflow(endpoint.endpoint, "events", [everyone], ["step"])

    # Enough for several requests at a time to each endpoint, and then a few more.
    for step, count in enumerate([1_200, 50, 50]):
        assert server.ingest("profiles", people(step, count))["accepted"] == count
        begun, held = time.monotonic(), 0
        while server.stats(works)["pending"] or time.monotonic() - begun < 5:
            held = max(held, len(os.listdir(f"/proc/{server.process.pid}/fd")))
            assert hw.request("GET", f"{server.url}/health", timeout=10).status == 200
            assert time.monotonic() - begun < 90, server.stats(works)
            time.sleep(0.1)
        print(f"done after {time.monotonic() - begun:.1f} s with at most {held} descriptors")
        # Some 30 are its own and its clients', and 18 are for destinations.
        assert held < 70
    assert len(silent.asked) > 60, "most of them were tried"
    log = server.log.read_text()
    assert "destinations.max=18" in log and "Too many open files" not in log
    arrived = steps_in(kinesis, "events")
    assert len(arrived) == 1_200
    assert all(steps[-1] == (2 if int(person[1:]) < 50 else 0) for person, steps in arrived.items())
    assert server.stop() == 0


def test_a_stream_that_is_made_again_gets_what_waited_by_itself(two_flows):
    server, _, kinesis, (gone, kept) = two_flows
    kinesis.delete_stream(StreamName="gone")
    assert server.ingest("profiles", people(1, 10))["accepted"] == 10
    deadline = time.monotonic() + 30
    while (state := server.stats(gone)["headwaterState"])["state"] != "paused" or "nextAttemptAt" not in state:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    assert (state["code"], state["attempts"]) == ("ResourceNotFoundException", 1), state
    server.wait_until_delivered(kept)
    hw.create_stream(kinesis, "gone", 4)
    stats = server.wait_until_delivered(gone)
    assert stats["headwaterState"]["state"] == "running" and stats["parked"] == 0, stats
    assert steps_in(kinesis, "gone") == {f"p{number}": [1] for number in range(10)}
    log = server.log.read_text(errors="replace")
    assert log.count("Dataflow paused") == 1 and log.count("Dataflow resumed by itself") == 1


def test_a_destination_that_blames_every_record_parks_none_and_gets_them_when_it_is_well(two_flows):
    server, endpoint, kinesis, flows = two_flows
    assert hw.request("PUT", f"{endpoint.endpoint}/_faults", {"requestInvalid": 1}).status == 204
    assert server.ingest("profiles", people(1, 300))["accepted"] == 300
    for flow in flows:
        server.wait_until(lambda: server.stats(flow)["headwaterState"]["state"] == "paused")
        stats = server.stats(flow)
        assert stats["headwaterState"]["code"] == "ValidationException", stats
        assert (stats["parked"], stats["pending"]) == (0, 300), stats
    assert hw.request("PUT", f"{endpoint.endpoint}/_faults", {}).status == 204
    for flow, stream in zip(flows, ("gone", "kept")):
        server.call("POST", f"{hw.FLOW_SERVICE}/flows/{flow}/action?op=enable")
        assert server.wait_until_delivered(flow)["parked"] == 0
        assert {steps[-1] for steps in steps_in(kinesis, stream).values()} == {1}
    assert server.stop() == 0
