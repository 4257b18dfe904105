"""Does the twin hold every rule of the people? Break one rule at a time, and see which test fails.

``python -m tests.oracle.mutations [PART OF A NAME]`` makes each change of the list, alone, in a copy of the tree under
build/mutations, runs the tests that can reach it, and prints what caught it, or that it survived. People run as plain
Python there (interpreted.py), as each change would have to be compiled anew. The tests/mutants.py draws changes of the
institutions by lot; these are chosen by hand, one or more for each rule of the second form of the people.
"""

import importlib
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
TREE = ROOT / "build" / "mutations"
ROOM = Path("sim") / "population"
COPIED = ("sim", "tests", "pyproject.toml")
INSIDE = "--inside"
"""Says that the working directory is the copy."""
WARM = ("numba", "mesa", "numpy.testing", "pydantic", "scipy.optimize", "scipy.special", "scipy.stats")
"""Libraries to load before the first fork."""
SECONDS = 600
"""A change whose tests take longer runs in circles, and counts as caught."""

TWIN = ("tests/oracle/test_twin.py::test_same_life",)
REST = ("tests/verification/test_v_population_rest.py::test_intercepts_of_mean_people", "tests/oracle/test_rest.py")
MET = ("tests/oracle/test_surroundings.py", REST[0], *TWIN)
START = ("tests/population/test_start.py::test_who_holds_what",)
REACH = {
    "balance": REST,
    "people": (*START, *TWIN),
    "population": (*REST, *TWIN),
    "start": ("tests/population/test_start.py::test_users_expected_of_holders",),
    "surroundings": MET,
}
"""Module -> the tests that can reach it, quickest first; the twin for all others."""


class Mutation(NamedTuple):
    """A rule broken in one place."""

    rule: str
    module: str
    before: str
    """Text that the module has once."""
    after: str

    @property
    def tests(self) -> tuple[str, ...]:
        """Files or tests that can tell."""
        return REACH.get(self.module, TWIN)


