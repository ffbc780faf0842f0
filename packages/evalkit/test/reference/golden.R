# Writes a golden file: the results of a script with the versions that gave them.
# Run a script in this folder, `Rscript proportions.R`; tests never need R, since golden/*.json is kept in the repository.

RNGversion("4.0.0")

# results: a named list; data frames become arrays of rows. 15 significant digits.
write_golden <- function(name, packages, results) {
  versions <- c(R = as.character(getRversion()),
                sapply(packages, function(p) as.character(packageVersion(p))))
  text <- jsonlite::toJSON(c(list(versions = as.list(versions)), results),
                           digits = NA, auto_unbox = TRUE, na = "null", null = "null", matrix = "rowmajor")
  # One row to a line keeps the files readable in a diff.
  text <- gsub("},{", "},\n{", text, fixed = TRUE)
  text <- gsub("],\"", "],\n\"", text, fixed = TRUE)
  writeLines(text, file.path("golden", paste0(name, ".json")))
}
