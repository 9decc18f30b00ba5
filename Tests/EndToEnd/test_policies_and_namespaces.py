"""Namespaces and merge policies by the command line."""

import json
import subprocess

import headwater as hw


class Shell:
    def __init__(self, server, command):
        self.start, self.data = [hw.BINARY, command], ["--data", server.directory / "data"]

    def run(self, *arguments):
        command = [str(part) for part in (*self.start, *arguments, *self.data)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def printed(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.printed(*arguments, "--json"))


def test_namespaces_are_made_shown_and_limited(serve):
    server = serve()
    namespaces = Shell(server, "namespaces")

    made = namespaces.json("create", "Loyalty", "--type", "CROSS_DEVICE", "--name", "Loyalty card", "--pattern", "[0-9]+")

    assert made["code"] == "Loyalty" and made["pattern"] == "[0-9]+" and made["custom"] is True, made
    assert "Loyalty  CROSS_DEVICE  Loyalty card\n" in namespaces.printed("list")
    assert made in namespaces.json("list")["items"]
    assert namespaces.json("show", "loyalty") == made
    server.ingest("profiles", [{"identityMap": {"Loyalty": [{"id": "1"}]}, "tier": 1}])
    namespaces.printed(
        "update", "Loyalty", "--profile-max", "2", "--on-violation", "drop",
        "--ignored-value", "0", "--ignored-value", "000", "--reset", "pattern",
    )
    shown = namespaces.printed("show", "LOYALTY").splitlines()
    assert shown == [
        "namespace    Loyalty", "name         Loyalty card", "type         CROSS_DEVICE, custom",
        "nobody       0, 000", "pattern      any value", "per profile  at most 2", "otherwise    the identity is dropped",
    ], shown
    nobody = server.ingest("profiles", [{"identityMap": {"Loyalty": [{"id": "000"}]}, "tier": 1}])
    assert nobody["failed"] == 1, nobody
    assert namespaces.json("update", "Loyalty", "--no-ignored-values")["ignoredValues"] == []
    assert "null" in namespaces.json("update", "Loyalty", "--reset", "ignoredValues")["ignoredValues"]
    # A standard one can be limited too, and no symbol comes twice.
    assert namespaces.json("update", "Email", "--profile-max", "3")["profileMax"] == 3
    for words, code in (
        (["create", "Loyalty", "--type", "EMAIL"], 65),
        (["create", "Other", "--type", "ANY"], 65),
        (["create", "Other"], 64),
        (["show", "Nothing"], 65),
        (["show", ""], 64),
        (["update", "Nothing", "--reset", "pattern"], 65),
        (["update", "Loyalty", "--pattern", "("], 65),
        (["update", "Loyalty"], 64),
        (["update", "Loyalty", "--pattern", "a", "--reset", "pattern"], 64),
        (["update", "Loyalty", "--ignored-value", "a", "--no-ignored-values"], 64),
    ):
        done = namespaces.run(*words)
        assert done.returncode == code and done.stderr, (words, done)
    assert server.stop() == 0


def test_merge_policies_are_made_changed_and_deleted(serve):
    server = serve()
    policies = Shell(server, "merge-policies")
    for dataset in ("crm", "web"):
        server.ingest(f"profiles?dataset={dataset}", [{"identityMap": {"Email": [{"id": "a"}]}, "tier": dataset}])
    first = policies.json("list")["items"]
    assert [policy["default"] for policy in first] == [True], first

    made = policies.json("create", "CRM first", "--dataset", "crm", "--dataset", "web")

    assert made["attributeMerge"]["type"] == "dataSetPrecedence" and len(made["attributeMerge"]["order"]) == 2, made
    assert policies.json("show", "CRM first") == policies.json("show", made["id"]) == made
    assert f"{made['id']}  pdg, dataSetPrecedence  CRM first\n" in policies.printed("list")
    shown = policies.printed("show", made["id"]).splitlines()
    assert shown[:5] == [
        f"policy      {made['id']}", "name        CRM first", "default     no", "identities  pdg",
        "attributes  dataSetPrecedence",
    ], shown
    assert [line.split()[1] for line in shown[5:]] == made["attributeMerge"]["order"]
    changed = policies.json("update", "CRM first", "--name", "Latest", "--timestamps", "--default")
    assert changed["attributeMerge"] == {"type": "timestampOrdered"} and changed["default"] is True, changed
    assert policies.run("delete", "Latest").returncode == 65, "it is the default"
    policies.printed("update", first[0]["id"], "--default")
    assert policies.printed("delete", "Latest") == f"{made['id']} deleted\n"
    assert policies.json("list")["items"] == policies.json("list")["items"]
    for words, code in (
        (["show", "Latest"], 65),
        (["create", "Other", "--dataset", "nothing"], 65),
        (["create"], 64),
        (["update", first[0]["id"]], 64),
        (["update", first[0]["id"], "--dataset", "crm", "--timestamps"], 64),
        (["delete", first[0]["id"]], 65),
    ):
        done = policies.run(*words)
        assert done.returncode == code and done.stderr, (words, done)
    assert server.stop() == 0
