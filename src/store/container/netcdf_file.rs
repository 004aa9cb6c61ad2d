//! NetCDF files by the NetCDF library, through the crate `netcdf`, which only this file names.
//!
//! Two `unsafe` promises: that a `Letter` is laid out as the library's letters are, which the crate `netcdf` has no type for, and that
//! one call which that crate lacks is made as the library wants it.

use std::io::ErrorKind;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use netcdf::types::{FloatType, IntType, NcVariableType};
use netcdf::{AttributeValue, Extent, FileMut, NcTypeDescriptor, Options};

use super::{Attribute, Packing, Storage, Values, Variable};
use crate::complaint::words_of;
use crate::store::{StoreError, crash, disk};

/// So many bytes of chunks does the library keep of each variable as long as a file is open; by itself it keeps 16 MiB.
const CHUNK_CACHE: usize = 1 << 20;

/// After so many bytes a file is closed and opened again: what the library keeps would be gigabytes for a map of many features.
const MOST_BYTES_UNTIL_REOPENED: usize = 32 << 20;

/// The thread that makes all calls of the library. The library takes one call at a time in any case, and the HDF5 below it keeps
/// its settings by thread: from another thread it prints every error that it meets.
static THREAD: LazyLock<rayon::ThreadPool> = LazyLock::new(|| {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "netcdf".to_owned());
    let thread = builder.build().expect("a machine that runs a program can start a thread");
    thread.install(keep_few_chunks);
    thread
});

/// Makes the library keep [`CHUNK_CACHE`] of every variable of the files that are opened from now on. Slabs are read and written by
/// whole chunks, which need no cache.
#[expect(unsafe_code, reason = "the crate `netcdf` has no call for it")]
fn keep_few_chunks() {
    /// A prime number of places, many times as many as chunks that are kept.
    const PLACES: usize = 1009;
    /// Chunks that were wholly read go first; the library's own choice.
    const PREEMPTION: f32 = 0.75;
    let _lock = netcdf_sys::libnetcdf_lock.lock();
    // SAFETY: it takes three numbers and is called under the lock under which the crate `netcdf` makes all its calls.
    let code = unsafe { netcdf_sys::nc_set_chunk_cache(CHUNK_CACHE, PLACES, PREEMPTION) };
    // It refuses only a preemption outside [0, 1]; a larger cache would cost memory and nothing else.
    debug_assert_eq!(code, 0);
}

/// Whether the name of a file is wrong, rather than that the system has failed.
fn is_misnamed(error: &std::io::Error) -> bool {
    // A circle of links has no kind of its own.
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP)
        || matches!(
            error.kind(),
            ErrorKind::NotFound
                | ErrorKind::NotADirectory
                | ErrorKind::InvalidFilename
                | ErrorKind::PermissionDenied
        )
}

/// Calls the library, from its own thread.
fn in_library<T: Send>(call: impl FnOnce() -> T + Send) -> T {
    THREAD.install(call)
}

/// A byte of a text.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Letter(u8);

// SAFETY: a transparent byte is laid out as the `char` of C that the library reads and writes, and any byte is one.
#[expect(unsafe_code, reason = "the trait is the library's")]
unsafe impl NcTypeDescriptor for Letter {
    fn type_descriptor() -> NcVariableType {
        NcVariableType::Char
    }
}

/// A file being written.
#[derive(Debug)]
pub struct ContainerWriter {
    /// `None` once it is closed.
    file: Option<FileMut>,
    path: PathBuf,
    unflushed: usize,
    /// Whether definitions may still come.
    is_defining: bool,
}

