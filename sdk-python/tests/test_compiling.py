"""When and for whom functions are compiled: caches, lazily, progress; settings that say so."""

import os
import platform
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import edge
import pytest
from conftest import GUESTS, Run

#: Of more than 4 KiB: smaller modules are not worth a file.
LARGE = GUESTS / "memory.wasm"
#: Functions that a module has of which progress is to be told more than once.
MANY = 400
#: Whether functions are compiled when they are first called; elsewhere all of them are at once.
LAZY = platform.machine() == "x86_64"


def many(count: int = MANY) -> str:
    """A module with many functions, each of which gives its number."""
    functions = (f'(func (export "f{n}") (result i32) (i32.const {n}))' for n in range(count))
    return f"(module {''.join(functions)})"


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """`many` in the binary format, with native code that nobody trusts."""
    return edge.Module.from_text(many()).serialize()


def found(cache: edge.Cache | Path | str | bool | None, **settings: object) -> bool:
    """Whether an engine with this cache had the module in it."""
    engine = edge.Engine(cache=cache, **settings)  # type: ignore[arg-type]
    module = edge.Module(LARGE, engine)
    with edge.Vm(module, engine=engine) as vm:
        assert vm.exports is not None
    return module.precompiled


def test_the_second_time_it_is_there(tmp_path: Path) -> None:
    directory = tmp_path / "made" / "when" / "needed"
    cache = edge.Cache(directory)
    assert not directory.exists()
    assert not found(cache)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert found(cache)
    assert found(directory)
    assert found(str(directory))
    assert not found(cache, deterministic=True), "other settings are another entry"
    assert found(cache, deterministic=True)
    assert len(list(directory.iterdir())) == 2
    assert not found(None)
    assert not found(False)


