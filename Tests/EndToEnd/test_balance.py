"""The books beside what is stored: asked by API and command line, and told when they are off."""

import json
import sqlite3
import subprocess

import headwater as hw


def balance(server, *arguments):
    command = [hw.BINARY, "dataflows", "balance", *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def test_books_balance_and_a_record_that_is_lost_from_the_disk_is_told(serve, kinesis_local):
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "events", 1)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "events", [everyone], ["step"])
    people = [{"identityMap": {"Phone": [{"id": f"+{number}"}]}, "step": 1} for number in range(20)]
    assert server.ingest("profiles", people)["accepted"] == 20
    server.wait_until_delivered(flow)
    # These stay in the outbox.
    assert hw.request("PUT", f"{endpoint.endpoint}/_faults", {"requestUnavailable": 1}).status == 204
    assert server.ingest("profiles", [person | {"step": 2} for person in people[:5]])["accepted"] == 5

    def found():
        return server.expect(200, "GET", f"/v1/dataflows/{flow}/balance")

    server.wait_until(lambda: found()["triggered"] == 25)
    found = found()
    assert (found["triggered"], found["delivered"], found["pending"]) == (25, 20, 5), found
    assert found["isBalanced"] and found["counted"] == {"pending": 5, "parked": 0}, found
    assert sum(hour["triggered"] for hour in found["hours"]) == 25
    assert sum(hour["pendingChange"] for hour in found["hours"]) == 5
    outcome = balance(server, flow, "--since", "2020-01-01T00:00:00Z")
    assert outcome.returncode == 0 and "25 triggered = 20 delivered" in outcome.stdout, outcome
    assert balance(server, flow, "--since", "yesterday").returncode == 65

    assert server.stop() == 0
    with sqlite3.connect(server.directory / "data" / "headwater.db") as database:
        database.execute("DELETE FROM outbox WHERE row = (SELECT max(row) FROM outbox)")
    database.close()
    server.start()
    outcome = balance(server, flow, "--json")
    assert outcome.returncode == 1, outcome
    found = json.loads(outcome.stdout)
    assert not found["isBalanced"] and (found["pending"], found["counted"]["pending"]) == (5, 4), found
    server.wait_until(lambda: "Books are off" in server.log.read_text())
    metrics = hw.request("GET", f"{server.url}/metrics").body.decode()
    assert f'headwater_dataflow_books_off{{dataflow="{flow}"}} 1' in metrics
