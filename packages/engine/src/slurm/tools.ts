// Slurm's programs as this machine starts them: in a group of their own, so that Ctrl-C never cuts off a submission.
import { execa } from 'execa';
import { notThere, type RunTool } from './commands.ts';

type Surroundings = Readonly<Record<string, string | undefined>>;

/** What of the surroundings sbatch is given, and with it each job: the controller stores it for others to read. */
const ofSubmission =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH|SLURM_CONF|SLURM_CONF_SERVER|SLURM_CLUSTERS)$/;

/**
 * How sbatch is started. Its `--export=NONE` would let each job start a login shell first, to find its environment; a site
 * that demands a token in the environment has to have that, since a token must not be stored with the job.
 * @returns its environment, and its first option
 */
export function submission(env: Surroundings): { env: Record<string, string>; option: string } {
  const token = env.SLURM_JWT;
  const given: Record<string, string> = { LC_ALL: 'C' };
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && name !== 'LC_ALL' && ofSubmission.test(name)) given[name] = value;
  if (token === undefined) return { env: given, option: '--export=ALL' };
  return { env: { ...given, SLURM_JWT: token }, option: '--export=NONE' };
}

/**
 * Starts programs found on a PATH.
 * @param env the surroundings: where the cluster is stands in them
 */
export function localTools(env: Surroundings): RunTool {
  const forSubmission = submission(env);
  const given: Record<string, string> = { LC_ALL: 'C' };
  // Options of the user's shell would change what is asked and how it is answered.
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && name !== 'LC_ALL' && !/^(?:SBATCH_|SQUEUE_|SACCT_|SCANCEL_)/.test(name))
      given[name] = value;
  return async ([file, ...args], timeoutMs) => {
    const submits = file === 'sbatch';
    const words = submits ? [forSubmission.option, ...args] : args;
    const answer = await execa(file as string, words, {
      env: submits ? forSubmission.env : given,
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
