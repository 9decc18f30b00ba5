"""Merge policies that link nobody: each identity is exported by itself (identityGraph none)."""

import json

import headwater as hw
from test_audiences import until

POLICIES = "/data/core/ups/config/mergePolicies"


def audience(server, name, expression, policy):
    definition = {
        "name": name,
        "expression": {"type": "PQL", "format": "pql/text", "value": expression},
        "mergePolicyId": policy,
    }
    return server.expect(200, "POST", "/data/core/ups/segment/definitions", definition)["id"]


def record(first, others=(), **fields):
    identities = [{"id": first, "primary": True}] + [{"id": other} for other in others]
    return {"identityMap": {"Email": identities}, **fields}


def messages(kinesis, stream):
    return [json.loads(item["Data"]) for item in hw.read_stream(kinesis, stream)]


def addresses(message):
    return [identity["id"] for identity in message["identityMap"]["email"]]


def test_each_identity_is_exported_by_itself(serve, kinesis_local):
    local = kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "alone", 2)
    server = serve()
    alone = server.expect(201, "POST", POLICIES, {"name": "alone", "identityGraph": {"type": "none"}})["id"]
    linked = server.expect(200, "GET", f"{POLICIES}?default=true")["children"][0]["id"]
    tall = audience(server, "Tall", "height > 180", alone)
    people = audience(server, "Tall people", "height > 180", linked)

    # A member before the mapping, whom a backfill exports.
    assert server.ingest("profiles", [record("a@x.org", height=190)])["accepted"] == 1
    flow = server.dataflow(local.endpoint, "alone", [tall, people], ["height", "name"], envelope="cloudevents")
    # The backfill comes behind the answer.
    until(lambda: server.stats(flow)["delivered"] == 2)
    first = messages(kinesis, "alone")
    assert [len(message["data"]["profile"]["segmentMembership"]["ups"]) for message in first] == [1, 1]

    # Linked to another address, who states something itself.
    assert server.ingest("profiles", [record("b@x.org", ["a@x.org"], name="Mira", height=150)])["accepted"] == 1
    server.wait_until_delivered(flow)
    later = [message for message in messages(kinesis, "alone") if message not in first]
    views = [message["data"]["profile"] for message in later if tall in message["data"]["profile"]["segmentMembership"]["ups"]]
    assert views == []
    together = [message["data"]["profile"] for message in later if people in message["data"]["profile"]["segmentMembership"]["ups"]]
    assert [addresses(message) for message in together] == [["a@x.org", "b@x.org"]]
    assert together[0]["segmentMembership"]["ups"][people]["status"] == "exited"

    assert server.ingest("profiles", [record("b@x.org", height=200)])["accepted"] == 1
    server.wait_until_delivered(flow)
    server.kill()
    server.start()
    views = [message["data"]["profile"] for message in messages(kinesis, "alone")]
    views = [message for message in views if tall in message["segmentMembership"]["ups"]]
    assert [addresses(message) for message in views] == [["a@x.org"], ["b@x.org"]]
    assert views[1]["name"] == "Mira" and views[1]["height"] == 200
    ids = [message["id"] for message in messages(kinesis, "alone")]
    assert len(set(ids)) == len(ids)

    entity = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId=a@x.org"
    whole = list(server.expect(200, "GET", entity).values())[0]["entity"]
    single = list(server.expect(200, "GET", f"{entity}&mergePolicyId={alone}").values())[0]["entity"]
    assert whole["name"] == "Mira" and "name" not in single
    assert addresses(single) == ["a@x.org"] and single["height"] == 190
    stats = server.stats(flow)
    assert stats["pending"] == 0 and stats["triggered"] == stats["delivered"]


def test_an_estimate_of_more_members_than_profiles_is_answered(serve):
    server = serve()
    policy = server.expect(201, "POST", POLICIES, {"name": "alone", "identityGraph": {"type": "none"}})["id"]
    for first in range(0, 12_000, 1_000):
        server.ingest("profiles", [record(f"{n}@x.org", [f"also{n}@x.org"]) for n in range(first, first + 1_000)])
    question = {"predicateExpression": "color.isNull()", "predicateType": "pql/text", "mergePolicyId": policy}
    for _ in range(3):
        preview = server.call("POST", "/data/core/ups/preview", question).json["previewId"]
        while True:
            estimate = server.expect(200, "GET", f"/data/core/ups/estimate/{preview}")
            assert estimate["standardError"] >= 0
            if estimate["state"] == "RESULT_READY":
                break
    assert estimate["estimatedSize"] == 24_000
