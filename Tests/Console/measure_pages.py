"""Measures what each page of the console costs a server that holds very much (see docs/CONSOLE.md).

    python3 Tests/Console/measure_pages.py --profiles 1000000 --dataflows 1000 --audiences 4000 [--binary FILE]

Makes the configuration over the API and ingests the profiles, then asks for every page of the table of permissions and for
what reads by a form. Of each: status, bytes, bytes compressed, time, and CPU of the server, for the first time and for the
later ones. What making one more object costs, and what the server costs at rest, is told too.
Exits with 1 when a page takes more than it may. `--store DIR` keeps the server's directory for the next run, which may ask for more profiles.
"""

import argparse
import concurrent.futures
import gzip
import http.client
import json
import pathlib
import random
import re
import statistics
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))
import addresses  # noqa: E402
import alerts  # noqa: E402
import headwater as hw  # noqa: E402
import uploads  # noqa: E402

CPU_MAX_MS, BYTES_MAX = 100, 60 * 1024
EMAIL, PASSWORD = "ana@shop.example", "correct horse battery"
CITIES, TIERS, DOMAINS = 2_000, ["bronze", "silver", "gold", "platinum"], 40
STREAMS, ACCOUNTS, CHUNK, EVENT_SHARE = 20, 200, 1_000, 0.1

RULE = 'person.tier = "gold" and person.age > 30'
# What reads by a form: its rule, its address, what is typed.
READS = {
    "search by name": ("search", "search", {"q": "flow 99"}),
    "search by part": ("search", "search", {"q": "1"}),
    "search by id": ("search", "search", {"q": "{audience}"}),
    "search by identity": ("search", "search", {"q": "Email:{email}"}),
    "look a person up": ("profiles", "profiles", {"namespace": "Email", "identity": "{email}"}),
    "check a rule": ("audiences/check", "audiences/check", {"expression": RULE, "id": ""}),
    "count a rule": ("audiences/new", "audiences/new", {"act": "count", "name": "n", "expression": RULE}),
    "try a rule": (
        "audiences/new",
        "audiences/new",
        {"act": "try", "name": "n", "expression": RULE, "namespace": "Email", "identity": "{email}"},
    ),
    "search audiences to map": ("dataflows/:id/mapping", "dataflows/{flow}/mapping", {"do": "search", "search": "audience 77"}),
    "review a mapping": (
        "dataflows/:id/mapping",
        "dataflows/{flow}/mapping",
        {"do": "review", "audience": ["{audience}", "{popular}"], "paths": "person.age\nperson.city", "etag": "x"},
    ),
    "tell the effect of a rule": (
        "audiences/:id/edit",
        "audiences/{popular}/edit",
        {"act": "count", "name": "n", "expression": RULE, "version": "1"},
    ),
    "break who reads": (
        "dataflows/:id/mapping",
        "dataflows/{flow}/mapping",
        {"do": "review", "audience": ["{popular}"], "paths": "", "etag": "x"},
    ),
    "try a dataflow": (
        "dataflows/:id/dry-run",
        "dataflows/{flow}/dry-run",
        {"namespace": "Email", "identity": "{email}"},
    ),
    "find an account": ("connect/:draft/account", "connect/{draft}/account", {"do": "find", "account-search": "9"}),
}


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Meter:
    """What a process costs, its threads that have ended included."""

    def __init__(self, pid):
        self.pid = pid

    def cpu(self):
        """Seconds of CPU, user and system: the clock of the process, to which /proc/PID/stat rounds."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self):
        """MiB, now and at most."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return [int(re.search(rf"{key}:\s+(\d+)", status).group(1)) // 1024 for key in ("VmRSS", "VmHWM")]


# What people would have.


def audience(number):
    """A rule: mostly of a few people, some of many, by events, or by other audiences."""
    kind, city = number % 20, f"city {number % CITIES}"
    if kind == 0 and number > 20:
        return f'inSegment("audience {number - 7}") and person.age > {20 + number % 40}'
    if kind == 1:
        return f'person.tier = "{TIERS[number % 4]}" and person.city = "{city}" and person.scores.s{number % 4} > 500'
    if kind == 2:
        return f'select e from xEvent where e.eventType = "kind {number % 50}" and e.timestamp occurs < {number % 27 + 2} days before now'
    if kind == 3:
        return f'person.city = "{city}" and person.domain = "d{number % DOMAINS}.example"'
    if number == 4:
        return 'person.tier = "gold"'
    return f'person.city = "{city}" and person.age >= {18 + number % 50}'


