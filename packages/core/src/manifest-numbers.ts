// Large numbers of other programs: integers that JavaScript would round on the way through a manifest are carried as text.

/** Marks the text of such a number. No key and no text of a sane program begins with a NUL. */
const mark = '\\u0000integer:';
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * Puts integers that would be rounded into marked texts.
 * @param json a JSON text
 */
export function holdIntegers(json: string): string {
  if (!/\d{16}/.test(json)) return json;
  return json.replace(token, (t) =>
    /^-?[1-9]\d{15,}$/.test(t) && String(Number(t)) !== t ? `"${mark}${t}"` : t,
  );
}

/**
 * Turns marked texts into the integers they were.
 * @param json what JSON.stringify made
 */
export function releaseIntegers(json: string): string {
  return json.includes(mark) ? json.replace(/"\\u0000integer:(-?[1-9]\d{15,})"(?!:)/g, '$1') : json;
}
