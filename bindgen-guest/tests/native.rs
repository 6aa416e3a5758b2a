//! A guest's functions stay ordinary Rust: what `cargo test` of a guest does.

use std::cell::Cell;
use std::rc::Rc;

use edge_bindgen::testing::{clear, mock};
use edge_bindgen::{EdgeType, edge_bindgen};

#[derive(EdgeType, Debug, Clone, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

type Text<'a> = &'a str;
type Answer = Result<u64, String>;

#[edge_bindgen(module = "app")]
extern "Rust" {
    /// Writes a line.
    fn note(level: u8, text: Text<'_>) -> Answer;
    safe fn nearest(points: &[Point], to: &Point) -> Option<Point>;
    fn tick();
}

#[edge_bindgen]
fn relay(level: u8, text: &str) -> Result<u64, String> {
    note(level, text)
}

#[edge_bindgen]
fn lifetimes<'a>(text: &'a str, mut rest: Vec<u8>, (a, b): (u8, u8)) -> usize
where
    'a: 'a,
{
    rest.clear();
    text.len() + usize::from(a + b)
}

#[test]
fn functions_are_called_as_ever() {
    mock("app", "note", |level: u8, text: String| -> Answer { Ok(u64::from(level) + text.len() as u64) });
    assert_eq!(relay(3, "abc"), Ok(6));
    assert_eq!(lifetimes("a", vec![], (1, 2)), 4);
}

#[test]
fn a_stand_in_can_fail_as_the_host_can() {
    mock("app", "note", |_: u8, text: String| -> Answer { Err(format!("no {text}")) });
    assert_eq!(relay(1, "paper"), Err("no paper".to_owned()));
}

#[test]
fn values_of_every_sort_reach_a_stand_in() {
    let (far, near) = (Point { x: 9.0, y: 9.0 }, Point { x: 1.0, y: 0.0 });
    mock("app", "nearest", |points: Vec<Point>, to: Point| {
        points.into_iter().min_by(|a, b| (a.x - to.x).abs().total_cmp(&(b.x - to.x).abs()))
    });
    assert_eq!(nearest(&[far.clone(), near.clone()], &Point { x: 0.0, y: 0.0 }), Some(near));
    assert_eq!(nearest(&[], &far), None);
    let ticks = Rc::new(Cell::new(0));
    let count = ticks.clone();
    mock("app", "tick", move || count.set(count.get() + 1));
    tick();
    tick();
    assert_eq!(ticks.get(), 2);
}

#[test]
#[should_panic(expected = "the host function `app.tick` was called outside of a guest")]
fn a_host_function_without_a_stand_in_panics() {
    mock("app", "tick", || ());
    clear();
    tick();
}

#[test]
#[should_panic(
    expected = "the stand-in of `app.note` takes other parameters: malformed document at byte 0: expected 1 items, found 2"
)]
fn a_stand_in_with_other_parameters_panics() {
    mock("app", "note", |_: u8| -> Answer { Ok(1) });
    let _ = note(1, "text");
}

#[test]
#[should_panic(expected = "the stand-in of `app.note` returns another type: malformed document")]
fn a_stand_in_with_another_result_panics() {
    mock("app", "note", |_: u8, _: String| "text".to_owned());
    let _ = note(1, "text");
}

#[test]
#[should_panic(expected = "the stand-in of the host function `app.tick` was called from within itself")]
fn a_stand_in_that_calls_itself_panics() {
    mock("app", "tick", tick);
    tick();
}
