"""A dataflow's life: another stream, other keys, under load and over kills."""

import collections
import json
import os
import random
import subprocess
import time

import headwater as hw
from test_crash import Load

ROTATIONS = 20
MOVES = int(os.environ.get("HEADWATER_MOVES", "6"))


def steps_in(kinesis, stream):
    arrived = collections.defaultdict(list)
    for record in hw.read_stream(kinesis, stream):
        payload = json.loads(record["Data"])
        arrived[payload["identityMap"]["email"][0]["id"]].append(payload["step"])
    return arrived


def only(server, kind, name):
    return server.expect(200, "GET", f"{hw.FLOW_SERVICE}/{kind}?property=name=={name}")["items"][0]


def patch(server, kind, name, operations, status=200):
    found = only(server, kind, name)
    path = f"{hw.FLOW_SERVICE}/{kind}/{found['id']}"
    return server.expect(status, "PATCH", path, operations, **{"If-Match": found["etag"]})


def move(server, stream):
    return patch(server, "targetConnections", "kinesis-target", [{"op": "replace", "path": "/params/stream", "value": stream}])


def begin(server, people=40):
    loads = [Load(server, range(start, start + 10)) for start in range(0, people, 10)]
    for load in loads:
        load.start()
    return loads


def finish(loads):
    for load in loads:
        load.ended = True
    for load in loads:
        load.join(60)


def test_twenty_new_keys_under_full_load_lose_and_reorder_nothing(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "4", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "rotated", 4)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "rotated", [everyone], ["step"])
    loads = begin(server)
    for number in range(ROTATIONS):
        time.sleep(random.uniform(0.05, 0.3))
        params = server.connection(endpoint.endpoint, key=f"AKIAEXAMPLE00000000{number:02}")["auth"]["params"]
        patch(server, "connections", "kinesis-account", [{"op": "add", "path": "/auth/params", "value": params}])
    finish(loads)
    stats = server.wait_until_delivered(flow)

    arrived = steps_in(kinesis, "rotated")
    for load in loads:
        for number in load.people:
            last = load.acknowledged[number]
            # Nothing lost, nothing out of order and nothing twice.
            assert last > 0 and arrived[f"p{number}@example.org"] == list(range(1, last + 1)), number
    assert stats["delivered"] == sum(len(steps) for steps in arrived.values())
    print(f"{stats['delivered']} records, {ROTATIONS} keys")
    assert server.stop() == 0


def test_another_stream_is_a_clean_cut_under_load_and_over_kills(serve, kinesis_local):
    seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    chance = random.Random(seed)
    endpoint = kinesis_local("--shards", "4", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    streams = [f"stream-{number}" for number in range(MOVES + 1)]
    for stream in streams:
        hw.create_stream(kinesis, stream, 4)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, streams[0], [everyone], ["step"])
    loads = begin(server)
    for number, stream in enumerate(streams[1:]):
        time.sleep(chance.uniform(0.1, 0.5))
        # A slow destination leaves records waiting for the former stream.
        faults = {"latencyMilliseconds": chance.randrange(200)}
        assert hw.request("PUT", f"{endpoint.endpoint}/_faults", faults).status == 204
        move(server, stream)
        if number % 2:
            server.kill()
            server.start()
    time.sleep(0.5)
    finish(loads)
    assert hw.request("PUT", f"{endpoint.endpoint}/_faults", {"latencyMilliseconds": 0}).status == 204
    server.wait_until_delivered(flow)
    assert server.flow(flow)["headwaterState"] == {"state": "running"}

    arrived = [steps_in(kinesis, stream) for stream in streams]
    for load in loads:
        for number in load.people:
            person = f"p{number}@example.org"
            each = [set(steps[person]) for steps in arrived]
            last = load.acknowledged[number]
            assert last > 0 and set(range(1, last + 1)) <= set().union(*each), f"seed {seed}: {person} lacks steps"
            newest = 0
            for steps in each:
                if not steps:
                    continue
                # A step whose answer a kill took is sent again, and triggers once more; all else is in one stream.
                assert min(steps) >= newest, f"seed {seed}: {person} has {sorted(steps)} after {newest}"
                newest = max(steps)
    assert server.stop() == 0


def test_a_dead_former_stream_is_given_up_by_redirect(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "1", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    for stream in ("dead", "alive"):
        hw.create_stream(kinesis, stream, 1)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "dead", [everyone], ["step"])
    kinesis.delete_stream(StreamName="dead")

    def write(step):
        lines = [{"identityMap": {"Email": [{"id": "a@example.org"}]}, "step": step}]
        assert server.ingest("profiles", lines)["accepted"] == 1

    write(1)
    server.wait_until(lambda: server.stats(flow)["state"] == "paused")
    move(server, "alive")
    write(2)
    state = server.flow(flow)["headwaterState"]
    assert [former["params"]["stream"] for former in state["formerTargets"]] == ["dead"], state
    server.wait_until(lambda: server.stats(flow)["state"] == "paused")
    assert server.stats(flow)["pending"] == 2

    server.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{flow}/action?op=redirect")

    server.wait_until_delivered(flow)
    assert steps_in(kinesis, "alive")["a@example.org"] == [1, 2]
    assert server.call("POST", f"{hw.FLOW_SERVICE}/flows/{flow}/action?op=redirect").json["errorCode"] == "1422-400"
    assert server.stop() == 0


