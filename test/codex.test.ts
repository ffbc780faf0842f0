// Tickets, logs and links stay true; `UPDATE_CODEX=1` writes the table of codex/README.md anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderTable, ticketsOf, withTable } from './house/codex.ts';
import * as rules from './house/codex-rules.ts';
import { anchorsOf, linksResolve } from './house/links.ts';
import { repositoryFiles, root } from './house/repository.ts';
import { expectNone, type Rule } from './house/rule.ts';

if (process.env['UPDATE_CODEX'] === '1') {
  const path = join(root, 'codex/README.md');
  writeFileSync(path, withTable(readFileSync(path, 'utf8'), renderTable(ticketsOf(repositoryFiles()))));
}
const files = repositoryFiles();

test('the codex holds tickets and logs', () => {
  assert.ok(ticketsOf(files).length > 0);
});

for (const rule of [...Object.values(rules), linksResolve]) {
  test(rule.name, () => expectNone(rule.check(files)));
}

const acceptance = '```\n$ npm test\nN passed\n```';

/** The text of a correct ticket, with some front matter replaced. */
function ticket(fields: Record<string, string> = {}): string {
  const matter = { id: '010', slug: 'a', title: 'A', status: 'open', needs: '[]', ...fields };
  const lines = Object.entries(matter).map(([key, value]) => `${key}: ${value}`);
  const body = ['Objective', 'Scope', 'Out of scope'].map((heading) => `## ${heading}\n\nText.\n\n`).join('');
  return `---\n${lines.join('\n')}\n---\n\n${body}## Acceptance\n\n${acceptance}\n\n## Refused ideas\n\n- None.\n`;
}

const log = (entries: string): string => `# Log\n\n## Handover\n\n- State.\n\n${entries}`;

/** Checks which files (path, then text) a rule objects to, and with which words. */
function objects(
  rule: Rule,
  planted: Record<string, string>,
  expected: [path: string, words: RegExp][],
): void {
  const found = rule.check(Object.entries(planted).map(([path, text]) => ({ path, text })));
  assert.equal(
    found.map(({ path }) => path),
    expected.map(([path]) => path),
  );
  for (const [index, { says }] of found.entries()) assert.match(says, expected[index]?.[1] ?? /^$/);
}

const a = 'codex/tickets/010-a.md';
const b = 'codex/tickets/011-b.md';

test('planted: malformed tickets', () => {
  objects(rules.ticketsWellFormed, { [a]: ticket() }, []);
  objects(rules.ticketsWellFormed, { [a]: ticket({ status: 'closed' }) }, [[a, /status `closed`/]]);
  objects(rules.ticketsWellFormed, { [b]: ticket() }, [[b, /named otherwise/]]);
  objects(rules.ticketsWellFormed, { [a]: ticket({ owner: 'x' }) }, [[a, /front matter/]]);
  objects(rules.ticketsWellFormed, { [a]: ticket().replace('## Scope', '## Range') }, [[a, /sections/]]);
  objects(rules.ticketsWellFormed, { [a]: ticket().replace('$ npm', 'npm') }, [[a, /no command/]]);
  objects(rules.ticketsWellFormed, { [a]: `${ticket()}${'x\n'.repeat(90)}` }, [[a, /more than 100/]]);
});

test('planted: numbers taken twice, needs that fail', () => {
  const twin = 'codex/tickets/010-b.md';
  objects(rules.numbersUnique, { [a]: ticket(), [twin]: ticket({ slug: 'b' }) }, [[twin, /another ticket/]]);
  objects(rules.needsExist, { [a]: ticket({ needs: '[012]' }) }, [[a, /needs 012, which does not exist/]]);
  const other = ticket({ id: '011', slug: 'b', needs: '[010]' });
  objects(rules.needsExist, { [a]: ticket(), [b]: other }, []);
  objects(rules.needsExist, { [a]: ticket({ needs: '[011]' }), [b]: other }, [
    [a, /010 -> 011 -> 010/],
    [b, /011 -> 010 -> 011/],
  ]);
  const done = ticket({ id: '011', slug: 'b', needs: '[010]', status: 'done' });
  objects(rules.needsExist, { [a]: ticket(), [b]: done }, [[b, /is done, but 010/]]);
});

test('planted: logs without ticket, handover or kind; tickets without log', () => {
  const path = 'codex/logs/010.md';
  const check = (text: string, words?: RegExp) =>
    objects(rules.logsWellFormed, { [a]: ticket(), [path]: text }, words ? [[path, words]] : []);
  check(log('## 2026-11-20\n\n- tried: x\n  more\n- decided: y\n'));
  check(log('## 2026-11-20\n\n- did: x\n'), /begin with tried/);
  check(log('## 2026-11-20\n\n- tried: x\n\n## 2026-11-19\n\n- tried: y\n'), /out of order/);
  check(log('## Later\n'), /only days/);
  check('# Log\n\n## 2026-11-20\n', /does not begin/);
  check(log('- l\n'.repeat(8)), /handover of 9 lines/);
  objects(rules.logsWellFormed, { 'codex/logs/012.md': log('') }, [['codex/logs/012.md', /no ticket/]]);
  objects(rules.logsWellFormed, { [a]: ticket({ status: 'doing' }) }, [[a, /logs\/010\.md does not exist/]]);
});

test('planted: a table that is not current', () => {
  const readme = '# codex\n\n<!-- tickets -->\n<!-- /tickets -->\n';
  objects(rules.tableCurrent, { 'codex/README.md': readme, [a]: ticket() }, [
    ['codex/README.md', /\| \[010\]/],
  ]);
  const table =
    '| ticket | title | status | needs |\n| --- | --- | --- | --- |\n| [010](tickets/010-a.md) | A | open |  |';
  objects(rules.tableCurrent, { 'codex/README.md': withTable(readme, table), [a]: ticket() }, []);
});

test('planted: links that lead nowhere', () => {
  const text =
    '# A b: `c`\n\n[x](b.md) [y](#a-b-c) [z](../docs) `[no](no.md)`\n\n```\n[no](no.md)\n```\n[web](https://x.example)\n';
  objects(linksResolve, { 'docs/a.md': text, 'docs/b.md': '' }, []);
  objects(linksResolve, { 'docs/a.md': text }, [['docs/a.md', /no tracked `docs\/b\.md`/]]);
  objects(linksResolve, { 'docs/a.md': '[x](#none)' }, [['docs/a.md', /no heading `#none`/]]);
  assert.equal([...anchorsOf('# One\n## One\n## 2. Two, three')], ['one', 'one-1', '2-two-three']);
});

test.run();
