"""``lawshock brief``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.command import shared

PAGE_TELLS = "The results"
"""The heading under which a brief holds the command that made what it tells of."""


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@shared.path_option("-o", "--out", help="File.  [default: RESULTS.html]")
@shared.replace_option
@click.option("--unverified", is_flag=True, help="Go on although files were changed after they were written.")
def brief(results: Path, out: Path | None, replace: bool, unverified: bool) -> None:
    """Write a brief of RESULTS, a folder of lawshock run: what it shows, what that rests on, and how to make it again.

    Example:  lawshock brief results/hong-kong-2020
    """
    from sim.results.reading import damaged, read_manifest, read_results
    from sim.runs.files import check_file, write_whole
    from sim.view.brief import brief as write
    from sim.view.brief import read_apart, read_claims

    # Beside the folder, for a new run replaces all that is in it; named from where it stands, for a page has no path.
    folder = results.resolve()
    manifest = read_manifest(results)
    path = out or folder.with_name(f"{folder.name}.html")
    command = manifest["command"]
    check_file(path, replaceable=None if replace else lambda page: shared.is_page_of(page, PAGE_TELLS, command))
    ensemble = read_results(results, unverified=unverified)
    name = f"results/{folder.name}" if folder.parent.name == "results" else folder.name
    text = write(
        ensemble, command=command, folder=name, claimed=read_claims(folder, command),
        changed=list(damaged(results, manifest)), apart=read_apart(folder, drawn=ensemble.best is not None),
    )  # fmt: skip
    write_whole(path, text.encode())
    click.echo(f"Brief: {path if out else results.with_name(path.name)}")