def test_every_door_uses_the_cache(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def engine() -> edge.Engine:
        return edge.Engine(cache=tmp_path / "cache")

    def progress(done: int, total: int) -> None:
        told.append((done, total))

    assert not edge.Module(LARGE, engine()).precompiled
    data = LARGE.read_bytes()
    for source in (LARGE, data):
        assert edge.Module(source, engine()).precompiled
        assert edge.Vm(source, engine=engine()).module.precompiled
        assert edge.Pool(source, size=1, engine=engine()).module.precompiled
        assert edge.Module(source, engine(), progress=progress).precompiled
        assert told == [], "nothing was compiled"
    edge.compile(LARGE, tmp_path / "out.edge", engine=engine(), progress=progress)
    assert told == []


def test_another_process_finds_it(tmp_path: Path, python: Run) -> None:
    program = f"import edge; print(edge.Module({str(LARGE)!r}, edge.Engine(cache={str(tmp_path)!r})).precompiled)"
    assert [python(program).stdout for _ in range(2)] == ["False\n", "True\n"]
    assert found(tmp_path)


def test_small_modules_and_small_caches(tmp_path: Path) -> None:
    edge.Module.from_text("(module)", edge.Engine(cache=tmp_path))
    assert not found(edge.Cache(tmp_path, max_size=1000))
    assert not found(edge.Cache(tmp_path, max_size=1000))
    assert list(tmp_path.iterdir()) == []


def test_what_others_can_write_to_is_left_alone(tmp_path: Path) -> None:
    directory = tmp_path / "cache"
    assert not found(directory)
    assert found(directory)
    directory.chmod(0o777)
    assert not found(directory)
    directory.chmod(0o700)
    assert found(directory)
    (file,) = directory.iterdir()
    file.chmod(0o666)
    assert not found(directory), "a file that others can write to"
    assert found(directory), "it has been replaced"
    link = tmp_path / "link"
    link.symlink_to(directory)
    assert not found(link)


def test_damage_is_compiled_away(tmp_path: Path) -> None:
    assert not found(tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    middle = len(whole) // 2
    for damaged in (b"", b"hello", whole[:middle], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]):
        file.write_bytes(damaged)
        assert not found(tmp_path)
        assert file.read_bytes() == whole
        assert found(tmp_path)


def test_without_a_place_modules_are_compiled(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for directory in (file, file / "below", Path("/proc/none")):
        assert not found(directory)
        assert not found(directory)
    assert file.read_text() == ""


def test_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", "/nowhere")
    assert edge.Cache().directory == tmp_path / "edge"
    assert edge.Engine(cache=True).cache == edge.Cache()
    assert not found(True)
    assert found(True)
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert edge.Cache().directory == Path("/nowhere/.cache/edge")
    monkeypatch.delenv("HOME")
    doors: list[Callable[[], object]] = [edge.Cache, lambda: edge.Engine(cache=True)]
    for use in doors:
        with pytest.raises(edge.IoError, match="XDG_CACHE_HOME") as caught:
            use()
        assert caught.value.kind == "io"
    edge.Cache(tmp_path)


def test_caches_as_objects(tmp_path: Path) -> None:
    cache = edge.Cache(tmp_path, 4096)
    assert (cache.directory, cache.max_size) == (tmp_path, 4096)
    assert isinstance(cache.directory, Path)
    assert edge.Cache(str(tmp_path)).max_size == 1 << 30
    assert cache == edge.Cache(tmp_path, max_size=4096)
    assert cache != edge.Cache(tmp_path)
    assert cache != tmp_path
    assert repr(cache) == f'Cache("{tmp_path}", max_size=4096)'
    with pytest.raises(ValueError, match="directory of a cache is empty"):
        edge.Cache("")
    with pytest.raises(ValueError, match="directory of a cache is empty"):
        edge.Engine(cache="")
    with pytest.raises(TypeError):
        edge.Cache(5)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        edge.Cache(tmp_path, max_size=-1)


def test_settings_are_told_as_they_were_made(tmp_path: Path) -> None:
    plain = edge.Engine()
    assert (plain.compile, plain.target, plain.cache) == ("eager", "host", None)
    triple = "aarch64-unknown-linux-gnu"
    engine = edge.Engine(compile="lazy", target=triple, cache=tmp_path)
    assert (engine.compile, engine.target, engine.cache) == ("lazy", triple, edge.Cache(tmp_path))
    cache = edge.Cache(tmp_path, max_size=5)
    engine = edge.Engine(compile="eager", target="generic", cache=cache)
    assert (engine.compile, engine.target, engine.cache) == ("eager", "generic", cache)
    assert edge.Module.from_text("(module)", engine).engine.cache == cache
    for wrong in ("later", "", "Lazy"):
        with pytest.raises(ValueError, match="compile must be 'eager' or 'lazy'"):
            edge.Engine(compile=wrong)  # type: ignore[arg-type]
    for nothing in (5, 1.5, object()):
        with pytest.raises(TypeError, match="cache is an edge.Cache, a directory, True or False, not"):
            edge.Engine(cache=nothing)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            edge.Engine(compile=nothing)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            edge.Engine(target=nothing)  # type: ignore[arg-type]


def test_lazily_only_what_is_called_is_compiled() -> None:
    engine = edge.Engine(compile="lazy")
    module = edge.Module.from_text(many(5), engine)
    expected = (lambda done: (done, 5)) if LAZY else (lambda done: (5, 5))
    assert module.compiled_functions == expected(0)
    vm, other = edge.Vm(module, engine=engine), edge.Vm(module, engine=engine)
    assert module.compiled_functions == expected(0)
    assert vm.run("f3") == 3
    assert module.compiled_functions == expected(1)
    assert (vm.run("f3"), vm.run("f4"), other.run("f3")) == (3, 4, 3)
    assert module.compiled_functions == expected(2), "guests share what was compiled"
    loaded = edge.Module.from_trusted(module.serialize("native"), engine)
    assert loaded.precompiled
    assert loaded.compiled_functions == (5, 5)
    assert module.compiled_functions == expected(2)
    assert edge.Vm(loaded, engine=engine).run("f2") == 2
    assert edge.Module.from_text(many(5)).compiled_functions == (5, 5)
    assert edge.Module.from_text("(module)", engine).compiled_functions == (0, 0)


def test_lazily_nothing_is_put_into_the_cache_and_what_is_there_is_used(tmp_path: Path) -> None:
    assert found(tmp_path, compile="lazy") is False
    if LAZY:
        assert list(tmp_path.iterdir()) == []
    engine = edge.Engine(compile="lazy", cache=tmp_path)
    assert edge.Vm(LARGE, engine=engine).module.compiled_functions[1] > 0
    with pytest.raises(edge.LoadError):
        edge.Module.from_text("(module (func (result i32)))", engine)


def test_many_threads_may_be_the_first() -> None:
    engine = edge.Engine(compile="lazy")
    module = edge.Module.from_text(many(50), engine)
    barrier = threading.Barrier(4)
    results: list[list[int]] = []

    def work() -> None:
        with edge.Vm(module, engine=engine) as vm:
            barrier.wait()
            results.append([vm.run(f"f{n}") for n in range(50)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [list(range(50))] * 4
    assert module.compiled_functions == (50, 50)


@pytest.mark.parametrize("from_file", [False, True])
@pytest.mark.parametrize("threads", [0, 1])
def test_progress_is_told_in_the_thread_that_waits(
    binary: bytes, tmp_path: Path, threads: int, from_file: bool
) -> None:
    path = tmp_path / "many.wasm"
    path.write_bytes(binary)
    told: list[tuple[int, int]] = []
    idents: set[int] = set()

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        idents.add(threading.get_ident())

    def work() -> None:
        module = edge.Module(path if from_file else binary, edge.Engine(threads=threads), progress=progress)
        assert module.compiled_functions == (MANY, MANY)

    work()
    assert idents == {threading.get_ident()}
    assert told[-1] == (MANY, MANY)
    assert all(total == MANY for _, total in told)
    assert told == sorted(set(told)), "ever more, and nothing twice"
    idents.clear()
    thread = threading.Thread(target=work)
    thread.start()
    ident = thread.ident
    thread.join()
    assert idents == {ident}


def test_progress_where_little_or_nothing_is_compiled(binary: bytes, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))

    text = tmp_path / "many.wat"
    text.write_text(many())
    module = edge.Module(text, progress=progress)
    assert told == [(MANY, MANY)], "of text only the end is told"
    told.clear()
    assert edge.Module(module, progress=progress) == module
    edge.Module(edge.Module.from_text("(module)").serialize(), progress=progress)
    lazy = edge.Module(binary, edge.Engine(compile="lazy"), progress=progress)
    assert told == ([] if LAZY else [(MANY, MANY)])
    assert lazy.compiled_functions[1] == MANY


def test_what_progress_raises_is_raised(binary: bytes) -> None:
    error = ValueError("enough")
    calls = 0

    def progress(done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        raise error

    with pytest.raises(ValueError, match="enough") as caught:
        edge.Module(binary, progress=progress)
    assert caught.value is error
    assert calls == 1
    with pytest.raises(TypeError, match="argument"):
        edge.Module(binary, progress=lambda: None)  # type: ignore[arg-type, misc]
    for nothing in (5, "text"):
        with pytest.raises(TypeError, match="progress is called with"):
            edge.Module(binary, progress=nothing)  # type: ignore[arg-type]


def test_an_interrupt_while_progress_is_told(binary: bytes) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            edge.Module(binary, progress=lambda done, total: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert edge.Module(binary).compiled_functions == (MANY, MANY)


def test_progress_may_use_modules_itself(binary: bytes) -> None:
    results: list[int] = []

    def progress(done: int, total: int) -> None:
        results.append(edge.Vm(edge.Module(binary)).run("f7"))

    edge.Module(binary, progress=progress)
    assert results
    assert set(results) == {7}


@pytest.mark.parametrize("source", [b"no module", b"\0asm\1\0\0\0\x0b", Path("/no/such/file.wasm"), Path("no.wat")])
def test_what_is_wrong_with_a_module_is_said_all_the_same(source: bytes | Path) -> None:
    def failure(load: Callable[[], object]) -> tuple[str, str, str]:
        with pytest.raises(edge.EdgeError) as caught:
            load()
        return caught.value.kind, caught.value.phase, caught.value.message

    told: list[object] = []
    with_progress = failure(lambda: edge.Module(source, progress=lambda *report: told.append(report)))
    assert with_progress == failure(lambda: edge.Module(source))
    assert told == []


def test_the_file_of_a_cache_is_the_owners(tmp_path: Path) -> None:
    assert not found(tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_uid == os.getuid()
    assert file.stat().st_mode & 0o022 == 0
