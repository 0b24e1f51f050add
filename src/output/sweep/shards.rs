//! Shard files: rows of a sweep as Parquet or CSV, written under a temporary name, flushed to disk
//! and renamed.
//!
//! Which shards are done is not decided here but in the journal.

use super::journal::Line;
use crate::experiment::sweep::{ShardRows, ShardStore};
use crate::output::frame::number;
use crate::scenario::sweep::raw::ShardFormat;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Errors of a shard. Every message names the path.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// A file cannot be read or written.
    #[error("cannot read or write {path}: {source}")]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Underlying error.
        source: io::Error,
    },
    /// A Parquet file cannot be encoded or decoded.
    #[error("{path} is no sound Parquet file: {source}")]
    Parquet {
        /// Path of the file.
        path: PathBuf,
        /// Underlying error.
        source: ParquetError,
    },
    /// The content of a file is not that of a shard of this sweep.
    #[error("{path} is not a shard of this sweep: {reason}")]
    Content {
        /// Path of the file.
        path: PathBuf,
        /// Reason, in words.
        reason: String,
    },
}

/// Shard store of a sweep: the folder, format and columns of its files.
#[derive(Debug, Clone)]
pub struct ShardFiles {
    folder: PathBuf,
    format: ShardFormat,
    /// Names of the designs.
    names: Vec<String>,
    /// Headings of the measures kept.
    measures: Vec<String>,
}

/// A shard encoded for writing.
#[derive(Debug)]
pub struct Encoded {
    /// Names and contents of its files; the file of rows is last.
    pub files: Vec<(String, Vec<u8>)>,
    /// Its line in the journal.
    pub line: Line,
}

/// Point, replication, design and measures of a row.
type Row = (usize, u64, usize, Vec<f64>);

/// Columns before the measures.
const KEYS: [&str; 3] = ["point", "replication", "organisation"];

impl ShardFiles {
    /// Creates the shard store of a sweep in a folder.
    pub fn new(folder: &Path, format: ShardFormat, names: &[String], measures: &[String]) -> Self {
        ShardFiles {
            folder: folder.join("shards"),
            format,
            names: names.to_vec(),
            measures: measures.to_vec(),
        }
    }

    /// Returns the folder of the shards.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the name of a shard's file.
    pub fn file(&self, shard: usize) -> String {
        let extension = match self.format {
            ShardFormat::Parquet => "parquet",
            ShardFormat::Csv => "csv",
        };
        format!("{shard:06}.{extension}")
    }

    /// Returns the name of the file of a shard's failures, if it has any.
    pub fn failures_file(&self, shard: usize) -> String {
        format!("{shard:06}.failures.csv")
    }

    fn path(&self, shard: usize) -> PathBuf {
        self.folder.join(self.file(shard))
    }

