//! Index expressions that code generators fold into addresses, at offsets around every power of two that matters, against the
//! definition. (CVE-2023-26489: a shift folded into a 35-bit index. CVE-2026-34971: a wrong extension in a scaled address.
//! CVE-2021-32629: a spilled index that came back sign-extended.)

use std::fmt::Write as _;

use edge_runtime::{Config, Engine, Instance, Kind, Limits, Module, OptLevel, Store, Val};

/// An expression over `$x` of type `i32`, and what it gives.
type Animal = (&'static str, fn(u32) -> u32);

const ZOO: [Animal; 14] = [
    ("(local.get $x)", |x| x),
    ("(i32.shl (local.get $x) (i32.const 1))", |x| x << 1),
    ("(i32.shl (local.get $x) (i32.const 2))", |x| x << 2),
    ("(i32.shl (local.get $x) (i32.const 3))", |x| x << 3),
    ("(i32.shl (i32.and (local.get $x) (i32.const 0x7fffffff)) (i32.const 3))", |x| (x & 0x7fff_ffff) << 3),
    ("(i32.add (local.get $x) (i32.const 4))", |x| x.wrapping_add(4)),
    ("(i32.add (local.get $x) (i32.const -4))", |x| x.wrapping_sub(4)),
    ("(i32.add (local.get $x) (i32.shl (local.get $x) (i32.const 2)))", |x| x.wrapping_add(x << 2)),
    ("(i32.add (i32.shl (local.get $x) (i32.const 3)) (i32.const 0x7ffffff8))", |x| (x << 3).wrapping_add(0x7fff_fff8)),
    ("(i32.mul (local.get $x) (i32.const 8))", |x| x.wrapping_mul(8)),
    ("(i32.sub (i32.const 0) (local.get $x))", |x| 0_u32.wrapping_sub(x)),
    ("(i32.extend8_s (local.get $x))", |x| i32::from(x as i8).cast_unsigned()),
    ("(i32.wrap_i64 (i64.extend_i32_s (local.get $x)))", |x| x),
    ("(i32.wrap_i64 (i64.shl (i64.extend_i32_u (local.get $x)) (i64.const 3)))", |x| x << 3),
];

const VALUES: [u32; 16] = [
    0,
    1,
    4,
    8,
    0x1fff,
    0x2000,
    0x7fff,
    0x8000,
    0x1fff_ffff,
    0x2000_0000,
    0x4000_0000,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_fff8,
    0xffff_ffff,
];

const OFFSETS: [u64; 9] = [0, 4, 65_532, 65_536, 0x7fff_fff8, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];

const LENGTH: u64 = 65_536;

/// With a call between, so that the index is spilled and comes back.
fn text(wide: bool) -> String {
    let (width, extend) = if wide { ("i64", "i64.extend_i32_u") } else { ("", "nop") };
    let mut text = format!("(module (memory (export \"m\") {width} 1) (func $pressure)");
    for (number, (expression, _)) in ZOO.iter().enumerate() {
        for offset in OFFSETS {
            let load = format!("(i32.load8_u offset={offset})");
            writeln!(
                text,
                "(func (export \"{number} {offset}\") (param $x i32) (result i32) {expression} {extend} {load})
                 (func (export \"spilled {number} {offset}\") (param $x i32) (result i32) (local $i i32)
                   (local.set $i {expression}) (call $pressure) (local.get $i) {extend} {load})"
            )
            .unwrap();
        }
    }
    text + ")"
}

fn check(instance: &Instance, name: &str, offset: u64, x: u32, index: u32) {
    let result = instance.func(name).unwrap().call(&[Val::I32(x.cast_signed())]);
    let at = u64::from(index) + offset;
    if at < LENGTH {
        let byte = ((at * 31) >> 3) as u8;
        assert_eq!(result.unwrap()[0].i32(), Some(byte.into()), "{name} of {x:#x}");
    } else {
        let error = result.expect_err(&format!("{name} of {x:#x} reads at {at:#x}"));
        assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{name} of {x:#x}");
    }
}

#[test]
fn every_index_expression_at_every_offset() {
    for (signals, level) in
        [(true, OptLevel::Speed), (true, OptLevel::None), (false, OptLevel::Speed), (false, OptLevel::None)]
    {
        let engine = Engine::new(&Config::new().signals(signals).opt_level(level)).unwrap();
        for wide in [false, true] {
            let module = Module::from_text(&engine, &text(wide)).unwrap();
            let instance = Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap();
            let bytes: Vec<u8> = (0..LENGTH).map(|at| ((at * 31) >> 3) as u8).collect();
            instance.memory("m").unwrap().write(0, &bytes).unwrap();
            for (number, (_, value)) in ZOO.iter().enumerate() {
                for (offset, x) in OFFSETS.into_iter().flat_map(|offset| VALUES.map(|x| (offset, x))) {
                    check(&instance, &format!("{number} {offset}"), offset, x, value(x));
                    check(&instance, &format!("spilled {number} {offset}"), offset, x, value(x));
                }
            }
        }
    }
}
