//! Tests that change the whole process (its limits, its standard streams, what it may do): each runs in a process of its own.
#![allow(dead_code, reason = "every test file uses some of it")]

use std::env;
use std::process::Command;

/// Set where the test is to be run and not only started.
const INSIDE: &str = "EDGE_TEST_CHILD";

/// Runs `body` in another process, which runs nothing but the test `name`, this one.
///
/// # Panics
///
/// When it fails there, with what it printed.
#[track_caller]
pub(crate) fn in_child(name: &str, body: impl FnOnce()) {
    if env::var(INSIDE).is_ok_and(|inside| inside == name) {
        return body();
    }
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, name)
        .output()
        .expect("this program can be started again");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{}\n{out}\n{err}", output.status);
}

/// A limit of the process on something.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    /// Addresses, in bytes.
    Addresses,
    /// Private memory that can be written, in bytes.
    Data,
    /// Numbers of descriptors.
    Descriptors,
    /// Bytes of a file.
    FileSize,
}

impl Resource {
    fn number(self) -> libc::__rlimit_resource_t {
        match self {
            Self::Addresses => libc::RLIMIT_AS,
            Self::Data => libc::RLIMIT_DATA,
            Self::Descriptors => libc::RLIMIT_NOFILE,
            Self::FileSize => libc::RLIMIT_FSIZE,
        }
    }

    /// Allows so much, until [`Resource::release`].
    pub(crate) fn limit(self, most: u64) {
        let mut limit = self.get();
        limit.rlim_cur = most.min(limit.rlim_max);
        self.set(&limit);
    }

    /// Allows what the process uses now, and `more`.
    pub(crate) fn limit_to_more(self, more: u64) {
        let line = match self {
            Self::Addresses => "VmSize:",
            Self::Data => "VmData:",
            Self::Descriptors | Self::FileSize => panic!("nobody counts what the process uses"),
        };
        let status = std::fs::read_to_string("/proc/self/status").expect("the system tells what the process uses");
        let used = status.lines().find_map(|l| l.strip_prefix(line)?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        self.limit(used.expect("a number of kB") * 1024 + more);
    }

    /// Allows as much as can be allowed.
    pub(crate) fn release(self) {
        let mut limit = self.get();
        limit.rlim_cur = limit.rlim_max;
        self.set(&limit);
    }

    fn get(self) -> libc::rlimit {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: writes the structure.
        assert_eq!(unsafe { libc::getrlimit(self.number(), &raw mut limit) }, 0);
        limit
    }

    fn set(self, limit: &libc::rlimit) {
        // SAFETY: reads the structure.
        assert_eq!(unsafe { libc::setrlimit(self.number(), limit) }, 0);
    }
}
