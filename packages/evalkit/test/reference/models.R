# Models: cluster-robust means and least squares, GEE, and mixed models by REML and adaptive Gauss-Hermite quadrature.
source("golden.R")
suppressMessages({library(lme4); library(sandwich); library(geepack)})

set.seed(5)
answers <- function(items, per_cluster, sd, shift, trials = 1, conditions = 2) {
  d <- expand.grid(condition = 0:(conditions - 1), item = seq_len(items) - 1)
  d$cluster <- d$item %/% per_cluster
  level <- rnorm(items, 0.3, sd)[d$item + 1]
  d$trials <- rep_len(trials, nrow(d))
  d$right <- rbinom(nrow(d), d$trials, plogis(level + shift * d$condition))
  d
}
scores <- function(items, per_cluster, sd_item, sd_residual, conditions = 3) {
  d <- expand.grid(condition = 0:(conditions - 1), item = seq_len(items) - 1)
  d$cluster <- d$item %/% per_cluster
  d$y <- round(0.5 + rnorm(items, 0, sd_item)[d$item + 1] + 0.05 * d$condition + rnorm(nrow(d), 0, sd_residual), 5)
  d
}

# The mean: vcovCL(type = "HC0", cadjust = TRUE), that is the sandwich times G / (G - 1).
cluster_mean <- function(d) {
  fit <- lm(y ~ 1, d)
  se <- sqrt(vcovCL(fit, cluster = d$cluster, type = "HC0", cadjust = TRUE)[1, 1])
  groups <- length(unique(d$cluster))
  test <- lmtest::coeftest(fit, vcovCL(fit, cluster = d$cluster, type = "HC0", cadjust = TRUE), df = groups - 1)
  half <- qt(0.975, groups - 1) * se
  list(y = I(d$y), cluster = I(d$cluster), mean = unname(coef(fit)), se = se, df = groups - 1, low = unname(coef(fit)) - half,
       high = unname(coef(fit)) + half, p = test[1, 4], design_effect = se^2 / vcov(fit)[1, 1])
}
uneven <- data.frame(y = round(rnorm(30), 4), cluster = rep(0:6, c(1, 2, 9, 4, 7, 3, 4)))
two <- data.frame(y = c(0, 1, 1, 0, 1, 1, 1, 1), cluster = rep(0:1, c(3, 5)))

rows <- function(d) d[order(d$item, d$condition), ]
# Least squares: vcovCL's default for lm, HC1: G / (G - 1) x (n - 1) / (n - p).
ols <- function(d) {
  fit <- lm(y ~ factor(condition), d)
  list(rows = d, beta = I(unname(coef(fit))), se = I(unname(sqrt(diag(vcovCL(fit, cluster = d$cluster, type = "HC1"))))))
}
incomplete <- rows(scores(24, 3, 0.2, 0.1)[-c(2, 5, 6, 20, 71, 72), ])

# GEE with independence: the geepack sandwich has no G / (G - 1); glm with vcovCL HC0 has.
gee <- function(d) {
  long <- do.call(rbind, lapply(seq_len(nrow(d)), function(i)
    data.frame(condition = d$condition[i], cluster = d$cluster[i], y = rep(1:0, c(d$right[i], d$trials[i] - d$right[i])))))
  long <- long[order(long$cluster), ]
  groups <- length(unique(long$cluster))
  fit <- geeglm(y ~ factor(condition), id = cluster, data = long, family = binomial, corstr = "independence",
                control = geese.control(epsilon = 1e-12, maxit = 100))
  plain <- glm(y ~ factor(condition), binomial, long, control = glm.control(epsilon = 1e-14))
  list(rows = d, beta = I(unname(coef(plain))), gee_beta = I(unname(coef(fit))),
       gee_se = I(unname(summary(fit)$coefficients[, "Std.err"]) * sqrt(groups / (groups - 1))),
       se = I(unname(sqrt(diag(vcovCL(plain, cluster = long$cluster, type = "HC0"))))))
}

