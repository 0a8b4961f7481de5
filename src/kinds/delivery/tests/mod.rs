mod directory;
mod dockerfile;
mod hollow;
mod mutations;
mod protections;
mod sourceless;
mod spec;
