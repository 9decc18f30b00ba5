"""What became of records over time, by the API and at the command line."""

import json
import subprocess

import headwater as hw


def monitor(server, *options):
    command = [hw.BINARY, "monitor", "--data", server.directory / "data", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_series_says_what_the_books_say_and_what_was_measured(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "2")
    hw.create_stream(hw.boto(endpoint.endpoint), "events", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "events", [everyone], ["step"])
    people = [{"identityMap": {"Phone": [{"id": f"+{number}"}]}, "step": 1} for number in range(50)]
    assert server.ingest("profiles", people)["accepted"] == 50
    server.wait_until_delivered(flow)
    assert server.ingest("profiles", [{"identityMap": {"Phone": []}, "step": "secret-value"}])["accepted"] == 0

    def total(series, member):
        return sum(slot.get(member, 0) for slot in series["slots"])

    def all_seen():
        series = server.expect(200, "GET", "/v1/series?range=1h")
        return total(series, "delivered") == 50 and total(series, "messagesRefused") == 1

    server.wait_until(all_seen)
    for span, steps in [("1h", 60), ("24h", 24), ("7d", 28), ("30d", 30)]:
        series = server.expect(200, "GET", f"/v1/series?range={span}")
        assert len(series["slots"]) == steps
        assert total(series, "triggered") == total(series, "delivered") == total(series, "measured") == 50
        assert total(series, "messagesAccepted") == 50
        # Before the server started nothing is known: no zeros.
        assert any(slot.keys() == {"start"} for slot in series["slots"])
        (one,) = series["dataflows"]
        assert one["flowId"] == flow and one["activationRate"] == 1 and one["pending"] == 0
        assert 0 < one["delayP50Milliseconds"] <= one["delayP99Milliseconds"]
    assert "secret-value" not in json.dumps(series)

    shown = monitor(server, "--range", "1h")
    assert shown.returncode == 0, shown.stderr
    assert "triggered" in shown.stdout and "100.0 %" in shown.stdout
    assert "excluded" not in monitor(server, "--problems").stdout
    printed = json.loads(monitor(server, "--json", "--dataflow", flow).stdout)
    assert printed["range"] == "24h" and total(printed, "delivered") == 50
    assert "messagesAccepted" not in printed["slots"][-1]
    assert monitor(server, "--range", "2h").returncode == 64
    assert monitor(server, "--dataflow", "nobody").returncode == 65

    # What the books say outlives the process, what was measured does not.
    server.stop()
    server.start()
    again = server.expect(200, "GET", "/v1/series")
    assert total(again, "delivered") == 50 and total(again, "measured") == 0
