"""Three nodes take messages about the same people while nodes die and freeze and roads are cut: nothing is lost or out of order.

More and longer: HEADWATER_CLUSTER_SECONDS is how long it runs at least, HEADWATER_CLUSTER_RATE how many messages a second are sent in the mean, of
twelve times HEADWATER_CLUSTER_PEOPLE. It prints how many were taken, for how long a message was refused by all nodes at most, and how many
new people's records arrived late;
HEADWATER_CLUSTER_STALL is how many seconds that may be, and makes the rate a demand too. HEADWATER_CLUSTER_WRITERS is how many writers a node has.
"""

import collections
import json
import os
import random
import signal
import threading
import time
import urllib.error

import headwater as hw
import pytest
from road import road_to, slow_road_to
from test_nodes import Cluster
from test_postgres import make_database
from test_restart import check_order
from test_upgrade import upgrade

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)
SECONDS = float(os.environ.get("HEADWATER_CLUSTER_SECONDS", "0"))
RATE = float(os.environ.get("HEADWATER_CLUSTER_RATE", "400"))
STALL = float(os.environ.get("HEADWATER_CLUSTER_STALL", "0"))
WRITERS = 12
PEOPLE = int(os.environ.get("HEADWATER_CLUSTER_PEOPLE", "40"))
FAILURES = (OSError, AssertionError, urllib.error.URLError, json.JSONDecodeError)


class Balancer(threading.Thread):
    """Knows which nodes are ready, as what stands in front of them does: whoever is frozen or waits for the database gets nothing new."""

    def __init__(self, nodes):
        super().__init__(daemon=True)
        self.nodes = nodes
        self.ready = list(nodes)
        self.ended = False

    def run(self):
        while not self.ended:
            self.ready = [node for node in self.nodes if self.is_ready(node)]
            time.sleep(0.1)

    @staticmethod
    def is_ready(node):
        try:
            return hw.request("GET", f"{node.url}/ready", timeout=0.3).status == 200
        except OSError:
            return False

    def choose(self, chance):
        return chance.choice(self.ready or self.nodes)


class Writer(threading.Thread):
    """Writes of its own people and of one whom all write of, one step after the other, and links what it knows two names of.

    A step is sent again, to any node, only when nothing can come of it any more: who sends again what may still be on its way
    gives up the order himself.
    """

    def __init__(self, balancer, number, seed):
        super().__init__(daemon=True)
        self.balancer, self.number, self.chance = balancer, number, random.Random(seed)
        self.people = range(number * PEOPLE, (number + 1) * PEOPLE)
        self.linked = {person: self.chance.randrange(2, 30) for person in self.people if person % 4 == 0}
        self.step = 0
        self.ended = False

    def lines(self, step):
        hot = {"identityMap": {"Email": [{"id": "hot@example.org"}]}, f"hot{self.number}": step}
        for person in self.people:
            email, phone = [{"id": f"p{person}@example.org"}], [{"id": f"{person}"}]
            if person not in self.linked:
                yield {"identityMap": {"Email": email}, "step": step}
                continue
            both = {"Email": email, "Phone": phone}
            yield {"identityMap": both if step == self.linked[person] else {"Email": email}, "step": step}
            yield {"identityMap": {"Phone": phone}, "tick": step}
        yield hot

    def run(self):
        interval = WRITERS * (PEOPLE * 1.25 + 1) / RATE
        due = time.monotonic()
        while not self.ended:
            lines = list(self.lines(self.step + 1))
            while True:
                try:
                    answer = self.balancer.choose(self.chance).ingest("profiles", lines, timeout=120)
                    assert answer["failed"] == 0, answer
                    break
                except FAILURES:
                    time.sleep(0.02)
            self.step += 1
            # Whoever was held up makes up for it.
            due += interval
            time.sleep(max(0, due - time.monotonic()))


class Prober(threading.Thread):
    """Sends of one person after the other, each to whichever node takes it first."""

    def __init__(self, nodes):
        super().__init__(daemon=True)
        self.nodes = nodes
        self.accepted = 0
        self.times = []
        self.longest = 0
        self.ended = False

    def run(self):
        while not self.ended:
            line = {"identityMap": {"Email": [{"id": f"probe{self.accepted}@example.org"}]}, "step": 1}
            began = time.monotonic()
            while not self.send(line):
                pass
            self.longest = max(self.longest, time.monotonic() - began)
            self.times.append(time.time())
            self.accepted += 1
            time.sleep(0.02)

    def send(self, line):
        for node in random.sample(self.nodes.nodes, len(self.nodes.nodes)):
            try:
                if node.ingest("profiles", [line], timeout=0.5)["accepted"] == 1:
                    return True
            except FAILURES:
                pass
        return False


