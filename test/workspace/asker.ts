// An asker: a target whose command answers rows, counts in a file outside the workspace what it was asked, and fails on demand.
import type { Workspace } from './workspace.ts';

/**
 * The program that answers: `ask.mjs ROWS PROMPT DONE`. Each row it is asked stands in `$SIDE/asked`, one id a line,
 * as a provider would bill it. What a row says under `do` is done: `error`, `foreign`, `twice`, `silent`, `die`.
 */
const program = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const [todo, prompt, done] = process.argv.slice(2);
const side = process.env.SIDE;
const said = readFileSync(prompt, 'utf8').trim();
appendFileSync(process.env.RAN_LOG, process.env.EVALMAKE_TASK + '\\n');
const trouble = existsSync(side + '/trouble') ? readFileSync(side + '/trouble', 'utf8').trim() : '';
let text = '';
for (const line of readFileSync(todo, 'utf8').split('\\n')) {
  if (line === '') continue;
  const row = JSON.parse(line);
  appendFileSync(side + '/asked', row.id + '\\n');
  const todo = trouble === '' ? '' : row.do ?? '';
  if (todo === 'die') {
    writeFileSync(done, text + '{"id":"torn');
    process.exit(3);
  }
  if (todo === 'silent') continue;
  if (todo === 'error') text += JSON.stringify({ id: row.id, error: { code: 'refused', message: 'no' } }) + '\\n';
  else text += JSON.stringify({ id: row.id, answer: said + ': ' + row.q }) + '\\n';
  if (todo === 'twice') text += JSON.stringify({ id: row.id, answer: 'other' }) + '\\n';
  if (todo === 'foreign') text += JSON.stringify({ id: 'nobody', answer: 'x' }) + '\\n';
}
writeFileSync(done, text);
console.log('evalmake:cost usd=0 in=1 out=1');
`;

/** One question. */
export interface Question {
  readonly id: string;
  readonly q: string;
  readonly do?: string;
}

/** Writes rows of questions. */
export function writeQuestions(ws: Workspace, name: string, rows: readonly Question[]): void {
  ws.write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** Questions q1, q2, … */
export function questions(...numbers: readonly number[]): Question[] {
  return numbers.map((n) => ({ id: `q${n}`, q: `what is ${n}?` }));
}

/** in.jsonl and prompt.md -> ask -> out.jsonl -> count; `more` are further lines of the target. */
export function writeAsker(ws: Workspace, more = '', rows = ''): void {
  ws.write('ask.mjs', program);
  ws.write('prompt.md', 'be brief\n');
  ws.pipeline(`
    targets:
      ask:
        run: node ask.mjs \${{ rows.todo }} \${{ inputs.prompt }} \${{ rows.done }}
        inputs: { rows: in.jsonl, prompt: prompt.md }
        outputs: out.jsonl
        manifest: m.json
        rows: { from: rows, id: id, by: [q]${rows} }
        ${more}
      count:
        run: |
          echo count >> "$RAN_LOG"
          wc -l < \${{ inputs }} > \${{ outputs }}
        inputs: { from: ask }
        outputs: count.txt
  `);
}
