//! Accidents that other engines had with what they made of a function, as tests named after them.

mod mode;

use std::fmt::Write as _;

use edge_runtime::{Engine, Instance, Kind, Limits, Module, Phase, Store, Val};
use mode::engines;

fn instance(engine: &Engine, text: &str) -> Instance {
    let module = Module::from_text(engine, text).unwrap_or_else(|e| panic!("{e}"));
    Instance::new(&Store::new(engine, Limits::default()), &module, &[]).unwrap()
}

fn call(instance: &Instance, name: &str, args: &[Val]) -> Val {
    instance.func(name).unwrap().call(args).unwrap_or_else(|e| panic!("{name}{args:?}: {e}")).remove(0)
}

/// A function with a `br_table` of `targets` entries and the default: entry `i` leads to the inner block if `i` is a multiple
/// of seven, else to the outer one, the default behind both.
fn table_of(targets: usize) -> String {
    let entries: String = (0..targets).map(|i| if i % 7 == 0 { " 0" } else { " 1" }).collect();
    format!(
        r#"(module (func (export "f") (param i32) (result i32)
            (block $default (block $outer (block $inner (br_table{entries} 2 (local.get 0)))
                (return (i32.const 10)))
              (return (i32.const 20)))
            (i32.const 30)))"#
    )
}

/// The branch to the default of a very large `br_table` went to an address outside of the function (aarch64); the largest
/// one that the limits let through works, the next larger one is refused before it is compiled.
#[test]
fn cve_2026_115893_the_largest_table_of_branches() {
    let largest = 65_536;
    for (mode, engine) in engines() {
        let instance = instance(&engine, &table_of(largest));
        let expected = |i: u32| match i {
            _ if i as usize >= largest => 30,
            _ if i.is_multiple_of(7) => 10,
            _ => 20,
        };
        for i in [0, 1, 6, 7, 32_767, 32_768, 65_534, 65_535, 65_536, 65_537, 1 << 24, 1 << 31, u32::MAX] {
            let result = call(&instance, "f", &[Val::I32(i as i32)]);
            assert_eq!(result.i32(), Some(expected(i)), "{mode}, entry {i}");
        }
        let error = Module::from_text(&engine, &table_of(largest + 1)).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Validate, Kind::TooLarge), "{mode}");
        assert!(error.message().contains("br_table") && error.message().contains("65536"), "{mode}: {error}");
    }
}

/// Numbers of values were packed in 24 bits and overflowed in silence. The largest body that the limits let through gives
/// the right result, and one that is larger is refused.
#[test]
fn cve_2026_115889_a_giant_function() {
    /// Times `x = x * 3 + i`.
    const STEPS: u32 = 60_000;
    let body = |steps: u32| {
        (0..steps).fold(String::new(), |mut text, i| {
            write!(text, "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const {i})))").unwrap();
            text
        })
    };
    let text =
        |steps| format!(r#"(module (func (export "f") (param i32) (result i32) {} (local.get 0)))"#, body(steps));
    let expected = (0..STEPS).fold(5_u32, |x, i| x.wrapping_mul(3).wrapping_add(i)) as i32;
    let giant = text(STEPS);
    for (mode, engine) in engines() {
        assert_eq!(call(&instance(&engine, &giant), "f", &[Val::I32(5)]).i32(), Some(expected), "{mode}");
    }
    // Above 4 MiB: refused by its size, in the same words in each mode.
    let error = Module::from_text(&mode::engine(), &text(450_000)).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Validate, Kind::TooLarge), "{error}");
    assert!(error.message().contains("body"), "{error}");
}

/// Divisors at which a compiler takes another path: powers of two and their neighbours, negative ones, the extremes.
fn divisors() -> Vec<i64> {
    let mut all: Vec<i64> = (1..=17).chain([25, 100, 125, 625, 641, 1000, 65_535, 65_537, 1_000_000_007]).collect();
    for shift in [8, 15, 16, 30, 31, 32, 33, 47, 62, 63] {
        let power = 1_i64.wrapping_shl(shift);
        all.extend([power.wrapping_sub(1), power, power.wrapping_add(1)]);
    }
    all.extend(all.clone().into_iter().map(i64::wrapping_neg));
    all
}

/// A division as the specification defines it, for operands of `bits` that are not zero and do not overflow.
fn divided(operator: &str, bits: u32, a: i64, b: i64) -> i64 {
    let unsigned = |x: i64| if bits == 32 { u64::from(x as u32) } else { x as u64 };
    let signed = |x: i64| if bits == 32 { i64::from(x as i32) } else { x };
    match operator {
        "div_s" => signed(a).wrapping_div(signed(b)),
        "rem_s" => signed(a).wrapping_rem(signed(b)),
        "div_u" => (unsigned(a) / unsigned(b)) as i64,
        "rem_u" => (unsigned(a) % unsigned(b)) as i64,
        other => panic!("{other}"),
    }
}

