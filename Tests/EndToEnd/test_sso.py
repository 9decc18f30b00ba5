"""Single sign-on by a provider that is not ours, and groups from the shell."""

import json
import subprocess

import headwater as hw
import httpx
from provider import options, provider

BUTTON = "/console/sign-in/provider"


def run(server, *arguments):
    done = subprocess.run(
        [hw.BINARY, *arguments, "--data", server.directory / "data", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sign_in(server, sub):
    """What a browser sees that somebody signs in with at the provider."""
    browser = httpx.Client(follow_redirects=True)
    there = browser.get(server.url + BUTTON)
    assert there.status_code == 200 and "Authorize Client" in there.text, there.text
    return browser, browser.post(str(there.url), data={"sub": sub})


def test_people_sign_in_by_a_provider_and_may_what_their_groups_may(serve, tmp_path):
    people = ("ana", {"email": "ana@shop.example", "name": "Ana", "groups": ["cdp-readers"]}), ("eve", {})
    with provider(*people) as (issuer, asked):
        server = serve(*options(issuer, tmp_path))
        group = run(server, "groups", "create", "Readers", "--external-name", "cdp-readers")
        run(server, "roles", "give", "operator", "--group", "readers")

        browser, home = sign_in(server, "ana")

        assert home.status_code == 200 and str(home.url) == f"{server.url}/console"
        assert len(asked) >= 1
        assert browser.get(f"{server.url}/console/dataflows").status_code == 200
        assert browser.get(f"{server.url}/console/access/users").status_code == 403
        user = next(user for user in run(server, "users", "list")["items"] if "identity" in user)
        assert user["email"] == "ana@shop.example" and user["groups"] == [group["id"]]
        assert user["identity"] == {"issuer": issuer, "subject": "ana", "name": "Ana", "groups": ["cdp-readers"]}

        _, refused = sign_in(server, "eve")
        assert refused.status_code == 403 and "none of your groups" in refused.text
        denied = run(server, "audit", "list", "--status", "Deny")
        assert "single sign-on" in json.dumps(denied)

        # The group is all that lets Ana in.
        run(server, "groups", "update", "Readers", "--external-name", "")
        assert browser.get(f"{server.url}/console/dataflows").status_code == 403
        _, refused = sign_in(server, "ana")
        assert refused.status_code == 403
        assert "not much" not in server.log.read_text()


def test_a_provider_that_is_not_there_keeps_nothing_from_starting(serve, tmp_path):
    server = serve(*options(f"http://127.0.0.1:{hw.free_port()}", tmp_path))

    answer = httpx.get(server.url + BUTTON)

    assert answer.status_code == 503 and "sign in with a password" in answer.text
    assert "Single sign-on failed" in server.log.read_text()


def test_what_is_wrong_with_the_options_is_said_before_anything_starts(tmp_path):
    def refusal(*arguments):
        done = subprocess.run(
            [hw.BINARY, "serve", "--data", tmp_path / "data", "--port", "0", *arguments], capture_output=True, text=True
        )
        assert done.returncode == 64 and not (tmp_path / "data").exists()
        return done.stderr

    assert "come together" in refusal("--sso-issuer", "https://id.example")
    assert "no issuer" in refusal("--sso-issuer", "http://id.example", "--sso-client-id", "c")
    assert "openid" in refusal("--sso-issuer", "https://id.example", "--sso-client-id", "c", "--sso-scopes", "email")