impl ContainerWriter {
    /// Creates a file, replacing one that is there.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        // The library says "permission denied" whatever the reason is.
        std::fs::File::create(path).map_err(StoreError::io("create", path))?;
        let create = || netcdf::create_with(path, Options::NETCDF4 | Options::CLASSIC);
        let file = in_library(create).map_err(unwritten("create", path))?;
        Ok(Self { file: Some(file), path: path.to_owned(), unflushed: 0, is_defining: true })
    }

    /// Makes a dimension.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn dimension(&mut self, name: &str, length: u64) -> Result<(), StoreError> {
        self.call("define a dimension of", |file| file.add_dimension(name, length as usize).map(|_| ()))
    }

    /// Sets an attribute of the file.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn attribute(&mut self, name: &str, value: &Attribute) -> Result<(), StoreError> {
        self.call("write an attribute of", |file| file.add_attribute(name, plain(value)).map(|_| ()))
    }

    /// Makes a variable.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn variable(&mut self, wanted: &Variable<'_>) -> Result<(), StoreError> {
        self.call("define a variable of", |file| {
            let mut variable = match wanted.storage {
                Storage::Byte => file.add_variable::<i8>(wanted.name, wanted.dimensions)?,
                Storage::Int => file.add_variable::<i32>(wanted.name, wanted.dimensions)?,
                Storage::Double => file.add_variable::<f64>(wanted.name, wanted.dimensions)?,
                Storage::Letter => file.add_variable::<Letter>(wanted.name, wanted.dimensions)?,
            };
            if let Some(chunk) = wanted.chunk.filter(|chunk| !chunk.is_empty()) {
                let chunk: Vec<usize> = chunk.iter().map(|&side| side as usize).collect();
                variable.set_chunking(&chunk)?;
                variable.set_compression(1, wanted.storage != Storage::Byte)?;
            }
            match wanted.storage {
                Storage::Int if wanted.may_be_undefined => variable.set_fill_value(Storage::UNDEFINED_INT)?,
                Storage::Double if wanted.may_be_undefined => variable.set_fill_value(f64::NAN)?,
                _ => {}
            }
            for (name, value) in &wanted.attributes {
                variable.put_attribute(name, plain(value))?;
            }
            Ok(())
        })
    }

    /// Ends the definitions: values come next.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn end_definitions(&mut self) -> Result<(), StoreError> {
        self.is_defining = false;
        self.call("write the head of", FileMut::enddef)
    }

    /// Sets attributes of a variable once its values are written.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn late_attributes(
        &mut self,
        name: &str,
        attributes: &[(&str, Attribute)],
    ) -> Result<(), StoreError> {
        self.call("write an attribute of", |file| {
            file.redef()?;
            let mut variable = find(file, name)?;
            for (name, value) in attributes {
                variable.put_attribute(name, plain(value))?;
            }
            file.enddef()
        })
    }

    /// Writes a slab of a variable, row-major.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn put(
        &mut self,
        name: &str,
        start: &[u64],
        count: &[u64],
        values: Values<'_>,
    ) -> Result<(), StoreError> {
        if self.unflushed > MOST_BYTES_UNTIL_REOPENED {
            self.reopen()?;
        }
        self.unflushed += match values {
            Values::Bytes(values) => values.len(),
            Values::Letters(values) => values.len(),
            Values::Ints(values) => size_of_val(values),
            Values::Doubles(values) => size_of_val(values),
        };
        self.call("write", |file| {
            let mut variable = find(file, name)?;
            let slab = extents(start, count);
            match values {
                Values::Bytes(values) => variable.put_values(values, slab),
                Values::Ints(values) => variable.put_values(values, slab),
                Values::Doubles(values) => variable.put_values(values, slab),
                Values::Letters(values) => {
                    let letters: Vec<Letter> = values.iter().map(|&byte| Letter(byte)).collect();
                    variable.put_values(&letters, slab)
                }
            }
        })
    }

    /// Writes everything out.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        if !self.is_defining && self.file.is_some() {
            // HDF5 1.10 gives an error when it cannot write here, and crashes when it cannot write in closing.
            self.call("write", |file| file.sync())?;
        }
        match self.file.take() {
            // Dropping it would not say whether everything was written.
            Some(file) => {
                let crashed = unwritten("write", &self.path)("the NetCDF library has crashed".into());
                in_library(|| crash::guarded(format!("{crashed}\n"), || file.close()))
                    .map_err(unwritten("write", &self.path))
            }
            None => Ok(()),
        }
    }

    /// Lets go of a file with which the library has failed. HDF5 1.10 can crash when it closes a file that it could not write, so
    /// it is never asked to; the end of the program, where it would try by itself, must be without its farewell.
    fn abandon(&mut self) {
        if let Some(file) = self.file.take() {
            std::mem::forget(file);
        }
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.finish()?;
        let file = in_library(|| netcdf::append(&self.path)).map_err(unwritten("open", &self.path))?;
        self.file = Some(file);
        self.unflushed = 0;
        Ok(())
    }

    fn call(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&mut FileMut) -> netcdf::Result<()> + Send,
    ) -> Result<(), StoreError> {
        let file = self
            .file
            .as_mut()
            .ok_or_else(|| unwritten(action, &self.path)("an earlier call has failed".into()))?;
        let result = in_library(|| work(file)).map_err(unwritten(action, &self.path));
        if result.is_err() {
            self.abandon();
        }
        result
    }
}

