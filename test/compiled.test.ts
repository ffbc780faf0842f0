// Compiled code of the programs: it saves time and never decides what runs.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from './workspace/program.ts';

const test = suite('compiled code');
const loader = join(repository, 'packages/cli/bin/compiled.cjs');

/** Runs the program in this folder through the loader; gives what it printed. */
function run(folder: string): string {
  const script = `require(${JSON.stringify(loader)}).load(${JSON.stringify(join(folder, 'program.cjs'))})`;
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
}

const compiled = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.v8'))
    .map((name) => join(folder, name));

test('what was compiled serves one text only, and a damaged or unwritable file is no hindrance', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evalmake-compiled-'));
  const write = (word: string): void => {
    writeFileSync(join(folder, 'program.cjs'), `const { say } = require('./part.cjs'); say('${word}');`);
  };
  writeFileSync(
    join(folder, 'part.cjs'),
    'exports.say = (word) => console.log(word, __filename.length > 8);',
  );
  write('one');
  assert.is(run(folder), 'one true\n');
  assert.is(compiled(folder).length, 2);
  assert.is(run(folder), 'one true\n');
  write('two'); // V8 would take what it made of a text of the same length
  assert.is(run(folder), 'two true\n');
  for (const file of compiled(folder)) writeFileSync(file, 'damaged');
  assert.is(run(folder), 'two true\n');
  for (const file of compiled(folder)) rmSync(file);
  chmodSync(folder, 0o500);
  assert.is(run(folder), 'two true\n');
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

test.run();
