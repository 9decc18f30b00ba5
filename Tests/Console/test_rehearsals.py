"""What a change would do is shown before it is saved, and a dataflow is tried on a person and with a record about nobody."""

import json
import re

import headwater as hw
from console import fill_with_data, picture
from playwright.sync_api import expect

LONG = 60_000
KNOWN = "Those who read the stream know of it"


def records(kinesis):
    return hw.read_stream(hw.boto(kinesis.endpoint), "audience-events")


def fact(page, label):
    return page.locator(f"xpath=//dl//dt[normalize-space()='{label}']/following-sibling::dd[1]").inner_text()


def nothing_of_persons(page):
    assert "planted" not in page.content() and "@shop.example" not in page.inner_text("main")
    assert "person25" not in page.url


def test_what_is_predicted_arrives(server, kinesis, person):
    """Two audiences that share members are mapped at once: as many records as the review says are read then."""
    flow = fill_with_data(server, kinesis)
    server.audience("Teenagers", "person.age >= 13 and person.age < 18")
    server.audience("Young", "person.age < 16")
    before = len(records(kinesis))
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}/mapping").check("Teenagers").check("Young")
    ana.fill("Paths, one in a line", "person.name.firstName\nperson.age\nperson.name").click("Review")
    sent = fact(ana.page, "Sent now")
    # Eight ages, five persons of each; four ages are in both.
    assert re.search(r"^40 records each of 300 profiles was tried$", sent.replace("\n", " ")), sent
    assert "40 members are sent now" in ana.page.inner_text("main")
    assert "USD" in fact(ana.page, "Costs a month") and "0.015 USD" in fact(ana.page, "Costs rest on")
    assert ana.page.get_by_role("button", name="Look at more profiles").count() == 0
    nothing_of_persons(ana.page)
    ana.click("Change it").fill("Paths, one in a line", "person.name.firstName\nperson.age\nperson.lastName")
    ana.click("Review").click("Apply")
    rows = ana.page.get_by_role("row").filter(has_text="audiences that were mapped")
    expect(rows.first).to_contain_text("Completed", timeout=LONG)
    server.wait_until_delivered(flow)
    assert len(records(kinesis)) - before == 40
    assert not ana.close()


def test_a_mapping_that_breaks_consumers_is_applied_when_that_was_seen(server, kinesis, person):
    """And the versions of the schema tell afterwards what broke."""
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.expected = {400}
    versions = f"/v1/dataflows/{flow}/schemas"
    before = server.expect(200, "GET", versions)["items"][0]["number"]
    ana.open(f"/console/dataflows/{flow}/mapping")
    ana.fill("Paths, one in a line", "person.age\nloyalty.tier").click("Review")
    warning = ana.page.locator(".note.warning").inner_text()
    assert "Breaks who reads the stream" in warning and "/person/name/firstName is not sent any more" in warning, warning
    gone = ana.page.locator(".compare del").all_inner_texts()
    assert any(line.startswith("−") and "firstName" in line for line in gone), gone
    assert fact(ana.page, "Sent now") == "nothing"
    nothing_of_persons(ana.page)
    picture(ana.page, "mapping-breaking")
    ana.click("Apply")
    expect(ana.page.get_by_role("alert")).to_contain_text("Say that they know of it, or change it.")
    assert len(server.flow(flow)["transformations"][0]["params"]["profileSelectors"]["selectors"]) == 2
    ana.check(KNOWN).click("Apply")
    assert "The mapping is changed" in ana.page.get_by_role("status").first.inner_text()

    ana.click("Messages", role="link")
    assert f"Version {before + 1}, since" in ana.page.inner_text("main")
    ana.click("Versions", role="link")
    newest = ana.page.locator(".inset").first
    assert f"Version {before + 1}, the present one" in newest.inner_text() and "Breaking" in newest.inner_text()
    assert "/person/name is not sent any more (breaking)" in newest.inner_text()
    assert "/loyalty is sent as well (compatible)" in newest.inner_text()
    picture(ana.page, "schema-versions")
    with ana.page.expect_download() as download:
        ana.click(f"Download version {before}", role="link")
    assert json.loads(download.value.path().read_text()) == server.expect(200, "GET", f"{versions}/{before}")
    assert not ana.close()


