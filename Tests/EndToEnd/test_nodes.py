"""Several nodes over one database: all take messages, one leads; whoever ends, nothing acknowledged is lost or late."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import headwater as hw
import pytest
from road import road_to
from test_postgres import make_database, send
from test_restart import Stream

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)
KEYS = ["token.key", "data.key", "suppression.key", "admin.json"]


class Node(hw.Headwater):
    """A node that has started when it takes messages, whether it leads or follows."""

    def start(self):
        self.launch()
        self.wait_until(self.is_ready)

    def ready(self):
        return hw.request("GET", f"{self.url}/ready", timeout=2)

    def is_ready(self):
        try:
            return self.ready().status == 200
        except OSError:
            return False

    def leads(self):
        try:
            shown = self.ready()
        except OSError:
            return False
        return shown.status == 200 and shown.json["role"] == "leader"


class Cluster:
    """Nodes over one database as if they were one: any takes messages, whichever leads does the rest."""

    def __init__(self, directory, processes, database, *options, urls=()):
        self.nodes = []
        for number, url in enumerate(urls or [database.url] * 2):
            place = directory / f"node{number}"
            (place / "data").mkdir(parents=True, mode=0o700)
            if number:
                self.copy_keys(self.nodes[0], place)
            node = Node(place, "--allow-insecure-endpoints", *options, environment={"HEADWATER_DATABASE": url})
            processes.append(node)
            self.nodes.append(node)
            if not number:
                node.wait_until(node.leads)
                node.admin = json.loads((place / "data" / "admin.json").read_text())
                node.token = node.sign_in()
            node.admin, node.token = self.nodes[0].admin, self.nodes[0].token
        self.serving = self.nodes[0]
        self.chance = random.Random()

    @staticmethod
    def copy_keys(node, place):
        for name in KEYS:
            shutil.copy2(node.directory / "data" / name, place / "data" / name)

    def leader(self):
        return next((node for node in self.nodes if node.process.poll() is None and node.leads()), None)

    def wait_for_leader(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.leader():
                self.serving = found
                return found
            time.sleep(0.05)
        raise AssertionError("nobody leads: " + "".join(node.log.read_text()[-1_500:] for node in self.nodes))

    def ingest(self, kind, lines, timeout=20):
        alive = [node for node in self.nodes if node.process.poll() is None]
        return self.chance.choice(alive or self.nodes).ingest(kind, lines, timeout)

    def stop(self):
        codes = {node.stop() for node in self.nodes if node.process.poll() is None}
        return 0 if codes == {0} else codes

    def __getattr__(self, name):
        return getattr(self.serving, name)


@pytest.fixture
def cluster(tmp_path, processes):
    def start(**_):
        return Cluster(tmp_path, processes, make_database(processes))

    return start


def person(number, **more):
    return {"identityMap": {"Email": [{"id": f"p{number}@example.org"}]}, **more}


def test_all_nodes_take_messages_and_one_leads(cluster, kinesis_local):
    nodes = cluster()
    first, second = nodes.nodes
    assert first.leads() and not second.leads()
    assert second.ready().json["role"] == "follower"
    for node, leads in [(first, 1), (second, 0)]:
        metrics = hw.request("GET", f"{node.url}/metrics").body.decode()
        assert "headwater_ready 1" in metrics and f"headwater_leads {leads}" in metrics
    # What the leader keeps is refused by the other one.
    for method, path in [("GET", "/v1/changes"), ("POST", "/data/core/ups/audiences"), ("GET", "/console")]:
        refused = second.call(method, path, {} if method == "POST" else None)
        assert refused.status == 503 and refused.headers["Retry-After"] and "follows" in refused.json["detail"], refused
    # Its changes count for messages that the other one takes from then on.
    stream = kinesis_local()
    kinesis = hw.boto(stream.endpoint)
    hw.create_stream(kinesis, "out", 1)
    everyone = first.audience("Everyone", "step >= 0")
    # Without the members that there are: whoever enters within seconds of the mapping may be told of twice.
    flow = first.dataflow(stream.endpoint, "out", [everyone], ["step"], backfill=False)
    for step in range(20):
        node = nodes.nodes[step % 2]
        assert node.ingest("profiles", [person(step, step=0), person(0, step=step + 1)])["accepted"] == 2
        assert nodes.nodes[1 - step % 2].profile("Email", "p0@example.org")["step"] == step + 1
    stats = first.wait_until_delivered(flow)
    assert stats["delivered"] == 40, stats
    steps = [
        payload["step"]
        for payload in (json.loads(record["Data"]) for record in hw.read_stream(kinesis, "out"))
        if payload["identityMap"]["email"][0]["id"] == "p0@example.org"
    ]
    assert steps == list(range(21)), steps
    # Whoever ends in order is followed at once, and follows when it comes again.
    assert first.stop() == 0
    nodes.wait_for_leader(10)
    assert nodes.serving is second
    assert second.expect(200, "GET", "/v1/changes") is not None
    first.start()
    assert not first.leads() and second.leads()
    assert first.stop() == 0 and second.stop() == 0


def test_a_credential_that_is_made_in_the_database_is_good_on_all_nodes(cluster):
    nodes = cluster()
    environment = {**os.environ, **nodes.nodes[0].environment}

    def credentials(*arguments):
        command = [hw.BINARY, "credentials", *arguments, "--data", nodes.nodes[1].directory / "data", "--json"]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, env=environment)

    made = credentials("create", "--name", "spare")
    assert made.returncode == 0, made.stderr
    spare = json.loads(made.stdout)
    for node in nodes.nodes:
        node.admin = spare
        node.wait_until(lambda node=node: may(node.sign_in))
        node.token = node.sign_in()
        assert node.ingest("profiles", [person(1, step=1)])["accepted"] == 1
    assert spare["client_id"] in {each["client_id"] for each in json.loads(credentials("list").stdout)}
    assert credentials("revoke", spare["client_id"]).returncode == 0
    for node in nodes.nodes:
        node.wait_until(lambda node=node: not may(node.sign_in))
        assert send(node, 2).status in (401, 403)
    # Without the keys that all nodes have it makes none of its own.
    (place := nodes.nodes[1].directory.parent / "nowhere").mkdir()
    command = [hw.BINARY, "credentials", "create", "--data", place]
    refused = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, env=environment)
    assert refused.returncode != 0 and list(place.iterdir()) == [], refused
    assert nodes.stop() == 0


def may(act):
    """Whether something is not refused."""
    try:
        act()
    except AssertionError:
        return False
    return True


def test_whoever_dies_is_followed_and_nothing_is_lost_or_late(cluster, kinesis_local, slow_road):
    stream = Stream(cluster, kinesis_local, slow_road)
    nodes = stream.server
    stream.begin()
    for _ in range(2):
        stream.pause(0.5, 2)
        dead = nodes.wait_for_leader()
        dead.kill()
        assert nodes.wait_for_leader() is not dead
        dead.start()
    stream.pause(0.5, 1)
    nodes.wait_for_leader()
    stream.end()


def test_whoever_wakes_after_it_was_replaced_does_nothing_more(cluster, kinesis_local, slow_road):
    stream = Stream(cluster, kinesis_local, slow_road)
    nodes = stream.server
    stream.begin()
    stream.pause(0.5, 1)
    frozen = nodes.wait_for_leader()
    frozen.signal(signal.SIGSTOP)
    other = nodes.wait_for_leader()
    assert other is not frozen
    stream.pause(0.5, 1)
    frozen.signal(signal.SIGCONT)
    assert frozen.process.wait(30) != 0
    assert "fenced" in frozen.log.read_text() or "write_lost" in frozen.log.read_text()
    frozen.start()
    assert not frozen.leads()
    stream.pause(0.5, 1)
    stream.end()


def test_whoever_the_database_does_not_hear_says_so(tmp_path, processes):
    database = make_database(processes)
    roads = [road_to(database.url) for _ in range(2)]
    processes.extend(roads)
    nodes = Cluster(tmp_path, processes, database, urls=[road.url() for road in roads])
    first, second = nodes.nodes
    # Nobody sends to it, so that nothing waits.
    roads[1].cut()
    second.wait_until(lambda: second.ready().status == 503)
    assert "database does not answer" in second.ready().json["reason"]
    roads[1].mend()
    second.wait_until(lambda: second.ready().status == 200)
    roads[0].cut()
    first.wait_until(lambda: first.ready().status == 503)
    assert nodes.wait_for_leader() is second
    first.wait_until(lambda: "headwater_leads 0" in hw.request("GET", f"{first.url}/metrics").body.decode())
    roads[0].mend()
    assert first.process.wait(60) != 0
    assert "fenced" in first.log.read_text() or "write_lost" in first.log.read_text()
    first.start()
    assert not first.leads()
    assert nodes.stop() == 0


def test_a_short_pause_replaces_nobody(cluster):
    nodes = cluster()
    first, second = nodes.nodes
    first.signal(signal.SIGSTOP)
    time.sleep(3)
    first.signal(signal.SIGCONT)
    assert nodes.wait_for_leader() is first
    assert first.ingest("profiles", [{"identityMap": {"Email": [{"id": "a@example.org"}]}, "step": 1}])["accepted"] == 1
    assert first.stop() == 0 and second.stop() == 0


def test_sandboxes_are_taken_over_too(cluster):
    nodes = cluster()
    first, second = nodes.nodes
    path = "/data/foundation/sandbox-management/sandboxes"
    for name in ["dev-1", "dev-2"]:
        first.expect(202, "POST", path, {"name": name, "title": name, "type": "development"})
        first.wait_until(lambda: first.expect(200, "GET", f"{path}/{name}")["state"] == "active")
    first.sandbox = second.sandbox = "dev-1"
    person = {"identityMap": {"Email": [{"id": "a@example.org"}]}}
    assert first.ingest("profiles", [{**person, "step": 1}])["accepted"] == 1
    # The key of one of them is copied.
    made = first.expect(200, "GET", f"{path}/dev-1")["id"]
    place = second.directory / "data" / "sandboxes" / made
    place.mkdir(parents=True, mode=0o700, exist_ok=True)
    shutil.copy2(first.directory / "data" / "sandboxes" / made / "suppression.key", place)
    first.kill()
    nodes.wait_for_leader()
    second.wait_until(lambda: second.call("GET", "/v1/changes").status == 200)
    assert second.profile("Email", "a@example.org")["step"] == 1
    # Nothing is made anew for the other one.
    second.wait_until(lambda: hw.request("GET", f"{second.url}/ready").json.get("failedSandboxes") == 1)
    assert "suppression.key is missing" in second.log.read_text()
    assert second.stop() == 0


def test_a_directory_without_the_keys_of_the_store_is_refused(cluster, tmp_path):
    nodes = cluster()
    place = tmp_path / "other" / "data"
    place.mkdir(parents=True, mode=0o700)
    done = subprocess.run(
        [hw.BINARY, "serve", "--data", place, "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **nodes.nodes[0].environment},
    )
    assert done.returncode == 65, done
    assert "token.key" in done.stderr and "suppression.key" in done.stderr
    assert nodes.stop() == 0


def test_two_processes_do_not_share_a_name(cluster, tmp_path, processes):
    nodes = cluster()
    first, second = nodes.nodes
    second.stop()
    second.options = [*second.options, "--node", "one"]
    second.start()
    assert not second.leads()
    third = tmp_path / "third" / "data"
    third.mkdir(parents=True, mode=0o700)
    Cluster.copy_keys(first, third.parent)
    processes.append(Node(third.parent, "--allow-insecure-endpoints", "--node", "one", environment=first.environment))
    assert second.process.wait(30) != 0
    assert "--node" in second.log.read_text()
    assert first.leads()
    assert first.stop() == 0
