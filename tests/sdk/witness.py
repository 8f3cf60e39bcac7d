"""Stands between an SDK and `paultrap serve`: passes every byte on, and has every answer compared with the contract."""

import http.client
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import forced
from contract import Contract, Exchange

BETWEEN_TWO = {"connection", "host", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}


class Record:
    """What all witnesses of one run saw together."""

    def __init__(self, document):
        self.contract = Contract(document, forced.forgive)
        self.lock = threading.Lock()
        self.seen = Counter()  # "GET /jobs/{UUID} 200" -> how often
        self.findings = {}  # each once -> how often
        self.test = ""

    def add(self, exchange):
        exchange.test = self.test
        with self.lock:
            self.seen[f"{self.contract.operation(exchange) or exchange.target} {exchange.status}"] += 1
            for finding in self.contract.findings(exchange):
                self.findings.setdefault(str(finding), 0)
                self.findings[str(finding)] += 1

    def write(self, path, name):
        path.mkdir(parents=True, exist_ok=True)
        contents = {"name": name, "seen": self.seen, "forced": self.contract.forgiven, "findings": self.findings}
        (path / f"{name}.json").write_text(json.dumps(contents, indent=1))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one piece

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in BETWEEN_TWO}
        if body or self.command in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(body))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            upstream.request(self.command, self.path, body or None, headers)
            reply = upstream.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # as it happened to us
            return
        finally:
            upstream.close()
        agent, media_type = self.headers.get("User-Agent", ""), reply.getheader("Content-Type", "")
        # Before the client knows the answer: then everything it saw in a test is judged before the test ends.
        self.server.record.add(Exchange(self.command, self.path, agent, reply.status, media_type, content))
        self.answer(reply, content)

    def answer(self, reply, content):
        self.send_response_only(reply.status, reply.reason)
        for name, value in reply.getheaders():
            if name.lower() not in BETWEEN_TWO:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = pass_on

    def log_message(self, *_):
        pass


class Witness(ThreadingHTTPServer):
    """`with Witness(url, record) as witness: ... witness.url`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, url, record):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urlsplit(url).netloc
        self.record = record
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        pass  # a client that went away; if it mattered, its test says so

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
