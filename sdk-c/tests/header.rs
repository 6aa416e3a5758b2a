//! `include/edge.h` is what the sources say, and is checked in: a change of the public surface shows as a difference.
//! `EDGE_BLESS=1 cargo test -p edge-c --test header` writes it anew.

use std::fmt::Write;
use std::path::Path;

use edge_runtime::{Kind, Phase};

/// The sources in the order in which their functions stand in the header.
const SOURCES: [&str; 36] = [
    "version",
    "error",
    "buffer",
    "value",
    "vm",
    "vm_parts",
    "pool",
    "options",
    "function",
    "calls",
    "interrupt",
    "task",
    "host",
    "wasi",
    "limits",
    "config",
    "cache",
    "engine",
    "module",
    "artifact",
    "types",
    "store",
    "statistics",
    "linker",
    "host_module",
    "instance",
    "func",
    "caller",
    "val",
    "memory",
    "shared_memory",
    "table",
    "global",
    "tag",
    "ffi",
    "msgpack",
];

fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A member of a C enumeration: `GuestExit` is `EDGE_KIND_GUEST_EXIT`.
fn member(out: &mut String, prefix: &str, name: &str, doc: &str, code: u32) {
    writeln!(out, "    /** {} */", doc.trim()).unwrap();
    writeln!(out, "    {prefix}_{} = {code},", name.to_uppercase()).unwrap();
}

/// The lists of phases and kinds, from the one table that every language's list is made from.
fn enumerations() -> String {
    let mut out = String::from("/** The step that failed: one of `EDGE_PHASE_*`. Numbers are append-only. */\n");
    out += "typedef uint32_t edge_phase_t;\n\nenum {\n";
    for phase in Phase::ALL {
        member(&mut out, "EDGE_PHASE", phase.name(), phase.doc(), phase.code());
    }
    out += "};\n\n/** What went wrong: one of `EDGE_KIND_*`. Numbers are append-only. */\ntypedef uint32_t edge_kind_t;\n\nenum {\n";
    for kind in Kind::ALL {
        member(&mut out, "EDGE_KIND", kind.name(), kind.doc(), kind.code());
    }
    out + "};\n"
}

/// The header as people like to read it: without the obligations that Rust writes under `# Safety`, comments of one line
/// on one line, and no `struct` before names that have been declared.
fn tidy(header: &str) -> String {
    let mut out = String::new();
    let mut lines = header.lines();
    let mut declared = false;
    while let Some(line) = lines.next() {
        // All types stand before the first function.
        declared |= line.contains("*edge_version(");
        if line.trim_start() != "/**" {
            let plain = line.replace("struct edge_", "edge_").replace("union edge_", "edge_");
            out += if declared && !line.ends_with('{') { plain.trim_end() } else { line.trim_end() };
            out.push('\n');
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let mut comment: Vec<_> = lines.by_ref().map(str::trim).take_while(|line| *line != "*/").collect();
        if let Some(safety) = comment.iter().position(|line| *line == "* # Safety") {
            comment.truncate(safety);
        }
        while comment.last() == Some(&"*") {
            comment.pop();
        }
        match comment[..] {
            [one] => writeln!(out, "{indent}/** {} */", one.trim_start_matches("* ")).unwrap(),
            _ => {
                writeln!(out, "{indent}/**").unwrap();
                comment.iter().for_each(|line| writeln!(out, "{indent} {line}").unwrap());
                writeln!(out, "{indent} */").unwrap();
            }
        }
    }
    out
}

fn generate() -> String {
    let mut config = cbindgen::Config::from_file(manifest_dir().join("cbindgen.toml")).expect("cbindgen.toml");
    let part = |name: &str| {
        std::fs::read_to_string(manifest_dir().join("include/parts").join(name)).expect("a part of the header")
    };
    config.header = Some(part("head.h").trim_end().to_owned());
    config.after_includes = Some(format!("\n{}\n{}", part("macros.h"), enumerations()));
    let builder = SOURCES.iter().fold(cbindgen::Builder::new().with_config(config), |builder, name| {
        builder.with_src(manifest_dir().join(format!("src/{name}.rs")))
    });
    let mut header = Vec::new();
    builder.generate().expect("the sources have a C form").write(&mut header);
    let header = String::from_utf8(header).expect("the header is UTF-8");
    // cbindgen's own trailer would stand behind the include guard.
    let (declarations, guard) = header.split_at(header.rfind("#endif").expect("an include guard"));
    tidy(&format!("{declarations}{}\n{guard}", part("helpers.h")))
}

#[test]
fn the_header_is_what_the_sources_say() {
    let path = manifest_dir().join("include/edge.h");
    let generated = generate();
    if std::env::var_os("EDGE_BLESS").is_some() {
        std::fs::write(&path, &generated).expect("the header can be written");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = generated.lines().zip(checked_in.lines().chain(std::iter::repeat(""))).find(|(a, b)| a != b);
    assert!(
        generated == checked_in,
        "include/edge.h differs from the sources, first here (generated, checked in): {difference:?}; \
         EDGE_BLESS=1 writes it anew"
    );
}

#[test]
fn every_exported_function_is_declared() {
    let header = generate();
    for name in SOURCES {
        let source = std::fs::read_to_string(manifest_dir().join(format!("src/{name}.rs"))).expect("a source");
        for function in source.split("extern \"C\" fn edge_").skip(1) {
            let function = format!("edge_{}(", function.split('(').next().unwrap_or_default());
            assert!(header.contains(&function), "{function} of src/{name}.rs is not in the header");
        }
    }
}
