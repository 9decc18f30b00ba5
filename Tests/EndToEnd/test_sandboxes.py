"""Sandboxes over the real process: each has people, dataflows, streams and a history of its own."""

import json
import subprocess
import time

import headwater as hw

SANDBOXES = "/data/foundation/sandbox-management/sandboxes"


def shell(server, *words, code=0):
    command = [str(word) for word in [hw.BINARY, *words, "--data", server.directory / "data"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done
    return done.stdout


def directories(server):
    root = server.directory / "data" / "sandboxes"
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


def person(name):
    return {"identityMap": {"Email": [{"id": name, "primary": True}]}, "loyalty": {"tier": "gold"}}


def is_known(server, name):
    path = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="
    answer = server.call("GET", path + name)
    assert answer.status in (200, 404), answer
    return answer.status == 200


def within(server, sandbox):
    server.sandbox = sandbox
    return server


def test_sandboxes_share_one_process_and_nothing_else(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    kinesis = hw.boto(local.endpoint)
    shell(server, "sandboxes", "create", "dev", "--title", "Development")
    assert shell(server, "sandboxes", "list").splitlines() == [
        "prod  active  production  Production", "dev  active  development  Development",
    ]
    flows = {}
    for sandbox in ("prod", "dev"):
        hw.create_stream(kinesis, f"out-{sandbox}", 1)
        gold = within(server, sandbox).audience("gold", 'loyalty.tier = "gold"')
        flows[sandbox] = server.dataflow(local.endpoint, f"out-{sandbox}", [gold], ["loyalty.tier"])
    assert within(server, "dev").ingest("profiles", [person("d@x.org")])["accepted"] == 1
    assert within(server, "prod").ingest("profiles", [person("p@x.org")])["accepted"] == 1
    for sandbox in ("prod", "dev"):
        server.wait_until(lambda: len(hw.read_stream(kinesis, f"out-{sandbox}")) >= 1)
        found = [json.loads(record["Data"]) for record in hw.read_stream(kinesis, f"out-{sandbox}")]
        assert [one["identityMap"]["email"][0]["id"] for one in found] == [f"{sandbox[0]}@x.org"]
        assert is_known(within(server, sandbox), f"{sandbox[0]}@x.org")
    assert not is_known(within(server, "prod"), "d@x.org") and not is_known(within(server, "dev"), "p@x.org")

    # The shell's own way, and what is told of each.
    file = server.directory / "people.ndjson"
    file.write_text(json.dumps(person("file@x.org")) + "\n")
    for sandbox, options in (("dev", []), ("prod", ["--restart"])):
        # What was acknowledged by one says nothing of the other.
        if options:
            shell(server, "ingest", file, "--sandbox", sandbox, code=66)
        assert "1 accepted" in shell(server, "ingest", file, "--sandbox", sandbox, *options)
        assert is_known(within(server, sandbox), "file@x.org")
    texts = {name: hw.request("GET", f"{server.url}/metrics?sandbox={name}").body for name in ("prod", "dev")}
    assert flows["dev"].encode() in texts["dev"] and flows["dev"].encode() not in texts["prod"]

    # A restart, also an unclean one, has both.
    server.kill()
    server.start()
    server.wait_until(lambda: within(server, "dev").call("GET", "/v1/changes").status == 200)
    assert is_known(server, "d@x.org") and not is_known(server, "p@x.org")

    # What sends is not emptied by accident.
    assert "SANDBOX_SENDS" in subprocess.run(
        [hw.BINARY, "sandboxes", "reset", "dev", "--data", server.directory / "data"], capture_output=True, text=True
    ).stderr
    assert shell(server, "sandboxes", "reset", "dev", "--force").startswith("dev  active")
    assert not is_known(server, "d@x.org") and is_known(within(server, "prod"), "p@x.org")
    assert within(server, "dev").expect(200, "GET", f"{hw.FLOW_SERVICE}/flows")["items"] == []
    assert len(directories(server)) == 1
    shell(server, "sandboxes", "delete", "dev")
    assert directories(server) == []
    assert within(server, "dev").call("GET", "/v1/changes").json["errorCode"] == "2100-404"
    within(server, "prod")
    log = json.loads(shell(server, "audit", "list", "--json"))["items"]
    actions = [(one["action"], one["assetName"]) for one in log if one["assetType"] == "Sandbox"]
    assert ("Create", "dev") in actions and ("Delete", "dev") in actions, actions
    assert server.stop() == 0


def test_whatever_a_kill_cuts_off_goes_on(serve):
    server = serve()
    for turn in range(6):
        name = f"dev-{turn}"
        server.expect(202, "POST", SANDBOXES, {"name": name, "title": name, "type": "development"})
        time.sleep(0.03 * (turn % 3))  # Somewhere on the way; wherever it is, the same comes of it.
        server.kill()
        server.start()
        server.wait_until(lambda: server.expect(200, "GET", f"{SANDBOXES}/{name}")["state"] == "active")
        assert within(server, name).ingest("profiles", [person("a@x.org")])["accepted"] == 1
        within(server, "prod").expect(202, "PUT", f"{SANDBOXES}/{name}", {"action": "reset"})
        time.sleep(0.03 * (turn % 3))
        server.kill()
        server.start()
        server.wait_until(lambda: server.expect(200, "GET", f"{SANDBOXES}/{name}")["state"] == "active")
        assert not is_known(within(server, name), "a@x.org")
        within(server, "prod").expect(202, "DELETE", f"{SANDBOXES}/{name}")
        time.sleep(0.03 * (turn % 3))
        server.kill()
        server.start()
        server.wait_until(lambda: server.call("GET", f"{SANDBOXES}/{name}").status == 404)
    server.wait_until(lambda: directories(server) == [])


def test_one_that_is_damaged_stops_alone(serve):
    server = serve()
    shell(server, "sandboxes", "create", "good")
    shell(server, "sandboxes", "create", "bad")
    assert within(server, "good").ingest("profiles", [person("a@x.org")])["accepted"] == 1
    within(server, "prod")
    bad = server.expect(200, "GET", f"{SANDBOXES}/bad")["id"]
    assert server.stop() == 0
    database = server.directory / "data" / "sandboxes" / bad / "headwater.db"
    database.rename(database.with_suffix(".lost"))
    server.start()
    server.wait_until(lambda: server.expect(200, "GET", f"{SANDBOXES}/bad")["state"] == "failed")
    assert not database.exists()
    assert within(server, "bad").call("GET", "/v1/changes").json["errorCode"] == "SANDBOX_BUSY"
    assert is_known(within(server, "good"), "a@x.org")
    within(server, "prod")
    # Put back, it is as it was.
    assert server.stop() == 0
    database.with_suffix(".lost").rename(database)
    server.start()
    server.wait_until(lambda: server.expect(200, "GET", f"{SANDBOXES}/bad")["state"] == "active")
