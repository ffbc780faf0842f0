// A code change is one that leaves what was asked for as it was: another command, script, tool or environment.
import type { ReasonCode } from './reason.ts';

const words: Partial<Record<ReasonCode, string>> = {
  'command-changed': 'its command',
  'script-changed': 'its script',
  'tool-changed': 'its tool',
  'env-changed': 'its environment',
};

/** What of the code a reason says has changed, in words; undefined when it says something else. */
export function codeWord(code: ReasonCode): string | undefined {
  return words[code];
}
