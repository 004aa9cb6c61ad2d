//! A job as the text of its script: a pure function of job and profile, over the templates of `slurm/`. Submits nothing.

use std::fmt::Write as _;

use super::{Export, Launcher, Profile, Walltime};

const BATCH: &str = include_str!("../../slurm/batch.sh");
const REQUEUE: &str = include_str!("../../slurm/requeue.sh");
const MAP: &str = include_str!("../../slurm/map.sh");
const ROUND: &str = include_str!("../../slurm/round.sh");

/// What a profile's `memory` says where none is to be asked for.
pub(super) const DEFAULT_MEMORY: &str = "default";

/// How the processes of a study stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One job: one process, or the ranks of one MPI program.
    One,
    /// An array of jobs of one process each, which share the folder.
    Array,
}

/// A job to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What the queue calls it.
    pub name: String,
    /// One line about it.
    pub about: String,
    /// The program.
    pub program: String,
    /// The study and what the command line changes in it, word by word.
    pub study: Vec<String>,
    /// The folder of the run.
    pub folder: String,
    /// One job or an array.
    pub form: Form,
    /// Nodes, or processes of the array.
    pub nodes: u64,
    /// Cores of a node.
    pub cores: u64,
    /// How long it is asked for.
    pub time: Walltime,
    /// For how long another job is asked for that makes the map, if one does.
    pub map_apart: Option<Walltime>,
    /// Bytes of memory of a node to ask for; `None` where the cluster does not know what its nodes have, and would refuse any number.
    pub memory: Option<u64>,
    /// Further options of sbatch.
    pub extra: Vec<String>,
}

impl Job {
    /// How many processes of the program a node runs.
    pub(super) fn processes_on_a_node(&self, profile: &Profile) -> u64 {
        if self.form == Form::Array || !profile.is_one_job() { 1 } else { profile.ranks_per_node }
    }

    /// The memory of a node to ask for, in MiB; `None` where profile or options say something else about it.
    pub(super) fn mebibytes(&self, profile: &Profile) -> Option<u64> {
        let is_told = profile.memory.is_some()
            || profile.extra.iter().chain(&self.extra).any(|option| {
                let rest = option.strip_prefix("--mem");
                rest.is_some_and(|rest| !rest.starts_with("-bind"))
            });
        self.memory.filter(|_| !is_told).map(|bytes| bytes.div_ceil(1 << 20))
    }
}

/// The script of a job for `sbatch`.
pub fn batch(job: &Job, profile: &Profile) -> String {
    let number = match job.form {
        Form::One => "$SLURM_JOB_ID",
        Form::Array => "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID",
    };
    let restarts = profile.restarts.to_string();
    let again = if profile.requeue {
        fill(REQUEUE, &[("restarts", &restarts), ("job", number)])
    } else {
        "[ \"$code\" -ne 75 ] || echo \"ictus job: stopped; the next job of the chain resumes it, or submit the study again\"".to_owned()
    };
    fill(
        BATCH,
        &[
            ("directives", directives(job, profile).trim_end()),
            ("about", &one_line(&job.about)),
            ("prologue", &prologue(profile)),
            ("folder", &quoted(&job.folder)),
            ("command", &command(job, profile)),
            ("job", number),
            ("round", round(job, profile, number).trim_end()),
            ("again", again.trim_end()),
        ],
    )
}

/// The part of a script that runs the program once; `number` is what the job is called, as words of bash.
pub(super) fn round(job: &Job, profile: &Profile, number: &str) -> String {
    // One of several processes may be killed, and the others do its work.
    let doubtful = if profile.launcher == Launcher::Join {
        "[ \"$code\" -eq 0 ] || [ \"$code\" -gt 128 ]"
    } else {
        "[ \"$code\" -eq 0 ]"
    };
    fill(
        ROUND,
        &[
            ("program", &quoted(&job.program)),
            ("job", number),
            ("time", &job.time.to_string()),
            ("doubtful", doubtful),
        ],
    )
}

