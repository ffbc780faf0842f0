// Agreement: what a plan said is held against a clean build, and against the build that followed it.
import type { Bench } from './bench.ts';
import type { Verdicts } from './evalmake.ts';
import { Violation } from './oracle.ts';
import { isOff, type ProjectModel } from './project.ts';
import { cleanBuild, type Files, outputFiles, outputsImage, type TaskModel, tasksOf } from './task-model.ts';

/** Every task of a project when its files are these, by name. */
function allTasks(project: ProjectModel, files: Files): Map<string, TaskModel> {
  const tasks = project.targets
    .filter((target) => !isOff(project, target))
    .flatMap((target) => tasksOf(project, target, files));
  return new Map(tasks.map((task) => [task.id, task]));
}

/** What a clean build makes of a bench as it is, and its tasks. */
function clean({ project, oracle }: Bench): { files: Files; tasks: Map<string, TaskModel> } {
  const files = cleanBuild(project, oracle.files);
  return { files, tasks: allTasks(project, files) };
}

function assertClean(task: TaskModel, made: Files, tree: Files, what: string): void {
  if (outputFiles(task, made).length === 0)
    throw new Violation('wrong-fresh', `${task.id} ${what}, and a clean build of it fails`);
  const found = outputsImage(task, tree);
  const expected = outputsImage(task, made);
  if (found !== expected)
    throw new Violation('wrong-fresh', `${task.id} ${what}, and holds ${found}, a clean build ${expected}`);
}

/** What is called fresh is what a clean build makes. */
export function assertFresh(bench: Bench, verdicts: Verdicts, tree: Files): void {
  const { files, tasks } = clean(bench);
  for (const [id, verdict] of verdicts) {
    if (verdict !== 'fresh') continue;
    const task = tasks.get(id);
    if (task === undefined)
      throw new Violation('wrong-fresh', `${id} is called fresh, and a clean build has no such task`);
    assertClean(task, files, tree, 'is called fresh');
  }
}

/** After a build that succeeded, everything asked for is what a clean build makes. */
export function assertBuilt(bench: Bench, wanted: ReadonlySet<string>, tree: Files): void {
  const { files, tasks } = clean(bench);
  for (const task of tasks.values())
    if (wanted.has(task.target.name)) assertClean(task, files, tree, 'was built');
}

/** What ran had been planned; and when all went well (`calm`), what was planned to run has run. */
export function assertAgreed(
  { project }: Bench,
  verdicts: Verdicts,
  runs: ReadonlyMap<string, number>,
  calm: boolean,
): void {
  const dynamic = new Set(project.targets.filter((t) => typeof t.each === 'object').map((t) => t.name));
  for (const id of runs.keys()) {
    const verdict = verdicts.get(id);
    const unknown = verdict === undefined && dynamic.has(id.split('@')[0] ?? '');
    if (unknown || verdict === 'run' || verdict === 'maybe' || verdict === 'recheck') continue;
    throw new Violation('other', `${id} ran, and the dry run said ${verdict}`);
  }
  if (!calm) return;
  for (const [id, verdict] of verdicts) {
    if (verdict === 'run' && !runs.has(id))
      throw new Violation('other', `the dry run said that ${id} runs, and it did not`);
  }
}
