# Cost against effect from single answers: what a condition paid for each right one, and in which quadrant a treatment lies.
source("golden.R")

set.seed(67)
lambdas <- c(0, 0.002, 0.05)

# One row per answer, with whole numbers of micro-dollars, so that sums are exact and equal costs are equal.
answers <- function(items, k, right, price, unknown = 0) {
  d <- expand.grid(sample = seq_len(k), item = seq_len(items) - 1)
  d$micro <- price + sample(0:40, nrow(d), replace = TRUE)
  d$right <- rbinom(nrow(d), 1, right)
  d$micro[d$item < unknown] <- NA
  d
}
of_item <- function(d, f, column) unname(c(tapply(d[[column]], d$item, f)))

condition <- function(d) {
  usd <- sum(d$micro) / 1e6
  list(items = length(unique(d$item)), answers = nrow(d), usd = usd, usd_per_answer = usd / nrow(d), correct = sum(d$right),
       usd_per_correct = if (is.na(usd) || sum(d$right) == 0) NA else usd / sum(d$right))
}
# On paper: micro-dollars and right answers per item, over a common number of answers, are whole numbers.
compare <- function(control, treatment, better = 1) {
  parts <- max(table(control$item)) * max(table(treatment$item))
  whole <- function(d, column) of_item(d, sum, column) * parts / max(table(d$item))
  both <- !is.na(whole(control, "micro") + whole(treatment, "micro"))
  n <- sum(both)
  cost <- sum((whole(treatment, "micro") - whole(control, "micro"))[both])
  effect <- better * sum((whole(treatment, "right") - whole(control, "right"))[both])
  word <- if (n == 0) NA
    else if (cost == 0 && effect == 0) "no difference"
    else if (cost <= 0 && effect >= 0) "dominant"
    else if (cost >= 0 && effect <= 0) "dominated"
    else if (effect > 0) "trade-off: better and dearer"
    else "trade-off: worse and cheaper"
  mean_cost <- cost / parts / n / 1e6
  mean_effect <- effect / parts / n
  list(n = n, delta_cost = mean_cost, delta_effect = mean_effect, quadrant = word,
       icer = if (grepl("^trade-off", word)) mean_cost / mean_effect else NA,
       nmb = if (n == 0) NULL else I(lambdas * mean_effect - mean_cost))
}
case <- function(control, treatment, metric = "em") {
  rows <- function(d) list(samples = I(unname(c(table(d$item)))), value = I(of_item(d, mean, "right")), usd = I(of_item(d, sum, "micro") / 1e6))
  list(metric = metric, rows = list(control = rows(control), treatment = rows(treatment)),
       conditions = list(control = condition(control), treatment = condition(treatment)),
       result = compare(control, treatment, if (metric == "em") 1 else -1))
}
base <- answers(30, 1, 0.5, 200)
# The same money on other items, and the same thirds of right answers: sums that are equal on paper.
turned <- function(d, column) { d[[column]] <- d[[column]][c(seq_len(nrow(d))[-1], 1)]; d }
thirds <- answers(9, 3, 0.5, 100)
dearer <- transform(base, micro = micro + 55, right = pmax(right, item %% 5 == 0))
cases <- list(
  better_and_dearer = case(base, dearer), worse_and_cheaper = case(dearer, base),
  dominant = case(base, transform(dearer, micro = base$micro - 30)), dominated = case(transform(dearer, micro = base$micro - 30), base),
  lower_is_better = case(dearer, base, "false_answer"), nothing_right = case(transform(base, right = 0), base),
  samples = case(answers(20, 3, 0.4, 100), answers(20, 5, 0.7, 130)), unknown_cost = case(base, answers(30, 1, 0.6, 220, unknown = 4)),
  no_cost_known = case(base, answers(30, 1, 0.6, 220, unknown = 30)), equal = case(base, base),
  same_money_elsewhere = case(base, transform(turned(base, "micro"), right = dearer$right)),
  same_answers_elsewhere = case(thirds, transform(turned(thirds, "right"), micro = micro + 7)),
  same_both_elsewhere = case(thirds, turned(turned(turned(thirds, "micro"), "right"), "right")))
write_golden("costs", character(0), list(lambdas = I(lambdas), cases = cases))
