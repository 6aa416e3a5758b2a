//! The very files of the runtime's interrupt path in which threads meet, over loom's atomics and locks instead of the standard
//! library's: `cargo test` tries every order in which the threads of a test can meet.
//!
//! What stands around those files there (a page that is closed, scopes, stores) is as little as they need.
#![allow(dead_code, reason = "the files hold more than the models use")]

mod vm {
    pub(crate) mod store {
        /// What a call is of; only its address counts.
        pub(crate) struct Store;
    }

    pub(crate) mod interrupt {
        #[path = "../../../../../runtime/src/vm/interrupt/asked.rs"]
        mod asked;
        #[path = "../../../../../runtime/src/vm/interrupt/call.rs"]
        mod call;
        mod control;
        mod sync;
        #[cfg(test)]
        mod tests;
        #[path = "../../../../../runtime/src/vm/interrupt/token.rs"]
        mod token;
    }
}
