// A call as it is shown: the words that a run was started with, in one line, so that they could be typed again.
import { type Call, shellWord } from '@evalmake/core';
import { printable } from './style.ts';

/** `evalmake -n --set title='two words'`; nothing for a run whose log does not tell. */
export function shownCall(call: Call | undefined): string {
  return call === undefined
    ? ''
    : ['evalmake', ...call.args].map((word) => printable(shellWord(word))).join(' ');
}
