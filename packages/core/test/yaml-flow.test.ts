// The one YAML mistake that templates invite is found where it is, and nowhere else.
import { unquotedTemplate } from '@evalmake/core/yaml-flow';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function found(text: string): string | undefined {
  const at = unquotedTemplate(text);
  return at === undefined ? undefined : `${at.line}:${at.column}`;
}

test('a template without quotes inside a map or a list is found at its place', () => {
  assert.is(found('inputs: { raw: ${{ config.raw }} }\n'), '1:16');
  assert.is(found('a: 1\neach: [ ${{ config.models }} ]\n'), '2:9');
  assert.is(found('  - { from: ${{ x }} }\n'), '1:13');
  assert.is(found('- - [${{ x }}]\n'), '1:6');
  assert.is(found('"a b": {x: ${{ y }}}\n'), '1:12');
});

test('a flow collection may go over several lines', () => {
  assert.is(found('a: {\n  x: 1,\n  y: ${{ z }}\n}\n'), '3:6');
  assert.is(found('a: {\n  x: 1\n}\nb: ${{ z }}\n'), undefined);
});

test('the first of several is told', () => {
  assert.is(found('a: [x, ${{ b }}, ${{ c }}]\nd: {e: ${{ f }}}\n'), '1:8');
});

test('quoted templates are fine', () => {
  assert.is(found('a: { x: "${{ y }}" }\n'), undefined);
  assert.is(found('a: [ \'${{ y }}\', "a \\" ${{ z }}" ]\n'), undefined);
});

test('templates in block style are fine', () => {
  assert.is(found('a: ${{ x }}/${{ y }}\nb:\n  - ${{ z }}\n  - path/${{ z }}\n'), undefined);
});

test('brackets and apostrophes in a block scalar are not flow', () => {
  const script =
    "run: |\n  if [ -f x ]; then echo it's; fi\n  [ -n ${{ a }} ] && echo {${{ b }}}\n  { cat ${{ c }}; }\nx: 1\n";
  assert.is(found(script), undefined);
  assert.is(found('run: >-\n  [ ${{ a }} ]\n\n  { ${{ b }} }\n'), undefined);
  assert.is(found('run: |2\n    [ ${{ a }} ]\n'), undefined);
  assert.is(found('run: | # a comment\n  [ ${{ a }} ]\n'), undefined);
  assert.is(found('- |\n  [ ${{ a }} ]\n'), undefined);
});

test('what stands after a block scalar is looked at again', () => {
  assert.is(found('run: |\n  [ ${{ a }} ]\n\nb: [ ${{ c }} ]\n'), '4:6');
});

test('brackets inside a plain or quoted text are not flow', () => {
  assert.is(found('run: test [ ${{ a }} ]\n'), undefined);
  assert.is(found('run: "[ ${{ a }} ]"\n'), undefined);
  assert.is(found('glob: data/[ab]${{ x }}.txt\n'), undefined);
});

test('comments are not flow', () => {
  assert.is(found('# a: [ ${{ x }} ]\n'), undefined);
  assert.is(found('a: [ 1 ] # ${{ x }}\n'), undefined);
  assert.is(found('a: [ 1, # ${{ x }}\n  2 ]\n'), undefined);
});

test('any text is read without a throw, and a place lies in the text at a template', () => {
  const part = fc.constantFrom(
    'a: ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '\\',
    '${{ x }}',
    '\n',
    '  ',
    '- ',
    '|',
    '#',
    ', ',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const text = parts.join('');
      const at = unquotedTemplate(text);
      if (at === undefined) return;
      assert.ok(text.split('\n')[at.line - 1]?.startsWith('${{', at.column - 1));
    }),
  );
});

test.run();
