"""
What stands behind every `run_async`, and behind host functions that are ``async def``.

A guest runs on a thread of our own, never on one of the event loop's default executor, which other people's code
fills. The calls of one guest, or of one pool, wait in line and take no thread while they wait. An ``async def`` host
function runs as a task of the event loop that awaits the call; its guest's thread waits for it, and meanwhile serves
calls that the task makes of the guest.
"""

import asyncio
import contextlib
import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any
from weakref import WeakKeyDictionary

from ._edge import CancelToken, Func, Function, Keeper, Pool, Vm, wait_readable
from .errors import EdgeError

__all__ = ["call_function", "call_vm", "run", "start_thread", "wait"]

#: What runs a guest on the thread that calls it, until the token ends it.
_Start = Callable[[CancelToken], Any]
#: Whose calls wait in line.
_Owner = Keeper | Pool

#: Threads that are kept when there is nothing to do.
_IDLE_THREADS = 8

#: The call on whose behalf this code runs: set on the guest's thread, and in the tasks of host functions.
_serving: contextvars.ContextVar["_Call | None"] = contextvars.ContextVar("edge_serving", default=None)


class _Threads:
    """Threads that run guests: as many as are needed, a few of which are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Callable[[], None]]] = []

    def start(self, work: Callable[[], None]) -> None:
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is not None:
            inbox.put(work)
        else:
            threading.Thread(target=self._serve, args=(work,), name="edge", daemon=True).start()

    def _serve(self, work: Callable[[], None] | None) -> None:
        inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        while work is not None:
            work()
            work = None  # what it refers to must not wait for the next
            with self._lock:
                if len(self._idle) >= _IDLE_THREADS:
                    return
                self._idle.append(inbox)
            work = inbox.get()


class _Ticket:
    """One host function's coroutine that a guest's thread waits for."""

    def __init__(self) -> None:
        self.task: asyncio.Task[Any] | None = None
        self.done = False


class _Seat:
    """A guest's thread, as those see it who have something for it while it waits."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self._lock = threading.Lock()
        self._inbox: deque[_Call | _Ticket] = deque()
        self._closed = False
        #: Rings when there is something; made when the guest waits for the first time, since most never do.
        self._bell: int | None = None

    def begin_to_wait(self) -> None:
        if self._bell is None:
            self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def put(self, message: "_Call | _Ticket") -> bool:
        """From any thread; tells whether anybody will look at it."""
        with self._lock:
            if self._closed or self._bell is None:
                return False
            self._inbox.append(message)
            os.eventfd_write(self._bell, 1)
        return True

    def get(self) -> "_Call | _Ticket":
        """Wait for something; what ends the guest, ends this too."""
        assert self._bell is not None
        while True:
            with self._lock:
                if self._inbox:
                    return self._inbox.popleft()
            wait_readable(self._bell)
            os.eventfd_read(self._bell)

    def close(self) -> "list[_Call]":
        """End: gives the calls that nobody has run."""
        with self._lock:
            self._closed = True
            if self._bell is not None:
                os.close(self._bell)
            return [message for message in self._inbox if isinstance(message, _Call)]


