//! Writes a text into the lower right corner, white on a dark band so that it is readable on any picture.

use crate::font;
use image::{DynamicImage, ImageBuffer, Pixel};

/// The size of one dot of a letter: a letter is then about a thirtieth of the picture's width.
fn dot(picture_width: u32) -> u32 {
    (picture_width / 160).max(1)
}

/// How much of the picture still shows through the band, in percent.
const BAND_TRANSPARENCY: u16 = 35;

/// The picture with `text` on it. Pictures with 16 bits or floats for a colour come back with 8.
pub(crate) fn write(picture: DynamicImage, text: &str) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(mut gray) => {
            draw(&mut gray, text);
            gray.into()
        }
        DynamicImage::ImageRgb8(mut rgb) => {
            draw(&mut rgb, text);
            rgb.into()
        }
        other => {
            let mut rgba = other.into_rgba8();
            draw(&mut rgba, text);
            rgba.into()
        }
    }
}

/// Draws band and letters. What does not fit is cut off at the right, so that a long text keeps its beginning.
fn draw<P: Pixel<Subpixel = u8>>(picture: &mut ImageBuffer<P, Vec<u8>>, text: &str) {
    let (width, height) = picture.dimensions();
    let dot = dot(width);
    let letters: Vec<font::Glyph> = text.chars().map(font::glyph).collect();
    // Every letter is followed by a column of nothing; one more dot of nothing surrounds them all.
    let advance = font::WIDTH + 1;
    let band_width = (letters.len() as u32).saturating_mul(advance).saturating_add(1).saturating_mul(dot).min(width);
    let band_height = ((font::HEIGHT + 2) * dot).min(height);
    let (left, top) = (width - band_width, height - band_height);

    for y in 0..band_height {
        for x in 0..band_width {
            // In dots from the first letter; the surrounding dot makes the first column and row -1.
            let (column, row) = ((x / dot).wrapping_sub(1), (y / dot).wrapping_sub(1));
            let letter = letters.get((column / advance) as usize);
            let lit = letter.is_some_and(|glyph| is_lit(glyph, column % advance, row));
            let pixel = picture.get_pixel_mut(left + x, top + y);
            pixel.apply_without_alpha(|value| match lit {
                true => u8::MAX,
                false => (u16::from(value) * BAND_TRANSPARENCY / 100) as u8,
            });
        }
    }
}

/// Whether the letter has a dot there; it has none outside of itself.
fn is_lit(glyph: &font::Glyph, column: u32, row: u32) -> bool {
    column < font::WIDTH && row < font::HEIGHT && glyph[row as usize] >> (font::WIDTH - 1 - column) & 1 == 1
}
