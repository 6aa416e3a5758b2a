//! Vectors wherever a value can be, and what the setting `deterministic` makes of them.

use edge_runtime::{Config, Engine, Global, GlobalType, Instance, Limits, Linker, Mode, Module, Store, Val, ValType};

const X: u128 = 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100;
const Y: u128 = 0xf0e1_d2c3_b4a5_9687_7869_5a4b_3c2d_1e0f;

fn configs() -> impl Iterator<Item = Config> {
    Mode::ALL.iter().map(|mode| mode.config(Config::new()))
}

fn instance(config: &Config, text: &str) -> Instance {
    let engine = Engine::new(config).unwrap();
    let module = Module::from_text(&engine, text).unwrap();
    Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap()
}

#[test]
fn vectors_pass_through_parameters_results_locals_globals_blocks_and_host_functions() {
    let text = r#"(module
        (import "host" "swap" (func $swap (param v128 i32 v128) (result v128 v128)))
        (import "host" "fixed" (global $fixed v128))
        (global $own (mut v128) (v128.const i64x2 1 2))
        (global $copy (export "copy") v128 (global.get $fixed))
        (func (export "swap") (param v128 v128) (result v128 v128) (local $l v128)
            (local.set $l (local.get 1))
            (block (param) (result v128 v128) (call $swap (local.get 0) (i32.const 7) (local.get $l))))
        (func (export "exchange") (param v128) (result v128) (global.get $own) (global.set $own (local.get 0)))
        (func (export "unset") (result v128) (local v128) (local.get 0))
        (func (export "many") (param v128 i32 v128 f32 v128 v128 v128 v128 v128 v128 v128 v128) (result v128)
            (i64x2.add (local.get 0) (i64x2.add (local.get 10) (local.get 11)))))"#;
    for config in configs() {
        let engine = Engine::new(&config).unwrap();
        let store = Store::new(&engine, Limits::default());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "swap", |a: u128, seven: i32, b: u128| {
            assert_eq!(seven, 7);
            (b, a)
        });
        let ty = GlobalType { content: ValType::V128, mutable: false };
        linker.define("host", "fixed", Global::new(&store, ty, Val::V128(Y)).unwrap());
        let instance = linker.instantiate(&store, &Module::from_text(&engine, text).unwrap()).unwrap();
        let swap = instance.func("swap").unwrap().typed::<(u128, u128), (u128, u128)>().unwrap();
        assert_eq!(swap.call((X, Y)).unwrap(), (Y, X));
        let exchange = instance.func("exchange").unwrap().typed::<u128, u128>().unwrap();
        assert_eq!([exchange.call(X).unwrap(), exchange.call(Y).unwrap()], [1 | 2 << 64, X]);
        assert_eq!(instance.func("unset").unwrap().typed::<(), u128>().unwrap().call(()).unwrap(), 0);
        let mut args = vec![Val::V128(1); 12];
        (args[1], args[3]) = (Val::I32(3), Val::F32(5));
        assert_eq!(instance.func("many").unwrap().call(&args).unwrap()[0].v128(), Some(3));
        let copy = instance.export("copy");
        assert!(matches!(copy, Some(edge_runtime::Extern::Global(global)) if global.get().v128() == Some(Y)));
    }
}

/// Each relaxed operator beside the strict one that it is in the deterministic profile (specification 3.0, 4.3.6).
const STRICT: &[(&str, &str)] = &[
    ("(i8x16.relaxed_swizzle A B)", "(i8x16.swizzle A B)"),
    ("(i32x4.relaxed_trunc_f32x4_s A)", "(i32x4.trunc_sat_f32x4_s A)"),
    ("(i32x4.relaxed_trunc_f32x4_u A)", "(i32x4.trunc_sat_f32x4_u A)"),
    ("(i32x4.relaxed_trunc_f64x2_s_zero A)", "(i32x4.trunc_sat_f64x2_s_zero A)"),
    ("(i32x4.relaxed_trunc_f64x2_u_zero A)", "(i32x4.trunc_sat_f64x2_u_zero A)"),
    ("(f32x4.relaxed_madd A B C)", "(f32x4.add (f32x4.mul A B) C)"),
    ("(f32x4.relaxed_nmadd A B C)", "(f32x4.add (f32x4.mul (f32x4.neg A) B) C)"),
    ("(f64x2.relaxed_madd A B C)", "(f64x2.add (f64x2.mul A B) C)"),
    ("(f64x2.relaxed_nmadd A B C)", "(f64x2.add (f64x2.mul (f64x2.neg A) B) C)"),
    ("(i8x16.relaxed_laneselect A B C)", "(v128.bitselect A B C)"),
    ("(i16x8.relaxed_laneselect A B C)", "(v128.bitselect A B C)"),
    ("(i32x4.relaxed_laneselect A B C)", "(v128.bitselect A B C)"),
    ("(i64x2.relaxed_laneselect A B C)", "(v128.bitselect A B C)"),
    ("(f32x4.relaxed_min A B)", "(f32x4.min A B)"),
    ("(f32x4.relaxed_max A B)", "(f32x4.max A B)"),
    ("(f64x2.relaxed_min A B)", "(f64x2.min A B)"),
    ("(f64x2.relaxed_max A B)", "(f64x2.max A B)"),
    ("(i16x8.relaxed_q15mulr_s A B)", "(i16x8.q15mulr_sat_s A B)"),
    (
        "(i16x8.relaxed_dot_i8x16_i7x16_s A B)",
        "(i16x8.add
            (i16x8.mul (i16x8.shr_s (i16x8.shl A (i32.const 8)) (i32.const 8))
                       (i16x8.shr_s (i16x8.shl B (i32.const 8)) (i32.const 8)))
            (i16x8.mul (i16x8.shr_s A (i32.const 8)) (i16x8.shr_s B (i32.const 8))))",
    ),
    (
        "(i32x4.relaxed_dot_i8x16_i7x16_add_s A B C)",
        "(i32x4.add C (i32x4.extadd_pairwise_i16x8_s (i16x8.relaxed_dot_i8x16_i7x16_s A B)))",
    ),
];

