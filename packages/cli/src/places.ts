// Places tell where a cause can be changed: `config.yaml:31`, `pipeline.yaml:44`, `--set judge.temperature`.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Cause, Pointer, Problem, Task } from '@evalmake/core';
import type { Session } from './session.ts';

/** Causes beyond this many are told without their place. */
const mostLocated = 200;

/** The places of causes that have one. Only for them the YAML library is loaded. */
export async function placesOf(
  session: Session,
  causes: readonly Cause[],
  tasks: readonly Task[],
): Promise<Map<Cause, string>> {
  const out = new Map<Cause, string>();
  const { root, file, sets, configs } = session.workspace.options;
  const { configFile } = session.workspace.pipeline;
  const inConfig: [Cause, Pointer][] = [];
  const inPipeline: [Cause, Pointer][] = [];
  for (const cause of causes.slice(0, mostLocated)) {
    const target = tasks[cause.tasks[0] ?? -1]?.target.name ?? '';
    if (cause.code === 'config-changed' && cause.reason.now !== undefined) {
      const key = (cause.reason.subject ?? '').replace(/^config:/, '');
      const set = sets.findLast((s) => `${key}.`.startsWith(`${s.split('=')[0]}.`));
      if (set !== undefined) out.set(cause, `--set ${set.split('=')[0]}`);
      else if (configFile !== undefined && configs.length === 0) inConfig.push([cause, stepsOf(key)]);
    } else if (cause.code === 'command-changed')
      inPipeline.push([cause, ['targets', target, fieldOf(cause)]]);
    else if (cause.code === 'version-changed') inPipeline.push([cause, ['targets', target, 'version']]);
    else if (cause.code === 'check-failed' || cause.code === 'check-changed')
      inPipeline.push([cause, ['targets', target, 'checks']]);
  }
  await locateAll(inConfig, configFile ?? '', { root, out });
  await locateAll(inPipeline, file, { root, out });
  return out;
}

function fieldOf({ reason }: Cause): string {
  return reason.subject === 'cwd' || reason.subject === 'prelude' ? reason.subject : 'run';
}

/** The steps of a label of the config: `prices."gpt-4.1".in` has three. */
function stepsOf(label: string): string[] {
  return [...label.matchAll(/"(?:[^"\\]|\\.)*"|[^.]+/g)].map(([step]) =>
    step.startsWith('"') ? (JSON.parse(step) as string) : step,
  );
}

async function locateAll(
  asked: readonly (readonly [Cause, Pointer])[],
  file: string,
  { root, out }: { root: string; out: Map<Cause, string> },
): Promise<void> {
  if (asked.length === 0) return;
  const { locate } = await import('@evalmake/core/yaml-source');
  let text: string;
  try {
    text = readFileSync(resolve(root, file), 'utf8');
  } catch {
    return;
  }
  const problems = asked.map(
    ([, pointer]): Problem => ({ code: '', message: '', severity: 'warning', file, pointer, atKey: true }),
  );
  for (const [i, { line }] of locate(problems, text, file).entries()) {
    const cause = asked[i]?.[0];
    if (cause !== undefined && line !== undefined) out.set(cause, `${file}:${line}`);
  }
}
