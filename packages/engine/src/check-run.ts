// Running checks: what an attempt wrote is read and judged before it is published.

import { createHash, type Hash } from 'node:crypto';
import { resolve } from 'node:path';
import { type CheckSpec, type Facts, formatOf, type Needs, ofRef } from '@evalmake/core/check';
import { type CheckVerdict, formatIn, type JudgedFile, judge, needs } from '@evalmake/core/check-judge';
import { CoverJudge, type Judge, SchemaJudge, SharedJudge } from './check-content.ts';
import { type CheckFile, distinctIds, withMembers } from './check-files.ts';
import { FactsGatherer } from './facts.ts';
import { readChunksGently } from './facts-lines.ts';
import type { ContentReader } from './facts-scan.ts';
import { readFileSync, statSync } from './fs.ts';
import { compileSchema, SchemaError } from './json-schema.ts';

/** What is to be judged. */
export interface CheckRequest {
  /** With the references of commands already rendered. */
  readonly specs: readonly CheckSpec[];
  /** Output name -> its files; a directory stands for the files in it. `at` is absolute, or relative to `root`. */
  readonly outputs: Readonly<Record<string, { readonly files: readonly CheckFile[] }>>;
  /** Input name -> paths, relative to `root`. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** The workspace. */
  readonly root: string;
  /** Runs the script of a `command` check; the code is its exit code, null when a signal ended it. */
  readonly runCommand: (script: string) => Promise<{ readonly code: number | null; readonly output: string }>;
  /** Facts already known of exactly this content, by published path. */
  readonly facts?: ReadonlyMap<string, Facts>;
  readonly signal?: AbortSignal;
}

/** What one check said. */
export interface CheckOutcome {
  readonly id: string;
  readonly status: 'passed' | 'failed';
  readonly message?: string;
}

/** What all checks said, in their order, and the facts of every file read, by published path. */
export interface CheckRun {
  readonly outcomes: readonly CheckOutcome[];
  readonly facts: ReadonlyMap<string, Facts>;
}

/**
 * Judges every check on the content itself, and gathers the facts of files that no check judges too (not of plain
 * text, whose number of lines is worth no extra reading). Each output file is read at most once; files named by `of`
 * once per check.
 * @throws what `runCommand` throws, and the reason of the signal; everything else is a failed check
 */
export async function runChecks(request: CheckRequest): Promise<CheckRun> {
  const facts = new Map<string, Facts>(request.facts ?? []);
  const outcomes = new Map<CheckSpec, CheckOutcome>();
  const judgedOutputs = request.specs.flatMap((s) => s.output ?? []);
  for (const output of new Set([...Object.keys(request.outputs), ...judgedOutputs])) {
    const specs = request.specs.filter((s) => s.output === output && s.demand.kind !== 'command');
    for (const [spec, message] of await judgeOutput({ output, specs, request, facts })) {
      outcomes.set(spec, outcome(spec, message));
    }
  }
  for (const spec of request.specs) {
    if (spec.demand.kind !== 'command') continue;
    outcomes.set(spec, outcome(spec, await runCommand(spec.demand.run, request)));
  }
  return { outcomes: request.specs.map((s) => outcomes.get(s) ?? outcome(s, 'was not judged')), facts };
}

function outcome({ id }: CheckSpec, message: string | undefined): CheckOutcome {
  return message === undefined ? { id, status: 'passed' } : { id, status: 'failed', message };
}

interface OutputWork {
  readonly output: string;
  readonly specs: readonly CheckSpec[];
  readonly request: CheckRequest;
  readonly facts: Map<string, Facts>;
}

type Messages = Map<CheckSpec, string | undefined>;

