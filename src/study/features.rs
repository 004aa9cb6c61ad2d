//! The sections `[observe]` and `[[regime]]`: what is measured, and what it is called. What rules look at is measured without
//! being asked for. Knows neither observers nor rules from inside.

use std::ops::Range;
use std::sync::Arc;

use crate::complaint::{Complaint, Source};
use crate::equation::graph::{Graph, Node};
use crate::equation::syntax::Scope;
use crate::model::RuleText;
use crate::observe::{self, Request, RequestError};
use crate::regime::{self, Label, Rules, Vain};
use crate::stability::features::LABELS;
use crate::table::Appearance;

use super::document::{Content, Place, Value};
use super::duration;
use super::fields::{Fields, Sink, did_you_mean};
use super::formula;
use super::network::Signals;
use super::timing::{Clock, Timing};

/// What is measured where a study does not say.
const DEFAULT: [&str; 4] = ["extrema", "moments", "cycles", "settled"];

/// What is measured in every study, and cannot be left out.
pub(super) const ALWAYS: [&str; 2] = ["steps", "diverged_at"];

/// More rules than this would not fit the map's flags, which are signed bytes.
const MOST_RULES: usize = 100;

/// The window, in the model's unit of time.
pub(super) struct Span<'a> {
    pub(super) time_unit: &'a str,
    /// Its length; `None` where `[time]` could not be read.
    pub(super) window: Option<f64>,
}

impl<'a> Span<'a> {
    /// As `[time]` says.
    pub(super) fn of(clock: Option<&'a Clock>, timing: Option<&Timing>) -> Self {
        Self {
            time_unit: clock.map_or("1", |clock| clock.unit.as_str()),
            window: timing.map(|timing| timing.window_steps as f64 * timing.step),
        }
    }
}

/// Reads `[observe]`. `signals` are what can be observed; without them (the model could not be read) names are not looked up.
pub(super) fn requests(
    section: Option<Fields<'_>>,
    signals: Option<&Signals>,
    clock: &Span<'_>,
    sink: &mut Sink,
) -> Vec<Request> {
    let mut listed = None;
    if let Some(mut fields) = section {
        listed = fields.get("features").and_then(|value| value.list("`features`", sink));
        fields.finish(sink);
    }
    let Some(items) = listed else {
        let parsed = DEFAULT.iter().map(|name| observe::parse_request(name));
        return parsed.collect::<Result<_, _>>().expect("the default features exist");
    };
    let mut requests: Vec<Request> = Vec::new();
    for item in items {
        let Some(text) = item.text("a feature", sink) else { continue };
        if ALWAYS.contains(&text) {
            continue;
        }
        let times = |text: &str| match signals {
            Some(_) => duration::of_text(text, clock.time_unit),
            None => Ok(0.0),
        };
        match observe::parse_request_with(text, &times) {
            Ok(mut request) => {
                let is_of_each = request.is_of_each_node();
                if let (Some(of), Some(signals)) = (&mut request.of, signals) {
                    let found = if is_of_each { signals.of_each_node(of) } else { signals.find(of) };
                    match found {
                        Ok(found) => *of = found,
                        Err((message, remedy)) => sink.push(item.place.error(message, remedy)),
                    }
                }
                if let (Some(latest), Some(window)) = (request.latest(), clock.window)
                    && latest > window * (1.0 + 1e-9)
                {
                    let message = format!("`{text}` is later than the window's end, {window}");
                    let remedy =
                        "`at` counts from the window's beginning; make it shorter, or the window longer";
                    sink.push(item.place.error(message, remedy));
                }
                requests.push(request);
            }
            Err(error) => sink.push(item.place.error(error.message(), error.remedy())),
        }
        if let Err(error) = observe::gather(requests.clone()) {
            sink.push(item.place.error(error.message(), error.remedy()));
            requests.pop();
        }
    }
    requests
}

/// The rules of `[[regime]]`.
#[derive(Debug, Default)]
pub(super) struct RuleTexts {
    /// Those of a point; `None` where the study has none, and the model's hold.
    pub(super) of_points: Option<Vec<RuleText>>,
    /// Those of all starts of a point, each with where it says so.
    pub(super) over_starts: Vec<(RuleText, Place)>,
}

/// Reads the list `[[regime]]`.
pub(super) fn rules(value: Option<&Value>, sink: &mut Sink) -> RuleTexts {
    let Some(items) = value.and_then(|value| value.list("`[[regime]]`", sink)) else {
        return RuleTexts::default();
    };
    let is_over = |item: &&Value| match &item.content {
        Content::Table(entries) => entries.iter().any(|entry| entry.key == "over"),
        _ => false,
    };
    let (over, own): (Vec<&Value>, Vec<&Value>) = items.iter().partition(is_over);
    // A study that only adds rules over starts keeps the model's rules of points.
    let has_own = over.is_empty() || !own.is_empty();
    let of_points = own.into_iter().filter_map(|item| Some(rule(item, sink)?.0)).collect();
    RuleTexts {
        of_points: has_own.then_some(of_points),
        over_starts: over
            .into_iter()
            .filter_map(|item| rule(item, sink).and_then(|(rule, over)| Some((rule, over?))))
            .collect(),
    }
}

