# Distribution functions and quantiles, far into the tails and with a million trials.
source("golden.R")

z <- c(-37.5, -20, -8, -5, -3.01, -3, -2.99, -1, -1e-3, -1e-12, 0, 0.5, 2.9, 3.1, 5)
p <- c(1e-300, 1e-200, 1e-100, 1e-20, 1e-8, 0.001, 0.025, 0.3, 0.4999, 0.6, 0.975, 0.999999)
normal <- data.frame(z = z, p = pnorm(z))
normal_quantile <- data.frame(p = p, z = qnorm(p))

student <- expand.grid(t = c(-1e150, -1e6, -50, -12.7, -4, -2, -1.01, -0.3, -1e-6, 0.7, 3),
                       df = c(1, 2, 3, 4, 9, 29, 100, 1e4, 1e6))
student$p <- pt(student$t, student$df)
student <- subset(student, p > 1e-300)
student_quantile <- expand.grid(p = c(1e-100, 1e-20, 1e-6, 0.001, 0.025, 0.2, 0.49, 0.51, 0.95, 0.975, 0.9995),
                                df = c(1, 2, 3, 5, 19, 200, 1e5))
student_quantile$t <- qt(student_quantile$p, student_quantile$df)

beta <- expand.grid(x = c(1e-300, 1e-30, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999), a = c(0.5, 1, 2.5, 40, 1000), b = c(0.5, 1, 7, 300))
beta$p <- pbeta(beta$x, beta$a, beta$b)
beta <- subset(beta, p > 1e-300)
beta_quantile <- expand.grid(p = c(1e-12, 0.0005, 0.025, 0.5, 0.975, 0.9995), a = c(1, 2, 30, 1e4, 1e6), b = c(1, 3, 80, 1e6))
beta_quantile$x <- qbeta(beta_quantile$p, beta_quantile$a, beta_quantile$b)

binomial <- data.frame(
  k = c(0, 3, 9, 10, 50, 0, 100, 499, 500, 480, 499000, 500000, 485000, 501000, 10, 0, 25, 999999, 1),
  n = c(10, 10, 10, 20, 100, 1000, 1000, 1000, 1000, 1000, 1e6, 1e6, 1e6, 1e6, 1e6, 1e6, 1e6, 1e6, 2000),
  p = c(0.5, 0.2, 0.9, 0.5, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 3e-5, 1e-6, 1e-5, 0.999999, 0.3))
binomial$cdf <- pbinom(binomial$k, binomial$n, binomial$p)
binomial$pmf <- dbinom(binomial$k, binomial$n, binomial$p)

x <- c(1e-300, 1e-5, 0.1, 0.5, 0.999, 1.001, 1.5, 2.001, 3, 9.999, 10, 50.5, 171, 1e3, 1e6, 1e15)
gamma <- data.frame(x = x, log_gamma = lgamma(x))
choose <- data.frame(n = c(5, 60, 1000, 1e6, 1e6), k = c(2, 30, 1, 3, 5e5))
choose$log_choose <- lchoose(choose$n, choose$k)

write_golden("distributions", character(), list(
  normal = normal, normal_quantile = normal_quantile, student = student, student_quantile = student_quantile,
  beta = beta, beta_quantile = beta_quantile, binomial = binomial, gamma = gamma, choose = choose))
