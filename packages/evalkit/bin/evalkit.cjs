#!/usr/bin/env node
// The program npm links: loads the small dispatcher, which loads the bundle of one phase only.
const { enableCompileCache } = require('node:module');
if (enableCompileCache === undefined)
  require('../dist/compiled.cjs').load(require.resolve('../dist/evalkit.cjs'));
else {
  enableCompileCache();
  require('../dist/evalkit.cjs');
}
