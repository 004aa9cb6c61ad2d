//! MAT-files as other programs write them.
