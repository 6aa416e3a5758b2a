/// edge for C++17: header-only over edge.h.
///
///     edge::Vm vm{"infer.wasm"};
///     auto label = vm.run<std::string>("infer", image);
///
/// Handles are cheap to copy and count their users; every failure is an `edge::Error`. Values go in and come out as C++ types:
/// bool, integers, floats, char32_t, strings, vectors, optional, tuple, pair, map, structs named by EDGE_STRUCT, and
/// `edge::Value` for whatever else. What a call borrows (string_view, View) is read before the call returns.
#ifndef EDGE_HPP
#define EDGE_HPP

#include "edge/handle.hpp"
#include "edge/value.hpp"
#include "edge/error.hpp"
#include "edge/convert.hpp"
#include "edge/settings.hpp"
#include "edge/module.hpp"
#include "edge/memory.hpp"
#include "edge/shared_memory.hpp"
#include "edge/val.hpp"
#include "edge/func.hpp"
#include "edge/core.hpp"
#include "edge/linker.hpp"
#include "edge/tick.hpp"
#include "edge/task.hpp"
#include "edge/vm.hpp"
#include "edge/pool.hpp"

#endif
