//! Strings.

use std::ptr;

use napi_sys as sys;

use super::{Env, Js, check, get};
use crate::errors::Fail;

/// Why a string cannot be read.
pub(crate) enum TextFault {
    /// It has a lone surrogate, at this index.
    Surrogate(usize),
    Fail(Fail),
}

impl From<Fail> for TextFault {
    fn from(fail: Fail) -> Self {
        Self::Fail(fail)
    }
}

/// U+FFFD in UTF-8, which Node-API writes for a lone surrogate.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
/// Strings up to so many UTF-16 units get a buffer for the worst case, three bytes each, instead of being measured first.
const MEASURE_FROM: usize = 1 << 16;

impl<'e> Env<'e> {
    /// A string.
    #[inline]
    pub(crate) fn string(self, text: &str) -> Result<Js<'e>, Fail> {
        let (start, len) = (text.as_ptr().cast(), text.len() as isize);
        let raw = if text.is_ascii() {
            // V8 copies Latin-1 as it is, and has to look at every byte of UTF-8.
            get!(self, napi_create_string_latin1(start, len), ptr::null_mut())
        } else {
            get!(self, napi_create_string_utf8(start, len), ptr::null_mut())
        };
        raw.map(|raw| self.handle(raw))
    }

    /// The text of a string; lone surrogates are refused.
    pub(crate) fn get_string(self, value: Js<'e>) -> Result<String, TextFault> {
        let units = self.get_utf16_len(value)?;
        let capacity = if units < MEASURE_FROM { units * 3 } else { self.get_utf8_len(value)? };
        let mut bytes: Vec<u8> = Vec::with_capacity(capacity + 1);
        let mut written = 0;
        // SAFETY: live environment on its thread; the buffer has `capacity + 1` bytes, the last for a zero; `written` bytes
        // have been written when the call succeeds.
        unsafe {
            let buffer = bytes.as_mut_ptr().cast();
            let status =
                sys::napi_get_value_string_utf8(self.raw(), value.raw(), buffer, capacity + 1, &raw mut written);
            check(status)?;
            bytes.set_len(written);
        }
        let text = String::from_utf8(bytes).map_err(|_| Fail::internal("Node wrote text that is not UTF-8"))?;
        // What arrives as U+FFFD was U+FFFD or something that UTF-8 cannot carry.
        if text.as_bytes().windows(REPLACEMENT.len()).any(|window| window == REPLACEMENT)
            && let Some(index) = self.lone_surrogate(value, units)?
        {
            return Err(TextFault::Surrogate(index));
        }
        Ok(text)
    }

    /// The text of a string, with lone surrogates replaced: for names in messages.
    pub(crate) fn get_string_lossy(self, value: Js<'e>) -> Result<String, Fail> {
        match self.get_string(value) {
            Ok(text) => Ok(text),
            Err(TextFault::Fail(fail)) => Err(fail),
            Err(TextFault::Surrogate(_)) => {
                let units = self.get_utf16_len(value)?;
                Ok(String::from_utf16_lossy(&self.get_utf16(value, units)?))
            }
        }
    }

    fn get_utf16_len(self, value: Js<'e>) -> Result<usize, Fail> {
        get!(self, napi_get_value_string_utf16(value.raw(), ptr::null_mut(), 0), 0)
    }

    fn get_utf8_len(self, value: Js<'e>) -> Result<usize, Fail> {
        get!(self, napi_get_value_string_utf8(value.raw(), ptr::null_mut(), 0), 0)
    }

    fn get_utf16(self, value: Js<'e>, units: usize) -> Result<Vec<u16>, Fail> {
        let mut buffer = vec![0_u16; units + 1];
        let written = get!(self, napi_get_value_string_utf16(value.raw(), buffer.as_mut_ptr(), units + 1), 0)?;
        buffer.truncate(written);
        Ok(buffer)
    }

    #[cold]
    fn lone_surrogate(self, value: Js<'e>, units: usize) -> Result<Option<usize>, Fail> {
        let text = self.get_utf16(value, units)?;
        let mut index = 0;
        for unit in char::decode_utf16(text) {
            match unit {
                Ok(character) => index += character.len_utf16(),
                Err(_) => return Ok(Some(index)),
            }
        }
        Ok(None)
    }
}
