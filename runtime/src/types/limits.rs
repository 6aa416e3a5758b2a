//! How much a guest may use.

/// What one store's guests may use, all together. The defaults are safe for code that nobody has read; there is no default
/// deadline and no default fuel.
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
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 1 << 30, table: 10_000_000, instances: 10_000, stack: 512 << 10, result_size: 256 << 20 }
    }
}
