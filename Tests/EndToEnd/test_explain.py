"""Why somebody is in an audience, what would have to change, and what is most likely mistyped in a rule."""

import datetime
import json
import subprocess

import headwater as hw


def command(server, *arguments):
    return subprocess.run(
        [hw.BINARY, *arguments, "--data", str(server.directory / "data")], capture_output=True, text=True, timeout=60
    )


def test_a_standing_is_explained_and_what_has_to_change_changes_it(serve):
    server = serve()
    person = {"identityMap": {"Email": [{"id": "mira@x.example"}]}}
    assert server.ingest("profiles", [person | {"loyalty": {"tier": "gold", "points": 5}}])["accepted"] == 1
    rule = 'loyalty.tier = "gold" and (loyalty.points > 10 or xEvent[kind = "buy"].count() > 1)'
    audience = server.audience("Regulars", rule)
    query = f"/v1/explain?audience={audience}&namespace=Email&value=mira%40x.example"

    answer = server.expect(200, "GET", query)
    assert answer["qualifies"] is False and "membership" not in answer and answer["reversal"]["conditions"] == [2]
    points, events = answer["rule"]["parts"][1]["parts"]
    assert points["hasToChange"] and points["attributes"][0]["value"] == 5, points
    assert events["events"] == {"passed": True, "count": 0, "datasets": []}, events

    # What is named is changed, and the person is in.
    assert server.ingest("profiles", [person | {"loyalty": {"points": 11}}])["accepted"] == 1
    answer = server.expect(200, "GET", query)
    assert answer["qualifies"] and answer["membership"]["status"] == "realized" and not answer["evaluationPending"]
    assert answer["reversal"]["conditions"] == [1] and answer["rule"]["parts"][0]["decides"]

    asked = ["explain", "--audience", "Regulars", "--identity", "Email:mira@x.example"]
    done = command(server, *asked)
    assert done.returncode == 0 and done.stdout.startswith("a member of Regulars since "), done
    assert "to not qualify any more, these have to change: 1" in done.stdout
    assert 'loyalty.tier is "gold", from ' in done.stdout and "0 events passed" in done.stdout
    assert json.loads(command(server, *asked, "--json").stdout)["rule"] == answer["rule"]
    nobody = command(server, "explain", "--audience", "Regulars", "--identity", "Email:nobody@x.example")
    assert nobody.returncode == 65 and "nobody@x" not in nobody.stderr and "no profile" in nobody.stderr, nobody
    assert command(server, "explain", "--audience", "Regulars", "--identity", "Email").returncode == 64
    assert server.stop() == 0
    assert "mira" not in server.log.read_text()


def test_what_is_mistyped_is_told_with_what_exists(serve):
    server = serve()
    people = [
        {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "loyalty": {"tier": "gold", "points": number}}
        for number in range(12)
    ]
    assert server.ingest("profiles", people)["accepted"] == 12
    rule = 'loyalty.tier = "Gold" and loyalty.point > 1 and loyalty.points = "1"'
    done = command(server, "pql", "check", rule, "--json")
    warnings = json.loads(done.stdout)["warnings"]
    assert [(warning["code"], warning.get("suggestion"), warning["column"]) for warning in warnings] == [
        ("VALUE_UNKNOWN", '"gold"', 1),
        ("PATH_UNKNOWN", "loyalty.points", 27),
        ("TYPE_MISMATCH", "1", 49),
    ], warnings
    assert 'did you mean "gold"?' in command(server, "pql", "check", rule).stdout
    assert command(server, "pql", "check", "a =").returncode == 65
    # Without a server there is nothing to hold it against.
    alone = subprocess.run([hw.BINARY, "pql", "check", rule, "--json"], capture_output=True, text=True, timeout=60)
    assert alone.returncode == 0 and "warnings" not in json.loads(alone.stdout)
    made = server.expect(
        200, "POST", "/data/core/ups/segment/definitions", {"name": "x", "expression": {"value": rule}}
    )
    assert made["warnings"] == warnings
    assert server.stop() == 0


def test_a_window_is_held_against_how_long_events_are_kept(serve):
    server = serve()
    other = server.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": "other"})[0].split("/")[1]
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = {"identityMap": {"Email": [{"id": "mira@x.example"}]}, "timestamp": now, "kind": "buy"}
    assert server.ingest("events", [event | {"_id": "1"}])["accepted"] == 1
    assert server.ingest(f"events?dataset={other}", [event | {"_id": "2"}])["accepted"] == 1
    rule = 'xEvent[kind = "buy" and timestamp occurs < 90 days before now].count() > 0'

    def warnings():
        body = {"expression": {"value": rule}}
        found = server.expect(200, "POST", "/v1/audiences/check", body)["warnings"]
        return [(warning["code"], warning["column"], warning.get("suggestion")) for warning in found]

    # The other dataset keeps its events for good as yet.
    assert command(server, "datasets", "expire", "default", "--after", "P30D").returncode == 0
    assert warnings() == []
    assert command(server, "datasets", "expire", other, "--after", "P60D").returncode == 0
    assert warnings() == [("WINDOW_BEYOND_RETENTION", 25, "60 days")]
    assert command(server, "datasets", "expire", other, "--after", "P90D").returncode == 0
    assert warnings() == []
    assert server.stop() == 0


def test_events_that_all_have_to_do_something_are_not_counted_as_those_that_do_not(serve):
    server = serve()
    events = [
        {
            "identityMap": {"Email": [{"id": "a@example.org"}]},
            "_id": f"e{amount}",
            "timestamp": "2026-01-02T03:04:05Z",
            "amount": amount,
        }
        for amount in (1, 4)
    ]
    assert server.ingest("events", events)["accepted"] == 2
    for bound, holds in [(10, True), (2, False)]:
        name = f"all below {bound}"
        server.audience(name, f"forall E from xEvent where E.amount < {bound}")
        told = server.expect(
            200, "GET", f"/v1/explain?audience={name.replace(' ', '+')}&namespace=Email&value=a%40example.org"
        )
        assert told["qualifies"] is holds
        assert told["rule"]["events"]["passed"] is False and told["rule"]["events"]["count"] == 2, told
