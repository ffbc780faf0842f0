// `evalmake --watch`: builds, and builds again when an input may have changed. Events are hints; the planner decides.
import { buildOnce } from './command-build.ts';
import type { Options } from './options.ts';

/** Runs the command until it is told to end; gives the exit code of the last build. */
export async function watch(options: Options): Promise<number> {
  const { Watcher } = await import('@evalmake/engine/watch');
  let stop: (() => void) | undefined;
  let ended = false;
  const onSignal = (): void => {
    ended = true;
    stop?.();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const watcher = new Watcher();
  let exit = 0;
  while (!ended) {
    const changed = watcher.next();
    const result = await buildOnce(options);
    exit = result.exit;
    if (result.workspace !== undefined && result.plan !== undefined) await watcher.follow(result.workspace, result.plan);
    else await watcher.followFiles(options.dir, options.file);
    if (ended) break;
    if (!options.json) process.stderr.write('evalmake: watching for changes; Ctrl-C ends\n');
    await Promise.race([
      changed,
      new Promise<void>((resolve) => {
        stop = resolve;
      }),
    ]);
  }
  await watcher.close();
  return exit === 130 || exit === 143 || ended ? (exit > 100 ? exit : 0) : exit;
}
