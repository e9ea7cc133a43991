"""Whom the server answers: a real server, raw requests, every form of a Host."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_core.base.hosts import HOSTS_VARIABLE, is_own, own_names
from fer_core.efficiency.app_server import AppServer, app_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One server for all, with a name of the lab's own, an address of a container and a family of names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOSTS_VARIABLE, "lab.example.org, 203.0.113.7,*.forwarded.example")
        with app_server(tmp_path_factory.mktemp("home")) as running:
            running.wait_until_it_answers()
            yield running


def status(server: AppServer, path: str, *headers: str, method: str = "GET", upgrade: bool = False) -> int:
    """The status line's number of a raw request; 0 where the server closed the line without one."""
    lines = [f"{method} {path} HTTP/1.1", *headers]
    if upgrade:
        lines += [
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
    else:
        lines += ["Connection: close"]
    with socket.create_connection(("localhost", server.port), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        answer = line.recv(4096).split(b"\r\n")[0].split()
    return int(answer[1]) if len(answer) > 1 else 0


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("localhost:PORT", True),
        ("LocalHost.:PORT", True),
        ("127.0.0.1:PORT", True),
        ("[::1]:PORT", True),
        ("localhost:9000", True),  # a forwarded port
        ("lab.example.org", True),
        ("203.0.113.7", True),
        ("a.forwarded.example", True),
        ("evil.example:PORT", False),
        ("127.0.0.1.evil.example:PORT", False),
        ("localhost.evil.example", False),
        ("evil.example@localhost", False),
        ("192.0.2.1:PORT", False),
        ("[2001:db8::1]", False),
        ("forwarded.example", False),
        ("evilforwarded.example", False),
        ("", False),
        ("localhost evil.example", False),
    ],
)
def test_a_host_of_another_name_gets_403(server: AppServer, host: str, good: bool) -> None:
    host = host.replace("PORT", str(server.port))
    named = f"Host: {host}"
    for path, method in (("/", "GET"), ("/_stcore/health", "GET"), ("/_stcore/upload_file/a/b", "PUT")):
        found = status(server, path, named, method=method)
        assert (found != 403 if good and method == "GET" else found in (403, 400)) or (good and method == "PUT")
    origin = f"Origin: http://{host}"
    assert status(server, "/_stcore/stream", named, origin, upgrade=True) in ((101,) if good else (403, 400))
    assert status(server, "/_stcore/stream", named, upgrade=True) in ((101,) if good else (403, 400))


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("http://localhost:PORT", True),
        ("https://lab.example.org", True),  # a proxy that sends its own Host
        ("http://evil.example:PORT", False),
        ("null", False),
        ("file://localhost", False),
        ("http://localhost@evil.example", False),
        ("http://[", False),
    ],
)
def test_an_origin_of_another_name_gets_403(server: AppServer, origin: str, good: bool) -> None:
    here = f"localhost:{server.port}"
    asked = f"Origin: {origin.replace('PORT', str(server.port))}"
    assert status(server, "/_stcore/stream", f"Host: {here}", asked, upgrade=True) == (101 if good else 403)
    assert status(server, "/", f"Host: {here}", asked) == (200 if good else 403)


def test_two_hosts_or_none_are_nobodys(server: AppServer) -> None:
    here = f"Host: localhost:{server.port}"
    assert status(server, "/", here, "Host: evil.example") in (400, 403)
    assert status(server, "/") in (400, 403)


def test_the_server_ends_at_once_with_a_page_open(tmp_path: Path) -> None:
    """Served as an application of its own, it ends on Ctrl-C as before; a browser opens only where asked."""
    with app_server(tmp_path) as running:
        running.wait_until_it_answers()
        with socket.create_connection(("localhost", running.port), timeout=20) as line:
            line.sendall(
                f"GET /_stcore/stream HTTP/1.1\r\nHost: localhost:{running.port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert b"101" in line.recv(4096)
            os.kill(running.process.pid, signal.SIGINT)
            running.process.wait(timeout=60)


def test_names_of_a_server_by_what_it_is_bound_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOSTS_VARIABLE, raising=False)
    machine = socket.gethostname().lower()
    assert own_names("localhost") == ("localhost",)
    assert machine in own_names("0.0.0.0") and machine in own_names(None) and machine in own_names("192.0.2.9")
    assert machine not in own_names("127.0.0.1")
    assert own_names("Lab.Example.org", ["https://Shown.example.org/"])[-2:] == ("lab.example.org", "shown.example.org")
    monkeypatch.setenv(HOSTS_VARIABLE, " , *")
    assert is_own("anything.example", own_names("localhost"))


def test_an_address_is_its_own_where_it_is_reached_at_it() -> None:
    assert is_own("192.0.2.9:8501", (), here="192.0.2.9") and is_own("192.0.2.9", (), here="::ffff:192.0.2.9")
    assert not is_own("192.0.2.10:8501", (), here="192.0.2.9")
    for odd in ("2130706433", "0x7f000001", "0.0.0.0", "[fe80::1", "a" * 3000, "[::1]evil", "localhost:99999999"):
        assert not is_own(odd, (), here="192.0.2.9"), odd
