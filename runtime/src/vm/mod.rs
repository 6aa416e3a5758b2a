//! What compiled code needs to run: memories, tables, instances, traps.

use std::sync::Arc;

use crate::types::Result;
use crate::types::layout::{InstanceContext, RawValue};

/// A host function over raw slots: (store, calling instance or null, arguments and results).
pub type HostFn = Arc<dyn Fn(&Arc<Store>, *mut InstanceContext, *mut RawValue) -> Result<()> + Send + Sync>;
pub struct Engine;
pub struct Module;
pub struct Store;
pub struct Memory;
pub struct Table;
pub struct Instance;
