// Usage is what a target's command refers to, read once per target: the same walk serves fingerprint and rendering.
import type { Pipeline, Target } from './pipeline.ts';
import { isVarRef, pieces, type Ref } from './template.ts';

/** What the executed texts of a target (run, env, prelude, cwd) use. */
export interface Usage {
  /** The command with references left as they are; vars are replaced by what they say. */
  readonly command: string;
  readonly shell: 'bash' | 'argv';
  readonly prelude: string | undefined;
  readonly cwd: string | undefined;
  /** `each` references, `condition` or `condition.prompt`. */
  readonly each: readonly string[];
  readonly config: readonly string[];
  readonly env: readonly string[];
  /** Values of the variables set for the command, with references left as they are. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables set for the command whose value is made from a secret. */
  readonly secret: ReadonlySet<string>;
  /** Whether the file of all inputs and outputs is used: then every each value counts. */
  readonly task: boolean;
  readonly configFile: boolean;
  /** Names of outputs whose place the command is told; `*` for all. */
  readonly staged: ReadonlySet<string>;
  readonly missing: boolean;
  readonly state: boolean;
  /** What of its rows the command is told: where those to ask lie, and where answers go. */
  readonly rows: ReadonlySet<string>;
  /** Whether a file with a list of inputs is used. */
  readonly lists: boolean;
  /** Words of the command that may be code in the workspace. */
  readonly words: readonly string[];
  /** Words at the beginning of commands. */
  readonly programs: readonly string[];
}

const memo = new WeakMap<Target, Usage>();

/** What a target's executed texts use. */
export function usageOf(target: Target, pipeline: Pipeline): Usage {
  const known = memo.get(target);
  if (known !== undefined) return known;
  const made = read(target, pipeline);
  memo.set(target, made);
  return made;
}

function read(target: Target, pipeline: Pipeline): Usage {
  const run = target.run ?? '';
  const argv = typeof run !== 'string';
  const open = (text: string): string => symbolic(text, opened);
  const opened: Opened = { vars: pipeline.vars, shadowed: new Set(target.each.map((e) => e.name)) };
  const list = argv ? run.map(open) : [];
  const command = argv ? JSON.stringify(list) : open(run);
  const prelude = target.prelude === undefined ? undefined : open(target.prelude);
  const texts = [
    ...(argv ? run : [run]),
    ...Object.values(target.env),
    target.prelude ?? '',
    target.cwd ?? '',
    target.depsFile ?? '',
  ];
  const all = texts.flatMap((t) => deepRefs(t, opened));
  const heads = (name: string) => all.filter((r) => r.path[0] === name);
  const each = all.filter(
    (r) => !['config', 'env', 'inputs', 'outputs', 'task', 'state', 'rows'].includes(r.path[0] as string),
  );
  const variables = Object.fromEntries(Object.entries(target.env).map(([n, t]) => [n, open(t)]));
  const secret = Object.entries(target.env).filter(([, text]) =>
    deepRefs(text, opened).some((r) => r.path[0] === 'env' && target.secrets.includes(r.path[1] ?? '')),
  );
  const readable = [...(argv ? list : [command]), prelude ?? '', ...Object.values(variables)];
  const words = argv ? [...bareWords(list.slice(0, 1)), ...scriptWords(list.join('\n'))] : codeWords(command);
  return {
    command,
    shell: argv ? 'argv' : 'bash',
    prelude,
    cwd: target.cwd === undefined ? undefined : open(target.cwd),
    each: [...new Set(each.map((r) => r.path.filter((p) => p !== 'slug').join('.')))],
    config: [
      ...new Set(
        heads('config')
          .filter((r) => r.path.length > 1)
          .map((r) =>
            r.path
              .slice(1)
              .filter((p) => p !== 'slug')
              .join('.'),
          ),
      ),
    ],
    env: [...new Set(heads('env').map((r) => r.path[1] as string))],
    variables,
    secret: new Set(secret.map(([name]) => name)),
    task: heads('task').length > 0,
    configFile:
      heads('config').some((r) => r.path.length === 1) || readable.some((t) => t.includes('EVALMAKE_CONFIG')),
    staged: stagedOutputs(heads('outputs')),
    missing: heads('outputs').some((r) => r.path[1] === 'missing'),
    state: heads('state').length > 0,
    rows: new Set(heads('rows').map((r) => r.path[1] ?? '')),
    lists: heads('inputs').some((r) => r.path.length > 1 && r.path.at(-1) === 'list'),
    words: [...new Set([...words, ...codeWords(prelude ?? '')])],
    programs: argv ? list.slice(0, 1).filter((w) => !w.includes('${{')) : programWords(command),
  };
}

