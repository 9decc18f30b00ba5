"""Drives a local Kinesis endpoint with the AWS CLI.

usage: kinesis_local_cli.py PORT    (keys AKIDEXAMPLE / local-secret)
"""
import base64
import contextlib
import io
import json
import os
import subprocess
import sys

try:
    from awscli.clidriver import create_clidriver
except ImportError:
    # Version 2 of the CLI brings its own Python.
    create_clidriver = None

PORT = int(sys.argv[1])
ENVIRONMENT = dict(
    os.environ, AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="local-secret", AWS_DEFAULT_REGION="us-east-1",
    AWS_PAGER="", AWS_MAX_ATTEMPTS="1", AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


def run(arguments):
    """Runs one command: in this process where that is possible, for starting the CLI takes a second."""
    if create_clidriver is None:
        done = subprocess.run(["aws", *arguments], env=ENVIRONMENT, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(arguments)
    return code, out.getvalue(), err.getvalue()


def aws(*arguments, fails=None):
    code, out, err = run(
        ["--endpoint-url", f"http://127.0.0.1:{PORT}", "--output", "json", "kinesis", *arguments])
    if fails:
        assert code != 0 and fails in err, (arguments, code, err)
        return None
    assert code == 0, (arguments, err)
    return json.loads(out) if out.strip() else None


def data(text):
    """A blob as this version of the CLI takes it: version 2 wants base64, version 1 the bytes themselves."""
    version = subprocess.run(["aws", "--version"], capture_output=True, text=True, check=True).stdout
    return text if version.startswith("aws-cli/1") else base64.b64encode(text.encode()).decode()


os.environ.update(ENVIRONMENT)
# The program itself, once.
subprocess.run(["aws", "--endpoint-url", f"http://127.0.0.1:{PORT}", "kinesis", "create-stream", "--stream-name", "cli",
                "--shard-count", "2"], check=True)
aws("create-stream", "--stream-name", "cli", "--shard-count", "2", fails="(ResourceInUseException)")
aws("create-stream", "--stream-name", "demand", "--stream-mode-details", "StreamMode=ON_DEMAND")
aws("wait", "stream-exists", "--stream-name", "cli")
assert aws("list-streams")["StreamNames"] == ["cli", "demand"]
assert aws("list-streams", "--page-size", "1")["StreamNames"] == ["cli", "demand"]
assert len(aws("describe-stream", "--stream-name", "cli")["StreamDescription"]["Shards"]) == 2
summary = aws("describe-stream-summary", "--stream-name", "demand")["StreamDescriptionSummary"]
assert summary["OpenShardCount"] == 4, summary
assert len(aws("list-shards", "--stream-name", "cli")["Shards"]) == 2
put = aws("put-record", "--stream-name", "cli", "--partition-key", "k", "--data", data("one"))
records = json.dumps([{"Data": data("two"), "PartitionKey": "k"}, {"Data": data("three"), "PartitionKey": "k"}])
assert aws("put-records", "--stream-name", "cli", "--records", records)["FailedRecordCount"] == 0
iterator = aws(
    "get-shard-iterator", "--stream-name", "cli", "--shard-id", put["ShardId"], "--shard-iterator-type", "TRIM_HORIZON")
read = aws("get-records", "--shard-iterator", iterator["ShardIterator"])
texts = [base64.b64decode(record["Data"]).decode() for record in read["Records"]]
assert texts == ["one", "two", "three"], read
after = aws(
    "get-shard-iterator", "--stream-name", "cli", "--shard-id", put["ShardId"], "--shard-iterator-type",
    "AFTER_SEQUENCE_NUMBER", "--starting-sequence-number", put["SequenceNumber"])
assert len(aws("get-records", "--shard-iterator", after["ShardIterator"], "--limit", "1")["Records"]) == 1
aws("get-records", "--shard-iterator", "AAAA", fails="(InvalidArgumentException)")
aws("split-shard", "--stream-name", "cli", "--shard-to-split", "shardId-000000000000", "--new-starting-hash-key", "1000")
scaled = aws(
    "update-shard-count", "--stream-name", "cli", "--target-shard-count", "4", "--scaling-type", "UNIFORM_SCALING")
assert (scaled["CurrentShardCount"], scaled["TargetShardCount"]) == (3, 4), scaled
open_now = aws("list-shards", "--stream-name", "cli", "--shard-filter", "Type=AT_LATEST")["Shards"]
assert len(open_now) == 4, open_now
aws("increase-stream-retention-period", "--stream-name", "cli", "--retention-period-hours", "48")
arn = aws("describe-stream-summary", "--stream-name", "cli")["StreamDescriptionSummary"]["StreamARN"]
aws("tag-resource", "--resource-arn", arn, "--tags", "team=orders")
assert aws("list-tags-for-resource", "--resource-arn", arn)["Tags"] == [{"Key": "team", "Value": "orders"}]
consumer = aws("register-stream-consumer", "--stream-arn", arn, "--consumer-name", "reader")["Consumer"]
assert aws("list-stream-consumers", "--stream-arn", arn)["Consumers"][0]["ConsumerStatus"] == "ACTIVE"
aws("delete-stream", "--stream-name", "cli", fails="(ResourceInUseException)")
aws("deregister-stream-consumer", "--consumer-arn", consumer["ConsumerARN"])
aws("delete-stream", "--stream-name", "cli")
aws("delete-stream", "--stream-name", "demand")
aws("describe-stream", "--stream-name", "cli", fails="(ResourceNotFoundException)")
print("every command of the AWS CLI was answered")
