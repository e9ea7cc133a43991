"""A server that answers to its own names only.

A page of somebody else's site can make its name lead to this machine (DNS rebinding); its requests then come
from the user's own browser, and only the name in them gives it away. So a Host or an Origin that is not one
of the server's own gets 403, on HTTP and on the websocket alike.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

HOSTS_VARIABLE = "FER_LAB_HOSTS"
"""Further names, with commas between, as a proxy's: ``lab.example.org``, ``*.example.org``, ``*`` for all."""

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{0,5})?", re.ASCII)
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
_TOLD = 20
_log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def own_names(address: str | None, further: Iterable[str] = ()) -> tuple[str, ...]:
    """Names a server answers to beside ``localhost`` and the addresses it is reached at.

    Parameters
    ----------
    address : what it is bound to: an address or a name; None or empty is everything
    further : names of other settings

    Returns
    -------
    tuple of str
        In lower case: the address where it is a name, the machine's own name unless the server is bound to
        addresses of this machine alone, the further ones and those of ``$FER_LAB_HOSTS``.
    """
    bound = (address or "").strip().lower()
    machine = socket.gethostname().lower()
    names = [bound] if bound not in _ANYWHERE else []
    if bound in _ANYWHERE or (_address(bound) is not None and not _is_loopback(bound)):
        names += [machine, f"{machine}.local"]
    named = os.environ.get(HOSTS_VARIABLE, "").split(",")
    return tuple(dict.fromkeys(n for name in (*names, *further, *named) if (n := _bare(name))))


def is_own(host: str, names: Iterable[str], here: str = "") -> bool:
    """Whether a Host header's value (``name``, ``name:port``, ``[::1]:port``) means this server.

    Parameters
    ----------
    host : as the browser sent it
    names : `own_names`
    here : the address at which the connection came in; as a Host it is the server's own too
    """
    if "*" in names:
        return True
    found = _HOST.fullmatch(host.strip().lower())
    if found is None:
        return False
    name = (found[1] or found[2]).rstrip(".")
    if name == "localhost" or _is_loopback(name):
        return True
    if (address := _address(name)) is not None and address == _address(here):
        return True
    return any(name == own or (own.startswith("*.") and name.endswith(own[1:])) for own in names)


class OwnHosts:
    """ASGI middleware that answers 403 to a Host or an Origin of another name.

    Parameters
    ----------
    app : what it stands before
    names : `own_names`
    """

    def __init__(self, app: Application, names: Iterable[str] = ()) -> None:
        self._app, self._names = app, tuple(names)
        self._told: set[str] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or (stranger := self._stranger(scope)) is None:
            await self._app(_of_one_origin(scope), receive, send)
            return
        self._tell(stranger)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: 403
            return
        said = f"FER Lab answers to its own names only; add this one to {HOSTS_VARIABLE} to serve it.\n"
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(said)).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else said.encode()})

    def _stranger(self, scope: Message) -> str | None:
        """The Host or Origin that is not the server's own, or None; no Host is none of its own."""
        here = str((scope.get("server") or ("",))[0] or "")
        headers = [(k.lower(), v.decode("latin-1")) for k, v in scope["headers"]]
        hosts = [v for k, v in headers if k == b"host"] or [""]
        origins = [v for k, v in headers if k == b"origin"]
        wrong = [h for h in hosts if not is_own(h, self._names, here)]
        wrong += [o for o in origins if not is_own(_host_of(o), self._names, here)]
        return wrong[0] if wrong else None

    def _tell(self, stranger: str) -> None:
        """Say it in the terminal, each name once and not without end."""
        if stranger not in self._told and len(self._told) < _TOLD:
            self._told.add(stranger)
            _log.warning(
                "refused a request for %.200r, which is none of this server's names (%s adds some)",
                stranger,
                HOSTS_VARIABLE,
            )


def _of_one_origin(scope: Message) -> Message:
    """The request with the Origin's name as its Host.

    Streamlit refuses a websocket whose two names differ, as they do behind a proxy that sends a Host of its
    own. Both are known to be the server's by now.
    """
    if scope["type"] != "websocket":
        return scope
    origin = next((_host_of(v.decode("latin-1")) for k, v in scope["headers"] if k.lower() == b"origin"), "")
    if not origin:
        return scope
    headers = [(k, origin.encode("latin-1") if k.lower() == b"host" else v) for k, v in scope["headers"]]
    return {**scope, "headers": headers}


def _host_of(origin: str) -> str:
    """The part of an Origin that a Host header would hold; empty for ``null`` and what is no web address."""
    try:
        parts = urlsplit(origin.strip())
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("http", "https") else ""


def _bare(name: str) -> str:
    """A name of a setting without scheme, port and path: ``https://Lab.example.org/`` is lab.example.org."""
    text = name.strip().lower()
    text = (urlsplit(text).netloc if "://" in text else text).rstrip("/.")
    found = _HOST.fullmatch(text)
    return (found[1] or found[2]).rstrip(".") if found else text


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_loopback(name: str) -> bool:
    return name == "localhost" or ((address := _address(name)) is not None and address.is_loopback)
