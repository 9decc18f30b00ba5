"""Files of members: sent, read, replaced, and gone on with after a kill."""

import json
import resource
import signal
import time

import headwater as hw

from test_audiences import printed, run, until


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
