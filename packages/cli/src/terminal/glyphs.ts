// Glyphs are the signs that stand for states, in Unicode, and in ASCII for terminals that know no other.

/** One set of signs; each takes as many columns as it has characters. */
export interface Glyphs {
  readonly done: string;
  readonly same: string;
  readonly failed: string;
  readonly again: string;
  readonly running: string;
  readonly waiting: string;
  readonly ask: string;
  readonly left: string;
  readonly full: string;
  readonly empty: string;
  readonly cut: string;
  readonly between: string;
}

export const unicodeGlyphs: Glyphs = {
  done: '✓',
  same: '≡',
  failed: '✗',
  again: '↻',
  running: '▸',
  waiting: '◌',
  ask: '?',
  left: '–',
  full: '█',
  empty: '░',
  cut: '…',
  between: ' · ',
};

export const asciiGlyphs: Glyphs = {
  done: 'ok',
  same: '=',
  failed: 'x',
  again: '~',
  running: '>',
  waiting: '.',
  ask: '?',
  left: '-',
  full: '#',
  empty: '.',
  cut: '..',
  between: ', ',
};

const plainer: Readonly<Record<string, string>> = { '…': '...', '→': '->', '·': '-', '–': '-', '│': '|' };

/** Text of ours in ASCII; what comes from data stays as it is. */
export function ascii(text: string): string {
  return text.replace(/[…→·–│]/g, (sign) => plainer[sign] as string);
}

/** Whether the locale says that the terminal shows UTF-8. */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => (value ?? '') !== '');
  return /utf-?8/i.test(locale ?? '');
}
