"""Files of members: from the choice of a file to its people in the audience, through everything that breaks on the way."""

import re

from console import picture
from playwright.sync_api import expect
from uploads import external, people, settle

PART = 1 << 20


def audiences(server):
    return server.expect(200, "GET", "/data/core/ups/audiences")["children"]


def tile(ana, label):
    return ana.page.locator(".tile", has=ana.page.get_by_text(label, exact=True)).locator("dd").first


def choose(ana, path):
    ana.page.get_by_label("CSV file").set_input_files(path)


def at(ana, step):
    ana.page.wait_for_url(re.compile(f"/console/audiences/upload/[0-9a-f-]{{36}}/{step}$"))
    return ana.page.url.split("/")[-2]


def test_a_file_becomes_an_audience_and_the_next_one_takes_its_place(world, person, tmp_path):
    """With bad lines: progress, line numbers, members (T25); then what is new enters and what is missing exits."""
    first, second = tmp_path / "crm gold.csv", tmp_path / "crm later.csv"
    refused = people(first, range(36_000), range(50, 36_000, 3_000))
    assert first.stat().st_size > PART
    people(second, range(1_000, 37_000))
    ana = person(world).set_up()
    ana.page.get_by_role("navigation", name="Main").get_by_role("link", name="Audiences").click()
    ana.click("Upload a file", role="link")
    picture(ana.page, "upload-file-1280-light")
    choose(ana, first)
    at(ana, "columns")
    text = ana.page.inner_text("main")
    assert "Nothing of it has been taken yet." in text and "comma, LF at the end of lines" in text and "utf-8" in text
    assert "text, 25" in text and "planted" not in ana.page.content()
    assert f"Line {refused[0]} ·" in text and "CSV_WIDTH" in text
    assert ana.page.get_by_label("Column that tells who a member is").input_value() == "email"
    picture(ana.page, "upload-columns-1280-light")
    ana.click("Continue")
    assert ana.page.get_by_label("External id").input_value() == "crm_gold"
    ana.fill("Name", "CRM gold").fill("Days that members stay", "7")
    picture(ana.page, "upload-details-1280-light")
    # Whoever clicks twice makes one audience and begins once.
    ana.page.get_by_role("button", name="Start").dblclick()
    upload = at(ana, "progress")
    bar = ana.page.get_by_role("progressbar")
    if bar.count():
        picture(ana.page, "upload-progress-1280-light")
    settle(world, upload)
    # The open page comes to its end by itself.
    expect(ana.page.locator(".head .state")).to_have_text("Done", timeout=60_000)
    assert [tile(ana, one).inner_text() for one in ("Accepted", "Refused", "Empty", "Entered", "Exited")] == [
        "36,000", "12", "0", "36,000", "0",
    ]  # fmt: skip
    rows = ana.page.locator("table tbody tr").all_inner_texts()
    assert len(rows) == 2 and "CSV_WIDTH" in rows[0] and "IDENTITY_MISSING" in rows[1], rows
    assert f"{refused[0]:,} · {refused[2]:,}" in rows[0] and f"{refused[1]:,} · {refused[3]:,}" in rows[1], rows
    with ana.page.expect_download() as download:
        ana.click("Download refused rows", role="link")
    lines = download.value.path().read_text().splitlines()
    assert download.value.suggested_filename == "refused.csv"
    assert lines[0] == "line,column,code,message" and [int(one.split(",")[0]) for one in lines[1:]] == refused
    assert "planted" not in "".join(lines) and "planted" not in ana.page.content()
    picture(ana.page, "upload-done-1280-light")
    assert [one["name"] for one in audiences(world)].count("CRM gold") == 1

    ana.click("To the audience", role="link")
    assert ana.heading() == "CRM gold" and tile(ana, "Members").inner_text() == "36,000"
    assert "Its members exit on" in ana.page.inner_text("main") and "in 6 d" in ana.page.inner_text("main")
    picture(ana.page, "external-1280-light")
    # All of the seven days are the last seven.
    ana.click("Refresh")
    assert "The members are confirmed" in ana.page.get_by_role("status").first.inner_text()

    ana.click("Upload a file", role="link")
    choose(ana, second)
    at(ana, "columns")
    ana.click("Continue")
    assert ana.page.get_by_label("Name", exact=True).is_hidden()
    ana.click("Start")
    settle(world, at(ana, "progress"))
    expect(tile(ana, "Exited")).to_have_text("1,000", timeout=60_000)
    assert tile(ana, "Entered").inner_text() == "1,000"
    expect(ana.page.locator(".head .state")).to_have_text("Done", timeout=60_000)
    ana.click("To the audience", role="link")
    assert tile(ana, "Members").inner_text() == "36,000"
    row = ana.page.get_by_role("region", name="Uploads").locator("tbody tr").first.inner_text()
    assert "crm later.csv" in row and "ana@shop.example" in row and "1,000" in row
    ana.open("/console/audiences?origin=external")
    assert "CRM gold" in ana.page.inner_text("main") and "Adults" not in ana.page.inner_text("table")


