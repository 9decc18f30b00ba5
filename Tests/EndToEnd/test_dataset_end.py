"""Datasets that end on a date, with all that they have stated."""

import json
import subprocess
import time
from datetime import datetime, timedelta, timezone

import headwater as hw
from test_audiences import until


def run(server, *arguments):
    command = [hw.BINARY, "datasets", *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)


def person(number, **members):
    return {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, **members}


def at(seconds):
    instant = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def gold(server):
    return server.audience("gold", 'tier = "gold"')


def members(server, audience):
    return server.call("GET", f"/data/core/ups/segment/definitions/{audience}").json["memberCount"]


def test_people_lose_what_a_dataset_has_stated(serve, kinesis_local):
    server = serve()
    local = kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "people", 1)
    audience = gold(server)
    flow = server.dataflow(local.endpoint, "people", [audience], ["tier", "city"], backfill=False)
    count = 60
    server.ingest("profiles?dataset=crm", [person(n, city="Ulm") for n in range(count)])
    server.ingest("profiles?dataset=trial", [person(n, tier="gold", city="Bonn") for n in range(count)])
    until(lambda: members(server, audience) == count)

    done = run(server, "end", "trial", "--on", at(4), "--reason", "The licence ends.")
    assert done.returncode == 0 and "pending" in done.stdout, (done.stdout, done.stderr)

    # Nobody sends anything.
    until(lambda: members(server, audience) == 0)
    until(lambda: json.loads(run(server, "end", "trial", "--json").stdout)["status"] == "completed")
    shown = json.loads(run(server, "end", "trial", "--json").stdout)
    assert shown["headwater"]["factsRemoved"] == 2 * count, shown
    assert shown["headwater"]["profilesChanged"] == count, shown
    server.wait_until_delivered(flow)
    records = [json.loads(one["Data"]) for one in hw.read_stream(kinesis, "people")]
    last = {}
    for record in records:
        last[json.dumps(record["identityMap"])] = record
    assert len(last) == count
    for record in last.values():
        assert record["city"] == "Ulm" and "tier" not in record, record
        assert "exited" in json.dumps(record["segmentMembership"]), record
    refused = hw.request(
        "POST",
        f"{server.url}/v1/profiles?dataset=trial",
        json.dumps(person(1, tier="gold")).encode(),
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"},
    )
    assert refused.status == 404 and refused.json["errorCode"] == "DATASET_EXPIRED", refused
    assert "trial" not in run(server, "list").stdout


def test_a_date_that_passes_while_the_server_is_down_counts_and_a_kill_costs_nothing(serve):
    server = serve()
    audience = gold(server)
    count = 3_000
    for start in range(0, count, 500):
        server.ingest("profiles?dataset=trial", [person(n, tier="gold") for n in range(start, start + 500)])
    until(lambda: members(server, audience) == count)
    due = time.time() + 20
    assert run(server, "end", "trial", "--on", at(20)).returncode == 0
    server.kill()
    until(lambda: time.time() > due + 1)
    server.start()
    for _ in range(3):
        server.kill()
        server.start()
    until(lambda: members(server, audience) == 0)
    until(lambda: "completed" in run(server, "end", "trial").stdout)
    assert "tier" not in json.dumps(server.profile("Email", "p7@x.example"))


def test_a_date_can_be_moved_and_cancelled(serve):
    server = serve()
    audience = gold(server)
    server.ingest("profiles?dataset=trial", [person(1, tier="gold")])
    due = time.time() + 20
    assert run(server, "end", "trial", "--on", at(20)).returncode == 0
    assert run(server, "end", "trial", "--on", "2099-12-31").returncode == 0
    assert "2099-12-31T00:00:00Z" in run(server, "end").stdout
    assert run(server, "end", "trial", "--cancel").returncode == 0
    assert "cancelled" in run(server, "end", "trial").stdout
    # The date that was moved and then cancelled comes, and nothing ends.
    until(lambda: time.time() > due + 1)
    server.ingest("profiles?dataset=trial", [person(2, tier="gold")])
    until(lambda: members(server, audience) == 2)


def test_wrong_words_are_refused(serve):
    server = serve()
    server.ingest("profiles", [person(1, tier="gold")])
    server.ingest("profiles?dataset=trial", [person(1, tier="gold")])
    for words in (["end", "--cancel"], ["end", "trial", "--on", "2099-01-01", "--cancel"], ["end", "trial", "--reason", "x"]):
        assert run(server, *words).returncode == 64, words
    for words in (
        ["end", "nothing", "--on", "2099-01-01"],
        ["end", "trial", "--on", "soon"],
        ["end", "trial", "--on", "2020-01-01"],
        ["end", "trial", "--cancel"],
        ["end", "default", "--on", "2099-01-01"],
    ):
        done = run(server, *words)
        assert done.returncode not in (0, 64) and "headwater:" in done.stderr, (words, done)
