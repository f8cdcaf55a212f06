//! The table of contents: read, plan, apply, supervise; the only place that turns results into exit codes.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(64)
}
