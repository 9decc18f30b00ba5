"""What a dataflow sends: chosen, reviewed, sent again, watched, and mended when it stops."""

import re

import headwater as hw
import pytest
from console import PASSWORD, fill_with_data, link, picture
from playwright.sync_api import expect

LONG = 60_000


def records(kinesis):
    return len(hw.read_stream(hw.boto(kinesis.endpoint), "audience-events"))


def test_an_audience_is_added_with_a_path_that_was_found(server, kinesis, person):
    """The review says how many records come, and so many are read then; nothing of a person is on a page."""
    flow = fill_with_data(server, kinesis)
    server.audience("Teenagers", "person.age >= 13 and person.age < 18")
    server.ingest(
        "profiles?dataset=crm",
        [
            {
                "identityMap": {"Email": [{"id": f"person{n}@shop.example"}]},
                "homeAddress": {"city": "planted-value", "tags": ["planted-value"]},
            }
            for n in range(75)
        ],
    )
    server.wait_until_delivered(flow)
    before = records(kinesis)
    ana = person(server).set_up()
    ana.clicks = 0
    ana.click("to-audience-events", role="link").click("Change mapping", role="link").check("Teenagers")
    # Any part of a path finds it, while it is typed.
    rows = ana.page.locator("[data-found] tbody tr")
    ana.page.get_by_label("Path contains").fill("eADDR")
    expect(rows).to_have_count(2, timeout=LONG)
    city = rows.filter(has_text="homeAddress.city")
    expect(city).to_contain_text("75 of 300")
    expect(city).to_contain_text("crm")
    expect(city).to_contain_text("text")
    expect(rows.filter(has_text="homeAddress.tags")).to_contain_text("allowArraysAndMaps")
    ana.check("homeAddress.city")
    # What is ticked stays while one looks for others.
    ana.page.get_by_label("Path contains").fill("no such path")
    expect(rows).to_have_count(1)
    expect(ana.page.locator("[data-found-more]")).to_contain_text("No path that profiles have contains this.")
    assert "planted" not in ana.page.content()
    picture(ana.page, "mapping-picker")
    ana.click("Review")
    text = ana.page.inner_text("main")
    assert "homeAddress.city" in text and "Teenagers" in text and "Message 1, before and after" in text
    # What is new in a message is marked, and nothing is broken by it.
    added = ana.page.locator(".compare ins").all_inner_texts()
    assert any(line.startswith("+") and "homeAddress" in line for line in added) and "Breaks who reads" not in text
    # Up to five messages, and a number that is no estimate.
    assert ana.page.locator(".compare").count() == 5 and "each of 300 profiles was tried" in text and "USD" in text and "list prices of" in text
    assert '"segmentMembership"' in text and "planted" not in ana.page.content() and "@shop" not in text
    promised = int(re.search(r"(\d+) members are sent now", text).group(1))
    picture(ana.page, "mapping-review")
    ana.click("Apply")
    assert ana.clicks <= 6
    expect(ana.page.get_by_role("row").filter(has_text="audiences that were mapped").first).to_contain_text(
        "Completed", timeout=LONG
    )
    server.wait_until_delivered(flow)
    assert records(kinesis) - before == promised > 0
    assert "homeAddress.city" in ana.page.inner_text("main")


