"""Who did what, from where, and what came of it: one chain that outlives a kill, asked by Adobe's paths and the shell."""

import csv
import io
import json
import sqlite3
import subprocess

import headwater as hw
import requests

AUDIT = "/data/foundation/audit"
NEEDLE = "needle@nobody.example"


def told(server, *arguments):
    command = [hw.BINARY, *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def events(server, query):
    return server.expect(200, "GET", f"{AUDIT}/events?{query}")["_embedded"]["events"]


def history(server):
    command = [hw.BINARY, "doctor", "--data", server.directory / "data", "--json"]
    told = json.loads(subprocess.run([str(part) for part in command], capture_output=True, text=True).stdout)
    return next(each for each in told["findings"] if each["check"] == "history")


def test_what_is_done_is_told_and_outlives_a_kill(serve):
    server = serve()
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": NEEDLE, "primary": True}]}}])
    entity = f"/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId={NEEDLE}"
    profile = next(iter(server.expect(200, "GET", entity)))
    for _ in range(9):
        server.expect(200, "GET", entity)
    server.expect(200, "GET", f"/v1/identities/export?namespace=Email&value={NEEDLE}")
    assert server.call("DELETE", entity).status == 202
    wrong = requests.post(
        f"{server.url}/ims/token/v3",
        data={"grant_type": "client_credentials", "client_id": NEEDLE, "client_secret": "wrong-" + NEEDLE},
        timeout=10,
    )
    assert wrong.status_code == 401
    assert requests.get(f"{server.url}/v1/users", headers={"Authorization": "Bearer x"}, timeout=10).status_code == 401

    seen = events(server, f"property=assetId=={profile}&orderBy=timestamp")
    assert [(event["action"], event["status"]) for event in seen] == [
        ("View", "Allow"),
        ("Export", "Allow"),
        ("Erase", "Allow"),
    ]
    assert all(event["userIpAddresses"] == ["127.0.0.1"] and len(event["requestId"]) == 16 for event in seen)
    denied = events(server, "property=status==Deny")
    assert {(event["action"], event["userEmail"]) for event in denied} == {("Sign In", "unknown"), ("Access", "unknown")}

    # The kill takes with it what was only counted, and nothing that was told.
    server.kill()
    server.start()
    assert events(server, f"property=assetId=={profile}&orderBy=timestamp") == seen
    assert NEEDLE not in json.dumps(events(server, "limit=1000"))

    # The shell tells the same, and a file of it is told of itself.
    assert json.loads(told(server, "audit", "list", "--asset", profile, "--json"))["items"] == seen[::-1]
    lines = told(server, "audit", "list", "--action", "View").splitlines()
    assert f"View Identity Graph  {profile}  Allow" in lines[0]
    rows = list(csv.DictReader(io.StringIO(told(server, "audit", "export", "--asset", profile))))
    assert [row["action"] for row in rows] == ["Erase", "Export", "View"]
    assert len(json.loads(told(server, "audit", "export", "--asset", profile, "--json"))) == 3
    assert told(server, "audit", "export", "--user", "nobody") == ""
    exports = events(server, "property=assetType==Audit%20Logs")
    assert [event["headwater"]["details"]["format"] for event in exports] == ["json", "csv"]
    elsewhere = requests.get(
        f"{server.url}{AUDIT}/export?property=assetId=={profile}",
        headers=server.headers(),
        timeout=10,
        allow_redirects=False,
    )
    assert elsewhere.status_code == 307 and elsewhere.headers["Location"].startswith(f"{AUDIT}/export?queryId=")

    # Nothing of it is in the history of changes.
    assert "Erase" not in told(server, "changes") and profile not in told(server, "changes")

    # What was counted is told at the end of the server.
    for _ in range(5):
        requests.get(f"{server.url}/v1/users", headers={"Authorization": "Bearer x"}, timeout=10)
    assert server.stop() == 0
    server.start()
    counts = [event["headwater"]["details"].get("count") for event in events(server, "property=action==Access")]
    assert [count for count in counts if count] == [4]
    assert server.stop() == 0
    assert history(server)["result"] == "ok"

    # A refusal that somebody makes undone beside the server is found, with its place.
    with sqlite3.connect(server.directory / "data" / "headwater.db") as store:
        query = "SELECT sequence FROM configuration_change WHERE action = x'726566757365' ORDER BY sequence LIMIT 1"
        place = store.execute(query).fetchone()[0]
        store.execute("UPDATE configuration_change SET outcome = x'616c6c6f776564' WHERE sequence = ?", (place,))
    found = history(server)
    assert found["result"] == "fault" and f"entry {place} is not as it was written" in found["found"]
