# Golden values of Tango's score interval (Statistics in Medicine 17 (1998) 891-908), written from the paper alone:
# the likelihood restricted to p12 - p21 = delta is maximised by R's optimize, not by the paper's closed form, and the
# limits are found by R's uniroot. So neither formula nor root finder is that of the program.
#   Rscript tango.R > golden/tango.json

# The most likely p21 when p12 = p21 + delta: by the derivative of the log-likelihood, which falls.
restricted <- function(b, c, n, delta) {
  low <- max(0, -delta)
  high <- (1 - delta) / 2
  slope <- function(q) {
    value <- -2 * (n - b - c) / (1 - 2 * q - delta)
    if (b > 0) value <- value + b / (q + delta)
    if (c > 0) value <- value + c / q
    value
  }
  if (n == b + c) { # no concordant pair: the likelihood has its maximum at the end of the range, or inside it
    slope <- function(q) (if (b > 0) b / (q + delta) else 0) + (if (c > 0) c / q else 0)
  }
  left <- low + (high - low) * 1e-15
  right <- high - (high - low) * 1e-13
  if (slope(left) <= 0) return(low)
  if (slope(right) >= 0) return(high)
  uniroot(slope, c(left, right), tol = 1e-16, maxiter = 10000)$root
}

score <- function(b, c, n, delta) {
  q <- restricted(b, c, n, delta)
  (b - c - n * delta) / sqrt(n * (2 * q + delta * (1 - delta)))
}

limits <- function(both, b, c, neither, alpha) {
  n <- both + b + c + neither
  z <- qnorm(1 - alpha / 2)
  estimate <- (b - c) / n
  edge <- 1e-12
  low <- if (c == n) -1 else
    uniroot(function(d) score(b, c, n, d) - z, c(-1 + edge, estimate - edge), tol = 1e-14, maxiter = 10000)$root
  high <- if (b == n) 1 else
    uniroot(function(d) score(b, c, n, d) + z, c(estimate + edge, 1 - edge), tol = 1e-14, maxiter = 10000)$root
  c(low, high)
}

tables <- list(
  c(1, 1, 7, 12), c(59, 6, 16, 80), c(36, 12, 2, 0), c(0, 5, 5, 0), c(10, 0, 0, 0), c(0, 0, 0, 1), c(0, 1, 0, 0),
  c(0, 0, 1, 0), c(0, 20, 0, 0), c(0, 0, 20, 0), c(30, 5, 0, 15), c(30, 0, 5, 15), c(7, 3, 3, 7), c(500, 360, 76, 383),
  c(400000, 1000, 900, 598100), c(0, 600000, 400000, 0), c(999999, 0, 1, 0), c(500000, 0, 0, 500000),
  c(1000000, 5, 0, 0), c(2, 1, 0, 0)
)
lines <- character(0)
for (table in tables) for (alpha in c(0.1, 0.05, 0.001)) {
  found <- limits(table[1], table[2], table[3], table[4], alpha)
  cells <- paste(sprintf("%d", as.integer(table)), collapse = ", ")
  row <- sprintf("    { \"table\": [%s], \"alpha\": %s, \"low\": %.15g, \"high\": %.15g }", cells, alpha, found[1], found[2])
  lines <- c(lines, row)
}
cat("{\n")
cat(sprintf('  "source": "tango.R by R %s: score statistic by uniroot of the restricted likelihood",\n', getRversion()))
cat('  "order": ["both", "b", "c", "neither"],\n')
cat('  "cases": [\n')
cat(paste(lines, collapse = ",\n"))
cat("\n  ]\n}\n")
