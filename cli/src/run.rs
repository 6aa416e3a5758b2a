//! `edge run`: programs and single functions.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use edge_runtime::{Config, Engine, Error, Function, Kind, Limits, Module, Phase, Result, Value, Vm, WasiConfig};

use crate::args::RunArgs;
use crate::{json, progress};

/// Runs what the command line asks for. The exit code is the guest's own.
///
/// # Errors
///
/// When the module cannot be read, compiled or instantiated, the function does not exist, its arguments do not fit, or the
/// guest traps.
pub fn run(args: &RunArgs) -> Result<ExitCode> {
    let (invoke, guest_args) = function_name(args)?;
    let engine = args.engine.engine(Config::new())?;
    let module = match args.trusted {
        // SAFETY: the user says so.
        true => unsafe { Module::from_trusted_file(&engine, args.file()) }?,
        false => load(&engine, args.file())?,
    };
    let wasi = wasi(args, guest_args)?;
    let outcome = Vm::builder().wasi(wasi).limits(limits(args)?).load(module).and_then(|vm| match invoke {
        Some(name) => counted(args, &vm, || call(&vm, name, guest_args).map(|()| 0)),
        None => counted(args, &vm, || start(&vm, args.file())),
    });
    match outcome {
        Ok(code) => Ok(exit_code(code)),
        Err(error) => error.exit_code().map(exit_code).ok_or(error),
    }
}

/// Reads and compiles a module; text if the file ends in `.wat`.
pub(crate) fn load(engine: &Engine, path: &Path) -> Result<Module> {
    if path.extension().is_some_and(|extension| extension == "wat") {
        return Module::from_file(engine, path);
    }
    let bytes = std::fs::read(path).map_err(|e| Error::io(path.display(), e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    progress::compile(engine, &name, &bytes)
}

/// Systems keep the low eight bits of an exit code; so do we.
fn exit_code(code: i32) -> ExitCode {
    ExitCode::from(code as u8)
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(Phase::Io, Kind::ArgumentType, message)
}

/// The function to call, and the arguments after it. None in command mode.
fn function_name(args: &RunArgs) -> Result<(Option<&str>, &[String])> {
    if !args.reactor {
        return Ok((args.invoke.as_deref(), args.args()));
    }
    let (name, rest) =
        args.args().split_first().ok_or_else(|| usage("--reactor needs the function's name after the file"))?;
    Ok((Some(name), rest))
}

fn wasi(args: &RunArgs, guest_args: &[String]) -> Result<WasiConfig> {
    let mut wasi = WasiConfig::new().inherit_stdio().arg(args.file()).args(guest_args);
    for pair in &args.env {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| usage(format!("--env takes NAME=VALUE, got `{pair}`")))?;
        wasi = wasi.env(name, value);
    }
    for pair in &args.dir {
        let (guest, host) = pair.split_once(':').unwrap_or((pair, pair));
        wasi = wasi.dir(host, guest);
    }
    for pair in &args.dir_read_only {
        let (guest, host) = pair.split_once(':').unwrap_or((pair, pair));
        wasi = wasi.dir_read_only(host, guest);
    }
    Ok(wasi)
}

fn limits(args: &RunArgs) -> Result<Limits> {
    let mut limits = Limits::default();
    // A program on the command line is the user's own: it may use what a 32-bit memory can hold.
    limits.memory = args.max_memory.unwrap_or(4 << 30);
    if let Some(stack) = args.max_stack {
        limits.stack = usize::try_from(stack).unwrap_or(usize::MAX);
    }
    args.engine.limit(&mut limits)?;
    Ok(limits)
}

/// Runs the guest and tells on standard error what was counted, however it ended.
fn counted(args: &RunArgs, vm: &Vm, run: impl FnOnce() -> Result<i32>) -> Result<i32> {
    let outcome = run();
    eprint!("{}", args.engine.report(&vm.store().statistics()));
    outcome
}

fn start(vm: &Vm, file: &Path) -> Result<i32> {
    vm.start().map_err(|error| {
        if error.kind() != Kind::UnknownExport {
            return error;
        }
        let names: Vec<_> = vm.functions().iter().map(|f| f.name().to_string()).collect();
        let file = file.display();
        usage(format!(
            "{file} is not a program (it exports no `_start`); call one of its functions with --invoke: {}",
            names.join(", ")
        ))
    })
}

fn call(vm: &Vm, name: &str, args: &[String]) -> Result<()> {
    let function = vm.function(name)?;
    let signature = function.signature();
    if args.len() != signature.params.len() {
        let (wanted, got) = (signature.params.len(), args.len());
        let message = format!("{signature} takes {wanted} argument(s), got {got}");
        return Err(Error::new(Phase::Execute, Kind::ArgumentCount, message));
    }
    let mut values = Vec::with_capacity(args.len());
    for (param, text) in signature.params.iter().zip(args) {
        let value = json::argument(text, &param.ty, vm.interface()).map_err(|message| {
            Error::new(Phase::Execute, Kind::ArgumentType, format!("{name}: argument `{}`: {message}", param.name))
        })?;
        values.push(value);
    }
    let result = function.call(&values)?;
    print(vm, &function, &result).map_err(|e| Error::io("standard output", e))
}

/// Plain exports print one number a line; bindgen functions print JSON, and nothing for `()`.
fn print(vm: &Vm, function: &Function, result: &Value<'_>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let bindgen = vm.interface().is_some_and(|i| i.function(function.name()).is_some());
    match result {
        Value::Null if matches!(function.signature().result, edge_runtime::bindgen::Type::Unit) => Ok(()),
        Value::Tuple(items) if !bindgen => items.iter().try_for_each(|item| writeln!(out, "{}", json::to_json(item))),
        value => writeln!(out, "{}", json::to_json(value)),
    }
}
