"""Datasets that say how long their events stay."""

import json
import subprocess
from datetime import datetime, timedelta, timezone

import headwater as hw
from test_audiences import until


def run(server, *arguments):
    command = [hw.BINARY, "datasets", *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)


def send(server, dataset, *events):
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
    lines = "".join(json.dumps(event) + "\n" for event in events)
    return hw.request("POST", f"{server.url}/v1/events?dataset={dataset}", lines.encode(), headers).json


def event(person, number, age):
    timestamp = datetime.now(timezone.utc) - age
    return {
        "identityMap": {"Email": [{"id": f"p{person}@x.example"}]},
        "_id": f"{person}-{number}",
        "timestamp": timestamp.isoformat(),
    }


def test_events_go_when_their_dataset_keeps_them_no_longer(serve):
    server = serve()
    old, new = timedelta(days=3), timedelta(hours=5)
    for person in range(20):
        assert send(server, "web", event(person, 1, old), event(person, 2, new))["accepted"] == 2
    send(server, "till", event(0, 3, old))
    definition = {
        "name": "twice",
        "expression": {"type": "PQL", "format": "pql/text", "value": "xEvent.count() > 1"},
    }
    made = server.call("POST", "/data/core/ups/segment/definitions", definition).json
    members = lambda: server.call("GET", f"/data/core/ups/segment/definitions/{made['id']}").json["memberCount"]
    until(lambda: members() == 20)

    done = run(server, "expire", "web", "--after", "P1D")
    assert done.returncode == 0, done.stderr

    # Nobody sends anything: the profiles are visited. One still has an event of another dataset.
    until(lambda: members() == 1)
    listed = run(server, "list").stdout
    assert "P1D" in listed and "for ever" in listed, listed
    refused = send(server, "web", event(1, 4, old))
    assert refused["failed"] == 1 and refused["errors"][0]["code"] == "EVENT_EXPIRED", refused
    assert send(server, "web", event(1, 1, new))["accepted"] == 1
    assert members() == 2


def test_a_name_of_two_datasets_is_refused(serve):
    server = serve()
    for _ in range(2):
        server.call("POST", "/data/foundation/catalog/dataSets", {"name": "twin"})
    done = run(server, "expire", "twin", "--after", "P1D")
    assert done.returncode == 65 and "2 datasets" in done.stderr, done.stderr
    assert "P1D" not in run(server, "list").stdout


def test_wrong_words_are_refused(serve):
    server = serve()
    send(server, "web", event(1, 1, timedelta(hours=1)))
    for words in (["expire", "web"], ["expire", "web", "--after", "P1D", "--never"]):
        assert run(server, *words).returncode == 64
    for words in (["expire", "nothing", "--never"], ["expire", "web", "--after", "30 days"]):
        done = run(server, *words)
        assert done.returncode == 65 and "headwater:" in done.stderr, done.stderr
    assert run(server, "expire", "web", "--never").returncode == 0
