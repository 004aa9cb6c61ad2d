//! What can be typed: one variant a verb. Knows nothing of what the verbs do.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use crate::model::catalog;
use crate::schedule::read_limit;

use super::console::Console;
use super::plot::PlotArguments;

/// Maps where a brain model is stable and where it seizes.
///
/// Exit codes: 0 done; 1 `diff` found a difference; 2 the study or the call is wrong; 3 done, but more points failed than allowed;
/// 4 the machine failed (disk, permission); 75 stopped early, run again to resume.
#[derive(Debug, Parser)]
#[command(name = "ictus", version, propagate_version = true, arg_required_else_help = true)]
pub(super) struct Arguments {
    /// Print only results and errors.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// A study, and what the command line changes in it.
#[derive(Args, Debug, Clone)]
pub(super) struct StudyArguments {
    /// The study (TOML), or a map whose study is to be used.
    pub(super) study: PathBuf,
    /// Override a key of the study, for instance `--set space.axes.p.n=64`; it is recorded in the map.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) overrides: Vec<String>,
}

/// The runs of a design, and how their indices are estimated.
#[derive(Args, Debug, Clone, Default)]
pub(super) struct RunsArguments {
    /// The runs (CSV or NetCDF): `replicate`, `base_row`, `block`, `swapped`, the inputs by name, and the outputs of each run, as numbers or
    /// labels. Rows may come in any order.
    #[arg(long, value_name = "FILE")]
    pub(super) table: Option<PathBuf>,
    /// A column of the table that is an output; all others are then inputs. Needed where neither a study nor `swapped` names the inputs;
    /// may be given several times.
    #[arg(long, value_name = "NAME", requires = "table")]
    pub(super) column: Vec<String>,
    /// A column whose numbers stand for labels; may be given several times.
    #[arg(long, value_name = "COLUMN", requires = "table")]
    pub(super) labels: Vec<String>,
    /// A label that counts as seizing, where no study says so; may be given several times.
    #[arg(long, value_name = "LABEL", requires = "table")]
    pub(super) seizing: Vec<String>,
    /// Restrict columns of numbers to runs with this label.
    #[arg(long, value_name = "LABEL")]
    pub(super) within: Option<String>,
    /// Rows are independent points, without the columns that identify a run.
    #[arg(long, requires = "table")]
    pub(super) given: bool,
    /// The estimator of S1; by default products of group means of different replicates.
    #[arg(long, value_name = "NAME")]
    pub(super) s1: Option<FirstOrder>,
    /// The estimator of ST; by default Martinez'.
    #[arg(long, value_name = "NAME")]
    pub(super) st: Option<TotalOrder>,
    /// Print the estimators of the literature: S1 by Saltelli et al. 2010 (with `--s1 janon` by Janon et al. 2014), ST by Jansen 1999.
    #[arg(long, conflicts_with = "st")]
    pub(super) published: bool,
    /// End with an error where the blocks that S2 needs are missing.
    #[arg(long)]
    pub(super) second_order: bool,
}

impl RunsArguments {
    /// What is asked for that only the runs of a design have, as its argument is called.
    pub(super) fn of_runs_only(&self) -> Option<&'static str> {
        let asked = [
            ("--within", self.within.is_some()),
            ("--s1", self.s1.is_some()),
            ("--st", self.st.is_some()),
            ("--published", self.published),
            ("--second-order", self.second_order),
        ];
        asked.into_iter().find_map(|(name, is_asked)| is_asked.then_some(name))
    }
}

/// What is drawn of the runs of a design, or of indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FigureKind {
    /// The probability of every regime, or the mean of a feature, over each parameter.
    Probabilities,
    /// The probability of a seizure, or of --of, over pairs of parameters.
    Pairs,
    /// S1 and ST as bars with their intervals.
    Indices,
    /// S2 as a matrix.
    SecondOrder,
    /// Distributions of the parameters inside and outside of a regime.
    Distributions,
    /// Elementary effects: size against spread.
    Effects,
    /// Indices against the number of rows.
    Growth,
}

