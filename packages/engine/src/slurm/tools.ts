// Slurm's programs as this machine starts them: in a group of their own, so that Ctrl-C never cuts off a submission.
import { execa } from 'execa';
import { notThere, type RunTool } from './commands.ts';

/**
 * Starts programs found on a PATH.
 * @param env the surroundings: where the cluster is stands in them
 */
export function localTools(env: Readonly<Record<string, string | undefined>>): RunTool {
  const given: Record<string, string> = { LC_ALL: 'C' };
  // Options of the user's shell would change what is asked and how it is answered.
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && name !== 'LC_ALL' && !/^(?:SBATCH_|SQUEUE_|SACCT_|SCANCEL_)/.test(name))
      given[name] = value;
  return async ([file, ...args], timeoutMs) => {
    const answer = await execa(file as string, args, {
      env: given,
      extendEnv: false,
      detached: true,
      reject: false,
      stdin: 'ignore',
      timeout: timeoutMs,
      maxBuffer: 1 << 28,
    });
    const err = answer.code === 'ENOENT' ? notThere : String(answer.stderr ?? '');
    const code = answer.timedOut ? undefined : answer.exitCode;
    return { code, out: String(answer.stdout ?? ''), err };
  };
}