class Trial:
    def __init__(self, tmp_path, processes, kinesis_local):
        self.seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
        print(f"seed {self.seed}")
        self.chance = random.Random(self.seed)
        # One shard: who was absorbed and who did it have partition keys of their own, and shards no order among them.
        self.endpoint = kinesis_local("--no-limits")
        # What is cut off on its way may still arrive.
        slow_road = slow_road_to(self.endpoint.endpoint)
        self.stream_road = road_to(slow_road.url())
        self.kinesis = hw.boto(self.endpoint.endpoint)
        hw.create_stream(self.kinesis, "many", 1)
        self.database = make_database(processes)
        self.roads = [road_to(self.database.url) for _ in range(3)]
        processes.extend([*self.roads, self.stream_road, slow_road])
        more = ["--writers", os.environ["HEADWATER_CLUSTER_WRITERS"]] if "HEADWATER_CLUSTER_WRITERS" in os.environ else []
        self.nodes = Cluster(tmp_path, processes, self.database, *more, urls=[road.url() for road in self.roads])
        everyone = self.nodes.audience("Everyone", "step >= 0 or tick >= 0 or hot0 >= 0")
        names = ["step", "tick", *(f"hot{number}" for number in range(WRITERS))]
        self.flow = self.nodes.dataflow(self.stream_road.url(), "many", [everyone], names)
        self.balancer = Balancer(self.nodes.nodes)
        self.writers = [Writer(self.balancer, number, self.seed + number) for number in range(WRITERS)]
        self.prober = Prober(self.nodes)
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()

    @property
    def threads(self):
        return [self.balancer, *self.writers, self.prober]

    def pause(self, least=0.5, most=1.5):
        time.sleep(self.chance.uniform(least, most))

    def place(self, node):
        return self.nodes.nodes.index(node)

    def follower(self):
        leader = self.nodes.wait_for_leader()
        return self.chance.choice([node for node in self.nodes.nodes if node is not leader])

    def settle(self, node):
        """Waits until a node that led leads still, or has ended since it was replaced."""
        end = time.monotonic() + 60
        while node.process.poll() is None and not node.leads():
            assert time.monotonic() < end, node.log.read_text()[-2_000:]
            time.sleep(0.1)

    def revive(self):
        """Starts whoever has ended, as their supervisors do."""
        for node in self.nodes.nodes:
            if node.process.poll() is not None:
                node.start()
        self.nodes.wait_for_leader()

    def end(self):
        time.sleep(max(0, SECONDS - (time.monotonic() - self.began)))
        for thread in self.threads[1:]:
            thread.ended = True
        for thread in self.threads[1:]:
            thread.join(300)
            assert not thread.is_alive()
        self.seconds = time.monotonic() - self.began
        self.balancer.ended = True
        self.nodes.wait_for_leader()
        # The records of the one of whom all write go one after the other.
        stats = self.nodes.wait_until_delivered(self.flow, seconds=300)
        # Whatever still was on its way has arrived.
        time.sleep(5)
        self.check(stats)
        assert self.nodes.stop() == 0

    def check(self, stats):
        emails, phones, probes = (collections.defaultdict(list) for _ in range(3))
        hot = [[] for _ in range(WRITERS)]
        records = hw.read_stream(self.kinesis, "many")
        for record in records:
            payload = json.loads(record["Data"])
            email = [each["id"] for each in payload["identityMap"].get("email", [])]
            for name in email:
                if name.startswith("probe"):
                    probes[name].append(record["ApproximateArrivalTimestamp"].timestamp())
                elif name == "hot@example.org":
                    for number in range(WRITERS):
                        if (value := payload.get(f"hot{number}")) is not None:
                            hot[number].append(value)
                elif "step" in payload:
                    emails[name].append(payload["step"])
            for phone in payload["identityMap"].get("phone", []):
                if "tick" in payload:
                    phones[phone["id"]].append(payload["tick"])
        for writer in self.writers:
            wanted = set(range(1, writer.step + 1))
            for person in writer.people:
                self.in_order(f"p{person}@example.org", emails[f"p{person}@example.org"], wanted)
                if person in writer.linked:
                    self.in_order(f"{person}", phones[f"{person}"], wanted)
            self.in_order(f"hot {writer.number}", hot[writer.number], wanted)
        waits = []
        for number, sent in enumerate(self.prober.times):
            arrivals = probes[f"probe{number}@example.org"]
            assert arrivals, f"seed {self.seed}: probe {number} is lost"
            waits.append(min(arrivals) - sent)
        assert len(records) >= stats["delivered"], f"seed {self.seed}: {len(records)} of {stats['delivered']}"
        sent = sum(writer.step * len(list(writer.lines(1))) for writer in self.writers) + self.prober.accepted
        print(
            f"{sent} messages in {self.seconds:.0f} s, {sent / self.seconds:.0f}/s, {len(records)} records of "
            f"{stats['delivered']}, refused by all nodes for {self.prober.longest:.2f} s at most; of {len(waits)} new people "
            f"{sum(wait > 3 for wait in waits)} waited more than 3 s for their record, {max(waits):.0f} s at most"
        )
        if STALL:
            assert self.prober.longest <= STALL
            assert sent / self.seconds >= 0.95 * RATE

    def in_order(self, who, steps, wanted):
        assert wanted <= set(steps), f"seed {self.seed}: {who} lacks {sorted(wanted - set(steps))[:5]} of {len(wanted)}"
        check_order(who, steps, self.seed)


