"""What cannot be used is never stored, readers see whole states, and who means nobody is told."""

import threading

import headwater as hw

PATHS_MAX = 65_536


def test_a_mapping_beyond_the_path_limit_is_refused_and_the_server_starts_again(serve, kinesis_local):
    endpoint = kinesis_local()
    hw.create_stream(hw.boto(endpoint.endpoint), "paths", 1)
    server = serve()
    everyone = server.audience("Everyone", "a = 1")
    flow = server.dataflow(endpoint.endpoint, "paths", [everyone], ["a"])
    number, exhausted = 0, False
    while not exhausted:
        lines = [
            {"identityMap": {"Email": [{"id": "wide@example.org"}]}, f"w{number}": {f"k{leaf}": 1 for leaf in range(999)}}
            for number in range(number, number + 10)
        ]
        number += 10
        answer = server.ingest("profiles", lines)
        exhausted = any(error["code"] == "ATTRIBUTE_PATHS_EXHAUSTED" for error in answer["errors"])
        assert exhausted or answer["failed"] == 0, answer["errors"][:2]
        assert number * 1_000 < 2 * PATHS_MAX
    # A record that is refused leaves no path behind, so some room is left; single paths fill it.
    left = 0
    while True:
        answer = server.ingest(
            "profiles", [{"identityMap": {"Email": [{"id": f"n{left}@example.org"}]}, f"single{left}": 1}]
        )
        left += 1
        if answer["failed"]:
            break
        assert left < 2_000
    before = server.flow(flow)

    refused = server.patch_flow(
        flow,
        [
            {
                "op": "add",
                "path": hw.SELECTORS.format("profileSelectors"),
                "value": {"type": "JSON_PATH", "value": {"path": "never.seen.before"}},
            }
        ],
    )
    assert refused.status == 400 and "65536" in refused.body.decode(), refused
    assert server.flow(flow) == before
    assert server.stop() == 0
    server.start()
    assert server.flow(flow) == before
    assert server.patch_flow(flow, [{"op": "replace", "path": "/name", "value": "goes on"}]).status == 202
    assert server.stop() == 0


def test_readers_are_served_while_new_paths_come(serve):
    server = serve()
    problems, is_over = [], threading.Event()

    def read():
        while not is_over.is_set():
            answer = server.call(
                "GET",
                "/data/core/ups/access/entities?schema.name=_xdm.context.profile"
                "&entityId=mira%40example.org&entityIdNS=Email",
            )
            if answer.status != 200:
                problems.append(answer)

    def line(number):
        return {
            "identityMap": {"Email": [{"id": "mira@example.org"}]},
            "seen": {f"page{number}x{part}": number for part in range(20)},
        }

    assert server.ingest("profiles", [line(0)])["accepted"] == 1
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 150):
        assert server.ingest("profiles", [line(number)])["accepted"] == 1
    is_over.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert len(server.profile("Email", "mira@example.org")["seen"]) == 3_000
    assert server.stop() == 0


def test_an_address_that_means_nobody_joins_nobody_and_is_told(serve):
    server = serve()

    def person(phone, email):
        return {"identityMap": {"Phone": [{"id": phone}], "Email": [{"id": email}]}, "phone": phone}

    answer = server.ingest("profiles", [person("+1", "null"), person("+2", "NULL"), person("+3", "anonymous")])
    assert answer["accepted"] == 3 and answer["failed"] == 0, answer
    assert [(w["code"], w["namespace"], w["count"], w["line"]) for w in answer["warnings"]] == [
        ("IDENTITY_IGNORED", "Email", 3, 1)
    ]
    for phone in ("+1", "+2", "+3"):
        assert server.profile("Phone", phone)["identityMap"] == {"phone": [{"id": phone}]}
    nobody = server.ingest("profiles", [{"identityMap": {"Email": [{"id": " "}]}}])
    assert nobody["failed"] == 1 and nobody["accepted"] == 0, nobody
    metrics = hw.request("GET", f"{server.url}/metrics").body.decode()
    assert 'headwater_identities_ignored_total{namespace="Email"} 4' in metrics

    # The list is a setting of the namespace.
    changed = server.expect(
        200, "PATCH", "/data/core/idnamespace/identities/Email", {"ignoredValues": ["n/a"]}
    )
    assert changed["ignoredValues"] == ["n/a"]
    answer = server.ingest("profiles", [person("+4", "N/A"), person("+5", "anonymous")])
    assert [w["count"] for w in answer["warnings"]] == [1]
    assert server.profile("Email", "anonymous")["phone"] == "+5"

    inlet = server.admin["inletId"]
    dataset = server.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": "crm"})[0].split("/")[-1]
    message = {"header": {"datasetId": dataset}, "body": {"xdmEntity": person("+6", "n/a")}}
    single = server.call("POST", f"/collection/{inlet}", message)
    assert single.status == 200 and single.json["warnings"][0]["namespace"] == "Email", single
    batch = server.call("POST", f"/collection/batch/{inlet}", {"messages": [message, message]})
    assert all(part["warnings"] for part in batch.json["responses"]), batch
    assert server.stop() == 0
