//! The section `[space]`: axes, links between them, and the constraint. Knows the names that may vary, not what they do.

use crate::complaint::Complaint;
use crate::space::{Axis, AxisColumn, Placement, Scale, Space};
use crate::table::Quantity;

use super::design;
use super::document::{Entry, Place, Value};
use super::fields::{Fields, Sink, did_you_mean};
use super::texts::{TableFile, Texts};

/// What can vary, by name: a model's parameters, and as `init.NAME` the initial values of its variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Varying {
    /// The parameters.
    pub(super) parameters: Vec<Quantity>,
    /// The variables.
    pub(super) variables: Vec<Quantity>,
    /// The nodes of a network; each may have values of its own.
    pub(super) nodes: Option<usize>,
}

/// What the section says.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// The space, where it could be made.
    pub(super) space: Option<Space>,
    /// The text of `where`.
    pub(super) constraint: Option<&'a Value>,
    /// Every axis, input and linked column by name, with its place.
    pub(super) names: Vec<(String, Place)>,
    /// Whether the points of the last axis go on from each other, up and down.
    pub(super) is_chained: bool,
    /// The file of a table of points.
    pub(super) table: Option<TableFile>,
}

/// One entry of `[space.axes]`.
struct Entrant {
    place: Place,
    column: AxisColumn,
    length: Option<u64>,
    with: Option<(String, Place)>,
}

/// Reads the section; `starts` are the named initial states, which where there are two or more become the first dimension, or
/// the last where they were drawn.
/// Without `varying` (the model could not be read) names are not looked up.
pub(super) fn read<'a>(
    section: Option<Fields<'a>>,
    varying: Option<&Varying>,
    (starts, is_drawn): (&[String], bool),
    texts: &Texts,
    sink: &mut Sink,
) -> Reading<'a> {
    let before = sink.len();
    let mut reading =
        Reading { space: None, constraint: None, names: Vec::new(), is_chained: false, table: None };
    let mut found = design::Reading::default();
    let mut along = None;
    let mut entrants = Vec::new();
    let place = section.as_ref().map(|fields| fields.place().clone());
    if let Some(mut fields) = section {
        reading.constraint = fields.get("where");
        along = fields.get("continue").and_then(|value| {
            value.text("`continue`", sink).map(|text| (text.to_owned(), value.place.clone()))
        });
        if let Some(axes) = fields.get("axes").and_then(|value| value.entries("`axes`", sink)) {
            reading.names = axes.iter().map(|entry| (entry.key.clone(), entry.place.clone())).collect();
            entrants = axes.iter().filter_map(|entry| entrant(entry, varying, sink)).collect();
        }
        let ground = design::Ground {
            varying,
            axes: &reading.names,
            starts,
            is_drawn,
            constraint: reading.constraint,
        };
        found = design::read(&mut fields, ground, texts, sink);
        reading.table = found.table.take();
        fields.finish(sink);
    }
    let is_input = found.names.iter().any(|(name, _)| name == "start");
    let mut axes = assemble(entrants, if is_input { &[] } else { starts }, sink);
    if let Some(design) = &found.design {
        axes.push(Axis::sampled(design).expect("a design has points"));
    }
    if let Some((name, place)) = along {
        reading.is_chained = chain(&mut axes, &name, &place, &reading.names, sink);
        if is_drawn {
            let message = "points of a continued axis have no drawn starts";
            sink.push(place.error(message, "leave out `continue`, or `box` and `starts` of `[initial]`"));
        }
    }
    reading.names.extend(found.names);
    let is_drawn = is_drawn && starts.len() > 1;
    if is_drawn {
        axes.rotate_left(1);
    }
    if sink.len() > before {
        return reading;
    }
    match Space::chained(axes, 2 * usize::from(reading.is_chained) + usize::from(is_drawn)) {
        Ok(space) => {
            reading.space = Some(space);
        }
        Err(error) => {
            let place = place.or_else(|| reading.names.first().map(|(_, place)| place.clone()));
            sink.push(split_remedy(
                &place.expect("a space without a section is a single point"),
                &error.to_string(),
            ));
        }
    }
    reading
}

/// The labels of the dimension `direction`.
const DIRECTIONS: [&str; 2] = ["up", "down"];

