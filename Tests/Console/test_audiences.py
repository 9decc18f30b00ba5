"""Audiences: written with help, counted and tried before they are saved, changed by two people, deleted."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from console import fill_with_data, picture

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
RULE = 'person.age >= 60 and person.name.firstName != "Nobody"'


@pytest.fixture
def full(server, kinesis):
    server.flow_id = fill_with_data(server, kinesis)
    return server


def definitions(server):
    return server.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"]


def status(ana):
    return ana.page.get_by_role("status").first.inner_text()


def test_an_audience_is_written_checked_counted_tried_and_saved(full, person):
    """From the home page: three pages and five clicks, and the size is known before it is saved."""
    ana = person(full).set_up()
    ana.expected = {400}
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Audiences").click()
    ana.click("Make an audience", role="link").fill("Name", "Sixty and older")
    rule = ana.page.get_by_label("Rule")
    # The mistake is shown while it is typed, with its place.
    rule.fill("person.age >= 60 and\nperson.age = )")
    ana.page.locator("#rule-place mark").wait_for()
    assert "Line 2, column 14" in ana.page.locator("#rule-check").inner_text()
    assert ana.page.locator("#rule-place").inner_text() == "person.age = )"
    # Paths are offered, by any part of them.
    rule.fill("")
    rule.press_sequentially("firstn")
    ana.page.get_by_role("option", name="person.name.firstName").wait_for()
    rule.press("ArrowDown")
    rule.press("Enter")
    assert rule.input_value() == "person.name.firstName"
    rule.fill(RULE)
    ana.page.locator("#rule-check.good").wait_for()
    picture(ana.page, "editor-checked-1280-light")
    ana.click("Count members")
    assert "50 of 300 profiles would be members now." in ana.page.inner_text("main")
    assert rule.input_value() == RULE
    ana.page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", "person20@shop.example").click("Try")
    text = ana.page.inner_text("main")
    assert "The person would not be a member." in text and "All of these" in text
    assert "person.age >= 60" in text and "whole number" in text
    assert "planted" not in ana.page.content()
    picture(ana.page, "editor-tried-1280-light")
    ana.click("Make audience")
    assert ana.heading() == "Sixty and older"
    assert "The audience is made." in status(ana)
    ana.page.wait_for_function(
        "async () => (await (await fetch(location.href)).text()).includes('Up to date')", polling=200
    )
    ana.page.reload()
    assert ana.page.locator(".tile dd").first.inner_text() == "50"
    assert any(one["expression"]["value"] == RULE for one in definitions(full))


def test_two_people_change_one_audience(full, person):
    adults = definitions(full)[0]["id"]
    ana, ben = person(full).set_up(), person(full).sign_in()
    ben.expected = {409}
    ana.open(f"/console/audiences/{adults}/edit")
    ben.open(f"/console/audiences/{adults}/edit")
    ana.fill("Rule", "person.age >= 21").click("Save")
    assert "The audience is changed." in status(ana)
    ben.fill("Description", "of age").click("Save")
    text = ben.page.inner_text("main")
    assert "Somebody changed the audience meanwhile" in text and "person.age >= 21" in text
    assert ben.page.get_by_label("Description").input_value() == "of age"
    ben.fill("Rule", "person.age >= 21").click("Save")
    now = next(one for one in definitions(full) if one["id"] == adults)
    assert now["expression"]["value"] == "person.age >= 21" and now["description"] == "of age"


def test_without_scripts(full, person):
    ana = person(full, scripts=False).set_up()
    ana.expected = {400, 404}
    ana.open("/console/audiences/new").fill("Name", "By hand").fill("Rule", "person.age >= ").click("Check")
    assert "Line 1, column 15" in ana.page.locator("#rule-check").inner_text()
    ana.click("Make audience")
    assert "Nothing was changed" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Rule", "person.age >= 69").click("Make audience")
    assert ana.heading() == "By hand"
    ana.click("Delete", role="link").click("Delete audience")
    assert "The audience is deleted." in status(ana)
    ana.click("Adults", role="link").click("Delete", role="link")
    assert "to-audience-events" in ana.page.inner_text("main")
    assert ana.page.get_by_role("button", name="Delete audience").count() == 0
    ana.open("/console/audiences?name=nothing")
    assert "No audience matches the filters" in ana.page.inner_text("main")
    ana.open("/console/audiences/none")
    assert ana.heading() == "Definition not found"


def test_markup_in_an_audience_is_text(full, person):
    evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    full.audience(evil, 'person.name.firstName = "<img src=x>"')
    ana = person(full).set_up()
    for path in ["/console/audiences", f"/console/audiences/{definitions(full)[-1]['id']}/edit"]:
        ana.open(path)
        assert ana.page.locator("main img").count() == 0
    ana.open("/console/audiences").click(evil, role="link")
    assert ana.heading() == evil and "<img src=x>" in ana.page.inner_text("pre")


def test_an_empty_server_has_a_word_for_it(server, person):
    ana = person(server).set_up().open("/console/audiences")
    assert "No audience yet" in ana.page.inner_text("main")
    picture(ana.page, "empty-audiences")
    ana.open("/console/audiences/new")
    assert ana.heading() == "New audience"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_of_audiences_fit_every_width_and_everybody_can_use_them(full, person, dark):
    adults = f"/console/audiences/{definitions(full)[0]['id']}"
    ana = person(full, dark=dark, bypass_csp=True).set_up()
    axe = Axe()
    for path in ["/console/audiences", "/console/audiences/new", adults, f"{adults}/edit", f"{adults}/delete"]:
        ana.open(path)
        if path.endswith("new"):
            ana.fill("Rule", "person.age >= )").click("Check")
        name = re.sub(r"[0-9a-f-]{36}", "id", path).strip("/").replace("/", "-")
        for width in [320, 390, 768, 1280, 1440, 1600]:
            ana.page.set_viewport_size({"width": width, "height": 900})
            inner, scroll = ana.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
            assert scroll <= inner, f"{path} at {width}"
            if width in (390, 1440):
                picture(ana.page, f"{name}-{width}-{'dark' if dark else 'light'}")
        assert len(ana.page.content()) < 40_000, path
        found = axe.run(ana.page, options=AXE)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
