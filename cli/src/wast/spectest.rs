//! The module `spectest` that the suite's scripts import from (specification repository, `interpreter/host/spectest.ml`).

use edge_runtime::{
    Engine, FuncType, Global, GlobalType, Linker, Memory, MemoryType, RefType, Result, SharedMemory, Store, Table,
    TableType, Val, ValType,
};

/// A linker that defines `spectest` in this store.
///
/// # Errors
///
/// When the store's limits do not allow its memory and table.
pub(super) fn linker(engine: &Engine, store: &Store) -> Result<Linker> {
    let mut linker = Linker::new(engine);
    for (name, params) in [
        ("print", &[][..]),
        ("print_i32", &[ValType::I32]),
        ("print_i64", &[ValType::I64]),
        ("print_f32", &[ValType::F32]),
        ("print_f64", &[ValType::F64]),
        ("print_i32_f32", &[ValType::I32, ValType::F32]),
        ("print_f64_f64", &[ValType::F64, ValType::F64]),
    ] {
        // What the functions print is not compared by any script, so they only have to exist.
        linker.func("spectest", name, FuncType::new(params.iter().copied(), []), |_, _, _| Ok(()));
    }
    for (name, value) in [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(666.6_f32.to_bits())),
        ("global_f64", Val::F64(666.6_f64.to_bits())),
    ] {
        let ty = GlobalType { content: value.ty(), mutable: false };
        linker.define("spectest", name, Global::new(store, ty, value)?);
    }
    let table = TableType::new(RefType::FUNCREF, 10, Some(20));
    linker.define("spectest", "table", Table::new(store, table, Val::FuncRef(None))?);
    linker.define("spectest", "memory", Memory::new(store, MemoryType::new(1, Some(2)))?);
    let shared = MemoryType { shared: true, ..MemoryType::new(1, Some(2)) };
    linker.define("spectest", "shared_memory", SharedMemory::new(engine, shared)?);
    Ok(linker)
}
