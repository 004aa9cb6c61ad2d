//! All equilibria that Newton's method reaches from several starts, and how each of them is left. Knows nothing of studies: what
//! a start is and which equilibrium counts most is the caller's.

use super::newton::{self, Root};
use super::spectrum::{Eigenvalue, eigenvalues};
use super::{Range, System};

/// Two roots nearer than this part of the scale, in every component, are one.
const SAME: f64 = 1e-6;

/// Growth rates nearer to 0 than this, per time unit, are neither stable nor unstable.
pub const CRITICAL: f64 = 1e-6;

/// An equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Equilibrium {
    /// `[component]`
    pub state: Vec<f64>,
    /// The largest change per time unit that is left, each over the scale of its component.
    pub residual: f64,
    /// How it is left or kept; `None` where the eigenvalues could not be found.
    pub spectrum: Option<Spectrum>,
}

/// What the eigenvalues of an equilibrium say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spectrum {
    /// The largest real part: the growth rate of the leading mode.
    pub max_re: f64,
    /// The imaginary part of the leading eigenvalue, not below 0.
    pub omega: f64,
    /// Of the complex pairs the least damped: of the two the one above the real axis. It need not lead, since a real eigenvalue may.
    pub pair: Option<Eigenvalue>,
    /// How many eigenvalues have a real part of [`CRITICAL`] or more.
    pub unstable: usize,
    /// The sign of the determinant of minus the Jacobian: -1 where an odd number of eigenvalues is real and above 0.
    pub index: i32,
    /// How many there are.
    pub dimension: usize,
}

/// Where equilibria are looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What is large for each component, `[component]`.
    pub scales: Vec<f64>,
    /// A root outside is none, `[component]`.
    pub inside: Vec<Range>,
    /// Starts of points at which equilibria are certainly missing, `[start][component]`.
    pub further: Vec<Vec<f64>>,
}

/// Where between two equilibria a third is looked for, besides the middle: shares of the second.
const PARTS: [f64; 2] = [0.25, 0.75];

/// Pairs of equilibria between which is looked, by their order.
const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];

impl Spectrum {
    fn of(eigenvalues: &[Eigenvalue]) -> Self {
        let foremost = |one: Eigenvalue, other: Eigenvalue| if other.re > one.re { other } else { one };
        let leading = eigenvalues[1..].iter().copied().fold(eigenvalues[0], foremost);
        Self {
            max_re: leading.re,
            omega: leading.im.abs(),
            pair: eigenvalues.iter().copied().filter(|own| own.im > 0.0).reduce(foremost),
            unstable: eigenvalues.iter().filter(|own| own.re >= CRITICAL).count(),
            // Complex ones come in pairs.
            index: if eigenvalues.iter().filter(|own| own.re > 0.0).count() % 2 == 0 { 1 } else { -1 },
            dimension: eigenvalues.len(),
        }
    }

    /// Whether the leading mode neither grows nor decays.
    pub fn is_critical(&self) -> bool {
        self.max_re.abs() < CRITICAL
    }

    /// Whether every mode decays.
    pub fn is_stable(&self) -> bool {
        self.max_re <= -CRITICAL
    }
}

/// Whose equilibria are asked for.
struct Ask<'a> {
    system: &'a System,
    parameters: &'a [Vec<f64>],
    is_given_up: &'a dyn Fn() -> bool,
}

impl Search {
    /// The distinct equilibria that are reached from `starts[start][component][point]`, `[point][equilibrium]`, in the order of
    /// the starts that reached them first; the middle between the first two is the last start. Where a field points inwards all
    /// around, the indices of its equilibria have the sum 1 (Poincare & Hopf): points of which that is not true look on, between
    /// what they have found and from `further`, until it is. A row of a point depends on nothing beside the point. Where the
    /// field is affine there is one at most, and only the first start is asked. Once `is_given_up` says so it ends early, and what
    /// it gives is of no use.
    ///
    /// # Panics
    /// When columns do not fit the system.
    pub fn equilibria(
        &self,
        system: &System,
        parameters: &[Vec<f64>],
        starts: &[Vec<Vec<f64>>],
        is_given_up: &dyn Fn() -> bool,
    ) -> Vec<Vec<Equilibrium>> {
        let points = starts.first().and_then(|start| start.first()).map_or(0, Vec::len);
        let mut found: Vec<Vec<Equilibrium>> = vec![Vec::new(); points];
        let asked = if system.is_affine() { 1 } else { starts.len() };
        for start in starts.iter().take(asked) {
            let roots = newton::roots(system, parameters, start, &self.scales, is_given_up);
            found.iter_mut().zip(roots).for_each(|(known, root)| self.keep(root, known, is_given_up));
        }
        let has_pair = |known: &[Equilibrium]| known.len() >= 2;
        let ask = Ask { system, parameters, is_given_up };
        self.ask(&ask, &mut found, has_pair, |known| between(known, PAIRS[0], 0.5));
        if !self.further.is_empty() && !system.is_affine() {
            self.look_further(&ask, &mut found);
        }
        found
    }