/// Puts the axis along which points go on from each other last, and the two directions before it.
fn chain(
    axes: &mut Vec<Axis>,
    name: &str,
    place: &Place,
    names: &[(String, Place)],
    sink: &mut Sink,
) -> bool {
    let Some(at) = axes.iter().position(|axis| axis.name() == name) else {
        // Where the axis itself is wrong, that has been said.
        if !names.iter().any(|(known, _)| known == name) || sink.is_empty() {
            let message = format!("there is no axis `{name}` to continue along");
            let known: Vec<&str> = axes.iter().map(Axis::name).collect();
            sink.push(place.error(message, did_you_mean(name, known)));
        }
        return false;
    };
    let axis = axes.remove(at);
    if axis.length() < 2 {
        let message = format!("the axis `{name}` has one value, so that there is nothing to continue");
        sink.push(place.error(message, "give it more values, or leave `continue` out"));
    }
    let quantity = Quantity::real("direction", "1", format!("direction in which {name} went"));
    let directions = DIRECTIONS.map(str::to_owned).to_vec();
    axes.push(Axis::labelled(quantity, directions).expect("there are labels"));
    axes.push(axis);
    true
}

/// A complaint from an error whose message ends with `; remedy`.
pub(super) fn split_remedy(place: &Place, message: &str) -> Complaint {
    let (message, remedy) = message.rsplit_once("; ").unwrap_or((message, "change it"));
    place.error(message, remedy)
}

fn entrant(entry: &Entry, varying: Option<&Varying>, sink: &mut Sink) -> Option<Entrant> {
    let name = entry.key.as_str();
    let quantity = match varying {
        Some(varying) => quantity(name, varying).map_err(|remedy| {
            let message = match name.strip_prefix("init.") {
                Some(variable) => format!("the model has no variable `{variable}` to start from an axis"),
                None => format!("the model has no parameter `{name}` to be an axis"),
            };
            sink.push(entry.place.error(message, remedy));
        }),
        None => Ok(Quantity::real(name, "1", "")),
    };
    let mut fields = Fields::of(format!("the axis `{name}`"), &entry.value, sink)?;
    let before = sink.len();
    let with = fields
        .get("with")
        .and_then(|value| value.text("`with`", sink).map(|text| (text.to_owned(), value.place.clone())));
    let placement = placement(fields.get("at"), sink);
    let count = fields.get("n");
    let column = match fields.get("values") {
        Some(values) => listed(&mut fields, values, sink).map(Scale::List),
        None => ranged(&mut fields, name, with.is_some(), count.is_some(), sink),
    };
    let least = if placement == Placement::Ends && with.is_none() { 2 } else { 1 };
    let length = match (&column, count) {
        (Some(Scale::List(values)), None) => Some(values.len() as u64),
        (Some(Scale::List(_)), Some(value)) => {
            sink.push(
                value
                    .place
                    .error(format!("`n` of the axis `{name}` is the length of its list"), "leave `n` out"),
            );
            None
        }
        (_, Some(value)) => number_of_values(value, name, least, sink),
        (_, None) => None,
    };
    fields.finish(sink);
    let quantity = quantity.ok()?;
    (sink.len() == before).then_some(())?;
    let column = AxisColumn { quantity, scale: column?, placement };
    Some(Entrant { place: entry.place.clone(), column, length, with })
}

/// The quantity of an axis' or an input's name, or the remedy.
pub(super) fn quantity(name: &str, varying: &Varying) -> Result<Quantity, String> {
    let names = |quantities: &'_ [Quantity]| -> Vec<String> {
        quantities.iter().map(|quantity| quantity.name.clone()).collect()
    };
    if let Some(variable) = name.strip_prefix("init.") {
        let known = names(&varying.variables);
        let found = varying.variables.iter().find(|quantity| quantity.name == variable);
        let found = found.ok_or_else(|| did_you_mean(variable, known.iter().map(String::as_str)))?;
        return Ok(Quantity::real(name, &found.unit, format!("initial value of {variable}")));
    }
    if let (Some(nodes), Some((node, own))) =
        (varying.nodes, name.strip_prefix("node.").and_then(|rest| rest.split_once('.')))
    {
        if !node.parse::<usize>().is_ok_and(|node| node < nodes) {
            return Err(format!("nodes have the numbers 0 to {}", nodes - 1));
        }
        let found = quantity(own, varying)?;
        let meaning = format!("{} of node {node}", found.meaning);
        return Ok(Quantity { name: name.to_owned(), meaning, ..found });
    }
    if varying.variables.iter().any(|quantity| quantity.name == name) {
        return Err(format!(
            "`{name}` is a variable; to vary where it starts, name the axis `\"init.{name}\"`"
        ));
    }
    if name == "start" {
        return Err(
            "name the states in `[initial] states`; they become the dimension `start` by themselves".into()
        );
    }
    let known = names(&varying.parameters);
    let found = varying.parameters.iter().find(|quantity| quantity.name == name);
    found.cloned().ok_or_else(|| did_you_mean(name, known.iter().map(String::as_str)))
}

