"""Who did what, at the console: what was looked up and revealed has a record, which can be found and taken out."""

import csv

from console import EMAIL, PASSWORD, picture

SECRET = "planted-value@nobody.example"


def rows(ana):
    return ana.page.locator("tbody tr").all_inner_texts()


def test_what_was_revealed_is_told_with_its_reason_and_taken_out(server, person):
    server.ingest("profiles", [{"identityMap": {"Email": [{"id": SECRET}]}, "note": "planted-note"}])
    ana = person(server).set_up()
    ana.open("/console/profiles")
    ana.page.get_by_label("Namespace").select_option("Email")
    ana.fill("Value", SECRET).click("Look up")
    ana.click("Reveal values", role="link")
    ana.fill("Reason", "ticket 4711 of the customer").fill("Your password", PASSWORD).click("Reveal values")
    assert "planted" in ana.page.content()

    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit log").click()
    assert ana.heading() == "Audit log"
    assert "Sign In: User" in ana.page.inner_text("main")
    ana.page.get_by_label("Action").select_option("Reveal")
    ana.click("Filter")
    (row,) = rows(ana)
    assert EMAIL in row and "console from 127.0.0.1" in row and "ticket 4711" in row and "Allowed" in row
    picture(ana.page, "audit")
    with ana.page.expect_download() as download:
        ana.page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == "audit.csv"
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        taken = list(csv.DictReader(file))
    assert [(line["action"], line["user"], line["status"]) for line in taken] == [("Reveal", EMAIL, "Allow")]

    ana.page.get_by_label("Action").select_option("Export")
    ana.click("Filter")
    assert len(rows(ana)) == 1 and "Audit Logs" in rows(ana)[0]
    ana.page.get_by_label("Action").select_option("Erase")
    ana.click("Filter")
    assert "No record matches" in ana.page.inner_text("main")
    ana.open("/console/audit")
    assert "planted" not in ana.page.content()


def test_pages_go_on_by_key(server, person):
    for number in range(60):
        server.audience(f"paged {number:02}", "person.age >= 18")
    ana = person(server).set_up().open("/console/audit?action=Create&user=" + server.admin["client_id"])
    assert len(rows(ana)) == 50 and "paged 59" in rows(ana)[0]
    ana.click("Next", role="link")
    assert "paged 09" in rows(ana)[0]
    ana.click("First", role="link")
    assert "paged 59" in rows(ana)[0]
