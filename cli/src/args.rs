//! What the command line looks like.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use edge_runtime::{ArtifactForm, Mode};

use crate::bytes::parse_bytes;
use crate::engine::EngineArgs;

/// Run, inspect and test WebAssembly modules.
#[derive(Debug, Parser)]
#[command(name = "edge", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a program, or call one function of a module.
    Run(RunArgs),
    /// Compile a module into a file, so that it need not be compiled when it is run.
    Compile(CompileArgs),
    /// Show imports, exports and bindgen signatures of a module.
    Inspect(InspectArgs),
    /// Run scripts of the specification's test format.
    Wast(WastArgs),
    /// List what every operator costs in fuel by default.
    Costs,
}

/// `edge compile`.
#[derive(Debug, Args)]
pub struct CompileArgs {
    /// The module: binary, or text if the name ends in `.wat`.
    #[arg(value_name = "IN")]
    pub input: PathBuf,

    /// The file to write: a module with native code in it, which every runtime runs, if the name ends in `.wasm`, else native
    /// code alone.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,

    /// Write this form, whatever the name of the file is.
    #[arg(long, value_enum)]
    pub form: Option<Form>,

    /// The machine to compile for, as a target triple such as aarch64-unknown-linux-gnu. Default: this one.
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,

    /// Compile for any processor of this machine's kind, not for this very one.
    #[arg(long, conflicts_with = "target")]
    pub generic_cpu: bool,

    /// What the module may use and how its code is made.
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// See [`ArtifactForm`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Form {
    /// A module with native code in it.
    Universal,
    /// Native code alone.
    Native,
}

impl From<Form> for ArtifactForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Universal => Self::Universal,
            Form::Native => Self::Native,
        }
    }
}

/// `edge run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Let the guest see a directory of the host; repeatable. `PATH` alone means the same path on both sides.
    #[arg(long, value_name = "GUEST:HOST")]
    pub dir: Vec<String>,

    /// As --dir, without the right to change anything.
    #[arg(long, value_name = "GUEST:HOST")]
    pub dir_read_only: Vec<String>,

    /// Set an environment variable of the guest; repeatable. The host's own variables are not passed on.
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,

    /// Call the exported function NAME with the arguments that follow FILE, and print its result.
    #[arg(long, value_name = "NAME")]
    pub invoke: Option<String>,

    /// The same as --invoke, with the name after the file: FILE NAME ARGS...
    #[arg(long, conflicts_with = "invoke")]
    pub reactor: bool,

    /// Run the native code in the file, which `edge compile` made. It is not checked for what it does: only for files that
    /// nobody else can write.
    #[arg(long)]
    pub trusted: bool,

    /// Bytes of linear memory that the guest may use in all (suffixes K, M, G).
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub max_memory: Option<u64>,

    /// Bytes of stack that the guest may use (suffixes K, M, G).
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub max_stack: Option<u64>,

    /// What the module may use and how it is run.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// The module (binary, or text if it ends in `.wat`), then the arguments of the program or the function; everything
    /// after the module is the guest's, options too. Functions of plain modules take numbers; bindgen functions take JSON
    /// (a string may be written without quotes; `@PATH` gives the bytes of a file).
    // One positional, because clap reads options between two.
    #[arg(required = true, trailing_var_arg = true, value_names = ["FILE", "ARGS"])]
    pub command: Vec<String>,
}

impl RunArgs {
    /// The module.
    #[must_use]
    pub fn file(&self) -> &Path {
        Path::new(&self.command[0])
    }

    /// What stands after the module.
    #[must_use]
    pub fn args(&self) -> &[String] {
        &self.command[1..]
    }
}

/// `edge inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// What the module may use.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// The module: binary, or text if it ends in `.wat`.
    pub file: PathBuf,
}

/// `edge wast`.
#[derive(Debug, Args)]
pub struct WastArgs {
    /// How the scripts' modules are run.
    #[arg(long, value_name = "MODE", default_value_t, value_parser = modes())]
    pub mode: Mode,

    /// What the modules may use.
    #[command(flatten)]
    pub engine: EngineArgs,

    /// The scripts.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// The names of the modes, with what they mean.
fn modes() -> impl TypedValueParser<Value = Mode> {
    let values = Mode::ALL.iter().map(|mode| PossibleValue::new(mode.name()).help(mode.doc()));
    PossibleValuesParser::new(values).try_map(|name| Mode::from_name(&name))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn scripts_run_in_every_mode_by_its_name() {
        let mode = |args: &[&str]| match Cli::try_parse_from([&["edge", "wast"], args, &["x.wast"]].concat())?.command {
            Command::Wast(wast) => Ok(wast.mode),
            _ => panic!("not wast"),
        };
        for named in Mode::ALL {
            assert_eq!(mode(&["--mode", named.name()]).unwrap(), *named);
        }
        assert_eq!(mode(&[]).unwrap(), Mode::Optimised);
        let error: clap::Error = mode(&["--mode", "quick"]).unwrap_err();
        assert!(error.to_string().contains("signal-free"), "{error}");
    }

    #[test]
    fn everything_after_the_file_belongs_to_the_guest() {
        let cli = Cli::parse_from(["edge", "run", "--env", "A=1", "x.wasm", "--dir", "-5"]);
        let Command::Run(run) = cli.command else { panic!("not run") };
        assert_eq!(run.file(), Path::new("x.wasm"));
        assert_eq!(run.args(), ["--dir", "-5"]);
        assert!(run.dir.is_empty());
    }
}
