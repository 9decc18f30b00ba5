"""Members who qualified before their audience was mapped are exported, by the server and the command line."""

import collections
import json
import subprocess

import headwater as hw
from test_audiences import until

MEMBERS = 1_500


def run(server, *arguments):
    command = [hw.BINARY, "backfills", *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)


def shown(server, *arguments):
    done = run(server, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def person(number, step=0):
    return {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "step": step}


class World:
    """Members first, then a dataflow without audiences."""

    def __init__(self, serve, kinesis_local, *options):
        self.kinesis = kinesis_local("--no-limits")
        self.client = hw.boto(self.kinesis.endpoint)
        hw.create_stream(self.client, "members", 2)
        self.server = serve(*options)
        self.audience = self.server.audience("everybody", "step >= 0")
        self.server.ingest("profiles", [person(number) for number in range(MEMBERS)])
        self.flow = self.server.dataflow(self.kinesis.endpoint, "members", [], ["step"])

    def map(self, **options):
        selector = {"type": "PLATFORM_SEGMENT", "value": {"id": self.audience, **options}}
        answer = self.server.patch_flow(
            self.flow, [{"op": "add", "path": hw.SELECTORS.format("segmentSelectors"), "value": selector}]
        )
        assert answer.status == 202, answer
        return answer.json

    def backfill(self, id):
        return self.server.expect(200, "GET", f"/v1/backfills/{id}")

    def steps(self):
        """What arrived of each member, in order."""
        arrived = collections.defaultdict(list)
        for record in hw.read_stream(self.client, "members"):
            payload = json.loads(record["Data"])
            arrived[payload["identityMap"]["email"][0]["id"]].append(payload["step"])
        return arrived


def test_a16_mapping_an_audience_exports_its_members_once(serve, kinesis_local):
    world = World(serve, kinesis_local, "--backfill-rate", "100000")
    mapped = world.map()
    id = mapped["backfillId"]
    assert "warnings" not in mapped

    until(lambda: world.backfill(id)["state"] == "completed")

    backfill = world.backfill(id)
    assert backfill["records"] == MEMBERS and backfill["origin"] == "mapping", backfill
    assert backfill["progress"] == {"processed": MEMBERS, "total": MEMBERS}
    stats = world.server.wait_until_delivered(world.flow)
    assert stats["triggered"] == MEMBERS
    assert all(steps == [0] for steps in world.steps().values()) and len(world.steps()) == MEMBERS
    # Once more, on demand, and of nobody who came since a time to come.
    again = shown(world.server, "create", world.flow, "--audience", world.audience)
    assert again["state"] == "completed" and again["records"] == MEMBERS, again
    nobody = shown(world.server, "create", world.flow, "--since", "2100-01-01T00:00:00Z")
    assert nobody["records"] == 0, nobody
    listed = shown(world.server, "list", "--dataflow", world.flow)["items"]
    assert [item["id"] for item in listed] == [nobody["id"], again["id"], id]


def test_a_backfill_survives_kills_while_members_change(serve, kinesis_local):
    world = World(serve, kinesis_local, "--backfill-rate", "300")
    id = world.map()["backfillId"]
    changed = {}
    for round in range(1, 5):
        until(lambda: world.backfill(id)["records"] > 150 * round)
        lines = [person(number, round) for number in range(round * 7, MEMBERS, 29)]
        world.server.ingest("profiles", lines)
        changed.update({line["identityMap"]["Email"][0]["id"]: round for line in lines})
        world.server.kill()
        world.server.start()
    until(lambda: world.backfill(id)["state"] == "completed")

    assert world.backfill(id)["records"] == MEMBERS
    stats = world.server.wait_until_delivered(world.flow)
    assert stats["isBalanced"], stats
    arrived = world.steps()
    assert len(arrived) == MEMBERS
    for member, steps in arrived.items():
        assert steps[-1] == changed.get(member, 0), (member, steps)


def test_pause_resume_and_cancel(serve, kinesis_local):
    world = World(serve, kinesis_local, "--backfill-rate", "100")
    id = world.map()["backfillId"]
    until(lambda: world.backfill(id)["records"] > 0)

    assert run(world.server, "pause", id).returncode == 0
    until(lambda: world.backfill(id)["state"] == "paused")
    held = world.backfill(id)["records"]
    resumed = shown(world.server, "resume", id, "--rate", "50")
    assert resumed["recordsPerSecond"] == 50
    until(lambda: world.backfill(id)["records"] > held)
    assert run(world.server, "cancel", id).returncode == 0
    until(lambda: world.backfill(id)["state"] == "cancelled")
    refused = run(world.server, "resume", id)
    assert refused.returncode != 0 and "has ended" in refused.stderr, refused.stderr
    stats = world.server.wait_until_delivered(world.flow)
    assert held <= stats["triggered"] < MEMBERS


def test_what_cannot_be_ordered_is_refused(serve, kinesis_local):
    world = World(serve, kinesis_local)
    flow, unknown = world.flow, "00000000-0000-4000-8000-000000000000"

    def order(body):
        return world.server.call("POST", "/v1/backfills", body).status

    assert order({"dataflowId": flow}) == 400, "nothing is mapped"
    warned = world.map(backfill=False)
    assert [warning["code"] for warning in warned["warnings"]] == ["EXISTING_MEMBERS_NOT_EXPORTED"]
    assert "backfillId" not in warned
    for body in (
        {},
        {"dataflowId": unknown},
        {"dataflowId": flow, "audiences": []},
        {"dataflowId": flow, "audiences": [unknown]},
        {"dataflowId": flow, "since": "yesterday"},
        {"dataflowId": flow, "recordsPerSecond": 0},
        {"dataflowId": flow, "recordsPerSecond": "many"},
    ):
        assert order(body) == 400, body
    assert world.server.call("GET", f"/v1/backfills/{unknown}").status == 404
    assert world.server.call("PATCH", f"/v1/backfills/{unknown}", {"state": "paused"}).status == 404
    assert world.server.call("GET", "/v1/backfills?state=asleep").status == 400
    assert world.server.expect(200, "GET", "/v1/backfills")["items"] == []
    assert order({"dataflowId": flow}) == 201
