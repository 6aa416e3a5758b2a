//! SANDBOX-CRITICAL: an artifact, from its first byte to its last.
//!
//! ```text
//!  0  magic
//!  8  version of the format
//! 12  length of the head
//! 16  length of the artifact
//! 24  hash of these 24 bytes and of the head
//! 56  head: fingerprint, hash of the source, where source, tables and code lie, hashes of their chunks
//!     ...
//!     source (not in universal modules, where it lies before the artifact), tables
//!     code, at a multiple of the page size from the beginning of the file
//! ```
//!
//! A *native* file is an artifact. A *universal* one is the module with the artifact in a custom section at its end, so that
//! every other runtime runs it too; its last bytes say where the artifact begins.
//!
//! Hashes tell damage. They do not tell who wrote the code: whoever can write an artifact that is trusted can have anything
//! executed.

use std::ops::Range;

use bytes::Bytes;

use super::Fingerprint;
use super::section::{Reader, Section, Writer, damaged};
use super::tables::Tables;
use crate::types::{Error, Kind, Phase, Result};

const MAGIC: [u8; 8] = *b"\0edge\r\n\x1a";
const FORMAT: u32 = 1;
/// Bytes before the head.
const PREAMBLE: usize = 56;
/// Bytes of the preamble that come before its hash.
const HASHED: usize = 24;

/// The custom section of universal modules.
pub(crate) const SECTION_NAME: &str = "edge.native";
/// Behind everything: how far before the end of the file the artifact begins, and this.
const TRAILER: [u8; 8] = *b"edge\0end";
const TRAILER_LEN: usize = 8 + TRAILER.len();

/// Code begins at a multiple of this in its file, so that any page size up to it allows to map it.
const CODE_ALIGNMENT: usize = if cfg!(target_arch = "x86_64") { 4 << 10 } else { 64 << 10 };
/// Tables are numbers of this many bytes.
const TABLE_ALIGNMENT: usize = 4;

/// An artifact whose every byte has been checked.
pub(crate) struct Artifact {
    /// The module that it was made of.
    pub(crate) source: Bytes,
    pub(crate) tables: Tables,
    pub(crate) code: Bytes,
    /// Where the code lies in the file.
    pub(crate) code_range: Range<usize>,
}

/// A module's source and where it goes.
enum Place {
    Inside,
    /// Before the artifact, which begins this far into the file.
    Before(usize),
}

/// What code was made of.
pub(crate) struct Source<'a> {
    /// The module.
    pub(crate) bytes: &'a [u8],
    /// See [`Tables::pack`].
    pub(crate) tables: &'a [u8],
    /// Position-independent code.
    pub(crate) code: &'a [u8],
}

/// A native file.
pub(crate) fn write_native(fingerprint: &Fingerprint, source: &Source<'_>) -> Vec<u8> {
    write(fingerprint, source, &Place::Inside)
}

/// A universal module.
pub(crate) fn write_universal(fingerprint: &Fingerprint, source: &Source<'_>) -> Vec<u8> {
    // Section, its size (in five bytes, so that it does not depend on what it says), length of the name, name.
    let head = 1 + 5 + 1 + SECTION_NAME.len();
    let base = (source.bytes.len() + head).next_multiple_of(CODE_ALIGNMENT);
    let artifact = write(fingerprint, source, &Place::Before(base));
    let size = base - source.bytes.len() - 6 + artifact.len() + TRAILER_LEN;

    let mut file = source.bytes.to_vec();
    file.push(0);
    for i in 0..5 {
        file.push((size >> (7 * i)) as u8 & 0x7f | if i < 4 { 0x80 } else { 0 });
    }
    file.push(SECTION_NAME.len() as u8);
    file.extend(SECTION_NAME.as_bytes());
    file.resize(base, 0);
    file.extend(artifact);
    let back = (file.len() - base + TRAILER_LEN) as u64;
    file.extend(back.to_le_bytes());
    file.extend(TRAILER);
    file
}

fn write(fingerprint: &Fingerprint, source: &Source<'_>, place: &Place) -> Vec<u8> {
    let source_hash = blake3::Hasher::new().update_rayon(source.bytes).finalize();
    let mut sections = [source.bytes, source.tables, source.code].map(|contents| Section::new(0, contents));
    // Offsets stand in the head, whose length does not depend on them: it is written twice.
    let mut head = |offsets: [i64; 3]| {
        let mut writer = Writer::default();
        fingerprint.write(&mut writer);
        writer.0.extend(source_hash.as_bytes());
        for (section, offset) in sections.iter_mut().zip(offsets) {
            section.offset = offset;
            section.write(&mut writer);
        }
        writer.0
    };
    let behind_head = PREAMBLE + head([0; 3]).len();
    let (source_at, base, behind_source) = match place {
        Place::Inside => (behind_head as i64, 0, behind_head + source.bytes.len()),
        Place::Before(base) => (-(*base as i64), *base, behind_head),
    };
    let tables_at = behind_source.next_multiple_of(TABLE_ALIGNMENT);
    // The base is a multiple of the alignment.
    let code_at = (tables_at + source.tables.len()).next_multiple_of(CODE_ALIGNMENT);
    debug_assert!(base.is_multiple_of(CODE_ALIGNMENT));
    let head = head([source_at, tables_at as i64, code_at as i64]);
    let total = code_at + source.code.len();

    let mut file = Vec::with_capacity(total);
    file.extend(MAGIC);
    file.extend(FORMAT.to_le_bytes());
    file.extend((head.len() as u32).to_le_bytes());
    file.extend((total as u64).to_le_bytes());
    let hash = *blake3::Hasher::new().update(&file).update(&head).finalize().as_bytes();
    file.extend(hash);
    file.extend(head);
    if matches!(place, Place::Inside) {
        file.extend(source.bytes);
    }
    file.resize(tables_at, 0);
    file.extend(source.tables);
    file.resize(code_at, 0);
    file.extend(source.code);
    file
}

