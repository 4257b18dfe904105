"""Constants that differ between countries, inferred from the quantities of all of them at once.

A constant of a country has the place Phi(mu + tau z) in its prior: mu is shared, tau says how far countries differ, and
z is the country's own. What the model gets wrong whatever its constants is a discrepancy for each kind of quantity and
a shift that the quantities of a country share (Kennedy & O'Hagan 2001; Brynjarsdottir & O'Hagan 2014). The error of a
quantity is Student's t, so that one that no constants can meet does not drag the others along. Sampled with the
No-U-Turn sampler of numpyro on emulators, a likelihood by country (Charles et al. 2026, arXiv:2604.20723).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration.bank import Quantity
from sim.calibration.emulator import Emulators
from sim.calibration.priors import Vector
from sim.chance import Stream, entity, key, mix
from sim.results.posterior import FREEDOM

import jax  # isort: skip
import jax.numpy as jnp  # isort: skip
from jax.random import PRNGKey  # isort: skip
import numpyro  # isort: skip
import numpyro.distributions as dist  # isort: skip

DIFFER, DISCREPANCY, SHIFT = 0.4, 0.7, 0.5
"""Scales of the half-normal priors of t0 (how far countries differ), of discrepancies and of the spread of shifts."""
ACCEPT, DEPTH = 0.85, 6
GOLDEN, DAYS = np.uint64(0x9E3779B97F4A7C15), 2**31

type Samples = dict[str, Vector]


@dataclass(frozen=True)
class Data:
    """What is inferred from."""

    emulators: Emulators
    kinds: NDArray[np.intp]
    """(K,) number of the kind of each quantity."""
    names: tuple[str, ...]
    """Of the kinds."""
    countries: tuple[str, ...]
    keep: NDArray[np.bool_]
    """(K,) whether a quantity speaks of the constants."""

    @classmethod
    def of(cls, quantities: Sequence[Quantity], emulators: Emulators, learnable: NDArray[np.bool_]) -> Data:
        """Of quantities (K,); those that may not be fitted, or were not learnt, say nothing."""
        names = tuple(dict.fromkeys(quantity.kind for quantity in quantities))
        kinds = np.array([names.index(quantity.kind) for quantity in quantities])
        keep = learnable & np.array([quantity.fitted for quantity in quantities])
        return cls(emulators, kinds, names, countries(quantities), keep)


def countries(quantities: Sequence[Quantity]) -> tuple[str, ...]:
    """Names of the cases, in order."""
    return tuple(dict.fromkeys(quantity.case for quantity in quantities))


def left_with(quantities: Sequence[Quantity], case: str) -> NDArray[np.bool_]:
    """Which quantities are left out with a case: its own, and those that rest on the same facts."""
    seen = {fact for quantity in quantities if quantity.case == case for fact in quantity.facts}
    return np.array([quantity.case == case or not seen.isdisjoint(quantity.facts) for quantity in quantities])


def _model(emulators: Emulators, kinds: Any, keep: Any, observed: Any, vary: Any, sizes: tuple[int, int]) -> None:
    """The model; ``vary`` is 0 for countries that are all alike, which is known to be wrong and is tried as such."""
    cases, groups = sizes
    width = emulators.inverse.shape[1]
    mu = numpyro.sample("mu", dist.Normal(0.0, 1.0).expand([width]).to_event(1))
    t0 = numpyro.sample("t0", dist.HalfNormal(DIFFER))
    share = numpyro.sample("share", dist.HalfNormal(1.0).expand([width]).to_event(1))
    z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([cases, width]).to_event(2))
    sd = numpyro.sample("sd", dist.HalfNormal(DISCREPANCY).expand([groups]).to_event(1))
    kappa = numpyro.sample("kappa", dist.HalfNormal(SHIFT))
    shift = numpyro.sample("shift", dist.Normal(0.0, 1.0).expand([cases]).to_event(1))
    tau = numpyro.deterministic("tau", vary * t0 * share)
    expected = emulators.mean(mu + tau * z) + vary * kappa * shift[emulators.case]
    scale = jnp.sqrt(1.0 + emulators.error**2 + sd[kinds] ** 2)
    error = dist.StudentT(FREEDOM, expected, scale * ((FREEDOM - 2.0) / FREEDOM) ** 0.5)
    with numpyro.handlers.mask(mask=keep):
        numpyro.sample("y", error, obs=observed)
    if observed is not None:
        numpyro.deterministic("log_likelihood", jnp.where(keep, error.log_prob(observed), 0.0).sum())


@functools.cache
def _sampler(sizes: tuple[int, int], warm: int, count: int, chains: int) -> Any:
    from numpyro.infer import MCMC, NUTS

    kernel = NUTS(functools.partial(_model, sizes=sizes), target_accept_prob=ACCEPT, max_tree_depth=DEPTH)
    return MCMC(kernel, num_warmup=warm, num_samples=count, num_chains=chains, chain_method="sequential",
                progress_bar=False, jit_model_args=True)  # fmt: skip


def forget_compiled() -> None:
    """Drop all compiled code; samplers are compiled again when they are asked for."""
    _sampler.cache_clear()
    jax.clear_caches()


def sample(
    data: Data,
    seed: int,
    *,
    left: NDArray[np.bool_] | None = None,
    observed: Vector | None = None,
    vary: bool = True,
    warm: int = 300,
    count: int = 300,
    chains: int = 1,
) -> Samples:
    """Draw from the posterior.

    Args:
        data: What is inferred from.
        seed: Of the sampler.
        left: (K,) quantities that say nothing.
        observed: (K,) distances that were observed; 0 when absent, for distances are from what was.
        vary: Whether countries differ.
        warm: Steps of each chain in which the sampler adapts.
        count: Draws of each chain.
        chains: Chains, one after another.

    Returns:
        Arrays (chains, count, …) by name, with ``diverging``, whether a draw was one that the sampler lost its way on.
    """
    keep = data.keep if left is None else data.keep & ~left
    seen = np.zeros(len(keep)) if observed is None else observed
    made = _sampler((len(data.countries), len(data.names)), warm, count, chains)
    made.run(
        PRNGKey(seed), data.emulators, jnp.asarray(data.kinds), jnp.asarray(keep), jnp.asarray(seen),
        jnp.asarray(float(vary)), extra_fields=("diverging",),
    )  # fmt: skip
    drawn = {name: np.asarray(value) for name, value in made.get_samples(group_by_chain=True).items()}
    diverging = np.asarray(made.get_extra_fields(group_by_chain=True)["diverging"])
    return {**drawn, "diverging": diverging}


def imagine(data: Data, seed: int) -> Samples:
    """One draw from the prior, with what would be observed of it: ``y``."""
    from numpyro.infer import Predictive

    sizes = (len(data.countries), len(data.names))
    drawn = Predictive(functools.partial(_model, sizes=sizes), num_samples=1)(
        PRNGKey(seed), data.emulators, jnp.asarray(data.kinds), True, None, 1.0
    )
    return {name: np.asarray(value)[0] for name, value in drawn.items()}


def together(drawn: Samples) -> Samples:
    """The chains one after another."""
    return {name: value.reshape(-1, *value.shape[2:]) for name, value in drawn.items()}


def uniforms(seed: int, what: str, shape: tuple[int, ...]) -> Vector:
    """Uniform numbers in (0, 1), those of ``sim.chance`` for entities 0, 1, 2, …."""
    words: Any = key(seed, int(Stream.POSTERIOR), entity(what) % DAYS)
    words = words + np.arange(int(np.prod(shape)), dtype=np.uint64) * GOLDEN
    return np.asarray(((mix(words) >> np.uint64(11)) + 0.5) * 2.0**-53).reshape(shape)


def normals(seed: int, what: str, shape: tuple[int, ...]) -> Vector:
    """Standard normal numbers."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniforms(seed, what, shape)))


def new_country(drawn: Samples, seed: int) -> Vector:
    """Probits (n, d) of the constants of a new country in each draw."""
    return np.asarray(drawn["mu"] + drawn["tau"] * normals(seed, "new country", drawn["mu"].shape))


def places(probits: Vector, edge: float = 1e-3) -> Vector:
    """Places in the prior, this far inside its ends."""
    from scipy.special import ndtr

    return np.asarray(np.clip(ndtr(probits), edge, 1.0 - edge))


def diagnostics(chains: Mapping[str, Vector]) -> dict[str, tuple[float, float, float]]:
    """Of each number, (chains, draws): R-hat, effective draws in bulk and in tails (Vehtari et al. 2021)."""
    from arviz_stats.base.array import array_stats

    along: dict[str, Any] = {"chain_axis": 0, "draw_axis": 1}
    return {
        name: (
            float(array_stats.rhat(value, **along)),
            float(array_stats.ess(value, method="bulk", **along)),
            float(array_stats.ess(value, method="tail", prob=(0.05, 0.95), **along)),
        )
        for name, value in chains.items()
    }
