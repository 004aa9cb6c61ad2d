//! A job as the text of a script for PBS: a pure function of job and profile, over the templates of `slurm/`. Submits nothing.

use std::fmt::Write as _;

use super::script::{DEFAULT_MEMORY, command, fill, one_line, prologue, quoted, round};
use super::{Form, Job, Profile};

const BATCH: &str = include_str!("../../slurm/batch.pbs");
const AGAIN: &str = include_str!("../../slurm/again.pbs");

/// What a job is called in each of its rounds: by the number of the first.
const NUMBER: &str = "${ICTUS_FIRST:-$PBS_JOBID}";

/// The script of a job for PBS, to be looked at and submitted by hand. After a walltime it submits a copy of itself.
pub fn pbs(job: &Job, profile: &Profile) -> String {
    let restarts = profile.restarts.to_string();
    // A process of several that share the folder need not wait for the end of another.
    let after = if job.form == Form::One { "-W \"depend=afterany:$PBS_JOBID\" " } else { "" };
    let again = if profile.requeue {
        fill(AGAIN, &[("restarts", &restarts), ("job", NUMBER), ("after", after)])
    } else {
        "[ \"$code\" -ne 75 ] || echo \"ictus job: stopped; submit this script again to go on\"".to_owned()
    };
    // It is asked to stop so much earlier than PBS would end it.
    let working = job.time.seconds().saturating_sub(profile.early_signal);
    let mut command = command(job, profile);
    if !profile.arguments.iter().any(|argument| argument.starts_with("--time-limit")) {
        write!(command, " --time-limit \"$(({working} - SECONDS)) s\"").expect("a string takes any text");
    }
    fill(
        BATCH,
        &[
            ("directives", directives(job, profile).trim_end()),
            ("about", &one_line(&job.about)),
            ("early", &profile.early_signal.to_string()),
            ("working", &working.to_string()),
            ("prologue", &prologue(profile)),
            ("folder", &quoted(&job.folder)),
            ("command", &command),
            ("job", NUMBER),
            ("round", round(job, profile, NUMBER).trim_end()),
            ("again", again.trim_end()),
        ],
    )
}

fn directives(job: &Job, profile: &Profile) -> String {
    let mut text = String::new();
    let mut line = |option: &str| writeln!(text, "#PBS {option}").expect("a string takes any text");
    line(&format!("-N {}", job.name));
    if let Some(account) = &profile.account {
        line(&format!("-A {account}"));
    }
    if let Some(queue) = &profile.partition {
        line(&format!("-q {queue}"));
    }
    let memory = memory(job, profile).map(|memory| format!(":mem={memory}")).unwrap_or_default();
    let (cores, ranks) = (job.cores, job.processes_on_a_node(profile));
    match job.form {
        Form::One => line(&format!("-l select={}:ncpus={cores}:mpiprocs={ranks}{memory}", job.nodes)),
        Form::Array => {
            line(&format!("-J 0-{}", job.nodes.saturating_sub(1)));
            line(&format!("-l select=1:ncpus={cores}{memory}"));
        }
    }
    let hours = job.time.seconds() / 3600;
    let rest = job.time.seconds() % 3600;
    line(&format!("-l walltime={hours:02}:{:02}:{:02}", rest / 60, rest % 60));
    if profile.exclusive {
        line("-l place=scatter:excl");
    }
    line("-j oe");
    for option in profile.extra.iter().chain(&job.extra) {
        line(&one_line(option));
    }
    text
}

/// The memory of a node as PBS writes it. All of it, Slurm's 0, needs no word there.
fn memory(job: &Job, profile: &Profile) -> Option<String> {
    match (&profile.memory, profile.memory_bytes()) {
        (None, _) => Some(format!("{}mb", job.mebibytes(profile)?)),
        (Some(_), Some(bytes)) => Some(format!("{}mb", bytes.div_ceil(1 << 20))),
        (Some(word), None) if word == "0" || word == DEFAULT_MEMORY => None,
        (Some(word), None) => Some(word.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slurm::Walltime;

    fn job(form: Form) -> Job {
        Job {
            name: "ictus-wendling".into(),
            about: "Wendling: about 12 core-hours".into(),
            program: "/opt/ictus/bin/ictus".into(),
            study: vec!["configs/wendling.toml".into()],
            folder: "runs/wendling".into(),
            form,
            nodes: 4,
            cores: 64,
            time: Walltime::from_hours(30),
            map_apart: None,
            memory: Some(3 << 30),
            extra: Vec::new(),
        }
    }

    #[track_caller]
    fn assert_lines(script: &str, wanted: &[&str]) {
        for wanted in wanted {
            assert!(script.lines().any(|line| line == *wanted), "no line `{wanted}` in\n{script}");
        }
    }

    #[test]
    fn a_script_for_pbs_asks_for_the_same() {
        let text =
            "account = \"brain\"\npartition = \"compute\"\nranks_per_node = 2\nlauncher = \"mpirun\"\n";
        let profile = Profile::parse("profile.toml", text).expect("a profile");
        let script = pbs(&job(Form::One), &profile);
        assert_lines(
            &script,
            &[
                "#PBS -N ictus-wendling",
                "#PBS -A brain",
                "#PBS -q compute",
                "#PBS -l select=4:ncpus=64:mpiprocs=2:mem=3072mb",
                "#PBS -l walltime=30:00:00",
            ],
        );
        // 30 hours less the early signal of 120 s.
        assert!(
            script.contains("--output \"$folder\" --time-limit \"$((107880 - SECONDS)) s\")"),
            "{script}"
        );
        assert!(script.contains("-W \"depend=afterany:$PBS_JOBID\""), "{script}");
        let array = pbs(&job(Form::Array), &profile);
        assert_lines(&array, &["#PBS -J 0-3", "#PBS -l select=1:ncpus=64:mem=3072mb"]);
        assert!(!array.contains("depend="), "{array}");
    }

    #[test]
    fn a_profiles_memory_is_said_as_pbs_says_it() {
        for (memory, wanted) in [("8G", ":mem=8192mb"), ("512", ":mem=512mb"), ("0", ""), ("default", "")] {
            let profile =
                Profile::parse("profile.toml", &format!("memory = \"{memory}\"\n")).expect("a profile");
            let line = format!("#PBS -l select=4:ncpus=64:mpiprocs=1{wanted}");
            assert_lines(&pbs(&job(Form::One), &profile), &[&line]);
        }
    }
}
