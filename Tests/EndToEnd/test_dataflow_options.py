"""Dataflows with options: what reaches the stream fits the schema that the server tells, judged by jsonschema."""

import json

import headwater as hw
import pytest
from jsonschema import Draft202012Validator

OPTIONS = {
    "defaults": {},
    "parity-toggles": {"includeSegmentNames": True, "includeSegmentTimestamps": True, "legacyExistingStatus": True},
    "cloudevents": {"envelope": "cloudevents", "membershipScope": "changed", "partitionKey": "random"},
    "small": {
        "membershipScope": "mapped",
        "identityNamespaces": {"deny": ["ECID"]},
        "namespaceCase": "asDefined",
        "allowArraysAndMaps": False,
        "appendNewline": True,
        "partitionKey": {"namespace": "Email"},
        "suppressNoopAttributeUpdates": True,
        "triggers": ["membership", "attribute"],
    },
}
ATTRIBUTES = ["person.name", "person.age", "tags", "loyalty.tier"]


def person(number, **fields):
    identities = {"Email": [{"id": f"p{number}@example.org", "primary": True}], "ECID": [{"id": f"{number:038d}"}]}
    return {"identityMap": identities, **fields}


@pytest.mark.parametrize("name", OPTIONS)
def test_what_is_sent_fits_the_schema(name, serve, kinesis_local):
    local = kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "options", 4)
    server = serve()
    gold = server.audience("Gold", 'loyalty.tier = "gold"')
    old = server.audience("Old", "person.age > 60")
    server.audience("Tagged", "person.age > 20")
    flow = server.dataflow(local.endpoint, "options", [gold, old], ATTRIBUTES, **OPTIONS[name])

    messages = [
        person(1, loyalty={"tier": "gold"}, person={"age": 40, "name": {"first": "Mira \"K\""}}, tags=["a", 1]),
        person(1, tags=["b"]),
        person(1, loyalty={"tier": "gold"}),
        person(1, person={"age": 61, "name": "Mira"}),
        person(1, loyalty={"tier": "tin"}),
        person(1, person={"age": None, "name": None}),
        person(2, loyalty={"tier": "gold"}),
    ]
    for message in messages:
        assert server.ingest("profiles", [message])["accepted"] == 1
    server.wait_until_delivered(flow)

    schema = server.expect(200, "GET", f"/v1/dataflows/{flow}/schema")
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    records = hw.read_stream(kinesis, "options")
    samples = server.expect(200, "GET", f"/v1/dataflows/{flow}/samples")["items"]
    texts = [record["Data"] for record in records]
    # Where values must change, a tier that stays and tags that are left out call for nothing.
    assert len(records) == (5 if name == "small" else 7)
    for payload in [json.loads(text) for text in texts] + [sample["payload"] for sample in samples]:
        validator.validate(payload)
    assert len(samples) == 3

    assert all(text.endswith(b"\n") == (name == "small") for text in texts)
    keys = [record["PartitionKey"] for record in records]
    if name == "small":
        assert set(keys) == {"p1@example.org", "p2@example.org"}
        assert all(b"tags" not in text and b"ECID" not in text for text in texts)
    if name == "cloudevents":
        events = sorted((json.loads(text) for text in texts), key=lambda event: event["data"]["revision"])
        assert keys == [event["id"] for event in map(json.loads, texts)] and len(set(keys)) == 7
        first = [event["data"] for event in events if event["subject"] == events[-1]["subject"]]
        assert [data["revision"] for data in first] == [1, 2, 3, 4, 5, 6]
        assert [data["reasons"] for data in first] == [
            ["membership", "identity", "attribute"],
            ["attribute"],
            ["attribute"],
            ["membership", "attribute"],
            ["membership", "attribute"],
            ["membership"],
        ]
        assert first[1]["changedPaths"] == ["tags"]
        assert first[4]["changedAudiences"] == [{"id": gold, "status": "exited", "previousStatus": "realized"}]
    assert server.stop() == 0
