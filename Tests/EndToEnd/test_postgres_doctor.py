"""What is wrong with a server whose store is in PostgreSQL is found, and its tables are made and upgraded without it."""

import json
import os
import pathlib
import shutil
import subprocess
import time

import headwater as hw
import pytest
from test_backup_sandboxes import make, person
from test_postgres import Database

PEOPLE = 20
SERVER_CHECKS = {"settings", "standbys", "transactions", "slots"}
STORE_CHECKS = {
    "suppression", "secrets", "clock", "uploads", "schema", "dictionaries", "profiles", "timers", "scopes", "identities", "events",
    "outbox", "deadLetters", "ledger", "marks", "members", "configuration", "history", "tables",
}

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)


def run(command, *options, database=None):
    environment = {name: value for name, value in os.environ.items() if name != "HEADWATER_DATABASE"}
    if database:
        environment["HEADWATER_DATABASE"] = database
    return subprocess.run(
        [str(part) for part in [hw.BINARY, command, *options]], capture_output=True, text=True, timeout=300, env=environment
    )


def findings(data, url):
    """What is found, by sandbox and check; nothing of it shows anything of anybody."""
    done = run("doctor", "--data", data, "--json", database=url)
    assert done.stdout, done
    told = json.loads(done.stdout)
    assert done.returncode == {"ok": 0, "warning": 1, "fault": 65}[told["result"]], done
    assert "@x.example" not in done.stdout + done.stderr and "hiddenhidden" not in done.stdout
    return {(each["sandbox"], each["check"]): each for each in told["findings"]}


def wrong(found):
    """Checks that found something; how full the disk of the machine is belongs to none of these tests."""
    return {key: each["result"] for key, each in found.items() if each["result"] != "ok" and key[1] != "disk"}


def beside(url, name):
    return url.rsplit("/", 1)[0] + "/" + name


def psql(url, text):
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", text, url],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Store:
    """A node's directory and its database."""

    def __init__(self, data, url, sandbox):
        self.data, self.url, self.sandbox = data, url, sandbox

    def query(self, text, schema="headwater"):
        return psql(self.url, f'SET search_path = "{schema}"; {text}')

    @property
    def sandbox_schema(self):
        return f"headwater_{self.sandbox}"

    def findings(self):
        return findings(self.data, self.url)


@pytest.fixture(scope="module")
def cluster():
    # Not in a test's own directory, into which the database's user may not look.
    started = Database(pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip()))
    yield started
    started.kill()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, cluster):
    """A store with something of everything in it and a second sandbox, of a server that was stopped."""
    home = tmp_path_factory.mktemp("store")
    cluster.query("CREATE DATABASE store")
    url = beside(cluster.url, "store")
    endpoint = hw.KinesisLocal(home, "--no-limits")
    server = hw.Headwater(home, "--allow-insecure-endpoints", environment={"HEADWATER_DATABASE": url})
    try:
        hw.create_stream(hw.boto(endpoint.endpoint), "out", 1)
        everyone = server.audience("Everyone", "age >= 0")
        flow = server.dataflow(endpoint.endpoint, "out", [everyone], ["age", "note"])
        server.ingest("profiles", [
            {"identityMap": {"Email": [{"id": f"secret{n}@x.example"}]}, "age": n, "note": "hidden" * 7_000 if n == 0 else "hidden"}
            for n in range(PEOPLE)
        ])
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        server.ingest("events", [
            {"identityMap": {"Email": [{"id": f"secret{n}@x.example"}]}, "_id": f"e{n}", "timestamp": now, "eventType": "seen"}
            for n in range(PEOPLE)
        ])
        assert server.stats(flow)["triggered"] >= PEOPLE
        sandbox = make(server, "dev-1")
        person(server, "dev-1", "secret@x.example", 1)
        running = findings(home / "data", url)
        assert not wrong(running), wrong(running)
        assert server.stop() == 0
    finally:
        server.kill()
        endpoint.kill()
    return Store(home / "data", url, sandbox)


