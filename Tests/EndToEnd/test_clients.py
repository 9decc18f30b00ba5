"""Programs that other people wrote speak with the server: benchmarks, proxies, and the clients of several languages.

A program that is not on this machine is skipped, and says so.
"""

import json
import re
import shutil
import subprocess
import time

import headwater as hw
import pytest

PERSON = b'{"identityMap":{"Email":[{"id":"p@example.org"}]},"person":{"name":{"firstName":"Mira"}}}\n'


def program(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin:/bin:/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def run(*arguments, **more):
    done = subprocess.run([str(part) for part in arguments], capture_output=True, text=True, timeout=120, **more)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("options", [[], ["-k"]], ids=["closing", "keeping"])
def test_ab_speaks_http_1_0(serve, tmp_path, options):
    ab = program("ab")
    server = serve()
    said = run(ab, "-q", "-n", 200, "-c", 8, *options, f"{server.url}/health")
    assert re.search(r"Complete requests:\s+200\n", said), said
    assert re.search(r"Failed requests:\s+0\n", said), said
    assert "Non-2xx" not in said, said
    if options:
        kept = int(re.search(r"Keep-Alive requests:\s+(\d+)", said).group(1))
        assert kept == 200, said
    body = tmp_path / "lines"
    body.write_bytes(PERSON * 10)
    said = run(
        ab, "-q", "-n", 50, "-c", 8, *options, "-p", body, "-T", "application/x-ndjson",
        "-H", f"Authorization: Bearer {server.token}", f"{server.url}/v1/profiles",
    )  # fmt: skip
    assert re.search(r"Complete requests:\s+50\n", said) and "Non-2xx" not in said, said


class Proxy(hw.Process):
    def __init__(self, arguments, log, port):
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(arguments, log)

    def until_alive(self):
        self.wait_until(lambda: hw.request("GET", f"{self.url}/health", timeout=5).status == 200)
        return self


@pytest.mark.parametrize(
    "check",
    ["option httpchk HEAD /ready", "option httpchk OPTIONS /", "option httpchk OPTIONS *", "option httpchk GET /ready"],
)
def test_haproxy_finds_the_server_alive(serve, processes, tmp_path, check):
    haproxy = program("haproxy")
    server = serve()
    port = hw.free_port()
    configuration = tmp_path / "haproxy.cfg"
    # OPTIONS / is what it asks without a word: the root is no resource, and that is told with 404, which is an answer.
    expects = "http-check expect rstatus ^(2|404)" if check.endswith("OPTIONS /") else ""
    configuration.write_text(
        f"""
        defaults
            mode http
            timeout connect 5s
            timeout client 30s
            timeout server 30s
        frontend front
            bind 127.0.0.1:{port}
            default_backend back
        backend back
            {check}
            {expects}
            server headwater 127.0.0.1:{server.port} check inter 200ms rise 1 fall 1
"""
    )
    proxy = Proxy([haproxy, "-f", configuration, "-db"], tmp_path / "haproxy.log", port)
    processes.append(proxy)
    proxy.until_alive()
    time.sleep(1)  # Several checks have been made by then, and one that fails takes the server out.
    assert "DOWN" not in proxy.log.read_text()
    send_through(proxy, server)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_nginx_stands_before_the_server(serve, processes, tmp_path, version):
    nginx = program("nginx")
    server = serve("--behind-proxy")
    port = hw.free_port()
    configuration = tmp_path / "nginx.conf"
    keep = 'proxy_set_header Connection "";' if version == "1.1" else ""
    configuration.write_text(
        f"""
        daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;
        events {{ }}
        http {{
            access_log off;
            client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy; fastcgi_temp_path {tmp_path}/f;
            uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
            upstream headwater {{ server 127.0.0.1:{server.port}; keepalive 4; }}
            server {{
                listen 127.0.0.1:{port};
                client_max_body_size 20m;
                location / {{ proxy_pass http://headwater; proxy_http_version {version}; {keep} }}
            }}
        }}
        """
    )
    proxy = Proxy([nginx, "-c", configuration, "-e", tmp_path / "error.log"], tmp_path / "nginx.log", port)
    processes.append(proxy)
    send_through(proxy.until_alive(), server)


def send_through(proxy, server):
    """What clients do, by way of a proxy."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/x-ndjson"}
    for _ in range(5):
        answer = hw.request("POST", f"{proxy.url}/v1/profiles", PERSON * 5_000, headers)
        assert answer.status == 200 and answer.json["accepted"] == 5_000, answer
        flows = hw.request("GET", f"{proxy.url}{hw.FLOW_SERVICE}/flows", None, server.headers())
        assert flows.status == 200 and flows.json["items"] == []
        assert hw.request("HEAD", f"{proxy.url}/health").status == 200
        assert hw.request("DELETE", f"{proxy.url}/health").status == 405


JAVA = """
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

class Client {
    public static void main(String[] arguments) throws Exception {
        for (var version : HttpClient.Version.values()) {
            var client = HttpClient.newBuilder().version(version).build();
            for (int round = 0; round < 3; round++) {
                System.out.println(send(client, arguments[0] + "/v1/profiles", arguments[1], arguments[2], true));
                System.out.println(send(client, arguments[0] + "/v1/profiles", arguments[1], arguments[2], false));
                // Not with a refusal before 100: Java 17 waits for ever then, whoever answers.
                System.out.println(send(client, arguments[0] + "/v1/nowhere", arguments[1], arguments[2], false));
            }
        }
    }

    static int send(HttpClient client, String url, String token, String body, boolean expects) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(20))
            .expectContinue(expects)
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
}
"""


def test_java_waits_for_100_and_offers_http_2(serve, tmp_path):
    java = program("java")
    server = serve()
    source = tmp_path / "Client.java"
    source.write_text(JAVA)
    said = run(java, source, server.url, server.token, PERSON.decode())
    assert said.split() == ["200", "200", "404"] * 6


NODE = """
const http = require("http");
const [url, token, body] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const headers = { Authorization: `Bearer ${token}` };