impl Drop for ContainerWriter {
    fn drop(&mut self) {
        // Still open only when whoever was writing has given up: the file is of no use.
        let _ = self.finish();
    }
}

/// A file being read.
#[derive(Debug)]
pub struct Container {
    /// There until it is dropped.
    file: Option<netcdf::File>,
    path: PathBuf,
}

impl Container {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is not there or not NetCDF.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unfit = |reason: String| Err(StoreError::NotAMap { path: path.to_owned(), reason });
        // The library reports a missing file and a foreign one by the same words, and waits for a pipe.
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => return unfit("it is a folder".to_owned()),
            Ok(there) if !there.is_file() => return unfit("it is not a plain file".to_owned()),
            Ok(there) if there.len() == 0 => return unfit("it is empty".to_owned()),
            _ => {}
        }
        let plain = match std::fs::File::open(path) {
            Err(error) if is_misnamed(&error) => return unfit(words_of(&error)),
            opened => opened.map_err(StoreError::io("open", path))?,
        };
        let opened = in_library(|| quietly(|| netcdf::open(path).map(probed)));
        if !matches!(opened, Some(Ok(_))) && disk::lacks_locks(&plain) {
            return Err(StoreError::NoLocks { path: path.to_owned() });
        }
        let Some(opened) = opened else {
            return unfit("it is damaged".to_owned());
        };
        let file = opened.map_err(|error| {
            // The library has no words of its own for a file that a writer has locked.
            if disk::is_locked(&plain) {
                return StoreError::Held { path: path.to_owned() };
            }
            let reason = format!("it cannot be read as NetCDF ({})", words(&error, CUT_SHORT));
            StoreError::NotAMap { path: path.to_owned(), reason }
        })?;
        Ok(Self { file: Some(file), path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the variables, in the order of their making.
    pub fn variables(&self) -> Vec<String> {
        self.read(|file| file.variables().map(|variable| variable.name()).collect())
    }

    /// Whether it has all of some variables.
    pub fn has(&self, variables: &[&str]) -> bool {
        let own = self.variables();
        variables.iter().all(|name| own.iter().any(|own| own == name))
    }

    /// The dimensions of a variable: names and lengths.
    ///
    /// # Errors
    /// When there is no such variable.
    pub fn dimensions(&self, variable: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.look(variable, |variable| {
            variable.dimensions().iter().map(|dimension| (dimension.name(), dimension.len() as u64)).collect()
        })
    }

    /// The sides of a variable's chunks, if it has chunks.
    ///
    /// # Errors
    /// When there is no such variable, or the library refuses.
    pub fn chunk(&self, variable: &str) -> Result<Option<Vec<u64>>, StoreError> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method's own path has one lifetime only"
        )]
        let chunk = self.look(variable, |variable| variable.chunking())?.map_err(unread(&self.path))?;
        Ok(chunk.map(|chunk| chunk.into_iter().map(|side| side as u64).collect()))
    }

    /// The storage of a variable; `None` for a type that this program does not write.
    ///
    /// # Errors
    /// When there is no such variable.
    pub fn storage(&self, variable: &str) -> Result<Option<Storage>, StoreError> {
        self.look(variable, |variable| match variable.vartype() {
            NcVariableType::Int(IntType::I8) => Some(Storage::Byte),
            NcVariableType::Int(IntType::I32) => Some(Storage::Int),
            NcVariableType::Float(FloatType::F64) => Some(Storage::Double),
            NcVariableType::Char => Some(Storage::Letter),
            _ => None,
        })
    }

    /// The attributes of the file, in order.
    pub fn attributes(&self) -> Vec<(String, Attribute)> {
        self.read(|file| file.attributes().filter_map(|attribute| rich(&attribute)).collect())
    }

    /// The attributes of a variable, in order.
    ///
    /// # Errors
    /// When there is no such variable.
    pub fn attributes_of(&self, variable: &str) -> Result<Vec<(String, Attribute)>, StoreError> {
        self.look(variable, |variable| {
            variable.attributes().filter_map(|attribute| rich(&attribute)).collect()
        })
    }

    /// How the numbers of a variable stand for others, by the conventions of NetCDF.
    ///
    /// # Errors
    /// When there is no such variable.
    pub(in crate::store) fn packing(&self, variable: &str) -> Result<Packing, StoreError> {
        self.look(variable, |variable| {
            let numbers = |name: &str| {
                variable
                    .attribute_value(name)
                    .and_then(Result::ok)
                    .map(|value| doubles_of(&value))
                    .unwrap_or_default()
            };
            let text = |name: &str| match variable.attribute_value(name) {
                Some(Ok(AttributeValue::Str(text))) => text.eq_ignore_ascii_case("true"),
                _ => false,
            };
            let (bits, fill) = match variable.vartype() {
                NcVariableType::Int(IntType::I8) => (8, None),
                NcVariableType::Int(IntType::I16) => (16, Some(-32767.0)),
                NcVariableType::Int(IntType::I32) => (32, Some(-2_147_483_647.0)),
                NcVariableType::Int(IntType::I64) => (64, Some(-9_223_372_036_854_775_806.0)),
                NcVariableType::Int(IntType::U16) => (0, Some(65535.0)),
                NcVariableType::Int(IntType::U32) => (0, Some(4_294_967_295.0)),
                NcVariableType::Int(IntType::U64) => (0, Some(18_446_744_073_709_551_614.0)),
                NcVariableType::Float(_) => (0, Some(9.969_209_968_386_869e36)),
                _ => (0, None),
            };
            let mut missing = numbers("_FillValue");
            if missing.is_empty() {
                missing.extend(fill);
            }
            missing.extend(numbers("missing_value"));
            let wrap = if text("_Unsigned") { 2.0_f64.powi(bits) } else { 0.0 };
            let one = |name: &str, otherwise: f64| numbers(name).first().copied().unwrap_or(otherwise);
            Packing { missing, wrap, scale: one("scale_factor", 1.0), offset: one("add_offset", 0.0) }
        })
    }

    /// Reads a slab of a variable of any storage as doubles, row-major; undefined integers become `NaN`.
    ///
    /// # Errors
    /// When there is no such variable, or the library refuses.
    pub fn doubles(&self, variable: &str, start: &[u64], count: &[u64]) -> Result<Vec<f64>, StoreError> {
        if self.storage(variable)? == Some(Storage::Int) {
            let values: Vec<i32> = self.values(variable, start, count)?;
            let double = |value| if value == Storage::UNDEFINED_INT { f64::NAN } else { f64::from(value) };
            return Ok(values.into_iter().map(double).collect());
        }
        self.values(variable, start, count)
    }

    /// Reads a slab of a variable of bytes, row-major.
    ///
    /// # Errors
    /// When there is no such variable, or the library refuses.
    pub fn bytes(&self, variable: &str, start: &[u64], count: &[u64]) -> Result<Vec<i8>, StoreError> {
        self.values(variable, start, count)
    }

    /// Reads a slab of a variable of letters, row-major.
    ///
    /// # Errors
    /// When there is no such variable, or the library refuses.
    pub fn letters(&self, variable: &str, start: &[u64], count: &[u64]) -> Result<Vec<u8>, StoreError> {
        let letters: Vec<Letter> = self.values(variable, start, count)?;
        Ok(letters.into_iter().map(|Letter(byte)| byte).collect())
    }

    /// Whether a variable holds strings, which this program reads and does not write.
    ///
    /// # Errors
    /// When there is no such variable.
    pub fn is_of_strings(&self, variable: &str) -> Result<bool, StoreError> {
        self.look(variable, |variable| variable.vartype() == NcVariableType::String)
    }

    /// Reads some strings of a variable along one dimension.
    ///
    /// # Errors
    /// When there is no such variable, or the library refuses.
    pub fn strings(&self, variable: &str, first: u64, count: u64) -> Result<Vec<String>, StoreError> {
        let read = |variable: &netcdf::Variable<'_>| {
            (first..first + count).map(|row| variable.get_string(row as usize)).collect::<Result<_, _>>()
        };
        self.look(variable, read)?.map_err(unread(&self.path))
    }

    fn values<T: NcTypeDescriptor + Copy + Send>(
        &self,
        name: &str,
        start: &[u64],
        count: &[u64],
    ) -> Result<Vec<T>, StoreError> {
        self.look(name, |variable| variable.get_values(extents(start, count)))?.map_err(unread(&self.path))
    }

    /// Looks at a variable.
    fn look<T: Send>(
        &self,
        name: &str,
        work: impl FnOnce(&netcdf::Variable<'_>) -> T + Send,
    ) -> Result<T, StoreError> {
        self.read(|file| file.variable(name).map(|variable| work(&variable))).ok_or_else(|| {
            StoreError::Absent {
                path: self.path.clone(),
                what: format!("variable `{name}`"),
                present: self.variables().join(", "),
            }
        })
    }

    fn read<T: Send>(&self, work: impl FnOnce(&netcdf::File) -> T + Send) -> T {
        let file = self.file.as_ref().expect("open until it is dropped");
        in_library(|| work(file))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let file = self.file.take();
        in_library(|| drop(file));
    }
}

