//! Values go into documents and raw bytes and come out the same, whatever their type.

use proptest::prelude::*;

use crate::bindgen::decode::{self, Decoder};
use crate::bindgen::encode::{self, Encoder};
use crate::bindgen::lower::Pass;
use crate::bindgen::output::{Arena, Placed};
use crate::bindgen::{Body, Field, Fields, NamedType, Type, TypeId, Variant};
use crate::types::{Value, Vector};

/// Bytes that decide what is made; zero when they are used up, which makes the simplest choice everywhere.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, n: u8) -> u8 {
        self.byte() % n
    }

    fn bits(&mut self) -> u64 {
        // Small numbers and extreme ones matter most.
        match self.below(4) {
            0 => self.byte().into(),
            1 => u64::MAX - u64::from(self.byte()),
            2 => 1 << self.below(64),
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    fn float(&mut self) -> f64 {
        Some(f64::from_bits(self.bits())).filter(|f| f.is_finite()).unwrap_or(-0.5)
    }

    fn text(&mut self) -> String {
        let len = self.below(40);
        (0..len).map(|_| ['a', 'ß', '\u{0}', '漢', '🦀'][usize::from(self.below(5))]).collect()
    }
}

/// Makes types, and values of them in the very form in which the decoder gives them.
struct Maker<'a> {
    choices: Choices<'a>,
    types: Vec<NamedType>,
}

const NUMBERS: [Type; 12] = [
    Type::I8,
    Type::I16,
    Type::I32,
    Type::I64,
    Type::U8,
    Type::U16,
    Type::U32,
    Type::U64,
    Type::Isize,
    Type::Usize,
    Type::F32,
    Type::F64,
];

