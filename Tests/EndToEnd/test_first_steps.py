"""The first half hour: what a stranger may do wrong is told, changes nothing, and can be done again."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess

import headwater as hw
import pytest

NOBODY = 65_534


def run(*arguments, cwd=None, preexec_fn=None, timeout=60, environment=None):
    """A command that is expected to end by itself."""
    return subprocess.run(
        [str(part) for part in (hw.BINARY, *arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        preexec_fn=preexec_fn,
        env=environment,
    )


class Server:
    """A server on a free port, told where it listens by its own output."""

    def __init__(self, directory, *options, cwd=None, preexec_fn=None):
        self.process = subprocess.Popen(
            [str(part) for part in (hw.BINARY, "serve", "--data", directory, "--port", "0", "--json", *options)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            preexec_fn=preexec_fn,
        )
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1][-4_000:]
        self.url = json.loads(line)["endpoint"]

    def sign_in(self, admin_file) -> int:
        admin = json.loads(pathlib.Path(admin_file).read_text())
        form = f"grant_type=client_credentials&client_id={admin['client_id']}&client_secret={admin['client_secret']}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return hw.request("POST", f"{self.url}/ims/token/v3", form.encode(), headers).status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def started(processes):
    def start(directory, *options, **more):
        server = Server(directory, *options, **more)
        processes.append(server)
        return server

    return start


def contents(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def become_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


# Where the data goes.


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("credentials", "list"), ("credentials", "create")])
def test_a_directory_with_other_files_is_refused_and_left_as_it_is(tmp_path, command):
    place = tmp_path / "data"
    (place / "cdnow").mkdir(parents=True)
    (place / "cdnow" / "purchases.txt").write_text("1 2 3")
    before = contents(place)

    outcome = run(*command, "--data", place)

    assert outcome.returncode == 65, outcome
    assert str(place) in outcome.stderr and outcome.stdout == ""
    assert contents(place) == before


@pytest.mark.parametrize("name", ["admin.json", "data.key", "suppression.key", "token.key"])
@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("credentials", "list")])
def test_files_of_somebody_else_with_our_names_get_no_lock_beside_them(tmp_path, command, name):
    (tmp_path / name).write_text("{}")

    outcome = run(*command, "--data", tmp_path)

    assert outcome.returncode == 65 and str(tmp_path) in outcome.stderr, outcome
    assert contents(tmp_path) == [name]


@pytest.mark.parametrize(
    "environment, options",
    [
        ({"HEADWATER_DATA_KEY": "0a0a"}, []),
        ({}, ["--host", "0.0.0.0"]),
        ({}, ["--tls-cert", "/nonexistent/cert.pem", "--tls-key", "/nonexistent/key.pem"]),
        ({}, ["--public-url", "foo"]),
        ({}, ["--https-proxy", "ftp://proxy.example"]),
        ({"HEADWATER_HTTPS_PROXY": "ftp://proxy.example"}, []),
        ({}, ["--cors-origin", "https://*.shop.example"]),
    ],
)
def test_a_start_that_is_refused_makes_nothing(tmp_path, environment, options):
    (tmp_path / "empty").mkdir()
    for place in ["new", "empty"]:
        outcome = run(
            "serve", "--port", "0", "--data", tmp_path / place, *options, environment={**os.environ, **environment}
        )

        assert outcome.returncode in (64, 65), outcome
        assert contents(tmp_path) == ["empty"], outcome


def test_a_new_volume_and_an_empty_directory_are_taken(tmp_path, started):
    for name, files in [("empty", []), ("volume", ["lost+found"])]:
        place = tmp_path / name
        place.mkdir()
        for file in files:
            (place / file).mkdir()
        server = started(place)
        assert server.sign_in(place / "admin.json") == 200
        assert server.stop() == 0


@pytest.mark.parametrize("command", ["list", "create"])
def test_credentials_of_a_mistyped_directory_make_nothing(tmp_path, command):
    for place in [tmp_path / "typo", tmp_path / "empty"]:
        if place.name == "empty":
            place.mkdir()

        outcome = run("credentials", command, "--data", place)

        assert outcome.returncode == 65 and str(place) in outcome.stderr, outcome
    assert contents(tmp_path) == ["empty"]


@pytest.mark.parametrize("name", ["a/b/c", "file", "file/below", "dangling", ""])
def test_a_directory_that_cannot_be_made_is_named(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = contents(tmp_path)

    outcome = run("serve", "--port", "0", "--data", name, cwd=tmp_path)

    assert outcome.returncode in (65, 69), outcome
    reason = outcome.stderr.splitlines()[-1]
    assert reason.startswith("headwater: ") and name in reason, outcome
    assert contents(tmp_path) == before


def test_everything_is_for_its_owner_only_whatever_the_umask(tmp_path, started):
    place = tmp_path / "store"

    server = started(place, preexec_fn=lambda: os.umask(0))

    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert {"admin.json", "data.key", "suppression.key", "token.key", "headwater.db"} <= modes.keys()
    assert server.stop() == 0


def test_a_moved_directory_goes_on_and_a_symbolic_link_leads_to_it(tmp_path, started):
    first = started("store", cwd=tmp_path)
    assert first.stop() == 0
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "store", tmp_path / "elsewhere" / "store")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "store")

    server = started("link/", cwd=tmp_path)

    assert server.sign_in(tmp_path / "link" / "admin.json") == 200
    assert json.loads((tmp_path / "link" / "admin.json").read_text())["endpoint"] == server.url
    again = run("serve", "--port", "0", "--data", tmp_path / "elsewhere" / "store")
    assert again.returncode == 75 and f"process {server.process.pid}" in again.stderr, again
    assert server.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_elses_directory_and_a_read_only_one_are_named(tmp_path, started):
    # pytest's own directories are root's alone; the other user has to get this far.
    for above in [tmp_path, *tmp_path.parents][:3]:
        above.chmod(0o755)
    owned = tmp_path / "owned"
    assert started(owned).stop() == 0
    before = {path.name: path.stat().st_mtime_ns for path in owned.iterdir()}
    bare = tmp_path / "bare"
    bare.mkdir(mode=0o555)
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)

    for place in [owned, bare, shut, tmp_path / "new"]:
        outcome = run("serve", "--port", "0", "--data", place, preexec_fn=become_nobody)

        assert outcome.returncode == 69, outcome
        assert str(place) in outcome.stderr and "Permission denied" in outcome.stderr, outcome
    assert {path.name: path.stat().st_mtime_ns for path in owned.iterdir()} == before
    assert contents(bare) == contents(shut) == [] and not (tmp_path / "new").exists()


# What is in the way.


@pytest.mark.parametrize("command", ["serve", "kinesis-local"])
def test_a_port_that_is_taken_is_named_and_the_first_start_is_not_lost(tmp_path, started, command):
    place = tmp_path / "store"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        outcome = run(command, "--port", port, *(["--data", place] if command == "serve" else []))

    assert outcome.returncode == 69, outcome
    said = outcome.stderr.strip().splitlines()[-1].lower()
    assert f"cannot listen on 127.0.0.1:{port}" in said and "address already in use" in said and "another" in said, said
    if command == "serve":
        server = started(place)
        assert server.sign_in(place / "admin.json") == 200
        assert server.stop() == 0


def test_a_second_start_on_the_same_directory_is_refused_and_the_first_goes_on(tmp_path, started):
    place = tmp_path / "store"
    server = started(place)
    admin = (place / "admin.json").read_bytes()

    for command in [("serve", "--port", "0"), ("credentials", "list")]:
        outcome = run(*command, "--data", place)

        assert outcome.returncode == 75, outcome
        assert str(place) in outcome.stderr and f"process {server.process.pid}" in outcome.stderr, outcome
    assert (place / "admin.json").read_bytes() == admin
    assert server.sign_in(place / "admin.json") == 200
    assert server.stop() == 0


# The limit of a file's size stands for a disk that is full; each value ends the first start at another file or page.
@pytest.mark.parametrize("limit", [0, 10, 40, 400, 4_096, 8_192, 33_000, 50_000, 70_000, 90_000])
def test_a_first_start_that_found_no_room_can_be_repeated(tmp_path, started, limit):
    place = tmp_path / "store"

    failed = run(
        "serve",
        "--port",
        "0",
        "--data",
        place,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)),
    )

    assert failed.returncode == 75, failed
    assert re.search("no room|disk is full|File too large", failed.stderr), failed
    server = started(place)
    assert server.sign_in(place / "admin.json") == 200
    assert server.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_no_room_for_a_key_is_told_with_its_path_and_can_be_repeated(tmp_path):
    """A file system that takes only so many files is full at each file of a first start in turn."""
    script = """
        start() {
            rm -f "$1.out"
            "$2" serve --data "$1" --port 0 --json >"$1.out" & child=$!
            until [ -s "$1.out" ] || ! kill -0 $child 2>/dev/null; do sleep 0.05; done
            kill $child 2>/dev/null
            wait $child
        }
        mount -t tmpfs -o size=16m,nr_inodes=$3 none "$1" || exit 99
        start "$1" "$2"; first=$?
        mount -o remount,nr_inodes=100 "$1"
        start "$1" "$2" 2>/dev/null; second=$?
        echo "$first $second $(ls "$1" | tr '\\n' ' ')"
    """
    place = tmp_path / "store"
    place.mkdir()
    told = set()
    for files in range(2, 14):
        outcome = subprocess.run(
            ["unshare", "-m", "bash", "-c", script, "bash", place, hw.BINARY, str(files)], capture_output=True, text=True
        )
        if outcome.returncode in (1, 99):
            pytest.skip(f"no file system can be mounted here: {outcome.stderr}")
        first, second, *names = outcome.stdout.splitlines()[-1].split()
        assert second == "0", outcome
        if first == "0":
            break
        assert "admin.json" in names and not any(name.endswith(".new") for name in names), names
        # The database has words of its own.
        key = re.search(r"cannot create \S+/(token.key|data.key|suppression.key|admin.json)", outcome.stderr)
        if key:
            assert first == "75" and str(place) in outcome.stderr and "make room" in outcome.stderr, outcome
            told.add(key[1])
    assert told == {"token.key", "data.key", "suppression.key", "admin.json"}


def test_the_demo_runs_in_any_folder(tmp_path):
    outcome = run("demo", "--json", cwd=tmp_path, timeout=300)

    assert outcome.returncode == 0, outcome.stderr[-4_000:]
    assert json.loads(outcome.stdout.splitlines()[-1])["isBalanced"] is True
    assert contents(tmp_path) == []


# What README says.


def test_what_a_server_keeps_is_ignored_by_git(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True, capture_output=True)
    shutil.copy(hw.ROOT / ".gitignore", tmp_path)
    kept = ["admin.json", "admin.json.new", "data.key", "token.key", "suppression.key", "headwater.db", "headwater.db-wal", "headwater.db-shm"]
    private = [f"{place}/{name}" for place in ["data", "headwater-data", "some/where"] for name in kept]
    private += ["headwater-data/headwater.witness", "headwater-data/lock", "backup.db", "people.csv.headwater-progress"]

    answer = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "--no-index", *private], capture_output=True, text=True
    )

    assert sorted(answer.stdout.split()) == sorted(private)
    sources = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "--no-index", "data/cdnow/CDNOW_sample.txt", "Sources/main.swift"],
        capture_output=True,
    )
    assert sources.stdout == b""


def test_a_server_started_in_any_checkout_leaves_nothing_to_publish(tmp_path, started):
    subprocess.run(["git", "init", "-q", tmp_path], check=True, capture_output=True)
    (tmp_path / "source.c").write_text("")
    server = started("somewhere", cwd=tmp_path)

    subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True, capture_output=True)

    listed = subprocess.run(["git", "-C", tmp_path, "ls-files"], capture_output=True, text=True).stdout
    assert listed.split() == ["source.c"]
    assert server.stop() == 0


def test_the_lines_of_the_readme_work_without_jq(tmp_path):
    text = (hw.ROOT / "README.md").read_text()
    start = text[text.index("## Start") : text.index("## Consume the stream")]
    lines = "".join(re.findall(r"^```\n(.*?)^```$", start, re.S | re.M))
    assert "headwater serve" in lines and "targetConnections" in lines
    for port in ("4567", "8080"):
        lines = lines.replace(port, str(hw.free_port()))
    endpoint = re.search(r'"connectionUrl":"([^"]*)"', lines)[1]
    # The program is built already, and there is nothing but what README says is used.
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "curl", "python3", "sleep", "wc"):
        (tools / tool).symlink_to(shutil.which(tool))
    (tools / "swift").write_text("#!/usr/bin/env true\n")
    (tools / "swift").chmod(0o755)
    (tools / "env").symlink_to(shutil.which("env"))
    (tools / "true").symlink_to(shutil.which("true"))
    release = tmp_path / ".build" / "release"
    release.mkdir(parents=True)
    (release / "headwater").symlink_to(hw.BINARY)
    script = "set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n" + lines
    # A tail that ends: it prints what is there within a moment, as people stop it by hand.
    script += f"""
