"""Work behind the answers goes on over SIGKILL, wherever it comes."""

import json
import os
import random
import threading
import time

import headwater as hw
from test_audiences import until
from test_backfill import person
from test_crash import Load
from test_dataflow_life import finish, patch, steps_in
from test_identity_views import POLICIES, addresses, audience, record

PEOPLE = 3_000


def chance():
    seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    return random.Random(seed)


def again(server):
    server.kill()
    server.start()


def test_what_a_disabled_dataflow_left_undone_is_made_up_for_over_kills(serve, kinesis_local):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "resumed", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "resumed", [everyone], ["step"])
    action = f"{hw.FLOW_SERVICE}/flows/{flow}/action?op="
    server.expect(200, "POST", action + "disable")
    for step in (1, 2):
        for first in range(0, PEOPLE, 500):
            server.ingest("profiles", [person(number, step) for number in range(first, first + 500)])
    server.expect(200, "POST", action + "enable")
    kills = 0
    # A slow machine may be through with it between two looks.
    while server.flow(flow)["headwaterState"].get("reconcile") and kills < 4:
        again(server)
        kills += 1
    print(f"{kills} kills")
    until(lambda: server.stats(flow)["triggered"] == 3 * PEOPLE)
    stats = server.wait_until_delivered(flow)

    assert stats["suppressed"]["disabled"] == 2 * PEOPLE and stats["isBalanced"], stats
    arrived = steps_in(kinesis, "resumed")
    assert len(arrived) == PEOPLE and all(set(steps) == {2} for steps in arrived.values())


def test_keys_that_are_rotated_over_kills_lose_and_reorder_nothing(serve, kinesis_local):
    dice = chance()
    endpoint = kinesis_local("--shards", "2", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "rotated", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "rotated", [everyone], ["step"])
    loads = [Load(server, range(start, start + 5)) for start in range(0, 20, 5)]
    for load in loads:
        load.start()
    for number in range(6):
        params = server.connection(endpoint.endpoint, key=f"AKIAEXAMPLE00000001{number:02}")["auth"]["params"]
        operations = [{"op": "add", "path": "/auth/params", "value": params}]

        def rotate():
            try:
                patch(server, "connections", "kinesis-account", operations)
            except (AssertionError, OSError):
                pass  # The kill took the answer, or the server; either key is right.

        rotation = threading.Thread(target=rotate)
        rotation.start()
        time.sleep(dice.uniform(0, 0.1))
        server.kill()
        rotation.join()
        server.start()
        time.sleep(dice.uniform(0, 0.3))
    finish(loads)
    server.wait_until_delivered(flow)

    arrived = steps_in(kinesis, "rotated")
    for load in loads:
        for number in load.people:
            last = load.acknowledged[number]
            steps = arrived[f"p{number}@example.org"]
            # A kill may send a record twice, and never an older one after a newer one that was not sent again too.
            firsts = list(dict.fromkeys(steps))
            assert last > 0 and firsts[:last] == list(range(1, last + 1)), (number, steps)


def test_views_of_single_identities_outlive_kills(serve, kinesis_local):
    dice = chance()
    local = kinesis_local("--no-limits")
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "alone", 1)
    server = serve()
    policy = server.expect(201, "POST", POLICIES, {"name": "alone", "identityGraph": {"type": "none"}})["id"]
    red = audience(server, "Red", 'color = "red"', policy)
    flow = server.dataflow(local.endpoint, "alone", [red], ["color"])
    colors = {}
    for turn in range(12):
        lines = []
        for _ in range(40):
            first, other = dice.sample(range(40), 2)
            color = dice.choice(["red", "blue"])
            # Some are linked (to fewer than a profile may have), so that profiles become one; that changes nobody's view.
            lines.append(record(f"{first}@x.org", [f"{other}@x.org"] * dice.choice([0, 0, 1]), color=color))
            colors[f"{first}@x.org"] = color
        server.ingest("profiles", lines)
        if dice.random() < 0.5:
            again(server)
    server.wait_until_delivered(flow)

    last = {}
    for item in hw.read_stream(kinesis, "alone"):
        message = json.loads(item["Data"])
        last[addresses(message)[0]] = message
    for address, color in colors.items():
        entry = last.get(address, {}).get("segmentMembership", {}).get("ups", {}).get(red, {}).get("status")
        assert (entry == "realized") == (color == "red"), (address, color, entry)
        assert color != "red" or last[address]["color"] == "red"
    members = server.expect(200, "GET", f"/data/core/ups/segment/definitions/{red}")["memberCount"]
    assert members == sum(color == "red" for color in colors.values())
    again(server)
    assert server.expect(200, "GET", f"/data/core/ups/segment/definitions/{red}")["memberCount"] == members
