"""A function over many items by several processes: answers in the order of the items, few items under way at a time.

This module knows nothing of texts and imports nothing else of the package.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.connection import wait
from typing import Any, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_AHEAD = 2
"""Items under way for each process: one at work, one that waits, so that no process is idle while the caller works."""
_TRIES = 3


class WorkersLostError(RuntimeError):
    """Worker processes died several times over the same items: most often the system took back their memory."""


def map_in_order(
    function: Callable[[Item], Answer], items: Iterable[Item], *, workers: int
) -> Generator[tuple[Item, Answer]]:
    """Each item with ``function(item)``, in the order of the items; ``workers`` above 1 uses as many processes.

    Items are taken as they are needed: at most twice as many as there are processes are under way. Processes start as
    :func:`multiprocessing.set_start_method` says. Where one dies (killed, out of memory), new ones take up what was
    under way. An exception of the function or of ``items`` comes up in its turn, after the answers before it.

    Args:
        function: With several processes it must be picklable, as must items and answers.
        items: What to work on.
        workers: How many processes, at least 1; with 1 the work is done in this process.

    Raises:
        ValueError: if ``workers`` is below 1.
        WorkersLostError: if processes died three times with no answer in between.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; it takes at least 1")
    if workers == 1:
        return ((item, function(item)) for item in items)
    return _by_processes(function, iter(items), workers)


def _by_processes(
    function: Callable[[Item], Answer], items: Iterator[Item], workers: int
) -> Generator[tuple[Item, Answer]]:
    waiting: deque[Item] = deque()
    futures: deque[Future[Answer]] = deque()  # those of the first in ``waiting``
    ended = False
    failure: Exception | None = None
    lost = 0
    pickled = pickle.dumps(function)
    pool = _pool(workers)
    try:
        while True:
            while not ended and len(waiting) < workers * _AHEAD:
                try:
                    waiting.append(next(items))
                except StopIteration:
                    ended = True
                except Exception as error:
                    ended, failure = True, error
            if not waiting:
                if failure is not None:
                    raise failure
                return
            try:
                while len(futures) < len(waiting):
                    futures.append(pool.submit(_call, pickled, waiting[len(futures)]))
                answer = futures[0].result()
            except BrokenProcessPool as error:
                lost += 1
                if lost == _TRIES:
                    raise WorkersLostError(
                        f"worker processes died {_TRIES} times in a row: killed from outside, out of memory, or started "
                        'by a script that lacks `if __name__ == "__main__":`; use fewer workers, or 1 to see the cause'
                    ) from error
                pool.shutdown()
                pool = _pool(workers)
                futures.clear()
                continue
            lost = 0
            futures.popleft()
            yield waiting.popleft(), answer
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    """A pool whose processes are started, where they are forked, before an item is read.

    What reads the items may start threads, and a fork in the middle of their work can hang.
    """
    pool = ProcessPoolExecutor(workers, initializer=_start_worker)
    pool.submit(os.getpid)
    return pool


def _call(pickled: bytes, item: Any) -> Any:
    """The function is unpickled here, where its exceptions are told to the caller; elsewhere they end the process."""
    return _function(pickled)(item)


@cache
def _function(pickled: bytes) -> Callable[[Any], Any]:
    function: Callable[[Any], Any] = pickle.loads(pickled)
    return function


def _start_worker() -> None:
    """Leave signals to the parent, and end with it: a process whose parent was killed would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
