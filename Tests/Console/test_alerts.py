"""What somebody does who wants to be told, and who is told."""

import pytest
from console import picture
from playwright.sync_api import expect

from receivers import Hook


@pytest.fixture
def hook(processes):
    made = Hook()
    processes.append(made)
    return made


def bell(page):
    return page.get_by_role("banner").get_by_role("link", name="alert")


def test_somebody_is_told_and_says_that_they_know(server, hook, person):
    ana = person(server).set_up()
    page = ana.page
    # Forms that are sent with a mistake.
    ana.expected = {400}
    ana.open("/console/alerts")
    expect(page.locator("main")).to_contain_text("Nothing is watched yet.")
    expect(bell(page)).to_have_accessible_name("No alerts")

    ana.click("Channels", role="link").click("Make a channel", role="link")
    page.get_by_label("Type").select_option("webhook")
    ana.click("Next").fill("Name", "ops").fill("URL", hook.url.replace("http:", "ftp:")).click("Save")
    expect(page.get_by_role("alert")).to_contain_text("Must be an http or https URL")
    ana.fill("URL", hook.url).click("Save")
    secret = page.locator("#secret").inner_text()
    assert len(secret) > 40 and hook.url not in page.content()
    ana.click("I have copied it", role="link").click("Send test")
    expect(page.get_by_role("status").first).to_contain_text("The test was taken.")
    assert [told["event"] for told in hook.alerts()] == ["test"]

    ana.open("/console/alerts/rules").click("Make a rule", role="link")
    page.get_by_label("What it is about").select_option("diskShare")
    ana.fill("Threshold", "100").click("Save")
    expect(page.get_by_role("alert")).to_contain_text("Must be a number from 1 to 99 (percent)")
    ana.fill("Threshold", "99").fill("Window, in seconds", "0").fill("Name", "Disk").check("Tell by ops").click("Save")
    expect(page.get_by_role("row", name="Disk")).to_contain_text("99 percent")
    expect(page.get_by_role("row", name="Disk")).to_contain_text("ops")

    while not hook.alerts()[-1]["event"] == "fired":
        page.wait_for_timeout(50)
    ana.open("/console/alerts")
    expect(bell(page)).to_have_accessible_name("1 alert")
    expect(page.get_by_role("row", name="Disk")).to_contain_text("are free on the disk")
    picture(page, "alerts")
    ana.click("Acknowledge", role="link").fill("Note", "more disks are on their way").click("Acknowledge")
    expect(page.get_by_role("row", name="Disk")).to_contain_text("ana@shop.example knows: more disks are on their way")
    ana.click("Snooze", role="link")
    page.get_by_label("For how long").select_option("8")
    ana.click("Snooze")
    expect(page.get_by_role("row", name="Disk")).to_contain_text("silent until")
    ana.click("History", role="link")
    for word in ("Snoozed", "Acknowledged", "Began"):
        expect(page.get_by_role("region", name="History of alerts")).to_contain_text(word)

    # A channel that a rule names stays; the rule goes first.
    ana.open("/console/alerts/channels").click("ops", role="link").click("Delete", role="link")
    ana.click("Disk", role="link").click("Delete", role="link").click("Delete rule")
    ana.open("/console/alerts/channels").click("ops", role="link").click("Delete", role="link").click("Delete channel")
    expect(page.locator("main")).to_contain_text("There is none")
    ana.open("/console")
    expect(page.locator("main")).to_contain_text("Deleted the alert channel")
    assert secret not in server.log.read_text()
    assert not ana.close()


def test_the_alerts_of_a_dataflow_say_how_it_stands(world, person):
    ana = person(world).set_up()
    ana.open(f"/console/dataflows/{world.flow_id}/alerts")
    expect(ana.page.locator("main")).to_contain_text("Now nothing is the matter.")
    ana.click("What happened", role="link")
    assert ana.heading() == "History of alerts" and f"flow={world.flow_id}" in ana.page.url
    assert not ana.close()
