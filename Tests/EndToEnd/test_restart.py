"""Restarts of every kind: killed with requests on their way, with another clock, without its database."""

import collections
import json
import os
import random
import resource
import shutil
import subprocess
import time

import headwater as hw
import pytest
from test_crash import Load

KILLS = int(os.environ.get("HEADWATER_KILLS", "4"))
FAKETIME = shutil.which("faketime")


def check_order(person, steps, seed):
    """Going back begins a replay, and a replay goes on step by step: anything else is a copy that came late."""
    previous = 0
    for step in steps:
        assert step <= previous + 1, f"seed {seed}: {person} jumps from {previous} to {step}: {steps}"
        previous = step
    assert previous == max(steps), f"seed {seed}: the last record of {person} is {previous} of {max(steps)}"


class Stream:
    """People whose steps go to a stream over a slow road, and the check that the stream tells the truth."""

    def __init__(self, serve, kinesis_local, slow_road, **options):
        self.seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
        print(f"seed {self.seed}")
        self.chance = random.Random(self.seed)
        self.endpoint = kinesis_local("--shards", "4", "--no-limits")
        self.road = slow_road(self.endpoint)
        self.kinesis = hw.boto(self.endpoint.endpoint)
        hw.create_stream(self.kinesis, "late", 4)
        self.server = serve(**options)
        everyone = self.server.audience("Everyone", "step >= 0")
        self.flow = self.server.dataflow(self.road.endpoint, "late", [everyone], ["step"])
        # Most requests take up to 150 ms to arrive, a few far longer than a restart takes.
        self.road.delay = lambda: random.uniform(3, 9) if random.random() < 0.02 else random.uniform(0, 0.15)
        self.loads = [Load(self.server, range(start, start + 10)) for start in range(0, 40, 10)]

    def begin(self):
        for load in self.loads:
            load.start()

    def pause(self, least, most):
        """Lets the load run, with answers that are late by up to 150 ms."""
        self.answer_within(self.chance.randrange(151))
        time.sleep(self.chance.uniform(least, most))

    def answer_within(self, milliseconds):
        faults = {"latencyMilliseconds": milliseconds}
        assert hw.request("PUT", f"{self.endpoint.endpoint}/_faults", faults).status == 204

    def end(self):
        """Ends the load and checks what arrived: nothing lost, no late copy, the truth last."""
        time.sleep(0.5)
        for load in self.loads:
            load.ended = True
        for load in self.loads:
            load.join(60)
        self.road.delay = lambda: 0
        self.answer_within(0)
        stats = self.server.wait_until_delivered(self.flow)
        # Whatever still was on its way has arrived.
        time.sleep(10)
        arrived = collections.defaultdict(list)
        for record in hw.read_stream(self.kinesis, "late"):
            payload = json.loads(record["Data"])
            arrived[payload["identityMap"].get("email", [{"id": ""}])[0]["id"]].append(payload["step"])
        copies = 0
        for load in self.loads:
            for number in load.people:
                person = f"p{number}@example.org"
                steps = arrived[person]
                acknowledged = set(range(1, load.acknowledged[number] + 1))
                assert acknowledged and acknowledged <= set(steps), f"seed {self.seed}: {person} lacks steps"
                check_order(person, steps, self.seed)
                assert self.server.profile("Email", person)["step"] == steps[-1], f"seed {self.seed}: {person}"
                copies += len(steps) - len(set(steps))
        print(f"delivered {stats['delivered']}, copies {copies}")
        assert self.server.stop() == 0


def test_kills_with_requests_on_their_way_leave_the_truth_last(serve, kinesis_local, slow_road):
    stream = Stream(serve, kinesis_local, slow_road)
    stream.begin()
    for _ in range(KILLS):
        stream.pause(0.2, 2)
        stream.server.kill()
        stream.server.start()
    stream.end()


def test_requests_that_are_given_up_leave_the_truth_last(serve, kinesis_local, slow_road):
    stream = Stream(serve, kinesis_local, slow_road)
    server = stream.server
    listed = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections?property=name==kinesis-account")
    account = listed["items"][0]["id"]
    stream.begin()
    opened = 0
    for number in range(2 * KILLS):
        stream.pause(0.2, 1)
        # Another key: the destination is opened anew while requests with the old one are on their way.
        etag = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections/{account}")["items"][0]["etag"]
        key = {"op": "replace", "path": "/auth/params/accessKeyId", "value": f"AKIAEXAMPLE00000000{number:02}"}
        changed = server.call("PATCH", f"{hw.FLOW_SERVICE}/connections/{account}", [key], **{"If-Match": etag})
        # The check of the new key may have met the slow road; then nothing has changed.
        assert changed.status == 200 or changed.json["errorCode"] == "NET-001", changed
        opened += changed.status == 200
    assert opened
    stream.end()


