//! An analysis of a full grid as the numbers of a file of indices. Knows nothing of how they were computed.

use super::{Analysis, Estimator, Indices, Report};
use crate::store::indices::{self, INPUT, INPUT_2, Numbers, OUTPUT};
use crate::table::{Kind, Quantity};

/// An analysis as what a file holds; `history` is the line that its attribute of that name gets.
pub fn indices(report: &Report, history: &str) -> indices::Indices {
    let (outputs, inputs) = (&report.outputs, report.inputs.len());
    let mut numbers = Vec::new();
    let mut interval = |name: &str, meaning: &str, dimensions: &[&str], values: Vec<f64>| {
        let dimensions: Vec<String> = dimensions.iter().map(|&name| name.to_owned()).collect();
        // Indices of a grid are exact: their intervals have no width.
        for (suffix, bound) in [
            ("", ""),
            ("_low", ", lower end of the 95 % interval"),
            ("_high", ", upper end of the 95 % interval"),
        ] {
            let quantity = Quantity::real(format!("{name}{suffix}"), "1", format!("{meaning}{bound}"));
            numbers.push(Numbers { quantity, dimensions: dimensions.clone(), values: values.clone() });
        }
    };
    let each = |index: &dyn Fn(&Indices) -> Option<f64>| -> Vec<f64> {
        let of = |analysis: &Analysis| -> Vec<f64> {
            analysis.indices.iter().map(|own| index(own).unwrap_or(f64::NAN)).collect()
        };
        outputs.iter().flat_map(of).collect()
    };
    let single: &[&str] = &[OUTPUT, INPUT];
    interval("S1", "first-order index", single, each(&|own| own.first));
    interval("ST", "total-order index", single, each(&|own| own.total));
    interval("Shapley", "Shapley effect", single, each(&|own| own.shapley));
    let mut second = Vec::new();
    for analysis in outputs {
        let mut square = vec![f64::NAN; inputs * inputs];
        for &(one, other, value) in &analysis.pairs {
            let value = value.unwrap_or(f64::NAN);
            (square[one * inputs + other], square[other * inputs + one]) = (value, value);
        }
        second.extend(square);
    }
    interval("S2", "second-order index", &[OUTPUT, INPUT, INPUT_2], second);
    let mut list = |name: &str, meaning: &str, kind: Kind, of: &dyn Fn(&Analysis) -> f64| {
        let quantity = Quantity::real(name, "1", meaning).of_kind(kind);
        let dimensions = vec![OUTPUT.to_owned()];
        numbers.push(Numbers { quantity, dimensions, values: outputs.iter().map(of).collect() });
    };
    list("n", "values used", Kind::Count, &|analysis| analysis.points as f64);
    list("n_undefined", "undefined values, left out", Kind::Count, &|analysis| analysis.dropped as f64);
    let moment = |which: usize| move |analysis: &Analysis| analysis.moments.map_or(f64::NAN, |m| m[which]);
    list("mean", "mean of the output, in its own unit", Kind::Real, &moment(0));
    list("variance", "variance of the output, in its own unit squared", Kind::Real, &moment(1));
    let at: Vec<String> = report.at.iter().map(|(name, place)| format!("{name}={place}")).collect();
    let mut attributes = vec![("history".to_owned(), history.to_owned()), ("at".to_owned(), at.join(" "))];
    attributes.extend(report.identity.clone().map(|hash| ("identity_hash".to_owned(), hash)));
    let estimators: Vec<u8> = outputs.iter().map(|analysis| analysis.estimator as u8).collect();
    indices::Indices {
        title: format!("Sensitivity indices: {}", report.title),
        along: Vec::new(),
        outputs: outputs.iter().map(|analysis| analysis.output.clone()).collect(),
        inputs: report.inputs.iter().map(|input| input.name().to_owned()).collect(),
        distributions: report.inputs.iter().map(super::Input::range).collect(),
        estimators: (
            estimators,
            Estimator::ALL.iter().map(|estimator| estimator.name().to_owned()).collect(),
        ),
        numbers,
        attributes,
    }
}
