//! Kuramoto oscillators at values that theory gives: Kuramoto (1975), Sakaguchi & Kuramoto (1986), Ott & Antonsen (2008, Chaos
//! 18:037113), Pazo (2005, Phys Rev E 72:046211), Martens et al. (2009, Phys Rev E 79:026204), Adler (1946, Proc IRE 34:351).
//! Networks are finite, so that agreement is to about 1/sqrt(N) near a border and better elsewhere.

mod measured;
mod near;
mod written;

use ictus::experiment::Experiment;
use ictus::study::Texts;
use ictus::table::Table;
use measured::column;
use near::assert_near;

const AROUND: &str = "\"init.theta\" = { spread = [0, 6.283185307179586] }";

/// A feature of a study at the values of its one column.
fn features(texts: Texts, values: &[f64], feature: &str) -> Vec<f64> {
    let survey = written::study(texts).survey().expect("a right study");
    let rows = survey.measure(&Table::from_columns(vec![values.to_vec()]));
    column(&survey, &rows, feature).to_vec()
}

/// A feature of a network at each value of `K`.
fn along(size: usize, nodes: &str, set: &str, time: [f64; 2], couplings: &[f64], feature: &str) -> Vec<f64> {
    let text = format!(
        "[model]\nname = \"kuramoto\"\nset = {{ {set} }}\n[network]\nsize = {size}\nsignal = \"order\"\n\
         [network.channels.sine]\nmatrix = \"mean\"\nfrom = \"s\"\nto = \"hs\"\n\
         [network.channels.cosine]\nmatrix = \"mean\"\nfrom = \"c\"\nto = \"hc\"\n[network.nodes]\n{nodes}\n\
         [space.axes]\nK = {{ values = {couplings:?} }}\n\
         [time]\nmethod = \"rk4\"\nstep = 0.05\ntransient = {:?}\nwindow = {:?}\n\
         [observe]\nfeatures = [\"extrema\", \"moments\", \"cycles\", \"frequency(mean)\"]\n",
        time[0], time[1]
    );
    features(written::texts(text), couplings, feature)
}

#[test]
fn the_order_of_lorentzian_frequencies() {
    // r = sqrt(1 - 2 gamma/K) above K = 2 gamma.
    let nodes = format!("q = {{ quantiles = \"lorentzian\" }}\n{AROUND}");
    let found = along(2000, &nodes, "gamma = 1", [40.0, 20.0], &[1.0, 2.5, 3.0, 4.0], "mean");
    assert!(found[0] < 0.06, "{}", found[0]);
    for (found, expected) in
        found[1..].iter().zip([2.5, 3.0, 4.0].map(|coupling: f64| (1.0 - 2.0 / coupling).sqrt()))
    {
        assert_near(*found, expected, 3e-3);
    }
}

#[test]
fn the_order_of_gaussian_frequencies() {
    // r solves 1 = K sqrt(pi/8) e^-m (I0(m) + I1(m)), m = K^2 r^2/4.
    let nodes = format!("q = {{ quantiles = \"gaussian\" }}\n{AROUND}");
    let found = along(1000, &nodes, "gamma = 1", [120.0, 40.0], &[1.5, 1.7, 2.0, 3.0], "mean");
    // 1.5 is below the border sqrt(8/pi) = 1.596, and 1.7 near it, where a finite number counts most.
    assert!(found[0] < 0.1, "{found:?}");
    assert_near(found[1], 0.425_362_109, 2e-2);
    for (found, expected) in found[2..].iter().zip([0.715_173_957, 0.925_181_686]) {
        assert_near(*found, expected, 5e-3);
    }
}

#[test]
fn even_frequencies_jump_into_step() {
    // Below K = 4/pi nothing, above it pi/4 and more; r(1.5) = 0.898609990.
    let nodes = format!("q = {{ quantiles = \"uniform\" }}\n{AROUND}");
    let found = along(1000, &nodes, "gamma = 1", [200.0, 50.0], &[1.2, 1.35, 1.5], "mean");
    assert!(found[0] < 0.1 && found[1] > std::f64::consts::FRAC_PI_4, "{found:?}");
    assert_near(found[2], 0.898_609_990, 2e-3);
}

