"""Drives a local Kinesis endpoint with boto3: every operation, its errors and its limits.

The endpoint's clock has to stand still, which makes the limits exact.

usage: kinesis_local_boto3.py PORT    (keys AKIDEXAMPLE / local-secret)
"""
import datetime
import hashlib
import json
import sys
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

PORT = int(sys.argv.pop(1))
ENDPOINT = f"http://127.0.0.1:{PORT}"
ACCOUNT = "000000000000"


def client(key="AKIDEXAMPLE", secret="local-secret", token=None, region="eu-central-1"):
    return boto3.client(
        "kinesis", endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, inject_host_prefix=False))


def faults(**members):
    body = json.dumps(members).encode()
    request = urllib.request.Request(f"{ENDPOINT}/_faults", data=body, method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204, answer.status


def inspect(path):
    with urllib.request.urlopen(f"{ENDPOINT}/{path}") as answer:
        return json.load(answer)


class Endpoint(unittest.TestCase):
    def setUp(self):
        self.kinesis = client()
        self.stream = f"{self._testMethodName}"
        self.addCleanup(faults)

    def create(self, shards=1, **members):
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=shards, **members)
        self.addCleanup(self.kinesis.delete_stream, StreamName=self.stream)

    def refused(self, code, call, status=400, **members):
        with self.assertRaises(ClientError) as caught:
            call(**members)
        error = caught.exception.response
        self.assertEqual(error["Error"]["Code"], code, error)
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], status)
        self.assertTrue(error["ResponseMetadata"]["RequestId"])
        self.assertEqual(error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"], code)
        return error["Error"]["Message"]

    def put(self, data=b"x", key="k", **members):
        return self.kinesis.put_record(StreamName=self.stream, Data=data, PartitionKey=key, **members)

    def iterator(self, kind="TRIM_HORIZON", shard="shardId-000000000000", **members):
        return self.kinesis.get_shard_iterator(
            StreamName=self.stream, ShardId=shard, ShardIteratorType=kind, **members)["ShardIterator"]

    def read(self, iterator, **members):
        return self.kinesis.get_records(ShardIterator=iterator, **members)

    def data(self, iterator):
        return [record["Data"] for record in self.read(iterator)["Records"]]

    # Streams

    def test_create_describe_delete(self):
        self.kinesis.create_stream(StreamName=self.stream, ShardCount=3)
        self.kinesis.get_waiter("stream_exists").wait(StreamName=self.stream)
        described = self.kinesis.describe_stream(StreamName=self.stream)["StreamDescription"]
        arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{self.stream}"
        self.assertEqual(described["StreamARN"], arn)
        self.assertEqual(described["StreamStatus"], "ACTIVE")
        self.assertEqual(described["RetentionPeriodHours"], 24)
        self.assertEqual(described["StreamModeDetails"], {"StreamMode": "PROVISIONED"})
        self.assertEqual(described["EncryptionType"], "NONE")
        self.assertFalse(described["HasMoreShards"])
        age = datetime.datetime.now(datetime.timezone.utc) - described["StreamCreationTimestamp"]
        self.assertLess(abs(age.total_seconds()), 60)
        ranges = [shard["HashKeyRange"] for shard in described["Shards"]]
        step = 2**128 // 3
        self.assertEqual([int(one["StartingHashKey"]) for one in ranges], [0, step, 2 * step])
        self.assertEqual([int(one["EndingHashKey"]) for one in ranges], [step - 1, 2 * step - 1, 2**128 - 1])
        summary = self.kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
        self.assertEqual(summary["OpenShardCount"], 3)
        self.assertEqual(summary["MaxRecordSizeInKiB"], 1024)
        self.assertEqual(self.kinesis.list_shards(StreamName=self.stream)["Shards"], described["Shards"])
        self.refused("ResourceInUseException", self.kinesis.create_stream, StreamName=self.stream, ShardCount=1)
        self.kinesis.delete_stream(StreamName=self.stream)
        self.kinesis.get_waiter("stream_not_exists").wait(StreamName=self.stream)
        message = self.refused("ResourceNotFoundException", self.kinesis.describe_stream, StreamName=self.stream)
        self.assertEqual(message, f"Stream {self.stream} under account {ACCOUNT} not found.")
        self.refused("ResourceNotFoundException", self.kinesis.delete_stream, StreamName=self.stream)

    def test_on_demand(self):
        self.kinesis.create_stream(StreamName=self.stream, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        self.addCleanup(self.kinesis.delete_stream, StreamName=self.stream)
        summary = self.kinesis.describe_stream_summary(StreamName=self.stream)["StreamDescriptionSummary"]
        self.assertEqual((summary["OpenShardCount"], summary["StreamModeDetails"]["StreamMode"]), (4, "ON_DEMAND"))

    def test_create_refusals(self):
        create = self.kinesis.create_stream
        message = self.refused("ValidationException", create, StreamName="a b", ShardCount=0)
        self.assertTrue(message.startswith("2 validation errors detected: Value 'a b' at 'streamName'"), message)
        self.refused("ValidationException", create, ShardCount=1)
        self.refused("ValidationException", create, StreamName="x" * 129, ShardCount=1)
        self.refused("LimitExceededException", create, StreamName=self.stream, ShardCount=501)
        self.refused("SerializationException", create, StreamName=self.stream, ShardCount="one")

    def test_list_streams_pages(self):
        names = [f"page-{index:03}" for index in range(110)]
        for name in names:
            self.kinesis.create_stream(StreamName=name, ShardCount=1)
            self.addCleanup(self.kinesis.delete_stream, StreamName=name)
        first = self.kinesis.list_streams(ExclusiveStartStreamName="page")
        self.assertEqual(first["StreamNames"], names[:100])
        self.assertTrue(first["HasMoreStreams"])
        self.assertEqual([one["StreamName"] for one in first["StreamSummaries"]], names[:100])
        by_token = self.kinesis.list_streams(NextToken=first["NextToken"])
        by_name = self.kinesis.list_streams(ExclusiveStartStreamName=names[99])
        self.assertEqual(by_token["StreamNames"][:10], names[100:])
        self.assertEqual(by_name["StreamNames"], by_token["StreamNames"])
        self.assertFalse(by_token["HasMoreStreams"])
        self.assertNotIn("NextToken", by_token)
        paged = [name for page in self.kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 7})
                 for name in page["StreamNames"]]
        self.assertEqual([name for name in paged if name.startswith("page-")], names)
        self.refused("InvalidArgumentException", self.kinesis.list_streams, NextToken="AAAA")
        self.refused("ValidationException", self.kinesis.list_streams, Limit=0)

    def test_shards_in_pages(self):
        self.create(shards=120)
        page = self.kinesis.list_shards(StreamName=self.stream, MaxResults=50)
        listed = page["Shards"]
        while "NextToken" in page:
            page = self.kinesis.list_shards(NextToken=page["NextToken"], MaxResults=50)
            listed += page["Shards"]
        listed = [shard["ShardId"] for shard in listed]
        described = [shard["ShardId"] for page in self.kinesis.get_paginator("describe_stream").paginate(
            StreamName=self.stream) for shard in page["StreamDescription"]["Shards"]]
        self.assertEqual(listed, [f"shardId-{index:012}" for index in range(120)])
        self.assertEqual(described, listed)
        latest = self.kinesis.list_shards(StreamName=self.stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
        self.assertEqual(len(latest), 120)
        self.refused("InvalidArgumentException", self.kinesis.list_shards)

    def test_tags_and_limits(self):
        self.create()
        self.kinesis.add_tags_to_stream(StreamName=self.stream, Tags={"team": "orders", "stage": "test"})
        self.kinesis.remove_tags_from_stream(StreamName=self.stream, TagKeys=["stage"])
        tags = self.kinesis.list_tags_for_stream(StreamName=self.stream)
        self.assertEqual(tags["Tags"], [{"Key": "team", "Value": "orders"}])
        limits = self.kinesis.describe_limits()
        self.assertEqual(limits["ShardLimit"], 500)
        self.assertGreaterEqual(limits["OpenShardCount"], 1)

    # Writing

    def test_records_are_routed_by_md5(self):
        self.create(shards=5)
        shards = self.kinesis.list_shards(StreamName=self.stream)["Shards"]

        def expected(number):
            return next(one["ShardId"] for one in shards if int(one["HashKeyRange"]["StartingHashKey"]) <= number
                        <= int(one["HashKeyRange"]["EndingHashKey"]))

        keys = [f"profile-{index}" for index in range(200)] + ["ü", "\U0001f600" * 20, "x" * 256, "{\"\\", "\n"]
        answer = self.kinesis.put_records(
            StreamName=self.stream, Records=[{"Data": b"x", "PartitionKey": key} for key in keys])
        self.assertEqual(answer["FailedRecordCount"], 0)
        for key, result in zip(keys, answer["Records"]):
            number = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
            self.assertEqual(result["ShardId"], expected(number), key)
        for shard in shards:
            for edge in shard["HashKeyRange"].values():
                self.assertEqual(self.put(ExplicitHashKey=edge)["ShardId"], shard["ShardId"])

    def test_sequence_numbers_rise(self):
        self.create()
        numbers = []
        for _ in range(5):
            answer = self.kinesis.put_records(
                StreamName=self.stream, Records=[{"Data": b"x", "PartitionKey": str(index)} for index in range(20)])
            numbers += [result["SequenceNumber"] for result in answer["Records"]]
        numbers.append(self.put(SequenceNumberForOrdering=numbers[-1])["SequenceNumber"])
        self.assertEqual({len(number) for number in numbers}, {56})
        self.assertEqual(numbers, sorted(set(numbers), key=int))
        self.assertEqual({int(number) >> 184 for number in numbers}, {2})

    def test_data_comes_back_unchanged(self):
        self.create()
        blobs = [bytes(range(256)) * length for length in range(5)] + [b"", b"\x00", b"~", "ü".encode()]
        for blob in blobs:
            self.put(blob)
        self.assertEqual(self.data(self.iterator()), blobs)

    def test_put_refusals(self):
        self.create()
        put, put_all = self.kinesis.put_record, self.kinesis.put_records
        one = {"Data": b"x", "PartitionKey": "k"}
        name = {"StreamName": self.stream}
        self.assertEqual(
            self.refused("ValidationException", put_all, **name, Records=[one] * 501),
            "1 validation error detected: Value at 'records' failed to satisfy constraint: "
            "Member must have length less than or equal to 500")
        self.refused("ValidationException", put_all, **name, Records=[])
        self.refused("ValidationException", put_all, **name)
        self.refused("ValidationException", put_all, **name, Records=[{"PartitionKey": "k"}])
        self.refused("ValidationException", put_all, **name, Records=[{"Data": b"x"}])
        self.refused("ValidationException", put, **name, Data=b"x", PartitionKey="")
        self.refused("ValidationException", put, **name, Data=b"x", PartitionKey="x" * 257)
        self.refused("ValidationException", put, **name, Data=b"x" * 2**20, PartitionKey="k")
        self.assertIn("records.2.member.data", self.refused(
            "ValidationException", put_all, **name, Records=[one, {"Data": b"x" * 2**20, "PartitionKey": "k"}]))
        self.refused("InvalidArgumentException", put, **name, **one, ExplicitHashKey=str(2**128))
        self.refused("ValidationException", put, **name, **one, ExplicitHashKey="-1")
        self.refused("ResourceNotFoundException", put, StreamName="none", **one)
        self.refused("ResourceNotFoundException", put_all, StreamName="none", Records=[one])
        self.refused("SerializationException", put, **name, Data=b"x", PartitionKey=5)
        large = {"Data": b"x" * (2**20 - 1), "PartitionKey": "k"}
        self.assertEqual(
            self.refused("InvalidArgumentException", put_all, **name, Records=[large] * 10 + [one]),
            "Records size exceeds 10 MB limit")
        self.assertEqual(self.data(self.iterator()), [])

    def test_a_request_of_ten_mebibytes(self):
        self.create(shards=16)
        large = [{"Data": b"x" * (2**20 - 1), "PartitionKey": "k", "ExplicitHashKey": str(index * 2**124)}
                 for index in range(10)]
        self.assertEqual(self.kinesis.put_records(StreamName=self.stream, Records=large)["FailedRecordCount"], 0)

    # Reading

    def test_five_kinds_of_iterator(self):
        self.create()
        numbers = [self.put(data)["SequenceNumber"] for data in (b"a", b"b")]
        latest = self.iterator("LATEST")
        between = self.read(self.iterator())["Records"][1]["ApproximateArrivalTimestamp"]
        self.put(b"c")
        self.assertEqual(self.data(self.iterator("TRIM_HORIZON")), [b"a", b"b", b"c"])
        self.assertEqual(self.data(latest), [b"c"])
        self.assertEqual(self.data(self.iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])), [b"b", b"c"])
        self.assertEqual(self.data(self.iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])), [b"c"])
        self.assertIn(b"b", self.data(self.iterator("AT_TIMESTAMP", Timestamp=between)))
        self.assertEqual(len(self.data(self.iterator("AT_TIMESTAMP", Timestamp=0))), 3)

    def test_reading_on(self):
        self.create()
        for index in range(5):
            self.put(str(index).encode())
        first = self.read(self.iterator(), Limit=2)
        second = self.read(first["NextShardIterator"], Limit=2)
        third = self.read(second["NextShardIterator"])
        self.assertEqual([len(page["Records"]) for page in (first, second, third)], [2, 2, 1])
        self.assertGreater(first["MillisBehindLatest"], 0)
        self.assertEqual(third["MillisBehindLatest"], 0)
        self.assertEqual(self.read(third["NextShardIterator"])["Records"], [])
        self.assertLessEqual(len(first["NextShardIterator"]), 512)
        record = first["Records"][0]
        self.assertEqual((record["PartitionKey"], record["Data"]), ("k", b"0"))

    def test_a_read_is_bounded(self):
        self.create()
        self.refused("ValidationException", self.read, iterator=self.iterator(), Limit=10_001)
        self.refused("ValidationException", self.read, iterator=self.iterator(), Limit=0)

    def test_iterator_refusals(self):
        self.create(shards=2)
        number = self.put(ExplicitHashKey="0")["SequenceNumber"]
        get = self.kinesis.get_shard_iterator
        name = {"StreamName": self.stream, "ShardId": "shardId-000000000000"}
        self.refused("InvalidArgumentException", get, **name, ShardIteratorType="AT_SEQUENCE_NUMBER")
        self.refused(
            "InvalidArgumentException", get, **name, ShardIteratorType="LATEST", StartingSequenceNumber=number)
        self.refused("InvalidArgumentException", get, **name, ShardIteratorType="AT_TIMESTAMP")
        self.refused("ValidationException", get, **name, ShardIteratorType="EARLIEST")
        self.refused("ValidationException", get, **name)
        message = self.refused(
            "InvalidArgumentException", get, StreamName=self.stream, ShardId="shardId-000000000001",
            ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=number)
        self.assertEqual(
            message, "Invalid StartingSequenceNumber. It encodes shardId-000000000000, "
            "while it was used in a call to a shard with shardId-000000000001")
        message = self.refused(
            "ResourceNotFoundException", get, StreamName=self.stream, ShardId="shardId-000000000002",
            ShardIteratorType="LATEST")
        self.assertEqual(
            message, f"Shard shardId-000000000002 in stream {self.stream} under account {ACCOUNT} does not exist")
        self.refused(
            "ResourceNotFoundException", get, StreamName=self.stream, ShardId="nonsense", ShardIteratorType="LATEST")
        self.refused("InvalidArgumentException", self.kinesis.get_records, ShardIterator="AAAA")
        self.refused("ValidationException", self.kinesis.get_records)

    # Limits and faults; the endpoint's clock stands still, so that no allowance grows back

    def test_a_shard_takes_a_thousand_records_a_second(self):
        self.create()
        records = [{"Data": b"x", "PartitionKey": "k"}] * 500
        answers = [self.kinesis.put_records(StreamName=self.stream, Records=records) for _ in range(3)]
        results = [result for answer in answers for result in answer["Records"]]
        failed = [result for result in results if "ErrorCode" in result]
        self.assertEqual(len(failed), sum(answer["FailedRecordCount"] for answer in answers))
        self.assertEqual(failed, results[1000:])
        self.assertEqual(failed[0]["ErrorCode"], "ProvisionedThroughputExceededException")
        self.assertEqual(
            failed[0]["ErrorMessage"],
            f"Rate exceeded for shard shardId-000000000000 in stream {self.stream} under account {ACCOUNT}.")
        self.assertNotIn("SequenceNumber", failed[0])
        stored, iterator = 0, self.iterator()
        while page := self.read(iterator)["Records"]:
            stored += len(page)
            iterator = self.iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=page[-1]["SequenceNumber"])
        self.assertEqual(stored, len(results) - len(failed))

    def test_a_shard_takes_a_mebibyte_a_second(self):
        self.create(shards=2)
        records = [{"Data": b"x" * 500_000, "PartitionKey": "k", "ExplicitHashKey": "0"} for _ in range(8)]
        records.append({"Data": b"y", "PartitionKey": "k", "ExplicitHashKey": str(2**128 - 1)})
        answer = self.kinesis.put_records(StreamName=self.stream, Records=records)
        refused = ["ErrorCode" in result for result in answer["Records"]]
        self.assertEqual(refused, [False, False] + [True] * 6 + [False])
        self.refused(
            "ProvisionedThroughputExceededException", self.put, data=b"x" * 1_000_000, ExplicitHashKey="0")

    def test_faults_refuse_single_records(self):
        self.create()
        faults(everyNthRecordThrottled=3)
        answer = self.kinesis.put_records(
            StreamName=self.stream, Records=[{"Data": b"%d" % index, "PartitionKey": "k"} for index in range(9)])
        self.assertEqual(answer["FailedRecordCount"], 3)
        self.assertEqual(self.data(self.iterator()), [b"0", b"1", b"3", b"4", b"6", b"7"])
        faults(seed=3, recordFailed=0.5)
        answer = self.kinesis.put_records(
            StreamName=self.stream, Records=[{"Data": b"x", "PartitionKey": "k"}] * 100)
        codes = [result.get("ErrorCode") for result in answer["Records"]]
        self.assertEqual(set(codes), {None, "InternalFailure"})
        self.assertEqual(codes.count("InternalFailure"), answer["FailedRecordCount"])

    def test_faults_fail_requests(self):
        self.create()
        faults(requestFailed=1)
        self.refused("InternalFailure", self.put, status=500)
        self.assertEqual(self.data(self.iterator()), [])
        faults(connectionDropped=1)
        with self.assertRaises(ConnectionClosedError):
            self.put(b"kept")
        self.assertEqual(self.data(self.iterator()), [b"kept"])
        self.assertGreaterEqual(inspect("_stats")["droppedConnections"], 1)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            faults(recordFailed=2)
        self.assertEqual(refused.exception.code, 400)

    def test_order_is_verified(self):
        self.create()
        for number in (1, 2, 4, 2):
            self.put(f"~k=7;s={number}~".encode())
        verified = inspect(f"_verify?stream={self.stream}")[self.stream]
        self.assertEqual(
            (verified["marked"], verified["missing"], verified["duplicates"], verified["late"]), (4, 1, 1, 0))
        self.assertFalse(verified["ordered"])
        self.put(b"~k=7;s=3~")
        verified = inspect(f"_verify?stream={self.stream}")[self.stream]
        self.assertEqual((verified["missing"], verified["late"], verified["complete"]), (0, 1, True))
        self.assertEqual(inspect("_stats")["streams"][self.stream]["stored"], 5)

    # Signatures

    def test_signatures(self):
        self.refused("UnrecognizedClientException", client(key="AKIDOTHER").list_streams)
        self.refused("InvalidSignatureException", client(secret="wrong").list_streams)
        self.refused("UnrecognizedClientException", client(token="unexpected").list_streams)
        client(region="us-gov-west-1").list_streams()

    def raw(self, body=b"{}", **headers):
        request = urllib.request.Request(ENDPOINT, data=body, headers=headers, method="POST")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        return caught.exception.code, json.load(caught.exception)

    def test_unsigned_requests(self):
        status, error = self.raw(**{"X-Amz-Target": "Kinesis_20131202.ListStreams"})
        self.assertEqual((status, error["__type"]), (400, "MissingAuthenticationTokenException"))
        status, error = self.raw(**{
            "X-Amz-Target": "Kinesis_20131202.ListStreams", "Authorization": "AWS4-HMAC-SHA256 Signature=x"})
        self.assertEqual((status, error["__type"]), (400, "IncompleteSignatureException"))

    def test_too_large_a_body(self):
        status, error = self.raw(body=b"x" * (16 * 2**20))
        self.assertEqual((status, error["__type"]), (413, "RequestEntityTooLargeException"))

    def test_signed_nonsense(self):
        def send(target="Kinesis_20131202.ListStreams", kind="application/x-amz-json-1.1", body=b"{}"):
            import botocore.auth
            import botocore.awsrequest
            import botocore.credentials
            request = botocore.awsrequest.AWSRequest(
                "POST", ENDPOINT + "/", headers={"X-Amz-Target": target, "Content-Type": kind}, data=body)
            keys = botocore.credentials.Credentials("AKIDEXAMPLE", "local-secret")
            botocore.auth.SigV4Auth(keys, "kinesis", "us-east-1").add_auth(request)
            return self.raw(body=body, **dict(request.headers))

        self.assertEqual(send(target="Kinesis_20131202.Nothing")[1]["__type"], "UnknownOperationException")
        self.assertEqual(send(target="DynamoDB_20120810.ListTables")[1]["__type"], "UnknownOperationException")
        self.assertEqual(send(kind="text/plain")[1]["__type"], "UnknownOperationException")
        for body in (b"", b"{", b"[]", b"\xff", b"{}{}", b"[" * 100_000, b'{"Limit": "5"}'):
            self.assertEqual(send(body=body)[1]["__type"], "SerializationException", body[:20])


if __name__ == "__main__":
    unittest.main(verbosity=1)
