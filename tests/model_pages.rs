//! What `ictus models` shows of a model, and the study it proposes.

use ictus::complaint::Source;
use ictus::model::{Model, catalog, describe, find, list, starter_study};

fn shipped(name: &str) -> Model {
    find(name).expect("a shipped model").parse().unwrap_or_else(|complaints| panic!("{complaints}"))
}

#[test]
fn the_list_has_a_line_for_every_model() {
    let list = list();
    assert_eq!(list.lines().count(), catalog().len() + 1);
    let line = list.lines().find(|line| line.starts_with("jansen_rit")).expect("a line");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>().join(" "),
        "jansen_rit 6 9 Jansen-Rit cortical column: rest, alpha rhythm, spike-like discharge"
    );
}

#[test]
fn the_page_of_a_model_says_all_that_its_file_says() {
    let expected = "\
montbrio_pazo_roxin: Montbrio-Pazo-Roxin: exact mean field of quadratic integrate-and-fire cells, with a low and a high state
  Montbrio, Pazo & Roxin (2015), Phys Rev X 5:021028, doi:10.1103/PhysRevX.5.021028
  Gerster et al. (2021), Front Syst Neurosci 15:675272, doi:10.3389/fnsys.2021.675272

Equations
  r' = (D/(pi*tau)+2*r*V)/tau
  V' = (V^2+eta+J*tau*r+I-(pi*tau*r)^2)/tau

Parameters
  eta  -5  [1]  centre of the distribution of excitabilities (usually -10 to 0)
  J    15  [1]  synaptic weight (usually 0 to 22)
  D    1   [1]  half-width of the distribution of excitabilities (Delta in the paper)
  tau  1   [1]  membrane time constant, which is the unit of time
  I    0   [1]  common input current

Variables
  r  0.1  [1]  firing rate
  V  -2   [1]  mean membrane potential

Signal
  r [1], of a size about 1

Time
  without unit, step 0.001, rk4, 60 shown by XPPAUT, diverged beyond 10000

Regimes (the first whose condition holds)
  recruited  seizing  when mean > 0.4

Initial states
  low   r = 0.1, V = -2
  high  r = 0.8, V = -0.2
";
    assert_eq!(describe(&shipped("montbrio_pazo_roxin")), expected);
}

#[test]
fn the_first_study_of_a_model_sweeps_its_first_two_ranges() {
    let expected = r#"# A first map of jansen_rit: Jansen-Rit cortical column: rest, alpha rhythm, spike-like discharge
#
#     ictus check study.toml     is it in order?
#     ictus plan study.toml      how many points, how long on this machine?
#     ictus run study.toml       compute; Ctrl-C stops it, the same command resumes it

title = "jansen_rit: p x B"

[model]
name = "jansen_rit"
# set = { A = 3.25, ad = 100, bd = 50, C = 135, e0 = 2.5, v0 = 6, r = 0.56 }

[space.axes]                # the order of the map's dimensions, the last varies fastest
p = { from = 0, to = 350, n = 64 }  # [1/s] mean firing rate of the input from elsewhere
B = { from = 10, to = 40, n = 64 }  # [mV] largest inhibitory postsynaptic potential

[time]
method = "rk4"
step = "0.0005 s"
transient = "2 s"  # thrown away
window = "3 s"  # measured

[observe]
features = ["extrema", "moments", "cycles"]  # of the signal, eeg

# The model's own rules hold; rules written here take their place.
#
# [[regime]]
# name = "spike_wave"
# when = "amplitude > 5 and frequency < 6"
# seizing = true
#
# [[regime]]
# name = "alpha"
# when = "amplitude > 0.5 and frequency >= 6 and frequency <= 14"

# Two states or more to begin with: the map gets a dimension `start`.
# [initial.states]
# rest = { y0 = 0, y1 = 0, y2 = 0, y3 = 0, y4 = 0, y5 = 0 }
# excited = { y0 = 0.1, y1 = 21, y2 = 14, y3 = 0, y4 = 0, y5 = 0 }

[output]
directory = "runs/jansen_rit"
"#;
    assert_eq!(starter_study(&shipped("jansen_rit")), expected);
}

#[test]
fn the_first_study_of_any_model_is_toml_also_with_its_comments_taken_away() {
    for entry in catalog() {
        let study = starter_study(&shipped(entry.name));
        toml::from_str::<toml::Table>(&study).unwrap_or_else(|wrong| panic!("{}: {wrong}", entry.name));
        let uncommented: Vec<&str> = study
            .lines()
            .filter(|line| !line.starts_with("# A ") && !line.starts_with("#  ") && !line.starts_with("# T"))
            .map(|line| line.strip_prefix("# ").or(line.strip_prefix('#')).unwrap_or(line))
            .collect();
        toml::from_str::<toml::Table>(&uncommented.join("\n"))
            .unwrap_or_else(|wrong| panic!("{}: {wrong}", entry.name));
    }
}

#[test]
fn a_users_model_without_ranges_or_rules_gets_a_study_of_its_file() {
    let text =
        "#: T\n#@ time ms\n#@ signal x\n#: [1] a\npar a=0\n#: [1] b\npar b=-4\n#: [1] x\nx'=a*x+b\ndone\n";
    let model =
        Model::parse(&Source::new("mine.ode", text), "mine").unwrap_or_else(|wrong| panic!("{wrong}"));
    let study = starter_study(&model);
    for part in [
        "file = \"mine.ode\"",
        "a = { from = -1, to = 1, n = 64 }",
        "b = { from = -6, to = -2, n = 64 }",
        "step = \"0.01 ms\"",
        "transient = \"40 ms\"",
    ] {
        assert!(study.contains(part), "{part}\n{study}");
    }
}
