"""People's requests for their data or its erasure: taken is stored, and each is done once, wherever SIGKILL comes."""

import json
import os
import random
import subprocess
import time

import headwater as hw
from test_erasure import holding, wait_until_scrubbed

JOBS = "/data/core/privacy/jobs"
PEOPLE = 1_000
OTHERS = 50


def mail(number):
    return f"asked-{number:04}-secret@example.org"


def person(number, **fields):
    return {"identityMap": {"Email": [{"id": mail(number), "primary": True}]}, "tier": "gold", "n": number, **fields}


def ask(server, actions, numbers, **more):
    users = [
        {"key": str(number), "action": actions, "userIDs": [{"namespace": "Email", "value": mail(number), "type": "standard"}]}
        for number in numbers
    ]
    body = {
        "companyContexts": [{"namespace": "imsOrgID", "value": server.admin["org_id"]}],
        "users": users, "include": ["profileService"], "regulation": "gdpr", **more,
    }
    return server.expect(202, "POST", JOBS, body)


def count(server, request, status):
    return server.expect(200, "GET", f"{JOBS}?requestId={request}&status={status}&size=1")["totalRecords"]


def jobs(server, request):
    return server.expect(200, "GET", f"{JOBS}?requestId={request}&size=1000")["jobDetails"]


