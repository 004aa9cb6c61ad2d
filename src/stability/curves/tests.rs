//! Normal forms with exact answers, and the published bifurcations of the shipped models.

use super::*;
use crate::complaint::Source;
use crate::model::find;

fn model(text: &str) -> Model {
    Model::parse(&Source::new("test.ode", text), "test").unwrap_or_else(|complaints| panic!("{complaints}"))
}

fn shipped(name: &str) -> Model {
    find(name).expect("a shipped model").parse().expect("a model")
}

fn range(name: &str, from: f64, to: f64) -> Range {
    Range { name: name.into(), from, to }
}

fn along(model: &Model, set: &[(&str, f64)], range: Range) -> Diagram {
    plane(model, set, range, None)
}

fn plane(model: &Model, set: &[(&str, f64)], along: Range, with: Option<Range>) -> Diagram {
    let values = set.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
    let mut starts = vec![model.initial_values(None)];
    starts.extend(model.states.iter().map(|state| model.initial_values(Some(state))));
    let step = model.step.unwrap_or(0.01);
    follow(&Request { model, nodes: 1, values, along, with, starts, step, work: USUAL_WORK })
        .expect("a request that fits")
}

/// The points of a kind, in the order of the parameter.
fn points(diagram: &Diagram, kind: Kind) -> Vec<&Special> {
    let mut points: Vec<&Special> = diagram.points.iter().filter(|point| point.kind == kind).collect();
    points.sort_by(|a, b| a.along.total_cmp(&b.along));
    assert!(points.iter().all(|point| point.residual <= 1e-9), "{points:?}");
    points
}

fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} to {tolerance}");
}

fn hertz(point: &Special, seconds: f64) -> f64 {
    point.angular_frequency.expect("a Hopf point") / std::f64::consts::TAU / seconds
}

fn criticality(point: &Special) -> &'static str {
    point.criticality.expect("a Hopf point").name()
}

