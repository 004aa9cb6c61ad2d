//! A diagram as the columns of a file. Knows how it is named there, not how it is written.

use std::path::Path;
use std::time::SystemTime;

use crate::cli::Failure;
use crate::cli::run::command;
use crate::equation::graph::Node;
use crate::stability::curves::{BranchPoint, Criticality, End, Kind, Special};
use crate::store::curves::{Column, Curves, Group, write as write_file};
use crate::store::provenance::origin;
use crate::table::Quantity;

use super::Report;

/// The words of a column for points that have none.
const NONE: &str = "none";

/// Writes a diagram to a file.
pub(super) fn write(report: &Report<'_>, path: &Path) -> Result<(), Failure> {
    let mut attributes = report.subject.attributes.clone();
    attributes.extend(origin(&command(), SystemTime::now()));
    attributes.push(("along".into(), report.along.name.clone()));
    attributes.extend(report.with.map(|with| ("with".to_owned(), with.name.clone())));
    attributes.extend(report.remainder().map(|text| ("not_followed".to_owned(), text)));
    attributes.push(("signal".into(), report.subject.model.signal.replace('.', "_")));
    let ranges = [Some(report.along), report.with].into_iter().flatten();
    let ranges: Vec<String> =
        ranges.map(|range| format!("{} from {} to {}", range.name, range.from, range.to)).collect();
    attributes.push(("ranges".into(), ranges.join("; ")));
    let model = &report.subject.model;
    let varies = |name: &str| name == report.along.name || report.with.is_some_and(|with| with.name == name);
    let fixed = model.parameters.iter().filter(|parameter| !varies(&parameter.quantity.name));
    let curves = Curves {
        title: format!("{}: equilibria along {}", report.subject.title, report.along.name),
        groups: vec![
            branches(report),
            branch_points(report),
            points(report),
            loci(report),
            locus_points(report),
        ],
        fixed: fixed
            .map(|parameter| (parameter.quantity.clone(), report.subject.value(&parameter.quantity.name)))
            .collect(),
        attributes,
    };
    Ok(write_file(&curves, path)?)
}

fn number(name: &str, meaning: &str, values: impl Iterator<Item = Option<usize>>) -> (Quantity, Column) {
    let values = values.map(|value| value.and_then(|value| u32::try_from(value).ok())).collect();
    (Quantity::real(name, "1", meaning), Column::Counts(values))
}

fn words(name: &str, meaning: &str, values: Vec<u8>, words: Vec<&str>) -> (Quantity, Column) {
    let words = words.into_iter().map(str::to_owned).collect();
    (Quantity::real(name, "1", meaning), Column::Words { values, words })
}

fn ends(name: &str, meaning: &str, values: impl Iterator<Item = End>) -> (Quantity, Column) {
    let place = |end: End| End::ALL.iter().position(|known| *known == end).unwrap_or_default() as u8;
    words(name, meaning, values.map(place).collect(), End::ALL.map(End::name).to_vec())
}

fn kinds(values: impl Iterator<Item = Kind>) -> (Quantity, Column) {
    let place = |kind: Kind| Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default() as u8;
    words("kind", "what happens there", values.map(place).collect(), Kind::ALL.map(Kind::name).to_vec())
}

