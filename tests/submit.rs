//! `ictus plan` and `ictus submit` against a fake Slurm, and what the scripts that they make do in a shell. Runs the real binary
//! and the real scripts; a real Slurm is the matter of tests/slurm.sh.

mod decay;
mod outcome;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use decay::STUDY;
use outcome::texts;

/// A folder with a study, a profile, and a Slurm whose commands note what they are asked.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(profile: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder") };
        decay::write(place.folder.path(), STUDY);
        place.write("cluster.toml", profile);
        fs::create_dir(place.path("bin")).expect("a folder");
        place.command(
            "sinfo",
            "printf 'debug*|01:00:00|1-3|4|1:2:1|64000\\nlong|infinite|1-infinite|16|2:32:2|256000\\n'",
        );
        place.command("scontrol", "[ \"$1\" != show ] || echo 'MaxArraySize            = 11'");
        place.command("sbatch", "n=$(wc -l < $asked | tr -d ' '); echo $((98 + n))");
        fs::write(place.path("asked"), "").expect("a file");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A command of the fake Slurm: notes its name and words in `asked`, then does what the shell line says.
    fn command(&self, name: &str, line: &str) {
        let path = self.path("bin").join(name);
        let asked = self.path("asked");
        let text = format!("#!/bin/sh\nasked={}\necho {name} \"$@\" >> $asked\n{line}\n", asked.display());
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }

    fn without_slurm(&self) {
        fs::remove_dir_all(self.path("bin")).expect("a folder");
    }

    /// The fake commands come first; where they are gone, no Slurm of this machine is found either.
    fn search(&self) -> String {
        let tools = self.path("tools");
        if !tools.exists() {
            fs::create_dir(&tools).expect("a folder");
            for name in [
                "sh", "bash", "wc", "cat", "date", "sleep", "tr", "printf", "rm", "mv", "mkdir", "grep",
                "hostname",
            ] {
                let found = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(name));
                let found = found.iter().find(|path| path.exists()).expect("a tool of any system");
                std::os::unix::fs::symlink(found, tools.join(name)).expect("a link");
            }
        }
        format!("{}:{}", self.path("bin").display(), tools.display())
    }

    fn ictus(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_ictus"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("PATH", self.search())
            .output()
            .expect("the program starts");
        texts(output)
    }

    fn submit(&self, more: &[&str]) -> (i32, String, String) {
        self.ictus(&[&["submit", "study.toml", "--profile", "cluster.toml"], more].concat())
    }

    /// Runs the script that was submitted, with the words of Slurm in the environment.
    fn job(&self, name: &str, restarts: u32) -> Command {
        let mut bash = Command::new("bash");
        bash.arg(name)
            .current_dir(self.folder.path())
            .env("PATH", self.search())
            .env("SLURM_JOB_ID", "101")
            .env("SLURM_JOB_NODELIST", "n1")
            .env("SLURM_RESTART_COUNT", restarts.to_string())
            .env("PBS_O_WORKDIR", self.folder.path())
            .env("PBS_JOBID", "7.pbs")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        bash
    }

    /// What was asked of the fake command.
    fn asked(&self, name: &str) -> Vec<String> {
        let start = format!("{name} ");
        self.read("asked").lines().filter_map(|line| line.strip_prefix(&start).map(str::to_owned)).collect()
    }
}

#[track_caller]
fn assert_says(said: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(said.contains(wanted), "`{wanted}` is not in: {said}");
    }
}

#[test]
fn a_plan_for_a_cluster_says_when_one_node_is_enough() {
    let place = Place::new("");
    let (code, said, errors) = place.ictus(&["plan", "study.toml", "--profile", "cluster.toml"]);
    assert_eq!(code, 0, "{errors}");
    assert_says(&said, &["1 node of 2 cores", "one node is enough", "core-hours", "walltime  00:10:00"]);
    let nodes = ["plan", "study.toml", "--profile", "cluster.toml", "--nodes", "3"];
    let (_, said, _) = place.ictus(&nodes);
    assert_says(&said, &["3 nodes of 2 cores", "1 node is enough"]);
    let (code, said, _) = place.ictus(&[&nodes[..], &["--json"]].concat());
    let plan: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(
        (code, &plan["cluster"]["nodes"], &plan["cluster"]["advised_nodes"]),
        (0, &3.into(), &1.into())
    );
    assert!(plan["core_hours_range"][0].as_f64() < plan["core_hours"].as_f64(), "{plan}");
    assert!(!place.path("runs").exists(), "a plan writes nothing");
}

