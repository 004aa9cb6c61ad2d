//! `ictus export --xpp` of networks, without XPPAUT: the file is read as one large model and has the field of the network.

mod exported;

use exported::{Case, cases, exported};
use ictus::complaint::Source;
use ictus::equation::Level;
use ictus::model::Model;
use ictus::stability::System;
use ictus::study::Study;

fn read(case: &Case) -> (Study, Model, String) {
    let folder = case.folder();
    let study = Study::load(&folder.path().join("study.toml"), &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let text = case.text(folder.path());
    let model = Model::parse(&Source::new("exported.ode", text.as_str()), "exported")
        .unwrap_or_else(|wrong| panic!("{}: {wrong}\n{text}", case.name));
    (study, model, text)
}

fn columns(values: &[f64]) -> Vec<Vec<f64>> {
    values.iter().map(|&value| vec![value]).collect()
}

/// The nodes' own machines against the equations in the file.
#[test]
fn the_file_of_a_network_is_a_model_with_the_field_of_the_network() {
    for case in cases() {
        let (study, model, text) = read(&case);
        assert!(model.warnings.is_empty(), "{}: {}", case.name, model.warnings[0]);
        let network = study.network().expect("a network");
        let whole = System::new(study.model(), Some(network), Level::best()).expect("it fits");
        let of_network = study.network_parameters().iter();
        let given: Vec<(String, f64)> =
            of_network.map(|(own, value)| (own.name.clone(), *value)).chain(study.fixed().to_vec()).collect();
        let value = |name: &String| {
            let known = study.model().parameter(name).map(|parameter| parameter.default);
            given.iter().find(|(own, _)| own == name).map(|(_, value)| *value).or(known)
        };
        let parameters: Vec<f64> =
            whole.parameters().iter().map(|name| value(name).expect("a value")).collect();
        let alone = System::new(&model, None, Level::best()).expect("autonomous");
        assert_eq!(alone.dimension(), whole.dimension(), "{}", case.name);
        let own: Vec<f64> = model.parameters.iter().map(|parameter| parameter.default).collect();
        for state in [0.0, 1.0, 2.0].map(|shift| case.state(whole.dimension(), shift)) {
            let expected = whole.evaluate(&columns(&parameters), &columns(&state));
            let found = alone.evaluate(&columns(&own), &columns(&state));
            let size = expected.field.concat().iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            for (one, other) in found.field.concat().iter().zip(expected.field.concat()) {
                assert!((one - other).abs() <= 1e-14 * size, "{}: {one} {other}\n{text}", case.name);
            }
            let size = expected.jacobian.concat().iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            for (one, other) in found.jacobian.concat().iter().zip(expected.jacobian.concat()) {
                assert!((one - other).abs() <= 1e-13 * size, "{}: {one} {other}\n{text}", case.name);
            }
        }
    }
}

#[test]
fn what_differs_from_node_to_node_is_a_parameter_and_may_be_set() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "ring").expect("it is there");
    let (_, model, _) = read(case);
    let value = |name: &str| model.parameter(name).map(|parameter| parameter.default);
    assert_eq!((value("P_2"), value("P_3"), value("P")), (Some(1.25), Some(1.5), None));
    assert_eq!(value("coupling_s"), Some(0.5));
    let folder = case.folder();
    let (code, text, said) = exported(folder.path(), &["--at", "node.3.P=1.75", "--at", "c1=15"]);
    assert_eq!(code, 0, "{said}");
    assert!(text.contains("par P_3=1.75\n") && text.contains("par c1=15\n"), "{text}");
}

/// What XPPAUT 6.11 has no room for, and how many variables equilibria are looked for of.
#[test]
fn a_network_that_is_too_large_for_xppaut_is_refused_and_one_too_large_for_newton_begins_at_its_initial_state()
 {
    let of = |study: &str| {
        let case = Case::of("large", study, "");
        let folder = case.folder();
        exported(folder.path(), &[])
    };
    let ring = |n: usize, more: &str| {
        format!(
            "[model]\nname = \"wilson_cowan\"\n[network.channels.ring]\nmatrix = {{ generator = \"ring\", n = {n} }}\n{more}\
             [stability]\nonly = true\n"
        )
    };
    let (code, text, said) = of(&ring(130, ""));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("No equilibrium was looked for of 260 variables, more than 256"), "{said}");
    assert!(text.lines().all(|line| line.len() <= 900));
    let (code, _, said) = of(&ring(700, ""));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("2100 variables, quantities and auxiliaries, and XPPAUT takes 1900"), "{said}");
    let (code, _, said) = of(&ring(300, "[network.nodes]\nQ = { 3 = 0.1 }\n"));
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("315 parameters, and XPPAUT takes 280 at most; let fewer parameters differ"),
        "{said}"
    );
}
