use edge_bindgen::EdgeType;

#[derive(EdgeType)]
pub union Bits {
    pub float: f32,
    pub integer: u32,
}

fn main() {}
