//! The programs of `tests/conformance/host_api.json`, which every SDK runs alike.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use edge_runtime::{
    BoxError, Caller, Config, CostTable, Engine, Error, Extern, ExternRef, Func, FuncType, Global, GlobalType,
    HostError, Kind, Limits, Linker, Memory, MemoryType, Module, Phase, Proposal, RefType, Result, Store, Table,
    TableType, Val, ValType, terminate,
};
use serde_json::{Value as Json, json};

/// What steps have named.
enum Thing {
    Engine(Engine),
    Store(Store),
    Module(Module),
    Linker(Linker),
    Instance(edge_runtime::Instance),
    Extern(Extern),
}

#[derive(Default)]
struct Case {
    things: HashMap<String, Thing>,
    engine: Option<Engine>,
    store: Option<Store>,
    objects: HashMap<String, ExternRef>,
}

/// What a step made and gave.
#[derive(Default)]
struct Done {
    thing: Option<Thing>,
    gives: Json,
}

impl From<Thing> for Done {
    fn from(thing: Thing) -> Self {
        Self { thing: Some(thing), gives: Json::Null }
    }
}

impl From<Json> for Done {
    fn from(gives: Json) -> Self {
        Self { thing: None, gives }
    }
}

fn text<'a>(step: &'a Json, key: &str) -> &'a str {
    step[key].as_str().unwrap_or_else(|| panic!("{step} has no {key}"))
}

