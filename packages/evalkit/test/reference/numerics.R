# Golden values of the distributions that all tests and intervals stand on, far into the tails and up to counts of a
# million, by R's own pnorm, qnorm, pt, qt, pbeta, qbeta, pbinom, dbinom and lgamma.
#   Rscript numerics.R > golden/numerics.json
lines <- character(0)
add <- function(name, arguments, value) {
  # A value that a double holds with fewer digits says nothing about relative errors.
  if (value < 1e-300 && value > -1e-300) return(invisible())
  text <- paste(sprintf("%.17g", arguments), collapse = ", ")
  lines <<- c(lines, sprintf('    ["%s", [%s], %.17g]', name, text, value))
}
for (x in c(-37.5, -20, -8.3, -3.0001, -2.9999, -1, -1e-8, 2)) add("normalCdf", x, pnorm(x))
for (p in c(1e-300, 1e-100, 1e-20, 1e-5, 0.025, 0.49, 0.999999)) add("normalQuantile", p, qnorm(p))
for (df in c(1, 3.5, 50, 1e4, 1e6)) {
  for (t in c(-1e6, -1e3, -40, -10, -3, -0.01, 2)) add("studentCdf", c(t, df), pt(t, df))
  for (p in c(1e-100, 1e-20, 1e-4, 0.025, 0.3)) add("studentQuantile", c(p, df), qt(p, df))
}
for (a in c(0.5, 2, 1000, 1e6)) for (b in c(0.5, 300, 1e6)) {
  for (z in c(-30, -10, -3, 0, 2)) {
    x <- a / (a + b) + z * sqrt(a * b / ((a + b)^2 * (a + b + 1)))
    if (x > 0 && x < 1) add("regularizedBeta", c(x, a, b), pbeta(x, a, b))
  }
}
for (a in c(0.5, 2, 1000, 1e6)) for (b in c(1, 300, 1e6)) for (p in c(1e-12, 0.025, 0.5, 0.975))
  add("betaQuantile", c(p, a, b), qbeta(p, a, b))
# Rates next to 0 and 1: the first term of the usual fraction cancels there.
for (case in list(c(0.99998363825924297, 939242, 1.34), c(0.9999997, 1e6, 0.5), c(0.9998754993402191, 707748, 27), c(3e-6, 1.5, 1e6)))
  add("regularizedBeta", case, pbeta(case[1], case[2], case[3]))
for (case in list(c(0, 745274, 4.6189060743541e-06), c(732549, 858784, 0.856308389222249), c(999990, 1e6, 0.999995), c(2, 1e6, 1e-5)))
  add("binomialCdf", case, pbinom(case[1], case[2], case[3]))
for (case in list(c(-3.97321497489391, 815984), c(-2.0903660589371, 542706))) add("studentCdf", case, pt(case[1], case[2]))
# Quantiles far below the spacing of doubles near 1.
for (case in list(c(1e-20, 0.5, 1e6), c(1e-48, 1.09, 76514), c(1e-90, 0.5, 3))) add("betaQuantile", case, qbeta(case[1], case[2], case[3]))
for (n in c(10, 436, 1e4, 1e6)) for (p in c(0.5, 0.01)) for (z in c(-35, -10, -3, 0)) {
  k <- round(n * p + z * sqrt(n * p * (1 - p)))
  if (k < 0) next
  add("binomialCdf", c(k, n, p), pbinom(k, n, p))
  add("binomialPmf", c(k, n, p), dbinom(k, n, p))
}
for (x in c(1e-10, 0.001, 0.5, 2.5, 9.99, 171.5, 1e4, 1e6, 1e9)) add("logGamma", x, lgamma(x))
for (pair in list(c(360, 76), c(5000, 4000), c(500000, 499000), c(490000, 510000), c(1e6, 998000), c(1e6, 1e6 - 1), c(1000, 0))) {
  n <- sum(pair)
  k <- min(pair)
  add("mcnemarExact", pair, 2 * pbinom(k, n, 0.5))
  add("mcnemarMid", pair, 2 * pbinom(k, n, 0.5) - dbinom(k, n, 0.5))
}
for (k in c(1, 400, 5e5, 999999)) {
  add("clopperLow", c(k, 1e6), qbeta(0.025, k, 1e6 - k + 1))
  add("clopperHigh", c(k, 1e6), qbeta(0.975, k + 1, 1e6 - k))
}
cat(sprintf('{\n  "source": "numerics.R by R %s",\n  "cases": [\n%s\n  ]\n}\n', getRversion(), paste(lines, collapse = ",\n")))
