"""A store that moves from its directory into a database: everything is there, and goes on."""

import json
import os
import signal
import subprocess
import time

import headwater as hw
import pytest
from test_sandboxes import SANDBOXES, is_known, within

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
    ),
    pytest.mark.skipif(os.environ.get("HEADWATER_STORAGE") == "postgres", reason="the store is there already"),
]
FAULTS = "_faults"


def copy(server, url, *options):
    command = [hw.BINARY, "copy", "--data", server.directory / "data", *options]
    return subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "HEADWATER_DATABASE": url},
    )


def wait_for_sandboxes(server):
    """Those beside the default one are opened behind the start."""
    server.wait_until(lambda: within(server, "dev").call("GET", "/v1/changes").status == 200)


def person(number, step):
    return {"identityMap": {"Email": [{"id": f"p{number}@example.org"}]}, "step": step}


def event(number, step):
    return {
        "_id": f"e{number}-{step}",
        "timestamp": "2026-11-01T10:00:00Z",
        "identityMap": {"Email": [{"id": f"p{number}@example.org"}]},
        "eventType": "web.visit",
    }


def views(server, flows):
    """What a client sees of everything that moved."""
    wait_for_sandboxes(server)
    seen = {}
    for sandbox in ("prod", "dev"):
        here = within(server, sandbox)
        seen[sandbox, "people"] = [here.profile("Email", f"p{number}@example.org") for number in range(50)]
        seen[sandbox, "events"] = [
            here.call(
                "GET",
                "/data/core/ups/access/entities?schema.name=_xdm.context.experienceevent"
                f"&relatedSchema.name=_xdm.context.profile&relatedEntityIdNS=Email&relatedEntityId=p{number}@example.org",
            ).json
            for number in range(50)
        ]
        seen[sandbox, "segments"] = here.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"]
        seen[sandbox, "flows"] = [
            {name: flow[name] for name in ("id", "name", "state", "createdAt", "etag", "transformations")}
            for flow in here.expect(200, "GET", f"{hw.FLOW_SERVICE}/flows")["items"]
        ]
        history = here.expect(200, "GET", "/v1/changes")
        seen[sandbox, "changes"] = [json.dumps(change) for change in history["items"]]
    within(server, "prod")
    for flow in flows:
        stats = server.stats(flow)
        seen[flow] = {name: stats[name] for name in ("triggered", "delivered", "superseded", "parked", "pending")}
    return seen


