"""A disk without room: every write is refused with a clear error, reads go on, and so does everything when there is room again."""

import json
import os
import sqlite3
import subprocess

import headwater as hw
import pytest

from test_audiences import until
from test_backup import balanced
from test_keys import account, data_of, delivers, is_done, keys, run

RAW = {"Content-Type": "application/octet-stream"}
DISK = 48 << 20


@pytest.fixture
def disk(tmp_path, processes):
    """A file system of its own; processes on it are ended before it goes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system cannot be made here: {mounted.stderr.strip()}")
    yield place
    for process in processes:
        process.kill()
    subprocess.run(["umount", place], check=True)


def fill(disk):
    """Takes all room there is."""
    ballast = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for size in (1 << 20, 4_096, 1):
            try:
                while True:
                    os.write(ballast, b"\0" * size)
            except OSError:
                pass
    finally:
        os.close(ballast)


def free(disk):
    (disk / "ballast").unlink()


def ready(server):
    return hw.request("GET", f"{server.url}/ready", timeout=5)


def send(server, numbers):
    lines = "\n".join(
        json.dumps({"identityMap": {"Email": [{"id": f"p{n}@x.example"}]}, "age": n, "note": "n" * 1_500}) for n in numbers
    )
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
    return hw.request("POST", f"{server.url}/v1/profiles", lines.encode(), headers)


def refused(answer):
    assert answer.status == 507 and answer.json["errorCode"] == "STORAGE_FULL", answer
    assert int(answer.headers["Retry-After"]) > 0 and "room" in answer.json["detail"], answer
    return answer


def test_every_write_is_refused_and_everything_goes_on_when_there_is_room(serve, kinesis_local, disk, tmp_path):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "out", 1)
    (tmp_path / "data").symlink_to(disk / "data")
    (disk / "data").mkdir(mode=0o700)
    server = serve()
    everyone = server.audience("Everyone", "age >= 0")
    flow = server.dataflow(endpoint.endpoint, "out", [everyone], ["age"])
    made = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
    external = server.expect(200, "POST", "/data/core/ups/audiences", made)["id"]
    content = b"email\n" + b"".join(b"m%d@x.example\n" % n for n in range(60_000))
    upload = server.expect(201, "POST", f"/v1/audiences/{external}/uploads", {})["id"]
    assert server.call("PUT", f"/v1/uploads/{upload}/content", content, **RAW).json["received"] == len(content)
    acknowledged = 0

    # Rows become members when the room ends.
    start = {"identityColumn": "email", "namespace": "Email"}
    server.expect(202, "POST", f"/v1/uploads/{upload}/start", start)
    fill(disk)
    answers = 0
    while True:
        answer = send(server, range(acknowledged, acknowledged + 200))
        if answer.status != 200:
            break
        acknowledged += answer.json["accepted"]
        answers += 1
        fill(disk)
        assert answers < 500
    refused(answer)

    # It is said, once in the log and for as long as it lasts where somebody looks.
    until(lambda: ready(server).status == 503 and ready(server).json.get("code") == "storage_full")
    assert "make room" in ready(server).json["reason"]
    assert hw.request("GET", f"{server.url}/health").status == 200
    server.token = server.sign_in()
    for number in range(acknowledged, acknowledged + 20):
        refused(send(server, [number]))
    definition = {
        "name": "Late", "profileInstanceId": "ups", "schema": {"name": "_xdm.context.profile"},
        "expression": {"type": "PQL", "format": "pql/text", "value": "age >= 1"},
    }
    refused(server.call("POST", "/data/core/ups/segment/definitions", definition))
    refused(server.call("POST", f"/v1/audiences/{external}/uploads", {}))
    refused(server.call("PATCH", "/data/core/idnamespace/identities/Email", {"ignoredValues": ["x"]}))

    # Reads go on.
    if acknowledged:
        assert server.profile("Email", "p0@x.example")["age"] == 0
    assert server.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"]
    assert server.stats(flow)["isBalanced"]
    assert server.expect(200, "GET", f"/v1/uploads/{upload}")["state"] in ("checking", "entering", "succeeded")
    log = server.log.read_text()
    assert log.count("Writes are refused") == 1, log
    assert log.count("Batch not stored") == log.count("Request failed") == 0, log
    assert log.count("Upload waits") <= 1, log

    # With room everything goes on by itself, and nothing that was acknowledged is missing.
    free(disk)
    until(lambda: ready(server).status == 200)
    until(lambda: server.expect(200, "GET", f"/v1/uploads/{upload}")["state"] in ("succeeded", "failed"), 120)
    told = server.expect(200, "GET", f"/v1/uploads/{upload}")
    assert told["state"] == "succeeded" and told["rows"]["accepted"] == 60_000, told
    assert send(server, range(acknowledged, acknowledged + 200)).json["accepted"] == 200
    acknowledged += 200
    for number in range(acknowledged):
        assert server.profile("Email", f"p{number}@x.example")["age"] == number
    stats = server.wait_until_delivered(flow)
    assert stats["isBalanced"], stats
    log = server.log.read_text()
    assert log.count("Writes are refused") == log.count("Writes are taken again") == 1, log
    assert server.stop() == 0


def test_a_refused_change_of_the_configuration_is_enough_to_say_so(serve, disk, tmp_path):
    (tmp_path / "data").symlink_to(disk / "data")
    (disk / "data").mkdir(mode=0o700)
    server = serve()
    connection = {"connectionSpec": hw.PROFILE_SPEC, "description": "d" * 1_000}
    for number in range(500):
        fill(disk)
        answer = server.call("POST", f"{hw.FLOW_SERVICE}/connections", {**connection, "name": f"c{number}"})
        if answer.status != 201:
            break
    refused(answer)

    assert ready(server).status == 503 and ready(server).json["code"] == "storage_full"
    free(disk)
    until(lambda: ready(server).status == 200)
    assert server.log.read_text().count("Writes are refused") == 1


@pytest.mark.parametrize("killed", [False, True], ids=["goes on", "killed"])
def test_keys_are_replaced_when_there_is_room(serve, kinesis_local, disk, tmp_path, killed):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "out", 1)
    (tmp_path / "data").symlink_to(disk / "data")
    (disk / "data").mkdir(mode=0o700)
    server = serve("--allow-insecure-endpoints")
    flow = server.dataflow(endpoint.endpoint, "out", [server.audience("Everyone", "age >= 0")], ["age"])
    for number in range(200):
        account(server, endpoint, number, description="d" * 4_000)
    data = data_of(server)
    first = {name: (data / name).read_bytes() for name in ("data.key", "token.key")}

    def rotated(key):
        return run("keys", "rotate", key, "--data", data)

    def files():
        return {path.name for path in data.glob("*.key*")} - {"suppression.key"}

    # The log is empty; whoever reads what was keeps it from being written from its beginning again, so it needs room for all that comes.
    assert server.stop() == 0
    server.start()
    reader = sqlite3.connect(data / "headwater.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
    try:
        for number in range(500):
            fill(disk)
            body = {"connectionSpec": hw.PROFILE_SPEC, "name": f"c{number}", "description": "d" * 1_000}
            answer = server.call("POST", f"{hw.FLOW_SERVICE}/connections", body)
            if answer.status != 201:
                break
        refused(answer)

        # Without room for the record that a key is replaced it is not.
        for key in ("data", "token"):
            told = rotated(key)
            assert told.returncode == 75 and "STORAGE_FULL" in told.stderr and "make room" in told.stderr, told
        assert {name: (data / name).read_bytes() for name in first} == first and files() == set(first)

        # With room for the key and not for the secrets both keys are kept, and each secret opens with one of them.
        os.truncate(disk / "ballast", (disk / "ballast").stat().st_size - (512 << 10))
        until(lambda: ready(server).status == 200)
        told = rotated("data")
        assert told.returncode == 75 and "the one before is kept" in told.stderr, told
        assert "because the disk is full; make room" in told.stderr, told
        assert (data / "data.key").read_bytes() != first["data.key"]
        assert (data / "data.key.previous").read_bytes().startswith(first["data.key"])
        secrets = keys(server)["data"]["secrets"]
        assert secrets["previousIsNeeded"] and secrets["unreadable"] == 0, secrets
        listed = run("keys", "list", "--data", data)
        assert "the one before is kept while secrets need it" in listed.stdout and "disk is full" in listed.stdout, listed
    finally:
        reader.close()

    if killed:
        server.kill()
    free(disk)
    if killed:
        server.start()
    until(lambda: is_done(server), 120)
    assert files() == set(first) and keys(server)["data"]["secrets"]["unreadable"] == 0
    assert delivers(server, flow, kinesis, "out", 1)
    assert rotated("token").returncode == 0
    assert server.stop() == 0
    told = balanced(disk / "data")
    assert any(one["check"] == "secrets" and "can be read" in one["found"] for one in told["findings"]), told


def test_a_server_that_was_killed_on_a_full_disk_has_what_it_acknowledged(serve, disk, tmp_path):
    (tmp_path / "data").symlink_to(disk / "data")
    (disk / "data").mkdir(mode=0o700)
    server = serve()
    acknowledged = 0
    while True:
        fill(disk)
        answer = send(server, range(acknowledged, acknowledged + 200))
        if answer.status != 200:
            break
        acknowledged += answer.json["accepted"]
    refused(answer)
    server.kill()
    # It may start without room or say that it cannot; it never begins anew.
    made = [hw.BINARY, "serve", "--data", disk / "data", "--port", str(hw.free_port())]
    started = subprocess.Popen([str(part) for part in made], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        code = started.wait(20)
    except subprocess.TimeoutExpired:
        started.terminate()
        code = started.wait(30)
    assert code in (0, 75), started.stderr.read()
    free(disk)
    server.start()
    for number in range(acknowledged):
        assert server.profile("Email", f"p{number}@x.example")["age"] == number
    assert send(server, [acknowledged]).json["accepted"] == 1
    assert server.stop() == 0
