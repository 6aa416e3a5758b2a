//! Accidents that other engines had with vectors, as tests named after them. Each runs optimised and compiled fast.

use edge_runtime::{Config, Engine, Instance, Kind, Limits, Module, OptLevel, Store, Val};

/// A fresh instance of `text` for each way to compile.
fn instances(text: &str) -> Vec<Instance> {
    let of = |level| {
        let engine = Engine::new(&Config::new().opt_level(level)).unwrap();
        let module = Module::from_text(&engine, text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap()
    };
    [OptLevel::None, OptLevel::Speed].map(of).into()
}

fn call(instance: &Instance, name: &str, args: &[Val]) -> u128 {
    instance.func(name).unwrap().call(args).unwrap()[0].v128().expect("a vector comes back")
}

fn literal(vector: u128) -> String {
    let bytes: Vec<String> = vector.to_le_bytes().iter().map(u8::to_string).collect();
    format!("(v128.const i8x16 {})", bytes.join(" "))
}

const BYTES: u128 = 0xfeed_dccb_baa9_9887_7665_5443_3221_100f;
const OTHER: u128 = 0x0123_4567_89ab_cdef_1032_5476_98ba_dcfe;

/// x86-64: the mask of `i8x16.swizzle` was compared with the wrong limit when it was constant.
#[test]
fn cve_2022_31104_swizzle() {
    let masks: Vec<u128> = (0..=255_u8)
        .map(|first| u128::from_le_bytes(std::array::from_fn(|i| first.wrapping_add((i * 17) as u8))))
        .collect();
    let functions: String = masks
        .iter()
        .map(|mask| {
            let mask_text = literal(*mask);
            format!(r#"(func (export "{mask}") (param v128) (result v128) (i8x16.swizzle (local.get 0) {mask_text}))"#)
        })
        .collect();
    let text = format!(
        r#"(module {functions}
            (func (export "any") (param v128 v128) (result v128) (i8x16.swizzle (local.get 0) (local.get 1))))"#
    );
    for instance in instances(&text) {
        for mask in &masks {
            let lanes = BYTES.to_le_bytes();
            let expected = mask.to_le_bytes().map(|i| lanes.get(i as usize).copied().unwrap_or(0));
            let expected = u128::from_le_bytes(expected);
            assert_eq!(call(&instance, &mask.to_string(), &[Val::V128(BYTES)]), expected, "{mask:#x}");
            assert_eq!(call(&instance, "any", &[Val::V128(BYTES), Val::V128(*mask)]), expected, "{mask:#x}");
        }
    }
}

/// x86-64: `select` of two vectors moved 64 of the 128 bits.
#[test]
fn cve_2022_31104_select() {
    let body = "(local.get 0) (local.get 1)";
    let text = format!(
        r#"(module
            (func (export "plain") (param v128 v128 i32) (result v128) (select {body} (local.get 2)))
            (func (export "typed") (param v128 v128 i32) (result v128) (select (result v128) {body} (local.get 2)))
            (func (export "compared") (param v128 v128 i32) (result v128)
                (select {body} (i32.ne (local.get 2) (i32.const 0))))
            (func (export "floats") (param v128 v128 i32) (result v128)
                (select {body} (f64.gt (f64.convert_i32_u (local.get 2)) (f64.const 0))))
            (func (export "lanes") (param v128 v128 i32) (result v128)
                (select (f64x2.neg (f64x2.neg (local.get 0))) (i16x8.add (local.get 1) (v128.const i64x2 0 0))
                    (local.get 2))))"#
    );
    for instance in instances(&text) {
        for name in ["plain", "typed", "compared", "floats", "lanes"] {
            for (condition, expected) in [(1, BYTES), (0, OTHER), (i32::MIN, BYTES), (256, BYTES)] {
                let args = [Val::V128(BYTES), Val::V128(OTHER), Val::I32(condition)];
                assert_eq!(call(&instance, name, &args), expected, "{name} {condition}");
            }
        }
    }
}

/// The lanes of a shuffle of units of `size` bytes.
fn shuffle_lanes(units: &[u8], size: u8) -> [u8; 16] {
    std::array::from_fn(|i| units[i / size as usize] * size + (i as u8 % size))
}

