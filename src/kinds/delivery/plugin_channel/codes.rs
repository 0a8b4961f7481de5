use crate::gate::Code;

pub(crate) static DECLARATION: Code = Code {
    name: "plugin-declaration",
    what: "What a source says about its plugins cannot be understood, or names a file, a workspace or a template that is not there.",
    why: "The platform skips what it does not understand with a line in a log, and the agent is missing a tool that its prompt speaks of.",
    mend: "Write each plugin as an address (`gitea://owner/repo#ref`), a name of the manifest, or `{source, config}`.",
};

pub(crate) static NOT_JUDGED: Code = Code {
    name: "plugin-not-judged",
    what: "A waived finding keeps the gate from knowing all that is declared, or all that plugins bring, and so from judging more than that.",
    why: "Who waives one line of a declaration does not mean to let anything be installed or wired unseen.",
    mend: "Mend what the waived finding says; until then look by hand at what the message names.",
};

pub(crate) static OPT_OUT_UNUSED: Code = Code {
    name: "plugin-opt-out-unused",
    what: "An opt-out (`!plugin`) removes nothing, for no such plugin was inherited.",
    why: "The platform compares whole texts: an opt-out of another spelling leaves the plugin installed, and nobody is told.",
    mend: "Write the opt-out exactly as the plugin was declared, or delete it.",
};

pub(crate) static UNKNOWN_PLUGIN: Code = Code {
    name: "plugin-unknown",
    what: "A declared plugin is not in the manifest.",
    why: "What the manifest does not name is pinned nowhere; what arrives is what stands there on the day.",
    mend: "Add its repository to the manifest, or stop declaring it.",
};

pub(crate) static UNPINNED_PLUGIN: Code = Code {
    name: "plugin-unpinned",
    what: "A plugin is declared without a ref.",
    why: "Each workspace gets what the repository's default branch has on the day, so that no two of them are alike.",
    mend: "Declare it with the ref that the manifest has: `gitea://owner/repo#ref`.",
};

pub(crate) static OTHER_REF: Code = Code {
    name: "plugin-other-ref",
    what: "A plugin is declared at another ref than the manifest's.",
    why: "What was reviewed and locked is not what workspaces install.",
    mend: "Declare it at the ref that the manifest has, or move the manifest to the one that is declared.",
};

pub(crate) static SHADOWED: Code = Code {
    name: "plugin-shadowed",
    what: "Two declared plugins have one name, or bring a server of one name; or a plugin brings a server whose name an entry of the user's has.",
    why: "There is one folder for a name, and one entry: the later one silently replaces the earlier one.",
    mend: "Declare only one of them, or rename the last part of one's path; rename the user's entry.",
};

pub(crate) static NOT_INSTALLED: Code = Code {
    name: "plugin-not-installed",
    what: "A declared plugin is not installed.",
    why: "The workspace comes online without it and looks healthy; the agent just cannot do what it was given the plugin for.",
    mend: "Install it, or stop declaring it.",
};

pub(crate) static NOT_DECLARED: Code = Code {
    name: "plugin-not-declared",
    what: "Something is installed as a plugin that nothing declares.",
    why: "A plugin that was retired keeps its tools and hooks in every workspace that once had it.",
    mend: "Remove it, declare it, or allow it with `allow_extra`.",
};

pub(crate) static HALF_DELIVERED: Code = Code {
    name: "plugin-half-delivered",
    what: "The folder of an installed plugin has no `plugin.yaml` with content.",
    why: "The folder is there, so that checks for it pass; the runtime loads nothing from it.",
    mend: "Deliver the plugin anew; find out what stopped the first delivery half way.",
};

pub(crate) static NOT_WIRED: Code = Code {
    name: "plugin-not-wired",
    what: "A server that a declared plugin brings is not in the runtime's MCP configuration.",
    why: "The plugin's files are all there, and the agent has none of its tools.",
    mend: "Wire it: the runtime's own file names each server under the runtime's own key.",
};

pub(crate) static WIRED_ELSEWHERE: Code = Code {
    name: "plugin-wired-elsewhere",
    what: "A server of a plugin is named in the file, or under the key, of another runtime.",
    why: "No runtime reads the file of another: what is wired there is wired for nobody.",
    mend: "Move the entry to the runtime's own file and key.",
};

pub(crate) static WIRING_DIFFERS: Code = Code {
    name: "plugin-wiring-differs",
    what: "A server is wired in another way than its plugin describes.",
    why: "What starts is not what was reviewed: another program, other arguments, another environment.",
    mend: "Wire it anew from the plugin's description; change the description if the wiring is right.",
};

