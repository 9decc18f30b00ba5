"""What a destination refused for good: found by its cause, looked at without values, sent again, given up."""

import json
import time

import headwater as hw
from console import picture
from playwright.sync_api import expect


def until(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_parked_records_are_worked_off(server, kinesis, person):
    stream = hw.boto(kinesis.endpoint)
    hw.create_stream(stream, "events", 1)
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(kinesis.endpoint, "events", [everyone], ["step"], retries=0)

    def refuse(refuses):
        faults = {"everyNthRecordThrottled": 1 if refuses else None}
        assert hw.request("PUT", f"{kinesis.endpoint}/_faults", faults).status == 204

    refuse(True)
    people = [{"identityMap": {"Phone": [{"id": f"planted-{number}"}]}, "step": number} for number in range(4)]
    assert server.ingest("profiles", people)["accepted"] == 4
    server.wait_until_delivered(flow)
    refuse(False)

    ana = person(server).set_up()
    ana.open("/console/dataflows/parked").click("to-events", role="link")
    page = ana.page
    assert page.get_by_role("region", name="Why", exact=True).get_by_role("row").count() == 2
    assert "planted" not in page.content()
    picture(page, "parked")
    page.get_by_role("region", name="Parked records").get_by_role("link", name="Give up").first.click()
    ana.click("Give up")
    expect(page.get_by_role("status").first).to_contain_text("They are given up.")

    page.get_by_role("region", name="Why", exact=True).get_by_role("link", name="Send again").click()
    assert "3 records refused for" in page.inner_text("main")
    assert page.get_by_label("What is sent").input_value() == "present"
    ana.click("Send again")
    expect(page.get_by_role("status").first).to_contain_text("They are sent again.")
    expect(page.locator("main")).to_contain_text("Nothing is parked.")
    until(lambda: server.stats(flow)["delivered"] == 3)
    steps = sorted(json.loads(record["Data"])["step"] for record in hw.read_stream(stream, "events"))
    assert steps == [1, 2, 3]
    assert not ana.close()
