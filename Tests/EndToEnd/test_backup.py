"""Backups of a running server, and directories made of them."""

import json
import os
import pathlib
import resource
import shutil
import signal
import stat
import subprocess
import threading

import headwater as hw
import pytest

from test_audiences import people, until

SECRETS = {"token.key", "data.key", "suppression.key", "admin.json"}


def command(*arguments, **more):
    made = [str(part) for part in [hw.BINARY, *arguments]]
    return subprocess.run(made, capture_output=True, text=True, timeout=300, **more)


def backup(data, target, **more):
    return command("backup", target, "--data", data, "--json", **more)


def restore(source, data, **more):
    return command("restore", source, "--data", data, "--json", **more)


def contents(data):
    """What is in a directory beside what is in every one that a server was to use."""
    return {path.name for path in data.iterdir()} - {"lock", ".gitignore"}


def balanced(data):
    """The findings of doctor, which must all be well but for what depends on the machine."""
    told = json.loads(command("doctor", "--data", data, "--json").stdout)
    wrong = [each for each in told["findings"] if each["result"] != "ok" and each["check"] not in ("disk", "timers")]
    assert not wrong, wrong
    return told


@pytest.fixture
def again(tmp_path, processes):
    """Starts a server on a directory that was restored."""

    def start(data):
        home = tmp_path / f"home-{data.name}"
        home.mkdir()
        (home / "data").symlink_to(data)
        server = hw.Headwater(home, "--allow-insecure-endpoints")
        processes.append(server)
        return server

    return start


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it(serve, kinesis_local, tmp_path, again):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "out", 2)
    server = serve()
    everyone = server.audience("Everyone", "age >= 0")
    flow = server.dataflow(endpoint.endpoint, "out", [everyone], ["age"])
    people(server, 2_000)
    endpoint.signal(signal.SIGSTOP)  # What is triggered from now on waits.
    acknowledged, stopped = [0], threading.Event()

    def load():
        while not stopped.is_set():
            number = acknowledged[0]
            server.ingest("profiles", [{"identityMap": {"Email": [{"id": f"late{number}@x.example"}]}, "age": number}])
            acknowledged[0] = number + 1

    sender = threading.Thread(target=load)
    sender.start()
    try:
        until(lambda: acknowledged[0] > 20)
        before = acknowledged[0]
        taken = backup(server.directory / "data", tmp_path / "backup")
    finally:
        stopped.set()
        sender.join()
    assert taken.returncode == 0, taken.stderr
    manifest = json.loads(taken.stdout)
    balanced(server.directory / "data")
    server.kill()

    # The original is lost; nothing of it reaches the new directory.
    shutil.rmtree(server.directory / "data")
    made = restore(tmp_path / "backup", tmp_path / "new")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["booksChecked"] and "sent again" in made.stderr
    assert balanced(tmp_path / "new")["server"] == "stopped"
    revived = again(tmp_path / "new")
    for number in range(before):
        assert revived.profile("Email", f"late{number}@x.example")["age"] == number
    booked = next(each for each in manifest["dataflows"] if each["id"] == flow)
    assert booked["pending"] >= before, booked
    endpoint.signal(signal.SIGCONT)
    stats = revived.wait_until_delivered(flow)
    assert stats["isBalanced"] and stats["delivered"] == stats["triggered"] == booked["triggered"], (stats, booked)
    ages = {json.loads(record["Data"])["age"] for record in hw.read_stream(kinesis, "out")}
    assert set(range(before)) <= ages
    people(revived, 1)  # It goes on like any other.
    assert revived.stop() == 0


