//! temporary
use ictus::{equation::Level, model, observe::parse_request, simulate::{Protocol, Simulation}};
use std::sync::Arc;
fn main() {
    let name = std::env::args().nth(1).unwrap();
    let col = std::env::args().nth(2).unwrap();
    let p = Protocol { model: Arc::new(model::find(&name).unwrap().parse().unwrap()), fixed: vec![], columns: vec![col], method: "rk4".into(), step: 0.05, transient_steps: 1000, window_steps: 1000, budget: None, requests: vec![parse_request("extrema").unwrap()], initial: vec![], starts: vec![], constraint: None };
    let s = Simulation::new(p, Level::best()).unwrap();
    println!("{:?}", s.machine().program());
}
