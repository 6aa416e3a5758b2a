//! Every load and store at the last legal byte and one beyond, at offsets and indices around every power of two that matters:
//! 32-bit and 64-bit memories, with guards and with explicit checks. (CVE-2026-24116 and CVE-2026-34944: a load that was
//! widened across the end. WasmEdge f5768bad0: 64-bit memories without checks. CVE-2021-32629: a negative index.)

use std::fmt::Write as _;

use edge_runtime::{Config, Engine, Instance, Kind, Limits, Memory, Module, OptLevel, Store, Val};

/// Loads: what is appended to make an `i64` of the result, bytes that are touched, whether the sign is extended.
const LOADS: [(&str, &str, u64, bool); 16] = [
    ("i32.load", "i64.extend_i32_u", 4, false),
    ("i32.load8_s", "i64.extend_i32_s", 1, true),
    ("i32.load8_u", "i64.extend_i32_u", 1, false),
    ("i32.load16_s", "i64.extend_i32_s", 2, true),
    ("i32.load16_u", "i64.extend_i32_u", 2, false),
    ("i64.load", "nop", 8, false),
    ("i64.load8_s", "nop", 1, true),
    ("i64.load8_u", "nop", 1, false),
    ("i64.load16_s", "nop", 2, true),
    ("i64.load16_u", "nop", 2, false),
    ("i64.load32_s", "nop", 4, true),
    ("i64.load32_u", "nop", 4, false),
    ("f32.load", "i32.reinterpret_f32 i64.extend_i32_u", 4, false),
    ("f64.load", "i64.reinterpret_f64", 8, false),
    ("v128.load64_splat", "i64x2.extract_lane 1", 8, false),
    ("v128.load", "i64x2.extract_lane 0", 16, false),
];

/// Stores: what makes their value of an `i64`, and bytes that are touched.
const STORES: [(&str, &str, u64); 10] = [
    ("i32.store", "i32.wrap_i64", 4),
    ("i32.store8", "i32.wrap_i64", 1),
    ("i32.store16", "i32.wrap_i64", 2),
    ("i64.store", "nop", 8),
    ("i64.store8", "nop", 1),
    ("i64.store16", "nop", 2),
    ("i64.store32", "nop", 4),
    ("f32.store", "i32.wrap_i64 f32.reinterpret_i32", 4),
    ("f64.store", "f64.reinterpret_i64", 8),
    ("v128.store", "i64x2.splat", 16),
];

const PAGE: u64 = 65_536;
const OFFSETS_32: [u64; 10] =
    [0, 1, PAGE - 8, 2 * PAGE, (32 << 20) - 4, 32 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 16, (1 << 32) - 1];
const OFFSETS_64: [u64; 6] = [1 << 32, (1 << 33) - 1, 1 << 33, 1 << 40, 1 << 63, u64::MAX - 3];

struct Case {
    wide: bool,
    min: u64,
    max: &'static str,
    offsets: Vec<u64>,
}

fn cases() -> Vec<Case> {
    let wide = || OFFSETS_32.into_iter().chain(OFFSETS_64).collect();
    vec![
        Case { wide: false, min: 2, max: "", offsets: OFFSETS_32.into() },
        Case { wide: false, min: 2, max: "2", offsets: OFFSETS_32.into() },
        Case { wide: false, min: 65_536, max: "", offsets: OFFSETS_32.into() },
        Case { wide: true, min: 2, max: "", offsets: wide() },
        Case { wide: true, min: 2, max: "2", offsets: wide() },
        Case { wide: true, min: 131_073, max: "", offsets: wide() },
    ]
}

fn engines() -> Vec<Engine> {
    let config = |signals, level| Config::new().signals(signals).opt_level(level);
    [(true, OptLevel::Speed), (true, OptLevel::None), (false, OptLevel::Speed), (false, OptLevel::None)]
        .map(|(signals, level)| Engine::new(&config(signals, level)).unwrap())
        .into()
}

/// Functions named after what they do, `OPERATOR OFFSET`.
fn text(case: &Case) -> String {
    let index = if case.wide { "i64" } else { "i32" };
    let width = if case.wide { "i64" } else { "" };
    let mut text = format!("(module (memory (export \"m\") {width} {} {})", case.min, case.max);
    for offset in &case.offsets {
        for (load, convert, ..) in LOADS {
            writeln!(
                text,
                "(func (export \"{load} {offset}\") (param {index}) (result i64) local.get 0 {load} offset={offset} {convert})"
            )
            .unwrap();
        }
        for (store, convert, _) in STORES {
            writeln!(
                text,
                "(func (export \"{store} {offset}\") (param {index} i64) local.get 0 local.get 1 {convert} {store} offset={offset})"
            )
            .unwrap();
        }
    }
    text + ")"
}