def test_a_backup_is_private_complete_and_never_overwrites(serve, tmp_path):
    server = serve()
    people(server, 10)
    data = server.directory / "data"
    target = tmp_path / "backup"
    assert backup(data, target).returncode == 0
    files = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert files == {"manifest.json", "headwater.db", *SECRETS}
    # Without sandboxes it is what a program that knows of none reads and writes.
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert set(manifest) == {"format", "program", "instant", "schema", "transactions", "dataflows", "files"}
    for path in [target, *target.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for name in SECRETS:
        assert (target / name).read_bytes() == (data / name).read_bytes()
    assert not (data / "headwater.db-journal").exists()

    taken = backup(data, target)
    assert taken.returncode == 66 and "nothing is overwritten" in taken.stderr, taken
    inside = backup(data, data / "backup")
    assert inside.returncode == 66 and not (data / "backup").exists() and not (data / "backup.partial").exists()
    assert backup(tmp_path / "nothing", tmp_path / "other").returncode != 0
    assert backup(data, tmp_path / "no" / "parent").returncode == 66
    (tmp_path / "taken.partial").mkdir()
    (tmp_path / "taken.partial" / "mine").write_text("mine")
    assert backup(data, tmp_path / "taken").returncode == 66
    assert (tmp_path / "taken.partial" / "mine").read_text() == "mine"

    # A stopped server's directory stays as it was, byte for byte.
    assert server.stop() == 0
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    assert backup(data, tmp_path / "stopped").returncode == 0
    balanced(data)
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()} == before
    shown = command("backup", tmp_path / "shown", "--data", data)
    assert "data.key" in shown.stderr and "secret" in shown.stderr


def test_what_a_killed_server_left_in_the_log_is_in_the_backup(serve, tmp_path, again):
    server = serve()
    people(server, 500)
    server.kill()
    data = server.directory / "data"
    log = (data / "headwater.db-wal").stat().st_size
    assert log > 0
    assert backup(data, tmp_path / "backup").returncode == 0
    assert (data / "headwater.db-wal").stat().st_size == log
    assert restore(tmp_path / "backup", tmp_path / "new").returncode == 0
    revived = again(tmp_path / "new")
    assert revived.profile("Email", "p499@x.example")["age"] == 499


def test_only_what_is_whole_is_restored_and_only_into_an_empty_place(serve, tmp_path):
    server = serve()
    people(server, 100)
    data = server.directory / "data"
    whole = tmp_path / "whole"
    assert backup(data, whole).returncode == 0

    used = restore(whole, data)
    assert used.returncode == 75 and "in use" in used.stderr, used
    assert server.stop() == 0
    full = restore(whole, data)
    assert full.returncode == 65 and "not empty" in full.stderr, full
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter").write_text("dear")
    assert restore(whole, foreign).returncode == 65 and [path.name for path in foreign.iterdir()] == ["letter"]

    def damaged(name, damage):
        copy = tmp_path / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(whole, copy)
        damage(copy / name)
        new = tmp_path / "never"
        told = restore(copy, new)
        assert told.returncode in (65, 66), told
        assert not new.exists() or not contents(new), contents(new)
        return told.stderr

    def flip(path):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    def longer(path):
        path.write_bytes(path.read_bytes() + b"\0")

    for name in ["headwater.db", *SECRETS]:
        assert "take another backup" in damaged(name, flip)
        assert "take another backup" in damaged(name, longer)
        assert "missing" in damaged(name, pathlib.Path.unlink)
    assert "not finished" in damaged("manifest.json", pathlib.Path.unlink)
    assert damaged("manifest.json", lambda path: path.write_bytes(path.read_bytes()[:-40]))

    def change(**members):
        def write(path):
            path.write_text(json.dumps({**json.loads(path.read_text()), **members}))

        return write

    manifest = json.loads((whole / "manifest.json").read_text())
    assert "form 3" in damaged("manifest.json", change(format=3))
    assert "damaged" in damaged("manifest.json", change(format=2))  # It has no sandboxes to be told apart for.
    assert damaged("manifest.json", change(transactions=manifest["transactions"] + 1))
    assert damaged("manifest.json", change(schema=1))
    out = [{**manifest["files"][0], "path": "../outside"}, *manifest["files"]]
    assert "damaged" in damaged("manifest.json", change(files=out))
    assert not (tmp_path / "outside").exists()


