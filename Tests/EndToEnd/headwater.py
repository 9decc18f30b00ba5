"""Drives a real headwater process the way an Adobe client would: another host, the same paths."""

import hashlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("HEADWATER_BINARY", ROOT / ".build" / "debug" / "headwater"))

KINESIS_SPEC = {"id": "86043421-563b-46ec-8e6c-e23184711bf6", "version": "1.0"}
PROFILE_SPEC = {"id": "8a9c3494-9708-43d7-ae3f-cda01e5030e1", "version": "1.0"}
FLOW_SPEC = {"id": "71471eba-b620-49e4-90fd-23f1fa0174d8", "version": "1.0"}
FLOW_SERVICE = "/data/foundation/flowservice"
SELECTORS = "/transformations/0/params/{}/selectors/-"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"


def request(method, url, body=None, headers=None, timeout=60) -> Answer:
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    asked = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


class Process:
    """A child that is always ended by its own process id.

    `under` is a program that runs it as its own child, such as faketime; signals go to the grandchild then.
    """

    def __init__(self, arguments, log: pathlib.Path, preexec_fn=None, under=(), environment=None):
        self.log = log
        self.under = under
        self.stream = open(log, "ab")
        self.process = subprocess.Popen(
            [str(part) for part in [*under, *arguments]],
            stdout=self.stream,
            stderr=self.stream,
            preexec_fn=preexec_fn,
            env={**os.environ, **(environment or {})},
        )

    def kill(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.process.wait()
        self.stream.close()

    def signal(self, number):
        """Sends a signal, such as SIGSTOP for a machine that takes connections and never answers."""
        target = self.process.pid
        if self.under:
            target = int(pathlib.Path(f"/proc/{target}/task/{target}/children").read_text().split()[0])
        os.kill(target, number)

    def stop(self, timeout=60) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.stream.close()
        return code

    def wait_until(self, ready, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if ready():
                    return
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready: {self.log.read_text(errors='replace')[-4000:]}")


class KinesisLocal(Process):
    def __init__(self, directory: pathlib.Path, *options, host="127.0.0.1"):
        self.port = free_port()
        self.endpoint = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        super().__init__(
            [BINARY, "kinesis-local", "--host", host, "--port", self.port, *options], directory / "kinesis-local.log"
        )
        self.wait_until(lambda: request("GET", f"{self.endpoint}/_stats", timeout=2).status == 200)


class SecureKinesisLocal(Process):
    """The same by TLS, with a certificate that it made; `authority` is the file that clients have to trust."""

    def __init__(self, directory: pathlib.Path, *options):
        self.port = free_port()
        self.endpoint = f"https://127.0.0.1:{self.port}"
        self.authority = directory / "ca.pem"
        super().__init__(
            [BINARY, "kinesis-local", "--port", self.port, "--tls", "--tls-ca-file", self.authority, *options],
            directory / "kinesis-local.log",
        )

        def answers():
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
            return True

        self.wait_until(answers)


class SlowRoad:
    """Stands before an endpoint: a request is some time on its way, and arrives even when its sender has died."""

    def __init__(self, endpoint: str):
        self.delay = lambda: 0.0
        target = urllib.parse.urlparse(endpoint).netloc
        road = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(road.delay())
                onward = http.client.HTTPConnection(target, timeout=60)
                onward.request("POST", self.path, body, dict(self.headers))
                response = onward.getresponse()
                answer = response.read()
                onward.close()
                try:
                    self.send_response(response.status)
                    for name, value in response.getheaders():
                        if name.lower() not in ("content-length", "connection", "date", "server"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True  # Whoever asked is gone; what it sent has arrived.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kill(self):
        self.server.shutdown()
        self.server.server_close()


class Moto(Process):
    """moto's Kinesis: an implementation that knows nothing of ours."""

    def __init__(self, directory: pathlib.Path):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        super().__init__(["moto_server", "-H", "127.0.0.1", "-p", self.port], directory / "moto.log")
        self.wait_until(lambda: request("GET", f"{self.endpoint}/moto-api/", timeout=2).status == 200)


def database_for(directory: pathlib.Path) -> str:
    """The URL of a database of a directory's own, in the server that HEADWATER_POSTGRES_URL names."""
    server = os.environ["HEADWATER_POSTGRES_URL"]
    name = "t" + hashlib.sha256(str(directory).encode()).hexdigest()[:24]
    made = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--command", f"CREATE DATABASE {name}", server], capture_output=True, text=True
    )
    assert made.returncode == 0 or "already exists" in made.stderr, made.stderr
    return server.rsplit("/", 1)[0] + "/" + name


class Headwater(Process):
    #: The sandbox that requests name.
    sandbox = "prod"

    binary = BINARY

    def __init__(self, directory: pathlib.Path, *options, preexec_fn=None, environment=None):
        self.directory = directory
        # The whole suite can be run over the other storage.
        storage = os.environ.get("HEADWATER_STORAGE")
        if storage == "postgres":
            environment = {"HEADWATER_DATABASE": database_for(directory), **(environment or {})}
            storage = None
        self.options = [*options, "--storage", storage] if storage and "--storage" not in options else options
        self.port = free_port()
        self.preexec_fn = preexec_fn
        self.under, self.environment = (), environment or {}
        self.start()

    def launch(self):
        """Starts without waiting for anything."""
        super().__init__(
            [self.binary, "serve", "--data", self.directory / "data", "--port", self.port, *self.options],
            self.directory / "serve.log",
            preexec_fn=self.preexec_fn,
            under=self.under,
            environment=self.environment,
        )

    def use_storage(self, storage):
        """Has the next start use another storage."""
        options = list(self.options)
        if "--storage" in options:
            place = options.index("--storage")
            del options[place : place + 2]
        self.options = [*options, "--storage", storage]

    def start(self):
        """Starts, or starts again over the same directory."""
        self.launch()
        self.wait_until(lambda: request("GET", f"{self.url}/ready", timeout=2).status == 200)
        self.admin = json.loads((self.directory / "data" / "admin.json").read_text())
        self.token = self.sign_in()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self):
        form = urllib.parse.urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self.admin["client_id"],
                "client_secret": self.admin["client_secret"],
                "scope": "openid",
            }
        )
        answer = request(
            "POST",
            f"{self.url}/ims/token/v3",
            form.encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status == 200, answer
        return answer.json["access_token"]

    def headers(self, **more):
        return {
            "Authorization": f"Bearer {self.token}",
            "x-api-key": self.admin["client_id"],
            "x-gw-ims-org-id": self.admin["org_id"],
            "x-sandbox-name": self.sandbox,
            "Content-Type": "application/json",
            **more,
        }

    def call(self, method, path, body=None, timeout=60, **more) -> Answer:
        return request(method, self.url + path, body, self.headers(**more), timeout)

    def expect(self, status, method, path, body=None, **more):
        answer = self.call(method, path, body, **more)
        assert answer.status == status, f"{method} {path}: {answer}"
        return answer.json if answer.body else None

    # The six calls of the tutorial, and what goes with them.

    def audience(self, name, expression):
        definition = {
            "name": name,
            "profileInstanceId": "ups",
            "schema": {"name": "_xdm.context.profile"},
            "expression": {"type": "PQL", "format": "pql/text", "value": expression},
            "evaluationInfo": {"continuous": {"enabled": True}},
        }
        return self.expect(200, "POST", "/data/core/ups/segment/definitions", definition)["id"]

    def connection(self, endpoint, key="AKIAEXAMPLE0000000001", secret="example-secret"):
        return {
            "name": "kinesis-account",
            "connectionSpec": KINESIS_SPEC,
            "auth": {
                "specName": "Aws Kinesis authentication credentials",
                "params": {
                    "accessKeyId": key,
                    "secretKey": secret,
                    "region": "us-east-1",
                    "connectionUrl": endpoint,
                },
            },
        }

    def dataflow(self, endpoint, stream, audiences, attributes, backfill=True, auth=None, **target):
        """Makes a dataflow by the tutorial's six calls and returns its id; members are exported unless told not to."""
        specs = self.expect(200, "GET", f"{FLOW_SERVICE}/connectionSpecs")["items"]
        assert any(spec["id"] == KINESIS_SPEC["id"] for spec in specs)
        base = self.expect(
            201, "POST", f"{FLOW_SERVICE}/connections", {"name": "profile-base", "connectionSpec": PROFILE_SPEC}
        )["id"]
        source = self.expect(
            201,
            "POST",
            f"{FLOW_SERVICE}/sourceConnections",
            {
                "name": "profile-source",
                "connectionSpec": PROFILE_SPEC,
                "baseConnectionId": base,
                "data": {"format": "json"},
                "params": {},
            },
        )["id"]
        connection = self.connection(endpoint) | ({"auth": auth} if auth else {})
        account = self.expect(201, "POST", f"{FLOW_SERVICE}/connections", connection)["id"]
        target_id = self.expect(
            201,
            "POST",
            f"{FLOW_SERVICE}/targetConnections",
            {
                "name": "kinesis-target",
                "baseConnectionId": account,
                "connectionSpec": KINESIS_SPEC,
                "data": {"format": "json"},
                "params": {"stream": stream, **({} if ":" in stream else {"region": "us-east-1"}), **target},
            },
        )["id"]
        empty = {"selectors": []}
        flow = self.expect(
            201,
            "POST",
            f"{FLOW_SERVICE}/flows",
            {
                "name": f"to-{stream.split('/')[-1]}",
                "flowSpec": FLOW_SPEC,
                "sourceConnectionIds": [source],
                "targetConnectionIds": [target_id],
                "transformations": [
                    {
                        "name": "GeneralTransform",
                        "params": {"profileSelectors": empty, "segmentSelectors": empty},
                    }
                ],
            },
        )
        patch = [
            {
                "op": "add",
                "path": SELECTORS.format("segmentSelectors"),
                "value": {"type": "PLATFORM_SEGMENT", "value": {"id": audience, "backfill": backfill}},
            }
            for audience in audiences
        ] + [
            {
                "op": "add",
                "path": SELECTORS.format("profileSelectors"),
                "value": {"type": "JSON_PATH", "value": {"path": path}},
            }
            for path in attributes
        ]
        self.expect(
            202, "PATCH", f"{FLOW_SERVICE}/flows/{flow['id']}", patch, **{"If-Match": flow["etag"]}
        )
        stored = self.expect(200, "GET", f"{FLOW_SERVICE}/flows/{flow['id']}")["items"][0]
        assert stored["state"] == "enabled"
        return flow["id"]

    def ingest(self, kind, lines, timeout=120):
        """Sends NDJSON and returns the answer."""
        body = "\n".join(json.dumps(line) for line in lines).encode()
        answer = request(
            "POST",
            f"{self.url}/v1/{kind}",
            body,
            {
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/x-ndjson",
                "x-sandbox-name": self.sandbox,
            },
            timeout,
        )
        assert answer.status == 200, answer
        return answer.json

    def profile(self, namespace, value):
        """What the server shows of a person."""
        query = urllib.parse.urlencode(
            {"schema.name": "_xdm.context.profile", "entityId": value, "entityIdNS": namespace}
        )
        found = self.expect(200, "GET", f"/data/core/ups/access/entities?{query}")
        return next(iter(found.values()))["entity"]

    def flow(self, flow):
        return self.expect(200, "GET", f"{FLOW_SERVICE}/flows/{flow}")["items"][0]

    def patch_flow(self, flow, operations, timeout=60) -> Answer:
        return self.call(
            "PATCH",
            f"{FLOW_SERVICE}/flows/{flow}",
            operations,
            timeout=timeout,
            **{"If-Match": self.flow(flow)["etag"]},
        )

    def stats(self, flow):
        return self.expect(200, "GET", f"/v1/dataflows/{flow}/stats")

    def wait_until_delivered(self, flow, seconds=120):
        """Waits until nothing is pending and returns the books, which must balance."""
        deadline = time.monotonic() + seconds
        while True:
            stats = self.stats(flow)
            if stats["pending"] == 0 or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert stats["pending"] == 0, stats
        suppressed = stats["suppressed"]
        suppressed = sum(suppressed.values()) if isinstance(suppressed, dict) else suppressed
        assert stats["triggered"] == stats["delivered"] + stats["superseded"] + suppressed + stats["parked"], stats
        return stats


def make_access(server):
    """A role of the organisation's own, a user who has it and a group of theirs; a secret and a token of the administrator."""
    base = "/data/foundation/access-control/administration/roles"
    role = server.expect(200, "POST", base, {"name": "Readers", "permissionSets": ["view-segments"]})["id"]
    user = server.expect(201, "POST", "/v1/users", {"email": "reader@shop.example", "roles": [role]})["id"]
    secrets = server.expect(200, "GET", f"/v1/credentials/{server.admin['client_id']}")["secrets"]
    tokens = server.expect(200, "GET", f"/v1/credentials/{server.admin['client_id']}/tokens")["items"]
    draft = {"name": "Planners", "members": [user], "roles": ["operator"]}
    group = server.expect(201, "POST", "/v1/groups", draft)["id"]
    return {"role": role, "user": user, "group": group, "secret": secrets[0]["id"], "issued": tokens[0]["id"]}


def make_governance(server):
    """A label, a field that has it, a marketing action and a policy of the organisation's own."""
    base = "/data/foundation/dulepolicy"
    server.expect(201, "PUT", f"{base}/labels/custom/PARTNER", {"name": "PARTNER", "description": "From a partner."})
    server.expect(200, "PUT", "/v1/labels/fields/person.income", {"labels": ["PARTNER"]})
    server.expect(201, "PUT", f"{base}/marketingActions/custom/smsBlast", {"name": "smsBlast"})
    policy = {
        "name": "No SMS with partners' data",
        "marketingActionRefs": [f"{base}/marketingActions/custom/smsBlast"],
        "deny": {"label": "PARTNER"},
    }
    return {"usage_policy": server.expect(201, "POST", f"{base}/policies/custom", policy)["id"]}


def make_privacy(server):
    """A request of somebody who is not known, and somebody who is not any more."""
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": "erased@shop.example"}]}}])
    place = "schema.name=_xdm.context.profile&entityId=erased@shop.example&entityIdNS=Email"
    gone = server.call("DELETE", f"/data/core/ups/access/entities?{place}")
    assert gone.status == 202, gone
    user = {"key": "case 1", "action": ["access"], "userIDs": [{"namespace": "Email", "value": "x@y.example", "type": "standard"}]}
    body = {
        "companyContexts": [{"namespace": "imsOrgID", "value": server.admin["org_id"]}],
        "users": [user], "include": ["profileService"], "regulation": "gdpr",
    }
    job = server.expect(202, "POST", "/data/core/privacy/jobs", body)["jobs"][0]["jobId"]
    return {"privacy_job": job, "erased": gone.headers["Location"].rsplit("/", 1)[1]}


def boto(endpoint):
    import boto3
    from botocore.config import Config

    return boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIAEXAMPLE0000000001",
        aws_secret_access_key="example-secret",
        config=Config(retries={"max_attempts": 10, "mode": "standard"}),
    )


def create_stream(kinesis, name, shards):
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


def read_stream(kinesis, name):
    """All records of a stream, each shard in order."""
    records = []
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
            records += page["Records"]
            if not page["Records"] and page["MillisBehindLatest"] == 0:
                break
            iterator = page.get("NextShardIterator")
    return records
