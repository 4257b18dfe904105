"""Compiled code where nothing but temporary files can be written, and where what is kept is damaged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
ONE_DRAW = "from sim import chance; print(chance.u(1, 2, 3, 4), chance.u.stats.cache_hits.total())"


def bare(tmp_path: Path) -> Path:
    """A copy of what a draw needs, without anything compiled."""
    (tmp_path / "sim").mkdir(parents=True)
    (tmp_path / "sim" / "population").mkdir()
    for name in ("__init__", "compiled", "chance"):
        shutil.copy(ROOT / "sim" / f"{name}.py", tmp_path / "sim")
    return tmp_path


def draw(place: Path, *, home: Path | None = None, temporary: Path | None = None, code: str = ONE_DRAW, **options):
    known = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home or "/nonexistent")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=known | {"TMPDIR": str(temporary or place)}, capture_output=True,
        text=True, check=False, **options,
    )  # fmt: skip


def as_nobody(*folders: Path) -> dict:
    """How to run as someone who may write in none of the folders."""
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
    if os.getuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in Path(sys.executable).parents):
        pytest.skip("another user may not enter the folder in which this clone, and so its Python, lies")
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


@pytest.fixture
def open_to_all(tmp_path):
    """Let others read ``tmp_path``, and leave it so: a test at the same time may lie in the same folders."""
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.getuid() and not path.stat().st_mode & 0o005:
            path.chmod(path.stat().st_mode | 0o005)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users are those of POSIX")
def test_home_and_installation_that_cannot_be_written(tmp_path, open_to_all):
    place, temporary = bare(tmp_path / "a b ü"), tmp_path / "temporary"
    temporary.mkdir()
    temporary.chmod(0o1777)
    who = as_nobody(place)
    first = draw(place, temporary=temporary, **who)
    assert first.returncode == 0, first.stderr
    (note,) = first.stderr.splitlines()
    assert note.startswith("lawshock: note: home and installation cannot be written")
    uid = who.get("user", os.getuid())
    kept = temporary / f"lawshock-{uid}"
    assert kept.stat().st_mode & 0o777 == 0o700
    again = draw(place, temporary=temporary, **who)
    assert first.stdout.split()[0] == again.stdout.split()[0]
    assert (first.stdout.split()[1], again.stdout.split()[1]) == ("0", "1")  # the second finds it compiled

    shutil.rmtree(kept)
    elsewhere = tmp_path / "trap"
    elsewhere.mkdir(mode=0o777)
    kept.symlink_to(elsewhere)  # pickles that someone else could have written
    trapped = draw(place, temporary=temporary, **who)
    assert trapped.returncode == 0, trapped.stderr
    assert list(elsewhere.iterdir()) == []
    place.chmod(0o755)


@pytest.mark.slow
def test_workers_say_nothing_and_use_the_same_place(tmp_path):
    code = (
        "import multiprocessing, os\nfrom sim import compiled\n"
        "if __name__ == '__main__':\n"
        "    compiled._PLACES[:] = compiled._PLACES[:1]\n"
        "    from sim import chance\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply(os.getenv, ('NUMBA_CACHE_DIR',)) == os.environ['NUMBA_CACHE_DIR'])\n"
    )
    result = draw(bare(tmp_path), code=code)
    assert result.stdout == "True\n", result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_cache_is_made_again(tmp_path, ending):
    place = bare(tmp_path)
    before = draw(place).stdout
    assert before.split()[1] == "0"
    assert draw(place).stdout.split()[1] == "1"
    for damage in (lambda data: data[: len(data) // 2], lambda data: data[:0], lambda data: data[::-1]):
        (path,) = (place / "sim" / "__pycache__").glob(f"*.u-*.{ending}")
        path.write_bytes(damage(path.read_bytes()))
        result = draw(place)
        assert result.returncode == 0, result.stderr
        assert result.stdout == before
        assert draw(place).stdout.split() == [before.split()[0], "1"]
