"""Labels and policies decide where data goes, labels and roles who sees it, over the real process."""

import json

import headwater as hw
from test_access import headwater, token

POLICIES = "/data/foundation/dulepolicy"
AUDIENCES = "/data/core/ups/audiences"
DEFINITIONS = "/data/core/ups/segment/definitions"
ROLES = "/data/foundation/access-control/administration/roles"


def shell(server, *words):
    return headwater(*words, "--data", server.directory / "data")


def printed(server, *words):
    outcome = shell(server, *words)
    assert outcome.returncode == 0, (words, outcome)
    return outcome.stdout


def told(server, *words):
    return json.loads(printed(server, *words, "--json"))


def adding_audience(audience):
    value = {"type": "PLATFORM_SEGMENT", "value": {"id": audience}}
    return [{"op": "add", "path": hw.SELECTORS.format("segmentSelectors"), "value": value}]


def adding_attribute(path):
    value = {"type": "JSON_PATH", "value": {"path": path}}
    return [{"op": "add", "path": hw.SELECTORS.format("profileSelectors"), "value": value}]


def exporting(server, kinesis_local, audiences, attributes):
    """A dataflow that hands data to a company that is not ours."""
    local = kinesis_local()
    hw.create_stream(hw.boto(local.endpoint), "out", 1)
    flow = server.dataflow(local.endpoint, "out", audiences, attributes)
    actions = [{"type": "core", "name": "exportToThirdParty"}]
    answer = server.patch_flow(flow, [{"op": "add", "path": "/marketingActions", "value": actions}])
    assert answer.status == 202, answer
    return flow


def violated(answer):
    """The ids of the policies for which something was refused."""
    assert answer.status == 409 and answer.json["errorCode"] == "POLICY_VIOLATED", answer
    return [policy["id"] for policy in answer.json["violatedPolicies"]]


def ids(evaluation):
    return [policy["id"] for policy in evaluation["violatedPolicies"]]


def test_a_labelled_field_is_not_handed_to_others(serve, kinesis_local):
    """A36 and A37 over the API and the shell."""
    server = serve()
    grown, rich = server.audience("grown", "person.age >= 18"), server.audience("rich", "person.income > 100000")
    flow = exporting(server, kinesis_local, [grown], ["person.age"])
    server.expect(200, "PUT", "/v1/labels/fields/person.income", {"labels": ["C2"]})
    assert printed(server, "labels", "show", "--field", "person.income") == "person.income has C2\n"
    assert told(server, "policies", "enable", "corepolicy_0001")["status"] == "ENABLED"
    before = server.flow(flow)["etag"]

    refused = server.patch_flow(flow, adding_audience(rich))

    assert violated(refused) == ["corepolicy_0001"]
    assert refused.json["violations"][0]["labels"] == [
        {"label": "C2", "on": "field", "path": "person.income", "through": "definition", "audienceId": rich}
    ]
    assert violated(server.patch_flow(flow, adding_attribute("person.income"))) == ["corepolicy_0001"]
    typed = shell(server, "dataflows", "map", "to-out", "--audience", "rich")
    assert typed.returncode == 65 and "POLICY_VIOLATED" in typed.stderr and "Cures" in typed.stderr, typed
    assert server.flow(flow)["etag"] == before, "nothing has changed"
    shown = printed(server, "labels", "show", "--audience", "rich")
    assert "C2  from the field person.income, which its rule looks at\n" in shown, shown

    # A label on a field that nobody looks at or maps is no obstacle.
    assert printed(server, "labels", "set", "--field", "person.shoe", "C2") == "person.shoe has C2\n"
    assert printed(server, "labels", "fields") == "person.income  C2\nperson.shoe  C2\n"
    assert server.patch_flow(flow, adding_attribute("person.name")).status == 202

    assert printed(server, "labels", "set", "--field", "person.income") == "person.income has no labels\n"
    assert server.patch_flow(flow, adding_audience(rich)).status == 202
    assert server.patch_flow(flow, adding_attribute("person.income")).status == 202
    assert server.stop() == 0