#[test]
fn a_plan_for_a_cluster_counts_the_memory_of_its_ranks_and_not_of_this_machines_threads() {
    let plan = |profile: &str| {
        let place = Place::new(&format!("partition = \"long\"\n{profile}"));
        let (code, said, errors) =
            place.ictus(&["plan", "study.toml", "--profile", "cluster.toml", "--threads", "1", "--json"]);
        assert_eq!(code, 0, "{errors}");
        let plan: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        let bytes = |value: &serde_json::Value| value.as_u64().expect("a number");
        let cluster = &plan["cluster"];
        let pair = (bytes(&cluster["memory_bytes_a_process"]), bytes(&cluster["memory_bytes_a_node"]));
        (bytes(&plan["memory_bytes"]), pair)
    };
    // 64 cores of a node of `long`: 6 MB each, beside what a process has once.
    let (here, (process, node)) = plan("");
    assert_eq!((process - here, node), (63 * 6_000_000, process));
    let (here, (process, node)) = plan("launcher = \"srun\"\nranks_per_node = 4\n");
    assert_eq!((process - here, node), (15 * 6_000_000, 4 * process));
}

#[test]
fn memory_that_is_too_little_is_warned_of() {
    for (memory, is_enough) in [("100M", false), ("2G", true), ("0", true)] {
        let place = Place::new(&format!("partition = \"long\"\nmemory = \"{memory}\"\n"));
        let (code, said, errors) = place.submit(&["--dry-run"]);
        assert_eq!(code, 0, "{errors}");
        assert_says(&said, &[&format!("#SBATCH --mem={memory}")]);
        assert_says(&errors, &["a process of 64 threads"]);
        assert_eq!(errors.contains("`memory` is less than"), !is_enough, "{errors}");
    }
}

#[test]
fn a_job_asks_for_the_memory_that_its_processes_need_unless_it_is_told() {
    let script = |profile: &str, more: &[&str]| {
        let place = Place::new(&format!("partition = \"long\"\n{profile}"));
        let (code, said, errors) = place.submit(&[&["--dry-run"], more].concat());
        assert_eq!(code, 0, "{errors}");
        said
    };
    let asked = |profile: &str| {
        let said = script(profile, &[]);
        let line = said.lines().find_map(|line| line.strip_prefix("#SBATCH --mem="));
        line.and_then(|size| size.strip_suffix('M')?.parse::<u64>().ok()).expect("a size in MiB")
    };
    // `plan` says 40 MB and 6 MB a thread, and what a cell takes: of 64 threads 425 MB, half as much again is less than 1 GiB.
    assert_eq!(asked(""), 1024);
    // Four ranks have the 64 threads between them, sixteen have the program sixteen times.
    assert_eq!(asked("launcher = \"srun\"\nranks_per_node = 4\n"), 1024);
    let sixteen = 1.5 * (16.0 * 40e6 + 64.0 * 6e6) / f64::from(1 << 20);
    let found = asked("launcher = \"join\"\nranks_per_node = 16\n");
    assert!(
        (sixteen..sixteen + 512.0).contains(&(found as f64)),
        "{found} is not a little more than {sixteen}"
    );
    assert!(!script("memory = \"default\"\n", &[]).contains("--mem"));
    let own = script("", &["--", "--mem-per-cpu=2G"]);
    assert_eq!(own.matches("--mem").count(), 1, "{own}");
}

/// Slurm's own `RealMemory` is 1 MiB where nobody has set it (slurm.conf(5)), and a job that asks for more is refused.
#[test]
fn a_job_asks_for_no_more_memory_than_a_node_has_and_for_none_where_nobody_knows() {
    for (node, asked, is_warned) in
        [("1", None, false), ("800", Some("800M"), false), ("300", Some("300M"), true)]
    {
        let place = Place::new("partition = \"long\"\n");
        place.command("sinfo", &format!("printf 'long*|infinite|1-infinite|16|2:32:2|{node}\\n'"));
        let (code, said, errors) = place.submit(&["--dry-run"]);
        assert_eq!(code, 0, "{errors}");
        let found = said.lines().find_map(|line| line.strip_prefix("#SBATCH --mem="));
        assert_eq!(found, asked, "{node}");
        assert_eq!(errors.contains("use fewer ranks a node"), is_warned, "{node}: {errors}");
    }
}

#[test]
fn a_job_begins_with_the_modules_that_its_profile_names_and_no_others() {
    let script = |profile: &str| {
        let place = Place::new(profile);
        place.submit(&["--dry-run"]).1
    };
    assert_says(&script("modules = [\"netcdf-c\"]\n"), &["\nmodule purge\nmodule load netcdf-c\n"]);
    let kept = script("modules = [\"netcdf-c\"]\npurge = false\n");
    assert!(kept.contains("\nmodule load netcdf-c\n") && !kept.contains("module purge"), "{kept}");
    assert!(!script("").contains("module "));
    let alone = script("export = \"none\"\nmodules = [\"netcdf-c\"]\n");
    assert_says(&alone, &["#SBATCH --export=NONE\n", "\nunset SLURM_EXPORT_ENV\n"]);
    assert!(!kept.contains("--export"), "{kept}");
}

