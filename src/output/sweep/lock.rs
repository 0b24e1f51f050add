//! File lock, so that only one process at a time writes into the folder of a sweep.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Lock on a folder. The operating system releases it when the process ends for any reason.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Locks a folder by its file `.lock`. Returns `None` if another process holds the lock.
    pub fn take(folder: &Path) -> io::Result<Option<Lock>> {
        let file = File::options().create(true).append(true).open(folder.join(".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            // Some file systems have no locks; there, a single user is assumed.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(Lock { _file: file }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
