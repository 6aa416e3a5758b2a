"""Fuel, counts, and settings of engines."""

import edge
import pytest

COUNTING = """(module
    (memory (export "memory") 1 4)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "grow") (drop (memory.grow (i32.const 1))))
    (func (export "spin") (loop (br 0))))"""


def counting(**settings: object) -> edge.Vm:
    engine = edge.Engine(**settings)  # type: ignore[arg-type]
    return edge.Vm(edge.Module.from_text(COUNTING, engine), engine=engine)


def test_everything_is_counted_that_was_asked_for() -> None:
    vm = counting(fuel=True, count_instructions=True, measure_time=True)
    assert vm.run("add", 1, 2) == 3
    statistics = vm.statistics
    assert (statistics.instructions, statistics.fuel_used, statistics.calls) == (3, 3, 1)
    assert statistics.fuel_left == vm.store.fuel_left == 2**64 - 1 - 3
    assert statistics.time > 0
    assert statistics.instructions_per_second > 0
    assert statistics.memory_peak == 65_536
    assert "instructions=3" in repr(statistics)
    vm.run("grow")
    assert statistics.calls == 1, "a copy of the counts at one time"
    assert vm.statistics.memory_peak == 2 * 65_536
    vm.store.reset_statistics()
    assert (vm.statistics.instructions, vm.statistics.calls) == (0, 0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda vm: vm.statistics.instructions,
        lambda vm: vm.statistics.fuel_used,
        lambda vm: vm.statistics.fuel_left,
        lambda vm: vm.statistics.time,
        lambda vm: vm.statistics.instructions_per_second,
        lambda vm: vm.store.fuel_left,
        lambda vm: vm.store.set_fuel(1),
        lambda vm: vm.store.add_fuel(1),
        lambda vm: vm.store.consume_fuel(1),
        lambda vm: vm.with_options(fuel=1).run("add", 1, 2),
    ],
)
def test_what_was_not_switched_on(ask: object) -> None:
    with pytest.raises(edge.StateError) as caught:
        ask(counting())  # type: ignore[operator]
    assert caught.value.kind == "not_enabled"


def test_out_of_fuel_and_refuelled() -> None:
    vm = counting(fuel=True)
    vm.store.set_fuel(1000)
    with pytest.raises(edge.LimitError) as caught:
        vm.run("spin")
    assert caught.value.kind == "out_of_fuel"
    left = vm.store.fuel_left
    vm.store.add_fuel(100)
    assert vm.run("add", 1, 2) == 3
    assert vm.store.fuel_left == left + 100 - 3
    with pytest.raises(edge.LimitError):
        vm.store.consume_fuel(1000)


def test_fuel_of_single_calls() -> None:
    vm = counting(fuel=True)
    frugal = vm.with_options(fuel=100)
    for _ in range(3):
        with pytest.raises(edge.LimitError) as caught:
            frugal.run("spin")
        assert caught.value.kind == "out_of_fuel"
        assert frugal.run("add", 1, 2) == 3
    assert vm.run("add", 1, 2) == 3


def test_the_limit_on_fuel() -> None:
    engine = edge.Engine(fuel=True)
    vm = edge.Vm(edge.Module.from_text(COUNTING, engine), engine=engine, limits=edge.Limits(fuel=100))
    with pytest.raises(edge.LimitError) as caught:
        vm.run("spin")
    assert caught.value.kind == "out_of_fuel"


def test_a_cost_table() -> None:
    vm = counting(fuel=True, cost_table={"i32.add": 10, "local.get": 0})
    vm.run("add", 1, 2)
    assert vm.statistics.fuel_used == 10
    costs = vm.store.engine.cost_table
    assert (costs["i32.add"], costs["local.get"], costs["i32.sub"]) == (10, 0, 1)
    with pytest.raises(edge.ArgumentError, match=r"i32\.fly"):
        edge.Engine(cost_table={"i32.fly": 1})


def test_settings_are_told_as_they_were_made() -> None:
    limits = edge.Limits(memory=1 << 20, module=edge.ModuleLimits(functions=7))
    engine = edge.Engine(opt_level="none", threads=1, proposals={"SIMD": False}, deterministic=True, limits=limits)
    assert (engine.opt_level, engine.threads, engine.proposals["simd"]) == ("none", 1, False)
    assert engine.proposals["tail-call"]
    assert (engine.deterministic, engine.limits) == (True, limits)
    assert edge.Store(engine).limits == limits
    plain = edge.Engine()
    told = (plain.signals, plain.interpreter, plain.interruptible, plain.fuel, plain.count_instructions)
    assert told == (True, False, True, False, False)
    assert (plain.measure_time, plain.threads, plain.limits) == (False, 0, edge.Limits())
    with pytest.raises(edge.LoadError, match="simd"):
        edge.Module.from_text("(module (func (result v128) (v128.const i64x2 1 2)))", engine)
    with pytest.raises(edge.LoadError, match="gc"):
        edge.Engine(proposals={"gc": True})
    with pytest.raises(edge.ArgumentError, match="flying"):
        edge.Engine(proposals={"flying": True})
    with pytest.raises(ValueError, match="opt_level"):
        edge.Engine(opt_level="best")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings", [{"signals": False}, {"interpreter": True}, {"interruptible": False}, {"opt_level": "none"}]
)
def test_the_other_modes(settings: dict[str, object]) -> None:
    vm = counting(**settings)
    assert vm.run("add", 2, 40) == 42
    if "interruptible" not in settings:
        with pytest.raises(edge.LimitError):
            vm.with_options(deadline=0.01).run("spin")
