# A million paired items: what sums, ranks and sandwiches lose at that size.
source("golden.R")
suppressMessages(library(sandwich))

n <- 1e6
i <- seq_len(n) - 1
# Whole numbers below 2^53, so that both sides have the same differences: spread like chance over -0.503 ... 0.505.
residue <- (7 * i * i + 13 * i) %% 1009
d <- (residue - 488.3) / 1000
cluster <- i %/% 7
clusters <- length(unique(cluster))

fit <- lm(d ~ 1)
mean <- unname(coef(fit))
se <- sqrt(vcovCL(fit, cluster = cluster, type = "HC0", cadjust = TRUE)[1, 1])
half <- qt(0.975, clusters - 1) * se
# Rounded to thousandths there are zeros and a thousand values with ties.
tied <- residue - 491
w <- suppressWarnings(wilcox.test(tied, correct = FALSE, exact = FALSE))

base <- ((i * 31) %% 97) / 97
y <- c(rbind(base, base + d))
condition <- rep(0:1, n)
ols <- lm(y ~ condition)

# Right answers of the control and the treatment: 500,000 both, 60,000 the treatment, 50,000 the control, 390,000 neither.
right <- c(rbind(i < 500000 | (i >= 560000 & i < 610000), i < 560000))
passage <- rep(((i * 379721) %% n) %/% 7, each = 2)
gee <- glm(right ~ condition, binomial, control = glm.control(epsilon = 1e-15, maxit = 100))

write_golden("million", "sandwich", list(
  mean = list(mean = mean, se = se, low = mean - half, high = mean + half, p = 2 * pt(-abs(mean / se), clusters - 1),
              design_effect = se^2 / vcov(fit)[1, 1], d_z = mean / sd(d)),
  ranks = list(w_plus = unname(w$statistic), nonzero = sum(tied != 0), p = w$p.value),
  ols = list(effect = unname(coef(ols)[2]), se = sqrt(vcovCL(ols, cluster = rep(cluster, each = 2), type = "HC1")[2, 2])),
  # The model is saturated: its effect is the difference of log odds, to more digits than glm iterates.
  gee = list(effect = qlogis(0.56) - qlogis(0.55), glm_effect = unname(coef(gee)[2]),
             se = sqrt(vcovCL(gee, cluster = passage, type = "HC0")[2, 2])),
  paired = list(mean = mean, se = sd(d) / sqrt(n))))