#[test]
fn a_job_with_an_empty_environment_runs_to_its_map() {
    let place = Place::new("export = \"none\"\nmodules = [\"netcdf-c\"]\n");
    assert_eq!(place.submit(&[]).0, 0);
    // A command of the site, as a login would find it.
    place.command("module", "exit 0");
    let mut job = place.job("runs/study/job.sh", 0);
    job.env_clear()
        .env("PATH", place.search())
        .env("SLURM_JOB_ID", "101")
        .env("SLURM_JOB_NODELIST", "n1")
        .env("SLURM_EXPORT_ENV", "NONE");
    let (code, said, errors) = texts(job.output().expect("an end"));
    assert_eq!(code, 0, "{said}{errors}");
    assert_eq!(place.asked("module"), ["purge", "load netcdf-c"]);
    assert!(place.path("runs/study/map.nc").exists());
}

#[test]
fn a_dry_run_shows_the_script_and_submits_nothing() {
    let place = Place::new("partition = \"long\"\n");
    let (code, said, errors) =
        place.submit(&["--dry-run", "--set", "time.step=0.05", "--", "--mail-type=END"]);
    assert_eq!(code, 0, "{errors}");
    assert_says(
        &said,
        &[
            "#!/bin/bash\n#SBATCH --job-name=ictus-study\n#SBATCH --partition=long\n",
            "#SBATCH --cpus-per-task=64",
            "#SBATCH --mail-type=END",
            "run study.toml --set 'time.step=0.05' --output \"$folder\")",
        ],
    );
    assert_eq!(place.asked("sbatch"), Vec::<String>::new());
    assert!(!place.path("runs").exists());
}

#[test]
fn a_submitted_study_has_its_number_its_script_and_the_next_commands() {
    let place = Place::new("");
    let (code, said, errors) = place.submit(&[]);
    assert_eq!((code, said.as_str()), (0, "submitted 101\n"), "{errors}");
    assert_says(&errors, &["ictus status runs/study", "scancel 101", "runs/study/slurm-101.log"]);
    assert_eq!(place.asked("sbatch"), ["--parsable runs/study/job.sh"]);
    assert!(place.read("runs/study/prediction").contains("core_hours = "));

    let (code, _, said) = texts(place.job("runs/study/job.sh", 0).output().expect("an end"));
    assert_eq!(code, 0, "{said}");
    let (_, said, _) = place.ictus(&["info", "runs/study/map.nc", "--json"]);
    assert!(!said.is_empty());
    let map = ictus::store::map::Map::open(&place.path("runs/study/map.nc")).expect("the map");
    let hours = |name| map.attribute(name).and_then(|text| text.parse::<f64>().ok());
    assert!(hours("core_hours_predicted").is_some() && hours("core_hours_used").is_some());

    let (code, _, said) = place.submit(&[]);
    assert_eq!(code, 2);
    assert_says(&said, &["holds a map already", "--output"]);
}

#[test]
fn what_is_beyond_the_cluster_is_refused_with_the_number() {
    let place = Place::new("launcher = \"srun\"\n");
    for (more, wanted) in [
        (&["--nodes", "4"][..], &["4 nodes", "at most 3", "`debug`"][..]),
        (&["--time", "02:00:00"], &["02:00:00", "01:00:00"]),
        (&["--array", "12"], &["12 jobs", "11"]),
        (&["--time", "1"], &["early signal"]),
        (&["--time", "soon"], &["`soon`", "02:00:00"]),
        (&["--nodes", "0"], &["at least 1"]),
        (&["--chain", "0"], &["--chain 0"]),
    ] {
        let (code, _, said) = place.submit(more);
        assert_eq!(code, 2, "{more:?}: {said}");
        assert_says(&said, wanted);
    }
    place.write("cluster.toml", "partition = \"lnog\"\n");
    let (code, _, said) = place.submit(&[]);
    assert_eq!(code, 2, "{said}");
    assert_says(&said, &["`lnog`", "debug, long"]);
    place.write("cluster.toml", "partitoin = \"long\"\n");
    let (code, _, said) = place.submit(&[]);
    assert_eq!(code, 2, "{said}");
    assert_says(&said, &["cluster.toml:1:1", "did you mean `partition`?"]);
    let (code, _, said) = place.ictus(&["submit", "study.toml", "--profile", "nowhere.toml"]);
    assert_eq!(code, 2, "{said}");
    assert_says(&said, &["nowhere.toml", "generic.toml"]);
    assert_eq!(place.asked("sbatch"), Vec::<String>::new());
}