async function judgeOutput(work: OutputWork): Promise<Messages> {
  const { specs } = work;
  const messages: Messages = new Map();
  try {
    const given = filesOf(work.output, work.request);
    const files =
      specs.length > 0
        ? withMembers(given)
        : given.filter((f) => !/\/$/.test(f.path) && formatOf(f.path) !== 'text');
    const judges = new Map<CheckSpec, Judge | string>();
    for (const spec of specs) {
      const made = await judgeFor(spec, files, work);
      if (made !== undefined) judges.set(spec, made);
    }
    const judged: JudgedFile[] = [];
    for (const file of files) judged.push(await readFile(file, judges, work));
    for (const spec of specs) {
      const whole = spec.demand.kind === 'sha256' && given.some((f) => f.path.endsWith('/'));
      const verdict = whole
        ? judge(
            spec,
            given.map((f) => ({ ...f, bytes: 0 })),
          )
        : judge(spec, judged);
      messages.set(spec, await message(verdict, spec, { judges, judged, work }));
    }
  } catch (error) {
    if (!isFileError(error)) throw error;
    for (const spec of specs) messages.set(spec, fileError(error, work.request.root));
  }
  return messages;
}

function filesOf(output: string, { outputs, root }: CheckRequest): CheckFile[] {
  const files = Object.hasOwn(outputs, output) ? (outputs[output]?.files ?? []) : [];
  return files.map((f) => ({ ...f, at: resolve(root, f.at) }));
}

/** The judge of a check that facts cannot answer; a string when that check has already failed. */
async function judgeFor(
  spec: CheckSpec,
  files: readonly CheckFile[],
  work: OutputWork,
): Promise<Judge | string | undefined> {
  const { demand } = spec;
  if (demand.kind === 'unique') return files.length > 1 ? new SharedJudge(demand.fields) : undefined;
  if (demand.kind === 'json_schema') return schemaJudge(demand.schema, work.request.root);
  if (demand.kind !== 'covers') return undefined;
  const ids = await idsOf(demand.of, { field: demand.id, plain: true }, work.request);
  return typeof ids === 'string' ? `${ids} (covers)` : new CoverJudge(demand.id, demand.of, ids);
}

async function schemaJudge(path: string, root: string): Promise<Judge | string> {
  try {
    return new SchemaJudge(path, await compileSchema(readFileSync(resolve(root, path), 'utf8')));
  } catch (error) {
    if (error instanceof SchemaError) return `${path}: ${error.message} (json_schema)`;
    if (isFileError(error)) return `${fileError(error, root)} (json_schema)`;
    throw error;
  }
}

/** Reads one file unless everything asked of it is known, and tells the judges of its rows. */
async function readFile(
  file: CheckFile,
  judges: Map<CheckSpec, Judge | string>,
  work: OutputWork,
): Promise<JudgedFile> {
  const { specs, facts, request } = work;
  const bytes = statSync(file.at).size;
  const wanted = needs(specs, work.output);
  const format = formatIn({ format: wanted.format }, file);
  const readers = [...judges.values()].flatMap((j): ContentReader[] =>
    typeof j === 'string' || format === 'text' ? [] : [j.reader({ path: file.path, format })],
  );
  const hash =
    file.digest === undefined && specs.some((s) => s.demand.kind === 'sha256')
      ? createHash('sha256')
      : undefined;
  const known = facts.get(file.path);
  if (readers.length > 0 || hash !== undefined || !answers(specs, { path: file.path, bytes }, known)) {
    const read = await gather(file, { format, wanted, readers, hash, signal: request.signal });
    facts.set(file.path, merged(known, read));
  }
  const digest = file.digest ?? (hash === undefined ? undefined : `sha256:${hash.digest('hex')}`);
  const found = facts.get(file.path);
  return {
    path: file.path,
    bytes,
    ...(digest === undefined ? {} : { digest }),
    ...(found === undefined ? {} : { facts: found }),
  };
}

/** Whether facts answer all checks of a file. Those of text may be left out, the others are wanted in any case. */
function answers(specs: readonly CheckSpec[], file: JudgedFile, facts: Facts | undefined): boolean {
  if (facts === undefined && formatIn(specs[0] ?? { format: undefined }, file) !== 'text') return false;
  const known = facts === undefined ? file : { ...file, facts };
  return specs.every((s) => s.demand.kind === 'sha256' || judge(s, [known]).status !== 'unknown');
}

