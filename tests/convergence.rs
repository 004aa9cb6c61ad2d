//! The measured order of every stepper, on systems with exact solutions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod measured;
mod protocol;

use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::experiment::Experiment;
use ictus::integrate;
use ictus::model::Model;
use ictus::simulate::{Protocol, Simulation};
use ictus::table::Table;
use measured::column;
use protocol::protocol;

/// A nonlinear system that also depends on the time, with the solution `x = 1/(1 + t)`, `y = exp(-sin t)`.
const TEXT: &str = "#: a system with an exact solution
#@ source elementary calculus
#@ signal x
#: [1] x = 1/(1 + t)
x'=-x*x
#: [1] y = exp(-sin t)
y'=-y*cos(t)
init x=1, y=1
@ total=1,dt=0.01,meth=rk4,bound=100,maxstor=10000
done
";

/// The error of `y` at time 1 with that many steps; the last step's end is the window's last extremum, since `y` falls.
fn error(method: &str, steps: u64) -> f64 {
    let model = Model::parse(&Source::new("exact.ode", TEXT), "exact").unwrap();
    let protocol = Protocol {
        method: method.to_owned(),
        ..protocol(model, 1.0 / steps as f64, [steps / 2; 2], &["extrema(x)", "extrema(y)"])
    };
    let simulation = Simulation::new(protocol, Level::best()).unwrap();
    let rows = simulation.measure(&Table::from_columns(vec![vec![0.0]]));
    let value = |name: &str| column(&simulation, &rows, name)[0];
    (value("x_minimum") - 0.5).abs().max((value("y_minimum") - (-1f64.sin()).exp()).abs())
}

#[test]
fn the_error_of_every_stepper_falls_with_its_order() {
    for tableau in integrate::catalog() {
        let coarse = error(tableau.name, 64);
        let fine = error(tableau.name, 128);
        let order = (coarse / fine).log2();
        assert!((order - f64::from(tableau.order)).abs() < 0.1, "{}: order {order}", tableau.name);
        assert!(fine < 0.1, "{}: error {fine}", tableau.name);
    }
}

#[test]
fn every_tableau_meets_the_conditions_of_its_order() {
    // Butcher (1963): sum b = 1; sum b c = 1/2 from order 2 on; sum b c^2 = 1/3, sum b a c = 1/6 from order 3 on.
    for tableau in integrate::catalog() {
        let sum = |of: &dyn Fn(usize) -> f64| (0..tableau.weights.len()).map(of).sum::<f64>();
        let (b, c) = (tableau.weights, tableau.nodes);
        let row = |i: usize, of: &dyn Fn(usize) -> f64| {
            tableau.coefficients[i].iter().enumerate().map(|(j, a)| a * of(j)).sum::<f64>()
        };
        for (i, node) in c.iter().enumerate() {
            assert!((row(i, &|_| 1.0) - node).abs() < 1e-15, "{}: row {i} sums to its node", tableau.name);
        }
        let mut conditions = vec![(1, sum(&|i| b[i]), 1.0)];
        conditions.push((2, sum(&|i| b[i] * c[i]), 1.0 / 2.0));
        conditions.push((3, sum(&|i| b[i] * c[i] * c[i]), 1.0 / 3.0));
        conditions.push((3, sum(&|i| b[i] * row(i, &|j| c[j])), 1.0 / 6.0));
        conditions.push((4, sum(&|i| b[i] * c[i].powi(3)), 1.0 / 4.0));
        conditions.push((4, sum(&|i| b[i] * c[i] * row(i, &|j| c[j])), 1.0 / 8.0));
        conditions.push((4, sum(&|i| b[i] * row(i, &|j| c[j] * c[j])), 1.0 / 12.0));
        conditions.push((4, sum(&|i| b[i] * row(i, &|j| row(j, &|k| c[k]))), 1.0 / 24.0));
        for (order, value, wanted) in conditions {
            assert!(
                order > tableau.order || (value - wanted).abs() < 1e-15,
                "{}: {value} is not {wanted}",
                tableau.name
            );
        }
    }
}

/// `x' = heav(2 - t)`, whose solution ends at 2. At `t = 2`, which is a step's, the switch is on, so the first stage of the step from there
/// on counts, by its weight: 1/6 of a step with `rk4`, 1/2 with `heun`, all of it with `euler`.
#[test]
fn a_switch_at_the_time_of_a_step_is_on_at_that_time() {
    for (method, weight) in [("rk4", 1.0 / 6.0), ("heun", 0.5), ("euler", 1.0)] {
        for steps in [30_u32, 300, 3000] {
            let text = "x'=heav(2-t)\ninit x=0\n@ dt=0.1,meth=rk4\ndone\n";
            let model = Model::parse(&Source::new("switch.ode", text), "switch").unwrap();
            let step = 3.0 / f64::from(steps);
            let protocol = Protocol {
                method: method.to_owned(),
                ..protocol(model, step, [0, u64::from(steps)], &["final"])
            };
            let simulation = Simulation::new(protocol, Level::best()).unwrap();
            let rows = simulation.measure(&Table::from_columns(vec![vec![0.0]]));
            let end = column(&simulation, &rows, "final")[0];
            assert!((end - 2.0 - weight * step).abs() < 1e-11, "{method}, {steps} steps: {end}");
        }
    }
}
