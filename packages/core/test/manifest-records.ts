// Arbitrary records, with file names as hostile as a file system allows.
import type { CheckResult, Facts, OutputFile, TaskRecord } from '@evalmake/core';
import type { DeclaredOutput, StageEntry } from '@evalmake/core/manifest';
import fc from 'fast-check';

/** JSON values that survive JSON (no -0). */
export const json = fc.jsonValue({ maxDepth: 3 }).map((v) => JSON.parse(JSON.stringify(v)));

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    'constructor',
    '__proto__',
    'toString',
    'a b',
    '-rf',
    '*',
    '...',
    '..a',
    '"',
    "'",
    '\\',
    '\n',
    '$(x)',
    '\ud800',
    '1',
    'ß',
  ),
);

/** One part of a path: anything but what the file system itself forbids. */
export const segment = word.filter((s) => !['', '.', '..'].includes(s) && !/[/\0]/.test(s));
export const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((s) => s.join('/'));
export const manifestDir = fc.oneof(
  fc.constant(''),
  fc.array(segment, { maxLength: 3 }).map((s) => s.join('/')),
);

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const nat = fc.maxSafeNat();
const map = <T>(value: fc.Arbitrary<T>, maxKeys = 4): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(word, value, { maxKeys, noNullPrototype: true });
const texts = map(fc.string({ maxLength: 30 }));

const unique = fc.record(
  {
    count: nat,
    missing: nat,
    duplicate: fc.record({ value: word, lines: fc.tuple(nat, nat) }, { noNullPrototype: true }),
  },
  { requiredKeys: ['count'], noNullPrototype: true },
);

const facts: fc.Arbitrary<Facts> = fc.record(
  {
    format: fc.constantFrom('json', 'jsonl', 'csv', 'text'),
    rows: nat,
    keys: fc.array(word, { maxLength: 3 }),
    schemaVersion: json,
    columns: fc.array(word, { maxLength: 3 }),
    lacks: map(nat),
    unique: map(unique),
    broken: fc.string(),
  },
  { requiredKeys: ['format'], noNullPrototype: true },
);

const file: fc.Arbitrary<OutputFile> = fc
  .record({
    path,
    hex,
    bytes: nat,
    facts: fc.option(facts, { nil: undefined }),
    ending: fc.constantFrom('', '', '.csv', '.jsonl'),
  })
  .map((f) => ({
    path: `${f.path}${f.ending}`,
    digest: `sha256:${f.hex}`,
    bytes: f.bytes,
    ...(f.facts === undefined ? {} : { facts: f.facts }),
  }));

const folder: fc.Arbitrary<OutputFile> = fc
  .record({ path, hex, bytes: nat, members: fc.array(path, { maxLength: 3 }) })
  .map((d) => ({ path: `${d.path}/`, digest: `sha256:${d.hex}`, bytes: d.bytes, members: d.members }));

const output: fc.Arbitrary<{ files: OutputFile[]; kind: DeclaredOutput['kind'] }> = fc.oneof(
  file.map((f) => ({ files: [f], kind: 'file' as const })),
  folder.map((f) => ({ files: [f], kind: 'dir' as const })),
  fc.array(file, { maxLength: 4 }).map((files) => ({ files, kind: 'glob' as const })),
);

const checks: fc.Arbitrary<CheckResult[]> = fc.uniqueArray(
  fc.record(
    { id: word, digest: word, status: fc.constant('passed' as const), message: fc.string() },
    { requiredKeys: ['id', 'digest', 'status'], noNullPrototype: true },
  ),
  // Integer-like keys of an object have an order of their own; check ids are `output.kind`.
  { selector: (c) => c.id, maxLength: 4 },
);

const at = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2099-01-01T00:00:00Z'), noInvalidDate: true })
  .map((d) => d.toISOString());

const rest = fc.record(
  {
    parts: texts,
    checks: checks.map((list) => list.filter((c) => !/^\d+$/.test(c.id))),
    at,
    run: nat,
    ms: fc.double({ min: 0, max: 1e12, noNaN: true }),
    deps: texts,
    costUsd: fc.double({ min: 0, max: 1e6, noNaN: true }),
    adopted: fc.string(),
    unproven: fc.array(fc.string(), { maxLength: 3 }),
  },
  { requiredKeys: ['parts', 'checks', 'at', 'run', 'ms'], noNullPrototype: true },
);

/** The entry of one task with a record: outputs by name or one without a name, their patterns told or not. */
export function entry(task: string, target: string): fc.Arbitrary<StageEntry & { record: TaskRecord }> {
  const outputs = fc.oneof(
    map(output),
    output.map((o) => ({ '': o })),
    fc.tuple(output, map(output)).map(([o, m]) => ({ '': o, ...m })),
  );
  return fc.record({ rest, outputs, told: fc.boolean() }).map(({ rest, outputs, told }) => {
    const list = Object.entries(outputs);
    const record: TaskRecord = {
      ...rest,
      task,
      target,
      outputs: Object.fromEntries(list.map(([name, o]) => [name, o.files])),
      source: 'manifest',
    };
    if (!told) return { task, record };
    const declared = list.map(([name, o]): DeclaredOutput => {
      const place = o.files[0]?.path ?? 'nothing';
      return { name, kind: o.kind, path: o.kind === 'glob' ? place.replace(/[^/]*$/, '*.x') : place };
    });
    return { task, record, outputs: declared };
  });
}
