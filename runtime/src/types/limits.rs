//! How much a guest may use, and how large a module may be.

use std::time::Duration;

/// What one store's guests may use, all together, and how large modules may be. The defaults are safe for code that nobody
/// has read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of all linear memories together. Default 1 GiB.
    pub memory: u64,
    /// Elements of all tables together. Default 10,000,000.
    pub table: u64,
    /// Instances in the store. Default 10,000.
    pub instances: u32,
    /// Bytes of native stack that guest code may use. Default 512 KiB.
    pub stack: usize,
    /// Bytes of one result that the host reads out of the guest. Default 256 MiB.
    pub result_size: usize,
    /// Calls into the store inside one another: of guests by the host, and from host functions back into guests. Default 1,000.
    pub recursion: u32,
    /// Fuel that a store begins with. Default `None`: no limit. Needs [`Config::fuel`](super::Config::fuel).
    pub fuel: Option<u64>,
    /// How long a call from the host may take, with all that it calls, from its turn on: waiting for a call of another thread does
    /// not count. Default: for ever.
    pub deadline: Option<Duration>,
    /// How large a module may be.
    pub module: ModuleLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            table: 10_000_000,
            instances: 10_000,
            stack: 512 << 10,
            result_size: 256 << 20,
            recursion: 1_000,
            fuel: None,
            deadline: None,
            module: ModuleLimits::default(),
        }
    }
}

/// Upper bounds on a module's size, so that compiling a stranger's module takes a bounded amount of time and memory. Below
/// the limits of the validator, above every real program that we know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleLimits {
    /// Bytes of the module. Default 256 MiB.
    pub module_size: u64,
    /// Functions, imported ones included. Default 200,000.
    pub functions: u64,
    /// Items of one section, and custom sections: what is kept of one is many times larger than the item. Default 1,000,000.
    pub items: u64,
    /// Bytes of one function's body. Default 4 MiB.
    pub body_size: u64,
    /// Locals of one function, parameters included. Default 50,000.
    pub locals: u64,
    /// Targets of one `br_table`. Default 65,536.
    pub branch_targets: u64,
    /// Blocks inside one another. Default 10,000.
    pub nesting: u64,
    /// Operands on the stack of one function at the same time. Default 10,000.
    pub operands: u64,
}

impl Default for ModuleLimits {
    fn default() -> Self {
        Self {
            module_size: 256 << 20,
            functions: 200_000,
            items: 1_000_000,
            body_size: 4 << 20,
            locals: 50_000,
            branch_targets: 65_536,
            nesting: 10_000,
            operands: 10_000,
        }
    }
}
