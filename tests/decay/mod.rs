//! A study of a decay, whose runs take milliseconds. Knows nothing of what is tested with it.

use std::path::Path;

/// A model of one variable, whose studies take milliseconds.
pub(crate) const MODEL: &str = "\
#: Decay to a level
#: [1] rate of decay
par k=1
#: [1] drive
par a=0.5
init x=1
#: [1] what decays
x'=a-k*x
#@ time 1
#@ signal x
@ total=10,dt=0.1,meth=rk4,bound=100
done
";

/// A study of it.
pub(crate) const STUDY: &str = "\
title = \"Decay\"

[model]
file = \"decay.ode\"

[space.axes]
k = { from = 0.5, to = 2, n = 4 }
a = { from = 0, to = 1, n = 3 }

[time]
method = \"rk4\"
step = 0.1
transient = 10
window = 10

[observe]
features = [\"extrema\"]

[[regime]]
name = \"high\"
when = \"maximum > 0.5\"
";

/// Writes the model, and a study of it, into a folder.
pub(crate) fn write(folder: &Path, study: &str) {
    std::fs::write(folder.join("decay.ode"), MODEL).expect("the model");
    std::fs::write(folder.join("study.toml"), study).expect("the study");
}
