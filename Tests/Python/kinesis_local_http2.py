"""Drives a local Kinesis endpoint over HTTP/2 without TLS, as the SDKs for JavaScript and Java do, and over HTTP/1.1 beside it.

usage: kinesis_local_http2.py PORT [CA]    (keys AKIDEXAMPLE / local-secret; by TLS with a file of the authority)
"""
import asyncio
import base64
import json
import socket
import ssl
import sys

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.eventstream
import httpx

PORT = int(sys.argv[1])
TRUST = ssl.create_default_context(cafile=sys.argv[2]) if sys.argv[2:] else None
ENDPOINT = f"http{'s' if TRUST else ''}://127.0.0.1:{PORT}"
KEYS = botocore.credentials.Credentials("AKIDEXAMPLE", "local-secret")


def signed(operation, members):
    request = botocore.awsrequest.AWSRequest(
        "POST", ENDPOINT + "/", data=json.dumps(members).encode(), headers={
            "X-Amz-Target": f"Kinesis_20131202.{operation}", "Content-Type": "application/x-amz-json-1.1"})
    botocore.auth.SigV4Auth(KEYS, "kinesis", "us-east-1").add_auth(request)
    return {"url": request.url, "content": request.data, "headers": dict(request.headers)}


# Without HTTP/1.1 a client speaks HTTP/2 from its first byte on; by TLS it asks for it.
OPTIONS = {"http1": False, "http2": True, "timeout": 60, "verify": TRUST or True}
client = httpx.Client(**OPTIONS)


def call(operation, status=200, **members):
    answer = client.post(**signed(operation, members))
    assert answer.http_version == "HTTP/2", answer.http_version
    assert answer.status_code == status, (operation, answer.status_code, answer.content)
    assert len(answer.headers["x-amzn-requestid"]) == 36
    return answer.json() if answer.content else None


def configure(**members):
    assert client.put(f"{ENDPOINT}/_faults", content=json.dumps(members)).status_code == 204


def put(data, **members):
    return call("PutRecord", StreamName="h2", PartitionKey="k", Data=base64.b64encode(data).decode(), **members)


def texts(events):
    return [base64.b64decode(record["Data"]) for event in events for record in event["Records"]]


call("CreateStream", StreamName="h2", ShardCount=4)
assert call("DescribeStream", status=400, StreamName="none")["__type"] == "ResourceNotFoundException"

async def many():
    """Many requests at once on one connection, some of them larger than a window."""
    large = base64.b64encode(b"x" * 300_000).decode()
    puts = [("PutRecords", {"StreamName": "h2", "Records": [
        {"Data": large, "PartitionKey": "k", "ExplicitHashKey": str(shard * 2**126)} for shard in range(3)]})] * 3
    async with httpx.AsyncClient(**OPTIONS) as crowd:
        answers = await asyncio.gather(
            *(crowd.post(**signed(*one)) for one in puts + [("ListStreams", {})] * 60))
    assert all(answer.http_version == "HTTP/2" and answer.status_code == 200 for answer in answers), answers
    assert [answer.json()["FailedRecordCount"] for answer in answers[:3]] == [0, 0, 0]
    assert all(answer.json()["StreamNames"] == ["h2"] for answer in answers[3:])


asyncio.run(many())

# A request that is too large is answered, and its connection goes on.
refused = client.post(ENDPOINT, content=b"x" * (15 * 2**20 + 1), headers={"Content-Type": "application/x-amz-json-1.1"})
assert (refused.status_code, refused.json()["__type"]) == (413, "RequestEntityTooLargeException"), refused
call("ListStreams")

# A subscription is one stream among others of its connection.
last = "shardId-000000000003"
arn = call("DescribeStreamSummary", StreamName="h2")["StreamDescriptionSummary"]["StreamARN"]
consumer = call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="reader")["Consumer"]["ConsumerARN"]
start = {"ConsumerARN": consumer, "ShardId": last, "StartingPosition": {"Type": "TRIM_HORIZON"}}


def events(answer):
    """The documents of a subscription's messages, whose checksums botocore's reader checks."""
    buffer = botocore.eventstream.EventStreamBuffer()
    for part in answer.iter_bytes():
        buffer.add_data(part)
        for message in buffer:
            kind = message.headers[":message-type"], message.headers.get(":event-type")
            if kind == ("event", "initial-response"):
                continue
            assert kind == ("event", "SubscribeToShardEvent"), message.headers
            yield json.loads(message.payload)


with client.stream("POST", **signed("SubscribeToShard", start)) as answer:
    assert answer.http_version == "HTTP/2" and answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    arriving = events(answer)
    assert next(arriving)["Records"] == []
    put(b"one", ExplicitHashKey=str(2**128 - 1))
    assert texts([next(arriving)]) == [b"one"]
    call("SplitShard", StreamName="h2", ShardToSplit=last, NewStartingHashKey=str(2**128 - 2**125))
    rest = list(arriving)
    assert texts(rest) == [] and len(rest[-1]["ChildShards"]) == 2, rest

# Faults that end a connection end all of it.
configure(connectionDropped=1)
try:
    put(b"kept", ExplicitHashKey="0")
    raise AssertionError("answered")
except (httpx.RemoteProtocolError, httpx.ReadError):
    configure()
iterator = call(
    "GetShardIterator", StreamName="h2", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
assert texts([call("GetRecords", ShardIterator=iterator)])[-1] == b"kept"

# A preface that comes byte by byte, and requests of HTTP/1.1 that begin like one.
def connected(protocol):
    plain = socket.create_connection(("127.0.0.1", PORT), timeout=60)
    if not TRUST:
        return plain
    context = ssl.create_default_context(cafile=sys.argv[2])
    context.set_alpn_protocols([protocol])
    secure = context.wrap_socket(plain, server_hostname="127.0.0.1")
    assert secure.selected_alpn_protocol() == protocol
    return secure


slow = connected("h2")
for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]):
    slow.sendall(bytes([byte]))
assert slow.recv(9)[3] == 4, "settings"
for line in (b"P", b"PRI * HTTP/1.1\r\n\r\n", b"PRI"):
    broken = connected("http/1.1")
    broken.sendall(line)
    broken.shutdown(socket.SHUT_WR)
    broken.recv(100)
assert httpx.get(f"{ENDPOINT}/_stats", verify=TRUST or True).http_version == "HTTP/1.1"
if TRUST:
    # A client that speaks both is offered both.
    assert httpx.Client(http2=True, verify=TRUST).get(f"{ENDPOINT}/_stats").http_version == "HTTP/2"
print("the HTTP/2 client was answered")