fn placement(value: Option<&Value>, sink: &mut Sink) -> Placement {
    let Some(value) = value else { return Placement::Ends };
    match value.text("`at`", sink) {
        Some("centres") => Placement::Centres,
        Some("ends") | None => Placement::Ends,
        Some(other) => {
            let message = format!("there is no placement `{other}`");
            sink.push(value.place.error(message, did_you_mean(other, ["ends", "centres"])));
            Placement::Ends
        }
    }
}

fn listed(fields: &mut Fields<'_>, values: &Value, sink: &mut Sink) -> Option<Vec<f64>> {
    for key in ["from", "to", "scale"] {
        if let Some(value) = fields.get(key) {
            let message =
                format!("an axis has either `values` or `from`, `to` and `n`, and here is also `{key}`");
            sink.push(value.place.error(message, "leave one of the two out"));
        }
    }
    let items = values.list("`values`", sink)?;
    if items.is_empty() {
        sink.push(values.place.error("the list of values is empty", "give at least one value"));
    }
    let numbers: Vec<f64> =
        items.iter().filter_map(|item| item.number("a value of the axis", sink)).collect();
    (numbers.len() == items.len() && !numbers.is_empty()).then_some(numbers)
}

fn ranged(
    fields: &mut Fields<'_>,
    name: &str,
    is_linked: bool,
    has_count: bool,
    sink: &mut Sink,
) -> Option<Scale> {
    let scale = fields.get("scale");
    let is_logarithmic = match scale.map(|value| (value, value.text("`scale`", sink))) {
        Some((_, Some("log"))) => true,
        Some((value, Some(other))) if other != "linear" => {
            let message = format!("there is no scale `{other}`");
            sink.push(value.place.error(message, did_you_mean(other, ["linear", "log"])));
            false
        }
        _ => false,
    };
    let ends = (fields.require("from", "0", sink), fields.require("to", "1", sink));
    if !is_linked && !has_count {
        fields.require("n", "64", sink);
    }
    let (Some(from_value), Some(to_value)) = ends else { return None };
    let from = from_value.number(&format!("`from` of the axis `{name}`"), sink)?;
    let to = to_value.number(&format!("`to` of the axis `{name}`"), sink)?;
    // What is linked to an axis may fall while the axis rises.
    if from > to && !is_linked {
        let message = format!("axis `{name}`: `from` {from} must be below `to` {to}");
        sink.push(from_value.place.error(message, "swap them"));
        return None;
    }
    if !is_logarithmic {
        return Some(Scale::Linear { from, to });
    }
    if from.min(to) > 0.0 || from.max(to) < 0.0 {
        return Some(Scale::Log { from, to });
    }
    let message = format!("the logarithmic axis `{name}` runs through 0: {from} to {to}");
    sink.push(from_value.place.error(message, "give two ends above 0, or leave `scale` out"));
    None
}

fn number_of_values(value: &Value, name: &str, least: u64, sink: &mut Sink) -> Option<u64> {
    let count = value.count(&format!("`n` of the axis `{name}`"), 1, sink)?;
    if count >= least {
        return Some(count);
    }
    let message =
        format!("an axis from `{name}`'s `from` to its `to` has at least 2 values, and `n` is {count}");
    let remedy = "give `n` of at least 2, or the value itself as `values = [..]`";
    sink.push(value.place.error(message, remedy));
    None
}

