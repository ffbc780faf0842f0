// The Wrapper is the script that Slurm starts: it runs the command of one attempt, once, and writes down how it ended.
import { shellWord } from '@evalmake/core';
import type { Job } from '../job.ts';
import { scriptExits } from './verdict.ts';

// Files of an array, below `.evalmake/slurm/<name>/`: `batch.sh` (this script), `manifest` (line i+1: folder, a space, token
// of index i), `done/<i>` (results), `<i>.slurm` (what Slurm itself says). Files of an attempt, in its own folder:
// `command.sh`, `env` (0600, removed once read), `log`, `begun/` (made by whoever claims the attempt), `seen`.

/**
 * The script of an array. It starts the command itself and not through srun: each srun is one more request to the
 * controller; and otherwise as few programs as it can, which on a busy node cost more than a short command. `mkdir` claims
 * an attempt, so that a job that is submitted or started twice runs it once, and one that was given up never.
 * @param root the workspace, absolute
 * @param dir the array's folder, absolute
 */
export function batchScript(root: string, dir: string): string {
  return `#!/bin/bash
# evalmake: one attempt of one task; which one stands in the manifest.
root=${quoted(root)}
array=${quoted(dir)}
cd -- "$root" || exit ${scriptExits.noFolder}
mapfile -t -s "$SLURM_ARRAY_TASK_ID" -n 1 line <"$array/manifest"
folder=\${line% *}
token=\${line##* }
[ -n "$token" ] && [ -f "$folder/command.sh" ] || exit ${scriptExits.noManifest}
mkdir -- "$folder/begun" || exit ${scriptExits.taken}
# What ends the job ends the command; how it ended is still to be told.
trap : TERM INT HUP USR1 USR2
printf -v started '%(%s)T' -1
bash -- "$folder/command.sh" >>"$folder/log" 2>&1 </dev/null
code=$?
printf -v ended '%(%s)T' -1
late=false
limit=
[ ! -f "$folder/limit" ] || read -r limit <"$folder/limit"
[ -n "$limit" ] && [ "$code" -ge 124 ] && [ $((ended - started)) -ge "\${limit%.*}" ] && late=true
paths=()
while IFS= read -r -d '' path; do paths+=("$path"); done <"$folder/writes"
for ((i = 0; i < \${#paths[@]}; i += 500)); do
  find -H "\${paths[@]:i:500}" -type f -printf '%s %p\\0' 2>/dev/null
done >"$folder/seen"
files=0
while IFS= read -r -d '' path; do files=$((files + 1)); done <"$folder/seen"
part=$array/done/.$SLURM_ARRAY_TASK_ID.$token
printf '{"token":"%s","code":%d,"timedOut":%s,"node":"%s","job":"%s","started":%d,"ended":%d,"files":%d}\\n' \\
  "$token" "$code" "$late" "\${SLURMD_NODENAME:-$(uname -n)}" "\${SLURM_JOB_ID:-}" "$started" "$ended" "$files" >"$part" &&
  sync -- "$folder/seen" "$part" && mv -f -- "$part" "$array/done/$SLURM_ARRAY_TASK_ID"
exit "$code"
`;
}

/** Between being told to end and being killed, seconds, as for a command on this machine. */
const graceS = 5;

/** The script of one attempt: its folder, its environment, its command. */
export function commandScript({ argv, cwd, timeoutMs }: Job, dir: string): string {
  const limit =
    timeoutMs === undefined ? '' : `timeout --kill-after=${graceS} ${Math.max(0.001, timeoutMs / 1000)} `;
  return `cd -- ${quoted(cwd)} || exit ${scriptExits.noFolder}
. ${quoted(`${dir}/env`)}
rm -f -- ${quoted(`${dir}/env`)}
# What a command starts by srun has the environment of the command.
unset SLURM_EXPORT_ENV
exec ${limit}${argv.map(quoted).join(' ')}
`;
}

/** Variables of the surroundings that belong to the machine or the job they are of, not to the command. */
const ofTheNode =
  /^(?:SLURM.*|SBATCH_.*|SRUN_.*|SQUEUE_.*|SACCT_.*|TMPDIR|TMP|TEMP|HOSTNAME|HOST|PWD|OLDPWD|SHLVL|_|CUDA_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|ZE_AFFINITY_MASK|GPU_DEVICE_ORDINAL|DISPLAY|SSH_.*|XDG_RUNTIME_DIR|XDG_SESSION_.*|DBUS_.*|TERM|COLUMNS|LINES)$/;

/**
 * The environment of an attempt as a script to read. It goes by a file that only its user can read: what stands in
 * the environment of sbatch, in a script or on a command line is stored by the controller and shown to others.
 */
export function environmentScript(env: Job['env'], declared: ReadonlySet<string>): string {
  return Object.entries(env)
    .filter(([name, value]) => value !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .filter(([name]) => declared.has(name) || !ofTheNode.test(name))
    .map(([name, value]) => `export ${name}=${quoted(value as string)}\n`)
    .join('');
}

function quoted(text: string): string {
  return shellWord(text);
}
