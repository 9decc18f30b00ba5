"""Records of a person that wait go as one record of the stream, read by AWS's own de-aggregator, and endpoints without CBOR."""

import base64
import collections
import json
import subprocess

import headwater as hw
from aws_kinesis_agg.deaggregator import iter_deaggregate_records

PEOPLE, STEPS = 5, 40


def unpack(records):
    """What AWS's library makes of a stream's records; it writes the content of what was packed as base64."""
    for record in iter_deaggregate_records(records, data_format="Boto3"):
        kinesis = record["kinesis"]
        is_packed = kinesis.get("aggregated", False)
        yield {
            "Data": base64.b64decode(kinesis["data"]) if is_packed else kinesis["data"],
            "PartitionKey": kinesis["partitionKey"],
            "SequenceNumber": kinesis["sequenceNumber"],
            "aggregated": is_packed,
        }


def steps_of(records):
    """The steps of each person, in the order of the stream."""
    found = collections.defaultdict(list)
    for record in records:
        payload = json.loads(record["Data"])
        found[payload["identityMap"]["phone"][0]["id"]].append(payload["step"])
    return found


def export(server, flow):
    """Each person gets steps, many of them before the first request is answered."""
    for step in range(0, STEPS, 10):
        lines = [
            {"identityMap": {"Phone": [{"id": f"p{number}"}]}, "step": step + more}
            for more in range(10)
            for number in range(PEOPLE)
        ]
        assert server.ingest("profiles", lines)["accepted"] == len(lines)
    return server.wait_until_delivered(flow)


def test_aggregates_are_read_by_the_library_of_aws(serve, kinesis_local):
    local = kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "packed", 2)
    hw.create_stream(kinesis, "plain", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    packed = server.dataflow(local.endpoint, "packed", [everyone], ["step"], aggregate=True)
    plain = server.dataflow(local.endpoint, "plain", [everyone], ["step"])
    expected = {f"p{number}": list(range(STEPS)) for number in range(PEOPLE)}

    stats = export(server, packed)
    server.wait_until_delivered(plain)

    stored = hw.read_stream(kinesis, "packed")
    read = list(unpack(stored))
    aggregated = [record for record in read if record["aggregated"]]
    assert stats["delivered"] == len(read) == PEOPLE * STEPS
    assert len(stored) < len(read) and aggregated, "something waited, so something was packed"
    # One alone is a record as it is: both kinds stand beside each other, and a plain consumer reads the other stream as ever.
    assert steps_of(read) == expected
    assert steps_of(hw.read_stream(kinesis, "plain")) == expected
    # An aggregate holds records of one person, under their own key, in the shard of that key.
    keys = collections.defaultdict(set)
    for record in read:
        keys[record["SequenceNumber"]].add(record["PartitionKey"])
    assert all(len(found) == 1 for found in keys.values())
    assert all(len(record["Data"]) + len(record["PartitionKey"]) <= 25_600 for record in stored)

    tail = subprocess.run(
        [hw.BINARY, "tail", "--endpoint", local.endpoint, "--stream", "packed", "--once", "--json"],
        env={"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in tail.stdout.splitlines()]
    found = collections.defaultdict(list)
    for line in lines:
        found[line["data"]["identityMap"]["phone"][0]["id"]].append(line["data"]["step"])
    assert found == expected
    assert sum("subsequence" in line for line in lines) == len(aggregated)
    assert server.stop() == 0


def test_an_endpoint_without_cbor_gets_json(serve, moto):
    kinesis = hw.boto(moto.endpoint)
    hw.create_stream(kinesis, "wires", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(moto.endpoint, "wires", [everyone], ["step"], wire="cbor")

    stats = export(server, flow)

    assert stats["headwaterState"]["state"] == "running"
    assert "requests go as JSON" in stats["headwaterState"]["notice"]
    assert "requests go as JSON" in server.flow(flow)["headwaterState"]["notice"]
    found = steps_of(hw.read_stream(kinesis, "wires"))
    assert found == {f"p{number}": list(range(STEPS)) for number in range(PEOPLE)}, "everything, in order, and once"
    log = (server.directory / "serve.log").read_text()
    assert log.count("The endpoint does not take CBOR") == 1
    assert server.stop() == 0


def test_an_endpoint_with_cbor_gets_cbor(serve, kinesis_local):
    local = kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "wires", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(local.endpoint, "wires", [everyone], ["step"], wire="cbor", aggregate=True)

    stats = export(server, flow)

    assert stats["headwaterState"] == {"state": "running"}
    read = list(unpack(hw.read_stream(kinesis, "wires")))
    assert steps_of(read) == {f"p{number}": list(range(STEPS)) for number in range(PEOPLE)}
