// Judging outputs on their real content: gathers facts, runs the checks, and remembers with which digests they were judged.
import { join } from 'node:path';
import {
  type CheckResult,
  type CheckSpec,
  checkDigestOf,
  type Facts,
  type Graph,
  type InputFiles,
  type Places,
  renderScript,
  type Task,
} from '@evalmake/core';
import { execa } from 'execa';
import { attemptToken } from './attempt-token.ts';
import { runChecks } from './check-run.ts';
import type { Running } from './job.ts';
import type { Workspace } from './workspace.ts';

/** Files by output name: the path where each shall be, and where it is now. */
export type CheckFiles = ReadonlyMap<string, readonly { readonly path: string; readonly at: string }[]>;

/** What to judge. */
export interface JudgeRequest {
  readonly workspace: Workspace;
  readonly task: Task;
  readonly files: CheckFiles;
  readonly inputs: readonly InputFiles[];
  readonly graph: Graph;
  readonly places: Places;
  /** Told of the command of a check that runs, so that it can be signalled; undefined when it has ended. */
  readonly onRunning?: (running: Running | undefined) => void;
}

/** Runs all checks of a task and gathers the facts of its files. */
export async function judgeOutputs(
  request: JudgeRequest,
): Promise<{ results: CheckResult[]; facts: ReadonlyMap<string, Facts> }> {
  const { workspace, task, files } = request;
  const inputs: Record<string, readonly string[]> = {};
  for (const { input, paths } of request.inputs) inputs[input.decl.name] = paths;
  const outputs: Record<string, { files: readonly { path: string; at: string }[] }> = {};
  for (const [name, list] of files) outputs[name] = { files: list };
  const done = await runChecks({
    specs: task.target.checks.map((spec) => rendered(spec, request)),
    outputs,
    inputs,
    root: workspace.root,
    runCommand: (script) =>
      request.onRunning === undefined
        ? runAttached(script, workspace)
        : runApart(script, request, request.onRunning),
  });
  const results = done.outcomes.map((outcome): CheckResult => {
    const spec = task.target.checks.find((s) => s.id === outcome.id);
    const digest = spec === undefined ? '' : checkDigestOf(spec, { world: workspace.world });
    return {
      id: outcome.id,
      digest,
      status: outcome.status,
      ...(outcome.message === undefined ? {} : { message: outcome.message }),
    };
  });
  return { results, facts: done.facts };
}

/** A command check with its references rendered: it looks where the outputs are now. */
function rendered(spec: CheckSpec, request: JudgeRequest): CheckSpec {
  if (spec.demand.kind !== 'command') return spec;
  const { workspace, task, graph, inputs, places } = request;
  const context = { graph, config: workspace.config, world: workspace.world, task, files: inputs, places };
  return { ...spec, demand: { ...spec.demand, run: renderScript(spec.demand.run, context) } };
}

/** Runs a script in a process group of its own, which ends with it like that of the task's command. */
async function runApart(
  script: string,
  { workspace, task }: JudgeRequest,
  onRunning: (running: Running | undefined) => void,
): Promise<{ code: number; output: string }> {
  const running = await workspace.machine.start({
    argv: ['bash', '-euo', 'pipefail', '-c', script],
    cwd: workspace.root,
    env: commandEnv(workspace, { EVALMAKE_ATTEMPT: attemptToken(workspace.root, task.id) }),
    secrets: [],
    log: undefined,
    timeoutMs: undefined,
    onLine: () => {},
    onSpawn: () => {},
  });
  onRunning(running);
  const end = await running.end;
  onRunning(undefined);
  return { code: end.code ?? 1, output: end.error ?? end.tail.join('\n') };
}

/** Runs a script as a child like any other: what ends us from a terminal ends it too. */
async function runAttached(script: string, workspace: Workspace): Promise<{ code: number; output: string }> {
  const result = await execa('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: workspace.root,
    env: commandEnv(workspace, {}),
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  return { code: result.exitCode ?? 1, output: result.all ?? '' };
}

const surrounding = new WeakMap<Workspace, Record<string, string>>();

/** The environment of every command: the surrounding one, with the workspace's own programs first on the PATH. */
export function commandEnv(
  workspace: Workspace,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  let env = surrounding.get(workspace);
  if (env === undefined) {
    env = {};
    for (const [key, value] of Object.entries(workspace.options.env))
      if (value !== undefined) env[key] = value;
    const bins = ['node_modules/.bin', '.venv/bin'].map((dir) => join(workspace.root, dir));
    env.PATH = [...bins, env.PATH ?? '/usr/bin:/bin'].join(':');
    surrounding.set(workspace, env);
  }
  return { ...env, ...more };
}
