//! Cranelift's output for one function, cut down to what we keep.

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{ExternalName, Function};
use cranelift_codegen::{CompiledCode, ExceptionContextLoc, FinalizedMachExceptionHandler, FinalizedRelocTarget};

use super::host_request;
use super::output::{CallSite, CodeAddress, CompiledFunction, Handler};
use super::trap_codes::trap_of;
use crate::types::{Error, Kind, Phase, Result, Trap};

/// A call to another function of the module whose distance is not known yet.
pub(super) struct Relocation {
    /// Where the distance is to be written, from the beginning of the code.
    pub(super) at: u32,
    pub(super) kind: Reloc,
    /// Index of the function that is called.
    pub(super) target: u32,
    pub(super) addend: i64,
}

/// Code of some functions, one after the other.
#[derive(Default)]
pub(super) struct Code {
    pub(super) bytes: Vec<u8>,
    pub(super) functions: Vec<CompiledFunction>,
    pub(super) relocations: Vec<Relocation>,
}

impl Code {
    /// Appends a function at a multiple of `alignment`.
    pub(super) fn append(&mut self, func: &Function, compiled: &CompiledCode, alignment: u32) -> Result<()> {
        let alignment = alignment.max(compiled.buffer.alignment) as usize;
        self.bytes.resize(self.bytes.len().next_multiple_of(alignment), 0);
        let offset = u32::try_from(self.bytes.len()).map_err(|_| too_large())?;
        self.bytes.extend_from_slice(compiled.buffer.data());
        self.functions.push(CompiledFunction {
            offset,
            length: compiled.buffer.total_size(),
            traps: traps(compiled, offset)?,
            addresses: addresses(compiled, offset),
            call_sites: call_sites(compiled, offset)?,
        });
        for relocation in compiled.buffer.relocs() {
            let at = offset + relocation.offset;
            if relocation.kind == Reloc::PulleyCallIndirectHost {
                self.bytes[at as usize + REQUEST_OPERAND] = host_request(func, &relocation.target)?;
                continue;
            }
            let target = call_target(func, &relocation.target)?;
            let (kind, addend) = (relocation.kind, relocation.addend);
            self.relocations.push(Relocation { at, kind, target, addend });
        }
        Ok(())
    }
}

/// Where the number of the request stands in the instruction that asks: behind a byte and a half-word of opcode.
const REQUEST_OPERAND: usize = 3;

#[cold]
pub(super) fn too_large() -> Error {
    Error::new(Phase::Compile, Kind::TooLarge, "the module's machine code exceeds 2 GiB")
}

fn traps(compiled: &CompiledCode, offset: u32) -> Result<Vec<(u32, Trap)>> {
    let mut traps = Vec::with_capacity(compiled.buffer.traps().len());
    for trap in compiled.buffer.traps() {
        let known = trap_of(trap.code).ok_or_else(|| {
            Error::new(Phase::Compile, Kind::Internal, format!("cranelift wrote the unknown trap code {}", trap.code))
        })?;
        traps.push((offset + trap.offset, known));
    }
    traps.sort_unstable_by_key(|(at, _)| *at);
    Ok(traps)
}

fn addresses(compiled: &CompiledCode, offset: u32) -> Vec<CodeAddress> {
    let mut addresses: Vec<CodeAddress> = Vec::new();
    for range in compiled.buffer.get_srclocs_sorted() {
        let module_offset = range.loc.bits();
        if range.loc.is_default() || addresses.last().is_some_and(|last| last.module_offset == module_offset) {
            continue;
        }
        addresses.push(CodeAddress { code_offset: offset + range.start, module_offset });
    }
    addresses
}

/// The calls that have handlers. The tag of a handler is already what [`Handler`] says.
fn call_sites(compiled: &CompiledCode, offset: u32) -> Result<Vec<CallSite>> {
    let unknown = |what: &str| Error::new(Phase::Compile, Kind::Internal, format!("cranelift {what}"));
    let mut sites = Vec::new();
    for site in compiled.buffer.call_sites().filter(|site| !site.exception_handlers.is_empty()) {
        let mut context_at = 0;
        let mut handlers = Vec::with_capacity(site.exception_handlers.len());
        for item in site.exception_handlers {
            let (tag_at, target) = match *item {
                FinalizedMachExceptionHandler::Tag(tag, target) => (Some(tag.as_u32()), target),
                FinalizedMachExceptionHandler::Default(target) => (None, target),
                FinalizedMachExceptionHandler::Context(ExceptionContextLoc::SPOffset(at)) => {
                    context_at = at;
                    continue;
                }
                FinalizedMachExceptionHandler::Context(ExceptionContextLoc::GPR(register)) => {
                    return Err(unknown(&format!("left a context in register {register}, where unwinding loses it")));
                }
            };
            handlers.push(Handler { tag_at, target: offset + target });
        }
        let frame_size = site.frame_offset.ok_or_else(|| unknown("does not tell the size of a frame"))?;
        let (return_offset, handlers) = (offset + site.ret_addr, handlers.into());
        sites.push(CallSite { return_offset, frame_size, context_at, handlers });
    }
    sites.sort_unstable_by_key(|site| site.return_offset);
    Ok(sites)
}

/// The function that a relocation names. Anything else is code that we cannot make: there is no linker and no library.
fn call_target(func: &Function, target: &FinalizedRelocTarget) -> Result<u32> {
    match target {
        FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => Ok(func.params.user_named_funcs()[*name].index),
        FinalizedRelocTarget::ExternalName(ExternalName::LibCall(call)) => Err(Error::new(
            Phase::Compile,
            Kind::CompileFailed,
            format!(
                "this processor lacks an instruction that the module needs ({call}); on x86-64, SSE4.1 is required"
            ),
        )),
        FinalizedRelocTarget::ExternalName(ExternalName::TestCase(_) | ExternalName::KnownSymbol(_))
        | FinalizedRelocTarget::Func(_) => Err(unknown_symbol(target)),
    }
}

/// The number of the request that a call of the host in bytecode means.
fn host_request(func: &Function, target: &FinalizedRelocTarget) -> Result<u8> {
    let FinalizedRelocTarget::ExternalName(ExternalName::User(name)) = target else {
        return Err(unknown_symbol(target));
    };
    host_request::number_of(&func.params.user_named_funcs()[*name]).ok_or_else(|| unknown_symbol(target))
}

#[cold]
fn unknown_symbol(target: &FinalizedRelocTarget) -> Error {
    Error::new(Phase::Compile, Kind::Internal, format!("cranelift asks for an unknown symbol: {target:?}"))
}

#[cfg(test)]
mod tests {
    use cranelift_codegen::ir::LibCall;

    use super::*;

    #[test]
    fn a_library_call_is_refused_by_name() {
        let target = FinalizedRelocTarget::ExternalName(ExternalName::LibCall(LibCall::FloorF64));
        let error = call_target(&Function::new(), &target).unwrap_err();
        assert_eq!(error.kind(), Kind::CompileFailed);
        assert!(error.message().contains("FloorF64") && error.message().contains("SSE4.1"), "{error}");
    }
}
