# Plans of a next run from its answers: the variance of K samples per item split by analysis of variance, and pairs of answers.
source("golden.R")
source("connor.R")
suppressMessages({library(pwr); library(sandwich); library(lme4)})

set.seed(23)
settings <- list(alpha = 0.05, alpha_adjusted = 0.025, power = 0.8, target_effects = I(c(0.02, 0.1)),
                 sample_sizes = I(c(20, 60, 1e6)), samples_per_item = I(c(1, 3, 10, 1000)))

# The least whole number (from `least`) whose power is enough, found by doubling and halving.
reach <- function(at, least) {
  enough <- function(n) isTRUE(at(n) >= settings$power - 1e-9)
  low <- high <- least
  while (!enough(high)) high <- 2 * (low <- high)
  while (high - low > 1) { half <- floor((low + high) / 2); if (enough(half)) high <- half else low <- half }
  if (enough(low)) low else high
}
# One-sided at alpha / 2, since the plan leaves out the rejection on the wrong side.
mean_power <- function(variance, effect, n, alpha = settings$alpha)
  pwr.norm.test(d = effect / sqrt(variance), n = n, sig.level = alpha / 2, alternative = "greater")$power
detectable <- function(variance, n, alpha)
  uniroot(function(d) mean_power(variance, d, n, alpha) - settings$power, c(0, 20 * sqrt(variance / n)), tol = 1e-15)$root

# The design effect of the differences: the clustered variance of their mean over the plain one.
design <- function(d, cluster) {
  if (length(unique(cluster)) < 2) return(NA)
  fit <- lm(d ~ 1)
  vcovCL(fit, cluster = cluster, type = "HC0", cadjust = TRUE)[1, 1] / vcov(fit)[1, 1]
}

# Variance of one sample per condition: the error mean square of its own one-way analysis. K = 1 leaves no degree of freedom.
within_of <- function(d) {
  if (max(table(d$item)) < 2) return(NA)
  # Of uneven numbers no item counts for more: a plan asks all items equally often.
  if (length(unique(table(d$item))) > 1) return(mean(tapply(d$y, d$item, var)))
  fit <- aov(y ~ factor(item), d)
  error <- sum(residuals(fit)^2) / df.residual(fit)
  if (error < 1e-25) 0 else error
}
# Variance of the true differences between items: twice the component of items x conditions. With as many samples on both sides
# that is 2 (MS of the interaction - MS of the error) / K; lmer finds the same components by REML, if with fewer digits.
item_of <- function(d, variance, within, k) {
  if (anyNA(within)) return(NA)
  # With uneven numbers each difference has a sampling variance of its own, and the mean of these is what the differences hold.
  if (length(unique(c(k))) > 1) return(max(0, variance - sum(tapply(d$y, list(d$item, d$condition), var) / k) / nrow(k)))
  ms <- suppressWarnings(anova(lm(y ~ factor(condition) * factor(item), d)))[["Mean Sq"]][3:4]
  item <- 2 * (ms[1] - ms[2]) / k[1, 1]
  if (item > 1e-3 && ms[2] > 1e-6) {
    fit <- suppressMessages(lmer(y ~ factor(condition) + (1 | item) + (1 | item:condition), d))
    stopifnot(abs(2 * as.data.frame(VarCorr(fit))$vcov[1] / item - 1) < 1e-4)
  }
  max(0, item)
}

# d: one row per sample, with item, condition (0 is the control), y and cluster.
plan <- function(d, metric = "f1") {
  cell <- function(f) tapply(d$y, list(d$item, d$condition), f)
  k <- cell(length)
  means <- cell(mean)
  difference <- means[, 2] - means[, 1]
  cluster <- d$cluster[match(rownames(means), d$item)]
  rows <- list(cluster = I(cluster), control = I(unname(means[, 1])), treatment = I(unname(means[, 2])),
               control_sd = I(unname(cell(sd)[, 1])), treatment_sd = I(unname(cell(sd)[, 2])), samples = I(list(I(unname(k[, 1])), I(unname(k[, 2])))))
  # The variance of one difference from the t test of all.
  variance <- if (length(difference) > 1) t.test(means[, 2], means[, 1], paired = TRUE)$stderr^2 * length(difference) else NA
  if (is.na(variance)) return(list(metric = metric, rows = rows, variance = NA))
  within <- sapply(0:1, function(c) within_of(d[d$condition == c, ]))
  item <- item_of(d, variance, within, k)
  deff <- design(difference, cluster)
  spread <- max(1, deff, na.rm = TRUE)
  effective <- length(difference) / spread
  needed <- expand.grid(samples = c(NA, if (!is.na(item)) settings$samples_per_item), effect = settings$target_effects)
  for (i in seq_len(nrow(needed))) {
    planned <- if (is.na(needed$samples[i])) variance else item + sum(within) / needed$samples[i]
    of <- function(alpha) if (planned < 1e-12) 2 else reach(function(n) mean_power(planned, needed$effect[i], n, alpha), 2)
    needed$n[i] <- of(settings$alpha)
    needed$n_adjusted[i] <- of(settings$alpha_adjusted)
    needed$n_with_design_effect[i] <- ceiling(needed$n[i] * spread - 1e-9)
  }
  curve <- expand.grid(n = settings$sample_sizes, effect = settings$target_effects)
  curve$power <- mapply(function(n, effect) mean_power(variance, effect, n), curve$n, curve$effect)
  list(metric = metric, rows = rows, variance = variance, design_effect = deff, item_variance = item, sampling_variance = I(within),
       mde = detectable(variance, effective, settings$alpha), mde_adjusted = detectable(variance, effective, settings$alpha_adjusted),
       needed = needed, curve = curve)
}

