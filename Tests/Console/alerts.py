"""Something that is the matter, and somebody who is told."""

import time


def make_alerts(server):
    """A rule, its alert, and a channel behind which nobody answers."""
    mail = {"type": "email", "name": "oncall", "host": "127.0.0.1", "port": 1, "security": "none"}
    mail |= {"from": "headwater@shop.example", "to": ["ana@shop.example"]}
    channel = server.expect(201, "POST", "/v1/alerts/channels", mail)["id"]
    body = {"kind": "diskShare", "threshold": 99, "windowSeconds": 0, "name": "Disk"}
    rule = server.expect(201, "POST", "/v1/alerts/rules", body)["id"]
    deadline = time.monotonic() + 60
    while not server.expect(200, "GET", "/v1/alerts/now")["items"]:
        assert time.monotonic() < deadline, "no alert"
        time.sleep(0.05)
    return {"rule": rule, "channel": channel, "alert": f"{rule}.server"}
