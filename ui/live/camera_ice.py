"""STUN and TURN servers for a camera on another machine: from the environment or Streamlit's secrets."""

from __future__ import annotations

import json
import os
from typing import Any

import streamlit as st

from fer_core.base.errors import SettingError

VARIABLE = "FER_LAB_ICE_SERVERS"
"""Environment variable: a JSON list such as ``[{"urls": "stun:stun.example.org"}]``."""

_KEYS = {"urls", "username", "credential"}
_SCHEMES = ("stun:", "stuns:", "turn:", "turns:")
_FIX = "see docs/live.md for an example"


def host_of(address: str) -> str:
    """The host in a page's address, without its port."""
    host = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host


def is_local(address: str) -> bool:
    """Whether a page's address names this very machine."""
    return host_of(address) in ("localhost", "127.0.0.1", "[::1]")


def ice_servers(address: str = "") -> list[dict[str, Any]]:
    """The servers to use for a page opened at ``address``.

    None on this machine, whatever is set: none is needed, and asking a public one offline costs forty
    seconds. Raises `SettingError` where the setting cannot be used.
    """
    if is_local(address):
        return []
    text = os.environ.get(VARIABLE, "").strip()
    if text:
        try:
            return checked(json.loads(text), VARIABLE)
        except json.JSONDecodeError as error:
            raise SettingError(f"this is no JSON ({error.msg})", where=VARIABLE, fix=_FIX) from error
    where = ".streamlit/secrets.toml, [webrtc] ice_servers"
    try:
        section = st.secrets.get("webrtc", {}) if st.secrets.load_if_toml_exists() else {}
        found = section.get("ice_servers", [])
    except Exception as error:  # a file that is no TOML, in whatever way Streamlit says so
        raise SettingError("the file cannot be read", where=where, fix=_FIX) from error
    return checked(found, where)


def checked(found: Any, where: str) -> list[dict[str, Any]]:
    """The servers as plain dictionaries. Raises `SettingError` that says what is wrong with which one."""
    if isinstance(found, (str, bytes)) or not hasattr(found, "__iter__") or hasattr(found, "keys"):
        raise SettingError("the ICE servers are no list", where=where, fix=_FIX)
    return [_server(entry, f"{where}, entry {number}") for number, entry in enumerate(found, 1)]


def _server(entry: Any, where: str) -> dict[str, Any]:
    try:
        server = dict(entry)
    except (TypeError, ValueError):
        raise SettingError("an ICE server is no table with urls", where=where, fix=_FIX) from None
    if unknown := set(map(str, server)) - _KEYS:
        raise SettingError(
            f"{sorted(unknown)[0]} is no key of an ICE server", where=where, fix="use urls, username and credential"
        )
    urls = server.get("urls")
    listed = [urls] if isinstance(urls, str) else list(urls) if isinstance(urls, (list, tuple)) else []
    if not listed or not all(isinstance(u, str) and u.startswith(_SCHEMES) for u in listed):
        raise SettingError("urls must begin with stun:, stuns:, turn: or turns:", where=where, fix=_FIX)
    secret = [server.get(key) for key in ("username", "credential")]
    if any(u.startswith("turn") for u in listed) and not all(isinstance(s, str) and s for s in secret):
        raise SettingError("a TURN server needs a username and a credential", where=where, fix=_FIX)
    return {**server, "urls": listed}
