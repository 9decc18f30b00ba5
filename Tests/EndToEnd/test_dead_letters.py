"""What a destination refused for good: counted, shown, sent again as it is now or as it was, and given up."""

import contextlib
import datetime
import json
import sqlite3

import headwater as hw

from test_audiences import until
from test_first_steps import run as command

FIRST = "2020-01-01T00:00:00Z"


def person(number, **attributes):
    return {"identityMap": {"Phone": [{"id": f"p{number}"}]}, **attributes}


class World:
    """A dataflow that tries once, and a stream that takes nothing while it is told so."""

    def __init__(self, serve, kinesis_local, **target):
        self.endpoint = kinesis_local("--no-limits")
        self.stream = hw.boto(self.endpoint.endpoint)
        hw.create_stream(self.stream, "events", 2)
        self.server = serve()
        self.all = self.server.audience("All", "step >= 0")
        self.flow = self.server.dataflow(self.endpoint.endpoint, "events", [self.all], ["step"], retries=0, **target)

    def refuse(self, refuses):
        faults = {"everyNthRecordThrottled": 1 if refuses else None}
        assert hw.request("PUT", f"{self.endpoint.endpoint}/_faults", faults).status == 204

    def ingest(self, numbers, **attributes):
        lines = [person(number, **attributes) for number in numbers]
        assert self.server.ingest("profiles", lines)["accepted"] == len(lines)

    def settled(self):
        return self.server.wait_until_delivered(self.flow)

    def call(self, method, part, body=None, status=200):
        return self.server.expect(status, method, f"/v1/dataflows/{self.flow}/dead-letters{part}", body)

    def cli(self, *arguments):
        done = command("deadletters", *arguments, "--data", self.server.directory / "data")
        assert done.returncode == 0, done
        return done.stdout

    def records(self):
        found = {}
        for record in hw.read_stream(self.stream, "events"):
            payload = json.loads(record["Data"])
            found.setdefault(payload["identityMap"]["phone"][0]["id"], []).append(payload.get("step"))
        return found


