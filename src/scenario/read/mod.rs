//! Reads text into trees and rows, with the origin of each value. Handles syntax only; values are
//! checked in `resolve`.

pub mod document;
pub mod rows;
pub mod tables;
