// A Format writes a number for people: counts, durations, sizes, money, moments, digests. The same everywhere, and by no locale.
import { money, moneyText } from '@evalmake/core/money';

/** `1,824`. */
export function number(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 task`, `1,824 tasks`. */
export function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** `340ms`, `12.3s`, `4m05s`, `2h10m`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const s = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  return `${number(Math.floor(s / 3600))}h${two(Math.floor((s % 3600) / 60))}m`;
}

/** `120 B`, `1.23 kB`, `4.50 MB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < 4) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toPrecision(3)} ${' kMGT'[unit]}B`;
}

/** `$84.10`. */
export function usd(amount: number): string {
  return moneyText(money(amount)).replace(/\d{4,}(?=\.)/, (whole) => number(Number(whole)));
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `20 Nov 2026, 11:42` of a moment in UTC; what is no moment stays as it is. */
export function moment(at: string): string {
  const [, year, month, day, time] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(at) ?? [];
  if (time === undefined) return at;
  return `${Number(day)} ${months[Number(month) - 1]} ${year}, ${time}`;
}

/** The first digits of a digest. */
export function short(sha256: string): string {
  return sha256.slice(0, 10);
}

/** `2 runs, 1 failed` and so on: what is zero is left out. */
export function listing(items: readonly (readonly [n: number, word: string])[]): string {
  return items.flatMap(([n, word]) => (n > 0 ? [`${number(n)} ${word}`] : [])).join(' · ');
}

/** At most so many characters. */
export function cut(text: string, most: number): string {
  const characters = [...text.slice(0, most * 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
