// Templates: how a text splits into what is literal and what refers, and what a slug keeps.
import { hasRefs, pieces, refs, slug, soleRef } from '@evalmake/core/template';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ref = (...path: string[]) => ({ path });

test('a text without references is one piece', () => {
  assert.equal(pieces('echo $HOME ${x} {{ y }}').pieces, ['echo $HOME ${x} {{ y }}']);
  assert.equal(pieces('').pieces, []);
});

test('references stand between literal texts, with any spaces inside', () => {
  assert.equal(pieces('a ${{ config.x }} b ${{y}}').pieces, ['a ', ref('config', 'x'), ' b ', ref('y')]);
  assert.equal(pieces('${{a}}${{\n b.c-d_1.0 \n}}').pieces, [ref('a'), ref('b', 'c-d_1', '0')]);
  assert.equal(pieces('$${{ a }}}}').pieces, ['$', ref('a'), '}}']);
});

test('what is no dotted path is an error that shows it', () => {
  for (const inner of ['a + b', 'a.', '.a', 'f(x)', '1a', '', 'a b', 'a..b', "a['b']", 'a | b']) {
    const { errors } = pieces(`x \${{ ${inner} }} y`);
    assert.equal(errors, [`"\${{ ${inner} }}" is not a dotted path; templates hold no expressions`], inner);
  }
});

test('a reference that is never closed is an error, and the rest of the text stays', () => {
  const { pieces: all, errors } = pieces('a ${{ b }} c ${{ d }');
  assert.equal(errors, ['"${{" is never closed by "}}"']);
  assert.equal(all, ['a ', ref('b'), ' c ${{ d }']);
});

test('refs, hasRefs and soleRef', () => {
  assert.equal(refs('a ${{ b.c }} d ${{ e }}'), [ref('b', 'c'), ref('e')]);
  assert.is(hasRefs('a ${{ b'), true);
  assert.is(hasRefs('a ${ b }'), false);
  assert.equal(soleRef('  ${{ config.a }}\n'), ['config', 'a']);
  assert.is(soleRef('x ${{ a }}'), undefined);
  assert.is(soleRef('${{ a }}${{ b }}'), undefined);
  assert.is(soleRef('plain'), undefined);
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,5}$/);
const dotted = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `\${{ ${parts.join('.')} }}`);
const literal = fc.string({ unit: 'grapheme', maxLength: 10 }).filter((t) => !t.includes('${{'));

test('joining the pieces gives the text back', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(dotted, literal), { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      fc.pre(!/\$\{\{/.test(text.replace(/\$\{\{ [\w.-]+ \}\}/g, '')));
      const read = pieces(text);
      assert.equal(read.errors, []);
      const joined = read.pieces.map((p) => (typeof p === 'string' ? p : `\${{ ${p.path.join('.')} }}`));
      assert.is(joined.join(''), text);
      assert.ok(read.pieces.every((p) => p !== ''));
    }),
  );
});

test('any text is read without a throw, and its errors are sentences', () => {
  const part = fc.oneof(fc.constantFrom('${{', '}}', '${{ a', '.b }}', '$', '{', '}', ' ', '\n'), literal);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const { errors } = pieces(parts.join(''));
      assert.ok(errors.every((e) => e.length > 10));
    }),
  );
});

test('a slug keeps letters, digits, dot, underscore and dash of every script', () => {
  assert.is(slug('gpt-4.1_mini'), 'gpt-4.1_mini');
  assert.is(slug('meta/llama 3 (8B)'), 'meta-llama-3-8B');
  assert.is(slug('été 東京'), 'été-東京');
  assert.is(slug('a//b'), 'a-b');
  assert.is(slug('--a--'), 'a');
});

test('a slug is never empty nor a folder above', () => {
  for (const text of ['', ' ', '/', '..', '.', '---', '../..', '\0']) {
    const made = slug(text);
    assert.not.ok(['', '.', '..'].includes(made), JSON.stringify(text));
    assert.not.ok(made.includes('/'));
  }
});

test('a slug is safe as a part of a path, and a slug of a slug is the same', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
      const made = slug(text);
      assert.match(made, /^[\p{L}\p{N}._-]+$/u);
      assert.not.match(made, /^-|^\.+$/);
      assert.is(slug(made), made);
    }),
  );
});

test.run();
