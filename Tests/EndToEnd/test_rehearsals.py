"""What a change would do is told before it is saved: the counts and the bytes are those of what is sent then."""

import collections
import hashlib
import json
import re
import subprocess

import headwater as hw
import pytest
from jsonschema import Draft202012Validator
from test_audiences import until

MEMBERS = 600


def person(number, **fields):
    identities = {"Email": [{"id": f"p{number}@x.example", "primary": True}], "CRMID": [{"id": f"c-{number}"}]}
    return {"identityMap": identities, **fields}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def add(kind, value):
    return {"op": "add", "path": hw.SELECTORS.format(kind), "value": value}


def audience(id, **more):
    return add("segmentSelectors", {"type": "PLATFORM_SEGMENT", "value": {"id": id, **more}})


def attribute(path):
    return add("profileSelectors", {"type": "JSON_PATH", "value": {"path": path}})


class World:
    """Members of two audiences, one of which is mapped."""

    def __init__(self, serve, kinesis_local, **params):
        self.kinesis = kinesis_local("--no-limits")
        self.client = hw.boto(self.kinesis.endpoint)
        hw.create_stream(self.client, "told", 2)
        self.server = serve("--backfill-rate", "100000")
        namespace = {"code": "CRMID", "name": "Customer", "idType": "CROSS_DEVICE"}
        self.server.call("POST", "/data/core/idnamespace/identities", namespace)
        self.low = self.server.audience("low", "step < 100")
        self.even = self.server.audience("even", "step / 2 = whole")
        self.odd = self.server.audience("odd", "step != whole * 2")
        lines = [person(n, step=n, whole=n // 2, secret=f"planted-{n}") for n in range(MEMBERS)]
        self.server.ingest("profiles", lines)
        self.flow = self.server.dataflow(self.kinesis.endpoint, "told", [self.low], ["step"], **params)
        self.settle()

    def settle(self):
        orders = f"/v1/backfills?dataflowId={self.flow}"
        until(lambda: all(one["state"] == "completed" for one in self.server.expect(200, "GET", orders)["items"]))
        self.server.wait_until_delivered(self.flow)

    def records(self):
        return hw.read_stream(self.client, "told")

    def version(self, number):
        """Judges records by a version of the dataflow's schema."""
        path = f"/v1/dataflows/{self.flow}/schemas/{number}"
        schema = self.server.call("GET", path)
        listed = self.server.expect(200, "GET", f"/v1/dataflows/{self.flow}/schemas")["items"]
        assert {one["number"]: one["digest"] for one in listed}[number] == digest(schema.body)
        Draft202012Validator.check_schema(schema.json)
        return Draft202012Validator(schema.json, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def rehearse(self, **body):
        return self.server.expect(200, "POST", "/v1/rehearsals", body)


def arrived(world, before):
    """What came after a time, by its bytes."""
    old = collections.Counter(record["SequenceNumber"] for record in before)
    return [record for record in world.records() if record["SequenceNumber"] not in old]


def test_what_a_mapping_sends_is_told_exactly(serve, kinesis_local):
    world = World(serve, kinesis_local)
    before = world.records()
    assert len(before) == 100
    patch = [audience(world.even), audience(world.odd), attribute("secret"), attribute("never.seen")]

    told = world.rehearse(dataflow={"id": world.flow, "patch": patch}, messages=5)

    assert told["profiles"] == {"total": MEMBERS, "looked": MEMBERS, "isWhole": True}
    flow = told["dataflows"][0]
    exports = flow["exportsNow"]
    assert exports == {"count": MEMBERS, "standardError": 0, "basis": "walk", "seconds": 1}, exports
    assert {(one["name"], one["change"], one["members"]) for one in told["audiences"]} == {
        ("even", "mapped", MEMBERS // 2),
        ("odd", "mapped", MEMBERS // 2),
    }
    assert [change["path"] for change in told["compatible"]][:2] == ["/secret", "/never/seen"]
    assert told["breaking"] == []
    assert any(warning["code"] == "PATH_UNKNOWN" for warning in told["warnings"])
    assert flow["shards"]["peak"] == 1 and flow["costs"]["assumptions"]["shardHour"] == 0.015
    text = json.dumps(told)
    assert "planted" not in text and "@x.example" not in text and '"c-1"' not in text
    # Nothing has happened.
    assert len(world.records()) == len(before)
    assert len(world.server.flow(world.flow)["transformations"][0]["params"]["segmentSelectors"]["selectors"]) == 1

    assert world.server.patch_flow(world.flow, patch).status == 202
    world.settle()
    new = arrived(world, before)
    assert len(new) == exports["count"]
    sizes = [len(record["Data"]) + len(record["PartitionKey"]) for record in new]
    assert flow["record"] == {"bytes": -(-sum(sizes) // len(sizes)), "bytesMax": max(sizes), "records": MEMBERS}
    version, following = told["schema"]["version"], told["schema"]["next"]
    assert following == version + 1
    assert world.server.expect(200, "GET", f"/v1/dataflows/{world.flow}/schema") == world.version(following).schema
    for records, number in [(before, version), (new, following)]:
        judge = world.version(number)
        for record in records:
            judge.validate(json.loads(record["Data"]))
    # What is new in the messages is no part of the version before.
    assert not world.version(version).is_valid(json.loads(new[0]["Data"]))
    digests = {digest(record["Data"]) for record in new}
    assert len(told["messages"]) == 5
    for message in told["messages"]:
        assert message["isSent"] and message["reasons"] == ["backfill"]
        assert message["after"]["sha256"] in digests, message
        assert "secret" in message["after"]["message"] and "secret" not in (message.get("before") or {}).get("message", {})
    assert world.server.stop() == 0


def test_with_an_envelope_only_the_instants_are_others(serve, kinesis_local):
    """The time of the event and of the mapping are those of the question; put in their place the bytes are the same."""
    world = World(serve, kinesis_local, envelope="cloudevents", includeSegmentTimestamps=True)
    before = world.records()
    patch = [audience(world.even)]

    told = world.rehearse(dataflow={"id": world.flow, "patch": patch}, messages=5)

    assert world.server.patch_flow(world.flow, patch).status == 202
    world.settle()
    new = {json.loads(record["Data"])["subject"]: record["Data"] for record in arrived(world, before)}
    assert told["dataflows"][0]["exportsNow"]["count"] == len(new) == MEMBERS // 2
    assert len(told["messages"]) == 5
    for message in told["messages"]:
        real = new[message["profileId"]]
        event = message["after"]["message"]
        entry = event["data"]["profile"]["segmentMembership"]["ups"][world.even]
        real = re.sub(rb'"time":"[^"]*"', f'"time":"{event["time"]}"'.encode(), real)
        place = real.index(world.even.encode(), real.index(b"segmentMembership"))
        for key in ["mappingCreatedAt", "mappingUpdatedAt"]:
            old = rb'"%s":\d+' % key.encode()
            real = real[:place] + re.sub(old, f'"{key}":{entry[key]}'.encode(), real[place:], count=1)
        assert digest(real) == message["after"]["sha256"], (real, event)


def test_a_part_of_the_members_is_sent_and_breaking_changes_are_told(serve, kinesis_local):
    world = World(serve, kinesis_local)
    held = world.rehearse(dataflow={"id": world.flow, "patch": [audience(world.even, backfill=False)]})
    assert held["dataflows"][0]["exportsNow"]["count"] == 0
    assert [warning["code"] for warning in held["warnings"]] == ["EXISTING_MEMBERS_NOT_EXPORTED"]
    assert held["messages"] and not any(message["isSent"] for message in held["messages"])

    none = {"name": "GeneralTransform", "params": {"profileSelectors": {"selectors": []}, "segmentSelectors": {"selectors": []}}}
    params = {"envelope": "cloudevents", "partitionKey": "random", "namespaceCase": "asDefined"}
    told = world.rehearse(dataflow={"id": world.flow, "transformations": [none], "params": params})
    broken = {change["path"]: change["what"] for change in told["breaking"]}
    assert broken["/step"] == "is not sent any more"
    assert set(broken) == {"/step", f"/segmentMembership/ups/{world.low}", "", "partitionKey", "/identityMap"}
    assert told["audiences"][0]["change"] == "unmapped"
    # Nobody is in a mapped audience then.
    assert all("after" not in message for message in told["messages"])

    shown = world.rehearse(dataflow={"id": world.flow, "params": {"emitOnUnmap": True}, "transformations": [none]})
    assert shown["dataflows"][0]["exportsNow"]["count"] == 100
    assert {status["status"] for message in shown["messages"] for status in
            message["after"]["message"]["segmentMembership"]["ups"].values()} >= {"exited"}
    moved = world.rehearse(dataflow={"id": world.flow, "params": {"stream": "elsewhere"}})
    assert moved["breaking"] == [{"path": "target", "what": "records go to another place"}]


def test_a_dataflow_that_is_not_there_yet_is_told_with_its_costs(serve, kinesis_local):
    world = World(serve, kinesis_local)
    segments = {"selectors": [{"type": "PLATFORM_SEGMENT", "value": {"id": world.even}}]}
    transformation = {"name": "GeneralTransform", "params": {"segmentSelectors": segments}}
    prices = {"shardHour": 1, "putUnitsPerMillion": 1000000, "onDemandGigabyte": 0, "onDemandStreamHour": 0, "region": "eu-west-1"}

    told = world.rehearse(
        dataflow={"transformations": [transformation], "params": {"includeSegmentNames": True}}, prices=prices
    )

    flow = told["dataflows"][0]
    assert "flowId" not in flow and flow["exportsNow"]["count"] == MEMBERS // 2
    assert flow["costs"]["now"] == {"provisioned": MEMBERS // 2, "onDemand": 0}
    assert flow["costs"]["assumptions"]["region"] == "eu-west-1" and "listedAt" not in flow["costs"]["assumptions"]
    assert "breaking" not in told
    assert told["messages"][0]["after"]["message"]["segmentMembership"]["ups"][world.even]["name"] == "even"
    assert len(world.server.expect(200, "GET", f"{hw.FLOW_SERVICE}/flows")["items"]) == 1


def test_another_rule_is_told_with_who_enters_and_leaves(serve, kinesis_local):
    world = World(serve, kinesis_local)
    rule = {"type": "PQL", "format": "pql/text", "value": "step >= 50 and step < 200"}
    before = world.records()

    told = world.rehearse(audience={"id": world.low, "expression": rule}, messages=5)

    changed = told["audiences"][0]
    assert (changed["entering"]["count"], changed["exiting"]["count"], changed["members"]) == (100, 50, 100)
    flow = told["dataflows"][0]
    assert flow["flowId"] == world.flow and flow["exportsNow"]["count"] == 150
    definition = world.server.expect(200, "GET", f"/data/core/ups/segment/definitions/{world.low}")
    definition["expression"] = rule
    world.server.expect(200, "PATCH", f"/data/core/ups/segment/definitions/{world.low}", {"expression": rule})
    until(lambda: len(arrived(world, before)) == 150)
    world.settle()
    new = {digest(re.sub(rb'"lastQualificationTime":"[^"]*"', b"", record["Data"])) for record in arrived(world, before)}
    assert len(new) == 150
    new = world.rehearse(audience={"expression": {"format": "pql/text", "value": "step = 7"}})
    assert new["audiences"] == [
        {
            "name": "",
            "change": "new",
            "members": 0,
            "isBeingEvaluated": False,
            "entering": {"count": 1, "standardError": 0},
            "exiting": {"count": 0, "standardError": 0},
        }
    ]
    assert new["dataflows"] == [] and new["messages"] == []


@pytest.mark.parametrize(
    "status, body, hint",
    [
        (400, {}, "either dataflow or audience"),
        (400, {"dataflow": {}, "audience": {}}, "either dataflow or audience"),
        (404, {"dataflow": {"id": "00000000-0000-4000-8000-000000000000"}}, ""),
        (400, {"dataflow": {"patch": []}}, "patch"),
        (400, {"dataflow": {"params": {"envelope": "paper"}}}, "envelope"),
        (400, {"audience": {}}, "expression"),
        (400, {"audience": {"type": "ExternalSegment", "name": "crm"}}, "nothing to rehearse"),
        (400, {"audience": {"expression": {"value": "step ="}}}, "line"),
        (400, {"audience": {"id": "x"}}, "no audience"),
        (400, {"dataflow": {}, "messages": 6}, "from 0 to 5"),
        (400, {"dataflow": {}, "prices": {"shardHour": -1}}, "price"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused(status, body, hint, serve):
    answer = serve().call("POST", "/v1/rehearsals", body)
    assert answer.status == status and hint in answer.json["detail"], answer


def test_a_dry_run_tells_of_one_person(serve, kinesis_local):
    world = World(serve, kinesis_local, triggers=["membership", "attribute"])
    before = world.records()

    def dry(number, flow=world.flow):
        identity = {"namespace": "crmid", "value": f"c-{number}"}
        return world.server.call("POST", f"/v1/dataflows/{flow}/dry-run", {"identity": identity})

    member, stranger = dry(7).json, dry(300).json
    assert member["wouldExport"] and not stranger["wouldExport"]
    assert [one.get("status") for one in member["audiences"] + stranger["audiences"]] == ["realized", None]
    exports = {one["reason"]: one["exports"] for one in member["reasons"]}
    assert exports == {"membership": True, "identity": False, "attribute": True}
    why = {one["reason"]: one["why"] for one in stranger["reasons"] if not one["exports"]}
    assert "triggers" in why["identity"] and "no audience" in why["attribute"] and "membership" not in why
    # What it would send is what a backfill sends.
    message = member["messages"][0]
    assert not stranger["messages"] and "p7@" not in json.dumps(member)
    world.server.expect(201, "POST", "/v1/backfills", {"dataflowId": world.flow})
    world.settle()
    sent = {digest(record["Data"]) for record in arrived(world, before)}
    assert message["sha256"] in sent and len(sent) == 100
    world.server.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{world.flow}/action?op=disable")
    resting = dry(7).json
    assert not resting["wouldExport"] and all("disabled" in one["why"] for one in resting["reasons"])
    assert resting["messages"], "it is shown what would be sent once it is enabled"
    nobody = dry("nobody")
    assert nobody.status == 404 and nobody.json["errorCode"] == "PROFILE_UNKNOWN"
    assert dry(7, "00000000-0000-4000-8000-000000000000").status == 404


def test_a_test_record_is_marked_written_once_and_kept(serve, kinesis_local):
    world = World(serve, kinesis_local)
    before, stats = world.records(), world.server.stats(world.flow)

    test = world.server.expect(201, "POST", f"/v1/dataflows/{world.flow}/tests")

    assert test["isWritten"] and "shardId" in test["receipt"], test
    new = arrived(world, before)
    assert [json.loads(record["Data"])["headwaterTest"]["id"] for record in new] == [test["id"]]
    assert new[0]["PartitionKey"] == "headwater-test" and new[0]["SequenceNumber"] in test["receipt"]
    after = world.server.stats(world.flow)
    assert after["delivered"] == stats["delivered"], "it is in no books"
    hw.request("PUT", f"{world.kinesis.endpoint}/_faults", {"everyNthRecordThrottled": 1})
    refused = world.server.expect(201, "POST", f"/v1/dataflows/{world.flow}/tests")
    assert not refused["isWritten"] and refused["code"], refused
    world.server.kill()
    world.server.start()
    kept = world.server.expect(200, "GET", f"/v1/dataflows/{world.flow}/tests")["items"]
    assert kept == [refused, test]


def command(server, *arguments):
    call = [hw.BINARY, *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in call], capture_output=True, text=True, timeout=120)


def test_the_command_line_rehearses_and_shows_schemas(serve, kinesis_local):
    world = World(serve, kinesis_local)
    name = "to-told"
    change = ["--audience", "even", "--attribute", "secret", "--without-attribute", "step", "--param", "partitionKey=random"]

    done = command(world.server, "dataflows", "rehearse", name, *change, "--price", "shardHour=0.5")

    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert "now        300 records, at least 00:01" in text, text
    assert "audience     even: mapped, 300 members" in text
    assert "breaks consumers: /step is not sent any more" in text and "breaks consumers: partitionKey" in text
    assert "new for consumers: /secret is sent as well" in text and "schema       version 2, then 3" in text, text
    assert "prices as given, us-east-1" in text and "  after      {" in text and "planted" not in text
    told = json.loads(command(world.server, "dataflows", "rehearse", name, *change, "--json", "--messages", "0").stdout)
    assert told["dataflows"][0]["exportsNow"]["count"] == 300 and told["messages"] == []
    as_is = json.loads(command(world.server, "dataflows", "rehearse", name, "--json").stdout)
    assert as_is["dataflows"][0]["exportsNow"]["count"] == 0 and as_is["breaking"] == as_is["compatible"] == []
    rule = command(world.server, "audiences", "rehearse", "low", "--expression", "step < 50")
    assert "audience     low: changed, 100 members, 0 would enter, 50 would exit" in rule.stdout, rule
    assert "now        50 records" in rule.stdout
    wrong = command(world.server, "audiences", "rehearse", "--expression", "step <")
    assert wrong.returncode != 0 and "line 1" in wrong.stderr, wrong
    assert command(world.server, "dataflows", "rehearse", name, "--without-audience", "even").returncode != 0

    versions = command(world.server, "dataflows", "schema", name, "--versions").stdout.splitlines()
    assert versions[0].startswith("2  since ") and versions[0].endswith("present") and len(versions) == 2
    present = json.loads(command(world.server, "dataflows", "schema", name).stdout)
    assert present == json.loads(command(world.server, "dataflows", "schema", name, "--version", "2").stdout)
    assert json.loads(command(world.server, "dataflows", "schema", name, "--version", "1").stdout) != present
    assert "SCHEMA_VERSION_UNKNOWN" in command(world.server, "dataflows", "schema", name, "--version", "9").stderr

    dry = command(world.server, "dataflows", "dry-run", name, "--identity", "CRMID:c-7").stdout
    assert "would export yes" in dry and "audience     low: realized" in dry and '"c-7"' not in dry, dry
    assert command(world.server, "dataflows", "dry-run", name, "--identity", "c-7").returncode == 64
    test = command(world.server, "dataflows", "test", name)
    assert test.returncode == 0 and "is written: " in test.stdout, test


def test_a_rule_is_rehearsed_with_the_dataflows_of_audiences_that_ask_for_it(serve, kinesis_local):
    endpoint = kinesis_local("--no-limits")
    hw.create_stream(hw.boto(endpoint.endpoint), "events", 1)
    server = serve()
    asked = server.audience("Asked", "step < 5")
    asking = server.audience("Asking", f'inSegment("{asked}")')
    flow = server.dataflow(endpoint.endpoint, "events", [asking], ["step"])
    lines = [{"identityMap": {"Phone": [{"id": f"p{n}"}]}, "step": n} for n in range(10)]
    assert server.ingest("profiles", lines)["accepted"] == 10
    before = server.wait_until_delivered(flow)["delivered"]
    wish = {"id": asked, "expression": {"type": "PQL", "format": "pql/text", "value": "step < 8"}}
    told = server.expect(200, "POST", "/v1/rehearsals", {"audience": wish})
    [concerned] = told["dataflows"]
    assert concerned["flowId"] == flow and concerned["exportsNow"]["count"] == 3, told
    server.expect(200, "PATCH", f"/data/core/ups/segment/definitions/{asked}", {"expression": wish["expression"]})
    until(lambda: server.stats(flow)["delivered"] == before + 3)
