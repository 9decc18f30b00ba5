"""Measures a backfill of very many members beside live traffic (see docs/BEHAVIOUR.md 3.8).

    python3 Tests/EndToEnd/measure_backfill.py --members 500000 [--kill]

Members are ingested, then their audience is mapped. While they are exported 5 % of them change and live messages of other
people come all the time, as they do before without a backfill. Then every member's last record must be their state, nobody
may be missing, the backfill must have made one record for each, and the books must balance. Only a kill leaves copies: of
what was sent and not yet noted.
Takes the program of HEADWATER_BINARY, writes to a temporary directory, prints one JSON object.
"""

import argparse
import collections
import json
import multiprocessing
import pathlib
import random
import sys
import tempfile
import time

import headwater as hw
from measure_timers import live_load, percentiles

CHUNK = 5_000


def person(number, step):
    return {"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "step": step, "name": f"member {number}"}


class Live:
    """Live messages from another process, for as long as the body lasts."""

    def __init__(self, server, rate):
        self.is_up, self.is_over = multiprocessing.Event(), multiprocessing.Event()
        self.is_up.set()
        self.results, sender = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=live_load, args=(server.port, server.token, rate, self.is_up, self.is_over, sender)
        )

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        results = self.results.recv()
        self.process.join()
        answered = [(end - sent) * 1_000 for _, sent, end in results if end]
        self.latency = percentiles(answered) | {"unanswered": len(results) - len(answered)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=500_000)
    parser.add_argument("--rate", type=int, default=1_000, help="members a second")
    parser.add_argument("--live", type=int, default=500, help="live messages a second")
    parser.add_argument("--kill", action="store_true", help="kills the server in the middle")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    report = {"members": arguments.members, "rate": arguments.rate, "live": arguments.live}
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        kinesis = hw.KinesisLocal(directory, "--no-limits", "--retention-mib", "8192")
        client = hw.boto(kinesis.endpoint)
        hw.create_stream(client, "members", 2)
        server = hw.Headwater(directory, "--allow-insecure-endpoints", "--backfill-rate", str(arguments.rate))
        audience = server.audience("Members", "step >= 0")
        for first in range(0, arguments.members, CHUNK):
            last = min(first + CHUNK, arguments.members)
            server.ingest("profiles", [person(number, 0) for number in range(first, last)])
        live = server.audience("Live", "live >= 0")
        flow = server.dataflow(kinesis.endpoint, "members", [live], ["live", "step"])
        with Live(server, arguments.live) as before:
            time.sleep(20)
        report["live without"] = before.latency

        selector = {"type": "PLATFORM_SEGMENT", "value": {"id": audience}}
        operation = {"op": "add", "path": hw.SELECTORS.format("segmentSelectors"), "value": selector}
        begun = time.time()
        backfill = server.patch_flow(flow, [operation]).json["backfillId"]
        changes = collections.Counter()
        shown = {}
        is_killed = not arguments.kill
        with Live(server, arguments.live) as beside:
            while shown.get("state") != "completed":
                number = chance.randrange(arguments.members)
                batch = {number: None}
                while len(changes) + len(batch) < arguments.members * 0.05 and len(batch) < 50:
                    batch[chance.randrange(arguments.members)] = None
                server.ingest("profiles", [person(number, changes[number] + 1) for number in batch])
                changes.update(batch.keys())
                shown = server.expect(200, "GET", f"/v1/backfills/{backfill}")
                if not is_killed and shown["records"] > arguments.members / 2:
                    beside.is_up.clear()
                    server.kill()
                    server.start()
                    beside.is_up.set()
                    is_killed = True
                time.sleep(max(0.01, arguments.members / arguments.rate / (arguments.members * 0.05 / 50)) * 0.8)
        report["live beside"] = beside.latency
        report["backfill"] = {"seconds": round(time.time() - begun, 1), "records": shown["records"]}
        stats = server.wait_until_delivered(flow, 600)
        steps = collections.defaultdict(list)
        for record in hw.read_stream(client, "members"):
            payload = json.loads(record["Data"])
            if "email" in payload["identityMap"]:
                steps[payload["identityMap"]["email"][0]["id"]].append(payload["step"])
        wrong = missing = surplus = 0
        for number in range(arguments.members):
            arrived = steps.get(f"p{number}@x.example", [])
            missing += not arrived
            wrong += bool(arrived) and arrived[-1] != changes[number]
            surplus += max(len(arrived) - 1 - changes[number], 0)
        report |= {"changed": len(changes), "missing": missing, "wrong last": wrong, "copies": surplus}
        report["books"] = {key: stats[key] for key in ("triggered", "delivered", "pending", "isBalanced")}
        server.stop()
        kinesis.kill()
    print(json.dumps(report, indent=1))
    is_right = missing == wrong == 0 and shown["records"] == arguments.members and stats["isBalanced"]
    sys.exit(0 if is_right and (arguments.kill or surplus == 0) else 1)


if __name__ == "__main__":
    main()
