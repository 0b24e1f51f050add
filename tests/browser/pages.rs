//! Run folders with pages, and browser tabs that record messages and requests.

use consortia_browser_tests::{consortia, root};
use headless_chrome::browser::default_executable;
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::protocol::cdp::{Emulation, Log, Network, Page, Runtime};
use headless_chrome::{Browser, LaunchOptions, Tab};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Returns the browser that `CONSORTIA_BROWSER` names, or else an installed one.
pub fn find_browser() -> Option<PathBuf> {
    match std::env::var_os("CONSORTIA_BROWSER") {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => default_executable().ok(),
    }
}

/// Number of tests that run together, each with a browser of its own: messages to one browser wait
/// up to 0.1 s for each other, and tests spend most of their time on messages.
pub const TOGETHER: usize = 6;

/// A run folder for every verb, and browsers.
pub struct Pages {
    shared: Vec<Mutex<Option<Sheet>>>,
    browsers: Vec<Browser>,
    opened: AtomicUsize,
    folder: tempfile::TempDir,
}

/// Names of the folders of [`Pages`].
pub const FOLDERS: [&str; 10] = [
    "run",
    "compare",
    "attribute",
    "coalitions",
    "sweep",
    "sensitivity",
    "discover",
    "robustness",
    "hostile",
    "small",
];

const SWEEP: &str = r#"
[sweep]
name = "small"
title = "A small sweep"
scenario = "central-asia"
organisations = ["caco-2002", "ucas-court"]
replications = 8
[sampling.saltelli]
base = 64
[output]
measures = ["gain", "depth_delivered"]
[parameters.trust]
title = "trust at the start"
unit = "-"
set = ["states.*.trust_prior_mean"]
law.uniform = { min = 0.3, max = 0.9 }
source = "assumption"
[parameters.patience]
title = "discount factor"
unit = "-"
set = ["states.*.discount_factor"]
law.uniform = { min = 0.80, max = 0.97 }
source = "assumption"
"#;

impl Pages {
    /// Makes all folders and starts the browsers.
    pub fn make(path: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let run = |arguments: &[&str]| {
            let (code, _, complaint) = consortia(at, arguments);
            assert_eq!(code, 0, "{arguments:?}: {complaint}");
        };
        let few = ["--replications", "64", "--quiet"];
        run(&[&["run", "central-asia", "--org", "ucas-court", "--out", "run"], &few[..]].concat());
        let designs = "caco-2002,ucas-2007,ucas-court,ecsc-1951";
        run(&[
            &["compare", "central-asia", "--org", designs, "--structure", "--out", "compare"],
            &few[..],
        ]
        .concat());
        let two = ["--from", "caco-2002", "--to", "balance-of-interests"];
        run(&[
            &["attribute", "central-asia", "--out", "attribute"],
            &two[..],
            &["--replications", "16", "--quiet"],
        ]
        .concat());
        run(&[&["coalitions", "central-asia", "--out", "coalitions"], &few[..]].concat());
        let swap = root().join("scenarios/docking/season-swap");
        run(&[&["run", &swap.to_string_lossy(), "--out", "small"], &few[..]].concat());
        std::fs::write(at.join("small.toml"), SWEEP).unwrap();
        run(&["sweep", "small.toml", "--out", "sweep", "--quiet"]);
        run(&["sensitivity", "sweep", "--measure", "gain", "--out", "sensitivity"]);
        run(&[
            "discover",
            "sweep",
            "--measure",
            "gain",
            "--organisation",
            "caco-2002",
            "--above",
            "20",
            "--density",
            "0.8",
            "--out",
            "discover",
        ]);
        run(&["robustness", "sweep", "--measure", "depth_delivered", "--out", "robustness"]);
        hostile(at);
        let run_hostile = ["compare", "hostile.toml", "--org", "bad.toml,none", "--out", "hostile"];
        run(&[&run_hostile, &few[..]].concat());
        let options = || LaunchOptions {
            path: Some(path.clone()),
            // The sandbox of the browser does not work for root.
            sandbox: false,
            window_size: Some((1280, 900)),
            idle_browser_timeout: Duration::from_secs(300),
            args: [
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--font-render-hinting=none",
                "--force-color-profile=srgb",
            ]
            .map(OsStr::new)
            .to_vec(),
            ..LaunchOptions::default()
        };
        let shared = FOLDERS.iter().map(|_| Mutex::new(None)).collect();
        let browsers = (0..TOGETHER).map(|_| Browser::new(options()).unwrap()).collect();
        Pages { shared, browsers, opened: AtomicUsize::new(0), folder }
    }

