// Usage is what a target's command refers to, read once per target: the same walk serves fingerprint and rendering.
import type { Pipeline, Target } from './pipeline.ts';
import { pieces, type Ref } from './template.ts';

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
  /** Whether the file of all inputs and outputs is used: then every each value counts. */
  readonly task: boolean;
  readonly configFile: boolean;
  /** Names of outputs whose place the command is told; `*` for all. */
  readonly staged: ReadonlySet<string>;
  readonly missing: boolean;
  readonly state: boolean;
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
  const command = argv ? JSON.stringify(run.map((t) => symbolic(t, pipeline))) : symbolic(run, pipeline);
  const texts = [
    ...(argv ? run : [run]),
    ...Object.values(target.env),
    target.prelude ?? '',
    target.cwd ?? '',
    target.depsFile ?? '',
  ];
  const all = texts.flatMap((t) => deepRefs(t, pipeline));
  const heads = (name: string) => all.filter((r) => r.path[0] === name);
  const each = all.filter(
    (r) => !['config', 'env', 'inputs', 'outputs', 'task', 'state', 'rows'].includes(r.path[0] as string),
  );
  const literal = argv ? run.join('\n') : run;
  return {
    command,
    shell: argv ? 'argv' : 'bash',
    prelude: target.prelude === undefined ? undefined : symbolic(target.prelude, pipeline),
    cwd: target.cwd === undefined ? undefined : symbolic(target.cwd, pipeline),
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
    task: heads('task').length > 0,
    configFile: heads('config').some((r) => r.path.length === 1) || literal.includes('EVALMAKE_CONFIG'),
    staged: stagedOutputs(heads('outputs')),
    missing: heads('outputs').some((r) => r.path[1] === 'missing'),
    state: heads('state').length > 0,
    lists: heads('inputs').some((r) => r.path.length > 1 && r.path.at(-1) === 'list'),
    words: codeWords(literal),
    programs: argv ? [run[0] ?? ''].filter((w) => !w.includes('${{')) : programWords(literal),
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

/** A template with vars replaced by what they say, other references kept. */
function symbolic(text: string, pipeline: Pipeline): string {
  return pieces(text)
    .pieces.map((p) => {
      if (typeof p === 'string') return p;
      const inner = p.path.length === 1 ? pipeline.vars[p.path[0] as string] : undefined;
      return inner === undefined ? `\${{ ${p.path.join('.')} }}` : symbolic(inner, pipeline);
    })
    .join('');
}

function deepRefs(text: string, pipeline: Pipeline): Ref[] {
  return pieces(text).pieces.flatMap((p) => {
    if (typeof p === 'string') return [];
    const inner = p.path.length === 1 ? pipeline.vars[p.path[0] as string] : undefined;
    return inner === undefined ? [p] : deepRefs(inner, pipeline);
  });
}

const scriptEnding =
  /\.(py|sh|bash|zsh|js|mjs|cjs|ts|mts|r|jl|pl|rb|lua|awk|sed|sql|jq|ipynb|m|java|go|php)$/i;

/** Words that are code when they are files of the workspace: the first of each command, and those with a script's ending. */
export function codeWords(text: string): string[] {
  const words = text
    .split(/[\s;&|()<>"'`=,]+/)
    .filter((w) => w !== '' && !w.includes('${{') && !w.includes('}}'));
  const scripts = words.filter((w) => scriptEnding.test(w));
  return [...new Set([...programWords(text), ...scripts])]
    .map((w) => w.replace(/^\.\//, ''))
    .filter((w) => w.length < 1000 && !w.startsWith('/') && !w.startsWith('-'));
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