def test_settings_show_what_they_do_before_they_are_saved(server, kinesis, person):
    """Without scripts: what breaks nobody is saved at once, what does is shown first."""
    flow = fill_with_data(server, kinesis)
    ana = person(server, scripts=False).set_up()

    def params():
        return server.expect(200, "GET", hw.FLOW_SERVICE + "/targetConnections")["items"][0]["params"]

    ana.open(f"/console/dataflows/{flow}/settings").check("Include segment names").click("Show what it does")
    assert ana.heading() == "Review: to-audience-events"
    assert "Include segment names: off became on" in ana.page.inner_text("main").replace("Segment Names", "segment names")
    added = ana.page.locator(".compare ins").all_inner_texts()
    assert any('"name"' in line for line in added) and params().get("includeSegmentNames") is not True
    nothing_of_persons(ana.page)
    picture(ana.page, "settings-review")
    ana.click("Change it")
    assert ana.page.get_by_label("Include segment names", exact=False).first.is_checked()
    ana.click("Save")
    assert "The settings are kept" in ana.page.get_by_role("status").first.inner_text()
    assert params()["includeSegmentNames"] is True
    ana.open(f"/console/dataflows/{flow}/when").page.get_by_label("Envelope").select_option("cloudevents")
    ana.click("Save")
    warning = ana.page.locator(".note.warning").inner_text()
    assert "messages stand in an envelope" in warning and "envelope" not in params()
    assert ana.page.locator(".compare ins", has_text="specversion").count() > 0
    nothing_of_persons(ana.page)
    ana.check(KNOWN).click("Save")
    assert "The settings are kept" in ana.page.get_by_role("status").first.inner_text()
    assert params()["envelope"] == "cloudevents"
    assert not ana.close()


def test_a_dataflow_is_tried_on_a_person(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    before = len(records(kinesis))
    ana = person(server).set_up()
    ana.expected = {400}
    ana.open(f"/console/dataflows/{flow}").click("Try on a person", role="link")
    # Aged 35, and 11.
    ana.page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", "person25@shop.example").click("Try")
    main = ana.page.locator("main")
    expect(main).to_contain_text("1 record would be sent if members were sent again now.")
    assert "Adults" in main.inner_text() and "Member" in main.inner_text()
    message = json.loads(ana.page.locator("pre code").inner_text())
    assert message["person"] == {"age": "whole number", "name": {"firstName": "text, 16"}}
    assert list(message["segmentMembership"]["ups"].values())[0]["status"] == "realized"
    nothing_of_persons(ana.page)
    assert "person25" not in ana.page.content()
    picture(ana.page, "dry-run")
    ana.fill("Value", "person1@shop.example").click("Try")
    expect(main).to_contain_text("The person is a member of no audience that is mapped.")
    assert "Would not be sent" in main.inner_text() and ana.page.locator("pre").count() == 0
    # Why not, of that audience.
    ana.click("Adults", role="link")
    assert "person.age >= 18" in ana.page.inner_text("main")
    ana.open(f"/console/dataflows/{flow}/dry-run").page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", "nobody@shop.example").click("Try")
    expect(ana.page.get_by_role("alert")).to_contain_text("Nobody has this Email identity.")
    assert len(records(kinesis)) == before
    assert not ana.close()


def test_a_test_record_says_where_it_is(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}").click("Test record", role="link")
    assert "It is about nobody" in ana.page.inner_text("main") and "No test record was sent yet." in ana.page.inner_text("main")
    ana.click("Send a test record")
    expect(ana.page.get_by_role("status").first).to_contain_text("The test record is written.")
    row = ana.page.locator("tbody tr").first
    assert "Written" in row.inner_text() and "ana@shop.example" in row.inner_text()
    shard, sequence = row.locator("code").all_inner_texts()
    found = [one for one in records(kinesis) if one["SequenceNumber"] == sequence]
    assert len(found) == 1 and list(json.loads(found[0]["Data"])) == ["headwaterTest"]
    assert shard.startswith("shardId-")
    picture(ana.page, "test-record")
    # What cannot be written is told too, and both stay.
    hw.boto(kinesis.endpoint).delete_stream(StreamName="audience-events")
    ana.click("Send a test record")
    expect(ana.page.locator(".note.bad")).to_contain_text("The last one was refused")
    assert ana.page.locator("tbody tr").count() == 2 and "AWS-404" in ana.page.locator("tbody tr").first.inner_text()
    assert not ana.close()
