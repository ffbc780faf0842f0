// A protocol line tells the build tool that runs a phase what happens, on stderr; a person does not get to see it.
import { underEvalmake } from '../phase.ts';

function say(line: string): void {
  if (underEvalmake()) process.stderr.write(`evalmake:${line.replaceAll('\n', ' ')}\n`);
}

/** A remote job that this attempt is attached to. */
export function sayJob(provider: string, id: string): void {
  say(`job provider=${provider} id=${id}`);
}

/** How many rows are done. */
export function sayProgress(done: number, total: number, text: string): void {
  say(`progress ${done}/${total} ${text}`);
}

/** Something a person should know, which stops nothing; it is shown without a build tool, too. */
export function sayWarning(text: string): void {
  if (underEvalmake()) say(`warn ${text}`);
  else process.stderr.write(`warning: ${text}\n`);
}

export interface Payment {
  readonly usd: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Names the payment, so that a line that is said twice counts once; null for what costs nothing. */
  readonly id: string | null;
}

/** What was billed. The line is repeated at each run, because it is not known whether it was heard. */
export function sayPayment({ usd, promptTokens, completionTokens, id }: Payment): void {
  const amount = Number(usd.toPrecision(10));
  say(`cost usd=${amount} in=${promptTokens} out=${completionTokens}${id === null ? '' : ` id=${id}`}`);
}
