"""The store in PostgreSQL: what a server promises holds over a database that restarts, loses connections, and is not there."""

import json
import os
import pathlib
import subprocess
import threading
import time

import headwater as hw
import pytest
from test_restart import Stream

ROOT = pathlib.Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)


class Database:
    """A PostgreSQL server of a test's own, which can be stopped and started."""

    def __init__(self, directory, primary=None):
        self.directory = directory
        self.port = hw.free_port()
        if primary:
            self.url = self.script("standby", self.directory, self.port, primary.port).strip()
        else:
            self.url = self.script("start", self.directory, self.port).strip()

    @staticmethod
    def script(*arguments):
        done = subprocess.run(
            [ROOT / "scripts/postgres", *map(str, arguments)], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def restart(self):
        """As after a loss of power: nothing is finished."""
        self.script("restart", self.directory)

    def query(self, text):
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", text, self.url],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def cut(self):
        """Ends all connections of servers."""
        self.query(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'headwater %'"
        )

    def kill(self):
        self.script("stop", self.directory)


def make_database(processes, primary=None):
    # Not in the test's own directory, into which the database's user may not look.
    started = Database(pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip()), primary)
    processes.append(started)
    return started


@pytest.fixture
def database(processes):
    return make_database(processes)


def send(server, step):
    body = json.dumps({"identityMap": {"Email": [{"id": "a@example.org"}]}, "step": step}).encode()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
    return hw.request("POST", f"{server.url}/v1/profiles", body, headers, timeout=60)


def wait_for_store(server):
    """Whoever asks right after a restart of the database may be told to come again."""
    server.wait_until(lambda: server.call("GET", "/v1/changes").status == 200)


def over(database):
    return {"environment": {"HEADWATER_DATABASE": database.url}}


def test_a_database_that_restarts_and_cuts_connections_loses_nothing(serve, kinesis_local, slow_road, database):
    stream = Stream(serve, kinesis_local, slow_road, **over(database))
    stream.begin()
    for step in range(6):
        stream.pause(0.3, 1.5)
        database.restart() if step % 2 else database.cut()
    wait_for_store(stream.server)
    stream.end()


def test_connections_that_the_server_ends_are_made_anew_and_nobody_notices(serve, database):
    server = serve(**over(database))
    for step in range(5):
        database.cut()
        assert send(server, step).status == 200
        assert server.profile("Email", "a@example.org")["step"] == step


def test_kills_leave_the_truth_last(serve, kinesis_local, slow_road, database):
    stream = Stream(serve, kinesis_local, slow_road, **over(database))
    stream.begin()
    for _ in range(3):
        stream.pause(0.3, 1.5)
        stream.server.kill()
        stream.server.start()
    stream.end()


def test_nothing_is_acknowledged_that_no_standby_has(serve, database):
    server = serve(**over(database))
    assert send(server, 1).status == 200
    database.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    database.query("SELECT pg_reload_conf()")
    answers = []
    sender = threading.Thread(target=lambda: answers.append(send(server, 2)), daemon=True)
    sender.start()
    for _ in range(3):
        # Who cancels the wait makes the server report success.
        time.sleep(0.7)
        database.query(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'headwater writer' AND wait_event = 'SyncRep'"
        )
    assert not answers
    database.query("ALTER SYSTEM RESET synchronous_standby_names")
    database.query("SELECT pg_reload_conf()")
    sender.join(30)
    [answer] = answers
    assert answer.status == 200 and answer.json["accepted"] == 1, answer
    assert server.profile("Email", "a@example.org")["step"] == 2
    assert server.stop() == 0


def test_messages_are_refused_while_the_database_is_away_and_taken_when_it_is_back(serve, database):
    server = serve(**over(database))
    assert send(server, 1).status == 200
    database.script("pause", database.directory)
    refused = send(server, 2)
    assert refused.status == 503 and refused.headers.get("Retry-After"), refused
    assert "postgres://" not in str(refused.body) and "SELECT" not in str(refused.body)
    database.script("resume", database.directory)
    server.wait_until(lambda: send(server, 3).status == 200)
    # Each connection finds out by itself that it is back, within a second.
    query = "schema.name=_xdm.context.profile&entityId=a%40example.org&entityIdNS=Email"
    server.wait_until(lambda: server.call("GET", f"/data/core/ups/access/entities?{query}").status == 200)
    assert server.profile("Email", "a@example.org")["step"] == 3
    assert server.stop() == 0


def test_a_first_start_while_the_database_is_away_leaves_a_directory_that_can_be_used(tmp_path, database):
    database.script("pause", database.directory)
    arguments = [hw.BINARY, "serve", "--data", tmp_path / "data", "--port", "0"]
    environment = {**os.environ, "HEADWATER_DATABASE": database.url}
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 69, done
    database.script("resume", database.directory)
    server = hw.Headwater(tmp_path, environment={"HEADWATER_DATABASE": database.url})
    assert send(server, 1).status == 200
    assert server.stop() == 0


def test_a_directory_whose_store_is_in_a_database_is_not_begun_anew_without_it(serve, database):
    server = serve(**over(database))
    server.audience("Everyone", "step >= 0")
    assert server.stop() == 0
    done = subprocess.run(
        [hw.BINARY, "serve", "--data", server.directory / "data", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 65, done
    assert "headwater.db is missing" in done.stderr
    server.start()
    listed = server.expect(200, "GET", "/data/core/ups/segment/definitions")
    assert [segment["name"] for segment in listed["segments"]] == ["Everyone"]


def test_each_sandbox_has_a_schema_which_goes_with_it(serve, database):
    server = serve(**over(database))

    def schemas():
        return int(database.query("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'headwater%'"))

    assert schemas() == 1
    body = {"name": "dev-1", "title": "Trials", "type": "development"}
    server.expect(202, "POST", "/data/foundation/sandbox-management/sandboxes", body)
    path = "/data/foundation/sandbox-management/sandboxes/dev-1"
    server.wait_until(lambda: server.expect(200, "GET", path)["state"] == "active")
    assert schemas() == 2
    server.stop()
    server.start()
    server.wait_until(lambda: server.expect(200, "GET", path)["state"] == "active")
    server.expect(202, "DELETE", path)
    server.wait_until(lambda: schemas() == 1)


def test_a_password_in_the_command_line_is_told_of_and_never_shown(serve, database):
    url = database.url.replace("headwater@", "headwater:hunter2@")
    server = serve("--database", url)
    log = (server.directory / "serve.log").read_text()
    assert "HEADWATER_DATABASE" in log
    assert "hunter2" not in log
    answer = server.call("GET", "/metrics")
    assert answer.status == 200 and b"hunter2" not in answer.body


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(tmp_path, database, setting):
    database.query(f"ALTER SYSTEM SET {setting} = off")
    database.query("SELECT pg_reload_conf()")
    done = subprocess.run(
        [hw.BINARY, "serve", "--data", tmp_path / "data", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "HEADWATER_DATABASE": database.url},
    )
    assert done.returncode == 69, done
    assert f"{setting} = off" in done.stderr


def test_a_database_that_is_not_there_is_named_and_nothing_is_made(tmp_path):
    done = subprocess.run(
        [hw.BINARY, "serve", "--data", tmp_path / "data", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "HEADWATER_DATABASE": f"postgres://headwater@127.0.0.1:{hw.free_port()}/postgres"},
    )
    assert done.returncode == 69, done
    assert "no connection to the database" in done.stderr and "refused" in done.stderr
