"""Who wants to be told is told: signed, once, also after a crash, and nobody waits for them."""

import json
import resource
import ssl
import subprocess

import headwater as hw
import pytest

from receivers import Hook, MailHouse, is_ours
from test_audiences import until
from test_first_steps import run as command


@pytest.fixture
def hook(processes):
    made = Hook()
    processes.append(made)
    return made


def cli(server, *arguments, code=0):
    done = command("alerts", *arguments, "--data", server.directory / "data")
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


def made(server, *arguments):
    return json.loads(cli(server, *arguments, "--json"))


def person(number):
    return {"identityMap": {"Phone": [{"id": f"p{number}"}]}, "step": 1}


class World:
    """A dataflow into a stream that is there or not, as the test likes."""

    def __init__(self, serve, kinesis_local):
        self.endpoint = kinesis_local("--no-limits")
        self.stream = hw.boto(self.endpoint.endpoint)
        hw.create_stream(self.stream, "events", 1)
        self.server = serve()
        audience = self.server.audience("All", "step >= 0")
        self.flow = self.server.dataflow(self.endpoint.endpoint, "events", [audience], ["step"])

    def break_it(self):
        self.stream.delete_stream(StreamName="events")
        assert self.server.ingest("profiles", [person(1)])["accepted"] == 1
        until(lambda: self.state() == "paused")

    def mend_it(self):
        hw.create_stream(self.stream, "events", 1)
        path = f"/data/foundation/flowservice/flows/{self.flow}/action?op=enable"
        assert self.server.call("POST", path).status in (200, 202)
        until(lambda: self.state() == "running")

    def state(self):
        return self.server.flow(self.flow)["headwaterState"]["state"]


def test_a_paused_dataflow_is_told_once_signed_and_when_it_is_over(serve, kinesis_local, hook):
    world = World(serve, kinesis_local)
    channel = made(world.server, "channels", "create", "webhook", "ops", "--url", hook.url)
    made(world.server, "rules", "create", "paused")
    ours = is_ours()

    world.break_it()
    until(lambda: hook.got)

    path, headers, body = hook.got[0]
    assert path == "/hook" and ours(channel["secret"], headers, body)
    assert not ours("another secret, as long", headers, body) and not ours(channel["secret"], headers, body + b" ")
    [message] = json.loads(body)[0]["messages"]
    assert message["_eventNotificationMeta"]["type"] == "headwater_dataflow_paused"
    assert message["imsOrgId"] == world.server.admin["org_id"]
    [alert] = made(world.server, "now")["items"]
    assert (alert["kind"], alert["flowId"], alert["severity"]) == ("paused", world.flow, "critical")
    assert "ResourceNotFoundException" in alert["text"]

    world.mend_it()
    until(lambda: len(hook.got) == 2)

    assert [told["event"] for told in hook.alerts()] == ["fired", "resolved"]
    assert made(world.server, "now")["items"] == []
    history = made(world.server, "history", "--dataflow", world.flow)["items"]
    assert [entry["event"] for entry in history] == ["resolved", "fired"]
    deliveries = made(world.server, "deliveries", "--channel", "ops")["items"]
    assert [(told["state"], told["attempts"], told["lastAnswer"]) for told in deliveries] == [
        ("delivered", 1, "HTTP 200")
    ] * 2


def test_what_a_dead_receiver_missed_is_told_after_a_crash(serve, kinesis_local, hook):
    world = World(serve, kinesis_local)
    made(world.server, "channels", "create", "webhook", "ops", "--url", hook.url)
    made(world.server, "rules", "create", "paused")
    hook.status = 503
    world.break_it()
    until(lambda: hook.got)
    until(lambda: made(world.server, "deliveries")["items"][0].get("lastAnswer") == "HTTP 503")

    world.server.kill()
    hook.status = 200
    world.server.start()

    until(lambda: made(world.server, "deliveries")["items"][0]["state"] == "delivered")
    assert {told["event"] for told in hook.alerts()} == {"fired"}
    assert len({headers["x-headwater-event-id"] for _, headers, _ in hook.got}) == 1
    assert len(made(world.server, "history")["items"]) == 1


def test_a_receiver_that_hangs_holds_up_neither_the_server_nor_its_end(serve, hook):
    server = serve()
    made(server, "channels", "create", "webhook", "ops", "--url", hook.url)
    hook.hangs.set()
    made(server, "rules", "create", "diskSpace", "--threshold", "1000000000", "--window", "0")
    until(lambda: hook.got)

    made(server, "rules", "create", "lag")
    assert server.stop(timeout=15) == 0


def test_a_full_disk_is_told_while_it_is_full(serve, hook):
    server = serve()
    made(server, "channels", "create", "webhook", "ops", "--url", hook.url)
    made(server, "rules", "create", "writesRefused")
    lines = [{"identityMap": {"Phone": [{"id": str(number)}]}, "note": "x" * 2_000} for number in range(200)]
    body = "\n".join(map(json.dumps, lines)).encode()
    lined = {"Content-Type": "application/x-ndjson"}
    server.expect(200, "POST", "/v1/profiles", body, **lined)

    def is_refused():
        try:
            return server.call("POST", "/v1/profiles", body, timeout=5, **lined).status == 507
        except TimeoutError:
            # What was taken up when there was no room any more waits for it.
            return False

    # Not even the smallest write finds room.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
    until(is_refused)
    until(lambda: hook.got)
    assert [told["event"] for told in hook.alerts()] == ["fired"]
    assert "storage_full" in hook.alerts()[0]["text"]

    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(lambda: len(hook.got) > 1)
    assert [told["event"] for told in hook.alerts()] == ["fired", "resolved"]
    assert [entry["event"] for entry in made(server, "history")["items"]] == ["resolved", "fired"]
    until(lambda: {told["state"] for told in made(server, "deliveries")["items"]} == {"delivered"})


