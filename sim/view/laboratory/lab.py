"""What all visitors of a server share: its questions, what was told of them, and the jobs that an answer takes."""

import base64
import json
import shutil
import threading
import zlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sim.analyses.compare.analysis import around_one_day
from sim.runs import past
from sim.runs.processes import before_leaving
from sim.scenario.differences import of_values
from sim.scenario.errors import ScenarioError
from sim.scenario.files import name_of
from sim.scenario.schema import Scenario
from sim.view.laboratory.asking import Home, Put
from sim.view.laboratory.cards import Card, cards_of
from sim.view.laboratory.crew import Crew
from sim.view.laboratory.forms import calendar
from sim.view.laboratory.jobs import (
    PAIRS,
    STAGES,
    TABLES,
    City,
    Key,
    Live,
    Pairing,
    Take,
    Tell,
    Warm,
    draws,
    file_of,
    lucky,
)
from sim.view.laboratory.scheduler import Job, Scheduler

MOST_QUESTIONS = 500
"""Questions of visitors that are known by their digest; who comes back to an older one asks it again."""
DIGITS = 20
REMOVALS = 100
"""Times that a folder is removed again into which something was written meanwhile."""
OWN = "Your own world"
FILES = {"scenario.toml": "application/toml", "answer.html": "text/html",
         "tables.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
"""Files to take away beside tables, and of what kind they are."""


@dataclass(frozen=True)
class Question:
    """A question of the laboratory.

    Attributes:
        pairing: Both worlds.
        words: What the page is told of it beside its answer: name, card, asks, file, …
        command: What answers it on the command line.
    """

    pairing: Pairing
    words: Mapping[str, Any]
    command: str


class Lab:
    """The laboratory of one server.

    Args:
        home: Beside which world all are put.
        workers: Processes.
        folder: Where runs are kept; the caller removes it.

    Attributes:
        left_out: Why cards are not there, by their words: settings of the command line may leave no room for one.

    Raises:
        ScenarioError: There is no card.
    """

    def __init__(self, home: Home, workers: int, folder: Path) -> None:
        self.home = home
        self.base = home.base()
        self.name = name_of(home.path)
        self._folder = folder
        drawn = next(iter(draws().values(self.base, [0])))
        self._drawn = frozenset(drawn)
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Question] = OrderedDict()
        self._is_warm = self.is_ending = False
        self.cards: dict[str, Question] = {}
        self.on_cards: list[Card] = []
        self.left_out: dict[str, ScenarioError] = {}
        for card in cards_of(home.path, self.base):
            try:
                self.cards[card.name] = self._of_card(card)
                self.on_cards.append(card)
            except ScenarioError as error:
                self.left_out[card.words] = error
        if not self.cards:
            raise next(iter(self.left_out.values()))
        self.scheduler = Scheduler(Crew(workers, partial(_remove_with_server, folder)), self._forget)
        self._idle = self.scheduler.join(lambda: None, is_idle=True)

    def end(self) -> None:
        """Let the streams of all visitors end."""
        self.is_ending = True
        self.scheduler.tell_all()

    def close(self) -> None:
        """Stop all work."""
        self.scheduler.close()

    def warm(self) -> None:
        """Begin to make every worker ready, then the first answer of each card, and the runs of the base for others."""
        small = self.base.model_copy(update={"population": self.base.population.model_copy(update={"users": 500})})
        jobs: list[Job] = [Warm(small, place) for place in range(self.scheduler.workers)]
        for question in self.cards.values():
            wanted, first = self.jobs(question)
            jobs += wanted[:first]
        jobs += next(iter(self.cards.values())).pairing.runs(PAIRS, 0)
        self.scheduler.ask(self._idle, jobs)

    @property
    def is_warm(self) -> bool:
        """Whether a worker is ready."""
        self._is_warm = self._is_warm or self.scheduler.done > 0
        return self._is_warm

    def _of_card(self, card: Card) -> Question:
        base, world = around_one_day([self.base, card.world(self.home.overrides)])
        place = Path(f"{card.name}.toml")
        words: dict[str, Any] = {"name": card.name, "card": card.words, "asks": card.asks, "file": card.text(place)}
        words |= {"says": card.says, "request": card.request()}
        other = f"{card.name}.toml" if card.acts else card.name
        return self._question(card.name, base, world, words, other)

    def _question(self, name: str, base: Scenario, world: Scenario, words: Mapping[str, Any], other: str) -> Question:
        fixed = tuple(one.key for one in of_values(base, world) if one.key in self._drawn)
        fixed += tuple(key for key in self._overridden if key in self._drawn)
        pairing = Pairing(self._folder, name, (self.name, base), world, tuple(sorted({*fixed})))
        settings = [f"--set {setting}" for setting in self.home.settings]
        size = f"--users {base.population.users} --replicates {PAIRS}"
        command = " ".join(["lawshock compare", self.home.path, other, *settings, size])
        return Question(pairing, words, command)

    @property
    def _overridden(self) -> list[str]:
        return [override.partition("=")[0].strip() for override in self.home.overrides]

    def adopt(self, put: Put) -> tuple[str, dict[str, Any]]:
        """Take in a world that a visitor asks for: its id, and what the page is told of it."""
        bare = put.world.model_copy(update={"title": "", "question": ""})
        name = f"w{bare.digest()[:DIGITS]}"
        words: dict[str, Any] = {
            "name": name,
            "card": OWN,
            "asks": put.world.question or put.world.title,
            "file": put.file,
        }
        if put.request:
            words["request"] = put.request
        link = ""
        if put.request:
            text = json.dumps({key: value for key, value in put.request.items() if value}, separators=(",", ":"))
            link = "#w=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        base, world = (sharing(one, self.base) for one in (put.base, put.world))
        with self._lock:
            self._asked[name] = self._question(name, base, world, words, "scenario.toml")
            self._asked.move_to_end(name)
            while len(self._asked) > MOST_QUESTIONS:
                self._asked.popitem(last=False)
        return name, {"id": name, "question": words, "acts": calendar(put.world), "link": link}

    def question(self, name: str) -> Question | None:
        """A question by its name or id."""
        with self._lock:
            return self.cards.get(name) or self._asked.get(name)

    def told(self, question: Question, beyond: int = 0) -> tuple[int, bytes]:
        """Most pairs, above some number, from which an answer is there, and the answer; 0 where there is none yet."""
        for pairs in (stage for stage in reversed(STAGES) if stage > beyond):
            found = self.scheduler.result(Tell(question.pairing, pairs, {}).key)
            if found is not None:
                return pairs, zlib.decompress(found)
        return 0, b""

    def jobs(self, question: Question) -> tuple[list[Job], int]:
        """What is still to be made for a question, in order, and how much of it makes the first answer."""
        done, _ = self.told(question)
        jobs: list[Job] = []
        seen = set[Key]()
        first = 0
        for pairs in (stage for stage in STAGES if stage > done):
            for run in question.pairing.both(pairs):
                if run.key not in seen:
                    seen.add(run.key)
                    jobs.append(run)
            jobs.append(Tell(question.pairing, pairs, question.words))
            first = first or len(jobs)
        return jobs, 0 if done else first

    def city(self, question: Question) -> list[Job]:
        """What the city of a question takes."""
        last = City(question.pairing, 1)
        return [*question.pairing.both(1)[:2], last]

    def take(self, question: Question, file: str) -> list[Job]:
        """What a file to take away takes; nothing while there is no band of luck."""
        pairs, _ = self.told(question)
        if not lucky(pairs):
            return []
        return [*question.pairing.both(pairs), Take(question.pairing, pairs, file, question.command)]

    def _forget(self, key: Key) -> None:
        if key[0] == Live.KIND:
            past.forget(file_of(self._folder, key))
            file_of(self._folder, key).unlink(missing_ok=True)


def sharing(world: Scenario, base: Scenario) -> Scenario:
    """An equal world that holds the base's own tables and acts where they are equal: hundreds are known at a time."""
    same = {name: mine for name in type(base).model_fields if (mine := getattr(base, name)) == getattr(world, name)}
    acts = {act.id: act for act in base.acts}
    own = tuple(acts[act.id] if acts.get(act.id) == act else act for act in world.acts)
    return world.model_copy(update={"acts": own, **same})


def _remove_with_server(folder: Path) -> None:
    """In a worker: remove the runs that a killed server leaves behind."""
    before_leaving(partial(_remove, folder))


def _remove(folder: Path) -> None:
    """Remove a folder into which a run may still be written meanwhile."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def kind_of(file: str) -> str:
    """Media type of a file to take away; empty where there is none of that name."""
    tables = {f"tables/{name}.csv": "text/csv" for name in TABLES}
    return (FILES | tables).get(file, "")


def files() -> Sequence[str]:
    """Names of all files to take away."""
    return [*FILES, *(f"tables/{name}.csv" for name in TABLES)]
