// The list of scenarios: every number of the collection is a test in a file scenarios-*.test.ts, or has a reason why not.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from './workspace/program.ts';

const unused = 'the collection describes no scenario of this number';

/** Numbers without a test of their own. */
const notApplicable: Readonly<Record<string, string>> = {
  S4: unused,
  S6: unused,
  S11: unused,
  S15: unused,
  S16: unused,
  S20: unused,
  S22: unused,
  S25: 'random graphs and edits against an oracle: differential.test.ts is this test',
  P5: unused,
  P6: unused,
  P9: unused,
  P10: unused,
  P15: unused,
  P18: unused,
  P21: unused,
  P22: 'the crash window of a batch submit: there are no paid targets and no rows yet; P16 and P12 leave out their parts of it',
};

/** Numbers S1 to S25 from build engines, P1 to P25 from experiment pipelines, N1 to N9 next in line. */
const expected = [
  ...Array.from({ length: 25 }, (_, n) => `S${n + 1}`),
  ...Array.from({ length: 25 }, (_, n) => `P${n + 1}`),
  ...Array.from({ length: 9 }, (_, n) => `N${n + 1}`),
];

/** Numbers that begin the title of a scenario, with the files they stand in. */
function numbered(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(join(repository, 'test')).filter((name) =>
    /^scenarios-.*\.test\.ts$/.test(name),
  )) {
    const text = readFileSync(join(repository, 'test', file), 'utf8');
    for (const [, number = ''] of text.matchAll(/^scenario\(\s*['"`]([A-Z]\d+)\. /gm))
      found.set(number, file);
  }
  return found;
}

test('Every scenario of the collection is a test, or has a reason why not, and not both.', () => {
  const found = numbered();
  const missing = expected.filter((number) => !found.has(number) && notApplicable[number] === undefined);
  assert.equal(missing, [], 'neither a test nor a reason');
  const both = Object.keys(notApplicable).filter((number) => found.has(number));
  assert.equal(both, [], 'a test and a reason why there is none');
  const strange = [...found.keys(), ...Object.keys(notApplicable)].filter(
    (number) => !expected.includes(number) && !number.startsWith('X'),
  );
  assert.equal(strange, [], 'numbers of no scenario');
});

test('There are at least ten scenarios of our own.', () => {
  const own = [...numbered().keys()].filter((number) => number.startsWith('X'));
  assert.ok(own.length >= 10, own.join(' '));
});

test.run();
