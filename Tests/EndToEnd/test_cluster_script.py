"""scripts/cluster, as somebody types it who wants to see three nodes at work."""

import json
import os
import signal
import subprocess

import headwater as hw
import pytest

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="the program is built without PostgreSQL, or its server is not there"
)


def test_three_nodes_deliver_everything_while_one_is_killed():
    environment = {**os.environ, "HEADWATER_BINARY": str(hw.BINARY)}
    command = [hw.ROOT / "scripts" / "cluster", "--try"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as script:
        try:
            shown, said = script.communicate(timeout=400)
        except subprocess.TimeoutExpired:
            # It ends what it has started.
            os.killpg(script.pid, signal.SIGTERM)
            raise
    assert script.returncode == 0, said
    balance = json.loads(shown)
    # Who was sent to the dead one is sent again, which is another update.
    assert 9_000 <= balance["delivered"] == balance["triggered"] and balance["isBalanced"], balance


def test_it_says_how_it_is_used():
    done = subprocess.run([hw.ROOT / "scripts" / "cluster", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "scripts/cluster --try" in done.stderr, done
