// A Reference is a publication that a method of the report is taken from: what is needed to find it.

export interface Reference {
  readonly authors: string;
  /** How the text cites it, without the year. */
  readonly cited: string;
  readonly year: number;
  readonly title: string;
  /** Journal, volume, pages; or publisher; or archive number. */
  readonly where: string;
}

/** Every publication that a sentence of the methods may cite. */
export const REFERENCES = {
  benjamini: {
    authors: 'Benjamini, Y. & Hochberg, Y.',
    cited: 'Benjamini & Hochberg',
    year: 1995,
    title: 'Controlling the false discovery rate: a practical and powerful approach to multiple testing',
    where: 'Journal of the Royal Statistical Society B 57(1), 289–300',
  },
  blackman: {
    authors: 'Blackman, D. & Vigna, S.',
    cited: 'Blackman & Vigna',
    year: 2021,
    title: 'Scrambled linear pseudorandom number generators',
    where: 'ACM Transactions on Mathematical Software 47(4), article 36',
  },
  clopper: {
    authors: 'Clopper, C. J. & Pearson, E. S.',
    cited: 'Clopper & Pearson',
    year: 1934,
    title: 'The use of confidence or fiducial limits illustrated in the case of the binomial',
    where: 'Biometrika 26(4), 404–413',
  },
  cohen: {
    authors: 'Cohen, J.',
    cited: 'Cohen',
    year: 1988,
    title: 'Statistical power analysis for the behavioral sciences, 2nd edition',
    where: 'Lawrence Erlbaum Associates',
  },
  connor: {
    authors: 'Connor, R. J.',
    cited: 'Connor',
    year: 1987,
    title: 'Sample size for testing differences in proportions for the paired-sample design',
    where: 'Biometrics 43(1), 207–211',
  },
  dersimonian: {
    authors: 'DerSimonian, R. & Laird, N.',
    cited: 'DerSimonian & Laird',
    year: 1986,
    title: 'Meta-analysis in clinical trials',
    where: 'Controlled Clinical Trials 7(3), 177–188',
  },
  efron: {
    authors: 'Efron, B.',
    cited: 'Efron',
    year: 1987,
    title: 'Better bootstrap confidence intervals',
    where: 'Journal of the American Statistical Association 82(397), 171–185',
  },
  efronTibshirani: {
    authors: 'Efron, B. & Tibshirani, R. J.',
    cited: 'Efron & Tibshirani',
    year: 1993,
    title: 'An introduction to the bootstrap',
    where: 'Chapman & Hall',
  },
  elYaniv: {
    authors: 'El-Yaniv, R. & Wiener, Y.',
    cited: 'El-Yaniv & Wiener',
    year: 2010,
    title: 'On the foundations of noise-free selective classification',
    where: 'Journal of Machine Learning Research 11, 1605–1641',
  },
  fagerland: {
    authors: 'Fagerland, M. W., Lydersen, S. & Laake, P.',
    cited: 'Fagerland, Lydersen & Laake',
    year: 2013,
    title:
      'The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact conditional',
    where: 'BMC Medical Research Methodology 13, 91',
  },
  holm: {
    authors: 'Holm, S.',
    cited: 'Holm',
    year: 1979,
    title: 'A simple sequentially rejective multiple test procedure',
    where: 'Scandinavian Journal of Statistics 6(2), 65–70',
  },
  liang: {
    authors: 'Liang, K.-Y. & Zeger, S. L.',
    cited: 'Liang & Zeger',
    year: 1986,
    title: 'Longitudinal data analysis using generalized linear models',
    where: 'Biometrika 73(1), 13–22',
  },
  miller: {
    authors: 'Miller, E.',
    cited: 'Miller',
    year: 2024,
    title: 'Adding error bars to evals: a statistical approach to language model evaluations',
    where: 'arXiv:2411.00640',
  },
  newcombe: {
    authors: 'Newcombe, R. G.',
    cited: 'Newcombe',
    year: 1998,
    title:
      'Improved confidence intervals for the difference between binomial proportions based on paired data',
    where: 'Statistics in Medicine 17(22), 2635–2650',
  },
  patterson: {
    authors: 'Patterson, H. D. & Thompson, R.',
    cited: 'Patterson & Thompson',
    year: 1971,
    title: 'Recovery of inter-block information when block sizes are unequal',
    where: 'Biometrika 58(3), 545–554',
  },
  phipson: {
    authors: 'Phipson, B. & Smyth, G. K.',
    cited: 'Phipson & Smyth',
    year: 2010,
    title:
      'Permutation p-values should never be zero: calculating exact p-values when permutations are randomly drawn',
    where: 'Statistical Applications in Genetics and Molecular Biology 9(1), article 39',
  },
  pinheiro: {
    authors: 'Pinheiro, J. C. & Bates, D. M.',
    cited: 'Pinheiro & Bates',
    year: 1995,
    title: 'Approximations to the log-likelihood function in the nonlinear mixed-effects model',
    where: 'Journal of Computational and Graphical Statistics 4(1), 12–35',
  },
  rajpurkar: {
    authors: 'Rajpurkar, P., Zhang, J., Lopyrev, K. & Liang, P.',
    cited: 'Rajpurkar et al.',
    year: 2016,
    title: 'SQuAD: 100,000+ questions for machine comprehension of text',
    where: 'arXiv:1606.05250',
  },
  stinnett: {
    authors: 'Stinnett, A. A. & Mullahy, J.',
    cited: 'Stinnett & Mullahy',
    year: 1998,
    title:
      'Net health benefits: a new framework for the analysis of uncertainty in cost-effectiveness analysis',
    where: 'Medical Decision Making 18(2, supplement), S68–S80',
  },
  tango: {
    authors: 'Tango, T.',
    cited: 'Tango',
    year: 1998,
    title:
      'Equivalence test and confidence interval for the difference in proportions for the paired-sample design',
    where: 'Statistics in Medicine 17(8), 891–908',
  },
  vanHout: {
    authors: 'Van Hout, B. A., Al, M. J., Gordon, G. S. & Rutten, F. F. H.',
    cited: 'Van Hout et al.',
    year: 1994,
    title: 'Costs, effects and C/E-ratios alongside a clinical trial',
    where: 'Health Economics 3(5), 309–319',
  },
  wilcoxon: {
    authors: 'Wilcoxon, F.',
    cited: 'Wilcoxon',
    year: 1945,
    title: 'Individual comparisons by ranking methods',
    where: 'Biometrics Bulletin 1(6), 80–83',
  },
  wilson: {
    authors: 'Wilson, E. B.',
    cited: 'Wilson',
    year: 1927,
    title: 'Probable inference, the law of succession, and statistical inference',
    where: 'Journal of the American Statistical Association 22(158), 209–212',
  },
} as const satisfies Readonly<Record<string, Reference>>;

export type ReferenceKey = keyof typeof REFERENCES;

/** `Holm 1979`, as it stands between brackets. */
export function citation(key: ReferenceKey): string {
  const { cited, year } = REFERENCES[key];
  return `${cited} ${year}`;
}

/** The list of these references, by author and year. */
export function referenceList(keys: Iterable<ReferenceKey>): string[] {
  return [...new Set(keys)]
    .map((key) => REFERENCES[key])
    .sort((a, b) => (a.authors < b.authors ? -1 : a.authors > b.authors ? 1 : a.year - b.year))
    .map(({ authors, year, title, where }) => `${authors} (${year}). ${title}. ${where}.`);
}
