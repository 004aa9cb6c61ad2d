//! The command line: the verbs and their options, and what an end of the program means to a shell. The only room that names
//! `clap`. Every verb's work is done by the rooms it names; here is only what a person types and reads.

mod arguments;
mod boundary;
mod check;
mod console;
mod curves;
mod design;
mod doctor;
mod estimate;
mod export;
mod init;
mod manual;
mod maps;
mod merge;
mod models;
mod outcome;
mod pilot;
mod plan;
mod plot;
mod point;
mod present;
mod progress;
mod report;
mod run;
mod sense;
mod status;
mod studies;
mod subject;
mod submit;
mod until;
mod words;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};
use console::Console;

use crate::complaint::is_hidden;
use crate::run::Sharing;

/// The exit code when disk, permission or memory failed.
const MACHINE_FAILED: u8 = 4;

/// How a verb ends when it does not end well. The message ends with the remedy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The study or the call is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The work is done, and more points failed than allowed.
    #[error("{0}")]
    TooManyFailed(String),
    /// The machine failed: disk, permission, MPI.
    #[error("{0}")]
    Machine(String),
    /// Stopped early; the same command goes on.
    #[error("{0}")]
    Stopped(String),
    /// Everything is said already; the exit code is left.
    #[error("")]
    Said(u8),
}

impl Failure {
    /// The exit code that a shell sees.
    fn code(&self) -> u8 {
        match self {
            Self::Said(code) => *code,
            Self::Wrong(_) => 2,
            Self::TooManyFailed(_) => 3,
            Self::Machine(_) => MACHINE_FAILED,
            Self::Stopped(_) => 75,
        }
    }
}

/// Reads the program's arguments, does what they ask, and gives the exit code: 0 done, 1 the compared maps differ, 2 the study
/// or the call is wrong, 3 more points failed than allowed, 4 the machine failed, 75 stopped early and resumable.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    let mut console = Console::new(arguments.quiet);
    // Where the signal cannot be caught it is as it always was.
    let _ = crate::schedule::survive_limits_of_size();
    let performed = perform(&arguments, &mut console);
    let written = console.finish();
    // What cannot be read was not compared; other ends matter more than that nobody hears of them.
    let outcome = match performed {
        Ok(()) | Err(Failure::Said(1)) => written.and(performed),
        Err(_) => performed,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.complain(&failure);
            let code = failure.code();
            if code == MACHINE_FAILED {
                crate::schedule::end(code);
            }
            ExitCode::from(code)
        }
    }
}

/// Prints what the reader of arguments has to say: what is wrong with them, or the help or the version, which come by the same
/// road and are no errors.
fn explain(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let text = error.render().to_string();
        // Words that were typed come back in it.
        if text.contains(is_hidden) {
            Console::new(false).complain(&Failure::Wrong(text));
        } else {
            let _ = error.print();
        }
        return ExitCode::from(2);
    }
    let printed = error.print().and_then(|()| std::io::Write::flush(&mut std::io::stdout()));
    match printed {
        // A closed pipe is nobody's error.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let failure = console::unwritten(&error);
            Console::new(false).complain(&failure);
            ExitCode::from(failure.code())
        }
        _ => ExitCode::SUCCESS,
    }
}

fn perform(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    match &arguments.verb {
        Verb::Plan { study, threads, profile, nodes, pilot, json } => {
            let profile = profile.as_deref();
            plan::plan(
                &plan::Request {
                    study,
                    threads: *threads,
                    profile,
                    nodes: *nodes,
                    pilot: *pilot,
                    json: *json,
                },
                console,
            )
        }
        Verb::Run {
            study,
            output,
            threads,
            fresh,
            join,
            claim_expiry,
            heartbeat,
            time_limit,
            watchdog,
            no_map,
            json,
        } => {
            let wish = run::Wish {
                study,
                output: output.as_deref(),
                threads: *threads,
                fresh: *fresh,
                join: join.then_some(Sharing { expiry: *claim_expiry, heartbeat: *heartbeat }),
                time_limit: *time_limit,
                watchdog: *watchdog,
                no_map: *no_map,
                json: *json,
            };
            run::run(&wish, console)
        }
        Verb::Submit {
            study,
            profile,
            output,
            nodes,
            time,
            array,
            join,
            chain,
            scheduler,
            threads,
            pilot,
            dry_run,
            json,
            extra,
        } => submit::submit(
            &submit::Request {
                study,
                profile,
                output: output.as_deref(),
                nodes: *nodes,
                time,
                array: *array,
                join: *join,
                chain: *chain,
                scheduler: *scheduler,
                threads: *threads,
                pilot: *pilot,
                dry_run: *dry_run,
                json: *json,
                extra,
            },
            console,
        ),
        Verb::Merge { folders, output, json } => merge::merge(folders, output, *json, console),
        Verb::Map { folder, partial, output, json } => {
            run::map(folder, *partial, output.as_ref(), *json, console)
        }
        Verb::Point { study, at, why, trace, exact, json } => {
            let trace = trace.as_ref();
            point::point(&point::Wish { study, at, why: *why, trace, exact: *exact, json: *json }, console)
        }
        Verb::Traces { map, sample, per, output, json } => {
            run::traces(map, (*sample, *per), output, *json, console)
        }
        verb => look(verb, console),
    }
}

/// The verbs that measure no study.
fn look(verb: &Verb, console: &mut Console) -> Result<(), Failure> {
    match verb {
        Verb::Init { folder, json } => init::init(folder, *json, console),
        Verb::Check { files, overrides, json } => check::check(files, overrides, *json, console),
        Verb::Design { study, output, json } => design::design(study, output, *json, console),
        Verb::Status { folder, watch, json } => status::status(folder, *watch, *json, console),
        Verb::Doctor { folder, ranks, json } => doctor::doctor(folder, *ranks, *json, console),
        Verb::Manual { folder } => manual::manual(folder, console),
        Verb::Completions { shell } => {
            arguments::completions(*shell, console);
            Ok(())
        }
        Verb::Models { name, study, ode, json } => {
            models::models(name.as_deref(), (*study, *ode), *json, console)
        }
        Verb::Info { map, json } => maps::info(map, *json, console),
        Verb::Plot(arguments) => plot::plot(arguments, console),
        Verb::Boundary { map, output, at, json } => boundary::boundary(map, output, at, *json, console),
        Verb::Report { map, output, json } => report::report(map, output, *json, console),
        Verb::Sense { map, of, at, fill, runs, output, json } => {
            let wish = sense::Wish {
                subject: map.as_deref(),
                of,
                at,
                fill: *fill,
                runs,
                output: output.as_ref(),
                json: *json,
            };
            sense::sense(&wish, console)
        }
        Verb::Curves { study, along, with, from, to, with_from, with_to, at, work, output, json } => {
            let wish = curves::Wish {
                study,
                along,
                with: with.as_deref(),
                range: [*from, *to],
                with_range: [*with_from, *with_to],
                work: *work,
                at,
                output: output.as_ref(),
                json: *json,
            };
            curves::curves(&wish, console)
        }
        Verb::Export { xpp: _, study, at, output } => export::export(study, at, output.as_ref(), console),
        Verb::Diff { first, second, bits, json } => maps::diff(first, second, *bits, *json, console),
        Verb::Relabel { map, rules, output, json } => {
            maps::relabel(map, rules, output.as_ref(), *json, console)
        }
        _ => unreachable!("`perform` does the others"),
    }
}
