#!/usr/bin/env node
// The program npm links: loads the one bundled file, so that starting costs one read and not a hundred.
const { enableCompileCache } = require('node:module');
if (enableCompileCache === undefined) require('./compiled.cjs').load(require.resolve('../dist/evalmake.cjs'));
else {
  enableCompileCache();
  require('../dist/evalmake.cjs');
}
