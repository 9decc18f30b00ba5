"""Single sign-on in a browser."""

import headwater as hw
from provider import options, provider


def test_somebody_signs_in_by_the_provider(tmp_path, processes, person):
    claims = {"email": "ben@shop.example", "name": "Ben", "groups": ["cdp-admins"]}
    with provider(("ben", claims)) as (issuer, _):
        server = hw.Headwater(tmp_path, "--allow-insecure-endpoints", *options(issuer, tmp_path))
        processes.append(server)
        ana = person(server).set_up()
        ana.open("/console/access/groups").click("Make a group", role="link").fill("Name", "Admins")
        ana.fill("Name at the identity provider", "cdp-admins").check("Administrator")
        ana.fill("Your password", "correct horse battery").click("Make group")
        assert "The group is kept" in ana.page.inner_text("main")

        ben = person(server)
        ben.origins += (issuer,)
        ben.open("/console/access/users").click("Sign in with the shop's account", role="link")
        ben.page.get_by_role("button", name="ben", exact=True).click()

        assert ben.page.url == f"{server.url}/console/access/users"
        assert "Single sign-on" in ben.page.inner_text("main")
        ben.open("/console/me")
        assert "You sign in by the identity provider" in ben.page.inner_text("main")
