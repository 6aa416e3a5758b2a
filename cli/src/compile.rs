//! `edge compile`: modules into files that hold their native code.

use std::process::ExitCode;

use edge_runtime::{ArtifactForm, Config, Result, Target};

use crate::args::CompileArgs;
use crate::run;

/// Compiles a module into a file.
///
/// # Errors
///
/// When the module cannot be read or compiled, no code can be made for the target, or the file cannot be written.
pub fn compile(args: &CompileArgs) -> Result<ExitCode> {
    let target = match &args.target {
        Some(triple) => Target::Triple(triple.clone()),
        None if args.generic_cpu => Target::Generic,
        None => Target::Host,
    };
    let module = run::load(&args.engine.engine(Config::new().target(target))?, &args.input)?;
    let form = args.form.map_or_else(|| ArtifactForm::of_path(&args.output), ArtifactForm::from);
    module.serialize_to(&args.output, form)?;
    Ok(ExitCode::SUCCESS)
}
