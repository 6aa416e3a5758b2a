'use strict';

// Makes a watermarked grey thumbnail of a picture, inside of the sandbox.

const fs = require('node:fs');
const { Vm } = require('../../sdk-node');

/** What the guest's struct `Options` wants. */
const OPTIONS = { width: 320, height: 240, grayscale: true, watermark: 'edge' };

/** Writes the thumbnail, then prints the time of a call. */
function main([wasm, source, target, ...more]) {
  if (target === undefined || more.length > 0) {
    console.error('usage: image WASM INPUT OUTPUT');
    process.exit(1);
  }
  const vm = Vm.loadSync(wasm);
  try {
    const picture = fs.readFileSync(source);
    const thumbnail = vm.run('process', picture, OPTIONS);
    fs.writeFileSync(target, thumbnail);
    console.log(`image: ${thumbnail.length} bytes`);

    const begin = performance.now();
    let calls = 0;
    for (; performance.now() - begin < 200; calls += 1) vm.run('process', picture, OPTIONS);
    console.error(`time per call: ${(((performance.now() - begin) / calls) * 1000).toFixed(3)} us`);
  } finally {
    vm.close();
  }
}

main(process.argv.slice(2));
