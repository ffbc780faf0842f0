// The report as one HTML file and as Markdown, of an evaluation whose names are hostile: structure, policy, digests, figures.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Document, numeric } from 'evalkit/report/document';
import { renderHtml } from 'evalkit/report/html-page';
import { renderMarkdown } from 'evalkit/report/markdown';
import { code, rich, strong } from 'evalkit/report/phrase';
import { REFERENCES } from 'evalkit/report/references';
import { inlineSvg } from 'evalkit/report/svg';
import { type DefaultTreeAdapterMap, defaultTreeAdapter, parse } from 'parse5';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONDITIONS, NAMES, ReportWorkspace } from './report-workspace.ts';

type Element = DefaultTreeAdapterMap['element'];

const space = new ReportWorkspace();
test.after(() => rmSync(space.folder, { recursive: true }));

const SVG = [
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" aria-labelledby="t"><title id="t">x</title>',
  '<style>svg:root{color:red}</style><clipPath id="c"><path d="M0 0"/></clipPath><g class="m" clip-path="url(#c)">',
  '<text fill="var(--fig-ink, #222)">a &lt; b</text></g></svg>',
].join('');
const figure = (name: string) => ({
  name,
  title: `The <b>${name}</b>`,
  caption: 'How to read [it](javascript:x).',
  alt: 'A point "left" of zero',
  svg: `${name}.svg`,
  spec: `${name}.vl.json`,
  sources: ['significance.json'],
});
space.put('figs/figures.json', JSON.stringify({ figures: ['effects', 'unheard-of', 'costs'].map(figure) }));
for (const name of ['effects', 'unheard-of', 'costs']) space.put(`figs/${name}.svg`, SVG);

