//! Memory for a short life. The preparation takes thousands of small pieces, and a moment later all of them are gone at
//! once with the process image; giving each one back costs more than it saves. So the first pieces are cut from one
//! block, one behind the other, and only the last one is ever taken back; what the block cannot hold comes from the C
//! library, which gives back what is freed. A process that stays never opens the block.

#![expect(unsafe_code, reason = "an allocator hands out bare memory; each block says why it is sound")]

use nix::libc;
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More than the preparation of a real configuration takes; untouched pages cost nothing.
const SIZE: usize = 1 << 20;

/// Where the block begins, and how many bytes of how many are taken. For programs with one thread only.
pub struct Arena {
    start: AtomicUsize,
    taken: AtomicUsize,
    limit: AtomicUsize,
}

impl Arena {
    /// One that holds nothing until it is opened.
    pub const fn closed() -> Self {
        Self { start: AtomicUsize::new(0), taken: AtomicUsize::new(0), limit: AtomicUsize::new(0) }
    }

    /// From here on pieces come from a block, as long as it lasts. It is never given back.
    pub fn open(&self) {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: asks for new memory at no particular place.
        let block = unsafe { libc::mmap(null_mut(), SIZE, access, kind, -1, 0) };
        if block == libc::MAP_FAILED {
            return;
        }
        self.start.store(block as usize, Ordering::Relaxed);
        self.limit.store(SIZE, Ordering::Relaxed);
    }

    fn start(&self) -> usize {
        self.start.load(Ordering::Relaxed)
    }

    /// Where in the block a piece lies; nothing for one of the C library's.
    fn place(&self, piece: *mut u8) -> Option<usize> {
        Some((piece as usize).wrapping_sub(self.start()))
            .filter(|place| *place < self.limit.load(Ordering::Relaxed))
    }

    /// Whether this is the piece that was cut last.
    fn is_last(&self, place: usize, size: usize) -> bool {
        place + size == self.taken.load(Ordering::Relaxed)
    }

    fn take(&self, end: usize) -> bool {
        let fits = end <= self.limit.load(Ordering::Relaxed);
        if fits {
            self.taken.store(end, Ordering::Relaxed);
        }
        fits
    }
}

// SAFETY: pieces lie in the block, aligned as asked for, and never overlap: each begins behind the one before, and the
// end only goes back over a piece that was given back. Others are the C library's. All that holds for one thread, and this
// program never starts another (`tests/tidy.rs` looks after that).
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let free = self.start() + self.taken.load(Ordering::Relaxed);
        let begin = free.next_multiple_of(layout.align()) - self.start();
        if self.take(begin.saturating_add(layout.size())) {
            return (self.start() + begin) as *mut u8;
        }
        // SAFETY: the caller's layout, as it is.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        match self.place(piece) {
            Some(place) if self.is_last(place, layout.size()) => self.taken.store(place, Ordering::Relaxed),
            Some(_) => {}
            // SAFETY: not in the block, so it came from there.
            None => unsafe { System.dealloc(piece, layout) },
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(place) = self.place(piece) else {
            // SAFETY: not in the block, so it came from there.
            return unsafe { System.realloc(piece, layout, size) };
        };
        if self.is_last(place, layout.size()) && self.take(place.saturating_add(size)) {
            return piece;
        }
        if size <= layout.size() {
            return piece;
        }
        // SAFETY: a size that the caller may ask for, with the alignment of the old piece.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both are live and apart from each other, and the old one is the smaller.
            unsafe { std::ptr::copy_nonoverlapping(piece, new, layout.size()) };
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn pieces_never_overlap_and_only_the_last_comes_back() {
        let arena = Arena::closed();
        arena.open();
        // SAFETY: each piece is used within its layout, and given back with it at most once.
        unsafe {
            let first = arena.alloc(layout(3, 8));
            let second = arena.alloc(layout(8, 8));
            assert_eq!(second as usize - first as usize, 8);
            assert_eq!(second as usize % 8, 0);
            first.write_bytes(1, 3);
            second.write_bytes(2, 8);
            // The last one grows and shrinks where it is.
            assert_eq!(arena.realloc(second, layout(8, 8), 100), second);
            assert_eq!(arena.realloc(second, layout(100, 8), 8), second);
            // Another one moves with what is in it.
            let moved = arena.realloc(first, layout(3, 8), 50);
            assert_eq!(moved as usize, second as usize + 8);
            assert_eq!(std::slice::from_raw_parts(moved, 3), [1; 3]);
            assert_eq!(std::slice::from_raw_parts(second, 8), [2; 8]);
            arena.dealloc(second, layout(8, 8));
            assert_eq!(arena.alloc(layout(1, 1)), moved.add(50));
            arena.dealloc(moved.add(50), layout(1, 1));
            arena.dealloc(moved, layout(50, 8));
            assert_eq!(arena.alloc(layout(1, 1)), moved);
        }
    }

    #[test]
    fn what_does_not_fit_comes_from_the_c_library() {
        let arena = Arena::closed();
        // SAFETY: as above.
        unsafe {
            let before = arena.alloc(layout(1, 1));
            assert_eq!(arena.place(before), None);
            arena.open();
            arena.dealloc(before, layout(1, 1));
            let large = arena.alloc(layout(SIZE + 1, 1));
            assert_eq!(arena.place(large), None);
            let grown = arena.realloc(large, layout(SIZE + 1, 1), SIZE + 2);
            assert_eq!(arena.place(grown), None);
            arena.dealloc(grown, layout(SIZE + 2, 1));
            let whole = arena.alloc(layout(SIZE, 1));
            assert_eq!(arena.place(whole), Some(0));
            let outside = arena.alloc(layout(1, 1));
            assert_eq!(arena.place(outside), None);
            let grown = arena.realloc(whole, layout(SIZE, 1), SIZE + 1);
            assert_eq!(arena.place(grown), None);
            arena.dealloc(grown, layout(SIZE + 1, 1));
            arena.dealloc(outside, layout(1, 1));
        }
    }
}