fn number(step: &Json, key: &str) -> u64 {
    step[key].as_u64().unwrap_or_else(|| panic!("{step} has no {key}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
}

fn ref_type(name: &str) -> RefType {
    match name {
        "funcref" => RefType::FUNCREF,
        "externref" => RefType::EXTERNREF,
        other => panic!("no reference type {other}"),
    }
}

fn val_type(name: &str) -> ValType {
    match name {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "v128" => ValType::V128,
        reference => ValType::Ref(ref_type(reference)),
    }
}

fn func_type(step: &Json) -> FuncType {
    let types = |key: &str| -> Vec<ValType> {
        step[key].as_array().expect("types").iter().map(|ty| val_type(ty.as_str().expect("a name"))).collect()
    };
    FuncType::new(types("params"), types("results"))
}

/// A host function.
type Behaviour = fn(Caller<'_>, &[Val], &mut [Val]) -> Result<(), BoxError>;

/// The host functions of the table's README.
fn behaviour(name: &str) -> Behaviour {
    match name {
        "nothing" => |_, _, _| Ok(()),
        "add" => |_, args, results| {
            results[0] = Val::I32(args[0].i32().unwrap() + args[1].i32().unwrap());
            Ok(())
        },
        "fail" => |_, _, _| Err("the host failed".into()),
        "fail_code" => |_, _, _| Err(HostError::new(5_566_000_000_000, "the host failed with a code").into()),
        "terminate" => |_, _, _| Err(terminate().into()),
        "call_export_down" => |caller, args, results| {
            let down = caller.export("down").and_then(Extern::into_func).expect("the guest exports down");
            results[0] = down.call(args)?.remove(0);
            Ok(())
        },
        "peek_caller_memory" => |caller, args, results| {
            let index = args[0].i32().unwrap();
            let memory = caller.memory(index as u32).ok_or_else(|| format!("no memory {index}"))?;
            let mut bytes = [0; 4];
            memory.read(args[1].i32().unwrap() as u64, &mut bytes)?;
            results[0] = Val::I32(i32::from_le_bytes(bytes));
            Ok(())
        },
        other => panic!("no host function {other}"),
    }
}

fn limits(wanted: &Json) -> Limits {
    let mut limits = Limits::default();
    for (name, value) in wanted.as_object().into_iter().flatten() {
        let amount = value.as_u64();
        match (name.as_str(), amount) {
            ("memory", Some(n)) => limits.memory = n,
            ("table", Some(n)) => limits.table = n,
            ("instances", Some(n)) => limits.instances = n as u32,
            ("stack", Some(n)) => limits.stack = n as usize,
            ("recursion", Some(n)) => limits.recursion = n as u32,
            ("deadline_ms", Some(n)) => limits.deadline = Some(Duration::from_millis(n)),
            ("module", None) => limits.module.functions = number(value, "functions"),
            other => panic!("no limit {other:?}"),
        }
    }
    limits
}

fn config(wanted: &Json) -> Result<Config> {
    let mut config = Config::new();
    for (name, value) in wanted.as_object().into_iter().flatten() {
        let on = value.as_bool().unwrap_or_default();
        config = match name.as_str() {
            "signals" => config.signals(on),
            "interpreter" => config.interpreter(on),
            "fuel" => config.fuel(on),
            "count_instructions" => config.count_instructions(on),
            "limits" => config.limits(limits(value)),
            "proposals" => value.as_object().expect("names").iter().try_fold(config, |config, (name, on)| {
                config.proposal(Proposal::from_name(name)?, on.as_bool().expect("a bool"))
            })?,
            "cost_table" => {
                let mut costs = CostTable::default();
                for (operator, cost) in value.as_object().expect("operators") {
                    costs.set(operator, cost.as_u64().expect("a cost"))?;
                }
                config.cost_table(costs)
            }
            other => panic!("no setting {other}"),
        };
    }
    Ok(config)
}

macro_rules! things {
    ($($name:ident $variant:ident $ty:ty;)+) => {
        impl Case {
            $(fn $name(&self, step: &Json, key: &str) -> $ty {
                match self.things.get(text(step, key)) {
                    Some(Thing::$variant(thing)) => thing.clone(),
                    _ => panic!("{step}: {key} is not of the right sort"),
                }
            })+
        }
    };
}

things! {
    module Module Module;
    instance Instance edge_runtime::Instance;
    item Extern Extern;
}

impl Case {
    fn engine(&mut self, step: &Json) -> Engine {
        match step.get("engine").map(|name| &self.things[name.as_str().expect("a name")]) {
            Some(Thing::Engine(engine)) => engine.clone(),
            Some(_) => panic!("{step}: no engine"),
            None => self.engine.get_or_insert_with(Engine::default).clone(),
        }
    }

    fn store(&mut self, step: &Json, key: &str) -> Store {
        match step.get(key).map(|name| &self.things[name.as_str().expect("a name")]) {
            Some(Thing::Store(store)) => store.clone(),
            Some(_) => panic!("{step}: no store"),
            None => {
                let engine = self.engine(&Json::Null);
                self.store.get_or_insert_with(|| Store::new(&engine, Limits::default())).clone()
            }
        }
    }

    fn linker(&mut self, step: &Json) -> &mut Linker {
        match self.things.get_mut(text(step, "on")) {
            Some(Thing::Linker(linker)) => linker,
            _ => panic!("{step}: no linker"),
        }
    }

    fn value(&mut self, value: &Json) -> Val {
        let (ty, content) = value.as_object().expect("a value").iter().next().expect("a type");
        let text = content.as_str();
        match (ty.as_str(), text) {
            ("i32", Some(n)) => Val::I32(n.parse().unwrap()),
            ("i64", Some(n)) => Val::I64(n.parse().unwrap()),
            ("f32", Some(n)) => Val::from(n.parse::<f32>().unwrap()),
            ("f64", Some(n)) => Val::from(n.parse::<f64>().unwrap()),
            ("v128", Some(bytes)) => Val::V128(u128::from_le_bytes(unhex(bytes).try_into().expect("16 bytes"))),
            ("func", None) => Val::FuncRef(None),
            ("func", Some(name)) => match &self.things[name] {
                Thing::Extern(Extern::Func(func)) => Val::FuncRef(Some(func.clone())),
                _ => panic!("{name} is no function"),
            },
            ("externref", None) => Val::ExternRef(None),
            ("externref", Some(label)) => {
                let object = self.objects.entry(label.to_owned()).or_insert_with(|| ExternRef::new(label.to_owned()));
                Val::ExternRef(Some(object.clone()))
            }
            other => panic!("no value {other:?}"),
        }
    }

    fn values(&mut self, values: &Json) -> Vec<Val> {
        values.as_array().expect("values").iter().map(|value| self.value(value)).collect()
    }

    /// The value as the table has it. Functions are compared by what they are, since handles of one have no order.
    fn told(&self, value: &Val) -> Json {
        match value {
            Val::I32(v) => json!({"i32": v.to_string()}),
            Val::I64(v) => json!({"i64": v.to_string()}),
            Val::F32(v) => json!({"f32": format!("{:?}", f32::from_bits(*v))}),
            Val::F64(v) => json!({"f64": format!("{:?}", f64::from_bits(*v))}),
            Val::V128(v) => json!({"v128": hex(&v.to_le_bytes())}),
            Val::FuncRef(None) => json!({"func": null}),
            Val::FuncRef(Some(func)) => {
                let named = self
                    .things
                    .iter()
                    .find(|(_, thing)| matches!(thing, Thing::Extern(Extern::Func(known)) if known.same(func)));
                json!({"func": named.map(|(name, _)| name)})
            }
            Val::ExternRef(None) => json!({"externref": null}),
            Val::ExternRef(Some(object)) => json!({"externref": object.downcast_ref::<String>()}),
            Val::ExnRef(exception) => json!({"exnref": exception.is_some()}),
        }
    }

    fn memory(&self, step: &Json) -> Memory {
        self.item(step, "on").into_memory().expect("a memory")
    }

    fn table(&self, step: &Json) -> Table {
        self.item(step, "on").into_table().expect("a table")
    }

    fn global(&self, step: &Json) -> Global {
        self.item(step, "on").into_global().expect("a global")
    }

    fn run(&mut self, step: &Json) -> Result<Done> {
        let op = text(step, "op");
        match op.split_once('.').map_or(op, |(sort, _)| sort) {
            "engine" => Ok(Thing::Engine(Engine::new(&config(&step["config"])?)?).into()),
            "store" => self.on_store(op, step),
            "module" => self.on_module(op, step),
            "linker" => self.on_linker(op, step),
            "instance" => self.on_instance(op, step),
            "func" => {
                let store = self.store(step, "store");
                let func = Func::new(&store, func_type(step), behaviour(text(step, "does")))?;
                Ok(Thing::Extern(func.into()).into())
            }
            "call" => {
                let args = self.values(&step["args"]);
                let results = self.item(step, "on").into_func().expect("a function").call(&args)?;
                Ok(results.iter().map(|value| self.told(value)).collect::<Json>().into())
            }
            "memory" => self.on_memory(op, step),
            "table" => self.on_table(op, step),
            "global" => self.on_global(op, step),
            _ => panic!("no op {op}"),
        }
    }

    fn on_store(&mut self, op: &str, step: &Json) -> Result<Done> {
        if op == "store" {
            let engine = self.engine(step);
            return Ok(Thing::Store(Store::new(&engine, limits(&step["limits"]))).into());
        }
        let store = self.store(step, "on");
        Ok(match op {
            "store.set_fuel" => store.set_fuel(number(step, "fuel")).map(|()| Done::default())?,
            "store.add_fuel" => store.add_fuel(number(step, "fuel")).map(|()| Done::default())?,
            "store.fuel_left" => json!(store.fuel_left()?).into(),
            "store.reset_statistics" => {
                store.reset_statistics();
                Done::default()
            }
            "store.statistic" => {
                let statistics = store.statistics();
                json!(match text(step, "what") {
                    "instructions" => statistics.instructions()?,
                    "fuel_used" => statistics.fuel_used()?,
                    "time" => statistics.time()?.as_nanos() as u64,
                    "calls" => statistics.calls(),
                    "memory_peak" => statistics.memory_peak(),
                    other => panic!("no statistic {other}"),
                })
                .into()
            }
            _ => panic!("no op {op}"),
        })
    }

    fn on_module(&mut self, op: &str, step: &Json) -> Result<Done> {
        if op == "module" {
            let engine = self.engine(step);
            return Ok(Thing::Module(Module::from_text(&engine, text(step, "text"))?).into());
        }
        let module = self.module(step, "on");
        let told = match op {
            "module.imports" => module.imports().map(|i| json!([i.module(), i.name(), i.ty().sort()])).collect(),
            "module.exports" => module.exports().map(|e| json!([e.name(), e.ty().sort()])).collect(),
            "module.name" => json!(module.name()),
            "module.custom" => module.custom_sections(text(step, "name")).map(|bytes| json!(hex(bytes))).collect(),
            _ => panic!("no op {op}"),
        };
        Ok(Done::from(told))
    }

    fn on_linker(&mut self, op: &str, step: &Json) -> Result<Done> {
        if op == "linker" {
            let engine = self.engine(step);
            return Ok(Thing::Linker(Linker::new(&engine)).into());
        }
        let name = |key: &str| text(step, key).to_owned();
        match op {
            "linker.func" => {
                let (module, func) = (name("module"), name("name"));
                let linker = self.linker(step);
                linker.func(&module, &func, func_type(step), behaviour(text(step, "does")));
                if let Some(cost) = step["cost"].as_u64() {
                    linker.func_cost(&module, &func, cost)?;
                }
            }
            "linker.define" => {
                let item = self.item(step, "item");
                self.linker(step).define(&name("module"), &name("name"), item);
            }
            "linker.instance" => {
                let instance = self.instance(step, "instance");
                self.linker(step).instance(&name("module"), &instance);
            }
            "linker.alias" => {
                self.linker(step).alias(&name("module"), &name("name"), &name("as_module"), &name("as_name"))?;
            }
            "linker.alias_module" => {
                self.linker(step).alias_module(&name("module"), &name("as_module"))?;
            }
            "linker.unknown_as_traps" => {
                let module = self.module(step, "module");
                self.linker(step).define_unknown_as_traps(&module);
            }
            "linker.instantiate" => {
                let (store, module) = (self.store(step, "store"), self.module(step, "module"));
                return Ok(Thing::Instance(self.linker(step).instantiate(&store, &module)?).into());
            }
            _ => panic!("no op {op}"),
        }
        Ok(Done::default())
    }

    fn on_instance(&mut self, op: &str, step: &Json) -> Result<Done> {
        let (instance, name) = (self.instance(step, "on"), text(step, "name"));
        match op {
            "instance.call" => {
                let args = self.values(&step["args"]);
                let results = instance.func(name)?.call(&args)?;
                Ok(results.iter().map(|value| self.told(value)).collect::<Json>().into())
            }
            "instance.get" => match instance.export(name) {
                Some(item) => Ok(Thing::Extern(item).into()),
                // The untyped look-up has no error; the typed ones do.
                None => instance.func(name).map(|_| Done::default()),
            },
            _ => panic!("no op {op}"),
        }
    }

    fn on_memory(&mut self, op: &str, step: &Json) -> Result<Done> {
        Ok(match op {
            "memory" => {
                let ty = MemoryType::new(number(step, "min"), step["max"].as_u64());
                Thing::Extern(Memory::new(&self.store(step, "store"), ty)?.into()).into()
            }
            "memory.size" => json!(self.memory(step).size()).into(),
            "memory.grow" => json!(self.memory(step).grow(number(step, "by"))?).into(),
            "memory.read" => {
                let mut bytes = vec![0; number(step, "len") as usize];
                self.memory(step).read(number(step, "at"), &mut bytes)?;
                json!(hex(&bytes)).into()
            }
            "memory.write" => {
                self.memory(step).write(number(step, "at"), &unhex(text(step, "bytes")))?;
                Done::default()
            }
            _ => panic!("no op {op}"),
        })
    }

    fn on_table(&mut self, op: &str, step: &Json) -> Result<Done> {
        let init = step.get("init").map(|init| self.value(init));
        Ok(match op {
            "table" => {
                let element = ref_type(text(step, "element"));
                let ty = TableType::new(element, number(step, "min"), step["max"].as_u64());
                let init = init.unwrap_or_else(|| Val::zero(ValType::Ref(element)));
                Thing::Extern(Table::new(&self.store(step, "store"), ty, init)?.into()).into()
            }
            "table.size" => json!(self.table(step).size()).into(),
            "table.get" => {
                let value = self.table(step).get(number(step, "at"))?;
                self.told(&value).into()
            }
            "table.set" => {
                let value = self.value(&step["value"]);
                self.table(step).set(number(step, "at"), value).map(|()| Done::default())?
            }
            "table.grow" => {
                let init = init.unwrap_or_else(|| Val::zero(ValType::Ref(self.table(step).ty().element)));
                json!(self.table(step).grow(number(step, "by"), init)?).into()
            }
            _ => panic!("no op {op}"),
        })
    }

    fn on_global(&mut self, op: &str, step: &Json) -> Result<Done> {
        Ok(match op {
            "global" => {
                let content = val_type(text(step, "type"));
                let ty = GlobalType { content, mutable: step["mutable"].as_bool().expect("a bool") };
                let value = self.value(&step["value"]);
                Thing::Extern(Global::new(&self.store(step, "store"), ty, value)?.into()).into()
            }
            "global.get" => {
                let value = self.global(step).get();
                self.told(&value).into()
            }
            "global.set" => {
                let value = self.value(&step["value"]);
                self.global(step).set(value).map(|()| Done::default())?
            }
            _ => panic!("no op {op}"),
        })
    }
}

/// What is wrong with an error, if anything.
fn check_error(step: &Json, error: &Error) -> Result<(), String> {
    let wanted = |key: &str| step.get(key).and_then(Json::as_str);
    let told = |given: &str, key: &str| wanted(key).is_none_or(|wanted| wanted == given);
    let right = told(Kind::name(error.kind()), "fails")
        && told(Phase::name(error.phase()), "phase")
        && wanted("message").is_none_or(|part| error.message().contains(part))
        && wanted("code").is_none_or(|code| error.code() == code.parse().ok());
    if right { Ok(()) } else { Err(format!("{step}\n    failed with {error:?} (code {:?})", error.code())) }
}

fn check(case: &Json) -> Result<(), String> {
    let mut state = Case::default();
    for step in case["steps"].as_array().expect("steps") {
        match state.run(step) {
            Ok(_) if step.get("fails").is_some() => return Err(format!("{step}\n    did not fail")),
            Err(error) if step.get("fails").is_some() => check_error(step, &error)?,
            Err(error) => return Err(format!("{step}\n    failed with {error:?}")),
            Ok(Done { thing, gives }) => {
                if let Some(wanted) = step.get("gives").filter(|wanted| **wanted != gives) {
                    return Err(format!("{step}\n    gave {gives} instead of {wanted}"));
                }
                if let (Some(name), Some(thing)) = (step["as"].as_str(), thing) {
                    state.things.insert(name.to_owned(), thing);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_program_does_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/host_api.json");
    let table = std::fs::read_to_string(file).expect("the table");
    let cases: Vec<Json> = serde_json::from_str(&table).expect("the table is JSON");
    assert!(cases.len() >= 29, "{} cases", cases.len());
    let wrong = |case: &Json| check(case).err().map(|why| format!("{}: {why}", case["name"]));
    let failed: Vec<String> = cases.iter().filter_map(wrong).collect();
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
