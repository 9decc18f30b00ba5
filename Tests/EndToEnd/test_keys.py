"""Keys that are replaced while the server runs, and tokens that are ended."""

import base64
import json
import os
import subprocess
import urllib.parse

import headwater as hw

from test_audiences import until
from test_backup import again, backup, balanced, restore  # noqa: F401
from test_backup_sandboxes import make, named

ACCOUNTS = 120


def run(*arguments, environment=None):
    made = [hw.BINARY, *arguments]
    more = {"env": {**os.environ, **environment}} if environment else {}
    return subprocess.run([str(part) for part in made], capture_output=True, text=True, timeout=300, **more)


def data_of(server):
    return server.directory / "data"


def keys(server):
    return {one["key"]: one for one in server.expect(200, "GET", "/v1/keys")["items"]}


def is_done(server):
    return "previous" not in keys(server)["data"]


def account(server, endpoint, number, description="", **more):
    """A secret: an account has a key of AWS."""
    body = server.connection(endpoint.endpoint, secret=f"example-secret-{number}")
    body |= {"name": f"account {number}", "description": description}
    server.expect(201, "POST", f"{hw.FLOW_SERVICE}/connections", body, **more)


def delivers(server, flow, kinesis, stream, age):
    """Whether a record that is triggered now arrives, which takes the account's key."""
    before = len(list(hw.read_stream(kinesis, stream)))
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": "p@x.example"}]}, "age": age}])
    server.wait_until_delivered(flow)
    return len(list(hw.read_stream(kinesis, stream))) > before


def test_a_kill_at_any_point_of_a_rotation_loses_no_secret(serve, kinesis_local, tmp_path):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "out", 1)
    server = serve("--allow-insecure-endpoints")
    everyone = server.audience("Everyone", "age >= 0")
    flow = server.dataflow(endpoint.endpoint, "out", [everyone], ["age"])
    make(server, "trial")
    for number in range(ACCOUNTS):
        account(server, endpoint, number, **(named("trial") if number % 2 else {}))
    token, data = server.token, data_of(server)
    first = (data / "data.key").read_bytes()

    for age in range(1, 5):
        old = (data / "data.key").read_bytes()
        assert server.call("POST", "/v1/keys/data/rotate").status == 202
        if age % 2 == 0:
            until(lambda: keys(server)["data"].get("secrets", {}).get("done", 0) > 0)
        server.kill()
        assert (data / "data.key").read_bytes() != old
        server.start()
        server.token = token  # One of before.
        until(lambda: is_done(server))
        assert not (data / "data.key.previous").exists()
        assert keys(server)["data"]["secrets"]["unreadable"] == 0
        assert delivers(server, flow, kinesis, "out", age)
    assert (data / "data.key").read_bytes() != first
    assert (data / "data.key").stat().st_mode & 0o777 == 0o600
    server.stop()
    told = balanced(data)
    secrets = [one for one in told["findings"] if one["check"] == "secrets"]
    assert len(secrets) == 2 and all("can be read" in one["found"] for one in secrets), secrets

    # Cut off between the two files: what was written first is the present key.
    (data / "data.key.previous").write_bytes((data / "data.key").read_bytes() + bytes(8))
    (data / "data.key.previous").chmod(0o600)
    server.start()
    assert delivers(server, flow, kinesis, "out", 50)
    assert not (data / "data.key.previous").exists()


def test_the_command_waits_and_the_token_key_is_kept_for_tokens(serve, kinesis_local):
    server = serve()
    account(server, kinesis_local("--no-limits"), 1)
    token, data = server.token, data_of(server)
    done = run("keys", "rotate", "data", "--data", data, "--json")
    assert done.returncode == 0, done
    assert "previous" not in json.loads(done.stdout)["items"][0], done.stdout
    assert not (data / "data.key.previous").exists()

    done = run("keys", "rotate", "token", "--data", data)
    assert done.returncode == 0 and "is kept until" in done.stdout, done
    assert (data / "token.key.previous").stat().st_mode & 0o777 == 0o600
    assert server.call("GET", "/v1/keys").status == 200, "a token of the key before"
    assert run("keys", "rotate", "token", "--data", data).returncode == 65
    server.kill()
    server.start()
    server.token = token
    assert server.call("GET", "/v1/keys").status == 200, "after a restart too"
    done = run("doctor", "--data", data)
    assert "token.key.previous 0 days old" in done.stdout, done

    assert run("keys", "rotate", "token", "--end-tokens", "--data", data).returncode == 0
    assert not (data / "token.key.previous").exists()
    assert server.call("GET", "/v1/keys").status == 401
    server.token = server.sign_in()
    listed = run("keys", "list", "--data", data)
    assert listed.returncode == 0 and "data" in listed.stdout and "made 20" in listed.stdout, listed
    assert run("keys", "rotate", "other", "--data", data).returncode == 64