/// Puts linked columns to the axes they follow, and the initial states before all.
fn assemble(entrants: Vec<Entrant>, starts: &[String], sink: &mut Sink) -> Vec<Axis> {
    let (linked, leaders): (Vec<_>, Vec<_>) =
        entrants.into_iter().partition(|entrant| entrant.with.is_some());
    let name_of = |entrant: &Entrant| entrant.column.quantity.name.clone();
    let leader_names: Vec<String> = leaders.iter().map(name_of).collect();
    for follower in &linked {
        let Some((with, place)) = &follower.with else { continue };
        if !leader_names.contains(with) {
            let message = if linked.iter().any(|other| name_of(other) == *with) {
                format!("`{with}` is linked to another axis itself")
            } else {
                format!("there is no axis `{with}` to be linked to")
            };
            let remedy = did_you_mean(with, leader_names.iter().map(String::as_str));
            sink.push(place.error(message, remedy));
        }
    }
    let mut axes = Vec::new();
    if starts.len() > 1 {
        let quantity = Quantity::real("start", "1", "initial state");
        axes.push(Axis::labelled(quantity, starts.to_vec()).expect("there are labels"));
    }
    for leader in leaders {
        let name = name_of(&leader);
        let Some(length) = leader.length else { continue };
        let mut columns = vec![leader.column];
        for follower in
            linked.iter().filter(|other| other.with.as_ref().is_some_and(|(with, _)| *with == name))
        {
            if follower.length.is_some_and(|own| own != length) {
                let message = format!("`{}` and `{name}` are linked and differ in length", name_of(follower));
                sink.push(follower.place.error(message, format!("give both {length} values")));
                continue;
            }
            columns.push(follower.column.clone());
        }
        match Axis::new(columns, length) {
            Ok(axis) => axes.push(axis),
            Err(error) => sink.push(split_remedy(&leader.place, &error.to_string())),
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Source;
    use crate::study::document;

    fn varying() -> Varying {
        let quantities =
            |names: &[&str]| names.iter().map(|name| Quantity::real(*name, "mV", *name)).collect();
        Varying {
            parameters: quantities(&["A", "B", "p", "C"]),
            variables: quantities(&["y0", "y1"]),
            nodes: None,
        }
    }

    fn space(text: &str, starts: &[&str]) -> Result<Space, Vec<String>> {
        let value = document::read(&Source::new("study.toml", text)).expect("TOML");
        let mut sink = Sink::new();
        let fields = Fields::of("[space]", &value, &mut sink);
        let starts: Vec<String> = starts.iter().map(|&name| name.to_owned()).collect();
        let reading = read(fields, Some(&varying()), (&starts, false), &Texts::default(), &mut sink);
        let complaints: Vec<String> = sink.iter().map(|complaint| complaint.message.clone()).collect();
        if complaints.is_empty() { Ok(reading.space.expect("a space")) } else { Err(complaints) }
    }

    #[test]
    fn the_axis_that_is_continued_comes_last_behind_its_directions() {
        let text = "continue = \"p\"\n[axes]\np = { values = [1, 2, 3] }\nA = { values = [5, 6] }";
        let space = space(text, &["rest", "high"]).expect("fine");
        let names: Vec<&str> = space.axes().iter().map(Axis::name).collect();
        assert_eq!(names, ["start", "A", "direction", "p"]);
        assert_eq!(space.axes()[2].labels(), ["up", "down"]);
        for (text, wanted) in [
            ("continue = \"q\"\n[axes]\np = { values = [1, 2] }", "no axis `q`"),
            ("continue = \"p\"\n[axes]\np = { values = [1] }", "has one value"),
        ] {
            let complaints = self::space(text, &[]).expect_err(text);
            assert!(complaints.iter().any(|message| message.contains(wanted)), "{complaints:?}");
        }
    }

    #[test]
    fn axes_keep_the_order_of_the_study_and_the_states_come_first() {
        let text = "[axes]\np = { from = 0, to = 4, n = 5 }\nA = { values = [1, 2, 5] }\n";
        let space = space(text, &["rest", "excited"]).expect("a space");
        let names: Vec<_> = space.axes().iter().map(|axis| axis.name().to_owned()).collect();
        assert_eq!(names, ["start", "p", "A"]);
        assert_eq!(space.shape(), [2, 5, 3]);
    }

    #[test]
    fn a_single_state_is_no_dimension() {
        let space = space("[axes]\np = { from = 0, to = 4, n = 5 }\n", &["rest"]).expect("a space");
        assert_eq!(space.shape(), [5]);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the ends of an axis are exact")]
    fn linked_axes_share_a_dimension() {
        let text = "[axes]\nA = { from = 1, to = 2, n = 3 }\nB = { from = 20, to = 10, with = \"A\" }\n";
        let space = space(text, &[]).expect("a space");
        assert_eq!(space.shape(), [3]);
        assert_eq!(space.axes()[0].value(1, 2), 10.0);
    }

    #[test]
    fn an_initial_value_may_be_an_axis() {
        let text = "[axes]\n\"init.y0\" = { from = -1, to = 1, n = 4, at = \"centres\" }\n";
        assert_eq!(space(text, &[]).expect("a space").axes()[0].name(), "init.y0");
    }

    #[test]
    fn a_study_may_be_a_single_point() {
        assert_eq!(space("design = \"grid\"\n", &[]).expect("a space").points(), 1);
    }

    #[test]
    fn each_mistake_in_an_axis_has_one_message() {
        let cases = [
            ("[axes]\nq = { from = 0, to = 1, n = 3 }", "no parameter `q`"),
            ("[axes]\ny0 = { from = 0, to = 1, n = 3 }", "no parameter `y0`"),
            ("[axes]\n\"init.z\" = { from = 0, to = 1, n = 3 }", "no variable `z`"),
            ("[axes]\nstart = { from = 0, to = 1, n = 3 }", "no parameter `start`"),
            ("[axes]\np = { from = 2, to = 1, n = 3 }", "must be below"),
            ("[axes]\np = { from = 0, to = 1, n = 0 }", "whole number"),
            ("[axes]\np = { from = 0, to = 1, n = 1 }", "at least 2"),
            ("[axes]\np = { from = 0, to = 1, n = 2.5 }", "whole number"),
            ("[axes]\np = { from = 0, to = 1, n = \"3\" }", "should be a number"),
            ("[axes]\np = { from = 0, to = 1, n = 3, scale = \"log\" }", "through 0"),
            ("[axes]\np = { from = -1, to = 1, n = 3, scale = \"log\" }", "through 0"),
            ("[axes]\np = { from = 0, to = 1, n = 3, scale = \"lin\" }", "no scale `lin`"),
            ("[axes]\np = { from = 0, to = 1, n = 3, at = \"middle\" }", "no placement"),
            ("[axes]\np = { from = 0, n = 3 }", "needs `to`"),
            ("[axes]\np = { from = 0, to = 1 }", "needs `n`"),
            ("[axes]\np = { form = 0, to = 1, n = 3 }", "no key `form`"),
            ("[axes]\np = { values = [1, 2], n = 2 }", "length of its list"),
            ("[axes]\np = { values = [1, 2], from = 2 }", "either `values` or"),
            ("[axes]\np = { values = [] }", "is empty"),
            ("[axes]\np = { values = [1, 1] }", "strictly"),
            ("[axes]\np = { values = [1, nan] }", "not finite"),
            ("[axes]\np = { from = 0, to = inf, n = 3 }", "not finite"),
            ("[axes]\np = { from = 1, to = 1, n = 3 }", "so close"),
            ("[axes]\np = 3", "should be a table"),
            ("[axes]\np = { from = 0, to = 1, with = \"C\" }", "no axis `C`"),
            (
                "[axes]\np = { from = 0, to = 1, n = 3 }\nA = { values = [1, 2], with = \"p\" }",
                "differ in length",
            ),
            (
                "[axes]\nA = { values = [1, 2], with = \"p\" }\np = { from = 0, to = 1, with = \"A\" }",
                "itself",
            ),
            ("axis = 1", "no key `axis`"),
            ("design = \"sobel\"", "no design"),
            (
                "[axes]\np = { from = 0, to = 1, n = 100000000 }\nA = { from = 0, to = 1, n = 100000000 }\nB = { from = 0, to = 1, n = 100000000 }",
                "points",
            ),
        ];
        for (text, wanted) in cases {
            let complaints = space(text, &[]).expect_err(text);
            assert!(complaints[0].contains(wanted), "{text}: {complaints:?}");
            let most = if text.contains("itself") || wanted == "itself" { 2 } else { 1 };
            assert!(complaints.len() <= most, "{text}: {complaints:?}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = "[axes]\nq = { from = 2, to = 1, n = 0 }\nA = { form = 1 }";
        assert!(space(text, &[]).expect_err("wrong").len() >= 4);
    }
}
