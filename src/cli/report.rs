//! `ictus report`: a map as one page of HTML. Puts together what the map's study says of itself and what lies beside the map; knows not
//! how a page is made.

use std::path::Path;

use serde_json::json;

use crate::analyse::sensitivity::sampled::axis_of_runs;
use crate::complaint::Complaint;
use crate::model::describe;
use crate::show::report::{Account, Companions, write};
use crate::store::curves::Plane;
use crate::store::indices;
use crate::store::map::Map;
use crate::store::{StoreError, has_journals};
use crate::study::{Study, StudyError, Texts, Timing};
use crate::table::Quantity;

use super::console::Console;
use super::{Failure, sense, studies, words};

/// Curves beside a map, and indices of what its outcomes depend on.
const CURVES: &str = "curves.nc";
const INDICES: &str = "sense.nc";

/// Writes the page of a map.
pub(super) fn report(
    subject: &Path,
    output: &Path,
    json: bool,
    console: &mut Console,
) -> Result<(), Failure> {
    let path = sense::map_of(subject);
    if subject.is_dir() && !path.exists() && has_journals(subject) {
        return Err(sense::unfinished(subject));
    }
    if !output
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("html") || end.eq_ignore_ascii_case("htm"))
    {
        let message = format!("`{}`: a page's name ends in .html; give `-o` such a name", output.display());
        return Err(Failure::Wrong(message));
    }
    let map = Map::open(&path)?;
    let study = study_of(&map);
    let mut account = match &study {
        Ok(study) => account(&map, study),
        Err(reason) => Account { warnings: vec![reason.clone()], ..of_attributes(&map) },
    };
    account.subject = path.display().to_string();
    let written = write(&map, &account, &companions(&map), output)?;
    if json {
        let report = json!({ "file": output, "bytes": written.bytes, "coarser_quantities": written.coarser });
        console.say_json(&report);
    } else {
        console.say(output.display().to_string());
    }
    let bytes = words::bytes(written.bytes as u128);
    let coarser = match written.coarser {
        0 => String::new(),
        1 => ", one quantity coarser than in the map".to_owned(),
        several => format!(", {several} quantities coarser than in the map"),
    };
    console.note(format!("{bytes}{coarser}"));
    Ok(())
}

/// The study whose rules named the points of a map.
fn study_of(map: &Map) -> Result<Study, String> {
    let own = studies::texts_of(map).map_err(|failure| failure.to_string())?;
    let own = Study::from_texts(own)
        .map_err(|error| format!("The map's study cannot be read by this version of ictus: {error}"))?;
    // A map that was labelled anew holds the rules, alone or in a study.
    let Some(rules) = map.attribute("rules").filter(|text| *text != own.texts().study) else {
        return Ok(own);
    };
    let of_a_study = || {
        let study = rules.to_owned();
        Study::from_texts(Texts { study, overrides: Vec::new(), ..own.texts().clone() })
            .map_err(StudyError::from)
    };
    own.with_rules(Path::new("rules"), rules)
        .or_else(|_| of_a_study())
        .map_err(|error| format!("The rules that named the map's points cannot be read: {error}"))
}

/// What a map says without its study.
fn of_attributes(map: &Map) -> Account {
    let text = |name: &str| map.attribute(name).unwrap_or_default().to_owned();
    Account {
        study: (text("study_name"), text("study")),
        overrides: text("overrides").lines().map(str::to_owned).collect(),
        model: (text("model_name"), String::new()),
        model_text: text("model"),
        sources: text("references").split("; ").filter(|text| !text.is_empty()).map(str::to_owned).collect(),
        ..Account::default()
    }
}

