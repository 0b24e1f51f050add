//! Work without the interpreter's lock: while the engine runs on a thread of its own, the calling thread looks now and
//! then for Ctrl-C and tells how far the work is.

use super::trouble;
use consortia::verbs::{Attendant, Trouble};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the calling thread looks.
const LOOK: Duration = Duration::from_millis(50);

/// What the engine's thread leaves for the calling one.
#[derive(Default)]
struct Desk {
    interrupted: AtomicBool,
    /// Total and unit of the stretch, and how many there were.
    stretch: Mutex<(u64, &'static str, u64)>,
    done: AtomicU64,
    notes: Mutex<Vec<String>>,
}

impl Attendant for Desk {
    fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }
    fn begin(&self, total: u64, unit: &'static str) {
        self.done.store(0, Ordering::Relaxed);
        if let Ok(mut stretch) = self.stretch.lock() {
            *stretch = (total, unit, stretch.2 + 1);
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

impl Desk {
    /// Looks for Ctrl-C, and tells the listener what is new: `report(stretch, total, unit, done)`, `note(message)`.
    fn look(&self, py: Python<'_>, listener: Option<&Py<PyAny>>) -> PyResult<()> {
        py.check_signals()?;
        let Some(listener) = listener else { return Ok(()) };
        let (total, unit, stretch) = self.stretch.lock().map(|stretch| *stretch).unwrap_or_default();
        if stretch > 0 {
            listener.call_method1(py, "report", (stretch, total, unit, self.done.load(Ordering::Relaxed)))?;
        }
        let notes = self.notes.lock().map(|mut notes| std::mem::take(&mut *notes)).unwrap_or_default();
        for note in notes {
            listener.call_method1(py, "note", (note,))?;
        }
        Ok(())
    }
}

/// Does the work. An exception of the listener, or Ctrl-C, stops it.
pub fn attend<T: Send>(
    py: Python<'_>,
    listener: Option<&Py<PyAny>>,
    work: impl FnOnce(&dyn Attendant) -> Result<T, Trouble> + Send,
) -> PyResult<T> {
    let desk = Desk::default();
    let mut raised: Option<PyErr> = None;
    let done = py.detach(|| {
        let (send, receive) = channel();
        std::thread::scope(|scope| {
            let desk = &desk;
            scope.spawn(move || send.send(work(desk)));
            loop {
                match receive.recv_timeout(LOOK) {
                    Ok(done) => return Some(done),
                    // The thread has panicked.
                    Err(RecvTimeoutError::Disconnected) => return None,
                    Err(RecvTimeoutError::Timeout) if raised.is_some() => {}
                    Err(RecvTimeoutError::Timeout) => {
                        if let Err(error) = Python::attach(|py| desk.look(py, listener)) {
                            desk.interrupted.store(true, Ordering::Relaxed);
                            raised = Some(error);
                        }
                    }
                }
            }
        })
    });
    if let Some(error) = raised {
        return Err(match done {
            // The engine knows how to go on.
            Some(Err(Trouble::Interrupted(message))) if error.is_instance_of::<PyKeyboardInterrupt>(py) => {
                PyKeyboardInterrupt::new_err(message)
            }
            _ => error,
        });
    }
    desk.look(py, listener)?;
    match done {
        Some(done) => done.map_err(|trouble| trouble::raise(py, trouble)),
        None => Err(trouble::fault(py, "the engine has met a fault of its own: please report it")),
    }
}
