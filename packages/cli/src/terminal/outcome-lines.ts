// Outcome lines say what became of a task, or of all tasks of one target: a sentence for a log, a short line for a terminal.
import { type Event, fromSharedText, moneyText, type Outcome, originText, reasonText } from '@evalmake/core';
import { durationText, oneLine, type Paint } from '../style.ts';
import { type Family, goodOf } from './build-state.ts';
import { padTo } from './display-width.ts';
import type { Glyphs } from './glyphs.ts';

/** An event that deals with a task. */
export type OutcomeEvent = Extract<
  Event,
  { event: 'finished' | 'cut-off' | 'rechecked' | 'restored' | 'adopted' | 'blocked' | 'failed' }
>;

interface Told {
  readonly glyph: Exclude<keyof Glyphs, 'full' | 'empty' | 'cut' | 'between'>;
  readonly color: Exclude<keyof Paint, 'bold'>;
  readonly word: string;
  readonly detail: string;
  /** What is said on a terminal where the sign alone would not tell. */
  readonly short?: string;
}

function told(event: OutcomeEvent): Told {
  switch (event.event) {
    case 'finished': {
      const detail = durationText(event.ms) + (event.changed ? '' : ', same content');
      return { glyph: 'done', color: 'green', word: 'done', detail };
    }
    case 'cut-off':
      return { glyph: 'same', color: 'dim', word: 'same', detail: 'its inputs came out equal' };
    case 'restored':
      return {
        glyph: 'done',
        color: 'green',
        word: 'restored',
        detail: `a former result, ${originText(event.origin ?? 'store')}`,
        short: 'restored: ',
      };
    case 'rechecked':
      return event.passed
        ? { glyph: 'done', color: 'green', word: 'checked', detail: '', short: 'checked' }
        : { glyph: 'again', color: 'yellow', word: 'check failed', detail: '', short: 'check failed' };
    case 'adopted': {
      const detail = `because "${oneLine(event.reason)}"`;
      return { glyph: 'done', color: 'yellow', word: 'adopted', detail, short: 'adopted ' };
    }
    case 'blocked': {
      const detail = event.reasons.map((r) => oneLine(reasonText(r))).join('; ');
      const glyph = event.verdict === 'blocked' ? 'left' : event.verdict;
      const color = event.verdict === 'ask' ? 'red' : 'yellow';
      return { glyph, color, word: event.verdict, detail, short: `${event.verdict}: ` };
    }
    case 'failed':
      return event.reason === 'stopped'
        ? { glyph: 'left', color: 'yellow', word: 'stopped', detail: '', short: 'stopped' }
        : { glyph: 'failed', color: 'red', word: 'FAILED', detail: oneLine(event.message) };
    default:
      return event satisfies never;
  }
}

/** `[3/32] done prepare 1.2 s`: for a log. */
export function plainLine(event: OutcomeEvent, counter: string, paint: Paint): string {
  const { word, color, detail } = told(event);
  // What failed must be read, everything else may be dim.
  const shown = event.event === 'failed' ? detail : paint.dim(detail);
  return `${paint.dim(counter)} ${paint[color](word)} ${oneLine(event.task)} ${detail === '' ? '' : shown}`.trimEnd();
}

/** How the lines of a terminal are drawn. */
export interface LineLook {
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  readonly nameWidth: number;
}

/** `✓ prepare   1.2 s`: for a terminal. */
export function terminalLine(event: OutcomeEvent, look: LineLook): string {
  const { glyph, color, detail, short = '' } = told(event);
  const text = event.event === 'failed' ? `${short}${detail}` : look.paint.dim(`${short}${detail}`);
  return signed(look, glyph, {
    color,
    name: oneLine(event.task),
    text: `${short}${detail}` === '' ? '' : text,
  });
}

/** `✓ score   120/120   11.0 s`: all tasks of a target in one line, when the last of them is dealt with. */
export function familyLine(family: Family, look: LineLook): string {
  const n = (outcome: Outcome): number => family.outcomes[outcome] ?? 0;
  const good = goodOf(family);
  const size = Math.max(family.size, family.settled);
  const ran = n('ran');
  const took = ran > 0 && family.sinceMs !== undefined ? durationText(family.lastMs - family.sinceMs) : '';
  const parts = [
    took,
    ran > 0 && family.unchanged ? 'same content' : '',
    ...(
      [
        ['cut-off', 'cut off'],
        ['restored', `restored${fromSharedText(family.shared.size, n('restored'))}`],
        ['rechecked', 'checked'],
        ['failed', 'failed'],
        ['blocked', 'blocked'],
        ['ask', 'to decide'],
        ['waiting', 'waiting'],
        ['stopped', 'stopped'],
      ] as const
    ).map(([outcome, words]) => (n(outcome) === 0 ? '' : `${n(outcome)} ${words}`)),
    size > family.settled ? `${size - family.settled} not started` : '',
    family.paid > 0 ? moneyText(family.paid) : '',
  ].filter((part) => part !== '');
  const failed = n('failed') > 0;
  const glyph = failed ? 'failed' : good < size ? 'left' : ran + n('restored') > 0 ? 'done' : 'same';
  const color = failed ? 'red' : good < size ? 'yellow' : glyph === 'done' ? 'green' : 'dim';
  const text = `${`${good}/${size}`.padEnd(8)} ${look.paint.dim(parts.join(', '))}`;
  return signed(look, glyph, { color, name: oneLine(family.target), text });
}

interface Signed {
  readonly color: Told['color'];
  readonly name: string;
  readonly text: string;
}

function signed(
  { paint, glyphs, nameWidth }: LineLook,
  glyph: Told['glyph'],
  { color, name, text }: Signed,
): string {
  const sign = paint[color](padTo(glyphs[glyph], glyphs.done.length));
  return `${sign} ${text === '' ? name : padTo(name, nameWidth)} ${text}`.trimEnd();
}
