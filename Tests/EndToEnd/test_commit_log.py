"""A store with a commit log in front of its database: what other programs see of it, and what damage does."""

import concurrent.futures
import json
import resource
import sqlite3

import headwater as hw
import pytest

from test_backup import backup, balanced, command, restore
from test_erasure import entity, wait_until_scrubbed

#: Requests of one go, so that there are several groups in the log.
REQUESTS = 10


def ingest(server, first, count=100):
    lines = [
        {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "age": number}
        for number in range(first, first + count)
    ]
    answer = server.ingest("profiles", lines)
    assert answer["failed"] == 0, answer


def groups(data):
    """The groups of the log by the number of their first entry: the file, and where they begin in it."""
    found = {}
    for path in (data / "log").iterdir():
        content = path.read_bytes()
        for offset in range(0, len(content), 4096):
            if content[offset : offset + 8] == b"HWGROUP1":
                found[int.from_bytes(content[offset + 24 : offset + 32], "little")] = (path, offset)
    return found


def applied(data):
    with sqlite3.connect(data / "headwater.db") as database:
        return database.execute("SELECT applied FROM commit_log").fetchone()[0]


def profiles(data):
    with sqlite3.connect(data / "headwater.db") as database:
        return database.execute("SELECT count(*) FROM profile").fetchone()[0]


def left_in_the_log(server, at_least):
    """Has messages acknowledged and the server killed before they are in the database.

    Returns how many profiles were acknowledged, and the numbers of the groups that the database lacks.
    """
    data, sent = server.directory / "data", 0
    for _ in range(20):
        for _ in range(REQUESTS):
            ingest(server, sent)
            sent += 100
        server.kill()
        left = sorted(number for number in groups(data) if number > applied(data))
        if len(left) >= at_least:
            return sent, left
        # Once a second the database catches up, so it may just have.
        server.start()
    raise AssertionError("the database was never behind")


def test_what_stands_in_the_log_alone_survives_a_kill_and_the_other_storage_takes_it_over(serve):
    server = serve("--storage", "log")
    data = server.directory / "data"
    sent, _ = left_in_the_log(server, 1)
    assert profiles(data) < sent
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data / "log").iterdir())
    server.use_storage("sqlite")
    server.start()
    assert list((data / "log").iterdir()) == []
    server.stop()
    assert profiles(data) == sent
    balanced(data)
    # And back again.
    server.use_storage("log")
    server.start()
    ingest(server, sent)
    server.stop()
    assert profiles(data) == sent + 100
    balanced(data)


def test_backup_and_doctor_see_what_stands_in_the_log_of_a_running_server(serve, tmp_path):
    server = serve("--storage", "log")
    data = server.directory / "data"
    for number in range(5):
        for request in range(4):
            ingest(server, number * 400 + request * 100)
        balanced(data)
        target, restored = tmp_path / f"backup-{number}", tmp_path / f"restored-{number}"
        outcome = backup(data, target)
        assert outcome.returncode == 0, outcome
        outcome = restore(target, restored)
        assert outcome.returncode == 0, outcome
        assert profiles(restored) == (number + 1) * 400
        balanced(restored)


def test_a_group_that_is_missing_before_another_one_is_told_and_nothing_starts(serve):
    server = serve("--storage", "log")
    data = server.directory / "data"
    _, left = left_in_the_log(server, 2)
    path, offset = groups(data)[left[-2]]
    with path.open("r+b") as file:
        file.seek(offset + 60)
        byte = file.read(1)
        file.seek(offset + 60)
        file.write(bytes([byte[0] ^ 1]))
    outcome = command("serve", "--data", data, "--port", "0")
    assert outcome.returncode != 0 and "the commit log ends at entry" in outcome.stderr, outcome
    found = json.loads(command("doctor", "--data", data, "--json").stdout)["findings"]
    assert any("the commit log ends at entry" in each["found"] for each in found), found


def test_a_log_that_is_gone_is_missed(serve):
    server = serve("--storage", "log")
    data = server.directory / "data"
    left_in_the_log(server, 1)
    for path in (data / "log").iterdir():
        path.unlink()
    outcome = command("serve", "--data", data, "--port", "0")
    assert outcome.returncode != 0 and "before what was acknowledged" in outcome.stderr, outcome


def test_what_a_deleted_person_leaves_in_the_log_is_overwritten(serve):
    server = serve("--storage", "log")
    data = server.directory / "data"
    secret = b"a-value-that-nobody-may-find"
    line = {"identityMap": {"Email": [{"id": "gone@x.example"}]}, "note": secret.decode()}
    assert server.ingest("profiles", [line])["failed"] == 0
    assert any(secret in path.read_bytes() for path in (data / "log").iterdir())
    wait_until_scrubbed(server, entity(server, "DELETE", "gone@x.example").headers["Location"])
    assert not [path.name for path in data.rglob("*") if path.is_file() and secret in path.read_bytes()]
    ingest(server, 0)
    server.stop()
    balanced(data)


@pytest.mark.parametrize("comes_room", [True, False])
def test_what_waits_for_room_is_told_and_goes_on_or_ends_with_the_server(serve, comes_room):
    server = serve("--storage", "log")
    ingest(server, 0)
    assert server.stop() == 0
    # As where writing over something takes room: nothing is written beyond this.
    server.preexec_fn = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (96 << 10, resource.RLIM_INFINITY))
    server.start()

    def send(first):
        lines = [
            {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "note": "n" * 1_000}
            for number in range(first, first + 200)
        ]
        body = "\n".join(json.dumps(line) for line in lines)
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
        return hw.request("POST", f"{server.url}/v1/profiles", body.encode(), headers, timeout=60)

    def ready():
        return hw.request("GET", f"{server.url}/ready", timeout=5)

    with concurrent.futures.ThreadPoolExecutor(1) as others:
        waiting = others.submit(send, 1_000)
        server.wait_until(lambda: ready().status == 503 and ready().json["code"] == "storage_full")
        refused = send(2_000)
        assert refused.status == 507 and refused.json["errorCode"] == "STORAGE_FULL", refused
        definition = {"name": "Anybody", "expression": {"type": "PQL", "format": "pql/text", "value": "a = 1"}}
        changed = server.call("POST", "/data/core/ups/audiences", definition, timeout=20)
        assert changed.status == 507 and changed.json["errorCode"] == "STORAGE_FULL", changed
        assert hw.request("GET", f"{server.url}/health").status == 200
        assert not waiting.done()
        if comes_room:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
            assert waiting.result().json["accepted"] == 200
            server.wait_until(lambda: ready().status == 200)
            assert send(2_000).json["accepted"] == 200
        else:
            server.process.terminate()
            server.process.wait(45)
            # It never had an answer, or was told that nobody knows.
            assert waiting.exception() or waiting.result().status >= 500
    server.preexec_fn = None
    if comes_room:
        assert server.stop() == 0
    server.start()
    assert server.profile("Email", "p99@x.example")["age"] == 99
    assert send(3_000).json["accepted"] == 200
    assert server.stop() == 0
    balanced(server.directory / "data")
    # Whoever had no answer may find all, some or none of it: each message is whole by itself.
    stored = profiles(server.directory / "data")
    assert stored == 700 if comes_room else 300 <= stored <= 500, stored
