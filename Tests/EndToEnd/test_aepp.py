"""Adobe's own Python client on our routes: another host, nothing else changed."""

import copy
import time

import aepp
import headwater as hw
import pytest
from aepp import catalog, customerprofile, flowservice, identity, ingestion, privacyservice, segmentation

PROFILE_CLASS = "https://ns.adobe.com/xdm/context/profile"


@pytest.fixture
def client(serve):
    """A server, and aepp pointed to it instead of platform.adobe.io."""
    before = copy.deepcopy((aepp.config.config_object, aepp.config.header, aepp.config.endpoints))
    server = serve()
    aepp.configure(
        org_id=server.admin["org_id"],
        client_id=server.admin["client_id"],
        secret=server.admin["client_secret"],
        scopes="openid",
        sandbox="prod",
        retry=0,
    )
    aepp.config.config_object["oauthTokenEndpointV2"] = f"{server.url}/ims/token/v3"
    aepp.config.endpoints["global"] = server.url
    aepp.config.endpoints["streaming"]["collection"] = server.url
    yield server
    for current, saved in zip((aepp.config.config_object, aepp.config.header, aepp.config.endpoints), before):
        current.clear()
        current.update(saved)


def names(objects):
    return sorted(each["name"] for each in objects)


def make_flows(server, kinesis_local, count):
    """Dataflows with their connections; returns the id of one."""
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "paged", 1)
    first = server.dataflow(endpoint.endpoint, "paged", [], ["person.name"])
    flow = server.flow(first)
    for number in range(count - 1):
        body = {key: flow[key] for key in ("flowSpec", "sourceConnectionIds", "targetConnectionIds")}
        server.expect(201, "POST", f"{hw.FLOW_SERVICE}/flows", {"name": f"flow {number:02}", **body})
    return first


def test_aepp_pages_through_flows_and_connections(client, kinesis_local):
    first = make_flows(client, kinesis_local, 25)
    for number in range(43):
        body = {"name": f"base {number:02}", "connectionSpec": hw.PROFILE_SPEC}
        client.expect(201, "POST", f"{hw.FLOW_SERVICE}/connections", body)
    service = flowservice.FlowService()

    expected = names(client.expect(200, "GET", f"{hw.FLOW_SERVICE}/flows?limit=100")["items"])
    assert len(expected) == 25
    for limit in (1, 7, 24, 25, 100):
        assert names(service.getFlows(limit=limit, n_results="inf")) == expected
    assert names(service.getFlows(limit=2, n_results="inf", onlyDestinations=True)) == expected
    assert service.getFlows(limit=2, n_results="inf", onlySources=True) == []
    assert names(service.getFlows(limit=3, n_results="inf", prop="name!=flow 07")) == [
        name for name in expected if name != "flow 07"
    ]

    everything = service.getConnections(limit=20, n_results="inf")
    assert len({each["id"] for each in everything}) == len(everything) == 46  # With the default inlet and the flows' two.
    assert names(service.getConnections(limit=9, n_results="inf", orderby="-name")) == names(everything)
    assert [each["name"] for each in service.getConnections(limit=9, n_results="inf", orderby="+name")] == names(everything)
    for kind in (service.getSourceConnections, service.getTargetConnections):
        assert len(kind(n_results="inf", limit=1)) == 1
    assert service.getFlow(first)["id"] == first


def test_aepp_pages_through_definitions_and_datasets(client):
    for number in range(205):
        client.audience(f"audience {number:03}", f"n = {number}")
    for number in range(12):
        client.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": f"Data Set {number:02}"})

    found = segmentation.Segmentation().getSegments()
    assert names(found) == [f"audience {number:03}" for number in range(205)]
    assert len({each["id"] for each in found}) == 205
    assert all(each["sandbox"]["sandboxId"] for each in found)

    service = catalog.Catalog()
    datasets = service.getDataSets(output="list")
    assert names(datasets) == [f"Data Set {number:02}" for number in range(12)]
    assert service.data.table_names["Data Set 03"] == ["data_set_03"]
    assert set(service.data.infos["id"]) == {each["id"] for each in datasets}
    # It counts from one where the documentation counts from zero, and so leaves out the first of a later page itself.
    assert len(service.getDataSets(limit=10)) == 11

    policies = customerprofile.Profile().getMergePolicies()
    assert [each["default"] for each in policies] == [True]


