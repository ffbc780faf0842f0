// A subgroup is one dataset's share of a comparison; with several, a meta-analysis joins them.
import { clusterMean } from './cluster-robust.ts';
import { usefulInterval } from './compare-metric.ts';
import { derSimonianLaird } from './meta-analysis.ts';
import { clustered, metricSample, type Pair } from './pairs.ts';
import type { Comparison, MetaAnalysis, Subgroup } from './significance-result.ts';
import type { Metric } from './terms.ts';

/** Subgroups by dataset, and their summary where there are several. */
export function byDataset(
  pairs: readonly Pair[],
  metrics: readonly Metric[],
  alpha: number,
): Pick<Comparison, 'subgroups' | 'meta_analysis'> {
  const datasets = [...new Set(pairs.map((pair) => pair.control.dataset))].sort((a, b) => (a < b ? -1 : 1));
  const subgroups: Record<string, Partial<Record<Metric, Subgroup>>> = {};
  for (const dataset of datasets) {
    const own = pairs.filter((pair) => pair.control.dataset === dataset);
    const groups: Partial<Record<Metric, Subgroup>> = {};
    for (const metric of metrics) {
      const group = subgroup(own, metric, alpha);
      if (group) groups[metric] = group;
    }
    subgroups[dataset] = groups;
  }
  const meta: Partial<Record<Metric, MetaAnalysis>> = {};
  for (const metric of metrics) {
    const studies = datasets.flatMap((dataset) => {
      const group = subgroups[dataset]?.[metric];
      return group?.se ? [{ delta: group.delta, se: group.se }] : [];
    });
    if (studies.length >= 2) meta[metric] = derSimonianLaird(studies, alpha);
  }
  return { subgroups, meta_analysis: meta };
}

function subgroup(pairs: readonly Pair[], metric: Metric, alpha: number): Subgroup | null {
  const sample = metricSample(pairs, metric);
  if (sample.difference.length === 0) return null;
  const difference = clusterMean(clustered(sample, 'difference'));
  return {
    n: sample.difference.length,
    clusters: sample.clusters,
    control_mean: clusterMean(clustered(sample, 'control')).mean,
    treatment_mean: clusterMean(clustered(sample, 'treatment')).mean,
    delta: difference.mean,
    se: difference.se,
    ci: usefulInterval(difference, alpha),
  };
}