@pytest.fixture
def store(stopped, cluster, tmp_path):
    """A copy of it that may be damaged."""
    name = f"copy{time.monotonic_ns()}"
    cluster.query(f"CREATE DATABASE {name} TEMPLATE store")
    shutil.copytree(stopped.data, tmp_path / "data")
    return Store(tmp_path / "data", beside(cluster.url, name), stopped.sandbox)


def test_a_whole_store_is_well_and_stays_as_it_is(store):
    def content():
        tables = ("profile", "identity", "event", "outbox", "book", "writer", "lane", "cluster", "control_object")
        rows = [store.query(f"SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {table} t") for table in tables]
        return rows, {path: path.read_bytes() for path in store.data.rglob("*") if path.is_file()}

    before = content()
    found = store.findings()
    assert not wrong(found), wrong(found)
    assert {check for sandbox, check in found if sandbox == "prod"} == (
        SERVER_CHECKS | STORE_CHECKS | {"modes", "keys", "strangers", "disk", "sandboxes", "schemas"}
    )
    assert {check for sandbox, check in found if sandbox == "dev-1"} == STORE_CHECKS | {"modes", "keys", "strangers"}
    assert content() == before
    text = run("doctor", "--data", store.data, "--database", store.url).stdout
    assert f"{PEOPLE} profiles, with their identities and events" in text and "the server is stopped" in text
    assert "sandbox dev-1: every stored profile: 1 profiles" in text


@pytest.mark.parametrize(
    "damage, checks",
    [
        ("UPDATE profile SET value = '\\x01' WHERE row = (SELECT min(row) FROM profile)", {"profiles"}),
        ("DELETE FROM identity", {"profiles"}),
        ("DELETE FROM event", {"profiles"}),
        ("UPDATE book SET delivered = delivered - 1", {"outbox"}),
        ("UPDATE control_object SET body = '{' WHERE kind = 'segment'", {"configuration"}),
        ("UPDATE configuration_change SET name = 'somebody' WHERE sequence = 1", {"history"}),
        ("DROP TABLE delivery", {"ledger"}),
    ],
)
def test_damage_is_found_where_it_is(store, damage, checks):
    if "'segment'" in damage:
        kind = store.query("SELECT convert_from(kind, 'UTF8') FROM control_object WHERE kind <> 'sandbox' LIMIT 1")
        damage = damage.replace("segment", kind)
    store.query(damage)
    assert wrong(store.findings()) == {("prod", check): "fault" for check in checks}


def test_damage_in_a_sandbox_is_said_to_be_there(store):
    store.query("DELETE FROM identity", store.sandbox_schema)
    assert wrong(store.findings()) == {("dev-1", "profiles"): "fault"}


def test_schemas_and_sandboxes_belong_together(store):
    store.query('CREATE SCHEMA "headwater_00000000-0000-4000-8000-000000000001"; CREATE SCHEMA headwater_reports')
    found = store.findings()
    assert wrong(found) == {("prod", "schemas"): "warning"}
    assert "000000000001" in found["prod", "schemas"]["found"] and "reports" not in found["prod", "schemas"]["found"]

    store.query(f'DROP SCHEMA "{store.sandbox_schema}" CASCADE')
    found = store.findings()
    assert wrong(found) == {("prod", "schemas"): "fault"}
    assert "dev-1 have lost their schema" in found["prod", "schemas"]["found"]

    done = run("migrate", "--json", database=store.url)
    assert done.returncode == 65, done
    assert [each["state"] for each in json.loads(done.stdout)["schemas"]] == ["current", "lost"]
    assert store.query(f"SELECT count(*) FROM pg_namespace WHERE nspname = '{store.sandbox_schema}'") == "0"


def test_the_directory_is_looked_at_too(store):
    (store.data / "stranger").write_text("")
    (store.data / "stranger").chmod(0o644)
    assert wrong(store.findings()) == {("prod", "strangers"): "warning", ("prod", "modes"): "warning"}
    (store.data / "stranger").unlink()

    (store.data / "headwater.db").touch(0o600)
    (store.data / "token.key").unlink()
    assert wrong(store.findings()) == {("prod", "strangers"): "fault", ("prod", "keys"): "fault"}
    (store.data / "headwater.db").unlink()

    shutil.rmtree(store.data / "sandboxes" / store.sandbox)
    assert wrong(store.findings()) == {("prod", "sandboxes"): "fault", ("prod", "keys"): "fault"}


