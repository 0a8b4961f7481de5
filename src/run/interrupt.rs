use crossbeam_channel::Receiver;
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};

use crate::context::Cancel;
use crate::exit_code::ExitCode;

/// The signals could not be watched.
#[derive(Debug, thiserror::Error)]
#[error("failed to watch for interrupts: {0}")]
pub struct InterruptError(#[from] std::io::Error);

/// Watches for SIGINT and SIGTERM from now on: the first cancels `cancel` and sends on the channel,
/// the second ends the process at once.
///
/// # Errors
/// When the system does not let us watch.
pub fn interrupts(cancel: &Cancel) -> Result<Receiver<()>, InterruptError> {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let again = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Order matters: the shutdown looks at the flag before this very signal sets it.
        signal_hook::flag::register_conditional_shutdown(
            signal,
            i32::from(ExitCode::Interrupted.number()),
            std::sync::Arc::clone(&again),
        )?;
        signal_hook::flag::register(signal, std::sync::Arc::clone(&again))?;
    }
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    let cancel = cancel.clone();
    std::thread::Builder::new()
        .name("interrupts".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                cancel.cancel();
                // Full or gone: the news is already there, or nobody waits for it.
                let _ = sender.try_send(());
            }
        })?;
    Ok(receiver)
}

/// Turns a write beyond the limit on the size of files into an error like any other; the signal
/// that the system sends for it would end the process without a word.
///
/// # Errors
/// When the system does not let us watch.
pub fn outlive_file_limits() -> Result<(), InterruptError> {
    let unread = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    signal_hook::flag::register(SIGXFSZ, unread)?;
    Ok(())
}
