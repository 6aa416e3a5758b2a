'use strict';

// Recognises a scanned digit, inside of the sandbox.

const fs = require('node:fs');
const { Vm } = require('../../sdk-node');

/** Prints the label and the ranks, then the time of a call. */
async function main([wasm, source, ...more]) {
  if (source === undefined || more.length > 0) {
    console.error('usage: infer WASM INPUT');
    process.exit(1);
  }
  const vm = await Vm.load(wasm);
  try {
    const image = fs.readFileSync(source);
    const prediction = vm.run('infer', image);
    console.log(`label ${prediction.label} probability ${prediction.probability.toFixed(4)}`);
    for (const { label, probability } of prediction.ranked) console.log(`${label} ${probability.toFixed(4)}`);

    const { infer } = vm.exports;
    const begin = performance.now();
    let calls = 0;
    for (; performance.now() - begin < 200; calls += 1) infer(image);
    console.error(`time per call: ${(((performance.now() - begin) / calls) * 1000).toFixed(3)} us`);
  } finally {
    vm.close();
  }
}

main(process.argv.slice(2));
