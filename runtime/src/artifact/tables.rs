//! What is known of compiled code, packed into bytes that are searched where they lie: in memory, or in a mapped file.
//!
//! All numbers are 32 bits, little-endian. Behind five counts stand arrays, each ascending by the offset that is searched for:
//!
//! | array | entry |
//! | --- | --- |
//! | functions | offset, length |
//! | traps | offset |
//! | addresses | offset in the code, offset in the module |
//! | call sites | return offset, size of the frame, place of the context, handlers before this site's |
//! | handlers | tag + 1 or 0, target |
//! | trap codes | one byte for each trap |
//!
//! Reading never fails and never panics, whatever the bytes are: what a damaged table says is wrong, and that is all.

use bytes::Bytes;

use crate::compile::CompiledFunction;
use crate::types::{Error, Kind, Phase, Result, Trap};

/// Bytes of a number.
const WORD: usize = 4;
/// Words of the head.
const HEAD: usize = 5;

/// Packed tables.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    bytes: Bytes,
    functions: Array,
    traps: Array,
    addresses: Array,
    call_sites: Array,
    handlers: Array,
    trap_codes: usize,
}

/// An array of entries of some words each.
#[derive(Clone, Copy, Debug)]
struct Array {
    /// Where it begins, in bytes.
    start: usize,
    count: usize,
    words: usize,
}

/// A call around which exceptions are caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// From the stack pointer, as it is at the call and at every handler, up to the frame pointer.
    pub frame_size: u32,
    /// Where the frame keeps the instance's context, from the stack pointer.
    pub context_at: u32,
    /// Its handlers: the first and the one behind the last.
    handlers: (usize, usize),
}

impl Tables {
    /// Packs what the compiler says of these functions, which are in order of their offset.
    pub(crate) fn pack(functions: &[CompiledFunction]) -> Vec<u8> {
        let traps = || functions.iter().flat_map(|f| &f.traps);
        let addresses = || functions.iter().flat_map(|f| &f.addresses);
        let sites = || functions.iter().flat_map(|f| &f.call_sites);
        let handlers = || sites().flat_map(|site| &site.handlers);
        let mut words = vec![
            functions.len() as u32,
            traps().count() as u32,
            addresses().count() as u32,
            sites().count() as u32,
            handlers().count() as u32,
        ];
        words.extend(functions.iter().flat_map(|f| [f.offset, f.length]));
        words.extend(traps().map(|(at, _)| at));
        words.extend(addresses().flat_map(|a| [a.code_offset, a.module_offset]));
        let mut before = 0;
        for site in sites() {
            words.extend([site.return_offset, site.frame_size, site.context_at, before]);
            before += site.handlers.len() as u32;
        }
        words.extend(handlers().flat_map(|h| [h.tag_at.map_or(0, |tag| tag + 1), h.target]));
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(traps().map(|(_, trap)| *trap as u8));
        bytes
    }

    /// Tables of these functions, in memory.
    pub(crate) fn of(functions: &[CompiledFunction]) -> Self {
        Self::read(Self::pack(functions).into()).expect("as it was packed")
    }

    /// Tables as [`Tables::pack`] made them.
    ///
    /// # Errors
    ///
    /// [`Kind::Malformed`] when there are fewer or more bytes than the head says.
    pub(crate) fn read(bytes: Bytes) -> Result<Self> {
        let wrong =
            || Error::new(Phase::Load, Kind::Malformed, "the tables of compiled code are not as long as they say");
        let count = |at: usize| word(&bytes, at * WORD).map(|count| count as usize).ok_or_else(wrong);
        let counts = [count(0)?, count(1)?, count(2)?, count(3)?, count(4)?];
        let mut end = HEAD * WORD;
        let mut array = |position: usize, words: usize| {
            // Each count is below 2^32, so that nothing overflows 64 bits.
            let array = Array { start: end, count: counts[position], words };
            end += array.count * words * WORD;
            array
        };
        let (functions, traps, addresses) = (array(0, 2), array(1, 1), array(2, 2));
        let (call_sites, handlers) = (array(3, 4), array(4, 2));
        if end + traps.count != bytes.len() {
            return Err(wrong());
        }
        Ok(Self { functions, traps, addresses, call_sites, handlers, trap_codes: end, bytes })
    }

