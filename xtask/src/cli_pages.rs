use clap::CommandFactory;
use driftgate::cli::Cli;

/// The long help of the program and of each subcommand, as it stands in a terminal of 100 columns.
/// What every command has is shown once.
pub(crate) fn body() -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut text = format!("```text\n{}\n```\n", help(&mut command));
    for subcommand in command.get_subcommands_mut() {
        if subcommand.is_hide_set() {
            continue;
        }
        let mut own = subcommand.clone().mut_args(|arg| {
            let is_common = arg.get_help_heading() == Some("Options of every command");
            arg.hide_long_help(is_common).hide_short_help(is_common)
        });
        text.push_str(&format!(
            "\n## driftgate {}\n\n```text\n{}\n```\n",
            subcommand.get_name(),
            help(&mut own)
        ));
    }
    text
}

fn help(command: &mut clap::Command) -> String {
    let text = command.render_long_help().to_string();
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}