/// The script of the job of so much time that makes a map after a run.
pub fn map_job(job: &Job, time: Walltime, profile: &Profile) -> String {
    let mut text = String::new();
    directive(&mut text, "job-name", &format!("{}-map", job.name));
    queue(&mut text, profile);
    for (key, value) in [("nodes", "1"), ("ntasks", "1"), ("cpus-per-task", "1")] {
        directive(&mut text, key, value);
    }
    if let Some(size) = job.mebibytes(profile) {
        // What a node needs is enough for one core of it.
        directive(&mut text, "mem", &format!("{size}M"));
    }
    if profile.export == Export::None {
        directive(&mut text, "export", "NONE");
    }
    directive(&mut text, "time", &time.to_string());
    directive(&mut text, "output", &format!("{}/slurm-%j.log", escaped(&job.folder)));
    let command = [&job.program, "map", &job.folder].map(quoted).join(" ");
    fill(
        MAP,
        &[
            ("directives", text.trim_end()),
            ("about", &one_line(&job.about)),
            ("prologue", &prologue(profile)),
            ("command", &command),
        ],
    )
}

fn directives(job: &Job, profile: &Profile) -> String {
    let mut text = String::new();
    directive(&mut text, "job-name", &job.name);
    queue(&mut text, profile);
    let ranks = job.processes_on_a_node(profile);
    match job.form {
        Form::One => directive(&mut text, "nodes", &job.nodes.to_string()),
        Form::Array => {
            directive(&mut text, "array", &format!("0-{}", job.nodes.saturating_sub(1)));
            directive(&mut text, "nodes", "1");
        }
    }
    directive(&mut text, "ntasks-per-node", &ranks.to_string());
    directive(&mut text, "cpus-per-task", &(job.cores / ranks).max(1).to_string());
    let memory = profile.memory.clone().filter(|memory| memory != DEFAULT_MEMORY);
    if let Some(memory) = memory.or_else(|| Some(format!("{}M", job.mebibytes(profile)?))) {
        directive(&mut text, "mem", &memory);
    }
    if profile.export == Export::None {
        directive(&mut text, "export", "NONE");
    }
    if job.form == Form::One && profile.launcher == Launcher::Join {
        // What a lost node had in hand the others measure.
        text.push_str("#SBATCH --no-kill\n");
    }
    if profile.exclusive {
        text.push_str("#SBATCH --exclusive\n");
    }
    directive(&mut text, "time", &job.time.to_string());
    directive(&mut text, "signal", &format!("B:USR1@{}", profile.early_signal));
    text.push_str(if profile.requeue { "#SBATCH --requeue\n" } else { "#SBATCH --no-requeue\n" });
    let log = if job.form == Form::Array { "%A_%a" } else { "%j" };
    directive(&mut text, "output", &format!("{}/slurm-{log}.log", escaped(&job.folder)));
    // A restarted job goes on in its own log.
    directive(&mut text, "open-mode", "append");
    // A profile's lines are as sbatch reads them; what comes from a command line is one word each.
    let words = job.extra.iter().map(|word| optional(word));
    for option in profile.extra.iter().cloned().chain(words) {
        writeln!(text, "#SBATCH {option}").expect("a string takes any text");
    }
    text
}

/// What the queue wants to know of any job.
fn queue(text: &mut String, profile: &Profile) {
    let wishes = [
        ("account", &profile.account),
        ("partition", &profile.partition),
        ("qos", &profile.qos),
        ("constraint", &profile.constraint),
    ];
    for (key, value) in wishes {
        if let Some(value) = value {
            directive(text, key, value);
        }
    }
}

fn directive(text: &mut String, key: &str, value: &str) {
    writeln!(text, "#SBATCH --{key}={}", optional(value)).expect("a string takes any text");
}

/// A word as sbatch takes it literally from a line of options: between double quotes where it is not plain, and there with a
/// backslash before what would end or change it. A line has no room for control characters.
fn optional(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:,@%+-&|*=[]".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("\"{}\"", one_line(word).replace('\\', "\\\\").replace('"', "\\\""))
}