/// Indices around the end of the memory, around powers of two, and so that the sum wraps around.
fn indices(case: &Case, length: u64, offset: u64, size: u64) -> Vec<u64> {
    let reach = offset.wrapping_add(size);
    let edge = length.wrapping_sub(reach);
    let mut all = vec![0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 33, u64::MAX, 1 << 63];
    for around in [edge, length, 0_u64.wrapping_sub(offset), 0_u64.wrapping_sub(reach)] {
        all.extend([around.wrapping_sub(1), around, around.wrapping_add(1)]);
    }
    let most = if case.wide { u64::MAX } else { u64::from(u32::MAX) };
    all.retain(|index| *index <= most);
    all
}

fn index(case: &Case, index: u64) -> Val {
    if case.wide { Val::I64(index.cast_signed()) } else { Val::I32((index as u32).cast_signed()) }
}

/// What a load gives: the lower 64 bits of what it touches.
fn expected(memory: &Memory, at: u64, size: u64, signed: bool) -> u64 {
    let bytes = memory.read_vec(at, size.min(8) as usize).unwrap();
    let mut all = [if signed && bytes.last().is_some_and(|b| *b >= 128) { 255 } else { 0 }; 8];
    all[..bytes.len()].copy_from_slice(&bytes);
    u64::from_le_bytes(all)
}

fn check_loads(case: &Case, instance: &Instance, offset: u64) {
    let memory = instance.memory("m").unwrap();
    let length = memory.data_size() as u64;
    memory.write(length - 16, &[0x81, 0x92, 3, 0x84, 5, 6, 7, 0x88, 9, 10, 0x8b, 12, 0x8d, 14, 0x8f, 0xf0]).unwrap();
    for (load, _, size, signed) in LOADS {
        let function = instance.func(&format!("{load} {offset}")).unwrap();
        for at in indices(case, length, offset, size) {
            let end = u128::from(at) + u128::from(offset) + u128::from(size);
            let result = function.call(&[index(case, at)]);
            if end > u128::from(length) {
                let error = result.expect_err(&format!("{load} {offset} at {at} of {length}"));
                assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{load} {offset} at {at} of {length}");
            } else {
                let value = result.unwrap()[0].i64().unwrap().cast_unsigned();
                assert_eq!(value, expected(&memory, at + offset, size, signed), "{load} {offset} at {at}");
            }
        }
    }
}

fn check_stores(case: &Case, instance: &Instance, offset: u64) {
    let memory = instance.memory("m").unwrap();
    let length = memory.data_size() as u64;
    for (store, _, size) in STORES {
        let function = instance.func(&format!("{store} {offset}")).unwrap();
        for at in indices(case, length, offset, size) {
            let value = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let end = u128::from(at) + u128::from(offset) + u128::from(size);
            let last = memory.read_vec(length - 16, 16).unwrap();
            let result = function.call(&[index(case, at), Val::I64(value.cast_signed())]);
            if end > u128::from(length) {
                let error = result.expect_err(&format!("{store} {offset} at {at} of {length}"));
                assert_eq!(error.kind(), Kind::MemoryOutOfBounds);
                assert_eq!(memory.read_vec(length - 16, 16).unwrap(), last, "a store that traps writes nothing");
            } else {
                result.unwrap();
                let bytes = memory.read_vec(at + offset, size.min(8) as usize).unwrap();
                assert_eq!(bytes, value.to_le_bytes()[..bytes.len()], "{store} {offset} at {at}");
            }
        }
    }
}

#[test]
fn every_access_at_the_edge() {
    for engine in engines() {
        for case in cases() {
            let module = Module::from_text(&engine, &text(&case)).unwrap();
            let mut limits = Limits::default();
            limits.memory = 16 << 30;
            let instance = Instance::new(&Store::new(&engine, limits), &module, &[]).unwrap();
            for offset in &case.offsets {
                check_loads(&case, &instance, *offset);
                check_stores(&case, &instance, *offset);
            }
        }
    }
}

