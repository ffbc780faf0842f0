// `evalmake stop`: asks the build that runs to drain: to finish what runs, and to start nothing.
import { requestStop } from '@evalmake/engine/stop-request';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { findSessionRoot } from './session.ts';

/** Runs the command; gives the exit code. */
export async function stop(options: Options): Promise<number> {
  if (options.targets.length > 0)
    throw new UsageError('evalmake stop takes no targets', 'it asks the whole build that runs to drain');
  const { localProcesses } = await import('@evalmake/engine/processes');
  const asked = requestStop(findSessionRoot(options), localProcesses);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ format: 'evalmake.stop', version: 1, asked: asked ?? null })}\n`,
    );
    return 0;
  }
  process.stdout.write(
    asked === undefined
      ? 'no build is running\n'
      : `asked process ${asked.pid} on ${asked.host} ("${asked.command}", since ${asked.since}) to stop: it finishes what runs and starts nothing more\n`,
  );
  return 0;
}
