//! The long wait. Nearly all the time this process is in one system call, and needs no page of its own code but the one
//! that makes that call. It releases the others to the kernel, which maps them again when something happens.

#![expect(
    unsafe_code,
    reason = "system calls made in line, so that no other page of code is touched around them"
)]

use std::mem::MaybeUninit;

use nix::libc;

use crate::signals::SignalSet;
use crate::system::{self, Received};

/// Waits for any signal, for ever, with the pages of this program's code released, see `MADV_DONTNEED` in madvise(2).
#[inline(never)]
pub(crate) fn wait_with_code_pages_released() -> Received {
    let ranges = code_ranges();
    // After the system call the kernel maps the page with these instructions again, and with it up to 15 pages around
    // it of the same mapping. Other advice makes this page a mapping of its own.
    let own_page = (wait_with_code_pages_released as fn() -> Received as usize) & !(PAGE - 1);
    let signals = SignalSet::ALL;
    let mut information = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the first advice changes no content. The ranges are whole pages of read-only mappings of a file: dropping
    // them loses nothing. Set and information are live and of the kernel's size; without a time the wait has no end.
    let result = unsafe {
        libc::madvise(own_page as *mut libc::c_void, 2 * PAGE, libc::MADV_RANDOM);
        for (start, length) in ranges {
            system_call(libc::SYS_madvise, [start, length, libc::MADV_DONTNEED as usize, 0]);
        }
        let set = &raw const signals.0;
        system_call(libc::SYS_rt_sigtimedwait, [set as usize, information.as_mut_ptr() as usize, 0, 8])
    };
    if result > 0 {
        // SAFETY: zeroed before, and filled by the successful call.
        return Received(unsafe { information.assume_init() });
    }
    // Interrupted, by a stop and continue or a debugger: wait without the release.
    loop {
        if let Some(received) = system::wait(SignalSet::ALL, None) {
            return received;
        }
    }
}

/// The smallest page in bytes.
const PAGE: usize = 4096;

/// At most this many parts of an executable are read-only.
const PARTS: usize = 4;

/// Start and length of the read-only parts of this executable, as whole pages; what is unused is empty.
fn code_ranges() -> [(usize, usize); PARTS] {
    let mut ranges = [(0, 0); PARTS];
    // SAFETY: asks for a number, and gets the address of the program headers or zero.
    let (headers, count) = unsafe { (libc::getauxval(libc::AT_PHDR), libc::getauxval(libc::AT_PHNUM)) };
    if headers == 0 {
        return ranges;
    }
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the kernel put that many headers there for this process; they stay as long as it lives.
    let headers = unsafe { std::slice::from_raw_parts(headers as *const libc::Elf64_Phdr, count) };
    let Some(own) = headers.iter().find(|header| header.p_type == libc::PT_PHDR) else { return ranges };
    let base = (headers.as_ptr() as u64).wrapping_sub(own.p_vaddr);
    let read_only =
        headers.iter().filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0);
    for (range, header) in ranges.iter_mut().zip(read_only) {
        let start = base.wrapping_add(header.p_vaddr) & !(PAGE as u64 - 1);
        let end = base.wrapping_add(header.p_vaddr + header.p_memsz) & !(PAGE as u64 - 1);
        let whole = |number: u64| usize::try_from(number).unwrap_or(0);
        *range = (whole(start), whole(end.saturating_sub(start)));
    }
    ranges
}

/// One system call, in line.
///
/// # Safety
/// As the system call demands.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call would touch another page of code, which is what this avoids"
)]
unsafe fn system_call(number: libc::c_long, arguments: [usize; 4]) -> libc::c_long {
    let result: libc::c_long;
    // SAFETY: the kernel's own convention: it changes nothing but these registers and what the arguments point to.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result
}

/// One system call, in line.
///
/// # Safety
/// As the system call demands.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a call would touch another page of code, which is what this avoids"
)]
unsafe fn system_call(number: libc::c_long, arguments: [usize; 4]) -> libc::c_long {
    let result: usize;
    // SAFETY: the kernel's own convention: it changes nothing but these registers and what the arguments point to.
    unsafe {
        std::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") arguments[0] => result,
            in("x1") arguments[1],
            in("x2") arguments[2],
            in("x3") arguments[3],
            options(nostack),
        );
    }
    result.cast_signed() as libc::c_long
}
