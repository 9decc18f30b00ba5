"""What is refused: other names, other sites' forms, frames, markup in names."""

import http.client

import headwater as hw
from console import fill_with_data


def raw(server, method, path, body=None, **headers):
    """A request with exactly these headers, `Host` among them."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.endheaders(body.encode() if body is not None else None)
    answer = connection.getresponse()
    return hw.Answer(answer.status, answer.headers, answer.read())


def cookie(ana):
    return "; ".join(f"{one['name']}={one['value']}" for one in ana.context.cookies())


def test_another_name_for_this_machine_leads_nowhere(server):
    assert raw(server, "GET", "/console/sign-in", Host=f"evil.example:{server.port}").status == 421
    assert raw(server, "GET", "/console/setup", Host=f"127.0.0.1:{server.port}").status == 200
    assert raw(server, "GET", "/console/setup", Host=f"localhost:{server.port}").status == 200


def test_a_form_of_another_site_changes_nothing(server, kinesis, person):
    flow = fill_with_data(server, kinesis)
    ana = person(server).set_up()
    ana.open(f"/console/dataflows/{flow}")
    token = ana.page.locator("main input[name=token]").first.input_value()
    host, path = f"127.0.0.1:{server.port}", f"/console/dataflows/{flow}/disable"
    ours = f"http://{host}"
    for headers, body in [
        ({"Origin": "http://evil.example"}, f"token={token}"),
        ({"Origin": "null"}, f"token={token}"),
        ({"Sec_Fetch_Site": "cross-site", "Origin": ours}, f"token={token}"),
        ({}, f"token={token}"),
        ({"Origin": ours}, ""),
        ({"Origin": ours}, "token=AAAA"),
    ]:
        answer = raw(server, "POST", path, body, Host=host, Cookie=cookie(ana), **headers)
        assert answer.status == 403, (headers, body, answer)
    assert server.flow(flow)["state"] == "enabled"
    answer = raw(server, "POST", path, f"token={token}", Host=host, Cookie=cookie(ana), Origin=ours)
    assert answer.status == 303
    assert server.flow(flow)["state"] == "disabled"


def test_a_page_in_a_frame_stays_empty(server, person):
    ana = person(server).set_up()
    ana.open("/console")
    # A page of another site: the guard of the console's own pages does not speak for it.
    frame = ana.context.new_page()
    seen = []
    frame.on("console", lambda message: seen.append(message.text))
    frame.set_content(f'<iframe src="{server.url}/console/sign-in"></iframe>')
    frame.wait_for_timeout(500)
    assert any("frame" in text for text in seen), seen


def test_markup_in_names_is_text(server, kinesis, person):
    evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    flow = fill_with_data(server, kinesis)
    changed = server.patch_flow(
        flow,
        [
            {"op": "replace", "path": "/name", "value": evil},
            {"op": "replace", "path": "/description", "value": evil},
        ],
    )
    assert changed.status == 202, changed
    ana = person(server).set_up()
    dialogs = []
    ana.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in ["/console", "/console/dataflows", f"/console/dataflows/{flow}"]:
        ana.open(path)
        assert evil in ana.page.inner_text("main"), path
        assert ana.page.locator("main img").count() == 0
    assert not dialogs


def test_a_foreign_address_is_no_way_back(server, person):
    person(server).set_up()
    ana = person(server)
    ana.open("/console/sign-in?to=//evil.example/").sign_in()
    assert ana.page.url == f"{server.url}/console"
