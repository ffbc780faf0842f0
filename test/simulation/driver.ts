// The driver decides what happens next while evalmake runs: a command moves, a sync comes back, a user meddles, it dies.
import type { Build } from '@evalmake/engine/build';
import type { Life } from './machine.ts';
import { Died, TornWrite } from './memory-disk.ts';
import type { Scene } from './scene.ts';

/** What else happens while it runs. */
export interface Upsets {
  /** It is killed in front of this change of the disk, counted from its start. */
  readonly killAt?: number;
  /** A write it is killed in gets so many bytes to the disk first. */
  readonly torn?: number;
  /** After so many moves, Ctrl-C; and once more after so many further ones. */
  readonly interruptAt?: number;
  readonly interruptAgain?: number;
  /** After so many moves, this; and once more after so many further ones. */
  readonly meddleAt?: number;
  readonly meddleAgain?: number;
  readonly meddle?: () => void | Promise<void>;
}

/** How it ended. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'killed' }
  | { readonly kind: 'threw'; readonly error: unknown };

const turn = globalThis.setImmediate;

/** Lets everything happen that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((done) => {
    turn(done);
  });
}

/** One evalmake to be run. */
export interface Driven<T> {
  readonly scene: Scene;
  readonly life: Life;
  readonly work: () => Promise<T>;
  readonly upsets: Upsets;
  /** The build, once there is one. */
  readonly build: () => Build | undefined;
}

/** Runs one evalmake to its end, or to the point where it is killed. */
export async function drive<T>(driven: Driven<T>): Promise<Outcome<T>> {
  const { scene, life, upsets } = driven;
  let outcome: Outcome<T> | undefined;
  const sprung = setTrap(scene, upsets);
  driven.work().then(
    (value) => {
      outcome ??= { kind: 'done', value };
    },
    (error: unknown) => {
      outcome ??= { kind: 'threw', error };
    },
  );
  let idle = 0;
  for (let moves = 0; ; ) {
    await settle();
    if (sprung()) {
      // What still has a turn meets a dead disk.
      for (let i = 0; i < 3; i++) await settle();
      scene.killed(life);
      return { kind: 'killed' };
    }
    if (outcome !== undefined) {
      scene.ended(life);
      return outcome;
    }
    await upset(driven, moves);
    const moved = move(scene);
    idle = moved ? 0 : idle + 1;
    if (moved) moves++;
    if (idle > 5000) throw new Error('nothing can move, and the build has not ended');
  }
}

/** Arranges the kill; tells whether it has happened. */
function setTrap(scene: Scene, { killAt, torn }: Upsets): () => boolean {
  scene.changes = 0;
  let dead = false;
  scene.disk.before = (call) => {
    scene.changes++;
    if (killAt === undefined || scene.changes < killAt) return;
    dead = true;
    throw call === 'write' && torn !== undefined ? new TornWrite(torn) : new Died();
  };
  return () => dead;
}

async function upset({ upsets, build }: Driven<unknown>, moves: number): Promise<void> {
  const { interruptAt, interruptAgain, meddleAt, meddleAgain, meddle } = upsets;
  if (moves === meddleAt) await meddle?.();
  if (meddleAgain !== undefined && moves === (meddleAt ?? 0) + meddleAgain) await meddle?.();
  if (interruptAt === undefined) return;
  if (moves === interruptAt) build()?.stop('SIGINT');
  if (interruptAgain !== undefined && moves === interruptAt + interruptAgain) build()?.stop('SIGINT');
}

/** One thing happens; false when there is nothing that could. */
function move(scene: Scene): boolean {
  const { random, timers, disk } = scene;
  const commands = scene.machine.living;
  const choices = commands.length + disk.syncs.length;
  const due = timers.next;
  if (due !== undefined && (due <= scene.now || choices === 0)) {
    scene.pass(Math.max(0, due - scene.now));
    timers.fire();
    // Time alone is no progress: something looks around again and again.
    return choices > 0;
  }
  if (choices === 0) return false;
  scene.pass(random.chance(0.05) ? random.int(3000) : random.int(4));
  const choice = random.int(choices);
  const command = commands[choice];
  if (command !== undefined) command.advance();
  else disk.syncs[choice - commands.length]?.finish();
  return true;
}
