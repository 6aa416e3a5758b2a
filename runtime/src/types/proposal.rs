//! The proposals that WebAssembly grew by, each of which can be switched on and off by name.

use std::fmt;

use super::{Error, Kind, Phase, Result};

/// Declares the proposals: our name, the default, further spellings that are accepted.
macro_rules! proposals {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal $default:literal [$($alias:literal),*],)+) => {
        /// A proposal. All of WebAssembly 1.0 beyond the first release counts as one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum Proposal { $($(#[doc = $doc])+ $variant,)+ }

        impl Proposal {
            /// Every proposal that is known.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Our name, the proposal's own.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether modules may use it when nobody says otherwise.
            #[must_use]
            pub const fn is_default(self) -> bool {
                match self { $(Self::$variant => $default,)+ }
            }

            /// Further names that [`Proposal::from_name`] accepts; among them those of WasmEdge.
            #[must_use]
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*],)+ }
            }
        }
    };
}

proposals! {
    /// Globals that can be assigned may be imported and exported.
    MutableGlobals = "mutable-globals" true ["mutable-global", "ImportExportMutGlobals", "import-export-mut-globals"],
    /// Conversions of floats to integers that saturate.
    SaturatingFloatToInt = "saturating-float-to-int" true
        ["nontrapping-float-to-int-conversions", "non-trap-float-to-int", "NonTrapFloatToIntConversions", "non-trap-f2i"],
    /// Sign extension of parts of integers.
    SignExtension = "sign-extension" true ["sign-extension-ops", "SignExtensionOperators", "sign-extension-operators"],
    /// Several results of functions and blocks, parameters of blocks.
    MultiValue = "multi-value" true ["MultiValue"],
    /// Operations on ranges of memories and tables.
    BulkMemory = "bulk-memory" true ["BulkMemoryOperations", "bulk-memory-operations"],
    /// `externref`, `funcref` as values, several tables.
    ReferenceTypes = "reference-types" true ["ReferenceTypes"],
    /// Vectors of 128 bits.
    Simd = "simd" true ["SIMD", "fixed-width-simd"],
    /// Calls in place of the caller.
    TailCall = "tail-call" true ["TailCall", "tail-calls"],
    /// Several memories.
    MultiMemory = "multi-memory" true ["MultiMemories", "multi-memories"],
    /// Memories and tables with 64-bit indices.
    Memory64 = "memory64" true ["Memory64", "table64"],
    /// Arithmetic in constant expressions.
    ExtendedConst = "extended-const" true ["ExtendedConst"],
    /// Shared memories and atomic operations.
    Threads = "threads" true ["Threads", "atomics"],
    /// Vector operations whose results may differ between machines.
    RelaxedSimd = "relaxed-simd" true ["RelaxSIMD", "RelaxedSIMD", "relaxed-SIMD"],
    /// Exceptions: `try_table`, `throw`, `exnref`.
    Exceptions = "exceptions" true ["exception-handling", "ExceptionHandling"],
    /// Exceptions as they were before they were standardised: `try`, `catch`, `delegate`, `rethrow`.
    LegacyExceptions = "legacy-exceptions" false ["legacy-exception-handling", "exception-handling-legacy"],
    /// References to functions of a known type, references that are never null.
    FunctionReferences = "function-references" true ["FunctionReferences", "typed-function-references"],
    /// 128-bit addition, subtraction and multiplication.
    WideArithmetic = "wide-arithmetic" true ["WideArithmetic"],
    /// Which way conditional branches usually go.
    BranchHinting = "branch-hinting" true ["BranchHinting", "branch-hints"],
    /// Structures and arrays under garbage collection. Known, and not supported.
    Gc = "gc" false ["GC", "garbage-collection"],
}

impl Proposal {
    /// The proposal of one of its names.
    ///
    /// # Errors
    ///
    /// [`Kind::ArgumentType`] when no proposal has this name; the message lists those that there are.
    pub fn from_name(name: &str) -> Result<Self> {
        let named = |p: &&Self| p.name() == name || p.aliases().contains(&name);
        Self::ALL.iter().find(named).copied().ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|p| p.name()).collect();
            let text = format!("no proposal is called {name:?}; there are {}", names.join(", "));
            Error::new(Phase::Load, Kind::ArgumentType, text)
        })
    }

    /// Whether the engine can run modules that use it.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        !matches!(self, Self::Gc)
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of proposals.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Proposals(u32);

impl Proposals {
    /// No proposal: the first release of WebAssembly.
    pub const NONE: Self = Self(0);

    /// The set with `proposal`, or without it.
    #[must_use]
    pub const fn with(self, proposal: Proposal, on: bool) -> Self {
        let bit = 1 << proposal as u32;
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// Whether `proposal` is in the set.
    #[must_use]
    pub const fn contains(self, proposal: Proposal) -> bool {
        self.0 & (1 << proposal as u32) != 0
    }

    /// The proposals in the set.
    pub fn iter(self) -> impl Iterator<Item = Proposal> {
        Proposal::ALL.iter().copied().filter(move |p| self.contains(*p))
    }
}

impl Default for Proposals {
    fn default() -> Self {
        Proposal::ALL.iter().fold(Self::NONE, |set, p| set.with(*p, p.is_default()))
    }
}

impl fmt::Debug for Proposals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_alias_leads_to_its_proposal_only() {
        for proposal in Proposal::ALL {
            for name in proposal.aliases().iter().chain([&proposal.name()]) {
                assert_eq!(Proposal::from_name(name).unwrap(), *proposal);
            }
        }
        let error = Proposal::from_name("simdd").unwrap_err();
        assert_eq!(error.kind(), Kind::ArgumentType);
        assert!(error.message().contains("\"simdd\"") && error.message().contains("relaxed-simd"), "{error}");
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = Proposals::NONE.with(Proposal::Simd, true).with(Proposal::Gc, true).with(Proposal::Gc, false);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Proposal::Simd]);
        assert!(Proposals::default().contains(Proposal::Exceptions));
        assert!(!Proposals::default().contains(Proposal::LegacyExceptions));
    }
}
