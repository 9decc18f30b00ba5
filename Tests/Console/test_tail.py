"""The live tail of a dataflow: every record as it leaves, masked, whatever the load."""

import re
import threading

from console import fill_with_data, picture
from playwright.sync_api import expect


def write(server, first, count, **fields):
    lines = [
        {"identityMap": {"Email": [{"id": f"person{n}@shop.example"}]}, "person": {"age": 20 + n % 60}, **fields}
        for n in range(first, first + count)
    ]
    assert server.ingest("profiles", lines)["accepted"] == count


def test_records_are_seen_as_they_leave_and_nothing_of_a_person(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}").click("Live tail", role="link")
    rows = ana.page.locator("[data-tail-rows] tr")
    ana.page.get_by_text("Connected").wait_for()
    assert rows.count() == 0

    write(server, 0, 3)
    rows.nth(2).wait_for()
    text = ana.page.inner_text("main")
    assert "Delivered" in text and "shardId-" in text and "Adults realized" in text and "attribute" in text
    rows.first.locator("summary").click()
    assert '"age":"whole number"' in rows.first.inner_text()
    assert "@shop.example" not in ana.page.inner_text("[data-tail]") and "planted" not in ana.page.content()
    picture(ana.page, "tail")

    # Paused, nothing comes; then it goes on.
    ana.click("Pause")
    write(server, 3, 1)
    server.wait_until_delivered(flow)
    assert rows.count() == 3
    ana.click("Go on")
    ana.page.get_by_text("Connected").wait_for()
    write(server, 4, 1)
    rows.nth(3).wait_for()
    ana.page.get_by_label("Rows that contain").fill("no such thing")
    assert rows.locator("visible=true").count() == 0
    ana.page.get_by_label("Rows that contain").fill("DELIVERED")
    assert rows.locator("visible=true").count() == 4


def test_the_page_answers_at_hundreds_a_second_and_counts_what_it_leaves_out(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}/tail")
    ana.page.get_by_text("Connected").wait_for()
    load = threading.Thread(target=lambda: [write(server, 0, 300) for _ in range(8)])
    load.start()
    expect(ana.page.locator("[data-tail-state]")).to_contain_text(re.compile(r"[1-9]\d* too many"), timeout=30_000)
    ana.page.get_by_label("Rows that contain").fill("Adults")
    load.join()
    server.wait_until_delivered(flow)
    assert ana.page.locator("[data-tail-rows] tr").count() <= 200
    # The server stops though a page is open.
    ana.outage = True
    assert server.stop() == 0
    ana.page.get_by_text("again").or_(ana.page.get_by_text("stops")).first.wait_for()


HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_tab_keeps_no_connection(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.page.clock.install()
    ana.open(f"/console/dataflows/{flow}/tail")
    state = ana.page.locator("[data-tail-state]")
    expect(state).to_contain_text("Connected")
    ana.page.evaluate(HIDE, True)
    ana.page.clock.run_for(9_000)
    expect(state).to_contain_text("Connected")
    with ana.page.expect_event("requestfailed", lambda one: one.url.endswith(f"{flow}/tail")):
        ana.page.clock.run_for(2_000)
    expect(state).to_contain_text("Not visible")
    ana.page.evaluate(HIDE, False)
    expect(state).to_contain_text("Connected")
    write(server, 0, 1)
    ana.page.locator("[data-tail-rows] tr").first.wait_for()


def test_seven_tabs_of_one_person_load(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    tabs = [ana.context.new_page() for _ in range(7)]
    for tab in tabs:
        tab.goto(f"{server.url}/console/dataflows/{flow}/tail")
    # Of seven open pages some may get no news, and all are there.
    assert all(tab.locator("h1").inner_text() == "Live tail" for tab in tabs)
    ana.open("/console/dataflows")
    assert ana.heading() == "Dataflows"
    ana.faults[:] = [fault for fault in ana.faults if "429" not in fault]
