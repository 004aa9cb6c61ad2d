//! The table of a campaign: what has happened in every cell, in parts that add up. Knows nothing of how.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cell::Tally;

/// What a part of a campaign has seen.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Table {
    /// The seed of the campaign.
    pub(crate) seed: u64,
    /// Which part this is, of how many.
    pub(crate) part: [u32; 2],
    /// By the name of the cell.
    pub(crate) cells: BTreeMap<String, Tally>,
    /// What went wrong, by the name of the cell.
    pub(crate) remarks: BTreeMap<String, Vec<String>>,
}

fn path(folder: &Path, part: u32, parts: u32) -> PathBuf {
    folder.join(format!("part-{part}-of-{parts}.json"))
}

impl Table {
    /// Keeps it.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let [part, parts] = self.part;
        let aside = folder.join("part.json.part");
        fs::write(&aside, serde_json::to_string_pretty(self).unwrap()).unwrap();
        fs::rename(aside, path(folder, part, parts)).unwrap();
    }

    /// What the parts with the seed and the number of parts of this one add up to, this one among them; and which parts are missing.
    pub(crate) fn sum(&self, folder: &Path) -> (Self, Vec<u32>) {
        let mut sum = self.clone();
        let mut missing = Vec::new();
        let [own, parts] = self.part;
        for part in (1..=parts).filter(|&part| part != own) {
            let text = fs::read_to_string(path(folder, part, parts)).unwrap_or_default();
            match serde_json::from_str::<Self>(&text) {
                Ok(other) if other.seed == self.seed => sum.add(other),
                _ => missing.push(part),
            }
        }
        (sum, missing)
    }

    fn add(&mut self, other: Self) {
        for (name, tally) in other.cells {
            let sum = self.cells.entry(name).or_default();
            sum.stops += tally.stops;
            sum.missed += tally.missed;
            sum.studies += tally.studies;
            sum.lost += tally.lost;
            sum.wrong += tally.wrong;
            sum.status += tally.status;
            sum.hung += tally.hung;
            sum.twice += tally.twice;
            sum.slowest = sum.slowest.max(tally.slowest);
            sum.seconds += tally.seconds;
        }
        for (name, remarks) in other.remarks {
            self.remarks.entry(name).or_default().extend(remarks);
        }
    }

    /// How often runs were stopped or disturbed.
    pub(crate) fn stops(&self) -> u32 {
        self.cells.values().map(|tally| tally.stops).sum()
    }

    /// The cells that were hit less often.
    pub(crate) fn hit_less_than(&self, least: u32) -> Vec<&str> {
        self.cells.iter().filter(|(_, tally)| tally.stops < least).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether nothing was lost, wrong, told wrongly, hung or measured twice.
    pub(crate) fn is_clean(&self) -> bool {
        self.cells
            .values()
            .all(|tally| tally.lost + tally.wrong + tally.status + tally.hung + tally.twice == 0)
    }

    /// As text, with its sums, and what went wrong.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let width = self.cells.keys().map(String::len).max().unwrap_or(0).max(4);
        let mut line = |name: &str, tally: &Tally| {
            let Tally { stops, missed, studies, lost, wrong, status, hung, twice, slowest, seconds } = tally;
            writeln!(
                text,
                "{name:width$} {stops:6} {lost:5} {wrong:6} {hung:5} {twice:6} {status:7} {missed:7} {studies:8} {slowest:8.2} {seconds:8.1}"
            )
            .unwrap();
        };
        let mut sum = Self { cells: BTreeMap::from([(String::new(), Tally::default())]), ..Self::default() };
        for (name, tally) in &self.cells {
            line(name, tally);
            let one = Self { cells: BTreeMap::from([(String::new(), tally.clone())]), ..Self::default() };
            sum.add(one);
        }
        line("all", &sum.cells[""]);
        let head = format!(
            "{:width$} {:>6} {:>5} {:>6} {:>5} {:>6} {:>7} {:>7} {:>8} {:>8} {:>8}\n",
            "cell",
            "stops",
            "lost",
            "wrong",
            "hung",
            "twice",
            "status",
            "missed",
            "studies",
            "slowest",
            "seconds"
        );
        for (name, remarks) in &self.remarks {
            for remark in remarks {
                writeln!(text, "{name}: {remark}").unwrap();
            }
        }
        head + &text
    }
}

#[test]
fn parts_of_one_campaign_add_up_and_those_that_are_missing_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let part = |seed, number| {
        let tally = Tally { stops: number, lost: 1, slowest: f64::from(number), ..Tally::default() };
        Table { seed, part: [number, 3], cells: BTreeMap::from([("a".into(), tally)]), ..Table::default() }
    };
    let [first, other, last] = [part(7, 1), part(8, 2), part(7, 3)];
    other.write(folder.path());
    last.write(folder.path());
    let (sum, missing) = first.sum(folder.path());
    assert_eq!((sum.stops(), sum.cells["a"].lost, missing), (4, 2, vec![2]));
    assert!(!sum.is_clean() && sum.hit_less_than(5) == ["a"] && sum.hit_less_than(4).is_empty());
}
