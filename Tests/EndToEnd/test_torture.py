"""The torture that operators and developers run, made small."""

import json
import subprocess

import headwater as hw


def torture(*options):
    command = [hw.BINARY, "bench", "torture", "--json", *options]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)


def test_nothing_is_lost_or_turned_round_by_kills_faults_and_resharding():
    options = ["--profiles", 300, "--rounds", 20, "--kills", 3, "--throttled", 0.2, "--dropped", 0.05, "--reshard-every", 1]
    outcome = torture(*options)
    assert outcome.returncode == 0, outcome
    report = json.loads(outcome.stdout)
    assert (report["exports"], report["kills"], report["audits"]) == (6_000, 3, 3), report
    assert (report["lost"], report["inversions"], report["auditsOff"]) == (0, 0, 0), report
    assert report["duplicates"] <= report["duplicatesPossible"], report
    assert report["books"]["triggered"] >= 6_000 and report["books"]["pending"] == 0, report


def test_a_sink_that_is_paused_is_written_to_at_full_rate_when_it_is_back():
    options = ["--profiles", 2_000, "--rounds", 1, "--kills", 0, "--throttled", "0.01,0.1"]
    outcome = torture(*options, "--pause-sink", 12, "--back-within", 60)
    assert outcome.returncode == 0, outcome
    report = json.loads(outcome.stdout)
    assert report["isClean"] and report["broken"] == [] and report["lost"] == 0, report
    pause = report["pause"]
    assert pause["seconds"] == 12 and pause["updates"] > 0 and pause["rate_before"] > 0, pause
    assert pause["back_after_ms"] is not None and pause["rss_mb"] <= pause["rss_limit_mb"], pause


def test_wrong_options_are_refused_before_anything_is_started():
    assert torture("--throttled", "1.5").returncode == 64
    assert torture("--throttled", "0.1,").returncode == 64
    assert torture("--profiles", "0").returncode == 64