/** The elements of a page in their order; a page that is not well-formed fails. */
function elementsOf(html: string): Element[] {
  const problems: string[] = [];
  const page = parse(html, {
    onParseError: ({ code: problem, startLine }) => problems.push(`${problem}:${startLine}`),
  });
  assert.equal(problems, []);
  const found: Element[] = [];
  const visit = (node: DefaultTreeAdapterMap['parentNode']): void => {
    for (const child of node.childNodes) {
      if (!defaultTreeAdapter.isElementNode(child)) continue;
      found.push(child);
      visit(child);
    }
  };
  visit(page);
  return found;
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

function textOf(node: DefaultTreeAdapterMap['node']): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

const done = space.report('out/report', '--figures', 'figs');
assert.is(done.status, 0, done.stderr);
const html = space.read('out/report.html');
const markdown = space.read('out/report.md');
const elements = elementsOf(html);
const named = (...names: string[]) => elements.filter(({ tagName }) => names.includes(tagName));

test('the same inputs give the same bytes', () => {
  assert.is(space.report('again/report', '--figures', 'figs').status, 0);
  assert.is(space.read('again/report.html'), html);
  assert.is(space.read('again/report.md'), markdown);
});

test('the page runs nothing and loads nothing; its policy names its one style', () => {
  assert.equal(
    named('script', 'link', 'iframe', 'img', 'object', 'embed', 'form', 'base', 'a').filter(
      (one) => one.tagName !== 'a' || !attribute(one, 'href')?.startsWith('#'),
    ),
    [],
  );
  for (const { attrs } of elements) {
    for (const { name } of attrs) assert.not.match(name, /^(?:on.*|style|src|srcset|action|xlink:href)$/);
  }
  const [style, ...others] = named('style');
  assert.equal(others, []);
  const digest = createHash('sha256')
    .update(textOf(style as Element))
    .digest('base64');
  const policy = named('meta').find((one) => attribute(one, 'http-equiv') === 'Content-Security-Policy');
  const content = attribute(policy as Element, 'content') ?? '';
  assert.ok(content.startsWith(`default-src 'none'; style-src 'sha256-${digest}'; img-src data:`), content);
  assert.not.match(textOf(style as Element), /url\(|@import/);
});

test('the page has a language, one title, headings in order, and links that lead somewhere', () => {
  assert.is(attribute(named('html')[0] as Element, 'lang'), 'en');
  assert.is(named('h1').length, 1);
  let before = 0;
  for (const { tagName } of named('h1', 'h2', 'h3', 'h4', 'h5', 'h6')) {
    assert.ok(Number(tagName[1]) <= before + 1, `${tagName} after h${before}`);
    before = Number(tagName[1]);
  }
  const ids = elements.flatMap((one) => attribute(one, 'id') ?? []);
  assert.is(new Set(ids).size, ids.length);
  for (const link of named('a'))
    assert.ok(ids.includes(attribute(link, 'href')?.slice(1) ?? ''), textOf(link));
  for (const one of elements) {
    const label = attribute(one, 'aria-labelledby');
    if (label !== undefined) assert.ok(ids.includes(label), label);
  }
  assert.is(
    named('h2').length,
    named('nav')
      .flatMap(({ childNodes }) => childNodes)
      .flatMap((list) => ('childNodes' in list ? list.childNodes : []))
      .filter(({ nodeName }) => nodeName === 'li').length,
  );
});

test('tables have a caption and scopes, and scroll in a box that the keyboard reaches', () => {
  assert.ok(named('table').length > 8);
  for (const table of named('table')) {
    const children = table.childNodes.filter(defaultTreeAdapter.isElementNode);
    assert.is(children[0]?.tagName, 'caption');
    const box = table.parentNode as Element;
    assert.is(attribute(box, 'tabindex'), '0');
    assert.is(attribute(box, 'role'), 'region');
  }
  for (const head of named('th')) assert.match(attribute(head, 'scope') ?? '', /^(?:col|row)$/);
});

test('hostile names stay text: escaped, whole, with what hides or reorders made visible', () => {
  const body = textOf(named('body')[0] as Element);
  for (const name of [NAMES.control, NAMES.treatment, NAMES.dataset]) assert.ok(body.includes(name), name);
  assert.ok(body.includes(`${'m'.repeat(300)}[U+0007][U+001B][31m<b>`));
  assert.ok(body.includes('[U+202E]txet[U+202C] \u05e9\u05dc\u05d5\u05dd'));
  assert.not.match(html + markdown, /(?!\n)\p{Cc}|[\u202a-\u202e]/u);
  assert.not.match(markdown.replace(/`[^`\n]*`/g, ''), /<[a-z/!]|\]\(javascript/i);
  assert.not.match(markdown, /^# not a heading/m);
  assert.ok(elements.some((one) => attribute(one, 'dir') === 'auto'));
  const title = textOf(named('title')[0] as Element);
  assert.is(title, 'Evaluation report: r"1"</title><script>, hostile');
});

test('nothing from elsewhere is named but in quoted answers and in references', () => {
  const rest = html.replaceAll('https://evil.example/x.js', '');
  assert.equal(rest.match(/\b(?:https?:)?\/\/[a-z]/gi), null);
});

test('every section with numbers ends with its sources, and every digest is that of the file', () => {
  const sections = markdown.split(/^## /m).slice(1);
  for (const section of sections) {
    const title = section.split('\n')[0] ?? '';
    if (!section.includes('\n| ') || title === 'Where the numbers come from') continue;
    assert.match(section.trimEnd().split('\n').at(-1) ?? '', /^Source: .* [0-9a-f]{16}$/, title);
  }
  const digest = (path: string) => createHash('sha256').update(space.read(path)).digest('hex');
  const paths = [
    'config.json',
    'open.jsonl',
    'predictions.csv',
    'significance.json',
    'sensitivity.json',
    'costs.json',
  ];
  for (const name of paths) {
    const sha256 = digest(`in/${name}`);
    assert.match(html, new RegExp(`<code class="digest">${sha256}</code>`), name);
    assert.match(markdown, new RegExp(`in/${name} .*\\b${sha256.slice(0, 16)} +\\|`), name);
    assert.ok(markdown.includes(`${name} ${sha256.slice(0, 16)}`), name);
  }
  for (const name of CONDITIONS) assert.ok(html.includes(digest(`prompts/${name}.md`)), name);
  for (const found of markdown.matchAll(/^Source: (.*)$/gm)) {
    for (const short of found[1]?.match(/\b[0-9a-f]{16}\b/g) ?? [])
      assert.ok(html.includes(`id="artifact-${short}"`), short);
  }
});

test('the references are those that the methods cite, and the methods those that were used', () => {
  const methods = markdown.slice(markdown.indexOf('## Methods'), markdown.indexOf('- `unit`'));
  const list = markdown.slice(markdown.indexOf('## References'), markdown.indexOf('## Where the numbers'));
  for (const { cited, year, title } of Object.values(REFERENCES))
    assert.is(methods.includes(`${cited} ${year}`), list.includes(title), title);
  assert.match(methods, 'Holm 1979');
  assert.not.match(list, /Pinheiro|Stinnett|DerSimonian/);
  assert.match(methods, /evalkit \d+\.\d+\.\d+/);
  assert.match(methods, 'seed 7');
});

test('figures stand in their sections, with ids of their own, and Markdown refers to them from where it lies', () => {
  const figures = [...html.matchAll(/<h2 id="([^"]*)"|<strong id="figure-title-\d+">([^<]*)/g)].map(
    ([, section, words]) => section ?? words,
  );
  const after = (words: string) => figures[figures.findIndex((one) => one?.includes(words)) - 1];
  assert.is(after('&gt;effects'), 's-results');
  assert.is(after('&gt;costs'), 's-costs');
  assert.is(after('&gt;unheard'), 's-further-figures');
  for (const svg of named('svg')) {
    assert.is(attribute(svg, 'role'), 'img');
    assert.is(attribute(svg, 'aria-label'), 'A point "left" of zero');
  }
  assert.match(html, '<clipPath id="fig-effects-c">');
  assert.match(html, 'clip-path="url(#fig-effects-c)"');
  assert.match(markdown, '](../figs/effects.svg)');
  assert.is(space.report('deep/er/r', '--figures', 'figs', '--at', 'r.md').status, 0);
  assert.match(space.read('deep/er/r.md'), '](figs/effects.svg)');
});

test('without figures.json the report has no figures', () => {
  assert.is(space.report('bare/r', '--figures', 'nowhere').status, 0);
  assert.not.match(space.read('bare/r.html'), /<figure|<svg/);
});

test('an SVG that does more than draw is refused, and so is a figure of other results', () => {
  const refused: [string, RegExp][] = [
    ['<script>alert(1)</script>', /has <script>/],
    ['<image href="#a"/>', /has <image>/],
    ['<foreignObject/>', /has <foreignObject>/],
    ['<a href="#a"/>', /has <a>/],
    ['<animate attributeName="x"/>', /has <animate>/],
    ['<g onload="alert(1)"/>', /event attribute onload/],
    ['<g style="fill:red"/>', /style attribute/],
    ['<use href="https://x.example/a.svg#b"/>', /refers to "https/],
    ['<use xlink:href="data:image/svg+xml,x"/>', /refers to "data/],
    ['<g fill="url(//x.example/a)"/>', /refers to "url/],
    ['<g fill="&#117;rl(//x.example/a)"/>', /refers to "url/],
    ['<title><path/></title>', /has <path> in a <title>/],
    ['<![CDATA[<script>]]>', /no tag of a figure|not well-formed|has /],
    ['<!DOCTYPE svg>', /no tag of a figure/],
    ['</g>', /closes <g>/],
    ['<g>', /closes <svg>/],
  ];
  for (const [part, message] of refused)
    assert.throws(() => inlineSvg(`<svg>${part}</svg>`, { path: 'f.svg', prefix: 'p-', alt: 'x' }), message);
  assert.throws(() => inlineSvg('<svg/><svg/>', { path: 'f.svg', prefix: 'p-', alt: 'x' }), /one <svg>/);
  space.put('bad/figures.json', JSON.stringify({ figures: [figure('effects')] }));
  space.put('bad/effects.svg', '<svg><script/></svg>');
  const bad = space.report('bad/r', '--figures', 'bad');
  assert.is(bad.status, 1);
  assert.match(bad.stderr, /bad\/effects\.svg: has <script>/);
  const other = { ...figure('effects'), sources: [{ name: 'significance.json', sha256: '0'.repeat(64) }] };
  space.put('bad/figures.json', JSON.stringify({ figures: [other] }));
  assert.match(space.report('bad/r', '--figures', 'bad').stderr, /drawn from another in\/significance\.json/);
});

test('one document gives both formats; Markdown is as it always was', () => {
  const page = new Document()
    .heading(1, 'A <title>')
    .paragraph('One.', '', rich`${strong('Two')} of ${code('a`b')}, p <0.001.`)
    .table(
      'Rows',
      ['name', numeric('n')],
      [
        ['a|b\\c', '1'],
        [rich`${strong('x')} y`, '22'],
      ],
    )
    .details('More', (inside) => inside.list(['item']))
    .list([]);
  const lines = [
    '# A &lt;title>\n',
    'One. **Two** of `` a`b ``, p <0.001.\n',
    '| name    |   n |',
    '| ------- | --: |',
    '| a\\|b\\\\c |   1 |',
    '| **x** y |  22 |\n',
    '- item\n',
  ];
  assert.is(renderMarkdown(page), lines.join('\n'));
  const text = renderHtml(page);
  assert.match(text, '<p>One. <strong>Two</strong> of <code>a`b</code>, p &lt;0.001.</p>');
  assert.match(text, '<th scope="row">a|b\\c</th><td class="n">1</td>');
  assert.match(text, '<details>\n<summary>More</summary>\n<ul>\n<li>item</li>\n</ul>\n</details>');
  assert.ok(elementsOf(text).length > 20);
});

test.run();
