"""Requests a second of the providers' list query against a hand-written JSON view and PostGraphile.

    python benchmarks/open_packages.py [--seconds 5] [--clients 4] [--rounds 3] [--postgresql URL]

One gunicorn worker serves ours over 200 open packages with 7 calls each; each request asks for 20
of them with their calls, permissions on. Every address is measured in turn, the rounds interleaved,
so that another load on the machine meets all of them alike. Answers are compared before anything
is measured.

With `--postgresql postgres://…/postgres` everything runs over a scratch database there, and
PostGraphile (row-level security, one node process, installed by npm into a temporary folder) is
measured beside ours.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = [str(ROOT), str(ROOT / "site"), str(ROOT / "graphql")]
PORT = int(os.environ.get("PORT") or 8765)
PEER = ROOT / "benchmarks" / "peers" / "postgraphile"
PEER_PORT = PORT + 1
PACKAGES = 200
QUERY = """{ openPackages(first: 20) { pageInfo { hasNextPage } nodes {
  reference pathway zone { code name } lot { code } postcodeDistrict startsOn weeklyMinutes
  calls { days earliest latest minutes carers } } } }"""
PEER_QUERY = """{ allCareCarepackages(first: 20, orderBy: [STARTS_ON_ASC, PUBLIC_ID_ASC]) {
  pageInfo { hasNextPage } nodes {
  packageRef pathway placesZoneByZoneId { code name } marketLotByLotId { code } postcodeDistrict
  startsOn weeklyMinutes careVisitpatternsByPackageId(condition: {validTo: null}) { nodes {
  weekdays earliestMinutes latestMinutes minutes carers } } } } }"""
SEED = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from datetime import timedelta
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
                  terms=[package_terms(n, pattern=pattern, starts_on=TODAY + timedelta(days=n))
                         for n in numbers])
from cms_models.accounts.roles import Role
from cms_models.brokerage.models import Route
from cms_models.brokerage.services.releases import release
from cms_models.care.models import CarePackage
for package in CarePackage.objects.filter(authority=council.authority):
    release(actor=council[Role.BROKER], package=package, route=Route.ALL,
            reason="every provider at once", now=timezone.now())
print(issue_key(user=council.provider_users["P1"], name="benchmark", now=timezone.now()).text)
"""


@dataclass(frozen=True)
class Address:
    """Something to measure: a name, a path, and what to send (None: GET)."""

    name: str
    path: str
    body: str | None = None
    port: int = PORT


ADDRESSES = (
    Address("GraphQL openPackages", "/graphql", json.dumps({"query": QUERY})),
    Address("JSON view, model objects", "/peer/objects"),
    Address("JSON view, same selectors", "/peer/values"),
)
POSTGRAPHILE = Address(
    "PostGraphile 4, RLS", "/graphql", json.dumps({"query": PEER_QUERY}), PEER_PORT
)


def environment(data: str, database: str) -> dict[str, str]:
    """Return the environment of the measured server; an empty database means SQLite in `data`."""
    return {
        **os.environ,
        "HOMEWARD_DATA": data,
        "DATABASE_URL": database,
        # A key may ask 120 times a minute; here it must ask as often as it can.
        "GRAPHQL_REQUESTS_A_MINUTE": "10000000",
        "GRAPHQL_COST_A_MINUTE": "2000000000",
        "DJANGO_SETTINGS_MODULE": "benchmarks.peer_site.settings",
        "PYTHONPATH": os.pathsep.join(SOURCE_ROOTS),
    }


def seed(data: str, database: str) -> str:
    """Build the temporary council and return a provider's key."""
    done = subprocess.run(
        [sys.executable, "-c", SEED.format(packages=PACKAGES)],
        env=environment(data, database),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1]


def serve(data: str, database: str) -> subprocess.Popen:
    """Start one gunicorn worker."""
    command = [sys.executable, "-m", "gunicorn", "homeward.wsgi:application", "--workers", "1"]
    command += ["--bind", f"127.0.0.1:{PORT}", "--log-level", "warning"]
    return subprocess.Popen(command, env=environment(data, database), cwd=ROOT)


