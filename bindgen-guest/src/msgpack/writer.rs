/// Writes one document into a byte vector.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// A writer that appends to `out`.
    #[must_use]
    pub fn new(out: Vec<u8>) -> Self {
        Writer { out }
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A head with its count in the narrowest of the forms; a `b8` of zero says that the form has no 8-bit head.
    fn head(&mut self, fix: u8, fix_limit: usize, [b8, b16, b32]: [u8; 3], count: usize) {
        // A wasm32 guest has no vector of more items than 32 bits count.
        let wide = count as u32;
        if count < fix_limit {
            self.out.push(fix | count as u8);
        } else if count <= 0xff && b8 != 0 {
            self.out.extend_from_slice(&[b8, count as u8]);
        } else if count <= 0xffff {
            self.tagged(b16, (count as u16).to_be_bytes());
        } else {
            self.tagged(b32, wide.to_be_bytes());
        }
    }

    fn tagged<const N: usize>(&mut self, tag: u8, bytes: [u8; N]) {
        self.out.push(tag);
        self.out.extend_from_slice(&bytes);
    }

    /// Nil.
    pub fn nil(&mut self) {
        self.out.push(0xc0);
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) {
        self.out.push(0xc2 | u8::from(value));
    }

    /// An integer that is not negative, in its shortest form.
    pub fn unsigned(&mut self, value: u64) {
        match value {
            0..=0x7f => self.out.push(value as u8),
            0x80..=0xff => self.tagged(0xcc, (value as u8).to_be_bytes()),
            0x100..=0xffff => self.tagged(0xcd, (value as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.tagged(0xce, (value as u32).to_be_bytes()),
            _ => self.tagged(0xcf, value.to_be_bytes()),
        }
    }

    /// An integer in its shortest form.
    pub fn signed(&mut self, value: i64) {
        match value {
            0.. => self.unsigned(value as u64),
            -0x20..0 => self.out.push(value as u8),
            -0x80..-0x20 => self.tagged(0xd0, (value as i8).to_be_bytes()),
            -0x8000..-0x80 => self.tagged(0xd1, (value as i16).to_be_bytes()),
            -0x8000_0000..-0x8000 => self.tagged(0xd2, (value as i32).to_be_bytes()),
            _ => self.tagged(0xd3, value.to_be_bytes()),
        }
    }

    /// A float of 32 bits.
    pub fn f32(&mut self, value: f32) {
        self.tagged(0xca, value.to_be_bytes());
    }

    /// A float of 64 bits.
    pub fn f64(&mut self, value: f64) {
        self.tagged(0xcb, value.to_be_bytes());
    }

    /// A string.
    pub fn str(&mut self, text: &str) {
        self.head(0xa0, 32, [0xd9, 0xda, 0xdb], text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Binary data.
    pub fn bin(&mut self, bytes: &[u8]) {
        self.head(0, 0, [0xc4, 0xc5, 0xc6], bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// The head of an array; `count` values follow.
    pub fn array(&mut self, count: usize) {
        self.head(0x90, 16, [0, 0xdc, 0xdd], count);
    }

    /// The head of a map; `count` keys, each with its value, follow.
    pub fn map(&mut self, count: usize) {
        self.head(0x80, 16, [0, 0xde, 0xdf], count);
    }
}
