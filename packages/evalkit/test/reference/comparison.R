# A comparison put together from a small table of scores: difference of rates, one row per dataset, and their summary.
source("golden.R")
suppressMessages({library(sandwich); library(metafor)})

set.seed(47)
alpha <- 0.05
rows <- function(dataset, items, per_cluster, em, samples = 1) {
  i <- seq_len(items) - 1
  right <- function(p) rbinom(items, samples, p) / samples
  data.frame(dataset = dataset, item = paste0(dataset, i), cluster = paste0(dataset, "/", i %/% per_cluster), samples = samples,
             control_em = right(em[1]), treatment_em = right(em[2]),
             control_f1 = round(runif(items), 3), treatment_f1 = round(runif(items)^0.7, 3))
}
# Two items that the treatment gets alike in all: no spread, and so no error. One passage: no error either.
flat <- transform(rows("flat", 4, 1, c(0, 1)), control_f1 = c(0.1, 0.2, 0.3, 0.4), treatment_f1 = c(0.3, 0.4, 0.5, 0.6))
tables <- list(
  single = rbind(rows("a", 30, 1, c(0.4, 0.6)), rows("b", 20, 1, c(0.7, 0.6)), rows("c", 40, 1, c(0.5, 0.9))),
  clusters = rbind(rows("a", 24, 4, c(0.3, 0.7)), rows("b", 18, 3, c(0.5, 0.5)), flat, rows("one passage", 5, 5, c(0.5, 0.6))),
  samples = rbind(rows("a", 12, 2, c(0.3, 0.7), 4), rows("b", 10, 1, c(0.5, 0.6), 4)),
  one_dataset = rows("a", 15, 1, c(0.2, 0.5)))

clustered <- function(d, cluster) {
  groups <- length(unique(cluster))
  if (groups < 2) return(c(NA, NA, NA))
  if (diff(range(d)) < 1e-9) return(c(0, NA, NA))
  fit <- lm(d ~ 1)
  se <- sqrt(vcovCL(fit, cluster = cluster, type = "HC0", cadjust = TRUE)[1, 1])
  c(se, coef(fit) + c(-1, 1) * qt(1 - alpha / 2, groups - 1) * se)
}
line <- function(d, metric) {
  control <- d[[paste0("control_", metric)]]
  treatment <- d[[paste0("treatment_", metric)]]
  error <- clustered(treatment - control, d$cluster)
  data.frame(n = nrow(d), clusters = length(unique(d$cluster)), control_mean = mean(control), treatment_mean = mean(treatment),
             delta = unname(coef(lm(I(treatment - control) ~ 1))), se = error[1], low = error[2], high = error[3])
}
one <- function(d) {
  metrics <- lapply(c(em = "em", f1 = "f1"), function(metric) {
    groups <- do.call(rbind, lapply(split(d, d$dataset), line, metric = metric))
    studies <- groups[!is.na(groups$se) & groups$se > 0, ]
    summary <- if (nrow(studies) < 2) NULL else {
      fit <- rma(yi = studies$delta, sei = studies$se, method = "DL", level = 100 * (1 - alpha))
      list(studies = fit$k, delta = unname(fit$beta[1]), se = fit$se, low = fit$ci.lb, high = fit$ci.ub, p = fit$pval, q = fit$QE, tau2 = fit$tau2)
    }
    list(subgroups = cbind(dataset = rownames(groups), groups), meta = summary, all = line(d, metric))
  })
  # Rates and their difference as prop.test has them, from counts of right answers.
  asked <- rep(sum(d$samples), 2)
  right <- c(sum(d$treatment_em * d$samples), sum(d$control_em * d$samples))
  rates <- suppressWarnings(prop.test(right, asked))$estimate
  list(rows = lapply(d, I), metrics = metrics, risk_difference = unname(rates[1] - rates[2]), control = unname(rates[2]),
       treatment = unname(rates[1]), successes = if (all(d$samples == 1)) I(rev(right)) else NULL)
}
write_golden("comparison", c("sandwich", "metafor"), list(tables = lapply(tables, one)))
