//! A program on `std` alone, whose first argument picks the part of WASI that it exercises.
//!
//! What it prints is the same on every run, so that a test can compare the whole text: no times, no random bytes, but
//! what must be true of them. Anything unexpected ends it with status 101 by a panic, which names file and line.

mod files;
mod paths;

use std::collections::HashMap;
use std::env;
use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// A part: its name, and what runs it with the arguments after the name.
type Part = (&'static str, fn(&[String]) -> ExitCode);

const PARTS: &[Part] = &[
    ("args", args),
    ("env", print_env),
    ("stdin", stdin),
    ("lines", lines),
    ("streams", streams),
    ("clock", clock),
    ("sleep", sleep),
    ("random", random),
    ("exit", exit),
    ("panic", panic),
    ("loop", endless_loop),
    ("files", files::run),
    ("append", files::append),
    ("cat", files::cat),
    ("ls", files::list),
    ("links", paths::links),
    ("escape", paths::escape),
    ("read-only", paths::read_only),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    let wanted = arguments.get(1).map_or("", String::as_str);
    match PARTS.iter().find(|(name, _)| *name == wanted) {
        Some((_, run)) => run(&arguments[2..]),
        None => {
            let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
            eprintln!("wasi: the first argument is {wanted:?}, expected one of {}", names.join(", "));
            ExitCode::from(2)
        }
    }
}

/// `args ...`: the arguments, one a line.
fn args(arguments: &[String]) -> ExitCode {
    for argument in arguments {
        println!("{argument}");
    }
    ExitCode::SUCCESS
}

/// `env`: all variables, sorted; `env NAME...`: the named ones, each a line, with what it says of a missing one.
fn print_env(names: &[String]) -> ExitCode {
    if names.is_empty() {
        let mut variables: Vec<(String, String)> = env::vars().collect();
        variables.sort();
        for (name, value) in variables {
            println!("{name}={value}");
        }
    }
    for name in names {
        match env::var(name) {
            Ok(value) => println!("{name}={value}"),
            Err(error) => println!("{name}: {error}"),
        }
    }
    ExitCode::SUCCESS
}

/// `stdin`: copies standard input to standard output, to the byte.
fn stdin(_: &[String]) -> ExitCode {
    io::copy(&mut io::stdin().lock(), &mut io::stdout().lock()).expect("copy");
    ExitCode::SUCCESS
}

/// `lines`: numbers the lines of standard input.
fn lines(_: &[String]) -> ExitCode {
    for (index, line) in io::stdin().lock().lines().enumerate() {
        println!("{}: {}", index + 1, line.expect("a line of UTF-8"));
    }
    ExitCode::SUCCESS
}

/// `streams`: one text to standard output, another to standard error, one without a line feed at the end.
fn streams(_: &[String]) -> ExitCode {
    println!("to stdout");
    eprintln!("to stderr");
    print!("no line feed");
    io::stdout().flush().expect("flush");
    ExitCode::SUCCESS
}

/// `clock`: that time passes, and that the calendar is past 2024.
fn clock(_: &[String]) -> ExitCode {
    let start = Instant::now();
    let mut turns = 0u64;
    // Ends for every clock that goes on; a clock that stands still ends by the limit.
    while start.elapsed().is_zero() && turns < 100_000_000 {
        turns += 1;
    }
    println!("monotonic: {}", if start.elapsed().is_zero() { "stands still" } else { "goes on" });
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    println!("calendar: {}", if since_1970.as_secs() > 1_704_067_200 { "after 2024" } else { "before 2024" });
    ExitCode::SUCCESS
}

/// `sleep MS`: sleeps that long, 20 by default; says whether it was at least as long.
fn sleep(arguments: &[String]) -> ExitCode {
    let wanted = Duration::from_millis(arguments.first().map_or(20, |text| text.parse().expect("milliseconds")));
    let start = Instant::now();
    thread::sleep(wanted);
    println!("slept: {}", if start.elapsed() >= wanted { "long enough" } else { "too short" });
    ExitCode::SUCCESS
}

/// `random`: that two maps have keys of their own, which `std` draws from `random_get`.
fn random(_: &[String]) -> ExitCode {
    use std::hash::{BuildHasher, RandomState};
    // The keys of one thread count up from random ones, so that one hash tells two runs apart; it is printed on demand.
    let hash = RandomState::new().hash_one(1);
    if env::var_os("SHOW").is_some() {
        println!("{hash:016x}");
    }
    let map: HashMap<i32, i32> = (0..100).map(|key| (key, key * key)).collect();
    println!("map: {}", map[&12]);
    ExitCode::SUCCESS
}

/// `exit CODE`: ends with that status, after a line that must not be lost.
fn exit(arguments: &[String]) -> ExitCode {
    print!("leaving");
    std::process::exit(arguments.first().map_or(0, |text| text.parse().expect("a status")))
}

/// `panic`: panics; with `panic=abort` this is a trap after a text on standard error.
fn panic(_: &[String]) -> ExitCode {
    panic!("as asked")
}

/// `loop`: never ends, reading its input first so that a test knows that it runs.
fn endless_loop(_: &[String]) -> ExitCode {
    let mut byte = [0];
    io::stdin().read_exact(&mut byte).ok();
    let mut turns = 0u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}
