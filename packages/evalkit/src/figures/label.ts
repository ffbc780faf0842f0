// A Label is a name or a number as it stands in a figure: short, printable, the same on every machine.
import { roundNumber } from '../json-out.ts';
import { count, fixed, METRIC_NAMES, TYPE_NAMES } from '../report/format.ts';
import type { Interval, Metric, QuestionType } from '../results.ts';

const LONGEST = 28;
/** What no name may bring into a picture: control characters, marks that turn the direction of text, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\uFFFE\uFFFF]+/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/u;
const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A name from a configuration as one short line; its end is kept, since names of a series differ there. */
export function shortName(name: string, longest = LONGEST): string {
  const clean = name.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  const all = Array.from(letters.segment(clean.slice(0, 4096)), ({ segment }) => segment.slice(0, 8));
  const tail = Math.floor((longest - 1) / 3);
  const short =
    all.length <= longest
      ? all.join('')
      : `${all.slice(0, longest - 1 - tail).join('')}…${all.slice(-tail).join('')}`;
  if (short === '') return '(no name)';
  return RIGHT_TO_LEFT.test(short) ? `\u2068${short}\u2069` : short;
}

/** Short names that still differ from each other, by the full name. */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of names) {
    const short = shortName(name);
    let label = short;
    for (let i = 2; taken.has(label); i += 1) label = `${short} (${i})`;
    taken.add(label);
    labels.set(name, label);
  }
  return labels;
}

/** `control (base)`: the condition that others are compared with; its name only where it says more. */
export function controlName(name: string): string {
  const short = shortName(name);
  return short === 'control' ? short : `control (${short})`;
}

/** `false answers`: a metric inside a sentence. */
export function metricName(metric: Metric): string {
  return METRIC_NAMES[metric] ?? shortName(metric);
}

/** `False answers`: a metric as the label of a row. */
export function metricLabel(metric: Metric): string {
  const name = metricName(metric);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `Open-book questions, temperature 0.0`: the heading of a panel. */
export function placeLabel(type: QuestionType, temp: string): string {
  const name = TYPE_NAMES[type];
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} questions, temperature ${shortName(temp)}`;
}

/** A share as a number of percentage points, to plot. */
export function inPoints(share: number): number {
  return roundNumber(100 * share);
}

/** `+3.7`, `−26.8`: percentage points as text, with a true minus sign. */
export function signed(share: number): string {
  const text = fixed(100 * share, 1);
  return Number(text) > 0 ? `+${text}` : text.replace('-', '−');
}

/** `[−35.0, −18.7]` */
export function signedInterval(interval: Interval): string {
  return `[${signed(interval.low)}, ${signed(interval.high)}]`;
}

/** `95 %`: the level of an interval. */
export function levelOf(alpha: number): string {
  return `${Number((100 * (1 - alpha)).toPrecision(6))} %`;
}

/** A number with three significant digits and commas: 0.0289812 -> 0.0290, 372376 -> 372,376. */
export function amount(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return count(Math.round(value));
  const text = value.toPrecision(3);
  return (text.includes('e') ? String(Number(text)) : text).replace('-', '−');
}
