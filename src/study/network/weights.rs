//! `matrix` of a channel and what is done to it: a generator, a file, or the mean over all nodes. Knows no ports.

use std::sync::Arc;

use crate::network::{
    Diagonal, Generator, Kind, Labelled, Matrix, Negative, Normalise, Options, Symmetrise, Weights,
    generator, generators,
};
use crate::study::document::{Content, Place, Value};
use crate::study::fields::{Fields, Sink, did_you_mean};
use crate::study::texts::MatrixFile;

use super::ground::Ground;
use super::{files, nodes, word};

/// Weights that were found.
#[derive(Debug)]
pub(super) struct Found {
    /// Ready to be used.
    pub(super) weights: Weights,
    /// What the nodes are called; empty where nothing says so.
    pub(super) names: Vec<String>,
    /// The file that they came from.
    pub(super) file: Option<MatrixFile>,
    /// Where the study names them.
    pub(super) place: Place,
}

/// What only a matrix has.
const KEYS_OF_A_MATRIX: [&str; 7] =
    ["diagonal", "negative", "symmetrise", "threshold", "normalise", "mirror", "embed"];

/// Reads what a channel says of its weights.
pub(super) fn read(
    fields: &mut Fields<'_>,
    kind: Kind,
    ground: &Ground<'_>,
    sink: &mut Sink,
) -> Option<Found> {
    let options = options(fields, sink);
    let mirror = fields.get("mirror");
    let embed = fields.get("embed");
    let by_hash = word(embed, "embed", &[("hash", true), ("data", false)], sink);
    let value = fields.require("matrix", "\"fib90\"", sink)?;
    let place = value.place.clone();
    if let Content::Text(text) = &value.content
        && text == "mean"
    {
        for key in KEYS_OF_A_MATRIX {
            if let Some(value) = fields.get(key) {
                let message = format!("the mean over all nodes is not a matrix, and `{key}` applies to one");
                sink.push(value.place.error(message, "leave it out, or take the generator `complete`"));
            }
        }
        return Some(Found { weights: Weights::Mean, names: Vec::new(), file: None, place });
    }
    let (matrix, names, file) = match &value.content {
        Content::Text(name) => (named(name, ground.size, value, sink)?, Vec::new(), None),
        Content::Table(entries) if entries.iter().any(|entry| entry.key == "file") => {
            let (labelled, file) = from_file(value, by_hash.unwrap_or(false), ground, sink)?;
            (labelled.matrix, labelled.names, Some(file))
        }
        Content::Table(_) => (generated(value, ground.size, sink)?, Vec::new(), None),
        other => {
            let message = format!("`matrix` is {}", other.kind());
            let remedy = "write the name of a generator, `{ file = \"weights.csv\" }`, or `\"mean\"`";
            sink.push(place.error(message, remedy));
            return None;
        }
    };
    if let (Some(embed), None) = (embed, &file) {
        let message = "`embed` is for matrices from files, and this one is not from a file";
        sink.push(embed.place.error(message, "leave it out"));
    }
    match options?.prepare(&matrix, kind) {
        Ok(matrix) => {
            let matrix = match mirror {
                Some(value) => mirrored(&matrix, value, &names, sink)?,
                None => matrix,
            };
            Some(Found { weights: Weights::Matrix(Arc::new(matrix)), names, file, place })
        }
        Err(error) => {
            complain(&place, &error.to_string(), sink);
            None
        }
    }
}

/// The matrix by which a node is mirrored into all its targets; `value` is the node's number or name.
fn mirrored(matrix: &Matrix, value: &Value, names: &[String], sink: &mut Sink) -> Option<Matrix> {
    let key = match &value.content {
        Content::Text(name) => name.clone(),
        _ => value.count("`mirror`", 0, sink)?.to_string(),
    };
    let node = nodes::node(&key, &value.place, matrix.nodes(), names, sink)?;
    let mirror = matrix.mirror_of(node);
    if mirror.entries().iter().all(|weight| *weight == 0.0) {
        let message = format!("node {key} has no targets into which it could be mirrored");
        sink.push(value.place.error(message, "mirror a node with connections to others"));
        return None;
    }
    Some(mirror)
}

/// `{ file = "weights.npz", array = "weights", source = "..", licence = ".." }`
fn from_file(
    value: &Value,
    by_hash: bool,
    ground: &Ground<'_>,
    sink: &mut Sink,
) -> Option<(Labelled, MatrixFile)> {
    let mut fields = Fields::of("`matrix`", value, sink)?;
    let before = sink.len();
    let file = fields.get("file")?;
    let [array, source, licence] = ["array", "source", "licence"]
        .map(|key| fields.get(key).and_then(|value| value.text(&format!("`{key}`"), sink)));
    fields.finish(sink);
    (sink.len() == before).then_some(())?;
    files::read(&files::Wish { file, array, source, licence, by_hash }, ground.texts, sink)
}

