"""Who gets in: the first user, passwords, sessions."""

from console import EMAIL, PASSWORD, link

WRONG = "The e-mail address or the password is wrong."


def test_first_user_by_the_credential_of_the_directory(server, person):
    ana = person(server)
    ana.expected = {400}
    ana.open("/console/accounts")
    assert ana.heading() == "Make the first user"
    ana.fill("Client id", server.admin["client_id"]).fill("Client secret", "wrong")
    ana.fill("E-mail", EMAIL).fill("New password", PASSWORD).click("Make user and sign in")
    assert "client id or the secret is wrong" in ana.page.get_by_role("alert").inner_text()
    assert ana.page.get_by_label("E-mail").input_value() == EMAIL

    ana.fill("Client secret", server.admin["client_secret"]).fill("New password", PASSWORD)
    ana.click("Make user and sign in")
    assert ana.heading() == "Home"

    ana.page.get_by_text(EMAIL).first.click()
    ana.click("Sign out")
    assert ana.heading() == "Sign in"
    ana.open("/console/dataflows?state=Paused").sign_in()
    assert ana.page.url == f"{server.url}/console/dataflows?state=Paused"


def test_first_user_by_link_and_a_lost_password(server, person):
    ana = person(server).set_up()
    assert ana.heading() == "Home"
    ana.expected = {404}
    ana.open("/console/setup")
    assert ana.heading() == "Page not found"

    other = person(server)
    other.open(link(server, EMAIL).removeprefix(server.url))
    other.fill("E-mail", EMAIL).fill("New password", "another good one").click("Set password and sign in")
    assert other.heading() == "Home"
    # Every session from before has ended.
    ana.open("/console/me")
    assert ana.heading() == "Sign in"


def test_wrong_passwords_make_wait_and_disturb_nobody(server, person):
    ana = person(server).set_up()
    guesser = person(server)
    guesser.expected = {401, 429}
    for _ in range(5):
        guesser.sign_in("wrong password")
        assert WRONG in guesser.page.get_by_role("alert").inner_text()
    # A wait is twice as long each time, so a slow machine meets one too.
    for _ in range(5):
        guesser.sign_in("wrong password")
        if "Wait" in guesser.page.get_by_role("alert").inner_text():
            break
    assert "Wait" in guesser.page.get_by_role("alert").inner_text()
    ana.open("/console/me")
    assert ana.heading() == "Password and sessions"
    for _ in range(120):
        guesser.sign_in()
        if guesser.heading() == "Home":
            break
        assert "Wait" in guesser.page.get_by_role("alert").inner_text()
        guesser.page.wait_for_timeout(250)
    assert guesser.heading() == "Home"


def test_a_session_survives_a_restart(server, person):
    ana = person(server).set_up()
    ana.outage = True
    assert server.stop() == 0
    server.start()
    ana.open("/console/me")
    assert ana.heading() == "Password and sessions"
