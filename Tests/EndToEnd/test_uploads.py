"""Files of members: sent, read, replaced, and gone on with after a kill."""

import http.client
import json
import resource
import shutil
import signal
import subprocess
import time

import headwater as hw
import pytest

from test_audiences import printed, run, until

FAKETIME = shutil.which("faketime")


def upload(server, path, *options):
    return run(server, "upload", path, "--audience", "crm", "--identity", "email=Email", *options)


def members(server, name="crm"):
    return json.loads(printed(server, "show", name, "--json"))["memberCount"]


def people(path, numbers, separator=","):
    rows = [separator.join(("email", "city"))] + [separator.join((f"p{n}@x.example", "Ulm")) for n in numbers]
    path.write_text("\n".join(rows) + "\n")


def test_a_file_is_uploaded_and_another_takes_its_place(serve, tmp_path):
    server = serve()
    made = json.loads(printed(server, "create", "--name", "crm", "--external", "crm_gold", "--days", "7", "--json"))
    assert (made["namespace"], made["audienceId"], made["ttlInDays"]) == ("CustomerAudienceUpload", "crm_gold", 7)
    first, second, third = tmp_path / "first.csv", tmp_path / "second.csv", tmp_path / "third.csv"
    people(first, range(3_000))
    checked = upload(server, first, "--check")
    assert checked.returncode == 0 and "comma between cells, 2 columns" in checked.stderr, checked.stderr
    done = upload(server, first)
    assert done.returncode == 0 and "3,000 rows name a member" in done.stdout, done
    until(lambda: members(server) == 3_000)
    people(second, range(1_000, 3_500), ";")
    with second.open("a") as file:
        file.write("only one cell\n")
    done = upload(server, second, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 65 and told["rows"] == {"accepted": 2_500, "refused": 1, "empty": 0}, done
    until(lambda: members(server) == 2_500)
    refused = server.call("GET", f"/v1/uploads/{told['id']}/refusals").body.decode().splitlines()
    assert refused[0] == "line,column,code,message" and refused[1].startswith("2502,"), refused
    assert told["newProfiles"] == 500
    assert printed(server, "refusals", told["id"]).splitlines() == refused
    listed = printed(server, "uploads", "crm").splitlines()
    assert len(listed) == 2 and "second.csv" in listed[0] and "500 people were not known before" in listed[0], listed
    third.write_text("email,city\n,\n")
    assert upload(server, third).returncode == 0
    until(lambda: members(server) == 0)
    wrong = upload(server, first, "--delimiter", ";")
    assert wrong.returncode != 0 and "no column" in wrong.stderr, wrong
    assert run(server, "refresh", "crm").returncode == 0  # Seven days are left, so it is one of the last seven.


def test_an_upload_goes_on_after_the_server_was_killed(serve, tmp_path):
    server = serve()
    printed(server, "create", "--name", "crm", "--external", "crm_gold")
    path = tmp_path / "large.csv"
    count = 40_000
    people(path, range(count))
    content = path.read_bytes()
    audience = json.loads(printed(server, "show", "crm", "--json"))["id"]
    begun = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {"size": len(content)})["id"]
    half = len(content) // 2
    raw = {"Content-Type": "application/octet-stream"}
    assert server.call("PUT", f"/v1/uploads/{begun}/content", content[:half], **raw).json["received"] == half
    server.kill()
    server.start()
    assert server.expect(200, "GET", f"/v1/uploads/{begun}")["received"] == half
    sent = server.call("PUT", f"/v1/uploads/{begun}/content?offset={half}", content[half:], **raw)
    assert sent.json["received"] == len(content), sent
    server.expect(202, "POST", f"/v1/uploads/{begun}/start", {"identityColumn": "email", "namespace": "Email"})
    kills = 0
    seen = 0
    while True:
        told = server.expect(200, "GET", f"/v1/uploads/{begun}")
        if told["state"] in ("succeeded", "failed"):
            break
        entered = told.get("rows", {}).get("accepted", 0)
        if told["state"] == "entering" and entered > seen and kills < 2:
            seen = entered + 5_000
            kills += 1
            server.kill()
            server.start()
        time.sleep(0.02)
    assert kills > 0, "it was too fast to be killed"
    assert told["state"] == "succeeded" and told["rows"] == {"accepted": count, "refused": 0, "empty": 0}, told
    until(lambda: members(server) == count)
    people(path, range(10, count))
    assert upload(server, path).returncode == 0
    until(lambda: members(server) == count - 10)


