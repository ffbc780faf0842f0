// A WriteSession is a session that may change the workspace: it holds the lock, or says who does.
import { tellableArgs } from '@evalmake/core';
import { type LockOwner, startWriting } from '@evalmake/engine';
import { type Session, Stopped } from './session.ts';

/**
 * Becomes the writer of a session's workspace: lock, and recovery from what a crash left.
 * @returns what ends it; Stopped with exit code 6 when another has the lock, which has been told
 */
export async function startWritingSession(session: Session): Promise<{ end: () => void } | Stopped> {
  const { workspace, options } = session;
  const command = ['evalmake', ...tellableArgs(process.argv.slice(2))].join(' ').slice(0, 300);
  const writing = await startWriting(workspace, { command, breakLock: options.breakLock });
  if (!writing.held) return new Stopped(tellLocked(writing.owner, writing.life, options));
  const { tookOver, end } = writing;
  if (tookOver !== undefined) {
    process.stderr.write(
      `evalmake: note: the build of process ${tookOver.pid} on ${tookOver.host} ended without releasing its lock; taken over\n`,
    );
  }
  return { end };
}

function tellLocked(owner: LockOwner, life: 'alive' | 'unknown', { json }: { json: boolean }): number {
  const text = `another build holds the lock: process ${owner.pid} on ${owner.host}, "${owner.command}", since ${owner.since}`;
  if (json) process.stdout.write(`${JSON.stringify({ event: 'locked', owner })}\n`);
  const advice =
    life === 'alive'
      ? 'wait for it, or let it drain: evalmake stop'
      : 'whether it still lives cannot be seen from here; when it is surely dead: --break-lock';
  process.stderr.write(`evalmake: ${text}\n    ${advice}\n`);
  return 6;
}