def test_dead_letters_are_sent_again_as_what_is_true_now(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.refuse(True)
    world.ingest(range(30), step=1)
    stats = world.settled()
    assert (stats["parked"], stats["delivered"]) == (30, 0)
    world.refuse(False)
    world.ingest([7], step=2)
    world.settled()

    [cause] = world.call("GET", "/causes")["items"]
    assert cause["count"] == 30, cause
    page = world.call("GET", "?limit=20")
    rest = world.call("GET", f"?limit=20&after={page['next']}&code={cause['code']}")
    assert len(page["items"]) == 20 and len(rest["items"]) == 10 and "next" not in rest
    letter = page["items"][3]
    assert world.call("GET", f"/{letter['id']}") == letter
    world.call("GET", "/1", status=404)
    [counted] = world.server.expect(200, "GET", "/v1/dead-letters")["items"]
    assert (counted["flowId"], counted["count"], counted["isDeleted"]) == (world.flow, 30, False)

    done = world.call("POST", "/replay", {"code": cause["code"]})
    assert done == {"released": 30, "kept": 0, "isComplete": True}
    until(lambda: world.server.stats(world.flow)["triggered"] == 61)
    stats = world.settled()
    # Not one of what was true before: the record of person 7 shows the second step.
    assert world.records() == {f"p{number}": [2, 2] if number == 7 else [1] for number in range(30)}
    assert (stats["parked"], stats["superseded"], stats["triggered"], stats["delivered"]) == (0, 30, 61, 31)
    assert world.call("GET", "")["items"] == []


def test_dead_letters_are_sent_as_they_were_or_given_up(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.refuse(True)
    world.ingest(range(5), step=1)
    world.settled()
    world.refuse(False)
    world.ingest([0], step=2)
    world.settled()
    letters = {letter["payload"]["identityMap"]["phone"][0]["id"]: letter for letter in world.call("GET", "")["items"]}

    assert "1 sent again" in world.cli("replay", world.flow, letters["p0"]["id"], "--original")
    world.settled()
    [first, second] = [r for r in hw.read_stream(world.stream, "events")]
    assert json.loads(second["Data"]) == letters["p0"]["payload"] and second["PartitionKey"] == first["PartitionKey"]

    exported = [json.loads(line) for line in world.cli("export", world.flow).splitlines()]
    assert exported == world.call("GET", "")["items"] and len(exported) == 4
    assert "1 discarded" in world.cli("discard", world.flow, letters["p1"]["id"])
    assert "3 discarded" in world.cli("discard", world.flow, "--all")
    stats = world.settled()
    assert stats["suppressed"]["discarded"] == 4 and stats["parked"] == 0 and stats["superseded"] == 1
    for body in [{}, {"all": True, "code": "x"}, {"ids": ["x"]}, {"ids": "x"}, {"all": False}, {"all": True, "as": "x"}]:
        assert world.server.call("POST", f"/v1/dataflows/{world.flow}/dead-letters/replay", body).status == 400, body


def test_dead_letters_of_a_deleted_dataflow_can_be_read_and_purged(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.refuse(True)
    world.ingest(range(3), step=1)
    world.settled()
    assert world.server.call("DELETE", f"{hw.FLOW_SERVICE}/flows/{world.flow}").status == 202

    assert "3  (deleted)" in world.cli("list")
    assert len(world.cli("list", world.flow).splitlines()) == 3
    refused = world.call("POST", "/replay", {"all": True}, status=409)
    assert refused["errorCode"] == "DATAFLOW_DELETED" if "errorCode" in refused else "deleted" in refused["detail"]
    assert "3 discarded" in world.cli("discard", world.flow, "--all")
    assert world.cli("list") == ""
    world.call("GET", "", status=404)


def test_dead_letters_follow_a_merge_and_go_with_the_person(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.refuse(True)
    world.ingest(range(3), step=1)
    world.settled()
    both = {"identityMap": {"Phone": [{"id": "p0"}, {"id": "p1"}]}}
    assert world.server.ingest("profiles", [both])["accepted"] == 1
    letters = world.call("GET", "")["items"]
    world.settled()
    assert len({letter["profileId"] for letter in letters}) == 2, letters

    done = command("profiles", "delete", "Phone", "p1", "--data", world.server.directory / "data")
    assert done.returncode == 0, done
    left = [letter["payload"]["identityMap"]["phone"][0]["id"] for letter in world.call("GET", "")["items"]]
    assert left == ["p2"]
    assert world.settled()["isBalanced"]


def test_what_was_delivered_is_sent_again_since_an_instant(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.ingest(range(40), step=1)
    world.settled()
    world.ingest(range(10), step=2)
    world.settled()

    path = f"/v1/dataflows/{world.flow}/replay"
    assert world.server.call("POST", path, {"since": FIRST}).json["title"] == "Not known for so long"
    assert world.server.call("POST", path, {"since": "yesterday"}).status == 400
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    world.server.expect(202, "POST", path, {"since": since.isoformat(timespec="seconds").replace("+00:00", "Z")})
    # It goes on when the server was killed.
    world.server.kill()
    world.server.start()
    stats = world.server.wait_until_delivered(world.flow)
    until(lambda: all(len(steps) >= (3 if int(who[1:]) < 10 else 2) for who, steps in world.records().items()))
    for who, steps in world.records().items():
        number = int(who[1:])
        # Once more of everybody, what is true now; after a kill perhaps twice.
        expected = [1, 2] if number < 10 else [1]
        assert steps[: len(expected)] == expected and set(steps[len(expected) :]) == {expected[-1]}, (who, steps)
    assert stats["isBalanced"]


def test_old_dead_letters_are_given_up_and_the_books_say_so(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.refuse(True)
    world.ingest(range(6), step=1)
    assert world.settled()["parked"] == 6
    letters = world.call("GET", "")["items"]
    kept = datetime.datetime.fromisoformat(letters[0]["keptUntil"]) - datetime.datetime.fromisoformat(
        letters[0]["parkedAt"]
    )
    assert kept == datetime.timedelta(days=30)
    assert f"kept until {letters[0]['keptUntil']}" in world.cli("list", world.flow)

    world.server.stop()
    with contextlib.closing(sqlite3.connect(world.server.directory / "data" / "headwater.db")) as database:
        # Four of them are a month old by now.
        database.execute(
            "UPDATE dead_letter SET parked_at = parked_at - ? WHERE row IN (SELECT row FROM dead_letter ORDER BY row LIMIT 4)",
            (datetime.timedelta(days=30, seconds=1) // datetime.timedelta(milliseconds=1),),
        )
        database.commit()
    world.server.start()
    until(lambda: world.server.stats(world.flow)["parked"] == 2)
    stats = world.server.stats(world.flow)
    assert stats["suppressed"]["discarded"] == 4 and stats["isBalanced"]
    assert [one["id"] for one in world.call("GET", "")["items"]] == [one["id"] for one in letters[4:]]

    def balance():
        return world.server.expect(200, "GET", f"/v1/dataflows/{world.flow}/balance")

    # What was counted may be of a moment before.
    until(lambda: balance()["counted"]["parked"] == 2)
    assert balance()["isBalanced"]
