//! A study: what is computed, read from TOML and checked, all errors at once.

mod axes;
mod document;
mod duration;
mod fields;
