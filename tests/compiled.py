"""``python -m tests.compiled``: compile the rules of the people, before two processes of tests do it at once."""

import numpy as np

from sim.runs.once import run_once
from tests.conftest import small_world
from tests.verification.settings import complete_graph, crowd, gibbs_sampler, rules, settled, today

if __name__ == "__main__":
    run_once(small_world(users=100, end="2020-07-02"), 0)
    for apps in (1, 2):  # arrays are of the same types whatever their length
        of = rules(apps)
        gibbs_sampler(crowd(4), np.array([[3, 1], [0, 2], [1, 3], [2, 0]]), of, today(of), 1, 1)
    complete_graph(crowd(4, 0.5), of, today(of), 1, 1)
    settled(0.5, of, today(of), crowd(1), 1)
