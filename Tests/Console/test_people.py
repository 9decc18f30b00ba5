"""A person: looked up, seen masked and revealed, why they are in an audience, and what was sent of them."""

import datetime
import json
import re

import headwater as hw
import pytest
from console import PASSWORD, picture

MIRA = "person20@shop.example"
PLANTED = ["planted", MIRA]


@pytest.fixture(scope="module")
def full(world):
    """A server that knows Mira from two datasets, by two identities and an event, and has sent her."""
    server = world
    server.ingest(
        "profiles?dataset=web",
        [{"identityMap": {"Email": [{"id": MIRA}]}, "person": {"age": 30, "name": {"firstName": "planted-older"}}}],
    )
    server.ingest(
        "profiles",
        [
            {
                "identityMap": {"Email": [{"id": MIRA}], "Phone": [{"id": "planted-phone"}]},
                "person": {"name": {"firstName": "planted-newer"}},
                "note": "planted \" markup <b>",
            }
        ],
    )
    server.ingest(
        "events",
        [
            {
                "_id": f"planted-event-{n}",
                "timestamp": "2026-01-02T03:04:05Z",
                "eventType": "commerce.purchases",
                "identityMap": {"Email": [{"id": MIRA}]},
                "productListItems": [{"name": "planted-product"}],
                "place": {"city": "planted-city"},
            }
            for n in range(30)
        ],
    )
    server.wait_until_delivered(server.flow_id)
    return server


def records(kinesis, stream):
    """The records of a stream, each with its shard and number."""
    client = hw.boto(kinesis.endpoint)
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        iterator = client.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for one in client.get_records(ShardIterator=iterator, Limit=10_000)["Records"]:
            yield f"{shard['ShardId']}:{one['SequenceNumber']}", one["Data"]


def look_up(ana, value=MIRA):
    ana.open("/console/profiles")
    ana.page.get_by_label("Namespace").select_option("Email")
    return ana.fill("Value", value).click("Look up")


def reveal(ana, reason="ticket 4711 of the customer"):
    ana.click("Reveal values", role="link")
    return ana.fill("Reason", reason).fill("Your password", PASSWORD).click("Reveal values")


def pages(ana):
    """The paths of the person who is looked at."""
    path = re.match(r"(/console/profiles/[^/?]+)", ana.page.url.removeprefix(ana.server.url)).group(1)
    audience = ana.server.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"][0]["id"]
    tails = ["", "?audience=a", "/attributes", "/events", "/sent?range=all", "/decisions", f"/audiences/{audience}", "/reveal"]
    return [path + tail for tail in tails]


def test_where_everything_about_a_person_came_from_and_went(full, person):
    """From the home page: two pages and three clicks to the record in the stream."""
    ana = person(full).set_up()
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Profiles").click()
    ana.page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", MIRA).click("Look up")
    assert MIRA not in ana.page.url and "planted" not in ana.page.url
    text = ana.page.inner_text("main")
    assert "Adults" in text and "Member" in text and "text, 21" in text
    # The picture and its table tell the same.
    assert ana.page.locator("svg.graph circle").count() == 2
    assert ana.page.locator("svg.graph line").count() == 1
    identities = ana.page.get_by_role("region", name="Identities").locator("tbody tr")
    assert [row.split("·")[1].split()[0] for row in identities.locator("th").all_inner_texts()] == ["Email", "Phone"]

    ana.click("Sent", role="link")
    shard = ana.page.locator("td[data-label=Shard] code").all_inner_texts()
    sequence = ana.page.locator("td[data-label='Sequence number'] code").all_inner_texts()
    assert "Order kept" in ana.page.inner_text("main")
    receipts = [f"{one}:{number}" for one, number in zip(shard, sequence, strict=True)]
    mine = [receipt for receipt, data in records(full.kinesis, "audience-events") if MIRA.encode() in data]
    assert sorted(receipts) == sorted(mine) and len(mine) >= 2
    assert f"Revisions rise through all {len(mine)} records of the page." in ana.page.inner_text("main")
    revisions = [int(one) for one in ana.page.locator("td[data-label=Revision]").all_inner_texts()]
    assert revisions == sorted(revisions, reverse=True)

    ana.click("Attributes", role="link")
    row = ana.page.locator("tr", has_text="person.name.firstName")
    assert "default" in row.inner_text() and "1 other" in row.inner_text()
    row.get_by_text("1 other").click()
    assert "an older write" in row.inner_text() and "web" in row.inner_text()
    ana.fill("Path contains", "AGE").click("Filter")
    assert ana.page.locator("tbody tr").count() == 1

    ana.click("Events", role="link")
    assert ana.page.locator(".timeline li").count() == 25
    ana.click("Next", role="link")
    assert ana.page.locator(".timeline li").count() == 5
    assert "commerce.purchases" in ana.page.inner_text("main")


