//! Bars and spinners on standard error, for work that a person would otherwise wait on in the dark.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` steps; silent when standard error is no terminal or `quiet` was asked for.
pub fn bar(what: &'static str, total: usize, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), target(quiet));
    let style = ProgressStyle::with_template("{msg} [{bar:32}] {human_pos}/{human_len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_message(what);
    bar
}

/// A spinner for work whose length is unknown; silent like [`bar`].
pub fn spinner(what: &'static str, quiet: bool) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, target(quiet));
    spinner.set_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

fn target(quiet: bool) -> ProgressDrawTarget {
    // indicatif itself hides a bar whose terminal is none.
    if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() }
}
