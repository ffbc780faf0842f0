# Rates and pairs of rates: Wilson, Clopper-Pearson, McNemar, Newcombe, Cohen's h and kappa.
source("golden.R")

rates <- expand.grid(n = c(1, 2, 10, 263, 1e6), share = c(0, 1e-6, 0.1, 0.5, 0.937, 1), alpha = c(0.05, 0.001, 0.3))
rates$k <- round(rates$n * rates$share)
rates <- unique(rates[, c("k", "n", "alpha")])
for (i in seq_len(nrow(rates))) {
  r <- rates[i, ]
  # prop.test warns of small counts and, without correction, gives Wilson's score interval.
  w <- suppressWarnings(prop.test(r$k, r$n, conf.level = 1 - r$alpha, correct = FALSE))$conf.int
  e <- binom.test(r$k, r$n, conf.level = 1 - r$alpha)$conf.int
  rates[i, c("wilson_low", "wilson_high", "exact_low", "exact_high")] <- c(w, e)
}

# The mid-p by Lancaster's definition: outcomes less likely in full, those as likely as the observed one by half.
# The binomial is symmetric: farther from the middle in full, as far by half.
mid_p <- function(b, c) {
  x <- 0:(b + c)
  far <- abs(2 * x - (b + c))
  d <- dbinom(x, b + c, 0.5)
  sum(d[far > abs(b - c)]) + sum(d[far == abs(b - c)]) / 2
}
discordant <- data.frame(
  b = c(1, 7, 0, 5, 0, 1, 1, 12, 30, 17, 3, 360, 2000, 100, 500500, 501500, 1000, 0, 1e6, 1),
  c = c(7, 1, 5, 0, 1, 0, 1, 12, 30, 16, 40, 76, 2210, 900, 499500, 498500, 0, 1000, 1e6, 1000))
for (i in seq_len(nrow(discordant))) {
  b <- discordant$b[i]
  c <- discordant$c[i]
  test <- binom.test(b, b + c, 0.5)
  share <- test$conf.int
  discordant[i, "exact"] <- test$p.value
  discordant[i, "mid"] <- mid_p(b, c)
  discordant[i, "odds"] <- if (c == 0) NA else b / c
  discordant[i, "odds_low"] <- share[1] / (1 - share[1])
  discordant[i, "odds_high"] <- if (c == 0) NA else share[2] / (1 - share[2])
}

# Lopsided splits of a million pairs: each end by the lower limit of its own side, as 1 less a limit next to 1 has few digits.
lopsided <- data.frame(b = c(1e6, 1e6, 999990, 5e5, 1, 3), c = c(1, 3, 10, 2, 1e6, 1e6))
for (i in seq_len(nrow(lopsided))) {
  b <- lopsided$b[i]
  c <- lopsided$c[i]
  low <- function(k) binom.test(k, b + c, 0.5)$conf.int[1]
  lopsided[i, c("odds_low", "odds_high")] <- c(low(b) / (1 - low(b)), (1 - low(c)) / low(c))
}

# Newcombe (Statistics in Medicine 17 (1998) 2635-2650), method 10, in the notation of the paper: e, f, g, h are the
# cells, theta = (f - g) / n. Distances from the rate to its Wilson limits without subtracting the limits, which would
# lose digits at rates next to 1.
newcombe10 <- function(e, f, g, h, alpha) {
  n <- e + f + g + h
  z2 <- qnorm(alpha / 2)^2
  distances <- function(right, wrong) {
    root <- sqrt(z2 * right * wrong / n + z2^2 / 4)
    shift <- z2 * (right - wrong) / (2 * n)
    c(root + shift, root - shift) / (n + z2)
  }
  d2 <- distances(e + f, g + h)
  d3 <- distances(e + g, f + h)
  top <- e * h - f * g
  top <- if (top > n / 2) top - n / 2 else if (top >= 0) 0 else top
  below <- (e + f) * (g + h) * (e + g) * (f + h)
  phi <- if (below == 0) 0 else top / sqrt(below)
  theta <- (f - g) / n
  delta <- sqrt(d2[1]^2 - 2 * phi * d2[1] * d3[2] + d3[2]^2)
  epsilon <- sqrt(d2[2]^2 - 2 * phi * d2[2] * d3[1] + d3[1]^2)
  c(theta - delta, theta + epsilon)
}
paired <- data.frame(
  both = c(20, 36, 43, 0, 10, 10, 0, 5, 1, 54, 2, 250000, 999990, 0, 0, 30),
  b = c(14, 12, 4, 0, 0, 5, 7, 5, 1, 0, 3, 130000, 7, 1, 5, 10),
  c = c(4, 2, 1, 0, 0, 0, 3, 5, 0, 0, 4, 120000, 3, 0, 5, 12),
  neither = c(12, 0, 0, 10, 0, 0, 0, 5, 0, 0, 1, 500000, 0, 0, 0, 9))
paired <- merge(paired, data.frame(alpha = c(0.05, 0.01)))
paired[, c("low", "high")] <- t(mapply(newcombe10, paired$both, paired$b, paired$c, paired$neither, paired$alpha))

h <- data.frame(p1 = c(0.1, 0.5, 0, 1, 0.999), p2 = c(0.2, 0.5, 1, 0.3, 0.998))
h$h <- sapply(seq_len(nrow(h)), function(i) pwr::ES.h(h$p1[i], h$p2[i]))

# Kappa with the error of Fleiss, Cohen & Everitt (1969), formula 13 in matrix form; alpha 0.05.
kappa <- function(counts) {
  p <- counts / sum(counts)
  r <- rowSums(p)
  k <- colSums(p)
  po <- sum(diag(p))
  pe <- sum(r * k)
  w <- diag(nrow(p))
  wbar <- outer(drop(w %*% k), drop(t(w) %*% r), "+") # weighted kappa with unit weights
  spread <- sum(p * (w * (1 - pe) - wbar * (1 - po))^2) - (po * pe - 2 * pe + po)^2
  list(table = counts, agreement = po, expected = pe, kappa = (po - pe) / (1 - pe),
       se = sqrt(spread / sum(counts)) / (1 - pe)^2)
}
kappas <- lapply(list(rbind(c(75, 1, 4), c(5, 4, 1), c(0, 0, 10)), rbind(c(20, 5), c(10, 15)), rbind(c(3, 7), c(8, 2)),
                      rbind(c(600000, 50000), c(70000, 280000)), rbind(c(9, 1), c(0, 0))), kappa)

write_golden("proportions", "pwr", list(rates = rates, discordant = discordant, lopsided = lopsided, paired = paired, cohen_h = h, kappa = kappas))
