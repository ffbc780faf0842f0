# Power of McNemar's test: Connor's formula, and exactly by every table of n pairs.

# Connor (Biometrics 43 (1987) 207-211): p = p10 + p01, d = p10 - p01.
connor_power <- function(p, d, n, alpha) pnorm((sqrt(n) * d - qnorm(1 - alpha / 2) * sqrt(p)) / sqrt(p - d^2))

# Every table of n pairs, each with its multinomial probability; the mid-p in full, without its symmetry.
mid_p <- function(b, c) {
  x <- 0:(b + c)
  far <- abs(2 * x - (b + c))
  d <- dbinom(x, b + c, 0.5)
  sum(d[far > abs(b - c)]) + sum(d[far == abs(b - c)]) / 2
}
exact_power <- function(p, d, n, alpha) {
  total <- 0
  for (b in 0:n) for (c in 0:(n - b)) if (mid_p(b, c) <= alpha)
    total <- total + dmultinom(c(b, c, n - b - c), prob = c((p + d) / 2, (p - d) / 2, 1 - p))
  total
}
