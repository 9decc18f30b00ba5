"""The administrator's secret is shown where a person reads it, and nowhere else; wrong ones are not tried for long."""

import http.client
import json
import os
import pty
import signal
import subprocess
import urllib.parse

import headwater as hw


def test_a_log_never_gets_the_secret(serve):
    server = serve()
    log = server.log.read_text()
    assert server.admin["client_secret"] not in log and server.admin["client_id"] not in log
    assert str(server.directory / "data" / "admin.json") in log


def test_a_terminal_gets_it_once(tmp_path):
    directory = tmp_path / "data"

    def start():
        """What a person sees until the server says where it is."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [hw.BINARY, "serve", "--data", directory, "--port", str(hw.free_port())],
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        shown = b""
        try:
            while b"Headwater: http" not in shown:
                shown += os.read(master, 4096)
            process.send_signal(signal.SIGTERM)
            while True:
                shown += os.read(master, 4096)
        except OSError:
            pass  # The other end has closed.
        finally:
            process.kill()
            process.wait()
            os.close(master)
        return shown.decode()

    first = start()
    admin = json.loads((directory / "admin.json").read_text())
    assert admin["client_secret"] in first
    assert admin["client_secret"] not in start()


def test_wrong_secrets_slow_their_sender_down_and_nobody_else(serve):
    server = serve()

    def sign_in(secret, sender):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, source_address=(sender, 0), timeout=60)
        form = urllib.parse.urlencode(
            {"grant_type": "client_credentials", "client_id": server.admin["client_id"], "client_secret": secret}
        )
        connection.request("POST", "/ims/token/v3", form, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    answers = [sign_in("wrong", "127.0.0.2") for _ in range(40)]
    assert {answer.status for answer in answers} == {401, 429}
    assert [answer.status for answer in answers[:10]] == [401] * 10
    assert all(1 <= int(slow.getheader("Retry-After")) <= 6 for slow in answers if slow.status == 429)
    assert sign_in(server.admin["client_secret"], "127.0.0.3").status == 200
    assert server.call("GET", f"{hw.FLOW_SERVICE}/flows").status == 200
    assert server.stop() == 0