MUTATIONS = [Mutation(*row) for row in (
    # occasions, eq. (3)
    ("fear of the state makes people look at apps, not salience", "choice",
     "rules.attention_salience * today.salience", "rules.attention_salience * today.alarm"),
    ("apps are looked at that a person does not know", "kernel",
     "today) * count(known)", "today) * rules.apps"),
    ("background looks do not fall evenly on the known apps", "choice",
     "int((place - used) / (rate - used) * count(known))", "int(place / rate * count(known))"),
    ("no occasion by what names an app while nothing is dark", "kernel",
     "    if today.stirred:", "    if today.dark:"),
    ("news of an app reaches those who do not know it", "reach",
     "today.named[k] * holds(known, k)", "today.named[k]"),
    ("a search is not cooled by the days", "reach",
     "me, rules, today) * fresh if", "me, rules, today) if"),
    ("a search goes by a loss of another type", "reach",
     "if holds(me.hold, m) and holds(rules.same_type[k], m):", "if holds(me.hold, m):"),
    ("a search goes by the last of the losses, not the freshest", "reach",
     "fresh = max(fresh, today.heat[m, me.isp])", "fresh = today.heat[m, me.isp]"),
    ("an announced order makes nobody search", "reach",
     "lost_reach(k, FELT, i, me, rules, today) * fresh", "lost_reach(k, USED, i, me, rules, today) * fresh"),
    ("a dim app that is held is not looked at", "reach",
     "held and felt_usability(k, me, today) < 1.0\n", "held and felt_usability(k, me, today) < USABLE\n"),
    ("what is announced is not looked at", "reach",
     "dark = held and felt_usability(k", "dark = held and usability(k"),
    ("a search turns to apps that do not work", "reach",
     "holds(known, k) and usability(k, me, today) >= USABLE", "holds(known, k)"),
    ("a search turns to apps that the person does not know", "reach",
     "not held and holds(known, k) and usability", "not held and usability"),
    ("a search turns to apps of other types", "reach",
     "if holds(rules.same_type[first], k):", "if True:"),
    ("who had the app at any time tries it again, not who left it while shut", "choice",
     "holds(me.left, k) == 1", "holds(me.ever, k) == 1"),
    ("an app that has opened again brings no occasions", "kernel",
     "    rate += retry_rate(me, today)", "    rate += 0.0"),
    ("coming back takes inertia", "kernel",
     "logistic(value) if may_return(k, me, today) else probability", "logistic(value) if False else probability"),
    # knowing an app
    ("who dropped an app forgets it", "reach",
     "np.int64(me.hold) | np.int64(me.ever)", "np.int64(me.hold)"),
    ("contacts tell nobody of an app", "reach",
     "(me.contacts[k] > 0 or unit(", "(unit("),
    ("offline people know apps", "reach",
     "if known == 0 and is_offline(i, rules):", "if False:"),
    ("offline people follow their group", "kernel",
     " and not is_offline(i, rules)", ""),
    ("those who know one app know all", "reach",
     "unit(rules.know_keys[k], i)", "unit(rules.know_keys[0], i)"),
    # reach and value, eq. (4)
    ("contacts who are cut off count", "reach",
     "me.contacts[k] - 1.0 * today.cuts[i, k]", "1.0 * me.contacts[k]"),
    ("an app is worth its contacts in the country alone", "reach",
     "float(rules.outside[k] + (1.0 - rules.outside[k]) * within)", "float(within)"),
    ("value from outside comes on top of contacts", "reach",
     "(1.0 - rules.outside[k]) * within", "within"),
    ("outside value does not count for a threshold", "kernel",
     "share = with_outside(share_reached(k, i, me, rules, today), k, rules, today)",
     "share = share_reached(k, i, me, rules, today)"),
    ("lost reach is not relative to the whole", "reach",
     "rules, today))) / whole)", "rules, today))))"),
    ("whole reach leaves out who is cut off", "reach",
     "share_holding(k, me) if how == WHOLE else", "share_reached(k, i, me, rules, today) if how == WHOLE else"),
    ("lost reach is taken over all types", "reach",
     "mine = np.int64(me.hold) & np.int64(rules.same_type[k])", "mine = np.int64(me.hold)"),
    ("reach of another type makes an app redundant", "reach",
     "alike = others & np.int64(rules.same_type[k])", "alike = others"),
    ("apps that do not work make an app redundant", "reach",
     "unreached(alike, USED,", "unreached(alike, WHOLE,"),
    ("an app that does not work keeps its contacts' worth", "reach",
     "(usable if rules.usable_counts else 1.0)", "1.0"),
    ("no patience with what an app does", "reach",
     "        usable = max(usable, today.expected[k, me.isp])\n", ""),
    ("no patience with whom an app reaches", "reach",
     "        share = max(share, share_holding(k, me) * today.expected[k, me.isp])\n", ""),
    ("patience with an app that is not held", "reach",
     "    if held:  # patience", "    if True:  # patience"),
    ("a VPN does not spare the cost of a block", "reach",
     "rules.block_cost * (1.0 - usable)", "rules.block_cost * (1.0 - today.access[k, me.isp])"),
    ("nobody expects movement before an announced order", "reach",
     "lost = lost_reach(k, FELT,", "lost = lost_reach(k, USED,"),
    ("a dark app that is held draws expected movement", "reach",
     "if holds(me.hold, m) and felt_usability(m, me, today) < 1.0:", "if False:"),
    ("movement is expected to what does not work", "reach",
     " or usability(m, me, today) < USABLE:", ":"),
    ("movement is expected to what a person does not know", "reach",
     "if not (holds(known, m) and holds(rules.same_type[k], m))", "if not holds(rules.same_type[k], m)"),
    ("movement is expected to another type", "reach",
     "if not (holds(known, m) and holds(rules.same_type[k], m))", "if not holds(known, m)"),
    # VPN and voice, eqs. (9) and (10)
    ("need of a VPN ends with the VPN", "reach",
     "lost_reach(k, BARE,", "lost_reach(k, FELT,"),
    ("needs of several types add up", "reach",
     "need = max(need, lost_reach", "need += max(0.0, lost_reach"),
    ("under reach by holding, a VPN hides what is blocked", "reach",
     "holds(me.hold, k) * (1.0 - today.access[k, me.isp])", "holds(me.hold, k) * (1.0 - usability(k, me, today))"),
    ("a search makes nobody think of a VPN", "reach",
     "        rate += rules.loss_rate * heat\n", ""),
    ("any attention makes people think of a VPN", "reach",
     "(today.alarm + today.access_attention)", "today.salience"),
    ("everyone thinks of a VPN as often as the keenest", "kernel",
     "if today.dark and unit(occasion_key", "if False and unit(occasion_key"),
    ("readiness for a VPN is drawn anew each step", "kernel",
     "key(rules.seed, Stream.VPN_READY, 0)", "key(rules.seed, Stream.VPN_READY, today.step)"),
    ("experience with a VPN does not fade", "choice",
     "rules.vpn_inertia * today.experience[me.isp] *", "rules.vpn_inertia *"),
    ("experience counts for who has no VPN", "choice",
     "today.experience[me.isp] * np.int64(me.vpn)", "today.experience[me.isp]"),
    ("any attention is a reason for a VPN", "choice",
     "me.concern * today.alarm", "me.concern * today.salience"),
    ("attention silences, not fear", "choice",
     "(today.fear + rules", "(today.salience + rules"),
    # who is cut off, and what is written
    ("a VPN frees nobody from being cut off", "changes",
     "today.cut[me.vpn, me.isp]", "today.cut[0, me.isp]"),
    ("a VPN that is taken up frees from the next change of an app on", "changes",
     "        n = _note_cut_off(i, me", "            n = _note_cut_off(i, me"),
    ("contacts do not hear who is cut off", "changes",
     "today.cuts[j, place - CUT] += _step_up(code)", "pass"),
    ("who dropped an app at any time counts as having left it while shut", "changes",
     "(today.shut & 1 << place)", "(1 << place)"),
    ("who took an app up again still counts as having left it", "changes",
     "        me.left = np.int64(me.left) & ~(1 << place)\n", ""),
    ("whoever has the provider is cut off, holding the app or not", "people",
     "me.cut = me.hold & cut[me.vpn, me.isp]", "me.cut = cut[me.vpn, me.isp]"),
    # what a step means to people
    ("a search cools to nothing", "surroundings",
     "fresh = remnant + (1.0 - remnant) * np.exp", "fresh = np.exp"),
    ("a search cools by the pace of patience", "surroundings",
     "-self._since / self._spec.loss_days", "-self._since / self._spec.patience_days"),
    ("a loss stays fresh while an app is dark", "surroundings",
     "np.where(felt < self._felt, 0.0, self._since)", "np.where(felt < 1.0, 0.0, self._since)"),
    ("an app that gets worse once more is no fresh loss", "surroundings",
     "np.where(felt < self._felt, 0.0, self._since)", "np.where((felt < 1.0) & (self._felt == 1.0), 0.0, self._since)"),
    ("orders that stand at the start are fresh losses", "surroundings",
     "self._since = np.full(standing.shape, math.inf)", "self._since = np.zeros(standing.shape)"),
    ("announced orders are felt in full", "surroundings",
     "1.0 - spec.anticipation * announced", "1.0 - announced"),
    ("patience runs out by the pace of a search", "surroundings",
     "-dt / self._spec.patience_days", "-dt / self._spec.loss_days"),
    ("an app that works again is not trusted at once", "surroundings",
     "        self._expected = np.maximum(self._expected, access)\n", ""),
    ("providers count alike for what is shut", "surroundings",
     "shut = self._shares @ access.T < USABLE", "shut = access.mean(axis=1) < USABLE"),
    ("nothing is shut at the start", "surroundings",
     "self._shut = isp_shares @ standing.T < USABLE", "self._shut = np.zeros(len(standing), np.bool_)"),
    ("retries do not fade", "surroundings",
     "rules.trial_rate * np.exp(-self._open_days * rules.trial_end_rate)", "rules.trial_rate"),
    ("an app that was shut is special for two years", "surroundings",
     "RETURN_DAYS = 365", "RETURN_DAYS = 730"),
    ("nobody hears of an app from acquaintances", "surroundings",
     "        self.awareness = np.maximum(self.awareness, heard_of(holders, self._spec.acquaintances))\n", ""),
    ("an app's own awareness at the start is not heeded", "surroundings",
     "float(h) if a is None else a for", "float(h) for"),
    ("attention that names an app makes it known whatever the length of a step", "surroundings",
     "self._spec.awareness_rate * named * dt", "self._spec.awareness_rate * named"),
    ("an app is forgotten where fewer hold it", "surroundings",
     "np.maximum(self.awareness, heard_of(", "np.minimum(self.awareness, heard_of("),
    ("experience with a VPN lasts", "surroundings",
     "math.exp(-rules.days_per_step / spec.vpn_memory_days)", "1.0"),
    ("experience with a VPN takes a block of all apps", "surroundings",
     "np.where((access < 1.0).any(axis=0), 1.0, faded)", "np.where((access < 1.0).all(axis=0), 1.0, faded)"),
    ("who has a VPN is cut off by what access alone leaves", "surroundings",
     "for usable in (access, with_vpn)", "for usable in (access, access)"),
    ("attention does not move the focus of expected movement", "surroundings",
     " * np.exp(named),", ","),
    ("providers cannot block VPNs", "surroundings",
     "through[:, None] * open_vpn", "through[:, None]"),
    ("a VPN brings back apps that cannot be had by one", "surroundings",
     "np.where(self._through_vpn, works, 0.0)", "works"),
    ("a VPN helps in an outage", "surroundings",
     "np.where(self._through_vpn, works, 0.0)", "np.where(self._through_vpn, 1.0, 0.0)"),
    ("hours of an outage count from the first step of a day, whichever step it is", "surroundings",
     "part = step % steps", "part = 0"),
    ("a day on which all works again forgets who may return", "surroundings",
     "met.dark or met.reopened.any() or", "met.dark or"),
    ("a day on which all works again forgets experience", "surroundings",
     "self._experience.any() or", ""),
    # how many may decide at all, and what stands before the first day
    ("balance at rest forgets the orders that stand", "population",
     "risk=none, access=standing,", "risk=none, access=np.ones_like(standing),"),
    ("whom a provider frees stays cut off", "population",
     "if not np.array_equal(today.cut, self._cut):", "if (today.cut & ~self._cut).any():"),
    ("the bound on looks leaves out searches", "population",
     "attention + search) * rules.apps", "attention) * rules.apps"),
    ("the bound on looks leaves out retries", "population", " + today.most_retries\n", "\n"),
    ("the bound on looks leaves out news of an app", "population", "        calm += named\n", ""),
    ("the bound on what one person looks at leaves out news of an app", "population",
     ", named + search * rules.apps", ", search * rules.apps"),
    ("the bound on what one person looks at leaves out searches", "population",
     ", named + search * rules.apps", ", named"),
    ("the bound on what one person looks at leaves out retries", "kernel",
     "return float(rate + retry_rate(me, today))", "return float(rate)"),
    ("the bound on what one person looks at leaves out trials", "kernel",
     " * rules.apps + rules.trial_rate * count(me.trial)\n", " * rules.apps\n"),
    ("the bound on thoughts of a VPN leaves out searches", "population",
     "most_trials, vpn + search", "most_trials, vpn"),
    # use, eq. (7)
    ("use is shared out over apps of all types", "panel",
     "alike = np.int64(rules.same_type[lead])", "alike = np.int64(255)"),
    ("an app that does not work is used", "panel", "(reached * usability(k, me, today))", "(reached)"),
    ("sessions do not depend on reach", "panel",
     "rate[k] = sessions * (1.0 - missed) * mine[USAGE, k]", "rate[k] = sessions * mine[USAGE, k]"),
    ("a week has eight days", "panel",
     "week = idle**7", "week = idle**8"),
    ("only the last step of a day is used", "panel",
     "        self._kept[:, SPENT] += self._kept[:, RATE]\n", "        pass\n"),
    # how people start, and balance at rest, eq. (8)
    ("shares of users are divided over apps of all types", "start",
     "if (hold[i] & int(same_type[k])) >> m & 1:", "if hold[i] >> m & 1:"),
    ("shares of users do not depend on reach", "start",
     "sessions * (1.0 - missed) * reached[k]", "sessions * reached[k]"),
    ("users of a month are those of a day", "start",
     "np.exp(-days[k] * sessions", "np.exp(-sessions"),
    ("shares of users forget value from outside", "start",
     "reached[k] = outside[k] + (1.0 - outside[k]) * (", "reached[k] = ("),
    ("luck hangs on an app's place in the file", "people",
     "entity(name)) for name in names]", "n) for n, name in enumerate(names)]"),
    ("appetite for apps is not common to them", "people",
     "(holdings.quantiles[k] + root * ready)", "holdings.quantiles[k]"),
    ("offline people make the others hold less", "people",
     "p = holdings.shares[k] / left", "p = holdings.shares[k]"),
    ("offline people hold apps", "people",
     "< holdings.offline_share:\n        return 0", "< 0.0:\n        return 0"),
    ("who starts without an app could know it, all of them", "balance",
     "(knowing - share)\n", "(1.0 - share)\n"),
    ("balance forgets who knows an app by a contact", "balance",
     "(1.0 - awareness) * (1.0 - shares) ** spec.degree", "(1.0 - awareness)"),
    ("balance counts offline people", "balance",
     "heard = (1.0 - spec.offline_share) * ", "heard = "),
    ("balance counts reach of all types as redundant", "balance",
     " and same_type[k] >> m & 1)", ")"),
    ("balance forgets value from outside", "balance",
     "alone = outside + (1.0 - outside) * reachable(rest, spec)", "alone = reachable(rest, spec)"),
    ("an app without holders has the intercept of one that nobody wants", "balance",
     "np.where((shares == 0.0) & ~entrant, NEVER, intercept)", "np.where(shares == 0.0, NEVER, intercept)"),
    ("centring counts looks at apps that are not known", "balance",
     "mine = each * holds(known, k)", "mine = each"),
    ("centring shares looks out over all apps", "balance",
     "rate = each * count(known)", "rate = each * rules.apps"),
    ("centring forgets searches under orders that stand", "balance",
     "            mine += search[k]\n", ""),
    ("centring forgets that trials have no inertia", "balance",
     "        if not holds(me.trial, k):\n            sides", "        if True:\n            sides"),
    ("centring forgets outside value in a threshold", "balance",
     "share = with_outside(share_reached(k, i, me, rules, today), k, rules, today)",
     "share = share_reached(k, i, me, rules, today)"),
)]  # fmt: skip