    fn look_further(&self, ask: &Ask<'_>, found: &mut [Vec<Equilibrium>]) {
        for pair in PAIRS {
            for part in PARTS {
                let lacks = |known: &[Equilibrium]| known.len() > pair[1] && !is_whole(known);
                self.ask(ask, found, lacks, |known| between(known, pair, part));
            }
        }
        for start in &self.further {
            self.ask(ask, found, |known| !is_whole(known), |_| start.clone());
        }
    }

    /// Starts once more at the points where that is wanted, from a place that may depend on what was found there.
    fn ask(
        &self,
        Ask { system, parameters, is_given_up }: &Ask<'_>,
        found: &mut [Vec<Equilibrium>],
        is_wanted: impl Fn(&[Equilibrium]) -> bool,
        start: impl Fn(&[Equilibrium]) -> Vec<f64>,
    ) {
        let points: Vec<usize> = (0..found.len()).filter(|&point| is_wanted(&found[point])).collect();
        if points.is_empty() {
            return;
        }
        let states: Vec<Vec<f64>> = points.iter().map(|&point| start(&found[point])).collect();
        let columns: Vec<Vec<f64>> = (0..system.dimension())
            .map(|component| states.iter().map(|state| state[component]).collect())
            .collect();
        let here: Vec<Vec<f64>> =
            parameters.iter().map(|column| points.iter().map(|&point| column[point]).collect()).collect();
        let roots = newton::roots(system, &here, &columns, &self.scales, is_given_up);
        points
            .into_iter()
            .zip(roots)
            .for_each(|(point, root)| self.keep(root, &mut found[point], is_given_up));
    }

    fn keep(&self, root: Option<Root>, known: &mut Vec<Equilibrium>, is_given_up: &dyn Fn() -> bool) {
        if let Some(root) = root.filter(|root| self.is_new(root, known)) {
            known.push(equilibrium(root, is_given_up));
        }
    }

    fn is_new(&self, root: &Root, known: &[Equilibrium]) -> bool {
        let is_same = |other: &Equilibrium| self.distance(&root.state, &other.state) <= SAME;
        let is_inside = |(value, [from, to]): (&f64, &Range)| (from..=to).contains(&value);
        root.state.iter().zip(&self.inside).all(is_inside) && !known.iter().any(is_same)
    }

    /// How far two states are from each other: the largest difference over the scale of its component.
    pub fn distance(&self, one: &[f64], other: &[f64]) -> f64 {
        let parts = one
            .iter()
            .zip(other)
            .zip(&self.scales)
            .map(|((x, y), scale)| (x - y).abs() / scale.max(x.abs()).max(y.abs()));
        parts.fold(0.0, f64::max)
    }
}

/// Whether the indices of equilibria have the sum that those of all must have.
fn is_whole(known: &[Equilibrium]) -> bool {
    known.iter().map(|own| own.spectrum.map_or(0, |spectrum| spectrum.index)).sum::<i32>() == 1
}

/// A place on the way from one equilibrium of a pair to the other.
fn between(known: &[Equilibrium], [one, other]: [usize; 2], part: f64) -> Vec<f64> {
    let pairs = known[one].state.iter().zip(&known[other].state);
    pairs.map(|(one, other)| (1.0 - part) * one + part * other).collect()
}

