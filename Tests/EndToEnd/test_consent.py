"""Consent decides of whom dataflows tell, over the real process."""

import json

import headwater as hw
from test_governance import POLICIES, adding_audience, printed, shell, told

RULE = 'consents.marketing.any.val = "y"'


def person(name, consent=None, **more):
    fields = {"identityMap": {"Email": [{"id": name}]}, "loyalty": {"tier": "gold"}, **more}
    if consent:
        fields["consents"] = {"marketing": {"any": {"val": consent}}}
    return fields


def exporting(server, endpoint):
    """A dataflow of gold members for e-mail."""
    gold = server.audience("gold", 'loyalty.tier = "gold"')
    flow = server.dataflow(endpoint, "out", [gold], ["person.name"])
    actions = [{"type": "core", "name": "emailTargeting"}]
    answer = server.patch_flow(flow, [{"op": "add", "path": "/marketingActions", "value": actions}])
    assert answer.status == 202, answer
    return flow, gold


def records(server, kinesis, count):
    """What the stream has, when it has so much, each with the identity it is about."""
    server.wait_until(lambda: len(hw.read_stream(kinesis, "out")) >= count)
    found = [json.loads(record["Data"]) for record in hw.read_stream(kinesis, "out")]
    assert len(found) == count, found
    return [(record["identityMap"]["email"][0]["id"], record) for record in found]


def say(server, people):
    assert server.ingest("profiles", people)["accepted"] == len(people)


def status(record, audience):
    return record["segmentMembership"]["ups"][audience]["status"]


def test_who_withdraws_is_told_of_once_and_never_again(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "out", 1)
    flow, gold = exporting(server, local.endpoint)
    made = told(server, "policies", "create", "Ask first", "--action", "emailTargeting", "--consent", RULE, "--enabled")
    assert made["status"] == "ENABLED" and made["consent"]["value"] == RULE, made
    assert f"consent: {RULE}" in printed(server, "policies", "list")

    say(server, [person("no", person={"name": "Nora"}), person("yes", "y", person={"name": "Yoko"})])
    [(who, record)] = records(server, kinesis, 1)
    assert who == "yes" and status(record, gold) == "realized" and record["person"] == {"name": "Yoko"}

    say(server, [person("yes", "n")])
    (_, last) = records(server, kinesis, 2)[1]
    assert status(last, gold) == "exited" and "person" not in last
    assert set(last) == {"segmentMembership", "identityMap"}
    say(server, [person("yes", person={"name": "Yael"}), person("no", "n")])

    say(server, [person("no", "y")])
    (who, record) = records(server, kinesis, 3)[2]
    assert who == "no" and status(record, gold) == "realized" and record["person"] == {"name": "Nora"}

    # It is said why, and nobody sees the standing as an audience.
    changes = server.expect(200, "GET", f"/v1/explain?dataflow={flow}&namespace=Email&value=yes")["changes"]
    found = [[(part["part"], part["answer"]) for part in change["findings"]] for change in changes]
    assert found[:2] == [[("profile", "withheld")], [("consent", "mayCall")]], changes
    assert changes[1]["reasons"] == ["consent"] and changes[1]["outcome"] == "delivered", changes
    assert server.profile("Email", "yes")["segmentMembership"]["ups"].keys() == {gold}
    shown = server.expect(200, "GET", "/v1/identities/export?namespace=Email&value=yes")
    assert [(entry["dataflowId"], entry["isWithheld"]) for entry in shown["consent"]] == [(flow, True)]

    # Not asked any more: who was withheld is told of again.
    printed(server, "policies", "disable", "Ask first")
    (who, record) = records(server, kinesis, 4)[3]
    assert who == "yes" and status(record, gold) == "realized" and record["person"] == {"name": "Yael"}
    assert server.stop() == 0


def test_what_waits_when_consent_is_withdrawn_never_leaves(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "out", 1)
    flow, gold = exporting(server, local.endpoint)
    printed(server, "policies", "create", "Ask first", "--action", "emailTargeting", "--consent", RULE, "--enabled")
    say(server, [person("yes", "y")])
    records(server, kinesis, 1)
    printed(server, "dataflows", "disable", flow)

    say(server, [person("yes", "y", person={"name": f"Yoko {number}"}) for number in range(5)])
    say(server, [person("yes", "n")])
    printed(server, "dataflows", "enable", flow)

    (_, last) = records(server, kinesis, 2)[1]
    assert status(last, gold) == "exited" and "person" not in last
    assert server.stop() == 0


def held(server, flow):
    """Records in the hands of the dataflow's producer that it has tried."""
    metrics = hw.request("GET", f"{server.url}/metrics").body.decode()
    found = [line for line in metrics.splitlines() if line.startswith("headwater_producer_throttled_total") and flow in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found)


