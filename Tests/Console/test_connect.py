"""From an empty server to a dataflow, as a person makes one."""

import headwater as hw
import pytest
from console import fill_with_data, picture
from playwright.sync_api import expect


def account(ana, endpoint, secret="example-secret"):
    ana.fill("Name of the account", "eu").fill("AWS access key", "AKIAEXAMPLE0000000001")
    ana.fill("AWS secret key", secret).fill("AWS region", "us-east-1").fill("Endpoint URL", endpoint)
    return ana.click("Check and continue")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_new_account_and_a_new_stream(server, kinesis, person, scripts):
    hw.create_stream(hw.boto(kinesis.endpoint), "audience-events", 1)
    hw.create_stream(hw.boto(kinesis.endpoint), "other-events", 1)
    ana = person(server, scripts=scripts).set_up()
    # Four clicks from the home page to a dataflow.
    ana.click("Set up", role="link").click("Set up")
    assert ana.heading() == "Connect Amazon Kinesis"
    account(ana, kinesis.endpoint)
    offered = ana.page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    assert offered == ["audience-events", "other-events"]
    ana.fill("Name", "vip-to-kinesis").fill("Stream", "audience-events")
    ana.page.get_by_label("Include segment names").check()
    ana.click("Check and make the dataflow")
    assert ana.heading() == "vip-to-kinesis"
    assert "The dataflow is made and enabled." in ana.page.get_by_role("status").first.inner_text()
    flow = server.expect(200, "GET", hw.FLOW_SERVICE + "/flows")["items"][0]
    assert flow["name"] == "vip-to-kinesis" and flow["createdBy"] == "ana@shop.example"
    target = server.expect(200, "GET", hw.FLOW_SERVICE + "/targetConnections")["items"][0]
    assert target["params"] == {"stream": "audience-events", "includeSegmentNames": True}
    # Back shows what came of it, and makes no second one.
    ana.page.go_back()
    ana.page.reload()
    assert ana.heading() == "vip-to-kinesis"
    assert len(server.expect(200, "GET", hw.FLOW_SERVICE + "/flows")["items"]) == 1


def test_each_thing_that_can_be_wrong_is_named(server, kinesis, person):
    ana = person(server).set_up()
    ana.expected = {400}
    ana.open("/console/destinations").click("Set up")
    account(ana, "http://127.0.0.1:1")
    assert "NET-001" in ana.page.get_by_role("alert").inner_text()
    assert "failed Destination answers" in " ".join(ana.page.get_by_label("Check").inner_text().split())
    ana.fill("AWS access key", "no key")
    account(ana, kinesis.endpoint)
    ana.fill("Name", "vip").fill("Stream", "not there").click("Check and make the dataflow")
    assert "CFG-001" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Stream", "not-there").click("Check and make the dataflow")
    assert "AWS-404" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.locator("#name").input_value() == "vip"
    # Leaving and coming back loses nothing.
    ana.open("/console").open("/console/destinations")
    ana.page.get_by_role("link", name="Go on with vip").click()
    assert ana.page.locator("#stream").input_value() == "not-there"
    hw.create_stream(hw.boto(kinesis.endpoint), "not-there", 1)
    ana.click("Check and make the dataflow")
    assert ana.heading() == "vip"


def test_how_the_steps_look(server, kinesis, person):
    fill_with_data(server, kinesis)
    for dark in (False, True):
        ana = person(server, dark=dark)
        ana.sign_in() if dark else ana.set_up()
        ana.open("/console/destinations").click("Set up")
        for step in ("account", "details"):
            for width in (390, 1440):
                ana.page.set_viewport_size({"width": width, "height": 900})
                picture(ana.page, f"connect-{step}-{width}-{'dark' if dark else 'light'}")
                assert ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if step == "account":
                ana.click("Check and continue")


def test_an_audience_is_activated_and_its_members_arrive(server, kinesis, person):
    """The mission's job but for the audience: choose, map, review, apply, and read the records."""
    flow = fill_with_data(server, kinesis)
    server.audience("Teenagers", "person.age >= 13 and person.age < 18")
    before = server.stats(flow)["delivered"]
    ana = person(server).set_up()
    ana.click("to-audience-events", role="link").click("Change mapping", role="link")
    ana.page.get_by_label("Teenagers").check()
    ana.page.get_by_label("Paths, one in a line").fill("person.name.firstName\nperson.age\nperson.never")
    ana.click("Review")
    text = ana.page.inner_text("main")
    assert "Teenagers" in text and "members are sent now" in text and "No profile has had a value there" in text
    ana.click("Change it")
    assert ana.page.get_by_label("Teenagers").is_checked()
    ana.page.get_by_label("Paths, one in a line").fill("person.name.firstName\nperson.age")
    ana.click("Review").click("Apply")
    assert "The mapping is changed" in ana.page.get_by_role("status").first.inner_text()
    # The open page says by itself when the backfill has ended.
    rows = ana.page.get_by_role("row").filter(has_text="audiences that were mapped")
    expect(rows.first).to_contain_text("Completed", timeout=60_000)
    stats = server.wait_until_delivered(flow)
    assert stats["delivered"] > before
    records = hw.read_stream(hw.boto(kinesis.endpoint), "audience-events")
    assert len(records) >= stats["delivered"]


def test_two_people_change_one_mapping(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    server.audience("Teenagers", "person.age >= 13 and person.age < 18")
    ana = person(server).set_up()
    bo = person(server).sign_in()
    bo.expected = {400}
    for one in (ana, bo):
        one.open(f"/console/dataflows/{flow}/mapping")
    ana.page.get_by_label("Teenagers").check()
    ana.click("Review").click("Apply")
    bo.page.get_by_label("Paths, one in a line").fill("person.name.firstName\nperson.age\nperson.gender")
    bo.click("Review").click("Apply")
    alert = bo.page.get_by_role("alert").inner_text()
    assert "ana@shop.example changed it: added Teenagers" in alert
    assert bo.page.get_by_label("Teenagers").is_checked()
    assert "person.gender" in bo.page.get_by_label("Paths, one in a line").input_value()
    bo.click("Review").click("Apply")
    assert "The mapping is changed" in bo.page.get_by_role("status").first.inner_text()
    params = server.flow(flow)["transformations"][0]["params"]
    assert len(params["segmentSelectors"]["selectors"]) == 2
    assert len(params["profileSelectors"]["selectors"]) == 3
