// Calls from Node.js: edge beside V8's own WebAssembly and Extism.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import createPlugin from '@extism/extism'

const require = createRequire(import.meta.url)
const { Vm, Module } = require('../../sdk-node')
const guests = process.argv[2]
const ADD = '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'

const now = () => Number(process.hrtime.bigint())
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1]
const report = (what, who, ns) => console.log(JSON.stringify({ case: what, who, ns }))

/** Prints the median over seven rounds of the mean time of a call. */
function measure(what, who, call) {
  let count = 1
  for (;;) {
    const begin = now()
    for (let i = 0; i < count; i++) call()
    if (now() - begin > 30e6) break
    count *= 2
  }
  const rounds = Array.from({ length: 7 }, () => {
    const begin = now()
    for (let i = 0; i < count; i++) call()
    return (now() - begin) / count
  })
  report(what, who, median(rounds))
}

/** The same for calls that return promises. */
async function measureAsync(what, who, call) {
  let count = 1
  for (;;) {
    const begin = now()
    for (let i = 0; i < count; i++) await call()
    if (now() - begin > 30e6) break
    count *= 2
  }
  const rounds = []
  for (let round = 0; round < 7; round++) {
    const begin = now()
    for (let i = 0; i < count; i++) await call()
    rounds.push((now() - begin) / count)
  }
  report(what, who, median(rounds))
}

const module = Module.fromText(ADD)
const vm = Vm.loadSync(module)
const add = vm.exports.add
measure('add(i32, i32)', 'edge', () => add(1, 2))

// add as bytes for V8, which reads no text.
const bytes = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0,
  32, 0, 32, 1, 106, 11,
])
const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.add
measure('add(i32, i32)', 'V8 WebAssembly', () => v8(1, 2))

const guest = Vm.loadSync(`${guests}/echo.wasm`)
const plugin = await createPlugin({ wasm: [{ data: new Uint8Array(readFileSync(`${guests}/extism_echo.wasm`)) }] }, { useWasi: true })
// The released Extism leaks two blocks a call and dies at call 16,383 without this (see its issue tracker).
const peer = async (input) => {
  const output = await plugin.call('echo', input)
  await plugin.reset()
  return output
}
const text = 'x'.repeat(1024)
const { echo_string: echoString, echo_bytes: echoBytes } = guest.exports
if (echoString(text) !== text || (await peer(text)).text() !== text) throw new Error('echo differs')
measure('echo 1 KiB string', 'edge', () => echoString(text))
await measureAsync('echo 1 KiB string', 'Extism', () => peer(text))
const data = new Uint8Array(1 << 20)
if (echoBytes(data).length !== data.length) throw new Error('echo differs')
measure('echo 1 MiB bytes', 'edge', () => echoBytes(data))
measure('echo 1 MiB bytes', 'two memcpys', () => new Uint8Array(new Uint8Array(data)))
await measureAsync('echo 1 MiB bytes', 'Extism', () => peer(data))
await measureAsync('add(i32, i32), off the event loop', 'edge', () => vm.runAsync('add', 1, 2))
await plugin.close()
