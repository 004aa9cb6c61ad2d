# What R's ncdf4 reads in a map: the lines of read.py. R shows the dimensions in reverse order.
suppressMessages(library(ncdf4))
map <- nc_open(commandArgs(trailingOnly = TRUE)[1])
attribute <- function(name, key) ncatt_get(map, name, key)$value
short <- function(number) sprintf("%.9g", number)
line <- function(...) writeLines(paste(c(...), collapse = " "))
regime <- ncvar_get(map, "regime")
status <- ncvar_get(map, "status")
amplitude <- ncvar_get(map, "amplitude")
stopifnot(is.integer(regime), is.integer(status))
axes <- rev(sapply(map$var[["regime"]]$dim, function(dimension) dimension$name))
lengths <- rev(dim(regime))
line("dimensions", paste0(axes, "=", lengths))
for (axis in axes[-1]) {
  values <- ncvar_get(map, axis)
  line(axis, attribute(axis, "units"), short(values[1]), short(values[length(values)]))
}
line("A", attribute("A", "units"), short(ncvar_get(map, "A")))
line("meanings", attribute("regime", "flag_meanings"))
line("regimes", tabulate(regime + 1, length(attribute("regime", "flag_values"))))
line("status", tabulate(status + 1, length(attribute("status", "flag_values"))))
line("amplitude", sum(!is.na(amplitude)), short(sum(amplitude, na.rm = TRUE)), attribute("amplitude", "units"))
last <- dim(regime)[1]
line("corner", short(amplitude[last, 1, 1]), regime[last, 1, 1], ncvar_get(map, "steps")[last, 1, 1])
