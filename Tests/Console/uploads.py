"""Files of members, made for tests, and uploads at every point of their way."""

import pathlib
import time

RAW = {"Content-Type": "application/octet-stream"}
CITIES = ["Ulm", "Bonn", "Köln", "Kiel"]


def people(path, numbers, bad=()):
    """Writes a file of members; returns the lines that cannot be taken. `bad` are places among the rows."""
    lines, refused = ["email,city"], []
    for place, number in enumerate(numbers):
        if place in bad:
            lines.append(f",{CITIES[place % 4]}" if len(refused) % 2 else "only one cell")
            refused.append(len(lines))
        lines.append(f"planted-value-{number}@x.example,{CITIES[number % 4]}")
    pathlib.Path(path).write_text("\n".join(lines) + "\n")
    return refused


def external(server, name="crm", days=7):
    """An external audience; the one of that name if there is one."""
    door = "/data/core/ups/audiences"
    for one in server.expect(200, "GET", f"{door}?name={name}")["children"]:
        if one["name"] == name:
            return one["id"]
    body = {"name": name, "type": "ExternalSegment", "audienceId": name, "ttlInDays": days}
    return server.expect(200, "POST", door, body)["id"]


def send(server, audience, content, file_name, size=None):
    begun = server.expect(
        201,
        "POST",
        f"/v1/audiences/{audience}/uploads",
        {"fileName": file_name, "stamp": file_name, "size": size or len(content)},
    )["id"]
    server.call("PUT", f"/v1/uploads/{begun}/content", content, **RAW)
    return begun


def settle(server, upload):
    while True:
        told = server.expect(200, "GET", f"/v1/uploads/{upload}")
        if told["state"] in ("succeeded", "failed"):
            return told
        time.sleep(0.02)


def make_uploads(server, file):
    """An audience with an upload that has ended, with refused rows, one that is whole, and one of which bytes are missing."""
    audience = external(server)
    for one in server.expect(200, "GET", f"/v1/audiences/{audience}/uploads")["uploads"]:
        server.expect(204, "DELETE", f"/v1/uploads/{one['id']}")
    people(file, range(200), {7, 30, 90})
    content = pathlib.Path(file).read_bytes()
    ended = send(server, audience, content, "ended.csv")
    server.expect(202, "POST", f"/v1/uploads/{ended}/start", {"identityColumn": "email", "namespace": "Email"})
    assert settle(server, ended)["rows"] == {"accepted": 200, "refused": 3, "empty": 0}
    return {
        "external": audience,
        "upload": ended,
        "whole": send(server, audience, content, "whole.csv"),
        "begun": send(server, audience, content, "begun.csv", len(content) * 3),
    }
