"""Why a dataflow sent something of a person, or did not, and where the record is."""

import json
import subprocess
import time
import urllib.parse

import headwater as hw
import pytest

PERSON = {"identityMap": {"Email": [{"id": "mira-planted@x.example"}]}}
EVERYTHING = ["told", "other"]


class World:
    def __init__(self, serve, kinesis_local, attributes=("city",), options=(), **target):
        self.kinesis = kinesis_local("--no-limits")
        self.client = hw.boto(self.kinesis.endpoint)
        for stream in EVERYTHING:
            hw.create_stream(self.client, stream, 2)
        self.server = serve(*options)
        self.gold = self.server.audience("Gold", 'tier = "gold"')
        self.flow = self.server.dataflow(self.kinesis.endpoint, "told", [self.gold], list(attributes), **target)

    def say(self, **fields):
        assert self.server.ingest("profiles", [PERSON | fields])["accepted"] == 1

    def explain(self, flow=None, **more):
        query = {"dataflow": flow or self.flow, "namespace": "Email", "value": PERSON["identityMap"]["Email"][0]["id"]}
        return self.server.expect(200, "GET", "/v1/explain?" + urllib.parse.urlencode(query | more))

    def last(self, flow=None):
        """What is said of the last change: outcome, reasons, and each part's answer."""
        change = self.explain(flow)["changes"][0]
        answers = {finding["part"]: finding["answer"] for finding in change["findings"]}
        return change["outcome"], change["reasons"], answers

    def settled(self, flow=None):
        self.server.wait_until_delivered(flow or self.flow)
        return self.last(flow)

    def records(self, stream="told"):
        return {
            f"{record['ShardId']}:{record['SequenceNumber']}": record
            for record in with_shards(self.client, stream)
        }


def with_shards(client, stream):
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        place = client.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while True:
            answer = client.get_records(ShardIterator=place)
            yield from (record | {"ShardId": shard["ShardId"]} for record in answer["Records"])
            place = answer["NextShardIterator"]
            if not answer["Records"]:
                break