def test_a_full_disk_and_a_slow_road_leave_the_truth_last(serve, kinesis_local, slow_road):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))

    stream = Stream(serve, kinesis_local, slow_road, preexec_fn=limit)
    server = stream.server
    stream.begin()
    stream.pause(0.5, 1)
    refused = 0
    for batch in range(200):
        lines = [
            {"identityMap": {"Phone": [{"id": f"{batch}-{number}"}]}, "note": "x" * 4_000} for number in range(50)
        ]
        body = "\n".join(map(json.dumps, lines)).encode()
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
        refused += hw.request("POST", f"{server.url}/v1/profiles", body, headers).status != 200
        if refused > 5:
            break
    assert refused
    stream.pause(1, 3)
    # Room again, without a word to the process before.
    server.kill()
    server.preexec_fn = None
    server.start()
    stream.pause(1, 2)
    stream.end()


@pytest.mark.skipif(FAKETIME is None, reason="needs Debian's faketime")
@pytest.mark.parametrize("offset", ["-10s", "-2d", "-40d", "+10s", "+2d", "+40d"])
def test_another_clock_at_a_restart_makes_no_write_count_less(serve, kinesis_local, offset):
    endpoint = kinesis_local()
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "clock", 1)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "clock", [everyone], ["step"])
    person = {"identityMap": {"Email": [{"id": "mira@example.org"}]}}
    assert server.ingest("profiles", [{**person, "step": 1}])["accepted"] == 1
    server.wait_until_delivered(flow)
    assert server.stop() == 0

    server.under, server.environment = (FAKETIME, "-m", "-f", offset), {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    server.start()
    shown = hw.request("GET", f"{server.url}/ready").json
    assert server.ingest("profiles", [{**person, "step": 2}])["accepted"] == 1
    assert server.profile("Email", "mira@example.org")["step"] == 2
    assert server.ingest("profiles", [{**person, "step": 3, "other": {"a": 1}}, {**person, "other": None}])["accepted"] == 2
    server.wait_until_delivered(flow)
    assert server.stop() == 0

    server.under, server.environment = (), {}
    server.start()
    assert server.ingest("profiles", [{**person, "step": 4}])["accepted"] == 1
    assert server.profile("Email", "mira@example.org")["step"] == 4
    assert "other" not in server.profile("Email", "mira@example.org")
    server.wait_until_delivered(flow)
    steps = [json.loads(record["Data"])["step"] for record in hw.read_stream(kinesis, "clock")]
    assert steps == [1, 2, 3, 4]
    days = {"-2d": -2, "-40d": -40, "+2d": 2, "+40d": 40}.get(offset)
    if offset == "-10s":
        assert 5 <= shown["clock"]["behindSeconds"] <= 10, shown
    elif days and days < 0:
        assert abs(shown["clock"]["behindSeconds"] + days * 86_400) < 60, shown
    elif days:
        assert abs(shown["clock"]["aheadSeconds"] - days * 86_400) < 60, shown
    if offset != "+10s":
        assert ("clock.behind=" if offset[0] == "-" else "clock.ahead=") in server.log.read_text()


def refused_start(data):
    """Starts a server that does not stay, and gives what it says."""
    command = [hw.BINARY, "serve", "--data", data, "--port", str(hw.free_port())]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_a_database_that_is_gone_is_missed_not_made_anew(serve, how):
    server = serve()
    assert server.ingest("profiles", [{"identityMap": {"Email": [{"id": "mira@example.org"}]}}])["accepted"] == 1
    assert server.stop() == 0
    data = server.directory / "data"
    database = data / "headwater.db"
    kept = database.read_bytes()
    if how == "removed":
        database.unlink()
    else:
        database.write_bytes(b"")
    before = sorted(path.name for path in data.iterdir())

    refused = refused_start(data)

    assert refused.returncode == 65, refused
    assert "headwater.db" in refused.stderr and "backup" in refused.stderr, refused.stderr
    assert sorted(path.name for path in data.iterdir()) == before
    database.write_bytes(kept)
    server.start()
    assert server.profile("Email", "mira@example.org")
    assert server.stop() == 0


def test_a_log_that_is_lost_is_noticed(serve):
    server = serve()
    people = [{"identityMap": {"Email": [{"id": f"p{number}@example.org"}]}} for number in range(50)]
    assert server.ingest("profiles", people)["accepted"] == 50
    server.kill()
    data = server.directory / "data"
    log = data / "headwater.db-wal"
    assert log.exists()
    log.unlink()
    (data / "headwater.db-shm").unlink(missing_ok=True)

    refused = refused_start(data)

    assert refused.returncode == 65, refused
    assert "restore" in refused.stderr and "headwater.witness" in refused.stderr, refused.stderr