interface Gathering {
  readonly format: Facts['format'];
  readonly wanted: Needs;
  readonly readers: readonly ContentReader[];
  readonly hash: Hash | undefined;
  readonly signal: AbortSignal | undefined;
}

async function gather(file: CheckFile, { format, wanted, readers, hash, signal }: Gathering): Promise<Facts> {
  const gatherer = new FactsGatherer(format, wanted, { path: file.path, readers });
  const take = (chunk: Buffer) => {
    hash?.update(chunk);
    gatherer.feed(chunk);
  };
  await readChunksGently(file.at, take, signal);
  return gatherer.end();
}

/** New facts, and the old ones that the new pass did not ask for. */
function merged(old: Facts | undefined, read: Facts): Facts {
  if (old?.format !== read.format) return read;
  const lacks = { ...old.lacks, ...read.lacks };
  const unique = { ...old.unique, ...read.unique };
  return {
    ...old,
    ...read,
    ...(Object.keys(lacks).length === 0 ? {} : { lacks }),
    ...(Object.keys(unique).length === 0 ? {} : { unique }),
  };
}

interface Judged {
  readonly judges: Map<CheckSpec, Judge | string>;
  readonly judged: readonly JudgedFile[];
  readonly work: OutputWork;
}

/** Why a check failed, or undefined when it passed. */
async function message(
  verdict: CheckVerdict,
  spec: CheckSpec,
  { judges, judged, work }: Judged,
): Promise<string | undefined> {
  if (verdict.status === 'failed') return verdict.message;
  if (verdict.status === 'passed') return undefined;
  const { demand } = spec;
  if (demand.kind === 'rows_equal_unique') {
    const ids = await idsOf(demand.of, { field: demand.field, plain: false }, work.request);
    if (typeof ids === 'string') return `${ids} (rows)`;
    const rows = judged.reduce((sum, f) => sum + (f.facts?.rows ?? 0), 0);
    return rows === ids.size
      ? undefined
      : `rows ${rows}, expected ${ids.size}: the distinct ${demand.field} of ${demand.of} (rows)`;
  }
  const own = judges.get(spec);
  if (own === undefined) return `${demand.kind} could not be judged`;
  return typeof own === 'string' ? own : own.verdict();
}

/** The distinct ids of what `of` names, or why they are not known. */
async function idsOf(of: string, ask: { field: string; plain: boolean }, request: CheckRequest) {
  const { side, name } = ofRef(of);
  const { root, inputs, specs, signal } = request;
  const paths = Object.hasOwn(inputs, name) ? (inputs[name] ?? []) : [];
  const given =
    side === 'outputs' ? filesOf(name, request) : paths.map((path) => ({ path, at: resolve(root, path) }));
  try {
    const files = withMembers(given);
    if (files.length === 0) return `${of} has no files to take ${ask.field} from`;
    const format = side === 'outputs' ? needs(specs, name).format : undefined;
    return await distinctIds({ ...ask, files, format, signal });
  } catch (error) {
    if (isFileError(error)) return fileError(error, root);
    throw error;
  }
}

async function runCommand(script: string, request: CheckRequest): Promise<string | undefined> {
  const { code, output } = await request.runCommand(script);
  if (code === 0) return undefined;
  const lines = output.trimEnd().split('\n').slice(-5);
  const said = lines.join('\n  ').slice(-1000).trim();
  return `command ${code === null ? 'was killed' : `exited with ${code}`}${said === '' ? '' : `:\n  ${said}`}`;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

function fileError(error: NodeJS.ErrnoException, root: string): string {
  const path = error.path?.startsWith(`${root}/`)
    ? error.path.slice(root.length + 1)
    : (error.path ?? 'a file');
  return error.code === 'ENOENT'
    ? `${path} does not exist`
    : `${path} cannot be read (${error.code ?? error.message})`;
}
