# Families of hypotheses and of datasets: Holm, Benjamini-Hochberg, DerSimonian-Laird.
source("golden.R")

set.seed(11)
p <- list(single = 0.03, equal = rep(0.02, 4), ones = c(1, 1, 0.9), zero = c(0, 0.5, 1e-300, 0.04),
          ties = c(0.01, 0.04, 0.01, 0.03, 0.005, 0.04), many = round(rbeta(60, 0.4, 2), 8))
adjusted <- lapply(p, function(x) list(p = I(x), holm = I(p.adjust(x, "holm")), bh = I(p.adjust(x, "BH"))))

pool <- function(delta, se) {
  fit <- suppressWarnings(metafor::rma(yi = delta, sei = se, method = "DL"))
  list(delta = I(delta), se_of = I(se), mean = unname(fit$beta[1]), se = fit$se, low = fit$ci.lb, high = fit$ci.ub, p = fit$pval,
       q = fit$QE, tau2 = fit$tau2, i2 = fit$I2 / 100)
}
pooled <- list(different = pool(c(0.1, 0.3, 0.35, 0.65, 0.45, 0.15), sqrt(c(0.03, 0.03, 0.05, 0.01, 0.05, 0.02))),
               alike = pool(c(0.05, 0.06, 0.055), c(0.02, 0.03, 0.025)), two = pool(c(-0.2, 0.4), c(0.01, 0.5)),
               equal = pool(c(0.1, 0.1), c(0.05, 0.05)), precise = pool(c(0.011, -0.02, 0.4, 0.39), c(1e-4, 2e-4, 0.05, 1e-3)))

write_golden("families", "metafor", list(adjusted = adjusted, pooled = pooled))
