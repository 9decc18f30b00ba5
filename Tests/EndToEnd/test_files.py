"""`headwater ingest` on files as other programs write them: each is right, or refused with line, column and cure."""

import csv
import gzip
import io
import json
import os
import random
import signal
import subprocess
import threading

import headwater as hw
import pytest

MAPPING = ("--map", "email=identityMap.Email", "--map", "name=person.name.firstName")


class Outcome:
    def __init__(self, process):
        self.code = process.returncode
        self.errors = process.stderr
        self.report = json.loads(process.stdout) if process.stdout else None

    def __repr__(self):
        return f"<exit {self.code}: {self.report} {self.errors}>"


def ingest(server, file, *options, mapping=MAPPING, **more):
    arguments = [hw.BINARY, "ingest", file, "--data", server.directory / "data", "--json", *mapping, *options]
    process = subprocess.run([str(part) for part in arguments], capture_output=True, text=True, timeout=120, **more)
    return Outcome(process)


def name(server, email):
    return server.profile("Email", email)["person"]["name"]["firstName"]


def exists(server, namespace, value):
    path = "/data/core/ups/access/entities?schema.name=_xdm.context.profile"
    answer = server.call("GET", path + "&" + hw.urllib.parse.urlencode({"entityId": value, "entityIdNS": namespace}))
    assert answer.status in (200, 404), answer
    return answer.status == 200


def test_a_file_of_another_encoding_merges_nobody(serve, tmp_path):
    server = serve()
    file = tmp_path / "kunden.csv"
    rows = ["email;name", "jörg@example.org;Jörg", "jürg@example.org;Jürg", "ada@example.org;Ada", ""]
    file.write_bytes("\r\n".join(rows).encode("cp1252"))
    first = ingest(server, file)
    assert first.code == 65, first
    assert first.report["accepted"] == 1 and first.report["failed"] == 2, first
    assert [(error["line"], error["column"]) for error in first.report["errors"]] == [(2, 2), (3, 2)]
    assert all("--encoding windows-1252" in error["message"] for error in first.report["errors"])
    assert not exists(server, "Email", "j\ufffdrg@example.org")
    second = ingest(server, file, "--encoding", "windows-1252")
    assert second.code == 0 and second.report["accepted"] == 3, second
    assert "another way" in second.errors
    assert [name(server, f"{who}@example.org") for who in ("jörg", "jürg", "ada")] == ["Jörg", "Jürg", "Ada"]