/// Parameter, frequency, criticality.
type HopfPoint = (f64, f64, &'static str);

const PLANAR: &str = "\
    par m=-1,c=0,k=1\n\
    x'=m*x-2*y+k*x*(x^2+y^2)+c*x*(x^2+y^2)^2\n\
    y'=2*x+m*y+k*y*(x^2+y^2)+c*y*(x^2+y^2)^2\n\
    done\n";

#[test]
fn the_normal_form_of_a_hopf_point_has_its_frequency_and_its_sign() {
    let model = model(PLANAR);
    for (sign, expected) in [(1.0, "subcritical"), (-1.0, "supercritical"), (0.0, "degenerate")] {
        let diagram = along(&model, &[("k", sign)], range("m", -1.0, 1.7));
        let hopf = points(&diagram, Kind::Hopf);
        assert_eq!(hopf.len(), 1);
        close(hopf[0].along, 0.0, 1e-14);
        close(hopf[0].angular_frequency.expect("one"), 2.0, 1e-14);
        assert_eq!(criticality(hopf[0]), expected);
    }
}

/// The real part is `m^2 - d` or its opposite: Hopf points at `+-sqrt(d)`, up to a thousand times closer to each other than
/// a step is long.
#[test]
fn hopf_points_within_one_step_are_found() {
    for (sign, apart) in [("1", 1e-2), ("1", 1e-3), ("(-1)", 1e-3), ("(-1)", 1e-5)] {
        let rate = format!("{sign}*(m*m-{:?})", apart * apart);
        let text = format!("par m=0.3\nx'={rate}*x-2*y-x*(x^2+y^2)\ny'=2*x+{rate}*y-y*(x^2+y^2)\ndone\n");
        let diagram = along(&model(&text), &[], range("m", -1.0, 1.1));
        let hopf = points(&diagram, Kind::Hopf);
        assert_eq!(hopf.len(), 2, "{sign} {apart}");
        for (point, expected) in hopf.iter().zip([-apart, apart]) {
            close(point.along, expected, 1e-9);
            close(point.angular_frequency.expect("one"), 2.0, 1e-12);
            assert_eq!(criticality(point), "supercritical");
        }
    }
}

#[test]
fn a_generalised_hopf_point_lies_where_the_cubic_term_vanishes() {
    let diagram = plane(&model(PLANAR), &[], range("m", -1.0, 1.7), Some(range("k", -2.0, 3.0)));
    let points = points(&diagram, Kind::GeneralisedHopf);
    assert_eq!(points.len(), 1);
    close(points[0].along, 0.0, 1e-12);
    close(points[0].with.expect("two parameters"), 0.0, 1e-12);
}

#[test]
fn a_fold_between_two_scales_is_followed_around() {
    // x = +-1e-3 sqrt(m): sharp beside the range of the parameter.
    let model = model("par m=1\nx'=m-1e6*x^2\ninit x=1\ndone\n");
    let diagram = along(&model, &[], range("m", -1.0, 4.0));
    assert_eq!(diagram.branches.len(), 1);
    assert_eq!(diagram.branches[0].ends, [End::LeftRange, End::LeftRange]);
    let folds = points(&diagram, Kind::Fold);
    assert_eq!(folds.len(), 1);
    close(folds[0].along, 0.0, 1e-12);
    let counts: Vec<usize> = [diagram.branches[0].points.first(), diagram.branches[0].points.last()]
        .iter()
        .map(|point| point.expect("a point").unstable)
        .collect();
    assert_eq!(counts.iter().sum::<usize>(), 1);
}

#[test]
fn a_neutral_saddle_is_no_hopf_point() {
    // The eigenvalues at 0 are m+1 and -1: their sum vanishes at m = 0, and neither crosses before m = -1.
    let model = model("par m=1\nx'=(m+1)*x+x^3\ny'=-y\nx2'=-3*x2\ndone\n");
    let diagram = along(&model, &[], range("m", -0.7, 1.3));
    assert_eq!(diagram.points, []);
}

#[test]
fn a_pitchfork_is_a_branch_point_and_neither_fold_nor_hopf() {
    let model = model("par m=1\nx'=m*x-x^3\ninit x=0.2\ndone\n");
    let diagram = along(&model, &[], range("m", -1.0, 2.0));
    let kinds: Vec<Kind> = diagram.points.iter().map(|point| point.kind).collect();
    assert_eq!(kinds, [Kind::BranchPoint]);
    close(diagram.points[0].along, 0.0, 1e-9);
    assert_eq!(diagram.branches.len(), 2);
}

#[test]
fn a_closed_branch_ends_where_it_began() {
    let model = model("par m=0.1\nx'=1-m^2-x^2\ninit x=0.9\ndone\n");
    let diagram = along(&model, &[], range("m", -3.0, 3.1));
    assert_eq!(diagram.branches.len(), 1);
    assert_eq!(diagram.branches[0].ends, [End::Closed, End::Closed]);
    let folds: Vec<f64> = points(&diagram, Kind::Fold).iter().map(|point| point.along).collect();
    assert_eq!(folds.len(), 2);
    close(folds[0], -1.0, 1e-12);
    close(folds[1], 1.0, 1e-12);
}

#[test]
fn bogdanov_takens_and_cusp_of_normal_forms_are_exact() {
    // x' = y, y' = b + c y + x^2 + x y: folds at b = 0; the equilibrium x = -sqrt(-b) has its Hopf point at c = sqrt(-b).
    let takens = model("par b=-1,c=0.5\nx'=y\ny'=b+c*y+x^2+x*y\ninit x=-1,y=0\ndone\n");
    let diagram = plane(&takens, &[], range("b", -2.0, 1.0), Some(range("c", -1.0, 1.1)));
    let hopf = points(&diagram, Kind::Hopf);
    assert_eq!(hopf.len(), 1);
    close(hopf[0].along, -0.25, 1e-12);
    close(hopf[0].angular_frequency.expect("one"), 1.0, 1e-12);
    assert_eq!(criticality(hopf[0]), "subcritical");
    let meeting = points(&diagram, Kind::BogdanovTakens);
    assert_eq!(meeting.len(), 1);
    close(meeting[0].along, 0.0, 1e-9);
    close(meeting[0].with.expect("two"), 0.0, 1e-9);
    // x' = b + c x - x^3
    let cusp = model("par b=-1,c=1\nx'=b+c*x-x^3\ninit x=-1\ndone\n");
    let diagram = plane(&cusp, &[], range("b", -2.0, 1.0), Some(range("c", -1.0, 1.1)));
    let cusps = points(&diagram, Kind::Cusp);
    assert_eq!(cusps.len(), 1);
    close(cusps[0].along, 0.0, 1e-9);
    close(cusps[0].with.expect("two"), 0.0, 1e-9);
}

/// Equilibria on the circle `x^2 + (m-0.3)^2 = 0.01` alone, which is in a twenty-fifth of the range.
#[test]
fn a_branch_in_a_small_part_of_the_range_is_found() {
    for default in ["0.3", "7"] {
        let circle = model(&format!("par m={default}\nx'=x^2+(m-0.3)^2-0.01\ninit x=0.01\ndone\n"));
        let diagram = along(&circle, &[], range("m", -2.0, 3.0));
        let folds = points(&diagram, Kind::Fold);
        assert_eq!(folds.len(), 2, "from {default}");
        close(folds[0].along, 0.2, 1e-9);
        close(folds[1].along, 0.4, 1e-9);
    }
}

#[test]
fn near_a_switch_criticality_is_undefined() {
    let text = "par m=-1\nx'=m*(x-1)-y-(x-1)*((x-1)^2+y^2)+abs(x-1)^3\ny'=x-1+m*y-y*((x-1)^2+y^2)\ndone\n";
    let diagram = along(&model(text), &[], range("m", -1.0, 1.7));
    assert_eq!(points(&diagram, Kind::Hopf).len(), 1);
    let undefined =
        diagram.points.iter().filter(|point| point.criticality == Some(Criticality::Undefined)).count();
    assert_eq!(undefined, points(&diagram, Kind::Hopf).len());
}

#[test]
fn what_cannot_be_followed_is_refused_and_what_is_not_there_is_none() {
    let good = model("par m=1\nx'=m-x\ndone\n");
    let request = |model, along: &str, with: Option<&str>, to| Request {
        model,
        nodes: 1,
        values: Vec::new(),
        along: range(along, 0.0, to),
        with: with.map(|with| range(with, 0.0, 1.0)),
        starts: vec![vec![0.0]],
        step: 0.1,
        work: USUAL_WORK,
    };
    let refused = |request: Request<'_>| follow(&request).expect_err("a refusal").to_string();
    assert!(refused(request(&good, "n", None, 1.0)).contains("did you mean `m`?"));
    assert!(refused(request(&good, "m", Some("q"), 1.0)).contains("no parameter `q`"));
    assert!(refused(request(&good, "m", Some("m"), 1.0)).contains("along itself"));
    assert!(refused(request(&good, "m", None, f64::NAN)).contains("two finite numbers"));
    assert!(refused(request(&good, "m", None, f64::INFINITY)).contains("two finite numbers"));
    assert!(refused(request(&good, "m", None, 0.0)).contains("the smaller first"));
    let timed = model("par m=1\nx'=m-x+sin(t)\ndone\n");
    assert!(refused(request(&timed, "m", None, 1.0)).contains("depend on the time"));
    let restless = model("par m=1\nx'=1+m+x^2\ndone\n");
    let diagram = follow(&request(&restless, "m", None, 1.0)).expect("no error");
    assert_eq!((diagram.branches.len(), diagram.points.len()), (0, 0));
}

/// Grimbert & Faugeras (2006), Neural Comput 18:3052: Hopf points at 89.83 and 315.70, a saddle-node at 113.58; the digits were
/// computed with another program (Newton and continuation, residual below 1e-9).
#[test]
fn jansen_rit_has_the_bifurcations_of_grimbert_and_faugeras() {
    let diagram = along(&shipped("jansen_rit"), &[], range("p", -50.0, 400.0));
    assert_eq!(diagram.branches.len(), 1);
    let folds = points(&diagram, Kind::Fold);
    assert_eq!(folds.len(), 2);
    close(folds[0].along, -41.301_410_488, 1e-9);
    close(folds[0].state[0], 0.066_107_733, 1e-9);
    close(folds[1].along, 113.586_273_213, 1e-9);
    close(folds[1].state[1] - folds[1].state[2], 2.580_549_09, 1e-8);
    let hopf = points(&diagram, Kind::Hopf);
    let expected = [
        (-12.147_492_348, 5.940_455_85, 7.239_482, "subcritical"),
        (89.829_107_970, 6.739_566_67, 10.377_059, "supercritical"),
        (315.696_428_069, 8.079_143_74, 11.163_571, "supercritical"),
    ];
    assert_eq!(hopf.len(), expected.len());
    for (point, (p, eeg, frequency, expected)) in hopf.iter().zip(expected) {
        close(point.along, p, 1e-9);
        close(point.state[1] - point.state[2], eeg, 1e-8);
        close(hertz(point, 1.0), frequency, 1e-6);
        assert_eq!(criticality(point), expected);
    }
}

/// Wilson & Cowan (1972), Biophys J 12:1: the sets of the limit cycle and of the hysteresis; digits as above.
#[test]
fn wilson_cowan_has_the_folds_and_the_hopf_point_of_its_two_sets() {
    let model = shipped("wilson_cowan");
    let diagram = along(&model, &[], range("P", 0.0, 4.0));
    let folds = points(&diagram, Kind::Fold);
    assert_eq!(folds.len(), 2);
    close(folds[0].along, 0.903_197_418, 1e-9);
    close(folds[1].along, 1.083_015_940, 1e-9);
    close(folds[1].state[0], 0.052_515_83, 1e-8);
    close(folds[1].state[1], 0.002_289_31, 1e-8);
    let hopf = points(&diagram, Kind::Hopf);
    assert_eq!(hopf.len(), 1);
    close(hopf[0].along, 1.909_252_718, 1e-9);
    close(hopf[0].state[0], 0.251_794_23, 1e-8);
    close(hopf[0].state[1], 0.203_440_20, 1e-8);
    close(hertz(hopf[0], 1e-3), 53.623_58, 1e-5);
    assert_eq!(criticality(hopf[0]), "supercritical");
    let set = [
        ("c1", 12.0),
        ("c2", 4.0),
        ("c3", 13.0),
        ("c4", 11.0),
        ("ae", 1.2),
        ("thetae", 2.8),
        ("ai", 1.0),
        ("thetai", 4.0),
        ("taue", 10.0),
        ("taui", 10.0),
    ];
    let diagram = along(&model, &set, range("P", -2.0, 4.0));
    let folds = points(&diagram, Kind::Fold);
    assert_eq!((folds.len(), points(&diagram, Kind::Hopf).len()), (2, 0));
    close(folds[0].along, -0.510_973_235, 1e-9);
    close(folds[0].state[0], 0.376_661_30, 1e-8);
    close(folds[1].along, 0.283_349_983, 1e-9);
    close(folds[1].state[0], 0.059_097_63, 1e-8);
}

/// Hebbink (2014), master's thesis, University of Twente, for A = 5: Hopf 13.08, folds 64.42 and 37.66 at G = 25; Hopf 4.13 (about 35 Hz)
/// and 14.19, folds 64.31 and 34.81 at G = 50. At the standard gains the Hopf point is subcritical, just behind a
/// generalised one: trajectories from a small kick return below it, and those from a larger one leave.
#[test]
fn wendling_has_the_bifurcations_of_hebbink() {
    let model = shipped("wendling");
    let cases: [(f64, f64, &[HopfPoint], [f64; 2]); 3] = [
        (5.0, 25.0, &[(13.076_020_6, 12.140_49, "supercritical")], [37.663_735_3, 64.419_751_1]),
        (
            5.0,
            50.0,
            &[(4.124_575_0, 35.571_21, "supercritical"), (14.186_246_6, 12.802_18, "supercritical")],
            [34.805_206_9, 64.310_024_3],
        ),
        (3.25, 10.0, &[(25.592_974_0, 9.675_10, "subcritical")], [15.299_974_3, 33.983_055_9]),
    ];
    for (a, g, expected, folds) in cases {
        let diagram = along(&model, &[("A", a), ("G", g), ("p", 90.0)], range("B", 0.0, 70.0));
        let hopf = points(&diagram, Kind::Hopf);
        assert_eq!(hopf.len(), expected.len());
        for (point, (value, frequency, kind)) in hopf.iter().zip(expected) {
            close(point.along, *value, 1e-7);
            close(hertz(point, 1.0), *frequency, 1e-5);
            assert_eq!(criticality(point), *kind, "A = {a}, G = {g}");
        }
        let found = points(&diagram, Kind::Fold);
        assert_eq!(found.len(), 2);
        for (point, expected) in found.iter().zip(folds) {
            close(point.along, expected, 1e-7);
        }
    }
}

/// The Hopf point of the reduced model is where the trace vanishes, `-3x^2-4x = r`, on the equilibria `x0 = x + (x^3+2x^2-1-I1)/4`
/// (Proix et al. 2014, J Neurosci 34:15009); its frequency is that of the determinant.
#[test]
fn epileptor_2d_loses_its_rest_at_the_root_of_a_quadratic() {
    let model = shipped("epileptor_2d");
    for r in [0.000_35, 1.0 / 2857.0, 0.002] {
        let diagram = along(&model, &[("r", r)], range("x0", -2.6, -0.6));
        let hopf = points(&diagram, Kind::Hopf);
        assert_eq!(hopf.len(), 2);
        for (point, sign) in hopf.iter().zip([-1.0, 1.0]) {
            let x = (-4.0 + sign * (16.0 - 12.0 * r).sqrt()) / 6.0;
            close(point.state[0], x, 1e-9);
            close(point.along, x + (x.powi(3) + 2.0 * x * x - 4.1) / 4.0, 1e-9);
            let slope = -3.0 * x * x - 4.0 * x;
            close(point.angular_frequency.expect("one"), (r * (4.0 - slope)).sqrt(), 1e-9);
        }
    }
    let diagram = along(&model, &[], range("x0", -2.6, -0.6));
    let hopf = points(&diagram, Kind::Hopf);
    close(hopf[0].along, -2.061_949_535_1, 1e-9);
    close(hopf[0].state[0], -1.333_245_827_6, 1e-9);
    close(hopf[1].along, -1.025_087_501_9, 1e-9);
    close(hopf[0].angular_frequency.expect("one"), 0.037_414_9, 1e-7);
}

/// The Virtual Brain's upper branch begins at x = 0. Just before it the cubic's Hopf point is, just behind it, where the spectrum has
/// jumped, that of the branch itself: `0.6 (z-4)^2 - 10 x = r` (Newton's method on the trace, in another program). Where derivatives
/// jump so near, they say nothing of criticality.
#[test]
fn hopf_points_on_both_sides_of_a_switch_are_found() {
    for to in [-0.6, 10.0] {
        let diagram = along(&shipped("epileptor_2d"), &[("tvb", 1.0)], range("x0", -2.6, to));
        let hopf = points(&diagram, Kind::Hopf);
        assert_eq!(hopf.len(), 3);
        close(hopf[1].along, -1.025_087_501_9, 1e-9);
        close(hopf[1].state[0], -8.750_574_3e-5, 1e-9);
        close(hopf[2].along, -1.024_435_426_973, 1e-9);
        close(hopf[2].state[0], 5.650_215_28e-4, 1e-9);
        close(hopf[2].angular_frequency.expect("one"), 0.037_413_668_287, 1e-9);
        assert_eq!((criticality(hopf[1]), criticality(hopf[2])), ("undefined", "undefined"));
    }
}

/// Jirsa et al. (2014), Brain 137:2210: rest is lost near x0 = -2.06; the digits are those of the whole six equations.
#[test]
fn the_epileptor_loses_its_rest_in_a_hopf_point() {
    let diagram = along(&shipped("epileptor"), &[], range("x0", -2.6, -1.6));
    let lowest = points(&diagram, Kind::Hopf);
    let rest = lowest.iter().find(|point| point.state[3] < -0.6).expect("the resting state");
    close(rest.along, -2.060_458_597_1, 1e-9);
    close(rest.state[0], -1.331_753_646_7, 1e-9);
    close(rest.angular_frequency.expect("one"), 0.009_882_74, 1e-8);
    // With all three states of the second population the first has its upper Hopf point just below x1 = 0, where it switches (the
    // digits are of another program's eigenvalues, which bisection brought to the axis).
    let diagram = along(&shipped("epileptor"), &[], range("x0", -2.6, -0.4));
    let before: Vec<&Special> =
        points(&diagram, Kind::Hopf).into_iter().filter(|point| point.state[0].abs() < 1e-3).collect();
    let mut others: Vec<f64> = before.iter().map(|point| point.state[3]).collect();
    others.sort_by(f64::total_cmp);
    assert_eq!(others.len(), 3, "{others:?}");
    for (own, expected) in others.iter().zip([-0.818_668_12, -0.295_887_10, -0.243_129_15]) {
        close(*own, expected, 1e-7);
    }
    for point in before {
        close(point.along, -1.025_087_885_614, 1e-9);
        close(point.angular_frequency.expect("one"), 0.037_398_527_289, 1e-9);
    }
}

/// Montbrio, Pazo & Roxin (2015), Phys Rev X 5:021028: `eta = pi^2 r^2 - J r - D^2/(4 pi^2 r^2)`, folds where
/// `J = 2 pi^2 r + D^2/(2 pi^2 r^3)`; the cusp scales as `J ~ sqrt(D)`, `eta ~ D`.
#[test]
fn montbrio_folds_and_cusp_are_the_papers_formulas() {
    let model = shipped("montbrio_pazo_roxin");
    let square = std::f64::consts::PI.powi(2);
    for (j, d) in [(15.0, 1.0), (21.0, 1.0), (9.0, 0.7)] {
        let with = Some(range("J", 4.0, 22.0));
        let diagram = plane(&model, &[("J", j), ("D", d)], range("eta", -15.0, 0.0), with);
        let folds = points(&diagram, Kind::Fold);
        assert_eq!((folds.len(), points(&diagram, Kind::Hopf).len()), (2, 0));
        for fold in folds {
            let r = fold.state[0];
            close(2.0 * square * r + d * d / (2.0 * square * r.powi(3)), j, 1e-8);
            close(square * r * r - j * r - d * d / (4.0 * square * r * r), fold.along, 1e-9);
        }
        let cusps = points(&diagram, Kind::Cusp);
        assert_eq!(cusps.len(), 1);
        close(cusps[0].along, -d * 3.0_f64.sqrt(), 1e-9);
        close(cusps[0].with.expect("two"), d.sqrt() * 7.796_217_036_7, 1e-9);
        close(cusps[0].state[0], d.sqrt() * 0.296_220_726_8, 1e-9);
    }
    let diagram = along(&model, &[], range("eta", -10.0, 0.0));
    let folds = points(&diagram, Kind::Fold);
    close(folds[0].along, -5.743_527_161_7, 1e-9);
    close(folds[1].along, -3.136_134_086_2, 1e-9);
}

/// Hoppensteadt & Izhikevich (1997), Weakly Connected Neural Networks: every bifurcation is a formula of the equilibrium.
#[test]
fn hoppensteadt_and_izhikevichs_pair_follows_its_formulas() {
    let model = shipped("hoppensteadt_izhikevich");
    for [a, b, c, d] in [[10.0, 10.0, 10.0, 2.0], [11.0, 12.0, 9.0, -1.0]] {
        let set = [("a", a), ("b", b), ("c", c), ("d", d), ("ry", -5.0)];
        let diagram = plane(&model, &set, range("rx", -6.0, 6.0), Some(range("ry", -12.0, 0.0)));
        assert!(diagram.loci.iter().any(|locus| locus.kind == Kind::Fold));
        assert!(diagram.loci.iter().any(|locus| locus.kind == Kind::Hopf));
        for locus in &diagram.loci {
            for point in &locus.points {
                let [x, y] = [point.state[0], point.state[1]];
                let (u, v) = (x * (1.0 - x), y * (1.0 - y));
                close(point.along, (x / (1.0 - x)).ln() - a * x + b * y, 1e-9);
                close(point.with, (y / (1.0 - y)).ln() - c * x - d * y, 1e-9);
                let determinant = (a * u - 1.0) * (d * v - 1.0) + b * c * u * v;
                if locus.kind == Kind::Fold {
                    close(determinant, 0.0, 1e-8);
                } else {
                    close(a * u + d * v, 2.0, 1e-8);
                    close(point.angular_frequency.expect("one").powi(2), determinant, 1e-8);
                }
            }
        }
    }
    let diagram = plane(&model, &[], range("rx", -6.0, 6.0), Some(range("ry", -12.0, 0.0)));
    let inner: Vec<&Special> =
        points(&diagram, Kind::BogdanovTakens).into_iter().filter(|point| point.along.abs() < 4.0).collect();
    assert_eq!(inner.len(), 2);
    for (point, sign) in inner.iter().zip([-1.0, 1.0]) {
        close(point.along, sign * 3.178_438_706, 1e-9);
        close(point.with.expect("two"), -6.0 - sign * 0.291_712_206, 1e-9);
    }
}

/// At E = I = 1/2 the slope of the logistic function is 1/4: trace, determinant and their meeting are linear in the weights
/// (the equations are those of Wilson & Cowan 1972, without refractoriness).
#[test]
fn the_balanced_mean_field_follows_its_formulas() {
    let model = shipped("ei_mean_field");
    let cases = [
        ([0.0, 1.0, 2.0, 10.0, 10.0], Some((6.0, 1.695_582_496)), 29.0),
        ([2.0, 1.0, 1.0, 12.0, 12.0], Some((10.0, 2.598_076_211)), 28.0),
        ([4.0, 10.0, 20.0, 15.0, 13.0], Some((8.0, 0.225_693_376)), 28.375),
        ([1.0, 1.0, 3.0, 7.0, 11.0], None, 4.0 + 77.0 / 5.0),
    ];
    for ([wii, taue, taui, wei, wie], printed, zero) in cases {
        let set = [("wii", wii), ("taue", taue), ("taui", taui), ("wei", wei), ("wie", wie)];
        let diagram = along(&model, &set, range("wee", 0.0, 32.0));
        let is_half =
            |point: &&Special| (point.state[0] - 0.5).abs() < 1e-4 && (point.state[1] - 0.5).abs() < 1e-4;
        let hopf: Vec<&Special> = points(&diagram, Kind::Hopf).into_iter().filter(is_half).collect();
        assert_eq!(hopf.len(), 1);
        let at = 4.0 + taue / taui * (4.0 + wii);
        let determinant = (wei * wie / 16.0 - (at / 4.0 - 1.0) * (1.0 + wii / 4.0)) / (taue * taui);
        close(hopf[0].along, at, 1e-9);
        close(hopf[0].angular_frequency.expect("one"), determinant.sqrt(), 1e-9);
        if let Some((value, angular)) = printed {
            close(hopf[0].along, value, 1e-9);
            close(hopf[0].angular_frequency.expect("one"), angular, 1e-9);
        }
        let crossing: Vec<&Special> =
            points(&diagram, Kind::BranchPoint).into_iter().filter(is_half).collect();
        assert_eq!(crossing.len(), 1);
        close(crossing[0].along, zero, 1e-7);
        let diagram = plane(&model, &set, range("wee", 0.0, 32.0), Some(range("wie", 0.0, 32.0)));
        let meeting: Vec<&Special> =
            points(&diagram, Kind::BogdanovTakens).into_iter().filter(is_half).collect();
        assert_eq!(meeting.len(), 1);
        close(meeting[0].along, at, 1e-8);
        close(meeting[0].with.expect("two"), taue / taui * (4.0 + wii).powi(2) / wei, 1e-8);
    }
}

#[test]
fn curves_in_a_plane_agree_with_branches_at_other_values() {
    let model = shipped("jansen_rit");
    let diagram = plane(&model, &[], range("p", -50.0, 400.0), Some(range("C", 100.0, 200.0)));
    for c in [125.0, 150.0, 171.0] {
        let section = along(&model, &[("C", c)], range("p", -50.0, 400.0));
        for point in section.points.iter().filter(|point| point.kind == Kind::Hopf) {
            let own = diagram
                .loci
                .iter()
                .filter(|locus| locus.kind == Kind::Hopf)
                .flat_map(|locus| locus.points.windows(2));
            let near = own
                .filter(|pair| (pair[0].with - c) * (pair[1].with - c) <= 0.0)
                .map(|pair| {
                    let part = (c - pair[0].with) / (pair[1].with - pair[0].with);
                    (pair[0].along + part * (pair[1].along - pair[0].along) - point.along).abs()
                })
                .fold(f64::INFINITY, f64::min);
            assert!(near < 0.05, "C = {c}: {point:?} is {near} away");
        }
    }
}
