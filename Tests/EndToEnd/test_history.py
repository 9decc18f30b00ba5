"""Who changed what, asked by the API and the command line; it outlives a kill and holds no secret."""

import json
import subprocess

import headwater as hw

SECRET = "planted-secret-of-nobody"


def told(server, *arguments):
    command = [hw.BINARY, *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def short(changes):
    return [(change["action"], change["kind"], change["name"]) for change in changes]


def test_changes_are_told_by_api_and_command_line_and_outlive_a_kill(serve, kinesis_local):
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "history", 1)
    server = serve()
    audience = server.audience("Adults", "person.age >= 18")
    flow = server.dataflow(endpoint.endpoint, "history", [audience], ["person.age"])
    account = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections?property=name==kinesis-account")["items"][0]
    params = dict(server.connection(endpoint.endpoint)["auth"]["params"], secretKey=SECRET)
    server.expect(
        200,
        "PATCH",
        f"{hw.FLOW_SERVICE}/connections/{account['id']}",
        [{"op": "replace", "path": "/auth/params", "value": params}],
        **{"If-Match": account["etag"]},
    )
    assert server.patch_flow(flow, [{"op": "replace", "path": "/name", "value": "renamed"}]).status == 202

    path = f"/v1/dataflows/{flow}/changes"
    changes = server.expect(200, "GET", path)["items"]
    assert short(changes)[:2] == [("update", "flow", "renamed"), ("update", "connection", "kinesis-account")]
    assert changes[1]["difference"] == [{"path": "/auth/params/secretKey", "isSecret": True}]
    assert all(change["way"] == "api" and change["authorName"] == "Administrator" for change in changes)

    # The command line gives the same, by name and by kind.
    assert json.loads(told(server, "dataflows", "changes", "renamed", "--json"))["items"] == changes
    lines = told(server, "dataflows", "changes", "renamed", "--limit", "2").splitlines()
    assert "Administrator (api)  update flow renamed" in lines[0]
    assert lines[1].startswith("  /name  ") and lines[1].endswith('-> "renamed"')
    assert lines[-1] == "  /auth/params/secretKey  (another secret)"
    assert "update flow renamed" not in told(server, "changes", "--kind", "segmentDefinition")
    assert "create segmentDefinition Adults" in told(server, "audiences", "changes", "Adults")
    assert told(server, "changes", "--author", "nobody") == ""
    assert server.call("GET", "/v1/changes?kind=nothing").status == 400

    server.kill()
    server.start()
    assert server.expect(200, "GET", path)["items"] == changes
    # What is deleted is told as long as it is kept, all that it stood on too.
    server.expect(202, "DELETE", f"/v1/dataflows/{flow}?account=true")
    after = server.expect(200, "GET", path)["items"]
    assert {(change["action"], change["kind"]) for change in after[:4]} == {
        ("delete", kind) for kind in ("connection", "flow", "sourceConnection", "targetConnection")
    }
    assert server.call("GET", "/v1/dataflows/00000000-0000-4000-8000-000000000000/changes").status == 404
    everything = json.dumps(server.expect(200, "GET", "/v1/changes?limit=100")) + told(server, "changes")
    assert SECRET not in everything and "sealedSecrets" not in everything
    assert server.stop() == 0

    # A command on the directory names itself.
    told(server, "credentials", "create", "--name", "loader")
    server.start()
    newest = server.expect(200, "GET", "/v1/changes?limit=1")["items"][0]
    assert (newest["author"], newest["way"], newest["kind"]) == ("command line", "server", "credential")
    assert server.stop() == 0
