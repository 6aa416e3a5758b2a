//! Native tests of a guest: stand-ins for the host's functions.
//!
//! A function of `#[edge_bindgen(module = "...")] extern "Rust"` calls the host in a guest; natively it calls what
//! [`mock`] registered. Stand-ins belong to the thread that registered them, so tests do not disturb one another.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::EdgeType;
use crate::msgpack::{Malformed, Reader, Writer};
use crate::returned::Returned;

/// A stand-in between documents: an array of the arguments in, the result out.
type Mock = Rc<RefCell<dyn FnMut(&[u8]) -> Result<Vec<u8>, Malformed>>>;

thread_local! {
    static MOCKS: RefCell<HashMap<(String, String), Mock>> = RefCell::new(HashMap::new());
}

/// A closure that can stand in for a host function: it takes owned values (`String` where the function takes `&str`) and
/// returns what the function returns.
pub trait HostFunction<Arguments, Return>: 'static {
    /// Calls the closure with the arguments in a document; writes what it returns.
    ///
    /// # Errors
    /// The arguments are of other types.
    #[doc(hidden)]
    fn call(&mut self, arguments: &mut Reader<'_>, to: &mut Writer) -> Result<(), Malformed>;
}

macro_rules! host_function {
    ($count:literal $($name:ident)*) => {
        impl<Function, Return, $($name),*> HostFunction<($($name,)*), Return> for Function
        where
            Function: FnMut($($name),*) -> Return + 'static,
            Return: Returned,
            $($name: EdgeType,)*
        {
            fn call(&mut self, arguments: &mut Reader<'_>, to: &mut Writer) -> Result<(), Malformed> {
                arguments.array_of($count)?;
                let result = self($($name::decode(arguments)?),*);
                result.encode(to);
                Ok(())
            }
        }
    };
}

host_function!(0);
host_function!(1 A);
host_function!(2 A B);
host_function!(3 A B C);
host_function!(4 A B C D);
host_function!(5 A B C D E);
host_function!(6 A B C D E F);
host_function!(7 A B C D E F G);
host_function!(8 A B C D E F G H);

/// Lets `function` stand in for the host function `module.name` on this thread, in place of an earlier one.
pub fn mock<Arguments, Return>(module: &str, name: &str, mut function: impl HostFunction<Arguments, Return>) {
    let mock = move |arguments: &[u8]| {
        let mut to = Writer::default();
        function.call(&mut Reader::new(arguments), &mut to)?;
        Ok(to.into_bytes())
    };
    MOCKS.with_borrow_mut(|mocks| mocks.insert((module.into(), name.into()), Rc::new(RefCell::new(mock))));
}

/// Takes all stand-ins of this thread away.
pub fn clear() {
    MOCKS.with_borrow_mut(HashMap::clear);
}

/// What a declared host function does natively.
///
/// # Panics
/// There is no stand-in, or it has other types.
#[doc(hidden)]
pub fn call<R: Returned>(module: &str, name: &str, count: usize, write: impl FnOnce(&mut Writer)) -> R {
    let key = (module.to_owned(), name.to_owned());
    let Some(mock) = MOCKS.with_borrow(|mocks| mocks.get(&key).cloned()) else {
        panic!(
            "the host function `{module}.{name}` was called outside of a guest; let a test give it a stand-in: \
             edge_bindgen::testing::mock(\"{module}\", \"{name}\", |...| ...)"
        );
    };
    let mut to = Writer::default();
    to.array(count);
    write(&mut to);
    let mut mock = mock.try_borrow_mut().unwrap_or_else(|_| {
        panic!("the stand-in of the host function `{module}.{name}` was called from within itself")
    });
    let result = mock(&to.into_bytes())
        .unwrap_or_else(|error| panic!("the stand-in of `{module}.{name}` takes other parameters: {error}"));
    R::decode(&mut Reader::new(&result))
        .unwrap_or_else(|error| panic!("the stand-in of `{module}.{name}` returns another type: {error}"))
}