/// A rule, and where it says that it is over starts, if it does.
fn rule(item: &Value, sink: &mut Sink) -> Option<(RuleText, Option<Place>)> {
    let mut fields = Fields::of("[[regime]]", item, sink)?;
    let name = fields.require("name", "\"spike_wave\"", sink).and_then(|value| word(value, sink));
    let over = fields.get("over");
    let when = fields.require("when", "\"amplitude > 5\"", sink).and_then(|value| {
        let text = value.text("`when`", sink)?;
        let (source, span) = value.letters(text);
        let read = if over.is_some() { formula::over_starts } else { formula::expression };
        read(&source, span).map_err(|complaint| sink.push(complaint)).ok()
    });
    let seizing = fields.get("seizing").and_then(|value| value.truth("`seizing`", sink)).unwrap_or(false);
    let appearance = appearance(&mut fields, sink);
    fields.finish(sink);
    if let Some(value) = over
        && value.text("`over`", sink)? != "start"
    {
        let remedy = "write `over = \"start\"`, or leave `over` out for a rule of every point";
        sink.push(value.place.error("a rule is over all starts of a point, and over no other axis", remedy));
    }
    Some((RuleText { name: name?, when: when?, seizing, appearance }, over.map(|value| value.place.clone())))
}

/// `label` and `colour` of a rule.
fn appearance(fields: &mut Fields<'_>, sink: &mut Sink) -> Appearance {
    let label = fields.get("label").and_then(|value| {
        let text = value.text("`label`", sink)?;
        let wrong =
            |wrong| sink.push(value.place.error(wrong, "write for instance `label = \"Spike-and-wave\"`"));
        Appearance::check_label(text).map_err(wrong).ok()
    });
    let colour = fields.get("colour").and_then(|value| {
        let text = value.text("`colour`", sink)?;
        let colour = Appearance::read_colour(text);
        if colour.is_none() {
            let remedy =
                "write red, green and blue in hexadecimal digits, for instance `colour = \"#d55e00\"`";
            sink.push(value.place.error(format!("`{text}` is not a colour"), remedy));
        }
        colour
    });
    Appearance { label, colour }
}

/// The name of a regime: one word, and none of those that points are called which could not be told.
fn word(value: &Value, sink: &mut Sink) -> Option<String> {
    let name = value.text("`name`", sink)?;
    let is_word = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_word {
        let message = format!("`{name}` cannot be the name of a regime");
        sink.push(
            value.place.error(message, "write one word of letters, digits and `_`, such as `spike_wave`"),
        );
        return None;
    }
    if regime::RESERVED.contains(&name) {
        let message = format!("`{name}` is the label of unclassified points");
        sink.push(value.place.error(message, "choose another name"));
        return None;
    }
    Some(name.to_owned())
}

/// What the rules of a study find.
pub(super) struct Found<'a> {
    /// What is measured without a request.
    pub(super) measured: &'a [String],
    /// Parameters, which rules cannot look at.
    pub(super) parameters: &'a [String],
    /// What can be observed.
    pub(super) signals: &'a Signals,
}

/// The rules, and everything that must be measured for them and for the requests.
///
/// Complains of features that nothing measures, at their place in the rule.
pub(super) fn complete(
    requests: Vec<Request>,
    rules: &[RuleText],
    found: &Found<'_>,
    scale: f64,
    sink: &mut Sink,
) -> (Vec<Request>, Rules) {
    let mut requests = requests;
    let mut measured: Vec<String> = requests.iter().flat_map(Request::quantities).collect();
    measured.extend(ALWAYS.map(str::to_owned));
    measured.extend_from_slice(found.measured);
    refuse_too_many(rules, sink);
    let mut compiled = Rules::new(scale);
    for rule in rules {
        for (name, span) in rule.when.names() {
            if measured.iter().any(|known| known == name) {
                continue;
            }
            match provided(name, found.signals) {
                Ok(request) => {
                    measured.extend(request.quantities());
                    requests.push(request);
                }
                Err(wrong) => {
                    let (message, remedy) = of_parameter(name, found.parameters, &measured).unwrap_or(wrong);
                    let place = Place { source: Arc::clone(rule.when.source()), span };
                    sink.push(place.error(format!("the rule `{}`: {message}", rule.name), remedy));
                    // Said once is enough.
                    measured.push(name.to_owned());
                }
            }
        }
        add(&mut compiled, rule, sink);
    }
    for name in regime::NEEDED {
        if !measured.iter().any(|known| known == name) {
            requests.push(observe::provider(name).expect("the built-in labels look at features that exist"));
        }
    }
    match observe::gather(requests.clone()) {
        Ok(gathered) => (gathered, compiled),
        Err(error) => {
            // Clashes among what a study asks for were found before, so it is a rule that asks for the other one.
            let rule = rules.first().expect("only rules ask for more");
            let place = Place { source: Arc::clone(rule.when.source()), span: rule.when.span() };
            sink.push(place.error(error.message(), error.remedy()));
            (requests, compiled)
        }
    }
}

