mod directory;
mod mutations;
mod protections;
mod spec;
