"""Files that leave the laboratory and come into it: a scenario, its tables, a brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sim.record import CODEBOOK
from sim.scenario.errors import ScenarioError
from sim.scenario.export import to_toml
from sim.view.brief import brief as write_brief
from sim.view.dashboard.state import LinkError, State

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.view.dashboard.lab import Lab


def routes(lab: Lab) -> list[Route]:
    """What the page's links for saving lead to, and where it sends a file to open."""

    def state_of(request: Request) -> State:
        try:
            return lab.library.follow(request.url.query)
        except (LinkError, ScenarioError) as error:
            raise HTTPException(400, str(error)) from None

    def ensemble_of(request: Request) -> tuple[State, Ensemble]:
        state = state_of(request)
        ensemble = lab.ensemble(state)
        if ensemble is None:
            raise HTTPException(409, "the first answer is still under way")
        return state, ensemble

    def scenario(request: Request) -> Response:
        state = state_of(request)
        return _file(to_toml(lab.library.build(state.world)), "application/toml", f"{_stem(lab, state)}.toml")

    def table(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in CODEBOOK:
            raise HTTPException(404, f"no table of that name: expected one of {', '.join(CODEBOOK)}")
        state, ensemble = ensemble_of(request)
        return _file(ensemble.table(name).to_csv(index=False), "text/csv", f"{_stem(lab, state)}-{name}.csv")

    def brief(request: Request) -> Response:
        state, ensemble = ensemble_of(request)
        return _file(write_brief(ensemble), "text/html", f"{_stem(lab, state)}-brief.html")

    async def take_in(request: Request) -> Response:
        try:
            world = lab.library.adopt(await request.body())
        except ClientDisconnect:
            raise HTTPException(413, "the file is too large for a scenario") from None
        except (LinkError, ScenarioError) as error:
            raise HTTPException(422, str(error)) from None
        return JSONResponse({"query": State(world).query()})

    return [
        Route("/export/scenario.toml", scenario),
        Route("/export/tables/{name}.csv", table),
        Route("/export/brief.html", brief),
        Route("/import", take_in, methods=["POST"]),
    ]


def _stem(lab: Lab, state: State) -> str:
    """Name of a file: the scenario, and the digest of what it has become."""
    return (
        f"{''.join(c if c.isalnum() else '-' for c in state.world.name)}-{lab.library.build(state.world).digest()[:8]}"
    )


def _file(content: str, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
