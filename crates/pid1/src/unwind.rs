//! Stands in for the unwinder in the shipped binary, where a panic prints its place and exits: nothing is ever unwound.
//!
//! Without these the linker brings in a whole unwinder, and the standard library a reader of debug information to go
//! with it: a quarter of the binary that nothing would ever use. Built only where panics abort.

#![expect(unsafe_code, reason = "the unwinder's functions have fixed names; none of these touches memory")]

use nix::libc::{c_int, c_void};

/// `_URC_END_OF_STACK`: there are no frames.
const END_OF_STACK: c_int = 5;

/// Gives no frame to the callback: a backtrace is empty.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_callback: *const c_void, _argument: *mut c_void) -> c_int {
    END_OF_STACK
}

/// Questions about a frame get zero, as there are no frames.
macro_rules! nothing {
    ($($name:ident($($argument:ident),*));* $(;)?) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: usize),*) -> usize {
                $(let _ = $argument;)*
                0
            }
        )*
    };
}

nothing! {
    _Unwind_GetIP(context);
    _Unwind_GetIPInfo(context, before);
    _Unwind_GetCFA(context);
    _Unwind_GetGR(context, index);
    _Unwind_SetGR(context, index, value);
    _Unwind_SetIP(context, value);
    _Unwind_GetRegionStart(context);
    _Unwind_GetTextRelBase(context);
    _Unwind_GetDataRelBase(context);
    _Unwind_GetLanguageSpecificData(context);
    _Unwind_FindEnclosingFunction(address);
    _Unwind_DeleteException(exception);
    _Unwind_RaiseException(exception);
    _Unwind_Resume(exception);
}