/// What is wrong with a name that is a parameter's, and how a rule looks at one.
fn of_parameter(name: &str, parameters: &[String], measured: &[String]) -> Option<(String, String)> {
    parameters.iter().any(|known| known == name).then(|| {
        let mut own = format!("{name}_here");
        while parameters.iter().chain(measured).any(|known| *known == own) {
            own.push('_');
        }
        let message = format!("`{name}` is a parameter, and rules look at features");
        let remedy = format!(
            "make it one: write `{own} = \"{name}\"` under `[derive]` of the study, and `{own}` in the rule"
        );
        (message, remedy)
    })
}

/// What is wrong with the rules of a model in a study of a network, if they look at what only a single node has.
pub(super) fn of_one_node(
    rules: &[RuleText],
    measured: &[String],
    requests: &[Request],
    signals: &Signals,
) -> Option<(String, String)> {
    let asked: Vec<String> = requests.iter().flat_map(Request::quantities).collect();
    let is_lacking = |name: &str| {
        let is_known = measured.iter().chain(&asked).any(|known| known == name) || ALWAYS.contains(&name);
        !is_known && provided(name, signals).is_err()
    };
    rules.iter().find_map(|rule| {
        let lacking: Vec<(&str, Range<usize>)> =
            rule.when.names().into_iter().filter(|(name, _)| is_lacking(name)).collect();
        let (first, _) = lacking.first()?;
        let mut when = rule.when.text().to_owned();
        for (_, span) in lacking.iter().rev() {
            when.insert_str(span.start - rule.when.span().start, "mean_");
        }
        let message = format!(
            "the model's own rules, such as `{}`, are of one node (`{first}`), and this study is of a network",
            rule.name
        );
        let remedy = format!(
            "give the study rules of its own, such as `[[regime]] name = \"{}\" when = \"{when}\"`; the signals of a network are \
             `mean_`, `largest_`, `smallest_` and `node_0_` before a variable's name",
            rule.name
        );
        Some((message, remedy))
    })
}

/// The rules of a study that integrates nothing, and behind them the labels of equilibria.
pub(super) fn of_equilibria(
    rules: &[RuleText],
    measured: &[String],
    parameters: &[String],
    sink: &mut Sink,
) -> Rules {
    refuse_too_many(rules, sink);
    let mut compiled = Rules::without_motion();
    for rule in rules {
        for (name, span) in rule.when.names() {
            if !measured.iter().any(|known| known == name) {
                let place = Place { source: Arc::clone(rule.when.source()), span };
                let (message, remedy) = of_parameter(name, parameters, measured).unwrap_or_else(|| {
                    let message = format!("`{name}` is not measured where nothing is integrated");
                    (message, did_you_mean(name, measured.iter().map(String::as_str)))
                });
                sink.push(place.error(format!("the rule `{}`: {message}", rule.name), remedy));
            }
        }
        add(&mut compiled, rule, sink);
    }
    for (name, text) in LABELS {
        let when =
            formula::expression(&Source::new(name, text), 0..text.len()).expect("a condition of our own");
        add(
            &mut compiled,
            &RuleText { name: name.to_owned(), when, seizing: false, appearance: Appearance::default() },
            sink,
        );
    }
    compiled
}

/// The rules over all starts of a point, whose shares are of `labels`; without several starts there can be none.
pub(super) fn over_starts(
    rules: &[(RuleText, Place)],
    labels: &[Label],
    has_several: bool,
    sink: &mut Sink,
) -> Option<Rules> {
    let (first, place) = rules.first()?;
    if !has_several {
        let message = format!("the rule `{}` is over several starts, and the study has one", first.name);
        let remedy = "name states in `[initial] states`, or draw them by `box` and `starts`";
        sink.push(place.error(message, remedy));
    }
    let texts: Vec<RuleText> = rules.iter().map(|(rule, _)| rule.clone()).collect();
    refuse_too_many(&texts, sink);
    let mut compiled = Rules::over_starts();
    for rule in &texts {
        let lowered = compiled.add(&rule.name, rule.when.text(), rule.seizing, |graph| {
            rule.when.lower_in(graph, &mut Shares { rule, labels })
        });
        sink.extend(lowered.err());
        compiled.appear(&rule.name, &rule.appearance);
    }
    Some(compiled)
}