class _Call:
    """One call: made and finished in its event loop, run on a guest's thread."""

    def __init__(self, start: _Start, owner: _Owner) -> None:
        self._token = CancelToken()
        self._start: _Start | None = start
        self._context = contextvars.copy_context()
        self._seat: _Seat | None = None
        self._tickets: list[_Ticket] = []
        self._result: Any = None
        self._error: BaseException | None = None
        self.owner = owner
        self.loop = asyncio.get_running_loop()
        self.finished = self.loop.create_future()

    def run(self, seat: _Seat) -> None:
        """On the guest's thread."""
        self._seat = seat
        try:
            self._result = self._context.run(self._run)
        except BaseException as error:
            self._error = error
        # Where the loop has been closed nobody waits any more.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.finish)

    def _run(self) -> Any:
        _serving.set(self)
        start, self._start = self._start, None  # it refers to the guest, which may be done with
        assert start is not None
        return start(self._token)

    def finish(self) -> None:
        """In the event loop."""
        if not self.finished.done():
            self.finished.set_result(None)

    def result(self) -> Any:
        """Give what the guest returned, or raise what it raised."""
        if self._error is None:
            return self._result
        try:
            raise self._error
        finally:
            self._error = None  # it refers to this frame

    def cancel(self) -> "list[asyncio.Future[Any]]":
        """End the guest, and what it waits for; what is over when all of that has ended."""
        self._token.cancel()
        tasks = [ticket.task for ticket in self._tickets if ticket.task is not None]
        for task in tasks:
            task.cancel()
        return [self.finished, *tasks]

    def is_here(self) -> bool:
        """Whether this thread is the one that the guest runs on."""
        return self._seat is not None and self._seat.thread == threading.get_ident()

    def take_in(self, call: "_Call") -> bool:
        """Have a call of the same guest run by the thread that waits for one of our host functions."""
        waits = any(ticket.task is not None and not ticket.task.done() for ticket in self._tickets)
        if self._seat is None or self.owner is not call.owner or self.loop is not call.loop or not waits:
            return False
        return self._seat.put(call)

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """On the guest's thread: let the event loop run a host function's coroutine."""
        seat = self._seat
        assert seat is not None
        ticket = _Ticket()
        seat.begin_to_wait()
        try:
            self.loop.call_soon_threadsafe(self._begin, ticket, seat, coroutine, contextvars.copy_context())
        except RuntimeError:
            coroutine.close()
            raise
        try:
            while not ticket.done:
                message = seat.get()
                if isinstance(message, _Call):
                    message.run(seat)
                else:
                    message.done = True  # ours, or that of a wait further out
        except EdgeError:
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._abandon, ticket)
            raise
        assert ticket.task is not None
        return ticket.task.result()

    def _begin(
        self, ticket: _Ticket, seat: _Seat, coroutine: Coroutine[Any, Any, Any], context: contextvars.Context
    ) -> None:
        """In the event loop: start a host function's coroutine."""

        def end(_: object) -> None:
            self._tickets.remove(ticket)
            seat.put(ticket)

        ticket.task = self.loop.create_task(coroutine, context=context)
        self._tickets.append(ticket)
        ticket.task.add_done_callback(end)
        if self._token.cancelled:
            ticket.task.cancel()

    def _abandon(self, ticket: _Ticket) -> None:
        """In the event loop: end a coroutine that no guest waits for any more."""
        # Whoever cancels the call has cancelled the coroutine: a second time would disturb how it ends.
        if ticket.task is not None and not self._token.cancelled:
            ticket.task.cancel()


class _Line:
    """The calls of one guest, one after the other, or those of one pool, as many at a time as it has guests."""

    def __init__(self, width: int) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Call] = deque()
        self._free = width

    def enter(self, call: _Call) -> None:
        with self._lock:
            if self._free == 0:
                self._waiting.append(call)
                return
            self._free -= 1
        _threads.start(lambda: self._serve(call))

    def leave(self, call: _Call) -> bool:
        """Take a call out that has not begun."""
        with self._lock:
            if call not in self._waiting:
                return False
            self._waiting.remove(call)
            return True

    def _serve(self, call: _Call | None) -> None:
        while call is not None:
            seat = _Seat()
            call.run(seat)
            left = seat.close()
            with self._lock:
                self._waiting.extendleft(reversed(left))
                call = self._waiting.popleft() if self._waiting else None
                self._free += call is None


_threads = _Threads()
_lines: WeakKeyDictionary[_Owner, _Line] = WeakKeyDictionary()


def _after_fork() -> None:
    """Forget the threads, which the child does not have."""
    global _threads, _lines
    _threads, _lines = _Threads(), WeakKeyDictionary()


os.register_at_fork(after_in_child=_after_fork)


def start_thread(work: Callable[[], None]) -> None:
    """Run `work`, which raises nothing, on a thread of our own."""
    _threads.start(work)


async def call_vm(vm: Vm, keeper: Keeper, name: str, args: tuple[Any, ...]) -> Any:
    """Call a function by name; the keeper stands for the guest, whatever handle it is called through."""
    return await run(lambda token: vm.with_options(cancel=token).run(name, *args), keeper)


async def call_function(
    function: Func | Function, keeper: Keeper, args: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """Call a function that was found before."""
    return await run(lambda token: function.with_options(cancel=token)(*args, **keywords), keeper)


async def run(start: _Start, owner: _Owner, width: int = 1) -> Any:
    """Run a guest on a thread of our own; at most `width` calls of one owner at a time."""
    call, line = _Call(start, owner), None
    caller = _serving.get()
    if caller is None or not caller.take_in(call):
        line = _lines.setdefault(owner, _Line(width))
        line.enter(call)
    try:
        await asyncio.wait([call.finished])
    except asyncio.CancelledError:
        rest = call.cancel()
        if line is None or not line.leave(call):
            # The task is over when the guest is: whoever cancels it can use the guest again.
            await asyncio.wait(rest)
        raise
    return call.result()


def wait(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Give what a host function's coroutine returns: run by the caller's event loop if there is one."""
    call = _serving.get()
    if call is not None and call.is_here():
        return call.wait(coroutine)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    name = getattr(coroutine, "__qualname__", "the host function")
    coroutine.close()
    raise RuntimeError(f"{name} is async, and this thread's event loop waits for the guest: call it by run_async()")