pub(crate) static WIRED_TWICE: Code = Code {
    name: "plugin-wired-twice",
    what: "A server of a plugin stands twice in the runtime's file.",
    why: "Wiring that is not idempotent adds an entry at every start: every tool is there twice, and one of the two goes stale.",
    mend: "Remove the second entry; let the wiring replace its own entry where it stands.",
};

pub(crate) static WIRING_MALFORMED: Code = Code {
    name: "plugin-wiring-malformed",
    what: "The runtime could not read its own file.",
    why: "A runtime with a broken file starts without any server, or not at all.",
    mend: "Mend the file at the place that is named.",
};

pub(crate) static ENTRY_LOST: Code = Code {
    name: "user-entry-lost",
    what: "Something that the runtime's file said before the plugins were wired is gone, or says something else.",
    why: "Wiring adds; whoever's settings vanish with a plugin will never install one again.",
    mend: "Restore the entry, and let the wiring keep what it did not write.",
};

pub(crate) static UNEXPLAINED: Code = Code {
    name: "wiring-unexplained",
    what: "The runtime's file has something new that no declared plugin brings.",
    why: "A server that nobody declared runs with all that the agent may do.",
    mend: "Declare the plugin that brings it, or remove it.",
};

pub(crate) static COMMAND_UNPINNED: Code = Code {
    name: "plugin-command-unpinned",
    what: "The command of a server fetches a program whose version is not pinned.",
    why: "A plugin at a pinned commit that starts `npx -y pkg` runs whatever was published last; a registry's account is all an attacker needs.",
    mend: "Pin it: `npx pkg@1.2.3`, `uvx pkg==1.2.3`, an image by its digest, a git address by its commit.",
};

pub(crate) static DESCRIPTOR: Code = Code {
    name: "plugin-descriptor",
    what: "What a plugin says about the servers that it brings cannot be understood.",
    why: "A server that is described in a way nobody reads is wired by nobody.",
    mend: "Describe servers as a mapping from name to `{command, args, env}` or `{url}`.",
};

pub(crate) static TOOL_UNSERVED: Code = Code {
    name: "plugin-tool-unserved",
    what: "A tool id is used that no server of the declared plugins serves.",
    why: "A prompt that names a renamed tool makes the agent try, fail and make something up.",
    mend: "Name the tool as the server does; the ids that it serves stand in the message.",
};

pub(crate) static SERVER_UNKNOWN: Code = Code {
    name: "plugin-server-unknown",
    what: "A text of the source speaks of a tool whose server no declared plugin brings, and the runtime's file does not name.",
    why: "The agent is told of a tool that it does not have; or it has it from somewhere that the gate does not see, which is why this only advises.",
    mend: "Name the server as its plugin does, declare the plugin that brings it, or take the tool out of the text.",
};

pub(crate) static HANDSHAKE_FAILED: Code = Code {
    name: "plugin-handshake-failed",
    what: "A server starts, and does not get through the handshake to its list of tools.",
    why: "The runtime would have no tool of it either.",
    mend: "Start the command by hand and see; the end of what it said stands in the message.",
};

pub(crate) static SERVER_SILENT: Code = Code {
    name: "plugin-server-silent",
    what: "A server did not answer in time.",
    why: "No answer is not a list of tools.",
    mend: "Give it more time with `timeout` of `handshake`, or find out what it waits for.",
};

pub(crate) static PROGRAM_MISSING: Code = Code {
    name: "plugin-program-missing",
    what: "The program of a server is not on this machine, or cannot be started.",
    why: "What was not started was not asked.",
    mend: "Install the program, or run the gate where it is installed.",
};

pub(crate) static PLUGIN_CODES: &[&Code] = &[
    &DECLARATION,
    &NOT_JUDGED,
    &OPT_OUT_UNUSED,
    &UNKNOWN_PLUGIN,
    &UNPINNED_PLUGIN,
    &OTHER_REF,
    &SHADOWED,
    &NOT_INSTALLED,
    &NOT_DECLARED,
    &HALF_DELIVERED,
    &NOT_WIRED,
    &WIRED_ELSEWHERE,
    &WIRING_DIFFERS,
    &WIRED_TWICE,
    &WIRING_MALFORMED,
    &ENTRY_LOST,
    &UNEXPLAINED,
    &COMMAND_UNPINNED,
    &DESCRIPTOR,
    &TOOL_UNSERVED,
    &SERVER_UNKNOWN,
    &HANDSHAKE_FAILED,
    &SERVER_SILENT,
    &PROGRAM_MISSING,
];
