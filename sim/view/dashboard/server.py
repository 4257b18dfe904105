"""The server: Solara's page behind a guard, assets from this machine alone, files to save and to open."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.view.dashboard.guard import Guard, loopback

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from sim.view.dashboard.lab import Lab

SETTINGS = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",  # calls home otherwise
    "SOLARA_ASSETS_PROXY": "True",  # scripts and fonts from our own address
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # nothing listens there: a missing file is missing, not fetched
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_TITLE": "lawshock laboratory",
    "SOLARA_MODE": "production",
    "SOLARA_SESSION_HTTP_ONLY": "True",
    "SOLARA_KERNEL_CULL_TIMEOUT": "2m",  # a tab that lost its connection comes back by its link
}
"""Solara's settings, read when it is imported."""

MENDED = {
    b"<html>": b'<html lang="en">',
    b"initial-scale=1, maximum-scale=1, user-scalable=no, minimal-ui": b"initial-scale=1",  # zooming is allowed
    b"<v-progress-linear :style": b'<v-progress-linear aria-label="the page is at work" :style',
}
"""What Solara's page says, and what ours says instead."""


def build(lab: Lab, host: str, token: str) -> Guard:
    """The application for uvicorn.

    Args:
        lab: The laboratory.
        host: Address that the server binds to.
        token: What a visitor must show; empty on loopback.
    """
    os.environ.update(SETTINGS)
    from solara.server import app as solara_app

    from sim.view.dashboard import page

    page.use(lab)
    solara_app.apps["__default__"] = solara_app.AppScript("sim.view.dashboard.page")
    return Guard(_application(lab), host, token)


def _application(lab: Lab) -> Starlette:
    """The routes that the laboratory needs, and no others of Solara's."""
    from solara.server import server, settings
    from solara.server import starlette as solara_routes
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.routing import Mount, Route, WebSocketRoute
    from starlette.staticfiles import StaticFiles

    from sim.view.dashboard.files import routes

    return Starlette(
        routes=[
            Route("/", _home(solara_routes.root)),
            WebSocketRoute("/jupyter/api/kernels/{kernel_id}/{name}", solara_routes.kernel_connection),
            Route("/_solara/api/close/{kernel_id}", solara_routes.close, methods=["POST"]),
            Mount("/_solara/cdn", StaticFiles(directory=settings.assets.proxy_cache_dir)),
            Mount("/static/assets", solara_routes.StaticAssets()),
            Mount("/jupyter/nbextensions", solara_routes.StaticNbFiles()),
            Mount("/static", StaticFiles(directory=server.solara_static)),
            *routes(lab),
        ],
        lifespan=solara_routes.lifespan,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
    )


def _home(root: Callable[..., Any]) -> Callable[..., Any]:
    """Solara's page, mended for those who cannot see it well."""
    from starlette.requests import Request
    from starlette.responses import Response

    async def home(request: Request) -> Response:
        with warnings.catch_warnings():  # that its cookie is SameSite=Lax: rightly so, the page is never in a frame
            warnings.simplefilter("ignore", UserWarning)
            response: Response = await root(request)
        html = bytes(response.body)
        for theirs, ours in MENDED.items():
            html = html.replace(theirs, ours, 1)
        response.body = html
        response.headers["content-length"] = str(len(html))
        return response

    return home


def serve(lab: Lab, host: str, port: int, token: str, ready: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        lab: The laboratory.
        host: Address to bind to.
        port: Port; 0 takes a free one.
        token: What a visitor must show; empty on loopback.
        ready: Called with the address to open, once the server listens.

    Raises:
        OSError: The port is taken.
    """
    import socket

    import uvicorn

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    port = listener.getsockname()[1]
    shown = "127.0.0.1" if loopback(host) and ":" not in host else f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/" + (f"?token={token}" if token else "")
    config = uvicorn.Config(
        build(lab, host, token), log_level="warning", access_log=False, ws_max_size=2**20, loop="asyncio",
        timeout_graceful_shutdown=2, server_header=False,
    )  # fmt: skip
    ready(address)
    uvicorn.Server(config).run(sockets=[listener])
