//! Text to trees and rows, with the place where each value was written. Knows syntax only: whether
//! a value is right is decided in `resolve`.

pub mod document;
pub mod rows;
pub mod tables;
