// The picture of a graph: well-formed whatever the names are, in the colours of the page, equal bytes for equal graphs.
import { readFileSync } from 'node:fs';
import { drawPicture, pictureColors } from 'evalmake/dist/page/picture.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const hostile = `<script>&"'\u0000\u001b[31m\u202e]]>-->\ud800`;

/** Fails unless a text is well-formed XML of elements with quoted attributes. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/g, (_, end, name, __, alone) => {
    if (end === '/') assert.is(open.pop(), name);
    else if (alone !== '/') open.push(name);
    return '';
  });
  assert.equal(open, []);
  assert.not.match(rest, /[<>]|&(?!(?:amp|lt|gt|quot|#39);)/);
  assert.not.match(svg, /[\u0000-\u0008\u000b-\u001f\u202e]|[\ud800-\udfff]/u);
}

const graph = {
  title: hostile,
  nodes: [
    { name: hostile, counts: { fresh: 3, run: 1 } },
    { name: 'a'.repeat(500), counts: { off: 1 } },
    { name: 'score@control', counts: { blocked: 1 } },
  ],
  edges: [
    [0, 1, 'gather'],
    [0, 2, 'one'],
  ] as const,
};

test('hostile names stay text, and the file is well-formed', async () => {
  const svg = await drawPicture(graph);
  assertWellFormed(svg);
  assert.match(svg, '&lt;script&gt;');
  assert.not.match(svg, '<script');
});

test('it needs no other file, tells every state in words, and is bounded in its names', async () => {
  const svg = await drawPicture(graph);
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  assert.not.match(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|href|class=|style|var\(/);
  for (const text of ['1 blocked', '1 to run', '3 fresh', 'score@control: 1 blocked', '>1/4<'])
    assert.match(svg, text);
  assert.match(svg, `>${'a'.repeat(25)}…</text>`.slice(1));
  assert.is(svg.match(/marker-end/g)?.length, 2);
});

test('equal graphs are equal bytes, and an empty one is a picture too', async () => {
  assert.is(await drawPicture(graph), await drawPicture(graph));
  assertWellFormed(await drawPicture({ title: 'empty', nodes: [], edges: [] }));
});

test('its colours are those of the light page', () => {
  const css = readFileSync(
    new URL('../../../packages/cli/src/page/style/tokens.css', import.meta.url),
    'utf8',
  );
  const tokens = new Map([...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
  for (const [name, color] of Object.entries(pictureColors)) assert.is(tokens.get(name), color, name);
});

test.run();
