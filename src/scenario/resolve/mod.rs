//! Checks a document and converts it to the types of the simulation. Reports all mistakes with
//! their positions and does not stop at the first. Reads no files.

pub(in crate::scenario) mod agenda;
mod allocation;
pub(in crate::scenario) mod basin;
pub(in crate::scenario) mod bodies;
pub(in crate::scenario) mod design;
pub(in crate::scenario) mod domains;
pub(in crate::scenario) mod membership;
mod openness;
mod organs;
mod sanctions;
pub(in crate::scenario) mod scenario;
pub(in crate::scenario) mod schema_check;
pub(in crate::scenario) mod validator;
