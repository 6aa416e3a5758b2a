//! Parts of an artifact: where they lie, and what they must be like.

use std::ops::Range;

use bytes::Bytes;
use rayon::prelude::*;

use crate::types::{Error, Kind, Phase, Result};

/// Bytes that are checked at once.
const CHUNK: usize = 64 << 10;
/// Bytes of a hash: collisions by accident are out of reach, and an artifact is no place to be attacked from.
const HASH: usize = 16;

/// A part of an artifact.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// From the beginning of the artifact; a universal module's source lies before it.
    pub(super) offset: i64,
    pub(super) len: u64,
    /// Of each chunk.
    hashes: Vec<[u8; HASH]>,
}

impl Section {
    /// The part with these contents at this place.
    pub(super) fn new(offset: i64, contents: &[u8]) -> Self {
        Self { offset, len: contents.len() as u64, hashes: contents.par_chunks(CHUNK).map(hash).collect() }
    }

    /// Where it lies in a file whose artifact begins at `base`.
    ///
    /// # Errors
    ///
    /// [`Kind::ArtifactDamaged`] when it is not inside of the file.
    pub(super) fn range(&self, base: usize, file: usize) -> Result<Range<usize>> {
        let start = i64::try_from(base).ok().and_then(|base| base.checked_add(self.offset));
        let start = start.and_then(|start| usize::try_from(start).ok());
        let end = start.and_then(|start| start.checked_add(usize::try_from(self.len).ok()?));
        match (start, end) {
            (Some(start), Some(end)) if end <= file => Ok(start..end),
            _ => Err(damaged("a part lies outside of the file")),
        }
    }

    /// The contents, every byte of them checked.
    ///
    /// # Errors
    ///
    /// [`Kind::ArtifactDamaged`].
    pub(super) fn checked(&self, file: &Bytes, base: usize) -> Result<Bytes> {
        let contents = file.slice(self.range(base, file.len())?);
        if contents.len().div_ceil(CHUNK) != self.hashes.len() {
            return Err(damaged("a part has another length than its hashes"));
        }
        let whole = contents.par_chunks(CHUNK).zip(&self.hashes).all(|(chunk, expected)| hash(chunk) == *expected);
        if whole { Ok(contents) } else { Err(damaged("some bytes are not what was written")) }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.u64(self.offset.cast_unsigned());
        writer.u64(self.len);
        writer.u32(self.hashes.len() as u32);
        self.hashes.iter().for_each(|hash| writer.0.extend(hash));
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (offset, len) = (reader.u64()?.cast_signed(), reader.u64()?);
        let count = reader.u32()?;
        let hashes = (0..count).map(|_| reader.array()).collect::<Option<_>>()?;
        Some(Self { offset, len, hashes })
    }
}

fn hash(chunk: &[u8]) -> [u8; HASH] {
    *blake3::hash(chunk).as_bytes().first_chunk().expect("a hash of 32 bytes")
}

#[cold]
pub(super) fn damaged(what: &str) -> Error {
    let text = format!("the native code is damaged: {what}");
    Error::new(Phase::Load, Kind::ArtifactDamaged, text)
}

/// Little-endian numbers and texts, one after the other.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend(text.as_bytes());
    }
}

/// What a [`Writer`] wrote; `None` where it is not.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let len = self.u32()? as usize;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}
