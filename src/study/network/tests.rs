//! The section `[network]` in whole studies: what it gives, and that each mistake has one message.

use std::path::PathBuf;

use crate::network::{Distribution, Kind, Network, Weights};
use crate::study::{Study, Texts};

const MODEL: &str = "#@ time 1\n#@ signal x\n#@ input inp\n#@ output x\n#: [1] x\ninit x=0.5\n#: [1] y\ninit y=0.25\n\
                     #: [1] a\npar a=1\n#: [1] eps\npar eps=0\n#: [1] inp\npar inp=0\nx'=-a*x+eps*x+inp\ny'=-y\ndone\n";

/// A model of a phase, with two ports each way.
const PHASES: &str = "#@ time 1\n#@ signal s\n#@ phase theta\n#@ input left, right\n#@ output s, c\n\
                      #: [1] angle\ninit theta=0\n#: [1] own frequency\npar omega=1\n#: [1] left\npar left=0\n\
                      #: [1] right\npar right=0\n#: [1] sine\naux s=sin(theta)\n#: [1] cosine\naux c=cos(theta)\n\
                      theta'=omega+left*cos(theta)-right*sin(theta)\ndone\n";

fn texts(model: &str, lines: &str) -> Texts {
    let study = format!(
        "{lines}\n[model]\nfile = \"m.ode\"\n[time]\nmethod = \"rk4\"\nstep = 0.01\ntransient = 1\nwindow = 1\n"
    );
    Texts {
        name: "study.toml".into(),
        study,
        overrides: Vec::new(),
        model: Some(model.into()),
        matrices: Vec::new(),
        table: None,
        folder: PathBuf::new(),
    }
}

fn study(model: &str, lines: &str) -> Result<Study, Vec<String>> {
    Study::from_texts(texts(model, lines)).map_err(|complaints| {
        complaints.0.iter().map(|complaint| format!("{}; {}", complaint.message, complaint.remedy)).collect()
    })
}

fn network(lines: &str) -> Network {
    let study = study(MODEL, lines).unwrap_or_else(|complaints| panic!("{complaints:?}"));
    study.network().expect("a network").clone()
}

fn values<'a>(network: &'a Network, name: &str) -> &'a [f64] {
    &network.values.iter().find(|(known, _)| known == name).expect("the name is there").1
}

#[test]
fn a_generator_and_a_gain_make_a_network() {
    let lines = "[network]\nparameters = { sigma = 0.3 }\n[network.channels.structural]\nmatrix = \"fib90\"\n\
                 kind = \"diffusive\"\ngain = \"-sigma*a\"\nnormalise = \"spectral_radius\"\n\
                 [space.axes]\nsigma = { from = 0, to = 1, n = 3 }\n";
    let network = network(lines);
    assert_eq!(network.nodes, 90);
    assert_eq!((network.signal.as_str(), network.above), ("mean", None));
    assert_eq!(network.parameters, [("sigma".to_owned(), 0.3)]);
    let [channel] = &network.channels[..] else { panic!("one channel") };
    assert_eq!((channel.from.as_str(), channel.to.as_str(), channel.kind), ("x", "inp", Kind::Diffusive));
    assert_eq!(channel.gain.text, "-sigma*a");
    assert_eq!(channel.gain.graph.symbol_count(), 2);
    let Weights::Matrix(matrix) = &channel.weights else { panic!("a matrix") };
    assert!((matrix.row_sum(0) - 4.463_933_931 / 4.638_669_645).abs() < 1e-9);
}

#[test]
fn a_study_without_the_section_has_no_network() {
    assert!(study(MODEL, "").expect("a study").network().is_none());
}

#[test]
fn the_mean_needs_a_size_and_a_generator_takes_it() {
    let both = "[network]\nsize = 12\n[network.channels]\nall = { matrix = \"mean\", gain = 2 }\nring = { matrix = \"ring\" }\n";
    let network = network(both);
    assert_eq!(network.nodes, 12);
    assert!(matches!(network.channels[0].weights, Weights::Mean));
    assert_eq!(network.channels[0].gain.text, "2");
    let Weights::Matrix(ring) = &network.channels[1].weights else { panic!("a matrix") };
    assert_eq!(ring.nodes(), 12);
}