def test_why_somebody_is_in_an_audience(full, person):
    rule = 'person.age < 25 or (person.age > 20 and person.name.firstName = "Nobody")'
    full.audience("Buyers or young", rule)
    ana = look_up(person(full).set_up())
    ana.page.locator("tr", has_text="Adults").get_by_role("link", name="Why").click()
    text = ana.page.inner_text("main")
    assert "The person is in Adults since" in text and "Holds" in text
    assert "whole number" in text and "person.age" in text
    assert "from dataset" in text and "for an identity of Email" in text
    assert "would have to change so that the rule does not hold any more" in text
    ana.click("Overview", role="link").fill("Why not in another audience?", "young").click("Find")
    ana.click("Why not in Buyers or young?", role="link")
    text = ana.page.inner_text("main")
    assert "The person is not in Buyers or young." in text
    assert "One of these" in text and "All of these" in text and text.count("Does not hold") >= 3
    assert text.count("makes no difference now") == 1  # that the person is older than 20
    assert "At least 1 condition would have to change so that the rule holds" in text
    marked = ana.page.locator(".verdict-line", has_text="would have to change").all_inner_texts()
    assert len(marked) == 1 and "person.age < 25" in marked[0], marked


def test_until_when_somebody_is_in_an_audience(full, person):
    """The event that made it so is seen, and the second in which it lapses."""
    bought = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    full.audience("Buyers", "select e from xEvent where e.timestamp occurs < 1 hours before now")
    event = {
        "_id": "now",
        "timestamp": bought.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventType": "commerce.purchases",
        "identityMap": {"Email": [{"id": MIRA}]},
    }
    full.ingest("events", [event])
    ana = look_up(person(full).set_up())
    ana.page.locator("tr", has_text="Buyers").get_by_role("link", name="Why").click()
    text = ana.page.inner_text("main")
    lapses = (bought + datetime.timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S UTC")
    assert "1 event passed, on" in text
    assert "The person is in Buyers since" in text and f"They leave on {lapses} if nothing comes." in text
    ana.click("Events", role="link")
    assert bought.strftime("%Y-%m-%d %H:%M:%S UTC") in ana.page.locator(".timeline li").first.inner_text()


def test_values_are_masked_until_somebody_says_why(full, person):
    ana = look_up(person(full).set_up())
    ana.expected = {400}
    paths = pages(ana)
    for path in paths:
        ana.open(path)
        html = ana.page.content()
        assert not any(value in html for value in PLANTED), path
    ana.open(paths[0]).click("Reveal values", role="link")
    ana.fill("Reason", "short").fill("Your password", PASSWORD).click("Reveal values")
    assert "Say why" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Reason", "ticket 4711 of the customer").fill("Your password", "wrong one").click("Reveal values")
    assert "not your password" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Your password", PASSWORD).click("Reveal values")
    assert "Personal values are visible until" in ana.page.inner_text("main")
    assert MIRA in ana.page.inner_text("main") and "ticket 4711" in ana.page.inner_text("main")
    ana.open(paths[2])
    assert "planted-newer" in ana.page.inner_text("main")
    assert 'planted " markup <b>' in ana.page.inner_text("main")
    # Another person is not revealed by it, nor is this one to another session.
    look_up(ana, "person21@shop.example")
    ana.click("Attributes", role="link")
    assert "planted" not in ana.page.content()
    ben = person(full).sign_in()
    ben.open(paths[2])
    assert "planted" not in ben.page.content()
    ana.open(paths[2]).click("Mask them now")
    assert "Personal values are masked again." in ana.page.get_by_role("status").first.inner_text()
    for path in paths:
        ana.open(path)
        assert not any(value in ana.page.content() for value in PLANTED), path
    # No value went into the log.
    log = full.log.read_text()
    assert "Personal values revealed" in log and not any(value in log for value in PLANTED)


def test_a_lookup_that_finds_nobody(full, person):
    ana = person(full, scripts=False).set_up()
    ana.expected = {400, 404}
    look_up(ana, "nobody@shop.example")
    assert "Nobody has this Email identity." in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("Value").input_value() == "nobody@shop.example"
    ana.open("/console/profiles/forged")
    assert ana.heading() == "Profile not found"


def test_why_a_dataflow_sent_something_or_did_not(full, person):
    """Eight ways of not sending, each by its own reason, beside what was sent."""
    mail = "planted-decisions@shop.example"

    def say(kind="profiles", **fields):
        answer = full.ingest(kind, [{"identityMap": {"Email": [{"id": mail}]}, **fields}])
        assert answer["accepted"] == 1, answer

    adults = full.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"]
    adults = next(one["id"] for one in adults if one["name"] == "Adults")
    quiet = {"triggers": ["membership"]}
    for stream in ("decided-quiet", "decided-same"):
        hw.create_stream(hw.boto(full.kinesis.endpoint), stream, 1)
    off = full.dataflow(full.kinesis.endpoint, "decided-quiet", [adults], ["person.age"], backfill=False, **quiet)
    same = {"suppressNoopAttributeUpdates": True}
    noop = full.dataflow(full.kinesis.endpoint, "decided-same", [adults], ["person.age"], backfill=False, **same)
    say(person={"age": 3})  # in no audience
    say(person={"age": 30})
    say(shoe="planted-red")  # not mapped
    say("events", _id="planted-e", timestamp="2026-01-02T03:04:05Z")  # moves nobody
    say(person={"age": 30})  # a value that stays; a trigger that is off
    full.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{noop}/action?op=disable")
    say(person={"age": 31})  # disabled
    for flow in (full.flow_id, off, noop):
        full.wait_until_delivered(flow)

    ana = look_up(person(full).set_up(), mail)
    ana.click("Decisions", role="link")

    def shown(flow):
        ana.fill("Dataflow", flow).click("Show")
        rows = ana.page.get_by_role("region", name="Decisions").locator("tbody tr")
        return [row.locator("td[data-label='What became of it']").inner_text() for row in rows.all()]

    quietly = shown("to-decided-quiet")
    assert "the trigger attribute is off" in quietly[0] and "trigger attribute is off" in quietly[1], quietly
    assert "nobody entered or left an audience by the event" in quietly[2], quietly
    assert "no attribute was stated that is mapped" in quietly[3], quietly
    assert quietly[4].startswith("Delivered") and "shardId-" in quietly[4], quietly
    assert "was in no audience that is mapped" in quietly[5], quietly
    picture(ana.page, "decisions")
    still = shown("to-decided-same")
    assert "the dataflow was disabled" in still[0] and "their values stayed the same" in still[1], still
    assert "what it left undone is made up for" in ana.page.inner_text("main")
    # The last is by this dataflow's id.
    assert shown(noop) == still
    ana.fill("Dataflow", "No such one").click("Show")
    assert "No dataflow has this name or id." in ana.page.inner_text("main")
    assert "planted" not in ana.page.content().replace("planted-decisions", "")


def test_an_erased_person_leaves_the_proof_and_nothing_else(full, person):
    """The receipt lists what the stream has of them; afterwards nobody has the identity."""
    name = "planted-gone@shop.example"
    for first in ["planted-a", "planted-b"]:
        full.ingest("profiles", [{"identityMap": {"Email": [{"id": name}]}, "person": {"age": 40, "name": {"firstName": first}}}])
    full.wait_until_delivered(full.flow_id)
    sent = [receipt for receipt, data in records(full.kinesis, "audience-events") if name.encode() in data]
    assert sent
    ana = look_up(person(full).set_up(), name)
    ana.click("Erase", role="link")
    text = ana.page.inner_text("main")
    flow = full.flow(full.flow_id)["name"]
    # Other tests may have made others.
    told = re.search("Dataflows that were told of them: (.*)\\.", text).group(1).split(", ")
    assert "1 identity" in text and flow in told, text
    ends = re.search(r"Its id is (\S+)\.", text).group(1)[-6:]
    ana.fill("Reason", "short").fill("The last 6 characters of the profile's id", "nobody").fill("Your password", PASSWORD)
    ana.expected = {400}
    ana.click("Erase the person")
    assert "Say why in" in ana.page.inner_text("main") and "Type the end of the id" in ana.page.inner_text("main")
    ana.expected = set()
    ana.fill("Reason", "request 4712 of the customer").fill("The last 6 characters of the profile's id", ends)
    ana.fill("Your password", PASSWORD).click("Erase the person")

    assert "The person is erased." in ana.page.inner_text("main")
    picture(ana.page, "erased")
    rows = ana.page.locator("tbody tr").filter(has=ana.page.get_by_role("link", name=flow, exact=True))
    shard = rows.locator("td[data-label=Shard] code").all_inner_texts()
    sequence = rows.locator("td[data-label='Sequence number'] code").all_inner_texts()
    assert sorted(f"{one}:{number}" for one, number in zip(shard, sequence, strict=True)) == sorted(sent)
    with ana.page.expect_download() as download:
        ana.page.get_by_role("link", name="Download the receipt").click()
    receipt = json.loads(open(download.value.path(), encoding="utf-8").read())
    mine = [one["receipt"] for one in receipt["deliveries"] if one["dataflowId"] == full.flow_id]
    assert sorted(mine) == sorted(sent)
    assert "planted" not in ana.page.content() and "planted" not in json.dumps(receipt)

    ana.expected = {400}
    look_up(ana, name)
    assert "Nobody has this Email identity" in ana.page.inner_text("main")
    ana.expected = set()
    ana.open("/console/erasures").page.locator("tbody tr").first.get_by_role("link").click()
    assert ana.heading().startswith("Erased profile")
    ana.open("/console/audit?action=Erase")
    assert "request 4712 of the customer" in ana.page.locator("tbody tr").first.inner_text()
