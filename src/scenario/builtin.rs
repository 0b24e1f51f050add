//! Scenarios, organisations and sweeps that come with the binary. Folders on disk are read in the
//! same way.

use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

static SCENARIOS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");
const ORGANISATIONS: &str = "organisations";
const SWEEPS: &str = "sweeps";

/// Files of this size or more are not read, bytes.
const LARGEST: u64 = 10 * 1024 * 1024;

/// A folder from which files are read.
#[derive(Debug, Clone)]
pub enum Folder {
    /// A folder on disk.
    Disk(PathBuf),
    /// A folder in the binary.
    Builtin(&'static Dir<'static>),
}

impl Folder {
    /// Reads a text file. Fails with the reason in words.
    pub fn read(&self, file: &str) -> Result<String, String> {
        self.read_up_to(file, LARGEST)
    }

    /// Reads a text file; on disk it must have fewer than `limit` bytes. Fails with the reason in
    /// words.
    pub fn read_up_to(&self, file: &str, limit: u64) -> Result<String, String> {
        let bytes = match self {
            Folder::Disk(folder) => {
                let path = folder.join(file);
                let data = path.metadata().map_err(|error| error.to_string())?;
                if data.is_dir() {
                    return Err("it is a folder, but a file is meant".into());
                }
                if data.len() >= limit {
                    let most = limit / (1024 * 1024);
                    return Err(format!(
                        "it has {} bytes; {most} MB is the limit for input files",
                        data.len()
                    ));
                }
                std::fs::read(&path).map_err(|error| error.to_string())?
            }
            Folder::Builtin(folder) => {
                let path = folder.path().join(file);
                folder.get_file(path).ok_or("no such file is built in")?.contents().to_vec()
            }
        };
        String::from_utf8(bytes).map_err(|error| {
            format!(
                "it is not UTF-8 text (byte {} cannot be read)",
                error.utf8_error().valid_up_to()
            )
        })
    }

    /// Returns the path of a file of this folder for messages.
    pub fn display(&self, file: &str) -> String {
        match self {
            Folder::Disk(folder) => folder.join(file).display().to_string(),
            Folder::Builtin(folder) => {
                Path::new("scenarios").join(folder.path()).join(file).display().to_string()
            }
        }
    }
}

/// Returns the names of the built-in scenarios.
pub fn scenarios() -> Vec<&'static str> {
    SCENARIOS
        .dirs()
        .filter(|dir| dir.get_file(dir.path().join("scenario.toml")).is_some())
        .filter_map(|dir| dir.path().file_name()?.to_str())
        .collect()
}

/// Returns the names of the built-in sweeps.
pub fn sweeps() -> Vec<&'static str> {
    SCENARIOS
        .get_dir(SWEEPS)
        .into_iter()
        .flat_map(Dir::dirs)
        .filter(|dir| dir.get_file(dir.path().join("sweep.toml")).is_some())
        .filter_map(|dir| dir.path().file_name()?.to_str())
        .collect()
}

/// Returns the built-in questions, sorted by name: the name and the text of question and answer.
pub fn questions() -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<(&str, &str)> = SCENARIOS
        .get_dir("questions")
        .into_iter()
        .flat_map(Dir::dirs)
        .filter_map(|dir| {
            let text = dir.get_file(dir.path().join("README.md"))?.contents_utf8()?;
            Some((dir.path().file_name()?.to_str()?, text))
        })
        .collect();
    found.sort_unstable();
    found
}

/// Returns the names of the built-in organisations.
pub fn organisations() -> Vec<&'static str> {
    SCENARIOS
        .get_dir(ORGANISATIONS)
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| {
            file.path().to_str()?.strip_prefix("organisations/")?.strip_suffix(".toml")
        })
        .collect()
}

/// Returns `scenario/file`, the name of an organisation beside a built-in scenario, if it exists.
pub(super) fn beside(folder: &Dir<'static>, file: &str) -> Option<String> {
    let path = folder.path().join(file);
    folder.get_file(&path)?;
    Some(path.to_string_lossy().into_owned())
}

/// Returns folder and file of an organisation beside a built-in scenario, named `scenario/file`.
pub(super) fn organisation_of_scenario(name: &str) -> Option<(Folder, String)> {
    let (folder, file) = name.split_once('/')?;
    let folder = SCENARIOS.get_dir(folder)?;
    folder.get_file(folder.path().join(file))?;
    Some((Folder::Builtin(folder), file.to_string()))
}

/// Returns folder and file of a built-in name.
pub(super) fn find(what: &str, name: &str) -> (Folder, String) {
    if what == "organisation" {
        let folder = SCENARIOS.get_dir(ORGANISATIONS).unwrap_or(&SCENARIOS);
        return (Folder::Builtin(folder), format!("{name}.toml"));
    }
    if what == "sweep" {
        let folder = SCENARIOS.get_dir(format!("{SWEEPS}/{name}")).unwrap_or(&SCENARIOS);
        return (Folder::Builtin(folder), "sweep.toml".into());
    }
    (Folder::Builtin(SCENARIOS.get_dir(name).unwrap_or(&SCENARIOS)), "scenario.toml".into())
}

/// Returns the text of a built-in sweep.
pub fn sweep_text(name: &str) -> Option<&'static str> {
    SCENARIOS.get_file(format!("{SWEEPS}/{name}/sweep.toml"))?.contents_utf8()
}

/// Returns all files of a built-in scenario or sweep, sorted: path below its folder, and content.
pub fn files(name: &str) -> Vec<(PathBuf, &'static [u8])> {
    let Some(folder) =
        SCENARIOS.get_dir(name).or_else(|| SCENARIOS.get_dir(format!("{SWEEPS}/{name}")))
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(next) = folders.pop() {
        folders.extend(next.dirs());
        for file in next.files() {
            let path = file.path().strip_prefix(folder.path()).unwrap_or(file.path());
            found.push((path.to_path_buf(), file.contents()));
        }
    }
    found.sort();
    found
}

/// Returns the text of a built-in organisation.
pub fn organisation_text(name: &str) -> Option<&'static str> {
    SCENARIOS.get_file(format!("{ORGANISATIONS}/{name}.toml"))?.contents_utf8()
}
