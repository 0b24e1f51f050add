//! Checks of a document and its conversion to the types of the engine. Reports every mistake with
//! its place and never stops at the first; reads no files.

pub(in crate::scenario) mod basin;
pub(in crate::scenario) mod bodies;
pub(in crate::scenario) mod design;
pub(in crate::scenario) mod domains;
pub(in crate::scenario) mod membership;
pub(in crate::scenario) mod scenario;
pub(in crate::scenario) mod schema_check;
pub(in crate::scenario) mod validator;
