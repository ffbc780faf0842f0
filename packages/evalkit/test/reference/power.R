# Planning: Connor's formula, exact unconditional McNemar power, and the paired plan for means.
source("golden.R")
source("connor.R")
suppressMessages(library(pwr))

# Connor's formula, solved for n and inverted by uniroot.
connor_n <- function(p, d, alpha, power)
  ceiling(((qnorm(1 - alpha / 2) * sqrt(p) + qnorm(power) * sqrt(p - d^2)) / d)^2)
connor <- expand.grid(p = c(0.05, 0.2, 0.6, 1), part = c(0.1, 0.5, 0.9), alpha = c(0.05, 0.01), power = c(0.8, 0.95))
connor$d <- connor$p * connor$part
connor$n <- mapply(connor_n, connor$p, connor$d, connor$alpha, connor$power)
connor$at_200 <- mapply(connor_power, connor$p, connor$d, 200, connor$alpha)
connor$detectable <- mapply(function(p, alpha, power) {
  excess <- function(d) connor_power(p, d, 400, alpha) - power
  if (excess(p - 1e-9) < 0) NA else uniroot(excess, c(0, p - 1e-9), tol = 1e-14)$root
}, connor$p, connor$alpha, connor$power)

exact <- data.frame(p = c(0.4, 0.3, 0.2, 0.6, 0.9, 0.1, 1), d = c(0.2, 0.25, 0, 0.3, 0.1, 0.1, 0.4),
                    n = c(20, 45, 30, 60, 50, 70, 25), alpha = c(0.05, 0.05, 0.1, 0.01, 0.05, 0.05, 0.2))
exact$power <- mapply(exact_power, exact$p, exact$d, exact$n, exact$alpha)

# Means: the normal plan, one-sided at alpha / 2 as pwr.norm.test has it; power.t.test beside it for the difference.
means <- data.frame(variance = c(1, 0.16, 0.25, 4), d = c(0.5, 0.05, 0.1, 0.02), n = c(34, 500, 150, 80), alpha = c(0.05, 0.05, 0.01, 0.05),
                    power = c(0.8, 0.9, 0.8, 0.8))
for (i in seq_len(nrow(means))) {
  m <- means[i, ]
  effect <- m$d / sqrt(m$variance)
  one <- function(...) pwr.norm.test(sig.level = m$alpha / 2, alternative = "greater", ...)
  means$at_n[i] <- one(d = effect, n = m$n)$power
  means$items[i] <- ceiling(((qnorm(1 - m$alpha / 2) + qnorm(m$power)) / effect)^2)
  means$detectable[i] <- (qnorm(1 - m$alpha / 2) + qnorm(m$power)) * sqrt(m$variance / m$n)
  means$detectable_power[i] <- one(d = means$detectable[i] / sqrt(m$variance), n = m$n)$power
  means$t_power[i] <- power.t.test(n = m$n, delta = m$d, sd = sqrt(m$variance), sig.level = m$alpha, type = "paired")$power
  means$pwr_t_power[i] <- pwr.t.test(n = m$n, d = effect, sig.level = m$alpha, type = "paired")$power
}
write_golden("power", "pwr", list(connor = connor, exact = exact, means = means))
