// WorkspaceOptions say where a workspace is and how it is opened.
import type { ExecutorName } from '@evalmake/core';
import type { Machine } from './machine.ts';

/** How to open a workspace. */
export interface WorkspaceOptions {
  /** The folder of the pipeline, absolute. */
  readonly root: string;
  /** The pipeline file, relative to the root. */
  readonly file: string;
  /** Files laid over the config, absolute or relative to the root. */
  readonly configs: readonly string[];
  readonly sets: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** Whether caches may be written: false for everything that only looks. */
  readonly write: boolean;
  /** Names the running program, for caches. */
  readonly build: string;
  readonly warn: (text: string) => void;
  /** Whether nothing is shared with others, whatever the pipeline says. */
  readonly noCache?: boolean;
  /** Where all commands run, whatever their targets say. */
  readonly executor?: ExecutorName | undefined;
  /** Where commands run; this machine unless said otherwise. */
  readonly machine?: Machine;
}
