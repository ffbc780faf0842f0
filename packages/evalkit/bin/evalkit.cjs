#!/usr/bin/env node
// The program npm links: loads the small dispatcher, which loads the bundle of one phase only.
require('../dist/evalkit.cjs');
