"""Why somebody is in an audience, and what would have to change."""

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