@pytest.fixture
def trial(tmp_path, processes, kinesis_local):
    return Trial(tmp_path, processes, kinesis_local)


@pytest.fixture
def earlier(monkeypatch):
    """The program from which nodes are upgraded, by which they begin."""
    previous = os.environ.get("HEADWATER_PREVIOUS", hw.BINARY)
    monkeypatch.setattr(hw.Headwater, "binary", previous)
    return previous


def test_whoever_dies_or_freezes_costs_nothing(trial):
    for node in trial.nodes.nodes:
        trial.pause()
        node.kill()
        trial.pause()
        trial.revive()
    trial.pause()
    for choose, seconds in [(trial.follower, 1), (trial.nodes.wait_for_leader, 1), (trial.nodes.wait_for_leader, 24)]:
        node = choose()
        led = node.leads()
        node.signal(signal.SIGSTOP)
        time.sleep(seconds)
        node.signal(signal.SIGCONT)
        if led:
            trial.settle(node)
        trial.pause()
        trial.revive()
    trial.end()


def test_nodes_are_replaced_one_by_one(earlier, trial):
    """As an upgrade does it, back, and again to its end; HEADWATER_PREVIOUS is the program that is replaced, by default the same one."""
    for binary in [hw.BINARY, earlier, hw.BINARY]:
        leader = trial.nodes.wait_for_leader()
        for node in sorted(trial.nodes.nodes, key=lambda node: node is leader):
            trial.pause()
            assert node.stop() == 0
            node.binary = binary
            node.start()
            trial.nodes.wait_for_leader()
    trial.pause()
    finished = upgrade(trial.database, "--finish")
    assert finished.returncode == 0, finished
    trial.pause()
    trial.end()


def test_cut_roads_and_lost_answers_cost_nothing(trial):
    for choose, seconds in [(trial.follower, 3), (trial.nodes.wait_for_leader, 3), (trial.nodes.wait_for_leader, 12)]:
        trial.pause()
        node = choose()
        led = node.leads()
        road = trial.roads[trial.place(node)]
        road.cut()
        time.sleep(seconds)
        road.mend()
        if led:
            trial.settle(node)
        trial.pause()
        trial.revive()
    for node in [trial.follower(), trial.nodes.wait_for_leader()]:
        trial.roads[trial.place(node)].keep_an_answer()
        # So long it waits for the answer.
        trial.pause(16, 17)
    road = trial.roads[trial.place(trial.follower())]
    road.block()
    time.sleep(3)
    road.free()
    # No road to the stream: records wait. Then one that is too long for an answer.
    trial.stream_road.cut()
    time.sleep(3)
    trial.stream_road.mend()
    trial.pause()
    faults = {"latencyMilliseconds": 12_000}
    assert hw.request("PUT", f"{trial.endpoint.endpoint}/_faults", faults).status == 204
    time.sleep(3)
    assert hw.request("PUT", f"{trial.endpoint.endpoint}/_faults", {"latencyMilliseconds": 0}).status == 204
    trial.pause(15, 17)
    trial.revive()
    trial.end()