/// The versions of the NetCDF and HDF5 libraries, as they write them into a small file in a folder, which is removed again.
///
/// # Errors
/// When the file cannot be written.
pub fn library_version(folder: &Path) -> Result<String, StoreError> {
    let path = folder.join(format!(".ictus-version-{}.nc", std::process::id()));
    ContainerWriter::create(&path)?.close()?;
    let file = Container::open(&path)?;
    let properties = file.read(|file| file.attribute("_NCProperties").and_then(|attribute| rich(&attribute)));
    drop(file);
    std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    Ok(match properties {
        // `version=2,netcdf=4.9.0,hdf5=1.10.8`
        Some((_, Attribute::Text(text))) => {
            text.split(',').skip(1).map(|part| part.replacen('=', " ", 1)).collect::<Vec<_>>().join(", ")
        }
        _ => "of unknown version".to_owned(),
    })
}

/// Looks at everything that a file says of its variables, once: of a damaged file the crate `netcdf` panics at what it cannot read.
fn probed(file: netcdf::File) -> netcdf::File {
    for variable in file.variables() {
        let shape: Vec<(String, usize)> =
            variable.dimensions().iter().map(|dimension| (dimension.name(), dimension.len())).collect();
        let values: Vec<_> = variable.attributes().map(|attribute| rich(&attribute)).collect();
        drop((variable.name(), variable.vartype(), variable.chunking(), shape, values));
    }
    drop(file.attributes().map(|attribute| rich(&attribute)).collect::<Vec<_>>());
    file
}

