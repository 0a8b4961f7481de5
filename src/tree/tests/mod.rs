mod dir;
mod git;
mod glob;
mod overlay;
mod path;
mod support;