def test_settings_that_lose_what_was_acknowledged_are_faults(stopped, cluster):
    def set_to(name, value):
        cluster.query(f"ALTER SYSTEM SET {name} = {value}")
        cluster.query("SELECT pg_reload_conf()")
        # A moment later the new processes have it.
        time.sleep(0.5)
        return wrong(stopped.findings())

    try:
        assert set_to("fsync", "off") == {("prod", "settings"): "fault"}
        assert set_to("fsync", "on") == {}
        assert set_to("default_transaction_isolation", "serializable") == {("prod", "settings"): "warning"}
        assert set_to("default_transaction_isolation", "'read committed'") == {}
        assert set_to("synchronous_standby_names", "'nobody'") == {("prod", "standbys"): "warning"}
    finally:
        cluster.query("ALTER SYSTEM RESET ALL")
        cluster.query("SELECT pg_reload_conf()")


def test_a_database_that_cannot_be_reached_is_told_without_its_password(store):
    port = hw.free_port()
    for command in (("doctor", "--data", store.data), ("migrate",), ("migrate", "--check")):
        done = run(*command, database=f"postgres://headwater:hush-hush@127.0.0.1:{port}/none")
        assert done.returncode == 69 and "no connection to the database" in done.stderr, done
        assert "hush" not in done.stdout + done.stderr
        done = run(*command, database=f"postgres://headwater:hush/hush@127.0.0.1:{port}/none")
        assert done.returncode == 65 and "hush" not in done.stdout + done.stderr, done
    done = run("migrate", "--database", f"postgres://headwater:hush-hush@127.0.0.1:{port}/none")
    assert "HEADWATER_DATABASE instead" in done.stderr and "hush" not in done.stderr
    assert run("migrate").returncode == 64


def test_only_a_servers_directory_is_looked_at(store, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter").write_text("dear")
    for directory in ("letters", "nothing"):
        done = run("doctor", "--data", tmp_path / directory, database=store.url)
        assert done.returncode == 65 and "not a server's directory" in done.stderr, done
    assert not (tmp_path / "nothing").exists()


def test_tables_of_another_version_are_told_and_left_alone(store):
    store.query("UPDATE cluster SET version = 9")
    found = wrong(store.findings())
    assert found["prod", "schema"] == "fault" and ("prod", "profiles") not in found, found
    for options in ((), ("--check",)):
        done = run("migrate", *options, database=store.url)
        assert done.returncode == 65 and "version 9" in done.stdout and "up to 3" in done.stdout, done
    assert store.query("SELECT version FROM cluster") == "9"


def test_tables_are_made_before_and_the_servers_role_needs_no_right_to_the_database(cluster, serve, tmp_path):
    cluster.query("CREATE DATABASE fresh; ")
    url = beside(cluster.url, "fresh")
    done = run("migrate", "--check", "--json", database=url)
    assert done.returncode == 1 and json.loads(done.stdout)["result"] == "due", done
    assert psql(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'headwater'") == "0"
    done = run("migrate", database=url)
    assert done.returncode == 0 and "is now of version" in done.stdout, done
    for options in ((), ("--check",)):
        done = run("migrate", *options, "--json", database=url)
        assert done.returncode == 0 and json.loads(done.stdout)["result"] == "current", done

    psql(url, "CREATE ROLE app LOGIN; REVOKE CREATE ON DATABASE fresh FROM PUBLIC; GRANT USAGE ON SCHEMA headwater TO app;")
    psql(url, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA headwater TO app")
    own = url.replace("headwater@", "app@")
    server = serve(environment={"HEADWATER_DATABASE": own})
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": "secret@x.example"}]}, "age": 1}])
    found = findings(server.directory / "data", own)
    assert not wrong(found), wrong(found)
    assert server.stop() == 0

    cluster.query("CREATE DATABASE other")
    refused = run("migrate", database=beside(own, "other"))
    assert refused.returncode == 69 and "role may not" in refused.stderr, refused
