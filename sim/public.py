"""What ``sim`` hands out for Python: ensembles, comparisons and answers, over plausible worlds unless told not to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.analyses.ask import ask as world_asked_for
from sim.analyses.compare.analysis import Comparison
from sim.analyses.compare.analysis import compare as compare_worlds
from sim.results.bands import pairs_by_chance
from sim.results.ensemble import Ensemble
from sim.results.ensemble import run as run_ensemble
from sim.results.posterior import load_posterior
from sim.scenario.files import load
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.view.words import Told

World = Scenario | Path | str


def plausible(scenario: World, n: int = 20, seed: int = 1, fixed: Sequence[str] = ()) -> tuple[Scenario, ...]:
    """Worlds with parameters drawn from what is plausible; the world of a seed is the same in every ensemble.

    Args:
        scenario: A scenario, a file, or the name of a shipped scenario.
        n: How many.
        seed: Of the first; the others follow.
        fixed: Dotted keys that keep their values.

    Raises:
        ScenarioError: The scenario cannot be read.
    """
    return tuple(load_posterior().worlds(_load(scenario), range(seed, seed + n), fixed))


def run(scenario: World, *, replicates: int = 20, seed: int = 1, plausible: bool = True, **how: Any) -> Ensemble:
    """Run replicates of a scenario with the seeds ``seed``, ``seed + 1``, and so on, as ``lawshock run`` does.

    Args:
        scenario: A scenario, a file, or the name of a shipped scenario.
        replicates: Number of runs, at least 1.
        seed: Root seed of the first.
        plausible: Each replicate lives a plausible world of its own, whose band is the one to quote, and half as many
            live the scenario's own, ``Ensemble.best``; without, all live that one and differ in luck alone.
        how: ``workers``, ``threads``, ``keep``, ``executor``, ``on_progress``, ``companies`` and ``measures``, as of
            ``sim.results.ensemble.run``.

    Returns:
        The replicates, in the order of their seeds. Units are those of ``docs/codebook.md``.

    Raises:
        ScenarioError: The scenario cannot be read.
        ValueError: As of ``sim.results.ensemble.run``.
    """
    world = _load(scenario)
    if plausible:
        draws = load_posterior()
        how |= {"world_of": partial(draws.world, world), "draws": draws.hashes}
        how |= {"chance_runs": pairs_by_chance(replicates)}
    return run_ensemble(world, replicates=replicates, seed=seed, **how)


def compare(
    base: World, *others: World, replicates: int = 20, seed: int = 1, plausible: bool = True, **how: Any
) -> Comparison:
    """Run worlds in pairs, with the same seeds and, where they are plausible ones, the same draws.

    Args:
        base: A scenario, a file, or the name of a shipped scenario.
        others: What to compare with it.
        replicates: Runs of each world.
        seed: Root seed of the first.
        plausible: As of ``run``: what differs between the worlds keeps its values, all else that no source measures
            is drawn.
        how: ``names``, ``workers``, ``keep`` and ``on_progress``, as of ``sim.analyses.compare.analysis.compare``.

    Returns:
        The worlds, with tables of the paired differences, each in the unit of its measure.

    Raises:
        ComparisonError: The worlds have other people, platforms or days, so that nothing can be paired.
        ScenarioError: One of them cannot be read.
    """
    if plausible:
        draws = load_posterior()
        how |= {"drawn": draws.beside(*map(_load, (base, *others))), "draws": draws.hashes}
    return compare_worlds(base, *others, replicates=replicates, seed=seed, **how)


@dataclass(frozen=True)
class Answer:
    """What a world that was asked for changes, as on the page of ``lawshock ask``."""

    comparison: Comparison
    world: str

    @cached_property
    def _told(self) -> Told:
        from sim.view.words import Told

        return Told(self.comparison, self.world)

    @property
    def sentence(self) -> str:
        """The answer, with its band and its date."""
        return " ".join(self._told.sentences)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """``outcomes``, ``headlines`` and ``changes`` of the comparison, and ``people`` whom it turns."""
        one = self.comparison
        return {"outcomes": one.outcomes, "headlines": one.headlines, "changes": one.changes, "people": one.people}

    def page(self) -> str:
        """The answer page as HTML, which needs no network."""
        from sim.view.answer import answer

        return answer(self.comparison, self.world)

    @property
    def verdict(self) -> str:
        """How sure it is, as far as the pairs themselves say: what would flip it, the command tries."""
        from sim.view.answer import verdict_of

        verdict, agreed, _ = verdict_of(self._told, None)
        return f"{verdict}. {agreed}"

    def figure(self) -> Figure:
        """The question, its answer, and both worlds of what leads it: 1,600 by 900 pixels at 200 dots an inch."""
        from sim.drawing.style import house_style
        from sim.view.memo import paint_memo

        with house_style():
            return paint_memo(self.comparison, self.world)


def ask(
    scenario: Path | str, *acts: str, without: Sequence[str] = (), overrides: Sequence[str] = (), **how: Any
) -> Answer:
    """Ask what other acts would change, as ``lawshock ask`` does.

    Args:
        scenario: A file, or the name of a shipped scenario.
        acts: Each as on the command line: ``"outage platform=WhatsApp date=2020-07-02"``.
        without: Dotted keys of what is left out, such as ``acts.rules``.
        overrides: ``dotted.key=value`` texts that change both worlds.
        how: As of ``compare``.

    Raises:
        ScenarioError: One line that names the key, what was expected there, and the nearest choice.
    """
    worlds = load(scenario, overrides), world_asked_for(scenario, acts, without, overrides)
    return Answer(compare(*worlds, **{"names": ("baseline", "asked")} | how), "asked")


def _load(world: World) -> Scenario:
    return world if isinstance(world, Scenario) else load(world)
