// House rules of the codex: tickets and logs are well formed, what they name exists, the table is current.
import { posix } from 'node:path';
import {
  entryKinds,
  logsOf,
  renderTable,
  sectionOf,
  sections,
  statuses,
  type Ticket,
  tableIn,
  ticketsOf,
} from './codex.ts';
import type { SourceFile } from './repository.ts';
import type { Rule, Violation } from './rule.ts';
import { lineCount } from './size-rules.ts';

const at = (path: string, says: string): Violation => ({ path, line: 1, says });

function ticketProblems(ticket: Ticket): string[] {
  const { path, text, id, slug, title, status, keys } = ticket;
  const problems: string[] = [];
  if (posix.basename(path) !== `${id}-${slug}.md` || !/^\d{3}$/.test(id))
    problems.push(`is named otherwise than its id and slug say: ${id}-${slug}.md`);
  if (keys.join() !== 'id,slug,title,status,needs')
    problems.push(`has front matter ${keys}: write id, slug, title, status, needs`);
  if (title === '' || title.includes('|')) problems.push('needs a title, without `|`');
  if (!statuses.includes(status as (typeof statuses)[number]))
    problems.push(`has status \`${status}\`: expected ${statuses.join(', ')}`);
  const headings = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
  if (headings.join() !== sections.join())
    problems.push(`has sections ${headings.join(', ')}: expected ${sections.join(', ')}`);
  if (!/^\$ \S/m.test((sectionOf(text, 'Acceptance') ?? []).join('\n')))
    problems.push('names no command (`$ …`) in Acceptance');
  if (lineCount(text) > 100) problems.push(`has ${lineCount(text)} lines, more than 100: condense it`);
  return problems;
}

export const ticketsWellFormed: Rule = {
  name: 'tickets have their front matter, status and sections',
  check: (files) =>
    ticketsOf(files).flatMap((ticket) => ticketProblems(ticket).map((says) => at(ticket.path, says))),
};

export const numbersUnique: Rule = {
  name: 'no two tickets have one number',
  check: (files) => {
    const tickets = ticketsOf(files);
    return tickets
      .filter(({ number }, index) => tickets.findIndex((one) => one.number === number) < index)
      .map(({ path, number }) =>
        at(path, `has the number ${number} of another ticket: take the next free one`),
      );
  },
};

/** A path from a ticket through `needs` back to itself, if there is one. */
function needsCycle(start: string, needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const queue = [[start]];
  const seen = new Set<string>();
  for (const trail of queue) {
    for (const next of needs.get(trail.at(-1) ?? '') ?? []) {
      if (next === start) return [...trail, start];
      if (!seen.has(next)) queue.push([...trail, next]);
      seen.add(next);
    }
  }
  return undefined;
}

export const needsExist: Rule = {
  name: 'what a ticket needs exists, makes no cycle, and is done before it',
  check: (files) => {
    const tickets = ticketsOf(files);
    const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
    const needs = new Map(tickets.map((ticket) => [ticket.id, ticket.needs]));
    return tickets.flatMap(({ path, id, status, needs: own }) => {
      const missing = own
        .filter((need) => !byId.has(need))
        .map((need) => at(path, `needs ${need}, which does not exist`));
      const early = own
        .filter(
          (need) => status === 'done' && !['done', 'dropped', undefined].includes(byId.get(need)?.status),
        )
        .map((need) => at(path, `is done, but ${need}, which it needs, is not`));
      const cycle = needsCycle(id, needs);
      return [...missing, ...early, ...(cycle ? [at(path, `needs itself: ${cycle.join(' -> ')}`)] : [])];
    });
  },
};

function logProblems({ path, text }: SourceFile, tickets: readonly Ticket[]): string[] {
  const problems: string[] = [];
  const number = /^codex\/logs\/(\d{3})\.md$/.exec(path)?.[1];
  if (!tickets.some((ticket) => ticket.id === number))
    problems.push('has no ticket: name it NNN.md after one');
  const headings = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1] ?? '');
  const days = headings.slice(1);
  const handover = (sectionOf(text, 'Handover') ?? []).filter((line) => line.trim() !== '');
  if (headings[0] !== 'Handover' || handover.length === 0) problems.push('does not begin with `## Handover`');
  if (handover.length > 8) problems.push(`has a handover of ${handover.length} lines: say it in 8`);
  const kinds = new RegExp(`^- (?:${entryKinds.join('|')}): \\S`);
  for (const [index, day] of days.entries()) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day))
      problems.push(`has the heading \`${day}\`: after the handover come only days, 2026-11-20`);
    else if (index > 0 && (days[index - 1] ?? '') >= day)
      problems.push(`has ${day} out of order: newest last, each day once`);
    const entries = (sectionOf(text, day) ?? []).filter((line) => line.startsWith('- '));
    for (const entry of entries)
      if (!kinds.test(entry))
        problems.push(
          `has the entry \`${entry.slice(0, 40)}\`: begin with ${entryKinds.join(', ')} and a colon`,
        );
  }
  if (lineCount(text) > 150)
    problems.push(`has ${lineCount(text)} lines, more than 150: keep what nobody should find out twice`);
  return problems;
}

export const logsWellFormed: Rule = {
  name: 'logs belong to a ticket and have a short handover and dated entries',
  check: (files) => {
    const tickets = ticketsOf(files);
    const logs = logsOf(files);
    const unlogged = tickets
      .filter(
        ({ status, id }) =>
          ['doing', 'done'].includes(status) && !logs.some(({ path }) => path === `codex/logs/${id}.md`),
      )
      .map(({ path, id, status }) => at(path, `is ${status}, but codex/logs/${id}.md does not exist`));
    return [
      ...unlogged,
      ...logs.flatMap((log) => logProblems(log, tickets).map((says) => at(log.path, says))),
    ];
  },
};

export const tableCurrent: Rule = {
  name: 'the table in codex/README.md is current',
  check: (files) => {
    const readme = files.find(({ path }) => path === 'codex/README.md');
    if (readme === undefined) return [at('codex/README.md', 'does not exist')];
    const expected = `${renderTable(ticketsOf(files))}\n`;
    if (tableIn(readme.text) === expected) return [];
    return [
      at(
        readme.path,
        `should hold this table (\`UPDATE_CODEX=1 npm test -- codex\` writes it):\n${expected}`,
      ),
    ];
  },
};
