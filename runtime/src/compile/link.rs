//! Putting the functions' code together and resolving the calls between them.

use cranelift_codegen::binemit::Reloc;

use super::function::{Code, Relocation, too_large};
use super::output::CompiledModule;
use crate::types::{Error, Kind, Phase, Result};

/// More than any function asks for, so that parts can be put together without moving their functions apart.
const PART_ALIGNMENT: usize = 64;

/// Joins `parts`, whose functions are in order of their index; the first of them has index `imported`.
pub(super) fn link(parts: Vec<Code>, imported: u32) -> Result<CompiledModule> {
    let size = parts.iter().map(|part| part.bytes.len() + PART_ALIGNMENT).sum();
    let count = parts.iter().map(|part| part.functions.len()).sum();
    let mut module = CompiledModule { code: Vec::with_capacity(size), functions: Vec::with_capacity(count) };
    let mut relocations = Vec::new();
    for part in parts {
        module.code.resize(module.code.len().next_multiple_of(PART_ALIGNMENT), 0);
        let base = u32::try_from(module.code.len()).map_err(|_| too_large())?;
        module.code.extend_from_slice(&part.bytes);
        if i32::try_from(module.code.len()).is_err() {
            return Err(too_large());
        }
        for mut function in part.functions {
            function.offset += base;
            function.traps.iter_mut().for_each(|(at, _)| *at += base);
            function.addresses.iter_mut().for_each(|address| address.code_offset += base);
            for site in &mut function.call_sites {
                site.return_offset += base;
                site.handlers.iter_mut().for_each(|handler| handler.target += base);
            }
            module.functions.push(function);
        }
        relocations.extend(part.relocations.into_iter().map(|r| Relocation { at: r.at + base, ..r }));
    }
    for relocation in relocations {
        let target = &module.functions[(relocation.target - imported) as usize];
        resolve(&mut module.code, &relocation, target.offset)?;
    }
    Ok(module)
}

/// Writes the distance from `relocation` to `target`, both offsets in `code`.
pub(super) fn resolve(code: &mut [u8], relocation: &Relocation, target: u32) -> Result<()> {
    let at = relocation.at as usize;
    let distance = i64::from(target) + relocation.addend - i64::from(relocation.at);
    let field: &mut [u8; 4] = (&mut code[at..at + 4]).try_into().expect("four bytes");
    match relocation.kind {
        Reloc::X86CallPCRel4 | Reloc::X86PCRel4 => {
            *field = i32::try_from(distance).map_err(|_| too_large())?.to_le_bytes();
            Ok(())
        }
        // The lower 26 bits of the instruction count words of four bytes, in both directions.
        Reloc::Arm64Call => {
            let words = distance >> 2;
            if distance & 3 != 0 || !(-(1 << 25)..1 << 25).contains(&words) {
                return Err(Error::new(Phase::Compile, Kind::TooLarge, "a call reaches further than 128 MiB"));
            }
            let instruction = u32::from_le_bytes(*field) & 0xfc00_0000;
            *field = (instruction | (words as u32 & 0x03ff_ffff)).to_le_bytes();
            Ok(())
        }
        // The field holds its own distance from the beginning of the instruction, from which a jump counts.
        Reloc::PulleyPcRel => {
            let distance = distance + i64::from(i32::from_le_bytes(*field));
            *field = i32::try_from(distance).map_err(|_| too_large())?.to_le_bytes();
            Ok(())
        }
        other => Err(Error::new(
            Phase::Compile,
            Kind::Internal,
            format!("cranelift asks for the unknown relocation {other}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(kind: Reloc, addend: i64) -> Relocation {
        Relocation { at: 8, kind, target: 0, addend }
    }

    #[test]
    fn an_x86_call_counts_from_behind_its_field() {
        let mut code = [0xff; 16];
        resolve(&mut code, &call(Reloc::X86CallPCRel4, -4), 0x100).unwrap();
        assert_eq!(code[8..12], (0x100i32 - 12).to_le_bytes());
        assert_eq!((code[7], code[12]), (0xff, 0xff));
    }

    #[test]
    fn an_arm_call_keeps_its_opcode_and_has_a_range() {
        let mut code = [0; 16];
        code[8..12].copy_from_slice(&0x9400_0000u32.to_le_bytes());
        resolve(&mut code, &call(Reloc::Arm64Call, 0), 0).unwrap();
        assert_eq!(code[8..12], (0x9400_0000u32 | (-2i32 as u32 & 0x03ff_ffff)).to_le_bytes());
        let error = resolve(&mut code, &call(Reloc::Arm64Call, 0), 1 << 28).unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge);
    }

    #[test]
    fn a_call_in_bytecode_counts_from_the_beginning_of_its_instruction() {
        let mut code = [0; 16];
        code[8..12].copy_from_slice(&3i32.to_le_bytes());
        resolve(&mut code, &call(Reloc::PulleyPcRel, 0), 0x100).unwrap();
        assert_eq!(code[8..12], (0x100i32 - 5).to_le_bytes());
    }

    #[test]
    fn an_unknown_relocation_is_refused() {
        let error = resolve(&mut [0; 16], &call(Reloc::Abs8, 0), 0).unwrap_err();
        assert_eq!(error.kind(), Kind::Internal);
    }
}
