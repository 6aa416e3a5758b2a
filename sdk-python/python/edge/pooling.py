"""What stands behind :meth:`edge.Pool.map`, :meth:`edge.Pool.run_async` and :meth:`edge.Pool.map_async`."""

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

from . import asynchronous
from ._edge import CancelToken, Function, Pool, Vm
from .errors import StateError
from .kinds import Kind

__all__ = ["map_async", "map_items", "run_async"]

#: How long a thread waits for a guest at a time, in seconds, before it looks whether it is still wanted.
_PATIENCE = 0.05


def _borrow(pool: Pool, token: CancelToken) -> Vm:
    while True:
        try:
            return pool.get(_PATIENCE)
        except StateError as error:
            if error.kind != Kind.BUSY or token.cancelled:
                raise


class _Map:
    """One call of `map`: the threads take one item after the other, each with a guest of its own."""

    def __init__(self, pool: Pool, name: str, arguments: list[tuple[Any, ...]], keep_going: bool) -> None:
        self._pool, self._name, self._arguments = pool, name, arguments
        self._keep_going = keep_going
        self._lock = threading.Lock()
        self._next = 0
        self._token = CancelToken()
        self.results: list[Any] = [None] * len(arguments)
        #: By position; what is before the first of them has been called.
        self.errors: dict[int, BaseException] = {}

    def _take(self) -> int | None:
        with self._lock:
            at = self._next
            if at == len(self._arguments) or (self.errors and not self._keep_going):
                return None
            self._next += 1
        return at

    def work(self) -> None:
        vm: Vm | None = None
        function: Function | None = None
        try:
            while (at := self._take()) is not None:
                try:
                    if vm is None or function is None:
                        vm = vm or _borrow(self._pool, self._token)
                        function = vm.with_options(cancel=self._token).function(self._name)
                    elif vm.poisoned is not None:
                        vm.reset()
                    self.results[at] = function(*self._arguments[at])
                except Exception as error:
                    self.errors[at] = error
        finally:
            if vm is not None:
                vm.close()

    def stop(self) -> None:
        """End what runs, and begin nothing."""
        with self._lock:
            self._next = len(self._arguments)
        self._token.cancel()


def map_items(
    pool: Pool, name: str, iterables: tuple[Iterable[Any], ...], threads: int | None, return_exceptions: bool
) -> list[Any]:
    """Call a function once per item; the thread that asks works too."""
    if not iterables:
        raise TypeError("map() needs at least one iterable of arguments")
    if threads is not None and threads < 1:
        raise ValueError(f"threads is how many work at once, at least 1, not {threads}")
    arguments = list(zip(*iterables, strict=False))
    job = _Map(pool, name, arguments, return_exceptions)
    failed: list[BaseException] = []
    ended = threading.Semaphore(0)

    def help_out() -> None:
        try:
            job.work()
        except BaseException as error:  # a KeyboardInterrupt or SystemExit that a host function raised
            failed.append(error)
            job.stop()
        ended.release()

    helpers = min(threads or pool.size, pool.size, len(arguments)) - 1
    for _ in range(helpers):
        asynchronous.start_thread(help_out)
    left = max(helpers, 0)
    try:
        job.work()
        while left:
            ended.acquire()
            left -= 1
    except BaseException:
        job.stop()
        while left:
            ended.acquire()
            left -= 1
        raise
    if failed:
        raise failed[0]
    for at in sorted(job.errors):
        if not return_exceptions:
            raise job.errors[at]
        job.results[at] = job.errors[at]
    return job.results


async def run_async(pool: Pool, name: str, args: tuple[Any, ...]) -> Any:
    """Call a function of a borrowed guest; at most as many calls run as there are guests."""

    def start(token: CancelToken) -> Any:
        with _borrow(pool, token) as vm:
            return vm.with_options(cancel=token).run(name, *args)

    return await asynchronous.run(start, pool, pool.size)


async def map_async(pool: Pool, name: str, iterables: tuple[Iterable[Any], ...], return_exceptions: bool) -> list[Any]:
    """Call a function once per item, all by `run_async`."""
    if not iterables:
        raise TypeError("map_async() needs at least one iterable of arguments")
    tasks = [asyncio.ensure_future(run_async(pool, name, args)) for args in zip(*iterables, strict=False)]
    try:
        return await asyncio.gather(*tasks, return_exceptions=return_exceptions)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
