import os
import pathlib
import sys

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import headwater as hw  # noqa: E402
from console import Person, fill_with_data  # noqa: E402

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; it finds no host but this machine."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
        )
        yield browser
        browser.close()


@pytest.fixture
def processes():
    """Ends every process a test started, the last one first."""
    started = []
    yield started
    for process in reversed(started):
        process.kill()


@pytest.fixture
def server(tmp_path, processes):
    """A new server, without data and without a user."""
    process = hw.Headwater(tmp_path, "--allow-insecure-endpoints")
    processes.append(process)
    return process


@pytest.fixture
def kinesis(tmp_path, processes):
    endpoint = hw.KinesisLocal(tmp_path)
    processes.append(endpoint)
    return endpoint


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server that all tests of a file share: with profiles, an audience and a dataflow that delivers."""
    folder = tmp_path_factory.mktemp("world")
    started = []
    try:
        started.append(hw.KinesisLocal(folder))
        started.append(hw.Headwater(folder, "--allow-insecure-endpoints"))
        kinesis, server = started
        server.kinesis = kinesis
        server.flow_id = fill_with_data(server, kinesis)
        yield server
    finally:
        for process in reversed(started):
            process.kill()


@pytest.fixture
def person(chromium):
    """Makes people with a browser of their own; what goes wrong in one fails the test."""
    people = []

    def make(server, **options):
        people.append(Person(chromium, server, **options))
        return people[-1]

    yield make
    faults = [fault for one in people for fault in one.close()]
    assert not faults, faults
