//! Entering guests without machine code: Pulley's interpreter stands in for the processor, its own stack for the thread's.
//!
//! A guest that calls a host function or asks for a builtin makes the interpreter return with the number of its request; it
//! is served here, and the interpreter goes on where it was. So a guest inside of a host function inside of a guest is a
//! call of [`Machine::enter`] inside of another, on one stack of the interpreter, and a guest that ends early is a loop
//! that is left: nothing unwinds. An exception that is caught is a loop that goes on in the handler, with the stack and frame
//! pointers of its frame: the compiler counts on no other register there.

use std::cell::Cell;
use std::ops::Range;
use std::ptr::NonNull;

use pulley_interpreter::interp::{DoneReason, TrapKind, Vm, XRegVal};
use pulley_interpreter::{Reg as _, XReg};

use super::builtins::INTERPRETED;
use super::registry;
use super::traps::{Activation, Landing};
use crate::types::layout::{ArrayTrampoline, Builtin, FuncRef, HostFuncContext, HostRequest, RawValue};
use crate::types::{Error, Kind, Phase, Result, Trap};

/// The interpreter of a store, made when its first guest is called. A pointer and not a box: stays hold it while others that
/// are inside of them use it.
pub(super) struct Interpreter {
    vm: Cell<Option<NonNull<Vm>>>,
    /// The address behind its stack.
    stack_end: Cell<usize>,
}

impl Interpreter {
    pub(super) const fn new() -> Self {
        Self { vm: Cell::new(None), stack_end: Cell::new(0) }
    }

    /// The machine, with a stack of `stack` bytes for all calls of the store that are inside of one another.
    ///
    /// # Errors
    ///
    /// [`Kind::OutOfMemory`] when there is no memory for it.
    pub(super) fn machine(&self, stack: usize) -> Result<Machine> {
        if let Some(vm) = self.vm.get() {
            return Ok(Machine(vm));
        }
        let made = Vm::with_stack(stack).map_err(|_| {
            let text = format!("no memory for the interpreter's stack of {stack} bytes");
            Error::new(Phase::Execute, Kind::OutOfMemory, text)
        })?;
        self.stack_end.set(made.state()[XReg::sp].get_ptr::<u8>() as usize);
        let vm = NonNull::from(Box::leak(Box::new(made)));
        self.vm.set(Some(vm));
        Ok(Machine(vm))
    }

    /// Shows `visit` every word in a register that can hold a reference, and on the stack.
    pub(super) fn words_in_use(&self, visit: &mut dyn FnMut(usize)) {
        let Some(machine) = self.vm.get().map(Machine) else { return };
        XReg::RANGE.filter_map(XReg::new).for_each(|register| visit(machine.register(register).get_u64() as usize));
        let start = machine.register(XReg::sp).get_ptr::<u8>() as usize;
        for at in (start..self.stack_end.get()).step_by(size_of::<usize>()) {
            // SAFETY: guests have their frames between the two, aligned; the rest of the stack is nobody's.
            visit(unsafe { (at as *const usize).read_volatile() });
        }
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        if let Some(vm) = self.vm.take() {
            // SAFETY: made from a box in `machine`; the store goes, so no guest of it runs.
            drop(unsafe { Box::from_raw(vm.as_ptr()) });
        }
    }
}

/// Registers that keep their value over calls. Those below hold arguments and results.
const KEPT: Range<u8> = 16..30;

/// What a guest finds again when a call into another guest ended early.
struct Saved {
    kept: [XRegVal; (KEPT.end - KEPT.start) as usize],
    sp: XRegVal,
    fp: *mut u8,
    lr: *mut u8,
}

/// A machine whose store is locked by this thread. Stays of one thread share it, so no reference to it outlives a step.
#[derive(Clone, Copy)]
pub(super) struct Machine(NonNull<Vm>);

impl Machine {
    /// Calls `trampoline(callee, caller, values)`; 0 when it returned, 1 when the guest ended early. What
    /// [`sys::enter`](super::traps::sys::enter) is for machine code.
    ///
    /// # Safety
    ///
    /// As there, and the code is bytecode.
    pub(super) unsafe fn enter(
        self,
        activation: *mut Activation,
        trampoline: ArrayTrampoline,
        callee: *const FuncRef,
        caller: *mut u8,
        values: *mut RawValue,
    ) -> usize {
        let saved = self.save();
        let vm = self.0.as_ptr();
        // SAFETY: the activation is the caller's; the machine is ours alone between two steps, and runs code of our compiler
        // with the arguments that it takes.
        unsafe {
            (*activation).begin_at(saved.fp as usize);
            (*vm).call_start(&[callee.cast_mut().into(), caller.into(), values.into()]);
            let mut pc = trampoline.0;
            loop {
                match (*vm).call_run(pc) {
                    DoneReason::ReturnToHost(()) => {
                        (*vm).set_lr(saved.lr);
                        return 0;
                    }
                    DoneReason::CallIndirectHost { id, resume } => match self.serve(&*activation, id, resume) {
                        Ok(next) => pc = next,
                        Err(trap) => {
                            // The instruction before is the one that asked.
                            self.end(&*activation, trap, resume.as_ptr() as usize - 1);
                            break;
                        }
                    },
                    DoneReason::Trap { pc, kind } => {
                        let pc = pc.as_ptr() as usize;
                        self.end(&*activation, trap_of(&*activation, pc, kind), pc);
                        break;
                    }
                }
            }
        }
        self.restore(&saved);
        1
    }

