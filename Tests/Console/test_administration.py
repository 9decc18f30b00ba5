"""Merge policies, namespaces, datasets, credentials and what the server says of itself."""

import headwater as hw
import pytest
from console import PASSWORD, fill_with_data

POLICIES = "/data/core/ups/config/mergePolicies"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that all tests of this file share, without data at first."""
    process = hw.Headwater(tmp_path_factory.mktemp("administration"), "--allow-insecure-endpoints")
    yield process
    process.kill()


def status(ana):
    return ana.page.get_by_role("status").first.inner_text()


def test_merge_policies_are_made_changed_and_deleted(server, person):
    server.ingest("profiles?dataset=crm", [{"identityMap": {"Email": [{"id": "a@shop.example"}]}}])
    ana = person(server, scripts=False).set_up()
    ana.expected = {400}
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Merge policies").click()
    assert "the latest write wins" in ana.page.inner_text("main")
    ana.click("Make a merge policy", role="link").fill("Name", "CRM first")
    ana.page.get_by_label("Attributes").select_option("dataSetPrecedence")
    ana.fill("Order of datasets", "crm, web").click("Make merge policy")
    assert "web" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("Order of datasets").input_value() == "crm, web"
    ana.fill("Order of datasets", " crm ").click("Make merge policy")
    assert "The merge policy is kept." in status(ana) and "first of: crm" in ana.page.inner_text("main")

    other = person(server).sign_in()
    other.expected = {400}
    for one in (ana, other):
        one.open("/console/merge-policies").click("CRM first", role="link")
    ana.page.get_by_label("The default").check()
    ana.click("Save")
    other.fill("Name", "Late").click("Save")
    assert "changed the merge policy meanwhile" in other.page.get_by_role("alert").inner_text()
    assert other.page.get_by_label("Name").input_value() == "Late"
    policies = server.expect(200, "GET", POLICIES)["children"]
    assert {one["name"]: one["default"] for one in policies}["CRM first"] is True
    old = next(one["name"] for one in policies if not one["default"])
    ana.open("/console/merge-policies").click(old, role="link").click("Delete", role="link")
    ana.click("Delete merge policy")
    assert "The merge policy is deleted." in status(ana)
    assert [one["name"] for one in server.expect(200, "GET", POLICIES)["children"]] == ["CRM first"]


def test_a_merge_policy_in_use_names_its_audiences(server, person):
    policy = server.expect(201, "POST", POLICIES, {"name": "Other"})["id"]
    body = {
        "name": "VIP",
        "expression": {"type": "PQL", "format": "pql/text", "value": "a = 1"},
        "schema": {"name": "_xdm.context.profile"},
        "mergePolicyId": policy,
    }
    server.expect(200, "POST", "/data/core/ups/segment/definitions", body)
    ana = person(server).set_up().open(f"/console/merge-policies/{policy}/delete")
    assert "VIP" in ana.page.inner_text("main")
    assert ana.page.get_by_role("button", name="Delete merge policy").count() == 0


def test_a_namespace_is_made_once(server, person):
    ana = person(server).set_up().open("/console/namespaces")
    ana.expected = {400}
    assert "ECID" in ana.page.inner_text("main")
    for number in range(2):
        ana.open("/console/namespaces/new").fill("Symbol", "Loyalty").fill("Name", "Loyalty card")
        ana.click("Make namespace")
        if number == 0:
            assert "The namespace is made." in status(ana) and "Loyalty card" in ana.page.inner_text("main")
        else:
            assert "a namespace has this symbol already" in ana.page.get_by_role("alert").inner_text()
            assert ana.page.get_by_label("Symbol").input_value() == "Loyalty"


def test_a_credential_is_made_used_and_revoked(server, person):
    ana = person(server).set_up().open("/console/access/credentials")
    ana.expected = {400}
    ana.click("Make a credential", role="link").fill("Name", "loader").fill("Your password", PASSWORD)
    ana.click("Make credential")
    assert "Switch one role on" in ana.page.get_by_role("alert").inner_text()
    ana.check("Data sender").fill("Your password", "wrong one").click("Make credential")
    assert "not your password" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Your password", PASSWORD).click("Make credential")
    client, secret = ana.page.inner_text("#client-id"), ana.page.inner_text("#client-secret")
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    assert ana.context.request.post(f"{server.url}/ims/token/v3", form=form).status == 200
    ana.click("I have copied it", role="link")
    assert secret not in ana.page.content()
    assert "Data sender" in ana.page.inner_text("main")
    ana.click("loader", role="link").check("Operator").fill("Your password", PASSWORD).click("Save")
    assert "has these roles" in status(ana) and "Operator, Data sender" in ana.page.inner_text("main")
    ana.click("loader", role="link").fill("Owner", "ben").fill("Expires", "tomorrow").fill("Your password", PASSWORD)
    ana.click("Save")
    assert "is an instant such as" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("Operator").is_checked()
    ana.fill("Expires", "2099-01-01T00:00:00Z").fill("Requests in a second", "50").fill("Your password", PASSWORD)
    ana.click("Save")
    assert "ben" in ana.page.inner_text("main") and "2099" in ana.page.inner_text("main")
    ana.click("loader", role="link").click("Make a second secret", role="link").fill("Your password", PASSWORD)
    ana.click("Make secret")
    second = form | {"client_secret": ana.page.inner_text("#client-secret")}
    for one in (form, second):
        assert ana.context.request.post(f"{server.url}/ims/token/v3", form=one).status == 200
    ana.click("I have copied it", role="link").click("loader", role="link")
    ana.click("Remove the older secret", role="link").click("Remove secret")
    assert "The secret is removed." in status(ana)
    assert ana.context.request.post(f"{server.url}/ims/token/v3", form=form).status == 401
    assert ana.context.request.post(f"{server.url}/ims/token/v3", form=second).status == 200
    ana.open("/console/access/credentials")
    ana.click("loader", role="link").click("Revoke", role="link").click("Revoke credential")
    assert "The credential is revoked" in status(ana)
    assert ana.context.request.post(f"{server.url}/ims/token/v3", form=form).status in (400, 401)


def test_what_the_server_says_of_itself(server, person):
    ana = person(server).set_up().open("/console/about")
    text = ana.page.inner_text("main")
    for words in ["Messages", "Taken", "Writes", "Clock", "Disk", "WAL", "are free", "Dataflows", server.url, "UTC"]:
        assert words in text, words


def test_what_is_demanded_of_a_namespace_changes(server, person):
    ana = person(server, scripts=False).set_up().open("/console/namespaces")
    ana.expected = {400}
    ana.click("Email", role="link").fill("Pattern", "(").click("Save")
    assert "pattern cannot be used" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("Pattern").input_value() == "("
    ana.fill("Pattern", ".+@.+").fill("Most in a profile", "3")
    ana.page.get_by_label("Values that mean nobody").select_option("own")
    ana.fill("Own list, one in a line", "nobody@shop.example\nnull").click("Save")
    assert "The namespace is changed." in status(ana) and ".+@.+" in ana.page.inner_text("main")
    email = server.expect(200, "GET", "/data/core/idnamespace/identities/Email")
    assert (email["pattern"], email["profileMax"]) == (".+@.+", 3)
    assert email["ignoredValues"] == ["nobody@shop.example", "null"]
    # One who began earlier changes only what they changed themselves.
    other = person(server, scripts=False).sign_in().open("/console/namespaces/Email/settings")
    ana.click("Email", role="link").fill("Pattern", "").click("Save")
    other.page.get_by_label("Values that mean nobody").select_option("usual")
    other.click("Save")
    email = server.expect(200, "GET", "/data/core/idnamespace/identities/Email")
    assert email["pattern"] is None and email["profileMax"] == 3 and "null" in email["ignoredValues"]
    assert "nobody@shop.example" not in email["ignoredValues"]


def test_what_is_taken_and_refused_is_counted_by_the_hour(server, person):
    good = {"identityMap": {"Email": [{"id": "a@shop.example"}]}, "person": {"age": 40}}
    assert server.ingest("profiles?dataset=shop", [good, {"person": {"age": 1}}, good])["failed"] == 1
    ana = person(server).set_up().open("/console/datasets")
    row = ana.page.locator("tbody tr").filter(has_text="shop")
    assert row.locator("td[data-label='Taken this hour']").inner_text() == "2"
    ana.click("shop", role="link")
    text = ana.page.inner_text("main")
    assert "IDENTITY_MISSING 1" in text and "a@shop.example" not in text


def test_a_dataset_gets_a_date_on_which_it_ends_and_stays_after_all(server, person):
    server.ingest("profiles?dataset=trial", [{"identityMap": {"Email": [{"id": "a@shop.example"}]}, "tier": "gold"}])
    ana = person(server).set_up()
    ana.expected = {400}
    ana.open("/console/datasets").click("trial", role="link")
    ana.click("End it on a date", role="link")
    ana.fill("Date", "2020-01-31").click("Keep the date")
    assert "is over already" in ana.page.inner_text("main")
    ana.fill("Date", "2099-01-31").fill("Why", "The licence ends.").click("Keep the date")
    assert "It ends on" in ana.page.inner_text("main") and "2099" in ana.page.inner_text("main")
    ana.click("Change its date", role="link")
    assert ana.page.get_by_label("Date").input_value() == "2099-01-31T00:00:00Z"
    ana.open("/console/datasets").click("trial", role="link").click("Cancel its date", role="link")
    ana.click("Cancel the date")
    assert "It ends on" not in ana.page.inner_text("main")


def test_search_finds_anything_and_leaves_no_value_behind(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server, scripts=False).set_up()

    def seek(text):
        ana.page.get_by_role("searchbox", name="Search everything").fill(text)
        ana.click("Search everything")

    seek(flow)
    assert ana.heading() == "to-audience-events"
    seek("adul")
    assert ana.heading() == "Adults"
    seek(" KINESIS-acc")
    assert ana.heading() == "kinesis-account"
    seek("email:person20@shop.example")
    assert "/console/profiles/" in ana.page.url and "person20" not in ana.page.url
    assert "person20" not in ana.page.content()
    entity = server.expect(
        200, "GET", "/data/core/ups/access/entities?entityId=person20@shop.example&entityIdNS=Email&schema.name=_xdm.context.profile"
    )
    [profile] = entity
    seek(profile)
    assert "/console/profiles/" in ana.page.url and profile not in ana.page.url
    seek("nothing like this")
    assert "Nothing is called so" in ana.page.inner_text("main")
    server.audience("Adults too", "person.age >= 18")
    seek("adults")
    found = ana.page.locator(".links a")
    assert found.all_inner_texts() == ["Adults too", "Adults"]
    ana.page.get_by_role("link", name="Adults too").click()
    assert ana.heading() == "Adults too"
