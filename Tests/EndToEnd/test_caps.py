"""What becomes of a profile with more identities than it may have, by the rule that the server was started with."""

import headwater as hw


def person(devices, **fields):
    identities = [{"id": f"d{number}"} for number in devices]
    return {"identityMap": {"Email": [{"id": "mira@example.org", "primary": True}], "IDFA": identities}, **fields}


def fill(server):
    """Sixty devices of one person, ten at a time."""
    for first in range(0, 60, 10):
        assert server.ingest("profiles", [person(range(first, first + 10))])["accepted"] == 1


def identities(server):
    entity = server.profile("Email", "mira@example.org")["identityMap"]
    return sum(len(members) for members in entity.values())


def test_a_profile_over_the_cap_lets_devices_go_or_is_left_out(serve, kinesis_local):
    local = kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "caps", 1)
    server = serve("--identity-cap", "exclude")
    tall = server.audience("Tall", "height > 180")
    flow = server.dataflow(local.endpoint, "caps", [tall], ["height"])
    fill(server)
    assert identities(server) == 61
    assert server.ingest("profiles", [person([], height=190)])["accepted"] == 1
    server.wait_until_delivered(flow)
    assert hw.read_stream(kinesis, "caps") == []

    assert server.stop() == 0
    server.options = ()
    server.start()
    assert server.ingest("profiles", [person([60], height=191)])["accepted"] == 1
    server.wait_until_delivered(flow)
    assert identities(server) == 50
    assert len(hw.read_stream(kinesis, "caps")) == 1
