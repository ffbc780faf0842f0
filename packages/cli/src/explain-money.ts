// The money of a plan in words: a line per paid target with its rows and price, and one line of sums.
import {
  type EndMoney,
  enoughText,
  type MoneyDocument,
  money,
  moneyText,
  type TargetMoneyDocument,
} from '@evalmake/core';
import { count } from './style.ts';

const dollars = (usd: number): string => moneyText(money(usd));

/** The lines about money below a plan; none when it has nothing to say of costs or savings. */
export function moneyLines(made: MoneyDocument | undefined): string[] {
  if (made === undefined) return [];
  const told = made.targets.filter((t) => t.atMostUsd > 0 || t.unknown || t.savesUsd > 0 || isFree(t));
  if (told.length === 0) return [];
  return [
    ...told.map((t) => `${t.target}: ${targetText(t)}`),
    `${sumText(made)}${limitText(made)}`,
    ...consent(made),
  ];
}

/** Whether its price is 0 and known to be: it is said, since a price that nobody knows is not shown as a number. */
function isFree({ rows, usdPerRow, usdPerRun, atMostUsd }: TargetMoneyDocument): boolean {
  return atMostUsd === 0 && usdPerRun === 0 && (rows === undefined || usdPerRow === 0);
}

function targetText(made: TargetMoneyDocument): string {
  const { knownUsd, atMostUsd, unknown, unpriced, rows = 1, reused = 0, savesUsd } = made;
  const parts = knownUsd > 0 || (isFree(made) && rows > 0) ? [knownText(made)] : [];
  if (parts.length === 0 && atMostUsd === 0 && !unknown)
    parts.push(isFree(made) ? 'its price is $0' : 'no row to ask');
  const between = atMostUsd > knownUsd;
  if (between) parts.push(`at most ${dollars(atMostUsd)}, decided by what is built before${free(made)}`);
  if (unpriced) parts.push('"paid" does not tell what it costs');
  else if (unknown) {
    const first = made.rows === undefined ? 'its set is known' : 'its rows are there';
    parts.push(`what it will cost is not known before ${first}${between ? '' : free(made)}`);
  }
  const saves = savesUsd > 0 ? `: saves ${dollars(savesUsd)}` : '';
  const reuse = reused > 0 ? ` (${reused} reused${saves})` : '';
  return `${parts.join('; ')}${reuse}`;
}

/** What has to be built before it is known, where that is free. */
function free({ freeBefore }: TargetMoneyDocument): string {
  return freeBefore === undefined ? '' : `: \`evalmake build ${freeBefore.join(' ')}\` is free and tells`;
}

/** `40 rows x $0.00012 = $0.0048`, corrected by what was paid last time. */
function knownText({
  rows,
  tasks,
  usdPerRow,
  usdPerRun,
  knownUsd,
  atMostUsd,
  accuracy,
  discount = 0,
}: TargetMoneyDocument): string {
  const factors: string[] = [];
  if (rows !== undefined && usdPerRow !== undefined && (usdPerRow > 0 || usdPerRun === 0))
    factors.push(`${count(rows, 'row')} x ${dollars(usdPerRow)}`);
  if (usdPerRun !== undefined && (usdPerRun > 0 || rows === undefined)) {
    if (rows === undefined && knownUsd === atMostUsd)
      factors.push(`${count(tasks, 'run')} x ${dollars(usdPerRun)}`);
    else factors.push(`${dollars(usdPerRun)} per run`);
  }
  const sum = dollars(knownUsd);
  const off = discount > 0 && knownUsd > 0 ? ` (${Math.round(discount * 1000) / 10} % off)` : '';
  const product = factors.length === 0 ? `${sum}${off}` : `${factors.join(' and ')}${off} = ${sum}`;
  return knownUsd === 0 ? product : `${product}${accuracyText(accuracy)}`;
}

function accuracyText(accuracy: number): string {
  const percent = Math.round(Math.abs(accuracy - 1) * 100);
  if (percent === 0) return '';
  return `, since its estimates were ${percent} % too ${accuracy > 1 ? 'low' : 'high'} last time`;
}

function sumText(made: MoneyDocument): string {
  const { knownUsd, atMostUsd, targets } = made;
  const most = [
    ...(atMostUsd > knownUsd ? [`at most ${dollars(atMostUsd)}`] : []),
    ...(asksLater(made) ? ['and what is not known yet'] : []),
    ...(targets.some((t) => t.unpriced) ? ['and what has no price'] : []),
  ];
  return `this build would spend ${dollars(knownUsd)}${most.length === 0 ? '' : ` (${most.join(' ')})`}`;
}

/** Whether some of it has a price and nobody knows for how many rows: it is held against the limit when they are there. */
function asksLater({ targets }: MoneyDocument): boolean {
  return targets.some((t) => t.unknown && t.unpriced !== true);
}

/** What may be spent; nothing where nothing is held against it. */
function limitText(made: MoneyDocument): string {
  const { limitUsd, atMostUsd } = made;
  if (atMostUsd === 0 && !asksLater(made)) return '';
  if (limitUsd === null) return '; without a limit';
  return limitUsd === 0 ? '; nothing may be spent without consent' : `; budget ${dollars(limitUsd)}`;
}

function consent({ asks, atMostUsd }: MoneyDocument): string[] {
  return asks && atMostUsd > 0 ? [`→ to consent: evalmake --max-usd ${enoughText(money(atMostUsd))} …`] : [];
}

/** The question before a build that would spend more than it may. */
export function consentQuestion(made: MoneyDocument): string {
  const { knownUsd, atMostUsd } = made;
  const more = asksLater(made) ? '; what is not known yet will ask again' : '';
  return `This build would spend about ${dollars(knownUsd)} (at most ${dollars(atMostUsd)}${more}). Go on? [y/N] `;
}

/** What a build paid and spared, for its closing line. */
export function endMoneyText(made: EndMoney | undefined): string {
  const parts = [
    ...(made !== undefined && made.spentUsd > 0 ? [`spent ${dollars(made.spentUsd)}`] : []),
    ...(made !== undefined && made.savedUsd > 0 ? [`saved ${dollars(made.savedUsd)}`] : []),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}
