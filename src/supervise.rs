//! The process side: signals, spawning, reaping, privileges, the report of a death. The only place with `unsafe`.