def profile(number, chance):
    """Twenty attributes and up to three identities."""
    identities = f'"Email":[{{"id":"p{number}@d{number % DOMAINS}.example"}}],"Phone":[{{"id":"+49{number:010}"}}]'
    if number % 3 == 0:
        identities += f',"ECID":[{{"id":"{number:038}"}}]'
    scores = ",".join(f'"s{index}":{chance.randrange(1000)}' for index in range(8))
    return (
        f'{{"identityMap":{{{identities}}},"person":{{"age":{18 + chance.randrange(60)},'
        f'"tier":"{TIERS[min(int(chance.expovariate(1)), 3)]}","city":"city {chance.randrange(CITIES)}",'
        f'"domain":"d{number % DOMAINS}.example","name":{{"firstName":"First {number % 977}","lastName":"Last {number % 8831}"}},'
        f'"language":"de","country":"DE","consent":{"true" if number % 5 else "false"},"scores":{{{scores}}}}},'
        f'"homeAddress":{{"street":"{number % 400} Example Street","zip":"{number % 99999:05}","floor":{number % 9}}}}}'
    )


def event(number, chance):
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - chance.randrange(20 * 86_400)))
    return (
        f'{{"_id":"e{number}-{chance.randrange(10**9)}","timestamp":"{when}","eventType":"kind {chance.randrange(50)}",'
        f'"identityMap":{{"Email":[{{"id":"p{number}@d{number % DOMAINS}.example"}}]}},'
        f'"productListItems":[{{"name":"thing {number % 100}","priceTotal":{chance.randrange(500)}}}]}}'
    )


