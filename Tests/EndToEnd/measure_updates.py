"""Measures the whole way of updates: HTTP in, durable before 2xx, decided by 20 audiences, delivered in order.

    python3 Tests/EndToEnd/measure_updates.py --updates 600000 --profiles 200000 [--file FILE] [--storage log]

Makes the file of updates unless it is there, sends it by some clients as NDJSON to a server of its own, and waits until every
record has been acknowledged by a local Kinesis. Counts with a model of its own how many records there have to be. CPU is that of
the server's process alone, until the last record is delivered. Takes the program of HEADWATER_BINARY (a release build), writes
to a temporary directory, prints one JSON object.
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import tempfile
import threading
import time

import headwater as hw

TIERS = ["gold", "silver", "blue"]
MAPPED = [
    ("Gold", 'loyalty.tier = "gold"'),
    ("Many points", "loyalty.points > 2500"),
    ("Poor silver", 'loyalty.tier = "silver" and loyalty.points < 100'),
    ("Postal code 1", 'homeAddress.postalCode.startsWith("1")'),
]
FURTHER = [(f"Over {number * 100 % 5000}", f"loyalty.points > {number * 100 % 5000}") for number in range(4, 20)]
ATTRIBUTES = ["person.name.firstName", "loyalty.tier", "loyalty.points"]


def make(path, updates, profiles):
    chance = random.Random(7)
    with path.open("w") as file:
        for number in range(updates):
            person = chance.randrange(profiles)
            update = {
                "identityMap": {"Email": [{"id": f"user{person}@example.org"}]},
                "person": {"name": {"firstName": f"F{person}", "lastName": f"L{number % 1000}"}},
                "loyalty": {"tier": chance.choice(TIERS), "points": chance.randrange(5000)},
                "homeAddress": {"city": "Berlin", "postalCode": f"{chance.randrange(99999):05d}"},
            }
            file.write(json.dumps(update, separators=(",", ":")) + "\n")


def expected(path):
    """How many records there have to be, each file line counted by itself in its order."""
    standings, records = {}, 0
    with path.open() as file:
        for line in file:
            update = json.loads(line)
            key = update["identityMap"]["Email"][0]["id"]
            tier, points = update["loyalty"]["tier"], update["loyalty"]["points"]
            now = (
                tier == "gold",
                points > 2500,
                tier == "silver" and points < 100,
                update["homeAddress"]["postalCode"].startswith("1"),
            )
            before = standings.get(key, (False,) * 4)
            records += now != before or any(now)
            standings[key] = now
    return records


class Client(threading.Thread):
    """Sends bodies one after the other; those of one person are with one client, in their order."""

    def __init__(self, server, bodies):
        super().__init__(daemon=True)
        self.server, self.bodies, self.delays, self.failure = server, bodies, [], None

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
            headers = {"Authorization": f"Bearer {self.server.token}", "Content-Type": "application/x-ndjson"}
            for body in self.bodies:
                began = time.monotonic()
                while True:
                    connection.request("POST", "/v1/profiles", body, headers)
                    answer = connection.getresponse()
                    text = answer.read()
                    if answer.status != 429:
                        break
                    time.sleep(0.05)
                assert answer.status < 300 and json.loads(text)["failed"] == 0, (answer.status, text[:300])
                self.delays.append(time.monotonic() - began)
        except Exception as error:
            self.failure = error


def bodies_of(path, clients, lines):
    """The file in bodies of so many lines, dealt by person so that each client keeps the order of its own."""
    dealt = [[] for _ in range(clients)]
    with path.open("rb") as file:
        for line in file:
            start = line.index(b"user") + 4
            dealt[int(line[start : line.index(b"@", start)]) % clients].append(line)
    return [[b"".join(part[at : at + lines]) for at in range(0, len(part), lines)] for part in dealt]


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def start(directory, storage):
    """A local Kinesis, a server with 20 audiences, and a dataflow of four of them into a stream."""
    endpoint = hw.KinesisLocal(directory, "--no-limits")
    hw.create_stream(hw.boto(endpoint.endpoint), "updates", 4)
    server = hw.Headwater(directory, "--allow-insecure-endpoints", "--storage", storage)
    ids = [server.audience(name, rule) for name, rule in MAPPED]
    for name, rule in FURTHER:
        server.audience(name, rule)
    return endpoint, server, server.dataflow(endpoint.endpoint, "updates", ids, ATTRIBUTES)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--updates", type=int, default=600_000)
    options.add_argument("--profiles", type=int, default=200_000)
    options.add_argument("--file", type=pathlib.Path)
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--lines", type=int, default=500)
    options.add_argument("--storage", default="log", choices=["log", "sqlite"])
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        path = wanted.file or directory / "updates.ndjson"
        if not path.exists():
            make(path, wanted.updates, wanted.profiles)
        records = expected(path)
        bodies = bodies_of(path, wanted.clients, wanted.lines)
        updates = sum(body.count(b"\n") for part in bodies for body in part)
        endpoint, server, flow = start(directory, wanted.storage)
        try:
            clients = [Client(server, part) for part in bodies]
            before, began = cpu(server.process.pid), time.monotonic()
            for client in clients:
                client.start()
            for client in clients:
                client.join()
                if client.failure:
                    raise client.failure
            acknowledged = time.monotonic() - began
            stats = server.wait_until_delivered(flow, 600)
            seconds, used = time.monotonic() - began, cpu(server.process.pid) - before
            assert stats["delivered"] == stats["triggered"] == records, (stats, records)
            delays = sorted(delay for client in clients for delay in client.delays)
            print(
                json.dumps(
                    {
                        "storage": wanted.storage,
                        "updates": updates,
                        "records": records,
                        "cpu_us_per_update": round(used / updates * 1e6, 2),
                        "updates_per_s": round(updates / seconds),
                        "acknowledged_per_s": round(updates / acknowledged),
                        "request_p50_ms": round(delays[len(delays) // 2] * 1e3, 1),
                        "request_p99_ms": round(delays[int(len(delays) * 0.99)] * 1e3, 1),
                        "rss_mb": round(peak(server.process.pid)),
                    }
                )
            )
        finally:
            server.kill()
            endpoint.kill()


if __name__ == "__main__":
    main()
