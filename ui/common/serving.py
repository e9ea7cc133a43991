"""How the app is served: whom it answers, and the browser that opens at its start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from streamlit import config

from fer_core.base.hosts import OwnHosts, own_names


def middleware() -> list[Middleware]:
    """What every request passes first: only the server's own names are answered."""
    further = [config.get_option("browser.serverAddress"), *config.get_option("server.corsAllowedOrigins")]
    return [Middleware(OwnHosts, names=own_names(config.get_option("server.address"), filter(None, further)))]


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Open the user's browser at the start, as Streamlit does for a script without a server of its own."""
    if not config.get_option("server.headless"):
        import asyncio

        asyncio.get_running_loop().call_soon(_open_browser)
    yield {}


def _open_browser() -> None:
    from streamlit import cli_util
    from streamlit.web.server import server_util

    named = next((n for n in ("browser.serverAddress", "server.address") if config.is_manually_set(n)), None)
    address = server_util.get_display_address(config.get_option(named)) if named else "localhost"
    cli_util.open_browser(server_util.get_url(address))
