# Sensitivity to unsupported answers, by data frames: every policy at every threshold, and where the conclusion tips.
source("golden.R")
suppressMessages(library(sandwich))

set.seed(59)
alpha <- 0.05
thresholds <- c(0, 0.2, 0.4, 0.6, 0.8, 1)

# One row per item and condition; answered and right are counts out of k. Support in tenths, so that thresholds are met exactly.
side <- function(condition, items, per_cluster, k, right, support, hard = 0.2, abstain = 0.1, missing = 0.05) {
  i <- seq_len(items) - 1
  d <- data.frame(item = i, cluster = i %/% per_cluster, condition = condition, k = k, hard = (i * 7) %% 10 < 10 * hard)
  d$answered <- rbinom(items, k, 1 - abstain)
  d$right <- rbinom(items, d$answered, right)
  d$support <- pmin(10, pmax(0, round(10 * support + rnorm(items, 0, 2.5)))) / 10
  d$support[runif(items) < missing] <- NA
  # An unanswerable question is done right by abstaining.
  d$em <- ifelse(d$hard, d$k - d$answered, d$right) / d$k
  d
}

flagged <- function(d, t) d$answered > 0 & !is.na(d$support) & d$support < t
under <- list(
  wrong = function(d, t) ifelse(flagged(d, t) & !d$hard, 0, d$em),
  right = function(d, t) ifelse(flagged(d, t) & !d$hard, d$answered / d$k, d$em),
  excluded = function(d, t) ifelse(flagged(d, t), NA, d$em))

line <- function(control, treatment, threshold, x, y, better) {
  keep <- !is.na(x) & !is.na(y)
  d <- (y - x)[keep]
  cluster <- control$cluster[keep]
  out <- data.frame(threshold = threshold, n = sum(keep), clusters = length(unique(cluster)),
                    flagged_control = if (is.na(threshold)) 0 else sum(flagged(control, threshold)),
                    flagged_treatment = if (is.na(threshold)) 0 else sum(flagged(treatment, threshold)),
                    control_mean = NA, treatment_mean = NA, delta = NA, low = NA, high = NA, p = NA, verdict = "no data")
  if (!any(keep)) return(out)
  out[c("control_mean", "treatment_mean", "delta")] <- c(mean(x[keep]), mean(y[keep]), mean(d))
  if (out$clusters > 1 && diff(range(d)) > 1e-9) {
    se <- sqrt(vcovCL(lm(d ~ 1), cluster = cluster, type = "HC0", cadjust = TRUE)[1, 1])
    df <- out$clusters - 1
    if (se > 1e-12) {
      out[c("low", "high")] <- mean(d) + c(-1, 1) * qt(1 - alpha / 2, df) * se
      out$p <- 2 * pt(-abs(mean(d) / se), df)
    }
  }
  good <- if (better == "higher") out$delta > 0 else out$delta < 0
  out$verdict <- if (is.na(out$p) || out$p > alpha || out$delta == 0) "inconclusive" else if (good) "better" else "worse"
  out
}

sweep_of <- function(control, treatment) {
  # Items of both sides only.
  control <- control[control$item %in% treatment$item, ]
  treatment <- treatment[match(control$item, treatment$item), ]
  reference <- line(control, treatment, NA, control$em, treatment$em, "higher")
  table <- function(value, better) do.call(rbind, lapply(thresholds, function(t)
    line(control, treatment, t, value(control, t), value(treatment, t), better)))
  first <- function(points, differs) { at <- which(differs); if (length(at)) points[at[1], c("threshold", "verdict", "delta")] else NULL }
  list(rows = lapply(list(control = control, treatment = treatment), function(d) lapply(d[c("item", "cluster", "k", "hard", "em", "support")], I)),
       abstained = lapply(list(control = control, treatment = treatment), function(d) I(1 - d$answered / d$k)),
       reference = reference, rate = table(function(d, t) ifelse(flagged(d, t), d$answered / d$k, 0), "lower"),
       policies = lapply(under, function(policy) {
         points <- table(policy, "higher")
         list(points = points, tipping = first(points, points$verdict != reference$verdict),
              sign_change = first(points, !is.na(points$delta) & points$delta * reference$delta < 0))
       }))
}

bold <- function(items, per_cluster, k, right = c(0.35, 0.6), support = c(0.8, 0.45), ...)
  sweep_of(side("control", items, per_cluster, k, right[1], support[1], ...), side("treatment", items, per_cluster, k, right[2], support[2], ...))
cases <- list(tips = bold(60, 1, 1, hard = 0), passages = bold(60, 3, 1), samples = bold(40, 2, 3), missing = bold(30, 1, 1, missing = 0.4),
              never_tips = bold(60, 1, 1, support = c(1.5, 1.5), missing = 0), nothing_left = bold(20, 1, 1, support = c(-1, -1), missing = 0, abstain = 0),
              one_passage = bold(6, 6, 1), one_item = bold(1, 1, 1), only_hard = bold(24, 2, 1, hard = 1))
write_golden("sensitivity", "sandwich", list(alpha = alpha, thresholds = I(thresholds), cases = cases))
