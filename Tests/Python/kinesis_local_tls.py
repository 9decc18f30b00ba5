"""Writes to and reads from a local Kinesis endpoint by TLS with boto3, which checks its certificate.

usage: kinesis_local_tls.py PORT CA NAME...    (keys AKIDEXAMPLE / local-secret; the names are in the certificate)
"""
import socket
import ssl
import sys

import boto3
import botocore.exceptions

PORT, CA, *NAMES = sys.argv[1:]


def client(host, **more):
    return boto3.client(
        "kinesis", endpoint_url=f"https://{host}:{PORT}", region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="local-secret", **more)


for host in ("127.0.0.1", "localhost"):
    kinesis = client(host, verify=CA)
    stream = f"by-{host}"
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    put = kinesis.put_records(StreamName=stream, Records=[{"Data": b"x" * 200_000, "PartitionKey": "k"}] * 3)
    assert put["FailedRecordCount"] == 0, put
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert [len(record["Data"]) for record in records] == [200_000] * 3

try:
    client("127.0.0.1").list_streams()
    raise AssertionError("an authority that nobody knows is trusted")
except botocore.exceptions.SSLError:
    pass

# What newer clients check besides: extensions that have to be there, and critical where they have to be.
context = ssl.create_default_context(cafile=CA)
context.verify_flags |= ssl.VERIFY_X509_STRICT
for name in ("127.0.0.1", "::1", *NAMES):
    with socket.create_connection(("127.0.0.1", int(PORT))) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
        assert secure.version() == "TLSv1.3"
try:
    context.wrap_socket(socket.create_connection(("127.0.0.1", int(PORT))), server_hostname="other.example")
    raise AssertionError("it is for any name")
except ssl.SSLCertVerificationError:
    pass
print("boto3 was answered")
