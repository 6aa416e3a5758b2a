//! Modules and arguments out of seeds.

use arbitrary::Unstructured;
use edge_runtime::{Proposal, Proposals};
use fastrand::Rng;
use wasm_smith::{Config, Module};

/// Iterations and calls that a module may make before it ends itself with `unreachable`.
const FUEL: u32 = 2_000;

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
    /// The module of a seed; `None` for a seed whose bytes do not make one.
    #[must_use]
    pub fn new(seed: u64) -> Option<Self> {
        let mut rng = Rng::with_seed(seed);
        let config = config(&mut rng);
        let proposals = proposals(&config);
        let len = rng.usize(1_000..12_000);
        let bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(len).collect();
        let mut module = Module::new(config, &mut Unstructured::new(&bytes)).ok()?;
        module.ensure_termination(FUEL).ok()?;
        Some(Self { seed, wasm: module.to_bytes(), proposals })
    }

    /// The bits for argument `index` of export `name`: the same for every engine.
    #[must_use]
    pub fn argument(&self, name: &str, index: usize) -> u128 {
        let mut rng = Rng::with_seed(self.seed ^ (name.len() as u64) << 32 ^ index as u64);
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
    use super::*;

    #[test]
    fn a_seed_names_one_module_for_ever() {
        let twice = || (0..20).filter_map(Case::new).map(|case| case.wasm).collect::<Vec<_>>();
        assert_eq!(twice(), twice());
        assert!(twice().len() > 10);
    }
}
