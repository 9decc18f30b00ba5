"""What people do in the wizard, and a destination that allows little."""

import http.server
import json
import threading
import urllib.error
import urllib.request

KEY = "AKIAEXAMPLE0000000001"


def account(ana, endpoint, secret="example-secret"):
    ana.fill("Name of the account", "eu").fill("AWS access key", KEY)
    ana.fill("AWS secret key", secret).fill("AWS region", "us-east-1").fill("Endpoint URL", endpoint)
    return ana.click("Check and continue")


class Strict:
    """Stands before an endpoint and refuses operations as AWS does."""

    def __init__(self, endpoint):
        # What is refused, by operation: the error's type.
        self.refused = {}
        # What is answered, by operation.
        self.answers = {}
        strict = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].split(".")[-1]
                error = strict.refused.get(operation)
                if error:
                    return self.answer(400, json.dumps({"__type": error, "message": "refused by the test"}).encode())
                if operation in strict.answers:
                    return self.answer(200, json.dumps(strict.answers[operation]).encode())
                onward = urllib.request.Request(endpoint, body, dict(self.headers), method="POST")
                try:
                    with urllib.request.urlopen(onward, timeout=60) as response:
                        self.answer(response.status, response.read())
                except urllib.error.HTTPError as failure:
                    self.answer(failure.code, failure.read())

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("x-amzn-RequestId", "test")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def summary(stream, status):
        return {
            "StreamDescriptionSummary": {
                "StreamName": stream,
                "StreamARN": f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}",
                "StreamStatus": status,
                "RetentionPeriodHours": 24,
                "StreamCreationTimestamp": 1700000000,
                "EnhancedMonitoring": [],
                "OpenShardCount": 1,
            }
        }

    def kill(self):
        self.server.shutdown()
        self.server.server_close()


class Journey:
    """Counts what a person does: clicks, and pages that are seen on the way."""

    def __init__(self, person):
        self.person = person
        self.clicks = 0
        self.seen = [person.page.url]
        person.page.on("framenavigated", lambda frame: self.seen.append(frame.url.split("?")[0]))

    @property
    def pages(self):
        return len(dict.fromkeys(self.seen))

    def count(self, act):
        self.clicks += 1
        act()
        return self

    def click(self, name, role="button"):
        return self.count(lambda: self.person.click(name, role))

    def tick(self, name):
        return self.count(lambda: self.person.page.get_by_label(name, exact=True).check())

    @staticmethod
    def shape(message):
        """Keys and types of a message; keys that are ids are all the same."""
        if isinstance(message, str) and message.startswith("{"):
            message = json.loads(message)
        if isinstance(message, dict):
            return {("id" if len(key) == 36 else key): Journey.shape(value) for key, value in message.items()}
        if isinstance(message, list):
            return [Journey.shape(one) for one in message]
        return type(message).__name__


class Keys:
    """A person without a mouse: goes from place to place by Tab, and every place is seen when it has the focus."""

    def __init__(self, person):
        self.page = person.page

    def go(self, place):
        place.wait_for()
        for _ in range(150):
            if place.evaluate("one => one === document.activeElement"):
                assert place.evaluate("""one => {
                        const box = one.getBoundingClientRect();
                        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                        return one.matches(":focus-visible") && (one.contains(top) || top.contains(one));
                    }"""), place
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{place} is not reached by Tab")

    def press(self, role, name, key="Enter"):
        self.go(self.page.locator("main").get_by_role(role, name=name, exact=True).first)
        self.page.keyboard.press(key)
        return self

    def type(self, label, text):
        self.go(self.page.locator("main").get_by_label(label).first)
        self.page.keyboard.type(text)
        return self