def test_a_disabled_dataflow_is_made_up_for_over_a_kill(serve, kinesis_local):
    """A22 through the API, and `skip`."""
    endpoint = kinesis_local("--shards", "1", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "resumed", 1)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "resumed", [everyone], ["step"])

    def act(query):
        return server.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{flow}/action?op={query}")

    def write(step):
        lines = [{"identityMap": {"Email": [{"id": f"p{number}"}]}, "step": step} for number in range(300)]
        assert server.ingest("profiles", lines)["accepted"] == 300

    def delivered(count):
        server.wait_until(lambda: server.stats(flow)["delivered"] == count)
        return server.wait_until_delivered(flow)

    act("disable")
    write(1)
    write(2)
    server.kill()
    server.start()
    act("enable")
    assert delivered(300)["suppressed"]["disabled"] == 600
    act("disable")
    write(3)
    act("enable&onResume=skip")
    write(4)
    delivered(600)
    time.sleep(1)
    arrived = steps_in(kinesis, "resumed")
    assert len(arrived) == 300 and all(steps == [2, 4] for steps in arrived.values()), arrived
    # The hours outlive the kill and make up the books.
    runs = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/runs?property=flowId=={flow}")["items"]
    hours = [run["metrics"]["recordSummary"] for run in runs if run["kind"] == "hour"]
    assert sum(hour["inputRecordCount"] for hour in hours) == server.stats(flow)["triggered"] == 1_500, runs
    assert sum(hour["outputRecordCount"] for hour in hours) == 600, runs
    assert sum(hour["skippedRecordCount"] for hour in hours) == 900, runs
    assert server.stop() == 0


def test_runs_count_by_audience_what_told_of_it_over_kills(serve, kinesis_local):
    """Figures per audience are exact: what told of entries and exits, what was suppressed, what told of none."""
    endpoint = kinesis_local("--shards", "1", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "counted", 1)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    second = server.audience("Second", "step = 2")
    flow = server.dataflow(endpoint.endpoint, "counted", [everyone, second], ["step"])
    people = 200

    def write(step):
        lines = [{"identityMap": {"Email": [{"id": f"p{number}"}]}, "step": step} for number in range(people)]
        assert server.ingest("profiles", lines)["accepted"] == people

    def act(query):
        return server.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{flow}/action?op={query}")

    def settle():
        server.wait_until_delivered(flow)
        server.kill()
        server.start()

    write(1)  # Entered Everyone.
    write(2)  # Entered Second.
    settle()
    write(3)  # Left Second.
    write(4)  # An attribute alone.
    settle()
    act("disable")
    write(2)  # Entered Second, not made.
    act("enable&onResume=skip")
    settle()

    runs = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/runs?property=flowId=={flow}")["items"]
    hours = [run["metrics"]["recordSummary"] for run in runs if run["kind"] == "hour"]
    kinds = ("input", "output", "failed", "skipped")

    def total(counts):
        counts = list(counts)
        return [sum(one.get(f"{kind}RecordCount", 0) for one in counts) for kind in kinds]

    def of(audience):
        entities = [entity for hour in hours for entity in hour["targetSummaries"][0]["entitySummaries"]]
        return total(entity for entity in entities if entity["id"] == f"segment:{audience}")

    assert total(hours) == [5 * people, 4 * people, 0, people], runs
    assert of(everyone) == [people, people, 0, 0], runs
    assert of(second) == [3 * people, 2 * people, 0, people], runs
    assert total(hour["withoutAudience"] for hour in hours) == [people, people, 0, 0], runs
    balance = server.expect(200, "GET", f"/v1/dataflows/{flow}/balance?audiences=true")
    assert balance["isBalanced"] and balance["told"]["triggered"] == 4 * people, balance
    books = {audience["id"]: audience for audience in balance["audiences"]}
    assert books[second]["suppressed"]["disabled"] == people and books[second]["pending"] == 0, balance
    command = [hw.BINARY, "dataflows", "runs", "--audiences", "--data", server.directory / "data", flow]
    shown = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0 and "  Second  " in shown.stdout and "  (no audience)  " in shown.stdout, shown
    assert server.stop() == 0