def test_an_alert_is_acknowledged_and_snoozed(serve):
    server = serve()
    rule = made(server, "rules", "create", "diskShare", "--threshold", "99", "--window", "0", "--name", "disk")
    until(lambda: made(server, "now")["items"])
    [alert] = made(server, "now")["items"]
    assert alert["id"] == f"{rule['id']}.server"

    known = made(server, "acknowledge", alert["id"], "--note", "more disks are on their way")
    assert known["acknowledged"]["note"] == "more disks are on their way"
    assert "snoozedUntil" in made(server, "snooze", alert["id"], "--minutes", "5")
    assert "knows" in cli(server, "now")
    assert "“more disks are on their way”" in cli(server, "history")
    cli(server, "acknowledge", "nobody", code=65)

    made(server, "rules", "update", "disk", "--disable-rule")
    until(lambda: made(server, "now")["items"] == [])
    made(server, "rules", "delete", "disk")
    assert cli(server, "rules") == ""


def test_alerts_of_a_dataflow_are_told_by_all_channels(serve, kinesis_local, hook):
    world = World(serve, kinesis_local)
    made(world.server, "channels", "create", "slack", "team", "--url", hook.url)
    patch = [{"op": "add", "path": "/alerts", "value": [{"type": "paused"}]}]
    assert world.server.patch_flow(world.flow, patch).status == 202

    world.break_it()
    until(lambda: hook.got)

    text = json.loads(hook.got[0][2])["text"]
    assert text.startswith("*[critical] Dataflow paused: ") and text.endswith("/console/alerts")


def test_a_mail_is_taken_by_a_mail_server_that_asks_who_it_is(serve, tmp_path, processes):
    house = MailHouse("alerts", "p4ssword in no answer")
    processes.append(house)
    server = serve()
    password = tmp_path / "password"
    password.write_text("p4ssword in no answer\n")
    arguments = ("--host", "127.0.0.1", "--port", house.port, "--security", "none", "--from", "headwater@shop.example")
    to = ("--to", "ana@shop.example", "--to", "bo@shop.example")
    signs_in = ("--username", "alerts", "--password-file", password)
    made(server, "channels", "create", "email", "Büro", *arguments, *to, *signs_in)

    cli(server, "channels", "test", "Büro")

    [mail], [envelope] = house.mails, house.envelopes
    assert mail["subject"] == "[info] Test" and mail["from"] == "headwater@shop.example"
    assert "This is a test of the channel Büro" in mail.get_content()
    assert envelope.rcpt_tos == ["ana@shop.example", "bo@shop.example"]
    assert mail["date"].datetime.tzinfo and mail["message-id"]

    house.refuses = True
    assert "451 4.3.0" in cli(server, "channels", "test", "Büro", code=75)
    [latest, _] = made(server, "deliveries")["items"]
    assert latest["lastAnswer"] == "the mail server refuses the mail: 451 4.3.0"
    password.write_text("another\n")
    made(server, "channels", "update", "Büro", "--password-file", password)
    assert "535" in cli(server, "channels", "test", "Büro", code=75)
    made(server, "channels", "update", "Büro", "--security", "starttls")
    assert "offers no STARTTLS" in cli(server, "channels", "test", "Büro", code=75)
    assert len(house.mails) == 1
    told = cli(server, "channels", "--json") + cli(server, "deliveries", "--json") + server.log.read_text()
    assert "p4ssword" not in told and "another" not in told


def test_nothing_is_sent_where_nothing_may_be(tmp_path, processes, hook):
    server = hw.Headwater(tmp_path)
    processes.append(server)

    def refused(url, code="ALERT_CHANNEL_REFUSED"):
        body = {"name": "a", "type": "webhook", "url": url}
        answer = server.call("POST", "/v1/alerts/channels", body)
        assert answer.status == 400 and answer.json["errorCode"] == code, (url, answer)
        return answer.json["detail"]

    assert "link-local" in refused("http://169.254.169.254/latest/meta-data")
    assert "link-local" in refused("https://[fd00:ec2::254]/")
    assert "plain HTTP" in refused("http://hooks.shop.example/a")
    refused("file:///etc/passwd", "FIELD_INVALID")
    body = {"name": "m", "type": "email", "host": "169.254.169.254", "from": "a@b.example", "to": ["c@d.example"]}
    assert server.call("POST", "/v1/alerts/channels", body).json["errorCode"] == "ALERT_CHANNEL_REFUSED"
    body.update(host="mail.shop.example", security="none")
    assert server.call("POST", "/v1/alerts/channels", body).json["errorCode"] == "ALERT_CHANNEL_REFUSED"
    hook.knows = False
    assert "without VALUE" in refused(hook.url)
    assert server.expect(200, "GET", "/v1/alerts/channels")["items"] == []
    assert hook.got == []


def test_a_mail_server_whose_certificate_nobody_trusts_gets_nothing(serve, tmp_path, processes):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=mail.example", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "chain.pem"],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    house = MailHouse(tls=tls)
    processes.append(house)
    server = serve()
    to = ("--from", "headwater@shop.example", "--to", "ana@shop.example")
    made(server, "channels", "create", "email", "ops", "--host", "127.0.0.1", "--port", house.port, *to)

    assert "CERTIFICATE" in cli(server, "channels", "test", "ops", code=75)
    assert house.mails == []