for try in $(python3 -c 'print(*range(100))'); do
    curl -s "${{A[@]}}" $H/v1/dataflows/$FLOW/stats >stats.json
    [ "$(json delivered <stats.json)" = 2 ] && break
    sleep 0.1
done
: >records.ndjson
headwater tail --endpoint {endpoint} --stream audience-events --json >>records.ndjson & TAIL=$!
while [ "$(wc -l <records.ndjson)" -lt 2 ]; do sleep 0.1; done
echo VIP $VIP
"""

    outcome = subprocess.run(
        [tools / "bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert outcome.returncode == 0, (outcome.stdout + outcome.stderr)[-4_000:]
    vip = re.search("VIP (.*)", outcome.stdout)[1]
    stats = json.loads((tmp_path / "stats.json").read_text())
    # The member who was there when the audience was mapped, and the change after it.
    assert stats["delivered"] == stats["triggered"] == 2, stats
    record = (tmp_path / "records.ndjson").read_text()
    assert vip in record and "mira@example.org" in record and "120" in record


def test_a_result_that_cannot_be_written_is_told_and_what_people_read_may_be_lost(tmp_path):
    directory = tmp_path / "data"
    with open("/dev/full", "w") as full:
        for command in (["kinesis-local", "--port", "0"], ["serve", "--data", directory, "--port", "0"]):
            done = subprocess.run(
                [str(part) for part in (hw.BINARY, *command)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
            )
            assert done.returncode == 75 and "No space left" in done.stderr, (command, done)
        blind = subprocess.Popen(
            [str(part) for part in (hw.BINARY, "serve", "--data", directory, "--port", "0", "--json")],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
        )
        try:
            url = json.loads(blind.stdout.readline())["endpoint"]
            assert hw.request("GET", f"{url}/health").status == 200
        finally:
            blind.terminate()
            assert blind.wait(timeout=60) == 0
            blind.stdout.close()
