// An inspect log is the JSON document that inspect_ai writes for one task and model: a head, then its samples.
import { Failure, type Problems } from '../failure.ts';
import { readPieces } from '../file-pieces.ts';
import { isAbsent, isName, shown } from './cell-value.ts';
import { jsonPieces, type Piece } from './json-pieces.ts';
import {
  type AboutLog,
  chooseMeasure,
  type MappingFlags,
  mergeFields,
  type OpenLog,
  type Source,
} from './log-file.ts';
import { type LogRecord, memberAt } from './log-record.ts';
import { parseLoose } from './loose-json.ts';

const MEMBERS = { members: ['status', 'eval', 'plan'], lists: ['samples'] };

/** Fields that no member holds as it is: sums over the models that a sample used, and the temperature of the run. */
const [INPUT, OUTPUT, COST] = ['model_usage.input', 'model_usage.output', 'model_usage.cost'];
const TEMPERATURE = 'temperature';
const SCORES = 'scores.';

const OWN = {
  item: 'id',
  sample: 'epoch',
  condition: 'eval.model',
  dataset: 'eval.task',
  temperature: TEMPERATURE,
  tokensIn: INPUT,
  tokensOut: OUTPUT,
  cost: COST,
  question: 'input',
  gold: 'target',
  answer: 'output.completion',
} as const;

/** Opens a log; its head names model, task and temperature, and the first sample with scores its scorers. */
export function openInspect(source: Source, flags: MappingFlags, problems: Problems): OpenLog {
  refuseArchive(source.path);
  const head = readHead(source.path);
  const first = head.scored;
  const choice = chooseMeasure(first.where, Object.keys(memberOf(first.sample, 'scores')), flags.fields);
  const fields = { ...mergeFields(OWN, flags), ...choice };
  for (const role of ['correct', 'score', 'abstained'] as const)
    if (fields[role] !== undefined) fields[role] = `${SCORES}${fields[role]}`;
  const { condition, ...others } = fields;
  const model = memberAt(head.members, 'eval.model');
  const about: AboutLog = {
    tool: 'inspect_ai',
    version: textOrNull(memberAt(head.members, 'eval.packages.inspect_ai')),
    model: typeof model === 'string' && isName(model) ? model : null,
    notes: [],
  };
  return {
    about,
    map: {
      fields: source.name === null ? fields : others,
      long: null,
      fixed: { condition: source.name, dataset: null },
      scoreMax: flags.scoreMax,
    },
    records: samples(source.path, { about, problems }),
  };
}

/** The format that inspect_ai writes unless told otherwise is an archive, which is not read here. */
function refuseArchive(path: string): void {
  for (const start of readPieces(path)) {
    if (start.subarray(0, 2).toString('latin1') !== 'PK') return;
    throw new Failure(
      `${path}: is an archive (.eval); write it as JSON: inspect log convert LOG --to json --output-dir DIR`,
    );
  }
}

type Members = Readonly<Record<string, unknown>>;

interface Head {
  readonly members: Members;
  /** The first sample that has scores. */
  readonly scored: { readonly sample: unknown; readonly where: string };
}

function readHead(path: string): Head {
  const members: Record<string, unknown> = {};
  let [samples, errors] = [0, 0];
  for (const piece of jsonPieces(path, MEMBERS)) {
    const value = parsed(path, piece);
    if (piece.key !== 'samples') {
      members[piece.key] = value;
      continue;
    }
    if (members['eval'] === undefined) break;
    samples += 1;
    if (hasError(value)) errors += 1;
    if (Object.keys(memberOf(value, 'scores')).length > 0)
      return { members, scored: { sample: value, where: `${path}:${piece.line}` } };
  }
  if (members['eval'] === undefined) {
    throw new Failure(
      `${path}: eval: expected a member of that name before samples, as inspect_ai writes it`,
    );
  }
  const why =
    samples === 0
      ? 'the log holds no samples; was it written with --no-log-samples?'
      : `none of ${samples} samples has a score; ${errors} ended in an error`;
  throw new Failure(`${path}: samples: ${why}`);
}

function hasError(sample: unknown): boolean {
  return !isAbsent(memberAt(sample, 'error'));
}

function parsed(path: string, { text, line }: Piece): unknown {
  return parseLoose(text, `${path}:${line}`);
}

/** The samples one by one; the members of the head stand before them. */
function* samples(
  path: string,
  { about, problems }: { readonly about: AboutLog; readonly problems: Problems },
): Generator<LogRecord> {
  const members: Record<string, unknown> = {};
  let errors = 0;
  for (const piece of jsonPieces(path, MEMBERS)) {
    const value = problems.collect(() => parsed(path, piece));
    if (piece.key !== 'samples') members[piece.key] = value;
    else if (value !== undefined) {
      if (hasError(value)) errors += 1;
      yield sampleRecord(value, members, { path, line: piece.line });
    }
  }
  const { status } = members;
  if (typeof status === 'string' && status !== 'success')
    about.notes.push(`${path}: status ${shown(status)}: the run did not end well, so samples may be missing`);
  if (errors > 0) about.notes.push(`${path}: ${errors} samples ended in an error`);
}

function sampleRecord(
  sample: unknown,
  head: Members,
  { path, line }: { readonly path: string; readonly line: number },
): LogRecord {
  const field = (name: string): unknown => {
    if (name === TEMPERATURE)
      return (
        memberAt(head, 'plan.config.temperature') ?? memberAt(head, 'eval.model_generate_config.temperature')
      );
    if (name === INPUT)
      return usageSum(sample, ['input_tokens', 'input_tokens_cache_read', 'input_tokens_cache_write']);
    if (name === OUTPUT) return usageSum(sample, ['output_tokens']);
    if (name === COST) return usageSum(sample, ['total_cost']);
    if (name.startsWith(SCORES)) return scoreValue(memberOf(sample, 'scores'), name.slice(SCORES.length));
    return memberAt(/^(?:eval|plan)\./.test(name) ? head : sample, name);
  };
  return { where: `${path}:${line}`, line, field };
}

/** The value of a scorer, or of one key of a scorer that gives several. */
function scoreValue(scores: Members, name: string): unknown {
  if (Object.hasOwn(scores, name)) return memberAt(scores[name], 'value');
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const scorer = name.slice(0, dot);
    if (Object.hasOwn(scores, scorer))
      return memberAt(memberAt(scores[scorer], 'value'), name.slice(dot + 1));
  }
  return undefined;
}

/** A sum over all models that the sample used; undefined when none of them states a number. */
function usageSum(sample: unknown, names: readonly string[]): number | undefined {
  const numbers = Object.values(memberOf(sample, 'model_usage')).flatMap((usage) =>
    names.map((name) => memberAt(usage, name)).filter((value) => typeof value === 'number'),
  );
  return numbers.length === 0 ? undefined : numbers.reduce((sum, value) => sum + value, 0);
}

function memberOf(value: unknown, name: string): Members {
  const member = memberAt(value, name);
  return member !== null && typeof member === 'object' && !Array.isArray(member) ? (member as Members) : {};
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && isName(value) ? value : null;
}
