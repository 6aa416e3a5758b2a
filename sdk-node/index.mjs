import edge from './index.js';

export const {
  EdgeError,
  Engine,
  Err,
  Func,
  Global,
  Instance,
  Linker,
  Memory,
  Module,
  Store,
  Table,
  Vm,
  Wasi,
  version,
} = edge;
export default edge;