@contextmanager
def scratch(server: str | None) -> Iterator[str]:
    """Make a database on a PostgreSQL server and drop it afterwards; without one, SQLite."""
    if server is None:
        yield ""
        return
    name = f"homeward_benchmark_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def serve_postgraphile(folder: Path, database: str) -> subprocess.Popen:
    """Install PostGraphile into a folder, give it its policies, start it."""
    shutil.copytree(PEER, folder)
    quiet = {"check": True, "capture_output": True}
    subprocess.run(["npm", "install", "--silent", "--no-fund"], cwd=folder, **quiet)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((PEER / "policies.sql").read_text())
    given = {**os.environ, "DATABASE_URL": database, "PORT": str(PEER_PORT)}
    given["NODE_ENV"] = "production"
    return subprocess.Popen(["node", "server.mjs"], cwd=folder, env=given)


def fetch(address: Address, key: str) -> bytes:
    """Ask once; RuntimeError for any answer but 200."""
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST" if address.body else "GET", address.path, address.body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{address.name}: {response.status} {content[:300]!r}")
    return content


def wait_for(address: Address, key: str) -> None:
    """Return once a server answers."""
    for _ in range(300):
        try:
            fetch(address, key)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server did not start.")


def rows_of(address: Address, key: str) -> list:
    """Return the packages an address answers with."""
    body = json.loads(fetch(address, key))
    return body["data"]["openPackages"]["nodes"] if "data" in body else body["nodes"]


def peer_agrees(rows: list, key: str) -> bool:
    """Return whether PostGraphile answers with the same packages and as many calls."""
    found = json.loads(fetch(POSTGRAPHILE, key))["data"]["allCareCarepackages"]["nodes"]
    calls = [len(row["careVisitpatternsByPackageId"]["nodes"]) for row in found]
    ours = [(row["reference"], row["postcodeDistrict"], len(row["calls"])) for row in rows]
    return ours == [
        (row["packageRef"], row["postcodeDistrict"], count)
        for row, count in zip(found, calls, strict=True)
    ]


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


def processor_seconds(pid: int) -> float:
    """Return the processor time a process has used: what another load cannot stretch."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def worker_of(master: int) -> int:
    """Return the one worker of a gunicorn."""
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return int(worker)


def main() -> None:
    """Measure every address and print rates, latencies and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgresql", help="a server to make a scratch database on")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="homeward-benchmark-") as data,
        scratch(options.postgresql) as database,
    ):
        key = seed(data, database)
        servers = {PORT: serve(data, database)}
        if database:
            servers[PEER_PORT] = serve_postgraphile(Path(data) / "postgraphile", database)
        try:
            addresses = [*ADDRESSES, *([POSTGRAPHILE] if database else [])]
            for address in addresses:
                wait_for(address, key)
            workers = {port: server.pid for port, server in servers.items()}
            workers[PORT] = worker_of(workers[PORT])
            report(key, options, addresses=addresses, workers=workers)
        finally:
            for server in servers.values():
                server.terminate()
                server.wait(timeout=10)


def report(
    key: str, options: argparse.Namespace, *, addresses: list[Address], workers: dict[int, int]
) -> None:
    """Compare the answers, measure, print."""
    answers = [rows_of(address, key) for address in ADDRESSES]
    alike = all(answer == answers[0] for answer in answers)
    if not alike or (POSTGRAPHILE in addresses and not peer_agrees(answers[0], key)):
        raise RuntimeError("The addresses answer differently: nothing was measured.")
    visits = sum(len(row["calls"]) for row in answers[0])
    print(f"{len(answers[0])} packages with {visits} calls a request, {options.clients} clients")
    rates: dict[str, list[float]] = {address.name: [] for address in addresses}
    times: dict[str, list[float]] = {address.name: [] for address in addresses}
    spent: dict[str, float] = dict.fromkeys(rates, 0.0)
    for _ in range(options.rounds):
        for address in addresses:
            before = processor_seconds(workers[address.port])
            took = measure(address, key, seconds=options.seconds, clients=options.clients)
            rates[address.name].append(len(took) / options.seconds)
            times[address.name] += took
            spent[address.name] += processor_seconds(workers[address.port]) - before
    first = statistics.median(rates[ADDRESSES[0].name])
    for address in addresses:
        rate = statistics.median(rates[address.name])
        cuts = statistics.quantiles(times[address.name], n=100)
        each = 1000 * spent[address.name] / len(times[address.name])
        print(
            f"{address.name:26} {rate:5.0f} req/s   p50 {cuts[49] * 1000:4.0f} ms   "
            f"p95 {cuts[94] * 1000:4.0f} ms   server {each:4.1f} ms each   "
            f"GraphQL is {first / rate:4.2f} of it"
        )


if __name__ == "__main__":
    main()
