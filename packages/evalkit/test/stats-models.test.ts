// Models: quadrature, logistic and linear mixed models, clustered models, against published and computed values.

import { fitGeeLogistic, fitOls } from 'evalkit/stats/clustered-models';
import { gaussHermite } from 'evalkit/stats/gauss-hermite';
import { fitLogisticMixed, type ItemCells } from 'evalkit/stats/glmm';
import { gridLikelihood, itemLikelihood } from 'evalkit/stats/glmm-likelihood';
import { fitLinearMixed } from 'evalkit/stats/lmm';
import { fitLogistic } from 'evalkit/stats/logistic';
import { cholesky, choleskySolve, inverse, logDeterminant, quadraticForm } from 'evalkit/stats/matrix';
import { minimize } from 'evalkit/stats/minimize';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function close(found: number | null | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(
    typeof found === 'number' && Math.abs(found - expected) <= tolerance,
    `${found} should be ${expected} within ${tolerance}`,
  );
}

/** Standard error number j of a row-major covariance. */
function error(covariance: Float64Array | null, j: number): number | undefined {
  if (covariance === null) return undefined;
  return Math.sqrt(covariance[j * Math.sqrt(covariance.length) + j] as number);
}

test('Gauss-Hermite nodes and weights (numpy hermgauss), and the integrals they must give', () => {
  const five = gaussHermite(5);
  close(five.nodes[4], 2.0201828704560856, 1e-14);
  close(five.nodes[3], 0.9585724646138185, 1e-14);
  assert.is(five.nodes[2], 0);
  close(five.weights[2], 0.9453087204829418, 1e-14);
  close(five.weights[4], 0.019953242059045917, 1e-15);
  const forty = gaussHermite(40);
  close(forty.nodes[39], 8.09876113925085, 1e-13);
  close((forty.weights[39] ?? 0) / 2.591043713847034e-29, 1, 1e-10);
  for (const points of [1, 2, 15, 40, 120]) {
    const { nodes, weights } = gaussHermite(points);
    // The integral of x^(2k) exp(-x^2) is Gamma(k + 1/2); the rule is exact for 2k < 2 points.
    let gamma = Math.sqrt(Math.PI);
    for (let k = 0; k < Math.min(points, 6); k += 1) {
      const sum = nodes.reduce((total, x, q) => total + (weights[q] ?? 0) * x ** (2 * k), 0);
      close(sum / gamma, 1, 1e-12);
      gamma *= k + 0.5;
    }
  }
  assert.throws(() => gaussHermite(121), /1 to 120/);
});

test('small matrices: solve, invert, determinant, quadratic form', () => {
  const a = Float64Array.of(4, 2, 0.6, 2, 5, 1, 0.6, 1, 3);
  const factor = cholesky(a, 3);
  assert.ok(factor);
  const x = choleskySolve(factor, Float64Array.of(1, 2, 3));
  [1, 2, 3].forEach((value, i) => {
    close(
      [0, 1, 2].reduce((sum, j) => sum + (a[i * 3 + j] ?? 0) * (x[j] ?? 0), 0),
      value,
      1e-13,
    );
  });
  // 4 (15 - 1) - 2 (6 - 0.6) + 0.6 (2 - 3) by the rule of Sarrus.
  close(logDeterminant(factor, 3), Math.log(56 - 10.8 + 0.6 * (2 - 3)), 1e-12);
  const dotted = x.reduce((sum, value, j) => sum + (j + 1) * value, 0);
  close(quadraticForm(inverse(a, 3) ?? a, Float64Array.of(1, 2, 3)), dotted, 1e-12);
  assert.is(cholesky(Float64Array.of(1, 2, 2, 1), 2), null);
});

test('minimize finds the bottom of a curved valley, with its second derivatives', () => {
  const valley = (x: Float64Array) => {
    const [a, b] = [x[0] as number, x[1] as number];
    return {
      value: (1 - a) ** 2 + 100 * (b - a * a) ** 2,
      gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
    };
  };
  const found = minimize(valley, Float64Array.of(-1.2, 1), Float64Array.of(1, 0, 0, 1));
  assert.ok(found.converged);
  close(found.x[0], 1, 1e-8);
  close(found.x[1], 1, 1e-8);
  [802, -400, -400, 200].forEach((value, at) => {
    close(found.hessian[at], value, 1e-4);
  });
});

const oneRow = [Float64Array.of(1, 0), Float64Array.of(1, 1)];