def test_aepp_pages_through_the_audit_log(client, monkeypatch):
    for number in range(23):
        client.audience(f"told {number:02}", "person.age >= 18")
    # The one address that it has in its code, and not in its configuration.
    ask = aepp.connector.AdobeRequest.getData
    monkeypatch.setattr(
        aepp.connector.AdobeRequest,
        "getData",
        lambda self, endpoint, *more, **options: ask(
            self, endpoint.replace("https://platform.adobe.io", client.url), *more, **options
        ),
    )
    monkeypatch.setattr(aepp, "connection", None, raising=False)

    events = aepp.getPlatformEvents(limit=5, prop="assetType==Segment")

    assert [event["assetName"] for event in events] == [f"told {number:02}" for number in reversed(range(23))]
    assert {event["action"] for event in events} == {"Create"} and {event["status"] for event in events} == {"Allow"}


def test_aepp_keeps_merge_policies(client):
    created = catalog.Catalog().createDataSet(name="CRM", schemaId=PROFILE_CLASS, profileEnabled=True)
    dataset = created[0].split("/")[-1]
    for value, where in (("gold", dataset), ("silver", "web")):
        entity = {"identityMap": {"Email": [{"id": "mira@example.org"}]}, "tier": value}
        client.expect(200, "POST", f"/v1/profiles?dataset={where}", entity)
    service = customerprofile.Profile()
    before = service.getMergePolicies()[0]["id"]
    # As the client's own example has it, with an order that means nothing.
    made = service.createMergePolicy(
        {
            "name": "CRM first",
            "imsOrgId": client.admin["org_id"],
            "schema": {"name": "_xdm.context.profile"},
            "default": False,
            "identityGraph": {"type": "pdg"},
            "attributeMerge": {"type": "timestampOrdered", "order": ["string"]},
            "updateEpoch": 1234567890,
        }
    )
    assert made["attributeMerge"] == {"type": "timestampOrdered"}, made
    policy = made["id"]

    def tier(chosen):
        found = service.getEntity(entityId="mira@example.org", entityIdNS="Email", mergePolicyId=chosen)
        return [each["entity"]["tier"] for each in found.values()]

    assert tier(policy) == ["silver"]
    made["attributeMerge"] = {"type": "dataSetPrecedence", "order": [dataset, "web"]}
    assert service.updateMergePolicy(policy, made)["version"] == 2
    assert tier(policy) == ["gold"]
    assert tier(before) == ["silver"]
    operations = [
        {"op": "add", "path": "/identityGraph.type", "value": "pdg"},
        {"op": "add", "path": "/default", "value": "true"},
    ]
    assert service.patchMergePolicy(policy, operations)["default"] is True
    assert [each["id"] for each in service.getMergePolicies() if each["default"]] == [policy]
    assert service.getMergePolicy(before)["default"] is False
    service.deleteMergePolicy(before)
    assert [each["id"] for each in service.getMergePolicies()] == [policy]


def test_aepp_streams_messages(client):
    created = catalog.Catalog().createDataSet(name="CRM", schemaId=PROFILE_CLASS, profileEnabled=True)
    dataset = created[0].split("/")[-1]
    assert catalog.Catalog().getDataSet(dataset)[dataset]["classification"] == {
        "managedBy": "CUSTOMER",
        "dataBehavior": "record",
    }
    stream = ingestion.DataIngestion()

    def message(email):
        entity = {"identityMap": {"Email": [{"id": email}]}, "person": {"name": {"firstName": "Mira"}}}
        return {"header": {"datasetId": dataset, "imsOrgId": client.admin["org_id"]}, "body": {"xdmEntity": entity}}

    inlet = client.admin["inletId"]
    single = stream.streamMessage(inletId=inlet, data=message("one@example.org"))
    assert single["syncValidation"] == {"skipped": True}, single
    checked = stream.streamMessage(inletId=inlet, data=message("two@example.org"), syncValidation=True)
    assert checked["syncValidation"] == {"status": "pass"}, checked
    batch = stream.streamMessages(inletId=inlet, data=[message("three@example.org"), message("four@example.org")])
    assert [sorted(each) for each in batch["responses"]] == [["xactionId"], ["xactionId"]], batch
    # The path of the published requests, which aepp reaches where its own streaming host is told so.
    stream.endpoint_streaming = f"{client.url}/data/foundation/import"
    assert "xactionId" in stream.streamMessage(inletId=inlet, data=message("five@example.org"))
    for who in ("one", "two", "three", "four", "five"):
        assert client.profile("Email", f"{who}@example.org")["person"]["name"]["firstName"] == "Mira"

    profiles = customerprofile.Profile()
    found = profiles.getEntity(entityId="one@example.org", entityIdNS="Email")
    assert [each["entity"]["person"]["name"]["firstName"] for each in found.values()] == ["Mira"]
    events = [
        {
            "_id": f"e{number}",
            "timestamp": f"2026-01-01T00:00:0{number}Z",
            "identityMap": {"Email": [{"id": "one@example.org"}]},
        }
        for number in range(5)
    ]
    assert client.ingest("events", events)["accepted"] == 5
    seen = profiles.getEntityEvents(entityId="one@example.org", entityIdNS="Email", limit=2)
    assert [each["entityId"] for each in seen] == [f"e{number}" for number in range(5)]


