"""What is dear to make is made once for a run of the tests, by the worker that asks first."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

Made = TypeVar("Made")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What `make` returned for the folder `name`, which all workers share: read it, or copy it.

    Args:
        factory: pytest's.
        name: of the folder; the same name is the same thing.
        make: fills an empty folder; what it returns has to be something pickle takes.
    """
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    kept = run / f"{name}.pickle"
    with FileLock(run / f"{name}.lock"):
        if not kept.exists():
            folder = run / name
            folder.mkdir()
            kept.write_bytes(pickle.dumps(make(folder)))
        return pickle.loads(kept.read_bytes())
