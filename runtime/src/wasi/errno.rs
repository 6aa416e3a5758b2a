//! The error numbers of preview 1, and what the host's own errors become.

use std::io;

/// An error number of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
#[allow(dead_code, reason = "the list of the specification, whole, so that the numbers can be checked against it")]
pub(super) enum Errno {
    /// No error.
    Success = 0,
    /// Argument list too long.
    TooBig = 1,
    /// Permission denied.
    Acces = 2,
    /// Address in use.
    Addrinuse = 3,
    /// Address not available.
    Addrnotavail = 4,
    /// Address family not supported.
    Afnosupport = 5,
    /// Resource unavailable, or the operation would block.
    Again = 6,
    /// Connection already in progress.
    Already = 7,
    /// Bad file descriptor.
    Badf = 8,
    /// Bad message.
    Badmsg = 9,
    /// Device or resource busy.
    Busy = 10,
    /// Operation cancelled.
    Canceled = 11,
    /// No child processes.
    Child = 12,
    /// Connection aborted.
    Connaborted = 13,
    /// Connection refused.
    Connrefused = 14,
    /// Connection reset.
    Connreset = 15,
    /// Resource deadlock would occur.
    Deadlk = 16,
    /// Destination address required.
    Destaddrreq = 17,
    /// Argument out of the function's domain.
    Dom = 18,
    /// Disk quota exceeded.
    Dquot = 19,
    /// File exists.
    Exist = 20,
    /// Bad address.
    Fault = 21,
    /// File too large.
    Fbig = 22,
    /// Host is unreachable.
    Hostunreach = 23,
    /// Identifier removed.
    Idrm = 24,
    /// Illegal byte sequence.
    Ilseq = 25,
    /// Operation in progress.
    Inprogress = 26,
    /// Interrupted function.
    Intr = 27,
    /// Invalid argument.
    Inval = 28,
    /// Input or output error.
    Io = 29,
    /// Socket is connected.
    Isconn = 30,
    /// Is a directory.
    Isdir = 31,
    /// Too many levels of symbolic links.
    Loop = 32,
    /// Too many open files.
    Mfile = 33,
    /// Too many links.
    Mlink = 34,
    /// Message too large.
    Msgsize = 35,
    /// Multihop attempted.
    Multihop = 36,
    /// File name too long.
    Nametoolong = 37,
    /// Network is down.
    Netdown = 38,
    /// Connection aborted by the network.
    Netreset = 39,
    /// Network unreachable.
    Netunreach = 40,
    /// Too many files open in the system.
    Nfile = 41,
    /// No buffer space available.
    Nobufs = 42,
    /// No such device.
    Nodev = 43,
    /// No such file or directory.
    Noent = 44,
    /// Executable file format error.
    Noexec = 45,
    /// No locks available.
    Nolck = 46,
    /// Link severed.
    Nolink = 47,
    /// Not enough space.
    Nomem = 48,
    /// No message of the desired type.
    Nomsg = 49,
    /// Protocol not available.
    Noprotoopt = 50,
    /// No space left on device.
    Nospc = 51,
    /// Function not supported.
    Nosys = 52,
    /// Socket not connected.
    Notconn = 53,
    /// Not a directory.
    Notdir = 54,
    /// Directory not empty.
    Notempty = 55,
    /// State not recoverable.
    Notrecoverable = 56,
    /// Not a socket.
    Notsock = 57,
    /// Not supported.
    Notsup = 58,
    /// Inappropriate control operation.
    Notty = 59,
    /// No such device or address.
    Nxio = 60,
    /// Value too large for the data type.
    Overflow = 61,
    /// Previous owner died.
    Ownerdead = 62,
    /// Operation not permitted.
    Perm = 63,
    /// Broken pipe.
    Pipe = 64,
    /// Protocol error.
    Proto = 65,
    /// Protocol not supported.
    Protonosupport = 66,
    /// Wrong protocol type for the socket.
    Prototype = 67,
    /// Result too large.
    Range = 68,
    /// Read-only file system.
    Rofs = 69,
    /// Invalid seek.
    Spipe = 70,
    /// No such process.
    Srch = 71,
    /// Stale file handle.
    Stale = 72,
    /// Connection timed out.
    Timedout = 73,
    /// Text file busy.
    Txtbsy = 74,
    /// Cross-device link.
    Xdev = 75,
    /// Capabilities insufficient.
    Notcapable = 76,
}

/// The result of a function of the specification.
pub(super) type Result<T, E = Errno> = std::result::Result<T, E>;

impl Errno {
    /// The number that the guest sees.
    pub(super) const fn number(self) -> u16 {
        self as u16
    }