def test_aepp_makes_changes_and_deletes(client, kinesis_local):
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "whole", 1)
    service = flowservice.FlowService()
    specs = service.getConnectionSpecsMap()
    assert specs["Amazon Kinesis"] == hw.KINESIS_SPEC["id"]
    assert service.getConnectionSpec(specs["Amazon Kinesis"])["items"][0]["name"] == "Amazon Kinesis"
    assert [each["id"] for each in service.getFlowSpecs()] == [hw.FLOW_SPEC["id"]]
    assert service.getFlowSpec(hw.FLOW_SPEC["id"])["name"]

    base = service.createConnectionToUPS(name="profiles")["id"]
    source = service.createSourceConnection(
        {"name": "source", "baseConnectionId": base, "connectionSpec": hw.PROFILE_SPEC, "data": {"format": "json"}}
    )["id"]
    account = service.createConnection(data=client.connection(endpoint.endpoint))["id"]
    target = service.createTargetConnection(
        data={
            "name": "target",
            "baseConnectionId": account,
            "connectionSpec": hw.KINESIS_SPEC,
            "data": {"format": "json"},
            "params": {"stream": "whole", "region": "us-east-1"},
        }
    )["id"]
    flow = service.createFlow(hw.FLOW_SPEC["id"], "flow", source, target)
    inlet = service.createConnectionStreaming(name="inlet", sourceId="one", paramName="inlet")["id"]
    assert service.getConnection(inlet)["inletUrl"].startswith(client.url)

    segments = segmentation.Segmentation()
    draft = {
        "name": "members",
        "description": "",
        "expression": {"type": "PQL", "format": "pql/text", "value": "a = 1"},
        "schema": {"name": "_xdm.context.profile"},
        "ttlInDays": 30,
    }
    segment = segments.createSegment(draft)["id"]
    assert segments.updateSegment(segment, {**draft, "name": "renamed"})["name"] == "renamed"
    assert segments.getSegment(segment)["version"] == 2
    assert list(segments.getMultipleSegments({"ids": [{"id": segment}]})) == [segment]
    tree = segments.convertSegmentDef("renamed", expression=draft["expression"])["expression"]
    assert tree["format"] == "pql/json"
    assert segments.convertSegmentDef("renamed", expression=tree)["expression"] == draft["expression"]
    audience = segments.createAudience({**draft, "name": "by the newer door", "type": "SegmentDefinition"})["id"]
    assert segments.getAudience(audience)["namespace"] == "AEPSegments"
    assert [each["id"] for each in segments.getAudiences(prop=f"audienceId=={audience}")] == [audience]
    assert {each["id"] for each in segments.getAudiences(limit=1)} == {segment, audience}
    rule = {"type": "PQL", "format": "pql/text", "value": "a = 2"}
    patched = segments.patchAudience(audience, [{"op": "add", "path": "/expression", "value": rule}])
    assert patched["expression"] == rule
    assert segments.putAudience(audience, {**draft, "name": "replaced"})["name"] == "replaced"
    assert segments.deleteAudience(audience) == 204
    preview = segments.createPreview("a = 1")["previewId"]
    assert segments.getEstimate(preview)["confidenceInterval"] == "95%"
    assert segments.getPreview(preview)["page"]["offset"] == 0
    assert segments.deletePreview(preview) == 204
    job = segments.createJob([segment])["id"]
    assert [each["id"] for each in segments.getJobs()] == [job]
    assert segments.getJob(job)["segments"][0]["segmentId"] == segment
    assert segments.deleteJob(job) == 204
    nightly = {"name": "nightly", "type": "batch_segmentation", "properties": {"segments": ["*"]}}
    schedule = segments.createSchedule({**nightly, "schedule": "0 30 4 * * ?"})["id"]
    segments.updateSchedule(schedule, [{"op": "add", "path": "/state", "value": "active"}])
    assert [each["state"] for each in segments.getSchedules()] == ["active"]
    assert segments.getSchedule(schedule)["schedule"] == "0 30 4 * * ?"
    assert segments.deleteSchedule(schedule) == 204

    mapping = [
        {
            "op": "Add",
            "path": hw.SELECTORS.format("segmentSelectors"),
            "value": {"type": "PLATFORM_SEGMENT", "value": {"id": segment}},
        }
    ]
    changed = service.updateFlow(flow["id"], flow["etag"], mapping)
    assert changed["id"] == flow["id"], changed
    stale = service.updateFlow(flow["id"], flow["etag"], mapping)
    assert stale["errorCode"] == "1404-412", stale
    assert service.postFlowAction(flow["id"], "disable")["id"] == flow["id"]
    assert service.getFlow(flow["id"])["state"] == "disabled"
    assert service.postFlowAction(flow["id"], "enable")["id"] == flow["id"]
    renamed = [{"op": "replace", "path": "/name", "value": "renamed"}]
    etag = service.getTargetConnection(target)["etag"]
    assert service.updateTargetConnection(target, etag, renamed)["id"] == target
    etag = service.getSourceConnection(source)["etag"]
    assert service.updateSourceConnection(source, etag, renamed)["id"] == source
    assert service.patchConnection(account, renamed)["id"] == account

    spaces = identity.Identity()
    spaces.endpoint = f"{client.url}/data/core"  # The one host that it does not take from its settings.
    assert {"Email", "ECID"} <= {each["code"] for each in spaces.getIdentities()}
    made = spaces.createIdentity(name="Loyalty", code="LOYALTY", idType="CROSS_DEVICE", description="cards")
    assert spaces.getIdentityDetail(str(made["id"]))["code"] == "LOYALTY"
    assert [each["code"] for each in spaces.getIdentities(only_custom=True)] == ["LOYALTY"]

    service.deleteFlow(flow["id"])
    assert service.getFlows() == []
    for delete, which in (
        (service.deleteSourceConnection, source),
        (service.deleteTargetConnection, target),
        (service.deleteConnection, account),
        (service.deleteConnection, base),
        (service.deleteConnection, inlet),
    ):
        delete(which)
    assert names(service.getConnections()) == ["Default inlet"]
    segments.deleteSegment(segment)
    assert segments.getSegments() == []


