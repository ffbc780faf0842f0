// What a manifest promises for every record: nothing is lost on the way through it, and nothing changes twice.
import { canonical, type Json } from '@evalmake/core';
import {
  type Manifest,
  manifestErrors,
  manifestText,
  mergeStage,
  readManifest,
  recordFrom,
  type Stage,
  stageOf,
} from '@evalmake/core/manifest';
import { resolvedFrom, seenFrom } from '@evalmake/core/manifest-path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { entry, json, manifestDir, path } from './manifest-records.ts';

const now = '2024-05-01T10:00:00.000Z';
const later = '2024-05-02T10:00:00.000Z';
const runs = { numRuns: 150 };
const tasks = ['infer@control,part-0001', 'infer@control,part-0002', 'infer@__proto__'];
const entries = fc.tuple(...tasks.map((task) => entry(task, 'infer')));

/** Compares by canonical text: `assert.equal` cannot compare a map with a key named `constructor`. */
function same(seen: unknown, expected: unknown): void {
  assert.is(canonical(seen as Json), canonical(expected as Json));
}

function reread(manifest: Manifest): Manifest {
  const { manifest: read, message } = readManifest(manifestText(manifest));
  if (read === undefined) throw new Error(message ?? 'no manifest');
  return read;
}

test('a record comes back from its manifest as it was', () => {
  fc.assert(
    fc.property(entry('parse', 'parse'), manifestDir, (one, dir) => {
      const { manifest } = mergeStage(
        undefined,
        'parsed',
        stageOf([one], { manifestDir: dir, each: false }),
        now,
      );
      const manifestPath = dir === '' ? 'm.json' : `${dir}/m.json`;
      const where = { manifestPath, stage: 'parsed', task: 'parse', target: 'parse' };
      same(recordFrom(reread(manifest), where), one.record);
    }),
    runs,
  );
});

test('each instance of a target comes back from its stage, and from no other', () => {
  fc.assert(
    fc.property(entries, manifestDir, (all, dir) => {
      const { manifest } = mergeStage(
        undefined,
        'downloaded',
        stageOf(all, { manifestDir: dir, each: true }),
        now,
      );
      const read = reread(manifest);
      const manifestPath = dir === '' ? 'm.json' : `${dir}/m.json`;
      const of = (task: string, target = 'infer', stage = 'downloaded') =>
        recordFrom(read, { manifestPath, stage, task, target });
      for (const one of all) same(of(one.task), one.record);
      for (const task of ['infer', 'infer@control', 'infer@constructor']) assert.is(of(task), undefined);
      assert.is(of(tasks[0] as string, 'infer', 'parsed'), undefined);
      assert.is(read.stage_status['downloaded']?.status, 'completed');
    }),
    { numRuns: 50 },
  );
});

test('the same stage again is no change, whatever the clock, the run and the stopwatch say', () => {
  fc.assert(
    fc.property(entries, manifestDir, fc.boolean(), (all, dir, each) => {
      const options = { manifestDir: dir, each };
      const first = mergeStage(undefined, 's', stageOf(all, options), now);
      const read = reread(first.manifest);
      assert.is(mergeStage(read, 's', stageOf(all, options), later).manifest, read);
      const again = all.map((e) => ({
        ...e,
        record: { ...e.record, at: later, run: e.record.run + 1, ms: e.record.ms + 1 },
      }));
      const second = mergeStage(read, 's', stageOf([...again].reverse().slice(each ? 0 : 2), options), later);
      assert.is(second.changed, false);
      assert.is(manifestText(second.manifest), manifestText(first.manifest));
    }),
    { numRuns: 50 },
  );
});

test('every stage is valid, and its text is a fixed point', () => {
  fc.assert(
    fc.property(entries, manifestDir, fc.boolean(), (all, dir, each) => {
      const { manifest } = mergeStage(undefined, 's', stageOf(all, { manifestDir: dir, each }), now);
      assert.equal(manifestErrors(manifest), []);
      assert.is(manifestText(reread(manifest)), manifestText(manifest));
    }),
    { numRuns: 50 },
  );
});

