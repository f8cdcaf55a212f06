//! Memory for [`crate::share`]. The allocator of the C library has one lock: with two threads, what reads thousands of small
//! texts was slower than with one. Here each thread has pieces of its own; they are reused, and never given back to the system,
//! which is for programs that soon end. Until somebody asks for it, everything comes from the C library, whose allocator gives
//! back what is not used: that is what whoever supervises a server needs.

#![expect(unsafe_code, reason = "an allocator; each block says why it is sound")]
#![expect(clippy::cast_ptr_alignment, reason = "every piece is aligned as the steps are")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::libc;

/// So many bytes of addresses are set aside. What is not used takes no memory.
const RANGE: usize = 1 << 30;
/// What a thread takes of them at once.
const CHUNK: usize = 256 << 10;
/// Larger pieces come from the C library.
const LARGEST: usize = 32 << 10;
/// Sizes are multiples of this up to [`FINE`], and eight for each doubling from there on.
const STEP: usize = 16;
const FINE: usize = 512;
const EACH: usize = 8;
const CLASSES: usize = FINE / STEP + EACH * (LARGEST / FINE).ilog2() as usize;
/// How many threads have pieces of their own.
const MOST: usize = 8;

/// The pieces of one thread.
struct Own {
    /// Of each size, the first that is free: it begins with the place of the next one.
    free: [*mut u8; CLASSES],
    /// What was never used.
    next: *mut u8,
    left: usize,
}

/// Where the addresses begin; before that is known, where no memory is.
static BASE: AtomicUsize = AtomicUsize::new(1 << 63);
/// How much of them is taken.
static TAKEN: AtomicUsize = AtomicUsize::new((MOST * size_of::<Own>()).next_multiple_of(CHUNK));
/// One bit for each of the first [`MOST`] places that belongs to a thread.
static OWNERS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: Cell<*mut Own> = const { Cell::new(ptr::null_mut()) };
}

/// The allocator of the program.
#[derive(Debug)]
pub struct Memory;

