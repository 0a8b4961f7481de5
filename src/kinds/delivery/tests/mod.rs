mod directory;
mod dockerfile;
mod mutations;
mod protections;
mod spec;
