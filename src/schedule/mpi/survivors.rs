//! Ranks that die while the others go on, where the MPI library has User-Level Failure Mitigation (Open MPI 5 under
//! `mpirun --with-ft ulfm`). Its functions are looked up in the running program, so that one binary runs with and without them;
//! without them the launcher ends the whole job when a rank dies, and nothing here ever finds one lost.
//!
//! `unsafe`, since the functions are C functions found by name, and since the safe interface of `mpi` throws away the error codes
//! by which a loss is told.
#![allow(unsafe_code)]

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;

use mpi::Rank;
use mpi::ffi;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{AsRaw as _, Communicator as _};

unsafe extern "C" {
    /// POSIX: where a name is in the running program; null where it is not.
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

type Acknowledge = unsafe extern "C" fn(ffi::MPI_Comm) -> c_int;
type Acknowledged = unsafe extern "C" fn(ffi::MPI_Comm, *mut ffi::MPI_Group) -> c_int;

/// The functions of the library.
#[derive(Clone, Copy)]
struct Functions {
    acknowledge: Acknowledge,
    acknowledged: Acknowledged,
}

/// Who is lost.
pub(super) struct Survivors {
    functions: Option<Functions>,
    lost: BTreeSet<usize>,
    news: Vec<usize>,
}

impl Survivors {
    /// Everybody, and from now on errors are told where the library can outlive them.
    pub(super) fn of(world: &SimpleCommunicator) -> Self {
        let functions = Functions::look_up();
        if functions.is_some() {
            // SAFETY: both are handles of the library that is running.
            unsafe { ffi::MPI_Comm_set_errhandler(world.as_raw(), ffi::RSMPI_ERRORS_RETURN) };
        }
        Self { functions, lost: BTreeSet::new(), news: Vec::new() }
    }

    /// Whether a rank is known to be lost.
    pub(super) fn is_lost(&self, rank: usize) -> bool {
        self.lost.contains(&rank)
    }

    /// How many ranks are known to be lost.
    pub(super) fn count_lost(&self) -> usize {
        self.lost.len()
    }

    /// The ranks found lost since the last call.
    pub(super) fn newly_lost(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.news)
    }

    /// From whom a message has come, if one has.
    pub(super) fn probe(&mut self, world: &SimpleCommunicator) -> Option<Rank> {
        let mut flag: c_int = 0;
        let mut status = MaybeUninit::<ffi::MPI_Status>::zeroed();
        // SAFETY: flag and status live here, and a status of zeros is a status.
        let (result, status) = unsafe {
            let (source, tag) = (ffi::RSMPI_ANY_SOURCE, ffi::RSMPI_ANY_TAG);
            let result = ffi::MPI_Iprobe(source, tag, world.as_raw(), &raw mut flag, status.as_mut_ptr());
            (result, status.assume_init())
        };
        if result != 0 {
            // Somebody is lost; once that is acknowledged, messages of the others are found again.
            self.look(world);
            return None;
        }
        (flag != 0).then_some(status.MPI_SOURCE)
    }

    /// Asks the library who is lost; gives whether anybody is.
    pub(super) fn look(&mut self, world: &SimpleCommunicator) -> bool {
        let Some(Functions { acknowledge, acknowledged }) = self.functions else { return false };
        let ranks = world.size();
        let all: Vec<c_int> = (0..ranks).collect();
        let mut places: Vec<c_int> = vec![0; all.len()];
        // SAFETY: the functions have these types where they exist (MPI Forum, User-Level Failure Mitigation); the lists are as
        // long as is said, and both groups are freed.
        unsafe {
            acknowledge(world.as_raw());
            let (mut failed, mut whole) = (ffi::RSMPI_GROUP_NULL, ffi::RSMPI_GROUP_NULL);
            if acknowledged(world.as_raw(), &raw mut failed) != 0 {
                return !self.lost.is_empty();
            }
            ffi::MPI_Comm_group(world.as_raw(), &raw mut whole);
            ffi::MPI_Group_translate_ranks(whole, ranks, all.as_ptr(), failed, places.as_mut_ptr());
            ffi::MPI_Group_free(&raw mut failed);
            ffi::MPI_Group_free(&raw mut whole);
        }
        // SAFETY: a constant of the library.
        let nowhere = unsafe { ffi::RSMPI_UNDEFINED };
        for (rank, _) in places.iter().enumerate().filter(|(_, place)| **place != nowhere) {
            if self.lost.insert(rank) {
                self.news.push(rank);
            }
        }
        !self.lost.is_empty()
    }
}

impl Functions {
    fn look_up() -> Option<Self> {
        // MPICH has functions of these names too, which end the program (4.0: a failed assertion).
        if !super::library().starts_with("Open MPI") {
            return None;
        }
        let acknowledge = find(c"MPIX_Comm_failure_ack")?;
        let acknowledged = find(c"MPIX_Comm_failure_get_acked")?;
        // SAFETY: the functions have these types where they exist (MPI Forum, User-Level Failure Mitigation).
        unsafe {
            Some(Self {
                acknowledge: std::mem::transmute::<*mut c_void, Acknowledge>(acknowledge),
                acknowledged: std::mem::transmute::<*mut c_void, Acknowledged>(acknowledged),
            })
        }
    }
}

/// A function of the running program.
fn find(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name ends with a zero, and a null handle means the whole program.
    let place = unsafe { dlsym(std::ptr::null_mut(), name.as_ptr()) };
    (!place.is_null()).then_some(place)
}
