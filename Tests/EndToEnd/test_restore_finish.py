"""Stores that were put back to an earlier state: what is decided then is new to whoever reads the stream."""

import json
import os
import shutil
import subprocess

import headwater as hw
import pytest
from test_backup import again, backup, restore  # noqa: F401
from test_backup_sandboxes import age, make, person, wait
from test_postgres import make_database, send
from test_restart import refused_start

in_a_directory = pytest.mark.skipif(
    os.environ.get("HEADWATER_STORAGE") == "postgres", reason="the store is in a database"
)
with_postgresql = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)
HUNDREDTHS_SINCE_1970 = 100 * 1_750_000_000_000


def finish(*options, database=None):
    environment = {**os.environ, **({"HEADWATER_DATABASE": database} if database else {})}
    command = list(map(str, [hw.BINARY, "restore-finish", *options]))
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def put_back(data, saved):
    """Puts the files of the store back; what else is in the directory stays as it is."""
    for name in ("headwater.db", "headwater.db-wal", "headwater.db-shm", "log", "values"):
        path = data / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if (saved / name).is_dir():
            shutil.copytree(saved / name, path)
        elif (saved / name).exists():
            shutil.copy2(saved / name, path)


class Reader:
    """A consumer that leaves out events with an id it knows, and what is older than what it has."""

    def __init__(self, kinesis_local):
        self.endpoint = kinesis_local("--no-limits").endpoint
        self.kinesis = hw.boto(self.endpoint)
        hw.create_stream(self.kinesis, "out", 1)

    def connect(self, server):
        everyone = server.audience("Everyone", "step >= 0")
        self.flow = server.dataflow(self.endpoint, "out", [everyone], ["step"], envelope="cloudevents")

    def tell(self, server, step):
        assert send(server, step).status == 200
        server.wait_until_delivered(self.flow)

    @property
    def events(self):
        return [json.loads(record["Data"]) for record in hw.read_stream(self.kinesis, "out")]

    @property
    def step(self):
        known, newest = set(), None
        for event in self.events:
            if event["id"] in known:
                continue
            known.add(event["id"])
            if newest is None or event["data"]["revision"] > newest["data"]["revision"]:
                newest = event
        return newest["data"]["profile"]["step"]

    def went_on(self, server):
        """What is decided after the store was put back is what the consumer has."""
        assert server.profile("Email", "a@example.org")["step"] == 1
        before = max(event["data"]["revision"] for event in self.events)
        self.tell(server, 4)
        last = self.events[-1]["data"]["revision"]
        assert self.step == 4 and last > before and last > HUNDREDTHS_SINCE_1970
        self.tell(server, 5)
        assert self.step == 5 and self.events[-1]["data"]["revision"] == last + 1
        entries = server.expect(200, "GET", "/v1/changes?kind=restoration")["items"]
        assert entries and all(entry["name"].startswith("revisions from ") for entry in entries)
        return last


@in_a_directory
def test_a_server_out_of_a_backup_goes_on_above_all_revisions_of_before(serve, kinesis_local, tmp_path, again):  # noqa: F811
    reader, server = Reader(kinesis_local), serve()
    reader.connect(server)
    sandbox = make(server, "dev-1")
    reader.tell(server, 1)
    person(server, "dev-1", "b@x.example", 1)
    assert backup(server.directory / "data", tmp_path / "backup").returncode == 0
    reader.tell(server, 2)
    reader.tell(server, 3)
    server.kill()
    made = restore(tmp_path / "backup", tmp_path / "new")
    assert made.returncode == 0 and "revisions and ids that nothing before had" in made.stderr, made.stderr
    marks = [tmp_path / "new" / "headwater.restored", tmp_path / "new" / "sandboxes" / sandbox / "headwater.restored"]
    assert all(mark.exists() for mark in marks)
    revived = again(tmp_path / "new")
    wait(revived, "dev-1")
    assert not any(mark.exists() for mark in marks)
    last = reader.went_on(revived)
    assert revived.expect(200, "GET", "/v1/changes?kind=restoration", **{"x-sandbox-name": "dev-1"})["items"]
    assert revived.stop() == 0
    # A start like any other leaves it as it is.
    revived.start()
    reader.tell(revived, 6)
    assert reader.step == 6 and reader.events[-1]["data"]["revision"] == last + 2
    assert revived.stop() == 0


