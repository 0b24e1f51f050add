//! Tables: the engine's frames as Arrow, handed on by the PyCapsule interface without copies.

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

/// A table of results, in memory. Any library that speaks Arrow takes it without copying:
/// `pandas.DataFrame.from_arrow`, `polars.DataFrame`, `pyarrow.table`, and DuckDB by its name in a
/// query. Numbers without a value are null.
#[pyclass(frozen, module = "consortia", name = "Table")]
pub struct Table {
    batch: RecordBatch,
}

impl Table {
    /// Of a frame. Its numbers are kept where they are.
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
    /// Headings.
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

    /// The values of a column as a list; None where there is no value.
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

    /// As a pandas data frame.
    fn to_pandas<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("consortia._frames")?.call_method1("to_pandas", (slf,))
    }

    /// As a Polars data frame.
    fn to_polars<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("consortia._frames")?.call_method1("to_polars", (slf,))
    }

    /// As a pyarrow table.
    fn to_arrow<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("consortia._frames")?.call_method1("to_arrow", (slf,))
    }

    /// The schema, as an `arrow_schema` capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema().as_ref())
            .map_err(|error| errors::fault(py, &error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// Schema and values, as an `arrow_schema` and an `arrow_array` capsule. Another schema is not
    /// cast to: the interface leaves that to the receiver.
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

    /// A stream of one batch, as an `arrow_array_stream` capsule.
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