def test_what_a_dataflow_maps_cannot_be_forbidden_behind_its_back(serve, kinesis_local):
    server = serve()
    grown = server.audience("grown", "person.age >= 18")
    flow = exporting(server, kinesis_local, [grown], ["person.name"])
    printed(server, "policies", "enable", "corepolicy_0001")

    for path in ["person.age", "person.name", "person.name.first", "person"]:
        refused = server.call("PUT", f"/v1/labels/fields/{path}", {"labels": ["C2"]})
        assert violated(refused) == ["corepolicy_0001"], path
        assert server.expect(200, "GET", f"/v1/labels/fields/{path}")["labels"] == []
    typed = shell(server, "labels", "set", "--field", "person.name", "C2")
    assert typed.returncode == 65 and "POLICY_VIOLATED" in typed.stderr, typed

    # Nor can a policy be enabled that a dataflow breaks.
    printed(server, "policies", "disable", "corepolicy_0001")
    printed(server, "labels", "set", "--field", "person.name", "C2")
    typed = shell(server, "policies", "enable", "corepolicy_0001")
    assert typed.returncode == 65 and "POLICY_VIOLATED" in typed.stderr, typed
    assert told(server, "policies", "show", "corepolicy_0001")["status"] == "DISABLED"
    assert server.flow(flow)["state"] == "enabled"
    assert server.stop() == 0


def test_labels_and_policies_outlast_a_restart(serve, kinesis_local):
    server = serve()
    grown, rich = server.audience("grown", "person.age >= 18"), server.audience("rich", "person.income > 100000")
    flow = exporting(server, kinesis_local, [grown], ["person.age"])
    printed(server, "labels", "create", "Shoe")
    printed(server, "labels", "set", "--field", "person.income", "C2", "Shoe")
    printed(server, "policies", "enable", "corepolicy_0001")
    own = told(
        server, "policies", "create", "No shoes", "--action", "exportToThirdParty", "--deny", "Shoe and C2", "--enabled"
    )["id"]
    printed(server, "policies", "visibility", "on")
    assert server.stop() == 0
    server.start()

    assert told(server, "labels", "fields")["items"] == [{"path": "person.income", "labels": ["C2", "Shoe"]}]
    assert set(violated(server.patch_flow(flow, adding_audience(rich)))) == {"corepolicy_0001", own}
    assert printed(server, "policies", "visibility") == "on\n"
    server.kill()
    server.start()
    assert set(violated(server.patch_flow(flow, adding_attribute("person")))) == {"corepolicy_0001", own}
    kinds = {change["kind"] for change in server.expect(200, "GET", "/v1/changes")["items"]}
    assert {"label", "placedLabels", "policy", "enabledPolicies", "accessPolicy"} <= kinds, kinds
    assert server.stop() == 0


def program(server, name, *labels):
    """A program that may do much and sees these labels; asks as it would."""
    role = {
        "name": name,
        "permissionSets": ["manage-destinations", "activate-destinations", "view-profiles", "manage-segments"],
        "subjectAttributes": {"labels": list(labels)},
    }
    made = server.expect(
        201, "POST", "/v1/credentials", {"name": name, "roles": [server.expect(200, "POST", ROLES, role)["id"]]}
    )
    headers = token(server, {"client_id": made["clientId"], "client_secret": made["clientSecret"]})

    def ask(method, path, body=None, **more):
        return hw.request(method, server.url + path, body, {**headers, "Content-Type": "application/json", **more})

    return ask


