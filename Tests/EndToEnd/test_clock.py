"""Who leaves by the clock alone leaves on time, whatever the server was doing then."""

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import struct
import time

import headwater as hw
import pytest
from sleepers import EXPRESSION, HOUR, Exits, Sleepers, now, outbox, stream

FAKETIME = shutil.which("faketime")
PEOPLE = 4_000
DAY = 24 * HOUR


class Stage:
    """A server with sleepers that is killed before the first of them leaves."""

    def __init__(self, serve, kinesis_local, spread=6_000, ahead=15_000):
        self.seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
        print(f"seed {self.seed}")
        self.chance = random.Random(self.seed)
        self.endpoint = kinesis_local("--no-limits")
        self.kinesis = hw.boto(self.endpoint.endpoint)
        for name in ("exits", "live"):
            hw.create_stream(self.kinesis, name, 1)
        self.server = serve()
        self.audience = self.server.audience("Seen within the hour", EXPRESSION)
        live = self.server.audience("Live", "live >= 0")
        self.live_flow = self.server.dataflow(self.endpoint.endpoint, "live", [live], ["live"])
        self.sleepers = Sleepers(PEOPLE, now() + ahead, spread, self.seed)
        events = [self.sleepers.event(person) for person in range(PEOPLE)]
        assert self.server.ingest("events", events)["accepted"] == PEOPLE
        # Mapped only now: the entries are not exported, the exits are.
        self.flow = self.server.dataflow(self.endpoint.endpoint, "exits", [self.audience], [], backfill=False)
        assert self.members() == PEOPLE
        assert now() < self.sleepers.first, "the machine is too slow for this test"
        self.server.kill()
        self.live = 0

    def members(self):
        return self.server.expect(200, "GET", f"/data/core/ups/segment/definitions/{self.audience}")["memberCount"]

    def fired(self):
        return self.server.stats(self.flow)["triggered"]

    def send_live(self, count=50):
        """Messages of other people, acknowledged while timers are made up for."""
        people = range(self.live, self.live + count)
        lines = [{"identityMap": {"Phone": [{"id": f"l{person}"}]}, "live": person} for person in people]
        assert self.server.ingest("profiles", lines)["accepted"] == count
        self.live += count

    def make_up(self, kills):
        """Starts the server and kills it when it has come so far."""
        self.sleepers.sleep_through()
        self.server.start()
        for share in kills:
            while self.fired() < share * PEOPLE:
                self.send_live()
            time.sleep(self.chance.uniform(0, 0.2))
            fired = self.fired()
            self.server.kill()
            print(f"killed after {fired} of {PEOPLE}")
            self.server.start()
        self.await_fired()

    def await_fired(self):
        begun = time.monotonic()
        while self.fired() < PEOPLE:
            self.send_live(5)
            assert time.monotonic() - begun < 120, self.server.stats(self.flow)
            time.sleep(0.05)

    def check_streams(self):
        """Every exit is there with its instant, and every live message; gives the copies."""
        for flow in (self.flow, self.live_flow):
            self.server.wait_until_delivered(flow)
        assert self.fired() == PEOPLE and self.members() == 0
        exits = Exits(self.sleepers, self.audience)
        for payload, _ in stream(self.kinesis, "exits"):
            exits.add(payload)
        assert exits.missing == 0, f"seed {self.seed}"
        live = {json.loads(payload)["live"] for payload, _ in stream(self.kinesis, "live")}
        assert live == set(range(self.live))
        return exits.copies

    def check_outbox(self):
        """Nothing was sent: every exit waits once, in the order of their instants."""
        exits = Exits(self.sleepers, self.audience)
        for payload in outbox(self.server.directory / "data", self.server.directory / "copy"):
            if b'"live"' not in payload:
                exits.add(payload)
        assert exits.missing == exits.copies == exits.inversions == 0, f"seed {self.seed}"


def test_exits_that_were_slept_through_are_made_up_for_over_two_kills(serve, kinesis_local):
    stage = Stage(serve, kinesis_local)
    stage.make_up(kills=(0.2, 0.6))
    print(f"copies {stage.check_streams()}")
    assert stage.server.stop() == 0


def test_a_destination_that_is_dead_meanwhile_gets_every_exit_later_in_order(serve, kinesis_local):
    stage = Stage(serve, kinesis_local)
    stage.endpoint.signal(signal.SIGSTOP)
    stage.make_up(kills=(0.2, 0.6))
    assert stage.server.stats(stage.flow)["pending"] == PEOPLE and stage.members() == 0
    stage.server.kill()
    stage.check_outbox()
    stage.endpoint.signal(signal.SIGCONT)
    stage.server.start()
    stage.check_streams()
    assert stage.server.stop() == 0


def test_a_full_disk_meanwhile_loses_no_exit_and_fires_none_twice(serve, kinesis_local):
    stage = Stage(serve, kinesis_local)
    stage.endpoint.signal(signal.SIGSTOP)
    server = stage.server
    stage.sleepers.sleep_through()
    size = (server.directory / "data" / "headwater.db").stat().st_size
    room = size + (64 << 10)
    server.preexec_fn = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    server.launch()

    def ready():
        return hw.request("GET", f"{server.url}/ready", timeout=2)

    server.wait_until(lambda: ready().status == 503 and ready().json.get("code") == "storage_full")
    assert hw.request("GET", f"{server.url}/health").status == 200
    server.token = server.sign_in()
    fired = stage.fired()
    print(f"full after {fired} of {PEOPLE}")
    assert fired < PEOPLE
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    server.wait_until(lambda: ready().status == 200)
    stage.await_fired()
    server.kill()
    stage.check_outbox()
    stage.endpoint.signal(signal.SIGCONT)
    server.preexec_fn = None
    server.start()
    stage.check_streams()
    log = server.log.read_text()
    # With a commit log what waits for room is not tried again: it goes on.
    assert log.count("Timers wait, and are tried again") == log.count("Timers go on")
    assert log.count("Writes are refused") == log.count("Writes are taken again") > 0
    assert server.stop() == 0


