"""Access tokens that are narrowed, as Authlib's OAuth client asks for them and as the command line does."""

import json
import os
import subprocess

import headwater as hw
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

ADOBE = "openid,AdobeID,read_organizations,additional_info.projectedProductContext"
DEFINITIONS = "/data/core/ups/segment/definitions"


def session(server, scope):
    """A client that shows its secret in a Basic header, and asks for a scope."""
    client = OAuth2Session(server.admin["client_id"], server.admin["client_secret"], scope=scope)
    client.headers.update({"x-api-key": server.admin["client_id"], "x-gw-ims-org-id": server.admin["org_id"]})
    client.fetch_token(f"{server.url}/ims/token/v3", grant_type="client_credentials")
    return client


def test_an_oauth_client_narrows_its_token(serve):
    server = serve()
    narrow = session(server, "openid headwater:manage-segments")
    assert narrow.token["scope"] == "headwater:manage-segments"
    assert narrow.get(server.url + DEFINITIONS).status_code == 200
    refused = narrow.get(f"{server.url}/v1/users")
    assert refused.status_code == 403 and refused.json()["errorCode"] == "2120-403", refused.text
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="headwater:administer"'

    wide = session(server, ADOBE)
    assert "scope" not in wide.token
    assert wide.get(f"{server.url}/v1/users").status_code == 200

    with pytest.raises(OAuthError) as error:
        session(server, "headwater:fly")
    assert error.value.error == "invalid_scope" and "headwater:fly" in error.value.description

    # A token outlasts the process, and so does what it is narrowed to.
    server.stop()
    server.start()
    assert narrow.get(server.url + DEFINITIONS).status_code == 200
    assert narrow.get(f"{server.url}/v1/users").status_code == 403
    tokens = server.expect(200, "GET", f"/v1/credentials/{server.admin['client_id']}/tokens")["items"]
    assert "headwater:manage-segments" in [token.get("scope") for token in tokens]


def test_the_command_line_narrows_its_own_tokens(serve):
    server = serve()

    def headwater(*words, **environment):
        command = [str(word) for word in [hw.BINARY, *words, "--data", server.directory / "data"]]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **environment})

    scopes = json.loads(headwater("credentials", "scopes", "--json").stdout)["scopes"]
    permissions = json.loads(headwater("roles", "permissions", "--json").stdout)["permissions"]
    assert list(scopes) == [f"headwater:{name}" for name in permissions]
    assert "headwater:view-profiles  " in headwater("credentials", "scopes").stdout

    assert headwater("users", "list").returncode == 0
    for refused in [
        headwater("users", "list", "--scope", "headwater:view-segments"),
        headwater("users", "list", HEADWATER_SCOPE="headwater:view-segments"),
    ]:
        assert refused.returncode == 65 and "the access token's scope leaves out" in refused.stderr, refused
    assert headwater("audiences", "list", "--scope", "headwater:view-segments").returncode == 0
    unknown = headwater("users", "list", "--scope", "headwater:fly")
    assert unknown.returncode == 65 and "no scope headwater:fly" in unknown.stderr, unknown
    # A name without its prefix narrows nothing, and is no reason to do everything.
    plain = headwater("users", "list", "--scope", "administer")
    assert plain.returncode == 64 and "names nothing that narrows" in plain.stderr, plain