def test_who_lacks_a_label_does_not_see_what_has_it(serve, kinesis_local):
    """A39: mappings, profiles and audiences."""
    server = serve()
    local = kinesis_local()
    hw.create_stream(hw.boto(local.endpoint), "out", 1)
    grown, secret = server.audience("grown", "person.age >= 18"), server.audience("secret", "person.age >= 21")
    child = server.audience("child", "person.age < 18")
    person = {"identityMap": {"Email": [{"id": "mira@shop.example"}]}, "person": {"age": 40, "income": 120_000}}
    assert server.ingest("profiles", [person])["accepted"] == 1
    flow = server.dataflow(local.endpoint, "out", [grown], ["person.income"])
    printed(server, "labels", "set", "--field", "person.income", "C5")
    labelling = [{"op": "add", "path": "/labels", "value": ["core/C3"]}]
    server.expect(200, "PATCH", f"{AUDIENCES}/{secret}", labelling)
    ask = program(server, "Sales")
    query = "schema.name=_xdm.context.profile&entityId=mira@shop.example&entityIdNS=Email"

    def profile():
        answer = ask("GET", f"/data/core/ups/access/entities?{query}")
        assert answer.status == 200, answer
        return next(iter(answer.json.values()))["entity"]

    def add(audience):
        path = f"{hw.FLOW_SERVICE}/flows/{flow}"
        return ask("PATCH", path, adding_audience(audience), **{"If-Match": server.flow(flow)["etag"]})

    def lists():
        answers = [ask("GET", path) for path in [AUDIENCES, DEFINITIONS]]
        assert [answer.status for answer in answers] == [200, 200], answers
        return [answer.body.decode() for answer in answers]

    # Labels decide nothing until they are switched on.
    assert printed(server, "policies", "visibility") == "off\n"
    assert profile()["person"] == person["person"] and secret in json.dumps(profile())
    assert all(secret in text for text in lists())

    assert printed(server, "policies", "visibility", "on") == "on\n"
    refused = add(child)
    assert refused.status == 403 and refused.json["errorCode"] == "FIELD_HIDDEN", refused
    assert "income" not in refused.body.decode()
    assert profile()["person"] == {"age": 40}
    assert grown in json.dumps(profile()) and secret not in json.dumps(profile())
    for path in [f"{AUDIENCES}/{secret}", f"{DEFINITIONS}/{secret}", f"/v1/audiences/{secret}/members"]:
        assert ask("GET", path).status == 404, path
    assert all(secret not in text and grown in text for text in lists())

    # Who administers sees all of it, and so does a program whose role gets the labels, from the next request on.
    assert server.profile("Email", "mira@shop.example")["person"] == person["person"]
    server.expect(200, "GET", f"{AUDIENCES}/{secret}")
    printed(server, "roles", "update", "Sales", "--label", "C5", "--label", "core/C3")
    assert profile()["person"] == person["person"] and secret in json.dumps(profile())
    for path in [f"{AUDIENCES}/{secret}", f"{DEFINITIONS}/{secret}", f"/v1/audiences/{secret}/members"]:
        assert ask("GET", path).status == 200, path
    assert all(secret in text for text in lists())
    for audience in [child, secret]:
        added = add(audience)
        assert added.status == 202, added

    # Without the labels again, it is as before; switched off, it is not.
    printed(server, "roles", "update", "Sales", "--without-label", "C5", "--without-label", "C3")
    assert profile()["person"] == {"age": 40} and ask("GET", f"{AUDIENCES}/{secret}").status == 404
    assert printed(server, "policies", "visibility", "off") == "off\n"
    assert profile()["person"] == person["person"] and ask("GET", f"{AUDIENCES}/{secret}").status == 200
    assert server.stop() == 0