#[test]
fn the_edge_moves_when_the_memory_grows() {
    for engine in engines() {
        for width in ["", "i64"] {
            let address = if width.is_empty() { "i32" } else { "i64" };
            let text = format!(
                r#"(module (memory (export "m") {width} 0 3)
                     (func (export "f") (param {address}) (result i32) (i32.load8_u offset=7 (local.get 0))))"#
            );
            let module = Module::from_text(&engine, &text).unwrap();
            let instance = Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap();
            let (memory, load) = (instance.memory("m").unwrap(), instance.func("f").unwrap());
            let at = |index: u64| match width {
                "" => load.call(&[Val::I32(index as i32)]),
                _ => load.call(&[Val::I64(index as i64)]),
            };
            for pages in 0..=3 {
                let length = pages * PAGE;
                assert_eq!(at(length).unwrap_err().kind(), Kind::MemoryOutOfBounds);
                assert_eq!(at(length.saturating_sub(8)).is_ok(), pages > 0);
                assert_eq!(memory.grow(1).is_ok(), pages < 3);
            }
        }
    }
}

/// Segments at offsets around 2^31 and 2^32 (an offset that was taken as signed: wasmer), and tables of enormous sizes
/// (CVE-2026-44216, wasmer issue 2782).
#[test]
fn segments_and_tables_at_enormous_offsets() {
    for engine in engines() {
        let instantiate = |text: &str| {
            let module = Module::from_text(&engine, text).unwrap();
            let mut limits = Limits::default();
            limits.memory = 16 << 30;
            Instance::new(&Store::new(&engine, limits), &module, &[])
        };
        for (width, pages, at) in [
            ("i32", 65_536_u64, (1_u64 << 31) - 2),
            ("i32", 65_536, 1 << 31),
            ("i32", 65_536, (1 << 32) - 4),
            ("i64", 65_537, (1 << 32) - 2),
            ("i64", 65_537, 1 << 32),
        ] {
            let text = format!(r#"(module (memory (export "m") {width} {pages}) (data ({width}.const {at}) "data"))"#);
            let memory = instantiate(&text).unwrap().memory("m").unwrap();
            assert_eq!(memory.read_vec(at, 4).unwrap(), b"data");
        }
        for (width, at) in [("i32", "-1"), ("i32", "0x7fffffff"), ("i64", "-1"), ("i64", "0x100000000"), ("i64", "-4")]
        {
            let text = format!(r#"(module (memory {width} 1) (data ({width}.const {at}) "data"))"#);
            assert_eq!(instantiate(&text).unwrap_err().kind(), Kind::MemoryOutOfBounds, "{width} {at}");
            let text = format!("(module (table {width} 1 funcref) (elem ({width}.const {at}) $f) (func $f))");
            assert_eq!(instantiate(&text).unwrap_err().kind(), Kind::TableOutOfBounds, "{width} {at}");
        }
        for min in ["10000001", "0x100000000", "0x2000000000000000", "0xffffffffffffffff"] {
            let error = instantiate(&format!("(module (table i64 {min} funcref))")).unwrap_err();
            assert_eq!(error.kind(), Kind::TableLimit, "{min}: {error}");
        }
        let error = instantiate("(module (memory i64 0x1000000000000))").unwrap_err();
        assert_eq!(error.kind(), Kind::MemoryLimit, "{error}");
        let table = instantiate(
            r#"(module (table $t i64 4 funcref)
                 (func (export "get") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0))))
                 (func (export "grow") (param i64) (result i64) (table.grow $t (ref.null func) (local.get 0)))
                 (func (export "call") (param i64) (call_indirect $t (local.get 0))))"#,
        )
        .unwrap();
        let call = |name: &str, value: i64| table.func(name).unwrap().call(&[Val::I64(value)]);
        for index in [4, 1 << 29, 1 << 32, (1 << 32) + 1, 1 << 61, i64::MIN, -1] {
            assert_eq!(call("get", index).unwrap_err().kind(), Kind::TableOutOfBounds, "{index}");
            assert_eq!(call("call", index).unwrap_err().kind(), Kind::UndefinedElement, "{index}");
        }
        for delta in [1 << 32, 1 << 61, -4, -1] {
            assert_eq!(call("grow", delta).unwrap()[0].i64(), Some(-1), "{delta}");
        }
        assert_eq!(call("grow", 2).unwrap()[0].i64(), Some(4));
        assert_eq!(call("get", 5).unwrap()[0].i32(), Some(1));
    }
}
