//! Modules and arguments out of seeds.

use arbitrary::Unstructured;
use edge_runtime::{Proposal, Proposals};
use fastrand::Rng;
use wasm_smith::{Config, Module};

/// Iterations and calls that a module may make in one call before it ends itself with `unreachable`.
pub const FUEL: i32 = 2_000;

/// The export by which a module tells how much of that is left.
pub const FUEL_NAME: &str = "fuel of the fuzzer";

/// A module and what is needed to run it.
pub struct Case {
    /// The number that it is made from.
    pub seed: u64,
    /// In the binary format.
    pub wasm: Vec<u8>,
    /// What it may use.
    pub proposals: Proposals,
}

impl Case {
    /// The module of a seed; `None` for a seed whose bytes do not make one, or make one that exports nothing.
    #[must_use]
    pub fn new(seed: u64) -> Option<Self> {
        let mut rng = Rng::with_seed(seed);
        let config = config(&mut rng);
        let proposals = proposals(&config);
        let len = rng.usize(2_000..24_000);
        let bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(len).collect();
        let mut module = Module::new(config, &mut Unstructured::new(&bytes)).ok()?;
        let fuel = module.ensure_termination(FUEL.cast_unsigned()).ok()?;
        Some(Self { seed, wasm: export_global(&module.to_bytes(), FUEL_NAME, fuel)?, proposals })
    }

    /// The bits for argument `index` of export `name` when it is called for the `round`th time: the same for every engine.
    #[must_use]
    pub fn argument(&self, name: &str, round: usize, index: usize) -> u128 {
        let name = name.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31) ^ u64::from(byte));
        let mut rng = Rng::with_seed(self.seed ^ name << 32 ^ (round as u64) << 16 ^ index as u64);
        // Extremes find more than what lies between them.
        match rng.u8(..6) {
            0 => 0,
            1 => u128::MAX,
            2 => 1 << 31 | 1 << 63 | 1 << 127,
            3 => u128::from(rng.u8(..)),
            _ => rng.u128(..),
        }
    }
}

/// Each seed gets its own mixture of what modules may use, since together everything hides everything else.
fn config(rng: &mut Rng) -> Config {
    let mut often = |of: u8| rng.u8(..of) != 0;
    Config {
        // Most modules would end at their first instruction otherwise.
        disallow_traps: often(10),
        bulk_memory_enabled: often(6),
        reference_types_enabled: true,
        simd_enabled: often(3),
        relaxed_simd_enabled: !often(6),
        multi_value_enabled: often(6),
        saturating_float_to_int_enabled: often(6),
        sign_extension_ops_enabled: often(6),
        tail_call_enabled: often(3),
        extended_const_enabled: often(3),
        memory64_enabled: often(3),
        wide_arithmetic_enabled: often(3),
        threads_enabled: !often(6),
        exceptions_enabled: !often(6),
        max_memories: if often(3) { 1 } else { 3 },
        max_tables: 3,
        canonicalize_nans: true,
        export_everything: true,
        allow_start_export: true,
        gc_enabled: false,
        compact_imports_enabled: false,
        generate_custom_sections: false,
        max_imports: 0,
        // Without types there are no functions, without memories and globals functions have little to do.
        min_types: 4,
        min_memories: u32::from(often(8)),
        min_globals: 2,
        min_tables: u32::from(often(4)),
        min_funcs: 4,
        max_funcs: 16,
        max_globals: 10,
        max_tags: 4,
        max_types: 12,
        max_instructions: 300,
        max_data_segments: 6,
        max_element_segments: 6,
        memory_max_size_required: true,
        max_memory32_bytes: 20 << 16,
        max_memory64_bytes: 20 << 16,
        table_max_size_required: true,
        max_table_elements: 2_000,
        ..Config::default()
    }
}

/// The module with one more export, of a global; `None` for a module without any.
fn export_global(wasm: &[u8], name: &str, index: u32) -> Option<Vec<u8>> {
    const EXPORTS: u8 = 7;
    let (header, mut rest) = wasm.split_at_checked(8)?;
    let mut out = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let (len, after) = leb(after)?;
        let (contents, after) = after.split_at_checked(len as usize)?;
        if id == EXPORTS {
            let (count, entries) = leb(contents)?;
            let mut section = Vec::new();
            push_leb(&mut section, count + 1);
            section.extend(entries);
            push_leb(&mut section, u32::try_from(name.len()).ok()?);
            section.extend(name.as_bytes());
            section.push(3);
            push_leb(&mut section, index);
            out.push(id);
            push_leb(&mut out, u32::try_from(section.len()).ok()?);
            out.extend(section);
            out.extend(after);
            return Some(out);
        }
        out.extend(&rest[..rest.len() - after.len()]);
        rest = after;
    }
    None
}

/// A number as the binary format writes it, and what comes behind it.
fn leb(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let len = bytes.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let number = bytes[..len].iter().rev().fold(0, |number, byte| number << 7 | u32::from(byte & 0x7f));
    Some((number, &bytes[len..]))
}

fn push_leb(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// What a module of this mixture needs.
fn proposals(config: &Config) -> Proposals {
    [
        (Proposal::MutableGlobals, true),
        (Proposal::SaturatingFloatToInt, config.saturating_float_to_int_enabled),
        (Proposal::SignExtension, config.sign_extension_ops_enabled),
        (Proposal::MultiValue, config.multi_value_enabled),
        (Proposal::BulkMemory, config.bulk_memory_enabled),
        (Proposal::ReferenceTypes, config.reference_types_enabled),
        (Proposal::Simd, config.simd_enabled),
        (Proposal::RelaxedSimd, config.relaxed_simd_enabled),
        (Proposal::TailCall, config.tail_call_enabled),
        (Proposal::ExtendedConst, config.extended_const_enabled),
        (Proposal::Memory64, config.memory64_enabled),
        (Proposal::MultiMemory, config.max_memories > 1),
        (Proposal::WideArithmetic, config.wide_arithmetic_enabled),
        (Proposal::Threads, config.threads_enabled),
        (Proposal::Exceptions, config.exceptions_enabled),
    ]
    .into_iter()
    .fold(Proposals::NONE, |set, (proposal, on)| set.with(proposal, on))
}

#[cfg(test)]
mod tests {
    use edge_runtime::{Engine, ExternType, Module};

    use super::*;

    #[test]
    fn a_seed_names_one_module_for_ever() {
        let twice = || (0..20).filter_map(Case::new).map(|case| case.wasm).collect::<Vec<_>>();
        assert_eq!(twice(), twice());
        assert!(twice().len() > 10);
    }

    #[test]
    fn modules_have_functions_and_tell_their_fuel() {
        let engine = Engine::default();
        for case in (0..20).filter_map(Case::new) {
            let module = Module::new(&engine, &case.wasm).unwrap_or_else(|e| panic!("{}: {e}", case.seed));
            let functions = module.exports().filter(|export| matches!(export.ty(), ExternType::Func(_))).count();
            assert!(functions >= 4, "{}: {functions} functions", case.seed);
            assert!(module.exports().any(|export| export.name() == FUEL_NAME), "{}", case.seed);
        }
    }
}
