"""Who may do what at the console: roles, users, and what each of them sees."""

import headwater as hw
import pytest
from console import PASSWORD

SHOWN = {
    "Marketer": {"Home", "Alerts", "Catalog", "Dataflows", "Accounts", "Monitoring", "Audiences", "Profiles"}
    | {"Merge policies", "Namespaces", "Datasets", "Policies", "Labels", "Labelled data", "Marketing actions"},
    "Operator": {"Home", "Alerts", "Catalog", "Dataflows", "Accounts", "Monitoring", "Audiences", "Datasets"}
    | {"Audit log"},
    "Data sender": {"Home"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    process = hw.Headwater(tmp_path_factory.mktemp("access"), "--allow-insecure-endpoints")
    yield process
    process.kill()


def status(ana):
    return ana.page.get_by_role("status").first.inner_text()


def invite(ana, email, *roles):
    """Invites somebody; returns the link for them."""
    ana.open("/console/access/users").click("Invite somebody", role="link").fill("E-mail address", email)
    for role in roles:
        ana.check(role)
    ana.fill("Your password", PASSWORD).click("Invite")
    return ana.page.inner_text("#invitation")


def accept(ben, server, link, email):
    """Opens an invitation and sets a password."""
    ben.open(link.removeprefix(server.url)).fill("E-mail", email).fill("New password", PASSWORD)
    ben.click("Set password and sign in")
    return ben


@pytest.mark.parametrize("role", SHOWN)
def test_who_is_invited_sees_what_their_role_allows(server, person, role):
    ana = person(server, scripts=False).set_up()
    email = f"{role.replace(' ', '-').lower()}@shop.example"
    ben = accept(person(server), server, invite(ana, email, role), email)

    places = ben.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
    assert {place.strip() for place in places} == SHOWN[role]
    ben.expected = {403}
    ben.open("/console/access/users")
    assert "Administer" in ben.page.inner_text("main")


def test_a_role_of_ones_own_is_made_given_changed_and_deleted(server, person):
    ana = person(server, scripts=False).set_up().open("/console/access/roles")
    ana.expected = {400}
    ana.click("Make a role", role="link").fill("Name", "Marketer").check("View Segments").click("Make role")
    assert "has this name already" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("View Segments").is_checked()
    ana.fill("Name", "Readers").click("Make role")
    assert "The role is kept" in status(ana)
    ben = accept(person(server), server, invite(ana, "ben@shop.example", "Readers"), "ben@shop.example")
    assert ben.open("/console/audiences").heading() == "Audiences"

    ana.open("/console/access/roles").click("Readers", role="link").page.get_by_label("View Segments").uncheck()
    ana.check("View Datasets").click("Save")
    ben.expected = {403}
    ben.open("/console/audiences")
    assert "View Segments" in ben.page.inner_text("main")
    assert ben.open("/console/datasets").heading() == "Datasets"

    ana.click("Readers", role="link").click("Delete", role="link")
    assert "ben@shop.example" in ana.page.inner_text("main")
    assert ana.page.get_by_role("button", name="Delete role").count() == 0
    ana.open("/console/access/users").click("ben@shop.example", role="link")
    ana.click("Delete", role="link").click("Remove user")
    assert "The user is removed." in status(ana)
    ben.open("/console/datasets")
    assert "/console/sign-in" in ben.page.url
    ana.open("/console/access/roles").click("Readers", role="link").click("Delete", role="link").click("Delete role")
    assert "The role is deleted." in status(ana)


def test_nobody_takes_the_last_right_to_administer_from_themselves(server, person):
    ana = person(server, scripts=False).set_up().open("/console/access/credentials")
    ana.click("Administrator", role="link").page.get_by_label("Administrator", exact=True).uncheck()
    ana.check("Operator").fill("Your password", PASSWORD).click("Save")
    assert "has these roles" in status(ana), "ana still administers"
    ana.expected = {400}
    ana.open("/console/access/users").click("ana@shop.example", role="link")
    ana.page.get_by_label("Administrator", exact=True).uncheck()
    ana.fill("Your password", PASSWORD).click("Save")
    assert "Nobody would be left" in ana.page.get_by_role("alert").inner_text()
