"""The endpoint for tests as its page tells people to use it."""

import json
import os
import re
import subprocess
import sys

import headwater as hw

PAGE = (hw.ROOT / "docs" / "KINESIS_LOCAL.md").read_text(encoding="utf-8")


def example(language):
    return re.search(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL).group(1)


def environment():
    return {**os.environ, "PATH": f"{hw.BINARY.parent}:{os.environ['PATH']}"}


def test_the_example_with_pytest_runs_as_it_stands(tmp_path):
    (tmp_path / "test_example.py").write_text(example("python"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"]

    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120)

    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_script_runs_as_it_stands(tmp_path):
    script = example("sh").replace("4567", str(hw.free_port()))
    script = script.replace("your-tests", "aws kinesis describe-stream-summary --stream-name orders")

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120)

    assert done.returncode == 0 and '"StreamName": "orders"' in done.stdout, done.stdout + done.stderr


def test_the_scenario_is_taken_and_shown(kinesis_local, tmp_path):
    steps = json.loads(example("json"))
    (tmp_path / "scenario.json").write_text(json.dumps(steps))
    endpoint = kinesis_local("--scenario", tmp_path / "scenario.json")

    shown = hw.request("GET", f"{endpoint.endpoint}/_scenario").json

    assert [step["after"] for step in shown["steps"]] == [step["after"] for step in steps]
    assert hw.request("GET", f"{endpoint.endpoint}/_faults").json["recordThrottled"] == 0.1


def test_every_fault_that_is_shown_is_told(kinesis_local):
    shown = hw.request("GET", f"{kinesis_local().endpoint}/_faults").json

    faults = PAGE[PAGE.index("## 3. Faults"):PAGE.index("## 4.")]
    told = {name for row in re.findall(r"^\| (`.*?) \|", faults, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert told == set(shown)


def test_a_scenario_that_cannot_be_taken_is_refused_at_the_start(tmp_path):
    file = tmp_path / "scenario.json"
    file.write_text('[{"after": 1, "faults": {"recordThrotled": 1}}]')

    done = subprocess.run(
        [hw.BINARY, "kinesis-local", "--port", "0", "--scenario", file], capture_output=True, text=True, timeout=60)

    assert done.returncode == 65 and "Step 1: recordThrotled is no fault" in done.stderr, done.stderr
