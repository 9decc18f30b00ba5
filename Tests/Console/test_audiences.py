"""Audiences: written with help, counted and tried before they are saved, changed by two people, deleted."""

import contextlib
import re
import sqlite3

import pytest
from console import EMAIL, PASSWORD, fill_with_data, picture

RULE = 'person.age >= 60 and person.name.firstName != "Nobody"'


@pytest.fixture
def full(server, kinesis):
    """A server of the test's own, so that its figures are known."""
    server.flow_id = fill_with_data(server, kinesis)
    return server


def definitions(server):
    return server.expect(200, "GET", "/data/core/ups/segment/definitions")["segments"]


def status(ana):
    return ana.page.get_by_role("status").first.inner_text()


def test_an_audience_is_written_checked_counted_tried_and_saved(world, person):
    """From the home page: three pages and five clicks, and the size is known before it is saved."""
    ana = person(world).set_up()
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
    # What is most likely mistyped is told with what was meant.
    rule.fill('person.age >= "60"')
    ana.page.locator("#rule-check.warning", has_text="did you mean 60?").wait_for()
    assert "Line 1, column 1: person.age holds numbers" in ana.page.locator("#rule-check").inner_text()
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
    assert "person.age >= 60" in text and "whole number" in text and "would have to change" in text
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
    assert any(one["expression"]["value"] == RULE for one in definitions(world))


def test_what_a_change_does_is_told_before_it_is_saved_and_true_afterwards(full, person):
    """An audience that a dataflow exports gets another rule: mistake, size and effect, a person, then saved."""
    adults = definitions(full)[0]["id"]
    members = lambda: full.expect(200, "GET", f"/v1/audiences/{adults}/members")  # noqa: E731
    before, triggered = members(), full.stats(full.flow_id)["triggered"]
    assert (before["members"], before["entered"], before["exited"]) == (260, 260, 0)
    ana = person(full).set_up()
    ana.open(f"/console/audiences/{adults}").click("Edit", role="link")
    rule = ana.page.get_by_label("Rule")
    rule.fill("person.age >= 21 or\n(person.age = )")
    ana.page.locator("#rule-place mark").wait_for()
    assert "Line 2, column 15" in ana.page.locator("#rule-check").inner_text()
    # Five of each age from 10 to 69: five enter, the fifteen from 18 to 20 exit.
    rule.fill("person.age >= 21 or\n(person.age = 12)")
    ana.page.locator("#rule-check.good").wait_for()
    ana.click("Count members and effect")
    text = ana.page.inner_text("main")
    assert "250 of 300 profiles would be members now." in text
    assert "5 would enter and 15 would exit." in text
    assert "1 dataflow would send 20 records." in text and "to-audience-events: 20" in text
    assert "Message 1, before and after" in text and "person2@" not in text
    assert ana.page.locator(".compare ins").count() > 0
    # What the dataflow sends in a day, and what its stream takes and costs.
    facts = ana.page.locator(".note.info dl.facts").inner_text()
    assert "Records a day" in facts and "Shards" in facts and "USD" in facts, facts
    picture(ana.page, "editor-effect-1280-light")
    ana.page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", "person2@shop.example").click("Try")
    assert "The person would be a member." in ana.page.inner_text("main")
    # Nothing has happened so far.
    assert members() == before and full.stats(full.flow_id)["triggered"] == triggered

    ana.click("Save")
    assert "The audience is changed." in status(ana)
    ana.page.wait_for_function(
        "async () => (await (await fetch(location.href)).text()).includes('Up to date')", polling=200
    )
    full.wait_until_delivered(full.flow_id)
    after = members()
    assert (after["members"], after["entered"], after["exited"]) == (250, 265, 15)
    assert full.stats(full.flow_id)["triggered"] - triggered == 20
    ana.page.reload()
    assert ana.page.locator(".tile dd").first.inner_text() == "250"
    # The same over time: in the picture, in the table beside it, by the day, and in the lists.
    drawn = ana.page.get_by_role("img", name=re.compile("^Members, the last 24 hours: 265 entered, 15 exited"))
    assert drawn.locator("polyline").get_attribute("points").endswith(f"624,{1 if len(after['hours']) == 1 else 119}")
    ana.page.get_by_text("The same as a table").click()
    assert ana.page.locator("table tbody tr").filter(has_text="UTC").first.locator("td").last.inner_text() == "250"
    picture(ana.page, "audience-hours-1280-light")
    ana.click("30 days", role="link")
    assert ana.page.get_by_role("img", name=re.compile("^Members, the last 30 days: 265 entered")).count() == 1
    picture(ana.page, "audience-days-1280-light")
    for path in ["/console/audiences", f"/console/dataflows/{full.flow_id}/mapping"]:
        row = ana.open(path).page.get_by_role("row").filter(has_text="Adults")
        assert "265 / 15" in row.inner_text(), path


