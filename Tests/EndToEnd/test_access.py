"""Programs that may do only what their roles allow, over the real process."""

import json
import subprocess

import headwater as hw
import pytest


@pytest.fixture
def server(tmp_path):
    process = hw.Headwater(tmp_path)
    yield process
    process.kill()


def headwater(*words):
    command = [str(word) for word in [hw.BINARY, *words]]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def token(server, made):
    form = f"grant_type=client_credentials&client_id={made['client_id']}&client_secret={made['client_secret']}"
    answer = hw.request(
        "POST", f"{server.url}/ims/token/v3", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    return {
        "Authorization": f"Bearer {answer.json['access_token']}",
        "x-api-key": made["client_id"],
        "x-gw-ims-org-id": server.admin["org_id"],
    }


def test_a_credential_does_what_its_role_allows_and_no_more(server):
    directory = server.directory / "data"
    refused = headwater("credentials", "create", "--role", "guest", "--data", directory)
    assert refused.returncode != 0
    server.stop()
    unknown = headwater("credentials", "create", "--role", "guest", "--data", directory)
    assert unknown.returncode == 65 and "no role has the id" in unknown.stderr, unknown
    outcome = headwater(
        "credentials", "create", "--name", "loader", "--role", "dataSender", "--data", directory, "--json"
    )
    made = json.loads(outcome.stdout)
    listed = json.loads(headwater("credentials", "list", "--data", directory, "--json").stdout)
    assert {one["name"]: one["roles"] for one in listed} == {"Administrator": ["administrator"], "loader": ["dataSender"]}
    server.start()

    headers = token(server, made)
    line = json.dumps({"identityMap": {"Email": [{"id": "a@shop.example"}]}})
    sent = hw.request(
        "POST", f"{server.url}/v1/profiles?dataset=crm", line.encode(), {**headers, "Content-Type": "application/x-ndjson"}
    )
    assert sent.status == 200, sent
    for path in ["/v1/paths", "/data/core/ups/segment/definitions", "/v1/users", "/v1/changes"]:
        answer = hw.request("GET", server.url + path, headers=headers)
        assert answer.status == 403 and answer.json["errorCode"] == "2120-403", (path, answer)

    # More from the next request on, and nothing once it is revoked.
    server.expect(200, "PATCH", f"/v1/credentials/{made['client_id']}", {"roles": ["dataSender", "marketer"]})
    assert hw.request("GET", f"{server.url}/data/core/ups/segment/definitions", headers=headers).status == 200
    server.expect(204, "DELETE", f"/v1/credentials/{made['client_id']}")
    assert hw.request("GET", f"{server.url}/data/core/ups/segment/definitions", headers=headers).status == 401


def test_roles_outlast_a_restart_and_changes_of_them_are_in_the_history(server):
    made = hw.make_access(server)
    server.stop()
    server.start()
    user = next(one for one in server.expect(200, "GET", "/v1/users")["items"] if one["id"] == made["user"])
    assert user["roles"] == [made["role"]]
    kinds = {change["kind"] for change in server.expect(200, "GET", "/v1/changes")["items"]}
    assert {"role", "consoleUser"} <= kinds


def test_roles_and_users_are_managed_from_the_shell(server):
    directory = server.directory / "data"

    def told(*words):
        outcome = headwater(*words, "--data", directory, "--json")
        assert outcome.returncode == 0, (words, outcome)
        return json.loads(outcome.stdout)

    role = told("roles", "create", "Readers", "--permission", "view-segments", "--description", "Who reads")
    assert role["permissionSets"] == ["view-segments"]
    assert told("roles", "update", "readers", "--permission", "manage-datasets", "--without", "view-segments")[
        "permissionSets"
    ] == ["view-datasets", "manage-datasets"]
    user = told("users", "invite", "Ben@shop.example", "--role", role["id"])
    assert "/console/link/" in user["invitation"]
    subjects = told("roles", "give", "marketer", "--user", "ben@shop.example")["items"]
    assert [one["subjectId"] for one in subjects] == ["ben@shop.example"]
    refused = headwater("roles", "delete", "Readers", "--data", directory)
    assert refused.returncode == 65 and "have this role" in refused.stderr, refused
    told("roles", "take", "Readers", "--user", "ben@shop.example")
    told("roles", "delete", "Readers")
    assert {one["email"]: one["roles"] for one in told("users", "list")["items"]} == {"ben@shop.example": ["marketer"]}
    told("users", "remove", "ben@shop.example")
    assert told("users", "list")["items"] == []
    assert "manage-sources" in told("roles", "permissions")["permissions"]
    for words in [("roles", "show", "Nobody"), ("users", "remove", "nobody@shop.example"), ("roles", "give", "marketer")]:
        outcome = headwater(*words, "--data", directory)
        assert outcome.returncode in (64, 65) and outcome.stderr, (words, outcome)
