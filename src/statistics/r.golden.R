# Expected values of R, pROC and vcd for the statistics. Run with Rscript in this folder; writes r.golden.json.
suppressMessages({ library(pROC); library(vcd) })
number <- function(x) paste0("[", paste(ifelse(is.finite(x), sprintf("%.17g", x), "null"), collapse = ","), "]")
fields <- list()
add <- function(name, value) fields[[name]] <<- sprintf('"%s":%s', name, if (is.character(value)) value else number(value))
group <- function(...) { all <- list(...); paste0("{", paste(sprintf('"%s":%s', names(all), sapply(all, function(x) if (is.character(x)) x else if (length(x) == 1 && is.null(names(x))) sprintf("%.17g", x) else number(x))), collapse = ","), "}") }

set.seed(4)
n <- 90
truth <- rbinom(n, 1, 0.4)
# Rounded, so that ties occur.
a <- round(plogis(rnorm(n) + 1.2 * truth), 2)
b <- round(plogis(0.6 * qlogis(pmin(pmax(a, 0.01), 0.99)) + rnorm(n) + 0.3 * truth), 2)
one <- roc(truth, a, direction = "<", quiet = TRUE)
other <- roc(truth, b, direction = "<", quiet = TRUE)
paired <- roc.test(one, other, method = "delong")
part <- function(range, focus, correct) as.numeric(auc(one, partial.auc = range, partial.auc.focus = focus, partial.auc.correct = correct))
add("truth", truth); add("a", a); add("b", b)
add("delong", group(auc = as.numeric(auc(one)), variance = var(one), ci = as.numeric(ci(one, method = "delong")), covariance = cov(one, other),
  difference = as.numeric(auc(one) - auc(other)), z = unname(paired$statistic), p = paired$p.value, testCi = as.numeric(paired$conf.int)))
parts <- list(list("specificity", c(1, 0.8)), list("specificity", c(0.9, 0.55)), list("sensitivity", c(1, 0.8)), list("sensitivity", c(0.93, 0.71)))
add("partial", paste0("[", paste(sapply(parts, function(p) sprintf('{"focus":"%s","from":%.17g,"to":%.17g,"area":%.17g,"corrected":%.17g}', p[[1]], p[[2]][1], p[[2]][2], part(p[[2]], p[[1]], FALSE), part(p[[2]], p[[1]], TRUE))), collapse = ","), "]"))

shares <- list(c(37, 39), c(46, 52), c(83, 91), c(81, 91), c(0, 7), c(7, 7), c(1, 400), c(2500, 5000))
add("shares", paste0("[", paste(sapply(shares, function(s) group(successes = s[1], n = s[2], exact = as.numeric(binom.test(s[1], s[2])$conf.int), wilson = as.numeric(suppressWarnings(prop.test(s[1], s[2], correct = FALSE))$conf.int))), collapse = ","), "]"))
counts <- list(c(2, 9), c(0, 5), c(12, 12), c(30, 55), c(0, 0), c(700, 801))
add("mcnemar", paste0("[", paste(sapply(counts, function(s) group(onlyA = s[1], onlyB = s[2], p = if (sum(s) == 0) 1 else binom.test(s[1], sum(s))$p.value)), collapse = ","), "]"))
tables <- list(c(37, 39, 35, 39), c(3, 10, 9, 11), c(0, 5, 5, 5), c(100, 300, 150, 310))
add("fisher", paste0("[", paste(sapply(tables, function(s) group(a = s[1], nA = s[2], b = s[3], nB = s[4], p = fisher.test(matrix(c(s[1], s[2] - s[1], s[3], s[4] - s[3]), 2))$p.value)), collapse = ","), "]"))
p <- c(0.04, 0.001, 0.03, 0.2, 0.01, 0.011, 0.9)
add("holm", group(p = p, adjusted = p.adjust(p, "holm")))

reader1 <- sample(0:3, 80, TRUE)
reader2 <- ifelse(runif(80) < 0.6, reader1, sample(0:3, 80, TRUE))
table4 <- table(factor(reader1, 0:3), factor(reader2, 0:3))
kappas <- function(weights, name) { k <- Kappa(table4, weights = weights); k[[name]] }
add("reader1", reader1); add("reader2", reader2)
add("cohen", group(none = unname(kappas("Equal-Spacing", "Unweighted")), linear = unname(kappas("Equal-Spacing", "Weighted")), quadratic = unname(kappas("Fleiss-Cohen", "Weighted"))))

grid <- function(f, ...) sapply(list(...), function(x) do.call(f, as.list(x)))
add("distributions", group(
  normal = pnorm(c(-8, -3, -1.959963984540054, -0.1, 0, 0.7, 2.5, 6)),
  normalQuantile = qnorm(c(1e-12, 0.001, 0.025, 0.4, 0.5, 0.975, 0.99999)),
  chiSquare = pchisq(c(0.01, 3.84, 20, 60), c(1, 1, 5, 40), lower.tail = FALSE),
  student = 2 * pt(-c(0.1, 2, 5, 40), c(3.7, 15.034, 2, 300)),
  studentQuantile = qt(c(0.975, 0.6, 0.01, 0.975), c(15.034, 2.5, 8, 1000)),
  fisher = pf(c(0.3, 4.4896, 9), c(2, 1, 3), c(7.7, 15.034, 60), lower.tail = FALSE),
  beta = pbeta(c(0.3, 0.02, 0.999, 0.5), c(2.5, 1, 30, 3000), c(7, 39, 0.5, 3100)),
  betaQuantile = qbeta(c(0.025, 0.975, 0.5), c(37, 38, 0.5), c(3, 2, 0.5)),
  logGamma = lgamma(c(0.5, 1, 3.3, 100, 5e4))))
writeLines(paste0("{", paste(unlist(fields), collapse = ",\n"), "}"), "r.golden.json")