    /// The error number for one of the host's, which differ from system to system. What has no counterpart is `EIO`.
    fn from_host(code: i32) -> Self {
        match code {
            libc::E2BIG => Self::TooBig,
            libc::EACCES => Self::Acces,
            libc::EADDRINUSE => Self::Addrinuse,
            libc::EADDRNOTAVAIL => Self::Addrnotavail,
            libc::EAFNOSUPPORT => Self::Afnosupport,
            libc::EAGAIN => Self::Again,
            libc::EALREADY => Self::Already,
            libc::EBADF => Self::Badf,
            libc::EBADMSG => Self::Badmsg,
            libc::EBUSY => Self::Busy,
            libc::ECANCELED => Self::Canceled,
            libc::ECHILD => Self::Child,
            libc::ECONNABORTED => Self::Connaborted,
            libc::ECONNREFUSED => Self::Connrefused,
            libc::ECONNRESET => Self::Connreset,
            libc::EDEADLK => Self::Deadlk,
            libc::EDESTADDRREQ => Self::Destaddrreq,
            libc::EDOM => Self::Dom,
            libc::EDQUOT => Self::Dquot,
            libc::EEXIST => Self::Exist,
            libc::EFAULT => Self::Fault,
            libc::EFBIG => Self::Fbig,
            libc::EHOSTUNREACH => Self::Hostunreach,
            libc::EIDRM => Self::Idrm,
            libc::EILSEQ => Self::Ilseq,
            libc::EINPROGRESS => Self::Inprogress,
            libc::EINTR => Self::Intr,
            libc::EINVAL => Self::Inval,
            libc::EIO => Self::Io,
            libc::EISCONN => Self::Isconn,
            libc::EISDIR => Self::Isdir,
            libc::ELOOP => Self::Loop,
            libc::EMFILE => Self::Mfile,
            libc::EMLINK => Self::Mlink,
            libc::EMSGSIZE => Self::Msgsize,
            libc::EMULTIHOP => Self::Multihop,
            libc::ENAMETOOLONG => Self::Nametoolong,
            libc::ENETDOWN => Self::Netdown,
            libc::ENETRESET => Self::Netreset,
            libc::ENETUNREACH => Self::Netunreach,
            libc::ENFILE => Self::Nfile,
            libc::ENOBUFS => Self::Nobufs,
            libc::ENODEV => Self::Nodev,
            libc::ENOENT => Self::Noent,
            libc::ENOEXEC => Self::Noexec,
            libc::ENOLCK => Self::Nolck,
            libc::ENOLINK => Self::Nolink,
            libc::ENOMEM => Self::Nomem,
            libc::ENOMSG => Self::Nomsg,
            libc::ENOPROTOOPT => Self::Noprotoopt,
            libc::ENOSPC => Self::Nospc,
            libc::ENOSYS => Self::Nosys,
            libc::ENOTCONN => Self::Notconn,
            libc::ENOTDIR => Self::Notdir,
            libc::ENOTEMPTY => Self::Notempty,
            libc::ENOTRECOVERABLE => Self::Notrecoverable,
            libc::ENOTSOCK => Self::Notsock,
            libc::ENOTTY => Self::Notty,
            libc::ENXIO => Self::Nxio,
            libc::EOVERFLOW => Self::Overflow,
            libc::EOWNERDEAD => Self::Ownerdead,
            libc::EPERM => Self::Perm,
            libc::EPIPE => Self::Pipe,
            libc::EPROTO => Self::Proto,
            libc::EPROTONOSUPPORT => Self::Protonosupport,
            libc::EPROTOTYPE => Self::Prototype,
            libc::ERANGE => Self::Range,
            libc::EROFS => Self::Rofs,
            libc::ESPIPE => Self::Spipe,
            libc::ESRCH => Self::Srch,
            libc::ESTALE => Self::Stale,
            libc::ETIMEDOUT => Self::Timedout,
            libc::ETXTBSY => Self::Txtbsy,
            libc::EXDEV => Self::Xdev,
            libc::ENOTSUP => Self::Notsup,
            _ => Self::Io,
        }
    }
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        if let Some(code) = error.raw_os_error() {
            return Self::from_host(code);
        }
        // Errors made by std and cap-std themselves. cap-std reports a path that leaves its directory as
        // `PermissionDenied`; the specification's own number for it is used by no other host, and libraries know `EPERM`.
        match error.kind() {
            io::ErrorKind::NotFound => Self::Noent,
            io::ErrorKind::PermissionDenied => Self::Perm,
            io::ErrorKind::AlreadyExists => Self::Exist,
            io::ErrorKind::WouldBlock => Self::Again,
            io::ErrorKind::InvalidInput => Self::Inval,
            io::ErrorKind::TimedOut => Self::Timedout,
            io::ErrorKind::Interrupted => Self::Intr,
            io::ErrorKind::BrokenPipe => Self::Pipe,
            io::ErrorKind::Unsupported => Self::Notsup,
            io::ErrorKind::StorageFull => Self::Nospc,
            io::ErrorKind::OutOfMemory => Self::Nomem,
            _ => Self::Io,
        }
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(error: rustix::io::Errno) -> Self {
        Self::from_host(error.raw_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_specification() {
        let known = [
            (Errno::Success, 0),
            (Errno::TooBig, 1),
            (Errno::Badf, 8),
            (Errno::Exist, 20),
            (Errno::Fault, 21),
            (Errno::Inval, 28),
            (Errno::Isdir, 31),
            (Errno::Loop, 32),
            (Errno::Noent, 44),
            (Errno::Nosys, 52),
            (Errno::Notdir, 54),
            (Errno::Notsock, 57),
            (Errno::Perm, 63),
            (Errno::Rofs, 69),
            (Errno::Spipe, 70),
            (Errno::Xdev, 75),
            (Errno::Notcapable, 76),
        ];
        for (errno, number) in known {
            assert_eq!(errno.number(), number, "{errno:?}");
        }
    }

    #[test]
    fn host_errors_keep_their_meaning() {
        assert_eq!(Errno::from(io::Error::from_raw_os_error(libc::ENOTEMPTY)), Errno::Notempty);
        assert_eq!(Errno::from(rustix::io::Errno::XDEV), Errno::Xdev);
        assert_eq!(Errno::from(io::Error::from(io::ErrorKind::PermissionDenied)), Errno::Perm);
        assert_eq!(Errno::from(io::Error::other("anything")), Errno::Io);
    }
}