impl Maker<'_> {
    fn ty(&mut self, depth: u32) -> Type {
        let sorts = if depth == 0 { 5 } else { 12 };
        match self.choices.below(sorts) {
            0 => self.number_type(),
            1 => Type::String,
            2 => Type::Bytes,
            3 => Type::Bool,
            4 => Type::Char,
            5 => Type::Vec(Box::new(self.item(depth))),
            6 => Type::Array(Box::new(self.item(depth)), self.choices.below(4).into()),
            7 => Type::Option(Box::new(self.item(depth))),
            8 => Type::Tuple((0..self.choices.below(4)).map(|_| self.ty(depth - 1)).collect()),
            9 => Type::Map(Box::new(Type::String), Box::new(self.ty(depth - 1))),
            10 => {
                let body = Body::Struct(self.fields(depth - 1));
                self.named(body)
            }
            _ => {
                let variants = (0..=self.choices.below(3)).map(|i| Variant {
                    name: format!("V{i}"),
                    doc: String::new(),
                    fields: self.fields(depth - 1),
                });
                let body = Body::Enum(variants.collect());
                self.named(body)
            }
        }
    }

    fn number_type(&mut self) -> Type {
        NUMBERS[usize::from(self.choices.below(12))].clone()
    }

    /// A type inside of a sequence or an option: not one whose value may be nil, and `Vec<u8>` is `Bytes`.
    fn item(&mut self, depth: u32) -> Type {
        match self.ty(depth - 1) {
            Type::Option(_) | Type::U8 | Type::Named(_) => Type::String,
            other => other,
        }
    }

    fn fields(&mut self, depth: u32) -> Fields {
        let count = self.choices.below(4);
        match self.choices.below(3) {
            0 => Fields::Unit,
            1 => Fields::Tuple((0..=count).map(|_| self.ty(depth)).collect()),
            _ => Fields::Named(
                (0..count).map(|i| Field { name: format!("f{i}"), doc: String::new(), ty: self.ty(depth) }).collect(),
            ),
        }
    }

    fn named(&mut self, body: Body) -> Type {
        let index = self.types.len() as u32;
        let name = format!("T{index}");
        self.types.push(NamedType { identity: name.clone(), name: name.clone(), doc: String::new(), body });
        Type::Named(TypeId { index, name: name.into() })
    }

    fn value(&mut self, ty: &Type) -> Value<'static> {
        match ty {
            Type::Unit => Value::Null,
            Type::Bool => Value::Bool(self.choices.below(2) == 1),
            Type::Char => Value::Char(['x', '\u{10ffff}', '\u{d7ff}'][usize::from(self.choices.below(3))]),
            Type::I8 => Value::I8(self.choices.bits() as i8),
            Type::I16 => Value::I16(self.choices.bits() as i16),
            Type::I32 => Value::I32(self.choices.bits() as i32),
            Type::I64 => Value::I64(self.choices.bits() as i64),
            Type::U8 => Value::U8(self.choices.bits() as u8),
            Type::U16 => Value::U16(self.choices.bits() as u16),
            Type::U32 => Value::U32(self.choices.bits() as u32),
            Type::U64 => Value::U64(self.choices.bits()),
            Type::Isize => Value::I64((self.choices.bits() as i32).into()),
            Type::Usize => Value::U64((self.choices.bits() as u32).into()),
            Type::F32 => Value::F32(self.choices.float() as f32),
            Type::F64 => Value::F64(self.choices.float()),
            Type::String => Value::String(self.choices.text().into()),
            Type::Bytes => Value::Bytes((0..self.choices.below(40)).collect()),
            Type::Vec(item) => {
                let len = self.choices.below(20).into();
                self.sequence(item, len)
            }
            Type::Array(item, len) => self.sequence(item, *len),
            Type::Option(item) => match self.choices.below(2) {
                0 => Value::Null,
                _ => self.value(item),
            },
            Type::Result(..) => unreachable!("never made"),
            Type::Tuple(items) => Value::Tuple(items.iter().map(|ty| self.value(ty)).collect()),
            Type::Map(key, item) => {
                let len = self.choices.below(4);
                Value::Map((0..len).map(|_| (self.value(key), self.value(item))).collect())
            }
            Type::Named(id) => match self.types[id.index()].body.clone() {
                Body::Struct(fields) => self.payload(&fields),
                Body::Enum(variants) => {
                    let variant = &variants[usize::from(self.choices.below(variants.len() as u8))];
                    let name = Value::String(variant.name.clone().into());
                    match &variant.fields {
                        Fields::Unit => name,
                        fields => Value::Map(vec![(name, self.payload(fields))]),
                    }
                }
            },
        }
    }

    fn payload(&mut self, fields: &Fields) -> Value<'static> {
        match fields {
            Fields::Unit => Value::Null,
            Fields::Tuple(types) if types.len() == 1 => self.value(&types[0]),
            Fields::Tuple(types) => Value::Tuple(types.iter().map(|ty| self.value(ty)).collect()),
            Fields::Named(fields) => {
                Value::Map(fields.iter().map(|f| (Value::String(f.name.clone().into()), self.value(&f.ty))).collect())
            }
        }
    }

    fn sequence(&mut self, item: &Type, len: u32) -> Value<'static> {
        macro_rules! numbers {
            ($variant:ident) => {
                Value::Vector(Vector::$variant(
                    (0..len)
                        .map(|_| match self.value(item) {
                            Value::$variant(n) => n,
                            other => panic!("{item} made {other:?}"),
                        })
                        .collect(),
                ))
            };
        }
        match item {
            Type::U8 => Value::Bytes((0..len).map(|_| self.choices.byte()).collect()),
            Type::I8 => numbers!(I8),
            Type::I16 => numbers!(I16),
            Type::I32 => numbers!(I32),
            Type::I64 | Type::Isize => numbers!(I64),
            Type::U16 => numbers!(U16),
            Type::U32 => numbers!(U32),
            Type::U64 | Type::Usize => numbers!(U64),
            Type::F32 => numbers!(F32),
            Type::F64 => numbers!(F64),
            other => Value::List((0..len).map(|_| self.value(other)).collect()),
        }
    }
}

/// The bytes of something placed.
fn bytes<'a>(placed: &'a Placed<'_>, arena: &'a [u8]) -> &'a [u8] {
    match placed {
        Placed::Arena { address, len } => &arena[*address as usize..][..*len as usize],
        Placed::Borrowed(bytes) => bytes,
        Placed::Owned(bytes) => bytes,
    }
}

