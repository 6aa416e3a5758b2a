//! The validator's errors in our own words.

use wasmparser::{BinaryReader, FunctionBody, OperatorsReader, Validator, WasmFeatures};

use super::features;
use crate::types::{Error, Kind, Phase, Proposal, Proposals};

/// An error in reading the binary format.
#[cold]
pub(super) fn malformed(error: &wasmparser::Error) -> Error {
    // Wasmparser prints both magic numbers byte by byte, each on a line of its own.
    if error.message().starts_with("magic header not detected") {
        let at = error.offset();
        let message = format!(
            "magic header not detected: the bytes are no module in the binary format, which begins with `\\0asm` (at offset {at:#x})"
        );
        return Error::new(Phase::Load, Kind::Malformed, message);
    }
    of_kind(error, Phase::Load, Kind::Malformed)
}

/// An error against the validation rules.
#[cold]
pub(super) fn invalid(error: &wasmparser::Error) -> Error {
    if FORMAT_TEXTS.iter().any(|text| error.message().contains(text)) {
        return malformed(error);
    }
    of_kind(error, Phase::Validate, Kind::Invalid)
}

/// What the validator refuses although it is the binary format (specification 3.0, section 5.5) that forbids it. Its errors
/// carry no code that would tell, so that the text has to; a text that changes turns `malformed` into `invalid` and
/// fails a test.
const FORMAT_TEXTS: [&str; 4] =
    ["malformed section id", "section out of order", "inconsistent lengths", "data count section required"];

/// An error in a function's body. The validator reads and checks in one go and its errors do not say which of the two
/// failed, so the body is read once more without checking.
#[cold]
pub(super) fn in_body(error: &wasmparser::Error, body: &FunctionBody<'_>, features: WasmFeatures) -> Error {
    match read_through(body, features) {
        Err(reading) if reading.offset() <= error.offset() => malformed(&reading),
        Ok(()) | Err(_) => invalid(error),
    }
}

fn of_kind(error: &wasmparser::Error, phase: Phase, kind: Kind) -> Error {
    match error.missing_wasm_feature() {
        Some(missing) => {
            let names: Vec<&str> = features::named(missing).map(Proposal::name).collect();
            let message = match names[..] {
                [] => error.to_string(),
                _ => format!("{error}; the proposal {} is off or not supported", names.join(" or ")),
            };
            Error::new(Phase::Validate, Kind::Unsupported, message)
        }
        None => Error::new(phase, kind, error.to_string()),
    }
}

/// The same error as [`Kind::Unsupported`], when the module `bytes` is fine as soon as more proposals are on: most, but not all
/// of the parser's errors name the proposal that would allow a thing.
#[cold]
pub(super) fn blame_proposals(error: Error, bytes: &[u8], on: Proposals) -> Error {
    let valid = |features| Validator::new_with_features(features).validate_all(bytes).is_ok();
    let mistaken = matches!(error.kind(), Kind::Malformed | Kind::Invalid);
    if !mistaken || !valid(WasmFeatures::all()) {
        return error;
    }
    // One is enough as a rule; then its name helps most.
    let one = Proposal::ALL.iter().find(|p| valid(features::with(on, **p)));
    let what =
        one.map_or_else(|| "a proposal that is off or not supported".to_owned(), |p| format!("the proposal {p}"));
    let message = format!("{}; only {what} allows this", error.message());
    Error::new(Phase::Validate, Kind::Unsupported, message)
}

fn read_through(body: &FunctionBody<'_>, features: WasmFeatures) -> wasmparser::Result<()> {
    let mut locals = body.get_locals_reader()?;
    for _ in 0..locals.get_count() {
        locals.read()?;
    }
    let mut reader: BinaryReader<'_> = locals.get_binary_reader();
    reader.set_features(features);
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        operators.read()?;
    }
    operators.finish()
}
