//! Turns a photograph into a thumbnail: decodes JPEG or PNG, shrinks, takes the colour out, writes a watermark.
//!
//! The same input gives the same bytes in every host: all arithmetic is the guest's own.

mod font;
mod watermark;

use edge_bindgen::{EdgeType, edge_bindgen};
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// What to make of a picture.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Options {
    /// The thumbnail is at most this wide, 1 to 4096.
    pub width: u32,
    /// The thumbnail is at most this high, 1 to 4096.
    pub height: u32,
    /// Whether colour is taken out.
    pub grayscale: bool,
    /// A text for the lower right corner.
    pub watermark: Option<String>,
}

/// The largest thumbnail that is made.
const MAX_SIDE: u32 = 4096;

/// The largest picture that is read, by side and by memory: a file of a few bytes can claim to be of any size.
const MAX_INPUT_SIDE: u32 = 16_384;
const MAX_INPUT_BYTES: u64 = 512 << 20;

/// Makes a PNG from a JPEG or PNG. It keeps its proportions, fits into the given width and height, and never grows.
///
/// # Errors
///
/// A width or height out of range, a file that is neither JPEG nor PNG, a damaged one, or one that is too large.
#[edge_bindgen]
pub fn process(image: &[u8], options: Options) -> Result<Vec<u8>, String> {
    for (name, side) in [("width", options.width), ("height", options.height)] {
        if !(1..=MAX_SIDE).contains(&side) {
            return Err(format!("options.{name} is {side}, expected 1 to {MAX_SIDE}"));
        }
    }
    let mut picture = shrink(decode(image)?, options.width, options.height);
    if options.grayscale {
        picture = DynamicImage::ImageLuma8(picture.into_luma8());
    }
    if let Some(text) = options.watermark.filter(|text| !text.is_empty()) {
        picture = watermark::write(picture, &text);
    }
    encode(&picture)
}

fn decode(file: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|error| format!("the picture cannot be read: {error}"))?;
    let format = match reader.format() {
        Some(format @ (ImageFormat::Jpeg | ImageFormat::Png)) => format,
        _ => return Err(format!("{} bytes that are neither JPEG nor PNG", file.len())),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_INPUT_SIDE);
    limits.max_image_height = Some(MAX_INPUT_SIDE);
    limits.max_alloc = Some(MAX_INPUT_BYTES);
    reader.limits(limits);
    let name = if format == ImageFormat::Jpeg { "JPEG" } else { "PNG" };
    reader.decode().map_err(|error| format!("the {name} cannot be decoded: {error}"))
}

fn shrink(picture: DynamicImage, width: u32, height: u32) -> DynamicImage {
    if picture.width() <= width && picture.height() <= height {
        picture
    } else {
        picture.resize(width, height, FilterType::Lanczos3)
    }
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, String> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).map_err(|error| format!("the PNG cannot be written: {error}"))?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ColorType;
    use std::path::Path;

    fn photograph() -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../picture.jpg")).expect("the example's picture")
    }

    fn options(width: u32, height: u32) -> Options {
        Options { width, height, grayscale: true, watermark: Some("edge 2026".into()) }
    }

    fn processed(file: &[u8], options: Options) -> DynamicImage {
        let file = process(file, options).unwrap();
        image::load_from_memory_with_format(&file, ImageFormat::Png).unwrap()
    }

    #[test]
    fn a_photograph_becomes_a_gray_thumbnail() {
        let thumbnail = processed(&photograph(), options(320, 320));
        assert_eq!((thumbnail.width(), thumbnail.height()), (320, 240));
        assert_eq!(thumbnail.color(), ColorType::L8);
        assert_eq!(process(&photograph(), options(320, 320)), process(&photograph(), options(320, 320)));
    }

    #[test]
    fn colour_stays_unless_it_is_taken_out() {
        let colourful = Options { grayscale: false, watermark: None, ..options(64, 64) };
        assert_eq!(processed(&photograph(), colourful).color(), ColorType::Rgb8);
    }

    #[test]
    fn the_watermark_changes_only_its_corner() {
        let plain = processed(&photograph(), Options { watermark: None, ..options(320, 240) }).into_luma8();
        let marked = processed(&photograph(), options(320, 240)).into_luma8();
        let changed: Vec<_> =
            marked.enumerate_pixels().filter(|(x, y, pixel)| plain.get_pixel(*x, *y) != *pixel).collect();
        assert!(changed.len() > 100, "{} pixels changed", changed.len());
        assert!(changed.iter().all(|(x, y, _)| *x > 100 && *y > 200));
    }

    #[test]
    fn small_pictures_do_not_grow_and_take_any_watermark() {
        let tiny = process(&photograph(), options(8, 8)).unwrap();
        let text = "a text that is much longer than the picture is wide, with letters like ß and 漢".to_owned();
        let thumbnail = processed(&tiny, Options { watermark: Some(text), ..options(4096, 4096) });
        assert_eq!((thumbnail.width(), thumbnail.height()), (8, 6));
    }

    #[test]
    fn bad_input_is_an_error_that_says_what_is_wrong() {
        let error = |file: &[u8], options| process(file, options).unwrap_err();
        assert_eq!(error(b"", options(8, 8)), "0 bytes that are neither JPEG nor PNG");
        assert_eq!(error(b"GIF89a", options(8, 8)), "6 bytes that are neither JPEG nor PNG");
        assert_eq!(error(&photograph(), options(0, 8)), "options.width is 0, expected 1 to 4096");
        assert_eq!(error(&photograph(), options(8, 5000)), "options.height is 5000, expected 1 to 4096");
        let damaged = error(&photograph()[..400], options(8, 8));
        assert!(damaged.starts_with("the JPEG cannot be decoded: "), "{damaged}");
    }
}
