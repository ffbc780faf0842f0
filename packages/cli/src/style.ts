// Style is the one decision about colour, and text made safe for a terminal: values from data never become control codes.
import kleur from 'kleur';

/** What decides about colour. */
export interface StyleInput {
  readonly when: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTty: boolean;
}

/** Whether a variable that is on when it is set, as `NO_COLOR` or `CI`, is on: empty, `0` and `false` are not. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}

/**
 * Decides about colour, once: --color, then NO_COLOR (when not empty), then FORCE_COLOR and CLICOLOR_FORCE, and else
 * whether it is a terminal that somebody looks at, which it is not with TERM=dumb and in CI.
 */
export function useColor({ when, env, isTty }: StyleInput): boolean {
  if (when !== 'auto') return when === 'always';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return isOn(env.FORCE_COLOR);
  if (isOn(env.CLICOLOR_FORCE)) return true;
  return isTty && env.TERM !== 'dumb' && !isOn(env.CI);
}

/** Colours that do nothing when colour is off. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Makes the colours for one stream. */
export function paint(on: boolean): Paint {
  const via = (color: (text: string) => string) => (text: string) => {
    kleur.enabled = on;
    return color(text);
  };
  return {
    bold: via(kleur.bold),
    dim: via(kleur.dim),
    red: via(kleur.red),
    green: via(kleur.green),
    yellow: via(kleur.yellow),
    cyan: via(kleur.cyan),
  };
}

/** Text from data, with control characters made visible, and those that turn the direction of text or show nothing. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The same where it must be one line: a name that holds a line break cannot begin a line of its own. */
export function oneLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n').replaceAll('\t', ' ');
}

/** A line that a command printed, as a terminal would show it in the end, without its colours; printable. */
export function uncoloured(line: string): string {
  const last = line.slice(line.lastIndexOf('\r', line.length - 2) + 1);
  return printable(last.replace(/\u001b\[[0-9;:]*m/g, ''));
}

/** A duration for people: `340 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(s % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A time nobody takes for exact: no tenths of a second, no seconds from two minutes on. */
export function roundedText(ms: number): string {
  if (ms < 1000) return 'a second';
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return durationText(Math.round(ms / 600_000) * 600_000);
}

/** A size for people: `120 B`, `1.23 kB`, `4.50 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toPrecision(3)} ${units[unit]}`;
}

/** `1 task`, `2 tasks`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
