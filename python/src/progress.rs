//! Work without the interpreter's lock.
//!
//! The engine runs on a thread of its own. The calling thread checks for Ctrl-C and reports
//! progress every 50 ms.

use super::errors;
use consortia::verbs::{ProgressObserver, VerbError};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Interval between two checks of the calling thread.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Progress observer that stores progress and notes for the calling thread.
#[derive(Default)]
struct PythonObserver {
    interrupted: AtomicBool,
    /// Total and unit of the current phase, and the number of phases so far.
    phase: Mutex<(u64, &'static str, u64)>,
    done: AtomicU64,
    notes: Mutex<Vec<String>>,
}

impl ProgressObserver for PythonObserver {
    fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }
    fn begin(&self, total: u64, unit: &'static str) {
        self.done.store(0, Ordering::Relaxed);
        if let Ok(mut phase) = self.phase.lock() {
            *phase = (total, unit, phase.2 + 1);
        }
    }
    fn done(&self, count: u64) {
        self.done.store(count, Ordering::Relaxed);
    }
    fn end(&self) {}
    fn note(&self, message: &str) {
        if let Ok(mut notes) = self.notes.lock() {
            notes.push(message.to_string());
        }
    }
}

impl PythonObserver {
    /// Checks for Ctrl-C, and calls `report(phase, total, unit, done)` and `note(message)` of the
    /// reporter. Fails if a signal handler or the reporter raises.
    fn poll(&self, py: Python<'_>, reporter: Option<&Py<PyAny>>) -> PyResult<()> {
        py.check_signals()?;
        let Some(reporter) = reporter else { return Ok(()) };
        let (total, unit, phase) = self.phase.lock().map(|phase| *phase).unwrap_or_default();
        if phase > 0 {
            reporter.call_method1(
                py,
                "report",
                (phase, total, unit, self.done.load(Ordering::Relaxed)),
            )?;
        }
        let notes =
            self.notes.lock().map(|mut notes| std::mem::take(&mut *notes)).unwrap_or_default();
        for note in notes {
            reporter.call_method1(py, "note", (note,))?;
        }
        Ok(())
    }
}

/// Runs `work` on another thread and returns its result. Ctrl-C or an exception of the reporter
/// interrupts it and is raised; errors of the work are raised as exceptions of `consortia.errors`.
pub fn run_interruptibly<T: Send>(
    py: Python<'_>,
    reporter: Option<&Py<PyAny>>,
    work: impl FnOnce(&dyn ProgressObserver) -> Result<T, VerbError> + Send,
) -> PyResult<T> {
    let observer = PythonObserver::default();
    let mut raised: Option<PyErr> = None;
    let done = py.detach(|| {
        let (send, receive) = channel();
        std::thread::scope(|scope| {
            let observer = &observer;
            scope.spawn(move || send.send(work(observer)));
            loop {
                match receive.recv_timeout(POLL_INTERVAL) {
                    Ok(done) => return Some(done),
                    // The thread has panicked.
                    Err(RecvTimeoutError::Disconnected) => return None,
                    Err(RecvTimeoutError::Timeout) if raised.is_some() => {}
                    Err(RecvTimeoutError::Timeout) => {
                        if let Err(error) = Python::attach(|py| observer.poll(py, reporter)) {
                            observer.interrupted.store(true, Ordering::Relaxed);
                            raised = Some(error);
                        }
                    }
                }
            }
        })
    });
    if let Some(error) = raised {
        return Err(match done {
            // The message of the engine says how to resume.
            Some(Err(VerbError::Interrupted(message)))
                if error.is_instance_of::<PyKeyboardInterrupt>(py) =>
            {
                PyKeyboardInterrupt::new_err(message)
            }
            _ => error,
        });
    }
    observer.poll(py, reporter)?;
    match done {
        Some(done) => done.map_err(|error| errors::raise(py, error)),
        None => Err(errors::fault(py, "internal error of the engine: please report it")),
    }
}