/// Complains with a message that ends with its remedy.
fn complain(place: &Place, message: &str, sink: &mut Sink) {
    let (message, remedy) = message.rsplit_once("; ").unwrap_or((message, "change it"));
    sink.push(place.error(message, remedy));
}

fn options(fields: &mut Fields<'_>, sink: &mut Sink) -> Option<Options> {
    let before = sink.len();
    let diagonals = [("zero", Diagonal::Zero), ("keep", Diagonal::Keep)];
    let negatives = [("allow", Negative::Allow), ("refuse", Negative::Refuse)];
    let symmetries = [("mean", Symmetrise::Mean), ("largest", Symmetrise::Largest)];
    let norms = [
        ("row_sum", Normalise::RowSum),
        ("max", Normalise::Max),
        ("spectral_radius", Normalise::SpectralRadius),
        ("largest_row_sum", Normalise::LargestRowSum),
        ("mean_degree", Normalise::MeanDegree),
    ];
    let threshold = fields.get("threshold").map(|value| (value, value.number("`threshold`", sink)));
    if let Some((value, Some(number))) = threshold
        && number < 0.0
    {
        let message = format!("`threshold` is {number}, and magnitudes are compared with it");
        sink.push(value.place.error(message, "write 0 or more"));
    }
    let options = Options {
        diagonal: word(fields.get("diagonal"), "diagonal", &diagonals, sink),
        negative: word(fields.get("negative"), "negative", &negatives, sink),
        symmetrise: word(fields.get("symmetrise"), "symmetrise", &symmetries, sink),
        threshold: threshold.and_then(|(_, number)| number).unwrap_or(0.0),
        normalise: word(fields.get("normalise"), "normalise", &norms, sink),
    };
    (sink.len() == before).then_some(options)
}

/// A generator by name alone: it takes no number, or the size of the network.
fn named(name: &str, size: Option<usize>, value: &Value, sink: &mut Sink) -> Option<Matrix> {
    let generator = known(name, value, sink)?;
    match (generator.numbers, size) {
        ([], _) => made(generator, &[], &value.place, sink),
        ([("n", _)], Some(size)) if name != "torus" => made(generator, &[size], &value.place, sink),
        (numbers, _) => {
            let example: Vec<String> =
                numbers.iter().map(|(number, least)| format!("{number} = {}", least + 6)).collect();
            let message = format!("the size of the `{name}` is missing");
            let remedy = format!("write `matrix = {{ generator = \"{name}\", {} }}`", example.join(", "));
            sink.push(value.place.error(message, remedy));
            None
        }
    }
}

fn known(name: &str, value: &Value, sink: &mut Sink) -> Option<&'static Generator> {
    let found = generator(name);
    if found.is_none() {
        let remedy = if name.contains(['.', '/']) {
            format!("a file is given as `matrix = {{ file = \"{name}\" }}`")
        } else {
            let names = generators().iter().map(|generator| generator.name);
            did_you_mean(name, names.chain(["mean"]).collect::<Vec<_>>())
        };
        sink.push(value.place.error(format!("there is no generator `{name}`"), remedy));
    }
    found
}

fn made(generator: &Generator, numbers: &[usize], place: &Place, sink: &mut Sink) -> Option<Matrix> {
    generator.make(numbers).map_err(|error| complain(place, &error.to_string(), sink)).ok()
}

fn generated(value: &Value, size: Option<usize>, sink: &mut Sink) -> Option<Matrix> {
    let mut fields = Fields::of("`matrix`", value, sink)?;
    let name_value = fields.require("generator", "\"ring\"", sink);
    let generator = name_value.and_then(|value| known(value.text("`generator`", sink)?, value, sink));
    let mut numbers = Vec::new();
    for &(number, least) in generator.map(|generator| generator.numbers).unwrap_or_default() {
        let given = match (number, size) {
            ("n", Some(size)) if generator.is_some_and(|generator| generator.name != "torus") => {
                let given = fields.get(number).map(|value| value.count("`n`", 0, sink));
                given.unwrap_or(Some(size as u64))
            }
            _ => fields
                .require(number, &format!("{}", least + 6), sink)
                .and_then(|value| value.count(&format!("`{number}`"), 0, sink)),
        };
        numbers.push(given);
    }
    fields.finish(sink);
    let numbers: Option<Vec<usize>> = numbers.into_iter().map(|number| Some(number? as usize)).collect();
    made(generator?, &numbers?, &value.place, sink)
}
