mod arguments;
mod copies;
mod ignore;
mod opaque;
mod refusals;
mod stages;
mod support;
