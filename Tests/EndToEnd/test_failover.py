"""A database whose primary is lost and whose standby takes over, under load."""

import os
import signal
import subprocess
import threading
import time

import headwater as hw
import pytest
from test_nodes import Cluster, Node
from test_postgres import make_database, send, wait_for_store
from test_restore_finish import finish
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
            self.name_standby()
        self.wait_for("sync" if synchronous else "async")

    def name_standby(self):
        self.primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.primary.query("SELECT pg_reload_conf()")

    def wait_for(self, wanted):
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


def lose_what_is_acknowledged(pair, server):
    """Fails over to a standby that is behind, and sees that the server which had answered says so and ends."""
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
    lose_what_is_acknowledged(pair, server)


def test_several_nodes_want_a_standby_that_is_waited_for(tmp_path, processes):
    pair = Pair(processes, synchronous=False)
    nodes = Cluster(tmp_path, processes, pair, urls=[pair.url])
    place = tmp_path / "second"
    (place / "data").mkdir(parents=True, mode=0o700)
    Cluster.copy_keys(nodes.nodes[0], place)
    with pytest.raises(AssertionError, match="synchronous_standby_names"):
        Node(place, environment={"HEADWATER_DATABASE": pair.url})
    # It leaves nothing behind by which the first one would count it.
    assert pair.primary.query("SELECT count(*) FROM headwater.node") == "1"
    # One alone may be started again, and a standby that is named is enough for all.
    assert nodes.stop() == 0
    nodes.nodes[0].start()
    pair.name_standby()
    pair.wait_for("sync")
    second = Node(place, environment={"HEADWATER_DATABASE": pair.url})
    processes.append(second)
    assert second.ready().json["role"] == "follower"
    assert second.stop() == 0 and nodes.stop() == 0


def test_what_a_failover_lost_is_noticed_by_the_node_that_had_acknowledged_it(tmp_path, processes):
    pair = Pair(processes, synchronous=False)
    nodes = Cluster(tmp_path, processes, pair, "--accept-async-replication", urls=[pair.url] * 2)
    leader, follower = nodes.nodes
    lose_what_is_acknowledged(pair, follower)
    # It stays so until somebody accepts the loss.
    follower.launch()
    assert follower.process.wait(60) != 0
    assert "run headwater restore-finish" in follower.log.read_text()
    # The other one had no part in it.
    leader.wait_until(lambda: send(leader, 4).status == 200)
    assert leader.stop() == 0
    assert finish(database=pair.url).returncode == 0
    leader.start()
    follower.start()
    assert send(follower, 5).status == 200
    assert follower.stop() == 0 and leader.stop() == 0


def test_a_node_ends_where_no_standby_confirms_what_it_commits(serve, processes):
    pair = Pair(processes, synchronous=True)
    server = serve(environment={"HEADWATER_DATABASE": pair.url})
    assert send(server, 1).status == 200
    pair.standby.script("pause", pair.standby.directory)
    answers = []

    def wait_for_answer():
        try:
            answers.append(send(server, 2).status)
        except OSError:
            answers.append(None)

    sender = threading.Thread(target=wait_for_answer)
    sender.start()
    server.wait_until(lambda: hw.request("GET", f"{server.url}/ready").status == 503)
    # It looks for a minute for what became of the commit, which holds rows that its other connections want.
    assert server.process.wait(150) == 69, server.log.read_text()[-2_000:]
    sender.join(60)
    assert answers and answers[0] != 200
    assert "write_lost" in server.log.read_text()
    pair.standby.script("resume", pair.standby.directory)
    pair.wait_for("sync")
    server.start()
    assert send(server, 3).status == 200
    assert server.profile("Email", "a@example.org")["step"] == 3
    assert server.stop() == 0
