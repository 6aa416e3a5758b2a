//! Runs one script, directive by directive.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::thread;

use edge_runtime::{Engine, Error, Extern, Instance, Kind, Limits, Linker, Mode, Module, Phase, Store, Val};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::{Id, Span};
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, WastRet, WastThread, Wat};

use super::threads::{Surroundings, Tally, Threads};
use super::{spectest, threads, values};

/// What became of a script.
#[derive(Debug, Default)]
pub struct Report {
    /// Directives that did what they should.
    pub passed: usize,
    /// Directives that did not.
    pub failures: Vec<Failure>,
}

/// A directive that did not do what it should.
#[derive(Debug)]
pub struct Failure {
    /// Line of the directive, counted from 1.
    pub line: usize,
    /// Column of the directive, counted from 1.
    pub column: usize,
    /// What happened instead.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Runs a script in a store of its own, of an engine of this mode.
#[must_use]
pub fn run_script(mode: Mode, engine: &Engine, text: &str) -> Report {
    let mut report = Report::default();
    let mut fail = |span: Span, message: String| {
        let (line, column) = span.linecol_in(text);
        report.failures.push(Failure { line: line + 1, column: column + 1, message });
    };
    let mut lexer = Lexer::new(text);
    // The suite's files on names hold every confusing character there is.
    lexer.allow_confusing_unicode(true);
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => {
            fail(error.span(), error.message());
            return report;
        }
    };
    let script: Wast<'_> = match parser::parse(&buffer) {
        Ok(script) => script,
        Err(error) => {
            fail(error.span(), error.message());
            return report;
        }
    };
    let tally = Mutex::new(Tally::default());
    let set_up = thread::scope(|scope| {
        let mut runner = Runner::new(mode, engine, Surroundings { scope, tally: &tally })?;
        threads::run(&mut runner, script.directives, &tally);
        Ok::<_, Error>(())
    });
    if let Err(error) = set_up {
        fail(Span::from_offset(0), format!("cannot set up `spectest`: {error}"));
    }
    let Tally { passed, failures } = tally.into_inner().expect("nobody panics while counting");
    failures.into_iter().for_each(|(span, message)| fail(span, message));
    report.passed = passed;
    report
}

/// The state between directives. A directive that fails gives its message.
pub(super) struct Runner<'scope, 'env> {
    mode: Mode,
    engine: Engine,
    store: Store,
    linker: Linker,
    definitions: HashMap<String, Module>,
    last_definition: Option<Module>,
    instances: HashMap<String, Instance>,
    current: Option<Instance>,
    threads: Threads<'scope, 'env>,
}

/// What executing an action gave.
type Outcome = Result<Vec<Val>, Error>;

impl<'scope, 'env> Runner<'scope, 'env> {
    fn new(mode: Mode, engine: &Engine, around: Surroundings<'scope, 'env>) -> Result<Self, Error> {
        let mut limits = Limits::default();
        // Scripts declare memories and tables of the largest legal size.
        limits.memory = 1 << 40;
        limits.table = 1 << 32;
        let store = Store::new(engine, limits);
        let linker = spectest::linker(engine, &store)?;
        Ok(Self {
            mode,
            engine: engine.clone(),
            store,
            linker,
            definitions: HashMap::new(),
            last_definition: None,
            instances: HashMap::new(),
            current: None,
            threads: Threads::new(around),
        })
    }

