"""From an empty server to a dataflow, as a person makes one."""

import json

import headwater as hw
import pytest
from console import fill_with_data
from playwright.sync_api import expect
from wizard import KEY, Journey, Keys, Strict, account


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_an_empty_server_to_records(server, kinesis, person, scripts):
    """The first job, counted from the home page: at most 14 clicks and 10 pages."""
    hw.create_stream(hw.boto(kinesis.endpoint), "audience-events", 2)
    hw.create_stream(hw.boto(kinesis.endpoint), "other-events", 1)
    server.audience("Adults", "person.age >= 18")
    ana = person(server, scripts=scripts).set_up()
    job = Journey(ana)
    job.click("Set up", role="link").click("Set up")
    assert ana.heading() == "Connect Amazon Kinesis"
    job.count(lambda: account(ana, kinesis.endpoint))
    offered = ana.page.locator("datalist option").evaluate_all("all => all.map(one => one.value)") if scripts else None
    assert offered in (None, ["audience-events", "other-events"])
    ana.fill("Name", "vip-to-kinesis").fill("Stream", "audience-events")
    # The message beside the form follows the two switches.
    example = ana.page.locator(".example:visible pre")
    expect(example).to_have_count(1)
    expect(example).not_to_contain_text("Adults")
    job.tick("Include segment names")
    expect(example).to_have_count(1)
    expect(example).to_contain_text('"name": "Adults"')
    expect(example).not_to_contain_text("mappingCreatedAt")
    preview = example.inner_text()
    job.click("Check and continue")
    check = ana.page.get_by_label("Check", exact=True)
    expect(check).to_contain_text("2 × 1,000 records and 2 MiB a second")
    expect(check).to_contain_text("not tried May write")
    expect(ana.page.locator("#policy")).to_contain_text(":stream/audience-events")
    expect(ana.page.locator("#policy")).not_to_contain_text(":*:")
    job.tick("E-mail targeting").click("Continue")
    expect(ana.page.get_by_label("Skipped rate exceeded", exact=True)).to_be_checked()
    last_step = ana.page.url
    job.click("Save and activate audiences")
    assert ana.heading() == "When records are sent: vip-to-kinesis"
    job.click("Save and choose audiences")
    assert ana.heading() == "Mapping of vip-to-kinesis"
    flow = server.expect(200, "GET", hw.FLOW_SERVICE + "/flows")["items"][0]
    assert flow["name"] == "vip-to-kinesis" and flow["createdBy"] == "ana@shop.example"
    assert flow["marketingActions"] == [{"type": "core", "name": "emailTargeting"}]
    assert [(one["type"], one.get("threshold")) for one in flow["alerts"]] == [
        ("skippedRateExceeded", 1),
        ("parked", 1),
        ("paused", None),
    ]
    target = server.expect(200, "GET", hw.FLOW_SERVICE + "/targetConnections")["items"][0]
    assert target["params"] == {"stream": "audience-events", "includeSegmentNames": True}
    job.tick("Adults")
    ana.page.get_by_label("Paths, one in a line").fill("person.name.firstName")
    job.click("Review").click("Apply")
    assert ana.heading() == "vip-to-kinesis"
    assert job.clicks <= 14 and job.pages <= 10, (job.clicks, job.pages)
    # What arrives has the keys and types of the message that was shown.
    server.ingest(
        "profiles",
        [
            {
                "identityMap": {"Email": [{"id": "a@shop.example"}], "ECID": [{"id": "1" * 38}]},
                "person": {"age": 20, "name": {"firstName": "Mira"}},
            }
        ],
    )
    server.wait_until_delivered(flow["id"])
    records = hw.read_stream(hw.boto(kinesis.endpoint), "audience-events")
    assert job.shape(records[0]["Data"].decode()) == job.shape(preview)
    # Back shows what came of it, and makes no second one.
    ana.page.goto(last_step)
    assert ana.heading() == "vip-to-kinesis"
    assert len(server.expect(200, "GET", hw.FLOW_SERVICE + "/flows")["items"]) == 1


