"""Nodes that are replaced by those of a newer program: how far that is, and its end."""

import json
import os
import subprocess
import threading

import headwater as hw
import pytest
from test_backup_sandboxes import make
from test_postgres import make_database, send

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)


def upgrade(database, *options):
    environment = {**os.environ, "HEADWATER_DATABASE": database.url}
    command = list(map(str, [hw.BINARY, "upgrade", *options]))
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def look(database):
    done = upgrade(database, "--check", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["result"] == "current" else 1), done
    return told


def leave_unfinished(database, schema):
    """As the tables of the earlier program are, to which a node of this one has added what it needs."""
    database.query(f"UPDATE {schema}.cluster SET version = 1")


def test_an_upgrade_is_finished_when_no_node_of_an_earlier_program_is_at_work(serve, processes):
    database = make_database(processes)
    server = serve(environment={"HEADWATER_DATABASE": database.url})
    sandbox = make(server, "dev-1")
    told = look(database)
    version = told["version"]
    assert told["result"] == "current" and upgrade(database, "--finish").returncode == 0
    [node] = told["nodes"]
    assert node["isAtWork"] and node["leads"] and node["program"] == "0.1.0" and not node["isInTheWay"], node

    # As it is when the earlier program made the store, and a node of it is at work still.
    schemas = ["headwater", f'"headwater_{sandbox}"']
    for schema in schemas:
        leave_unfinished(database, schema)
    database.query(
        "INSERT INTO headwater.node (number, name, holder, beat, leaving) VALUES (9, 'old', gen_random_uuid(), 1, false)"
    )
    stopped = threading.Event()

    def beat():
        while not stopped.wait(0.5):
            database.query("UPDATE headwater.node SET beat = beat + 1 WHERE number = 9")

    earlier = threading.Thread(target=beat)
    earlier.start()
    try:
        told = look(database)
        assert told["result"] == "blocked", told
        assert {schema["sandbox"]: schema["state"] for schema in told["schemas"]} == {
            "prod": "unfinished",
            "dev-1": "unfinished",
        }
        assert [node["name"] for node in told["nodes"] if node["isInTheWay"]] == ["old"]
        # What is made meanwhile is made for the earlier program too.
        schemas.append(f'"headwater_{make(server, "dev-2")}"')
        assert database.query(f"SELECT version FROM {schemas[-1]}.cluster") == "1"
        refused = upgrade(database, "--finish")
        assert refused.returncode == 75 and "Replace these nodes first" in refused.stdout, refused
        assert database.query("SELECT version FROM headwater.cluster") == "1"
    finally:
        stopped.set()
        earlier.join()
    # What has ended is in nobody's way.
    assert look(database)["result"] == "due"
    assert send(server, 1).status == 200
    done = upgrade(database, "--finish")
    assert done.returncode == 0 and "Finished" in done.stdout, done
    assert {database.query(f"SELECT version FROM {schema}.cluster") for schema in schemas} == {str(version)}
    # Whoever is of this program goes on as if nothing had happened.
    assert send(server, 2).status == 200
    server.expect(200, "GET", "/v1/changes", None, **{"x-sandbox-name": "dev-1"})
    assert look(database)["result"] == "current"
    assert server.stop() == 0


def test_several_that_make_or_finish_the_tables_at_once_are_all_content(processes):
    database = make_database(processes)
    environment = {**os.environ, "HEADWATER_DATABASE": database.url}

    def at_once(*arguments):
        command = [str(hw.BINARY), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        running = [subprocess.Popen(command, env=environment, **pipes) for _ in range(3)]
        return [(each.communicate(timeout=120)[0], each.returncode) for each in running]

    for _ in range(3):
        made = at_once("migrate")
        assert {code for _, code in made} == {0}, made
        assert database.query("SELECT version FROM headwater.cluster") == "3"
        leave_unfinished(database, "headwater")
        finished = at_once("upgrade", "--finish")
        assert {code for _, code in finished} == {0}, finished
        database.query("DROP SCHEMA headwater CASCADE")


def test_what_cannot_be_upgraded_is_said(processes):
    assert subprocess.run([hw.BINARY, "upgrade"], capture_output=True, timeout=60).returncode == 64
    database = make_database(processes)
    assert upgrade(database, "--check", "--finish").returncode == 64
    empty = upgrade(database, "--json")
    assert empty.returncode == 1 and json.loads(empty.stdout)["result"] == "blocked", empty
    assert upgrade(database, "--finish").returncode == 75
    database.kill()
    away = upgrade(database)
    assert away.returncode == 69 and away.stderr.startswith("headwater: "), away
