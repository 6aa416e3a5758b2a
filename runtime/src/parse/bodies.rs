//! Validation of function bodies, the bulk of the work, in parallel.

use rayon::prelude::*;
use wasmparser::{FuncToValidate, FuncValidatorAllocations, FunctionBody, ValidatorResources};

use super::{caps, failure, gc};
use crate::types::{ModuleLimits, Result};

/// A body with what it takes to validate it.
pub(super) type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Below this many bytes, waking other threads costs more than it saves.
const WORTH_THREADS: usize = 64 << 10;

/// The opcode of `br_table`.
const BR_TABLE: u8 = 0x0e;

/// Validates all bodies. Of several mistakes the one in the first function is reported, whatever the threads do.
pub(super) fn validate(bodies: Vec<Body<'_>>, caps: &ModuleLimits) -> Result<()> {
    let total: usize = bodies.iter().map(|(_, body)| body.as_bytes().len()).sum();
    if total < WORTH_THREADS {
        let mut allocations = FuncValidatorAllocations::default();
        return bodies.into_iter().try_for_each(|body| validate_one(body, &mut allocations, caps));
    }
    let failure = bodies
        .into_par_iter()
        .map_init(FuncValidatorAllocations::default, |allocations, body| validate_one(body, allocations, caps))
        .find_map_first(Result::err);
    failure.map_or(Ok(()), Err)
}

fn validate_one((func, body): Body<'_>, allocations: &mut FuncValidatorAllocations, caps: &ModuleLimits) -> Result<()> {
    caps::check("bytes in a function's body", body.as_bytes().len() as u64, caps.body_size, body.range().start)?;
    let features = func.features;
    let mut validator = func.into_validator(std::mem::take(allocations));
    let parameters = u64::from(validator.len_locals());
    check_locals(&body, parameters, caps)?;

    let in_body = |e: wasmparser::Error| failure::in_body(&e, &body, features);
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader).map_err(in_body)?;
    reader.set_features(features);
    let start = body.range().start;
    while !reader.eof() {
        let at = reader.original_position();
        if body.as_bytes()[(at - start) as usize] == BR_TABLE {
            check_branch_table(reader.clone(), caps).map_err(in_body)??;
        }
        reader.visit_operator(&mut validator.visitor(at)).and_then(|checked| checked).map_err(in_body)?;
        gc::check_operator(&body.as_bytes()[(at - start) as usize..], at)?;
        caps::check("blocks inside one another", u64::from(validator.control_stack_height()), caps.nesting, at)?;
        caps::check("operands on the stack", u64::from(validator.operand_stack_height()), caps.operands, at)?;
    }
    reader.finish_expression(&validator.visitor(reader.original_position())).map_err(in_body)?;
    *allocations = validator.into_allocations();
    Ok(())
}

/// Before the validator sees them: it makes room for every local.
fn check_locals(body: &FunctionBody<'_>, parameters: u64, caps: &ModuleLimits) -> Result<()> {
    let mut locals = body.get_locals_reader().map_err(|e| failure::malformed(&e))?;
    let mut total = parameters;
    for _ in 0..locals.get_count() {
        let at = locals.original_position();
        let (count, ty) = locals.read().map_err(|e| failure::malformed(&e))?;
        gc::check_type(ty, at)?;
        total += u64::from(count);
        caps::check("locals in a function", total, caps.locals, at)?;
    }
    Ok(())
}

/// The outer result is about reading, the inner about the cap.
fn check_branch_table(mut reader: wasmparser::BinaryReader<'_>, caps: &ModuleLimits) -> wasmparser::Result<Result<()>> {
    let at = reader.original_position();
    reader.read_u8()?;
    let targets = u64::from(reader.read_var_u32()?);
    Ok(caps::check("targets of a br_table", targets, caps.branch_targets, at))
}
