//! Presentation of results: text for the terminal, figures and the report page. Nothing here
//! simulates or prints.

pub mod attribution;
pub mod comparison;
pub mod discovery;
pub mod games;
pub mod headline;
pub mod losses;
pub mod page;
mod palette;
pub mod plots;
pub mod sensitivity;
pub mod sweep;
pub mod terminal;
pub mod words;
