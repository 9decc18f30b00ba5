"""The whole path against moto, an implementation of Kinesis that knows nothing of ours, read back by boto3."""

import collections
import json
import os
import pathlib
import re

import headwater as hw

GOLDEN = pathlib.Path(__file__).parent / "golden"
ATTRIBUTES = ["person.name.firstName", "person.name.lastName", "person.birthDate", "personalEmail.address"]


def person(number, **fields):
    return {
        "identityMap": {
            "Email": [{"id": f"p{number}@example.org", "primary": True}],
            "ECID": [{"id": f"{number:038d}"}],
        },
        **fields,
    }


def normalised(record, names):
    """A payload with the ids and instants of this run replaced by what they stand for."""
    text = record["Data"].decode()
    for identifier, name in names.items():
        text = text.replace(identifier, name)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>", text)


def compare(name, lines):
    """Compares with a golden file; UPDATE_FIXTURES=1 rewrites it."""
    path = GOLDEN / name
    found = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_FIXTURES") == "1":
        path.write_text(found)
    assert found == path.read_text()


def test_changes_reach_moto_as_documented_and_in_order(serve, moto):
    kinesis = hw.boto(moto.endpoint)
    hw.create_stream(kinesis, "audience-events", 3)
    server = serve()
    vip = server.audience("VIP", 'loyalty.tier = "gold"')
    big = server.audience("Big spenders", "xEvent.sum(amount) > 100")
    flow = server.dataflow(moto.endpoint, "audience-events", [vip, big], ATTRIBUTES)

    mira = person(1, person={"name": {"firstName": "Mira", "lastName": "Kóh \"K\""}, "birthDate": "1990-05-04"})
    assert server.ingest("profiles", [mira])["accepted"] == 1
    steps = [
        ("profiles", person(1, loyalty={"tier": "gold"})),
        ("profiles", person(1, personalEmail={"address": "mira@example.org"})),
        ("events", {**person(1), "_id": "e1", "timestamp": "2026-01-02T03:04:05Z", "amount": 60}),
        ("events", {**person(1), "_id": "e2", "timestamp": "2026-01-03T03:04:05Z", "amount": 41.5}),
        ("profiles", person(1, loyalty={"tier": "tin"})),
        ("profiles", {"identityMap": {"Email": [{"id": "p1@example.org"}, {"id": "mira@work.example"}]}}),
        ("profiles", person(1, person={"name": {"lastName": None}})),
    ]
    for kind, message in steps:
        assert server.ingest(kind, [message])["accepted"] == 1
    assert server.ingest("events", [steps[3][1]])["duplicates"] == 1
    stats = server.wait_until_delivered(flow)

    records = hw.read_stream(kinesis, "audience-events")
    assert stats["delivered"] == len(records) == 6
    assert len({record["PartitionKey"] for record in records}) == 1
    compare("main_path.ndjson", [normalised(record, {vip: "<vip>", big: "<big>"}) for record in records])
    assert server.stop() == 0


def test_every_profile_arrives_in_its_own_order(serve, moto):
    kinesis = hw.boto(moto.endpoint)
    hw.create_stream(kinesis, "ordered", 4)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(moto.endpoint, "ordered", [everyone], ["step"])

    for start in range(0, 30, 10):
        lines = [person(number, step=step) for step in range(start, start + 10) for number in range(50)]
        assert server.ingest("profiles", lines)["accepted"] == len(lines)
    server.wait_until_delivered(flow)

    steps = collections.defaultdict(list)
    for record in hw.read_stream(kinesis, "ordered"):
        payload = json.loads(record["Data"])
        steps[payload["identityMap"]["email"][0]["id"]].append(payload["step"])
    assert len(steps) == 50
    assert all(found == list(range(30)) for found in steps.values())
