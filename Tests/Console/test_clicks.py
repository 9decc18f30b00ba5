"""How far the answers to everyday questions are from the home page; typing is not counted."""

import re

from playwright.sync_api import expect

PERSON = "Email:person20@shop.example"


def seek(ana, text):
    """From the home page."""
    ana.open()
    ana.clicks = 0
    ana.page.get_by_role("searchbox", name="Search everything").fill(text)
    return ana.click("Search everything")


def test_answers_are_few_clicks_away(world, person):
    ana = person(world).set_up()

    # Is everything healthy?
    ana.open()
    assert "The dataflow is delivering." in ana.page.inner_text("main")

    # Where is this person's record?
    seek(ana, PERSON).click("Sent", role="link")
    assert re.search(r"shardId-\d{12}", ana.page.inner_text("main")) and ana.clicks <= 3

    # Why is this person in the audience?
    seek(ana, PERSON).click("Why", role="link")
    assert "person.age >= 18" in ana.page.inner_text("main") and ana.clicks <= 3

    # How large would this audience be? It is saved when that is known.
    ana.open()
    ana.clicks = 0
    ana.click("Audiences", role="link").click("Make an audience", role="link")
    ana.fill("Name", "Sixty and older").fill("Rule", "person.age >= 60").click("Count members")
    assert "50 of 300 profiles would be members now." in ana.page.inner_text("main")
    ana.click("Make audience")
    expect(ana.page.locator("h1")).to_have_text("Sixty and older")
    assert ana.clicks <= 5

    # What would another rule change? It is saved when that is known.
    ana.open()
    ana.clicks = 0
    ana.click("Audiences", role="link").click("Adults", role="link").click("Edit", role="link")
    ana.fill("Rule", "person.age >= 21").click("Count members and effect")
    text = ana.page.inner_text("main")
    assert "0 would enter and 15 would exit." in text and "1 dataflow would send 15 records." in text
    ana.click("Save")
    expect(ana.page.locator("h1")).to_have_text("Adults")
    assert ana.clicks <= 5
