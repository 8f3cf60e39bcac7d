"""A `paultrap serve` with a scenario, and what it knows afterwards."""

import contextlib
import signal
import subprocess
import time
from collections import Counter

import requests

PAGE = 100
SECONDS = 60  # until the last jobs are done


class Server:
    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = "apiKey none"
        self.session.trust_env = False  # no proxy

    def ask(self, method, path, **more):
        reply = self.session.request(method, f"{self.url}/{path}", timeout=30, **more)
        reply.raise_for_status()
        return reply.json()

    def scenario(self, document):
        """From now on this one."""
        self.ask("PUT", "_paultrap/scenario", json=document)

    def creates(self):
        """How many requests to create a job came in, and how many each fault struck, of two in one the first one counts for the client."""
        faults = self.ask("GET", "_paultrap/scenario")["scenario"]["fault"]
        [seen] = {fault["seen"] for fault in faults}  # all are about creates
        return seen, [fault["fired"] for fault in faults]

    def jobs_by_circuit(self):
        """How many jobs there are of each circuit, by the only outcome that it has. The faults end here."""
        self.ask("DELETE", "_paultrap/scenario")
        return Counter(self.outcome(job["id"]) for job in self.completed())

    def completed(self):
        """Every job, once all are completed."""
        deadline = time.monotonic() + SECONDS
        while True:
            jobs = self.jobs()
            unfinished = [job for job in jobs if job["status"] != "completed"]
            if not unfinished:
                return jobs
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(unfinished)} of {len(jobs)} jobs are not completed, the first is {unfinished[0]}")
            time.sleep(0.2)

    def jobs(self):
        found, after = [], {}
        while True:
            page = self.ask("GET", "v0.4/jobs", params={"limit": PAGE} | after)
            found += page["jobs"]
            if not page.get("next"):
                return found
            after = {"next": page["next"]}

    def outcome(self, job):
        [(outcome, probability)] = self.ask("GET", f"v0.4/jobs/{job}/results/probabilities").items()
        if abs(probability - 1) > 1e-9:
            raise ValueError(f"job {job} has the outcome {outcome} with probability {probability}")
        return int(outcome)


@contextlib.contextmanager
def serving(binary, scenario):
    command = [binary, "serve", "--addr", "127.0.0.1:0", "--scenario", scenario, "--queue-time", "0s", "--run-time", "0s"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line.startswith("listening on http://127.0.0.1:"):
            raise RuntimeError(f"the first line of serve is {line!r}")
        yield Server(line.split()[-1])
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        finally:
            process.kill()
            process.stdout.close()
