//! Several threads for work whose pieces know nothing of each other. What starts or supervises a server never has more than
//! one. The threads of the standard library would bring 40 kB: names, guards of stacks, and what prints them.

#![expect(unsafe_code, reason = "threads of the C library; each block says why it is sound")]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::libc;

use crate::memory;

/// As much as the first thread has: what nests deep needs it. What is not used takes no memory.
const STACK: usize = 8 << 20;

/// What all threads see.
struct Shared<'a> {
    next: AtomicUsize,
    count: usize,
    work: &'a (dyn Fn(usize) + Sync),
}

impl Shared<'_> {
    /// Does what nobody else has begun, until nothing is left.
    fn work(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.count {
                return;
            }
            (self.work)(index);
        }
    }
}

/// The other threads; they have ended when this is gone.
struct Others(Vec<libc::pthread_t>);

impl Drop for Others {
    fn drop(&mut self) {
        for thread in &self.0 {
            // SAFETY: it was started, and nobody else waits for it.
            unsafe { libc::pthread_join(*thread, ptr::null_mut()) };
        }
    }
}

/// Does the work for each number below `count`, in that many threads, this one among them; ends when all is done. Where no more
/// threads are allowed, those that are there do all of it.
pub fn share(threads: usize, count: usize, work: &(dyn Fn(usize) + Sync)) {
    let shared = Shared { next: AtomicUsize::new(0), count, work };
    let mut others = Others(Vec::new());
    // With the one lock of the C library, more threads than one would take longer.
    let threads = if threads > 1 && count > 1 && memory::own() { threads.min(count) } else { 1 };
    for _ in 1..threads {
        others.0.extend(start(&shared));
    }
    shared.work();
}

fn start(shared: &Shared<'_>) -> Option<libc::pthread_t> {
    let (mut thread, mut attributes) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: the attributes are made before they are used, and the thread is only looked at where it was started. It sees
    // `shared`, which outlives it: whoever starts it waits for it.
    unsafe {
        libc::pthread_attr_init(attributes.as_mut_ptr());
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK);
        let shared = ptr::from_ref(shared).cast_mut().cast();
        let result = libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), begin, shared);
        (result == 0).then(|| thread.assume_init())
    }
}

extern "C" fn begin(shared: *mut c_void) -> *mut c_void {
    // SAFETY: it is what `start` was given, and several threads may look at it.
    let shared = unsafe { &*shared.cast::<Shared<'_>>() };
    memory::own();
    shared.work();
    memory::give_up();
    ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once() {
        for (threads, count) in [(0, 3), (1, 0), (1, 3), (2, 1), (4, 0), (4, 3), (4, 1000)] {
            let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            share(threads, count, &|index| {
                done[index].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{threads} {count}");
        }
    }
}
