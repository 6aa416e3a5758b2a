//! One pass over a module's sections.

use wasmparser::{
    DataKind, ElementItems, ElementKind, Encoding, ExternalKind, KnownCustom, Parser, Payload, SectionLimited,
    TableInit, TypeRef, ValidPayload, Validator,
};

use super::bodies::{self, Body};
use super::branch_hints;
use super::caps;
use super::escapes;
use super::failure::{blame_proposals, invalid, malformed};
use super::features;
use super::info::{DataSegment, ElementMode, ElementSegment, Export, ExternIndex, FuncBody, Import, ModuleInfo};
use super::{ConstExpr, ConstOp, const_expr, convert, names};
use crate::types::interner;
use crate::types::{Error, ExternType, Kind, ModuleLimits, Phase, Proposal, Proposals, Result};

/// Reads and validates a module in the binary format.
///
/// # Errors
///
/// [`Kind::Malformed`] when the bytes are not a module, [`Kind::Invalid`] when the module breaks a rule,
/// [`Kind::Unsupported`] when it needs a proposal that is off, [`Kind::TooLarge`] when it exceeds one of `caps`. The message
/// ends with the offset in the bytes.
pub(crate) fn parse(bytes: &[u8], proposals: Proposals, caps: &ModuleLimits) -> Result<ModuleInfo> {
    caps::check("bytes in the module", bytes.len() as u64, caps.module_size, 0)?;
    let read = || {
        let (info, bodies) = read(bytes, proposals, caps)?;
        bodies::validate(bodies, caps)?;
        Ok(info)
    };
    read().map_err(|e| blame_proposals(e, bytes, proposals))
}

/// [`parse`] of a module that has been validated before: bodies are not looked at.
///
/// # Errors
///
/// As [`parse`], of everything but bodies.
pub(crate) fn outline(bytes: &[u8], proposals: Proposals, caps: &ModuleLimits) -> Result<ModuleInfo> {
    caps::check("bytes in the module", bytes.len() as u64, caps.module_size, 0)?;
    read(bytes, proposals, caps).map(|(info, _)| info)
}

fn read<'a>(bytes: &'a [u8], proposals: Proposals, caps: &'a ModuleLimits) -> Result<(ModuleInfo, Vec<Body<'a>>)> {
    let features = features::of(proposals);
    let mut reading = Reading {
        info: ModuleInfo::default(),
        validator: Validator::new_with_features(features),
        bodies: Vec::new(),
        branch_hinting: proposals.contains(Proposal::BranchHinting),
        caps,
    };
    let mut parser = Parser::new(0);
    parser.set_features(features);
    for payload in parser.parse_all(bytes) {
        reading.section(payload.map_err(|e| malformed(&e))?)?;
    }
    let Reading { mut info, bodies, .. } = reading;
    info.export_index = info.exports.iter().enumerate().map(|(i, e)| (e.name.clone(), i)).collect();
    escapes::find(&mut info);
    Ok((info, bodies))
}

struct Reading<'a> {
    info: ModuleInfo,
    validator: Validator,
    bodies: Vec<Body<'a>>,
    branch_hinting: bool,
    caps: &'a ModuleLimits,
}

/// Reads all items of a section before the validator sees them: what fails here is malformed, what fails there is invalid.
fn items<'a, T: wasmparser::FromReader<'a>>(section: &SectionLimited<'a, T>) -> Result<Vec<T>> {
    section.clone().into_iter().collect::<wasmparser::Result<_>>().map_err(|e| malformed(&e))
}