function stagedOutputs(references: readonly Ref[]): Set<string> {
  const out = new Set<string>();
  for (const { path } of references) {
    if (path[1] === 'missing') continue;
    out.add(path[1] === undefined || (path[1] === 'dir' && path.length === 2) ? '*' : path[1]);
  }
  return out;
}

/** The vars of a pipeline, and names that mean something else in a target. */
interface Opened {
  readonly vars: Pipeline['vars'];
  readonly shadowed: ReadonlySet<string>;
}

/** What a var says, or undefined for a reference to something else. */
function varText({ path }: Ref, { vars, shadowed }: Opened): string | undefined {
  const name = path[0] as string;
  return isVarRef({ path }) && Object.hasOwn(vars, name) && !shadowed.has(name) ? vars[name] : undefined;
}

/** A template with vars replaced by what they say, other references kept. */
function symbolic(text: string, opened: Opened): string {
  if (!text.includes('${{')) return text;
  return pieces(text)
    .pieces.map((p) => {
      if (typeof p === 'string') return p;
      const inner = varText(p, opened);
      if (inner === undefined) return `\${{ ${p.path.join('.')} }}`;
      // What is made of the text belongs to the command too.
      return p.path.length > 1 ? `\${{ slug(${symbolic(inner, opened)}) }}` : symbolic(inner, opened);
    })
    .join('');
}

function deepRefs(text: string, opened: Opened): Ref[] {
  return pieces(text).pieces.flatMap((p) => {
    if (typeof p === 'string') return [];
    const inner = varText(p, opened);
    return inner === undefined ? [p] : deepRefs(inner, opened);
  });
}

const scriptEnding =
  /\.(py|sh|bash|zsh|js|mjs|cjs|ts|mts|r|jl|pl|rb|lua|awk|sed|sql|jq|ipynb|m|java|go|php)$/i;

/** Words that are code when they are files of the workspace: the first of each command, and those with a script's ending. */
export function codeWords(text: string): string[] {
  return bareWords([...programWords(text), ...scriptWords(text)]);
}

function scriptWords(text: string): string[] {
  return bareWords(text.split(/[\s;&|()<>"'`=,]+/).filter((w) => scriptEnding.test(w)));
}

/** Literal words that may be paths, each once, without `./` in front. */
function bareWords(words: readonly string[]): string[] {
  const plain = words.filter((w) => w !== '' && !w.includes('${{') && !w.includes('}}'));
  return [...new Set(plain.map((w) => w.replace(/^(?:\.\/)+/, '')))].filter(
    (w) => w.length < 1000 && !w.startsWith('/') && !w.startsWith('-'),
  );
}

/** The first literal word of every simple command of a script. */
export function programWords(text: string): string[] {
  const out: string[] = [];
  for (const simple of text.replace(/\\\n/g, ' ').split(/\n|;|&&|\|\|?|&|\$\(|`/)) {
    const words = simple.trim().split(/\s+/);
    const first = words.find(
      (w) =>
        !/^[A-Za-z_][A-Za-z0-9_]*=/.test(w) &&
        !['!', 'then', 'do', 'else', 'if', 'while', 'time', 'exec', '{', '('].includes(w),
    );
    if (first !== undefined && first !== '' && /^[\w./@+-]+$/.test(first)) out.push(first);
  }
  return [...new Set(out)];
}
