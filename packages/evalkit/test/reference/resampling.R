# BCa on resamples that are handed over, and cost against effect on a bootstrap without chance.
source("golden.R")
library(boot)

set.seed(7)
alpha <- 0.05

# The same replicates for both sides: boot's z0 and acceleration, and boot.ci's end points beside those by type-7
# percentiles (ours). boot.ci interpolates on the normal scale between the order statistics around (R + 1) level.
bca <- function(top, bottom, R = 599) {
  ratio <- function(d, i) sum(d[i, 1]) / sum(d[i, 2])
  data <- cbind(top, bottom)
  b <- boot(data, ratio, R)
  L <- empinf(data = data, statistic = ratio, stype = "i", type = "jack")
  own <- sapply(seq_along(top), function(i) ratio(data, -i))
  # boot centres the leave-one-out values at the estimate, Efron & Tibshirani (14.15) and we at their mean.
  centred <- mean(own) - own
  a <- sum(centred^3) / (6 * sum(centred^2)^1.5)
  z0 <- qnorm(mean(b$t < b$t0) + mean(b$t == b$t0) / 2)
  z <- qnorm(c(alpha / 2, 1 - alpha / 2))
  level <- pnorm(z0 + (z0 + z) / (1 - a * (z0 + z)))
  type7 <- quantile(b$t, level, type = 7, names = FALSE)
  order <- sort(b$t)
  at <- (R + 1) * level
  theirs <- boot.ci(b, 1 - alpha, type = "bca", L = L)$bca[4:5]
  list(top = I(top), bottom = I(bottom), estimate = b$t0, replicates = I(signif(drop(b$t), 12)), z0 = z0, acceleration = a,
       boot_acceleration = sum(L^3) / (6 * sum(L^2)^1.5), low = type7[1], high = type7[2],
       boot_low = theirs[1], boot_high = theirs[2],
       # the neighbouring order statistics, between which both rules put the end point
       around_low = I(order[floor(at[1]) + c(-1, 2)]), around_high = I(order[floor(at[2]) + c(-1, 2)]))
}
skewed <- round(rexp(24), 4)
counts <- sample(1:5, 15, replace = TRUE)

# Whole clusters: boot draws groups of values, and the groups it drew are handed over too.
cluster_bootstrap <- function(d, R = 199) {
  groups <- split(d$y, d$cluster)
  b <- boot(groups, function(groups, i) c(mean(unlist(groups[i])), i), R)
  means <- b$t[, 1]
  list(y = I(d$y), cluster = I(d$cluster), draws = I(as.integer(t(b$t[, -1])) - 1L), estimate = b$t0[1], replicates = I(means),
       jackknife = I(sapply(unique(d$cluster), function(g) mean(d$y[d$cluster != g]))),
       low = quantile(means, alpha / 2, type = 7, names = FALSE), high = quantile(means, 1 - alpha / 2, type = 7, names = FALSE))
}

# Four units: all 256 resamples, in which every share and every percentile is exact.
cost <- c(0.004, -0.001, 0.002, 0.003)
effect <- c(1, -1, 2, 0)
items <- c(2, 1, 3, 2)
lambdas <- c(0, 0.001, 0.004, 0.02)
all <- as.matrix(expand.grid(rep(list(1:4), 4)))
mean_of <- function(x) apply(all, 1, function(i) sum(x[i]) / sum(items[i]))
c_all <- mean_of(cost)
e_all <- mean_of(effect)
benefit <- lapply(lambdas, function(l) {
  b <- l * e_all - c_all
  list(lambda = l, nmb = (l * sum(effect) - sum(cost)) / sum(items), probability = mean(b > 1e-15),
       low = quantile(b, 0.025, names = FALSE), high = quantile(b, 0.975, names = FALSE))
})
plane <- list(cost = cost, effect = effect, items = items,
              draws = I(unname(as.integer(t(all)) - 1L)),
              cost_ci = I(quantile(c_all, c(0.025, 0.975), names = FALSE)),
              effect_ci = I(quantile(e_all, c(0.025, 0.975), names = FALSE)),
              icer = sum(cost) / sum(effect),
              shares = list(dominant = mean(e_all >= 0 & c_all <= 0 & !(e_all == 0 & c_all == 0)),
                            dominated = mean(e_all <= 0 & c_all >= 0 & !(e_all == 0 & c_all == 0)),
                            dearer = mean(e_all > 0 & c_all > 0), cheaper = mean(e_all < 0 & c_all < 0)),
              # The curve: ten values of lambda a decade, from a tenth of the least to ten times the greatest, over whole decades.
              curve = lapply(-40:0, function(e) list(lambda = signif(10^(e / 10), 10), probability = mean(10^(e / 10) * e_all - c_all > 1e-15))),
              benefit = benefit)
# Effects of +1, -1, -1 and +1 thirds, some of which cancel: here in whole numbers, in evalkit as sums that leave 5.6e-17.
third <- c(1, -1, -1, 1)
e_third <- apply(all, 1, function(i) sum(third[i]))
thirds <- list(shares = list(dominant = mean(e_third >= 0 & c_all <= 0 & !(e_third == 0 & c_all == 0)),
                             dominated = mean(e_third <= 0 & c_all >= 0 & !(e_third == 0 & c_all == 0)),
                             dearer = mean(e_third > 0 & c_all > 0), cheaper = mean(e_third < 0 & c_all < 0)))

write_golden("resampling", "boot", list(
  mean = bca(skewed, rep(1, 24)), clusters = bca(round(counts * runif(15) - 0.4, 4), counts),
  drawn = cluster_bootstrap(data.frame(cluster = rep(0:8, c(1, 5, 2, 3, 4, 1, 2, 5, 3)), y = round(rexp(26) - 0.5, 4))),
  plane = plane, thirds = thirds))
