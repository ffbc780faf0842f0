# Tests of paired differences: signed ranks, sign flips and the paired t test.
source("golden.R")
suppressMessages(library(coin))

set.seed(20240611)
few <- list(
  no_ties = c(0.31, -0.12, 0.55, 0.07, -0.29, 0.44, 0.18, -0.03, 0.61),
  ties = c(1, 1, -1, 2, 2, -3, 4, 4, 4, -1, 5, 2),
  zeros_and_ties = c(0, 0, 0.5, 0.5, -0.5, 1, 0, -0.25, 0.25, 0.75, 1, 1),
  all_equal = rep(0.2, 7),
  one = 0.4,
  opposed = c(1, -1, 2, -2),
  thirds = c(1, 2, -1, 3, 1, 1, -2, 3, 3, 2, 1, -3, 2, 1) / 3)
many <- list(
  no_ties = round(rnorm(50, 0.3), 6),
  no_ties_80 = round(rnorm(80, 0.2), 6),
  ties_150 = sample(-6:8, 150, replace = TRUE) / 8,
  binary_400 = sample(c(-1, 0, 1), 400, replace = TRUE, prob = c(0.12, 0.7, 0.18)),
  far = round(rnorm(300, 2), 6))

# Exact up to 60 non-zero differences, given the ranks, as coin enumerates it (wilcox.test has no exact p with ties).
ranks <- function(d) {
  x <- d[d != 0]
  pair <- wilcoxsign_test(x ~ rep(0, length(x)), zero.method = "Wilcoxon",
                          distribution = if (length(x) <= 60) "exact" else "asymptotic")
  plain <- suppressWarnings(wilcox.test(d, correct = FALSE, exact = length(x) <= 60 && !anyDuplicated(abs(x))))
  p <- as.numeric(pvalue(pair))
  list(d = I(d), w_plus = unname(plain$statistic), nonzero = length(x),
       # coin subtracts the far tail from 1
       p = if (p > 1e-9) p else plain$p.value,
       method = if (length(x) <= 60) "exact" else "normal",
       # NULL where wilcox.test can only approximate and we do not
       wilcox_test = if (length(x) > 60 || !anyDuplicated(abs(x))) plain$p.value else NULL)
}

# All 2^m sign vectors, one by one; sums of integers so that equality is exact.
flips <- function(d, unit) {
  whole <- round(d / unit)
  m <- length(whole)
  signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), m)))
  sums <- abs(drop(signs %*% whole))
  list(d = I(d), p = mean(sums >= abs(sum(whole))))
}

# Non-inferiority with one item per cluster: the one-sided t test of "worse by the margin", at alpha 0.05.
paired_t <- function(d, margin = 0.05) {
  t <- t.test(d)
  above <- t.test(d, mu = -margin, alternative = "greater")
  below <- t.test(d, mu = margin, alternative = "less")
  list(d = I(d), mean = unname(t$estimate), low = t$conf.int[1], high = t$conf.int[2], p = t$p.value, d_z = mean(d) / sd(d),
       margin = margin, higher_bound = above$conf.int[1], higher_p = above$p.value, lower_bound = -below$conf.int[2],
       lower_p = below$p.value)
}

write_golden("paired-tests", "coin", list(
  ranks = lapply(c(few, many), ranks),
  flips = list(no_ties = flips(few$no_ties, 0.01), ties = flips(few$ties, 1), zeros = flips(few$zeros_and_ties, 0.25),
               equal = flips(few$all_equal, 0.2), one = flips(few$one, 0.4), opposed = flips(few$opposed, 1),
               thirds = flips(few$thirds, 1 / 3), binary = flips(c(1, 1, 1, -1, 1, 1, 0, 1, -1, 1), 1)),
  # Beyond 16 units: the distribution of the sum of 40 signs, doubled tail by pbinom.
  many_signs = list(up = 27, down = 13, p = 2 * pbinom(13, 40, 0.5)),
  t = lapply(list(few$no_ties, few$ties, few$zeros_and_ties, many$no_ties_80, many$far), paired_t)))