def test_a_key_that_cannot_be_kept_is_told_and_changes_nothing(serve, kinesis_local):
    server = serve()
    account(server, kinesis_local("--no-limits"), 1)
    data = data_of(server)
    before = (data / "data.key").read_bytes()
    (data / "data.key.new").mkdir()  # In the way of the new one.
    refused = run("keys", "rotate", "data", "--data", data)
    assert refused.returncode == 75 and "the present one stays in use" in refused.stderr, refused
    assert (data / "data.key").read_bytes() == before and "previous" not in keys(server)["data"]
    assert "data.key.new" in server.log.read_text()
    (data / "data.key.new").rmdir()
    assert run("keys", "rotate", "data", "--data", data).returncode == 0
    assert (data / "data.key").read_bytes() != before


def test_a_backup_in_the_middle_of_a_rotation_is_restored(serve, kinesis_local, tmp_path, again):  # noqa: F811
    endpoint, server = kinesis_local("--no-limits"), serve()
    for number in range(20):
        account(server, endpoint, number)
    data = data_of(server)
    server.expect(202, "POST", "/v1/keys/data/rotate")
    server.kill()  # Wherever it is.
    assert backup(data, tmp_path / "copy").returncode == 0
    assert restore(tmp_path / "copy", tmp_path / "restored").returncode == 0
    other = again(tmp_path / "restored")
    until(lambda: is_done(other))
    assert keys(other)["data"]["secrets"]["unreadable"] == 0
    other.stop()
    balanced(tmp_path / "restored")


def test_keys_from_outside_are_replaced_by_giving_both(serve, kinesis_local):
    old, new = "0a" * 32, "0b" * 32
    server = serve(environment={"HEADWATER_DATA_KEY": old})
    account(server, kinesis_local("--no-limits"), 1)
    refused = server.call("POST", "/v1/keys/data/rotate")
    assert refused.status == 409 and "HEADWATER_DATA_KEY_PREVIOUS" in refused.json["detail"]
    server.stop()

    server.environment = {"HEADWATER_DATA_KEY": new}
    server.start()
    until(lambda: keys(server)["data"]["secrets"]["unreadable"] == 1)
    assert "Secrets cannot be read" in (server.directory / "serve.log").read_text()
    server.stop()
    assert run("doctor", "--data", data_of(server), environment=server.environment).returncode == 65

    server.environment = {"HEADWATER_DATA_KEY": new, "HEADWATER_DATA_KEY_PREVIOUS": old}
    server.start()
    until(lambda: keys(server)["data"]["secrets"]["previousIsNeeded"] is False)
    assert keys(server)["data"]["previous"] == {"source": "environment"}
    server.stop()
    server.environment = {"HEADWATER_DATA_KEY": new}
    server.start()
    until(lambda: keys(server)["data"]["secrets"]["done"] > 0)
    assert keys(server)["data"]["secrets"]["unreadable"] == 0
    assert not (data_of(server) / "data.key").exists()
    server.stop()
    server.environment = {"HEADWATER_DATA_KEY": new, "HEADWATER_DATA_KEY_PREVIOUS": "short"}
    server.launch()
    assert server.process.wait(60) == 65
    assert "HEADWATER_DATA_KEY_PREVIOUS must be 64" in (server.directory / "serve.log").read_text()


def test_tokens_are_ended_at_once_and_stay_so(serve):
    server = serve()
    made = server.expect(201, "POST", "/v1/credentials", {"name": "p", "roles": ["administrator"]})
    client, secret = made["clientId"], made["clientSecret"]

    def token():
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = hw.request("POST", f"{server.url}/ims/token/v3", urllib.parse.urlencode(form).encode(), headers)
        return answer.json["access_token"]

    def status(one):
        return hw.request("GET", f"{server.url}/v1/credentials", None, {"Authorization": f"Bearer {one}"}).status

    tokens = [token() for _ in range(3)]
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    assert hw.request("POST", f"{server.url}/ims/revoke", f"token={tokens[0]}".encode(), headers).status == 200
    assert [status(one) for one in tokens] == [401, 200, 200]
    server.kill()
    server.start()
    assert [status(one) for one in tokens] == [401, 200, 200]

    data = data_of(server)
    last = token()
    listed = run("credentials", "tokens", client, "--data", data)
    assert listed.returncode == 0 and listed.stdout, listed
    assert run("credentials", "revoke-tokens", client, "--token", listed.stdout.split()[0], "--data", data).returncode == 0
    assert status(last) == 401 and status(tokens[2]) == 200
    assert run("credentials", "revoke-tokens", client, "--data", data).returncode == 0
    assert [status(one) for one in tokens] == [401, 401, 401]
    fresh = token()
    server.kill()
    server.start()
    assert [status(one) for one in tokens] == [401, 401, 401] and status(fresh) == 200
    assert run("credentials", "revoke-tokens", "nobody", "--data", data).returncode == 65
