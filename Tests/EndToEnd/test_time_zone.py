"""A server that counts days in a time zone, and what becomes of its audiences when the zone or its rules change.

Its clock is set to half past ten on the last evening of March 2031, UTC: in Berlin and Auckland it is April already.
"""

import os
import pathlib
import shutil
import subprocess

import headwater as hw
import pytest
from test_audiences import UPS, until

FAKETIME = shutil.which("faketime")
ZONEINFO = pathlib.Path("/usr/share/zoneinfo")
EXPRESSIONS = {
    "today": "xEvent[timestamp occurs today].count() > 0",
    "month": "xEvent[timestamp occurs this month].count() > 0",
    "hours": "xEvent[timestamp occurs < 24 hours before now].count() > 0",
}
# Of the people by when they were seen: who is in which audience, in every zone.
SEEN = {"noon": "2031-03-31T12:00:00Z", "dawn": "2031-03-31T02:00:00Z", "late": "2031-03-31T22:10:00Z"}
EXPECTED = {
    "UTC": {"today": {"noon", "dawn", "late"}, "month": {"noon", "dawn", "late"}},
    "Europe/Berlin": {"today": {"late"}, "month": {"late"}},
    "America/New_York": {"today": {"noon", "late"}, "month": {"noon", "dawn", "late"}},
    "Pacific/Auckland": {"today": {"noon", "late"}, "month": {"noon", "late"}},
}


def refused(*options, **environment):
    """What a server that does not start says."""
    done = subprocess.run(
        [str(hw.BINARY), "serve", "--port", "0", *map(str, options)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stderr


def zone_of(server):
    return hw.request("GET", f"{server.url}/ready").json["timeZone"]


class Audiences:
    def __init__(self, server):
        self.server = server
        self.ids = {name: server.audience(name, text) for name, text in EXPRESSIONS.items()}

    def progress(self, name):
        return self.server.expect(200, "GET", f"{UPS}/segment/definitions/{self.ids[name]}")["evaluationProgress"]

    def members(self, name):
        def status(person):
            ups = self.server.profile("Email", f"{person}@x.example").get("segmentMembership", {}).get("ups", {})
            return ups.get(self.ids[name], {}).get("status")

        return {person for person in SEEN if status(person) == "realized"}

    def check(self, zone):
        until(lambda: all(self.progress(name)["state"] == "done" for name in EXPRESSIONS))
        assert zone_of(self.server) == zone
        expected = {**EXPECTED[zone], "hours": set(SEEN)}
        assert {name: self.members(name) for name in EXPRESSIONS} == expected
        made = self.server.expect(
            201, "POST", f"{UPS}/preview", {"predicateExpression": EXPRESSIONS["today"], "predicateType": "pql/text"}
        )
        path = f"{UPS}/estimate/{made['previewId']}"
        read = lambda: self.server.expect(200, "GET", path)  # noqa: E731
        estimate = until(lambda: read() if read()["state"] == "RESULT_READY" else None)
        assert estimate["estimatedSize"] == len(expected["today"])


@pytest.mark.skipif(FAKETIME is None, reason="needs Debian's faketime")
def test_days_are_those_of_the_zone_and_follow_its_change(serve, tmp_path):
    server = serve("--time-zone", "Europe/Berlin")
    assert zone_of(server) == "Europe/Berlin"
    options = [option for option in server.options if option not in ("--time-zone", "Europe/Berlin")]

    def restart(*zone, **environment):
        assert server.stop() == 0
        server.options = (*options, *zone)
        server.under = (FAKETIME, "-m", "-f", "@2031-03-31 22:30:00")
        server.environment = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC", **environment}
        server.start()

    # The zone is remembered.
    restart()
    audiences = Audiences(server)
    events = [
        {"identityMap": {"Email": [{"id": f"{person}@x.example"}]}, "_id": person, "timestamp": timestamp}
        for person, timestamp in SEEN.items()
    ]
    assert server.ingest("events", events)["accepted"] == len(SEEN)
    audiences.check("Europe/Berlin")

    for zone in ["America/New_York", "Pacific/Auckland", "UTC", "America/New_York"]:
        restart("--time-zone", zone)
        audiences.check(zone)
        restart()
        audiences.check(zone)

    # An update of the tz database: New York has the rules of Berlin.
    changed = tmp_path / "zoneinfo"
    (changed / "America").mkdir(parents=True)
    shutil.copy(ZONEINFO / "Europe/Berlin", changed / "America/New_York")
    restart(TZDIR=str(changed))
    until(lambda: all(audiences.progress(name)["state"] == "done" for name in EXPRESSIONS))
    assert zone_of(server) == "America/New_York"
    assert audiences.members("today") == EXPECTED["Europe/Berlin"]["today"]
    assert "Rules of the time zone changed" in server.log.read_text()

    # Without the zone no other days are counted by accident.
    assert server.stop() == 0
    (changed / "America/New_York").unlink()
    code, said = refused("--data", server.directory / "data", TZDIR=str(changed))
    assert code == 66
    assert "America/New_York" in said and "--time-zone" in said, said
    restart("--time-zone", "UTC", TZDIR=str(tmp_path / "nowhere"))
    audiences.check("UTC")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("Europe/Nowhere", 66, "no time zone Europe/Nowhere"),
        ("../../../etc/passwd", 64, "Europe/Berlin"),
        ("/etc/localtime", 64, "Europe/Berlin"),
        ("", 64, "--time-zone"),
    ],
)
def test_a_name_that_is_no_zone_makes_no_directory(tmp_path, name, code, words):
    found, said = refused("--data", tmp_path / "data", f"--time-zone={name}")
    assert (found, words in said) == (code, True), said
    assert not (tmp_path / "data").exists()


def test_a_machine_without_the_tz_database_is_told_so(tmp_path):
    nowhere = str(tmp_path / "nowhere")
    code, said = refused("--data", tmp_path / "data", "--time-zone=Europe/Berlin", TZDIR=nowhere)
    assert code == 66
    assert nowhere in said and "tzdata" in said, said
