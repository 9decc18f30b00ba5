"""Measures how long new audiences take over profiles that are there, one beside many.

    python3 Tests/EndToEnd/measure_audiences.py --profiles 200000 --audiences 40 --repeat 3

Stores the profiles once. Then, by turns, one audience and many are made at once on a copy of that store and waited for.
Takes the program of HEADWATER_BINARY, or several by --binary, by turns too; writes to a temporary directory and
prints one JSON object a line.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import tempfile
import time

import headwater as hw

FILLER = "the-quick-brown-fox-jumps-over-the-lazy-dog-and-goes-on-with-its-way-through-the-wood"
SCORES = 8


def profile(number, rng):
    """About a kilobyte."""
    return {
        "identityMap": {"Phone": [{"id": f"p{number}"}]},
        "person": {"name": {"firstName": f"First{number % 977}", "lastName": f"Last{number % 8831}"}},
        "homeAddress": {"street1": f"{rng.randrange(400)} Example Street", "city": f"City {rng.randrange(900)}"},
        "scores": {f"s{index}": rng.randrange(1000) for index in range(SCORES)},
        "notes": {f"n{index}": FILLER for index in range(5)},
    }


def rule(index):
    """Rules of like cost, which 5 % to 44 % of the profiles meet."""
    return f"scores.s{index % SCORES} < {50 + index % 40 * 10}"


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def store(directory, profiles):
    """Fills a data directory."""
    rng = random.Random(1)
    file = directory / "profiles.ndjson"
    with open(file, "w") as out:
        for number in range(profiles):
            out.write(json.dumps(profile(number, rng)) + "\n")
    server = hw.Headwater(directory)
    try:
        ingest = hw.Process(
            [hw.BINARY, "ingest", file, "--endpoint", server.url, "--data", directory / "data"], directory / "ingest.log"
        )
        assert ingest.process.wait() == 0, (directory / "ingest.log").read_text()
    finally:
        assert server.stop() == 0


def progress(server, audience):
    return server.expect(200, "GET", f"/data/core/ups/segment/definitions/{audience}")["evaluationProgress"]


def measure(template, binary, count, profiles):
    """Makes so many audiences at once on a copy of the store, and waits for the last of them."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        shutil.copytree(template / "data", directory / "data")
        hw.BINARY = pathlib.Path(binary)
        server = hw.Headwater(directory)
        try:
            pid = server.process.pid
            rules = [rule(20)] if count == 1 else [rule(index) for index in range(count)]
            cpu, began = cpu_seconds(pid), time.monotonic()
            audiences = [server.audience(f"audience {index}", text) for index, text in enumerate(rules)]
            made = time.monotonic() - began
            for audience in reversed(audiences):
                while (state := progress(server, audience))["state"] != "done":
                    time.sleep(0.05)
                assert state["processed"] >= profiles
            return {
                "binary": str(binary),
                "audiences": count,
                "wall_s": round(time.monotonic() - began, 2),
                "cpu_s": round(cpu_seconds(pid) - cpu, 2),
                "made_s": round(made, 2),
                "load": os.getloadavg()[0],
            }
        finally:
            assert server.stop() == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--profiles", type=int, default=200_000)
    parser.add_argument("--audiences", type=int, default=40)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--binary", action="append", help="may be repeated")
    parser.add_argument("--store", type=pathlib.Path, help="a directory that keeps the stored profiles for the next run")
    options = parser.parse_args()
    binaries = options.binary or [hw.BINARY]
    hw.BINARY = pathlib.Path(binaries[0])
    with tempfile.TemporaryDirectory() as name:
        template = options.store or pathlib.Path(name)
        template.mkdir(exist_ok=True)
        if not (template / "data").exists():
            store(template, options.profiles)
        results = []
        for _ in range(options.repeat):
            for binary in binaries:
                for count in (1, options.audiences):
                    results.append(measure(template, binary, count, options.profiles))
                    print(json.dumps(results[-1]), flush=True)
    for binary in binaries:
        for what in ("wall_s", "cpu_s"):
            one, many = (
                statistics.median(r[what] for r in results if r["binary"] == str(binary) and r["audiences"] == count)
                for count in (1, options.audiences)
            )
            print(json.dumps({"binary": str(binary), "median": what, "one": one, "many": many, "ratio": round(many / one, 2)}))


if __name__ == "__main__":
    main()