#[test]
fn deterministic_relaxed_operators_are_strict_ones() {
    let operands =
        |body: &str| body.replace('A', "(local.get 0)").replace('B', "(local.get 1)").replace('C', "(local.get 2)");
    let mut text = String::from("(module");
    for (i, (relaxed, strict)) in STRICT.iter().enumerate() {
        for (name, body) in [("relaxed", relaxed), ("strict", strict)] {
            text.push_str(&format!(
                r#"(func (export "{name} {i}") (param v128 v128 v128) (result v128) {})"#,
                operands(body)
            ));
        }
    }
    text.push(')');
    // Integers with signs, NaNs, infinities, numbers beyond all integers, zeros of both signs, products that round twice.
    let vectors = [
        X,
        Y,
        0x8000_8000_8080_8080_8000_7fff_8000_8000,
        0x7fc0_0001_ff80_0000_4f80_0000_8000_0000,
        0x0000_0000_3f80_0001_cf80_0000_0000_0000,
        0x7ff0_0000_0000_0000_43e0_0000_0000_0000,
        0x3ff0_0000_0000_0001_bff0_0000_0800_0000,
    ];
    for config in configs().map(|config| config.deterministic(true)) {
        let instance = instance(&config, &text);
        for (i, (relaxed, _)) in STRICT.iter().enumerate() {
            let get = |name: &str| {
                instance.func(&format!("{name} {i}")).unwrap().typed::<(u128, u128, u128), u128>().unwrap()
            };
            let (left, right) = (get("relaxed"), get("strict"));
            for a in vectors {
                for b in vectors {
                    for c in vectors {
                        let args = (a, b, c);
                        assert_eq!(left.call(args).unwrap(), right.call(args).unwrap(), "{relaxed} of {args:x?}");
                    }
                }
            }
        }
    }
}

#[test]
fn deterministic_nans_are_canonical() {
    let text = r#"(module
        (func (export "lanes") (param v128) (result v128) (f32x4.add (local.get 0) (local.get 0)))
        (func (export "wide") (param v128) (result v128) (f64x2.sqrt (local.get 0)))
        (func (export "scalar") (param f64) (result i64) (i64.reinterpret_f64 (f64.add (local.get 0) (f64.const 1)))))"#;
    for config in configs().map(|config| config.deterministic(true)) {
        let instance = instance(&config, text);
        let lanes = instance.func("lanes").unwrap().typed::<u128, u128>().unwrap();
        let nans = 0xffc0_1234_7fc0_0001_7f80_0000_3f80_0000;
        assert_eq!(lanes.call(nans).unwrap(), 0x7fc0_0000_7fc0_0000_7f80_0000_4000_0000);
        let wide = instance.func("wide").unwrap().typed::<u128, u128>().unwrap();
        assert_eq!(wide.call(0xbff0 << 112).unwrap(), 0x7ff8 << 112);
        let scalar = instance.func("scalar").unwrap().typed::<f64, i64>().unwrap();
        assert_eq!(scalar.call(f64::from_bits(0xfff8_0000_0000_0042)).unwrap(), 0x7ff8_0000_0000_0000);
    }
}

/// Fuel cannot be avoided by computing with vectors.
#[test]
fn vector_operators_are_metered() {
    let text = r#"(module (func (export "f") (param v128)
        (drop (i8x16.add (local.get 0) (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))))"#;
    let instance = instance(&Config::new().fuel(true).count_instructions(true), text);
    instance.func("f").unwrap().call(&[Val::V128(X)]).unwrap();
    let statistics = instance.store().statistics();
    assert_eq!((statistics.instructions().unwrap(), statistics.fuel_used().unwrap()), (6, 6));
}