/// What the condition of a rule over starts may look at.
struct Shares<'a> {
    rule: &'a RuleText,
    labels: &'a [Label],
}

impl Scope for Shares<'_> {
    fn name(&mut self, _: &mut Graph, name: &str, span: &Range<usize>) -> Result<Option<Node>, Complaint> {
        let message =
            format!("the rule `{}` is over all starts, and `{name}` is of a single one", self.rule.name);
        let remedy = "name what is meant by a rule without `over`, and write `share(\"NAME\")` of it";
        Err(Complaint::error(self.rule.when.source(), span.clone(), message, remedy))
    }

    fn call(
        &mut self,
        _: &mut Graph,
        _: &str,
        _: &Range<usize>,
        _: &[Node],
    ) -> Result<Option<Node>, Complaint> {
        Ok(None)
    }

    fn share(
        &mut self,
        graph: &mut Graph,
        regime: &str,
        span: &Range<usize>,
    ) -> Result<Option<Node>, Complaint> {
        let known = self.labels.iter().map(|label| label.name.as_str());
        if known.clone().any(|name| name == regime) {
            return Ok(Some(graph.input(regime)));
        }
        let message = format!("the rule `{}`: no point is called `{regime}`", self.rule.name);
        let remedy = did_you_mean(regime, known.collect::<Vec<_>>());
        Err(Complaint::error(self.rule.when.source(), span.clone(), message, remedy))
    }
}

/// Warnings of the rules that can name no point. Those that could not be read are not among `compiled`, and are complained of.
pub(super) fn in_vain(rules: &[RuleText], compiled: &Rules) -> Vec<Complaint> {
    if compiled.rules().len() < rules.len() {
        return Vec::new();
    }
    let said = |(number, why): (usize, Vain)| {
        // Labels of our own may stand behind.
        let rule = rules.get(number)?;
        let place = Place { source: Arc::clone(rule.when.source()), span: rule.when.span() };
        let name = &rule.name;
        let (message, remedy) = match why {
            Vain::Contradiction => (
                format!("the rule `{name}` names no point: its condition contradicts itself"),
                "correct the condition, or leave the rule out".to_owned(),
            ),
            Vain::Shadowed(by) => {
                let by = &rules[by].name;
                (
                    format!("the rule `{name}` names no point: where it holds, `{by}` before it holds too"),
                    "the first rule that holds counts: put the narrower one first".to_owned(),
                )
            }
        };
        Some(place.error(message, remedy).as_warning())
    };
    compiled.vain().into_iter().filter_map(said).collect()
}

fn refuse_too_many(rules: &[RuleText], sink: &mut Sink) {
    if let Some(rule) = rules.get(MOST_RULES) {
        let place = Place { source: Arc::clone(rule.when.source()), span: rule.when.span() };
        let message = format!("there are {} rules, and at most {MOST_RULES} are read", rules.len());
        sink.push(place.error(message, "join conditions of one regime by `or`"));
    }
}

fn add(compiled: &mut Rules, rule: &RuleText, sink: &mut Sink) {
    let lowered = compiled.add(&rule.name, rule.when.text(), rule.seizing, |graph| {
        rule.when.lower(graph, &mut |graph, name| Some(graph.input(name)))
    });
    if let Err(complaint) = lowered {
        sink.push(complaint);
    }
    compiled.appear(&rule.name, &rule.appearance);
}

/// The request that measures what a rule looks at, or what is wrong with it, and the remedy.
pub(super) fn provided(name: &str, signals: &Signals) -> Result<Request, (String, String)> {
    let mut request = observe::provider(name).map_err(|error: RequestError| {
        if signals.find(name).is_ok() {
            let message = format!("`{name}` is a signal over time, and rules look at numbers made of it");
            return (
                message,
                format!(
                    "write for instance `{0}_final`, `{0}_mean`, `{0}_maximum` or `{0}_amplitude`",
                    name.replace('.', "_")
                ),
            );
        }
        (error.message(), error.remedy())
    })?;
    let Some(of) = &mut request.of else { return Ok(request) };
    match signals.find(of) {
        Ok(found) => {
            *of = found;
            // A rule names a column of the map, in which nodes are counted.
            if !request.quantities().iter().any(|own| own == name) {
                let column = request.quantities().first().cloned().unwrap_or_default();
                return Err((format!("there is no feature `{name}`"), format!("write `{column}`")));
            }
        }
        Err(reason) if signals.is_lacking(of) => return Err(reason),
        Err(_) => {
            let known = observe::catalog().iter().flat_map(|entry| entry.quantities.iter().copied());
            let known: Vec<&str> = known.collect();
            return Err((format!("there is no feature `{name}`"), did_you_mean(name, known)));
        }
    }
    Ok(request)
}