#[test]
fn values_differ_from_node_to_node() {
    let head =
        "[network]\n[network.channels.all]\nmatrix = { generator = \"ring\", n = 4 }\n[initial]\ny = 3\n";
    let network = network(&format!(
        "{head}[network.nodes]\neps = {{ 2 = 0.8 }}\na = [1, 2, 3, 4]\ninit.x = {{ even = [0, 8] }}\n\"init.y\" = {{ 0 = 1 }}\n"
    ));
    assert_eq!(values(&network, "eps"), [0.0, 0.0, 0.8, 0.0]);
    assert_eq!(values(&network, "a"), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(values(&network, "init.x"), [1.0, 3.0, 5.0, 7.0]);
    assert_eq!(values(&network, "init.y"), [1.0, 3.0, 3.0, 3.0]);
}

#[test]
fn frequencies_are_quantiles_and_phases_are_spread() {
    let lines = "[network]\nsize = 6\n[network.channels]\none = { matrix = \"mean\", from = \"s\", to = \"left\" }\n\
                 two = { matrix = \"mean\", from = \"c\", to = \"right\" }\n\
                 [network.nodes]\nomega = { quantiles = \"lorentzian\", centre = 1, scale = 2 }\ninit.theta = { spread = [0, 6] }\n";
    let study = study(PHASES, lines).unwrap_or_else(|complaints| panic!("{complaints:?}"));
    let network = study.network().expect("a network");
    let wanted: Vec<f64> =
        Distribution::Lorentzian.quantiles(6).iter().map(|quantile| 1.0 + 2.0 * quantile).collect();
    assert_eq!(values(network, "omega"), wanted);
    assert!((values(network, "init.theta")[1] - 6.0 * 0.236_067_977_5).abs() < 1e-9);
    assert_eq!(network.channels[1].to, "right");
}

#[test]
fn signals_of_a_network_are_observed_and_ruled_by() {
    let lines = "[network]\nsize = 9\nabove = 0.5\nsignal = \"node.4\"\n[network.channels]\n\
                 one = { matrix = \"mean\", from = \"s\", to = \"left\" }\ntwo = { matrix = \"mean\", from = \"c\", to = \"right\" }\n\
                 [observe]\nfeatures = [\"amplitude(mean)\", \"extrema(node.8)\", \"mean(order)\", \"maximum(above)\"]\n\
                 [[regime]]\nname = \"spread\"\nwhen = \"above_mean > 3 and node_0_mean < 1 and amplitude > 1\"\n";
    let study = study(PHASES, lines).unwrap_or_else(|complaints| panic!("{complaints:?}"));
    let network = study.network().expect("a network");
    assert_eq!((network.signal.as_str(), network.above), ("node.4", Some(0.5)));
    let requests: Vec<String> = study.requests().iter().map(ToString::to_string).collect();
    for wanted in ["amplitude(mean)", "extrema(node.8)", "mean(above)", "mean(node.0)", "amplitude"] {
        assert!(requests.iter().any(|request| request == wanted), "{wanted}: {requests:?}");
    }
    assert!(study.features().contains(&"node_8_maximum".to_owned()));
}

#[test]
fn every_number_of_a_network_is_part_of_a_studys_identity() {
    let identity = |lines: &str| {
        let head = "[network]\nsize = 9\nparameters = { k = 2 }\n[network.channels.all]\n";
        study(MODEL, &format!("{head}{lines}")).expect(lines).identity().canonical
    };
    let first = identity("matrix = \"ring\"\n");
    let others = [
        "matrix = \"path\"\n",
        "matrix = \"mean\"\n",
        "matrix = \"ring\"\nnormalise = \"row_sum\"\n",
        "matrix = \"ring\"\nkind = \"diffusive\"\n",
        "matrix = \"ring\"\ngain = \"k\"\n",
        "matrix = \"ring\"\n[network.nodes]\neps = { 3 = 1 }\n",
    ];
    for other in others {
        assert_ne!(identity(other), first, "{other}");
    }
    assert_eq!(identity("matrix = { generator = \"ring\" }\ngain = 1\n"), first);
    assert!(first.contains("network.parameter.k = 2"), "{first}");
}

#[test]
fn a_parameter_of_the_network_is_set_and_stands_in_the_map_unless_it_varies() {
    let lines = "[network]\nsize = 9\nparameters = { k = { value = 2, unit = \"1/s\", meaning = \"strength\" } }\n\
                 [network.channels.all]\nmatrix = \"mean\"\ngain = \"k\"\n[network.nodes]\neps = { 1 = 1 }\n";
    let mut texts = texts(MODEL, lines);
    texts.overrides = vec!["network.parameters.k.value=5".into()];
    let study = Study::from_texts(texts).expect("a study");
    let shown: Vec<_> = study
        .fixed_quantities()
        .into_iter()
        .map(|(quantity, value)| (quantity.name, quantity.unit, value))
        .collect();
    assert!(shown.contains(&("k".to_owned(), "1/s".to_owned(), 5.0)), "{shown:?}");
    assert!(shown.iter().all(|(name, ..)| name != "eps"), "no single value: {shown:?}");
    let swept = study_of_axis("k").expect("an axis").fixed_quantities();
    assert!(swept.iter().all(|(quantity, _)| quantity.name != "k"));
}

fn study_of_axis(name: &str) -> Result<Study, Vec<String>> {
    let head = "[network]\nsize = 9\nparameters = { k = 2 }\n[network.channels.all]\nmatrix = \"mean\"\ngain = \"k\"\n";
    study(MODEL, &format!("{head}[space.axes]\n{name} = {{ from = 0, to = 1, n = 3 }}\n"))
}

#[test]
fn each_mistake_has_one_message() {
    let ring = "matrix = { generator = \"ring\", n = 9 }";
    let channel = format!("[network.channels.all]\n{ring}\n");
    let of_nodes = |line: &str| format!("{channel}[network.nodes]\n{line}\n");
    let cases = [
        ("[network]\n".to_owned(), "[network] needs `channels`"),
        ("network = 3\n".to_owned(), "should be a table"),
        ("[network.channels]\n".to_owned(), "from 1 to 16 channels"),
        ("[network.channels.all]\nmatrix = \"mean\"\n".to_owned(), "the number of nodes"),
        ("[network.channels.all]\ngain = 1\n".to_owned(), "needs `matrix`"),
        ("[network.channels.all]\nmatrix = \"rng\"\n".to_owned(), "no generator `rng`; did you mean `ring`?"),
        ("[network.channels.all]\nmatrix = \"w.csv\"\n".to_owned(), "`matrix = { file = \"w.csv\" }`"),
        ("[network.channels.all]\nmatrix = \"ring\"\n".to_owned(), "the size of the `ring` is missing"),
        ("[network.channels.all]\nmatrix = { generator = \"ring\" }\n".to_owned(), "needs `n`"),
        ("[network.channels.all]\nmatrix = { generator = \"ring\", n = 2 }\n".to_owned(), "give at least 3"),
        (
            "[network.channels.all]\nmatrix = { generator = \"ring\", n = 9, m = 1 }\n".to_owned(),
            "no key `m`",
        ),
        ("[network.channels.all]\nmatrix = 3\n".to_owned(), "`matrix` is a number"),
        (format!("[network.channels.\"my ring\"]\n{ring}\n"), "`my ring` cannot be the name of a channel"),
        (format!("[network.channels.2nd]\n{ring}\n"), "`2nd` cannot be the name of a channel"),
        (format!("{channel}kind = \"diffusiv\"\n"), "`kind` cannot be `diffusiv`; did you mean `diffusive`?"),
        (format!("{channel}gian = 1\n"), "no key `gian`; did you mean `gain`?"),
        (format!("{channel}gain = \"sigma\"\n"), "uses `sigma`, which is not a parameter"),
        (format!("{channel}gain = true\n"), "`gain` is true or false"),
        (format!("{channel}from = \"z\"\n"), "no output `z`; did you mean `x`?"),
        (format!("{channel}to = \"imp\"\n"), "no input `imp`; did you mean `inp`?"),
        (format!("{channel}normalise = \"rowsum\"\n"), "did you mean `row_sum`?"),
        (format!("{channel}threshold = -1\n"), "`threshold` is -1"),
        (format!("{channel}mirror = 9\n"), "no node 9 in a network of 9"),
        (format!("{channel}diagonal = \"zero\"\nthreshold = 2\nmirror = 3\n"), "node 3 has no targets"),
        (format!("[network]\nsize = 8\n{channel}"), "has 9 nodes, and the network has 8"),
        ("[network]\nsize = 5000\n[network.channels.all]\nmatrix = \"mean\"\n".to_owned(), "too large"),
        (format!("{channel}[network.channels.b]\nmatrix = \"star\"\n"), "the size of the `star` is missing"),
        (
            format!("{channel}[network.channels.b]\nmatrix = {{ generator = \"ring\", n = 8 }}\n"),
            "has 8 nodes, and the network has 9",
        ),
        (format!("[network]\nparameters = {{ a = 1 }}\n{channel}"), "the model has `a` already"),
        (format!("[network]\nparameters = {{ INP = 1 }}\n{channel}"), "the model has `inp` already"),
        (format!("[network]\nparameters = {{ sin = 1 }}\n{channel}"), "cannot be the name"),
        (format!("[network]\nparameters = {{ k = \"2\" }}\n{channel}"), "should be a table"),
        (
            format!("[network]\nparameters = {{ k = {{ value = 1, units = \"1\" }} }}\n{channel}"),
            "did you mean `unit`?",
        ),
        (
            format!("[network]\nsignal = \"men\"\n{channel}"),
            "no signal `men` to observe; did you mean `mean`?",
        ),
        (format!("[network]\nsignal = \"order\"\n{channel}"), "the model names none"),
        (format!("{channel}[observe]\nfeatures = [\"amplitude(node.9)\"]\n"), "no node 9"),
        (format!("{channel}[observe]\nfeatures = [\"amplitude(above)\"]\n"), "add `above = 0.5`"),
        (format!("{channel}[observe]\nfeatures = [\"amplitude(x)\"]\n"), "a variable or aux of every node"),
        (format!("{channel}[[regime]]\nname = \"r\"\nwhen = \"node_9_mean > 0\"\n"), "no node 9"),
        (
            format!("{channel}[[regime]]\nname = \"r\"\nwhen = \"nod_9_mean > 0\"\n"),
            "no feature `nod_9_mean`",
        ),
        (of_nodes("eps = [1, 2]"), "has 2 values, and the network 9 nodes"),
        (of_nodes("eps = 1"), "`eps` of all nodes is a number"),
        (of_nodes("eps = { 9 = 1 }"), "no node 9 in a network of 9"),
        (of_nodes("eps = { 1 = 1, 01 = 2 }"), "there twice"),
        (of_nodes("eps = { insula = 1 }"), "the matrix has no names"),
        (of_nodes("esp = { 1 = 1 }"), "parameter `esp`; did you mean `eps`?"),
        (of_nodes("x = { 1 = 1 }"), "where it starts is `init.x`"),
        (of_nodes("init.z = { 1 = 1 }"), "no variable `z`"),
        (of_nodes("eps = { quantiles = \"normal\" }"), "`quantiles` cannot be `normal`"),
        (of_nodes("eps = { quantiles = \"bimodal_lorentzian\", centre = 1 }"), "no two equal halves"),
        (of_nodes("eps = { spread = [0] }"), "between two numbers"),
        (of_nodes("eps = { spread = [0, 1], even = [0, 1] }"), "both spread and even"),
        (of_nodes("eps = { 1 = 1 }\n[space.axes]\neps = { from = 0, to = 1, n = 3 }"), "varies in [space]"),
        (
            of_nodes("init.x = { 1 = 1 }\n[initial.states]\nhigh = { x = 1 }"),
            "the state `high` says where `x` starts",
        ),
    ];
    let mut wrong = Vec::new();
    for (lines, wanted) in cases {
        let complaints = study(MODEL, &lines).expect_err(&lines);
        if complaints.len() != 1 || !complaints[0].contains(wanted) {
            wrong.push(format!("{lines}: {wanted}: {complaints:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ports_that_are_not_there_or_not_told_are_named() {
    let channel = "[network.channels.all]\nmatrix = { generator = \"ring\", n = 9 }\n";
    let mute = "#@ time 1\n#: [1] x\nx'=-x\ndone\n";
    let complaints = study(mute, channel).expect_err("no ports");
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(
        complaints[0].contains("has no output for a channel") && complaints[1].contains("`#@ input NAME`")
    );
    let complaints = study(PHASES, channel).expect_err("two ports");
    assert!(
        complaints[0]
            .contains("has 2 outputs, and the channel names none; add `from = ..`, one of `s` and `c`")
    );
    let complaints =
        study(PHASES, &format!("{channel}from = \"s\"\nto = \"left\"\n")).expect_err("one is silent");
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("no channel leads to the model's input `right`"), "{complaints:?}");
    // What the study itself drives need not hear others.
    let lines = format!(
        "{channel}from = \"s\"\nto = \"left\"\n[space.axes]\nright = {{ from = 0, to = 1, n = 2 }}\n"
    );
    assert!(study(PHASES, &lines).is_ok());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let lines = "[network]\nsize = 0\nparameters = { a = 1 }\nsizes = 1\n[network.channels.all]\nmatrix = \"rng\"\nto = \"imp\"\ngain = \"q\"\n";
    assert!(study(MODEL, lines).expect_err("wrong").len() >= 6);
}

/// A folder with files, and the study in it.
fn in_folder(files: &[(&str, &str)], matrix: &str) -> (tempfile::TempDir, Result<Study, Vec<String>>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let lines = format!("[network.channels.all]\nmatrix = {matrix}\n");
    let texts = Texts { folder: folder.path().to_owned(), ..texts(MODEL, &lines) };
    let study = Study::from_texts(texts).map_err(|complaints| {
        complaints.0.iter().map(|complaint| format!("{}; {}", complaint.message, complaint.remedy)).collect()
    });
    (folder, study)
}

/// Not symmetric: the left one hears both others, the right one nobody.
const CSV: &str = "lh.a,rh.b,lh.c\n0,0.25,0.5\n0,0,0\n0.1,0,0\n";

#[test]
fn a_row_of_a_file_is_a_target_and_a_column_a_source() {
    let (_folder, study) = in_folder(&[("w.csv", CSV)], "{ file = \"w.csv\" }");
    let study = study.expect("a study");
    let Weights::Matrix(matrix) = &study.network().expect("a network").channels[0].weights else {
        panic!("a matrix")
    };
    assert_eq!(matrix.row(0), [0.0, 0.25, 0.5], "what node 0 hears");
    assert_eq!(matrix.row(1), [0.0; 3], "node 1 hears nobody");
    assert_eq!(matrix.weight(2, 0).to_bits(), 0.1_f64.to_bits(), "node 2 hears node 0");
}

#[test]
fn nodes_may_be_called_by_the_names_of_the_file() {
    let nodes = "{ file = \"w.csv\" }\n[network.nodes]\neps = { \"rh.b\" = 0.8, 0 = 0.1 }\n";
    let (_folder, study) = in_folder(&[("w.csv", CSV)], nodes);
    let study = study.expect("a study");
    assert_eq!(values(study.network().expect("a network"), "eps"), [0.1, 0.8, 0.0]);
    let (_folder, wrong) = in_folder(&[("w.csv", CSV)], &nodes.replace("rh.b", "rh.c"));
    assert!(wrong.expect_err("no such node")[0].contains("no node `rh.c`; did you mean `rh.b`?"));
}

#[test]
fn a_matrix_is_made_again_from_the_texts_of_its_study_alone() {
    let matrix = "{ file = \"w.csv\", source = \"nobody\", licence = \"CC0-1.0\" }\nnormalise = \"max\"\n";
    let (folder, study) = in_folder(&[("w.csv", CSV)], matrix);
    let study = study.expect("a study");
    let text = study.texts().to_text();
    drop(folder);
    let again = Study::from_texts(Texts::from_text(&text).expect("texts")).expect("the same study");
    assert_eq!(again.identity().canonical, study.identity().canonical);
    let attributes = again.attributes();
    let held = &attributes.iter().find(|(name, _)| name == "matrices").expect("an attribute").1;
    let held = Texts::matrices_from_text(held).expect("matrices");
    assert_eq!((held[0].file.as_str(), held[0].licence.as_deref()), ("w.csv", Some("CC0-1.0")));
    // printf 'lh.a,rh.b,lh.c\n0,0.25,0.5\n0,0,0\n0.1,0,0\n' | sha256sum
    assert_eq!(held[0].hash, HASH_OF_CSV);
    assert!(held[0].text.as_deref().is_some_and(|text| text.ends_with("0,0.25,0.5\n0,0,0\n0.1,0,0\n")));
}

const HASH_OF_CSV: &str = "c3978a1250d1127a9b401f805bfa3ba2d6aa03ee13f7a325a654067549bc1c7e";

#[test]
fn of_a_matrix_by_hash_nothing_is_held_and_the_file_must_be_the_same() {
    let (folder, study) = in_folder(&[("w.csv", CSV)], "{ file = \"w.csv\" }\nembed = \"hash\"\n");
    let study = study.expect("a study");
    let text = study.texts().to_text();
    assert!(text.contains(HASH_OF_CSV) && !text.contains("lh.c"), "{text}");
    let again = |folder: &std::path::Path| {
        let texts = Texts { folder: folder.to_owned(), ..Texts::from_text(&text).expect("texts") };
        Study::from_texts(texts).map_err(|complaints| complaints.to_string())
    };
    assert_eq!(again(folder.path()).expect("the same study").identity(), study.identity());
    std::fs::write(folder.path().join("w.csv"), CSV.replace("0.5", "0.6")).expect("a file");
    assert!(again(folder.path()).expect_err("another file").contains("and the run was made from"));
    std::fs::remove_file(folder.path().join("w.csv")).expect("no file");
    assert!(again(folder.path()).expect_err("no file").contains("cannot be read"));
}

#[test]
fn each_mistake_with_a_file_has_one_message() {
    let cases = [
        ("{ file = \"v.csv\" }", "cannot be read"),
        ("{ file = \"../w.csv\" }", "outside the study's folder"),
        ("{ file = \".\" }", "is not a file"),
        ("{ file = 3 }", "should be a text"),
        ("{ file = \"w.csv\", n = 3 }", "no key `n`"),
        ("{ file = \"w.csv\", array = \"weights\" }", "is not an archive"),
        ("{ file = \"bad.csv\" }", "the matrix `bad.csv`: `x` is not a number in line 2, column 1"),
        ("{ file = \"wide.csv\" }", "has 1 rows and 2 columns"),
        ("{ file = \"own.csv\" }", "node 1 has a self-connection of weight 3"),
        ("{ file = \"signs.csv\" }\nkind = \"diffusive\"", "negative weight -1, by which"),
        ("{ file = \"signs.csv\" }\nnormalise = \"row_sum\"", "negative weight -1, and the sums"),
        (
            "{ file = \"w.csv\" }\n[network.channels.ring]\nmatrix = { generator = \"ring\", n = 4 }",
            "has 4 nodes, and the network has 3",
        ),
        ("{ file = \"w.csv\" }\nembed = \"no\"", "`embed` cannot be `no`"),
        ("{ generator = \"ring\", n = 4 }\nembed = \"hash\"", "this one is not from a file"),
        ("\"mean\"\nnormalise = \"max\"\n[network]\nsize = 3", "`normalise` applies to one"),
    ];
    let files = [
        ("w.csv", CSV),
        ("bad.csv", "0,1\nx,0\n"),
        ("wide.csv", "0,1\n"),
        ("own.csv", "0,1\n1,3\n"),
        ("signs.csv", "0,-1\n1,0\n"),
    ];
    let mut wrong = Vec::new();
    for (matrix, wanted) in cases {
        let (_folder, study) = in_folder(&files, matrix);
        let complaints = study.expect_err(matrix);
        if complaints.len() != 1 || !complaints[0].contains(wanted) {
            wrong.push(format!("{matrix}: {wanted}: {complaints:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_node_is_observed_by_the_name_of_its_region() {
    let requests = |rest: &str| {
        let matrix = format!("{{ file = \"w.csv\" }}\n{rest}");
        let (_folder, study) = in_folder(&[("w.csv", "lh.a,lh.a.x,ctx-c\n0,1,2\n3,0,4\n5,6,0\n")], &matrix);
        study.map(|study| study.requests().iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let feature = |text: &str| requests(&format!("[observe]\nfeatures = [\"{text}\"]\n"));
    for (text, wanted) in [
        ("mean(node.lh.a)", "mean(node.0)"),
        ("mean(node.ctx-c)", "mean(node.2)"),
        ("extrema(node.ctx-c.x)", "extrema(node.2.x)"),
        // The longest name that fits is meant.
        ("mean(node.lh.a.x)", "mean(node.1)"),
        ("mean(node.1)", "mean(node.1)"),
    ] {
        let found = feature(text).expect(text);
        assert!(found.iter().any(|request| request == wanted), "{text}: {found:?}");
    }
    for (text, wanted) in [
        ("mean(node.lh.b)", "no node `lh.b` to observe; did you mean `lh.a`?"),
        ("mean(node.ctx-c.q)", "no variable or aux `q`"),
        ("mean(node.3)", "no node 3"),
    ] {
        let said = feature(text).expect_err(text);
        assert!(said.len() == 1 && said[0].contains(wanted), "{text}: {said:?}");
    }
    let rule = requests("[[regime]]\nname = \"r\"\nwhen = \"node_ctx_c_mean > 0\"\n").expect_err("a name");
    assert!(rule[0].contains("no feature `node_ctx_c_mean`; write `node_2_mean`"), "{rule:?}");
}

#[test]
fn matrices_that_call_one_node_differently_are_refused() {
    let files = [("w.csv", "a,b\n0,1\n2,0\n"), ("v.csv", "b,a\n0,1\n2,0\n")];
    let second = "{ file = \"w.csv\" }\n[network.channels.other]\nmatrix = { file = \"v.csv\" }\n";
    let (_folder, study) = in_folder(&files, second);
    let said = study.expect_err("they disagree");
    assert!(
        said.len() == 1 && said[0].contains("node 0 is `b` in the matrix of the channel `other`"),
        "{said:?}"
    );
}

#[test]
fn weights_that_are_missing_on_the_diagonal_may_be_set_to_zero() {
    let files = [("w.csv", ",a,b\na,,0.5\nb,0.25,\n")];
    let (_folder, study) = in_folder(&files, "{ file = \"w.csv\" }\n");
    let said = study.expect_err("nobody said what to do");
    assert!(
        said[0].contains("self-connection whose weight is not a number")
            && said[0].contains("`diagonal = \"zero\"`"),
        "{said:?}"
    );
    let (_folder, study) = in_folder(&files, "{ file = \"w.csv\" }\ndiagonal = \"zero\"\n");
    let study = study.expect("a study");
    let Weights::Matrix(matrix) = &study.network().expect("a network").channels[0].weights else {
        panic!("no matrix")
    };
    assert_eq!(matrix.entries(), [0.0, 0.5, 0.25, 0.0]);
    // The text that a map holds gives the same again.
    let texts = Texts { folder: "/nowhere".into(), ..study.texts().clone() };
    assert!(Study::from_texts(texts).is_ok());
}
