// The TargetScript is what a target runs, as simple commands: its prelude and its `run`, with vars replaced by what they say.
import type { Pipeline, Target } from '../pipeline.ts';
import { usageOf } from '../usage.ts';
import { readShell, type ShellScript } from './shell-script.ts';

/** The commands of a target; an argv list is one. */
export function targetScript(target: Target, pipeline: Pipeline): ShellScript {
  const { command, prelude } = usageOf(target, pipeline);
  if (typeof target.run === 'string' || target.run === undefined)
    return readShell(prelude === undefined ? command : `${prelude}\n${command}`);
  const before = readShell(prelude ?? '');
  const words = (JSON.parse(command) as string[]).map((text) => ({ text, expands: false }));
  const argv = { words, reads: [], here: false, uses: [], into: [], logged: true };
  return { ...before, commands: [...before.commands, argv] };
}