def test_what_the_producer_tries_when_consent_is_withdrawn_never_leaves(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "out", 1)
    flow, gold = exporting(server, local.endpoint)
    printed(server, "policies", "create", "Ask first", "--action", "emailTargeting", "--consent", RULE, "--enabled")
    say(server, [person("yes", "y"), person("gone", "y")])
    records(server, kinesis, 2)
    assert hw.request("PUT", f"{local.endpoint}/_faults", {"everyNthRecordThrottled": 1}).status == 204
    say(server, [person(who, "y", person={"name": f"{who} {number}"}) for who in ["yes", "gone"] for number in range(5)])
    server.wait_until(lambda: held(server, flow) > 2)

    say(server, [person("yes", "n")])
    place = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityId=gone&entityIdNS=Email"
    assert server.call("DELETE", place).status == 202
    assert hw.request("PUT", f"{local.endpoint}/_faults", {}).status == 204

    server.wait_until_delivered(flow)
    (who, last) = records(server, kinesis, 3)[2]
    assert who == "yes" and status(last, gold) == "exited" and "person" not in last
    say(server, [person("other", "y")])
    server.wait_until_delivered(flow)
    assert [who for who, _ in records(server, kinesis, 4)][3] == "other"
    assert server.stop() == 0


def test_a_rehearsal_counts_those_alone_who_consent(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    hw.create_stream(hw.boto(local.endpoint), "out", 1)
    flow, gold = exporting(server, local.endpoint)
    silver = server.audience("silver", 'loyalty.tier = "silver"')
    people = [person(f"p{number}", "y" if number < 3 else "n", loyalty={"tier": "silver"}) for number in range(5)]
    say(server, people)
    wish = {"dataflow": {"id": flow, "patch": adding_audience(silver)}}

    def sent():
        [figures] = server.expect(200, "POST", "/v1/rehearsals", wish)["dataflows"]
        return figures["exportsNow"]["count"]

    assert sent() == 5
    printed(server, "policies", "create", "Ask first", "--action", "emailTargeting", "--consent", RULE, "--enabled")
    assert sent() == 3
    assert server.stop() == 0


def test_a_new_dataflow_hears_nothing_of_who_never_consented(serve, kinesis_local):
    """Nor do comments in one rule take another one away."""
    server, local = serve(), kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "out", 1)
    gold = server.audience("gold", 'loyalty.tier = "gold"')
    both = ['consents.marketing.any.val = "y" // GDPR', 'consents.share.val = "y"\nor consents.all.val = "y" // all']
    for number, rule in enumerate(both):
        name = f"Ask {number}"
        printed(server, "policies", "create", name, "--action", "emailTargeting", "--consent", rule, "--enabled")
    say(server, [person(f"no{number}") for number in range(20)] + [person("half", "y"), person("yes", "y")])
    say(server, [{"identityMap": {"Email": [{"id": "yes"}]}, "consents": {"share": {"val": "y"}}}])
    flow = server.dataflow(local.endpoint, "out", [], ["person.name"])
    patch = [{"op": "add", "path": "/marketingActions", "value": [{"type": "core", "name": "emailTargeting"}]}]
    assert server.patch_flow(flow, patch).status == 202
    assert server.patch_flow(flow, adding_audience(gold)).status == 202
    [(who, _)] = records(server, kinesis, 1)
    assert who == "yes"

    say(server, [person("no1", person={"name": "Nora"}), person("yes", person={"name": "Yoko"})])
    server.wait_until_delivered(flow)
    assert [who for who, _ in records(server, kinesis, 2)] == ["yes", "yes"]
    assert server.stop() == 0


