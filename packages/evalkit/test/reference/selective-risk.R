# Selective risk from single answers, by its words: how often an answer is wrong among those that were given and accepted.
source("golden.R")

set.seed(31)
alpha <- 0.05
thresholds <- c(0, 0.25, 0.5, 0.75, 1)

# All 256 resamples of four clusters: no chance is left, and percentiles (type 7) are exact.
draws <- as.matrix(expand.grid(rep(list(1:4), 4)))

# One row per answer: item, cluster, hard (no answer is right), support, abstains, knows (would be right if it answered).
answers <- function(items, k, abstain, clusters = min(4, items), hard = 0.2, support = TRUE) {
  d <- expand.grid(sample = seq_len(k), item = seq_len(items) - 1)
  d$cluster <- d$item %% clusters
  d$hard <- (runif(items) < hard)[d$item + 1]
  # A few levels, so that thresholds are met exactly and many answers tie.
  d$support <- if (support) sample(c(NA, 0, 0.25, 0.5, 0.5, 0.75, 1), items, replace = TRUE)[d$item + 1] else NA
  d$abstains <- runif(nrow(d)) < abstain
  d$knows <- runif(nrow(d)) < 0.6
  d
}

# An item weighs 1 however often it was asked.
weight <- function(d) 1 / ave(d$item, d$item, FUN = length)
point <- function(d, accepted) {
  given <- accepted & !d$abstains
  wrong <- given & (d$hard | !d$knows)
  coverage <- sum(weight(d)[given]) / length(unique(d$item))
  list(coverage = coverage, risk = if (any(given)) sum(weight(d)[wrong]) / sum(weight(d)[given]) else NA)
}

risk <- function(control, treatment) {
  sides <- list(control = control, treatment = treatment)
  all <- lapply(sides, function(d) point(d, rep(TRUE, nrow(d))))
  clusters <- length(unique(control$cluster))
  delta <- all$treatment$risk - all$control$risk
  interval <- c(NA, NA)
  if (!is.na(delta) && clusters == 4) {
    # Whole clusters, copied as rows as often as they were drawn.
    replicate <- function(d, i) {
      rows <- do.call(rbind, lapply(seq_along(i), function(j) { one <- d[d$cluster == i[j] - 1, ]; one$item <- paste(j, one$item); one }))
      point(transform(rows, item = as.integer(factor(item))), rep(TRUE, nrow(rows)))$risk
    }
    deltas <- apply(draws, 1, function(i) replicate(treatment, i) - replicate(control, i))
    # Resamples that all agree say nothing about uncertainty, like a standard error of 0.
    if (!anyNA(deltas) && diff(range(deltas)) > 1e-12) interval <- quantile(deltas, c(alpha / 2, 1 - alpha / 2), type = 7, names = FALSE)
  }
  # What a scores file says of an item: means over its samples.
  item <- function(d) {
    mean_of <- function(x) unname(c(tapply(as.numeric(x), d$item, mean)))
    list(cluster = I(unname(c(tapply(d$cluster, d$item, max)))), samples = I(unname(c(table(d$item)))), hard = I(mean_of(d$hard)),
         em = I(mean_of(ifelse(d$hard, d$abstains, d$knows & !d$abstains))), abstained = I(mean_of(d$abstains)),
         support = I(unname(c(tapply(d$support, d$item, max)))))
  }
  levels <- if (all(is.na(c(control$support, treatment$support)))) numeric(0) else thresholds
  points <- lapply(levels, function(t) c(list(threshold = t), lapply(sides, function(d) point(d, !is.na(d$support) & d$support >= t))))
  list(rows = lapply(sides, item), control = all$control, treatment = all$treatment, delta = delta, low = interval[1], high = interval[2],
       points = points)
}

two <- function(...) {
  control <- answers(...)
  treatment <- answers(...)
  # The same questions on both sides: the same clusters, the same hard ones.
  treatment$hard <- control$hard
  risk(control, treatment)
}
silent <- answers(8, 1, 1)
lopsided <- answers(12, 1, 0.2)
# The third passage is never answered: some resample holds nothing else, and then there is no risk.
quiet <- answers(12, 1, 0.2)
quiet$abstains[quiet$cluster == 2] <- TRUE
tied <- answers(16, 1, 0.2)
tied$support <- 0.5

cases <- list(single = two(24, 1, 0.25), samples = two(20, 4, 0.3), never_abstains = two(16, 1, 0), always_abstains = risk(silent, silent),
              treatment_abstains = risk(answers(8, 1, 0, hard = 0), transform(answers(8, 1, 1, hard = 0), hard = FALSE)),
              a_silent_cluster = risk(lopsided, transform(quiet, hard = lopsided$hard)),
              ties = risk(tied, transform(tied, knows = rev(knows), hard = hard)), no_support = two(12, 2, 0.3, support = FALSE),
              all_hard = two(12, 1, 0.5, hard = 1), one_cluster = two(6, 1, 0.2, clusters = 1), one_item = two(1, 3, 0))
write_golden("selective-risk", character(0), list(
  alpha = alpha, thresholds = I(thresholds), draws = I(unname(as.integer(t(draws)) - 1L)), cases = cases))
