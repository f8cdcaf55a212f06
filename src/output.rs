//! Standard output and standard error: findings in the chosen form, errors of writing noticed.

use std::io::{self, IsTerminal, Write};

use crate::cli::Options;
use crate::exit;
use diagnostics::MessageFormat;
use diagnostics::{Finding, Severity};

/// Which stream a report goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// For the commands whose report is their product.
    Output,
    /// Where standard output belongs to the child or to the rendered text.
    Error,
}

/// The settings of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer {
    pub stream: Stream,
    pub format: MessageFormat,
    /// `NO_COLOR` is not set; a terminal is needed as well.
    pub color: bool,
}

impl Writer {
    /// A writer for that stream.
    pub(crate) fn new(stream: Stream, options: &Options, no_color: bool) -> Self {
        Self { stream, format: options.message_format, color: !no_color }
    }

    /// Writes all findings, sorted by place, and for people the count of them.
    ///
    /// # Errors
    /// The error of the stream; a closed standard error is nobody's fault and ignored.
    pub(crate) fn findings(self, findings: &[Finding]) -> io::Result<()> {
        let mut text = String::new();
        let terminal = match self.stream {
            Stream::Output => io::stdout().is_terminal(),
            Stream::Error => io::stderr().is_terminal(),
        };
        for finding in findings {
            text.push_str(&diagnostics::text(finding, self.format, self.color && terminal));
        }
        if self.format == MessageFormat::Human
            && let Some(summary) = diagnostics::summary(findings)
        {
            text.push_str(&summary);
            text.push('\n');
        }
        self.text(text.as_bytes())
    }

    /// Writes a report on findings; gives the exit code that follows from them.
    pub(crate) fn report(self, findings: &[Finding]) -> u8 {
        if self.findings(findings).is_err() {
            return exit::IO_ERROR;
        }
        if has_error(findings) { exit::CONFIG } else { exit::OK }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`Writer::findings`].
    pub(crate) fn text(self, bytes: &[u8]) -> io::Result<()> {
        match self.stream {
            Stream::Output => standard_output(bytes),
            Stream::Error => {
                let _ = io::stderr().lock().write_all(bytes);
                Ok(())
            }
        }
    }
}

/// Writes bytes to standard output.
///
/// # Errors
/// The error of the stream, also where it was closed before we began: what is written then reaches nobody.
pub(crate) fn standard_output(bytes: &[u8]) -> io::Result<()> {
    if pid1::output_was_closed() && !bytes.is_empty() {
        return Err(io::Error::from_raw_os_error(nix::libc::EBADF));
    }
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()
}

/// Whether one of them is an error.
pub(crate) fn has_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
