//! Our proposals as the validator's switches.

use wasmparser::WasmFeatures;

use crate::types::{Proposal, Proposals};

/// The validator's switches for a proposal.
pub(super) const fn switch(proposal: Proposal) -> WasmFeatures {
    match proposal {
        Proposal::MutableGlobals => WasmFeatures::MUTABLE_GLOBAL,
        Proposal::SaturatingFloatToInt => WasmFeatures::SATURATING_FLOAT_TO_INT,
        Proposal::SignExtension => WasmFeatures::SIGN_EXTENSION,
        Proposal::MultiValue => WasmFeatures::MULTI_VALUE,
        Proposal::BulkMemory => WasmFeatures::BULK_MEMORY,
        // `externref` counts among the types of garbage collection there.
        Proposal::ReferenceTypes => WasmFeatures::REFERENCE_TYPES.union(WasmFeatures::GC_TYPES),
        Proposal::Simd => WasmFeatures::SIMD,
        Proposal::TailCall => WasmFeatures::TAIL_CALL,
        Proposal::MultiMemory => WasmFeatures::MULTI_MEMORY,
        Proposal::Memory64 => WasmFeatures::MEMORY64,
        Proposal::ExtendedConst => WasmFeatures::EXTENDED_CONST,
        Proposal::Threads => WasmFeatures::THREADS,
        Proposal::RelaxedSimd => WasmFeatures::RELAXED_SIMD,
        Proposal::Exceptions => WasmFeatures::EXCEPTIONS,
        Proposal::LegacyExceptions => WasmFeatures::LEGACY_EXCEPTIONS,
        Proposal::FunctionReferences => WasmFeatures::FUNCTION_REFERENCES,
        Proposal::WideArithmetic => WasmFeatures::WIDE_ARITHMETIC,
        // A custom section, which no validator refuses.
        Proposal::BranchHinting => WasmFeatures::empty(),
        Proposal::Gc => WasmFeatures::GC,
    }
}

/// The validator's switches for a set of proposals: what the translator does not know must be refused before it gets there.
pub(super) fn of(proposals: Proposals) -> WasmFeatures {
    let features = proposals
        .iter()
        .filter(|p| p.is_supported())
        // Floats are no proposal but a switch of the parser.
        .fold(WasmFeatures::FLOATS, |features, p| features.union(switch(p)));
    complete(features)
}

/// The same with one proposal more.
pub(super) fn with(proposals: Proposals, more: Proposal) -> WasmFeatures {
    complete(of(proposals).union(switch(more)))
}

/// Recursion groups, and globals of the own module in constant expressions, count as garbage collection in the validator.
/// What truly is garbage collection is refused by [`gc`](super::gc) and [`convert`](super::convert).
fn complete(features: WasmFeatures) -> WasmFeatures {
    match features.contains(WasmFeatures::FUNCTION_REFERENCES) {
        true => features.union(WasmFeatures::GC),
        false => features,
    }
}

/// The proposals behind switches of the validator.
pub(super) fn named(features: WasmFeatures) -> impl Iterator<Item = Proposal> {
    Proposal::ALL.iter().copied().filter(move |p| !switch(*p).is_empty() && features.intersects(switch(*p)))
}
