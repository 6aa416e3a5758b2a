import edge from './index.js';

export const {
  Caller,
  CancelToken,
  EdgeError,
  Engine,
  Err,
  Exception,
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
  Tag,
  Terminate,
  Vm,
  Wasi,
  version,
} = edge;
export default edge;