/// The result of a work that may panic, without a word of it.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
    panic::set_hook(before);
    result.ok()
}

/// A variable of a file that is being written.
fn find<'file>(file: &'file mut FileMut, name: &str) -> netcdf::Result<netcdf::VariableMut<'file>> {
    file.variable_mut(name).ok_or_else(|| netcdf::Error::NotFound(name.to_owned()))
}

/// What the library refused to read.
fn unread(path: &Path) -> impl FnOnce(netcdf::Error) -> StoreError {
    let path = path.to_owned();
    move |error| {
        let reason = format!("a part of it cannot be read ({})", words(&error, CUT_SHORT));
        StoreError::NotAMap { path, reason }
    }
}

/// What the library refused to write. Its own reason is as good as none where the disk has one.
fn unwritten(action: &'static str, path: &Path) -> impl FnOnce(netcdf::Error) -> StoreError {
    let path = path.to_owned();
    move |error| {
        let reason = disk::why_full(&path).unwrap_or_else(|| words(&error, REFUSED));
        StoreError::Container { action, path, reason }
    }
}

/// What it means that HDF5 fails to read, ...
const CUT_SHORT: &str = "it is damaged, or its end is missing";

/// ... and to write. It has no words of its own.
const REFUSED: &str = "HDF5 has failed, as it does where a disk refuses";