impl Report<'_> {
    fn parameter(&self, name: &str, values: Vec<f64>) -> (Quantity, Column) {
        let known = self.subject.model.parameter(name).map(|parameter| parameter.quantity.clone());
        (known.unwrap_or_else(|| Quantity::real(name, "1", "")), Column::Reals(values))
    }

    fn variables(&self, states: &[&Vec<f64>]) -> Vec<(Quantity, Column)> {
        let variables = self.subject.variables().enumerate();
        variables
            .map(|(place, quantity)| {
                let values = states.iter().map(|state| state[place]).collect();
                (quantity, Column::Reals(values))
            })
            .collect()
    }

    /// The observables of the model at some states, each with the parameters at which it lies.
    fn observables(&self, places: &[(f64, Option<f64>, &Vec<f64>)]) -> Vec<(Quantity, Column)> {
        let model = &self.subject.model;
        let roots: Vec<Node> = model.auxiliaries.iter().map(|own| own.value).collect();
        let value = |name: &str, (along, with, state): &(f64, Option<f64>, &Vec<f64>)| {
            let variable = model.variables.iter().position(|own| own.quantity.name == name);
            match (variable, self.with) {
                (Some(variable), _) => state[variable],
                _ if name == self.along.name => *along,
                (None, Some(second)) if name == second.name => {
                    with.unwrap_or_else(|| self.subject.value(name))
                }
                _ if model.parameter(name).is_some() => self.subject.value(name),
                // Time: an equilibrium has none.
                _ => f64::NAN,
            }
        };
        let rows: Vec<Vec<f64>> = places
            .iter()
            .map(|place| model.graph.evaluate(&roots, |symbol| value(model.graph.name(symbol), place)))
            .collect();
        let column = |number: usize| Column::Reals(rows.iter().map(|row| row[number]).collect());
        model
            .auxiliaries
            .iter()
            .enumerate()
            .map(|(number, own)| (own.quantity.clone(), column(number)))
            .collect()
    }

    fn frequencies(&self, values: impl Iterator<Item = Option<f64>>) -> [(Quantity, Column); 2] {
        let angular: Vec<f64> = values.map(|value| value.unwrap_or(f64::NAN)).collect();
        let frequency = angular.iter().map(|value| self.frequency(*value)).collect();
        let unit = if self.subject.model.time_unit == "1" {
            "1".to_owned()
        } else {
            format!("rad/{}", self.subject.model.time_unit)
        };
        [
            (
                Quantity::real("frequency", self.frequency_unit(), "frequency of the cycles that are born"),
                Column::Reals(frequency),
            ),
            (
                Quantity::real("angular_frequency", unit, "imaginary part of the critical eigenvalues"),
                Column::Reals(angular),
            ),
        ]
    }
}

fn lyapunov(values: impl Iterator<Item = Option<f64>>) -> (Quantity, Column) {
    let values = values.map(|value| value.unwrap_or(f64::NAN)).collect();
    let meaning = "first Lyapunov coefficient, for an eigenvector of length 1; below 0 supercritical";
    (Quantity::real("lyapunov", "1", meaning), Column::Reals(values))
}

fn branches(report: &Report<'_>) -> Group {
    let branches = || report.diagram.branches.iter();
    let count = branches().count();
    let columns = vec![
        number("number", "number of the branch", (0..count).map(Some)),
        ends("begin", "why the branch begins", branches().map(|branch| branch.ends[0])),
        ends("end", "why the branch ends", branches().map(|branch| branch.ends[1])),
    ];
    Group { name: "branch", columns }
}

fn branch_points(report: &Report<'_>) -> Group {
    let all = || {
        report
            .diagram
            .branches
            .iter()
            .enumerate()
            .flat_map(|(number, branch)| branch.points.iter().map(move |point| (number, point)))
    };
    let points = || all().map(|(_, point): (usize, &BranchPoint)| point);
    let mut columns = vec![
        number("branch", "branch that the equilibrium lies on", all().map(|(number, _)| Some(number))),
        number(
            "n_unstable",
            "eigenvalues with a positive real part",
            points().map(|point| Some(point.unstable)),
        ),
        words(
            "critical",
            "the largest real part is 0 to within 1e-6 per time unit",
            points().map(|point| u8::from(point.is_critical)).collect(),
            vec!["no", "yes"],
        ),
        report.parameter(&report.along.name, points().map(|point| point.parameter).collect()),
    ];
    let states: Vec<&Vec<f64>> = points().map(|point| &point.state).collect();
    columns.extend(report.variables(&states));
    let places: Vec<_> = points().map(|point| (point.parameter, None, &point.state)).collect();
    columns.extend(report.observables(&places));
    Group { name: "branch_point", columns }
}

