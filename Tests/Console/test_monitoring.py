"""How the traffic was over time, drawn by the server."""

import headwater as hw
import pytest
from console import picture
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server with a dataflow that delivers and is throttled, and one whose stream is gone."""
    folder = tmp_path_factory.mktemp("busy")
    started = []
    try:
        started.append(hw.KinesisLocal(folder))
        started.append(hw.Headwater(folder, "--allow-insecure-endpoints"))
        kinesis, server = started
        stream = hw.boto(kinesis.endpoint)
        for name in ("events", "gone"):
            hw.create_stream(stream, name, 2)
        everyone = server.audience("Everyone", "step >= 0")
        server.flow_id = server.dataflow(kinesis.endpoint, "events", [everyone], ["step"])
        server.dataflow(kinesis.endpoint, "gone", [everyone], ["step"])
        stream.delete_stream(StreamName="gone")
        assert hw.request("PUT", f"{kinesis.endpoint}/_faults", {"everyNthRecordThrottled": 3}).status == 204
        people = [
            {"identityMap": {"Phone": [{"id": f"planted-{number}"}]}, "step": number} for number in range(200)
        ]
        assert server.ingest("profiles", people)["accepted"] == 200
        server.wait_until_delivered(server.flow_id)
        rule = {"kind": "paused", "name": "Stopped", "windowSeconds": 0, "severity": "critical"}
        server.expect(201, "POST", "/v1/alerts/rules", rule)

        def fired():
            return server.expect(200, "GET", "/v1/series")["alerts"]

        server.wait_until(fired)
        yield server
    finally:
        for process in reversed(started):
            process.kill()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_traffic_of_each_range_is_drawn_and_told(busy, person, scripts):
    ana = person(busy, scripts=scripts).set_up()
    ana.click("Monitoring", role="link")
    page = ana.page
    expect(page).to_have_title("Monitoring · Headwater")
    assert "planted" not in page.content()
    expect(page.get_by_role("region", name="By dataflow").get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("region", name="Alerts", exact=True)).to_contain_text("Stopped")
    expect(page.get_by_role("heading", name="Throttling by shard")).to_be_visible()
    assert page.locator(".heat rect:not(.gap)").count() >= 1
    for name in ("1 hour", "24 hours", "7 days", "30 days"):
        ana.click(name, role="link")
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
        out = page.locator("section.card", has=page.get_by_role("heading", name="Records out"))
        assert out.locator("rect.bar").count() >= 1
        assert out.locator("rect.gap").count() >= 1
        out.get_by_text("The same as a table").click()
        expect(out.get_by_role("region")).to_contain_text("200")
    ana.check("Problems only").click("Filter")
    expect(page.get_by_role("region", name="By dataflow").get_by_role("row")).to_have_count(2)
    assert "range=30d" in page.url and "problems=true" in page.url


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_on_small_and_large_screens(busy, person, width, dark):
    ana = person(busy, width=width, dark=dark).set_up()
    for span in ("1h", "24h"):
        ana.open(f"/console/monitoring?range={span}")
        page = ana.page
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture(page, f"monitoring-{span}-{width}-{'dark' if dark else 'light'}")
