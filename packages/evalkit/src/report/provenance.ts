// The provenance of a report is how its numbers came about: the methods, the publications, the artifacts.
import type { Document } from './document.ts';
import { artifactsOf, type ReportInputs } from './inputs.ts';
import { methodsProse } from './methods.ts';
import { code, rich } from './phrase.ts';
import { referenceList } from './references.ts';

/** How the numbers came about, in prose for a paper, then by the name of each method. */
export function writeMethods(page: Document, inputs: ReportInputs): void {
  const { significance, sensitivity, mixedModels, power, costEffectiveness } = inputs;
  const { paragraphs, cited } = methodsProse(inputs);
  page.heading(2, 'Methods');
  for (const paragraph of paragraphs) page.paragraph(paragraph);
  const { settings } = significance;
  page.details('Notes on each method, by its name in the result documents', (notes) => {
    const of = { '': significance, 'sensitivity.': sensitivity, 'mixed models.': mixedModels };
    const results = { ...of, 'power.': power, 'cost-effectiveness.': costEffectiveness };
    notes.list(
      Object.entries(results).flatMap(([prefix, result]) =>
        Object.entries(result?.methods ?? {}).map(([name, text]) => rich`${code(prefix + name)}: ${text}`),
      ),
    );
    notes.paragraph(
      `Settings: alpha ${settings.alpha}, ${settings.bootstrap_samples} bootstrap samples, ${settings.permutation_samples}`,
      `permutations, seed ${settings.random_seed}, non-inferiority margin ${settings.non_inferiority_margin}.`,
    );
  });
  page.source(
    artifactsOf(inputs, 'config', 'significance', 'sensitivity', 'mixedModels', 'power', 'costEffectiveness'),
  );
  page.heading(2, 'References');
  page.list(referenceList(cited));
}

/** Every file that was read, by its digest. */
export function writeArtifacts(page: Document, { artifacts, software }: ReportInputs): void {
  page.heading(2, 'Where the numbers come from');
  page.paragraph(
    `This report was written by ${software} from the files below and from nothing else. A file with the same SHA-256 has the same`,
    'content; another digest means that the numbers above may be others.',
  );
  page.artifacts('Files that this report was written from', artifacts);
}
