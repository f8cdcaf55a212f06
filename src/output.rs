//! Standard output and standard error: findings in the chosen form, errors of writing noticed.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use node::World as _;

use crate::apply;
use crate::cli::Options;
use crate::disk::{self, Disk};
use crate::exit;
use diagnostics::{Finding, MessageFormat, Run, Severity};

/// A file of SARIF that is replaced is no larger, in bytes.
const LARGEST: u64 = 64 << 20;

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
pub(crate) struct Writer<'a> {
    pub stream: Stream,
    pub format: MessageFormat,
    /// `NO_COLOR` is not set; a terminal is needed as well.
    pub color: bool,
    /// The file that gets all findings as SARIF, beside the report.
    pub sarif: Option<&'a Path>,
}

impl<'a> Writer<'a> {
    /// A writer for that stream.
    pub(crate) fn new(stream: Stream, options: &'a Options, no_color: bool) -> Self {
        let (format, sarif) = (options.message_format, options.sarif.as_deref());
        Self { stream, format, color: !no_color, sarif }
    }

    /// Writes all findings, and for people the count of them.
    ///
    /// # Errors
    /// As [`Writer::further`].
    pub(crate) fn findings(self, findings: &[Finding]) -> Result<(), u8> {
        self.further(findings, 0)
    }

    /// Writes the findings of which that many have been written before. A document of SARIF has those as well.
    ///
    /// # Errors
    /// The exit code for a stream or a file that takes nothing; a closed standard error is nobody's fault and ignored.
    pub(crate) fn further(self, findings: &[Finding], before: usize) -> Result<(), u8> {
        let mut run = Run::default();
        if self.format == MessageFormat::Sarif || self.sarif.is_some() {
            run.directory = Disk::default().working_directory().display().to_string();
            // Where the report is not all, what comes after it decides, too.
            let is_known = self.stream == Stream::Output || has_error(findings);
            run.exit_code = is_known.then(|| code_of(findings));
        }
        let terminal = match self.stream {
            Stream::Output => io::stdout().is_terminal(),
            Stream::Error => io::stderr().is_terminal(),
        };
        let shown = if self.format == MessageFormat::Sarif { findings } else { &findings[before..] };
        let text = diagnostics::text(shown, self.format, self.color && terminal, &run);
        let written = self.text(text.as_bytes()).map_err(|_| exit::IO_ERROR);
        if let Some(path) = self.sarif {
            let document = diagnostics::text(findings, MessageFormat::Sarif, false, &run);
            if let Some(stream) = stream_of(path, self.stream) {
                // The file is ours already, and others write to it, too: nobody may replace it.
                let written = Writer { stream, ..self }.text(document.as_bytes());
                return written.map_err(|_| exit::IO_ERROR);
            }
            if holds_something_else(path) {
                tracing::error!("`{}` holds something else than SARIF and is not replaced", path.display());
                return Err(exit::CANT_CREATE);
            }
            apply::replace(path, document.as_bytes()).map_err(|error| {
                tracing::error!("{}", error.message());
                error.exit_code()
            })?;
        }
        written
    }

    /// Writes a report on findings; gives the exit code that follows from them.
    pub(crate) fn report(self, findings: &[Finding]) -> u8 {
        self.findings(findings).err().unwrap_or_else(|| code_of(findings))
    }

    /// Writes what is reported beside the findings. A document of SARIF stands alone.
    ///
    /// # Errors
    /// As [`Writer::text`].
    pub(crate) fn table(self, text: &str) -> io::Result<()> {
        if self.format == MessageFormat::Sarif { Ok(()) } else { self.text(text.as_bytes()) }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// The error of the stream; a closed standard error is nobody's fault and ignored.
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

/// The stream that leads to that file: `/dev/stdout`, or where a shell has sent one. Where both do, it is that of the report.
fn stream_of(path: &Path, report: Stream) -> Option<Stream> {
    let is_it = |stream: &Stream| match stream {
        Stream::Output => disk::leads_to(io::stdout(), path),
        Stream::Error => disk::leads_to(io::stderr(), path),
    };
    [report, Stream::Output, Stream::Error].into_iter().find(is_it)
}

/// Whether that file has a content, which is no document of an earlier run.
fn holds_something_else(path: &Path) -> bool {
    let content = Disk::default().read(path, LARGEST).is().unwrap_or_default();
    !matches!(content.trim_ascii_start().first(), None | Some(b'{'))
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

/// The exit code that follows from these findings.
fn code_of(findings: &[Finding]) -> u8 {
    if has_error(findings) { exit::CONFIG } else { exit::OK }
}