def test_each_change_is_told_with_its_record_or_the_reason_why_there_is_none(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.say(city="Ulm")
    assert world.last() == ("notCalled", [], {"identities": "notMember", "attributes": "notMember"})
    world.say(tier="gold")
    assert world.settled() == ("delivered", ["membership"], {"audiences": "calls", "attributes": "attributeNotMapped"})
    world.say(city="Bonn")
    assert world.settled() == ("delivered", ["attribute"], {"attributes": "calls"})
    world.say(color="red")
    assert world.settled() == ("notCalled", [], {"attributes": "attributeNotMapped"})
    event = PERSON | {"_id": "e1", "timestamp": "2026-01-01T00:00:00Z"}
    assert world.server.ingest("events", [event])["accepted"] == 1
    assert world.settled() == ("notCalled", [], {"event": "noStatusChange"})

    answer = world.explain()
    assert answer["complete"] and answer["name"] == "to-told" and answer["state"] == "enabled"
    assert [change["revision"] for change in answer["changes"]] == [5, 4, 3, 2, 1]
    assert answer["changes"][3]["audiences"] == [{"id": world.gold, "status": "realized", "name": "Gold"}]
    assert answer["changes"][2]["paths"] == ["city"] and answer["changes"][2]["dataset"]
    # Each record is where it is said to be, and no other is there.
    said = {record["receipt"]: change for change in answer["changes"] for record in change["records"]}
    read = world.records()
    assert said.keys() == read.keys()
    assert all(json.loads(read[place]["Data"]).get("city") in ("Ulm", "Bonn") for place in read)
    assert len(world.explain(limit=2)["changes"]) == 2
    assert "mira" not in world.server.log.read_text() and "Bonn" not in json.dumps(answer)


def test_what_is_switched_off_disabled_or_made_later_is_told(serve, kinesis_local):
    world = World(
        serve, kinesis_local, triggers=["membership", "identity"], suppressNoopAttributeUpdates=False
    )
    world.say(tier="gold", city="Ulm")
    assert world.settled()[:2] == ("delivered", ["membership", "identity"])
    world.say(city="Bonn")
    assert world.settled() == ("notCalled", [], {"attributes": "triggerOff"})

    later = world.server.dataflow(world.kinesis.endpoint, "other", [world.gold], ["city"], backfill=False)
    assert world.last(later)[0] == "beforeDataflow"

    # What was left undone while it was disabled is made up for, and says so.
    assert world.server.call("POST", f"{hw.FLOW_SERVICE}/flows/{later}/action?op=disable").status == 200
    assert world.server.flow(later)["state"] == "disabled"
    world.say(city="Köln")
    assert world.last(later) == ("disabled", [], {"attributes": "calls"})
    assert world.explain(later)["leftUndone"] == ["attribute"]
    assert world.server.call("POST", f"{hw.FLOW_SERVICE}/flows/{later}/action?op=enable").status == 200
    world.server.wait_until(lambda: "leftUndone" not in world.explain(later))
    assert world.settled(later)[0] == "delivered"
    made_up, disabled = world.explain(later)["changes"][:2]
    assert made_up["kinds"] == ["turn"] and made_up["records"] and disabled["outcome"] == "disabled"
    # The other dataflow knows of the turn that it was not its own.
    assert world.last() == ("notCalled", [], {"profile": "turn"})


def test_a_value_that_stays_and_an_attribute_that_never_calls_are_told(serve, kinesis_local):
    world = World(serve, kinesis_local, suppressNoopAttributeUpdates=True)
    world.say(tier="gold", city="Ulm")
    world.say(city="Ulm")
    assert world.settled() == ("notCalled", [], {"attributes": "unchanged"})
    world.say(city="Bonn")
    outcome, reasons, answers = world.settled()
    assert (outcome, reasons, answers) == ("delivered", ["attribute"], {"attributes": "mayCall"})

    # Changed since: what there is now cannot speak for what was then.
    path = {"op": "remove", "path": hw.SELECTORS.format("profileSelectors").replace("/-", "/0")}
    assert world.server.patch_flow(world.flow, [path]).status == 202
    changes = world.explain()["changes"]
    assert changes[0]["outcome"] == "delivered" and changes[0]["configurationChangedAt"]
    assert changes[1]["outcome"] == "notCalled" and changes[1]["findings"][0]["answer"] == "attributeNotMapped"


def test_what_waits_and_what_was_refused_for_good_is_told(serve, kinesis_local):
    world = World(serve, kinesis_local, attributes=("city", "big"))
    world.say(tier="gold")
    # More than a record of a stream may hold, in parts that a message may have.
    for number in range(12):
        world.say(big={f"part{number}": "x" * 95_000})
    outcome, reasons, _ = world.settled()
    assert (outcome, reasons) == ("parked", ["attribute"])
    record = world.explain()["changes"][0]["records"][0]
    assert record["state"] == "parked" and record["code"] == "MESSAGE_TOO_LARGE"

    world.say(big=None)
    world.server.wait_until_delivered(world.flow)
    world.kinesis.kill()
    world.say(city="Bonn")
    assert world.last() == ("waiting", ["attribute"], {"attributes": "calls"})
    assert world.explain()["changes"][0]["records"][0]["state"] == "waiting"


def test_an_audience_that_is_mapped_later_is_told(serve, kinesis_local):
    world = World(serve, kinesis_local)
    silver = world.server.audience("Silver", 'metal = "silver"')
    world.say(metal="silver")
    assert world.last()[2]["audiences"] == "audienceNotMapped"
    time.sleep(1)  # When an audience was mapped is known by the second.
    value = {"type": "PLATFORM_SEGMENT", "value": {"id": silver, "backfill": False}}
    add = {"op": "add", "path": hw.SELECTORS.format("segmentSelectors"), "value": value}
    assert world.server.patch_flow(world.flow, [add]).status == 202
    outcome, reasons, answers = world.last()
    assert (outcome, reasons, answers["audiences"]) == ("notCalled", [], "audienceMappedLater")
    assert answers["attributes"] == "attributeNotMapped"


def test_people_that_become_one_begin_anew(serve, kinesis_local):
    world = World(serve, kinesis_local)
    namespace = {"code": "CRMID", "name": "Customer", "idType": "CROSS_DEVICE"}
    world.server.call("POST", "/data/core/idnamespace/identities", namespace)
    world.say(tier="gold", city="Ulm")
    other = {"identityMap": {"CRMID": [{"id": "c-1"}]}, "tier": "gold"}
    assert world.server.ingest("profiles", [other])["accepted"] == 1
    both = {"identityMap": PERSON["identityMap"] | other["identityMap"], "color": "red"}
    assert world.server.ingest("profiles", [both])["accepted"] == 1
    assert world.settled() == (
        "delivered", ["identity"], {"identities": "calls", "attributes": "attributeNotMapped"}
    )
    answer = world.explain()
    assert len(answer["changes"]) == 1 and not answer["complete"] and "merged" in answer["changes"][0]["kinds"]
    assert len(answer["changes"][0]["records"]) == 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("dataflow=nothing&namespace=Email&value=a", 404, "1430-404"),
        ("dataflow=to-told&namespace=Email&value=a", 404, "PROFILE_UNKNOWN"),
        ("dataflow=to-told&audience=Gold&namespace=Email&value=a", 400, "QUERY_INVALID"),
        ("dataflow=to-told&namespace=Email&value=a&limit=17", 400, "QUERY_INVALID"),
        ("dataflow=to-told&namespace=None&value=a", 400, "FIELD_INVALID"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(serve, kinesis_local, query, status, code):
    world = World(serve, kinesis_local)
    answer = world.server.call("GET", f"/v1/explain?{query}")
    assert (answer.status, answer.json["errorCode"]) == (status, code), answer


def test_the_command_line_shows_the_same(serve, kinesis_local):
    world = World(serve, kinesis_local)
    world.say(tier="gold", city="Ulm")
    world.say(color="red")
    world.settled()
    command = [hw.BINARY, "explain", "--identity", "Email:mira-planted@x.example"]
    data = ["--data", str(world.server.directory / "data")]

    def run(*more):
        return subprocess.run([*command, *more, *data], capture_output=True, text=True, timeout=60)

    shown = run("--dataflow", "to-told")
    assert shown.returncode == 0, shown
    receipt = world.explain()["changes"][1]["records"][0]["receipt"]
    for words in ("Not sent: nothing called", "no attribute was stated that is mapped", f": {receipt}", "entered Gold"):
        assert words in shown.stdout, (words, shown.stdout)
    assert json.loads(run("--dataflow", "to-told", "--limit", "1", "--json").stdout)["changes"] == (
        world.explain(limit=1)["changes"]
    )
    for wrong in ([], ["--dataflow", "x", "--audience", "y"], ["--audience", "x", "--limit", "3"]):
        assert run(*wrong).returncode == 64, wrong
