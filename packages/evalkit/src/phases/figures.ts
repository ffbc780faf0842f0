// figures: draws the figures of the evaluation report, as SVG and as Vega-Lite.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCosts } from '../costs-result.ts';
import { acceptability } from '../figures/acceptability.ts';
import { costPlane } from '../figures/cost-plane.ts';
import { costBars } from '../figures/costs.ts';
import { discordance } from '../figures/discordance.ts';
import { effects } from '../figures/effects.ts';
import { FIGURE_NAMES, type Figure, type MaybeFigure } from '../figures/figure.ts';
import { power } from '../figures/power.ts';
import { draw } from '../figures/renderer.ts';
import { riskByThreshold } from '../figures/risk-by-threshold.ts';
import { selectiveRisk } from '../figures/selective-risk.ts';
import type { ImportSummary } from '../importing/import-summary.ts';
import { readJson } from '../json-in.ts';
import { writeJson } from '../json-out.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { nameImported } from '../report/imported.ts';
import { readResult } from '../report/result-file.ts';
import type {
  CostEffectiveness,
  MixedModels,
  PowerAnalysis,
  Significance,
  UnsupportedSensitivity,
} from '../results.ts';

/** Reads a result that may be off, and draws from it. */
function optional<T extends { readonly schema_version: 2 }>(
  path: string | undefined,
  keys: readonly (keyof T & string)[],
  figure: (result: T) => MaybeFigure,
): MaybeFigure {
  return path === undefined ? null : figure(readResult<T>(path, keys));
}

/** Writes what a page needs to show the figures, and removes what an earlier run left. */
async function writeFigures(folder: string, figures: readonly Figure[]): Promise<readonly string[]> {
  const drawn = [];
  for (const figure of figures) drawn.push({ figure, ...(await draw(figure)) });
  for (const { figure, svg, spec } of drawn) {
    writeText(join(folder, `${figure.name}.svg`), svg);
    writeJson(join(folder, `${figure.name}.vl.json`), spec);
  }
  const list = figures.map(({ name, title, caption, alt, sources }) => {
    return { name, title, caption, alt, svg: `${name}.svg`, spec: `${name}.vl.json`, sources };
  });
  writeJson(join(folder, 'figures.json'), { figures: list });
  for (const name of FIGURE_NAMES) {
    if (figures.some((figure) => figure.name === name)) continue;
    for (const end of ['svg', 'vl.json']) rmSync(join(folder, `${name}.${end}`), { force: true });
  }
  return drawn.flatMap(({ figure, warnings }) => warnings.map((text) => `${figure.name}: ${text}`));
}

void runPhase({
  name: 'figures',
  summary: 'Draws the figures of the evaluation report, as SVG and as Vega-Lite.',
  options: {
    significance: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'significance.json of stats',
    },
    costs: { kind: 'value', placeholder: 'FILE', required: true, describe: 'costs.json of costs' },
    import: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'import.json of import, for the names of metrics',
    },
    'unsupported-sensitivity': {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'unsupported_sensitivity.json',
    },
    'mixed-effects': {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'mixed_models.json; checked, nothing is drawn from it yet',
    },
    'power-analysis': { kind: 'value', placeholder: 'FILE', describe: 'power_analysis.json' },
    'cost-effectiveness': { kind: 'value', placeholder: 'FILE', describe: 'cost_effectiveness.json' },
    'out-dir': { kind: 'value', placeholder: 'DIR', required: true, describe: 'folder of the figures' },
  },
  details: `
Figures, in reading order: ${FIGURE_NAMES.join(', ')}. For each the folder gets
<name>.svg, <name>.vl.json (Vega-Lite with its data, to restyle) and an entry in figures.json. A figure without data is
left out, and its files of an earlier run are removed. Text and grid follow the variables --fig-ink and --fig-grid of CSS.`,
  run: async (values) => {
    if (values.import !== undefined)
      nameImported(readResult<ImportSummary>(values.import, ['metrics', 'type']));
    const significance = readResult<Significance>(values.significance, [
      'primary',
      'treatments',
      'results',
      'settings',
    ]);
    const cost = values['cost-effectiveness'];
    optional<MixedModels>(values['mixed-effects'], ['fits'], () => null);
    const all: readonly MaybeFigure[] = [
      effects(significance),
      discordance(significance),
      selectiveRisk(significance),
      optional<UnsupportedSensitivity>(
        values['unsupported-sensitivity'],
        ['results', 'settings'],
        riskByThreshold,
      ),
      optional<PowerAnalysis>(values['power-analysis'], ['settings', 'endpoints'], power),
      optional<CostEffectiveness>(cost, ['metric', 'results', 'settings'], costPlane),
      optional<CostEffectiveness>(cost, ['metric', 'results', 'settings'], acceptability),
      costBars(readCosts(readJson(values.costs))),
    ];
    const figures = all.filter((figure) => figure !== null);
    const warnings = await writeFigures(values['out-dir'], figures);
    return [`${figures.length} figures`, ...warnings].join('; ');
  },
});