fn points(report: &Report<'_>) -> Group {
    let points = || report.diagram.points.iter();
    let needs_two = |point: &Special| point.with.is_some();
    let mut columns = vec![
        kinds(points().map(|point| point.kind)),
        number(
            "branch",
            "branch that it lies on",
            points().map(|point| (!needs_two(point)).then_some(point.curve)),
        ),
        number(
            "curve",
            "curve that it lies on, of a point that needs two parameters",
            points().map(|point| needs_two(point).then_some(point.curve)),
        ),
        report.parameter(&report.along.name, points().map(|point| point.along).collect()),
    ];
    if let Some(with) = report.with {
        let own = report.subject.value(&with.name);
        columns.push(report.parameter(&with.name, points().map(|point| point.with.unwrap_or(own)).collect()));
    }
    columns.extend(report.frequencies(points().map(|point| point.angular_frequency)));
    let all = [
        Criticality::Supercritical,
        Criticality::Subcritical,
        Criticality::Degenerate,
        Criticality::Undefined,
    ];
    let place = |point: &Special| {
        point.criticality.and_then(|own| all.iter().position(|known| *known == own)).unwrap_or(all.len())
            as u8
    };
    let names = all.iter().map(|own| own.name()).chain([NONE]).collect();
    columns.push(words("criticality", "which cycles are born", points().map(place).collect(), names));
    columns.push(lyapunov(points().map(|point| point.lyapunov)));
    columns.push(number(
        "multiplicity",
        "eigenvalues, or pairs of them, that cross at once",
        points().map(|point| Some(point.multiplicity)),
    ));
    let residual =
        Quantity::real("residual", "1", "largest absolute value of the equations that the point solves");
    columns.push((residual, Column::Reals(points().map(|point| point.residual).collect())));
    let states: Vec<&Vec<f64>> = points().map(|point| &point.state).collect();
    columns.extend(report.variables(&states));
    let places: Vec<_> = points().map(|point| (point.along, point.with, &point.state)).collect();
    columns.extend(report.observables(&places));
    Group { name: "point", columns }
}

fn loci(report: &Report<'_>) -> Group {
    let loci = || report.diagram.loci.iter();
    let count = loci().count();
    let columns = vec![
        number("number", "number of the curve", (0..count).map(Some)),
        kinds(loci().map(|locus| locus.kind)),
        number(
            "multiplicity",
            "eigenvalues, or pairs of them, that cross at once along the curve",
            loci().map(|locus| Some(locus.multiplicity)),
        ),
        ends("begin", "why the curve begins", loci().map(|locus| locus.ends[0])),
        ends("end", "why the curve ends", loci().map(|locus| locus.ends[1])),
    ];
    Group { name: "curve", columns }
}

fn locus_points(report: &Report<'_>) -> Group {
    let Some(with) = report.with else {
        return Group { name: "curve_point", columns: Vec::new() };
    };
    let loci = report.diagram.loci.iter().enumerate();
    let all: Vec<_> =
        loci.flat_map(|(number, locus)| locus.points.iter().map(move |point| (number, point))).collect();
    let mut columns = vec![
        number("curve", "curve that the point lies on", all.iter().map(|(number, _)| Some(*number))),
        report.parameter(&report.along.name, all.iter().map(|(_, point)| point.along).collect()),
        report.parameter(&with.name, all.iter().map(|(_, point)| point.with).collect()),
        lyapunov(all.iter().map(|(_, point)| point.lyapunov)),
    ];
    columns.extend(report.frequencies(all.iter().map(|(_, point)| point.angular_frequency)));
    columns.extend(report.variables(&all.iter().map(|(_, point)| &point.state).collect::<Vec<_>>()));
    Group { name: "curve_point", columns }
}
