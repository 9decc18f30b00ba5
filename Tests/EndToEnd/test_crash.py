"""kill -9 at random instants under load: nothing acknowledged is lost, nothing arrives out of order."""

import collections
import json
import os
import random
import threading
import time
import urllib.error

import headwater as hw
import pytest

PEOPLE = 40
ROUNDS = 20


class Load(threading.Thread):
    """Writes counters for its people, one step after the other, and remembers what was acknowledged."""

    def __init__(self, server, people):
        super().__init__(daemon=True)
        self.server, self.people = server, people
        self.acknowledged = collections.defaultdict(int)
        self.sent = collections.defaultdict(int)
        self.ended = False

    def run(self):
        step = 0
        while not self.ended:
            step += 1
            lines = [
                {"identityMap": {"Email": [{"id": f"p{number}@example.org"}]}, "step": step} for number in self.people
            ]
            while not self.ended:
                for number in self.people:
                    self.sent[number] = step
                try:
                    answer = self.server.ingest("profiles", lines, timeout=20)
                    assert answer["failed"] == 0, answer
                    for number in self.people:
                        self.acknowledged[number] = step
                    break
                except (OSError, AssertionError, urllib.error.URLError, json.JSONDecodeError):
                    time.sleep(0.02)  # The server is down; the same step is sent again.


@pytest.mark.parametrize("storage, rounds", [("sqlite", ROUNDS), ("log", ROUNDS), ("in turns", 10)])
def test_kills_lose_and_reorder_nothing(serve, kinesis_local, storage, rounds):
    seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    chance = random.Random(seed)
    endpoint = kinesis_local("--shards", "4")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "crash", 4)
    server = serve("--storage", "log" if storage == "log" else "sqlite")
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "crash", [everyone], ["step"])

    loads = [Load(server, range(start, start + 10)) for start in range(0, PEOPLE, 10)]
    for load in loads:
        load.start()
    for number in range(rounds):
        time.sleep(chance.uniform(0.1, 1.2))
        server.kill()
        if storage == "in turns":
            server.use_storage("sqlite" if number % 2 else "log")
        server.start()
    time.sleep(0.5)
    for load in loads:
        load.ended = True
    for load in loads:
        load.join(60)
    stats = server.wait_until_delivered(flow)

    arrived = collections.defaultdict(list)
    for record in hw.read_stream(kinesis, "crash"):
        payload = json.loads(record["Data"])
        arrived[payload["identityMap"]["email"][0]["id"]].append(payload["step"])
    repeated = 0
    for load in loads:
        for number in load.people:
            steps = arrived[f"p{number}@example.org"]
            last = load.acknowledged[number]
            assert last > 0
            # Everything acknowledged is there, and what was sent but never answered may be.
            assert set(range(1, last + 1)) <= set(steps), f"seed {seed}: person {number} lacks steps"
            assert max(steps) <= load.sent[number]
            # Without copies of what was in flight at a kill, the order is the order of writing. A step that was sent
            # again because its answer was lost is a change of its own.
            newest = 0
            for step in steps:
                assert step <= newest + 1, f"seed {seed}: person {number} jumps to {step} after {newest}"
                newest = max(newest, step)
            repeated += len(steps) - len(set(steps))
            entity = server.expect(
                200,
                "GET",
                "/data/core/ups/access/entities?schema.name=_xdm.context.profile"
                f"&entityId=p{number}%40example.org&entityIdNS=Email",
            )
            assert next(iter(entity.values()))["entity"]["step"] >= last
    print(f"delivered {stats['delivered']}, copies {repeated}")
    assert server.stop() == 0
