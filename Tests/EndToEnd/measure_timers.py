"""Measures a server that slept through the instants of very many people (see docs/OPERATION.md).

    python3 Tests/EndToEnd/measure_timers.py --people 1000000 [--dead-destination]

People leave an audience within one second in which the server is down. It starts after that, is killed twice while it
catches up, and takes live messages of other people all the time. Then every exit must be in the stream, as promised.
Takes the program of HEADWATER_BINARY, writes to a temporary directory, prints one JSON object.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import pathlib
import random
import signal
import tempfile
import threading
import time

import headwater as hw
from sleepers import EXPRESSION, Exits, Sleepers, now, outbox, stream

CHUNK = 5_000


def percentiles(milliseconds):
    values = sorted(milliseconds)
    if not values:
        return None

    def at(share):
        return round(values[min(int(len(values) * share), len(values) - 1)], 1)

    return {"n": len(values), "p50": at(0.5), "p99": at(0.99), "p99.9": at(0.999), "max": at(1)}


# Live messages: one POST each, sent when their time has come, whatever became of those before.


async def send_live(port, token, rate, is_up, is_over, results):
    lanes = asyncio.Queue()
    for _ in range(128):
        lanes.put_nowait(None)
    pending = set()

    async def send(number, sent):
        lane = await lanes.get()
        try:
            if lane is None:
                lane = await asyncio.open_connection("127.0.0.1", port)
            body = json.dumps({"identityMap": {"Phone": [{"id": f"l{number % 50_000}"}]}, "live": number}).encode()
            head = (
                f"POST /v1/profiles HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            lane[1].write(head.encode() + body)
            status = await lane[0].readuntil(b"\r\n\r\n")
            length = int(status.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await lane[0].readexactly(length)
            if b" 200 " in status[:16]:
                results.append((number, sent, time.time()))
            else:
                results.append((number, sent, None))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            results.append((number, sent, None))
            if lane:
                lane[1].close()
            lane = None
        lanes.put_nowait(lane)

    number = 0
    while not is_over.is_set():
        if not is_up.is_set():
            await asyncio.sleep(0.005)
            continue
        begun, first = time.time(), number
        while is_up.is_set() and not is_over.is_set():
            due = begun + (number - first) / rate
            wait = due - time.time()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(send(number, due))
            pending.add(task)
            task.add_done_callback(pending.discard)
            number += 1
    await asyncio.gather(*pending)


def live_load(port, token, rate, is_up, is_over, out):
    results = []
    asyncio.run(send_live(port, token, rate, is_up, is_over, results))
    out.send(results)


# What the server uses.


class Watch(threading.Thread):
    """Looks at a process once in a while: processor time, memory, log, and how far the books are."""

    def __init__(self, measurement):
        super().__init__(daemon=True)
        self.measurement = measurement
        self.samples, self.ended = [], False

    def run(self):
        ticks = os.sysconf("SC_CLK_TCK")
        while not self.ended:
            time.sleep(0.5)
            server = self.measurement.server
            try:
                pid = server.process.pid
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                wal = (server.directory / "data" / "headwater.db-wal").stat().st_size
                stats = server.stats(self.measurement.flow)
            except (OSError, ValueError, AssertionError, KeyError):
                continue
            self.samples.append(
                {
                    "pid": pid,
                    "time": time.time(),
                    "cpu": (int(fields[11]) + int(fields[12])) / ticks,
                    "rss": int(status.split("VmRSS:")[1].split()[0]) // 1024,
                    "wal": wal >> 20,
                    "triggered": stats["triggered"],
                    "pending": stats["pending"],
                }
            )


class Measurement:
    def __init__(self, arguments, directory):
        self.arguments, self.directory = arguments, directory
        self.endpoint = hw.KinesisLocal(directory, "--no-limits", "--retention-mib", "8192")
        self.kinesis = hw.boto(self.endpoint.endpoint)
        hw.create_stream(self.kinesis, "exits", 1)
        hw.create_stream(self.kinesis, "live", 1)
        self.server = hw.Headwater(directory, "--allow-insecure-endpoints")
        self.audience = self.server.audience("Seen within the hour", EXPRESSION)
        live = self.server.audience("Live", "live >= 0")
        self.live_flow = self.server.dataflow(self.endpoint.endpoint, "live", [live], ["live"])
        self.report = {"people": arguments.people}

    def ingest(self):
        count = self.arguments.people
        first = now() + int(15_000 + count / self.arguments.ingest_rate * 1_000)
        self.sleepers = Sleepers(count, first, 1_000, self.arguments.seed)
        begun = time.monotonic()
        for start in range(0, count, CHUNK):
            people = range(start, min(start + CHUNK, count))
            answer = self.server.ingest("events", [self.sleepers.event(person) for person in people])
            assert answer["accepted"] == len(people), answer
        self.report["ingest seconds"] = round(time.monotonic() - begun, 1)
        # Mapped only now: the entries are not exported, the exits are.
        self.flow = self.server.dataflow(self.endpoint.endpoint, "exits", [self.audience], [], backfill=False)
        assert now() < self.sleepers.first, "too slow: give a lower --ingest-rate"
        print(f"ingested, {(self.sleepers.first - now()) / 1_000:.0f} s before the first is due", flush=True)

    def run(self):
        self.ingest()
        self.server.kill()
        self.sleepers.sleep_through()
        if self.arguments.dead_destination:
            self.endpoint.signal(signal.SIGSTOP)
        is_up, is_over = multiprocessing.Event(), multiprocessing.Event()
        receiver, sender = multiprocessing.Pipe(False)
        self.start(is_up)
        load = multiprocessing.Process(
            target=live_load,
            args=(self.server.port, self.server.token, self.arguments.live_rate, is_up, is_over, sender),
        )
        watch = Watch(self)
        watch.start()
        load.start()
        begun = time.time()
        chance = random.Random(self.arguments.seed)
        for share in (0.25, 0.6) if self.arguments.kills else ():
            self.until(share * self.arguments.people)
            time.sleep(chance.uniform(0, 0.5))
            is_up.clear()
            self.server.kill()
            self.start(is_up)
        self.until(self.arguments.people)
        ended = time.time()
        time.sleep(2)
        is_up.clear()
        is_over.set()
        answers = receiver.recv()
        load.join()
        watch.ended = True
        watch.join()
        self.report["catching up seconds"] = round(ended - begun, 1)
        self.tell_server(watch.samples, ended)
        if self.arguments.dead_destination:
            self.check_outbox()
            self.endpoint.signal(signal.SIGCONT)
            self.server.start()
        for flow in (self.flow, self.live_flow):
            self.server.wait_until_delivered(flow, 3_600)
        self.report["delivered after seconds"] = round(time.time() - begun, 1)
        self.check(answers)
        return self.report

    def start(self, is_up):
        begun = time.monotonic()
        self.server.start()
        self.report.setdefault("start seconds", []).append(round(time.monotonic() - begun, 2))
        is_up.set()

    def until(self, count):
        while self.server.stats(self.flow)["triggered"] < count:
            time.sleep(0.2)

    def tell_server(self, samples, ended):
        """Timers a second and processor time of each run, and the most memory and log."""
        runs = []
        for pid in dict.fromkeys(sample["pid"] for sample in samples):
            run = [sample for sample in samples if sample["pid"] == pid and sample["time"] <= ended + 1]
            if len(run) < 3:
                continue
            first, last = run[0], run[-1]
            seconds = last["time"] - first["time"]
            fired = last["triggered"] - first["triggered"]
            runs.append(
                {
                    "timers": fired,
                    "timers per second": round(fired / seconds),
                    "cpu share": round((last["cpu"] - first["cpu"]) / seconds, 2),
                    "cpu microseconds per timer, live messages included": round(
                        (last["cpu"] - first["cpu"]) / max(fired, 1) * 1e6
                    ),
                    "rss MiB": [first["rss"], max(sample["rss"] for sample in run), last["rss"]],
                    "log MiB at most": max(sample["wal"] for sample in run),
                    "pending at most": max(sample["pending"] for sample in run),
                }
            )
        self.report["runs"] = runs

    def check_outbox(self):
        self.server.kill()
        exits = Exits(self.sleepers, self.audience)
        for payload in outbox(self.directory / "data", self.directory / "copy"):
            if b'"live"' not in payload:
                exits.add(payload)
        self.report["outbox"] = {"missing": exits.missing, "copies": exits.copies, "inversions": exits.inversions}
        assert exits.missing == exits.copies == exits.inversions == 0, self.report

    def check(self, answers):
        exits = Exits(self.sleepers, self.audience)
        for payload, _ in stream(self.kinesis, "exits"):
            exits.add(payload)
        self.report["exits"] = {"missing": exits.missing, "copies": exits.copies, "inversions": exits.inversions}
        assert exits.missing == 0, self.report
        sent = {number: at for number, at, _ in answers}
        answered = [(at, end) for _, at, end in answers if end]
        self.report["live"] = {
            "sent": len(answers),
            "refused or cut off": len(answers) - len(answered),
            "acknowledged ms": percentiles((end - at) * 1_000 for at, end in answered),
        }
        arrivals = {}
        for payload, arrival in stream(self.kinesis, "live"):
            arrivals.setdefault(json.loads(payload)["live"], arrival.timestamp())
        lost = [number for number, _, end in answers if end and number not in arrivals]
        assert not lost, f"{len(lost)} acknowledged messages are not in the stream"
        self.report["live"]["in the stream ms"] = percentiles(
            (arrival - sent[number]) * 1_000 for number, arrival in arrivals.items() if number in sent
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--live-rate", type=int, default=1_000)
    parser.add_argument("--ingest-rate", type=int, default=8_000, help="people a second that are ingested at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-kills", dest="kills", action="store_false")
    parser.add_argument("--dead-destination", action="store_true", help="it comes to life when all is done")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        measurement = Measurement(arguments, pathlib.Path(directory))
        try:
            print(json.dumps(measurement.run(), indent=2))
        finally:
            measurement.server.kill()
            measurement.endpoint.kill()


if __name__ == "__main__":
    main()
