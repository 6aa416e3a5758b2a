//! What a [`Vm`](super::Vm) is loaded from.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::types::{Error, Kind, Limits, Phase, Result};
use crate::{Engine, Module};

/// A file, bytes, or a module that is compiled already. A string is always a path.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// A file: text format if its name ends in `.wat`, else binary.
    Path(PathBuf),
    /// A module in the binary format.
    Bytes(Cow<'a, [u8]>),
    /// A compiled module.
    Module(Module),
}

impl Source<'_> {
    /// The module, compiled by `engine` under `limits` or else under the engine's, and the engine.
    pub(super) fn module(self, engine: Option<Engine>, limits: Option<&Limits>) -> Result<(Engine, Module)> {
        let compile = |engine: &Engine, bytes: &[u8]| match limits {
            Some(limits) => Module::with_limits(engine, bytes, &limits.module),
            None => Module::new(engine, bytes),
        };
        match self {
            Self::Path(path) => {
                let engine = engine.unwrap_or_default();
                let module = compile(&engine, &Module::read_file(&path)?)?;
                Ok((engine, module))
            }
            Self::Bytes(bytes) => {
                let engine = engine.unwrap_or_default();
                let module = compile(&engine, &bytes)?;
                Ok((engine, module))
            }
            Self::Module(module) => {
                let own = module.engine().clone();
                if engine.is_some_and(|engine| !engine.same(&own)) {
                    return Err(Error::new(
                        Phase::Link,
                        Kind::WrongStore,
                        "the module was compiled by another engine than the one that the Vm is to use",
                    ));
                }
                Ok((own, module))
            }
        }
    }
}

macro_rules! sources {
    ($($ty:ty => |$source:ident| $make:expr;)+) => {
        $(impl<'a> From<$ty> for Source<'a> {
            fn from($source: $ty) -> Self {
                $make
            }
        })+
    };
}

sources! {
    &str => |path| Self::Path(path.into());
    String => |path| Self::Path(path.into());
    &String => |path| Self::Path(path.into());
    &Path => |path| Self::Path(path.into());
    PathBuf => |path| Self::Path(path);
    &PathBuf => |path| Self::Path(path.clone());
    &'a [u8] => |bytes| Self::Bytes(Cow::Borrowed(bytes));
    Vec<u8> => |bytes| Self::Bytes(Cow::Owned(bytes));
    &'a Vec<u8> => |bytes| Self::Bytes(Cow::Borrowed(bytes));
    Module => |module| Self::Module(module);
    &Module => |module| Self::Module(module.clone());
}

impl<'a, const N: usize> From<&'a [u8; N]> for Source<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}
