// A download is the body of result rows on its way out, which faults may spoil.
import { type FaultPlace, numberParam } from './fault.ts';
import type { FaultList } from './fault-list.ts';

export interface Download {
  readonly body: Buffer;
  /** What the header Content-Length says; when it is more than is sent, the connection ends early. */
  readonly contentLength: number;
}

function foreign(line: string, number: number): string {
  const row = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({ ...row, custom_id: `foreign-${number}` });
}

/** The lines of a body, changed by the row faults that strike. */
function spoiledLines(lines: readonly string[], place: FaultPlace, faults: FaultList): readonly string[] {
  let left = lines;
  const drop = faults.take(['drop-rows'], place);
  if (drop !== undefined) left = left.slice(numberParam(drop, 'count', 1));
  const twice = faults.take(['duplicate-rows'], place);
  if (twice !== undefined) left = [...left, ...left.slice(0, numberParam(twice, 'count', 1))];
  const strange = faults.take(['foreign-rows'], place);
  const model = left[0];
  if (strange !== undefined && model !== undefined) {
    const count = numberParam(strange, 'count', 1);
    left = [...left, ...Array.from({ length: count }, (_, index) => foreign(model, index + 1))];
  }
  if (faults.take(['reorder-rows'], place) !== undefined) left = [...left].reverse();
  return left;
}

/** What is sent for a body of result rows. */
export function spoiled(body: Buffer, place: FaultPlace, faults: FaultList): Download {
  const text = body.toString('utf8');
  const lines = text.split('\n').slice(0, -1);
  const after = spoiledLines(lines, place, faults);
  const whole = after === lines ? body : Buffer.from(after.map((line) => `${line}\n`).join(''));
  const cut = faults.take(['truncate'], place);
  if (cut !== undefined) {
    const part = whole.subarray(0, numberParam(cut, 'bytes', Math.floor(whole.length / 2)));
    return { body: part, contentLength: part.length };
  }
  const wrong = faults.take(['wrong-length'], place);
  const extra = wrong === undefined ? 0 : numberParam(wrong, 'extra', 100);
  return { body: whole, contentLength: whole.length + extra };
}
