// An edit is what a user does between two builds: to sources, outputs, the pipeline, its config, or evalmake's own state.
import { type Bench, writeBoth, writePipeline } from './bench.ts';
import { damageDigests, damageJournal, damageManifest } from './damage.ts';
import { allModels, anyRows, anyText, codePath } from './project.ts';
import type { Random } from './random.ts';
import { root } from './scene.ts';

const sourceEdits = [
  'write',
  'write',
  'sneak',
  'touch',
  'rewrite',
  'revert',
  'revert',
  'add',
  'drop',
] as const;
const outputEdits = ['delete', 'tamper', 'sneak', 'rewrite'] as const;
const pipelineEdits = ['tag', 'input', 'rows'] as const;
const configEdits = ['key', 'models', 'flag'] as const;
const stateEdits = [
  'forget-digests',
  'forget-cache',
  'forget-all',
  'forget-manifest',
  'journal',
  'journal',
  'manifest',
  'digests',
  'digests',
] as const;

/** Other content of the same size, under the old time of modification. */
function sneak(bench: Bench, path: string): void {
  const { scene, oracle } = bench;
  const old = oracle.files.get(path) ?? '';
  const text = old.replace(
    /[abcx0-9]/,
    (c) => ({ a: 'b', b: 'c', c: 'x', x: 'a' })[c] ?? (c === '1' ? '2' : '1'),
  );
  scene.asUser(() => {
    const { mtimeMs } = scene.disk.statSync(`${root}/${path}`);
    scene.disk.writeFileSync(`${root}/${path}`, text);
    scene.disk.utimesSync(`${root}/${path}`, mtimeMs / 1000, mtimeMs / 1000);
  });
  oracle.files.set(path, text);
}

function touch({ scene }: Bench, path: string): void {
  scene.asUser(() => scene.disk.utimesSync(`${root}/${path}`, scene.now / 1000, scene.now / 1000));
}

/** Does something to a source. */
export function editSource(bench: Bench, random: Random): string {
  const { oracle, origin, scene, project } = bench;
  const kind = random.pick(sourceEdits);
  const present = [...project.sources].filter((path) => oracle.files.has(path));
  const path = random.pick(present);
  if (kind === 'write') writeBoth(bench, path, anyText(random));
  else if (kind === 'sneak') sneak(bench, path);
  else if (kind === 'touch') touch(bench, path);
  else if (kind === 'rewrite') writeBoth(bench, path, oracle.files.get(path) ?? '');
  else if (kind === 'revert') for (const [each, text] of origin) writeBoth(bench, each, text);
  else if (kind === 'add') writeBoth(bench, `src/new${random.int(2)}.txt`, anyText(random));
  else {
    const added = [...oracle.files.keys()].filter((p) => p.startsWith('src/new'));
    const gone =
      added.length > 0 ? random.pick(added) : present.length > 1 && random.chance(0.3) ? path : undefined;
    if (gone === undefined) return 'nothing';
    scene.remove(gone);
    oracle.files.delete(gone);
    return `drop ${gone}`;
  }
  return `${kind} ${path}: ${JSON.stringify(oracle.files.get(path))}`;
}

function editOutput(bench: Bench, random: Random): string {
  const { oracle, scene } = bench;
  const kind = random.pick(outputEdits);
  const outputs = [...oracle.files.keys()].filter((path) => path.startsWith('out/'));
  if (outputs.length === 0) return 'nothing';
  const path = random.pick(outputs);
  if (kind === 'delete') {
    scene.remove(path);
    oracle.files.delete(path);
  } else if (kind === 'tamper') writeBoth(bench, path, anyText(random));
  else if (kind === 'sneak') sneak(bench, path);
  else writeBoth(bench, path, oracle.files.get(path) ?? '');
  return `${kind} ${path}`;
}

function editPipeline(bench: Bench, random: Random): string {
  const [first] = bench.project.targets;
  // The same one again and again, so that it comes back to records that are about to be forgotten.
  const target = first !== undefined && random.chance(0.4) ? first : random.pick(bench.project.targets);
  const kind = random.pick(pipelineEdits);
  if (kind === 'tag') target.tag = (target.tag + random.pick([1, 1, 2])) % 4;
  else if (kind === 'rows') {
    const output = random.pick(target.outputs);
    if (output.kind === 'dir') return 'nothing';
    output.rows = random.chance(0.3) ? undefined : anyRows(random);
  } else {
    const last = target.inputs.at(-1);
    if (target.inputs.length < 2 || last?.kind === 'shard') return 'nothing';
    target.inputs = target.inputs.slice(0, -1);
  }
  writePipeline(bench);
  return `${kind} of ${target.name}: ${target.tag} ${target.inputs.length} ${JSON.stringify(target.outputs.map((o) => o.rows))}`;
}

function editConfig(bench: Bench, random: Random): string {
  const { project } = bench;
  const kind = random.pick(configEdits);
  if (kind === 'key') project.config[random.int(3)] = random.int(3);
  else if (kind === 'models') project.models = random.some(allModels, random.between(1, 3)).sort();
  else {
    const flag = random.int(2);
    project.flags[flag] = !project.flags[flag];
  }
  writePipeline(bench);
  return `config: ${project.config.join(' ')}, ${project.models.join(' ')}, ${project.flags.join(' ')}`;
}

function editState(bench: Bench, random: Random): string {
  const { scene, oracle } = bench;
  const kind = random.pick(stateEdits);
  if (kind === 'forget-digests') scene.remove('.evalmake/filestate');
  else if (kind === 'forget-cache') scene.remove('.evalmake/cache');
  else if (kind === 'forget-manifest') scene.remove('manifests');
  else if (kind === 'journal') return damageJournal(bench, random);
  else if (kind === 'digests') return damageDigests(bench, random);
  else if (kind === 'manifest') return damageManifest(bench, random);
  else if (random.chance(0.5)) {
    scene.remove('.evalmake');
    oracle.doubtAll();
  } else return 'nothing';
  return kind;
}

/** Does one thing, on both sides; tells it in words. */
export function edit(bench: Bench, random: Random): string {
  const { scene } = bench;
  const dice = random.next();
  scene.pass(random.chance(0.5) ? random.int(20) : random.int(6000));
  if (dice < 0.4) return editSource(bench, random);
  if (dice < 0.58) return editOutput(bench, random);
  if (dice < 0.7) return editPipeline(bench, random);
  if (dice < 0.82) return editConfig(bench, random);
  if (dice < 0.86) {
    writeBoth(bench, codePath, anyText(random));
    return 'code';
  }
  if (dice < 0.9) {
    const ms = random.pick([-3_600_000, -5000, -1000, 3_600_000]);
    scene.setClock(ms);
    return `the clock moves by ${ms} ms`;
  }
  return editState(bench, random);
}
