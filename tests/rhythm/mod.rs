//! A study that is long enough to be disturbed. Knows nothing of what disturbs it.

/// A map of the column of Jansen & Rit with so many values of its two axes; some thousand points take about a second.
pub(crate) fn study([first, second]: [u32; 2]) -> String {
    format!(
        r#"
title = "Rhythm"
[model]
name = "jansen_rit"
[space.axes]
A = {{ from = 2, to = 5, n = {first} }}
p = {{ from = 0, to = 350, n = {second} }}
[time]
method = "rk4"
step = "0.2 ms"
transient = "1 s"
window = "0.5 s"
[observe]
features = ["extrema"]
"#
    )
}