/// Shuffles for which x86-64 has an instruction of its own, and their neighbours.
fn small_shuffles() -> Vec<[u8; 16]> {
    let mut all = Vec::new();
    // Four lanes of 32 bits out of eight, two of 64 bits out of four.
    for n in 0..8_u32.pow(4) {
        all.push(shuffle_lanes(&[0, 3, 6, 9].map(|at| ((n >> at) & 7) as u8), 4));
    }
    for n in 0..16_u8 {
        all.push(shuffle_lanes(&[n & 3, n >> 2], 8));
    }
    // The lower or the upper four lanes of 16 bits, in all orders; the others stay, or come from the other operand.
    for n in 0..256_u32 {
        let four = [0, 2, 4, 6].map(|at| ((n >> at) & 3) as u8);
        for other in [0, 8] {
            let (low, high) = ([0, 1, 2, 3].map(|i| i + other), [4, 5, 6, 7].map(|i| i + other));
            all.push(shuffle_lanes(&[four, high].concat(), 2));
            all.push(shuffle_lanes(&[low, four.map(|i| i + 4)].concat(), 2));
        }
    }
    // Rotations of both operands, broadcasts, interleaved halves.
    for n in 0..32_u8 {
        all.push(std::array::from_fn(|i| (n + i as u8) % 32));
        all.push([n; 16]);
        all.push(std::array::from_fn(|i| (n + (i as u8 / 2) + 16 * (i as u8 % 2)) % 32));
    }
    all
}

