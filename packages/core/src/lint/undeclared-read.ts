// UndeclaredRead finds files of the workspace that stand in a command and are no input: a change of one goes unnoticed.
import { addCode } from '../fingerprint-code.ts';
import { scopeOf } from '../fingerprint-context.ts';
import type { Task } from '../graph.ts';
import type { Target } from '../pipeline.ts';
import { renderText } from '../scope.ts';
import { tidyPath } from '../template.ts';
import { usageOf } from '../usage.ts';
import { type Finding, findingAt, type LintScene } from './finding.ts';
import { baseName, programOf } from './program.ts';
import type { ShellCommand } from './shell-script.ts';
import { targetScript } from './target-script.ts';

/** Programs whose words are text, or files that they write. */
const readsNothing = new Set([
  'echo',
  'printf',
  'rm',
  'rmdir',
  'mkdir',
  'touch',
  'tee',
  'chmod',
  'chown',
  'unlink',
  'trap',
]);
/** Programs whose last word is what they write. */
const writesLast = new Set(['cp', 'mv', 'ln', 'install', 'rsync']);

/** The files that commands name and do not declare. Of a target that lists its inputs itself nothing is said. */
export function undeclaredReads(scene: LintScene): Finding[] {
  const { graph, config, world } = scene;
  return graph.pipeline.targets.flatMap((target) => {
    const tasks = (graph.byTarget.get(target.name) ?? []).map((index) => graph.tasks[index] as Task);
    const task = tasks.find(({ placeholder }) => !placeholder);
    if (task === undefined || target.run === undefined || target.depsFile !== undefined) return [];
    const texts = namedPaths(target, scene);
    if (texts.length === 0) return [];
    const scope = scopeOf(task, config, { graph, world });
    const folder = renderText(target.cwd ?? '', scope);
    const found = new Set<string>();
    for (const [text, key] of texts) {
      const rendered = renderText(text, scope);
      const path = folder.ok && rendered.ok ? inWorkspace(folder.text, rendered.text) : undefined;
      if (path !== undefined && isUnknown(path, { tasks, scene })) found.add(`${key}\0${path}`);
    }
    return [...found].map((both) => {
      const [key, path] = both.split('\0') as [string, string];
      return findingAt(target.name, [key], {
        code: 'undeclared-read',
        message: `the command of "${target.name}" names ${path}, which is no input of it: a change of the file goes unnoticed`,
        hint: `declare it under "inputs:" and write \${{ inputs.NAME }}, or under "code:" when it is code`,
      });
    });
  });
}

/** Words that may be paths, each with the key of the target under which it stands. */
function namedPaths(target: Target, { graph }: LintScene): [text: string, key: string][] {
  const { variables } = usageOf(target, graph.pipeline);
  const out: [string, string][] = Object.values(variables).map((text) => [text, 'env']);
  for (const command of targetScript(target, graph.pipeline).commands) {
    // From another folder the same word is another file.
    if (['cd', 'pushd'].includes(command.words[0]?.text ?? '')) break;
    for (const text of readWords(command)) out.push([text, 'run']);
  }
  return out.filter(([text]) => text.length < 1000 && /[./]/.test(text) && !/^[-/~]|[*?\n]/.test(text));
}

/** The words of a command that it may read, without the names of options before a `=`. */
function readWords(command: ShellCommand): string[] {
  const program = programOf(command);
  const name = baseName(program?.name ?? '');
  const given = command.words.slice(program === undefined ? 1 : command.words.length - program.words.length);
  const read = readsNothing.has(name) ? [] : writesLast.has(name) ? given.slice(0, -1) : given;
  return [...read, ...command.reads]
    .filter(({ expands }) => !expands)
    .map(({ text }) => /^-{0,2}[\w-]+=(.+)$/s.exec(text)?.[1] ?? text);
}

/** A path as seen from the workspace; undefined when it leads outside. */
function inWorkspace(folder: string, word: string): string | undefined {
  const out: string[] = [];
  for (const step of tidyPath(`${folder}/${word}`).split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') out.push(step);
    else if (out.pop() === undefined) return undefined;
  }
  return out.length === 0 || word.startsWith('/') ? undefined : out.join('/');
}

interface Known {
  readonly tasks: readonly Task[];
  readonly scene: LintScene;
}

/** Whether a path is a file that no part of a fingerprint stands for, and that no target builds. */
function isUnknown(path: string, { tasks, scene }: Known): boolean {
  const { graph, world, config } = scene;
  if (!world.snapshot.exists(path) || world.snapshot.entry(path, 'listing').kind !== 'file') return false;
  const { configFile, configSchema, targets } = graph.pipeline;
  if (path === configFile || path === configSchema || path.startsWith('.evalmake/')) return false;
  if (graph.builder(path) !== undefined || graph.manifests.has(path)) return false;
  if (targets.some(({ envFile }) => envFile === path)) return false;
  const code: Record<string, string> = {};
  addCode(tasks[0] as Task, code, { graph, config, world, memo: new Map() });
  if (code[`script:${path}`] !== undefined) return false;
  const covers = (pattern: string): boolean =>
    pattern === path || (pattern.endsWith('/') && path.startsWith(pattern)) || world.matches(pattern, path);
  return !tasks.some(({ inputs }) =>
    inputs.some(({ paths, globs }) => paths.some((input) => covers(input.path)) || globs.some(covers)),
  );
}
