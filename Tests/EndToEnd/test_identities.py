"""As whom the server signs in: roles by STS, and the machine's own identity from each of its places.

STS and Kinesis are moto's, which knows which AWS account keys belong to. Before it stands a gate that can refuse a role and
let keys expire, as AWS does.
"""

import json
import re
import subprocess

import boto3
import headwater as hw
import pytest
from identity_gate import NOWHERE, ROLE, SERVER, Gate


@pytest.fixture
def gate(moto, processes):
    gate = Gate(moto.endpoint)
    processes.append(gate)
    return gate


def customer(moto):
    """Kinesis of the customer's AWS account."""
    sts = boto3.client(
        "sts", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id="AKIAEXAMPLECUST00001",
        aws_secret_access_key="s",
    )
    keys = sts.assume_role(RoleArn=ROLE, RoleSessionName="test")["Credentials"]
    return boto3.client(
        "kinesis", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
    )


def assumed(gate, **more):
    params = {"roleArn": ROLE, "region": "us-east-1", "connectionUrl": gate.endpoint, **more}
    return {"specName": "Aws Kinesis assumed role", "params": params}


def people(numbers):
    return [{"identityMap": {"Email": [{"id": f"p{number}@example.org"}]}, "step": number} for number in numbers]


def steps(kinesis, stream):
    return sorted(json.loads(record["Data"])["step"] for record in hw.read_stream(kinesis, stream))