def source(module: str) -> Path:
    """File of a module of the people."""
    return ROOT / ROOM / f"{module}.py"


def mutated(mutation: Mutation) -> str:
    """Text of the module with the rule broken."""
    return source(mutation.module).read_text(encoding="utf-8").replace(mutation.before, mutation.after)


def line(mutation: Mutation) -> int:
    """Line of the module in which the rule stands."""
    return source(mutation.module).read_text(encoding="utf-8").partition(mutation.before)[0].count("\n") + 1


class FirstFailure:
    """A pytest plugin that tells which test failed."""

    def __init__(self, told: int) -> None:
        self.told = told

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Into the pipe, once a part of a test has failed."""
        if report.failed:
            os.write(self.told, report.nodeid.encode() + b"\n")


def first_failure(tests: Sequence[str]) -> str:
    """The first of these tests that fails, or nothing, in a fork of this process on the code as it stands."""
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no thread of ours is at work, though libraries keep some
        child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        sys.dont_write_bytecode = True
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        plain = ("-p", "tests.oracle.interpreted", "-W", "ignore", "-p", "no:xdist", "-p", "no:cacheprovider")
        os._exit(pytest.main(["-x", "-q", *plain, *tests], plugins=[FirstFailure(writes)]))
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as told:
        failed = told.readline().strip()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGALRM:
        return f"{SECONDS} seconds"
    if code and not failed:
        raise SystemExit(f"pytest ended with {code}, and no test had failed: {' '.join(tests)}")
    return failed


def prepare() -> None:
    """A fresh copy of the tree."""
    shutil.rmtree(TREE, ignore_errors=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, TREE / name)


def main(part: str) -> int:
    """Try every mutation whose module or rule contains ``part``; 0 if all were caught by tests that else pass."""
    for library in WARM:
        importlib.import_module(library)
    chosen = [mutation for mutation in MUTATIONS if part in f"{mutation.module}: {mutation.rule}"]
    caught, catchers = 0, set()
    for mutation in chosen:
        file = source(mutation.module)
        where, sound, broken = f"{mutation.module}.py:{line(mutation)}", file.read_text("utf-8"), mutated(mutation)
        file.write_text(broken, encoding="utf-8")
        failed = first_failure(mutation.tests)
        file.write_text(sound, encoding="utf-8")
        caught += bool(failed)
        if "::" in failed:
            catchers.add(failed)
        print(f"{where}: {mutation.rule}: {f'caught by {failed}' if failed else 'SURVIVED'}", flush=True)
    if catchers and (wrong := first_failure(sorted(catchers))):
        raise SystemExit(f"{wrong} fails without any mutation")
    print(f"{caught} of {len(chosen)} caught, by tests that pass without")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    asked = sys.argv[1:]
    if INSIDE not in asked:
        prepare()
        os.chdir(TREE)
        os.execv(sys.executable, [sys.executable, "-m", "tests.oracle.mutations", INSIDE, *asked])
    raise SystemExit(main(" ".join(asked[1:])))
