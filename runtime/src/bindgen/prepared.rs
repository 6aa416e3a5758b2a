//! What is found out once per module and kept with it: its description, checked against its real exports and imports, and
//! everything that can be called by name.

use std::collections::HashMap;
use std::sync::Arc;

use super::description::{self, SECTION};
use super::types::{Interface, Param, Signature, Type};
use crate::Module;
use crate::types::{Error, ExternType, FuncType, Kind, Phase, Result, ValType};

/// Before the names of exported bindgen functions.
pub(crate) const PREFIX: &str = "edge:";
/// The export that returns the header's address.
pub(crate) const INIT: &str = "edge_init";
/// The module of the imports that every bindgen guest has.
pub(crate) const RUNTIME: &str = "__edge";
/// The export through which data travels.
pub(crate) const MEMORY: &str = "memory";

/// A function that can be called by name with values.
#[derive(Debug)]
pub(crate) struct Callable {
    /// The wasm export.
    pub(crate) export: String,
    /// Name, parameters and result as the caller sees them.
    pub(crate) signature: Signature,
    /// Slots that a call needs: the larger number of wasm parameters and results.
    pub(crate) slots: usize,
    /// Whether all that travels are numbers.
    pub(crate) scalar: bool,
    /// Whether it is the guest's bindgen that serves the call.
    pub(crate) rich: bool,
    /// Why it cannot be called with values though it is a function.
    pub(crate) refused: Option<String>,
}

/// See the module's comment.
#[derive(Debug)]
pub(crate) struct Prepared {
    interface: Option<Interface>,
    /// Bindgen functions, then plain exports.
    pub(crate) callables: Vec<Callable>,
    by_name: HashMap<String, usize>,
}

impl Prepared {
    /// What is kept with the module; found out now if nobody asked before.
    pub(crate) fn of(module: &Module) -> Result<Arc<Self>> {
        // An error has one owner; what is kept is what a new one is made from.
        type Kept = std::result::Result<Arc<Prepared>, (Phase, Kind, String)>;
        let kept: &Kept = module.extension(|| match Self::new(module) {
            Ok(prepared) => Ok(Arc::new(prepared)),
            Err(error) => Err((error.phase(), error.kind(), error.message().to_owned())),
        });
        kept.clone().map_err(|(phase, kind, message)| Error::new(phase, kind, message))
    }

    fn new(module: &Module) -> Result<Self> {
        let interface = description::read(module.custom_sections(SECTION))?;
        let mut callables = Vec::new();
        if let Some(interface) = &interface {
            check_module(interface, module)?;
            callables.extend(interface.functions.iter().map(Callable::rich));
        }
        for export in module.exports() {
            let ExternType::Func(ty) = export.ty() else { continue };
            if interface.is_none() || !(export.name().starts_with(PREFIX) || export.name() == INIT) {
                callables.push(Callable::plain(export.name(), &ty));
            }
        }
        let mut by_name = HashMap::with_capacity(callables.len());
        for (i, callable) in callables.iter().enumerate() {
            // A bindgen function goes before a plain export of the same name, which may well be libc's.
            by_name.entry(callable.signature.name.clone()).or_insert(i);
        }
        Ok(Self { interface, callables, by_name })
    }

    /// The description.
    pub(crate) fn interface(&self) -> Option<&Interface> {
        self.interface.as_ref()
    }

    /// Whether bindgen functions are described, so that the guest is in the hands of its bindgen code.
    pub(crate) fn has_functions(&self) -> bool {
        self.interface.as_ref().is_some_and(|i| !i.functions.is_empty())
    }

    /// The position in `callables` of the function with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The functions to show a user: bindgen's if there are any, else all plain exports.
    pub(crate) fn shown(&self) -> impl Iterator<Item = usize> {
        let rich = self.callables.iter().any(|c| c.rich);
        (0..self.callables.len()).filter(move |i| {
            let callable = &self.callables[*i];
            callable.rich == rich && callable.refused.is_none()
        })
    }
}

impl Callable {
    fn rich(signature: &Signature) -> Self {
        let lowered = signature.lower();
        Self {
            export: format!("{PREFIX}{}", signature.name),
            signature: signature.clone(),
            slots: lowered.params().len().max(lowered.results().len()),
            scalar: signature.is_scalar(),
            rich: true,
            refused: None,
        }
    }

    /// A plain export: numbers, with a signature made from its wasm type.
    fn plain(name: &str, ty: &FuncType) -> Self {
        let inexpressible = |ty: &&ValType| matches!(ty, ValType::V128 | ValType::Ref(_));
        let refused = ty.params().iter().chain(ty.results()).find(inexpressible).map(|part| {
            format!(
                "`{name}` has the type {part} in its signature {ty}, which no value can express: use Instance::func"
            )
        });
        let number = |ty: &ValType| match ty {
            ValType::I32 => Type::I32,
            ValType::I64 | ValType::V128 | ValType::Ref(_) => Type::I64,
            ValType::F32 => Type::F32,
            ValType::F64 => Type::F64,
        };
        let params =
            ty.params().iter().enumerate().map(|(i, ty)| Param { name: format!("arg{i}"), ty: number(ty) }).collect();
        let result = match ty.results() {
            [] => Type::Unit,
            [one] => number(one),
            many => Type::Tuple(many.iter().map(number).collect()),
        };
        let signature = Signature { name: name.to_owned(), doc: String::new(), params, result };
        Self {
            export: name.to_owned(),
            slots: ty.params().len().max(ty.results().len()),
            scalar: refused.is_none() && ty.results().len() <= 1,
            signature,
            rich: false,
            refused,
        }
    }
}

/// Refuses a description that the module's exports and imports contradict.
fn check_module(interface: &Interface, module: &Module) -> Result<()> {
    for function in &interface.functions {
        let export = format!("{PREFIX}{}", function.name);
        want_export(module, &export, &function.lower(), &function.name)?;
    }
    if !interface.functions.is_empty() {
        want_export(module, INIT, &FuncType::new([], [ValType::I32]), "every bindgen function")?;
        if !matches!(module.export(MEMORY), Some(ExternType::Memory(_))) {
            return Err(contradiction("bindgen functions are described, but the module does not export its memory"));
        }
    }
    for import in module.imports() {
        let Some(signature) = interface.import(import.module(), import.name()) else { continue };
        let wanted = ExternType::Func(signature.lower());
        if import.ty() != wanted {
            return Err(contradiction(format_args!(
                "the host function `{}.{}` is described as {signature}, which is a {wanted}, but imported as a {}",
                import.module(),
                import.name(),
                import.ty()
            )));
        }
    }
    Ok(())
}

fn want_export(module: &Module, export: &str, wanted: &FuncType, function: &str) -> Result<()> {
    match module.export(export) {
        Some(ExternType::Func(ty)) if ty == *wanted => Ok(()),
        Some(other) => Err(contradiction(format_args!(
            "`{function}` needs the export `{export}` to be a function {wanted}, but it is a {other}"
        ))),
        None => {
            Err(contradiction(format_args!("`{function}` needs the export `{export}`, which the module does not have")))
        }
    }
}

#[cold]
fn contradiction(message: impl std::fmt::Display) -> Error {
    Error::new(Phase::Load, Kind::BadDescription, format!("the bindgen description contradicts the module: {message}"))
}
