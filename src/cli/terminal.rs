//! Printing: results to standard output, everything else to standard error.

use crate::scenario::diagnostics::Diagnostics;
use crate::verbs::ProgressObserver;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Prints a result; a closed pipe is an error that the caller passes on.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Says something on standard error; if that is closed too, nobody listens.
pub fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "consortia: {message}");
}

/// Says something in passing on standard error.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Whether colours are welcome on standard error.
fn colour() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints all mistakes.
pub fn report(diagnostics: &Diagnostics) {
    let count = diagnostics.mistakes().len();
    let noun = if count == 1 { "mistake" } else { "mistakes" };
    let _ = writeln!(
        std::io::stderr(),
        "{}{count} {noun} found; nothing was run.",
        diagnostics.render(colour())
    );
}

/// A bar on a terminal, a line now and then elsewhere, nothing when quiet.
struct Meter {
    bar: Option<ProgressBar>,
    lines: Option<Mutex<Instant>>,
    total: u64,
    unit: &'static str,
}

impl Meter {
    /// For a run of `total` of something.
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

    /// Takes the bar away.
    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Meter {
    /// Shows how far it is.
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

/// Whoever reads the terminal, and may press Ctrl-C.
pub struct Audience {
    quiet: bool,
    interrupted: Arc<AtomicBool>,
    meter: Mutex<Option<Meter>>,
}

impl Audience {
    /// From now on Ctrl-C asks the work to stop.
    pub fn new(quiet: bool) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        // Without a handler Ctrl-C ends the process at once: then only a partial folder could stay,
        // under its partial name.
        let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
        Audience { quiet, interrupted, meter: Mutex::new(None) }
    }

    fn with_meter(&self, act: impl FnOnce(&mut Option<Meter>)) {
        if let Ok(mut meter) = self.meter.lock() {
            act(&mut meter);
        }
    }
}

impl ProgressObserver for Audience {
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
        complain(message);
    }
}
