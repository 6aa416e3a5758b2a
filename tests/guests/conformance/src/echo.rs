//! Every type as a parameter and as a result: what goes in comes out.

use crate::shapes::{Colour, Label, Marker, Nested, Pair, Point, Shape, Tree};
use edge_bindgen::edge_bindgen;
use std::collections::{BTreeMap, HashMap};

/// Functions that return their only parameter.
macro_rules! echo {
    ($($name:ident: $type:ty),+ $(,)?) => {
        $(
            #[doc = concat!("Returns the `", stringify!($type), "` that it is given.")]
            #[edge_bindgen]
            pub fn $name(value: $type) -> $type {
                value
            }
        )+
    };
}

echo! {
    echo_bool: bool,
    echo_i8: i8,
    echo_i16: i16,
    echo_i32: i32,
    echo_i64: i64,
    echo_u8: u8,
    echo_u16: u16,
    echo_u32: u32,
    echo_u64: u64,
    echo_isize: isize,
    echo_usize: usize,
    echo_f32: f32,
    echo_f64: f64,
    echo_char: char,
    echo_string: String,
    echo_bytes: Vec<u8>,
}

echo! {
    echo_vec_i8: Vec<i8>,
    echo_vec_i16: Vec<i16>,
    echo_vec_i32: Vec<i32>,
    echo_vec_i64: Vec<i64>,
    echo_vec_u16: Vec<u16>,
    echo_vec_u32: Vec<u32>,
    echo_vec_u64: Vec<u64>,
    echo_vec_f32: Vec<f32>,
    echo_vec_f64: Vec<f64>,
    echo_vec_bool: Vec<bool>,
    echo_vec_char: Vec<char>,
    echo_vec_string: Vec<String>,
    echo_vec_bytes: Vec<Vec<u8>>,
    echo_vec_vec_i32: Vec<Vec<i32>>,
    echo_vec_point: Vec<Point>,
    echo_array_i32: [i32; 3],
    echo_array_u8: [u8; 4],
    echo_array_string: [String; 2],
}

echo! {
    echo_option_i32: Option<i32>,
    echo_option_string: Option<String>,
    echo_option_bytes: Option<Vec<u8>>,
    echo_option_point: Option<Point>,
    echo_tuple: (i32, String, bool),
    echo_tuple_nested: ((u8, f64), Vec<(String, i64)>),
    echo_map_string_i32: BTreeMap<String, i32>,
    echo_map_u32_string: BTreeMap<u32, String>,
    echo_map_bool_vec: BTreeMap<bool, Vec<u64>>,
    echo_map_nested: BTreeMap<String, BTreeMap<String, Point>>,
}

echo! {
    echo_point: Point,
    echo_pair: Pair,
    echo_label: Label,
    echo_marker: Marker,
    echo_colour: Colour,
    echo_shape: Shape,
    echo_nested: Nested,
    echo_tree: Tree,
    echo_box: Box<Point>,
}

/// Returns the text that it borrows.
#[edge_bindgen]
pub fn echo_str(value: &str) -> String {
    value.to_owned()
}

/// Returns the bytes that it borrows.
#[edge_bindgen]
pub fn echo_slice_u8(value: &[u8]) -> Vec<u8> {
    value.to_vec()
}

/// Returns the numbers that it borrows.
#[edge_bindgen]
pub fn echo_slice_f32(value: &[f32]) -> Vec<f32> {
    value.to_vec()
}

/// Returns the numbers that it borrows.
#[edge_bindgen]
pub fn echo_slice_i64(value: &[i64]) -> Vec<i64> {
    value.to_vec()
}

/// Returns the map that it is given: a hash map has no order, so it is compared as a map.
#[edge_bindgen]
pub fn echo_hash_map(value: HashMap<String, f64>) -> HashMap<String, f64> {
    value
}