    /// The tables as they were packed.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Offset and length of each function.
    pub(crate) fn functions(&self) -> impl ExactSizeIterator<Item = (u32, u32)> + '_ {
        (0..self.functions.count).map(|i| (self.get(self.functions, i, 0), self.get(self.functions, i, 1)))
    }

    /// The position of the function that the instruction at `offset` belongs to.
    pub(crate) fn function_at(&self, offset: u32) -> Option<u32> {
        let position = self.behind(self.functions, offset).checked_sub(1)?;
        let start = self.get(self.functions, position, 0);
        (offset.checked_sub(start)? < self.get(self.functions, position, 1)).then_some(position as u32)
    }

    /// Where in the module the instruction at `offset` of this function comes from, if the compiler noted it.
    pub(crate) fn module_offset(&self, function: u32, offset: u32) -> Option<u32> {
        let position = self.behind(self.addresses, offset).checked_sub(1)?;
        // What comes before the first address of a function is not what the function before it ends with.
        let start = self.get(self.functions, function as usize, 0);
        (self.get(self.addresses, position, 0) >= start).then(|| self.get(self.addresses, position, 1))
    }

    /// Why the instruction at this offset traps, if it does. Called from signal handlers.
    pub(crate) fn trap_at(&self, offset: u32) -> Option<Trap> {
        let position = self.find(self.traps, offset)?;
        Trap::from_code(*self.bytes.get(self.trap_codes + position)?)
    }

    /// The call that returns to this offset, if exceptions are caught around it.
    pub(crate) fn call_site(&self, return_offset: u32) -> Option<Site> {
        let position = self.find(self.call_sites, return_offset)?;
        let handlers = |position: usize| match position < self.call_sites.count {
            true => (self.get(self.call_sites, position, 3) as usize).min(self.handlers.count),
            false => self.handlers.count,
        };
        Some(Site {
            frame_size: self.get(self.call_sites, position, 1),
            context_at: self.get(self.call_sites, position, 2),
            handlers: (handlers(position), handlers(position + 1)),
        })
    }

    /// The handlers of a call in the order in which they are tried: where the instance's context has the tag that is caught
    /// (`None` catches all), and where it begins.
    pub(crate) fn handlers(&self, site: Site) -> impl Iterator<Item = (Option<u32>, u32)> + '_ {
        let (from, to) = site.handlers;
        (from..to).map(|i| (self.get(self.handlers, i, 0).checked_sub(1), self.get(self.handlers, i, 1)))
    }

    /// A word of an entry.
    fn get(&self, array: Array, position: usize, word_at: usize) -> u32 {
        word(&self.bytes, array.start + (position * array.words + word_at) * WORD).unwrap_or(0)
    }

    /// How many entries have a first word of at most `key`.
    fn behind(&self, array: Array, key: u32) -> usize {
        let (mut low, mut high) = (0, array.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.get(array, middle, 0) <= key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The position of the entry whose first word is `key`.
    fn find(&self, array: Array, key: u32) -> Option<usize> {
        let position = self.behind(array, key).checked_sub(1)?;
        (self.get(array, position, 0) == key).then_some(position)
    }
}

/// The word at this place, in bytes.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{CallSite, CodeAddress, Handler};

    fn functions() -> Vec<CompiledFunction> {
        let handlers = [Handler { tag_at: Some(0), target: 50 }, Handler { tag_at: None, target: 60 }].into();
        vec![
            CompiledFunction {
                offset: 16,
                length: 100,
                traps: vec![(20, Trap::Unreachable), (30, Trap::Interrupt)],
                addresses: vec![CodeAddress { code_offset: 20, module_offset: 1000 }],
                call_sites: vec![CallSite { return_offset: 40, frame_size: 64, context_at: 8, handlers }],
            },
            CompiledFunction {
                offset: 128,
                length: 10,
                traps: vec![(130, Trap::MemoryOutOfBounds)],
                addresses: vec![CodeAddress { code_offset: 132, module_offset: 2000 }],
                call_sites: vec![CallSite {
                    return_offset: 135,
                    frame_size: 32,
                    context_at: 0,
                    handlers: [Handler { tag_at: None, target: 137 }].into(),
                }],
            },
        ]
    }

    fn tables() -> Tables {
        Tables::read(Tables::pack(&functions()).into()).unwrap()
    }

    #[test]
    fn what_was_packed_is_found() {
        let tables = tables();
        assert_eq!(tables.functions().collect::<Vec<_>>(), [(16, 100), (128, 10)]);
        let at = [0, 15, 16, 115, 116, 127, 128, 137, 138].map(|offset| tables.function_at(offset));
        assert_eq!(at, [None, None, Some(0), Some(0), None, None, Some(1), Some(1), None]);
        assert_eq!(
            [19, 20, 21, 130].map(|at| tables.trap_at(at)),
            [None, Some(Trap::Unreachable), None, Some(Trap::MemoryOutOfBounds)]
        );
        assert_eq!(
            [(0, 19), (0, 20), (0, 99)].map(|(f, at)| tables.module_offset(f, at)),
            [None, Some(1000), Some(1000)]
        );
        assert_eq!([(1, 128), (1, 135)].map(|(f, at)| tables.module_offset(f, at)), [None, Some(2000)]);
        let site = tables.call_site(40).unwrap();
        assert_eq!((site.frame_size, site.context_at), (64, 8));
        assert_eq!(tables.handlers(site).collect::<Vec<_>>(), [(Some(0), 50), (None, 60)]);
        let last = tables.call_site(135).unwrap();
        assert_eq!(tables.handlers(last).collect::<Vec<_>>(), [(None, 137)]);
        assert_eq!(tables.call_site(41), None);
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        let tables = Tables::read(Tables::pack(&[]).into()).unwrap();
        assert_eq!((tables.function_at(0), tables.trap_at(0), tables.call_site(0)), (None, None, None));
    }

    #[test]
    fn another_length_is_refused() {
        let packed = Tables::pack(&functions());
        for len in 0..packed.len() {
            assert_eq!(Tables::read(Bytes::copy_from_slice(&packed[..len])).unwrap_err().kind(), Kind::Malformed);
        }
        assert!(Tables::read([&packed[..], &[0]].concat().into()).is_err());
        assert!(Tables::read(Bytes::from_static(&[0xff; 64])).is_err());
    }

    proptest::proptest! {
        #[test]
        fn damage_is_harmless(at in 20usize..200, byte in 0u8..=255, offset in 0u32..200) {
            let mut packed = Tables::pack(&functions());
            let at = at % packed.len();
            packed[at.max(HEAD * WORD)] = byte;
            let tables = Tables::read(packed.into()).unwrap();
            let _ = (tables.function_at(offset), tables.module_offset(1, offset), tables.trap_at(offset));
            let _ = tables.call_site(offset).map(|site| tables.handlers(site).count());
        }
    }
}