    /// Does what the guest asks for, and tells where it goes on, or what it is to end with.
    ///
    /// # Safety
    ///
    /// The guest of `activation` has just asked for request `number`, and goes on at `resume`.
    unsafe fn serve(self, activation: &Activation, number: u8, resume: NonNull<u8>) -> Result<NonNull<u8>, Trap> {
        let argument = |register: XReg| self.register(register);
        // SAFETY: arguments are in the registers that the convention says, and are what the request takes. While the host
        // runs, another stay may use the machine.
        let result = unsafe {
            let (fp, behind) = ((*self.0.as_ptr()).fp() as usize, resume.as_ptr() as usize);
            activation.left_at(fp, behind);
            match HostRequest::from_number(number) {
                Some(HostRequest::Builtin(Builtin::raise)) => {
                    return activation.catch(fp, behind).map(|handler| self.land(&handler)).ok_or(Trap::Raised);
                }
                Some(HostRequest::Builtin(Builtin::trap)) => {
                    let code = u8::try_from(argument(XReg::x1).get_u32()).ok();
                    return Err(code.and_then(Trap::from_code).unwrap_or(Trap::Raised));
                }
                Some(HostRequest::Builtin(builtin)) => {
                    let mut others = (1..KEPT.start).filter_map(XReg::new).map(argument);
                    let next = || others.next().map_or(0, |value| value.get_u64());
                    INTERPRETED.call(builtin, argument(XReg::x0).get_ptr(), next)
                }
                Some(HostRequest::Function) => {
                    let callee: *mut HostFuncContext = argument(XReg::x0).get_ptr();
                    ((*callee).call)(callee, argument(XReg::x1).get_ptr(), argument(XReg::x2).get_ptr()).into()
                }
                None => {
                    let text = format!("interpreted code asks for {number}, which is nothing that the host does");
                    activation.store().leave_pending(Error::new(Phase::Execute, Kind::Internal, text));
                    return Err(Trap::Raised);
                }
            }
        };
        // SAFETY: nobody else uses the machine between two steps.
        let vm = unsafe { &mut *self.0.as_ptr() };
        vm[XReg::x0] = XRegVal::new_u64(result);
        Ok(resume)
    }

    /// Lets the guest find in a handler what it expects there; gives where that begins.
    fn land(mut self, handler: &Landing) -> NonNull<u8> {
        // SAFETY: nobody else uses the machine between two steps; the handler is that of a frame of the guest.
        unsafe {
            let vm = self.0.as_mut();
            vm[XReg::sp] = XRegVal::new_u64(handler.sp as u64);
            vm.set_fp(handler.fp as *mut u8);
            vm[XReg::x0] = XRegVal::new_u64(handler.value as u64);
            NonNull::new_unchecked(handler.pc as *mut u8)
        }
    }

    fn register(self, register: XReg) -> XRegVal {
        // SAFETY: nobody else uses the machine between two steps.
        let vm = unsafe { self.0.as_ref() };
        vm[register]
    }

    /// Notes that the stay ends for this reason at `pc`.
    ///
    /// # Safety
    ///
    /// The machine has just stopped there, in the guest of `activation`.
    unsafe fn end(self, activation: &Activation, trap: Trap, pc: usize) {
        // SAFETY: as the caller promises.
        let (fp, lr) = unsafe { ((*self.0.as_ptr()).fp() as usize, (*self.0.as_ptr()).lr() as usize) };
        let mut frames = vec![pc];
        // A function that finds no room for its frame has not linked it yet: its caller's frame is the first that can be walked
        // from, and where it called from is only in the register.
        if trap == Trap::StackOverflow && fp != activation.begin() {
            // SAFETY: a frame of the interpreter's stack: the frame pointer and the return address of the one before.
            let linked = unsafe { *(fp as *const usize).add(1) };
            if linked != lr {
                frames.push(lr - 1);
            }
        }
        activation.end(trap, frames, fp);
    }

    fn save(self) -> Saved {
        // SAFETY: nobody else uses the machine between two steps.
        let vm = unsafe { self.0.as_ref() };
        let mut kept = [XRegVal::default(); _];
        for (value, register) in kept.iter_mut().zip(KEPT.filter_map(XReg::new)) {
            *value = vm[register];
        }
        Saved { kept, sp: vm[XReg::sp], fp: vm.fp(), lr: vm.lr() }
    }

    fn restore(mut self, saved: &Saved) {
        // SAFETY: nobody else uses the machine between two steps; the values are what the guest around has left.
        unsafe {
            let vm = self.0.as_mut();
            for (register, value) in KEPT.filter_map(XReg::new).zip(&saved.kept) {
                vm[register] = *value;
            }
            vm[XReg::sp] = saved.sp;
            vm.set_fp(saved.fp);
            vm.set_lr(saved.lr);
        }
    }
}

/// Why the interpreter stopped at `pc`: some instructions tell, for others the compiler has noted it.
fn trap_of(activation: &Activation, pc: usize, kind: Option<TrapKind>) -> Trap {
    let trap = match kind {
        Some(TrapKind::DivideByZero) => Some(Trap::IntegerDivideByZero),
        Some(TrapKind::IntegerOverflow) => Some(Trap::IntegerOverflow),
        Some(TrapKind::BadConversionToInteger) => Some(Trap::InvalidConversionToInteger),
        Some(TrapKind::MemoryOutOfBounds) => Some(Trap::MemoryOutOfBounds),
        Some(TrapKind::StackOverflow) => Some(Trap::StackOverflow),
        Some(TrapKind::DisabledOpcode) => None,
        None => registry::trap_at(pc),
    };
    trap.unwrap_or_else(|| {
        let text = "the interpreter stopped at an instruction that does not trap";
        // SAFETY: the guest of this stay has just stopped, so its store is locked by this thread.
        unsafe { activation.store().leave_pending(Error::new(Phase::Execute, Kind::Internal, text)) };
        Trap::Raised
    })
}
