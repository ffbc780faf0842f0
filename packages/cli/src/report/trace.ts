// The last build as Chrome trace events, which Perfetto and chrome://tracing show: a lane per slot.
import type { BuildReport } from '@evalmake/core';

/**
 * The trace, with a line end. Format: "Trace Event Format" (Chromium), complete events ("X"), microseconds.
 * Builds of which a report tells the tasks are processes of their own, so that several can be held side by side.
 */
export function traceOf({ runs, pipeline }: BuildReport): string {
  const events: object[] = [];
  for (const { run, tasks } of runs) {
    if (tasks === undefined) continue;
    events.push({ ph: 'M', name: 'process_name', pid: run, args: { name: `${pipeline}, run ${run}` } });
    for (const { task, from, to, slot, outcome, why, critical } of tasks) {
      if (from === undefined || to === undefined) continue;
      events.push({
        ph: 'X',
        name: task,
        cat: `${outcome}${critical === true ? ',critical' : ''}`,
        pid: run,
        tid: (slot ?? 0) + 1,
        ts: from * 1000,
        dur: (to - from) * 1000,
        args: { outcome, why },
      });
    }
  }
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })}\n`;
}