fn equilibrium(root: Root, is_given_up: &dyn Fn() -> bool) -> Equilibrium {
    let dimension = root.state.len();
    let mut jacobian = root.jacobian;
    let spectrum = eigenvalues(&mut jacobian, dimension, is_given_up).map(|found| Spectrum::of(&found));
    Equilibrium { state: root.state, residual: root.residual, spectrum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equation::Level;
    use crate::network::{Matrix, Network};
    use crate::stability::samples::{complete, diffusive_line, joined};

    /// The leading growth rates of `-1 + sigma L` at some sigma.
    fn growth(matrix: &Matrix, sigmas: &[f64]) -> Vec<f64> {
        let (model, network) = diffusive_line(matrix);
        let system = System::new(&model, Some(&network), Level::best()).expect("it fits");
        assert!(system.is_affine());
        let nodes = matrix.nodes();
        let search = Search { scales: vec![1.0; nodes], inside: vec![[-1e6, 1e6]; nodes], further: vec![] };
        let parameters = [vec![1.0; sigmas.len()], vec![0.0; sigmas.len()], sigmas.to_vec()];
        let start = (0..nodes).map(|node| vec![0.5 + node as f64; sigmas.len()]).collect();
        let found = search.equilibria(&system, &parameters, &[start], &|| false);
        found.iter().map(|own| own[0].spectrum.expect("eigenvalues").max_re).collect()
    }

    #[test]
    fn networks_lose_stability_at_the_reciprocal_of_the_largest_laplacian_eigenvalue() {
        // sigma* = a / l_max(L), with a = 1: complete graph 1/90, ring 1/4, path 1/(2 + 2 cos(pi/90)).
        let ring = joined(90, |target, source| (target + 1) % 90 == source || (source + 1) % 90 == target);
        let path = joined(90, |target, source| target + 1 == source || source + 1 == target);
        for (matrix, critical, printed) in [
            (complete(90), 1.0 / 90.0, 0.011_111_111),
            (ring, 0.25, 0.250_000),
            (path, 1.0 / (2.0 + 2.0 * (std::f64::consts::PI / 90.0).cos()), 0.250_076_170),
        ] {
            assert!((critical - printed).abs() < 1e-9);
            let found = growth(&matrix, &[0.5 * critical, critical, 1.2 * critical]);
            // -1 + sigma l_max
            for (own, wanted) in found.iter().zip([-0.5, 0.0, 0.2]) {
                assert!((own - wanted).abs() < 1e-12, "{printed} {own} {wanted}");
            }
        }
    }

    #[test]
    fn nodes_may_differ_and_a_bistable_pair_has_nine_equilibria() {
        // Uncoupled x' = b x - x^3 with b = 1 at both nodes: every pair of -1, 0, 1; with b = -1 at one, 0 there.
        let text = "par b=1\npar heard=0\nx'=b*x-x^3+heard\n#@ input heard\n#@ output x\ndone\n";
        let model =
            crate::model::Model::parse(&crate::complaint::Source::new("m.ode", text), "m").expect("a model");
        let (_, network) = diffusive_line(&complete(2));
        let count = |network: &Network| {
            let system = System::new(&model, Some(network), Level::best()).expect("it fits");
            let search = Search { scales: vec![1.0; 2], inside: vec![[-2.0, 2.0]; 2], further: vec![] };
            let starts: Vec<Vec<Vec<f64>>> = (0..9)
                .map(|at| [at / 3, at % 3].map(|own| vec![f64::from(own) * 1.2 - 1.2]).to_vec())
                .collect();
            let found =
                search.equilibria(&system, &[vec![1.0], vec![0.0], vec![0.0]], &starts, &|| false).remove(0);
            (found.len(), found.iter().filter(|own| own.spectrum.is_some_and(|own| own.is_stable())).count())
        };
        assert_eq!(count(&network), (9, 4));
        let differing = Network { values: vec![("b".into(), vec![1.0, -1.0])], ..network };
        assert_eq!(count(&differing), (3, 2));
    }

    #[test]
    fn no_equilibrium_and_a_line_of_them_are_told_apart() {
        let find = |text: &str| {
            let model = crate::model::Model::parse(&crate::complaint::Source::new("m.ode", text), "m")
                .expect("a model");
            let system = System::new(&model, None, Level::best()).expect("autonomous");
            let search = Search { scales: vec![1.0; 2], inside: vec![[-1e3, 1e3]; 2], further: vec![] };
            search.equilibria(&system, &[vec![0.0]], &[vec![vec![0.7], vec![0.2]]], &|| false).remove(0)
        };
        assert_eq!(find("par p=0\nx'=1+x*x\ny'=-y\ndone\n"), []);
        assert_eq!(find("par p=0\nx'=1\ny'=-y\ndone\n"), []);
        let line = find("par p=0\nx'=y-x\ny'=x-y\ndone\n");
        assert_eq!(line.len(), 1);
        let spectrum = line[0].spectrum.expect("eigenvalues");
        assert!(spectrum.is_critical() && !spectrum.is_stable() && spectrum.unstable == 0);
        // A double root: Newton's method is only linear there, and the equilibrium is critical.
        let double = find("par p=0\nx'=x*x\ny'=-y\ndone\n");
        assert!(double[0].spectrum.expect("eigenvalues").is_critical());
    }
}
