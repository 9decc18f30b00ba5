"""The audiences command, previews, jobs and schedules of a running server."""

import json
import re
import subprocess
import time

import headwater as hw

UPS = "/data/core/ups"


def run(server, *arguments):
    """A command about the server's audiences, expected to end by itself."""
    command = [hw.BINARY, "audiences", *arguments, "--data", server.directory / "data"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)


def printed(server, *arguments):
    done = run(server, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def people(server, count):
    lines = "".join(
        json.dumps({"identityMap": {"Email": [{"id": f"p{number}@x.example"}]}, "age": number}) + "\n"
        for number in range(count)
    )
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
    answer = hw.request("POST", f"{server.url}/v1/profiles", lines.encode(), headers)
    assert answer.json["accepted"] == count, answer


def until(found, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("not in time")


def test_audiences_are_made_listed_shown_and_evaluated(serve, tmp_path):
    server = serve()
    people(server, 50)
    made = json.loads(printed(server, "create", "--name", "grown up", "--expression", "age >= 18", "--json"))
    rule = tmp_path / "rule.pql"
    rule.write_text("height > 180\n")
    tall = printed(server, "create", "--name", "tall", "--file", rule)
    assert "warning" in tall and "height" in tall
    until(lambda: "done" in printed(server, "show", "grown up") and "32" in printed(server, "show", "grown up"))

    listed = printed(server, "list").splitlines()
    assert [line.split()[0] for line in listed][0] == made["id"]
    assert [line.rsplit("  ", 1)[-1].strip() for line in listed] == ["grown up", "tall"]
    assert [each["name"] for each in json.loads(printed(server, "list", "--json"))["segments"]] == ["grown up", "tall"]
    shown = printed(server, "show", made["id"])
    assert re.search(r"^members +32$", shown, re.MULTILINE), shown
    assert re.search(r"^plan +incremental$", shown, re.MULTILINE), shown
    members = printed(server, "members", "grown up").splitlines()
    assert members[0].split() == ["members", "32"] and members[1].split()[:2] == ["entered", "32"], members
    told = json.loads(printed(server, "members", made["id"], "--hours", "720", "--json"))
    assert (told["members"], told["entered"], told["exited"]) == (32, 32, 0)
    assert sum(hour["entered"] for hour in told["hours"]) == 32
    scanned = printed(server, "create", "--name", "first", "--expression", "vip and xEvent.head().sum > 5")
    assert re.search(r"^plan +scan: line 1, column 9: xEvent.head\(\).sum$", scanned, re.MULTILINE), scanned
    plan = {"type": "scan", "cause": "xEvent.head().sum", "line": 1, "column": 9}
    assert json.loads(printed(server, "show", "first", "--json"))["evaluationPlan"] == plan

    done = json.loads(printed(server, "evaluate", "grown up", made["id"], "--json"))
    assert done["status"] == "SUCCEEDED"
    assert done["metrics"]["segmentedProfileCounter"] == {made["id"]: 32}
    assert done["metrics"]["totalProfiles"] == 50
    text = printed(server, "evaluate", "--all")
    assert "SUCCEEDED" in text and f"{made['id']}  32 members" in text
    begun = json.loads(printed(server, "evaluate", "--all", "--no-wait", "--json"))
    assert begun["status"] == "NEW"


def test_what_the_command_cannot_do_has_a_reason_and_an_exit_code(serve, tmp_path):
    server = serve()
    wrong = run(server, "create", "--name", "x", "--expression", "a = 1 and")
    assert wrong.returncode == 65 and "column 10" in wrong.stderr, wrong
    assert run(server, "create", "--name", "x").returncode == 64
    assert run(server, "create", "--name", "x", "--expression", "a", "--file", "b").returncode == 64
    assert run(server, "create", "--name", "x", "--file", tmp_path / "none").returncode == 66
    assert run(server, "show", "nobody").returncode == 65
    assert run(server, "members", "nobody").returncode == 65
    assert run(server, "members", "nobody", "--hours", "721").returncode == 64
    assert run(server, "evaluate").returncode == 64
    assert run(server, "evaluate", "--all").returncode == 65
    tree = '{"nodeType":"fieldLookup","fieldName":"vip","object":{"nodeType":"parameterReference","position":1}}'
    made = json.loads(
        printed(server, "create", "--name", "vip", "--expression", tree, "--format", "pql/json", "--json")
    )
    assert made["expression"]["format"] == "pql/json"
    streaming = printed(server, "create", "--name", "events", "--expression", "xEvent.count() > 2")
    assert "not continuous" in streaming
    server.stop()
    assert run(server, "list").returncode == 69


def test_jobs_and_schedules_outlive_a_restart(serve):
    server = serve()
    people(server, 20)
    audience = server.audience("old", "age >= 15")
    job = server.expect(200, "POST", f"{UPS}/segment/jobs", [{"segmentId": audience}])["id"]
    status = lambda: server.expect(200, "GET", f"{UPS}/segment/jobs/{job}")["status"]  # noqa: E731
    until(lambda: status() == "SUCCEEDED")
    # A time of every second day is due at once only when it was missed.
    schedule = server.expect(
        200,
        "POST",
        f"{UPS}/config/schedules",
        {
            "name": "soon",
            "type": "batch_segmentation",
            "properties": {"segments": ["*"]},
            "schedule": time.strftime("%S %M %H * * ?", time.gmtime(time.time() + 4)),
            "state": "active",
        },
    )
    server.kill()
    time.sleep(6)
    server.start()
    scheduled = until(
        lambda: server.expect(200, "GET", f"{UPS}/segment/jobs?property=source==scheduler")["children"]
    )
    assert len(scheduled) == 1
    assert scheduled[0]["properties"]["scheduleId"] == schedule["id"]
    assert status() == "SUCCEEDED"
    read = server.expect(200, "GET", f"{UPS}/config/schedules/{schedule['id']}")
    assert read["nextRunTime"] - read["lastRunTime"] == 86_400_000


def test_a_preview_estimates_and_lists(serve):
    server = serve()
    people(server, 9_000)
    made = server.expect(
        201, "POST", f"{UPS}/preview", {"predicateExpression": "age >= 8000", "predicateType": "pql/text"}
    )
    read = lambda: server.expect(200, "GET", f"{UPS}/estimate/{made['previewId']}")  # noqa: E731
    estimate = until(lambda: read() if read()["state"] == "RESULT_READY" else None)
    assert estimate["estimatedSize"] == 1_000 and estimate["profilesReadSoFar"] == 9_000
    results = server.expect(200, "GET", f"{UPS}/preview/{made['previewId']}?limit=3")
    assert results["page"] == {"offset": 0, "size": 3}
    person = next(iter(results["results"][0].values()))
    found = server.expect(200, "GET", person["_href"].removeprefix(server.url))
    assert next(iter(found.values()))["entity"]["age"] >= 8_000


def test_a_draft_is_published_deactivated_tagged_copied_and_deleted(serve):
    server = serve()
    people(server, 20)
    made = json.loads(
        printed(server, "create", "--name", "grown up", "--expression", "age >= 18", "--draft", "--tag", "spring", "--json")
    )
    assert (made["lifecycleState"], made["tags"]) == ("draft", ["spring"])
    asker = json.loads(printed(server, "create", "--name", "asker", "--expression", 'inSegment("grown up")', "--json"))
    until(lambda: json.loads(printed(server, "show", "grown up", "--json"))["memberCount"] == 2)

    line = printed(server, "publish", "grown up").split()
    assert line[:2] == [made["id"], "published"] and line[-1] == "[spring]"
    assert "asker" not in printed(server, "list", "--tag", "spring")

    # What asks for it stands in the way, and nothing is done to the other either.
    refused = run(server, "deactivate", asker["id"], "grown up")
    assert refused.returncode != 0 and "inSegment" in refused.stderr, refused.stderr
    assert printed(server, "list", "--state", "inactive") == ""
    assert "inactive" in printed(server, "deactivate", "asker")
    backwards = server.call("PATCH", f"{UPS}/segment/definitions/{asker['id']}", {"lifecycleState": "draft"})
    assert backwards.status == 409 and "copy" in backwards.json["detail"]

    copy = json.loads(printed(server, "copy", "asker", "--name", "asker again", "--json"))
    assert (copy["lifecycleState"], copy["expression"]) == ("draft", asker["expression"])
    assert copy["id"] != asker["id"] and copy["dependencies"] == [made["id"]]
    assert "Copy of asker" in printed(server, "copy", "asker")

    printed(server, "tag", "asker", "grown up", "--tag", "vip", "--tag", "new")
    tagged = json.loads(printed(server, "list", "--tag", "vip", "--json"))["segments"]
    assert [one["tags"] for one in tagged] == [["spring", "vip", "new"], ["vip", "new"]]
    printed(server, "tag", "asker", "--tag", "vip", "--remove")
    assert "asker" not in printed(server, "list", "--tag", "vip")
    changes = printed(server, "changes", "asker")
    assert "lifecycleState" in changes and "tags" in changes, changes

    assert printed(server, "delete", "grown up", "asker", "asker again", "Copy of asker") == ""
    assert printed(server, "list") == ""
