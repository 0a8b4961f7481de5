mod directory;
mod mutations;
mod spec;
