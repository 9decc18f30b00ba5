"""What /metrics says, read by Prometheus' own parser, and whether what we ship for it names only what there is."""

import json
import re

import headwater as hw
from prometheus_client.parser import text_string_to_metric_families

OPERATE = hw.ROOT / "docs" / "operate"
# Only credentials with an end have them; test_identities.py sees them.
OF_ROLES = {"headwater_credentials_expire_seconds", "headwater_credentials_renewal_failing"}


def scrape(server):
    answer = hw.request("GET", f"{server.url}/metrics")
    assert answer.status == 200
    samples = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        assert family.documentation and family.type != "unknown", family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples, key
            samples[key] = sample.value
    return samples


def test_metrics_tell_what_the_books_tell_and_how_records_leave(serve, kinesis_local):
    endpoint = kinesis_local("--shards", "2")
    hw.create_stream(hw.boto(endpoint.endpoint), "events", 2)
    server = serve()
    everyone = server.audience("Everyone", "step >= 0")
    flow = server.dataflow(endpoint.endpoint, "events", [everyone], ["step"])
    people = [{"identityMap": {"Phone": [{"id": f"+{number}"}]}, "step": 1} for number in range(50)]
    assert server.ingest("profiles", people)["accepted"] == 50
    server.wait_until_delivered(flow)
    # A name that nobody may find in the metrics.
    assert server.ingest("profiles", [{"identityMap": {"Phone": []}, "step": "secret-value"}])["accepted"] == 0
    server.wait_until(lambda: any(name == "headwater_dataflow_books_off" for name, _ in scrape(server)))
    samples = scrape(server)

    def value(name, **labels):
        return samples[name, tuple(sorted(labels.items()))]

    assert value("headwater_dataflow_delivered_total", dataflow=flow) == 50
    assert value("headwater_dataflow_pending", dataflow=flow) == 0
    assert value("headwater_dataflow_state", dataflow=flow, state="running") == 1
    assert value("headwater_dataflow_state", dataflow=flow, state="paused") == 0
    assert value("headwater_dataflow_books_off", dataflow=flow) == 0
    assert value("headwater_delivery_delay_seconds_count", dataflow=flow) == 50
    assert value("headwater_delivery_delay_seconds_bucket", dataflow=flow, le="+Inf") == 50
    assert value("headwater_messages_accepted_total") == 50
    assert sum(n for (name, _), n in samples.items() if name == "headwater_messages_refused_total") == 1
    assert value("headwater_producer_requests_total", dataflow=flow) >= 1
    # Shards are known a moment after the first records, which were sent to parts of the stream.
    server.wait_until(
        lambda: sum(name == "headwater_shard_pace_records_per_second" for name, _ in scrape(server)) == 2
    )
    assert value("headwater_batches_total") > 0 and value("headwater_batches_failed_total", code="conflict") == 0
    assert value("headwater_ready") == 1 and value("process_resident_memory_bytes") > 1 << 20
    assert "secret-value" not in hw.request("GET", f"{server.url}/metrics").body.decode()

    told = {name for name, _ in scrape(server)} | OF_ROLES
    shipped = (OPERATE / "grafana.json").read_text() + (OPERATE / "alerts.yml").read_text()
    named = set(re.findall(r"\b(?:headwater|process)_[a-z_]+\b", shipped)) - {"headwater_"}
    assert len(named) > 20 and not named - told, named - told
    panels = json.loads((OPERATE / "grafana.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    documented = (OPERATE / "README.md").read_text()
    undocumented = {name for name in told if re.sub(r"_(bucket|sum|count)$", "", name) not in documented}
    assert not undocumented, undocumented

