"""Speaks HTTP to a local Kinesis endpoint by hand: what clients do on the wire, and what broken ones do.

usage: kinesis_local_http.py PORT    (an endpoint without keys)
"""
import errno
import json
import socket
import sys

PORT = int(sys.argv[1])
BODY_MAX = 15 * 1024 * 1024


class Connection:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=60)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next answer as status, headers and body; None when the connection was closed."""
        line = self.file.readline()
        if not line:
            return None
        status, headers = int(line.split()[1]), {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(":", 1)
            headers[name.lower()] = value.strip()
        return status, headers, self.file.read(int(headers.get("content-length", 0)))


def request(operation="ListStreams", body=b"{}", length=None, extra=""):
    length = len(body) if length is None else length
    return (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: Kinesis_20131202.{operation}\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n{extra}\r\n").encode() + body


def names(answer):
    assert answer[0] == 200, answer
    return json.loads(answer[2])["StreamNames"]


first = Connection()
first.send(request("CreateStream", b'{"StreamName":"wire","ShardCount":1}'))
status, headers, body = first.answer()
assert (status, body, headers["content-length"]) == (200, b"", "0"), (status, headers, body)
assert len(headers["x-amzn-requestid"]) == 36 and headers["x-amz-id-2"] and headers["date"].endswith(" GMT")

# Requests on one connection are answered in order, though they come at once.
first.send(request() + request("DescribeLimits") + request("Nothing") + request())
answers = [first.answer() for _ in range(4)]
assert [answer[0] for answer in answers] == [200, 200, 400, 200], answers
assert "ShardLimit" in json.loads(answers[1][2]) and names(answers[3]) == ["wire"]

# A body byte by byte, and one in chunks.
second = Connection()
for byte in request(body=b'{"Limit": 5}'):
    second.send(bytes([byte]))
assert names(second.answer()) == ["wire"]
chunked = request().split(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
second.send(chunked + b'5\r\n{"Lim\r\n7\r\nit": 5}\r\n0\r\n\r\n')
assert names(second.answer()) == ["wire"]

# A request that never ends holds up nobody else.
third = Connection()
third.send(request(body=b"{", length=100))
first.send(request())
assert names(first.answer()) == ["wire"]

# A client that asks before it sends is told to go on, or that it may not.
fourth = Connection()
fourth.send(request(body=b"", length=2, extra="Expect: 100-continue\r\n"))
assert fourth.answer()[0] == 100
fourth.send(b"{}")
assert names(fourth.answer()) == ["wire"]
fourth.send(request(body=b"", length=BODY_MAX + 1, extra="Expect: 100-continue\r\n"))
assert fourth.answer()[0] == 413 and fourth.answer() is None

# Too large a body is refused, announced or not, and the connection closed.
for head, piece in ((request(body=b"", length=BODY_MAX + 1), b"x" * (BODY_MAX + 1)),
                    (chunked, b"%x\r\n" % (BODY_MAX + 1) + b"x" * (BODY_MAX + 1) + b"\r\n0\r\n\r\n")):
    large = Connection()
    large.send(head + piece)
    status, headers, body = large.answer()
    assert (status, json.loads(body)["__type"]) == (413, "RequestEntityTooLargeException"), (status, body)
    assert large.answer() is None

# What is no HTTP is answered with 400 or not at all, and never brings the endpoint down.
for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                 b"\r\n" * 100 + b"x" * 100_000, b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"):
    broken = Connection()
    try:
        broken.send(nonsense)
        broken.socket.shutdown(socket.SHUT_WR)
        answer = broken.answer()
    except OSError as error:
        # The endpoint may have closed before everything was sent.
        assert isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN, error
        answer = None
    assert answer is None or answer[0] == 400, (nonsense[:20], answer)

fifth = Connection()
fifth.send(b"GET /nothing HTTP/1.0\r\n\r\n")
status, headers, body = fifth.answer()
assert (status, json.loads(body)["__type"]) == (400, "UnknownOperationException") and fifth.answer() is None
sixth = Connection()
sixth.send(b"GET /_stats HTTP/1.1\r\nHost: x\r\n\r\n")
assert json.loads(sixth.answer()[2])["streams"]["wire"]["shards"] == 1
print("every conversation went as it should")
