"""What the pages show, by mouse, without scripts, on an empty server, and how they look."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from console import fill_with_data, picture

PAGES = ["/console", "/console/destinations", "/console/dataflows", "/console/accounts", "/console/me"]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def full(server, kinesis):
    """A server with a dataflow that delivers, and one whose destination is gone."""
    server.flow_id = fill_with_data(server, kinesis)
    return server


def all_pages(server):
    account = server.expect(200, "GET", "/data/foundation/flowservice/connections")["items"]
    kinesis = next(one["id"] for one in account if one["name"] == "kinesis-account")
    return PAGES + [
        f"/console/connect/{server.draft_id}/account",
        f"/console/connect/{server.draft_id}/details",
        f"/console/connect/{server.draft_id}/governance",
        f"/console/connect/{server.draft_id}/alerts",
        f"/console/dataflows/{server.flow_id}",
        f"/console/dataflows/{server.flow_id}/mapping",
        f"/console/dataflows/{server.flow_id}/backfills",
        f"/console/dataflows/{server.flow_id}/backfills/new",
        f"/console/dataflows/{server.flow_id}/messages",
        f"/console/dataflows/{server.flow_id}/parked",
        f"/console/dataflows/{server.flow_id}/history",
        f"/console/dataflows/{server.flow_id}/settings",
        f"/console/dataflows/{server.flow_id}/when",
        f"/console/dataflows/{server.flow_id}/governance",
        f"/console/dataflows/{server.flow_id}/alerts",
        f"/console/accounts/{kinesis}",
        f"/console/accounts/{kinesis}/history",
        f"/console/accounts/{kinesis}/rotate",
        f"/console/accounts/{kinesis}/delete",
    ]


def begin(server, ana):
    """Begins a dataflow and leaves it."""
    ana.open("/console/destinations").click("Set up").click("Check and continue")
    server.draft_id = ana.page.url.split("/")[-2]
    ana.fill("Name", "begun").fill("Stream", "audience-events").click("Check and continue").click("Continue")
    ana.open()


def test_a_look_around(full, person):
    ana = person(full).set_up()
    begin(full, ana)
    assert "The dataflow is delivering." in ana.page.inner_text("main")
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Catalog").click()
    assert ana.heading() == "Destination catalog"
    ana.click("1 dataflow", role="link").click("to-audience-events", role="link")
    text = ana.page.inner_text("main")
    assert ana.heading() == "to-audience-events"
    assert "Balanced" in text and "Adults" in text and "person.name.firstName" in text
    # Nothing of a person is on any page.
    for path in all_pages(full):
        ana.open(path)
        assert "planted-value" not in ana.page.content() and "@shop.example/" not in ana.page.content(), path
        assert "example-secret" not in ana.page.content() and "AKIAEXAMPLE" not in ana.page.content().replace(
            'value="AKIAEXAMPLE0000000001"', ""
        ), path


def test_a_dataflow_is_disabled_and_enabled(full, person):
    ana = person(full).set_up()
    ana.open(f"/console/dataflows/{full.flow_id}").click("Disable")
    assert "The dataflow is disabled." in ana.page.get_by_role("status").first.inner_text()
    assert full.flow(full.flow_id)["state"] == "disabled"
    assert full.flow(full.flow_id)["updatedBy"] == "ana@shop.example"
    ana.click("Enable")
    assert full.flow(full.flow_id)["state"] == "enabled"


def test_a_stopped_dataflow_gets_another_key_and_goes_on(full, kinesis, person):
    """From the home page to the cause, the account, another key, and back."""
    hw_stats = full.stats(full.flow_id)
    assert hw_stats["parked"] == 0
    ana = person(full).set_up()
    ana.expected = {400}
    ana.open("/console/accounts").click("kinesis-account", role="link").click("Rotate credentials", role="link")
    ana.fill("AWS access key", "AKIAEXAMPLE0000000002").fill("AWS secret key", "other-secret")
    ana.fill("Endpoint URL", "http://127.0.0.1:1").click("Check and keep")
    alert = ana.page.get_by_role("alert").inner_text()
    assert "Nothing was changed" in alert and "NET-001" in alert
    assert ana.page.get_by_label("AWS access key").input_value() == "AKIAEXAMPLE0000000002"
    assert ana.page.get_by_label("AWS secret key").input_value() == ""
    ana.fill("AWS secret key", "other-secret").fill("Endpoint URL", kinesis.endpoint).click("Check and keep")
    assert "The account has new credentials." in ana.page.get_by_role("status").first.inner_text()
    assert "…0002" in ana.page.inner_text("main")
    full.ingest("profiles", [{"identityMap": {"Email": [{"id": "new@shop.example"}]}, "person": {"age": 40}}])
    full.wait_until_delivered(full.flow_id)


def test_an_account_in_use_stays(full, person):
    ana = person(full).set_up()
    ana.open("/console/accounts").click("kinesis-account", role="link").click("Delete", role="link")
    assert "to-audience-events" in ana.page.inner_text("main")
    assert ana.page.get_by_role("button", name="Delete account").count() == 0


def test_without_scripts(full, person):
    ana = person(full, scripts=False).set_up()
    begin(full, ana)
    assert ana.heading() == "Home"
    for path in all_pages(full):
        ana.open(path)
        assert ana.heading()
    ana.open("/console/dataflows").fill("Name contains", "nothing like it").click("Filter")
    assert "No dataflow matches the filters" in ana.page.inner_text("main")
    ana.click("Clear filters", role="link").click("to-audience-events", role="link").click("Disable")
    assert full.flow(full.flow_id)["state"] == "disabled"


def test_an_empty_server_has_a_word_for_every_page(server, person):
    ana = person(server).set_up()
    assert "Nothing is sent anywhere yet." in ana.page.inner_text("main")
    for path, words in [
        ("/console/dataflows", "No dataflow yet"),
        ("/console/accounts", "No account yet"),
        ("/console/destinations", "Amazon Kinesis"),
    ]:
        ana.open(path)
        assert words in ana.page.inner_text("main")
        picture(ana.page, f"empty{path.replace('/', '-')}")
    ana.expected = {404}
    for path in ["/console/nowhere", "/console/dataflows/none", "/console/accounts/none/rotate"]:
        ana.open(path)
        assert "404" in ana.page.inner_text("main") or "Page not found" in ana.heading()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_fit_every_width_and_everybody_can_use_them(full, person, dark):
    ana = person(full, dark=dark, bypass_csp=True).set_up()
    begin(full, ana)
    out = person(full, dark=dark, bypass_csp=True).open("/console/sign-in")
    axe = Axe()

    def look(one, path):
        name = re.sub(r"[0-9a-f-]{36}", "id", path).strip("/").replace("/", "-")
        for width in [320, 390, 768, 1440]:
            one.page.set_viewport_size({"width": width, "height": 900})
            inner, scroll = one.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
            assert scroll <= inner, f"{path} at {width}"
            if width in (390, 1440):
                picture(one.page, f"{name}-{width}-{'dark' if dark else 'light'}")
        found = axe.run(one.page, options=AXE)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"

    for one, paths in [(out, ["/console/sign-in"]), (ana, all_pages(full))]:
        for path in paths:
            one.open(path)
            look(one, path)
    mapping = f"/console/dataflows/{full.flow_id}/mapping"
    ana.open(mapping).click("Review")
    look(ana, f"{mapping}/review")
