// A CommandHelp is what is said of one command: what it does, the options that matter to it, exit codes and examples.

/** A call, and what it does. */
export type Example = readonly [call: string, does: string];

/** What is said of one command. */
export interface CommandHelp {
  /** One line for the overview. */
  readonly help: string;
  /** What stands behind the name of the command. */
  readonly usage: string;
  /** What it does, in lines. */
  readonly about: readonly string[];
  /** Names of the options that matter to it, less the common ones. */
  readonly options: readonly string[];
  /** Its exit codes, with words. */
  readonly exits: readonly string[];
  readonly examples: readonly Example[];
}

/** Options that every command takes. */
export const commonOptions = ['dir', 'file', 'json', 'color', 'help', 'version'];

/** Options that set config. */
export const values = ['set', 'config'];
/** Options that agree to a price, or to less than all. */
export const consents = ['max-usd', 'yes', 'watch-budget', 'force-rows'];
/** Options that choose among tasks. */
export const filters = ['only', 'from', 'until', 'skip'];
/** How commands end that only read. */
export const reads = '0 answered · 2 usage or pipeline error';
/** How commands end that find the workspace in use. */
export const writes = '6 locked by another build';
