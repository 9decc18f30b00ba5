"""As whom the server signs in: roles by STS, and the machine's own identity from each of its places.

STS and Kinesis are moto's, which knows which AWS account keys belong to. Before it stands a gate that can refuse a role and
let keys expire, as AWS does.
"""

import datetime
import http.client
import http.server
import json
import re
import threading
import urllib.parse

import boto3
import headwater as hw
import pytest

ROLE = "arn:aws:iam::222222222222:role/activation"
SERVER = {"AWS_ACCESS_KEY_ID": "AKIASERVER0000000001", "AWS_SECRET_ACCESS_KEY": "server-s3cr3t"}
NOWHERE = {
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
    "AWS_CONFIG_FILE": "/nonexistent/config",
}


class Gate:
    """Forwards STS and Kinesis to moto, and is the machine's metadata services."""

    def __init__(self, endpoint):
        self.target = urllib.parse.urlparse(endpoint).netloc
        self.mayAssume = True
        self.revoked, self.used, self.forms, self.tokens = set(), [], [], []
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def keys(self):
                end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
                found = {
                    "Code": "Success", "AccessKeyId": "ASIAMACHINE000000001", "SecretAccessKey": "machine-s3cr3t",
                    "Token": "machine-token", "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
                self.answer(200, json.dumps(found).encode(), Content_Type="application/json")

            def do_PUT(self):
                assert self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
                self.answer(200, b"imds-token")

            def do_GET(self):
                gate.tokens.append(self.headers["Authorization"] or self.headers["X-aws-ec2-metadata-token"])
                if self.path == "/latest/meta-data/iam/security-credentials/":
                    return self.answer(200, b"the-role")
                assert self.path in ("/latest/meta-data/iam/security-credentials/the-role", "/pod")
                self.keys()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                found = re.search(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", self.headers["Authorization"] or "")
                key, service = found.groups() if found else (None, "sts")
                if service == "sts":
                    form = dict(urllib.parse.parse_qsl(body.decode()))
                    gate.forms.append(form | {"key": key})
                    if form["Action"] == "AssumeRole" and not gate.mayAssume:
                        return self.answer(
                            403,
                            b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                            b"<Message>not authorized</Message></Error></ErrorResponse>",
                            Content_Type="text/xml",
                        )
                else:
                    gate.used.append(key)
                    if key in gate.revoked:
                        error = {"__type": "ExpiredTokenException", "message": "The security token is expired"}
                        return self.answer(
                            400, json.dumps(error).encode(), Content_Type="application/x-amz-json-1.1"
                        )
                onward = http.client.HTTPConnection(gate.target, timeout=60)
                onward.request("POST", self.path, body, dict(self.headers))
                response = onward.getresponse()
                content = response.read()
                onward.close()
                self.answer(response.status, content, Content_Type=response.getheader("Content-Type", ""))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kill(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gate(moto, processes):
    gate = Gate(moto.endpoint)
    processes.append(gate)
    return gate


def customer(moto):
    """Kinesis of the customer's AWS account."""
    sts = boto3.client(
        "sts", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id="AKIACUSTOMER00000001",
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

    # The keys expire early, as when the role's sessions are revoked: others are asked for, and nothing is lost.
    gate.revoked |= set(gate.used)
    assert server.ingest("profiles", people(range(50, 100)))["accepted"] == 50
    server.wait_until_delivered(flow)
    assert steps(kinesis, "events") == list(range(100))
    assert server.stats(flow)["parked"] == 0

    # The role lets the server in no more: the dataflow pauses with the reason, and goes on by itself.
    gate.mayAssume = False
    gate.revoked |= set(gate.used)
    assert server.ingest("profiles", people(range(100, 150)))["accepted"] == 50
    # Keys that have only just come are believed; at the latest the first trial asks the role again.
    server.wait_until(lambda: server.stats(flow)["headwaterState"].get("code") == "RoleRefused", seconds=120)
    state = server.stats(flow)["headwaterState"]
    assert state["state"] == "paused" and external in state["message"], state
    gate.mayAssume = True
    server.wait_until_delivered(flow, seconds=180)
    assert steps(kinesis, "events") == list(range(150))
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
    assert gate.forms == [] and gate.used == []
    assert server.stop() == 0
