"""What only POSIX has is not needed: modules and main commands live without it, as they must on Windows.

The calls and modules that it lacks are taken away before anything is imported, in the workers, too; ``os.uname`` stays,
which numpy needs on Linux.
"""

import os
import subprocess
import sys

import pytest

MODULES = ("fcntl", "grp", "pwd", "pty", "resource", "syslog", "termios", "tty")
CALLS = {
    "os": (
        "chown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp",
        "getsid", "getuid", "killpg", "lchown", "mkfifo", "mknod", "nice", "sched_getaffinity", "sched_setaffinity",
        "sched_yield", "setgid", "setpgid", "setsid", "setuid", "statvfs", "sync",
    ),
    "signal": (
        "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP", "SIGUSR1", "SIGUSR2",
        "alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "sigpending", "sigwait",
    ),
}  # fmt: skip
MASK = f"""
import os, signal, sys
for name in {MODULES!r}:
    sys.modules[name] = None
for module, names in {CALLS!r}.items():
    for name in names:
        vars(sys.modules[module]).pop(name, None)
"""
EVERYTHING = """
import importlib, pkgutil, sim
for found in pkgutil.walk_packages(sim.__path__, "sim."):
    if "dashboard" not in found.name:  # importing its page starts a server
        importlib.import_module(found.name)
"""
SMALL = ["--users", "200", "--replicates", "2", "--set", "end=2020-07-15", "--workers", "2"]


@pytest.fixture
def without(tmp_path):
    """Runs Python in an empty folder without what POSIX alone has."""
    (tmp_path / "mask").mkdir()
    (tmp_path / "mask" / "sitecustomize.py").write_text(MASK, encoding="utf-8")

    def run(*words: str) -> str:
        made = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "mask")},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
        return made.stdout

    return run


def test_the_mask_holds(without):
    code = "import os, signal; print(hasattr(os, 'fork'), hasattr(signal, 'SIGHUP')); import fcntl"
    with pytest.raises(AssertionError, match=r"False False\n(.|\n)*ModuleNotFoundError.*fcntl"):
        without("-c", code)


@pytest.mark.slow
def test_every_module_is_imported(without):
    without("-W", "ignore", "-c", EVERYTHING)


@pytest.mark.slow
def test_the_main_commands_work(without, tmp_path):
    def lawshock(*words: str) -> str:
        return without("-m", "sim.cli", *words)

    lawshock("run", "hong-kong-2020", *SMALL, "--out", "made")
    assert (tmp_path / "made" / "manifest.json").is_file()
    lawshock("brief", "made")
    assert "same, byte by byte" in lawshock("reproduce", "made")
    lawshock("sweep", "hong-kong-2020", "--over", "population.gamma=0:2:2", *SMALL, "--out", "swept")