#[test]
fn what_sbatch_says_against_it_is_passed_on() {
    let place = Place::new("");
    place.command("sbatch", "echo 'sbatch: error: Invalid account' >&2; exit 1");
    let (code, _, said) = place.submit(&[]);
    assert_eq!(code, 4);
    assert_says(&said, &["sbatch refused", "Invalid account"]);
}

#[test]
fn without_a_cluster_a_plan_and_a_dry_run_still_answer() {
    let place = Place::new("cores_per_node = 64\n");
    place.without_slurm();
    let (code, said, errors) = place.ictus(&["plan", "study.toml", "--profile", "cluster.toml"]);
    assert_eq!(code, 0, "{errors}");
    assert_says(&said, &["1 node of 64 cores"]);
    assert_says(&errors, &["No cluster answers here", "there is no `sinfo`"]);
    assert_eq!(place.submit(&["--dry-run"]).0, 0);
    let (code, _, said) = place.submit(&[]);
    assert_eq!(code, 4);
    assert_says(&said, &["there is no `sinfo` here", "--dry-run"]);
    place.write("cluster.toml", "[limits]\nnodes = 2\n");
    let (code, _, said) = place.submit(&["--dry-run", "--array", "3"]);
    assert_eq!(code, 0, "{said}");
    assert_says(&said, &["`cores_per_node` is not set"]);
}

#[test]
fn several_nodes_without_mpi_are_an_array_that_shares_the_folder() {
    let place = Place::new("");
    for more in [&["--nodes", "3"][..], &["--array", "3"], &["--array", "--nodes", "3"]] {
        let (code, said, errors) = place.submit(&[more, &["--dry-run"]].concat());
        assert_eq!(code, 0, "{errors}");
        assert_says(&said, &["#SBATCH --array=0-2", "#SBATCH --nodes=1", " --join"]);
    }
    place.write("cluster.toml", "launcher = \"srun\"\nmpi = \"pmix\"\n");
    let (_, said, errors) = place.submit(&["--nodes", "3", "--dry-run"]);
    assert_says(&said, &["#SBATCH --nodes=3", "(srun --mpi=pmix "]);
    if cfg!(not(feature = "mpi")) {
        assert_says(&errors, &["built without MPI", "--array"]);
        let (code, _, errors) = place.submit(&["--nodes", "3"]);
        assert_eq!(code, 2, "{errors}");
        assert_eq!(place.asked("sbatch"), Vec::<String>::new());
    }
}

#[test]
fn a_chain_is_jobs_each_after_the_one_before() {
    let place = Place::new("requeue = false\n");
    let (code, said, errors) = place.submit(&["--chain", "3"]);
    assert_eq!((code, said.as_str()), (0, "submitted 101 102 103\n"), "{errors}");
    let script = "runs/study/job.sh";
    assert_eq!(
        place.asked("sbatch"),
        [
            format!("--parsable {script}"),
            format!("--parsable --dependency=afterany:101 {script}"),
            format!("--parsable --dependency=afterany:102 {script}")
        ]
    );
    fs::write(place.path("runs/study/map.nc"), "").expect("a map");
    let (code, said, _) = texts(place.job(script, 0).output().expect("an end"));
    assert_eq!(code, 0);
    assert_says(&said, &["the map is there already"]);
}

#[test]
fn a_large_map_is_made_by_a_job_of_its_own() {
    let place = Place::new("map_apart_above = 5\n");
    let (code, said, errors) = place.submit(&[]);
    assert_eq!((code, said.as_str()), (0, "submitted 101 102\n"), "{errors}");
    assert_eq!(
        place.asked("sbatch")[1],
        "--parsable --dependency=afterok:101 --kill-on-invalid-dep=yes runs/study/map_job.sh"
    );
    // What the partition allows, less than a map may take.
    assert_says(&place.read("runs/study/map_job.sh"), &["#SBATCH --time=01:00:00\n"]);
    assert_eq!(place.job("runs/study/job.sh", 0).output().expect("an end").status.code(), Some(0));
    assert!(!place.path("runs/study/map.nc").exists());
    assert_eq!(place.job("runs/study/map_job.sh", 0).output().expect("an end").status.code(), Some(0));
    assert!(place.path("runs/study/map.nc").exists());
}

#[test]
fn a_script_for_pbs_is_printed_only() {
    let place = Place::new("cores_per_node = 8\n");
    let (code, said, errors) = place.submit(&["--scheduler", "pbs"]);
    assert_eq!(code, 0, "{errors}");
    assert_says(&said, &["#PBS -N ictus-study", "#PBS -l select=1:ncpus=8"]);
    assert_eq!(place.read("asked"), "");
    let (code, said, _) = place.submit(&["--scheduler", "pbs", "--nodes", "2"]);
    assert_eq!(code, 0);
    assert_says(&said, &["#PBS -J 0-1", " --join"]);
}

