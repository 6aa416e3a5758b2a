use edge_bindgen::edge_bindgen;

#[edge_bindgen]
pub fn first(text: &str) -> &str {
    text
}

#[edge_bindgen]
pub fn inside(text: &str) -> Option<&str> {
    Some(text)
}

type Text = &'static str;

#[edge_bindgen]
pub fn behind_an_alias() -> Text {
    "text"
}

fn main() {}
