// The documents of log and diff hold to their published schemas, as real runs make them; and the schemas refuse others.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as assert from 'uvu/assert';
import { answer, built, writeHistory } from './workspace/history.ts';
import { repository } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';

const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });

function validator(name: string): ValidateFunction {
  return ajv.compile(JSON.parse(readFileSync(join(repository, `schemas/${name}.schema.json`), 'utf8')));
}

const [logFits, diffFits] = [validator('log'), validator('diff')];

function assertFits(fits: ValidateFunction, document: unknown, what: string): void {
  fits(document);
  assert.equal(
    (fits.errors ?? []).map((e) => `${what}${e.instancePath} ${e.message}`),
    [],
  );
}

scenario(
  'What `log --json` and `diff --json` print fits, also of failures, adoptions and damage.',
  async (ws) => {
    writeHistory(ws);
    await built(ws);
    ws.write('fails', '');
    await built(ws, ['-k', '--set', 'k=2', '--set', 'api_key=x'], 2);
    await built(ws, ['-k', '--set', 'k=2'], 1);
    ws.remove('fails');
    ws.edit('config.yaml', 'parts: [a, b]', 'parts: [a, c]');
    await built(ws, ['--set', 'k=3']);
    await built(ws, []);
    ws.edit('pipeline.yaml', 'echo "scoring', 'echo "now scoring');
    await built(ws, ['adopt', 'score', '--reason', 'a word']);
    ws.write('.evalmake/runs/5/events.jsonl', ws.read('.evalmake/runs/5/events.jsonl').slice(0, -200));
    const kinds = new Set<string>();
    for (const args of [
      ['log'],
      ['log', '--all'],
      ['log', 'score'],
      ['log', 'score@b', 'norm'],
      ...['1', '2', '3', '4', '5'].map((n) => ['log', n]),
    ]) {
      const document = await answer<{ kind: string }>(ws, args);
      kinds.add(document.kind);
      assertFits(logFits, document, args.join(' '));
    }
    assert.is(kinds.size, 3);
    for (const args of [['diff'], ['diff', '1', '5'], ['diff', '2'], ['diff', '3']])
      assertFits(diffFits, await answer(ws, args), args.join(' '));
  },
);

scenario('`schema` prints each schema, and a document of another form is refused.', async (ws) => {
  const names = [
    'pipeline',
    'manifest',
    'plan',
    'status',
    'why',
    'provenance',
    'log',
    'diff',
    'events',
    'report',
  ];
  for (const name of names) {
    const { code, stdout } = await ws.evalmake(['schema', name]);
    assert.is(code, 0);
    assert.is(stdout, readFileSync(join(repository, `schemas/${name}.schema.json`), 'utf8'));
  }
  const { code, stderr } = await ws.evalmake(['schema', 'nonsense']);
  assert.is(code, 2);
  for (const name of names) assert.match(stderr, name);
  for (const document of [
    { format: 'evalmake.log', version: 1, kind: 'runs', kept: 1, runs: [{ run: 1 }] },
    { format: 'evalmake.log', version: 2, kind: 'runs', kept: 0, runs: [] },
    { format: 'evalmake.log', version: 1, kind: 'run', kept: 0, runs: [] },
  ])
    assert.not.ok(logFits(document), JSON.stringify(document));
  assert.not.ok(diffFits({ format: 'evalmake.diff', version: 1 }));
});

runScenarios();