class Filler:
    """Makes all of it."""

    def __init__(self, options, server, kinesis):
        self.options, self.server, self.kinesis = options, server, kinesis
        self.meter = Meter(server.process.pid)
        self.chance = random.Random(options.seed)
        self.report = {}

    def fill(self):
        client = hw.boto(self.kinesis.endpoint)
        for stream in self.streams() + ["gone"]:
            hw.create_stream(client, stream, 2)
        policy = self.server.expect(201, "POST", "/data/core/ups/config/mergePolicies", {"name": "Other"})
        assert policy["id"]
        self.audiences = self.make("audiences", self.options.audiences, self.make_audience)
        self.account = self.make_account("the account of most")
        self.accounts = [self.make_account(f"account {number}") for number in range(min(ACCOUNTS, self.options.dataflows))]
        self.flows = self.make("dataflows", self.options.dataflows, self.make_dataflow)
        say("the wide one, one that parks, and some that stop")
        self.make_wide()
        watched = self.post_dataflow("flow that is watched", self.account, "stream 0", [self.audiences[4]], ["person.age"])
        parks = self.post_dataflow("flow that parks", self.account, "stream 0", [self.audiences[4]], ["big"])
        for number in range(2, len(self.flows), 25):
            self.server.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{self.flows[number]}/action?op=disable")
        client.delete_stream(StreamName="gone")
        self.ingest(0)
        for number in range(36):
            big = {f"r{number // 3}": "x" * 95_000}
            person = {"identityMap": {"Email": [{"id": f"big{number % 3}@x.example"}]}, "person": {"tier": "gold"}, "big": big}
            self.server.ingest("profiles", [person])
        self.settle()
        for flow in [watched, *self.flows[5 : len(self.flows) : 50]]:
            order = {"dataflowId": flow, "recordsPerSecond": 1}
            self.server.expect(201, "POST", "/v1/backfills", order)
        self.report["parked"] = self.server.stats(parks)["parked"]

    def streams(self):
        return [f"stream-{number}" for number in range(STREAMS)]

    def make(self, what, count, make_one):
        """Makes so many and notes what each of the first and of the last cost."""
        ids, step, costs = [], max(count // 20, 1), []
        for first in range(0, count, step):
            cpu, began = self.meter.cpu(), time.monotonic()
            ids += [make_one(number) for number in range(first, min(first + step, count))]
            made = len(ids) - first
            costs.append([round((self.meter.cpu() - cpu) * 1_000 / made, 1), round((time.monotonic() - began) * 1_000 / made, 1)])
            say(f"{len(ids)} {what}: {costs[-1][0]} ms of CPU and {costs[-1][1]} ms each")
        self.report[f"{what} each, CPU and wall ms"] = {"first": costs[0], "middle": costs[len(costs) // 2], "last": costs[-1]}
        return ids

    def make_audience(self, number):
        return self.server.audience(f"audience {number}", audience(number))

    def make_account(self, name):
        body = self.server.connection(self.kinesis.endpoint) | {"name": name}
        return self.server.expect(201, "POST", f"{hw.FLOW_SERVICE}/connections", body)["id"]

    def make_dataflow(self, number):
        """Half of them reach one stream by one account."""
        account = self.account if number % 2 else self.accounts[number // 2 % len(self.accounts)]
        stream = "stream-0" if number % 2 else f"stream-{number // 2 % STREAMS}"
        if number % 50 == 11:
            stream = "gone"
        first = 5 + number * 3 % max(len(self.audiences) - 10, 1)
        mapped = [self.audiences[(first + step) % len(self.audiences)] for step in range(1 + number % 4)]
        return self.post_dataflow(f"flow {number}", account, stream, mapped, ["person.name.firstName", "person.city"])

    def post_dataflow(self, name, account, stream, audiences, paths):
        body = {
            "name": name,
            "accountId": account,
            "params": {"stream": stream.replace(" ", "-"), "region": "us-east-1"},
            "transformations": [
                {
                    "name": "GeneralTransform",
                    "params": {
                        "segmentSelectors": {
                            "selectors": [
                                {"type": "PLATFORM_SEGMENT", "value": {"id": one, "backfill": False}} for one in audiences
                            ]
                        },
                        "profileSelectors": {
                            "selectors": [{"type": "JSON_PATH", "value": {"path": path}} for path in paths]
                        },
                    },
                }
            ],
        }
        return self.server.expect(201, "POST", "/v1/dataflows", body)["id"]

    def make_wide(self):
        """As many audiences and attributes as Adobe advises at most."""
        paths = [f"person.scores.s{index}" for index in range(8)] + [f"wide.w{index}" for index in range(42)]
        mapped = self.audiences[len(self.audiences) // 2 :][:250]
        flow = self.post_dataflow("flow of 250 audiences", self.accounts[0], "stream-1", mapped, paths)
        self.server.expect(200, "POST", f"{hw.FLOW_SERVICE}/flows/{flow}/action?op=disable")

    def ingest(self, start):
        """Sends the profiles from one on, with events of some of them."""
        began, count = time.monotonic(), self.options.profiles
        cpu = self.meter.cpu()

        def send(kind, lines):
            answer = hw.request(
                "POST",
                f"{self.server.url}/v1/{kind}",
                "\n".join(lines).encode(),
                {"Authorization": f"Bearer {self.server.token}", "Content-Type": "application/x-ndjson"},
                600,
            )
            assert answer.status == 200 and answer.json["failed"] == 0, answer

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            waiting = []
            for first in range(start, count, CHUNK):
                numbers = range(first, min(first + CHUNK, count))
                waiting.append(pool.submit(send, "profiles", [profile(n, self.chance) for n in numbers]))
                people = [n for n in numbers if n % 10 == 0 or n < 1 / EVENT_SHARE]
                waiting.append(pool.submit(send, "events", [event(n, self.chance) for n in people for _ in range(3)]))
                while len(waiting) > 8:
                    waiting.pop(0).result()
                if first % (CHUNK * 20) == 0 and first > start:
                    say(f"{first} profiles, {(first - start) / (time.monotonic() - began):.0f}/s")
            for one in waiting:
                one.result()
        wall = time.monotonic() - began
        sent, cpu = count - start, self.meter.cpu() - cpu
        self.report["ingest"] = {"profiles/s": round(sent / wall), "CPU µs a profile": round(cpu * 1e6 / sent)}
        self.report["profiles"] = count

    def settle(self):
        """Waits until the records have left and evaluations are done, so far as they ever are."""
        say("waiting until all is sent")
        rest = 0
        while rest < 3:
            cpu = self.meter.cpu()
            time.sleep(1)
            rest = rest + 1 if self.meter.cpu() - cpu < 0.2 else 0


class Console:
    """Somebody who is signed in, on one connection."""

    def __init__(self, server):
        self.server, self.cookies = server, {}
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        setup = self.ask("GET", "setup")
        if setup.status == 200:
            form = {"client_id": server.admin["client_id"], "client_secret": server.admin["client_secret"]}
            path = "setup"
        else:
            setup, form, path = self.ask("GET", "sign-in"), {}, "sign-in"
        form |= {"email": EMAIL, "password": PASSWORD, "token": self.token(setup)}
        answer = self.ask("POST", path, form)
        assert answer.status == 303, answer
        self.form_token = self.token(self.ask("GET", "destinations"))

    @staticmethod
    def token(answer):
        return re.search(rb'name="token" value="([^"]+)"', answer.body).group(1).decode()

    def ask(self, method, path, form=None):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form, doseq=True).encode()
            headers |= {"Origin": self.server.url, "Content-Type": "application/x-www-form-urlencoded"}
        url = "/console" + (f"/{path}" if path else "")
        self.connection.request(method, url, body, headers)
        response = self.connection.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, text = value.split(";")[0].split("=", 1)
                self.cookies[key] = text
        if response.getheader("Content-Type", "").startswith("text/event-stream"):
            data = response.read1(4_096)
            self.connection.close()
        else:
            data = response.read()
        return hw.Answer(response.status, response.headers, data)

    def find(self, path, pattern):
        answer = self.ask("GET", path)
        found = re.search(pattern.encode(), answer.body)
        assert found, f"no {pattern} in {path}: {answer}"
        return found.group(1).decode().replace("&amp;", "&")


def places(server, console, options):
    """What the addresses name."""
    def by_name(kind, name):
        answer = console.ask("POST", "search", {"q": name, "token": console.form_token})
        found = (answer.headers.get("Location") or "") + answer.body.decode()
        found = re.search(rf"/console/{kind}/([0-9a-f-]{{36}})", found)
        assert found, f"no {name}: {answer}"
        return found.group(1)

    last = options.audiences - 1
    email = "p10@d10.example"
    lookup = console.ask("POST", "profiles", {"namespace": "Email", "identity": email, "token": console.form_token})
    assert lookup.status == 303, lookup
    kinesis = "86043421-563b-46ec-8e6c-e23184711bf6"
    draft = console.ask("POST", "connect", {"spec": kinesis, "token": console.form_token})
    assert draft.status == 303, draft
    flow = by_name("dataflows", "flow that is watched")
    found = {
        "flow": flow,
        "stopped": by_name("dataflows", "flow 11"),
        "wide": by_name("dataflows", "flow of 250"),
        "account": by_name("accounts", "the account of most"),
        "audience": by_name("audiences", f"audience {last}"),
        "popular": by_name("audiences", "audience 4"),
        "email": email,
        "person": lookup.headers["Location"].removeprefix("/console/profiles/"),
        "draft": draft.headers["Location"].split("/")[3],
        "client": server.admin["client_id"],
        **hw.make_access(server),
        **hw.make_governance(server),
        **hw.make_privacy(server),
        "backfill": console.find(f"dataflows/{flow}/backfills", r"/backfills/([0-9a-f-]{36})/cancel"),
        "hour": console.find(f"dataflows/{flow}/runs", r"/runs/([0-9]+)"),
        "next_dataflows": console.find("dataflows", r'rel="next" href="/console/([^"]+)"'),
        "next_audiences": console.find("audiences", r'rel="next" href="/console/([^"]+)"'),
        "dataset": console.find("datasets", r'href="/console/datasets/([^"]+)"'),
        "policy": console.find("merge-policies", r"/console/merge-policies/([0-9a-f-]{36})"),
        **alerts.make_alerts(server),
        **uploads.make_uploads(server, server.directory / "members.csv"),
    }
    reading = {"do": "next", "column": "email", "namespace": "Email", "encoding": "", "delimiter": ""}
    answer = console.ask("POST", f"audiences/upload/{found['whole']}/columns", reading | {"token": console.form_token})
    assert answer.status == 303, answer
    # On to the last step, so that all are open.
    details = {"name": "drafted", "stream": "stream-1", "partitionKey": "profile", "envelope": "none", "triggers": "true"}
    details |= {"triggers.identity": "true", "triggers.attribute": "true"}
    for step, form in [("account", {"account": found["account"]}), ("details", details), ("governance", {})]:
        path = f"connect/{found['draft']}/{step}"
        form |= {"version": console.find(path, r'name="version" value="([^"]+)"'), "token": console.form_token}
        answer = console.ask("POST", path, form)
        assert answer.status == 303, answer
    return found


def requests(found):
    """Every request: its name, method, path, form."""
    for paths in addresses.PAGES.values():
        for path in paths:
            yield path or "(home)", "GET", path.format(**found), None
    for name, (_, path, form) in READS.items():
        filled = {
            key: [one.format(**found) for one in value] if isinstance(value, list) else value.format(**found)
            for key, value in form.items()
        }
        yield name, "POST", path.format(**found), filled


def measure(console, meter, repeat, found):
    rows = []
    for name, method, path, form in requests(found):
        if form is not None:
            form["token"] = console.form_token
        times, costs = [], []
        # Few pages of a session are sent news at once.
        for _ in range(3 if name.startswith("live/") and name.endswith("/tail") else repeat + 1):
            cpu, began = meter.cpu(), time.perf_counter()
            answer = console.ask(method, path, form)
            times.append((time.perf_counter() - began) * 1_000)
            # What the server does behind the answer belongs to it.
            time.sleep(0.005)
            costs.append((meter.cpu() - cpu) * 1_000)
        row = {
            "page": name,
            "status": answer.status,
            "bytes": len(answer.body),
            "gzip": len(gzip.compress(answer.body, 6)),
            "wall cold": round(times[0], 1),
            "wall": round(statistics.mean(times[1:]), 1),
            "cpu cold": round(costs[0], 1),
            "cpu": round(statistics.mean(costs[1:]), 1),
        }
        isolated = answer.status in (200, 303) or path.startswith(("nowhere", "link/", "setup"))
        row["ok"] = isolated and max(row["cpu"], row["cpu cold"]) <= CPU_MAX_MS and row["gzip"] <= BYTES_MAX
        rows.append(row)
    return rows


def table(rows):
    keys = list(rows[0])
    widths = [max(len(str(row[key])) for row in [dict(zip(keys, keys))] + rows) for key in keys]
    for row in [dict(zip(keys, keys))] + rows:
        cells = [str(row[key]).ljust(width) if key == "page" else str(row[key]).rjust(width) for key, width in zip(keys, widths)]
        print("  ".join(cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--dataflows", type=int, default=1_000)
    parser.add_argument("--audiences", type=int, default=4_000)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", type=pathlib.Path, default=hw.BINARY)
    parser.add_argument("--store", type=pathlib.Path, help="a directory that keeps what was made for the next run")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    options = parser.parse_args()
    addresses.check(rule for rule, _, _ in READS.values())
    hw.BINARY = options.binary
    with tempfile.TemporaryDirectory() as name:
        directory = options.store or pathlib.Path(name)
        directory.mkdir(parents=True, exist_ok=True)
        is_filled = (directory / "made.json").exists()
        streams = [f"stream-{number}" for number in range(STREAMS)] if is_filled else []
        kinesis = server = None
        try:
            port = json.loads((directory / "made.json").read_text())["port"] if is_filled else None
            kinesis = Local(directory, port, streams)
            bound = str(options.dataflows + 10)
            server = hw.Headwater(directory, "--allow-insecure-endpoints", "--dataflows-max", bound)
            filler = Filler(options, server, kinesis)
            if not is_filled:
                filler.fill()
            else:
                filler.report = json.loads((directory / "made.json").read_text())["report"]
            if filler.report["profiles"] < options.profiles:
                filler.ingest(filler.report["profiles"])
                filler.settle()
            report = filler.report
            (directory / "made.json").write_text(json.dumps({"port": kinesis.port, "report": report}))
            meter = Meter(server.process.pid)
            say("at rest")
            time.sleep(5)
            cpu = meter.cpu()
            time.sleep(20)
            rss, most = meter.memory()
            report["at rest"] = {"CPU ms a second": round((meter.cpu() - cpu) * 50, 1), "MiB": rss, "MiB at most": most}
            console = Console(server)
            say("asking for every page")
            rows = measure(console, meter, options.repeat, places(server, console, options))
            report["MiB after all pages"] = meter.memory()[0]
        finally:
            for process in (server, kinesis):
                if process:
                    process.kill()
    if options.json:
        print(json.dumps({"made": report, "pages": rows}, indent=1))
    else:
        table(rows)
        print(json.dumps(report, indent=1))
    bad = [row["page"] for row in rows if not row["ok"]]
    if bad:
        say(f"over the bounds ({CPU_MAX_MS} ms of CPU, {BYTES_MAX} bytes): {', '.join(bad)}")
    sys.exit(1 if bad else 0)


class Local(hw.KinesisLocal):
    """The endpoint at a port that stays the same, as stored accounts name it."""

    def __init__(self, directory, port, streams):
        chosen = hw.free_port
        hw.free_port = lambda: port or chosen()
        flags = [part for stream in streams for part in ("--stream", stream)]
        try:
            super().__init__(directory, "--no-limits", "--retention-mib", "64", *flags)
        finally:
            hw.free_port = chosen


if __name__ == "__main__":
    main()
