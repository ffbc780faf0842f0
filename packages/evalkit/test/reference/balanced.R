# Linear mixed models with a closed form: in a balanced design REML is the analysis of variance, so that no search is trusted.
source("golden.R")

set.seed(41)
# Two-way layout without interaction: sd_residual^2 = MSE, sd_item^2 = (MS of items - MSE) / conditions.
closed <- function(d) {
  m <- length(unique(d$condition))
  n <- length(unique(d$item))
  ms <- summary(aov(y ~ factor(condition) + factor(item), d))[[1]][["Mean Sq"]]
  cell <- tapply(d$y, d$condition, mean)
  list(rows = lapply(d, I), beta = I(unname(c(cell[1], cell[-1] - cell[1]))),
       se = I(sqrt(c((ms[2] + (m - 1) * ms[3]) / m / n, rep(2 * ms[3] / n, m - 1)))),
       sd_item = sqrt((ms[2] - ms[3]) / m), sd_residual = sqrt(ms[3]), ratio = ms[2] / ms[3])
}
# Item means are pulled together until items vary just so much more than chance: weak ratios are where a search goes astray.
layout <- function(items, conditions, ratio) {
  d <- expand.grid(condition = 0:(conditions - 1), item = seq_len(items) - 1)
  d$y <- rnorm(nrow(d), 0, 0.1)
  ms <- summary(aov(y ~ factor(condition) + factor(item), d))[[1]][["Mean Sq"]]
  own <- ave(d$y, d$item)
  d$y <- 0.6 + 0.03 * d$condition + d$y - own + own * sqrt(ratio * ms[3] / ms[2])
  d$y <- round(d$y, 6)
  d
}
cases <- list(c(80, 3, 1.001), c(80, 3, 1.05), c(200, 2, 1.004), c(40, 4, 2), c(30, 2, 500))
write_golden("balanced", character(0), list(
  fits = lapply(cases, function(k) closed(layout(k[1], k[2], k[3])))))