    fn csv(&self, rows: &ShardRows) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(KEYS.into_iter().chain(self.measures.iter().map(String::as_str)))?;
        for at in 0..rows.len() {
            let (point, replication, design) = rows.key(at);
            let keys = [point.to_string(), replication.to_string(), self.names[design].clone()];
            writer
                .write_record(keys.into_iter().chain(rows.row(at).iter().copied().map(number)))?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    fn parquet(&self, rows: &ShardRows) -> Result<Vec<u8>, ParquetError> {
        let whole = |name: &'static str| {
            Type::primitive_type_builder(name, Physical::INT64)
                .with_repetition(Repetition::REQUIRED)
                .build()
        };
        let mut fields = vec![
            Arc::new(whole(KEYS[0])?),
            Arc::new(whole(KEYS[1])?),
            Arc::new(
                Type::primitive_type_builder(KEYS[2], Physical::BYTE_ARRAY)
                    .with_repetition(Repetition::REQUIRED)
                    .with_converted_type(ConvertedType::UTF8)
                    .build()?,
            ),
        ];
        for measure in &self.measures {
            let measure = Type::primitive_type_builder(measure, Physical::DOUBLE);
            fields.push(Arc::new(measure.with_repetition(Repetition::OPTIONAL).build()?));
        }
        let schema = Arc::new(Type::group_type_builder("shard").with_fields(fields).build()?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("consortia".into())
            .build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        let keys: Vec<(usize, u64, usize)> = (0..rows.len()).map(|at| rows.key(at)).collect();
        let numbers = [
            keys.iter().map(|(point, _, _)| *point as i64).collect::<Vec<_>>(),
            keys.iter().map(|(_, replication, _)| *replication as i64).collect(),
        ];
        for numbers in numbers {
            if let Some(mut column) = group.next_column()? {
                column.typed::<Int64Type>().write_batch(&numbers, None, None)?;
                column.close()?;
            }
        }
        if let Some(mut column) = group.next_column()? {
            let names: Vec<ByteArray> =
                self.names.iter().map(|name| ByteArray::from(name.as_str())).collect();
            let names: Vec<ByteArray> =
                keys.iter().map(|(_, _, design)| names[*design].clone()).collect();
            column.typed::<ByteArrayType>().write_batch(&names, None, None)?;
            column.close()?;
        }
        for measure in 0..self.measures.len() {
            if let Some(mut column) = group.next_column()? {
                let all = || (0..rows.len()).map(|at| rows.row(at)[measure]);
                let levels: Vec<i16> = all().map(|x| i16::from(!x.is_nan())).collect();
                let values: Vec<f64> = all().filter(|x| !x.is_nan()).collect();
                column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
                column.close()?;
            }
        }
        group.close()?;
        writer.into_inner()
    }

    fn failures(&self, rows: &ShardRows) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for failure in &rows.failures {
            let replication = failure.replication.map_or(String::new(), |at| at.to_string());
            let design = failure.design.map_or("", |design| &self.names[design]);
            writer.write_record([
                &failure.point.to_string(),
                &replication,
                design,
                failure.stage,
                &failure.message,
            ])?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    /// Encodes a shard for writing. Fails if its rows cannot be encoded.
    pub fn encode(&self, shard: usize, rows: &ShardRows) -> Result<Encoded, ShardError> {
        let path = self.path(shard);
        let no_csv = |error: csv::Error| ShardError::Io {
            path: path.clone(),
            source: io::Error::other(error),
        };
        let bytes = match self.format {
            ShardFormat::Csv => self.csv(rows).map_err(no_csv)?,
            ShardFormat::Parquet => self
                .parquet(rows)
                .map_err(|source| ShardError::Parquet { path: path.clone(), source })?,
        };
        let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
        let (mut files, mut failures_blake3) = (Vec::new(), String::new());
        if !rows.failures.is_empty() {
            let failures = self.failures(rows).map_err(no_csv)?;
            failures_blake3 = hash(&failures);
            files.push((self.failures_file(shard), failures));
        }
        let line = Line {
            shard,
            rows: rows.len() as u64,
            failed: rows.failed() as u64,
            bytes: bytes.len() as u64,
            blake3: hash(&bytes),
            failures_blake3,
        };
        files.push((self.file(shard), bytes));
        Ok(Encoded { files, line })
    }

    /// Writes a file under a temporary name, flushes it to disk and renames it.
    fn place(&self, file: &str, bytes: &[u8]) -> Result<(), ShardError> {
        let path = self.folder.join(file);
        let partial = self.folder.join(format!(".{file}.partial"));
        let failed = |source| ShardError::Io { path: path.clone(), source };
        let mut out = fs::File::create(&partial).map_err(failed)?;
        out.write_all(bytes).and_then(|()| out.sync_all()).map_err(|source| {
            // A partial file is of no use and takes space on a disk that may be full.
            let _ = fs::remove_file(&partial);
            failed(source)
        })?;
        fs::rename(&partial, &path).map_err(failed)
    }

    fn check_columns(
        &self,
        reader: &SerializedFileReader<fs::File>,
        path: &Path,
    ) -> Result<(), ShardError> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let found: Vec<String> =
            schema.columns().iter().map(|column| column.name().to_string()).collect();
        let wanted = KEYS.into_iter().chain(self.measures.iter().map(String::as_str));
        if wanted.eq(found.iter().map(String::as_str)) {
            Ok(())
        } else {
            Err(self.content(path, format!("its columns are {}", found.join(", "))))
        }
    }

    fn content(&self, path: &Path, reason: String) -> ShardError {
        ShardError::Content { path: path.to_path_buf(), reason }
    }

    fn read_parquet(&self, path: &Path) -> Result<Vec<Row>, ShardError> {
        let file =
            fs::File::open(path).map_err(|source| ShardError::Io { path: path.into(), source })?;
        let broken = |source| ShardError::Parquet { path: path.to_path_buf(), source };
        let reader = SerializedFileReader::new(file).map_err(broken)?;
        self.check_columns(&reader, path)?;
        let mut rows = Vec::new();
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(broken)?;
            let count = group.metadata().num_rows() as usize;
            let mut columns: Vec<Vec<f64>> = Vec::new();
            for at in 0..2 + self.measures.len() + 1 {
                columns.push(match group.get_column_reader(at).map_err(broken)? {
                    parquet::column::reader::ColumnReader::Int64ColumnReader(mut column) => {
                        let mut values: Vec<i64> = Vec::new();
                        column.read_records(count, None, None, &mut values).map_err(broken)?;
                        values.into_iter().map(|x| x as f64).collect()
                    }
                    parquet::column::reader::ColumnReader::ByteArrayColumnReader(mut column) => {
                        let mut values: Vec<ByteArray> = Vec::new();
                        column.read_records(count, None, None, &mut values).map_err(broken)?;
                        let design = |name: &ByteArray| {
                            self.names
                                .iter()
                                .position(|known| known.as_bytes() == name.data())
                                .map(|at| at as f64)
                        };
                        values.iter().map(|name| design(name).unwrap_or(f64::NAN)).collect()
                    }
                    parquet::column::reader::ColumnReader::DoubleColumnReader(mut column) => {
                        let (mut values, mut levels): (Vec<f64>, Vec<i16>) =
                            (Vec::new(), Vec::new());
                        column
                            .read_records(count, Some(&mut levels), None, &mut values)
                            .map_err(broken)?;
                        let mut values = values.into_iter();
                        levels
                            .iter()
                            .map(|level| {
                                if *level == 1 {
                                    values.next().unwrap_or(f64::NAN)
                                } else {
                                    f64::NAN
                                }
                            })
                            .collect()
                    }
                    _ => {
                        return Err(
                            self.content(path, format!("its column {at} holds something else"))
                        );
                    }
                });
            }
            if columns.iter().any(|column| column.len() != count) {
                return Err(self.content(path, "its columns are not equally long".into()));
            }
            for at in 0..count {
                let design = columns[2][at];
                if design.is_nan() {
                    return Err(self.content(path, "it names a design outside the sweep".into()));
                }
                let values = columns[3..].iter().map(|column| column[at]).collect();
                rows.push((
                    columns[0][at] as usize,
                    columns[1][at] as u64,
                    design as usize,
                    values,
                ));
            }
        }
        Ok(rows)
    }

