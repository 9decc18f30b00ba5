"""One of several dataflows is dead for a while, as operators and developers measure it, made small."""

import json
import subprocess

import headwater as hw


def dead_dataflow(*options):
    command = [hw.BINARY, "bench", "dead-dataflow", "--json", *options]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)


def test_nobody_waits_for_a_dead_dataflow_and_its_backlog_arrives_in_order():
    outcome = dead_dataflow("--dataflows", 4, "--rate", 100, "--profiles", 50, "--before", 5, "--dead", 24)
    assert outcome.stdout, outcome
    report = json.loads(outcome.stdout)
    assert report["backlog"] > 1_000 and report["backlog_seconds"] is not None, report
    assert (report["lost"], report["inversions"], report["othersOff"], report["booksOff"]) == (0, 0, 0, 0), report
    assert [answer["what"] for answer in report["answers"]] == [
        "PATCH that maps", "PATCH that unmaps", "DELETE", "SIGTERM"
    ], report
    assert all(answer["isGood"] and answer["ms"] <= 2_000 for answer in report["answers"]), report
    # A machine that is busy sends fewer than it is asked to.
    assert report["before"]["records"] > 500 and report["during"]["records"] > 1_500, report
    # Other tests may be using the machine, so how fast it is says nothing here.
    assert all("p99" in promise for promise in report["broken"]), report
    assert outcome.returncode == (70 if report["broken"] else 0), outcome


def test_wrong_options_are_refused_before_anything_is_started():
    assert dead_dataflow("--dataflows", "1").returncode == 64
    assert dead_dataflow("--dead", "1").returncode == 64
