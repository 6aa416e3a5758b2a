use crate::types::Number;

/// Where bytes lie in guest memory.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Address of the first byte.
    pub address: u32,
    /// Length in bytes.
    pub length: u32,
}

impl Extent {
    /// Where `items` lie. Their address becomes a number, which is all that the host wants.
    ///
    /// Addresses have 32 bits in a guest; natively nothing reads the extent.
    #[must_use]
    pub fn of<N: Number>(items: &[N]) -> Extent {
        Extent { address: items.as_ptr().expose_provenance() as u32, length: size_of_val(items) as u32 }
    }

    /// As the result of a function: the address in the low half, the length in the high half.
    #[must_use]
    pub fn pack(self) -> u64 {
        u64::from(self.address) | u64::from(self.length) << 32
    }

    /// The reverse of [`pack`](Extent::pack).
    #[must_use]
    pub fn unpack(packed: u64) -> Extent {
        Extent { address: packed as u32, length: (packed >> 32) as u32 }
    }
}
