"""Labels, policies and who sees what at the console."""

from console import PASSWORD, fill_with_data, picture
from test_access import accept, invite, status


def test_a_policy_blocks_a_mapping_until_it_is_cured(server, kinesis, person):
    """T10: the review says which policy, why and what to do; after the cure it is finished."""
    flow = fill_with_data(server, kinesis)
    server.audience("Earners", "person.income > 1000")
    ana = person(server, scripts=False).set_up()
    ana.open(f"/console/dataflows/{flow}/governance").check("Export to third party").click("Save")
    ana.open("/console/governance/fields").click("Label a field", role="link")
    ana.expected = {400}
    ana.fill("Field", "person.income").fill("Labels", "C2, C99").click("Save")
    assert "no label" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Labels", "C2").click("Save")
    assert "The labels are kept" in status(ana)
    ana.open("/console/governance/policies").click("3rd party export restriction", role="link").check("On").click("Save")
    assert "The policy is kept" in status(ana)

    ana.open(f"/console/dataflows/{flow}/mapping").check("Earners").click("Review")
    text = ana.page.inner_text("main")
    assert "A policy forbids it" in text and "3rd party export restriction" in text
    assert "C2 of the field person.income" in text and "Ways out" in text
    assert ana.page.get_by_role("button", name="Apply").count() == 0
    picture(ana.page, "mapping-forbidden")

    # What is mapped already is not labelled into a violation either.
    ana.open("/console/governance/fields/new").fill("Field", "person.age").fill("Labels", "C2").click("Save")
    assert "3rd party export restriction" in ana.page.get_by_role("alert").inner_text()

    ana.open("/console/governance/fields").click("person.income", role="link").fill("Labels", "").click("Save")
    ana.open(f"/console/dataflows/{flow}/mapping").check("Earners").click("Review").click("Apply")
    assert "The mapping is changed" in status(ana)


def test_policies_labels_and_actions_of_ones_own(server, person):
    ana = person(server, scripts=False).set_up()
    ana.open("/console/governance/labels").click("Make a label", role="link").fill("Name", "VIP")
    ana.fill("Meaning", "Of our best customers.").click("Make label")
    assert "VIP" in ana.page.inner_text("main")
    ana.open("/console/governance/actions").click("Make an action", role="link").fill("Name", "smsBlast").click("Make action")
    ana.open("/console/governance/policies").click("Make a policy", role="link").fill("Name", "No SMS to the best")
    ana.expected = {400}
    ana.fill("Denies data with", "VIP and").check("For: smsBlast").check("On").click("Make policy")
    assert "column" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("For: smsBlast").is_checked()
    ana.fill("Denies data with", "VIP and (I1 or I2)").click("Make policy")
    assert "VIP and (I1 or I2)" in ana.page.inner_text("main")

    ana.open("/console/governance/policies/try").fill("Labels", "VIP, I2")
    ana.page.get_by_label("Used for").select_option(label="smsBlast")
    ana.click("Try")
    assert "Forbidden by No SMS to the best (on)." in ana.page.inner_text("main")

    ana.open("/console/governance/actions").click("smsBlast", role="link").click("Delete", role="link")
    assert "No SMS to the best" in ana.page.inner_text("main")
    ana.open("/console/governance/policies").click("No SMS to the best", role="link").click("Delete", role="link")
    ana.click("Delete policy")
    assert "The policy is deleted." in status(ana)


def test_a_policy_asks_people_first(server, person):
    ana = person(server, scripts=False).set_up()
    ana.open("/console/governance/policies/new").fill("Name", "Ask first").check("For: E-mail targeting").check("On")
    ana.expected = {400}
    ana.fill("Only of people for whom", "xEvent.count() > 1").click("Make policy")
    assert "no events and no audiences" in ana.page.get_by_role("alert").inner_text()
    ana.fill("Only of people for whom", 'consents.marketing.any.val = ').click("Make policy")
    assert ana.page.get_by_label("Only of people for whom").get_attribute("aria-invalid") == "true"
    ana.fill("Only of people for whom", 'consents.marketing.any.val = "y"').click("Make policy")
    assert "The policy is kept" in status(ana)
    assert 'consents.marketing.any.val = "y"' in ana.page.inner_text("main")

    ana.open("/console/governance/policies").click("Ask first", role="link")
    assert ana.page.get_by_label("Denies data with").input_value() == ""
    ana.click("Save")
    assert "The policy is kept" in status(ana)


def test_hidden_objects_are_not_there(server, kinesis, person):
    """T26: what labels hide is 404, and in no list and no search."""
    fill_with_data(server, kinesis)
    hidden = server.audience("Secret circle", "person.age > 40")
    server.expect(
        200,
        "PATCH",
        f"/data/core/ups/audiences/{hidden}",
        [{"op": "add", "path": "/labels", "value": ["core/C1"]}],
    )
    server.expect(200, "PUT", "/v1/labels/fields/person.age", {"labels": ["C5"]})
    ana = person(server, scripts=False).set_up()
    ben = accept(person(server), server, invite(ana, "mia@shop.example", "Marketer"), "mia@shop.example")
    assert ben.open(f"/console/audiences/{hidden}").heading() == "Secret circle"
    ana.open("/console/access/roles/new").fill("Name", "Sees C1").fill("Labels", "C1, C5").check("View Segments")
    ana.click("Make role").click("Sees C1", role="link").click("Who sees labelled data", role="link")
    ana.check("Labels decide who sees what").click("Save")
    assert "everybody's next step" in status(ana)

    ben.expected = {404}
    ben.open(f"/console/audiences/{hidden}")
    assert "Secret circle" not in ben.page.content()
    for path in ["/console/audiences", "/console/search?q=Secret"]:
        assert "Secret circle" not in ben.open(path).page.inner_text("main")
    ana.open("/console/access/users").click("mia@shop.example", role="link").check("Sees C1")
    ana.fill("Your password", PASSWORD).click("Save")
    assert ben.open(f"/console/audiences/{hidden}").heading() == "Secret circle"