def test_what_is_asked_together_is_not_too_much(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    hw.create_stream(hw.boto(local.endpoint), "out", 1)
    flow, _ = exporting(server, local.endpoint)
    actions = [f"{POLICIES}/marketingActions/core/emailTargeting"]
    long = " or ".join([f'consents.field{number} = "y"' for number in range(140)])
    outcomes = []
    for number in range(20):
        body = {"name": f"p{number}", "status": "ENABLED", "marketingActionRefs": actions, "consent": {"value": long}}
        outcomes.append(server.call("POST", f"{POLICIES}/policies/custom", body))
    refused = [answer for answer in outcomes if answer.status != 201]
    assert refused and all(answer.status == 400 and "too long" in answer.json["detail"] for answer in refused), refused
    assert "issues" not in server.flow(flow) and server.flow(flow)["state"] == "enabled"
    assert server.stop() == 0


def test_a_rule_that_could_not_be_decided_is_refused(serve):
    server = serve()
    actions = [f"{POLICIES}/marketingActions/core/emailTargeting"]

    def draft(**rule):
        return server.call("POST", f"{POLICIES}/policies/custom", {"name": "x", "marketingActionRefs": actions, **rule})

    for value in ["xEvent.count() > 1", 'segmentMembership.get("ups").isNotNull()', 'inSegment("gold")', "1 +", ""]:
        refused = draft(consent={"type": "PQL", "format": "pql/text", "value": value})
        assert refused.status == 400 and refused.json["errorCode"] in {"FIELD_INVALID", "PQL_INVALID"}, (value, refused)
    assert draft().status == 400
    assert draft(deny={"label": "C2"}, consent={"value": RULE}).status == 400
    typed = shell(server, "policies", "create", "x", "--action", "emailTargeting")
    assert typed.returncode == 65 and "--deny or --consent" in typed.stderr, typed
    assert server.expect(200, "GET", f"{POLICIES}/policies/custom")["children"] == []
    assert server.stop() == 0


OPT_OUTS = {
    "general": {"privacyOptOuts": [{"optOutType": "general_opt_out", "optOutValue": "out"}]},
    "sale": {"privacyOptOuts": [{"optOutType": "x"}, {"optOutType": "sales_sharing_opt_out", "optOutValue": "out"}]},
    "share": {"consents": {"share": {"val": "n"}}},
    "collect": {"consents": {"collect": {"val": "dn"}}},
}
NONE = {
    "nothing": {},
    "pending": {"privacyOptOuts": [{"optOutType": "general_opt_out", "optOutValue": "pending"}]},
    "other": {"privacyOptOuts": [{"optOutType": "device_linking", "optOutValue": "out"}]},
    "yes": {"consents": {"share": {"val": "y"}, "collect": {"val": "u"}}},
}


def test_who_opts_out_of_everything_is_left_out_where_audiences_say_so(serve, kinesis_local):
    server, local = serve(), kinesis_local()
    kinesis = hw.boto(local.endpoint)
    hw.create_stream(kinesis, "out", 1)
    gold = server.audience("gold", 'loyalty.tier = "gold"')
    flow = server.dataflow(local.endpoint, "out", [gold], ["person.name"])
    people = [*OPT_OUTS, *NONE]
    say(server, [person(name) for name in people])
    records(server, kinesis, len(people))

    # Off until it is switched on; then everybody is looked at, and who has said nothing against it stays.
    say(server, [person("early", **OPT_OUTS["general"])])
    records(server, kinesis, len(people) + 1)
    printed(server, "policies", "enable", "General opt-out")
    (who, last) = records(server, kinesis, len(people) + 2)[-1]
    assert who == "early" and status(last, gold) == "exited" and "person" not in last

    say(server, [person(name, **{**OPT_OUTS, **NONE}[name]) for name in people])
    changed = [name for name in NONE if NONE[name]]
    found = records(server, kinesis, len(people) + 2 + len(OPT_OUTS))[len(people) + 2 :]
    assert sorted(who for who, record in found) == sorted(OPT_OUTS), (found, changed)
    assert {status(record, gold) for _, record in found} == {"exited"}
    say(server, [person("general", person={"name": "Nora"}), person("yes", person={"name": "Yoko"})])
    (who, record) = records(server, kinesis, len(people) + 3 + len(OPT_OUTS))[-1]
    assert who == "yes" and record["person"] == {"name": "Yoko"}

    # An audience may be one that such people stay in.
    answer = told(server, "audiences", "opt-outs", "gold", "keep")
    assert answer["dataGovernancePolicy"] == {"excludeOptOut": False}
    assert "opt-outs     stay" in printed(server, "audiences", "show", "gold")
    again = records(server, kinesis, len(people) + 3 + len(OPT_OUTS) + len(OPT_OUTS) + 1)[-len(OPT_OUTS) - 1 :]
    assert sorted(who for who, _ in again) == sorted([*OPT_OUTS, "early"])
    assert {status(record, gold) for _, record in again} == {"realized"}
    assert server.stop() == 0


def test_who_stays_in_spite_of_an_opt_out_is_said_when_an_audience_is_made(serve):
    server = serve()
    words = ["--name", "gold", "--expression", 'loyalty.tier = "gold"', "--keep-opt-outs"]
    assert told(server, "audiences", "create", *words)["dataGovernancePolicy"] == {"excludeOptOut": False}
    assert told(server, "audiences", "opt-outs", "gold", "exclude")["dataGovernancePolicy"] == {"excludeOptOut": True}
    outcome = shell(server, "audiences", "opt-outs", "gold", "perhaps")
    assert outcome.returncode == 64 and "exclude" in outcome.stderr, outcome
    assert server.stop() == 0
