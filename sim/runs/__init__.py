"""One way to make runs and one way to keep them: everything long goes through here.

A client says what it wants as calls: a function of a module, its arguments, and what else the result depends on. The
function gives tables by name. ::

    calls = [Call(readings, (world, seed)) for seed in range(20)]           # sim.runs.executors
    store = Store(Path("results/local/mine.runs"), lasting=False)           # sim.runs.store
    found = tables_of(calls, keep=store, workers=2, on_progress=report)     # in the order of the calls
    store.clear()                                                           # once what came of it is in place

A result lies in the folder under a digest of the function, the meaning of its module and of the model's code, and the
arguments: given again after a kill, the same calls make only what is missing. ``executor=make_executor(scheduler=…)``
makes them on a Dask cluster, and ``keep=None`` keeps nothing. Cells by seeds, with their tables, are a
``sim.study.study.Study``, which keeps its runs in the same way. One command at a time works in a folder.
"""
