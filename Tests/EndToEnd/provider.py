"""An OpenID Connect provider on this machine, made of Authlib (oidc-provider-mock), which holds clients to PKCE."""

import base64
import contextlib
import hashlib
import re
import threading
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Of what Authlib's next version will have elsewhere.
    import flask
    import oidc_provider_mock
    import werkzeug.serving

CLIENT = "headwater"
SECRET = "not much of a secret"


def s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@contextlib.contextmanager
def provider(*users):
    """Runs one that knows some people by (subject, claims); yields its issuer and what it was asked for."""
    app = oidc_provider_mock.app(
        require_nonce=True, user_claims=[oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in users]
    )
    asked = []

    @app.before_request
    def hold_to_pkce():
        if flask.request.path == "/oauth2/authorize":
            assert flask.request.args["code_challenge_method"] == "S256"
            asked.append(flask.request.args["code_challenge"])
        if flask.request.path == "/oauth2/token":
            if s256(flask.request.form.get("code_verifier", "")) not in asked:
                return {"error": "invalid_grant"}, 400
            login = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
            if flask.request.headers.get("authorization") != f"Basic {login}":
                return {"error": "invalid_client"}, 401

    @app.after_request
    def load_nothing_from_elsewhere(response):
        if response.mimetype == "text/html":
            response.set_data(re.sub(r"<link\b[^>]*>", "", response.get_data(as_text=True)))
        return response

    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def options(issuer, folder):
    """How a server is started that believes it."""
    secret = folder / "sso-secret"
    secret.write_text(f"{SECRET}\n")
    return (
        "--sso-issuer",
        issuer,
        "--sso-client-id",
        CLIENT,
        "--sso-client-secret-file",
        secret,
        "--sso-label",
        "Sign in with the shop's account",
    )
