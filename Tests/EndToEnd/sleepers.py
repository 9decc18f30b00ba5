"""People who leave an audience by the clock alone, each at an instant of their own."""

import collections
import datetime
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import time

import headwater as hw

HOUR = 3_600_000
EXPRESSION = "select e from xEvent where e.timestamp occurs < 1 hours before now"


def now() -> int:
    return time.time_ns() // 1_000_000


def rfc3339(milliseconds: int) -> str:
    instant = datetime.datetime.fromtimestamp(milliseconds / 1_000, datetime.timezone.utc)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1_000:03}Z"


class Sleepers:
    """So many people with one event each; all leave within a stretch of time, in an order that is not theirs."""

    def __init__(self, count: int, first: int, spread: int, seed: int):
        self.count, self.first, self.spread = count, first, spread
        chance = random.Random(seed)
        self.instants = [first + chance.randrange(spread) for _ in range(count)]

    @property
    def last(self) -> int:
        return self.first + self.spread

    def event(self, person: int):
        return {
            "_id": f"e{person}",
            "timestamp": rfc3339(self.instants[person] - HOUR),
            "identityMap": {"Phone": [{"id": f"s{person}"}]},
        }

    def sleep_through(self):
        """Waits until everybody would have left."""
        time.sleep(max(self.last + 100 - now(), 0) / 1_000)


class Exits:
    """What records say of sleepers: who left, when, and in which order."""

    def __init__(self, sleepers: Sleepers, audience: str):
        self.sleepers, self.audience = sleepers, audience
        self.records = collections.Counter()
        self.inversions = 0
        self.latest = 0

    def add(self, payload: bytes):
        record = json.loads(payload)
        person = int(record["identityMap"]["phone"][0]["id"].removeprefix("s"))
        membership = record["segmentMembership"]["ups"][self.audience]
        instant = self.sleepers.instants[person]
        assert membership["status"] == "exited", record
        assert membership["lastQualificationTime"][:19] == rfc3339(instant)[:19], (record, rfc3339(instant))
        self.records[person] += 1
        self.inversions += instant < self.latest
        self.latest = max(self.latest, instant)

    @property
    def missing(self) -> int:
        return self.sleepers.count - len(self.records)

    @property
    def copies(self) -> int:
        return self.records.total() - len(self.records)


def outbox(data: pathlib.Path, copy: pathlib.Path):
    """The records that wait in the store of a server that has ended, in their order."""
    # A backup holds what is in the commit log alone, too.
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run([hw.BINARY, "backup", copy, "--data", data], check=True, capture_output=True)
    with sqlite3.connect(copy / "headwater.db") as store:
        yield from (bytes(payload) for (payload,) in store.execute("SELECT payload FROM outbox ORDER BY row"))


def stream(kinesis, name):
    """The payloads of a stream, shard by shard, each with the instant of its arrival."""
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
            for record in page["Records"]:
                yield record["Data"], record["ApproximateArrivalTimestamp"]
            if not page["Records"] and page["MillisBehindLatest"] == 0:
                break
            iterator = page.get("NextShardIterator")
