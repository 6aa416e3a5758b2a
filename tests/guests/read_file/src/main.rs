//! Reads the file that the first argument names, then prints the line of each number that comes from standard input.

use std::env;
use std::fs;
use std::io::{self, BufRead};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        println!("Rust: ERROR - No input file name.");
        return ExitCode::FAILURE;
    };
    println!("Rust: Opening input file \"{path}\"...");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            println!("Rust: ERROR - Open file \"{path}\" failed: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("Rust: Read input file \"{path}\" succeeded.");
    println!("Rust: Please input the line number to print the line of file.");
    let lines: Vec<&str> = text.lines().collect();
    for input in io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(&lines, &input));
    }
    println!("Rust: Process end.");
    ExitCode::SUCCESS
}

/// The line whose number, counted from 1, was asked for.
fn answer(lines: &[&str], input: &str) -> String {
    match input.parse::<usize>().map(|number| lines.get(number.wrapping_sub(1))) {
        Ok(Some(line)) => (*line).to_string(),
        Ok(None) => format!("Rust: ERROR - Line \"{input}\" is out of range."),
        Err(error) => format!("Rust: ERROR - Input \"{input}\" is not an integer: {error}"),
    }
}
