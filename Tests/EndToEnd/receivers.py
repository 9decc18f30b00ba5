"""Who alerts are told to: a webhook and a mail server."""

import contextlib
import email
import email.policy
import http.server
import json
import re
import threading
import urllib.parse

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

import headwater as hw


def is_ours():
    """The check of signatures as the guide has it."""
    guide = (hw.ROOT / "docs" / "ALERTS.md").read_text(encoding="utf-8")
    [example] = re.findall(r"^```python\n(.*?)^```", guide, flags=re.MULTILINE | re.DOTALL)
    names = {}
    exec(example, names)  # noqa: S102: it is ours
    return names["is_ours"]


class Hook:
    """A webhook that answers challenges and remembers what it gets."""

    def __init__(self):
        hook = self
        self.status = 200
        self.knows = True
        self.got = []
        self.hangs = threading.Event()
        self.released = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body=b""):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                word = query["challenge"][0] if hook.knows else "hello"
                self.answer(200, word.encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                if hook.hangs.is_set():
                    hook.released.wait()
                self.answer(hook.status)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def alerts(self):
        """What was told, without the shapes around it."""
        found = []
        for _, _, body in self.got:
            message = json.loads(body)
            content = message["event"] if isinstance(message, dict) else message[0]["messages"][0]["value"]
            found.append(content["alert"])
        return found

    def kill(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


class MailHouse:
    """A mail server that takes mails from who signs in, if it asks for that."""

    def __init__(self, username=None, password=None, tls=None):
        self.mails = []
        self.envelopes = []
        self.refuses = False

        def signs_in(_server, _session, _envelope, _mechanism, data):
            is_known = (data.login.decode(), data.password.decode()) == (username, password)
            return AuthResult(success=is_known, handled=False)

        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=hw.free_port(),
            auth_required=username is not None,
            auth_require_tls=False,
            tls_context=tls,
            authenticator=signs_in,
        )
        self.controller.start()

    @property
    def port(self):
        return self.controller.port

    async def handle_DATA(self, _server, _session, envelope):
        if self.refuses:
            return "451 4.3.0 <secret words> later"
        self.envelopes.append(envelope)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 2.0.0 taken"

    def kill(self):
        with contextlib.suppress(Exception):
            self.controller.stop()
