//! `edge inspect`: what a module wants and offers.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use edge_runtime::bindgen::{Interface, Signature};
use edge_runtime::{Config, Error, Module, Result};

use crate::args::InspectArgs;
use crate::run;

/// Prints imports, exports and bindgen signatures with their docs.
///
/// # Errors
///
/// When the module cannot be read, or its description is corrupt.
pub fn inspect(args: &InspectArgs) -> Result<ExitCode> {
    let module = run::load(&args.engine.engine(Config::new())?, &args.file)?;
    let text = describe(&module)?;
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| Error::io("standard output", e))?;
    Ok(ExitCode::SUCCESS)
}

/// The text that `edge inspect` prints.
///
/// # Errors
///
/// When the module's bindgen description is corrupt.
pub fn describe(module: &Module) -> Result<String> {
    let mut out = String::new();
    if let Some(name) = module.name() {
        let _ = writeln!(out, "module {name}");
    }
    section(&mut out, "imports", module.imports().map(|i| format!("{}.{}: {}", i.module(), i.name(), i.ty())));
    section(&mut out, "exports", module.exports().map(|e| format!("{}: {}", e.name(), e.ty())));
    if let Some(interface) = Interface::read(module)? {
        signatures(&mut out, "bindgen functions", interface.functions.iter().map(|s| (String::new(), s)));
        signatures(&mut out, "host functions wanted", interface.imports.iter().map(|(m, s)| (format!("{m}."), s)));
    }
    section(&mut out, "custom sections", module.custom_section_names().map(str::to_string));
    Ok(out)
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(out, "{title}:");
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

fn signatures<'a>(out: &mut String, title: &str, items: impl Iterator<Item = (String, &'a Signature)>) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        let _ = writeln!(out, "{title}:");
    }
    for (prefix, signature) in items {
        let _ = writeln!(out, "  {prefix}{signature}");
        for line in signature.doc.lines() {
            let _ = writeln!(out, "      {line}");
        }
    }
}
