// fetch: brings answers again that were bought and whose files are gone; it never buys.
import { readConfig } from '../config.ts';
import { Failure } from '../failure.ts';
import { writeText } from '../out-file.ts';
import { runPhase, secretIn } from '../phase.ts';
import { readRequests } from '../provider/frozen-run.ts';
import { readProvider } from '../provider/provider-settings.ts';
import { type Recovery, recoverDatasets, recoverRun } from '../provider/recovery.ts';
import { datasetsIn, runFolders } from '../provider/state-folder.ts';
import type { Request } from '../request.ts';

interface Flags {
  readonly config: string;
  readonly from: string;
}

function requestsById(path: string | undefined): Map<string, Request> | null {
  if (path === undefined) return null;
  return new Map(readRequests(path).map((request) => [request.custom_id, request]));
}

async function recover(flags: Flags, requests: ReadonlyMap<string, Request> | null): Promise<Recovery> {
  const settings = readProvider(readConfig(flags.config));
  const options = { settings, secret: secretIn(settings.keyName) ?? '' };
  const run = runFolders(flags.from).at(-1);
  if (run !== undefined) return recoverRun(flags.from, run, options);
  const ids = datasetsIn(flags.from);
  if (ids.length > 0) return recoverDatasets(ids, requests, options);
  throw new Failure(
    `${flags.from}: neither a state folder of infer nor a folder with OUTPUT_DATASET_ID.txt; nothing says what to fetch`,
  );
}

/** The lines with an answer, by custom_id; lines of rows that failed are left out: a repair batch has to ask them. */
function answeredLines(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const row = JSON.parse(line) as { custom_id: string; error: unknown };
    if (row.error === null) found.set(row.custom_id, line);
  }
  return found;
}

function idsOf(lines: readonly string[]): string[] {
  return lines.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
}

void runPhase({
  name: 'fetch',
  summary: 'Brings answers again that were bought and whose files are gone; it never buys.',
  options: {
    config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'configuration: provider' },
    from: {
      kind: 'value',
      placeholder: 'DIR',
      required: true,
      describe: 'a state folder of infer, or a folder with OUTPUT_DATASET_ID.txt (Fireworks)',
    },
    requests: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'the shard that was asked: every row of it must be answered, and no other',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'the answers (JSONL)' },
    missing: {
      kind: 'value',
      placeholder: 'FILE',
      describe:
        'ids without an answer, one per line: what a repair batch has to ask; empty when all is there',
    },
  },
  details: `
A dataset is read by the URLs of getDownloadEndpoint, else by its externalUrl, else by the command in provider.firectl.
Exit codes: 0 all answers are there; 1 some cannot be had (those that could are in --out, the others in --missing);
75 a job is not finished yet.`,
  run: async (values) => {
    const requests = requestsById(values.requests);
    const { lines, problems, asked: known } = await recover(values, requests);
    const answers = answeredLines(lines);
    const asked = requests === null ? (known ?? idsOf(lines)) : [...requests.keys()];
    const foreign = requests === null ? [] : [...answers.keys()].filter((id) => !requests.has(id));
    if (foreign.length > 0)
      throw new Failure(
        `${values.from}: answers ${foreign.slice(0, 3).join(', ')}, which ${values.requests} does not ask`,
      );
    const missing = asked.filter((id) => !answers.has(id));
    if (answers.size > 0 || problems.length === 0)
      writeText(values.out, asked.map((id) => answers.get(id) ?? '').join(''));
    if (values.missing !== undefined) writeText(values.missing, missing.map((id) => `${id}\n`).join(''));
    if (missing.length === 0 && problems.length === 0) return `${answers.size} answers`;
    const left = `${missing.length} of ${asked.length} rows have no answer`;
    throw new Failure([...problems, `${left}; ask them again in a repair batch, with the same --state`]);
  },
});