/// From now on this thread has pieces of its own; says whether there is room for that.
pub(crate) fn own() -> bool {
    if !OWN.get().is_null() {
        return true;
    }
    if BASE.load(Ordering::Acquire) == 1 << 63 {
        let (protection, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
        );
        // SAFETY: asks for new memory at no particular place.
        let base = unsafe { libc::mmap(ptr::null_mut(), RANGE, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return false;
        }
        // Of two threads that come here at once, the first one has set it.
        let _ = BASE.compare_exchange(1 << 63, base.addr(), Ordering::AcqRel, Ordering::Acquire);
    }
    let mut owners = OWNERS.load(Ordering::Relaxed);
    loop {
        let free = owners.trailing_ones() as usize;
        if free >= MOST {
            return false;
        }
        match OWNERS.compare_exchange_weak(owners, owners | 1 << free, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {
                let base = BASE.load(Ordering::Relaxed) as *mut Own;
                // SAFETY: all of these are in what was set aside, which is zeros at first: no pieces.
                OWN.set(unsafe { base.add(free) });
                return true;
            }
            Err(now) => owners = now,
        }
    }
}

/// This thread ends: the next one takes over its pieces.
pub(crate) fn give_up() {
    let own = OWN.replace(ptr::null_mut());
    if !own.is_null() {
        let place = (own.addr() - BASE.load(Ordering::Relaxed)) / size_of::<Own>();
        OWNERS.fetch_and(!(1 << place), Ordering::Release);
    }
}

/// Which of the lists a size belongs to, and how large its pieces are.
fn class(size: usize) -> (usize, usize) {
    if size <= FINE {
        let steps = size.div_ceil(STEP).max(1);
        return (steps - 1, steps * STEP);
    }
    let doubling = (size - 1).ilog2();
    let part = doubling - EACH.ilog2();
    let parts = ((size - 1) >> part) + 1;
    let above = EACH * (doubling - FINE.ilog2()) as usize;
    (FINE / STEP + above + parts - EACH - 1, parts << part)
}

impl Own {
    fn take(&mut self, size: usize) -> *mut u8 {
        let (class, size) = class(size);
        let Some(free) = self.free.get_mut(class) else { return ptr::null_mut() };
        let piece = *free;
        if !piece.is_null() {
            // SAFETY: a free piece begins with the place of the next one.
            *free = unsafe { piece.cast::<*mut u8>().read() };
            return piece;
        }
        if self.left < size {
            let taken = TAKEN.fetch_add(CHUNK, Ordering::Relaxed);
            if taken >= RANGE {
                return ptr::null_mut();
            }
            (self.next, self.left) = ((BASE.load(Ordering::Relaxed) + taken) as *mut u8, CHUNK);
        }
        let piece = self.next;
        // SAFETY: that much is left of the chunk.
        self.next = unsafe { piece.add(size) };
        self.left -= size;
        piece
    }
}

fn is_own(piece: *mut u8) -> bool {
    piece.addr().wrapping_sub(BASE.load(Ordering::Relaxed)) < RANGE
}

/// A piece of this thread's; nothing where the C library has to give one.
fn take(layout: Layout) -> *mut u8 {
    let own = OWN.get();
    if own.is_null() || layout.size() > LARGEST || layout.align() > STEP {
        return ptr::null_mut();
    }
    // SAFETY: only this thread has it, until it gives it up.
    unsafe { (*own).take(layout.size()) }
}

// SAFETY: a piece is given out once until it is given back, is as large as its class, and aligned as the steps are.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let piece = take(layout);
        // SAFETY: as the caller promises.
        if piece.is_null() { unsafe { System.alloc(layout) } } else { piece }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let piece = take(layout);
        if piece.is_null() {
            // SAFETY: as the caller promises.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: it is that large.
        unsafe { piece.write_bytes(0, layout.size()) };
        piece
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if !is_own(piece) {
            // SAFETY: it came from there.
            return unsafe { System.dealloc(piece, layout) };
        }
        let own = OWN.get();
        if own.is_null() {
            return;
        }
        // SAFETY: only this thread has its lists, and the piece, which is as large as a place.
        unsafe {
            if let Some(free) = (*own).free.get_mut(class(layout.size()).0) {
                piece.cast::<*mut u8>().write(*free);
                *free = piece;
            }
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_own(piece) {
            // SAFETY: it came from there.
            return unsafe { System.realloc(piece, layout, size) };
        }
        if size <= LARGEST && class(size) == class(layout.size()) {
            return piece;
        }
        // SAFETY: the caller promises that the size is one; both pieces are as large as what is copied.
        unsafe {
            let larger = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !larger.is_null() {
                larger.copy_from_nonoverlapping(piece, size.min(layout.size()));
                self.dealloc(piece, layout);
            }
            larger
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_classes() {
        let mut last = (0, STEP);
        for size in 0..=LARGEST {
            let (class, room) = class(size);
            assert!(room >= size && class < CLASSES, "{size}");
            assert!(
                (class, room) == last || (class == last.0 + 1 && room > last.1 && size == last.1 + 1),
                "{size}"
            );
            last = (class, room);
        }
        assert_eq!(last, (CLASSES - 1, LARGEST));
    }

    #[test]
    fn pieces_are_used_again() {
        let layout = |size| Layout::from_size_align(size, 8).unwrap();
        let look = || {
            // SAFETY: each piece has the size that it is asked for with, and is given back once.
            unsafe {
                let outside = Memory.alloc(layout(100));
                assert!(own() && own() && !is_own(outside));
                let piece = Memory.alloc(layout(100));
                assert!(is_own(piece));
                piece.write_bytes(7, 100);
                let larger = Memory.realloc(piece, layout(100), 3000);
                assert_eq!(std::slice::from_raw_parts(larger, 100), [7; 100]);
                assert_eq!(Memory.realloc(larger, layout(3000), 3001), larger);
                assert_eq!(Memory.alloc_zeroed(layout(99)), piece);
                assert_eq!(std::slice::from_raw_parts(piece, 99), [0; 99]);
                let huge = Memory.realloc(larger, layout(3001), LARGEST + 1);
                assert!(!is_own(huge));
                Memory.dealloc(huge, layout(LARGEST + 1));
                Memory.dealloc(piece, layout(99));
                Memory.dealloc(outside, layout(100));
                give_up();
                let outside = Memory.alloc(layout(1));
                assert!(!is_own(outside));
                Memory.dealloc(outside, layout(1));
            }
        };
        std::thread::scope(|scope| scope.spawn(look).join().unwrap());
    }
}
