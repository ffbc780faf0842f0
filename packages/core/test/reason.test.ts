// Reasons: the difference of two fingerprints is the explanation, no more and no less.
import { compare, type Reason, reasonText } from '@evalmake/core/reason';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const label: fc.Arbitrary<string> = fc.constantFrom(
  'command',
  'shell',
  'cwd',
  'prelude',
  'version',
  'outputs',
  'config:a',
  'config:a.b',
  'each:m',
  'env:X',
  'script:a.py',
  'tool:t',
  'input:data/x',
  'input:raw:data/x',
  'input:raw:data/y',
  'input:#order',
);
const parts = fc.dictionary(label, fc.constantFrom('1', '2', ''), { noNullPrototype: true });

const said = (reasons: readonly Reason[]) =>
  reasons.map((r) => `${r.code} ${r.subject} ${r.was ?? '-'} -> ${r.now ?? '-'}`).sort();

test('a fingerprint does not differ from itself, whatever is pending', () => {
  fc.assert(
    fc.property(parts, fc.array(label), (a, pending) => {
      assert.equal(compare(a, { ...a }), []);
      assert.equal(
        compare(
          a,
          { ...a },
          pending.filter((l) => l in a),
        ),
        [],
      );
    }),
  );
});

test('the differences name exactly the labels that differ, with both values, and are causes of their own', () => {
  fc.assert(
    fc.property(parts, parts, (was, now) => {
      const found = compare(was, now);
      const labels = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter(
        (l) => was[l] !== now[l],
      );
      assert.equal(found.map((r) => r.subject).sort(), labels.sort());
      for (const r of found) {
        assert.is(r.root, true);
        assert.is(r.was, was[r.subject as string]);
        assert.is(r.now, now[r.subject as string]);
      }
    }),
  );
});

test('each kind of label has its code', () => {
  const code = (l: string) => compare({ [l]: '1' }, { [l]: '2' })[0]?.code;
  assert.equal(
    [
      'command',
      'shell',
      'cwd',
      'prelude',
      'outputs',
      'version',
      'config:a',
      'each:a',
      'env:a',
      'script:a',
      'tool:a',
      'input:a',
    ].map(code),
    [
      'command-changed',
      'command-changed',
      'command-changed',
      'command-changed',
      'command-changed',
      'version-changed',
      'config-changed',
      'each-changed',
      'env-changed',
      'script-changed',
      'tool-changed',
      'input-changed',
    ],
  );
});

test('an input is added, removed or changed; anything else is changed', () => {
  assert.equal(said(compare({}, { 'input:x': '1', 'config:a': '2' })), [
    'config-changed config:a - -> 2',
    'input-added input:x - -> 1',
  ]);
  assert.equal(said(compare({ 'input:x': '1', 'config:a': '2' }, {})), [
    'config-changed config:a 2 -> -',
    'input-removed input:x 1 -> -',
  ]);
});

test('what is pending cannot differ yet, by its label or by a prefix', () => {
  assert.equal(compare({ 'input:raw:x': '1' }, {}, ['input:raw:x']), []);
  assert.equal(compare({ 'input:raw:x': '1', 'input:raw:y': '1' }, {}, ['input:raw:*']), []);
  assert.equal(said(compare({ 'input:raw:x': '1', 'input:rawer:x': '1' }, {}, ['input:raw:*'])), [
    'input-removed input:rawer:x 1 -> -',
  ]);
  assert.equal(compare({ 'input:#order': '1' }, {}, ['input:#order']), []);
});

test('a pending file that was no input before is a change, whatever it will hold', () => {
  assert.equal(said(compare({}, {}, ['input:raw:x'])), ['input-added input:raw:x - -> -']);
  assert.equal(compare({}, {}, ['input:raw:*', 'input:#order']), []);
});

test('pending only ever takes away, but for inputs that are new', () => {
  fc.assert(
    fc.property(parts, parts, fc.array(label, { maxLength: 4 }), (was, now, pending) => {
      const known = pending.filter((l) => !(l in now));
      const all = said(compare(was, now));
      const rest = said(
        compare(was, now, known).filter((r) => !(r.code === 'input-added' && r.now === undefined)),
      );
      assert.ok(rest.every((r) => all.includes(r)));
      const lost = all.filter((r) => !rest.includes(r));
      assert.ok(lost.every((r) => known.includes(r.split(' ')[1] as string)));
    }),
  );
});

test('words: the subject without its kind', () => {
  const text = (code: Reason['code'], subject: string, more: Partial<Reason> = {}) =>
    reasonText({ code, root: true, subject, ...more });
  assert.is(text('config-changed', 'config:model.name'), 'config model.name');
  assert.is(text('script-changed', 'script:a.py', { was: '1', now: '2' }), 'script a.py changed');
  assert.is(text('script-changed', 'script:a.py', { now: '2' }), 'script a.py is new');
  assert.is(text('script-changed', 'script:a.py', { was: '1' }), 'script a.py is gone');
  assert.is(text('input-removed', 'input:raw:x'), 'input raw:x is no longer an input');
  assert.is(text('command-changed', 'prelude'), 'prelude changed');
  assert.is(reasonText({ code: 'never-built', root: true }), 'never built');
  assert.is(
    reasonText({ code: 'previous-run-failed', root: true, subject: 'exit code 1' }),
    'the last attempt failed: exit code 1',
  );
  assert.is(reasonText({ code: 'previous-run-failed', root: true }), 'the last attempt failed');
});

test.run();