    fn read_csv(&self, path: &Path) -> Result<Vec<Row>, ShardError> {
        let file =
            fs::File::open(path).map_err(|source| ShardError::Io { path: path.into(), source })?;
        let mut reader = csv::Reader::from_reader(io::BufReader::new(file));
        let broken = |error: csv::Error| self.content(path, error.to_string());
        let header = reader.headers().map_err(broken)?.clone();
        let wanted: Vec<&str> =
            KEYS.into_iter().chain(self.measures.iter().map(String::as_str)).collect();
        if header.iter().ne(wanted.iter().copied()) {
            return Err(self.content(
                path,
                format!("its columns are {}", header.iter().collect::<Vec<_>>().join(", ")),
            ));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let unread = || self.content(path, format!("row {} cannot be read", rows.len() + 1));
            let point = record[0].parse().map_err(|_| unread())?;
            let replication = record[1].parse().map_err(|_| unread())?;
            let design =
                self.names.iter().position(|name| *name == record[2]).ok_or_else(unread)?;
            let value = |text: &str| if text.is_empty() { Ok(f64::NAN) } else { text.parse() };
            let values: Result<Vec<f64>, _> = record.iter().skip(3).map(value).collect();
            rows.push((point, replication, design, values.map_err(|_| unread())?));
        }
        Ok(rows)
    }

    /// Reads the failures of a shard as (point, replication, organisation, stage, message).
    pub fn read_failures(&self, shard: usize) -> Result<Vec<[String; 5]>, ShardError> {
        let path = self.folder.join(self.failures_file(shard));
        let file = fs::File::open(&path)
            .map_err(|source| ShardError::Io { path: path.clone(), source })?;
        let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
        reader
            .into_records()
            .map(|record| {
                let record = record.map_err(|error| self.content(&path, error.to_string()))?;
                Ok([0, 1, 2, 3, 4].map(|at| record.get(at).unwrap_or("").to_string()))
            })
            .collect()
    }

    /// Describes damage to the files of a shard that the journal lists as done. Returns `None` if
    /// they are as written.
    pub fn damage(&self, line: &Line) -> Option<String> {
        let check = |file: &str, wanted: &str| match fs::read(self.folder.join(file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Some(format!("shards/{file} is missing"))
            }
            Err(error) => Some(format!("shards/{file} cannot be read: {error}")),
            Ok(bytes) if blake3::hash(&bytes).to_hex().as_str() != wanted => Some(format!(
                "shards/{file} is not what was written: {} bytes of other content",
                bytes.len()
            )),
            Ok(_) => None,
        };
        let failures = (line.failed > 0)
            .then(|| check(&self.failures_file(line.shard), &line.failures_blake3));
        check(&self.file(line.shard), &line.blake3).or(failures.flatten())
    }
}

impl ShardStore for ShardFiles {
    type Line = Line;
    type Error = ShardError;

    fn write(&self, shard: usize, rows: &ShardRows) -> Result<Line, ShardError> {
        let Encoded { files, line } = self.encode(shard, rows)?;
        for (file, bytes) in files {
            self.place(&file, &bytes)?;
        }
        Ok(line)
    }

    fn read(&self, shard: usize) -> Result<ShardRows, ShardError> {
        let path = self.path(shard);
        let rows = match self.format {
            ShardFormat::Parquet => self.read_parquet(&path)?,
            ShardFormat::Csv => self.read_csv(&path)?,
        };
        let mut points: Vec<usize> = rows.iter().map(|row| row.0).collect();
        points.dedup();
        let first = rows.first().map_or(0, |row| row.1);
        let designs = self.names.len();
        let replications = rows.len() / (points.len() * designs).max(1);
        let shard = ShardRows {
            width: self.measures.len(),
            values: rows.iter().flat_map(|row| row.3.iter().copied()).collect(),
            points,
            first,
            replications,
            designs,
            failures: Vec::new(),
        };
        let keyed = shard.len() == rows.len()
            && rows.iter().enumerate().all(|(at, row)| shard.key(at) == (row.0, row.1, row.2));
        if keyed {
            Ok(shard)
        } else {
            Err(self.content(&path, "its rows are not in the order of points".into()))
        }
    }
}