def test_books_that_do_not_balance_are_not_restored(serve, kinesis_local, tmp_path):
    import hashlib
    import sqlite3

    endpoint = kinesis_local("--no-limits")
    hw.create_stream(hw.boto(endpoint.endpoint), "out", 1)
    server = serve()
    flow = server.dataflow(endpoint.endpoint, "out", [server.audience("Everyone", "age >= 0")], ["age"])
    people(server, 10)
    server.wait_until_delivered(flow)
    target = tmp_path / "backup"
    assert backup(server.directory / "data", target).returncode == 0
    with sqlite3.connect(target / "headwater.db") as store:
        store.execute("UPDATE dataflow SET delivered = delivered - 1")
    store.close()
    content = (target / "headwater.db").read_bytes()
    manifest = json.loads((target / "manifest.json").read_text())
    entry = next(each for each in manifest["files"] if each["path"] == "headwater.db")
    entry["bytes"], entry["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    (target / "manifest.json").write_text(json.dumps(manifest))
    told = restore(target, tmp_path / "new")
    assert told.returncode == 65 and "do not balance" in told.stderr and flow in told.stderr, told
    assert not (tmp_path / "new" / "headwater.db").exists()


def killed_when(arguments, reached):
    """Runs a command and kills it as soon as a state is reached; says whether it was."""
    process = subprocess.Popen([str(part) for part in [hw.BINARY, *arguments]], stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    while process.poll() is None:
        if reached():
            process.kill()
            break
    process.wait()
    return process.returncode == -signal.SIGKILL


def size(path):
    try:
        return path.stat().st_size
    except OSError:
        return -1


def test_a_kill_at_any_point_leaves_nothing_that_looks_whole(serve, tmp_path, again):
    server = serve()
    for first in range(0, 20):
        server.ingest("profiles", [
            {"identityMap": {"Email": [{"id": f"p{first * 500 + n}@x.example"}]}, "age": n, "note": "n" * 2_000}
            for n in range(500)
        ])
    data = server.directory / "data"
    target, draft = tmp_path / "backup", tmp_path / "backup.partial"
    database = size(data / "headwater.db")
    points = [
        lambda: draft.exists(),
        lambda: size(draft / "headwater.db") >= 0,
        lambda: size(draft / "headwater.db") > database // 4,
        lambda: (draft / "token.key").exists(),
        lambda: (draft / "manifest.json").exists(),
    ]
    kills = 0
    for point in points:
        killed = killed_when(["backup", target, "--data", data], point)
        kills += killed
        if target.exists():
            # It was through before the kill came: then it is whole.
            assert restore(target, tmp_path / f"whole-{kills}").returncode == 0
            shutil.rmtree(target)
        elif not (draft / "manifest.json").exists():
            assert restore(draft, tmp_path / "never").returncode != 0 and not (tmp_path / "never").exists()
    assert kills >= 2, "it was too fast to be killed"
    # What was left is cleared by the next one.
    assert backup(data, target).returncode == 0 and not draft.exists()
    # One that was killed as soon as it had put it in place leaves its lock there, in nobody's way.
    (target / "lock").touch()
    assert server.stop() == 0

    new = tmp_path / "new"
    restoring = new / "headwater.db.restoring"
    kills = 0
    for point in [
        lambda: new.exists(),
        lambda: restoring.exists(),
        lambda: size(restoring) > database // 4,
        lambda: (new / "token.key").exists(),
        lambda: (new / "headwater.witness").exists(),
    ]:
        kills += killed_when(["restore", target, "--data", new], point)
        if (new / "headwater.db").exists():
            balanced(new)
            shutil.rmtree(new)
            continue
        if restoring.exists():
            started = command("serve", "--data", new, "--port", hw.free_port())
            assert started.returncode == 65, started
            assert not (new / "headwater.db").exists()
    assert kills >= 2, "it was too fast to be killed"
    made = restore(target, new)
    assert made.returncode == 0, made.stderr
    balanced(new)
    assert again(new).profile("Email", "p9999@x.example")["age"] == 499


def test_without_room_nothing_is_left(serve, tmp_path):
    server = serve()
    server.ingest("profiles", [
        {"identityMap": {"Email": [{"id": f"p{n}@x.example"}]}, "note": "n" * 4_000} for n in range(500)
    ])
    data = server.directory / "data"
    limit = 1 << 20

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    told = backup(data, tmp_path / "backup", preexec_fn=limited)
    assert told.returncode == 75 and "room" in told.stderr, told
    assert not (tmp_path / "backup").exists() and not (tmp_path / "backup.partial").exists()
    assert backup(data, tmp_path / "backup").returncode == 0
    told = restore(tmp_path / "backup", tmp_path / "new", preexec_fn=limited)
    assert told.returncode == 75, told
    assert not contents(tmp_path / "new")
    assert restore(tmp_path / "backup", tmp_path / "new").returncode == 0


RAW = {"Content-Type": "application/octet-stream"}


def test_files_of_members_that_come_and_are_read_go_on_from_a_backup(serve, tmp_path, again):
    server = serve()
    made = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
    audience = server.expect(200, "POST", "/data/core/ups/audiences", made)["id"]
    rows = 30_000
    content = b"email\n" + b"".join(b"p%d@x.example\n" % n for n in range(rows))
    coming = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {"size": len(content)})["id"]
    half = len(content) // 2
    assert server.call("PUT", f"/v1/uploads/{coming}/content", content[:half], **RAW).json["received"] == half
    second = {"name": "web", "type": "ExternalSegment", "audienceId": "web_gold"}
    other = server.expect(200, "POST", "/data/core/ups/audiences", second)["id"]
    read = server.expect(201, "POST", f"/v1/audiences/{other}/uploads", {"size": len(content)})["id"]
    assert server.call("PUT", f"/v1/uploads/{read}/content", content, **RAW).json["received"] == len(content)
    start = {"identityColumn": "email", "namespace": "Email"}
    server.expect(202, "POST", f"/v1/uploads/{read}/start", start)

    def entered():
        return server.expect(200, "GET", f"/v1/uploads/{read}").get("rows", {}).get("accepted", 0)

    until(lambda: entered() > 0)
    taken = backup(server.directory / "data", tmp_path / "backup")
    assert taken.returncode == 0, taken.stderr
    server.kill()
    kept = {each["path"] for each in json.loads(taken.stdout)["files"]}
    assert {f"uploads/{coming}/upload.json", f"uploads/{coming}/content", f"uploads/{read}/upload.json"} <= kept
    assert restore(tmp_path / "backup", tmp_path / "new").returncode == 0
    balanced(tmp_path / "new")
    revived = again(tmp_path / "new")
    assert revived.expect(200, "GET", f"/v1/uploads/{coming}")["received"] == half
    sent = revived.call("PUT", f"/v1/uploads/{coming}/content?offset={half}", content[half:], **RAW)
    assert sent.json["received"] == len(content), sent
    revived.expect(202, "POST", f"/v1/uploads/{coming}/start", start)
    for upload in (coming, read):
        until(lambda: revived.expect(200, "GET", f"/v1/uploads/{upload}")["state"] in ("succeeded", "failed"))
        told = revived.expect(200, "GET", f"/v1/uploads/{upload}")
        assert told["state"] == "succeeded" and told["rows"] == {"accepted": rows, "refused": 0, "empty": 0}, told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_restores_for_the_owner_of_the_directory(serve, tmp_path):
    server = serve()
    people(server, 1)
    assert backup(server.directory / "data", tmp_path / "backup").returncode == 0
    new = tmp_path / "new"
    new.mkdir()
    os.chown(new, 12_345, 12_345)
    assert restore(tmp_path / "backup", new).returncode == 0
    assert {path.stat().st_uid for path in new.rglob("*") if path.name != ".gitignore"} == {12_345}