    pub(super) fn directive(&mut self, directive: WastDirective<'env>) -> Result<(), String> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_string());
                let module = self.compile(&mut module)?;
                self.instantiate(name, &module)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name().map(|id| id.name().to_string());
                let module = self.compile(&mut module)?;
                if let Some(name) = name {
                    self.definitions.insert(name, module.clone());
                }
                self.last_definition = Some(module);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let module = match module {
                    Some(id) => self.definitions.get(id.name()).cloned(),
                    None => self.last_definition.clone(),
                };
                let module = module.ok_or("there is no such module definition")?;
                self.instantiate(instance.map(|id| id.name().to_string()), &module)
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?.clone();
                self.linker.instance(name, &instance);
                Ok(())
            }
            WastDirective::Invoke(call) => self.invoke(&call)?.map(drop).map_err(|e| format!("the call failed: {e:?}")),
            WastDirective::AssertReturn { exec, results, .. } => expect_results(self.execute(exec)?, &results),
            WastDirective::AssertTrap { exec, message, .. } => expect_trap(self.execute(exec)?, message),
            WastDirective::AssertExhaustion { call, .. } => match self.invoke(&call)? {
                Err(error) if error.kind() == Kind::StackOverflow => Ok(()),
                other => Err(format!("expected the stack to be exhausted, got {other:?}")),
            },
            WastDirective::AssertMalformed { mut module, message, .. }
            | WastDirective::AssertInvalid { mut module, message, .. } => self.expect_refused(&mut module, message),
            WastDirective::AssertUnlinkable { module, message, .. } => self.expect_unlinkable(module, message),
            // Custom annotations are checked by no engine that has no use for them.
            WastDirective::AssertInvalidCustom { .. } | WastDirective::AssertMalformedCustom { .. } => {
                Err("assertions on custom sections are not supported".into())
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec)? {
                Err(error) if error.kind() == Kind::UncaughtException => Ok(()),
                other => Err(format!("expected an exception, got {other:?}")),
            },
            WastDirective::AssertSuspension { .. } => Err("stack switching is not supported".into()),
            WastDirective::Thread(thread) => self.begin_thread(thread),
            WastDirective::Wait { thread, .. } => self.threads.wait(thread.name()),
        }
    }

    /// A thread has a store of its own; of this one's it sees the instance that it shares, of which it can use shared memories.
    fn begin_thread(&mut self, thread: WastThread<'env>) -> Result<(), String> {
        let around = self.threads.around();
        let mut runner =
            Runner::new(self.mode, &self.engine, around).map_err(|e| format!("cannot set up `spectest`: {e}"))?;
        if let Some(id) = thread.shared_module {
            let instance = self.instance(Some(id))?.clone();
            runner.instances.insert(id.name().to_owned(), instance);
        }
        self.threads.begin(thread.name.name(), runner, thread.directives);
        Ok(())
    }

    fn compile(&self, module: &mut QuoteWat<'_>) -> Result<Module, String> {
        let bytes = module.encode().map_err(|e| format!("the text does not parse: {}", e.message()))?;
        self.mode.module(&self.engine, &bytes).map_err(|e| format!("the module was refused: {e}"))
    }

    fn instantiate(&mut self, name: Option<String>, module: &Module) -> Result<(), String> {
        let instance = self
            .linker
            .instantiate(&self.store, module)
            .map_err(|e| format!("the module was not instantiated: {e:?}"))?;
        if let Some(name) = name {
            self.instances.insert(name, instance.clone());
        }
        self.current = Some(instance);
        Ok(())
    }

    fn instance(&self, id: Option<Id<'_>>) -> Result<&Instance, String> {
        match id {
            Some(id) => self.instances.get(id.name()).ok_or_else(|| format!("there is no module ${}", id.name())),
            None => self.current.as_ref().ok_or_else(|| "there is no module yet".to_string()),
        }
    }

    fn invoke(&self, call: &WastInvoke<'_>) -> Result<Outcome, String> {
        let func = self.instance(call.module)?.func(call.name).map_err(|e| e.to_string())?;
        let args = call.args.iter().map(values::argument).collect::<Result<Vec<_>, _>>()?;
        Ok(func.call(&args))
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Outcome, String> {
        match exec {
            WastExecute::Invoke(call) => self.invoke(&call),
            WastExecute::Get { module, global, .. } => match self.instance(module)?.export(global) {
                Some(Extern::Global(global)) => Ok(Ok(vec![global.get()])),
                _ => Err(format!("there is no global `{global}`")),
            },
            WastExecute::Wat(module) => {
                let module = self.compile(&mut QuoteWat::Wat(module))?;
                Ok(self.linker.instantiate(&self.store, &module).map(|_| Vec::new()))
            }
        }
    }

    fn expect_refused(&self, module: &mut QuoteWat<'_>, message: &str) -> Result<(), String> {
        let Ok(bytes) = module.encode() else { return Ok(()) };
        match self.mode.module(&self.engine, &bytes) {
            Ok(_) => Err(format!("expected the module to be refused: {message}")),
            Err(error) if matches!(error.phase(), Phase::Load | Phase::Validate) => Ok(()),
            Err(error) => Err(format!("expected the module to be refused ({message}), got {error:?}")),
        }
    }

    fn expect_unlinkable(&self, module: Wat<'_>, message: &str) -> Result<(), String> {
        let module = self.compile(&mut QuoteWat::Wat(module))?;
        match self.linker.instantiate(&self.store, &module) {
            Ok(_) => Err(format!("expected a link error: {message}")),
            Err(error) if matches!(error.kind(), Kind::UnknownImport | Kind::IncompatibleImport) => Ok(()),
            Err(error) => Err(format!("expected a link error ({message}), got {error:?}")),
        }
    }
}

fn expect_results(outcome: Outcome, expected: &[WastRet<'_>]) -> Result<(), String> {
    let actual = outcome.map_err(|e| format!("expected {expected:?}, got {e:?}"))?;
    let same = actual.len() == expected.len() && actual.iter().zip(expected).all(|(a, e)| values::matches(a, e));
    if same { Ok(()) } else { Err(format!("expected {expected:?}, got {actual:?}")) }
}

/// The suite's messages are prefixes of one another ("uninitialized element 2" against "uninitialized element").
fn expect_trap(outcome: Outcome, message: &str) -> Result<(), String> {
    match outcome {
        Err(error) if message.starts_with(error.message()) || error.message().starts_with(message) => Ok(()),
        // Of an instruction that calls: "null function reference".
        Err(error) if error.kind() == Kind::NullReference && message.starts_with("null ") => Ok(()),
        other => Err(format!("expected the trap `{message}`, got {other:?}")),
    }
}