fn account(map: &Map, study: &Study) -> Account {
    let model = study.model();
    let reasons = study
        .rules()
        .labels()
        .into_iter()
        .chain(study.over_starts().map(|own| own.labels().to_vec()).unwrap_or_default());
    let mut rules: Vec<String> = study.rules().rules().iter().map(|rule| rule.name.clone()).collect();
    rules.dedup();
    let (methods, references) = methods(map, study);
    Account {
        asked: asked(study),
        by_node: by_node(study),
        model: (model.name.clone(), model.title.clone()),
        description: describe(model),
        reasons: reasons.map(|label| (label.name, label.meaning)).collect(),
        rules,
        looked_at: study.rules().needs(),
        methods,
        references,
        warnings: study.warnings().iter().map(one_line).collect(),
        is_chained: study.is_chained(),
        ..of_attributes(map)
    }
}

fn one_line(complaint: &Complaint) -> String {
    format!("{}; {}", complaint.message, complaint.remedy)
}

/// A time of the model with its unit.
fn time(study: &Study, value: f64) -> String {
    let unit = &study.model().time_unit;
    // Products of a step carry its rounding.
    let value = format!("{value:.9}");
    let value = value.trim_end_matches('0').trim_end_matches('.');
    if unit == "1" { value.to_owned() } else { format!("{value} {unit}") }
}

fn step(study: &Study, timing: &Timing) -> String {
    let unit = &study.model().time_unit;
    if unit == "1" { timing.step.to_string() } else { format!("{} {unit}", timing.step) }
}

/// What was asked, question by question.
fn asked(study: &Study) -> Vec<(String, String)> {
    let model = study.model();
    let mut asked = vec![("model".to_owned(), format!("{}: {}", model.name, model.title))];
    let mut say = |what: &str, text: String| {
        if !text.is_empty() {
            asked.push((what.to_owned(), text));
        }
    };
    if let Some(timing) = study.timing() {
        let Timing { method, transient_steps, window_steps, bound, .. } = timing;
        let lasting = |steps: u64| format!("{} ({steps} steps)", time(study, steps as f64 * timing.step));
        say("method", format!("{method}, steps of {}", step(study, timing)));
        say("transient, thrown away", lasting(*transient_steps));
        say("window, measured", lasting(*window_steps));
        say("diverged beyond", bound.unwrap_or(model.bound).to_string());
    }
    if let Some(own) = study.stability() {
        let only = if own.only { "; no trajectories" } else { "" };
        say(
            "equilibria",
            format!("by Newton's method from known states and {} points of a box{only}", own.starts),
        );
    }
    let signal = study.network().map_or(&model.signal, |network| &network.signal);
    let told = model.observable(signal).map(|Quantity { unit, meaning, .. }| format!(" [{unit}], {meaning}"));
    say("signal", format!("{signal}{}", told.unwrap_or_default()));
    let initial: Vec<String> =
        study.initial().iter().map(|(name, value)| format!("{name} = {value}")).collect();
    say("initial values that differ from the model's", initial.join(", "));
    if study.is_drawn() {
        say("initial states", format!("{}, drawn from a box", study.starts().len()));
    } else {
        let starts = study.starts().iter().map(|state| {
            let values: Vec<String> =
                state.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!("{} ({})", state.name, values.join(", "))
        });
        say("named initial states", starts.collect::<Vec<_>>().join("; "));
    }
    if study.is_chained() {
        say(
            "continuation",
            "points of the last axis start from the final state of their neighbour, up and down".to_owned(),
        );
    }
    say("measured where", study.constraint().map(|own| own.text().to_owned()).unwrap_or_default());
    let stimuli = study.stimuli().iter().map(|own| {
        format!("{} is {} from {} to {}", own.parameter, own.value.text, own.from.text, own.to.text)
    });
    say("stimuli", stimuli.collect::<Vec<_>>().join("; "));
    if let Some(design) = study.design() {
        let size = design.size();
        say(
            "design",
            format!(
                "{}: {} rows of {} blocks, {} replicates, seed {}",
                design.sampling().name(),
                size.base,
                design.blocks(),
                size.replicates,
                size.seed
            ),
        );
    }
    say("network", of_network(study).unwrap_or_default());
    say("names of the nodes", study.regions().join(", "));
    asked
}