/// A script for PBS in the file `job.pbs`.
fn pbs(profile: &str, more: &[&str], program: &str) -> Place {
    let place = Place::new(&format!(
        "scheduler = \"pbs\"\ncores_per_node = 2\nprogram = \"./bin/program\"\n{profile}"
    ));
    place.write("points", "");
    place.command("program", program);
    place.command("qsub", "echo 8.pbs");
    let (code, said, errors) = place.submit(more);
    assert_eq!(code, 0, "{errors}");
    place.write("job.pbs", &said);
    place
}

#[test]
fn a_job_of_pbs_goes_on_by_itself_after_its_time() {
    let place = pbs("restarts = 3\n", &[], "[ \"$1\" = status ] || { echo x >> points; exit 75; }");
    let (code, said, errors) = texts(place.job("job.pbs", 0).output().expect("an end"));
    assert_eq!(code, 0, "{said}{errors}");
    assert_says(&said, &["8.pbs goes on"]);
    let first = "-W depend=afterany:7.pbs -v ICTUS_ROUND=1,ICTUS_FIRST=7.pbs runs/study/job.pbs";
    assert_eq!(place.asked("qsub"), [first]);
    // The copy is the script, and the job that it becomes remembers how often it was submitted.
    assert_eq!(place.read("runs/study/job.pbs"), place.read("job.pbs"));
    let again = |round: &str| {
        let mut job = place.job("runs/study/job.pbs", 0);
        job.env("PBS_JOBID", "8.pbs").env("ICTUS_ROUND", round).env("ICTUS_FIRST", "7.pbs");
        fs::remove_file(place.path("runs/study/fruitless.7.pbs")).expect("a round without a point is noted");
        texts(job.output().expect("an end"))
    };
    assert_eq!(again("1").0, 0);
    assert_says(&place.asked("qsub")[1], &["afterany:8.pbs", "ICTUS_ROUND=2,ICTUS_FIRST=7.pbs"]);
    let (code, said, _) = again("3");
    assert_eq!((code, place.asked("qsub").len()), (75, 2), "{said}");
    assert_says(&said, &["submitted again 3 times already"]);
    fs::write(place.path("runs/study/map.nc"), "").expect("a map");
    let (code, said, _) = texts(place.job("runs/study/job.pbs", 0).output().expect("an end"));
    assert_eq!((code, place.asked("qsub").len()), (0, 2), "{said}");
}

#[test]
fn a_program_of_pbs_is_told_when_its_time_is_over() {
    let place =
        pbs("early_signal = 60\n", &["--time", "01:00:00"], "[ \"$1\" = status ] || echo \"$@\" > argv");
    let (code, said, errors) = texts(place.job("job.pbs", 0).output().expect("an end"));
    assert_eq!(code, 0, "{said}{errors}");
    let words = place.read("argv");
    let limit = words
        .split("--time-limit ")
        .nth(1)
        .and_then(|rest| rest.trim().strip_suffix(" s")?.parse::<u64>().ok());
    // An hour less a minute, less what loading modules took: nothing that counts.
    assert!(limit.is_some_and(|limit| (3500..=3540).contains(&limit)), "{words}");
}

#[test]
fn a_job_of_pbs_that_is_deleted_does_not_go_on() {
    let place = pbs("", &[], PROGRAM);
    let job = place.job("job.pbs", 0).spawn().expect("bash");
    while !place.path("started").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // PBS sends it to every process; the program of this job is the only other one.
    let program: i32 = place.read("started").trim().parse().expect("its number");
    let pid = rustix::process::Pid::from_raw(program).expect("a number");
    rustix::process::kill_process(rustix::process::Pid::from_child(&job), rustix::process::Signal::TERM)
        .expect("a signal");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    let (code, said, errors) = texts(job.wait_with_output().expect("an end"));
    assert_eq!(code, 75, "{said}{errors}");
    assert_eq!(place.asked("qsub"), Vec::<String>::new(), "{said}");
}

#[test]
fn each_job_of_an_array_of_pbs_goes_on_alone() {
    let place = pbs("", &["--nodes", "3"], "[ \"$1\" = status ] || exit 75");
    assert_says(&place.read("job.pbs"), &["#PBS -J 0-2\n", " --join"]);
    let mut job = place.job("job.pbs", 0);
    let (code, said, errors) = texts(job.env("PBS_JOBID", "7[1].pbs").output().expect("an end"));
    assert_eq!(code, 0, "{said}{errors}");
    assert_eq!(place.asked("qsub"), ["-v ICTUS_ROUND=1,ICTUS_FIRST=7[1].pbs runs/study/job.pbs"]);
    assert!(!place.read("runs/study/job.pbs").lines().any(|line| line.starts_with("#PBS -J")));
}

