mod hostile;
mod model;
mod overlay;
mod streams;
mod support;
