"""One POST to an address outside the house, with a hard end, and never to an address inside it.

The host's addresses are looked up once, all of them must be public, and the connection goes to one that was looked at: a name that
answers differently the second time leads nowhere. Redirects are not followed, proxies of the environment are not asked. Whatever the other
side does (hang, drip, answer half), a watch closes the connection when the time is over.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection
from time import perf_counter
from urllib.parse import urlsplit

TOTAL = 8.0
CONNECT = 3.0
MOST = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Fault(Exception):
    """It did not go: `code` of labels.FAULTS. The cause is not carried along, for it may hold the address with its key."""

    def __init__(self, code: str, number: str = "") -> None:
        super().__init__(code)
        self.code, self.number = code, number


def is_public(text: str) -> bool:
    """Whether an IP address lies outside: no loopback, private, link-local, shared, reserved or multicast one, in whatever dress."""
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def post(url: str, body: bytes, *, inside: Collection[str] = (), total: float = TOTAL) -> bytes:
    """Send JSON; the whole answer, of status 2xx. Raises Fault. `inside`: hosts for which an address inside the house will do."""
    end = perf_counter() + total
    parts = urlsplit(url)
    host, tls = (parts.hostname or "").lower(), parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    raw = _connect(_addresses(host, port, host in inside), end)
    over = threading.Event()

    def stop() -> None:
        over.set()
        # Whoever waits on the connection is let go; closing it stays with its owner.
        try:
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
        except OSError:
            return

    watch = threading.Timer(max(end - perf_counter(), 0.01), stop)
    watch.daemon = True
    watch.start()
    link: socket.socket = raw
    try:
        if tls:
            # The plain socket is kept for the watch, so it is not detached into the sealed one's life.
            link = ssl.create_default_context().wrap_socket(raw.dup(), server_hostname=host)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        answer = _ask(link, host, port, target, body)
        if over.is_set():  # what was cut off may look like an end
            raise Fault("timeout")
        return answer
    except Fault as fault:
        raise (Fault("timeout") if over.is_set() else Fault(fault.code, fault.number)) from None
    except (ssl.SSLError, OSError, http.client.HTTPException) as error:
        raise (Fault("timeout") if over.is_set() else Fault(_code(error))) from None
    finally:
        watch.cancel()
        for each in {link, raw}:
            each.close()


def _addresses(host: str, port: int, inside: bool) -> list[tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Fault("unknown_host") from None
    if not inside and not all(is_public(str(address[0])) for *_rest, address in found):
        raise Fault("inside")
    return [(family, address) for family, *_rest, address in found]  # type: ignore[misc]


def _connect(addresses: list[tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]], end: float) -> socket.socket:
    code = "refused"
    for family, address in addresses:
        left = min(CONNECT, end - perf_counter())
        if left <= 0:
            raise Fault("timeout")
        raw = socket.socket(family, socket.SOCK_STREAM)
        raw.settimeout(left)
        try:
            raw.connect(address)
        except OSError as error:
            raw.close()
            code = _code(error)
            continue
        raw.settimeout(max(end - perf_counter(), 0.01))
        return raw
    raise Fault(code)


def _ask(link: socket.socket, host: str, port: int, target: str, body: bytes) -> bytes:
    asking = http.client.HTTPConnection(host, port)
    asking.auto_open = 0
    asking.sock = link
    asking.request("POST", target, body, {"Content-Type": "application/json; charset=utf-8", "User-Agent": "liuke", "Connection": "close"})
    with asking.getresponse() as answer:
        if 300 <= answer.status < 400:
            raise Fault("redirect")
        read = answer.read(MOST)
        if answer.status == 429:
            raise Fault("often", "429")
        if not 200 <= answer.status < 300:
            raise Fault("http", str(answer.status))
        if answer.length and len(read) < MOST:  # of what it said it would send, that much never came
            raise Fault("cut_off")
        return read


def _code(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return "cut_off"
    return "answer" if isinstance(error, http.client.HTTPException) else "refused"