#[test]
fn a_site_that_takes_no_jobs_from_jobs_is_told_so() {
    let place = pbs("", &[], "[ \"$1\" = status ] || exit 75");
    place.command("qsub", "echo 'qsub: Bad UID' >&2; exit 1");
    let (code, said, errors) = texts(place.job("job.pbs", 0).output().expect("an end"));
    assert_eq!(code, 75, "{said}{errors}");
    assert_says(&said, &["qsub takes no jobs from here", "submit the script again"]);
    let place = pbs("requeue = false\n", &[], "[ \"$1\" = status ] || exit 75");
    let (code, said, _) = texts(place.job("job.pbs", 0).output().expect("an end"));
    assert_eq!((code, place.asked("qsub").len()), (75, 0), "{said}");
}

#[test]
fn one_job_of_several_nodes_without_mpi_shares_the_folder() {
    // The fake srun starts as many processes as Slurm would, with its words in their environment.
    let start = "while case $1 in -*) true ;; *) false ;; esac; do shift; done
for n in 0 1 2; do SLURM_PROCID=$n SLURM_STEP_NUM_TASKS=3 \"$@\" & all=\"$all $!\"; done
worst=0; for one in $all; do wait $one; code=$?; [ $code -le $worst ] || worst=$code; done; exit $worst";
    for (profile, more) in [("", &["--join"][..]), ("launcher = \"join\"\n", &[])] {
        let place = Place::new(profile);
        place.command("srun", start);
        let (code, _, errors) = place.submit(&[&["--nodes", "3"], more].concat());
        assert_eq!(code, 0, "{errors}");
        let script = place.read("runs/study/job.sh");
        assert_says(
            &script,
            &["#SBATCH --nodes=3\n", "#SBATCH --no-kill\n", "(srun --mpi=none ", " --join)"],
        );
        assert!(!script.contains("--array"), "{script}");
        let mut job = place.job("runs/study/job.sh", 0);
        let (code, said, errors) = texts(job.env("SLURM_CPUS_PER_TASK", "2").output().expect("an end"));
        assert_eq!(code, 0, "{said}{errors}");
        assert_eq!(place.asked("srun").len(), 1);
        assert!(place.path("runs/study/map.nc").exists(), "{said}{errors}");
    }
    let place = Place::new("cores_per_node = 2\n");
    let (code, _, errors) = place.submit(&["--scheduler", "pbs", "--join"]);
    assert_eq!(code, 2, "{errors}");
    assert_says(&errors, &["PBS has no `srun`"]);
}

#[test]
fn a_process_that_is_killed_beside_others_fails_no_job_that_has_its_map() {
    // srun ends with the worst of its processes' ends.
    for (state, code, ended, is_requeued) in [
        ("finished", 137, 0, false),
        ("stopped", 137, 0, true),
        ("died", 0, 0, true),
        ("finished", 3, 3, false),
    ] {
        let place = with_program(
            "launcher = \"join\"\n",
            &format!("[ \"$1\" = status ] && echo '{{\"state\":\"{state}\",\"done\":0}}' || exit {code}"),
        );
        place.command("srun", "while case $1 in -*) true ;; *) false ;; esac; do shift; done; \"$@\"");
        let mut job = place.job("runs/study/job.sh", 0);
        let (found, said, errors) = texts(job.env("SLURM_CPUS_PER_TASK", "2").output().expect("an end"));
        assert_eq!(found, ended, "{state} {code}: {said}{errors}");
        assert_eq!(
            place.asked("scontrol").contains(&"requeue 101".to_owned()),
            is_requeued,
            "{state} {code}: {said}"
        );
    }
}

#[test]
fn every_campaign_shows_its_script() {
    let place = Place::new("");
    place.command("sinfo", "printf 'compute*|2-00:00:00|1-infinite|64|2:32:2|256000\\n'");
    let program = Path::new(env!("CARGO_BIN_EXE_ictus"));
    let search = format!("{}:{}", program.parent().expect("a folder").display(), place.search());
    let mut campaigns = 0;
    for entry in fs::read_dir("jobs").expect("the campaigns") {
        let path = entry.expect("an entry").path();
        assert_says(&fs::read_to_string(&path).expect("a script"), &["# ", " core-hours of a "]);
        let output = Command::new("sh")
            .arg(&path)
            .args(["--dry-run", "--pilot", "1 s"])
            .env("PATH", &search)
            .env("NO_COLOR", "1")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("a shell");
        let (code, said, errors) = texts(output);
        assert_eq!(code, 0, "{}: {errors}", path.display());
        let stem = path.file_stem().expect("a stem").to_string_lossy().into_owned();
        assert_says(
            &said,
            &[&format!("#SBATCH --job-name=ictus-{stem}"), &format!("configs/{stem}.toml"), "--join"],
        );
        assert_says(&errors, &["core-hours"]);
        campaigns += 1;
    }
    assert!(campaigns >= 3);
}

