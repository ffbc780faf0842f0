// A scenario: a test with a workspace of its own, which is removed afterwards.
import { test } from 'uvu';
import { Workspace } from './workspace.ts';

/** A part of a title: only such scenarios are run, for a person who works on one of them. */
const only = process.env['EVALMAKE_SCENARIO'] ?? '';

/**
 * Registers a test. With EVALMAKE_KEEP in the environment the workspace of a failed one stays, and its place is printed.
 * @param title a sentence that says what must be so
 */
export function scenario(title: string, body: (ws: Workspace) => Promise<void>): void {
  if (!title.includes(only)) return;
  test(title, async () => {
    const ws = new Workspace();
    let failed = true;
    try {
      await body(ws);
      failed = false;
    } catch (error) {
      // At once: what is told at the end is lost when a later one is cut off.
      console.error(`failed: ${title}: ${error instanceof Error ? error.message.slice(0, 2000) : error}`);
      throw error;
    } finally {
      if (failed && process.env['EVALMAKE_KEEP'] !== undefined) console.log(`kept: ${ws.root}`);
      else await ws.dispose();
    }
  });
}

/** Ends a test file: runs the scenarios that were registered. */
export function runScenarios(): void {
  test.run();
}
