"""What is wrong with the directory of a sandbox is found, and said of that sandbox."""

import json
import shutil

import headwater as hw
import pytest

from test_backup_sandboxes import SANDBOXES, make, person, reset
from test_doctor import database, doctor, erase_page, suppress, touch

NAMES = ("dev-1", "dev-2")


def findings(data):
    """What is found, by sandbox and check."""
    done = doctor(data, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == {"ok": 0, "warning": 1, "fault": 65}[told["result"]], done
    return {(each["sandbox"], each["check"]): each for each in told["findings"]}


def wrong(found):
    return {key: each["result"] for key, each in found.items() if each["result"] != "ok" and key[1] != "disk"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A directory with two sandboxes, of a server that was stopped."""
    home = tmp_path_factory.mktemp("store")
    server = hw.Headwater(home)
    try:
        for name in NAMES:
            make(server, name)
            person(server, name, "secret@x.example", 1)
        running = findings(home / "data")
        assert not wrong(running), running
        assert server.stop() == 0
    finally:
        server.kill()
    return home / "data"


@pytest.fixture
def copy(store, tmp_path):
    shutil.copytree(store, tmp_path / "data")
    return tmp_path / "data"


def place(data, name):
    """The directory of a sandbox."""
    with database(data) as stored:
        rows = stored.execute("SELECT id, body FROM control_object WHERE kind = CAST('sandbox' AS BLOB)").fetchall()
    return next(data / "sandboxes" / key.decode() for key, body in rows if json.loads(body)["name"] == name)


def test_whole_sandboxes_are_well_and_stay_as_they_are(copy):
    def content():
        return {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}

    before = content()
    found = findings(copy)
    assert not wrong(found), wrong(found)
    assert content() == before
    everywhere = {check for sandbox, check in found if sandbox == "prod"}
    for name in NAMES:
        # Room and directories are the server's; everything else is looked at in each.
        assert {check for sandbox, check in found if sandbox == name} == everywhere - {"disk", "sandboxes"}
    assert found["prod", "sandboxes"]["found"] == "2, each with its directory"
    text = doctor(copy).stdout
    assert "sandbox dev-1: every stored profile: 1 profiles" in text and "sandbox prod" not in text


def write(path, statement):
    with database(path) as stored:
        stored.execute(statement)


DAMAGES = {
    "a table's page is gone": (lambda path: erase_page(path, "profile"), {"pages": "fault", "profiles": "fault"}),
    "a profile is not counted": (lambda path: write(path, "UPDATE scope SET profiles = profiles - 1"), {"scopes": "fault"}),
    "commits are lost": (lambda path: write(path, "UPDATE scope SET commits = commits - 1"), {"database": "fault"}),
    "somebody is refused without a key": (
        lambda path: (suppress(path), (path / "suppression.key").unlink()),
        {"suppression": "fault"},
    ),
    "a key was cut": (lambda path: (path / "suppression.key").write_bytes(b"short"), {"keys": "fault"}),
    "others may read a file": (lambda path: (path / "suppression.key").chmod(0o644), {"modes": "warning"}),
    "a stranger's file": (lambda path: touch(path / "letter.txt"), {"strangers": "warning"}),
    "a key of the organisation": (lambda path: touch(path / "token.key"), {"strangers": "warning"}),
    "an upload cannot be read": (
        lambda path: ((path / "uploads" / "one").mkdir(parents=True), touch(path / "uploads" / "one" / "upload.json")),
        {"uploads": "fault"},
    ),
    "the database is empty": (lambda path: (path / "headwater.db").write_bytes(b""), {"database": "fault"}),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_of_one_sandbox_is_found_there_and_nowhere_else(copy, name):
    damage, expected = DAMAGES[name]
    damage(place(copy, "dev-2"))
    found = findings(copy)
    seen = wrong(found)
    assert {sandbox for sandbox, _ in seen} == {"dev-2"}, seen
    assert expected.items() <= {check: result for (_, check), result in seen.items()}.items(), found
    for key in seen:
        assert found[key]["advice"], found[key]
    assert "secret@" not in json.dumps(list(found.values())) and "sandbox dev-2: " in doctor(copy).stdout


def test_a_sandbox_without_a_directory_and_a_directory_of_no_sandbox_are_found(copy):
    stranger = copy / "sandboxes" / "00112233-4455-6677-8899-aabbccddeeff"
    stranger.mkdir(mode=0o700)
    found = findings(copy)
    assert wrong(found) == {("prod", "sandboxes"): "warning"}
    assert stranger.name in found["prod", "sandboxes"]["found"] and found["prod", "sandboxes"]["advice"]
    stranger.rmdir()

    left = place(copy, "dev-1").with_suffix(".going")
    left.mkdir(mode=0o700)
    assert left.name in findings(copy)["prod", "sandboxes"]["found"]
    left.rmdir()

    shutil.rmtree(place(copy, "dev-1"))
    found = findings(copy)
    assert wrong(found) == {("prod", "sandboxes"): "fault"}
    assert "dev-1 have lost their directory" in found["prod", "sandboxes"]["found"]
    assert ("dev-2", "profiles") in found and ("dev-1", "profiles") not in found


def test_a_sandbox_of_which_nothing_can_be_read_is_a_fault(copy):
    with database(copy) as stored:
        stored.execute("UPDATE control_object SET body = CAST('{}' AS BLOB) WHERE kind = CAST('sandbox' AS BLOB)")
    found = findings(copy)
    assert wrong(found)["prod", "sandboxes"] == "fault" and found["prod", "profiles"]["result"] == "ok"


def test_what_is_reset_or_removed_beside_it_is_no_damage(serve):
    server = serve()
    data = server.directory / "data"
    make(server, "dev-1")
    for _ in range(5):
        reset(server, "dev-1")
        found = findings(data)
        assert not wrong(found), wrong(found)
    server.expect(202, "DELETE", f"{SANDBOXES}/dev-1?ignoreWarnings=true")
    assert not [each for each in wrong(findings(data)).values() if each == "fault"]