@pytest.mark.parametrize("storage", ["sqlite", "log"])
def test_a_copied_store_has_everything_and_goes_on(serve, kinesis_local, tmp_path, storage):
    server, local = serve("--storage", storage), kinesis_local("--no-limits")
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "out", 2)
    server.expect(202, "POST", SANDBOXES, {"name": "dev", "title": "dev", "type": "development"})
    server.wait_until(lambda: server.expect(200, "GET", f"{SANDBOXES}/dev")["state"] == "active")
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(local.endpoint, "out", [everyone], ["step"])
    for sandbox in ("dev", "prod"):
        here = within(server, sandbox)
        assert here.ingest("profiles", [person(number, 1) for number in range(50)])["accepted"] == 50
        assert here.ingest("events", [event(number, 1) for number in range(0, 50, 3)])["accepted"] == 17
    within(server, "dev").audience("Some", "step > 1")
    within(server, "prod")
    server.wait_until_delivered(flow)
    # Some of it waits when the server is stopped.
    assert hw.request("PUT", f"{local.endpoint}/{FAULTS}", {"everyNthRecordThrottled": 1}).status == 204
    assert server.ingest("profiles", [person(number, 2) for number in range(50)])["accepted"] == 50
    time.sleep(0.5)
    seen = views(server, [flow])
    assert seen[flow]["pending"] > 0
    assert server.stop() == 0

    url, data = hw.database_for(tmp_path), server.directory / "data"
    done = copy(server, url, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["stores"]
    assert [store["sandbox"] for store in told] == ["prod", "dev"]
    assert told[0]["tables"]["profile"]["rows"] == told[1]["tables"]["profile"]["rows"] == 50
    assert told[0]["tables"]["event"]["rows"] == 17 and told[0]["tables"]["outbox"]["rows"] == seen[flow]["pending"]
    assert (server.directory / "data" / "copied" / "headwater.db").exists()

    # Without the database the server says where the store is, and begins no empty one.
    started = subprocess.run(
        [hw.BINARY, "serve", "--data", server.directory / "data", "--port", str(hw.free_port())],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert started.returncode != 0 and "was copied into a database" in started.stderr, started.stderr

    server.options = ()
    server.environment = {"HEADWATER_DATABASE": url}
    server.start()
    after = views(server, [flow])
    for name in seen:
        assert after[name] == seen[name], name
    # Old records, then new ones; who was there is known, and who is new is one person.
    assert server.ingest("profiles", [person(number, 3) for number in range(60)])["accepted"] == 60
    # An event that was there before comes twice.
    assert server.ingest("events", [event(0, 1), event(0, 2)])["accepted"] == 1
    assert hw.request("PUT", f"{local.endpoint}/{FAULTS}", {}).status == 204
    server.wait_until_delivered(flow)
    steps = {}
    for record in hw.read_stream(kinesis, "out"):
        payload = json.loads(record["Data"])
        steps.setdefault(payload["identityMap"]["email"][0]["id"], []).append(payload["step"])
    assert {name: found for name, found in steps.items() if found not in ([1, 2, 3], [3])} == {}
    assert len(steps) == 60
    assert not is_known(within(server, "dev"), "p55@example.org")
    within(server, "prod")
    assert server.stop() == 0

    # What is there is not written over.
    again = copy(server, url)
    assert again.returncode == 65 and "was copied into a database" in again.stderr, again

    # As if it had ended between the last rename and the files.
    (data / "copied" / "headwater.db").rename(data / "headwater.db")
    started = subprocess.run(
        [hw.BINARY, "serve", "--data", data, "--port", "0"], capture_output=True, text=True, timeout=60
    )
    assert started.returncode == 65 and "was interrupted" in started.stderr, started.stderr
    finished = copy(server, url)
    assert finished.returncode == 0 and "in the database already" in finished.stdout, finished
    assert not (data / "headwater.db").exists() and (data / "copied" / "headwater.db").exists()
    server.start()
    wait_for_sandboxes(server)
    assert within(server, "dev").profile("Email", "p1@example.org")["step"] == 1
    within(server, "prod")
    assert server.stop() == 0


def test_records_of_before_a_move_go_where_they_belong_after_the_copy_too(serve, kinesis_local, tmp_path):
    server, local = serve(), kinesis_local("--no-limits")
    kinesis = hw.boto(local.endpoint)
    for stream in ("old", "new"):
        hw.create_stream(kinesis, stream, 1)
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(local.endpoint, "old", [everyone], ["step"])
    assert hw.request("PUT", f"{local.endpoint}/{FAULTS}", {"everyNthRecordThrottled": 1}).status == 204
    assert server.ingest("profiles", [person(number, 1) for number in range(10)])["accepted"] == 10
    connection = server.flow(flow)["targetConnectionIds"][0]
    path = f"{hw.FLOW_SERVICE}/targetConnections/{connection}"
    etag = server.expect(200, "GET", path)["items"][0]["etag"]
    change = [{"op": "replace", "path": "/params/stream", "value": "new"}]
    assert server.call("PATCH", path, change, **{"If-Match": etag}).status == 200
    assert server.stop() == 0
    url = hw.database_for(tmp_path)
    assert copy(server, url).returncode == 0
    server.environment = {"HEADWATER_DATABASE": url}
    server.start()
    assert server.ingest("profiles", [person(number, 2) for number in range(10)])["accepted"] == 10
    assert hw.request("PUT", f"{local.endpoint}/{FAULTS}", {}).status == 204
    server.wait_until_delivered(flow)
    for stream, step in (("old", 1), ("new", 2)):
        found = [json.loads(record["Data"])["step"] for record in hw.read_stream(kinesis, stream)]
        assert found == [step] * 10, (stream, found)
    assert server.stop() == 0


def test_a_copy_that_is_interrupted_leaves_nothing_and_is_begun_anew(serve, tmp_path):
    server = serve()
    for start in range(0, 20_000, 5_000):
        lines = [{**person(number, 1), "note": "n" * 300} for number in range(start, start + 5_000)]
        assert server.ingest("profiles", lines)["accepted"] == 5_000
    url = hw.database_for(tmp_path)
    assert copy(server, url).returncode == 75, "a server is at work in the directory"
    assert server.stop() == 0
    for delay in (0.2, 0.6, 1.2):
        command = [hw.BINARY, "copy", "--data", server.directory / "data"]
        process = subprocess.Popen(
            command, env={**os.environ, "HEADWATER_DATABASE": url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            pytest.fail("the copy was faster than the kill")
        # The directory is a server's as before.
        assert (server.directory / "data" / "headwater.db").exists()
    server.start()
    assert server.profile("Email", "p19999@example.org")["step"] == 1
    assert server.stop() == 0
    done = copy(server, url)
    assert done.returncode == 0, done.stderr
    assert "20,000 profiles" in done.stdout.replace("\u202f", ","), done.stdout
    server.environment = {"HEADWATER_DATABASE": url}
    server.start()
    assert server.profile("Email", "p19999@example.org")["step"] == 1
    assert server.stop() == 0


def test_a_database_that_holds_a_store_or_is_not_there_is_refused(serve, tmp_path):
    server = serve()
    assert server.ingest("profiles", [person(1, 1)])["accepted"] == 1
    assert server.stop() == 0
    url = hw.database_for(tmp_path)
    (tmp_path / "other").mkdir()
    other = hw.Headwater(tmp_path / "other", environment={"HEADWATER_DATABASE": url})
    assert other.stop() == 0
    refused = copy(server, url)
    assert refused.returncode == 65 and "holds a store already" in refused.stderr, refused
    away = copy(server, f"postgres://headwater:hunter2@127.0.0.1:{hw.free_port()}/none")
    assert away.returncode == 69 and "hunter2" not in away.stderr, away
    server.start()
    assert server.profile("Email", "p1@example.org")["step"] == 1
    assert server.stop() == 0
