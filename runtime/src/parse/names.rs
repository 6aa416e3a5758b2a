//! The name section. It is a hint: what is wrong in it is left out, never an error.

use wasmparser::{Name, NameSectionReader};

use super::info::Names;

/// Names of what does not exist are left out too, or a section of two bytes a name would take far more than its size.
pub(super) fn read(section: NameSectionReader<'_>, functions: usize, tags: usize, names: &mut Names) {
    for subsection in section {
        match subsection {
            Ok(Name::Module { name, .. }) => names.module = Some(name.to_owned()),
            Ok(Name::Function(map)) => {
                let known = map.map_while(Result::ok).filter(|n| (n.index as usize) < functions);
                names.functions.extend(known.map(|n| (n.index, n.name.to_owned())));
            }
            Ok(Name::Tag(map)) => {
                let known = map.map_while(Result::ok).filter(|n| (n.index as usize) < tags);
                names.tags.extend(known.map(|n| (n.index, n.name.to_owned())));
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
