// A TextWidth is an estimate of how wide a line of sans-serif text is, the same on every machine: no font is measured.

const NARROW = new Set("iljI.,:;'|!`");
const SLIM = new Set('ftr()[]{}-/\\ "*');
const BROAD = new Set('mwMW%@…—→←');

/** Width of one character as a part of the font size; close to Helvetica, rather too wide than too narrow. */
function advance(character: string): number {
  if (NARROW.has(character)) return 0.27;
  if (SLIM.has(character)) return 0.35;
  if (BROAD.has(character)) return 0.95;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x1100) return code >= 0x2060 && code <= 0x206f ? 0 : 1;
  return character >= 'A' && character <= 'Z' ? 0.7 : 0.57;
}

/** The width in pixels. */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let sum = 0;
  for (const character of text) sum += advance(character);
  return Math.ceil(sum * fontSize * (bold ? 1.08 : 1));
}