def test_a_long_rule_outlives_the_session_in_which_it_is_typed(full, person):
    """Whoever comes back after the session has ended signs in and finds what was typed; nothing was saved by itself."""
    ana = person(full).set_up()
    ana.expected = {401}
    ana.outage = True
    ana.open("/console/audiences/new").fill("Name", "Long").fill("Description", "typed for an hour")
    lines = [f'person.name.firstName = "somebody {number} <b>"' for number in range(400)]
    ana.fill("Rule", " or\n".join(lines))
    # Thirteen hours pass.
    assert full.stop() == 0
    with contextlib.closing(sqlite3.connect(full.directory / "data" / "headwater.db")) as store:
        past = "SET created_at = created_at - 46800000, updated_at = updated_at - 46800000"
        assert store.execute(f"UPDATE control_object {past} WHERE kind = CAST('consoleSession' AS BLOB)").rowcount == 1
        store.commit()
    full.start()
    ana.click("Make audience")
    assert ana.heading() == "Sign in"
    ana.fill("E-mail", EMAIL).fill("Password", PASSWORD).click("Sign in")
    assert ana.heading() == "New audience"
    assert ana.page.get_by_label("Rule").input_value() == " or\n".join(lines)
    assert ana.page.get_by_label("Description").input_value() == "typed for an hour"
    assert [one["name"] for one in definitions(full)] == ["Adults"]
    ana.click("Make audience")
    assert ana.heading() == "Long"


def test_two_people_change_one_audience(world, person):
    adults = definitions(world)[0]["id"]
    ana, ben = person(world).set_up(), person(world).sign_in()
    ben.expected = {409}
    ana.open(f"/console/audiences/{adults}/edit")
    ben.open(f"/console/audiences/{adults}/edit")
    ana.fill("Rule", "person.age >= 21").click("Save")
    assert "The audience is changed." in status(ana)
    ben.fill("Description", "of age").click("Save")
    text = ben.page.inner_text("main")
    assert "changed the audience meanwhile" in text and "person.age >= 21" in text
    assert ben.page.get_by_label("Description").input_value() == "of age"
    ben.fill("Rule", "person.age >= 21").click("Save")
    now = next(one for one in definitions(world) if one["id"] == adults)
    assert now["expression"]["value"] == "person.age >= 21" and now["description"] == "of age"


def test_without_scripts(world, person):
    ana = person(world, scripts=False).set_up()
    ana.expected = {400, 404}
    ana.open("/console/audiences/new").fill("Name", "By hand").fill("Rule", "person.age >= ").click("Check")
    assert "Line 1, column 15" in ana.page.locator("#rule-check").inner_text()
    ana.click("Make audience")
    assert "Nothing was changed" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Rule", "person.age >= 69").click("Make audience")
    assert ana.heading() == "By hand"
    ana.click("Delete", role="link").click("Delete audience")
    assert "The audience is deleted." in status(ana)
    ana.click("Adults", role="link")
    assert "It is in use by 1 dataflow, so it can be neither" in ana.page.inner_text("main")
    assert ana.page.get_by_role("link", name="Delete").count() == 0
    adults = next(one["id"] for one in definitions(world) if one["name"] == "Adults")
    ana.open(f"/console/audiences/{adults}/delete")
    assert "to-audience-events" in ana.page.inner_text("main")
    assert ana.page.get_by_role("button", name="Delete audience").count() == 0
    ana.open("/console/audiences?name=nothing")
    assert "No audience matches the filters" in ana.page.inner_text("main")
    ana.open("/console/audiences/none")
    assert ana.heading() == "Definition not found"