/// Sends a value through an arena of that size and reads it again.
fn through(types: &[NamedType], ty: &Type, value: &Value<'_>, arena_size: usize) -> Value<'static> {
    if let Pass::Number(_) | Pass::Nothing = ty.pass() {
        return decode::slot(ty, encode::slot(ty, value).unwrap()).unwrap();
    }
    let mut memory = vec![0xAA; arena_size];
    // SAFETY: the memory outlives the arena, and there is no guest.
    let mut arena = unsafe { Arena::new(memory.as_mut_ptr(), 0, arena_size as u32) };
    let placed = Encoder { types }.place(ty, value, &mut arena).unwrap();
    let bytes = bytes(&placed, &memory);
    Decoder { types }.bytes(ty, bytes).unwrap().into_owned()
}

/// Sends a value through a document, even if it would travel otherwise.
fn through_document(types: &[NamedType], ty: &Type, value: &Value<'_>) -> Value<'static> {
    let placed = Encoder { types }.document(ty, value, &mut Arena::none()).unwrap();
    Decoder { types }.document(ty, bytes(&placed, &[])).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_value_comes_back_as_it_went(choices in prop::collection::vec(any::<u8>(), 0..300), arena in 0_usize..200) {
        let mut maker = Maker { choices: Choices(&choices), types: Vec::new() };
        let ty = maker.ty(4);
        let value = maker.value(&ty);
        prop_assert_eq!(&through(&maker.types, &ty, &value, arena), &value, "{}", ty);
        prop_assert_eq!(&through_document(&maker.types, &ty, &value), &value, "{}", ty);
    }

    #[test]
    fn a_reader_of_random_documents_never_panics(
        choices in prop::collection::vec(any::<u8>(), 0..200),
        document in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut maker = Maker { choices: Choices(&choices), types: Vec::new() };
        let ty = maker.ty(4);
        if let Pass::Raw | Pass::Document = ty.pass() {
            let _ = Decoder { types: &maker.types }.bytes(&ty, &document);
        }
        let _ = Decoder { types: &maker.types }.document(&ty, &document);
    }

    #[test]
    fn a_reader_of_damaged_documents_never_panics(
        choices in prop::collection::vec(any::<u8>(), 0..300),
        (at, flip) in (any::<prop::sample::Index>(), 1_u8..),
    ) {
        let mut maker = Maker { choices: Choices(&choices), types: Vec::new() };
        let ty = maker.ty(4);
        let value = maker.value(&ty);
        let placed = Encoder { types: &maker.types }.document(&ty, &value, &mut Arena::none()).unwrap();
        let mut document = bytes(&placed, &[]).to_vec();
        let at = at.index(document.len());
        document[at] ^= flip;
        let _ = Decoder { types: &maker.types }.document(&ty, &document);
    }

    #[test]
    fn a_reader_of_random_descriptions_never_panics(section in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = crate::bindgen::description::read([&section[..]].into_iter());
    }
}

#[test]
fn hosts_may_use_other_forms_of_the_same_value() {
    let vec = |ty: Type| Type::Vec(Box::new(ty));
    let ints = |items: &[i64]| Value::List(items.iter().map(|n| Value::I64(*n)).collect());
    let f32s = |items: &[f32]| Value::Vector(Vector::F32(items.to_vec().into()));
    let cases = [
        (Type::U8, Value::I64(255), Value::U8(255)),
        (Type::U64, Value::I8(3), Value::U64(3)),
        (Type::F32, Value::F64(0.25), Value::F32(0.25)),
        (Type::F64, Value::I64(-3), Value::F64(-3.0)),
        (Type::Char, Value::String("ß".into()), Value::Char('ß')),
        (Type::Bytes, ints(&[0, 255]), Value::Bytes(vec![0, 255].into())),
        (Type::Bytes, Value::Vector(Vector::I64(vec![1, 2].into())), Value::Bytes(vec![1, 2].into())),
        (vec(Type::F32), ints(&[1, 2]), f32s(&[1.0, 2.0])),
        (vec(Type::F32), Value::Vector(Vector::F64(vec![0.5].into())), f32s(&[0.5])),
        (vec(Type::I16), Value::Bytes(vec![200].into()), Value::Vector(Vector::I16(vec![200].into()))),
        (Type::Array(Box::new(Type::U8), 2), ints(&[7, 8]), Value::Bytes(vec![7, 8].into())),
        (
            Type::Tuple(vec![Type::U8, Type::Bool]),
            Value::List(vec![Value::I64(1), Value::Bool(true)]),
            Value::Tuple(vec![Value::U8(1), Value::Bool(true)]),
        ),
        (vec(Type::Bool), Value::Tuple(vec![Value::Bool(true)]), Value::List(vec![Value::Bool(true)])),
    ];
    for (ty, given, expected) in cases {
        assert_eq!(through(&[], &ty, &given, 64), expected, "{ty}");
        assert_eq!(through_document(&[], &ty, &given), expected, "{ty}");
    }
}

#[test]
fn floats_keep_their_bits() {
    for bits in [0x7fc0_0001_u32, 0xffc0_0000, 0x8000_0000, 0x0000_0001, 0x7f80_0000] {
        let Value::F32(f) = through(&[], &Type::F32, &Value::F32(f32::from_bits(bits)), 0) else { panic!("an f32") };
        assert_eq!(f.to_bits(), bits);
        let Value::F32(f) = through_document(&[], &Type::F32, &Value::F32(f32::from_bits(bits))) else {
            panic!("an f32")
        };
        assert_eq!(f.to_bits(), bits);
    }
}
