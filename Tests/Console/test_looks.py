"""Every page there is: at every width, light and dark, for everybody, and on a server that holds nothing."""

import os
import re

import addresses
import headwater as hw
import pytest
from alerts import make_alerts
from axe_playwright_python.sync_playwright import Axe
from console import EMAIL, Person, picture
from uploads import make_uploads

PICTURED = [390, 1440] if os.environ.get("HEADWATER_SCREENSHOTS") else []
WIDTHS = sorted([320, 768, 1280, 1600, *PICTURED])
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a scheme changes is colours; all else is looked at in one.
AXE = {"light": {"runOnly": TAGS}, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}}}
MIRA = "person20@shop.example"


def pages():
    """Addresses by rule, of pages only."""
    addresses.check(["audiences/check"])
    return {rule: paths for rule, paths in addresses.PAGES.items() if rule not in addresses.DATA}


@pytest.fixture(scope="module")
def full(world):
    """A server that holds something for every page."""
    server = world
    server.audience("Unused", "person.age >= 21")
    event = {
        "_id": "one",
        "timestamp": "2026-01-02T03:04:05Z",
        "eventType": "commerce.purchases",
        "identityMap": {"Email": [{"id": MIRA}], "Phone": [{"id": "+49301234567"}]},
    }
    server.ingest("events", [event])
    server.alerts = make_alerts(server)
    server.uploads = make_uploads(server, server.directory / "members.csv")
    server.backfill = server.expect(201, "POST", "/v1/backfills", {"dataflowId": server.flow_id, "recordsPerSecond": 1})["id"]
    return server


