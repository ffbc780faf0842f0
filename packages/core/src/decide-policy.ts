// Policy: what the author said about a target (frozen, keep, nondeterministic, secrets), and files that nobody recorded.
import type { DecideContext, Decision } from './decision.ts';
import type { Task, TaskOutput } from './graph.ts';
import type { Reason } from './reason.ts';

/** Whether anything of an output lies on disk. */
export function isThere(output: TaskOutput, { world }: DecideContext): boolean {
  return output.kind === 'glob'
    ? world.snapshot.glob(output.path).length > 0
    : world.snapshot.exists(output.path);
}

/** Applies what the author said about a target: frozen, keep, nondeterministic, forced; and files nobody recorded. */
export function withPolicy(task: Task, made: Decision, context: DecideContext): Decision {
  if (made.verdict !== 'run' && made.verdict !== 'maybe') return made;
  const foreign = made.reasons.filter((r) => r.code === 'output-unrecorded');
  // The outputs are as they were but for files that somebody else put there: running again would not remove them.
  if (foreign.length > 0) return { ...made, verdict: 'blocked', reasons: foreign };
  if (task.target.frozen) return frozen(task, made, context);
  const secrets = task.target.secrets.filter((name) => !context.world.hasSecret(name, task.target.envFile));
  if (secrets.length > 0) {
    return {
      ...made,
      verdict: 'blocked',
      reasons: secrets.map((subject): Reason => ({ code: 'secret-missing', root: true, subject })),
    };
  }
  if (context.forced(task.index)) {
    return made.reasons.some((r) => r.code === 'forced')
      ? made
      : { ...made, partial: undefined, reasons: [{ code: 'forced', root: true }, ...made.reasons] };
  }
  return made.verdict === 'run' ? guarded(task, made, context) : made;
}

/** Results that are kept, or that would come out differently each time, are not replaced without being asked for. */
function guarded(task: Task, made: Decision, context: DecideContext): Decision {
  const { keep, nondeterministic } = task.target;
  if ((!keep && !nondeterministic) || !task.outputs.some((o) => isThere(o, context))) return made;
  if (keep) return { ...made, verdict: 'ask', reasons: [{ code: 'keep', root: true }, ...made.reasons] };
  const changed =
    made.record !== undefined &&
    made.reasons.some((r) => r.root && /-changed$|input-(added|removed)/.test(r.code));
  if (changed) return made;
  return { ...made, verdict: 'ask', reasons: [{ code: 'nondeterministic', root: true }, ...made.reasons] };
}

function frozen(task: Task, made: Decision, context: DecideContext): Decision {
  const { snapshot } = context.world;
  const incomplete = task.outputs.some(
    (o) =>
      !isThere(o, context) ||
      (o.kind === 'glob' && made.record?.outputs[o.name]?.some((f) => !snapshot.exists(f.path)) === true),
  );
  const reasons: Reason[] = [{ code: 'frozen', root: true }, ...made.reasons];
  return { ...made, verdict: incomplete ? 'blocked' : 'fresh', reasons };
}
