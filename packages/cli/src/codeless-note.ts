// The CodelessNote says once, before anything runs, of which targets no code counts; `evalmake lint` says more of them.
import type { Plan, Target, Task } from '@evalmake/core';
import type { Session } from './session.ts';
import { oneLine } from './style.ts';

let told = '';

/** Notes targets of which no code counts and that are about to run. Of what is fresh nothing is said: a no-op stays short. */
export async function tellCodeless({ options, stderr }: Session, plan: Plan): Promise<void> {
  if (options.json || options.quiet || options.progress === 'quiet') return;
  const { graph, decisions, input } = plan;
  const open = new Set<Target>();
  for (const [index, decision] of decisions.entries())
    if (decision?.verdict === 'run' || decision?.verdict === 'maybe')
      open.add((graph.tasks[index] as Task).target);
  if (open.size === 0) return;
  const { codelessTargets, namesText } = await import('@evalmake/core/lint/no-code');
  const found = codelessTargets(
    { graph, config: input.config, world: input.world },
    graph.pipeline.targets.filter((target) => open.has(target)),
  );
  if (found.length === 0) return;
  const programs = [...new Set(found.flatMap((f) => f.programs))].slice(0, 3).map((name) => `"${name}"`);
  const them = found.length === 1 ? 'it' : 'them';
  const text = `no code counts for ${namesText(found)}: another ${programs.join(' or ')} would not run ${them} again`;
  // A watch plans often, and says it again only when it is about others.
  if (text === told) return;
  told = text;
  stderr.write(`evalmake: note: ${oneLine(text)}; evalmake lint says more\n`);
}
