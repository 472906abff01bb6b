"""One signed POST to a provider's address: never to this machine's own network, never redirected.

The name is resolved once, its addresses are judged, and the connection is made to the address
judged: a name that answers differently a moment later leads nowhere else.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from cms_models.notices.domain import is_public

TIMEOUT_SECONDS = 5
# However slowly an answer drips in, byte by byte, it is over by then.
LONGEST_SECONDS = 10
ANSWER_BYTES = 1024


class NotPosted(Exception):  # noqa: N818 - it reads as what happened
    """Raised with a sentence when a POST was not taken by the other side."""


def post(*, url: str, body: bytes, headers: dict[str, str], private_allowed: bool) -> str:
    """Post a body once and return the answer's status; NotPosted says why it was not taken."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _connection(url, private_allowed=private_allowed) as connection:
            connection.request("POST", target, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read(ANSWER_BYTES)
            status = f"{answer.status} {answer.reason}"[:100]
    except (OSError, http.client.HTTPException, ValueError) as failure:
        raise NotPosted(_words(failure)) from failure
    if not 200 <= answer.status < 300:
        raise NotPosted(f"The address answered {status}; a status from 200 to 299 was expected.")
    return status


@contextmanager
def _connection(url: str, *, private_allowed: bool) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    connected = socket.create_connection(
        (_address_of(host, port, private_allowed=private_allowed), port), timeout=TIMEOUT_SECONDS
    )
    stop = threading.Timer(LONGEST_SECONDS, connected.shutdown, (socket.SHUT_RDWR,))
    stop.daemon = True
    stop.start()
    try:
        if secure:
            context = ssl.create_default_context()
            connected = context.wrap_socket(connected, server_hostname=host)
        connection = http.client.HTTPConnection(
            host, port if parts.port else None, timeout=TIMEOUT_SECONDS
        )
        connection.sock = connected
        yield connection
    finally:
        stop.cancel()
        connected.close()


def _address_of(host: str, port: int, *, private_allowed: bool) -> str:
    """Return the IP address to connect to; refused where any of a name's addresses is private."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private_allowed and not all(is_public(address) for address in found):
        raise NotPosted(f"{host} is an address of a private network: events go to the internet.")
    return found[0]


def _words(failure: Exception) -> str:
    if isinstance(failure, socket.gaierror):
        return "The address's name is not known."
    if isinstance(failure, TimeoutError):
        return f"The address did not answer within {TIMEOUT_SECONDS} seconds."
    if isinstance(failure, ssl.SSLError):
        return "The address has no valid certificate."
    if isinstance(failure, ConnectionRefusedError):
        return "The address refused the connection."
    return f"The address could not be reached ({type(failure).__name__})."