def test_a_byte_order_mark_before_a_quoted_header(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_bytes(b'\xef\xbb\xbf"email","name"\r\n"a@example.org","Ada"\r\n')
    assert ingest(server, file).code == 0
    assert name(server, "a@example.org") == "Ada"


def test_utf_16_as_excel_writes_it(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_bytes("email\tname\r\nžofie@example.org\t\"Žofie \"\"Z\"\"\"\r\n".encode("utf-16"))
    assert ingest(server, file).code == 0
    assert name(server, "žofie@example.org") == 'Žofie "Z"'


def test_one_stray_quote_costs_one_row(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    rows = [f"p{number}@example.org,name {number}" for number in range(3_000)]
    rows[1_499] = 'p1499@example.org,5" pipe'
    rows[1_999] = 'p1999@example.org,"no end'
    file.write_text("\n".join(["email,name", *rows]) + "\n")
    first = ingest(server, file)
    assert first.code == 65 and first.report["complete"], first
    assert first.report["accepted"] == 2_998
    assert [error["line"] for error in first.report["errors"]] == [1_501, 2_001]
    assert name(server, "p0@example.org") == "name 0" and name(server, "p2999@example.org") == "name 2999"
    # The file is behind us, and some of it was refused: scripts go on to see that.
    again = ingest(server, file)
    assert again.code == 65 and again.report["accepted"] == 0, again
    assert again.report["skipped"] == 3_001 and again.report["skippedFailed"] == 2


def test_a_stray_quote_is_told_by_the_line_that_it_costs(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text('email;name\na@example.org;"\nb@example.org;b\nc@example.org;"c"\nd@example.org;d\n')
    outcome = ingest(server, file)
    assert outcome.code == 65 and outcome.report["accepted"] == 3, outcome
    assert [(error["line"], error["column"]) for error in outcome.report["errors"]] == [(2, 15)]
    assert [exists(server, "Email", f"{who}@example.org") for who in "abcd"] == [False, True, True, True]


def test_a_cell_is_not_cut_at_a_lone_carriage_return(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([["email", "name"], ["a@example.org", "Main St 5\rFlat 2"], ["b@example.org", "x\r\ny"]])
    outcome = ingest(server, file)
    assert outcome.code == 65 and outcome.report["accepted"] == 1, outcome
    errors = [(error["line"], error["column"], error["code"]) for error in outcome.report["errors"]]
    assert errors == [(2, 24, "CSV_LINE_END")]
    assert not exists(server, "Email", "a@example.org")
    assert name(server, "b@example.org") == "x\r\ny"


@pytest.mark.parametrize("options", [("--json",), ()])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_refused_is_told_when_a_signal_ends_a_run(serve, tmp_path, number, options):
    server = serve()
    arguments = [hw.BINARY, "ingest", "-", "--format", "csv", "--data", server.directory / "data", *MAPPING, *options]
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    process = subprocess.Popen([str(part) for part in arguments], text=True, **pipes)
    end = threading.Timer(120, process.kill)
    end.start()
    # A whole chunk, after which the run waits for more.
    rows = ["email,name"] + [f"p{row}@example.org,x" for row in range(999)] + ["q@example.org,x,y"]
    process.stdin.write("\n".join(rows) + "\n")
    process.stdin.flush()
    for line in process.stderr:
        if line.startswith("line 1001, column 17: CSV_WIDTH"):
            break
    process.send_signal(number)
    assert process.wait(60) == 75
    told = process.stdout.read()
    assert number.name in process.stderr.read()
    end.cancel()
    process.stdin.close()
    if options:
        report = json.loads(told)
        assert (report["complete"], report["accepted"], report["failed"]) == (False, 999, 1)
        assert [error["line"] for error in report["errors"]] == [1_001]
    else:
        assert told.startswith("not finished: 999 accepted, 0 duplicates, 1 failed")


def test_two_columns_of_one_name(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("identityMap.Phone,identityMap.Phone,note\n+1,+2,x\n")
    assert ingest(server, file, mapping=()).code == 0
    assert server.profile("Phone", "+1")["note"] == server.profile("Phone", "+2")["note"] == "x"
    file = tmp_path / "notes.csv"
    file.write_text("identityMap.Phone,note,note\n+3,x,y\n")
    refused = ingest(server, file, mapping=())
    assert refused.code == 66 and "columns 2 and 3" in refused.errors, refused
    refused = ingest(
        server, file, mapping=("--map", "identityMap.Phone=identityMap.Phone", "--map", "note=a.b", "--map", "note=a.b")
    )
    assert refused.code == 64, refused
    assert not exists(server, "Phone", "+3")


def test_milliseconds_keep_events_in_order(serve, tmp_path):
    server = serve()
    audience = server.audience(
        "viewed, then bought",
        'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view"), B: WHAT(eventType = "buy")])',
    )
    file = tmp_path / "events.csv"
    file.write_text(
        "email,type,at\n"
        "a@example.org,buy,2026-03-02T09:15:04.700Z\na@example.org,view,2026-03-02T10:15:04.300+01:00\n"
        "b@example.org,view,2026-03-02T09:15:04.700Z\nb@example.org,buy,2026-03-02T09:15:04.300Z\n"
        "c@example.org,buy,1772442904700\nc@example.org,view,1772442904300\n"
    )
    mapping = ("--map", "email=identityMap.Email", "--map", "type=eventType", "--map", "at=timestamp")
    assert ingest(server, file, "--as", "events", mapping=mapping).code == 0

    def is_member(email):
        memberships = server.profile("Email", email).get("segmentMembership", {}).get("ups", {})
        return memberships.get(audience, {}).get("status") == "realized"

    assert [is_member(f"{who}@example.org") for who in "abc"] == [True, False, True]


def test_a_corrected_mapping_starts_anew(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email,name,last\na@example.org,Ada,Lovelace\n")
    wrong = ("--map", "email=identityMap.Email", "--map", "last=person.name.firstName")
    assert ingest(server, file, mapping=wrong).report["accepted"] == 1
    corrected = ingest(server, file)
    assert corrected.code == 0 and corrected.report["accepted"] == 1, corrected
    assert "from its beginning" in corrected.errors
    assert name(server, "a@example.org") == "Ada"
    assert ingest(server, file).report["accepted"] == 0


def test_events_of_a_file_that_grows_are_never_counted_twice(serve, tmp_path):
    server = serve()
    file = tmp_path / "orders.csv"
    mapping = ("--map", "email=identityMap.Email", "--map", "at=timestamp", "--map", "total=total:number")
    file.write_text("email,at,total\na@example.org,2026-03-02,1\n")
    assert ingest(server, file, "--as", "events", mapping=mapping).report["accepted"] == 1
    with file.open("a") as more:
        more.write("a@example.org,2026-03-03,2\n")
    again = ingest(server, file, "--as", "events", "--restart", mapping=mapping)
    assert (again.report["accepted"], again.report["duplicates"]) == (1, 1), again
    other = ingest(server, file, "--as", "events", mapping=mapping[:-1] + ("total=amount:number",))
    assert (other.report["accepted"], other.report["duplicates"]) == (0, 2), other
    assert "stay as they are" in other.errors
    # An event of another person, or with an _id of its own, is another one.
    for changed in (("--map", "email=identityMap.Phone", *mapping[2:]), (*mapping[:-1], "total=_id")):
        other = ingest(server, file, "--as", "events", mapping=changed)
        assert (other.report["accepted"], other.report["duplicates"]) == (2, 0), other


def test_a_progress_file_of_an_older_version_is_used_where_it_says_how_the_file_was_read(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email,name\na@example.org,Ada\n")
    assert ingest(server, file).report["accepted"] == 1
    progress = tmp_path / "people.csv.headwater-progress"
    stored = json.loads(progress.read_text())
    del stored["refused"]
    progress.write_text(json.dumps({**stored, "fileDigest": "0" * 64, "row": 1}))
    assert ingest(server, file).report["skipped"] == 2
    stored = json.loads(progress.read_text())
    del stored["reading"]
    progress.write_text(json.dumps(stored))
    anew = ingest(server, file)
    assert (anew.report["skipped"], anew.report["accepted"]) == (0, 1) and "from its beginning" in anew.errors, anew


def test_a_line_that_goes_on_after_it_was_taken_is_seen(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email,name\na@example.org,Ad")
    assert ingest(server, file).report["accepted"] == 1
    with file.open("a") as more:
        more.write("a\nb@example.org,Bob\n")
    refused = ingest(server, file)
    assert refused.code == 66 and "--restart" in refused.errors, refused
    assert ingest(server, file, "--restart").report["accepted"] == 2
    assert name(server, "a@example.org") == "Ada"


def test_a_missing_identity_beside_a_real_one(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email,phone\nnull,+12\n,+13\nnull,null\n")
    mapping = ("--map", "email=identityMap.Email", "--map", "phone=identityMap.Phone")
    outcome = ingest(server, file, mapping=mapping)
    assert outcome.code == 65 and outcome.report["accepted"] == 2, outcome
    assert [error["line"] for error in outcome.report["errors"]] == [4]
    warnings = {warning.get("namespace"): warning for warning in outcome.report["warnings"]}
    assert warnings["Email"]["code"] == "IDENTITY_IGNORED" and warnings["Email"]["line"] == 2
    assert exists(server, "Phone", "+12") and exists(server, "Phone", "+13")


@pytest.mark.parametrize("number", range(4))
def test_what_python_writes_is_read_back(serve, tmp_path, number):
    """Python's writer knows nothing of our reader."""
    seed = int(os.environ.get("HEADWATER_SEED", random.randrange(1 << 32)))
    print(f"HEADWATER_SEED={seed}")
    choose = random.Random(seed + number)
    server = serve()
    encoding = ["utf-8", "utf-8-sig", "utf-16", "cp1252"][number]
    people = {}
    for row in range(100):
        text = "".join(choose.choice('aäé"",;\t|\n\r €\'x') for _ in range(choose.randrange(12)))
        people[f"p{row}é@example.org"] = text
    text = io.StringIO(newline="")
    quoting = choose.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(
        text,
        delimiter=choose.choice(",;\t|"),
        quoting=quoting,
        # Python quotes a lone CR only when all texts are quoted or it is part of the line end.
        lineterminator="\r\n" if quoting == csv.QUOTE_MINIMAL else "\n",
    )
    writer.writerow(["email", "name"])
    writer.writerows(people.items())
    file = tmp_path / "people.csv"
    file.write_bytes(text.getvalue().encode(encoding))
    outcome = ingest(server, file, *(["--encoding", "windows-1252"] if encoding == "cp1252" else []))
    assert outcome.code == 0 and outcome.report["accepted"] == 100, outcome
    for email, value in people.items():
        found = server.profile("Email", email).get("person", {}).get("name", {}).get("firstName", "")
        assert found == value, email


def test_pipes_are_read_once_and_cannot_be_resumed(serve, tmp_path):
    server = serve()
    pipe = tmp_path / "people.csv"
    os.mkfifo(pipe)

    def write():
        with open(pipe, "w") as stream:
            stream.write("email,name\na@example.org,Ada\n")

    writer = threading.Thread(target=write)
    writer.start()
    named = ingest(server, pipe)
    writer.join()
    assert named.code == 0 and named.report["accepted"] == 1, named
    standard = ingest(server, "-", "--format", "csv", input="email,name\nb@example.org,Bob\n")
    assert standard.code == 0 and standard.report["accepted"] == 1, standard
    assert "cannot be resumed" in named.errors and "cannot be resumed" in standard.errors
    assert sorted(path.name for path in tmp_path.iterdir() if "progress" in path.name) == []


def test_what_is_no_text_is_no_input(serve, tmp_path):
    server = serve()
    packed = tmp_path / "people.csv"
    packed.write_bytes(gzip.compress(b"email,name\na@example.org,Ada\n"))
    (tmp_path / "folder.csv").mkdir()
    for file, word in [(packed, "gunzip"), (tmp_path / "folder.csv", "directory"), (tmp_path / "none.csv", "No such")]:
        outcome = ingest(server, file)
        assert outcome.code == 66 and word in outcome.errors and outcome.report is None, outcome


def test_a_place_without_room_for_progress_is_known_before_anything_is_sent(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email,name\na@example.org,Ada\n")
    (tmp_path / "people.csv.headwater-progress.new").mkdir()
    outcome = ingest(server, file)
    assert outcome.code == 69, outcome
    assert not exists(server, "Email", "a@example.org")


def test_people_read_how_a_file_is_read(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email;name;note\na@example.org;Ada;x\nb@example.org;\n")
    arguments = [hw.BINARY, "ingest", file, "--data", server.directory / "data", *MAPPING]
    outcome = subprocess.run([str(part) for part in arguments], capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 65
    assert 'utf-8, delimiter semicolon, 3 columns; not mapped and not sent: "note"' in outcome.stderr
    assert "line 3, column 15: CSV_WIDTH" in outcome.stderr
    assert "1 accepted, 0 duplicates, 1 failed" in outcome.stdout


def test_a_row_that_the_server_finds_too_large_stops_no_other(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    rows = [f"p{number}@example.org,{'x' * size}" for number, size in enumerate([3, 200_000, 1_040_000, 1_100_000, 3])]
    file.write_text("\n".join(["email,name", *rows]) + "\n")
    outcome = ingest(server, file)
    assert outcome.code == 65 and outcome.report["accepted"] == 2, outcome
    assert [error["line"] for error in outcome.report["errors"]] == [3, 4, 5]
    assert name(server, "p4@example.org") == "xxx"


def test_another_file_of_the_same_name_is_another_file(serve, tmp_path):
    """Whatever an interrupted run has left behind, events of the new file are no duplicates of the old one's."""
    server = serve()
    file = tmp_path / "orders.csv"
    mapping = ("--map", "email=identityMap.Email", "--map", "at=timestamp")
    file.write_text("email,at\na@example.org,2026-03-02\n")
    assert ingest(server, file, "--as", "events", mapping=mapping).report["accepted"] == 1
    progress = tmp_path / "orders.csv.headwater-progress"
    left = json.loads(progress.read_text())
    progress.write_text(json.dumps({**left, "offset": 0, "line": 0, "row": 0, "prefixDigest": ""}))
    file.write_text("email,at\na@example.org,2026-03-05\n")
    assert ingest(server, file, "--as", "events", mapping=mapping).report["accepted"] == 1


EVENTS = ("--map", "email=identityMap.Email", "--map", "what=eventType", "--map", "when=timestamp")


def counts(outcome):
    return outcome.report["accepted"], outcome.report["duplicates"]


def test_events_of_files_that_were_seen_with_their_header_only_are_not_lost(serve, tmp_path):
    server = serve()
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    for file in (first, second):
        file.write_text("email,what,when\n")
        assert ingest(server, file, "--as", "events", mapping=EVENTS).code == 0
    for number, file in enumerate((first, second, first)):
        rows = f"a{number}@example.org,buy,2026-03-02\nb@example.org,buy,2026-03-0{number + 1}\n"
        file.write_text("email,what,when\n" + rows)
        outcome = ingest(server, file, "--as", "events", "--restart", mapping=EVENTS)
        assert outcome.code == 0 and counts(outcome) == (2, 0), outcome


def test_an_event_that_was_cut_off_is_sent_when_it_is_whole(serve, tmp_path):
    server = serve()
    file = tmp_path / "orders.csv"
    mapping = ("--map", "email=identityMap.Email", "--map", "when=timestamp", "--map", "total=total:number")
    file.write_text("email,when,total\na@example.org,2026-03-02,7\na@example.org,2026-03-03,12")
    assert counts(ingest(server, file, "--as", "events", mapping=mapping)) == (2, 0)
    with file.open("a") as more:
        more.write("00\n")
    assert ingest(server, file, "--as", "events", mapping=mapping).code == 66
    assert counts(ingest(server, file, "--as", "events", "--restart", mapping=mapping)) == (1, 1)


def test_rows_after_a_quote_that_is_closed_later_are_not_lost(serve, tmp_path):
    server = serve()
    file = tmp_path / "events.csv"
    row = "a@example.org,buy,2026-03-0{}\n".format
    file.write_text("email,what,when\n" + row(1) + 'a@example.org,"bu\n' + row(3))
    assert counts(ingest(server, file, "--as", "events", mapping=EVENTS)) == (2, 0)
    with file.open("a") as more:
        more.write('y",2026-03-02\n' + row(4))
    outcome = ingest(server, file, "--as", "events", "--restart", mapping=EVENTS)
    assert outcome.code == 0 and counts(outcome) == (2, 1), outcome


def test_events_are_the_same_behind_the_mark_and_through_a_pipe(serve, tmp_path):
    server = serve()
    file = tmp_path / "events.csv"
    rows = [f"p{number}@example.org,buy,2026-03-02\n" for number in range(1_500)]
    file.write_text("email,what,when\n" + "".join(rows[:1_200]))
    assert counts(ingest(server, file, "--as", "events", mapping=EVENTS)) == (1_200, 0)
    with file.open("a") as more:
        more.writelines(rows[1_200:])
    assert counts(ingest(server, file, "--as", "events", mapping=EVENTS)) == (300, 0)
    piped = ingest(
        server, "-", "--format", "csv", "--as", "events", mapping=EVENTS, input=file.read_text()
    )
    assert counts(piped) == (0, 1_500), piped


def test_what_databases_write_for_nobody_joins_nobody(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    nobody = ["\\N", "(null)", "<NA>", "N/A", "n/a"]
    file.write_text("email,phone\n" + "".join(f"{text},+{number}\n" for number, text in enumerate(nobody)))
    mapping = ("--map", "email=identityMap.Email", "--map", "phone=identityMap.Phone")
    outcome = ingest(server, file, mapping=mapping)
    assert outcome.code == 0 and outcome.report["accepted"] == len(nobody), outcome
    warning = outcome.report["warnings"][0]
    assert (warning["code"], warning["namespace"], warning["count"]) == ("IDENTITY_IGNORED", "Email", len(nobody))
    assert not any(exists(server, "Email", text) for text in nobody)


def test_what_nobody_sees_is_nobody(serve, tmp_path):
    server = serve()
    unseen = ["\u200b", "\u00ad", "\u001a", "\u0001"]
    file = tmp_path / "people.csv"
    file.write_text("email,phone\n" + "".join(f"{text},+{number}\n" for number, text in enumerate(unseen)))
    mapping = ("--map", "email=identityMap.Email", "--map", "phone=identityMap.Phone")
    outcome = ingest(server, file, mapping=mapping)
    assert outcome.code == 0 and outcome.report["accepted"] == len(unseen), outcome
    assert [warning["code"] for warning in outcome.report["warnings"]] == ["IDENTITY_IGNORED"]
    assert outcome.report["warnings"][0]["count"] == len(unseen)
    assert [len(server.profile("Phone", f"+{number}")["identityMap"]) for number in range(len(unseen))] == [1] * 4
    alone = server.expect(200, "POST", "/v1/profiles", {"identityMap": {"Email": [{"id": "\u200b"}]}})
    assert alone["failed"] == 1, alone


def test_a_column_that_a_profile_has_no_place_for_is_refused(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("email,name\na@example.org,2026-03-02\n")
    for target in ("timestamp", "_id", "_id.x", "segmentMembership.ups.a.status", "IdentityMap.Email"):
        outcome = ingest(server, file, mapping=("--map", "email=identityMap.Email", "--map", f"name={target}"))
        assert outcome.code == 64 and '"name"' in outcome.errors, outcome
    assert not exists(server, "Email", "a@example.org")


def test_a_first_row_in_the_place_of_a_header_is_nobodys_business(serve, tmp_path):
    server = serve()
    file = tmp_path / "people.csv"
    file.write_text("Anna,Schmidt,+49 151 1234567,1987-03-02\n")
    outcome = ingest(server, file, mapping=("--map", "phone=identityMap.Phone"))
    assert outcome.code == 66 and "4 columns" in outcome.errors and "--no-header" in outcome.errors, outcome
    assert not any(cell in outcome.errors for cell in ("Anna", "Schmidt", "1234567", "1987"))