/// Modules and the profile's own lines.
pub(super) fn prologue(profile: &Profile) -> String {
    let mut lines = Vec::new();
    if profile.export == Export::None {
        // Set by sbatch, it would keep what is set here from the processes that srun starts.
        lines.push("unset SLURM_EXPORT_ENV".to_owned());
    }
    if !profile.modules.is_empty() {
        // A job's shell is no login shell, and may know no modules where its environment is new.
        lines.push("# shellcheck source=/dev/null".to_owned());
        lines.push("type module > /dev/null 2>&1 || . /etc/profile".to_owned());
        if profile.purge {
            lines.push("module purge".to_owned());
        }
    }
    lines.extend(profile.modules.iter().map(|module| format!("module load {}", quoted(module))));
    lines.extend(profile.prologue.iter().cloned());
    lines.join("\n")
}

/// The command line that measures, as words of bash.
pub(super) fn command(job: &Job, profile: &Profile) -> String {
    let mut words = Vec::new();
    if job.form == Form::One {
        match profile.launcher {
            Launcher::None => {}
            Launcher::Srun => {
                words.push("srun".to_owned());
                words.extend(profile.mpi.as_ref().map(|flavour| format!("--mpi={}", quoted(flavour))));
                // Since 22.05 srun does not take the number from the job.
                words.push("--cpus-per-task=\"$SLURM_CPUS_PER_TASK\"".to_owned());
                words.extend(profile.cpu_bind.as_ref().map(|bind| format!("--cpu-bind={}", quoted(bind))));
            }
            Launcher::Join => {
                // None waits for another: the end of one, good or bad, is no reason to end the rest.
                let options = "srun --mpi=none --cpus-per-task=\"$SLURM_CPUS_PER_TASK\" --kill-on-bad-exit=0 --no-kill --wait=0";
                words.push(options.to_owned());
                words.extend(profile.cpu_bind.as_ref().map(|bind| format!("--cpu-bind={}", quoted(bind))));
            }
            Launcher::Mpirun => {
                // Left alone, mpirun binds a process to one core.
                let bind = profile.cpu_bind.as_deref().unwrap_or("none");
                words.extend(["mpirun".to_owned(), "--bind-to".to_owned(), quoted(bind)]);
            }
        }
    }
    let own = [job.program.as_str(), "run"].into_iter().chain(job.study.iter().map(String::as_str));
    words.extend(own.map(quoted));
    words.extend(["--output".to_owned(), "\"$folder\"".to_owned()]);
    if job.form == Form::Array || profile.launcher == Launcher::Join {
        words.push("--join".to_owned());
    }
    if job.map_apart.is_some() {
        words.push("--no-map".to_owned());
    }
    words.extend(profile.arguments.iter().map(quoted));
    words.join(" ")
}

/// A word as bash takes it literally.
///
/// # Panics
/// Never: the one character that cannot be quoted is left out.
pub fn quoted(word: impl AsRef<str>) -> String {
    // No word of a system holds the one character that cannot be quoted.
    let word = word.as_ref().replace('\0', "");
    shlex::try_quote(&word).expect("there is no NUL in it").into_owned()
}

/// A path in which sbatch replaces nothing.
fn escaped(path: &str) -> String {
    path.replace('%', "%%")
}

pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A template with `{{name}}` replaced; what is put in is not looked at again.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("the templates are well formed");
        let value = values.iter().find(|(known, _)| *known == name);
        text.push_str(before);
        text.push_str(value.expect("the templates name what they are given").1);
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    fn job() -> Job {
        Job {
            name: "ictus-wendling".into(),
            about: "Wendling: about 12 core-hours".into(),
            program: "/opt/ictus/bin/ictus".into(),
            study: vec!["configs/wendling.toml".into(), "--set".into(), "time.step=0.1 ms".into()],
            folder: "runs/wendling".into(),
            form: Form::One,
            nodes: 4,
            cores: 64,
            time: Walltime::from_hours(2),
            map_apart: None,
            memory: Some(3 << 30),
            extra: Vec::new(),
        }
    }

    fn array() -> Job {
        Job { form: Form::Array, ..job() }
    }

    fn profile(text: &str) -> Profile {
        Profile::parse("profile.toml", text).expect("a profile")
    }

    const RANKS: &str = "account = \"brain\"\npartition = \"compute\"\nqos = \"long\"\nconstraint = \"rome\"\n\
                         memory = \"0\"\nexclusive = true\nranks_per_node = 2\nlauncher = \"srun\"\nmpi = \"pmix\"\n\
                         cpu_bind = \"cores\"\nmodules = [\"gcc/13\", \"openmpi\"]\n\
                         prologue = [\"export OMPI_MCA_btl=^openib\"]\narguments = [\"--threads\", \"32\"]\n\
                         extra = [\"--mail-type=END\"]\n";

    #[track_caller]
    fn assert_lines(script: &str, wanted: &[&str]) {
        for wanted in wanted {
            assert!(script.lines().any(|line| line == *wanted), "no line `{wanted}` in\n{script}");
        }
    }

    #[test]
    fn a_job_of_ranks_asks_for_what_its_profile_says() {
        let script = batch(&Job { extra: vec!["--reservation=r".into()], ..job() }, &profile(RANKS));
        assert_lines(
            &script,
            &[
                "#SBATCH --job-name=ictus-wendling",
                "#SBATCH --account=brain",
                "#SBATCH --partition=compute",
                "#SBATCH --qos=long",
                "#SBATCH --constraint=rome",
                "#SBATCH --nodes=4",
                "#SBATCH --ntasks-per-node=2",
                "#SBATCH --cpus-per-task=32",
                "#SBATCH --mem=0",
                "#SBATCH --exclusive",
                "#SBATCH --time=02:00:00",
                "#SBATCH --signal=B:USR1@120",
                "#SBATCH --requeue",
                "#SBATCH --output=runs/wendling/slurm-%j.log",
                "#SBATCH --mail-type=END",
                "#SBATCH --reservation=r",
                "module load gcc/13",
                "export OMPI_MCA_btl=^openib",
                "folder=runs/wendling",
                "command=(srun --mpi=pmix --cpus-per-task=\"$SLURM_CPUS_PER_TASK\" --cpu-bind=cores \
                 /opt/ictus/bin/ictus run configs/wendling.toml --set 'time.step=0.1 ms' --output \"$folder\" \
                 --threads 32)",
                "    if [ \"${SLURM_RESTART_COUNT:-0}\" -lt 20 ]; then",
                "        scontrol requeue \"$SLURM_JOB_ID\" && exit 0",
            ],
        );
        assert!(
            script.starts_with("#!/bin/bash\n#SBATCH "),
            "options stand before the first command: {script}"
        );
    }

    #[test]
    fn an_array_has_one_node_a_job_and_shares_the_folder() {
        let script = batch(&array(), &profile(RANKS));
        assert_lines(
            &script,
            &[
                "#SBATCH --array=0-3",
                "#SBATCH --nodes=1",
                "#SBATCH --ntasks-per-node=1",
                "#SBATCH --cpus-per-task=64",
                "#SBATCH --output=runs/wendling/slurm-%A_%a.log",
                "        scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\" && exit 0",
            ],
        );
        assert!(script.contains("\"$folder\" --join --threads 32)"), "{script}");
        assert!(!script.contains("srun"), "{script}");
    }

    #[test]
    fn a_job_that_may_not_requeue_leaves_it_to_the_chain() {
        let script = batch(
            &Job { map_apart: Some(Walltime::from_hours(4)), ..job() },
            &profile("requeue = false\nlauncher = \"mpirun\"\n"),
        );
        assert_lines(&script, &["#SBATCH --no-requeue"]);
        assert!(!script.contains("scontrol"), "{script}");
        assert!(
            script.contains("command=(mpirun --bind-to none ") && script.contains(" --no-map)"),
            "{script}"
        );
    }

    #[test]
    fn the_map_is_made_by_one_core() {
        let script = map_job(&job(), Walltime::from_hours(4), &profile(RANKS));
        assert_lines(
            &script,
            &[
                "#SBATCH --job-name=ictus-wendling-map",
                "#SBATCH --account=brain",
                "#SBATCH --cpus-per-task=1",
                "#SBATCH --time=04:00:00",
                "module load gcc/13",
                "/opt/ictus/bin/ictus map runs/wendling",
            ],
        );
    }

    #[test]
    fn words_of_a_user_stay_words() {
        let hostile = Job {
            folder: "runs/a b%'$(touch x)`".into(),
            study: vec!["it's \"$HOME\".toml".into()],
            about: "a\nrm -rf x".into(),
            ..job()
        };
        let script = batch(&hostile, &profile(""));
        assert_lines(&script, &["# a rm -rf x"]);
        let folder = script.lines().find_map(|line| line.strip_prefix("folder=")).expect("a folder");
        assert_eq!(shlex::split(folder), Some(vec![hostile.folder.clone()]));
        let command = script.lines().find_map(|line| line.strip_prefix("command=(")).expect("a command");
        let words = shlex::split(command.trim_end_matches(')')).expect("words");
        assert_eq!(words[2], hostile.study[0]);
        assert!(script.contains("--output=\"runs/a b%%'$(touch x)`/slurm-%j.log\""), "{script}");
        check_shell(&script, &["--exclude=SC2016,SC2026"]);
    }

    #[test]
    fn a_word_stays_in_its_line_of_options() {
        let hostile = Job {
            folder: "runs/\"a\" \\".into(),
            extra: vec!["--comment=a b".into(), "--comment=\"; x\n#SBATCH --wrap=y".into()],
            ..job()
        };
        let script =
            batch(&hostile, &profile("partition = \"a\\\"b\"\nmpi = \"$(x)\"\nlauncher = \"srun\"\n"));
        assert_lines(
            &script,
            &[
                "#SBATCH --output=\"runs/\\\"a\\\" \\\\/slurm-%j.log\"",
                "#SBATCH \"--comment=a b\"",
                "#SBATCH \"--comment=\\\"; x #SBATCH --wrap=y\"",
                "#SBATCH --partition=\"a\\\"b\"",
            ],
        );
        assert!(script.contains("--mpi='$(x)'"), "{script}");
    }

    #[test]
    fn a_shell_reads_quoted_words_as_they_were() {
        let words = [
            "",
            "a b",
            "it's",
            "$(touch x)",
            "`x`",
            "a\nb",
            "\"\\\"",
            "!x",
            "~",
            "*",
            "-n",
            "ä\u{202e}",
            "a=b",
            "%s",
        ];
        let line: Vec<String> = words.iter().map(quoted).collect();
        let script = format!("printf '%s\\0' {}", line.join(" "));
        let output = Command::new("bash").args(["-c", &script]).output().expect("bash");
        let said = String::from_utf8(output.stdout).expect("text");
        assert_eq!(said.split_terminator('\0').collect::<Vec<_>>(), words);
    }

    #[test]
    fn shellcheck_finds_nothing_in_any_script() {
        for text in [
            "",
            RANKS,
            "requeue = false\n",
            "launcher = \"join\"\nexport = \"none\"\nmodules = [\"a\"]\npurge = false\n",
            "launcher = \"mpirun\"\nmodules = [\"a b\"]\n",
            include_str!("../../slurm/profiles/generic.toml"),
        ] {
            let profile = profile(text);
            for job in [job(), array(), Job { map_apart: Some(Walltime::from_hours(4)), ..job() }] {
                check_shell(&batch(&job, &profile), &[]);
                check_shell(&map_job(&job, Walltime::from_hours(4), &profile), &[]);
                check_shell(&super::super::pbs(&job, &profile), &[]);
            }
        }
    }

    #[track_caller]
    fn check_shell(script: &str, options: &[&str]) {
        let mut shellcheck = Command::new("shellcheck")
            .args(options)
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("shellcheck is installed by tests/setup.sh");
        shellcheck.stdin.take().expect("a pipe").write_all(script.as_bytes()).expect("it reads");
        let output = shellcheck.wait_with_output().expect("an end");
        assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stdout));
    }
}