/** Items with one answer under each of two conditions, from the four counts of their table. */
function pairedItems(both: number, onlySecond: number, onlyFirst: number, neither: number): ItemCells[] {
  const kinds: [number, number, number][] = [
    [1, 1, both],
    [0, 1, onlySecond],
    [1, 0, onlyFirst],
    [0, 0, neither],
  ];
  const cells = kinds.flatMap(([first, second, count]) =>
    Array.from({ length: count }, () => [
      { design: 0, successes: first, trials: 1 },
      { design: 1, successes: second, trials: 1 },
    ]),
  );
  return cells.map((own, cluster) => ({ cells: own, cluster }));
}

test('GLMM acceptance: GSM8K, 175B finetuning against verification, as lme4 gives it', () => {
  // 1319 items, b = 360, c = 76; 382 right under both (the only count that gives sigma 1.703 by Laplace).
  const items = pairedItems(382, 360, 76, 501);
  const expected: [number, number, number, number, number, number][] = [
    // points, estimate, tolerance, standard error, sigma, tolerance of sigma
    [1, 1.40099, 5e-6, 0.11579, 1.703, 5e-4],
    [7, 1.55264, 5e-6, 0.125815, 2.2257, 5e-4],
    [15, 1.55535, 5e-6, 0.126233, 2.2366, 5e-5],
    [25, 1.55537, 5e-6, 0.12624, 2.2366, 5e-5],
  ];
  for (const [points, estimate, tolerance, se, sigma, sigmaTolerance] of expected) {
    const fit = fitLogisticMixed(oneRow, items, { points, checked: false });
    close(fit.beta[1], estimate, tolerance);
    close(error(fit.covariance, 1), se, 5e-6);
    close(fit.sigma, sigma, sigmaTolerance);
    assert.is(fit.patterns, 4);
    assert.ok(fit.converged && !fit.boundary);
  }
  const checked = fitLogisticMixed(oneRow, items, { points: 25, checked: true });
  assert.is(checked.rule, 'adaptive Gauss-Hermite');
  close(checked.beta[1], Math.log(360 / 76), 1e-5);
});

test('GLMM: for two conditions with one answer each the estimate is log(b/c), its error sqrt(1/b + 1/c)', () => {
  const cell = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(
      cell,
      cell,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      (a, d, c, more) => {
        const b = c + more;
        // Positive association, away from the boundary.
        fc.pre(a * d > 1.5 * b * c);
        const fit = fitLogisticMixed(oneRow, pairedItems(a, b, c, d), { points: 25, checked: true });
        const se = Math.sqrt(1 / b + 1 / c);
        assert.ok(fit.converged && !fit.boundary);
        close(fit.beta[1], Math.log(b / c), 2e-4 * se);
        close(error(fit.covariance, 1), se, 1e-3 * se);
      },
    ),
    { numRuns: 60 },
  );
});

test('GLMM: conditions that agree on nearly every item are fitted on equally spaced points', () => {
  // With sigma near 18 the adaptive rule with 25 points is off by 0.46, two thirds of a standard error.
  const items = pairedItems(87, 11, 2, 147);
  const raw = fitLogisticMixed(oneRow, items, { points: 25, checked: false });
  assert.ok(Math.abs((raw.beta[1] ?? 0) - Math.log(5.5)) > 0.3);
  const fit = fitLogisticMixed(oneRow, items, { points: 25, checked: true });
  assert.is(fit.rule, 'equally spaced');
  close(fit.beta[1], Math.log(5.5), 1e-8);
  close(error(fit.covariance, 1), Math.sqrt(1 / 11 + 1 / 2), 1e-6);
  const wider = fitLogisticMixed(oneRow, pairedItems(124, 3, 1, 150), { points: 25, checked: true });
  close(wider.beta[1], Math.log(3), 1e-8);
  assert.ok(wider.sigma > 50);
});

test('GLMM at the boundary: no or negative association gives sigma 0 and the ordinary regression', () => {
  for (const items of [pairedItems(10, 30, 20, 8), pairedItems(12, 12, 12, 12)]) {
    const fit = fitLogisticMixed(oneRow, items, { points: 25, checked: true });
    assert.ok(fit.boundary && fit.converged);
    assert.is(fit.sigma, 0);
    const plain = fitLogistic(
      oneRow,
      items.flatMap((item) => item.cells),
    );
    assert.equal(fit.beta, plain.beta);
    close(error(fit.covariance, 1), error(plain.covariance, 1) ?? 0, 1e-12);
    assert.ok((error(fit.robust, 1) ?? 0) > 0);
  }
});