/// A program that works until it is asked to stop, as `ictus run` does: notes a point then, and ends with 75.
const PROGRAM: &str = "\
[ \"$1\" != status ] || { echo \"{\\\"done\\\":$(cat points | wc -l)}\"; exit; }
trap 'echo stopped >> points; exit 75' USR1 TERM
echo $$ > started.new; mv started.new started
while :; do sleep 0.05; done";

fn with_program(profile: &str, program: &str) -> Place {
    let place = Place::new(&format!("program = \"./bin/program\"\n{profile}"));
    place.write("points", "");
    place.command("program", program);
    let (code, _, errors) = place.submit(&[]);
    assert_eq!(code, 0, "{errors}");
    place
}

/// Runs the job, and sends it signals once its program works.
fn signalled(place: &Place, restarts: u32, signals: &[rustix::process::Signal]) -> (i32, String, String) {
    let _ = fs::remove_file(place.path("started"));
    let job = place.job("runs/study/job.sh", restarts).spawn().expect("bash");
    while !place.path("started").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for &signal in signals {
        rustix::process::kill_process(rustix::process::Pid::from_child(&job), signal).expect("a signal");
    }
    texts(job.wait_with_output().expect("an end"))
}

#[test]
fn the_early_signal_reaches_the_program_and_the_job_goes_back_into_the_queue() {
    use rustix::process::Signal;
    let place = with_program("", PROGRAM);
    let (code, said, errors) = signalled(&place, 0, &[Signal::USR1]);
    assert_eq!(code, 0, "{said}{errors}");
    assert_says(&said, &["asking the program to stop", "going back into the queue"]);
    assert_eq!(place.asked("scontrol").last().map(String::as_str), Some("requeue 101"));
    assert_eq!(place.read("points"), "stopped\n");
}

#[test]
fn a_launcher_that_hides_the_end_of_its_ranks_is_not_believed() {
    use rustix::process::Signal;
    for (state, is_requeued) in [("stopped", true), ("died", true), ("finished", false)] {
        let record = format!("{{\\\"state\\\":\\\"{state}\\\",\\\"done\\\":$(cat points | wc -l)}}");
        let program =
            PROGRAM.replace("{\\\"done\\\":$(cat points | wc -l)}", &record).replace("exit 75", "exit 0");
        assert!(program.contains(state) && !program.contains("75"), "{program}");
        let place = with_program("", &program);
        let (code, said, errors) = signalled(&place, 0, &[Signal::USR1]);
        assert_eq!(code, 0, "{said}{errors}");
        assert_eq!(said.contains("not finished"), is_requeued, "{said}");
        assert_eq!(place.asked("scontrol").contains(&"requeue 101".to_owned()), is_requeued);
    }
}

#[test]
fn a_job_goes_back_into_the_queue_only_so_often() {
    use rustix::process::Signal;
    let place = with_program("restarts = 2\n", PROGRAM);
    let (code, said, _) = signalled(&place, 2, &[Signal::USR1]);
    assert_eq!(code, 75, "{said}");
    assert_says(&said, &["restarted 2 times already", "submit the study again"]);
    assert!(!place.asked("scontrol").contains(&"requeue 101".to_owned()));
}

#[test]
fn a_job_that_finished_no_point_is_requeued_twice() {
    let place = with_program("", "exit 75");
    let round = |restart| texts(place.job("runs/study/job.sh", restart).output().expect("an end"));
    let requeued = || place.asked("scontrol").iter().filter(|words| *words == "requeue 101").count();
    for restart in 0..2 {
        let (code, said, _) = round(restart);
        assert_eq!(code, 0, "{said}");
        assert_says(&said, &["stopped without a finished point", "--time longer than 00:10:00"]);
    }
    let (code, said, _) = round(2);
    assert_eq!((code, requeued()), (75, 2), "{said}");
    assert_says(&said, &["three rounds in a row without a finished point", "--time"]);
}

#[test]
fn a_finished_point_forgives_the_rounds_without_one() {
    let place = with_program("", "exit 75");
    let round = |restart| texts(place.job("runs/study/job.sh", restart).output().expect("an end"));
    for restart in [0, 1, 3, 4] {
        assert_eq!(round(restart).0, 0);
        if restart == 1 {
            place.command("program", PROGRAM);
            assert_eq!(signalled(&place, 2, &[rustix::process::Signal::USR1]).0, 0);
            place.command("program", "exit 75");
        }
    }
    assert_eq!(round(5).0, 75);
}