tight <- list(xtol_abs = 1e-14, ftol_abs = 1e-15, xtol_rel = 1e-14, ftol_rel = 1e-15, maxeval = 1e5)
lmm <- function(d) {
  fit <- suppressWarnings(lmer(y ~ factor(condition) + (1 | item), d, REML = TRUE,
                               control = lmerControl(optimizer = "nloptwrap", optCtrl = tight, calc.derivs = FALSE)))
  # The variance ratio is polished by one-dimensional search of lme4's own criterion.
  criterion <- update(fit, devFunOnly = TRUE)
  theta <- getME(fit, "theta")
  if (theta > 1e-6) theta <- optimize(criterion, theta * c(0.9, 1.1), tol = 1e-14)$minimum
  criterion(theta)
  fit <- mkMerMod(environment(criterion), list(par = theta, fval = criterion(theta), conv = 0), fit@frame, d)
  list(rows = d, beta = I(unname(fixef(fit))), se = I(unname(sqrt(diag(as.matrix(vcov(fit)))))),
       sd_item = as.data.frame(VarCorr(fit))$sdcor[1], sd_residual = sigma(fit), log_likelihood = as.numeric(logLik(fit)))
}
mkMerMod <- function(env, opt, frame, d) {
  form <- lFormula(y ~ factor(condition) + (1 | item), d, REML = TRUE)
  lme4::mkMerMod(env, opt, form$reTrms, form$fr)
}
opposed <- scores(20, 2, 0, 0.1, 2)
opposed$y[opposed$condition == 1] <- round(1.1 - opposed$y[opposed$condition == 0] + rnorm(20, 0, 0.02), 5)
# Conditions that differ on three items of 60 only: the item variance is 10^5 to 10^6 times the residual one.
alike <- scores(60, 3, 0.3, 0, 2)
alike$y[alike$condition == 1] <- alike$y[alike$condition == 0]
alike$y[c(2, 40, 90)] <- alike$y[c(2, 40, 90)] + c(0.002, -0.001, 0.001)

glmm <- function(d, points = 25) {
  fit <- suppressMessages(suppressWarnings(glmer(
    cbind(right, trials - right) ~ factor(condition) + (1 | item), d, family = binomial, nAGQ = points,
    control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-9, maxfun = 1e5)))))
  list(rows = d, points = points, beta = I(unname(fixef(fit))), se = I(unname(sqrt(diag(as.matrix(vcov(fit)))))),
       sigma = unname(getME(fit, "theta")))
}
pairs <- function(both, b, c, neither) {
  first <- rep(c(1, 0, 1, 0), c(both, b, c, neither))
  second <- rep(c(1, 1, 0, 0), c(both, b, c, neither))
  n <- length(first)
  data.frame(condition = rep(0:1, n), item = rep(seq_len(n) - 1, each = 2), cluster = rep(seq_len(n) - 1, each = 2),
             trials = 1, right = as.vector(rbind(first, second)))
}
opposite <- pairs(4, 9, 7, 3)

compact <- function(x) {
  x$rows <- lapply(rows(x$rows), I)
  x
}
write_golden("models", c("lme4", "sandwich", "geepack", "lmtest"), list(
  means = list(uneven = cluster_mean(uneven), two = cluster_mean(two)),
  ols = lapply(list(incomplete = incomplete, complete = scores(20, 4, 0.2, 0.1)), function(d) compact(ols(d))),
  gee = lapply(list(single = answers(60, 3, 1, 0.5), counts = answers(40, 4, 1, 0.5, trials = c(1, 3, 4), conditions = 3)),
               function(d) compact(gee(d))),
  lmm = lapply(list(balanced = scores(40, 2, 0.2, 0.1, 2), incomplete = incomplete, weak = scores(30, 2, 0.03, 0.15),
                    boundary = opposed, alike = alike), function(d) compact(lmm(d))),
  glmm = lapply(list(saturated = glmm(pairs(30, 25, 11, 34)), counts = glmm(answers(60, 3, 1.2, 0.5, trials = c(1, 3, 4), conditions = 3)),
                     missing = glmm(answers(50, 2, 1, -0.6, trials = c(2, 2, 5), conditions = 3)[-c(3, 8, 20, 21, 22, 100), ]),
                     few_points = glmm(pairs(30, 25, 11, 34), 9), boundary = glmm(opposite)), compact)))
