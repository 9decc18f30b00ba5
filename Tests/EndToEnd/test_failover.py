"""A database whose primary is lost and whose standby takes over, under load."""

import os
import signal
import subprocess
import time

import headwater as hw
import pytest
from test_postgres import make_database, send, wait_for_store
from test_restart import Stream

pytestmark = pytest.mark.skipif(
    not os.environ.get("HEADWATER_POSTGRES_URL"), reason="HEADWATER_POSTGRES_URL names no server"
)


class Pair:
    """A primary and its standby, and the URL that leads to whichever takes writes."""

    def __init__(self, processes, synchronous):
        self.primary = make_database(processes)
        self.standby = make_database(processes, self.primary)
        self.url = f"postgres://headwater@127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}/postgres"
        if synchronous:
            self.primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.primary.query("SELECT pg_reload_conf()")
        wanted = "sync" if synchronous else "async"
        end = time.monotonic() + 30
        while self.primary.query("SELECT sync_state FROM pg_stat_replication") != wanted:
            assert time.monotonic() < end, "the standby does not follow"
            time.sleep(0.1)

    def fail_over(self):
        """Nothing is finished on the primary, and it never comes back."""
        self.primary.script("pause", self.primary.directory)
        self.primary.script("promote", self.standby.directory)

    def stop_receiving(self):
        """Has the standby fall behind."""
        postmaster = (self.standby.directory / "data" / "postmaster.pid").read_text().split("\n")[0]
        receiver = subprocess.check_output(["pgrep", "-P", postmaster, "-f", "walreceiver"], text=True).split()
        os.kill(int(receiver[0]), signal.SIGSTOP)
        return lambda: os.kill(int(receiver[0]), signal.SIGKILL)


def test_a_promoted_standby_has_all_that_was_acknowledged(serve, kinesis_local, slow_road, processes):
    pair = Pair(processes, synchronous=True)
    stream = Stream(serve, kinesis_local, slow_road, environment={"HEADWATER_DATABASE": pair.url})
    stream.begin()
    stream.pause(1, 2)
    pair.fail_over()
    stream.pause(1, 2)
    wait_for_store(stream.server)
    stream.end()


def test_a_standby_without_what_was_acknowledged_is_noticed(serve, processes):
    pair = Pair(processes, synchronous=False)
    server = serve(environment={"HEADWATER_DATABASE": pair.url})
    assert send(server, 1).status == 200
    end_receiver = pair.stop_receiving()
    assert send(server, 2).status == 200
    pair.primary.script("pause", pair.primary.directory)
    end_receiver()
    pair.primary.script("promote", pair.standby.directory)
    try:
        assert send(server, 3).status != 200
    except OSError:
        pass  # It ended before it could answer.
    assert server.process.wait(60) != 0
    log = server.log.read_text()
    assert "write_lost" in log and "which it had acknowledged" in log, log[-2_000:]