def test_sending_goes_on_after_a_reload_and_after_the_server_was_killed(server, person, tmp_path):
    path = tmp_path / "large.csv"
    people(path, range(110_000))
    size = path.stat().st_size
    assert size > 3 * PART
    ana = person(server).set_up()
    offsets = []

    def seen(route):
        """Lets the first part through and keeps the second one back."""
        offsets.append(int(route.request.url.split("offset=")[1]))
        if len(offsets) == 1:
            route.continue_()

    ana.page.route("**/content?offset=*", seen)
    ana.open("/console/audiences/upload")
    choose(ana, path)
    expect(ana.page.locator("[data-told]")).to_contain_text("1.0 MiB of 3.6 MiB sent · 27 %")
    upload = at(ana, "file")
    ana.page.wait_for_function("() => document.querySelector('progress').value === 1048576")
    ana.page.reload()
    assert offsets == [0, PART]
    assert "1.0 MiB of 3.6 MiB" in ana.page.inner_text("main")
    picture(ana.page, "upload-again-1280-light")
    # Another file does not go into it.
    other = tmp_path / "other.csv"
    people(other, range(3))
    ana.expected = {400}
    choose(ana, other)
    expect(ana.page.locator("[data-told]")).to_contain_text("This is another file")
    assert ana.page.get_by_label("CSV file").is_enabled()

    def killed(route):
        offsets.append(int(route.request.url.split("offset=")[1]))
        if len(offsets) == 4:
            ana.outage = True
            server.kill()
        route.continue_()

    ana.page.unroute("**/content?offset=*")
    ana.page.route("**/content?offset=*", killed)
    choose(ana, path)
    expect(ana.page.locator("[data-told]")).to_contain_text("The server does not answer")
    server.start()
    assert at(ana, "columns") == upload
    assert offsets[:4] == [0, PART, PART, 2 * PART] and sorted(set(offsets)) == [0, PART, 2 * PART, 3 * PART]
    told = server.expect(200, "GET", f"/v1/uploads/{upload}")
    assert told["received"] == told["size"] == size and "audienceId" not in told
    kept = tmp_path / "data" / "uploads" / upload / "content"
    assert kept.read_bytes() == path.read_bytes()
    # It is found again by whoever left, and discarded only when that is wanted.
    ana.open("/console/audiences/upload").click("large.csv", role="link")
    at(ana, "columns")
    ana.click("Discard", role="link").click("Keep it", role="link")
    at(ana, "columns")
    ana.click("Discard", role="link").click("Discard upload")
    assert "The upload is discarded." in ana.page.get_by_role("status").first.inner_text()
    assert not kept.exists()


def test_a_file_that_cannot_be_taken_says_why_and_what_to_do(world, person, tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text("email;city,town\na@x.example;Ulm,x\n")
    ana = person(world).set_up()
    ana.expected = {400}
    ana.open("/console/audiences/upload")
    choose(ana, path)
    at(ana, "columns")
    alert = ana.page.get_by_role("alert").inner_text()
    assert "may be comma or semicolon" in alert and "CSV_DELIMITER" in alert
    ana.page.get_by_label("Between cells").select_option(";")
    ana.click("Look again")
    assert "semicolon" in ana.page.inner_text("main") and "city,town" in ana.page.inner_text("main")
    ana.click("Continue")
    ana.fill("Name", "Mixed").click("Start")
    settle(world, at(ana, "progress"))
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    ana.open("/console/audiences/upload")
    choose(ana, empty)
    expect(ana.page.locator("[data-told]")).to_contain_text("The file is empty")
    path.write_text("e-mail\na@x.example\n")
    choose(ana, path)
    at(ana, "columns")
    assert "write _ instead" in ana.page.get_by_role("alert").inner_text()


def test_without_scripts_the_page_has_the_command(world, person):
    audience = external(world, "by_command")
    ana = person(world, scripts=False).sign_in()
    ana.open("/console/audiences/upload")
    text = ana.page.inner_text("main")
    assert "needs scripts" in text and "headwater audiences upload FILE --audience AUDIENCE" in text
    assert ana.page.get_by_label("CSV file").is_hidden()
    ana.open(f"/console/audiences/{audience}").click("Upload a file", role="link")
    assert f"headwater audiences upload FILE --audience {audience} --identity COLUMN=NAMESPACE" in ana.page.inner_text("main")
    picture(ana.page, "upload-no-script-1280-light")
