//! The paragraph of a page that goes into a paper, and what the reader is warned of. Knows nothing of HTML.

use crate::analyse::shares::Share;
use crate::analyse::slice::Role;
use crate::show::words;

use super::page::Facts;

/// Fewer points that could not be told are no matter.
const MANY_UNTOLD: f64 = 0.01;

/// The part of points of a role.
fn part(shares: &[Share], role: Role) -> f64 {
    shares.iter().filter(|share| share.label.role() == role).map(|share| share.fraction).sum()
}

/// What was done, as the methods of a paper say it.
pub(super) fn paragraph(facts: &Facts<'_>) -> String {
    let account = facts.account;
    let map = facts.map;
    let axes: Vec<String> = map
        .axes()
        .iter()
        .zip(facts.axes)
        .map(|(axis, own)| {
            let name = &axis.columns[0].name;
            let Some([from, to]) = own.ends.first() else {
                return format!("{name} ({} values)", axis.length);
            };
            if !axis.distributions.iter().all(String::is_empty) {
                let inputs = axis.columns[1..].iter().zip(&axis.distributions[1..]);
                let inputs: Vec<String> = inputs.map(|(own, how)| format!("{} ({how})", own.name)).collect();
                return format!("{} runs over {}", axis.length, inputs.join(", "));
            }
            let unit = words::unit(&axis.columns[0].unit);
            let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
            let spacing = if axis.is_logarithmic { ", equal ratios" } else { "" };
            let (from, to) = (words::number(*from), words::number(*to));
            format!("{name} ({from} to {to}{unit}, {} values{spacing})", axis.length)
        })
        .collect();
    let points: u64 = map.shape().iter().product();
    let (name, title) = &account.model;
    let model = if title.is_empty() { name.clone() } else { format!("{name} ({title})") };
    let cited =
        if account.sources.is_empty() { String::new() } else { format!(" [{}]", account.sources.join("; ")) };
    let over = if axes.is_empty() { String::new() } else { format!(" over {}", listed(&axes)) };
    let mut sentences =
        vec![format!("The dynamics of the model {model}{cited} was mapped{over}: {}.", counted(points))];
    sentences.extend(account.methods.iter().cloned());
    let rules: Vec<String> = facts
        .shares
        .iter()
        .filter(|share| account.rules.contains(&share.label.name))
        .map(|share| {
            let seizing = if share.label.is_seizing { ", counted as seizing" } else { "" };
            format!("{} ({}{seizing})", words::regime(&share.label), facts.reason(&share.label.name))
        })
        .collect();
    if !rules.is_empty() {
        sentences.push(format!("The first of these rules that held named a point: {}.", rules.join("; ")));
    }
    let (seizing, untold) = (part(facts.shares, Role::Seizing), part(facts.shares, Role::Unclassified));
    let told = if facts.shares.iter().any(|share| share.label.is_seizing) {
        format!(
            "{} of the points seized, and {} are unclassified.",
            words::per_cent(seizing),
            words::per_cent(untold)
        )
    } else {
        format!("{} of the points are unclassified.", words::per_cent(untold))
    };
    sentences.push(told);
    sentences.push(program(facts));
    sentences.join(" ")
}

/// With which program, on what, and at what cost.
fn program(facts: &Facts<'_>) -> String {
    let own = |name: &str| facts.map.attribute(name).filter(|text| !text.is_empty());
    let program = own("program").unwrap_or("ictus");
    let commit = own("commit").map_or(String::new(), |commit| format!(" (commit {commit})"));
    let hours = own("core_hours_used").and_then(|text| text.parse::<f64>().ok());
    let hours = hours.map_or(String::new(), |hours| format!(" in {} core-hours", words::number(hours)));
    let platform = own("platform").map_or(String::new(), |platform| format!(" on {platform}"));
    let hash = own("identity_hash").map_or(String::new(), |hash| {
        format!(" The map's identity is {}.", hash.chars().take(16).collect::<String>())
    });
    format!("Computed with {program}{commit}{platform}{hours}.{hash}")
}

/// A number of points in words.
pub(super) fn counted(points: u64) -> String {
    if points == 1 { "1 point".to_owned() } else { format!("{points} points") }
}

/// Texts as a list in a sentence.
fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// What the reader should know before believing the map.
pub(super) fn warnings(facts: &Facts<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    let part_of = |name: &str| {
        facts.shares.iter().find(|share| share.label.name == name).map_or(0.0, |share| share.fraction)
    };
    for (name, advice) in [
        ("unsettled", "the two halves of the window differ; a longer transient may tell"),
        ("undetermined", "the features that would tell are undefined, or nothing names these points"),
    ] {
        let part = part_of(name);
        if part > MANY_UNTOLD {
            warnings.push(format!("{} of the points are {name}: {advice}.", words::per_cent(part)));
        }
    }
    for share in facts.statuses.iter().filter(|share| share.points > 0) {
        let consequence = match share.label.name.as_str() {
            "ok" | "excluded" => continue,
            "diverged" => "left the model's bound",
            "singular" => "stopped being numbers inside the model's bound",
            "not_computed" => "are not computed: `ictus run` finishes the map",
            _ => "have no numbers, since their measurement failed",
        };
        warnings.push(format!(
            "{} ({}), of status {}, {consequence}.",
            counted(share.points),
            words::per_cent(share.fraction),
            words::regime(&share.label)
        ));
    }
    for share in facts.shares.iter().chain(facts.over_starts.unwrap_or_default()) {
        if share.points == 0 && facts.account.rules.contains(&share.label.name) {
            warnings.push(format!("The rule {} names no point.", words::regime(&share.label)));
        }
    }
    warnings.extend(facts.companions.remarks.iter().cloned());
    warnings.extend(facts.account.warnings.iter().cloned());
    warnings
}
