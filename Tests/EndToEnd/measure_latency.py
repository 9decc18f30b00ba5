"""Measures how long an update takes from the POST until its record is in the stream, at a steady rate.

    python3 Tests/EndToEnd/measure_latency.py --rate 10000 --seconds 10 [--profiles 20000] [--storage log]

Each update changes one person's points, so each makes one record, which is told from all others by person and points. The
instant of the POST is the client's, that of the record the stream's own (ApproximateArrivalTimestamp). Both are of one machine.
Takes the program of HEADWATER_BINARY (a release build), prints one JSON object.
"""

import argparse
import json
import pathlib
import tempfile
import threading
import time

import headwater as hw
import measure_updates

WARMING = 2


def line(person, points):
    return json.dumps(
        {
            "identityMap": {"Email": [{"id": f"user{person}@example.org"}]},
            "person": {"name": {"firstName": f"F{person}"}},
            "loyalty": {"tier": "gold", "points": points},
        },
        separators=(",", ":"),
    ).encode() + b"\n"


class Client(threading.Thread):
    """Sends its share of the requests, each at its time, and notes when."""

    def __init__(self, server, requests, began):
        super().__init__(daemon=True)
        self.server, self.requests, self.began = server, requests, began
        self.sent, self.late, self.failure = {}, 0.0, None

    def run(self):
        try:
            connection = measure_updates.http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
            headers = {"Authorization": f"Bearer {self.server.token}", "Content-Type": "application/x-ndjson"}
            for due, updates in self.requests:
                body = b"".join(line(*update) for update in updates)
                wait = self.began + due - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                self.late = max(self.late, -wait)
                now = time.time()
                connection.request("POST", "/v1/profiles", body, headers)
                answer = connection.getresponse()
                text = answer.read()
                assert answer.status < 300 and json.loads(text)["failed"] == 0, (answer.status, text[:300])
                if due >= WARMING:
                    self.sent.update(dict.fromkeys(updates, now))
        except Exception as error:
            self.failure = error


def arrivals(endpoint):
    """When each record got into the stream, by person and points."""
    instants = {}
    for record in hw.read_stream(hw.boto(endpoint.endpoint), "updates"):
        data = json.loads(record["Data"])
        person = int(data["person"]["name"]["firstName"].removeprefix("F"))
        instants[person, data["loyalty"]["points"]] = record["ApproximateArrivalTimestamp"].timestamp()
    return instants


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rate", type=int, default=1_000)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--profiles", type=int, default=20_000)
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--storage", default="log", choices=["log", "sqlite"])
    wanted = options.parse_args()
    lines = max(wanted.rate // 1_000, 1)
    with tempfile.TemporaryDirectory() as directory:
        endpoint, server, flow = measure_updates.start(pathlib.Path(directory), wanted.storage)
        try:
            count = wanted.rate * (wanted.seconds + WARMING)
            requests = [[] for _ in range(wanted.clients)]
            for number, first in enumerate(range(0, count, lines)):
                updates = [(at % wanted.profiles, 3_000 + at // wanted.profiles) for at in range(first, first + lines)]
                requests[number % wanted.clients].append((first / wanted.rate, updates))
            began = time.monotonic() + 0.2
            clients = [Client(server, part, began) for part in requests]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
                if client.failure:
                    raise client.failure
            stats = server.wait_until_delivered(flow, 60)
            assert stats["delivered"] == count, (stats, count)
            instants = arrivals(endpoint)
            if len(instants) < count:
                raise SystemExit("the local stream kept only its newest records; take fewer seconds")
            delays = sorted(instants[update] - at for client in clients for update, at in client.sent.items())
            print(
                json.dumps(
                    {
                        "storage": wanted.storage,
                        "rate": wanted.rate,
                        "updates": len(delays),
                        **{
                            f"p{name}_ms": round(delays[min(int(len(delays) * part), len(delays) - 1)] * 1e3, 1)
                            for name, part in [("50", 0.5), ("99", 0.99), ("99.9", 0.999)]
                        },
                        "max_ms": round(delays[-1] * 1e3, 1),
                        "client_late_ms": round(max(client.late for client in clients) * 1e3, 1),
                    }
                )
            )
        finally:
            server.kill()
            endpoint.kill()


if __name__ == "__main__":
    main()
