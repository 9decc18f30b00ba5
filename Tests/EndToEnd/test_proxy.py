"""A proxy's password comes by a file or the environment, and is never told."""

import pytest

URL = "http://gate:pass-needle@127.0.0.1:9"
WARNING = "The proxy's password can be seen"


def test_a_password_on_the_command_line_is_warned_of_and_not_repeated(serve):
    log = serve("--https-proxy", URL).log.read_text()

    assert log.count(WARNING) == 1 and "pass-needle" not in log


@pytest.mark.parametrize("by_file", [True, False])
def test_a_file_and_the_environment_need_no_warning(serve, tmp_path, by_file):
    file = tmp_path / "proxy.txt"
    file.write_text(URL + "\n")

    server = serve(*(["--https-proxy-file", file] if by_file else []), environment={} if by_file else {"HEADWATER_HTTPS_PROXY": URL})

    log = server.log.read_text()
    assert WARNING not in log and "pass-needle" not in log
    # Requests go through it: nobody is there.
    answer = server.call("POST", "/data/foundation/flowservice/connections", server.connection("https://kinesis.us-east-1.amazonaws.com"))
    assert answer.status == 400 and "NET-001" in answer.body.decode(), answer
