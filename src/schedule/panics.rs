//! What panics inside an experiment say: kept, rather than printed between the lines of a progress bar.

use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Mutex;

thread_local! {
    static IN_EXPERIMENT: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// How many runs are listening: the hook is the process', runs may overlap in tests.
static LISTENERS: Mutex<usize> = Mutex::new(0);

type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync>;

static BEFORE: Mutex<Option<Hook>> = Mutex::new(None);

/// Sets the hook.
pub(super) fn listen() {
    let mut listeners = LISTENERS.lock().expect("nothing panics here");
    *listeners += 1;
    if *listeners > 1 {
        return;
    }
    *BEFORE.lock().expect("nothing panics here") = Some(panic::take_hook());
    panic::set_hook(Box::new(|info| {
        if IN_EXPERIMENT.get() {
            LAST.set(info.to_string());
        } else if let Some(before) = &*BEFORE.lock().expect("nothing panics here") {
            before(info);
        }
    }));
}

/// Gives the hook back.
pub(super) fn ignore() {
    let mut listeners = LISTENERS.lock().expect("nothing panics here");
    *listeners -= 1;
    if *listeners == 0
        && let Some(before) = BEFORE.lock().expect("nothing panics here").take()
    {
        panic::set_hook(before);
    }
}

/// Runs what may panic; gives what the panic said.
pub(super) fn in_experiment<T>(attempt: impl FnOnce() -> std::thread::Result<T>) -> Result<T, String> {
    IN_EXPERIMENT.set(true);
    let result = attempt();
    IN_EXPERIMENT.set(false);
    result.map_err(|_| LAST.take())
}
