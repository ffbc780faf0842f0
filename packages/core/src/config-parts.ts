// Config parts: the leaves of a config below a key, as labels and texts of which equal ones mean equal values.
import { type Config, lookup, scalarText } from './config.ts';
import { canonical, isList, isMap, type Json } from './json.ts';

/**
 * The leaves below a declared key: maps are opened, lists of maps by index; a list of scalars is one leaf. A key that is
 * not there gives nothing: missing is not null.
 * @param config the whole config
 * @param key a dotted key; `*` for everything
 * @returns pairs of a dotted label and the canonical text of the value
 */
export function configParts(config: Config, key: string): [string, string][] {
  const out: [string, string][] = [];
  const open = (value: Json, at: readonly string[], label: string): void => {
    if (isMap(value) && Object.keys(value).length > 0) {
      for (const k of Object.keys(value)) {
        const step = quotedStep(k);
        open(value[k] as Json, [...at, k], label === '' ? step : `${label}.${step}`);
      }
    } else if (isList(value) && value.some((v) => isMap(v) || isList(v))) {
      for (const [i, v] of value.entries()) open(v, [...at, String(i)], `${label}.${i}`);
    } else out.push([label, leafText(config, at, value)]);
  };
  if (key === '*') {
    if (Object.keys(config.value).length > 0) open(config.value, [], '');
    return out;
  }
  const path = key.split('.');
  const value = lookup(config.value, path);
  if (value !== undefined) open(value, path, key);
  return out;
}

/** A key with a dot in it, or one that looks like an index, is quoted: two places never share a label. */
function quotedStep(key: string): string {
  return /[."]|^\d+$/.test(key) ? JSON.stringify(key) : key;
}

function leafText(config: Config, at: readonly string[], value: Json): string {
  if (typeof value === 'number') return exactText(value, scalarText(config, at, value));
  if (!isList(value) || !value.some((v) => typeof v === 'number')) return canonical(value);
  const items = value.map((v, i) =>
    typeof v === 'number' ? exactText(v, scalarText(config, [...at, String(i)], v)) : canonical(v),
  );
  return `[${items.join(',')}]`;
}

/**
 * The canonical text of a scalar; a number that JSON would round (a seed of 20 digits) is told by its own digits, since
 * the command gets them as they are written.
 * @param value the value as JSON
 * @param text the value as it stands in the source
 */
export function exactText(value: Json, text: string): string {
  const json = canonical(value);
  if (typeof value !== 'number' || text === json) return json;
  const written = decimal(text);
  return written === undefined || written === decimal(json) ? json : written;
}

/** The digits and the exponent of a decimal number without needless zeros; 1.0 and 1e0 are one. */
function decimal(text: string): string | undefined {
  const match = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text.replaceAll('_', ''));
  if (match === null) return undefined;
  const [, sign, whole, fraction, exponent] = match as unknown as string[];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const bare = digits.replace(/0+$/, '');
  if (bare === '') return '0';
  const shift = Number(exponent ?? 0) - (fraction as string).length + (digits.length - bare.length);
  return `${sign === '-' ? '-' : ''}${bare}e${shift}`;
}
