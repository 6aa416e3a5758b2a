//! From a PNG of any size to the 8x8 values of ink that the network was trained on.

use png::{ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// Width and height of what the network sees.
pub(crate) const SIDE: usize = 8;

/// Pixels that a picture may have: a PNG of a few bytes can claim to be of any size.
const MAX_PIXELS: usize = 1 << 26;

/// A decoded picture: how bright each pixel is, 0 to 1, row after row.
struct Picture {
    width: usize,
    height: usize,
    brightness: Vec<f32>,
}

/// How much ink lies on each of the 8x8 fields, 0 to 1, row after row.
///
/// # Errors
///
/// Bytes that are not a PNG, a damaged one, or one of more than [`MAX_PIXELS`].
pub(crate) fn ink(file: &[u8]) -> Result<[f32; SIDE * SIDE], String> {
    let fields = shrink(&decode(file)?);
    // There is always less ink than paper, so the mean tells which of them is bright.
    let mean = fields.iter().sum::<f32>() / fields.len() as f32;
    Ok(if mean > 0.5 { fields.map(|brightness| 1.0 - brightness) } else { fields })
}

/// Decodes the first picture of a PNG.
fn decode(file: &[u8]) -> Result<Picture, String> {
    let unreadable = |error| format!("not a readable PNG: {error}");
    let limits = Limits { bytes: MAX_PIXELS * 4 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    // Every palette, bit depth and transparency becomes eight bits of gray or RGB, with or without alpha.
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if width as u64 * height as u64 > MAX_PIXELS as u64 {
        return Err(format!("the picture has {width}x{height} pixels, more than the {MAX_PIXELS} that are read"));
    }
    let size = reader.output_buffer_size().ok_or("the picture does not fit in memory")?;
    let mut data = vec![0; size];
    let frame = reader.next_frame(&mut data).map_err(unreadable)?;
    let brightness = data[..frame.buffer_size()]
        .chunks_exact(frame.color_type.samples())
        .map(|samples| brightness(frame.color_type, samples))
        .collect();
    Ok(Picture { width, height, brightness })
}

/// How bright one pixel is, 0 to 1. What is transparent shows white paper.
fn brightness(colour: ColorType, samples: &[u8]) -> f32 {
    let sample = |index: usize| f32::from(samples[index]) / 255.0;
    // The weights by which the eye sees red, green and blue (ITU-R BT.601).
    let rgb = || 0.299 * sample(0) + 0.587 * sample(1) + 0.114 * sample(2);
    let over_white = |value: f32, alpha: f32| 1.0 - alpha * (1.0 - value);
    match colour {
        ColorType::Grayscale | ColorType::Indexed => sample(0),
        ColorType::GrayscaleAlpha => over_white(sample(0), sample(1)),
        ColorType::Rgb => rgb(),
        ColorType::Rgba => over_white(rgb(), sample(3)),
    }
}

/// The mean brightness of each of the 8x8 fields that the picture is cut into.
fn shrink(picture: &Picture) -> [f32; SIDE * SIDE] {
    let columns = shares(picture.width);
    let rows = shares(picture.height);
    std::array::from_fn(|field| {
        let mut sum = 0.0;
        for &(y, height) in &rows[field / SIDE] {
            for &(x, width) in &columns[field % SIDE] {
                sum += picture.brightness[y * picture.width + x] * width * height;
            }
        }
        sum
    })
}

/// Cuts a line of `pixels` into eight equal fields: for each the pixels that it covers and the share that each of them
/// has in it. Shares of one field add up to 1; pixels on a border belong to both sides in part.
fn shares(pixels: usize) -> [Vec<(usize, f32)>; SIDE] {
    std::array::from_fn(|field| {
        // In units of an eighth of a pixel, so that borders are whole numbers.
        let (start, end) = (field * pixels, (field + 1) * pixels);
        (start / SIDE..end.div_ceil(SIDE))
            .map(|pixel| {
                let covered = end.min((pixel + 1) * SIDE) - start.max(pixel * SIDE);
                (pixel, covered as f32 / pixels as f32)
            })
            .collect()
    })
}
