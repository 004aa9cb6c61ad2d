//! How far a lane has come through the runs of a program: what a machine goes on from after an interruption, whatever the width of
//! its strips. Knows nothing of what the numbers mean.

/// Where a machine was interrupted: before a step of a stage of a run. The order is that of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The run.
    pub run: usize,
    /// The stage of the program.
    pub stage: usize,
    /// How many of its steps are done.
    pub step: u64,
}

/// A lane of a point, with all of its nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// Where it is; at the beginning nothing else is known of it.
    pub position: Position,
    /// Its states there, `[state][node]`; empty at the very beginning and after the last run.
    pub states: Vec<f64>,
    /// Where it was last looked at whether it has ended, in the same run.
    pub mark: Position,
    /// Its states there, `[state][node]`; empty where it was not looked at.
    pub behind: Vec<f64>,
    /// What was recorded in the run that it is in, `[record][sample]`.
    pub records: Vec<Vec<f64>>,
    /// What the runs gave that are done, `[run]`.
    pub done: Vec<Landing>,
}

/// What one run has given for one lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Landing {
    /// The program's results.
    pub results: Vec<f64>,
    /// What is read at every node, `[node * ends + number]`.
    pub ends: Vec<f64>,
    /// What was recorded, `[record][sample]`.
    pub records: Vec<Vec<f64>>,
}

impl Journey {
    /// At the end of all runs, with what each has given.
    pub fn arrived(landings: impl Iterator<Item = Landing>) -> Self {
        let done: Vec<Landing> = landings.collect();
        Self { position: Position { run: done.len(), ..Position::default() }, done, ..Self::default() }
    }

    /// As whole numbers and numbers, to be kept; `fingerprint` is the program's.
    pub fn pack(&self, fingerprint: u64) -> (Vec<u64>, Vec<f64>) {
        let Position { run, stage, step } = self.position;
        let mark = self.mark;
        let mut counts = vec![fingerprint, run as u64, stage as u64, step];
        counts.extend([mark.stage as u64, mark.step, self.done.len() as u64]);
        let mut values = Vec::new();
        let mut put = |list: &[f64]| {
            counts.push(list.len() as u64);
            values.extend_from_slice(list);
        };
        put(&self.states);
        put(&self.behind);
        let landings = self.done.iter().map(|landing| (&landing.results, &landing.ends, &landing.records));
        let nothing = Vec::new();
        for (results, ends, records) in std::iter::once((&nothing, &nothing, &self.records)).chain(landings) {
            put(results);
            put(ends);
            put(&[records.len() as f64]);
            for record in records {
                put(record);
            }
        }
        (counts, values)
    }

    /// What [`Journey::pack`] has packed; `None` for another program's, or for what nothing has packed.
    pub fn unpack(fingerprint: u64, counts: &[u64], values: &[f64]) -> Option<Self> {
        let (&[own, run, stage, step, mark_stage, mark_step, done], lengths) = counts.split_first_chunk()?;
        if own != fingerprint {
            return None;
        }
        let mut rest = values;
        let mut lengths = lengths.iter();
        let mut take = || -> Option<Vec<f64>> {
            let (list, others) = rest.split_at_checked(usize::try_from(*lengths.next()?).ok()?)?;
            rest = others;
            Some(list.to_vec())
        };
        let (states, behind) = (take()?, take()?);
        let mut landings = Vec::new();
        for _ in 0..=done {
            let (results, ends) = (take()?, take()?);
            let [records] = take()?[..] else { return None };
            let records = (0..records as usize).map(|_| take()).collect::<Option<Vec<_>>>()?;
            landings.push(Landing { results, ends, records });
        }
        let position =
            Position { run: usize::try_from(run).ok()?, stage: usize::try_from(stage).ok()?, step };
        let mark = Position { stage: usize::try_from(mark_stage).ok()?, step: mark_step, ..position };
        let Landing { records, .. } = landings.remove(0);
        rest.is_empty().then_some(Self { position, states, mark, behind, records, done: landings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_is_unpacked_as_it_was_packed_and_by_no_other_program() {
        let landing = |seed: f64| Landing {
            results: vec![seed, f64::INFINITY],
            ends: vec![],
            records: vec![vec![seed; 3], vec![]],
        };
        let journey = Journey {
            position: Position { run: 2, stage: 3, step: 1 << 40 },
            states: vec![1.5, -0.0],
            mark: Position { run: 2, stage: 2, step: 3 },
            behind: vec![2.5, 0.0],
            records: vec![vec![7.0], vec![8.0, 9.0]],
            done: vec![landing(1.0), landing(2.0)],
        };
        let (counts, values) = journey.pack(42);
        assert_eq!(Journey::unpack(42, &counts, &values), Some(journey));
        assert_eq!(Journey::unpack(43, &counts, &values), None);
        for shorter in 0..counts.len() {
            assert_eq!(Journey::unpack(42, &counts[..shorter], &values), None, "{shorter} counts");
        }
        for shorter in 0..values.len() {
            assert_eq!(Journey::unpack(42, &counts, &values[..shorter]), None, "{shorter} values");
        }
    }
}
