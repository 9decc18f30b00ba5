"""scripts/cluster, as somebody types it who wants to see three nodes at work."""

import json
import os
import subprocess

import headwater as hw
import pytest

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="the program is built without PostgreSQL, or its server is not there"
)


def test_three_nodes_deliver_everything_while_one_is_killed():
    done = subprocess.run(
        [hw.ROOT / "scripts" / "cluster", "--try"],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "HEADWATER_BINARY": str(hw.BINARY)},
    )
    assert done.returncode == 0, done
    balance = json.loads(done.stdout)
    # Who was sent to the dead one is sent again, which is another update.
    assert 9_000 <= balance["delivered"] == balance["triggered"] and balance["isBalanced"], balance


def test_it_says_how_it_is_used():
    done = subprocess.run([hw.ROOT / "scripts" / "cluster", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "scripts/cluster --try" in done.stderr, done
