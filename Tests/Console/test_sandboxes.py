"""A person who works in two sandboxes."""

from console import picture
from playwright.sync_api import expect


def test_a_sandbox_is_made_chosen_emptied_and_deleted(server, person):
    server.audience("Of production", "person.age > 18")
    ana = person(server).set_up()
    ana.open("/console/sandboxes").click("Make a sandbox", role="link")
    ana.expected = {400}
    ana.fill("Name", "Dev").fill("Title", "Development").click("Make sandbox")
    expect(ana.page.get_by_text("a to z, 0 to 9").first).to_be_visible()
    ana.expected = set()
    ana.fill("Name", "dev").click("Make sandbox")
    server.wait_until(
        lambda: server.call("GET", "/data/foundation/sandbox-management/sandboxes/dev").json.get("state") == "active"
    )

    # The head of the page leads there.
    ana.open("/console/audiences")
    expect(ana.page.get_by_role("link", name="Of production")).to_be_visible()
    stale = ana.page.locator("form.seek input[name=token]").get_attribute("value")
    ana.page.get_by_label("Sandbox Production").click()
    picture(ana.page, "sandboxes-menu")
    ana.click("Go to Development")
    expect(ana.page.get_by_text("You are in another sandbox now.")).to_be_visible()
    expect(ana.page.get_by_label("Sandbox Development")).to_be_visible()
    ana.open("/console/audiences")
    expect(ana.page.get_by_role("link", name="Of production")).to_have_count(0)

    # A form that was drawn in the other one is not taken here.
    ana.expected = {403}
    ana.page.evaluate("token => { document.querySelector('form.seek input[name=token]').value = token }", stale)
    ana.page.locator("#seek").fill("x")
    ana.page.locator("#seek").press("Enter")
    expect(ana.page.get_by_text("of another sandbox")).to_be_visible()
    ana.expected = set()

    # What is the organisation's is the same from both, and leads back.
    ana.open("/console/access/users")
    expect(ana.page.get_by_label("Sandbox Development")).to_be_visible()
    ana.open("/console/sandboxes/dev").fill("Title", "Trials").click("Save")
    ana.open("/console/sandboxes/dev/reset").click("Empty sandbox")
    server.wait_until(
        lambda: server.call("GET", "/data/foundation/sandbox-management/sandboxes/dev").json.get("state") == "active"
    )
    ana.open("/console/sandboxes/dev/delete").click("Delete sandbox")
    server.wait_until(
        lambda: server.call("GET", "/data/foundation/sandbox-management/sandboxes/dev").status == 404
    )
    # Whoever still looks at it is told where to go.
    ana.open("/console/audiences")
    expect(ana.page.get_by_role("heading", name="Sandboxes")).to_be_visible()
