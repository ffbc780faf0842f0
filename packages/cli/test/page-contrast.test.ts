// Contrast of the page's colours, calculated from its tokens: text 4.5 to 1 on each ground it stands on, shapes 3 to 1.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const styles = new URL('../../../packages/cli/src/page/style/', import.meta.url);
const tokensOf = (name: string): [string, string][] =>
  [...readFileSync(new URL(`${name}.css`, styles), 'utf8').matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(
    ([, token = '', color = '']) => [token, color],
  );
const light = new Map(tokensOf('tokens'));
const dark = new Map([...light, ...tokensOf('dark')]);

/** Relative luminance by WCAG 2.2. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const states = ['fresh', 'run', 'maybe', 'recheck', 'restore', 'waiting', 'ask', 'blocked', 'off'];
const grounds = ['ground', 'card', 'raised'];
const texts: [text: string, ground: string][] = [
  ...['ink', 'quiet', 'link', ...states].flatMap((text) =>
    grounds.map((ground): [string, string] => [text, ground]),
  ),
  ...states.flatMap((state): [string, string][] => [
    [state, `${state}-ground`],
    ['ink', `${state}-ground`],
    ['quiet', `${state}-ground`],
  ]),
  ['link', 'link-ground'],
  ['card', 'link'],
  ['card', 'blocked'],
];
const shapes: [shape: string, ground: string][] = [
  ...states,
  ...['edge', 'cached', ...Array.from({ length: 8 }, (_, hue) => `h${hue}`)],
].map((shape) => [shape, 'card']);

for (const [theme, tokens] of [
  ['light', light],
  ['dark', dark],
] as const)
  test(`every pair of the ${theme} theme can be read`, () => {
    const tooWeak = [
      ...texts.map((pair) => ({ pair, least: 4.5 })),
      ...shapes.map((pair) => ({ pair, least: 3 })),
    ].flatMap(({ pair, least }) => {
      const [a = '', b = ''] = pair.map((name) => tokens.get(name));
      const found = contrast(a, b);
      return found >= least ? [] : [`${pair.join(' on ')}: ${found.toFixed(2)} < ${least}`];
    });
    assert.equal(tooWeak, []);
  });

test('the dark theme has every colour that the light one has', () => {
  assert.equal(
    tokensOf('dark').map(([name]) => name),
    tokensOf('tokens').map(([name]) => name),
  );
});

test.run();
