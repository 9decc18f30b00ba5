"""Drives a local Kinesis endpoint with boto3: every operation, its errors and its limits.

The endpoint's clock has to stand still, which makes the limits exact.

usage: kinesis_local_boto3.py PORT    (keys AKIDEXAMPLE / local-secret)
"""
import datetime
import hashlib
import json
import sys
import unittest
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError, ReadTimeoutError

PORT = int(sys.argv.pop(1))
ENDPOINT = f"http://127.0.0.1:{PORT}"
ACCOUNT = "000000000000"


def client(key="AKIDEXAMPLE", secret="local-secret", token=None, region="eu-central-1"):
    return boto3.client(
        "kinesis", endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, inject_host_prefix=False))


def configure(path, document):
    request = urllib.request.Request(f"{ENDPOINT}/{path}", data=json.dumps(document).encode(), method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204, answer.status


def faults(**members):
    configure("_faults", members)


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

    def test_request_faults_and_what_holds(self):
        self.create()
        for fault, code, status in (
                ("requestThrottled", "ProvisionedThroughputExceededException", 400),
                ("tokenExpired", "ExpiredTokenException", 400), ("accessDenied", "AccessDeniedException", 400),
                ("kmsFailed", "KMSDisabledException", 400), ("requestUnavailable", "ServiceUnavailable", 503)):
            faults(**{fault: 1, "kmsError": "KMSDisabledException", "operations": ["PutRecord"]})
            self.refused(code, self.put, status=status)
            self.kinesis.describe_stream_summary(StreamName=self.stream)
        held = inspect("_faults")
        self.assertEqual((held["requestUnavailable"], held["operations"], held["seed"]), (1, ["PutRecord"], "1"))
        faults(requestFailedAfterCommit=1)
        self.refused("InternalFailure", self.put, status=500, data=b"kept")
        faults(connectionDroppedBeforeCommit=1)
        with self.assertRaises(ConnectionClosedError):
            self.put(b"lost")
        faults()
        self.assertEqual(self.data(self.iterator()), [b"kept"])

    def test_a_request_that_is_never_answered(self):
        self.create()
        impatient = boto3.client(
            "kinesis", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="local-secret", config=Config(retries={"total_max_attempts": 1}, read_timeout=0.3))
        one = {"StreamName": self.stream, "PartitionKey": "k"}
        faults(requestHung=1)
        with self.assertRaises(ReadTimeoutError):
            impatient.put_record(Data=b"kept", **one)
        faults(connectionHung=1)
        impatient.close()
        with self.assertRaises(ReadTimeoutError):
            impatient.put_record(Data=b"lost", **one)
        faults()
        self.assertEqual(self.data(self.iterator()), [b"kept"])
        self.assertEqual(inspect("_stats")["hungRequests"], 2)

    def test_slow_answers_and_reads_come_whole(self):
        self.create()
        self.put(b"x" * 3000)
        iterator = self.iterator()
        faults(answerBytesPerSecond=20_000, readBytesPerSecond=100_000, slowAnswer=1, slowAnswerMilliseconds=20)
        self.assertEqual(self.data(iterator), [b"x" * 3000])

    def test_a_clock_that_is_wrong(self):
        faults(clockSkewMilliseconds=600_000)
        with self.assertRaises(ClientError) as caught:
            self.kinesis.list_streams()
        answer = caught.exception.response
        self.assertEqual(answer["Error"]["Code"], "InvalidSignatureException")
        self.assertIn("Signature expired", answer["Error"]["Message"])
        date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        ahead = (date - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        self.assertGreater(ahead, 400)

    def test_faults_that_are_unknown_or_out_of_range_are_named(self):
        for members in ({"recordThrotled": 0.1}, {"seed": "x"}, {"latencyMilliseconds": -1}, {"requestHung": 1.5}):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                faults(**members)
            self.assertEqual(refused.exception.code, 400)
            self.assertIn(next(iter(members)), json.load(refused.exception)["message"])

    def test_a_scenario(self):
        self.create()
        self.addCleanup(configure, "_scenario", [])
        configure("_scenario", [
            {"after": 0, "faults": {"tokenExpired": 1}, "createStreams": ["by-scenario"]}, {"after": 3600, "faults": {}}])
        self.refused("ExpiredTokenException", self.put)
        self.assertEqual(inspect("_scenario")["done"], 1)
        configure("_scenario", [{"after": 0, "faults": {}, "deleteStreams": ["by-scenario"]}])
        self.refused("ResourceNotFoundException", self.kinesis.describe_stream, StreamName="by-scenario")

    # Resharding and settings

    def test_split_merge_and_scale(self):
        self.create()
        self.put(b"before")
        self.kinesis.split_shard(
            StreamName=self.stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        page = self.read(self.iterator())
        self.assertNotIn("NextShardIterator", page)
        self.assertEqual([child["ShardId"][-1] for child in page["ChildShards"]], ["1", "2"])
        self.kinesis.merge_shards(
            StreamName=self.stream, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002")
        shards = self.kinesis.list_shards(StreamName=self.stream)["Shards"]
        self.assertEqual(
            (shards[3]["ParentShardId"][-1], shards[3]["AdjacentParentShardId"][-1]), ("1", "2"))
        for child in shards[1:3]:
            self.assertEqual(child["ParentShardId"], "shardId-000000000000")
            self.assertLess(
                int(shards[0]["SequenceNumberRange"]["EndingSequenceNumber"]),
                int(child["SequenceNumberRange"]["StartingSequenceNumber"]))
        answer = self.kinesis.update_shard_count(
            StreamName=self.stream, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        self.assertEqual((answer["CurrentShardCount"], answer["TargetShardCount"]), (1, 2))
        open_now = self.kinesis.list_shards(StreamName=self.stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
        self.assertEqual([shard["HashKeyRange"]["StartingHashKey"] for shard in open_now], ["0", str(2**127)])
        self.refused(
            "LimitExceededException", self.kinesis.update_shard_count, StreamName=self.stream, TargetShardCount=5,
            ScalingType="UNIFORM_SCALING")

    def test_settings(self):
        self.create()
        name = {"StreamName": self.stream}
        arn = self.kinesis.describe_stream_summary(**name)["StreamDescriptionSummary"]["StreamARN"]
        self.kinesis.increase_stream_retention_period(**name, RetentionPeriodHours=48)
        self.kinesis.start_stream_encryption(**name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.kinesis.enable_enhanced_monitoring(**name, ShardLevelMetrics=["ALL"])
        self.kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10240)
        self.assertEqual(self.put(b"x" * (10 * 2**20 - 1))["EncryptionType"], "KMS")
        self.kinesis.tag_resource(ResourceARN=arn, Tags={"team": "orders"})
        self.assertEqual(
            self.kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "team", "Value": "orders"}])
        self.kinesis.untag_resource(ResourceARN=arn, TagKeys=["team"])
        self.assertEqual(self.kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"], [])
        summary = self.kinesis.describe_stream_summary(**name)["StreamDescriptionSummary"]
        self.assertEqual(
            (summary["RetentionPeriodHours"], summary["EncryptionType"], summary["MaxRecordSizeInKiB"]), (48, "KMS", 10240))
        self.assertEqual(len(summary["EnhancedMonitoring"][0]["ShardLevelMetrics"]), 7)
        self.kinesis.decrease_stream_retention_period(**name, RetentionPeriodHours=24)
        self.kinesis.stop_stream_encryption(**name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        self.kinesis.disable_enhanced_monitoring(**name, ShardLevelMetrics=["ALL"])
        self.kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        summary = self.kinesis.describe_stream_summary(**name)["StreamDescriptionSummary"]
        self.assertEqual(summary["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})

    # Enhanced fan-out

    def consumer(self):
        arn = self.kinesis.describe_stream_summary(
            StreamName=self.stream)["StreamDescriptionSummary"]["StreamARN"]
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]
        self.addCleanup(self.kinesis.deregister_stream_consumer, ConsumerARN=consumer["ConsumerARN"])
        return arn, consumer["ConsumerARN"]

    def subscribe(self, consumer, shard="shardId-000000000000", **start):
        return self.kinesis.subscribe_to_shard(
            ConsumerARN=consumer, ShardId=shard, StartingPosition=start or {"Type": "TRIM_HORIZON"})["EventStream"]

    def test_consumers(self):
        self.create()
        arn, consumer = self.consumer()
        described = self.kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]
        self.assertEqual((described["ConsumerStatus"], described["StreamARN"]), ("ACTIVE", arn))
        listed = self.kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
        self.assertEqual([one["ConsumerName"] for one in listed], ["reader"])
        self.refused(
            "ResourceInUseException", self.kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="reader")
        self.refused("ResourceInUseException", self.kinesis.delete_stream, StreamName=self.stream)
        self.refused(
            "ResourceNotFoundException", self.kinesis.describe_stream_consumer, StreamARN=arn, ConsumerName="none")

    def test_a_subscription_follows_a_shard_to_its_end(self):
        self.create()
        self.put(b"first")
        _, consumer = self.consumer()
        stream = self.subscribe(consumer)
        events = iter(stream)
        event = next(events)["SubscribeToShardEvent"]
        self.assertEqual([record["Data"] for record in event["Records"]], [b"first"])
        self.assertEqual(event["ContinuationSequenceNumber"], event["Records"][0]["SequenceNumber"])
        self.put(b"second")
        event = next(events)["SubscribeToShardEvent"]
        self.assertEqual([record["Data"] for record in event["Records"]], [b"second"])
        self.assertEqual(event["MillisBehindLatest"], 0)
        self.refused(
            "ResourceInUseException", self.kinesis.subscribe_to_shard, ConsumerARN=consumer,
            ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"})
        self.kinesis.split_shard(
            StreamName=self.stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        event = next(events)["SubscribeToShardEvent"]
        self.assertEqual([child["ShardId"][-1] for child in event["ChildShards"]], ["1", "2"])
        self.assertEqual(list(events), [])
        latest = iter(self.subscribe(consumer, "shardId-000000000001", Type="LATEST"))
        self.assertEqual(next(latest)["SubscribeToShardEvent"]["Records"], [])
        self.put(b"third", ExplicitHashKey="0")
        self.assertEqual(next(latest)["SubscribeToShardEvent"]["Records"][0]["Data"], b"third")

    def test_a_subscription_ends_with_its_consumer(self):
        self.create()
        arn, consumer = self.consumer()
        events = iter(self.subscribe(consumer))
        self.assertEqual(next(events)["SubscribeToShardEvent"]["Records"], [])
        self.kinesis.deregister_stream_consumer(ConsumerARN=consumer)
        with self.assertRaises(EventStreamError) as caught:
            next(events)
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceNotFoundException")
        self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")

    def test_subscription_refusals(self):
        self.create()
        _, consumer = self.consumer()
        subscribe = self.kinesis.subscribe_to_shard
        start = {"Type": "TRIM_HORIZON"}
        self.refused("ValidationException", subscribe, ShardId="0", StartingPosition=start)
        self.refused("ValidationException", subscribe, ConsumerARN=consumer, ShardId="0", StartingPosition={})
        self.refused(
            "ResourceNotFoundException", subscribe, ConsumerARN=consumer, ShardId="9", StartingPosition=start)
        self.refused(
            "ResourceNotFoundException", subscribe, ConsumerARN=consumer[:-10] + "0000000005", ShardId="0",
            StartingPosition=start)
        self.refused(
            "InvalidArgumentException", subscribe, ConsumerARN=consumer, ShardId="0",
            StartingPosition={"Type": "AT_SEQUENCE_NUMBER"})

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
