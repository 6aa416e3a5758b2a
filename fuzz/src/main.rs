//! `edge-fuzz`: input that nobody thought of, by the number.

use std::fs;
use std::ops::{AddAssign, Range};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::{Args, Parser, Subcommand};
use edge_fuzz::generate::Case;
use edge_fuzz::{artifact, bindgen, differential, edge, load, wasi};
use edge_runtime::{Config, Engine, Module};

/// Runs generated and damaged input against edge.
#[derive(Parser)]
struct Command {
    #[command(subcommand)]
    target: Target,
}

#[derive(Subcommand)]
enum Target {
    /// Runs generated modules in all modes and in wasmi, and compares.
    Differential(Seeds),
    /// Loads damaged modules: reader, validator and compiler answer and do not panic.
    Load(Seeds),
    /// Loads damaged files of compiled code: damage is found, and nothing panics.
    Artifact(Seeds),
    /// Calls WASI with arguments that make no sense.
    Wasi(Seeds),
    /// Runs a bindgen guest whose bytes are damaged.
    Bindgen {
        /// The guest.
        guest: PathBuf,
        #[command(flatten)]
        seeds: Seeds,
    },
    /// Writes the module of a seed to a file.
    Module {
        /// The seed.
        seed: u64,
        /// The file.
        out: PathBuf,
    },
}

#[derive(Args)]
struct Seeds {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: u64,
}

fn main() -> ExitCode {
    let done = match Command::parse().target {
        Target::Differential(seeds) => differential(&seeds),
        Target::Load(seeds) => loads(&seeds),
        Target::Artifact(seeds) => artifacts(&seeds),
        Target::Wasi(seeds) => wasi_calls(&seeds),
        Target::Bindgen { guest, seeds } => guests(&guest, &seeds),
        Target::Module { seed, out } => module(seed, &out),
    };
    match done {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// Seeds that a thread takes at a time.
const PART: u64 = 100;

/// Gives all seeds to `part`, on several threads; sums what it tells and joins what went wrong.
fn over<T: Default + AddAssign + Send>(seeds: &Seeds, part: impl Fn(Range<u64>) -> (T, String) + Sync) -> (T, String) {
    let end = seeds.from + seeds.seeds;
    let next = AtomicU64::new(seeds.from);
    let work = || {
        let mut done = (T::default(), String::new());
        loop {
            let from = next.fetch_add(PART, Ordering::Relaxed);
            if from >= end {
                return done;
            }
            let (tally, report) = part(from..(from + PART).min(end));
            eprint!("{report}");
            done.0 += tally;
            done.1 += &report;
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..seeds.threads).map(|_| scope.spawn(work)).collect();
        let done = threads.into_iter().map(|thread| thread.join().expect("a worker does not panic"));
        done.fold((T::default(), String::new()), |mut all, (tally, report)| {
            all.0 += tally;
            all.1 += &report;
            all
        })
    })
}

/// Counts the seeds for which `one` said yes.
fn count(seeds: &Seeds, one: impl Fn(u64) -> Result<bool, String> + Sync) -> Result<u64, String> {
    let (yes, reports) = over(seeds, |part| {
        part.fold((0, String::new()), |(yes, reports), seed| match one(seed) {
            Ok(answer) => (yes + u64::from(answer), reports),
            Err(report) => (yes, format!("{reports}{report}\n")),
        })
    });
    if reports.is_empty() { Ok(yes) } else { Err(reports) }
}

fn differential(seeds: &Seeds) -> Result<String, String> {
    let subjects = edge::subjects();
    let (tally, reports) = over(seeds, |part| differential::run(&subjects, part));
    let differential::Tally { modules, compared, returned, ended } = tally;
    let names: Vec<&str> = subjects.iter().map(|subject| subject.name).collect();
    let text = format!(
        "{modules} modules in {}, {compared} of them also in wasmi; {returned} calls returned, {ended} ended early",
        names.join(", ")
    );
    if reports.is_empty() { Ok(format!("{text}; no difference")) } else { Err(text) }
}

fn loads(seeds: &Seeds) -> Result<String, String> {
    let engine = engine()?;
    let modules = count(seeds, |seed| load::one(&engine, seed))?;
    Ok(format!("{} damaged modules; {modules} of them were modules still", seeds.seeds))
}

fn artifacts(seeds: &Seeds) -> Result<String, String> {
    let engine = engine()?;
    let unread = count(seeds, |seed| artifact::one(&engine, seed))?;
    Ok(format!("{} damaged files of compiled code; {unread} of them only where nobody reads", seeds.seeds))
}

fn wasi_calls(seeds: &Seeds) -> Result<String, String> {
    let module = Module::from_text(&engine()?, &wasi::forwarder()).map_err(|e| e.to_string())?;
    let world = tempfile::tempdir().map_err(|e| format!("no directory to play in: {e}"))?;
    count(seeds, |seed| {
        let own = world.path().join(seed.to_string());
        fs::create_dir(&own).map_err(|e| format!("no directory to play in: {e}"))?;
        wasi::one(&module, &own, seed)?;
        fs::remove_dir_all(&own).map_err(|e| format!("seed {seed}: what the guest left cannot be removed: {e}"))?;
        Ok(true)
    })?;
    let left = fs::read_dir(world.path()).map_err(|e| e.to_string())?.count();
    if left > 0 {
        return Err(format!("{left} files beside the guests' directories"));
    }
    Ok(format!("{} rows of 200 calls", seeds.seeds))
}

fn guests(guest: &Path, seeds: &Seeds) -> Result<String, String> {
    let bytes = fs::read(guest).map_err(|e| format!("cannot read {}: {e}", guest.display()))?;
    let engine = engine()?;
    let section = bindgen::description(&engine, &bytes)?;
    let ran = count(seeds, |seed| {
        let part = if seed % 4 == 0 { 8..bytes.len() } else { section.clone() };
        bindgen::one(&engine, &bytes, part, seed)
    })?;
    Ok(format!("{} damaged guests; {ran} of them were loaded", seeds.seeds))
}

fn engine() -> Result<Engine, String> {
    // Threads enough are busy already.
    Engine::new(&Config::new().threads(1)).map_err(|e| e.to_string())
}

fn module(seed: u64, out: &Path) -> Result<String, String> {
    let case = Case::new(seed).ok_or("this seed makes no module")?;
    fs::write(out, &case.wasm).map_err(|e| format!("cannot write {}: {e}", out.display()))?;
    Ok(format!("{} bytes, with {:?}", case.wasm.len(), case.proposals))
}