test('keys and stages of other programs survive at every level', () => {
  const strange = fc.dictionary(fc.constantFrom('x', 'owner', '__proto__', 'constructor', '7', 'Ä'), json, {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(
      entry('parse', 'parse'),
      entry('infer@a', 'infer'),
      fc.array(strange, { minLength: 6, maxLength: 6 }),
      (one, many, f) => {
        const [top, times, inStage, inTask, inArtifact, other] = f as [
          object,
          object,
          object,
          object,
          object,
          object,
        ];
        const written = mergeStage(
          undefined,
          'parsed',
          stageOf([one], { manifestDir: '', each: false }),
          now,
        ).manifest;
        const both = mergeStage(
          written,
          'infer',
          stageOf([many], { manifestDir: '', each: true }),
          now,
        ).manifest;
        const parsed = both.stage_status['parsed'] as Stage;
        const infer = both.stage_status['infer'] as Stage;
        const artifacts = Object.fromEntries(
          Object.entries(parsed.artifacts ?? {}).map(([k, a]) => [k, { ...a, ...inArtifact }]),
        );
        const task = { ...(infer.tasks?.['infer@a'] as object), ...inTask };
        const uploaded = { status: 'completed', updated_at: 'monday', artifacts: 'all', ...other };
        const mixed = {
          ...both,
          ...top,
          timestamps: { ...both.timestamps, ...times },
          stage_status: {
            uploaded,
            parsed: { ...parsed, artifacts, ...inStage },
            infer: { ...infer, ...inStage, tasks: { 'infer@a': task } },
          },
        };
        const read = readManifest(JSON.stringify(mixed)).manifest as Manifest;
        const changed = (e: typeof one) => ({
          ...e,
          record: { ...e.record, parts: { ...e.record.parts, command: 'another' } },
        });
        const step = mergeStage(
          read,
          'parsed',
          stageOf([changed(one)], { manifestDir: '', each: false }),
          later,
        );
        const end = mergeStage(
          step.manifest,
          'infer',
          stageOf([changed(many)], { manifestDir: '', each: true }),
          later,
        );
        assert.ok(step.changed && end.changed);
        const seen = JSON.parse(manifestText(end.manifest));
        holds(seen, top);
        holds(seen.timestamps, times);
        holds(seen.stage_status.parsed, inStage);
        holds(seen.stage_status.infer, inStage);
        holds(seen.stage_status.infer.tasks['infer@a'], inTask);
        for (const artifact of Object.values(seen.stage_status.parsed.artifacts))
          holds(artifact as object, inArtifact);
        same(seen.stage_status.uploaded, uploaded);
      },
    ),
    { numRuns: 60 },
  );
});

function holds(seen: object, part: object): void {
  for (const [key, value] of Object.entries(part)) {
    assert.ok(Object.hasOwn(seen, key), key);
    same((seen as Record<string, Json>)[key], value);
  }
}

test('a manifest cut short is never a manifest', () => {
  fc.assert(
    fc.property(entry('parse', 'parse'), fc.nat(), (one, cut) => {
      const text = manifestText(
        mergeStage(undefined, 's', stageOf([one], { manifestDir: '', each: false }), now).manifest,
      );
      assert.is(readManifest(text.slice(0, cut % (text.length - 1))).problem, 'unparsable');
    }),
    runs,
  );
});

test('paths seen from any folder lead back, and no path leads out of the workspace', () => {
  fc.assert(
    fc.property(manifestDir, path, fc.constantFrom('', '/'), (dir, file, slash) => {
      const seen = seenFrom(dir, `${file}${slash}`);
      assert.is(resolvedFrom(dir, seen), `${file}${slash}`);
      assert.not.match(seen, /^\//);
    }),
    runs,
  );
  const wild = fc
    .array(fc.oneof(path, fc.constantFrom('..', '.', '', '../..', '\0')), { maxLength: 8 })
    .map((s) => s.join('/'));
  fc.assert(
    fc.property(manifestDir, wild, (dir, written) => {
      const found = resolvedFrom(dir, written);
      if (found === undefined) return;
      assert.not.ok(
        found.startsWith('/') || found === '' || found.split('/').some((s) => s === '..' || s === '.'),
      );
    }),
    runs,
  );
});

test.run();
