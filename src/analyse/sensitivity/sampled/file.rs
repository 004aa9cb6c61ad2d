//! An analysis of runs as the numbers of a file of indices. Knows nothing of how they were computed.

use super::{Analysis, Effects, Estimate, Given, Indices, Method, Report};
use crate::store::indices::{self, Along, INPUT, INPUT_2, Numbers, OUTPUT};
use crate::table::{Kind, Quantity};

/// The numbers of a file as they are gathered.
struct Gathered<'a> {
    report: &'a Report,
    numbers: Vec<Numbers>,
}

/// One of the measures of given points.
type Measure = fn(Given) -> Option<f64>;

const SINGLE: &[&str] = &[OUTPUT, INPUT];

impl Gathered<'_> {
    fn put(&mut self, name: &str, meaning: &str, dimensions: &'static [&'static str], values: Vec<f64>) {
        let quantity = Quantity::real(name, "1", meaning);
        self.numbers.push(Numbers { quantity, dimensions: named(dimensions), values });
    }

    /// A number with the ends of its interval.
    fn interval(&mut self, name: &str, meaning: &str, dimensions: &'static [&'static str], own: &[Estimate]) {
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let ends = [
            ("", "", 0.0),
            ("_low", ", lower end of the 95 % interval", -1.0),
            ("_high", ", upper end of the 95 % interval", 1.0),
        ];
        for (suffix, end, side) in ends {
            let value = |own: &Estimate| {
                if side == 0.0 { number(own.value) } else { number(own.value) + side * number(own.half) }
            };
            self.put(
                &format!("{name}{suffix}"),
                &format!("{meaning}{end}"),
                dimensions,
                own.iter().map(value).collect(),
            );
        }
    }

    fn each<T>(&self, of: impl Fn(&Indices) -> T) -> Vec<T> {
        self.report.outputs.iter().flat_map(|analysis| analysis.indices.iter().map(&of)).collect()
    }

    fn of_effects(&mut self) {
        let effects =
            |of: fn(Effects) -> Estimate| move |own: &Indices| own.effects.map(of).unwrap_or_default();
        let values = self.each(effects(|own| own.mean));
        self.interval("mu", "mean elementary effect over the range of the parameter", SINGLE, &values);
        let values = self.each(effects(|own| own.size));
        self.interval("mu_star", "mean size of elementary effects", SINGLE, &values);
        let values = self.each(|own| own.effects.and_then(|own| own.deviation).unwrap_or(f64::NAN));
        self.put("sigma", "standard deviation of elementary effects", SINGLE, values);
        let values = self.each(|own| own.effects.and_then(|own| own.positive).unwrap_or(f64::NAN));
        self.put("positive", "part of the elementary effects other than 0 that is positive", SINGLE, values);
    }

    fn of_given(&mut self) {
        let measures: [(&str, &str, Measure); 4] = [
            (
                "RSA",
                "largest distance between the distributions of the parameter where the output is 1 and where it is 0",
                |own| own.regional,
            ),
            (
                "PAWN",
                "median distance between the distribution of the output in an interval of the parameter and everywhere",
                |own| own.pawn,
            ),
            ("delta", "total variation of the probabilities of all labels", |own| own.variation),
            ("PRCC", "partial rank correlation", |own| own.partial),
        ];
        for (name, meaning, of) in measures {
            let values = self.each(|own| own.given.and_then(of).unwrap_or(f64::NAN));
            self.put(name, meaning, SINGLE, values);
            let floor =
                |analysis: &Analysis| analysis.floor.and_then(|(_, given)| of(given)).unwrap_or(f64::NAN);
            let floors = self.report.outputs.iter().map(floor).collect();
            if name != "PRCC" {
                self.put(&format!("{name}_floor"), "the largest of ten dummy parameters", &[OUTPUT], floors);
            }
        }
    }

    fn of_variances(&mut self) {
        let values = self.each(|own| own.first);
        self.interval("S1", "first-order index", SINGLE, &values);
        let values = self.each(|own| own.total);
        self.interval("ST", "total-order index", SINGLE, &values);
        let published = [
            ("S1_saltelli", "first-order index by Saltelli et al. 2010"),
            ("S1_janon", "first-order index by Janon et al. 2014"),
            ("ST_jansen", "total-order index by Jansen 1999"),
        ];
        if self.report.method == Method::PickFreeze {
            for (place, (name, meaning)) in published.into_iter().enumerate() {
                let values = self.each(|own| own.published[place]);
                self.interval(name, meaning, SINGLE, &values);
            }
            let count = self.report.parameters.len();
            let mut second = Vec::new();
            for analysis in &self.report.outputs {
                let mut square = vec![Estimate::default(); count * count];
                for &(one, other, own) in &analysis.pairs {
                    (square[one * count + other], square[other * count + one]) = (own, own);
                }
                second.extend(square);
            }
            self.interval("S2", "second-order index", &[OUTPUT, INPUT, INPUT_2], &second);
        }
        let floor = |analysis: &Analysis| analysis.floor.and_then(|(first, _)| first).unwrap_or(f64::NAN);
        let floors = self.report.outputs.iter().map(floor).collect();
        self.put("S1_floor", "the largest S1 of ten dummy parameters", &[OUTPUT], floors);
    }
}

