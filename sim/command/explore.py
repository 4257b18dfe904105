"""``lawshock explore``."""

from __future__ import annotations

import click

from sim.command import shared


@click.command()
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
    """Open the laboratory: questions about SCENARIO with their answers, and worlds of one's own beside it.

    SCENARIO is a file, or the name of one that comes with lawshock; a card of the reference is opened there.

    Example:  lawshock explore hong-kong-2020
    """
    for package in ("starlette", "uvicorn"):
        shared.needs(package)
    from sim.scenario.files import locate

    own = shared.load_scenario(scenario, overrides).population.users

    from sim.view.laboratory.worker import context

    click.echo("Starting …")
    context()  # it imports what the workers need, while this process imports what the server needs

    from sim.view.laboratory.asking import PEOPLE, Home
    from sim.view.laboratory.cards import BASE, CARDS
    from sim.view.laboratory.launch import USERS, launch

    if locate(scenario).samefile(locate(BASE)):
        scenario = BASE
    card = next((f"#q={card.name}" for card in CARDS if card.name == scenario and not card.acts), "")
    is_sized = any(override.replace(" ", "").startswith(PEOPLE) for override in overrides)
    home = Home(BASE if card else scenario, overrides if is_sized else (*overrides, f"{PEOPLE}{min(own, USERS)}"))

    def ready(address: str) -> None:
        address += card
        click.echo(f"The laboratory is at {address}\nStop it with Ctrl+C.")
        if browser:
            click.launch(address)

    command = shared.as_typed(["lawshock", "explore", scenario, *shared.typed_settings("overrides")])
    try:
        launch(home, host=host, port=port, workers=workers, say=click.echo, ready=ready, command=command)
    except OSError as error:
        if getattr(error, "for_users", False):
            raise
        raise click.ClickException(f"cannot serve on {host}, port {port}: {error.strerror or error}") from None