def finish_over_kills(server, request, total, most):
    """Kills the server again and again until all jobs are done, and tells how often it was in the midst of them."""
    seed = int(os.environ.get("HEADWATER_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    dice = random.Random(seed)
    amid, deadline = 0, time.monotonic() + 240
    while (done := count(server, request, "complete")) < total:
        assert time.monotonic() < deadline and count(server, request, "error") == 0, done
        time.sleep(dice.uniform(0, 0.4))
        if amid < most:
            if amid % 3 == 2:
                assert server.stop() == 0
            else:
                server.kill()
            server.start()
            amid += 1
    print(f"{amid} kills")
    return amid


def test_a_thousand_people_are_erased_once_over_kills(serve, kinesis_local):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "erased", 1)
    server = serve()
    gold = server.audience("Gold", 'tier = "gold"')
    flow = server.dataflow(endpoint.endpoint, "erased", [gold], ["n"], emitDeletes=True)
    for first in range(0, PEOPLE + OTHERS, 350):
        server.ingest("profiles", [person(number) for number in range(first, min(first + 350, PEOPLE + OTHERS))])
    server.wait_until_delivered(flow)
    data = server.directory / "data"
    assert holding(data, mail(7))

    asked = ask(server, ["delete"], range(PEOPLE))
    assert asked["totalRecords"] == PEOPLE == len({job["jobId"] for job in asked["jobs"]})
    assert finish_over_kills(server, asked["requestId"], PEOPLE, 8) > 0

    erasures = server.expect(200, "GET", "/v1/erasures?limit=1000")["erasures"]
    assert len({erasure["id"] for erasure in erasures}) == PEOPLE == len(erasures)
    shown = [server.expect(200, "GET", f"{JOBS}/{job['jobId']}") for job in asked["jobs"]]
    receipts = [job["productResponses"][0]["productStatusResponse"]["results"]["erasures"] for job in shown]
    assert sorted(sum(receipts, [])) == sorted(f"/v1/erasures/{erasure['id']}" for erasure in erasures)
    assert all(len(one) == 1 for one in receipts)
    assert not any("secret" in json.dumps(job) for job in shown)
    for number in range(PEOPLE, PEOPLE + OTHERS):
        assert server.profile("Email", mail(number))["n"] == number

    # Everybody who was erased was told of, as gone, last; the others were not.
    stats = server.wait_until_delivered(flow)
    assert stats["isBalanced"], stats
    last = {}
    for record in hw.read_stream(kinesis, "erased"):
        message = json.loads(record["Data"])
        last[message["identityMap"]["email"][0]["id"]] = message["segmentMembership"]["ups"][gold]["status"]
    assert last == {mail(n): "exited" if n < PEOPLE else "realized" for n in range(PEOPLE + OTHERS)}
    wait_until_scrubbed(server, receipts[0][0])
    # A last record holds the identities until it has left, which may be after the scrub; another one is after it.
    again = ask(server, ["delete"], [PEOPLE])
    while count(server, again["requestId"], "complete") < 1:
        time.sleep(0.1)
    server.wait_until_delivered(flow)
    server.ingest("profiles", [person(PEOPLE + OTHERS)])
    one_more = ask(server, ["delete"], [PEOPLE + OTHERS])
    while count(server, one_more["requestId"], "complete") < 1:
        time.sleep(0.1)
    for request in (again, one_more):
        job = server.expect(200, "GET", f"{JOBS}/{request['jobs'][0]['jobId']}")
        wait_until_scrubbed(server, job["productResponses"][0]["productStatusResponse"]["results"]["erasures"][0])
    assert {n: holding(data, mail(n)) for n in range(0, PEOPLE, 50)} == {n: [] for n in range(0, PEOPLE, 50)}


def test_copies_are_whole_and_before_the_erasure_over_kills(serve):
    server = serve()
    people = 40
    server.ingest("profiles", [person(number, note="x" * 50_000) for number in range(people)])
    events = [
        {**person(number), "_id": f"e-{number}-{event}", "timestamp": "2026-01-02T03:04:05Z", "note": "y" * 5_000}
        for number in range(people) for event in range(40)
    ]
    for first in range(0, len(events), 400):
        assert server.ingest("events", events[first : first + 400])["failed"] == 0

    asked = ask(server, ["access", "delete"], range(people))
    assert asked["totalRecords"] == 2 * people
    assert finish_over_kills(server, asked["requestId"], 2 * people, 6) > 0

    copies = [job for job in jobs(server, asked["requestId"]) if job["action"] == "access"]
    assert len(copies) == people
    for job in copies:
        number = int(job["userKey"])
        copy = server.expect(200, "GET", f"{JOBS}/{job['jobId']}/content")
        (profile,) = copy["profiles"]
        assert profile["views"][0]["entity"]["n"] == number and len(profile["events"]) == 40
        assert [identity["value"] for identity in profile["identities"]] == [mail(number)]
        file = server.directory / "data" / "privacy" / job["jobId"]
        assert mail(number).encode() not in file.read_bytes() and file.stat().st_mode & 0o777 == 0o600
    assert len(server.expect(200, "GET", "/v1/erasures?limit=1000")["erasures"]) == people
    assert len(list((server.directory / "data" / "privacy").iterdir())) == people


def run(server, *arguments):
    command = [hw.BINARY, "privacy", *arguments, "--data", server.directory / "data"]
    outcome = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    return outcome


def test_requests_from_the_shell(serve, tmp_path):
    server = serve()
    server.ingest("profiles", [person(number) for number in range(3)])
    people = tmp_path / "people.txt"
    people.write_text(f"Email:{mail(0)}\n\nEmail:{mail(1)}\tEmail:{mail(9)}\n")

    asked = run(server, "ask", "--access", "--delete", "--regulation", "ccpa", "--from", people, "--key", "case", "--wait", "--json")
    assert asked.returncode == 0, asked
    answer = json.loads(asked.stdout)
    assert [job["status"] for job in answer["jobs"]] == ["complete"] * 4
    assert [job["customer"]["user"]["key"] for job in answer["jobs"]] == ["case 1"] * 2 + ["case 3"] * 2

    listed = run(server, "list", "--request", answer["requestId"], "--regulation", "ccpa")
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 4 and "secret" not in listed.stdout, listed
    shown = run(server, "show", answer["jobs"][1]["jobId"])
    assert shown.returncode == 0 and "/v1/erasures/" in shown.stdout and "complete" in shown.stdout, shown
    output = tmp_path / "copy.json"
    fetched = run(server, "download", answer["jobs"][2]["jobId"], "--output", output)
    assert fetched.returncode == 0 and output.stat().st_mode & 0o777 == 0o600, fetched
    assert json.loads(output.read_text())["profiles"][0]["views"][0]["entity"]["n"] == 1
    printed = run(server, "download", answer["jobs"][2]["jobId"])
    assert printed.returncode == 0 and printed.stdout == output.read_text()

    none = run(server, "download", answer["jobs"][1]["jobId"], "--output", tmp_path / "none.json")
    assert none.returncode == 65 and "PRIVACY_COPY_UNKNOWN" in none.stderr and not (tmp_path / "none.json").exists()
    wrong = run(server, "ask", "--access", "--regulation", "gdpr", "--identity", f"Moon:{mail(2)}")
    assert wrong.returncode == 65 and "users/0/userIDs/0/namespace" in wrong.stderr and mail(2) not in wrong.stderr
    broken = run(server, "ask", "--access", "--regulation", "gdpr", "--from", "/dev/null")
    assert broken.returncode == 65 and "users" in broken.stderr
    one = run(server, "ask", "--access", "--regulation", "gdpr", "--identity", f"Email:{mail(2)}", "--wait")
    assert one.returncode == 0 and "complete" in one.stdout, one