def test_each_step_of_the_check_says_what_is_wrong_and_what_to_do(server, kinesis, processes, person):
    strict = Strict(kinesis.endpoint)
    processes.append(strict)
    ana = person(server).set_up()
    ana.expected = {400}
    check = ana.page.get_by_label("Check", exact=True)
    alert = ana.page.get_by_role("alert")
    policy = ana.page.locator("#policy")
    ana.open("/console/destinations").click("Set up")

    account(ana, "http://127.0.0.1:1")
    expect(alert).to_contain_text("NET-001")
    expect(check).to_contain_text("failed Kinesis answers")
    expect(check).to_contain_text("Look at region and endpoint URL.")
    expect(check).to_contain_text("not tried Takes the credentials")
    ana.fill("AWS access key", "no key")
    ana.fill("AWS secret key", "x").click("Check and continue")
    expect(check).to_contain_text("failed Fields are filled in")
    strict.refused = {"ListStreams": "InvalidSignatureException"}
    account(ana, strict.endpoint)
    expect(check).to_contain_text("failed Takes the credentials")
    expect(check).to_contain_text("Enter access key and secret key once more")
    expect(check).to_contain_text("AWS-401")
    assert ana.page.locator("#secretKey").input_value() == ""
    # A key that may not list is taken; the stream is typed.
    strict.refused = {"ListStreams": "AccessDeniedException"}
    account(ana, strict.endpoint)
    expect(check).to_contain_text("not known May list streams")
    expect(check).to_contain_text("AWS-403")
    expect(policy).to_be_visible()
    expect(policy).to_contain_text('"arn:aws:kinesis:us-east-1:*:stream/*"')

    ana.fill("Name", "vip").fill("Stream", "not there").click("Check and continue")
    expect(alert).to_contain_text("CFG-001")
    strict.refused = {}
    ana.fill("Stream", "not-there").click("Check and continue")
    expect(check).to_contain_text("failed Stream exists")
    expect(check).to_contain_text("AWS-404")
    expect(policy).to_contain_text('"arn:aws:kinesis:us-east-1:*:stream/not-there"')
    assert ana.page.locator("#name").input_value() == "vip"
    # Leaving and coming back loses nothing.
    ana.open("/console").open("/console/destinations")
    ana.page.get_by_role("link", name="Go on with vip").click()
    assert ana.page.locator("#stream").input_value() == "not-there"
    hw.create_stream(hw.boto(kinesis.endpoint), "not-there", 1)
    strict.answers = {"DescribeStreamSummary": strict.summary("not-there", "CREATING")}
    ana.click("Check and continue")
    expect(check).to_contain_text("failed Stream is active")
    expect(check).to_contain_text("AWS-409")
    # Writing is tried when it is asked for.
    strict.answers = {}
    strict.refused = {"PutRecords": "AccessDeniedException"}
    ana.page.get_by_label("Write a test record").check()
    ana.click("Check and continue")
    expect(check).to_contain_text("failed May write")
    expect(check).to_contain_text("AWS-403P")
    expect(policy).to_be_visible()
    assert hw.read_stream(hw.boto(kinesis.endpoint), "not-there") == []
    strict.refused = {}
    ana.click("Check and continue")
    expect(check).to_contain_text("done May write")
    expect(check).to_contain_text("shardId-000000000000:")
    (record,) = hw.read_stream(hw.boto(kinesis.endpoint), "not-there")
    assert list(json.loads(record["Data"])) == ["headwaterTest"]
    # A key that may do nothing but write is enough.
    ana.click("Details", role="link")
    assert not ana.page.get_by_label("Write a test record").is_checked()
    strict.refused = dict.fromkeys(["ListStreams", "DescribeStreamSummary"], "AccessDeniedException")
    ana.click("Check and continue")
    expect(check).to_contain_text("not known Stream exists")
    ana.click("Continue").click("Save and exit")
    assert ana.heading() == "vip"
    assert len(server.expect(200, "GET", hw.FLOW_SERVICE + "/flows")["items"]) == 1


