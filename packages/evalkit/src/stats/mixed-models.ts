// Mixed models: condition effects with an intercept per item, and clustered models beside them as a check.
import { fitGeeLogistic, fitOls } from './clustered-models.ts';
import type { PrimaryKey, Setup } from './experiment-setup.ts';
import { fitLogisticMixed } from './glmm.ts';
import { fitLinearMixed } from './lmm.ts';
import { binomialItems, designRows, f1Observations, type ModelFrame, modelFrame } from './model-data.ts';
import { describeFit, type FitNumbers } from './model-report.ts';
import type { MixedModels, ModelFit, ModelInfo, TypeFits } from './optional-results.ts';
import type { ScoreTable } from './scores.ts';
import type { QuestionType } from './terms.ts';

const METHODS: Readonly<Record<string, string>> = {
  glmm: 'Logistic random-intercept model of right answers (EM), one intercept per item, maximum likelihood by adaptive Gauss-Hermite quadrature, checked on equally spaced points and refitted there when the check fails (widely spread intercepts); Wald z. For two conditions with one answer per item its treatment effect equals log(b/c).',
  gee: 'Logistic model by generalised estimating equations, working independence, sandwich by cluster with G/(G-1), t with G-1 degrees of freedom. Population-averaged, so nearer to 0 than the mixed model.',
  lmm: 'Linear random-intercept model of F1 item means by REML, each temperature for itself (different numbers of samples have different variances); t with the within-item degrees of freedom.',
  ols: 'Least squares of the same F1 data, cluster-robust, t with G-1 degrees of freedom.',
  se_robust:
    'Sandwich standard error by cluster: stays right when samples of one item and condition hang together.',
  boundary:
    'The random-intercept variance is estimated as 0: answers to one item agree no more than by chance. The fit is then the ordinary regression.',
};

export interface MixedTask {
  readonly table: ScoreTable;
  readonly setup: Setup;
  readonly primary: PrimaryKey;
  readonly points: number;
  readonly alpha: number;
}

/** Computes mixed_models.json; the headline is the logistic mixed model of the primary type. */
export function computeMixedModels(task: MixedTask): MixedModels {
  const { table, setup, primary } = task;
  const fits: Partial<Record<QuestionType, TypeFits>> = {};
  const notes = [...setup.notes];
  for (const type of table.types) {
    const frame = modelFrame(table, type, setup);
    for (const note of frame.notes) notes.push(`${type}: ${note}`);
    if (frame.conditions.length < 2) {
      notes.push(`${type}: no treatment has scores at all temperatures of the control; no model is fitted`);
      continue;
    }
    const measured = table.measured(type);
    const em = measured.includes('em');
    const temps = measured.includes('f1') ? frame.temps : [];
    fits[type] = {
      glmm: em ? glmmFit(task, frame) : unmeasured(task, frame),
      gee: em ? geeFit(task, frame) : unmeasured(task, frame),
      lmm: Object.fromEntries(temps.map((temp) => [temp, lmmFit(task, frame, temp)])),
      ols: Object.fromEntries(temps.map((temp) => [temp, olsFit(task, frame, temp)])),
    };
  }
  const headline = table.measured(primary.type).includes('em') ? fits[primary.type]?.glmm : undefined;
  return {
    schema_version: 2,
    model: headline?.model ?? null,
    fixed_effects: headline?.fixed_effects ?? [],
    random_effects: headline?.random_effects ?? [],
    control: setup.control,
    treatments: setup.treatments,
    methods: METHODS,
    fits,
    notes,
  };
}

/** What stands for the models of right answers where the scores hold graded ones only. */
function unmeasured({ alpha }: MixedTask, frame: ModelFrame): ModelFit {
  const info: ModelInfo = {
    name: 'no model',
    type: frame.type,
    outcome: 'em',
    formula: formula(frame, 'em', ''),
    method: 'not fitted',
    observations: 0,
    items: 0,
    clusters: 0,
    log_likelihood: null,
    converged: false,
    boundary: false,
  };
  return describeFit({ info, frame, numbers: null, alpha, random: [], notes: ['em is not measured'] });
}

function formula(frame: Pick<ModelFrame, 'temps'>, outcome: string, random: string): string {
  return `${outcome} ~ condition${frame.temps.length > 1 ? ' * temp' : ''}${random}`;
}

