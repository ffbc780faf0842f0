// A method note is the sentence that stands beside the numbers and says how they were made.

/** The notes of significance.json. */
export const STATS_METHODS: Readonly<Record<string, string>> = {
  unit: 'Samples of one item, condition and temperature are averaged first; the item is the unit and a treatment is paired with the control by item. Replicates are never pooled as independent.',
  headline:
    'Binary metrics with one sample per item and one item per cluster: mid-p McNemar test and Newcombe interval. Everything else: sign-flip test and t interval, both by cluster. The rule looks at the layout of the data, never at results.',
  delta: 'Treatment minus control.',
  mcnemar:
    'McNemar: mid-p and exact conditional two-sided p (Fagerland, Lydersen & Laake 2013); b = only the treatment scores 1, c = only the control. With several samples an item counts by majority; items split in half on either side are left out and counted.',
  odds_ratio: 'Conditional odds ratio b/c with the exact (Clopper-Pearson) interval; null when c = 0.',
  newcombe_10: 'Score interval of a paired difference of rates, Newcombe (1998) method 10; ignores clusters.',
  tango:
    'Score interval of a paired difference of rates, Tango (1998): leaves out 0 exactly when the uncorrected McNemar test rejects; ignores clusters.',
  wilson: 'Wilson (1927) score interval; clopper_pearson is the exact one beside it. Both ignore clusters.',
  cluster_t:
    'Cluster-robust standard error by passage (Miller 2024, arXiv 2411.00640) with G/(G-1), t with G-1 degrees of freedom.',
  bca: 'BCa bootstrap (Efron 1987) over items; cluster_bca resamples whole clusters.',
  sign_flip:
    'Sign-flip permutation of item differences, or of cluster sums; exact where enumeration or convolution is cheap, else (ge+1)/(R+1).',
  wilcoxon:
    'Wilcoxon signed rank over items, zeros dropped, mean ranks for ties; ignores clusters; descriptive.',
  cohen_h: 'Difference of arcsine-transformed rates (Cohen 1988).',
  d_z: 'Mean of the paired differences over their standard deviation (Cohen 1988).',
  non_inferiority:
    'One-sided cluster-robust t bound of the difference against the margin, level alpha; one test, not an equivalence test.',
  selective_risk:
    'Share wrong among answered questions; further points accept an answer when its support score reaches the threshold. Percentile cluster bootstrap. No area under a curve is given, since abstention is yes or no.',
  multiplicity:
    'Primary family: the primary endpoint for every treatment, Holm (1979). Exploratory family: every other test, Benjamini-Hochberg (1995).',
  meta_analysis: 'DerSimonian-Laird (1986) over datasets, with cluster-robust standard errors.',
  subgroups: 'By dataset; descriptive, without tests.',
  random:
    'xoshiro128**, one stream per temperature, type, treatment, metric and method, seeded by SHA-256 of random_seed and the name.',
};
