"""A wheel, installed by itself in a clean environment, does what it promises where nothing but one folder is writable.

Without the extras, from an empty folder with a space and an umlaut in its name, with a home that cannot be written,
and, where the tests run as root, as another user, who cannot write the installation either.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 1800
"""Seconds: the first run of a fresh installation compiles."""
NOBODY = 65534
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
LITTLE = ("--users", "200", "--replicates", "1", "--workers", "1", "--set", "end=2020-07-05")
UV = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}  # as the Makefile has it
NO_INDEX = ("Failed to fetch", "error sending request", "dns error", "No solution found", "not found in the package")

pytestmark = [pytest.mark.ordeal, pytest.mark.slow]


def brought(*words, env=None):
    """Run uv; without an index that answers there is nothing to be tested."""
    uv = ROOT / "build" / "uv"
    if not uv.exists():
        pytest.skip("uv is not here; make env-dev brings it")
    done = subprocess.run(
        [uv, *map(str, words)], cwd=ROOT, env=os.environ | UV | (env or {}), capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip
    if done.returncode and any(word in done.stderr for word in NO_INDEX):
        pytest.skip(f"no index of packages is within reach: {done.stderr[-200:]}")
    return done


class Installed:
    """An environment with the wheel alone, a home that cannot be written, and a folder to work in."""

    def __init__(self, top):
        top.chmod(0o755)  # others may look in
        self.python = top / "clean" / "bin" / "python"
        self.home, self.here, self.temporary = top / "home", top / "Über uns", top / "tmp"
        for folder in (self.home, self.here, self.temporary):
            folder.mkdir()
        self.home.chmod(0o555)
        self.user = {}
        if AS_ROOT:
            self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            for folder in (self.here, self.temporary):
                os.chown(folder, NOBODY, NOBODY)

    def bring(self, top):
        wheel = brought(
            "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", top / "wheel"
        )
        assert wheel.returncode == 0, wheel.stderr
        made = brought("venv", "--python", sys.executable, top / "clean")
        assert made.returncode == 0, made.stderr
        (file,) = (top / "wheel").glob("*.whl")
        done = brought("pip", "install", "--link-mode", "copy", "--python", self.python, file)
        assert done.returncode == 0, done.stderr

    def lawshock(self, *words):
        env = {"PATH": os.defpath, "HOME": str(self.home), "TMPDIR": str(self.temporary), "LANG": "C.UTF-8"}
        return subprocess.run(
            [self.python.with_name("lawshock"), *words], cwd=self.here, env=env, capture_output=True, text=True,
            check=False, timeout=PATIENCE, stdin=subprocess.DEVNULL, **self.user,
        )  # fmt: skip


@pytest.fixture(scope="module")
def installed():
    top = Path(tempfile.mkdtemp())
    try:
        made = Installed(top)
        made.bring(top)
        yield made
    finally:
        shutil.rmtree(top)


def right(result):
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


def test_what_needs_no_extra_works(installed):
    first = installed.lawshock("run", "hong-kong-2020", *LITTLE, "--out", "Läufe 1")
    right(first)
    if AS_ROOT:  # who may not write the installation
        assert (
            f"note: home and installation cannot be written; compiled code is in {installed.temporary}" in first.stderr
        )
    right(installed.lawshock("brief", "Läufe 1"))
    right(installed.lawshock("compare", "hong-kong-2020", "no-law", *LITTLE))
    assert "hong-kong-2020" in right(installed.lawshock("describe"))
    assert "Meta" in right(installed.lawshock("describe", "no-law"))
    assert "good" in right(installed.lawshock("check", "hong-kong-2020"))
    right(installed.lawshock("calibrate", "isps", "--draws", "draws"))
    made = sorted(path.name for path in installed.here.iterdir())
    assert made == ["Läufe 1", "Läufe 1.html", "draws", "results"]
    assert "<title>" in (installed.here / "Läufe 1.html").read_text(encoding="utf-8")
    (compared,) = (installed.here / "results" / "local").iterdir()
    assert (compared / "answer.html").exists()
    assert list(installed.home.iterdir()) == []


def test_the_notebook_opens_in_its_own_environment_and_runs(tmp_path):
    """What ``make notebook`` would give, with the notebook executed in the place of being shown."""
    # Run by `make test-all`, a make within a make would say which folder it enters and leaves.
    apart = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    told = subprocess.run(["make", "--just-print", "notebook"], cwd=ROOT, env=apart, capture_output=True, text=True,
                          check=True)  # fmt: skip
    line = told.stdout.strip().splitlines()[-1]
    assert "jupyter lab  docs/studies.ipynb" in line
    version = brought(*line.partition(" jupyter lab")[0].split()[2:], "jupyter", "lab", "--version",
                      env={"VIRTUAL_ENV": sys.prefix})  # fmt: skip
    assert version.returncode == 0, version.stderr
    shutil.copy(ROOT / "docs" / "studies.ipynb", tmp_path)
    run = line.replace("jupyter lab  docs/studies.ipynb", f"jupyter execute {tmp_path / 'studies.ipynb'}")
    done = subprocess.run(run, shell=True, cwd=ROOT, env=os.environ | UV, capture_output=True, text=True, check=False,
                          timeout=PATIENCE)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
