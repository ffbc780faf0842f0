// Resampling against R's boot on equal footing: the resamples are handed over, so that no chance is left.
import { acceleration, bcaInterval, percentileInterval } from 'evalkit/stats/bca';
import { bootstrapRatio } from 'evalkit/stats/bootstrap';
import { clusterSums } from 'evalkit/stats/cluster-robust';
import { type CostCloud, costCloud, icer } from 'evalkit/stats/cost-plane';
import { RandomStream } from 'evalkit/stats/random';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden, metReference, same } from './golden.ts';
import { ListedStream } from './listed-stream.ts';

interface Bca {
  readonly top: number[];
  readonly bottom: number[];
  readonly estimate: number;
  readonly replicates: number[];
  readonly acceleration: number;
  readonly boot_acceleration: number;
  readonly low: number;
  readonly high: number;
  readonly boot_low: number;
  readonly boot_high: number;
  readonly around_low: [number, number];
  readonly around_high: [number, number];
}

type Shares = Record<'dominant' | 'dominated' | 'dearer' | 'cheaper', number>;

interface Plane {
  readonly cost: number[];
  readonly effect: number[];
  readonly items: number[];
  readonly draws: number[];
  readonly cost_ci: [number, number];
  readonly effect_ci: [number, number];
  readonly icer: number;
  readonly shares: Shares;
  readonly curve: { lambda: number; probability: number }[];
  readonly benefit: { lambda: number; nmb: number; probability: number; low: number; high: number }[];
}

interface Drawn {
  readonly y: number[];
  readonly cluster: number[];
  readonly draws: number[];
  readonly estimate: number;
  readonly replicates: number[];
  readonly jackknife: number[];
  readonly low: number;
  readonly high: number;
}

const r = golden<{ mean: Bca; clusters: Bca; drawn: Drawn; plane: Plane; thirds: { shares: Shares } }>(
  'resampling',
);

test('the cluster bootstrap draws whole clusters: each replicate, and the percentiles', () => {
  const { y, cluster, draws, ...expected } = r.drawn;
  const clusters = Math.max(...cluster) + 1;
  const { sums, counts } = clusterSums({
    values: Float64Array.from(y),
    cluster: Int32Array.from(cluster),
    clusters,
  });
  const samples = draws.length / clusters;
  const found = bootstrapRatio(sums, counts, { samples, stream: new ListedStream(draws) });
  const method = 'cluster bootstrap';
  assert.equal([found.replicates.length, found.jackknife.length], [expected.replicates.length, clusters]);
  same(method, found.estimate, expected.estimate);
  expected.replicates.forEach((value, i) => {
    same(method, found.replicates[i], value, { what: `replicate ${i}`, unit: 0.01 });
  });
  expected.jackknife.forEach((value, i) => {
    same(method, found.jackknife[i], value, { what: `without cluster ${i}` });
  });
  const { low, high } = percentileInterval(found.replicates, 0.05);
  same(method, low, expected.low, { unit: 0.01 });
  same(method, high, expected.high);
});

test('BCa: acceleration and end points of a mean and of a clustered mean', () => {
  for (const expected of [r.mean, r.clusters]) {
    const draw = { samples: 1, stream: new RandomStream(1, 'replaced by those of R') };
    const own = bootstrapRatio(Float64Array.from(expected.top), Float64Array.from(expected.bottom), draw);
    same('BCa interval', own.estimate, expected.estimate);
    same('BCa interval', acceleration(own.jackknife), expected.acceleration);
    const found = bcaInterval({ ...own, replicates: Float64Array.from(expected.replicates) }, 0.05);
    if (found === null) throw new Error('no interval');
    same('BCa interval', found.low, expected.low);
    same('BCa interval', found.high, expected.high);
    // boot.ci interpolates on the normal scale: it ends between the same neighbours, if not at the same point.
    const within = (x: number, [a, b]: readonly [number, number]): boolean => a <= x && x <= b;
    for (const x of [found.low, expected.boot_low]) assert.ok(within(x, expected.around_low), `${x}`);
    for (const x of [found.high, expected.boot_high]) assert.ok(within(x, expected.around_high), `${x}`);
  }
  // Of a mean, the estimate is the mean of the leave-one-out values, and boot's acceleration is the same.
  same('BCa interval', r.mean.boot_acceleration, r.mean.acceleration);
});

function sameShares(found: CostCloud['shares'], expected: Shares): void {
  const method = 'net benefit and acceptability';
  same(method, found.dominant, expected.dominant);
  same(method, found.dominated, expected.dominated);
  same(method, found['trade-off: better and dearer'], expected.dearer);
  same(method, found['trade-off: worse and cheaper'], expected.cheaper);
}

test('the quadrants of resamples whose effects cancel but for rounding', () => {
  const { cost, items, draws } = r.plane;
  const units = {
    cost: Float64Array.from(cost),
    effect: Float64Array.of(1 - 2 / 3, -1 / 3, 1 / 3 - 2 / 3, 1 / 3),
    items: Float64Array.from(items),
    rounding: { cost: 1e-15, effect: 1e-13 },
  };
  const draw = { samples: draws.length / cost.length, stream: new ListedStream(draws) };
  sameShares(costCloud(units, draw, { alpha: 0.05, lambdas: [] }).shares, r.thirds.shares);
});

test('cost and effect over all resamples of four units', () => {
  const { cost, effect, items, draws } = r.plane;
  const units = {
    cost: Float64Array.from(cost),
    effect: Float64Array.from(effect),
    items: Float64Array.from(items),
  };
  const lambdas = r.plane.benefit.map(({ lambda }) => lambda);
  const samples = draws.length / cost.length;
  const found = costCloud(units, { samples, stream: new ListedStream(draws) }, { alpha: 0.05, lambdas });
  const method = 'net benefit and acceptability';
  same(method, found.costCi.low, r.plane.cost_ci[0]);
  same(method, found.costCi.high, r.plane.cost_ci[1]);
  same(method, found.effectCi.low, r.plane.effect_ci[0]);
  same(method, found.effectCi.high, r.plane.effect_ci[1]);
  sameShares(found.shares, r.plane.shares);
  r.plane.benefit.forEach(({ lambda, nmb, probability, low, high }, i) => {
    const what = `lambda ${lambda}`;
    same(method, found.netBenefit[i]?.nmb, nmb, { what });
    same(method, found.netBenefit[i]?.probability, probability, { what });
    same(method, found.netBenefit[i]?.nmb_ci?.low, low, { what });
    same(method, found.netBenefit[i]?.nmb_ci?.high, high, { what });
  });
  assert.is(found.acceptability.length, r.plane.curve.length);
  r.plane.curve.forEach(({ lambda, probability }, i) => {
    const point = found.acceptability[i];
    same(method, point?.lambda, lambda, { what: 'the grid' });
    same(method, point?.probability, probability, { what: `lambda ${lambda} of the curve` });
  });
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  same(method, icer(sum(cost), sum(effect)), r.plane.icer);
});

metReference(['cluster bootstrap', 'BCa interval', 'net benefit and acceptability']);

test.run();
