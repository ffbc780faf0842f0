// Preferences are how often each model's answers were found better, and how far the judge looked at the place instead.
import { binomialCdf } from '../stats/binomial.ts';
import type { Interval } from '../stats/terms.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { isSame, type Judgement } from './judgement.ts';

export interface Rate {
  readonly count: number;
  readonly of: number;
  /** null where there is nothing to count. */
  readonly rate: number | null;
  readonly ci: Interval | null;
}

export interface ModelPreference {
  readonly model: string;
  readonly pairs: number;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Wins among the pairs that were decided. */
  readonly win_rate: Rate;
  /** Wins and half of the ties, among all pairs. */
  readonly score: number | null;
}

export interface DuelPreference {
  readonly model_a: string;
  readonly model_b: string;
  readonly wins_a: number;
  readonly wins_b: number;
  readonly ties: number;
  readonly win_rate_a: Rate;
}

/** preferences.json. */
export interface Preferences {
  readonly schema_version: 2;
  readonly settings: { readonly alpha: number };
  readonly counts: {
    readonly pairs: number;
    /** Both answers are one text: a tie that nobody was asked for. */
    readonly same: number;
    /** Pairs of which an order has no answer that can be read; left out of everything below. */
    readonly unreadable: number;
    readonly judged: number;
    /** Judged pairs in which both orders say the same. */
    readonly consistent: number;
  };
  readonly position: {
    /** The answer that stands first, among the judgements that prefer one; two judgements a pair. */
    readonly first: Rate;
    readonly ties: number;
    /** Pairs in which the first, or the second, place was preferred in both orders. */
    readonly both_first: number;
    readonly both_second: number;
    readonly p: number;
  };
  /** From the highest score down. */
  readonly models: readonly ModelPreference[];
  readonly duels: readonly DuelPreference[];
  readonly methods: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const METHODS = {
  verdict: 'A pair counts for a side when both orders name it; otherwise it is a tie.',
  win_rate: 'Wins / (wins + losses) with the Wilson (1927) score interval; ties are shown beside it.',
  score: '(wins + ties / 2) / pairs.',
  position:
    'p: exact two-sided sign test of the pairs whose preference stays with the place when the order is turned.',
  dependence:
    'Pairs of one question are not independent of each other; the intervals take them as if they were.',
};

/** A share with its interval. */
export function rateOf(count: number, of: number, alpha: number): Rate {
  if (of === 0) return { count, of, rate: null, ci: null };
  return { count, of, rate: count / of, ci: wilsonInterval(count, of, alpha) };
}

function positionOf(judged: readonly Judgement[], alpha: number): Preferences['position'] {
  let first = 0;
  let second = 0;
  let ties = 0;
  let bothFirst = 0;
  let bothSecond = 0;
  for (const { ab, ba } of judged) {
    for (const [side, home] of [
      [ab, 'a'],
      [ba, 'b'],
    ] as const) {
      if (side === 'tie') ties += 1;
      else if (side === home) first += 1;
      else second += 1;
    }
    if (ab === 'a' && ba === 'b') bothFirst += 1;
    if (ab === 'b' && ba === 'a') bothSecond += 1;
  }
  const turned = bothFirst + bothSecond;
  const p = Math.min(1, 2 * binomialCdf(Math.min(bothFirst, bothSecond), turned, 0.5));
  const rate = rateOf(first, first + second, alpha);
  return { first: rate, ties, both_first: bothFirst, both_second: bothSecond, p: turned === 0 ? 1 : p };
}

interface Tally {
  wins: number;
  losses: number;
  ties: number;
}

function count(tallies: Map<string, Tally>, key: string, outcome: keyof Tally): void {
  const tally = tallies.get(key) ?? { wins: 0, losses: 0, ties: 0 };
  tally[outcome] += 1;
  tallies.set(key, tally);
}

/** Counts every verdict for both of its models, and for their duel under the name that comes first. */
function tallyOf(judgements: readonly Judgement[]): {
  models: Map<string, Tally>;
  duels: Map<string, Tally>;
} {
  const models = new Map<string, Tally>();
  const duels = new Map<string, Tally>();
  for (const { model_a, model_b, verdict } of judgements) {
    const forA = verdict === 'tie' ? 'ties' : verdict === 'a' ? 'wins' : 'losses';
    const forB = verdict === 'tie' ? 'ties' : verdict === 'a' ? 'losses' : 'wins';
    count(models, model_a, forA);
    count(models, model_b, forB);
    const inOrder = model_a < model_b;
    const duel = inOrder ? `${model_a}\n${model_b}` : `${model_b}\n${model_a}`;
    count(duels, duel, inOrder ? forA : forB);
  }
  return { models, duels };
}

/** Computes the document. @param alpha one minus the confidence level */
export function preferencesOf(judgements: readonly Judgement[], alpha: number): Preferences {
  const known = judgements.filter(({ verdict }) => verdict !== null);
  const judged = known.filter((judgement) => !isSame(judgement));
  const { models, duels } = tallyOf(known);
  const ranked = [...models].map(([model, { wins, losses, ties }]): ModelPreference => {
    const pairs = wins + losses + ties;
    const win_rate = rateOf(wins, wins + losses, alpha);
    return { model, pairs, wins, losses, ties, win_rate, score: (wins + ties / 2) / pairs };
  });
  ranked.sort((x, y) => (y.score ?? 0) - (x.score ?? 0) || (x.model < y.model ? -1 : 1));
  const unreadable = judgements.length - known.length;
  return {
    schema_version: 2,
    settings: { alpha },
    counts: {
      pairs: judgements.length,
      same: known.length - judged.length,
      unreadable,
      judged: judged.length,
      consistent: judged.filter(({ ab, ba }) => ab === ba).length,
    },
    position: positionOf(judged, alpha),
    models: ranked,
    duels: [...duels]
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, { wins, losses, ties }]) => {
        const [model_a = '', model_b = ''] = key.split('\n');
        const win_rate_a = rateOf(wins, wins + losses, alpha);
        return { model_a, model_b, wins_a: wins, wins_b: losses, ties, win_rate_a };
      }),
    methods: METHODS,
    notes: unreadable > 0 ? [`${unreadable} pairs have no judgement that can be read and are left out`] : [],
  };
}
