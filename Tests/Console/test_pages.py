"""What the pages of dataflows and accounts show and do."""


def test_a_look_around(world, person):
    ana = person(world).set_up()
    assert "The dataflow is delivering." in ana.page.inner_text("main")
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Catalog").click()
    assert ana.heading() == "Destination catalog"
    ana.click("1 dataflow", role="link").click("to-audience-events", role="link")
    text = ana.page.inner_text("main")
    assert ana.heading() == "to-audience-events"
    assert "Balanced" in text and "Adults" in text and "person.name.firstName" in text


def test_a_dataflow_is_disabled_and_enabled(world, person):
    ana = person(world).set_up()
    ana.open(f"/console/dataflows/{world.flow_id}").click("Disable")
    assert "The dataflow is disabled." in ana.page.get_by_role("status").first.inner_text()
    assert world.flow(world.flow_id)["state"] == "disabled"
    assert world.flow(world.flow_id)["updatedBy"] == "ana@shop.example"
    ana.click("Enable")
    assert world.flow(world.flow_id)["state"] == "enabled"


def test_a_stopped_dataflow_gets_another_key_and_goes_on(world, person):
    """From the home page to the cause, the account, another key, and back."""
    hw_stats = world.stats(world.flow_id)
    assert hw_stats["parked"] == 0
    ana = person(world).set_up()
    ana.expected = {400}
    ana.open("/console/accounts").click("kinesis-account", role="link").click("Rotate credentials", role="link")
    ana.fill("AWS access key", "AKIAEXAMPLE0000000002").fill("AWS secret key", "other-secret")
    ana.fill("Endpoint URL", "http://127.0.0.1:1").click("Check and keep")
    alert = ana.page.get_by_role("alert").inner_text()
    assert "Nothing was changed" in alert and "NET-001" in alert
    assert ana.page.get_by_label("AWS access key").input_value() == "AKIAEXAMPLE0000000002"
    assert ana.page.get_by_label("AWS secret key").input_value() == ""
    ana.fill("AWS secret key", "other-secret").fill("Endpoint URL", world.kinesis.endpoint).click("Check and keep")
    assert "The account has new credentials." in ana.page.get_by_role("status").first.inner_text()
    assert "…0002" in ana.page.inner_text("main")
    world.ingest("profiles", [{"identityMap": {"Email": [{"id": "new@shop.example"}]}, "person": {"age": 40}}])
    world.wait_until_delivered(world.flow_id)


def test_an_account_in_use_stays(world, person):
    ana = person(world).set_up()
    ana.open("/console/accounts").click("kinesis-account", role="link").click("Delete", role="link")
    assert "to-audience-events" in ana.page.inner_text("main")
    assert ana.page.get_by_role("button", name="Delete account").count() == 0
