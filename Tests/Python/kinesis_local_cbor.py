"""Drives a local Kinesis endpoint over CBOR, with an encoder and a decoder of its own (RFC 8949).

The endpoint's clock has to stand still, which makes the limits exact.

usage: kinesis_local_cbor.py PORT    (an endpoint without keys)
"""
import http.client
import struct
import sys
import time
import zlib

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


def messages(answer):
    """The documents of an event stream, by the kind of their message; `crc32` is that of zlib."""
    while head := answer.read(12):
        length, headers_length, checksum = struct.unpack(">III", head)
        assert zlib.crc32(head[:8]) == checksum
        rest = answer.read(length - 12)
        assert zlib.crc32(head + rest[:-4]) == struct.unpack(">I", rest[-4:])[0]
        headers, place = {}, 0
        while place < headers_length:
            size = rest[place]
            name = rest[place + 1:place + 1 + size].decode()
            kind, text = struct.unpack(">BH", rest[place + 1 + size:place + 4 + size])
            assert kind == 7
            headers[name] = rest[place + 4 + size:place + 4 + size + text].decode()
            place += 4 + size + text
        assert headers[":content-type"] == "application/x-amz-cbor-1.1"
        yield headers[":event-type"], decode(rest[headers_length:-4])


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

# A subscription in CBOR, to the end of its shard.
call("CreateStream", {"StreamName": "fan", "ShardCount": 1})
arn = call("DescribeStreamSummary", {"StreamName": "fan"})["StreamDescriptionSummary"]["StreamARN"]
consumer = call("RegisterStreamConsumer", {"StreamARN": arn, "ConsumerName": "reader"})["Consumer"]
assert started - 60_000 < consumer["ConsumerCreationTimestamp"].milliseconds < started + 60_000
call("PutRecord", {"StreamName": "fan", "Data": b"\x00\xff", "PartitionKey": "k"})
call("SplitShard", {"StreamName": "fan", "ShardToSplit": "0", "NewStartingHashKey": str(2**127)})
connection.request("POST", "/", body=encode({
    "ConsumerARN": consumer["ConsumerARN"], "ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}}), headers={
        "X-Amz-Target": "Kinesis_20131202.SubscribeToShard", "Content-Type": "application/x-amz-cbor-1.1"})
answer = connection.getresponse()
assert answer.headers["Content-Type"] == "application/vnd.amazon.eventstream"
(first, nothing), (second, event) = messages(answer)
assert (first, nothing, second) == ("initial-response", {}, "SubscribeToShardEvent")
assert [record["Data"] for record in event["Records"]] == [b"\x00\xff"]
assert isinstance(event["Records"][0]["ApproximateArrivalTimestamp"], Tag)
assert [child["ParentShards"] for child in event["ChildShards"]] == [["shardId-000000000000"]] * 2
assert "ContinuationSequenceNumber" not in event

for raw in (b"", b"\xff", b"\x9f", b"\xa1\x61", b"\x80", b"\xbf\x61s", encode({"a": 1}) + b"\x00", b"\x81" * 100_000):
    assert call("ListStreams", None, raw=raw, status=400)["__type"] == "SerializationException", raw[:10]
print("the CBOR client was answered")
