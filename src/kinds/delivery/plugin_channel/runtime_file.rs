use super::codes::WIRING_MALFORMED;
use super::document::{Node, Shape, read_json, read_toml, read_yaml};
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::equality::Malformed;
use crate::kinds::lifecycle::{RuntimeKind, Syntax};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// A runtime's own file, as it was read.
#[derive(Debug)]
pub(super) struct RuntimeFile {
    pub path: TreePath,
    pub place: Location,
    pub bytes: Vec<u8>,
    pub root: Node,
}

impl RuntimeFile {
    /// Reads the file of a runtime; `None` where there is none.
    ///
    /// # Errors
    /// The finding of a file that the runtime could not read.
    pub(super) fn read(
        tree: &dyn Tree,
        path: &TreePath,
        runtime: RuntimeKind,
    ) -> Result<Result<Option<Self>, Finding>, Obstacle> {
        let place = tree.location(path);
        match tree.kind(path)? {
            None => return Ok(Ok(None)),
            Some(NodeKind::File) => {}
            Some(kind) => {
                let message = format!("{path} is {}, expected a file", kind.noun());
                return Ok(Err(Finding::new(&WIRING_MALFORMED, message).at(place)));
            }
        }
        let bytes = tree.read(path, SMALL_FILE)?;
        Ok(match parse(&bytes, runtime) {
            Ok(root) => Ok(Some(Self {
                path: path.clone(),
                place,
                bytes,
                root,
            })),
            Err(problem) => {
                let at = match problem.at {
                    Some((line, column)) => Location::at(&place.path, line, column),
                    None => place,
                };
                let name = runtime.as_str();
                let message = format!("{path} cannot be read as the file of {name}: {problem}");
                Err(Finding::new(&WIRING_MALFORMED, message).at(at))
            }
        })
    }

    pub(super) fn at(&self, at: (u32, u32)) -> Location {
        Location::at(&self.place.path, at.0, at.1)
    }
}

/// What a file in a runtime's own language says; an empty one says an empty mapping.
pub(crate) fn parse(bytes: &[u8], runtime: RuntimeKind) -> Result<Node, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed {
        message: "not UTF-8".to_owned(),
        at: None,
    })?;
    let root = match runtime.mcp_syntax() {
        Syntax::Json => read_json(text, runtime == RuntimeKind::Openclaw),
        Syntax::Toml => read_toml(text),
        Syntax::Yaml => read_yaml(text),
    }?;
    match root.shape {
        Shape::Null => Ok(Node::new(root.at, Shape::Map(Vec::new()))),
        Shape::Map(_) => Ok(root),
        _ => Err(Malformed {
            message: format!("it is {}, expected a mapping", root.noun()),
            at: Some(root.at),
        }),
    }
}