def previous_format(data):
    """Makes a store what the version before schedules and timers wrote; gives the number of its profiles."""
    with sqlite3.connect(data / "headwater.db") as store:
        store.executescript(
            """
            ALTER TABLE event RENAME TO event_by_time;
            DROP INDEX event_id;
            CREATE TABLE event (
                profile INTEGER NOT NULL, id BLOB NOT NULL, timestamp INTEGER NOT NULL, body BLOB NOT NULL,
                PRIMARY KEY (profile, id)
            ) WITHOUT ROWID;
            INSERT INTO event SELECT profile, id, timestamp, body FROM event_by_time;
            DROP TABLE event_by_time;
            DROP TABLE backfill;
            DROP TABLE resume_mark;
            DROP INDEX dead_letter_profile;
            DROP TABLE scrub;
            DROP TABLE erasure;
            DROP TABLE suppression;
            DROP TABLE dataflow_hour;
            DROP TABLE delivery;
            UPDATE audience SET entered = entered - exited;
            ALTER TABLE audience DROP COLUMN exited;
            ALTER TABLE audience RENAME COLUMN entered TO members;
            DROP TABLE audience_hour;
            DROP TABLE configuration_change;
            DROP TABLE history_chain;
            DROP TABLE commit_log;
            DROP TABLE profile_place;
            DROP TABLE delivery_run;
            DROP TABLE delivery_block;
            DROP TABLE heir;
            DROP TABLE value_file;
            DROP TABLE upload;
            DROP INDEX dead_letter_cause;
            ALTER TABLE dataflow DROP COLUMN replayed;
            ALTER TABLE dataflow DROP COLUMN discarded;
            ALTER TABLE dataflow DROP COLUMN erased;
            DROP TABLE alert_standing;
            DROP TABLE alert_entry;
            DROP TABLE alert_delivery;
            DROP TABLE dataflow_audience;
            DROP TABLE dataflow_audience_hour;
            ALTER TABLE outbox DROP COLUMN audiences;
            ALTER TABLE dead_letter DROP COLUMN audiences;
            PRAGMA user_version = 2;
            """
        )
        profiles = store.execute("SELECT row, value FROM profile").fetchall()
        for row, value in profiles:
            version, identities, links, memberships, timers, leaves, entries = struct.unpack_from("<BxHIIIII", value)
            # Of the optional parts there are the last changes alone.
            assert version == 6 and leaves == 0 and value[60] == 4
            start = 61 + 19 * identities + 4 * links + 25 * memberships
            old = struct.pack("<BxHIII", 2, identities, links, memberships, entries)
            # Without the number of the set of leaves, without timers and last changes.
            end = start + 24 * timers
            (trail,) = struct.unpack_from("<H", value, end)
            value = old + value[24:52] + value[61:start] + value[end + 2 + trail :]
            store.execute("UPDATE profile SET value = ?, due = NULL WHERE row = ?", (value, row))
        objects = store.execute("SELECT id, body FROM control_object WHERE kind = ?", (b"evaluation",)).fetchall()
        for audience, body in objects:
            version = json.loads(body)["version"]
            cursor = {"version": version, "row": profiles[-1][0], "processed": len(profiles)}
            cursor |= {"total": len(profiles), "isDone": True}
            store.execute(
                "UPDATE control_object SET body = ? WHERE kind = ? AND id = ?",
                (json.dumps(cursor).encode(), b"evaluation", audience),
            )
        store.execute("DELETE FROM control_object WHERE kind = ?", (b"evaluationPosition",))
    return len(profiles)


def test_a_store_of_the_version_before_gets_its_timers(serve):
    server = serve("--storage", "sqlite")
    member = server.audience("Member", "step = 1")
    left = server.audience("Left lately", f'segmentMembership.get("ups").get("{member}").status = "exited"')

    def shown():
        return server.expect(200, "GET", f"/data/core/ups/segment/definitions/{left}")

    people = [{"identityMap": {"Phone": [{"id": f"p{number}"}]}} for number in range(50)]
    for step in (1, 2):
        assert server.ingest("profiles", [{**person, "step": step} for person in people])["accepted"] == 50
    server.wait_until(lambda: shown()["evaluationProgress"]["state"] == "done")
    assert shown()["memberCount"] == 50
    assert server.stop() == 0
    data = server.directory / "data"
    assert previous_format(data) == 50

    server.start()
    server.wait_until(lambda: shown()["evaluationProgress"]["state"] == "done")
    progress = shown()["evaluationProgress"]
    assert progress["processed"] == progress["total"] == 50, progress
    assert shown()["memberCount"] == 50
    assert server.stop() == 0
    with sqlite3.connect(data / "headwater.db") as store:
        due = [instant for (instant,) in store.execute("SELECT due FROM profile")]
    assert all(instant and abs(instant - now() - 30 * DAY) < HOUR for instant in due), due
    if FAKETIME:
        server.under, server.environment = (FAKETIME, "-m", "-f", "+31d"), {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        server.start()
        server.wait_until(lambda: shown()["memberCount"] == 0)
        assert server.stop() == 0
    assert "Audiences are evaluated once more after the upgrade" in server.log.read_text()
