"""A server is killed while it scrubs and writes: the others stay whole, and the deleted are gone from every file."""

import contextlib
import json
import os
import random
import sqlite3
import threading
import time
import urllib.error
import urllib.parse

import headwater as hw

OTHERS = 40
LARGE = 5000
KILLS = 5


def person(mail, **fields):
    return {"identityMap": {"Email": [{"id": mail, "primary": True}]}, **fields}


def entity(server, method, mail):
    query = {"schema.name": "_xdm.context.profile", "entityIdNS": "Email", "entityId": mail}
    return server.call(method, "/data/core/ups/access/entities?" + urllib.parse.urlencode(query))


def note(number, step):
    """What an attribute of somebody else is at a step."""
    return f"note {number} at {step} " + "x" * ((number * 131 + step * 977) % 3000)


class Load(threading.Thread):
    """Writes for the others, step after step, through every kill, and remembers what was acknowledged."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.acknowledged = self.sent = 0
        self.ended = False

    def run(self):
        while not self.ended:
            lines = [
                person(f"other-{number}@example.org", note=note(number, self.sent + 1)) for number in range(OTHERS)
            ]
            self.sent += 1
            while not self.ended:
                try:
                    answer = self.server.ingest("profiles", lines, timeout=20)
                    assert answer["failed"] == 0, answer
                    self.acknowledged = self.sent
                    break
                except (OSError, AssertionError, urllib.error.URLError, json.JSONDecodeError):
                    time.sleep(0.02)  # The server is down; the same step is sent again.


def test_kills_in_a_scrub_leave_nothing_of_the_deleted_and_all_of_the_others(serve):
    seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    chance = random.Random(seed)
    server = serve()
    data = server.directory / "data"
    # Large enough for some steps.
    for start in range(0, LARGE, 500):
        lines = [person(f"large-{number}@example.org", note="y" * 9000) for number in range(start, start + 500)]
        assert server.ingest("profiles", lines)["accepted"] == 500
    load = Load(server)
    load.start()
    secrets, receipts, interrupted = [], [], 0
    for kill in range(KILLS):
        for victim in range(3):
            mail = f"gone-{kill}-{victim}@example.org"
            values = [f"secret-{kill}-{victim}-{version}-{chance.randrange(10**9)} " for version in range(3)]
            for value in values:
                repeated = value * chance.randrange(1, 200)
                assert server.ingest("profiles", [person(mail, note=repeated)])["accepted"] == 1
            secrets += [mail, *values]
            deleted = entity(server, "DELETE", mail)
            assert deleted.status == 202
            receipts.append(deleted.headers["Location"])
        time.sleep(chance.uniform(0.45, 0.9))
        interrupted += not server.expect(200, "GET", receipts[-1])["scrubbed"]
        server.kill()
        server.start()
    print(f"{interrupted} scrubs were not done at the kill")

    # Under writes still.
    deadline = time.monotonic() + 120
    while not all(server.expect(200, "GET", path)["scrubbed"] for path in receipts):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    load.ended = True
    load.join(60)

    files = {path.name: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    left = {(name, text) for name, stored in files.items() for text in secrets if text.encode() in stored}
    assert left == set()
    for number in range(OTHERS):
        body = entity(server, "GET", f"other-{number}@example.org").body.decode()
        # The step in flight at the end may be there, as a whole.
        assert any(f'"{note(number, step)}"' in body for step in (load.acknowledged, load.sent))
    assert load.acknowledged > KILLS
    for number in range(0, LARGE, 100):
        assert "y" * 9000 in entity(server, "GET", f"large-{number}@example.org").body.decode()
    assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(data / "headwater.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    server.start()
    assert entity(server, "GET", "other-0@example.org").status == 200