test('GLMM without a finite estimate says so', () => {
  for (const items of [pairedItems(5, 0, 0, 5), pairedItems(9, 0, 0, 0), pairedItems(0, 5, 0, 5)]) {
    assert.not.ok(fitLogisticMixed(oneRow, items, { points: 25, checked: true }).converged);
  }
});

// Right answers of 12 items (three to a cluster) under control and treatment with one sample, then with three.
const counts = [
  [0, 0, 0, 0],
  [0, 0, 1, 3],
  [1, 0, 1, 2],
  [1, 1, 1, 2],
  [1, 1, 3, 2],
  [0, 1, 0, 1],
  [0, 1, 1, 1],
  [1, 0, 0, 1],
  [0, 1, 0, 3],
  [1, 1, 3, 3],
  [1, 0, 0, 1],
  [0, 0, 1, 1],
];
const fourRows = [
  Float64Array.of(1, 0, 0, 0),
  Float64Array.of(1, 1, 0, 0),
  Float64Array.of(1, 0, 1, 0),
  Float64Array.of(1, 1, 1, 1),
];
const countItems: ItemCells[] = counts.map((row, i) => ({
  cells: row.map((successes, design) => ({ design, successes, trials: design < 2 ? 1 : 3 })),
  cluster: Math.floor(i / 3),
}));

test('GLMM of counts with an interaction: scipy quad integrals maximised by Nelder-Mead', () => {
  const fit = fitLogisticMixed(fourRows, countItems, { points: 25, checked: true });
  [0.0266040533, 0, -1.06834647, 1.3565407].forEach((value, j) => {
    close(fit.beta[j], value, 2e-6);
  });
  close(fit.sigma, 1.2574054226775524, 2e-6);
  close(fit.logLikelihood, -44.506005438594514, 1e-8);
  // Standard errors from differences of the same integrals.
  [0.75340653, 0.92938324, 0.78563165, 1.0964522].forEach((value, j) => {
    close(error(fit.covariance, j), value, 1e-5);
  });
  close(fit.seSigma, 0.46912432, 1e-5);
});

test('GEE and GLM of the same counts (statsmodels 0.15; GEE times sqrt(G / (G - 1)))', () => {
  const fit = fitGeeLogistic(fourRows, countItems);
  [0, 0, -0.820980552, 1.0441241].forEach((value, j) => {
    close(fit.beta[j], value, 1e-8);
  });
  [0.38490018, 0.76980036, 0.10711568, 0.79401742].forEach((value, j) => {
    close(error(fit.covariance, j), value, 1e-7);
  });
  assert.is(fit.df, 3);
  const plain = fitLogistic(
    fourRows,
    countItems.flatMap((item) => item.cells),
  );
  [0.57735027, 0.81649658, 0.6813533, 0.95397885].forEach((value, j) => {
    close(error(plain.covariance, j), value, 1e-7);
  });
});