/// A module that stores the results of all shuffles, of operands that are equal and of two, one after the other.
fn shuffle_module(shuffles: &[[u8; 16]]) -> String {
    let mut text = String::from(r#"(module (memory (export "m") 16)"#);
    for (number, chunk) in shuffles.chunks(64).enumerate() {
        text.push_str(&format!(r#"(func (export "{number}") (param v128 v128)"#));
        for (i, lanes) in chunk.iter().enumerate() {
            let at = (number * 64 + i) * 32;
            let lanes = lanes.map(|lane| lane.to_string()).join(" ");
            text.push_str(&format!(
                "(v128.store offset={at} (i32.const 0) (i8x16.shuffle {lanes} (local.get 0) (local.get 0)))
                 (v128.store offset={} (i32.const 0) (i8x16.shuffle {lanes} (local.get 0) (local.get 1)))",
                at + 16
            ));
        }
        text.push(')');
    }
    text.push(')');
    text
}

/// x86-64: a shuffle of equal operands was taken for another one, off by one lane.
#[test]
fn cve_2023_27477_shuffle_with_equal_operands() {
    let shuffles = small_shuffles();
    for instance in instances(&shuffle_module(&shuffles)) {
        for number in 0..shuffles.len().div_ceil(64) {
            let args = [Val::V128(BYTES), Val::V128(OTHER)];
            instance.func(&number.to_string()).unwrap().call(&args).unwrap();
        }
        let results = instance.memory("m").unwrap().read_vec(0, shuffles.len() * 32).unwrap();
        let (equal, two) =
            ([BYTES, BYTES].map(u128::to_le_bytes).concat(), [BYTES, OTHER].map(u128::to_le_bytes).concat());
        for (lanes, result) in shuffles.iter().zip(results.chunks(32)) {
            assert_eq!(&result[..16], lanes.map(|lane| equal[lane as usize]), "{lanes:?} of equal operands");
            assert_eq!(&result[16..], lanes.map(|lane| two[lane as usize]), "{lanes:?}");
        }
    }
}

/// Lanes of `bits` bits shifted one by one.
fn shifted(vector: u128, bits: u32, operator: &str, amount: u32) -> u128 {
    let (mask, amount) = (u128::MAX >> (128 - bits), amount % bits);
    (0..128 / bits).fold(0, |result, lane| {
        let value = (vector >> (lane * bits)) & mask;
        let signed = ((value << (128 - bits)) as i128) >> (128 - bits);
        let shifted = match operator {
            "shl" => value << amount,
            "shr_u" => value >> amount,
            "shr_s" => (signed >> amount) as u128,
            other => panic!("{other} is no shift"),
        };
        result | ((shifted & mask) << (lane * bits))
    })
}

/// x86-64: `i64x2.shr_s` by a constant of 32 and more was wrong.
#[test]
fn cve_2023_41880_shifts_by_constants() {
    const VECTORS: [u128; 4] = [BYTES, 0x8000_0000_0000_0000_7fff_ffff_ffff_ffff, u128::MAX, OTHER];
    let mut text = String::from("(module");
    let mut rows = Vec::new();
    for (bits, shape) in [(8, "i8x16"), (16, "i16x8"), (32, "i32x4"), (64, "i64x2")] {
        for operator in ["shl", "shr_s", "shr_u"] {
            let any = format!("{shape}.{operator}");
            text.push_str(&format!(
                r#"(func (export "{any}") (param v128 i32) (result v128) ({any} (local.get 0) (local.get 1)))"#
            ));
            for amount in (0..=130).chain([u32::MAX, 1 << 31]) {
                let name = format!("{any} {amount}");
                text.push_str(&format!(
                    r#"(func (export "{name}") (param v128) (result v128) ({any} (local.get 0) (i32.const {amount})))"#
                ));
                rows.push((name, any.clone(), bits, operator, amount));
            }
        }
    }
    text.push(')');
    for instance in instances(&text) {
        for (name, any, bits, operator, amount) in &rows {
            for vector in VECTORS {
                let expected = shifted(vector, *bits, operator, *amount);
                let args = [Val::V128(vector), Val::I32(amount.cast_signed())];
                assert_eq!(call(&instance, name, &args[..1]), expected, "{name} of {vector:#x}");
                assert_eq!(call(&instance, any, &args), expected, "{name} of {vector:#x}, not constant");
            }
        }
    }
}

/// The same for all other operators of two vectors: constants on either side, on both, and none give the same.
#[test]
fn cve_2023_41880_constants_beside_all_operators() {
    const CONSTANTS: [u128; 5] = [
        0,
        u128::MAX,
        0x8000_0000_8000_8080_7fff_ffff_7fff_7f7f,
        0x0000_0001_0000_0001_0000_0000_0000_0001,
        0x7fc0_0001_ff80_0000_8000_0000_3f80_0000,
    ];
    let mut text = String::from("(module");
    let operators = binary_operators();
    for operator in &operators {
        text.push_str(&format!(
            r#"(func (export "{operator}") (param v128 v128) (result v128) ({operator} (local.get 0) (local.get 1)))"#
        ));
        for (i, x) in CONSTANTS.map(literal).iter().enumerate() {
            text.push_str(&format!(
                r#"(func (export "{operator} {i} left") (param v128) (result v128) ({operator} {x} (local.get 0)))
                   (func (export "{operator} {i} right") (param v128) (result v128) ({operator} (local.get 0) {x}))"#
            ));
            for (j, y) in CONSTANTS.map(literal).iter().enumerate() {
                text.push_str(&format!(r#"(func (export "{operator} {i} {j}") (result v128) ({operator} {x} {y}))"#));
            }
        }
    }
    text.push(')');
    for instance in instances(&text) {
        for operator in &operators {
            for (i, x) in CONSTANTS.into_iter().enumerate() {
                for (j, y) in CONSTANTS.into_iter().enumerate() {
                    let expected = call(&instance, operator, &[Val::V128(x), Val::V128(y)]);
                    let is = |name: String, args: &[Val]| {
                        assert!(same(operator, call(&instance, &name, args), expected), "{name} {x:#x} {y:#x}");
                    };
                    is(format!("{operator} {i} left"), &[Val::V128(y)]);
                    is(format!("{operator} {j} right"), &[Val::V128(x)]);
                    is(format!("{operator} {i} {j}"), &[]);
                }
            }
        }
    }
}

fn binary_operators() -> Vec<String> {
    let of = |shapes: &[&str], operators: &[&str]| -> Vec<String> {
        shapes.iter().flat_map(|shape| operators.iter().map(move |o| format!("{shape}.{o}"))).collect()
    };
    let small = ["i8x16", "i16x8"];
    let middle = ["i8x16", "i16x8", "i32x4"];
    [
        of(&["i8x16", "i16x8", "i32x4", "i64x2"], &["add", "sub", "eq", "ne", "lt_s", "gt_s", "le_s", "ge_s"]),
        of(&middle, &["lt_u", "gt_u", "le_u", "ge_u", "min_s", "min_u", "max_s", "max_u"]),
        of(&small, &["add_sat_s", "add_sat_u", "sub_sat_s", "sub_sat_u", "avgr_u"]),
        of(&["i16x8", "i32x4", "i64x2"], &["mul"]),
        of(&["v128"], &["and", "or", "xor", "andnot"]),
        of(&["i8x16"], &["swizzle", "narrow_i16x8_s", "narrow_i16x8_u"]),
        of(&["i16x8"], &["narrow_i32x4_s", "narrow_i32x4_u", "q15mulr_sat_s", "extmul_low_i8x16_s"]),
        of(&["i16x8"], &["extmul_high_i8x16_s", "extmul_low_i8x16_u", "extmul_high_i8x16_u"]),
        of(&["i32x4"], &["dot_i16x8_s", "extmul_low_i16x8_s", "extmul_high_i16x8_u"]),
        of(&["i64x2"], &["extmul_low_i32x4_s", "extmul_high_i32x4_s", "extmul_low_i32x4_u", "extmul_high_i32x4_u"]),
        of(&["f32x4", "f64x2"], &["eq", "ne", "lt", "gt", "le", "ge", "pmin", "pmax"]),
        of(&["f32x4", "f64x2"], &["add", "sub", "mul", "div", "min", "max"]),
    ]
    .concat()
}

/// Whether both are the same vector; lanes of floats that were computed may be any two NaNs.
fn same(operator: &str, left: u128, right: u128) -> bool {
    let lanes = |bits: u32| (0..128 / bits).map(move |i| (left >> (i * bits), right >> (i * bits)));
    match operator.split('.').next() {
        Some("f32x4") => lanes(32).all(|(l, r)| {
            let (l, r) = (l as u32, r as u32);
            l == r || (f32::from_bits(l).is_nan() && f32::from_bits(r).is_nan())
        }),
        Some("f64x2") => lanes(64).all(|(l, r)| {
            let (l, r) = (l as u64, r as u64);
            l == r || (f64::from_bits(l).is_nan() && f64::from_bits(r).is_nan())
        }),
        _ => left == right,
    }
}

/// Bytes that are touched, and an expression of a vector that touches them; `AT` is short for `OFFSET INDEX`.
const LOADS: &[(u64, &str)] = &[
    (1, "(i8x16.splat (i32.load8_u AT))"),
    (1, "(i32x4.splat (i32.load8_s AT))"),
    (2, "(i16x8.splat (i32.load16_u AT))"),
    (2, "(i64x2.splat (i64.load16_s AT))"),
    (4, "(i32x4.splat (i32.load AT))"),
    (4, "(f32x4.splat (f32.load AT))"),
    (4, "(i64x2.splat (i64.load32_u AT))"),
    (8, "(i64x2.splat (i64.load AT))"),
    (8, "(f64x2.splat (f64.load AT))"),
    (4, "(f32x4.splat (f32.copysign (f32.const 1) (f32.load AT)))"),
    (4, "(f32x4.splat (f32.copysign (f32.load AT) (f32.const -1)))"),
    (8, "(f64x2.splat (f64.copysign (f64.const 1) (f64.load AT)))"),
    (8, "(f64x2.splat (f64.copysign (f64.load AT) (f64.const -1)))"),
    (4, "(f32x4.splat (f32.abs (f32.load AT)))"),
    (8, "(f64x2.splat (f64.neg (f64.load AT)))"),
    (4, "(f32x4.splat (f32.add (f32.const 1) (f32.load AT)))"),
    (8, "(f64x2.splat (f64.mul (f64.const 2) (f64.load AT)))"),
    (4, "(f32x4.splat (f32.min (f32.const 1) (f32.load AT)))"),
    (8, "(f64x2.splat (f64.max (f64.const 1) (f64.load AT)))"),
    (4, "(f32x4.splat (f32.sqrt (f32.abs (f32.load AT))))"),
    (8, "(f64x2.splat (f64.floor (f64.load AT)))"),
    (4, "(f64x2.splat (f64.promote_f32 (f32.load AT)))"),
    (8, "(f32x4.splat (f32.demote_f64 (f64.load AT)))"),
    (4, "(f64x2.splat (f64.convert_i32_s (i32.load AT)))"),
    (8, "(f64x2.splat (f64.convert_i64_s (i64.load AT)))"),
    (4, "(i32x4.splat (i32.trunc_sat_f32_s (f32.load AT)))"),
    (8, "(i64x2.splat (i64.reinterpret_f64 (f64.load AT)))"),
    (4, "(f32x4.splat (f32.reinterpret_i32 (i32.load AT)))"),
    (4, "(f32x4.replace_lane 1 (v128.const i64x2 1 2) (f32.load AT))"),
    (8, "(f64x2.replace_lane 0 (v128.const i64x2 1 2) (f64.load AT))"),
    (8, "(f64x2.replace_lane 1 (v128.const i64x2 1 2) (f64.load AT))"),
    (1, "(i8x16.replace_lane 15 (v128.const i64x2 1 2) (i32.load8_u AT))"),
    (2, "(i16x8.replace_lane 7 (v128.const i64x2 1 2) (i32.load16_u AT))"),
    (4, "(i32x4.replace_lane 3 (v128.const i64x2 1 2) (i32.load AT))"),
    (8, "(i64x2.replace_lane 1 (v128.const i64x2 1 2) (i64.load AT))"),
    (4, "(i32x4.shl (v128.const i64x2 1 2) (i32.load AT))"),
    (1, "(i64x2.shr_s (v128.const i64x2 -1 2) (i32.load8_u AT))"),
    (16, "(v128.load AT)"),
    (16, "(v128.and (v128.const i64x2 -1 7) (v128.load AT))"),
    (16, "(v128.not (v128.load AT))"),
    (16, "(i8x16.add (v128.const i64x2 1 2) (v128.load AT))"),
    (16, "(f64x2.add (v128.const f64x2 1 2) (v128.load AT))"),
    (16, "(f32x4.sqrt (v128.load AT))"),
    (16, "(i32x4.extend_low_i16x8_s (v128.load AT))"),
    (16, "(i32x4.extend_high_i16x8_u (v128.load AT))"),
    (16, "(f64x2.promote_low_f32x4 (v128.load AT))"),
    (16, "(f64x2.convert_low_i32x4_s (v128.load AT))"),
    (16, "(f32x4.convert_i32x4_s (v128.load AT))"),
    (16, "(i8x16.popcnt (v128.load AT))"),
    (16, "(i64x2.abs (v128.load AT))"),
    (16, "(i8x16.swizzle (v128.const i64x2 -1 7) (v128.load AT))"),
    (16, "(i8x16.shuffle 0 0 0 0 1 1 1 1 2 2 2 2 3 3 3 3 (v128.load AT) (v128.const i64x2 0 0))"),
    (16, "(f64x2.splat (f64x2.extract_lane 1 (v128.load AT)))"),
    (8, "(v128.load8x8_s AT)"),
    (8, "(v128.load8x8_u AT)"),
    (8, "(v128.load16x4_s AT)"),
    (8, "(v128.load16x4_u AT)"),
    (8, "(v128.load32x2_s AT)"),
    (8, "(v128.load32x2_u AT)"),
    (8, "(f64x2.convert_low_i32x4_u (v128.load64_zero AT))"),
    (8, "(f64x2.promote_low_f32x4 (v128.load64_zero AT))"),
    (1, "(v128.load8_splat AT)"),
    (2, "(v128.load16_splat AT)"),
    (4, "(v128.load32_splat AT)"),
    (8, "(v128.load64_splat AT)"),
    (4, "(v128.load32_zero AT)"),
    (8, "(v128.load64_zero AT)"),
    (1, "(v128.load8_lane OFFSET 3 INDEX (v128.const i64x2 1 2))"),
    (2, "(v128.load16_lane OFFSET 7 INDEX (v128.const i64x2 1 2))"),
    (4, "(v128.load32_lane OFFSET 0 INDEX (v128.const i64x2 1 2))"),
    (8, "(v128.load64_lane OFFSET 1 INDEX (v128.const i64x2 1 2))"),
];

/// Bytes that are touched, and a statement that stores parts of the vector in local 1.
const STORES: &[(u64, &str)] = &[
    (16, "(v128.store AT (local.get 1))"),
    (1, "(v128.store8_lane OFFSET 5 INDEX (local.get 1))"),
    (2, "(v128.store16_lane OFFSET 5 INDEX (local.get 1))"),
    (4, "(v128.store32_lane OFFSET 2 INDEX (local.get 1))"),
    (8, "(v128.store64_lane OFFSET 1 INDEX (local.get 1))"),
    (4, "(f32.store AT (f32x4.extract_lane 1 (local.get 1)))"),
    (8, "(f64.store AT (f64x2.extract_lane 1 (local.get 1)))"),
    (1, "(i32.store8 AT (i8x16.extract_lane_u 9 (local.get 1)))"),
];

const PAGE: u64 = 65_536;
/// Offsets that stand in the instruction; with the index they make up the address.
const OFFSETS: [u64; 3] = [0, 3, 40_000];

/// The function `ROW OFFSET` for every row and offset, its first parameter the index.
fn edge_module(rows: &[(u64, &str)], signature: &str) -> String {
    let mut text = String::from(r#"(module (memory (export "m") 1)"#);
    for (row, (_, body)) in rows.iter().enumerate() {
        for offset in OFFSETS {
            let body = body.replace("AT", "OFFSET INDEX").replace("INDEX", "(local.get 0)");
            let body = body.replace("OFFSET", &format!("offset={offset}"));
            text.push_str(&format!(r#"(func (export "{row} {offset}") {signature} {body})"#));
        }
    }
    text.push(')');
    text
}

/// An address in the middle of the page, where the same bytes lie as in front of its end.
const MIDDLE: u64 = 50_000;

/// x86-64: a load of 32 or 64 bits was merged into an instruction that reads 128, across the end of memory. Every load at
/// the last place where it fits gives what it gives elsewhere, and one byte further is a trap.
#[test]
fn cve_2026_24116_and_34944_edge_of_memory() {
    for instance in instances(&edge_module(LOADS, "(param i32) (result v128)")) {
        let bytes: Vec<u8> = (0..32).map(|i: u8| i.wrapping_mul(37).wrapping_add(0x81)).collect();
        let memory = instance.memory("m").unwrap();
        memory.write(PAGE - 32, &bytes).unwrap();
        memory.write(MIDDLE - 32, &bytes).unwrap();
        for (row, (size, body)) in LOADS.iter().enumerate() {
            for offset in OFFSETS {
                let func = instance.func(&format!("{row} {offset}")).unwrap();
                let load = |at: u64| func.call(&[Val::I32(((at - offset) as u32).cast_signed())]);
                let inside = load(MIDDLE - size).unwrap()[0].v128();
                let last = load(PAGE - size).unwrap_or_else(|e| panic!("{body} at {offset}: {e}"))[0].v128();
                assert_eq!(last, inside, "{body} at {offset}");
                for beyond in 1..=*size {
                    let error = load(PAGE - size + beyond).unwrap_err();
                    assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{body} at {offset}, {beyond} too far");
                }
            }
        }
    }
}

/// The same for stores, of which one beyond the end writes nothing.
#[test]
fn stores_at_the_edge_of_memory() {
    for instance in instances(&edge_module(STORES, "(param i32 v128)")) {
        let memory = instance.memory("m").unwrap();
        for (row, (size, body)) in STORES.iter().enumerate() {
            for offset in OFFSETS {
                let func = instance.func(&format!("{row} {offset}")).unwrap();
                let store =
                    |at: u64| func.call(&[Val::I32(((at - offset) as u32).cast_signed()), Val::V128(BYTES)]).map(drop);
                memory.write(PAGE - 32, &[0xee; 32]).unwrap();
                for beyond in 1..=*size {
                    let error = store(PAGE - size + beyond).unwrap_err();
                    assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{body} at {offset}, {beyond} too far");
                }
                assert_eq!(memory.read_vec(PAGE - 32, 32).unwrap(), [0xee; 32], "{body} at {offset}");
                store(PAGE - size).unwrap();
                store(MIDDLE - size).unwrap();
                let written = memory.read_vec(PAGE - size, *size as usize).unwrap();
                assert_eq!(written, memory.read_vec(MIDDLE - size, *size as usize).unwrap(), "{body} at {offset}");
                assert!(written.iter().any(|byte| *byte != 0xee), "{body} at {offset}");
                assert_eq!(memory.read_vec(PAGE - size - 1, 1).unwrap(), [0xee], "{body} at {offset}");
            }
        }
    }
}

/// wazero, arm64: `v128.load32_zero` and `v128.load64_zero` were checked for the wrong size.
#[test]
fn wazero_load_zero_bounds() {
    let text = r#"(module (memory (export "m") 1)
        (func (export "32") (param i32) (result v128) (v128.load32_zero (local.get 0)))
        (func (export "64") (param i32) (result v128) (v128.load64_zero (local.get 0))))"#;
    for instance in instances(text) {
        instance.memory("m").unwrap().write(PAGE - 8, &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        for (name, size, expected) in [("32", 4, 0x0807_0605), ("64", 8, 0x0807_0605_0403_0201)] {
            assert_eq!(call(&instance, name, &[Val::I32(PAGE as i32 - size)]), expected);
            for beyond in 1..=16 {
                let error = instance.func(name).unwrap().call(&[Val::I32(PAGE as i32 - size + beyond)]).unwrap_err();
                assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{name}, {beyond} too far");
            }
        }
    }
}
