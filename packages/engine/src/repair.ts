// Repair: manifests that are missing, damaged, old or wrong are made anew from the records and from what lies on disk.
import type { Plan, Task } from '@evalmake/core';
import { entryFor, own, type StageTask } from '@evalmake/core/manifest';
import { Stages } from './stages.ts';
import { proofOf, type TaskProof } from './task-proof.ts';
import type { Workspace } from './workspace.ts';

/** What was found of one manifest, and what came of it. */
export interface ManifestRepair {
  readonly path: string;
  /** `outdated`: whole, and does not say what the records say. `unbuilt`: not there, and nothing is known for it. */
  readonly state: 'good' | 'outdated' | 'missing' | 'unbuilt' | 'damaged' | 'version-1' | 'newer';
  /** Why it is no manifest of this version. */
  readonly why?: string;
  /** `due`: a repair without --dry-run would write it. `impossible`: it was left as it was. */
  readonly action: 'none' | 'due' | 'written' | 'impossible';
  /** The copy of what was replaced. */
  readonly kept?: string;
  readonly tasks: readonly TaskProof[];
}

/** What to repair. */
export interface RepairRequest {
  readonly workspace: Workspace;
  /** Every task of the manifests must be decided in it. */
  readonly plan: Plan;
  readonly paths: readonly string[];
  /** Writes; without it nothing on disk changes, and no command of a check is started. */
  readonly write: boolean;
}

/** Looks at manifests, and writes those that do not say what can be proven. Needs the lock when it writes. */
export async function repairManifests(request: RepairRequest): Promise<ManifestRepair[]> {
  const { workspace, plan, write } = request;
  const { manifests, journal } = workspace;
  const evidence = new Map<string, StageTask>();
  const stages = new Stages(workspace, plan.graph, { decisions: plan.decisions, evidence });
  const found = new Map<string, readonly TaskProof[]>();
  for (const path of request.paths) {
    stages.touchAll(path);
    found.set(path, await proofsOf(path, { request, stages, evidence }));
  }
  const unbuilt = new Set(request.paths.filter((path) => isUnbuilt(path, found.get(path) ?? [], request)));
  const told = new Map(stages.prepare());
  const due = new Set(manifests.due().filter((path) => !unbuilt.has(path)));
  for (const path of request.paths) {
    if (write && due.has(path)) continue;
    manifests.drop(path);
    told.delete(path);
  }
  const states = new Map(request.paths.map((path) => [path, stateOf(path, { workspace, unbuilt, due })]));
  if (told.size > 0) journal.open();
  const written = new Set(told.size > 0 ? stages.write(told) : []);
  return request.paths.map((path) => {
    const { state, why } = states.get(path) as ReturnType<typeof stateOf>;
    const kept = written.has(path) ? manifests.setAside(path) : undefined;
    return {
      path,
      state,
      ...(why === undefined ? {} : { why }),
      action: actionOf(state, { due: due.has(path), write, written: written.has(path) }),
      ...(kept === undefined ? {} : { kept }),
      tasks: found.get(path) ?? [],
    };
  });
}

interface Looking {
  readonly request: RepairRequest;
  readonly stages: Stages;
  readonly evidence: Map<string, StageTask>;
}

/** Looks for proofs of all tasks of a manifest, and notes what is to be said of those without a record. */
async function proofsOf(path: string, { request, stages, evidence }: Looking): Promise<TaskProof[]> {
  const { workspace, plan, write } = request;
  const names = stages.stagesOf(path);
  const kept = workspace.manifests.kept(path, [...names.keys()]);
  const proofs: TaskProof[] = [];
  for (const [stage, tasks] of names) {
    for (const task of tasks) {
      const proof = await proofOf(task, stages.known(task), { workspace, plan, commands: write });
      proofs.push(proof);
      const said = noteIn(own(kept?.stage_status, stage), task);
      // What another version or program said of it is evidence too, and is not made less.
      if (said !== undefined && said.status !== 'pending') continue;
      if (proof.evidence !== undefined) evidence.set(task.id, proof.evidence);
      else if (proof.by === 'nothing' && said?.artifacts !== undefined)
        evidence.set(task.id, { status: 'pending', updated_at: '' });
    }
  }
  return proofs;
}

function noteIn(stage: StageTask | undefined, task: Task): StageTask | undefined {
  return stage && entryFor(stage, { task: task.id, target: task.target.name });
}

/** Whether a manifest is not there because nothing was built yet. */
function isUnbuilt(path: string, proofs: readonly TaskProof[], { workspace }: RepairRequest): boolean {
  if (workspace.manifests.exists(path)) return false;
  return proofs.every(
    ({ id, by }) => by === 'nothing' && workspace.world.records.lastAttempt(id) === undefined,
  );
}

function stateOf(
  path: string,
  known: {
    readonly workspace: Workspace;
    readonly unbuilt: ReadonlySet<string>;
    readonly due: ReadonlySet<string>;
  },
): { readonly state: ManifestRepair['state']; readonly why?: string } {
  const { manifests } = known.workspace;
  if (known.unbuilt.has(path)) return { state: 'unbuilt' };
  if (!manifests.exists(path)) return { state: 'missing' };
  const { problem, message } = manifests.look(path);
  const why = message === undefined ? {} : { why: message };
  switch (problem) {
    case 'newer-version':
      return { state: 'newer', ...why };
    case 'old-version':
      return { state: 'version-1', ...why };
    case undefined:
      return { state: known.due.has(path) ? 'outdated' : 'good' };
    default:
      return { state: 'damaged', ...why };
  }
}

function actionOf(
  state: ManifestRepair['state'],
  { due, write, written }: { readonly due: boolean; readonly write: boolean; readonly written: boolean },
): ManifestRepair['action'] {
  if (state === 'newer') return 'impossible';
  if (!due) return 'none';
  if (!write) return 'due';
  return written ? 'written' : 'impossible';
}
