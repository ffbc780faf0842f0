// Policy: what the author said about a target (frozen, keep, nondeterministic, secrets), and files that nobody recorded.
import { type DecideContext, type Decision, partsFor } from './decision.ts';
import type { Task, TaskOutput } from './graph.ts';
import type { Target } from './pipeline.ts';
import { compare, type Reason, type ReasonCode } from './reason.ts';
import type { TaskRecord } from './record.ts';

/** Whether anything of an output lies on disk. */
export function isThere(output: TaskOutput, { world }: DecideContext): boolean {
  return output.kind === 'glob'
    ? world.snapshot.glob(output.path).length > 0
    : world.snapshot.exists(output.path);
}

/** Applies what the author said about a target: frozen, keep, nondeterministic, forced; and files nobody recorded. */
export function withPolicy(task: Task, made: Decision, context: DecideContext): Decision {
  // What waits is looked at by its command: that is a start, too.
  if (made.verdict !== 'run' && made.verdict !== 'maybe' && made.verdict !== 'waiting') return made;
  const foreign = made.reasons.filter((r) => r.code === 'output-unrecorded');
  // The outputs are as they were but for files that somebody else put there: running again would not remove them.
  if (foreign.length > 0) return { ...made, verdict: 'blocked', reasons: foreign };
  if (task.target.frozen) return frozen(task, made, context);
  const forced = context.forced(task.index);
  const judged = forced || made.verdict !== 'run' ? made : guarded(task, made, context);
  // Nothing is started before somebody has decided, so nothing that a start needs can be amiss.
  if (judged.verdict === 'ask') return judged;
  const { target } = task;
  const needed = target.secrets.filter((name) => !target.optionalSecrets.includes(name));
  const secrets = needed.filter((name) => !context.world.hasSecret(name, target.envFile));
  if (secrets.length > 0) {
    return {
      ...made,
      verdict: 'blocked',
      reasons: secrets.map((subject): Reason => ({ code: 'secret-missing', root: true, subject })),
    };
  }
  if (!forced || made.reasons.some((r) => r.code === 'forced')) return judged;
  return { ...made, partial: undefined, reasons: [{ code: 'forced', root: true }, ...made.reasons] };
}

/** Why outputs are not replaced before a person has said so; `unlessNew`: a fingerprint never met before may run. */
const guards: readonly { code: ReasonCode; holds: (target: Target) => boolean; unlessNew: boolean }[] = [
  { code: 'keep', holds: (t) => t.keep, unlessNew: false },
  { code: 'nondeterministic', holds: (t) => t.nondeterministic, unlessNew: true },
];

/** Whether outputs of a target may be replaced only when a person says so. */
export function asksFirst(target: Target): boolean {
  return target.paid !== undefined || guards.some((g) => g.holds(target));
}

/** Asks instead of running, where outputs are there that are not to be replaced without a word. */
function guarded(task: Task, made: Decision, context: DecideContext): Decision {
  const holding = guards.filter((g) => g.holds(task.target));
  if (holding.length === 0 || !task.outputs.some((o) => isThere(o, context))) return made;
  const isNew = isNewWork(task, made, context);
  const asking = holding.filter((g) => !(g.unlessNew && isNew));
  if (asking.length === 0) return made;
  // What upstream builds may still make this a fingerprint never met before.
  const open = made.history.length > 0 && made.reasons.some((r) => !r.root);
  if (open && asking.every((g) => g.unlessNew)) return { ...made, verdict: 'maybe' };
  const reasons = asking.map(({ code }): Reason => ({ code, root: true }));
  return { ...made, verdict: 'ask', reasons: [...reasons, ...made.reasons] };
}

/** Whether there are records, and none of them is of this fingerprint. Without any record nobody can know. */
function isNewWork(task: Task, made: Decision, context: DecideContext): boolean {
  const { fingerprint, history } = made;
  const differs = (record: TaskRecord) =>
    compare(record.parts, partsFor(task, record, fingerprint, context), fingerprint.pending).length > 0;
  return history.length > 0 && history.every(differs);
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