def test_policies_are_read_and_tried_in_the_shapes_of_adobe(serve):
    server = serve()

    def get(path):
        return server.expect(200, "GET", POLICIES + path)

    labels = get("/labels/core")
    names = [label["name"] for label in labels["children"]]
    assert names[:12] == [f"C{number}" for number in range(1, 13)], names
    assert {"I1", "I2", "S1", "S2"} <= set(names) and labels["_page"]["count"] == len(names)
    assert get("/labels/core/C2")["friendlyName"] and get("/labels/custom")["children"] == []
    page = get("/labels/core?limit=5")
    assert [label["name"] for label in page["children"]] == names[:5] and page["_page"]["next"] == names[5]
    following = server.expect(200, "GET", page["_links"]["next"]["href"])
    assert [label["name"] for label in following["children"]] == names[5:10], following
    policies = get("/policies/core")["children"]
    assert [policy["id"] for policy in policies] == [f"corepolicy_{number:04}" for number in range(1, 12)]
    assert {policy["status"] for policy in policies} == {"DISABLED"}
    assert policies[0]["deny"] == {"label": "C2"}, policies[0]
    assert policies[0]["marketingActionRefs"][0].endswith("/marketingActions/core/exportToThirdParty")
    actions = {action["name"] for action in get("/marketingActions/core")["children"]}
    assert {"analytics", "crossSiteTargeting", "emailTargeting", "exportToThirdParty", "segmentMatch"} <= actions
    assert server.call("GET", f"{POLICIES}/policies/core/nothing").status == 404

    export = "/marketingActions/core/exportToThirdParty/constraints"
    assert ids(get(f"{export}?duleLabels=C1,C2")) == []
    enabled = server.expect(200, "PUT", f"{POLICIES}/enabledCorePolicies", {"policyIds": ["corepolicy_0001"]})
    assert enabled["policyIds"] == get("/enabledCorePolicies")["policyIds"] == ["corepolicy_0001"]
    tried = get(f"{export}?duleLabels=C1,C2")
    assert ids(tried) == ["corepolicy_0001"] and tried["duleLabels"] == ["C1", "C2"], tried
    assert ids(get(f"{export}?duleLabels=C1")) == []
    assert ids(get("/marketingActions/core/analytics/constraints?duleLabels=C2")) == []
    assert ids(get("/marketingActions/core/analytics/constraints?duleLabels=C12")) == ["headwater-no-export"]
    assert server.call("GET", POLICIES + export).status == 400

    dataset = server.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": "bought"})[0].rsplit("/", 1)[-1]
    path = f"/data/foundation/dataset/datasets/{dataset}/labels"
    assert server.expect(200, "PUT", path, {"labels": ["core/C1"]})["labels"] == ["C1"]
    assert server.expect(200, "GET", path)[f"AEP:dataset:{dataset}"]["labels"] == ["C1"]
    server.expect(200, "PUT", "/v1/labels/fields/person.income", {"labels": ["C2"]})
    whole = {"entityType": "dataSet", "entityId": dataset}

    def evaluate(*fields):
        meta = {"fields": [f"/properties/person/properties/{field}" for field in fields]}
        return server.expect(200, "POST", POLICIES + export, [{**whole, "entityMeta": meta}])

    assert ids(evaluate("age")) == [] and evaluate("age")["duleLabels"] == ["C1"]
    income = evaluate("age", "income")
    assert ids(income) == ["corepolicy_0001"] and set(income["duleLabels"]) == {"C1", "C2"}, income
    assert income["discoveredLabels"][0]["dataSetLabels"]["fields"] == [
        {"path": "/properties/person/properties/income", "labels": ["C2"]}
    ]
    answers = server.expect(
        200,
        "POST",
        f"{POLICIES}/bulk-eval",
        [
            {"evalRef": f"https://platform.adobe.io{POLICIES}{export}", "includeDraft": False, "labels": ["C2"]},
            {"evalRef": f"{POLICIES}/marketingActions/custom/nothing/constraints", "labels": ["C2"]},
            {"evalRef": POLICIES + export, "entityList": [whole]},
        ],
    )
    assert [answer["status"] for answer in answers] == [200, 404, 200], answers
    assert ids(answers[0]["body"]) == ids(answers[2]["body"]) == ["corepolicy_0001"]
    assert server.stop() == 0


