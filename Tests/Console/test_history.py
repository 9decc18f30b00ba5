"""Who changed what: made by API and console, read at the console, with no secret on any page."""

import headwater as hw
from console import EMAIL, fill_with_data, picture

SECRET = "planted-secret-of-nobody"


def rename(server, flow, name):
    patched = server.patch_flow(flow, [{"op": "replace", "path": "/name", "value": name}])
    assert patched.status == 202, patched


def rotate(server, kinesis):
    account = server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections?property=name==kinesis-account")["items"][0]
    params = dict(server.connection(kinesis.endpoint)["auth"]["params"], secretKey=SECRET)
    server.expect(
        200,
        "PATCH",
        f"{hw.FLOW_SERVICE}/connections/{account['id']}",
        [{"op": "replace", "path": "/auth/params", "value": params}],
        **{"If-Match": account["etag"]},
    )
    return account["id"]


def test_changes_by_api_and_console_are_read_in_plain_words(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    account = rotate(server, kinesis)
    rename(server, flow, "renamed by the API")
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}").click("Disable").click("History", role="link")
    rows = ana.page.locator("tbody tr")
    first = rows.nth(0).inner_text()
    assert EMAIL in first and "at the console" in first and "State" in first
    assert "enabled" in first and "disabled" in first
    second = rows.nth(1).inner_text()
    assert "Administrator" in second and "by the API" in second and "renamed by the API" in second
    assert "secretKey another secret" in rows.nth(2).inner_text()
    text = ana.page.inner_text("main")
    assert "Audience mapped" in text and "Adults" in text and "person.name.firstName" in text
    picture(ana.page, "history-dataflow")

    # An audience: its rule before and after, the link from its page, and home.
    audience = server.audience("Teenagers", "person.age >= 13")
    ana.open(f"/console/audiences/{audience}/edit").fill("Rule", "person.age >= 13 and person.age < 20").click("Save")
    ana.click("History", role="link")
    assert "person.age >= 13 and person.age < 20" in rows.nth(0).inner_text()
    assert EMAIL in rows.nth(0).inner_text() and "Made the audience" in rows.nth(1).inner_text()
    ana.open()
    latest = ana.page.get_by_role("region", name="Latest changes")
    assert "Teenagers" in latest.locator("tbody tr").nth(0).inner_text()
    assert latest.locator("tbody tr").count() == 10
    picture(ana.page, "history-home")

    # Deleted, it is still told; the pages have no secret and no whole key.
    server.expect(200, "DELETE", f"/data/core/ups/segment/definitions/{audience}")
    ana.open(f"/console/audiences/{audience}/history")
    assert "It is deleted." in ana.page.inner_text("main")
    for path in ["", f"/dataflows/{flow}/history", f"/accounts/{account}/history", f"/audiences/{audience}/history"]:
        html = ana.open(f"/console{path}").page.content()
        assert SECRET not in html and "example-secret" not in html and "AKIAEXAMPLE0" not in html, path
    assert SECRET not in str(server.expect(200, "GET", "/v1/changes?limit=100"))


def test_without_scripts_the_history_is_read_page_by_page(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    for number in range(55):
        rename(server, flow, f"name {number:02}")
    ana = person(server, scripts=False).set_up()
    ana.open(f"/console/dataflows/{flow}/history")
    rows = ana.page.locator("tbody tr")
    assert rows.count() == 50 and "name 54" in rows.nth(0).inner_text()
    ana.click("Next", role="link")
    assert "name 04" in rows.nth(0).inner_text()
    assert "Made the dataflow" in ana.page.inner_text("main")
    ana.click("First", role="link")
    assert "name 54" in rows.nth(0).inner_text()
