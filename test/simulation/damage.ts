// Damage to evalmake's own files: bytes flipped or cut off; the oracle is told which tasks may have lost their records.
import type { Bench } from './bench.ts';
import type { Random } from './random.ts';
import { root } from './scene.ts';

const journalPath = `${root}/.evalmake/journal.jsonl`;

function readBytes({ scene }: Bench, path: string): Buffer | undefined {
  return scene.asUser(() =>
    scene.disk.existsSync(path) ? Buffer.from(scene.disk.readFileSync(path) as Buffer) : undefined,
  );
}

/** The tasks that lines of a journal speak of, whole or not. */
function tasksIn(text: string): string[] {
  return text.split('\n').flatMap((line) => line.split(' ')[3] ?? []);
}

function spoil({ oracle }: Bench, ids: readonly string[]): void {
  for (const id of ids) {
    oracle.doubt(id);
    oracle.spoiled.add(id);
  }
}

/** Spoils the journal at one place. The tasks of the lines that were hit, as they were and as they read now, are in doubt. */
export function damageJournal(bench: Bench, random: Random): string {
  const { scene } = bench;
  const bytes = readBytes(bench, journalPath);
  if (bytes === undefined || bytes.length === 0) return 'nothing';
  // The first line is as good a place as any other, and short.
  const at = random.int(random.chance(0.1) ? Math.min(40, bytes.length) : bytes.length);
  const start = at === 0 ? 0 : bytes.lastIndexOf(0x0a, at - 1) + 1;
  if (random.chance(0.4)) {
    spoil(bench, tasksIn(bytes.subarray(start).toString('utf8')));
    scene.asUser(() => scene.disk.writeFileSync(journalPath, bytes.subarray(0, at)));
    return `journal cut at ${at} of ${bytes.length}`;
  }
  const lineEnd = (from: number): number => {
    const end = bytes.indexOf(0x0a, from);
    return end < 0 ? bytes.length : end + 1;
  };
  // A flipped line break joins two lines.
  const end = bytes[at] === 0x0a ? lineEnd(at + 1) : lineEnd(at);
  const before = tasksIn(bytes.subarray(start, end).toString('utf8'));
  bytes[at] = (bytes[at] as number) ^ random.pick([1, 2, 4, 8, 16, 32, 64, 128, 255]);
  const after = tasksIn(bytes.subarray(start, end).toString('utf8'));
  spoil(bench, [...before, ...after]);
  scene.asUser(() => scene.disk.writeFileSync(journalPath, bytes));
  return `journal flipped at ${at} of ${bytes.length}`;
}

/** Spoils a manifest. The journal has the same records, so nothing is in doubt that was not before. */
export function damageManifest(bench: Bench, random: Random): string {
  const { scene } = bench;
  const folder = `${root}/manifests`;
  const names = scene.asUser(() => (scene.disk.existsSync(folder) ? scene.disk.readdirSync(folder) : []));
  return names.length === 0 ? 'nothing' : spoilBytes(bench, `${folder}/${random.pick(names)}`, random);
}

/** Spoils the digest cache, which costs time and nothing else. */
export function damageDigests(bench: Bench, random: Random): string {
  return spoilBytes(bench, `${root}/.evalmake/filestate`, random);
}

function spoilBytes(bench: Bench, path: string, random: Random): string {
  const { scene } = bench;
  const bytes = readBytes(bench, path);
  if (bytes === undefined || bytes.length === 0) return 'nothing';
  const at = random.int(bytes.length);
  const cut = random.chance(0.4);
  if (!cut) bytes[at] = (bytes[at] as number) ^ random.pick([1, 2, 4, 16, 128]);
  scene.asUser(() => scene.disk.writeFileSync(path, cut ? bytes.subarray(0, at) : bytes));
  return `${path} ${cut ? 'cut' : 'flipped'} at ${at}`;
}
