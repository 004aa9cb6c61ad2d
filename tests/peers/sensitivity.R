# Indices of the same runs by ictus and the R package `sensitivity`; ends with an error where they differ.
#
# Usage: Rscript sensitivity.R FOLDER, where tests/peers/sensitivity.py has written the runs and what the formulas of the package must
# give of them: sobolmartinez (correlations), soboljansen (sums over 2n - 1, variance over A alone with n - 1), sobol2007 (S1 alone, of
# outputs less their mean over A and B, as ictus takes it; its ST is another formula), morris.
suppressPackageStartupMessages(library(sensitivity))
cat("R package sensitivity", as.character(packageVersion("sensitivity")), "\n")
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, name), stringsAsFactors = FALSE)
agrees <- TRUE
same <- function(what, ours, theirs) {
  difference <- max(abs(ours - theirs))
  cat(sprintf("%-46s largest difference %.1e, at most 1e-10 is allowed\n", what, difference))
  if (!isTRUE(difference <= 1e-10)) agrees <<- FALSE
}

runs <- read("outputs.csv")
wanted <- read("indices.csv")
inputs <- unique(wanted$parameter)
runs$swapped[is.na(runs$swapped)] <- ""
runs <- runs[order(runs$replicate, runs$base_row), ]
rows <- function(block, swapped) which(runs$block == block & runs$swapped == swapped)
places <- c(rows("A", ""), rows("B", ""), unlist(lapply(inputs, function(input) rows("AB", input))))
A <- runs[rows("A", ""), inputs]
B <- runs[rows("B", ""), inputs]
for (output in c("y", "above")) {
  y <- runs[[output]][places]
  y <- y - mean(y[seq_len(2 * nrow(A))])
  for (estimator in c("sobolmartinez", "soboljansen", "sobol2007")) {
    made <- get(estimator)(model = NULL, X1 = A, X2 = B)
    # The points are those of the package's own order.
    stopifnot(max(abs(as.matrix(made$X) - as.matrix(runs[places, inputs]))) == 0)
    # sobolmartinez has intervals by correlation tests, which say so where a correlation is 1.
    suppressWarnings(tell(made, y))
    own <- wanted[wanted$output == output & wanted$estimator == estimator, ]
    same(paste0("R ", estimator, ", S1 of ", output), own$S1, made$S[, 1])
    if (estimator != "sobol2007") same(paste0("R ", estimator, ", ST of ", output), own$ST, made$T[, 1])
  }
}

runs <- read("trajectories.csv")
wanted <- read("effects.csv")
# How many inputs differ from the start tells the order.
starts <- runs[runs$block == "A", ]
starts <- starts[match(runs$base_row, starts$base_row), inputs]
runs <- runs[order(runs$base_row, rowSums(runs[, inputs] != starts)), ]
made <- morris(model = NULL, factors = inputs, r = nrow(runs) / (length(inputs) + 1), binf = -2, bsup = 5,
  design = list(type = "oat", levels = 4, grid.jump = 2))
made$X <- as.matrix(runs[, inputs])
made$binf <- rep(-2, length(inputs))
made$bsup <- rep(5, length(inputs))
tell(made, runs$y)
same("R morris, mu", wanted$mu, colMeans(made$ee))
same("R morris, mu*", wanted$mu_star, colMeans(abs(made$ee)))
same("R morris, sigma", wanted$sigma, apply(made$ee, 2, sd))
if (!agrees) quit(status = 1)