def limited():
    """No file of the process grows beyond eight mebibytes; a write that would is refused, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))


def test_bytes_that_could_not_be_written_were_not_received(tmp_path):
    server = hw.Headwater(tmp_path, preexec_fn=limited)
    try:
        made = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
        audience = server.expect(200, "POST", "/data/core/ups/audiences", made)["id"]
        begun = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {})["id"]
        raw = {"Content-Type": "application/octet-stream"}
        content = b"email\n" + b"a@x.example\n" * (12 << 20 >> 3)
        refused = server.call("PUT", f"/v1/uploads/{begun}/content", content, **raw)
        assert refused.status >= 500, refused
        told = server.expect(200, "GET", f"/v1/uploads/{begun}")["received"]
        assert told == refused.json["received"] <= 8 << 20, refused
        kept = tmp_path / "data" / "uploads" / begun / "content"
        assert kept.read_bytes()[:told] == content[:told]
    finally:
        server.kill()


RAW = {"Content-Type": "application/octet-stream"}
START = {"identityColumn": "email", "namespace": "Email"}


def began(server, audience, content, size=True):
    """An upload of which all bytes are there."""
    draft = {"size": len(content)} if size else {}
    begun = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", draft)["id"]
    assert server.call("PUT", f"/v1/uploads/{begun}/content", content, **RAW).json["received"] == len(content)
    return begun


def ended(server, upload):
    until(lambda: server.expect(200, "GET", f"/v1/uploads/{upload}")["state"] in ("succeeded", "failed"))
    return server.expect(200, "GET", f"/v1/uploads/{upload}")


def external(server):
    made = {"name": "crm", "type": "ExternalSegment", "audienceId": "crm_gold"}
    return server.expect(200, "POST", "/data/core/ups/audiences", made)["id"]


def test_bytes_that_nobody_was_told_of_are_none_after_a_kill(serve):
    server = serve()
    audience = external(server)
    begun = server.expect(201, "POST", f"/v1/audiences/{audience}/uploads", {})["id"]
    content = b"email\n" + b"".join(b"p%d@x.example\n" % n for n in range(300_000))
    kept = server.directory / "data" / "uploads" / begun / "content"
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.putrequest("PUT", f"/v1/uploads/{begun}/content?offset=0")
    for name, value in (server.headers() | RAW).items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(content) + 1))
    connection.endheaders()
    connection.send(content)
    until(lambda: kept.stat().st_size > 1 << 20)
    server.kill()
    server.start()
    told = server.expect(200, "GET", f"/v1/uploads/{begun}")["received"]
    assert kept.stat().st_size == told
    rest = b"only@x.example\n" if told else b"email\nonly@x.example\n"
    assert server.call("PUT", f"/v1/uploads/{begun}/content?offset={told}", rest, **RAW).status == 200
    server.expect(202, "POST", f"/v1/uploads/{begun}/start", START)
    assert ended(server, begun)["state"] == "succeeded"
    assert members(server) == kept_rows(told, content) + 1


def kept_rows(told, content):
    return max(0, content[:told].count(b"\n") - 1)


def test_what_was_said_after_a_row_is_not_undone_by_a_kill(serve):
    server = serve()
    audience = external(server)
    count = 20_000
    content = b"email\n" + b"".join(b"p%d@x.example\n" % n for n in range(count))
    begun = began(server, audience, content)
    server.expect(202, "POST", f"/v1/uploads/{begun}/start", START)

    def told():
        return server.expect(200, "GET", f"/v1/uploads/{begun}")

    def status(number):
        answer = server.call("GET", f"/v1/explain?audience=crm&namespace=Email&value=p{number}%40x.example")
        return answer.json.get("membership", {}).get("status") if answer.status == 200 else answer.status

    until(lambda: told().get("rows", {}).get("accepted", 0) >= 2_500)
    assert told()["state"] == "entering", "it was too fast"
    line = json.dumps({"namespace": "Email", "id": "p1000@x.example"})
    assert server.call("DELETE", f"/v1/audiences/{audience}/members", line.encode()).json["accepted"] == 1
    query = "schema.name=_xdm.context.profile&entityId=p1001%40x.example&entityIdNS=Email"
    assert server.call("DELETE", f"/data/core/ups/access/entities?{query}").status == 202
    until(lambda: status(1001) == 404)
    assert told()["state"] == "entering" and status(1000) == "exited"
    server.kill()
    server.start()
    done = ended(server, begun)
    assert done["state"] == "succeeded" and done["rows"] == {"accepted": count, "refused": 0, "empty": 0}, done
    until(lambda: members(server) == count - 2)
    assert (status(1000), status(1001), status(1002)) == ("exited", 404, "realized")


def test_an_upload_goes_with_its_files_and_leaves_an_audience_without_uploads_without_an_end(serve):
    server = serve()
    audience = external(server)
    content = b"email\n" + b"".join(b"p%d@x.example\n" % n for n in range(1_000))
    begun = began(server, audience, content)
    folder = server.directory / "data" / "uploads" / begun
    assert server.call("DELETE", f"/v1/uploads/{begun}").status == 204
    assert not folder.exists() and server.call("GET", f"/v1/uploads/{begun}").status == 404
    # Whoever pushes members to an audience to which nobody ever uploaded gives them no end.
    assert "expireTime" not in server.expect(200, "GET", f"/data/core/ups/audiences/{audience}")


def test_refused_rows_are_listed_up_to_a_bound_and_counted_all(serve):
    server = serve()
    audience = external(server)
    count = 150_000
    content = b"email,city\n" + b"x\n" * count + b"a@x.example,Ulm\n"
    begun = began(server, audience, content)
    server.expect(202, "POST", f"/v1/uploads/{begun}/start", START)
    done = ended(server, begun)
    assert done["rows"] == {"accepted": 1, "refused": count, "empty": 0} and not done["refusalsComplete"], done
    listed = server.call("GET", f"/v1/uploads/{begun}/refusals").body
    assert 16 << 20 <= len(listed) < 17 << 20 and listed.endswith(b"\r\n")


def test_a_file_that_is_written_to_while_it_is_sent_is_not_taken(serve, tmp_path):
    server = serve()
    audience = external(server)
    path = tmp_path / "large.csv"
    people(path, range(2_000_000))
    command = [hw.BINARY, "audiences", "upload", str(path), "--audience", "crm", "--identity", "email=Email"]
    sender = subprocess.Popen(
        [*command, "--data", str(server.directory / "data")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    def received():
        uploads = server.expect(200, "GET", f"/v1/audiences/{audience}/uploads")["uploads"]
        return uploads[0]["received"] if uploads else 0

    try:
        until(lambda: received() > 0)
        sender.send_signal(signal.SIGSTOP)
        assert received() < path.stat().st_size, "it was too fast"
        with path.open("r+b") as file:
            file.seek(20)
            file.write(b"q")
        sender.send_signal(signal.SIGCONT)
        _, told = sender.communicate(timeout=120)
    finally:
        sender.kill()
    assert sender.returncode != 0 and "was written to while it was sent" in told, told
    assert server.expect(200, "GET", f"/v1/audiences/{audience}/uploads")["uploads"] == []
    assert members(server) == 0


@pytest.mark.skipif(FAKETIME is None, reason="needs Debian's faketime")
def test_an_audience_takes_members_while_the_clock_is_behind_the_last_message(serve):
    server = serve()
    audience = json.loads(printed(server, "create", "--name", "crm", "--external", "crm", "--json"))["id"]
    server.kill()
    server.under, server.environment = (FAKETIME, "-m", "-f", "+60d"), {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    server.start()
    assert server.ingest("profiles", [{"identityMap": {"Email": [{"id": "x@x.example"}]}}])["accepted"] == 1
    server.kill()
    server.under, server.environment = (), {}
    server.start()
    path = f"/v1/audiences/{audience}"
    upload = server.expect(201, "POST", f"{path}/uploads")["id"]
    answer = hw.request(
        "PUT",
        f"{server.url}/v1/uploads/{upload}/content?offset=0",
        b"email\na@x.example\nb@x.example\n",
        {"Authorization": f"Bearer {server.token}"},
    )
    assert answer.status == 200, answer
    server.expect(202, "POST", f"/v1/uploads/{upload}/start", {"identityColumn": "email", "namespace": "Email"})
    until(lambda: members(server) == 2)
    lines = b'{"namespace":"Email","id":"p@x.example"}'
    answer = hw.request(
        "PUT", f"{server.url}{path}/members", lines, {"Authorization": f"Bearer {server.token}"}
    )
    assert answer.json["accepted"] == 1, answer
    until(lambda: members(server) == 3)
    both = b'{"namespace":"Email","id":"q@x.example","identityMap":{"Email":[{"id":"r@x.example"}]}}'
    out = b'{"namespace":"Email","id":"p@x.example","status":"exited"}'
    for line in (both, out):
        answer = hw.request("PUT", f"{server.url}{path}/members", line, {"Authorization": f"Bearer {server.token}"})
        assert answer.json["failed"] == 1, answer
    assert members(server) == 3
    assert server.call("POST", f"{path}/uploads", {"size": -1}).status == 400