    /// Returns the path of a folder.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Calls `look` with the page of every folder, 1280 pixels wide and light. The pages are shared
    /// by tests, which must not change them.
    pub fn each(&self, look: impl Fn(&str, &Sheet)) {
        for (name, shared) in FOLDERS.iter().zip(&self.shared) {
            // A failed test does not change the page, so a poisoned lock is harmless.
            let mut sheet = shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            look(name, sheet.get_or_insert_with(|| self.open_plain(name)));
        }
    }

    /// Opens the page of a folder at a width in pixels and a colour scheme, `light` or `dark`.
    pub fn open(&self, name: &str, width: u32, scheme: &str) -> Sheet {
        let browser = self.opened.fetch_add(1, Ordering::Relaxed) % self.browsers.len();
        Sheet::open(&self.browsers[browser], &self.folder(name).join("report.html"), width, scheme)
    }

    /// Opens the page of a folder, 1280 pixels wide and light.
    pub fn open_plain(&self, name: &str) -> Sheet {
        self.open(name, 1280, "light")
    }
}

/// Text of all names in the hostile scenario: markup that would run a script.
pub const HOSTILE: &str = "</script><img src=x onerror=\"window.hacked=1\"><b>{{ 7*7 }}</b>";

fn hostile(at: &Path) {
    let scenario =
        include_str!("hostile/scenario.toml").replace("HOSTILE", &HOSTILE.replace('"', "\\\""));
    std::fs::write(at.join("hostile.toml"), scenario).unwrap();
    let figures =
        include_str!("hostile/hostile.csv").replace("HOSTILE", &HOSTILE.replace('"', "\"\""));
    std::fs::write(at.join("hostile.csv"), figures).unwrap();
    let organisation =
        include_str!("hostile/organisation.toml").replace("HOSTILE", &HOSTILE.replace('"', "\\\""));
    std::fs::write(at.join("bad.toml"), organisation).unwrap();
}

/// Browser tab with a page.
pub struct Sheet {
    /// Tab of the browser.
    pub tab: Arc<Tab>,
    messages: Arc<Mutex<Vec<String>>>,
}