impl<'a> Reading<'a> {
    /// [`items`] of a section of the module, once their number is known to be bearable.
    fn capped<T: wasmparser::FromReader<'a>>(&self, section: &SectionLimited<'a, T>) -> Result<Vec<T>> {
        caps::check("items in a section", section.count().into(), self.caps.items, section.range().start)?;
        items(section)
    }

    fn constant(&self, expression: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr> {
        const_expr::read(expression, self.caps)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::Version { encoding: Encoding::Component, range, .. } => Err(Error::new(
                Phase::Load,
                Kind::Unsupported,
                format!("this is a component, expected a core module (at offset {:#x})", range.start),
            )),
            Payload::TypeSection(section) => self.types(&section),
            Payload::ImportSection(section) => self.imports(&section),
            Payload::FunctionSection(section) => self.functions(&section),
            Payload::TableSection(section) => self.tables(&section),
            Payload::MemorySection(section) => self.memories(&section),
            Payload::TagSection(section) => self.tags(&section),
            Payload::GlobalSection(section) => self.globals(&section),
            Payload::ExportSection(section) => self.exports(&section),
            Payload::StartSection { func, ref range } => {
                self.validator.start_section(func, range).map_err(|e| invalid(&e))?;
                self.info.start = Some(func);
                Ok(())
            }
            Payload::ElementSection(section) => self.elements(&section),
            Payload::DataSection(section) => self.data(&section),
            Payload::CodeSectionStart { ref unchecked_range, .. } => {
                self.info.code_section_start = offset(unchecked_range.start);
                self.validate(&payload)
            }
            Payload::CustomSection(section) => {
                let count = self.info.custom_sections.len() as u64 + 1;
                caps::check("custom sections", count, self.caps.items, section.range().start)?;
                let range = section.data_range();
                let range = offset(range.start)..offset(range.end);
                self.info.custom_sections.push((section.name().to_owned(), range));
                self.known_custom(section.as_known());
                Ok(())
            }
            // Nothing to keep of the rest: the header, the data count, bodies (kept by `validate`), the end, and sections of
            // proposals that are off, which the validator refuses.
            other => self.validate(&other),
        }
    }

    /// Custom sections that mean something to us. What is wrong in them is no error.
    fn known_custom(&mut self, section: KnownCustom<'_>) {
        let functions = self.info.functions.len();
        match section {
            KnownCustom::Name(names) => names::read(names, functions, self.info.tags.len(), &mut self.info.names),
            KnownCustom::BranchHints(hints) if self.branch_hinting => {
                self.info.branch_hints = branch_hints::read(hints, functions);
            }
            _ => {}
        }
    }

    fn validate(&mut self, payload: &Payload<'a>) -> Result<()> {
        match self.validator.payload(payload).map_err(|e| invalid(&e))? {
            ValidPayload::Func(func, body) => {
                let range = body.range();
                self.info.bodies.push(FuncBody { range: offset(range.start)..offset(range.end) });
                self.bodies.push((func, body));
            }
            ValidPayload::Ok | ValidPayload::Parser(_) | ValidPayload::End(_) => {}
        }
        Ok(())
    }

    fn types(&mut self, section: &wasmparser::TypeSectionReader<'a>) -> Result<()> {
        let groups = self.capped(section)?;
        let at = section.range().start;
        let total = groups.iter().map(|group| group.types().len() as u64).sum();
        caps::check("types", total, self.caps.items, at)?;
        self.validator.type_section(section).map_err(|e| invalid(&e))?;
        for group in groups.iter().filter(|group| group.types().len() > 0) {
            let members = group.types().map(|ty| self.known_types(at).member(ty)).collect::<Result<_>>()?;
            let group = interner::register(members)?;
            self.info.type_ids.extend(group.members().map(|(id, _)| id));
            self.info.types.extend(group.members().map(|(_, ty)| ty.clone()));
            self.info.type_groups.push(group);
        }
        Ok(())
    }

    /// Converts types of the module that stand around `at`.
    fn known_types(&self, at: u64) -> convert::Types<'_> {
        convert::Types { numbers: &self.info.type_ids, at }
    }

    fn imports(&mut self, section: &wasmparser::ImportSectionReader<'a>) -> Result<()> {
        caps::check("items in a section", section.count().into(), self.caps.items, section.range().start)?;
        let imports: Vec<_> =
            section.clone().into_imports().collect::<wasmparser::Result<_>>().map_err(|e| malformed(&e))?;
        self.validator.import_section(section).map_err(|e| invalid(&e))?;
        let at = section.range().start;
        for import in imports {
            let ty = self.import_type(import.ty, at)?;
            self.info.imports.push(Import { module: import.module.to_owned(), name: import.name.to_owned(), ty });
        }
        caps::check("functions", self.info.functions.len() as u64, self.caps.functions, at)
    }

    fn import_type(&mut self, ty: TypeRef, at: u64) -> Result<ExternType> {
        let info = &mut self.info;
        let types = convert::Types { numbers: &info.type_ids, at };
        Ok(match ty {
            TypeRef::Func(index) => {
                info.functions.push(index);
                info.counts.imported_functions += 1;
                ExternType::Func(info.types[index as usize].clone())
            }
            TypeRef::Table(ty) => {
                let ty = types.table_type(ty)?;
                info.tables.push(ty);
                info.counts.imported_tables += 1;
                info.counts.tables += 1;
                ExternType::Table(ty)
            }
            TypeRef::Memory(ty) => {
                let ty = convert::memory_type(ty);
                info.memories.push(ty);
                info.counts.imported_memories += 1;
                info.counts.memories += 1;
                ExternType::Memory(ty)
            }
            TypeRef::Global(ty) => {
                let ty = types.global_type(ty)?;
                info.globals.push(ty);
                info.counts.imported_globals += 1;
                info.counts.globals += 1;
                ExternType::Global(ty)
            }
            TypeRef::Tag(tag) => {
                info.tags.push(tag.func_type_idx);
                info.counts.imported_tags += 1;
                info.counts.tags += 1;
                ExternType::Tag(info.types[tag.func_type_idx as usize].clone())
            }
            TypeRef::FuncExact(_) => return Err(convert::unsupported("this kind of import", at)),
        })
    }

    fn functions(&mut self, section: &wasmparser::FunctionSectionReader<'a>) -> Result<()> {
        let total = self.info.functions.len() as u64 + u64::from(section.count());
        caps::check("functions", total, self.caps.functions, section.range().start)?;
        let functions = self.capped(section)?;
        self.validator.function_section(section).map_err(|e| invalid(&e))?;
        self.info.functions.extend(functions);
        Ok(())
    }

    fn tables(&mut self, section: &wasmparser::TableSectionReader<'a>) -> Result<()> {
        let tables = self.capped(section)?;
        self.validator.table_section(section).map_err(|e| invalid(&e))?;
        let at = section.range().start;
        for table in tables {
            let ty = self.known_types(at).table_type(table.ty)?;
            self.info.tables.push(ty);
            let init = match table.init {
                TableInit::RefNull => None,
                TableInit::Expr(init) => Some(self.constant(&init)?),
            };
            self.info.table_inits.push(init);
            self.info.counts.tables += 1;
        }
        Ok(())
    }

    fn memories(&mut self, section: &wasmparser::MemorySectionReader<'a>) -> Result<()> {
        let memories = self.capped(section)?;
        self.validator.memory_section(section).map_err(|e| invalid(&e))?;
        self.info.counts.memories += section.count();
        self.info.memories.extend(memories.into_iter().map(convert::memory_type));
        Ok(())
    }

    fn tags(&mut self, section: &wasmparser::TagSectionReader<'a>) -> Result<()> {
        let tags = self.capped(section)?;
        self.validator.tag_section(section).map_err(|e| invalid(&e))?;
        self.info.counts.tags += section.count();
        self.info.tags.extend(tags.into_iter().map(|tag| tag.func_type_idx));
        Ok(())
    }

    fn globals(&mut self, section: &wasmparser::GlobalSectionReader<'a>) -> Result<()> {
        let globals = self.capped(section)?;
        self.validator.global_section(section).map_err(|e| invalid(&e))?;
        let at = section.range().start;
        for global in globals {
            let ty = self.known_types(at).global_type(global.ty)?;
            self.info.globals.push(ty);
            let init = self.constant(&global.init_expr)?;
            self.info.global_inits.push(init);
            self.info.counts.globals += 1;
        }
        Ok(())
    }

    fn exports(&mut self, section: &wasmparser::ExportSectionReader<'a>) -> Result<()> {
        let exports = self.capped(section)?;
        self.validator.export_section(section).map_err(|e| invalid(&e))?;
        for export in exports {
            let index = match export.kind {
                ExternalKind::Func => ExternIndex::Func(export.index),
                ExternalKind::Table => ExternIndex::Table(export.index),
                ExternalKind::Memory => ExternIndex::Memory(export.index),
                ExternalKind::Global => ExternIndex::Global(export.index),
                ExternalKind::Tag => ExternIndex::Tag(export.index),
                ExternalKind::FuncExact => {
                    return Err(convert::unsupported("this kind of export", section.range().start));
                }
            };
            self.info.exports.push(Export { name: export.name.to_owned(), index });
        }
        Ok(())
    }

    fn elements(&mut self, section: &wasmparser::ElementSectionReader<'a>) -> Result<()> {
        let segments = self.capped(section)?;
        self.validator.element_section(section).map_err(|e| invalid(&e))?;
        for segment in segments {
            let mode = match segment.kind {
                ElementKind::Passive => ElementMode::Passive,
                ElementKind::Declared => ElementMode::Declared,
                ElementKind::Active { table_index, offset_expr } => {
                    ElementMode::Active { table: table_index.unwrap_or(0), offset: self.constant(&offset_expr)? }
                }
            };
            let items = match segment.items {
                ElementItems::Functions(functions) => {
                    let item = |function| ConstExpr::One(ConstOp::RefFunc(function));
                    items(&functions)?.into_iter().map(item).collect()
                }
                ElementItems::Expressions(_, expressions) => {
                    items(&expressions)?.iter().map(|item| self.constant(item)).collect::<Result<_>>()?
                }
            };
            self.info.elements.push(ElementSegment { mode, items });
        }
        Ok(())
    }

    fn data(&mut self, section: &wasmparser::DataSectionReader<'a>) -> Result<()> {
        let segments = self.capped(section)?;
        self.validator.data_section(section).map_err(|e| invalid(&e))?;
        for segment in segments {
            let active = match segment.kind {
                DataKind::Passive => None,
                DataKind::Active { memory_index, offset_expr } => Some((memory_index, self.constant(&offset_expr)?)),
            };
            let end = offset(segment.range.end);
            self.info.data.push(DataSegment { active, range: end - segment.data.len()..end });
        }
        Ok(())
    }
}

/// Offsets are within `bytes`, so they fit.
fn offset(position: u64) -> usize {
    position as usize
}