def test_leaving_coming_back_and_sending_twice(server, kinesis, person):
    """One server: resume in another browser, cancel, another account, a session that ends, a form sent twice."""
    for stream in ("first", "second"):
        hw.create_stream(hw.boto(kinesis.endpoint), stream, 1)
    ana = person(server).set_up()
    ana.open("/console/destinations").click("Set up")
    account(ana, kinesis.endpoint)
    ana.fill("Name", "resumed").fill("Stream", "first").click("Check and continue")
    ana.page.get_by_label("Data science").check()
    ana.fill("Actions of your own", "loyalty: Letters to members").click("Continue")

    # Step 4 in another browser, with what was typed in step 3.
    other = person(server).sign_in()
    other.expected = {400, 401}
    other.open("/console/destinations")
    other.page.get_by_role("link", name="Go on with resumed: alerts").click()
    other.click("Governance", role="link")
    expect(other.page.get_by_label("Data science")).to_be_checked()
    expect(other.page.get_by_label("Actions of your own")).to_have_value("loyalty: Letters to members")
    # Another account is another stream of that name: the check runs again.
    other.click("Account", role="link")
    other.page.get_by_label("A new account").check()
    account(other, kinesis.endpoint)
    expect(other.page.locator("#stream")).to_have_value("first")
    expect(other.page.get_by_role("list", name="Steps").get_by_role("link", name="Governance")).to_have_count(0)
    other.fill("Stream", "missing").click("Check and continue")
    expect(other.page.get_by_role("alert")).to_contain_text("AWS-404")
    other.fill("Stream", "second").click("Check and continue")
    other.click("Continue")
    # Cancel says which account stays.
    other.click("Cancel", role="link")
    expect(other.page.locator("main")).to_contain_text("The account eu stays.")
    other.click("Keep it", role="link")
    assert other.heading() == "Connect Amazon Kinesis"
    # Sent twice, and pressed twice: one dataflow.
    form = dict(
        other.page.locator("main form input[type=hidden]").evaluate_all("all => all.map(one => [one.name, one.value])")
    )
    button = other.page.get_by_role("button", name="Save and exit")
    form["do"] = button.get_attribute("value")
    page = other.page.url
    answers = [
        other.context.request.post(page, form=form, headers={"Origin": server.url}, max_redirects=0) for _ in range(2)
    ]
    assert [one.status for one in answers] == [303, 303]
    assert len({one.headers["location"].split("?")[0] for one in answers}) == 1
    button.dblclick()
    expect(other.page.locator("h1")).to_have_text("resumed")
    assert len(server.expect(200, "GET", hw.FLOW_SERVICE + "/flows")["items"]) == 1
    other.page.go_back()
    expect(other.page.locator("h1")).to_have_text("resumed")


def test_after_going_back_another_account_is_checked_again(server, kinesis, processes, person):
    """And whoever left at the third step goes on there, in another browser too."""
    strict = Strict(kinesis.endpoint)
    processes.append(strict)
    hw.create_stream(hw.boto(kinesis.endpoint), "first", 1)
    ana = person(server).set_up()
    ana.expected = {400}
    ana.open("/console/destinations").click("Set up")
    account(ana, kinesis.endpoint)
    ana.fill("Name", "gone-back").fill("Stream", "first").click("Check and continue")
    check = ana.page.get_by_label("Check", exact=True)
    steps = ana.page.get_by_role("list", name="Steps")
    expect(check).to_contain_text("done Stream exists")

    other = person(server).sign_in().open("/console/destinations")
    other.page.get_by_role("link", name="Go on with gone-back: governance").click()
    expect(other.page.locator("[aria-current=step]")).to_contain_text("Governance")
    expect(other.page.get_by_label("Check", exact=True)).to_contain_text("done Stream exists")
    other.click("Cancel", role="link")
    expect(other.page.locator("main")).to_contain_text("The account eu stays.")

    ana.page.go_back()
    expect(ana.page.locator("#stream")).to_have_value("first")
    ana.page.go_back()
    ana.page.get_by_label("A new account").check()
    strict.refused = {"DescribeStreamSummary": "ResourceNotFoundException"}
    account(ana, strict.endpoint)
    expect(ana.page.locator("#stream")).to_have_value("first")
    expect(steps.get_by_role("link", name="Governance")).to_have_count(0)
    ana.click("Check and continue")
    expect(check).to_contain_text("failed Stream exists")
    strict.refused = {}
    ana.click("Check and continue").click("Continue").click("Save and exit")
    assert ana.heading() == "gone-back"
    connections = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections")["items"]
    (target,) = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/targetConnections")["items"]
    used = next(one for one in connections if one["id"] == target["baseConnectionId"])
    assert used["auth"]["params"]["connectionUrl"] == strict.endpoint