/// Why the library refuses, in words for a person: without numbers of errors.
fn words(error: &netcdf::Error, of_hdf5: &str) -> String {
    const NO_NETCDF: i32 = -51;
    const OF_HDF5: i32 = -101;
    match error {
        netcdf::Error::Netcdf(number) if *number > 0 => words_of(&std::io::Error::from_raw_os_error(*number)),
        netcdf::Error::Netcdf(NO_NETCDF) => "no NetCDF file, or its end is missing".to_owned(),
        netcdf::Error::Netcdf(OF_HDF5) => of_hdf5.to_owned(),
        netcdf::Error::Netcdf(_) => {
            let text = error.to_string();
            text.split_once("): ").map_or(text.clone(), |(_, words)| words.to_owned())
        }
        other => other.to_string(),
    }
}

fn extents(start: &[u64], count: &[u64]) -> Vec<Extent> {
    let side = |(&start, &count): (&u64, &u64)| Extent::SliceCount {
        start: start as usize,
        count: count as usize,
        stride: 1,
    };
    start.iter().zip(count).map(side).collect()
}

fn plain(value: &Attribute) -> AttributeValue {
    match value {
        Attribute::Text(text) => AttributeValue::Str(text.clone()),
        Attribute::Bytes(bytes) => AttributeValue::Schars(bytes.clone()),
        Attribute::Doubles(values) => AttributeValue::Doubles(values.clone()),
    }
}

/// The numbers of an attribute of any kind; none of a text.
#[expect(clippy::cast_precision_loss, reason = "fill values of 64 bits are compared as doubles")]
fn doubles_of(value: &AttributeValue) -> Vec<f64> {
    fn all<T: Copy + Into<f64>>(values: &[T]) -> Vec<f64> {
        values.iter().map(|&value| value.into()).collect()
    }
    match value {
        AttributeValue::Uchar(value) => vec![f64::from(*value)],
        AttributeValue::Uchars(values) => all(values),
        AttributeValue::Schar(value) => vec![f64::from(*value)],
        AttributeValue::Schars(values) => all(values),
        AttributeValue::Ushort(value) => vec![f64::from(*value)],
        AttributeValue::Ushorts(values) => all(values),
        AttributeValue::Short(value) => vec![f64::from(*value)],
        AttributeValue::Shorts(values) => all(values),
        AttributeValue::Uint(value) => vec![f64::from(*value)],
        AttributeValue::Uints(values) => all(values),
        AttributeValue::Int(value) => vec![f64::from(*value)],
        AttributeValue::Ints(values) => all(values),
        AttributeValue::Ulonglong(value) => vec![*value as f64],
        AttributeValue::Ulonglongs(values) => values.iter().map(|&value| value as f64).collect(),
        AttributeValue::Longlong(value) => vec![*value as f64],
        AttributeValue::Longlongs(values) => values.iter().map(|&value| value as f64).collect(),
        AttributeValue::Float(value) => vec![f64::from(*value)],
        AttributeValue::Floats(values) => all(values),
        AttributeValue::Double(value) => vec![*value],
        AttributeValue::Doubles(values) => values.clone(),
        AttributeValue::Str(_) | AttributeValue::Strs(_) => Vec::new(),
    }
}

/// An attribute of a type that this program writes; others are left out.
fn rich(attribute: &netcdf::Attribute<'_>) -> Option<(String, Attribute)> {
    let value = match attribute.value().ok()? {
        AttributeValue::Str(text) => Attribute::Text(text),
        AttributeValue::Schar(byte) => Attribute::Bytes(vec![byte]),
        AttributeValue::Schars(bytes) => Attribute::Bytes(bytes),
        AttributeValue::Double(value) => Attribute::Doubles(vec![value]),
        AttributeValue::Doubles(values) => Attribute::Doubles(values),
        AttributeValue::Int(value) => Attribute::Doubles(vec![f64::from(value)]),
        _ => return None,
    };
    Some((attribute.name().to_owned(), value))
}
