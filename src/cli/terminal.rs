//! Output on the terminal: results to standard output, everything else to standard error.

use crate::scenario::diagnostics::Diagnostics;
use crate::verbs::ProgressObserver;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Prints a result to standard output. Fails if it cannot be written, such as to a closed pipe.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a message of the program to standard error; if that fails, the message is lost.
pub fn print_message(message: &str) {
    let _ = writeln!(std::io::stderr(), "consortia: {message}");
}

/// Prints a message to standard error without the name of the program.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Whether to use colours on standard error: on a terminal, unless `NO_COLOR` is set.
fn colour() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints all mistakes to standard error.
pub fn report(diagnostics: &Diagnostics) {
    let count = diagnostics.mistakes().len();
    let noun = if count == 1 { "mistake" } else { "mistakes" };
    let _ = writeln!(
        std::io::stderr(),
        "{}{count} {noun} found; nothing was run.",
        diagnostics.render(colour())
    );
}

/// Progress display: a bar on a terminal, a line every five seconds elsewhere, nothing if quiet.
struct Meter {
    bar: Option<ProgressBar>,
    lines: Option<Mutex<Instant>>,
    total: u64,
    unit: &'static str,
}

impl Meter {
    /// Creates the display of `total` units of work.
    fn of(total: u64, unit: &'static str, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (!quiet && terminal).then(|| {
            let template =
                format!("{{bar:32}} {{human_pos}} of {{human_len}} {unit}, {{eta}} left");
            let style = ProgressStyle::with_template(&template);
            ProgressBar::new(total)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let lines = (!quiet && !terminal).then(|| Mutex::new(Instant::now()));
        Meter { bar, lines, total, unit }
    }

    /// Removes the bar.
    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Meter {
    /// Shows how many units are done.
    fn done(&self, replications: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(replications);
        }
        if let Some(Ok(mut last)) = self.lines.as_ref().map(Mutex::lock)
            && last.elapsed() > Duration::from_secs(5)
        {
            *last = Instant::now();
            note(&format!("{replications} of {} {}", self.total, self.unit));
        }
    }
}

/// Progress observer of the terminal; Ctrl-C sets its flag to interrupt the work.
pub struct TerminalObserver {
    quiet: bool,
    interrupted: Arc<AtomicBool>,
    meter: Mutex<Option<Meter>>,
}

impl TerminalObserver {
    /// Creates the observer and sets the handler of Ctrl-C.
    pub fn new(quiet: bool) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        // If no handler can be set, Ctrl-C ends the process at once and leaves at most a partial
        // folder, under its partial name.
        let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
        TerminalObserver { quiet, interrupted, meter: Mutex::new(None) }
    }

    fn with_meter(&self, act: impl FnOnce(&mut Option<Meter>)) {
        if let Ok(mut meter) = self.meter.lock() {
            act(&mut meter);
        }
    }
}

impl ProgressObserver for TerminalObserver {
    fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }

    fn begin(&self, total: u64, unit: &'static str) {
        self.with_meter(|meter| *meter = Some(Meter::of(total, unit, self.quiet)));
    }

    fn done(&self, count: u64) {
        self.with_meter(|meter| {
            if let Some(meter) = meter {
                meter.done(count);
            }
        });
    }

    fn end(&self) {
        self.with_meter(|meter| {
            if let Some(meter) = meter.take() {
                meter.clear();
            }
        });
    }

    fn note(&self, message: &str) {
        print_message(message);
    }
}
