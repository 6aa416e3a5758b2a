//! Damage to bytes: what disks, networks and people who mean harm do to them.

use fastrand::Rng;

/// Numbers at which readers go wrong, as LEB128.
const NUMBERS: [&[u8]; 6] = [
    &[0x00],
    &[0x7f],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x80, 0x80, 0x80, 0x80, 0x08],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
];

/// The bytes after one to four accidents: what differs too much is refused at its first bytes.
#[must_use]
pub fn damage(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..=4) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.usize(..bytes.len());
        match rng.u8(..8) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << rng.u8(..8),
            2 => bytes[at] = rng.u8(..),
            3 => bytes.insert(at, rng.u8(..)),
            4 => _ = bytes.remove(at),
            5 => {
                let number = NUMBERS[rng.usize(..NUMBERS.len())];
                let end = (at + rng.usize(..=number.len())).min(bytes.len());
                bytes.splice(at..end, number.iter().copied());
            }
            6 => {
                let part = bytes[at..(at + rng.usize(1..64)).min(bytes.len())].to_vec();
                let to = rng.usize(..bytes.len());
                bytes.splice(to..to, part);
            }
            _ => {
                let end = (at + rng.usize(1..32)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes
}
