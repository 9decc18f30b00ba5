"""Backups of a server with sandboxes, and directories made of them."""

import contextlib
import hashlib
import json
import pathlib
import shutil
import sqlite3
import threading

import headwater as hw
import pytest

from test_audiences import until
from test_backup import RAW, again, backup, balanced, command, contents, restore  # noqa: F401

SANDBOXES = "/data/foundation/sandbox-management/sandboxes"


def named(name):
    return {"x-sandbox-name": name}


def make(server, name):
    """Makes a sandbox and waits for it; returns its id."""
    made = {"name": name, "title": name.title(), "type": "development"}
    identifier = server.expect(202, "POST", SANDBOXES, made)["id"]
    wait(server, name)
    return identifier


def wait(server, name):
    until(lambda: server.expect(200, "GET", f"{SANDBOXES}/{name}")["state"] == "active" and answers(server, name))


def answers(server, name):
    return server.call("GET", "/data/core/ups/segment/definitions", **named(name)).status == 200


def reset(server, name):
    server.expect(202, "PUT", f"{SANDBOXES}/{name}?ignoreWarnings=true", {"action": "reset"})
    wait(server, name)


def person(server, name, address, age):
    line = {"identityMap": {"Email": [{"id": address}]}, "age": age}
    more = {**named(name), "Content-Type": "application/x-ndjson"}
    answer = server.call("POST", "/v1/profiles", json.dumps(line).encode(), **more)
    assert answer.status == 200, answer


def age(server, name, address):
    """What a sandbox knows of a person; nil when it knows nobody."""
    query = f"schema.name=_xdm.context.profile&entityId={address}&entityIdNS=Email"
    answer = server.call("GET", f"/data/core/ups/access/entities?{query}", **named(name))
    if answer.status == 404:
        return None
    assert answer.status == 200, answer
    found = answer.json
    return next(iter(found.values()))["entity"]["age"] if found else None


def place(data, identifier):
    return data / "sandboxes" / identifier