@pytest.fixture(scope="module")
def places(full, chromium):
    """What addresses name; somebody has begun a dataflow."""
    ana = Person(chromium, full).set_up()
    ana.open("/console/destinations").click("Set up").click("Check and continue")
    draft = ana.page.url.split("/")[-2]
    ana.fill("Name", "begun").fill("Stream", "audience-events").click("Check and continue").click("Continue")
    ana.open("/console/profiles").page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", MIRA).click("Look up")
    person = ana.page.url.split("/")[-1]
    ana.open(f"/console/audiences/upload/{full.uploads['whole']}/columns").click("Continue")
    assert not ana.close()
    connections = full.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections")["items"]
    runs = full.expect(200, "GET", f"{hw.FLOW_SERVICE}/runs?property=flowId=={full.flow_id}&property=kind==hour")["items"]
    audiences = {one["name"]: one["id"] for one in full.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"]}
    return {
        **full.uploads,
        **full.alerts,
        "flow": full.flow_id,
        "stopped": full.flow_id,
        "wide": full.flow_id,
        "account": next(one["id"] for one in connections if one["name"] == "kinesis-account"),
        "audience": audiences["Unused"],
        "popular": audiences["Adults"],
        "person": person,
        "draft": draft,
        "client": full.admin["client_id"],
        **hw.make_access(full),
        **hw.make_governance(full),
        **hw.make_privacy(full),
        "backfill": full.backfill,
        "hour": runs[-1]["id"].split("-")[-1],
        "next_dataflows": "dataflows",
        "next_audiences": "audiences",
        "dataset": "default",
        "policy": full.expect(200, "GET", "/data/core/ups/config/mergePolicies")["children"][0]["id"],
    }


def mapping_review(ana, places):
    ana.open(f"/console/dataflows/{places['flow']}/mapping").check("Unused").click("Review")


def breaking_review(ana, places):
    ana.open(f"/console/dataflows/{places['flow']}/mapping").fill("Paths, one in a line", "person.age")
    ana.click("Review").click("Apply")


def settings_review(ana, places):
    ana.open(f"/console/dataflows/{places['flow']}/when").page.get_by_label("Send on: identity").uncheck()
    ana.click("Show what it does")


def dry_run(ana, places):
    ana.open(f"/console/dataflows/{places['flow']}/dry-run").page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", MIRA).click("Try")


def send_test_record(ana, places):
    ana.open(f"/console/dataflows/{places['flow']}/tests").click("Send a test record")


def wrong_rule(ana, _):
    ana.open("/console/audiences/new").fill("Rule", "person.age >= )").click("Check")


def counted_rule(ana, places):
    ana.open(f"/console/audiences/{places['audience']}/edit").click("Count members and effect")


def found(ana, _):
    ana.open().page.get_by_role("searchbox", name="Search everything").fill("a")
    ana.click("Search everything")


def refused_account(ana, places):
    ana.open(f"/console/accounts/{places['account']}/rotate")
    ana.fill("AWS access key", "AKIAEXAMPLE0000000002").fill("AWS secret key", "s")
    ana.fill("Endpoint URL", "http://127.0.0.1:1").click("Check and keep")


def wrong_audience(ana, places):
    ana.open(f"/console/audiences/upload/{places['whole']}/details")
    ana.page.get_by_label("Audience", exact=True).select_option("new")
    ana.fill("Name", "").click("Start")


STATES = [
    mapping_review,
    breaking_review,
    settings_review,
    dry_run,
    send_test_record,
    wrong_rule,
    counted_rule,
    found,
    refused_account,
    wrong_audience,
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_every_width_and_everybody_can_use_them(full, places, person, scheme):
    ana = person(full, dark=scheme == "dark", bypass_csp=True).sign_in()
    ana.expected = {400, 404}
    axe = Axe()

    def look(name):
        for width in WIDTHS:
            ana.page.set_viewport_size({"width": width, "height": 900})
            inner, scroll = ana.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
            assert scroll <= inner, f"{name} at {width}"
            if width in PICTURED:
                picture(ana.page, f"{name}-{width}-{scheme}")
        result = axe.run(ana.page, options=AXE[scheme])
        assert result.violations_count == 0, f"{name}: {result.generate_report()}"

    def see(path):
        ana.open("/console" + (f"/{path}" if path else ""))
        look(re.sub(r"[0-9a-f-]{36}", "id", path).replace(places["person"], "person").replace("/", "-") or "home")

    for path in dict.fromkeys(path.format(**places) for paths in pages().values() for path in paths):
        see(path)
        # Nothing of a person is on any page.
        assert "planted-value" not in ana.page.content() and MIRA not in ana.page.content(), path
        assert "example-secret" not in ana.page.content(), path
    for state in STATES:
        state(ana, places)
        look(f"state-{state.__name__}")
        assert "planted-value" not in ana.page.content() and MIRA not in ana.page.content(), state
    ana.open("/console/me").page.get_by_text(EMAIL).first.click()
    ana.click("Sign out")
    look("signed-out")


def test_an_empty_server_has_a_word_for_every_page(server, person):
    ana = person(server).set_up()
    ana.expected = {404}
    words = {
        "": "Nothing is sent anywhere yet.",
        "destinations": "Amazon Kinesis",
        "dataflows": "No dataflow yet",
        "accounts": "No account yet",
        "audiences": "No audience yet",
        "datasets": "No dataset yet",
        "search": "Search",
    }
    for rule in pages():
        path = rule.replace("**", "nowhere")
        answer = ana.page.goto(server.url + (f"/console/{path}" if path else "/console"))
        # What does not exist has a page that says so.
        assert answer.status == (404 if ":" in rule or rule in ("**", "setup", "sign-in/provider", "sign-in/callback") else 200), rule
        assert words.get(rule, "") in ana.page.inner_text("main") and ana.heading(), rule
        picture(ana.page, f"empty-{path.replace('/', '-').replace(':', '') or 'home'}")


def test_lists_and_wizards_without_scripts(full, places, person):
    ana = person(full, scripts=False).sign_in()
    ana.expected = {404}
    assert ana.heading() == "Home"
    for paths in pages().values():
        for path in paths:
            ana.open("/console/" + path.format(**places))
            assert ana.heading(), path
    ana.open("/console/dataflows").fill("Name contains", "nothing like it").click("Filter")
    assert "No dataflow matches the filters" in ana.page.inner_text("main")
    ana.click("Clear filters", role="link").click("to-audience-events", role="link").click("Disable")
    assert full.flow(full.flow_id)["state"] == "disabled"
    ana.click("Enable")
    assert full.flow(full.flow_id)["state"] == "enabled"
    ana.open("/console/audiences").fill("Name contains", "UNUS").click("Filter")
    assert ana.page.locator("tbody tr").count() == 1
    ana.click("Clear filters", role="link").page.get_by_label("Sent nowhere").check()
    ana.click("Filter")
    assert ana.page.locator("tbody tr th").all_inner_texts() == ["crm", "Unused"]