test('the derivatives of both integrals are those of their values', () => {
  const rule = gaussHermite(7);
  const value = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(value, value, fc.double({ min: 0.2, max: 6, noNaN: true }), fc.nat(3), (e0, e1, sigma, k) => {
      const cells = [
        { design: 0, successes: 1, trials: 1 },
        { design: 1, successes: k, trials: 3 },
      ];
      for (const integral of [
        (p: Float64Array, s: number) => itemLikelihood({ cells, predictors: p, sigma: s }, rule, 0),
        (p: Float64Array, s: number) => gridLikelihood({ cells, predictors: p, sigma: s }, 0),
      ]) {
        const at = integral(Float64Array.of(e0, e1), sigma);
        // The spacing of the grid may change between the two sides, a jump of about 1e-9: no smaller h, then.
        const h = 1e-4;
        const slope = (high: { value: number }, low: { value: number }) => (high.value - low.value) / (2 * h);
        close(
          at.bySigma,
          slope(integral(Float64Array.of(e0, e1), sigma + h), integral(Float64Array.of(e0, e1), sigma - h)),
          1e-4,
        );
        close(
          at.byPredictor[1],
          slope(integral(Float64Array.of(e0, e1 + h), sigma), integral(Float64Array.of(e0, e1 - h), sigma)),
          1e-4,
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('both integrals agree where both are good: moderate sigma, one answer or forty', () => {
  const rule = gaussHermite(100);
  const eta = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(eta, eta, fc.double({ min: 0, max: 2, noNaN: true }), fc.nat(30), (e0, e1, sigma, k) => {
      const cells = [
        { design: 0, successes: k % 11, trials: 10 },
        { design: 1, successes: k, trials: 30 },
        { design: 1, successes: k % 2, trials: 1 },
      ];
      for (const own of [cells, cells.slice(2)]) {
        const model = { cells: own, predictors: Float64Array.of(e0, e1, e1).slice(3 - own.length), sigma };
        const [left, right] = [itemLikelihood(model, rule, 0), gridLikelihood(model, 0)];
        close(left.value, right.value, 1e-6);
        close(left.bySigma, right.bySigma, 1e-4);
      }
    }),
  );
});

// F1, in thousandths, of ten items in five clusters under three conditions; two observations are missing.
const f1: [number, number, number][] = [
  [0, 0, 563],
  [0, 1, 497],
  [0, 2, 674],
  [1, 0, 631],
  [1, 1, 707],
  [1, 2, 891],
  [2, 0, 703],
  [2, 1, 700],
  [2, 2, 805],
  [3, 0, 377],
  [3, 2, 421],
  [4, 0, 195],
  [4, 1, 486],
  [4, 2, 479],
  [5, 0, 113],
  [5, 1, 324],
  [5, 2, 458],
  [6, 0, 383],
  [6, 1, 453],
  [6, 2, 706],
  [7, 0, 480],
  [7, 1, 467],
  [8, 0, 460],
  [8, 1, 673],
  [8, 2, 806],
  [9, 0, 37],
  [9, 1, 222],
  [9, 2, 372],
];
const observations = f1.map(([item, condition, y]) => ({
  item,
  x: Float64Array.of(1, Number(condition === 1), Number(condition === 2)),
  y: y / 1000,
}));

test('LMM by REML (dense matrices in numpy; statsmodels 0.15 MixedLM agrees to 5 digits)', () => {
  const fit = fitLinearMixed(observations);
  assert.ok(fit && !fit.boundary);
  [0.3942, 0.09778825, 0.23242149].forEach((value, j) => {
    close(fit.beta[j], value, 1e-8);
  });
  [0.0606409, 0.03669051, 0.03669051].forEach((value, j) => {
    close(error(fit.covariance, j), value, 1e-7);
  });
  close(fit.sdResidual ** 2, 0.00622678601897741, 1e-9);
  close(fit.sdItem ** 2, 0.030546402821875873, 1e-8);
  close(fit.remlLogLikelihood, 12.6433022952864, 1e-9);
});

test('clustered least squares (statsmodels 0.15 OLS, cov_type cluster)', () => {
  const fit = fitOls(
    observations,
    f1.map(([item]) => Math.floor(item / 2)),
  );
  assert.ok(fit);
  [0.3942, 0.10902222222222213, 0.22935555555555553].forEach((value, j) => {
    close(fit.beta[j], value, 1e-12);
  });
  [0.08778308607015371, 0.047320226345603913, 0.04745348073371292].forEach((value, j) => {
    close(error(fit.covariance, j), value, 1e-12);
  });
});

test('LMM of complete pairs is the paired t test', () => {
  const score = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
  fc.assert(
    fc.property(fc.array(fc.tuple(score, score), { minLength: 5, maxLength: 30 }), (pairs) => {
      const n = pairs.length;
      const data = pairs.flatMap(([first, second], item) => [
        { item, x: Float64Array.of(1, 0), y: first },
        { item, x: Float64Array.of(1, 1), y: second },
      ]);
      const fit = fitLinearMixed(data);
      fc.pre(fit !== null && !fit.boundary);
      const differences = pairs.map(([first, second]) => second - first);
      const mean = differences.reduce((sum, d) => sum + d, 0) / n;
      const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
      fc.pre(variance > 1e-6);
      close(fit?.beta[1], mean, 1e-9);
      close(error(fit?.covariance ?? null, 1), Math.sqrt(variance / n), 1e-6);
      assert.is(fit?.df, n - 1);
    }),
  );
});

test('LMM without variation or with items that oppose each other', () => {
  const flat = [0, 1, 2].flatMap((item) => [
    { item, x: Float64Array.of(1, 0), y: 0.5 },
    { item, x: Float64Array.of(1, 1), y: 0.5 },
  ]);
  assert.is(fitLinearMixed(flat), null);
  const opposed = [0, 1, 2, 3].flatMap((item) => [
    { item, x: Float64Array.of(1, 0), y: item % 2 },
    { item, x: Float64Array.of(1, 1), y: 1 - (item % 2) },
  ]);
  const fit = fitLinearMixed(opposed);
  assert.ok(fit?.boundary);
  assert.is(fit?.sdItem, 0);
});

test.run();
