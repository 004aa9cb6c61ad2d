//! Networks that are exported, and what the program writes of them. Knows nothing of what reads it.

#[path = "../outcome/mod.rs"]
mod outcome;

use std::path::Path;

use outcome::outcome;

/// A study and its model.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    study: String,
    model: String,
    size: f64,
}

impl Case {
    pub(crate) fn of(name: &'static str, study: &str, model: &str) -> Self {
        Self { name, study: study.to_owned(), model: model.to_owned(), size: 1.0 }
    }

    pub(crate) fn folder(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in
            [("study.toml", self.study.as_str()), ("one.ode", &self.model), ("a.csv", "-1,2.5\n-1.5,-0.5\n")]
        {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    /// The file.
    pub(crate) fn text(&self, folder: &Path) -> String {
        let (code, text, said) = exported(folder, &[]);
        assert_eq!(code, 0, "{}: {said}", self.name);
        text
    }

    /// A state in which no two nodes are alike.
    pub(crate) fn state(&self, dimension: usize, shift: f64) -> Vec<f64> {
        (0..dimension).map(|at| self.size * (0.3 + 0.2 * (1.7 * at as f64 + shift).sin())).collect()
    }
}

/// Exit code, the file, remarks.
pub(crate) fn exported(folder: &Path, more: &[&str]) -> (i32, String, String) {
    outcome(folder, &[&["export", "--xpp", "study.toml"], more].concat())
}

/// What a node of the case `names` is: names that are long, that become one when they are cut, and that are taken.
const NAMES: &str = "#: names\n#@ time 1\n#@ signal alphabeta1\n#: [1] a\npar q1=0.5,x_1=1\n#: [1] heard\npar longinput1=0,longinput2=0.1\n\
     S(v)=1/(1+exp(-v))\nboth=alphabeta1-alphabeta2\n#: [1] one\nalphabeta1'=-alphabeta1+S(longinput1*q1+both)\n#: [1] two\n\
     alphabeta2'=-x_1*alphabeta2+tanh(longinput2)*both+x\n#: [1] three\nx'=if(x<0.3)then(both)else(-x^3)+longinput1\n\
     #: [1] four\naux said=S(both)*x\n#@ input longinput1 longinput2\n#@ output said x\n@ bound=100,dt=0.02,total=10,meth=rk4\ndone\n";

/// Two linear regions, rings, everybody with everybody, the sphere of ninety.
pub(crate) fn cases() -> Vec<Case> {
    let column = ictus::model::find("jansen_rit").expect("a shipped model").text;
    let column = column.rsplit_once("done").expect("its end").0;
    let column = format!("{column}#@ input p\n#@ output eeg\ndone\n");
    // Of 400 steps.
    let time = |step: f64, unit: &str| {
        let quoted =
            |time: f64| if unit.is_empty() { time.to_string() } else { format!("\"{time} {unit}\"") };
        let (none, window, step) = (quoted(0.0), quoted(400.0 * step), quoted(step));
        format!("[time]\ntransient = {none}\nwindow = {window}\nstep = {step}\n")
    };
    let two = "[model]\nname = \"linear\"\n[network]\nparameters = { b = 0.7, sigma = 0.2 }\n[network.channels.effective]\n\
               matrix = { file = \"a.csv\" }\ndiagonal = \"keep\"\nnegative = \"allow\"\ngain = \"b*eps\"\n\
               [network.channels.structural]\nmatrix = { generator = \"complete\", n = 2 }\nkind = \"diffusive\"\n\
               gain = \"-sigma\"\n[network.nodes]\neps = [0.4, 0.9]\n";
    let ring = "[model]\nname = \"wilson_cowan\"\n[network]\nparameters = { coupling_strength = 0.5 }\n\
                [network.channels.ring]\nmatrix = { generator = \"ring\", n = 8 }\nkind = \"diffusive\"\n\
                gain = \"coupling_strength\"\n[network.channels.all]\nmatrix = \"mean\"\ngain = \"coupling_strength/(1+c1)\"\n\
                [network.nodes]\nP = { 3 = 1.5 }\n";
    let columns = "[model]\nfile = \"one.ode\"\n[network.channels.all]\nmatrix = { generator = \"complete\", n = 6 }\n\
                   gain = 3\n[network.nodes]\nB = [22, 21, 20, 22, 23, 22]\n";
    let names = "[model]\nfile = \"one.ode\"\n[network]\nparameters = { Q2 = 0.3 }\n[network.channels.one]\n\
                 matrix = { generator = \"star\", n = 12 }\nfrom = \"said\"\nto = \"longinput1\"\ngain = \"Q2/q1\"\n\
                 [network.channels.two]\nmatrix = \"mean\"\nkind = \"diffusive\"\nfrom = \"x\"\nto = \"longinput2\"\n\
                 [network.channels.three]\nmatrix = { generator = \"path\", n = 12 }\nfrom = \"x\"\nto = \"longinput2\"\n\
                 [network.nodes]\nlonginput2 = { quantiles = \"uniform\" }\n";
    let phases = "[model]\nname = \"kuramoto\"\n[network]\n[network.channels.sine]\n\
                  matrix = \"mean\"\nfrom = \"s\"\nto = \"hs\"\n[network.channels.cosine]\nmatrix = \"mean\"\n\
                  from = \"c\"\nto = \"hc\"\n[network.nodes]\nq = { quantiles = \"lorentzian\" }\n";
    let phases = phases.replace("[network]\n", "[network]\nsize = 10\n");
    let sphere = "[model]\nname = \"linear\"\n[network]\nparameters = { sigma = 0.1 }\n[network.channels.diffusion]\n\
                  matrix = \"fib90_directed\"\nnegative = \"allow\"\nkind = \"diffusive\"\ngain = \"-sigma\"\n";
    vec![
        Case::of("two", &format!("{two}{}", time(0.05, "")), ""),
        Case::of("ring", &format!("{ring}{}", time(0.1, "ms")), ""),
        Case { size: 5.0, ..Case::of("columns", &format!("{columns}{}", time(0.0005, "s")), &column) },
        Case::of("names", &format!("{names}{}", time(0.02, "")), NAMES),
        Case::of("phases", &format!("{phases}{}", time(0.01, "")), ""),
        Case::of("sphere", &format!("{sphere}{}", time(0.05, "")), ""),
    ]
}
