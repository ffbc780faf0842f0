// `evalmake completion SHELL`: prints the script by which a shell completes the words of evalmake.
import { completionScripts, type Shell } from './completion-script.ts';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';

/** Runs the command; gives the exit code. */
export async function completion(options: Options): Promise<number> {
  const [shell = '', ...more] = options.targets;
  if (!Object.hasOwn(completionScripts, shell) || more.length > 0)
    throw new UsageError(
      shell === ''
        ? 'evalmake completion needs a shell'
        : `"${options.targets.join(' ')}" is no shell it knows`,
      `shells: ${Object.keys(completionScripts).join(', ')}`,
    );
  process.stdout.write(completionScripts[shell as Shell]);
  return 0;
}