/// The nodes of a network, its channels and its own parameters.
fn of_network(study: &Study) -> Option<String> {
    let network = study.network()?;
    let channels = network
        .channels
        .iter()
        .map(|own| format!("channel {} from {} to {}, times {}", own.name, own.from, own.to, own.gain.text));
    let parameters = network.parameters.iter().map(|(name, value)| format!("{name} = {value}"));
    let all: Vec<String> = channels.chain(parameters).collect();
    Some(format!("{} nodes; {}", network.nodes, all.join("; ")))
}

/// So many values of nodes are told one by one.
const MOST_NODES: usize = 12;

/// What differs from node to node.
fn by_node(study: &Study) -> Vec<(String, String)> {
    let Some(network) = study.network() else { return Vec::new() };
    let told = |(name, values): &(String, Vec<f64>)| {
        let text = if values.len() <= MOST_NODES {
            values.iter().map(|value| format!("{value}")).collect::<Vec<_>>().join(", ")
        } else {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            format!("{} values from {low} to {high}", values.len())
        };
        (name.clone(), text)
    };
    network.values.iter().map(told).collect()
}

/// How the points of a map were measured, in sentences, and the sources of the methods.
fn methods(map: &Map, study: &Study) -> (Vec<String>, Vec<String>) {
    let (mut sentences, mut references) = (Vec::new(), Vec::new());
    if let Some(timing) = study.timing() {
        let whole = |steps: u64| time(study, steps as f64 * timing.step);
        sentences.push(format!(
            "Each point was integrated by the method {} with a step of {}; a transient of {} was thrown away, and a window of {} was measured.",
            timing.method,
            step(study, timing),
            whole(timing.transient_steps),
            whole(timing.window_steps)
        ));
        references.extend(timing.reference().map(str::to_owned));
    }
    if let Some(own) = study.stability() {
        sentences.push(format!(
            "Equilibria were found by Newton's method with the exact Jacobian, from known states and {} further points, and their stability \
             told by the eigenvalues.",
            own.starts
        ));
        references.push("Francis (1961), Comput J 4:265, doi:10.1093/comjnl/4.3.265".to_owned());
    }
    if study.features().iter().any(|name| name.contains("lyapunov")) {
        references.push("Benettin et al. (1980), Meccanica 15:9, doi:10.1007/BF02128236".to_owned());
    }
    if map.has_basins() {
        let starts = study.starts().len();
        sentences.push(format!(
            "At every point {starts} initial states were drawn from a box; intervals of the parts that end in a regime are those of Wilson (1927)."
        ));
        references
            .push("Wilson (1927), J Am Stat Assoc 22:209, doi:10.1080/01621459.1927.10502953".to_owned());
    }
    if let Some(network) = study.network() {
        sentences.push(format!("The network has {} nodes.", network.nodes));
    }
    if axis_of_runs(map).is_some() {
        references.push(
            "Saltelli et al. (2010), Comput Phys Commun 181:259, doi:10.1016/j.cpc.2009.09.018".to_owned(),
        );
    }
    (sentences, references)
}

/// What lies beside a map and belongs to it.
fn companions(map: &Map) -> Companions {
    let mut found = Companions::default();
    let beside = |name: &str| Some(map.path().with_file_name(name)).filter(|path| path.is_file());
    if let Some(path) = beside(CURVES) {
        match Plane::open(&path) {
            Ok(plane) => found.curves = Some(plane),
            // Curves along one parameter lie in no plane.
            Err(StoreError::NotCurves { .. }) => {}
            Err(error) => found.remarks.push(format!("{CURVES} beside the map is not shown: {error}.")),
        }
    }
    if let Some(path) = beside(INDICES) {
        match indices::read(&path) {
            Ok(own) => {
                let of = own
                    .attributes
                    .iter()
                    .find(|(name, _)| name == "identity_hash")
                    .map(|(_, hash)| hash.as_str());
                if of.is_some() && of != map.attribute("identity_hash") {
                    found
                        .remarks
                        .push(format!("{INDICES} beside the map is of another map, and is not shown."));
                } else {
                    found.indices = Some(own);
                }
            }
            Err(error) => found.remarks.push(format!("{INDICES} beside the map is not shown: {error}.")),
        }
    }
    found
}
