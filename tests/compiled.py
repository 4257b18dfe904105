"""``python -m tests.compiled``: compile the rules of the people, before two processes of tests do it at once."""

from sim.runs.once import run_once
from tests.conftest import small_world

if __name__ == "__main__":
    run_once(small_world(users=100, end="2020-07-02"), 0)
