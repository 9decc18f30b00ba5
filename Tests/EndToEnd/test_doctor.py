"""What is wrong with a data directory is found, and nothing of it is changed or shown."""

import contextlib
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

import headwater as hw
import pytest

PEOPLE = 40


def doctor(data, *options, **more):
    made = [hw.BINARY, "doctor", "--data", data, *options]
    return subprocess.run([str(part) for part in made], capture_output=True, text=True, timeout=300, **more)


def findings(data):
    done = doctor(data, "--json")
    told = json.loads(done.stdout)
    worst = {"ok": 0, "warning": 1, "fault": 65}[told["result"]]
    assert done.returncode == worst, done
    return {each["check"]: each for each in told["findings"]}


def wrong(found):
    """Checks that found something; how full the disk of the machine is belongs to none of these tests."""
    return {check: each["result"] for check, each in found.items() if each["result"] != "ok" and check != "disk"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A directory with something of everything in it, of a server that was stopped."""
    home = tmp_path_factory.mktemp("store")
    endpoint = hw.KinesisLocal(home, "--no-limits")
    server = hw.Headwater(home, "--allow-insecure-endpoints")
    try:
        kinesis = hw.boto(endpoint.endpoint)
        hw.create_stream(kinesis, "out", 1)
        everyone = server.audience("Everyone", "age >= 0")
        server.audience("Lately", "select e from xEvent where e.timestamp occurs < 1 hours before now")

        flow = server.dataflow(endpoint.endpoint, "out", [everyone], ["age", "note"])
        endpoint.signal(signal.SIGSTOP)
        server.ingest("profiles", [
            {"identityMap": {"Email": [{"id": f"secret{n}@x.example"}], "Phone": [{"id": f"crm{n}"}]}, "age": n, "note": "hidden"}
            for n in range(PEOPLE)
        ])
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        server.ingest("events", [
            {"identityMap": {"Email": [{"id": f"secret{n}@x.example"}]}, "_id": f"e{n}", "timestamp": now, "eventType": "seen"}
            for n in range(PEOPLE)
        ])
        made = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
        audience = server.expect(200, "POST", "/data/core/ups/audiences", made)["id"]
        upload = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {"size": 1_000})["id"]
        raw = {"Content-Type": "application/octet-stream"}
        server.call("PUT", f"/v1/uploads/{upload}/content", b"email\nsecret1@x.example\n", **raw)
        assert server.stats(flow)["pending"] == PEOPLE
        running = findings(home / "data")
        assert not wrong(running), running
        assert server.stop() == 0
    finally:
        server.kill()
        endpoint.kill()
    return home / "data"


@pytest.fixture
def copy(store, tmp_path):
    shutil.copytree(store, tmp_path / "data")
    return tmp_path / "data"


@contextlib.contextmanager
def database(data):
    with contextlib.closing(sqlite3.connect(data / "headwater.db")) as connection:
        with connection:
            yield connection
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def upload_of(data):
    return next((data / "uploads").iterdir())


def change(path, edit):
    path.write_text(json.dumps(edit(json.loads(path.read_text()))))


def erase_page(data, name):
    with database(data) as store:
        (root,) = store.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchone()
        (size,) = store.execute("PRAGMA page_size").fetchone()
    with open(data / "headwater.db", "r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\0" * size)


def test_a_whole_store_is_well_and_stays_as_it_is(copy):
    def content():
        return {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}

    before = content()
    found = findings(copy)
    assert not wrong(found), wrong(found)
    assert set(found) == {
        "modes", "keys", "strangers", "disk", "suppression", "secrets", "clock", "uploads", "schema", "pages", "dictionaries", "scopes",
        "profiles", "timers", "values", "identities", "events", "outbox", "deadLetters", "ledger", "members", "configuration", "history",
        "sandboxes",
    }
    assert content() == before
    text = doctor(copy).stdout
    assert "All is well" in text or found["disk"]["result"] != "ok"
    assert f"{PEOPLE} profiles, with their identities and events" in text and "the server is stopped" in text
    assert f"{2 * PEOPLE} identities" in text and f"{PEOPLE} records of 1 dataflows" in text, text


DAMAGES = {
    "an index page is gone": (lambda data: erase_page(data, "profile_id"), {"pages": "fault"}),
    "a table's page is gone": (lambda data: erase_page(data, "profile"), {"pages": "fault", "profiles": "fault"}),
    "a path has another number": ("UPDATE path SET id = id + 5 WHERE id = (SELECT max(id) FROM path)", {"dictionaries": "fault"}),
    "a profile is not counted": ("UPDATE scope SET profiles = profiles - 1", {"scopes": "fault"}),
    "a row was given out twice": ("UPDATE scope SET profile_row_last = profile_row_last - 1", {"scopes": "fault"}),
    "a profile cannot be read": (
        "UPDATE profile SET value = x'0102' WHERE row = (SELECT min(row) FROM profile);"
        "DELETE FROM profile_place",
        {"profiles": "fault"},
    ),
    "an identity is lost": (
        "DELETE FROM identity WHERE rowid_less = 1", {"profiles": "fault"},
    ),
    "an identity points at nobody": ("UPDATE identity SET profile = 7 WHERE value = CAST('crm3' AS BLOB)",
                                     {"identities": "fault", "profiles": "fault"}),
    "an identity has no namespace": ("DELETE FROM namespace WHERE symbol = CAST('Phone' AS BLOB)",
                                     {"identities": "fault", "profiles": "fault"}),
    "an event belongs to nobody": ("UPDATE event SET profile = 7 WHERE id = CAST('e3' AS BLOB)",
                                   {"events": "fault", "profiles": "fault"}),
    "an event is lost": ("DELETE FROM event WHERE id = CAST('e3' AS BLOB)", {"profiles": "fault"}),
    "a record is lost": ("DELETE FROM outbox WHERE row = (SELECT min(row) FROM outbox)", {"outbox": "fault"}),
    "a record is nobody's": ("UPDATE dataflow SET number = number + 1", {"outbox": "fault"}),
    "a dead letter is lost": ("UPDATE dataflow SET parked = parked + 1, triggered = triggered + 1", {"deadLetters": "fault"}),
    "a block of the ledger is damaged": (
        "INSERT INTO delivery_run VALUES (1, 1, 0, NULL); INSERT INTO delivery_block VALUES (1, 1, zeroblob(24), x'0102')",
        {"ledger": "fault"},
    ),
    "a block of the ledger is in no run": ("INSERT INTO delivery_block VALUES (1, 1, zeroblob(24), x'')", {"ledger": "fault"}),
    "a profile is due long ago": ("UPDATE profile SET due = 1000 WHERE row = (SELECT min(row) FROM profile)",
                                  {"timers": "warning"}),
    "a profile is due too late": ("UPDATE profile SET due = due + 86400000 WHERE due IS NOT NULL", {"timers": "fault"}),
    "more left than entered": ("UPDATE audience SET exited = entered + 1", {"members": "fault"}),
    "an object cannot be read": (
        "UPDATE control_object SET body = CAST('{' AS BLOB) WHERE rowid_less = 1",
        {"configuration": "fault"},
    ),
    "the last message is of tomorrow": ("UPDATE scope SET admitted_at = admitted_at + 86400000", {"clock": "warning"}),
    "an older program wrote it": ("PRAGMA user_version = 10", {"schema": "warning"}),
    "a newer program wrote it": ("PRAGMA user_version = 99", {"database": "fault"}),
    "another program wrote it": ("PRAGMA application_id = 5", {"database": "fault"}),
    "commits are lost": ("UPDATE scope SET commits = commits - 1", {"database": "fault"}),
    "somebody is refused without a key": (
        lambda data: (suppress(data), (data / "suppression.key").unlink()),
        {"suppression": "fault"},
    ),
    "the token key is lost": (lambda data: (data / "token.key").unlink(), {"keys": "fault"}),
    "the data key is lost": (lambda data: (data / "data.key").unlink(), {"keys": "warning"}),
    "the data key is another one": (lambda data: (data / "data.key").write_bytes(bytes(32)), {"secrets": "fault"}),
    "a key was cut": (lambda data: (data / "data.key").write_bytes(b"short"), {"keys": "fault"}),
    "others may read a key": (lambda data: (data / "data.key").chmod(0o644), {"modes": "warning"}),
    "others may look into it": (lambda data: data.chmod(0o755), {"modes": "warning"}),
    "a stranger's file": (lambda data: touch(data / "letter.txt"), {"strangers": "warning"}),
    "an upload cannot be read": (lambda data: (upload_of(data) / "upload.json").write_text("{"), {"uploads": "fault"}),
    "an upload lost bytes": (lambda data: (upload_of(data) / "content").write_bytes(b"em"), {"uploads": "fault"}),
    "an upload lost its directory": (
        "INSERT INTO upload VALUES (1, x'00112233445566778899aabbccddeeff', 1, 1, 1)",
        {"uploads": "warning"},
    ),
    "the database is gone": (lambda data: (data / "headwater.db").unlink(), {"database": "fault"}),
    "the database is empty": (lambda data: (data / "headwater.db").write_bytes(b""), {"database": "fault"}),
    "the database is none": (lambda data: (data / "headwater.db").write_bytes(b"no" * 5_000), {"database": "fault"}),
    "the witness cannot be read": (lambda data: (data / "headwater.witness").write_text("x"), {"database": "fault"}),
}


def touch(path):
    path.write_text("dear")
    path.chmod(0o600)


def suppress(data):
    with database(data) as store:
        store.execute("INSERT INTO suppression VALUES (1, x'00', 1, x'00112233445566778899aabbccddeeff', 1)")


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_of_each_kind_is_found(copy, name):
    damage, expected = DAMAGES[name]
    if isinstance(damage, str):
        statement = damage
        if "rowid_less" in damage:
            table, key = ("identity", "scope, namespace, value") if "identity" in damage else (
                "control_object", "scope, kind, id")
            statement = damage.replace(
                "rowid_less = 1", f"({key}) = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1)")
        with database(copy) as store:
            before = store.total_changes
            store.executescript(statement)
            assert store.total_changes > before or statement.startswith("PRAGMA")
    else:
        damage(copy)
    found = findings(copy)
    seen = wrong(found)
    assert expected.items() <= seen.items(), (expected, found)
    for check in seen:
        assert found[check]["advice"], found[check]
    shown = doctor(copy)
    for output in (json.dumps(found), shown.stdout, shown.stderr):
        assert "secret" not in output.replace("secrets", "") and "hidden" not in output and "crm3" not in output, output


def test_only_a_servers_directory_is_looked_at(tmp_path):
    (tmp_path / "letter").write_text("dear")
    told = doctor(tmp_path)
    assert told.returncode == 65 and "not a server's directory" in told.stderr, told
    assert [path.name for path in pathlib.Path(tmp_path).iterdir()] == ["letter"]
    assert doctor(tmp_path / "nothing").returncode == 65 and not (tmp_path / "nothing").exists()