/// aarch64: division by a constant took the wrong register width or shift.
#[test]
fn cve_2022_31169_division_by_constants() {
    let dividends = divisors().into_iter().chain([0, i64::MIN, i64::MAX, 0x7fff_ffff, -0x8000_0000, 0x1234_5678_9abc]);
    let dividends: Vec<i64> = dividends.collect();
    for bits in [32, 64] {
        let own = |x: i64| if bits == 32 { i64::from(x as i32) } else { x };
        let val = |x: i64| if bits == 32 { Val::I32(x as i32) } else { Val::I64(x) };
        let mut constants: Vec<i64> = divisors().into_iter().map(own).filter(|b| *b != 0).collect();
        constants.sort_unstable();
        constants.dedup();
        let operators = ["div_s", "div_u", "rem_s", "rem_u"];
        let functions: String = operators
            .iter()
            .flat_map(|operator| constants.iter().map(move |b| (operator, b)))
            .map(|(operator, b)| {
                let t = format!("i{bits}");
                format!(
                    r#"(func (export "{operator} {b}") (param {t}) (result {t})
                        ({t}.{operator} (local.get 0) ({t}.const {b})))"#
                )
            })
            .collect();
        let text = format!("(module {functions})");
        let least = if bits == 32 { i64::from(i32::MIN) } else { i64::MIN };
        for (mode, engine) in engines() {
            let instance = instance(&engine, &text);
            for operator in operators {
                for &b in &constants {
                    let name = format!("{operator} {b}");
                    let func = instance.func(&name).unwrap();
                    for &a in &dividends {
                        let result = func.call(&[val(a)]);
                        if operator == "div_s" && own(a) == least && b == -1 {
                            assert_eq!(result.unwrap_err().kind(), Kind::IntegerOverflow, "{mode}: {a} {name}");
                            continue;
                        }
                        let expected = own(divided(operator, bits, a, b));
                        let result = result.unwrap_or_else(|e| panic!("{mode}: {a} i{bits}.{name}: {e}")).remove(0);
                        let number = result.i32().map(i64::from).or(result.i64());
                        assert_eq!(number, Some(expected), "{mode}: {a} i{bits}.{name}");
                    }
                }
            }
        }
    }
}

/// What a text of the test below computes.
type Source = fn(u64, u64) -> u32;
type Use = fn(u32) -> u64;

/// wazero 071bfeae9 and 464e6ce70: what an operation of 32 bits left in the upper half of a register was taken for part of a
/// number of 64 bits, by an extension, a comparison, a branch or an address.
#[test]
fn wazero_071bfeae9_and_464e6ce70_garbage_in_the_upper_half() {
    /// What leaves a number of 32 bits from parameters of 64 bits in a register whose upper half is not clear.
    const SOURCES: &[(&str, Source)] = &[
        ("(i32.wrap_i64 (local.get 0))", |a, _| a as u32),
        ("(i32.wrap_i64 (i64.mul (local.get 0) (local.get 1)))", |a, b| a.wrapping_mul(b) as u32),
        ("(i32.add (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1)))", |a, b| {
            (a as u32).wrapping_add(b as u32)
        }),
        ("(i32.sub (i32.const 0) (i32.wrap_i64 (local.get 0)))", |a, _| (a as u32).wrapping_neg()),
        ("(i32.shl (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1)))", |a, b| {
            (a as u32).wrapping_shl(b as u32)
        }),
        ("(i32.extend8_s (i32.wrap_i64 (local.get 0)))", |a, _| i32::from(a as i8) as u32),
        ("(i32.xor (i32.wrap_i64 (local.get 0)) (i32.const -1))", |a, _| !(a as u32)),
        ("(select (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1)) (i32.const 1))", |a, _| a as u32),
    ];
    /// What takes such a number, as the body of a function with the result `i64`; `$` stands for it.
    const USES: &[(&str, Use)] = &[
        ("(i64.extend_i32_u $)", u64::from),
        ("(i64.extend_i32_s $)", |x| i64::from(x as i32) as u64),
        ("(i64.extend_i32_u (i32.eqz $))", |x| u64::from(x == 0)),
        ("(i64.extend_i32_u (i32.shr_u $ (i32.const 4)))", |x| u64::from(x >> 4)),
        ("(i64.extend_i32_u (i32.clz $))", |x| u64::from(x.leading_zeros())),
        ("(i64.extend_i32_u (i32.popcnt $))", |x| u64::from(x.count_ones())),
        ("(i64.extend_i32_u (i32.lt_u $ (i32.const 256)))", |x| u64::from(x < 256)),
        ("(if (result i64) $ (then (i64.const 1)) (else (i64.const 2)))", |x| if x == 0 { 2 } else { 1 }),
        ("(i64.trunc_sat_f64_u (f64.convert_i32_u $))", u64::from),
        ("(i64.shl (i64.const 1) (i64.extend_i32_u $))", |x| 1_u64.wrapping_shl(x)),
        // 16 bits of it as an address: an upper half that counts would lead outside.
        ("(i64.load8_u (i32.and $ (i32.const 65535)))", |x| u64::from(x as u16) % 251),
    ];
    let operands =
        [0, 1, 7, 0xff, 0x8000_0000, 0xffff_ffff, 1 << 32, 0xdead_beef_0000_0000, 0xffff_ffff_0000_00ff, u64::MAX];
    let name = |source: usize, taken: usize| format!("{source} {taken}");
    let mut text = String::from("(module (memory 1) (data (i32.const 0) \"");
    (0..65_536_u32).for_each(|i| write!(text, "\\{:02x}", i % 251).unwrap());
    text.push_str("\")");
    for (s, (source, _)) in SOURCES.iter().enumerate() {
        for (u, (taken, _)) in USES.iter().enumerate() {
            let (name, body) = (name(s, u), taken.replace('$', source));
            write!(text, "(func (export \"{name}\") (param i64 i64) (result i64) {body})").unwrap();
        }
    }
    text.push(')');
    for (mode, engine) in engines() {
        let instance = instance(&engine, &text);
        for (s, (source, compute)) in SOURCES.iter().enumerate() {
            for (u, (taken, expect)) in USES.iter().enumerate() {
                for (a, b) in operands.iter().flat_map(|a| operands.iter().map(move |b| (*a, *b))) {
                    let result = call(&instance, &name(s, u), &[Val::I64(a as i64), Val::I64(b as i64)]);
                    let expected = expect(compute(a, b)) as i64;
                    assert_eq!(result.i64(), Some(expected), "{mode}: {taken} of {source} for {a:#x}, {b:#x}");
                }
            }
        }
    }
}
