//! The name section. It is a hint: what is wrong in it is left out, never an error.

use wasmparser::{Name, NameSectionReader};

use super::info::Names;

pub(super) fn read(section: NameSectionReader<'_>, names: &mut Names) {
    for subsection in section {
        match subsection {
            Ok(Name::Module { name, .. }) => names.module = Some(name.to_owned()),
            Ok(Name::Function(map)) => {
                names.functions.extend(map.map_while(Result::ok).map(|n| (n.index, n.name.to_owned())));
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
