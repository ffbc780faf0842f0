# What the coverage of each interval is, so that a simulation has a number to meet and no tolerance to hide in.
# Intervals of counts: exact, by summing the probability of every table whose interval holds the truth; limits are
# written here from the papers. BCa: 40,000 samples of the exponential distribution, by R's own random numbers.
#   Rscript coverage.R > golden/coverage.json
z <- qnorm(0.975)

wilson <- function(k, n) {
  p <- k / n
  centre <- (p + z^2 / 2 / n) / (1 + z^2 / n)
  half <- z / (1 + z^2 / n) * sqrt(p * (1 - p) / n + z^2 / 4 / n^2)
  cbind(ifelse(k == 0, 0, centre - half), ifelse(k == n, 1, centre + half))
}
exact <- function(k, n) cbind(qbeta(0.025, k, n - k + 1), qbeta(0.975, k + 1, n - k))

rates <- function(method, n, from, to) {
  limits <- method(0:n, n)
  limits[1, 1] <- 0
  limits[n + 1, 2] <- 1
  p <- from + (to - from) * (seq_len(20000) - 0.5) / 20000
  mean(sapply(p, function(p) sum(dbinom(0:n, n, p)[limits[, 1] <= p & p <= limits[, 2]])))
}

newcombe <- function(both, b, c, neither) {
  n <- both + b + c + neither
  w1 <- wilson(both + b, n)
  w2 <- wilson(both + c, n)
  p1 <- (both + b) / n
  p2 <- (both + c) / n
  margins <- (both + b) * (c + neither) * (both + c) * (b + neither)
  cross <- both * neither - b * c
  phi <- if (margins == 0) 0 else (if (cross > n / 2) cross - n / 2 else min(0, cross)) / sqrt(margins)
  reach <- function(x, y) sqrt(max(0, x^2 - 2 * phi * x * y + y^2))
  p1 - p2 + c(-reach(p1 - w1[1], w2[2] - p2), reach(w1[2] - p1, p2 - w2[1]))
}

# Whether the score test of the true difference does not reject: the restricted share by the quadratic of Tango (1998).
tango <- function(b, c, n, delta) {
  B <- (2 * n - b + c) * delta - b - c
  q <- (sqrt(B^2 + 8 * n * c * delta * (1 - delta)) - B) / (4 * n)
  abs(b - c - n * delta) <= z * sqrt(n * (2 * q + delta * (1 - delta)))
}

pairs <- function(shares, n) { # both, b, c, neither; b >= c
  delta <- shares[2] - shares[3]
  found <- c(0, 0)
  for (b in 0:n) for (c in 0:(n - b)) {
    chance <- dbinom(b, n, shares[2]) * dbinom(c, n - b, shares[3] / (1 - shares[2]))
    if (chance < 1e-9) next
    if (tango(b, c, n, delta)) found[2] <- found[2] + chance
    rest <- n - b - c
    for (both in 0:rest) {
      here <- chance * dbinom(both, rest, shares[1] / (shares[1] + shares[4]))
      if (here < 1e-10) next
      limits <- newcombe(both, b, c, rest - both)
      if (limits[1] <= delta && delta <= limits[2]) found[1] <- found[1] + here
    }
  }
  found
}

bca <- function(n, samples, times) {
  set.seed(1987)
  missed <- c(0, 0)
  for (r in seq_len(times)) {
    x <- rexp(n)
    t <- colMeans(matrix(sample(x, n * samples, TRUE), n))
    z0 <- qnorm(mean(t < mean(x)))
    d <- mean(x) - (sum(x) - x) / (n - 1)
    a <- sum(d^3) / (6 * sum(d^2)^1.5)
    level <- pnorm(z0 + (z0 + c(-z, z)) / (1 - a * (z0 + c(-z, z))))
    limits <- quantile(t, level, names = FALSE)
    missed <- missed + c(limits[2] < 1, limits[1] > 1)
  }
  missed / times
}

lines <- character(0)
for (n in c(10, 20, 50, 100)) for (range in list(c(0, 1), c(0.01, 0.1))) {
  lines <- c(lines, sprintf('    { "n": %d, "from": %s, "to": %s, "wilson": %.6f, "exact": %.6f }', n, range[1], range[2],
    rates(wilson, n, range[1], range[2]), rates(exact, n, range[1], range[2])))
}
cat(sprintf('{\n  "source": "coverage.R by R %s, level 95 %%",\n  "rates": [\n%s\n  ],\n', getRversion(), paste(lines, collapse = ",\n")))
cases <- list(
  list(c(0.4, 0.15, 0.05, 0.4), 50), list(c(0.3, 0.2, 0.2, 0.3), 30), list(c(0.2, 0.4, 0.1, 0.3), 20),
  list(c(0.7, 0.08, 0.02, 0.2), 100), list(c(0.94, 0.02, 0.02, 0.02), 40), list(c(0.05, 0.6, 0.05, 0.3), 15)
)
lines <- character(0)
for (case in cases) {
  found <- pairs(case[[1]], case[[2]])
  shares <- paste(case[[1]], collapse = ", ")
  lines <- c(lines, sprintf('    { "n": %d, "shares": [%s], "newcombe": %.6f, "tango": %.6f }', case[[2]], shares, found[1], found[2]))
}
cat(sprintf('  "pairs": [\n%s\n  ],\n', paste(lines, collapse = ",\n")))
missed <- bca(20, 300, 40000)
cat(sprintf('  "bca": { "n": 20, "samples": 300, "times": 40000, "below": %.5f, "above": %.5f }\n}\n', missed[1], missed[2]))