def test_the_command_line_leads_a_dataflow_through_its_life(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "1", "--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "typed", 1)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE0000000001", "AWS_SECRET_ACCESS_KEY": "example-secret"}

    def run(*arguments):
        command = [hw.BINARY, "dataflows", *arguments, "--data", server.directory / "data"]
        command = [str(part) for part in command]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **keys})

    def printed(*arguments):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    made = printed(
        "create", "--name", "Typed", "--stream", "typed", "--kinesis", endpoint.endpoint,
        "--audience", "Everyone", "--attribute", "step", "--json",
    )
    flow = made["id"]
    selectors = made["transformations"][0]["params"]
    assert selectors["segmentSelectors"]["selectors"][0]["value"]["id"] == everyone
    assert selectors["profileSelectors"]["selectors"][0]["value"]["path"] == "step"
    assert printed("list") == f"{flow}  running  Typed\n"
    lines = [{"identityMap": {"Email": [{"id": "a"}]}, "step": 1}]
    assert server.ingest("profiles", lines)["accepted"] == 1
    server.wait_until_delivered(flow)
    assert printed("show", "Typed", "--json")["stats"]["delivered"] == 1
    assert "  delivered 1\n" in printed("show", flow)
    runs = printed("runs", "Typed").splitlines()
    assert any("1 triggered, " in line for line in runs) and any("backfill" in line for line in runs), runs
    assert {run["kind"] for run in printed("runs", flow, "--json")["items"]} == {"hour", "backfill"}
    printed("map", "Typed", "--attribute", "other", "--attribute", "third")
    unmapped = printed("unmap", "Typed", "--attribute", "other", "--attribute", "step", "--json")
    paths = unmapped["transformations"][0]["params"]["profileSelectors"]["selectors"]
    assert [selector["value"]["path"] for selector in paths] == ["third"]
    assert run("unmap", "Typed", "--attribute", "step").returncode == 65
    assert printed("disable", "Typed").startswith(f"{flow}  disabled")
    assert printed("enable", "Typed", "--on-resume", "skip").startswith(f"{flow}  running")
    assert run("redirect", "Typed").returncode == 65
    changed = printed("update", "Typed", "--param", "envelope=cloudevents", "--param", 'triggers=["membership"]', "--json")
    assert changed["target"]["params"]["envelope"] == "cloudevents"
    assert "  target     envelope cloudevents\n" in printed("show", "Typed")
    assert "CloudEvents" in printed("schema", "Typed") or "specversion" in printed("schema", "Typed")
    assert {sample["payload"]["specversion"] for sample in json.loads(printed("samples", flow))["items"]} == {"1.0"}
    assert run("update", "Typed", "--param", "envelope=none", "--param", "triggers=never").returncode == 65
    assert run("update", "Typed", "--param", "retries").returncode == 64
    assert printed("update", "Typed", "--reset", "triggers", "--json")["target"]["params"]["envelope"] == "cloudevents"
    backfill = subprocess.run(
        [hw.BINARY, "backfills", "create", "Typed", "--audience", "Everyone", "--json", "--data", server.directory / "data"],
        capture_output=True, text=True, timeout=120,
    )
    assert json.loads(backfill.stdout)["state"] == "completed", backfill.stderr
    assert printed("delete", "Typed").startswith(f"{flow} deleted\n  with its source ")
    assert printed("list") == ""
    assert run("show", "Typed").returncode == 65
    assert server.stop() == 0


def test_what_the_command_line_makes_is_whole_or_nothing(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "1", "--no-limits")
    hw.create_stream(hw.boto(endpoint.endpoint), "typed", 1)
    server = serve()
    server.audience("Everyone", "step >= 0")
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE0000000001", "AWS_SECRET_ACCESS_KEY": "example-secret"}

    def run(*arguments):
        command = [str(part) for part in [hw.BINARY, "dataflows", *arguments, "--data", server.directory / "data"]]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **keys})

    def stored():
        kinds = ["connections", "sourceConnections", "targetConnections", "flows"]
        return [
            [item["id"] for item in server.expect(200, "GET", f"{hw.FLOW_SERVICE}/{kind}?limit=100")["items"]] for kind in kinds
        ]

    before = stored()
    create = ["create", "--name", "Typed", "--kinesis", endpoint.endpoint]
    for wrong in [
        ["--stream", "absent"], ["--stream", "typed", "--param", "envelope=maybe"],
        ["--stream", "typed", "--audience", "Nobody"], ["--stream", "typed", "--attribute", "identityMap.Email"],
        ["--stream", "typed", "--param", "partitionKey={\"namespace\":\"Nothing\"}"],
    ]:
        assert run(*create, *wrong).returncode == 65, wrong
        assert stored() == before, wrong

    made = run(*create, "--stream", "typed", "--param", "envelope=cloudevents", "--json")
    flow = json.loads(made.stdout)
    account = flow["target"]["baseConnectionId"]
    second = run("create", "--name", "Second", "--stream", "typed", "--account", "Typed", "--json")
    assert json.loads(second.stdout)["target"]["baseConnectionId"] == account, second.stderr
    refused = run("delete", "Typed", "--account")
    assert refused.returncode == 65 and "1418-400" in refused.stderr, refused
    gone = run("delete", "Typed", "--json")
    assert json.loads(gone.stdout)["targetConnectionIds"] == flow["targetConnectionIds"]
    last = run("delete", "Second", "--account")
    assert f"with its account {account}" in last.stdout, last.stderr
    # The connection to the profile store is everybody's.
    assert [len(ids) for ids in stored()] == [len(before[0]) + 1, 0, 0, 0]
    assert server.stop() == 0
