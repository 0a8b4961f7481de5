//! What a gate brings up and takes down again: databases, services, the system under test.