def test_a_backup_holds_every_sandbox_and_a_restored_one_keeps_them_apart(serve, tmp_path, again):  # noqa: F811
    server = serve()
    data = server.directory / "data"
    ids = {name: make(server, name) for name in ("dev-1", "dev-2")}
    everywhere = {"prod": 1, "dev-1": 2, "dev-2": 3}
    for name, number in everywhere.items():
        person(server, name, "everywhere@x.example", number)
        person(server, name, f"{name}@x.example", number)
    made = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
    audience = server.expect(200, "POST", "/data/core/ups/audiences", made, **named("dev-1"))["id"]
    upload = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {"size": 100}, **named("dev-1"))["id"]
    server.call("PUT", f"/v1/uploads/{upload}/content", b"email\na@x.example\n", **{**named("dev-1"), **RAW})

    taken = backup(data, tmp_path / "backup")
    assert taken.returncode == 0, taken.stderr
    manifest = json.loads(taken.stdout)
    assert manifest["format"] == 2
    assert {each["name"]: each["id"] for each in manifest["sandboxes"]} == ids
    kept = {each["path"] for each in manifest["files"]}
    for identifier in ids.values():
        assert {f"sandboxes/{identifier}/headwater.db", f"sandboxes/{identifier}/suppression.key"} <= kept
    first = f"sandboxes/{ids['dev-1']}"
    assert {f"{first}/uploads/{upload}/upload.json", f"{first}/uploads/{upload}/content"} <= kept
    for path in [tmp_path / "backup", *(tmp_path / "backup").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert "2 sandboxes" in command("backup", tmp_path / "shown", "--data", data).stdout
    server.kill()
    shutil.rmtree(data)

    new = tmp_path / "new"
    done = restore(tmp_path / "backup", new)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["booksChecked"] and "dev-1 after" in done.stderr, done
    for identifier in ids.values():
        assert (place(new, identifier) / "headwater.witness").exists()
    balanced(new)
    revived = again(new)
    for name in ids:
        wait(revived, name)
    for name, number in everywhere.items():
        assert age(revived, name, "everywhere@x.example") == number
        for other in everywhere:
            assert age(revived, name, f"{other}@x.example") == (number if other == name else None)
    resumed = revived.expect(200, "GET", f"/v1/uploads/{upload}", **named("dev-1"))
    assert resumed["received"] == len(b"email\na@x.example\n")
    person(revived, "dev-2", "later@x.example", 9)
    assert age(revived, "dev-2", "later@x.example") == 9
    assert revived.stop() == 0


def test_what_is_just_made_reset_or_deleted_is_whole_in_a_backup_or_not_in_it(serve, tmp_path, again):  # noqa: F811
    server = serve("--sandboxes-max", "20")
    data = server.directory / "data"
    kept, emptied = make(server, "kept"), make(server, "emptied")
    person(server, "kept", "kept@x.example", 1)
    errors, rounds, stopped = [], [0], threading.Event()

    def stir():
        try:
            while not stopped.is_set():
                number = rounds[0]
                person(server, "emptied", f"life{number}@x.example", number)
                make(server, "passing")
                reset(server, "emptied")
                server.expect(202, "DELETE", f"{SANDBOXES}/passing?ignoreWarnings=true")
                until(lambda: server.call("GET", f"{SANDBOXES}/passing").status == 404)
                rounds[0] = number + 1
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    taken = []

    def take():
        target = tmp_path / f"backup-{len(taken)}"
        done = backup(data, target)
        assert done.returncode == 0, done.stderr
        taken.append(target)

    take()
    stirring = threading.Thread(target=stir)
    stirring.start()
    try:
        while (len(taken) < 15 or rounds[0] < 3) and not errors:
            take()
    finally:
        stopped.set()
        stirring.join()
    assert not errors, errors
    take()
    assert server.stop() == 0

    lives = set()
    for target in taken:
        manifest = json.loads((target / "manifest.json").read_text())
        with_store = {each["id"] for each in manifest["sandboxes"]}
        assert kept in with_store
        # What the default sandbox's store says is active has its store in the backup, and nothing else has.
        with contextlib.closing(sqlite3.connect(target / "headwater.db")) as store:
            stored = store.execute("SELECT id, body FROM control_object WHERE kind = CAST('sandbox' AS BLOB)").fetchall()
            changes = store.execute("SELECT difference FROM configuration_change WHERE object = CAST(? AS BLOB)", [emptied])
            told = [difference for (difference,) in changes if b"resetting" in difference]
        active = {key.decode() for key, body in stored if json.loads(body)["state"] == "active"}
        assert with_store == active
        assert {path.name for path in (target / "sandboxes").iterdir()} == active
        if emptied in active:
            # It is of the life that the default sandbox's store tells of: each begins and ends with a change.
            with contextlib.closing(sqlite3.connect(place(target, emptied) / "headwater.db")) as store:
                people = {value for (value,) in store.execute("SELECT value FROM identity")}
            assert len(told) % 2 == 0 and people <= {b"life%d@x.example" % (len(told) // 2)}, (told, people)
            lives.add(len(told) // 2)
        new = tmp_path / f"new-{target.name}"
        done = restore(target, new)
        assert done.returncode == 0, done.stderr
        balanced(new)
    assert {0, rounds[0]} <= lives
    revived = again(tmp_path / f"new-{taken[-1].name}")
    for name in ("kept", "emptied"):
        wait(revived, name)
    assert age(revived, "kept", "kept@x.example") == 1
    assert place(tmp_path / f"new-{taken[-1].name}", emptied).exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A backup with a sandbox, of a server that was stopped, beside the directory."""
    home = tmp_path_factory.mktemp("whole")
    server = hw.Headwater(home)
    try:
        make(server, "dev-1")
        person(server, "dev-1", "one@x.example", 1)
        assert server.stop() == 0
    finally:
        server.kill()
    assert backup(home / "data", home / "backup").returncode == 0
    return home


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_backup_is_restored_with_every_sandbox_or_not_at_all(whole, tmp_path):
    manifest = json.loads((whole / "backup" / "manifest.json").read_text())
    sandbox = manifest["sandboxes"][0]
    inner = f"sandboxes/{sandbox['id']}"

    def damaged(name, damage):
        copy = tmp_path / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(whole / "backup", copy)
        damage(copy / name)
        told = restore(copy, tmp_path / "never")
        assert told.returncode == 65, told
        assert not (tmp_path / "never").exists() or not contents(tmp_path / "never")
        return told.stderr

    def change(**members):
        return lambda path: path.write_text(json.dumps({**manifest, **members}))

    for name in (f"{inner}/headwater.db", f"{inner}/suppression.key"):
        assert f"{name} is not what was written" in damaged(name, flip)
        assert f"{name} is missing" in damaged(name, pathlib.Path.unlink)
    assert "dev-1" in damaged("manifest.json", change(sandboxes=[{**sandbox, "transactions": 1_000}]))
    # A manifest of which a part was taken away is none.
    assert "damaged" in damaged("manifest.json", change(format=1))
    assert "damaged" in damaged("manifest.json", change(sandboxes=[]))
    assert "damaged" in damaged("manifest.json", change(sandboxes=[sandbox, sandbox]))
    assert "damaged" in damaged("manifest.json", change(sandboxes=[{**sandbox, "id": "../../outside"}]))
    rest = [each for each in manifest["files"] if each["path"] != f"{inner}/headwater.db"]
    assert "damaged" in damaged("manifest.json", change(files=rest))
    for path in ("sandboxes/other/headwater.db", f"{inner}/data.key", f"{inner}/../headwater.db", f"{inner}/sandboxes/x"):
        out = [*manifest["files"], {**manifest["files"][0], "path": path}]
        assert "damaged" in damaged("manifest.json", change(files=out)), path


def test_books_of_a_sandbox_that_do_not_balance_are_not_restored(whole, tmp_path):
    target = tmp_path / "backup"
    shutil.copytree(whole / "backup", target)
    manifest = json.loads((target / "manifest.json").read_text())
    name = f"sandboxes/{manifest['sandboxes'][0]['id']}/headwater.db"
    with contextlib.closing(sqlite3.connect(target / name)) as store, store:
        store.execute("INSERT INTO dataflow VALUES (1, x'00112233445566778899aabbccddeeff', 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)")
    content = (target / name).read_bytes()
    entry = next(each for each in manifest["files"] if each["path"] == name)
    entry["bytes"], entry["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    (target / "manifest.json").write_text(json.dumps(manifest))
    told = restore(target, tmp_path / "new")
    assert told.returncode == 65 and "do not balance" in told.stderr and "dev-1" in told.stderr, told
    assert not contents(tmp_path / "new")


def test_a_sandbox_that_has_lost_its_directory_is_in_no_backup_and_in_nobodys_way_once_it_is_put_back(whole, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(whole / "data", data)
    (lost,) = (data / "sandboxes").iterdir()
    shutil.move(lost, tmp_path / "lost")
    told = backup(data, tmp_path / "backup")
    assert told.returncode == 65 and "dev-1" in told.stderr and "delete the sandbox" in told.stderr, told
    assert not (tmp_path / "backup").exists() and not (tmp_path / "backup.partial").exists()
    shutil.move(tmp_path / "lost", lost)
    assert backup(data, tmp_path / "backup").returncode == 0
