//! A clear end where a C library would crash the program. Knows nothing of what the library does.
//!
//! HDF5 1.10 closes a file by writing its first bytes once more; should the disk refuse exactly then, netCDF 4.9 asks HDF5 for the
//! name of a file that is gone, and the process dies of a segmentation fault, without a word.
#![expect(
    unsafe_code,
    reason = "the handler of a fault can only be set by a promise that it does what a handler may"
)]

use std::io::{Write as _, stderr};

use signal_hook::consts::SIGSEGV;
use signal_hook::low_level::{exit, unregister};
use signal_hook_registry::register_signal_unchecked;

/// The exit code for a machine that failed.
const MACHINE: i32 = 4;

/// Does what may crash inside a library: if it does, the program says `message` and ends with exit code 4.
pub(super) fn guarded<T>(message: String, work: impl FnOnce() -> T) -> T {
    let farewell = move || {
        // A fault is met inside the library, not inside this program's own output: its lock is free. Nobody is left to be told
        // of a failure.
        let _ = stderr().write_all(message.as_bytes());
        exit(MACHINE);
    };
    // SAFETY: the action writes to standard error, which has no buffer, and ends the process; the text was made before.
    let guard = unsafe { register_signal_unchecked(SIGSEGV, farewell) };
    let result = work();
    if let Ok(guard) = guard {
        unregister(guard);
    }
    result
}
