//! `[sense] until`: a design is doubled until the intervals of its indices are narrow enough. Knows when, not how anything is measured.

use std::path::Path;

use crate::analyse::sensitivity::expected;
use crate::analyse::sensitivity::sampled::{self, Estimate};
use crate::run;
use crate::store::map::Map;
use crate::store::{self, Fate};
use crate::study::{Order, Study, StudyError, Until};

use super::Failure;
use super::sense::layout;

/// What sets the base of a design.
const BASE: &str = "space.base";

/// How wide the intervals of a finished design are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Widest {
    /// Half of the widest; infinite where an index has none.
    pub(super) half: f64,
    /// Of which parameter, or pair.
    pub(super) of: String,
}

impl Widest {
    /// In words, after the base.
    pub(super) fn words(&self, rule: &Until) -> String {
        let (index, output) = (rule.of.name(), &rule.output);
        if self.half.is_finite() {
            format!("{index} of `{output}` is known to {:.4} ({})", self.half, self.of)
        } else {
            format!("{index} of `{output}` has no interval ({})", self.of)
        }
    }
}

/// The study with another base.
pub(super) fn with_base(study: &Study, base: u64) -> Result<Study, Failure> {
    let mut texts = study.texts().clone();
    texts.overrides.retain(|line| line.split('=').next().map(str::trim) != Some(BASE));
    texts.overrides.push(format!("{BASE}={base}"));
    Ok(Study::from_texts(texts).map_err(StudyError::from)?)
}

/// The study at the base that its rule will probably stop at, by what was measured of binary outcomes; and that in words. As it is where there is no
/// rule.
pub(super) fn as_likely(study: Study) -> Result<(Study, Option<String>), Failure> {
    let Some(rule) = study.until().cloned() else { return Ok((study, None)) };
    let (first, replicates) = (base(&study), study.design().map_or(1, |design| design.size().replicates));
    let half = |base: u64| {
        let expected = expected::of_binary(base, replicates, true);
        let own = if rule.of == Order::First { expected.s1 } else { expected.st.unwrap_or(expected.s1) };
        // Of few replicates intervals are wider than twice the error.
        own * sampled::widening(replicates)
    };
    let mut likely = first;
    while likely < rule.at_most && half(likely) > rule.half_width {
        likely *= 2;
    }
    let words = format!(
        "until     {} of `{}` is known to {}: base {first} to begin with, {} at most; planned for {likely}, which most binary outcomes need, and a rare one more",
        rule.of.name(),
        rule.output,
        rule.half_width,
        rule.at_most
    );
    let study = if likely == first { study } else { with_base(&study, likely)? };
    Ok((study, Some(words)))
}

/// The base of its design.
pub(super) fn base(study: &Study) -> u64 {
    study.design().map_or(1, |design| design.size().base)
}

/// The study as far as it has come in a folder.
pub(super) fn as_far_as(study: Study, folder: &Path, fate: Fate) -> Result<Study, Failure> {
    if fate == Fate::Fresh {
        return Ok(study);
    }
    // A folder that cannot be read is told about when it is opened.
    match run::largest_base(folder, &study) {
        Ok(Some(larger)) if larger > base(&study) => with_base(&study, larger),
        _ => Ok(study),
    }
}

/// The map of a folder, if it is that of this study, and whole.
pub(super) fn whole_map(folder: &Path, study: &Study) -> Option<Map> {
    if !store::has_whole_map(folder).ok()? {
        return None;
    }
    let map = Map::open(&folder.join(store::map::FILE)).ok()?;
    let wanted = study.identity().hexadecimal();
    map.attribute("identity_hash").is_some_and(|own| own == wanted).then_some(map)
}

/// How wide the widest interval is, over every parameter and every point of the other dimensions.
pub(super) fn widest(map: &Map, study: &Study, rule: &Until) -> Result<Widest, Failure> {
    let (Some(axis), Some(design)) = (sampled::axis_of_runs(map), study.design()) else {
        return Err(Failure::Wrong(format!(
            "{} has no runs of a design; run the study again",
            map.path().display()
        )));
    };
    let labels = study.rules().labels();
    let seizing = labels.into_iter().filter(|label| label.seizing).map(|label| label.name).collect();
    let request = sampled::Request {
        of: vec![rule.output.clone()],
        seizing,
        second: rule.of == Order::Second,
        is_of_sobol: design.sampling().is_of_sobol(),
        ..sampled::Request::default()
    };
    let mut widest = Widest { half: 0.0, of: "nothing varies".to_owned() };
    for sampled::Place { at, .. } in sampled::places(map, axis, &[])?.0 {
        let (runs, _) = sampled::of_map(map, axis, &at, &request.of, &layout(design))?;
        let report = sampled::analyse(&runs, study.title(), &request)?;
        let own = report.outputs.iter().find(|own| own.output.eq_ignore_ascii_case(&rule.output));
        let Some(own) = own.or(report.outputs.first()).filter(|own| !own.is_constant) else { continue };
        let name = |place: usize| report.parameters[place].name.as_str();
        let mut take = |estimate: &Estimate, of: String| {
            let half = estimate.half.unwrap_or(f64::INFINITY);
            if half > widest.half {
                let place = if at.is_empty() { String::new() } else { format!(" at {}", at.join(", ")) };
                widest = Widest { half, of: format!("{of}{place}") };
            }
        };
        match rule.of {
            Order::First => {
                own.indices
                    .iter()
                    .enumerate()
                    .for_each(|(place, own)| take(&own.first, name(place).to_owned()));
            }
            Order::Total => {
                own.indices
                    .iter()
                    .enumerate()
                    .for_each(|(place, own)| take(&own.total, name(place).to_owned()));
            }
            Order::Second => {
                for (one, other, own) in &own.pairs {
                    take(own, format!("{} and {}", name(*one), name(*other)));
                }
            }
        }
    }
    Ok(widest)
}
