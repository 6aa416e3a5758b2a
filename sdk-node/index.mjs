import edge from './index.js';

export const {
  Caller,
  CancelToken,
  EdgeError,
  Engine,
  Err,
  Func,
  Global,
  HostError,
  HostModule,
  Instance,
  Linker,
  Memory,
  Module,
  Statistics,
  Store,
  Table,
  Terminate,
  Vm,
  Wasi,
  version,
} = edge;
export default edge;
