"""What is asked of whoever makes the runs, and what it is given to make."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sim.runs.processes import worker_died


class Task[Result](Protocol):
    """Something that a worker can make by itself. It goes to other processes, so it must pickle."""

    def make(self) -> Result:
        """Make it."""
        ...

    def lost(self, error: str) -> Result:
        """What to give where every worker that tried it died; it may raise instead."""
        ...


@dataclass(frozen=True, slots=True)
class Call[Result]:
    """A task that is a function and its arguments, and without whose result there is none of the whole.

    Attributes:
        function: What is called.
        arguments: On which the result depends.
        how: Further arguments, on which it does not.
        of: What else it depends on, as text: the content of a file that ``arguments`` name.
    """

    function: Callable[..., Result]
    arguments: tuple[Any, ...]
    how: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    def make(self) -> Result:
        """Call it."""
        return self.function(*self.arguments, **self.how)

    def lost(self, error: str) -> Result:
        """Give up all of it."""
        raise worker_died(error)


class Executor(AbstractContextManager["Executor"], Protocol):
    """Makes tasks. Use it as a context: leaving it ends its workers."""

    def run[T: Task[Any]](self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Make each task; give each with its result as they come, in any order.

        Tasks are taken from the iterable only when a worker is about to be free.
        """
        ...