def test_labels_and_policies_are_managed_from_the_shell(serve):
    server = serve()
    server.ingest("profiles?dataset=crm", [{"identityMap": {"Email": [{"id": "a@shop.example"}]}, "tier": 1}])
    words = ["--title", "Shoe size", "--category", "Body", "--description", "Says how big feet are."]
    made = told(server, "labels", "create", "Shoe", *words)
    assert [made[key] for key in ("name", "friendlyName", "category")] == ["Shoe", "Shoe size", "Body"], made
    assert printed(server, "labels", "create", "Shoe", "--title", "Feet") == "Shoe  Feet\n"
    listed = printed(server, "labels", "list").splitlines()
    assert listed[0].startswith("C1  Aggregated export  ") and listed[-1] == "Shoe  Feet", listed
    assert told(server, "labels", "list")["items"][-1]["name"] == "Shoe"
    assert printed(server, "labels", "set", "--dataset", "crm", "C1", "custom/Shoe") == "crm has C1, Shoe\n"
    assert printed(server, "labels", "show", "--dataset", "crm") == "crm has C1, Shoe\n"
    dataset = told(server, "labels", "set", "--dataset", "crm")
    assert dataset["labels"] == [] and told(server, "labels", "show", "--dataset", dataset["dataSetId"]) == dataset

    action = printed(server, "policies", "create-action", "on paper", "--description", "Letters.")
    assert action == "on paper  Letters.\n"
    listed = printed(server, "policies", "actions").splitlines()
    assert listed[-1] == "on paper  Letters." and any(line.startswith("exportToThirdParty  ") for line in listed)
    create = ["policies", "create", "No feet", "--action", "on paper", "--action", "emailTargeting"]
    policy = told(server, *create, "--deny", "C1 AND (Shoe or C4)")
    assert policy["status"] == "DRAFT" and policy["deny"] == {
        "operator": "AND",
        "operands": [{"label": "C1"}, {"operator": "OR", "operands": [{"label": "Shoe"}, {"label": "C4"}]}],
    }, policy
    links = [link.split("/marketingActions/")[1] for link in policy["marketingActionRefs"]]
    assert links == ["custom/on%20paper", "core/emailTargeting"], links
    line = policy["id"] + "  {}  No feet  C1 and (Shoe or C4)  on paper, emailTargeting\n"
    check = ["policies", "check", "--action", "on paper", "--label", "C1", "--label", "Shoe"]
    assert printed(server, *check) == "no policy would be broken\n"
    assert printed(server, *check, "--include-draft") == line.format("DRAFT")
    shown = printed(server, "policies", "enable", "No feet").splitlines()
    assert shown == [
        f"policy       {policy['id']}", "name         No feet", "status       ENABLED", "description  ",
        "denies       C1 and (Shoe or C4)", "for          on paper", "for          emailTargeting",
    ], shown
    assert printed(server, *check) == line.format("ENABLED")
    assert ids(told(server, *check)) == [policy["id"]]
    check = ["policies", "check", "--action", "on paper", "--label", "C1"]
    assert printed(server, *check) == "no policy would be broken\n"
    listed = printed(server, "policies", "list").splitlines(keepends=True)
    assert listed[0] == "corepolicy_0001  DISABLED  3rd party export restriction  C2  exportToThirdParty\n", listed
    assert listed[-1] == line.format("ENABLED")
    assert told(server, "policies", "disable", policy["id"])["status"] == "DISABLED"
    for switch, status in [("enable", "ENABLED"), ("enable", "ENABLED"), ("disable", "DISABLED")]:
        assert told(server, "policies", switch, "corepolicy_0004")["status"] == status
    refused = shell(server, "policies", "delete-action", "on paper")
    assert refused.returncode == 65 and "policies name it" in refused.stderr, refused

    create = ["policies", "create", "Other", "--action", "analytics", "--deny"]
    for words, code, reason in [
        ([*create, "C1 and C2 or C3"], 65, "column 11"),
        ([*create, "Nothing"], 65, "no label"),
        (["policies", "create", "Other", "--action", "nothing", "--deny", "C1"], 65, "no marketing action"),
        (["policies", "create", "Other", "--deny", "C1"], 64, "--action"),
        (["policies", "show", "Other"], 65, "policies list"),
        (["policies", "delete", "corepolicy_0001"], 65, "disable"),
        (["policies", "check", "--action", "nothing", "--label", "C1"], 65, "no marketing action"),
        (["policies", "visibility", "maybe"], 64, "maybe"),
        (["labels", "create", "C1"], 65, "every server has"),
        (["labels", "set", "C1"], 64, "--field"),
        (["labels", "set", "--field", "a.b", "Nothing"], 65, "no label"),
        (["labels", "set", "--field", "", "C1"], 64, "empty"),
        (["labels", "set", "--dataset", "nothing", "C1"], 65, "datasets list"),
        (["labels", "show", "--field", "a.b", "--dataset", "crm"], 64, "--audience"),
        (["labels", "show", "--audience", "nobody"], 65, "audiences list"),
    ]:
        outcome = shell(server, *words)
        assert outcome.returncode == code and reason in outcome.stderr, (words, outcome)
    assert printed(server, "policies", "delete", policy["id"]) == f"{policy['id']} is deleted\n"
    assert printed(server, "policies", "delete-action", "on paper") == "on paper is deleted\n"
    assert told(server, "policies", "list")["items"][-1]["id"] == "corepolicy_0011"
    assert server.stop() == 0
