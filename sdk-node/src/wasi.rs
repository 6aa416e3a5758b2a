//! `Wasi`: the native half.

use edge_runtime::WasiConfig;

use crate::arguments::{Args, strings_of};
use crate::errors::Fail;
use crate::js::{Env, External, Js, Sort};

/// `(args, env pairs, dirs of guest, host and "ro" or "rw", stdin, stdout, stderr)` => configuration.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let mut config = WasiConfig::new().args(strings_of(env, args.at(0)?)?);
    for pair in strings_of(env, args.at(1)?)?.chunks_exact(2) {
        config = config.env(&pair[0], &pair[1]);
    }
    for dir in strings_of(env, args.at(2)?)?.chunks_exact(3) {
        config = match &*dir[2] {
            "ro" => config.dir_read_only(&dir[1], &dir[0]),
            _ => config.dir(&dir[1], &dir[0]),
        };
    }
    if let Some(stdin) = args.optional(3)? {
        config = match env.sort(stdin)? {
            Sort::String => config.stdin_inherit(),
            _ => config.stdin_bytes(env.get_bytes(stdin)?.ok_or_else(|| Fail::internal("a stdin that is none"))?),
        };
    }
    if args.optional(4)?.is_some() {
        config = match &*args.string(4)? {
            "capture" => config.stdout_capture(),
            "ignore" => config.stdout_write(std::io::sink()),
            _ => config.stdout_inherit(),
        };
    }
    if args.optional(5)?.is_some() {
        config = match &*args.string(5)? {
            "capture" => config.stderr_capture(),
            "ignore" => config.stderr_write(std::io::sink()),
            _ => config.stderr_inherit(),
        };
    }
    External::create(env, config)
}