impl Sheet {
    fn open(browser: &Browser, file: &Path, width: u32, scheme: &str) -> Self {
        let tab = browser.new_tab().unwrap();
        tab.set_default_timeout(Duration::from_secs(30));
        let messages = Arc::new(Mutex::new(Vec::new()));
        let reports = Arc::clone(&messages);
        let record = move |event: &Event| {
            let noise = match event {
                Event::RuntimeConsoleAPICalled(call) => format!("console: {:?}", call.params.args),
                Event::RuntimeExceptionThrown(thrown) => {
                    format!("exception: {:?}", thrown.params.exception_details)
                }
                Event::LogEntryAdded(entry) => format!("log: {}", entry.params.entry.text),
                Event::NetworkRequestWillBeSent(sent) => {
                    let url = &sent.params.request.url;
                    if url.starts_with("file:") && url.ends_with("/report.html")
                        || url.starts_with("blob:")
                        || url.starts_with("data:")
                    {
                        return;
                    }
                    format!("request: {url}")
                }
                _ => return,
            };
            reports.lock().unwrap().push(noise);
        };
        tab.add_event_listener(Arc::new(record)).unwrap();
        tab.call_method(Runtime::Enable(None)).unwrap();
        tab.call_method(Log::Enable(None)).unwrap();
        let watch = Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        };
        tab.call_method(watch).unwrap();
        let sheet = Sheet { tab, messages };
        // Tabs in the background draw nothing and wait a second for each timer; several are in use.
        sheet.tab.call_method(Emulation::SetFocusEmulationEnabled { enabled: true }).unwrap();
        sheet.resize(width);
        let scheme =
            Emulation::MediaFeature { name: "prefers-color-scheme".into(), value: scheme.into() };
        sheet
            .tab
            .call_method(Emulation::SetEmulatedMedia { media: None, features: Some(vec![scheme]) })
            .unwrap();
        sheet.tab.navigate_to(&format!("file://{}", file.display())).unwrap();
        // Polling, since waiting functions make the browser report every change of the document.
        let start = Instant::now();
        while sheet.text("document.documentElement?.dataset.ready ?? ''").is_empty()
            && start.elapsed().as_secs() < 30
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(
            sheet.text("document.documentElement.dataset.ready"),
            "yes",
            "{:?}",
            sheet.messages()
        );
        sheet
    }

    /// Changes the width of the window.
    pub fn resize(&self, width: u32) {
        self.resize_to(width, 900);
    }

    fn resize_to(&self, width: u32, height: u32) {
        let metrics = Emulation::SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
            mobile: false,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        };
        self.tab.call_method(metrics).unwrap();
    }

    /// Returns the messages and network requests of the page.
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap().clone()
    }

    /// Evaluates an expression in the page and returns its value as JSON.
    pub fn value(&self, expression: &str) -> serde_json::Value {
        let wrapped = format!("JSON.stringify({expression})");
        let found = self
            .tab
            .evaluate(&wrapped, false)
            .unwrap_or_else(|error| panic!("{expression}: {error}"));
        let text = found.value.and_then(|value| value.as_str().map(str::to_string));
        text.map_or(serde_json::Value::Null, |text| serde_json::from_str(&text).unwrap())
    }

    /// Evaluates an expression in the page and returns its value as text.
    pub fn text(&self, expression: &str) -> String {
        match self.value(expression) {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// Evaluates an expression in the page and returns its value as a list of texts.
    pub fn texts(&self, expression: &str) -> Vec<String> {
        let found = self.value(expression);
        let list = found.as_array().unwrap_or_else(|| panic!("{expression} is no list: {found}"));
        list.iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string))
            .collect()
    }

    /// Runs a statement in the page.
    pub fn run(&self, statement: &str) {
        self.tab.evaluate(statement, false).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// Returns a picture of an element, as PNG.
    pub fn picture(&self, selector: &str) -> Vec<u8> {
        // The window must contain the whole page, since only its contents are drawn.
        let size = |what: &str| {
            self.value(&format!("document.documentElement.{what}")).as_u64().unwrap() as u32
        };
        let width = size("clientWidth");
        // The height may change with the layout at the new size, so the size is set twice.
        for _ in 0..2 {
            self.resize_to(width, size("scrollHeight"));
            self.rest();
        }
        let place = self.value(&format!(
            "(() => {{ const r = document.querySelector('{selector}').getBoundingClientRect(); return [r.x + scrollX, r.y + scrollY, r.width, r.height]; }})()"
        ));
        let at = |part: usize| place[part].as_f64().unwrap();
        let clip = Page::Viewport { x: at(0), y: at(1), width: at(2), height: at(3), scale: 1.0 };
        self.tab
            .capture_screenshot(Page::CaptureScreenshotFormatOption::Png, None, Some(clip), true)
            .unwrap()
    }

    /// Redraws the figures until nothing changes, since a busy machine needs time for layout and
    /// for the response to a new width.
    pub fn rest(&self) {
        let (mut drawings, mut last) = (0, String::new());
        loop {
            // This is longer than the page waits after a change of its width.
            std::thread::sleep(Duration::from_millis(150));
            self.run("frames.forEach((frame) => frame.redraw())");
            self.tab
                .evaluate(
                    "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))",
                    true,
                )
                .unwrap();
            let now = self.value(
                "JSON.stringify([innerWidth, document.documentElement.clientWidth, [...document.querySelectorAll('svg, section, li, figure')].map((part) => { const at = part.getBoundingClientRect(); return [part.getAttribute('viewBox'), at.width, at.height]; })])",
            );
            let now = now.to_string();
            if now == last {
                return;
            }
            drawings += 1;
            assert!(drawings < 40, "figures change with every drawing: {now}");
            last = now;
        }
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        let _ = self.tab.close(true);
    }
}
