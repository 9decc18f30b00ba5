import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import headwater as hw  # noqa: E402


@pytest.fixture
def processes():
    """Ends every process a test started, the last one first."""
    started = []
    yield started
    for process in reversed(started):
        process.kill()


@pytest.fixture
def serve(tmp_path, processes):
    def start(*options, **more):
        server = hw.Headwater(tmp_path, "--allow-insecure-endpoints", *options, **more)
        processes.append(server)
        return server

    return start


@pytest.fixture
def kinesis_local(tmp_path, processes):
    def start(*options, **more):
        endpoint = hw.KinesisLocal(tmp_path, *options, **more)
        processes.append(endpoint)
        return endpoint

    return start


@pytest.fixture
def slow_road(processes):
    def before(endpoint):
        road = hw.SlowRoad(endpoint.endpoint)
        processes.append(road)
        return road

    return before


@pytest.fixture
def moto(tmp_path, processes):
    server = hw.Moto(tmp_path)
    processes.append(server)
    return server