def test_the_first_job_by_keyboard_alone(server, kinesis, person):
    hw.create_stream(hw.boto(kinesis.endpoint), "audience-events", 1)
    server.audience("Adults", "person.age >= 18")
    ana = person(server).set_up()
    keys = Keys(ana)
    keys.press("link", "Set up").press("button", "Set up")
    for label, text in (
        ("Name of the account", "eu"),
        ("AWS access key", KEY),
        ("AWS secret key", "example-secret"),
        ("AWS region", "us-east-1"),
        ("Endpoint URL", kinesis.endpoint),
    ):
        keys.type(label, text)
    keys.press("button", "Check and continue")
    keys.type("Name", "by-keys").type("Stream", "audience-events")
    keys.press("checkbox", "Include segment names", "Space").press("button", "Check and continue")
    keys.press("button", "Continue").press("button", "Save and activate audiences")
    keys.press("button", "Save and choose audiences")
    keys.press("checkbox", "Adults", "Space").press("button", "Review").press("button", "Apply")
    expect(ana.page.locator("h1")).to_have_text("by-keys")
    assert len(server.flow(ana.page.url.split("/")[-1].split("?")[0])["transformations"]) == 1


def test_two_people_change_the_settings_of_one_dataflow(server, kinesis, person):
    """And each part of the settings is read back by the API."""
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    bo = person(server).sign_in()
    bo.expected = {400}
    for one in (ana, bo):
        one.open(f"/console/dataflows/{flow}")
        one.page.get_by_role("link", name="Settings", exact=True).click()
    ana.fill("Description", "For the shop").click("Save")
    expect(ana.page.get_by_role("status").first).to_contain_text("The settings are kept")
    bo.fill("Name", "renamed")
    bo.page.get_by_label("Newline at the end").check()
    bo.click("Save")
    alert = bo.page.get_by_role("alert")
    expect(alert).to_contain_text("ana@shop.example changed this")
    expect(alert).to_contain_text("Description: empty became \u201cFor the shop\u201d")
    expect(bo.page.locator("#name")).to_have_value("renamed")
    expect(bo.page.locator("#description")).to_have_value("For the shop")
    expect(bo.page.get_by_label("Newline at the end")).to_be_checked()
    bo.click("Save")
    expect(bo.page.locator("h1")).to_have_text("renamed")
    assert server.flow(flow)["description"] == "For the shop"

    ana.open(f"/console/dataflows/{flow}").click("When records are sent", role="link")
    ana.page.get_by_label("Send on: identity").uncheck()
    ana.page.get_by_label("Memberships in messages").select_option("mapped")
    ana.page.get_by_label("Partition key", exact=True).select_option("attribute")
    ana.fill("Partition key: namespace or path", "person.gender")
    ana.page.get_by_label("Writes of person.age").select_option("never")
    # What breaks who reads the stream is shown before it is saved.
    ana.click("Save").check("Those who read the stream know of it").click("Save")
    expect(ana.page.get_by_role("status").first).to_contain_text("The settings are kept")
    target = server.expect(200, "GET", hw.FLOW_SERVICE + "/targetConnections")["items"][0]["params"]
    assert target["triggers"] == ["membership", "attribute"] and target["membershipScope"] == "mapped"
    assert target["partitionKey"] == {"attribute": "person.gender"} and target["appendNewline"] is True
    selectors = server.flow(flow)["transformations"][0]["params"]["profileSelectors"]["selectors"]
    assert [one["value"].get("exportOn") for one in selectors] == [None, "never"]
    ana.click("Governance", role="link")
    ana.page.get_by_label("Segment match").check()
    ana.click("Save").page.locator("main").get_by_role("link", name="Alerts").click()
    ana.page.get_by_label("Lag", exact=True).check()
    ana.fill("Lag: seconds", "2.5").expected = {400}
    ana.click("Save")
    expect(ana.page.get_by_role("alert")).to_contain_text("a whole number from 1 to 604800")
    ana.fill("Lag: seconds", "5").click("Save")
    expect(ana.page.get_by_role("status").first).to_contain_text("The settings are kept")
    now = server.flow(flow)
    assert now["marketingActions"] == [{"type": "core", "name": "segmentMatch"}]
    assert now["alerts"] == [{"type": "lag", "threshold": 5}]
    # The API takes them too, and says what it does not take.
    assert server.patch_flow(flow, [{"op": "replace", "path": "/alerts", "value": []}]).status == 202
    refused = server.patch_flow(flow, [{"op": "add", "path": "/alerts/-", "value": {"type": "weather"}}])
    assert refused.status == 400 and "/alerts/0/type must be one of" in refused.json["detail"], refused


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
