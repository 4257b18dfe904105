"""``lawshock scale``: the question of ``sim.analyses.scale``."""

import click

from sim.analyses.question import Answer, Asked, Listing, question


def parse_sizes(text: str) -> tuple[int, ...]:
    """Sizes with commas between, in their order; raises ``BadParameter`` where there are no three."""
    try:
        sizes = tuple(sorted({int(size.replace("_", "")) for size in text.split(",")}))
    except ValueError:
        expected = f"expected whole numbers with commas between, found {text!r}"
        raise click.BadParameter(expected, param_hint="--sizes") from None
    if len(sizes) < 3:
        raise click.BadParameter(f"expected three sizes or more, found {len(sizes)}", param_hint="--sizes")
    return sizes


@question(
    "scale", click.option("--sizes", metavar="N,N,…", help="Population sizes; 1,000 to 1,000,000 when absent."),
    replicates=(2, 10, "Runs per size."), study=False,
)  # fmt: skip
def scale(asked: Asked) -> Answer:
    """Run SCENARIO with more and more people, and show how each headline measure and its noise converge.

    Example:  lawshock scale hong-kong-2020 --sizes 1000,2000,4000 --replicates 4 --set end=2020-12-31
    """
    from sim.analyses.scale import COLUMNS, SIZES, convergence, draw_scale, smallest_settled

    sizes = parse_sizes(asked.options["sizes"]) if asked.options["sizes"] else SIZES
    worlds = [asked.load(users=users) for users in sizes]
    asked.settle({"scenario": worlds[-1]})
    with asked.keeping(f"{len(sizes)} sizes, {asked.replicates} runs each", len(sizes) * asked.replicates) as how:
        table = convergence(worlds[0], sizes=sizes, replicates=asked.replicates, workers=asked.workers, **how)
    smallest, slopes = smallest_settled(table), table.groupby(["measure", "name"], sort=False)["slope"].first()
    columns = ("measure", "exponent of noise", "settled from, people")
    rows = [(name, f"{slope:.2f}", f"{smallest[id]:,}" if id in smallest else "larger still")
            for (id, name), slope in slopes.items()]  # fmt: skip
    return Answer(
        {"scale": table}, COLUMNS, lambda there, footer: draw_scale(table, there, footer),
        (worlds[0].title, f"{asked.span} at each size"), [Listing("Noise and size", columns, rows, columns[1:])],
    )  # fmt: skip
