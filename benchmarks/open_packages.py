"""Requests a second of the providers' list query against a hand-written JSON view.

    python benchmarks/open_packages.py [--seconds 5] [--clients 4] [--rounds 3]

One gunicorn worker serves both over a temporary SQLite database of 200 open packages with 7
calls each; each request asks for 20 of them with their calls. Every address is measured in turn,
the rounds interleaved, so that another load on the machine meets all of them alike. Answers are
compared before anything is measured.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = [str(ROOT), str(ROOT / "site"), str(ROOT / "graphql")]
PORT = int(os.environ.get("PORT") or 8765)
PACKAGES = 200
QUERY = """{ openPackages(first: 20) { pageInfo { hasNextPage } nodes {
  reference pathway zone { code name } lot { code } postcodeDistrict startsOn weeklyMinutes
  calls { days earliest latest minutes carers } } } }"""
SEED = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from cms_models.accounts.services import issue_key
from cms_models.care.services.registration import register_packages, register_persons
from tests.council import TODAY, build_council, package_terms, person_terms
council = build_council()
numbers = range(1, {packages} + 1)
pattern = "; ".join(f"{{day}} {{7 + n:02d}}:00-{{8 + n:02d}}:00 30m" for n, day in enumerate(
    ("Mon-Sun", "Mon-Fri", "Sat,Sun", "Mon-Sun", "Tue,Thu", "Mon-Sun", "Wed")))
register_persons(actor=council.system, terms=[person_terms(n) for n in numbers])
register_packages(actor=council.system, on=TODAY,
                  terms=[package_terms(n, pattern=pattern) for n in numbers])
print(issue_key(user=council.provider_users["P1"], name="benchmark", now=timezone.now()).text)
"""


@dataclass(frozen=True)
class Address:
    """Something to measure: a name, a path, and what to send (None: GET)."""

    name: str
    path: str
    body: str | None = None


ADDRESSES = (
    Address("GraphQL openPackages", "/graphql", json.dumps({"query": QUERY})),
    Address("JSON view, model objects", "/peer/objects"),
    Address("JSON view, same selectors", "/peer/values"),
)


def environment(data: str) -> dict[str, str]:
    """Return the environment of the measured server."""
    return {
        **os.environ,
        "HOMEWARD_DATA": data,
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "benchmarks.peer_site.settings",
        "PYTHONPATH": os.pathsep.join(SOURCE_ROOTS),
    }


def seed(data: str) -> str:
    """Build the temporary council and return a provider's key."""
    done = subprocess.run(
        [sys.executable, "-c", SEED.format(packages=PACKAGES)],
        env=environment(data),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1]


def serve(data: str) -> subprocess.Popen:
    """Start one gunicorn worker."""
    command = [sys.executable, "-m", "gunicorn", "homeward.wsgi:application", "--workers", "1"]
    command += ["--bind", f"127.0.0.1:{PORT}", "--log-level", "warning"]
    return subprocess.Popen(command, env=environment(data), cwd=ROOT)


def fetch(address: Address, key: str) -> bytes:
    """Ask once; RuntimeError for any answer but 200."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST" if address.body else "GET", address.path, address.body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{address.name}: {response.status} {content[:300]!r}")
    return content


def wait_for_server(key: str) -> None:
    """Return once the server answers."""
    for _ in range(300):
        try:
            fetch(ADDRESSES[0], key)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server did not start.")


def rows_of(address: Address, key: str) -> list:
    """Return the packages an address answers with."""
    body = json.loads(fetch(address, key))
    return body["data"]["openPackages"]["nodes"] if "data" in body else body["nodes"]


def measure(address: Address, key: str, *, seconds: float, clients: int) -> list[float]:
    """Return the seconds each request took, of as many as `clients` threads made in the time."""
    took: list[float] = []
    stop = time.perf_counter() + seconds

    def client() -> None:
        while (begun := time.perf_counter()) < stop:
            fetch(address, key)
            took.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def worker_seconds(master: int) -> float:
    """Return the processor time the worker has used: what another load cannot stretch."""
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    numbers = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure every address and print rates, latencies and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="homeward-benchmark-") as data:
        key = seed(data)
        server = serve(data)
        try:
            wait_for_server(key)
            report(key, options, master=server.pid)
        finally:
            server.terminate()
            server.wait(timeout=10)


def report(key: str, options: argparse.Namespace, *, master: int) -> None:
    """Compare the answers, measure, print."""
    answers = [rows_of(address, key) for address in ADDRESSES]
    if any(answer != answers[0] for answer in answers):
        raise RuntimeError("The addresses answer differently: nothing was measured.")
    visits = sum(len(row["calls"]) for row in answers[0])
    print(f"{len(answers[0])} packages with {visits} calls a request, {options.clients} clients")
    rates: dict[str, list[float]] = {address.name: [] for address in ADDRESSES}
    times: dict[str, list[float]] = {address.name: [] for address in ADDRESSES}
    spent: dict[str, float] = dict.fromkeys(rates, 0.0)
    for _ in range(options.rounds):
        for address in ADDRESSES:
            before = worker_seconds(master)
            took = measure(address, key, seconds=options.seconds, clients=options.clients)
            rates[address.name].append(len(took) / options.seconds)
            times[address.name] += took
            spent[address.name] += worker_seconds(master) - before
    first = statistics.median(rates[ADDRESSES[0].name])
    for address in ADDRESSES:
        rate = statistics.median(rates[address.name])
        cuts = statistics.quantiles(times[address.name], n=100)
        each = 1000 * spent[address.name] / len(times[address.name])
        print(
            f"{address.name:26} {rate:5.0f} req/s   p50 {cuts[49] * 1000:4.0f} ms   "
            f"p95 {cuts[94] * 1000:4.0f} ms   worker {each:4.1f} ms each   "
            f"GraphQL is {first / rate:4.2f} of it"
        )


if __name__ == "__main__":
    main()
