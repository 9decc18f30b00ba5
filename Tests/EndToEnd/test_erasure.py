"""A deleted person is gone from every file, the dataflows that ask for it hear of it, and everybody else stays."""

import json
import sqlite3
import struct
import subprocess
import time
import urllib.parse
import uuid

import headwater as hw
from jsonschema import Draft202012Validator

SECRETS = ["secret-mail-7f3a@example.org", "secret-value-91cc", "secret-event-5d0e", "secret-old-value-2b44"]
ECID = f"{918273645:038d}"


def person(mail, **fields):
    return {"identityMap": {"Email": [{"id": mail, "primary": True}]}, **fields}


def entity(server, method, mail):
    query = {"schema.name": "_xdm.context.profile", "entityIdNS": "Email", "entityId": mail}
    return server.call(method, "/data/core/ups/access/entities?" + urllib.parse.urlencode(query))


def holding(directory, text):
    """The files of the data directory that hold a text."""
    return [path.name for path in directory.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def wait_until_scrubbed(server, receipt_path):
    deadline = time.monotonic() + 60
    while not server.expect(200, "GET", receipt_path)["scrubbed"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def fill(server, round):
    """Others, so that pages fill, split and are reused."""
    lines = [
        person(f"other-{number}@example.org", tier="gold", note=f"note {round} " + "x" * (number * 7 % 900))
        for number in range(300)
    ]
    assert server.ingest("profiles", lines)["accepted"] == 300


def test_nothing_of_a_deleted_person_is_left(serve, kinesis_local):
    alive = kinesis_local()
    kinesis = hw.boto(alive.endpoint)
    hw.create_stream(kinesis, "told", 1)
    dead = kinesis_local()
    hw.create_stream(hw.boto(dead.endpoint), "waiting", 1)
    server = serve()
    gold = server.audience("Gold", 'tier = "gold"')
    told = server.dataflow(alive.endpoint, "told", [gold], ["tier", "note"], emitDeletes=True)
    waiting = server.dataflow(dead.endpoint, "waiting", [gold], ["tier", "note"])
    dead.kill()
    mail, value, event, old = SECRETS

    for round in range(3):
        fill(server, round)
        lines = [
            {**person(mail, tier="gold", note=old * 400), "identityMap": {
                "Email": [{"id": mail, "primary": True}], "ECID": [{"id": ECID}]}},
            person(mail, note=value * (round + 1)),
        ]
        assert server.ingest("profiles", lines)["accepted"] == 2
        happened = [
            {**person(mail), "_id": f"{event}-{round}-{number}", "timestamp": "2026-01-02T03:04:05Z", "what": event}
            for number in range(20)
        ]
        assert server.ingest("events", happened)["accepted"] == 20
    fill(server, 3)
    server.wait_until_delivered(told)
    # What is looked for can be found.
    data = server.directory / "data"
    assert all(holding(data, text) for text in [*SECRETS, ECID])
    assert server.stats(waiting)["pending"] > 0

    deleted = entity(server, "DELETE", mail)
    assert deleted.status == 202
    receipt_path = deleted.headers["Location"]

    assert entity(server, "GET", mail).status == 404
    assert entity(server, "DELETE", mail).status == 404
    wait_until_scrubbed(server, receipt_path)
    # The last record holds the identities until it has left, which may be after the scrub; another one is after it.
    server.wait_until_delivered(told)
    assert server.ingest("profiles", [person("later@example.org", note="later")])["accepted"] == 1
    wait_until_scrubbed(server, entity(server, "DELETE", "later@example.org").headers["Location"])
    assert {text: holding(data, text) for text in [*SECRETS, ECID]} == {text: [] for text in [*SECRETS, ECID]}
    assert entity(server, "GET", "other-5@example.org").status == 200

    records = [json.loads(record["Data"]) for record in hw.read_stream(kinesis, "told")]
    ours = [record for record in records if {"id": mail} in record["identityMap"]["email"]]
    assert ours[-1]["segmentMembership"]["ups"][gold]["status"] == "exited"
    assert "note" not in ours[-1] and "tier" not in ours[-1]
    assert [record["segmentMembership"]["ups"][gold]["status"] for record in ours[:-1]] == ["realized"] * 6
    receipt = server.expect(200, "GET", receipt_path)
    assert receipt["scrubbed"]
    assert not any(text in json.dumps(receipt) for text in [*SECRETS, ECID])
    sent = [record for record in hw.read_stream(kinesis, "told") if mail.encode() in record["Data"]]
    assert [entry["receipt"].split(":")[1] for entry in receipt["deliveries"]] == [
        record["SequenceNumber"] for record in sent
    ]
    assert {entry["dataflowId"] for entry in receipt["deliveries"]} == {told}
    books = server.stats(waiting)
    deleted = books["suppressed"]["deleted"]
    assert deleted == 6
    assert books["triggered"] == deleted + books["pending"]

    assert server.stop() == 0
    assert not any(holding(data, text) for text in [*SECRETS, ECID])
    server.start()
    assert entity(server, "GET", mail).status == 404
    assert server.ingest("profiles", [person(mail, tier="gold")])["accepted"] == 1
    assert entity(server, "GET", mail).status == 200


def test_a7_a_removed_identity_is_missing_from_the_one_record_that_tells_of_it(serve, moto):
    kinesis = hw.boto(moto.endpoint)
    hw.create_stream(kinesis, "removed", 1)
    server = serve()
    gold = server.audience("Gold", 'tier = "gold"')
    flow = server.dataflow(moto.endpoint, "removed", [gold], ["tier"])
    both = {"Email": [{"id": "m@example.org", "primary": True}], "ECID": [{"id": ECID}]}
    assert server.ingest("profiles", [{"identityMap": both, "tier": "gold"}])["accepted"] == 1

    change = server.expect(200, "DELETE", f"/v1/identities?namespace=ECID&value={ECID}")
    assert change["outcome"] == "removed"
    assert server.ingest("profiles", [{"identityMap": both}])["accepted"] == 1
    pair = [{"namespace": "Email", "value": "m@example.org"}, {"namespace": "ECID", "value": ECID}]
    change = server.expect(200, "POST", "/v1/identities/unlink", {"identities": pair})
    assert change["outcome"] == "split"

    server.wait_until_delivered(flow)
    maps = [json.loads(record["Data"])["identityMap"] for record in hw.read_stream(kinesis, "removed")]
    assert [sorted(found) for found in maps] == [["ecid", "email"], ["email"], ["ecid", "email"], ["email"]]


def test_one_identity_is_removed_from_the_command_line(serve):
    server = serve()
    mail = SECRETS[0]
    both = {"Email": [{"id": mail, "primary": True}], "ECID": [{"id": ECID}]}
    assert server.ingest("profiles", [{"identityMap": both, "tier": "gold"}])["accepted"] == 1

    removed = json.loads(profiles(server, "remove-identity", "ECID", ECID, "--json").stdout)
    assert removed["outcome"] == "removed"
    nobody = profiles(server, "remove-identity", "ECID", ECID)
    assert nobody.returncode == 65 and ECID not in nobody.stderr, nobody
    last = profiles(server, "remove-identity", "Email", mail)
    assert last.returncode == 0 and "the profile is deleted" in last.stdout, last
    assert entity(server, "GET", mail).status == 404
    assert server.stop() == 0


def test_a_person_is_shown_and_deleted_from_the_command_line(serve):
    server = serve()
    mail = SECRETS[0]
    assert server.ingest("profiles", [person(mail, tier="gold")])["accepted"] == 1

    shown = json.loads(profiles(server, "export", "Email", mail).stdout)
    assert [identity["value"] for identity in shown["identities"]] == [mail]
    assert [fact["value"] for fact in shown["facts"]] == ["gold"]
    receipt = json.loads(profiles(server, "delete", "Email", mail, "--json").stdout)
    assert receipt["id"] == shown["id"]
    again = profiles(server, "delete", "Email", mail)
    assert again.returncode == 65
    assert mail not in again.stderr


def profiles(server, *arguments):
    return headwater(server, "profiles", *arguments)


def headwater(server, *arguments):
    command = [hw.BINARY, *arguments, "--data", server.directory / "data"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def wait_until_all_is_scrubbed(server):
    deadline = time.monotonic() + 60
    while not all(entry["scrubbed"] for entry in server.expect(200, "GET", "/v1/erasures")["erasures"]):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_an_erased_person_does_not_come_back_and_nothing_says_who_it_was(serve, tmp_path):
    server = serve("--on-erased-return", "refuse")
    mail, ours = SECRETS[0], [person(SECRETS[0], tier="gold")]
    both = {"identityMap": {"Email": [{"id": mail, "primary": True}], "ECID": [{"id": ECID}]}, "tier": "gold"}
    assert server.ingest("profiles", [both, person("other@example.org", tier="gold")])["accepted"] == 2

    assert profiles(server, "delete", "Email", mail).returncode == 0
    # Who says otherwise is heard.
    accepted = profiles(server, "delete", "Email", "other@example.org", "--on-return", "accept")
    assert accepted.returncode == 0
    assert server.ingest("profiles", [person("other@example.org", tier="gold")])["accepted"] == 1

    refused = server.ingest("profiles", [*ours, {"identityMap": {"ECID": [{"id": ECID}]}}, person("new@example.org")])
    assert refused["accepted"] == 1 and refused["failed"] == 2
    assert {error["code"] for error in refused["errors"]} == {"IDENTITY_SUPPRESSED"}
    table = tmp_path / "people.csv"
    table.write_text(f"email,tier\n{mail},gold\nnext@example.org,gold\n")
    outcome = subprocess.run(
        [hw.BINARY, "ingest", table, "--data", server.directory / "data", "--map", "email=identityMap.Email"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "IDENTITY_SUPPRESSED" in outcome.stdout + outcome.stderr, outcome
    assert mail not in outcome.stdout + outcome.stderr
    assert server.profile("Email", "next@example.org")

    wait_until_all_is_scrubbed(server)
    assert server.stop() == 0
    data = server.directory / "data"
    assert {text: holding(data, text) for text in [mail, ECID]} == {mail: [], ECID: []}
    key = (data / "suppression.key").read_bytes()
    assert key not in (data / "headwater.db").read_bytes()

    # The list is worth as much as its key.
    (data / "suppression.key").rename(tmp_path / "kept.key")
    command = [hw.BINARY, "serve", "--data", data, "--port", "0"]
    lost = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert lost.returncode == 65 and "suppression.key" in lost.stderr and "backup" in lost.stderr, lost
    assert not (data / "suppression.key").exists()
    (tmp_path / "kept.key").rename(data / "suppression.key")
    server.start()
    assert server.ingest("profiles", ours)["failed"] == 1

    listed = json.loads(profiles(server, "suppressed", "--json").stdout)["suppressions"]
    assert sorted(entry["namespace"] for entry in listed) == ["ECID", "Email"]
    assert profiles(server, "suppressed").stdout.endswith("2 identities may not come again.\n")
    assert profiles(server, "unsuppress", "Email", mail).returncode == 0
    again = profiles(server, "unsuppress", "Email", mail)
    assert again.returncode == 65 and mail not in again.stderr
    assert server.ingest("profiles", ours)["accepted"] == 1
    assert server.ingest("profiles", [{"identityMap": {"ECID": [{"id": ECID}]}}])["failed"] == 1


def test_who_gives_up_the_list_starts_without_its_key(serve):
    server = serve("--on-erased-return", "refuse")
    ours = [person("m@example.org", tier="gold")]
    assert server.ingest("profiles", ours)["accepted"] == 1
    assert profiles(server, "delete", "Email", "m@example.org").returncode == 0
    assert server.stop() == 0
    (server.directory / "data" / "suppression.key").unlink()

    server.options = [*server.options, "--forget-suppressions"]
    server.start()

    assert server.expect(200, "GET", "/v1/suppressions") == {"suppressions": []}
    assert server.ingest("profiles", ours)["accepted"] == 1
    # While the key is there nothing is forgotten.
    assert profiles(server, "delete", "Email", "m@example.org").returncode == 0
    assert server.stop() == 0
    server.start()
    assert server.ingest("profiles", ours)["failed"] == 1


def logged_deliveries(store):
    """Of whom the ledger says that something was delivered, in what came by the commit log (docs/operate/commit-log.md)."""
    for (entries,) in store.execute("SELECT entries FROM delivery_block"):
        while entries:
            high, low, receipt = struct.unpack("<QQ24xI", entries[:44])
            yield struct.pack(">QQ", high, low)
            entries = entries[44 + receipt :]


def test_a_person_is_shown_everything_that_the_store_has_of_them(serve, kinesis_local):
    alive, dead = kinesis_local(), kinesis_local()
    for endpoint, stream in [(alive, "told"), (alive, "off"), (alive, "parked"), (dead, "waiting")]:
        hw.create_stream(hw.boto(endpoint.endpoint), stream, 1)
    server = serve()
    mail = "m@example.org"
    gold = server.audience("Gold", 'tier = "gold"')
    told = server.dataflow(alive.endpoint, "told", [gold], ["note"])
    parked = server.dataflow(alive.endpoint, "parked", [gold], ["big"])
    waiting = server.dataflow(dead.endpoint, "waiting", [gold], ["note"])
    off = server.dataflow(alive.endpoint, "off", [gold], ["note"])
    dead.kill()
    both = {"identityMap": {"Email": [{"id": mail, "primary": True}], "ECID": [{"id": ECID}]}, "tier": "gold"}
    assert server.ingest("profiles", [both, person("other@example.org", tier="gold")])["accepted"] == 2
    # A profile outgrows what a stream takes, one record at a time.
    for number in range(12):
        assert server.ingest("profiles", [person(mail, big={f"r{number}": "x" * 95_000})])["accepted"] == 1
    server.expect(200, "POST", f"/data/foundation/flowservice/flows/{off}/action?op=disable")
    happened = [
        {**person(mail), "_id": f"e{number:03d}", "timestamp": "2026-01-02T03:04:05Z", "what": "x" * 9_000}
        for number in range(600)
    ]
    assert server.ingest("events", happened)["accepted"] == 600
    for number in range(20):
        assert server.ingest("profiles", [person(mail, note=f"n{number}")])["accepted"] == 1
    for flow in [told, parked]:
        server.wait_until_delivered(flow)

    pages, start = 0, ""
    while start is not None:
        page = server.expect(200, "GET", f"/v1/identities/export?namespace=Email&value={mail}{start}")
        pages += 1
        start = f"&start={page['next']}" if "next" in page else None
    everything = json.loads(profiles(server, "export", "Email", mail).stdout)

    lines = headwater(server, "deadletters", "list", parked, "--limit", "5000").stdout.splitlines()
    assert len(lines) == len(everything["deadLetters"])
    assert all(f"MESSAGE_TOO_LARGE  profile {everything['id']}" in line for line in lines)
    assert pages > 1 and "next" not in everything
    assert server.call("GET", f"/v1/identities/export?namespace=Email&value={mail}&start=x").status == 400
    assert server.stop() == 0
    store = sqlite3.connect(server.directory / "data" / "headwater.db")
    profile = uuid.UUID(everything["id"]).bytes
    [(row, revision)] = store.execute("SELECT row, revision FROM profile WHERE id = ?", (profile,))
    assert everything["revision"] == revision
    shown = {
        "event": (row, "events"),
        "identity": (row, "identities"),
        "outbox": (profile, "waiting"),
        "dead_letter": (profile, "deadLetters"),
        "delivery": (profile, "deliveries"),
        "resume_mark": (profile, "leftUndone"),
    }
    # Of those only the deleted have entries, and a backfill's is a place in a walk.
    others = {"erasure", "suppression", "backfill"}
    tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    about = [name for name in tables if "profile" in [column[1] for column in store.execute(f"PRAGMA table_info({name})")]]
    assert sorted(set(about) - others) == sorted(shown)
    for table, (key, section) in shown.items():
        [(count,)] = store.execute(f"SELECT count(*) FROM {table} WHERE profile = ?", (key,))
        if table == "delivery":
            count += sum(key == profile for profile in logged_deliveries(store))
        assert len(everything[section]) == count > 0, table
    for table, section in [("outbox", "waiting"), ("dead_letter", "deadLetters")]:
        found = {entry["row"]: entry["message"] for entry in everything[section]}
        kept = store.execute(f"SELECT row, payload FROM {table} WHERE profile = ?", (profile,))
        assert found == {number: json.loads(payload) for number, payload in kept}, table
    assert [entry["event"]["_id"] for entry in everything["events"]] == [entry["_id"] for entry in happened]
    assert {entry["dataflowId"] for entry in everything["waiting"]} == {waiting}
    assert {entry["dataflowId"] for entry in everything["deadLetters"]} == {parked}
    assert {entry["code"] for entry in everything["deadLetters"]} == {"MESSAGE_TOO_LARGE"}
    assert [entry["dataflowId"] for entry in everything["leftUndone"]] == [off]
    assert "other@example.org" not in json.dumps(everything)


def test_of_who_is_erased_all_that_is_known_is_that_they_may_not_come_back(serve):
    server = serve()
    assert server.ingest("profiles", [person("m@example.org", tier="gold")])["accepted"] == 1
    path = "/v1/identities/export?namespace=Email&value=m@example.org"
    assert "suppression" not in server.expect(200, "GET", path)
    assert entity(server, "DELETE", "m@example.org").status == 202
    assert server.call("GET", path).status == 404

    assert server.ingest("profiles", [person("m@example.org", tier="gold")])["accepted"] == 1
    assert profiles(server, "delete", "Email", "m@example.org", "--on-return", "refuse").returncode == 0

    known = server.expect(200, "GET", path)
    assert list(known) == ["suppression"]
    assert server.expect(200, "GET", f"/v1/erasures/{known['suppression']['erasureId']}")
    assert [known["suppression"]] == server.expect(200, "GET", "/v1/suppressions")["suppressions"]


def test_last_records_fit_the_schema_whatever_calls_for_others(serve, kinesis_local):
    endpoint = kinesis_local("--no-limits")
    kinesis = hw.boto(endpoint.endpoint)
    hw.create_stream(kinesis, "events", 1)
    server = serve()
    gold = server.audience("Gold", 'tier = "gold"')
    silver = server.audience("Silver", 'tier = "gold" or tier = "silver"')
    options = {"emitDeletes": True, "emitOnUnmap": True, "envelope": "cloudevents", "triggers": ["attribute"]}
    flow = server.dataflow(endpoint.endpoint, "events", [gold, silver], ["tier"], **options)
    people = [person(f"m{number}@example.org", tier="gold") for number in range(3)]
    assert server.ingest("profiles", people)["accepted"] == 3
    server.wait_until_delivered(flow)
    assert headwater(server, "dataflows", "unmap", flow, "--audience", silver).returncode == 0
    assert headwater(server, "dataflows", "update", flow, "--param", "emitOnUnmap=false").returncode == 0
    server.wait_until_delivered(flow)
    before = len(hw.read_stream(kinesis, "events"))
    assert profiles(server, "delete", "Email", "m1@example.org").returncode == 0
    server.wait_until_delivered(flow)
    schema = Draft202012Validator(server.expect(200, "GET", f"/v1/dataflows/{flow}/schema"))
    [last] = [json.loads(record["Data"]) for record in hw.read_stream(kinesis, "events")[before:]]
    schema.validate(last)
    assert last["data"]["reasons"] == ["membership"]
