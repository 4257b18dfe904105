"""``lawshock explore``."""

from __future__ import annotations

import click

from sim.command import shared


@click.command(short_help="Open the laboratory in a browser.")
@click.argument("scenario", default="hong-kong-2020")
@shared.set_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to serve on; one that others can reach asks them for a token.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 takes a free one."
)
@shared.workers_option
@click.option("--browser/--no-browser", default=True, help="Open a browser.")
def explore(
    scenario: str, overrides: tuple[str, ...], host: str, port: int, workers: int | None, browser: bool
) -> None:
    """Open the laboratory on SCENARIO, a file or the name of one that comes with lawshock: controls, answers with
    bands, two worlds side by side.

    Example:  lawshock explore hong-kong-2020
    """
    for package in ("solara", "starlette", "uvicorn"):
        shared.needs(package)
    from sim.view.dashboard.launch import launch

    world = shared.load_scenario(scenario, overrides)

    def ready(address: str) -> None:
        click.echo(f"The laboratory is at {address}\nStop it with Ctrl+C.")
        if browser:
            click.launch(address)

    click.echo("Making the workers ready …")
    try:
        launch(world, scenario, host=host, port=port, workers=workers, ready=ready)
    except OSError as error:
        raise click.ClickException(f"cannot serve on {host}, port {port}: {error.strerror or error}") from None
