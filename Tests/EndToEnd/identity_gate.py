"""STS and Kinesis of moto behind a gate that can refuse a role and let keys expire, as AWS does; and a machine's metadata."""

import datetime
import http.client
import http.server
import json
import re
import threading
import urllib.parse

ROLE = "arn:aws:iam::222222222222:role/activation"
SERVER = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLESERV00001", "AWS_SECRET_ACCESS_KEY": "server-s3cr3t"}
NOWHERE = {
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
    "AWS_CONFIG_FILE": "/nonexistent/config",
}


class Gate:
    """Forwards STS and Kinesis to moto, and is the machine's metadata services."""

    def __init__(self, endpoint):
        self.target = urllib.parse.urlparse(endpoint).netloc
        self.mayAssume, self.isDown = True, False
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
                    if gate.isDown:
                        return self.answer(503, b"<html>down</html>", Content_Type="text/html")
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