def headwater(server, *arguments, code=0):
    command = [hw.BINARY, *arguments, "--data", server.directory / "data"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code, done
    return done


def way(server, name):
    """A way to sign in that the server offers."""
    specs = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connectionSpecs")["items"]
    ways = next(spec for spec in specs if spec["id"] == hw.KINESIS_SPEC["id"])["authSpec"]
    return next((way for way in ways if way["name"] == name), None)


def test_a_role_of_another_account_delivers_and_outlives_its_keys(serve, moto, gate):
    kinesis = customer(moto)
    hw.create_stream(kinesis, "events", 2)
    server = serve(
        "--aws-identity", "roles", environment={**NOWHERE, **SERVER, "AWS_ENDPOINT_URL_STS": gate.endpoint}
    )
    offered = way(server, "Aws Kinesis assumed role")
    external = offered["spec"]["properties"]["externalId"]["const"]
    condition = offered["trustPolicy"]["Statement"][0]["Condition"]
    assert condition == {"StringEquals": {"sts:ExternalId": external}}
    assert json.loads(headwater(server, "accounts", "trust-policy").stdout) == offered["trustPolicy"]

    # A role that does not let the server in yet: told as such, with what to write into it.
    gate.mayAssume = False
    body = server.connection(gate.endpoint) | {"auth": assumed(gate)}
    refused = server.expect(400, "POST", f"{hw.FLOW_SERVICE}/connections", body)
    assert refused["errorCode"] == "AWS-403R" and external in refused["detail"], refused
    gate.mayAssume = True
    # Nobody but the server says which external id it gives.
    body["auth"] = assumed(gate, externalId="headwater-of-somebody-else")
    assert server.expect(400, "POST", f"{hw.FLOW_SERVICE}/connections", body)["errorCode"] == "CFG-001"

    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(
        gate.endpoint, "arn:aws:kinesis:us-east-1:222222222222:stream/events", [everyone], ["step"],
        auth=assumed(gate, externalId=external),
    )
    assert server.ingest("profiles", people(range(50)))["accepted"] == 50
    server.wait_until_delivered(flow)
    asked = [form for form in gate.forms if form["Action"] == "AssumeRole"]
    assert {form["ExternalId"] for form in asked} == {external}
    assert {form["key"] for form in asked} == {SERVER["AWS_ACCESS_KEY_ID"]}
    assert SERVER["AWS_ACCESS_KEY_ID"] not in gate.used

    # How long they live is known before anybody refuses them.
    metrics = hw.request("GET", f"{server.url}/metrics").body.decode()
    left = re.search(rf'^headwater_credentials_expire_seconds{{dataflow="{flow}"}} ([0-9.]+)$', metrics, re.MULTILINE)
    assert left and 0 < float(left[1]) <= 3_600, metrics
    assert f'headwater_credentials_renewal_failing{{dataflow="{flow}"}} 0' in metrics

    # The keys expire early, as when the role's sessions are revoked: others are asked for, and nothing is lost.
    gate.revoked |= set(gate.used)
    assert server.ingest("profiles", people(range(50, 100)))["accepted"] == 50
    server.wait_until_delivered(flow)
    assert steps(kinesis, "events") == list(range(100))
    assert server.stats(flow)["parked"] == 0

    # The service that gives keys is down: that passes, and nobody has to act.
    gate.isDown = True
    gate.revoked |= set(gate.used)
    assert server.ingest("profiles", people(range(200, 210)))["accepted"] == 10
    server.wait_until(lambda: server.stats(flow)["headwaterState"].get("code") == "CredentialsUnavailable", seconds=120)
    assert server.stats(flow)["headwaterState"]["state"] == "retrying"
    gate.isDown = False
    server.wait_until_delivered(flow)

    # The role lets the server in no more: the dataflow pauses with the reason, and goes on by itself.
    gate.mayAssume = False
    gate.revoked |= set(gate.used)
    assert server.ingest("profiles", people(range(100, 150)))["accepted"] == 50
    server.wait_until(lambda: server.stats(flow)["headwaterState"].get("code") == "RoleRefused", seconds=120)
    state = server.stats(flow)["headwaterState"]
    assert state["state"] == "paused" and external in state["message"], state
    gate.mayAssume = True
    server.wait_until_delivered(flow, seconds=180)
    assert steps(kinesis, "events") == [*range(150), *range(200, 210)]
    made = headwater(
        server, "accounts", "create", "--name", "by role", "--region", "us-east-1", "--kinesis", gate.endpoint,
        "--role", ROLE,
    )
    assert ROLE in made.stdout and ROLE in headwater(server, "accounts", "list").stdout
    log = server.log.read_text()
    for secret in [SERVER["AWS_SECRET_ACCESS_KEY"], "machine-s3cr3t"]:
        assert secret not in log
    assert server.stop() == 0


@pytest.mark.parametrize("place", ["environment", "web identity", "container", "instance"])
def test_the_machine_s_own_identity_comes_from_each_of_its_places(serve, moto, gate, tmp_path, place):
    token = tmp_path / "token"
    token.write_text("some.web.token\n")
    environment = {
        "environment": SERVER,
        "web identity": {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE},
        "container": {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{gate.endpoint}/pod",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        },
        "instance": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": gate.endpoint},
    }[place]
    kinesis = customer(moto) if place == "web identity" else hw.boto(moto.endpoint)
    hw.create_stream(kinesis, "events", 1)
    server = serve(
        "--aws-identity", "all",
        environment={**NOWHERE, "AWS_ENDPOINT_URL_STS": gate.endpoint, **environment},
    )
    everyone = server.audience("Everyone", "step >= 0")
    own = {
        "specName": "Aws Kinesis server identity",
        "params": {"region": "us-east-1", "connectionUrl": gate.endpoint},
    }
    flow = server.dataflow(gate.endpoint, "events", [everyone], ["step"], auth=own)
    assert server.ingest("profiles", people(range(10)))["accepted"] == 10
    server.wait_until_delivered(flow)
    assert steps(kinesis, "events") == list(range(10))
    expected = {
        "environment": (SERVER["AWS_ACCESS_KEY_ID"], []),
        "web identity": (None, []),
        "container": ("ASIAMACHINE000000001", ["some.web.token"]),
        "instance": ("ASIAMACHINE000000001", ["imds-token"] * 2),
    }[place]
    if expected[0]:
        assert set(gate.used) == {expected[0]}
    else:
        assert "AssumeRoleWithWebIdentity" in {form["Action"] for form in gate.forms}
        assert gate.forms[0]["key"] is None and gate.forms[0]["WebIdentityToken"] == "some.web.token"
    assert gate.tokens == expected[1]
    assert server.stop() == 0


def test_nobody_signs_in_as_the_machine_unless_its_operator_says_so(serve, gate):
    server = serve(environment={**NOWHERE, **SERVER, "AWS_ENDPOINT_URL_STS": gate.endpoint})
    for name, auth in [
        ("Aws Kinesis assumed role", assumed(gate)),
        ("Aws Kinesis server identity", assumed(gate) | {"specName": "Aws Kinesis server identity"}),
    ]:
        assert way(server, name) is None
        body = server.connection(gate.endpoint) | {"auth": auth}
        refused = server.expect(400, "POST", f"{hw.FLOW_SERVICE}/connections", body)
        assert refused["errorCode"] == "1415-400" and "--aws-identity" in refused["detail"], refused
    # Nor by leaving out the key.
    body = server.connection(gate.endpoint)
    for key in ["accessKeyId", "secretKey"]:
        del body["auth"]["params"][key]
    assert server.expect(400, "POST", f"{hw.FLOW_SERVICE}/connections", body)["errorCode"] == "CFG-001"
    assert "--aws-identity" in headwater(server, "accounts", "trust-policy", code=65).stderr
    assert gate.forms == [] and gate.used == []
    assert server.stop() == 0
