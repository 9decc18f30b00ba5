"""Drives a local Kinesis endpoint over CBOR, with an encoder and a decoder of its own (RFC 8949).

The endpoint's clock has to stand still, which makes the limits exact.

usage: kinesis_local_cbor.py PORT    (an endpoint without keys)
"""
import http.client
import struct
import sys
import time

PORT = int(sys.argv[1])


def head(major, number):
    for size, code in ((24, None), (2**8, ">B"), (2**16, ">H"), (2**32, ">I"), (2**64, ">Q")):
        if number < size:
            if code is None:
                return bytes([major << 5 | number])
            return bytes([major << 5 | 23 + ">B >H >I >Q".split().index(code) + 1]) + struct.pack(code, number)
    raise ValueError(number)


class Tag:
    def __init__(self, milliseconds):
        self.milliseconds = milliseconds


def encode(value, indefinite=False):
    """Encodes; lists and maps of indefinite length if asked, as the Java SDKs write them."""
    def inner(child):
        return encode(child, indefinite)
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        items = b"".join(map(inner, value))
        return b"\x9f" + items + b"\xff" if indefinite else head(4, len(value)) + items
    if isinstance(value, dict):
        members = b"".join(inner(key) + inner(child) for key, child in value.items())
        return b"\xbf" + members + b"\xff" if indefinite else head(5, len(value)) + members
    if isinstance(value, Tag):
        return head(6, 1) + inner(value.milliseconds)
    raise TypeError(type(value))


def decode(data):
    place = 0

    def take(count):
        nonlocal place
        assert place + count <= len(data), "cut off"
        place += count
        return data[place - count:place]

    def value():
        first = take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            number = low
        elif low < 28:
            number = int.from_bytes(take(1 << low - 24), "big")
        else:
            raise ValueError(f"initial byte {first:#x}")
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return take(number)
        if major == 3:
            return take(number).decode()
        if major == 4:
            return [value() for _ in range(number)]
        if major == 5:
            return {value(): value() for _ in range(number)}
        if major == 6:
            assert number == 1, number
            content = value()
            assert isinstance(content, int), "times are whole milliseconds"
            return Tag(content)
        return {20: False, 21: True, 22: None}[low] if low < 24 else struct.unpack(">d", number.to_bytes(8, "big"))[0]

    result = value()
    assert place == len(data), "something follows"
    return result


connection = http.client.HTTPConnection("127.0.0.1", PORT)


def call(operation, value, indefinite=False, status=200, raw=None):
    connection.request("POST", "/", body=encode(value, indefinite) if raw is None else raw, headers={
        "X-Amz-Target": f"Kinesis_20131202.{operation}", "Content-Type": "application/x-amz-cbor-1.1"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == status, (operation, answer.status, body)
    assert answer.headers["Content-Type"] == "application/x-amz-cbor-1.1"
    return decode(body) if body else None


for indefinite in (False, True):
    name = f"cbor-{indefinite}"
    started = int(time.time() * 1000)
    call("CreateStream", {"StreamName": name, "ShardCount": 2}, indefinite)
    summary = call("DescribeStreamSummary", {"StreamName": name}, indefinite)["StreamDescriptionSummary"]
    assert started - 60_000 < summary["StreamCreationTimestamp"].milliseconds < started + 60_000
    blobs = [b"", b"\x00\xff" * 500, "ü".encode(), b"x" * 70_000]
    records = [{"Data": blob, "PartitionKey": "k", "ExplicitHashKey": "0"} for blob in blobs]
    answer = call("PutRecords", {"StreamName": name, "Records": records}, indefinite)
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == len(blobs), answer
    assert all(len(result["SequenceNumber"]) == 56 for result in answer["Records"])
    single = call("PutRecord", {"StreamName": name, "Data": b"last", "PartitionKey": "k", "ExplicitHashKey": "0"}, indefinite)
    assert single["ShardId"] == "shardId-000000000000"
    start = {"StreamName": name, "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP",
             "Timestamp": Tag(started - 60_000)}
    iterator = call("GetShardIterator", start, indefinite)["ShardIterator"]
    page = call("GetRecords", {"ShardIterator": iterator}, indefinite)
    assert [record["Data"] for record in page["Records"]] == blobs + [b"last"]
    arrived = page["Records"][0]["ApproximateArrivalTimestamp"].milliseconds
    assert started - 60_000 < arrived < started + 60_000, arrived
    refused = call(
        "PutRecords", {"StreamName": name, "Records": [{"Data": "AAAA", "PartitionKey": "k"}]}, indefinite, status=400)
    assert refused["__type"] == "SerializationException", refused
    refused = call("DescribeStream", {"StreamName": "none"}, indefinite, status=400)
    assert refused["__type"] == "ResourceNotFoundException" and "none" in refused["message"], refused
    burst = call("PutRecords", {"StreamName": name, "Records": [
        {"Data": b"x" * 300_000, "PartitionKey": "k", "ExplicitHashKey": str(2**128 - 1)} for _ in range(5)]}, indefinite)
    assert burst["FailedRecordCount"] == 2, burst
    assert burst["Records"][4]["ErrorCode"] == "ProvisionedThroughputExceededException"

for raw in (b"", b"\xff", b"\x9f", b"\xa1\x61", b"\x80", b"\xbf\x61s", encode({"a": 1}) + b"\x00", b"\x81" * 100_000):
    assert call("ListStreams", None, raw=raw, status=400)["__type"] == "SerializationException", raw[:10]
print("the CBOR client was answered")