/// Whether a file is an artifact by itself.
pub(crate) fn is_artifact(file: &[u8]) -> bool {
    file.starts_with(&MAGIC)
}

/// Checks that a file is not an artifact, where a module is expected.
///
/// # Errors
///
/// [`Kind::Malformed`] says what to do.
pub(crate) fn refuse(file: &[u8]) -> Result<()> {
    if !is_artifact(file) {
        return Ok(());
    }
    let text = "this is native code of edge, expected a module in the binary format; native code is loaded only where the \
                caller says that it is to be trusted";
    Err(Error::new(Phase::Load, Kind::Malformed, text))
}

/// Where the artifact of a universal module begins.
pub(crate) fn native_part(file: &[u8]) -> Option<usize> {
    let (rest, trailer) = file.split_last_chunk::<8>()?;
    let (_, back) = rest.split_last_chunk::<8>()?;
    let base = file.len().checked_sub(usize::try_from(u64::from_le_bytes(*back)).ok()?)?;
    (*trailer == TRAILER && is_artifact(&file[base..])).then_some(base)
}

/// Reads the artifact that begins at `base`.
///
/// # Errors
///
/// [`Kind::ArtifactDamaged`] when anything is not as it was written, [`Kind::ArtifactMismatch`] when it has another format or
/// a fingerprint that does not suit `ours`.
pub(crate) fn read(file: &Bytes, base: usize, ours: &Fingerprint) -> Result<Artifact> {
    let end = if base == 0 { file.len() } else { file.len() - TRAILER_LEN };
    let Head { fingerprint, sections: [source, tables, code], len } = read_head(&file[base..end])?;
    fingerprint.check(ours)?;
    let contents = |section: &Section| section.checked(file, base);
    let ranges = [source.range(base, end)?, tables.range(base, end)?, code.range(base, end)?];
    // What the parts leave between them, from the end of the head on.
    let mut at = base + len;
    for range in ranges.iter().filter(|range| range.start >= base) {
        let gap = file.get(at..range.start).ok_or_else(|| damaged("its parts are not in order"))?;
        if gap.iter().any(|byte| *byte != 0) {
            return Err(damaged("there is something between its parts"));
        }
        at = range.end;
    }
    Ok(Artifact {
        source: contents(&source)?,
        tables: Tables::read(contents(&tables)?).map_err(|_| damaged("the tables are too short"))?,
        code_range: ranges[2].clone(),
        code: contents(&code)?,
    })
}

/// What stands before the parts.
struct Head {
    fingerprint: Fingerprint,
    /// Source, tables, code.
    sections: [Section; 3],
    /// Bytes up to the end of the head.
    len: usize,
}

fn read_head(artifact: &[u8]) -> Result<Head> {
    let short = || damaged("it ends before its head does");
    let (preamble, rest) = artifact.split_at_checked(PREAMBLE).ok_or_else(short)?;
    let (hashed, hash) = preamble.split_at(HASHED);
    let mut reader = Reader(hashed);
    let fields = (|| Some((reader.array()?, reader.u32()?, reader.u32()?, reader.u64()?)))();
    let (magic, format, len, total) = fields.ok_or_else(short)?;
    if magic != MAGIC {
        return Err(damaged("it does not begin as artifacts do"));
    }
    let (head, _) = rest.split_at_checked(len as usize).ok_or_else(short)?;
    if blake3::Hasher::new().update(hashed).update(head).finalize().as_bytes() != hash {
        // The format is covered by the hash of every format; without that, another version would look like damage.
        return Err(damaged("its head is not what was written"));
    }
    if format != FORMAT {
        let text = format!("the native code has format {format}, but this version of edge reads format {FORMAT}");
        return Err(Error::new(Phase::Load, Kind::ArtifactMismatch, text));
    }
    if artifact.len() as u64 != total {
        return Err(damaged("it is shorter or longer than it was"));
    }
    let mut reader = Reader(head);
    let parts = (|| {
        let fingerprint = Fingerprint::read(&mut reader)?;
        let _source_hash: [u8; 32] = reader.array()?;
        let sections = [Section::read(&mut reader)?, Section::read(&mut reader)?, Section::read(&mut reader)?];
        reader.0.is_empty().then_some(Head { fingerprint, sections, len: PREAMBLE + head.len() })
    })();
    parts.ok_or_else(|| damaged("its head cannot be read"))
}