/// Estimators of the first order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FirstOrder {
    /// Products of group means of different replicates, on A and B alone.
    GroupMeans,
    /// Group means of each replicate by itself; ten dummy parameters show their bias.
    PlainGroupMeans,
    /// Azzini & Rosati, which needs BA.
    AzziniRosati,
    /// Saltelli et al. 2010.
    Saltelli,
    /// Martinez 2011.
    Martinez,
    /// Jansen 1999.
    Jansen,
    /// Janon et al. 2014.
    Janon,
    /// Ranks of neighbours, of independent points alone.
    Rank,
}

/// Estimators of the total order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TotalOrder {
    /// Martinez 2011.
    Martinez,
    /// Jansen 1999.
    Jansen,
    /// Janon et al. 2014.
    Janon,
    /// Azzini & Rosati, which needs BA.
    AzziniRosati,
}

/// One verb.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Write a commented study and a model to start from.
    Init {
        /// The folder to write them into, made if it is not there.
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check studies and their models without running them.
    Check {
        /// The studies (TOML), or models (.ode).
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Override a key of the studies.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        overrides: Vec<String>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Predict a study's number of points, time, memory and disk space on this machine, or on a cluster.
    Plan {
        #[command(flatten)]
        study: StudyArguments,
        /// How many threads to plan for; by default one a physical core.
        #[arg(long, value_name = "N")]
        threads: Option<usize>,
        /// The cluster: core-hours from a pilot of at most 30 s, the advised size, walltime and charge.
        #[arg(long, value_name = "FILE")]
        profile: Option<PathBuf>,
        /// How many nodes to plan for, instead of the advised number.
        #[arg(long, value_name = "N", requires = "profile")]
        nodes: Option<u64>,
        /// How long the pilot may take at most.
        #[arg(long, value_name = "TIME", default_value = "30 s", value_parser = read_limit)]
        pilot: Duration,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the points of a study's design (Sobol', Saltelli, latin hypercube, random, Morris, a table) without running them.
    Design {
        #[command(flatten)]
        study: StudyArguments,
        /// The file, .csv or .nc: one row a run, with `replicate`, `base_row`, `block`, `swapped`, and the inputs by name.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compute all points of a study that are not yet in its folder, and write the map.
    Run {
        #[command(flatten)]
        study: StudyArguments,
        /// Where the journals and `map.nc` go, instead of the study's `[output] directory`.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
        /// How many threads compute; by default one a physical core.
        #[arg(long, value_name = "N")]
        threads: Option<usize>,
        /// Start from scratch; an older run in the folder is moved aside.
        #[arg(long, conflicts_with = "join")]
        fresh: bool,
        /// Share the folder with any number of other processes that were started with --join, on this machine or on others that see
        /// the same disk. Each may come and go at any time; the last one writes the map.
        #[arg(long)]
        join: bool,
        /// With --join: a process that was silent for this time counts as dead, and others take over its work in hand.
        #[arg(long, value_name = "TIME", default_value = "3 min", requires = "join", value_parser = read_limit)]
        claim_expiry: Duration,
        /// With --join: the interval at which this process signals that it is alive, by rewriting its file in `processes/`; by default 10 s,
        /// and at most a sixth of --claim-expiry.
        #[arg(long, value_name = "TIME", requires = "join", value_parser = read_limit)]
        heartbeat: Option<Duration>,
        /// Stop gracefully before this wall time is used up, as "30 min" or 00:30:00. A limit set by Slurm or PBS is
        /// found automatically.
        #[arg(long, value_name = "TIME", value_parser = read_limit)]
        time_limit: Option<Duration>,
        /// Over MPI: end the job when a rank is silent or waits for its disk for this time; by default ten times the slowest tile,
        /// and at least five minutes.
        #[arg(long, value_name = "SECONDS")]
        watchdog: Option<u64>,
        /// Leave the map to `ictus map`.
        #[arg(long)]
        no_map: bool,
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Submit a study to a cluster's queue as a job that continues until the map is complete.
    Submit {
        #[command(flatten)]
        study: StudyArguments,
        /// The cluster (TOML); copy slurm/profiles/generic.toml.
        #[arg(long, value_name = "FILE")]
        profile: PathBuf,
        /// Where the journals and `map.nc` go, instead of the study's `[output] directory`.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
        /// How many nodes; by default the advised number. Without MPI they are an array of jobs that share the folder.
        #[arg(long, value_name = "N")]
        nodes: Option<u64>,
        /// The wall time of a job, as `HH:MM:SS`; a longer study continues in another job.
        #[arg(long, default_value = "auto", value_name = "TIME")]
        time: String,
        /// Submit an array of jobs of one node each that share the folder, whatever launches MPI; without a number, as many
        /// as nodes are asked for.
        #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "0", conflicts_with = "join")]
        array: Option<u64>,
        /// Submit one job of all nodes, in which srun starts processes without MPI that share the folder.
        #[arg(long)]
        join: bool,
        /// Submit N jobs, one after the other, for clusters where jobs may not requeue themselves.
        #[arg(long, value_name = "N", default_value_t = 1)]
        chain: u64,
        /// The queue, instead of the profile's; a script for PBS is only printed.
        #[arg(long, value_name = "QUEUE")]
        scheduler: Option<Queue>,
        /// How many threads the pilot takes here; by default one a physical core.
        #[arg(long, value_name = "N")]
        threads: Option<usize>,
        /// How long the pilot may take at most.
        #[arg(long, value_name = "TIME", default_value = "30 s", value_parser = read_limit)]
        pilot: Duration,
        /// Show the script and submit nothing.
        #[arg(long)]
        dry_run: bool,
        /// Print what was submitted, or the script that would be, as JSON.
        #[arg(long)]
        json: bool,
        /// Further options of sbatch.
        #[arg(last = true, value_name = "OPTION")]
        extra: Vec<String>,
    },
    /// Show a run's progress: points, failures, regimes, rate, time left, processes.
    Status {
        /// The folder of a run.
        folder: PathBuf,
        /// Repeat every few seconds until the run has ended.
        #[arg(long, conflicts_with = "json")]
        watch: bool,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make the map from a folder's journals.
    Map {
        /// The folder of a run.
        folder: PathBuf,
        /// Make it even if points are missing; they are marked as not computed.
        #[arg(long)]
        partial: bool,
        /// Where the map goes, instead of `map.nc` in the folder.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Merge the results of several runs of one study into a new folder.
    Merge {
        /// The folders of the runs; their studies may differ in the number of points.
        #[arg(value_name = "FOLDER", required = true, num_args = 2..)]
        folders: Vec<PathBuf>,
        /// The new folder.
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compute one point and print its features and its regime.
    Point {
        #[command(flatten)]
        study: StudyArguments,
        /// The point, as `name=value` of any parameter, initial value (`init.y0=1`) or state (`start=rest`); axes not named
        /// take their middle value.
        #[arg(value_name = "NAME=VALUE")]
        at: Vec<String>,
        /// Show which rule matched, and why those before it did not.
        #[arg(long)]
        why: bool,
        /// Write the signal over time to a NetCDF file.
        #[arg(long, value_name = "FILE")]
        trace: Option<PathBuf>,
        /// Print all digits of every number, instead of six that count; JSON has them always.
        #[arg(long)]
        exact: bool,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Recompute selected points of a map and save their signals.
    Traces {
        /// The map.
        map: PathBuf,
        /// How many points to take.
        #[arg(long, default_value_t = 20, value_name = "N")]
        sample: usize,
        /// Sample this many points of each regime or status, not of the whole map.
        #[arg(long, value_name = "WHAT")]
        per: Option<Per>,
        /// Where the traces go.
        #[arg(short, long, default_value = "traces.nc", value_name = "FILE")]
        output: PathBuf,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the built-in models, or print one: its equations, parameters, signal, rules and source.
    Models {
        /// The model.
        name: Option<String>,
        /// Print a study to start from.
        #[arg(long, requires = "name")]
        study: bool,
        /// Print the model's file, to change it.
        #[arg(long, requires = "name", conflicts_with_all = ["study", "json"])]
        ode: bool,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Summarise a map.
    Info {
        /// The map.
        map: PathBuf,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Draw a map, into a file or into the terminal.
    ///
    /// Defaults are taken from `[figure]` of the study. Without a size a picture is laid out for a screen: 1600
    /// pixels wide, 135 mm at 300 dots per inch. With `--width`, `--height` or `--font-size` it is laid out for paper.
    Plot(Box<PlotArguments>),
    /// Write the boundaries between regimes as points: a row for each pair of neighbouring points with different labels.
    ///
    /// Columns: `axis`, along which the two are neighbours; one for each axis of the map, in its unit, with the middle between the two along
    /// `axis` (the geometric mean on a logarithmic one); `half_cell`, half the distance between them, up to which the boundary is known; `below`
    /// and `above`, their regimes; `touches_unsettled`, whether one of the two or a point beside them is unsettled. Points that were not
    /// measured have no boundary.
    Boundary {
        /// The map, or the folder of its run.
        #[arg(value_name = "MAP|FOLDER")]
        map: PathBuf,
        /// The file, .csv or .nc.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Restrict an axis to a value, as `start=rest`.
        #[arg(long, value_name = "NAME=VALUE")]
        at: Vec<String>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write a map as one interactive page of HTML that needs no network and no other file.
    ///
    /// The page contains the study, the map with a cursor, the shares of regimes, curves and indices from files beside the map (`curves.nc`,
    /// `sense.nc`), a paragraph of methods with references, cost and origin. It has less than 2 MB, and lists the quantities that are
    /// coarser than in the map.
    Report {
        /// The map, or the folder of its run.
        #[arg(value_name = "MAP|FOLDER")]
        map: PathBuf,
        /// The page, .html.
        #[arg(short, long, value_name = "FILE", default_value = "report.html")]
        output: PathBuf,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compute sensitivity indices (Sobol' and related) of a finished map or of the runs of a design.
    ///
    /// The indices of a full grid are exact for equal weights of its values. With --table the runs of a design are read from a file with the
    /// columns of `ictus design` and one or more outputs. Indices are printed, and written to `sense.nc` beside the map or the table.
    Sense {
        /// The map, or the folder of its run; with --table the study of the design, which defines the inputs and the seizing regimes.
        #[arg(value_name = "MAP|FOLDER|STUDY", required_unless_present = "table")]
        map: Option<PathBuf>,
        /// The output: a regime, `seizing`, `regimes` (all of them together) or a feature; may be given several times. By default
        /// all.
        #[arg(long, value_name = "NAME")]
        of: Vec<String>,
        /// Hold an axis at a value instead of counting it among the inputs, as `start=rest`.
        #[arg(long, value_name = "NAME=VALUE", conflicts_with = "table")]
        at: Vec<String>,
        /// The value of a feature where it is undefined; without it such points are left out, up to 1 %.
        #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
        fill: Option<f64>,
        #[command(flatten)]
        runs: RunsArguments,
        /// The file of indices; by default `sense.nc` beside the map or the table.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Follow equilibria along a parameter: their stability, folds and Hopf points.
    Curves {
        /// The study (TOML), a map whose study is to be used, a model's file (.ode), or the name of a built-in model; and
        /// overrides of the study.
        #[command(flatten)]
        study: StudyArguments,
        /// The parameter along which equilibria are followed: of the model, or of the study's network.
        #[arg(long, value_name = "NAME")]
        along: String,
        /// A second parameter: the curves of the folds and Hopf points in the plane of both, and the points of codimension two.
        #[arg(long, value_name = "NAME")]
        with: Option<String>,
        /// Lower end of the range; by default the study's axis, or else the range that the model proposes.
        #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
        from: Option<f64>,
        /// Upper end of the range.
        #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
        to: Option<f64>,
        /// Lower end of the second parameter's range.
        #[arg(long, value_name = "VALUE", allow_negative_numbers = true, requires = "with")]
        with_from: Option<f64>,
        /// Upper end of the second parameter's range.
        #[arg(long, value_name = "VALUE", allow_negative_numbers = true, requires = "with")]
        with_to: Option<f64>,
        /// The value of another parameter, as `NAME=VALUE`; by default an axis of the study takes its middle value, as in `ictus
        /// point`. The study's `where` is ignored.
        #[arg(long, value_name = "NAME=VALUE")]
        at: Vec<String>,
        /// Work limit in operations, for the branches and for each kind of curve; beyond it no new one starts, and what is left out is
        /// reported. By default 1e12, about three minutes of one core.
        #[arg(long, value_name = "OPERATIONS")]
        work: Option<f64>,
        /// Write branches, points and curves to a NetCDF file, for `ictus plot --curves`.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Print every point found, and where branches end, as one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Write a model or a network for another program, with a study's parameters and an equilibrium as its start.
    Export {
        /// For XPPAUT, and the AUTO in it: the model's own file with other values; of a study with `[network]`, one with the
        /// variables and equations of all nodes.
        #[arg(long, required = true)]
        xpp: bool,
        /// The study (TOML), a map whose study is to be used, a model's file (.ode), or the name of a built-in model.
        #[command(flatten)]
        study: StudyArguments,
        /// The value of a parameter, as `NAME=VALUE`; by default the study's value, for an axis its middle.
        #[arg(long, value_name = "NAME=VALUE")]
        at: Vec<String>,
        /// The file; by default it is printed.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Compare two maps.
    Diff {
        /// The first map.
        first: PathBuf,
        /// The second map.
        second: PathBuf,
        /// Compare every bit of every variable.
        #[arg(long)]
        bits: bool,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Classify a map again by the rules of a study, without recomputing it.
    Relabel {
        /// The map.
        map: PathBuf,
        /// The study whose rules are used, or a file that contains only `[[regime]]`.
        #[arg(long, value_name = "STUDY")]
        rules: PathBuf,
        /// Where the new map goes; by default it replaces the old one.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check this machine: instruction set, threads, NetCDF library, MPI, disk.
    Doctor {
        /// The folder whose disk is checked.
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// Under a launcher: send messages between all ranks, and print whether they arrive and how long they take.
        #[arg(long)]
        ranks: bool,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages (roff, section 1), one for the program and one for each verb.
    #[command(hide = true)]
    Manual {
        /// The folder to write them into, made if it is not there.
        folder: PathBuf,
    },
}

/// A queue that scripts can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Queue {
    /// Slurm.
    Slurm,
    /// PBS.
    Pbs,
}

/// What traces are taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Per {
    /// Each regime that occurs.
    Regime,
    /// Each status that occurs.
    Status,
}

/// Prints the completions of a shell.
pub(super) fn completions(shell: clap_complete::Shell, console: &mut Console) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut for_completion(), "ictus", &mut text);
    console.write(&String::from_utf8_lossy(&text));
}

/// The arguments with what a shell should propose: folders where a folder is wanted, and names of models. Names that are typed are
/// looked up by the verb, which knows what was meant.
fn for_completion() -> clap::Command {
    let folder = |verb: clap::Command, argument: &'static str| {
        verb.mut_arg(argument, |own| own.value_hint(ValueHint::DirPath))
    };
    let mut command = Arguments::command();
    for (verb, argument) in [
        ("init", "folder"),
        ("run", "output"),
        ("submit", "output"),
        ("status", "folder"),
        ("map", "folder"),
        ("merge", "folders"),
        ("merge", "output"),
        ("doctor", "folder"),
    ] {
        command = command.mut_subcommand(verb, |own| folder(own, argument));
    }
    let models = PossibleValuesParser::new(catalog().iter().map(|entry| entry.name));
    command.mut_subcommand("models", |own| own.mut_arg("name", |name| name.value_parser(models)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_know_models_and_folders() {
        // The generator for fish leaves out what has no option before it.
        for shell in [clap_complete::Shell::Bash, clap_complete::Shell::Zsh] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut for_completion(), "ictus", &mut text);
            let text = String::from_utf8(text).expect("text");
            for entry in catalog() {
                assert!(text.contains(entry.name), "{shell}: no {}", entry.name);
            }
        }
        let status = for_completion().find_subcommand("status").cloned().expect("a verb");
        let folder = status.get_positionals().next().expect("a folder");
        assert_eq!(folder.get_value_hint(), ValueHint::DirPath);
    }

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
