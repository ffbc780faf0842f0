#!/usr/bin/env node
// The program npm links: loads the one bundled file, so that starting costs one read and not a hundred.
require('../dist/evalmake.cjs');
