// Reads what makes a target's work dear: `rows`, by which answers are kept one by one, and `paid`, by which they cost money.
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import { isAmount, isShare, type PaidDecl } from './paid.ts';
import type { InputDecl, OutputDecl } from './pipeline.ts';
import type { Pointer } from './problem.ts';
import type { RowsDecl } from './rows-decl.ts';
import { name, type Shape } from './shape.ts';
import { suggest } from './suggest.ts';

const rowKeys = ['from', 'to', 'id', 'by', 'error', 'max_attempts', 'allow_errors'];
const paidKeys = ['usd_per_mtok', 'tokens_per_row', 'usd', 'discount'];

/** What `rows:` may refer to. */
export interface RowsOf {
  readonly inputs: readonly InputDecl[];
  readonly outputs: readonly OutputDecl[];
  readonly shape: Shape;
}

/** Reads `rows:`; `from` and `to` must name an input and an output file of the target. */
export function parseRows(value: Json | undefined, at: Pointer, of: RowsOf): RowsDecl | undefined {
  const { shape } = of;
  const map = shape.map(value, at, rowKeys);
  if (map === undefined) return undefined;
  const from = namedOf(map, 'from', of.inputs, { at, shape });
  const to = namedOf(map, 'to', of.outputs, { at, shape });
  const id = shape.text(map.id, [...at, 'id']);
  if (id === undefined || id.trim() === '')
    shape.wrong(at, `${name(at)} needs "id": the field that names a row in questions and answers`);
  if (to !== undefined && of.outputs.find((o) => o.name === to)?.kind !== 'file')
    shape.wrong([...at, 'to'], `${name([...at, 'to'])}: the answers go to one file, and "${to}" is not one`);
  if (of.outputs.length > 1)
    shape.wrong(
      at,
      `${name(at)}: a target with rows has one output, the answers; it declares ${of.outputs.length}`,
    );
  const maxAttempts = shape.whole(map.max_attempts, [...at, 'max_attempts'], 1) ?? 3;
  const allowErrors = parseAllowed(map.allow_errors, [...at, 'allow_errors'], shape);
  if (from === undefined || to === undefined || id === undefined) return undefined;
  return {
    from,
    to,
    id,
    by: shape.texts1(map.by, [...at, 'by']),
    error: shape.text(map.error, [...at, 'error']) ?? 'error',
    maxAttempts,
    allowErrors,
  };
}

function namedOf(
  map: JsonMap,
  key: 'from' | 'to',
  list: readonly { readonly name: string }[],
  { at, shape }: { readonly at: Pointer; readonly shape: Shape },
): string | undefined {
  const what = key === 'from' ? 'input' : 'output';
  const only = list.length === 1 ? list[0] : undefined;
  const said = shape.text(map[key], [...at, key]);
  if (said === undefined) {
    if (only !== undefined) return only.name;
    shape.wrong(at, `${name(at)} needs "${key}": the ${what} that ${key === 'from' ? 'asks' : 'answers'}`);
    return undefined;
  }
  if (list.some((l) => l.name === said)) return said;
  const names = list.map((l) => l.name).filter((n) => n !== '');
  const near = suggest(said, names);
  shape.problems.error('unknown-reference', [...at, key], `the target has no ${what} named "${said}"`, {
    hint:
      near === undefined ? `it has: ${names.join(', ') || 'none with a name'}` : `did you mean "${near}"?`,
  });
  return undefined;
}

function parseAllowed(value: Json | undefined, at: Pointer, shape: Shape): RowsDecl['allowErrors'] {
  if (value === undefined || value === null) return { count: 0 };
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return { count: value };
  const share = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value) : null;
  if (share !== null && Number(share[1]) <= 100) return { share: Number(share[1]) / 100 };
  shape.wrong(
    at,
    `${name(at)} must be a number of rows or a share such as 0.1%, not ${JSON.stringify(value)}`,
  );
  return { count: 0 };
}

/** Reads `paid:`; `true` declares no price at all. */
export function parsePaid(value: Json | undefined, at: Pointer, shape: Shape): PaidDecl | undefined {
  if (value === true)
    return { usdPerMtok: undefined, tokensPerRow: undefined, usd: undefined, discount: undefined };
  const map = shape.map(value, at, paidKeys);
  if (map === undefined) return undefined;
  const price = shape.map(map.usd_per_mtok, [...at, 'usd_per_mtok'], ['in', 'out']) ?? {};
  const tokens = map.tokens_per_row;
  if (tokens !== undefined && (!isList(tokens) || tokens.length !== 2))
    shape.wrong([...at, 'tokens_per_row'], `${name([...at, 'tokens_per_row'])} must be [sent, received]`);
  const pair = isList(tokens) ? tokens : [];
  return {
    usdPerMtok: amounts([price.in, price.out], [...at, 'usd_per_mtok'], { keys: ['in', 'out'], shape }),
    tokensPerRow: amounts([pair[0], pair[1]], [...at, 'tokens_per_row'], { keys: [0, 1], shape }),
    usd: amount(map.usd, [...at, 'usd'], shape),
    discount: share(map.discount, [...at, 'discount'], shape),
  };
}

/** A share from 0 to 1, or a template that will give one. */
function share(value: Json | undefined, at: Pointer, shape: Shape): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= 1) return String(value);
  if (typeof value === 'string' && (value.includes('${{') || isShare(value))) return value;
  const shown = isMap(value) || isList(value) ? 'that' : JSON.stringify(value);
  const wanted =
    'must be a share from 0 to 1, such as 0.5 for half the price, or a ${{ config.… }} reference';
  shape.wrong(at, `${name(at)} ${wanted}, not ${shown}`);
  return undefined;
}

/** Two amounts of which one may be left out: that one is 0. */
function amounts(
  [first, second]: readonly [Json | undefined, Json | undefined],
  at: Pointer,
  { keys, shape }: { readonly keys: readonly [string | number, string | number]; readonly shape: Shape },
): readonly [string, string] | undefined {
  const read = [amount(first, [...at, keys[0]], shape), amount(second, [...at, keys[1]], shape)] as const;
  return read[0] === undefined && read[1] === undefined ? undefined : [read[0] ?? '0', read[1] ?? '0'];
}

/** A number that is not negative, or a template that will give one. */
function amount(value: Json | undefined, at: Pointer, shape: Shape): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 0) return String(value);
  if (typeof value === 'string' && (value.includes('${{') || isAmount(value))) return value;
  const shown = isMap(value) || isList(value) ? 'that' : JSON.stringify(value);
  shape.wrong(at, `${name(at)} must be a number of at least 0 or a \${{ config.… }} reference, not ${shown}`);
  return undefined;
}

/** Reads `budget:`; the US dollars that one build may spend without asking. */
export function parseBudget(value: Json | undefined, shape: Shape): number | undefined {
  const map = shape.map(value, ['budget'], ['usd']);
  if (map === undefined || map.usd === undefined || map.usd === null) return undefined;
  if (typeof map.usd === 'number' && map.usd >= 0) return map.usd;
  shape.wrong(['budget', 'usd'], `budget.usd must be a number of at least 0, not ${JSON.stringify(map.usd)}`);
  return undefined;
}