def test_without_scripts_paths_are_found_and_members_sent(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    server.audience("Teenagers", "person.age >= 13 and person.age < 18")
    ana = person(server, scripts=False).set_up()
    ana.open(f"/console/dataflows/{flow}/mapping").check("Teenagers")
    ana.fill("Paths, one in a line", "person.age\nperson.name.fistName").fill("Path contains", "NAME").click("Find paths")
    assert ana.page.locator("[data-found] tbody tr").count() == 1
    assert ana.page.get_by_label("Teenagers", exact=True).is_checked()
    ana.check("person.name.firstName").click("Review")
    assert "The nearest that profiles have is person.name.firstName." in ana.page.inner_text("main")
    ana.click("Change it").fill("Paths, one in a line", "person.age\nperson.name.firstName").click("Review")
    ana.page.get_by_label("Send current members now").uncheck()
    ana.click("Apply")
    assert "The mapping is changed" in ana.page.get_by_role("status").first.inner_text()
    # Only the one that came with the dataflow itself.
    assert len(server.expect(200, "GET", f"/v1/backfills?dataflowId={flow}")["items"]) == 1
    ana.click("Send members again", role="link")
    ana.page.get_by_label("Members of").select_option("Teenagers")
    ana.click("Start")
    assert "Teenagers" in ana.page.inner_text("main")
    assert len(server.expect(200, "GET", f"/v1/backfills?dataflowId={flow}")["items"]) == 2


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_who_may_not_map_lets_audiences_in_and_out(server, kinesis, person, scripts):
    """Somebody with a role of three permissions; what they cannot change stays, and members are sent as for others."""
    flow = fill_with_data(server, kinesis)
    server.audience("Teenagers", "person.age >= 13 and person.age < 18")
    permissions = ["view-destinations", "view-segments", "activate-segment-without-mapping"]
    roles = "/data/foundation/access-control/administration/roles"
    role = server.expect(200, "POST", roles, {"name": "Audience manager", "permissionSets": permissions})["id"]
    server.expect(201, "POST", "/v1/users", {"email": "ben@shop.example", "roles": [role]})
    before = records(kinesis)
    ben = person(server, scripts=scripts)
    ben.open(link(server, "ben@shop.example").removeprefix(server.url)).fill("E-mail", "ben@shop.example")
    ben.fill("New password", PASSWORD).click("Set password and sign in")

    ben.open(f"/console/dataflows/{flow}")
    assert ben.page.get_by_role("link", name="Change mapping").count() == 0
    ben.click("Change audiences", role="link")
    assert ben.page.get_by_label("Paths, one in a line").count() == 0
    ben.fill("Name contains", "teen").click("Search").check("Teenagers").click("Review")
    assert ben.heading() == "Review the audiences"
    text = ben.page.inner_text("main")
    assert "Teenagers" in text and "person.age" not in ben.page.locator(".changes").inner_text()
    assert ben.page.locator(".compare").count() == 0 and "planted" not in ben.page.content() and "@shop" not in text
    promised = int(re.search(r"(\d+) members are sent now", text).group(1))
    picture(ben.page, f"audiences-review-{scripts}")
    ben.click("Apply")
    assert "The audiences are changed" in ben.page.get_by_role("status").first.inner_text()
    server.wait_until_delivered(flow)
    server.wait_until(lambda: records(kinesis) - before == promised > 0)

    ben.click("Change audiences", role="link").page.get_by_label("Adults", exact=True).uncheck()
    ben.click("Review").check("Those who read the stream know of it").click("Apply")
    mapped = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/flows/{flow}")["items"][0]["transformations"][0]["params"]
    assert [one["value"]["name"] for one in mapped["segmentSelectors"]["selectors"]] == ["Teenagers"]
    paths = [one["value"]["path"] for one in mapped["profileSelectors"]["selectors"]]
    assert paths == ["person.name.firstName", "person.age"]
    ben.expected = {403}
    ben.open(f"/console/dataflows/{flow}/mapping")
    assert "Activate Destinations" in ben.page.inner_text("main")


def test_members_are_sent_again_watched_paused_and_cancelled(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.expected = {400}
    ana.clicks = 0
    ana.click("to-audience-events", role="link").click("Send members again", role="link")
    ana.fill("Records a second at most", "none").click("Start")
    assert "whole number from 1 to 100000" in ana.page.get_by_role("alert").inner_text()
    ana.clicks -= 1
    ana.fill("Records a second at most", "2").click("Start")
    assert "The backfill has begun." in ana.page.get_by_role("status").first.inner_text()
    row = ana.page.locator("tbody tr").filter(has_text="a request")
    # It goes on before one's eyes.
    expect(row).to_contain_text(re.compile(r"[1-9]\d* of 300 profiles"), timeout=LONG)
    picture(ana.page, "backfills")
    ana.click("Pause")
    assert ana.clicks <= 5
    row = ana.page.locator("tbody tr").filter(has_text="a request")
    expect(row).to_contain_text("Paused", timeout=LONG)
    # Leaving changes nothing.
    ana.open().open(f"/console/dataflows/{flow}/backfills")
    expect(row).to_contain_text("Paused")
    ana.click("Resume")
    expect(row).to_contain_text("Running", timeout=LONG)
    row.get_by_text("Rate", exact=True).click()
    row.get_by_label("Records a second at most").fill("3")
    ana.click("Change rate").click("Cancel", role="link")
    assert "What was sent stays sent." in ana.page.inner_text("main")
    ana.click("Cancel backfill")
    expect(row).to_contain_text("Cancelled", timeout=LONG)
    assert row.get_by_role("button").count() == 0
    server.wait_until_delivered(flow)
    ana.open(f"/console/dataflows/{flow}")
    expect(ana.page.locator("main")).to_contain_text("Balanced")


def test_schema_and_samples_in_three_clicks(server, kinesis, person):
    fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.clicks = 0
    ana.click("to-audience-events", role="link").click("Messages", role="link")
    assert "segmentMembership" in ana.page.inner_text("main") and "get_shard_iterator" in ana.page.inner_text("main")
    assert "planted" not in ana.page.content()
    with ana.page.expect_download() as download:
        ana.click("Download schema", role="link")
    assert ana.clicks == 3
    assert download.value.suggested_filename == "schema.json"
    assert '"$schema"' in download.value.path().read_text()


def test_the_books_balance_on_the_page_while_the_server_dies(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}")
    delivered = ana.page.locator('.books [data-live="delivered"]')
    before = int(delivered.inner_text().replace(",", ""))
    ana.outage = True
    server.kill()
    expect(ana.page.get_by_text("The server does not answer")).to_be_visible(timeout=LONG)
    server.start()
    expect(ana.page.get_by_text("The server does not answer")).to_be_hidden(timeout=LONG)
    lines = [
        {"identityMap": {"Email": [{"id": f"person{n}@shop.example"}]}, "person": {"age": 20 + n}} for n in range(10)
    ]
    server.ingest("profiles", lines)
    stats = server.wait_until_delivered(flow)
    assert stats["delivered"] > before
    # The figures come back without anybody's doing.
    expect(delivered).to_have_text(f"{stats['delivered']:,}", timeout=LONG)
    expect(ana.page.locator("main")).to_contain_text("Balanced")


def test_a_dataflow_that_stopped_gets_another_key_and_resumes(server, kinesis, person, tmp_path, processes):
    """From the home page to the cause, the key, and back in five clicks on three pages."""
    flow = fill_with_data(server, kinesis)
    # Throttled first: that passes by itself.
    hw.request("PUT", f"{kinesis.endpoint}/_faults", {"everyNthRecordThrottled": 2})
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": "a@shop.example"}]}, "person": {"age": 40}}])
    server.wait_until_delivered(flow)
    # Then another endpoint answers, which takes another key only.
    kinesis.kill()
    command = [hw.BINARY, "kinesis-local", "--port", kinesis.port, "--stream", "audience-events"]
    other = hw.Process([*command, "--access-key", "AKIAEXAMPLE0000000002", "--secret-key", "other-secret"], tmp_path / "o")
    processes.append(other)
    other.wait_until(lambda: hw.request("GET", f"{kinesis.endpoint}/_stats", timeout=2).status == 200)
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": "b@shop.example"}]}, "person": {"age": 40}}])
    server.wait_until(lambda: server.stats(flow)["state"] == "paused")
    ana = person(server).set_up()
    assert "1 problem needs you." in ana.page.inner_text("main")
    ana.clicks = 0
    ana.click("to-audience-events", role="link")
    problem = ana.page.get_by_label("Problem").inner_text()
    assert "Nothing is sent" in problem and "Give the account the key and the secret" in problem and "nothing is lost" in problem
    picture(ana.page, "dataflow-stopped")
    ana.click("Change credentials", role="link")
    ana.fill("AWS access key", "AKIAEXAMPLE0000000002").fill("AWS secret key", "other-secret").click("Check and keep")
    ana.click("to-audience-events", role="link")
    if ana.page.get_by_role("button", name="Check and resume").is_visible():
        ana.click("Check and resume")
    assert ana.clicks <= 5
    server.wait_until_delivered(flow)
    expect(ana.page.locator("h1 + .state")).to_contain_text("Running", timeout=LONG)
    ana.open()
    assert "The dataflow is delivering." in ana.page.inner_text("main")


def test_seven_tabs_of_a_dataflow_show_its_figures(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    tabs = [ana.context.new_page() for _ in range(7)]
    for tab in tabs:
        tab.goto(f"{server.url}/console/dataflows/{flow}")
    assert all(tab.locator("h1").inner_text() == "to-audience-events" for tab in tabs)
    ana.open("/console/dataflows")
    assert ana.heading() == "Dataflows"