# Scores with a spread of items, of conditions within an item, and of samples; `together` is what an item's cluster shares.
samples <- function(items, k, sd, together = 0, per_cluster = 1) {
  d <- do.call(rbind, lapply(0:1, function(c) expand.grid(sample = seq_len(k[c + 1]), condition = c, item = seq_len(items) - 1)))
  d$cluster <- d$item %/% per_cluster
  level <- rnorm(items, 0, sd[1])
  change <- rnorm(items, 0, sd[2]) + rnorm(items, 0, together)[d$cluster[match(seq_len(items) - 1, d$item)] + 1]
  d$y <- round(0.5 + level[d$item + 1] + (0.03 + change[d$item + 1]) * d$condition + rnorm(nrow(d), 0, sd[3]), 4)
  d
}
answers <- function(items, k) {
  d <- samples(items, k, c(0.2, 0.15, 0))
  d$y <- rbinom(nrow(d), 1, pmin(0.95, pmax(0.05, d$y)))
  d
}
# Items that are asked more often the more their answers differ.
uneven <- samples(30, c(8, 8), c(0.2, 0.1, 0.05))
uneven <- uneven[uneven$item %% 2 == 0 | uneven$sample <= 2, ]
uneven$y <- uneven$y + (uneven$item %% 2 == 0) * round(rnorm(nrow(uneven), 0, 0.4), 4)
# More spread between samples than the means show: the part of the items is 0.
spread <- samples(12, c(3, 3), c(0.1, 0, 0.05))
spread$y <- spread$y + c(-0.3, 0, 0.3)

means <- list(three = plan(samples(40, c(3, 3), c(0.2, 0.1, 0.15))), unequal = plan(samples(30, c(2, 5), c(0.2, 0.1, 0.15))),
              uneven = plan(uneven), right = plan(answers(50, c(4, 4)), "em"), one_sample = plan(samples(25, c(1, 1), c(0.2, 0.1, 0.1))),
              one_item = plan(samples(1, c(3, 3), c(0.2, 0.1, 0.1))), two_items = plan(samples(2, c(3, 3), c(0.2, 0.1, 0.1))),
              no_spread_within = plan(samples(20, c(3, 3), c(0.2, 0.1, 0))), no_spread_between = plan(spread),
              clusters = plan(samples(48, c(3, 3), c(0.2, 0.05, 0.1), together = 0.1, per_cluster = 4)))

# 100,000 items of two samples, whole numbers over 1000 so that both sides have the same: the sums of the analysis of variance.
n <- 1e5
i <- seq_len(n) - 1
y <- list((7 * i * i + 13 * i) %% 1009, (11 * i * i + 5 * i) %% 757, (3 * i * i + 17 * i) %% 1013, (5 * i * i + i) %% 769)
own <- (19 * i * i + 7 * i) %% 1511
y[3:4] <- lapply(y[3:4], `+`, own)
within <- c(sum((y[[1]] - y[[2]])^2), sum((y[[3]] - y[[4]])^2)) / 2 / n / 1e6
variance <- var((y[[3]] + y[[4]] - y[[1]] - y[[2]]) / 2000)
many <- list(variance = variance, sampling_variance = I(within), item_variance = variance - sum(within) / 2,
                mde = detectable(variance, n, settings$alpha))

# Pairs of single answers: Connor's formula at the discordant share, or at the effect where that is larger.
binary <- function(both, b, c, neither, per_cluster = 1) {
  control <- rep(c(1, 0, 1, 0), c(both, b, c, neither))
  treatment <- rep(c(1, 1, 0, 0), c(both, b, c, neither))
  cluster <- (seq_along(control) - 1) %/% per_cluster
  difference <- treatment - control
  share <- mean(abs(difference))
  deff <- if (var(difference) > 0) design(difference, cluster) else NA
  spread <- max(1, deff, na.rm = TRUE)
  mde <- function(alpha) {
    excess <- function(d) connor_power(share, d, length(control) / spread, alpha) - settings$power
    end <- share * (1 - 1e-9)
    if (share == 0 || excess(end) < 0) NA else uniroot(excess, c(0, end), tol = 1e-15)$root
  }
  needed <- data.frame(effect = settings$target_effects)
  for (i in seq_len(nrow(needed))) {
    effect <- needed$effect[i]
    of <- function(alpha) reach(function(n) connor_power(max(share, effect), effect, n, alpha), 1)
    needed$n[i] <- of(settings$alpha)
    needed$n_adjusted[i] <- of(settings$alpha_adjusted)
    needed$n_with_design_effect[i] <- ceiling(needed$n[i] * spread - 1e-9)
  }
  curve <- expand.grid(n = settings$sample_sizes, effect = settings$target_effects)
  curve$power <- mapply(function(n, e) connor_power(max(share, e), e, n, settings$alpha), curve$n, curve$effect)
  curve$power_exact <- mapply(function(n, e) if (n > 1000) NA else exact_power(max(share, e), e, n, settings$alpha), curve$n, curve$effect)
  list(rows = list(cluster = I(cluster), control = I(control), treatment = I(treatment)), discordant_share = share,
       design_effect = deff, mde = mde(settings$alpha), mde_adjusted = mde(settings$alpha_adjusted), needed = needed, curve = curve)
}
pairs <- list(many = binary(30, 16, 4, 50), few = binary(90, 3, 1, 6), none = binary(6, 0, 0, 4), clusters = binary(12, 12, 4, 12, per_cluster = 4))

write_golden("plans", c("pwr", "sandwich", "lme4"), list(settings = settings, means = means, many = many, pairs = pairs))