#[test]
fn a_signal_that_comes_while_modules_load_is_heard() {
    let place = with_program(
        "prologue = [\"\"\"until [ \"$asked\" = yes ]; do : > started; sleep 0.05; done\"\"\"]\n",
        "[ \"$1\" = status ] || echo begun >> points",
    );
    let (code, said, errors) = signalled(&place, 0, &[rustix::process::Signal::USR1]);
    assert_eq!(code, 0, "{said}{errors}");
    assert_says(&said, &["stopped without a finished point", "going back into the queue"]);
    assert_eq!(place.read("points"), "", "the program is not begun when the time is over");
}

#[test]
fn a_job_that_may_not_requeue_says_what_goes_on() {
    use rustix::process::Signal;
    let place = with_program("requeue = false\n", PROGRAM);
    let (code, said, _) = signalled(&place, 0, &[Signal::USR1]);
    assert_eq!(code, 75, "{said}");
    assert_says(&said, &["next job of the chain"]);
}

#[test]
fn the_programs_own_failure_is_the_jobs() {
    for code in [0, 2, 3, 4] {
        let place = with_program("", &format!("exit {code}"));
        let (ended, said, _) = texts(place.job("runs/study/job.sh", 0).output().expect("an end"));
        assert_eq!(ended, code, "{said}");
        assert!(!place.asked("scontrol").contains(&"requeue 101".to_owned()));
    }
}

#[test]
fn a_job_that_is_taken_without_a_number_is_not_called_refused() {
    let place = Place::new("");
    place.command("sbatch", "echo 'queued, thank you'");
    let (code, said, errors) = place.submit(&["--chain", "3"]);
    assert_eq!(code, 0, "{errors}");
    assert_says(&said, &["submitted one job, number unread"]);
    assert_says(&errors, &["has taken the job", "`queued, thank you`", "2 jobs that wait for it"]);
    assert!(!errors.contains("refused"), "{errors}");
    assert_eq!(place.asked("sbatch").len(), 1, "nothing can wait for a job without a number");
    place.command("sbatch", "echo 'Submitted batch job 7'");
    let (code, said, errors) = place.submit(&["--chain", "2", "--json"]);
    assert_eq!(code, 0, "{errors}");
    assert_says(&said, &["\"jobs\":[\"7\",\"7\"]"]);
}

#[test]
fn names_that_no_script_can_hold_are_refused() {
    let place = Place::new("");
    fs::copy(place.path("study.toml"), place.path("a\n#SBATCH --wrap=x.toml")).expect("a file");
    let profile = ["--profile", "cluster.toml"];
    let name = "a\n#SBATCH --wrap=x.toml";
    for (arguments, reason) in [
        (["submit", name, "--output", "r"], "control characters"),
        (["submit", "study.toml", "--output", "r\n#SBATCH --wrap=x"], "control characters"),
        (["submit", "study.toml", "--output", "r\u{1b}[31m"], "control characters"),
        (["submit", "study.toml", "--output", "r\\j"], "a backslash"),
    ] {
        let (code, said, errors) = place.ictus(&[&arguments[..], &profile[..], &["--dry-run"]].concat());
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}: {errors}");
        assert_says(&errors, &[reason]);
    }
    let (code, _, errors) = place.submit(&["--dry-run", "--", "--comment=a\n#SBATCH --wrap=x"]);
    assert_eq!(code, 2, "{errors}");
    assert_eq!(place.read("asked"), "");
}

#[test]
fn a_script_gives_the_program_hostile_names_as_they_are() {
    let place = Place::new(&format!("program = \"{}\"\n", "./fake"));
    place.command("../fake", "printf '%s\\0' \"$@\" > argv");
    let (name, folder) = ("it's $(touch owned) `x` \"q\".toml", "r '; touch owned; \"#$HOME*");
    fs::copy(place.path("study.toml"), place.path(name)).expect("a file");
    let profile = ["--profile", "cluster.toml", "--output", folder];
    let (code, _, errors) =
        place.ictus(&[&["submit", name, "--set", "time.window=5"], &profile[..]].concat());
    assert_eq!(code, 0, "{errors}");
    let script = format!("{folder}/job.sh");
    assert!(Command::new("bash").arg("-n").arg(place.path(&script)).status().expect("bash").success());
    let output = place.job(&script, 0).output().expect("an end");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = place.read("argv");
    let words: Vec<&str> = said.split_terminator('\0').collect();
    assert!(!place.path("owned").exists(), "{words:?}");
    // The last that the script asks is `status`.
    assert!(words.contains(&folder), "{words:?}");
    let asked = place.read("asked");
    assert!(asked.contains(&format!("run {name} --set time.window=5 --output {folder}")), "{asked}");
}