function glmmFit({ table, points, alpha }: MixedTask, frame: ModelFrame): ModelFit {
  const { items, clusters } = binomialItems(table, frame);
  const fit = fitLogisticMixed(designRows(frame), items, { points, checked: true });
  const info: ModelInfo = {
    name: 'logistic random-intercept model',
    type: frame.type,
    outcome: 'em',
    formula: formula(frame, 'em', ' + (1 | item)'),
    method: `maximum likelihood, ${fit.rule} quadrature${fit.rule === 'equally spaced' ? '' : ` with ${points} points`}, ${fit.patterns} response patterns`,
    observations: items.reduce((sum, item) => sum + item.cells.reduce((n, cell) => n + cell.trials, 0), 0),
    items: items.length,
    clusters,
    // Where the search was left is no maximum: neither its height nor a spread of 0 is an estimate.
    log_likelihood: fit.converged ? fit.logLikelihood : null,
    converged: fit.converged,
    boundary: fit.converged && fit.boundary,
  };
  if (!fit.converged) {
    return describeFit({ info, frame, numbers: null, alpha, random: [], notes: [NO_ESTIMATE] });
  }
  const { beta, covariance, robust, sigma, seSigma } = fit;
  const numbers: FitNumbers = { beta, covariance, robust, df: null, logistic: true };
  const sd = { group: 'item', term: '(Intercept)', sd: sigma, variance: sigma ** 2, se_sd: seSigma };
  const notes = fit.boundary ? ['boundary: the random-intercept variance is estimated as 0'] : [];
  return describeFit({ info, frame, numbers, alpha, random: [sd], notes });
}

function geeFit({ table, alpha }: MixedTask, frame: ModelFrame): ModelFit {
  const { items, clusters } = binomialItems(table, frame);
  const fit = fitGeeLogistic(designRows(frame), items);
  const info: ModelInfo = {
    name: 'population-averaged logistic model',
    type: frame.type,
    outcome: 'em',
    formula: formula(frame, 'em', ''),
    method: 'generalised estimating equations, working independence, sandwich by cluster',
    observations: items.reduce((sum, item) => sum + item.cells.reduce((n, cell) => n + cell.trials, 0), 0),
    items: items.length,
    clusters,
    log_likelihood: null,
    converged: fit.converged,
    boundary: false,
  };
  if (!fit.converged) {
    return describeFit({ info, frame, numbers: null, alpha, random: [], notes: [NO_ESTIMATE] });
  }
  const { beta, covariance, df } = fit;
  const numbers: FitNumbers = { beta, covariance, robust: covariance, df, logistic: true };
  return describeFit({ info, frame, numbers, alpha, random: [], notes: [] });
}

function lmmFit({ table, alpha }: MixedTask, frame: ModelFrame, temp: string): ModelFit {
  const { data, items, clusters } = f1Observations(table, frame, temp);
  const fit = fitLinearMixed(data);
  const one = { ...frame, temps: [temp] };
  const info: ModelInfo = {
    name: 'linear random-intercept model',
    type: frame.type,
    outcome: 'f1',
    formula: formula(one, 'f1', ' + (1 | item)'),
    method: 'restricted maximum likelihood, profiled over the ratio of variances',
    observations: data.length,
    items,
    clusters,
    log_likelihood: fit?.remlLogLikelihood ?? null,
    converged: fit !== null,
    boundary: fit?.boundary ?? false,
  };
  if (fit === null)
    return describeFit({ info, frame: one, numbers: null, alpha, random: [], notes: [NO_VARIATION] });
  const numbers: FitNumbers = {
    beta: fit.beta,
    covariance: fit.covariance,
    robust: null,
    df: fit.df,
    logistic: false,
  };
  const sd = { group: 'item', term: '(Intercept)', sd: fit.sdItem, variance: fit.sdItem ** 2, se_sd: null };
  const rest = {
    group: 'residual',
    term: '',
    sd: fit.sdResidual,
    variance: fit.sdResidual ** 2,
    se_sd: null,
  };
  const notes = fit.boundary ? ['boundary: the random-intercept variance is estimated as 0'] : [];
  return describeFit({ info, frame: one, numbers, alpha, random: [sd, rest], notes });
}

const NO_ESTIMATE =
  'no finite estimate: some condition is all right or all wrong at some temperature, or items never change; nothing is given';
const NO_VARIATION =
  'no model: there are too few rows, or F1 changes alike in all items from condition to condition';

function olsFit({ table, alpha }: MixedTask, frame: ModelFrame, temp: string): ModelFit {
  const { data, clusterOf, items, clusters } = f1Observations(table, frame, temp);
  const fit = fitOls(data, clusterOf);
  const one = { ...frame, temps: [temp] };
  const info: ModelInfo = {
    name: 'clustered least squares',
    type: frame.type,
    outcome: 'f1',
    formula: formula(one, 'f1', ''),
    method: 'least squares, cluster-robust standard errors',
    observations: data.length,
    items,
    clusters,
    log_likelihood: null,
    converged: fit !== null,
    boundary: false,
  };
  const numbers: FitNumbers | null = fit && {
    beta: fit.beta,
    covariance: fit.covariance,
    robust: fit.covariance,
    df: fit.df,
    logistic: false,
  };
  return describeFit({ info, frame: one, numbers, alpha, random: [], notes: fit ? [] : [NO_VARIATION] });
}