#[test]
fn a_lag_makes_synchrony_weak_and_slow() {
    // r = sqrt(1 - 2 gamma/(K cos(alpha))) above K = 2 gamma/cos(alpha).
    let nodes = format!("q = {{ quantiles = \"lorentzian\" }}\n{AROUND}");
    let found = along(2000, &nodes, "gamma = 1, alpha = 0.5", [40.0, 20.0], &[2.0, 4.0], "mean");
    assert!(found[0] < 0.1, "{}", found[0]);
    assert_near(found[1], 0.655_936_762, 4e-3);
    let found = along(2000, &nodes, "gamma = 0.5, alpha = 1", [80.0, 20.0], &[3.0], "mean");
    assert_near(found[0], 0.618_919_565, 4e-3);
    // All turn together with -(K/2) sin(alpha) (1 + r^2): 1.371399665 and 1.745709092 backwards.
    for (set, coupling, turns) in
        [("gamma = 1, alpha = 0.5", 4.0, 1.371_399_665), ("gamma = 0.5, alpha = 1", 3.0, 1.745_709_092)]
    {
        let found = along(2000, &nodes, set, [60.0, 60.0], &[coupling], "mean_frequency");
        assert_near(found[0] * std::f64::consts::TAU, turns, 5e-3);
    }
}

/// The order of infinitely many oscillators with Lorentzian frequencies obeys `r' = (K/2 - gamma) r - (K/2) r^3` (Ott & Antonsen 2008);
/// from 0.01 at K = 4, gamma = 1, by its closed solution.
#[test]
fn the_order_grows_as_its_equation_says() {
    let model = "par K=4,gamma=1\nr'=(K/2-gamma)*r-K/2*r^3\ninit r=0.01\n#@ time 1\n#@ signal r\ndone\n";
    for (time, expected) in
        [(1.0, 0.027_165_468), (3.0, 0.193_229_719), (5.0, 0.638_367_572), (8.0, 0.706_907_969)]
    {
        let text = format!(
            "[model]\nfile = \"order.ode\"\n[time]\nmethod = \"rk4\"\nstep = 0.005\ntransient = 0\nwindow = {time:?}\n\
             [observe]\nfeatures = [\"maximum\"]\n"
        );
        let texts = Texts { model: Some(model.into()), ..written::texts(text) };
        assert_near(features(texts, &[0.0], "maximum")[0], expected, 1e-8);
    }
}

#[test]
fn two_groups_lose_incoherence_later() {
    // Half-width 1: K = 2 (1 + omega0^2) = 2.5 at omega0 = 0.5; one group would at K = 2.
    let nodes = format!("q = {{ quantiles = \"bimodal_lorentzian\", centre = 0.5 }}\n{AROUND}");
    let found = along(1000, &nodes, "gamma = 1", [60.0, 40.0], &[2.1, 3.0], "mean");
    assert!(found[0] < 0.15 && found[1] > 0.3, "{found:?}");
    // K = 4 at omega0 = 2 as well as at omega0 = 1; beyond 1 the groups turn against each other, and the order oscillates.
    for centre in [1.0, 2.0] {
        let nodes = format!("q = {{ quantiles = \"bimodal_lorentzian\", centre = {centre:?} }}\n{AROUND}");
        let found = along(1000, &nodes, "gamma = 1", [60.0, 40.0], &[3.2, 4.6], "mean");
        assert!(found[0] < 0.1 && found[1] > 0.15, "{centre}: {found:?}");
    }
}

#[test]
fn a_pair_locks_or_beats() {
    // phi' = dw - K sin(phi): locked with order cos(phi/2) where K >= dw, beating at sqrt(dw^2 - K^2) elsewhere.
    let nodes = "q = [-0.5, 0.5]\n\"init.theta\" = [0, 0.3]";
    let order = along(2, nodes, "gamma = 1", [100.0, 100.0], &[2.0], "mean");
    assert_near(order[0], 0.965_925_826, 1e-8);
    let period = std::f64::consts::TAU / 0.866_025_404;
    let beat = along(2, nodes, "gamma = 1", [100.0, 20.0 * period], &[0.5], "frequency");
    assert_near(beat[0], 1.0 / period, 1e-5);
}

#[test]
fn uncoupled_phases_have_the_floor_of_their_number() {
    // The mean of r^2 over time is 1/N where no two frequencies are equal or opposed: mean^2 + deviation^2.
    let nodes = "q = [0.13, 1.7, -2.9, 4.31, -5.03, 7.9, 11.2, -13.7]";
    let time = [0.0, 8000.0];
    let [mean, deviation] = ["mean", "standard_deviation"]
        .map(|feature| along(8, nodes, "gamma = 0.1", time, &[0.0], feature)[0]);
    assert_near(mean * mean + deviation * deviation, 0.125, 2e-3);
}
