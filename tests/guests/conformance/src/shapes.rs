//! The types by derive: every form of struct and of enum, alone, inside one another, and recursive.

use edge_bindgen::EdgeType;
use std::collections::BTreeMap;

/// A point of the plane.
///
/// The second paragraph is here to see that documentation of several lines arrives.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
}

/// A tuple struct of two fields: an array on the way.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Pair(pub i32, pub String);

/// A tuple struct of one field: nothing but its field on the way.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Label(pub String);

/// A struct without fields.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Marker;

/// An enum of nothing but names.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub enum Colour {
    /// Like blood.
    Red,
    /// Like grass.
    Green,
    /// Like the sky.
    Blue,
}

/// An enum with a variant of each form.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub enum Shape {
    /// No payload.
    Empty,
    /// One value: a radius.
    Circle(f64),
    /// Several values: width and height.
    Rectangle(f64, f64),
    /// Named values.
    Polygon {
        /// The corners in order.
        points: Vec<Point>,
        /// Whether the last is joined to the first.
        closed: bool,
    },
}

/// Types inside types inside types.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Nested {
    /// What it is called.
    pub name: String,
    /// May be missing.
    pub origin: Option<Point>,
    /// An enum in a vector in a map.
    pub layers: BTreeMap<String, Vec<Shape>>,
    /// An option in a tuple in a vector.
    pub notes: Vec<(u32, Option<String>)>,
    /// Bytes inside of a document.
    pub data: Vec<u8>,
    /// Another derived type by name.
    pub colour: Colour,
}

/// A tree: a type that contains itself.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Tree {
    /// What this node holds.
    pub value: i32,
    /// The nodes below, any number of them.
    pub children: Vec<Tree>,
    /// One more below, in a box.
    pub favourite: Option<Box<Tree>>,
}

/// What can go wrong.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub enum AppError {
    /// There is no such thing.
    NotFound,
    /// The number is not allowed.
    Refused(u32),
    /// More than can be had.
    Exceeded {
        /// What was asked for.
        wanted: u64,
        /// What there is.
        limit: u64,
    },
}