@in_a_directory
def test_a_directory_of_before_is_refused_until_the_loss_is_accepted(serve, kinesis_local, tmp_path):
    reader, server = Reader(kinesis_local), serve()
    data = server.directory / "data"
    reader.connect(server)
    reader.tell(server, 1)
    assert server.stop() == 0
    shutil.copytree(data, tmp_path / "saved")
    server.start()
    both = finish("--data", data, database="postgres://headwater@127.0.0.1:1/none")
    assert both.returncode == 64 and "leave --data out" in both.stderr, both
    used = finish("--data", data)
    assert used.returncode == 75 and "in use" in used.stderr, used
    reader.tell(server, 2)
    reader.tell(server, 3)
    assert server.stop() == 0
    put_back(data, tmp_path / "saved")
    refused = refused_start(data)
    assert refused.returncode == 65 and f"restore-finish --data {data}" in refused.stderr, refused.stderr
    done = finish("--data", data, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"stores": [{"sandbox": "prod", "state": "marked"}]}
    server.start()
    reader.went_on(server)
    assert server.stop() == 0


def test_what_is_no_store_is_no_store_that_was_put_back(tmp_path):
    for options in ([], ["--data", tmp_path], ["--data", tmp_path / "nowhere"]):
        refused = finish(*options)
        assert refused.returncode in (64, 65) and refused.stderr.startswith("headwater: "), refused
    assert list(tmp_path.iterdir()) == []


@with_postgresql
def test_a_database_of_before_is_gone_on_with_by_all_nodes(serve, kinesis_local, tmp_path, processes):
    database = make_database(processes)
    reader, server = Reader(kinesis_local), serve(environment={"HEADWATER_DATABASE": database.url})
    reader.connect(server)
    sandbox = make(server, "dev-1")
    reader.tell(server, 1)
    person(server, "dev-1", "b@x.example", 1)
    assert server.stop() == 0
    database.script("pause", database.directory)
    saved = database.directory.parent / f"{database.directory.name}-saved"
    subprocess.check_call(["cp", "-a", database.directory / "data", saved])
    database.script("resume", database.directory)
    server.start()
    wait(server, "dev-1")
    reader.tell(server, 2)
    reader.tell(server, 3)
    person(server, "dev-1", "b@x.example", 2)
    # It is at work while the database is put back.
    database.script("pause", database.directory)
    subprocess.check_call(["rm", "-rf", database.directory / "data"])
    subprocess.check_call(["cp", "-a", saved, database.directory / "data"])
    database.script("resume", database.directory)
    assert server.process.wait(90) != 0
    # Whether a commit is missed first, or the node.
    assert any(word in server.log.read_text() for word in ["write_lost", "put back to an earlier state"])
    server.launch()
    assert server.process.wait(60) == 65
    assert "run headwater restore-finish" in server.log.read_text()

    done = finish("--json", database=database.url)
    assert done.returncode == 0, done.stderr
    first = json.loads(done.stdout)["stores"]
    assert [store["sandbox"] for store in first] == ["prod", "dev-1"]
    assert all(store["revisionsFrom"] > HUNDREDTHS_SINCE_1970 for store in first)
    # It can be run again, and numbers rise.
    second = json.loads(finish("--json", database=database.url).stdout)["stores"]
    assert all(one["revisionsFrom"] < other["revisionsFrom"] for one, other in zip(first, second, strict=True))
    server.start()
    wait(server, "dev-1")
    assert age(server, "dev-1", "b@x.example") == 1
    assert reader.went_on(server) >= second[0]["revisionsFrom"]
    # Whoever is still at work in it stores nothing any more.
    third = json.loads(finish("--json", database=database.url).stdout)["stores"]
    try:
        answer = send(server, 6).status
    except OSError:
        answer = None
    assert answer != 200 and server.process.wait(90) != 0, server.log.read_text()[-2_000:]
    server.start()
    reader.tell(server, 7)
    assert reader.step == 7 and reader.events[-1]["data"]["revision"] >= third[0]["revisionsFrom"]
    assert server.stop() == 0

    # Put back to before all that, it is not taken for what was gone on with.
    database.script("pause", database.directory)
    subprocess.check_call(["rm", "-rf", database.directory / "data"])
    subprocess.check_call(["mv", saved, database.directory / "data"])
    database.script("resume", database.directory)
    server.launch()
    assert server.process.wait(60) == 65
    assert "from before the last headwater restore-finish" in server.log.read_text()
    database.query(f'DROP SCHEMA "headwater_{sandbox}" CASCADE')
    # A sandbox that is lost is named, and in nobody's way.
    done = finish("--json", database=database.url)
    assert done.returncode == 65, done
    assert [store["state"] for store in json.loads(done.stdout)["stores"]] == ["entered", "failed"]
    server.start()
    assert server.profile("Email", "a@example.org")["step"] == 1
    reader.tell(server, 8)
    assert reader.step == 8
    assert server.stop() == 0
