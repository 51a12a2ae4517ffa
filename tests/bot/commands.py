"""The commands as somebody at a shell runs them, without a new interpreter for each."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`purser` with only this environment, in the repository's folder, with nothing to read.

    It runs in this process, which saves half a second of imports; what a process of its own
    adds (exit codes, the first import) is what `process` is for.
    """
    said, complained = io.StringIO(), io.StringIO()
    with _alone(environ), contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse's
            code = ended.code if isinstance(ended.code, int) else 1
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), complained.getvalue())


def process(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def _alone(environ: Mapping[str, str]) -> Iterator[None]:
    """No variables, folder or keyboard but what a command is given."""
    before = dict(os.environ)
    typed = sys.stdin
    os.environ.clear()
    os.environ.update({"PATH": before["PATH"], **environ})
    try:
        with contextlib.chdir(ROOT), Path(os.devnull).open() as sys.stdin:
            yield
    finally:
        sys.stdin = typed
        os.environ.clear()
        os.environ.update(before)
