// Judging in place: the checks of outputs that are published already, without an attempt around them.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Places } from '@evalmake/core';
import { type JudgeRequest, judgeOutputs } from './check-outputs.ts';
import { makeDir, removeFolder } from './disk.ts';
import { mkdirSync } from './fs.ts';
import { checkUsage, writeGiven } from './given.ts';
import { stateDir } from './workspace.ts';

/**
 * Runs all checks of a task on its outputs where they lie. What a `command` check is given (config keys, lists) is made
 * for the moment and outside the workspace, where also those may write who only look.
 */
export async function judgeInPlace(request: Omit<JudgeRequest, 'places'>): ReturnType<typeof judgeOutputs> {
  const { workspace, task, graph, inputs: files } = request;
  const usage = checkUsage(task.target, graph.pipeline);
  const given = usage.configFile || usage.task || usage.missing || usage.lists;
  const dir = given ? makeFolder() : '';
  const places = placesBelow(dir);
  try {
    if (given) writeGiven({ workspace, task, partial: undefined, places, files, commands: [usage] });
    return await judgeOutputs({ ...request, places });
  } finally {
    if (given) removeFolder(dir);
  }
}

/** Outputs are where they are; what a command is given lies in one folder. */
export function placesBelow(dir: string): Places {
  return {
    output: (output) => output.path,
    configFile: `${dir}/config.json`,
    taskFile: `${dir}/task.json`,
    missingFile: `${dir}/missing`,
    stateDir: `${stateDir}/state`,
    listFile: (input) => `${dir}/list-${input}`,
    rowsTodo: `${dir}/todo`,
    rowsDone: `${dir}/done`,
  };
}

let made = 0;

/** A new folder of ours alone: one of that name which is there already is somebody else's. */
function makeFolder(): string {
  makeDir(tmpdir());
  for (;;) {
    const dir = join(tmpdir(), `evalmake-check-${process.pid}-${made++}`);
    try {
      mkdirSync(dir, { mode: 0o700 });
      return dir;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
