//! One process at a time writes into the folder of a sweep.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// A hold on a folder; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes hold; `None` if another process has it.
    pub fn take(folder: &Path) -> io::Result<Option<Lock>> {
        let file = File::options().create(true).append(true).open(folder.join(".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            // File systems that know no locks are trusted to have one user.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(Lock { _file: file }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