function send(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url + path, { method, headers, agent }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve([response.statusCode, text]));
    });
    request.on("error", reject);
    if (headers.Expect) request.on("continue", () => request.end(body));
    else request.end(body);
    if (headers.Expect) request.flushHeaders();
  });
}

(async () => {
  const statuses = [];
  for (let round = 0; round < 5; round++) {
    statuses.push((await send("POST", "/v1/profiles", headers, body))[0]);
    statuses.push((await send("POST", "/v1/profiles", { ...headers, Expect: "100-continue" }, body))[0]);
    statuses.push((await send("HEAD", "/health", {}))[0]);
    statuses.push((await send("OPTIONS", "/health", {}))[0]);
    const answer = await fetch(url + "/v1/profiles", { method: "POST", headers, body });
    statuses.push(answer.status, (await answer.json()).accepted);
  }
  const many = await Promise.all(
    Array.from({ length: 50 }, () => send("POST", "/v1/profiles", headers, body))
  );
  console.log(JSON.stringify([statuses, many.every(([status]) => status === 200)]));
  agent.destroy();
})();
"""


def test_node_keeps_connections_and_waits_for_100(serve, tmp_path):
    node = program("node")
    server = serve()
    source = tmp_path / "client.js"
    source.write_text(NODE)
    statuses, are_all_right = json.loads(run(node, source, server.url, server.token, PERSON.decode()))
    assert statuses == [200, 200, 200, 204, 200, 1] * 5
    assert are_all_right


def test_curl_sends_large_bodies(serve, tmp_path):
    curl = program("curl")
    server = serve()
    body = tmp_path / "lines"
    body.write_bytes(PERSON * 20_000)
    for version in ["--http1.0", "--http1.1", "--http2"]:
        for source in ["--data-binary", "--upload-file"]:
            how = [source, f"@{body}"] if source == "--data-binary" else ["-X", "POST", "--upload-file", body]
            said = run(
                curl, "-sS", version, *how, "-H", f"Authorization: Bearer {server.token}", f"{server.url}/v1/profiles"
            )
            assert json.loads(said)["accepted"] == 20_000, said
    # The refusal arrives although the body is longer than anybody reads.
    said = run(
        curl, "-sS", "-w", "%{http_code}", "-o", "/dev/null", "--data-binary", f"@{body}", f"{server.url}/v1/profiles"
    )
    assert said == "403"


def test_python_keeps_connections_and_streams(serve):
    requests = pytest.importorskip("requests")
    server = serve()
    lines = f"{server.url}/v1/profiles"
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {server.token}"
        for _ in range(5):
            assert session.post(lines, data=PERSON * 10).json()["accepted"] == 10
            assert session.post(lines, data=(PERSON for _ in range(100))).json()["accepted"] == 100
            assert session.head(f"{server.url}/health").headers["content-length"] == "18"
            assert session.options(f"{server.url}/health").headers["allow"] == "GET, HEAD, OPTIONS"
            assert session.delete(f"{server.url}/health").status_code == 405
            # Refused before its body is read: the client is told, and can go on.
            refused = session.post(lines, data=PERSON * 100_000, headers={"Content-Encoding": "br"})
            assert refused.status_code == 415
