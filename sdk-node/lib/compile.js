'use strict';

const { argumentError } = require('./errors.js');
const { Engine } = require('./engine.js');
const { options } = require('./limits.js');
const { Module, formOf, pathOf } = require('./module.js');

/** Compiles a module into a file, as `edge compile` does. */
async function compile(source, out, settings) {
  const { form, target, engine, onProgress } = options(settings, ['form', 'target', 'engine', 'onProgress'], 'the settings');
  if (target !== undefined && (engine ?? undefined) !== undefined) {
    throw argumentError('an engine has a target already: give one of engine and target');
  }
  const compiler = target === undefined ? engine : new Engine({ target });
  // What is wrong with these is said before the work, not after it.
  const [path, written] = [pathOf(out), { form: formOf({ form }) }];
  const module = await Module.load(source, { engine: compiler, onProgress });
  await module.writeTo(path, written);
}

module.exports = { compile };
