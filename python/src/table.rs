//! Tables: frames of the engine as Arrow record batches, exported by the PyCapsule interface.
//!
//! Numbers are not copied. Conversion to data frames is in `consortia._frames`.

use super::errors;
use arrow_array::ffi::to_ffi;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchIterator,
};
use arrow_array::{StringArray, StructArray, cast::AsArray, ffi::FFI_ArrowSchema};
use arrow_schema::{DataType, Field, Schema};
use consortia::output::Frame;
use consortia::output::frame::Column;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};
use std::sync::Arc;

/// Table of results in memory. Arrow libraries read it without copying:
/// `pandas.DataFrame.from_arrow`, `polars.DataFrame`, `pyarrow.table`, and DuckDB by its name in a
/// query. Missing numbers are null.
#[pyclass(frozen, module = "consortia", name = "Table")]
pub struct Table {
    batch: RecordBatch,
}

impl Table {
    /// Creates a table from a frame, without copying its numbers. NaN becomes null.
    pub fn new(py: Python<'_>, frame: Frame) -> PyResult<Self> {
        let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        for (name, column) in frame.into_columns() {
            let array: ArrayRef = match column {
                Column::Words(words) => Arc::new(StringArray::from(words)),
                Column::Counts(counts) => Arc::new(Int64Array::from(counts)),
                Column::Truths(truths) => Arc::new(BooleanArray::from(truths)),
                Column::Numbers(numbers) => {
                    let missing = numbers.iter().any(|x| x.is_nan());
                    let known = missing
                        .then(|| numbers.iter().map(|x| !x.is_nan()).collect::<Vec<bool>>().into());
                    Arc::new(Float64Array::new(numbers.into(), known))
                }
            };
            let nullable = matches!(array.data_type(), DataType::Float64);
            fields.push(Field::new(name, array.data_type().clone(), nullable));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
        batch.map(|batch| Table { batch }).map_err(|error| errors::fault(py, &error.to_string()))
    }

    fn at(&self, name: &str) -> PyResult<&ArrayRef> {
        let names = || self.column_names().join(", ");
        self.batch.column_by_name(name).ok_or_else(|| {
            PyKeyError::new_err(format!("there is no column `{name}`; valid: {}", names()))
        })
    }
}

#[pymethods]
impl Table {
    /// Names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.batch.column_by_name(name).is_some()
    }

    fn __repr__(&self) -> String {
        format!(
            "<consortia.Table: {} rows; {}>",
            self.batch.num_rows(),
            self.column_names().join(", ")
        )
    }

    /// Returns the values of a column as a list; missing values are None. Raises `KeyError` for an
    /// unknown column.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        let array = self.at(name)?;
        match array.data_type() {
            DataType::Utf8 => PyList::new(py, array.as_string::<i32>().iter().collect::<Vec<_>>()),
            DataType::Int64 => PyList::new(
                py,
                array.as_primitive::<arrow_array::types::Int64Type>().iter().collect::<Vec<_>>(),
            ),
            DataType::Boolean => PyList::new(py, array.as_boolean().iter().collect::<Vec<_>>()),
            _ => PyList::new(
                py,
                array.as_primitive::<arrow_array::types::Float64Type>().iter().collect::<Vec<_>>(),
            ),
        }
    }

    /// Returns the table as a pandas data frame (needs pandas and pyarrow).
    fn to_pandas<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("consortia._frames")?.call_method1("to_pandas", (slf,))
    }

    /// Returns the table as a Polars data frame (needs polars).
    fn to_polars<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("consortia._frames")?.call_method1("to_polars", (slf,))
    }

    /// Returns the table as a pyarrow table (needs pyarrow).
    fn to_arrow<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("consortia._frames")?.call_method1("to_arrow", (slf,))
    }

    /// Returns the schema as an `arrow_schema` capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema().as_ref())
            .map_err(|error| errors::fault(py, &error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// Returns schema and values as an `arrow_schema` and an `arrow_array` capsule.
    /// `requested_schema` is ignored: the interface leaves casts to the receiver.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let whole = StructArray::from(self.batch.clone());
        let (array, schema) =
            to_ffi(&whole.to_data()).map_err(|error| errors::fault(py, &error.to_string()))?;
        let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
        Ok((schema, PyCapsule::new_with_value(py, array, c"arrow_array")?))
    }

    /// Returns a stream of one batch as an `arrow_array_stream` capsule; `requested_schema` is
    /// ignored.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
