"""Which paths profiles have can be asked for without seeing what stands there."""

import json
import subprocess

import headwater as hw


def test_paths_of_a_sample_are_listed_without_values(serve):
    server = serve()
    empty = server.expect(200, "GET", "/v1/paths")
    assert empty["profiles"] == 0 and empty["paths"] == [], empty
    secret = "planted-value-4711"
    people = [
        {
            "identityMap": {"Email": [{"id": f"p{number}@x.example"}]},
            "person": {"name": {"firstName": secret}},
            "loyalty": {"points": number if number % 2 else number + 0.5},
            **({"tags": [secret]} if number < 10 else {}),
        }
        for number in range(40)
    ]
    assert server.ingest("profiles", people)["accepted"] == 40
    dataset = server.expect(201, "POST", "/data/foundation/catalog/dataSets", {"name": "other"})[0].split("/")[1]
    vip = {"identityMap": people[0]["identityMap"], "vip": True}
    assert server.ingest(f"profiles?dataset={dataset}", [vip])["accepted"] == 1

    answer = server.call("GET", "/v1/paths")
    assert answer.status == 200 and secret.encode() not in answer.body
    paths = {path["path"]: path for path in answer.json["paths"]}
    assert answer.json["profiles"] == 40
    assert list(paths) == sorted(paths)
    assert paths["person.name.firstName"]["profiles"] == 40
    assert paths["person.name.firstName"]["kinds"] == ["text"]
    assert paths["loyalty.points"]["kinds"] == ["integer", "number"]
    assert paths["tags"]["profiles"] == 10 and paths["tags"]["kinds"] == ["array"]
    assert paths["vip"]["kinds"] == ["boolean"] and paths["vip"]["datasets"] == [dataset]

    # Any part of a path, in any case; a page at a time.
    assert [path["path"] for path in server.expect(200, "GET", "/v1/paths?q=NAME.F")["paths"]] == ["person.name.firstName"]
    first = server.expect(200, "GET", "/v1/paths?limit=2")
    rest = server.expect(200, "GET", f"/v1/paths?start={first['next']}")
    assert [path["path"] for path in first["paths"] + rest["paths"]] == list(paths)
    assert "next" not in rest
    for wrong in ("limit=0", "limit=x", "limit=1001", "start="):
        assert server.call("GET", f"/v1/paths?{wrong}").status == 400

    command = [hw.BINARY, "profiles", "paths", "points", "--data", str(server.directory / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "loyalty.points  100 %  integer, number  " + paths["loyalty.points"]["datasets"][0] + "\n", done
    listed = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=60).stdout)
    assert [path["path"] for path in listed["paths"]] == ["loyalty.points"]
    assert server.stop() == 0
