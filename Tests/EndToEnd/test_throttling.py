"""One record in ten throttled: everything arrives, nothing out of order."""

import collections
import json
import os

import headwater as hw

PEOPLE = 2_000
EXPORTS = int(os.environ.get("HEADWATER_THROTTLE_EXPORTS", "100000"))


def test_a_tenth_throttled_arrives_complete_and_in_order(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "16", "--no-limits", "--throttle", "0.1")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "throttled", 16)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "throttled", [everyone], ["step"])

    steps = EXPORTS // PEOPLE
    for step in range(steps):
        lines = [
            {"identityMap": {"Phone": [{"id": f"p{number}"}]}, "step": step}
            for number in range(PEOPLE)
        ]
        assert server.ingest("profiles", lines)["accepted"] == PEOPLE
    stats = server.wait_until_delivered(flow, seconds=300)

    arrived = collections.defaultdict(list)
    for record in hw.read_stream(kinesis, "throttled"):
        payload = json.loads(record["Data"])
        arrived[payload["identityMap"]["phone"][0]["id"]].append(payload["step"])
    assert stats["delivered"] == steps * PEOPLE
    assert len(arrived) == PEOPLE
    assert all(found == list(range(steps)) for found in arrived.values())
