"""Members are told of an audience that was taken out of a dataflow, once each, over kills."""

import json

import headwater as hw
from jsonschema import Draft202012Validator
from test_audiences import until
from test_backfill import run

MEMBERS = 1_500
OUTSIDERS = 300


def person(number, step=0, colour="red"):
    return {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "step": step, "colour": colour}


def unmap(server, flow, audience):
    selectors = server.flow(flow)["transformations"][0]["params"]["segmentSelectors"]["selectors"]
    place = [selector["value"]["id"] for selector in selectors].index(audience)
    path = hw.SELECTORS.format("segmentSelectors")[:-1] + str(place)
    answer = server.patch_flow(flow, [{"op": "remove", "path": path}])
    assert answer.status == 202, answer
    return answer.json


def told(client, audience, schema):
    """What arrived of each person: the step and how the audience stands."""
    arrived = {}
    for record in hw.read_stream(client, "left"):
        payload = json.loads(record["Data"])
        Draft202012Validator(schema).validate(payload)
        entry = payload["segmentMembership"]["ups"].get(audience, {})
        person = payload["identityMap"]["email"][0]["id"]
        arrived.setdefault(person, []).append((payload["step"], entry.get("status")))
    return arrived


def test_members_of_an_unmapped_audience_are_told_of_once_over_kills(serve, kinesis_local):
    kinesis = kinesis_local("--no-limits")
    client = hw.boto(kinesis.endpoint)
    hw.create_stream(client, "left", 2)
    server = serve("--backfill-rate", "300")
    everybody, red = server.audience("everybody", "step >= 0"), server.audience("red", 'colour = "red"')
    server.ingest("profiles", [person(number) for number in range(MEMBERS)])
    server.ingest("profiles", [person(number, colour="blue") for number in range(MEMBERS, MEMBERS + OUTSIDERS)])
    flow = server.dataflow(
        kinesis.endpoint, "left", [everybody, red], ["step"], backfill=False,
        emitOnUnmap=True, membershipScope="mapped", includeSegmentTimestamps=True,
    )

    id = unmap(server, flow, red)["unmappingId"]

    changed, left = {}, set()
    for round in range(1, 5):
        until(lambda: server.expect(200, "GET", f"/v1/backfills/{id}")["records"] > 150 * round)
        numbers = range(round * 7, MEMBERS + OUTSIDERS, 29)
        lines = [person(number, round, "blue" if number % 2 else "red") for number in numbers if number < MEMBERS]
        lines += [person(number, round, "blue") for number in numbers if number >= MEMBERS]
        server.ingest("profiles", lines)
        for line in lines:
            changed[line["identityMap"]["Email"][0]["id"]] = round
        server.kill()
        server.start()
    until(lambda: server.expect(200, "GET", f"/v1/backfills/{id}")["state"] == "completed")

    order = server.expect(200, "GET", f"/v1/backfills/{id}")
    assert order["origin"] == "unmapping" and order["audiences"] == [red], order
    stats = server.wait_until_delivered(flow)
    assert stats["isBalanced"], stats
    arrived = told(client, red, server.expect(200, "GET", f"/v1/dataflows/{flow}/schema"))
    members = {f"p{number}@x.example" for number in range(MEMBERS)}
    for member in members:
        exits = {entry for entry in arrived[member] if entry[1]}
        # A kill may have a record sent twice, the same both times.
        assert len(exits) == 1 and next(iter(exits))[1] == "exited", (member, arrived[member])
        assert arrived[member][-1][0] == changed.get(member, 0), (member, arrived[member])
    assert order["records"] == MEMBERS, order
    for outsider in set(arrived) - members:
        assert all(status is None for _, status in arrived[outsider]), (outsider, arrived[outsider])
    shown = run(server, "show", id)
    assert "origin       unmapping" in shown.stdout, shown
    # Without the option nothing is sent.
    triggered = server.stats(flow)["triggered"]
    target = server.flow(flow)["targetConnectionIds"][0]
    path = f"{hw.FLOW_SERVICE}/targetConnections/{target}"
    etag = server.expect(200, "GET", path)["items"][0]["etag"]
    off = [{"op": "replace", "path": "/params/emitOnUnmap", "value": False}]
    server.expect(200, "PATCH", path, off, **{"If-Match": etag})
    assert "unmappingId" not in unmap(server, flow, everybody)
    assert server.stats(flow)["triggered"] == triggered
    assert server.stop() == 0
