"""The demo's member counts, against a count of the same file that uses none of our code."""

import collections
import json
import subprocess

import headwater as hw


def test_the_demo_counts_what_the_file_says():
    spent = collections.defaultdict(float)
    bought = collections.Counter()
    for line in (hw.ROOT / "data" / "cdnow" / "CDNOW_sample.txt").read_text().splitlines():
        _, customer, _, _, amount = line.split()
        # Cents, so that the sum is exact.
        spent[customer] += round(float(amount) * 100)
        bought[customer] += 1
    expected = {
        "over": sum(1 for cents in spent.values() if cents > 10_000),
        "often": sum(1 for count in bought.values() if count >= 5),
        "once": sum(1 for count in bought.values() if count == 1),
    }
    assert expected == {"over": 615, "often": 388, "once": 1_205}

    run = subprocess.run([hw.BINARY, "demo", "--json"], capture_output=True, text=True, timeout=300, cwd=hw.ROOT)

    assert run.returncode == 0, run.stderr[-4_000:]
    summary = json.loads(run.stdout.strip().splitlines()[-1])
    assert sorted(audience["members"] for audience in summary["audiences"]) == sorted(expected.values())
    assert summary["received"]["profiles"] == 2_357 and summary["received"]["events"] == 6_919
    exports = summary["exports"]
    assert exports["triggered"] == exports["delivered"] + exports["failed"] + exports["pending"]
    assert exports["failed"] == exports["pending"] == 0 and exports["delivered"] == exports["readBack"] > 0
    assert summary["isBalanced"] is True