/// Analyses at the places of some axes, or one where there are no such axes, as what a file holds; `history` is the line that its attribute of
/// that name gets.
///
/// # Panics
/// When there is no report, or they are not as many as the axes have places.
pub fn indices(reports: &[Report], along: &[Along], history: &str) -> indices::Indices {
    let places: usize = along.iter().map(|own| own.values.len()).product();
    assert_eq!(places, reports.len(), "a report a place");
    let first = &reports[0];
    let mut names: Vec<String> = Vec::new();
    for analysis in reports.iter().flat_map(|report| &report.outputs) {
        if !names.contains(&analysis.output) {
            names.push(analysis.output.clone());
        }
    }
    let mut numbers: Vec<Numbers> = Vec::new();
    let mut estimators: (Vec<u8>, Vec<String>) = Default::default();
    for report in reports {
        let report = with_outputs(report, &names);
        let own = numbers_of(&report);
        if numbers.is_empty() {
            numbers = own;
        } else {
            numbers.iter_mut().zip(own).for_each(|(all, own)| all.values.extend(own.values));
        }
        for analysis in &report.outputs {
            let name = analysis.indices.first().map(|own| own.estimator.clone()).unwrap_or_default();
            let place = estimators.1.iter().position(|own| *own == name).unwrap_or_else(|| {
                estimators.1.push(name);
                estimators.1.len() - 1
            });
            estimators.0.push(place as u8);
        }
    }
    let [replicates, base, blocks] = first.size;
    let mut attributes = vec![
        ("history".to_owned(), history.to_owned()),
        ("design".to_owned(), format!("{base} rows x {blocks} blocks x {replicates} replicates")),
    ];
    attributes.extend(first.identity.clone().map(|hash| ("identity_hash".to_owned(), hash)));
    indices::Indices {
        title: format!("Sensitivity indices: {}", first.title),
        along: along.to_vec(),
        outputs: names,
        inputs: first.parameters.iter().map(|own| own.name.clone()).collect(),
        distributions: first.parameters.iter().map(super::Parameter::distribution).collect(),
        estimators,
        numbers,
        attributes,
    }
}

fn named(dimensions: &[&str]) -> Vec<String> {
    dimensions.iter().map(|&name| name.to_owned()).collect()
}

/// The report with these outputs, in this order; nothing is known of those that it has not.
fn with_outputs(report: &Report, names: &[String]) -> Report {
    let unknown = |name: &String| Analysis {
        is_conditional: false,
        output: name.clone(),
        runs: 0,
        undefined: 0,
        moments: None,
        is_constant: false,
        indices: vec![Indices::default(); report.parameters.len()],
        pairs: Vec::new(),
        floor: None,
        remarks: Vec::new(),
    };
    let of = |name: &String| {
        let own = report.outputs.iter().find(|own| own.output == *name);
        own.cloned().unwrap_or_else(|| unknown(name))
    };
    Report { outputs: names.iter().map(of).collect(), ..report.clone() }
}

/// The numbers of a report.
fn numbers_of(report: &Report) -> Vec<Numbers> {
    let outputs = &report.outputs;
    let mut gathered = Gathered { report, numbers: Vec::new() };
    match report.method {
        Method::Elementary => gathered.of_effects(),
        Method::PickFreeze => gathered.of_variances(),
        Method::Given => {
            gathered.of_variances();
            gathered.of_given();
        }
    }
    let dropped = gathered.each(|own| own.dropped as f64);
    let Gathered { mut numbers, .. } = gathered;
    let mut count = |name: &str, meaning: &str, dimensions: &[&str], values: Vec<f64>| {
        let quantity = Quantity::real(name, "1", meaning).of_kind(Kind::Count);
        numbers.push(Numbers { quantity, dimensions: named(dimensions), values });
    };
    count("dropped", "comparisons left out, since a value is undefined", SINGLE, dropped);
    count("n", "runs with a value", &[OUTPUT], outputs.iter().map(|own| own.runs as f64).collect());
    let undefined = outputs.iter().map(|own| own.undefined as f64).collect();
    count("n_undefined", "runs without a value", &[OUTPUT], undefined);
    let moment =
        |which: usize| outputs.iter().map(|own| own.moments.map_or(f64::NAN, |own| own[which])).collect();
    for (name, meaning, which) in [
        ("mean", "mean of the output, in its own unit", 0),
        ("variance", "variance of the output, in its own unit squared", 1),
    ] {
        let quantity = Quantity::real(name, "1", meaning);
        numbers.push(Numbers { quantity, dimensions: named(&[OUTPUT]), values: moment(which) });
    }
    numbers
}
