//! Random bytes, from the system or from a seed.

use parking_lot::Mutex;
use rustix::rand::{GetRandomFlags, getrandom};

use super::context::Context;
use super::errno::Result;
use super::memory::{GuestMemory, Slice};

/// Bytes that are drawn at once, on the stack.
const PIECE: usize = 1024;

/// Where random bytes come from.
pub(super) enum Random {
    /// The system.
    System,
    /// A sequence that a seed determines; not fit for secrets.
    Seeded(Mutex<fastrand::Rng>),
}

impl Random {
    /// The system, or the sequence of a seed.
    pub(super) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::System, |seed| Self::Seeded(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        match self {
            Self::System => {
                let mut filled = 0;
                while filled < bytes.len() {
                    filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty())?;
                }
            }
            Self::Seeded(generator) => generator.lock().fill(bytes),
        }
        Ok(())
    }
}

pub(super) fn random_get(wasi: &Context, memory: GuestMemory<'_>, buffer: Slice<u8>) -> Result<()> {
    let mut piece = [0; PIECE];
    let mut at = buffer.start();
    let mut left = buffer.count() as usize;
    while left > 0 {
        let piece = &mut piece[..left.min(PIECE)];
        wasi.random.fill(piece)?;
        memory.copy_in(at, piece)?;
        left -= piece.len();
        // Wraps only after the last piece, when the buffer ends with the address space.
        at = at.wrapping_add(piece.len() as u32);
    }
    Ok(())
}
