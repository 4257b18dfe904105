"""Blocks of commands in the documents, taken from the pages themselves, as a test runs them page by page.

A comment above a block, which a reader of the page does not see, says where a test does anything else than the reader:

- ``<!-- not run: why -->``: the block cannot run in a test, or is run by another;
- ``<!-- run with: OPTIONS -->``: smaller settings, for those commands of the block that have them;
- ``<!-- run first: COMMANDS -->``: what the reader has done before, as the text above says;
- ``<!-- run instead: COMMANDS -->``: the same by smaller means.

Python is saved and run as a script, once for each way in which Python starts further processes everywhere.

A block of TOML after "Save this as `NAME`" is saved under that name.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"((?:^<!-- [^\n]+ -->\n+)*)^```(sh|python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- (not run|run with|run first|run instead): (.+?) -->")
SAVED = re.compile(r"Save this as `([\w.-]+)`")
METHODS = ("spawn", "forkserver")
"""By which further processes are started; a script is read again by each, unless that is prevented."""
COMMAND = re.compile(r"^(?:\.venv/bin/)?lawshock (\S+)")


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its text, the line on which it begins, and its marks."""

    language: str
    text: str
    line: int
    marks: dict[str, str]
    saved_as: str | None

    @property
    def script(self) -> str:
        """What the shell runs."""
        before = self.marks.get("run first", "")
        return f"{before}\n{self.marks.get('run instead') or smaller(self.text, self.marks.get('run with', ''))}"


def blocks(page: Path) -> list[Block]:
    """All blocks of a page that hold commands, Python, or a file that is to be saved."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        told = SAVED.findall(text[text.rfind("```\n", 0, match.start()) : match.start()])
        line = text[: match.start(2)].count("\n") + 1
        block = Block(match[2], match[3], line, dict(MARK.findall(match[1])), told[-1] if told else None)
        if block.language != "toml" or block.saved_as:
            found.append(block)
    return found


def options(command: str) -> set[str]:
    """Options that a command of lawshock has."""
    from sim.cli import COMMANDS, cli

    if command not in COMMANDS:
        return set()
    return {name for param in cli.get_command(None, command).params for name in param.opts}


def smaller(text: str, settings: str) -> str:
    """The commands with smaller settings added: the last of two wins."""
    pairs = [one.split() for one in re.findall(r"--\S+(?: (?!--)\S+)?", settings)]
    lines = []
    for line in text.replace("\\\n", " ").splitlines():
        found = COMMAND.match(line)
        if found and found[1] != "describe":  # it runs nothing, and without a scenario it has nothing to set
            line = re.sub(r"\s+# .*$", "", line)
            line = " ".join([line, *(" ".join(pair) for pair in pairs if pair[0] in options(found[1]))])
        lines.append(line)
    return "\n".join(lines)


def run(block: Block, folder: Path) -> str:
    """Do what a reader does with a block, and give what was printed; ``AssertionError`` where it fails."""
    if block.saved_as:
        (folder / block.saved_as).write_text(block.text, encoding="utf-8")
    if block.language == "toml" or "not run" in block.marks:
        return ""
    venv = folder / ".venv"
    if not venv.exists():
        venv.symlink_to(sys.prefix)
    if block.language == "python":
        return "".join(
            typed([sys.executable, "-W", "error", saved(block, folder, one)], block, folder) for one in METHODS
        )
    return typed(["bash", "-euo", "pipefail", "-xc", block.script], block, folder)


def saved(block: Block, folder: Path, method: str) -> str:
    """Name of a script that holds the Python of a block, and before it how further processes are started."""
    name = f"line_{block.line}_{method}.py"
    before = f"import multiprocessing\n\nmultiprocessing.set_start_method({method!r}, force=True)\n"
    (folder / name).write_text(before + block.text, encoding="utf-8")
    return name


def typed(command: list[str], block: Block, folder: Path) -> str:
    """What a command prints; ``AssertionError`` where it fails."""
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    made = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path, "ROOT": str(ROOT)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert made.returncode == 0, f"line {block.line}:\n{made.stdout[-3000:]}\n{made.stderr[-3000:]}"
    return made.stdout + made.stderr


def main(page: Path, folder: Path) -> None:
    """Run a page by hand: ``python -m tests.docs.blocks docs/how-to.md FOLDER``."""
    import time

    for block in blocks(page):
        began = time.monotonic()
        run(block, folder)
        print(f"{page.name}:{block.line} {time.monotonic() - began:.1f} s {block.marks}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