def test_aepp_asks_for_people(client):
    client.ingest("profiles", [{"identityMap": {"Email": [{"id": "mira@example.org"}]}, "tier": "gold"}])
    service = privacyservice.Privacy()
    user = {
        "key": "DavidSmith", "action": ["access", "delete"],
        "userIDs": [{"namespace": "email", "value": "mira@example.org", "type": "standard", "isDeletedClientSide": False}],
    }
    # As Adobe's page has it, but for the products.
    request = {
        "companyContexts": [{"namespace": "imsOrgID", "value": client.admin["org_id"]}],
        "users": [user], "include": ["profileService"], "expandIds": False, "priority": "normal", "regulation": "ccpa",
    }
    made = service.postJob(request)
    assert made["totalRecords"] == 2 and made["requestStatus"] == 1

    deadline = time.monotonic() + 30
    while len(service.getJobs(regulation="ccpa", status="complete")["jobDetails"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    access, delete = (service.getJob(job["jobId"]) for job in made["jobs"])
    assert access["userKey"] == delete["userKey"] == "DavidSmith" and access["regulation"] == "ccpa"
    assert delete["productResponses"][0]["productStatusResponse"]["responseMsgCode"] == "PRVCY-6000-200"
    copy = client.expect(200, "GET", access["downloadURL"].removeprefix(client.url))
    assert copy["profiles"][0]["views"][0]["entity"]["tier"] == "gold"
    assert service.getJobs(regulation="gdpr")["totalRecords"] == 0
