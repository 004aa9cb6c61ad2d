//! The order in which fixed quantities can be computed: that of the file, but for those that need a later one. Knows which names
//! a formula uses, not what it computes.
//!
//! XPPAUT 6.11 computes them in the order of the file and takes for a later one the value of the evaluation before (tried): what
//! it shows then depends on the method. Here each is computed from the state, as if the lines stood in order.

use std::ops::Range;

use super::names::{Meaning, Names};
use crate::complaint::Complaint;
use crate::equation::syntax::{Expression, Word};

/// The places of quantities in an order in which each comes after those that it needs, and of those that are used before their
/// line the place of the use. `place` says which of them a name is, if any.
///
/// # Errors
/// When quantities need each other.
pub(super) fn sorted(
    names: &Names,
    quantities: &[(&Word, &Expression)],
    place: impl Fn(Meaning) -> Option<usize>,
) -> Result<(Vec<usize>, Vec<Use>), Complaint> {
    let needs: Vec<Vec<Use>> = quantities.iter().map(|(_, formula)| needs(names, formula, &place)).collect();
    let mut early = Vec::new();
    for (number, uses) in needs.iter().enumerate() {
        early.extend(uses.iter().filter(|own| own.place >= number).cloned());
    }
    let mut order = Vec::with_capacity(quantities.len());
    let mut state = vec![State::Fresh; quantities.len()];
    for first in 0..quantities.len() {
        // Each entry: a quantity, and how many of those that it needs have been looked at.
        let mut open = vec![(first, 0)];
        while let Some((number, next)) = open.last_mut() {
            let number = *number;
            if *next == 0 {
                if state[number] == State::Done {
                    open.pop();
                    continue;
                }
                state[number] = State::Open;
            }
            let Some(needed) = needs[number].get(*next).cloned() else {
                state[number] = State::Done;
                order.push(number);
                open.pop();
                continue;
            };
            *next += 1;
            match state[needed.place] {
                State::Done => {}
                State::Fresh => open.push((needed.place, 0)),
                State::Open => return Err(circular(names, quantities, &open, &needed)),
            }
        }
    }
    Ok((order, early))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Open,
    Done,
}

/// Where a formula uses a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// Which.
    pub(super) place: usize,
    /// As it is written there.
    pub(super) name: String,
    /// Where.
    pub(super) span: Range<usize>,
}

/// A formula that is to be looked at, its arguments, and the place of the call that leads to it.
type Open<'a> = (&'a Expression, &'a [Word], Option<Range<usize>>);

/// The quantities that a formula uses, by itself or in the functions that it calls.
fn needs(names: &Names, formula: &Expression, place: &impl Fn(Meaning) -> Option<usize>) -> Vec<Use> {
    let mut found: Vec<Use> = Vec::new();
    let mut seen = vec![false; names.functions.len()];
    let mut open: Vec<Open<'_>> = vec![(formula, &[], None)];
    while let Some((formula, arguments, from)) = open.pop() {
        let is_argument = |name: &str| arguments.iter().any(|word| word.text.eq_ignore_ascii_case(name));
        let plain = formula.names().into_iter().map(|(name, span)| (name.to_owned(), span));
        let shifted = formula
            .shifts()
            .into_iter()
            .filter_map(|(name, span, by)| names.shifted(name, by).map(|target| (target.to_owned(), span)));
        for (name, span) in plain.chain(shifted) {
            let Some(place) = names.find(&name).filter(|_| !is_argument(&name)).and_then(place) else {
                continue;
            };
            if found.iter().all(|own| own.place != place) {
                found.push(Use { place, name, span: from.clone().unwrap_or(span) });
            }
        }
        for (name, span, _) in formula.calls() {
            let Some(Meaning::Function(index)) = names.find(name) else { continue };
            if !std::mem::replace(&mut seen[index], true) {
                let function = &names.functions[index];
                open.push((&function.body, &function.arguments, Some(from.clone().unwrap_or(span))));
            }
        }
    }
    found
}

fn circular(
    names: &Names,
    quantities: &[(&Word, &Expression)],
    open: &[(usize, usize)],
    needed: &Use,
) -> Complaint {
    let name = &quantities[needed.place].0.text;
    let from = open.iter().position(|(number, _)| *number == needed.place).unwrap_or(0);
    let between: Vec<String> =
        open[from..].iter().skip(1).map(|(number, _)| format!("`{}`", quantities[*number].0.text)).collect();
    let way = if between.is_empty() { String::new() } else { format!(" by way of {}", between.join(", ")) };
    let message =
        format!("`{name}` is used before the line that declares it can be computed: it needs itself{way}");
    let remedy = "of quantities that need each other none can be computed first; solve for one of them by hand, or give it a \
                  differential equation";
    names.complaint(needed.span.clone(), message, remedy)
}
