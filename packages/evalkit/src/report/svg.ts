// An SVG that may stand inside a page draws and does nothing else: no script, no event, no style, nothing from elsewhere.
import { Failure } from '../failure.ts';
import { escapeHtml } from './html.ts';

/** Elements that draw. What is not listed is refused: a, image, foreignObject, script, animations. */
const ELEMENTS = new Set(
  (
    'svg g path line rect circle ellipse polyline polygon text tspan title desc defs clipPath linearGradient ' +
    'radialGradient stop marker mask pattern symbol use'
  ).split(' '),
);

/** Attributes whose words are ids. */
const ID_LISTS = new Set(['aria-labelledby', 'aria-describedby', 'aria-controls']);

/** Attributes of the root that the page sets itself. */
const ROOT_OWN = new Set(['role', 'aria-label', 'aria-labelledby', 'aria-describedby', 'aria-hidden', 'id']);

/** What an SVG is called, and what it shows. */
export interface SvgIdentity {
  readonly path: string;
  /** Put before every id, so that two figures of a page share none. */
  readonly prefix: string;
  readonly alt: string;
}

interface Tag {
  readonly name: string;
  readonly closes: boolean;
  readonly alone: boolean;
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/**
 * Makes an SVG file part of a page: ids are prefixed, comments, classes and the style of the stand-alone picture left out.
 * @throws Failure naming the file and what must not be in it
 */
export function inlineSvg(text: string, { path, prefix, alt }: SvgIdentity): string {
  const refuse = (what: string): never => {
    throw new Failure(`${path}: ${what}; a figure of the report only draws`);
  };
  const source = text
    .replace(/^\ufeff?\s*<\?xml\s[^>]*\?>/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<style(?:\s[^<>]*)?>[^<]*<\/style\s*>/g, '')
    .trim();
  const open: string[] = [];
  const parts: string[] = [];
  let at = 0;
  const tagPattern = /<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>/y;
  while (at < source.length) {
    const next = source.indexOf('<', at);
    const words = source.slice(at, next < 0 ? undefined : next);
    if (words.trim() !== '' && open.length === 0) refuse('has text outside of <svg>');
    parts.push(textPart(words));
    if (next < 0) break;
    tagPattern.lastIndex = next;
    const whole = tagPattern.exec(source)?.[0] ?? refuse(`is not well-formed at character ${next}`);
    const tag = readTag(whole, refuse);
    if (open.length === 0 && (tag.name !== 'svg' || tag.closes || parts.some((part) => part !== '')))
      refuse('is not one <svg>');
    const root = open.length === 0;
    const around = open.at(-1);
    if (!tag.closes && (around === 'title' || around === 'desc'))
      refuse(`has <${tag.name}> in a <${around}>`);
    if (tag.closes) {
      if (open.pop() !== tag.name) refuse(`closes <${tag.name}>, which is not open`);
    } else if (!tag.alone) open.push(tag.name);
    parts.push(writeTag(tag, { prefix, label: root ? alt : undefined }, refuse));
    at = next + whole.length;
  }
  if (open.length > 0 || parts.length === 0) refuse('is not one whole <svg>');
  return parts.join('');
}

/** Text between tags; an entity that XML does not know by itself would be an error in a page. */
function textPart(words: string): string {
  return escapeHtml(decode(words));
}

function decode(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return names[String(name)] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  });
}

type Refuse = (what: string) => never;

function readTag(whole: string, refuse: Refuse): Tag {
  const found = /^<(\/?)([A-Za-z][\w:.-]*)((?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>$/.exec(
    whole,
  );
  if (found === null) return refuse(`has ${whole.slice(0, 40)}, which is no tag of a figure`);
  const [, slash, name = '', attributes = '', end] = found;
  if (!ELEMENTS.has(name)) return refuse(`has <${name}>`);
  const pairs = [...attributes.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
    ([, attribute = '', double, single]) => [attribute, decode(double ?? single ?? '')] as const,
  );
  return { name, closes: slash === '/', alone: end === '/', attributes: pairs };
}

function writeTag(
  { name, closes, alone, attributes }: Tag,
  { prefix, label }: { readonly prefix: string; readonly label: string | undefined },
  refuse: Refuse,
): string {
  if (closes) return `</${name}>`;
  const kept = attributes.flatMap(([attribute, value]) => {
    const lower = attribute.toLowerCase();
    if (lower.startsWith('on')) return refuse(`has the event attribute ${attribute}`);
    if (lower === 'style') return refuse('has a style attribute');
    if (lower === 'class' || (label !== undefined && ROOT_OWN.has(lower))) return [];
    if (lower.startsWith('xmlns')) return [];
    return [`${attribute}="${escapeHtml(withPrefix(attribute, value, { prefix, refuse }))}"`];
  });
  const own = label === undefined ? [] : ['role="img"', `aria-label="${escapeHtml(label)}"`];
  return `<${[name, ...own, ...kept].join(' ')}${alone ? '/' : ''}>`;
}

/** Ids and references to them get the prefix; a reference to anything else is refused. */
function withPrefix(
  attribute: string,
  value: string,
  { prefix, refuse }: { readonly prefix: string; readonly refuse: Refuse },
): string {
  const lower = attribute.toLowerCase();
  if (lower === 'id') return `${prefix}${value}`;
  if (ID_LISTS.has(lower))
    return value
      .split(/\s+/)
      .filter((id) => id !== '')
      .map((id) => `${prefix}${id}`)
      .join(' ');
  if (/^(?:xlink:)?href$|^src$/.test(lower)) {
    if (!value.startsWith('#')) refuse(`refers to ${JSON.stringify(value.slice(0, 60))}`);
    return `#${prefix}${value.slice(1)}`;
  }
  const local = value.replace(/url\(\s*(["']?)#([^)"']*)\1\s*\)/gi, '');
  if (/url\s*\(|@import|javascript:|\\/i.test(local))
    refuse(`refers to ${JSON.stringify(value.slice(0, 60))}`);
  return value.replace(/url\(\s*(["']?)#([^)"']*)\1\s*\)/gi, `url(#${prefix}$2)`);
}