def test_a_draft_is_published_deactivated_and_copied(world, person):
    """Buttons are there where they may be used; who uses an audience is said where they may not."""
    ana = person(world).set_up()
    buttons = lambda: [  # noqa: E731
        name
        for name in ["Publish", "Deactivate", "Copy"]
        if ana.page.get_by_role("button", name=name, exact=True).count()
        or ana.page.get_by_role("link", name=name, exact=True).count()
    ]
    ana.open("/console/audiences/new").fill("Name", "Young").fill("Rule", "person.age < 30").fill("Tags", "spring, new ,spring")
    ana.click("Save as draft")
    assert ana.heading() == "Young" and buttons() == ["Publish", "Copy"]
    made = next(one for one in definitions(world) if one["name"] == "Young")
    assert (made["lifecycleState"], made["tags"]) == ("draft", ["spring", "new"])
    picture(ana.page, "audience-draft-1280-light")
    # A draft is not offered to dataflows.
    mapping = f"/console/dataflows/{world.flow_id}/mapping"
    assert ana.open(mapping).page.get_by_role("row").filter(has_text="Young").count() == 0
    ana.open(f"/console/audiences/{made['id']}").click("Publish")
    assert "The audience is published." in status(ana) and buttons() == ["Deactivate", "Copy"]
    assert ana.open(mapping).page.get_by_role("row").filter(has_text="Young").count() == 1
    ana.open(f"/console/audiences/{made['id']}").click("Deactivate", role="link").click("Deactivate audience")
    assert "The audience is inactive." in status(ana) and buttons() == ["Publish", "Copy"]
    assert "Not evaluated" in ana.page.inner_text("main")
    picture(ana.page, "audience-inactive-1280-light")
    assert ana.open(mapping).page.get_by_role("row").filter(has_text="Young").count() == 0
    ana.open(f"/console/audiences/{made['id']}").click("Copy")
    assert ana.heading() == "Copy of Young" and "a draft" in status(ana)
    ana.open(f"/console/audiences/{made['id']}").click("Copy")
    assert ana.heading() == "Copy 2 of Young"
    # By state and tag.
    rows = lambda query: [  # noqa: E731
        one.inner_text() for one in ana.open(f"/console/audiences?{query}").page.locator("tbody th a").all()
    ]
    assert rows("state=inactive") == ["Young"]
    assert rows("state=draft&tag=spring") == ["Copy 2 of Young", "Copy of Young"]


def test_several_audiences_are_changed_at_once(full, person):
    ana = person(full).set_up()
    ana.expected = {409}
    for name in ["one", "two"]:
        full.audience(name, "person.age > 1")
    state = lambda: {one["name"]: one["lifecycleState"] for one in definitions(full)}  # noqa: E731

    def choose(*names):
        ana.open("/console/audiences")
        for name in names:
            ana.page.get_by_label(f"Choose {name}", exact=True).check()
        ana.page.get_by_text("Do something to the chosen ones").click()
        return ana

    choose("one", "Adults").click("Deactivate")
    text = ana.page.get_by_role("alert").inner_text()
    assert "Nothing was changed" in text and "Adults: the audience is in use" in text
    assert state() == {"Adults": "published", "one": "published", "two": "published"}
    choose("one", "two").click("Deactivate")
    assert "It is done to all of them." in status(ana)
    assert state() == {"Adults": "published", "one": "inactive", "two": "inactive"}
    choose("one", "Adults").fill("Tag to add or take away", "spring").click("Add tag")
    assert [one["name"] for one in definitions(full) if one.get("tags") == ["spring"]] == ["one", "Adults"]
    picture(ana.page, "audiences-tagged-1280-light")
    choose("one", "two").click("Delete")
    assert ana.heading() == "Delete 2 audiences" and "one" in ana.page.inner_text("main")
    ana.click("Delete them")
    assert state() == {"Adults": "published"}
    choose().click("Publish")
    assert "Choose audiences first." in ana.page.get_by_role("alert").inner_text()


def test_markup_in_an_audience_is_text(world, person):
    evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    world.audience(evil, 'person.name.firstName = "<img src=x>"')
    ana = person(world).set_up()
    for path in ["/console/audiences", f"/console/audiences/{definitions(world)[-1]['id']}/edit"]:
        ana.open(path)
        assert ana.page.locator("main img").count() == 0
    ana.open("/console/audiences").click(evil, role="link")
    assert ana.heading() == evil and "<img src=x>" in ana.page.inner_text("pre")
