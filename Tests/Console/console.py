"""A person at the console, in a real browser; everything that goes wrong there is noted."""

import json
import os
import pathlib
import subprocess

import headwater as hw

EMAIL = "ana@shop.example"
PASSWORD = "correct horse battery"


class Person:
    def __init__(self, chromium, server, width=1280, height=900, scripts=True, dark=False, bypass_csp=False):
        self.server = server
        self.context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            bypass_csp=bypass_csp,
        )
        self.context.set_default_timeout(60_000)
        self.faults = []
        # Statuses that a test means to meet.
        self.expected = set()
        # What the browser may be told by.
        self.origins = (server.url, "data:")
        # Whether the server goes away in this test: then requests may fail, the symbol of the page's tab among them.
        self.outage = False
        # What the person did: pages gone to and things clicked, since clicks were last set to nothing.
        self.clicks = 0
        self.page = self.context.new_page()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self.miss)
        self.page.on("response", self.see)

    def hear(self, message):
        # What the browser says of a status is judged where the status is seen.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(f"{message.type}: {message.text}")

    def miss(self, request):
        # Whoever goes on to the next page lets go of what the last one still loads.
        if request.failure != "net::ERR_ABORTED" and not self.outage:
            self.faults.append(f"failed: {request.url} {request.failure}")

    def see(self, response):
        stopping = self.outage and response.status == 503
        if response.status >= 400 and response.status not in self.expected and not stopping:
            self.faults.append(f"{response.status}: {response.url}")
        if not response.url.startswith(self.origins):
            self.faults.append(f"elsewhere: {response.url}")

    def close(self):
        self.context.close()
        return self.faults

    def open(self, path="/console"):
        self.page.goto(self.server.url + path)
        return self

    def heading(self):
        return self.page.locator("h1").inner_text()

    def click(self, name, role="button"):
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()
        return self

    def check(self, label):
        self.clicks += 1
        self.page.locator("main").get_by_label(label, exact=True).check()
        return self

    def fill(self, label, text):
        self.page.locator("main").get_by_label(label).first.fill(text)
        return self

    def set_up(self):
        """Makes the first user, as the link that the server's owner has allows; of a server that has one, goes on in the
        session that was begun then."""
        if cookies := getattr(self.server, "cookies", None):
            self.context.add_cookies(cookies)
            return self.open()
        self.open(link(self.server).removeprefix(self.server.url))
        self.fill("E-mail", EMAIL).fill("New password", PASSWORD).click("Make user and sign in")
        self.server.cookies = self.context.cookies()
        return self

    def sign_in(self, password=PASSWORD):
        if "/console/sign-in" not in self.page.url:
            self.open("/console/sign-in")
        return self.fill("E-mail", EMAIL).fill("Password", password).click("Sign in")


def link(server, *email):
    """What `headwater console link` prints."""
    command = [hw.BINARY, "console", "link", *email, "--data", server.directory / "data", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["url"]


def fill_with_data(server, kinesis, stream="audience-events"):
    """Profiles, an audience and a dataflow that delivers; returns the dataflow's id."""
    hw.create_stream(hw.boto(kinesis.endpoint), stream, 2)
    audience = server.audience("Adults", "person.age >= 18")
    flow = server.dataflow(kinesis.endpoint, stream, [audience], ["person.name.firstName", "person.age"])
    server.ingest(
        "profiles",
        [
            {
                "identityMap": {"Email": [{"id": f"person{n}@shop.example"}]},
                "person": {"age": 10 + n % 60, "name": {"firstName": f"planted-value-{n}"}},
            }
            for n in range(300)
        ],
    )
    server.wait_until_delivered(flow)
    return flow


def picture(page, name):
    """Keeps a picture where HEADWATER_SCREENSHOTS says."""
    folder = os.environ.get("HEADWATER_SCREENSHOTS")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
